// Streams that follow from recorded ones: @depth, partial books, aggTrade, and times in two units.
#include <simdjson.h>

#include <set>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/replay.hpp"

namespace portcullis::tools::venue {
namespace {

class Derived : public VenueTest {
protected:
    void depth(int first, int last, const std::string& bids, const std::string& asks = "[]") {
        venue.publish("btcusdt@depth@100ms",
                      R"({"e":"depthUpdate","E":)" + std::to_string(1700000000000 + last) +
                          R"(,"s":"BTCUSDT","U":)" + std::to_string(first) + R"(,"u":)" +
                          std::to_string(last) + R"(,"b":)" + bids + R"(,"a":)" + asks + "}");
    }
    void trade(int id, const std::string& price, const std::string& qty, int at, bool maker) {
        venue.publish("btcusdt@trade", R"({"e":"trade","E":)" + std::to_string(1700000000001 + at) +
                                           R"(,"s":"BTCUSDT","t":)" + std::to_string(id) +
                                           R"(,"p":")" + price + R"(","q":")" + qty + R"(","T":)" +
                                           std::to_string(1700000000000 + at) + R"(,"m":)" +
                                           (maker ? "true" : "false") + R"(,"M":true})");
    }
    FakePeer peer;
};

TEST_F(Derived, depth_tells_each_second_all_that_changed_in_it) {
    const auto session = open("/ws/btcusdt@depth", peer);
    depth(11, 12, R"([["100.00000000","1.00000000"],["98.00000000","4.00000000"]])");
    depth(13, 15, R"([["99.00000000","0.00000000"],["100.00000000","3.00000000"]])",
          R"([["103.00000000","1.00000000"],["102.50000000","2.00000000"]])");
    tick(false);
    EXPECT_TRUE(peer.sent.empty());
    tick(true);
    ASSERT_EQ(peer.sent.size(), 1U);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"depthUpdate","E":1700000000015,"s":"BTCUSDT","U":11,"u":15,"b":[["100.00000000","3.00000000"],["99.00000000","0.00000000"],["98.00000000","4.00000000"]],"a":[["102.50000000","2.00000000"],["103.00000000","1.00000000"]]})");
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U) << "nothing changed";
    depth(16, 16, "[]");
    venue.market_jumped("BTCUSDT");
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U) << "of another time";
}

TEST_F(Derived, partial_books_show_the_top_of_the_book_at_both_speeds) {
    FakePeer fast;
    const auto slow_session = open("/ws/btcusdt@depth5", peer);
    const auto fast_session =
        open("/stream?streams=btcusdt@depth10@100ms/btcusdt@depth20@100ms", fast);
    std::vector<Level> bids;
    for (int i = 0; i < 30; ++i) {
        bids.push_back(level(std::to_string(100 - i), "2"));
    }
    venue.exchange().market_depth("BTCUSDT", bids, {}, 12, now_ms());
    depth(11, 12, "[]");
    ASSERT_EQ(fast.sent.size(), 2U);
    EXPECT_EQ(member(fast.sent[0], "/stream"), R"("btcusdt@depth10@100ms")");
    EXPECT_EQ(member(fast.sent[0], "/data/lastUpdateId"), "12");
    EXPECT_EQ(member(fast.sent[0], "/data/bids/9"), R"(["91.00000000","2.00000000"])");
    EXPECT_EQ(member(fast.sent[0], "/data/bids/10"), "");
    EXPECT_EQ(member(fast.sent[1], "/data/bids/19"), R"(["81.00000000","2.00000000"])");
    EXPECT_EQ(member(fast.sent[1], "/data/bids/20"), "");
    EXPECT_TRUE(peer.sent.empty());
    tick(true);
    ASSERT_EQ(peer.sent.size(), 1U);
    EXPECT_EQ(member(peer.last(), "/bids/4"), R"(["96.00000000","2.00000000"])");
    EXPECT_EQ(member(peer.last(), "/bids/5"), "");
    EXPECT_EQ(member(peer.last(), "/asks/1"), R"(["102.00000000","2.00000000"])");
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U) << "the same book is not told twice";
}

TEST_F(Derived, agg_trade_joins_what_one_taker_did_at_one_price) {
    const auto session = open("/ws/btcusdt@aggTrade", peer);
    trade(70, "100.00000000", "1.50000000", 5, true);
    trade(71, "100.00000000", "0.50000000", 5, true);
    EXPECT_TRUE(peer.sent.empty());
    trade(72, "99.00000000", "1.00000000", 5, true);  // next price
    ASSERT_EQ(peer.sent.size(), 1U);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"aggTrade","E":1700000000006,"s":"BTCUSDT","a":70,"p":"100.00000000","q":"2.00000000","f":70,"l":71,"T":1700000000005,"m":true,"M":true})");
    trade(73, "99.00000000", "1.00000000", 5, false);  // other side
    trade(74, "99.00000000", "1.00000000", 6, false);  // later
    trade(76, "99.00000000", "1.00000000", 6, false);  // one is missing
    EXPECT_EQ(peer.sent.size(), 4U);
    tick(false);
    ASSERT_EQ(peer.sent.size(), 5U) << "told 100 ms later at the latest";
    EXPECT_EQ(member(peer.last(), "/a"), "74") << "consecutive";
    EXPECT_EQ(member(peer.last(), "/f"), "76");
    tick(false);
    EXPECT_EQ(peer.sent.size(), 5U);
}

TEST_F(Derived, agg_trade_that_was_told_takes_no_more_in) {
    const auto session = open("/ws/btcusdt@aggTrade", peer);
    trade(70, "100.00000000", "1.50000000", 5, true);
    tick(false);
    trade(71, "100.00000000", "0.50000000", 5, true);
    tick(false);
    ASSERT_EQ(peer.sent.size(), 2U);
    EXPECT_EQ(member(peer.sent[0], "/a"), "70");
    EXPECT_EQ(member(peer.sent[1], "/a"), "71");
    const std::string rows = get("/api/v3/aggTrades?symbol=BTCUSDT").body;
    EXPECT_EQ(member(rows, "/0/q"), R"("1.50000000")");
    EXPECT_EQ(member(rows, "/1/a"), "71") << "as the stream has it";
}

TEST_F(Derived, times_are_in_the_unit_that_the_url_asks_for) {
    FakePeer combined;
    const auto raw = open("/ws/btcusdt@trade?timeUnit=MICROSECOND", peer);
    const auto wrapped = open("/stream?timeUnit=microsecond&streams=btcusdt@trade", combined);
    trade(1, "100.00000000", "1.00000000", 5, true);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"trade","E":1700000000006000,"s":"BTCUSDT","t":1,"p":"100.00000000","q":"1.00000000","T":1700000000005000,"m":true,"M":true})");
    EXPECT_EQ(combined.last(), R"({"stream":"btcusdt@trade","data":)" + peer.last() + "}");
    HttpReply refusal;
    EXPECT_EQ(venue.open("/ws/btcusdt@trade?timeUnit=SECOND", "127.0.0.1", peer, refusal), nullptr);
    EXPECT_EQ(refusal.status, 400);
    EXPECT_EQ(
        refusal.body,
        R"({"code":-1194,"msg":"Invalid value for time unit; expected either MICROSECOND or MILLISECOND."})");
    const char* event = R"({"E":1,"T":2,"t":3,"O":4,"C":5,"o":"6","c":"7"})";
    const std::pair<const char*, const char*> kinds[] = {
        {"btcusdt@trade", R"({"E":1000,"T":2000,"t":3,"O":4,"C":5,"o":"6","c":"7"})"},
        {"btcusdt@depth5@100ms", R"({"E":1000,"T":2000,"t":3,"O":4,"C":5,"o":"6","c":"7"})"},
        {"!miniTicker@arr", R"({"E":1000,"T":2000,"t":3,"O":4,"C":5,"o":"6","c":"7"})"},
        {"tickerusdt@avgPrice", R"({"E":1000,"T":2000,"t":3,"O":4,"C":5,"o":"6","c":"7"})"},
        {"btcusdt@kline_1m", R"({"E":1000,"T":2999,"t":3000,"O":4,"C":5,"o":"6","c":"7"})"},
        {"btcusdt@kline_1d@+08:00", R"({"E":1000,"T":2999,"t":3000,"O":4,"C":5,"o":"6","c":"7"})"},
        {"btcusdt@ticker", R"({"E":1000,"T":2,"t":3,"O":4000,"C":5000,"o":"6","c":"7"})"},
        {"btcusdt@ticker_4h", R"({"E":1000,"T":2,"t":3,"O":4000,"C":5000,"o":"6","c":"7"})"},
        {"!ticker_1h@arr", R"({"E":1000,"T":2,"t":3,"O":4000,"C":5000,"o":"6","c":"7"})"},
    };
    for (const auto& [stream, told] : kinds) {
        EXPECT_EQ(in_microseconds(stream, event), told) << stream;
    }
    EXPECT_EQ(in_microseconds("btcusdt@trade", R"({"E":1,"x":"E","T":})"),
              R"({"E":1000,"x":"E","T":})");
    EXPECT_EQ(in_microseconds("btcusdt@trade", R"({"E":)"), R"({"E":)");
}

/// A client that keeps the book of a depth stream, as Binance's rules have it.
struct Follower final : Peer {
    void send(std::shared_ptr<const std::string> text) override {
        simdjson::dom::parser parser;
        const simdjson::dom::element event = parser.parse(*text);
        const std::uint64_t first = event["U"];
        const std::uint64_t last = event["u"];
        EXPECT_EQ(first, id == 0 ? first : id + 1) << "a gap";
        id = last;
        ++events;
        for (const char* side : {"b", "a"}) {
            for (const simdjson::dom::element row : simdjson::dom::array(event[side])) {
                const std::string_view qty = row.at(1);
                auto& levels = side[0] == 'b' ? bids : asks;
                levels[engine::parse_decimal(std::string_view(row.at(0))).atoms] =
                    engine::parse_decimal(qty).atoms;
            }
        }
    }
    void close(std::uint16_t, std::string_view) override {}
    void cut() override {}
    void tear() override {}
    void shape(const WireAct&) override {}
    std::map<std::int64_t, std::int64_t> bids, asks;
    std::uint64_t id{0}, events{0};
};

TEST(DerivedOfTheRecording, both_speeds_of_depth_end_at_the_same_levels) {
    std::int64_t now_us = 1'700'000'000'000'000;
    Venue venue({}, [&now_us] { return now_us; });
    auto replay = Replay::open(
        venue.exchange(),
        {PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"}, {});
    ASSERT_TRUE(replay) << replay.error();
    replay.value()->on_message([&](const std::string&, std::string_view stream,
                                   std::string_view data,
                                   StreamKind) { venue.publish(stream, data); });
    replay.value()->on_tick([&](bool full_second, std::int64_t due_ns) {
        venue.tick(full_second, due_ns / 1'000'000);
    });
    Follower fast;
    Follower slow;
    HttpReply refusal;
    const auto one = venue.open("/ws/btcusdt@depth@100ms", "127.0.0.1", fast, refusal);
    const auto other = venue.open("/ws/btcusdt@depth", "127.0.0.1", slow, refusal);
    replay.value()->start(0);
    ASSERT_TRUE(replay.value()->poll(3'600'000'000'000));
    EXPECT_EQ(fast.events, 6'492U);
    EXPECT_GT(slow.events, 600U);
    EXPECT_LE(slow.events, 652U);
    EXPECT_EQ(slow.id, fast.id);
    EXPECT_EQ(slow.bids, fast.bids);
    EXPECT_EQ(slow.asks, fast.asks);
}

}  // namespace
}  // namespace portcullis::tools::venue
