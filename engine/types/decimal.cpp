// Decimal text <-> integers, see decimal.hpp.
//
// Where text is wrong in several ways, the first of this list is reported: empty, bad_character,
// too_precise, overflow.
#include "engine/types/decimal.hpp"

#include <algorithm>
#include <array>
#include <bit>
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

constexpr std::size_t digits_max = 20;
constexpr std::array<std::uint64_t, digits_max> tens = [] {
    std::array<std::uint64_t, digits_max> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) {
        powers[i] = powers[i - 1] * 10;
    }
    return powers;
}();
constexpr std::uint64_t eight = 100'000'000;
constexpr std::uint64_t eight_zeros = 0x3030303030303030U;

[[nodiscard]] std::size_t digit_count(std::uint64_t value) noexcept {
    // log10(2) is 1233 / 4096, a little less; the next power of ten decides.
    const auto bits = static_cast<std::size_t>(std::bit_width(value | 1U));
    const std::size_t guess = bits * 1233 >> 12U;
    return guess + (value >= tens.data()[guess] || guess == 0 ? 1U : 0U);
}

/// The eight digits of a value below 1e8 as characters, the first in the lowest byte: halves,
/// quarters, then single digits, each step for all lanes at once. A division by a constant is a
/// multiplication, and these are exact for what a lane can hold.
[[nodiscard, gnu::always_inline]] inline std::uint64_t eight_digits(std::uint64_t value) noexcept {
    const std::uint64_t fours = value / 10'000 | (value % 10'000) << 32U;
    const std::uint64_t hundreds = (fours * 10'486 >> 20U) & 0x0000007f0000007fU;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16U;
    const std::uint64_t upper = (twos * 103 >> 10U) & 0x000f000f000f000fU;
    return (upper | (twos - upper * 10) << 8U) + eight_zeros;
}

/// The first `count` (1 to 8) characters of `word`; nothing behind them is touched.
[[gnu::always_inline]] inline void write_word(std::uint64_t word, char* out,
                                              std::size_t count) noexcept {
    if (count >= 8) {
        std::memcpy(out, &word, 8);
    } else if (count >= 4) {
        const std::uint64_t end = word >> 8 * (count - 4);
        std::memcpy(out, &word, 4);
        std::memcpy(out + count - 4, &end, 4);
    } else {
        const std::uint64_t end = word >> 8 * (count - 1);
        const std::uint64_t middle = word >> 8 * (count / 2);
        std::memcpy(out, &word, 1);
        std::memcpy(out + count / 2, &middle, 1);
        std::memcpy(out + count - 1, &end, 1);
    }
}

/// The last `count` (9 to 20) digits, with zeros in front.
[[gnu::noinline]] void write_many_digits(std::uint64_t value, char* out,
                                         std::size_t count) noexcept {
    if (count > 16) {
        write_word(eight_digits(value / (eight * eight)) >> 8 * (24 - count), out, count - 16);
        out += count - 16;
        value %= eight * eight;
        count = 16;
    }
    const std::uint64_t front = eight_digits(value / eight);
    const std::uint64_t back = eight_digits(value % eight);
    write_word(front >> 8 * (16 - count), out, count - 8);
    std::memcpy(out + count - 8, &back, 8);
}

/// The last `count` (1 to 20) digits, with zeros in front.
[[gnu::always_inline]] inline void write_digits(std::uint64_t value, char* out,
                                                std::size_t count) noexcept {
    if (count == 1) {
        *out = static_cast<char>('0' + value % 10);
    } else if (count <= 8) {
        write_word(eight_digits(value) >> 8 * (8 - count), out, count);
    } else {
        write_many_digits(value, out, count);
    }
}

/// Whether it is written with `size` characters.
[[nodiscard, gnu::always_inline]] inline bool has_digits(std::uint64_t value,
                                                         std::size_t size) noexcept {
    if (size - 1 >= digits_max) {
        return false;
    }
    const bool enough = size == 1 || value >= tens.data()[size - 1];
    return enough && (size == digits_max || value < tens.data()[size]);
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

bool format_unsigned_as(std::uint64_t value, char* out, std::size_t size) noexcept {
    const bool fits = has_digits(value, size);
    if (fits) {
        write_digits(value, out, size);
    }
    return fits;
}

namespace {

/// The point and what stands behind it, of `rest` / 1e8.
[[gnu::always_inline]] inline void write_places(std::uint64_t rest, int decimals,
                                                char* out) noexcept {
    verify(decimals >= 0);
    verify(decimals <= decimals_max);
    const auto places = static_cast<std::size_t>(decimals);
    // All eight, and those behind the last are seen to be zeros: no division by a number that is
    // not known.
    const std::uint64_t word = eight_digits(rest);
    if (places < decimals_max) {
        verify(word >> 8 * places == eight_zeros >> 8 * places);
    }
    if (places > 0) {
        *out = '.';
        write_word(word, out + 1, places);
    }
}

[[nodiscard]] std::size_t places_size(int decimals) noexcept {
    return decimals == 0 ? 0 : static_cast<std::size_t>(decimals) + 1;
}

}  // namespace

std::size_t format_decimal(std::int64_t atoms, int decimals, char* out) noexcept {
    std::size_t length = 0;
    std::uint64_t rest = static_cast<std::uint64_t>(atoms);
    if (atoms < 0) {
        out[length++] = '-';
        rest = 0 - rest;
    }
    length += format_unsigned(rest / eight, out + length);
    write_places(rest % eight, decimals, out + length);
    return length + places_size(decimals);
}

bool format_decimal_as(std::int64_t atoms, int decimals, char* out, std::size_t size) noexcept {
    const std::uint64_t rest = static_cast<std::uint64_t>(atoms);
    const std::size_t behind = places_size(decimals);
    const bool fits = atoms >= 0 && size > behind && has_digits(rest / eight, size - behind);
    if (fits) {
        write_digits(rest / eight, out, size - behind);
        write_places(rest % eight, decimals, out + size - behind);
    }
    return fits;
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
