// OrderAgent: the last hands that an order passes through, and the first that its news reaches.
//
//     request ring --> sequence, kill, deadline, session, budget --> kill --> encode --> kill -->
//     send frames --> decode --> events --> report ring
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/rings/spsc_ring.hpp"
#include "gateways/binance/cancel_queue.hpp"
#include "gateways/binance/foreign_symbols.hpp"
#include "gateways/binance/mute_watch.hpp"
#include "gateways/binance/reconcile.hpp"
#include "gateways/binance/reports.hpp"
#include "gateways/binance/session.hpp"
#include "gateways/binance/uncovered_symbols.hpp"
#include "gateways/binance/waiting_line.hpp"
#include "gateways/outbound.hpp"
#include "gateways/session/closed_doors.hpp"
#include "gateways/session/rate_budget.hpp"
#include "gateways/stamp_clock.hpp"

namespace portcullis::gateways::binance {

using BudgetKind = gateways::RequestKind;
using RequestRing = engine::SpscRing<Outbound, engine::capacity::request_ring>;

/// The kill page, as much of it as the last look needs (risk/kill_switch.hpp).
class KillView {
public:
    [[nodiscard]] virtual std::uint32_t stamp(const engine::OrderScopes& order) const noexcept = 0;

protected:
    ~KillView() = default;
};

/// Reads the clock right before and after bytes are handed to the socket, and hears what latency is
/// made of. An order here is a new one, a replace or an amend. `cause`: receive time of the event
/// that led to it.
class EgressClock : public StampClock {
public:
    /// The agent begins with an order; told again of one that had to wait. Ids rise.
    virtual void on_begun(engine::ClOrdId id) noexcept = 0;
    /// It ended here, and no byte of it has left.
    virtual void on_not_sent(engine::ClOrdId id) noexcept = 0;
    /// The socket has taken all of an order's bytes. Returns the time now.
    [[nodiscard]] virtual engine::MonoNs on_order_sent(engine::ClOrdId id,
                                                       engine::MonoNs cause) noexcept = 0;
    /// ... of a cancel of one order.
    [[nodiscard]] virtual engine::MonoNs on_cancel_sent(engine::MonoNs cause) noexcept = 0;
    /// The venue's answer to an order has been read: accepted.
    virtual void on_accepted(engine::MonoNs sent) noexcept = 0;

protected:
    ~EgressClock() = default;
};

struct OrderAgentSettings {
    engine::OrderAgentId agent{};
    engine::VenueId venue{};
    engine::AccountId account{};        ///< that it trades for
    engine::CredentialId credential{};  ///< that it logs on with
    engine::Epoch gate_epoch{};
    engine::DurationNs ack_max{engine::milliseconds(1'000)};   ///< then a request is unknown
    engine::DurationNs mute_max{engine::milliseconds(2'000)};  ///< from ack to event
    engine::DurationNs clock_refresh{engine::milliseconds(30'000)};
    /// The same after the venue found a timestamp of ours outside of its window.
    engine::DurationNs clock_doubt{engine::milliseconds(250)};
    /// How old the venue's filters and trading status may become (exchangeInfo, weight 20).
    engine::DurationNs filters_refresh{engine::milliseconds(60'000)};
    /// The same after a refusal that speaks of another filter or status than the one we know.
    engine::DurationNs filters_doubt{engine::milliseconds(5'000)};
    SessionSettings session{};
    ReconcileSettings reconcile{};
    std::uint64_t seed{};  ///< of the back-off's jitter
};

class WsApiSnapshots;
struct DepthQuestion;

/// What the agent refers to; all of it outlives the agent.
struct OrderAgentParts {
    const SymbolTable& symbols;
    InstrumentBook& instruments;
    ClOrdIdMint& ids;
    OrderEncoder& encoder;
    RateBudget& budget;
    ClosedDoors& doors;  ///< what another door of the address was told
    const KillView& kill;
    EgressClock& egress;
    TransportSource& primary;
    TransportSource& secondary;
    RequestRing& requests;
    ReportRing& reports;
    WsApiSnapshots* depth{};  ///< null: snapshots come by REST
};

struct OrderAgentCounters {
    std::uint64_t orders_sent{};
    std::uint64_t cancels_sent{};
    std::uint64_t cancels_coalesced{};
    std::uint64_t mass_cancels_sent{};
    std::uint64_t killed{};  ///< refused at the last look
    std::uint64_t cut{};     ///< connections cut with order bytes in them
    std::uint64_t frames{};
    std::uint64_t refused_frames{};  ///< could not be read exactly
    std::uint64_t layout_missed{};   ///< taken, but not in the usual layout: a slow walk
    std::uint64_t unmatched{};       ///< answers to nothing that we know
    std::uint64_t timeouts{};
    std::uint64_t mute{};
};

// An approval is sent when its number is last + 1, it is for this agent and this gate, its kill
// stamp is what the kill page says now (looked at again when the bytes are made, right before they
// leave), its deadline has not passed, a session is ready and the budget has room. Anything else is
// a RequestOutcome not_sent_*, which is proof that no byte left. Where a socket blocks nothing more
// is encoded for it: approvals and queries wait in line and their deadline ends them; cancels pass
// them, and what they cancel does not leave (waiting_line.hpp). If the kill comes while bytes of an
// order are encrypted and unsent, the connection is cut. A number out of order stops the line for
// good: no approval passes until a restart; cancels and queries go on.
//
// Two sessions: orders, queries and single cancels go over the first; mass cancels over the second,
// which never carries an order, and single cancels and the core's questions (what became of an
// order, what is open yet: the proof of a kill) only while the first is blocked or gone. Mass
// cancels go before single ones. Both carry the account stream. Cancels are never denied.
// Reports wait, never drop (report_queue.hpp). No allocation per order after construction.
// Parts: order_agent.cpp (the loop and what comes in), order_agent_send.cpp (what goes out),
// order_agent_ask.cpp (what is asked), order_agent_depth.cpp (snapshots over the second session,
// where the config wants them there). Owner: order thread; request_reconcile() from any.
class OrderAgent final : private SessionOwner, private QueryPort {
public:
    OrderAgent(const OrderAgentParts& parts, const OrderAgentSettings& settings);
    ~OrderAgent();
    OrderAgent(const OrderAgent&) = delete;
    OrderAgent& operator=(const OrderAgent&) = delete;

    /// One turn: reads, sends, keeps watch. Never blocks. Returns 0 when there was nothing to do.
    std::size_t do_work(engine::MonoNs now, engine::WallNs wall);

    /// The core wants everything reconciled. It begins when both account streams are live. Any
    /// thread.
    void request_reconcile(const engine::ReconcileRequest& request) noexcept {
        reconcile_wanted_.ask(request);
    }
    /// At start, from the journal: fills up to `last` are known. Before the first do_work.
    void restore_last_trade(engine::InstrumentId id, engine::TradeId last) noexcept {
        marks_.set_start(id, last);
    }
    /// At start, from the journal: the account traded this symbol under an earlier config, so a
    /// cancel of everything covers it. False: it cannot be kept, and nothing may trade.
    [[nodiscard]] bool restore_symbol(std::string_view symbol) noexcept {
        return foreign_symbols_.note(symbol);
    }
    /// At the end of a run: closes both sessions in an orderly way, and none comes back. On the
    /// order thread, or when it has ended.
    void shut_down() {
        primary_.shut_down();
        secondary_.shut_down();
    }

    [[nodiscard]] const Session& primary() const noexcept { return primary_; }
    [[nodiscard]] const Session& secondary() const noexcept { return secondary_; }
    [[nodiscard]] const OrderAgentCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] const ReportCounters& report_counters() const noexcept {
        return reports_.counters;
    }
    [[nodiscard]] const VenueTime& venue_time() const noexcept { return time_; }
    /// An approval came out of order: none is sent any more. Any thread.
    [[nodiscard]] bool line_stopped() const noexcept {
        return line_stopped_.load(std::memory_order_relaxed);  // relaxed: only told to people
    }
    /// On how many symbols that no cancel of everything covers the account was active; it never
    /// goes down, and UncoveredSymbols::capacity means so many or more. Any thread.
    [[nodiscard]] std::uint32_t symbols_uncovered() const noexcept {
        return symbols_uncovered_.load(std::memory_order_relaxed);  // relaxed: only told to people
    }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.used(); }
    [[nodiscard]] std::uint64_t settled() const noexcept { return queue_.pushed(); }

private:
    static constexpr std::size_t frames_per_turn = 16;
    static constexpr std::size_t requests_per_turn = 32;
    /// A question of proof that found no weight comes again within this time, or nobody waits for
    /// it any more (the core's rounds are at most eight drain intervals of 300 ms apart).
    static constexpr engine::DurationNs proof_asked_again = engine::milliseconds(5'000);

    // --- order_agent.cpp: what comes in
    void on_session_frame(Session& session, std::uint32_t link, std::string_view text) override;
    void on_link_lost(Session& session, std::uint32_t link) override;
    void on_session_status(Session& session, engine::SessionStatus status) override;
    void on_stream_status(Session& session, engine::SessionStatus status) override;
    bool session_may_spend(engine::MonoNs now, bool connecting, std::uint32_t weight) override;
    [[nodiscard]] engine::MonoNs session_closed_until() const override {
        return parts_.budget.closed_until();
    }
    void on_connect_refused(std::uint16_t status, std::int64_t retry_after_s) override;
    void on_refused(Session& session, std::uint32_t link, const Decoded& message);
    void on_answer(Session& session, std::uint32_t link, const Answer& answer,
                   std::string_view frame);
    void settle(InFlight& request, const Answer& answer);
    void on_accepted(const InFlight& request);
    void give_up(const InFlight& request);
    void on_event(Session& session, std::uint32_t link, const StreamEvent& event);
    void on_execution(Session& session, const OrderRow& row);
    void note_usage(const Answer& answer);
    void watch_key(const Answer& answer);
    void note_refused(std::uint16_t status, std::optional<engine::DurationNs> retry_after);
    [[nodiscard]] std::optional<engine::DurationNs> retry_after(const Answer& answer) const;
    void note_foreign_symbol(const OrderRow& row) noexcept {
        if (row.instrument == engine::no_instrument && !row.symbol.empty() &&
            !foreign_symbols_.note(row.symbol)) {
            // relaxed: only told to people
            symbols_uncovered_.store(uncovered_.note(row.symbol), std::memory_order_relaxed);
        }
    }
    void keep_watch();
    void check_timeouts();
    void refresh_clock();
    void refresh_filters();
    void push_session(engine::Session which, engine::SessionStatus status);

    // --- order_agent_send.cpp: what goes out
    std::size_t take_requests();
    [[nodiscard]] bool take_cancel(const Outbound& request);
    [[nodiscard]] bool dispatch(const Outbound& request, bool withdrawn);
    template <class T>
    [[nodiscard]] bool submit(const risk::Approved<T>& approved, bool withdrawn);
    /// The last look: whether a kill has come since the gate said yes.
    [[nodiscard]] bool killed(engine::StrategyId strategy, engine::InstrumentId instrument,
                              std::uint32_t stamp) const noexcept {
        return parts_.kill.stamp({settings_.venue, settings_.account, settings_.credential,
                                  strategy, instrument}) != stamp;
    }
    [[nodiscard]] std::optional<engine::RequestFate> refusal(const engine::NewOrderSingle& order,
                                                             const risk::ApprovalStamp& stamp);
    void fill_in(InFlight& entry, const engine::NewOrderSingle& order) noexcept;
    void fill_in(InFlight& entry, const engine::OrderCancelReplaceRequest& request) noexcept;
    void not_sent(const engine::NewOrderSingle& order, engine::ClOrdId orig, Call call,
                  engine::RequestFate fate);
    [[nodiscard]] bool send_frame(Session& session, InFlight& entry, std::string_view frame);
    [[nodiscard]] engine::MonoNs stamp_sent(const InFlight& entry, bool whole) noexcept;
    void watch_pending();
    std::size_t send_cancels();
    std::size_t send_whole_cancels();
    [[nodiscard]] bool send_cancel(const engine::OrderCancelRequest& request);
    [[nodiscard]] bool send_cancel_all(engine::InstrumentId instrument,
                                       ForeignSymbols::Index foreign, std::string_view symbol);
    void on_canceled_whole(const InFlight& request, bool clear) noexcept;

    // --- order_agent_ask.cpp
    [[nodiscard]] bool send_status(const engine::OrderStatusRequest& request);
    [[nodiscard]] bool send_open_orders(const engine::OpenOrdersRequest& request);
    [[nodiscard]] Asked ask(const Query& query, Purpose purpose, engine::MonoNs now) override;
    [[nodiscard]] bool take_beside_proof(BudgetKind kind, const RequestCost& cost);
    [[nodiscard]] bool take_proof(const RequestCost& cost);
    /// Weight of a question of proof that found none and is still wanted; 0: none waits.
    [[nodiscard]] std::uint32_t proof_waits() const noexcept {
        return now_ - proof_refused_ < proof_asked_again ? proof_weight_ : 0;
    }

    // --- order_agent_depth.cpp
    std::size_t ask_depth();
    void on_depth(const InFlight& request, const Answer& answer, std::string_view frame);
    void end_depth(std::string_view frame);

    [[nodiscard]] Session* cancel_sender(bool prefer_secondary);
    [[nodiscard]] Session* asker(Purpose purpose);
    [[nodiscard]] bool streams_live() const noexcept {
        return primary_.stream_live() && secondary_.stream_live();
    }
    [[nodiscard]] std::uint8_t live_bits() const noexcept {
        return static_cast<std::uint8_t>((primary_.stream_live() ? 1 : 0) |
                                         (secondary_.stream_live() ? 2 : 0));
    }
    /// The venue's clock now; ours while the venue's is not known.
    [[nodiscard]] engine::WallNs venue_now() const noexcept {
        return time_.known() ? time_.at(now_) : wall_;
    }
    [[nodiscard]] engine::WallNs venue_earliest() const noexcept {
        return time_.known() ? time_.earliest(now_) : engine::WallNs{};
    }

    OrderAgentParts parts_;
    OrderAgentSettings settings_;
    ReportQueue queue_;
    Reports reports_;
    AccountDecoder decoder_;
    InFlightTable in_flight_;
    VenueTime time_;
    TradeMarks marks_;
    MuteWatch mute_;
    CancelQueue cancels_;
    Reconciler reconciler_;
    Session primary_;
    Session secondary_;
    OrderAgentCounters counters_;

    engine::MonoNs now_{};
    engine::WallNs wall_{};
    WaitingLine line_;  ///< taken from the ring, waits for the socket
    engine::ApprovalNumber last_number_{};
    std::atomic<bool> line_stopped_{false};  ///< written by the order thread
    bool key_good_{};                        ///< a session was logged on with it
    engine::MonoNs elsewhere_since_{};       ///< our session is somebody's
    /// The order or replace whose bytes are encrypted and not all handed over.
    struct Pending {
        RequestId id{};
        std::uint32_t kill_stamp{};
        engine::StrategyId strategy{engine::no_strategy};
        engine::InstrumentId instrument{engine::no_instrument};
    };
    Pending pending_;
    ForeignSymbols foreign_symbols_;  ///< a mass cancel covers them too
    /// By instrument: when the last order left, and the last cancel of all that was answered.
    std::array<engine::MonoNs, engine::capacity::instruments> order_left_{};
    std::array<engine::MonoNs, engine::capacity::instruments> canceled_whole_{};
    std::uint32_t proof_weight_{};
    engine::MonoNs proof_refused_{};
    UncoveredSymbols uncovered_;                       ///< and these it cannot
    std::atomic<std::uint32_t> symbols_uncovered_{0};  ///< written by the order thread
    engine::MonoNs watched_{};
    engine::MonoNs clock_asked_{};
    bool clock_doubted_{};
    engine::MonoNs filters_asked_{};  ///< 0: no reconciliation has asked for them yet
    bool filters_doubted_{};
    std::unique_ptr<DepthQuestion> depth_question_;
    RequestId depth_asked_{};  ///< the request that asks it; 0: it has not left
    engine::MonoNs usage_told_{};
    ReconcileWanted reconcile_wanted_;
};

}  // namespace portcullis::gateways::binance
