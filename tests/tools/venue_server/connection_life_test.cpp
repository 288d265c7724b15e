// A connection's life by the clock that it is given: Binance's 20 seconds, 60 seconds, 24 hours,
// each at its edge, and what ends sessions otherwise: serverShutdown, the sixth message.
#include "tools/venue/server/connection_life.hpp"

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {
namespace {

using Act = ConnectionLife::Act;
constexpr std::int64_t start_ms = 1'000'000;

class Life : public VenueTest {
protected:
    ConnectionLife life{venue.timing(), start_ms};  ///< the venue's own numbers
};

TEST_F(Life, is_pinged_every_20_seconds) {
    EXPECT_EQ(life.next_ms(), start_ms + 20'000);
    EXPECT_EQ(life.on_time(start_ms + 19'999), Act::nothing);
    for (int i = 1; i <= 10; ++i) {
        EXPECT_EQ(life.next_ms(), start_ms + i * 20'000);
        EXPECT_EQ(life.on_time(start_ms + i * 20'000), Act::ping);
        EXPECT_EQ(life.on_time(start_ms + i * 20'000), Act::nothing) << "once each";
        life.on_pong(life.payload());
    }
}

TEST_F(Life, ends_60_seconds_after_the_first_ping_that_was_not_answered) {
    const std::int64_t first = start_ms + 20'000;
    EXPECT_EQ(life.on_time(first), Act::ping);
    const std::string payload = life.payload();
    EXPECT_EQ(life.on_time(first + 20'000), Act::ping);
    EXPECT_EQ(life.payload(), payload) << "a pong to any of them is one";
    EXPECT_EQ(life.on_time(first + 40'000), Act::ping);
    EXPECT_EQ(life.next_ms(), first + 60'000);
    EXPECT_EQ(life.on_time(first + 59'999), Act::nothing);
    EXPECT_EQ(life.on_time(first + 60'000), Act::cut);
}

TEST_F(Life, is_saved_by_a_pong_in_the_last_millisecond_and_by_no_pong_that_nobody_asked_for) {
    const std::int64_t first = start_ms + 20'000;
    EXPECT_EQ(life.on_time(first), Act::ping);
    life.on_pong("");
    life.on_pong("hello");
    EXPECT_EQ(life.on_time(first + 59'999), Act::ping) << "a late question is still put";
    life.on_pong(life.payload());
    EXPECT_EQ(life.on_time(first + 60'000), Act::nothing);
    const std::int64_t second = life.next_ms();
    EXPECT_EQ(second, first + 59'999 + 20'000);
    EXPECT_EQ(life.on_time(second), Act::ping);
    life.on_pong("hello");
    EXPECT_EQ(life.on_time(second + 60'000), Act::cut);
}

TEST_F(Life, ends_after_24_hours_and_not_a_millisecond_before) {
    std::int64_t now = start_ms;
    std::int64_t pings = 0;
    for (; life.next_ms() < start_ms + day_ms; now = life.next_ms()) {
        pings += life.on_time(now) == Act::ping ? 1 : 0;
        life.on_pong(life.payload());
    }
    EXPECT_GE(pings, day_ms / 20'000 - 2);
    EXPECT_NE(life.on_time(start_ms + day_ms - 1), Act::too_old);
    life.on_pong(life.payload());
    EXPECT_EQ(life.next_ms(), start_ms + day_ms);
    EXPECT_EQ(life.on_time(start_ms + day_ms), Act::too_old);
    EXPECT_NE(life.on_time(start_ms + day_ms + 1), Act::too_old) << "it is told once";
    EXPECT_GT(life.next_ms(), start_ms + day_ms) << "and does not keep the timer from sleeping";
}

TEST_F(Life, of_every_session_ends_with_server_shutdown_and_1001) {
    FakePeer raw;
    FakePeer combined;
    FakePeer micro;
    FakePeer api;
    const auto one = open("/ws/btcusdt@trade", raw);
    const auto two = open("/stream", combined);
    const auto three = open("/ws?timeUnit=MICROSECOND", micro);
    const auto four = open("/ws-api/v3", api);
    venue.announce_shutdown();
    const std::string event = R"({"e":"serverShutdown","E":)" + std::to_string(now_ms());
    EXPECT_EQ(raw.last(), event + "}");
    EXPECT_EQ(combined.last(), R"({"stream":"!serverShutdown","data":)" + event + "}}");
    EXPECT_EQ(micro.last(), event + "000}");
    EXPECT_EQ(member(api.last(), "/event/e"), R"("serverShutdown")") << api.last();
    for (const FakePeer* peer : {&raw, &combined, &micro, &api}) {
        EXPECT_EQ(peer->close_code, 1001);
        EXPECT_EQ(peer->sent.size(), 1U);
    }
}

TEST_F(Life, on_streams_bears_five_messages_in_each_second_of_the_clock) {
    FakePeer peer;
    const auto session = open("/ws", peer);
    now_us -= now_us % 1'000'000;
    for (int second = 0; second < 3; ++second) {
        for (int i = 0; i < 5; ++i) {
            i % 2 == 0 ? session->on_text(R"({"method":"LIST_SUBSCRIPTIONS","id":1})")
                       : session->on_control();
        }
        EXPECT_EQ(peer.close_code, 0) << second;
        now_us += 1'000'000;
    }
    now_us -= 1;  // the last microsecond of the third second
    session->on_control();
    EXPECT_EQ(peer.close_code, 1008);
}

}  // namespace
}  // namespace portcullis::tools::venue
