// Writing an order and reading its news take nothing from the heap, once everything is built.
#include <gtest/gtest.h>

#include "bench/heap.hpp"
#include "gateways/binance/depth_request.hpp"
#include "tests/gateways/binance/agent_world.hpp"
#include "tests/gateways/fixed_transport.hpp"

namespace portcullis::gateways::binance {
namespace {

using bench::heap_calls;

TEST(Heap, IsCounted) {
    if (!bench::heap_counted) {
        GTEST_SKIP() << "a sanitizer has a heap of its own: no call is counted in this program";
    }
    const std::size_t before = heap_calls();
    ::operator delete(::operator new(1));  // by name: a new-expression may be left out
    EXPECT_NE(heap_calls(), before);
}

TEST(Heap, EncodingDecodingAndReportingTakeNothing) {
    AgentWorld world;
    world.start();
    AccountDecoder decoder(world.symbols);
    ReportQueue queue(world.reports, 0);
    Reports reports(queue, world.ids);
    const auto id = engine::ClOrdId::of(engine::Epoch{7}, 1);
    engine::NewOrderSingle order = world.gate.order;
    order.cl_ord_id = id;
    const engine::WallNs at{start_ms * ms};
    const std::string text = std::string(world.encoder->place(1, order, at).frame);
    std::string frame = world.event(
        id, 7, "TRADE", "FILLED",
        R"(,"l":"0.00100000","z":"0.00100000","L":"59999.99000000","n":"0.1","N":"BNB","t":55,"m":true)");
    const std::size_t size = frame.size();
    frame.append(FrameView::padding, '\0');
    ASSERT_EQ(decoder.decode({frame.data(), size}).kind, Decoded::Kind::event);

    const std::size_t before = heap_calls();
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(world.encoder->place(1, order, at).ok());
        const Decoded& message = decoder.decode({frame.data(), size});
        ASSERT_EQ(reports.execution(message.event.order, engine::ReportSource::stream_primary), id);
    }
    EXPECT_EQ(heap_calls(), before);
}

// The whole agent: last look, encoding, its answers and both account streams, single cancels.
TEST(Heap, TheOrderAgentTakesNothingPerOrderAndPerMessage) {
    AgentWorld world;
    auto wires = std::make_unique<std::array<FixedWire, 2>>();
    auto& [first, second] = *wires;
    world.primary.other = [&first] { return std::make_unique<FixedTransport>(first); };
    world.secondary.other = [&second] { return std::make_unique<FixedTransport>(second); };
    for (FixedWire* wire : {&first, &second}) {
        wire->on_send = [&world, wire](std::string_view frame) {
            wire->say(world.primary.responder(std::string(frame)));
        };
    }
    world.start_ready();
    first.on_send = second.on_send = nullptr;
    world.egress.reserve(10'000);
    std::size_t taken = 0;
    const auto turn = [&] {
        world.now.value += ms;
        world.egress.time = world.now;
        const std::size_t before = heap_calls();
        world.agent->do_work(world.now, world.wall());
        taken += heap_calls() - before;
        world.drain();
    };
    const auto answer = [&](const std::string& tail) {
        first.say(R"({"id":)" + field(std::string(first.last_sent()), "id") + R"(,"status":200,)" +
                  tail + "}");
    };
    const auto on_both = [&](const std::string& text) {
        first.say(text);
        second.say(text);
    };
    constexpr std::uint64_t orders = 100;
    for (std::uint64_t number = 1; number <= orders; ++number) {
        const auto id = world.submit();
        turn();
        ASSERT_EQ(field(std::string(first.last_sent()), "method"), "order.place");
        answer(world.ack(id, number));
        on_both(world.event(id, number, "NEW", "NEW"));
        turn();
        world.cancel(id, number);
        turn();
        ASSERT_EQ(field(std::string(first.last_sent()), "method"), "order.cancel");
        answer(R"("result":)" + world.order_body(id, number, "CANCELED", "0.00000000", true));
        on_both(world.event(id, number, "CANCELED", "CANCELED"));
        turn();
    }
    EXPECT_EQ(taken, 0U);
    EXPECT_EQ(world.agent->counters().orders_sent, orders);
    EXPECT_EQ(world.agent->counters().cancels_sent, orders);
    EXPECT_EQ(world.agent->counters().refused_frames + world.agent->counters().unmatched, 0U);
    EXPECT_EQ(world.agent->in_flight(), 0U) << "each was answered";
}

TEST(Heap, AskingForASnapshotAndHandingItsAnswerOnTakesNothing) {
    AgentWorld world;
    world.start();
    AccountDecoder decoder(world.symbols);
    WsApiSnapshots snapshots;
    const std::uint64_t id = RequestId::of(1, Call::depth, 0).value;
    std::string side = R"(["60000.01000000","1.00000000"])";
    for (std::uint32_t i = 1; i < snapshot_levels; ++i) {
        side += R"(,["60000.01000000","1.00000000"])";
    }
    std::string frame = R"({"id":)" + std::to_string(id) +
                        R"(,"status":200,"result":{"lastUpdateId":1,"bids":[)" + side +
                        R"(],"asks":[)" + side + "]}}";
    const std::size_t size = frame.size();
    ASSERT_LT(size, DepthQuestion::answer_bytes_max);
    frame.append(FrameView::padding, '\0');
    ASSERT_TRUE(snapshots.request(risk::btcusdt));
    ASSERT_EQ(snapshots.do_work(), 1U);

    const std::size_t before = heap_calls();
    auto question = snapshots.next();
    ASSERT_NE(question, nullptr);
    ASSERT_TRUE(world.encoder->depth(id, question->instrument, snapshot_levels).ok());
    ASSERT_EQ(decoder.decode({frame.data(), size}).kind, Decoded::Kind::answer);
    snapshots.done(std::move(question), {frame.data(), size});
    EXPECT_EQ(heap_calls(), before);

    ASSERT_EQ(snapshots.do_work(), 1U);
    EXPECT_EQ(snapshots.poll()->bids.size(), snapshot_levels);
}

}  // namespace
}  // namespace portcullis::gateways::binance
