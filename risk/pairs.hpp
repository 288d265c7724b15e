// Pairs: what the gate remembers of one strategy in one instrument, side by side.
//
// How far the strategy's own prices have wandered (a staircase whose every step is within the
// collar), and how often it was filled (a quoter that is being picked off, a loop that buys with
// every event). Both are asked on each review, so what they compare is kept as a number: one cache
// line a side, taken from a pool as orders come, for most strategies trade few instruments.
//
// Writer and reader: the gate (core thread).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/prefetch.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"
#include "risk/limits.hpp"
#include "risk/repeats.hpp"

namespace portcullis::risk {

inline constexpr std::int64_t second_ns = 1'000'000'000;
inline constexpr std::int64_t drift_seconds = 60;
inline constexpr std::int64_t fills_span_ns = 10 * second_ns;

/// Lowest and highest price of own orders, in atoms. As it is made: none.
struct PriceRange {
    std::int64_t low{std::numeric_limits<std::int64_t>::max()};
    std::int64_t high{};

    [[nodiscard]] bool empty() const noexcept { return high == 0; }
    void add(const PriceRange& other) noexcept {
        low = std::min(low, other.low);
        high = std::max(high, other.high);
    }
};

/// One side of one pair.
struct alignas(64) PairLine {
    PriceRange range{};     ///< of `second` and the sixty before it
    std::int64_t second{};  ///< of the last order
    PriceRange current{};   ///< of `second` alone
    Repeats fills{};
};
static_assert(sizeof(PairLine) == engine::capacity::cache_line);

// Prices are kept as lowest and highest of each second, for the second of the order and the sixty
// before it: an order of sixty seconds ago always counts, one of sixty-one never. That is never
// milder than sixty seconds, and needs no log of orders. Fills are exact (repeats.hpp).
//
// Invariants: 1. time never goes back: what is "before" the last is taken as of the last; 2. memory
// is taken at construction.
class PairTable {
public:
    /// Pairs that have sent an order since the start.
    static constexpr std::size_t pairs_max = 4096;
    /// Of a side. Zero: of no pair that is known.
    using Index = std::uint32_t;

    PairTable()
        : numbers_(engine::capacity::strategies * engine::capacity::instruments),
          lines_(2 * (pairs_max + 1)),
          seconds_(lines_.size()),
          fills_(lines_.size()) {}

    /// What there is of this side, an empty line where nothing was sent yet or there is no such id.
    [[nodiscard]] Index find(engine::StrategyId strategy, engine::InstrumentId instrument,
                             engine::Side side) const noexcept {
        return exists(strategy, instrument) ? of(numbers_[cell(strategy, instrument)], side) : 0;
    }
    [[nodiscard]] const PairLine& line(Index index) const noexcept { return lines_.data()[index]; }
    /// Whether note_order() would find a line for it.
    [[nodiscard]] bool has_room_for(Index index) const noexcept {
        return index > 1 || used_ < pairs_max;
    }
    /// Of the orders that count at `now`.
    [[nodiscard]] PriceRange range_at(Index index, engine::MonoNs now) const noexcept {
        const PairLine& mine = line(index);
        return second_of(now) <= mine.second ? mine.range : older_range_at(index, now);
    }

    /// The side of a pair whose line is taken now, where it has none yet. Requires: both exist.
    [[nodiscard]] Index take(engine::StrategyId strategy, engine::InstrumentId instrument,
                             engine::Side side) noexcept;
    /// An order is approved. Requires: `index` is of take().
    [[gnu::always_inline]] void note_order(Index index, engine::PriceAtoms price,
                                           engine::MonoNs now) noexcept {
        engine::verify(index > 1);
        PairLine& mine = lines_.data()[index];
        const std::int64_t second = second_of(now);
        if (second > mine.second) [[unlikely]] {
            roll_to(index, second);
        }
        const PriceRange added{price.value, price.value};
        mine.current.add(added);
        mine.range.add(added);
    }
    /// One fill, of an order that note_order() has seen or of an earlier run. Where there is no
    /// room for the pair it is not remembered: nothing of the pair passes then. True where it is
    /// the first too many.
    /// True where this fill is the first too many.
    bool note_fill(engine::StrategyId strategy, engine::InstrumentId instrument, engine::Side side,
                   std::int64_t fills_max, engine::MonoNs now) noexcept;
    /// Whether more than `fills_max` (as given to note_fill) lie in the window that ends at `now`.
    [[nodiscard]] bool is_over(Index index, engine::MonoNs now) const noexcept {
        return line(index).fills.is_over(now);
    }
    /// In the window that ends at `now`, at most fills_ceiling + 1. Cold.
    [[nodiscard]] std::int64_t fills_in_window(Index index, engine::MonoNs now) const noexcept {
        return line(index).fills.in_window(fills_[index], fills_span_ns, now);
    }

    /// What the next review of it reads.
    void prefetch(engine::StrategyId strategy, engine::InstrumentId instrument) const noexcept {
        if (exists(strategy, instrument)) {
            const std::size_t number = numbers_[cell(strategy, instrument)];
            for (const std::size_t index : {2 * number, 2 * number + 1}) {
                const PairLine& side = lines_.data()[index];
                engine::prefetch(side);
            }
        }
    }
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    /// Everything that a later answer can depend on, but for the seconds and fills that the sums in
    /// the line stand for.
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    static constexpr std::size_t kept_fills = fills_ceiling + 1;
    static constexpr std::size_t kept_seconds = 64;
    static_assert(kept_seconds > drift_seconds);
    using Seconds = std::array<PriceRange, kept_seconds>;
    using Fills = std::array<std::int64_t, kept_fills>;

    [[nodiscard]] static bool exists(engine::StrategyId strategy,
                                     engine::InstrumentId instrument) noexcept {
        return strategy.value < engine::capacity::strategies &&
               instrument.value < engine::capacity::instruments;
    }
    [[nodiscard]] static std::size_t cell(engine::StrategyId strategy,
                                          engine::InstrumentId instrument) noexcept {
        return std::size_t{strategy.value} * engine::capacity::instruments + instrument.value;
    }
    [[nodiscard]] static Index of(std::size_t number, engine::Side side) noexcept {
        return static_cast<Index>(2 * number + (side == engine::Side::buy ? 1 : 0));
    }
    /// Whole seconds since the clock's zero; nothing is before it.
    [[nodiscard]] static std::int64_t second_of(engine::MonoNs now) noexcept {
        return std::max<std::int64_t>(now.value, 0) / second_ns;
    }
    [[nodiscard]] PriceRange older_range_at(Index index, engine::MonoNs now) const noexcept;
    [[nodiscard]] static PriceRange range_of(const Seconds& seconds, std::int64_t first,
                                             std::int64_t end) noexcept;
    /// `second` is later than that of the last order.
    void roll_to(Index index, std::int64_t second) noexcept;

    std::vector<std::uint16_t> numbers_;  ///< of the pair; zero: none yet
    std::vector<PairLine> lines_;         ///< two a pair; the first two stay empty
    std::vector<Seconds> seconds_;        ///< before that of the last order
    std::vector<Fills> fills_;
    std::size_t used_{};
};

}  // namespace portcullis::risk
