// Exact decimal text <-> integers. No floating point, no rounding, no allocation.
//
// A venue writes "61837.63000000"; we keep 6183763000000 (1e-8). Text that does not fit exactly is
// refused, never rounded: NaN, Inf, exponents, signs where none may be, 19 digits, more than eight
// decimals that are not zero. strtod would accept most of these and give a neighbour of some. Every
// gateway, the config and the console parse numbers through here, so there is one place to prove
// (tests/engine/types, all strings over a small alphabet).
#pragma once

#include <smmintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace portcullis::engine {

enum class DecimalError : std::uint8_t { none, empty, bad_character, too_precise, overflow };

struct DecimalResult {
    std::int64_t atoms{};
    DecimalError error{DecimalError::none};
};

/// Parses an unsigned decimal ("0", "12", "0.00012", "61837.63000000") into 1e-8 units.
/// Grammar: digits+ [ '.' digits+ ]. Leading zeros are accepted, trailing zeros beyond eight
/// decimals too (the value is exact); anything else beyond eight decimals is too_precise. Source:
/// all Binance price and quantity strings.
[[nodiscard]] inline DecimalResult parse_decimal(std::string_view text) noexcept;

/// The same with one optional leading '-'. For balance changes. "-0" is zero.
[[nodiscard]] DecimalResult parse_signed_decimal(std::string_view text) noexcept;

/// Parses digits only into an unsigned 64-bit integer. For ids and times.
[[nodiscard]] inline std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept;

/// Longest text that format_decimal writes: sign, 11 digits, point, 8 decimals.
inline constexpr std::size_t decimal_text_max = 21;

/// Writes `atoms` (1e-8 units) with exactly `decimals` (0..8) places; returns the number of
/// characters. Requires: the places cut off are zero (verified); out has room for decimal_text_max.
[[nodiscard]] std::size_t format_decimal(std::int64_t atoms, int decimals, char* out) noexcept;

/// Writes an unsigned integer without leading zeros; returns the number of characters. Requires:
/// room for 20.
[[nodiscard]] std::size_t format_unsigned(std::uint64_t value, char* out) noexcept;

/// The same where they are `size` characters; else false, and nothing is written. For a text in
/// which a number takes the place of another: nothing around it is touched.
[[nodiscard]] bool format_decimal_as(std::int64_t atoms, int decimals, char* out,
                                     std::size_t size) noexcept;
[[nodiscard]] bool format_unsigned_as(std::uint64_t value, char* out, std::size_t size) noexcept;

[[nodiscard]] const char* describe(DecimalError error) noexcept;

// Venues pad to eight decimals ("61837.63000000"), so text whose ninth character from the end is
// the point takes a path without a loop, sixteen digits at a time, and so do ids and times of eight
// to sixteen digits. Everything else takes the plain loop (decimal.cpp), which alone defines what
// is accepted; the tests compare both with oracles, over all short strings and over each length.
// Words are loaded only from inside the text.
namespace decimal_detail {

static_assert(std::endian::native == std::endian::little,
              "the first character is the lowest byte of a loaded word");

[[nodiscard]] DecimalResult parse_decimal_any(std::string_view text) noexcept;
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned_any(std::string_view text) noexcept;

[[nodiscard]] inline std::uint64_t load_word(const char* at) noexcept {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// The first `count` characters (0 to 8) of a word at its end, '0's before them.
[[nodiscard]] inline std::uint64_t at_end(std::uint64_t word, std::size_t count) noexcept {
    constexpr std::uint64_t zeros = 0x3030303030303030;
    return count == 0 ? zeros : count == 8 ? word : word << (64 - 8 * count) | zeros >> (8 * count);
}

/// `high` and `low` as sixteen digits, the first in the lowest byte of `high`. False: one is none.
[[nodiscard]] inline bool sixteen_digits(std::uint64_t high, std::uint64_t low,
                                         std::uint64_t& out) noexcept {
    const __m128i text =
        _mm_set_epi64x(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high));
    const __m128i digits = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const __m128i in_range = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    const __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010a));
    const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    const __m128i packed = _mm_packus_epi32(fours, fours);
    const __m128i eights = _mm_madd_epi16(packed, _mm_set1_epi32(0x00012710));
    const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
    out = (both & 0xffffffff) * 100'000'000 + (both >> 32);
    return _mm_movemask_epi8(in_range) == 0xffff;
}

}  // namespace decimal_detail

inline DecimalResult parse_decimal(std::string_view text) noexcept {
    constexpr std::size_t tail = 9;  // the point and eight digits
    if (text.size() > tail && text.size() <= tail + 8 && text[text.size() - tail] == '.') {
        const std::size_t integers = text.size() - tail;  // 1..8
        // Ten characters at least, so the first eight are ours. At most sixteen digits: cannot
        // overflow.
        std::uint64_t atoms = 0;
        if (decimal_detail::sixteen_digits(
                decimal_detail::at_end(decimal_detail::load_word(text.data()), integers),
                decimal_detail::load_word(text.data() + integers + 1), atoms)) [[likely]] {
            return {static_cast<std::int64_t>(atoms), DecimalError::none};
        }
    }
    return decimal_detail::parse_decimal_any(text);
}

inline std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept {
    if (text.size() >= 8 && text.size() <= 16) {
        std::uint64_t value = 0;
        if (decimal_detail::sixteen_digits(
                decimal_detail::at_end(decimal_detail::load_word(text.data()), text.size() - 8),
                decimal_detail::load_word(text.data() + text.size() - 8), value)) [[likely]] {
            return value;
        }
        return std::nullopt;
    }
    return decimal_detail::parse_unsigned_any(text);
}

}  // namespace portcullis::engine
