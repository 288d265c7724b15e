// The REST door: bodies, errors by a table, timing, headers.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class Rest : public VenueTest {
protected:
    std::string header(const HttpReply& reply, const std::string& name) {
        for (const auto& [key, value] : reply.headers) {
            if (key == name) {
                return value;
            }
        }
        return "";
    }
    static std::string limit_order(const std::string& more = "") {
        return "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90&newClientOrderId=x1" +
               more;
    }
};

TEST_F(Rest, account_tells_when_its_balances_last_changed) {
    const auto told = [this](const std::string& key, const std::string& secret) {
        return member(rest("GET", "/api/v3/account", "", key, secret).body, "/updateTime");
    };
    now_us += 5'000'000;
    EXPECT_EQ(told(hmac_key, hmac_secret), "1700000000000") << "what it began with";
    place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
    now_us += 5'000'000;
    EXPECT_EQ(told(hmac_key, hmac_secret), "1700000005000") << "the order's lock, not the request";
    EXPECT_EQ(told(bob_key, bob_secret), "1700000000000") << "another account's";
    venue.exchange().adjust_balance(bob, "BTC", amount("1"), now_ms());
    now_us += 5'000'000;
    EXPECT_EQ(told(bob_key, bob_secret), "1700000010000");
}

TEST_F(Rest, answers_time_ping_book_and_ticker_exactly) {
    EXPECT_EQ(get("/api/v3/ping").body, "{}");
    EXPECT_EQ(get("/api/v3/time").body, R"({"serverTime":1700000000000})");
    EXPECT_EQ(
        get("/api/v3/depth?symbol=BTCUSDT&limit=1").body,
        R"({"lastUpdateId":10,"bids":[["100.00000000","1.00000000"]],"asks":[["101.00000000","1.00000000"]]})");
    EXPECT_EQ(
        get("/api/v3/ticker/bookTicker?symbol=BTCUSDT").body,
        R"({"symbol":"BTCUSDT","bidPrice":"100.00000000","bidQty":"1.00000000","askPrice":"101.00000000","askQty":"1.00000000"})");
    HttpRequest request;
    request.verb = "GET";
    request.target = "/api/v3/time";
    request.time_unit = "MICROSECOND";
    EXPECT_EQ(venue.http(request).body, R"({"serverTime":1700000000000000})");
}

TEST_F(Rest, has_no_sbe_and_falls_back_to_json_where_the_client_takes_it) {
    const std::string disabled = R"({"code":-1155,"msg":"SBE is not enabled."})";
    const struct {
        const char* accept;
        int status;
    } rows[] = {{"", 200},
                {"*/*", 200},
                {"application/json", 200},
                {"text/html", 200},
                {"application/sbe", 406},
                {"Application/SBE;q=0.5", 406},
                {"text/html, application/sbe", 406},
                {"application/sbe,application/json", 200},
                {"application/json;q=0.1 , application/sbe", 200},
                {"application/sbe, */*;q=0.1", 200}};
    HttpRequest request;
    request.verb = "GET";
    request.target = "/api/v3/ping";
    for (const auto& [accept, status] : rows) {
        request.accept = accept;
        const HttpReply reply = venue.http(request);
        EXPECT_EQ(reply.status, status) << accept;
        EXPECT_EQ(reply.body, status == 200 ? "{}" : disabled) << accept;
    }
}

TEST_F(Rest, tells_of_an_unknown_path_by_a_page_where_the_client_takes_one) {
    const std::string page = "<html><body><h2>404 Not found</h2></body></html>";
    const std::string json = R"({"code":-1020,"msg":"This operation is not supported."})";
    const struct {
        const char* target;
        const char* accept;
        int status;
        bool html;
    } rows[] = {{"/api/v3/exchangie", "", 404, false},
                {"/api/v3/exchangie", "*/*", 404, false},
                {"/api/v3/exchangie", "application/json", 404, false},
                {"/api/v3/exchangie", "text/htmlx", 404, false},
                {"/api/v3/exchangie", "text/html", 404, true},
                {"/nothing", "application/xhtml+xml, Text/HTML;q=0.9,*/*;q=0.8", 404, true},
                {"/api/v3/order/test", "text/html", 405, false}};
    HttpRequest request;
    request.verb = "GET";
    for (const auto& row : rows) {
        request.target = row.target;
        request.accept = row.accept;
        const HttpReply reply = venue.http(request);
        EXPECT_EQ(reply.status, row.status) << row.target << " " << row.accept;
        EXPECT_EQ(reply.html, row.html) << row.target << " " << row.accept;
        EXPECT_EQ(reply.body, row.html ? page : json) << row.target << " " << row.accept;
    }
}

TEST_F(Rest, reads_a_body_that_is_a_form_and_not_of_a_get) {
    const auto asked = [this](const std::string& verb, const std::string& target,
                              const std::string& type, const std::string& body) {
        HttpRequest request;
        request.verb = verb;
        request.target = target;
        request.content_type = type;
        request.body = body;
        request.api_key = hmac_key;
        const HttpReply reply = venue.http(request);
        return std::to_string(reply.status) + member(reply.body, "/code");
    };
    const std::string depth = "symbol=BTCUSDT&limit=1";
    const std::string form = "application/x-www-form-urlencoded";
    EXPECT_EQ(asked("GET", "/api/v3/depth", form, depth), "400-1102");
    EXPECT_EQ(asked("GET", "/api/v3/depth?" + depth, form, "symbol=NOPE&foo=1"), "200");
    EXPECT_EQ(asked("GET", "/api/v3/depth?" + depth, form, "%"), "200") << "whatever it is";
    const std::string order =
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1&timestamp=" + std::to_string(now_ms());
    const std::string path = "/api/v3/order/test";
    const std::string signature = "&signature=" + hmac_hex(hmac_secret, order);
    for (const char* type :
         {"application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded",
          "application/x-www-form-urlencoded;charset=UTF-8"}) {
        EXPECT_EQ(asked("POST", path, type, order + signature), "200") << type;
    }
    for (const char* type : {"", "application/json", "text/plain", "multipart/form-data"}) {
        EXPECT_EQ(asked("POST", path, type, order + signature), "400-1102") << type;
        EXPECT_EQ(asked("POST", path + "?" + order + signature, type, "{}"), "200")
            << "not signed either: " << type;
    }
    EXPECT_EQ(asked("DELETE", "/api/v3/openOrders", form, order + signature), "400-1101");
}

TEST_F(Rest, answers_a_new_order_in_the_three_documented_forms) {
    const auto reply = [&](const std::string& more) {
        return rest("POST", "/api/v3/order", "symbol=BTCUSDT&" + limit_order(more)).body;
    };
    const std::string ack =
        R"({"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":"x1","transactTime":1700000000000})";
    EXPECT_EQ(reply("&newOrderRespType=ACK"), ack);
    rest("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
    EXPECT_EQ(
        reply("&newOrderRespType=RESULT"),
        R"({"symbol":"BTCUSDT","orderId":2,"orderListId":-1,"clientOrderId":"x1","transactTime":1700000000000,"price":"90.00000000","origQty":"0.10000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1700000000000,"selfTradePreventionMode":"NONE"})");
    rest("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
    EXPECT_EQ(member(reply(""), "/fills"), "[]") << "FULL is the default of LIMIT";
    const std::string maker = rest("POST", "/api/v3/order",
                                   "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=90")
                                  .body;
    EXPECT_EQ(member(maker, "/status"), "") << "ACK is the default of LIMIT_MAKER";
    const std::string taker =
        rest("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1").body;
    EXPECT_EQ(member(taker, "/fills/0/price"), R"("101.00000000")");
    EXPECT_EQ(member(taker, "/fills/0/commissionAsset"), R"("BTC")");
    EXPECT_EQ(member(taker, "/status"), R"("FILLED")");
}

TEST_F(Rest, cancels_and_renames_as_documented) {
    place(limit_order());
    const HttpReply reply =
        rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=x1&newClientOrderId=c1");
    EXPECT_EQ(
        reply.body,
        R"({"symbol":"BTCUSDT","origClientOrderId":"x1","orderId":1,"orderListId":-1,"clientOrderId":"c1","transactTime":1700000000000,"price":"90.00000000","origQty":"0.10000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"CANCELED","timeInForce":"GTC","type":"LIMIT","side":"BUY","selfTradePreventionMode":"NONE"})");
}

TEST_F(Rest, amends_in_place) {
    const std::string id = place(limit_order());
    const HttpReply reply =
        rest("PUT", "/api/v3/order/amend/keepPriority",
             "symbol=BTCUSDT&orderId=" + id + "&newQty=0.06&newClientOrderId=x2");
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(member(reply.body, "/amendedOrder/qty"), R"("0.06000000")");
    EXPECT_EQ(member(reply.body, "/amendedOrder/origClientOrderId"), R"("x1")");
    EXPECT_EQ(member(reply.body, "/amendedOrder/clientOrderId"), R"("x2")");
    EXPECT_NE(member(reply.body, "/executionId"), "");
    EXPECT_EQ(member(rest("PUT", "/api/v3/order/amend/keepPriority",
                          "symbol=BTCUSDT&orderId=" + id + "&newQty=0.07")
                         .body,
                     "/code"),
              "-2038");
}

TEST_F(Rest, finds_an_order_by_the_name_that_it_had_and_refuses_a_name_of_another) {
    place(limit_order());
    EXPECT_EQ(member(rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=x1").body,
                     "/status"),
              R"("CANCELED")");
    const auto found = [&](const char* which) {
        const std::string body =
            rest("GET", "/api/v3/order", std::string("symbol=BTCUSDT&") + which).body;
        return member(body, "/orderId") + member(body, "/code");
    };
    const std::string one = found("orderId=1");
    EXPECT_EQ(one, "1");
    EXPECT_EQ(found("origClientOrderId=x1"), one);
    EXPECT_EQ(found("orderId=1&origClientOrderId=x1"), one);
    EXPECT_EQ(found("orderId=1&origClientOrderId=x2"), "-2039");
    EXPECT_EQ(found("orderId=2&origClientOrderId=x1"), "-2013");
    place(limit_order());
    EXPECT_EQ(found("origClientOrderId=x1"), "2");
    EXPECT_EQ(found("orderId=1&origClientOrderId=x1"), "-2039") << "the name is another's now";
}

TEST_F(Rest, lists_orders_trades_account_and_permissions) {
    place("side=BUY&type=MARKET&quantity=0.1");
    place(limit_order());
    const std::string row =
        rest("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=x1").body;
    EXPECT_EQ(rest("GET", "/api/v3/openOrders", "symbol=BTCUSDT").body, "[" + row + "]");
    EXPECT_EQ(
        row,
        R"({"symbol":"BTCUSDT","orderId":2,"orderListId":-1,"clientOrderId":"x1","price":"90.00000000","origQty":"0.10000000","executedQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","stopPrice":"0.00000000","icebergQty":"0.00000000","time":1700000000000,"updateTime":1700000000000,"isWorking":true,"workingTime":1700000000000,"origQuoteOrderQty":"0.00000000","selfTradePreventionMode":"NONE"})");
    const std::string trades = rest("GET", "/api/v3/myTrades", "symbol=BTCUSDT").body;
    EXPECT_EQ(member(trades, "/0/price"), R"("101.00000000")");
    EXPECT_EQ(member(trades, "/0/quoteQty"), R"("10.10000000")");
    EXPECT_EQ(member(trades, "/0/isMaker"), "false");
    EXPECT_EQ(rest("GET", "/api/v3/myTrades", "symbol=BTCUSDT&orderId=2").body, "[]");
    EXPECT_EQ(rest("GET", "/api/v3/myTrades", "symbol=BTCUSDT&startTime=1700000000001").body, "[]");
    EXPECT_EQ(member(rest("GET", "/api/v3/allOrders", "symbol=BTCUSDT&limit=1").body, "/0/orderId"),
              "2");
    EXPECT_EQ(member(rest("GET", "/api/v3/allOrders", "symbol=BTCUSDT&orderId=1&limit=1").body,
                     "/0/orderId"),
              "1");
    const std::string account = rest("GET", "/api/v3/account", "").body;
    EXPECT_EQ(member(account, "/balances/1"),
              R"({"asset":"USDT","free":"9980.90000000","locked":"9.00000000"})");
    const std::string rates =
        R"("commissionRates":{"maker":"0.00100000","taker":"0.00150000","buyer":"0.00000000","seller":"0.00000000"},)";
    EXPECT_EQ(
        account.substr(0, account.find(R"("brokered")")),
        R"({"makerCommission":10,"takerCommission":15,"buyerCommission":0,"sellerCommission":0,)" +
            rates + R"("canTrade":true,"canWithdraw":true,"canDeposit":true,)");
    EXPECT_EQ(member(rest("GET", "/sapi/v1/account/apiRestrictions", "").body,
                     "/enableSpotAndMarginTrading"),
              "true");
    EXPECT_EQ(member(rest("GET", "/sapi/v1/account/apiRestrictions", "", reader_key).body,
                     "/enableSpotAndMarginTrading"),
              "false");
    EXPECT_EQ(
        rest("GET", "/api/v3/rateLimit/order", "").body,
        R"([{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100,"count":1},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000,"count":1}])")
        << "the filled order gave its count back";
    now_us += 1'000'000;
    rest("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=2");
    const std::string changed =
        rest("GET", "/api/v3/allOrders", "symbol=BTCUSDT&startTime=1700000001000&orderId=9").body;
    EXPECT_EQ(member(changed, "/0/orderId"), "2") << "by its last change, whatever the id";
    EXPECT_EQ(member(changed, "/1"), "");
}

TEST_F(Rest, moves_the_times_of_a_history_into_the_range_that_there_is) {
    // From 2017 on, until ten seconds after 22:13:20 of 2023-11-14.
    const std::string first = "1483228800000", last = std::to_string(now_ms() + 10'000);
    const auto day_after = [](const std::string& ms, int more) {
        return std::to_string(std::stoll(ms) + 86'400'000 + more);
    };
    const auto day_before = [](const std::string& ms, int more) {
        return std::to_string(std::stoll(ms) - 86'400'000 - more);
    };
    const struct {
        std::string start, end;
        const char* code;
    } rows[] = {{"1", day_after(first, 0), ""},
                {"1", day_after(first, 1), "-1127"},
                {"1", day_after(first, 0) + "000", ""},
                {day_before(last, 0), "9000000000000", ""},
                {day_before(last, 1), "9000000000000", "-1127"},
                {day_before(last, 1), last, "-1127"},
                {"1", "2", ""},
                {"9000000000000", "99000000000000", ""}};
    for (const char* path : {"allOrders", "myTrades", "allOrderList", "myAllocations"}) {
        const std::string symbol = std::string(path) == "allOrderList" ? "" : "symbol=BTCUSDT&";
        for (const auto& [start, end, code] : rows) {
            const std::string query = symbol + "startTime=" + start + "&endTime=" + end;
            const HttpReply reply = rest("GET", std::string("/api/v3/") + path, query);
            EXPECT_EQ(member(reply.body, "/code"), code) << path << "?" << query;
        }
    }
}

/// What is sent, what comes back.
struct Refusal {
    const char* verb;
    std::string path;
    std::string query;
    int status;
    int code;
    std::string message;  ///< as JSON has it; empty: whatever it is
};

class RestMistakes : public Rest {
protected:
    static std::string mandatory(const std::string& name) {
        return "Mandatory parameter '" + name + "' was not sent, was empty/null, or malformed.";
    }
    void expect_refused(const std::vector<Refusal>& rows) {
        for (const Refusal& row : rows) {
            const bool open = row.path == "/api/v3/depth" || row.path == "/api/v3/exchangeInfo";
            const HttpReply reply =
                open ? get(row.path + "?" + row.query) : rest(row.verb, row.path, row.query);
            const std::string what = std::string(row.verb) + " " + row.path + "?" + row.query;
            EXPECT_EQ(reply.status, row.status) << what << " -> " << reply.body;
            EXPECT_EQ(member(reply.body, "/code"), std::to_string(row.code)) << what << reply.body;
            if (!row.message.empty()) {
                EXPECT_EQ(member(reply.body, "/msg"), "\"" + row.message + "\"") << what;
            }
        }
    }
    const std::string order = "/api/v3/order";
    const std::string good =
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90";
};

TEST_F(RestMistakes, in_the_form_of_an_order_have_their_documented_codes) {
    expect_refused({
        {"POST", order, "side=BUY&type=MARKET&quantity=1", 400, -1102, mandatory("symbol")},
        {"POST", order, "symbol=&side=BUY&type=MARKET&quantity=1", 400, -1102, mandatory("symbol")},
        {"POST", order, "symbol=BTCUSDT&type=MARKET&quantity=1", 400, -1102, mandatory("side")},
        {"POST", order, "symbol=BTCUSDT&side=BUY&quantity=1", 400, -1102, mandatory("type")},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90", 400, -1102,
         mandatory("timeInForce")},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1", 400, -1102,
         mandatory("price")},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&price=90", 400, -1102,
         mandatory("quantity")},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=MARKET", 400, -1102,
         "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"},
        {"POST", order, "symbol=btcusdt&side=BUY&type=MARKET&quantity=1", 400, -1100,
         "Illegal characters found in parameter 'symbol'; legal range is "
         "'^[\\\\w\\\\-._&&[^a-z]]{1,50}$'."},
        {"POST", order, "symbol=ETHUSDT&side=BUY&type=MARKET&quantity=1", 400, -1121,
         "Invalid symbol."},
        {"POST", order, "symbol=BTCUSDT&side=buy&type=MARKET&quantity=1", 400, -1117,
         "Invalid side."},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMITED&quantity=1", 400, -1116,
         "Invalid orderType."},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTD&quantity=1&price=90",
         400, -1115, "Invalid timeInForce."},
        {"POST", order,
         "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&timeInForce=GTC&quantity=1&price=90", 400, -1106,
         "Parameter 'timeInForce' sent when not required."},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=90", 400, -1106,
         "Parameter 'price' sent when not required."},
        {"POST", order, good + "&quoteOrderQty=5", 400, -1106,
         "Parameter 'quoteOrderQty' sent when not required."},
        {"POST", order, good + "&newClientOrderId=", 400, -1105,
         "Parameter 'newClientOrderId' was empty."},
        {"POST", order, good + "&newClientOrderId=a.b", 400, -1100,
         "Illegal characters found in parameter 'newClientOrderId'; legal range is "
         "'^[a-zA-Z0-9-_]{1,36}$'."},
        {"POST", order, good + "&newClientOrderId=" + std::string(37, 'a'), 400, -1100, ""},
        {"POST", order, good + "&foo=1", 400, -1104,
         "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."},
        {"POST", order, good + "&newOrderRespType=ALL", 400, -1130,
         "Data sent for parameter 'newOrderRespType' is not valid."},
        {"POST", order, good + "&selfTradePreventionMode=MERGE", 400, -1130,
         "Data sent for parameter 'selfTradePreventionMode' is not valid."},
        {"POST", order, good + "&symbol=BTCUSDT", 400, -1101,
         "Duplicate values for a parameter detected."},
    });
}

TEST_F(RestMistakes, in_the_numbers_of_an_order_have_their_documented_codes) {
    expect_refused({
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=9x",
         400, -1100, ""},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=-9",
         400, -1100, ""},
        {"POST", order,
         "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90.000000001", 400,
         -1111, "Parameter 'price' has too much precision."},
        {"POST", order,
         "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=999999999999", 400,
         -1108, "Parameter 'price' overflowed."},
        {"POST", order,
         "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90.001", 400, -1013,
         "Filter failure: PRICE_FILTER"},
        {"POST", order,
         "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.000015&price=90", 400,
         -1013, "Filter failure: LOT_SIZE"},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=90",
         400, -1013, "Filter failure: NOTIONAL"},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1000&price=90",
         400, -2010, "Account has insufficient balance for requested action."},
        {"POST", order, "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=101", 400,
         -2010, "Order would immediately match and take."},
        {"POST", "/api/v3/order/test",
         "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=90", 400, -1013,
         "Filter failure: NOTIONAL"},
    });
}

TEST_F(RestMistakes, in_other_requests_have_their_documented_codes) {
    expect_refused({
        {"DELETE", order, "symbol=BTCUSDT", 400, -1102,
         "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"},
        {"DELETE", order, "symbol=BTCUSDT&orderId=99", 400, -2011, "Unknown order sent."},
        {"DELETE", order, "symbol=BTCUSDT&orderId=x", 400, -1100, ""},
        {"DELETE", order, "symbol=BTCUSDT&orderId=99&cancelRestrictions=OLD", 400, -1145,
         "Invalid cancelRestrictions"},
        {"DELETE", "/api/v3/openOrders", "symbol=BTCUSDT", 400, -2011, "Unknown order sent."},
        {"GET", "/api/v3/order", "symbol=BTCUSDT&orderId=99", 400, -2013, "Order does not exist."},
        {"GET", "/api/v3/openOrders", "symbol=NOPE", 400, -1121, "Invalid symbol."},
        {"GET", "/api/v3/allOrders", "symbol=BTCUSDT&startTime=1483228800000&endTime=1483315200001",
         400, -1127, "More than 24 hours between startTime and endTime."},
        {"GET", "/api/v3/account", "foo=1", 400, -1104, ""},
        {"GET", "/sapi/v1/capital/config/getall", "foo=1", 400, -1104,
         "Not all sent parameters were read; read '2' parameter(s) but was sent '3'."},
        {"GET", "/api/v3/openOrders", "foo=1", 400, -1104,
         "Not all sent parameters were read; read '2' parameter(s) but was sent '3'."},
        {"GET", "/api/v3/openOrders", "a=1&b=2&c=3", 400, -1101,
         "Too many parameters; expected '4' and received '5'."},
        {"GET", "/api/v3/depth", "symbol=NOPE", 400, -1121, "Invalid symbol."},
        {"GET", "/api/v3/depth", "symbol=" + std::string(50, 'A'), 400, -1121, "Invalid symbol."},
        {"GET", "/api/v3/depth", "symbol=" + std::string(51, 'A'), 400, -1100, ""},
        {"GET", "/api/v3/depth", "limit=5", 400, -1102, mandatory("symbol")},
        {"GET", "/api/v3/depth", "symbol=BTCUSDT&limit=0", 400, -1130, ""},
        {"GET", "/api/v3/exchangeInfo", "symbol=NOPE", 400, -1121, "Invalid symbol."},
        {"GET", "/api/v3/exchangeInfo", "symbol=BTCUSDT&symbolStatus=TRADING", 400, -1128,
         "Combination of optional parameters invalid."},
        {"GET", "/api/v3/nothing", "", 404, -1020, "This operation is not supported."},
        {"GET", "/api/v1/ping", "", 404, -1020, "This operation is not supported."},
        {"GET", "/api/v1/time", "", 404, -1020, "This operation is not supported."},
        {"PATCH", "/api/v3/order", "", 405, -1020, "This operation is not supported."},
    });
}

TEST_F(Rest, a_test_order_is_held_to_form_status_and_filters_alone) {
    place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90&newClientOrderId=taken");
    const auto answer = [this](const std::string& fields) {
        return rest("POST", "/api/v3/order/test", "symbol=BTCUSDT&side=BUY&" + fields).body;
    };
    const std::string gtc = "type=LIMIT&timeInForce=GTC&price=90&quantity=";
    EXPECT_EQ(answer(gtc + "1000"), "{}") << "without funds";
    EXPECT_EQ(answer(gtc + "1&newClientOrderId=taken"), "{}");
    EXPECT_EQ(answer("type=LIMIT_MAKER&quantity=0.1&price=101"), "{}") << "would match";
    EXPECT_EQ(answer(gtc + "0.01"), R"({"code":-1013,"msg":"Filter failure: NOTIONAL"})");
    EXPECT_EQ(member(answer(gtc + "x"), "/code"), "-1100");
    Symbol halted = btcusdt();
    halted.status = "HALT";
    venue.exchange().replace_symbol(halted);
    EXPECT_EQ(answer(gtc + "1"), R"({"code":-1013,"msg":"Market is closed."})");
}

TEST_F(Rest, refuses_keys_signatures_and_permissions_with_their_codes) {
    const auto code = [](const HttpReply& reply) {
        return std::to_string(reply.status) + member(reply.body, "/code");
    };
    EXPECT_EQ(code(rest("GET", "/api/v3/account", "", "")), "401-2014");
    EXPECT_EQ(code(rest("GET", "/api/v3/account", "", "short")), "401-2014");
    EXPECT_EQ(code(rest("GET", "/api/v3/account", "", std::string(64, 'z'))), "401-2015");
    EXPECT_EQ(code(rest("GET", "/api/v3/account", "", hmac_key, "wrong")), "400-1022");
    EXPECT_EQ(code(rest("GET", "/api/v3/account", "", reader_key)), "200");
    EXPECT_EQ(code(rest("POST", "/api/v3/order", "symbol=BTCUSDT&" + limit_order(), reader_key)),
              "401-2015");
    HttpRequest request;
    request.verb = "GET";
    request.api_key = hmac_key;
    request.target = "/api/v3/account?timestamp=" + std::to_string(now_ms());
    EXPECT_EQ(code(venue.http(request)), "400-1102") << "signature missing";
    request.target =
        "/api/v3/account?recvWindow=5000&signature=" + hmac_hex(hmac_secret, "recvWindow=5000");
    EXPECT_EQ(code(venue.http(request)), "400-1102") << "timestamp missing";
    request.target = "/api/v3/account?signature=00";
    EXPECT_EQ(code(venue.http(request)), "400-1022") << "the signature is looked at first";
    request.target = "/api/v3/account?timestamp=1&signature=";
    EXPECT_EQ(code(venue.http(request)), "400-1022") << "sent, and empty";
    request.target = "/api/v3/account?symbol=%E&timestamp=1&signature=00";
    EXPECT_EQ(code(venue.http(request)), "400-1022") << "no percent-encoding";
    EXPECT_EQ(code(rest("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1", bob_key, bob_secret)),
              "400-2013")
        << "another account's order does not exist for bob";
}

TEST_F(Rest, bad_percent_encoding_is_refused_in_name_and_value) {
    for (const char* query : {"symbol=BTCUSDT%", "symbol=BTCUSDT%4", "symbol=BTC%zzUSDT",
                              "sym%5=BTCUSDT", "symbol=BTCUSDT&limit=%g1"}) {
        const HttpReply reply = get(std::string("/api/v3/depth?") + query);
        EXPECT_EQ(std::to_string(reply.status) + member(reply.body, "/code"), "400-1100") << query;
    }
    EXPECT_EQ(get("/api/v3/depth?s%79mbol=%42TCUSDT").status, 200);
}

TEST_F(Rest, an_order_named_by_both_ids_must_have_both) {
    const auto asked = [this](const std::string& ids) {
        return rest("GET", "/api/v3/order", "symbol=BTCUSDT&" + ids).body;
    };
    const std::string order = "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=";
    ASSERT_EQ(rest("POST", "/api/v3/order", order + "90&newClientOrderId=a").status, 200);
    ASSERT_EQ(rest("POST", "/api/v3/order", order + "91&newClientOrderId=b").status, 200);
    EXPECT_EQ(member(asked("orderId=1&origClientOrderId=a"), "/clientOrderId"), R"("a")");
    const std::string refusal =
        R"({"code":-2039,"msg":"Client order ID is not correct for this order ID."})";
    EXPECT_EQ(asked("orderId=1&origClientOrderId=b"), refusal);
    EXPECT_EQ(asked("orderId=1&origClientOrderId=none"), refusal);
    EXPECT_EQ(member(asked("orderId=9&origClientOrderId=a"), "/code"), "-2013");
}

TEST_F(Rest, takes_a_timestamp_inside_recv_window_and_less_than_a_second_ahead) {
    const std::int64_t ms = now_ms();
    const struct {
        std::string query;
        int code;  // 0: accepted
        const char* text;
    } rows[] = {
        {"timestamp=" + std::to_string(ms - 5000), 0, ""},
        {"timestamp=" + std::to_string(ms - 5001), -1021, "outside of the recvWindow"},
        {"timestamp=" + std::to_string(ms + 999), 0, ""},
        {"timestamp=" + std::to_string(ms + 1000), -1021, "1000ms ahead of the server's time"},
        {"timestamp=" + std::to_string(now_us - 5'000'000), 0, ""},
        {"timestamp=" + std::to_string(now_us - 5'000'001), -1021, "outside of the recvWindow"},
        {"timestamp=" + std::to_string(now_us + 999'999), 0, ""},
        {"timestamp=" + std::to_string(now_us + 1'000'000), -1021, "1000ms ahead"},
        {"recvWindow=100.250&timestamp=" + std::to_string(now_us - 100'250), 0, ""},
        {"recvWindow=100.250&timestamp=" + std::to_string(now_us - 100'251), -1021, "outside"},
        {"recvWindow=100.2501&timestamp=" + std::to_string(ms), -1111, "too much precision"},
        {"recvWindow=60000&timestamp=" + std::to_string(ms - 60'000), 0, ""},
        {"recvWindow=60000.001&timestamp=" + std::to_string(ms), -1102,
         "'recvWindow' contains unexpected value. Cannot be greater than 60000.\""},
        {"recvWindow=x&timestamp=" + std::to_string(ms), -1100, "Illegal characters"},
        {"timestamp=today", -1100, "Illegal characters"},
        {"timestamp=", -1102, "'timestamp'"},
        {"timestamp=99999999999999999999999", -1100, "timestamp"},
    };
    for (const auto& row : rows) {
        const HttpReply reply = rest("GET", "/api/v3/account", row.query);
        EXPECT_EQ(member(reply.body, "/code"), row.code == 0 ? "" : std::to_string(row.code))
            << row.query << " -> " << reply.body;
        EXPECT_NE(reply.body.find(row.text), std::string::npos) << row.query << reply.body;
    }
}

TEST_F(Rest, reports_weight_and_order_counts_in_headers) {
    EXPECT_EQ(header(get("/api/v3/depth?symbol=BTCUSDT&limit=5000"), "X-MBX-USED-WEIGHT-1M"),
              "250");
    const HttpReply placed = rest("POST", "/api/v3/order", "symbol=BTCUSDT&" + limit_order());
    EXPECT_EQ(header(placed, "X-MBX-USED-WEIGHT-1M"), "250") << "a good order is free";
    EXPECT_EQ(header(placed, "X-MBX-ORDER-COUNT-10S"), "1");
    EXPECT_EQ(header(placed, "X-MBX-ORDER-COUNT-1D"), "1");
    const HttpReply refused = rest("POST", "/api/v3/order", "symbol=BTCUSDT&" + limit_order());
    EXPECT_EQ(refused.status, 400) << "duplicate";
    EXPECT_EQ(header(refused, "X-MBX-USED-WEIGHT-1M"), "251") << "a failed one is not";
    now_us += 60'000'000;
    EXPECT_EQ(header(get("/api/v3/ping"), "X-MBX-USED-WEIGHT-1M"), "1") << "a new minute";
}

/// As users of Binance's clients have published them: those had signed what needs no key.
TEST_F(Rest, counts_parameters_as_binance_does) {
    EXPECT_EQ(get("/api/v3/time?a=1").body,
              R"({"code":-1101,"msg":"Too many parameters; expected '0' and received '1'."})");
    EXPECT_EQ(rest("GET", "/api/v3/trades", "symbol=BTCUSDT&limit=5&recvWindow=5000").body,
              R"({"code":-1101,"msg":"Too many parameters; expected '2' and received '5'."})");
    EXPECT_EQ(rest("GET", "/api/v3/historicalTrades", "symbol=BTCUSDT&recvWindow=5000").body,
              R"({"code":-1101,"msg":"Too many parameters; expected '3' and received '4'."})");
    EXPECT_EQ(
        get("/api/v3/depth?symbol=BTCUSDT&depth=5").body,
        R"({"code":-1104,"msg":"Not all sent parameters were read; read '1' parameter(s) but was sent '2'."})");
    std::string script;
    for (int i = 0; i < 50; ++i) {
        script += "%E5%B8%81";
    }
    EXPECT_EQ(member(get("/api/v3/depth?symbol=" + script).body, "/code"), "-1121");
    EXPECT_EQ(member(get("/api/v3/depth?symbol=A" + script).body, "/code"), "-1100");
}

TEST_F(Rest, reports_used_weight_with_every_answer) {
    (void)get("/api/v3/ping");
    HttpRequest request;
    request.ip = "127.0.0.1";
    const struct {
        const char *verb, *target, *accept, *unit;
        int status;
    } rows[] = {{"GET", "/api/v3/nothing", "", "", 404},
                {"GET", "/api/v3/nothing", "text/html", "", 404},
                {"PATCH", "/api/v3/order", "", "", 405},
                {"GET", "/api/v3/time", "application/sbe", "", 406},
                {"GET", "/api/v3/time", "", "NANOSECOND", 400},
                {"GET", "/api/v3/depth?symbol=%4", "", "", 400}};
    for (const auto& row : rows) {
        request.verb = row.verb;
        request.target = row.target;
        request.accept = row.accept;
        request.time_unit = row.unit;
        const HttpReply reply = venue.http(request);
        EXPECT_EQ(reply.status, row.status) << row.target;
        EXPECT_EQ(header(reply, "X-MBX-USED-WEIGHT-1M"), "1") << row.target;
    }
}

TEST_F(Rest, reports_what_the_wallet_weighs_in_headers_of_its_own) {
    const std::string coins = "/sapi/v1/capital/config/getall";
    const std::string of_address = "X-SAPI-USED-IP-WEIGHT-1M";
    const std::string of_account = "X-SAPI-USED-UID-WEIGHT-1S";
    EXPECT_EQ(header(rest("GET", coins, ""), of_address), "10");
    EXPECT_EQ(header(rest("GET", coins, "", "no key"), of_address), "20") << "a failed one too";
    const HttpReply fees = rest("GET", "/sapi/v1/asset/tradeFee", "");
    EXPECT_EQ(header(fees, of_address), "1") << "each method by itself";
    EXPECT_EQ(header(fees, "X-MBX-USED-WEIGHT-1M"), "");
    const std::string history = "/sapi/v1/capital/withdraw/history";
    EXPECT_EQ(header(rest("GET", history, ""), of_account), "18000");
    EXPECT_EQ(header(rest("GET", history, "offset=x"), of_account), "36000");
    EXPECT_EQ(header(rest("GET", history, ""), of_address), "");
    EXPECT_EQ(header(rest("GET", history, "", "no key"), of_account), "") << "whose is not known";
    EXPECT_EQ(header(get("/api/v3/ping"), "X-MBX-USED-WEIGHT-1M"), "1");
    EXPECT_EQ(header(get("/api/v3/ping"), of_address), "");
}

TEST_F(Rest, replaces_in_the_four_ways_that_are_documented) {
    const auto replace = [&](const std::string& id, const std::string& mode,
                             const std::string& price, const std::string& type) {
        return rest("POST", "/api/v3/order/cancelReplace",
                    "symbol=BTCUSDT&cancelReplaceMode=" + mode + "&cancelOrderId=" + id +
                        "&side=BUY&quantity=0.1&price=" + price + "&type=" + type);
    };
    std::string id = place(limit_order());
    const HttpReply good = replace(id, "STOP_ON_FAILURE", "91", "LIMIT_MAKER");
    EXPECT_EQ(good.status, 200) << good.body;
    EXPECT_EQ(member(good.body, "/cancelResult"), R"("SUCCESS")");
    EXPECT_EQ(member(good.body, "/newOrderResult"), R"("SUCCESS")");
    id = member(good.body, "/newOrderResponse/orderId");
    const HttpReply none = replace("999", "STOP_ON_FAILURE", "91", "LIMIT_MAKER");
    EXPECT_EQ(none.status, 400);
    EXPECT_EQ(
        none.body,
        R"({"code":-2022,"msg":"Order cancel-replace failed.","data":{"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED","cancelResponse":{"code":-2011,"msg":"Unknown order sent."},"newOrderResponse":null}})");
    const HttpReply half = replace("999", "ALLOW_FAILURE", "91", "LIMIT_MAKER");
    EXPECT_EQ(half.status, 409);
    EXPECT_EQ(member(half.body, "/code"), "-2021");
    EXPECT_EQ(member(half.body, "/data/newOrderResult"), R"("SUCCESS")");
    const HttpReply crossed = replace(id, "STOP_ON_FAILURE", "101", "LIMIT_MAKER");
    EXPECT_EQ(crossed.status, 409) << crossed.body;
    EXPECT_EQ(member(crossed.body, "/data/cancelResult"), R"("SUCCESS")");
    EXPECT_EQ(member(crossed.body, "/data/newOrderResponse/code"), "-2010");
    const HttpReply filtered = replace(id, "STOP_ON_FAILURE", "91.001", "LIMIT_MAKER");
    EXPECT_EQ(filtered.status, 400);
    EXPECT_EQ(member(filtered.body, "/code"), "-1013") << "filters come before both legs";
}

TEST_F(Rest, quotes_what_is_no_utf8_as_utf8) {
    const std::string before = R"({"code":-1100,"msg":"Illegal characters found in parameter ')";
    const std::string after = R"('; legal range is 'percent-encoded UTF-8'."})";
    EXPECT_EQ(get("/api/v3/depth?\xA9\xC3(z=%").body, before + R"(\ufffd\ufffd(z)" + after);
    EXPECT_EQ(get("/api/v3/depth?\xC3\xA9=%").body, before + "\xC3\xA9" + after);
}

TEST_F(Rest, keeps_recorded_trades) {
    venue.publish(
        "btcusdt@trade",
        R"({"e":"trade","E":2,"s":"BTCUSDT","t":7,"p":"100.50000000","q":"2.00000000","T":1,"m":true,"M":true})");
    EXPECT_EQ(
        get("/api/v3/trades?symbol=BTCUSDT").body,
        R"([{"id":7,"price":"100.50000000","qty":"2.00000000","quoteQty":"201.00000000","time":1,"isBuyerMaker":true,"isBestMatch":true}])");
}

}  // namespace
}  // namespace portcullis::tools::venue
