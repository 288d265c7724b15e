// Api, the tickers: best prices, last prices, the average, the last 24 hours. From book and tape.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t average_minutes = 5;

ApiError status_mismatch() {
    ApiError error;
    error.code = -1220;
    error.message = "The symbol's status does not match the requested symbolStatus.";
    return error;
}

ApiError plain(int code, const char* message) {
    ApiError error;
    error.code = code;
    error.message = message;
    return error;
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

std::string day_ticker(const std::string& symbol, const TradeTape& tape,
                       const std::optional<Exchange::BookCopy>& book, bool full, Unit unit) {
    const TradeSpan span = tape.latest(symbol, day_ms);
    const TradeTape::Trades& trades = tape.trades(symbol);
    const std::int64_t scale = unit == Unit::microseconds ? 1000 : 1;
    const std::int64_t close_ms = trades.empty() ? 0 : trades.back().time_ms;
    const Level none{};
    const Level bid = !book || book->bids.empty() ? none : book->bids.front();
    const Level ask = !book || book->asks.empty() ? none : book->asks.front();
    const std::int64_t change = span.close.value - span.open.value;
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    if (full) {
        out.decimal("priceChange", change);
        out.text("priceChangePercent",
                 span.count == 0 ? "0.000" : percent_text(change, span.open.value));
        out.decimal("weightedAvgPrice", average(span));
        out.decimal("prevClosePrice", tape.price_before(symbol).value_or(PriceAtoms{0}).value);
        out.decimal("lastPrice", span.close.value).decimal("lastQty", span.last_qty.value);
        out.decimal("bidPrice", bid.price.value).decimal("bidQty", bid.qty.value);
        out.decimal("askPrice", ask.price.value).decimal("askQty", ask.qty.value);
    }
    out.decimal("openPrice", span.open.value).decimal("highPrice", span.high.value);
    out.decimal("lowPrice", span.low.value);
    if (!full) {
        out.decimal("lastPrice", span.close.value);
    }
    out.decimal("volume", span.volume.value).decimal("quoteVolume", span.quote_volume.value);
    out.integer("openTime", span.count == 0 ? 0 : (close_ms - day_ms) * scale);
    out.integer("closeTime", close_ms * scale).integer("firstId", span.first_id);
    return out.integer("lastId", span.last_id).integer("count", span.count).end_object().take();
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
        call.in.fail(plain(-1128, "Combination of optional parameters invalid."));
    }
    if (status && *status != "TRADING" && *status != "HALT" && *status != "BREAK") {
        call.in.fail(plain(-1122, "Invalid symbolStatus."));
    }
    std::set<std::string> wanted;
    for (const std::string& name : symbols.value_or(std::vector<std::string>{})) {
        if (!wanted.insert(name).second) {
            call.in.fail(plain(-1151, "Symbol is present multiple times in the list."));
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

Api::Answer Api::ticker_24hr(Call& call) {
    const Chosen chosen = read_chosen(call);
    const std::string type = call.in.optional("type").value_or("FULL");
    if (type != "FULL" && type != "MINI") {
        call.in.fail(plain(-1139, "Invalid ticker type."));
    }
    return tell_chosen(call, chosen, [&](const std::string& name) {
        return day_ticker(name, tape_, exchange_.book(name, 1), type == "FULL", call.unit);
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
    out.decimal("price", average(tape_.latest(symbol, average_minutes * 60'000)));
    out.integer("closeTime", call.unit == Unit::microseconds ? time_ms * 1000 : time_ms);
    return out.end_object().take();
}

}  // namespace portcullis::tools::venue
