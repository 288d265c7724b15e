// ConnectionLife: when a WebSocket is pinged, when it is given up, and when it is too old.
//
// As at Binance: a ping every 20 s, the end if none of them is answered with its payload for 60 s
// (a pong that nobody asked for does not count), and the end after 24 h whatever happens. Times
// come in as arguments; the listener asks at next_ms() and does what it is told, so a day takes no
// day to test. One owner, the connection. Invariant: of pings, all that are unanswered have the
// payload of the first of them, so that a pong to any of them is one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

class ConnectionLife {
public:
    enum class Act : std::uint8_t { nothing, ping, cut, too_old };

    ConnectionLife(Service::Timing timing, std::int64_t now_ms)
        : timing_(timing),
          ping_at_ms_(now_ms + timing.ping_interval_ms),
          end_at_ms_(now_ms + timing.life_ms) {}

    /// What is due. Of several the worst; to be asked again at next_ms().
    [[nodiscard]] Act on_time(std::int64_t now_ms) {
        if (unanswered_since_ms_ && now_ms >= *unanswered_since_ms_ + timing_.pong_timeout_ms) {
            return Act::cut;
        }
        if (!told_old_ && now_ms >= end_at_ms_) {
            told_old_ = true;
            return Act::too_old;
        }
        if (now_ms < ping_at_ms_) {
            return Act::nothing;
        }
        ping_at_ms_ = now_ms + timing_.ping_interval_ms;
        if (!unanswered_since_ms_) {
            unanswered_since_ms_ = now_ms;
            payload_ = std::to_string(now_ms);
        }
        return Act::ping;
    }
    void on_pong(std::string_view payload) {
        if (payload == payload_) {
            unanswered_since_ms_.reset();
        }
    }
    [[nodiscard]] std::int64_t next_ms() const {
        std::int64_t next = told_old_ ? ping_at_ms_ : std::min(ping_at_ms_, end_at_ms_);
        if (unanswered_since_ms_) {
            next = std::min(next, *unanswered_since_ms_ + timing_.pong_timeout_ms);
        }
        return next;
    }
    /// Of the ping that is to be sent.
    [[nodiscard]] const std::string& payload() const { return payload_; }

private:
    Service::Timing timing_;
    std::int64_t ping_at_ms_, end_at_ms_;
    std::optional<std::int64_t> unanswered_since_ms_;
    std::string payload_;
    bool told_old_{false};
};

}  // namespace portcullis::tools::venue
