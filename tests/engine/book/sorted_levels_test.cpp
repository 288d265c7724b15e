// The sorted blocks beside a naive twin in std::map: random commands on few and many levels, and
// the patterns that leave most blocks half empty, so that blocks would run out first.
#include "engine/book/sorted_levels.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

namespace portcullis::engine {
namespace {

template <Side side>
class BlockTwins {
public:
    using Order = std::conditional_t<side == Side::buy, std::greater<>, std::less<>>;

    BlockTwins(std::uint64_t seed, std::size_t levels_max)
        : levels(levels_max), levels_max_(levels_max), random_(seed) {}

    void set(std::int64_t price, std::int64_t qty) {
        const bool room = qty == 0 || truth.contains(price) || truth.size() < levels_max_;
        ASSERT_EQ(levels.set({PriceAtoms{price}, QtyAtoms{qty}}), room);
        if (qty == 0) {
            truth.erase(price);
        } else if (room) {
            truth[price] = qty;
        }
        ASSERT_EQ(levels.size(), truth.size());
        ASSERT_EQ(levels.best_price(),
                  truth.empty() ? worst_of_all : PriceAtoms{truth.begin()->first});
    }
    void snapshot(std::uint64_t count) {
        levels.clear();
        truth.clear();
        while (truth.size() < std::min<std::size_t>(count, levels_max_)) {
            const std::int64_t price = 1 + below(1 << 20);
            if (truth.emplace(price, 1 + below(1000)).second) {
                ASSERT_TRUE(levels.append({PriceAtoms{price}, QtyAtoms{truth[price]}}));
            }
        }
        ASSERT_TRUE(levels.end_snapshot(false));
    }
    /// Takes about one of `taken` levels between two prices, both included.
    void take(std::int64_t low, std::int64_t high, std::uint64_t taken) {
        std::vector<BookLevel> shown;
        const auto takes = [&](const BookLevel& level) {
            shown.push_back(level);
            return static_cast<std::uint64_t>(level.qty.value) % taken == 0;
        };
        const bool buy = side == Side::buy;
        const std::size_t count =
            levels.take_if(PriceAtoms{buy ? low : high}, PriceAtoms{buy ? high : low}, takes);
        ASSERT_EQ(count, shown.size());
        for (auto each = truth.begin(); each != truth.end();) {
            if (each->first < low || each->first > high) {
                ++each;
                continue;
            }
            ASSERT_FALSE(shown.empty());  // best first here, worst first there
            ASSERT_EQ(shown.back(), (BookLevel{PriceAtoms{each->first}, QtyAtoms{each->second}}));
            shown.pop_back();
            const bool gone = static_cast<std::uint64_t>(each->second) % taken == 0;
            each = gone ? truth.erase(each) : std::next(each);
        }
        ASSERT_TRUE(shown.empty());
    }
    void expect_equal() {
        ASSERT_TRUE(levels.self_check());
        typename SortedLevels<side>::Walker walker(levels);
        for (const auto& [price, qty] : truth) {
            ASSERT_NE(walker.level(), nullptr);
            ASSERT_EQ(*walker.level(), (BookLevel{PriceAtoms{price}, QtyAtoms{qty}}));
            ASSERT_EQ(walker.price().value, price);
            walker.advance();
        }
        ASSERT_EQ(walker.level(), nullptr);
        ASSERT_EQ(walker.price(), worst_of_all);
        const std::int64_t any = 1 + below(1 << 20);
        const auto there = truth.find(any);
        ASSERT_EQ(levels.qty_at(PriceAtoms{any}).value, there == truth.end() ? 0 : there->second);
        if (!truth.empty()) {
            ASSERT_EQ(levels.qty_at(PriceAtoms{truth.begin()->first}).value, truth.begin()->second);
        }
    }
    std::int64_t below(std::uint64_t bound) { return static_cast<std::int64_t>(random_() % bound); }

    static constexpr PriceAtoms worst_of_all{side == Side::buy
                                                 ? std::numeric_limits<std::int64_t>::min()
                                                 : std::numeric_limits<std::int64_t>::max()};
    SortedLevels<side> levels;
    std::map<std::int64_t, std::int64_t, Order> truth;

private:
    std::size_t levels_max_;
    std::mt19937_64 random_;
};

template <Side side>
void run_random(std::uint64_t seed, std::size_t levels_max) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << " levels_max " << levels_max);
    BlockTwins<side> twins(seed, levels_max);
    for (int round = 0; round < 300 && !testing::Test::HasFatalFailure(); ++round) {
        if (round % 50 == 0) {
            twins.snapshot(static_cast<std::uint64_t>(twins.below(levels_max + 1)));
        }
        // Narrow ranges of prices fill and empty single blocks; rounds grow, and rounds shrink.
        const std::uint64_t range = std::uint64_t{1} << (4 + twins.below(17));
        const std::int64_t begin = 1 + twins.below((std::uint64_t{1} << 20) - range + 1);
        const std::int64_t removed = 1 + twins.below(9);
        for (int i = 0; i < 60; ++i) {
            const std::int64_t price = begin + twins.below(range);
            twins.set(price, twins.below(10) < removed ? 0 : 1 + twins.below(1000));
        }
        if (round % 3 == 0) {
            const auto width = static_cast<std::int64_t>(range / 2);
            twins.take(begin, begin + width, static_cast<std::uint64_t>(1 + twins.below(3)));
        }
        twins.expect_equal();
    }
}

TEST(SortedLevels, EqualANaiveSideAfterRandomCommands) {
    for (const std::size_t levels_max : {1U, 2U, 31U, 64U, 500U, 5'000U}) {
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            run_random<Side::buy>(2 * seed, levels_max);
            run_random<Side::sell>(2 * seed + 1, levels_max);
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

/// Prices come rising, falling or shuffled; then all but each n-th go, and others come between.
template <Side side>
void run_sparse(int pattern) {
    constexpr std::size_t levels_max = 4096;
    BlockTwins<side> twins(static_cast<std::uint64_t>(pattern), levels_max);
    for (std::int64_t keep = 2; keep < 40; keep += 3) {
        SCOPED_TRACE(testing::Message() << "pattern " << pattern << " keep " << keep);
        for (std::int64_t i = 0; twins.truth.size() < levels_max; ++i) {
            const std::int64_t price = pattern == 0   ? 1 + 64 * i + keep
                                       : pattern == 1 ? (1 << 20) - 64 * i - keep
                                                      : 1 + twins.below(1 << 20);
            twins.set(price, 1 + i % 7);
        }
        twins.set(1 << 21, 1);  // refused
        ASSERT_TRUE(twins.levels.self_check());
        std::vector<std::int64_t> prices;
        for (const auto& [price, qty] : twins.truth) {
            prices.push_back(price);
        }
        for (std::size_t i = 0; i < prices.size(); ++i) {
            if (i % static_cast<std::size_t>(keep) != 0) {
                twins.set(prices[i], 0);
            }
        }
        twins.expect_equal();
    }
}

TEST(SortedLevels, FindABlockForEachLevelThereIsRoomForHoweverTheyCameAndWent) {
    for (const int pattern : {0, 1, 2}) {
        run_sparse<Side::buy>(pattern);
        run_sparse<Side::sell>(pattern);
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

TEST(SortedLevels, RefuseASnapshotInWhichAPriceComesTwice) {
    SortedLevels<Side::buy> levels(100);
    for (const std::int64_t price : {5, 7, 3, 7}) {
        ASSERT_TRUE(levels.append({PriceAtoms{price}, QtyAtoms{1}}));
    }
    EXPECT_FALSE(levels.end_snapshot(false));
    levels.clear();
    for (std::int64_t price = 1; price <= 100; ++price) {
        ASSERT_TRUE(levels.append({PriceAtoms{price}, QtyAtoms{1}}));
    }
    ASSERT_TRUE(levels.append({PriceAtoms{101}, QtyAtoms{0}})) << "an empty one is nothing";
    ASSERT_FALSE(levels.append({PriceAtoms{101}, QtyAtoms{1}})) << "no room";
    EXPECT_TRUE(levels.end_snapshot(true));
    EXPECT_EQ(levels.edge().value, 1);
    EXPECT_TRUE(levels.self_check());
}

}  // namespace
}  // namespace portcullis::engine
