// Strong<Tag, Rep>: an integer that cannot be mistaken for another.
//
// A price, a quantity, an id and a time are all 64-bit integers; adding two of different kinds is
// always a bug. This wrapper has explicit construction, ordering, and nothing else. Arithmetic is
// given only to the kinds that have a meaning for it (units.hpp), and a product exists only as a
// named function with overflow refused. Trivially copyable, no padding, unique object
// representation: it may lie in an event and be hashed by its bytes.
#pragma once

#include <compare>
#include <type_traits>

namespace portcullis::engine {

template <class Tag, class Rep>
struct Strong {
    using rep = Rep;
    Rep value{};

    constexpr Strong() noexcept = default;
    constexpr explicit Strong(Rep v) noexcept : value(v) {}

    friend constexpr bool operator==(Strong a, Strong b) noexcept { return a.value == b.value; }
    friend constexpr auto operator<=>(Strong a, Strong b) noexcept { return a.value <=> b.value; }
};

}  // namespace portcullis::engine
