// What the gate remembers of a strategy, each beside the plainest thing that can answer: all of it
// in a deque. Few keys, bursts up to what is kept, and times that sit on the edges of the windows.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>

#include "risk/duplicate_log.hpp"
#include "risk/pairs.hpp"
#include "risk/repeats.hpp"

namespace portcullis::risk {
namespace {

using engine::InstrumentId;
using engine::MonoNs;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::Side;
using engine::StrategyId;

constexpr std::int64_t ms = 1'000'000;

class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}
    std::int64_t pick(std::int64_t count) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(count));
    }
    bool one_in(std::int64_t n) { return pick(n) == 0; }
    template <std::size_t N>
    std::int64_t among(const std::int64_t (&values)[N]) {
        return values[pick(N)];
    }

private:
    std::mt19937_64 random_;
};

TEST(HistoryTwin, DuplicatesAreThoseThatAPlainListFinds) {
    struct Sent {
        OrderKey key;
        std::int64_t at{};
    };
    for (const std::uint64_t seed : {1ULL, 0xbeefULL}) {
        Chance chance(seed);
        const auto log = std::make_unique<DuplicateLog>();
        std::deque<Sent> plain;
        std::int64_t now = 1'000 * ms;
        std::int64_t last = 0;
        std::int64_t full = 0;
        std::int64_t most = 0;
        std::int64_t burst = 0;
        for (int i = 0; i < 300'000; ++i) {
            if (burst-- <= 0) {
                burst = chance.pick(900);
                now += chance.among({250 * ms, 250 * ms - 1, 250 * ms + 1, 100 * ms, -50 * ms});
            }
            now += chance.one_in(3) ? chance.pick(2 * ms) : 0;
            const OrderKey key{PriceAtoms{1 + chance.pick(3)}, QtyAtoms{1 + chance.pick(3)},
                               InstrumentId{static_cast<std::uint16_t>(chance.pick(2))},
                               chance.one_in(2)};
            const std::int64_t at = std::max(now, last);
            while (!plain.empty() && plain.front().at + 250 * ms <= at) {
                plain.pop_front();
            }
            const auto equal = std::count_if(plain.begin(), plain.end(),
                                             [&](const Sent& each) { return each.key == key; });
            ASSERT_EQ(log->count(key, MonoNs{now}), equal) << "seed " << seed << ", step " << i;
            const bool no_room = plain.size() >= DuplicateLog::kept;
            ASSERT_EQ(log->is_full(MonoNs{now}), no_room) << "seed " << seed << ", step " << i;
            full += no_room ? 1 : 0;
            most = std::max<std::int64_t>(most, equal);
            if (!no_room) {
                log->push(key, MonoNs{now});
                last = at;
                plain.push_back({key, at});
            }
        }
        EXPECT_GT(full, 1'000);
        EXPECT_GT(most, 20);
    }
}

TEST(HistoryTwin, RangesAreThoseOfThePricesOfThisSecondAndTheSixtyBeforeIt) {
    struct Sent {
        std::int64_t second{};
        std::int64_t price{};
    };
    Chance chance(7);
    const auto pairs = std::make_unique<PairTable>();
    std::deque<Sent> plain;
    std::int64_t now = 5 * second_ns;
    std::int64_t empty = 0;
    for (int i = 0; i < 300'000; ++i) {
        now += chance.one_in(40)
                   ? chance.among({60 * second_ns, 61 * second_ns, 59 * second_ns, 64 * second_ns,
                                   63 * second_ns, 1'000 * second_ns, -3 * second_ns})
                   : chance.pick(second_ns / 2);
        const std::int64_t last = plain.empty() ? 0 : plain.back().second;
        const std::int64_t second = std::max(std::max<std::int64_t>(now, 0) / second_ns, last);
        const auto index = pairs->find(StrategyId{3}, InstrumentId{5}, Side::sell);
        PriceRange wanted;
        for (const Sent& each : plain) {
            if (each.second >= second - 60) {
                wanted.add({each.price, each.price});
            }
        }
        const PriceRange got = pairs->range_at(index, MonoNs{now});
        ASSERT_EQ(got.empty(), wanted.empty()) << i;
        if (!wanted.empty()) {
            ASSERT_EQ(got.low, wanted.low) << i;
            ASSERT_EQ(got.high, wanted.high) << i;
        }
        empty += wanted.empty() ? 1 : 0;
        if (chance.one_in(3)) {
            const std::int64_t price = 1'000 + chance.pick(1'000);
            pairs->note_order(pairs->take(StrategyId{3}, InstrumentId{5}, Side::sell),
                              PriceAtoms{price}, MonoNs{now});
            plain.push_back({second, price});
            while (plain.front().second < second - 70) {
                plain.pop_front();
            }
        }
    }
    EXPECT_GT(empty, 1'000);
    EXPECT_TRUE(pairs->range_at(pairs->find(StrategyId{3}, InstrumentId{5}, Side::buy), MonoNs{now})
                    .empty());
    EXPECT_EQ(pairs->used(), 1U);
}

TEST(HistoryTwin, TooOftenIsWhatCountingSays) {
    constexpr std::int64_t span = 10 * ms;
    for (const std::int64_t max : {0, 1, 3, 31}) {
        Chance chance(static_cast<std::uint64_t>(max) + 11);
        std::array<std::int64_t, 32> ring{};
        Repeats repeats;
        std::deque<std::int64_t> plain;
        std::int64_t now = 0;
        std::int64_t last = std::numeric_limits<std::int64_t>::min();
        std::int64_t over = 0;
        for (int i = 0; i < 100'000; ++i) {
            now += chance.one_in(12) ? chance.among({span / 4, span - 1, span, -1, span / 40})
                                     : chance.pick(span / 200);
            if (!chance.one_in(3)) {
                repeats.note(ring, max, span, MonoNs{now});
                last = std::max(last, now);
                plain.push_back(last);
                if (plain.size() > ring.size()) {
                    plain.pop_front();
                }
            }
            const auto young = std::count_if(
                plain.begin(), plain.end(), [now](std::int64_t each) { return now < each + span; });
            ASSERT_EQ(repeats.is_over(MonoNs{now}), young > max) << max << ", step " << i;
            ASSERT_EQ(repeats.in_window(ring, span, MonoNs{now}), young) << max << ", step " << i;
            over += young > max ? 1 : 0;
        }
        EXPECT_GT(over, 100) << max;
    }
}

}  // namespace
}  // namespace portcullis::risk
