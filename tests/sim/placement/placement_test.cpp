// Placement is nobody's business but the clock's: agents on one thread (`fused`) and on a thread
// each (`pipeline`) may bring the core its inputs in another order, but the order recorded under
// one, fed to the other, gives the same journal, the same requests and the same state hash.
// Otherwise something reaches a decision past the one sequence of inputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "tests/sim/placement/free_run.hpp"
#include "tests/sim/placement/recorded_run.hpp"
#include "tools/portcullis/journal/replay.hpp"
#include "tools/portcullis/trade/threads.hpp"

namespace portcullis::tests {
namespace {

using tools::Placement;

/// To its end: the agents in turn on this thread, or feed, core, orders and journal on one each
/// with control on this one, as TradingEngine::start places them.
template <class Run>
void run_on(Placement placement, Run& run) {
    if (placement == Placement::fused) {
        while (!run.done()) {
            (void)run.feed();
            (void)run.core();
            (void)run.orders();
            (void)run.control();
            (void)run.journal();
        }
        return;
    }
    tools::Threads threads;
    threads.start({"feed", -1, tools::Idle::blocking, {[&run] { return run.feed(); }}});
    threads.start({"core", -1, tools::Idle::blocking, {[&run] { return run.core(); }}});
    threads.start({"orders", -1, tools::Idle::blocking, {[&run] { return run.orders(); }}});
    threads.start({"journal", -1, tools::Idle::blocking, {[&run] { return run.journal(); }}});
    while (!run.done()) {
        if (run.control() == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }
    threads.stop();
}

RunResult run_free(Placement placement, const std::string& directory) {
    Wiring wiring(directory);
    FreeRun run(wiring);
    run_on(placement, run);
    return wiring.finish();
}

std::vector<Event> inputs_of(const RunResult& run) {
    std::vector<Event> inputs = run.records;
    std::erase_if(inputs, [](const Event& record) { return !record.is_input(); });
    return inputs;
}

RunResult run_recorded(Placement placement, const std::string& directory,
                       std::vector<Event> inputs) {
    Wiring wiring(directory);
    RecordedRun run(wiring, std::move(inputs));
    run_on(placement, run);
    EXPECT_EQ(run.trouble(), "");
    return wiring.finish();
}

std::size_t count(const RunResult& run, EventType type) {
    return static_cast<std::size_t>(
        std::count_if(run.records.begin(), run.records.end(),
                      [&](const Event& record) { return record.header.type == type; }));
}

/// That there was something to decide, and something of everything.
void expect_a_trading_day(const RunResult& run) {
    EXPECT_GT(run.counters.orders_approved, 100U);
    EXPECT_GT(run.counters.orders_denied, 0U);
    EXPECT_GT(run.counters.cancels, 50U);
    EXPECT_GT(run.counters.fills_buy, 0U);
    EXPECT_GT(run.counters.fills_sell, 0U);
    EXPECT_EQ(run.counters.breaches, 0U);
    EXPECT_GT(count(run, EventType::timer), 100U);
    EXPECT_EQ(count(run, EventType::operator_command), 6U);
    EXPECT_EQ(count(run, EventType::kill_changed), 1U);
    EXPECT_GT(count(run, EventType::state_hash), 1U);
    EXPECT_GE(run.sent.size(), run.counters.orders_approved + run.counters.cancels);
}

/// Byte for byte, but for the checksum: its chain begins with the journal's own random name.
void expect_same(const RunResult& one, const RunResult& other) {
    ASSERT_EQ(one.records.size(), other.records.size());
    for (std::size_t i = 0; i < one.records.size(); ++i) {
        Event a = one.records[i];
        Event b = other.records[i];
        a.header.crc = b.header.crc = 0;
        ASSERT_EQ(std::memcmp(&a, &b, sizeof(Event)), 0)
            << "record " << i << " of type " << static_cast<int>(a.header.type);
    }
    ASSERT_EQ(one.sent.size(), other.sent.size());
    for (std::size_t i = 0; i < one.sent.size(); ++i) {
        ASSERT_TRUE(one.sent[i] == other.sent[i]) << "request " << i;
    }
    EXPECT_EQ(one.hash, other.hash);
    static_assert(std::has_unique_object_representations_v<CoreCounters>);
    EXPECT_EQ(std::memcmp(&one.counters, &other.counters, sizeof(CoreCounters)), 0);
}

void expect_replays(const RunResult& run) {
    auto replayed = tools::replay_journal(run.directory);
    ASSERT_TRUE(replayed.ok()) << replayed.error();
    EXPECT_TRUE(replayed.value().equal) << replayed.value().difference;
    EXPECT_EQ(replayed.value().final_hash, run.hash);
}

TEST(Placement, TheOrderRecordedUnderPipelineGivesFusedTheSameJournalRequestsAndHash) {
    const Scratch scratch;
    const RunResult pipeline = run_free(Placement::pipeline, scratch.folder("pipeline"));
    expect_a_trading_day(pipeline);
    const RunResult fused =
        run_recorded(Placement::fused, scratch.folder("fused"), inputs_of(pipeline));
    expect_same(pipeline, fused);
    expect_replays(pipeline);
}

TEST(Placement, TheOrderRecordedUnderFusedGivesPipelineTheSameJournalRequestsAndHash) {
    const Scratch scratch;
    const RunResult fused = run_free(Placement::fused, scratch.folder("fused"));
    expect_a_trading_day(fused);
    const RunResult pipeline =
        run_recorded(Placement::pipeline, scratch.folder("pipeline"), inputs_of(fused));
    expect_same(fused, pipeline);
    expect_replays(fused);
}

// Latency is told to people only: a run that is sampled at every event, and one that never is.
TEST(Placement, StampsOfLatencyReachNoDecisionNoRecordAndNoHash) {
    const Scratch scratch;
    const RunResult bare = run_free(Placement::fused, scratch.folder("bare"));
    expect_a_trading_day(bare);
    Wiring wiring(scratch.folder("stamped"), true);
    RecordedRun run(wiring, inputs_of(bare));
    run_on(Placement::fused, run);
    EXPECT_EQ(run.trouble(), "");
    std::size_t stamped = 0;
    while (wiring.stamps.try_consume([&](tools::PathStamps&& each) {
        EXPECT_EQ(each.decoded.value, 1);
        EXPECT_LT(each.begun, each.approved);
    })) {
        ++stamped;
    }
    EXPECT_EQ(stamped, tools::StampRing::capacity()) << "nobody took them: the ring is full";
    const RunResult sampled = wiring.finish();
    expect_same(bare, sampled);
    expect_replays(sampled);
}

TEST(Placement, TwoInputsInTheOtherOrderAreAnotherRun) {
    const Scratch scratch;
    const RunResult honest = run_free(Placement::fused, scratch.folder("honest"));
    std::vector<Event> inputs = inputs_of(honest);
    const auto fill = std::find_if(inputs.begin() + 1, inputs.end(), [](const Event& input) {
        return input.header.type == EventType::execution_report &&
               input.as<ExecutionReport>().exec_type == ExecType::trade;
    });
    ASSERT_NE(fill, inputs.end());
    const auto tick = std::find_if(fill, inputs.end(), [](const Event& input) {
        return input.header.type == EventType::top_of_book;
    });
    ASSERT_NE(tick, inputs.end());
    std::rotate(fill, fill + 1, tick + 1);  // the fill is heard of one tick late
    const RunResult swapped =
        run_recorded(Placement::fused, scratch.folder("swapped"), std::move(inputs));
    EXPECT_NE(swapped.hash, honest.hash);
}

}  // namespace
}  // namespace portcullis::tests
