// Checks of what a strategy itself has done lately (checks.hpp has the ladder, and what a check
// is).
#pragma once

#include <algorithm>
#include <cstdint>

#include "risk/facts.hpp"

namespace portcullis::risk::checks {

/// There is a line for what this order leaves behind.
inline Compared pair_slots(const Facts& f) noexcept {
    return {f.pairs.has_room_for(f.pair), PairTable::pairs_max, PairTable::pairs_max + 1};
}
inline Compared denials(const Facts& f) noexcept {
    const StrategyLine& line = f.strategy;
    const std::int64_t limit = line.limits.denials_1s_max;
    if (limit > 0 && !line.denials.is_over(f.context.now)) [[likely]] {
        return {true, 0, 0};
    }
    return {
        false, limit,
        line.denials.in_window(line.denial_times, StrategyLine::denials_span_ns, f.context.now)};
}
inline Compared repeated_execution(const Facts& f) noexcept {
    const std::int64_t limit = f.instrument.limits.fills_side_10s_max;
    if (limit > 0 && !f.pairs.is_over(f.pair, f.context.now)) [[likely]] {
        return {true, 0, 0};
    }
    return {false, limit, f.pairs.fills_in_window(f.pair, f.context.now)};
}
// Whatever a better mark makes of them later: a breach has latched its halt when it came.
inline Compared loss_strategy(const Facts& f) noexcept {
    return at_most(f.strategy.loss.loss, f.strategy.limits.loss_day_micro_max);
}
inline Compared loss_firm(const Facts& f) noexcept {
    return at_most(f.firm.loss.loss, f.firm.limits.loss_day_micro_max);
}
inline Compared drawdown_strategy(const Facts& f) noexcept {
    return at_most(f.strategy.loss.drawdown, f.strategy.limits.drawdown_day_micro_max);
}
inline Compared drawdown_firm(const Facts& f) noexcept {
    return at_most(f.firm.loss.drawdown, f.firm.limits.drawdown_day_micro_max);
}
[[nodiscard]] inline OrderKey key_of(const Facts& f) noexcept {
    return {f.price, f.qty, f.order.instrument, f.is_buy()};
}
inline Compared duplicate_order(const Facts& f) noexcept {
    const std::int64_t limit = f.strategy.limits.duplicates_250ms_max;
    if (f.mode != engine::ReplaceMode{}) {
        return {limit > 0, limit, 0};
    }
    const DuplicateLog& log = f.strategy.duplicates;
    const std::int64_t equal = log.count(key_of(f), f.context.now) + 1;
    if (log.is_full(f.context.now)) [[unlikely]] {
        return {false, limit, std::max<std::int64_t>(equal, DuplicateLog::kept + 1)};
    }
    return at_most(equal, limit);
}
/// An amend keeps its price.
inline Compared price_drift(const Facts& f) noexcept {
    constexpr int128 bps_per_one = 10'000;
    const std::int64_t limit = f.instrument.limits.drift_bps_60s_max;
    const PriceRange own = f.pairs.range_at(f.pair, f.context.now);
    if (f.is_amend() || own.empty()) {
        return {limit > 0, limit, 0};
    }
    const int128 up = (int128{f.price.value} - own.low) * bps_per_one;
    const int128 down = (int128{own.high} - f.price.value) * bps_per_one;
    if (limit > 0 && up <= int128{limit} * own.low && down <= int128{limit} * own.high) [[likely]] {
        return {true, 0, 0};
    }
    return {false, limit,
            clamp64(std::max((up + own.low - 1) / own.low, (down + own.high - 1) / own.high))};
}

}  // namespace portcullis::risk::checks
