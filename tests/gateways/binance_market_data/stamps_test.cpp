// Which events the feed stamps as decoded: all of one message in n, and none that a message did not
// bring.
#include <gmock/gmock.h>

#include <array>

#include "tests/gateways/binance_market_data/feed_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using namespace testing;  // NOLINT: the world of this test
using ::testing::Each;

struct SteppingClock final : StampClock {
    std::int64_t reads{};
    engine::MonoNs now() noexcept override { return engine::MonoNs{++reads}; }
};

FeedSettings settings_of(SteppingClock* clock, std::uint32_t every) {
    FeedSettings settings = World::default_settings();
    settings.stamps = clock;
    settings.stamp_every = every;
    return settings;
}

std::vector<std::uint64_t> stamps_of(const World& world) {
    std::vector<std::uint64_t> stamps;
    for (const engine::Event& event : world.events) {
        stamps.push_back(event.header.seq);
    }
    return stamps;
}

constexpr const char* seven_levels =
    R"(["98","1"],["97","1"],["96","1"],["95","1"],["94","1"],["93","1"],["92","1"])";

TEST(FeedStamps, AreOfOneMessageInNAtGapsThatFallInWithNoPattern) {
    constexpr std::uint32_t every = 4;
    constexpr std::uint64_t messages = 20'000;
    SteppingClock clock;
    World world(settings_of(&clock, every));
    world.open();
    world.events.clear();
    for (std::uint64_t update = 1; update <= messages; ++update) {
        world.wire().say(trade_text("BTCUSDT", update));
        if (update % 50 == 0) {
            world.step(0);
        }
    }
    const std::vector<std::uint64_t> stamps = stamps_of(world);
    ASSERT_EQ(stamps.size(), messages);
    std::array<std::uint64_t, 2 * every> gaps{};
    std::uint64_t stamped = 0;
    std::size_t gap = 0;
    for (const std::uint64_t stamp : stamps) {
        ++gap;
        ASSERT_LT(gap, gaps.size()) << "2n - 1 messages without one";
        if (stamp != 0) {
            EXPECT_EQ(stamp, ++stamped) << "the clock is read for those only";
            ++gaps[gap];
            gap = 0;
        }
    }
    EXPECT_EQ(clock.reads, static_cast<std::int64_t>(stamped));
    EXPECT_NEAR(static_cast<double>(stamped), messages / every, messages / every / 20.0);
    for (std::size_t each = 1; each < gaps.size(); ++each) {
        EXPECT_GT(gaps[each], stamped / (2 * every)) << each;
    }
}

TEST(FeedStamps, OfADepthMessageStandOnEachOfItsParts) {
    SteppingClock clock;
    World world(settings_of(&clock, 1));
    world.live();
    const auto before = static_cast<std::uint64_t>(clock.reads);
    world.wire().say(depth_text("BTCUSDT", 11, 11, seven_levels));
    world.step();
    EXPECT_GT(world.all<BookDelta>().size(), 1U);
    EXPECT_THAT(stamps_of(world), Each(before + 1));
}

TEST(FeedStamps, AreNotOnWhatNoMessageBrought) {
    SteppingClock clock;
    World world(settings_of(&clock, 1));
    world.open();
    world.wire().say(depth_text("BTCUSDT", 9, 10));
    world.step();
    world.events.clear();
    world.snapshots.answer(btc, 10, {{99, 1}}, {{101, 1}});
    world.wire().state = TransportState::closed;
    world.step(60);
    EXPECT_FALSE(world.events.empty());
    EXPECT_THAT(stamps_of(world), Each(0U));
}

TEST(FeedStamps, AreNoneWithoutAClock) {
    World world;
    world.live();
    world.wire().say(trade_text("BTCUSDT", 1));
    world.step();
    EXPECT_THAT(stamps_of(world), Each(0U));
    EXPECT_EQ(world.all<engine::TradePrint>().size(), 1U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
