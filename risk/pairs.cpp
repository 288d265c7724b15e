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

/// Of the seconds in (now - 61, last]: what is kept of others is older.
PriceRange PairTable::range_of(const Seconds& seconds, std::int64_t last,
                               std::int64_t now) const noexcept {
    PriceRange range;
    for (std::int64_t second = std::max<std::int64_t>(now - drift_seconds, 0); second <= last;
         ++second) {
        range.add(seconds[static_cast<std::size_t>(second) % kept_seconds]);
    }
    return range;
}

PriceRange PairTable::older_range_at(Index index, engine::MonoNs now) const noexcept {
    return range_of(seconds_[index], line(index).second, second_of(now));
}

void PairTable::note_order(engine::StrategyId strategy, engine::InstrumentId instrument,
                           engine::Side side, engine::PriceAtoms price,
                           engine::MonoNs now) noexcept {
    const Index index = take(strategy, instrument, side);
    engine::verify(index > 1);
    PairLine& mine = lines_[index];
    Seconds& seconds = seconds_[index];
    const std::int64_t second = std::max(second_of(now), mine.second);
    if (second != mine.second) [[unlikely]] {
        const auto passed = std::min<std::int64_t>(second - mine.second, kept_seconds);
        for (std::int64_t i = 0; i < passed; ++i) {
            seconds[static_cast<std::size_t>(second - i) % kept_seconds] = {};
        }
        mine.second = second;
        mine.range = range_of(seconds, second, second);
    }
    const PriceRange added{price.value, price.value};
    seconds[static_cast<std::size_t>(second) % kept_seconds].add(added);
    mine.range.add(added);
}

void PairTable::note_fill(engine::StrategyId strategy, engine::InstrumentId instrument,
                          engine::Side side, std::int64_t fills_max, engine::MonoNs now) noexcept {
    if (!exists(strategy, instrument)) {
        return;
    }
    const Index index = take(strategy, instrument, side);
    if (index <= 1) {
        return;
    }
    lines_[index].fills.note(fills_[index], fills_max, fills_span_ns, now);
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
