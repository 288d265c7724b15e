#include "tests/gateways/binance/heap_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> calls{0};
}  // namespace

// Every form that is called somewhere: a sanitizer brings its own for those that are left out.
void* operator new(std::size_t size) {
    calls.fetch_add(1, std::memory_order_relaxed);  // a counter, orders nothing
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return operator new(size);
}
void* operator new[](std::size_t size) {
    return operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return operator new(size);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace portcullis::gateways::binance {

std::size_t heap_calls() noexcept {
    return calls.load(std::memory_order_relaxed);
}

}  // namespace portcullis::gateways::binance
