// TradeList: trades in the order in which they came, and what any run of them amounts to.
//
// A kline, a ticker's window and an average are each a run of trades. Candles that are kept as
// trades come would serve some of them: sixteen intervals, and none of the time zones or rolling
// windows. So the list keeps sums over blocks of 32, 1024, 32768, ... trades instead; a run is a
// few hundred blocks and trades at most, whatever its length, and a request costs what it returns.
// Invariants: 1. a block is made when its last trade comes, so all blocks are whole; 2. those whose
// first trades have left are not used: no run begins there. Writer: the server's thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "engine/types/units.hpp"

namespace portcullis::tools::venue {

using engine::AmountAtoms;
using engine::PriceAtoms;
using engine::QtyAtoms;

struct TapeTrade {
    std::int64_t id{};
    std::int64_t aggregate_id{};
    std::int64_t time_ms{};
    PriceAtoms price{};
    QtyAtoms qty{};
    bool buyer_is_maker{};
    [[nodiscard]] AmountAtoms quote() const {
        return engine::quote_amount(price, qty, engine::Rounding::down);
    }
};

/// What a run of trades amounts to: a kline, or a ticker's window.
struct TradeSpan {
    PriceAtoms open{}, high{}, low{}, close{};
    AmountAtoms volume{}, quote_volume{};
    AmountAtoms taker_buy_volume{}, taker_buy_quote_volume{};
    std::int64_t first_id{-1}, last_id{-1};
    std::int64_t count{};
    QtyAtoms last_qty{};
    void add(const TapeTrade& trade);
    /// A run that follows this one.
    void add(const TradeSpan& next);
    bool operator==(const TradeSpan&) const = default;
};

class TradeList {
public:
    using Trades = std::deque<TapeTrade>;
    void add(const TapeTrade& trade);
    /// Requires: the list is not empty.
    void pop_front();
    void clear();
    [[nodiscard]] const Trades& trades() const { return trades_; }
    /// The sum over [first, last), both of this list.
    [[nodiscard]] TradeSpan span(Trades::const_iterator first, Trades::const_iterator last) const;

private:
    static constexpr std::int64_t fan = 32;
    static constexpr std::size_t level_count = 3;
    /// Whole blocks of one size; the first of them is number `first`.
    struct Level {
        std::int64_t first{0};
        std::deque<TradeSpan> blocks;
    };
    [[nodiscard]] std::int64_t end() const {
        return gone_ + static_cast<std::int64_t>(trades_.size());
    }
    [[nodiscard]] const TradeSpan& block(const Level& level, std::int64_t number) const;
    void close_blocks();

    Trades trades_;
    std::int64_t gone_{0};  ///< how many have left; positions are counted from the very first
    std::array<Level, level_count> levels_;
};

}  // namespace portcullis::tools::venue
