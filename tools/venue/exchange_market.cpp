// What the recording does to resting orders (README.md, "Fill model").
#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/queue_model.hpp"

namespace portcullis::tools::venue {

using engine::opposite;
using engine::verify;

void Exchange::market_snapshot(const std::string& symbol, const std::vector<Level>& bids,
                               const std::vector<Level>& asks, std::uint64_t update_id) {
    verify(state_->symbols.count(symbol) == 1);
    Market& market = state_->markets[symbol];
    market.book.reset(bids, asks, update_id);
    for (const Side side : {Side::buy, Side::sell}) {
        for (OrderRecord* record : state_->orders.resting_in_priority(symbol, side)) {
            shorten_queue(record->ahead, market.book.live(side, record->order.price));
        }
    }
}

void Exchange::market_depth(const std::string& symbol, const std::vector<Level>& bids,
                            const std::vector<Level>& asks, std::uint64_t update_id,
                            std::int64_t now_ms) {
    verify(state_->symbols.count(symbol) == 1);
    Market& market = state_->markets[symbol];
    market.book.apply_depth(bids, asks, update_id);
    state_->after_book_change(symbol, market, now_ms);
}

void Exchange::market_ticker(const std::string& symbol, Level bid, Level ask,
                             std::uint64_t update_id, std::int64_t now_ms) {
    verify(state_->symbols.count(symbol) == 1);
    Market& market = state_->markets[symbol];
    market.book.apply_ticker(bid, ask, update_id);
    state_->after_book_change(symbol, market, now_ms);
}

/// A buyer that is maker means that the aggressor sold: it meets our bids, and no ask of ours.
void Exchange::market_trade(const std::string& symbol, PriceAtoms price, QtyAtoms qty,
                            bool buyer_is_maker, std::int64_t now_ms,
                            std::optional<std::int64_t> traded_ms) {
    verify(state_->symbols.count(symbol) == 1);
    verify(qty > QtyAtoms{0});
    Market& market = state_->markets[symbol];
    state_->on_trade(market, price, qty, traded_ms.value_or(now_ms));
    const Side side = buyer_is_maker ? Side::buy : Side::sell;
    const OrderTable::Key trade_key = OrderTable::key_of(side, price);
    TradeSweep sweep{qty};
    state_->recorded_trade = RecordedTrade::met;
    for (OrderRecord* record : state_->orders.resting_in_priority(symbol, side)) {
        const OrderTable::Key key = OrderTable::key_of(side, record->order.price);
        if (key > trade_key) {
            break;
        }
        const QtyAtoms filled = key < trade_key
                                    ? sweep.through_price(record->ahead, record->open_qty())
                                    : sweep.at_price(record->ahead, record->shown_qty());
        if (filled > QtyAtoms{0}) {
            state_->fill(*record, record->order.price, filled, true, ++market.last_trade_id,
                         now_ms);
        }
    }
    state_->recorded_trade = RecordedTrade::followed;
    state_->finish_call(now_ms);
    state_->recorded_trade = RecordedTrade::none;
}

void Exchange::market_jumped(const std::string& symbol) {
    Market& market = state_->markets.at(symbol);
    market.reference = PriceReference(state_->symbols.at(symbol).average_minutes);
    market.last_price.reset();
}

void Exchange::State::after_book_change(const std::string& symbol, Market& market,
                                        std::int64_t now_ms) {
    for (const Side side : {Side::buy, Side::sell}) {
        for (const auto& [key, level] : orders.resting(symbol, side)) {
            for (OrderRecord* record : level) {
                shorten_queue(record->ahead, market.book.live(side, record->order.price));
            }
        }
        fill_crossed(symbol, market, side, now_ms);
    }
    finish_call(now_ms);
}

/// The recording's other side stands at or through our price: it would have met us, as far as the
/// quantity that it shows goes, and at our price.
void Exchange::State::fill_crossed(const std::string& symbol, Market& market, Side side,
                                   std::int64_t now_ms) {
    const Side other = opposite(side);
    for (OrderRecord* record : orders.resting_in_priority(symbol, side)) {
        const PriceAtoms price = record->order.price;
        auto met = market.book.next_visible(other);
        if (!met || OrderTable::key_of(side, met->price) < OrderTable::key_of(side, price)) {
            return;
        }
        record->ahead = QtyAtoms{0};
        while (record->open && met &&
               OrderTable::key_of(side, met->price) >= OrderTable::key_of(side, price)) {
            const QtyAtoms qty = std::min(met->qty, record->open_qty());
            market.book.consume(other, met->price, qty);
            fill(*record, price, qty, true, ++market.last_trade_id, now_ms);
            met = market.book.next_visible(other);
        }
    }
}

}  // namespace portcullis::tools::venue
