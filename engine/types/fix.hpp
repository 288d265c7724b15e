// FIX vocabulary: sides, types, statuses. Numeric values reach the journal: DO NOT RENUMBER, append
// only.
#pragma once

#include <cstdint>

namespace portcullis::engine {

enum class Side : std::uint8_t { buy = 1, sell = 2 };

[[nodiscard]] constexpr Side opposite(Side side) noexcept {
    return side == Side::buy ? Side::sell : Side::buy;
}

/// `limit_maker` is post-only (ExecInst participate_dont_initiate). There is no market order: a
/// market intent becomes an IOC limit at the collar (`bounded_market` marks it), because a price of
/// "any" cannot be checked.
enum class OrdType : std::uint8_t { limit = 1, limit_maker = 2, bounded_market = 3 };

enum class TimeInForce : std::uint8_t { gtc = 1, ioc = 2, fok = 3 };

/// Self-trade prevention asked of the venue, beside our own self-match check.
enum class StpMode : std::uint8_t {
    none = 0,
    expire_taker = 1,
    expire_maker = 2,
    expire_both = 3,
    decrement = 4
};

/// `unknown` is ours: a request without an answer. It keeps its worst-case reservation until the
/// venue proves what became of it. pending_cancel and pending_replace are marks beside the status,
/// not statuses (order_store.hpp).
enum class OrdStatus : std::uint8_t {
    pending_new = 1,
    new_ = 2,
    partially_filled = 3,
    canceled = 4,
    expired = 5,
    rejected = 6,
    filled = 7,
    unknown = 8,
};

enum class ExecType : std::uint8_t {
    new_ = 1,
    trade = 2,
    canceled = 3,
    replaced = 4,  // amended in place; order_qty is the new quantity
    rejected = 5,
    expired = 6,
    order_status =
        7,  // the answer to a query: cum_qty and ord_status are the venue's truth at that time
    trade_prevented = 8,  // STP took quantity out of the order
};

/// Why a venue said no, in classes that change what we do next. The venue's own code stays in the
/// gateway's log.
enum class RejectReason : std::uint8_t {
    none = 0,
    other = 1,
    insufficient_funds = 2,
    would_match = 3,  // post-only would have taken
    duplicate_order = 4,
    filter = 5,         // price, lot, notional, percent price, counts
    unknown_order = 6,  // cancel or query of an order that the venue does not have
    too_late = 7,       // already done
    rate_limited = 8,
    outside_time = 9,     // recvWindow
    not_authorized = 10,  // key, signature, address or permission
    market_closed = 11,
    bad_request = 12,  // malformed: a bug of ours
    order_mismatch = 13,
};

/// What may leave for a scope. Reduce-only lets through what cannot raise the absolute position.
enum class TradingState : std::uint8_t { active = 1, reduce_only = 2, halted = 3 };

}  // namespace portcullis::engine
