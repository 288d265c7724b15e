// Venue: the whole exchange without its sockets: books, keys, limits, both doors, streams, faults.
//
// The listener holds it as a Service; tests hold it directly. Market data comes in through
// publish(), orders through the doors, trouble through control(). One owner: the server's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/keys.hpp"
#include "tools/venue/server/limits.hpp"
#include "tools/venue/server/rest.hpp"
#include "tools/venue/server/streams.hpp"
#include "tools/venue/server/wire.hpp"
#include "tools/venue/server/ws_api.hpp"

namespace portcullis::tools::venue {

class Venue final : public Service {
public:
    Venue(const LimitsConfig& limits, ClockUs clock);

    std::unique_ptr<WebSocketHandler> open(std::string_view target, const std::string& ip,
                                           Peer& peer, HttpReply& refusal) override;
    HttpReply http(const HttpRequest& request) override { return rest_.handle(request); }
    [[nodiscard]] Timing timing() const override;

    /// One recorded message of `stream`, after the exchange has seen it.
    void publish(std::string_view stream, std::string_view data);
    /// One line of the control socket; "ok" or "error: why". Commands: README.md.
    [[nodiscard]] std::string control(std::string_view line);
    /// serverShutdown to everybody.
    void announce_shutdown();
    /// At least one client of the streams reads, and has a lot to read.
    [[nodiscard]] bool streams_behind() const { return streams_.behind(); }
    void cut_streams() { streams_.disconnect_all(); }
    /// Called by the control command `replay ...`, whose answer it gives.
    void on_replay_command(std::function<std::string(const std::vector<std::string>&)> command) {
        replay_command_ = std::move(command);
    }
    /// Called by the control command `quit`.
    void on_quit(std::function<void()> quit) { quit_ = std::move(quit); }

    AccountId add_account(const AccountSetup& setup);
    [[nodiscard]] Exchange& exchange() { return exchange_; }
    [[nodiscard]] KeyRing& keys() { return keys_; }
    [[nodiscard]] Api& api() { return api_; }

private:
    [[nodiscard]] std::string fault_command(const std::vector<std::string>& words);
    [[nodiscard]] std::string connection_command(const std::string& verb, const std::string& which);
    [[nodiscard]] std::string account_command(const std::vector<std::string>& words);
    [[nodiscard]] std::string foreign_order(const std::vector<std::string>& words);
    [[nodiscard]] std::string change_balance(const std::vector<std::string>& words);

    Exchange exchange_;
    KeyRing keys_;
    Limits limits_;
    ClockUs clock_;
    Api api_;
    RestDoor rest_;
    StreamHub streams_;
    WsApiHub ws_api_;
    std::map<std::string, AccountId> accounts_;
    std::uint64_t foreign_orders_{0};
    std::function<void()> quit_;
    std::function<std::string(const std::vector<std::string>&)> replay_command_;
};

}  // namespace portcullis::tools::venue
