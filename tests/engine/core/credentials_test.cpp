// What is seen on the account and is no act of ours: what the core tells the gate of it, and what
// it does of the gate's answer, in the same step.
#include <gtest/gtest.h>

#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

class Credentials : public testing::Test {
protected:
    void SetUp() override { world.start(); }
    /// A report that says how the cancel was called.
    void canceled_as(ClOrdId id, CancelName name) {
        ExecutionReport told = world.report(id, ExecType::canceled, OrdStatus::canceled);
        told.set_cancel_name(name);
        world.hear(told);
    }
    [[nodiscard]] Sighting last() const {
        EXPECT_FALSE(world.gate.sightings.empty());
        return world.gate.sightings.empty() ? Sighting{} : world.gate.sightings.back();
    }
    void command(Command what, Scope scope) {
        OperatorCommand said;
        said.command = what;
        said.scope = scope;
        world.hear(said);
    }
    [[nodiscard]] TradingState state(Scope scope) const {
        const auto found = world.gate.states.find({scope, std::uint16_t{0}});
        return found == world.gate.states.end() ? TradingState::active : found->second;
    }
    void see(Sight what, Whose whose = Whose::untold) {
        Sighting seen;
        seen.what = what;
        seen.whose = whose;
        world.hear(seen);
    }
    World world;
};

TEST_F(Credentials, a_thief_puts_down_three_words_before_anything_is_written) {
    (void)world.live(0);
    const std::size_t before = world.journal.records.size();
    see(Sight::order, Whose::nobodys);
    EXPECT_EQ(world.out.killed, whole_kill);
    EXPECT_EQ(world.journal.records[before].header.type, EventType::sighting);
    EXPECT_EQ(world.journal.records[before + 1].header.type, EventType::credential_signal);
    const auto changes = world.journal.all<CredentialStateChanged>();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].state, CredentialState::suspended);
    EXPECT_EQ(state(Scope::credential), TradingState::halted);
    EXPECT_EQ(state(Scope::firm), TradingState::halted);
    EXPECT_EQ(world.out.count(EventType::mass_cancel_requested), 2U);
    EXPECT_EQ(world.place(0), no_order);
}

TEST_F(Credentials, a_thief_who_goes_on_begins_no_cancels_anew_while_they_go_on) {
    see(Sight::order, Whose::nobodys);
    (void)world.out.take();
    for (int i = 0; i < 100; ++i) {
        see(Sight::fill, Whose::nobodys);
    }
    EXPECT_EQ(world.out.count(EventType::mass_cancel_requested), 0U);
    EXPECT_EQ(world.core->counters().breaches, 101U);
    EXPECT_EQ(world.journal.all<CredentialSignal>().size(), 101U) << "each of his acts";
    EXPECT_EQ(world.journal.all<CredentialStateChanged>().size(), 1U);
}

TEST_F(Credentials, a_suspicion_halts_the_credential_and_cancels_what_it_has_without_a_kill) {
    const ClOrdId mine = world.live(0);
    see(Sight::refusal);
    EXPECT_TRUE(world.out.killed.empty());
    EXPECT_EQ(world.core->counters().breaches, 0U);
    EXPECT_EQ(state(Scope::credential), TradingState::halted);
    EXPECT_EQ(state(Scope::firm), TradingState::active);
    EXPECT_EQ(world.journal.all<TradingStateChanged>().back().cause, control_cause | 56);
    EXPECT_EQ(world.out.count(EventType::mass_cancel_requested), 2U) << "the agents share it";
    world.canceled(mine);
    EXPECT_EQ(world.place(0), no_order);
}

TEST_F(Credentials, one_person_gives_none_back_and_re_enable_does) {
    see(Sight::refusal);
    command(Command::resume, Scope::credential);
    EXPECT_EQ(state(Scope::credential), TradingState::halted);
    EXPECT_EQ(world.gate.standings[CredentialId{0}], CredentialState::suspect);
    command(Command::re_enable, Scope::firm);
    EXPECT_EQ(world.gate.standings[CredentialId{0}], CredentialState::suspect)
        << "what opens one opens no other";
    command(Command::re_enable, Scope::credential);
    EXPECT_EQ(state(Scope::credential), TradingState::active);
    EXPECT_EQ(world.gate.standings[CredentialId{0}], CredentialState::active);
    const CredentialStateChanged last_change = world.journal.all<CredentialStateChanged>().back();
    EXPECT_EQ(last_change.state, CredentialState::active);
    EXPECT_EQ(last_change.signal, 0);
}

TEST_F(Credentials, outlive_the_process) {
    World after;
    after.hear(RestoredCredential{CredentialState::suspect, 11, CredentialId{0}, {}});
    EXPECT_EQ(after.gate.standings[CredentialId{0}], CredentialState::suspect);
    const auto told = after.journal.all<CredentialStateChanged>();
    ASSERT_EQ(told.size(), 1U) << "so that the next run finds it again";
    EXPECT_EQ(told[0].signal, 11);
}

TEST_F(Credentials, a_deposit_or_rebate_is_counted_and_noted_and_trading_goes_on) {
    BalanceDelta delta;
    delta.delta = AmountAtoms{5};
    delta.asset = usdt;
    delta.source = ReportSource::stream_primary;
    world.hear(delta);
    EXPECT_TRUE(world.out.killed.empty());
    EXPECT_EQ(world.core->counters().breaches, 0U);
    EXPECT_EQ(world.core->counters().credential_signals, 1U);
    EXPECT_EQ(world.gate.balances[usdt], world.core->positions().balance(usdt));
    EXPECT_NE(world.place(0), no_order);
}

TEST_F(Credentials, a_balance_that_stays_larger_is_taken_after_three_rounds_and_trading_goes_on) {
    world.session(Session::orders, SessionStatus::down);
    world.session(Session::orders, SessionStatus::ready);
    world.units[0] = 11;
    for (int round = 1; round <= 3; ++round) {
        world.reconcile();
        EXPECT_FALSE(world.core->reconciled(first_agent));
        EXPECT_EQ(last().count, round);
        world.pass(510);
    }
    EXPECT_GE(last().lasted, milliseconds(1'000));
    EXPECT_EQ(last().amount, AmountAtoms{unit});
    EXPECT_EQ(world.core->positions().balance(AssetId{0}), AmountAtoms{11 * unit});
    world.reconcile();
    EXPECT_TRUE(world.core->reconciled(first_agent));
    EXPECT_TRUE(world.out.killed.empty());
}

// --- cancels

TEST_F(Credentials, a_cancel_under_a_name_that_we_alone_can_make_is_ours) {
    const ClOrdId mine = world.live(0);
    canceled_as(mine, CancelName::own);
    EXPECT_TRUE(world.gate.sightings.empty());
    EXPECT_FALSE(world.core->orders().find(mine));
}

TEST_F(Credentials, a_cancel_under_the_orders_name_needs_one_of_ours_in_the_journal) {
    const ClOrdId asked = world.live(0);
    Action action;
    action.kind = ActionKind::cancel;
    action.target = asked;
    world.strategies.script[0].push_back(action);
    world.pass(10);
    ASSERT_EQ(world.out.count(EventType::cancel_requested), 1U);
    canceled_as(asked, CancelName::kept);
    EXPECT_TRUE(last().has(Sighting::asked));
    EXPECT_EQ(world.core->counters().breaches, 0U);
    const ClOrdId other = world.live(1, 91);
    canceled_as(other, CancelName::kept);
    EXPECT_FALSE(last().has(Sighting::asked));
    EXPECT_EQ(last().cl_ord_id, other);
    EXPECT_EQ(world.core->counters().breaches, 1U);
    EXPECT_EQ(world.journal.all<Breach>().back().kind,
              static_cast<std::uint8_t>(ForeignKind::cancel));
}

TEST_F(Credentials, a_cancel_under_any_other_name_needs_a_mass_cancel_that_reaches_the_order) {
    const ClOrdId first = world.live(0);
    command(Command::cancel_all, Scope::firm);
    canceled_as(first, CancelName::other);
    EXPECT_TRUE(last().has(Sighting::swept));
    EXPECT_EQ(world.core->counters().breaches, 0U);
}

TEST_F(Credentials, a_mass_cancel_explains_nothing_that_was_placed_after_its_life) {
    const ClOrdId before = world.live(0);
    command(Command::cancel_all, Scope::firm);
    canceled_as(before, CancelName::other);
    world.pass(2'100);
    for (const OrderAgentId agent : {first_agent, second_agent}) {
        world.open_orders(agent, {}, world.now);
    }
    world.pass(2'100);
    for (const InstrumentId id : {btc, eth, sol}) {
        world.market(id);
    }
    const ClOrdId after = world.live(0);
    canceled_as(after, CancelName::other);
    EXPECT_FALSE(last().has(Sighting::swept));
    EXPECT_EQ(world.core->counters().breaches, 1U);
}

TEST_F(Credentials, a_copy_of_a_cancel_and_one_of_an_old_journal_are_not_asked_about) {
    const ClOrdId mine = world.live(0);
    canceled_as(mine, CancelName::untold);
    EXPECT_TRUE(world.gate.sightings.empty());
    ExecutionReport copy;
    copy.cl_ord_id = mine;
    copy.order_id = OrderId{1000 + mine.sequence()};
    copy.exec_type = ExecType::canceled;
    copy.status = OrdStatus::canceled;
    copy.instrument = btc;
    copy.set_cancel_name(CancelName::other);
    world.hear(copy);
    EXPECT_TRUE(world.gate.sightings.empty());
    EXPECT_EQ(world.core->counters().breaches, 0U);
}

TEST_F(Credentials, a_mute_stream_is_told_and_stops_new_orders_until_it_is_back) {
    world.session(Session::account_secondary, SessionStatus::mute);
    EXPECT_EQ(last().what, Sight::silence);
    EXPECT_TRUE(world.out.killed.empty());
    EXPECT_EQ(world.place(0), no_order);
    world.session(Session::account_secondary, SessionStatus::ready);
    world.reconcile();
    EXPECT_NE(world.place(0), no_order) << "a state of the credential it is not";
}

TEST_F(Credentials, the_name_of_a_cancel_disturbs_no_other_bit_of_a_report) {
    for (const ReportSource source : {ReportSource::answer, ReportSource::stream_primary,
                                      ReportSource::stream_secondary, ReportSource::query}) {
        for (const Side side : {Side::buy, Side::sell}) {
            for (const CancelName name :
                 {CancelName::untold, CancelName::own, CancelName::kept, CancelName::other}) {
                ExecutionReport report;
                report.bits = ExecutionReport::pack(source, true, side);
                EXPECT_EQ(report.cancel_name(), CancelName::untold);
                report.set_cancel_name(name);
                EXPECT_EQ(report.cancel_name(), name);
                EXPECT_EQ(report.source(), source);
                EXPECT_EQ(report.side(), side);
                EXPECT_TRUE(report.is_maker());
            }
        }
    }
}

}  // namespace
}  // namespace portcullis::engine::core_test
