// Fair values: formulae against exact fractions, and the micro-price against chains whose fixed
// point is known.
#include "strategies/fair_value.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

NetTop top_of(std::int64_t bid, std::int64_t bid_qty, std::int64_t ask, std::int64_t ask_qty) {
    return {{PriceAtoms{bid}, QtyAtoms{bid_qty}}, {PriceAtoms{ask}, QtyAtoms{ask_qty}}};
}

constexpr PriceAtoms tick{atoms_per_unit};  // one quote unit

/// A top in ticks, with `imbalance` percent of the quantity on the bid.
NetTop ticks_of(std::int64_t bid, std::int64_t ask, std::int64_t imbalance) {
    return top_of(bid * tick.value, imbalance, ask * tick.value, 100 - imbalance);
}

TEST(FairValue, MidIsHalfWay) {
    EXPECT_EQ(mid(top_of(100 * atoms_per_unit, 1, 103 * atoms_per_unit, 999)), 101.5);
    EXPECT_EQ(mid(top_of(1, 1, 3, 1)), 2e-8);
}

// Python, decimal with 60 digits: (ask x bid_qty + bid x ask_qty) / (bid_qty + ask_qty).
TEST(FairValue, WeightedMidLeansToTheThinnerSide) {
    struct Row {
        NetTop top;
        double price;
    };
    const Row rows[]{
        {top_of(6'183'763'000'000, 378'826'000, 6'183'764'000'000, 154'698'000),
         6.18376371004490865744e+04},
        {top_of(10'000'000'000, 100'000'000, 10'100'000'000, 300'000'000), 100.25},
        {top_of(1'234, 50'000'000'000, 1'240, 70'000'000'000), 1.2365e-05},
        {top_of(10'000'000'000, 1, 20'000'000'000, 9'000'000'000'000'000),
         1.00000000000000014211e+02},
    };
    for (const Row& row : rows) {
        EXPECT_NEAR(weighted_mid(row.top), row.price, row.price * 4e-16);
    }
}

TEST(FairValueDeathTest, AOneSidedBookHasNone) {
    EXPECT_DEATH((void)mid(top_of(100, 0, 101, 5)), "");
    EXPECT_DEATH((void)weighted_mid(top_of(100, 5, 101, 0)), "");
    MicroPrice micro({100});
    EXPECT_DEATH((void)micro.update(top_of(100, 0, 101, 5), tick, MonoNs{}), "");
}

TEST(MicroPrice, IsTheMidUntilItHasLearned) {
    MicroPrice micro({100});
    EXPECT_EQ(micro.update(ticks_of(100, 102, 90), tick, MonoNs{1}), 101.0);
    EXPECT_EQ(micro.update(ticks_of(100, 102, 10), tick, MonoNs{2}), 101.0);
}

TEST(MicroPrice, LearnsEachMoveByTheStatedStep) {
    MicroPrice micro({100});
    (void)micro.update(ticks_of(100, 102, 95), tick, MonoNs{1});
    // The mid rises by one from a bid-heavy state into a balanced one: 1/10 of it is learned.
    (void)micro.update(ticks_of(101, 103, 55), tick, MonoNs{2});
    EXPECT_EQ(micro.adjustment_ticks(9, 1), 0.1);
    EXPECT_EQ(micro.adjustment_ticks(0, 1), -0.1);  // mirrored
    EXPECT_EQ(micro.adjustment_ticks(5, 1), 0.0);
    // From the balanced state by two more into the bid-heavy one: (2 + 0.1) / 10.
    (void)micro.update(ticks_of(103, 105, 95), tick, MonoNs{3});
    EXPECT_EQ(micro.adjustment_ticks(5, 1), 0.21000000000000002);
    // The bid-heavy state a second time, down by one into an ask-heavy one (-0.1): a step of 1/11.
    const double price = micro.update(ticks_of(102, 104, 5), tick, MonoNs{4});
    EXPECT_NEAR(micro.adjustment_ticks(9, 1), 0.1 + (-1.0 - 0.1 - 0.1) / 11.0, 1e-16);
    EXPECT_NEAR(price, 103.0 - micro.adjustment_ticks(9, 1), 1e-14);
}

TEST(MicroPrice, EveryStateSinceTheLastMoveLearnsFromTheNext) {
    MicroPrice micro({100});
    (void)micro.update(ticks_of(100, 102, 95), tick, MonoNs{1});
    (void)micro.update(ticks_of(100, 102, 5), tick, MonoNs{2});
    (void)micro.update(ticks_of(100, 102, 75), tick, MonoNs{3});
    (void)micro.update(ticks_of(101, 103, 55), tick, MonoNs{4});
    EXPECT_EQ(micro.adjustment_ticks(7, 1), 0.1);
    // Seen as itself and as its mirror image: what is good for one is bad for the other.
    EXPECT_EQ(micro.adjustment_ticks(9, 1), 0.0);
}

// Two states, bid-heavy and ask-heavy. From the bid-heavy one the mid rises with probability 0.8;
// after a rise the book is bid-heavy with probability r, after a fall ask-heavy with r. So
// G = 0.6 + (0.8 - 0.2)(2 r - 1) G: for r = 1/2 Stoikov's first term 0.6 alone, for r = 0.7 the
// whole series, 0.6 / (1 - 0.24) = 0.789, for r = 0.3 0.6 / 1.24 = 0.484.
TEST(MicroPrice, FindsTheFixedPointOfChainsThatAreKnown) {
    struct Row {
        int bid_heavy_after_rise_percent;
        double adjustment;
    };
    for (const Row& row : {Row{50, 0.6}, Row{70, 0.6 / 0.76}, Row{30, 0.6 / 1.24}}) {
        std::mt19937_64 chance(7);
        MicroPrice micro({5'000});
        std::int64_t bid = 10'000;
        bool bid_heavy = true;
        for (std::int64_t i = 0; i < 100'000; ++i) {
            (void)micro.update(ticks_of(bid, bid + 3, bid_heavy ? 75 : 25), tick, MonoNs{i});
            const bool expected_way = chance() % 100 < 80;
            const bool rises = expected_way == bid_heavy;
            const bool follows =
                static_cast<int>(chance() % 100) < row.bid_heavy_after_rise_percent;
            bid += rises ? 1 : -1;
            bid_heavy = follows == rises;
        }
        EXPECT_NEAR(micro.adjustment_ticks(7, 2), row.adjustment, 0.03);
        EXPECT_EQ(micro.adjustment_ticks(2, 2), -micro.adjustment_ticks(7, 2));
    }
}

TEST(MicroPrice, OfTheMirroredMarketIsMirrored) {
    std::mt19937_64 chance(11);
    MicroPrice micro({200});
    MicroPrice mirror({200});
    std::int64_t middle = 0;
    for (std::int64_t i = 0; i < 20'000; ++i) {
        middle += static_cast<std::int64_t>(chance() % 5) - 2;
        const auto width = static_cast<std::int64_t>(chance() % 6 + 1);
        // Off the borders of the buckets, which belong to one side of them.
        const auto share = static_cast<std::int64_t>(chance() % 10) * 10 + 5;
        const double price = micro.update(
            ticks_of(5'000 + middle - width, 5'000 + middle + width, share), tick, MonoNs{i});
        const double mirrored = mirror.update(
            ticks_of(5'000 - middle - width, 5'000 - middle + width, 100 - share), tick, MonoNs{i});
        ASSERT_NEAR(price - 5'000.0, 5'000.0 - mirrored, 1e-9);
        ASSERT_GE(price, static_cast<double>(5'000 + middle - width));
        ASSERT_LE(price, static_cast<double>(5'000 + middle + width));
    }
}

TEST(MicroPrice, AHoleInTheDataIsNotAMove) {
    MicroPrice micro({100});
    (void)micro.update(ticks_of(100, 102, 95), tick, MonoNs{0});
    (void)micro.update(ticks_of(150, 152, 55), tick, MonoNs{1'000'000'001});
    EXPECT_EQ(micro.adjustment_ticks(9, 1), 0.0);
    (void)micro.update(ticks_of(151, 153, 55), tick, MonoNs{2'000'000'001});
    EXPECT_EQ(micro.adjustment_ticks(9, 1), 0.0);  // forgotten, not merely late
    EXPECT_EQ(micro.adjustment_ticks(5, 1), 0.1);
}

TEST(MicroPrice, ItsMemoryBoundsTheStep) {
    MicroPrice micro({10});
    std::int64_t bid = 1'000;
    for (std::int64_t i = 0; i < 1'000; ++i) {
        (void)micro.update(ticks_of(bid, bid + 2, 95), tick, MonoNs{i});
        ++bid;
    }
    const double before = micro.adjustment_ticks(9, 1);
    (void)micro.update(ticks_of(bid - 100, bid - 98, 55), tick, MonoNs{1'000});
    EXPECT_NEAR(micro.adjustment_ticks(9, 1), before + (-99.0 - before) / 20.0, 1e-9);
}

TEST(MicroPrice, TheExtremesFallIntoTheOuterBuckets) {
    MicroPrice micro({100});
    constexpr std::int64_t all = std::int64_t{9'000'000'000'000'000'000};
    EXPECT_EQ(micro.update(top_of(tick.value, all, 2 * tick.value, 1), tick, MonoNs{1}), 1.5);
    EXPECT_EQ(micro.update(top_of(tick.value, 1, 2 * tick.value, all), tick, MonoNs{2}), 1.5);
    // Off-tick levels closer than a tick, and a spread wider than any bucket.
    EXPECT_NEAR(micro.update(top_of(150'000'000, 1, 150'000'002, 1), tick, MonoNs{3}), 1.50000001,
                1e-12);
    EXPECT_GT(micro.update(top_of(1, 1, all, 1), tick, MonoNs{4}), 0.0);
}

}  // namespace
}  // namespace portcullis::strategies::tests
