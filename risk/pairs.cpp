// What moves with orders and fills (pairs.hpp).
#include "risk/pairs.hpp"

namespace portcullis::risk {

PairTable::Index PairTable::take(engine::StrategyId strategy, engine::InstrumentId instrument,
                                 engine::Side side) noexcept {
    std::uint16_t& number = numbers_[cell(strategy, instrument)];
    if (number == 0 && used_ < pairs_max) [[unlikely]] {
        number = static_cast<std::uint16_t>(++used_);
    }
    return of(number, side);
}

/// Of the seconds from `first` on, before `end`: no more than are kept.
PriceRange PairTable::range_of(const Seconds& seconds, std::int64_t first,
                               std::int64_t end) noexcept {
    PriceRange range;
    for (std::int64_t second = std::max<std::int64_t>(first, 0); second < end; ++second) {
        range.add(seconds[static_cast<std::size_t>(second) % kept_seconds]);
    }
    return range;
}

PriceRange PairTable::older_range_at(Index index, engine::MonoNs now) const noexcept {
    const PairLine& mine = line(index);
    const std::int64_t first = second_of(now) - drift_seconds;
    PriceRange range = range_of(seconds_[index], first, mine.second);
    if (mine.second >= first) {
        range.add(mine.current);
    }
    return range;
}

void PairTable::roll_to(Index index, std::int64_t second) noexcept {
    PairLine& mine = lines_[index];
    Seconds& seconds = seconds_[index];
    seconds[static_cast<std::size_t>(mine.second) % kept_seconds] = mine.current;
    const auto idle = std::min<std::int64_t>(second - mine.second - 1, kept_seconds);
    for (std::int64_t i = 1; i <= idle; ++i) {
        seconds[static_cast<std::size_t>(second - i) % kept_seconds] = {};
    }
    mine.current = {};
    mine.second = second;
    mine.range = range_of(seconds, second - drift_seconds, second);
}

bool PairTable::note_fill(engine::StrategyId strategy, engine::InstrumentId instrument,
                          engine::Side side, std::int64_t fills_max, engine::MonoNs now) noexcept {
    if (!exists(strategy, instrument)) {
        return false;
    }
    const Index index = take(strategy, instrument, side);
    if (index <= 1) {
        return false;
    }
    return lines_[index].fills.note(fills_[index], fills_max, fills_span_ns, now);
}

void PairTable::hash(engine::StateHasher& hasher) const noexcept {
    hasher.add(used_);
    for (std::size_t i = 2; i < 2 * (used_ + 1); ++i) {
        const PairLine& mine = lines_[i];
        hasher.add(mine.range.low);
        hasher.add(mine.range.high);
        hasher.add(mine.second);
        mine.fills.hash(hasher);
    }
}

}  // namespace portcullis::risk
