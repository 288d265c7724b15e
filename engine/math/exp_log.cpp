// exp and log by table and short polynomial, see exp_log.hpp.
//
// Both reduce the argument to a small r with an error far below the last place, take the bulk of
// the result from a table as high + low, and add a Taylor polynomial of r, whose coefficients need
// no fitting because |r| is below 2^-7.
#include "engine/math/exp_log.hpp"

#include <bit>
#include <cstdint>
#include <limits>

#include "engine/math/tables.hpp"

namespace portcullis::engine::math {
namespace {

static_assert(std::numeric_limits<double>::is_iec559);

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr std::uint64_t mantissa_bits = 52;

/// 2^e as a double. Requires: -1022 <= e <= 1023 (by construction of the callers).
[[nodiscard]] double power_of_two(std::int64_t e) noexcept {
    return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << mantissa_bits);
}

/// y * 2^e, rounded once. Requires: 1 <= y < 2.
[[nodiscard]] double scaled(double y, std::int64_t e) noexcept {
    if (e >= -1022 && e <= 1023) [[likely]] {
        return y * power_of_two(e);
    }
    // The first product is exact, the second rounds to a subnormal or goes to the last octave.
    const std::int64_t first = e < 0 ? e + 1000 : 1023;
    return y * power_of_two(first) * power_of_two(e - first);
}

}  // namespace

// x = k * ln2/64 + r, so e^x = 2^(k/64) * e^r, with |r| <= ln2/128.
double exp(double x) noexcept {
    constexpr double overflow_above = 0x1.62e42fefa39efp+9;
    constexpr double zero_below = -0x1.74910d52d3052p+9;
    constexpr double inverse = 0x1.71547652b82fep+6;  // 64/ln2
    // ln2/64 in two: the high part has 34 bits, so that k times it is exact.
    constexpr double high = 0x1.62e42fef80000p-7;
    constexpr double low = 0x1.1cf79abc9e3b4p-42;
    // Adding and taking away 1.5 * 2^52 rounds to an integer.
    constexpr double shift = 0x1.8p52;

    if (x != x) {
        return not_a_number;
    }
    if (x > overflow_above) {
        return infinity;
    }
    if (x < zero_below) {
        return 0.0;
    }
    const double k = (x * inverse + shift) - shift;
    const double r = (x - k * high) - k * low;
    const auto index = static_cast<std::int64_t>(k);
    const PowerOfTwo& base = powers_of_two[static_cast<std::size_t>(index & 63)];
    // e^r - 1, from the smallest term up.
    const double tail =
        0.5 +
        r * (0x1.5555555555555p-3 +
             r * (0x1.5555555555555p-5 + r * (0x1.1111111111111p-7 + r * 0x1.6c16c16c16c17p-10)));
    const double growth = r + r * r * tail;
    const double y = base.high + (base.low + base.high * growth);
    return scaled(y, index >> 6);
}

// x = 2^k * z with z in [0.6875, 1.375), and c near 1/z: log x = k*ln2 - log(c) + log(1 + r) with
// r = z*c - 1, |r| <= 2^-7.
double log(double x) noexcept {
    constexpr std::uint64_t offset = 0x3fe6000000000000;  // 0.6875
    constexpr std::uint64_t exponent_mask = std::uint64_t{0xfff} << mantissa_bits;
    constexpr std::uint64_t low_half = (std::uint64_t{1} << 26) - 1;
    // ln2 in two: the high part is a multiple of 2^-42, so that k times it is exact.
    constexpr double ln2_high = 0x1.62e42fefa3800p-1;
    constexpr double ln2_low = 0x1.ef35793c76730p-45;

    if (x != x || x < 0.0) {
        return not_a_number;
    }
    if (x == 0.0) {
        return -infinity;
    }
    if (x == infinity) {
        return infinity;
    }
    double scale_back = 0.0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1p52;
        scale_back = -52.0;
    }
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const std::uint64_t past = bits - offset;
    const Reciprocal& near = reciprocals[(past >> 45) & 127];
    const double k = static_cast<double>(static_cast<std::int64_t>(past) >> 52) + scale_back;
    const double z = std::bit_cast<double>(bits - (past & exponent_mask));

    // z*c - 1 without rounding, as r + r_rest: both halves of z times ten bits are exact.
    const double z_high = std::bit_cast<double>(std::bit_cast<std::uint64_t>(z) & ~low_half);
    const double front = z_high * near.c - 1.0;
    const double back = (z - z_high) * near.c;
    const double r = front + back;
    const double r_rest = (front - r) + back;

    const double bulk = k * ln2_high + near.high;  // exact
    const double sum = bulk + r;
    const double sum_rest = (bulk - sum) + r;
    // log(1 + r) - r, from the smallest term up.
    const double tail =
        -0.5 + r * (0x1.5555555555555p-2 +
                    r * (-0.25 + r * (0x1.999999999999ap-3 +
                                      r * (-0x1.5555555555555p-3 +
                                           r * (0x1.2492492492492p-3 + r * -0.125)))));
    return sum + (r * r * tail + (sum_rest + (r_rest + (near.low + k * ln2_low))));
}

}  // namespace portcullis::engine::math
