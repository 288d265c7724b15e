// What an account can ask of its past beside orders and trades, what bounds it, and what this venue
// has nothing of: amendments, prevented matches, filters, allocations, block trades, rules, SOR.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class Records : public VenueTest {
protected:
    std::string read(const std::string& path, const std::string& query) {
        return rest("GET", "/api/v3/" + path, query).body;
    }
    std::string full(const std::string& fields) {
        return rest("POST", "/api/v3/order", "symbol=BTCUSDT&newOrderRespType=FULL&" + fields).body;
    }
    std::string bid(const std::string& price, const std::string& qty) {
        return place("side=BUY&type=LIMIT&timeInForce=GTC&price=" + price + "&quantity=" + qty);
    }
    void amend(const std::string& id, const std::string& qty, const std::string& name) {
        const HttpReply reply =
            rest("PUT", "/api/v3/order/amend/keepPriority",
                 "symbol=BTCUSDT&orderId=" + id + "&newQty=" + qty + "&newClientOrderId=" + name);
        EXPECT_EQ(reply.status, 200) << reply.body;
    }
};

TEST_F(Records, tell_each_amendment_of_an_order) {
    place("side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=5&newClientOrderId=a");
    EXPECT_EQ(read("order/amendments", "symbol=BTCUSDT&orderId=1"), "[]");
    amend("1", "4", "b");
    now_us += 1000;
    amend("1", "3", "c");
    const std::string first =
        R"({"symbol":"BTCUSDT","orderId":1,"executionId":2,"origClientOrderId":"a","newClientOrderId":"b","origQty":"5.00000000","newQty":"4.00000000","time":1700000000000})";
    const std::string second =
        R"({"symbol":"BTCUSDT","orderId":1,"executionId":3,"origClientOrderId":"b","newClientOrderId":"c","origQty":"4.00000000","newQty":"3.00000000","time":1700000000001})";
    EXPECT_EQ(read("order/amendments", "symbol=BTCUSDT&orderId=1"),
              "[" + first + "," + second + "]");
    EXPECT_EQ(read("order/amendments", "symbol=BTCUSDT&orderId=1&limit=1"), "[" + first + "]");
    EXPECT_EQ(read("order/amendments", "symbol=BTCUSDT&orderId=1&fromExecutionId=3"),
              "[" + second + "]");
    rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1");
    EXPECT_EQ(read("order/amendments", "symbol=BTCUSDT&orderId=1"),
              "[" + first + "," + second + "]")
        << "an order that is done keeps them";
    EXPECT_EQ(member(rest("GET", "/api/v3/order/amendments", "symbol=BTCUSDT&orderId=1", bob_key,
                          bob_secret)
                         .body,
                     "/code"),
              "-2013");
}

TEST_F(Records, tell_the_matches_that_prevention_stopped) {
    bid("100.5", "1.2");
    bid("100.4", "1.3");
    bid("100.3", "8.1");
    const std::string taker = full(
        "side=SELL&type=LIMIT&timeInForce=GTC&price=100.3&quantity=3"
        "&selfTradePreventionMode=EXPIRE_MAKER");
    EXPECT_EQ(
        taker.substr(taker.find("\"fills\"")),
        R"("fills":[],"preventedMatches":[{"preventedMatchId":0,"makerSymbol":"BTCUSDT","makerOrderId":1,"price":"100.50000000","makerPreventedQuantity":"1.20000000"},{"preventedMatchId":1,"makerSymbol":"BTCUSDT","makerOrderId":2,"price":"100.40000000","makerPreventedQuantity":"1.30000000"},{"preventedMatchId":2,"makerSymbol":"BTCUSDT","makerOrderId":3,"price":"100.30000000","makerPreventedQuantity":"8.10000000"}],"selfTradePreventionMode":"EXPIRE_MAKER"})");
    const std::string maker = read("order", "symbol=BTCUSDT&orderId=2");
    EXPECT_EQ(
        maker.substr(maker.find("\"selfTrade")),
        R"("selfTradePreventionMode":"NONE","preventedMatchId":1,"preventedQuantity":"1.30000000"})");
    const std::string row =
        R"({"symbol":"BTCUSDT","preventedMatchId":1,"takerOrderId":4,"makerSymbol":"BTCUSDT","makerOrderId":2,"tradeGroupId":-1,"selfTradePreventionMode":"EXPIRE_MAKER","price":"100.40000000","makerPreventedQuantity":"1.30000000","transactTime":1700000000000})";
    EXPECT_EQ(read("myPreventedMatches", "symbol=BTCUSDT&preventedMatchId=1"), "[" + row + "]");
    EXPECT_EQ(read("myPreventedMatches", "symbol=BTCUSDT&orderId=2"), "[" + row + "]");
    EXPECT_EQ(read("myPreventedMatches", "symbol=BTCUSDT&orderId=4&fromPreventedMatchId=1&limit=1"),
              "[" + row + "]");
    EXPECT_EQ(member(read("myPreventedMatches", "symbol=BTCUSDT&orderId=4"), "/2/makerOrderId"),
              "3");
    EXPECT_EQ(read("myPreventedMatches", "symbol=BTCUSDT&preventedMatchId=3"), "[]");
    EXPECT_EQ(rest("GET", "/api/v3/myPreventedMatches", "symbol=BTCUSDT&preventedMatchId=1",
                   bob_key, bob_secret)
                  .body,
              "[]")
        << "another account's";
}

TEST_F(Records, tell_of_each_mode_what_it_took_from_whom) {
    const struct {
        const char* maker_mode;
        const char* taker_mode;
        const char* effective;
        const char* taker_qty;
        const char* maker_qty;
    } rows[] = {
        {"NONE", "EXPIRE_TAKER", "EXPIRE_TAKER", R"("2.00000000")", ""},
        {"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_MAKER", "", R"("3.00000000")"},
        {"NONE", "EXPIRE_BOTH", "EXPIRE_BOTH", R"("2.00000000")", R"("3.00000000")"},
        {"NONE", "DECREMENT", "DECREMENT", R"("2.00000000")", R"("2.00000000")"},
        {"NONE", "TRANSFER", "DECREMENT", R"("2.00000000")", R"("2.00000000")"},
        {"TRANSFER", "TRANSFER", "TRANSFER", R"("2.00000000")", R"("2.00000000")"},
    };
    int match = 0;
    for (const auto& row : rows) {
        place(
            "side=BUY&type=LIMIT&timeInForce=GTC&price=100.5&quantity=3&selfTradePreventionMode=" +
            std::string(row.maker_mode));
        full(
            "side=SELL&type=LIMIT&timeInForce=GTC&price=100.5&quantity=2&selfTradePreventionMode=" +
            std::string(row.taker_mode));
        const std::string told = read("myPreventedMatches",
                                      "symbol=BTCUSDT&preventedMatchId=" + std::to_string(match++));
        EXPECT_EQ(member(told, "/0/selfTradePreventionMode"),
                  "\"" + std::string(row.effective) + "\"");
        EXPECT_EQ(member(told, "/0/takerPreventedQuantity"), row.taker_qty) << row.taker_mode;
        EXPECT_EQ(member(told, "/0/makerPreventedQuantity"), row.maker_qty) << row.taker_mode;
        rest("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
    }
}

/// Scenarios D and G of Binance's STP FAQ: with the match where an order is asked for, without it
/// where it is new.
TEST_F(Records, tell_of_an_order_what_prevention_took_as_each_answer_has_it) {
    bid("100.5", "6");
    const std::string taker = full(
        "side=SELL&type=LIMIT&timeInForce=GTC&price=100.5&quantity=2"
        "&selfTradePreventionMode=DECREMENT");
    const auto tail = [](const std::string& body) {
        return body.substr(std::min(body.find("\"selfTrade"), body.size()));
    };
    EXPECT_EQ(
        taker.substr(taker.find("\"fills\"")),
        R"("fills":[],"preventedMatches":[{"preventedMatchId":0,"makerSymbol":"BTCUSDT","makerOrderId":1,"price":"100.50000000","takerPreventedQuantity":"2.00000000","makerPreventedQuantity":"2.00000000"}],"selfTradePreventionMode":"DECREMENT","preventedQuantity":"2.00000000"})");
    EXPECT_EQ(
        tail(read("order", "symbol=BTCUSDT&orderId=2")),
        R"("selfTradePreventionMode":"DECREMENT","preventedMatchId":0,"preventedQuantity":"2.00000000"})");
    const std::string maker =
        R"("selfTradePreventionMode":"NONE","preventedMatchId":0,"preventedQuantity":"2.00000000"})";
    EXPECT_EQ(tail(read("order", "symbol=BTCUSDT&orderId=1")), maker);
    EXPECT_EQ(tail(read("openOrders", "symbol=BTCUSDT")), maker + "]");
    EXPECT_EQ(tail(rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body), maker);
    bid("100.4", "1");
    EXPECT_EQ(tail(rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=3").body),
              R"("selfTradePreventionMode":"NONE"})");
}

TEST_F(Records, of_prevention_name_the_modes_that_a_symbol_allows) {
    Symbol symbol = btcusdt();
    symbol.stp_modes.allowed = {true, true, false, true, false, false};
    symbol.stp_modes.by_default = Stp::expire_taker;
    venue.exchange().replace_symbol(symbol);
    const std::string info = get("/api/v3/exchangeInfo?symbol=BTCUSDT").body;
    EXPECT_EQ(member(info, "/symbols/0/defaultSelfTradePreventionMode"), R"("EXPIRE_TAKER")");
    EXPECT_EQ(member(info, "/symbols/0/allowedSelfTradePreventionModes"),
              R"(["NONE","EXPIRE_TAKER","EXPIRE_BOTH"])");
    const std::string order = "side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=1";
    EXPECT_EQ(member(full(order), "/selfTradePreventionMode"), R"("EXPIRE_TAKER")");
    EXPECT_EQ(
        full(order + "&selfTradePreventionMode=EXPIRE_MAKER"),
        R"({"code":-1013,"msg":"This symbol does not allow the specified self-trade prevention mode."})");
    EXPECT_EQ(member(full(order + "&selfTradePreventionMode=EXPIRE"), "/code"), "-1130");
}

TEST_F(Records, tell_the_filters_of_an_account) {
    Symbol symbol = btcusdt();
    symbol.position_max = amount("12.5");
    symbol.multiplier_up_e4 = 13'000;
    symbol.multiplier_down_e4 = 7'000;
    symbol.min_notional = amount("1");
    symbol.market_lot = level("0", "0.001").qty;
    venue.exchange().replace_symbol(symbol);
    EXPECT_EQ(member(read("myFilters", "symbol=BTCUSDT"), "/exchangeFilters"), "[]");
    EXPECT_EQ(member(read("myFilters", "symbol=BTCUSDT"), "/assetFilters"), "[]");
    EXPECT_EQ(member(read("myFilters", "symbol=BTCUSDT"), "/symbolFilters"),
              member(get("/api/v3/exchangeInfo?symbol=BTCUSDT").body, "/symbols/0/filters"));
    for (
        const char* filter :
        {R"({"filterType":"MAX_POSITION","maxPosition":"12.50000000"})",
         R"({"filterType":"PERCENT_PRICE","multiplierUp":"1.3","multiplierDown":"0.7","avgPriceMins":5})",
         R"({"filterType":"MIN_NOTIONAL","minNotional":"1.00000000","applyToMarket":true,"avgPriceMins":5})",
         R"({"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"9000.00000000","stepSize":"0.00100000"})"}) {
        EXPECT_NE(read("myFilters", "symbol=BTCUSDT").find(filter), std::string::npos) << filter;
    }
    symbol.name = "ETHUSDT";
    symbol.average_minutes = {0, 1, 2, 3};
    symbol.bid_multiplier_up_e4 = symbol.ask_multiplier_up_e4 = 50'000;
    symbol.bid_multiplier_down_e4 = symbol.ask_multiplier_down_e4 = 2'000;
    venue.exchange().add_symbol(symbol);
    const std::string minutes = get("/api/v3/exchangeInfo?symbol=ETHUSDT").body;
    for (
        const char* filter :
        {R"("NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,"maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":0})",
         R"("MIN_NOTIONAL","minNotional":"1.00000000","applyToMarket":true,"avgPriceMins":1})",
         R"("PERCENT_PRICE","multiplierUp":"1.3","multiplierDown":"0.7","avgPriceMins":2})",
         R"("askMultiplierDown":"0.2","avgPriceMins":3})"}) {
        EXPECT_NE(minutes.find(filter), std::string::npos) << filter << minutes;
    }
    venue.exchange().set_filters({2, 1, 1});
    const std::string counts =
        R"([{"filterType":"EXCHANGE_MAX_NUM_ORDERS","maxNumOrders":2},{"filterType":"EXCHANGE_MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":1},{"filterType":"EXCHANGE_MAX_NUM_ICEBERG_ORDERS","maxNumIcebergOrders":1}])";
    EXPECT_EQ(member(read("myFilters", "symbol=BTCUSDT"), "/exchangeFilters"), counts);
    EXPECT_EQ(member(get("/api/v3/exchangeInfo").body, "/exchangeFilters"), counts);
}

TEST_F(Records, an_asset_filter_is_told_to_its_account_only_and_holds) {
    AccountSetup carol = setup("carol");
    carol.asset_max["BTC"] = amount("2");
    carol.asset_max["USDT"] = amount("150");
    carol.asset_max["DOGE"] = amount("1");
    const AccountId id = venue.add_account(carol);
    const std::string key(64, 'C');
    add_key(key, ApiKeyKind::hmac, hmac_secret, id, true);
    EXPECT_EQ(
        member(rest("GET", "/api/v3/myFilters", "symbol=BTCUSDT", key).body, "/assetFilters"),
        R"([{"filterType":"MAX_ASSET","asset":"BTC","limit":"2.00000000"},{"filterType":"MAX_ASSET","asset":"USDT","limit":"150.00000000"}])");
    const std::pair<const char*, bool> rows[] = {
        {"price=75&quantity=2", true},         {"price=60&quantity=2.00001", false},
        {"price=75.01&quantity=2", false},     {"price=100&quantity=1.5", true},
        {"price=100&quantity=1.50001", false},
    };
    for (const auto& [fields, passes] : rows) {
        const std::string body =
            rest("POST", "/api/v3/order/test",
                 std::string("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&") + fields, key)
                .body;
        EXPECT_EQ(body, passes ? "{}" : R"({"code":-1013,"msg":"Filter failure: MAX_ASSET"})")
            << fields;
    }
    EXPECT_EQ(rest("POST", "/api/v3/order/test",
                   "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=150.00000001", key)
                  .body,
              R"({"code":-1013,"msg":"Filter failure: MAX_ASSET"})");
}

TEST_F(Records, counts_of_all_symbols_together_are_bounded) {
    Symbol other = btcusdt();
    other.name = "BTCEUR";
    venue.exchange().add_symbol(other);
    venue.exchange().set_filters({3, 1, 1});
    const auto answer = [&](const std::string& fields) {
        return member(rest("POST", "/api/v3/order", "side=SELL&quantity=1&" + fields).body, "/msg");
    };
    const std::string gtc = "&type=LIMIT&timeInForce=GTC&price=105";
    EXPECT_EQ(answer("symbol=BTCEUR&icebergQty=0.5" + gtc), "");
    EXPECT_EQ(answer("symbol=BTCUSDT&icebergQty=0.5" + gtc),
              R"("Filter failure: EXCHANGE_MAX_NUM_ICEBERG_ORDERS")");
    EXPECT_EQ(answer("symbol=BTCEUR&type=STOP_LOSS&stopPrice=90"), "");
    EXPECT_EQ(answer("symbol=BTCUSDT&type=STOP_LOSS&stopPrice=90"),
              R"("Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS")");
    EXPECT_EQ(answer("symbol=BTCUSDT" + gtc), "");
    EXPECT_EQ(answer("symbol=BTCUSDT" + gtc), R"("Filter failure: EXCHANGE_MAX_NUM_ORDERS")");
}

TEST_F(Records, a_position_is_what_is_held_and_what_open_buys_would_add) {
    Symbol symbol = btcusdt();
    symbol.position_max = amount("12");
    venue.exchange().replace_symbol(symbol);  // ten are held
    const auto answer = [&](const std::string& side, const std::string& qty) {
        return member(rest("POST", "/api/v3/order",
                           "symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&price=" +
                               std::string(side == "BUY" ? "90" : "110") + "&side=" + side +
                               "&quantity=" + qty)
                          .body,
                      "/msg");
    };
    EXPECT_EQ(answer("BUY", "2.00001"), R"("Filter failure: MAX_POSITION")");
    EXPECT_EQ(answer("SELL", "10"), "");
    EXPECT_EQ(answer("BUY", "1.5"), "") << "what is locked counts as held";
    EXPECT_EQ(answer("BUY", "0.50001"), R"("Filter failure: MAX_POSITION")");
    EXPECT_EQ(answer("BUY", "0.5"), "");
}

TEST_F(Records, what_the_venue_has_nothing_of_is_answered_as_such) {
    EXPECT_EQ(read("myAllocations", "symbol=BTCUSDT"), "[]");
    EXPECT_EQ(read("myAllocations", "symbol=BTCUSDT&orderId=1&fromAllocationId=0"), "[]");
    EXPECT_EQ(get("/api/v3/historicalBlockTrades?symbol=BTCUSDT&fromId=0").body, "[]");
    EXPECT_EQ(get("/api/v3/executionRules").body, R"({"symbolRules":[]})");
    EXPECT_EQ(get("/api/v3/executionRules?symbols=[\"BTCUSDT\"]").body, R"({"symbolRules":[]})");
    const std::string none =
        R"({"code":-2043,"msg":"This symbol doesn't have a reference price."})";
    EXPECT_EQ(get("/api/v3/referencePrice?symbol=BTCUSDT").body, none);
    EXPECT_EQ(get("/api/v3/referencePrice/calculation?symbol=BTCUSDT").body, none);
}

TEST_F(Records, smart_order_routing_is_refused_once_the_order_is_well_formed) {
    const std::string limit = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1";
    const struct {
        std::string fields;
        int code;
    } rows[] = {
        {limit + "&price=90", -2010},
        {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1", -2010},
        {limit, -1102},
        {"symbol=NOPE&side=BUY&type=MARKET&quantity=1", -1121},
        {"symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=10", -1106},
        {"symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=90", -1116},
        {limit + "&price=90&computeCommissionRates=true", -1104},
    };
    for (const auto& row : rows) {
        const HttpReply reply = rest("POST", "/api/v3/sor/order", row.fields);
        EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code)) << row.fields;
        EXPECT_EQ(reply.status, 400);
    }
    const auto tested = [this](const std::string& fields) {
        return rest("POST", "/api/v3/sor/order/test", fields).body;
    };
    EXPECT_EQ(tested(limit + "&price=90"), "{}") << "routing is the matching engine's matter";
    EXPECT_EQ(tested(limit + "1&price=90.001"),
              R"({"code":-1013,"msg":"Filter failure: PRICE_FILTER"})");
    const std::string rates = tested(limit + "&price=90&computeCommissionRates=true");
    EXPECT_NE(member(rates, "/standardCommissionForOrder/maker"), "");
    EXPECT_EQ(member(rates, "/specialCommissionForOrder"), "");
    EXPECT_NE(member(rates, "/taxCommissionForOrder/taker"), "");
    EXPECT_EQ(venue.exchange().unfilled_order_count(alice), 0U);
}

TEST_F(Records, each_mistake_has_its_documented_answer) {
    const struct {
        const char* path;
        const char* query;
        int code;
    } rows[] = {
        {"order/amendments", "symbol=BTCUSDT", -1102},
        {"order/amendments", "orderId=1", -1102},
        {"order/amendments", "symbol=NOPE&orderId=1", -1121},
        {"order/amendments", "symbol=BTCUSDT&orderId=1", -2013},
        {"order/amendments", "symbol=BTCUSDT&orderId=x", -1100},
        {"order/amendments", "symbol=BTCUSDT&orderId=1&limit=0", -1130},
        {"allOrders", "symbol=BTCUSDT&limit=0", -1130},
        {"myTrades", "symbol=BTCUSDT&limit=0", -1130},
        {"allOrderList", "limit=0", -1130},
        {"myTrades", "symbol=BTCUSDT&orderId=1&startTime=1700000000000", -1128},
        {"myTrades", "symbol=BTCUSDT&orderId=1&endTime=1700000000000", -1128},
        {"myTrades", "symbol=BTCUSDT&fromId=1&startTime=1700000000000", -1128},
        {"myTrades", "symbol=BTCUSDT&fromId=1&endTime=1700000000000", -1128},
        {"myPreventedMatches", "symbol=BTCUSDT", -1102},
        {"myPreventedMatches", "symbol=NOPE&orderId=1", -1121},
        {"myPreventedMatches", "symbol=BTCUSDT&orderId=1&preventedMatchId=1", -1128},
        {"myPreventedMatches", "symbol=BTCUSDT&preventedMatchId=1&limit=5", -1128},
        {"myPreventedMatches", "symbol=BTCUSDT&preventedMatchId=1&fromPreventedMatchId=1", -1128},
        {"myPreventedMatches", "symbol=BTCUSDT&orderId=1&limit=5", -1128},
        {"myAllocations", "", -1102},
        {"myAllocations", "symbol=NOPE", -1121},
        {"myAllocations", "symbol=BTCUSDT&startTime=1&orderId=1", -1128},
        {"myAllocations", "symbol=BTCUSDT&startTime=1&endTime=1483315200001", -1127},
        {"myFilters", "", -1102},
        {"myFilters", "symbol=NOPE", -1121},
    };
    for (const auto& row : rows) {
        const HttpReply reply = rest("GET", std::string("/api/v3/") + row.path, row.query);
        EXPECT_EQ(reply.status, 400) << row.path << row.query;
        EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code)) << row.path << row.query;
    }
    const std::pair<const char*, int> open[] = {
        {"historicalBlockTrades?symbol=BTCUSDT", -1102},
        {"historicalBlockTrades?symbol=NOPE&fromId=1", -1121},
        {"executionRules?symbol=NOPE", -1121},
        {"executionRules?symbol=BTCUSDT&symbolStatus=TRADING", -1128},
        {"executionRules?symbolStatus=OPEN", -1122},
        {"referencePrice", -1102},
        {"referencePrice?symbol=NOPE", -1121},
        {"referencePrice/calculation?symbol=BTCUSDT&symbolStatus=OPEN", -1122},
    };
    for (const auto& [target, code] : open) {
        EXPECT_EQ(member(get(std::string("/api/v3/") + target).body, "/code"), std::to_string(code))
            << target;
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
