// A second, slow reading of decimal.hpp's grammar in 128 bits, shared by the tests and the fuzzer.
// It works in whole passes over the text, where the parser works in one, so that they share no
// mistake.
#pragma once

#include <algorithm>
#include <limits>
#include <string_view>

#include "engine/types/decimal.hpp"

namespace portcullis::engine {

inline bool only_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

inline DecimalResult decimal_oracle(std::string_view text, bool with_sign) {
    if (text.empty()) {
        return {0, DecimalError::empty};
    }
    const bool negative = with_sign && text[0] == '-';
    if (negative) {
        text.remove_prefix(1);
    }
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::string_view part = point == text.npos ? "0" : text.substr(point + 1);
    if (!only_digits(whole) || !only_digits(part)) {
        return {0, DecimalError::bad_character};
    }
    while (part.size() > 8 && part.back() == '0') {
        part.remove_suffix(1);
    }
    if (part.size() > 8) {
        return {0, DecimalError::too_precise};
    }
    __int128 value = 0;
    constexpr __int128 far = static_cast<__int128>(1) << 100;
    for (const char c : whole) {
        value = std::min(value * 10 + (c - '0'), far);
    }
    for (std::size_t i = 0; i < 8; ++i) {
        value = value * 10 + (i < part.size() ? part[i] - '0' : 0);
    }
    value = negative ? -value : value;
    if (value > std::numeric_limits<std::int64_t>::max() ||
        value < std::numeric_limits<std::int64_t>::min()) {
        return {0, DecimalError::overflow};
    }
    return {static_cast<std::int64_t>(value), DecimalError::none};
}

}  // namespace portcullis::engine
