// Clocks: where time comes in. Nothing else in engine/, risk/ or strategies/ asks for it.
//
// An agent reads its clock once per event and writes the time into the event's header; everything
// behind that works from the header, so that a replay sees the times that the live run saw. Two
// times are kept apart: mono() for ages, windows and deadlines, which never runs backwards; wall()
// for records and for what is judged by the venue's clock: whether a request may still be executed,
// and the windows that a restart carries on. MonoNs of all clocks here is
// CLOCK_MONOTONIC, so that times of different threads may be compared.
#pragma once

#include <concepts>

#include "engine/types/units.hpp"

namespace portcullis::engine {

template <class C>
concept Clock = requires(C& clock) {
    { clock.mono() }
    noexcept->std::same_as<MonoNs>;
    { clock.wall() }
    noexcept->std::same_as<WallNs>;
};

/// The kernel's clocks, 30 to 50 ns a reading. For cold threads, and where there is no good TSC.
class SystemClock {
public:
    [[nodiscard]] MonoNs mono() const noexcept;
    [[nodiscard]] WallNs wall() const noexcept;
};
static_assert(Clock<SystemClock>);

/// A clock that stands still until it is told otherwise: for tests, backtests and the simulation.
class ManualClock {
public:
    explicit ManualClock(MonoNs mono = {}, WallNs wall = {}) noexcept : mono_(mono), wall_(wall) {}

    [[nodiscard]] MonoNs mono() const noexcept { return mono_; }
    [[nodiscard]] WallNs wall() const noexcept { return wall_; }

    /// Requires: by >= 0.
    void advance(DurationNs by) noexcept {
        verify(by.value >= 0);
        mono_ = mono_ + by;
        wall_ = WallNs{wall_.value + by.value};
    }
    /// Wall time may jump either way, as it does when a machine's clock is set.
    void set_wall(WallNs wall) noexcept { wall_ = wall; }

private:
    MonoNs mono_;
    WallNs wall_;
};
static_assert(Clock<ManualClock>);

}  // namespace portcullis::engine
