// Faults of requests, answers, account events and of the venue itself, as a client sees them.
#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class AccountFaults : public FaultsTest {
protected:
    static std::string header(const HttpReply& reply, const std::string& name) {
        for (const auto& [found, value] : reply.headers) {
            if (found == name) {
                return value;
            }
        }
        return "";
    }
};

TEST_F(AccountFaults, lost_ack_executes_and_is_silent) {
    command("fault once lost-ack orders");
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW"}));
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW", "NEW", "answer 200"}));
}

TEST_F(AccountFaults, error_after_accept_executes_and_says_unknown) {
    command("fault once error-after-accept orders");
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW", "answer 504"}));
    EXPECT_EQ(member(account.last(), "/error/code"), "-1007");
    EXPECT_EQ(venue.exchange().open_orders(alice, "").size(), 1U);
}

TEST_F(AccountFaults, error_before_accept_executes_nothing) {
    command("fault once error-before-accept orders");
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"answer 503"}));
    EXPECT_EQ(member(account.last(), "/error/code"), "-1001");
    EXPECT_TRUE(venue.exchange().open_orders(alice, "").empty());
    command("fault once error-before-accept rest status=500");
    EXPECT_EQ(rest("POST", "/api/v3/order",
                   "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90")
                  .status,
              500);
    EXPECT_TRUE(venue.exchange().open_orders(alice, "").empty());
}

TEST_F(AccountFaults, ack_after_fill_waits_for_the_fill) {
    command("fault once ack-after-fill orders ms=5000");
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW"}));
    trade_at("90", "5");
    EXPECT_EQ(reports(), (Texts{"NEW", "TRADE", "answer 200"}));
    command("fault once ack-after-fill orders ms=300");
    account.sent.clear();
    place("90", "0.1");
    later(300);
    EXPECT_EQ(reports(), (Texts{"NEW", "answer 200"})) << "or for its time";
}

TEST_F(AccountFaults, stale_snapshot_answers_with_the_book_of_then) {
    command("fault once stale-snapshot rest");
    venue.exchange().market_depth("BTCUSDT", {level("100", "7")}, {}, 11, now_ms());
    const std::string stale = get("/api/v3/depth?symbol=BTCUSDT&limit=5").body;
    EXPECT_EQ(member(stale, "/lastUpdateId"), "10");
    EXPECT_EQ(member(stale, "/bids/0/1"), R"("1.00000000")");
    EXPECT_EQ(member(get("/api/v3/depth?symbol=BTCUSDT&limit=5").body, "/lastUpdateId"), "11");
}

TEST_F(AccountFaults, reports_come_twice_or_in_the_wrong_order) {
    command("fault once duplicate-reports account:alice");
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW", "NEW", "answer 200"}));
    account.sent.clear();
    command("fault once reorder-reports account:alice");
    place("90", "0.1");
    EXPECT_EQ(heard(), (Texts{"outboundAccountPosition", "NEW", "answer 200"}));
}

TEST_F(AccountFaults, a_fill_comes_after_the_cancel_was_acknowledged) {
    place("90", "0.1");
    command("fault once fill-after-cancel account:alice");
    account.sent.clear();
    cancel("1");
    EXPECT_EQ(reports(), (Texts{"CANCELED", "answer 200"}));
    later(20);
    EXPECT_EQ(reports(), (Texts{"CANCELED", "answer 200", "TRADE"}));
    EXPECT_EQ(member(account.last(), "/event/l"), R"("0.00001000")");
    EXPECT_EQ(venue.exchange().my_trades(alice, "BTCUSDT", 0, 10).size(), 1U);
    venue.exchange().verify_books();
}

TEST_F(AccountFaults, a_fill_after_a_cancel_has_a_rate_and_is_counted_when_it_fills) {
    const auto struck = [this] {
        return member(venue.control("fault list").substr(3), "/injected/fill-after-cancel");
    };
    command("fault on fill-after-cancel account:alice every=2 seed=3");
    place("90", "0.1");
    place("90", "0.1");
    EXPECT_EQ(struck(), "") << "asked for, and no order cancelled";
    cancel("1");
    EXPECT_EQ(struck(), "") << "one of two";
    cancel("2");
    EXPECT_EQ(struck(), "1");
    later(20);
    EXPECT_EQ(reports().back(), "TRADE");
    command("fault off fill-after-cancel");
    command("fault once fill-after-cancel account:alice");
    venue.exchange().adjust_balance(alice, "USDT", amount("-9990"), now_ms());
    ask(*orders, signed_request("order.place", {{"price", "600000"},
                                                {"quantity", "0.00001"},
                                                {"side", "SELL"},
                                                {"symbol", "BTCUSDT"},
                                                {"timeInForce", "GTC"},
                                                {"type", "LIMIT"}}));
    cancel("3");
    EXPECT_EQ(struck(), "1") << "one lot is all that the order has";
    EXPECT_NE(venue.control("fault list").find("fill-after-cancel account:alice"),
              std::string::npos)
        << "and it still waits";
}

TEST_F(AccountFaults, overfill_and_worse_price_fill_beyond_the_order) {
    place("90", "0.1");
    command("fault once worse-price account:alice ticks=100");
    command("fault once overfill account:alice");
    EXPECT_EQ(reports(), (Texts{"NEW", "answer 200", "TRADE", "TRADE"}));
    const auto trades = venue.exchange().my_trades(alice, "BTCUSDT", 0, 10);
    ASSERT_EQ(trades.size(), 2U);
    EXPECT_EQ(trades[0].fill.price, level("91", "0").price) << "the limit was 90";
    EXPECT_EQ(trades[0].fill.qty + trades[1].fill.qty, level("0", "0.10001").qty) << "of 0.1";
    venue.exchange().verify_books();
}

TEST_F(AccountFaults, overfill_and_worse_price_strike_no_order_that_pends) {
    ASSERT_EQ(rest("POST", "/api/v3/orderList/oto",
                   "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=90"
                   "&workingQuantity=0.1&workingTimeInForce=GTC&pendingType=LIMIT&pendingSide=SELL"
                   "&pendingPrice=110&pendingQuantity=0.1&pendingTimeInForce=GTC")
                  .status,
              200);
    for (const char* fault : {"worse-price", "overfill"}) {
        command("fault once " + std::string(fault) + " account:alice");
        const auto trades = venue.exchange().my_trades(alice, "BTCUSDT", 0, 10);
        ASSERT_FALSE(trades.empty()) << fault;
        EXPECT_EQ(trades.back().side, Side::buy) << "not the sale that pends, though it is newer";
    }
    venue.exchange().verify_books();
}

TEST_F(AccountFaults, a_busted_trade_is_gone_and_the_assets_are_back) {
    const auto before = venue.exchange().balances(alice);
    place("90", "0.1");
    trade_at("90", "5");
    account.sent.clear();
    command("fault once trade-bust account:alice");
    EXPECT_EQ(heard(), (Texts{"outboundAccountPosition"}));
    EXPECT_TRUE(venue.exchange().my_trades(alice, "BTCUSDT", 0, 10).empty());
    for (const auto& [asset, balance] : before) {
        EXPECT_EQ(venue.exchange().balances(alice).at(asset).free, balance.free) << asset;
    }
    venue.exchange().verify_books();
}

TEST_F(AccountFaults, foreign_orders_and_withdrawals_are_told_to_the_account) {
    command("fault once foreign-order account:alice");
    EXPECT_EQ(reports(), (Texts{"NEW"}));
    EXPECT_EQ(member(account.sent[0], "/event/c"), R"("web_1")");
    account.sent.clear();
    command("fault once foreign-withdrawal account:alice bps=5000");
    ASSERT_FALSE(account.sent.empty());
    EXPECT_EQ(member(account.sent[0], "/event/e"), R"("balanceUpdate")");
}

/// With a log-on: Keys.of_a_session_end_it_alike_whichever_way_they_are_lost.
TEST_F(AccountFaults, a_revoked_session_that_nobody_logged_on_to_ends_its_streams) {
    command("fault once session-revoked orders");
    ASSERT_EQ(account.sent.size(), 1U);
    EXPECT_EQ(member(account.sent[0], "/event/e"), R"("eventStreamTerminated")");
    EXPECT_EQ(venue.control("fault once session-revoked orders"),
              "error: nobody is logged on there");
    place("90", "0.1");
    EXPECT_EQ(member(account.last(), "/status"), "200") << "its key is whole";
}

TEST_F(AccountFaults, keys_that_lost_their_permission_may_read_and_not_trade) {
    command("fault on key-permissions account:alice");
    place("90", "0.1");
    EXPECT_EQ(member(account.last(), "/error/code"), "-2015");
    EXPECT_EQ(rest("GET", "/api/v3/account", "").status, 200);
    command("fault off key-permissions account:alice");
    place("90", "0.1");
    EXPECT_EQ(member(account.last(), "/status"), "200");
}

TEST_F(AccountFaults, the_tick_grows_and_shrinks_again) {
    command("fault on tick-size symbol:BTCUSDT factor=100");
    place("90.5", "0.1");
    EXPECT_EQ(member(account.last(), "/error/msg"), R"("Filter failure: PRICE_FILTER")");
    EXPECT_NE(get("/api/v3/exchangeInfo").body.find(R"("tickSize":"1.00000000")"),
              std::string::npos);
    command("fault off tick-size symbol:BTCUSDT");
    place("90.5", "0.1");
    EXPECT_EQ(member(account.last(), "/status"), "200");
}

TEST_F(AccountFaults, a_ban_warns_an_address_and_then_answers_418_and_nothing_else) {
    command("fault on ban venue for=10s");
    HttpReply reply = get("/api/v3/time");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(member(reply.body, "/code"), "-1003");
    EXPECT_EQ(header(reply, "Retry-After"), "10");
    for (const char* target :
         {"/api/v3/time", "/api/v3/depth?symbol=NONE", "/nowhere", "/api/v3/ping?a=1&a=1"}) {
        reply = get(target);
        EXPECT_EQ(reply.status, 418) << target;
        EXPECT_EQ(member(reply.body, "/code"), "-1003") << target;
        EXPECT_EQ(header(reply, "Retry-After"), "10") << target;
    }
    FakePeer other;
    for (const char* target : {"/ws-api/v3", "/ws/btcusdt@trade", "/stream", "/nowhere"}) {
        EXPECT_EQ(venue.open(target, "127.0.0.1", other, reply), nullptr);
        EXPECT_EQ(reply.status, 418) << target;
        EXPECT_EQ(header(reply, "Retry-After"), "10") << target;
    }
    publish(1);
    EXPECT_EQ(market.sent.size(), 1U) << "a market stream that is open goes on";
    for (const std::string& request : {std::string("no JSON"), signed_request("session.status", {}),
                                       signed_request("account.status", {})}) {
        account.close_code = 0;
        ask(*orders, request);
        EXPECT_EQ(member(account.last(), "/status"), "418") << request;
        EXPECT_EQ(member(account.last(), "/error/data/retryAfter"),
                  std::to_string(now_ms() + 10'000));
        EXPECT_EQ(account.close_code, 1008) << "as documented: who is banned is disconnected";
    }
    EXPECT_EQ(member(venue.control("fault list").substr(3), "/injected/ban"), "12");
    later(10'000);
    EXPECT_EQ(get("/api/v3/time").status, 200);
}

TEST_F(AccountFaults, a_ban_warns_each_address_as_often_as_it_is_told) {
    command("fault on ban venue warnings=2");
    HttpReply refusal;
    FakePeer other;
    std::vector<int> statuses;
    for (const char* ip : {"127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.2"}) {
        EXPECT_EQ(venue.open("/ws-api/v3", ip, other, refusal), nullptr);
        statuses.push_back(refusal.status);
    }
    EXPECT_EQ(statuses, (std::vector<int>{429, 429, 429, 418, 429}));
    command("fault off ban");
    command("fault on ban venue warnings=0");
    EXPECT_EQ(get("/api/v3/time").status, 418);
}

TEST_F(AccountFaults, the_venues_clock_runs_ahead_or_behind) {
    command("fault on clock-skew venue ms=-7000");
    EXPECT_EQ(member(get("/api/v3/time").body, "/serverTime"), std::to_string(now_ms() - 7000));
    EXPECT_EQ(member(rest("GET", "/api/v3/account", "").body, "/code"), "-1021");
    command("fault off clock-skew");
    EXPECT_EQ(rest("GET", "/api/v3/account", "").status, 200);
}

TEST_F(AccountFaults, of_two_states_of_a_kind_the_end_of_one_leaves_the_other) {
    const auto trades = [this] {
        return rest("POST", "/api/v3/order",
                    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=0.1")
                   .status == 200;
    };
    for (const std::string first : {"100", "50"}) {  // ms: whichever ends first
        const std::string second = first == "100" ? "50" : "100";
        for (const auto& ms : {first, second}) {
            command("fault on key-permissions account:alice for=" + ms + "ms");
            command("fault on clock-skew venue ms=" + ms + " for=" + ms + "ms");
            command("fault on tick-size symbol:BTCUSDT factor=" + ms + " for=" + ms + "ms");
        }
        EXPECT_FALSE(trades());
        later(60);
        EXPECT_FALSE(trades()) << "the longer one is on";
        EXPECT_EQ(member(venue.control("clock").substr(3), "/skewMs"), "100");
        EXPECT_EQ(member(venue.control("status").substr(3), "/symbols/0/tick"), R"("1.00000000")");
        later(60);
        EXPECT_TRUE(trades());
        EXPECT_EQ(member(venue.control("clock").substr(3), "/skewMs"), "0");
        EXPECT_EQ(member(venue.control("status").substr(3), "/symbols/0/tick"), R"("0.01000000")");
    }
}

TEST_F(AccountFaults, a_restart_cuts_everybody_and_keeps_or_loses_the_orders) {
    place("90", "0.1");
    command("fault once restart venue");
    EXPECT_TRUE(market.is_cut && account.is_cut);
    FakePeer other;
    HttpReply refusal;
    EXPECT_EQ(venue.open("/ws-api/v3", "127.0.0.1", other, refusal), nullptr);
    later(1000);
    EXPECT_NE(venue.open("/ws-api/v3", "127.0.0.1", other, refusal), nullptr);
    EXPECT_EQ(venue.exchange().open_orders(alice, "").size(), 1U);
    account.sent.clear();
    command("fault once restart venue lose=1");
    EXPECT_TRUE(venue.exchange().open_orders(alice, "").empty());
    EXPECT_TRUE(account.sent.empty()) << "nobody is told";
    venue.exchange().verify_books();
    now_us += 1'000'000;
    const auto found = venue.exchange().query(alice, "BTCUSDT", 1, "");
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found.value->status, Status::expired);
}

TEST_F(AccountFaults, forced_fills_and_real_ones_share_a_matched_order) {
    Symbol matched = btcusdt();
    matched.name = "XUSDT";
    matched.base = "X";
    (void)venue.exchange().add_matched_symbol(matched);
    NewOrder order;
    order.symbol = "XUSDT";
    order.price = level("90", "0").price;
    order.qty = level("0", "0.1").qty;
    const auto placed = venue.exchange().place(alice, order, now_ms());
    ASSERT_TRUE(placed.ok()) << placed.error.message;
    const auto forced = venue.exchange().force_fill(
        alice, placed.value->order_id, level("91", "0").price, level("0", "0.04").qty, now_ms());
    ASSERT_TRUE(forced.ok()) << forced.error.message;
    venue.exchange().adjust_balance(bob, "X", amount("1"), now_ms());
    order.side = Side::sell;
    const auto sold = venue.exchange().place(bob, order, now_ms());
    ASSERT_TRUE(sold.ok()) << sold.error.message;
    EXPECT_EQ(sold.value->executed_qty, level("0", "0.06").qty) << "what the forced fill left";
    const auto trades = venue.exchange().my_trades(alice, "XUSDT", 0, 10);
    ASSERT_EQ(trades.size(), 2U);
    EXPECT_EQ(trades[1].fill.trade_id, trades[0].fill.trade_id + 1);
    venue.exchange().verify_books();
}

TEST_F(AccountFaults, old_commands_are_entries_of_the_catalogue) {
    command("lost-ack on");
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW"}));
    command("lost-ack off");
    command("error-after-accept 1");
    place("90", "0.1");
    EXPECT_EQ(member(account.last(), "/error/code"), "-1007");
    command("silence streams on");
    publish(1);
    EXPECT_TRUE(market.sent.empty());
    EXPECT_NE(venue.control("fault list").find("silence *"), std::string::npos);
    command("silence streams off");
    publish(2);
    EXPECT_EQ(market.sent.size(), 1U);
}

}  // namespace
}  // namespace portcullis::tools::venue
