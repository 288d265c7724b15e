// Every order of arrival ends in one state and one sum of effects: all permutations of up to six
// reports, in some twenty scenarios, with a reservation kept beside as the gate would keep it.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/engine/orders/fixture.hpp"

namespace portcullis::engine::orders_test {
namespace {

using Hearing = std::function<Applied(OrderStore&, const Told&)>;

struct Scenario {
    std::string name;
    std::vector<Hearing> reports;
    std::int64_t position;  // in the end
    int done;               // 1: the order must have ended
    OrderEnd end;           // how
    std::int64_t reserved;  // in the end, when it has not
    std::function<void(OrderStore&, OrderSlot)> prepare{};
};

template <class Make>
Hearing say(Make make) {
    return [make](OrderStore& store, const Told& told) { return hear(store, make(told)); };
}

/// Sums of what one order of arrival caused, and the state that it left.
struct Sum {
    std::int64_t position{};
    std::int64_t spent{};
    std::int64_t fees{};
    std::int64_t reserved{10};
    int fills{};
    int accepted{};
    int done{};
    int cancel_ended{};
    int replace_ended{};
    OrderEnd end{OrderEnd::none};
    std::uint32_t anomalies{};
    OrdStatus status{};
    std::int64_t qty{};
    std::int64_t cum{};
    std::int64_t cum_reported{};
    bool alive{};
    bool marks{};

    friend bool operator==(const Sum&, const Sum&) = default;
};

void add(Sum& sum, const Applied& applied) {
    if (applied.has_fill()) {
        sum.position += applied.fill.qty.value;
        sum.spent += applied.fill.qty.value * applied.fill.price.value;
        sum.fees += applied.fill.fee_atoms;
        ++sum.fills;
        if (applied.slot != no_slot) {
            sum.reserved -= applied.fill.qty.value;
        }
    }
    if (applied.leaves_reduced) {
        EXPECT_LT(applied.leaves.value, sum.reserved) << "a reservation is never raised";
        sum.reserved = applied.leaves.value;
    }
    sum.accepted += applied.accepted_now ? 1 : 0;
    sum.cancel_ended += applied.cancel_ended ? 1 : 0;
    sum.replace_ended += applied.replace_ended != no_order ? 1 : 0;
    sum.anomalies |= applied.anomalies.bits();
    if (applied.done_now) {
        ++sum.done;
        sum.end = applied.end;
        sum.reserved = 0;
    }
}

/// Of the orders alive, what a strategy or the net top of book is reckoned from.
std::uint64_t shown_of(const OrderStore& store) {
    StateHasher hasher;
    store.for_each([&hasher](OrderSlot, const Order& order) {
        hasher.add(order.cl_ord_id);
        hasher.add(order.leaves());
        hasher.add(order.status);
        hasher.add(static_cast<std::uint64_t>(order.cancel_pending));
        hasher.add(static_cast<std::uint64_t>(order.replace_pending));
    });
    return hasher.value();
}

bool is_changed(const OrderStore& store, OrderSlot slot) {
    return std::ranges::count(store.changed(), slot) == 1;
}

Sum run(OrderStore& store, const Scenario& scenario, const std::vector<std::size_t>& arrival,
        std::uint64_t sequence) {
    const Told told{sequence};
    const OrderSlot slot = open(store, sequence);
    if (scenario.prepare) {
        scenario.prepare(store, slot);
    }
    Sum sum;
    for (const std::size_t i : arrival) {
        const std::uint64_t shown = shown_of(store);
        const std::uint64_t revision = store.revision();
        const std::uint64_t of_strategy = store.revision(ladder);
        store.changes_seen();
        add(sum, scenario.reports[i](store, told));
        EXPECT_TRUE(shown == shown_of(store) ||
                    (revision != store.revision() && of_strategy != store.revision(ladder) &&
                     is_changed(store, slot)))
            << scenario.name << ": a change of which nothing is said";
        // Containment: what is held and what is reserved cover everything that is still to come.
        EXPECT_GE(sum.position + sum.reserved, scenario.position) << scenario.name;
    }
    if (const auto found = store.find(id_of(sequence))) {
        const Order& order = store.at(*found);
        sum.alive = true;
        sum.status = order.status;
        sum.qty = order.qty.value;
        sum.cum = order.cum.value;
        sum.cum_reported = order.cum_reported.value;
        sum.marks = order.cancel_pending || order.replace_pending;
        EXPECT_EQ(order.leaves().value, sum.reserved) << scenario.name;
        // Gone for the next arrival: whatever it lacks, end it.
        if (is_terminal(order.status)) {
            (void)hear(store, told.history(9, order.leaves().value));
        } else {
            (void)hear(store, told.canceled(order.cum.value));
        }
    }
    return sum;
}

constexpr auto answer = ReportSource::answer;
constexpr auto secondary = ReportSource::stream_secondary;

std::vector<Hearing> fills_of_ten() {
    return {say([](const Told& t) { return t.ack(); }),
            say([](const Told& t) { return t.trade(1, 3, 3); }),
            say([](const Told& t) { return t.trade(2, 7, 10); })};
}

std::vector<Scenario> scenarios() {
    const auto ack = say([](const Told& t) { return t.ack(); });
    const auto ack_answer = say([](const Told& t) { return t.ack(answer); });
    const auto sent = say([](const Told& t) { return t.outcome(RequestFate::sent); });
    const auto accepted = say([](const Told& t) { return t.outcome(RequestFate::accepted); });
    const auto lost = say([](const Told& t) { return t.outcome(RequestFate::unknown); });
    const auto fill_1 = say([](const Told& t) { return t.trade(1, 3, 3); });
    const auto fill_1_answer = say([](const Told& t) { return t.trade(1, 3, 3, answer); });
    const auto fill_1_second = say([](const Told& t) { return t.trade(1, 3, 3, secondary); });
    const auto fill_1_history = say([](const Told& t) { return t.history(1, 3); });
    const auto fill_2 = say([](const Told& t) { return t.trade(2, 7, 10); });
    const auto fill_2_history = say([](const Told& t) { return t.history(2, 7); });
    const auto part_2 = say([](const Told& t) { return t.trade(2, 4, 7); });
    const auto canceled_3 = say([](const Told& t) { return t.canceled(3); });
    const auto canceled_3_answer = say([](const Told& t) { return t.canceled(3, answer); });
    const auto canceled_7 = say([](const Told& t) { return t.canceled(7); });
    const auto expired_3 =
        say([](const Told& t) { return t.report(ExecType::expired, OrdStatus::expired, 3); });
    const auto query = [](OrdStatus status, std::int64_t cum) {
        return say([=](const Told& t) {
            return t.report(ExecType::order_status, status, cum, ReportSource::query);
        });
    };
    const auto refused = say([](const Told& t) {
        auto told = t.outcome(RequestFate::rejected);
        told.reason = RejectReason::would_match;
        return told;
    });
    const auto rejected =
        say([](const Told& t) { return t.report(ExecType::rejected, OrdStatus::rejected, 0); });
    const auto amended = say([](const Told& t) {
        auto told = t.report(ExecType::replaced, OrdStatus::new_, 0);
        told.order_qty = QtyAtoms{6};
        return told;
    });
    const auto amended_7 = say([](const Told& t) {
        auto told = t.report(ExecType::replaced, OrdStatus::new_, 0);
        told.order_qty = QtyAtoms{7};
        return told;
    });
    const auto amend_answer =
        say([](const Told& t) { return t.outcome(RequestFate::accepted, RequestKind::amend); });
    const auto prevented = say([](const Told& t) {
        auto told = t.report(ExecType::trade_prevented, OrdStatus::expired, 3);
        told.order_qty = QtyAtoms{6};
        return told;
    });
    const auto prevented_part = say([](const Told& t) {
        auto told = t.report(ExecType::trade_prevented, OrdStatus::new_, 0);
        told.order_qty = QtyAtoms{6};
        return told;
    });
    const auto too_late =
        say([](const Told& t) { return t.cancel_reject(RejectReason::too_late); });
    const auto row_3 = say([](const Told& t) { return t.row(3); });
    const auto cancel = [](OrderStore& store, OrderSlot slot) { store.mark_cancel(slot); };
    const auto amend = [](OrderStore& store, OrderSlot slot) {
        store.mark_amend(slot, QtyAtoms{6});
    };
    const auto amend_7 = [](OrderStore& store, OrderSlot slot) {
        store.mark_amend(slot, QtyAtoms{7});
    };
    constexpr auto none = OrderEnd::none;
    constexpr auto filled = OrderEnd::filled;
    constexpr auto expired = OrderEnd::expired;
    return {
        {"fill before acknowledgement", fills_of_ten(), 10, 1, filled, 0},
        {"one fill from four sources",
         {ack, fill_1, fill_1_answer, fill_1_second, fill_1_history},
         3,
         0,
         none,
         7},
        {"all six sources of a filled order",
         {sent, ack, fill_1, fill_1_second, fill_2, fill_2_history},
         10,
         1,
         filled,
         0},
        {"fill after cancel", {ack, fill_1, canceled_3}, 3, 1, OrderEnd::canceled, 0},
        {"cancel twice",
         {ack, fill_1, canceled_3, canceled_3_answer, fill_1_second},
         3,
         1,
         OrderEnd::canceled,
         0,
         cancel},
        {"cancel that knows of fills which never come",
         {ack, fill_1, canceled_7},
         3,
         0,
         none,
         4,
         cancel},
        {"cancel that knows of two fills",
         {ack, fill_1, part_2, canceled_7, fill_1_history},
         7,
         1,
         OrderEnd::canceled,
         0,
         cancel},
        {"cancel without any other word",
         {canceled_3, fill_1_history},
         3,
         1,
         OrderEnd::canceled,
         0},
        {"request answered four ways", {sent, accepted, ack, ack_answer, fill_1}, 3, 0, none, 7},
        {"unknown, then alive", {lost, ack, fill_1, part_2}, 7, 0, none, 3},
        {"unknown, then filled", {lost, sent, fill_1, fill_2, fill_1_second}, 10, 1, filled, 0},
        {"unknown, found by query",
         {lost, query(OrdStatus::partially_filled, 3), fill_1_history},
         3,
         0,
         none,
         7},
        {"query tells of the end first",
         {ack, query(OrdStatus::canceled, 7), fill_1, part_2, fill_1_second, canceled_7},
         7,
         1,
         OrderEnd::canceled,
         0},
        {"query tells of a fill",
         {ack, query(OrdStatus::filled, 10), fill_1, fill_2},
         10,
         1,
         filled,
         0},
        {"immediate or cancel, filled in part",
         {sent, fill_1_answer, fill_1, expired_3},
         3,
         1,
         expired,
         0},
        {"refused twice", {sent, refused, rejected}, 0, 1, OrderEnd::rejected, 0},
        {"amended down", {ack, fill_1, amended_7, amend_answer, part_2}, 7, 1, filled, 0, amend_7},
        {"amended down and cancelled",
         {ack, fill_1, amended, canceled_3},
         3,
         1,
         OrderEnd::canceled,
         0,
         amend},
        {"amended down, alive", {ack, amended, fill_1, fill_1_second}, 3, 0, none, 3, amend},
        {"self-trade prevented, the rest expired",
         {ack, prevented, fill_1, fill_1_second},
         3,
         1,
         expired,
         0},
        {"self-trade prevented, the rest alive",
         {ack, prevented_part, fill_1, sent},
         3,
         0,
         none,
         3},
        {"cancel came too late", {ack, fill_1, fill_2, too_late}, 10, 1, filled, 0, cancel},
        {"seen in the open orders", {row_3, ack, fill_1_history, fill_2}, 10, 1, filled, 0},
    };
}

TEST(Permutations, every_order_of_arrival_ends_in_one_state_and_one_sum_of_effects) {
    OrderStore store(policy);
    store.start(epoch);
    std::uint64_t sequence = 0;
    std::size_t arrivals = 0;
    for (const Scenario& scenario : scenarios()) {
        ASSERT_LE(scenario.reports.size(), 6U);
        std::vector<std::size_t> arrival(scenario.reports.size());
        std::iota(arrival.begin(), arrival.end(), std::size_t{0});
        const Sum first = run(store, scenario, arrival, ++sequence);
        EXPECT_EQ(first.position, scenario.position) << scenario.name;
        EXPECT_EQ(first.done, scenario.done) << scenario.name;
        EXPECT_EQ(first.end, scenario.end) << scenario.name;
        EXPECT_EQ(first.reserved, scenario.reserved) << scenario.name;
        EXPECT_EQ(first.anomalies, 0U) << scenario.name;
        EXPECT_LE(first.accepted, 1) << scenario.name;
        EXPECT_FALSE(first.marks && first.done != 0) << scenario.name;
        do {
            const Sum sum = run(store, scenario, arrival, ++sequence);
            ++arrivals;
            if (!(sum == first)) {
                std::string how;
                for (const std::size_t i : arrival) {
                    how += std::to_string(i) + " ";
                }
                ADD_FAILURE() << scenario.name << ", arrival " << how << "\n position "
                              << sum.position << "/" << first.position << " reserved "
                              << sum.reserved << "/" << first.reserved << " done " << sum.done
                              << "/" << first.done << " accepted " << sum.accepted << "/"
                              << first.accepted << " end " << int(sum.end) << "/" << int(first.end)
                              << " cancel " << sum.cancel_ended << "/" << first.cancel_ended
                              << " replace " << sum.replace_ended << "/" << first.replace_ended
                              << " anomalies " << sum.anomalies << "/" << first.anomalies
                              << " status " << int(sum.status) << "/" << int(first.status)
                              << " alive " << sum.alive << "/" << first.alive;
                break;
            }
        } while (std::next_permutation(arrival.begin(), arrival.end()));
        EXPECT_EQ(store.live(), 0U) << scenario.name;
    }
    EXPECT_GT(arrivals, 2000U);
}

TEST(Permutations, the_hash_of_the_whole_store_does_not_depend_on_the_order_of_arrival) {
    for (const bool with_cancel : {false, true}) {
        std::vector<Hearing> reports = fills_of_ten();
        reports.push_back(say([](const Told& t) { return t.trade(1, 3, 3, secondary); }));
        if (with_cancel) {
            reports[2] = say([](const Told& t) { return t.canceled(3); });
        }
        std::vector<std::size_t> arrival{0, 1, 2, 3};
        std::uint64_t first = 0;
        do {
            OrderStore store(policy);
            store.start(epoch);
            open(store, 1);
            for (const std::size_t i : arrival) {
                (void)reports[i](store, Told{1});
            }
            StateHasher hasher;
            store.hash(hasher);
            first = first == 0 ? hasher.value() : first;
            EXPECT_EQ(hasher.value(), first);
        } while (std::next_permutation(arrival.begin(), arrival.end()));
    }
}

TEST(Join, is_commutative_associative_idempotent_and_has_one_bottom) {
    const OrdStatus all[] = {OrdStatus::pending_new,      OrdStatus::new_,
                             OrdStatus::partially_filled, OrdStatus::canceled,
                             OrdStatus::expired,          OrdStatus::rejected,
                             OrdStatus::filled,           OrdStatus::unknown};
    for (const OrdStatus a : all) {
        EXPECT_EQ(join(a, a), a);
        EXPECT_EQ(join(OrdStatus::pending_new, a), a);
        for (const OrdStatus b : all) {
            EXPECT_EQ(join(a, b), join(b, a));
            EXPECT_EQ(rank(a) == rank(b), a == b);
            for (const OrdStatus c : all) {
                EXPECT_EQ(join(join(a, b), c), join(a, join(b, c)));
            }
        }
    }
}

}  // namespace
}  // namespace portcullis::engine::orders_test
