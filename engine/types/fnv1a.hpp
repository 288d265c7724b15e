// FNV-1a of 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): names a text, finds a damaged page.
//
// Where a checksum must hold against chance only and bytes are few: a config's hash, the kill
// page's header, the symbols' table. Nobody is kept out by it: who can write the bytes can write
// the sum. The journal has CRC-32C (journal/crc32c.hpp), the state its own mixer (state_hash.hpp).
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::engine {

[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view bytes) noexcept {
    std::uint64_t sum = 0xcbf29ce484222325ULL;
    for (const char byte : bytes) {
        sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    }
    return sum;
}

}  // namespace portcullis::engine
