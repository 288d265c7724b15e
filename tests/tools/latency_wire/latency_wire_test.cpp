// The latencies of a whole engine, from its sockets to its sockets, in either placement: every
// order that the venue has read has been timed once, inner stages only where they are asked for,
// and the journal of a run that was sampled at every message replays to the same decisions and
// hash.
#include <gmock/gmock.h>

#include "bench/wire_engine.hpp"
#include "tools/portcullis/journal/replay.hpp"

namespace portcullis::tools {
namespace {

constexpr std::size_t ticks = 40;

struct Told {
    std::uint64_t orders{};  ///< that the venue has read
    std::array<LatencySummary, latency_stages> stages;
    int replayed{-1};
    std::string at_exit;

    [[nodiscard]] const LatencySummary& at(LatencyStage stage) const {
        return stages[index_of(stage)];
    }
};

Told run(const std::string& placement, int sample_every) {
    Told told;
    bench::WireEngine engine;
    engine.placement = placement;
    engine.latency_sample_every = sample_every;
    engine.pinned = false;
    // On a machine with others at work a thread may be away for seconds: no order of it is overdue.
    engine.limits = {
        .answer_ms = 20'000, .mute_ms = 20'000, .silence_ms = 20'000, .lifetime_ms = 1'000};
    engine.at_end = [&told](TradingEngine& ended, const bench::WireExchange& exchange) {
        told.orders = exchange.orders;
        for (std::size_t i = 0; i < latency_stages; ++i) {
            told.stages[i] = ended.latency().whole[i].summary();
        }
        told.at_exit = ended.run_summary();
        testing::internal::CaptureStdout();
        told.replayed = replay_command(journal_path(ended.config()), true, "");
        (void)testing::internal::GetCapturedStdout();
    };
    EXPECT_EQ(bench::wire_engine(ticks, engine).size(), ticks);
    return told;
}

constexpr LatencyStage inner[]{LatencyStage::receive, LatencyStage::to_core, LatencyStage::decide,
                               LatencyStage::to_orders, LatencyStage::send};

class LatencyWire : public testing::TestWithParam<const char*> {};

TEST_P(LatencyWire, EveryOrderHasAnEgressAndAnAnswerAndThePiecesOfThoseOfTicksAreWithinTheWhole) {
    const Told told = run(GetParam(), 1);
    EXPECT_GE(told.orders, ticks);
    EXPECT_EQ(told.at(LatencyStage::tick_to_order).n, told.orders);
    EXPECT_EQ(told.at(LatencyStage::order_to_ack).n, told.orders) << "the venue accepts all";
    const LatencySummary& whole = told.at(LatencyStage::tick_to_order);
    const std::uint64_t sampled = told.at(LatencyStage::send).n;
    EXPECT_GE(sampled, ticks / 2) << "most are of ticks, some of timers and reports";
    EXPECT_LE(sampled, told.orders);
    for (const LatencyStage stage : inner) {
        EXPECT_EQ(told.at(stage).n, sampled) << latency_stage_infos[index_of(stage)].name;
        EXPECT_LE(told.at(stage).max_ns, whole.max_ns) << latency_stage_infos[index_of(stage)].name;
    }
    EXPECT_GT(told.at(LatencyStage::receive).p50_ns, 0);
    EXPECT_GT(told.at(LatencyStage::decide).p50_ns, 0);
    EXPECT_GT(told.at(LatencyStage::send).p50_ns, 0);
    EXPECT_EQ(whole.beyond, 0U);
    EXPECT_THAT(told.at_exit,
                testing::HasSubstr("latency: tick_to_order n " + std::to_string(told.orders)));
    EXPECT_EQ(told.replayed, 0) << "the same decisions, the same hash";
}

TEST_P(LatencyWire, WithoutSamplingTheEndsAreTimedAllTheSame) {
    const Told told = run(GetParam(), 0);
    EXPECT_GE(told.orders, ticks);
    EXPECT_EQ(told.at(LatencyStage::tick_to_order).n, told.orders);
    EXPECT_EQ(told.at(LatencyStage::order_to_ack).n, told.orders);
    for (const LatencyStage stage : inner) {
        EXPECT_EQ(told.at(stage).n, 0U) << latency_stage_infos[index_of(stage)].name;
    }
}

INSTANTIATE_TEST_SUITE_P(Placements, LatencyWire, testing::Values("fused", "pipeline"));

}  // namespace
}  // namespace portcullis::tools
