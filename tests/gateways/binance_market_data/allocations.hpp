// How many allocations this test program has made. Counted in a file of its own (allocations.cpp):
// where the compiler sees new and delete replaced, it warns of every pair that it inlines.
#pragma once

#include <cstddef>

namespace portcullis::gateways::binance {

[[nodiscard]] std::size_t allocation_count() noexcept;

}  // namespace portcullis::gateways::binance
