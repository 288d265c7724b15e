// Keys in mid-session: permissions, IP lists, revocation, and what a session hears of them.
#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/ip_range.hpp"

namespace portcullis::tools::venue {
namespace {

TEST(IpRange, holds_its_addresses_to_the_edge) {
    const struct {
        const char* range;
        const char* address;
        bool held;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.0/8", "127.255.255.255", true},
        {"127.0.0.0/8", "128.0.0.0", false},
        {"127.0.0.0/8", "126.255.255.255", false},
        {"10.1.2.128/25", "10.1.2.128", true},
        {"10.1.2.128/25", "10.1.2.255", true},
        {"10.1.2.128/25", "10.1.2.127", false},
        {"10.1.2.128/25", "10.1.3.0", false},
        {"10.0.0.4/32", "10.0.0.4", true},
        {"10.0.0.4/32", "10.0.0.5", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"::1", "::1", true},
        {"::1", "::2", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::/0", "10.0.0.1", true},
        {"127.0.0.1", "nonsense", false},
    };
    for (const auto& row : rows) {
        const auto range = parse_ip_range(row.range);
        ASSERT_TRUE(range) << row.range;
        EXPECT_EQ(range->holds(row.address), row.held) << row.address << " in " << row.range;
    }
}

TEST(IpRange, refuses_what_is_none) {
    for (const char* text :
         {"", "/8", "127.0.0", "127.0.0.256", "127.0.0.1/", "127.0.0.1/33", "127.0.0.1/8",
          "127.0.0.0/-8", "localhost", "::1/129", "10.0.0.0/8/8", " 10.0.0.1", "2001:db8::1/64"}) {
        EXPECT_FALSE(parse_ip_range(text)) << text;
    }
}

class Keys : public VenueTest {
protected:
    /// The documented logon: its timestamp is the venue's time for as long as it matters.
    void log_on() {
        log_on_again();
        ASSERT_EQ(member(peer.last(), "/status"), "200") << peer.last();
    }
    void log_on_again() {
        now_us = 1'649'729'878'630'000;
        session->on_text(
            R"({"id":1,"method":"session.logon","params":{"apiKey":")" + std::string(ed25519_key) +
            R"(","signature":"cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag==","timestamp":1649729878532}})");
    }
    std::string ask(const std::string& method, const std::string& fields = "") {
        session->on_text(R"({"id":2,"method":")" + method + R"(","params":{"timestamp":)" +
                         std::to_string(now_ms()) + fields + "}}");
        return peer.last();
    }
    void subscribe(const std::string& key, const std::string& secret) {
        const std::string time = std::to_string(now_ms());
        const std::string text = "apiKey=" + key + "&timestamp=" + time;
        session->on_text(
            R"({"id":3,"method":"userDataStream.subscribe.signature","params":{"apiKey":")" + key +
            R"(","timestamp":)" + time + R"(,"signature":")" + hmac_hex(secret, text) + "\"}}");
        ASSERT_EQ(member(peer.last(), "/status"), "200") << peer.last();
    }
    static constexpr const char* order =
        R"(,"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.1","price":"90")";
    static constexpr const char* session_ended =
        R"({"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}})";

    FakePeer peer;
    std::unique_ptr<WebSocketHandler> session = open("/ws-api/v3?returnRateLimits=false", peer);
};

TEST_F(Keys, of_a_session_that_are_revoked_end_it_as_documented) {
    log_on();
    session->on_text(R"({"id":4,"method":"userDataStream.subscribe"})");
    peer.sent.clear();
    ASSERT_TRUE(venue.keys().revoke(ed25519_key));
    EXPECT_EQ(peer.sent,
              (std::vector<std::string>{
                  R"({"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1649729878630}})",
                  session_ended}));
    session->on_text(R"({"id":5,"method":"session.status"})");
    EXPECT_EQ(member(peer.last(), "/result/apiKey"), "null");
    EXPECT_EQ(member(ask("order.place", order), "/error/code"), "-2015") << "no key any more";
    EXPECT_FALSE(venue.keys().revoke(ed25519_key)) << "twice";
    EXPECT_EQ(venue.keys().find(ed25519_key), nullptr);
}

TEST_F(Keys, of_a_session_end_it_alike_whichever_way_they_are_lost) {
    const std::pair<std::string, bool> ways[] = {
        {"fault once session-revoked wsapi", true},
        {"key permissions " + std::string(ed25519_key) + " none", false},
        {"key revoke " + std::string(ed25519_key), false}};
    for (const auto& [way, key_lives] : ways) {
        ASSERT_TRUE(venue.keys().set_permissions(ed25519_key, {true, true, false}));
        log_on();
        session->on_text(R"({"id":4,"method":"userDataStream.subscribe"})");
        peer.sent.clear();
        EXPECT_EQ(venue.control(way), "ok");
        ASSERT_EQ(peer.sent.size(), 2U) << way;
        EXPECT_EQ(member(peer.sent[0], "/event/e"), R"("eventStreamTerminated")") << way;
        EXPECT_EQ(peer.sent[1], session_ended) << way;
        EXPECT_EQ(member(ask("order.place", order), "/status"), "401") << way;
        EXPECT_EQ(member(peer.last(), "/error/code"), "-2015") << way;
        EXPECT_EQ(member(peer.last(), "/id"), "2") << way;
        session->on_text(R"({"id":5,"method":"session.status"})");
        EXPECT_EQ(member(peer.last(), "/result/apiKey"), "null") << way;
        session->on_text(R"({"id":6,"method":"ping"})");
        EXPECT_EQ(member(peer.last(), "/status"), "200") << way << ": anybody may";
        subscribe(bob_key, bob_secret);
        EXPECT_EQ(rest("GET", "/api/v3/account", "").status, 200) << way << ": of another key";
        session->on_text(R"({"id":7,"method":"userDataStream.unsubscribe"})");
        session->on_text(R"({"id":8,"method":"session.logout"})");
        EXPECT_EQ(member(ask("order.place", order), "/error/code"), "-1102") << way;
        log_on_again();
        EXPECT_EQ(member(peer.last(), "/status"), key_lives ? "200" : "401") << way;
        session->on_text(R"({"id":9,"method":"session.logout"})");
    }
}

TEST_F(Keys, that_are_revoked_are_unknown_on_rest_and_end_only_their_own_streams) {
    subscribe(hmac_key, hmac_secret);
    subscribe(bob_key, bob_secret);
    const std::size_t before = peer.sent.size();
    ASSERT_TRUE(venue.keys().revoke(hmac_key));
    ASSERT_EQ(peer.sent.size(), before + 1) << "nobody was logged on: no 401";
    EXPECT_EQ(member(peer.last(), "/event/e"), R"("eventStreamTerminated")");
    EXPECT_EQ(member(peer.last(), "/subscriptionId"), "0");
    const HttpReply reply = rest("GET", "/api/v3/account", "");
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(member(reply.body, "/code"), "-2015");
    EXPECT_EQ(rest("GET", "/api/v3/account", "", bob_key, bob_secret).status, 200);
    venue.exchange().adjust_balance(alice, "USDT", amount("1"), now_ms());
    EXPECT_EQ(peer.sent.size(), before + 1) << "the ended stream is silent";
    venue.exchange().adjust_balance(bob, "USDT", amount("1"), now_ms());
    EXPECT_GT(peer.sent.size(), before + 1) << "the other one is not";
}

TEST_F(Keys, lose_and_regain_the_permission_to_trade_within_a_session) {
    log_on();
    ASSERT_EQ(member(ask("order.place", order), "/status"), "200");
    peer.sent.clear();
    ASSERT_TRUE(venue.keys().set_permissions(ed25519_key, {true, false, false}));
    EXPECT_TRUE(peer.sent.empty()) << "the session goes on";
    EXPECT_EQ(member(ask("order.place", order), "/error/code"), "-2015");
    EXPECT_EQ(member(ask("openOrders.cancelAll", R"(,"symbol":"BTCUSDT")"), "/error/code"),
              "-2015");
    EXPECT_EQ(member(ask("openOrders.status", R"(,"symbol":"BTCUSDT")"), "/status"), "200");
    ASSERT_TRUE(venue.keys().set_permissions(ed25519_key, {true, true, false}));
    EXPECT_EQ(member(ask("order.place", order), "/status"), "200");
    ASSERT_TRUE(venue.keys().set_permissions(ed25519_key, {false, true, false}));
    EXPECT_EQ(peer.last(), session_ended) << "without reading there is no session";
}

TEST_F(Keys, are_refused_from_addresses_that_their_list_lacks) {
    ASSERT_TRUE(venue.keys().set_ips(hmac_key, {"127.0.0.2", "10.0.0.0/8"}));
    const struct {
        const char* ip;
        int status;
    } rows[] = {{"127.0.0.1", 401}, {"127.0.0.2", 200}, {"127.0.0.3", 401}, {"10.9.9.9", 200}};
    for (const auto& row : rows) {
        HttpRequest request;
        const std::string query = "timestamp=" + std::to_string(now_ms());
        request.verb = "GET";
        request.target = "/api/v3/account?" + query + "&signature=" + hmac_hex(hmac_secret, query);
        request.api_key = hmac_key;
        request.ip = row.ip;
        const HttpReply reply = venue.http(request);
        EXPECT_EQ(reply.status, row.status) << row.ip;
        EXPECT_EQ(member(reply.body, "/code"), row.status == 200 ? "" : "-2015") << row.ip;
    }
    ASSERT_TRUE(venue.keys().set_ips(hmac_key, {}));
    EXPECT_EQ(rest("GET", "/api/v3/account", "").status, 200) << "lifted";
}

TEST_F(Keys, whose_list_loses_the_sessions_address_end_the_session) {
    log_on();
    peer.sent.clear();
    ASSERT_TRUE(venue.keys().set_ips(ed25519_key, {"127.0.0.0/8"}));
    EXPECT_TRUE(peer.sent.empty());
    ASSERT_TRUE(venue.keys().set_ips(ed25519_key, {"127.0.0.2"}));
    EXPECT_EQ(peer.last(), session_ended);
}

TEST_F(Keys, tell_their_permissions_and_restriction) {
    const auto told = [&](const char* what) {
        return member(rest("GET", "/sapi/v1/account/apiRestrictions", "").body, what);
    };
    EXPECT_EQ(told("/ipRestrict"), "false");
    EXPECT_EQ(told("/enableWithdrawals"), "false");
    ASSERT_TRUE(venue.keys().set_ips(hmac_key, {"127.0.0.1"}));
    ASSERT_TRUE(venue.keys().set_permissions(hmac_key, {true, false, true}));
    EXPECT_EQ(told("/ipRestrict"), "true");
    EXPECT_EQ(told("/enableWithdrawals"), "true");
    EXPECT_EQ(told("/enableSpotAndMarginTrading"), "false");
}

TEST_F(Keys, that_may_withdraw_need_an_ip_list) {
    const auto refused = venue.keys().set_permissions(hmac_key, {true, true, true});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("needs an IP list"), std::string::npos) << refused.error();
    ASSERT_TRUE(venue.keys().set_ips(hmac_key, {"127.0.0.1"}));
    ASSERT_TRUE(venue.keys().set_permissions(hmac_key, {true, true, true}));
    EXPECT_FALSE(venue.keys().set_ips(hmac_key, {})) << "the list may not be lifted then";
    const auto nonsense = venue.keys().set_ips(hmac_key, {"127.0.0.1/8"});
    ASSERT_FALSE(nonsense);
    EXPECT_NE(nonsense.error().find("'127.0.0.1/8'"), std::string::npos) << nonsense.error();
    ApiKey key;
    key.api_key = std::string(64, 'W');
    key.may.withdraw = true;
    EXPECT_FALSE(venue.keys().add(key, "secret"));
}

}  // namespace
}  // namespace portcullis::tools::venue
