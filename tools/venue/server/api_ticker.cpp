// Api, the tickers: best prices, last prices, the average, and the statistics of a day, of 24 hours
// and of other windows. From book and tape.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/market_statistics.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::size_t ticker_symbols_max = 100;

/// What the three tickers of statistics have in common. `close`: in the unit that was asked for.
/// `rest`: what only the 24-hour ticker has between its first and its last members.
std::string ticker_row(const std::string& symbol, const MarketStatistics& of, std::int64_t close,
                       bool full, Unit unit,
                       const std::function<void(JsonWriter&)>& rest = nullptr) {
    const TradeSpan& span = of.span;
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    if (full) {
        out.decimal("priceChange", of.change()).text("priceChangePercent", of.change_percent());
        out.decimal("weightedAvgPrice", of.average());
    }
    const bool day = full && rest;
    if (day) {
        rest(out);
    }
    out.decimal("openPrice", span.open.value).decimal("highPrice", span.high.value);
    out.decimal("lowPrice", span.low.value);
    if (!day) {
        out.decimal("lastPrice", span.close.value);
    }
    out.decimal("volume", span.volume.value).decimal("quoteVolume", span.quote_volume.value);
    out.integer("openTime", in(unit, of.open_ms)).integer("closeTime", close);
    out.integer("firstId", span.first_id).integer("lastId", span.last_id);
    return out.integer("count", span.count).end_object().take();
}

std::string day_ticker(const std::string& symbol, const TradeTape& tape,
                       const std::optional<Exchange::BookCopy>& book, bool full, Unit unit) {
    const MarketStatistics of = day_statistics(tape, symbol);
    const Level none{};
    const Level bid = !book || book->bids.empty() ? none : book->bids.front();
    const Level ask = !book || book->asks.empty() ? none : book->asks.front();
    return ticker_row(symbol, of, in(unit, of.close_ms), full, unit, [&](JsonWriter& out) {
        out.decimal("prevClosePrice", of.price_before.value);
        out.decimal("lastPrice", of.span.close.value).decimal("lastQty", of.span.last_qty.value);
        out.decimal("bidPrice", bid.price.value).decimal("bidQty", bid.qty.value);
        out.decimal("askPrice", ask.price.value).decimal("askQty", ask.qty.value);
    });
}

/// A window that opens on a minute and ends now.
std::string rolling_ticker(const std::string& symbol, const TradeTape& tape, std::int64_t size_ms,
                           bool full, Unit unit) {
    const MarketStatistics of = rolling_statistics(tape, symbol, size_ms);
    return ticker_row(symbol, of, in(unit, of.close_ms), full, unit);
}

/// Today, in a time zone.
std::string trading_day_ticker(const std::string& symbol, const TradeTape& tape,
                               const KlineGrid& days, bool full, Unit unit) {
    const MarketStatistics of = trading_day_statistics(tape, symbol, days);
    const std::int64_t close = of.close_ms == 0 ? 0 : in(unit, of.close_ms) - 1;
    return ticker_row(symbol, of, close, full, unit);
}

std::string price_ticker(const std::string& symbol, const TradeTape& tape) {
    const TradeTape::Trades& trades = tape.trades(symbol);
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    out.decimal("price", trades.empty() ? 0 : trades.back().price.value);
    return out.end_object().take();
}

}  // namespace

/// The parameter `symbolStatus`: one of the three that there are.
std::optional<std::string> Api::read_status(Call& call) {
    auto status = call.in.optional("symbolStatus");
    if (status && *status != "TRADING" && *status != "HALT" && *status != "BREAK") {
        call.in.fail(refusals::bad_symbol_status());
    }
    return status;
}

/// The symbols that `symbol`, `symbols` and `symbolStatus` choose, in the order of their names.
Api::Chosen Api::read_chosen(Call& call) const {
    Chosen chosen;
    const auto symbol = call.in.optional("symbol");
    const auto symbols = call.in.text_list("symbols");
    const auto status = read_status(call);
    chosen.single = symbol.has_value();
    if (symbol && symbols) {
        call.in.fail(refusals::bad_combination());
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
                call.in.fail(refusals::status_mismatch());
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
        return render::book_ticker(name, exchange_.top(name).value_or(Exchange::BookCopy{}));
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
        return day_ticker(name, tape_, exchange_.top(name), full, call.unit);
    });
}

/// As read_chosen(), where not all symbols may be asked for at once.
Api::Chosen Api::read_named(Call& call) const {
    if (!call.in.has("symbol") && !call.in.has("symbols")) {
        call.in.fail(refusals::either("symbol", "symbols"));
    }
    const auto symbols = call.in.text_list("symbols");
    if (symbols && symbols->size() > ticker_symbols_max) {
        call.in.fail(refusals::of(-1101,
                                  "Too many values sent for parameter 'symbols', maximum allowed "
                                  "up to " +
                                      std::to_string(ticker_symbols_max) + "."));
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
    const AveragePrice average = venue::average_price(tape_, symbol);
    JsonWriter out;
    out.begin_object().integer("mins", AveragePrice::minutes).decimal("price", average.price);
    out.integer("closeTime", in(call.unit, average.last_trade_ms));
    return out.end_object().take();
}

}  // namespace portcullis::tools::venue
