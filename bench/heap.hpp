// How often this program has called the heap, on any thread.
//
// malloc and its kin are replaced (and so operator new, which calls them), because a library may
// allocate without new. Not under sanitizers, which have their own: there `heap_counted` is false.
#pragma once

#include <cstdint>

namespace portcullis::bench {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool heap_counted = false;
#else
inline constexpr bool heap_counted = true;
#endif

[[nodiscard]] std::uint64_t heap_calls() noexcept;
/// While forbidden, the first heap call of this thread ends the program (SIGILL).
void forbid_heap(bool forbid) noexcept;

}  // namespace portcullis::bench
