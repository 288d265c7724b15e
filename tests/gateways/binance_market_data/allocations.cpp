// Replaces new and delete of this test program by counting ones. See allocations.hpp. Under
// AddressSanitizer, which has its own and checks that they pair, nothing is counted.
#include "tests/gateways/binance_market_data/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> count{0};
}  // namespace

#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
    count.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
#endif

namespace portcullis::gateways::binance {

std::size_t allocation_count() noexcept {
    return count.load(std::memory_order_relaxed);
}

}  // namespace portcullis::gateways::binance
