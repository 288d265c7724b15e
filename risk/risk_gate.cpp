// The review: facts, ladder, reserve, mint. This file alone makes approvals, and it alone is
// compiled again by the mutant runner (mutant.hpp). What the core tells the gate is in
// risk_gate_events.cpp.
#include "risk/risk_gate.hpp"

#include <algorithm>
#include <utility>

#include "risk/checks.hpp"
#include "risk/limit_changes.hpp"
#include "risk/mutant.hpp"

namespace portcullis::risk {

using engine::BreachAction;
using engine::ClOrdId;
using engine::Denial;
using engine::InstrumentId;
using engine::NewOrderSingle;
using engine::OrderCancelReplaceRequest;
using engine::ReplaceMode;
using engine::ReviewContext;
using engine::Scope;
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

/// Price, quantity and their product in atoms; what does not fit is saturated and said.
struct Amounts {
    engine::PriceAtoms price{};
    engine::QtyAtoms qty{};
    int128 product{};
    std::int64_t amount{};  ///< product / 1e8, rounded up
    bool overflow{};
};

/// a x b, saturated; sets `overflow` when it does not fit.
std::int64_t multiply(std::int64_t a, std::int64_t b, bool& overflow) noexcept {
    std::int64_t product{};
    if (__builtin_mul_overflow(a, b, &product)) {
        overflow = true;
        return (a < 0) == (b < 0) ? std::numeric_limits<std::int64_t>::max()
                                  : std::numeric_limits<std::int64_t>::min();
    }
    return product;
}

/// Of any order at all.
[[gnu::noinline, gnu::cold]] Amounts extreme_amounts_of(
    const NewOrderSingle& order, const engine::Instrument& filters) noexcept {
    bool overflow = false;
    const std::int64_t price = multiply(order.price.value, filters.tick.value, overflow);
    const std::int64_t qty = multiply(order.qty.value, filters.lot.value, overflow);
    const int128 product = price > 0 && qty > 0 ? int128{price} * qty : int128{0};
    const int128 amount = engine::divide(product, engine::atoms_per_unit, engine::Rounding::up);
    overflow = overflow || amount > std::numeric_limits<std::int64_t>::max();
    return {engine::PriceAtoms{price}, engine::QtyAtoms{qty}, product, checks::clamp64(amount),
            overflow};
}

/// 1e8 = 2^8 x 390625, and rounding up twice is rounding up once: a product below 2^71 (some
/// 200,000 units of quote) needs one 64-bit division by a constant, which is a multiplication.
[[gnu::always_inline]] inline Amounts amounts_of(const NewOrderSingle& order,
                                                 const engine::Instrument& filters) noexcept {
    static_assert(engine::atoms_per_unit == 256 * 390'625);
    std::int64_t price{};
    std::int64_t qty{};
    const bool price_overflows =
        __builtin_mul_overflow(order.price.value, filters.tick.value, &price);
    const bool qty_overflows = __builtin_mul_overflow(order.qty.value, filters.lot.value, &qty);
    const int128 product = int128{price} * qty;
    if (price_overflows || qty_overflows || price <= 0 || qty <= 0 || (product >> 71) != 0)
        [[unlikely]] {
        return extreme_amounts_of(order, filters);
    }
    const auto parts = static_cast<std::uint64_t>((product + 255) >> 8);
    return {engine::PriceAtoms{price}, engine::QtyAtoms{qty}, product,
            static_cast<std::int64_t>((parts + 390'624) / 390'625), false};
}

/// `line`, its address held in a register from here on: left alone, the compiler computes it again
/// from the index at most of its uses.
template <class Line>
[[gnu::always_inline]] inline Line& held(Line& line) noexcept {
    Line* address = &line;
    asm("" : "+r"(address));
    return *address;
}

[[gnu::always_inline]] inline Facts gather(const RiskGate& gate, const NewOrderSingle& order,
                                           ReplaceMode mode, ClOrdId orig,
                                           const ReviewContext& context) noexcept {
    const InstrumentLine& instrument = held(gate.instrument(order.instrument));
    const StrategyLine& strategy = held(gate.strategy(order.strategy));
    const VenueLine& venue = held(gate.venue(
        instrument.defined ? instrument.filters.venue : engine::VenueId{engine::capacity::venues}));
    const AccountLine& account = held(gate.account(context.account));
    const CredentialLine& credential = held(gate.credential(context.credential));
    const Exposure& exposure = gate.exposure();
    const bool has_target = mode != ReplaceMode{} && context.orig_slot < engine::capacity::orders;
    const bool amend = mode == ReplaceMode::amend_in_place;
    __attribute__((uninitialized)) const Amounts amounts = amounts_of(order, instrument.filters);
    const AssetLine& quote = held(exposure.line(instrument.filters.quote));
    const Weight weight = weigh(amounts.amount, quote.mark);
    const Added added{.orders = amend ? 0 : 1, .weight = amend ? 0 : weight, .notional = weight};
    const bool roomy =
        have_room(added.lanes(context.now), gate.firm().windows.room(), venue.windows.room(),
                  account.windows.room(), strategy.windows.room(), instrument.windows.room());
    // Every member, in one go: a struct that is zeroed first costs more than all checks of a scope.
    return Facts{
        .order = order,
        .context = context,
        .firm = gate.firm(),
        .venue = venue,
        .account = account,
        .credential = credential,
        .strategy = strategy,
        .instrument = instrument,
        .base = held(exposure.line(instrument.filters.base)),
        .quote = quote,
        .exposure = exposure,
        .pairs = gate.pairs(),
        .pair = gate.pairs().find(order.strategy, order.instrument, order.side),
        .replaced = has_target ? exposure.reservation(context.orig_slot) : no_reservation,
        .mode = mode,
        .orig = orig,
        .trading = std::max(std::max(std::max(gate.firm().state.trading, venue.state.trading),
                                     std::max(account.state.trading, credential.state.trading)),
                            std::max(strategy.state.trading, instrument.state.trading)),
        .price = amounts.price,
        .qty = amounts.qty,
        .product = amounts.product,
        .amount = amounts.amount,
        .added_qty = amend ? engine::QtyAtoms{} : amounts.qty,
        .added_amount = amend ? 0 : amounts.amount,
        .weight = weight,
        .overflow = amounts.overflow,
        .roomy = roomy,
    };
}

/// The first failing check by the order of the ladder, and all of them. The facts are gathered
/// again: nothing has changed since, and those of an order that passes then never leave the
/// registers.
[[gnu::noinline, gnu::cold]] Denial deny(const RiskGate& gate, const NewOrderSingle& order,
                                         ReplaceMode mode, ClOrdId orig,
                                         const ReviewContext& context) noexcept {
    const Facts facts = gather(gate, order, mode, orig, context);
    Denial denial{};
    for (const Check& rung : ladder) {
        const Compared compared = rung.check(facts);
        if (compared.pass || !enabled(rung.reason)) {
            continue;
        }
        if (denial.all_reasons.empty()) {
            denial.reason = static_cast<std::uint16_t>(rung.reason);
            denial.limit = compared.limit;
            denial.value = compared.value;
            denial.window = compared.window;
        }
        denial.all_reasons.add(id(rung.reason));
    }
    verify(!denial.all_reasons.empty());
    return denial;
}

/// What the config says, and where it is silent the catalogue. What is of no limit, or none of the
/// four, is never more than a no.
BreachActions settled(const BreachActions& given) noexcept {
    BreachActions actions;
    actions.fill(BreachAction::deny);
    for (const ReasonInfo& row : deny_reasons) {
        const auto number = static_cast<std::size_t>(row.reason);
        const BreachAction wanted = given[number] == BreachAction{} ? row.on_breach : given[number];
        if (row.scope != Scope{} && wanted <= BreachAction::kill) {
            actions[number] = wanted;
        }
    }
    return actions;
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

/// `scope` ends in "window_". A count that is not there is still one that memory is taken for.
WindowSet settled(WindowSet windows, std::string_view scope) noexcept {
    constexpr std::int64_t no_count = 4'095;
    for (WindowLimits& each : windows) {
        for (const LimitKey<WindowLimits>& key : window_keys) {
            std::int64_t& limit = each.*key.field;
            limit = std::clamp<std::int64_t>(limit, 0, key.ceiling);
            if (is_mutant(scope, key.key)) {
                limit = key.ceiling == window_count_max ? no_count : key.ceiling;
            }
        }
    }
    return windows;
}

/// All of one scope.
template <class Line, class Scope, std::size_t N>
void take(Line& line, const Scope& limits, const std::array<LimitKey<Scope>, N>& keys,
          std::string_view scope, std::string_view window_scope) {
    line.limits = limits;
    settle(line.limits, keys, scope);
    line.windows =
        ScopeWindows{settled(limits.windows, window_scope), line.limits.order_notional_micro_max};
}

}  // namespace

RiskGate::RiskGate(const GateConfig& config)
    : epoch_(config.epoch),
      limits_version_(config.limits.version),
      limits_hash_(risk::limits_hash(config.limits)),
      on_breach_(settled(config.limits.on_breach)),
      exposure_(config.baselines, config.risk_currency) {
    verify(config.epoch.value != 0);
    busy_.reserve(1 + venues_.size() + accounts_.size() + strategies_.size() + instruments_.size());
    take(firm_, config.limits.firm, firm_keys, "firm.", "firm.window_");
    firm_.gross_max = Weight{firm_.limits.gross_exposure_micro_max} * weight_per_micro;
    for (std::size_t i = 0; i < engine::capacity::venues; ++i) {
        take(venues_[i], config.limits.venue[i], venue_keys, "venue.", "venue.window_");
    }
    for (std::size_t i = 0; i < engine::capacity::accounts; ++i) {
        take(accounts_[i], config.limits.account[i], account_keys, "account.", "account.window_");
    }
    for (std::size_t i = 0; i < engine::capacity::strategies; ++i) {
        StrategyLine& line = strategies_[i];
        take(line, config.limits.strategy[i], strategy_keys, "strategy.", "strategy.window_");
        if (is_mutant("strategy.", "instruments")) {
            line.limits.instruments = engine::InstrumentSet::all();
        }
        line.known = true;
    }
    for (InstrumentLine& line : instruments_) {
        line.name_asset_lines();
    }
    credentials_.back().standing = engine::CredentialState::suspended;
    for (std::size_t i = 0; i < engine::capacity::instruments; ++i) {
        take(instruments_[i], config.limits.instrument[i], instrument_keys, "instrument.",
             "instrument.window_");
        instruments_[i].order_weight_kill_max =
            Weight{instruments_[i].limits.order_notional_kill_micro_max} * weight_per_micro;
    }
}

template <class T>
[[gnu::always_inline]] inline Verdict<T> RiskGate::decide(const T& request,
                                                          const NewOrderSingle& order,
                                                          ReplaceMode mode, ClOrdId orig,
                                                          const ReviewContext& context) noexcept {
    // Release zeroes every local before it is set (a hardening flag). These are all set at once,
    // and zeroed they would live in memory: a quarter of the whole review.
    __attribute__((uninitialized)) const Facts facts = gather(*this, order, mode, orig, context);
    if (!facts.roomy) [[unlikely]] {
        catch_up(order, context);  // from here on the windows themselves answer
    }
    if (passes(facts, Ladder{})) [[likely]] {
        commit(facts);
        return Verdict<T>{ApprovalKey{}, request, stamp(facts)};
    }
    const Denial denial = deny(*this, order, mode, orig, context);
    const auto reason = static_cast<DenyReason>(denial.reason);
    const Culprit culprit{order.strategy, order.instrument, context.account, context.credential};
    escalate(reason, denial.limit, denial.value, culprit);
    count_denial(reason, culprit, context.now);
    return Verdict<T>{denial};
}

/// What follows. Of a denial the first reason alone: what is checked behind it may rest on facts
/// that it says are not there.
[[gnu::noinline, gnu::cold]] void RiskGate::escalate(DenyReason reason, std::int64_t limit,
                                                     std::int64_t value,
                                                     const Culprit& culprit) noexcept {
    const auto number = static_cast<std::uint16_t>(reason);
    const BreachAction action = on_breach_[number];
    if (action == BreachAction::deny || is_mutant("mechanism.", "escalate")) {
        return;
    }
    const bool strategy_alone =
        action == BreachAction::halt && culprit.strategy != engine::no_strategy;
    const Scope scope = strategy_alone ? Scope::strategy : info(reason).scope;
    trip({.limit = limit,
          .value = value,
          .reason = number,
          .index = index_in(scope, culprit),
          .scope = scope,
          .action = action});
}

/// A strategy that runs into its limits again and again has lost its way. What is no limit of its
/// own doing (a switch, a session, a book) does not count, nor does this limit itself.
[[gnu::noinline, gnu::cold]] void RiskGate::count_denial(DenyReason reason, const Culprit& culprit,
                                                         engine::MonoNs now) noexcept {
    StrategyLine& line =
        strategies_[std::min<std::size_t>(culprit.strategy.value, engine::capacity::strategies)];
    if (!line.known || info(reason).scope == Scope{} || reason == DenyReason::denials ||
        is_mutant("mechanism.", "count_denial")) {
        return;
    }
    if (line.denials.note(line.denial_times, line.limits.denials_1s_max,
                          StrategyLine::denials_span_ns, now)) {
        escalate(DenyReason::denials, line.limits.denials_1s_max,
                 line.denials.in_window(line.denial_times, StrategyLine::denials_span_ns, now),
                 culprit);
    }
}

/// Off the rooms of its scopes at once; into their logs when the requests are on their way.
[[gnu::always_inline]] inline void RiskGate::count_message(const Facts& facts) noexcept {
    const NewOrderSingle& order = facts.order;
    const Added added = facts.added();
    const Lanes lanes = added.lanes(facts.context.now);
    firm_.windows.spend(lanes);
    venues_.data()[facts.instrument.filters.venue.value].windows.spend(lanes);
    accounts_.data()[facts.context.account.value].windows.spend(lanes);
    strategies_.data()[order.strategy.value].windows.spend(lanes);
    instruments_.data()[order.instrument.value].windows.spend(lanes);
    PastEntry& entry = approved_.data()[approved_count_];
    entry.at = facts.context.now;
    entry.weight = added.weight;
    entry.orders = added.orders;
    entry.instrument = order.instrument;
    entry.strategy = order.strategy;
    entry.venue = facts.instrument.filters.venue;
    entry.account = facts.context.account;
    if (++approved_count_ == approved_.size()) [[unlikely]] {
        settle_approved();
    }
}

/// Reserves and counts. An amend reserves nothing: what it asks for is part of what is held.
[[gnu::always_inline]] inline void RiskGate::commit(const Facts& facts) noexcept {
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
        count_message(facts);
    }
    if (!facts.is_amend() && !is_mutant("mechanism.", "note_order")) {
        const PairTable::Index pair =
            facts.pair > 1 ? facts.pair : pairs_.take(order.strategy, order.instrument, order.side);
        pairs_.note_order(pair, facts.price, facts.context.now);
    }
    if (facts.mode == ReplaceMode{} && !is_mutant("mechanism.", "note_key")) {
        held(strategies_[order.strategy.value].duplicates)
            .push(checks::key_of(facts), facts.context.now);
    }
}

/// Requires: the ladder has passed (so that the deadline does not overflow).
[[gnu::always_inline]] inline ApprovalStamp RiskGate::stamp(const Facts& facts) noexcept {
    verify(facts.context.agent.value < numbers_.size());
    engine::ApprovalNumber& number = numbers_[facts.context.agent.value];
    if (!is_mutant("mechanism.", "number") || number.value == 0) {
        ++number.value;
    }
    const std::uint32_t words = facts.firm.state.kill_word + facts.venue.state.kill_word +
                                facts.account.state.kill_word + facts.credential.state.kill_word +
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

}  // namespace portcullis::risk
