// Order lists: OCO, OTO, OTOCO, OPO and OPOCO, which are all made of two ideas.
//
// A *pair*: two orders of one side and quantity, of which at most one is ever filled. The first
// that is filled (if only in part) or triggered is decided on; the other one expires, before a
// triggered one meets the book and after the fill of one that rested. Until then their list holds
// one lock for both. *Pending orders*: locked for, counted, and in no book until the list's working
// order is filled; then they are placed at the end of that call, and refused as a new order is.
// Where the working order ends otherwise, they expire. OPO: they sell what the working order
// bought, which is kept from its fills.
// Invariants: those of verify_list(). Rules without a document: README.md beside this file.
#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/filters.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

OrderList told(const ListRecord& list) {
    OrderList copy = list.list;
    for (const OrderRecord* record : list.orders) {
        copy.orders.push_back(record->order);
    }
    return copy;
}

}  // namespace

ListRecord& Exchange::State::enter_list(AccountId id, const NewOrderList& request,
                                        const MatchPlan& plan, std::int64_t now_ms) {
    ListRecord list;
    list.account = id;
    list.list.client_list_id =
        request.client_list_id.empty() ? make_client_order_id() : request.client_list_id;
    list.list.symbol = request.pending.front().symbol;
    list.list.contingency = request.working ? Contingency::oto : Contingency::oco;
    list.list.time_ms = now_ms;
    list.pending = request.working.has_value();
    list.pays = request.pays;
    list.pair = request.pending.size() == 2;
    list.undecided = list.pair && !list.pays;
    for (const NewOrder* order : request.orders()) {
        OrderRecord& record = enter(id, *order, plan, now_ms);
        if (list.pending && !list.orders.empty()) {
            record.order.status = Status::pending_new;
            record.order.working_time_ms = 0;
        }
        list.orders.push_back(&record);
    }
    return lists.add(std::move(list));
}

ListRecord& Exchange::State::accept_list(AccountId id, const NewOrderList& request,
                                         const MatchPlan& plan, std::int64_t now_ms) {
    ListRecord& list = enter_list(id, request, plan, now_ms);
    const auto lock = [&](const OrderRecord& record, AmountAtoms amount) {
        const bool locked = account(id).ledger.lock(lock_asset(record), amount);
        verify(locked);  // check_list() has seen to it
        return amount;
    };
    if (list.undecided) {
        list.locked = lock(*list.orders.back(), pair_lock(list));
    }
    for (OrderRecord* record : list.orders) {
        const bool has_own = !list.shares_lock(*record) && !(list.pays && record->pends());
        if (has_own) {
            record->locked = lock(*record, lock_needed(*record));
        }
        if (record->waits()) {
            wait(*record);
        }
        report(*record, "NEW", now_ms);
    }
    report_list(list, ListStatus::exec_started, now_ms);
    const auto forms = request.orders();
    for (std::size_t i = 0; i < forms.size(); ++i) {
        if (list.orders[i]->rests()) {
            arrive(*list.orders[i], *forms[i], plan, now_ms);
        }
    }
    return list;
}

/// A pegged order that pends is priced twice: for its lock now, and when it is placed.
Reply<OrderList> Exchange::place_list(AccountId id, const NewOrderList& sent, std::int64_t now_ms) {
    NewOrderList request = sent;
    for (NewOrder* order : request.orders()) {
        auto priced = state_->priced(id, *order);
        if (!priced.ok()) {
            return {std::nullopt, priced.error};
        }
        *order = *priced.value;
    }
    const auto checked = state_->check_list(id, request);
    if (checked.refused) {
        return {std::nullopt, *checked.refused};
    }
    const OrderList placed = told(state_->accept_list(id, request, checked.plan, now_ms));
    state_->finish_call(now_ms);
    return {placed, {}};
}

AmountAtoms Exchange::State::pair_lock(const ListRecord& list) {
    const OrderRecord& last = *list.orders.back();
    return std::max(lock_needed(last), lock_needed(*list.partner_of(last)));
}

void Exchange::State::set_list_lock(ListRecord& list, AmountAtoms amount) {
    verify(amount >= AmountAtoms{0});
    Ledger& ledger = account(list.account).ledger;
    const std::string& asset = lock_asset(*list.orders.back());
    if (amount < list.locked) {
        ledger.unlock(asset, list.locked - amount);
    } else if (amount > list.locked) {
        verify(ledger.lock(asset, amount - list.locked));
    }
    list.locked = amount;
}

void Exchange::State::decide(OrderRecord& record) {
    ListRecord* list = lists.active_of(record);
    if (list == nullptr || !list->shares_lock(record)) {
        return;
    }
    set_list_lock(*list, record.open ? lock_needed(record) : AmountAtoms{0});
    record.locked = list->locked;
    list->locked = AmountAtoms{0};
    list->undecided = false;
    list->chosen = &record;
}

void Exchange::State::follow(OrderRecord& record, std::int64_t now_ms) {
    ListRecord* list = lists.active_of(record);
    if (list == nullptr) {
        return;
    }
    OrderRecord* partner = list->partner_of(record);
    if (list->pending && !record.open && record.order.status == Status::filled) {
        to_release.push_back(list);
        return;
    }
    if (list->pending && !record.open) {
        set_list_lock(*list, AmountAtoms{0});
        list->pending = list->pair = list->undecided = false;
        for (OrderRecord* pending : list->orders) {
            if (pending->open) {
                expire(*pending, "OTO_PHASE_ONE_EXPIRED", now_ms);
            }
        }
    } else if (partner != nullptr && !list->pending) {
        if (!record.open) {
            decide(record);
        }
        if (list->chosen == &record && partner->open) {
            expire(*partner, "OCO_TRIGGER", now_ms);
        }
    }
    const bool over = std::none_of(list->orders.begin(), list->orders.end(),
                                   [](const OrderRecord* each) { return each->open; });
    if (over && !list->done()) {
        finish_list(*list, now_ms);
    }
}

void Exchange::State::finish_list(ListRecord& list, std::int64_t now_ms) {
    lists.close(list);
    report_list(list, ListStatus::all_done, now_ms);
}

void Exchange::State::cancel_list(ListRecord& list, const std::string& new_client_order_id,
                                  std::int64_t now_ms) {
    const std::string id =
        new_client_order_id.empty() ? make_client_order_id() : new_client_order_id;
    set_list_lock(list, AmountAtoms{0});
    list.undecided = false;
    lists.close(list);
    for (OrderRecord* record : list.orders) {
        if (record->open) {
            cancel(*record, id, now_ms);
        }
    }
    report_list(list, ListStatus::all_done, now_ms);
}

Reply<OrderList> Exchange::cancel_list(AccountId id, const CancelOrderList& request,
                                       std::int64_t now_ms) {
    if (state_->symbols.count(request.symbol) == 0) {
        return {std::nullopt, errors::bad_symbol()};
    }
    ListRecord* list = request.list_id >= 0
                           ? state_->lists.by_id(id, request.list_id)
                           : state_->lists.open_by_client_id(id, request.client_list_id);
    if (list == nullptr || list->done() || list->list.symbol != request.symbol) {
        return {std::nullopt, errors::unknown_order(errors::cancel_rejected)};
    }
    if (!request.client_list_id.empty() && list->list.client_list_id != request.client_list_id) {
        return {std::nullopt, errors::client_id_mismatch()};
    }
    state_->cancel_list(*list, request.new_client_order_id, now_ms);
    state_->finish_call(now_ms);
    return {told(*list), {}};
}

void Exchange::State::rename_member(ListRecord& list, const OrderRecord& record,
                                    std::int64_t now_ms) {
    for (OrderList::Member& member : list.list.members) {
        if (member.order_id == record.order.order_id &&
            member.client_order_id != record.order.client_order_id) {
            member.client_order_id = record.order.client_order_id;
            report_list(list, ListStatus::updated, now_ms);
        }
    }
}

/// The fee is taken from what was free before, where that is enough and the fee is not paid in the
/// fee asset; else it comes off what is kept.
void Exchange::State::keep_bought(const OrderRecord& record, AmountAtoms received,
                                  AmountAtoms fee) {
    ListRecord* list = lists.active_of(record);
    if (list == nullptr || !list->pending || !list->pays) {
        return;
    }
    AccountState& owner = account(record.account);
    const std::string& base = symbol_of(record.order).base;
    const bool whole =
        account(owner.payer).setup.fee_asset != base && owner.ledger.free(base) >= received;
    const AmountAtoms kept = whole ? received : received - fee;
    verify(owner.ledger.lock(base, kept));
    list->locked += kept;
}

/// In whole lots, and no more than an order at market may have; the rest is free again.
void Exchange::State::spend_bought(ListRecord& list) {
    const QtyAtoms bought{static_cast<std::int64_t>(list.locked.value)};
    const Symbol& symbol = symbols.at(list.list.symbol);
    const auto in_whole = [](QtyAtoms qty, QtyAtoms lot) {
        return lot == QtyAtoms{0} ? qty : qty - QtyAtoms{qty.value % lot.value};
    };
    QtyAtoms qty = in_whole(bought, symbol.lot);
    const bool at_market = std::any_of(
        list.orders.begin(), list.orders.end(),
        [](const OrderRecord* record) { return record->open && is_at_market(record->order.type); });
    if (at_market) {
        const bool bounded = symbol.market_qty_max != QtyAtoms{0};
        qty = in_whole(bounded ? std::min(qty, symbol.market_qty_max) : qty, symbol.market_lot);
    }
    set_list_lock(list, AmountAtoms{qty.value});
    for (OrderRecord* record : list.orders) {
        if (record->open) {
            record->order.orig_qty = qty;
        }
    }
    list.undecided = list.pair;
    if (!list.pair) {
        list.orders.back()->locked = std::exchange(list.locked, AmountAtoms{0});
    }
}

bool Exchange::State::release_next(std::int64_t now_ms) {
    if (to_release.empty()) {
        return false;
    }
    ListRecord& list = *to_release.front();
    to_release.pop_front();
    list.pending = false;
    if (list.pays) {
        spend_bought(list);
    }
    for (OrderRecord* record : list.orders) {
        if (record->open) {
            record->order.status = Status::new_;
            record->order.update_time_ms = now_ms;
        }
    }
    for (OrderRecord* record : list.orders) {
        if (record->open && record->order.working_time_ms == 0) {
            release(*record, now_ms);
        }
    }
    return true;
}

void Exchange::State::release(OrderRecord& record, std::int64_t now_ms) {
    const Order& order = record.order;
    const NewOrder form = asked_for(record);
    const Symbol& symbol = symbol_of(order);
    const PriceReference& averages = markets.at(order.symbol).reference;
    const bool pays = lists.active_of(record)->pays;  // its quantity is known only since now
    const bool too_little = order.iceberg_qty > QtyAtoms{0} && order.iceberg_qty >= order.orig_qty;
    verify(!pays || order.side == Side::sell);  // so no position can grow too large by it
    if (pays && (too_little || check_amounts(symbol, form, averages, AmountAtoms{0},
                                             account(record.account).setup.asset_max))) {
        expire(record, "REJECTED", now_ms);
        return;
    }
    if (!is_contingent(order.type)) {
        start_working(record, now_ms);
        return;
    }
    if (symbol.status != "TRADING" || would_trigger(form) ||
        venue::check_filters(symbol, form, averages, OpenCounts{})) {
        expire(record, "REJECTED", now_ms);
        return;
    }
    wait(record);
    report(record, "NEW", now_ms);
}

void Exchange::State::report_list(ListRecord& list, ListStatus status, std::int64_t now_ms) {
    list.list.time_ms = now_ms;
    AccountEvent event;
    event.kind = AccountEvent::Kind::list_status;
    event.time_ms = now_ms;
    event.list = list.list;
    event.list->status = status;
    if (listener) {
        listener(list.account, event);
    }
}

Reply<OrderList> Exchange::query_list(AccountId id, std::int64_t list_id,
                                      const std::string& client_list_id) const {
    const ListRecord* list = list_id >= 0 ? state_->lists.by_id(id, list_id)
                                          : state_->lists.any_by_client_id(id, client_list_id);
    if (list == nullptr) {
        return {std::nullopt, errors::no_such_order()};
    }
    return {told(*list), {}};
}

std::vector<OrderList> Exchange::order_lists(AccountId id) const {
    std::vector<OrderList> copies;
    for (const ListRecord& list : state_->lists.all()) {
        if (list.account == id) {
            copies.push_back(told(list));
        }
    }
    return copies;
}

}  // namespace portcullis::tools::venue
