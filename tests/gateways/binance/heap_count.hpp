// Heap calls of this test program so far. The operators lie in a file of their own: where g++ sees
// them beside their use it inlines half of a pair and warns of the other.
#pragma once

#include <cstddef>

namespace portcullis::gateways::binance {

[[nodiscard]] std::size_t heap_calls() noexcept;

}  // namespace portcullis::gateways::binance
