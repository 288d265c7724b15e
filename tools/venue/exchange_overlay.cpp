// The recorded book with our resting orders in it, for those who ask for it (README.md, "Overlay").
//
// What book() shows changes only when show_resting() is called, which is once for each published
// depth event: so a snapshot agrees with the events up to its id, and a client synchronises.
#include <algorithm>
#include <limits>

#include "engine/types/verify.hpp"
#include "tools/venue/exchange_state.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

using Shown = std::map<OrderTable::Key, QtyAtoms>;

PriceAtoms price_of(Side side, OrderTable::Key key) {
    return PriceAtoms{side == Side::buy ? -key : key};
}

bool clear_of(Side side, PriceAtoms price, PriceAtoms other) {
    return side == Side::buy ? price < other : price > other;
}

QtyAtoms shown_qty(const std::vector<OrderRecord*>& level) {
    QtyAtoms sum{0};
    for (const OrderRecord* record : level) {
        sum += record->shown_qty();
    }
    return sum;
}

void merge(Side side, const Shown& shown, std::vector<Level>& levels, std::size_t limit) {
    for (const auto& [key, qty] : shown) {
        const auto at = std::lower_bound(levels.begin(), levels.end(), key,
                                         [side](const Level& level, OrderTable::Key wanted) {
                                             return OrderTable::key_of(side, level.price) < wanted;
                                         });
        if (at != levels.end() && OrderTable::key_of(side, at->price) == key) {
            at->qty += qty;
        } else {
            levels.insert(at, {price_of(side, key), qty});
        }
    }
    if (levels.size() > limit) {
        levels.resize(limit);
    }
}

}  // namespace

void Exchange::State::lay_over(const Market& market, BookCopy& book, std::size_t limit) {
    merge(Side::buy, market.shown_bids, book.bids, limit);
    merge(Side::sell, market.shown_asks, book.asks, limit);
}

Exchange::BookCopy Exchange::show_resting(const std::string& symbol) {
    Market& market = state_->markets.at(symbol);
    verify(market.matched == nullptr);
    market.overlaid = true;
    const BookCopy best = market.book.depth(1);
    BookCopy changed;
    changed.last_update_id = best.last_update_id;
    for (const Side side : {Side::buy, Side::sell}) {
        const auto& others = side == Side::buy ? best.asks : best.bids;
        Shown& shown = side == Side::buy ? market.shown_bids : market.shown_asks;
        Shown now;
        for (const auto& [key, level] : state_->orders.resting(symbol, side)) {
            if (others.empty() || clear_of(side, price_of(side, key), others[0].price)) {
                now[key] = shown_qty(level);
            }
        }
        std::erase_if(now, [](const auto& entry) { return entry.second == QtyAtoms{0}; });
        shown.swap(now);
        const auto tell = [&](OrderTable::Key key, QtyAtoms qty) {
            const PriceAtoms price = price_of(side, key);
            (side == Side::buy ? changed.bids : changed.asks)
                .push_back({price, market.book.depth_qty(side, price) + qty});
        };
        for (const auto& [key, qty] : shown) {
            if (const auto before = now.find(key); before == now.end() || before->second != qty) {
                tell(key, qty);
            }
        }
        for (const auto& [key, qty] : now) {
            if (!shown.contains(key)) {
                tell(key, QtyAtoms{0});
            }
        }
    }
    return changed;
}

QtyAtoms Exchange::shown_resting(const std::string& symbol, Side side, PriceAtoms price) const {
    const Market& market = state_->markets.at(symbol);
    const Shown& shown = side == Side::buy ? market.shown_bids : market.shown_asks;
    const auto found = shown.find(OrderTable::key_of(side, price));
    return found == shown.end() ? QtyAtoms{0} : found->second;
}

std::optional<Level> Exchange::best_resting(const std::string& symbol, Side side,
                                            PriceAtoms other) const {
    for (const auto& [key, level] : state_->orders.resting(symbol, side)) {
        const PriceAtoms price = price_of(side, key);
        const QtyAtoms qty = shown_qty(level);
        if (qty > QtyAtoms{0} && clear_of(side, price, other)) {
            return Level{price, qty};
        }
    }
    return std::nullopt;
}

std::optional<Level> Exchange::with_resting(const std::string& symbol, Side side,
                                            const std::optional<Level>& recorded,
                                            const std::optional<Level>& other) const {
    if (!state_->markets.at(symbol).overlaid) {
        return recorded;
    }
    const PriceAtoms open_end{side == Side::buy ? std::numeric_limits<std::int64_t>::max() : 0};
    const auto ours = best_resting(symbol, side, other ? other->price : open_end);
    if (!ours || (recorded && clear_of(side, ours->price, recorded->price))) {
        return recorded;
    }
    const bool same = recorded && recorded->price == ours->price;
    return Level{ours->price, same ? ours->qty + recorded->qty : ours->qty};
}

Exchange::RecordedTrade Exchange::recorded_trade() const {
    return state_->recorded_trade;
}

}  // namespace portcullis::tools::venue
