// Stops, trailing stops and icebergs through the doors: the fields that only such orders have, the
// reports of their life, and each mistake in their parameters.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class OrderTypesServed : public AccountStreamTest {
protected:
    OrderTypesServed() { trade("100.50"); }
    void trade(const std::string& price, const std::string& qty = "0.01") {
        AccountStreamTest::trade(price, qty);
    }
    /// Asks for the RESULT form of a new order.
    std::string result(const std::string& fields) {
        return rest("POST", "/api/v3/order", "symbol=BTCUSDT&newOrderRespType=RESULT&" + fields)
            .body;
    }
    /// "x X w P F" of each report since the last time.
    std::string told() {
        return AccountStreamTest::told([](const std::string& sent) {
            std::string text;
            if (of_event(sent, "e") == "executionReport") {
                for (const char* key : {"x", "X", "w", "P", "F"}) {
                    text += of_event(sent, key) + " ";
                }
                text += "| ";
            }
            return text;
        });
    }
    struct Mistake {
        std::string fields;
        int code;
        const char* text;  ///< null: any
    };
    void expect_mistakes(const std::vector<Mistake>& rows) {
        for (const Mistake& row : rows) {
            const HttpReply reply = rest("POST", "/api/v3/order", "symbol=BTCUSDT&" + row.fields);
            EXPECT_EQ(reply.status, 400) << row.fields;
            EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code))
                << row.fields << reply.body;
            if (row.text != nullptr) {
                EXPECT_EQ(member(reply.body, "/msg"), "\"" + std::string(row.text) + "\"")
                    << row.fields;
            }
        }
        EXPECT_EQ(rest("GET", "/api/v3/openOrders", "symbol=BTCUSDT").body, "[]");
    }
};

/// As in the sample payload of Binance's FAQ of market orders.
TEST_F(OrderTypesServed, what_never_rests_is_off_the_book_once_it_trades) {
    const auto flags = [](const std::string& sent) {
        std::string text;
        for (const char* key : {"x", "X", "w", "M"}) {
            text += of_event(sent, key) + " ";
        }
        return of_event(sent, "e") == "executionReport" ? text + "\n" : "";
    };
    const std::string gone =
        "NEW NEW true false \n"
        "TRADE PARTIALLY_FILLED false true \n"
        "TRADE PARTIALLY_FILLED false true \n"
        "EXPIRED EXPIRED false false \n";
    place("side=BUY&type=MARKET&quantity=5");
    EXPECT_EQ(AccountStreamTest::told(flags), gone);
    venue.exchange().market_snapshot("BTCUSDT", {level("100", "1")},
                                     {level("101", "1"), level("102", "2")}, 20);
    place("side=BUY&type=LIMIT&timeInForce=IOC&price=110&quantity=5");
    EXPECT_EQ(AccountStreamTest::told(flags), gone);
    place("side=SELL&type=LIMIT&timeInForce=GTC&price=100&quantity=3");
    EXPECT_EQ(AccountStreamTest::told(flags),
              "NEW NEW true false \nTRADE PARTIALLY_FILLED true true \n");
}

TEST_F(OrderTypesServed, a_stop_limit_shows_its_stop_price_in_every_form) {
    EXPECT_EQ(
        result("side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&price=98&stopPrice=99"
               "&newClientOrderId=x1"),
        R"({"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":"x1","transactTime":1700000000000,"price":"98.00000000","origQty":"1.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"STOP_LOSS_LIMIT","side":"SELL","stopPrice":"99.00000000","workingTime":-1,"selfTradePreventionMode":"NONE"})");
    EXPECT_EQ(
        rest("GET", "/api/v3/openOrders", "symbol=BTCUSDT").body,
        R"([{"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":"x1","price":"98.00000000","origQty":"1.00000000","executedQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"STOP_LOSS_LIMIT","side":"SELL","stopPrice":"99.00000000","icebergQty":"0.00000000","time":1700000000000,"updateTime":1700000000000,"isWorking":false,"workingTime":-1,"origQuoteOrderQty":"0.00000000","selfTradePreventionMode":"NONE"}])");
    EXPECT_EQ(member(rest("PUT", "/api/v3/order/amend/keepPriority",
                          "symbol=BTCUSDT&orderId=1&newQty=0.5")
                         .body,
                     "/amendedOrder/stopPrice"),
              R"("99.00000000")");
    const std::string canceled = rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body;
    EXPECT_EQ(member(canceled, "/stopPrice"), R"("99.00000000")");
    EXPECT_EQ(member(canceled, "/status"), R"("CANCELED")");
}

TEST_F(OrderTypesServed, a_stop_tells_its_creation_its_trigger_and_its_fills) {
    now_us += 1000;
    place("side=SELL&type=STOP_LOSS&quantity=1.5&stopPrice=99&newClientOrderId=s1");
    EXPECT_EQ(peer.sent.size(), 2U);
    EXPECT_EQ(
        member(peer.sent[0], "/event"),
        R"({"e":"executionReport","E":1700000000001,"s":"BTCUSDT","c":"s1","S":"SELL","o":"STOP_LOSS","f":"GTC","q":"1.50000000","p":"0.00000000","P":"99.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":1,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1700000000001,"t":-1,"I":1,"w":false,"m":false,"M":false,"O":1700000000001,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","V":"NONE"})");
    EXPECT_EQ(member(peer.sent[1], "/event/B/0"),
              R"({"a":"BTC","f":"8.50000000","l":"1.50000000"})");
    peer.sent.clear();
    now_us += 1000;
    trade("99");
    EXPECT_EQ(member(peer.sent[0], "/event/W"), "1700000000002");
    EXPECT_EQ(member(peer.sent[0], "/event/O"), "1700000000001");
    EXPECT_EQ(told(),
              "NEW NEW true 99.00000000 0.00000000 | "
              "TRADE PARTIALLY_FILLED false 99.00000000 0.00000000 | "
              "TRADE FILLED false 99.00000000 0.00000000 | ");
}

TEST_F(OrderTypesServed, a_trailing_stop_has_delta_and_time) {
    const std::string placed = result(
        "side=SELL&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&quantity=1&price=98&stopPrice=103"
        "&trailingDelta=100");
    EXPECT_EQ(member(placed, "/trailingDelta"), "100");
    EXPECT_EQ(member(placed, "/trailingTime"), "-1");
    EXPECT_EQ(member(peer.sent[0], "/event/d"), "100");
    EXPECT_EQ(member(peer.sent[0], "/event/D"), "") << "it tracks nothing yet";
    now_us += 1000;
    trade("103");
    EXPECT_EQ(
        member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body, "/trailingTime"),
        "1700000000001");
    peer.sent.clear();
    trade("101.97");
    EXPECT_EQ(member(peer.sent[0], "/event/x"), R"("NEW")");
    EXPECT_EQ(member(peer.sent[0], "/event/D"), "1700000000001");
    const std::string bare = result("side=BUY&type=STOP_LOSS&quantity=0.1&trailingDelta=10");
    EXPECT_EQ(member(bare, "/stopPrice"), R"("0.00000000")");
    EXPECT_EQ(member(bare, "/trailingTime"), "1700000000001");
}

TEST_F(OrderTypesServed, an_iceberg_has_its_quantity_and_shows_no_more) {
    const std::string placed =
        result("side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=105&icebergQty=0.25");
    EXPECT_NE(placed.find(R"("workingTime":1700000000000,"icebergQty":"0.25000000","selfTrade)"),
              std::string::npos)
        << placed;
    EXPECT_EQ(told(), "NEW NEW true 0.00000000 0.25000000 | ");
    EXPECT_EQ(member(rest("GET", "/api/v3/openOrders", "symbol=BTCUSDT").body, "/0/icebergQty"),
              R"("0.25000000")");
    const std::string maker =
        result("side=SELL&type=LIMIT_MAKER&quantity=1&price=105&icebergQty=0.25");
    EXPECT_EQ(member(maker, "/icebergQty"), R"("0.25000000")");
    const std::string plain = result("side=SELL&type=LIMIT_MAKER&quantity=1&price=105");
    EXPECT_EQ(member(plain, "/icebergQty"), "");
}

TEST_F(OrderTypesServed, contingent_orders_are_acknowledged_unless_asked_for_more) {
    const std::string ack = rest("POST", "/api/v3/order",
                                 "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&stopPrice=99")
                                .body;
    EXPECT_EQ(member(ack, "/orderId"), "1");
    EXPECT_EQ(member(ack, "/status"), "");
}

TEST_F(OrderTypesServed, a_pegged_order_tells_its_peg_in_every_form) {
    now_us += 1000;
    EXPECT_EQ(
        result("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&pegPriceType=PRIMARY_PEG"
               "&pegOffsetType=PRICE_LEVEL&pegOffsetValue=1&newClientOrderId=p1"),
        R"({"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":"p1","transactTime":1700000000001,"price":"0.00000000","pegPriceType":"PRIMARY_PEG","pegOffsetType":"PRICE_LEVEL","pegOffsetValue":1,"peggedPrice":"99.00000000","origQty":"1.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1700000000001,"selfTradePreventionMode":"NONE"})");
    EXPECT_EQ(
        member(peer.sent[0], "/event"),
        R"({"e":"executionReport","E":1700000000001,"s":"BTCUSDT","c":"p1","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000","p":"0.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":1,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1700000000001,"t":-1,"I":1,"w":true,"m":false,"M":false,"O":1700000000001,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1700000000001,"V":"NONE","gP":"PRIMARY_PEG","gOT":"PRICE_LEVEL","gOV":1,"gp":"99.00000000"})");
    const std::string asked = rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body;
    const std::string amended = member(
        rest("PUT", "/api/v3/order/amend/keepPriority", "symbol=BTCUSDT&orderId=1&newQty=0.5").body,
        "/amendedOrder");
    const std::string canceled = rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body;
    for (const std::string& form : {asked, amended, canceled}) {
        EXPECT_NE(
            form.find(
                R"("price":"0.00000000","pegPriceType":"PRIMARY_PEG","pegOffsetType":"PRICE_LEVEL","pegOffsetValue":1,"peggedPrice":"99.00000000",)"),
            std::string::npos)
            << form;
    }
    const std::string waits = result(
        "side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&stopPrice=99&price=98"
        "&pegPriceType=MARKET_PEG");
    EXPECT_EQ(member(waits, "/price"), R"("98.00000000")");
    EXPECT_EQ(member(waits, "/pegOffsetType"), "");
    EXPECT_EQ(member(waits, "/peggedPrice"), "") << "not determined yet";
    EXPECT_EQ(member(peer.sent.back(), "/event/gp"), "");
    trade("99");
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=2").body, "/peggedPrice"),
              R"("100.00000000")");
}

TEST_F(OrderTypesServed, a_strategy_is_told_back_in_every_form) {
    const std::string placed = result(
        "side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=105&icebergQty=0.25&strategyId=0"
        "&strategyType=1000000");
    const std::string labels = R"("strategyId":0,"strategyType":1000000,)";
    const std::string asked = rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body;
    EXPECT_EQ(member(peer.sent[0], "/event/j"), "0");
    EXPECT_EQ(member(peer.sent[0], "/event/J"), "1000000");
    const std::string canceled = rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1").body;
    for (const std::string& form : {placed, asked, canceled}) {
        EXPECT_NE(form.find(labels), std::string::npos) << form;
    }
    const std::string one = result("side=SELL&type=LIMIT_MAKER&quantity=1&price=105&strategyId=7");
    EXPECT_EQ(member(one, "/strategyId"), "7");
    EXPECT_EQ(member(one, "/strategyType"), "");
}

TEST_F(OrderTypesServed, each_mistake_of_a_trigger_has_its_documented_answer) {
    const std::string stop = "side=SELL&type=STOP_LOSS&quantity=1";
    const std::string stop_limit =
        "side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&price=98";
    expect_mistakes({
        {stop, -1102,
         "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"},
        {stop + "&stopPrice=99&price=98", -1106, "Parameter 'price' sent when not required."},
        {stop + "&stopPrice=99&timeInForce=GTC", -1106,
         "Parameter 'timeInForce' sent when not required."},
        {stop + "&stopPrice=99&icebergQty=0.1", -1106,
         "Parameter 'icebergQty' sent when not required."},
        {stop + "&stopPrice=99&quoteOrderQty=9", -1106,
         "Parameter 'quoteOrderQty' sent when not required."},
        {stop + "&stopPrice=0", -1013, "Invalid price."},
        {stop + "&stopPrice=99.001", -1013, "Filter failure: PRICE_FILTER"},
        {stop + "&stopPrice=101", -2010, "Order would trigger immediately."},
        {stop + "&trailingDelta=0", -1130, "Data sent for parameter 'trailingDelta' is not valid."},
        {stop + "&trailingDelta=9", -1013, "Filter failure: TRAILING_DELTA"},
        {stop + "&trailingDelta=2001", -1013, "Filter failure: TRAILING_DELTA"},
        {stop + "&trailingDelta=1.5", -1100, nullptr},
        {"side=SELL&type=STOP_LOSS&stopPrice=99", -1102,
         "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."},
        {stop_limit, -1102,
         "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"},
        {"side=SELL&type=TAKE_PROFIT_LIMIT&quantity=1&price=98&stopPrice=103", -1102,
         "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."},
    });
}

TEST_F(OrderTypesServed, each_mistake_of_a_limit_a_peg_or_a_label_has_its_documented_answer) {
    const std::string limit = "side=SELL&type=LIMIT&quantity=1&price=105";
    expect_mistakes({
        {limit + "&timeInForce=GTC&stopPrice=99", -1106,
         "Parameter 'stopPrice' sent when not required."},
        {limit + "&timeInForce=GTC&trailingDelta=99", -1106,
         "Parameter 'trailingDelta' sent when not required."},
        {limit + "&timeInForce=IOC&icebergQty=0.1", -1014, "Unsupported order combination."},
        {limit + "&timeInForce=GTC&icebergQty=0.0099", -1013, "Filter failure: ICEBERG_PARTS"},
        {limit + "&timeInForce=GTC&icebergQty=2", -2010, "IcebergQty exceeds QTY."},
        {limit + "&timeInForce=GTC&pegPriceType=BEST", -1210, "Invalid pegPriceType."},
        {limit + "&timeInForce=GTC&pegPriceType=PRIMARY_PEG&pegOffsetType=TICK&pegOffsetValue=1",
         -1211, "Invalid pegOffsetType."},
        {limit + "&timeInForce=GTC&pegPriceType=PRIMARY_PEG&pegOffsetValue=1", -1128, nullptr},
        {limit + "&timeInForce=GTC&pegPriceType=PRIMARY_PEG&pegOffsetType=PRICE_LEVEL", -1128,
         "Combination of optional fields invalid. Recommendation: 'pegOffsetType' and "
         "'pegOffsetValue' must both be sent."},
        {limit + "&timeInForce=GTC&pegPriceType=PRIMARY_PEG&pegOffsetType=PRICE_LEVEL"
                 "&pegOffsetValue=101",
         -1130, "Data sent for parameter 'pegOffsetValue' is not valid."},
        {limit + "&timeInForce=GTC&pegPriceType=PRIMARY_PEG&pegOffsetType=PRICE_LEVEL"
                 "&pegOffsetValue=100",
         -2010, "Order book liquidity is too low for this pegged order."},
        {limit + "&timeInForce=GTC&pegOffsetValue=1", -1106,
         "Parameter 'pegOffsetValue' sent when not required."},
        {limit + "&timeInForce=IOC&pegPriceType=PRIMARY_PEG", -2010,
         "This price peg cannot be used with this order type."},
        {"side=SELL&type=MARKET&quantity=1&pegPriceType=MARKET_PEG", -2010,
         "This order type may not use pegged price."},
        {"side=SELL&type=STOP_LOSS&quantity=1&stopPrice=99&pegPriceType=MARKET_PEG", -2010,
         "This order type may not use pegged price."},
        {limit + "&timeInForce=GTC&strategyType=999999", -1134,
         "strategyType was less than 1000000."},
        {limit + "&timeInForce=GTC&strategyType=2147483648", -1108,
         "Parameter 'strategyType' overflowed."},
        {limit + "&timeInForce=GTC&strategyId=x", -1100, nullptr},
    });
}

TEST_F(OrderTypesServed, are_named_in_exchange_info_with_their_filters) {
    const std::string info = get("/api/v3/exchangeInfo?symbol=BTCUSDT").body;
    EXPECT_EQ(
        member(info, "/symbols/0/orderTypes"),
        R"(["LIMIT","LIMIT_MAKER","MARKET","STOP_LOSS","STOP_LOSS_LIMIT","TAKE_PROFIT","TAKE_PROFIT_LIMIT"])");
    EXPECT_EQ(member(info, "/symbols/0/allowedSelfTradePreventionModes"),
              R"(["NONE","EXPIRE_TAKER","EXPIRE_MAKER","EXPIRE_BOTH","DECREMENT","TRANSFER"])");
    EXPECT_EQ(member(info, "/symbols/0/icebergAllowed"), "true");
    EXPECT_EQ(member(info, "/symbols/0/allowTrailingStop"), "true");
    for (
        const char* filter :
        {R"({"filterType":"ICEBERG_PARTS","limit":100})",
         R"({"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":5})",
         R"({"filterType":"TRAILING_DELTA","minTrailingAboveDelta":10,"maxTrailingAboveDelta":2000,"minTrailingBelowDelta":10,"maxTrailingBelowDelta":2000})"}) {
        EXPECT_NE(info.find(filter), std::string::npos) << filter;
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
