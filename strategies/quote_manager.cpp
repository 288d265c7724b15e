// The matching of wishes to working orders. See quote_manager.hpp for the rules.
#include "strategies/quote_manager.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace portcullis::strategies {
namespace {

using engine::Action;
using engine::ActionKind;
using engine::MonoNs;
using engine::PriceTicks;
using engine::Side;
using engine::WorkingOrder;

constexpr std::int64_t second_ns = 1'000'000'000;

bool is_busy(const WorkingOrder& order) noexcept {
    return order.cancel_pending || order.replace_pending;
}

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

// Drops wishes at or beyond `bound` by moving them to it: a bid to at most, an ask to at least.
void clamp_side(Side side, std::span<Quote> wishes, PriceTicks bound) noexcept {
    for (Quote& wish : wishes) {
        const bool beyond = side == Side::buy ? wish.price > bound : wish.price < bound;
        if (beyond) {
            wish.price = bound;
        }
    }
}

std::size_t served_count(std::span<const bool> served, std::size_t wishes) noexcept {
    const auto within = served.first(wishes);
    return static_cast<std::size_t>(std::count(within.begin(), within.end(), true));
}

}  // namespace

QuoteManager::QuoteManager(const QuoteManagerConfig& config) noexcept
    : config_(config), tokens_ns_(second_ns) {
    engine::verify(config.requests_per_s_max > 0 && config.reprice_ticks_min > 0);
}

void QuoteManager::update(const engine::StrategyView& view, Quotes& wishes,
                          engine::ActionList& actions) noexcept {
    clamp(view, wishes);
    update_side(view, Side::buy, wishes.bids.view(), actions);
    update_side(view, Side::sell, wishes.asks.view(), actions);
}

// Post-only behind the other side of the book, and no own bid at or above an own ask.
void QuoteManager::clamp(const engine::StrategyView& view, Quotes& wishes) const noexcept {
    const engine::Bbo top = view.market.top();
    PriceTicks bid_max{std::numeric_limits<std::int64_t>::max()};
    PriceTicks ask_min{1};
    if (top.ask.qty.value > 0) {
        bid_max = view.instrument.ticks(top.ask.price, engine::Rounding::up) - PriceTicks{1};
    }
    if (top.bid.qty.value > 0) {
        ask_min = view.instrument.ticks(top.bid.price, engine::Rounding::down) + PriceTicks{1};
    }
    for (const WorkingOrder& order : view.working) {
        // An order that is being cancelled can still trade: it counts until it is gone.
        if (order.side == Side::sell) {
            bid_max = std::min(bid_max, order.price - PriceTicks{1});
        } else {
            ask_min = std::max(ask_min, order.price + PriceTicks{1});
        }
    }
    clamp_side(Side::buy, wishes.bids.view(), bid_max);
    wishes.bids.drop_repeated(Side::buy);
    const auto bids = wishes.bids.view();
    if (!bids.empty()) {
        ask_min = std::max(ask_min, bids.front().price + PriceTicks{1});
    }
    clamp_side(Side::sell, wishes.asks.view(), ask_min);
    wishes.asks.drop_repeated(Side::sell);
}

bool QuoteManager::keeps(const WorkingOrder& order, const Quote& wish) const noexcept {
    const std::int64_t distance = std::abs(order.price.value - wish.price.value);
    const bool near = distance < config_.reprice_ticks_min;
    const bool enough = engine::int128{order.leaves.value} * 100 >=
                        engine::int128{wish.qty.value} * config_.resize_percent_min;
    const bool not_too_much = order.leaves <= wish.qty;
    return near && enough && not_too_much;
}

void QuoteManager::update_side(const engine::StrategyView& view, Side side,
                               std::span<const Quote> wishes,
                               engine::ActionList& actions) noexcept {
    constexpr std::size_t orders_max = 4 * engine::capacity::quotes_per_side;
    std::array<const WorkingOrder*, orders_max> idle{};  // may be replaced or cancelled
    std::size_t idle_count = 0;
    std::array<bool, engine::capacity::quotes_per_side> served{};
    std::size_t busy = 0;
    for (const WorkingOrder& order : view.working) {
        if (order.side != side) {
            continue;
        }
        const bool busy_order = is_busy(order);
        busy += busy_order ? 1U : 0U;
        bool kept = busy_order;
        for (std::size_t i = 0; i < wishes.size() && !kept; ++i) {
            if (!served[i] && keeps(order, wishes[i])) {
                served[i] = true;
                kept = true;
            }
        }
        if (!kept && idle_count < orders_max) {
            idle[idle_count++] = &order;
        }
    }
    SideState& own = state(side);
    std::size_t next = 0;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        if (served[i]) {
            continue;
        }
        // Each order whose answer is outstanding stands for one wish: nothing is placed beside it.
        if (busy > 0) {
            --busy;
            continue;
        }
        if (next < idle_count && !own.cancel_first) {
            if (!may_request(view, side)) {
                break;
            }
            (void)actions.push(make(ActionKind::replace, side, wishes[i], idle[next]->cl_ord_id));
            ++next;
        } else if (next < idle_count) {
            break;  // cancelled below; placed when it is gone
        } else if (may_request(view, side)) {
            (void)actions.push(make(ActionKind::new_order, side, wishes[i], engine::no_order));
        }
    }
    cancel_leftovers(side, wishes, served_count(served, wishes.size()),
                     std::span(idle).subspan(next, idle_count - next), actions);
    if (idle_count == 0 && busy == 0) {
        own.cancel_first = false;
    }
}

// What serves no wish goes. What waits to be replaced (no token, waiting after a refusal) stays
// only where it is no better for the market than what we now wish. Cancels need no token.
void QuoteManager::cancel_leftovers(Side side, std::span<const Quote> wishes, std::size_t served,
                                    std::span<const WorkingOrder* const> left,
                                    engine::ActionList& actions) noexcept {
    const std::size_t open_wishes = wishes.size() - served;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const bool surplus = i >= open_wishes;
        const bool too_good =
            !wishes.empty() && (side == Side::buy ? left[i]->price > wishes.front().price
                                                  : left[i]->price < wishes.front().price);
        if (surplus || too_good || state(side).cancel_first) {
            (void)actions.push(make(ActionKind::cancel, side, Quote{}, left[i]->cl_ord_id));
        }
    }
}

bool QuoteManager::may_request(const engine::StrategyView& view, Side side) noexcept {
    const SideState& own = state(side);
    if (view.now < own.wait_until) {
        return false;
    }
    if (own.newer_than != engine::UpdateId{} && view.market.top().update <= own.newer_than) {
        return false;
    }
    return take_token(view.now);
}

bool QuoteManager::take_token(MonoNs now) noexcept {
    const std::int64_t cost = second_ns / config_.requests_per_s_max;
    if (now > tokens_at_) {
        const std::int64_t passed = tokens_at_ == MonoNs{} ? second_ns : (now - tokens_at_).value;
        tokens_ns_ = std::min(second_ns, tokens_ns_ + std::min(passed, second_ns));
        tokens_at_ = now;
    }
    if (tokens_ns_ < cost) {
        return false;
    }
    tokens_ns_ -= cost;
    return true;
}

void QuoteManager::on_refused(const engine::Refusal& refusal, MonoNs now) noexcept {
    SideState& own = state(refusal.action.side);
    own.back_off =
        own.back_off.value == 0 || now > own.wait_until + config_.back_off_max
            ? config_.back_off_min
            : engine::DurationNs{std::min(own.back_off.value * 2, config_.back_off_max.value)};
    own.wait_until = now + own.back_off;
    if (refusal.reject_reason == engine::RejectReason::would_match) {
        own.newer_than = refusal.book;
    }
    if (refusal.action.kind == ActionKind::replace && refusal.deny_reason != 0) {
        own.cancel_first = true;
    }
}

void QuoteManager::hash(engine::StateHasher& hasher) const noexcept {
    for (const SideState& side : sides_) {
        hasher.add(side.wait_until);
        hasher.add(side.newer_than);
        hasher.add(side.back_off);
        hasher.add(std::uint64_t{side.cancel_first});
    }
    hasher.add(tokens_ns_);
    hasher.add(tokens_at_);
}

}  // namespace portcullis::strategies
