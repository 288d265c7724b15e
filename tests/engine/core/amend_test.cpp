// An amend in place, from the strategy's wish to its end: what is asked of the venue, what a
// strategy is shown meanwhile, and that every way in which it can fail is told. The joins of its
// reports are in tests/engine/orders, its review in tests/risk.
#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

struct CoreAmend : testing::Test {
    CoreAmend() {
        world.start();
        id = world.live(0);  // two lots
    }
    /// Lets the strategy ask that `lots` be left, and returns how many requests left.
    std::size_t amend(std::int64_t lots) {
        Action action;
        action.kind = ActionKind::amend;
        action.price = PriceTicks{90};
        action.qty = QtyLots{lots};
        action.target = id;
        world.strategies.script[0].push_back(action);
        const std::size_t before = world.out.replaces.size();
        world.pass(10);
        return world.out.replaces.size() - before;
    }
    void fill(std::int64_t lots) {
        ExecutionReport told = world.report(id, ExecType::trade, OrdStatus::partially_filled);
        told.trade = TradeId{++trades};
        told.last_price = order().price_atoms;
        told.last_qty = *grid().qty(QtyLots{lots});
        told.cum_qty = order().cum + told.last_qty;
        told.fee_asset = AssetId{3};
        world.hear(told);
    }
    [[nodiscard]] const Order& order() const {
        return world.core->orders().at(world.core->orders().find(id).value());
    }
    [[nodiscard]] const Instrument& grid() const { return world.core->instrument(btc); }
    [[nodiscard]] WorkingOrder shown() {
        world.pass(10);
        EXPECT_EQ(world.strategies.shown[StrategyId{0}].size(), 1U);
        return world.strategies.shown[StrategyId{0}].at(0);
    }
    World world;
    ClOrdId id{};
    std::int64_t trades{};
};

TEST_F(CoreAmend, names_the_order_itself_and_the_whole_quantity_with_what_is_filled) {
    const ClOrdId two = id;
    world.strategies.script[0].clear();
    ASSERT_EQ(amend(1), 1U);
    const OrderCancelReplaceRequest& request = world.out.replaces.back();
    EXPECT_EQ(request.mode, ReplaceMode::amend_in_place);
    EXPECT_EQ(request.order.cl_ord_id, two);
    EXPECT_EQ(request.orig_cl_ord_id, two);
    EXPECT_EQ(request.order.price, order().price);
    EXPECT_EQ(request.order.qty, QtyLots{1});
    EXPECT_EQ(world.core->counters().amends_approved, 1U);
    EXPECT_EQ(world.journal.all<ReplaceApproved>().back().mode, ReplaceMode::amend_in_place);
}

TEST_F(CoreAmend, shows_what_it_leaves_and_holds_what_was_there_until_the_venue_has_said_so) {
    (void)amend(1);
    EXPECT_TRUE(shown().amend_pending);
    EXPECT_FALSE(shown().replace_pending);
    EXPECT_EQ(shown().leaves, QtyLots{1});
    EXPECT_EQ(order().leaves(), *grid().qty(QtyLots{2})) << "reserved";
    EXPECT_EQ(amend(1), 0U) << "one at a time";
    ExecutionReport told = world.report(id, ExecType::replaced, OrdStatus::new_);
    told.order_qty = *grid().qty(QtyLots{1});
    world.hear(told);
    world.outcome(id, RequestFate::accepted, RequestKind::amend);
    EXPECT_FALSE(shown().amend_pending);
    EXPECT_EQ(order().leaves(), *grid().qty(QtyLots{1}));
    EXPECT_TRUE(world.strategies.refusals.empty());
}

TEST_F(CoreAmend, a_fill_that_races_it_counts_once_and_leaves_nothing_to_amend) {
    (void)amend(1);
    fill(1);
    EXPECT_EQ(shown().leaves, QtyLots{0}) << "filled as far as was asked";
    world.outcome(id, RequestFate::rejected, RequestKind::amend);
    EXPECT_EQ(shown().leaves, QtyLots{1}) << "refused: the rest of the order is there again";
    ASSERT_EQ(world.strategies.refusals.size(), 1U);
    fill(1);
    EXPECT_FALSE(world.knows(id));
    EXPECT_EQ(world.gate.reserved.size(), 0U);
    EXPECT_EQ(world.gate.filled, grid().qty(QtyLots{2})->value);
}

TEST_F(CoreAmend, that_comes_to_nothing_is_told_to_its_strategy_once_whatever_the_reason) {
    for (const RequestFate fate :
         {RequestFate::rejected, RequestFate::unknown, RequestFate::not_sent_deadline,
          RequestFate::not_sent_rate, RequestFate::not_sent_killed}) {
        ASSERT_EQ(amend(1), 1U);
        world.strategies.refusals.clear();
        world.outcome(id, RequestFate::sent, RequestKind::amend);
        world.outcome(id, fate, RequestKind::amend);
        world.outcome(id, fate, RequestKind::amend);
        ASSERT_EQ(world.strategies.refusals.size(), 1U);
        EXPECT_EQ(world.strategies.refusals[0].action.kind, ActionKind::amend);
        EXPECT_EQ(world.strategies.refusals[0].action.target, id);
        EXPECT_EQ(order().leaves(), *grid().qty(QtyLots{2})) << "all of it stays reserved";
    }
    EXPECT_EQ(world.core->counters().amends_refused, 5U);
    EXPECT_EQ(world.core->counters().breaches, 0U);
}

TEST_F(CoreAmend, of_an_order_that_ended_meanwhile_is_nobodys_business) {
    (void)amend(1);
    world.canceled(id);
    EXPECT_FALSE(world.knows(id));
    world.outcome(id, RequestFate::rejected, RequestKind::amend);
    world.outcome(id, RequestFate::accepted, RequestKind::amend);
    EXPECT_TRUE(world.strategies.refusals.empty());
    EXPECT_EQ(world.core->counters().breaches, 0U);
    EXPECT_EQ(amend(1), 0U);
}

}  // namespace
}  // namespace portcullis::engine::core_test
