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
           order.status == engine::OrdStatus::unknown;
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
    clamp(view, wishes);
    SidePlan plans[2];
    SidePlan& ahead = plans[0];
    SidePlan& behind = plans[1];
    ahead.side = first_;
    behind.side = engine::opposite(first_);
    for (SidePlan& each : plans) {
        each.wishes = each.side == Side::buy ? wishes.bids.view() : wishes.asks.view();
        plan(view, each, actions);
    }
    while (!ahead.stopped || !behind.stopped) {
        send_next(view, ahead, actions);
        send_next(view, behind, actions);
    }
    cancel_too_good(view, ahead, actions);
    cancel_too_good(view, behind, actions);
}

// Post-only behind the other side of the book, and no own bid at or above an own ask. An order that
// is being cancelled can still trade: it counts until it is gone.
void QuoteManager::clamp(const engine::StrategyView& view, Quotes& wishes) const noexcept {
    const engine::Bbo top = view.market.top();
    PriceTicks bid_max{std::numeric_limits<std::int64_t>::max() / 2};
    PriceTicks ask_min{1};
    if (top.ask.qty.value > 0) {
        bid_max = view.instrument.ticks(top.ask.price, engine::Rounding::up) - PriceTicks{1};
    }
    if (top.bid.qty.value > 0) {
        ask_min = view.instrument.ticks(top.bid.price, engine::Rounding::down) + PriceTicks{1};
    }
    for (const WorkingOrder& order : view.working) {
        if (order.side == Side::sell) {
            bid_max = std::min(bid_max, order.price - PriceTicks{1});
        } else {
            ask_min = std::max(ask_min, order.price + PriceTicks{1});
        }
    }
    clamp_side(Side::buy, wishes.bids, bid_max);
    const auto bids = wishes.bids.view();
    if (!bids.empty()) {
        ask_min = std::max(ask_min, bids.front().price + PriceTicks{1});
    }
    clamp_side(Side::sell, wishes.asks, ask_min);
}

// Fills plan.orders, best price first, the older first among equals; returns how many more are
// being cancelled.
std::size_t QuoteManager::collect(const engine::StrategyView& view, SidePlan& plan) noexcept {
    std::size_t going = 0;
    for (const WorkingOrder& order : view.working) {
        if (order.side != plan.side || order.replace_pending) {
            continue;
        }
        if (order.cancel_pending) {
            ++going;
            continue;
        }
        if (plan.order_count == plan.orders.size()) {
            continue;  // looked at when others are gone
        }
        std::size_t at = plan.order_count++;
        for (; at > 0 && better_by(plan.side, order.price, plan.orders[at - 1]->price) > 0; --at) {
            plan.orders[at] = plan.orders[at - 1];
        }
        plan.orders[at] = &order;
    }
    return going;
}

// Decides what is left alone, what may be replaced or placed, and cancels what serves no wish.
void QuoteManager::plan(const engine::StrategyView& view, SidePlan& plan,
                        engine::ActionList& actions) noexcept {
    SideState& own = state(plan.side);
    std::size_t going = collect(view, plan);
    const std::span<const WorkingOrder* const> orders(plan.orders.data(), plan.order_count);
    const Matching matching = match(config_, plan.wishes, orders);

    std::size_t open_count = 0;
    for (std::size_t i = 0; i < plan.wishes.size(); ++i) {
        if (matching.order_of_wish[i] == Matching::none) {
            plan.open[open_count++] = static_cast<std::uint8_t>(i);
        }
    }
    std::array<const WorkingOrder*, orders_matched_max> waiting{};
    std::size_t waiting_count = 0;
    bool make_room = false;
    for (std::size_t i = 0; i < orders.size(); ++i) {
        if (matching.serves(i)) {
            continue;
        }
        if (unanswered(*orders[i])) {
            waiting[waiting_count++] = orders[i];
        } else if (orders[i]->cl_ord_id == own.make_room) {
            make_room = true;
            ++going;
            cancel(*orders[i], view.now, actions);
        } else {
            plan.free[plan.free_count++] = orders[i];
        }
    }
    own.make_room = make_room ? own.make_room : engine::no_order;

    plan.replaces = std::min(plan.free_count, open_count);
    for (std::size_t i = plan.replaces; i < plan.free_count; ++i) {
        cancel(*plan.free[i], view.now, actions);
    }
    const std::size_t unserved = open_count - plan.replaces;
    for (std::size_t i = unserved; i < waiting_count; ++i) {
        cancel(*waiting[i], view.now, actions);
    }
    const std::size_t stand_ins = waiting_count + going;
    plan.requests = plan.replaces + (unserved > stand_ins ? unserved - stand_ins : 0);
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
    const bool replace = i < plan.replaces;
    const bool pushed =
        actions.push(replace ? make(ActionKind::replace, plan.side, wish, plan.free[i]->cl_ord_id)
                             : make(ActionKind::new_order, plan.side, wish, engine::no_order));
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
    const SideState& own = sides_[side == Side::buy ? 0 : 1];
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
}

}  // namespace portcullis::strategies
