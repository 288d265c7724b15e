// Trades, aggregates, klines, averages and tickers: computed by hand from a dozen trades, and all
// of them from a naive sum over a random day.
#include <simdjson.h>

#include <random>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

class MarketMethods : public RecordedTradesTest {
protected:
    std::string market(const std::string& path, const std::string& query = "symbol=BTCUSDT") {
        const HttpReply reply = get("/api/v3/" + path + "?" + query);
        EXPECT_EQ(reply.status, 200) << reply.body;
        return reply.body;
    }
};

TEST_F(MarketMethods, trades_are_told_latest_first_or_from_an_id_on) {
    some_trades();
    EXPECT_EQ(
        market("historicalTrades", "symbol=BTCUSDT&fromId=71&limit=1"),
        R"([{"id":71,"price":"101.00000000","qty":"0.50000000","quoteQty":"50.50000000","time":1700000000500,"isBuyerMaker":true,"isBestMatch":true}])");
    EXPECT_EQ(market("historicalTrades", "symbol=BTCUSDT&limit=2"),
              market("trades", "symbol=BTCUSDT&limit=2"));
    EXPECT_EQ(member(market("trades", "symbol=BTCUSDT&limit=2"), "/0/id"), "74");
    EXPECT_EQ(member(market("historicalTrades", "symbol=BTCUSDT&fromId=1"), "/0/id"), "70");
    EXPECT_EQ(market("historicalTrades", "symbol=BTCUSDT&fromId=76"), "[]");
}

TEST_F(MarketMethods, aggregates_are_runs_of_one_price_side_and_millisecond) {
    some_trades();
    const std::string two =
        R"({"a":71,"p":"101.00000000","q":"0.75000000","f":71,"l":72,"T":1700000000500,"m":true,"M":true})";
    const std::string three =
        R"({"a":72,"p":"100.50000000","q":"2.00000000","f":73,"l":73,"T":1700000000500,"m":true,"M":true})";
    EXPECT_EQ(market("aggTrades", "symbol=BTCUSDT&fromId=71&limit=2"),
              "[" + two + "," + three + "]");
    EXPECT_EQ(market("aggTrades", "symbol=BTCUSDT&startTime=1700000000500&endTime=1700000000500"),
              "[" + two + "," + three + "]");
    EXPECT_EQ(member(market("aggTrades", "symbol=BTCUSDT&limit=1"), "/0/a"), "74");
    EXPECT_EQ(member(market("aggTrades"), "/4/l"), "75");
}

TEST_F(MarketMethods, the_stream_and_the_request_give_an_aggregate_the_same_number) {
    trade(10, base_ms, "100.00000000", "1.00000000");
    FakePeer peer;
    const auto session = open("/ws/btcusdt@aggTrade", peer);
    for (int i = 1; i < 9; ++i) {
        trade(10 + i, base_ms + 1 + i / 2, "100.00000000", "1.00000000");
    }
    tick(false);
    const std::string rows = market("aggTrades");
    ASSERT_GE(peer.sent.size(), 4U);
    for (std::size_t i = 0; i < peer.sent.size(); ++i) {
        const std::string row = "/" + std::to_string(i + 1);
        for (const char* key : {"/a", "/f", "/l", "/q"}) {
            EXPECT_EQ(member(peer.sent[i], key), member(rows, row + key)) << i << key;
        }
    }
}

TEST_F(MarketMethods, klines_open_on_their_grid_and_are_flat_where_nothing_traded) {
    some_trades();
    EXPECT_EQ(
        market("klines", "symbol=BTCUSDT&interval=1m&limit=2&startTime=1699999980000"),
        R"([[1699999980000,"100.00000000","101.00000000","100.00000000","100.50000000","3.75000000",1700000039999,"376.75000000",4,"1.00000000","100.00000000","0"],)"
        R"([1700000040000,"99.00000000","99.00000000","99.00000000","99.00000000","1.00000000",1700000099999,"99.00000000",1,"1.00000000","99.00000000","0"]])");
    EXPECT_EQ(
        member(market("klines", "symbol=BTCUSDT&interval=1m&startTime=1700000100000"), "/0"),
        R"([1700000100000,"99.00000000","99.00000000","99.00000000","99.00000000","0.00000000",1700000159999,"0.00000000",0,"0.00000000","0.00000000","0"])");
    EXPECT_EQ(member(market("klines", "symbol=BTCUSDT&interval=1m&limit=1"), "/0/4"),
              R"("102.00000000")");
    EXPECT_EQ(market("klines", "symbol=BTCUSDT&interval=1m&endTime=1699999979999"), "[]");
}

TEST_F(MarketMethods, ui_klines_are_klines) {
    some_trades();
    const std::string query = "symbol=BTCUSDT&interval=1m&limit=3&timeZone=8";
    EXPECT_EQ(market("uiKlines", query), market("klines", query));
    EXPECT_EQ(member(get("/api/v3/uiKlines?symbol=BTCUSDT&interval=2m").body, "/code"), "-1120");
}

TEST_F(MarketMethods, the_system_is_always_normal) {
    EXPECT_EQ(get("/sapi/v1/system/status").body, R"({"status":0,"msg":"normal"})");
    EXPECT_EQ(member(get("/sapi/v1/system/status?a=1").body, "/code"), "-1101");
}

TEST_F(MarketMethods, time_goes_on_without_a_trade) {
    some_trades();
    for (int i = 0; i < 900; ++i) {
        tick(false);  // 90 s
    }
    EXPECT_EQ(member(market("ticker/24hr"), "/closeTime"), "1700000390000");
    EXPECT_EQ(member(market("ticker/24hr"), "/openTime"), "1699913990000");
    EXPECT_EQ(member(market("ticker", "symbol=BTCUSDT&windowSize=1m"), "/openTime"),
              "1700000280000");
    EXPECT_EQ(
        market("klines", "symbol=BTCUSDT&interval=1m&limit=1"),
        R"([[1700000340000,"102.00000000","102.00000000","102.00000000","102.00000000","0.00000000",1700000399999,"0.00000000",0,"0.00000000","0.00000000","0"]])");
    EXPECT_EQ(member(market("avgPrice"), "/closeTime"), "1700000300000") << "the last trade's";
    for (int i = 0; i < 600; ++i) {
        tick(false);
    }
    const std::string empty = market("ticker", "symbol=BTCUSDT&windowSize=1m");
    EXPECT_EQ(member(empty, "/count"), "0");
    EXPECT_EQ(member(empty, "/openPrice"), R"("102.00000000")") << "flat where nothing traded";
    EXPECT_EQ(member(empty, "/priceChangePercent"), R"("0.000")");
}

TEST_F(MarketMethods, every_interval_opens_where_the_calendar_says) {
    some_trades();
    const std::pair<const char*, const char*> rows[] = {
        // openTime and closeTime of the kline that holds 2023-11-14 22:13:20 (a Tuesday)
        {"interval=1s", "1700000000000,1700000000999"},
        {"interval=3m", "1699999920000,1700000099999"},
        {"interval=15m", "1699999200000,1700000099999"},
        {"interval=1h", "1699999200000,1700002799999"},
        {"interval=12h", "1699963200000,1700006399999"},
        {"interval=1d", "1699920000000,1700006399999"},
        {"interval=3d", "1699833600000,1700092799999"},
        {"interval=1w", "1699833600000,1700438399999"},
        {"interval=1M", "1698796800000,1701388799999"},
        {"interval=1d&timeZone=8", "1699977600000,1700063999999"},
        {"interval=1d&timeZone=-2:30", "1699929000000,1700015399999"},
    };
    for (const auto& [query, expected] : rows) {
        const std::string first = member(
            market("klines", std::string("symbol=BTCUSDT&startTime=1&limit=1&") + query), "/0");
        EXPECT_EQ(member(first, "/0") + "," + member(first, "/6"), expected) << query;
    }
}

TEST_F(MarketMethods, the_average_is_of_five_minutes_by_volume) {
    EXPECT_EQ(market("avgPrice"), R"({"mins":5,"price":"0.00000000","closeTime":0})");
    some_trades();  // the first is five minutes old and no longer counts
    EXPECT_EQ(market("avgPrice"), R"({"mins":5,"price":"101.12903225","closeTime":1700000300000})");
}

TEST_F(MarketMethods, the_last_day_is_told_whole_or_in_short) {
    some_trades();
    EXPECT_EQ(
        market("ticker/24hr"),
        R"({"symbol":"BTCUSDT","priceChange":"2.00000000","priceChangePercent":"2.000","weightedAvgPrice":"101.00000000","prevClosePrice":"0.00000000","lastPrice":"102.00000000","lastQty":"4.00000000","bidPrice":"100.00000000","bidQty":"1.00000000","askPrice":"101.00000000","askQty":"1.00000000","openPrice":"100.00000000","highPrice":"102.00000000","lowPrice":"99.00000000","volume":"8.75000000","quoteVolume":"883.75000000","openTime":1699913900000,"closeTime":1700000300000,"firstId":70,"lastId":75,"count":6})");
    EXPECT_EQ(
        market("ticker/24hr", "type=MINI"),
        R"([{"symbol":"BTCUSDT","openPrice":"100.00000000","highPrice":"102.00000000","lowPrice":"99.00000000","lastPrice":"102.00000000","volume":"8.75000000","quoteVolume":"883.75000000","openTime":1699913900000,"closeTime":1700000300000,"firstId":70,"lastId":75,"count":6}])");
    EXPECT_EQ(market("ticker/price"), R"({"symbol":"BTCUSDT","price":"102.00000000"})");
    EXPECT_EQ(market("ticker/price", "symbols=[\"BTCUSDT\"]"),
              R"([{"symbol":"BTCUSDT","price":"102.00000000"}])");
    trade(76, base_ms + 86'400'000 + 500, "50.00000000", "1.00000000");
    const std::string later = market("ticker/24hr");
    EXPECT_EQ(member(later, "/firstId"), "74") << "what is 24 hours old has left the window";
    EXPECT_EQ(member(later, "/prevClosePrice"), R"("100.50000000")");
    EXPECT_EQ(member(later, "/priceChangePercent"), R"("-49.495")");
}

TEST_F(MarketMethods, a_rolling_window_opens_on_a_minute_and_a_trading_day_at_midnight) {
    some_trades();
    EXPECT_EQ(
        market("ticker", "symbol=BTCUSDT&windowSize=4m"),
        R"({"symbol":"BTCUSDT","priceChange":"3.00000000","priceChangePercent":"3.030","weightedAvgPrice":"101.40000000","openPrice":"99.00000000","highPrice":"102.00000000","lowPrice":"99.00000000","lastPrice":"102.00000000","volume":"5.00000000","quoteVolume":"507.00000000","openTime":1700000040000,"closeTime":1700000300000,"firstId":74,"lastId":75,"count":2})")
        << "four minutes and twenty seconds wide";
    EXPECT_EQ(
        market("ticker/tradingDay", "symbols=[\"BTCUSDT\"]&type=MINI"),
        R"([{"symbol":"BTCUSDT","openPrice":"100.00000000","highPrice":"102.00000000","lowPrice":"99.00000000","lastPrice":"102.00000000","volume":"8.75000000","quoteVolume":"883.75000000","openTime":1699920000000,"closeTime":1700006399999,"firstId":70,"lastId":75,"count":6}])");
    const std::pair<const char*, const char*> rows[] = {
        // openTime, closeTime, count
        {"ticker?symbol=BTCUSDT&windowSize=1m", "1700000220000,1700000300000,1"},
        {"ticker?symbol=BTCUSDT&windowSize=59m", "1699996740000,1700000300000,6"},
        {"ticker?symbol=BTCUSDT&windowSize=23h", "1699917480000,1700000300000,6"},
        {"ticker?symbol=BTCUSDT", "1699913880000,1700000300000,6"},
        {"ticker?symbol=BTCUSDT&windowSize=7d", "1699395480000,1700000300000,6"},
        {"ticker/tradingDay?symbol=BTCUSDT&timeZone=1:41", "1699913940000,1700000339999,6"},
        {"ticker/tradingDay?symbol=BTCUSDT&timeZone=1:42", "1700000280000,1700086679999,1"},
    };
    for (const auto& [target, expected] : rows) {
        const std::string body = get(std::string("/api/v3/") + target).body;
        EXPECT_EQ(member(body, "/openTime") + "," + member(body, "/closeTime") + "," +
                      member(body, "/count"),
                  expected)
            << target;
    }
}

TEST_F(MarketMethods, the_best_prices_are_those_of_the_newer_stream) {
    venue.exchange().market_ticker("BTCUSDT", level("100.5", "0.3"), level("100.9", "0.4"), 1'000,
                                   now_ms());
    EXPECT_EQ(
        market("ticker/bookTicker"),
        R"({"symbol":"BTCUSDT","bidPrice":"100.50000000","bidQty":"0.30000000","askPrice":"100.90000000","askQty":"0.40000000"})");
    EXPECT_EQ(member(market("ticker/24hr"), "/bidPrice"), R"("100.50000000")");
    EXPECT_EQ(member(market("ticker/24hr"), "/askQty"), R"("0.40000000")");
    EXPECT_EQ(member(venue.control("status").substr(3), "/symbols/0/ask"), R"("100.90000000")");
}

TEST_F(MarketMethods, a_tape_begins_anew_when_the_market_jumps_back) {
    some_trades();
    trade(71, base_ms + 500, "101.00000000", "0.50000000");
    EXPECT_EQ(member(market("ticker/24hr"), "/count"), "1");
    venue.market_jumped("BTCUSDT");
    EXPECT_EQ(market("trades"), "[]");
    EXPECT_EQ(member(market("ticker/24hr"), "/firstId"), "-1");
}

// 100 was the average, so 600 is too dear by PERCENT_PRICE_BY_SIDE, and 90 below what traded last.
TEST_F(MarketMethods, filters_and_stops_begin_anew_when_the_market_jumps) {
    Symbol symbol = venue.exchange().symbols().at("BTCUSDT");
    symbol.bid_multiplier_up_e4 = 50'000;
    venue.exchange().replace_symbol(symbol);
    venue.exchange().market_trade("BTCUSDT", level("100", "0").price, level("0", "1").qty, true,
                                  now_ms());
    const auto place = [this](const std::string& order) {
        return rest("POST", "/api/v3/order", "symbol=BTCUSDT&quantity=0.1&" + order).body;
    };
    const std::string dear = "side=BUY&type=LIMIT_MAKER&price=600";
    const std::string stop = "side=BUY&type=STOP_LOSS&stopPrice=90";
    EXPECT_EQ(member(place(dear), "/msg"), R"("Filter failure: PERCENT_PRICE_BY_SIDE")");
    EXPECT_EQ(member(place(stop), "/code"), "-2010");
    venue.market_jumped("BTCUSDT");
    EXPECT_EQ(member(place(dear), "/msg"), R"("Order would immediately match and take.")")
        << "it comes as far as the book";
    EXPECT_EQ(member(place(stop), "/symbol"), R"("BTCUSDT")");
}

TEST_F(MarketMethods, klines_and_ticker_add_up_over_a_random_day) {
    std::mt19937 random{20261126};
    std::int64_t time_ms = base_ms;
    engine::int128 volume = 0;
    engine::int128 quote = 0;
    for (std::int64_t id = 1; id <= 5'000; ++id) {
        time_ms += random() % 30'000;
        const std::int64_t price = 9'000 + static_cast<std::int64_t>(random() % 2'000);
        const std::int64_t qty = 1 + static_cast<std::int64_t>(random() % 500);
        trade(id, time_ms, decimal_text(engine::int128{price} * 1'000'000),
              decimal_text(engine::int128{qty} * 1'000'000), random() % 2 == 0);
        if (time_ms > base_ms) {
            volume += engine::int128{qty} * 1'000'000;
            quote += engine::int128{price} * qty * 10'000;
        }
    }
    ASSERT_LT(time_ms, base_ms + 86'400'000);
    const std::string day = market("ticker/24hr");
    EXPECT_EQ(member(day, "/count"), "5000");
    simdjson::dom::parser parser;
    simdjson::dom::array rows;
    const std::string klines = market("klines", "symbol=BTCUSDT&interval=5m&limit=1000");
    ASSERT_FALSE(parser.parse(klines).get(rows));
    std::int64_t count = 0;
    engine::int128 base_sum = 0;
    engine::int128 quote_sum = 0;
    std::int64_t next_ms = 0;
    for (const simdjson::dom::element row : rows) {
        EXPECT_TRUE(next_ms == 0 || row.at(0).get_int64().value() == next_ms);
        next_ms = row.at(6).get_int64().value() + 1;
        base_sum += engine::parse_decimal(row.at(5).get_string().value()).atoms;
        quote_sum += engine::parse_decimal(row.at(7).get_string().value()).atoms;
        count += row.at(8).get_int64().value();
    }
    EXPECT_EQ(count, 5000);
    EXPECT_EQ("\"" + decimal_text(base_sum) + "\"", member(day, "/volume"));
    EXPECT_EQ("\"" + decimal_text(quote_sum) + "\"", member(day, "/quoteVolume"));
}

TEST_F(MarketMethods, commission_is_that_of_the_account) {
    EXPECT_EQ(
        rest("GET", "/api/v3/account/commission", "symbol=BTCUSDT").body,
        R"({"symbol":"BTCUSDT","standardCommission":{"maker":"0.00100000","taker":"0.00150000","buyer":"0.00000000","seller":"0.00000000"},"specialCommission":{"maker":"0.00000000","taker":"0.00000000","buyer":"0.00000000","seller":"0.00000000"},"taxCommission":{"maker":"0.00000000","taker":"0.00000000","buyer":"0.00000000","seller":"0.00000000"},"discount":{"enabledForAccount":false,"enabledForSymbol":false,"discountAsset":"BNB","discount":"1.00000000"}})");
    EXPECT_EQ(member(rest("GET", "/api/v3/account/commission", "").body, "/code"), "-1102");
    const std::string fees =
        R"([{"symbol":"BTCUSDT","makerCommission":"0.001","takerCommission":"0.0015"}])";
    EXPECT_EQ(rest("GET", "/sapi/v1/asset/tradeFee", "").body, fees);
    EXPECT_EQ(rest("GET", "/sapi/v1/asset/tradeFee", "symbol=BTCUSDT").body, fees);
    EXPECT_EQ(member(rest("GET", "/sapi/v1/asset/tradeFee", "symbol=NOPE").body, "/code"), "-1121");
    ASSERT_EQ(venue.control("account fees alice 0 0.1"), "ok");
    EXPECT_EQ(rest("GET", "/sapi/v1/asset/tradeFee", "").body,
              R"([{"symbol":"BTCUSDT","makerCommission":"0","takerCommission":"0.1"}])");
}

/// What is told is what a fee is multiplied by, as in the worked example of Binance's FAQ.
TEST_F(MarketMethods, the_discount_told_is_the_part_that_is_paid) {
    AccountSetup in_bnb = setup("carol");
    in_bnb.fee_asset = "BNB";
    in_bnb.fee_asset_prices = {{"USDT", level("500", "0").price}};
    in_bnb.fee_discount_e8 = 25'000'000;
    in_bnb.balances["BNB"].free = amount("1");
    add_key(std::string(64, 'C'), ApiKeyKind::hmac, "carol's", venue.add_account(in_bnb), true);
    const auto ask = [this](const char* verb, const char* path, const char* query) {
        return rest(verb, path, query, std::string(64, 'C'), "carol's").body;
    };
    const std::string told =
        R"({"enabledForAccount":true,"enabledForSymbol":true,"discountAsset":"BNB","discount":"0.75000000"})";
    EXPECT_EQ(member(ask("GET", "/api/v3/account/commission", "symbol=BTCUSDT"), "/discount"),
              told);
    EXPECT_EQ(member(ask("POST", "/api/v3/order/test",
                         "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1"
                         "&computeCommissionRates=true"),
                     "/discount"),
              told);
    const std::string bought = ask("POST", "/api/v3/order",
                                   "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1"
                                   "&newOrderRespType=FULL");
    EXPECT_EQ(member(bought, "/fills/0/price"), R"("101.00000000")");
    EXPECT_EQ(member(bought, "/fills/0/commission"), R"("0.00022725")")
        << "101 * 0.0015 / 500 * 0.75";
}

TEST_F(MarketMethods, each_mistake_has_its_documented_answer) {
    const struct {
        const char* target;
        int code;
    } rows[] = {
        {"klines?symbol=BTCUSDT", -1102},
        {"klines?symbol=BTCUSDT&interval=2m", -1120},
        {"klines?symbol=BTCUSDT&interval=1m&timeZone=14:01", -1130},
        {"klines?symbol=BTCUSDT&interval=1m&timeZone=-12:01", -1130},
        {"klines?symbol=NOPE&interval=1m", -1121},
        {"klines?symbol=BTCUSDT&interval=1m&limit=0", -1130},
        {"avgPrice", -1102},
        {"avgPrice?symbol=NOPE", -1121},
        {"historicalTrades?symbol=NOPE", -1121},
        {"aggTrades?symbol=BTCUSDT&limit=0", -1130},
        {"aggTrades?symbol=NOPE", -1121},
        {"ticker/24hr?type=HUGE", -1139},
        {"ticker", -1102},
        {"ticker/tradingDay?type=FULL", -1102},
        {"ticker?symbol=NOPE", -1121},
        {"ticker?symbol=BTCUSDT&windowSize=60m", -1130},
        {"ticker?symbol=BTCUSDT&windowSize=24h", -1130},
        {"ticker?symbol=BTCUSDT&windowSize=8d", -1130},
        {"ticker?symbol=BTCUSDT&windowSize=0m", -1130},
        {"ticker?symbol=BTCUSDT&windowSize=1d2h", -1130},
        {"ticker?symbol=BTCUSDT&windowSize=", -1105},
        {"ticker?symbol=BTCUSDT&type=HUGE", -1139},
        {"ticker/tradingDay?symbol=BTCUSDT&timeZone=15", -1130},
        {"ticker/tradingDay?symbol=BTCUSDT&windowSize=1d", -1104},
        {"ticker/price?symbol=NOPE", -1121},
        {"ticker/price?symbols=[\"BTCUSDT\",\"BTCUSDT\"]", -1151},
        {"ticker/price?symbols=BTCUSDT", -1130},
        {"ticker/price?symbol=BTCUSDT&symbols=[\"BTCUSDT\"]", -1128},
        {"ticker/price?symbolStatus=OPEN", -1122},
        {"ticker/bookTicker?symbol=BTCUSDT&symbolStatus=HALT", -1220},
        {"ticker/bookTicker?foo=1", -1104},
        {"depth?symbol=BTCUSDT&symbolStatus=BREAK", -1220},
        {"depth?symbol=BTCUSDT&symbolStatus=trading", -1122},
        {"depth?symbol=NOPE&symbolStatus=BREAK", -1121},
    };
    for (const auto& row : rows) {
        const HttpReply reply = get(std::string("/api/v3/") + row.target);
        EXPECT_EQ(reply.status, 400) << row.target;
        EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code)) << row.target;
    }
    std::string names = "\"BTCUSDT\"";
    for (int name = 1; name < 100; ++name) {
        names += ",\"S" + std::to_string(name) + "\"";
    }
    for (const std::string ticker : {"ticker", "ticker/tradingDay"}) {
        const std::string target = "/api/v3/" + ticker + "?symbols=[" + names;
        EXPECT_EQ(member(get(target + "]").body, "/code"), "-1121") << "100";
        EXPECT_EQ(
            get(target + ",\"ONEMORE\"]").body,
            R"({"code":-1101,"msg":"Too many values sent for parameter 'symbols', maximum allowed up to 100."})");
    }
    EXPECT_EQ(market("ticker/price", "symbolStatus=HALT"), "[]");
    EXPECT_EQ(member(market("depth", "symbol=BTCUSDT&symbolStatus=TRADING"), "/lastUpdateId"),
              "10");
}

TEST_F(MarketMethods, exchange_info_is_narrowed_as_documented) {
    const std::pair<const char*, int> refused[] = {
        {"exchangeInfo?symbolStatus=OPEN", -1122},
        {"exchangeInfo?symbolStatus=", -1105},
        {"exchangeInfo?symbols=[\"BTCUSDT\"]&symbolStatus=TRADING", -1128},
        {"exchangeInfo?symbol=BTCUSDT&symbols=[\"BTCUSDT\"]", -1128},
        {"exchangeInfo?symbol=BTCUSDT&permissions=SPOT", -1128},
        {"exchangeInfo?symbols=BTCUSDT", -1130},
        {"exchangeInfo?symbols=[\"BTCUSDT\",\"NOPE\"]", -1121},
        {"exchangeInfo?permissions=FUTURES", -1130},
        {"exchangeInfo?permissions=[]", -1130},
        {"exchangeInfo?permissions=[\"SPOT\",\"TRD_GRP_026\"]", -1130},
        {"exchangeInfo?showPermissionSets=yes", -1130},
    };
    for (const auto& [target, code] : refused) {
        EXPECT_EQ(member(get(std::string("/api/v3/") + target).body, "/code"), std::to_string(code))
            << target;
    }
    const auto first = [this](const std::string& query, const std::string& key = "symbol") {
        return member(market("exchangeInfo", query), "/symbols/0/" + key);
    };
    EXPECT_EQ(first("symbolStatus=TRADING"), R"("BTCUSDT")");
    EXPECT_EQ(first("symbolStatus=TRADING&permissions=SPOT"), R"("BTCUSDT")");
    EXPECT_EQ(first("permissions=[\"MARGIN\",\"SPOT\"]"), R"("BTCUSDT")");
    for (const char* none : {"symbolStatus=BREAK", "permissions=MARGIN",
                             "permissions=[\"LEVERAGED\",\"TRD_GRP_025\"]"}) {
        EXPECT_EQ(member(market("exchangeInfo", none), "/symbols"), "[]") << none;
    }
    EXPECT_EQ(first("symbol=BTCUSDT", "permissionSets"), R"([["SPOT"]])");
    EXPECT_EQ(first("symbol=BTCUSDT&showPermissionSets=false", "permissionSets"), "[]");
}

}  // namespace
}  // namespace portcullis::tools::venue
