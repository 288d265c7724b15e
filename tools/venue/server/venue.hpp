// Venue: the whole exchange without its sockets: books, keys, limits, both doors, streams, faults.
//
// The listener holds it as a Service; tests hold it directly. Market data comes in through
// publish(), orders through the doors, trouble through control(). What leaves passes the fault
// layer. One owner: the server's thread. venue.cpp: doors; venue_control.cpp: the control socket's
// commands; venue_faults.cpp: faults that are more than a changed message.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/faults/fault_layer.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/derived_streams.hpp"
#include "tools/venue/server/keys.hpp"
#include "tools/venue/server/limits.hpp"
#include "tools/venue/server/rest.hpp"
#include "tools/venue/server/streams.hpp"
#include "tools/venue/server/summary_streams.hpp"
#include "tools/venue/server/wire.hpp"
#include "tools/venue/server/ws_api.hpp"

namespace portcullis::tools::venue {

/// The control socket's answer to what is not done.
[[nodiscard]] inline std::string error_line(const std::string& why) {
    return "error: " + why;
}
[[nodiscard]] inline std::string outcome_line(const engine::Outcome& outcome) {
    return outcome ? "ok" : error_line(outcome.error());
}

class Venue final : public Service {
public:
    Venue(const LimitsConfig& limits, ClockUs clock);

    bool admit() override;
    std::unique_ptr<WebSocketHandler> open(std::string_view target, const std::string& ip,
                                           Peer& peer, HttpReply& refusal) override;
    HttpReply http(const HttpRequest& request) override;
    [[nodiscard]] Timing timing() const override;

    /// One recorded message of `stream`, after the exchange has seen it.
    void publish(std::string_view stream, std::string_view data);
    /// Every 100 ms of the recording's time, which fall on `due_ms` of the venue's; `full_second`
    /// each tenth time.
    void tick(bool full_second, std::int64_t due_ms);
    /// The symbol's next trade is of another taker's order than the last.
    void taker_began(const std::string& symbol) { api_.tape().end_aggregate(symbol); }
    /// The symbol's book was set anew.
    void market_jumped(const std::string& symbol) {
        exchange_.market_jumped(symbol);
        derived_.on_jump(symbol);
        summaries_.on_jump(symbol);
        api_.tape().clear(symbol);
    }
    /// One line of the control socket: "ok", "ok JSON" or "error: why". Commands: README.md.
    [[nodiscard]] std::string control(std::string_view line);
    /// serverShutdown to everybody.
    void announce_shutdown();
    /// At least one client of the streams reads, and has a lot to read.
    [[nodiscard]] bool streams_behind() const { return streams_.behind(); }
    void cut_streams() { streams_.disconnect_all(); }
    /// Called by the control command `replay ...`, whose answer it gives; with the first word
    /// `check` in place of `replay` for what that would be, and nothing done.
    void on_replay_command(std::function<std::string(const std::vector<std::string>&)> command) {
        replay_command_ = std::move(command);
    }
    /// Called by the control command `quit`.
    void on_quit(std::function<void()> quit) { quit_ = std::move(quit); }
    /// Called to change the certificate of new connections, and back.
    void on_certificate(std::function<engine::Outcome(bool changed)> change) {
        change_certificate_ = std::move(change);
    }

    /// Called to cut the lines that are no WebSockets; how many it were.
    void on_cut_http(std::function<std::size_t()> cut) { cut_http_ = std::move(cut); }

    AccountId add_account(const AccountSetup& setup);
    [[nodiscard]] Exchange& exchange() { return exchange_; }
    [[nodiscard]] KeyRing& keys() { return keys_; }
    [[nodiscard]] Api& api() { return api_; }
    [[nodiscard]] FaultLayer& faults() { return faults_; }

private:
    using Words = std::vector<std::string>;
    // venue_control.cpp
    [[nodiscard]] std::string command(const Words& words);
    [[nodiscard]] std::string old_command(const Words& words);
    [[nodiscard]] std::string connection_command(const std::string& verb, const std::string& which);
    [[nodiscard]] std::string account_command(const Words& words);
    [[nodiscard]] std::string foreign_order(const Words& words);
    [[nodiscard]] std::string change_balance(const Words& words);
    // venue_accounts.cpp
    [[nodiscard]] std::string key_command(const Words& words);
    [[nodiscard]] std::string new_key(const Words& words);
    [[nodiscard]] std::string manage_account(const Words& words);
    [[nodiscard]] std::string clock_command(const Words& words);
    [[nodiscard]] std::string question(const Words& words);
    [[nodiscard]] std::string status_json() const;
    [[nodiscard]] std::string accounts_json() const;
    [[nodiscard]] std::string balances_json(AccountId account) const;
    [[nodiscard]] std::string keys_json() const;
    [[nodiscard]] std::string clock_json() const;
    // venue_faults.cpp
    [[nodiscard]] std::string fault_command(const Words& words);
    [[nodiscard]] std::string check_command(const Words& words);
    [[nodiscard]] bool account_there(const std::string& name) const {
        return accounts_.contains(name) || supposed_.contains(name);
    }
    [[nodiscard]] std::string switch_off(const Words& words);
    [[nodiscard]] std::string switch_on(const FaultSpec& spec);
    /// Why this fault would do nothing here, if it would.
    [[nodiscard]] engine::Outcome can_strike(const FaultSpec& spec) const;
    [[nodiscard]] engine::Outcome do_act(const FaultSpec& spec);
    /// Whether an act that was done so is to be counted now.
    [[nodiscard]] bool struck(const FaultSpec& spec, const engine::Outcome& done) const;
    [[nodiscard]] engine::Outcome act_on_order(const FaultSpec& spec, AccountId account);
    [[nodiscard]] engine::Outcome place_foreign(AccountId account);
    [[nodiscard]] engine::Outcome withdraw_foreign(AccountId account, std::int64_t bps);
    [[nodiscard]] engine::Outcome can_strike_stream(const FaultSpec& spec) const;
    /// Whether this answer is what it is by the fault, which is a state.
    [[nodiscard]] bool met(const FaultSpec& spec, const ApiRequest& request,
                           const ApiReply& reply) const;
    [[nodiscard]] bool may_trade(AccountId account) const;
    /// By the fault key-permissions.
    [[nodiscard]] bool lacks_trading(const ApiKey& key) const;
    [[nodiscard]] bool met_suspension(AccountId account, const ApiRequest& request,
                                      const ApiReply& reply) const;
    /// True when it struck at once; else it strikes the first that comes while it is closed.
    [[nodiscard]] bool restart(bool lose_orders);
    /// A restart is not over yet. Whoever asks is turned away.
    [[nodiscard]] bool closed();
    void set_state(const FaultSpec& spec, bool on);
    void suspend_trading(AccountId account, bool suspended);
    void set_tick(const FaultSpec& spec, bool on);

    Exchange exchange_;
    KeyRing keys_;
    Limits limits_;
    ClockUs machine_clock_;
    std::int64_t skew_us_{0};
    ClockUs clock_;  ///< the venue's own: skewed, if a fault says so
    FaultLayer faults_;
    Api api_;
    RestDoor rest_;
    StreamHub streams_;
    DerivedStreams derived_;
    SummaryStreams summaries_;
    WsApiHub ws_api_;
    std::map<std::string, AccountId> accounts_;
    std::map<std::string, Symbol> plain_symbols_;              ///< before tick-size changed them
    std::map<std::string, KeyPermissions> plain_permissions_;  ///< before key-permissions did
    std::int64_t closed_until_us_{0};                          ///< a restart takes a second
    bool restart_unmet_{false};                                ///< and nobody has noticed yet
    std::uint64_t foreign_orders_{0};
    bool checking_{false};            ///< commands are looked at and not done
    std::set<std::string> supposed_;  ///< accounts and keys that will be there by then
    std::function<void()> quit_;
    std::function<std::string(const std::vector<std::string>&)> replay_command_;
    std::function<engine::Outcome(bool)> change_certificate_;
    std::function<std::size_t()> cut_http_;
};

}  // namespace portcullis::tools::venue
