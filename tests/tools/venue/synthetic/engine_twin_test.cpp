// The matching engine and its naive twin get the same random commands, and must give the same
// answers and stand at the same book: over five million of them, 400,000 under a sanitizer.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/tools/venue/synthetic/naive_market.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t tick = 1'000'000;  // 0.01
constexpr std::int64_t lot = 1'000;       // 0.00001
constexpr std::int64_t middle = 6'000'000'000'000 / tick;
constexpr std::uint32_t accounts = 4;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int commands = 80'000;  // of each seed
#else
constexpr int commands = 1'000'000;
#endif

Incoming incoming_of(const naive::Order& order) {
    Incoming out;
    out.id = order.id;
    out.taker.account = order.account == 0 ? flow_account : order.account;
    out.taker.side = order.buy ? Side::buy : Side::sell;
    if (!order.market) {
        out.taker.limit = PriceAtoms{order.price};
    }
    out.taker.qty = QtyAtoms{order.qty};
    out.taker.quote_budget = AmountAtoms{order.budget};
    out.taker.lot = QtyAtoms{order.lot};
    out.taker.stp = order.stp == 'T'   ? Stp::expire_taker
                    : order.stp == 'M' ? Stp::expire_maker
                    : order.stp == 'B' ? Stp::expire_both
                    : order.stp == 'D' ? Stp::decrement
                                       : Stp::none;
    out.time_in_force = order.force == 'I'   ? TimeInForce::ioc
                        : order.force == 'F' ? TimeInForce::fok
                                             : TimeInForce::gtc;
    out.post_only = order.post_only;
    out.display = QtyAtoms{order.display};
    return out;
}

const char* name_of(Arrived outcome) {
    switch (outcome) {
        case Arrived::rests:
            return "rests";
        case Arrived::filled:
            return "filled";
        case Arrived::expired:
            return "expired";
        case Arrived::prevented:
            return "prevented";
        case Arrived::would_take:
            return "would_take";
    }
    return "?";
}

class Pair {
public:
    explicit Pair(std::uint32_t seed) : random_(seed) {}

    /// Calm weeks build the book, and wild ones eat it: both ends are visited.
    void step() {
        const bool calm = ++steps_ / 5'000 % 2 == 1 && twin_.queue().size() < 400;
        aggression_ = calm ? 2 : 4;
        const std::uint32_t what = pick(100);
        if (what < (calm ? 80U : 62U)) {
            submit(random_order());
        } else if (what < 88) {
            const std::int64_t id = some_id();
            ASSERT_EQ(engine_.cancel(id), twin_.cancel(id));
        } else {
            const std::int64_t id = some_id();
            const std::int64_t open = engine_.open_qty(id).value;
            const std::int64_t to =
                open > lot ? lot * (1 + pick(static_cast<std::uint32_t>(open / lot - 1))) : 0;
            if (twin_.reduce(id, to)) {
                engine_.reduce(id, QtyAtoms{to});
            } else {
                ASSERT_EQ(to, 0);
            }
        }
    }

    void compare_books() {
        const auto book = engine_.depth(1'000'000);
        ASSERT_EQ(side(book.bids), twin_.levels(true));
        ASSERT_EQ(side(book.asks), twin_.levels(false));
        ASSERT_EQ(engine_.order_count(), twin_.queue().size());
        orders_most = std::max(orders_most, engine_.order_count());
        for (const naive::Order& order : twin_.queue()) {
            ASSERT_EQ(engine_.open_qty(order.id).value, order.qty);
        }
        for (std::size_t i = 1; i < book.bids.size(); ++i) {
            ASSERT_LT(book.bids[i].price, book.bids[i - 1].price);
        }
    }

    std::map<std::string, int> outcomes;
    int preventions{}, trades{};
    std::size_t orders_most{};

private:
    static std::map<std::int64_t, std::int64_t> side(const std::vector<Level>& levels) {
        std::map<std::int64_t, std::int64_t> out;
        for (const Level& level : levels) {
            out[level.price.value] = level.qty.value;
        }
        return out;
    }

    void submit(const naive::Order& order) {
        const auto expected = twin_.submit(order);
        const auto planned = engine_.plan(incoming_of(order));
        const auto arrival = engine_.submit(incoming_of(order));
        ASSERT_EQ(name_of(arrival.outcome), expected.outcome);
        std::vector<naive::Match> matches;
        for (const MatchStep& step : arrival.plan.steps) {
            const bool prevented = step.kind == MatchStep::Kind::prevented;
            matches.push_back({prevented, step.maker_id, step.price.value, step.qty.value});
            ++(prevented ? preventions : trades);
        }
        ASSERT_EQ(matches, expected.matches);
        if (arrival.outcome != Arrived::would_take) {
            ASSERT_EQ(planned.steps, arrival.plan.steps);
        }
        ++outcomes[expected.outcome];
    }

    naive::Order random_order() {
        naive::Order order;
        order.account = pick(accounts);
        order.id = order.account == 0 ? -++last_id_ : ++last_id_;
        order.buy = pick(2) == 0;
        order.market = pick(12) == 0;
        order.stp = "NTMBD"[pick(5)];
        order.lot = lot;
        order.qty = lot * (1 + pick(60));
        order.price = tick * (middle + static_cast<std::int64_t>(pick(24)) - 12 +
                              (order.buy ? -12 : 12) / aggression_);
        if (order.market && pick(2) == 0) {
            order.qty = 0;
            order.stp = "NTMBD"[pick(5)];
            order.budget = 60'000LL * lot * (1 + pick(60)) + pick(1'000'000);
        }
        if (!order.market) {
            const std::uint32_t kind = pick(10);
            order.force = kind == 0 ? 'I' : kind <= 2 ? 'F' : 'G';
            order.post_only = kind == 3 || kind == 4;
            order.display = kind >= 8 ? lot * (1 + pick(10)) : 0;
        }
        return order;
    }

    std::int64_t some_id() {
        const auto& queue = twin_.queue();
        if (queue.empty() || pick(20) == 0) {
            return pick(2) == 0 ? last_id_ : -last_id_;
        }
        return queue[pick(static_cast<std::uint32_t>(queue.size()))].id;
    }

    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_()) % below;
    }

    std::mt19937 random_;
    MatchingEngine engine_;
    naive::Market twin_;
    std::int64_t last_id_{};
    int steps_{};
    int aggression_{4};
};

TEST(EngineTwin, the_naive_market_gives_the_same_answers_and_stands_at_the_same_book) {
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Pair pair(seed);
        for (int i = 0; i < commands; ++i) {
            pair.step();
            if (i % 64 == 0) {
                pair.compare_books();
            }
            if (testing::Test::HasFatalFailure()) {
                FAIL() << "command " << i;
            }
        }
        pair.compare_books();
        for (const char* outcome : {"rests", "filled", "expired", "prevented", "would_take"}) {
            EXPECT_GT(pair.outcomes[outcome], commands / 200) << outcome;
        }
        EXPECT_GT(pair.preventions, commands / 100);
        EXPECT_GT(pair.trades, commands / 5);
        EXPECT_GT(pair.orders_most, 300U);
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
