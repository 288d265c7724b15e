// Klines: candles of every interval that Binance has, in any time zone, cut out of a trade tape.
//
// None are kept: each is a run of the tape's trades, whose sum the tape gives in a few steps
// (trade_list.hpp), so that intervals and zones are only a question of where a kline begins.
// Invariant: klines follow each other without a gap from the first trade's to the one that holds
// the market's time; where nothing traded they are flat at the last price.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/server/trade_tape.hpp"

namespace portcullis::tools::venue {

/// Where klines of one interval begin.
class KlineGrid {
public:
    /// "1s" to "1M"; nothing for another word. `zone_minutes`: east of UTC.
    [[nodiscard]] static std::optional<KlineGrid> of(std::string_view interval,
                                                     std::int64_t zone_minutes);
    /// All those words.
    [[nodiscard]] static std::vector<std::string_view> intervals();
    struct Bounds {
        std::int64_t open_ms{}, next_open_ms{};
    };
    /// Of the kline that holds this time.
    [[nodiscard]] Bounds around(std::int64_t time_ms) const;

private:
    KlineGrid(std::int64_t length_ms, std::int64_t phase_ms, std::int64_t zone_ms)
        : length_ms_(length_ms), phase_ms_(phase_ms), zone_ms_(zone_ms) {}
    std::int64_t length_ms_;  ///< zero: calendar months
    std::int64_t phase_ms_;
    std::int64_t zone_ms_;
};

/// "8", "-3:30", "05:45": minutes east of UTC, from -12:00 to +14:00.
[[nodiscard]] std::optional<std::int64_t> zone_minutes(std::string text);

struct Kline {
    std::int64_t open_ms{}, next_open_ms{};
    TradeSpan span;
    bool operator==(const Kline&) const = default;
};

/// Which klines are asked for, by when they open; both ends included.
struct KlineRange {
    std::optional<std::int64_t> start_ms, end_ms;
    std::size_t limit{500};
};

[[nodiscard]] Kline kline_at(const TradeTape& tape, const std::string& symbol,
                             const KlineGrid::Bounds& bounds);

/// The first `limit` from start_ms on, or without it the last ones; oldest first.
[[nodiscard]] std::vector<Kline> klines_of(const TradeTape& tape, const std::string& symbol,
                                           const KlineGrid& grid, const KlineRange& range);

}  // namespace portcullis::tools::venue
