// UncoveredSymbols: on how many symbols the account was active that ForeignSymbols could not keep.
//
// A row of such a symbol comes again with every answer and event, so what is counted is symbols and
// not sightings. Their names may be of any length (that is why they are not kept), so each stands
// here as a hash of its name: two of one hash would count as one, never as none. Owner: order
// agent.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "engine/types/fnv1a.hpp"

namespace portcullis::gateways::binance {

class UncoveredSymbols {
public:
    static constexpr std::uint32_t capacity = 64;

    /// How many there are with this one; `capacity` means so many or more.
    std::uint32_t note(std::string_view symbol) noexcept {
        const std::uint64_t hash = engine::fnv1a(symbol);
        const auto end = hashes_.begin() + count_;
        if (count_ < capacity && std::find(hashes_.begin(), end, hash) == end) {
            hashes_[count_++] = hash;
        }
        return count_;
    }

private:
    std::array<std::uint64_t, capacity> hashes_{};
    std::uint32_t count_{};
};

}  // namespace portcullis::gateways::binance
