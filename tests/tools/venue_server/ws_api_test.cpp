// The WebSocket API door: envelopes, logon, account streams, faults.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class WsApi : public VenueTest {
protected:
    WsApi() : session(open("/ws-api/v3?returnRateLimits=false", peer)) {}

    std::string ask(const std::string& text) {
        const std::size_t before = peer.sent.size();
        session->on_text(text);
        return peer.sent.size() == before ? "" : peer.last();
    }
    /// Signs `params` (sorted by name, HMAC example key) and asks.
    std::string ask_signed(const std::string& method, Params params,
                           const std::string& key = hmac_key,
                           const std::string& secret = hmac_secret) {
        params.add("apiKey", key);
        params.add("timestamp", std::to_string(now_ms()));
        const std::string signature = hmac_hex(secret, params.signing_text());
        std::string text = R"({"id":"s","method":")" + method + R"(","params":{)";
        for (const Param& param : params.all()) {
            text += "\"" + param.name + "\":\"" + param.value + "\",";
        }
        return ask(text + R"("signature":")" + signature + "\"}}");
    }
    static Params order(const std::string& price = "90", const std::string& id = "x1") {
        Params params;
        for (const auto& [name, value] :
             std::vector<std::pair<std::string, std::string>>{{"symbol", "BTCUSDT"},
                                                              {"side", "BUY"},
                                                              {"type", "LIMIT"},
                                                              {"timeInForce", "GTC"},
                                                              {"quantity", "0.1"},
                                                              {"price", price},
                                                              {"newClientOrderId", id}}) {
            params.add(name, value);
        }
        return params;
    }
    /// The documented logon: its timestamp is the venue's time for as long as it matters.
    std::string logon(std::int64_t at_us = 1'649'729'878'630'000) {
        now_us = at_us;
        return ask(
            R"({"id":"c174","method":"session.logon","params":{"apiKey":")" +
            std::string(ed25519_key) +
            R"(","signature":"cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag==","timestamp":1649729878532}})");
    }
    std::string with_time(const std::string& method, const std::string& more = "") {
        return ask(R"({"id":1,"method":")" + method + R"(","params":{"timestamp":)" +
                   std::to_string(now_ms()) + more + "}}");
    }

    FakePeer peer;
    std::unique_ptr<WebSocketHandler> session;
};

TEST_F(WsApi, echoes_ids_of_every_legal_kind) {
    EXPECT_EQ(ask(R"({"id":7,"method":"ping"})"), R"({"id":7,"status":200,"result":{}})");
    EXPECT_EQ(ask(R"({"id":"a\"b","method":"v3/ping"})"),
              R"({"id":"a\"b","status":200,"result":{}})");
    EXPECT_EQ(ask(R"({"id":null,"method":"ping"})"), R"({"id":null,"status":200,"result":{}})");
    EXPECT_EQ(ask(R"({"method":"ping"})"), R"({"id":null,"status":200,"result":{}})");
    EXPECT_EQ(ask(R"({"id":9223372036854775807,"method":"time"})"),
              R"({"id":9223372036854775807,"status":200,"result":{"serverTime":1700000000000}})");
    EXPECT_EQ(ask(R"({"id":18446744073709551615,"method":"ping"})"),
              R"({"id":18446744073709551615,"status":200,"result":{}})");
}

TEST_F(WsApi, has_no_sbe) {
    const auto opened = [this](const std::string& query) {
        FakePeer other;
        HttpReply refusal;
        const auto handler = venue.open("/ws-api/v3?" + query, "127.0.0.1", other, refusal);
        return handler ? "open" : std::to_string(refusal.status) + " " + refusal.body;
    };
    const std::string disabled = R"(400 {"code":-1155,"msg":"SBE is not enabled."})";
    EXPECT_EQ(opened("responseFormat=json"), "open");
    EXPECT_EQ(opened("sbeSchemaId=3&sbeSchemaVersion=5"), "open") << "of no format, of no effect";
    EXPECT_EQ(opened("responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=5"), disabled);
    EXPECT_EQ(opened("responseFormat=sbe"), disabled);
    EXPECT_EQ(opened("responseFormat=sbe&responseFormat=json").substr(0, 17),
              R"(400 {"code":-1101)");
    EXPECT_EQ(opened("responseFormat=xml").substr(0, 17), R"(400 {"code":-1130)");
}

TEST_F(WsApi, refuses_what_is_not_a_request) {
    const struct {
        const char* text;
        const char* answer;
    } rows[] = {
        {"", R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {"[1]", R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {R"({"id":1,"method":"p\ing"})",
         R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {R"({"id":"\ud800","method":"ping"})",
         R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {R"({"id":1,"method":"depth","params":{"symbol":"\u12"}})",
         R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {R"({"id":1,"method":"ping"} x)",
         R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {R"({"id":18446744073709551616,"method":"ping"})",
         R"({"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}})"},
        {R"({"id":1.5,"method":"ping"})",
         R"({"id":null,"status":400,"error":{"code":-1130,"msg":"Data sent for parameter 'id' is not valid."}})"},
        {R"({"id":1})",
         R"({"id":1,"status":400,"error":{"code":-1102,"msg":"Mandatory parameter 'method' was not sent, was empty/null, or malformed."}})"},
        {R"({"id":1,"method":"no.such"})",
         R"({"id":1,"status":400,"error":{"code":-1130,"msg":"Data sent for parameter 'method' is not valid."}})"},
        {R"({"id":1,"method":"sapi.capital.config.getall"})",
         R"({"id":1,"status":400,"error":{"code":-1130,"msg":"Data sent for parameter 'method' is not valid."}})"},
        {R"({"id":1,"method":"ping","params":[]})",
         R"({"id":1,"status":400,"error":{"code":-1130,"msg":"Data sent for parameter 'params' is not valid."}})"},
        {R"({"id":1,"method":"ping","params":{"a":1}})",
         R"({"id":1,"status":400,"error":{"code":-1101,"msg":"Too many parameters; expected '0' and received '1'."}})"},
        {R"({"id":1,"method":"order.place","params":{"symbol":"BTCUSDT"}})",
         R"({"id":1,"status":400,"error":{"code":-1102,"msg":"Mandatory parameter 'apiKey' was not sent, was empty/null, or malformed."}})"},
        {R"({"id":1,"method":"userDataStream.subscribe"})",
         R"({"id":1,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}})"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(ask(row.text), row.answer) << row.text;
    }
}

TEST_F(WsApi, shows_rate_limits_unless_told_not_to) {
    FakePeer other;
    const auto shown = open("/ws-api/v3", other);
    shown->on_text(R"({"id":1,"method":"ping"})");
    EXPECT_EQ(
        other.last(),
        R"({"id":1,"status":200,"result":{},"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":5}]})")
        << "two connections at 2, one ping";
    shown->on_text(R"({"id":1,"method":"ping","params":{"returnRateLimits":false}})");
    EXPECT_EQ(other.last(), R"({"id":1,"status":200,"result":{}})");
    const std::string asked = ask(R"({"id":1,"method":"ping","params":{"returnRateLimits":true}})");
    EXPECT_EQ(member(asked, "/rateLimits/0/count"), "7");
    Params params = order();
    params.add("returnRateLimits", "true");
    const std::string placed = ask_signed("order.place", params);
    EXPECT_EQ(
        member(placed, "/rateLimits/0"),
        R"({"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100,"count":1})");
    EXPECT_EQ(member(placed, "/rateLimits/2/count"), "7") << "a good order costs no weight";
}

TEST_F(WsApi, logs_on_with_the_documented_ed25519_vector_and_out_again) {
    EXPECT_EQ(
        logon(),
        R"({"id":"c174","status":200,"result":{"apiKey":"4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO","authorizedSince":1649729878630,"connectedSince":1700000000000,"returnRateLimits":false,"serverTime":1649729878630,"userDataStream":false}})");
    EXPECT_EQ(member(with_time("account.status"), "/status"), "200") << "no signature needed now";
    EXPECT_EQ(member(ask(R"({"id":1,"method":"account.status"})"), "/error/code"), "-1102")
        << "the timestamp still is";
    EXPECT_EQ(
        ask(R"({"id":1,"method":"session.logout"})"),
        R"({"id":1,"status":200,"result":{"apiKey":null,"authorizedSince":null,"connectedSince":1700000000000,"returnRateLimits":false,"serverTime":1649729878630,"userDataStream":false}})");
    EXPECT_EQ(member(with_time("account.status"), "/error/code"), "-1102");
}

TEST_F(WsApi, lets_only_ed25519_log_on_and_checks_it) {
    EXPECT_EQ(member(ask_signed("session.logon", {}), "/error/code"), "-2015") << "HMAC";
    EXPECT_EQ(member(ask_signed("session.logon", {}, hmac_key, "wrong"), "/error/code"), "-1022");
    EXPECT_EQ(member(ask(R"({"id":1,"method":"session.logon","params":{"apiKey":")" +
                         std::string(ed25519_key) +
                         R"(","signature":"AA==","timestamp":1649729878532}})"),
                     "/error/code"),
              "-1022");
    EXPECT_EQ(member(logon(1'649'729'900'000'000), "/error/code"), "-1021") << "stale";
}

TEST_F(WsApi, places_the_documented_ed25519_order) {
    now_us = 1'645'423'376'600'000;
    const std::string answer = ask(
        R"({"id":"o","method":"order.place","params":{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","price":"52000.00","quantity":"0.01000000","recvWindow":100,"timestamp":1645423376532,"apiKey":")" +
        std::string(ed25519_key) +
        R"(","signature":"82wlF5RobwT7JZehRQgOaupNEm5GrAqJj5tqZeCCE6ZxkhlUbWBThOx00q3FVnCKn882P+9p85phztjk4bOMAQ=="}})");
    EXPECT_EQ(member(answer, "/status"), "200") << answer;
    EXPECT_EQ(member(answer, "/result/price"), R"("52000.00000000")");
}

TEST_F(WsApi, accepts_a_signature_per_request_with_hmac) {
    EXPECT_EQ(member(ask_signed("order.place", order()), "/result/status"), R"("NEW")");
    EXPECT_EQ(
        member(ask_signed("order.place", order("90", "x2"), hmac_key, "wrong"), "/error/code"),
        "-1022");
    Params cancel;
    cancel.add("symbol", "BTCUSDT");
    EXPECT_EQ(member(ask_signed("openOrders.cancelAll", cancel), "/result/0/origClientOrderId"),
              R"("x1")");
}

TEST_F(WsApi, streams_account_events_to_a_logon_subscription) {
    logon();
    EXPECT_EQ(ask(R"({"id":1,"method":"userDataStream.subscribe"})"),
              R"({"id":1,"status":200,"result":{"subscriptionId":0}})");
    EXPECT_EQ(member(ask(R"({"id":1,"method":"userDataStream.subscribe"})"), "/error/code"),
              "-2035");
    peer.sent.clear();
    with_time(
        "order.place",
        R"(,"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.1","price":"90","newClientOrderId":"x1")");
    ASSERT_EQ(peer.sent.size(), 3U);
    EXPECT_EQ(
        peer.sent[0],
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":1649729878630,"s":"BTCUSDT","c":"x1","S":"BUY","o":"LIMIT","f":"GTC","q":"0.10000000","p":"90.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":1,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1649729878630,"t":-1,"I":)" +
            member(peer.sent[0], "/event/I") +
            R"(,"w":true,"m":false,"M":false,"O":1649729878630,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1649729878630,"V":"NONE"}})");
    EXPECT_EQ(member(peer.sent[1], "/event/e"), R"("outboundAccountPosition")");
    EXPECT_EQ(member(peer.sent[2], "/status"), "200");
    peer.sent.clear();
    with_time("order.cancel", R"(,"symbol":"BTCUSDT","orderId":1,"newClientOrderId":"c1")");
    EXPECT_EQ(member(peer.sent[0], "/event/x"), R"("CANCELED")");
    EXPECT_EQ(member(peer.sent[0], "/event/c"), R"("c1")");
    EXPECT_EQ(member(peer.sent[0], "/event/C"), R"("x1")");
    peer.sent.clear();
    with_time(
        "order.place",
        R"(,"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"IOC","quantity":"1.5","price":"101")");
    std::vector<std::string> kinds;
    for (const std::string& text : peer.sent) {
        kinds.push_back(member(text, "/event/x"));
    }
    EXPECT_NE(std::find(kinds.begin(), kinds.end(), R"("TRADE")"), kinds.end());
    const auto expired = std::find(kinds.begin(), kinds.end(), R"("EXPIRED")");
    ASSERT_NE(expired, kinds.end());
    const auto& text = peer.sent[static_cast<std::size_t>(expired - kinds.begin())];
    EXPECT_EQ(member(text, "/event/eR"), R"("UNFILLED_IOC_QUANTITY_EXPIRED")");
}

TEST_F(WsApi, tells_the_account_of_a_replacement_that_was_refused_after_its_cancel) {
    logon();
    ask(R"({"id":1,"method":"userDataStream.subscribe"})");
    with_time(
        "order.place",
        R"(,"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.1","price":"90")");
    peer.sent.clear();
    with_time(
        "order.cancelReplace",
        R"(,"symbol":"BTCUSDT","cancelReplaceMode":"STOP_ON_FAILURE","cancelOrderId":1,"side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"1000","price":"90","newClientOrderId":"x2")");
    ASSERT_EQ(peer.sent.size(), 4U);
    EXPECT_EQ(member(peer.sent[0], "/event/x"), R"("CANCELED")");
    EXPECT_EQ(
        peer.sent[2],
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":1649729878630,"s":"BTCUSDT","c":"x2","S":"BUY","o":"LIMIT","f":"GTC","q":"1000.00000000","p":"90.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"REJECTED","X":"REJECTED","r":"INSUFFICIENT_BALANCES","i":-1,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1649729878630,"t":-1,"I":-1,"w":false,"m":false,"M":false,"O":1649729878630,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","V":"NONE"}})");
    EXPECT_EQ(member(peer.sent[3], "/status"), "409");
}

TEST_F(WsApi, answers_depth_with_the_book_and_its_weight) {
    FakePeer other;
    const auto counted = open("/ws-api/v3", other);
    counted->on_text(R"({"id":"51e2","method":"depth","params":{"symbol":"BTCUSDT","limit":1}})");
    const std::string answer = other.last();
    EXPECT_TRUE(answer.starts_with(
        R"({"id":"51e2","status":200,"result":{"lastUpdateId":10,"bids":[["100.00000000","1.00000000"]],"asks":[["101.00000000","1.00000000"]]},"rateLimits":[)"))
        << answer;
    const std::string before = member(answer, "/rateLimits/0/count");
    counted->on_text(R"({"id":2,"method":"depth","params":{"limit":1000,"symbol":"BTCUSDT"}})");
    EXPECT_EQ(std::stoi(member(other.last(), "/rateLimits/0/count")), std::stoi(before) + 50);
    EXPECT_EQ(member(ask(R"({"id":1,"method":"depth","params":{"symbol":"NOPE"}})"), "/error/code"),
              "-1121");
}

TEST_F(WsApi, amends_in_place_and_tells_it_as_documented) {
    logon();
    ask(R"({"id":1,"method":"userDataStream.subscribe"})");
    with_time(
        "order.place",
        R"(,"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.1","price":"90","newClientOrderId":"x1")");
    peer.sent.clear();
    const std::string answer = with_time(
        "order.amend.keepPriority",
        R"(,"symbol":"BTCUSDT","origClientOrderId":"x1","newQty":"0.06","newClientOrderId":"x1")");
    EXPECT_EQ(
        answer,
        R"({"id":1,"status":200,"result":{"transactTime":1649729878630,"executionId":)" +
            member(answer, "/result/executionId") +
            R"(,"amendedOrder":{"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"origClientOrderId":"x1","clientOrderId":"x1","price":"90.00000000","qty":"0.06000000","executedQty":"0.00000000","preventedQty":"0.00000000","quoteOrderQty":"0.00000000","cumulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1649729878630,"selfTradePreventionMode":"NONE"}}})");
    ASSERT_GE(peer.sent.size(), 2U);
    EXPECT_EQ(member(peer.sent[0], "/event/x"), R"("REPLACED")");
    EXPECT_EQ(member(peer.sent[0], "/event/X"), R"("NEW")");
    EXPECT_EQ(member(peer.sent[0], "/event/c"), R"("x1")");
    EXPECT_EQ(member(peer.sent[0], "/event/C"), R"("x1")");
    EXPECT_EQ(member(peer.sent[0], "/event/q"), R"("0.06000000")");
    EXPECT_EQ(member(peer.sent[0], "/event/I"), member(answer, "/result/executionId"));
    for (const char* qty : {"0.06", "0.07"}) {
        EXPECT_EQ(member(with_time("order.amend.keepPriority",
                                   R"(,"symbol":"BTCUSDT","orderId":1,"newQty":")" +
                                       std::string(qty) + "\""),
                         "/error/code"),
                  "-2038")
            << qty;
    }
}

TEST_F(WsApi, subscribes_by_signature_and_tells_accounts_apart) {
    const std::string mine = ask_signed("userDataStream.subscribe.signature", {});
    EXPECT_EQ(member(mine, "/result/subscriptionId"), "0");
    const std::string bobs =
        ask_signed("userDataStream.subscribe.signature", {}, bob_key, bob_secret);
    EXPECT_EQ(member(bobs, "/result/subscriptionId"), "1");
    EXPECT_EQ(ask(R"({"id":1,"method":"session.subscriptions"})"),
              R"({"id":1,"status":200,"result":[{"subscriptionId":0},{"subscriptionId":1}]})");
    peer.sent.clear();
    EXPECT_EQ(venue.control("balance bob BTC -1.5"), "ok");
    ASSERT_FALSE(peer.sent.empty());
    EXPECT_EQ(
        peer.sent[0],
        R"({"subscriptionId":1,"event":{"e":"balanceUpdate","E":1700000000000,"a":"BTC","d":"-1.50000000","T":1700000000000}})");
    peer.sent.clear();
    EXPECT_EQ(
        ask(R"({"id":1,"method":"userDataStream.unsubscribe","params":{"subscriptionId":0}})"),
        R"({"id":1,"status":200,"result":{}})");
    EXPECT_EQ(peer.sent[0],
              R"({"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1700000000000}})");
    EXPECT_EQ(
        member(
            ask(R"({"id":1,"method":"userDataStream.unsubscribe","params":{"subscriptionId":0}})"),
            "/error/code"),
        "-2036");
    EXPECT_EQ(member(ask(R"({"id":1,"method":"userDataStream.unsubscribe"})"), "/status"), "200");
}

TEST_F(WsApi, gives_microseconds_to_who_asks) {
    FakePeer other;
    const auto micro = open("/ws-api/v3?timeUnit=MICROSECOND&returnRateLimits=false", other);
    micro->on_text(R"({"id":1,"method":"time"})");
    EXPECT_EQ(other.last(), R"({"id":1,"status":200,"result":{"serverTime":1700000000000000}})");
}

TEST_F(WsApi, answers_429_with_retry_after) {
    FakePeer other;
    const auto busy = open("/ws-api/v3", other);
    for (int i = 0; i < 25; ++i) {
        busy->on_text(R"({"id":1,"method":"depth","params":{"symbol":"BTCUSDT","limit":5000}})");
    }
    EXPECT_EQ(member(other.last(), "/status"), "429");
    EXPECT_EQ(member(other.last(), "/error/code"), "-1003");
    EXPECT_EQ(member(other.last(), "/error/data/retryAfter"), "1700000040000");
    for (int i = 0; i < 12; ++i) {
        busy->on_text(R"({"id":1,"method":"depth","params":{"symbol":"BTCUSDT","limit":5000}})");
    }
    EXPECT_EQ(member(other.last(), "/status"), "418");
}

TEST_F(WsApi, loses_answers_and_reports_unknowns_when_told_to) {
    EXPECT_EQ(venue.control("lost-ack on"), "ok");
    EXPECT_EQ(ask_signed("order.place", order()), "") << "accepted, no answer";
    EXPECT_EQ(venue.exchange().open_orders(alice, "").size(), 1U);
    EXPECT_EQ(venue.control("lost-ack off"), "ok");
    EXPECT_EQ(venue.control("error-after-accept 1"), "ok");
    const std::string unknown = ask_signed("order.place", order("91", "x2"));
    EXPECT_EQ(member(unknown, "/status"), "504");
    EXPECT_EQ(member(unknown, "/error/code"), "-1007");
    EXPECT_EQ(venue.exchange().open_orders(alice, "").size(), 2U) << "it stands";
    EXPECT_EQ(member(ask_signed("order.place", order("92", "x3")), "/status"), "200");
}

TEST_F(WsApi, of_a_history_an_id_beside_a_time_does_not_count) {
    const auto sell = [&](const std::string& name) {
        Params oco;
        for (const auto& [key, value] :
             std::vector<std::pair<std::string, std::string>>{{"symbol", "BTCUSDT"},
                                                              {"side", "SELL"},
                                                              {"quantity", "1"},
                                                              {"aboveType", "LIMIT_MAKER"},
                                                              {"abovePrice", "103"},
                                                              {"belowType", "STOP_LOSS"},
                                                              {"belowStopPrice", "95"},
                                                              {"listClientOrderId", name}}) {
            oco.add(key, value);
        }
        EXPECT_EQ(member(ask_signed("orderList.place.oco", oco), "/status"), "200");
        now_us += 1'000'000;
    };
    sell("a");
    sell("b");
    const auto first = [&](const std::string& method, const std::string& id_name,
                           const std::string& id, const std::string& start, const char* told) {
        Params params;
        if (method == "allOrders") {
            params.add("symbol", "BTCUSDT");
        }
        params.add(id_name, id);
        if (!start.empty()) {
            params.add("startTime", start);
        }
        return member(ask_signed(method, params), std::string("/result/0/") + told);
    };
    EXPECT_EQ(first("allOrderLists", "fromId", "2", "", "orderListId"), "2");
    EXPECT_EQ(first("allOrderLists", "fromId", "3", "", "orderListId"), "");
    EXPECT_EQ(first("allOrderLists", "fromId", "3", "1700000000000", "orderListId"), "1");
    EXPECT_EQ(first("allOrderLists", "fromId", "1", "", "orderListId"), "1") << "ascending";
    EXPECT_EQ(first("allOrders", "orderId", "4", "", "orderId"), "4");
    EXPECT_EQ(first("allOrders", "orderId", "9", "", "orderId"), "");
    EXPECT_EQ(first("allOrders", "orderId", "9", "1700000001000", "orderId"), "3");
}

TEST_F(WsApi, a_door_tells_the_limits_that_it_has) {
    const auto kinds = [](const std::string& body, const std::string& at) {
        std::string all;
        for (int row = 0; row < 6; ++row) {
            const std::string limit = at + "/" + std::to_string(row);
            all += member(body, limit + "/rateLimitType") + member(body, limit + "/limit");
        }
        return all;
    };
    const std::string both = R"("REQUEST_WEIGHT"6000"ORDERS"100"ORDERS"200000)";
    EXPECT_EQ(kinds(ask(R"({"id":1,"method":"exchangeInfo"})"), "/result/rateLimits"),
              both + R"("CONNECTIONS"300)");
    EXPECT_EQ(kinds(get("/api/v3/exchangeInfo").body, "/rateLimits"),
              both + R"("RAW_REQUESTS"300000)");
}

TEST_F(WsApi, tells_what_an_account_may_before_what_it_pays) {
    const std::string account = ask_signed("account.status", {});
    EXPECT_NE(
        account.find(
            R"("sellerCommission":0,"canTrade":true,"canWithdraw":true,"canDeposit":true,"commissionRates":{"maker":"0.00100000","taker":"0.00150000","buyer":"0.00000000","seller":"0.00000000"},"brokered":false)"),
        std::string::npos)
        << account;
}

TEST_F(WsApi, asks_for_trades_by_id_or_by_time) {
    const struct {
        const char* names[2];
        const char* status;
    } rows[] = {{{"orderId", "startTime"}, "400"}, {{"orderId", "endTime"}, "400"},
                {{"fromId", "startTime"}, "400"},  {{"fromId", "endTime"}, "400"},
                {{"orderId", "fromId"}, "200"},    {{"startTime", "endTime"}, "200"}};
    for (const auto& [names, status] : rows) {
        Params params;
        params.add("symbol", "BTCUSDT");
        for (const std::string name : names) {
            params.add(name, name.ends_with("Time") ? "1700000000000" : "1");
        }
        const std::string answer = ask_signed("myTrades", params);
        EXPECT_EQ(member(answer, "/status"), status) << answer;
        EXPECT_EQ(member(answer, "/error/code"), *status == '4' ? "-1128" : "") << answer;
    }
}

TEST_F(WsApi, announces_shutdown_and_can_be_cut) {
    EXPECT_EQ(venue.control("disconnect wsapi").substr(0, 3), "ok ");
    EXPECT_TRUE(peer.is_cut);
    venue.announce_shutdown();
    EXPECT_EQ(peer.last(), R"({"event":{"e":"serverShutdown","E":1700000000000}})");
    EXPECT_EQ(peer.close_code, 1001);
}

TEST_F(WsApi, faults_choose_the_connection_that_orders_come_by_or_the_others) {
    FakePeer second_peer;
    const auto second = open("/ws-api/v3", second_peer);
    EXPECT_EQ(venue.control("disconnect orders").substr(0, 3), "ok ");
    EXPECT_TRUE(peer.is_cut) << "before the first order: the oldest";
    EXPECT_FALSE(second_peer.is_cut);
    peer.is_cut = false;

    // A refused order has come by a connection too.
    second->on_text(R"({"id":1,"method":"order.place","params":{}})");
    EXPECT_EQ(venue.control("tear second").substr(0, 3), "ok ");
    EXPECT_TRUE(peer.is_torn);
    EXPECT_FALSE(second_peer.is_torn);
    EXPECT_EQ(venue.control("disconnect orders").substr(0, 3), "ok ");
    EXPECT_TRUE(second_peer.is_cut);
    EXPECT_FALSE(peer.is_cut);
    second_peer.is_cut = false;
    EXPECT_EQ(venue.control("tear all").substr(0, 3), "ok ");
    EXPECT_TRUE(second_peer.is_torn);
}

TEST_F(WsApi, mute_withholds_account_events_and_nothing_else) {
    (void)ask_signed("userDataStream.subscribe.signature", {});
    ASSERT_EQ(venue.control("foreign-order alice BTCUSDT BUY 90 1"), "ok");
    const auto heard = peer.sent.size();
    EXPECT_EQ(venue.control("mute second").substr(0, 3), "ok ");
    ASSERT_EQ(venue.control("foreign-order alice BTCUSDT BUY 91 1"), "ok");
    EXPECT_GT(peer.sent.size(), heard) << "the only connection is no second one";
    const auto before = peer.sent.size();
    EXPECT_EQ(venue.control("mute orders").substr(0, 3), "ok ");
    ASSERT_EQ(venue.control("foreign-order alice BTCUSDT BUY 92 1"), "ok");
    EXPECT_EQ(peer.sent.size(), before);
    EXPECT_EQ(member(ask(R"({"id":1,"method":"ping"})"), "/status"), "200");
}

TEST_F(WsApi, control_refuses_nonsense_by_name) {
    for (const char* line :
         {"", "dance", "disconnect", "disconnect moon", "tear", "tear moon", "mute", "mute streams",
          "mute all", "gap NOPE", "silence streams maybe", "lost-ack", "error-after-accept x",
          "foreign-order alice BTCUSDT HOLD 1 1", "foreign-order carol BTCUSDT BUY 90 1",
          "balance alice BTC -11", "balance alice BTC x"}) {
        EXPECT_EQ(venue.control(line).substr(0, 7), "error: ") << line;
    }
    EXPECT_EQ(venue.control("foreign-order alice BTCUSDT BUY 90 1"), "ok");
    EXPECT_EQ(venue.exchange().open_orders(alice, "BTCUSDT")[0].client_order_id, "web_1");
    bool quit = false;
    venue.on_quit([&] { quit = true; });
    EXPECT_EQ(venue.control("quit"), "ok");
    EXPECT_TRUE(quit);
}

TEST_F(WsApi, who_subscribes_late_hears_all_that_happens_from_then_on_to_orders_that_live) {
    logon();
    ASSERT_EQ(
        member(with_time("order.place", R"(,"symbol":"BTCUSDT","side":"BUY","type":"LIMIT",)"
                                        R"("timeInForce":"GTC","quantity":"0.2","price":"90")"),
               "/status"),
        "200");
    peer.sent.clear();
    EXPECT_EQ(ask(R"({"id":5,"method":"userDataStream.subscribe"})"),
              R"({"id":5,"status":200,"result":{"subscriptionId":0}})");
    EXPECT_EQ(peer.sent.size(), 1U) << "nothing is told of what was before";
    venue.exchange().market_trade("BTCUSDT", level("90", "0").price, level("0", "3.1").qty, true,
                                  now_ms());
    ASSERT_GT(peer.sent.size(), 2U);
    EXPECT_EQ(member(peer.sent[1], "/event/x"), R"("TRADE")");
    EXPECT_EQ(member(peer.sent[1], "/event/i"), "1");
    EXPECT_EQ(member(peer.sent[1], "/event/q"), R"("0.20000000")") << "whole, as if known";
    EXPECT_EQ(member(peer.sent[2], "/event/e"), R"("outboundAccountPosition")");
}

class ManySubscriptions : public VenueTest {
protected:
    ManySubscriptions() : VenueTest(unlimited()) {}
    static LimitsConfig unlimited() {
        LimitsConfig limits;
        limits.request_weight_per_minute = limits.raw_requests_per_5_minutes = 2'000'000'000;
        return limits;
    }
};

TEST_F(ManySubscriptions, of_a_connection_end_at_the_largest_id) {
    FakePeer peer;
    const auto session = open("/ws-api/v3?returnRateLimits=false", peer);
    const std::string time = std::to_string(now_ms());
    const std::string begin =
        R"({"id":1,"method":"userDataStream.subscribe.signature","params":{"apiKey":")" +
        std::string(hmac_key) + R"(","timestamp":)" + time + R"(,"signature":")" +
        hmac_hex(hmac_secret, "apiKey=" + std::string(hmac_key) + "&timestamp=" + time) + "\"}}";
    for (int id = 0; id < 65'535; ++id) {
        peer.sent.clear();
        session->on_text(begin);
        session->on_text(R"({"id":2,"method":"userDataStream.unsubscribe"})");
        ASSERT_EQ(member(peer.sent.front(), "/result/subscriptionId"), std::to_string(id));
    }
    session->on_text(begin);
    EXPECT_EQ(
        peer.last(),
        R"({"id":1,"status":400,"error":{"code":-2042,"msg":"Maximum subscription ID reached for this connection."}})");
}

}  // namespace
}  // namespace portcullis::tools::venue
