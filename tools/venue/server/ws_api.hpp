// WsApiSession: one connection of the WebSocket API: envelopes, session logon, account streams.
//
// Methods live in Api; what is here is what belongs to a connection: who logged on, which accounts
// it hears of, whether rateLimits are shown, which unit of time it asked for.
// One owner: the server's thread. Invariants: 1. one subscription an account and connection;
// 2. subscription ids are never reused on a connection.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/faults/fault_layer.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

class WsApiSession;

/// Some of the connections: all, the one that the last order came by (before the first order: the
/// oldest), or the others.
enum class WsApiChoice : std::uint8_t { all, orders, second };

/// All open connections of the WebSocket API, for shutdown and for faults.
class WsApiHub final : private Connections, private AccountListener {
public:
    WsApiHub(FaultLayer& faults, Api& api);
    ~WsApiHub() override;
    WsApiHub(const WsApiHub&) = delete;
    WsApiHub& operator=(const WsApiHub&) = delete;
    void shut_down(std::int64_t now_ms);
    /// These three tell how many connections it was.
    std::size_t disconnect(WsApiChoice choice);
    std::size_t tear(WsApiChoice choice);
    /// These get no account event any more, though answers go on; their successors do.
    std::size_t mute(WsApiChoice choice);
    /// Ends what a key may no longer do: its sessions (401 with id null) and its account streams.
    void key_changed(const ApiKey& key);
    /// Log-on and account streams end, as when the key is revoked.
    std::size_t revoke(WsApiChoice choice);
    void shape_all(const WireAct& what);
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

private:
    friend class WsApiSession;
    [[nodiscard]] std::vector<WsApiSession*> chosen(WsApiChoice choice) const;
    [[nodiscard]] WsApiSession* find(std::uint64_t connection) const;
    /// "orders" or "second".
    [[nodiscard]] std::string_view word(const WsApiSession& session) const;
    /// One event, to all sessions that hear of the account.
    void on_account_event(AccountId account, const AccountEvent& event) override;
    void send(std::uint64_t connection, std::string_view stream, std::string text) override;
    void act(std::uint64_t connection, const WireAct& what) override;

    FaultLayer& faults_;
    Api& api_;
    std::vector<WsApiSession*> sessions_;  ///< oldest first
    const WsApiSession* orders_{nullptr};  ///< the last order came by it
};

class WsApiSession final : public WebSocketHandler {
public:
    struct Options {
        bool return_rate_limits{true};
        Unit unit{Unit::milliseconds};
    };
    WsApiSession(WsApiHub& hub, Api& api, Peer& peer, std::string ip, Options options);
    ~WsApiSession() override;
    WsApiSession(const WsApiSession&) = delete;
    WsApiSession& operator=(const WsApiSession&) = delete;

    void on_text(std::string_view text) override;
    void on_control() override {}

private:
    friend class WsApiHub;
    struct Subscription {
        std::int64_t id{};
        bool by_logon{};
        const ApiKey* key{};
    };
    struct Envelope {
        std::string id{"null"};
        bool return_rate_limits{true};
    };
    /// The event as this session hears of it, if it does.
    [[nodiscard]] std::optional<std::string> told(AccountId account,
                                                  const AccountEvent& event) const;
    void handle(const Envelope& envelope, ApiRequest& request);
    [[nodiscard]] std::optional<ApiReply> session_method(ApiRequest& request);
    [[nodiscard]] ApiReply logon(const ApiRequest& request);
    [[nodiscard]] ApiReply subscribe(const ApiKey& key, bool by_logon);
    [[nodiscard]] ApiReply subscribe_method(const ApiRequest& request);
    [[nodiscard]] ApiReply unsubscribe(const ApiRequest& request);
    [[nodiscard]] std::string status_json() const;
    void key_changed(const ApiKey& key);
    void log_out();
    void revoke();
    void terminate(std::map<AccountId, Subscription>::iterator at);
    void respond(const Envelope& envelope, const ApiReply& reply, std::string_view method = {});
    void respond_revoked(const std::string& id);
    /// Out through the faults.
    void leave(const Outgoing& out, std::string text);

    WsApiHub& hub_;
    std::uint64_t connection_;
    Api& api_;
    Peer& peer_;
    std::string ip_;
    Options options_;
    std::int64_t connected_us_;
    const ApiKey* key_{nullptr};
    std::int64_t authorized_us_{0};
    std::map<AccountId, Subscription> subscriptions_;
    std::int64_t next_subscription_{0};
    bool mute_{false};
    bool revoked_{false};  ///< until the next log-on
};

}  // namespace portcullis::tools::venue
