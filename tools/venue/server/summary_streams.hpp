// SummaryStreams: the market streams that the clock tells: klines, tickers, average prices.
//
// They tell what the methods of the API answer (market_statistics.hpp, klines.hpp): each second
// <sym>@miniTicker, @ticker, @ticker_<window>, @avgPrice and @kline_1s, every two seconds the other
// klines, and in an array (!miniTicker@arr, !ticker_<window>@arr) the symbols that changed. What
// has not changed is not told again, and nothing before a symbol's first trade. Only streams that
// somebody listens to are looked at, and only when time passes: a message costs nothing.
// One owner: the server's thread. Invariant: a kline is told as closed once, when nothing can be
// added to it (README.md), and those of one stream follow each other without a gap until a jump.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/market_statistics.hpp"
#include "tools/venue/server/stream_names.hpp"
#include "tools/venue/server/trade_tape.hpp"

namespace portcullis::tools::venue {

class SummaryStreams {
public:
    using Emit = std::function<void(std::string_view stream, std::string_view data)>;

    SummaryStreams(const Exchange& exchange, const TradeTape& tape, Emit emit);

    /// The first subscriber of a stream has come, or its last one has left; also while it is told.
    void on_wanted(const std::string& stream, bool wanted);
    /// Every 100 ms of the recording's time; `full_second` each tenth time.
    void on_tick(bool full_second);
    /// The symbol's trades begin anew.
    void on_jump(const std::string& symbol);

private:
    /// What was last told of a symbol: it is told again when this is no longer true.
    struct Told {
        TradeSpan span;
        Level bid, ask;        ///< of the 24-hour ticker
        AveragePrice average;  ///< of that stream
        bool operator==(const Told&) const = default;
    };
    struct Stream {
        SummaryStream name;
        bool wanted{true};
        std::map<std::string, Told> told;  ///< by symbol
        /// Of the kline that is told; nothing: it begins with the first trade.
        std::optional<std::int64_t> kline_open_ms;
    };

    void tell(const std::string& name, Stream& stream);
    void tell_all(const std::string& name, Stream& stream);
    void tell_kline(const std::string& name, Stream& stream, bool update);
    /// Klines that are over; the stream then stands at the one after them.
    void close_klines(const std::string& name, Stream& stream);
    /// The symbol's message, if what it says is new.
    [[nodiscard]] std::optional<std::string> news(Stream& stream, const std::string& symbol) const;

    const Exchange& exchange_;
    const TradeTape& tape_;
    Emit emit_;
    std::map<std::string, Stream> streams_;  ///< that somebody listens to
    bool odd_second_{false};
};

}  // namespace portcullis::tools::venue
