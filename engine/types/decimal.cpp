// Decimal text <-> integers, see decimal.hpp.
//
// Where text is wrong in several ways, the first of this list is reported: empty, bad_character,
// too_precise, overflow.
#include "engine/types/decimal.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "engine/types/verify.hpp"

namespace portcullis::engine {
namespace {

constexpr int decimals_max = 8;
constexpr std::uint64_t positive_max = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::uint64_t, decimals_max + 1> power_of_ten{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

struct Magnitude {
    std::uint64_t atoms{};
    DecimalError error{DecimalError::none};
};

[[nodiscard]] bool is_digit(char c) noexcept {
    return static_cast<unsigned char>(c - '0') < 10;
}

[[nodiscard]] unsigned digit(char c) noexcept {
    return static_cast<unsigned>(c - '0');
}

/// "00" to "99": two digits a division, and a division by a constant is a multiplication.
constexpr auto digit_pairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

[[nodiscard]] std::size_t digit_count(std::uint64_t value) noexcept {
    std::size_t count = 1;
    for (; value >= 10'000; value /= 10'000) {
        count += 4;
    }
    return count + (value >= 10 ? 1U : 0U) + (value >= 100 ? 1U : 0U) + (value >= 1'000 ? 1U : 0U);
}

/// The last `count` digits, with zeros in front.
void write_digits(std::uint64_t value, char* out, std::size_t count) noexcept {
    for (; count >= 2; count -= 2) {
        std::memcpy(out + count - 2, &digit_pairs[2 * (value % 100)], 2);
        value /= 100;
    }
    if (count == 1) {
        *out = static_cast<char>('0' + value % 10);
    }
}

/// The plain definition of the grammar.
[[nodiscard]] Magnitude parse_any(std::string_view text, std::uint64_t atoms_max) noexcept {
    if (text.empty()) {
        return {0, DecimalError::empty};
    }
    std::uint64_t value = 0;
    bool overflow = false;
    std::size_t i = 0;
    for (; i < text.size() && is_digit(text[i]); ++i) {
        overflow |= __builtin_mul_overflow(value, 10U, &value);
        overflow |= __builtin_add_overflow(value, digit(text[i]), &value);
    }
    if (i == 0 || (i < text.size() && (text[i] != '.' || i + 1 == text.size()))) {
        return {0, DecimalError::bad_character};
    }
    std::size_t decimals = 0;
    bool too_precise = false;
    for (++i; i < text.size(); ++i) {
        if (!is_digit(text[i])) {
            return {0, DecimalError::bad_character};
        }
        if (decimals == decimals_max) {
            too_precise |= text[i] != '0';
            continue;
        }
        overflow |= __builtin_mul_overflow(value, 10U, &value);
        overflow |= __builtin_add_overflow(value, digit(text[i]), &value);
        ++decimals;
    }
    if (too_precise) {
        return {0, DecimalError::too_precise};
    }
    overflow |= __builtin_mul_overflow(value, power_of_ten[decimals_max - decimals], &value);
    if (overflow || value > atoms_max) {
        return {0, DecimalError::overflow};
    }
    return {value, DecimalError::none};
}

}  // namespace

DecimalResult decimal_detail::parse_decimal_any(std::string_view text) noexcept {
    const Magnitude magnitude = parse_any(text, positive_max);
    return {static_cast<std::int64_t>(magnitude.atoms), magnitude.error};
}

DecimalResult parse_signed_decimal(std::string_view text) noexcept {
    if (text.empty() || text.front() != '-') {
        return parse_decimal(text);
    }
    if (text.size() == 1) {
        return {0, DecimalError::bad_character};
    }
    const Magnitude magnitude = parse_any(text.substr(1), positive_max + 1);
    return {static_cast<std::int64_t>(0 - magnitude.atoms), magnitude.error};
}

std::optional<std::uint64_t> decimal_detail::parse_unsigned_any(std::string_view text) noexcept {
    if (text.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c) || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, digit(c), &value)) {
            return std::nullopt;
        }
    }
    return value;
}

std::size_t format_unsigned(std::uint64_t value, char* out) noexcept {
    const std::size_t count = digit_count(value);
    write_digits(value, out, count);
    return count;
}

std::size_t format_decimal(std::int64_t atoms, int decimals, char* out) noexcept {
    verify(decimals >= 0);
    verify(decimals <= decimals_max);
    std::size_t length = 0;
    std::uint64_t rest = static_cast<std::uint64_t>(atoms);
    if (atoms < 0) {
        out[length++] = '-';
        rest = 0 - rest;
    }
    length += format_unsigned(rest / power_of_ten[decimals_max], out + length);
    // All eight, and those behind the last are seen to be zeros: no division by a number that is
    // not known.
    std::array<char, decimals_max> part;
    write_digits(rest % power_of_ten[decimals_max], part.data(), part.size());
    const auto places = static_cast<std::size_t>(decimals);
    for (std::size_t i = places; i < part.size(); ++i) {
        verify(part[i] == '0');
    }
    if (decimals == 0) {
        return length;
    }
    out[length++] = '.';
    std::copy_n(part.data(), places, out + length);
    return length + places;
}

const char* describe(DecimalError error) noexcept {
    switch (error) {
        case DecimalError::none:
            return "none";
        case DecimalError::empty:
            return "empty text";
        case DecimalError::bad_character:
            return "not of the form 123 or 123.45";
        case DecimalError::too_precise:
            return "more than eight decimals";
        case DecimalError::overflow:
            return "too large for 64 bits of 1e-8 units";
    }
    verify(false);
    return "";
}

}  // namespace portcullis::engine
