// Plans of both sides, then requests in turns. See quote_manager.hpp for the rules.
#include "strategies/quote_manager.hpp"

#include <algorithm>
#include <limits>

namespace portcullis::strategies {
namespace {

using engine::Action;
using engine::ActionKind;
using engine::MonoNs;
using engine::PriceTicks;
using engine::Side;
using engine::WorkingOrder;

constexpr engine::DurationNs second{1'000'000'000};

Action make(ActionKind kind, Side side, const Quote& quote, engine::ClOrdId target) noexcept {
    Action action;
    action.kind = kind;
    action.side = side;
    action.type = engine::OrdType::limit_maker;
    action.price = quote.price;
    action.qty = quote.qty;
    action.target = target;
    return action;
}

/// By how many ticks `a` is better for the market than `b`.
std::int64_t better_by(Side side, PriceTicks a, PriceTicks b) noexcept {
    return side == Side::buy ? a.value - b.value : b.value - a.value;
}

/// A request without an answer yet: nobody knows what another one would meet.
bool unanswered(const WorkingOrder& order) noexcept {
    return order.status == engine::OrdStatus::pending_new ||
           order.status == engine::OrdStatus::unknown || order.amend_pending;
}

// Moves wishes beyond `bound` to it: a bid to at most, an ask to at least. Of several that meet
// there one stays, with its own quantity: nobody wished for all of it at one price.
void clamp_side(Side side, QuoteSide& quotes, PriceTicks bound) noexcept {
    for (Quote& wish : quotes.view()) {
        if (better_by(side, wish.price, bound) > 0) {
            wish.price = bound;
        }
    }
    quotes.drop_not_worse(side);
}

}  // namespace

QuoteManager::QuoteManager(const QuoteManagerConfig& config)
    : config_(config),
      sent_at_(static_cast<std::size_t>(config.requests_per_s_max), engine::never) {
    engine::verify(config.requests_per_s_max > 0);
    engine::verify(config.reprice_ticks_min > 0);
    engine::verify(config.back_off_min.value > 0 && config.back_off_max >= config.back_off_min);
}

void QuoteManager::update(const engine::StrategyView& view, Quotes& wishes,
                          engine::ActionList& actions) noexcept {
    if (looked_at_ == 0 || looked_at_ != view.working_revision) {
        look_at(view.working, view.working_revision);
    }
    clamp(view, wishes);
    // Nearly every tick ends here.
    const bool bids_stay = all_in_place(view, Side::buy, wishes.bids.view());
    const bool asks_stay = all_in_place(view, Side::sell, wishes.asks.view());
    if (bids_stay && asks_stay) {
        return;
    }
    SidePlan& ahead = plans_[0];
    SidePlan& behind = plans_[1];
    ahead.side = first_;
    behind.side = engine::opposite(first_);
    for (SidePlan& each : plans_) {
        const bool buy = each.side == Side::buy;
        each.wishes = buy ? wishes.bids.view() : wishes.asks.view();
        each.amends = each.replaces = each.requests = each.sent = 0;
        each.stopped = buy ? bids_stay : asks_stay;
    }
    // What is pushed is sent: the first request leaves before the other side is looked at, where
    // that cannot push a cancel of its own that would have to go first.
    const bool later = !behind.stopped && plans_no_cancel(behind);
    if (!ahead.stopped) {
        plan(view, ahead, actions);
    }
    if (!behind.stopped && !later) {
        plan(view, behind, actions);
    }
    send_next(view, ahead, actions);
    if (later) {
        const std::size_t decided = actions.view().size();
        plan(view, behind, actions);
        engine::verify(actions.view().size() == decided);
    }
    send_next(view, behind, actions);
    while (!ahead.stopped || !behind.stopped) {
        send_next(view, ahead, actions);
        send_next(view, behind, actions);
    }
    cancel_too_good(view, ahead, actions);
    cancel_too_good(view, behind, actions);
}

// Sorts the orders of each side, best price first, the older first among equals.
void QuoteManager::look_at(std::span<const WorkingOrder> working, std::uint64_t revision) noexcept {
    engine::verify(working.size() <= engine::capacity::orders);
    looked_at_ = revision;
    for (SideOrders& each : orders_) {
        each.count = each.going = 0;
        each.best = PriceTicks{};
    }
    for (std::size_t i = 0; i < working.size(); ++i) {
        const WorkingOrder& order = working[i];
        SideOrders& own = orders_[index(order.side)];
        if (own.best == PriceTicks{} || better_by(order.side, order.price, own.best) > 0) {
            own.best = order.price;
        }
        if (order.replace_pending) {
            continue;
        }
        if (order.cancel_pending) {
            ++own.going;
            continue;
        }
        if (own.count == own.free.size()) {
            continue;  // looked at when others are gone
        }
        std::size_t at = own.count++;
        const auto better = [&](std::size_t than) {
            return better_by(order.side, order.price, working[than].price) > 0;
        };
        for (; at > 0 && better(own.free[at - 1]); --at) {
            own.free[at] = own.free[at - 1];
        }
        own.free[at] = static_cast<std::uint16_t>(i);
    }
}

// Whether each order, in order of price, may stay for the wish of its rank, and none is over: then
// no matching is larger, and there is nothing to do on that side.
bool QuoteManager::all_in_place(const engine::StrategyView& view, Side side,
                                std::span<const Quote> wishes) noexcept {
    const SideOrders& own = orders_[index(side)];
    if (own.count != wishes.size()) {
        return false;
    }
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        if (!keeps(config_, view.working[own.free[i]], wishes[i])) {
            return false;
        }
    }
    state(side).make_room = engine::no_order;  // as plan() has it where it is not in the way
    return true;
}

// Post-only behind the other side of the book, and no own bid at or above an own ask. An order that
// is being cancelled can still trade: it counts until it is gone. Only where the best wish of a
// side is beyond its bound is the bound reckoned in ticks.
void QuoteManager::clamp(const engine::StrategyView& view, Quotes& wishes) const noexcept {
    const engine::Bbo top = view.market.top();
    const std::int64_t tick = view.instrument.tick.value;
    const PriceTicks own_bid = orders_[index(Side::buy)].best;
    const PriceTicks own_ask = orders_[index(Side::sell)].best;
    const auto bids = wishes.bids.view();
    if (!bids.empty()) {
        const PriceTicks best = bids.front().price;
        const bool in_book =
            top.ask.qty.value > 0 && engine::int128{best.value} * tick >= top.ask.price.value;
        if (in_book || (own_ask != PriceTicks{} && best >= own_ask)) {
            PriceTicks bound = best;
            if (in_book) {
                bound = view.instrument.ticks(top.ask.price, engine::Rounding::up) - PriceTicks{1};
            }
            if (own_ask != PriceTicks{}) {
                bound = std::min(bound, own_ask - PriceTicks{1});
            }
            clamp_side(Side::buy, wishes.bids, bound);
        }
    }
    const auto asks = wishes.asks.view();
    if (!asks.empty()) {
        PriceTicks bound = own_bid + PriceTicks{1};
        if (!wishes.bids.view().empty()) {
            bound = std::max(bound, wishes.bids.view().front().price + PriceTicks{1});
        }
        const PriceTicks best = asks.front().price;
        const bool in_book =
            top.bid.qty.value > 0 && engine::int128{best.value} * tick <= top.bid.price.value;
        if (in_book) {
            bound = std::max(bound, view.instrument.ticks(top.bid.price, engine::Rounding::down) +
                                        PriceTicks{1});
        }
        if (best < bound) {
            clamp_side(Side::sell, wishes.asks, bound);
        }
    }
}

// With no more orders than wishes, each that serves none has a wish to be replaced into or to wait
// for.
bool QuoteManager::plans_no_cancel(const SidePlan& plan) const noexcept {
    const std::size_t side = index(plan.side);
    return orders_[side].count <= plan.wishes.size() && sides_[side].make_room == engine::no_order;
}

// Decides what is left alone, what may be replaced or placed, and cancels what serves no wish.
void QuoteManager::plan(const engine::StrategyView& view, SidePlan& plan,
                        engine::ActionList& actions) noexcept {
    SideState& own = state(plan.side);
    const SideOrders& found = orders_[index(plan.side)];
    for (std::size_t i = 0; i < found.count; ++i) {
        plan.orders[i] = &view.working[found.free[i]];
    }
    const std::span<const WorkingOrder* const> orders(plan.orders.data(), found.count);
    const Matching matching = match(config_, plan.wishes, orders);

    plan.open_count = 0;
    for (std::size_t i = 0; i < plan.wishes.size(); ++i) {
        if (matching.order_of_wish[i] == Matching::none) {
            plan.open[plan.open_count++] = static_cast<std::uint8_t>(i);
        }
    }
    std::size_t going = found.going;
    std::size_t waiting_count = 0;
    plan.free_count = 0;
    bool make_room = false;
    for (std::size_t i = 0; i < orders.size(); ++i) {
        if (matching.serves(i)) {
            continue;
        }
        if (unanswered(*orders[i])) {
            plan.waiting[waiting_count++] = orders[i];
        } else if (orders[i]->cl_ord_id == own.make_room) {
            make_room = true;
            ++going;
            cancel(*orders[i], view.now, actions);
        } else {
            plan.free[plan.free_count++] = orders[i];
        }
    }
    own.make_room = make_room ? own.make_room : engine::no_order;

    if (matching.too_large && view.instrument.amend_allowed) {
        pair_amends(plan);
    }
    plan.replaces = std::min(plan.free_count, plan.open_count);
    for (std::size_t i = plan.replaces; i < plan.free_count; ++i) {
        cancel(*plan.free[i], view.now, actions);
    }
    const std::size_t unserved = plan.open_count - plan.replaces;
    for (std::size_t i = unserved; i < waiting_count; ++i) {
        cancel(*plan.waiting[i], view.now, actions);
    }
    const std::size_t stand_ins = waiting_count + going;
    plan.requests = plan.replaces + (unserved > stand_ins ? unserved - stand_ins : 0);
}

// Brings the pairs that an amend in place serves to the front: they ask for less of what is there,
// so they go first. The nearest order for each wish, the best wish first; the rest keeps its order.
void QuoteManager::pair_amends(SidePlan& plan) const noexcept {
    for (std::size_t i = 0; i < plan.open_count; ++i) {
        const Quote& wish = plan.wishes[plan.open[i]];
        const auto distance = [&](std::size_t at) {
            return std::abs(plan.free[at]->price.value - wish.price.value);
        };
        std::size_t nearest = plan.free_count;
        for (std::size_t at = plan.amends; at < plan.free_count; ++at) {
            const bool may = amends_to(config_, *plan.free[at], wish) &&
                             !amend_refused(plan.free[at]->cl_ord_id);
            if (may && (nearest == plan.free_count || distance(at) < distance(nearest))) {
                nearest = at;
            }
        }
        if (nearest < plan.free_count) {
            const auto front = static_cast<std::ptrdiff_t>(plan.amends++);
            const auto order = plan.free.begin() + static_cast<std::ptrdiff_t>(nearest);
            const auto served = plan.open.begin() + static_cast<std::ptrdiff_t>(i);
            std::rotate(plan.free.begin() + front, order, order + 1);
            std::rotate(plan.open.begin() + front, served, served + 1);
        }
    }
}

bool QuoteManager::amend_refused(engine::ClOrdId order) const noexcept {
    return std::find(unamendable_.begin(), unamendable_.end(), order) != unamendable_.end();
}

// The next request of one side, if there is one, and it may be sent and be written down.
void QuoteManager::send_next(const engine::StrategyView& view, SidePlan& plan,
                             engine::ActionList& actions) noexcept {
    if (plan.stopped) {
        return;
    }
    const bool wanted = plan.sent < plan.requests;
    if (!wanted || actions.full() || !may_request(view, plan.side) || !budget_left(view.now)) {
        plan.stopped = true;
        return;
    }
    const std::size_t i = plan.sent++;
    const Quote& wish = plan.wishes[plan.open[i]];
    Action action = make(ActionKind::new_order, plan.side, wish, engine::no_order);
    if (i < plan.replaces) {
        action.kind = i < plan.amends ? ActionKind::amend : ActionKind::replace;
        action.target = plan.free[i]->cl_ord_id;
        action.price = i < plan.amends ? plan.free[i]->price : wish.price;
    }
    const bool pushed = actions.push(action);
    engine::verify(pushed);
    sent_at_[oldest_] = view.now;
    oldest_ = oldest_ + 1 == sent_at_.size() ? 0 : oldest_ + 1;
    first_ = engine::opposite(plan.side);
}

// What waits to be replaced stays only where it is not better for the market than what we now wish.
void QuoteManager::cancel_too_good(const engine::StrategyView& view, const SidePlan& plan,
                                   engine::ActionList& actions) noexcept {
    for (std::size_t i = plan.sent; i < plan.replaces; ++i) {
        const std::int64_t ticks =
            better_by(plan.side, plan.free[i]->price, plan.wishes.front().price);
        if (ticks >= config_.reprice_ticks_min) {
            cancel(*plan.free[i], view.now, actions);
        }
    }
}

void QuoteManager::cancel(const WorkingOrder& order, MonoNs now,
                          engine::ActionList& actions) noexcept {
    for (const CancelAsked& asked : cancels_) {
        if (asked.order == order.cl_ord_id && now < asked.at + config_.back_off_min) {
            return;  // asked, and refused at once: who answers so answers the next alike
        }
    }
    if (actions.push(make(ActionKind::cancel, order.side, Quote{}, order.cl_ord_id))) {
        cancels_[cancel_next_] = {order.cl_ord_id, now};
        cancel_next_ = (cancel_next_ + 1) % cancels_.size();
    }
}

bool QuoteManager::may_request(const engine::StrategyView& view, Side side) const noexcept {
    const SideState& own = sides_[index(side)];
    // Any other book is a newer one: ids only rise, but for a venue that counts anew after a reset,
    // whose ids may stay below ours for ever.
    return view.now >= own.wait_until &&
           (own.misled_by == engine::UpdateId{} || view.market.top().update != own.misled_by);
}

bool QuoteManager::budget_left(MonoNs now) const noexcept {
    return now - sent_at_[oldest_] >= second;
}

void QuoteManager::on_refused(const engine::Refusal& refusal, MonoNs now) noexcept {
    SideState& own = state(refusal.action.side);
    if (now >= own.wait_until) {  // else one of several that left together: one wait for all
        const bool calm = own.back_off.value == 0 || now > own.wait_until + config_.back_off_max;
        own.back_off =
            calm ? config_.back_off_min
                 : engine::DurationNs{std::min(own.back_off.value * 2, config_.back_off_max.value)};
        own.wait_until = now + own.back_off;
    }
    if (refusal.reject_reason == engine::RejectReason::would_match) {
        own.misled_by = refusal.book;
    }
    if (refusal.action.kind == ActionKind::replace && refusal.deny_reason != 0) {
        own.make_room = refusal.action.target;
    }
    if (refusal.action.kind == ActionKind::amend) {
        // A denial of our own may be of this moment (a full window, a stale reference).
        if (refusal.deny_reason != 0 && amend_denied_ != refusal.action.target) {
            amend_denied_ = refusal.action.target;
            return;
        }
        unamendable_[unamendable_next_] = refusal.action.target;
        unamendable_next_ = (unamendable_next_ + 1) % unamendable_.size();
    }
}

void QuoteManager::hash(engine::StateHasher& hasher) const noexcept {
    for (const SideState& side : sides_) {
        hasher.add(side.wait_until);
        hasher.add(side.misled_by);
        hasher.add(side.back_off);
        hasher.add(side.make_room);
    }
    hasher.add(first_);
    hasher.add(oldest_);
    for (const MonoNs at : sent_at_) {
        hasher.add(at);
    }
    hasher.add(cancel_next_);
    for (const CancelAsked& asked : cancels_) {
        hasher.add(asked.order);
        hasher.add(asked.at);
    }
    hasher.add(amend_denied_);
    hasher.add(unamendable_next_);
    for (const engine::ClOrdId refused : unamendable_) {
        hasher.add(refused);
    }
}

}  // namespace portcullis::strategies
