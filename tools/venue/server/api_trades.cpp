// Api, what traded: recent, older and aggregate trades, klines; all from the tape.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/history_range.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/klines.hpp"

namespace portcullis::tools::venue {
namespace {

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

/// None: no block was ever traded here.
Api::Answer Api::block_trades(Call& call) {
    const std::string symbol = call.in.symbol();
    if (!call.in.has("fromId")) {
        call.in.fail(refusals::mandatory("fromId"));
    }
    (void)call.in.integer("fromId");
    (void)read_limit(call.in);
    if (auto error = call.in.finish()) {
        return *error;
    }
    return symbol_known(symbol) ? Answer(std::string("[]")) : refusals::bad_symbol();
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
    using At = TradeTape::Trades::const_iterator;
    const TradeTape::Trades& trades = tape_.trades(symbol);
    const At last = end ? tape_.from_time(symbol, *end + 1) : trades.end();
    At at = start ? tape_.from_time(symbol, *start) : trades.begin();
    if (from) {
        at = std::max(at, tape_.from_aggregate(symbol, *from));
    } else if (!start && last != trades.begin()) {
        at = tape_.from_aggregate(symbol, std::prev(last)->aggregate_id - limit + 1);
    }
    JsonWriter out;
    out.begin_array();
    for (std::int64_t rows = 0; rows < limit && at < last; ++rows) {
        Aggregate one{&*at, at->id, QtyAtoms{0}};
        for (; at != last && at->aggregate_id == one.first->aggregate_id; ++at) {
            one.last_id = at->id;
            one.qty += at->qty;
        }
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
    const auto grid = KlineGrid::of(name, zone.value_or(0));
    if (!zone) {
        call.in.fail(refusals::invalid_data("timeZone"));
    }
    if (!name.empty() && !grid) {
        call.in.fail(refusals::bad_interval());
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    JsonWriter out;
    out.begin_array();
    for (const Kline& kline :
         klines_of(tape_, symbol, *grid, {start, end, static_cast<std::size_t>(limit)})) {
        out.raw(kline_row(kline, call.unit));
    }
    return out.end_array().take();
}

}  // namespace portcullis::tools::venue
