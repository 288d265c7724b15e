// When may an order leave, and what does a run take over from the runs before it?
#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

struct Sessions : testing::Test {
    Sessions() { world.start(); }
    World world;
};

TEST(Start, nothing_leaves_before_session_clock_balances_orders_and_fills_agree) {
    World world;
    for (const InstrumentId id : {btc, eth, sol}) {
        world.define(id);
        world.market(id);
    }
    EXPECT_EQ(world.place(0), no_order);
    world.session(Session::account_primary, SessionStatus::ready);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 0U) << "not logged on";
    world.session(Session::orders, SessionStatus::ready);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
    EXPECT_EQ(world.place(0), no_order);
    world.step_of(ReconcilePhase::begin, first_agent);
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_EQ(world.place(0), no_order) << "the venue's clock is not known";
    world.reconcile();
    EXPECT_NE(world.place(0), no_order);
    EXPECT_EQ(world.place(3), no_order) << "the other agent's account has not agreed";
}

TEST_F(Sessions, a_lost_session_pulls_its_own_quotes_at_once_and_only_those) {
    const ClOrdId mine = world.live(0);
    world.live(3);
    world.session(Session::orders, SessionStatus::down);
    const auto sent = world.out.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].as, EventType::cancel_requested);
    EXPECT_EQ(sent[0].id, mine);
    EXPECT_EQ(world.place(1), no_order);
    EXPECT_NE(world.place(3), no_order);
    world.session(Session::orders, SessionStatus::ready);
    EXPECT_EQ(world.place(1), no_order) << "back, and not yet reconciled";
    world.canceled(mine);
    world.reconcile();
    EXPECT_NE(world.place(1), no_order);
}

TEST_F(Sessions, a_mute_account_stream_is_a_lost_one) {
    for (const Session stream : {Session::account_primary, Session::account_secondary}) {
        const ClOrdId mine = world.live(0);
        world.session(stream, SessionStatus::mute);
        EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
        EXPECT_FALSE(world.core->reconciled(first_agent));
        world.canceled(mine);
        world.session(stream, SessionStatus::ready);
        world.reconcile();
        EXPECT_TRUE(world.core->reconciled(first_agent));
    }
}

TEST_F(Sessions, a_failed_reconciliation_is_tried_again) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    (void)world.out.take();
    world.step_of(ReconcilePhase::failed, first_agent);
    world.pass(490);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 0U);
    world.pass(20);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
}

// One that was given up ends late, when the next is on its way: it says nothing of that one.
TEST_F(Sessions, the_end_of_an_older_reconciliation_ends_no_newer_one) {
    for (const ReconcilePhase end : {ReconcilePhase::failed, ReconcilePhase::complete}) {
        world.session(Session::orders, SessionStatus::down);
        world.session(Session::orders, SessionStatus::ready);
        const std::uint32_t older = world.out.rounds[first_agent.value];
        world.session(Session::account_secondary, SessionStatus::down);
        world.session(Session::account_secondary, SessionStatus::ready);
        ASSERT_EQ(world.out.rounds[first_agent.value], older + 1);
        (void)world.out.take();
        ReconcileStep step;
        step.round = older;
        step.phase = end;
        step.issued = world.now;
        step.venue_time = world.venue_time();
        world.hear(step);
        world.pass(1'000);
        EXPECT_FALSE(world.core->reconciled(first_agent));
        EXPECT_EQ(world.out.count(EventType::reconcile_requested), 0U) << "it goes on";
        world.reconcile();
        EXPECT_TRUE(world.core->reconciled(first_agent));
    }
}

TEST_F(Sessions, only_the_first_request_after_an_agreement_says_that_all_agreed) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    for (int failed = 0; failed < 300; ++failed) {
        world.step_of(ReconcilePhase::begin, first_agent);
        world.step_of(ReconcilePhase::failed, first_agent);
        world.pass(510);
    }
    const auto& agreed = world.out.agreed;
    ASSERT_GE(agreed.size(), 300U);
    EXPECT_EQ(std::count(agreed.end() - 300, agreed.end(), true), 0)
        << "more than a count of eight bits";
    world.reconcile();
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    EXPECT_TRUE(world.out.agreed.back());
}

TEST_F(Sessions, a_balance_that_stays_short_is_a_breach_after_three_rounds_and_then_a_fact) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    world.units[0] = 9;  // somebody has taken one
    for (int round = 1; round <= 3; ++round) {
        EXPECT_EQ(world.core->counters().breaches, 0U) << round;
        world.reconcile();
        EXPECT_FALSE(world.core->reconciled(first_agent));
        world.pass(510);
    }
    EXPECT_EQ(world.core->counters().breaches, 1U);
    EXPECT_EQ(world.out.killed, whole_kill);
    const auto taken = world.journal.all<BalanceTaken>();
    EXPECT_EQ(taken.back().cause, BalanceTaken::drift);
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{9 * unit});
    EXPECT_EQ(world.gate.balances[AssetId{0}], AmountAtoms{9 * unit});
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent)) << "killed, and in agreement";
    EXPECT_EQ(world.place(0), no_order);
}

TEST_F(Sessions, a_stream_that_tells_other_balances_than_ours_pulls_quotes_within_half_a_second) {
    const auto told_by_stream = [this](std::int64_t atoms) {
        AccountBalance told;
        told.free = AmountAtoms{int128{10 * unit} + atoms};
        told.venue_time = world.venue_time();
        told.asset = AssetId{0};
        world.hear(told);
    };
    const ClOrdId mine = world.live(0);
    told_by_stream(-1);
    world.pass(450);
    told_by_stream(0);  // as between a fill and its balance
    world.pass(100);
    EXPECT_TRUE(world.core->reconciled(first_agent));
    (void)world.out.take();
    told_by_stream(-1);
    world.pass(490);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 0U);
    world.pass(60);  // they are compared every 50 ms
    EXPECT_FALSE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 2U)
        << "of each agent: they share assets";
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    world.canceled(mine);
    world.reconcile();  // the account says what we reckon: the stream was wrong
    world.pass(1'000);
    EXPECT_TRUE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.core->counters().breaches, 0U);
}

TEST_F(Sessions, a_drift_beside_an_unknown_order_is_no_breach) {
    const ClOrdId id = world.place(0);
    world.outcome(id, RequestFate::unknown);
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    world.units[0] = 12;  // it was filled, and nobody has told
    for (int round = 0; round < 8; ++round) {
        world.reconcile();
        world.pass(20);
    }
    EXPECT_EQ(world.core->counters().breaches, 0U);
    EXPECT_FALSE(world.core->reconciled(first_agent));
}

TEST_F(Sessions, a_withdrawal_that_nobody_asked_for_is_a_breach_whatever_its_size) {
    BalanceDelta delta;
    delta.delta = AmountAtoms{-1};
    delta.asset = AssetId{0};
    delta.source = ReportSource::stream_primary;
    world.hear(delta);
    EXPECT_EQ(world.out.killed, whole_kill);
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{10 * unit - 1});
    delta.source = ReportSource::stream_secondary;
    world.hear(delta);
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{10 * unit - 1});
    EXPECT_EQ(world.core->counters().breaches, 1U) << "the other stream's copy";
}

OpenOrder leftover_on(InstrumentId instrument) {
    OpenOrder row;
    row.cl_ord_id = ClOrdId::of(Epoch{6}, 3);
    row.order_id = OrderId{77};
    row.price = PriceAtoms{90 * unit};
    row.order_qty = QtyAtoms{unit};
    row.instrument = instrument;
    return row;
}

TEST_F(Sessions, an_order_of_an_earlier_run_is_cancelled_and_holds_everything_up_until_it_is_gone) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    (void)world.out.take();
    world.step_of(ReconcilePhase::begin, first_agent);
    world.hear(leftover_on(btc));
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_FALSE(world.core->reconciled(first_agent));
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.core->counters().breaches, 0U);
}

TEST_F(Sessions, one_on_a_symbol_that_is_not_configured_now_is_cancelled_with_the_whole_account) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    (void)world.out.take();
    world.step_of(ReconcilePhase::begin, first_agent);
    for (int rows = 0; rows < 200; ++rows) {
        world.hear(leftover_on(no_instrument));
    }
    world.step_of(ReconcilePhase::complete, first_agent);
    const auto sent = world.out.take();
    ASSERT_EQ(sent.size(), 1U) << "once for all of them: each costs the weight of every symbol";
    EXPECT_EQ(sent[0].as, EventType::mass_cancel_requested);
    EXPECT_EQ(sent[0].instrument, no_instrument);
    EXPECT_FALSE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.core->counters().breaches, 0U) << "it is ours";
}

// --- what a run takes over

TEST(Restored, a_balance_is_held_against_the_venues_and_not_replaced_by_it) {
    World world;
    world.hear(RestoredBalance{AmountAtoms{10 * unit}, AssetId{0}, {}});
    world.define(btc);
    world.sessions_up();
    world.units[0] = 7;
    world.reconcile();
    EXPECT_FALSE(world.core->reconciled(first_agent)) << "three are gone since the last run";
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{10 * unit});
    EXPECT_EQ(world.core->positions().balance(AssetId{1}), AmountAtoms{10 * unit})
        << "nothing was known of this one: the venue's";
}

struct RestoredOrders : testing::Test {
    RestoredOrders() {
        for (std::uint16_t i = 0; i < 4; ++i) {
            world.hear(RestoredBalance{AmountAtoms{int128{world.units[i]} * unit}, AssetId{i}, {}});
        }
        world.define(btc, 5);
        world.hear(TradeBaseline{TradeId{40}, btc, {}});
        world.hear(RestoredOrder{id,
                                 OrderId{77},
                                 PriceAtoms{90 * unit},
                                 QtyAtoms{3 * unit},
                                 QtyAtoms{unit},
                                 world.venue_time(),
                                 btc,
                                 StrategyId{0},
                                 Side::buy,
                                 {}});
    }
    AccountFill fill(std::int64_t trade, std::int64_t lots) const {
        AccountFill told;
        told.order_id = OrderId{77};
        told.trade = TradeId{trade};
        told.price = PriceAtoms{90 * unit};
        told.qty = QtyAtoms{lots * unit};
        told.instrument = btc;
        return told;
    }
    World world;
    ClOrdId id = ClOrdId::of(Epoch{6}, 12);
};

TEST_F(RestoredOrders, are_reserved_and_unknown_and_cancelled_as_soon_as_a_cancel_can_leave) {
    EXPECT_EQ(world.gate.reserved.size(), 1U);
    ASSERT_TRUE(world.knows(id));
    EXPECT_EQ(world.core->orders().at(*world.core->orders().find(id)).leaves(), QtyAtoms{2 * unit});
    EXPECT_EQ(world.core->orders().unanswered(), 1U);
    world.pass(100);
    EXPECT_EQ(world.out.count(EventType::cancel_requested), 1U);
    EXPECT_GE(world.out.count(EventType::status_requested), 1U);
    world.sessions_up();
    world.reconcile();
    EXPECT_FALSE(world.core->reconciled(first_agent)) << "its fate is not proven";
}

TEST_F(RestoredOrders, bring_their_fills_of_the_time_between_and_nothing_twice) {
    world.sessions_up();
    world.units = {12, 10, 10, 10'000 - 180};  // both were filled while nobody looked
    world.step_of(ReconcilePhase::begin, first_agent);
    world.hear(VenueClock{DurationNs{}, DurationNs{}, world.venue_time()});
    for (std::uint16_t i = 0; i < 4; ++i) {
        world.balance(AssetId{i}, world.units[i]);
    }
    world.hear(fill(40, 1));  // inside the balances that the run began with
    world.hear(fill(41, 2));
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_EQ(world.journal.all<FillBooked>().size(), 1U);
    EXPECT_FALSE(world.knows(id)) << "filled";
    EXPECT_TRUE(world.gate.reserved.empty());
    EXPECT_TRUE(world.core->reconciled(first_agent)) << "balances agree with the fill booked";
    EXPECT_EQ(world.strategies.fills[StrategyId{0}], 2 * unit);
}

TEST_F(RestoredOrders, that_live_are_found_among_the_open_orders_and_block_until_they_end) {
    world.sessions_up();
    world.step_of(ReconcilePhase::begin, first_agent);
    world.hear(VenueClock{DurationNs{}, DurationNs{}, world.venue_time()});
    for (std::uint16_t i = 0; i < 4; ++i) {
        world.balance(AssetId{i}, world.units[i]);
    }
    OpenOrder row = world.row(id);
    row.order_id = OrderId{77};
    world.hear(row);
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_FALSE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.core->counters().breaches, 0U);
    ExecutionReport end = world.report(id, ExecType::canceled, OrdStatus::canceled);
    end.order_id = OrderId{77};
    world.hear(end);
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
    EXPECT_TRUE(world.gate.reserved.empty());
}

TEST_F(RestoredOrders, that_never_arrived_are_dead_by_the_same_proof_as_any) {
    const ClOrdId never = ClOrdId::of(Epoch{6}, 13);
    world.hear(RestoredOrder{never,
                             OrderId{},
                             PriceAtoms{91 * unit},
                             QtyAtoms{unit},
                             QtyAtoms{},
                             world.venue_time(),
                             btc,
                             StrategyId{0},
                             Side::buy,
                             {}});
    EXPECT_EQ(world.gate.reserved.size(), 2U);
    world.sessions_up();
    world.hear(VenueClock{DurationNs{}, DurationNs{}, world.venue_time()});
    int answers = 0;
    for (; answers < 8 && world.knows(never); ++answers) {
        world.pass(600);
        OrderNotFound missing;
        missing.cl_ord_id = never;
        missing.venue_time = world.venue_time();
        missing.instrument = btc;
        world.hear(missing);
    }
    EXPECT_FALSE(world.knows(never));
    EXPECT_GE(answers, 3) << "the first questions left before its expiry and margin";
    EXPECT_EQ(world.gate.reserved.size(), 1U);
}

TEST_F(Sessions, a_state_that_comes_back_holds_and_is_told_again) {
    world.hear(RestoredState{Scope::strategy, TradingState::halted, 0, 9});
    EXPECT_EQ(world.place(0), no_order);
    EXPECT_NE(world.place(1), no_order);
    const auto told = world.journal.all<TradingStateChanged>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].state, TradingState::halted);
    EXPECT_EQ(told[0].cause, 9U);
}

// --- reduce-only

struct ReduceOnly : testing::Test {
    /// A world whose position in the base of `btc` is `position` (10 units less the baseline).
    static World with_position(std::int64_t atoms) {
        CoreConfig config = world_config();
        config.baselines[0] = int128{10 * unit} - atoms;
        return World(config);
    }
    static std::set<ClOrdId> cancels(World& world) {
        std::set<ClOrdId> found;
        for (const Sent& sent : world.out.take()) {
            EXPECT_EQ(sent.as, EventType::cancel_requested);
            found.insert(sent.id);
        }
        return found;
    }
    static void reduce_only(World& world, Scope scope, std::uint16_t index) {
        OperatorCommand command;
        command.command = Command::reduce_only;
        command.scope = scope;
        command.index = index;
        world.hear(command);
    }
};

TEST_F(ReduceOnly, cancels_what_rests_and_could_raise_or_turn_the_position) {
    struct Row {
        std::int64_t position;
        bool buy_stays, sell_stays;
    };
    const Row rows[]{{10 * unit, false, true},     {2 * unit, false, true},
                     {2 * unit - 1, false, false}, {0, false, false},
                     {1 - 2 * unit, false, false}, {-2 * unit, true, false},
                     {-10 * unit, true, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.position);
        World world = with_position(row.position);
        world.start();
        const ClOrdId buy = world.live(0, 90, Side::buy);
        const ClOrdId sell = world.live(1, 110, Side::sell);
        world.live(2);
        reduce_only(world, Scope::instrument, btc.value);
        std::set<ClOrdId> expected;
        if (!row.buy_stays) {
            expected.insert(buy);
        }
        if (!row.sell_stays) {
            expected.insert(sell);
        }
        EXPECT_EQ(cancels(world), expected);
        world.pass(200);
        EXPECT_TRUE(cancels(world).empty()) << "once";
    }
}

TEST_F(ReduceOnly, lets_together_stay_what_takes_the_position_to_zero_and_no_more) {
    World world = with_position(4 * unit);
    world.start();
    world.live(0, 110, Side::sell);
    world.live(0, 111, Side::sell);
    const ClOrdId third = world.live(1, 112, Side::sell);
    reduce_only(world, Scope::firm, 0);
    EXPECT_EQ(cancels(world), std::set<ClOrdId>{third});
}

TEST_F(ReduceOnly, goes_on_when_fills_elsewhere_have_turned_what_was_reducing) {
    World world = with_position(2 * unit);
    world.start();
    const ClOrdId mine = world.live(0, 110, Side::sell);
    const ClOrdId other = world.live(1, 110, Side::sell);
    reduce_only(world, Scope::strategy, 0);
    EXPECT_TRUE(cancels(world).empty());
    ExecutionReport fill = world.report(other, ExecType::trade, OrdStatus::filled);
    fill.trade = TradeId{50};
    fill.last_price = PriceAtoms{110 * unit};
    fill.last_qty = QtyAtoms{2 * unit};
    fill.cum_qty = fill.last_qty;
    world.hear(fill);
    world.pass(60);
    EXPECT_EQ(cancels(world), std::set<ClOrdId>{mine});
}

// --- the venue's clock

TEST(Clock, too_far_from_ours_pulls_quotes_and_nothing_leaves_until_it_agrees_again) {
    constexpr std::int64_t edge = 500'000'000;
    struct Row {
        std::int64_t offset;
        bool agrees;
    };
    const Row rows[]{{0, true},
                     {edge, true},
                     {-edge, true},
                     {edge + 1, false},
                     {-edge - 1, false},
                     {std::numeric_limits<std::int64_t>::max(), false},
                     {-std::numeric_limits<std::int64_t>::max(), false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.offset);
        World world;
        world.start();
        const ClOrdId mine = world.live(0);
        world.live(3);
        world.hear(VenueClock{DurationNs{row.offset}, DurationNs{}, world.venue_time()});
        EXPECT_EQ(world.core->reconciled(first_agent), row.agrees);
        const auto sent = world.out.take();
        ASSERT_EQ(sent.size(), row.agrees ? 0U : 1U);
        if (row.agrees) {
            continue;
        }
        EXPECT_EQ(sent[0].id, mine);
        EXPECT_TRUE(world.core->reconciled(second_agent));
        EXPECT_EQ(world.place(1), no_order);
        EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
        world.canceled(mine);
        world.reconcile();
        EXPECT_TRUE(world.core->reconciled(first_agent));
        EXPECT_NE(world.place(1), no_order);
    }
}

TEST(Clock, in_doubt_at_the_end_of_a_reconciliation_is_no_agreement) {
    World world;
    world.define(btc);
    world.sessions_up();
    world.step_of(ReconcilePhase::begin, first_agent);
    world.hear(VenueClock{DurationNs{500'000'001}, DurationNs{}, world.venue_time()});
    for (std::uint16_t i = 0; i < 4; ++i) {
        world.balance(AssetId{i}, world.units[i]);
    }
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_FALSE(world.core->reconciled(first_agent));
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
}

// --- filters that change

TEST_F(Sessions, changed_filters_pause_cancel_reconcile_and_take_the_book_anew) {
    const ClOrdId old = world.live(0);
    const ClOrdId elsewhere = world.live(2);
    world.define(btc, 2);
    EXPECT_FALSE(world.core->market(btc).valid());
    EXPECT_FALSE(world.core->reconciled(first_agent));
    std::vector<EventType> left;
    for (const Sent& sent : world.out.take()) {
        left.push_back(sent.as);
        EXPECT_EQ(sent.instrument, btc);
    }
    EXPECT_EQ(left,
              (std::vector<EventType>{EventType::cancel_requested, EventType::resync_requested}));
    world.market(btc);
    EXPECT_EQ(world.place(0), no_order);
    world.reconcile();
    EXPECT_FALSE(world.core->reconciled(first_agent)) << "an order of the old grid lives";
    world.canceled(old);
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
    const ClOrdId fresh = world.place(0);
    ASSERT_NE(fresh, no_order);
    EXPECT_EQ(world.out.approvals.back().request().instrument_version, 2U);
    EXPECT_FALSE(world.knows(elsewhere) && world.core->orders().live(eth) == 0);
}

TEST_F(Sessions, an_order_on_the_old_grid_that_the_agent_did_not_send_is_released) {
    const ClOrdId old = world.place(0);
    world.define(btc, 2);
    world.outcome(old, RequestFate::not_sent_instrument);
    EXPECT_FALSE(world.knows(old));
    EXPECT_TRUE(world.gate.reserved.empty());
}

TEST_F(Sessions, filters_that_change_within_a_reconciliation_ask_for_another_one) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    world.step_of(ReconcilePhase::begin, first_agent);
    world.define(btc, 2);
    (void)world.out.take();
    world.step_of(ReconcilePhase::complete, first_agent);
    EXPECT_FALSE(world.core->reconciled(first_agent));
    world.pass(10);
    EXPECT_EQ(world.out.count(EventType::reconcile_requested), 1U);
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
}

TEST(Restored, filters_go_on_from_their_version_without_a_change) {
    World world;
    world.define(btc, 5);
    world.sessions_up();
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
    EXPECT_EQ(world.out.count(EventType::resync_requested), 0U);
    EXPECT_EQ(world.core->instrument(btc).version, 5U);
}

}  // namespace
}  // namespace portcullis::engine::core_test
