// WsApiHub: all connections of the WebSocket API at once, for account events, shutdown, revocation
// and faults.
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/ws_api.hpp"

namespace portcullis::tools::venue {

WsApiHub::WsApiHub(FaultLayer& faults, Api& api) : faults_(faults), api_(api) {
    api_.add_listener(*this);
}

WsApiHub::~WsApiHub() {
    api_.remove_listener(*this);
}

void WsApiHub::on_account_event(AccountId account, const AccountEvent& event) {
    std::vector<Way> ways;
    const bool faulty = !faults_.idle() || event.told_late;
    for (WsApiSession* session : sessions_) {
        auto text = session->told(account, event);
        if (text && faulty && session->peer_.reachable()) {
            ways.push_back({session->connection_, word(*session), std::move(*text)});
        } else if (text) {
            session->peer_.send_text(std::move(*text));
        }
    }
    if (ways.empty()) {
        return;
    }
    Outgoing out;
    out.account = api_.exchange().account(account).name;
    out.trade = event.fill.has_value();
    out.late = event.told_late;
    faults_.pass(out, *this, std::move(ways));
}

void WsApiHub::send(std::uint64_t connection, std::string_view, std::string text) {
    if (WsApiSession* session = find(connection)) {
        session->peer_.send_text(std::move(text));
    }
}

void WsApiHub::act(std::uint64_t connection, const WireAct& what) {
    if (WsApiSession* session = find(connection)) {
        session->peer_.act(what);
    }
}

void WsApiHub::shut_down(std::int64_t now_ms) {
    for (WsApiSession* session : sessions_) {
        session->peer_.send_text(
            JsonWriter()
                .begin_object()
                .raw("event", render::bare_event("serverShutdown", now_ms, session->options_.unit))
                .end_object()
                .take());
        session->peer_.close(1001, "server shutdown");
    }
}

std::vector<WsApiSession*> WsApiHub::chosen(WsApiChoice choice) const {
    const WsApiSession* orders =
        orders_ != nullptr || sessions_.empty() ? orders_ : sessions_.front();
    std::vector<WsApiSession*> out;
    for (WsApiSession* session : sessions_) {
        const bool fits =
            choice == WsApiChoice::all || (session == orders) == (choice == WsApiChoice::orders);
        if (fits && session->peer_.reachable()) {
            out.push_back(session);
        }
    }
    return out;
}

std::size_t WsApiHub::disconnect(WsApiChoice choice) {
    const auto sessions = chosen(choice);
    for (WsApiSession* session : sessions) {
        session->peer_.cut();
    }
    return sessions.size();
}

std::size_t WsApiHub::tear(WsApiChoice choice) {
    const auto sessions = chosen(choice);
    for (WsApiSession* session : sessions) {
        session->peer_.tear();
    }
    return sessions.size();
}

std::size_t WsApiHub::revoke(WsApiChoice choice) {
    std::size_t revoked = 0;
    for (WsApiSession* session : chosen(choice)) {
        const bool logged_on = session->key_ != nullptr;
        revoked += logged_on || !session->subscriptions_.empty() ? 1 : 0;
        while (!session->subscriptions_.empty()) {
            session->terminate(session->subscriptions_.begin());
        }
        if (logged_on) {
            session->revoke();
        }
    }
    return revoked;
}

void WsApiHub::shape_all(const WireAct& what) {
    for (WsApiSession* session : sessions_) {
        session->peer_.shape(what);
    }
}

WsApiSession* WsApiHub::find(std::uint64_t connection) const {
    for (WsApiSession* session : sessions_) {
        if (session->connection_ == connection) {
            return session;
        }
    }
    return nullptr;
}

std::string_view WsApiHub::word(const WsApiSession& session) const {
    const WsApiSession* orders =
        orders_ != nullptr || sessions_.empty() ? orders_ : sessions_.front();
    return &session == orders ? "orders" : "second";
}

std::size_t WsApiHub::mute(WsApiChoice choice) {
    const auto sessions = chosen(choice);
    for (WsApiSession* session : sessions) {
        session->mute_ = true;
    }
    return sessions.size();
}

void WsApiHub::key_changed(const ApiKey& key) {
    for (WsApiSession* session : sessions_) {
        session->key_changed(key);
    }
}

}  // namespace portcullis::tools::venue
