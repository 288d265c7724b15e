// Contingent orders: STOP_LOSS, TAKE_PROFIT, their limit forms, and trailing stops.
//
// Such an order is accepted, locks, counts, and then waits outside the book until a trade reaches
// its stop price; a trailing stop follows the trades first. Then it works as the market or limit
// order that its type names. What a call's trades trigger works at the end of that call, in the
// order in which the trades came, then the orders: all that wait have seen a trade before the first
// of them works. What triggered orders trade counts as well.
// Trades are those that the symbol's streams tell: recorded ones, or all of a matched symbol.
// Invariants: 1. who waits is in Market::waiting and in no book; 2. nobody waits who has a fill.
#include <algorithm>
#include <iterator>

#include "engine/types/verify.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/filters.hpp"

namespace portcullis::tools::venue {

using engine::int128;
using engine::quote_amount;
using engine::Rounding;
using engine::verify;

namespace {

constexpr std::int64_t whole_bips = 10'000;

bool reached(OrderType type, Side side, PriceAtoms stop, PriceAtoms traded) {
    return triggers_above(type, side) ? traded >= stop : traded <= stop;
}

/// One trade, as a waiting order sees it; true when it is the trigger.
bool sees(OrderRecord& record, PriceAtoms traded, std::int64_t now_ms) {
    Order& order = record.order;
    const bool stop_reached = reached(order.type, order.side, order.stop_price, traded);
    if (order.trailing_delta == 0) {
        return stop_reached;
    }
    if (order.trailing_time_ms < 0) {
        if (order.stop_price == PriceAtoms{0} || stop_reached) {
            order.trailing_time_ms = now_ms;
            record.extreme_price = traded;
        }
        return false;
    }
    const int128 price = int128{traded.value} * whole_bips;
    if (order.side == Side::sell) {
        record.extreme_price = std::max(record.extreme_price, traded);
        return price <= int128{record.extreme_price.value} * (whole_bips - order.trailing_delta);
    }
    record.extreme_price = std::min(record.extreme_price, traded);
    return price >= int128{record.extreme_price.value} * (whole_bips + order.trailing_delta);
}

/// The order that a triggered or released one is from now on: without its trigger.
NewOrder working_form(const OrderRecord& record) {
    NewOrder form = asked_for(record);
    if (is_contingent(form.type)) {
        form.type = is_at_market(form.type) ? OrderType::market : OrderType::limit;
    }
    form.stop_price = PriceAtoms{0};
    form.trailing_delta = 0;
    return form;
}

}  // namespace

/// The stop price must stand away from the last trade; before the first trade nothing can trigger.
bool Exchange::State::would_trigger(const NewOrder& order) {
    const auto last = markets.at(order.symbol).last_price;
    return last && order.stop_price > PriceAtoms{0} &&
           reached(order.type, order.side, order.stop_price, *last);
}

void Exchange::State::wait(OrderRecord& record) {
    verify(is_contingent(record.order.type));
    Market& market = markets.at(record.order.symbol);
    if (record.order.trailing_delta != 0 && record.order.stop_price == PriceAtoms{0} &&
        market.last_price) {
        record.order.trailing_time_ms = record.order.update_time_ms;
        record.extreme_price = *market.last_price;
    }
    market.waiting.push_back(&record);
}

void Exchange::State::on_trade(Market& market, PriceAtoms price, QtyAtoms qty,
                               std::int64_t traded_ms) {
    market.reference.on_trade(price, qty, traded_ms);
    market.last_price = price;
    if (!market.waiting.empty()) {
        market.traded.push_back(price);
    }
}

void Exchange::State::run_triggers(Market& market, std::int64_t now_ms) {
    // Triggered orders trade, and so make the list longer.
    for (std::size_t i = 0; i < market.traded.size(); ++i) {
        std::vector<OrderRecord*> triggered;  // most trades trigger nothing
        std::copy_if(market.waiting.begin(), market.waiting.end(), std::back_inserter(triggered),
                     [price = market.traded[i], now_ms](OrderRecord* record) {
                         return sees(*record, price, now_ms);
                     });
        for (OrderRecord* record : triggered) {
            if (record->waits()) {  // what one does may end another
                trigger(*record, now_ms);
            }
        }
    }
    market.traded.clear();
}

/// Of a pair, the order that does not work ends before the other one meets the book.
void Exchange::State::trigger(OrderRecord& record, std::int64_t now_ms) {
    verify(record.waits());
    decide(record);
    follow(record, now_ms);
    start_working(record, now_ms);
}

void Exchange::State::start_working(OrderRecord& record, std::int64_t now_ms) {
    Order& order = record.order;
    NewOrder form = working_form(record);
    const auto pegged = peg_price(order.symbol, order.side, order.peg);
    if (order.peg.is_set() && !pegged) {
        expire(record, "REJECTED", now_ms);
        return;
    }
    form.price = pegged.value_or(form.price);
    const Symbol& symbol = symbol_of(order);
    Market& market = markets.at(order.symbol);
    const MatchPlan met = plan(record.account, form);
    const AmountAtoms needed = form.type == OrderType::market ? market_lock(form.side, met)
                               : form.side == Side::buy
                                   ? quote_amount(form.price, form.qty, Rounding::up)
                                   : AmountAtoms{form.qty.value};
    ListRecord* list = lists.active_of(record);
    const bool shares = list != nullptr && list->shares_lock(record);
    const AmountAtoms usable = (shares ? list->locked : record.locked) +
                               account(record.account).ledger.free(lock_asset(record));
    const bool takes = form.type == OrderType::limit_maker && !met.steps.empty();
    if (symbol.status != "TRADING" || needed > usable || takes ||
        venue::check_filters(symbol, form, market.reference, OpenCounts{})) {
        expire(record, "REJECTED", now_ms);
        return;
    }
    std::erase(market.waiting, &record);
    order.working_time_ms = order.update_time_ms = now_ms;
    if (pegged) {
        order.price = record.lock_price = *pegged;
    }
    if (shares) {
        set_list_lock(*list, pair_lock(*list));
    } else {
        release_lock(record, std::min(record.locked, needed));
        verify(account(record.account).ledger.lock(lock_asset(record), needed - record.locked));
        record.locked = needed;
    }
    report(record, "NEW", now_ms);
    arrive(record, form, met, now_ms);
}

void Exchange::State::finish_call(std::int64_t now_ms) {
    do {
        for (auto& [symbol, market] : markets) {
            run_triggers(market, now_ms);
        }
    } while (release_next(now_ms));
    report_balances(now_ms);
}

}  // namespace portcullis::tools::venue
