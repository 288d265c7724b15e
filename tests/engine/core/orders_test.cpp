// From an action to a request, and from what is heard to what is believed.
#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

struct CoreOrders : testing::Test {
    CoreOrders() { world.start(); }
    World world;
};

TEST_F(CoreOrders, a_record_precedes_everything_that_leaves) {
    world.out.sent.clear();
    const ClOrdId id = world.place(0);
    world.outcome(id, RequestFate::unknown);
    world.pass(2500);  // asked about
    world.kill(Scope::strategy, 0);
    world.kill(Scope::firm);
    world.pass(5000);
    world.define(eth, 2);  // a fresh book is asked for
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    std::set<EventType> seen;
    for (const Sent& sent : world.out.take()) {
        EXPECT_EQ(sent.journaled_as, sent.as) << "the newest record is not the request's own";
        seen.insert(sent.as);
    }
    EXPECT_EQ(seen,
              (std::set<EventType>{EventType::order_approved, EventType::cancel_requested,
                                   EventType::mass_cancel_requested, EventType::status_requested,
                                   EventType::open_orders_requested, EventType::resync_requested,
                                   EventType::reconcile_requested}));
}

TEST_F(CoreOrders,
       an_action_leaves_while_the_next_is_thought_about_and_a_denial_is_told_at_the_end) {
    Action good;
    good.price = PriceTicks{90};
    good.qty = QtyLots{2};
    world.strategies.script[0] = {good, good, good};
    std::vector<std::size_t> sent;
    std::vector<std::size_t> told;
    world.strategies.between = [&] {
        sent.push_back(world.out.approvals.size());
        told.push_back(world.strategies.refusals.size());
        if (sent.size() == 1) {
            world.gate.versions[btc] = 9;  // denied from here on
        }
    };
    world.pass(10);
    EXPECT_EQ(sent, (std::vector<std::size_t>{1, 1, 1}));
    EXPECT_EQ(told, (std::vector<std::size_t>{0, 0, 0}));
    ASSERT_EQ(world.strategies.refusals.size(), 2U);
    EXPECT_EQ(world.strategies.refusals[1].deny_reason, other_version);
    world.pass(10);
    EXPECT_EQ(world.strategies.refusals.size(), 2U);  // once
}

TEST_F(CoreOrders, an_output_carries_the_kill_epoch_and_limits_of_its_input) {
    world.strategies.script[0].push_back({ActionKind::new_order, Side::buy, OrdType::limit_maker,
                                          TimeInForce::gtc, PriceTicks{90}, QtyLots{1}, no_order});
    Event timer = Event::of(Timer{1}, world.now, WallNs{5});
    timer.header.flags = world.flags;
    timer.header.kill_epoch = 12;
    timer.header.limits_version = 34;
    world.core->step(timer);
    const Event& record = world.journal.records.back();
    ASSERT_GE(record.header.type, EventType::first_output);
    EXPECT_EQ(record.header.kill_epoch, 12U);
    EXPECT_EQ(record.header.limits_version, 34U);
    EXPECT_EQ(world.out.approvals.size(), 1U);
}

TEST_F(CoreOrders, not_sent_releases_once_whatever_the_reason) {
    for (const RequestFate fate : {RequestFate::not_sent_killed, RequestFate::not_sent_deadline,
                                   RequestFate::not_sent_disconnected, RequestFate::not_sent_rate,
                                   RequestFate::not_sent_sequence, RequestFate::not_sent_instrument,
                                   RequestFate::not_sent_unsigned}) {
        const std::uint64_t before = world.gate.released;
        const ClOrdId id = world.place(0);
        ASSERT_NE(id, no_order);
        world.outcome(id, fate);
        world.outcome(id, fate);
        EXPECT_EQ(world.gate.released, before + 1) << static_cast<int>(fate);
        EXPECT_FALSE(world.knows(id));
        EXPECT_TRUE(world.gate.reserved.empty());
    }
    EXPECT_EQ(world.strategies.refusals.size(), 7U);
    EXPECT_EQ(world.journal.all<OrderClosed>().size(), 7U);
}

TEST_F(CoreOrders, without_room_for_requests_orders_are_denied_before_they_are_reserved) {
    const ClOrdId live = world.live(0);
    world.flags = EventFlags::journal_room;
    EXPECT_EQ(world.place(1), no_order);
    EXPECT_EQ(world.core->counters().denials[no_room], 1U);
    EXPECT_EQ(world.gate.reserved.size(), 1U);
    world.strategies.script[0].push_back(
        {ActionKind::cancel, Side::buy, {}, {}, PriceTicks{}, QtyLots{}, live});
    world.pass(10);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U) << "cancels always pass";
}

TEST_F(CoreOrders, without_room_in_the_journal_quotes_are_pulled_and_nothing_is_asked_for) {
    const ClOrdId live = world.live(0);
    const std::uint64_t asked = world.strategies.asked;
    world.flags = EventFlags::request_room;
    EXPECT_EQ(world.place(1), no_order);
    EXPECT_EQ(world.strategies.asked, asked);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    world.canceled(live);
    world.flags |= EventFlags::journal_room;
    EXPECT_NE(world.place(1), no_order) << "room again, quotes again";
}

TEST_F(CoreOrders, with_a_full_journal_a_kill_cancels_asks_and_completes) {
    const ClOrdId live = world.live(0);
    world.flags = EventFlags::request_room;
    world.journal.room = world.journal.records.size();  // not even one record more
    world.pass(10);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    world.kill(Scope::firm);
    EXPECT_GE(world.out.count(EventType::mass_cancel_requested), 1U);
    EXPECT_FALSE(world.core->drained());
    world.canceled(live);
    world.pass(3000);
    EXPECT_GE(world.out.count(EventType::open_orders_requested), 2U);
    world.open_orders(first_agent, {}, world.now);
    EXPECT_FALSE(world.core->drained());
    world.open_orders(second_agent, {}, world.now);
    EXPECT_TRUE(world.core->drained());
    EXPECT_EQ(world.journal.records.size(), world.journal.room);
}

TEST_F(CoreOrders, cancels_of_a_step_take_from_the_room_that_was_promised_to_approvals) {
    struct Row {
        std::size_t cancels, approved;
    };
    for (const Row& row : {Row{requests_per_step_max - 2, 2}, Row{requests_per_step_max - 1, 1},
                           Row{requests_per_step_max, 0}, Row{requests_per_step_max + 1, 0}}) {
        World each;
        each.start();
        for (std::size_t i = 0; i < row.cancels; ++i) {
            each.live(0);
        }
        each.gate.states[{Scope::strategy, 0}] = TradingState::halted;  // its quotes are pulled
        for (int i = 0; i < 2; ++i) {  // on the same instrument, in the same step, behind it
            each.strategies.script[1].push_back(
                {ActionKind::new_order, Side::buy, {}, {}, PriceTicks{90}, QtyLots{2}, no_order});
        }
        each.pass(10);
        EXPECT_EQ(each.out.count(EventType::cancel_requested), row.cancels);
        EXPECT_EQ(each.out.count(EventType::order_approved), row.approved) << row.cancels;
        EXPECT_EQ(each.core->counters().denials[no_room], 2 - row.approved) << row.cancels;
    }
}

TEST_F(CoreOrders, an_unknown_order_is_dead_after_two_not_founds_past_its_expiry_and_not_before) {
    const ClOrdId id = world.place(0);
    world.outcome(id, RequestFate::unknown);
    const auto not_found = [&] {
        OrderNotFound missing;
        missing.cl_ord_id = id;
        missing.venue_time = world.venue_time();
        missing.instrument = btc;
        world.hear(missing);
    };
    for (int i = 0; i < 3; ++i) {  // within a second of recvWindow and one of margin
        world.pass(550);
        not_found();
    }
    EXPECT_TRUE(world.knows(id)) << "these queries could have overtaken the request";
    EXPECT_EQ(world.gate.reserved.size(), 1U);
    world.pass(500);
    not_found();
    EXPECT_TRUE(world.knows(id)) << "an answer after the expiry to a question from before it";
    world.pass(600);
    not_found();
    EXPECT_TRUE(world.knows(id)) << "once is not enough";
    world.pass(600);
    not_found();
    EXPECT_FALSE(world.knows(id));
    EXPECT_TRUE(world.gate.reserved.empty());
    EXPECT_EQ(world.journal.all<OrderClosed>().back().end, static_cast<int>(OrderEnd::dead));
    EXPECT_EQ(world.out.approvals.size(), 1U) << "nothing is ever sent again";
}

TEST_F(CoreOrders, a_cancel_without_effect_is_repeated) {
    const ClOrdId id = world.live(0);
    world.kill(Scope::strategy, 0);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    world.pass(990);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    world.pass(100);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 2U);
    world.canceled(id);
    world.pass(2000);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 2U);
}

TEST_F(CoreOrders, a_fill_is_booked_once_also_when_it_comes_late_and_three_times) {
    const ClOrdId id = world.live(0);
    ExecutionReport fill = world.report(id, ExecType::trade, OrdStatus::partially_filled);
    fill.trade = TradeId{50};
    fill.last_qty = fill.cum_qty = QtyAtoms{unit};
    fill.last_price = PriceAtoms{90 * unit};
    world.canceled(id);
    ASSERT_FALSE(world.knows(id));
    for (int i = 0; i < 3; ++i) {
        world.hear(fill);
    }
    ASSERT_EQ(world.journal.all<FillBooked>().size(), 1U);
    EXPECT_EQ(world.journal.all<FillBooked>()[0].cl_ord_id, id);
    EXPECT_EQ(world.gate.stray, unit);
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{11 * unit});
    EXPECT_EQ(world.core->positions().balance(usdt), AmountAtoms{(10'000 - 90) * unit});
}

TEST_F(CoreOrders, a_fee_leaves_the_asset_in_which_it_is_charged) {
    const ClOrdId id = world.live(0);
    ExecutionReport fill = world.report(id, ExecType::trade, OrdStatus::filled);
    fill.trade = TradeId{50};
    fill.last_qty = fill.cum_qty = QtyAtoms{2 * unit};
    fill.last_price = PriceAtoms{90 * unit};
    fill.fee_atoms = unit / 4;
    fill.fee_asset = AssetId{2};
    world.hear(fill);
    EXPECT_EQ(world.core->positions().balance(AssetId{2}), AmountAtoms{10 * unit - unit / 4});
    EXPECT_EQ(world.core->positions().fees(AssetId{2}), AmountAtoms{unit / 4});
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{12 * unit});
}

TEST_F(CoreOrders,
       a_fill_that_only_the_order_end_tells_of_is_fetched_and_nothing_trades_meanwhile) {
    const ClOrdId id = world.live(0);
    ExecutionReport end = world.report(id, ExecType::canceled, OrdStatus::canceled);
    end.cum_qty = QtyAtoms{unit};  // and its fill came on no stream
    world.hear(end);
    world.pass(1000);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 0U);
    world.pass(1200);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
    EXPECT_EQ(world.place(0), no_order);
    AccountFill fill;
    fill.order_id = end.order_id;
    fill.trade = TradeId{50};
    fill.price = PriceAtoms{90 * unit};
    fill.qty = QtyAtoms{unit};
    fill.instrument = btc;
    world.units = {11, 10, 10, 10'000 - 90};
    world.step_of(ReconcilePhase::begin, first_agent);
    for (std::uint16_t i = 0; i < 4; ++i) {
        world.balance(AssetId{i}, world.units[i]);
    }
    world.hear(fill);
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_FALSE(world.knows(id));
    EXPECT_TRUE(world.core->reconciled(first_agent)) << "in the same reconciliation";
    EXPECT_NE(world.place(0), no_order);
}

/// A history that tells fills of an order whose number nobody knows yet.
struct UnansweredFills : CoreOrders {
    UnansweredFills() {
        id = world.place(0);
        world.outcome(id, RequestFate::unknown);
    }
    /// One reconciliation, in which the history tells the whole order in `count` equal fills.
    void reconcile_telling(std::int64_t count, bool answered_meanwhile) {
        world.step_of(ReconcilePhase::begin, first_agent);
        for (std::uint16_t i = 0; i < 4; ++i) {
            world.balance(AssetId{i}, world.units[i]);
        }
        for (std::int64_t i = 0; i < count; ++i) {
            AccountFill fill;
            fill.order_id = OrderId{1000 + id.sequence()};
            fill.trade = TradeId{50 + i};
            fill.price = PriceAtoms{90 * unit};
            fill.qty = QtyAtoms{2 * unit / count};
            fill.instrument = btc;
            world.hear(fill);
        }
        if (answered_meanwhile) {
            answer();
        }
        world.step_of(ReconcilePhase::complete, first_agent);
    }
    void answer() {
        ExecutionReport told = world.report(id, ExecType::order_status, OrdStatus::filled);
        told.cum_qty = QtyAtoms{2 * unit};
        world.hear(told);
    }
    void expect_settled(std::size_t fills) {
        EXPECT_FALSE(world.knows(id));
        const auto booked = world.journal.all<FillBooked>();
        EXPECT_EQ(booked.size(), fills);
        for (const FillBooked& fill : booked) {
            EXPECT_EQ(fill.cl_ord_id, id);
        }
        EXPECT_TRUE(world.core->reconciled(first_agent));
        EXPECT_EQ(world.core->counters().breaches, 0U);
    }
    ClOrdId id{};
};

TEST_F(UnansweredFills, wait_for_the_answer_within_one_reconciliation) {
    world.units = {12, 10, 10, 10'000 - 180};
    reconcile_telling(1, true);
    expect_settled(1);
}

TEST_F(UnansweredFills, are_told_again_by_the_next_reconciliation) {
    reconcile_telling(1, false);
    EXPECT_TRUE(world.journal.all<FillBooked>().empty());
    EXPECT_FALSE(world.core->reconciled(first_agent));
    answer();
    EXPECT_TRUE(world.knows(id)) << "its fill is still missing";
    world.units = {12, 10, 10, 10'000 - 180};
    reconcile_telling(1, false);
    expect_settled(1);
}

TEST_F(UnansweredFills, that_find_no_room_to_wait_are_not_taken_for_agreement) {
    world.units = {12, 10, 10, 10'000 - 180};
    (void)world.out.take();
    reconcile_telling(500, true);  // 256 have room
    EXPECT_FALSE(world.core->reconciled(first_agent));
    world.pass(490);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 0U) << "not one behind the other";
    world.pass(20);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
    reconcile_telling(500, false);
    expect_settled(500);
}

TEST_F(CoreOrders, more_fills_than_a_quarter_of_those_remembered_are_agreed_before_there_are_more) {
    const ClOrdId id = world.live(0);
    const auto tell = [&](std::int64_t trade) {
        ExecutionReport fill = world.report(id, ExecType::trade, OrdStatus::partially_filled);
        fill.trade = TradeId{trade};
        fill.last_qty = QtyAtoms{1};
        fill.last_price = PriceAtoms{90 * unit};
        fill.cum_qty = fill.cum_qty + fill.last_qty;
        world.hear(fill);
    };
    constexpr std::int64_t most = TradeMemory::remembered / 4;
    for (std::int64_t trade = 1; trade < most; ++trade) {
        tell(trade);
    }
    world.pass(60);
    EXPECT_TRUE(world.core->reconciled(first_agent));
    tell(most);
    (void)world.out.take();
    world.pass(60);
    EXPECT_FALSE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    EXPECT_TRUE(world.out.agreed.back()) << "what was fetched before has agreed since";
    world.canceled(id);
    world.journal.records.clear();
    // Its balances, as the venue has them: `most` atoms of BTC for 90 USDT each.
    world.step_of(ReconcilePhase::begin, first_agent);
    AccountBalance told;
    told.venue_time = world.venue_time();
    told.from_snapshot = 1;
    told.asset = AssetId{0};
    told.free = AmountAtoms{int128{10 * unit} + most};
    world.hear(told);
    told.asset = AssetId{3};
    told.free = AmountAtoms{int128{10'000} * unit - 90 * most};
    world.hear(told);
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_TRUE(world.core->reconciled(first_agent));
    world.pass(1'000);
    EXPECT_TRUE(world.core->reconciled(first_agent)) << "counted from here again";
}

TEST_F(CoreOrders, something_foreign_halts_kills_and_drains_in_one_step) {
    world.live(0);
    ForeignActivity foreign;
    foreign.order_id = OrderId{666};
    world.hear(foreign);
    EXPECT_EQ(world.out.killed, whole_kill);
    EXPECT_EQ(world.out.count(EventType::mass_cancel_requested), 2U) << "at both agents";
    ASSERT_EQ(world.journal.all<Breach>().size(), 1U);
    EXPECT_EQ(world.journal.all<Breach>()[0].order_id, OrderId{666});
    EXPECT_EQ(world.journal.all<TradingStateChanged>().back().state, TradingState::halted);
    EXPECT_EQ(world.place(1), no_order);
}

TEST_F(CoreOrders, an_id_seen_again_after_its_order_is_done_is_a_breach) {
    const ClOrdId id = world.live(0);
    ExecutionReport again = world.report(id, ExecType::new_, OrdStatus::new_);
    world.canceled(id);
    again.order_id = OrderId{4711};
    world.hear(again);
    EXPECT_EQ(world.core->counters().breaches, 1U);
    EXPECT_EQ(world.out.killed, whole_kill);
}

TEST_F(CoreOrders, an_id_of_an_earlier_run_that_was_done_is_a_breach_too_and_a_late_copy_is_none) {
    World after;
    const ClOrdId earlier = ClOrdId::of(Epoch{6}, 9);
    after.core->restore_done(OrderClosed{earlier,
                                         OrderId{70},
                                         PriceAtoms{90 * unit},
                                         QtyAtoms{},
                                         btc,
                                         StrategyId{0},
                                         Side::buy,
                                         static_cast<std::uint8_t>(OrderEnd::canceled),
                                         {}});
    after.start();
    ExecutionReport told;
    told.cl_ord_id = earlier;
    told.order_id = OrderId{70};
    told.exec_type = ExecType::canceled;
    told.status = OrdStatus::canceled;
    told.instrument = btc;
    after.hear(told);
    EXPECT_EQ(after.core->counters().breaches, 0U);
    told.order_id = OrderId{71};
    told.exec_type = ExecType::new_;
    told.status = OrdStatus::new_;
    after.hear(told);
    EXPECT_EQ(after.core->counters().breaches, 1U);
}

TEST_F(CoreOrders, a_mark_comes_from_a_fresh_book_and_without_one_the_profit_is_not_known) {
    world.pass(1010);
    const auto marks = world.journal.all<MarkTaken>();
    ASSERT_FALSE(marks.empty());
    EXPECT_EQ(marks.back().price_micro, 100'000'000);
    EXPECT_EQ(marks.back().pnl_known, 1);
    EXPECT_EQ(world.gate.marks[AssetId{0}], 100'000'000) << "gate and positions take the same";
    EXPECT_FALSE(world.gate.marked.empty()) << "the gate reckons what they make of profit and loss";
    World dark;
    for (const InstrumentId id : {btc, eth, sol}) {
        dark.define(id);
    }
    dark.sessions_up();
    dark.reconcile();
    dark.market(btc);
    dark.pass(1010);
    ASSERT_FALSE(dark.journal.all<MarkTaken>().empty());
    EXPECT_EQ(dark.journal.all<MarkTaken>().back().pnl_known, 0) << "no book of the others";
}

}  // namespace
}  // namespace portcullis::engine::core_test
