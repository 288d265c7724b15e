// PeriodicTimer: says when something is due again, given the time.
//
// A thread that calls a function every second needs a clock and a queue; an agent that is polled
// anyway needs only this. Beats that were missed (a stopped process, a long event) are skipped, not
// made up: ten rate reports at once would say nothing more than one.
// Owner: the agent that polls it.
#pragma once

#include "engine/types/units.hpp"

namespace portcullis::engine {

class PeriodicTimer {
public:
    /// First due one period after `start`. Requires: period > 0.
    PeriodicTimer(MonoNs start, DurationNs period) noexcept
        : next_(start + period), period_(period) {
        verify(period.value > 0);
    }

    /// True once for each period that has passed into; the beat keeps its phase.
    [[nodiscard]] bool due(MonoNs now) noexcept {
        if (now < next_) {
            return false;
        }
        const std::int64_t missed = (now - next_).value / period_.value;
        next_ = next_ + DurationNs{(missed + 1) * period_.value};
        return true;
    }

    [[nodiscard]] MonoNs next() const noexcept { return next_; }

private:
    MonoNs next_;
    DurationNs period_;
};

}  // namespace portcullis::engine
