// Place, cancel, replace, amend: what a client asks, and every reason to refuse it.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/filters.hpp"

namespace portcullis::tools::venue {

using engine::opposite;
using engine::quote_amount;
using engine::Rounding;
using engine::verify;

namespace {

/// What a market order by quote quantity amounts to in the base asset: what its plan fills and what
/// prevention takes out; and a lot more when the visible book could not serve the rest.
QtyAtoms base_qty(const MatchPlan& plan, const NewOrder& order, const Symbol& symbol) {
    QtyAtoms qty = plan.filled;
    for (const MatchStep& step : plan.steps) {
        if (step.kind == MatchStep::Kind::prevented &&
            symbol.stp_modes.of(order.stp) != Stp::expire_maker) {
            qty += step.qty;
        }
    }
    const bool served = plan.budget_spent || plan.taker_expired;
    return served ? qty : qty + symbol.lot;
}

std::optional<VenueError> check_stp_mode(const Symbol& symbol, const NewOrder& order) {
    return symbol.stp_modes.has(symbol.stp_modes.of(order.stp))
               ? std::nullopt
               : std::optional{errors::stp_not_allowed()};
}

}  // namespace

std::optional<VenueError> check_supported(const Symbol& symbol, const NewOrder& order) {
    static constexpr std::array<std::string_view, order_type_count> kinds{
        "Limit",           "Limit maker", "Market",           "Stop loss",
        "Stop loss limit", "Take profit", "Take profit limit"};
    if (!symbol.spot_trading_allowed) {
        return errors::symbol_not_permitted();
    }
    if (!symbol.order_types.has(order.type)) {
        return errors::not_supported(kinds[static_cast<std::size_t>(order.type)]);
    }
    if (order.quote_order_qty > AmountAtoms{0} && !symbol.quote_qty_market_allowed) {
        return errors::quote_qty_not_supported();
    }
    if (order.iceberg_qty > QtyAtoms{0} && !symbol.iceberg_allowed) {
        return errors::not_supported("Iceberg");
    }
    if (order.trailing_delta != 0 && !symbol.trailing_stop_allowed) {
        return errors::not_supported("Trailing stop");
    }
    return check_stp_mode(symbol, order);
}

std::optional<VenueError> Exchange::State::check_filters(AccountId id, const NewOrder& order) {
    const auto symbol = symbols.find(order.symbol);
    if (symbol == symbols.end()) {
        return errors::bad_symbol();
    }
    if (symbol->second.status != "TRADING") {
        return errors::market_closed();
    }
    const PriceReference& averages = markets[order.symbol].reference;
    if (auto refused = venue::check_filters(symbol->second, order, averages,
                                            orders.open_counts(id, order.symbol))) {
        return refused;
    }
    return check_account_filters(symbol->second, order, averages,
                                 {orders.open_counts(id), filters, position(id, symbol->second),
                                  account(id).setup.asset_max});
}

Taker Exchange::State::taker_of(AccountId id, const NewOrder& order) const {
    const Symbol& symbol = symbols.at(order.symbol);
    Taker taker;
    taker.account = id;
    taker.side = order.side;
    taker.qty = order.qty;
    taker.lot = symbol.lot;
    taker.stp = symbol.stp_modes.of(order.stp);
    if (is_at_market(order.type)) {
        taker.quote_budget = order.quote_order_qty;
    } else {
        taker.limit = order.price;
    }
    return taker;
}

MatchPlan Exchange::State::plan(AccountId id, const NewOrder& order) {
    const Taker taker = taker_of(id, order);
    if (const MatchingEngine* engine = matched(order.symbol)) {
        return engine->plan(incoming_of(order, taker, 0));
    }
    MatchPlan plan = plan_match(markets[order.symbol].book,
                                orders.resting(order.symbol, opposite(order.side)), taker);
    const bool all_or_nothing =
        order.type == OrderType::limit && order.time_in_force == TimeInForce::fok;
    return all_or_nothing && plan.filled < order.qty ? MatchPlan{} : plan;
}

/// Form and funds, once the filters have let it pass. `plan`: empty for an order that waits.
std::optional<VenueError> Exchange::State::check_substance(AccountId id, const NewOrder& order,
                                                           const MatchPlan& plan) {
    const Symbol& symbol = symbols.at(order.symbol);
    const bool buy = order.side == Side::buy;
    if (order.iceberg_qty > QtyAtoms{0} && order.iceberg_qty >= order.qty) {
        return errors::iceberg_exceeds_qty();
    }
    AmountAtoms needed{order.qty.value};
    if (order.type == OrderType::market) {
        needed = buy ? plan.quote : std::max(needed, AmountAtoms{plan.filled.value});
    } else if (buy) {
        needed = quote_amount(lock_price(order), order.qty, Rounding::up);
    }
    if (account(id).ledger.free(buy ? symbol.quote : symbol.base) < needed) {
        return errors::insufficient_balance();
    }
    if (order.type == OrderType::limit_maker && !plan.steps.empty()) {
        return errors::would_match();
    }
    if (is_contingent(order.type) && would_trigger(order)) {
        return errors::would_trigger();
    }
    const bool by_quote = order.type == OrderType::market && order.quote_order_qty > AmountAtoms{0};
    return by_quote && plan.steps.empty() ? std::optional{nothing_to_buy(id, order)} : std::nullopt;
}

Exchange::State::Checked Exchange::State::check(AccountId id, const NewOrder& order) {
    if (auto refused = check_filters(id, order)) {
        return {refused, {}};
    }
    if (auto refused = check_supported(symbols.at(order.symbol), order)) {
        return {refused, {}};
    }
    if (!order.client_order_id.empty() &&
        orders.open_by_client_id(id, order.client_order_id) != nullptr) {
        return {errors::duplicate_order(errors::new_order_rejected), {}};
    }
    Checked checked{std::nullopt, is_contingent(order.type) ? MatchPlan{} : plan(id, order)};
    checked.refused = check_substance(id, order, checked.plan);
    return checked;
}

/// -2010 is the matching engine's word (errors.md), and a test order is not sent there: a peg that
/// the engine would refuse has only its sent price checked, in priced().
Reply<Order> Exchange::test(AccountId id, const NewOrder& order, std::int64_t now_ms) const {
    const auto priced = state_->priced(id, order);
    auto refused = priced.ok() ? state_->check_filters(id, *priced.value)
                               : std::optional<VenueError>{priced.error};
    if (!refused) {
        refused = check_stp_mode(state_->symbols.at(order.symbol), order);
    }
    if (refused && refused->code != errors::new_order_rejected) {
        return {std::nullopt, *refused};
    }
    Order would_be;
    would_be.symbol = order.symbol;
    would_be.client_order_id = order.client_order_id;
    would_be.time_ms = now_ms;
    return {would_be, {}};
}

Reply<Order> Exchange::place(AccountId id, const NewOrder& sent, std::int64_t now_ms) {
    const auto priced = state_->priced(id, sent);
    if (!priced.ok()) {
        return {std::nullopt, priced.error};
    }
    const NewOrder& order = *priced.value;
    auto checked = state_->check(id, order);
    if (checked.refused) {
        return {std::nullopt, *checked.refused};
    }
    Order placed = state_->accept(id, order, std::move(checked.plan), now_ms);
    state_->finish_call(now_ms);
    return {std::move(placed), {}};
}

/// As it was asked for; it has no number yet.
Order Exchange::State::form_of(const NewOrder& from, std::int64_t now_ms) {
    const bool by_quote = from.type == OrderType::market && from.quote_order_qty > AmountAtoms{0};
    Order order;
    order.symbol = from.symbol;
    order.client_order_id =
        from.client_order_id.empty() ? make_client_order_id() : from.client_order_id;
    order.side = from.side;
    order.type = from.type;
    order.time_in_force = from.time_in_force;
    order.stp = symbols.at(from.symbol).stp_modes.of(from.stp);
    order.stop_price = from.stop_price;
    order.trailing_delta = from.trailing_delta;
    order.iceberg_qty = from.iceberg_qty;
    order.peg = from.peg;
    order.strategy = from.strategy;
    order.time_ms = order.update_time_ms = now_ms;
    order.price = is_at_market(from.type) ? PriceAtoms{0} : from.price;
    order.quote_order_qty = by_quote ? from.quote_order_qty : AmountAtoms{0};
    order.orig_qty = by_quote ? QtyAtoms{0} : from.qty;
    return order;
}

OrderRecord& Exchange::State::enter(AccountId id, const NewOrder& from, const MatchPlan& plan,
                                    std::int64_t now_ms) {
    Order order = form_of(from, now_ms);
    order.working_time_ms = is_contingent(from.type) ? 0 : now_ms;
    if (order.quote_order_qty > AmountAtoms{0}) {
        order.orig_qty = base_qty(plan, from, symbols.at(from.symbol));
    }
    OrderRecord& record = orders.add(id, order);
    record.lock_price = lock_price(from);
    ++account(id).unfilled;
    return record;
}

/// Takes a checked order in: locks, tells, and matches it, or lets it wait for its trigger.
Order& Exchange::State::accept(AccountId id, const NewOrder& from, MatchPlan plan,
                               std::int64_t now_ms) {
    OrderRecord& record = enter(id, from, plan, now_ms);
    const bool market = from.type == OrderType::market;
    record.locked = market ? market_lock(from.side, plan) : lock_needed(record);
    const bool locked = account(id).ledger.lock(lock_asset(record), record.locked);
    verify(locked);  // check() has seen to it
    if (record.waits()) {
        wait(record);
        report(record, "NEW", now_ms);
        return record.order;
    }
    report(record, "NEW", now_ms);
    arrive(record, from, plan, now_ms);
    return record.order;
}

void Exchange::State::arrive(OrderRecord& record, const NewOrder& form, const MatchPlan& plan,
                             std::int64_t now_ms) {
    if (MatchingEngine* engine = matched(form.symbol)) {
        submit_matched(*engine, record, form, plan);
    }
    execute(record, plan, now_ms);
    finish_arrival(record, plan, now_ms);
}

void Exchange::State::execute(OrderRecord& taker, const MatchPlan& plan, std::int64_t now_ms) {
    Market& market = markets[taker.order.symbol];
    for (const MatchStep& step : plan.steps) {
        if (market.matched && step.kind != MatchStep::Kind::prevented) {
            on_trade(market, step.price, step.qty, now_ms);
        }
        switch (step.kind) {
            case MatchStep::Kind::outside:
                if (!market.matched) {
                    market.book.consume(opposite(taker.order.side), step.price, step.qty);
                }
                fill(taker, step.price, step.qty, false, ++market.last_trade_id, now_ms);
                break;
            case MatchStep::Kind::order:
                fill(taker, step.price, step.qty, false, ++market.last_trade_id, now_ms);
                fill(orders.record(step.maker_id), step.price, step.qty, true, market.last_trade_id,
                     now_ms);
                break;
            case MatchStep::Kind::prevented:
                prevent(taker, step, now_ms);
                break;
        }
    }
}

/// What is left of an arrived order rests, or expires with its reason.
void Exchange::State::finish_arrival(OrderRecord& record, const MatchPlan& plan,
                                     std::int64_t now_ms) {
    if (!record.open) {
        return;
    }
    verify(!plan.taker_expired);
    const Order& order = record.order;
    const bool rests = order.type == OrderType::limit_maker;
    if (is_at_market(order.type)) {
        expire(record, "INSUFFICIENT_LIQUIDITY", now_ms);
    } else if (!rests && order.time_in_force == TimeInForce::ioc) {
        expire(record, "UNFILLED_IOC_QUANTITY_EXPIRED", now_ms);
    } else if (!rests && order.time_in_force == TimeInForce::fok) {
        expire(record, "UNFILLED_FOK_ORDER_EXPIRED", now_ms);
    } else {
        record.ahead = markets[order.symbol].book.live(order.side, order.price);
        record.shown = std::min(order.iceberg_qty, record.open_qty());
        orders.rest(record);
    }
}

/// The open order that a request names by venue id, client id, or both (which must agree).
Reply<OrderRecord*> Exchange::State::find_open(AccountId id, const std::string& symbol,
                                               std::int64_t order_id,
                                               const std::string& client_order_id, int code) {
    if (symbols.count(symbol) == 0) {
        return {std::nullopt, errors::bad_symbol()};
    }
    OrderRecord* found = order_id >= 0 ? orders.by_id(id, symbol, order_id)
                                       : orders.open_by_client_id(id, client_order_id);
    if (found == nullptr || !found->open || found->order.symbol != symbol) {
        return {std::nullopt, errors::unknown_order(code)};
    }
    if (!client_order_id.empty() && found->order.client_order_id != client_order_id) {
        return {std::nullopt, errors::client_id_mismatch()};
    }
    return {found, {}};
}

Reply<OrderRecord*> Exchange::State::find_cancelable(AccountId id, const CancelOrder& request) {
    if (request.order_id < 0 && request.orig_client_order_id.empty()) {
        return {std::nullopt, errors::no_order_named()};
    }
    auto found = find_open(id, request.symbol, request.order_id, request.orig_client_order_id,
                           errors::cancel_rejected);
    if (!found.ok()) {
        return found;
    }
    const Status status = (*found.value)->order.status;
    if ((request.only_new && status != Status::new_) ||
        (request.only_partially_filled && status != Status::partially_filled)) {
        return {std::nullopt, errors::cancel_restricted()};
    }
    return found;
}

void Exchange::State::cancel(OrderRecord& record, const std::string& new_client_order_id,
                             std::int64_t now_ms) {
    fill_before(record, now_ms);
    close(record, Status::canceled, now_ms);
    orders.rename(record,
                  new_client_order_id.empty() ? make_client_order_id() : new_client_order_id);
    report(record, "CANCELED", now_ms);
}

Reply<Order> Exchange::cancel(AccountId id, const CancelOrder& request, std::int64_t now_ms) {
    const auto found = state_->find_cancelable(id, request);
    if (!found.ok()) {
        return {std::nullopt, found.error};
    }
    OrderRecord& record = **found.value;
    if (ListRecord* list = state_->lists.active_of(record)) {
        state_->cancel_list(*list, request.new_client_order_id, now_ms);
    } else {
        state_->cancel(record, request.new_client_order_id, now_ms);
    }
    state_->finish_call(now_ms);
    return {(*found.value)->order, {}};
}

CancelReplaceReply Exchange::cancel_replace(AccountId id, const CancelOrder& cancel_request,
                                            const NewOrder& order, bool stop_on_failure,
                                            std::int64_t now_ms) {
    CancelReplaceReply reply;
    // A peg without a level is a matter of the new order's leg; a filter is one of both.
    const auto priced = state_->priced(id, order);
    auto refused = priced.ok() ? state_->check_filters(id, *priced.value) : std::nullopt;
    if (!priced.ok() && priced.error.code == errors::filter_failure) {
        refused = priced.error;
    }
    if (refused) {
        reply.cancel_error = *refused;
        reply.refused = refused;
        return reply;
    }
    auto canceled = cancel(id, cancel_request, now_ms);
    reply.canceled = canceled.value;
    reply.cancel_error = canceled.error;
    if (!canceled.ok() && stop_on_failure) {
        ++state_->account(id).unfilled;  // a replace counts even when its order was not attempted
        return reply;
    }
    reply.new_attempted = true;
    auto placed = place(id, order, now_ms);
    reply.placed = placed.value;
    reply.new_error = placed.error;
    if (canceled.ok() && placed.error.code == errors::new_order_rejected) {
        state_->report_rejected(id, order, placed.error, now_ms);
    }
    return reply;
}

Reply<Order> Exchange::amend(AccountId id, const std::string& symbol, std::int64_t order_id,
                             const std::string& orig_client_order_id,
                             const std::string& new_client_order_id, QtyAtoms new_qty,
                             std::int64_t now_ms) {
    const auto found =
        state_->find_open(id, symbol, order_id, orig_client_order_id, errors::amend_rejected);
    if (!found.ok()) {
        return {std::nullopt, found.error};
    }
    OrderRecord& record = **found.value;
    const Symbol& rules = state_->symbols.at(symbol);
    const auto refuse = [](const VenueError& error) { return Reply<Order>{std::nullopt, error}; };
    if (!rules.amend_allowed) {
        return refuse(errors::amend_not_supported());
    }
    ListRecord* list = state_->lists.active_of(record);
    if (list != nullptr && list->pays && record.pends()) {
        return refuse(errors::amend_pending_opo());
    }
    OrderRecord* partner =
        list != nullptr && list->shares_lock(record) ? list->partner_of(record) : nullptr;
    const PriceReference& averages = state_->markets.at(symbol).reference;
    QtyAtoms least{0};
    for (const OrderRecord* each : {&record, partner == nullptr ? &record : partner}) {
        NewOrder form = asked_for(*each);
        form.qty = new_qty;
        if (auto refused = check_quantity(rules, form, averages)) {
            return refuse(*refused);
        }
        least = std::max(least, each->order.executed_qty + each->order.prevented_qty);
    }
    if (new_qty == record.order.orig_qty) {
        return refuse(errors::amend_no_change());
    }
    if (new_qty > record.order.orig_qty) {
        return refuse(errors::amend_increase());
    }
    if (new_qty <= least) {
        return refuse(errors::amend_nothing_left());
    }
    if (rules.amends_max != 0 && record.order.amends >= rules.amends_max) {
        return refuse(errors::amends_used_up());
    }
    const OrderRecord* holder = new_client_order_id.empty()
                                    ? nullptr
                                    : state_->orders.open_by_client_id(id, new_client_order_id);
    if (holder != nullptr && holder != &record) {
        return refuse(errors::duplicate_order(errors::amend_rejected));
    }
    const QtyAtoms orig_qty = record.order.orig_qty;
    if (partner != nullptr) {
        state_->reduce(*partner, new_qty, now_ms);
        state_->orders.rename(*partner, partner->order.client_order_id);
        state_->tell_amended(*partner, orig_qty, now_ms);
    }
    state_->reduce(record, new_qty, now_ms);
    state_->orders.rename(
        record, new_client_order_id.empty() ? state_->make_client_order_id() : new_client_order_id);
    state_->tell_amended(record, orig_qty, now_ms);
    if (list != nullptr) {
        state_->rename_member(*list, record, now_ms);
    }
    state_->finish_call(now_ms);
    return {record.order, {}};
}

void Exchange::State::reduce(OrderRecord& record, QtyAtoms new_qty, std::int64_t now_ms) {
    record.order.orig_qty = new_qty;
    ++record.order.amends;
    record.order.update_time_ms = now_ms;
    record.shown = std::min(record.shown, record.open_qty());
    if (MatchingEngine* engine = matched(record.order.symbol);
        engine != nullptr && record.rests()) {
        engine->reduce(record.order.order_id, record.open_qty());
    }
    relock(record);
}

Reply<std::vector<Order>> Exchange::cancel_all(AccountId id, const std::string& symbol,
                                               std::int64_t now_ms) {
    if (state_->symbols.count(symbol) == 0) {
        return {std::nullopt, errors::bad_symbol()};
    }
    const auto open = state_->orders.open_of(id, symbol);
    if (open.empty()) {
        return {std::nullopt, errors::unknown_order(errors::cancel_rejected)};
    }
    const std::string client_id = state_->make_client_order_id();  // one for all
    for (OrderRecord* record : open) {
        ListRecord* list = state_->lists.active_of(*record);
        if (list != nullptr) {
            state_->cancel_list(*list, client_id, now_ms);
        } else if (record->open) {  // not yet cancelled with its list
            state_->cancel(*record, client_id, now_ms);
        }
    }
    std::vector<Order> canceled;
    for (const OrderRecord* record : open) {
        canceled.push_back(record->order);
    }
    state_->finish_call(now_ms);
    return {canceled, {}};
}

}  // namespace portcullis::tools::venue
