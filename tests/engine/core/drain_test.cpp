// Drains: when is it proven that nothing of ours is left at the venue?
#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

// recvWindow and margin of the default config.
constexpr std::int64_t expiry_ms = 2000;

MonoNs just_before(MonoNs time) {
    return MonoNs{time.value - 1};
}

struct Drains : testing::Test {
    Drains() { world.start(); }
    World world;
};

TEST_F(Drains, the_firm_is_proven_empty_only_when_every_agent_has_answered) {
    const ClOrdId a = world.live(0);
    const ClOrdId b = world.live(3);
    world.kill(Scope::firm);
    world.canceled(a);
    world.canceled(b);
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {}, world.now);
    world.pass(50);
    EXPECT_TRUE(world.drains().empty()) << "the second agent has not answered";
    EXPECT_FALSE(world.core->drained());
    world.open_orders(second_agent, {}, world.now);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::firm);
    EXPECT_EQ(world.drains()[0].killed, 1);
    EXPECT_TRUE(world.core->drained());
}

TEST_F(Drains, are_metered_in_rounds_time_and_what_is_left) {
    const ClOrdId a = world.live(0);
    EXPECT_EQ(world.core->counters().drains, 0U);
    world.kill(Scope::firm);
    EXPECT_EQ(world.core->counters().drains, 1U);
    world.kill(Scope::firm);
    EXPECT_EQ(world.core->counters().drains, 1U) << "it runs";
    world.pass(1'000);
    const auto cancels = world.core->counters().mass_cancels;
    EXPECT_GE(cancels, 6U) << "repeated, of two agents";
    EXPECT_GE(world.core->counters().drain_rounds, 3U);
    world.open_orders(first_agent, {world.row(a)}, world.now);
    EXPECT_EQ(world.core->counters().drain_orders_left, 1U);
    EXPECT_EQ(world.core->counters().drains_proven, 0U);
    world.canceled(a);
    world.pass(expiry_ms);
    world.open_orders(first_agent, {}, world.now);
    world.open_orders(second_agent, {}, world.now);
    EXPECT_EQ(world.core->counters().drain_orders_left, 0U);
    EXPECT_EQ(world.core->counters().drains_proven, 1U);
    EXPECT_EQ(world.core->counters().drain_ns_max, milliseconds(1'000 + expiry_ms).value);
}

TEST_F(Drains, an_answer_proves_nothing_when_it_was_asked_before_the_last_send_had_expired) {
    const ClOrdId a = world.live(0);
    const MonoNs sent = world.now;
    world.kill(Scope::firm);
    world.canceled(a);
    world.pass(expiry_ms + 100);
    world.open_orders(second_agent, {}, world.now);
    world.open_orders(first_agent, {}, just_before(sent + milliseconds(expiry_ms)));
    EXPECT_TRUE(world.drains().empty());
    world.open_orders(first_agent, {}, sent + milliseconds(expiry_ms));
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, an_answer_from_before_the_kill_proves_nothing) {
    world.pass(expiry_ms * 2);
    const MonoNs before = just_before(world.now);
    world.kill(Scope::firm);
    world.open_orders(first_agent, {}, before);
    world.open_orders(second_agent, {}, world.now);
    EXPECT_TRUE(world.drains().empty());
    world.open_orders(first_agent, {}, world.now);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, an_order_in_a_later_answer_takes_the_proof_back) {
    const ClOrdId a = world.live(0);
    world.kill(Scope::firm);
    world.pass(expiry_ms + 10);
    const OpenOrder row = world.row(a);
    world.open_orders(first_agent, {}, world.now);
    world.open_orders(first_agent, {row}, world.now);
    world.canceled(a);
    world.open_orders(second_agent, {}, world.now);
    world.pass(50);
    EXPECT_TRUE(world.drains().empty());
    world.open_orders(first_agent, {}, world.now);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, an_unknown_order_keeps_it_open_until_its_fate_is_proven) {
    const ClOrdId a = world.place(0);
    world.outcome(a, RequestFate::unknown);
    world.kill(Scope::firm);
    world.pass(expiry_ms + 10);
    for (const OrderAgentId agent : {first_agent, second_agent}) {
        world.open_orders(agent, {}, world.now);
    }
    EXPECT_TRUE(world.drains().empty());
    for (int i = 0; i < 2; ++i) {
        (void)world.out.take();
        world.pass(600);
        ASSERT_EQ(world.out.count(EventType::status_requested), 1U) << "asked again, " << i;
        OrderNotFound missing;
        missing.cl_ord_id = a;
        missing.venue_time = world.venue_time();
        missing.instrument = btc;
        world.hear(missing);
    }
    EXPECT_FALSE(world.knows(a));
    world.pass(10);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, a_symbol_that_is_no_instrument_of_ours_keeps_it_open) {
    world.kill(Scope::firm);
    world.pass(expiry_ms + 10);
    world.open_orders(second_agent, {}, world.now);
    OpenOrder elsewhere;
    elsewhere.order_id = OrderId{5};
    world.open_orders(first_agent, {elsewhere}, world.now);
    EXPECT_TRUE(world.drains().empty());
    EXPECT_EQ(world.core->counters().breaches, 1U) << "and it is not ours";
    world.open_orders(first_agent, {}, world.now);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, cancel_every_symbol_of_each_account_and_not_only_our_instruments) {
    world.kill(Scope::firm);
    std::vector<Sent> masses;
    for (const Sent& sent : world.out.take()) {
        if (sent.as == EventType::mass_cancel_requested) {
            masses.push_back(sent);
        }
    }
    ASSERT_EQ(masses.size(), 2U);
    EXPECT_EQ(masses[0].agent, first_agent);
    EXPECT_EQ(masses[1].agent, second_agent);
    EXPECT_EQ(masses[0].instrument, no_instrument);
    EXPECT_EQ(masses[1].instrument, no_instrument);
}

TEST_F(Drains, repeat_their_cancels_at_a_growing_distance) {
    world.kill(Scope::firm);
    (void)world.out.take();
    world.pass(3000);
    const std::size_t early = world.out.count(EventType::mass_cancel_requested);
    world.pass(57'000);
    (void)world.out.take();
    world.pass(3000);
    const std::size_t late = world.out.count(EventType::mass_cancel_requested);
    EXPECT_GE(early, 16U);
    EXPECT_GE(late, 2U);
    EXPECT_LT(late, early / 3);
}

TEST_F(Drains, ask_only_when_an_answer_can_prove_something) {
    world.live(0);
    world.kill(Scope::firm);
    (void)world.out.take();
    world.pass(expiry_ms - 100);
    for (const Sent& sent : world.out.take()) {
        EXPECT_FALSE(sent.as == EventType::open_orders_requested && sent.agent == first_agent);
    }
    world.pass(600);
    std::size_t asked = 0;
    for (const Sent& sent : world.out.take()) {
        asked += sent.as == EventType::open_orders_requested && sent.agent == first_agent;
    }
    EXPECT_GE(asked, 1U);
}

TEST_F(Drains, wait_for_requests_of_an_earlier_run_that_may_still_take_effect) {
    CoreConfig config = world_config();
    config.earlier_requests_until = WallNs{wall_offset.value + world.now.value + 5'000'000'000};
    World after(config);
    after.kill(Scope::firm);
    after.pass(4990);
    after.open_orders(first_agent, {}, after.now);
    after.open_orders(second_agent, {}, after.now);
    EXPECT_TRUE(after.drains().empty());
    after.pass(1000);
    after.open_orders(first_agent, {}, after.now);
    after.open_orders(second_agent, {}, after.now);
    EXPECT_EQ(after.drains().size(), 1U);
}

TEST_F(Drains, of_a_strategy_on_a_shared_instrument_go_order_by_order_and_leave_the_other_alone) {
    const ClOrdId mine = world.live(0);
    const ClOrdId other = world.live(1, 91);
    world.kill(Scope::strategy, 0);
    std::size_t cancels = 0;
    for (const Sent& sent : world.out.take()) {
        EXPECT_NE(sent.as, EventType::mass_cancel_requested);
        if (sent.as == EventType::cancel_requested) {
            EXPECT_EQ(sent.id, mine);
            ++cancels;
        }
    }
    EXPECT_EQ(cancels, 1U);
    world.pass(expiry_ms + 10);
    std::size_t asked = 0;
    for (const Sent& sent : world.out.take()) {
        if (sent.as == EventType::open_orders_requested) {
            EXPECT_EQ(sent.instrument, btc) << "one symbol is cheaper than all";
            ++asked;
        }
    }
    EXPECT_GE(asked, 1U);

    world.open_orders(first_agent, {world.row(mine), world.row(other)}, world.now, btc);
    EXPECT_TRUE(world.drains().empty()) << "its order is still there";
    world.canceled(mine);
    EXPECT_TRUE(world.drains().empty()) << "no answer has confirmed it";
    world.open_orders(first_agent, {world.row(other)}, world.now, btc);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::strategy);
    EXPECT_EQ(world.drains()[0].index, 0);
    EXPECT_TRUE(world.knows(other));
    EXPECT_NE(world.place(1, 89), no_order) << "the other one goes on";
    EXPECT_FALSE(world.core->drained()) << "that is said of the whole firm only";
}

TEST_F(Drains, of_a_strategy_do_not_wait_for_what_others_send_on_its_instrument) {
    const ClOrdId mine = world.live(0);
    world.kill(Scope::strategy, 0);
    world.canceled(mine);
    world.pass(expiry_ms + 10);
    const ClOrdId other = world.live(1, 91);
    world.open_orders(first_agent, {world.row(other)}, world.now, btc);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, a_row_whose_order_is_not_known_counts_for_every_strategy_of_its_instrument) {
    world.kill(Scope::strategy, 0);
    world.pass(expiry_ms + 10);
    OpenOrder earlier;
    earlier.cl_ord_id = ClOrdId::of(Epoch{6}, 3);
    earlier.order_id = OrderId{77};
    earlier.price = PriceAtoms{90 * unit};
    earlier.order_qty = QtyAtoms{unit};
    earlier.instrument = btc;
    world.open_orders(first_agent, {earlier}, world.now, btc);
    EXPECT_TRUE(world.drains().empty());
    world.open_orders(first_agent, {}, world.now, btc);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, of_a_strategy_alone_on_its_instrument_cancel_the_instrument_whole) {
    const ClOrdId a = world.live(2);
    world.kill(Scope::strategy, 2);
    const auto sent = world.out.take();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent[0].as, EventType::mass_cancel_requested);
    EXPECT_EQ(sent[0].instrument, eth);
    world.canceled(a);
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {}, world.now, eth);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::strategy);
}

TEST_F(Drains, of_an_instrument_are_proven_by_its_own_symbol_or_by_all_and_stop_its_quotes) {
    const ClOrdId a = world.live(0);
    const ClOrdId b = world.live(1, 91);
    const ClOrdId other = world.live(2);
    world.kill(Scope::instrument, btc.value);
    EXPECT_EQ(world.out.sent.front().as, EventType::mass_cancel_requested);
    EXPECT_EQ(world.out.sent.front().instrument, btc);
    EXPECT_EQ(world.place(0), no_order);
    world.canceled(a);
    world.canceled(b);
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {}, world.now, eth);
    EXPECT_TRUE(world.drains().empty()) << "of another symbol";
    world.open_orders(first_agent, {world.row(other)}, world.now);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::instrument);
    EXPECT_TRUE(world.knows(other));
    EXPECT_NE(world.place(2, 89), no_order);
}

TEST_F(Drains, of_a_venue_cover_every_agent_that_it_has) {
    world.kill(Scope::venue, 0);
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {}, world.now);
    EXPECT_TRUE(world.drains().empty());
    world.open_orders(second_agent, {}, world.now);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::venue);
}

/// The second agent trades for account 1 with credential 2; `third`: eth has an agent of its own,
/// on the first one's account with another credential.
CoreConfig several_accounts(bool third) {
    CoreConfig config = world_config();
    config.agents[second_agent.value] = {AccountId{1}, CredentialId{2}};
    if (third) {
        config.instruments[eth.value].agent = OrderAgentId{2};
        config.agents[2] = {AccountId{0}, CredentialId{1}};
    }
    return config;
}

TEST(DrainsOfAccounts, an_account_is_cancelled_and_proven_by_its_own_agents_and_no_other) {
    for (const auto& [scope, index] :
         {std::pair{Scope::account, 1}, std::pair{Scope::credential, 2}}) {
        World world(several_accounts(false));
        world.start();
        const ClOrdId mine = world.live(3);
        const ClOrdId other = world.live(0);
        world.kill(scope, static_cast<std::uint16_t>(index));
        EXPECT_EQ(world.out.count(EventType::mass_cancel_requested), 1U);
        EXPECT_EQ(world.out.sent.front().as, EventType::mass_cancel_requested);
        EXPECT_EQ(world.out.sent.front().instrument, no_instrument) << "all of the account";
        EXPECT_EQ(world.place(3), no_order);
        EXPECT_NE(world.place(0, 91), no_order) << "on another account";
        world.canceled(mine);
        world.pass(expiry_ms + 10);
        world.open_orders(first_agent, {}, world.now);
        EXPECT_TRUE(world.drains().empty()) << "another account's answer";
        world.open_orders(second_agent, {}, world.now, sol);
        EXPECT_TRUE(world.drains().empty()) << "not about the whole account";
        world.open_orders(second_agent, {}, world.now);
        ASSERT_EQ(world.drains().size(), 1U);
        EXPECT_EQ(world.drains()[0].scope, scope);
        EXPECT_EQ(world.drains()[0].index, index);
        EXPECT_TRUE(world.knows(other));
    }
}

TEST(DrainsOfAccounts, a_credential_that_shares_its_account_leaves_the_other_ones_orders_alone) {
    World world(several_accounts(true));
    world.start();
    world.sessions_up(OrderAgentId{2});
    world.reconcile(OrderAgentId{2});
    const ClOrdId mine = world.live(0);
    const ClOrdId other = world.live(2);
    (void)world.out.take();
    world.kill(Scope::credential, 0);
    ASSERT_EQ(world.out.count(EventType::mass_cancel_requested), 1U);
    EXPECT_EQ(world.out.sent.front().instrument, btc) << "not all of the account";
    EXPECT_EQ(world.place(0, 91), no_order);
    world.canceled(mine);
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {world.row(other)}, world.now);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::credential);
    EXPECT_TRUE(world.knows(other));
    EXPECT_NE(world.place(2, 89), no_order);
}

TEST(DrainsOfAccounts, withdrawals_have_no_order_to_cancel) {
    World world;
    world.start();
    const ClOrdId mine = world.live(0);
    world.kill(Scope::withdrawals);
    EXPECT_EQ(world.out.count(EventType::mass_cancel_requested), 0U);
    EXPECT_TRUE(world.knows(mine));
    EXPECT_NE(world.place(0, 91), no_order);
}

TEST_F(Drains, an_accepted_order_that_no_answer_shows_is_asked_about_before_it_is_believed_gone) {
    const ClOrdId a = world.live(0);
    world.pass(10);
    world.kill(Scope::firm);
    world.pass(expiry_ms + 10);
    (void)world.out.take();
    world.open_orders(first_agent, {}, world.now);
    world.open_orders(second_agent, {}, world.now);
    EXPECT_TRUE(world.drains().empty()) << "its end was not told";
    world.pass(100);
    EXPECT_EQ(world.out.count(EventType::status_requested), 1U);
    world.hear(world.report(a, ExecType::order_status, OrdStatus::canceled));
    world.pass(10);
    EXPECT_EQ(world.drains().size(), 1U);
}

TEST_F(Drains, a_cancel_all_lets_quotes_return_when_it_is_done_and_a_kill_does_not) {
    world.hear(OperatorCommand{Command::cancel_all, Scope::firm, 0, 0, 1});
    EXPECT_EQ(world.place(0), no_order);
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {}, world.now);
    world.open_orders(second_agent, {}, world.now);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].killed, 0);
    EXPECT_NE(world.place(0), no_order);
    world.kill(Scope::firm);
    EXPECT_EQ(world.place(0), no_order);
}

TEST_F(Drains, a_shutdown_lets_nothing_return) {
    world.hear(OperatorCommand{Command::shutdown, Scope::firm, 0, 0, 1});
    world.pass(expiry_ms + 10);
    world.open_orders(first_agent, {}, world.now);
    world.open_orders(second_agent, {}, world.now);
    EXPECT_TRUE(world.core->drained());
    EXPECT_EQ(world.place(0), no_order);
}

TEST_F(Drains, a_session_lost_in_the_middle_of_an_answer_ends_that_answer) {
    const ClOrdId a = world.live(0);
    world.kill(Scope::firm);
    world.pass(expiry_ms + 10);
    ReconcileStep begin;
    begin.open_orders_only = 1;
    begin.issued = world.now;
    world.hear(begin);
    world.hear(world.row(a));
    world.session(Session::orders, SessionStatus::down);
    world.canceled(a);
    world.open_orders(second_agent, {}, world.now);
    EXPECT_TRUE(world.drains().empty());
    world.open_orders(first_agent, {}, world.now);
    EXPECT_EQ(world.drains().size(), 1U);
}

}  // namespace
}  // namespace portcullis::engine::core_test
