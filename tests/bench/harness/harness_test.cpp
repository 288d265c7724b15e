// What the benches make of runs that are made up: which is told, and what --check says of it.
#include "bench/harness.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/turns.hpp"

namespace portcullis::bench {
namespace {

using Made = std::vector<std::vector<double>>;

Options checked(const std::string& only, bool quick = false) {
    Options options;
    options.quick = quick;
    options.only = only;
    options.margin = 1;
    return options;
}

/// A run of two hundred samples, in no order.
std::vector<double> run_of(double p50, double p99, double max) {
    std::vector<double> run(200, p50);
    run[1] = max;
    run[70] = p99;
    return run;
}

std::string said_by_check(const Bench& bench, bool expected) {
    testing::internal::CaptureStdout();
    const bool ok = bench.check();
    std::string said = testing::internal::GetCapturedStdout();
    EXPECT_EQ(ok, expected) << said;
    return said;
}

bool says(const std::string& said, const std::string& what) {
    return said.find(what) != std::string::npos;
}

void add_flat(Bench& bench, const std::string& name, double ns) {
    bench.add_in_ns(name, Made(5, std::vector<double>(100, ns)));
}

TEST(BenchRuns, BestAndMedianAreByTheMedianFirst) {
    Bench bench{Options{}};
    bench.add_in_ns("row", {run_of(50, 60, 61), run_of(10, 900, 901), run_of(40, 41, 42),
                            run_of(20, 800, 801), run_of(30, 700, 701)});
    const Row& row = bench.rows().at(0);
    EXPECT_EQ(row.best.p50, 10);
    EXPECT_EQ(row.best.p99, 900);
    EXPECT_EQ(row.best.max, 901);
    EXPECT_EQ(row.median.p50, 30);
    EXPECT_EQ(row.median.p99, 700);
    EXPECT_EQ(row.median.max, 701);
}

TEST(BenchRuns, OfEqualMediansTheTailDecides) {
    Made runs{run_of(30, 400, 401), run_of(30, 40, 95), run_of(30, 200, 201), run_of(30, 40, 90),
              run_of(30, 300, 301)};
    for (int turn = 0; turn < 5; ++turn) {  // in whatever order they came
        Bench bench{Options{}};
        bench.add_in_ns("row", runs);
        const Row& row = bench.rows().at(0);
        EXPECT_EQ(row.best.p99, 40);
        EXPECT_EQ(row.best.max, 90);
        EXPECT_EQ(row.median.p99, 200);
        EXPECT_EQ(row.median.max, 201);
        runs.push_back(runs.front());
        runs.erase(runs.begin());
    }
}

TEST(BenchRuns, TicksBecomeNsOfOneOperation) {
    Bench bench{Options{}};
    const std::uint64_t ticks = bench.empty_pair() + 6'400;
    bench.add("row", Runs{Ticks(10, ticks)}, 64);
    EXPECT_NEAR(bench.rows().at(0).median.p50, 100 * bench.ns_per_tick(), 1e-9);
}

TEST(BenchRuns, FiguresKnowWhichIsBetter) {
    Bench bench{Options{}};
    bench.figure("throughput.mixed", {3e6, 1e6, 5e6, 2e6}, "messages/s");
    bench.figure("wire_to_wire.per_tcp", {1.3, 1.1, 1.5, 1.2}, "times");
    EXPECT_EQ(bench.figures().at(0).best, 5e6);
    EXPECT_EQ(bench.figures().at(0).median, 2e6);  // of two in the middle the worse
    EXPECT_EQ(bench.figures().at(1).best, 1.1);
    EXPECT_EQ(bench.figures().at(1).median, 1.3);
}

TEST(BenchCheck, HoldsTheMedianRunsP50AndP99) {
    Bench good{checked("book.apply")};
    good.add_in_ns("book.apply", Made(5, run_of(15.4, 60.4, 5'000)));
    const std::string said = said_by_check(good, true);
    EXPECT_TRUE(says(said, "[ok] book.apply p50 of the median run in whole ns: 15.000")) << said;
    EXPECT_TRUE(says(said, "[ok] book.apply p99 of the median run in whole ns: 60.000")) << said;

    Bench bad{checked("book.apply")};
    bad.add_in_ns("book.apply", Made(5, run_of(15, 90, 91)));
    EXPECT_TRUE(says(said_by_check(bad, false),
                     "[FAILED] book.apply p99 of the median run in whole ns: 90.000, asked for at "
                     "most 60.000: 1.50 times that"));
}

TEST(BenchCheck, AWantedRowThatIsMissingFails) {
    Bench bench{checked("gate.review.")};
    add_flat(bench, "gate.review.hot", 30);
    add_flat(bench, "gate.review.cold", 400);
    const std::string said = said_by_check(bench, false);
    EXPECT_TRUE(says(said, "[ok] gate.review.cold p50")) << said;
    EXPECT_TRUE(says(said,
                     "[FAILED] gate.review.cold.prefetched p50 of the median run in whole "
                     "ns: not measured"))
        << said;
    EXPECT_FALSE(says(said, "tick_to_order")) << said;  // nobody asked
}

TEST(BenchCheck, WhereAllRanEveryBarIsHeldOrMissing) {
    const std::string said = said_by_check(Bench{checked("")}, false);
    for (const Asked& asked : all_bars()) {
        EXPECT_TRUE(says(said, "[FAILED] " + std::string(asked.name))) << asked.name;
    }
}

TEST(BenchCheck, WhatCannotBeHadHereIsExcusedByName) {
    Bench bench{checked("venue.")};
    bench.figure("venue.market_messages_per_s", {3e5}, "messages/s each");
    bench.figure("venue.market_messages_per_s.8", {3e4}, "messages/s each");
    bench.not_measured("venue.replay_day", "no file");
    bench.not_measured("venue.replay_day.wire", "no file");
    EXPECT_TRUE(says(said_by_check(bench, true), "[not measured] venue.replay_day.wire: no file"));
    Bench nothing{checked("venue.replay_day")};
    nothing.not_measured("venue.replay_day", "no file");
    nothing.not_measured("venue.replay_day.wire", "no file");
    said_by_check(nothing, false);  // one that held nothing has not passed
}

TEST(BenchCheck, RatiosOfTwoRowsAreFigures) {
    Bench bench{checked("ring.round_trip")};
    add_flat(bench, "ring.round_trip", 180);
    add_flat(bench, "ring.round_trip.boost", 200);
    add_flat(bench, "ring.round_trip.moodycamel", 180);
    bench.add_ratios();
    ASSERT_EQ(bench.figures().size(), 2U);
    EXPECT_EQ(bench.figures()[0].name, "ring.round_trip.per_boost");
    EXPECT_DOUBLE_EQ(bench.figures()[0].median, 0.9);
    const std::string said = said_by_check(bench, false);
    EXPECT_TRUE(says(said, "[ok] ring.round_trip.per_boost: 0.900")) << said;
    EXPECT_TRUE(says(said, "[FAILED] ring.round_trip.per_moodycamel: 1.000, asked for less than"))
        << said;
}

TEST(BenchCheck, ARatioIsAskedForWhereBothRowsAre) {
    Bench one{checked("tick_to_order")};
    add_flat(one, "tick_to_order", 290);
    add_flat(one, "tick_to_order.hmac", 700);
    one.add_ratios();
    EXPECT_FALSE(says(said_by_check(one, true), "per_simdjson"));
    Bench both{checked("")};
    add_flat(both, "tick_to_order", 290);
    add_flat(both, "decode.book_ticker.simdjson", 100);
    both.add_ratios();
    EXPECT_TRUE(says(said_by_check(both, false), "[FAILED] tick_to_order.per_simdjson: 2.900"));
}

/// Turns of one sample each, in us.
Runs turns_of(const Bench& bench, const std::vector<double>& us) {
    Runs runs;
    for (const double each : us) {
        runs.push_back({static_cast<std::uint64_t>(each * 1e3 / bench.ns_per_tick())});
    }
    return runs;
}

TEST(BenchTurns, WhatIsMeasuredCannotExcuseItself) {
    Bench bench{checked("wire_to_wire")};
    const Runs slow = turns_of(bench, {1'100, 1'200, 1'300, 1'400, 1'500});
    add_ratio_of_turns(bench, "wire_to_wire.per_tcp", slow, turns_of(bench, {20, 20, 20, 20, 20}));
    ASSERT_EQ(bench.figures().size(), 1U);
    EXPECT_NEAR(bench.figures()[0].median, 65, 0.1);
    EXPECT_EQ(bench.figures()[0].unit, "times (5 of 5 turns)");
    EXPECT_TRUE(says(said_by_check(bench, false), "[FAILED] wire_to_wire.per_tcp: 65."));
}

TEST(BenchTurns, ATurnWhoseReferenceWasNotRunIsLeftOut) {
    Bench bench{checked("wire_to_wire")};
    add_ratio_of_turns(bench, "wire_to_wire.per_echo", turns_of(bench, {22, 44, 4'000, 24, 26}),
                       turns_of(bench, {20, 4'000, 4'000, 20, 20}));
    ASSERT_EQ(bench.figures().size(), 1U);
    EXPECT_NEAR(bench.figures()[0].median, 1.2, 0.001);
    EXPECT_EQ(bench.figures()[0].unit, "times (3 of 5 turns)");
}

TEST(BenchTurns, TwoTurnsAreNoMedian) {
    Bench bench{checked("wire_to_wire")};
    add_ratio_of_turns(bench, "wire_to_wire.per_echo", turns_of(bench, {22, 22, 22, 22, 22}),
                       turns_of(bench, {20, 4'000, 4'000, 4'000, 20}));
    EXPECT_TRUE(bench.figures().empty());
    EXPECT_TRUE(says(said_by_check(bench, false), "[FAILED] wire_to_wire.per_echo: not measured"));
    Bench quick{checked("wire_to_wire", true)};
    add_ratio_of_turns(quick, "wire_to_wire.per_echo", turns_of(quick, {22}),
                       turns_of(quick, {20}));
    EXPECT_EQ(quick.figures().size(), 1U);
}

}  // namespace
}  // namespace portcullis::bench
