// Writing an order and reading its news take nothing from the heap, once everything is built.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace portcullis::gateways::binance
