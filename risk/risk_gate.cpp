// The review: facts, ladder, reserve, mint. This file alone makes approvals, and it alone is
// compiled again by the mutant runner (mutant.hpp). What the core tells the gate is in
// risk_gate_events.cpp.
#include "risk/risk_gate.hpp"

#include <algorithm>
#include <utility>

#include "risk/checks.hpp"
#include "risk/mutant.hpp"

namespace portcullis::risk {

using engine::ClOrdId;
using engine::Denial;
using engine::InstrumentId;
using engine::NewOrderSingle;
using engine::OrderCancelReplaceRequest;
using engine::ReplaceMode;
using engine::ReviewContext;
using engine::StrategyId;
using engine::TradingState;
using engine::verify;

namespace {

constexpr Reservation no_reservation{};

constexpr bool enabled(DenyReason reason) noexcept {
    return !is_mutant("", name(reason));
}

template <std::size_t I>
[[gnu::always_inline]] inline bool holds(const Facts& facts) noexcept {
    if constexpr (!enabled(ladder[I].reason)) {
        return true;
    } else {
        return ladder[I].check(facts).pass;
    }
}

/// The whole ladder, as one chain of comparisons.
template <std::size_t... I>
[[gnu::always_inline]] inline bool passes(const Facts& facts, std::index_sequence<I...>) noexcept {
    return (holds<I>(facts) && ...);
}

using Ladder = std::make_index_sequence<ladder.size()>;

/// The first failing check by the order of the ladder, and all of them.
[[gnu::noinline, gnu::cold]] Denial deny(const Facts& facts) noexcept {
    Denial denial{};
    for (const Check& rung : ladder) {
        const Compared compared = rung.check(facts);
        if (compared.pass || !enabled(rung.reason)) {
            continue;
        }
        if (denial.all_reasons == 0) {
            denial.reason = static_cast<std::uint16_t>(rung.reason);
            denial.limit = compared.limit;
            denial.value = compared.value;
        }
        denial.all_reasons |= bit(rung.reason);
    }
    verify(denial.all_reasons != 0);
    return denial;
}

/// a x b, saturated; sets `overflow` when it does not fit.
[[gnu::always_inline]] inline std::int64_t multiply(std::int64_t a, std::int64_t b,
                                                    bool& overflow) noexcept {
    std::int64_t product{};
    if (__builtin_mul_overflow(a, b, &product)) [[unlikely]] {
        overflow = true;
        return (a < 0) == (b < 0) ? std::numeric_limits<std::int64_t>::max()
                                  : std::numeric_limits<std::int64_t>::min();
    }
    return product;
}

/// product / 1e8, rounded up. 1e8 = 2^8 x 390625, and rounding up twice is rounding up once, so
/// that a product below 2^71 (some 200,000 units of quote) needs one 64-bit division by a constant,
/// which is a multiplication.
[[gnu::always_inline]] inline int128 divide_by_atoms_up(int128 product) noexcept {
    static_assert(engine::atoms_per_unit == 256 * 390'625);
    if ((product >> 71) == 0) [[likely]] {
        const auto small = static_cast<std::uint64_t>((product + 255) >> 8);
        return int128{(small + 390'624) / 390'625};
    }
    return engine::divide(product, engine::atoms_per_unit, engine::Rounding::up);
}

[[gnu::always_inline]] inline void compute_amounts(Facts& facts) noexcept {
    const engine::Instrument& filters = facts.instrument.filters;
    facts.price.value = multiply(facts.order.price.value, filters.tick.value, facts.overflow);
    facts.qty.value = multiply(facts.order.qty.value, filters.lot.value, facts.overflow);
    if (facts.price.value > 0 && facts.qty.value > 0) [[likely]] {
        facts.product = int128{facts.price.value} * facts.qty.value;
        const int128 amount = divide_by_atoms_up(facts.product);
        if (amount > std::numeric_limits<std::int64_t>::max()) [[unlikely]] {
            facts.overflow = true;
        }
        facts.amount = checks::clamp64(amount);
    }
    if (!facts.is_amend()) [[likely]] {
        facts.added_qty = facts.qty;
        facts.added_amount = facts.amount;
    }
}

[[gnu::always_inline]] inline Facts gather(const RiskGate& gate, const NewOrderSingle& order,
                                           ReplaceMode mode, ClOrdId orig,
                                           const ReviewContext& context) noexcept {
    const InstrumentLine& instrument = gate.instrument(order.instrument);
    const StrategyLine& strategy = gate.strategy(order.strategy);
    const Exposure& exposure = gate.exposure();
    const bool has_target = mode != ReplaceMode{} && context.orig_slot < engine::capacity::orders;
    Facts facts{
        .order = order,
        .context = context,
        .firm = gate.firm(),
        .venue = gate.venue(instrument.defined ? instrument.filters.venue
                                               : engine::VenueId{engine::capacity::venues}),
        .strategy = strategy,
        .instrument = instrument,
        .base = exposure.asset(instrument.filters.base),
        .quote = exposure.asset(instrument.filters.quote),
        .exposure = exposure,
        .replaced = has_target ? exposure.reservation(context.orig_slot) : no_reservation,
        .mode = mode,
        .orig = orig,
    };
    facts.trading = std::max(std::max(facts.firm.state.trading, facts.venue.state.trading),
                             std::max(strategy.state.trading, instrument.state.trading));
    if (instrument.defined) [[likely]] {
        facts.own_other_side = exposure.own().best(
            order.instrument, facts.is_buy() ? engine::Side::sell : engine::Side::buy);
    }
    compute_amounts(facts);
    return facts;
}

Velocity::Counts message_counts(const auto& limits) noexcept {
    return {limits.messages_100ms_max, limits.messages_1s_max, limits.messages_60s_max};
}

/// Negative limits are zero. In a mutant, one limit is not there at all.
template <class Scope, std::size_t N>
void settle(Scope& limits, const std::array<LimitKey<Scope>, N>& keys,
            std::string_view scope) noexcept {
    for (const LimitKey<Scope>& key : keys) {
        std::int64_t& limit = limits.*key.field;
        limit = std::clamp<std::int64_t>(limit, 0, key.ceiling);
        if (is_mutant(scope, key.key)) {
            limit = key.ceiling;
        }
    }
}

}  // namespace

RiskGate::RiskGate(const GateConfig& config)
    : epoch_(config.epoch),
      limits_version_(config.limits.version),
      exposure_(config.baselines, config.risk_currency) {
    verify(config.epoch.value != 0);
    firm_.limits = config.limits.firm;
    settle(firm_.limits, firm_keys, "firm.");
    firm_.messages = Velocity{message_counts(firm_.limits)};
    firm_.gross_max = Weight{firm_.limits.gross_exposure_micro_max} * weight_per_micro;
    for (std::size_t i = 0; i < engine::capacity::venues; ++i) {
        venues_[i].limits = config.limits.venue[i];
        settle(venues_[i].limits, venue_keys, "venue.");
    }
    for (std::size_t i = 0; i < engine::capacity::strategies; ++i) {
        StrategyLine& line = strategies_[i];
        line.limits = config.limits.strategy[i];
        settle(line.limits, strategy_keys, "strategy.");
        if (is_mutant("strategy.", "instruments")) {
            line.limits.instruments = ~std::uint64_t{0};
        }
        line.messages = Velocity{message_counts(line.limits)};
        line.known = true;
    }
    for (std::size_t i = 0; i < engine::capacity::instruments; ++i) {
        InstrumentLine& line = instruments_[i];
        line.limits = config.limits.instrument[i];
        settle(line.limits, instrument_keys, "instrument.");
        line.order_weight_max = Weight{line.limits.order_notional_micro_max} * weight_per_micro;
    }
}

Verdict<NewOrderSingle> RiskGate::review(const NewOrderSingle& order,
                                         const ReviewContext& context) noexcept {
    return decide(order, order, ReplaceMode{}, engine::no_order, context);
}

Verdict<OrderCancelReplaceRequest> RiskGate::review(const OrderCancelReplaceRequest& replace,
                                                    const ReviewContext& context) noexcept {
    // A mode of zero would be taken for no replace at all: made one that no check knows.
    const ReplaceMode mode =
        replace.mode == ReplaceMode{} ? static_cast<ReplaceMode>(0xff) : replace.mode;
    return decide(replace, replace.order, mode, replace.orig_cl_ord_id, context);
}

template <class T>
Verdict<T> RiskGate::decide(const T& request, const NewOrderSingle& order, ReplaceMode mode,
                            ClOrdId orig, const ReviewContext& context) noexcept {
    verify(context.agent.value < numbers_.size());
    const bool amend = mode == ReplaceMode::amend_in_place;
    verify(amend || context.slot < engine::capacity::orders);
    verify(amend || !exposure_.reservation(context.slot).live);
    const Facts facts = gather(*this, order, mode, orig, context);
    Verdict<T> verdict;
    if (passes(facts, Ladder{})) [[likely]] {
        commit(facts);
        verdict.approved_.emplace(ApprovalKey{}, request, stamp(facts));
    } else {
        verdict.denial_ = deny(facts);
    }
    return verdict;
}

/// Reserves and counts. An amend reserves nothing: what it asks for is part of what is held.
void RiskGate::commit(const Facts& facts) noexcept {
    const NewOrderSingle& order = facts.order;
    if (!facts.is_amend() && !is_mutant("mechanism.", "reserve")) {
        const engine::Instrument& filters = facts.instrument.filters;
        exposure_.reserve(facts.context.slot, Reservation{
                                                  .cl_ord_id = order.cl_ord_id,
                                                  .price = facts.price,
                                                  .leaves = facts.qty,
                                                  .amount = facts.amount,
                                                  .instrument = order.instrument,
                                                  .base = filters.base,
                                                  .quote = filters.quote,
                                                  .venue = filters.venue,
                                                  .strategy = order.strategy,
                                                  .side = order.side,
                                              });
    }
    if (!is_mutant("mechanism.", "count_message")) {
        firm_.messages.push(facts.context.now);
        strategies_[order.strategy.value].messages.push(facts.context.now);
    }
}

/// Requires: the ladder has passed (so that the deadline does not overflow).
ApprovalStamp RiskGate::stamp(const Facts& facts) noexcept {
    engine::ApprovalNumber& number = numbers_[facts.context.agent.value];
    if (!is_mutant("mechanism.", "number") || number.value == 0) {
        ++number.value;
    }
    const std::uint32_t words = facts.firm.state.kill_word + facts.venue.state.kill_word +
                                facts.strategy.state.kill_word + facts.instrument.state.kill_word;
    return ApprovalStamp{
        .gate_epoch = epoch_,
        .agent = facts.context.agent,
        .number = number,
        .kill_stamp = is_mutant("mechanism.", "kill_stamp") ? 0 : words,
        .deadline =
            facts.context.now + engine::DurationNs{facts.firm.limits.approval_lifetime_ns_max},
    };
}

}  // namespace portcullis::risk
