// StateHasher: one 64-bit number over everything a component remembers, equal on every compiler and
// preset.
//
// Each stateful type has `void hash(StateHasher&) const`; the core's state hash is theirs in a
// fixed order. Two runs that agree on it after every input took the same decisions for the same
// reasons. It guards against our own mistakes and against damage, not against an adversary (the
// journal's seals do that), so a fast mixer is enough.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/types/strong.hpp"

namespace portcullis::engine {

class StateHasher {
public:
    constexpr void add(std::uint64_t word) noexcept {
        // The finalizer of SplitMix64 over a running sum: every input bit reaches every output bit.
        state_ = (state_ ^ word) + 0x9e3779b97f4a7c15ULL;
        state_ = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
        state_ = (state_ ^ (state_ >> 27)) * 0x94d049bb133111ebULL;
        state_ ^= state_ >> 31;
    }
    template <std::integral T>
    constexpr void add(T number) noexcept {
        add(static_cast<std::uint64_t>(number));
    }
    constexpr void add(__int128 number) noexcept {
        add(static_cast<std::uint64_t>(number));
        add(static_cast<std::uint64_t>(static_cast<unsigned __int128>(number) >> 64));
    }
    template <class E>
    requires std::is_enum_v<E>
    constexpr void add(E enumerator) noexcept { add(static_cast<std::uint64_t>(enumerator)); }
    template <class Tag, class Rep>
    constexpr void add(const Strong<Tag, Rep>& number) noexcept {
        add(number.value);
    }
    /// A strategy's double, by its bits: "nearly equal" is a different state.
    constexpr void add(double number) noexcept { add(std::bit_cast<std::uint64_t>(number)); }

    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return state_; }

private:
    std::uint64_t state_{0x706f727463756c6cULL};
};

}  // namespace portcullis::engine
