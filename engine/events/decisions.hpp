// Decision events: outputs of the core, journaled before any byte of theirs leaves. A replay makes
// the same ones. Writer: core. Readers: journal tools, replay, console.
#pragma once

#include <algorithm>
#include <array>

#include "engine/events/control.hpp"
#include "engine/events/event.hpp"
#include "engine/orders/requests.hpp"
#include "engine/types/id_set.hpp"

namespace portcullis::engine {

struct OrderApproved {
    static constexpr EventType type = EventType::order_approved;
    NewOrderSingle order{};
    ApprovalNumber approval{};
    MonoNs deadline{};
    std::uint32_t kill_stamp{};
    OrderAgentId agent{};
    std::uint8_t reserved[3]{};
};
static_assert(EventPayload<OrderApproved> && sizeof(OrderApproved) == 72);

/// A replace, as the new order it makes. The old one is `orig_cl_ord_id`; agent is the
/// instrument's.
struct ReplaceApproved {
    static constexpr EventType type = EventType::replace_approved;
    NewOrderSingle order{};
    ClOrdId orig_cl_ord_id{};
    ApprovalNumber approval{};
    MonoNs deadline{};
    std::uint32_t kill_stamp{};
    ReplaceMode mode{ReplaceMode::cancel_replace};
    OrderAgentId agent{};
    std::uint8_t reserved[2]{};
};
static_assert(EventPayload<ReplaceApproved> && sizeof(ReplaceApproved) == 80);

/// The gate's no. `reason` is a risk::DenyReason; `limit` and `value` are the two numbers compared,
/// in the limit's unit.
struct OrderDenied {
    static constexpr EventType type = EventType::order_denied;
    PriceTicks price{};
    QtyLots qty{};
    ClOrdId orig_cl_ord_id{};  ///< set when a replace was denied
    std::int64_t limit{};
    std::int64_t value{};
    std::uint64_t all_reasons_low{};  ///< see all_reasons(); numbers below 64
    std::uint16_t reason{};
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    std::uint8_t window{};  ///< as in Denial
    std::uint8_t reserved{};
    std::array<std::uint64_t, ReasonSet::word_count - 1> all_reasons_high{};  ///< from 64 on

    /// Of every check that fails, the first one (`reason`) included.
    [[nodiscard]] ReasonSet all_reasons() const noexcept {
        std::array<std::uint64_t, ReasonSet::word_count> words{all_reasons_low};
        std::copy(all_reasons_high.begin(), all_reasons_high.end(), words.begin() + 1);
        return ReasonSet::of_words(words);
    }
    void set_all_reasons(const ReasonSet& reasons) noexcept {
        all_reasons_low = reasons.word(0);
        for (std::size_t i = 0; i < all_reasons_high.size(); ++i) {
            all_reasons_high[i] = reasons.word(i + 1);
        }
    }
};
static_assert(EventPayload<OrderDenied> && sizeof(OrderDenied) == 80);

struct CancelRequested {
    static constexpr EventType type = EventType::cancel_requested;
    OrderCancelRequest request{};
};
static_assert(EventPayload<CancelRequested>);

struct MassCancelRequested {
    static constexpr EventType type = EventType::mass_cancel_requested;
    OrderMassCancelRequest request{};
};
static_assert(EventPayload<MassCancelRequested>);

struct StatusRequested {
    static constexpr EventType type = EventType::status_requested;
    OrderStatusRequest request{};
};
static_assert(EventPayload<StatusRequested>);

struct OpenOrdersRequested {
    static constexpr EventType type = EventType::open_orders_requested;
    OpenOrdersRequest request{};
};
static_assert(EventPayload<OpenOrdersRequested>);

/// The core's own check of a book failed: the feed is asked for a fresh one.
struct ResyncRequested {
    static constexpr EventType type = EventType::resync_requested;
    InstrumentId instrument{no_instrument};
    std::uint8_t reason{};  ///< ResetReason
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<ResyncRequested>);

/// The value at which positions in `asset` are marked from here on, in micros of the risk currency
/// per unit.
struct MarkTaken {
    static constexpr EventType type = EventType::mark_taken;
    std::int64_t price_micro{};
    NotionalMicro pnl{};  ///< P&L of the whole account at this mark
    AssetId asset{no_asset};
    std::uint8_t pnl_known{};  ///< 0: some asset with a position has no mark
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<MarkTaken> && sizeof(MarkTaken) == 24);

struct TradingStateChanged {
    static constexpr EventType type = EventType::trading_state_changed;
    Scope scope{Scope::firm};
    TradingState state{TradingState::halted};
    std::uint16_t index{};
    std::uint32_t cause{};  ///< 0: operator; with control_cause: a control; else what was amiss
};
static_assert(EventPayload<TradingStateChanged>);

/// A limit was broken for which more than a no is configured: `scope` and `index` are stopped.
struct RiskTrip {
    static constexpr EventType type = EventType::risk_trip;
    std::int64_t limit{};
    std::int64_t value{};
    std::uint16_t reason{};  ///< risk::DenyReason
    std::uint16_t index{};
    Scope scope{Scope::firm};
    std::uint8_t action{};  ///< BreachAction
    std::uint8_t reserved[2]{};
};
static_assert(EventPayload<RiskTrip> && sizeof(RiskTrip) == 24);

/// A set of limits is in force from here on, whole; or nothing of it is.
struct LimitsTaken {
    static constexpr EventType type = EventType::limits_taken;
    std::uint64_t hash{};  ///< over all limits that are in force now, as the gate has it
    std::uint32_t version{};
    std::uint32_t rows{};
    std::uint8_t taken{};  ///< 0: the set was not what it said, or held what cannot change
    std::uint8_t reserved[7]{};
};
static_assert(EventPayload<LimitsTaken> && sizeof(LimitsTaken) == 24);

enum class AlertStep : std::uint8_t { raised = 1, acknowledged = 2, escalated = 3 };

/// Somebody must look at what a control has stopped, or everything stops.
struct AlertNoted {
    static constexpr EventType type = EventType::alert;
    std::uint64_t number{};
    std::uint32_t uid{};     ///< acknowledged: of whom
    std::uint16_t reason{};  ///< risk::DenyReason
    std::uint16_t index{};   ///< of what was stopped, in `scope`
    Scope scope{Scope::firm};
    AlertStep step{AlertStep::raised};
    std::uint8_t reserved[6]{};
};
static_assert(EventPayload<AlertNoted> && sizeof(AlertNoted) == 24);

struct Breach {
    static constexpr EventType type = EventType::breach;
    OrderId order_id{};
    std::uint8_t kind{};  ///< ForeignKind
    std::uint8_t reserved[7]{};
};
static_assert(EventPayload<Breach>);

/// A kill or cancel-all of this scope has done its work: every order agent concerned has answered
/// an open-orders query that was asked after the last send could have expired, nothing of the scope
/// was in it, and no order of the scope is live or unknown.
struct DrainCompleted {
    static constexpr EventType type = EventType::drain_completed;
    MonoNs begun{};
    std::uint32_t rounds{};  ///< of cancels until it was done
    std::uint8_t killed{};   ///< 1: a kill, 0: an operator's cancel-all or a shutdown
    Scope scope{Scope::firm};
    std::uint16_t index{};
};
static_assert(EventPayload<DrainCompleted> && sizeof(DrainCompleted) == 16);

struct ReconcileRequested {
    static constexpr EventType type = EventType::reconcile_requested;
    OrderAgentId agent{};
    std::uint8_t attempt{};  ///< since everything last agreed, from 1
    std::uint8_t reserved[2]{};
    std::uint32_t round{};
};
static_assert(EventPayload<ReconcileRequested> && sizeof(ReconcileRequested) == 8);

/// Everything agrees with the venue: clock, balances, open orders, fills. Orders may pass.
struct Reconciled {
    static constexpr EventType type = EventType::reconciled;
    OrderAgentId agent{};
    std::uint8_t attempts{};
    std::uint8_t reserved[6]{};
};
static_assert(EventPayload<Reconciled>);

/// A fill moved our balances: written once, whatever number of reports told of it.
struct FillBooked {
    static constexpr EventType type = EventType::fill_booked;
    ClOrdId cl_ord_id{};  ///< 0: of no order of ours
    TradeId trade{no_trade};
    PriceAtoms price{};
    QtyAtoms qty{};
    std::int64_t fee_atoms{};
    InstrumentId instrument{no_instrument};
    AssetId fee_asset{no_asset};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    std::uint8_t maker{};
    std::uint8_t reserved{};
};
static_assert(EventPayload<FillBooked> && sizeof(FillBooked) == 48);

/// Nothing more can come of an order: its reservation is released.
struct OrderClosed {
    static constexpr EventType type = EventType::order_closed;
    ClOrdId cl_ord_id{};
    OrderId order_id{};
    PriceAtoms price{};
    QtyAtoms cum{};
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    std::uint8_t end{};  ///< OrderEnd
    std::uint8_t reserved[3]{};
};
static_assert(EventPayload<OrderClosed> && sizeof(OrderClosed) == 40);

/// Our reckoning of an asset was set to the venue's word.
struct BalanceTaken {
    static constexpr EventType type = EventType::balance_taken;
    static constexpr std::uint8_t first = 1;  ///< nothing was known of it before
    static constexpr std::uint8_t drift = 2;  ///< it differed for too long: a breach, said beside
    AmountAtoms balance{};
    AssetId asset{no_asset};
    std::uint8_t cause{};
    std::uint8_t reserved[13]{};
};
static_assert(EventPayload<BalanceTaken> && sizeof(BalanceTaken) == 32);

/// Hash of the state after the input before it: of all but the books, and of eight of those, each
/// in its turn (while the engine shuts down, of all).
struct StateHashTaken {
    static constexpr EventType type = EventType::state_hash;
    std::uint64_t hash{};
    std::uint64_t inputs{};
};
static_assert(EventPayload<StateHashTaken>);

}  // namespace portcullis::engine
