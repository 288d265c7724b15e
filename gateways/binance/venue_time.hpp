// VenueTime: the venue's clock, reckoned from our monotonic one.
//
// The offset is measured against monotonic time, because the wall clock may be set while we run,
// and a step of it would move every timestamp and every proof of death. Of several samples the one
// with the shortest round trip wins. `earliest` errs to the past: what it says has surely been
// reached at the venue, so an expiry that it has passed has passed. Owner: order agent.
#pragma once

#include <cstdint>

#include "engine/types/units.hpp"

namespace portcullis::gateways::binance {

class VenueTime {
public:
    [[nodiscard]] bool known() const noexcept { return known_; }
    [[nodiscard]] engine::DurationNs uncertainty() const noexcept { return uncertainty_; }
    /// Requires: known().
    [[nodiscard]] engine::WallNs at(engine::MonoNs now) const noexcept {
        engine::verify(known_);
        return engine::WallNs{now.value + base_};
    }
    [[nodiscard]] engine::WallNs earliest(engine::MonoNs now) const noexcept {
        return engine::WallNs{at(now).value - uncertainty_.value};
    }
    /// Takes one sample: asked at `sent`, answered at `received`, in between the venue's clock (in
    /// whole milliseconds) said `server_ms`. False: it contradicts itself and was not taken.
    bool sample(engine::MonoNs sent, engine::MonoNs received, std::int64_t server_ms) noexcept {
        constexpr std::int64_t ms = 1'000'000;
        constexpr std::int64_t most = 9'000'000'000'000;  // the year 2255
        if (received < sent || server_ms <= 0 || server_ms > most) {
            return false;
        }
        const std::int64_t trip = (received - sent).value;
        // The venue cuts its time to whole milliseconds: half of one is the expectation.
        base_ = server_ms * ms + ms / 2 - (sent.value + trip / 2);
        uncertainty_ = engine::DurationNs{trip / 2 + ms / 2};
        known_ = true;
        return true;
    }

private:
    std::int64_t base_{};
    engine::DurationNs uncertainty_{};
    bool known_{};
};

}  // namespace portcullis::gateways::binance
