// What holds of the quote manager in every world: random wishes, books, fills and answers, with
// fixed seeds. The number of requests is held against a matching found by trying all.
#include <gtest/gtest.h>

#include <random>

#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

/// Largest matching by trying every choice for every wish.
std::size_t matching_by_force(const QuoteManagerConfig& config, std::span<const Quote> wishes,
                              std::span<const WorkingOrder* const> orders, std::uint64_t used) {
    if (wishes.empty()) {
        return 0;
    }
    std::size_t best = matching_by_force(config, wishes.subspan(1), orders, used);
    for (std::size_t i = 0; i < orders.size(); ++i) {
        if ((used >> i & 1U) == 0 && keeps(config, *orders[i], wishes[0])) {
            best = std::max(best, 1 + matching_by_force(config, wishes.subspan(1), orders,
                                                        used | std::uint64_t{1} << i));
        }
    }
    return best;
}

class Chance {
public:
    explicit Chance(std::uint64_t seed) : engine_(seed) {}
    std::int64_t in(std::int64_t low, std::int64_t high) {
        return low +
               static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool one_in(std::int64_t n) { return in(1, n) == 1; }

private:
    std::mt19937_64 engine_;
};

Quotes random_wishes(Chance& chance, std::int64_t middle, std::int64_t levels_max) {
    Quotes quotes;
    std::int64_t bid = middle - chance.in(-3, 6);
    std::int64_t ask = middle + chance.in(-3, 6);
    for (std::int64_t i = chance.in(0, levels_max); i > 0; --i) {
        quotes.bids.add(Side::buy, {PriceTicks{bid}, QtyLots{chance.in(3, 9)}});
        bid -= chance.in(1, 4);
    }
    for (std::int64_t i = chance.in(0, levels_max); i > 0; --i) {
        quotes.asks.add(Side::sell, {PriceTicks{ask}, QtyLots{chance.in(3, 9)}});
        ask += chance.in(1, 4);
    }
    return quotes;
}

std::span<const Quote> side_of(const Quotes& wishes, Side side) {
    return side == Side::buy ? wishes.bids.view() : wishes.asks.view();
}

TEST(QuoteMatching, FindsAsManyPairsAsTryingAllDoes) {
    Chance chance(20240808);
    std::size_t rich = 0;
    for (int round = 0; round < 20'000; ++round) {
        const QuoteManagerConfig config{chance.in(1, 5), 50, 10, milliseconds(1), milliseconds(1)};
        const Quotes wishes = random_wishes(chance, 1000, 5);
        std::vector<WorkingOrder> orders(static_cast<std::size_t>(chance.in(0, 6)));
        std::vector<const WorkingOrder*> pointers;
        for (WorkingOrder& order : orders) {
            order.price = PriceTicks{1000 - chance.in(-3, 12)};
            order.leaves = QtyLots{chance.in(1, 9)};
            pointers.push_back(&order);
        }
        const auto bids = wishes.bids.view();
        const Matching found = match(config, bids, pointers);
        EXPECT_EQ(found.count, matching_by_force(config, bids, pointers, 0)) << "round " << round;
        std::uint64_t used = 0;
        std::size_t pairs = 0;
        for (std::size_t i = 0; i < bids.size(); ++i) {
            const std::uint8_t order = found.order_of_wish[i];
            if (order == Matching::none) {
                continue;
            }
            ++pairs;
            EXPECT_TRUE(keeps(config, *pointers[order], bids[i]));
            EXPECT_EQ(used >> order & 1U, 0U);
            used |= std::uint64_t{1} << order;
        }
        EXPECT_EQ(used, found.orders);
        EXPECT_EQ(pairs, found.count);
        rich += found.count > 2 ? 1 : 0;
    }
    EXPECT_GT(rich, 500U);  // the cases are not all trivial
}

/// One world, one manager, and everything that must hold after each update.
class Watched {
public:
    Watched(std::uint64_t seed, const QuoteManagerConfig& config)
        : config_(config), chance_(seed), manager_(config), told_(config) {
        world_.grid.amend_allowed = seed % 2 == 0;
    }

    /// Lets the world move for `steps`, then stand still; checks all of it.
    void all(int steps) {
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
            disturb();
            update(random_wishes(chance_, middle_, 4));
        }
        const Quotes wishes = random_wishes(chance_, middle_, 4);
        for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
            world_.answer();
            world_.now = world_.now + milliseconds(250);
            world_.top(middle_ - 1, middle_ + 1);
            update(wishes);
        }
        expect_converged();
    }
    std::size_t replaces{}, news{}, cancels{}, exact{}, looks_saved{}, amends{}, amends_refused{};

private:
    void disturb() {
        world_.now = world_.now + milliseconds(chance_.in(0, 120));
        middle_ += chance_.in(-3, 3);
        world_.top(middle_ - chance_.in(1, 3), middle_ + chance_.in(1, 3));
        if (chance_.one_in(2)) {
            world_.answer();
        }
        std::erase_if(world_.working, [this](WorkingOrder& order) {  // fills, whole and in part
            if (order.replace_pending || order.status != OrdStatus::new_ || !chance_.one_in(6)) {
                return false;
            }
            if (order.amend_pending) {
                return false;  // its fills race the amend: below
            }
            order.leaves = QtyLots{order.leaves.value - chance_.in(1, 5)};
            return order.leaves.value <= 0;
        });
        refuse_amends();
        std::vector<ClOrdId> in_flight;
        for (const WorkingOrder& order : world_.working) {
            if (order.status == OrdStatus::pending_new && !order.cancel_pending &&
                chance_.one_in(8)) {
                in_flight.push_back(order.cl_ord_id);
            }
        }
        for (const ClOrdId id : in_flight) {
            const Refusal refusal = world_.reject(id);
            manager_.on_refused(refusal, world_.now);
            told_.on_refused(refusal, world_.now);
        }
    }
    // A fill that was faster, or no reason at all: the order has what it had, or less.
    void refuse_amends() {
        std::vector<ClOrdId> amended;
        for (const WorkingOrder& order : world_.working) {
            if (order.amend_pending && !order.cancel_pending && chance_.one_in(4)) {
                amended.push_back(order.cl_ord_id);
            }
        }
        for (const ClOrdId id : amended) {
            const Refusal refusal = world_.reject_amend(id, chance_.in(0, 2));
            manager_.on_refused(refusal, world_.now);
            told_.on_refused(refusal, world_.now);
            refused_.push_back(id);
            ++amends_refused;
        }
        std::erase_if(world_.working, [](const auto& order) { return order.leaves.value <= 0; });
    }
    void update(Quotes wishes) {
        ActionList actions;
        const Quotes wished = wishes;
        manager_.update(world_.view(), wishes, actions);
        clamped_ = wishes;
        expect_the_same_of_one_that_is_told_what_changed(wished, actions.view());
        expect_no_cross(actions.view());
        expect_each_target_once_and_idle(actions.view());
        expect_budget(actions.view());
        for (const Side side : {Side::buy, Side::sell}) {
            expect_no_more_than_wished(actions.view(), side);
            expect_no_more_requests_than_needed(actions.view(), side);
        }
        world_.send(actions.view());
    }
    // The revision saves work and decides nothing: a manager that looks at every order each time
    // asks for the same, and remembers the same.
    void expect_the_same_of_one_that_is_told_what_changed(Quotes wishes,
                                                          std::span<const Action> expected) {
        const auto same = [](const WorkingOrder& a, const WorkingOrder& b) {
            return a.cl_ord_id == b.cl_ord_id && a.price == b.price && a.leaves == b.leaves &&
                   a.side == b.side && a.status == b.status &&
                   a.cancel_pending == b.cancel_pending && a.replace_pending == b.replace_pending &&
                   a.amend_pending == b.amend_pending;
        };
        const bool unchanged = std::equal(world_.working.begin(), world_.working.end(),
                                          seen_.begin(), seen_.end(), same);
        revision_ += unchanged ? 0 : 1;
        looks_saved += unchanged ? 1 : 0;
        seen_ = world_.working;
        ActionList actions;
        told_.update(world_.view(revision_), wishes, actions);
        const auto as_asked = [](const Action& a, const Action& b) {
            return a.kind == b.kind && a.side == b.side && a.price == b.price && a.qty == b.qty &&
                   a.target == b.target;
        };
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), actions.view().begin(),
                               actions.view().end(), as_asked));
        StateHasher one;
        StateHasher other;
        manager_.hash(one);
        told_.hash(other);
        EXPECT_EQ(one.value(), other.value());
    }
    void expect_no_cross(std::span<const Action> actions) {
        const Bbo top = world_.market.top();
        std::int64_t bid = 0;
        std::int64_t ask = 1'000'000'000;
        for (const WorkingOrder& order : world_.working) {
            (order.side == Side::buy ? bid : ask) = order.side == Side::buy
                                                        ? std::max(bid, order.price.value)
                                                        : std::min(ask, order.price.value);
        }
        for (const Action& action : actions) {
            if (action.kind == ActionKind::cancel || action.kind == ActionKind::amend) {
                continue;  // an amend moves no price: its order rests already
            }
            const std::int64_t price = action.price.value * world_.grid.tick.value;
            if (action.side == Side::buy) {
                EXPECT_LT(price, top.ask.price.value);
                bid = std::max(bid, action.price.value);
            } else {
                EXPECT_GT(price, top.bid.price.value);
                ask = std::min(ask, action.price.value);
            }
        }
        EXPECT_LT(bid, ask) << "an own bid reaches an own ask";
    }
    void expect_each_target_once_and_idle(std::span<const Action> actions) {
        std::vector<ClOrdId> targets;
        for (const Action& action : actions) {
            if (action.kind == ActionKind::new_order) {
                continue;
            }
            const WorkingOrder* order = world_.find(action.target);
            ASSERT_NE(order, nullptr);
            EXPECT_FALSE(order->cancel_pending || order->replace_pending);
            if (action.kind == ActionKind::amend) {
                ++amends;
                EXPECT_TRUE(world_.grid.amend_allowed && !order->amend_pending);
                EXPECT_TRUE(action.price == order->price && action.side == order->side);
                EXPECT_TRUE(action.qty.value > 0 && action.qty < order->leaves);
                EXPECT_EQ(std::count(refused_.begin(), refused_.end(), action.target), 0);
            }
            EXPECT_TRUE(action.kind == ActionKind::cancel || !order->amend_pending);
            EXPECT_TRUE(action.kind == ActionKind::cancel || order->status == OrdStatus::new_);
            EXPECT_EQ(std::count(targets.begin(), targets.end(), action.target), 0);
            targets.push_back(action.target);
        }
    }
    void expect_budget(std::span<const Action> actions) {
        for (const Action& action : actions) {
            if (action.kind != ActionKind::cancel) {
                requests_.push_back(world_.now);
            }
        }
        std::erase_if(requests_,
                      [this](MonoNs at) { return world_.now - at >= milliseconds(1000); });
        EXPECT_LE(static_cast<std::int64_t>(requests_.size()), config_.requests_per_s_max);
    }
    // Orders that stay or come, and, where a new one comes, those on their way out as well.
    void expect_no_more_than_wished(std::span<const Action> actions, Side side) {
        std::size_t staying = 0;
        std::size_t going = 0;
        std::size_t placed = 0;
        for (const WorkingOrder& order : world_.working) {
            if (order.side == side && !order.replace_pending) {
                ++(order.cancel_pending ? going : staying);
            }
        }
        for (const Action& action : actions) {
            if (action.side != side) {
                continue;
            }
            placed += action.kind == ActionKind::new_order ? 1 : 0;
            if (action.kind == ActionKind::cancel) {
                --staying;
                ++going;
            }
        }
        const std::size_t wished = side_of(clamped_, side).size();
        EXPECT_LE(staying + placed, wished);
        if (placed > 0) {
            EXPECT_LE(staying + placed + going, wished);
        }
    }
    // With nothing outstanding: max(w, o) - m requests, no more; and no fewer when none was held
    // back.
    void expect_no_more_requests_than_needed(std::span<const Action> actions, Side side) {
        std::vector<const WorkingOrder*> orders;
        for (const WorkingOrder& order : world_.working) {
            if (order.side != side) {
                continue;
            }
            if (order.cancel_pending || order.replace_pending || order.amend_pending ||
                order.status != OrdStatus::new_) {
                return;
            }
            orders.push_back(&order);
        }
        const auto wishes = side_of(clamped_, side);
        const std::size_t kept = matching_by_force(config_, wishes, orders, 0);
        const std::size_t needed = std::max(wishes.size(), orders.size()) - kept;
        std::size_t asked = 0;
        for (const Action& action : actions) {
            if (action.side == side) {
                ++asked;
                ++(action.kind == ActionKind::cancel    ? cancels
                   : action.kind == ActionKind::replace ? replaces
                                                        : news);
            }
        }
        EXPECT_LE(asked, needed);
        exact += asked == needed && needed > 0 ? 1 : 0;
    }
    void expect_converged() {
        for (const Side side : {Side::buy, Side::sell}) {
            const auto wishes = side_of(clamped_, side);
            std::vector<const WorkingOrder*> orders;
            for (const WorkingOrder& order : world_.working) {
                if (order.side == side) {
                    EXPECT_EQ(order.status, OrdStatus::new_);
                    orders.push_back(&order);
                }
            }
            EXPECT_EQ(orders.size(), wishes.size());
            EXPECT_EQ(matching_by_force(config_, wishes, orders, 0), wishes.size());
        }
    }

    QuoteManagerConfig config_;
    Chance chance_;
    SmallWorld world_;
    QuoteManager manager_;
    QuoteManager told_;
    std::uint64_t revision_{1};
    std::vector<WorkingOrder> seen_;
    Quotes clamped_;
    std::vector<MonoNs> requests_;
    std::vector<ClOrdId> refused_;
    std::int64_t middle_{1000};
};

TEST(QuoteManagerProperty, NeverCrossesNeverOverplacesAsksForTheLeastAndConverges) {
    std::size_t replaces = 0;
    std::size_t news = 0;
    std::size_t cancels = 0;
    std::size_t exact = 0;
    std::size_t looks_saved = 0;
    std::size_t amends = 0;
    std::size_t amends_refused = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const bool tight = seed % 3 == 0;
        const std::int64_t hysteresis = 1 + static_cast<std::int64_t>(seed % 4);
        Watched run(seed, {hysteresis, 50, tight ? 4 : 500, milliseconds(50), milliseconds(400)});
        run.all(200);
        if (HasFailure()) {
            return;
        }
        replaces += run.replaces;
        news += run.news;
        cancels += run.cancels;
        exact += run.exact;
        looks_saved += run.looks_saved;
        amends += run.amends;
        amends_refused += run.amends_refused;
    }
    EXPECT_GT(replaces, 1000U);
    EXPECT_GT(news, 1000U);
    EXPECT_GT(cancels, 1000U);
    EXPECT_GT(exact, 1000U);
    EXPECT_GT(looks_saved, 1000U);
    EXPECT_GT(amends, 1000U);
    EXPECT_GT(amends_refused, 200U);
}

}  // namespace
}  // namespace portcullis::strategies::tests
