// A venue with one client of each sort, so that a test sees what a fault does to what they hear.
#pragma once

#include <algorithm>

#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {

class FaultsTest : public VenueTest {
protected:
    FaultsTest() {
        stream = open("/ws/btcusdt@trade/btcusdt@depth@100ms/btcusdt@bookTicker", market);
        orders = open("/ws-api/v3", account);
        ask(*orders, signed_request("userDataStream.subscribe.signature", {}));
        account.sent.clear();
    }

    static void ask(WebSocketHandler& session, const std::string& text) { session.on_text(text); }

    /// A request signed with alice's HMAC key; `fields` in alphabetical order, without timestamp.
    [[nodiscard]] std::string signed_request(
        const std::string& method, std::vector<std::pair<std::string, std::string>> fields) const {
        fields.emplace_back("apiKey", hmac_key);
        fields.emplace_back("timestamp", std::to_string(now_ms()));
        std::sort(fields.begin(), fields.end());
        std::string text;
        std::string params;
        for (const auto& [name, value] : fields) {
            text += (text.empty() ? "" : "&") + name + "=" + value;
            params += (params.empty() ? "\"" : ",\"") + name + "\":\"" + value + "\"";
        }
        params += ",\"signature\":\"" + hmac_hex(hmac_secret, text) + "\"";
        return R"({"id":1,"method":")" + method + R"(","params":{)" + params + "}}";
    }
    void place(const std::string& price, const std::string& qty, const std::string& side = "BUY") {
        ask(*orders, signed_request("order.place", {{"price", price},
                                                    {"quantity", qty},
                                                    {"side", side},
                                                    {"symbol", "BTCUSDT"},
                                                    {"timeInForce", "GTC"},
                                                    {"type", "LIMIT"}}));
    }
    void cancel(const std::string& order_id) {
        ask(*orders,
            signed_request("order.cancel", {{"orderId", order_id}, {"symbol", "BTCUSDT"}}));
    }
    void trade_at(const std::string& price, const std::string& qty) {
        venue.exchange().market_trade("BTCUSDT", level(price, "0").price, level("0", qty).qty, true,
                                      now_ms());
    }
    void later(std::int64_t ms) {
        now_us += ms * 1000;
        venue.faults().poll();
    }
    void command(const std::string& line) { EXPECT_EQ(venue.control(line), "ok") << line; }
    void publish(int number) {
        venue.publish("btcusdt@trade", "{\"t\":" + std::to_string(number) + "}");
    }
    /// What the account heard, an answer as its status, an event as its execution type.
    [[nodiscard]] std::vector<std::string> heard() const {
        std::vector<std::string> out;
        for (const std::string& text : account.sent) {
            const std::string kind = member(text, "/event/x");
            const std::string event = member(text, "/event/e");
            out.push_back(!kind.empty()    ? kind.substr(1, kind.size() - 2)
                          : !event.empty() ? event.substr(1, event.size() - 2)
                                           : "answer " + member(text, "/status"));
        }
        return out;
    }
    /// The same without balances.
    [[nodiscard]] std::vector<std::string> reports() const {
        auto out = heard();
        std::erase(out, "outboundAccountPosition");
        return out;
    }
    using Texts = std::vector<std::string>;

    FakePeer market, account;
    std::unique_ptr<WebSocketHandler> stream, orders;
};

}  // namespace portcullis::tools::venue
