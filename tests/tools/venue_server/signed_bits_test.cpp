// Signed requests that others made: accepted as they stand, refused with -1022 when one bit
// differs.
//
// The requests are Binance's own examples and what ccxt signed with a fixed key and clock. Each
// goes through the door that it was made for. Only bits that cannot matter by the documents are
// left out: the case of HMAC's hexadecimal letters.
#include <simdjson.h>

#include <set>

#include "tests/gateways/codec/vectors.hpp"
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

using gateways::test::vector_path;

struct Recorded {
    std::string verb, path, query, body, secret;
    std::int64_t time_ms{};
};

constexpr std::string_view separator = "&signature=";

/// A venue of its own for one request, at its time, with what it needs to succeed.
struct Desk {
    explicit Desk(std::int64_t time_ms, const std::string& secret)
        : now_us(time_ms * 1000), venue({}, [this] { return now_us; }) {
        for (const char* name : {"LTCBTC", "BTCUSDT",
                                 "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x95"
                                 "\xEF\xBC\x96"}) {
            Symbol symbol = btcusdt();
            symbol.name = name;
            symbol.notional_min = {};
            venue.exchange().add_symbol(symbol);
            venue.exchange().market_snapshot(name, {}, {}, 10);
        }
        AccountSetup account;
        account.name = "account";
        account.balances["BTC"].free = account.balances["USDT"].free = amount("1000000");
        ApiKey key;
        key.api_key = hmac_key;
        key.account = venue.add_account(account);
        EXPECT_TRUE(venue.keys().add(key, secret));
    }
    HttpReply send(const Recorded& request, const std::string& query, const std::string& body) {
        HttpRequest http;
        http.verb = request.verb;
        http.target = request.path + (query.empty() ? "" : "?" + query);
        http.body = body;
        http.content_type = "application/x-www-form-urlencoded";
        http.ip = "127.0.0.1";
        http.api_key = hmac_key;
        return venue.http(http);
    }
    std::int64_t now_us;
    Venue venue;
};

/// Every text that differs from `text` in one bit, where `from` to `to` may differ.
template <class Try>
void flip_each_bit(const std::string& text, std::size_t from, std::size_t to, Try attempt) {
    for (std::size_t at = from; at < to; ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string other = text;
            other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ (1U << bit));
            attempt(other, at, bit);
        }
    }
}

bool only_case(const std::string& text, std::size_t at, unsigned bit) {
    return bit == 5 && std::isalpha(static_cast<unsigned char>(text[at])) != 0;
}

/// The number of flips that were refused.
std::size_t expect_refused_in_every_bit(const Recorded& request) {
    const bool in_body = !request.body.empty();
    const std::string& text = in_body ? request.body : request.query;
    const std::size_t end = text.find(separator);
    const std::size_t signature = end + separator.size();
    EXPECT_NE(end, std::string::npos) << text;
    std::size_t refused = 0;
    const auto attempt = [&](const std::string& other, std::size_t at, unsigned bit) {
        if (at >= signature && only_case(text, at, bit)) {
            return;
        }
        Desk desk(request.time_ms, request.secret);
        const HttpReply reply = in_body ? desk.send(request, request.query, other)
                                        : desk.send(request, other, request.body);
        EXPECT_EQ(reply.status, 400) << other;
        EXPECT_EQ(member(reply.body, "/code"), "-1022") << reply.body << " " << other;
        ++refused;
    };
    flip_each_bit(text, 0, end, attempt);
    flip_each_bit(text, signature, text.size(), attempt);
    return refused;
}

std::string text_of(simdjson::simdjson_result<simdjson::dom::element> element) {
    std::string_view view;
    return element.get(view) == simdjson::SUCCESS ? std::string(view) : std::string();
}

/// What ccxt signed for Binance under paths that begin so.
std::vector<Recorded> signed_by_ccxt(const std::string& path) {
    std::vector<Recorded> requests;
    simdjson::dom::parser parser;
    for (const simdjson::dom::element row :
         parser.load(vector_path("signing/ccxt_signed_requests.json")).get_array()) {
        std::string url = text_of(row["expect"]["url"]);
        const std::size_t host = url.find(path);
        if (text_of(row["venue"]) != "binance" || host == std::string::npos) {
            continue;
        }
        url.erase(0, host);
        const std::size_t mark = std::min(url.find('?'), url.size());
        requests.push_back({text_of(row["method"]), url.substr(0, mark),
                            url.substr(std::min(mark + 1, url.size())),
                            text_of(row["expect"]["body"]), text_of(row["secret"]),
                            row["time_ms"].get_int64().value()});
    }
    return requests;
}

const std::string documented =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
    "timestamp=1499827319559&signature="
    "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";

TEST(SignedBits, of_the_documented_order_are_all_needed) {
    const Recorded request{"POST", "/api/v3/order", documented, "", hmac_secret, 1499827319559};
    Desk desk(request.time_ms, request.secret);
    EXPECT_EQ(desk.send(request, request.query, "").status, 200);
    EXPECT_GT(expect_refused_in_every_bit(request), 1300U);
    const Recorded posted{"POST", "/api/v3/order", "", documented, hmac_secret, 1499827319559};
    EXPECT_GT(expect_refused_in_every_bit(posted), 1300U) << "in the body";
}

TEST(SignedBits, of_documented_and_recorded_requests_are_all_needed) {
    PORTCULLIS_NEEDS_VECTORS("signing/ccxt_signed_requests.json");
    PORTCULLIS_NEEDS_VECTORS("signing/official_doc_examples.json");
    std::vector<Recorded> requests = signed_by_ccxt("/api/v3/");
    EXPECT_EQ(requests.size(), 8U);
    simdjson::dom::parser parser;
    for (const simdjson::dom::element row :
         parser.load(vector_path("signing/official_doc_examples.json")).get_array()) {
        if (text_of(row["venue"]) == "binance") {
            requests.push_back(
                {"POST", "/api/v3/order",
                 text_of(row["payload"]) + std::string(separator) + text_of(row["signature"]), "",
                 text_of(row["secret"]), 1499827319559});
        }
    }
    EXPECT_EQ(requests.size(), 2U + 8U);
    std::set<std::string> outcomes;
    std::size_t refused = 0;
    for (const Recorded& request : requests) {
        Desk desk(request.time_ms, request.secret);
        const HttpReply reply = desk.send(request, request.query, request.body);
        const std::string code = member(reply.body, "/code");
        outcomes.insert(std::to_string(reply.status) + code);
        // The cancel names an order that nobody has: its signature was good.
        EXPECT_TRUE(reply.status == 200 || code == "-2011") << reply.body << request.query;
        refused += expect_refused_in_every_bit(request);
    }
    EXPECT_EQ(outcomes, (std::set<std::string>{"200", "400-2011"}));
    RecordProperty("flips_refused", static_cast<int>(refused));
    EXPECT_GT(refused, 9000U);
}

TEST(SignedBits, of_the_recorded_withdrawal_are_all_needed) {
    PORTCULLIS_NEEDS_VECTORS("signing/ccxt_signed_requests.json");
    const std::vector<Recorded> requests = signed_by_ccxt("/sapi/v1/capital/withdraw/apply");
    ASSERT_EQ(requests.size(), 1U);
    Desk desk(requests[0].time_ms, requests[0].secret);
    const HttpReply reply = desk.send(requests[0], requests[0].query, requests[0].body);
    if (reply.status == 404) {
        GTEST_SKIP() << "SKIPPED: POST " << requests[0].path << " is not served: it comes with the "
                     << "withdrawals, which are the vault's";
    }
    EXPECT_GT(expect_refused_in_every_bit(requests[0]), 100U);
}

class SignedBitsWsApi : public VenueTest {
protected:
    static LimitsConfig patient() {
        LimitsConfig limits;
        limits.request_weight_per_minute = limits.raw_requests_per_5_minutes = 1'000'000;
        return limits;
    }
    SignedBitsWsApi() : VenueTest(patient()), session(open("/ws-api/v3", peer)) {}

    std::string ask(const std::string& method, const std::vector<std::string>& names,
                    const std::vector<std::string>& values) {
        std::string params;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const bool number = names[i] == "timestamp" || names[i] == "recvWindow";
            params += (i == 0 ? "\"" : ",\"") + names[i] +
                      "\":" + (number ? values[i] : "\"" + values[i] + "\"");
        }
        session->on_text(R"({"id":1,"method":")" + method + R"(","params":{)" + params + "}}");
        return peer.last();
    }
    static bool plain(char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; }
    void expect_refused(const std::string& method, const std::vector<std::string>& names,
                        const std::vector<std::string>& values, bool hex) {
        EXPECT_EQ(member(ask(method, names, values), "/status"), "200") << peer.last();
        std::size_t refused = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto attempt = [&](const std::string& other, std::size_t at, unsigned bit) {
                const bool number = names[i] == "timestamp" || names[i] == "recvWindow";
                const bool legal = number ? other[at] >= '0' && other[at] <= '9' && other[0] != '0'
                                          : plain(other[at]);
                if (!legal || (names[i] == "signature" && hex && only_case(values[i], at, bit))) {
                    return;  // no JSON of this shape, or the same number in another case
                }
                std::vector<std::string> changed = values;
                changed[i] = other;
                const std::string reply = ask(method, names, changed);
                EXPECT_EQ(member(reply, "/error/code"), "-1022") << names[i] << " " << reply;
                ++refused;
            };
            if (names[i] != "apiKey") {  // another key is unknown, -2015, whatever was signed
                flip_each_bit(values[i], 0, values[i].size(), attempt);
            }
        }
        EXPECT_GT(refused, 300U);
    }

    FakePeer peer;
    std::unique_ptr<WebSocketHandler> session;
};

TEST_F(SignedBitsWsApi, of_the_documented_orders_and_logon_are_all_needed) {
    const std::vector<std::string> names = {"price",     "quantity",    "recvWindow", "side",
                                            "symbol",    "timeInForce", "timestamp",  "type",
                                            "signature", "apiKey"};
    now_us = 1'645'423'376'532'000;
    const auto order = [](const char* signature, const char* key) {
        return std::vector<std::string>{"52000.00", "0.01000000",    "100",   "SELL",    "BTCUSDT",
                                        "GTC",      "1645423376532", "LIMIT", signature, key};
    };
    expect_refused(
        "order.test", names,
        order("aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24", hmac_key), true);
    expect_refused(
        "order.test", names,
        order("82wlF5RobwT7JZehRQgOaupNEm5GrAqJj5tqZeCCE6ZxkhlUbWBThOx00q3FVnCKn882P+9p85phztjk4b"
              "OMAQ==",
              ed25519_key),
        false);
    now_us = 1'649'729'878'630'000;
    expect_refused("session.logon", {"timestamp", "signature", "apiKey"},
                   {"1649729878532",
                    "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYf"
                    "EtZbV/Ag==",
                    ed25519_key},
                   false);
}

}  // namespace
}  // namespace portcullis::tools::venue
