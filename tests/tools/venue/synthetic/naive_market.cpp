#include "tests/tools/venue/synthetic/naive_market.hpp"

#include <algorithm>

namespace portcullis::tools::venue::naive {
namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);
constexpr std::int64_t one = 100'000'000;  // atoms in a unit

/// Whole lots that the budget buys at the price.
std::int64_t affordable(const Order& taker, std::int64_t price) {
    return static_cast<std::int64_t>(static_cast<__int128>(taker.budget) * one / price) /
           taker.lot * taker.lot;
}

/// Out of the taker's budget. True: it buys no further lot.
bool pay(Order& taker, const Order& maker, std::int64_t qty) {
    taker.budget -= static_cast<std::int64_t>(static_cast<__int128>(maker.price) * qty / one);
    return affordable(taker, maker.price) == 0;
}

}  // namespace

/// Best price first, and of those the one that queued first.
std::size_t Market::first_for(const Order& taker) const {
    std::size_t best = nobody;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        const Order& maker = queue_[i];
        const bool reachable =
            taker.market || (taker.buy ? maker.price <= taker.price : maker.price >= taker.price);
        if (maker.buy == taker.buy || !reachable) {
            continue;
        }
        if (best == nobody ||
            (taker.buy ? maker.price < queue_[best].price : maker.price > queue_[best].price)) {
            best = i;
        }
    }
    return best;
}

void Market::trade(std::size_t at, std::int64_t qty) {
    Order& maker = queue_[at];
    maker.qty -= qty;
    maker.shown -= qty;
    if (maker.qty == 0) {
        erase(at);
    } else if (maker.shown == 0) {  // the next slice queues again
        Order next = maker;
        next.shown = std::min(next.display, next.qty);
        erase(at);
        queue_.push_back(next);
    }
}

/// True: the taker is done.
bool Market::prevent(Order& taker, std::size_t at, std::int64_t qty) {
    switch (taker.stp) {
        case 'T':
            return true;
        case 'M':
            erase(at);
            return false;
        case 'B':
            erase(at);
            return true;
        default:
            taker.qty -= qty;
            queue_[at].qty -= qty;
            queue_[at].shown = std::min(queue_[at].shown, queue_[at].qty);
            if (queue_[at].qty == 0) {
                erase(at);
            }
            return taker.qty == 0;
    }
}

Answer Market::match(Order& taker) {
    Answer answer;
    const bool by_budget = taker.budget > 0;
    while (by_budget || taker.qty > 0) {
        const std::size_t at = first_for(taker);
        if (at == nobody) {
            break;
        }
        const Order maker = queue_[at];
        const std::int64_t wanted = by_budget ? affordable(taker, maker.price) : taker.qty;
        if (wanted == 0) {
            answer.outcome = "filled";
            return answer;
        }
        if (taker.stp != 'N' && maker.account == taker.account) {
            const std::int64_t qty = std::min(wanted, maker.qty);
            answer.matches.push_back({true, maker.id, maker.price, qty});
            const bool decremented_away = by_budget && taker.stp == 'D' && pay(taker, maker, qty);
            if (prevent(taker, at, qty) || decremented_away) {
                answer.outcome = "prevented";
                return answer;
            }
            continue;
        }
        const std::int64_t qty = std::min(wanted, maker.shown);
        answer.matches.push_back({false, maker.id, maker.price, qty});
        trade(at, qty);
        if (by_budget) {
            if (pay(taker, maker, qty)) {
                answer.outcome = "filled";
                return answer;
            }
        } else {
            taker.qty -= qty;
        }
    }
    answer.outcome = !by_budget && taker.qty == 0 ? "filled" : "expired";
    return answer;
}

Answer Market::submit(Order taker) {
    const std::vector<Order> before = queue_;
    const std::int64_t wanted = taker.qty;
    Answer answer = match(taker);
    if (taker.post_only && !answer.matches.empty()) {
        queue_ = before;
        return {"would_take", {}};
    }
    std::int64_t traded = 0;
    for (const Match& match : answer.matches) {
        traded += match.prevented ? 0 : match.qty;
    }
    if (taker.force == 'F' && !taker.market && traded < wanted) {
        queue_ = before;
        return {"expired", {}};
    }
    if (answer.outcome == "expired" && !taker.market && taker.force == 'G') {
        answer.outcome = "rests";
        taker.shown = taker.display > 0 ? std::min(taker.display, taker.qty) : taker.qty;
        queue_.push_back(taker);
    }
    return answer;
}

bool Market::cancel(std::int64_t id) {
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        if (queue_[i].id == id) {
            erase(i);
            return true;
        }
    }
    return false;
}

bool Market::reduce(std::int64_t id, std::int64_t open) {
    for (Order& order : queue_) {
        if (order.id == id && open > 0 && open < order.qty) {
            order.qty = open;
            order.shown = std::min(order.shown, open);
            return true;
        }
    }
    return false;
}

std::map<std::int64_t, std::int64_t> Market::levels(bool buy) const {
    std::map<std::int64_t, std::int64_t> levels;
    for (const Order& order : queue_) {
        if (order.buy == buy) {
            levels[order.price] += order.shown;
        }
    }
    return levels;
}

}  // namespace portcullis::tools::venue::naive
