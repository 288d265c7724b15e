// What is counted: a fault that has struck, and none that was only asked for, drawn or armed.
#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class Strikes : public FaultsTest {
protected:
    [[nodiscard]] int struck(const std::string& name) {
        const std::string told = member(venue.control("fault list").substr(3), "/injected/" + name);
        return told.empty() ? 0 : std::stoi(told);
    }
    [[nodiscard]] bool on(const std::string& name) {
        return venue.control("fault list").find("{\"fault\":\"" + name) != std::string::npos;
    }
    HttpReply order(const std::string& price = "90") {
        return rest(
            "POST", "/api/v3/order",
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=" + price);
    }
};

TEST_F(Strikes, silence_is_counted_by_the_messages_that_did_not_come) {
    command("fault on silence streams");
    EXPECT_EQ(struck("silence"), 0);
    publish(1);
    publish(2);
    EXPECT_EQ(struck("silence"), 2);
}

TEST_F(Strikes, one_byte_writes_are_counted_by_the_messages_that_left_so) {
    command("fault on one-byte-writes btcusdt@trade");
    EXPECT_EQ(struck("one-byte-writes"), 0);
    publish(1);
    EXPECT_EQ(struck("one-byte-writes"), 1);
    command("fault once drop btcusdt@trade");
    publish(2);
    EXPECT_EQ(struck("one-byte-writes"), 1) << "nothing left";
}

TEST_F(Strikes, a_skewed_clock_is_counted_by_requests_that_meet_it) {
    command("fault on clock-skew venue ms=-500");
    (void)get("/api/v3/depth?symbol=BTCUSDT");
    EXPECT_EQ(struck("clock-skew"), 0);
    (void)get("/api/v3/time");
    place("90", "0.1");
    ask(*orders, signed_request("session.logon", {}));
    EXPECT_EQ(struck("clock-skew"), 3);
}

TEST_F(Strikes, keys_that_may_not_trade_are_counted_by_the_refusals) {
    command("fault on key-permissions account:alice");
    EXPECT_EQ(rest("GET", "/api/v3/account", "").status, 200);
    EXPECT_EQ(rest("POST", "/api/v3/order", "symbol=BTCUSDT", reader_key).status, 401)
        << "a key that never might";
    EXPECT_EQ(rest("POST", "/api/v3/order", "symbol=BTCUSDT", hmac_key, "wrong").status, 400);
    EXPECT_EQ(struck("key-permissions"), 0);
    EXPECT_EQ(order().status, 401);
    place("90", "0.1");
    EXPECT_EQ(struck("key-permissions"), 2);
}

TEST_F(Strikes, another_tick_is_counted_where_it_is_told_or_refuses) {
    command("fault on tick-size symbol:BTCUSDT factor=100");
    EXPECT_EQ(order("90").status, 200);
    EXPECT_EQ(struck("tick-size"), 0) << "a price of either grid";
    EXPECT_EQ(order("90.5").status, 400);
    (void)get("/api/v3/exchangeInfo?symbol=BTCUSDT");
    EXPECT_EQ(struck("tick-size"), 2);
}

TEST_F(Strikes, another_certificate_is_counted_by_the_connections_that_meet_it) {
    venue.on_certificate([](bool) { return engine::Outcome(engine::Done{}); });
    command("fault on certificate-change venue");
    EXPECT_EQ(struck("certificate-change"), 0);
    EXPECT_TRUE(venue.admit());
    EXPECT_EQ(struck("certificate-change"), 1);
    command("fault off certificate-change");
    EXPECT_TRUE(venue.admit());
    EXPECT_EQ(struck("certificate-change"), 1);
}

TEST_F(Strikes, a_message_that_changes_places_with_none_is_no_reorder) {
    command("fault once reorder btcusdt@trade");
    publish(1);
    later(1000);
    EXPECT_EQ(market.sent.size(), 1U);
    EXPECT_EQ(struck("reorder"), 0);
    publish(2);
    publish(3);
    EXPECT_EQ(market.sent, (Texts{R"({"t":1})", R"({"t":3})", R"({"t":2})"}));
    EXPECT_EQ(struck("reorder"), 1) << "it was left on until it struck";
    EXPECT_FALSE(on("reorder"));
}

TEST_F(Strikes, an_ack_is_behind_a_fill_only_where_a_fill_of_the_account_came) {
    command("fault once ack-after-fill orders ms=300");
    place("90", "0.1");
    NewOrder theirs;
    theirs.symbol = "BTCUSDT";
    theirs.side = Side::sell;
    theirs.price = level("101", "0").price;
    theirs.qty = level("0", "0.1").qty;
    ASSERT_TRUE(venue.exchange().place(bob, theirs, now_ms()).ok());
    venue.exchange().market_trade("BTCUSDT", theirs.price, level("0", "5").qty, false, now_ms());
    EXPECT_EQ(reports(), (Texts{"NEW"})) << "the fill of another account";
    later(300);
    EXPECT_EQ(reports(), (Texts{"NEW", "answer 200"}));
    EXPECT_EQ(struck("ack-after-fill"), 0);
    account.sent.clear();
    place("90", "0.1");
    trade_at("90", "5");
    EXPECT_EQ(reports(), (Texts{"NEW", "TRADE", "answer 200", "TRADE"})) << "two are filled";
    EXPECT_EQ(struck("ack-after-fill"), 1);
    EXPECT_FALSE(on("ack-after-fill"));
}

TEST_F(Strikes, a_snapshot_that_is_not_stale_is_none) {
    command("fault once stale-snapshot rest");
    (void)get("/api/v3/depth?symbol=BTCUSDT");
    (void)get("/api/v3/depth?symbol=NONE");
    EXPECT_EQ(struck("stale-snapshot"), 0) << "the book is that of then";
    venue.exchange().market_depth("BTCUSDT", {level("100", "7")}, {}, 11, now_ms());
    EXPECT_EQ(member(get("/api/v3/depth?symbol=BTCUSDT").body, "/lastUpdateId"), "10");
    EXPECT_EQ(struck("stale-snapshot"), 1);
}

TEST_F(Strikes, a_connection_that_is_cut_torn_or_half_open_is_struck_no_more) {
    for (const char* name : {"disconnect", "tear", "half-open"}) {
        command(std::string("fault on ") + name + " btcusdt@trade");
        publish(1);
        publish(2);
        EXPECT_EQ(struck(name), 1) << name;
        command("fault off all");
        market = {};
    }
    command("fault on disconnect orders");
    place("90", "0.1");
    place("90", "0.1");
    EXPECT_EQ(struck("disconnect"), 2) << "one of the stream, one of the orders";
}

TEST_F(Strikes, a_cut_between_two_bytes_is_counted_when_the_line_is_cut) {
    command("fault once disconnect-at btcusdt@trade");
    publish(1);
    publish(2);
    ASSERT_EQ(market.shapes.size(), 1U) << "once";
    EXPECT_EQ(struck("disconnect-at"), 0);
    EXPECT_TRUE(on("disconnect-at"));
    market.shapes.clear();  // the connection ends before so many bytes have left
    publish(3);
    ASSERT_EQ(market.shapes.size(), 1U);
    market.shapes[0].when_cut();
    market.shapes[0].when_cut();
    EXPECT_EQ(struck("disconnect-at"), 1);
    EXPECT_FALSE(on("disconnect-at"));
    command("fault once disconnect-at btcusdt@trade");
    publish(4);
    command("fault off disconnect-at");
    market.shapes.back().when_cut();
    EXPECT_EQ(struck("disconnect-at"), 2) << "it was cut all the same";
}

TEST_F(Strikes, a_restart_is_counted_where_something_was_cut_or_lost_or_turned_away) {
    std::size_t lines = 0;
    venue.on_cut_http([&lines] { return lines; });
    command("fault once restart venue");
    EXPECT_EQ(struck("restart"), 1);
    EXPECT_FALSE(venue.admit());
    EXPECT_EQ(struck("restart"), 1);
    later(1000);
    EXPECT_TRUE(venue.admit());
    command("fault once restart venue");
    EXPECT_EQ(struck("restart"), 1) << "nobody was there";
    EXPECT_FALSE(venue.admit());
    EXPECT_FALSE(venue.admit());
    EXPECT_EQ(struck("restart"), 2);
    later(1000);
    lines = 1;
    command("fault once restart venue");
    EXPECT_EQ(struck("restart"), 3);
    later(1000);
    lines = 0;
    EXPECT_EQ(order().status, 200);
    command("fault once restart venue lose=1");
    EXPECT_EQ(struck("restart"), 4);
}

TEST_F(Strikes, what_happens_at_once_happens_behind_messages_too_at_a_rate_and_by_a_seed) {
    command("fault on foreign-order account:alice every=4");
    command("fault on trade-bust account:alice every=1");
    place("90", "0.1");  // its report and its balances
    venue.faults().act();
    EXPECT_EQ(struck("foreign-order"), 0);
    EXPECT_EQ(struck("trade-bust"), 0) << "no trade to undo";
    place("90", "0.1");
    EXPECT_EQ(struck("foreign-order"), 0) << "not inside the call that is told of";
    EXPECT_TRUE(venue.faults().next_due_us().has_value()) << "but as soon as it may";
    venue.faults().act();
    venue.faults().act();
    EXPECT_EQ(struck("foreign-order"), 1) << "and what an act tells draws none";
    EXPECT_EQ(venue.exchange().open_orders(alice, "").size(), 3U);
    EXPECT_TRUE(on("foreign-order account:alice every=4 seed=1"));
    command("fault off foreign-order");
    trade_at("90", "5");
    venue.faults().act();
    EXPECT_EQ(struck("trade-bust"), 3) << "all that rested there, and the last told first";
    EXPECT_TRUE(venue.exchange().my_trades(alice, "BTCUSDT", 0, 10).empty());
    command("fault off all");
    const auto revoked = [this](const std::string& seed) {
        command("fault on session-revoked orders rate=0.3 seed=" + seed);
        int after = 0;
        for (const int before = struck("session-revoked"); struck("session-revoked") == before;) {
            ask(*orders, signed_request("account.status", {}));
            venue.faults().act();
            ++after;
            EXPECT_LT(after, 100);
        }
        command("fault off all");
        ask(*orders, signed_request("userDataStream.subscribe.signature", {}));
        return after;
    };
    const int first = revoked("7");
    EXPECT_EQ(revoked("7"), first);
    std::set<int> others;
    for (const char* seed : {"8", "9", "10", "11"}) {
        others.insert(revoked(seed));
    }
    EXPECT_GT(others.size(), 1U);
}

TEST_F(Strikes, each_target_has_its_own_count) {
    command("fault on drop streams");
    command("fault on drop rest");
    publish(1);
    publish(2);
    (void)get("/api/v3/time");
    EXPECT_NE(venue.control("fault list").find(R"("byTarget":{"drop *":2,"drop rest":1})"),
              std::string::npos);
}

}  // namespace
}  // namespace portcullis::tools::venue
