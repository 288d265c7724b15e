// Params: the names of request parameters, in the order in which Binance wants them signed.
//
// An enumerator a name, so that "written in order" is a comparison of two numbers and a name's text
// is copied as one block of fixed size; with names as strings, comparing and copying them was half
// of what a frame cost. Invariants, proven at compile time: 1. the enumerators are in the order of
// their names; 2. a name with its quotes fits the block. Const data.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis::gateways::binance {

enum class Param : std::uint8_t {
    api_key,
    cancel_new_client_order_id,
    cancel_order_id,
    cancel_orig_client_order_id,
    cancel_replace_mode,
    from_id,
    limit,
    new_client_order_id,
    new_order_resp_type,
    new_qty,
    omit_zero_balances,
    order_id,
    order_rate_limit_exceeded_mode,
    orig_client_order_id,
    price,
    quantity,
    recv_window,
    self_trade_prevention_mode,
    side,
    symbol,
    time_in_force,
    timestamp,
    type,
};

inline constexpr std::array<std::string_view, 23> param_names{
    "apiKey",
    "cancelNewClientOrderId",
    "cancelOrderId",
    "cancelOrigClientOrderId",
    "cancelReplaceMode",
    "fromId",
    "limit",
    "newClientOrderId",
    "newOrderRespType",
    "newQty",
    "omitZeroBalances",
    "orderId",
    "orderRateLimitExceededMode",
    "origClientOrderId",
    "price",
    "quantity",
    "recvWindow",
    "selfTradePreventionMode",
    "side",
    "symbol",
    "timeInForce",
    "timestamp",
    "type",
};
static_assert(param_names.size() == static_cast<std::size_t>(Param::type) + 1);
static_assert(std::ranges::is_sorted(param_names), "signed in the order of their names");

[[nodiscard]] constexpr std::string_view name_of(Param param) noexcept {
    return param_names[static_cast<std::size_t>(param)];
}

/// `,"name":` in a block that is copied whole.
struct ParamKey {
    std::array<char, 32> text{};
    std::size_t size{};
};
inline constexpr auto param_keys = [] {
    std::array<ParamKey, param_names.size()> keys{};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        ParamKey& key = keys[i];
        const auto append = [&key](char c) { key.text[key.size++] = c; };
        append(',');
        append('"');
        std::ranges::for_each(param_names[i], append);
        append('"');
        append(':');
    }
    return keys;
}();

}  // namespace portcullis::gateways::binance
