// The watchdog's door: two requests, each exactly so, and no other.
#include "gateways/binance/cancel_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace portcullis::gateways::binance {
namespace {

using engine::WallNs;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr WallNs now{1'700'000'000'123'000'000};

struct PlainSigner final : Signer {
    bool away{};
    std::string signed_text;
    KeyKind kind() const noexcept override { return KeyKind::ed25519; }
    std::string_view api_key() const noexcept override { return "key-of-the-watch"; }
    std::size_t sign(std::string_view text, char* out) noexcept override {
        signed_text = text;
        const std::string_view signature = "a+b/c=";
        signature.copy(out, signature.size());
        return away ? 0 : signature.size();
    }
};

HttpResponse answer(unsigned status, const std::string& body) {
    HttpResponse response;
    response.status = status;
    response.body_size = body.size();
    response.padded_body = body + std::string(64, '\0');
    return response;
}

struct Door : testing::Test {
    PlainSigner signer;
    std::deque<HttpResponse> answers;
    std::vector<HttpRequest> asked;
    CancelDoor door{"/api/v3", signer, [this](const HttpRequest& request) {
                        asked.push_back(request);
                        if (answers.empty()) {
                            return engine::Result<HttpResponse>(engine::Error{"no connection"});
                        }
                        const HttpResponse next = answers.front();
                        answers.pop_front();
                        return engine::Result<HttpResponse>(next);
                    }};
};

TEST_F(Door, AsksForTheOpenOrdersOfTheWholeAccount) {
    answers.push_back(answer(200, R"([{"symbol":"BTCUSDT","orderId":7,"clientOrderId":"x-1"},
                                      {"symbol":"ETHUSDT","orderId":8,"clientOrderId":"y"}])"));
    const auto rows = door.open_orders(now);
    ASSERT_TRUE(rows.ok()) << rows.error();
    ASSERT_EQ(rows.value().size(), 2U);
    EXPECT_EQ(rows.value()[0].symbol, "BTCUSDT");
    EXPECT_EQ(rows.value()[0].order_id, 7U);
    EXPECT_EQ(rows.value()[1].client_id, "y");
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].method, HttpMethod::get);
    EXPECT_EQ(asked[0].target,
              "/api/v3/openOrders?recvWindow=5000&timestamp=1700000000123&signature=a%2Bb%2Fc%3D");
    EXPECT_EQ(signer.signed_text, "recvWindow=5000&timestamp=1700000000123");
    EXPECT_THAT(asked[0].headers, ElementsAre(std::pair<std::string, std::string>(
                                      "X-MBX-APIKEY", "key-of-the-watch")));
    EXPECT_EQ(asked[0].body, "");
}

TEST_F(Door, CancelsAllOfASymbolAndThatThereWasNothingIsAsGood) {
    answers.push_back(answer(200, R"([{"symbol":"BTCUSDT","origClientOrderId":"x-1","orderId":7,
        "clientOrderId":"made-up"},{"orderListId":4,"contingencyType":"OCO"}])"));
    answers.push_back(answer(200, "{}"));
    answers.push_back(answer(400, R"({"code":-2011,"msg":"Unknown order sent."})"));
    const auto canceled = door.cancel_all("BTCUSDT", now);
    ASSERT_TRUE(canceled.ok());
    ASSERT_EQ(canceled.value().size(), 1U);
    EXPECT_EQ(canceled.value()[0].client_id, "x-1");
    EXPECT_EQ(canceled.value()[0].cancel_id, "made-up");
    EXPECT_EQ(canceled.value()[0].order_id, 7U);
    EXPECT_TRUE(door.cancel_all("BTCUSDT", now).ok()) << "it is done, whatever is said of it";
    EXPECT_TRUE(door.cancel_all("BTCUSDT", now).ok());
    ASSERT_EQ(asked.size(), 3U);
    EXPECT_EQ(asked[0].method, HttpMethod::del);
    EXPECT_EQ(asked[0].target,
              "/api/v3/openOrders?recvWindow=5000&symbol=BTCUSDT&timestamp=1700000000123"
              "&signature=a%2Bb%2Fc%3D");
}

TEST_F(Door, WhatIsNoAnswerIsNoEmptyList) {
    for (const auto& [status, body] : {std::pair<unsigned, const char*>{500, "[]"},
                                       {429, R"({"code":-1003})"},
                                       {200, "{}"},
                                       {200, ""},
                                       {200, "[{}]"},
                                       {200, R"([{"symbol":"A","orderId":-1,"clientOrderId":""}])"},
                                       {200, "[}"}}) {
        answers = {answer(status, body)};
        EXPECT_FALSE(door.open_orders(now).ok()) << status << ' ' << body;
    }
    answers.clear();
    EXPECT_FALSE(door.open_orders(now).ok());
    EXPECT_FALSE(door.cancel_all("BTCUSDT", now).ok());
    answers = {answer(400, R"({"code":-1100})")};
    EXPECT_THAT(door.cancel_all("BTCUSDT", now).error(), HasSubstr("400, code -1100"));
}

TEST_F(Door, ATextThatIsNoSymbolNeverReachesTheVenue) {
    for (const char* text : {"", "btc", "A&side=BUY", "A B", "A/B", "A%20"}) {
        EXPECT_FALSE(door.cancel_all(text, now).ok()) << text;
    }
    EXPECT_TRUE(asked.empty());
}

TEST_F(Door, AClockThatIsOffIsPutRightByTheVenues) {
    answers = {answer(400, R"({"code":-1021,"msg":"Timestamp"})"),
               answer(200, R"({"serverTime":1700000007123})"), answer(200, "[]")};
    EXPECT_FALSE(door.open_orders(now).ok());
    EXPECT_TRUE(door.open_orders(now).ok());
    ASSERT_EQ(asked.size(), 3U);
    EXPECT_EQ(asked[1].target, "/api/v3/time");
    EXPECT_THAT(asked[2].target, HasSubstr("timestamp=1700000007123&"));
}

TEST_F(Door, WithoutASignatureNothingLeaves) {
    signer.away = true;
    EXPECT_FALSE(door.open_orders(now).ok());
    EXPECT_FALSE(door.cancel_all("BTCUSDT", now).ok());
    EXPECT_TRUE(asked.empty());
}

}  // namespace
}  // namespace portcullis::gateways::binance
