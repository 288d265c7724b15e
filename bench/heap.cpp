#include "bench/heap.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {
std::atomic<std::uint64_t> calls{0};
thread_local bool forbidden = false;
}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {
void count() noexcept {
    if (forbidden) {
        __builtin_trap();  // no message: that could be a heap call, and is a system call
    }
    calls.fetch_add(1, std::memory_order_relaxed);  // relaxed: a counter, orders nothing
}
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t n, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

void* malloc(std::size_t size) noexcept {
    count();
    return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) noexcept {
    count();
    return __libc_calloc(n, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
    count();
    return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
    count();
    return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    count();
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept {
    count();
    *out = __libc_memalign(alignment, size);
    return *out == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
    if (memory != nullptr) {
        count();
    }
    __libc_free(memory);
}
}
#endif

namespace portcullis::bench {

std::uint64_t heap_calls() noexcept {
    return calls.load(std::memory_order_relaxed);  // relaxed: a count
}

void forbid_heap(bool forbid) noexcept {
    forbidden = forbid;
}

}  // namespace portcullis::bench
