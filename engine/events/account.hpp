// Account and order events: what the venue says of our orders, and what became of our requests.
// Writer: order agent and control agent. Reader: core (engine/orders).
#pragma once

#include "engine/events/event.hpp"
#include "engine/types/fix.hpp"

namespace portcullis::engine {

/// Where a report came from. The same fact arrives up to three times; the order store keeps one.
enum class ReportSource : std::uint8_t {
    answer = 1,
    stream_primary = 2,
    stream_secondary = 3,
    query = 4
};

/// What a cancel was called, as the account stream tells it beside the order that it ended.
enum class CancelName : std::uint8_t {
    untold = 0,
    own = 1,    ///< a name that we alone can make
    kept = 2,   ///< the order's own: whoever has seen the order can write it
    other = 3,  ///< of the venue's making, or of somebody's
};

/// FIX 8. For `trade`: last_qty, last_price, fee and trade are of that fill. cum_qty is the venue's
/// running total, order_qty the quantity that the order now has.
struct ExecutionReport {
    static constexpr EventType type = EventType::execution_report;
    static constexpr std::uint8_t maker = 1;
    ClOrdId cl_ord_id{};  ///< of the order concerned (for a cancel: the original), as attributed by
                          ///< our own records
    OrderId order_id{};
    ExecId exec_id{};  ///< 0 where the source gives none
    TradeId trade{no_trade};
    QtyAtoms last_qty{};
    PriceAtoms last_price{};
    QtyAtoms cum_qty{};
    QtyAtoms order_qty{};
    std::int64_t fee_atoms{};
    InstrumentId instrument{no_instrument};
    AssetId fee_asset{no_asset};
    ExecType exec_type{ExecType::new_};
    OrdStatus status{OrdStatus::new_};
    RejectReason reason{RejectReason::none};
    // Side, source and flags share what is left: bits 0-1 source - 1, bit 2 maker, bit 3 sell,
    // bits 4-5 CancelName.
    std::uint8_t bits{};

    [[nodiscard]] ReportSource source() const noexcept {
        return static_cast<ReportSource>((bits & 3) + 1);
    }
    [[nodiscard]] bool is_maker() const noexcept { return (bits & 4) != 0; }
    [[nodiscard]] Side side() const noexcept { return (bits & 8) != 0 ? Side::sell : Side::buy; }
    [[nodiscard]] static constexpr std::uint8_t pack(ReportSource from, bool maker_fill,
                                                     Side of) noexcept {
        return static_cast<std::uint8_t>((static_cast<unsigned>(from) - 1U) |
                                         (maker_fill ? 4U : 0U) | (of == Side::sell ? 8U : 0U));
    }
    [[nodiscard]] CancelName cancel_name() const noexcept {
        return static_cast<CancelName>(bits >> 4 & 3);
    }
    void set_cancel_name(CancelName name) noexcept {
        bits = static_cast<std::uint8_t>((bits & 0x0f) | static_cast<unsigned>(name) << 4);
    }
};
static_assert(EventPayload<ExecutionReport> && sizeof(ExecutionReport) == 80);

/// FIX 9: the venue refused a cancel or the cancel leg of a replace.
struct OrderCancelReject {
    static constexpr EventType type = EventType::order_cancel_reject;
    ClOrdId cl_ord_id{};
    InstrumentId instrument{no_instrument};
    RejectReason reason{RejectReason::none};
    ReportSource source{ReportSource::answer};
    std::int32_t venue_code{};
};
static_assert(EventPayload<OrderCancelReject>);

enum class RequestKind : std::uint8_t {
    new_order = 1,
    replace = 2,
    cancel = 3,
    mass_cancel = 4,
    status = 5,
    open_orders = 6,
    amend = 7,  ///< in place: its outcome is about the order that keeps its id
};

/// What became of a request of ours on its way out. `not_sent` is proof that no byte left
/// (reservation released); `unknown` is the opposite of proof.
enum class RequestFate : std::uint8_t {
    sent = 1,
    not_sent_killed = 2,        // last look: another kill epoch
    not_sent_deadline = 3,      // last look: decision too old
    not_sent_disconnected = 4,  // no session; nothing was encrypted
    not_sent_rate = 5,          // no room in the venue's budget
    not_sent_sequence = 6,      // approval number out of order: the line stops
    unknown = 7,   // written at least in part, no answer in time, 5xx, -1006, -1007, disconnect
    rejected = 8,  // the venue's answer: reason and code
    accepted = 9,
    not_sent_instrument = 10,  // the agent does not know that version of the instrument's filters
    not_sent_unsigned = 11,    // the signer is away
};

struct RequestOutcome {
    static constexpr EventType type = EventType::request_outcome;
    ClOrdId
        cl_ord_id{};  ///< the new order's for new and replace; the order's for cancel and status
    MonoNs sent{};    ///< when the last byte was handed to the socket; 0 when never
    WallNs venue_expiry{};  ///< venue's clock after which the request cannot take effect any more
    std::int32_t venue_code{};
    InstrumentId instrument{no_instrument};
    RequestKind kind{RequestKind::new_order};
    RequestFate fate{RequestFate::sent};
    RejectReason reason{RejectReason::none};
    std::uint8_t reserved[7]{};
};
static_assert(EventPayload<RequestOutcome> && sizeof(RequestOutcome) == 40);

/// Absolute balance of one asset, from the account stream or a snapshot.
struct AccountBalance {
    static constexpr EventType type = EventType::account_balance;
    AmountAtoms free{};
    AmountAtoms locked{};
    WallNs venue_time{};
    AssetId asset{no_asset};
    std::uint8_t from_snapshot{};
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<AccountBalance> && sizeof(AccountBalance) == 48);

/// A deposit, withdrawal or transfer that the venue reports.
struct BalanceDelta {
    static constexpr EventType type = EventType::balance_delta;
    AmountAtoms delta{};
    WallNs venue_time{};
    AssetId asset{no_asset};
    ReportSource source{};  ///< each account stream tells of it
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<BalanceDelta> && sizeof(BalanceDelta) == 32);

/// One row of an open-orders answer. `cl_ord_id` is 0 when the order is not ours.
struct OpenOrder {
    static constexpr EventType type = EventType::open_order;
    ClOrdId cl_ord_id{};
    OrderId order_id{};
    PriceAtoms price{};
    QtyAtoms order_qty{};
    QtyAtoms cum_qty{};
    InstrumentId instrument{no_instrument};
    Side side{Side::buy};
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<OpenOrder> && sizeof(OpenOrder) == 48);

/// One fill of the account's trade history, fetched in reconciliation. Deduplicated by trade.
struct AccountFill {
    static constexpr EventType type = EventType::account_fill;
    ClOrdId cl_ord_id{};  ///< 0 when the order id is not one of ours
    OrderId order_id{};
    TradeId trade{};
    PriceAtoms price{};
    QtyAtoms qty{};
    std::int64_t fee_atoms{};
    InstrumentId instrument{no_instrument};
    AssetId fee_asset{no_asset};
    Side side{Side::buy};
    std::uint8_t maker{};
    std::uint8_t reserved[10]{};
};
static_assert(EventPayload<AccountFill> && sizeof(AccountFill) == 64);

/// The answer "no such order" to a query by client id, with the venue's own clock at that time.
struct OrderNotFound {
    static constexpr EventType type = EventType::order_not_found;
    ClOrdId cl_ord_id{};
    WallNs venue_time{};
    InstrumentId instrument{no_instrument};
    std::uint8_t reserved[6]{};
};
static_assert(EventPayload<OrderNotFound> && sizeof(OrderNotFound) == 24);

enum class ForeignKind : std::uint8_t {
    order = 1,  // client id is not ours, or its tag is wrong
    fill = 2,
    reused_id = 3,  // an id of ours seen again after its order was done
    balance = 4,
    amount_mismatch = 5,  // our order, but price, side or quantity is not what we sent
    cancel = 6,           // our order, and nobody here has cancelled it
};

/// Something on the account that no intent of ours explains: a breach, not a curiosity. Of journals
/// from before Sighting (credential.hpp); nobody makes it any more.
struct ForeignActivity {
    static constexpr EventType type = EventType::foreign_activity;
    OrderId order_id{};
    TradeId trade{no_trade};
    ClOrdId cl_ord_id{};
    InstrumentId instrument{no_instrument};
    AssetId asset{no_asset};
    ForeignKind kind{ForeignKind::order};
    std::uint8_t reserved[3]{};
};
static_assert(EventPayload<ForeignActivity> && sizeof(ForeignActivity) == 32);

}  // namespace portcullis::engine
