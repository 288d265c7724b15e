// How many levels a depth snapshot asks for, and what the venue weighs that at.
//
// One number for REST and WebSocket API, so that a book means the same whichever way it came. 500
// levels a side weigh half of 1000: in a storm of gaps twice as many books come back in the venue's
// minute, and a desk that starts with thirty instruments has them all in the first. What lies
// beyond is told by the stream as soon as it changes; a book that comes to the end of what it knows
// is asked for anew (engine::L2Book::levels_sure_min). Const data.
#pragma once

#include <cstdint>

#include "gateways/binance/market_data.hpp"
#include "gateways/session/rate_budget.hpp"

namespace portcullis::gateways::binance {

/// Weight of `depth` by its limit, REST and WebSocket API alike.
[[nodiscard]] constexpr std::uint32_t depth_weight(std::uint32_t levels) noexcept {
    return levels <= 100 ? 5 : levels <= 500 ? 25 : levels <= 1000 ? 50 : 250;
}

inline constexpr std::uint32_t snapshot_levels = 500;
inline constexpr RequestCost snapshot_cost{depth_weight(snapshot_levels), 0};

/// Marks the sides of an answer to snapshot_levels behind which there is more.
inline void mark_cut(DepthSnapshot& snapshot) noexcept {
    snapshot.bids_cut = snapshot.bids.size() >= snapshot_levels;
    snapshot.asks_cut = snapshot.asks.size() >= snapshot_levels;
}

}  // namespace portcullis::gateways::binance
