// Ladder: levels around a fair value, the whole of it moved against the inventory.
//
//   fair' = fair x (1 - skew x position / inventory)       position / inventory within [-1, 1]
//   bid_i = fair' x (1 - half_spread - i x step), ask_i alike
//
// The simplest market maker that is one: it earns the spread while flow is balanced and leans
// against its own inventory when it is not. At full inventory it quotes one side only.
// Prices are rounded to the passive side: bids down, asks up.
// Owner: core thread, through StrategySet.
#pragma once

#include <array>
#include <cstdint>

#include "engine/core/strategy_api.hpp"
#include "strategies/quotes.hpp"
#include "strategies/rounding.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

class Ladder {
public:
    explicit Ladder(const LadderConfig& config) noexcept;

    /// Fills `quotes` around `fair` (quote units per base unit).
    void wish(const engine::StrategyView& view, double fair, Quotes& quotes) const noexcept;

private:
    /// What a level's prices are of the moved fair value.
    struct Shares {
        double bid{};
        double ask{};
    };
    LadderConfig config_;
    std::array<Shares, engine::capacity::quotes_per_side> shares_{};
};

}  // namespace portcullis::strategies
