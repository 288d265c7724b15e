// TradingCore: the one writer of books, orders, positions and limits in use. step(event) is a
// function.
//
//     input event --append--> journal --apply--> state --decide--> requests --append--> journal -->
//     outbound
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/book/market.hpp"
#include "engine/book/own_book.hpp"
#include "engine/book/own_traces.hpp"
#include "engine/core/alerts.hpp"
#include "engine/core/cancel_pacing.hpp"
#include "engine/core/core_api.hpp"
#include "engine/core/drain.hpp"
#include "engine/core/gate_api.hpp"
#include "engine/core/strategy_api.hpp"
#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "engine/events/credential.hpp"
#include "engine/events/recovery.hpp"
#include "engine/orders/order_store.hpp"
#include "engine/orders/positions.hpp"

namespace portcullis::engine {

/// What the core counts; for the console and the demo's summary. Not part of the state hash.
struct CoreCounters {
    std::uint64_t inputs{};
    std::uint64_t market_events{};
    std::uint64_t orders_approved{};
    std::uint64_t amends_approved{};  ///< in place; not among the orders
    std::uint64_t amends_refused{};   ///< by the venue, or without an answer
    std::uint64_t orders_denied{};
    std::uint64_t cancels{};
    std::uint64_t mass_cancels{};
    // Of the drains, which repeat them until the venue shows nothing.
    std::uint64_t drains{};             ///< begun
    std::uint64_t drains_proven{};      ///< complete
    std::uint64_t drain_rounds{};       ///< of cancels and questions
    std::int64_t drain_ns_max{};        ///< from its begin to its proof, the longest
    std::uint64_t drain_orders_left{};  ///< rows in the last answer to one
    std::uint64_t fills_buy{};
    std::uint64_t fills_sell{};
    std::uint64_t rejects{};
    std::uint64_t unknowns{};
    std::uint64_t breaches{};
    std::uint64_t credential_signals{};  ///< breaches, suspicions and notes
    std::uint64_t trips{};               ///< of limits for which more than a no follows
    std::uint64_t commands_refused{};    ///< a control has halted, or two keys are asked for
    std::uint64_t resyncs{};
    std::array<std::uint64_t, capacity::deny_reasons> denials{};  ///< by reason
};

// Its input is one totally ordered sequence; time, kill epoch and room are in the event's header,
// so that the same journal gives the same requests and the same state hash, bit for bit, live, in
// replay and in simulation. The obvious alternative, callbacks from gateways into shared state,
// cannot be replayed. It is a template over three concepts: it knows no strategy, no risk rule and
// no venue. What it calls on Outbound cannot refuse and cannot re-enter: answers come back as
// events.
//
// Invariants: 1. an input is journaled before it is applied, an output before it is handed out (a
// breach alone kills first); 2. only an approval of the gate, a cancel or a query leaves; 3. the
// gate is told each fact of an order once; 4. no allocation, no clock, no system call in step().
// Writer: core thread. Parts: trading_core_market.ipp, trading_core_orders.ipp,
// trading_core_session.ipp, trading_core_operators.ipp, trading_core_drain.ipp,
// trading_core_recovery.ipp, trading_core_credentials.ipp, trading_core_hash.ipp.
template <QuotingStrategies Strategies, Gate GateType, CoreOutbound Outbound, CoreJournal Journal>
class TradingCore {
public:
    /// The referred objects outlive the core. Allocates everything it will ever need.
    TradingCore(const CoreConfig& config, Strategies& strategies, GateType& gate,
                Outbound& outbound, Journal& journal);
    TradingCore(const TradingCore&) = delete;
    TradingCore& operator=(const TradingCore&) = delete;

    /// Appends `input` to the journal, applies it and hands out what follows. Requires: an input;
    /// header.mono, wall, flags, kill_epoch and limits_version are set.
    void step(Event& input) noexcept;
    /// When nothing waits to be stepped: what the next step would reckon from the orders first is
    /// reckoned now. No part of the state: whether and when it is called changes nothing but time.
    void prepare() noexcept;
    /// Before the first step: an id of an earlier run whose order is done. Seen alive again, it is
    /// a breach.
    void restore_done(const OrderClosed& closed) noexcept { orders_.restore_done(closed); }
    /// Before the first step: a fill of an earlier run that is inside the restored balances, and
    /// comes again with the history.
    void restore_fill(const FillBooked& fill) noexcept { orders_.restore_fill(fill); }

    /// One number over everything that is remembered.
    [[nodiscard]] std::uint64_t state_hash() const noexcept {
        return state_hash(0, config_.instrument_count);
    }

    [[nodiscard]] const CoreCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] const OrderStore& orders() const noexcept { return orders_; }
    [[nodiscard]] const OwnTraces& own_traces() const noexcept { return traces_; }
    [[nodiscard]] const Positions& positions() const noexcept { return positions_; }
    [[nodiscard]] const InstrumentMarket& market(InstrumentId id) const noexcept {
        return markets_[id.value];
    }
    [[nodiscard]] const Instrument& instrument(InstrumentId id) const noexcept {
        return instruments_[id.value];
    }
    [[nodiscard]] bool session_ready(OrderAgentId agent) const noexcept {
        return agents_[agent.value].orders_ready;
    }
    [[nodiscard]] bool reconciled(OrderAgentId agent) const noexcept {
        return agents_[agent.value].reconciled;
    }
    /// The last drain of the whole firm is complete.
    [[nodiscard]] bool drained() const noexcept { return drains_.firm().done(); }
    /// Has heard the command: what is drained from then on was drained for it.
    [[nodiscard]] bool shutting_down() const noexcept { return shutting_down_; }
    [[nodiscard]] MonoNs now() const noexcept { return now_; }
    [[nodiscard]] const Alerts& alerts() const noexcept { return alerts_; }

private:
    static constexpr std::size_t parked_max = 256;
    static constexpr std::uint32_t fills_between_agreements = TradeMemory::remembered / 4;
    static constexpr DurationNs drift_max = milliseconds(500);
    /// Books in one periodic state hash: hundreds of them, walked level by level, would stand in
    /// the way of a tick. Each comes in its turn.
    static constexpr std::size_t books_hashed = 8;

    // Whose rows were in the open-orders answer that is being read.
    struct Listed {
        InstrumentSet instruments;
        StrategyIds strategies;  // a row whose order is not known counts for all on its symbol
        bool other{};            // a symbol that is no instrument of ours
        [[nodiscard]] bool any() const noexcept {
            return !instruments.empty() || !strategies.empty() || other;
        }
    };

    // What has just left the book of one instrument, and what that was read from.
    struct Gone {
        std::vector<OwnLevel> levels;
        InstrumentId instrument{no_instrument};
        std::uint64_t added{};
        MonoNs until{};  // then one of them goes
        PriceAtoms bid{};
        PriceAtoms ask{};  // the best of them
    };

    // The working orders of one strategy, as they were at `revision` of its orders; 0: never.
    struct Working {
        std::vector<WorkingOrder> orders;
        std::uint64_t revision{};
    };

    // Whose report it is that something was found in.
    struct Subject {
        ClOrdId cl_ord_id{};
        OrderId order_id{};
        InstrumentId instrument{no_instrument};
    };
    template <class Report>
    [[nodiscard]] static Subject subject_of(const Report& report) noexcept {
        return {report.cl_ord_id, report.order_id, report.instrument};
    }

    // What the core knows of one order agent's sessions.
    struct AgentState {
        bool orders_ready{};
        bool primary_ready{};
        bool secondary_ready{};
        bool reconciled{};
        bool reconciling{};
        bool again{};               // what is being reconciled has changed meanwhile
        bool overflowed{};          // a fill found no room to wait for its order's number
        std::uint8_t attempts{};    // since everything last agreed
        std::uint32_t round{};      // of the reconciliation asked for last
        std::uint32_t fills{};      // booked since then
        std::uint32_t leftovers{};  // orders of earlier epochs seen open in this reconciliation
        bool beyond{};              // ... and of them, on symbols that this run does not have
        bool listing{};             // between begin and complete of an answer to a drain
        Listed listed{};
        AssetSet drifts;              // differed from our own reckoning
        std::uint8_t drift_rounds{};  // reconciliations in which nothing else was amiss
        MonoNs drifting_since{};      // the first of them
        MonoNs retry_at{};
    };

    // --- trading_core_market.ipp
    void on_definition(const InstrumentDefinition& definition) noexcept;
    void on_delta(const BookDelta& delta) noexcept;
    void on_top(const TopOfBook& top) noexcept;
    void on_trade(const TradePrint& trade) noexcept;
    void on_alive(const FeedAlive& alive) noexcept;
    void on_reset(const BookReset& reset) noexcept;
    void on_market_checked(InstrumentId id, ResetReason reason) noexcept;
    void quote_instrument(InstrumentId instrument) noexcept;
    void quote(StrategyId id) noexcept;
    void follow_working(StrategyId id) noexcept;
    [[nodiscard]] bool fresh(InstrumentId id) const noexcept;
    /// Reckoned once in a step: what a step opens or asks to cancel is in the book only when the
    /// venue says so, in a later step. settle() forgets it.
    [[nodiscard]] const NetTop& net_top_of(InstrumentId id) noexcept;
    void follow_own() noexcept;
    void follow_gone(InstrumentId id) noexcept;
    void take_marks() noexcept;

    // --- trading_core_orders.ipp
    static void perform_decided(void* core, const Action& action) noexcept;
    void perform(StrategyId id, const Action& action) noexcept;
    void place(StrategyId id, const Action& action, OrderSlot orig) noexcept;
    void amend(StrategyId id, const Action& action, OrderSlot slot) noexcept;
    void refuse_amend(const Order& order, RejectReason reason) noexcept;
    void deny(StrategyId id, const Action& action, const NewOrderSingle& order, ClOrdId orig,
              const Denial& denial) noexcept;
    void request_cancel(OrderSlot slot) noexcept;
    void send_cancel(OrderSlot slot) noexcept;
    void forgive_cancels(const InstrumentSet& instruments) noexcept;
    void pull_quotes(const InstrumentSet& instruments) noexcept;
    void pull_quotes(InstrumentId id) noexcept;
    void on_report(const ExecutionReport& report) noexcept;
    void on_cancel_reject(const OrderCancelReject& reject) noexcept;
    void on_outcome(const RequestOutcome& outcome) noexcept;
    void on_account_fill(const AccountFill& fill) noexcept;
    void park(const AccountFill& fill) noexcept;
    void retry_parked() noexcept;
    void unpark(const InstrumentSet& instruments) noexcept;
    void book(const Fill& fill) noexcept;
    void on_not_found(const OrderNotFound& answer) noexcept;
    void settle(const Applied& applied, const Subject& about = {}) noexcept;
    void close(const Applied& applied) noexcept;
    void trace(InstrumentId instrument, Side side, PriceAtoms price, QtyAtoms qty) noexcept;
    void chase_orders() noexcept;
    [[nodiscard]] ReviewContext context_of(InstrumentId id, OrderSlot slot,
                                           OrderSlot orig) noexcept;

    // --- trading_core_session.ipp
    void dispatch(const Event& input) noexcept;
    void on_session(const SessionState& state) noexcept;
    void on_reconcile(const ReconcileStep& step) noexcept;
    void on_open_order(const OpenOrder& row) noexcept;
    void on_timer() noexcept;
    void on_kill(const KillChanged& change) noexcept;
    void on_command(const OperatorCommand& command) noexcept;
    void on_operator(const Event& input) noexcept;
    void on_limits(const LimitsTake& take) noexcept;
    void raise_alert(Scope scope, std::uint16_t index, std::uint16_t reason) noexcept;
    void acknowledge(const OperatorCommand& command) noexcept;
    void escalate(const Alert& alert) noexcept;
    void watch_alerts() noexcept;
    void on_clock(const VenueClock& clock) noexcept;
    void on_mark(const MarkSet& mark) noexcept;
    void set_state(Scope scope, std::uint16_t index, TradingState state,
                   std::uint32_t cause) noexcept;
    [[nodiscard]] bool may_change(const OperatorCommand& command) const noexcept;
    void follow_trips() noexcept;
    void follow_trip(const GateTrip& trip) noexcept;
    void cancel_raising() noexcept;
    [[nodiscard]] bool clock_agrees() const noexcept;
    void start_reconcile(OrderAgentId agent) noexcept;
    // --- trading_core_recovery.ipp
    [[nodiscard]] bool orders_settled(const AgentState& agent,
                                      const InstrumentSet& instruments) const noexcept;
    [[nodiscard]] AssetSet still_drifting(const AssetSet& assets) const noexcept;
    void take_drifted(const AssetSet& assets) noexcept;
    void on_balance(const AccountBalance& balance) noexcept;
    void on_balance_delta(const BalanceDelta& delta) noexcept;
    void watch_balances() noexcept;
    void watch_fills() noexcept;
    void doubt(OrderAgentId agent) noexcept;
    void on_restored(const RestoredBalance& restored) noexcept;
    void on_restored(const RestoredOrder& restored) noexcept;
    void on_restored(const RestoredState& restored) noexcept;
    void on_baseline(const TradeBaseline& baseline) noexcept;
    // --- trading_core_credentials.ipp
    CredentialResponse sight(const Sighting& seen) noexcept;
    [[nodiscard]] static ForeignKind kind_of(const Sighting& seen) noexcept;
    void on_foreign(const ForeignActivity& foreign) noexcept;
    void sight_anomaly(const Applied& applied, const Subject& about) noexcept;
    void watch_cancel(const ExecutionReport& report) noexcept;
    void judge_drifts() noexcept;
    void on_restored(const RestoredCredential& restored) noexcept;
    void re_enable_credential(std::uint16_t index) noexcept;
    // --- trading_core_drain.ipp
    [[nodiscard]] bool in_scope(Scope scope, std::uint16_t index, InstrumentId instrument,
                                StrategyId strategy) const noexcept;
    [[nodiscard]] InstrumentSet instruments_in(Scope scope, std::uint16_t index) const noexcept;
    [[nodiscard]] InstrumentSet instruments_of(OrderAgentId agent) const noexcept;
    [[nodiscard]] bool is_whole(Scope scope, OrderAgentId agent) const noexcept;
    [[nodiscard]] AgentSet agents_of(const InstrumentSet& instruments) const noexcept;
    [[nodiscard]] MonoNs last_send(Scope scope, std::uint16_t index,
                                   OrderAgentId agent) const noexcept;
    void note_send(InstrumentId instrument, StrategyId strategy, MonoNs at) noexcept;
    void begin_drain(Scope scope, std::uint16_t index, bool killed) noexcept;
    void pump_drains() noexcept;
    void cancel_scope(Scope scope, std::uint16_t index) noexcept;
    void mass_cancel(OrderAgentId agent, InstrumentId instrument) noexcept;
    [[nodiscard]] MonoNs ask_scope(Scope scope, std::uint16_t index, const Drain& drain) noexcept;
    void list(const OpenOrder& row) noexcept;
    void on_drain_answer(const ReconcileStep& step) noexcept;
    void try_finish(Scope scope, std::uint16_t index, Drain& drain) noexcept;
    /// From the moment a request leaves until it cannot take effect any more.
    [[nodiscard]] DurationNs expiry() const noexcept {
        return config_.recv_window + config_.expiry_margin;
    }

    /// The venue's clock, at the earliest that it can be; nothing until it was measured.
    [[nodiscard]] std::optional<WallNs> venue_now() const noexcept {
        const WallNs earliest{wall_.value + clock_offset_.value - clock_uncertainty_.value};
        return clock_known_ ? std::optional{earliest} : std::nullopt;
    }

    [[nodiscard]] OrderScopes scopes_of(InstrumentId instrument,
                                        StrategyId strategy) const noexcept {
        const CoreAgentConfig& agent = agent_config(instrument);
        return {instruments_[instrument.value].venue, agent.account, agent.credential, strategy,
                instrument};
    }
    /// The most restrictive of all that an order of `strategy` there would be under.
    [[nodiscard]] TradingState state_of(InstrumentId instrument,
                                        StrategyId strategy) const noexcept {
        const CoreAgentConfig& agent = agent_config(instrument);
        return gate_.trading_state(instrument, strategy, agent.account, agent.credential);
    }
    /// Of the order agent that trades the instrument.
    [[nodiscard]] const CoreAgentConfig& agent_config(InstrumentId id) const noexcept {
        return config_.agents[config_.instruments[id.value].agent.value];
    }
    /// Of a symbol that this run does not have: the first.
    [[nodiscard]] AccountId account_of(InstrumentId id) const noexcept {
        return id.value < config_.instrument_count ? agent_config(id).account : AccountId{};
    }
    /// Of the order agent that the input came from.
    [[nodiscard]] AgentState& agent_state() noexcept { return agents_[agent_index_]; }

    template <EventPayload T>
    void output(const T& body) noexcept;
    /// Of all but the books, and of `count` of those from `first` on, around the end.
    [[nodiscard]] std::uint64_t state_hash(std::size_t first, std::size_t count) const noexcept;

    const CoreConfig config_;
    Strategies& strategies_;
    GateType& gate_;
    Outbound& outbound_;
    Journal& journal_;

    std::vector<InstrumentMarket> markets_;
    std::array<Instrument, capacity::instruments> instruments_{};
    // The strategies of each instrument, in rising order: the first, and for each the next.
    std::array<StrategyId, capacity::instruments> strategies_at_{};
    std::array<StrategyId, capacity::strategies> next_of_strategy_{};
    std::array<AgentState, capacity::order_agents> agents_{};
    OrderStore orders_;
    Positions positions_;
    DrainTable drains_;
    std::array<MonoNs, capacity::instruments> sent_on_instrument_{};  // last new or replace
    std::array<MonoNs, capacity::strategies> sent_by_strategy_{};
    std::array<MonoNs, capacity::instruments> swept_on_{};      // last mass cancel of it
    std::array<MonoNs, capacity::order_agents> swept_whole_{};  // ... of the whole account
    OwnTraces traces_;
    ActionList actions_{perform_decided, this};
    StrategyId quoting_{no_strategy};  // whose actions they are
    std::vector<Refusal> refusals_;    // of its denials, until it has decided everything
    CancelPacing cancel_pacing_;
    std::vector<AccountFill> parked_;  // fills whose order cannot be told yet
    // Reckoned from the orders alone, when they have changed: see prepare().
    std::vector<Working> working_;  // by strategy
    OwnBook own_;
    Gone gone_;
    NetTop net_top_{};  // of net_top_instrument_, in this step
    InstrumentId net_top_instrument_{no_instrument};
    CoreCounters counters_;

    // Sampled at the step.
    MonoNs now_{};
    MonoNs cause_{};
    WallNs wall_{};
    std::uint16_t flags_{};
    std::uint32_t kill_epoch_{};
    std::uint32_t limits_version_{};
    std::size_t requests_this_step_{};  // of every kind: they share a ring
    std::uint8_t agent_index_{};        // of the order agent that the input came from

    // Remembered.
    std::uint64_t sequence_{};
    std::uint64_t input_digest_{};
    DurationNs clock_offset_{};
    DurationNs clock_uncertainty_{};
    bool clock_known_{};
    AssetSet balances_known_;  // have a reckoning of ours
    MonoNs drifting_since_{};  // the streams' balances are not ours; 0: they are
    bool shutting_down_{};
    Alerts alerts_;
    MonoNs next_mark_{};
    MonoNs next_hash_{};
    std::size_t next_hashed_{};  // the book whose turn it is
    MonoNs next_chase_{};
};

}  // namespace portcullis::engine

#define PORTCULLIS_CORE_TEMPLATE                                                  \
    template <QuotingStrategies Strategies, Gate GateType, CoreOutbound Outbound, \
              CoreJournal Journal>
#define PORTCULLIS_CORE TradingCore<Strategies, GateType, Outbound, Journal>
// A release clears each variable (-ftrivial-auto-var-init=zero), also 100 to 150 bytes that a
// constructor then writes whole where the compiler does not see that it does. Not for what is
// assigned later.
#ifdef __clang__
#define PORTCULLIS_UNINITIALIZED
#else
#define PORTCULLIS_UNINITIALIZED [[gnu::uninitialized]]
#endif
#include "engine/core/trading_core_credentials.ipp"
#include "engine/core/trading_core_drain.ipp"
#include "engine/core/trading_core_hash.ipp"
#include "engine/core/trading_core_market.ipp"
#include "engine/core/trading_core_operators.ipp"
#include "engine/core/trading_core_orders.ipp"
#include "engine/core/trading_core_recovery.ipp"
#include "engine/core/trading_core_session.ipp"
#undef PORTCULLIS_UNINITIALIZED
#undef PORTCULLIS_CORE
#undef PORTCULLIS_CORE_TEMPLATE
