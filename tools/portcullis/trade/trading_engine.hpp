// TradingEngine: the one place that wires. Everything that `portcullis trade` consists of is a
// member here, in the order in which it needs what stands before it.
//
//   feed agent --market ring--> core agent --request ring--> order agent --report ring--> core
//   agent console, signals --control queue--> core agent        core --> journal --> journal agent
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "engine/journal/journal.hpp"
#include "engine/time/tsc_clock.hpp"
#include "gateways/binance/rest_snapshots.hpp"
#include "gateways/binance/ws_api_snapshots.hpp"
#include "strategies/strategy_set.hpp"
#include "tools/portcullis/budgets.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/console/server.hpp"
#include "tools/portcullis/journal/history.hpp"
#include "tools/portcullis/latency/report.hpp"
#include "tools/portcullis/operator/approvals.hpp"
#include "tools/portcullis/operator/limit_book.hpp"
#include "tools/portcullis/trade/connection_log.hpp"
#include "tools/portcullis/trade/core_agent.hpp"
#include "tools/portcullis/trade/parts.hpp"
#include "tools/portcullis/trade/status.hpp"
#include "tools/portcullis/trade/threads.hpp"
#include "tools/portcullis/watch/heartbeat.hpp"

namespace portcullis::tools {

// Placement is a choice of lists: `pipeline` gives feed, core and orders a thread each, `fused`
// puts the three on one; journal, connecting, snapshot fetching and control have their own in both.
// The rings stay in either placement, so that the core sees one ordered sequence and nothing
// re-enters it. Owner: main thread, which is the control agent (console, client ids ahead, clock
// calibration).
class TradingEngine {
public:
    /// Opens state, journal and key; connects nothing yet. The error says what stands in the way.
    [[nodiscard]] static engine::Result<std::unique_ptr<TradingEngine>> make(AppConfig config);
    ~TradingEngine();
    TradingEngine(const TradingEngine&) = delete;
    TradingEngine& operator=(const TradingEngine&) = delete;

    /// Takes what the config asks of the host, writes session_start, starts the threads. What is in
    /// force of it, a line each; the error says what is not: then nothing was started.
    [[nodiscard]] engine::Result<std::vector<std::string>> start();
    /// The control agent's round, on the main thread.
    std::size_t do_control_work();
    /// Cancels everything, waits for the proof at most `patience`, stops the threads, seals the
    /// journal. Returns whether the proof came and the journal closed.
    bool shut_down(engine::DurationNs patience);

    [[nodiscard]] const AppConfig& config() const noexcept { return config_; }
    [[nodiscard]] CoreStatus status() const noexcept { return board_->load(); }
    /// Control thread only.
    [[nodiscard]] const LatencyReport& latency() noexcept {
        return latency_marks_.report(control_clock_.mono());
    }
    /// What the agents counted, a line each. Requires: shut_down() has returned.
    [[nodiscard]] std::string run_summary() const;

private:
    using Core = engine::TradingCore<strategies::StrategySet, risk::RiskGate, Outbox,
                                     engine::journal::JournalWriter>;

    TradingEngine(AppConfig config, risk::KillPage kill_page,
                  std::unique_ptr<engine::journal::Journal> journal, JournalHistory history,
                  std::unique_ptr<gateways::Signer> signer, gateways::ClOrdIdKeys keys,
                  Budgets budgets);

    [[nodiscard]] engine::Outcome finish();  ///< what can fail after the members stand
    [[nodiscard]] engine::Result<std::vector<std::string>> start_agents();
    // --- engine_console.cpp
    [[nodiscard]] engine::Outcome open_approvals();
    [[nodiscard]] std::string on_console(ConsoleVisitor& visitor, std::string_view frame);
    [[nodiscard]] std::string run_command(const Peer& peer, const ConsoleRequest& request);
    [[nodiscard]] std::string run_act(const Peer& peer, const ConsoleRequest& request);
    [[nodiscard]] engine::Result<std::string> stands(const risk::OperatorAction& action) const;
    [[nodiscard]] engine::Result<std::string> perform(const risk::OperatorAction& action,
                                                      std::uint64_t id, uid_t uid);
    [[nodiscard]] std::string change_limits(const Peer& peer, const LimitBook::Rows& rows);
    [[nodiscard]] std::string reload(const Peer& peer);
    [[nodiscard]] std::string acknowledge(const Peer& peer, std::uint64_t alert);
    void order_limits(const LimitBook::Rows& rows, uid_t uid, std::uint64_t agreed,
                      const std::string& by);
    void command(engine::Command command, engine::Scope scope, std::uint16_t index, uid_t uid,
                 std::uint64_t agreed = 0, std::uint64_t alert = 0);
    [[nodiscard]] std::uint64_t jitter_seed() const;
    [[nodiscard]] gateways::binance::OrderAgentSettings order_settings() const;
    [[nodiscard]] gateways::binance::FeedSettings feed_settings();
    [[nodiscard]] gateways::binance::SnapshotSource& snapshots();
    void restore(engine::MonoNs now, engine::WallNs wall);
    std::size_t core_round();
    std::size_t sync_kills(engine::MonoNs now);

    AppConfig config_;
    risk::KillPage kill_page_;
    std::unique_ptr<engine::journal::Journal> journal_;
    JournalHistory history_;
    std::unique_ptr<gateways::Signer> signer_;
    engine::TscCalibrator calibrator_;

    MarketRing market_ring_;
    ReportRing report_ring_;
    RequestRing request_ring_;
    ResyncRing resync_ring_;
    ControlQueue control_queue_{engine::capacity::control_queue};
    std::unique_ptr<LatencyBoard> latency_board_;
    LatencyMarks latency_marks_;
    StampRing stamp_ring_;
    TscStampClock feed_stamps_;
    TscStampClock core_stamp_clock_;
    TscStampClock order_stamp_clock_;
    CoreStamps core_stamps_;
    OrderStamps order_stamps_;
    std::unique_ptr<StatusBoard> board_;
    std::unique_ptr<CoreStatus> status_;  // core thread's scratch

    gateways::binance::SymbolTable symbols_;
    std::unique_ptr<gateways::binance::InstrumentBook> instruments_;
    gateways::ClOrdIdMint ids_;
    std::unique_ptr<gateways::binance::OrderEncoder> encoder_;
    gateways::RateBudget order_budget_;
    std::size_t feed_connections_;
    gateways::ClosedDoors doors_;  // of our address at the venue
    PageKillView kill_view_;
    ConnectionLog connection_log_;  // the connector's thread
    gateways::Connector connector_;
    EndpointSource primary_source_;
    EndpointSource secondary_source_;
    // One of the two, as the config has it.
    std::optional<gateways::binance::RestSnapshots> rest_snapshots_;
    std::optional<gateways::binance::WsApiSnapshots> ws_api_snapshots_;
    std::unique_ptr<gateways::binance::OrderAgent> orders_;
    std::unique_ptr<gateways::binance::FeedAgent> feed_;

    strategies::StrategySet strategies_;
    std::unique_ptr<risk::RiskGate> gate_;
    engine::CoreConfig core_config_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<Core> core_;
    std::unique_ptr<CoreAgent<Core>> core_agent_;
    LimitBook limit_book_{config_};
    std::unique_ptr<Approvals> approvals_;  // null: one person may
    std::unique_ptr<ConsoleServer> console_;

    engine::TscClock core_clock_;
    engine::TscClock feed_clock_;
    engine::TscClock order_clock_;
    engine::TscClock control_clock_;
    engine::MonoNs board_due_{};
    std::optional<Heartbeat> heartbeat_;  ///< writer: core thread, while it runs
    engine::MonoNs calibration_due_{};
    engine::MonoNs ids_due_{};
    engine::MonoNs kill_sync_due_{};
    engine::MonoNs approvals_due_{};
    std::uint32_t kills_synced_{};
    std::uint32_t kills_seen_{};
    std::uint64_t requests_{};
    bool started_{};
    Threads threads_;  // last: stopped first
};

/// `portcullis trade --config FILE [--seconds N]`.
int trade_command(const std::string& config_path, int seconds);
/// `portcullis init --config FILE`: writes the first state; without one nothing trades.
int init_command(const std::string& config_path);

/// Paths within the state directory.
[[nodiscard]] std::string kill_page_path(const AppConfig& config);
[[nodiscard]] std::string journal_path(const AppConfig& config);
[[nodiscard]] std::string console_path(const AppConfig& config);
[[nodiscard]] std::string heartbeat_path(const AppConfig& config);
[[nodiscard]] engine::journal::JournalOptions journal_options(const AppConfig& config);

}  // namespace portcullis::tools
