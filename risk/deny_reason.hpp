// DenyReason: every way in which the gate says no, one number each.
//
// A denial is our own no, a value and never an exception; *rejected* is the venue's word. Two
// causes are never folded into one number, because what a person does next differs. The obvious
// other way, a text made at the place of refusal, costs an allocation there and cannot be counted,
// so the texts live in the table below and README.md's table is generated from it (a test).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/core/gate_api.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/id_set.hpp"

namespace portcullis::risk {

// Invariants: 1. values are explicit, rising and APPEND ONLY, they are in journals; a number may be
// left out; 2. every value is below capacity::deny_reasons, so that `Denial::all_reasons` is a set
// of bits; 3. each reason has one row in `deny_reasons` and one in `ladder` (risk/checks.hpp),
// which alone says in which order checks run. `order_slots` is the exception: the core says it
// where there is no slot to review an order in.

enum class DenyReason : std::uint16_t {
    none = 0,
    killed_firm = 1,
    killed_venue = 2,
    killed_strategy = 3,
    killed_instrument = 4,
    halted = 5,
    session_not_ready = 6,
    not_reconciled = 7,
    journal_unwritable = 8,
    request_ring_full = 9,
    strategy_unknown = 10,
    instrument_unknown = 11,
    instrument_not_allowed = 12,
    instrument_not_trading = 13,
    instrument_version = 14,
    malformed = 15,
    stp_disarmed = 16,
    price_not_positive = 17,
    qty_not_positive = 18,
    arithmetic_overflow = 19,
    price_below_min = 20,
    price_above_max = 21,
    qty_below_min = 22,
    qty_above_max = 23,
    notional_below_min = 24,
    notional_above_max = 25,
    order_qty = 26,
    mark_missing = 27,
    order_notional = 28,
    reference_invalid = 29,
    reference_one_sided = 30,
    reference_crossed = 31,
    reference_stale = 32,
    feed_silent = 33,
    price_collar = 34,
    reduce_only = 35,
    position_long = 36,
    position_short = 37,
    gross_exposure = 38,
    funds_quote = 39,
    funds_base = 40,
    orders_open_instrument = 41,
    orders_open_strategy = 42,
    orders_open_venue = 43,
    orders_open_firm = 44,
    orders_open_filter = 45,
    messages_strategy = 46,
    messages_firm = 47,
    self_match = 48,
    replace_target = 49,
    amend_not_allowed = 50,
    amend_not_down = 51,
    approval_lifetime = 52,
    order_slots = 53,
    killed_account = 54,
    killed_credential = 55,
    credential_state = 56,
    messages_instrument = 60,
    messages_venue = 61,
    messages_account = 62,
    orders_strategy = 63,
    orders_instrument = 64,
    orders_venue = 65,
    orders_account = 66,
    orders_firm = 67,
    submitted_strategy = 68,
    submitted_instrument = 69,
    submitted_venue = 70,
    submitted_account = 71,
    submitted_firm = 72,
    fills_strategy = 73,
    fills_instrument = 74,
    fills_venue = 75,
    fills_account = 76,
    fills_firm = 77,
    filled_strategy = 78,
    filled_instrument = 79,
    filled_venue = 80,
    filled_account = 81,
    filled_firm = 82,
    order_notional_strategy = 83,
    order_notional_venue = 84,
    order_notional_account = 85,
    order_notional_firm = 86,
    duplicate_order = 100,
    price_drift = 101,
    repeated_execution = 102,
    order_notional_kill = 103,
    denials = 104,
    pair_slots = 105,
    loss_strategy = 106,
    loss_firm = 107,
    drawdown_strategy = 108,
    drawdown_firm = 109,
};

/// What a person may want to know of one reason. `key` is the TOML key of the limit, or what else
/// decides; `unit` is the unit of `Denial::limit` and `Denial::value`. `scope` is the limit's own:
/// what is stopped where more than a no follows; zero: never more than a no. `on_breach` is the
/// catalogue's default.
struct ReasonInfo {
    DenyReason reason{};
    std::string_view name;
    std::string_view breaks;
    std::string_view key;
    std::string_view unit;
    engine::Scope scope{};
    engine::BreachAction on_breach{engine::BreachAction::deny};
};

inline constexpr auto deny_reasons = std::to_array<ReasonInfo>({
    {DenyReason::killed_firm, "killed_firm", "the firm's kill switch is down", "kill page", "word"},
    {DenyReason::killed_venue, "killed_venue", "the venue's kill switch is down", "kill page",
     "word"},
    {DenyReason::killed_strategy, "killed_strategy", "the strategy's kill switch is down",
     "kill page", "word"},
    {DenyReason::killed_instrument, "killed_instrument", "the instrument's kill switch is down",
     "kill page", "word"},
    {DenyReason::halted, "halted",
     "firm, venue, account, credential, strategy or instrument is halted", "operator: halt",
     "state"},
    {DenyReason::session_not_ready, "session_not_ready", "the order connection is not logged on",
     "session", "flag"},
    {DenyReason::not_reconciled, "not_reconciled",
     "clock, balances, open orders and fills are not yet agreed with the venue", "reconciliation",
     "flag"},
    {DenyReason::journal_unwritable, "journal_unwritable", "no writable journal segment", "journal",
     "flag"},
    {DenyReason::request_ring_full, "request_ring_full", "no room on the way to the order agent",
     "request ring", "flag"},
    {DenyReason::strategy_unknown, "strategy_unknown", "no such strategy", "strategy", "index"},
    {DenyReason::instrument_unknown, "instrument_unknown", "no such instrument, or no filters yet",
     "venue: exchangeInfo", "index"},
    {DenyReason::instrument_not_allowed, "instrument_not_allowed",
     "the instrument is not in the strategy's universe", "strategy.instruments", "index",
     engine::Scope::strategy, engine::BreachAction::halt},
    {DenyReason::instrument_not_trading, "instrument_not_trading",
     "the venue does not trade it now", "venue: status", "status"},
    {DenyReason::instrument_version, "instrument_version",
     "the order is on the grid of another version of the filters", "venue: exchangeInfo",
     "version"},
    {DenyReason::malformed, "malformed",
     "side, type or time in force is none of the known ones, or they do not go together",
     "order fields", "field", engine::Scope::strategy},
    {DenyReason::stp_disarmed, "stp_disarmed", "the venue's self-trade prevention is not asked for",
     "order fields", "mode", engine::Scope::strategy},
    {DenyReason::price_not_positive, "price_not_positive", "price is zero or negative",
     "order fields", "ticks"},
    {DenyReason::qty_not_positive, "qty_not_positive", "quantity is zero or negative",
     "order fields", "lots"},
    {DenyReason::arithmetic_overflow, "arithmetic_overflow",
     "price, quantity or their product does not fit 64 bits", "order fields", "atoms",
     engine::Scope::strategy},
    {DenyReason::price_below_min, "price_below_min", "price below the venue's filter",
     "venue: PRICE_FILTER", "price atoms"},
    {DenyReason::price_above_max, "price_above_max", "price above the venue's filter",
     "venue: PRICE_FILTER", "price atoms"},
    {DenyReason::qty_below_min, "qty_below_min", "quantity below the venue's filter",
     "venue: LOT_SIZE", "base atoms"},
    {DenyReason::qty_above_max, "qty_above_max", "quantity above the venue's filter",
     "venue: LOT_SIZE", "base atoms"},
    {DenyReason::notional_below_min, "notional_below_min",
     "price x quantity below the venue's filter", "venue: NOTIONAL", "quote atoms"},
    {DenyReason::notional_above_max, "notional_above_max",
     "price x quantity above the venue's filter", "venue: NOTIONAL", "quote atoms"},
    {DenyReason::order_qty, "order_qty", "quantity of one order", "instrument.order_qty_atoms_max",
     "base atoms", engine::Scope::instrument},
    {DenyReason::mark_missing, "mark_missing",
     "base, quote or an asset with a position has no mark in the risk currency", "marks", "asset"},
    {DenyReason::order_notional, "order_notional", "price x quantity of one order",
     "instrument.order_notional_micro_max", "micro", engine::Scope::instrument},
    {DenyReason::reference_invalid, "reference_invalid",
     "the book has a gap, is crossed or is being rebuilt", "book", "flag"},
    {DenyReason::reference_one_sided, "reference_one_sided",
     "no bid or no ask but our own in the book", "book", "price atoms"},
    {DenyReason::reference_crossed, "reference_crossed", "best bid is not below best ask", "book",
     "price atoms"},
    {DenyReason::reference_stale, "reference_stale", "the top of book is too old",
     "instrument.quote_age_ns_max", "ns"},
    {DenyReason::feed_silent, "feed_silent", "the feed was not proven alive for too long",
     "instrument.feed_silence_ns_max", "ns"},
    {DenyReason::price_collar, "price_collar",
     "price is too far from the middle of the book, on either side", "instrument.collar_bps_max",
     "bps", engine::Scope::instrument},
    {DenyReason::reduce_only, "reduce_only",
     "the scope is reduce-only and the order could raise or turn the position",
     "operator: reduce_only", "base atoms", engine::Scope::strategy},
    {DenyReason::position_long, "position_long",
     "position if all buys fill, none of the sells (filled + open + in flight + unknown)",
     "instrument.position_atoms_max", "base atoms", engine::Scope::instrument},
    {DenyReason::position_short, "position_short",
     "position if all sells fill, none of the buys (filled + open + in flight + unknown)",
     "instrument.position_atoms_max", "base atoms", engine::Scope::instrument},
    {DenyReason::gross_exposure, "gross_exposure",
     "sum of all positions at their marks and all open orders at their prices",
     "firm.gross_exposure_micro_max", "micro", engine::Scope::firm},
    {DenyReason::funds_quote, "funds_quote", "a buy beyond the free balance of the quote asset",
     "venue: balance", "quote atoms"},
    {DenyReason::funds_base, "funds_base", "a sell beyond the free balance of the base asset",
     "venue: balance", "base atoms"},
    {DenyReason::orders_open_instrument, "orders_open_instrument", "open orders of the instrument",
     "instrument.orders_open_max", "orders", engine::Scope::instrument},
    {DenyReason::orders_open_strategy, "orders_open_strategy", "open orders of the strategy",
     "strategy.orders_open_max", "orders", engine::Scope::strategy},
    {DenyReason::orders_open_venue, "orders_open_venue", "open orders at the venue",
     "venue.orders_open_max", "orders", engine::Scope::venue},
    {DenyReason::orders_open_firm, "orders_open_firm", "open orders of the firm",
     "firm.orders_open_max", "orders", engine::Scope::firm},
    {DenyReason::orders_open_filter, "orders_open_filter",
     "open orders of the symbol by the venue's filter", "venue: MAX_NUM_ORDERS", "orders"},
    {DenyReason::messages_strategy, "messages_strategy",
     "orders and replaces of the strategy in a sliding window", "strategy.windows.messages_max",
     "messages", engine::Scope::strategy},
    {DenyReason::messages_firm, "messages_firm",
     "orders and replaces of the firm in a sliding window", "firm.windows.messages_max", "messages",
     engine::Scope::firm},
    {DenyReason::self_match, "self_match",
     "would trade with an order of our own, whichever strategy's", "own orders", "price atoms",
     engine::Scope::strategy},
    {DenyReason::replace_target, "replace_target",
     "the replaced order is not live, or is of another instrument, strategy or side", "own orders",
     "order id", engine::Scope::strategy},
    {DenyReason::amend_not_allowed, "amend_not_allowed",
     "the venue does not amend this instrument in place", "venue: amendAllowed", "flag"},
    {DenyReason::amend_not_down, "amend_not_down",
     "an amend in place may only lower the quantity, at the same price and above what is filled",
     "own orders", "base atoms"},
    {DenyReason::approval_lifetime, "approval_lifetime",
     "no lifetime is given to an approval: it would be dead at birth",
     "firm.approval_lifetime_ns_max", "ns"},
    {DenyReason::order_slots, "order_slots",
     "too many orders alive in the whole engine, said before the gate is asked", "capacity::orders",
     "orders"},
    {DenyReason::killed_account, "killed_account", "the account's kill switch is down", "kill page",
     "word"},
    {DenyReason::killed_credential, "killed_credential", "the credential's kill switch is down",
     "kill page", "word"},
    {DenyReason::credential_state, "credential_state",
     "something on the account is no act of ours: the credential is suspect or suspended",
     "signals (risk/credentials)", "state"},
    {DenyReason::messages_instrument, "messages_instrument",
     "orders and replaces of the instrument in a sliding window", "instrument.windows.messages_max",
     "messages", engine::Scope::instrument},
    {DenyReason::messages_venue, "messages_venue",
     "orders and replaces at the venue in a sliding window", "venue.windows.messages_max",
     "messages", engine::Scope::venue},
    {DenyReason::messages_account, "messages_account",
     "orders and replaces of the account in a sliding window", "account.windows.messages_max",
     "messages", engine::Scope::account},
    {DenyReason::orders_strategy, "orders_strategy",
     "new orders, cancelReplace among them, of the strategy in a sliding window",
     "strategy.windows.orders_max", "orders", engine::Scope::strategy},
    {DenyReason::orders_instrument, "orders_instrument",
     "new orders, cancelReplace among them, of the instrument in a sliding window",
     "instrument.windows.orders_max", "orders", engine::Scope::instrument},
    {DenyReason::orders_venue, "orders_venue",
     "new orders, cancelReplace among them, at the venue in a sliding window",
     "venue.windows.orders_max", "orders", engine::Scope::venue},
    {DenyReason::orders_account, "orders_account",
     "new orders, cancelReplace among them, of the account in a sliding window",
     "account.windows.orders_max", "orders", engine::Scope::account},
    {DenyReason::orders_firm, "orders_firm",
     "new orders, cancelReplace among them, of the firm in a sliding window",
     "firm.windows.orders_max", "orders", engine::Scope::firm},
    {DenyReason::submitted_strategy, "submitted_strategy",
     "notional of orders sent of the strategy in a sliding window",
     "strategy.windows.submitted_micro_max", "micro", engine::Scope::strategy},
    {DenyReason::submitted_instrument, "submitted_instrument",
     "notional of orders sent of the instrument in a sliding window",
     "instrument.windows.submitted_micro_max", "micro", engine::Scope::instrument},
    {DenyReason::submitted_venue, "submitted_venue",
     "notional of orders sent at the venue in a sliding window",
     "venue.windows.submitted_micro_max", "micro", engine::Scope::venue},
    {DenyReason::submitted_account, "submitted_account",
     "notional of orders sent of the account in a sliding window",
     "account.windows.submitted_micro_max", "micro", engine::Scope::account},
    {DenyReason::submitted_firm, "submitted_firm",
     "notional of orders sent of the firm in a sliding window", "firm.windows.submitted_micro_max",
     "micro", engine::Scope::firm},
    {DenyReason::fills_strategy, "fills_strategy", "fills of the strategy in a sliding window",
     "strategy.windows.fills_max", "fills", engine::Scope::strategy},
    {DenyReason::fills_instrument, "fills_instrument",
     "fills of the instrument in a sliding window", "instrument.windows.fills_max", "fills",
     engine::Scope::instrument},
    {DenyReason::fills_venue, "fills_venue", "fills at the venue in a sliding window",
     "venue.windows.fills_max", "fills", engine::Scope::venue},
    {DenyReason::fills_account, "fills_account", "fills of the account in a sliding window",
     "account.windows.fills_max", "fills", engine::Scope::account},
    {DenyReason::fills_firm, "fills_firm", "fills of the firm in a sliding window",
     "firm.windows.fills_max", "fills", engine::Scope::firm},
    {DenyReason::filled_strategy, "filled_strategy",
     "notional of fills, and of this order, of the strategy in a sliding window",
     "strategy.windows.filled_micro_max", "micro", engine::Scope::strategy},
    {DenyReason::filled_instrument, "filled_instrument",
     "notional of fills, and of this order, of the instrument in a sliding window",
     "instrument.windows.filled_micro_max", "micro", engine::Scope::instrument},
    {DenyReason::filled_venue, "filled_venue",
     "notional of fills, and of this order, at the venue in a sliding window",
     "venue.windows.filled_micro_max", "micro", engine::Scope::venue},
    {DenyReason::filled_account, "filled_account",
     "notional of fills, and of this order, of the account in a sliding window",
     "account.windows.filled_micro_max", "micro", engine::Scope::account},
    {DenyReason::filled_firm, "filled_firm",
     "notional of fills, and of this order, of the firm in a sliding window",
     "firm.windows.filled_micro_max", "micro", engine::Scope::firm},
    {DenyReason::order_notional_strategy, "order_notional_strategy",
     "price x quantity of one order of the strategy", "strategy.order_notional_micro_max", "micro",
     engine::Scope::strategy},
    {DenyReason::order_notional_venue, "order_notional_venue",
     "price x quantity of one order at the venue", "venue.order_notional_micro_max", "micro",
     engine::Scope::venue},
    {DenyReason::order_notional_account, "order_notional_account",
     "price x quantity of one order of the account", "account.order_notional_micro_max", "micro",
     engine::Scope::account},
    {DenyReason::order_notional_firm, "order_notional_firm",
     "price x quantity of one order of the firm", "firm.order_notional_micro_max", "micro",
     engine::Scope::firm},
    {DenyReason::duplicate_order, "duplicate_order",
     "the same new order (side, price, quantity) too often, or too many to tell, in 250 ms",
     "strategy.duplicates_250ms_max", "orders", engine::Scope::strategy},
    {DenyReason::price_drift, "price_drift",
     "price is too far from the strategy's own lowest or highest of that side in 60 s",
     "instrument.drift_bps_60s_max", "bps", engine::Scope::strategy, engine::BreachAction::halt},
    {DenyReason::repeated_execution, "repeated_execution",
     "fills of the strategy on that side of the instrument in a sliding window of 10 s",
     "instrument.fills_side_10s_max", "fills", engine::Scope::strategy, engine::BreachAction::halt},
    {DenyReason::order_notional_kill, "order_notional_kill",
     "price x quantity of one order, beyond every mistake",
     "instrument.order_notional_kill_micro_max", "micro", engine::Scope::strategy,
     engine::BreachAction::kill},
    {DenyReason::denials, "denials",
     "orders of the strategy that a limit has denied, in a sliding window of 1 s",
     "strategy.denials_1s_max", "denials", engine::Scope::strategy, engine::BreachAction::halt},
    {DenyReason::pair_slots, "pair_slots",
     "too many pairs of strategy and instrument have sent orders", "capacity: pairs", "pairs"},
    {DenyReason::loss_strategy, "loss_strategy",
     "what the strategy's fills have lost since the UTC day began, at the marks, fees included",
     "strategy.loss_day_micro_max", "micro", engine::Scope::strategy, engine::BreachAction::cancel},
    {DenyReason::loss_firm, "loss_firm",
     "what all fills have lost since the UTC day began, at the marks, fees included",
     "firm.loss_day_micro_max", "micro", engine::Scope::firm, engine::BreachAction::kill},
    {DenyReason::drawdown_strategy, "drawdown_strategy",
     "from the highest that the strategy's fills were worth this UTC day",
     "strategy.drawdown_day_micro_max", "micro", engine::Scope::strategy,
     engine::BreachAction::cancel},
    {DenyReason::drawdown_firm, "drawdown_firm",
     "from the highest that all fills were worth this UTC day", "firm.drawdown_day_micro_max",
     "micro", engine::Scope::firm, engine::BreachAction::kill},
});

inline constexpr std::uint16_t deny_reason_count = deny_reasons.size();

[[nodiscard]] consteval bool deny_reasons_rise() noexcept {
    std::size_t before = 0;
    for (const ReasonInfo& row : deny_reasons) {
        const auto number = static_cast<std::size_t>(row.reason);
        if (number <= before || number >= engine::capacity::deny_reasons) {
            return false;
        }
        before = number;
    }
    return true;
}
static_assert(deny_reasons_rise(), "one row a reason, in the order of their numbers");

/// Where the row of each number lies, `deny_reason_count` where there is none.
inline constexpr auto deny_reason_rows = [] {
    std::array<std::uint16_t, engine::capacity::deny_reasons> rows{};
    rows.fill(deny_reason_count);
    for (std::uint16_t i = 0; i < deny_reason_count; ++i) {
        rows[static_cast<std::size_t>(deny_reasons[i].reason)] = i;
    }
    return rows;
}();

[[nodiscard]] constexpr engine::ReasonId id(DenyReason reason) noexcept {
    return engine::ReasonId{static_cast<std::uint16_t>(reason)};
}
/// The set of it alone.
[[nodiscard]] constexpr engine::ReasonSet bit(DenyReason reason) noexcept {
    return engine::ReasonSet::of(id(reason));
}

/// The row of `reason`, or a row called "unknown" (a journal of a later version).
[[nodiscard]] constexpr ReasonInfo info(DenyReason reason) noexcept {
    const auto number = static_cast<std::size_t>(reason);
    if (number == 0) {
        return {DenyReason::none, "none", "nothing", "", ""};
    }
    const std::size_t row =
        number < deny_reason_rows.size() ? deny_reason_rows[number] : deny_reason_count;
    return row < deny_reason_count
               ? deny_reasons[row]
               : ReasonInfo{reason, "unknown", "a reason of another version", "", ""};
}
[[nodiscard]] constexpr std::string_view name(DenyReason reason) noexcept {
    return info(reason).name;
}
[[nodiscard]] constexpr std::string_view describe(DenyReason reason) noexcept {
    return info(reason).breaks;
}
/// Unit of the two numbers in a Denial.
[[nodiscard]] constexpr std::string_view unit(DenyReason reason) noexcept {
    return info(reason).unit;
}

[[nodiscard]] constexpr std::string_view name(engine::BreachAction action) noexcept {
    switch (action) {
        case engine::BreachAction::deny:
            return "deny";
        case engine::BreachAction::halt:
            return "halt";
        case engine::BreachAction::cancel:
            return "cancel";
        case engine::BreachAction::kill:
            return "kill";
    }
    return "unknown";
}

/// The table of reasons for README.md, in the order in which they are checked. Cold.
[[nodiscard]] std::string deny_reasons_markdown();

}  // namespace portcullis::risk
