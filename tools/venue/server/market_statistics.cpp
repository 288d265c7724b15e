#include "tools/venue/server/market_statistics.hpp"

#include "engine/types/decimal.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {
namespace {

engine::int128 average_of(const TradeSpan& span) {
    return span.volume.value == 0
               ? 0
               : span.quote_volume.value * engine::atoms_per_unit / span.volume.value;
}

MarketStatistics statistics(const TradeTape& tape, const std::string& symbol, std::int64_t open_ms,
                            std::int64_t until_ms, std::int64_t close_ms) {
    const TradeTape::Window window = tape.window(symbol, open_ms, until_ms);
    MarketStatistics out;
    out.span = window.candle();
    out.price_before = window.price_before.value_or(PriceAtoms{0});
    if (tape.time_ms(symbol) != 0) {
        out.open_ms = open_ms;
        out.close_ms = close_ms;
    }
    return out;
}

}  // namespace

std::string MarketStatistics::change_percent() const {
    if (span.open.value == 0) {
        return "0.000";
    }
    const engine::int128 whole = span.open.value;
    const engine::int128 scaled = engine::int128{change()} * 100'000 * 2;
    const engine::int128 half = change() < 0 ? -whole : whole;
    const auto rounded = static_cast<std::int64_t>((scaled + half) / (whole * 2));
    const std::int64_t size = rounded < 0 ? -rounded : rounded;
    std::string fraction = std::to_string(size % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return (rounded < 0 ? "-" : "") + std::to_string(size / 1000) + "." + fraction;
}

engine::int128 MarketStatistics::average() const {
    return average_of(span);
}

MarketStatistics day_statistics(const TradeTape& tape, const std::string& symbol) {
    const std::int64_t now_ms = tape.time_ms(symbol);
    MarketStatistics out = statistics(tape, symbol, now_ms - day_ms + 1, now_ms + 1, now_ms);
    out.open_ms = out.close_ms == 0 ? 0 : now_ms - day_ms;
    return out;
}

MarketStatistics rolling_statistics(const TradeTape& tape, const std::string& symbol,
                                    std::int64_t size_ms) {
    const std::int64_t now_ms = tape.time_ms(symbol);
    return statistics(tape, symbol, (now_ms - size_ms) / minute_ms * minute_ms, now_ms + 1, now_ms);
}

MarketStatistics trading_day_statistics(const TradeTape& tape, const std::string& symbol,
                                        const KlineGrid& days) {
    const auto [open_ms, next_ms] = days.around(tape.time_ms(symbol));
    return statistics(tape, symbol, open_ms, next_ms, next_ms);
}

std::optional<std::int64_t> window_ms(std::string_view text) {
    static constexpr struct {
        char letter;
        std::uint64_t most;
        std::int64_t length_ms;
    } units[] = {{'m', 59, minute_ms}, {'h', 23, 60 * minute_ms}, {'d', 7, day_ms}};
    const auto count =
        text.empty() ? std::nullopt : engine::parse_unsigned(text.substr(0, text.size() - 1));
    for (const auto& unit : units) {
        if (count && text.back() == unit.letter && *count >= 1 && *count <= unit.most) {
            return static_cast<std::int64_t>(*count) * unit.length_ms;
        }
    }
    return std::nullopt;
}

AveragePrice average_price(const TradeTape& tape, const std::string& symbol) {
    const TradeTape::Trades& trades = tape.trades(symbol);
    if (trades.empty()) {
        return {};
    }
    return {average_of(tape.latest(symbol, AveragePrice::minutes * minute_ms).span),
            trades.back().time_ms};
}

}  // namespace portcullis::tools::venue
