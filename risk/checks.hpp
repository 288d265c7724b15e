// Checks: each control a pure function of the facts of one request, and the ladder, their order.
//
// A check answers with the two numbers that it compared, so that a denial can show them; on the
// path of an order that passes only `pass` is used and the rest is optimised away. All of them are
// cheap enough to be asked again after a denial, which is how `all_reasons` comes about without the
// pass path paying for it. No check divides on the pass path, allocates, or knows of another one.
// What cannot be computed is zero or saturated, and then the check for exactly that denies.
//
// Invariants: 1. a limit of zero lets nothing pass; 2. every DenyReason stands in `ladder` once.
// Reader: risk_gate.cpp, deny_reason.cpp (for the order). Adding a control: README.md here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "risk/checks_history.hpp"
#include "risk/checks_windows.hpp"
#include "risk/deny_reason.hpp"
#include "risk/facts.hpp"
#include "risk/kill_switch.hpp"

namespace portcullis::risk {

namespace checks {

// --- switches and sessions
[[nodiscard]] constexpr Compared open_word(std::uint32_t word) noexcept {
    return {!is_killed(word), 0, word};
}
inline Compared killed_firm(const Facts& f) noexcept {
    return open_word(f.firm.state.kill_word);
}
inline Compared killed_venue(const Facts& f) noexcept {
    return open_word(f.venue.state.kill_word);
}
inline Compared killed_account(const Facts& f) noexcept {
    return open_word(f.account.state.kill_word);
}
inline Compared killed_credential(const Facts& f) noexcept {
    return open_word(f.credential.state.kill_word);
}
/// What is none of the three denies.
inline Compared credential_state(const Facts& f) noexcept {
    using engine::CredentialState;
    return {f.credential.standing == CredentialState::active,
            static_cast<std::int64_t>(CredentialState::active),
            static_cast<std::int64_t>(f.credential.standing)};
}
inline Compared killed_strategy(const Facts& f) noexcept {
    return open_word(f.strategy.state.kill_word);
}
inline Compared killed_instrument(const Facts& f) noexcept {
    return open_word(f.instrument.state.kill_word);
}
inline Compared halted(const Facts& f) noexcept {
    using engine::TradingState;
    return {f.trading < TradingState::halted, static_cast<std::int64_t>(TradingState::reduce_only),
            static_cast<std::int64_t>(f.trading)};
}
inline Compared session_not_ready(const Facts& f) noexcept {
    return flag(f.context.session_ready);
}
inline Compared not_reconciled(const Facts& f) noexcept {
    return flag(f.context.reconciled);
}
inline Compared journal_unwritable(const Facts& f) noexcept {
    return flag(f.context.journal_writable);
}
inline Compared request_ring_full(const Facts& f) noexcept {
    return flag(f.context.request_room);
}

// --- who and what
inline Compared strategy_unknown(const Facts& f) noexcept {
    return {f.strategy.known, engine::capacity::strategies, f.order.strategy.value};
}
inline Compared instrument_unknown(const Facts& f) noexcept {
    return {f.instrument.defined, engine::capacity::instruments, f.order.instrument.value};
}
inline Compared instrument_not_allowed(const Facts& f) noexcept {
    return {f.strategy.limits.instruments.has(f.order.instrument), 0, f.order.instrument.value};
}
inline Compared instrument_not_trading(const Facts& f) noexcept {
    const auto status = f.instrument.filters.status;
    return {status == engine::InstrumentStatus::trading,
            static_cast<std::int64_t>(engine::InstrumentStatus::trading),
            static_cast<std::int64_t>(status)};
}
inline Compared instrument_version(const Facts& f) noexcept {
    return {f.order.instrument_version == f.instrument.filters.version,
            f.instrument.filters.version, f.order.instrument_version};
}

// --- the order by itself
/// The first field that makes no sense: 1 side, 2 type, 3 time in force, 4 type with time in force,
/// 5 mode of the replace, 6 no id; zero when all do.
[[nodiscard]] inline std::int64_t bad_field(const Facts& f) noexcept {
    using engine::OrdType;
    using engine::Side;
    using engine::TimeInForce;
    const auto& order = f.order;
    if (order.side != Side::buy && order.side != Side::sell) {
        return 1;
    }
    if (order.type < OrdType::limit || order.type > OrdType::bounded_market) {
        return 2;
    }
    if (order.time_in_force < TimeInForce::gtc || order.time_in_force > TimeInForce::fok) {
        return 3;
    }
    if ((order.type == OrdType::limit_maker && order.time_in_force != TimeInForce::gtc) ||
        (order.type == OrdType::bounded_market && order.time_in_force != TimeInForce::ioc)) {
        return 4;
    }
    if (f.mode > engine::ReplaceMode::amend_in_place) {
        return 5;
    }
    return order.cl_ord_id == engine::no_order ? 6 : 0;
}
inline Compared malformed(const Facts& f) noexcept {
    const std::int64_t field = bad_field(f);
    return {field == 0, 0, field};
}
inline Compared stp_disarmed(const Facts& f) noexcept {
    const auto mode = f.order.stp;
    return {mode >= engine::StpMode::expire_taker && mode <= engine::StpMode::decrement, 1,
            static_cast<std::int64_t>(mode)};
}
inline Compared price_not_positive(const Facts& f) noexcept {
    return {f.order.price.value > 0, 1, f.order.price.value};
}
inline Compared qty_not_positive(const Facts& f) noexcept {
    return {f.order.qty.value > 0, 1, f.order.qty.value};
}
inline Compared arithmetic_overflow(const Facts& f) noexcept {
    return {!f.overflow, std::numeric_limits<std::int64_t>::max(), f.amount};
}
inline Compared price_below_min(const Facts& f) noexcept {
    const auto limit = f.instrument.filters.price_min;
    return {f.price >= limit, limit.value, f.price.value};
}
inline Compared price_above_max(const Facts& f) noexcept {
    const auto limit = f.instrument.filters.price_max;
    return {f.price <= limit, limit.value, f.price.value};
}
inline Compared qty_below_min(const Facts& f) noexcept {
    const auto limit = f.instrument.filters.qty_min;
    return {f.qty >= limit, limit.value, f.qty.value};
}
inline Compared qty_above_max(const Facts& f) noexcept {
    const auto limit = f.instrument.filters.qty_max;
    return {f.qty <= limit, limit.value, f.qty.value};
}
inline Compared notional_below_min(const Facts& f) noexcept {
    return {f.product >= f.instrument.product_min, clamp64(f.instrument.filters.notional_min.value),
            f.amount};
}
inline Compared notional_above_max(const Facts& f) noexcept {
    return {f.product <= f.instrument.product_max, clamp64(f.instrument.filters.notional_max.value),
            f.amount};
}
inline Compared order_qty(const Facts& f) noexcept {
    return at_most(f.qty.value, f.instrument.limits.order_qty_atoms_max);
}
inline Compared mark_missing(const Facts& f) noexcept {
    if (f.base.mark > 0 && f.quote.mark > 0) {
        return {f.exposure.unmarked() == 0, 0, f.exposure.unmarked()};
    }
    const engine::Instrument& filters = f.instrument.filters;
    return {false, 0, f.base.mark > 0 ? filters.quote.value : filters.base.value};
}
inline Compared order_notional_kill(const Facts& f) noexcept {
    const std::int64_t limit = f.instrument.limits.order_notional_kill_micro_max;
    return {limit > 0 && f.weight <= f.instrument.order_weight_kill_max, limit,
            clamp64((f.weight + weight_per_micro - 1) / weight_per_micro)};
}

// --- the order against the market
inline Compared reference_invalid(const Facts& f) noexcept {
    return flag(f.context.reference.valid);
}
inline Compared reference_one_sided(const Facts& f) noexcept {
    const auto& reference = f.context.reference;
    return {reference.bid.value > 0 && reference.ask.value > 0, 1,
            std::min(reference.bid, reference.ask).value};
}
inline Compared reference_crossed(const Facts& f) noexcept {
    const auto& reference = f.context.reference;
    const bool one_sided = reference.bid.value <= 0 || reference.ask.value <= 0;
    return {one_sided || reference.bid < reference.ask, reference.ask.value, reference.bid.value};
}
inline Compared reference_stale(const Facts& f) noexcept {
    return at_most(age(f.context.now, f.context.reference.top_time),
                   f.instrument.limits.quote_age_ns_max);
}
inline Compared feed_silent(const Facts& f) noexcept {
    return at_most(age(f.context.now, f.context.reference.alive_time),
                   f.instrument.limits.feed_silence_ns_max);
}
/// Both sides: a price far behind the market is a fat finger too, and a bid far above it a gift.
inline Compared price_collar(const Facts& f) noexcept {
    constexpr std::int64_t bps_per_one = 10'000;
    const auto& reference = f.context.reference;
    const std::int64_t limit = f.instrument.limits.collar_bps_max;
    if (reference.bid.value <= 0 || reference.ask.value <= 0 || f.price.value < 0) {
        return {false, limit, std::numeric_limits<std::int64_t>::max()};
    }
    // Twice the middle, and twice what lies between it and the price: below 2^64 each.
    const auto middle = static_cast<std::uint64_t>(reference.bid.value) +
                        static_cast<std::uint64_t>(reference.ask.value);
    const std::uint64_t price = static_cast<std::uint64_t>(f.price.value) * 2;
    const std::uint64_t apart = price > middle ? price - middle : middle - price;
    const engine::uint128 scaled = engine::uint128{apart} * bps_per_one;
    const auto allowed = static_cast<std::uint64_t>(limit);
    return {limit > 0 && scaled <= engine::uint128{allowed} * middle, limit,
            clamp64(static_cast<int128>((scaled + middle - 1) / middle))};
}

// --- the order on top of everything that is already out there
/// How much more this side may still trade before the position would be zero: position less all
/// that is already working against it. Not positive: the order could raise or turn the position.
[[nodiscard]] inline int128 reducible(const Facts& f) noexcept {
    return f.is_buy() ? -f.base.position - f.base.incoming : f.base.position - f.base.reserved;
}
[[nodiscard]] inline bool reduces(const Facts& f) noexcept {
    return f.added_qty.value <= reducible(f);
}
inline Compared reduce_only(const Facts& f) noexcept {
    if (f.trading != engine::TradingState::reduce_only) [[likely]] {
        return {true, 0, 0};
    }
    return {reduces(f), clamp64(reducible(f)), f.added_qty.value};
}
inline constexpr Compared not_asked{true, 0, 0};
/// What adds nothing asks only whether there is a limit at all.
[[nodiscard]] inline Compared position(const Facts& f, int128 worst) noexcept {
    const auto compared = at_most(worst, f.instrument.limits.position_atoms_max);
    const bool asked = f.added_qty.value != 0 || compared.limit <= 0;
    return {!asked || compared.pass, compared.limit, compared.value};
}
inline Compared position_long(const Facts& f) noexcept {
    return f.is_buy() ? position(f, f.base.position + f.base.incoming + f.added_qty.value)
                      : not_asked;
}
inline Compared position_short(const Facts& f) noexcept {
    return f.is_buy() ? not_asked
                      : position(f, -f.base.position + f.base.reserved + f.added_qty.value);
}
/// An order that can only reduce passes above the limit: when it fills the sum falls, and else
/// nothing has changed.
inline Compared gross_exposure(const Facts& f) noexcept {
    const Weight sum = f.exposure.gross() + (f.is_amend() ? 0 : f.weight);
    const std::int64_t limit = f.firm.limits.gross_exposure_micro_max;
    if (limit > 0 && sum <= f.firm.gross_max) [[likely]] {
        return {true, 0, 0};
    }
    const bool within = f.added_orders() == 0 || reduces(f);
    return {limit > 0 && within, limit, clamp64((sum + weight_per_micro - 1) / weight_per_micro)};
}
inline Compared funds_quote(const Facts& f) noexcept {
    if (!f.is_buy()) {
        return not_asked;
    }
    const int128 free = f.quote.balance - f.quote.reserved;
    return {f.added_amount == 0 || f.added_amount <= free, clamp64(free), f.added_amount};
}
inline Compared funds_base(const Facts& f) noexcept {
    if (f.is_buy()) {
        return not_asked;
    }
    const int128 free = f.base.balance - f.base.reserved;
    return {f.added_qty.value == 0 || f.added_qty.value <= free, clamp64(free), f.added_qty.value};
}
[[nodiscard]] inline Compared open_orders(const Facts& f, std::int64_t open,
                                          std::int64_t limit) noexcept {
    return at_most(open + f.added_orders(), limit);
}
/// The count of a table, or none where the index does not exist (its limit is zero then).
template <std::size_t N>
[[nodiscard]] constexpr std::int64_t count_at(const std::array<std::int32_t, N>& counts,
                                              std::size_t index) noexcept {
    return index < N ? counts[index] : 0;
}
inline Compared orders_open_instrument(const Facts& f) noexcept {
    const auto open = count_at(f.exposure.open().instrument, f.order.instrument.value);
    return open_orders(f, open, f.instrument.limits.orders_open_max);
}
inline Compared orders_open_strategy(const Facts& f) noexcept {
    const auto open = count_at(f.exposure.open().strategy, f.order.strategy.value);
    return open_orders(f, open, f.strategy.limits.orders_open_max);
}
inline Compared orders_open_venue(const Facts& f) noexcept {
    const auto open = count_at(f.exposure.open().venue, f.instrument.filters.venue.value);
    return open_orders(f, open, f.venue.limits.orders_open_max);
}
inline Compared orders_open_firm(const Facts& f) noexcept {
    return open_orders(f, f.exposure.open().firm, f.firm.limits.orders_open_max);
}
inline Compared orders_open_filter(const Facts& f) noexcept {
    const auto open = count_at(f.exposure.open().instrument, f.order.instrument.value);
    const auto compared = open_orders(f, open, f.instrument.orders_filter);
    return {compared.limit == 0 || compared.pass, compared.limit, compared.value};
}
inline Compared self_match(const Facts& f) noexcept {
    // The best price of ours on the other side, zero: none.
    const auto own = f.instrument.defined
                         ? f.exposure.own().best(f.order.instrument, f.is_buy() ? engine::Side::sell
                                                                                : engine::Side::buy)
                         : engine::PriceAtoms{};
    const bool crosses = own.value != 0 && (f.is_buy() ? f.price >= own : f.price <= own);
    return {!crosses, own.value, f.price.value};
}

// --- replaces
inline Compared replace_target(const Facts& f) noexcept {
    const Reservation& old = f.replaced;
    const bool same = old.live && old.cl_ord_id == f.orig && old.instrument == f.order.instrument &&
                      old.strategy == f.order.strategy && old.side == f.order.side;
    return {f.mode == engine::ReplaceMode{} || same, static_cast<std::int64_t>(old.cl_ord_id.value),
            static_cast<std::int64_t>(f.orig.value)};
}
inline Compared amend_not_allowed(const Facts& f) noexcept {
    return {!f.is_amend() || f.instrument.filters.amend_allowed, 1,
            f.instrument.filters.amend_allowed ? 1 : 0};
}
inline Compared amend_not_down(const Facts& f) noexcept {
    const Reservation& old = f.replaced;
    const int128 whole = int128{old.filled.value} + old.leaves.value;
    const bool down = f.price == old.price && f.qty > old.filled && f.qty.value < whole;
    return {!f.is_amend() || down, clamp64(whole), f.qty.value};
}
inline Compared approval_lifetime(const Facts& f) noexcept {
    const std::int64_t limit = f.firm.limits.approval_lifetime_ns_max;
    // The deadline must be a time that exists.
    return {limit > 0 && f.context.now.value <= std::numeric_limits<std::int64_t>::max() - limit,
            limit, 1};
}

}  // namespace checks

/// One rung: which reason, and who decides it.
struct Check {
    DenyReason reason{};
    Compared (*check)(const Facts&) noexcept {};
};

#define PORTCULLIS_RUNG(reason)             \
    Check {                                 \
        DenyReason::reason, &checks::reason \
    }

/// THE order of checks: a denial names the first that fails. Switches, then who may what, the order
/// by itself, the market, and last what needs sums.
inline constexpr std::array<Check, deny_reason_count - 1> ladder{
    PORTCULLIS_RUNG(killed_firm),
    PORTCULLIS_RUNG(killed_venue),
    PORTCULLIS_RUNG(killed_account),
    PORTCULLIS_RUNG(killed_credential),
    PORTCULLIS_RUNG(killed_strategy),
    PORTCULLIS_RUNG(killed_instrument),
    PORTCULLIS_RUNG(credential_state),
    PORTCULLIS_RUNG(halted),
    PORTCULLIS_RUNG(session_not_ready),
    PORTCULLIS_RUNG(not_reconciled),
    PORTCULLIS_RUNG(journal_unwritable),
    PORTCULLIS_RUNG(request_ring_full),
    PORTCULLIS_RUNG(approval_lifetime),
    PORTCULLIS_RUNG(strategy_unknown),
    PORTCULLIS_RUNG(instrument_unknown),
    PORTCULLIS_RUNG(instrument_not_allowed),
    PORTCULLIS_RUNG(pair_slots),
    PORTCULLIS_RUNG(denials),
    PORTCULLIS_RUNG(repeated_execution),
    PORTCULLIS_RUNG(loss_strategy),
    PORTCULLIS_RUNG(loss_firm),
    PORTCULLIS_RUNG(drawdown_strategy),
    PORTCULLIS_RUNG(drawdown_firm),
    PORTCULLIS_RUNG(instrument_not_trading),
    PORTCULLIS_RUNG(instrument_version),
    PORTCULLIS_RUNG(malformed),
    PORTCULLIS_RUNG(stp_disarmed),
    PORTCULLIS_RUNG(price_not_positive),
    PORTCULLIS_RUNG(qty_not_positive),
    PORTCULLIS_RUNG(arithmetic_overflow),
    PORTCULLIS_RUNG(replace_target),
    PORTCULLIS_RUNG(amend_not_allowed),
    PORTCULLIS_RUNG(amend_not_down),
    PORTCULLIS_RUNG(price_below_min),
    PORTCULLIS_RUNG(price_above_max),
    PORTCULLIS_RUNG(qty_below_min),
    PORTCULLIS_RUNG(qty_above_max),
    PORTCULLIS_RUNG(notional_below_min),
    PORTCULLIS_RUNG(notional_above_max),
    PORTCULLIS_RUNG(order_qty),
    PORTCULLIS_RUNG(mark_missing),
    PORTCULLIS_RUNG(order_notional_kill),
    PORTCULLIS_RUNG(order_notional),
    PORTCULLIS_RUNG(order_notional_strategy),
    PORTCULLIS_RUNG(order_notional_venue),
    PORTCULLIS_RUNG(order_notional_account),
    PORTCULLIS_RUNG(order_notional_firm),
    PORTCULLIS_RUNG(reference_invalid),
    PORTCULLIS_RUNG(reference_one_sided),
    PORTCULLIS_RUNG(reference_crossed),
    PORTCULLIS_RUNG(reference_stale),
    PORTCULLIS_RUNG(feed_silent),
    PORTCULLIS_RUNG(price_collar),
    PORTCULLIS_RUNG(price_drift),
    PORTCULLIS_RUNG(duplicate_order),
    PORTCULLIS_RUNG(self_match),
    PORTCULLIS_RUNG(reduce_only),
    PORTCULLIS_RUNG(position_long),
    PORTCULLIS_RUNG(position_short),
    PORTCULLIS_RUNG(gross_exposure),
    PORTCULLIS_RUNG(funds_quote),
    PORTCULLIS_RUNG(funds_base),
    PORTCULLIS_RUNG(orders_open_instrument),
    PORTCULLIS_RUNG(orders_open_strategy),
    PORTCULLIS_RUNG(orders_open_venue),
    PORTCULLIS_RUNG(orders_open_firm),
    PORTCULLIS_RUNG(orders_open_filter),
    PORTCULLIS_RUNG(messages_strategy),
    PORTCULLIS_RUNG(messages_instrument),
    PORTCULLIS_RUNG(messages_venue),
    PORTCULLIS_RUNG(messages_account),
    PORTCULLIS_RUNG(messages_firm),
    PORTCULLIS_RUNG(orders_strategy),
    PORTCULLIS_RUNG(orders_instrument),
    PORTCULLIS_RUNG(orders_venue),
    PORTCULLIS_RUNG(orders_account),
    PORTCULLIS_RUNG(orders_firm),
    PORTCULLIS_RUNG(submitted_strategy),
    PORTCULLIS_RUNG(submitted_instrument),
    PORTCULLIS_RUNG(submitted_venue),
    PORTCULLIS_RUNG(submitted_account),
    PORTCULLIS_RUNG(submitted_firm),
    PORTCULLIS_RUNG(fills_strategy),
    PORTCULLIS_RUNG(fills_instrument),
    PORTCULLIS_RUNG(fills_venue),
    PORTCULLIS_RUNG(fills_account),
    PORTCULLIS_RUNG(fills_firm),
    PORTCULLIS_RUNG(filled_strategy),
    PORTCULLIS_RUNG(filled_instrument),
    PORTCULLIS_RUNG(filled_venue),
    PORTCULLIS_RUNG(filled_account),
    PORTCULLIS_RUNG(filled_firm),
};
#undef PORTCULLIS_RUNG

[[nodiscard]] consteval bool ladder_is_complete() noexcept {
    engine::ReasonSet seen = bit(DenyReason::order_slots);  // the core says it (no_order_slot)
    for (const Check& rung : ladder) {
        seen |= bit(rung.reason);
    }
    engine::ReasonSet all;
    for (const ReasonInfo& row : deny_reasons) {
        all.add(id(row.reason));
    }
    return seen == all;
}
static_assert(ladder_is_complete(), "every reason has one rung");

}  // namespace portcullis::risk
