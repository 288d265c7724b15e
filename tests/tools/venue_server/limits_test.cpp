// Limits: aligned windows, 429 then 418, orders per account.
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t start = 1'700'000'040'000;  // a whole minute
static_assert(start % minute == 0);

TEST(Limits, weight_fits_to_the_edge_and_starts_again_with_the_minute) {
    Limits limits({});
    EXPECT_FALSE(limits.admit("ip", 5999, start + 1));
    EXPECT_FALSE(limits.admit("ip", 1, start + 2));
    const auto over = limits.admit("ip", 1, start + 3);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->status, 429);
    EXPECT_EQ(over->code, -1003);
    EXPECT_EQ(over->retry_after_ms, start + minute);
    EXPECT_EQ(member(over->json(Door::websocket), "/data"),
              R"({"serverTime":1700000040003,"retryAfter":1700000100000})");
    EXPECT_EQ(member(over->json(Door::rest), "/data"), "") << "there it is a header";
    EXPECT_FALSE(limits.admit("other ip", 1, start + 3));
    EXPECT_FALSE(limits.admit("ip", 1, start + minute));
    EXPECT_EQ(limits.weight_used("ip", start + minute), 1);
}

TEST(Limits, who_goes_on_after_429_is_banned_and_then_longer) {
    LimitsConfig config;
    config.request_weight_per_minute = 1;
    config.ignored_until_ban = 2;
    Limits limits(config);
    EXPECT_FALSE(limits.admit("ip", 1, start));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(limits.admit("ip", 1, start + 1)->status, 429) << i;
    }
    const auto ban = limits.admit("ip", 1, start + 1);
    ASSERT_TRUE(ban);
    EXPECT_EQ(ban->status, 418);
    EXPECT_EQ(ban->retry_after_ms, start + 1 + config.first_ban_ms);
    EXPECT_NE(ban->message.find("IP banned until"), std::string::npos);
    const auto refused = limits.admit_connection("ip", start + 2);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 418);
    EXPECT_EQ(refused->retry_after_ms, start + 1 + config.first_ban_ms);
    EXPECT_EQ(limits.admit("ip", 1, start + config.first_ban_ms)->status, 418);
    const std::int64_t later = start + 3 * minute;
    EXPECT_FALSE(limits.admit("ip", 1, later));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(limits.admit("ip", 1, later)->status, 429);
    }
    EXPECT_EQ(limits.admit("ip", 1, later)->retry_after_ms, later + 2 * config.first_ban_ms);
}

TEST(Limits, the_wallet_has_a_budget_for_each_method_and_bans_nobody) {
    Limits limits({});
    EXPECT_FALSE(limits.admit_wallet("ip", "a", 11'999, start));
    EXPECT_FALSE(limits.admit_wallet("ip", "a", 1, start));
    for (int i = 0; i < 20; ++i) {
        const auto over = limits.admit_wallet("ip", "a", 1, start + 5);
        ASSERT_TRUE(over);
        EXPECT_EQ(over->status, 429);
        EXPECT_EQ(over->code, -1003);
        EXPECT_EQ(over->retry_after_ms, start + minute);
    }
    EXPECT_EQ(limits.wallet_weight_used("ip", "a", start), 12'000);
    EXPECT_FALSE(limits.admit_wallet("ip", "b", 12'000, start));
    EXPECT_FALSE(limits.admit_wallet("other ip", "a", 12'000, start));
    EXPECT_FALSE(limits.admit("ip", 6'000, start)) << "nothing of it is /api's";
    EXPECT_FALSE(limits.admit_wallet("ip", "a", 1, start + minute));
}

TEST(Limits, who_is_banned_is_banned_from_the_wallet_too) {
    LimitsConfig config;
    config.request_weight_per_minute = 1;
    config.ignored_until_ban = 0;
    Limits limits(config);
    for (int i = 0; i < 3; ++i) {
        (void)limits.admit("ip", 1, start);
    }
    const auto banned = limits.admit_wallet("ip", "a", 1, start);
    ASSERT_TRUE(banned);
    EXPECT_EQ(banned->status, 418);
}

TEST(Limits, raw_requests_have_a_window_of_their_own) {
    LimitsConfig config;
    config.raw_requests_per_5_minutes = 2;
    Limits limits(config);
    EXPECT_FALSE(limits.admit("ip", 0, start));
    EXPECT_FALSE(limits.admit("ip", 0, start));
    const auto over = limits.admit("ip", 0, start);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->status, 429);
    EXPECT_EQ(over->retry_after_ms % (5 * minute), 0);
}

TEST(Limits, orders_count_per_account_until_filled) {
    LimitsConfig config;
    config.orders_per_10_seconds = 2;
    Limits limits(config);
    EXPECT_FALSE(limits.add_order(1, start));
    EXPECT_FALSE(limits.add_order(1, start));
    const auto over = limits.add_order(1, start);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->status, 429);
    EXPECT_EQ(over->message, "Too many new orders; current limit is 2 orders per 10 SECOND.");
    EXPECT_FALSE(limits.add_order(2, start));
    limits.give_order_back(1, start);
    EXPECT_FALSE(limits.add_order(1, start));
    EXPECT_FALSE(limits.add_order(1, start + 10'000)) << "the next ten seconds";
    EXPECT_EQ(limits.orders_used(1, start + 10'000)[1], 3);
}

TEST(Limits, connections_are_counted_per_five_minutes) {
    LimitsConfig config;
    config.connections_per_5_minutes = 1;
    Limits limits(config);
    EXPECT_FALSE(limits.admit_connection("ip", start));
    const auto refused = limits.admit_connection("ip", start);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 429);
    EXPECT_EQ(refused->retry_after_ms, (start / (5 * minute) + 1) * 5 * minute);
    EXPECT_FALSE(limits.admit_connection("ip", start + 5 * minute));
}

/// The two examples of Binance's "Unfilled Order Count Rules".
class OrderCounts : public AccountStreamTest {
protected:
    std::string count() {
        return member(rest("GET", "/api/v3/rateLimit/order", "").body, "/0/count");
    }
    void rest_at(const char* price) {
        place(std::string("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.2&price=") + price);
    }
};

TEST_F(OrderCounts, of_makers_fall_by_five_and_of_takers_by_one) {
    for (const char* price : {"98", "97", "97", "97", "97"}) {
        rest_at(price);
    }
    EXPECT_EQ(count(), "5");
    trade("98", "0.1");
    EXPECT_EQ(count(), "0") << "a first fill as maker";
    rest_at("96");
    rest_at("96");
    trade("98", "0.05");
    EXPECT_EQ(count(), "2") << "no first fill";
    place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1.2&price=101");
    EXPECT_EQ(count(), "2") << "one more, and its first fill as taker";
    venue.exchange().market_trade("BTCUSDT", level("101", "0").price, level("0", "0.1").qty, true,
                                  now_ms());
    EXPECT_EQ(count(), "2") << "as maker, but not the first";
    trade("97", "2");
    EXPECT_EQ(count(), "0") << "never below";
}

class TightLimits : public VenueTest {
protected:
    static LimitsConfig tight() {
        LimitsConfig config;
        config.orders_per_10_seconds = 1;
        return config;
    }
    TightLimits() : VenueTest(tight()) {}
    static NewOrder far_buy() {
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = Side::buy;
        order.type = OrderType::limit;
        order.time_in_force = TimeInForce::gtc;
        order.qty = level("0", "0.1").qty;
        order.price = level("80", "0").price;
        return order;
    }
};

TEST_F(TightLimits, decide_what_becomes_of_a_replace) {
    const std::string id = place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
    const std::string replace =
        "symbol=BTCUSDT&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=" + id +
        "&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=91";
    const HttpReply nothing = rest("POST", "/api/v3/order/cancelReplace", replace);
    EXPECT_EQ(nothing.status, 429);
    EXPECT_EQ(member(nothing.body, "/code"), "-1015");
    EXPECT_EQ(nothing.headers.back().first, "Retry-After");
    EXPECT_EQ(nothing.headers.back().second, "10");
}

/// The rows "CANCEL_ONLY, exceeds limits" of the documents' table.
TEST_F(TightLimits, decide_what_is_told_of_a_replace_that_only_cancels) {
    const std::string id = place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
    const std::string other =
        std::to_string(venue.exchange().place(alice, far_buy(), now_ms()).value->order_id);
    struct Row {
        const char* mode;
        std::string cancel;
        int status;
        const char* canceled;
        const char* placed;
        const char* code;
    };
    const Row rows[] = {
        {"STOP_ON_FAILURE", "cancelOrderId=99", 429, "FAILURE", "NOT_ATTEMPTED", "-2022"},
        {"ALLOW_FAILURE", "cancelOrderId=99", 400, "FAILURE", "FAILURE", "-2022"},
        {"STOP_ON_FAILURE", "cancelOrderId=" + id, 429, "SUCCESS", "FAILURE", "-2021"},
        {"ALLOW_FAILURE", "cancelOrderId=" + other, 409, "SUCCESS", "FAILURE", "-2021"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.mode + (" " + row.cancel));
        const HttpReply reply = rest(
            "POST", "/api/v3/order/cancelReplace",
            "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=91&cancelReplaceMode=" +
                std::string(row.mode) + "&orderRateLimitExceededMode=CANCEL_ONLY&" + row.cancel);
        EXPECT_EQ(reply.status, row.status);
        EXPECT_EQ(member(reply.body, "/code"), row.code);
        EXPECT_EQ(member(reply.body, "/data/cancelResult"), '"' + std::string(row.canceled) + '"');
        EXPECT_EQ(member(reply.body, "/data/newOrderResult"), '"' + std::string(row.placed) + '"');
        EXPECT_EQ(member(reply.body, "/data/newOrderResponse/code"),
                  std::string_view(row.placed) == "FAILURE" ? "-1015" : "");
        EXPECT_EQ(reply.headers.back().first == "Retry-After", row.status == 429);
    }
    EXPECT_TRUE(venue.exchange().open_orders(alice, "").empty());
}

TEST_F(TightLimits, tell_on_the_websocket_api_when_a_replace_may_be_tried_again) {
    const std::string id = place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
    FakePeer peer;
    const auto session = open("/ws-api/v3?returnRateLimits=false", peer);
    const auto replace = [&](const char* exceeded, const char* mode) {
        std::string params;
        Params sent;
        for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
                 {"symbol", "BTCUSDT"},
                 {"side", "BUY"},
                 {"type", "LIMIT_MAKER"},
                 {"quantity", "0.1"},
                 {"price", "91"},
                 {"cancelReplaceMode", mode},
                 {"orderRateLimitExceededMode", exceeded},
                 {"cancelOrderId", id},
                 {"apiKey", hmac_key},
                 {"timestamp", std::to_string(now_ms())}}) {
            sent.add(name, value);
            params += "\"" + name + "\":\"" + value + "\",";
        }
        session->on_text(R"({"id":1,"method":"order.cancelReplace","params":{)" + params +
                         R"("signature":")" + hmac_hex(hmac_secret, sent.signing_text()) + "\"}}");
        return peer.last();
    };
    const std::string times = R"("serverTime":1700000000000,"retryAfter":1700000010000})";
    const std::string nothing = replace("DO_NOTHING", "STOP_ON_FAILURE");
    EXPECT_EQ(member(nothing, "/status"), "429");
    EXPECT_EQ(member(nothing, "/error/data"), "{" + times);
    const std::string canceled = replace("CANCEL_ONLY", "STOP_ON_FAILURE");
    EXPECT_EQ(member(canceled, "/status"), "429");
    EXPECT_EQ(member(canceled, "/error/data/cancelResult"), R"("SUCCESS")");
    EXPECT_EQ(member(canceled, "/error/data/newOrderResponse/code"), "-1015");
    EXPECT_TRUE(canceled.ends_with("," + times + "}}")) << canceled;
    const std::string neither = replace("CANCEL_ONLY", "ALLOW_FAILURE");
    EXPECT_EQ(member(neither, "/status"), "400");
    EXPECT_EQ(member(neither, "/error/data/retryAfter"), "");
}

}  // namespace
}  // namespace portcullis::tools::venue
