// Units: prices, quantities, amounts, money and time as distinct types with only the legal
// operations.
//
// Two scales live side by side. *Atoms are what a venue says: 1e-8 of
// a unit; books, fills, balances and fees are in them, because off-tick and off-lot levels are
// legal in a book and do occur. *Ticks and *Lots are what we say, multiples of the instrument's
// grid: an order that does not fit it cannot be written down. Conversions: instrument.hpp.
// Invariants: 1. no floating point; 2. sums of one unit only; 3. what can overflow has a checked_
// form, and plain + and - verify; 4. AmountAtoms has 128 bits: no sum of 2^64 amounts overflows it.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "engine/types/strong.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

using int128 = __int128;
using uint128 = unsigned __int128;

/// Atoms in one whole unit of any asset or price: the venue's precision, 1e-8 on Binance.
inline constexpr std::int64_t atoms_per_unit = 100'000'000;
/// Micros in one unit of the risk currency.
inline constexpr std::int64_t micros_per_unit = 1'000'000;
/// Atoms in one micro: both scales are powers of ten, and the risk currency is never finer than an
/// atom.
inline constexpr std::int64_t atoms_per_micro = atoms_per_unit / micros_per_unit;
static_assert(atoms_per_micro * micros_per_unit == atoms_per_unit);

// A Strong that may be added to and subtracted from its own kind.
template <class Tag, class Rep>
struct Additive : Strong<Tag, Rep> {
    using Strong<Tag, Rep>::Strong;
};

/// a + b, or nothing when the sum does not fit.
template <class Tag, class Rep>
[[nodiscard]] constexpr std::optional<Additive<Tag, Rep>> checked_add(
    Additive<Tag, Rep> a, Additive<Tag, Rep> b) noexcept {
    Rep sum{};
    if (__builtin_add_overflow(a.value, b.value, &sum)) {
        return std::nullopt;
    }
    return Additive<Tag, Rep>{sum};
}

/// a - b, or nothing when the difference does not fit.
template <class Tag, class Rep>
[[nodiscard]] constexpr std::optional<Additive<Tag, Rep>> checked_sub(
    Additive<Tag, Rep> a, Additive<Tag, Rep> b) noexcept {
    Rep difference{};
    if (__builtin_sub_overflow(a.value, b.value, &difference)) {
        return std::nullopt;
    }
    return Additive<Tag, Rep>{difference};
}

/// For sums of values that were validated on the way in. Requires: no overflow (verified).
template <class Tag, class Rep>
[[nodiscard]] constexpr Additive<Tag, Rep> operator+(Additive<Tag, Rep> a,
                                                     Additive<Tag, Rep> b) noexcept {
    Rep sum{};
    verify(!__builtin_add_overflow(a.value, b.value, &sum));
    return Additive<Tag, Rep>{sum};
}

/// For differences of values that were validated on the way in. Requires: no overflow (verified).
template <class Tag, class Rep>
[[nodiscard]] constexpr Additive<Tag, Rep> operator-(Additive<Tag, Rep> a,
                                                     Additive<Tag, Rep> b) noexcept {
    Rep difference{};
    verify(!__builtin_sub_overflow(a.value, b.value, &difference));
    return Additive<Tag, Rep>{difference};
}

template <class Tag, class Rep>
constexpr Additive<Tag, Rep>& operator+=(Additive<Tag, Rep>& a, Additive<Tag, Rep> b) noexcept {
    return a = a + b;
}

template <class Tag, class Rep>
constexpr Additive<Tag, Rep>& operator-=(Additive<Tag, Rep>& a, Additive<Tag, Rep> b) noexcept {
    return a = a - b;
}

/// Price of one whole base unit, in 1e-8 of the quote asset.
using PriceAtoms = Additive<struct PriceAtomsTag, std::int64_t>;
/// Quantity of the base asset, in 1e-8 of it.
using QtyAtoms = Additive<struct QtyAtomsTag, std::int64_t>;
/// Amount of some asset (which one is said beside it), in 1e-8 of it; signed, 128 bits.
using AmountAtoms = Additive<struct AmountAtomsTag, int128>;
/// Price of an order of ours, in ticks of its instrument.
using PriceTicks = Additive<struct PriceTicksTag, std::int64_t>;
/// Quantity of an order of ours, in lots of its instrument.
using QtyLots = Additive<struct QtyLotsTag, std::int64_t>;
/// Money in the risk currency, in 1e-6 of it; every conversion into it rounds against us.
using NotionalMicro = Additive<struct NotionalMicroTag, std::int64_t>;

/// A span of time, in nanoseconds.
using DurationNs = Additive<struct DurationNsTag, std::int64_t>;
/// A point on the local monotonic clock. Ages, windows and deadlines are reckoned in it, never in
/// wall time.
using MonoNs = Strong<struct MonoNsTag, std::int64_t>;
/// A point in Unix time, in nanoseconds. For records and for the venue's timestamps; no decision
/// depends on it.
using WallNs = Strong<struct WallNsTag, std::int64_t>;

[[nodiscard]] constexpr DurationNs operator-(MonoNs later, MonoNs earlier) noexcept {
    std::int64_t difference{};
    verify(!__builtin_sub_overflow(later.value, earlier.value, &difference));
    return DurationNs{difference};
}

[[nodiscard]] constexpr MonoNs operator+(MonoNs at, DurationNs span) noexcept {
    std::int64_t sum{};
    verify(!__builtin_add_overflow(at.value, span.value, &sum));
    return MonoNs{sum};
}

[[nodiscard]] constexpr DurationNs milliseconds(std::int64_t count) noexcept {
    std::int64_t ns{};
    verify(!__builtin_mul_overflow(count, std::int64_t{1'000'000}, &ns));
    return DurationNs{ns};
}

/// Which way a division that does not come out even goes. Named by its effect on the number, not on
/// us.
enum class Rounding : std::uint8_t { down, up };  // toward minus, toward plus infinity

/// a / b with the rounding named, in the width of `a`: 64 bits divide in a fifth of the time of
/// 128. Requires: b > 0.
template <std::signed_integral Int>
[[nodiscard]] constexpr Int divide(Int a, std::type_identity_t<Int> b, Rounding rounding) noexcept {
    verify(b > 0);
    const Int quotient = a / b;
    const Int remainder = a % b;
    if (remainder == 0) {
        return quotient;
    }
    if (rounding == Rounding::down) {
        return remainder < 0 ? quotient - 1 : quotient;
    }
    return remainder > 0 ? quotient + 1 : quotient;
}

/// Narrows to 64 bits, or nothing when it does not fit.
[[nodiscard]] constexpr std::optional<std::int64_t> to_int64(int128 value) noexcept {
    if (value > std::numeric_limits<std::int64_t>::max() ||
        value < std::numeric_limits<std::int64_t>::min()) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(value);
}

/// price x quantity in atoms of the quote asset. Cannot overflow: two 64-bit factors in 128 bits.
[[nodiscard]] constexpr AmountAtoms quote_amount(PriceAtoms price, QtyAtoms qty,
                                                 Rounding rounding) noexcept {
    return AmountAtoms{divide(int128{price.value} * int128{qty.value}, atoms_per_unit, rounding)};
}

}  // namespace portcullis::engine
