// A venue without sockets: one symbol, two accounts, a key of each kind, a clock that stands still
// until moved, and peers that keep what they were sent.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/types/decimal.hpp"
#include "tests/support/json_member.hpp"
#include "tools/venue/server/stream_names.hpp"
#include "tools/venue/server/venue.hpp"

namespace portcullis::tools::venue {

/// Keeps the frames that a handler sends.
struct FakePeer final : Peer {
    void send(std::shared_ptr<const std::string> text) override { sent.push_back(*text); }
    void close(std::uint16_t code, std::string_view reason) override {
        close_code = code;
        close_reason = reason;
    }
    void cut() override { is_cut = true; }
    void tear() override { is_torn = true; }
    void shape(const WireAct& what) override { shapes.push_back(what); }
    [[nodiscard]] bool reachable() const override {
        return !is_cut && !is_torn &&
               std::none_of(shapes.begin(), shapes.end(), [](const WireAct& act) {
                   return act.kind == WireAct::Kind::half_open;
               });
    }

    [[nodiscard]] std::string last() const { return sent.empty() ? "" : sent.back(); }
    std::vector<std::string> sent;
    std::uint16_t close_code{0};
    std::string close_reason;
    bool is_cut{false};
    bool is_torn{false};
    std::vector<WireAct> shapes;
};

/// The published example keys of Binance's documents.
inline constexpr const char* hmac_key =
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
inline constexpr const char* hmac_secret =
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
inline constexpr const char* ed25519_key =
    "4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO";
inline constexpr const char* ed25519_public =
    "MCowBQYDK2VwAyEAGUIKv9dSpWXBViXp2m6vAIb8QMFJYBgyFEQsFJlqgA0=";
inline const std::string reader_key(64, 'R');
inline const std::string bob_key(64, 'B');
inline constexpr const char* bob_secret = "bob's secret";

inline std::string hmac_hex(std::string_view secret, std::string_view text) {
    unsigned char digest[32];
    unsigned int length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
    std::string out;
    for (const unsigned char byte : digest) {
        static constexpr char hex[] = "0123456789abcdef";
        out += hex[byte >> 4U];
        out += hex[byte & 15U];
    }
    return out;
}

/// JSON text of one member, or empty.
inline std::string member(const std::string& json, const std::string& pointer) {
    return test::json_member(json, pointer);
}
inline AmountAtoms amount(std::string_view text) {
    return AmountAtoms{engine::parse_decimal(text).atoms};
}
inline Level level(std::string_view price, std::string_view qty) {
    return {PriceAtoms{engine::parse_decimal(price).atoms},
            QtyAtoms{engine::parse_decimal(qty).atoms}};
}

inline Symbol btcusdt() {
    Symbol symbol;
    symbol.name = "BTCUSDT";
    symbol.base = "BTC";
    symbol.quote = "USDT";
    symbol.tick = symbol.price_min = level("0.01", "0").price;
    symbol.price_max = level("1000000", "0").price;
    symbol.lot = symbol.qty_min = level("0", "0.00001").qty;
    symbol.qty_max = level("0", "9000").qty;
    symbol.notional_min = amount("5");
    symbol.notional_max = amount("9000000");
    return symbol;
}

inline HttpReply get(Venue& venue, const std::string& target) {
    HttpRequest request;
    request.verb = "GET";
    request.target = target;
    request.ip = "127.0.0.1";
    return venue.http(request);
}

class VenueTest : public testing::Test {
protected:
    explicit VenueTest(LimitsConfig limits = {}) : venue(limits, [this] { return now_us; }) {
        venue.exchange().add_symbol(btcusdt());
        alice = venue.add_account(setup("alice"));
        bob = venue.add_account(setup("bob"));
        add_key(hmac_key, ApiKeyKind::hmac, hmac_secret, alice, true);
        add_key(ed25519_key, ApiKeyKind::ed25519, ed25519_public, alice, true);
        add_key(reader_key, ApiKeyKind::hmac, hmac_secret, alice, false);
        add_key(bob_key, ApiKeyKind::hmac, bob_secret, bob, true);
        venue.exchange().market_snapshot("BTCUSDT", {level("100", "1"), level("99", "2")},
                                         {level("101", "1"), level("102", "2")}, 10);
    }

    static AccountSetup setup(const std::string& name) {
        AccountSetup account;
        account.name = name;
        account.balances["BTC"].free = amount("10");
        account.balances["USDT"].free = amount("10000");
        account.maker_fee_e8 = 100'000;
        account.taker_fee_e8 = 150'000;
        return account;
    }

    void add_key(const std::string& name, ApiKeyKind kind, const std::string& material,
                 AccountId account, bool trade) {
        ApiKey key;
        key.api_key = name;
        key.kind = kind;
        key.account = account;
        key.may.trade = trade;
        const auto added = venue.keys().add(key, material);
        EXPECT_TRUE(added) << added.error();
    }

    std::unique_ptr<WebSocketHandler> open(const std::string& target, FakePeer& peer) {
        HttpReply refusal;
        auto handler = venue.open(target, "127.0.0.1", peer, refusal);
        EXPECT_TRUE(handler) << refusal.status << " " << refusal.body;
        return handler;
    }

    void tick(bool full_second) { venue.tick(full_second, now_ms()); }
    [[nodiscard]] std::int64_t now_ms() const { return now_us / 1000; }

    /// A REST request signed with the HMAC example key; `query` without timestamp.
    HttpReply rest(const std::string& verb, const std::string& path, std::string query,
                   const std::string& key = hmac_key, const std::string& secret = hmac_secret) {
        if (query.find("timestamp=") == std::string::npos) {
            query += (query.empty() ? "timestamp=" : "&timestamp=") + std::to_string(now_ms());
        }
        HttpRequest request;
        request.verb = verb;
        request.target = path + "?" + query + "&signature=" + hmac_hex(secret, query);
        request.api_key = key;
        request.ip = "127.0.0.1";
        return venue.http(request);
    }
    HttpReply get(const std::string& target) { return venue::get(venue, target); }
    /// Places through REST; the order id.
    std::string place(const std::string& fields) {
        const HttpReply reply = rest("POST", "/api/v3/order", "symbol=BTCUSDT&" + fields);
        EXPECT_EQ(reply.status, 200) << reply.body;
        const std::size_t at = reply.body.find("\"orderId\":") + 10;
        return reply.body.substr(at, reply.body.find(',', at) - at);
    }

    std::int64_t now_us{1'700'000'000'000'000};
    Venue venue;
    AccountId alice{}, bob{};
};

/// The same, and trades of a recording that the venue publishes.
class RecordedTradesTest : public VenueTest {
protected:
    /// 2023-11-14 22:13:20 UTC.
    static constexpr std::int64_t base_ms = 1'700'000'000'000;

    void trade(std::int64_t id, std::int64_t time_ms, const std::string& price,
               const std::string& qty, bool buyer_is_maker = false,
               const std::string& symbol = "BTCUSDT") {
        venue.publish(lower_case(symbol) + "@trade",
                      R"({"e":"trade","E":)" + std::to_string(time_ms) + R"(,"s":")" + symbol +
                          R"(","t":)" + std::to_string(id) + R"(,"p":")" + price + R"(","q":")" +
                          qty + R"(","T":)" + std::to_string(time_ms) + R"(,"m":)" +
                          (buyer_is_maker ? "true" : "false") + R"(,"M":true})");
    }
    /// Six trades over five minutes; the second and third are one aggregate.
    void some_trades() {
        trade(70, base_ms, "100.00000000", "1.00000000");
        trade(71, base_ms + 500, "101.00000000", "0.50000000", true);
        trade(72, base_ms + 500, "101.00000000", "0.25000000", true);
        trade(73, base_ms + 500, "100.50000000", "2.00000000", true);
        trade(74, base_ms + 90'000, "99.00000000", "1.00000000");
        trade(75, base_ms + 300'000, "102.00000000", "4.00000000");
    }
};

/// A venue, and a session of the WebSocket API that hears alice's account.
class AccountStreamTest : public VenueTest {
protected:
    AccountStreamTest() : session(open("/ws-api/v3?returnRateLimits=false", peer)) {
        Params params;
        params.add("apiKey", hmac_key);
        params.add("timestamp", std::to_string(now_ms()));
        session->on_text(R"({"id":"s","method":"userDataStream.subscribe.signature","params":{)"
                         R"("apiKey":")" +
                         std::string(hmac_key) + R"(","timestamp":")" + std::to_string(now_ms()) +
                         R"(","signature":")" + hmac_hex(hmac_secret, params.signing_text()) +
                         "\"}}");
        peer.sent.clear();
    }
    void trade(const std::string& price, const std::string& qty) {
        venue.exchange().market_trade("BTCUSDT", level(price, "0").price, level("0", qty).qty, true,
                                      now_ms());
    }
    /// A member of an event that was sent, without quotes.
    static std::string of_event(const std::string& sent, const char* key) {
        std::string value = member(sent, std::string("/event/") + key);
        std::erase(value, '"');
        return value;
    }
    /// What `in_short` says of each event that was sent since the last time.
    template <class InShort>
    std::string told(const InShort& in_short) {
        std::string text;
        for (const std::string& sent : peer.sent) {
            text += in_short(sent);
        }
        peer.sent.clear();
        return text;
    }

    FakePeer peer;
    std::unique_ptr<WebSocketHandler> session;
};

}  // namespace portcullis::tools::venue
