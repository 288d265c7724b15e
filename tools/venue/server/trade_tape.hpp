// TradeTape: each symbol's trades as its stream told them, and what follows from them.
//
// Trades, aggregates, klines, averages and the 24-hour statistics of the API all come from this one
// list, so that they cannot disagree. Its time is that of the trades: a recording keeps its own.
// Kept are the trades of the last 24 hours, a million at most, and the price before them.
// Invariants: 1. ids rise, times do not fall: a trade that breaks it begins the tape anew (a replay
// that jumped or looped); 2. an aggregate is a run of trades of one price, side and millisecond,
// and its number is the first trade's id, then one more each.
// Writer: the server's thread, from the published stream.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

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
};

class TradeTape {
public:
    TradeTape();
    ~TradeTape();
    TradeTape(const TradeTape&) = delete;
    TradeTape& operator=(const TradeTape&) = delete;

    /// An event of the trade stream; anything else is passed over.
    void add(const std::string& symbol, std::string_view json);
    void clear(const std::string& symbol);

    using Trades = std::deque<TapeTrade>;
    [[nodiscard]] const Trades& trades(const std::string& symbol) const;
    /// The first trade that is not before this id, or time.
    [[nodiscard]] Trades::const_iterator from_id(const std::string& symbol, std::int64_t id) const;
    [[nodiscard]] Trades::const_iterator from_time(const std::string& symbol,
                                                   std::int64_t time_ms) const;
    /// The newest trade and all less than `window_ms` older.
    [[nodiscard]] TradeSpan latest(const std::string& symbol, std::int64_t window_ms) const;
    /// The last price that has left the tape; none: it holds all.
    [[nodiscard]] std::optional<PriceAtoms> price_before(const std::string& symbol) const;

private:
    struct Tape {
        Trades trades;
        std::optional<PriceAtoms> before;
    };
    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::map<std::string, Tape, std::less<>> tapes_;
};

}  // namespace portcullis::tools::venue
