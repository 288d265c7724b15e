// Market streams: control messages, raw and combined frames, limits, faults.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class Streams : public VenueTest {
protected:
    std::string ask(WebSocketHandler& session, FakePeer& to, const std::string& text) {
        now_us += 1'000'000;  // stay inside the message limit
        session.on_text(text);
        return to.last();
    }
    FakePeer peer;
};

TEST_F(Streams, publish_the_recorded_bytes_raw_or_wrapped) {
    FakePeer combined_peer;
    const auto raw = open("/ws/btcusdt@trade/btcusdt@depth@100ms", peer);
    const auto combined =
        open("/stream?streams=btcusdt@depth%40100ms/btcusdt@bookTicker", combined_peer);
    const std::string data = R"({"e":"depthUpdate", "odd" : "spacing"})";
    venue.publish("btcusdt@depth@100ms", data);
    EXPECT_EQ(peer.sent, std::vector<std::string>{data});
    EXPECT_EQ(combined_peer.sent,
              std::vector<std::string>{R"({"stream":"btcusdt@depth@100ms","data":)" + data + "}"});
    venue.publish("ethusdt@depth@100ms", data);
    EXPECT_EQ(peer.sent.size() + combined_peer.sent.size(), 2U);
}

TEST_F(Streams, obey_control_messages) {
    const auto session = open("/ws", peer);
    EXPECT_EQ(
        ask(*session, peer,
            R"({"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":1})"),
        R"({"result":null,"id":1})");
    EXPECT_EQ(ask(*session, peer, R"({"method":"LIST_SUBSCRIPTIONS","id":"l"})"),
              R"({"result":["btcusdt@trade","btcusdt@bookTicker"],"id":"l"})");
    EXPECT_EQ(
        ask(*session, peer, R"({"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":null})"),
        R"({"result":null,"id":null})");
    EXPECT_EQ(ask(*session, peer, R"({"method":"SET_PROPERTY","params":["combined",true],"id":5})"),
              R"({"result":null,"id":5})");
    EXPECT_EQ(ask(*session, peer, R"({"method":"GET_PROPERTY","params":["combined"],"id":6})"),
              R"({"result":true,"id":6})");
    venue.publish("btcusdt@bookTicker", "{}");
    EXPECT_EQ(peer.last(), R"({"stream":"btcusdt@bookTicker","data":{}})");
    const auto count = peer.sent.size();
    venue.publish("btcusdt@trade", "{}");
    EXPECT_EQ(peer.sent.size(), count);
}

TEST_F(Streams, refuse_what_they_do_not_understand_in_the_words_of_the_documents) {
    const auto session = open("/ws", peer);
    const std::string json =
        R"({"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"})";
    const std::string unsigned_id = "request ID must be an unsigned integer";
    const std::string strings = "params must be an array of strings";
    const std::string name = "property name must be a string";
    const std::string variants =
        ", expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
        "`GET_PROPERTY` at line ";
    const auto invalid = [](const std::string& why, const std::string& id = "") {
        return R"({"code":2,"msg":"Invalid request: )" + why + "\"" +
               (id.empty() ? "" : ",\"id\":" + id) + "}";
    };
    const std::pair<std::string, std::string> rows[] = {
        {"{", json},
        {"[]", json},
        {R"({"method":"SUB\SCRIBE","params":["a@b"],"id":1})", json},
        {R"({"method":"SUBSCRIBE","params":["a@b\u12g4"],"id":1})", json},
        {R"({"id":1})", invalid("missing field `method` at line 1 column 8")},
        {R"({"method":"NOPE","params":[],"id":1})",
         invalid("unknown variant `NOPE`" + variants + "1 column 16")},
        {"{\"id\":1,\n \"method\": \"subscribe\" }",
         invalid("unknown variant `subscribe`" + variants + "2 column 22")},
        {R"({"method":"SUBSCRIBE","id":1})", invalid(strings)},
        {R"({"method":"SUBSCRIBE","params":[1],"id":1})", invalid(strings)},
        {R"({"method":"SUBSCRIBE","params":["BTCUSDT@trade"],"id":1})",
         invalid("invalid stream name 'BTCUSDT@trade'", "1")},
        {R"({"method":"SUBSCRIBE","params":["btcusdt"],"id":"a"})",
         invalid("invalid stream name 'btcusdt'", "\"a\"")},
        {R"({"method":"LIST_SUBSCRIPTIONS","params":["a@b"],"id":1})",
         invalid("too many parameters")},
        {R"({"method":"SUBSCRIBE","params":["a@b"]})", invalid(unsigned_id)},
        {R"({"method":"SUBSCRIBE","params":["a@b"],"id":1.5})", invalid(unsigned_id)},
        {R"({"method":"SUBSCRIBE","params":["a@b"],"id":{}})", invalid(unsigned_id)},
        {R"({"method":"SUBSCRIBE","params":["a@b"],"id":"a b"})", invalid(unsigned_id)},
        {R"({"method":"SUBSCRIBE","params":["a@b"],"id":9223372036854775808})",
         invalid(unsigned_id)},
        {R"({"method":"SUBSCRIBE","params":["a@b"],"id":")" + std::string(37, 'x') + "\"}",
         invalid(unsigned_id)},
        {R"({"method":"SET_PROPERTY","id":1})", invalid(name)},
        {R"({"method":"GET_PROPERTY","params":[1],"id":1})", invalid(name)},
        {R"({"method":"GET_PROPERTY","params":["combined",true],"id":1})",
         invalid("too many parameters")},
        {R"({"method":"SET_PROPERTY","params":["combined",true,1],"id":1})",
         invalid("too many parameters")},
        {R"({"method":"SET_PROPERTY","params":["combined"],"id":1})",
         R"({"code":1,"msg":"Invalid value type: expected Boolean"})"},
        {R"({"method":"SET_PROPERTY","params":["combined",1],"id":1})",
         R"({"code":1,"msg":"Invalid value type: expected Boolean"})"},
        {R"({"method":"SET_PROPERTY","params":["colour",true],"id":7})",
         R"({"code":0,"msg":"Unknown property","id":7})"}};
    for (const auto& [text, answer] : rows) {
        EXPECT_EQ(ask(*session, peer, text), answer) << text;
    }
    EXPECT_EQ(ask(*session, peer, R"({"method":"LIST_SUBSCRIPTIONS","id":-9223372036854775808})"),
              R"({"result":[],"id":-9223372036854775808})")
        << "nothing was done meanwhile";
    const std::string longest = std::string(35, 'x') + "-";
    EXPECT_EQ(ask(*session, peer, R"({"method":"LIST_SUBSCRIPTIONS","id":")" + longest + "\"}"),
              R"({"result":[],"id":")" + longest + "\"}");
}

TEST_F(Streams, close_on_the_sixth_message_of_a_second_pings_included) {
    const auto session = open("/ws", peer);
    for (int i = 0; i < 4; ++i) {
        session->on_text(R"({"method":"LIST_SUBSCRIPTIONS","id":1})");
    }
    session->on_control();
    EXPECT_EQ(peer.close_code, 0);
    session->on_text(R"({"method":"LIST_SUBSCRIPTIONS","id":1})");
    EXPECT_EQ(peer.close_code, 1008);
    EXPECT_EQ(peer.sent.size(), 4U);
}

TEST_F(Streams, allow_1024_names_on_a_connection) {
    const auto session = open("/ws", peer);
    std::string names;
    for (int i = 0; i < 1024; ++i) {
        names += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "@trade\"";
    }
    EXPECT_EQ(ask(*session, peer, R"({"method":"SUBSCRIBE","params":[)" + names + R"(],"id":1})"),
              R"({"result":null,"id":1})");
    EXPECT_EQ(member(ask(*session, peer, R"({"method":"SUBSCRIBE","params":["one@more"],"id":2})"),
                     "/code"),
              "2");
    EXPECT_EQ(peer.close_code, 1008);
}

TEST_F(Streams, named_twice_count_once) {
    std::string names;
    for (int i = 0; i < 1023; ++i) {
        names += std::to_string(i) + "@trade/";
    }
    const auto session = open("/stream?streams=" + names + names + "btcusdt@trade", peer);
    const std::string again = R"("btcusdt@trade","0@trade","0@trade")";
    EXPECT_EQ(ask(*session, peer, R"({"method":"SUBSCRIBE","params":[)" + again + R"(],"id":1})"),
              R"({"result":null,"id":1})");
    EXPECT_EQ(peer.close_code, 0);
    venue.publish("btcusdt@trade", "{}");
    EXPECT_EQ(peer.sent.size(), 2U) << "once";
    EXPECT_EQ(ask(*session, peer, R"({"method":"UNSUBSCRIBE","params":[)" + again + R"(],"id":2})"),
              R"({"result":null,"id":2})");
    EXPECT_EQ(ask(*session, peer,
                  R"({"method":"SUBSCRIBE","params":["a@trade","b@trade","b@trade"],"id":3})"),
              R"({"result":null,"id":3})")
        << "two had become free";
    EXPECT_EQ(peer.close_code, 0);
    ask(*session, peer, R"({"method":"SUBSCRIBE","params":["c@trade"],"id":4})");
    EXPECT_EQ(peer.close_code, 1008);
}

TEST_F(Streams, have_gaps_silence_and_cuts_on_command) {
    const auto session = open("/ws/btcusdt@depth@100ms/btcusdt@trade", peer);
    EXPECT_EQ(venue.control("gap BTCUSDT"), "ok");
    venue.publish("btcusdt@trade", "1");
    venue.publish("btcusdt@depth@100ms", "2");
    venue.publish("btcusdt@depth@100ms", "3");
    EXPECT_EQ(peer.sent, (std::vector<std::string>{"1", "3"}));
    EXPECT_EQ(venue.control("silence streams on"), "ok");
    venue.publish("btcusdt@trade", "4");
    EXPECT_EQ(venue.control("silence streams off"), "ok");
    venue.publish("btcusdt@trade", "5");
    EXPECT_EQ(peer.sent, (std::vector<std::string>{"1", "3", "5"}));
    EXPECT_EQ(venue.control("disconnect streams").substr(0, 3), "ok ");
    EXPECT_TRUE(peer.is_cut);
    EXPECT_EQ(venue.control("tear streams").substr(0, 3), "ok ");
    EXPECT_TRUE(peer.is_torn);
    venue.announce_shutdown();
    EXPECT_EQ(peer.last(), R"({"e":"serverShutdown","E":1700000000000})");
}

TEST_F(Streams, of_a_closed_connection_get_nothing) {
    auto session = open("/ws/btcusdt@trade", peer);
    session.reset();
    venue.publish("btcusdt@trade", "{}");
    venue.announce_shutdown();
    EXPECT_TRUE(peer.sent.empty());
}

TEST_F(Streams, are_refused_at_paths_that_do_not_exist) {
    HttpReply refusal;
    EXPECT_EQ(venue.open("/wss", "127.0.0.1", peer, refusal), nullptr);
    EXPECT_EQ(refusal.status, 404);
    for (const char* target :
         {"/ws/btc%22usdt@trade", "/ws/%ff@trade", "/stream?streams=\xC3(", "/ws/btcusdt%4@trade",
          "/ws/btcusdt@trade%", "/stream?streams=btcusdt@trade/btcusdt%zz@trade"}) {
        EXPECT_EQ(venue.open(target, "127.0.0.1", peer, refusal), nullptr) << target;
        EXPECT_EQ(refusal.status, 400);
    }
}

TEST_F(Streams, named_in_a_url_that_mean_nothing_are_silent) {
    const auto session = open("/ws/0", peer);  // as ccxt opens its connections
    session->on_text(R"({"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1})");
    venue.publish("btcusdt@trade", R"({"e":"trade"})");
    EXPECT_EQ(peer.sent,
              (std::vector<std::string>{R"({"result":null,"id":1})", R"({"e":"trade"})"}));
}

}  // namespace
}  // namespace portcullis::tools::venue
