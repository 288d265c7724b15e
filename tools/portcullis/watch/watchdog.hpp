// Watchdog: from what a heartbeat shows, whether the engine is alive.
//
// A function of the beats and of the watch's own clock: the engine's is not believed. Silence
// counts from when the beat last changed, or was first seen: an engine that had died before the
// watch began is found as well. One that has ended in order is not waited for. Thread: one owner.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/types/units.hpp"
#include "tools/portcullis/watch/heartbeat.hpp"

namespace portcullis::tools {

enum class WatchVerdict : std::uint8_t {
    no_engine = 1,  ///< none was ever seen, or it has ended in order
    alive = 2,
    silent = 3,   ///< just now: everything is to be cancelled
    tripped = 4,  ///< since then
};

class Watchdog {
public:
    explicit Watchdog(engine::DurationNs silence_max) noexcept : silence_max_(silence_max) {}

    /// `beat`: nothing where it cannot be read.
    [[nodiscard]] WatchVerdict look(engine::MonoNs now, const std::optional<Beat>& beat) noexcept {
        if (beat && (!last_ || *beat != *last_)) {
            last_ = beat;
            changed_ = now;
            tripped_ = false;
        }
        if (!last_ || last_->ended) {
            return WatchVerdict::no_engine;
        }
        if (tripped_) {
            return WatchVerdict::tripped;
        }
        if (now - changed_ < silence_max_) {
            return WatchVerdict::alive;
        }
        tripped_ = true;
        return WatchVerdict::silent;
    }
    [[nodiscard]] engine::DurationNs silence(engine::MonoNs now) const noexcept {
        return last_ ? now - changed_ : engine::DurationNs{};
    }

private:
    engine::DurationNs silence_max_;
    std::optional<Beat> last_;
    engine::MonoNs changed_{};
    bool tripped_{};
};

}  // namespace portcullis::tools
