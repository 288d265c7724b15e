// StampClock: the time now, for who measures how long something took.
//
// An agent's time is handed in once a round, and all that it decides hangs on that. What is read
// here is told to people only: nothing that a replay would have to see may be made of it.
// Owner: one agent.
#pragma once

#include "engine/types/units.hpp"

namespace portcullis::gateways {

class StampClock {
public:
    [[nodiscard]] virtual engine::MonoNs now() noexcept = 0;

protected:
    ~StampClock() = default;
};

}  // namespace portcullis::gateways
