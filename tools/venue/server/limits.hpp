// Limits: request weight and raw requests per address, unfilled orders per account, connection
// attempts; 429 first, 418 for who goes on.
//
// Windows are aligned to the clock, as Binance says, not sliding: a client whose own count slides
// sees the venue's number jump back at the full minute. Weight belongs to the address; orders
// belong to the account whatever key or address placed them, and the first fill of an order gives
// its count back. One owner; all times in Unix milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/api_error.hpp"
#include "tools/venue/server/door.hpp"

namespace portcullis::tools::venue {

/// Binance's numbers unless the config says otherwise.
struct LimitsConfig {
    std::int64_t request_weight_per_minute{6000};
    std::int64_t raw_requests_per_5_minutes{300'000};
    std::int64_t connections_per_5_minutes{300};
    std::int64_t orders_per_10_seconds{100};
    std::int64_t orders_per_day{200'000};
    /// What an order's first fill gives back where it is the maker's; a taker's gives back one.
    std::int64_t orders_back_for_maker{5};
    std::int64_t stream_messages_per_second{5};
    std::int64_t streams_per_connection{1024};
    /// Requests sent after a 429 and before its retryAfter, until the address is banned.
    std::int64_t ignored_until_ban{10};
    std::int64_t first_ban_ms{120'000};
    std::int64_t longest_ban_ms{259'200'000};  // 3 days
    std::int64_t ping_interval_ms{20'000};
    std::int64_t pong_timeout_ms{60'000};
    std::int64_t connection_life_ms{86'400'000};
};

class Limits {
public:
    explicit Limits(const LimitsConfig& config) : config_(config) {}
    [[nodiscard]] const LimitsConfig& config() const { return config_; }

    /// Counts one request of `weight`; the error to answer with when it does not fit.
    [[nodiscard]] std::optional<ApiError> admit(const std::string& ip, std::int64_t weight,
                                                std::int64_t now_ms);
    /// Adds weight that was known only afterwards (a failed order).
    void charge(const std::string& ip, std::int64_t weight, std::int64_t now_ms);
    [[nodiscard]] std::optional<ApiError> admit_connection(const std::string& ip,
                                                           std::int64_t now_ms);

    /// Counts one order of `account`, or the -1015 that refuses it.
    [[nodiscard]] std::optional<ApiError> add_order(AccountId account, std::int64_t now_ms) {
        return add_orders(account, 1, now_ms);
    }
    /// All orders of a list, or none.
    [[nodiscard]] std::optional<ApiError> add_orders(AccountId account, std::int64_t count,
                                                     std::int64_t now_ms);
    /// /sapi has limits beside those of /api. Of an address: 12000 a minute for each method by
    /// itself, or the -1003 beyond it; nobody is banned for that, but who is banned is so here too.
    [[nodiscard]] std::optional<ApiError> admit_wallet(const std::string& ip,
                                                       std::string_view method, std::int64_t weight,
                                                       std::int64_t now_ms);
    /// Of an account: 180000 a second.
    [[nodiscard]] std::optional<ApiError> add_wallet_weight(AccountId account, std::int64_t weight,
                                                            std::int64_t now_ms);
    /// A rejected order.
    void give_order_back(AccountId account, std::int64_t now_ms) {
        give_orders_back(account, 1, now_ms);
    }
    /// The first fill of an order.
    void first_fill(AccountId account, bool maker, std::int64_t now_ms) {
        give_orders_back(account, maker ? config_.orders_back_for_maker : 1, now_ms);
    }

    [[nodiscard]] std::int64_t weight_used(const std::string& ip, std::int64_t now_ms);
    [[nodiscard]] std::int64_t wallet_weight_used(const std::string& ip, std::string_view method,
                                                  std::int64_t now_ms);
    [[nodiscard]] std::int64_t wallet_weight_used(AccountId account, std::int64_t now_ms);
    [[nodiscard]] std::array<std::int64_t, 2> orders_used(AccountId account, std::int64_t now_ms);
    /// The "rateLimits" array: ORDERS rows when an account is given, REQUEST_WEIGHT when an ip is.
    [[nodiscard]] std::string usage_json(const std::string* ip, const AccountId* account,
                                         std::int64_t now_ms);
    /// The rows of exchangeInfo at a door, without counts.
    [[nodiscard]] std::string limits_json(Door door) const;

private:
    struct Window {
        std::int64_t index{-1};
        std::int64_t count{0};
        std::int64_t& at(std::int64_t now_ms, std::int64_t length_ms);
    };
    struct Address {
        Window weight, raw, connections;
        std::int64_t limited_until_ms{0};
        std::int64_t ignored{0};
        std::int64_t banned_until_ms{0};
        std::int64_t last_ban_ms{0};
        std::map<std::string, Window, std::less<>> wallet;  ///< by method
    };
    struct Account {
        Window ten_seconds, day, wallet;
    };
    void give_orders_back(AccountId account, std::int64_t count, std::int64_t now_ms);
    [[nodiscard]] ApiError limited(Address& address, std::int64_t now_ms, bool raw) const;
    [[nodiscard]] std::int64_t& wallet_window(const std::string& ip, std::string_view method,
                                              std::int64_t now_ms);

    LimitsConfig config_;
    std::map<std::string, Address> addresses_;
    std::map<AccountId, Account> accounts_;
};

}  // namespace portcullis::tools::venue
