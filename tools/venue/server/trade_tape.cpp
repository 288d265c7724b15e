#include "tools/venue/server/trade_tape.hpp"

#include <simdjson.h>

#include <algorithm>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

constexpr std::size_t trades_max = 1'000'000;
constexpr std::int64_t kept_ms = 86'400'000;

AmountAtoms amount_of(QtyAtoms qty) {
    return AmountAtoms{qty.value};
}

}  // namespace

struct TradeTape::Parser {
    simdjson::dom::parser json;
};

TradeTape::TradeTape() : parser_(std::make_unique<Parser>()) {}
TradeTape::~TradeTape() = default;

void TradeSpan::add(const TapeTrade& trade) {
    if (count == 0) {
        open = high = low = trade.price;
        first_id = trade.id;
    }
    high = std::max(high, trade.price);
    low = std::min(low, trade.price);
    close = trade.price;
    last_qty = trade.qty;
    last_id = trade.id;
    ++count;
    volume += amount_of(trade.qty);
    quote_volume += trade.quote();
    if (!trade.buyer_is_maker) {
        taker_buy_volume += amount_of(trade.qty);
        taker_buy_quote_volume += trade.quote();
    }
}

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
    if (trade.price <= PriceAtoms{0} || trade.qty <= QtyAtoms{0}) {
        return;
    }
    Tape& tape = tapes_[symbol];
    Trades& trades = tape.trades;
    if (!trades.empty() &&
        (trade.id <= trades.back().id || trade.time_ms < trades.back().time_ms)) {
        clear(symbol);
    }
    trade.aggregate_id = trade.id;
    if (!trades.empty()) {
        const TapeTrade& last = trades.back();
        const bool same = last.price == trade.price && last.time_ms == trade.time_ms &&
                          last.buyer_is_maker == trade.buyer_is_maker && last.id + 1 == trade.id;
        trade.aggregate_id = last.aggregate_id + (same ? 0 : 1);
    }
    trades.push_back(trade);
    while (trades.size() > trades_max || trades.front().time_ms <= trade.time_ms - kept_ms) {
        tape.before = trades.front().price;
        trades.pop_front();
    }
    verify(!trades.empty());
}

void TradeTape::clear(const std::string& symbol) {
    Tape& tape = tapes_[symbol];
    tape.trades.clear();
    tape.before.reset();
}

const TradeTape::Trades& TradeTape::trades(const std::string& symbol) const {
    static const Trades none;
    const auto found = tapes_.find(symbol);
    return found == tapes_.end() ? none : found->second.trades;
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

TradeSpan TradeTape::latest(const std::string& symbol, std::int64_t window_ms) const {
    TradeSpan span;
    const Trades& all = trades(symbol);
    if (!all.empty()) {
        for (auto at = from_time(symbol, all.back().time_ms - window_ms + 1); at != all.end();
             ++at) {
            span.add(*at);
        }
    }
    return span;
}

std::optional<PriceAtoms> TradeTape::price_before(const std::string& symbol) const {
    const auto found = tapes_.find(symbol);
    return found == tapes_.end() ? std::nullopt : found->second.before;
}

}  // namespace portcullis::tools::venue
