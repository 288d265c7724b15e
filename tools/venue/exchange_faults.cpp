// What no honest venue does to an account: fills beyond quantity or price, busted trades, orders
// lost in a restart. Assets still come from somewhere and go somewhere: the sums stay exact.
#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"

namespace portcullis::tools::venue {

using engine::quote_amount;
using engine::Rounding;
using engine::verify;

/// Pays `paid`, gets `received`; false, and nothing changed, when there is too little.
bool Exchange::State::exchange_assets(AccountState& owner, const std::string& paid_asset,
                                      AmountAtoms paid, const std::string& received_asset,
                                      AmountAtoms received) {
    if (owner.ledger.free(paid_asset) < paid) {
        return false;
    }
    owner.ledger.debit(paid_asset, paid);
    owner.ledger.credit(received_asset, received);
    outside[paid_asset] += paid;
    outside[received_asset] -= received;
    return true;
}

bool Exchange::State::fill_unlawfully(OrderRecord& record, PriceAtoms price, QtyAtoms qty,
                                      std::int64_t now_ms, bool told_late) {
    Order& order = record.order;
    const Symbol& symbol = symbol_of(order);
    AccountState& owner = account(record.account);
    const bool buy = order.side == Side::buy;
    const AmountAtoms quote = quote_amount(price, qty, Rounding::down);
    const AmountAtoms base{qty.value};
    // What the order holds is given back first: the payment comes out of what is free then.
    const ListRecord* list = lists.active_of(record);
    const AmountAtoms held =
        list != nullptr && list->shares_lock(record) ? list->locked : record.locked;
    if (owner.ledger.free(lock_asset(record)) + held < (buy ? quote : base)) {
        return false;
    }
    decide(record);
    release_lock(record, AmountAtoms{0});
    verify(exchange_assets(owner, buy ? symbol.quote : symbol.base, buy ? quote : base,
                           buy ? symbol.base : symbol.quote, buy ? base : quote));
    keep_bought(record, base, AmountAtoms{0});
    if (order.executed_qty == QtyAtoms{0} && owner.unfilled > 0) {
        --owner.unfilled;
    }
    order.executed_qty += qty;
    order.cumulative_quote += quote;
    record.lawless = true;
    MatchingEngine* engine = matched(order.symbol);
    if (engine != nullptr) {
        engine->skip_trade_id();
    }
    const Fill told{++markets[order.symbol].last_trade_id, price, qty,   AmountAtoms{0},
                    buy ? symbol.base : symbol.quote,      true,  now_ms};
    order.fills.push_back(told);
    owner.trades.emplace_back(order.symbol,
                              TradeRow{told, order.order_id, order.list_id, order.side});
    order.update_time_ms = now_ms;
    order.status = Status::partially_filled;
    if (record.open_qty() <= QtyAtoms{0} ||
        !owner.ledger.lock(lock_asset(record), lock_needed(record))) {
        close(record, Status::filled, now_ms);
    } else {
        record.locked = lock_needed(record);
        record.shown = std::min(record.shown, record.open_qty());
        if (engine != nullptr) {
            engine->reduce(order.order_id, record.open_qty());
        }
    }
    report(record, "TRADE", now_ms, told, std::nullopt, told_late);
    follow(record, now_ms);
    return true;
}

Reply<Order> Exchange::force_fill(AccountId id, std::int64_t order_id, PriceAtoms price,
                                  QtyAtoms qty, std::int64_t now_ms) {
    const auto open = state_->orders.open_of(id, "");
    const auto at = std::find_if(open.begin(), open.end(), [order_id](const OrderRecord* record) {
        return record->order.order_id == order_id;
    });
    if (at == open.end() || !(*at)->rests() || price <= PriceAtoms{0} || qty <= QtyAtoms{0}) {
        return {std::nullopt, {-2013, "no such open order"}};
    }
    if (!state_->fill_unlawfully(**at, price, qty, now_ms, false)) {
        return {std::nullopt, {-2010, "the account cannot pay for such a fill"}};
    }
    state_->finish_call(now_ms);
    return {(*at)->order, {}};
}

Reply<Fill> Exchange::bust_last_trade(AccountId id, std::int64_t now_ms) {
    AccountState& owner = state_->account(id);
    if (owner.trades.empty()) {
        return {std::nullopt, {-2013, "the account has no trade"}};
    }
    const TradeRow row = owner.trades.back().second;
    OrderRecord& record = state_->orders.record(row.order_id);
    const Symbol& symbol = state_->symbol_of(record.order);
    const Fill& fill = row.fill;
    const bool buy = row.side == Side::buy;
    const AmountAtoms quote = quote_amount(fill.price, fill.qty, Rounding::down);
    const AmountAtoms base{fill.qty.value};
    // The other way round; the fee was the venue's and comes back.
    owner.ledger.credit(fill.commission_asset, fill.commission);
    state_->outside[fill.commission_asset] -= fill.commission;
    if (!state_->exchange_assets(owner, buy ? symbol.base : symbol.quote, buy ? base : quote,
                                 buy ? symbol.quote : symbol.base, buy ? quote : base)) {
        owner.ledger.debit(fill.commission_asset, fill.commission);
        state_->outside[fill.commission_asset] += fill.commission;
        return {std::nullopt, {-2010, "the account cannot give back what the trade brought"}};
    }
    owner.trades.pop_back();
    std::erase_if(record.order.fills,
                  [&fill](const Fill& each) { return each.trade_id == fill.trade_id; });
    record.lawless = true;
    record.busted_qty += fill.qty;
    record.order.executed_qty -= fill.qty;
    record.order.cumulative_quote -= quote;
    record.order.update_time_ms = now_ms;
    state_->report_balances(now_ms);
    return {fill, {}};
}

std::size_t Exchange::lose_open_orders(std::int64_t now_ms) {
    std::size_t lost = 0;
    for (AccountId id = 0; id < state_->accounts.size(); ++id) {
        for (OrderRecord* record : state_->orders.open_of(id, "")) {
            record->order.expiry_reason = "EXCHANGE_CANCELED";
            state_->close(*record, Status::expired, now_ms);
            ++lost;
        }
    }
    for (ListRecord* list : state_->lists.open()) {
        state_->set_list_lock(*list, AmountAtoms{0});
        list->list.time_ms = now_ms;
        state_->lists.close(*list);
    }
    for (AccountState& account : state_->accounts) {
        (void)account.ledger.take_changed();
    }
    return lost;
}

void Exchange::on_before_cancel(BeforeCancel listener) {
    state_->before_cancel = std::move(listener);
}

void Exchange::State::fill_before(OrderRecord& record, std::int64_t now_ms) {
    const QtyAtoms lot = symbol_of(record.order).lot;
    if (!before_cancel || !record.rests() || record.open_qty() <= lot) {
        return;
    }
    before_cancel(record.account,
                  [&] { return fill_unlawfully(record, record.order.price, lot, now_ms, true); });
}

}  // namespace portcullis::tools::venue
