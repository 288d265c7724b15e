#include "tools/venue/recorded_book.hpp"

#include <algorithm>
#include <limits>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

void RecordedBook::reset(const std::vector<Level>& bids, const std::vector<Level>& asks,
                         std::uint64_t update_id) {
    bids_ = Half{};
    asks_ = Half{};
    ticker_id_ = 0;
    depth_id_ = 0;
    apply_depth(bids, asks, update_id);
}

void RecordedBook::apply_depth(const std::vector<Level>& bids, const std::vector<Level>& asks,
                               std::uint64_t update_id) {
    verify(update_id >= depth_id_);
    depth_id_ = update_id;
    for (const Level& level : bids) {
        bids_.apply(key_of(Side::buy, level.price), level.qty);
    }
    for (const Level& level : asks) {
        asks_.apply(key_of(Side::sell, level.price), level.qty);
    }
    for (Half* half : {&bids_, &asks_}) {
        half->forget_tickers(update_id);
        if (ticker_id_ <= depth_id_) {
            half->ticker_best.reset();
        }
        half->clamp_consumed();
    }
}

void RecordedBook::apply_ticker(Level bid, Level ask, std::uint64_t update_id) {
    if (update_id <= depth_id_ || update_id <= ticker_id_) {
        return;
    }
    ticker_id_ = update_id;
    lay_over(bids_, key_of(Side::buy, bid.price), bid.qty, update_id);
    lay_over(asks_, key_of(Side::sell, ask.price), ask.qty, update_id);
}

void RecordedBook::lay_over(Half& half, Key key, QtyAtoms qty, std::uint64_t update_id) {
    const bool empty_side = qty == QtyAtoms{0};
    half.ticker_best = empty_side ? std::numeric_limits<Key>::max() : key;
    half.ticker.erase(half.ticker.begin(), half.ticker.lower_bound(*half.ticker_best));
    if (!empty_side) {
        half.ticker[key] = {qty, update_id};
    }
    half.clamp_consumed();
}

QtyAtoms RecordedBook::live(Side side, PriceAtoms price) const {
    return half(side).live(key_of(side, price));
}

QtyAtoms RecordedBook::visible(Side side, PriceAtoms price) const {
    return half(side).visible(key_of(side, price));
}

std::optional<Level> RecordedBook::next_visible(Side side, std::optional<PriceAtoms> after) const {
    const Half& from = half(side);
    std::optional<Key> key;
    if (after) {
        key = key_of(side, *after);
    }
    for (key = from.next_key(key); key; key = from.next_key(key)) {
        if (const QtyAtoms qty = from.visible(*key); qty > QtyAtoms{0}) {
            return Level{price_of(side, *key), qty};
        }
    }
    return std::nullopt;
}

std::optional<Level> RecordedBook::best_live(Side side) const {
    const Half& from = half(side);
    for (auto key = from.next_key(std::nullopt); key; key = from.next_key(key)) {
        if (const QtyAtoms qty = from.live(*key); qty > QtyAtoms{0}) {
            return Level{price_of(side, *key), qty};
        }
    }
    return std::nullopt;
}

void RecordedBook::consume(Side side, PriceAtoms price, QtyAtoms qty) {
    verify(qty > QtyAtoms{0});
    verify(qty <= visible(side, price));
    half(side).consumed[key_of(side, price)] += qty;
}

Exchange::BookCopy RecordedBook::depth(std::size_t limit) const {
    Exchange::BookCopy copy;
    copy.last_update_id = depth_id_;
    const auto fill = [limit](Side side, const Half& from, std::vector<Level>& levels) {
        levels.reserve(std::min(limit, from.depth.size()));
        for (const auto& [key, qty] : from.depth) {
            if (levels.size() == limit) {
                break;
            }
            levels.push_back({price_of(side, key), qty});
        }
    };
    fill(Side::buy, bids_, copy.bids);
    fill(Side::sell, asks_, copy.asks);
    return copy;
}

QtyAtoms RecordedBook::depth_qty(Side side, PriceAtoms price) const {
    const auto found = half(side).depth.find(key_of(side, price));
    return found == half(side).depth.end() ? QtyAtoms{0} : found->second;
}

RecordedBook::Key RecordedBook::key_of(Side side, PriceAtoms price) {
    return side == Side::buy ? -price.value : price.value;
}

PriceAtoms RecordedBook::price_of(Side side, Key key) {
    return PriceAtoms{side == Side::buy ? -key : key};
}

QtyAtoms RecordedBook::Half::live(Key key) const {
    if (ticker_best && key < *ticker_best) {
        return QtyAtoms{0};
    }
    if (const auto told = ticker.find(key); told != ticker.end()) {
        return told->second.qty;
    }
    const auto found = depth.find(key);
    return found == depth.end() ? QtyAtoms{0} : found->second;
}

QtyAtoms RecordedBook::Half::visible(Key key) const {
    const auto taken = consumed.find(key);
    return taken == consumed.end() ? live(key) : live(key) - taken->second;
}

/// The first key behind `after` (or the first of all) that depth or ticker knows.
std::optional<RecordedBook::Key> RecordedBook::Half::next_key(std::optional<Key> after) const {
    Key from = std::numeric_limits<Key>::min();
    if (after) {
        from = *after + 1;
    }
    if (ticker_best) {
        from = std::max(from, *ticker_best);
    }
    const auto in_depth = depth.lower_bound(from);
    const auto in_ticker = ticker.lower_bound(from);
    std::optional<Key> next;
    if (in_depth != depth.end()) {
        next = in_depth->first;
    }
    if (in_ticker != ticker.end() && (!next || in_ticker->first < *next)) {
        next = in_ticker->first;
    }
    return next;
}

void RecordedBook::Half::apply(Key key, QtyAtoms qty) {
    verify(qty >= QtyAtoms{0});
    if (qty == QtyAtoms{0}) {
        depth.erase(key);
    } else {
        depth[key] = qty;
    }
}

void RecordedBook::Half::forget_tickers(std::uint64_t up_to_id) {
    std::erase_if(ticker,
                  [up_to_id](const auto& entry) { return entry.second.update_id <= up_to_id; });
}

void RecordedBook::Half::clamp_consumed() {
    for (auto entry = consumed.begin(); entry != consumed.end();) {
        entry->second = std::min(entry->second, live(entry->first));
        entry = entry->second == QtyAtoms{0} ? consumed.erase(entry) : std::next(entry);
    }
}

}  // namespace portcullis::tools::venue
