// prefetch(): the cache lines of a thing that will be needed soon, asked for ahead.
//
// A desk's engine looks at every tick and acts on one in thirty; what acting needs is out of the
// first cache by then. Asked for when the tick comes, it arrives while the strategy thinks.
#pragma once

#include <cstddef>

#include "engine/types/capacity.hpp"

namespace portcullis::engine {

/// All lines of `thing`, for reading and writing. No effect but time.
template <class T>
[[gnu::always_inline]] inline void prefetch(const T& thing) noexcept {
    const auto* const bytes = reinterpret_cast<const char*>(&thing);
    for (std::size_t at = 0; at < sizeof(T); at += capacity::cache_line) {
        __builtin_prefetch(bytes + at);
    }
}

}  // namespace portcullis::engine
