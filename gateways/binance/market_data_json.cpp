// The cold half of the token checks: values that are skipped. See market_data_json.hpp.
#include "gateways/binance/market_data_json.hpp"

namespace portcullis::gateways::binance::json {
namespace {

[[nodiscard]] bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

[[nodiscard]] std::size_t digits(std::string_view text, std::size_t from) noexcept {
    std::size_t at = from;
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    return at - from;
}

[[nodiscard]] bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Four hex digits at `at`, or -1.
[[nodiscard]] int code_unit(std::string_view text, std::size_t at) noexcept {
    if (text.size() < at + 4) {
        return -1;
    }
    int unit = 0;
    for (const char c : text.substr(at, 4)) {
        if (!is_hex(c)) {
            return -1;
        }
        unit = unit * 16 + (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
}

/// Every escape is one of JSON's, and surrogates come in pairs.
[[nodiscard]] DecodeError check_escapes(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            continue;
        }
        ++i;
        if (i == text.size() || text[i] == '\0' || std::strchr("\"\\/bfnrtu", text[i]) == nullptr) {
            return DecodeError::bad_json;
        }
        if (text[i] != 'u') {
            continue;
        }
        const int unit = code_unit(text, i + 1);
        i += 4;
        if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
            return DecodeError::bad_json;
        }
        if (unit >= 0xd800 && unit <= 0xdbff) {
            const bool escape = text.substr(i + 1, 2) == "\\u";
            const int low = escape ? code_unit(text, i + 3) : -1;
            if (low < 0xdc00 || low > 0xdfff) {
                return DecodeError::bad_json;
            }
            i += 6;
        }
    }
    return DecodeError::none;
}

/// A key that nobody reads, from behind its first quote. Stage one has proven that it is closed.
[[nodiscard]] DecodeError check_key(const char* text) noexcept {
    std::size_t size = 0;
    while (text[size] != '"') {
        size += text[size] == '\\' ? 2 : 1;
    }
    return check_escapes({text, size});
}

}  // namespace

// number = [-] (0 | [1-9] digits) [. digits] [(e|E) [+|-] digits]
DecodeError check_number(std::string_view token) noexcept {
    const std::string_view text = trimmed(token);
    std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
    const std::size_t whole = digits(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) {
        return DecodeError::bad_json;
    }
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits(text, at + 1);
        if (fraction == 0) {
            return DecodeError::bad_json;
        }
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
            ++at;
        }
        const std::size_t exponent = digits(text, at);
        if (exponent == 0) {
            return DecodeError::bad_json;
        }
        at += exponent;
    }
    return at == text.size() ? DecodeError::none : DecodeError::bad_json;
}

DecodeError check_text(std::string_view token) noexcept {
    std::string_view text;
    if (const auto error = text_of(token, text); error != DecodeError::none) {
        return error;
    }
    return has_escape(text) ? check_escapes(text) : DecodeError::none;
}

DecodeError check_scalar(std::string_view token) noexcept {
    if (token.empty()) {
        return DecodeError::bad_json;
    }
    switch (token.front()) {
        case '"':
            return check_text(token);
        case 't':
            return trimmed(token) == "true" ? DecodeError::none : DecodeError::bad_json;
        case 'f':
            return trimmed(token) == "false" ? DecodeError::none : DecodeError::bad_json;
        case 'n':
            return trimmed(token) == "null" ? DecodeError::none : DecodeError::bad_json;
        default:
            return check_number(token);
    }
}

DecodeError check_value(ondemand::value value, int depth) noexcept {
    const std::string_view token = token_of(value);
    if (token.empty() || (token.front() != '{' && token.front() != '[')) {
        return check_scalar(token);
    }
    if (depth >= depth_max) {
        return DecodeError::too_deep;
    }
    if (token.front() == '[') {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        for (auto element : array) {
            ondemand::value child;
            if (element.get(child) != simdjson::SUCCESS) {
                return DecodeError::bad_json;
            }
            if (const auto error = check_value(child, depth + 1); error != DecodeError::none) {
                return error;
            }
        }
        return DecodeError::none;
    }
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
        return DecodeError::bad_json;
    }
    for (auto entry : object) {
        ondemand::field field;
        if (std::move(entry).get(field) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        if (const auto error = check_key(field.key().raw()); error != DecodeError::none) {
            return error;
        }
        if (const auto error = check_value(field.value(), depth + 1); error != DecodeError::none) {
            return error;
        }
    }
    return DecodeError::none;
}

}  // namespace portcullis::gateways::binance::json
