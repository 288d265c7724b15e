// PriceReference: the volume-weighted average price of the last five minutes of recorded trades.
//
// Binance measures PERCENT_PRICE_BY_SIDE, and the notional of a market order, against it
// (avgPriceMins 5). Before the first trade there is none, and those filters let pass.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

class PriceReference {
public:
    void on_trade(PriceAtoms price, QtyAtoms qty, std::int64_t now_ms);
    [[nodiscard]] std::optional<PriceAtoms> price() const;

private:
    struct Trade {
        std::int64_t time_ms;
        PriceAtoms price;
        QtyAtoms qty;
    };
    std::deque<Trade> window_;
    engine::int128 value_sum_{};  ///< price x quantity
    engine::int128 qty_sum_{};
};

}  // namespace portcullis::tools::venue
