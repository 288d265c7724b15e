#include "tools/venue/server/limits.hpp"

#include <algorithm>

#include "tools/venue/durations.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t five_minutes_ms = 300'000;
constexpr std::int64_t ten_seconds_ms = 10'000;
constexpr std::int64_t wallet_weight_per_minute = 12'000;   // of an address, each method
constexpr std::int64_t wallet_weight_per_second = 180'000;  // of an account

std::int64_t window_end(std::int64_t now_ms, std::int64_t length_ms) {
    return (now_ms / length_ms + 1) * length_ms;
}

void row(JsonWriter& out, std::string_view type, std::string_view interval, std::int64_t number,
         std::int64_t limit, const std::int64_t* count) {
    out.begin_object().text("rateLimitType", type).text("interval", interval);
    out.integer("intervalNum", number).integer("limit", limit);
    if (count != nullptr) {
        out.integer("count", *count);
    }
    out.end_object();
}

}  // namespace

std::int64_t& Limits::Window::at(std::int64_t now_ms, std::int64_t length_ms) {
    const std::int64_t current = now_ms / length_ms;
    if (current != index) {
        index = current;
        count = 0;
    }
    return count;
}

ApiError Limits::limited(Address& address, std::int64_t now_ms, bool raw) const {
    address.limited_until_ms = window_end(now_ms, raw ? five_minutes_ms : minute_ms);
    return raw ? refusals::until(address.limited_until_ms, now_ms, -1003,
                                 "Too many requests; current limit is " +
                                     std::to_string(config_.raw_requests_per_5_minutes) +
                                     " requests per 5 MINUTE.")
               : refusals::too_much_weight(config_.request_weight_per_minute,
                                           address.limited_until_ms, now_ms);
}

std::optional<ApiError> Limits::admit(const std::string& ip, std::int64_t weight,
                                      std::int64_t now_ms) {
    Address& address = addresses_[ip];
    if (now_ms < address.banned_until_ms) {
        return refusals::banned(address.banned_until_ms, now_ms);
    }
    std::int64_t& raw = address.raw.at(now_ms, five_minutes_ms);
    std::int64_t& used = address.weight.at(now_ms, minute_ms);
    ++raw;
    const bool over_raw = raw > config_.raw_requests_per_5_minutes;
    const bool over_weight = used + weight > config_.request_weight_per_minute;
    if (!over_raw && !over_weight) {
        used += weight;
        return std::nullopt;
    }
    // A first 429 is a warning; going on before retryAfter is what gets an address banned.
    address.ignored = now_ms < address.limited_until_ms ? address.ignored + 1 : 0;
    if (address.ignored > config_.ignored_until_ban) {
        address.last_ban_ms = address.last_ban_ms == 0
                                  ? config_.first_ban_ms
                                  : std::min(address.last_ban_ms * 2, config_.longest_ban_ms);
        address.banned_until_ms = now_ms + address.last_ban_ms;
        address.ignored = 0;
        return refusals::banned(address.banned_until_ms, now_ms);
    }
    return limited(address, now_ms, over_raw);
}

void Limits::charge(const std::string& ip, std::int64_t weight, std::int64_t now_ms) {
    addresses_[ip].weight.at(now_ms, minute_ms) += weight;
}

std::optional<ApiError> Limits::admit_connection(const std::string& ip, std::int64_t now_ms) {
    Address& address = addresses_[ip];
    if (now_ms < address.banned_until_ms) {
        return refusals::banned(address.banned_until_ms, now_ms);
    }
    if (++address.connections.at(now_ms, five_minutes_ms) <= config_.connections_per_5_minutes) {
        return std::nullopt;
    }
    return refusals::until(window_end(now_ms, five_minutes_ms), now_ms, -1003,
                           "Too many connection attempts; current limit is " +
                               std::to_string(config_.connections_per_5_minutes) +
                               " connections per 5 MINUTE.");
}

std::optional<ApiError> Limits::add_orders(AccountId account, std::int64_t count,
                                           std::int64_t now_ms) {
    Account& counts = accounts_[account];
    std::int64_t& ten = counts.ten_seconds.at(now_ms, ten_seconds_ms);
    std::int64_t& day = counts.day.at(now_ms, day_ms);
    const bool over_ten = ten + count > config_.orders_per_10_seconds;
    if (over_ten || day + count > config_.orders_per_day) {
        return refusals::until(
            window_end(now_ms, over_ten ? ten_seconds_ms : day_ms), now_ms, -1015,
            "Too many new orders; current limit is " +
                (over_ten ? std::to_string(config_.orders_per_10_seconds) + " orders per 10 SECOND."
                          : std::to_string(config_.orders_per_day) + " orders per 1 DAY."));
    }
    ten += count;
    day += count;
    return std::nullopt;
}

std::int64_t& Limits::wallet_window(const std::string& ip, std::string_view method,
                                    std::int64_t now_ms) {
    auto& windows = addresses_[ip].wallet;
    const auto found = windows.find(method);
    Window& window = found == windows.end() ? windows[std::string(method)] : found->second;
    return window.at(now_ms, minute_ms);
}

std::optional<ApiError> Limits::admit_wallet(const std::string& ip, std::string_view method,
                                             std::int64_t weight, std::int64_t now_ms) {
    if (now_ms < addresses_[ip].banned_until_ms) {
        return refusals::banned(addresses_[ip].banned_until_ms, now_ms);
    }
    std::int64_t& used = wallet_window(ip, method, now_ms);
    if (used + weight > wallet_weight_per_minute) {
        return refusals::too_much_weight(wallet_weight_per_minute, window_end(now_ms, minute_ms),
                                         now_ms);
    }
    used += weight;
    return std::nullopt;
}

std::optional<ApiError> Limits::add_wallet_weight(AccountId account, std::int64_t weight,
                                                  std::int64_t now_ms) {
    std::int64_t& used = accounts_[account].wallet.at(now_ms, second_ms);
    if (used + weight > wallet_weight_per_second) {
        return refusals::too_much_weight(wallet_weight_per_second, window_end(now_ms, second_ms),
                                         now_ms, "1 SECOND");
    }
    used += weight;
    return std::nullopt;
}

void Limits::give_orders_back(AccountId account, std::int64_t count, std::int64_t now_ms) {
    Account& counts = accounts_[account];
    std::int64_t& ten = counts.ten_seconds.at(now_ms, ten_seconds_ms);
    std::int64_t& day = counts.day.at(now_ms, day_ms);
    ten = std::max<std::int64_t>(0, ten - count);
    day = std::max<std::int64_t>(0, day - count);
}

std::int64_t Limits::weight_used(const std::string& ip, std::int64_t now_ms) {
    return addresses_[ip].weight.at(now_ms, minute_ms);
}

std::int64_t Limits::wallet_weight_used(const std::string& ip, std::string_view method,
                                        std::int64_t now_ms) {
    return wallet_window(ip, method, now_ms);
}

std::int64_t Limits::wallet_weight_used(AccountId account, std::int64_t now_ms) {
    return accounts_[account].wallet.at(now_ms, second_ms);
}

std::array<std::int64_t, 2> Limits::orders_used(AccountId account, std::int64_t now_ms) {
    Account& counts = accounts_[account];
    return {counts.ten_seconds.at(now_ms, ten_seconds_ms), counts.day.at(now_ms, day_ms)};
}

std::string Limits::usage_json(const std::string* ip, const AccountId* account,
                               std::int64_t now_ms) {
    JsonWriter out;
    out.begin_array();
    if (account != nullptr) {
        const auto used = orders_used(*account, now_ms);
        row(out, "ORDERS", "SECOND", 10, config_.orders_per_10_seconds, &used[0]);
        row(out, "ORDERS", "DAY", 1, config_.orders_per_day, &used[1]);
    }
    if (ip != nullptr) {
        const std::int64_t used = weight_used(*ip, now_ms);
        row(out, "REQUEST_WEIGHT", "MINUTE", 1, config_.request_weight_per_minute, &used);
    }
    return out.end_array().take();
}

std::string Limits::limits_json(Door door) const {
    JsonWriter out;
    out.begin_array();
    row(out, "REQUEST_WEIGHT", "MINUTE", 1, config_.request_weight_per_minute, nullptr);
    row(out, "ORDERS", "SECOND", 10, config_.orders_per_10_seconds, nullptr);
    row(out, "ORDERS", "DAY", 1, config_.orders_per_day, nullptr);
    if (door == Door::rest) {
        row(out, "RAW_REQUESTS", "MINUTE", 5, config_.raw_requests_per_5_minutes, nullptr);
    } else {
        row(out, "CONNECTIONS", "MINUTE", 5, config_.connections_per_5_minutes, nullptr);
    }
    return out.end_array().take();
}

static_assert(minute_ms == 60 * second_ms && day_ms == 1440 * minute_ms);

}  // namespace portcullis::tools::venue
