#include "tools/venue/server/summary_streams.hpp"

#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

/// A kline in which nothing follows is closed so long after its end: its last trade may still be
/// on its way.
constexpr std::int64_t late_trade_ms = 1000;
/// Klines that may end between two ticks of a slow clock. Where more have, it stood still: the one
/// that was open is closed, and the stream goes on with that of now.
constexpr int closed_at_once_max = 10;

std::string kline_event(const SummaryStream& name, const Kline& kline, bool closed,
                        std::int64_t now_ms) {
    const TradeSpan& span = kline.span;
    JsonWriter out;
    out.begin_object().text("e", "kline").integer("E", now_ms).text("s", name.symbol);
    out.begin_object("k").integer("t", kline.open_ms).integer("T", kline.next_open_ms - 1);
    out.text("s", name.symbol).text("i", name.variant);
    out.integer("f", span.first_id).integer("L", span.last_id);
    out.decimal("o", span.open.value).decimal("c", span.close.value);
    out.decimal("h", span.high.value).decimal("l", span.low.value);
    out.decimal("v", span.volume.value).integer("n", span.count).boolean("x", closed);
    out.decimal("q", span.quote_volume.value).decimal("V", span.taker_buy_volume.value);
    out.decimal("Q", span.taker_buy_quote_volume.value).text("B", "0");
    return out.end_object().end_object().take();
}

std::string mini_ticker_event(const std::string& symbol, const MarketStatistics& of) {
    const TradeSpan& span = of.span;
    JsonWriter out;
    out.begin_object().text("e", "24hrMiniTicker").integer("E", of.close_ms).text("s", symbol);
    out.decimal("c", span.close.value).decimal("o", span.open.value);
    out.decimal("h", span.high.value).decimal("l", span.low.value);
    out.decimal("v", span.volume.value).decimal("q", span.quote_volume.value);
    return out.end_object().take();
}

void write_window(JsonWriter& out, const MarketStatistics& of) {
    out.integer("O", of.open_ms).integer("C", of.close_ms);
    out.integer("F", of.span.first_id).integer("L", of.span.last_id);
    out.integer("n", of.span.count).end_object();
}

std::string ticker_event(const std::string& symbol, const MarketStatistics& of, const Level& bid,
                         const Level& ask) {
    const TradeSpan& span = of.span;
    JsonWriter out;
    out.begin_object().text("e", "24hrTicker").integer("E", of.close_ms).text("s", symbol);
    out.decimal("p", of.change()).text("P", of.change_percent()).decimal("w", of.average());
    out.decimal("x", of.price_before.value);
    out.decimal("c", span.close.value).decimal("Q", span.last_qty.value);
    out.decimal("b", bid.price.value).decimal("B", bid.qty.value);
    out.decimal("a", ask.price.value).decimal("A", ask.qty.value);
    out.decimal("o", span.open.value).decimal("h", span.high.value).decimal("l", span.low.value);
    out.decimal("v", span.volume.value).decimal("q", span.quote_volume.value);
    write_window(out, of);
    return out.take();
}

std::string window_event(const std::string& symbol, const std::string& window,
                         const MarketStatistics& of) {
    const TradeSpan& span = of.span;
    JsonWriter out;
    out.begin_object().text("e", window + "Ticker").integer("E", of.close_ms).text("s", symbol);
    out.decimal("p", of.change()).text("P", of.change_percent());
    out.decimal("o", span.open.value).decimal("h", span.high.value).decimal("l", span.low.value);
    out.decimal("c", span.close.value).decimal("w", of.average());
    out.decimal("v", span.volume.value).decimal("q", span.quote_volume.value);
    write_window(out, of);
    return out.take();
}

std::string average_event(const std::string& symbol, const AveragePrice& average,
                          std::int64_t now_ms) {
    JsonWriter out;
    out.begin_object().text("e", "avgPrice").integer("E", now_ms).text("s", symbol);
    out.text("i", std::to_string(AveragePrice::minutes) + "m").decimal("w", average.price);
    return out.integer("T", average.last_trade_ms).end_object().take();
}

}  // namespace

SummaryStreams::SummaryStreams(const Exchange& exchange, const TradeTape& tape, Emit emit)
    : exchange_(exchange), tape_(tape), emit_(std::move(emit)) {}

/// Those that nobody wants any more go with the next tick: a subscriber may leave while it is told.
void SummaryStreams::on_wanted(const std::string& stream, bool wanted) {
    if (const auto found = streams_.find(stream); found != streams_.end()) {
        found->second.wanted = wanted;
    } else if (auto name = summary_stream(stream); name && wanted) {
        Stream& begun = streams_[stream];
        begun.name = std::move(*name);
        if (begun.name.grid && !tape_.trades(begun.name.symbol).empty()) {
            begun.kline_open_ms = begun.name.grid->around(tape_.time_ms(begun.name.symbol)).open_ms;
        }
    }
}

void SummaryStreams::on_tick(bool full_second) {
    odd_second_ = odd_second_ != full_second;
    if (streams_.empty()) {
        return;
    }
    std::erase_if(streams_, [](const auto& each) { return !each.second.wanted; });
    for (auto& [name, stream] : streams_) {
        if (stream.name.kind == SummaryKind::kline) {
            tell_kline(name, stream, full_second && (stream.name.variant == "1s" || !odd_second_));
        } else if (full_second) {
            stream.name.symbol.empty() ? tell_all(name, stream) : tell(name, stream);
        }
    }
}

void SummaryStreams::on_jump(const std::string& symbol) {
    for (auto& [name, stream] : streams_) {
        stream.told.erase(symbol);
        if (stream.name.symbol == symbol) {
            stream.kline_open_ms.reset();
        }
    }
}

void SummaryStreams::tell(const std::string& name, Stream& stream) {
    if (const auto text = news(stream, stream.name.symbol)) {
        emit_(name, *text);
    }
}

void SummaryStreams::tell_all(const std::string& name, Stream& stream) {
    JsonWriter out;
    out.begin_array();
    for (const auto& [symbol, value] : exchange_.symbols()) {
        if (const auto text = news(stream, symbol)) {
            out.raw(*text);
        }
    }
    if (out.str().size() > 1) {
        emit_(name, out.end_array().take());
    }
}

std::optional<std::string> SummaryStreams::news(Stream& stream, const std::string& symbol) const {
    if (tape_.trades(symbol).empty()) {
        return std::nullopt;
    }
    const SummaryStream& name = stream.name;
    Told now;
    MarketStatistics of;
    if (name.kind == SummaryKind::average_price) {
        now.average = average_price(tape_, symbol);
    } else {
        of = name.kind == SummaryKind::window_ticker
                 ? rolling_statistics(tape_, symbol, name.window_ms)
                 : day_statistics(tape_, symbol);
        now.span = of.span;
    }
    if (name.kind == SummaryKind::ticker) {
        const auto book = exchange_.top(symbol);
        now.bid = book && !book->bids.empty() ? book->bids.front() : Level{};
        now.ask = book && !book->asks.empty() ? book->asks.front() : Level{};
    }
    const auto told = stream.told.find(symbol);
    if (told != stream.told.end() && told->second == now) {
        return std::nullopt;
    }
    stream.told.insert_or_assign(symbol, now);
    switch (name.kind) {
        case SummaryKind::mini_ticker:
            return mini_ticker_event(symbol, of);
        case SummaryKind::ticker:
            return ticker_event(symbol, of, now.bid, now.ask);
        case SummaryKind::window_ticker:
            return window_event(symbol, name.variant, of);
        case SummaryKind::average_price:
            return average_event(symbol, now.average, tape_.time_ms(symbol));
        case SummaryKind::kline:
            break;
    }
    verify(false);  // klines have no news(): tell_kline()
    return std::nullopt;
}

void SummaryStreams::tell_kline(const std::string& name, Stream& stream, bool update) {
    const std::string& symbol = stream.name.symbol;
    verify(stream.name.grid.has_value());
    if (tape_.trades(symbol).empty()) {
        return;
    }
    const KlineGrid& grid = *stream.name.grid;
    const std::int64_t first_ms = grid.around(tape_.trades(symbol).front().time_ms).open_ms;
    stream.kline_open_ms = std::max(stream.kline_open_ms.value_or(first_ms), first_ms);
    close_klines(name, stream);
    if (!update) {
        return;
    }
    const Kline kline = kline_at(tape_, symbol, grid.around(*stream.kline_open_ms));
    const auto told = stream.told.find(symbol);
    if (told == stream.told.end() || told->second.span != kline.span) {
        stream.told[symbol].span = kline.span;
        emit_(name, kline_event(stream.name, kline, false, tape_.time_ms(symbol)));
    }
}

void SummaryStreams::close_klines(const std::string& name, Stream& stream) {
    const std::string& symbol = stream.name.symbol;
    const std::int64_t now_ms = tape_.time_ms(symbol);
    const std::int64_t final_ms =
        std::max(tape_.trades(symbol).back().time_ms, now_ms - late_trade_ms);
    KlineGrid::Bounds at = stream.name.grid->around(*stream.kline_open_ms);
    KlineGrid::Bounds last = at;
    for (int ended = 0; ended < closed_at_once_max; ++ended) {
        last = stream.name.grid->around(last.next_open_ms);
    }
    const bool stood = last.next_open_ms <= final_ms;
    while (at.next_open_ms <= final_ms) {
        const Kline kline = kline_at(tape_, symbol, at);
        stream.told.clear();
        at = stream.name.grid->around(stood ? now_ms : at.next_open_ms);
        stream.kline_open_ms = at.open_ms;
        emit_(name, kline_event(stream.name, kline, true, now_ms));
    }
}

}  // namespace portcullis::tools::venue
