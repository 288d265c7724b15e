#include "tools/venue/synthetic/matching_engine.hpp"

#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::opposite;
using engine::verify;

namespace {

/// Meets one resting order, of which `shown` stands at this place in the line.
void meet(TakerProgress& progress, const Taker& taker, PriceAtoms price, AccountId account,
          std::int64_t id, QtyAtoms shown, QtyAtoms open) {
    if (account == taker.account && taker.stp != Stp::none) {
        progress.prevent(price, open, id);
        return;
    }
    const auto kind = account == flow_account ? MatchStep::Kind::outside : MatchStep::Kind::order;
    progress.fill(kind, price, shown, id);
}

}  // namespace

/// An iceberg's next slice stands behind everything that is at the price now, so the line is walked
/// once, and then the slices that were appended to it, in the order of their appending.
void MatchingEngine::walk_level(const Queue& queue, PriceAtoms price, const Taker& taker,
                                TakerProgress& progress) {
    struct Slice {
        const Resting* order;
        QtyAtoms hidden;  ///< of the order, this slice included
    };
    std::vector<Slice> slices;
    for (const Resting& order : queue.orders) {
        meet(progress, taker, price, order.account, order.id, order.shown, order.open());
        if (progress.done()) {
            return;
        }
        const bool own = order.account == taker.account && taker.stp != Stp::none;
        if (order.hidden > QtyAtoms{0} && !own) {
            slices.push_back({&order, order.hidden});
        }
    }
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const auto [order, hidden] = slices[i];
        const QtyAtoms shown = std::min(order->display, hidden);
        meet(progress, taker, price, order->account, order->id, shown, hidden);
        if (progress.done()) {
            return;
        }
        if (hidden > shown) {
            slices.push_back({order, hidden - shown});
        }
    }
}

MatchPlan MatchingEngine::plan(const Incoming& order) const {
    const Taker& taker = order.taker;
    const Side maker_side = opposite(taker.side);
    TakerProgress progress(taker);
    for (const auto& [key, queue] : half(maker_side)) {
        const PriceAtoms price{maker_side == Side::buy ? -key : key};
        if (progress.done() || !progress.price_allowed(price)) {
            break;
        }
        walk_level(queue, price, taker, progress);
    }
    MatchPlan plan = progress.take();
    const bool all_or_nothing = order.time_in_force == TimeInForce::fok && taker.limit;
    return all_or_nothing && plan.filled < taker.qty ? MatchPlan{} : plan;
}

MatchingEngine::Arrival MatchingEngine::submit(const Incoming& order) {
    const Taker& taker = order.taker;
    verify(!where_.contains(order.id));
    verify(taker.qty > QtyAtoms{0} || (!taker.limit && taker.quote_budget > AmountAtoms{0}));
    verify(!taker.limit || *taker.limit > PriceAtoms{0});
    Arrival arrival{plan(order), Arrived::expired, {}};
    const MatchPlan& plan = arrival.plan;
    if (order.post_only && !plan.steps.empty()) {
        return {{}, Arrived::would_take, taker.qty};
    }
    QtyAtoms used{0};
    for (const MatchStep& step : plan.steps) {
        apply(order, step);
        const bool taken_out = step.kind != MatchStep::Kind::prevented || decrements(taker.stp);
        used += taken_out ? step.qty : QtyAtoms{0};
    }
    arrival.left = taker.qty > QtyAtoms{0} ? taker.qty - used : QtyAtoms{0};
    if (plan.taker_expired) {
        arrival.outcome = Arrived::prevented;
    } else if (plan.budget_spent || (taker.qty > QtyAtoms{0} && arrival.left == QtyAtoms{0})) {
        arrival.outcome = Arrived::filled;
    } else if (taker.limit && order.time_in_force == TimeInForce::gtc) {
        arrival.outcome = Arrived::rests;
        rest(order, arrival.left);
    }
    return arrival;
}

void MatchingEngine::apply(const Incoming& order, const MatchStep& step) {
    const Taker& taker = order.taker;
    const Where where = where_.at(step.maker_id);
    verify(where.price == step.price);
    verify(where.side == opposite(taker.side));
    if (step.kind != MatchStep::Kind::prevented) {
        changes_.trades.push_back(
            {++last_trade_id_, step.price, step.qty, taker.side == Side::sell, order.id});
        trade_with(where, step.qty);
        return;
    }
    const QtyAtoms open = where.at->open();
    if (taker.stp == Stp::expire_maker || taker.stp == Stp::expire_both ||
        (decrements(taker.stp) && step.qty == open)) {
        remove(where);
    } else if (decrements(taker.stp)) {
        reduce(step.maker_id, open - step.qty);
    }
}

void MatchingEngine::trade_with(const Where& where, QtyAtoms qty) {
    Resting& order = *where.at;
    verify(qty <= order.shown);
    if (qty == order.open()) {
        remove(where);
        return;
    }
    Queue& queue = half(where.side).at(OrderTable::key_of(where.side, where.price));
    order.shown -= qty;
    queue.visible -= qty;
    if (order.shown == QtyAtoms{0}) {
        order.shown = std::min(order.display, order.hidden);
        order.hidden -= order.shown;
        queue.visible += order.shown;
        queue.orders.splice(queue.orders.end(), queue.orders, where.at);
    }
    change(where.side, where.price);
}

void MatchingEngine::rest(const Incoming& order, QtyAtoms left) {
    const Side side = order.taker.side;
    const PriceAtoms price = *order.taker.limit;
    const bool iceberg = order.display > QtyAtoms{0} && order.display < left;
    const QtyAtoms shown = iceberg ? order.display : left;
    Queue& queue = half(side)[OrderTable::key_of(side, price)];
    queue.orders.push_back({order.id, order.taker.account, shown, left - shown, order.display});
    queue.visible += shown;
    where_.emplace(order.id, Where{side, price, std::prev(queue.orders.end())});
    const Half& other = half(opposite(side));
    verify(other.empty() ||
           other.begin()->first + OrderTable::key_of(side, price) > 0);  // not crossed
    change(side, price);
}

void MatchingEngine::remove(const Where& where) {
    Half& side = half(where.side);
    const auto level = side.find(OrderTable::key_of(where.side, where.price));
    verify(level != side.end());
    const std::int64_t id = where.at->id;
    level->second.visible -= where.at->shown;
    level->second.orders.erase(where.at);
    if (level->second.orders.empty()) {
        verify(level->second.visible == QtyAtoms{0});
        side.erase(level);
    }
    change(where.side, where.price);
    where_.erase(id);
}

bool MatchingEngine::cancel(std::int64_t id) {
    const auto found = where_.find(id);
    if (found == where_.end()) {
        return false;
    }
    remove(Where{found->second});
    return true;
}

void MatchingEngine::reduce(std::int64_t id, QtyAtoms open_qty) {
    const Where& where = where_.at(id);
    Resting& order = *where.at;
    verify(open_qty > QtyAtoms{0});
    verify(open_qty < order.open());
    const QtyAtoms shown = std::min(order.shown, open_qty);
    order.hidden = open_qty - shown;
    if (shown != order.shown) {
        half(where.side).at(OrderTable::key_of(where.side, where.price)).visible -=
            order.shown - shown;
        order.shown = shown;
        change(where.side, where.price);
    }
}

void MatchingEngine::change(Side side, PriceAtoms price) {
    ++update_id_;
    (side == Side::buy ? changes_.bids : changes_.asks).push_back(price);
}

QtyAtoms MatchingEngine::open_qty(std::int64_t id) const {
    const auto found = where_.find(id);
    return found == where_.end() ? QtyAtoms{0} : found->second.at->open();
}

std::optional<Level> MatchingEngine::best(Side side) const {
    const Half& levels = half(side);
    if (levels.empty()) {
        return std::nullopt;
    }
    const auto& [key, queue] = *levels.begin();
    return Level{PriceAtoms{side == Side::buy ? -key : key}, queue.visible};
}

std::int64_t MatchingEngine::first_in_line(Side side) const {
    verify(!half(side).empty());
    return half(side).begin()->second.orders.front().id;
}

QtyAtoms MatchingEngine::visible(Side side, PriceAtoms price) const {
    const auto level = half(side).find(OrderTable::key_of(side, price));
    return level == half(side).end() ? QtyAtoms{0} : level->second.visible;
}

Exchange::BookCopy MatchingEngine::depth(std::size_t limit) const {
    Exchange::BookCopy copy;
    copy.last_update_id = update_id_;
    for (const auto& [key, queue] : bids_) {
        if (copy.bids.size() == limit) {
            break;
        }
        copy.bids.push_back({PriceAtoms{-key}, queue.visible});
    }
    for (const auto& [key, queue] : asks_) {
        if (copy.asks.size() == limit) {
            break;
        }
        copy.asks.push_back({PriceAtoms{key}, queue.visible});
    }
    return copy;
}

MatchingEngine::Changes MatchingEngine::take_changes() {
    return std::exchange(changes_, Changes{});
}

}  // namespace portcullis::tools::venue
