// A new set of limits: staged row by row, taken in one step or not at all. See limit_changes.hpp.
#include <algorithm>
#include <utility>

#include "engine/types/fnv1a.hpp"
#include "risk/limit_changes.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::risk {

using engine::Scope;
using engine::TradingState;

namespace {

/// The asset's position, if everything that is open were filled on its worse side.
int128 worst_of(const AssetLine& line) noexcept {
    return std::max(line.position + line.incoming, line.reserved - line.position);
}

}  // namespace

void RiskGate::stage_limit(const engine::LimitChange& change) noexcept {
    if (staged_count_ < staged_.size()) {
        staged_[staged_count_] = change;
    }
    ++staged_count_;
}

LimitField RiskGate::line_limit(Scope scope, std::uint16_t index, std::uint64_t key) noexcept {
    switch (scope) {
        case Scope::firm:
            return index == 0 ? field_of(firm_keys, firm_.limits, key) : LimitField{};
        case Scope::venue:
            return index < engine::capacity::venues
                       ? field_of(venue_keys, venues_[index].limits, key)
                       : LimitField{};
        case Scope::instrument:
            return index < engine::capacity::instruments
                       ? field_of(instrument_keys, instruments_[index].limits, key)
                       : LimitField{};
        case Scope::strategy:
            return index < engine::capacity::strategies
                       ? field_of(strategy_keys, strategies_[index].limits, key)
                       : LimitField{};
        case Scope::account:
            return index < engine::capacity::accounts
                       ? field_of(account_keys, accounts_[index].limits, key)
                       : LimitField{};
        case Scope::credential:
        case Scope::withdrawals:
            break;
    }
    return {};
}

bool RiskGate::may_change_limit(const engine::LimitChange& row) noexcept {
    const LimitField field = line_limit(row.scope, row.index, row.key);
    return field.value != nullptr && changes_live(field.key) && row.value > 0 &&
           row.value <= field.ceiling;
}

// Swaps the line's value with the row's; twice is none, whatever the line had (an absent limit is
// zero). The products with constants follow. Requires: may_change_limit() once.
void RiskGate::swap_limit(engine::LimitChange& row) noexcept {
    const LimitField field = line_limit(row.scope, row.index, row.key);
    limits_hash_ -= limit_hash(row.scope, row.index, row.key, *field.value);
    std::swap(*field.value, row.value);
    limits_hash_ += limit_hash(row.scope, row.index, row.key, *field.value);
    firm_.gross_max = Weight{firm_.limits.gross_exposure_micro_max} * weight_per_micro;
}

void RiskGate::hash_limits(engine::StateHasher& hasher) const noexcept {
    if (limits_changed_ || staged_count_ != 0) {  // else they are what the configuration says
        hasher.add(limits_hash_);
        hasher.add(staged_count_);
    }
}

engine::LimitsOutcome RiskGate::take_limits(const engine::LimitsTake& take) noexcept {
    const std::size_t count = std::exchange(staged_count_, 0);
    engine::LimitsOutcome outcome;
    std::size_t done = 0;
    const bool whole =
        count == take.rows && count <= staged_.size() && take.version > limits_version_;
    while (whole && done < count && may_change_limit(staged_[done])) {
        swap_limit(staged_[done++]);
    }
    if (!whole || done < count || limits_hash_ != take.hash) {
        while (done > 0) {  // backwards: a limit may be among them twice
            swap_limit(staged_[--done]);
        }
        outcome.hash = limits_hash_;
        return outcome;
    }
    limits_version_ = take.version;
    limits_changed_ = true;
    outcome.taken = true;
    outcome.hash = limits_hash_;
    outcome.reduce_firm =
        firm_.state.trading == TradingState::active && exposure_.gross() > firm_.gross_max;
    for (std::size_t i = 0; i < count; ++i) {
        const engine::LimitChange& row = staged_[i];
        if (row.scope != Scope::instrument || row.key != engine::fnv1a("position_atoms_max")) {
            continue;
        }
        const InstrumentLine& line = instruments_[row.index];
        if (line.state.trading == TradingState::active && line.defined &&
            worst_of(exposure_.asset(line.filters.base)) > line.limits.position_atoms_max) {
            outcome.reduce.add(engine::InstrumentId{row.index});
        }
    }
    return outcome;
}

}  // namespace portcullis::risk
