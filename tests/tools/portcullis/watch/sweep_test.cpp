// When is it proven that nothing is open?
#include "tools/portcullis/watch/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace portcullis::tools {
namespace {

using engine::milliseconds;
using engine::MonoNs;
using engine::WallNs;
using gateways::HttpMethod;
using gateways::HttpRequest;
using gateways::HttpResponse;
using testing::HasSubstr;

struct AlwaysSigns final : gateways::Signer {
    gateways::KeyKind kind() const noexcept override { return gateways::KeyKind::ed25519; }
    std::string_view api_key() const noexcept override { return "k"; }
    std::size_t sign(std::string_view, char* out) noexcept override {
        *out = 's';
        return 1;
    }
};

/// A venue of open orders by symbol, whose cancels may be lost.
struct Sweeping : testing::Test {
    bool round(std::int64_t ms) {
        return sweep.round(MonoNs{ms * 1'000'000 + 1}, WallNs{1'700'000'000'000'000'000});
    }
    void begin() { sweep.begin(MonoNs{1}); }

    engine::Result<HttpResponse> perform(const HttpRequest& request) {
        if (lost > 0) {
            --lost;
            return engine::Error{"no connection"};
        }
        HttpResponse response;
        response.status = 200;
        std::string body = "[";
        if (request.method == HttpMethod::del) {
            const std::size_t at = request.target.find("symbol=") + 7;
            const std::string symbol = request.target.substr(at, request.target.find('&', at) - at);
            cancelled.push_back(symbol);
            EXPECT_FALSE(journal.empty()) << "written down before it leaves";
            if (!deaf && open.contains(symbol)) {
                body += "{\"origClientOrderId\":\"c\",\"clientOrderId\":\"v\",\"orderId\":" +
                        std::to_string(open[symbol]) + "}";
                open.erase(symbol);
            }
        } else {
            for (const auto& [symbol, order] : open) {
                body += (body.size() > 1 ? "," : "") + ("{\"symbol\":\"" + symbol) +
                        "\",\"clientOrderId\":\"c\",\"orderId\":" + std::to_string(order) + "}";
            }
        }
        body += "]";
        response.body_size = body.size();
        response.padded_body = body + std::string(64, '\0');
        return response;
    }

    AlwaysSigns signer;
    gateways::binance::CancelDoor door{
        "/api/v3", signer, [this](const HttpRequest& request) { return perform(request); }};
    std::map<std::string, int> open;
    std::vector<std::string> cancelled, journal;
    bool writable{true}, deaf{};
    int lost{};
    Sweep sweep{door, {"BTCUSDT", "ETHUSDT"}, milliseconds(2'000), [this](const std::string& line) {
                    journal.push_back(line);
                    return writable;
                }};
};

TEST_F(Sweeping, CancelsEverySymbolOfTheConfigInTheFirstInstant) {
    open = {{"BTCUSDT", 1}, {"ETHUSDT", 2}};
    begin();
    EXPECT_FALSE(round(0)) << "an order of the last instant may be on its way";
    EXPECT_EQ(cancelled, (std::vector<std::string>{"BTCUSDT", "ETHUSDT"}));
    EXPECT_TRUE(open.empty());
    EXPECT_FALSE(round(1'999));
    EXPECT_TRUE(round(2'000));
    EXPECT_EQ(sweep.counters().cancels, 2U);
    EXPECT_EQ(sweep.counters().empty_first.value, 1);
    EXPECT_EQ((sweep.counters().proven - sweep.counters().begun), milliseconds(2'000));
}

TEST_F(Sweeping, WhatComesLateAndOnAnotherSymbolIsCancelledAsWell) {
    begin();
    EXPECT_FALSE(round(0));
    open = {{"BNBUSDT", 9}, {"BTCUSDT", 5}};
    EXPECT_FALSE(round(900));
    EXPECT_TRUE(open.empty());
    EXPECT_EQ(sweep.counters().open, 2U);
    EXPECT_THAT(journal[2], HasSubstr(R"("cancel_all":"BNBUSDT")"));
    EXPECT_THAT(journal[2], HasSubstr(R"("orders":[{"order":9,"client":"c"}])"));
    EXPECT_EQ(journal[3],
              R"({"canceled":"BNBUSDT","orders":[{"order":9,"client":"c","cancel":"v"}]})");
    EXPECT_FALSE(round(1'200));
    EXPECT_TRUE(round(2'100));
}

TEST_F(Sweeping, IsRepeatedUntilTheVenueHasHeard) {
    open = {{"BTCUSDT", 1}};
    deaf = true;
    begin();
    for (std::int64_t ms = 0; ms < 5'000; ms += 250) {
        EXPECT_FALSE(round(ms));
    }
    EXPECT_EQ(sweep.counters().cancels, 2U + 20U);
    deaf = false;
    EXPECT_FALSE(round(5'000));
    EXPECT_TRUE(round(5'250));
    EXPECT_EQ(sweep.counters().rounds, 22U);
}

TEST_F(Sweeping, AVenueThatDoesNotAnswerProvesNothing) {
    lost = 6;
    begin();
    EXPECT_FALSE(round(0));
    EXPECT_FALSE(round(2'500));
    EXPECT_EQ(sweep.trouble(), "no connection");
    EXPECT_EQ(sweep.counters().failures, 4U);
    EXPECT_FALSE(round(2'750));
    EXPECT_FALSE(round(3'000));
    EXPECT_TRUE(round(3'250));
}

TEST_F(Sweeping, CancelsWhatItCannotWriteDown) {
    open = {{"BTCUSDT", 1}};
    writable = false;
    begin();
    EXPECT_FALSE(round(0));
    EXPECT_TRUE(open.empty());
    EXPECT_EQ(sweep.trouble(), "the watch's journal cannot be written");
}

}  // namespace
}  // namespace portcullis::tools
