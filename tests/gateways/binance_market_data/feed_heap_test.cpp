// FeedAgent takes nothing from the heap once its books live: frames of a transport that takes
// nothing either, through decoder and synchroniser into the ring, every heap call of the program
// counted.
#include <gtest/gtest.h>

#include "bench/heap.hpp"
#include "tests/gateways/binance_market_data/feed_world.hpp"
#include "tests/gateways/fixed_transport.hpp"

namespace portcullis::gateways::binance {
namespace {

using namespace testing;  // NOLINT: the world of this test

TEST(FeedAgent, whose_heap_calls_are_counted) {
    if (!bench::heap_counted) {
        GTEST_SKIP() << "a sanitizer has a heap of its own: no call is counted in this program";
    }
    const std::size_t before = bench::heap_calls();
    ::operator delete(::operator new(1));  // by name: a new-expression may be left out
    EXPECT_NE(bench::heap_calls(), before);
}

TEST(FeedAgent, a_message_takes_nothing_from_the_heap_on_its_way_from_the_frame_to_the_ring) {
    auto wire = std::make_unique<FixedWire>();
    World world;  // for its ring, snapshots and clock
    struct Clock final : StampClock {
        engine::MonoNs now() noexcept override { return engine::MonoNs{1}; }
    } clock;
    FeedSettings settings = World::default_settings();
    settings.stamps = &clock;
    settings.stamp_every = 2;
    FeedAgent agent(std::move(settings), world.ring, world.resyncs, world.snapshots, world.doors,
                    [&wire] { return std::make_unique<FixedTransport>(*wire); });
    std::size_t taken = 0;
    const auto turn = [&] {
        world.now_ms += 1;
        const std::size_t before = bench::heap_calls();
        agent.do_work(engine::MonoNs{world.now_ms * 1'000'000},
                      engine::WallNs{world.now_ms * 1'000'000});
        taken += bench::heap_calls() - before;
        world.drain();
    };
    turn();
    wire->say(depth_text("BTCUSDT", 9, 10));
    turn();
    world.snapshots.answer(btc, 10, {{99, 1}}, {{101, 1}});
    turn();
    world.events.clear();
    taken = 0;
    constexpr std::uint64_t messages = 3'000;
    for (std::uint64_t i = 11; i < 11 + messages; ++i) {
        wire->say(depth_text("BTCUSDT", i, i, R"(["98","1"],["97","0.5"])", R"(["102","2"])"));
        wire->say(ticker_text("BTCUSDT", i));
        wire->say(trade_text("BTCUSDT", i));
        turn();
    }
    EXPECT_EQ(taken, 0U);
    EXPECT_EQ(world.updates(btc).size(), messages);
    EXPECT_EQ(world.all<engine::TopOfBook>().size(), messages);
    EXPECT_EQ(world.all<engine::TradePrint>().size(), messages);
    EXPECT_EQ(agent.counters().decode_errors, 0U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
