#include "tools/venue/server/trade_list.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

AmountAtoms amount_of(QtyAtoms qty) {
    return AmountAtoms{qty.value};
}

}  // namespace

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
    const AmountAtoms quote = trade.quote();
    volume += amount_of(trade.qty);
    quote_volume += quote;
    if (!trade.buyer_is_maker) {
        taker_buy_volume += amount_of(trade.qty);
        taker_buy_quote_volume += quote;
    }
}

void TradeSpan::add(const TradeSpan& next) {
    if (count == 0 || next.count == 0) {
        *this = count == 0 ? next : *this;
        return;
    }
    high = std::max(high, next.high);
    low = std::min(low, next.low);
    close = next.close;
    last_qty = next.last_qty;
    last_id = next.last_id;
    count += next.count;
    volume += next.volume;
    quote_volume += next.quote_volume;
    taker_buy_volume += next.taker_buy_volume;
    taker_buy_quote_volume += next.taker_buy_quote_volume;
}

void TradeList::add(const TapeTrade& trade) {
    trades_.push_back(trade);
    close_blocks();
}

/// The trade that came may be the last of a block, that block the last of one above it, and so on.
void TradeList::close_blocks() {
    std::int64_t part = 1;
    for (std::size_t i = 0; i < level_count && end() % (part * fan) == 0; ++i) {
        TradeSpan sum;
        for (std::int64_t at = end() - part * fan; at < end(); at += part) {
            if (at < gone_) {
                continue;  // of a block whose first trades have left: nobody will ask for it
            }
            if (i == 0) {
                sum.add(trades_[static_cast<std::size_t>(at - gone_)]);
            } else {
                sum.add(block(levels_[i - 1], at / part));
            }
        }
        levels_[i].blocks.push_back(sum);
        part *= fan;
    }
}

void TradeList::pop_front() {
    verify(!trades_.empty());
    trades_.pop_front();
    ++gone_;
    std::int64_t size = 1;
    for (Level& level : levels_) {
        size *= fan;
        if (!level.blocks.empty() && level.first * size < gone_) {
            level.blocks.pop_front();
            ++level.first;
        }
    }
}

void TradeList::clear() {
    *this = TradeList{};
}

const TradeSpan& TradeList::block(const Level& level, std::int64_t number) const {
    verify(number >= level.first);
    const auto at = static_cast<std::size_t>(number - level.first);
    verify(at < level.blocks.size());
    return level.blocks[at];
}

TradeSpan TradeList::span(Trades::const_iterator first, Trades::const_iterator last) const {
    verify(first <= last);
    std::int64_t at = gone_ + (first - trades_.begin());
    const std::int64_t to = gone_ + (last - trades_.begin());
    TradeSpan sum;
    while (at < to) {
        std::int64_t size = 1;
        const Level* whole = nullptr;
        for (const Level& level : levels_) {
            if (at % (size * fan) != 0 || at + size * fan > to) {
                break;
            }
            size *= fan;
            whole = &level;
        }
        if (whole == nullptr) {
            sum.add(trades_[static_cast<std::size_t>(at - gone_)]);
        } else {
            sum.add(block(*whole, at / size));
        }
        at += size;
    }
    return sum;
}

}  // namespace portcullis::tools::venue
