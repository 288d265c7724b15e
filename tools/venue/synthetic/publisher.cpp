#include "tools/venue/synthetic/publisher.hpp"

#include <utility>

#include "tools/venue/server/json.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {
namespace {

std::string quoted(std::string_view key, std::int64_t atoms) {
    return ",\"" + std::string(key) + "\":\"" + decimal_text(atoms) + '"';
}

}  // namespace

Publisher::Publisher(const std::string& symbol, const MatchingEngine& engine)
    : symbol_(symbol),
      engine_(engine),
      depth_stream_(lower_case(symbol) + "@depth@100ms"),
      ticker_stream_(lower_case(symbol) + "@bookTicker"),
      trade_stream_(lower_case(symbol) + "@trade") {}

void Publisher::start() {
    bids_.clear();
    asks_.clear();
    told_id_ = engine_.update_id();
    bid_ = engine_.best(Side::buy);
    ask_ = engine_.best(Side::sell);
}

void Publisher::on_changes(const MatchingEngine::Changes& changes, std::int64_t now_ms) {
    bids_.insert(changes.bids.begin(), changes.bids.end());
    asks_.insert(changes.asks.begin(), changes.asks.end());
    if (!sink_) {
        return;
    }
    for (const MatchingEngine::Trade& each : changes.trades) {
        trade(each, now_ms);
    }
}

void Publisher::trade(const MatchingEngine::Trade& trade, std::int64_t now_ms) {
    if (trade.taker_id != taker_id_ && taker_began_) {
        taker_began_();
    }
    taker_id_ = trade.taker_id;
    const std::string time = std::to_string(now_ms);
    text_ = "{\"e\":\"trade\",\"E\":" + time + ",\"s\":\"" + symbol_ +
            "\",\"t\":" + std::to_string(trade.id) + quoted("p", trade.price.value) +
            quoted("q", trade.qty.value) + ",\"T\":" + time +
            ",\"m\":" + (trade.buyer_is_maker ? "true" : "false") + ",\"M\":true}";
    send(trade_stream_);
}

/// A book with an empty side has no ticker: Binance's form has no way to say it.
void Publisher::ticker() {
    const auto bid = engine_.best(Side::buy);
    const auto ask = engine_.best(Side::sell);
    if (!sink_ || !bid || !ask || (bid == bid_ && ask == ask_)) {
        return;
    }
    bid_ = bid;
    ask_ = ask;
    text_ = "{\"u\":" + std::to_string(engine_.update_id()) + ",\"s\":\"" + symbol_ + '"' +
            quoted("b", bid->price.value) + quoted("B", bid->qty.value) +
            quoted("a", ask->price.value) + quoted("A", ask->qty.value) + '}';
    send(ticker_stream_);
}

void Publisher::levels(const char* name, Side side, const std::set<PriceAtoms>& prices) {
    text_ += std::string(",\"") + name + "\":[";
    const auto one = [&](PriceAtoms price) {
        text_ += text_.back() == '[' ? "[\"" : ",[\"";
        text_ += decimal_text(price.value) + "\",\"" +
                 decimal_text(engine_.visible(side, price).value) + "\"]";
    };
    if (side == Side::buy) {
        for (auto price = prices.rbegin(); price != prices.rend(); ++price) {
            one(*price);
        }
    } else {
        for (const PriceAtoms price : prices) {
            one(price);
        }
    }
    text_ += ']';
}

void Publisher::depth(std::int64_t now_ms) {
    if (bids_.empty() && asks_.empty()) {
        return;
    }
    text_ = "{\"e\":\"depthUpdate\",\"E\":" + std::to_string(now_ms) + ",\"s\":\"" + symbol_ +
            "\",\"U\":" + std::to_string(told_id_ + 1) +
            ",\"u\":" + std::to_string(engine_.update_id());
    levels("b", Side::buy, bids_);
    levels("a", Side::sell, asks_);
    text_ += '}';
    told_id_ = engine_.update_id();
    bids_.clear();
    asks_.clear();
    if (sink_) {
        send(depth_stream_);
    }
}

}  // namespace portcullis::tools::venue
