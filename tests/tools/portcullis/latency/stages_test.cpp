// The stages of an order's way on a clock that stands still until it is told otherwise: each piece
// is what passed in it, the five inner ones add up to the whole, and nothing is counted of what did
// not happen.
#include "tools/portcullis/latency/stages.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "tools/portcullis/latency/report.hpp"

namespace portcullis::tools {
namespace {

using engine::ClOrdId;
using engine::DurationNs;
using engine::MonoNs;

struct FakeClock final : gateways::StampClock {
    MonoNs time{1'000'000'000};
    MonoNs now() noexcept override { return time; }
    MonoNs pass(std::int64_t ns) {
        time = time + DurationNs{ns};
        return time;
    }
};

ClOrdId id(std::uint64_t sequence) {
    return ClOrdId::of(engine::Epoch{3}, sequence);
}

class Stages : public testing::Test {
protected:
    LatencySummary of(LatencyStage stage) {
        LatencyCounts counts;
        board->at(stage).read(counts);
        return counts.summary();
    }
    /// One event that was decoded so long after it was read, and the orders that come of it.
    MonoNs decide(std::int64_t read_ns, std::int64_t ring_ns, std::int64_t decide_ns,
                  std::initializer_list<std::uint64_t> orders) {
        const MonoNs cause = clock.time;
        const MonoNs decoded = clock.pass(read_ns);
        clock.pass(ring_ns);
        core.begin(decoded);
        for (const std::uint64_t order : orders) {
            clock.pass(decide_ns);
            core.on_approved(id(order));
        }
        core.end();
        return cause;
    }
    void send(std::uint64_t order, MonoNs cause, std::int64_t ring_ns, std::int64_t send_ns) {
        clock.pass(ring_ns);
        agent.on_begun(id(order));
        clock.pass(send_ns);
        EXPECT_EQ(agent.on_order_sent(id(order), cause), clock.time);
    }
    void expect_counts(std::uint64_t orders, std::uint64_t sampled) {
        EXPECT_EQ(of(LatencyStage::tick_to_order).n, orders);
        for (const LatencyStage stage : inner) {
            EXPECT_EQ(of(stage).n, sampled) << latency_stage_infos[index_of(stage)].name;
        }
    }

    static constexpr LatencyStage inner[]{LatencyStage::receive, LatencyStage::to_core,
                                          LatencyStage::decide, LatencyStage::to_orders,
                                          LatencyStage::send};
    FakeClock clock;
    std::unique_ptr<LatencyBoard> board{std::make_unique<LatencyBoard>()};
    StampRing ring;
    CoreStamps core{clock, ring};
    OrderStamps agent{clock, ring, *board};
};

TEST_F(Stages, AreWhatPassedInEachAndAddUpToTheWhole) {
    const MonoNs cause = decide(11, 22, 33, {1});
    send(1, cause, 44, 55);
    expect_counts(1, 1);
    EXPECT_EQ(of(LatencyStage::receive).max_ns, 11);
    EXPECT_EQ(of(LatencyStage::to_core).max_ns, 22);
    EXPECT_EQ(of(LatencyStage::decide).max_ns, 33);
    EXPECT_EQ(of(LatencyStage::to_orders).max_ns, 44);
    EXPECT_EQ(of(LatencyStage::send).max_ns, 55);
    EXPECT_EQ(of(LatencyStage::tick_to_order).max_ns, 11 + 22 + 33 + 44 + 55);
}

// The clock stands at a different place in every stage of every order: sums of all orders agree.
TEST_F(Stages, OfManyOrdersAddUpToTheirWholes) {
    std::int64_t whole = 0;
    std::array<std::int64_t, 5> parts{};
    std::uint64_t order = 0;
    for (std::int64_t tick = 1; tick <= 40; ++tick) {
        const std::uint64_t first = ++order;
        const std::uint64_t second = ++order;
        const MonoNs cause = decide(tick, 2 * tick % 17, 3, {first, second});
        const MonoNs approved_second = clock.time;
        send(first, cause, 5, tick % 7);
        whole += (clock.time - cause).value;
        const MonoNs begun_second = clock.pass(1);
        send(second, cause, 0, 4);
        whole += (clock.time - cause).value;
        parts[0] += 2 * tick;
        parts[1] += 2 * (2 * tick % 17);
        parts[2] += 3 + 6;
        parts[3] += 5 + 3 + (begun_second - approved_second).value;
        parts[4] += tick % 7 + 4;
    }
    // The first of two waits while the second is approved: 3 ns that are in its ring.
    expect_counts(order, order);
    EXPECT_EQ(parts[0] + parts[1] + parts[2] + parts[3] + parts[4], whole);
    const auto sum = [this](LatencyStage stage) {
        LatencyCounts counts;
        board->at(stage).read(counts);
        std::int64_t total = 0;
        for (std::size_t i = 0; i < 256; ++i) {  // one value a bucket
            total += static_cast<std::int64_t>(i * counts.buckets[i]);
        }
        return total;
    };
    EXPECT_EQ(sum(LatencyStage::tick_to_order), whole);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(sum(inner[i]), parts[i]) << i;
    }
}

TEST_F(Stages, WithoutAStampOnlyTheEndsAreCounted) {
    const MonoNs cause = clock.time;
    clock.pass(70);
    core.on_approved(id(1));  // of an event that is not sampled
    send(1, cause, 10, 20);
    expect_counts(1, 0);
    EXPECT_EQ(of(LatencyStage::tick_to_order).max_ns, 100);
}

TEST_F(Stages, AStampedEventThatCausesNothingCountsNothing) {
    decide(1, 2, 3, {});
    core.on_approved(id(1));  // its successor, which is not stamped
    send(1, clock.time, 1, 1);
    expect_counts(1, 0);
}

TEST_F(Stages, StampsOfAnOrderThatNeverLeftArePassedOver) {
    const MonoNs cause = decide(1, 1, 1, {1, 2, 3});
    for (const std::uint64_t refused : {1, 2}) {
        agent.on_begun(id(refused));
        agent.on_not_sent(id(refused));  // at the last look
    }
    send(3, cause, 9, 8);
    expect_counts(1, 1);
    EXPECT_EQ(of(LatencyStage::send).max_ns, 8);
    const MonoNs other = decide(1, 1, 1, {5});
    send(4, other, 1, 1);  // not sampled, before one that is
    expect_counts(2, 1);
    send(5, other, 1, 1);
    expect_counts(3, 2);
}

// It waits for the socket: that is of its sending, and a second look does not begin it anew.
TEST_F(Stages, AnOrderThatWaitsHasBegunWhenItWasFirstLookedAt) {
    const MonoNs cause = decide(1, 1, 1, {1});
    clock.pass(5);
    agent.on_begun(id(1));
    clock.pass(100);
    send(1, cause, 0, 7);
    EXPECT_EQ(of(LatencyStage::to_orders).max_ns, 5);
    EXPECT_EQ(of(LatencyStage::send).max_ns, 107);
    expect_counts(1, 1);
    EXPECT_EQ(agent.on_order_sent(id(1), cause), clock.time);  // told twice: once in pieces
    expect_counts(2, 1);
}

// The socket has a part of the first, and the second has begun to wait behind it.
TEST_F(Stages, AnOrderThatTheSocketTookInPiecesKeepsItsOwnThoughOthersBeginBehindIt) {
    const MonoNs cause = decide(1, 1, 1, {1, 2, 3, 5});
    agent.on_begun(id(1));
    clock.pass(10);
    agent.on_begun(id(2));
    clock.pass(100);
    EXPECT_EQ(agent.on_order_sent(id(1), cause), clock.time);
    expect_counts(1, 1);
    EXPECT_EQ(of(LatencyStage::send).max_ns, 110);
    clock.pass(20);
    agent.on_begun(id(2));  // it goes, and in pieces too
    clock.pass(30);
    agent.on_begun(id(3));
    agent.on_not_sent(id(3));  // its deadline came
    agent.on_begun(id(4));     // it is not sampled
    agent.on_not_sent(id(4));
    agent.on_begun(id(5));
    clock.pass(40);
    EXPECT_EQ(agent.on_order_sent(id(2), cause), clock.time);
    expect_counts(2, 2);
    EXPECT_EQ(of(LatencyStage::send).max_ns, 190);
    EXPECT_EQ(agent.on_order_sent(id(5), cause), clock.time);
    expect_counts(3, 3);
}

TEST_F(Stages, AFullRingOfStampsDropsAndTheOrdersAreCountedWhole) {
    const std::uint64_t places = StampRing::capacity();
    for (std::uint64_t order = 1; order <= places + 10; ++order) {
        decide(1, 1, 1, {order});
    }
    for (std::uint64_t order = 1; order <= places + 10; ++order) {
        send(order, clock.time, 1, 1);
    }
    expect_counts(places + 10, places);
}

TEST_F(Stages, CancelsAndAnswersHaveTheirOwn) {
    const MonoNs cause = clock.time;
    clock.pass(300);
    EXPECT_EQ(agent.on_cancel_sent(cause), clock.time);
    const MonoNs sent = clock.time;
    clock.pass(4'000);
    agent.on_accepted(sent);
    expect_counts(0, 0);
    EXPECT_EQ(of(LatencyStage::tick_to_cancel).n, 1U);
    EXPECT_EQ(of(LatencyStage::tick_to_cancel).max_ns, 300);
    EXPECT_EQ(of(LatencyStage::order_to_ack).n, 1U);
    EXPECT_EQ(of(LatencyStage::order_to_ack).max_ns, 4'000);
}

// Marks are ten seconds apart, and the report goes back to the one before the last.
TEST_F(Stages, ReportsWhatCameOfLateBesideTheWhole) {
    LatencyMarks marks(*board, 16);
    const auto cancel_of = [this](std::int64_t ns) {
        (void)agent.on_cancel_sent(MonoNs{clock.time.value - ns});
    };
    const auto recent = [&marks, this] {
        const LatencyReport& report = marks.report(clock.time);
        return report.recent[index_of(LatencyStage::tick_to_cancel)].summary();
    };
    constexpr std::int64_t second = 1'000'000'000;
    marks.begin(clock.time);
    cancel_of(100);
    clock.pass(3 * second);
    EXPECT_EQ(recent().n, 1U);
    EXPECT_EQ(marks.report(clock.time).recent_for.value, 3 * second);
    clock.pass(7 * second);
    EXPECT_EQ(recent().n, 1U) << "the first mark is made, and the one before is the start";
    cancel_of(200);
    clock.pass(9 * second);
    EXPECT_EQ(recent().n, 2U);
    EXPECT_EQ(marks.report(clock.time).recent_for.value, 19 * second);
    clock.pass(1 * second);
    EXPECT_EQ(recent().n, 1U) << "of the last ten seconds";
    EXPECT_EQ(recent().p50_ns, 200);
    EXPECT_EQ(marks.report(clock.time).recent_for.value, 10 * second);
    clock.pass(10 * second);
    EXPECT_EQ(recent().n, 0U);
    const LatencyReport& report = marks.report(clock.time);
    EXPECT_EQ(report.whole[index_of(LatencyStage::tick_to_cancel)].summary().n, 2U);
    EXPECT_EQ(marks.summary(LatencyStage::tick_to_cancel).n, 2U);
    EXPECT_EQ(report.sample_every, 16U);
}

TEST_F(Stages, OfADayOneLineIsLeft) {
    const LatencyMarks marks(*board, 16);
    const MonoNs cause = decide(10, 20, 30, {1});
    send(1, cause, 40, 100);
    for (const std::int64_t ns : {3'000, 70, 70}) {
        const MonoNs sent = clock.time;
        clock.pass(ns);
        agent.on_accepted(sent);
    }
    EXPECT_EQ(latency_line(marks),
              "latency: tick_to_order n 1, p50 200 ns, p99 200 ns, max 200 ns; tick_to_cancel n 0; "
              "order_to_ack n 3, p50 70 ns, p99 3.0 us, max 3.0 us");
}

}  // namespace
}  // namespace portcullis::tools
