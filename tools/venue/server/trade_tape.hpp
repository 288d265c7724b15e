// TradeTape: each symbol's trades as its stream told them, and what follows from them.
//
// Trades, aggregates, klines, averages and the 24-hour statistics of the API all come from this one
// list, so that they cannot disagree. Its time is that of the trades, and goes on between them: a
// recording keeps its own. Kept are the trades of the last seven days (the widest window that a
// ticker has, and the minute that it may be wider), a million at most, and the price before them.
// Invariants: 1. ids rise, times do not fall: a trade that breaks it begins the tape anew (a replay
// that jumped or looped); 2. an aggregate is a run of trades of one price, side and millisecond
// and, as far as it is known, of one taker; its number is the first trade's id, then one more each.
// Writer: the server's thread, from the published stream.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/trade_list.hpp"

namespace portcullis::tools::venue {

class TradeTape {
public:
    TradeTape();
    ~TradeTape();
    TradeTape(const TradeTape&) = delete;
    TradeTape& operator=(const TradeTape&) = delete;

    /// An event of the trade stream; anything else is passed over.
    void add(const std::string& symbol, std::string_view json);
    /// The same, read already; its aggregate's number is found here.
    void add(const std::string& symbol, TapeTrade trade);
    /// The next trade is of another order than the last; where nobody knows, it is not called.
    void end_aggregate(const std::string& symbol) { tapes_[symbol].aggregate_ended = true; }
    void clear(const std::string& symbol);

    /// The trades of this symbol carry the venue's own time; those of others have one of theirs.
    void follow_clock(const std::string& symbol);
    /// Time goes on without a trade: `elapsed_ms` of it, up to `clock_ms` on the venue's clock. An
    /// aggregate ends there, for its stream has told it.
    void pass_time(std::int64_t elapsed_ms, std::int64_t clock_ms);
    /// Of the market: that of its last trade, and what has passed since. Zero before the first.
    [[nodiscard]] std::int64_t time_ms(const std::string& symbol) const;

    using Trades = TradeList::Trades;
    [[nodiscard]] const Trades& trades(const std::string& symbol) const;
    /// The first trade that is not before this id, or time.
    [[nodiscard]] Trades::const_iterator from_id(const std::string& symbol, std::int64_t id) const;
    [[nodiscard]] Trades::const_iterator from_time(const std::string& symbol,
                                                   std::int64_t time_ms) const;
    /// The first trade whose aggregate is not before this one.
    [[nodiscard]] Trades::const_iterator from_aggregate(const std::string& symbol,
                                                        std::int64_t aggregate_id) const;
    /// What was traded in [from_ms, until_ms), and the last price before it; none: not known.
    struct Window {
        TradeSpan span;
        std::optional<PriceAtoms> price_before;
        /// The span; where nothing traded, flat at the last price before it.
        [[nodiscard]] TradeSpan candle() const;
    };
    [[nodiscard]] Window window(const std::string& symbol, std::int64_t from_ms,
                                std::int64_t until_ms) const;
    /// The newest trade and all less than `window_ms` older.
    [[nodiscard]] Window latest(const std::string& symbol, std::int64_t window_ms) const;

private:
    struct Tape {
        TradeList list;
        std::optional<PriceAtoms> before;  ///< of the last trade that has left
        std::int64_t time_ms{0};
        bool follows_clock{false};
        bool aggregate_ended{false};  ///< whatever the next trade is
    };
    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::map<std::string, Tape, std::less<>> tapes_;
};

}  // namespace portcullis::tools::venue
