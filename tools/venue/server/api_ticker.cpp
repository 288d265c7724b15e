// Api, the tickers: best prices, last prices, the average, and the statistics of a day, of 24 hours
// and of other windows. From book and tape.
#include <algorithm>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/klines.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t average_minutes = 5;
constexpr std::size_t ticker_symbols_max = 100;

ApiError status_mismatch() {
    return refusals::of(-1220, "The symbol's status does not match the requested symbolStatus.");
}

/// `part` of `whole` in thousandths of a percent, half away from zero: "-95.960".
std::string percent_text(engine::int128 part, engine::int128 whole) {
    const engine::int128 scaled = part * 100'000 * 2;
    const engine::int128 half = part < 0 ? -whole : whole;
    const auto rounded = static_cast<std::int64_t>((scaled + half) / (whole * 2));
    const std::int64_t size = rounded < 0 ? -rounded : rounded;
    std::string fraction = std::to_string(size % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return (rounded < 0 ? "-" : "") + std::to_string(size / 1000) + "." + fraction;
}

/// Average price: quote over base.
engine::int128 average(const TradeSpan& span) {
    return span.volume.value == 0
               ? 0
               : span.quote_volume.value * engine::atoms_per_unit / span.volume.value;
}

std::int64_t scale_of(Unit unit) {
    return unit == Unit::microseconds ? 1000 : 1;
}

/// Zero before the first trade.
std::int64_t last_time_ms(const TradeTape& tape, const std::string& symbol) {
    const TradeTape::Trades& trades = tape.trades(symbol);
    return trades.empty() ? 0 : trades.back().time_ms;
}

/// What the three tickers of statistics have in common.
struct Statistics {
    TradeSpan span;
    std::int64_t open{}, close{};  ///< of the window, in the unit that was asked for
    bool full{true};
};

/// `rest`: what only the 24-hour ticker has between its first and its last members.
std::string ticker_row(const std::string& symbol, const Statistics& of,
                       const std::function<void(JsonWriter&)>& rest = nullptr) {
    const TradeSpan& span = of.span;
    const std::int64_t change = span.close.value - span.open.value;
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    if (of.full) {
        out.decimal("priceChange", change);
        out.text("priceChangePercent",
                 span.count == 0 ? "0.000" : percent_text(change, span.open.value));
        out.decimal("weightedAvgPrice", average(span));
    }
    const bool day = of.full && rest;
    if (day) {
        rest(out);
    }
    out.decimal("openPrice", span.open.value).decimal("highPrice", span.high.value);
    out.decimal("lowPrice", span.low.value);
    if (!day) {
        out.decimal("lastPrice", span.close.value);
    }
    out.decimal("volume", span.volume.value).decimal("quoteVolume", span.quote_volume.value);
    out.integer("openTime", span.count == 0 ? 0 : of.open);
    out.integer("closeTime", span.count == 0 ? 0 : of.close).integer("firstId", span.first_id);
    return out.integer("lastId", span.last_id).integer("count", span.count).end_object().take();
}

std::string day_ticker(const std::string& symbol, const TradeTape& tape,
                       const std::optional<Exchange::BookCopy>& book, bool full, Unit unit) {
    const TradeTape::Window window = tape.latest(symbol, day_ms);
    const std::int64_t close_ms = last_time_ms(tape, symbol);
    const Level none{};
    const Level bid = !book || book->bids.empty() ? none : book->bids.front();
    const Level ask = !book || book->asks.empty() ? none : book->asks.front();
    return ticker_row(
        symbol,
        {window.span, (close_ms - day_ms) * scale_of(unit), close_ms * scale_of(unit), full},
        [&](JsonWriter& out) {
            const TradeSpan& span = window.span;
            out.decimal("prevClosePrice", window.price_before.value_or(PriceAtoms{0}).value);
            out.decimal("lastPrice", span.close.value).decimal("lastQty", span.last_qty.value);
            out.decimal("bidPrice", bid.price.value).decimal("bidQty", bid.qty.value);
            out.decimal("askPrice", ask.price.value).decimal("askQty", ask.qty.value);
        });
}

/// "1m" to "59m", "1h" to "23h", "1d" to "7d": milliseconds.
std::optional<std::int64_t> window_ms(const std::string& text) {
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

/// A window that opens on a minute and ends with the last trade.
std::string rolling_ticker(const std::string& symbol, const TradeTape& tape, std::int64_t size_ms,
                           bool full, Unit unit) {
    const std::int64_t close_ms = last_time_ms(tape, symbol);
    const std::int64_t open_ms = (close_ms - size_ms) / minute_ms * minute_ms;
    return ticker_row(symbol, {tape.window(symbol, open_ms, close_ms + 1).span,
                               open_ms * scale_of(unit), close_ms * scale_of(unit), full});
}

/// The calendar day, in a time zone, of the last trade.
std::string trading_day_ticker(const std::string& symbol, const TradeTape& tape,
                               const KlineGrid& days, bool full, Unit unit) {
    const auto [open_ms, next_ms] = days.around(last_time_ms(tape, symbol));
    return ticker_row(symbol, {tape.window(symbol, open_ms, next_ms).span, open_ms * scale_of(unit),
                               next_ms * scale_of(unit) - 1, full});
}

std::string price_ticker(const std::string& symbol, const TradeTape& tape) {
    const TradeTape::Trades& trades = tape.trades(symbol);
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    out.decimal("price", trades.empty() ? 0 : trades.back().price.value);
    return out.end_object().take();
}

}  // namespace

/// The symbols that `symbol`, `symbols` and `symbolStatus` choose, in the order of their names.
Api::Chosen Api::read_chosen(Call& call) const {
    Chosen chosen;
    const auto symbol = call.in.optional("symbol");
    const auto symbols = call.in.text_list("symbols");
    const auto status = call.in.optional("symbolStatus");
    chosen.single = symbol.has_value();
    if (symbol && symbols) {
        call.in.fail(refusals::bad_combination());
    }
    if (status && *status != "TRADING" && *status != "HALT" && *status != "BREAK") {
        call.in.fail(refusals::of(-1122, "Invalid symbolStatus."));
    }
    std::set<std::string> wanted;
    for (const std::string& name : symbols.value_or(std::vector<std::string>{})) {
        if (!wanted.insert(name).second) {
            call.in.fail(refusals::of(-1151, "Symbol is present multiple times in the list."));
        }
    }
    if (symbol) {
        wanted.insert(*symbol);
    }
    if (std::any_of(wanted.begin(), wanted.end(),
                    [&](const std::string& name) { return !symbol_known(name); })) {
        call.in.fail(refusals::bad_symbol());
    }
    for (const auto& [name, value] : exchange_.symbols()) {
        if (!symbol && !symbols ? true : wanted.contains(name)) {
            if (!status || *status == value.status) {
                chosen.symbols.push_back(name);
            } else if (symbol) {
                call.in.fail(status_mismatch());
            }
        }
    }
    return chosen;
}

/// One object for `symbol`, else an array.
Api::Answer Api::tell_chosen(Call& call, const Chosen& chosen,
                             const std::function<std::string(const std::string&)>& row) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (chosen.single) {
        return row(chosen.symbols.at(0));
    }
    JsonWriter out;
    out.begin_array();
    for (const std::string& name : chosen.symbols) {
        out.raw(row(name));
    }
    return out.end_array().take();
}

Api::Answer Api::book_ticker(Call& call) {
    const Chosen chosen = read_chosen(call);
    return tell_chosen(call, chosen, [this](const std::string& name) {
        return render::book_ticker(name, exchange_.book(name, 1).value_or(Exchange::BookCopy{}));
    });
}

Api::Answer Api::ticker_price(Call& call) {
    const Chosen chosen = read_chosen(call);
    return tell_chosen(call, chosen,
                       [this](const std::string& name) { return price_ticker(name, tape_); });
}

/// FULL, or else MINI.
bool Api::read_full(Call& call) {
    const std::string type = call.in.optional("type").value_or("FULL");
    if (type != "FULL" && type != "MINI") {
        call.in.fail(refusals::of(-1139, "Invalid ticker type."));
    }
    return type == "FULL";
}

Api::Answer Api::ticker_24hr(Call& call) {
    const Chosen chosen = read_chosen(call);
    const bool full = read_full(call);
    return tell_chosen(call, chosen, [&](const std::string& name) {
        return day_ticker(name, tape_, exchange_.book(name, 1), full, call.unit);
    });
}

/// As read_chosen(), where not all symbols may be asked for at once.
Api::Chosen Api::read_named(Call& call) const {
    if (!call.in.has("symbol") && !call.in.has("symbols")) {
        call.in.fail(refusals::either("symbol", "symbols"));
    }
    const auto symbols = call.in.text_list("symbols");
    if (symbols && symbols->size() > ticker_symbols_max) {
        call.in.fail(refusals::invalid_data("symbols"));
    }
    return read_chosen(call);
}

Api::Answer Api::ticker_rolling(Call& call) {
    const Chosen chosen = read_named(call);
    const bool full = read_full(call);
    const auto size_ms = window_ms(call.in.optional("windowSize").value_or("1d"));
    if (!size_ms) {
        call.in.fail(refusals::invalid_data("windowSize"));
    }
    return tell_chosen(call, chosen, [&](const std::string& name) {
        return rolling_ticker(name, tape_, *size_ms, full, call.unit);
    });
}

Api::Answer Api::ticker_trading_day(Call& call) {
    const Chosen chosen = read_named(call);
    const bool full = read_full(call);
    const auto zone = zone_minutes(call.in.optional("timeZone").value_or("0"));
    if (!zone) {
        call.in.fail(refusals::invalid_data("timeZone"));
    }
    const auto days = KlineGrid::of("1d", zone.value_or(0));
    return tell_chosen(call, chosen, [&](const std::string& name) {
        return trading_day_ticker(name, tape_, *days, full, call.unit);
    });
}

Api::Answer Api::average_price(Call& call) {
    const std::string symbol = call.in.symbol();
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const TradeTape::Trades& trades = tape_.trades(symbol);
    const std::int64_t time_ms = trades.empty() ? 0 : trades.back().time_ms;
    JsonWriter out;
    out.begin_object().integer("mins", average_minutes);
    out.decimal("price", average(tape_.latest(symbol, average_minutes * minute_ms).span));
    out.integer("closeTime", call.unit == Unit::microseconds ? time_ms * 1000 : time_ms);
    return out.end_object().take();
}

}  // namespace portcullis::tools::venue
