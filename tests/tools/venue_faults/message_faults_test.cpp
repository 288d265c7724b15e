// Faults of messages, each as a client sees it: what comes, what does not, and when.
#include <simdjson.h>

#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

const std::string depth_text =
    R"({"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":11,"u":12,"b":[["100.00000000","1.00000000"]],"a":[["101.00000000","2.00000000"]]})";
const std::string ticker_text =
    R"({"u":12,"s":"BTCUSDT","b":"100.00000000","B":"1.0","a":"101.00000000","A":"2.0"})";

class MessageFaults : public FaultsTest {
protected:
    std::string spoiled(const std::string& command_line, const std::string& text = depth_text) {
        command(command_line);
        market.sent.clear();
        venue.publish(text == ticker_text ? "btcusdt@bookTicker" : "btcusdt@depth@100ms", text);
        EXPECT_EQ(market.sent.size(), 1U) << command_line;
        return market.last();
    }
};

TEST_F(MessageFaults, drop_takes_every_third_message_and_no_other) {
    command("fault on drop btcusdt@trade every=3");
    for (int i = 1; i <= 7; ++i) {
        publish(i);
    }
    EXPECT_EQ(market.sent,
              (Texts{R"({"t":1})", R"({"t":2})", R"({"t":4})", R"({"t":5})", R"({"t":7})"}));
    command("fault off drop btcusdt@trade");
    publish(8);
    publish(9);
    EXPECT_EQ(market.last(), R"({"t":9})");
}

TEST_F(MessageFaults, once_strikes_one_message_of_its_target) {
    command("fault once drop btcusdt@bookTicker");
    publish(1);
    venue.publish("btcusdt@bookTicker", ticker_text);
    venue.publish("btcusdt@bookTicker", ticker_text);
    EXPECT_EQ(market.sent, (Texts{R"({"t":1})", ticker_text}));
}

TEST_F(MessageFaults, delay_holds_a_message_and_those_behind_it) {
    command("fault once delay btcusdt@trade ms=200");
    publish(1);
    publish(2);
    venue.publish("btcusdt@bookTicker", ticker_text);
    EXPECT_TRUE(market.sent.empty()) << "another stream of the connection waits too";
    later(199);
    EXPECT_TRUE(market.sent.empty());
    later(1);
    EXPECT_EQ(market.sent, (Texts{R"({"t":1})", R"({"t":2})", ticker_text}));
}

TEST_F(MessageFaults, jitter_is_random_by_its_seed_and_keeps_the_order) {
    command("fault on jitter btcusdt@trade ms=50 seed=3");
    Texts expected;
    for (int i = 0; i < 20; ++i) {
        publish(i);
        expected.push_back("{\"t\":" + std::to_string(i) + "}");
    }
    EXPECT_LT(market.sent.size(), 20U);
    later(50);
    EXPECT_EQ(market.sent, expected);
}

TEST_F(MessageFaults, duplicate_sends_twice) {
    command("fault once duplicate btcusdt@trade");
    publish(1);
    publish(2);
    EXPECT_EQ(market.sent, (Texts{R"({"t":1})", R"({"t":1})", R"({"t":2})"}));
}

TEST_F(MessageFaults, reorder_swaps_with_the_next_or_gives_up_after_a_second) {
    command("fault once reorder btcusdt@trade");
    publish(1);
    EXPECT_TRUE(market.sent.empty());
    publish(2);
    EXPECT_EQ(market.sent, (Texts{R"({"t":2})", R"({"t":1})"}));
    command("fault once reorder btcusdt@trade");
    publish(3);
    later(1000);
    EXPECT_EQ(market.last(), R"({"t":3})");
}

TEST_F(MessageFaults, gap_loses_depth_messages_in_a_row_and_nothing_else) {
    command("fault once gap btcusdt@depth* messages=2");
    publish(1);
    for (int i = 0; i < 3; ++i) {
        venue.publish("btcusdt@depth@100ms", depth_text);
    }
    EXPECT_EQ(market.sent, (Texts{R"({"t":1})", depth_text}));
}

TEST_F(MessageFaults, silence_is_silent_until_its_time_is_over) {
    command("fault on silence streams for=2s");
    publish(1);
    later(1999);
    publish(2);
    EXPECT_TRUE(market.sent.empty());
    later(1);
    publish(3);
    EXPECT_EQ(market.sent, (Texts{R"({"t":3})"}));
    EXPECT_FALSE(market.is_cut);
}

TEST_F(MessageFaults, crossed_book_shows_a_bid_above_the_ask) {
    EXPECT_EQ(member(spoiled("fault once crossed-book btcusdt@depth*"), "/b/0/0"),
              R"("102.01000000")");
    EXPECT_EQ(member(spoiled("fault once crossed-book btcusdt@bookTicker", ticker_text), "/b"),
              R"("102.01000000")");
}

TEST_F(MessageFaults, crossed_book_is_above_the_books_best_ask_where_the_event_has_none) {
    const std::string far =
        R"({"e":"depthUpdate","s":"BTCUSDT","U":11,"u":12,"b":[["33.00000000","1.0"]],"a":[]})";
    EXPECT_EQ(member(spoiled("fault once crossed-book btcusdt@depth*", far), "/b/0/0"),
              R"("102.01000000")");
    venue.exchange().market_snapshot("BTCUSDT", {level("100", "1")}, {}, 11);
    EXPECT_EQ(spoiled("fault once crossed-book btcusdt@depth*", far), far)
        << "there is no ask to be above";
    EXPECT_NE(venue.control("fault list").find(R"("injected":{"crossed-book":1})"),
              std::string::npos);
}

TEST_F(MessageFaults, oversized_and_deep_messages_hold_the_true_one_behind) {
    const std::string large = spoiled("fault once oversized btcusdt@depth* bytes=100000");
    EXPECT_EQ(large.size(), depth_text.size() + 100'000 + 13);
    EXPECT_TRUE(large.ends_with(depth_text.substr(1)));
    const std::string deep = spoiled("fault once deep-nesting btcusdt@depth* depth=2000");
    EXPECT_TRUE(deep.starts_with("{\"nest\":" + std::string(2000, '[') + "]"));
    EXPECT_TRUE(deep.ends_with(depth_text.substr(1)));
}

TEST_F(MessageFaults, invalid_utf8_is_none) {
    EXPECT_FALSE(simdjson::validate_utf8(spoiled("fault once invalid-utf8 btcusdt@depth*")));
}

TEST_F(MessageFaults, wrong_types_and_numbers_change_one_value_each_by_seed) {
    for (const std::string name : {"wrong-types", "nan-numbers", "long-numbers"}) {
        std::set<std::string> seen;
        for (int seed = 1; seed <= 30; ++seed) {
            const std::string line =
                "fault once " + name + " btcusdt@depth* seed=" + std::to_string(seed);
            const std::string text = spoiled(line);
            EXPECT_NE(text, depth_text) << line;
            EXPECT_EQ(text, spoiled(line)) << "the same seed, the same fault";
            seen.insert(text);
        }
        EXPECT_GT(seen.size(), 10U) << name;
    }
}

TEST_F(MessageFaults, html_stands_in_for_json_and_over_rest_with_its_status) {
    EXPECT_TRUE(spoiled("fault once html btcusdt@depth*").starts_with("<html>"));
    command("fault once html rest status=503");
    const HttpReply reply = get("/api/v3/time");
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(reply.html);
    EXPECT_TRUE(reply.body.starts_with("<html>"));
    EXPECT_EQ(get("/api/v3/time").status, 200);
}

TEST_F(MessageFaults, html_comes_bare_as_from_a_proxy_whatever_envelope_the_client_has) {
    FakePeer wrapped, fine;
    const auto combined = open("/stream?streams=btcusdt@trade", wrapped);
    const auto micro = open("/ws/btcusdt@trade?timeUnit=MICROSECOND", fine);
    command("fault once html btcusdt@trade status=504");
    publish(1);
    EXPECT_TRUE(wrapped.last().starts_with("<html>")) << wrapped.last();
    EXPECT_TRUE(wrapped.last().ends_with("</html>\r\n"));
    EXPECT_EQ(fine.last(), wrapped.last());
    EXPECT_EQ(market.last(), wrapped.last());
    publish(2);
    EXPECT_TRUE(wrapped.last().starts_with("{\"stream\":"));
    for (const char* target : {"orders", "account:alice"}) {
        command(std::string("fault once html ") + target);
        account.sent.clear();
        place("90", "0.1");
        EXPECT_EQ(std::count_if(account.sent.begin(), account.sent.end(),
                                [](const std::string& text) { return text.starts_with("<html>"); }),
                  1)
            << target;
    }
}

TEST_F(MessageFaults, rest_replies_are_dropped_delayed_and_cut) {
    command("fault once drop rest");
    EXPECT_TRUE(get("/api/v3/time").silent);
    command("fault once delay rest ms=70");
    EXPECT_EQ(get("/api/v3/time").delay_us, 70'000);
    command("fault once disconnect rest");
    const HttpReply reply = get("/api/v3/time");
    ASSERT_EQ(reply.acts.size(), 1U);
    EXPECT_EQ(reply.acts[0].kind, WireAct::Kind::cut);
    EXPECT_FALSE(get("/api/v3/time").silent);
}

TEST_F(MessageFaults, connections_are_cut_torn_and_shaped_instead_of_a_message) {
    command("fault once disconnect btcusdt@trade");
    publish(1);
    EXPECT_TRUE(market.is_cut);
    market.is_cut = false;
    command("fault once tear btcusdt@trade");
    publish(2);
    EXPECT_TRUE(market.is_torn);
    market.is_torn = false;
    EXPECT_TRUE(market.sent.empty());
    command("fault once half-open btcusdt@trade");
    publish(3);
    ASSERT_EQ(market.shapes.size(), 1U);
    EXPECT_EQ(market.shapes[0].kind, WireAct::Kind::half_open);
    market.shapes.clear();
    command("fault once disconnect-at btcusdt@trade bytes=0");
    publish(4);
    command("fault on one-byte-writes btcusdt@trade");
    publish(5);
    command("fault off one-byte-writes");
    ASSERT_EQ(market.shapes.size(), 3U);
    EXPECT_EQ(market.shapes[0].kind, WireAct::Kind::cut_after);
    EXPECT_EQ(market.shapes[0].count, 0);
    EXPECT_EQ(market.shapes[1].kind, WireAct::Kind::one_byte);
    EXPECT_EQ(market.shapes[2].count, 0) << "off is off at once";
    EXPECT_EQ(market.sent, (Texts{R"({"t":4})", R"({"t":5})"}));
}

TEST_F(MessageFaults, a_fault_is_not_spent_on_a_stream_that_nobody_hears) {
    command("fault once drop btcusdt@aggTrade");
    venue.publish("btcusdt@aggTrade", "{}");
    FakePeer other;
    const auto late = open("/ws/btcusdt@aggTrade", other);
    venue.publish("btcusdt@aggTrade", "{}");
    venue.publish("btcusdt@aggTrade", "{}");
    EXPECT_EQ(other.sent.size(), 1U);
}

TEST_F(MessageFaults, the_same_seed_and_messages_give_the_same_faults) {
    const auto run = [this](const std::string& seed) {
        market.sent.clear();
        command("fault on drop btcusdt@trade rate=0.3 seed=" + seed);
        command("fault on duplicate btcusdt@trade rate=0.2 seed=" + seed);
        for (int i = 0; i < 500; ++i) {
            publish(i);
        }
        command("fault off all");
        return market.sent;
    };
    const Texts first = run("7");
    EXPECT_EQ(first, run("7"));
    EXPECT_NE(first, run("8"));
    EXPECT_GT(first.size(), 300U);
}

TEST_F(MessageFaults, the_list_tells_what_is_on_and_what_was_struck) {
    command("fault on drop btcusdt@trade every=2 seed=9");
    publish(1);
    publish(2);
    const std::string list = venue.control("fault list");
    EXPECT_EQ(list.substr(3),
              R"({"active":[{"fault":"drop btcusdt@trade every=2 seed=9","struck":1}],)"
              R"("injected":{"drop":1},"byTarget":{"drop btcusdt@trade":1}})");
}

}  // namespace
}  // namespace portcullis::tools::venue
