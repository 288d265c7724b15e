// What the core tells the gate, and what others read from it. No decision is taken here.
#include <algorithm>
#include <limits>

#include "engine/types/verify.hpp"
#include "risk/checks.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::risk {

using engine::InstrumentId;
using engine::Scope;
using engine::StrategyId;
using engine::TradingState;
using engine::verify;

namespace {

template <class Unit>
Unit or_largest(Unit bound) noexcept {
    return bound.value > 0 ? bound : Unit{std::numeric_limits<std::int64_t>::max()};
}

template <class Id>
bool within(Id id, std::size_t count) noexcept {
    return id.value < count;
}

}  // namespace

engine::Denial RiskGate::no_order_slot() const noexcept {
    return {.reason = static_cast<std::uint16_t>(DenyReason::order_slots),
            .all_reasons = bit(DenyReason::order_slots),
            .limit = engine::capacity::orders,
            .value = exposure_.open().firm + 1};
}

void RiskGate::prefetch(InstrumentId instrument_id, StrategyId strategy_id,
                        engine::OrderSlot slot) const noexcept {
    const InstrumentLine& line = instrument(instrument_id);
    const StrategyLine& mover = strategy(strategy_id);
    engine::prefetch(line);
    // Of the universe one word is asked for, and a fetch from memory that is not needed keeps the
    // needed ones waiting.
    if (within(instrument_id, engine::capacity::instruments)) {
        __builtin_prefetch(mover.limits.instruments.word_of(instrument_id));
    }
    if (within(strategy_id, engine::capacity::strategies)) {
        __builtin_prefetch(&exposure_.open().strategy.data()[strategy_id.value]);
    }
    engine::prefetch(mover.limits.orders_open_max);
    engine::prefetch(mover.state);
    engine::prefetch(mover.windows.room());
    engine::prefetch(mover.cancels);
    engine::prefetch(line.windows.room());
    engine::prefetch(venue(line.filters.venue).windows.room());
    engine::prefetch(accounts_.front().windows.room());  // most engines have the one
    engine::prefetch(firm_);
    engine::prefetch(firm_.windows.room());
    engine::prefetch(numbers_);
    mover.duplicates.prefetch();
    pairs_.prefetch(strategy_id, instrument_id);
    engine::prefetch(approved_.data()[approved_count_]);
    exposure_.prefetch(slot, instrument_id, line.filters.base, line.filters.quote);
}

void RiskGate::on_instrument(const engine::Instrument& given) noexcept {
    verify(within(given.id, engine::capacity::instruments));
    InstrumentLine& line = instruments_[given.id.value];
    engine::Instrument& filters = line.filters;
    filters = given;
    line.defined = given.defined() && within(given.venue, engine::capacity::venues) &&
                   within(given.base, engine::capacity::assets) &&
                   within(given.quote, engine::capacity::assets) && given.base != given.quote;
    line.name_asset_lines();
    // Zero disables a bound of the venue.
    filters.price_max = or_largest(given.price_max);
    filters.qty_max = or_largest(given.qty_max);
    const int128 open_end = std::numeric_limits<std::int64_t>::max();
    filters.notional_min.value = std::clamp<int128>(given.notional_min.value, 0, open_end);
    filters.notional_max.value =
        given.notional_max.value > 0 ? std::min(given.notional_max.value, open_end) : open_end;
    line.orders_filter = given.orders_max;
    line.product_min = filters.notional_min.value * engine::atoms_per_unit;
    line.product_max = filters.notional_max.value * engine::atoms_per_unit;
}

template <class Self>
auto RiskGate::scope_state(Self& self, Scope scope, std::uint16_t index) noexcept
    -> decltype(&self.firm_.state) {
    if (index >= kill_scope_size(scope)) {
        return nullptr;
    }
    switch (scope) {
        case Scope::firm:
            return &self.firm_.state;
        case Scope::venue:
            return &self.venues_[index].state;
        case Scope::strategy:
            return &self.strategies_[index].state;
        case Scope::instrument:
            return &self.instruments_[index].state;
        case Scope::account:
            return &self.accounts_[index].state;
        case Scope::credential:
            return &self.credentials_[index].state;
        case Scope::withdrawals:
            return nullptr;  // no order is in it
    }
    return nullptr;
}

void RiskGate::on_kill_word(Scope scope, std::uint16_t index, std::uint32_t word) noexcept {
    if (scope == Scope::withdrawals) {
        return;  // no order is in it
    }
    ScopeState* state = scope_state(*this, scope, index);
    verify(state != nullptr);
    state->kill_word = word;
}

void RiskGate::set_trading_state(Scope scope, std::uint16_t index, TradingState state,
                                 std::uint32_t cause) noexcept {
    ScopeState* found = scope_state(*this, scope, index);
    verify(found != nullptr);
    const bool halts = state != TradingState::active && state != TradingState::reduce_only;
    if (!halts || !engine::is_latched(found->cause) || engine::is_latched(cause)) {
        found->cause = state == TradingState::active ? 0 : cause;
    }
    // What is none of the three is taken for the strictest.
    found->trading = state >= TradingState::active && state <= TradingState::halted
                         ? state
                         : TradingState::halted;
}

std::uint32_t RiskGate::state_cause(Scope scope, std::uint16_t index) const noexcept {
    const ScopeState* state = scope_state(*this, scope, index);
    return state == nullptr ? 0 : state->cause;
}

void RiskGate::trip(const engine::GateTrip& trip) noexcept {
    ScopeState* state = scope_state(*this, trip.scope, trip.index);
    if (state == nullptr) {
        state = &firm_.state;  // of a scope that there is none of: nothing is left out
    }
    state->trading = TradingState::halted;
    state->cause = engine::control_cause | trip.reason;
    if (trips_.count < trips_.waiting.size()) {
        trips_.waiting[trips_.count++] = trip;
        return;
    }
    engine::GateTrip& last = trips_.waiting.back();
    last.scope = Scope::firm;
    last.index = 0;
    last.action = engine::BreachAction::kill;
    firm_.state.trading = TradingState::halted;
    firm_.state.cause = engine::control_cause | last.reason;
}

std::optional<engine::GateTrip> RiskGate::next_trip() noexcept {
    const engine::GateTrip first = trips_.waiting.front();
    std::copy(trips_.waiting.begin() + 1, trips_.waiting.begin() + trips_.count,
              trips_.waiting.begin());
    --trips_.count;
    return first;
}

TradingState RiskGate::trading_state(InstrumentId id, StrategyId strategy_id,
                                     engine::AccountId account_id,
                                     engine::CredentialId credential_id) const noexcept {
    const InstrumentLine& line = instrument(id);
    const StrategyLine& owner = strategy(strategy_id);
    if (!line.defined || !owner.known) {
        return TradingState::halted;
    }
    const VenueLine& at = venue(line.filters.venue);
    TradingState state = TradingState::active;
    for (const ScopeState* scope : {&firm_.state, &at.state, &account(account_id).state,
                                    &credential(credential_id).state, &owner.state, &line.state}) {
        state =
            std::max(state, is_killed(scope->kill_word) ? TradingState::halted : scope->trading);
    }
    return state;
}

void RiskGate::on_balance(engine::AssetId asset, engine::AmountAtoms amount) noexcept {
    exposure_.set_balance(asset, amount);
}

void RiskGate::on_mark(engine::AssetId asset, std::int64_t price_micro) noexcept {
    exposure_.set_mark(asset, price_micro);
}

std::uint16_t RiskGate::index_in(Scope scope, const Culprit& culprit) const noexcept {
    switch (scope) {
        case Scope::venue:
            return instrument(culprit.instrument).filters.venue.value;
        case Scope::strategy:
            return culprit.strategy.value;
        case Scope::instrument:
            return culprit.instrument.value;
        case Scope::account:
            return culprit.account.value;
        case Scope::credential:
            return culprit.credential.value;
        case Scope::firm:
        case Scope::withdrawals:
            break;
    }
    return 0;
}

void RiskGate::on_fill(engine::OrderSlot slot, const engine::GateFill& fill,
                       engine::MonoNs now) noexcept {
    exposure_.fill(slot, fill);
    const Reservation& of = exposure_.reservation(slot);
    count_fill(fill, of.quote, {.at = now, .strategy = of.strategy, .venue = of.venue});
    const std::int64_t limit = instrument(of.instrument).limits.fills_side_10s_max;
    take_loss(of.strategy, fill, of.base, of.quote);
    if (pairs_.note_fill(of.strategy, of.instrument, of.side, limit, now)) {
        const PairTable::Index pair = pairs_.find(of.strategy, of.instrument, of.side);
        escalate(DenyReason::repeated_execution, limit, pairs_.fills_in_window(pair, now),
                 {of.strategy, of.instrument, {}, {}});
    }
}

void RiskGate::on_stray_fill(const engine::GateFill& fill, engine::MonoNs now) noexcept {
    const InstrumentLine& line = instrument(fill.instrument);
    const engine::AssetId base = line.defined ? line.filters.base : engine::no_asset;
    const engine::AssetId quote = line.defined ? line.filters.quote : engine::no_asset;
    exposure_.move(fill, base, quote);
    take_loss(fill.strategy, fill, base, quote);
    count_fill(fill, quote,
               {.at = now,
                .strategy = fill.strategy,
                .venue = line.defined ? line.filters.venue : engine::VenueId{}});
}

// --- profit and loss

void RiskGate::take_loss(StrategyId strategy_id, const engine::GateFill& fill, engine::AssetId base,
                         engine::AssetId quote) noexcept {
    if (within(strategy_id, engine::capacity::strategies)) {
        losses_.take(strategy_id.value, fill, base, quote);
        reckon(strategy_id.value);
    }
    losses_.take(LossBook::firm, fill, base, quote);
    reckon(LossBook::firm);
}

void RiskGate::on_marked(engine::WallNs wall) noexcept {
    for (const LossBook::Row row : losses_.active()) {
        reckon(row);
    }
    const std::int64_t day = wall.value / day_ns;
    if (day > day_) {
        if (day_ != 0) {
            losses_.begin_day();
            for (const LossBook::Row row : losses_.active()) {
                reckon(row);
            }
        }
        day_ = day;
    }
}

/// The figure that goes beyond its limit trips, one that already was does not.
void RiskGate::reckon(LossBook::Row row) noexcept {
    const bool of_firm = row == LossBook::firm;
    LossFigures& mine = of_firm ? firm_.loss : strategies_[row].loss;
    const LossFigures before = mine;
    mine = losses_.value(row, [this](engine::AssetId asset) { return exposure_.line(asset).mark; })
               .value_or(before);
    const auto judge = [&](DenyReason reason, std::int64_t was, std::int64_t is,
                           std::int64_t limit) {
        if (is > limit && was <= limit) {
            escalate(reason, limit, is,
                     {of_firm ? engine::no_strategy : StrategyId{static_cast<std::uint8_t>(row)},
                      engine::no_instrument,
                      {},
                      {}});
        }
    };
    const std::int64_t loss_max =
        of_firm ? firm_.limits.loss_day_micro_max : strategies_[row].limits.loss_day_micro_max;
    const std::int64_t drawdown_max = of_firm ? firm_.limits.drawdown_day_micro_max
                                              : strategies_[row].limits.drawdown_day_micro_max;
    judge(of_firm ? DenyReason::loss_firm : DenyReason::loss_strategy, before.loss, mine.loss,
          loss_max);
    judge(of_firm ? DenyReason::drawdown_firm : DenyReason::drawdown_strategy, before.drawdown,
          mine.drawdown, drawdown_max);
}

void RiskGate::on_leaves(engine::OrderSlot slot, engine::QtyAtoms leaves) noexcept {
    exposure_.lower(slot, leaves);
}

void RiskGate::on_closed(engine::OrderSlot slot) noexcept {
    exposure_.release(slot);
}

void RiskGate::on_cancel(InstrumentId, StrategyId strategy_id, engine::MonoNs) noexcept {
    firm_.cancels += 1;
    if (within(strategy_id, engine::capacity::strategies)) {
        strategies_[strategy_id.value].cancels += 1;
    }
}

void RiskGate::restore_order(engine::OrderSlot slot, const engine::NewOrderSingle& order,
                             engine::PriceAtoms price, engine::QtyAtoms leaves) noexcept {
    const InstrumentLine& line = instrument(order.instrument);
    verify(line.defined);
    verify(strategy(order.strategy).known);
    const auto amount =
        engine::to_int64(engine::quote_amount(price, leaves, engine::Rounding::up).value);
    verify(amount.has_value());
    exposure_.reserve(slot, Reservation{
                                .cl_ord_id = order.cl_ord_id,
                                .price = price,
                                .leaves = leaves,
                                .amount = *amount,
                                .instrument = order.instrument,
                                .base = line.filters.base,
                                .quote = line.filters.quote,
                                .venue = line.filters.venue,
                                .strategy = order.strategy,
                                .side = order.side,
                            });
}

void RiskGate::restore_price(StrategyId strategy_id, InstrumentId instrument_id, engine::Side side,
                             engine::PriceAtoms price, engine::MonoNs at) noexcept {
    if (within(strategy_id, engine::capacity::strategies) &&
        within(instrument_id, engine::capacity::instruments) &&
        pairs_.has_room_for(pairs_.find(strategy_id, instrument_id, side)) && price.value > 0) {
        pairs_.note_order(pairs_.take(strategy_id, instrument_id, side), price, at);
    }
}

void RiskGate::restore_fill(StrategyId strategy_id, InstrumentId instrument_id, engine::Side side,
                            engine::MonoNs at) noexcept {
    pairs_.note_fill(strategy_id, instrument_id, side,
                     instrument(instrument_id).limits.fills_side_10s_max, at);
}

void RiskGate::restore_losses(const LossBook& losses, std::int64_t day) noexcept {
    losses_ = losses;
    day_ = day;
}

/// An order agent's credential that there is none of cannot be: the config gives each one of these.
engine::CredentialVerdict RiskGate::on_sighting(engine::CredentialId credential,
                                                const engine::Sighting& seen,
                                                engine::MonoNs now) noexcept {
    verify(within(credential, watches_.size()));
    CredentialWatch& watch = watches_[credential.value];
    const CredentialWatch::Finding finding = watch.on(seen, now);
    credentials_[credential.value].standing = watch.state();
    return {
        .signals = finding.judgement.signals,
        .cause = engine::control_cause | static_cast<std::uint32_t>(DenyReason::credential_state),
        .signal = static_cast<std::uint8_t>(finding.judgement.gravest),
        .response = finding.judgement.response,
        .state = watch.state(),
        .raised = finding.raised};
}

void RiskGate::re_enable(engine::CredentialId credential) noexcept {
    verify(within(credential, watches_.size()));
    watches_[credential.value].re_enable();
    credentials_[credential.value].standing = engine::CredentialState::active;
}

void RiskGate::restore_credential(engine::CredentialId credential, engine::CredentialState state,
                                  std::uint8_t signal) noexcept {
    verify(within(credential, watches_.size()));
    watches_[credential.value].restore(state, static_cast<Signal>(signal));
    credentials_[credential.value].standing = watches_[credential.value].state();
}

namespace {

void add(engine::StateHasher& hasher, const ScopeState& state) noexcept {
    hasher.add(state.kill_word);
    hasher.add(state.trading);
    hasher.add(state.cause);
}

}  // namespace

void RiskGate::hash(engine::StateHasher& hasher) const noexcept {
    hasher.add(epoch_);
    hasher.add(limits_version_);
    hash_limits(hasher);
    add(hasher, firm_.state);
    firm_.windows.hash(hasher);
    hasher.add(firm_.cancels);
    for (std::uint32_t i = 0; i < approved_count_; ++i) {
        const PastEntry& entry = approved_[i];
        hasher.add(entry.at);
        hasher.add(entry.weight);
        hasher.add(entry.orders);
        hasher.add(entry.instrument);
        hasher.add(entry.strategy);
        hasher.add(entry.account);
    }
    for (const engine::ApprovalNumber number : numbers_) {
        hasher.add(number);
    }
    for (const VenueLine& line : venues_) {
        add(hasher, line.state);
        line.windows.hash(hasher);
    }
    for (const AccountLine& line : accounts_) {
        add(hasher, line.state);
        line.windows.hash(hasher);
    }
    for (const CredentialLine& line : credentials_) {
        add(hasher, line.state);
    }
    for (std::size_t i = 0; i < watches_.size(); ++i) {
        if (!watches_[i].untouched()) {
            hasher.add(i);
            watches_[i].hash(hasher);
        }
    }
    for (std::size_t i = 0; i < strategies_.size(); ++i) {
        const StrategyLine& line = strategies_[i];
        if (line.state == ScopeState{} && line.cancels == 0 && line.windows.untouched() &&
            line.denials.count() == 0) {
            continue;  // nothing has happened to it
        }
        hasher.add(i);
        add(hasher, line.state);
        line.windows.hash(hasher);
        hasher.add(line.cancels);
        line.denials.hash(hasher);
        line.duplicates.hash(hasher);
    }
    for (std::size_t i = 0; i < instruments_.size(); ++i) {
        const InstrumentLine& line = instruments_[i];
        if (!line.defined && line.state == ScopeState{} && line.windows.untouched()) {
            continue;  // no instrument of ours
        }
        hasher.add(i);
        add(hasher, line.state);
        line.windows.hash(hasher);
        hasher.add(line.filters.version);
        hasher.add(line.filters.status);
        hasher.add(line.filters.tick);
        hasher.add(line.filters.lot);
        hasher.add(line.product_min);
        hasher.add(line.product_max);
    }
    losses_.hash(hasher);
    hasher.add(day_);
    pairs_.hash(hasher);
    exposure_.hash(hasher);
}

}  // namespace portcullis::risk
