#include "tools/venue/server/klines.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

/// 1970-01-05, the first Monday: weeks begin there.
constexpr std::int64_t monday_ms = 4 * day_ms;

/// A kline's length; calendar months have none.
struct Interval {
    std::string_view name;
    std::int64_t length_ms;
};
constexpr std::array<Interval, 16> all_intervals{{{"1s", 1000},
                                                  {"1m", minute_ms},
                                                  {"3m", 3 * minute_ms},
                                                  {"5m", 5 * minute_ms},
                                                  {"15m", 15 * minute_ms},
                                                  {"30m", 30 * minute_ms},
                                                  {"1h", hour_ms},
                                                  {"2h", 2 * hour_ms},
                                                  {"4h", 4 * hour_ms},
                                                  {"6h", 6 * hour_ms},
                                                  {"8h", 8 * hour_ms},
                                                  {"12h", 12 * hour_ms},
                                                  {"1d", day_ms},
                                                  {"3d", 3 * day_ms},
                                                  {"1w", 7 * day_ms},
                                                  {"1M", 0}}};

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
    const std::int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

/// The calendar month that holds a local time.
KlineGrid::Bounds month_around(std::int64_t local_ms) {
    using std::chrono::days;
    using std::chrono::months;
    using std::chrono::sys_days;
    using std::chrono::year_month_day;
    const year_month_day date{sys_days{days{floor_to(local_ms, day_ms) / day_ms}}};
    const year_month_day first{date.year(), date.month(), std::chrono::day{1}};
    const auto at_ms = [](const year_month_day& day) {
        return sys_days{day}.time_since_epoch().count() * day_ms;
    };
    return {at_ms(first), at_ms(first + months{1})};
}

/// When the first and the last of the klines that are asked for open; nothing: there are none.
struct Ends {
    std::int64_t first_ms, last_ms;
};

std::optional<Ends> ends_of(const TradeTape& tape, const std::string& symbol, const KlineGrid& grid,
                            const KlineRange& range) {
    const TradeTape::Trades& trades = tape.trades(symbol);
    if (trades.empty()) {
        return std::nullopt;
    }
    Ends ends{grid.around(trades.front().time_ms).open_ms,
              grid.around(tape.time_ms(symbol)).open_ms};
    if (range.start_ms && *range.start_ms > ends.first_ms) {
        if (*range.start_ms > ends.last_ms) {
            return std::nullopt;
        }
        const KlineGrid::Bounds at = grid.around(*range.start_ms);
        ends.first_ms = at.open_ms == *range.start_ms ? at.open_ms : at.next_open_ms;
    }
    if (range.end_ms && *range.end_ms < ends.last_ms) {
        if (*range.end_ms < ends.first_ms) {
            return std::nullopt;
        }
        ends.last_ms = grid.around(*range.end_ms).open_ms;
    }
    return ends.first_ms <= ends.last_ms ? std::optional(ends) : std::nullopt;
}

}  // namespace

std::optional<KlineGrid> KlineGrid::of(std::string_view interval, std::int64_t zone_minutes) {
    const auto found = std::find_if(all_intervals.begin(), all_intervals.end(),
                                    [&](const Interval& each) { return each.name == interval; });
    if (found == all_intervals.end()) {
        return std::nullopt;
    }
    return KlineGrid(found->length_ms, interval == "1w" ? monday_ms : 0, zone_minutes * minute_ms);
}

std::vector<std::string_view> KlineGrid::intervals() {
    std::vector<std::string_view> names;
    for (const Interval& each : all_intervals) {
        names.push_back(each.name);
    }
    return names;
}

KlineGrid::Bounds KlineGrid::around(std::int64_t time_ms) const {
    const std::int64_t local_ms = time_ms + zone_ms_;
    Bounds bounds;
    if (length_ms_ == 0) {
        bounds = month_around(local_ms);
    } else {
        bounds.open_ms = floor_to(local_ms - phase_ms_, length_ms_) + phase_ms_;
        bounds.next_open_ms = bounds.open_ms + length_ms_;
    }
    return {bounds.open_ms - zone_ms_, bounds.next_open_ms - zone_ms_};
}

std::optional<std::int64_t> zone_minutes(std::string text) {
    const bool west = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        text.erase(0, 1);
    }
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto hours = engine::parse_unsigned(text.substr(0, colon));
    const auto minutes = colon == text.size() ? std::optional<std::uint64_t>(0)
                                              : engine::parse_unsigned(text.substr(colon + 1));
    if (!hours || !minutes || *hours > 14 || *minutes > 59) {
        return std::nullopt;
    }
    const auto total = static_cast<std::int64_t>(*hours * 60 + *minutes);
    return total > (west ? 12 : 14) * 60 ? std::nullopt : std::optional(west ? -total : total);
}

Kline kline_at(const TradeTape& tape, const std::string& symbol, const KlineGrid::Bounds& bounds) {
    const TradeTape::Window window = tape.window(symbol, bounds.open_ms, bounds.next_open_ms);
    verify(window.span.count > 0 || window.price_before);  // the first kline has a trade
    return {bounds.open_ms, bounds.next_open_ms, window.candle()};
}

std::vector<Kline> klines_of(const TradeTape& tape, const std::string& symbol,
                             const KlineGrid& grid, const KlineRange& range) {
    std::vector<Kline> out;
    const auto ends = ends_of(tape, symbol, grid, range);
    if (!ends) {
        return out;
    }
    const bool forward = range.start_ms.has_value();
    std::int64_t at_ms = forward ? ends->first_ms : ends->last_ms;
    while (out.size() < range.limit && at_ms >= ends->first_ms && at_ms <= ends->last_ms) {
        const KlineGrid::Bounds bounds = grid.around(at_ms);
        out.push_back(kline_at(tape, symbol, bounds));
        at_ms = forward ? bounds.next_open_ms : bounds.open_ms - 1;
    }
    if (!forward) {
        std::reverse(out.begin(), out.end());
    }
    return out;
}

}  // namespace portcullis::tools::venue
