// Exact decimal text <-> integers. No floating point, no rounding, no allocation.
//
// A venue writes "61837.63000000"; we keep 6183763000000 (1e-8). Text that does not fit exactly is
// refused, never rounded: NaN, Inf, exponents, signs where none may be, 19 digits, more than eight
// decimals that are not zero. strtod would accept most of these and give a neighbour of some. Every
// gateway, the config and the console parse numbers through here, so there is one place to prove
// (tests/engine/types, all strings over a small alphabet).
#pragma once

#include <cstddef>
#include <cstdint>
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
[[nodiscard]] DecimalResult parse_decimal(std::string_view text) noexcept;

/// The same with one optional leading '-'. For balance changes. "-0" is zero.
[[nodiscard]] DecimalResult parse_signed_decimal(std::string_view text) noexcept;

/// Parses digits only into an unsigned 64-bit integer. For ids and times.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept;

/// Longest text that format_decimal writes: sign, 11 digits, point, 8 decimals.
inline constexpr std::size_t decimal_text_max = 21;

/// Writes `atoms` (1e-8 units) with exactly `decimals` (0..8) places; returns the number of
/// characters. Requires: the places cut off are zero (verified); out has room for decimal_text_max.
[[nodiscard]] std::size_t format_decimal(std::int64_t atoms, int decimals, char* out) noexcept;

/// Writes an unsigned integer without leading zeros; returns the number of characters. Requires:
/// room for 20.
[[nodiscard]] std::size_t format_unsigned(std::uint64_t value, char* out) noexcept;

[[nodiscard]] const char* describe(DecimalError error) noexcept;

}  // namespace portcullis::engine
