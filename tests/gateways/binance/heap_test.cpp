// Writing an order and reading its news take nothing from the heap, once everything is built.
#include <gtest/gtest.h>

#include "gateways/binance/depth_request.hpp"
#include "tests/gateways/binance/agent_world.hpp"
#include "tests/gateways/binance/heap_count.hpp"

namespace portcullis::gateways::binance {
namespace {

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
