// PriceReference: volume-weighted average prices of the last minutes of trades, and the last price.
//
// Binance measures PERCENT_PRICE, PERCENT_PRICE_BY_SIDE and the notional of a market order against
// one of them, each filter by its own avgPriceMins (zero: the last price); five minutes are always
// kept. A window ends with the last trade. Before the first trade there is none, and those filters
// let pass.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

class PriceReference {
public:
    explicit PriceReference(const AverageMinutes& minutes = {});
    void on_trade(PriceAtoms price, QtyAtoms qty, std::int64_t now_ms);
    /// None: nothing has traded. Requires: zero, five, or minutes that this was made for.
    [[nodiscard]] std::optional<PriceAtoms> price(std::int64_t minutes = 5) const;

private:
    struct Trade {
        std::int64_t time_ms;
        PriceAtoms price;
        QtyAtoms qty;
    };
    struct Window {
        std::deque<Trade> trades;
        engine::int128 value_sum{};  ///< price x quantity
        engine::int128 qty_sum{};
        void add(const Trade& trade, std::int64_t length_ms);
    };
    std::map<std::int64_t, Window> windows_;  ///< by minutes
    std::optional<PriceAtoms> last_;
};

}  // namespace portcullis::tools::venue
