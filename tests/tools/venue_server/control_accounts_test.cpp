// The control socket at work on keys, accounts and the clock, in the middle of a session.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class ControlAccounts : public VenueTest {
protected:
    std::string code_of(const std::string& key, const std::string& secret,
                        const std::string& verb = "GET") {
        const bool order = verb == "POST";
        return member(
            rest(verb, order ? "/api/v3/order/test" : "/api/v3/account",
                 order ? "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1" : "", key, secret)
                .body,
            "/code");
    }
};

TEST_F(ControlAccounts, a_key_is_added_limited_bound_to_addresses_and_revoked) {
    const std::string key(64, 'N');
    EXPECT_EQ(code_of(key, "new secret"), "-2015");
    EXPECT_EQ(venue.control("key add bob hmac " + key + " secret2 read"), "ok");
    EXPECT_EQ(code_of(key, "secret2"), "");
    EXPECT_EQ(code_of(key, "secret2", "POST"), "-2015");
    EXPECT_EQ(venue.control("key permissions " + key + " read,trade"), "ok");
    EXPECT_EQ(code_of(key, "secret2", "POST"), "");
    EXPECT_EQ(venue.control("key ips " + key + " 10.0.0.0/8,127.0.0.2"), "ok");
    EXPECT_EQ(code_of(key, "secret2"), "-2015");
    EXPECT_EQ(venue.control("key ips " + key + " 10.0.0.0/8,127.0.0.1"), "ok");
    EXPECT_EQ(code_of(key, "secret2"), "");
    EXPECT_EQ(venue.control("key permissions " + key + " read,withdraw"), "ok");
    EXPECT_EQ(member(rest("GET", "/sapi/v1/account/apiRestrictions", "", key, "secret2").body,
                     "/enableWithdrawals"),
              "true");
    EXPECT_EQ(venue.control("key ips " + key + " any").substr(0, 6), "error:")
        << "a key that may withdraw keeps its list";
    EXPECT_EQ(venue.control("key permissions " + key + " none"), "ok");
    EXPECT_EQ(code_of(key, "secret2"), "-2015");
    EXPECT_EQ(venue.control("key revoke " + key), "ok");
    EXPECT_EQ(code_of(key, "secret2"), "-2015");
    EXPECT_NE(venue.control("key revoke " + key).find("unknown or revoked"), std::string::npos);
}

TEST_F(ControlAccounts, check_answers_what_a_command_would_and_does_nothing) {
    const std::string key(64, 'N');
    const std::string before = venue.control("accounts") + venue.control("keys") +
                               venue.control("fault list") + venue.control("clock");
    const struct {
        std::string command;
        const char* answer;
    } rows[] = {
        {"balance bob USDT 7", "ok"},
        {"balance bob USDT -1000000", "ok"},  // whether it is there, its moment shows
        {"balance bob USDT 1e5", "error: DELTA '1e5': expected a decimal"},
        {"balance bob usdt 5", "error: ASSET 'usdt': expected capital"},
        {"balance badacct USDT 7", "error: unknown account badacct"},
        {"external-lock bob USDT x", "error: DELTA 'x'"},
        {"clock skew 5000", "ok"},
        {"clock skew abc", "error: expected clock skew MILLISECONDS"},
        {"foreign-order bob BTCUSDT BUY 1 1", "ok"},
        {"foreign-order bob BTCUSDT UP 1 1", "error: SIDE 'UP'"},
        {"foreign-order bob NONE BUY 1 1", "error: unknown symbol NONE"},
        {"foreign-order bob BTCUSDT BUY 1 q", "error: QTY 'q'"},
        {"disconnect all", "ok"},
        {"disconnect nonsense", "error: disconnect 'nonsense'"},
        {"key add bob hmac " + key + " secret read", "ok"},
        {"key add nobody hmac " + key + " secret read", "error: unknown account nobody"},
        {"key add bob hmac short secret read", "error: api_key 'short': expected 64"},
        {"key add bob hmac " + key + " secret fly", "error: expected PERMISSIONS"},
        {"key revoke " + key, "error: api_key "},
        {"key revoke " + std::string(ed25519_key), "ok"},
        {"key ips " + std::string(ed25519_key) + " 1.2.3", "error: '1.2.3': expected an address"},
        {"account add carol", "ok"},
        {"account add bob", "error: account bob is there already"},
        {"account fees bob 0.1 2", "error: TAKER '2'"},
        {"account fees bob 0.1 0.2", "ok"},
        {"lost-ack on", "ok"},
        {"lost-ack maybe", "error: lost-ack 'maybe'"},
        {"error-after-accept 5", "ok"},
        {"gap NONE", "error: unknown symbol NONE"},
        {"fault on gap rest", "error: gap does not strike 'rest'"},
        {"fault on silence orders", "ok"},
        {"fault off dorp", "error: unknown fault 'dorp'"},
        {"status", "ok"},
        {"dance", "error: unknown command"},
        {"check status", "error: expected check [with NAME,NAME] COMMAND"},
        {"", "error: expected check [with NAME,NAME] COMMAND"},
        {"with carol balance carol USDT 7", "ok"},
        {"with carol balance carol USDT seven", "error: DELTA 'seven'"},
        {"with carol fault once foreign-order account:carol", "ok"},
        {"with " + key + " key permissions " + key + " read,withdraw", "ok"},
        {"with " + key + " key permissions " + key + " fly", "error: expected PERMISSIONS"},
    };
    for (const auto& row : rows) {
        const std::string answer = venue.control("check " + row.command);
        EXPECT_EQ(answer.substr(0, std::string(row.answer).size()), row.answer) << row.command;
        EXPECT_EQ(answer.starts_with("ok"), answer == "ok") << answer;
    }
    EXPECT_EQ(venue.control("balance carol USDT 7"), "error: unknown account carol");
    EXPECT_EQ(venue.control("accounts") + venue.control("keys") + venue.control("fault list") +
                  venue.control("clock"),
              before);
}

TEST_F(ControlAccounts, balances_of_an_account_are_asset_free_and_locked) {
    const std::string answer = venue.control("balances bob");
    ASSERT_EQ(answer.substr(0, 4), "ok [") << answer;
    EXPECT_NE(venue.control("accounts").find("\"balances\":" + answer.substr(3)),
              std::string::npos);
    EXPECT_EQ(answer.substr(4, 10), R"({"asset":")") << answer;
    EXPECT_EQ(answer.find("networkList"), std::string::npos);
}

TEST_F(ControlAccounts, a_session_whose_key_is_revoked_hears_of_it) {
    now_us = 1'649'729'878'630'000;
    FakePeer peer;
    const auto session = open("/ws-api/v3?returnRateLimits=false", peer);
    session->on_text(
        R"({"id":"c174","method":"session.logon","params":{"apiKey":")" + std::string(ed25519_key) +
        R"(","signature":"cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag==","timestamp":1649729878532}})");
    ASSERT_EQ(member(peer.last(), "/status"), "200");
    EXPECT_EQ(venue.control("key revoke " + std::string(ed25519_key)), "ok");
    EXPECT_EQ(member(peer.last(), "/error/code"), "-2015");
    EXPECT_EQ(member(peer.last(), "/id"), "null");
}

TEST_F(ControlAccounts, another_system_locks_a_part_of_a_balance_and_gives_it_back) {
    FakePeer peer;
    const auto session = open("/ws-api/v3?returnRateLimits=false", peer);
    Params params;
    params.add("apiKey", bob_key);
    params.add("timestamp", std::to_string(now_ms()));
    session->on_text(
        R"({"id":1,"method":"userDataStream.subscribe.signature","params":{"apiKey":")" + bob_key +
        R"(","timestamp":")" + std::to_string(now_ms()) + R"(","signature":")" +
        hmac_hex(bob_secret, params.signing_text()) + "\"}}");
    peer.sent.clear();
    EXPECT_EQ(venue.control("external-lock bob BTC 4"), "ok");
    ASSERT_EQ(peer.sent.size(), 2U);
    EXPECT_EQ(
        member(peer.sent[0], "/event"),
        R"({"e":"externalLockUpdate","E":1700000000000,"a":"BTC","d":"4.00000000","T":1700000000000})");
    EXPECT_EQ(member(peer.sent[1], "/event/B/0"),
              R"({"a":"BTC","f":"6.00000000","l":"4.00000000"})");
    const auto sell = [&](const std::string& qty) {
        return member(
            rest("POST", "/api/v3/order",
                 "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&price=110&quantity=" + qty,
                 bob_key, bob_secret)
                .body,
            "/code");
    };
    EXPECT_EQ(sell("6.00001"), "-2010");
    EXPECT_EQ(sell("6"), "");
    venue.exchange().verify_books();
    EXPECT_EQ(venue.control("external-lock bob BTC -4"), "ok");
    EXPECT_EQ(member(peer.last(), "/event/B/0"),
              R"({"a":"BTC","f":"4.00000000","l":"6.00000000"})");
    EXPECT_NE(venue.control("external-lock bob BTC -1"), "ok") << "that is locked by an order";
    venue.exchange().verify_books();
}

TEST_F(ControlAccounts, an_account_is_opened_funded_and_given_fees) {
    const std::string key(64, 'N');
    EXPECT_EQ(venue.control("account add carol"), "ok");
    EXPECT_EQ(venue.control("key add carol hmac " + key + " s read,trade"), "ok");
    EXPECT_EQ(venue.control("balance carol USDT 500"), "ok");
    EXPECT_EQ(venue.control("account fees carol 0.0002 0.0004 100:0.0001:0.0003"), "ok");
    const auto buy = [&](const std::string& qty) {
        return rest("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=" + qty,
                    key, "s")
            .body;
    };
    EXPECT_EQ(member(buy("1"), "/fills/0/commission"), R"("0.00040000")");
    EXPECT_EQ(member(buy("1"), "/fills/0/commission"), R"("0.00030000")") << "101 USDT have traded";
    EXPECT_EQ(venue.control("account add carol-sub carol"), "ok");
    EXPECT_EQ(venue.control("account fees carol-sub 0 0"),
              "error: a sub-account has its master's fees");
    const std::string told = venue.control("accounts").substr(3);
    EXPECT_EQ(member(told, "/2/account"), R"("carol")");
    EXPECT_EQ(member(told, "/2/takerFee"), R"("0.00030000")") << "by her volume";
    EXPECT_EQ(member(told, "/3/account"), R"("carol-sub")");
    EXPECT_EQ(member(told, "/3/master"), R"("carol")");
    EXPECT_EQ(member(told, "/3/makerFee"), R"("0.00010000")") << "her master's";
    EXPECT_EQ(member(told, "/2/uid"),
              member(rest("GET", "/api/v3/account", "", key, "s").body, "/uid"));
    venue.exchange().verify_books();
}

TEST_F(ControlAccounts, the_clock_is_put_off_and_right_again) {
    EXPECT_EQ(venue.control("clock skew 7000"), "ok");
    EXPECT_EQ(code_of(hmac_key, hmac_secret), "-1021");
    EXPECT_EQ(venue.control("clock skew -1500"), "ok");
    EXPECT_EQ(code_of(hmac_key, hmac_secret), "-1021");
    EXPECT_EQ(venue.control("clock skew 0"), "ok");
    EXPECT_EQ(code_of(hmac_key, hmac_secret), "");
}

TEST_F(ControlAccounts, a_key_that_a_fault_holds_is_left_to_it) {
    EXPECT_EQ(venue.control("fault on key-permissions account:bob"), "ok");
    EXPECT_NE(venue.control("key permissions " + bob_key + " read,trade").find("switch it off"),
              std::string::npos);
    EXPECT_EQ(venue.control("fault off key-permissions account:bob"), "ok");
    EXPECT_EQ(venue.control("key permissions " + bob_key + " read"), "ok");
    EXPECT_EQ(code_of(bob_key, bob_secret, "POST"), "-2015");
}

TEST_F(ControlAccounts, nonsense_is_refused_by_name) {
    const std::string key(64, 'N');
    const std::pair<std::string, std::string> rows[] = {
        {"key", "expected key revoke KEY"},
        {"key revoke", "expected key revoke KEY"},
        {"key revoke " + key, "unknown or revoked"},
        {"key permissions " + bob_key + " all",
         "expected PERMISSIONS none or of read,trade,withdraw, found 'all'"},
        {"key ips " + bob_key + " here", "expected an address"},
        {"key add nobody hmac " + key + " s read", "unknown account nobody"},
        {"key add bob dsa " + key + " s read", "expected hmac, ed25519 or rsa"},
        {"key add bob hmac short s read", "64 letters and digits"},
        {"key add bob hmac " + bob_key + " s read", "given twice"},
        {"key add bob ed25519 " + key + " s read", "not a public key of its kind"},
        {"key add bob hmac " + key + " s read,withdraw", "needs an IP list"},
        {"account add bob", "is there already"},
        {"account add carol nobody", "MASTER 'nobody': expected an account that is no sub"},
        {"account fees nobody 0 0", "unknown account nobody"},
        {"account fees bob 1 0", "MAKER '1': expected a rate from 0 to 0.99999999, as 0.001"},
        {"account fees bob x 0", "MAKER 'x': expected a rate from 0 to 0.99999999, as 0.001"},
        {"account fees bob 0 -1", "TAKER '-1': expected a rate from 0 to 0.99999999, as 0.001"},
        {"account fees bob 0 0 5:1:0",
         "with rates below 1, as 100000:0.0008:0.0009, found '5:1:0'"},
        {"account fees bob 0 0 5:0:0 5:0:0", "tiers VOLUME:MAKER:TAKER that ascend"},
        {"account fees bob 0 0 5:0", "tiers VOLUME:MAKER:TAKER that ascend"},
        {"account close bob", "expected account add"},
        {"clock skew", "expected clock skew"},
        {"clock skew soon", "MILLISECONDS, -86400000 to 86400000, found 'soon'"},
        {"clock skew 86400001", "MILLISECONDS, -86400000 to 86400000, found '86400001'"},
        {"balance bob usdt 1", "ASSET 'usdt': expected capital letters and digits, 1 to 10"},
        {"balance bob USDT 0.000000001",
         "DELTA '0.000000001': expected a decimal from -92233720368.54775807 to "
         "92233720368.54775807, of eight places at most"},
        {"balance bob USDT lots", "DELTA 'lots': expected a decimal from -92233720368.54775807 to"},
        {"balance bob USDT -10000.00000001", "expected no less than -10000.00000000, what is free"},
        {"external-lock bob USDT", "expected external-lock ACCOUNT ASSET DELTA"},
        {"external-lock bob USDT 10000.00000001",
         "DELTA '10000.00000001': expected from -0.00000000, what is locked so, to "
         "10000.00000000,"},
        {"external-lock bob USDT -0.00000001", "expected from -0.00000000, what is locked so"},
        {"foreign-order bob BTCUSDT HOLD 1 1", "SIDE 'HOLD': expected BUY or SELL"},
        {"foreign-order bob BTCUSDT BUY x 1", "PRICE 'x': expected a decimal, as 0.001"},
        {"foreign-order bob BTCUSDT BUY 1 x", "QTY 'x': expected a decimal, as 0.001"},
        {"tear moon", "tear 'moon': expected streams, orders, second, wsapi or all"},
        {"disconnect moon", "disconnect 'moon': expected streams, orders, second, wsapi or all"},
        {"mute all", "mute 'all': expected orders, second or wsapi"},
        {"lost-ack maybe", "lost-ack 'maybe': expected on or off"},
        {"silence streams maybe", "silence streams 'maybe': expected on or off"},
        {"error-after-accept 1000001", "'1000001': expected a number of answers, 0 to 1000000"},
    };
    ASSERT_EQ(venue.control("clock skew 7000"), "ok");
    const std::string skewed = venue.control("fault list");
    for (const auto& [command, why] : rows) {
        const std::string answer = venue.control(command);
        EXPECT_EQ(answer.substr(0, 7), "error: ") << command;
        EXPECT_NE(answer.find(why), std::string::npos) << command << ": " << answer;
    }
    EXPECT_EQ(venue.control("fault list"), skewed) << "what is refused changes nothing";
}

}  // namespace
}  // namespace portcullis::tools::venue
