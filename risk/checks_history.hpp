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
[[gnu::always_inline]] inline Compared duplicate_order(const Facts& f) noexcept {
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
[[gnu::always_inline]] inline Compared price_drift(const Facts& f) noexcept {
    using engine::uint128;
    constexpr std::uint64_t bps_per_one = 10'000;
    const std::int64_t limit = f.instrument.limits.drift_bps_60s_max;
    const PriceRange own = f.pairs.range_at(f.pair, f.context.now);
    if (f.is_amend() || own.empty()) {
        return {limit > 0, limit, 0};
    }
    // Differences of prices, of which own ones are positive: each is below 2^64.
    const auto low = static_cast<std::uint64_t>(own.low);
    const auto high = static_cast<std::uint64_t>(own.high);
    const auto price = static_cast<std::uint64_t>(f.price.value);
    const uint128 up = uint128{f.price.value > own.low ? price - low : 0} * bps_per_one;
    const uint128 down = uint128{f.price.value < own.high ? high - price : 0} * bps_per_one;
    const auto allowed = static_cast<std::uint64_t>(limit);
    if (limit > 0 && up <= uint128{allowed} * low && down <= uint128{allowed} * high) [[likely]] {
        return {true, 0, 0};
    }
    return {false, limit,
            clamp64(static_cast<int128>(std::max((up + low - 1) / low, (down + high - 1) / high)))};
}

}  // namespace portcullis::risk::checks
