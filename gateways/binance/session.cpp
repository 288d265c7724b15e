#include "gateways/binance/session.hpp"

#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

using engine::MonoNs;
using engine::SessionStatus;
using engine::verify;
using engine::WallNs;

Session::Session(std::uint8_t index, TransportSource& source, OrderEncoder& encoder,
                 InFlightTable& requests, VenueTime& time, SessionOwner& owner,
                 const SessionSettings& settings, std::uint64_t seed)
    : index_(index),
      source_(source),
      encoder_(encoder),
      requests_(requests),
      time_(time),
      owner_(owner),
      settings_(settings),
      back_off_(settings.back_off, seed),
      // Two sessions of one agent never share a link's number.
      serial_(static_cast<std::uint32_t>(index) << 31) {
    verify(index < 2);
    verify(settings.ping_after < settings.silence_max);
}

// --- to ready

std::size_t Session::advance(MonoNs now, WallNs wall) {
    std::size_t work = 0;
    if (active().state == LinkState::none && !stopped_ && now >= retry_at_) {
        start(active(), now);
        ++work;
    }
    for (Link& link : links_) {
        if (link.state == LinkState::none) {
            continue;
        }
        if (link.transport->state() == TransportState::closed) {
            lose(link, now);
            ++work;
        } else if (link.state == LinkState::draining) {
            if (now - link.since >= settings_.drain) {
                link.transport->close(1000, {});
                lose(link, now);
            }
        } else if (link.state != LinkState::ready) {
            next_step(link, now, wall);
        } else {
            keep_alive(link, now);
        }
    }
    const bool old =
        active().state == LinkState::ready && now - active().ready_at >= settings_.life;
    if (old) {
        replace(now);
    }
    if (successor_wanted_ && active().state == LinkState::ready &&
        other().state == LinkState::none && now >= retry_at_) {
        start(other(), now);
        ++work;
    }
    return work;
}

void Session::start(Link& link, MonoNs now) {
    verify(link.state == LinkState::none);
    if (const MonoNs open = owner_.session_closed_until(); now < open) {
        retry_at_ = open;  // to be told a time is no failure: the back-off stays what it was
        return;
    }
    if (!owner_.session_may_spend(now, true, 2)) {
        retry_at_ = now + back_off_.next();
        return;
    }
    auto transport = source_.next(now);
    if (transport == nullptr) {
        retry_at_ = now + back_off_.next();
        return;
    }
    link = Link{};
    link.transport = std::move(transport);
    link.state = LinkState::connecting;
    link.serial = ++serial_;
    link.since = link.heard = now;
    successor_wanted_ = successor_wanted_ && &link == &active();
    if (&link == &active()) {
        owner_.on_session_status(*this, SessionStatus::connecting);
    }
}

void Session::next_step(Link& link, MonoNs now, WallNs wall) {
    if (now - link.since >= settings_.step_max) {
        link.transport->cut();
        lose(link, now);
        return;
    }
    if (link.awaited.value != 0 || link.transport->state() != TransportState::open ||
        link.transport->pending_bytes() != 0) {
        link.transport->flush();
        return;
    }
    const WallNs at = time_.known() ? time_.at(now) : wall;
    switch (link.state) {
        case LinkState::connecting:
            ask(link, Call::time, LinkState::timing, now, at);
            return;
        case LinkState::timing:
            if (encoder_.signs_each_message()) {
                ask(link, Call::subscribe, LinkState::subscribing, now, at);
            } else {
                ask(link, Call::logon, LinkState::logging_on, now, at);
            }
            return;
        case LinkState::logging_on:
            ask(link, Call::subscribe, LinkState::subscribing, now, at);
            return;
        case LinkState::subscribing:
            if (link.subscribed) {
                become_ready(link, now);
            }
            return;
        case LinkState::none:
        case LinkState::ready:
        case LinkState::draining:
            return;
    }
}

bool Session::ask(Link& link, Call call, LinkState state, MonoNs now, WallNs at) {
    if (!owner_.session_may_spend(now, false, call == Call::time ? 1 : 2)) {
        return false;  // tried again until step_max
    }
    const RequestId id = requests_.next_id(call);
    const Encoded frame = call == Call::time    ? encoder_.time(id.value)
                          : call == Call::logon ? encoder_.logon(id.value, at)
                                                : encoder_.subscribe(id.value, at);
    if (!frame.ok()) {
        return false;  // the signer is away
    }
    const SendResult sent = link.transport->send_text(frame.frame);
    if (sent != SendResult::sent && sent != SendResult::buffered) {
        return false;
    }
    link.awaited = id;
    link.asked = now;
    link.state = state;
    link.since = now;
    return true;
}

bool Session::on_answer(std::uint32_t serial, const Answer& answer, MonoNs now) {
    Link* link = find(serial);
    if (link == nullptr || answer.id.value == 0 || answer.id != link->awaited) {
        return false;
    }
    link->awaited = {};
    // -2035: the stream was subscribed already, which is what was asked for.
    const bool already = link->state == LinkState::subscribing && answer.code == -2035;
    if (answer.status != 200 && !already) {
        link->transport->cut();
        lose(*link, now);
        return true;
    }
    if (link->state == LinkState::timing) {
        // Also where it is known: a wrong one could not log on, and so never be set right.
        time_.sample(link->asked, now, answer.server_time_ms);
    }
    if (link->state == LinkState::subscribing) {
        link->subscribed = true;
        become_ready(*link, now);
    }
    return true;
}

bool Session::on_refused_answer(std::uint32_t serial, RequestId id, MonoNs now) {
    Link* link = find(serial);
    if (link == nullptr || id.value == 0 || id != link->awaited) {
        return false;
    }
    link->transport->cut();
    lose(*link, now);
    return true;
}

void Session::become_ready(Link& link, MonoNs now) {
    const bool takes_over = &link != &active();
    if (takes_over && active().state == LinkState::ready &&
        active().transport->pending_bytes() != 0) {
        return;  // bytes of an order lie there: whoever may have to cut them must still see them
    }
    link.state = LinkState::ready;
    link.since = link.ready_at = now;
    if (takes_over) {
        Link& old = active();
        active_ = 1 - active_;
        successor_wanted_ = false;
        old.state = LinkState::draining;
        old.since = now;
    }
    back_off_.reset();
    owner_.on_session_status(*this, SessionStatus::ready);
    owner_.on_stream_status(*this, SessionStatus::ready);
}

// --- staying

void Session::keep_alive(Link& link, MonoNs now) {
    if (now - link.heard >= settings_.silence_max) {
        link.transport->cut();
        lose(link, now);
        return;
    }
    const MonoNs quiet_since = std::max(link.heard, link.pinged);
    if (now - quiet_since >= settings_.ping_after && link.transport->pending_bytes() == 0) {
        link.pinged = now;
        (void)link.transport->send_ping({});
    }
}

bool Session::poll_one(std::size_t which, MonoNs now) {
    struct Sink final : FrameSink {
        Session& session;
        Link& link;
        MonoNs at;
        Sink(Session& s, Link& l, MonoNs t) : session(s), link(l), at(t) {}
        void on_frame(const FrameView& frame) override {
            link.heard = at;
            if (frame.kind == FrameKind::text) {
                session.owner_.on_session_frame(session, link.serial, {frame.data, frame.size});
            }
        }
    };
    Link& link = links_[which];
    if (link.state == LinkState::none) {
        return false;
    }
    // What a frame leads to may end its link; the transport that is being read must outlive it.
    Transport* const reading = link.transport.get();
    Sink sink(*this, link, now);
    return reading->poll(sink, 1, now.value) != 0;
}

SendResult Session::send(std::string_view frame, MonoNs now) {
    verify(can_send());
    const SendResult result = active().transport->send_text(frame);
    // One that has broken is lost when what the venue had to say is read.
    if (result == SendResult::closed && active().transport->state() == TransportState::closed) {
        lose(active(), now);
    }
    return result;
}

std::size_t Session::pending_bytes() const {
    return active().state == LinkState::none ? 0 : active().transport->pending_bytes();
}

std::size_t Session::flush() {
    return active().state == LinkState::none ? 0 : active().transport->flush();
}

// --- leaving

void Session::on_mute(MonoNs now) {
    if (!ready() || active().mute) {
        return;
    }
    active().mute = true;
    owner_.on_stream_status(*this, SessionStatus::mute);
    replace(now);
}

void Session::replace(MonoNs) {
    // Begun in advance(): here a frame may just be read from the place that the successor takes.
    const bool on_its_way =
        other().state != LinkState::none && other().state != LinkState::draining;
    successor_wanted_ = !stopped_ && !on_its_way && active().state == LinkState::ready;
}

void Session::cut(MonoNs now) {
    if (active().state != LinkState::none) {
        active().transport->cut();
        lose(active(), now);
    }
}

void Session::cut_link(std::uint32_t serial, MonoNs now) {
    if (Link* link = find(serial)) {
        link->transport->cut();
        lose(*link, now);
    }
}

void Session::shut_down() {
    stopped_ = true;
    for (Link& link : links_) {
        if (link.state != LinkState::none) {
            link.transport->close(1000, {});
        }
    }
}

Session::Link* Session::find(std::uint32_t serial) noexcept {
    for (Link& link : links_) {
        if (link.state != LinkState::none && link.serial == serial) {
            return &link;
        }
    }
    return nullptr;
}

void Session::lose(Link& link, MonoNs now) {
    if (link.state == LinkState::none) {
        return;
    }
    const bool was_active = &link == &active();
    const std::uint32_t serial = link.serial;
    if (link.transport->refused_for_rate()) {
        owner_.on_connect_refused(link.transport->close_code(), link.transport->retry_after_s());
    }
    link.state = LinkState::none;  // the transport stays until the place is used again
    link.awaited = {};
    if (was_active && other().state != LinkState::none && other().state != LinkState::draining) {
        active_ = 1 - active_;  // the successor goes on alone
    } else if (was_active || link.ready_at == MonoNs{}) {
        successor_wanted_ = !was_active;  // a successor that did not make it: once more
        retry_at_ = std::max(retry_at_, now + back_off_.next());
    }
    owner_.on_link_lost(*this, serial);
    if (was_active) {
        owner_.on_session_status(*this, SessionStatus::down);
        owner_.on_stream_status(*this, SessionStatus::down);
        if (active().state != LinkState::none) {
            owner_.on_session_status(*this, SessionStatus::connecting);
        }
    }
}

}  // namespace portcullis::gateways::binance
