// Locks, fills, fees and the events that tell of them: the only code that moves assets.
#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"

namespace portcullis::tools::venue {

using engine::atoms_per_unit;
using engine::divide;
using engine::int128;
using engine::quote_amount;
using engine::Rounding;
using engine::verify;

namespace {

AmountAtoms amount_of(QtyAtoms qty) {
    return AmountAtoms{qty.value};
}

AmountAtoms share(AmountAtoms amount, std::int64_t rate_e8) {
    return AmountAtoms{divide(amount.value * rate_e8, atoms_per_unit, Rounding::down)};
}

struct Fee {
    std::string asset;
    AmountAtoms amount{};
};

/// The fee in the account's fee asset while there is enough of it free, else in what is received.
Fee fee_of(const AccountState& account, const Symbol& symbol, Side side, QtyAtoms qty,
           AmountAtoms quote, std::int64_t full_rate_e8) {
    const AccountSetup& setup = account.setup;
    const bool buy = side == Side::buy;
    const Fee received{buy ? symbol.base : symbol.quote,
                       share(buy ? amount_of(qty) : quote, full_rate_e8)};
    if (setup.fee_asset.empty()) {
        return received;
    }
    const std::int64_t rate_e8 = discounted_e8(full_rate_e8, setup.fee_discount_e8);
    Fee fee{setup.fee_asset, {}};
    if (setup.fee_asset == symbol.base) {
        fee.amount = share(amount_of(qty), rate_e8);
    } else if (setup.fee_asset == symbol.quote) {
        fee.amount = share(quote, rate_e8);
    } else {
        const auto price = setup.fee_asset_prices.find(symbol.quote);
        if (price == setup.fee_asset_prices.end()) {
            return received;
        }
        fee.amount =
            AmountAtoms{divide(quote.value * rate_e8, price->second.value, Rounding::down)};
    }
    return account.ledger.free(fee.asset) >= fee.amount ? fee : received;
}

/// The documents have reasons for four texts only.
std::string reject_reason(const std::string& text) {
    const std::pair<VenueError, const char*> reasons[] = {
        {errors::insufficient_balance(), "INSUFFICIENT_BALANCES"},
        {errors::would_trigger(), "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY"},
        {errors::would_match(), "WOULD_MATCH_IMMEDIATELY"},
        {errors::bad_list_prices(), "OCO_BAD_PRICES"}};
    for (const auto& [error, reason] : reasons) {
        if (error.message == text) {
            return reason;
        }
    }
    return "NONE";
}

}  // namespace

AmountAtoms Exchange::State::market_lock(Side side, const MatchPlan& plan) {
    return side == Side::buy ? plan.quote : amount_of(plan.filled);
}

AmountAtoms Exchange::State::lock_needed(const OrderRecord& record) {
    const Order& order = record.order;
    if (order.side == Side::sell) {
        return amount_of(record.open_qty());
    }
    return quote_amount(record.lock_price, record.open_qty(), Rounding::up);
}

/// A buy at market that waits or pends has no limit, nor has one that is to be pegged: its stop
/// price stands for it, or, where there is none, the last trade (README.md, "Where Binance
/// documents no rule").
PriceAtoms Exchange::State::lock_price(const NewOrder& order) {
    const bool unpriced =
        is_at_market(order.type) || (order.peg.is_set() && order.price == PriceAtoms{0});
    if (!unpriced) {
        return order.price;
    }
    return order.stop_price > PriceAtoms{0}
               ? order.stop_price
               : markets.at(order.symbol).last_price.value_or(PriceAtoms{0});
}

const std::string& Exchange::State::lock_asset(const OrderRecord& record) const {
    const Symbol& symbol = symbol_of(record.order);
    return record.order.side == Side::buy ? symbol.quote : symbol.base;
}

void Exchange::State::release_lock(OrderRecord& record, AmountAtoms amount) {
    verify(amount >= AmountAtoms{0});
    verify(amount <= record.locked);
    account(record.account).ledger.unlock(lock_asset(record), record.locked - amount);
    record.locked = amount;
}

void Exchange::State::relock(OrderRecord& record) {
    ListRecord* list = lists.active_of(record);
    if (list != nullptr && list->shares_lock(record)) {
        set_list_lock(*list, pair_lock(*list));
    } else {
        release_lock(record, lock_needed(record));
    }
}

void Exchange::State::fill(OrderRecord& record, PriceAtoms price, QtyAtoms qty, bool maker,
                           std::int64_t trade_id, std::int64_t now_ms) {
    Order& order = record.order;
    const Symbol& symbol = symbol_of(order);
    AccountState& owner = account(record.account);
    const bool buy = order.side == Side::buy;
    const bool market = is_at_market(order.type);
    verify(record.rests());
    verify(qty > QtyAtoms{0});
    verify(market || (buy ? price <= order.price : price >= order.price));

    decide(record);
    const AmountAtoms quote = quote_amount(price, qty, Rounding::down);
    const AmountAtoms paid = buy ? quote : amount_of(qty);
    const AmountAtoms received = buy ? amount_of(qty) : quote;
    const std::string& paid_asset = buy ? symbol.quote : symbol.base;
    const std::string& received_asset = buy ? symbol.base : symbol.quote;
    if (order.executed_qty == QtyAtoms{0} && owner.unfilled > 0) {
        --owner.unfilled;
    }
    order.executed_qty += qty;
    verify(record.open_qty() >= QtyAtoms{0});
    order.cumulative_quote += quote;
    release_lock(record, market ? record.locked - paid : lock_needed(record));

    owner.ledger.debit(paid_asset, paid);
    owner.ledger.credit(received_asset, received);
    outside[paid_asset] += paid;
    outside[received_asset] -= received;
    AccountState& payer = account(owner.payer);
    const AccountSetup& fees = payer.setup;
    const FeeRates rates = fee_rates_at(fees.fee_tiers, {fees.maker_fee_e8, fees.taker_fee_e8},
                                        payer.volume.at(now_ms));
    const Fee fee =
        fee_of(owner, symbol, order.side, qty, quote, maker ? rates.maker_e8 : rates.taker_e8);
    if (symbol.quote == fees.fee_volume_asset) {
        payer.volume.add(quote, now_ms);
    }
    owner.ledger.debit(fee.asset, fee.amount);
    outside[fee.asset] += fee.amount;
    keep_bought(record, received, fee.asset == received_asset ? fee.amount : AmountAtoms{0});

    const Fill told{trade_id, price, qty, fee.amount, fee.asset, maker, now_ms};
    order.fills.push_back(told);
    owner.trades.emplace_back(order.symbol,
                              TradeRow{told, order.order_id, order.list_id, order.side});
    order.update_time_ms = now_ms;
    order.status = Status::partially_filled;
    if (record.open_qty() == QtyAtoms{0}) {
        close(record, Status::filled, now_ms);
    } else if (maker && order.iceberg_qty > QtyAtoms{0} && matched(order.symbol) == nullptr) {
        show_next_slice(record, qty);
    }
    report(record, "TRADE", now_ms, told);
    follow(record, now_ms);
}

void Exchange::State::show_next_slice(OrderRecord& record, QtyAtoms qty) {
    const Order& order = record.order;
    if (qty < record.shown) {
        record.shown -= qty;
        return;
    }
    // Of a fill that goes through several slices, the last one may be left in part.
    const QtyAtoms into_last{(qty - record.shown).value % order.iceberg_qty.value};
    record.shown = std::min(order.iceberg_qty - into_last, record.open_qty());
    Market& market = markets.at(order.symbol);
    record.ahead = market.book.live(order.side, order.price);
    orders.requeue(record);
}

void Exchange::State::take_out(OrderRecord& record, const Prevention& prevention,
                               std::int64_t now_ms) {
    verify(record.open);
    Order& order = record.order;
    if (prevention.qty > QtyAtoms{0}) {
        order.prevented_qty += prevention.qty;
        order.prevented_match_id = prevention.match_id;
        order.update_time_ms = now_ms;
    }
    verify(record.open_qty() >= QtyAtoms{0});
    record.shown = std::min(record.shown, record.open_qty());
    if (!is_at_market(order.type)) {
        relock(record);
    }
    if (record.open_qty() == QtyAtoms{0}) {
        close(record, Status::expired_in_match, now_ms);
    }
    report(record, "TRADE_PREVENTION", now_ms, std::nullopt, prevention);
    follow(record, now_ms);
}

void Exchange::State::close(OrderRecord& record, Status status, std::int64_t now_ms) {
    if (MatchingEngine* engine = matched(record.order.symbol)) {
        engine->cancel(record.order.order_id);  // a filled order is no longer there
    }
    if (record.waits()) {
        std::erase(markets.at(record.order.symbol).waiting, &record);
    }
    release_lock(record, AmountAtoms{0});
    record.order.status = status;
    record.order.update_time_ms = now_ms;
    orders.close(record);
}

void Exchange::State::expire(OrderRecord& record, const std::string& reason, std::int64_t now_ms) {
    record.order.expiry_reason = reason;
    close(record, Status::expired, now_ms);
    report(record, "EXPIRED", now_ms);
    follow(record, now_ms);
}

void Exchange::State::report(const OrderRecord& record, const char* exec_type, std::int64_t now_ms,
                             const std::optional<Fill>& fill,
                             const std::optional<Prevention>& prevention, bool told_late) {
    AccountEvent event;
    event.told_late = told_late;
    event.kind = AccountEvent::Kind::execution;
    event.time_ms = now_ms;
    event.exec_type = exec_type;
    event.execution_id = ++last_execution_id;
    event.order = record.order;
    event.fill = fill;
    event.prevention = prevention;
    event.client_id = record.order.client_order_id;
    if (event.exec_type == "CANCELED" || event.exec_type == "REPLACED") {
        event.orig_client_id = record.order.orig_client_order_id;
    }
    if (listener) {
        listener(record.account, event);
    }
}

/// It has no number and is no execution: -1 (README.md, "Where Binance documents no rule").
void Exchange::State::report_rejected(AccountId id, const NewOrder& from, const VenueError& error,
                                      std::int64_t now_ms) {
    verify(error.code == errors::new_order_rejected);
    AccountEvent event;
    event.kind = AccountEvent::Kind::execution;
    event.time_ms = now_ms;
    event.exec_type = "REJECTED";
    event.execution_id = -1;
    event.order = form_of(from, now_ms);
    event.order.order_id = -1;
    event.order.status = Status::rejected;
    event.order.peg.sent_price = from.price;
    event.client_id = event.order.client_order_id;
    event.reject_reason = reject_reason(error.message);
    if (listener) {
        listener(id, event);
    }
}

void Exchange::State::report_change(AccountId id, AccountEvent::Kind kind, const std::string& asset,
                                    AmountAtoms delta, std::int64_t now_ms) {
    AccountEvent event;
    event.kind = kind;
    event.time_ms = now_ms;
    event.asset = asset;
    event.delta = delta;
    if (listener) {
        listener(id, event);
    }
    report_balances(now_ms);
}

void Exchange::State::report_balances(std::int64_t now_ms) {
    for (AccountId id = 0; id < accounts.size(); ++id) {
        AccountEvent event;
        event.kind = AccountEvent::Kind::balances;
        event.time_ms = now_ms;
        event.balances = accounts[id].ledger.take_changed();
        if (!event.balances.empty() && listener) {
            listener(id, event);
        }
    }
    tell_matched_markets(now_ms);
}

}  // namespace portcullis::tools::venue
