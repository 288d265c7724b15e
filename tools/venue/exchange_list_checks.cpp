// What can refuse an order list: all that refuses one of its orders, and what is of lists alone:
// the symbol's permission, the number of open lists, the prices of a pair, the funds of all orders
// together. Orders that begin now are checked as single ones are; those that pend only for what can
// be known now, and the rest when they are placed (exchange_lists.cpp).
#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/filters.hpp"

namespace portcullis::tools::venue {

using engine::quote_amount;
using engine::Rounding;
using engine::verify;

namespace {

void count_in(OpenCounts& open, const NewOrder& order) {
    ++open.orders;
    open.algo_orders += is_contingent(order.type) ? 1 : 0;
    open.icebergs += order.iceberg_qty > QtyAtoms{0} ? 1 : 0;
}

std::optional<VenueError> check_list_allowed(const Symbol& symbol, const NewOrderList& request) {
    if (request.pending.size() == 2 && !symbol.oco_allowed) {
        return errors::list_not_supported("OCO", false);
    }
    if (request.working && !symbol.oto_allowed) {
        return errors::list_not_supported("OTO", true);
    }
    if (request.pays && !symbol.opo_allowed) {
        return errors::list_not_supported("OPO", true);
    }
    return std::nullopt;
}

template <class One, class List>
std::vector<One*> all_of(List& list) {
    std::vector<One*> all;
    if (list.working) {
        all.push_back(&*list.working);
    }
    for (One& order : list.pending) {
        all.push_back(&order);
    }
    return all;
}

/// Where a leg of a pair stands; zero: it follows the price or the book.
PriceAtoms level_of(const NewOrder& leg) {
    const bool by_limit =
        leg.type == OrderType::limit_maker || leg.type == OrderType::take_profit_limit;
    return by_limit && !leg.peg.is_set() ? leg.price : leg.stop_price;
}

}  // namespace

std::vector<NewOrder*> NewOrderList::orders() {
    return all_of<NewOrder>(*this);
}

std::vector<const NewOrder*> NewOrderList::orders() const {
    return all_of<const NewOrder>(*this);
}

std::optional<VenueError> Exchange::State::check_list_orders(AccountId id,
                                                             const NewOrderList& request) {
    const Symbol& symbol = symbols.at(request.pending.front().symbol);
    OpenCounts open = orders.open_counts(id, symbol.name);
    OpenCounts of_account = orders.open_counts(id);
    AmountAtoms position = this->position(id, symbol);
    const auto& asset_max = account(id).setup.asset_max;
    std::vector<std::string> client_ids;
    for (const NewOrder* each : request.orders()) {
        const NewOrder& order = *each;
        verify(order.symbol == symbol.name);
        const bool quantity_comes_later = request.pays && order.qty == QtyAtoms{0};
        const PriceReference& averages = markets[symbol.name].reference;
        auto refused = quantity_comes_later ? check_prices(symbol, order, averages)
                                            : venue::check_filters(symbol, order, averages, open);
        if (!refused && quantity_comes_later) {
            refused = check_counts(symbol, order, open);
        }
        if (refused) {
            return refused;
        }
        refused = check_account_filters(symbol, order, averages,
                                        {of_account, filters, position, asset_max});
        if (refused) {
            return refused;
        }
        refused = check_supported(symbol, order);
        if (refused) {
            return refused;
        }
        if (!quantity_comes_later && order.iceberg_qty > QtyAtoms{0} &&
            order.iceberg_qty >= order.qty) {
            return errors::iceberg_exceeds_qty();
        }
        const bool named = !order.client_order_id.empty();
        if (named &&
            (orders.open_by_client_id(id, order.client_order_id) != nullptr ||
             std::count(client_ids.begin(), client_ids.end(), order.client_order_id) > 0)) {
            return errors::duplicate_order(errors::new_order_rejected);
        }
        client_ids.push_back(order.client_order_id);
        count_in(open, order);
        count_in(of_account, order);
        position += order.side == Side::buy ? AmountAtoms{order.qty.value} : AmountAtoms{0};
    }
    return std::nullopt;
}

/// Profit beyond the last trade, stop on its other side; while pending, on either side of nothing.
bool Exchange::State::pair_prices_hold(const NewOrderList& request) const {
    const bool stop_first = request.pending[0].type == OrderType::stop_loss ||
                            request.pending[0].type == OrderType::stop_loss_limit;
    const NewOrder& profit = request.pending[stop_first ? 1 : 0];
    const PriceAtoms gain = level_of(profit);
    const PriceAtoms stop = level_of(request.pending[stop_first ? 0 : 1]);
    const auto ahead = [&](PriceAtoms better, PriceAtoms worse) {
        return better == PriceAtoms{0} || worse == PriceAtoms{0} ||
               (profit.side == Side::sell ? better > worse : better < worse);
    };
    const auto last = markets.at(profit.symbol).last_price;
    const PriceAtoms middle = request.working ? PriceAtoms{0} : last.value_or(PriceAtoms{0});
    return ahead(gain, stop) && ahead(gain, middle) && ahead(middle, stop);
}

std::optional<VenueError> Exchange::State::check_list_funds(AccountId id,
                                                            const NewOrderList& request) {
    const Symbol& symbol = symbols.at(request.pending.front().symbol);
    const auto to_lock = [this](const NewOrder& order) {
        return order.side == Side::sell ? AmountAtoms{order.qty.value}
                                        : quote_amount(lock_price(order), order.qty, Rounding::up);
    };
    AmountAtoms base{0};
    AmountAtoms quote{0};
    const auto need = [&](Side side, AmountAtoms amount) {
        (side == Side::sell ? base : quote) += amount;
    };
    if (request.working) {
        need(request.working->side, to_lock(*request.working));
    }
    if (!request.pays) {
        AmountAtoms most{0};
        for (const NewOrder& order : request.pending) {
            most = std::max(most, to_lock(order));
        }
        need(request.pending.front().side, most);
    }
    const Ledger& ledger = account(id).ledger;
    return ledger.free(symbol.base) < base || ledger.free(symbol.quote) < quote
               ? std::optional{errors::insufficient_balance()}
               : std::nullopt;
}

/// Everything that can refuse a list; else the working order's match plan.
Exchange::State::Checked Exchange::State::check_list(AccountId id, const NewOrderList& request) {
    verify(request.pending.size() == 2 || (request.working && request.pending.size() == 1));
    verify(!request.pays || request.working);
    const auto symbol = symbols.find(request.pending.front().symbol);
    if (symbol == symbols.end()) {
        return {errors::bad_symbol(), {}};
    }
    if (symbol->second.status != "TRADING") {
        return {errors::market_closed(), {}};
    }
    if (auto refused = check_list_allowed(symbol->second, request)) {
        return {refused, {}};
    }
    const std::uint32_t most = symbol->second.order_lists_max;
    if (most != 0 && lists.open_count(id, symbol->first) >= most) {
        return {errors::filter("MAX_NUM_ORDER_LISTS"), {}};
    }
    if (filters.order_lists_max != 0 && lists.open_count(id, "") >= filters.order_lists_max) {
        return {errors::filter("EXCHANGE_MAX_NUM_ORDER_LISTS"), {}};
    }
    if (auto refused = check_list_orders(id, request)) {
        return {refused, {}};
    }
    if (!request.client_list_id.empty() &&
        lists.open_by_client_id(id, request.client_list_id) != nullptr) {
        return {errors::duplicate_order(errors::new_order_rejected), {}};
    }
    if (request.pending.size() == 2 && !pair_prices_hold(request)) {
        return {errors::bad_list_prices(), {}};
    }
    Checked checked;
    const std::vector<NewOrder> begin =
        request.working ? std::vector<NewOrder>{*request.working} : request.pending;
    for (const NewOrder& order : begin) {
        checked.plan = is_contingent(order.type) ? MatchPlan{} : plan(id, order);
        if ((checked.refused = check_substance(id, order, checked.plan))) {
            return checked;
        }
    }
    checked.refused = check_list_funds(id, request);
    return checked;
}

}  // namespace portcullis::tools::venue
