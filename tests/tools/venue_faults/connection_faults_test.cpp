// What a connection hears as one line: its streams, its answers and its account's events in one
// order; and what is one strike on several connections.
#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

const std::string ticker =
    R"({"u":12,"s":"BTCUSDT","b":"100.00000000","B":"1.0","a":"101.00000000","A":"2.0"})";
const std::string subscribed = R"({"result":null,"id":1})";
const std::string listed =
    R"({"result":["btcusdt@trade","btcusdt@depth@100ms","btcusdt@bookTicker"],"id":3})";

class ConnectionFaults : public FaultsTest {
protected:
    static std::string depth(int id) {
        return R"({"e":"depthUpdate","U":)" + std::to_string(id) + R"(,"u":)" + std::to_string(id) +
               R"(,"b":[],"a":[]})";
    }
    void list_subscriptions() { ask(*stream, R"({"method":"LIST_SUBSCRIPTIONS","id":3})"); }
    void subscribe(const std::string& name) {
        ask(*stream, R"({"method":"SUBSCRIBE","params":[")" + name + R"("],"id":1})");
    }
    [[nodiscard]] std::string struck(const std::string& name) {
        return member(venue.control("fault list").substr(3), "/injected/" + name);
    }
    static std::vector<std::string> of(const FakePeer& peer, const char* pointer) {
        std::vector<std::string> out;
        for (const std::string& text : peer.sent) {
            out.push_back(member(text, pointer));
        }
        return out;
    }
};

TEST_F(ConnectionFaults, a_late_message_holds_up_every_stream_of_its_connection_and_no_other) {
    FakePeer combined, apart;
    const auto slow = open("/stream?streams=btcusdt@trade/btcusdt@bookTicker", combined);
    const auto fast = open("/ws/btcusdt@bookTicker", apart);
    command("fault on delay btcusdt@trade ms=700");
    publish(1);
    venue.publish("btcusdt@bookTicker", ticker);
    EXPECT_TRUE(combined.sent.empty()) << "a ticker overtakes no trade on one line";
    EXPECT_EQ(apart.sent, (Texts{ticker})) << "another line";
    later(300);
    publish(2);
    command("fault off all");
    publish(3);
    later(399);
    EXPECT_TRUE(combined.sent.empty());
    later(1);
    EXPECT_EQ(of(combined, "/stream"), (Texts{R"("btcusdt@trade")", R"("btcusdt@bookTicker")"}));
    venue.publish("btcusdt@bookTicker", ticker);
    later(300);
    EXPECT_EQ(of(combined, "/data/t"), (Texts{"1", "", "2", "3", ""}));
    EXPECT_EQ(apart.sent, (Texts{ticker, ticker}));
    EXPECT_TRUE(venue.faults().idle()) << "nothing is left behind";
}

TEST_F(ConnectionFaults, jitter_keeps_the_order_of_a_connection) {
    command("fault on jitter streams ms=50 seed=3");
    Texts expected;
    for (int i = 0; i < 60; ++i) {
        if (i % 15 == 0) {  // five messages a second are allowed
            list_subscriptions();
            expected.push_back(listed);
        } else if (i % 2 == 0) {
            publish(i);
            expected.push_back("{\"t\":" + std::to_string(i) + "}");
        } else {
            venue.publish("btcusdt@bookTicker", ticker);
            expected.push_back(ticker);
        }
        later(1);
    }
    EXPECT_LT(market.sent.size(), 60U);
    later(50);
    EXPECT_EQ(market.sent, expected);
}

TEST_F(ConnectionFaults, what_was_late_is_told_though_its_stream_is_left_meanwhile) {
    command("fault once delay btcusdt@trade ms=100");
    publish(1);
    ask(*stream, R"({"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":1})");
    publish(2);
    later(100);
    EXPECT_EQ(market.sent, (Texts{R"({"t":1})", subscribed}));
    command("fault once delay btcusdt@bookTicker ms=100");
    venue.publish("btcusdt@bookTicker", ticker);
    stream.reset();
    later(100);
    EXPECT_EQ(market.sent.size(), 2U) << "nobody is there any more";
}

TEST_F(ConnectionFaults, a_silent_stream_connection_answers_nothing) {
    command("fault on silence streams");
    list_subscriptions();
    subscribe("btcusdt@aggTrade");
    ask(*stream, "no JSON");
    EXPECT_TRUE(market.sent.empty());
    EXPECT_EQ(struck("silence"), "3");
    command("fault off silence");
    ask(*stream, R"({"method":"LIST_SUBSCRIPTIONS","id":3})");
    EXPECT_EQ(member(market.last(), "/result/3"), R"("btcusdt@aggTrade")") << "it was executed";
}

TEST_F(ConnectionFaults, answers_of_streams_are_dropped_doubled_spoilt_and_cut) {
    command("fault once drop streams");
    subscribe("btcusdt@aggTrade");
    EXPECT_TRUE(market.sent.empty());
    command("fault once duplicate streams");
    subscribe("btcusdt@aggTrade");
    EXPECT_EQ(market.sent, (Texts{subscribed, subscribed}));
    command("fault once wrong-types streams seed=2");
    subscribe("btcusdt@aggTrade");
    EXPECT_NE(market.last(), subscribed);
    command("fault once half-open streams");
    subscribe("btcusdt@aggTrade");
    ASSERT_EQ(market.shapes.size(), 1U);
    EXPECT_EQ(market.shapes[0].kind, WireAct::Kind::half_open);
    EXPECT_EQ(market.sent.size(), 3U);
}

TEST_F(ConnectionFaults, an_answer_is_of_no_stream_and_waits_behind_what_came_before) {
    command("fault on drop btcusdt@*");
    command("fault on gap *@depth*");
    command("fault on crossed-book *");
    subscribe("btcusdt@aggTrade");
    EXPECT_EQ(market.sent, (Texts{subscribed})) << "it is no message of a stream of that name";
    command("fault off all");
    market.sent.clear();
    command("fault once delay btcusdt@trade ms=100");
    publish(1);
    list_subscriptions();
    venue.publish("btcusdt@bookTicker", ticker);
    EXPECT_TRUE(market.sent.empty());
    later(100);
    EXPECT_EQ(market.sent.size(), 3U);
    EXPECT_EQ(market.sent.front(), R"({"t":1})");
    EXPECT_EQ(market.last(), ticker);
}

TEST_F(ConnectionFaults, a_gap_is_one_streams_own_and_partial_books_have_none) {
    FakePeer ears;
    const auto listener =
        open("/ws/btcusdt@depth20@100ms/btcusdt@depth5/btcusdt@depth@100ms/btcusdt@depth", ears);
    command("fault once gap btcusdt@depth* messages=3");
    for (int i = 1; i <= 5; ++i) {
        venue.publish("btcusdt@depth20@100ms", R"({"lastUpdateId":20,"bids":[],"asks":[]})");
        venue.publish("btcusdt@depth5", R"({"lastUpdateId":5,"bids":[],"asks":[]})");
        venue.publish("btcusdt@depth@100ms", depth(i));
        venue.publish("btcusdt@depth", depth(100 + i));
    }
    std::map<std::string, int> told;
    for (const std::string& text : ears.sent) {
        ++told["book " + member(text, "/lastUpdateId") + " changes " + member(text, "/U")];
    }
    EXPECT_EQ(told, (std::map<std::string, int>{{"book 20 changes ", 5},
                                                {"book 10 changes ", 10},  // made by the venue
                                                {"book 5 changes ", 5},
                                                {"book  changes 4", 1},
                                                {"book  changes 5", 1},
                                                {"book  changes 101", 1},
                                                {"book  changes 102", 1},
                                                {"book  changes 103", 1},
                                                {"book  changes 104", 1},
                                                {"book  changes 105", 1}}))
        << "but 1, 2 and 3";
    EXPECT_EQ(struck("gap"), "1");
    EXPECT_TRUE(venue.faults().idle()) << "it is over";
}

TEST_F(ConnectionFaults, gaps_of_two_streams_are_counted_apart) {
    FakePeer ears;
    const auto listener = open("/ws/btcusdt@depth@100ms/btcusdt@depth", ears);
    command("fault on gap btcusdt@depth* every=2 messages=2");
    for (int i = 1; i <= 4; ++i) {
        venue.publish("btcusdt@depth@100ms", depth(i));
        venue.publish("btcusdt@depth", depth(100 + i));
    }
    EXPECT_EQ(of(ears, "/U"), (Texts{"1", "2", "103"}))
        << "101 and 102 of one, 3 and 4 of the other, 104 and one that is to come";
    EXPECT_EQ(struck("gap"), "3");
}

class TwoSessions : public ConnectionFaults {
protected:
    TwoSessions() : other(open("/ws-api/v3?timeUnit=MICROSECOND", second)) {
        ask(*other, signed_request("userDataStream.subscribe.signature", {}));
        second.sent.clear();
    }
    /// Events and their kinds, without answers.
    static Texts kinds(const FakePeer& peer) {
        Texts out = of(peer, "/event/e");
        std::erase(out, "");
        return out;
    }
    /// What nan-numbers has put into a text, with the name of the member.
    static std::string spoilt_member(const std::string& text) {
        for (const char* number : {"NaN", "Infinity", "1e999", "-0.0", "0x10", "1e-7"}) {
            if (const std::size_t at = text.find(number); at != std::string::npos) {
                return text.substr(at - 6, 6) + number;
            }
        }
        return "";
    }
    void place_twice() {
        place("90", "0.1");
        place("91", "0.1");
    }

    FakePeer second;
    std::unique_ptr<WebSocketHandler> other;
};

const std::string report = R"("executionReport")";
const std::string balances = R"("outboundAccountPosition")";

TEST_F(TwoSessions, an_account_event_is_struck_for_all_that_hear_of_it_by_one_draw) {
    command("fault on drop account:alice every=2");
    place_twice();
    EXPECT_EQ(kinds(account), (Texts{report, report})) << "each second event, a balance";
    EXPECT_EQ(kinds(second), kinds(account));
    EXPECT_EQ(struck("drop"), "2") << "of four events, whoever hears them";
    command("fault off all");
    account.sent.clear();
    second.sent.clear();
    command("fault once duplicate-reports account:alice");
    place_twice();
    EXPECT_EQ(kinds(account), (Texts{report, report, balances, report, balances}));
    EXPECT_EQ(kinds(second), kinds(account));
    EXPECT_EQ(struck("duplicate-reports"), "1");
    command("fault once reorder-reports account:alice");
    account.sent.clear();
    second.sent.clear();
    place("90", "0.1");
    EXPECT_EQ(kinds(account), (Texts{balances, report}));
    EXPECT_EQ(kinds(second), kinds(account));
    EXPECT_EQ(struck("reorder-reports"), "1");
}

TEST_F(TwoSessions, the_same_value_is_spoilt_for_both_and_jitter_is_the_same) {
    for (int seed = 1; seed <= 20; ++seed) {
        account.sent.clear();
        second.sent.clear();
        now_us += 2'000'000;  // of the limits of orders
        command("fault once nan-numbers account:alice seed=" + std::to_string(seed));
        place("90", "0.1");
        const std::string one = spoilt_member(account.sent.front());
        EXPECT_NE(one, "");
        EXPECT_EQ(one, spoilt_member(second.sent.front())) << "seed " << seed;
    }
    EXPECT_EQ(struck("nan-numbers"), "20");
    command("fault once jitter account:alice ms=50 seed=9");
    account.sent.clear();
    second.sent.clear();
    place("90", "0.1");
    for (int ms = 0; ms < 50 && account.sent.empty() && second.sent.empty(); ++ms) {
        later(1);
    }
    EXPECT_EQ(kinds(account), (Texts{report, balances}));
    EXPECT_EQ(kinds(second), (Texts{report, balances})) << "at the same moment";
}

TEST_F(TwoSessions, a_fault_on_a_connection_draws_for_that_one) {
    command("fault on drop orders every=2");
    place("90", "0.1");  // report, balance, answer
    EXPECT_EQ(kinds(account), (Texts{report}));
    EXPECT_EQ(kinds(second), (Texts{report, balances}));
    EXPECT_EQ(struck("drop"), "1");
    command("fault off all");
    account.sent.clear();
    second.sent.clear();
    command("fault on silence wsapi");
    place("90", "0.1");
    EXPECT_TRUE(account.sent.empty() && second.sent.empty());
    EXPECT_EQ(struck("silence"), "5") << "two events on two connections, one answer";
}

TEST_F(TwoSessions, a_session_that_nobody_can_reach_spends_no_draw) {
    account.is_cut = true;
    command("fault once drop account:alice");
    place_twice();
    EXPECT_EQ(kinds(second), (Texts{balances, report, balances}));
    second.is_cut = true;
    second.sent.clear();
    command("fault once drop account:alice");
    place("90", "0.1");
    EXPECT_EQ(struck("drop"), "1") << "nobody heard of these";
}

TEST_F(TwoSessions, the_end_of_an_account_stream_passes_the_faults_too) {
    command("fault on silence wsapi");
    command("fault once session-revoked second");
    EXPECT_TRUE(second.sent.empty());
    command("fault off all");
    command("fault once delay orders ms=100");
    ask(*orders, signed_request("account.status", {}));
    command("fault once session-revoked orders");
    EXPECT_TRUE(account.sent.empty());
    later(100);
    ASSERT_EQ(account.sent.size(), 2U);
    EXPECT_EQ(member(account.sent[1], "/event/e"), R"("eventStreamTerminated")");
}

class AckAfterFill : public TwoSessions {
protected:
    void buy_at_market() {
        ask(*orders,
            signed_request(
                "order.place",
                {{"quantity", "0.1"}, {"side", "BUY"}, {"symbol", "BTCUSDT"}, {"type", "MARKET"}}));
    }
};

TEST_F(AckAfterFill, of_an_order_that_has_filled_already_is_struck_and_waits_for_nothing) {
    command("fault once ack-after-fill orders ms=1500");
    buy_at_market();
    EXPECT_EQ(reports(), (Texts{"NEW", "TRADE", "answer 200"}));
    EXPECT_EQ(struck("ack-after-fill"), "1");
    EXPECT_TRUE(venue.faults().idle());
    command("fault once ack-after-fill orders ms=300");
    account.sent.clear();
    place("90", "0.1");
    EXPECT_EQ(reports(), (Texts{"NEW"})) << "the fill before was of another request";
    later(300);
    EXPECT_EQ(reports(), (Texts{"NEW", "answer 200"}));
    EXPECT_EQ(struck("ack-after-fill"), "1");
}

TEST_F(AckAfterFill, comes_behind_a_fill_that_is_late_and_waits_where_none_is_told) {
    command("fault on delay account:alice ms=100");
    command("fault once ack-after-fill orders ms=5000");
    buy_at_market();
    EXPECT_TRUE(account.sent.empty());
    later(100);
    EXPECT_EQ(reports(), (Texts{"NEW", "TRADE", "answer 200"}));
    command("fault off all");
    account.sent.clear();
    command("fault on delay account:alice ms=100");
    command("fault once ack-after-fill orders ms=5000");
    place("90", "0.1");
    later(100);
    trade_at("90", "5");
    later(100);
    EXPECT_EQ(reports(), (Texts{"NEW", "TRADE", "answer 200"}));
    EXPECT_EQ(struck("ack-after-fill"), "2");
    command("fault off all");
    account.sent.clear();
    command("fault on drop account:alice");
    command("fault once ack-after-fill orders ms=300");
    buy_at_market();
    later(299);
    EXPECT_TRUE(account.sent.empty()) << "a fill that is not told is none to be behind";
    later(1);
    EXPECT_EQ(reports(), (Texts{"answer 200"}));
    EXPECT_EQ(struck("ack-after-fill"), "2");
}

}  // namespace
}  // namespace portcullis::tools::venue
