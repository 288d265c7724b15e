// How many levels a depth snapshot asks for, and what the venue weighs that at.
//
// One number for REST and WebSocket API, so that a book means the same whichever way it came. 1000
// levels a side are a fifth of the weight of 5000, and what lies beyond them is told by the stream
// as soon as it changes. Const data.
#pragma once

#include <cstdint>

#include "gateways/session/rate_budget.hpp"

namespace portcullis::gateways::binance {

/// Weight of `depth` by its limit, REST and WebSocket API alike.
[[nodiscard]] constexpr std::uint32_t depth_weight(std::uint32_t levels) noexcept {
    return levels <= 100 ? 5 : levels <= 500 ? 25 : levels <= 1000 ? 50 : 250;
}

inline constexpr std::uint32_t snapshot_levels = 1000;
inline constexpr RequestCost snapshot_cost{depth_weight(snapshot_levels), 0};

}  // namespace portcullis::gateways::binance
