// Set-up, queries and the self-check of the exchange.
#include "tools/venue/exchange.hpp"

#include <algorithm>
#include <string_view>

#include "engine/types/verify.hpp"
#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"

namespace portcullis::tools::venue {

using engine::atoms_per_unit;
using engine::verify;

Exchange::Exchange() : state_(std::make_unique<State>()) {}
Exchange::~Exchange() = default;

void Exchange::add_symbol(const Symbol& symbol) {
    const bool added = state_->symbols.emplace(symbol.name, symbol).second;
    verify(added);
    state_->markets[symbol.name].reference = PriceReference(symbol.average_minutes);
}

void Exchange::replace_symbol(const Symbol& symbol) {
    const auto known = state_->symbols.find(symbol.name);
    verify(known != state_->symbols.end());
    verify(known->second.base == symbol.base && known->second.quote == symbol.quote);
    verify(known->second.average_minutes == symbol.average_minutes);
    known->second = symbol;
}

const std::map<std::string, Symbol>& Exchange::symbols() const {
    return state_->symbols;
}

void Exchange::set_filters(const ExchangeFilters& filters) {
    state_->filters = filters;
}

const ExchangeFilters& Exchange::filters() const {
    return state_->filters;
}

AccountId Exchange::add_account(const AccountSetup& setup) {
    verify(setup.maker_fee_e8 >= 0 && setup.maker_fee_e8 < atoms_per_unit);
    verify(setup.taker_fee_e8 >= 0 && setup.taker_fee_e8 < atoms_per_unit);
    for (const auto& [asset, balance] : setup.balances) {
        verify(balance.locked == AmountAtoms{0});
        state_->outside[asset] -= balance.free;
    }
    const auto id = static_cast<AccountId>(state_->accounts.size());
    state_->accounts.emplace_back(setup).payer = id;
    for (AccountId other = 0; other < id && !setup.master.empty(); ++other) {
        const AccountState& candidate = state_->accounts[other];
        if (candidate.setup.name == setup.master) {
            verify(candidate.payer == other);  // no sub-accounts of sub-accounts
            state_->accounts[id].payer = other;
        }
    }
    verify(setup.master.empty() || state_->accounts[id].payer != id);
    return id;
}

void Exchange::set_fees(AccountId id, FeeRates rates, std::vector<FeeTier> tiers) {
    AccountState& account = state_->account(id);
    verify(account.payer == id);
    verify(rates.maker_e8 >= 0 && rates.maker_e8 < atoms_per_unit);
    verify(rates.taker_e8 >= 0 && rates.taker_e8 < atoms_per_unit);
    for (std::size_t i = 1; i < tiers.size(); ++i) {
        verify(tiers[i - 1].volume_min < tiers[i].volume_min);
    }
    account.setup.maker_fee_e8 = rates.maker_e8;
    account.setup.taker_fee_e8 = rates.taker_e8;
    account.setup.fee_tiers = std::move(tiers);
}

FeeRates Exchange::fee_rates(AccountId account, std::int64_t now_ms) const {
    const AccountState& payer = state_->account(state_->account(account).payer);
    const AccountSetup& setup = payer.setup;
    return fee_rates_at(setup.fee_tiers, {setup.maker_fee_e8, setup.taker_fee_e8},
                        payer.volume.at(now_ms));
}

AmountAtoms Exchange::trailing_volume(AccountId account, std::int64_t now_ms) const {
    return state_->account(state_->account(account).payer).volume.at(now_ms);
}

void Exchange::on_account_event(std::function<void(AccountId, const AccountEvent&)> listener) {
    state_->listener = std::move(listener);
}

std::optional<Exchange::BookCopy> Exchange::book(const std::string& symbol,
                                                 std::size_t limit) const {
    const auto market = state_->markets.find(symbol);
    if (market == state_->markets.end()) {
        return std::nullopt;
    }
    const Market& found = market->second;
    if (found.matched) {
        return found.matched->depth(limit);
    }
    BookCopy copy = found.book.depth(limit);
    State::lay_over(found, copy, limit);
    return copy;
}

std::optional<Exchange::BookCopy> Exchange::top(const std::string& symbol) const {
    const auto market = state_->markets.find(symbol);
    if (market == state_->markets.end() || market->second.matched) {
        return book(symbol, 1);
    }
    BookCopy copy;
    copy.last_update_id = market->second.book.depth_id();
    const auto bid = market->second.book.best_live(Side::buy);
    const auto ask = market->second.book.best_live(Side::sell);
    if (const auto best = with_resting(symbol, Side::buy, bid, ask)) {
        copy.bids.push_back(*best);
    }
    if (const auto best = with_resting(symbol, Side::sell, ask, bid)) {
        copy.asks.push_back(*best);
    }
    return copy;
}

/// Of a market order by quote quantity that would meet nothing. A quote quantity that is too small
/// for one lot is told as too little in the book.
VenueError Exchange::State::nothing_to_buy(AccountId id, const NewOrder& order) {
    const Symbol& symbol = symbols.at(order.symbol);
    NewOrder least = order;
    least.quote_order_qty = AmountAtoms{0};
    least.qty = std::max({symbol.lot, symbol.qty_min, symbol.market_qty_min});
    const QtyAtoms there = plan(id, least).filled;
    if (there == QtyAtoms{0}) {
        return errors::liquidity_below("symbol");
    }
    return errors::liquidity_below(there >= symbol.qty_min && there < symbol.market_qty_min
                                       ? "`MARKET_LOT_SIZE` filter"
                                       : "`LOT_SIZE` filter");
}

Reply<Order> Exchange::query(AccountId id, const std::string& symbol, std::int64_t order_id,
                             const std::string& orig_client_order_id) const {
    if (state_->symbols.count(symbol) == 0) {
        return {std::nullopt, errors::bad_symbol()};
    }
    const OrderRecord* found =
        order_id >= 0 ? state_->orders.by_id(id, symbol, order_id)
                      : state_->orders.any_by_client_id(id, symbol, orig_client_order_id);
    if (found == nullptr) {
        return {std::nullopt, errors::no_such_order()};
    }
    // Both are given: they agree where the name is its own, or was before a cancel or an amend.
    if (order_id >= 0 && !orig_client_order_id.empty() &&
        found->order.client_order_id != orig_client_order_id &&
        state_->orders.any_by_client_id(id, symbol, orig_client_order_id) != found) {
        return {std::nullopt, errors::client_id_mismatch()};
    }
    return {found->order, {}};
}

std::vector<Order> Exchange::open_orders(AccountId id, const std::string& symbol) const {
    std::vector<Order> copies;
    for (const OrderRecord* record : state_->orders.open_of(id, symbol)) {
        copies.push_back(record->order);
    }
    return copies;
}

std::vector<Order> Exchange::all_orders(AccountId id, const std::string& symbol) const {
    std::vector<Order> copies;
    for (const OrderRecord& record : state_->orders.all()) {
        if (record.account == id && record.order.symbol == symbol) {
            copies.push_back(record.order);
        }
    }
    return copies;
}

/// From `from_id` on, oldest first; or, with from_id < 0, the latest `limit`.
std::vector<Exchange::TradeRow> Exchange::my_trades(AccountId id, const std::string& symbol,
                                                    std::int64_t from_id, std::size_t limit) const {
    std::vector<TradeRow> rows;
    for (const auto& [traded, row] : state_->account(id).trades) {
        if (traded == symbol && row.fill.trade_id >= from_id) {
            rows.push_back(row);
        }
    }
    if (rows.size() > limit) {
        const auto surplus = static_cast<std::ptrdiff_t>(rows.size() - limit);
        from_id < 0 ? rows.erase(rows.begin(), rows.begin() + surplus)
                    : rows.erase(rows.end() - surplus, rows.end());
    }
    return rows;
}

const std::map<std::string, Balance>& Exchange::balances(AccountId id) const {
    return state_->account(id).ledger.balances();
}

const AccountSetup& Exchange::account(AccountId id) const {
    return state_->account(id).setup;
}

/// A withdrawal takes at most what is free.
void Exchange::adjust_balance(AccountId id, const std::string& asset, AmountAtoms delta,
                              std::int64_t now_ms) {
    AccountState& owner = state_->account(id);
    Ledger& ledger = owner.ledger;
    const AmountAtoms zero{0};
    delta = std::max(delta, zero - ledger.free(asset));
    if (delta >= zero) {
        ledger.credit(asset, delta);
    } else {
        ledger.debit(asset, zero - delta);
    }
    if (delta != zero) {
        owner.transfers.push_back({++state_->last_transfer_id, asset, delta, now_ms});
    }
    state_->outside[asset] -= delta;
    state_->report_change(id, AccountEvent::Kind::balance_update, asset, delta, now_ms);
}

const std::vector<Transfer>& Exchange::transfers(AccountId id) const {
    return state_->account(id).transfers;
}

void Exchange::lock_externally(AccountId id, const std::string& asset, AmountAtoms delta,
                               std::int64_t now_ms) {
    AccountState& owner = state_->account(id);
    const AmountAtoms zero{0};
    AmountAtoms& held = owner.external_locks[asset];
    if (delta >= zero) {
        const bool locked = owner.ledger.lock(asset, delta);
        verify(locked);
    } else {
        verify(zero - delta <= held);
        owner.ledger.unlock(asset, zero - delta);
    }
    held += delta;
    state_->report_change(id, AccountEvent::Kind::external_lock, asset, delta, now_ms);
}

AmountAtoms Exchange::locked_externally(AccountId id, const std::string& asset) const {
    const auto& locks = state_->account(id).external_locks;
    const auto found = locks.find(asset);
    return found == locks.end() ? AmountAtoms{0} : found->second;
}

std::uint64_t Exchange::unfilled_order_count(AccountId id) const {
    return state_->account(id).unfilled;
}

void Exchange::verify_books() const {
    for (const OrderRecord& record : state_->orders.all()) {
        state_->verify_order(record);
    }
    for (const ListRecord& list : state_->lists.all()) {
        state_->verify_list(list);
    }
    verify(state_->to_release.empty());
    std::map<std::string, AmountAtoms> sums = state_->outside;
    for (AccountId id = 0; id < state_->accounts.size(); ++id) {
        state_->verify_account(id);
        for (const auto& [asset, balance] : balances(id)) {
            sums[asset] += balance.free + balance.locked;
        }
    }
    for (const auto& [asset, sum] : sums) {
        verify(sum == AmountAtoms{0});
    }
}

AccountState& Exchange::State::account(AccountId id) {
    verify(id < accounts.size());
    return accounts[id];
}

/// What the account has of the base asset, and what its open orders would buy.
AmountAtoms Exchange::State::position(AccountId id, const Symbol& symbol) const {
    const Ledger& ledger = accounts.at(id).ledger;
    AmountAtoms sum = ledger.free(symbol.base) + ledger.locked(symbol.base);
    if (symbol.position_max == AmountAtoms{0}) {
        return sum;  // nobody asks
    }
    for (const OrderRecord* record : orders.open_of(id, symbol.name)) {
        if (record->order.side == Side::buy) {
            sum += AmountAtoms{record->open_qty().value};
        }
    }
    return sum;
}

const Symbol& Exchange::State::symbol_of(const Order& order) const {
    const auto found = symbols.find(order.symbol);
    verify(found != symbols.end());
    return found->second;
}

void Exchange::State::verify_order(const OrderRecord& record) const {
    const Order& order = record.order;
    const bool limited = !is_at_market(order.type);
    QtyAtoms executed{0};
    AmountAtoms quote{0};
    for (const Fill& fill : order.fills) {
        executed += fill.qty;
        quote += engine::quote_amount(fill.price, fill.qty, engine::Rounding::down);
        verify(!limited || record.lawless ||
               (order.side == Side::buy ? fill.price <= order.price : fill.price >= order.price));
        verify(!(order.type == OrderType::limit_maker) || fill.maker);
    }
    verify(executed == order.executed_qty);
    verify(quote == order.cumulative_quote);
    verify(record.lawless || record.open_qty() >= QtyAtoms{0});
    const ListRecord* list = lists.active_of(record);
    const bool pays_later = list != nullptr && list->pays && record.pends();
    const bool holds =
        record.open && !pays_later && !(list != nullptr && list->shares_lock(record));
    verify(record.locked == (holds ? lock_needed(record) : AmountAtoms{0}));
    verify(!record.open || pays_later || record.open_qty() > QtyAtoms{0});
    verify(order.status != Status::filled || record.lawless ||
           (record.open_qty() == QtyAtoms{0} && order.executed_qty > QtyAtoms{0}));
    const Market& market = markets.at(order.symbol);
    const bool rests = record.rests();
    verify(!market.matched ||
           market.matched->open_qty(order.order_id) == (rests ? record.open_qty() : QtyAtoms{0}));
    verify(rests || !record.open || order.fills.empty());
    verify(record.waits() ==
           (std::count(market.waiting.begin(), market.waiting.end(), &record) == 1));
    if (rests && order.iceberg_qty > QtyAtoms{0} && !market.matched) {
        verify(record.shown > QtyAtoms{0});
        verify(record.shown <= std::min(order.iceberg_qty, record.open_qty()));
    }
    verify(record.open ==
           (order.status == Status::new_ || order.status == Status::partially_filled ||
            order.status == Status::pending_new));
}

void Exchange::State::verify_list(const ListRecord& list) const {
    const auto open = std::count_if(list.orders.begin(), list.orders.end(),
                                    [](const OrderRecord* record) { return record->open; });
    verify(list.done() == (open == 0));
    for (const OrderRecord* record : list.orders) {
        verify(record->order.list_id == list.list.list_id);
        verify(record->account == list.account);
        verify(record->pends() == (!list.done() && list.pending && record != list.orders[0]));
    }
    if (list.done()) {
        verify(list.locked == AmountAtoms{0});
    } else if (list.undecided) {
        for (const OrderRecord* leg : {list.orders.back(), list.partner_of(*list.orders.back())}) {
            verify(leg->open);
            verify(leg->order.executed_qty == QtyAtoms{0});
        }
        verify(list.locked == pair_lock(list));
    } else if (list.pays && list.pending && list.orders[0]->lawless) {
        verify(list.locked >= AmountAtoms{0});
    } else if (list.pays && list.pending) {
        const Order& bought = list.orders[0]->order;
        QtyAtoms fees{0};
        for (const Fill& fill : bought.fills) {
            fees += fill.commission_asset == symbol_of(bought).base
                        ? QtyAtoms{static_cast<std::int64_t>(fill.commission.value)}
                        : QtyAtoms{0};
        }
        verify(list.locked <= AmountAtoms{bought.executed_qty.value});
        verify(list.locked >= AmountAtoms{(bought.executed_qty - fees).value});
    } else {
        verify(list.locked == AmountAtoms{0});
    }
}

void Exchange::State::verify_account(AccountId id) const {
    const AccountState& owner = accounts[id];
    std::map<std::string, AmountAtoms> locked = owner.external_locks;
    for (const OrderRecord* record : orders.open_of(id, "")) {
        locked[lock_asset(*record)] += record->locked;
    }
    for (const ListRecord* list : lists.open()) {
        if (list->account == id) {
            locked[lock_asset(*list->orders.back())] += list->locked;
        }
    }
    for (const auto& [asset, balance] : owner.ledger.balances()) {
        verify(balance.free >= AmountAtoms{0});
        verify(balance.locked == locked[asset]);
    }
}

/// 22 letters and digits, as Binance makes them; from a counter, so that a run can be repeated.
std::string Exchange::State::make_client_order_id() {
    constexpr std::string_view alphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::uint64_t mixed = ++last_client_id * 0x9e3779b97f4a7c15ULL;  // splitmix64
    std::string id;
    for (int i = 0; i < 22; ++i) {
        mixed ^= mixed >> 30;
        mixed *= 0xbf58476d1ce4e5b9ULL;
        mixed ^= mixed >> 27;
        id += alphabet[mixed % alphabet.size()];
        mixed += last_client_id;
    }
    return id;
}

}  // namespace portcullis::tools::venue
