// What is measured is sane, and what is counted from it is right. How fast the machine is, no test
// asks.
#include "tools/portcullis/host/measure.hpp"

#include <gmock/gmock.h>

#include "tools/portcullis/cpus.hpp"

namespace portcullis::tools {
namespace {

TEST(HostMeasure, ASpreadIsTheMedianTheTailAndTheMost) {
    std::vector<std::int64_t> samples;
    for (std::int64_t i = 100; i > 0; --i) {
        samples.push_back(i);
    }
    const Spread spread = spread_of(samples);
    EXPECT_EQ(spread.best, 1);
    EXPECT_EQ(spread.p50, 51);
    EXPECT_EQ(spread.p99, 100);
    EXPECT_EQ(spread.max, 100);
    EXPECT_EQ(spread.count, 100U);
    EXPECT_EQ(spread_of({7}).p99, 7);
    EXPECT_EQ(spread_of({}).count, 0U);
}

TEST(HostMeasure, AGapCountsFromItsEdgeOnAndTheShortOnesAreNone) {
    Gaps gaps;
    for (const std::int64_t ns : {40L, 9'999L, 10'000L, 19'999L, 20'000L, 100'000L, 50'000'000L}) {
        gaps.add(ns);
    }
    EXPECT_THAT(gaps.counts, testing::ElementsAre(2, 1, 0, 1, 0, 1));
    EXPECT_EQ(gaps.total(), 5U);
    EXPECT_EQ(gaps.largest_ns, 50'000'000);
    EXPECT_EQ(gaps.lost_ns, 50'149'999);
    gaps = {};
    gaps.add(9'999);
    EXPECT_EQ(gaps.largest_ns, 9'999);
    EXPECT_EQ(gaps.lost_ns, 0);
}

TEST(HostMeasure, AThreadSpinsForAsLongAsAskedWhereItWasAsked) {
    const CpuSet cpus = cpus_inherited();
    ASSERT_FALSE(cpus.empty());
    const Gaps gaps = measure_gaps(cpus.back(), 20'000'000);
    EXPECT_EQ(gaps.cpu, cpus.back());
    EXPECT_GE(gaps.spun_ns, 20'000'000);
    EXPECT_LE(gaps.lost_ns, gaps.spun_ns);
    EXPECT_GT(gaps.largest_ns, 0);
    EXPECT_EQ(measure_gaps(1'000'000 % 1024, 1'000).cpu, -1);  // no such processor: said so
    EXPECT_EQ(cpus_inherited(), cpus);
}

TEST(HostMeasure, CallsCostSomething) {
    const CallCosts costs = measure_calls();
    EXPECT_GT(costs.rdtsc_ns, 0);
    EXPECT_GT(costs.clock_ns, 0);
    EXPECT_GT(costs.clock_step_ns, 0);
    EXPECT_GT(costs.system_call_ns, 0);
}

TEST(HostMeasure, MemoryCostsSomething) {
    const auto memory = measure_memory();
    ASSERT_TRUE(memory.ok()) << memory.error();
    EXPECT_GT(memory.value().first_touch_ns, 0);
    EXPECT_GT(memory.value().touched_ns, 0);
    EXPECT_GT(memory.value().walk_small_ns, 0);
    EXPECT_GT(memory.value().walk_huge_ns, 0);
}

TEST(HostMeasure, ANapIsNeverShorterThanAskedFor) {
    const Naps naps = measure_naps();
    EXPECT_GE(naps.slack_least.p50, 5'000);
    EXPECT_GE(naps.slack_default.p50, 5'000);
    EXPECT_EQ(naps.slack_least.count, 300U);
}

TEST(HostMeasure, APairIsTwoDifferentProcessorsOrNone) {
    EXPECT_EQ(pair_of({4, 5, 6}, {0, 1})->far, 5);
    EXPECT_EQ(pair_of({4}, {0, 1})->near, 4);
    EXPECT_EQ(pair_of({4}, {0, 1})->far, 0);
    EXPECT_EQ(pair_of({1}, {1, 0})->far, 0);
    EXPECT_FALSE(pair_of({1}, {1}).has_value());
    EXPECT_FALSE(pair_of({}, {}).has_value());
}

TEST(HostMeasure, HandOversAndRoundTripsTakePositiveTime) {
    const CpuSet cpus = cpus_inherited();
    const auto pair = pair_of(cpus, {});
    if (!pair) {
        GTEST_SKIP() << "one processor: nothing passes between two";
    }
    const auto wake_ups = measure_wake_ups(*pair);
    const auto trips = measure_round_trips(*pair);
    EXPECT_EQ(cpus_inherited(), cpus);  // pinned for a while only
    ASSERT_TRUE(wake_ups.ok()) << wake_ups.error();
    EXPECT_GT(wake_ups.value().blocked.p50, 0);
    EXPECT_GT(wake_ups.value().spinning.p50, 0);
    EXPECT_GE(wake_ups.value().blocked.best, 0);
    ASSERT_TRUE(trips.ok()) << trips.error();
    EXPECT_GT(trips.value().blocked.p50, 0);
    EXPECT_GT(trips.value().spinning.p50, 0);
    if (trips.value().busy_poll) {
        EXPECT_GT(trips.value().busy_poll->best, 0);
    }
}

}  // namespace
}  // namespace portcullis::tools
