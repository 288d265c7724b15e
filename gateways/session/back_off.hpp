// BackOff and ConnectionBudget: when to try again.
//
// After a failure the next attempt waits a random time below a ceiling that doubles ("full
// jitter"): many clients that lost one venue at one moment do not come back at one moment. Above
// that stands a hard count: a venue bans addresses that connect too often (Binance: 300 in 5
// minutes). The count is an exact sliding window, which is stricter than any alignment the venue
// may use, and a share of it is spread over the window, or a short outage would spend it. Chance
// comes from a seeded generator of the owner. Owner: one control agent.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::gateways {

class BackOff {
public:
    struct Settings {
        engine::DurationNs least{engine::milliseconds(10)};
        engine::DurationNs first{engine::milliseconds(250)};  ///< ceiling of the first wait
        engine::DurationNs most{engine::milliseconds(30'000)};
    };

    /// Requires: 0 <= least <= first <= most.
    BackOff(const Settings& settings, std::uint64_t seed) noexcept
        : settings_(settings), random_(seed), ceiling_(settings.first) {
        engine::verify(settings.least.value >= 0 && settings.least <= settings.first);
        engine::verify(settings.first.value > 0 && settings.first <= settings.most);
    }

    /// How long to wait before the next attempt.
    [[nodiscard]] engine::DurationNs next() noexcept {
        const std::uint64_t span =
            static_cast<std::uint64_t>(ceiling_.value - settings_.least.value) + 1;
        const auto wait = static_cast<std::int64_t>(draw() % span);
        ceiling_ = ceiling_.value > settings_.most.value / 2
                       ? settings_.most
                       : engine::DurationNs{ceiling_.value * 2};
        ++failures_;
        return engine::DurationNs{settings_.least.value + wait};
    }

    /// After a connection that has proven itself (not: that was merely accepted).
    void reset() noexcept {
        ceiling_ = settings_.first;
        failures_ = 0;
    }
    [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }

private:
    // splitmix64 (Steele, Lea, Flood 2014).
    std::uint64_t draw() noexcept {
        random_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = random_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

    Settings settings_;
    std::uint64_t random_;
    engine::DurationNs ceiling_;
    std::uint32_t failures_{0};
};

/// How long the next attempt waits behind the last one where `used` of `most` lie in the window:
/// doubling waits that reach over the window when the last is used. With 3 in five minutes: 5 s,
/// 38 s, until the window has moved on; with 12: 0.07 s, 0.3 s, 0.6 s, 1.2 s ... 150 s. With a
/// hundred the first 57 are below a second, and the back-off is what counts. Zero where nothing is
/// used. Requires: used <= most.
[[nodiscard]] inline engine::DurationNs connect_gap(std::size_t used, std::size_t most,
                                                    engine::DurationNs window) noexcept {
    engine::verify(used <= most);
    if (used == 0 || most == 1) {
        return {};  // the count alone says when
    }
    const auto halvings = 3 * static_cast<std::size_t>(std::bit_width(most));
    return engine::DurationNs{window.value >> (halvings * (most - used) / (most - 1))};
}

class ConnectionBudget {
public:
    static constexpr std::size_t binance_attempts = 300;
    static constexpr engine::DurationNs binance_window = engine::milliseconds(300'000);

    /// At most `attempts` in any `window`, and spread over it (connect_gap). Requires: attempts >
    /// 0, window > 0.
    ConnectionBudget(std::size_t attempts, engine::DurationNs window)
        : times_(attempts), window_(window) {
        engine::verify(attempts > 0 && window.value > 0);
    }

    /// Zero: an attempt may be made now. Else how long until the next.
    [[nodiscard]] engine::DurationNs wait(engine::MonoNs now) const noexcept {
        const std::size_t size = times_.size();
        std::size_t used = 0;
        while (used < count_ && now - times_[(next_ + size - 1 - used) % size] < window_) {
            ++used;
        }
        if (used == 0) {
            return {};
        }
        const engine::MonoNs last = times_[(next_ + size - 1) % size];
        const engine::MonoNs spread = last + connect_gap(used, size, window_);
        const engine::MonoNs room = used < size ? now : times_[next_] + window_;
        return std::max({now, spread, room}) - now;
    }

    /// Counts an attempt. False, and nothing counted, where there is no room.
    [[nodiscard]] bool take(engine::MonoNs now) noexcept {
        if (wait(now).value > 0) {
            return false;
        }
        times_[next_] = now;
        next_ = (next_ + 1) % times_.size();
        count_ = std::min(count_ + 1, times_.size());
        return true;
    }

private:
    std::vector<engine::MonoNs> times_;  // ring; the oldest at next_ once full
    engine::DurationNs window_;
    std::size_t next_{0};
    std::size_t count_{0};
};

}  // namespace portcullis::gateways
