// Stream names: which of Binance's market streams speak here, and what the parts of a name mean.
//
// A client's name is read once, when it subscribes. Types that nobody publishes stay silent, as at
// Binance; but of the types here a variant that does not exist (an interval, a window, a number of
// levels) is a mistake that is told. Pure functions. Read by the hub, the venue and its faults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/server/klines.hpp"

namespace portcullis::tools::venue {

/// Of the streams that are told by the clock instead of by a message.
enum class SummaryKind : std::uint8_t { kline, mini_ticker, ticker, window_ticker, average_price };

struct SummaryStream {
    SummaryKind kind{};
    std::string symbol;             ///< upper case; empty: all that changed, in an array
    std::string variant;            ///< the interval or window as it is written
    std::optional<KlineGrid> grid;  ///< of a kline
    std::int64_t window_ms{0};      ///< of a window's ticker
};

/// `btcusdt@kline_1m@+08:00`, `!miniTicker@arr` and the like; nothing for another name.
[[nodiscard]] std::optional<SummaryStream> summary_stream(std::string_view name);
/// False for `btcusdt@kline_7m`, `btcusdt@depth7`, `!ticker_2h@arr` and the like.
[[nodiscard]] bool stream_variant_known(std::string_view name);
/// Every name of a symbol that speaks, and those of all symbols.
[[nodiscard]] std::vector<std::string> speaking_streams(const std::string& symbol);

[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] std::string upper_case(std::string_view text);

}  // namespace portcullis::tools::venue
