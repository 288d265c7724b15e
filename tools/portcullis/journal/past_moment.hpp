// PastMoment: when something in a journal happened, and how long ago that is for a run that begins
// now. Cold code.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/events/event.hpp"
#include "engine/types/units.hpp"

namespace portcullis::tools {

struct PastMoment {
    engine::WallNs wall{};
    engine::MonoNs mono{};

    [[nodiscard]] static PastMoment of(const engine::EventHeader& at) noexcept {
        return {at.wall, at.mono};
    }
    /// The least that either clock says: the wall clock may have been set, and the monotonic one
    /// begins anew with the machine, which shows only where it says less than before. A step of a
    /// clock makes what is past younger, never older, while the machine is up.
    [[nodiscard]] std::int64_t age(engine::MonoNs now, engine::WallNs wall_now) const noexcept {
        const std::int64_t by_wall = std::max<std::int64_t>(0, wall_now.value - wall.value);
        const std::int64_t by_mono = now.value - mono.value;
        return by_mono < 0 ? by_wall : std::min(by_wall, by_mono);
    }
};

}  // namespace portcullis::tools
