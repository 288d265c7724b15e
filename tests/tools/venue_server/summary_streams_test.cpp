// Klines, tickers and averages as streams: golden frames by hand, when they are told and when not,
// and on the recording each of them against the method of the API and a walk through all trades.
#include <simdjson.h>

#include <functional>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/replay.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {
namespace {

class Summary : public RecordedTradesTest {
protected:
    void ticks(int count) {
        for (int i = 0; i < count; ++i) {
            tick(++ticks_ % 10 == 0);
        }
    }
    FakePeer peer;
    int ticks_{0};
};

TEST_F(Summary, the_last_day_is_told_in_short_and_whole) {
    FakePeer whole;
    const auto mini = open("/ws/btcusdt@miniTicker", peer);
    const auto full = open("/stream?streams=btcusdt@ticker", whole);
    tick(true);
    EXPECT_TRUE(peer.sent.empty()) << "nothing before the first trade";
    some_trades();
    tick(true);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"24hrMiniTicker","E":1700000300100,"s":"BTCUSDT","c":"102.00000000","o":"100.00000000","h":"102.00000000","l":"99.00000000","v":"8.75000000","q":"883.75000000"})");
    EXPECT_EQ(
        whole.last(),
        R"({"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1700000300100,"s":"BTCUSDT","p":"2.00000000","P":"2.000","w":"101.00000000","x":"0.00000000","c":"102.00000000","Q":"4.00000000","b":"100.00000000","B":"1.00000000","a":"101.00000000","A":"1.00000000","o":"100.00000000","h":"102.00000000","l":"99.00000000","v":"8.75000000","q":"883.75000000","O":1699913900100,"C":1700000300100,"F":70,"L":75,"n":6}})");
    trade(76, base_ms + 86'400'000 + 500, "50.00000000", "1.00000000");
    tick(true);
    EXPECT_EQ(member(whole.last(), "/data/F"), "74") << "what is 24 hours old has left";
    EXPECT_EQ(member(whole.last(), "/data/x"), R"("100.50000000")") << "the price before it";
}

TEST_F(Summary, a_rolling_window_opens_on_a_minute_and_closes_now) {
    const auto session = open("/ws/btcusdt@ticker_1h", peer);
    some_trades();
    tick(true);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"1hTicker","E":1700000300100,"s":"BTCUSDT","p":"2.00000000","P":"2.000","o":"100.00000000","h":"102.00000000","l":"99.00000000","c":"102.00000000","w":"101.00000000","v":"8.75000000","q":"883.75000000","O":1699996680000,"C":1700000300100,"F":70,"L":75,"n":6})");
    // The first four trades are told of until the minute of the window's end has passed.
    trade(76, base_ms + 3'639'999, "99.00000000", "1.00000000");
    EXPECT_EQ(get("/api/v3/ticker?symbol=BTCUSDT&windowSize=1h").body.find("\"firstId\":70") ==
                  std::string::npos,
              false);
    tick(true);
    EXPECT_EQ(member(peer.last(), "/F"), "74") << "a tick later it opens a minute later";
    EXPECT_EQ(member(peer.last(), "/O"), "1700000040000");
}

TEST_F(Summary, the_average_is_told_when_it_changes) {
    const auto session = open("/ws/btcusdt@avgPrice", peer);
    some_trades();
    tick(true);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"avgPrice","E":1700000300100,"s":"BTCUSDT","i":"5m","w":"101.12903225","T":1700000300000})");
    ticks(600);
    EXPECT_EQ(peer.sent.size(), 1U);
    trade(76, base_ms + 400'000, "102.00000000", "1.00000000");
    tick(true);
    EXPECT_EQ(peer.sent.size(), 2U);
}

TEST_F(Summary, a_kline_is_told_every_two_seconds_and_once_when_it_is_over) {
    some_trades();
    const auto session = open("/ws/btcusdt@kline_1m", peer);
    tick(true);
    EXPECT_TRUE(peer.sent.empty());
    tick(true);
    ASSERT_EQ(peer.sent.size(), 1U);
    const std::string values =
        R"("s":"BTCUSDT","i":"1m","f":75,"L":75,"o":"102.00000000","c":"102.00000000","h":"102.00000000","l":"102.00000000","v":"4.00000000","n":1,"x":false,"q":"408.00000000","V":"4.00000000","Q":"408.00000000","B":"0"}})";
    EXPECT_EQ(
        peer.last(),
        R"({"e":"kline","E":1700000300200,"s":"BTCUSDT","k":{"t":1700000280000,"T":1700000339999,)" +
            values);
    tick(true);
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U) << "nothing changed";
    trade(76, base_ms + 301'000, "101.00000000", "1.00000000", true);
    trade(77, base_ms + 340'000, "103.00000000", "1.00000000");
    tick(false);
    ASSERT_EQ(peer.sent.size(), 2U) << "a trade of the next one has come";
    EXPECT_EQ(
        peer.last(),
        R"({"e":"kline","E":1700000340100,"s":"BTCUSDT","k":{"t":1700000280000,"T":1700000339999,"s":"BTCUSDT","i":"1m","f":75,"L":76,"o":"102.00000000","c":"101.00000000","h":"102.00000000","l":"101.00000000","v":"5.00000000","n":2,"x":true,"q":"509.00000000","V":"4.00000000","Q":"408.00000000","B":"0"}})");
    tick(true);
    tick(true);
    ASSERT_EQ(peer.sent.size(), 3U);
    EXPECT_EQ(member(peer.last(), "/k/t"), "1700000340000");
    EXPECT_EQ(member(peer.last(), "/k/x"), "false");
}

TEST_F(Summary,
       a_kline_in_which_nothing_follows_is_over_a_second_after_its_end_and_the_next_is_flat) {
    const auto session = open("/ws/btcusdt@kline_1s", peer);
    trade(70, base_ms + 950, "100.00000000", "1.00000000");
    ticks(10);  // the market's time is 1.95 s: the second of the trade is over, but may still grow
    ASSERT_EQ(peer.sent.size(), 1U);
    EXPECT_EQ(member(peer.last(), "/k/x"), "false");
    ticks(1);
    ASSERT_EQ(peer.sent.size(), 2U);
    EXPECT_EQ(member(peer.last(), "/k/t"), "1700000000000");
    EXPECT_EQ(member(peer.last(), "/k/x"), "true");
    ticks(9);
    ASSERT_EQ(peer.sent.size(), 3U);
    EXPECT_EQ(member(peer.last(), "/k/t"), "1700000001000");
    EXPECT_EQ(member(peer.last(), "/k/x"), "false");
    ticks(1);
    ASSERT_EQ(peer.sent.size(), 4U);
    EXPECT_EQ(
        peer.last(),
        R"({"e":"kline","E":1700000003050,"s":"BTCUSDT","k":{"t":1700000001000,"T":1700000001999,"s":"BTCUSDT","i":"1s","f":-1,"L":-1,"o":"100.00000000","c":"100.00000000","h":"100.00000000","l":"100.00000000","v":"0.00000000","n":0,"x":true,"q":"0.00000000","V":"0.00000000","Q":"0.00000000","B":"0"}})");
    EXPECT_EQ(get("/api/v3/klines?symbol=BTCUSDT&interval=1s&startTime=1700000001000&limit=1").body,
              R"([[1700000001000,"100.00000000","100.00000000","100.00000000","100.00000000",)"
              R"("0.00000000",1700000001999,"0.00000000",0,"0.00000000","0.00000000","0"]])");
}

TEST_F(Summary, after_a_pause_of_the_clock_no_flood_of_klines_comes) {
    venue.api().tape().follow_clock("BTCUSDT");
    const auto session = open(
        "/stream?streams=btcusdt@kline_1s/btcusdt@kline_1m/btcusdt@miniTicker"
        "/btcusdt@avgPrice/btcusdt@ticker_1h/!miniTicker@arr",
        peer);
    trade(70, base_ms, "100.00000000", "1.00000000");
    venue.tick(true, base_ms + 100);
    venue.tick(true, base_ms + 200);
    peer.sent.clear();
    const std::int64_t resumed_ms = base_ms + 3'600'000;
    venue.tick(true, resumed_ms);
    venue.tick(true, resumed_ms + 100);
    const auto told = [this](const std::string& stream, const char* key) {
        std::string out;
        for (const std::string& text : peer.sent) {
            out += member(text, "/stream") == '"' + stream + '"' ? member(text, key) + " " : "";
        }
        return out;
    };
    EXPECT_EQ(told("btcusdt@kline_1s", "/data/k/t"), "1700000000000 1700003600000 ");
    EXPECT_EQ(told("btcusdt@kline_1s", "/data/k/x"), "true false ");
    EXPECT_EQ(told("btcusdt@kline_1m", "/data/k/t"), "1699999980000 1700003580000 ");
    EXPECT_EQ(told("btcusdt@kline_1m", "/data/k/x"), "true false ");
    EXPECT_LE(peer.sent.size(), 6U) << "of the others at most one";
    const HttpReply klines = get("/api/v3/klines?symbol=BTCUSDT&interval=1s&limit=3");
    EXPECT_EQ(member(klines.body, "/0/0"), "1700003598000") << "all are there to be asked for";
}

TEST_F(Summary, a_clock_that_is_slow_leaves_no_kline_out) {
    venue.api().tape().follow_clock("BTCUSDT");
    const auto session = open("/ws/btcusdt@kline_1s", peer);
    trade(70, base_ms, "100.00000000", "1.00000000");
    venue.tick(false, base_ms + 100);
    venue.tick(false, base_ms + 10'100);
    EXPECT_EQ(peer.sent.size(), 9U);
    venue.tick(false, base_ms + 20'100);
    ASSERT_EQ(peer.sent.size(), 19U);
    EXPECT_EQ(member(peer.last(), "/k/t"), "1700000018000");
}

TEST_F(Summary, arrays_hold_what_has_changed) {
    Symbol other = btcusdt();
    other.name = "ETHUSDT";
    other.base = "ETH";
    venue.exchange().add_symbol(other);
    FakePeer windows;
    const auto mini = open("/ws/!miniTicker@arr", peer);
    const auto rolling = open("/ws/!ticker_4h@arr", windows);
    tick(true);
    EXPECT_TRUE(peer.sent.empty()) << "no empty array";
    some_trades();
    trade(1, base_ms + 7, "3.00000000", "1.00000000", false, "ETHUSDT");
    tick(true);
    EXPECT_EQ(member(peer.last(), "/0/s"), R"("BTCUSDT")");
    EXPECT_EQ(
        member(peer.last(), "/1"),
        R"({"e":"24hrMiniTicker","E":1700000000107,"s":"ETHUSDT","c":"3.00000000","o":"3.00000000","h":"3.00000000","l":"3.00000000","v":"1.00000000","q":"3.00000000"})");
    EXPECT_EQ(member(windows.last(), "/1/e"), R"("4hTicker")");
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U);
    trade(2, base_ms + 1'000, "4.00000000", "1.00000000", false, "ETHUSDT");
    tick(true);
    EXPECT_EQ(member(peer.last(), "/0/s"), R"("ETHUSDT")");
    EXPECT_EQ(member(peer.last(), "/1"), "");
    EXPECT_EQ(windows.sent.size(), 2U);
}

TEST_F(Summary, a_change_of_the_best_prices_is_news_of_the_ticker_alone) {
    FakePeer whole;
    const auto mini = open("/ws/btcusdt@miniTicker", peer);
    const auto full = open("/ws/btcusdt@ticker", whole);
    some_trades();
    tick(true);
    venue.exchange().market_depth("BTCUSDT", {level("100.5", "3")}, {}, 11, now_ms());
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U);
    ASSERT_EQ(whole.sent.size(), 2U);
    EXPECT_EQ(member(whole.last(), "/b"), R"("100.50000000")");
}

TEST_F(Summary, times_are_in_the_unit_that_the_url_asks_for) {
    FakePeer tickers;
    const auto kline = open("/ws/btcusdt@kline_1s?timeUnit=MICROSECOND", peer);
    const auto both = open("/ws/btcusdt@ticker?timeUnit=microsecond", tickers);
    some_trades();
    tick(true);
    EXPECT_NE(
        peer.last().find(
            R"("E":1700000300100000,"s":"BTCUSDT","k":{"t":1700000300000000,"T":1700000300999999,)"),
        std::string::npos)
        << peer.last();
    EXPECT_NE(tickers.last().find(R"("O":1699913900100000,"C":1700000300100000,"F":70,)"),
              std::string::npos)
        << tickers.last();
    EXPECT_EQ(member(tickers.last(), "/E"), "1700000300100000");
}

TEST_F(Summary, after_a_jump_begins_anew) {
    FakePeer klines;
    some_trades();
    const auto session = open("/ws/btcusdt@miniTicker", peer);
    const auto other = open("/ws/btcusdt@kline_1s", klines);
    tick(true);
    venue.market_jumped("BTCUSDT");
    ticks(20);
    EXPECT_EQ(peer.sent.size(), 1U);
    EXPECT_EQ(klines.sent.size(), 1U) << "what was begun before is not closed";
    trade(20, base_ms - 100'000, "90.00000000", "1.00000000");
    tick(true);
    EXPECT_EQ(member(peer.last(), "/v"), R"("1.00000000")");
    EXPECT_EQ(member(klines.last(), "/k/t"), std::to_string(base_ms - 100'000));
}

TEST_F(Summary, a_subscriber_that_leaves_takes_the_stream_with_it) {
    some_trades();
    auto session = open("/ws/btcusdt@kline_1s", peer);
    tick(true);
    EXPECT_EQ(peer.sent.size(), 1U);
    session.reset();
    trade(76, base_ms + 500'000, "90.00000000", "1.00000000");
    ticks(20);
    FakePeer later;
    const auto again = open("/ws/btcusdt@kline_1s", later);
    ticks(10);
    ASSERT_EQ(later.sent.size(), 1U);
    EXPECT_EQ(member(later.last(), "/k/f"), "-1") << "not what was over before it came";
}

TEST_F(Summary, variants_that_do_not_exist_are_refused) {
    const auto session = open("/ws", peer);
    for (const char* name :
         {"btcusdt@kline_7m", "btcusdt@kline_", "btcusdt@kline_1m@+09:00", "btcusdt@kline_1H",
          "btcusdt@ticker_2h", "!ticker_2h@arr", "!ticker_1h", "btcusdt@depth7",
          "btcusdt@depth@200ms", "btcusdt@depth5@1s"}) {
        now_us += 1'000'000;
        session->on_text(R"({"method":"SUBSCRIBE","params":[")" + std::string(name) +
                         R"("],"id":1})");
        EXPECT_EQ(peer.last(), R"({"code":2,"msg":"Invalid request: invalid stream name ')" +
                                   std::string(name) + R"('","id":1})");
        HttpReply refusal;
        EXPECT_EQ(venue.open(std::string("/ws/") + name, "127.0.0.1", peer, refusal), nullptr);
        EXPECT_EQ(refusal.status, 400) << name;
    }
    for (const std::string& name : speaking_streams("BTCUSDT")) {
        EXPECT_TRUE(stream_variant_known(name)) << name;
    }
    EXPECT_TRUE(stream_variant_known("btcusdt@anything"));
}

/// Hands each message to `hear`.
struct Ear final : Peer {
    explicit Ear(std::function<void(const std::string&)> with) : hear(std::move(with)) {}
    void send(std::shared_ptr<const std::string> text) override { hear(*text); }
    void close(std::uint16_t, std::string_view) override {}
    void cut() override {}
    void tear() override {}
    void shape(const WireAct&) override {}
    std::function<void(const std::string&)> hear;
};

struct Candle {
    double open{}, high{}, low{}, close{};
    std::int64_t first{-1}, last{-1}, count{};
    std::int64_t volume{}, taker_buy_volume{};
    bool operator==(const Candle&) const = default;
};

class SummaryOfTheRecording : public testing::Test {
protected:
    struct Trade {
        std::int64_t id, time_ms, qty;
        double price;
        bool maker;
    };
    SummaryOfTheRecording() : venue(no_limits(), [this] { return now_us; }) {
        auto opened = Replay::open(
            venue.exchange(),
            {PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"},
            {});
        EXPECT_TRUE(opened) << opened.error();
        replay = std::move(opened).value();
        replay->on_message([this](const std::string&, std::string_view stream,
                                  std::string_view data, StreamKind kind) {
            venue.publish(stream, data);
            if (kind == StreamKind::trade) {
                const std::string text(data);
                trades.push_back({std::stoll(member(text, "/t")), std::stoll(member(text, "/T")),
                                  atoms(text, "/q"), number(text, "/p"),
                                  member(text, "/m") == "true"});
            }
        });
        replay->on_tick([this](bool full_second, std::int64_t due_ns) {
            venue.tick(full_second, due_ns / 1'000'000);
        });
    }
    static LimitsConfig no_limits() {
        LimitsConfig limits;
        limits.request_weight_per_minute = limits.raw_requests_per_5_minutes = 2147483647;
        return limits;
    }
    static std::string bare(const std::string& text, const char* path) {
        const std::string value = member(text, path);
        return value.substr(1, value.size() - 2);
    }
    static std::int64_t atoms(const std::string& text, const char* path) {
        return engine::parse_decimal(bare(text, path)).atoms;
    }
    static double number(const std::string& text, const char* path) {
        return std::stod(bare(text, path));
    }
    std::string ask(const std::string& target) {
        const HttpReply reply = venue::get(venue, target);
        EXPECT_EQ(reply.status, 200) << reply.body;
        return reply.body;
    }
    void listen(const std::string& stream, std::function<void(const std::string&)> hear) {
        ears.push_back(std::make_unique<Ear>(std::move(hear)));
        HttpReply refusal;
        sessions.push_back(venue.open("/ws/" + stream, "127.0.0.1", *ears.back(), refusal));
        EXPECT_TRUE(sessions.back()) << refusal.body;
    }
    void play() {
        replay->start(0);
        ASSERT_TRUE(replay->poll(3'600'000'000'000));
        ASSERT_GT(trades.size(), 10'000U);
    }
    /// A walk through all trades told so far.
    [[nodiscard]] Candle walk(std::int64_t from_ms, std::int64_t to_ms) const {
        Candle out;
        for (const Trade& trade : trades) {
            if (trade.time_ms > to_ms) {
                break;
            }
            if (trade.time_ms < from_ms) {
                out.open = out.high = out.low = out.close = trade.price;  // flat, if no other comes
                continue;
            }
            if (out.count++ == 0) {
                out.open = out.high = out.low = trade.price;
                out.first = trade.id;
            }
            out.high = std::max(out.high, trade.price);
            out.low = std::min(out.low, trade.price);
            out.close = trade.price;
            out.last = trade.id;
            out.volume += trade.qty;
            out.taker_buy_volume += trade.maker ? 0 : trade.qty;
        }
        return out;
    }
    static Candle told(const std::string& text) {
        return {number(text, "/k/o"),
                number(text, "/k/h"),
                number(text, "/k/l"),
                number(text, "/k/c"),
                std::stoll(member(text, "/k/f")),
                std::stoll(member(text, "/k/L")),
                std::stoll(member(text, "/k/n")),
                atoms(text, "/k/v"),
                atoms(text, "/k/V")};
    }

    std::int64_t now_us{1'700'000'000'000'000};
    Venue venue;
    std::unique_ptr<Replay> replay;
    std::vector<Trade> trades;
    std::vector<std::unique_ptr<Ear>> ears;
    std::vector<std::unique_ptr<WebSocketHandler>> sessions;
};

TEST_F(SummaryOfTheRecording, klines_are_those_of_a_walk_and_of_the_request_and_close_for_good) {
    static constexpr const char* intervals[] = {"1s", "1m", "5m", "1h", "1d@+08:00"};
    std::map<std::string, std::vector<std::pair<std::int64_t, std::pair<std::int64_t, Candle>>>>
        closed;
    std::map<std::string, std::int64_t> updates;
    for (const std::string interval : intervals) {
        listen("btcusdt@kline_" + interval, [this, interval, &closed,
                                             &updates](const std::string& text) {
            const std::int64_t open_ms = std::stoll(member(text, "/k/t"));
            const std::int64_t end_ms = std::stoll(member(text, "/k/T"));
            EXPECT_EQ(told(text), walk(open_ms, end_ms)) << text;
            EXPECT_LE(trades.front().time_ms, std::stoll(member(text, "/E")));
            const std::string zone = interval == "1d@+08:00" ? "&timeZone=8" : "";
            const std::string row = member(ask("/api/v3/klines?symbol=BTCUSDT&limit=1&interval=" +
                                               interval.substr(0, interval.find('@')) +
                                               "&startTime=" + std::to_string(open_ms) + zone),
                                           "/0");
            const char* pairs[][2] = {{"/k/t", "/0"}, {"/k/o", "/1"},  {"/k/h", "/2"},
                                      {"/k/l", "/3"}, {"/k/c", "/4"},  {"/k/v", "/5"},
                                      {"/k/T", "/6"}, {"/k/q", "/7"},  {"/k/n", "/8"},
                                      {"/k/V", "/9"}, {"/k/Q", "/10"}, {"/k/B", "/11"}};
            for (const auto& [stream, request] : pairs) {
                EXPECT_EQ(member(text, stream), member(row, request)) << text << row;
            }
            if (member(text, "/k/x") == "true") {
                closed[interval].push_back({open_ms, {end_ms, told(text)}});
            } else {
                ++updates[interval];
            }
        });
    }
    play();
    for (const auto& [interval, klines] : closed) {
        for (std::size_t i = 0; i < klines.size(); ++i) {
            const auto& [open_ms, rest] = klines[i];
            EXPECT_EQ(rest.second, walk(open_ms, rest.first)) << "a trade came after its end";
            EXPECT_TRUE(i == 0 || klines[i - 1].second.first + 1 == open_ms) << interval;
        }
    }
    const auto ended = [this](std::int64_t interval_ms) {
        return static_cast<std::size_t>(trades.back().time_ms / interval_ms -
                                        trades.front().time_ms / interval_ms);
    };
    // 650 s of the recording.
    EXPECT_GE(closed["1s"].size(), ended(1'000));
    EXPECT_EQ(closed["1m"].size(), ended(60'000));
    EXPECT_EQ(closed["5m"].size(), ended(300'000));
    EXPECT_GE(updates["1s"], 600);
    EXPECT_GE(updates["1m"], 300);
    EXPECT_LE(updates["1m"], 330);
    EXPECT_GE(updates["1d@+08:00"], 300);
}

TEST_F(SummaryOfTheRecording, tickers_and_averages_are_those_of_the_requests) {
    std::map<std::string, int> heard;
    const auto compare = [&](const std::string& stream, const std::string& path,
                             const std::vector<std::pair<const char*, const char*>>& pairs) {
        listen(stream, [this, stream, path, pairs, &heard](const std::string& text) {
            ++heard[stream];
            const std::string answer = ask("/api/v3/" + path);
            for (const auto& [told, asked] : pairs) {
                EXPECT_NE(member(text, told), "") << told;
                EXPECT_EQ(member(text, told), member(answer, asked)) << text << answer;
            }
        });
    };
    compare("btcusdt@ticker", "ticker/24hr?symbol=BTCUSDT",
            {{"/p", "/priceChange"},      {"/P", "/priceChangePercent"},
             {"/w", "/weightedAvgPrice"}, {"/x", "/prevClosePrice"},
             {"/c", "/lastPrice"},        {"/Q", "/lastQty"},
             {"/b", "/bidPrice"},         {"/B", "/bidQty"},
             {"/a", "/askPrice"},         {"/A", "/askQty"},
             {"/o", "/openPrice"},        {"/h", "/highPrice"},
             {"/l", "/lowPrice"},         {"/v", "/volume"},
             {"/q", "/quoteVolume"},      {"/O", "/openTime"},
             {"/C", "/closeTime"},        {"/F", "/firstId"},
             {"/L", "/lastId"},           {"/n", "/count"},
             {"/E", "/closeTime"}});
    compare("btcusdt@miniTicker", "ticker/24hr?type=MINI&symbol=BTCUSDT",
            {{"/c", "/lastPrice"},
             {"/o", "/openPrice"},
             {"/h", "/highPrice"},
             {"/l", "/lowPrice"},
             {"/v", "/volume"},
             {"/q", "/quoteVolume"}});
    compare("btcusdt@ticker_1h", "ticker?windowSize=1h&symbol=BTCUSDT",
            {{"/p", "/priceChange"},
             {"/P", "/priceChangePercent"},
             {"/w", "/weightedAvgPrice"},
             {"/o", "/openPrice"},
             {"/h", "/highPrice"},
             {"/l", "/lowPrice"},
             {"/c", "/lastPrice"},
             {"/v", "/volume"},
             {"/q", "/quoteVolume"},
             {"/O", "/openTime"},
             {"/C", "/closeTime"},
             {"/F", "/firstId"},
             {"/L", "/lastId"},
             {"/n", "/count"}});
    compare("btcusdt@avgPrice", "avgPrice?symbol=BTCUSDT",
            {{"/w", "/price"}, {"/T", "/closeTime"}});
    compare("!miniTicker@arr", "ticker/24hr?type=MINI",
            {{"/0/s", "/0/symbol"}, {"/0/c", "/0/lastPrice"}, {"/0/v", "/0/volume"}});
    play();
    EXPECT_EQ(heard.size(), 5U);
    for (const auto& [stream, count] : heard) {
        EXPECT_GE(count, 600) << stream;
        EXPECT_LE(count, 652) << stream;
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
