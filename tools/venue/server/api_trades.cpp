// Api, what traded: recent, older and aggregate trades, klines; all from the tape.
#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
/// 1970-01-05, the first Monday: weeks begin there.
constexpr std::int64_t monday_ms = 4 * day_ms;
/// As milliseconds this would be the year 5138: it is microseconds.
constexpr std::int64_t microseconds_from = 100'000'000'000'000;

std::string trade_row(const TapeTrade& trade, Unit unit) {
    JsonWriter out;
    out.begin_object().integer("id", trade.id).decimal("price", trade.price.value);
    out.decimal("qty", trade.qty.value).decimal("quoteQty", trade.quote().value);
    out.integer("time", unit == Unit::microseconds ? trade.time_ms * 1000 : trade.time_ms);
    out.boolean("isBuyerMaker", trade.buyer_is_maker);
    return out.boolean("isBestMatch", true).end_object().take();
}

/// 1 to 1000, 500 if not sent.
std::int64_t read_limit(ParamReader& in) {
    const std::int64_t limit = in.integer("limit").value_or(500);
    if (limit < 1) {
        in.fail(refusals::invalid_data("limit"));
    }
    return std::min<std::int64_t>(limit, 1000);
}

std::optional<std::int64_t> read_time_ms(ParamReader& in, std::string_view name) {
    const auto value = in.integer(name);
    return value && *value >= microseconds_from ? *value / 1000 : value;
}

std::string trade_rows(TradeTape::Trades::const_iterator at, TradeTape::Trades::const_iterator end,
                       Unit unit) {
    JsonWriter out;
    out.begin_array();
    for (; at != end; ++at) {
        out.raw(trade_row(*at, unit));
    }
    return out.end_array().take();
}

/// The latest `limit`.
std::string latest_rows(const TradeTape::Trades& trades, std::int64_t limit, Unit unit) {
    const auto held = static_cast<std::int64_t>(trades.size());
    return trade_rows(trades.end() - std::min(limit, held), trades.end(), unit);
}

/// One aggregate: a run of trades with its number.
struct Aggregate {
    const TapeTrade* first;
    std::int64_t last_id;
    QtyAtoms qty;
};

std::string aggregate_row(const Aggregate& one, Unit unit) {
    const TapeTrade& first = *one.first;
    JsonWriter out;
    out.begin_object().integer("a", first.aggregate_id).decimal("p", first.price.value);
    out.decimal("q", one.qty.value).integer("f", first.id).integer("l", one.last_id);
    out.integer("T", unit == Unit::microseconds ? first.time_ms * 1000 : first.time_ms);
    return out.boolean("m", first.buyer_is_maker).boolean("M", true).end_object().take();
}

/// A kline's length; calendar months have none.
struct Interval {
    std::string_view name;
    std::int64_t length_ms;
};
constexpr std::array<Interval, 16> intervals{{{"1s", 1000},
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

/// When the kline opens that holds `time_ms`, and when the next one does; all in local time.
std::pair<std::int64_t, std::int64_t> bounds(const Interval& interval, std::int64_t time_ms) {
    if (interval.length_ms > 0) {
        const std::int64_t phase = interval.name == "1w" ? monday_ms : 0;
        const std::int64_t open = floor_to(time_ms - phase, interval.length_ms) + phase;
        return {open, open + interval.length_ms};
    }
    using std::chrono::days;
    using std::chrono::months;
    using std::chrono::sys_days;
    using std::chrono::year_month_day;
    const year_month_day date{sys_days{days{floor_to(time_ms, day_ms) / day_ms}}};
    const year_month_day first{date.year(), date.month(), std::chrono::day{1}};
    const auto at_ms = [](const year_month_day& day) {
        return sys_days{day}.time_since_epoch().count() * day_ms;
    };
    return {at_ms(first), at_ms(first + months{1})};
}

/// "8", "-3:30", "05:45": minutes, from -12:00 to +14:00.
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

struct Kline {
    std::int64_t open_ms{}, next_open_ms{};
    TradeSpan span;
};

std::string kline_row(const Kline& kline, Unit unit) {
    const std::int64_t scale = unit == Unit::microseconds ? 1000 : 1;
    const TradeSpan& span = kline.span;
    JsonWriter out;
    out.begin_array().raw(std::to_string(kline.open_ms * scale));
    out.decimal(span.open.value).decimal(span.high.value);
    out.decimal(span.low.value).decimal(span.close.value).decimal(span.volume.value);
    out.raw(std::to_string(kline.next_open_ms * scale - 1)).decimal(span.quote_volume.value);
    out.raw(std::to_string(span.count)).decimal(span.taker_buy_volume.value);
    return out.decimal(span.taker_buy_quote_volume.value).text("0").end_array().take();
}

/// All klines of the tape, oldest first; where nothing traded, flat ones at the last price.
std::vector<Kline> klines_of(const TradeTape::Trades& trades, const Interval& interval,
                             std::int64_t zone_ms) {
    std::vector<Kline> all;
    for (const TapeTrade& trade : trades) {
        while (all.empty() || trade.time_ms >= all.back().next_open_ms) {
            const std::int64_t at_ms = all.empty() ? trade.time_ms : all.back().next_open_ms;
            const auto [open_ms, next_ms] = bounds(interval, at_ms + zone_ms);
            Kline kline{open_ms - zone_ms, next_ms - zone_ms, {}};
            if (!all.empty()) {
                kline.span.open = kline.span.high = kline.span.low = kline.span.close =
                    all.back().span.close;
            }
            all.push_back(kline);
        }
        all.back().span.add(trade);
    }
    return all;
}

}  // namespace

Api::Answer Api::trades_recent(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t limit = read_limit(call.in);
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    return latest_rows(tape_.trades(symbol), limit, call.unit);
}

Api::Answer Api::trades_historical(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t limit = read_limit(call.in);
    const auto from = call.in.integer("fromId");
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const TradeTape::Trades& trades = tape_.trades(symbol);
    if (!from) {
        return latest_rows(trades, limit, call.unit);
    }
    const auto at = tape_.from_id(symbol, *from);
    return trade_rows(at, at + std::min<std::int64_t>(limit, trades.end() - at), call.unit);
}

Api::Answer Api::trades_aggregate(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t limit = read_limit(call.in);
    const auto from = call.in.integer("fromId");
    const auto start = read_time_ms(call.in, "startTime");
    const auto end = read_time_ms(call.in, "endTime");
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    std::deque<Aggregate> rows;
    const TradeTape::Trades& trades = tape_.trades(symbol);
    for (auto at = start ? tape_.from_time(symbol, *start) : trades.begin(); at != trades.end();) {
        const TapeTrade& first = *at;
        Aggregate one{&first, first.id, QtyAtoms{0}};
        for (; at != trades.end() && at->aggregate_id == first.aggregate_id; ++at) {
            one.last_id = at->id;
            one.qty += at->qty;
        }
        if (end && first.time_ms > *end) {
            break;
        }
        if (first.aggregate_id < from.value_or(first.aggregate_id)) {
            continue;
        }
        rows.push_back(one);
        if (static_cast<std::int64_t>(rows.size()) > limit) {
            if (from || start) {
                rows.pop_back();
                break;
            }
            rows.pop_front();
        }
    }
    JsonWriter out;
    out.begin_array();
    for (const Aggregate& one : rows) {
        out.raw(aggregate_row(one, call.unit));
    }
    return out.end_array().take();
}

Api::Answer Api::klines(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::string name = call.in.required("interval");
    const auto start = read_time_ms(call.in, "startTime");
    const auto end = read_time_ms(call.in, "endTime");
    const auto zone = zone_minutes(call.in.optional("timeZone").value_or("0"));
    const std::int64_t limit = read_limit(call.in);
    const auto interval = std::find_if(intervals.begin(), intervals.end(),
                                       [&](const Interval& each) { return each.name == name; });
    if (!zone) {
        call.in.fail(refusals::invalid_data("timeZone"));
    }
    if (!name.empty() && interval == intervals.end()) {
        call.in.fail(refusals::bad_interval());
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    std::vector<Kline> all = klines_of(tape_.trades(symbol), *interval, *zone * minute_ms);
    std::erase_if(all, [&](const Kline& kline) {
        return kline.open_ms < start.value_or(kline.open_ms) ||
               kline.open_ms > end.value_or(kline.open_ms);
    });
    const std::size_t count = std::min(all.size(), static_cast<std::size_t>(limit));
    const std::size_t first = start ? 0 : all.size() - count;
    JsonWriter out;
    out.begin_array();
    for (std::size_t i = first; i < first + count; ++i) {
        out.raw(kline_row(all[i], call.unit));
    }
    return out.end_array().take();
}

}  // namespace portcullis::tools::venue
