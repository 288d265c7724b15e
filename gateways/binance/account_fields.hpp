// What the parts of the account decoder share: a walk over an object by a table of fields.
//
// Each kind of object of the venue is a table: key, how it is read, its bit. The walk visits every
// field once in whatever order it comes, refuses a known key that comes twice, validates and
// ignores unknown ones, and remembers which were there; the caller says which had to be. A switch
// per object would be faster by tens of nanoseconds and four times as long. Private to
// account*.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "gateways/binance/account.hpp"
#include "gateways/binance/market_data_json.hpp"

namespace portcullis::gateways::binance::account_json {

namespace ondemand = json::ondemand;

/// What readers of fields may ask, and where the name of the offending key goes.
struct Context {
    const SymbolTable& symbols;
    std::array<char, 24> key{};

    DecodeError blame(std::string_view name, DecodeError error) noexcept {
        if (error != DecodeError::none && key[0] == '\0') {
            std::memcpy(key.data(), name.data(), std::min(name.size(), key.size() - 1));
        }
        return error;
    }
};

template <class Row>
struct Field {
    std::string_view key;
    DecodeError (*read)(std::string_view token, const Context& context, Row& row) noexcept;
    std::uint32_t bit;
};

/// Walks `object`. `nested(key, value, handled)` is offered every key that is not in the table.
template <class Row, class Nested>
[[nodiscard]] DecodeError walk(ondemand::object object, std::span<const Field<Row>> fields,
                               Context& context, Row& row, std::uint32_t& seen,
                               Nested&& nested) noexcept {
    for (auto entry : object) {
        ondemand::field field;
        if (std::move(entry).get(field) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        std::string_view key;
        if (const auto error = json::key_of(field, key); error != DecodeError::none) {
            return error;
        }
        const auto known = std::find_if(fields.begin(), fields.end(),
                                        [key](const Field<Row>& f) { return f.key == key; });
        if (known != fields.end()) {
            if ((seen & known->bit) != 0) {
                return context.blame(key, DecodeError::duplicate_key);
            }
            seen |= known->bit;
            ondemand::value value = field.value();
            if (const auto error = known->read(value.raw_json_token(), context, row);
                error != DecodeError::none) {
                return context.blame(key, error);
            }
            continue;
        }
        bool handled = false;
        DecodeError error = nested(key, field.value(), handled);
        if (error == DecodeError::none && !handled) {
            error = json::check_value(field.value(), 2);
        }
        if (error != DecodeError::none) {
            return context.blame(key, error);
        }
    }
    return DecodeError::none;
}

template <class Row>
[[nodiscard]] DecodeError walk(ondemand::object object, std::span<const Field<Row>> fields,
                               Context& context, Row& row, std::uint32_t& seen) noexcept {
    return walk(object, fields, context, row, seen,
                [](std::string_view, ondemand::value, bool&) { return DecodeError::none; });
}

/// Refuses when one of `required` was not seen, and names it.
template <class Row>
[[nodiscard]] DecodeError require(std::span<const Field<Row>> fields, Context& context,
                                  std::uint32_t seen, std::uint32_t required) noexcept {
    if ((seen & required) == required) {
        return DecodeError::none;
    }
    for (const Field<Row>& field : fields) {
        if ((required & ~seen & field.bit) != 0) {
            return context.blame(field.key, DecodeError::missing_key);
        }
    }
    return DecodeError::missing_key;
}

[[nodiscard]] inline DecodeError object_of(ondemand::value value, ondemand::object& out) noexcept {
    return value.get_object().get(out) == simdjson::SUCCESS ? DecodeError::none
                                                            : DecodeError::wrong_type;
}

/// Calls on_element(value) -> DecodeError for each element of an array.
template <class OnElement>
[[nodiscard]] DecodeError each(ondemand::value value, OnElement&& on_element) noexcept {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
        return DecodeError::wrong_type;
    }
    for (auto element : array) {
        ondemand::value child;
        if (element.get(child) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        if (const auto error = on_element(child); error != DecodeError::none) {
            return error;
        }
    }
    return DecodeError::none;
}

// --- readers of single values

[[nodiscard]] inline bool is_null(std::string_view token) noexcept {
    return json::trimmed(token) == "null";
}

/// A text that is compared or kept: without escapes.
[[nodiscard]] inline DecodeError plain_text(std::string_view token,
                                            std::string_view& out) noexcept {
    if (const auto error = json::text_of(token, out); error != DecodeError::none) {
        return error;
    }
    return json::has_escape(out) ? DecodeError::escaped_text : DecodeError::none;
}

/// A number that may be negative.
[[nodiscard]] inline DecodeError signed_of(std::string_view token, std::int64_t& out) noexcept {
    const bool negative = !token.empty() && token.front() == '-';
    if (negative) {
        token.remove_prefix(1);
    }
    std::uint64_t magnitude = 0;
    if (const auto error = json::unsigned_of(token, magnitude); error != DecodeError::none) {
        return error;
    }
    if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return DecodeError::too_large;
    }
    out = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
    return DecodeError::none;
}

template <class Integer>
[[nodiscard]] DecodeError small_of(std::string_view token, Integer& out) noexcept {
    std::int64_t value = 0;
    if (const auto error = signed_of(token, value); error != DecodeError::none) {
        return error;
    }
    if (value < static_cast<std::int64_t>(std::numeric_limits<Integer>::min()) ||
        value > static_cast<std::int64_t>(std::numeric_limits<Integer>::max())) {
        return DecodeError::too_large;
    }
    out = static_cast<Integer>(value);
    return DecodeError::none;
}

/// An amount in quotes, 128 bits wide: balances of assets with many units.
[[nodiscard]] DecodeError amount_of(std::string_view token, bool may_be_negative,
                                    engine::AmountAtoms& out) noexcept;

/// An asset's name in quotes, or null; one that we do not know is no_asset.
[[nodiscard]] inline DecodeError asset_of(std::string_view token, const Context& context,
                                          engine::AssetId& out) noexcept {
    if (is_null(token)) {
        out = engine::no_asset;
        return DecodeError::none;
    }
    std::string_view name;
    const auto error = plain_text(token, name);
    out = context.symbols.asset(name);
    return error;
}

// --- the parts (account_orders.cpp, account_snapshots.cpp, account_filters.cpp)

/// Bits of OrderRow::fields.
namespace order_field {
inline constexpr std::uint32_t symbol = 1U << 0;
inline constexpr std::uint32_t order_id = 1U << 1;
inline constexpr std::uint32_t client_id = 1U << 2;
inline constexpr std::uint32_t orig_client_id = 1U << 3;
inline constexpr std::uint32_t price = 1U << 4;
inline constexpr std::uint32_t qty = 1U << 5;
inline constexpr std::uint32_t cum = 1U << 6;
inline constexpr std::uint32_t status = 1U << 7;
inline constexpr std::uint32_t side = 1U << 8;
inline constexpr std::uint32_t time = 1U << 9;
inline constexpr std::uint32_t prevented = 1U << 10;
inline constexpr std::uint32_t exec_type = 1U << 11;
inline constexpr std::uint32_t exec_id = 1U << 12;
inline constexpr std::uint32_t last_qty = 1U << 13;
inline constexpr std::uint32_t last_price = 1U << 14;
inline constexpr std::uint32_t fee = 1U << 15;
inline constexpr std::uint32_t fee_asset = 1U << 16;
inline constexpr std::uint32_t trade = 1U << 17;
inline constexpr std::uint32_t maker = 1U << 18;
inline constexpr std::uint32_t reject = 1U << 19;
inline constexpr std::uint32_t update_time = 1U << 20;
inline constexpr std::uint32_t transact_time = 1U << 21;
inline constexpr std::uint32_t event_time = 1U << 22;
inline constexpr std::uint32_t event_type = 1U << 23;

inline constexpr std::uint32_t of_ack = symbol | order_id | client_id;
inline constexpr std::uint32_t of_cancel =
    symbol | order_id | client_id | orig_client_id | price | qty | cum | status | side;
inline constexpr std::uint32_t of_query =
    symbol | order_id | client_id | price | qty | cum | status | side;
inline constexpr std::uint32_t of_event = symbol | order_id | client_id | price | qty | cum |
                                          status | side | exec_type | last_qty | last_price | trade;
/// All of an executionReport that account_layout knows.
inline constexpr std::uint32_t of_layout = of_event | orig_client_id | time | exec_id | fee |
                                           fee_asset | maker | reject | event_time | event_type;
}  // namespace order_field

[[nodiscard]] DecodeError read_order(ondemand::object object, Context& context,
                                     std::uint32_t required, OrderRow& out) noexcept;
[[nodiscard]] DecodeError read_execution(ondemand::object object, Context& context,
                                         OrderRow& out) noexcept;
/// result of cancel_all or open_orders; rows of order lists are flattened.
[[nodiscard]] DecodeError read_orders(ondemand::value value, Context& context,
                                      std::uint32_t required, std::span<OrderRow> rows,
                                      std::size_t& count) noexcept;
[[nodiscard]] DecodeError read_amend(ondemand::value value, Context& context,
                                     OrderRow& out) noexcept;
/// The object that holds the four leg keys: result or error.data.
struct Legs {
    Leg& cancel_leg;
    Leg& new_leg;
    std::uint32_t seen{};
};
/// Takes `key` when it is one of the legs'.
[[nodiscard]] DecodeError read_leg_key(std::string_view key, ondemand::value value,
                                       Context& context, Legs& legs, bool& handled) noexcept;
/// Whether both legs are whole. Requires: every key was offered to read_leg_key.
[[nodiscard]] DecodeError check_legs(Context& context, const Legs& legs) noexcept;

/// What both readers of an order hold it to: the fault and the key that it is about.
struct OrderFault {
    DecodeError error{DecodeError::none};
    std::string_view key;
};
[[nodiscard]] OrderFault order_fault(const OrderRow& row) noexcept;
/// Of an executionReport whose fields are there.
[[nodiscard]] OrderFault execution_fault(const OrderRow& row) noexcept;

/// The venue's words. False: it is none of them.
[[nodiscard]] bool side_named(std::string_view word, engine::Side& out) noexcept;
[[nodiscard]] bool status_named(std::string_view word, engine::OrdStatus& out) noexcept;
[[nodiscard]] bool exec_type_named(std::string_view word, engine::ExecType& out) noexcept;

/// Balances of one message: each asset once, so that they always fit and no two contradict.
class BalanceList {
public:
    explicit BalanceList(std::span<BalanceRow> rows) noexcept : rows_(rows) {}
    /// False: the asset has come already.
    [[nodiscard]] bool add(const BalanceRow& row) noexcept;
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// Assets with a balance that we do not know.
    [[nodiscard]] std::uint32_t unknown() const noexcept { return unknown_; }

private:
    std::span<BalanceRow> rows_;
    std::size_t count_{};
    engine::AssetSet told_;
    std::uint32_t unknown_{};
};

/// A row of rateLimits as it is told.
struct LimitRow {
    static constexpr std::uint32_t interval_count_max = 366;  ///< a year of days: more than any has
    std::string_view type;
    std::string_view interval;
    std::uint32_t interval_count{};
    std::uint32_t limit{};
    std::uint32_t count{};
};
/// Keeps it, if its kind is known and there is room. `counted`: `count` was told.
void note_limit(const LimitRow& row, bool counted, Usage& usage) noexcept;

[[nodiscard]] DecodeError read_trades(ondemand::value value, Context& context,
                                      std::span<TradeRow> rows, std::size_t& count) noexcept;
/// An array of balances; `short_keys`: a, f, l of the stream.
[[nodiscard]] DecodeError read_balances(ondemand::value value, Context& context, bool short_keys,
                                        std::span<BalanceRow> rows, std::size_t& count,
                                        std::uint32_t& unknown_assets) noexcept;
[[nodiscard]] DecodeError read_symbols(ondemand::value value, Context& context,
                                       std::span<engine::InstrumentDefinition> rows,
                                       std::size_t& count) noexcept;
[[nodiscard]] DecodeError read_rate_limits(ondemand::value value, Context& context,
                                           Usage& usage) noexcept;

}  // namespace portcullis::gateways::binance::account_json
