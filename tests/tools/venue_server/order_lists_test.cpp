// Order lists through the doors: bodies and events as the documents have them, and each mistake.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class OrderListsServed : public AccountStreamTest {
protected:
    OrderListsServed() { trade("100.50"); }
    void trade(const std::string& price, const std::string& qty = "0.00001") {
        AccountStreamTest::trade(price, qty);
    }
    HttpReply list(const std::string& kind, const std::string& fields) {
        return rest("POST", "/api/v3/orderList/" + kind, "symbol=BTCUSDT&" + fields);
    }
    /// "g:x/X" of each report and "l/L" of each list status since the last time.
    std::string told() {
        return AccountStreamTest::told([](const std::string& sent) -> std::string {
            const auto field = [&](const char* key) { return of_event(sent, key); };
            return field("e") == "executionReport"
                       ? field("g") + ":" + field("x") + "/" + field("X") + " "
                   : field("e") == "listStatus" ? field("l") + "/" + field("L") + " "
                                                : "";
        });
    }

    /// Sells 5 at 103, or at 94 once 95 has traded.
    static constexpr const char* sell_oco =
        "side=SELL&quantity=5&aboveType=LIMIT_MAKER&abovePrice=103&aboveClientOrderId=up"
        "&belowType=STOP_LOSS_LIMIT&belowStopPrice=95&belowPrice=94&belowTimeInForce=GTC"
        "&belowClientOrderId=down&listClientOrderId=both";
};

TEST_F(OrderListsServed, an_oco_is_told_as_the_documents_tell_it) {
    const std::string head =
        R"({"orderListId":1,"contingencyType":"OCO","listStatusType":"EXEC_STARTED","listOrderStatus":"EXECUTING","listClientOrderId":"both","transactionTime":1700000000000,"symbol":"BTCUSDT","orders":[{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"down"},{"symbol":"BTCUSDT","orderId":2,"clientOrderId":"up"}])";
    EXPECT_EQ(
        list("oco", sell_oco).body,
        head +
            R"(,"orderReports":[{"symbol":"BTCUSDT","orderId":1,"orderListId":1,"clientOrderId":"down","transactTime":1700000000000,"price":"94.00000000","origQty":"5.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"STOP_LOSS_LIMIT","side":"SELL","stopPrice":"95.00000000","workingTime":-1,"selfTradePreventionMode":"NONE"},{"symbol":"BTCUSDT","orderId":2,"orderListId":1,"clientOrderId":"up","transactTime":1700000000000,"price":"103.00000000","origQty":"5.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT_MAKER","side":"SELL","workingTime":1700000000000,"selfTradePreventionMode":"NONE"}]})");
    ASSERT_EQ(peer.sent.size(), 4U);
    EXPECT_EQ(
        member(peer.sent[2], "/event"),
        R"({"e":"listStatus","E":1700000000000,"s":"BTCUSDT","g":1,"c":"OCO","l":"EXEC_STARTED","L":"EXECUTING","r":"NONE","C":"both","T":1700000000000,"O":[{"s":"BTCUSDT","i":1,"c":"down"},{"s":"BTCUSDT","i":2,"c":"up"}]})");
    EXPECT_EQ(told(), "1:NEW/NEW 1:NEW/NEW EXEC_STARTED/EXECUTING ");
    EXPECT_EQ(rest("GET", "/api/v3/orderList", "orderListId=1").body, head + "}");
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=2").body, "/orderListId"),
              "1");
    EXPECT_EQ(member(rest("GET", "/api/v3/openOrders", "symbol=BTCUSDT").body, "/0/orderListId"),
              "1");
    const std::string acknowledged =
        list("oco",
             "side=BUY&quantity=1&aboveType=STOP_LOSS&aboveStopPrice=105&belowType=LIMIT_MAKER"
             "&belowPrice=97&newOrderRespType=ACK")
            .body;
    EXPECT_EQ(member(acknowledged, "/orderReports/0/price"), "");
    EXPECT_EQ(member(acknowledged, "/orderReports/0/orderListId"), "2");
    // The deprecated form: the stop first, wherever it stands.
    const std::string old =
        rest("POST", "/api/v3/order/oco",
             "symbol=BTCUSDT&side=BUY&quantity=1&price=97&stopPrice=105&limitClientOrderId=l"
             "&stopClientOrderId=s")
            .body;
    EXPECT_EQ(member(old, "/orders/0/clientOrderId"), R"("s")");
    EXPECT_EQ(member(old, "/orderReports/0/type"), R"("STOP_LOSS")");
    EXPECT_EQ(member(old, "/orderReports/1/type"), R"("LIMIT_MAKER")");
}

TEST_F(OrderListsServed, an_oto_tells_its_pending_order) {
    const std::string body =
        list("oto",
             "workingType=LIMIT&workingSide=SELL&workingPrice=110&workingQuantity=1"
             "&workingTimeInForce=GTC&workingClientOrderId=w&pendingType=MARKET&pendingSide=BUY"
             "&pendingQuantity=5&pendingClientOrderId=p&listClientOrderId=l")
            .body;
    EXPECT_EQ(
        body,
        R"({"orderListId":1,"contingencyType":"OTO","listStatusType":"EXEC_STARTED","listOrderStatus":"EXECUTING","listClientOrderId":"l","transactionTime":1700000000000,"symbol":"BTCUSDT","orders":[{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"w"},{"symbol":"BTCUSDT","orderId":2,"clientOrderId":"p"}],"orderReports":[{"symbol":"BTCUSDT","orderId":1,"orderListId":1,"clientOrderId":"w","transactTime":1700000000000,"price":"110.00000000","origQty":"1.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"SELL","workingTime":1700000000000,"selfTradePreventionMode":"NONE"},{"symbol":"BTCUSDT","orderId":2,"orderListId":1,"clientOrderId":"p","transactTime":1700000000000,"price":"0.00000000","origQty":"5.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"PENDING_NEW","timeInForce":"GTC","type":"MARKET","side":"BUY","workingTime":-1,"selfTradePreventionMode":"NONE"}]})");
    EXPECT_EQ(told(), "1:NEW/NEW 1:NEW/PENDING_NEW EXEC_STARTED/EXECUTING ");
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=2").body, "/isWorking"),
              "false");
    const std::string amended = rest("PUT", "/api/v3/order/amend/keepPriority",
                                     "symbol=BTCUSDT&orderId=2&newQty=4&newClientOrderId=p2")
                                    .body;
    EXPECT_EQ(
        amended,
        R"({"transactTime":1700000000000,"executionId":3,"amendedOrder":{"symbol":"BTCUSDT","orderId":2,"orderListId":1,"origClientOrderId":"p","clientOrderId":"p2","price":"0.00000000","qty":"4.00000000","executedQty":"0.00000000","preventedQty":"0.00000000","quoteOrderQty":"0.00000000","cumulativeQuoteQty":"0.00000000","status":"PENDING_NEW","timeInForce":"GTC","type":"MARKET","side":"BUY","selfTradePreventionMode":"NONE"},"listStatus":{"orderListId":1,"contingencyType":"OTO","listOrderStatus":"EXECUTING","listClientOrderId":"l","symbol":"BTCUSDT","orders":[{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"w"},{"symbol":"BTCUSDT","orderId":2,"clientOrderId":"p2"}]}})");
    EXPECT_EQ(told(), "1:REPLACED/PENDING_NEW UPDATED/EXECUTING ");
    const std::string at_once =
        list("oto",
             "workingType=LIMIT&workingSide=BUY&workingPrice=101&workingQuantity=0.5"
             "&workingTimeInForce=IOC&pendingType=LIMIT_MAKER&pendingSide=SELL&pendingPrice=109"
             "&pendingQuantity=0.5&newOrderRespType=FULL")
            .body;
    EXPECT_EQ(member(at_once, "/orderReports/0/status"), R"("FILLED")");
    EXPECT_EQ(member(at_once, "/orderReports/0/fills/0/price"), R"("101.00000000")");
    EXPECT_EQ(member(at_once, "/orderReports/1/status"), R"("PENDING_NEW")");
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=4").body, "/status"),
              R"("NEW")");
    EXPECT_EQ(member(rest("GET", "/api/v3/myTrades", "symbol=BTCUSDT").body, "/0/orderListId"),
              "2");
}

TEST_F(OrderListsServed, a_working_order_tells_the_matches_that_prevention_stopped) {
    place("side=SELL&type=LIMIT_MAKER&quantity=0.2&price=100.5");
    const std::string body =
        list("oto",
             "workingType=LIMIT&workingSide=BUY&workingPrice=100.6&workingQuantity=0.5"
             "&workingTimeInForce=GTC&pendingType=MARKET&pendingSide=SELL&pendingQuantity=0.5"
             "&selfTradePreventionMode=EXPIRE_MAKER&newOrderRespType=FULL")
            .body;
    EXPECT_EQ(
        member(body, "/orderReports/0/preventedMatches"),
        R"([{"preventedMatchId":0,"makerSymbol":"BTCUSDT","makerOrderId":1,"price":"100.50000000","makerPreventedQuantity":"0.20000000"}])");
    EXPECT_EQ(member(body, "/orderReports/0/status"), R"("NEW")");
    EXPECT_EQ(member(body, "/orderReports/1/preventedMatches"), "");
}

TEST_F(OrderListsServed, an_otoco_has_the_working_order_first_then_below_then_above) {
    const std::string body =
        list(
            "otoco",
            "workingType=LIMIT_MAKER&workingSide=BUY&workingPrice=99&workingQuantity=1"
            "&workingStrategyId=7&pendingSide=SELL&pendingQuantity=1&pendingAboveType=TAKE_PROFIT"
            "&pendingAboveStopPrice=110&pendingBelowType=STOP_LOSS_LIMIT&pendingBelowPrice=89"
            "&pendingBelowStopPrice=90&pendingBelowTimeInForce=IOC&pendingBelowStrategyType=1000000"
            "&pendingBelowTrailingDelta=20")
            .body;
    EXPECT_EQ(member(body, "/contingencyType"), R"("OTO")");
    EXPECT_EQ(member(body, "/orderReports/0/type"), R"("LIMIT_MAKER")");
    EXPECT_EQ(member(body, "/orderReports/0/strategyId"), "7");
    EXPECT_EQ(member(body, "/orderReports/1/type"), R"("STOP_LOSS_LIMIT")");
    EXPECT_EQ(member(body, "/orderReports/1/timeInForce"), R"("IOC")");
    EXPECT_EQ(member(body, "/orderReports/1/strategyType"), "1000000");
    EXPECT_EQ(member(body, "/orderReports/1/trailingDelta"), "20");
    EXPECT_EQ(member(body, "/orderReports/2/type"), R"("TAKE_PROFIT")");
    EXPECT_EQ(member(body, "/orderReports/2/stopPrice"), R"("110.00000000")");
    EXPECT_EQ(member(body, "/orderReports/2/status"), R"("PENDING_NEW")");
}

TEST_F(OrderListsServed, a_pegged_order_of_a_list_is_priced_when_it_is_placed) {
    const std::string body =
        list("oto",
             "workingType=LIMIT&workingSide=BUY&workingQuantity=1&workingTimeInForce=GTC"
             "&workingPegPriceType=PRIMARY_PEG&pendingType=LIMIT_MAKER&pendingSide=SELL"
             "&pendingQuantity=1&pendingPegPriceType=PRIMARY_PEG&pendingPegOffsetType=PRICE_LEVEL"
             "&pendingPegOffsetValue=1")
            .body;
    EXPECT_EQ(member(body, "/orderReports/0/peggedPrice"), R"("100.00000000")") << body;
    EXPECT_EQ(member(body, "/orderReports/1/peggedPrice"), "") << "not known yet";
    venue.exchange().market_depth("BTCUSDT", {}, {level("101", "0")}, 11, now_ms());
    trade("99", "1");
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=2").body, "/peggedPrice"),
              "")
        << "one ask is left: no second level";
    EXPECT_EQ(
        member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=2").body, "/expiryReason"),
        R"("REJECTED")");
    venue.exchange().verify_books();
}

TEST_F(OrderListsServed, the_pending_orders_of_an_opo_have_no_quantity_yet) {
    const std::string working =
        "workingType=LIMIT&workingSide=BUY&workingPrice=99&workingQuantity=0.2"
        "&workingTimeInForce=GTC&pendingSide=SELL&";
    const std::string body =
        list("opo", working + "pendingType=LIMIT_MAKER&pendingPrice=105&pendingClientOrderId=p")
            .body;
    EXPECT_EQ(
        member(body, "/orderReports/1"),
        R"({"symbol":"BTCUSDT","orderId":2,"orderListId":1,"clientOrderId":"p","transactTime":1700000000000,"price":"105.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"PENDING_NEW","timeInForce":"GTC","type":"LIMIT_MAKER","side":"SELL","workingTime":-1,"selfTradePreventionMode":"NONE"})");
    trade("98", "1");
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=2").body, "/origQty"),
              R"("0.20000000")");
    const std::string three =
        list("opoco", working +
                          "pendingBelowType=STOP_LOSS&pendingBelowStopPrice=80"
                          "&pendingAboveType=LIMIT_MAKER&pendingAbovePrice=106")
            .body;
    EXPECT_EQ(member(three, "/contingencyType"), R"("OTO")") << three;
    EXPECT_EQ(member(three, "/orderReports/1/origQty"), "");
    EXPECT_EQ(member(three, "/orderReports/2/price"), R"("106.00000000")");
}

TEST_F(OrderListsServed, a_cancel_tells_the_whole_list_whichever_way_it_came) {
    const std::string canceled =
        R"({"orderListId":1,"contingencyType":"OCO","listStatusType":"ALL_DONE","listOrderStatus":"ALL_DONE","listClientOrderId":"both","transactionTime":1700000000000,"symbol":"BTCUSDT","orders":[{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"down"},{"symbol":"BTCUSDT","orderId":2,"clientOrderId":"up"}],"orderReports":[{"symbol":"BTCUSDT","origClientOrderId":"down","orderId":1,"orderListId":1,"clientOrderId":"bye","transactTime":1700000000000,"price":"94.00000000","origQty":"5.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"CANCELED","timeInForce":"GTC","type":"STOP_LOSS_LIMIT","side":"SELL","stopPrice":"95.00000000","selfTradePreventionMode":"NONE"},{"symbol":"BTCUSDT","origClientOrderId":"up","orderId":2,"orderListId":1,"clientOrderId":"bye","transactTime":1700000000000,"price":"103.00000000","origQty":"5.00000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"CANCELED","timeInForce":"GTC","type":"LIMIT_MAKER","side":"SELL","selfTradePreventionMode":"NONE"}]})";
    list("oco", sell_oco);
    told();
    EXPECT_EQ(rest("DELETE", "/api/v3/orderList",
                   "symbol=BTCUSDT&listClientOrderId=both&newClientOrderId=bye")
                  .body,
              canceled);
    EXPECT_EQ(told(), "1:CANCELED/CANCELED 1:CANCELED/CANCELED ALL_DONE/ALL_DONE ");
    list("oco", sell_oco);
    const std::string by_order =
        rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=up").body;
    EXPECT_EQ(member(by_order, "/orderListId"), "2");
    EXPECT_EQ(member(by_order, "/orderReports/0/status"), R"("CANCELED")");
    EXPECT_EQ(member(by_order, "/orderReports/1/status"), R"("CANCELED")");
    place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
    list("oco", sell_oco);
    const std::string all = rest("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT").body;
    EXPECT_EQ(member(all, "/0/status"), R"("CANCELED")");
    EXPECT_EQ(member(all, "/1/contingencyType"), R"("OCO")");
    EXPECT_EQ(member(all, "/1/orderReports/1/origClientOrderId"), R"("up")");
    for (const char* order :
         {"/1/orderReports/0/clientOrderId", "/1/orderReports/1/clientOrderId"}) {
        EXPECT_EQ(member(all, order), member(all, "/0/clientOrderId")) << "one cancel, one id";
    }
    EXPECT_EQ(member(all, "/2"), "") << "its orders are in the list alone";
    list("oco", sell_oco);
    const std::string replaced =
        rest("POST", "/api/v3/order/cancelReplace",
             "symbol=BTCUSDT&cancelReplaceMode=STOP_ON_FAILURE&cancelOrigClientOrderId=down"
             "&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=90")
            .body;
    EXPECT_EQ(member(replaced, "/cancelResponse/origClientOrderId"), R"("down")") << replaced;
    EXPECT_EQ(member(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=9").body, "/status"),
              R"("CANCELED")")
        << "and the other one with it";
    EXPECT_EQ(member(replaced, "/newOrderResult"), R"("SUCCESS")");
}

TEST_F(OrderListsServed, lists_are_found_by_either_id_and_told_newest_first_or_from_a_beginning) {
    for (const char* id : {"a", "b", "c"}) {
        now_us += 1'000'000;
        EXPECT_EQ(list("oco",
                       "side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=103&belowType="
                       "STOP_LOSS&belowStopPrice=95&listClientOrderId=" +
                           std::string(id))
                      .status,
                  200);
    }
    const auto ids = [&](const std::string& path, const std::string& query) {
        const std::string body = rest("GET", path, query).body;
        std::string text;
        for (int i = 0; !member(body, "/" + std::to_string(i)).empty(); ++i) {
            text += member(body, "/" + std::to_string(i) + "/orderListId");
        }
        return text;
    };
    EXPECT_EQ(ids("/api/v3/openOrderList", ""), "123");
    EXPECT_EQ(ids("/api/v3/allOrderList", ""), "321");
    EXPECT_EQ(ids("/api/v3/allOrderList", "limit=2"), "32");
    EXPECT_EQ(ids("/api/v3/allOrderList", "fromId=2"), "23");
    EXPECT_EQ(ids("/api/v3/allOrderList", "fromId=1&limit=2"), "12");
    EXPECT_EQ(ids("/api/v3/allOrderList", "startTime=1700000002000"), "23");
    EXPECT_EQ(ids("/api/v3/allOrderList", "startTime=1&limit=2"), "12");
    EXPECT_EQ(ids("/api/v3/allOrderList", "endTime=1700000002000"), "21");
    EXPECT_EQ(ids("/api/v3/allOrderList", "startTime=1700000002000&endTime=1700000002000"), "2");
    now_us += 1'000'000;
    rest("DELETE", "/api/v3/orderList", "symbol=BTCUSDT&orderListId=2");
    EXPECT_EQ(ids("/api/v3/openOrderList", ""), "13");
    EXPECT_EQ(ids("/api/v3/allOrderList", "startTime=1700000004000"), "2") << "by its last change";
    const auto one = [&](const std::string& query) {
        return member(rest("GET", "/api/v3/orderList", query).body, "/orderListId");
    };
    EXPECT_EQ(one("orderListId=3"), "3");
    EXPECT_EQ(one("origClientOrderId=b"), "2");
    EXPECT_EQ(one("origClientOrderId=b&orderListId=3"), "2") << "the client id alone counts";
}

TEST_F(OrderListsServed, count_as_all_their_orders_and_cost_nothing_when_they_succeed) {
    const auto header = [](const HttpReply& reply, const std::string& name) {
        for (const auto& [key, value] : reply.headers) {
            if (key == name) {
                return value;
            }
        }
        return std::string();
    };
    const HttpReply two = list("oco", sell_oco);
    EXPECT_EQ(header(two, "X-MBX-ORDER-COUNT-10S"), "2");
    EXPECT_EQ(header(two, "X-MBX-USED-WEIGHT-1M"), "4") << "the session before it";
    const HttpReply again = list("oco", sell_oco);
    EXPECT_EQ(member(again.body, "/msg"), R"("Duplicate order sent.")");
    EXPECT_EQ(header(again, "X-MBX-ORDER-COUNT-10S"), "2") << "a refused one gives them back";
    EXPECT_EQ(header(again, "X-MBX-USED-WEIGHT-1M"), "5");
    const HttpReply three =
        list("otoco",
             "workingType=LIMIT_MAKER&workingSide=BUY&workingPrice=99&workingQuantity=1"
             "&pendingSide=SELL&pendingQuantity=1&pendingAboveType=LIMIT_MAKER"
             "&pendingAbovePrice=110&pendingBelowType=STOP_LOSS&pendingBelowStopPrice=90");
    EXPECT_EQ(header(three, "X-MBX-ORDER-COUNT-10S"), "5");
    place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=80");
    trade("98", "1");
    EXPECT_EQ(header(rest("GET", "/api/v3/rateLimit/order", ""), "X-MBX-ORDER-COUNT-10S"), "");
    EXPECT_EQ(member(rest("GET", "/api/v3/rateLimit/order", "").body, "/0/count"), "1")
        << "the first fill gives five back";
}

struct ListRefusal {
    std::string kind;
    std::string fields;
    int code;
    std::string message;  ///< empty: whatever it is
};

class OrderListMistakes : public OrderListsServed {
protected:
    void expect_refused(const std::vector<ListRefusal>& rows) {
        for (const ListRefusal& row : rows) {
            const HttpReply reply = list(row.kind, row.fields);
            EXPECT_EQ(reply.status, 400) << row.kind << " " << row.fields << reply.body;
            EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code))
                << row.kind << " " << row.fields << reply.body;
            if (!row.message.empty()) {
                EXPECT_EQ(member(reply.body, "/msg"), "\"" + row.message + "\"") << row.fields;
            }
        }
        EXPECT_EQ(told(), "");
    }
    const std::string lower = "&belowType=STOP_LOSS&belowStopPrice=95";
    const std::string upper = "&aboveType=LIMIT_MAKER&abovePrice=103";
    const std::string sell = "side=SELL&quantity=1";
    const std::string buy = "side=BUY&quantity=1";
    const std::string working =
        "workingType=LIMIT&workingSide=BUY&workingPrice=99&workingQuantity=1"
        "&workingTimeInForce=GTC";
};

TEST_F(OrderListMistakes, in_the_types_of_an_oco_have_their_documented_codes) {
    expect_refused({
        {"oco", sell + lower, -1102,
         "Mandatory parameter 'aboveType' was not sent, was empty/null, or malformed."},
        {"oco", "quantity=1" + lower + upper, -1102,
         "Mandatory parameter 'side' was not sent, was empty/null, or malformed."},
        {"oco", "side=SELL" + lower + upper, -1102,
         "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."},
        {"oco", sell + lower + "&aboveType=HIGH", -1116, "Invalid orderType."},
        {"oco", sell + lower + "&aboveType=LIMIT&abovePrice=103", -1158,
         "Order type not supported in OCO."},
        {"oco", sell + upper + "&belowType=MARKET", -1158, "Order type not supported in OCO."},
        {"oco", sell + upper + "&belowType=LIMIT_MAKER&belowPrice=90", -1168,
         "At least one OCO order must be contingent."},
        {"oco", buy + lower + upper, -1165, "A limit order in a buy OCO must be below."},
        {"oco",
         sell + "&belowType=LIMIT_MAKER&belowPrice=90&aboveType=STOP_LOSS&aboveStopPrice=105",
         -1166, "A limit order in a sell OCO must be above."},
        {"oco", buy + "&aboveType=STOP_LOSS&aboveStopPrice=105" + lower, -1196,
         "A stop loss order in a buy OCO must be above."},
        {"oco", sell + "&aboveType=STOP_LOSS&aboveStopPrice=105" + lower, -1197,
         "A stop loss order in a sell OCO must be below."},
        {"oco", buy + "&aboveType=TAKE_PROFIT&aboveStopPrice=105" + lower, -1198,
         "A take profit order in a buy OCO must be below."},
        {"oco", sell + upper + "&belowType=TAKE_PROFIT&belowStopPrice=95", -1199,
         "A take profit order in a sell OCO must be above."},
    });
}

TEST_F(OrderListMistakes, in_the_fields_of_an_oco_have_their_documented_codes) {
    expect_refused({
        {"oco", sell + lower + upper + "&abovePrice=104", -1101,
         "Duplicate values for a parameter detected."},
        {"oco", sell + lower + upper + "&aboveStopPrice=104", -1106,
         "Parameter 'aboveStopPrice' sent when not required."},
        {"oco", sell + lower + upper + "&belowPrice=94", -1106,
         "Parameter 'belowPrice' sent when not required."},
        {"oco", sell + upper + "&belowType=STOP_LOSS", -1102,
         "Param 'belowStopPrice' or 'belowTrailingDelta' must be sent, but both were empty/null!"},
        {"oco", sell + upper + "&belowType=STOP_LOSS_LIMIT&belowStopPrice=95&belowPrice=94", -1102,
         "Mandatory parameter 'belowTimeInForce' was not sent, was empty/null, or malformed."},
        {"oco",
         sell + upper +
             "&belowType=STOP_LOSS_LIMIT&belowStopPrice=95&belowPrice=94&belowTimeInForce=IOC"
             "&belowIcebergQty=0.5",
         -1160, "Parameter 'belowIcebergQty' is not supported if 'belowTimeInForce' is not GTC."},
        {"oco", sell + lower + upper + "&aboveClientOrderId=a.b", -1100,
         "Illegal characters found in parameter 'aboveClientOrderId'; legal range is "
         "'^[a-zA-Z0-9-_]{1,36}$'."},
        {"oco", sell + lower + "&aboveType=LIMIT_MAKER&abovePrice=103.000000001", -1111,
         "Parameter 'abovePrice' has too much precision."},
        {"oco", sell + lower + upper + "&middlePrice=1", -1104, ""},
        {"oco", sell + lower + upper + "&aboveStrategyType=999999", -1134,
         "aboveStrategyType was less than 1000000."},
        {"oco", sell + lower + upper + "&newOrderRespType=ALL", -1130, ""},
        {"oco", sell + lower + "&aboveType=LIMIT_MAKER&abovePrice=100.5", -2010,
         "The relationship of the prices for the orders is not correct."},
        {"oco", sell + lower + "&aboveType=LIMIT_MAKER&abovePrice=103.001", -1013,
         "Filter failure: PRICE_FILTER"},
        {"oco", "side=SELL&quantity=11" + lower + upper, -2010,
         "Account has insufficient balance for requested action."},
    });
}

TEST_F(OrderListMistakes, in_lists_with_a_working_order_have_their_documented_codes) {
    expect_refused({
        {"oto", working + "&pendingSide=SELL&pendingQuantity=1", -1102,
         "Mandatory parameter 'pendingType' was not sent, was empty/null, or malformed."},
        {"oto", working + "&pendingSide=UP&pendingType=MARKET&pendingQuantity=1", -1117,
         "Invalid side."},
        {"oto", working + "&pendingSide=SELL&pendingType=MARKET&pendingQuoteOrderQty=10", -1102,
         "Mandatory parameter 'pendingQuantity' was not sent, was empty/null, or malformed."},
        {"oto",
         "workingType=MARKET&workingSide=BUY&workingQuantity=1&pendingSide=SELL&pendingType=MARKET"
         "&pendingQuantity=1",
         -1116, "Invalid orderType."},
        {"otoco",
         working + "&pendingSide=SELL&pendingQuantity=1&pendingAboveType=LIMIT_MAKER"
                   "&pendingAbovePrice=90&pendingBelowType=STOP_LOSS&pendingBelowStopPrice=95",
         -2010, "The relationship of the prices for the orders is not correct."},
        {"opo",
         "workingType=LIMIT_MAKER&workingSide=SELL&workingPrice=105&workingQuantity=1"
         "&pendingType=MARKET&pendingSide=SELL",
         -1222, "Working order in an OPO list must be a bid."},
        {"opo", working + "&pendingType=MARKET&pendingSide=BUY", -1223,
         "Pending orders in an OPO list must be asks."},
        {"opo", working + "&pendingType=MARKET&pendingSide=SELL&pendingQuantity=1", -1225,
         "Pending orders should not include the 'pendingQuantity' tag."},
    });
}

TEST_F(OrderListsServed, mistakes_in_queries_and_cancels_have_their_codes) {
    const struct {
        const char* verb;
        const char* path;
        const char* query;
        int code;
        const char* message;
    } rows[] = {
        {"DELETE", "/api/v3/orderList", "symbol=BTCUSDT", -1102,
         "Param 'orderListId' or 'listClientOrderId' must be sent, but both were empty/null!"},
        {"DELETE", "/api/v3/orderList", "symbol=BTCUSDT&orderListId=9", -2011,
         "Unknown order sent."},
        {"DELETE", "/api/v3/orderList", "symbol=NONE&orderListId=1", -1121, "Invalid symbol."},
        {"DELETE", "/api/v3/orderList", "symbol=BTCUSDT&orderListId=1&listClientOrderId=other",
         -2039, "Client order ID is not correct for this order ID."},
        {"GET", "/api/v3/orderList", "", -1102,
         "Param 'orderListId' or 'origClientOrderId' must be sent, but both were empty/null!"},
        {"GET", "/api/v3/orderList", "orderListId=9", -2013, "Order does not exist."},
        {"GET", "/api/v3/orderList", "orderListId=x", -1100, nullptr},
        {"GET", "/api/v3/allOrderList", "fromId=1&startTime=5", -1128,
         "Combination of optional parameters invalid."},
        {"GET", "/api/v3/allOrderList", "startTime=1&endTime=1483315200001", -1127,
         "More than 24 hours between startTime and endTime."},
        {"GET", "/api/v3/openOrderList", "symbol=BTCUSDT", -1104, nullptr},
        {"POST", "/api/v3/order/oco", "symbol=BTCUSDT&side=SELL&quantity=1&price=103", -1102,
         "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"},
        {"POST", "/api/v3/order/oco",
         "symbol=BTCUSDT&side=SELL&quantity=1&price=103&stopPrice=95&stopLimitPrice=94", -1128,
         "Combination of optional parameters invalid. Recommendation: 'stopLimitTimeInForce' "
         "should "
         "also be sent."},
        {"POST", "/api/v3/order/oco", "symbol=BTCUSDT&side=BUY&quantity=1&price=103&stopPrice=95",
         -2010, "The relationship of the prices for the orders is not correct."},
    };
    list("oco", sell_oco);
    for (const auto& row : rows) {
        const HttpReply reply = rest(row.verb, row.path, row.query);
        EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code))
            << row.path << "?" << row.query << reply.body;
        if (row.message != nullptr) {
            EXPECT_EQ(member(reply.body, "/msg"), "\"" + std::string(row.message) + "\"");
        }
    }
    EXPECT_EQ(member(rest("GET", "/api/v3/orderList", "orderListId=1", bob_key, bob_secret).body,
                     "/code"),
              "-2013")
        << "another account's list";
}

TEST_F(OrderListsServed, the_symbol_says_which_lists_it_takes_and_how_many) {
    const std::string info = get("/api/v3/exchangeInfo?symbol=BTCUSDT").body;
    EXPECT_EQ(member(info, "/symbols/0/ocoAllowed"), "true");
    EXPECT_EQ(member(info, "/symbols/0/otoAllowed"), "true");
    EXPECT_EQ(member(info, "/symbols/0/opoAllowed"), "true");
    EXPECT_NE(info.find(R"({"filterType":"MAX_NUM_ORDER_LISTS","maxNumOrderLists":20})"),
              std::string::npos);
}

TEST_F(OrderListsServed, come_through_the_websocket_api_as_well) {
    Params params;
    const std::pair<const char*, std::string> fields[] = {{"symbol", "BTCUSDT"},
                                                          {"side", "BUY"},
                                                          {"quantity", "1"},
                                                          {"aboveType", "STOP_LOSS"},
                                                          {"aboveStopPrice", "105"},
                                                          {"belowType", "LIMIT_MAKER"},
                                                          {"belowPrice", "97"},
                                                          {"apiKey", hmac_key},
                                                          {"timestamp", std::to_string(now_ms())}};
    std::string text;
    for (const auto& [name, value] : fields) {
        params.add(name, value);
        text += (text.empty() ? "\"" : ",\"") + std::string(name) + "\":\"" + value + "\"";
    }
    session->on_text(R"({"id":"o","method":"orderList.place.oco","params":{)" + text +
                     R"(,"signature":")" + hmac_hex(hmac_secret, params.signing_text()) + "\"}}");
    EXPECT_EQ(member(peer.last(), "/result/contingencyType"), R"("OCO")") << peer.last();
    EXPECT_EQ(member(peer.last(), "/result/orderReports/0/type"), R"("LIMIT_MAKER")");
}

}  // namespace
}  // namespace portcullis::tools::venue
