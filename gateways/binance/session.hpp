// Session: one lasting ws-api connection: connect, log on, subscribe to the account, stay, return.
//
//     waiting --> connecting --> timing --> logging_on --> subscribing --> ready
//        ^            |             (any loss, refusal or silence)            |
//        '------------'-------------------------------------------------------'   back-off
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "engine/events/control.hpp"
#include "gateways/binance/account.hpp"
#include "gateways/binance/in_flight.hpp"
#include "gateways/binance/order_entry.hpp"
#include "gateways/binance/venue_time.hpp"
#include "gateways/net/transport.hpp"
#include "gateways/session/back_off.hpp"

namespace portcullis::gateways::binance {

/// Where transports come from: connecting already, or open.
class TransportSource {
public:
    /// Null: none to be had now; asked again after the back-off.
    [[nodiscard]] virtual std::unique_ptr<Transport> next(engine::MonoNs now) = 0;

protected:
    ~TransportSource() = default;
};

class Session;

/// What a session tells its owner.
class SessionOwner {
public:
    virtual void on_session_frame(Session& session, std::uint32_t link, std::string_view text) = 0;
    /// The link is gone, and with it every answer that it owed.
    virtual void on_link_lost(Session& session, std::uint32_t link) = 0;
    virtual void on_session_status(Session& session, engine::SessionStatus status) = 0;
    /// The account stream of the session is (not) to be trusted.
    virtual void on_stream_status(Session& session, engine::SessionStatus status) = 0;
    /// May a connection or a request of the session's own leave now?
    [[nodiscard]] virtual bool session_may_spend(engine::MonoNs now, bool connecting,
                                                 std::uint32_t weight) = 0;
    /// Until when nothing may leave because the venue said so; the past where it did not.
    [[nodiscard]] virtual engine::MonoNs session_closed_until() const = 0;
    /// The venue answered the upgrade with 429 or 418. `retry_after_s`: 0 where it named no time.
    virtual void on_connect_refused(std::uint16_t status, std::int64_t retry_after_s) = 0;

protected:
    ~SessionOwner() = default;
};

struct SessionSettings {
    engine::DurationNs ping_after{engine::milliseconds(5'000)};         ///< of silence
    engine::DurationNs silence_max{engine::milliseconds(12'000)};       ///< then it is lost
    engine::DurationNs step_max{engine::milliseconds(5'000)};           ///< for each step to ready
    engine::DurationNs life{engine::milliseconds(23LL * 3600 * 1000)};  ///< the venue cuts at 24 h
    engine::DurationNs drain{engine::milliseconds(5'000)};  ///< the old link is heard out
    BackOff::Settings back_off{};
};

enum class LinkState : std::uint8_t {
    none,
    connecting,
    timing,
    logging_on,
    subscribing,
    ready,
    draining,
};

// `timing` asks the venue's clock first, because every signed word carries it; `logging_on` is
// skipped where each message is signed (HMAC, RSA). Two links live inside: the active one and, when
// it must be replaced without being lost (24 h, serverShutdown, mute stream), its successor, which
// takes over when it is ready; the old one is heard out for a while and closed: make before break.
// All bytes go through here, so "at most one frame is encrypted and unsent" is kept in one place.
//
// Connecting does not block, but its TLS handshake costs time: a TransportSource may hand over a
// transport that the connector has opened. Owner: order agent.
class Session final {
public:
    /// `index`: 0 the order connection, 1 the second one. The referred objects outlive it.
    Session(std::uint8_t index, TransportSource& source, OrderEncoder& encoder,
            InFlightTable& requests, VenueTime& time, SessionOwner& owner,
            const SessionSettings& settings, std::uint64_t seed);

    /// Connects, reads and keeps alive. Hands out at most `frames_max` frames, each followed by a
    /// question to `keep_reading()` whether there is room for more.
    template <class KeepReading>
    std::size_t poll(engine::MonoNs now, engine::WallNs wall, std::size_t frames_max,
                     KeepReading&& keep_reading) {
        std::size_t work = advance(now, wall);
        for (std::size_t i = 0; i < links_.size(); ++i) {
            for (std::size_t n = 0; n < frames_max && keep_reading(); ++n) {
                if (!poll_one(i, now)) {
                    break;
                }
                ++work;
            }
        }
        return work;
    }

    /// Logged on, and nothing is known against it.
    [[nodiscard]] bool ready() const noexcept { return active().state == LinkState::ready; }
    /// Ready, no byte of an earlier frame is waiting, and none was refused.
    [[nodiscard]] bool can_send() const {
        return ready() && active().transport->pending_bytes() == 0 &&
               active().transport->can_send();
    }
    /// Its account stream is believed to tell everything.
    [[nodiscard]] bool stream_live() const noexcept { return ready() && !active().mute; }
    /// Requires: can_send().
    SendResult send(std::string_view frame, engine::MonoNs now);
    [[nodiscard]] std::size_t pending_bytes() const;
    /// Pushes pending bytes; returns what is left. Where it is 0 they are gone out, unless the
    /// connection has broken meanwhile.
    std::size_t flush();
    [[nodiscard]] bool broken() const {
        return active().state == LinkState::none || !active().transport->can_send();
    }

    /// The session's own answers: time, logon, subscribe. False: not one of its.
    bool on_answer(std::uint32_t link, const Answer& answer, engine::MonoNs now);
    /// An answer of its own that could not be read. False: not one of its.
    bool on_refused_answer(std::uint32_t link, RequestId id, engine::MonoNs now);
    /// The link's stream owes events, or has ended: replaced without losing the orders.
    void on_mute(engine::MonoNs now);
    /// The venue announced the end of the link.
    void replace(engine::MonoNs now);
    /// Drops the active link at once, pending bytes destroyed.
    void cut(engine::MonoNs now);
    void cut_link(std::uint32_t link, engine::MonoNs now);
    /// Closes everything in an orderly way and does not return.
    void shut_down();

    [[nodiscard]] std::uint8_t index() const noexcept { return index_; }
    [[nodiscard]] std::uint32_t link() const noexcept { return active().serial; }
    [[nodiscard]] bool is_active(std::uint32_t link) const noexcept {
        return active().serial == link && active().state != LinkState::none;
    }
    [[nodiscard]] LinkState state() const noexcept { return active().state; }
    [[nodiscard]] const Transport* transport() const noexcept { return active().transport.get(); }

private:
    struct Link {
        std::unique_ptr<Transport> transport;
        LinkState state{LinkState::none};
        bool mute{};
        bool subscribed{};
        std::uint32_t serial{};
        RequestId awaited{};
        engine::MonoNs asked{};
        engine::MonoNs since{};  ///< of the state
        engine::MonoNs heard{};
        engine::MonoNs pinged{};
        engine::MonoNs ready_at{};
    };

    [[nodiscard]] const Link& active() const noexcept { return links_[active_]; }
    [[nodiscard]] Link& active() noexcept { return links_[active_]; }
    [[nodiscard]] Link& other() noexcept { return links_[1 - active_]; }
    [[nodiscard]] Link* find(std::uint32_t link) noexcept;

    std::size_t advance(engine::MonoNs now, engine::WallNs wall);
    bool poll_one(std::size_t which, engine::MonoNs now);
    void start(Link& link, engine::MonoNs now);
    void next_step(Link& link, engine::MonoNs now, engine::WallNs wall);
    bool ask(Link& link, Call call, LinkState state, engine::MonoNs now, engine::WallNs at);
    void become_ready(Link& link, engine::MonoNs now);
    void keep_alive(Link& link, engine::MonoNs now);
    void lose(Link& link, engine::MonoNs now);

    std::uint8_t index_;
    TransportSource& source_;
    OrderEncoder& encoder_;
    InFlightTable& requests_;
    VenueTime& time_;
    SessionOwner& owner_;
    SessionSettings settings_;
    BackOff back_off_;
    std::array<Link, 2> links_{};
    std::size_t active_{};
    std::uint32_t serial_{};
    engine::MonoNs retry_at_{};
    bool successor_wanted_{};
    bool stopped_{};
};

}  // namespace portcullis::gateways::binance
