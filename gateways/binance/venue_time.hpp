// VenueTime: the venue's clock, reckoned from our monotonic one.
//
// The offset is measured against monotonic time, because the wall clock may be set while we run,
// and a step of it would move every timestamp and every proof of death. A sample proves an interval
// that the venue's clock lies in: its round trip. So a sample that was held up somewhere for
// seconds, and agrees, takes nothing away from what is known better; one that does not agree with
// what is known proves that wrong, and replaces it. What is known gets worse with age, because two
// clocks drift. `earliest` errs to the past: what it says has surely been reached at the venue, so
// an expiry that it has passed has passed. Owner: order agent.
#pragma once

#include <cstdint>

#include "engine/types/units.hpp"

namespace portcullis::gateways::binance {

class VenueTime {
public:
    /// What two crystals may differ by, generously: 100 ppm.
    static constexpr std::int64_t drift_divisor = 10'000;

    [[nodiscard]] bool known() const noexcept { return known_; }
    /// Of `at(now)`, either way.
    [[nodiscard]] engine::DurationNs uncertainty(engine::MonoNs now) const noexcept {
        const std::int64_t age = now > sampled_ ? (now - sampled_).value : 0;
        return engine::DurationNs{uncertainty_.value + age / drift_divisor};
    }
    /// Requires: known().
    [[nodiscard]] engine::WallNs at(engine::MonoNs now) const noexcept {
        engine::verify(known_);
        return engine::WallNs{now.value + base_};
    }
    [[nodiscard]] engine::WallNs earliest(engine::MonoNs now) const noexcept {
        return engine::WallNs{at(now).value - uncertainty(now).value};
    }
    /// Takes one sample: asked at `sent`, answered at `received`, in between the venue's clock (in
    /// whole milliseconds) said `server_ms`. False: it contradicts itself, or tells less than is
    /// known, and was not taken.
    bool sample(engine::MonoNs sent, engine::MonoNs received, std::int64_t server_ms) noexcept {
        constexpr std::int64_t ms = 1'000'000;
        constexpr std::int64_t most = 9'000'000'000'000;  // the year 2255
        if (received < sent || server_ms <= 0 || server_ms > most) {
            return false;
        }
        const std::int64_t trip = (received - sent).value;
        // The venue cuts its time to whole milliseconds: half of one is the expectation.
        const std::int64_t base = server_ms * ms + ms / 2 - (sent.value + trip / 2);
        const std::int64_t unsure = trip / 2 + ms / 2;
        if (known_) {
            const std::int64_t known_to = uncertainty(received).value;
            const std::int64_t apart = base > base_ ? base - base_ : base_ - base;
            if (unsure > known_to && apart <= unsure + known_to) {
                return false;
            }
        }
        base_ = base;
        uncertainty_ = engine::DurationNs{unsure};
        sampled_ = received;
        known_ = true;
        return true;
    }

private:
    std::int64_t base_{};
    engine::DurationNs uncertainty_{};
    engine::MonoNs sampled_{};
    bool known_{};
};

}  // namespace portcullis::gateways::binance
