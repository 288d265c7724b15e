// Requests: what a strategy, the quote manager or the kill switch wants sent. Worthless until the
// gate has approved it (risk/approved.hpp); cancels alone need no approval, because they only take
// risk away.
//
// Plain structs, no padding, one cache line: they cross rings and lie in journal records as they
// are.
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

/// FIX D. Price and quantity are on the grid of `instrument_version`; a gate that knows another
/// version denies it.
struct NewOrderSingle {
    ClOrdId cl_ord_id{};
    PriceTicks price{};
    QtyLots qty{};
    MonoNs cause{};  ///< receive time of the event that caused it: where tick-to-order is measured
                     ///< from
    std::uint32_t instrument_version{};
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    OrdType type{OrdType::limit};
    TimeInForce time_in_force{TimeInForce::gtc};
    StpMode stp{StpMode::expire_taker};
    std::uint8_t reserved[5]{};
};
static_assert(sizeof(NewOrderSingle) == 48 &&
              std::has_unique_object_representations_v<NewOrderSingle>);

enum class ReplaceMode : std::uint8_t {
    cancel_replace =
        1,  ///< cancel the old, place the new under a new id (STOP_ON_FAILURE, CANCEL_ONLY)
    amend_in_place = 2,  ///< quantity down only, same id at the venue, queue priority kept
};

/// FIX G. `order` is the new absolute order; it is checked as such.
struct OrderCancelReplaceRequest {
    NewOrderSingle order{};
    ClOrdId orig_cl_ord_id{};
    OrderId orig_order_id{};  ///< the venue's number of the old order; 0 when not yet known
    ReplaceMode mode{ReplaceMode::cancel_replace};
    std::uint8_t reserved[7]{};
};
static_assert(sizeof(OrderCancelReplaceRequest) == 72);
static_assert(std::has_unique_object_representations_v<OrderCancelReplaceRequest>);

/// FIX F. Metered, never refused.
struct OrderCancelRequest {
    ClOrdId cl_ord_id{};
    OrderId order_id{};  ///< 0 when not yet known; the venue is then asked by client id
    MonoNs cause{};
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    std::uint8_t reserved[5]{};
};
static_assert(sizeof(OrderCancelRequest) == 32 &&
              std::has_unique_object_representations_v<OrderCancelRequest>);

/// FIX q. Every open order of one instrument, or of all that the account used (`no_instrument`).
struct OrderMassCancelRequest {
    MonoNs cause{};
    InstrumentId instrument{no_instrument};
    std::uint8_t reserved[6]{};
};
static_assert(sizeof(OrderMassCancelRequest) == 16);

/// Asks an order agent for a reconciliation; it never waits in a ring, and the newest one counts.
struct ReconcileRequest {
    std::uint32_t round{};  ///< the core's count, which its steps carry back
    bool agreed{};          ///< everything has agreed since the last request
};

/// FIX H. Asks the venue what became of one order.
struct OrderStatusRequest {
    ClOrdId cl_ord_id{};
    OrderId order_id{};
    MonoNs cause{};
    InstrumentId instrument{no_instrument};
    std::uint8_t reserved[6]{};
};
static_assert(sizeof(OrderStatusRequest) == 32);

/// Asks for the open orders of one instrument, or of all that the account used.
struct OpenOrdersRequest {
    MonoNs cause{};
    InstrumentId instrument{no_instrument};
    std::uint8_t reserved[6]{};
};
static_assert(sizeof(OpenOrdersRequest) == 16);

}  // namespace portcullis::engine
