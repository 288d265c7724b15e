// What both decoders of market data share: tokens of simdjson On-Demand, checked strictly.
//
// On-Demand hands out raw tokens and validates only what one asks it to convert. Here a token is
// checked as what it claims to be without converting it: texts for escapes, numbers by the grammar
// of JSON, literals by their letters, containers by walking them. Private to market_data*.cpp: it
// is the only header that pulls in simdjson.
#pragma once

#include <simdjson.h>

#include <cstring>
#include <string_view>

#include "engine/types/capacity.hpp"
#include "engine/types/decimal.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::gateways::binance::json {

namespace ondemand = simdjson::ondemand;
static_assert(simdjson::SIMDJSON_PADDING <= engine::capacity::frame_padding);

/// Nesting that is followed in values that we ignore.
inline constexpr int depth_max = 16;

/// A token without the blanks behind it (On-Demand's tokens reach to the next one).
[[nodiscard]] inline std::string_view trimmed(std::string_view token) noexcept {
    while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                              token.back() == '\t')) {
        token.remove_suffix(1);
    }
    return token;
}

/// The bytes between the quotes of a text token. Stage one has proven that it is closed.
[[nodiscard]] inline DecodeError text_of(std::string_view token, std::string_view& out) noexcept {
    if (token.empty() || token.front() != '"') {
        return DecodeError::wrong_type;
    }
    if (token.back() != '"') {
        token = trimmed(token);
    }
    if (token.size() < 2 || token.back() != '"') {
        return DecodeError::bad_json;
    }
    out = token.substr(1, token.size() - 2);
    return DecodeError::none;
}

[[nodiscard]] inline bool has_escape(std::string_view text) noexcept {
    return std::memchr(text.data(), '\\', text.size()) != nullptr;
}

[[nodiscard]] inline DecodeError error_of(engine::DecimalError error) noexcept {
    switch (error) {
        case engine::DecimalError::none:
            return DecodeError::none;
        case engine::DecimalError::too_precise:
            return DecodeError::inexact;
        case engine::DecimalError::overflow:
            return DecodeError::too_large;
        case engine::DecimalError::empty:
        case engine::DecimalError::bad_character:
            break;
    }
    return DecodeError::bad_decimal;
}

/// A price or quantity: decimal text in quotes.
[[nodiscard]] inline DecodeError decimal_of(std::string_view token, std::int64_t& out) noexcept {
    std::string_view text;
    if (const auto error = text_of(token, text); error != DecodeError::none) {
        return error;
    }
    const auto parsed = engine::parse_decimal(text);
    out = parsed.atoms;
    return error_of(parsed.error);
}

/// An id or time: a JSON integer, not negative, without leading zeros.
[[nodiscard]] inline DecodeError unsigned_of(std::string_view token, std::uint64_t& out) noexcept {
    if (token.empty() || token.front() < '0' || token.front() > '9') {
        return DecodeError::wrong_type;
    }
    if (token.back() < '0' || token.back() > '9') {
        token = trimmed(token);
    }
    if (token.size() > 1 && token.front() == '0') {
        return DecodeError::wrong_type;
    }
    const auto parsed = engine::parse_unsigned(token);
    if (!parsed) [[unlikely]] {
        return token.find_first_not_of("0123456789") == std::string_view::npos
                   ? DecodeError::too_large
                   : DecodeError::wrong_type;
    }
    out = *parsed;
    return DecodeError::none;
}

[[nodiscard]] inline DecodeError bool_of(std::string_view token, bool& out) noexcept {
    token = trimmed(token);
    out = token == "true";
    return out || token == "false" ? DecodeError::none : DecodeError::wrong_type;
}

/// A time in ms (or, where the connection asks for them, microseconds: told apart by size) -> ns.
[[nodiscard]] inline DecodeError time_of(std::string_view token, engine::WallNs& out) noexcept {
    std::uint64_t count = 0;
    if (const auto error = unsigned_of(token, count); error != DecodeError::none) {
        return error;
    }
    constexpr std::uint64_t micros_from = 100'000'000'000'000;  // 1973 in us, the year 5138 in ms
    const std::uint64_t scale = count < micros_from ? 1'000'000 : 1'000;
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(count, scale, &ns)) {
        return DecodeError::too_large;
    }
    out = engine::WallNs{ns};
    return DecodeError::none;
}

[[nodiscard]] DecodeError check_number(std::string_view token) noexcept;
[[nodiscard]] DecodeError check_text(std::string_view token) noexcept;
/// Checks a number, text or literal that nobody reads.
[[nodiscard]] DecodeError check_scalar(std::string_view token) noexcept;
/// Walks and checks any value that nobody reads. `depth` is how deep it lies.
[[nodiscard]] DecodeError check_value(ondemand::value value, int depth) noexcept;

/// The raw token of a value; a scalar's is consumed with it. Left to On-Demand's skipping, a text
/// with a ':' behind it would pass for a key. Empty: not the beginning of a value.
[[nodiscard]] inline std::string_view token_of(ondemand::value& value) noexcept {
    const std::string_view token = value.raw_json_token();
    if (token.empty() || token.front() == ',' || token.front() == ':' || token.front() == '}' ||
        token.front() == ']') {
        return {};
    }
    if (token.front() == '"' && value.get_raw_json_string().error() != simdjson::SUCCESS) {
        return {};
    }
    return token;
}

/// Whether nothing follows the root object that was walked.
[[nodiscard]] inline bool at_end(ondemand::document& document) noexcept {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

/// The raw key of a field, without quotes. An escaped key is refused.
template <class Field>
[[nodiscard]] DecodeError key_of(Field& field, std::string_view& out) noexcept {
    const char* text = field.key().raw();
    if (text[0] != '"' && text[1] == '"' && text[0] != '\\') {  // nearly all keys
        out = {text, 1};
        return DecodeError::none;
    }
    std::size_t size = 0;
    while (text[size] != '"') {
        if (text[size] == '\\') {
            return DecodeError::escaped_text;
        }
        ++size;
    }
    out = {text, size};
    return DecodeError::none;
}

/// Decodes [["price","quantity"],...], calling on_level(price, qty) -> DecodeError for each.
template <class OnLevel>
[[nodiscard]] DecodeError each_level(ondemand::value value, OnLevel&& on_level) noexcept {
    ondemand::array levels;
    if (value.get_array().get(levels) != simdjson::SUCCESS) {
        return DecodeError::wrong_type;
    }
    for (auto element : levels) {
        ondemand::value pair_value;
        ondemand::array pair;
        if (element.get(pair_value) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        if (pair_value.get_array().get(pair) != simdjson::SUCCESS) {
            return DecodeError::bad_level;
        }
        std::int64_t atoms[2]{};
        std::size_t count = 0;
        for (auto item : pair) {
            ondemand::value number;
            if (item.get(number) != simdjson::SUCCESS) {
                return DecodeError::bad_json;
            }
            if (count == 2) {
                return DecodeError::bad_level;
            }
            if (const auto error = decimal_of(token_of(number), atoms[count]);
                error != DecodeError::none) {
                return error;
            }
            ++count;
        }
        if (count != 2) {
            return DecodeError::bad_level;
        }
        if (atoms[0] == 0) {
            return DecodeError::zero_price;
        }
        if (const auto error = on_level(engine::PriceAtoms{atoms[0]}, engine::QtyAtoms{atoms[1]});
            error != DecodeError::none) {
            return error;
        }
    }
    return DecodeError::none;
}

}  // namespace portcullis::gateways::binance::json
