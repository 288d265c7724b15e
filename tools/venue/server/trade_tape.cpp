#include "tools/venue/server/trade_tape.hpp"

#include <simdjson.h>

#include <algorithm>
#include <iterator>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

constexpr std::size_t trades_max = 1'000'000;
constexpr std::int64_t kept_ms = 7 * day_ms + minute_ms;

}  // namespace

struct TradeTape::Parser {
    simdjson::dom::parser json;
};

TradeTape::TradeTape() : parser_(std::make_unique<Parser>()) {}
TradeTape::~TradeTape() = default;

void TradeTape::add(const std::string& symbol, std::string_view json) {
    simdjson::dom::element event;
    std::string_view price;
    std::string_view qty;
    TapeTrade trade;
    if (parser_->json.parse(json.data(), json.size()).get(event) || event["p"].get(price) ||
        event["q"].get(qty) || event["t"].get(trade.id) || event["T"].get(trade.time_ms) ||
        event["m"].get(trade.buyer_is_maker)) {
        return;
    }
    trade.price = PriceAtoms{engine::parse_decimal(price).atoms};
    trade.qty = QtyAtoms{engine::parse_decimal(qty).atoms};
    if (trade.price > PriceAtoms{0} && trade.qty > QtyAtoms{0}) {
        add(symbol, trade);
    }
}

void TradeTape::add(const std::string& symbol, TapeTrade trade) {
    Tape& tape = tapes_[symbol];
    const Trades& trades = tape.list.trades();
    if (!trades.empty() &&
        (trade.id <= trades.back().id || trade.time_ms < trades.back().time_ms)) {
        clear(symbol);
    }
    trade.aggregate_id = trade.id;
    if (!trades.empty()) {
        const TapeTrade& last = trades.back();
        const bool same = last.price == trade.price && last.time_ms == trade.time_ms &&
                          last.buyer_is_maker == trade.buyer_is_maker && last.id + 1 == trade.id &&
                          !tape.aggregate_ended;
        trade.aggregate_id = last.aggregate_id + (same ? 0 : 1);
    }
    tape.aggregate_ended = false;
    tape.list.add(trade);
    tape.time_ms = std::max(tape.time_ms, trade.time_ms);
    while (trades.size() > trades_max || trades.front().time_ms <= trade.time_ms - kept_ms) {
        tape.before = trades.front().price;
        tape.list.pop_front();
    }
    verify(!trades.empty());
}

void TradeTape::clear(const std::string& symbol) {
    Tape& tape = tapes_[symbol];
    tape.list.clear();
    tape.before.reset();
    tape.time_ms = 0;
}

void TradeTape::follow_clock(const std::string& symbol) {
    tapes_[symbol].follows_clock = true;
}

void TradeTape::pass_time(std::int64_t elapsed_ms, std::int64_t clock_ms) {
    verify(elapsed_ms >= 0);
    for (auto& [symbol, tape] : tapes_) {
        tape.aggregate_ended = true;
        if (tape.time_ms == 0) {
            continue;  // no trade yet has said what time it is
        }
        tape.time_ms =
            tape.follows_clock ? std::max(tape.time_ms, clock_ms) : tape.time_ms + elapsed_ms;
    }
}

std::int64_t TradeTape::time_ms(const std::string& symbol) const {
    const auto found = tapes_.find(symbol);
    return found == tapes_.end() ? 0 : found->second.time_ms;
}

TradeSpan TradeTape::Window::candle() const {
    TradeSpan flat = span;
    if (flat.count == 0) {
        flat.open = flat.high = flat.low = flat.close = price_before.value_or(PriceAtoms{0});
    }
    return flat;
}

const TradeTape::Trades& TradeTape::trades(const std::string& symbol) const {
    static const Trades none;
    const auto found = tapes_.find(symbol);
    return found == tapes_.end() ? none : found->second.list.trades();
}

TradeTape::Trades::const_iterator TradeTape::from_id(const std::string& symbol,
                                                     std::int64_t id) const {
    const Trades& all = trades(symbol);
    return std::lower_bound(all.begin(), all.end(), id,
                            [](const TapeTrade& trade, std::int64_t at) { return trade.id < at; });
}

TradeTape::Trades::const_iterator TradeTape::from_time(const std::string& symbol,
                                                       std::int64_t time_ms) const {
    const Trades& all = trades(symbol);
    return std::lower_bound(
        all.begin(), all.end(), time_ms,
        [](const TapeTrade& trade, std::int64_t at) { return trade.time_ms < at; });
}

TradeTape::Trades::const_iterator TradeTape::from_aggregate(const std::string& symbol,
                                                            std::int64_t aggregate_id) const {
    const Trades& all = trades(symbol);
    return std::lower_bound(
        all.begin(), all.end(), aggregate_id,
        [](const TapeTrade& trade, std::int64_t at) { return trade.aggregate_id < at; });
}

TradeTape::Window TradeTape::window(const std::string& symbol, std::int64_t from_ms,
                                    std::int64_t until_ms) const {
    verify(from_ms <= until_ms);
    const auto found = tapes_.find(symbol);
    if (found == tapes_.end()) {
        return {};
    }
    const Tape& tape = found->second;
    const auto first = from_time(symbol, from_ms);
    Window window{tape.list.span(first, from_time(symbol, until_ms)), tape.before};
    if (first != tape.list.trades().begin()) {
        window.price_before = std::prev(first)->price;
    }
    return window;
}

TradeTape::Window TradeTape::latest(const std::string& symbol, std::int64_t window_ms) const {
    const Trades& all = trades(symbol);
    if (all.empty()) {
        return {};
    }
    const std::int64_t last_ms = all.back().time_ms;
    return window(symbol, last_ms - window_ms + 1, last_ms + 1);
}

}  // namespace portcullis::tools::venue
