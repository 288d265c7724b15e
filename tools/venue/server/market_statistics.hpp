// MarketStatistics: what a window of a symbol's trades amounts to, for requests and for streams.
//
// A ticker is told twice, by a method of the API and by a stream, with other names for the same
// numbers. They are computed here, once, so that the two agree; only the writing is elsewhere
// (api_ticker.cpp, summary_streams.cpp). Windows end at the market's time (trade_tape.hpp), an
// average at the last trade. Where nothing traded prices are flat at the last one, and amounts
// zero. Pure functions of the tape.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/server/klines.hpp"
#include "tools/venue/server/trade_tape.hpp"

namespace portcullis::tools::venue {

struct MarketStatistics {
    TradeSpan span;
    PriceAtoms price_before{};           ///< the last one before the window; zero: not known
    std::int64_t open_ms{}, close_ms{};  ///< of the window; zero before the first trade

    [[nodiscard]] std::int64_t change() const { return span.close.value - span.open.value; }
    /// "-95.960": three decimals, half away from zero.
    [[nodiscard]] std::string change_percent() const;
    /// Quote over base; zero where nothing traded.
    [[nodiscard]] engine::int128 average() const;
};

/// The last 24 hours.
[[nodiscard]] MarketStatistics day_statistics(const TradeTape& tape, const std::string& symbol);
/// A window that opens on a minute and is up to a minute wider than `size_ms`.
[[nodiscard]] MarketStatistics rolling_statistics(const TradeTape& tape, const std::string& symbol,
                                                  std::int64_t size_ms);
/// The calendar day that holds the market's time; `close_ms` is where the next one opens.
[[nodiscard]] MarketStatistics trading_day_statistics(const TradeTape& tape,
                                                      const std::string& symbol,
                                                      const KlineGrid& days);
/// "1m" to "59m", "1h" to "23h", "1d" to "7d": milliseconds.
[[nodiscard]] std::optional<std::int64_t> window_ms(std::string_view text);

struct AveragePrice {
    static constexpr std::int64_t minutes = 5;
    engine::int128 price{};
    std::int64_t last_trade_ms{};  ///< zero before the first
    bool operator==(const AveragePrice&) const = default;
};
/// Of the last trade and all less than five minutes older.
[[nodiscard]] AveragePrice average_price(const TradeTape& tape, const std::string& symbol);

}  // namespace portcullis::tools::venue
