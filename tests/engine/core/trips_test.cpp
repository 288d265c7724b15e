// What follows when a limit is broken, beyond the no: the core stops what the gate says, in the
// step in which it says it, and one person does not start it again.
#include <gtest/gtest.h>

#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

constexpr std::uint16_t some_reason = 37;

GateTrip trip_of(BreachAction action, Scope scope, std::uint16_t index) {
    return {.limit = 5,
            .value = 6,
            .reason = some_reason,
            .index = index,
            .scope = scope,
            .action = action};
}

class Trips : public testing::Test {
protected:
    void SetUp() override {
        world.start();
        first = world.live(0);
        second = world.live(1, 91);
        other = world.live(2);
        world.out.take();
    }
    /// The gate says so in the next step.
    void trip(BreachAction action, Scope scope, std::uint16_t index) {
        world.gate.trips.push_back(trip_of(action, scope, index));
        world.hear(Timer{1});
    }
    template <class T>
    std::vector<T> records() const {
        std::vector<T> found;
        for (const Event& record : world.journal.records) {
            if (record.header.type == T::type) {
                found.push_back(record.as<T>());
            }
        }
        return found;
    }
    void command(Command what, Scope scope, std::uint16_t index) {
        OperatorCommand said;
        said.command = what;
        said.scope = scope;
        said.index = index;
        world.hear(said);
    }
    [[nodiscard]] TradingState state(Scope scope, std::uint16_t index) const {
        const auto found = world.gate.states.find({scope, index});
        return found == world.gate.states.end() ? TradingState::active : found->second;
    }
    [[nodiscard]] std::set<ClOrdId> cancelled() {
        std::set<ClOrdId> found;
        for (const Sent& sent : world.out.take()) {
            if (sent.as == EventType::cancel_requested) {
                found.insert(sent.id);
            }
        }
        return found;
    }

    World world;
    ClOrdId first, second, other;
};

TEST_F(Trips, that_halt_stop_the_strategy_and_cancel_what_it_has_and_nothing_else) {
    trip(BreachAction::halt, Scope::strategy, 0);
    EXPECT_EQ(state(Scope::strategy, 0), TradingState::halted);
    EXPECT_EQ(cancelled(), std::set<ClOrdId>{first});
    EXPECT_EQ(world.out.kills, 0);
    const auto trips = records<RiskTrip>();
    ASSERT_EQ(trips.size(), 1U);
    EXPECT_EQ(trips[0].limit, 5);
    EXPECT_EQ(trips[0].value, 6);
    EXPECT_EQ(trips[0].reason, some_reason);
    EXPECT_EQ(trips[0].scope, Scope::strategy);
    EXPECT_EQ(trips[0].index, 0U);
    EXPECT_EQ(trips[0].action, static_cast<std::uint8_t>(BreachAction::halt));
    ASSERT_FALSE(records<TradingStateChanged>().empty());
    EXPECT_EQ(records<TradingStateChanged>().back().cause, control_cause | some_reason);
    EXPECT_EQ(world.core->counters().trips, 1U);
}

TEST_F(Trips, that_cancel_empty_the_limits_own_scope_until_the_venue_has_proven_it) {
    trip(BreachAction::cancel, Scope::instrument, btc.value);
    EXPECT_EQ(state(Scope::instrument, btc.value), TradingState::halted);
    const auto sent = world.out.take();
    EXPECT_TRUE(std::any_of(sent.begin(), sent.end(), [](const Sent& each) {
        return each.as == EventType::mass_cancel_requested && each.instrument == btc;
    }));
    EXPECT_EQ(world.out.kills, 0);
    world.canceled(first);
    world.canceled(second);
    world.pass(2'100);
    world.open_orders(first_agent, {}, world.now, btc);
    ASSERT_EQ(world.drains().size(), 1U);
    EXPECT_EQ(world.drains()[0].scope, Scope::instrument);
    EXPECT_EQ(world.drains()[0].killed, 0);
}

TEST_F(Trips, that_kill_put_the_word_down_before_anything_is_written) {
    trip(BreachAction::kill, Scope::venue, 0);
    ASSERT_EQ(world.out.killed.size(), 1U);
    EXPECT_EQ(world.out.killed[0], std::pair(Scope::venue, std::uint16_t{0}));
    EXPECT_EQ(state(Scope::venue, 0), TradingState::halted);
    const auto sent = world.out.take();
    EXPECT_TRUE(std::any_of(sent.begin(), sent.end(), [](const Sent& each) {
        return each.as == EventType::mass_cancel_requested;
    }));
}

TEST_F(Trips, of_one_step_are_all_followed_in_their_order) {
    world.gate.trips.push_back(trip_of(BreachAction::halt, Scope::strategy, 2));
    trip(BreachAction::kill, Scope::firm, 0);
    const auto trips = records<RiskTrip>();
    ASSERT_EQ(trips.size(), 2U);
    EXPECT_EQ(trips[0].scope, Scope::strategy);
    EXPECT_EQ(trips[1].scope, Scope::firm);
    EXPECT_EQ(world.out.kills, 1);
}

TEST_F(Trips, are_latched_one_person_changes_nothing_and_two_re_enable) {
    trip(BreachAction::halt, Scope::strategy, 0);
    for (const Command each : {Command::resume, Command::reduce_only, Command::halt}) {
        command(each, Scope::strategy, 0);
        EXPECT_EQ(state(Scope::strategy, 0), TradingState::halted);
        EXPECT_EQ(world.gate.state_cause(Scope::strategy, 0), control_cause | some_reason);
    }
    EXPECT_EQ(world.core->counters().commands_refused, 3U);
    command(Command::re_enable, Scope::strategy, 0);
    EXPECT_EQ(state(Scope::strategy, 0), TradingState::active);
    EXPECT_EQ(world.gate.state_cause(Scope::strategy, 0), 0U);
}

TEST_F(Trips, do_not_keep_one_person_from_cancelling_or_from_stopping_and_starting_others) {
    trip(BreachAction::halt, Scope::strategy, 0);
    world.out.take();
    command(Command::cancel_all, Scope::firm, 0);
    EXPECT_FALSE(world.out.take().empty());
    command(Command::halt, Scope::strategy, 2);
    EXPECT_EQ(state(Scope::strategy, 2), TradingState::halted);
    command(Command::resume, Scope::strategy, 2);
    EXPECT_EQ(state(Scope::strategy, 2), TradingState::active);
    EXPECT_EQ(world.core->counters().commands_refused, 0U);
}

TEST_F(Trips, outlive_the_process) {
    const RestoredState before{Scope::strategy, TradingState::halted, 1,
                               control_cause | some_reason};
    world.hear(before);
    command(Command::resume, Scope::strategy, 1);
    EXPECT_EQ(state(Scope::strategy, 1), TradingState::halted);
}

TEST(TwoKeys, ReEnableWhereTheyAreAskedForAndOnePersonIsRefused) {
    CoreConfig config = world_config();
    config.two_keys = true;
    World world(config);
    world.start();
    world.gate.trips.push_back(trip_of(BreachAction::halt, Scope::strategy, 0));
    world.hear(Timer{1});
    OperatorCommand said;
    said.command = Command::re_enable;
    said.scope = Scope::strategy;
    world.hear(said);
    EXPECT_EQ(world.gate.states.at({Scope::strategy, 0}), TradingState::halted);
    EXPECT_EQ(world.core->counters().commands_refused, 1U);
    said.agreed = 12;
    world.hear(said);
    EXPECT_EQ(world.gate.states.at({Scope::strategy, 0}), TradingState::active);
    EXPECT_EQ(world.core->counters().commands_refused, 1U);
}

TEST(TwoKeys, NoteOfAnOperatorIsForTheRecordAlone) {
    World world;
    world.start();
    world.hear(OperatorNote{});
    ASSERT_FALSE(world.journal.records.empty());
    EXPECT_EQ(world.journal.records.back().header.type, EventType::operator_note);
}

TEST(LimitSets, AreStagedRowByRowTakenInOneStepAndWhatIsAboveOneIsToReduce) {
    World world;
    world.start();
    world.hear(LimitChange{5, 77, 1000, 0, Scope::firm, {}});
    world.hear(LimitChange{6, 78, 1000, btc.value, Scope::instrument, {}});
    EXPECT_EQ(world.gate.staged.size(), 2U);
    world.gate.limits_outcome.taken = true;
    world.gate.limits_outcome.hash = 99;
    world.gate.limits_outcome.reduce.add(btc);
    world.hear(LimitsTake{99, 0, 3, 2, 1000, 0});
    EXPECT_EQ(world.gate.states.at({Scope::instrument, btc.value}), TradingState::reduce_only);
    EXPECT_EQ(world.gate.causes.at({Scope::instrument, btc.value}), limits_cause);
    EXPECT_FALSE(world.gate.states.contains({Scope::firm, 0}));
    LimitsTaken taken;
    for (const Event& record : world.journal.records) {
        taken = record.header.type == LimitsTaken::type ? record.as<LimitsTaken>() : taken;
    }
    EXPECT_EQ(taken.version, 3U);
    EXPECT_EQ(taken.rows, 2U);
    EXPECT_EQ(taken.hash, 99U);
    EXPECT_EQ(taken.taken, 1U);
}

class AlertsOfTheCore : public testing::Test {
protected:
    AlertsOfTheCore() {
        CoreConfig config = world_config();
        config.two_keys = true;
        world = std::make_unique<World>(config);
        world->start();
    }
    void trip(std::uint16_t strategy) {
        world->gate.trips.push_back(trip_of(BreachAction::halt, Scope::strategy, strategy));
        world->hear(Timer{1});
    }
    void acknowledge(std::uint64_t number) {
        OperatorCommand said;
        said.command = Command::acknowledge;
        said.uid = 1000;
        said.alert = number;
        world->hear(said);
    }
    void pass(std::int64_t ms) {
        world->now = world->now + milliseconds(ms);
        world->hear(Timer{2});
    }
    [[nodiscard]] bool firm_halted() const {
        const auto found = world->gate.states.find({Scope::firm, 0});
        return found != world->gate.states.end() && found->second == TradingState::halted;
    }
    [[nodiscard]] std::vector<AlertStep> steps() const {
        std::vector<AlertStep> found;
        for (const Event& record : world->journal.records) {
            if (record.header.type == EventType::alert) {
                found.push_back(record.as<AlertNoted>().step);
            }
        }
        return found;
    }
    std::unique_ptr<World> world;
};

TEST_F(AlertsOfTheCore, ThatNobodyAcknowledgesForAMinuteHaltTheFirmAndAreLatched) {
    trip(0);
    ASSERT_EQ(world->core->alerts().open().size(), 1U);
    pass(59'999);
    EXPECT_FALSE(firm_halted());
    pass(1);
    EXPECT_TRUE(firm_halted());
    EXPECT_EQ(world->gate.state_cause(Scope::firm, 0), control_cause | some_reason);
    EXPECT_TRUE(world->core->alerts().open().empty());
    EXPECT_EQ(steps(), (std::vector{AlertStep::raised, AlertStep::escalated}));
}

TEST_F(AlertsOfTheCore, ThatAreAcknowledgedHaltNothingMoreAndOthersStill) {
    trip(0);
    trip(1);
    acknowledge(1);
    EXPECT_EQ(world->core->counters().commands_refused, 0U);
    acknowledge(1);
    EXPECT_EQ(world->core->counters().commands_refused, 1U) << "it is no more";
    acknowledge(2);
    pass(120'000);
    EXPECT_FALSE(firm_halted());
    trip(2);
    pass(60'000);
    EXPECT_TRUE(firm_halted());
}

TEST_F(AlertsOfTheCore, ThatFindNoRoomHaltTheFirmAtOnce) {
    for (std::size_t i = 0; i < Alerts::most; ++i) {
        trip(0);
    }
    EXPECT_FALSE(firm_halted());
    trip(0);
    EXPECT_TRUE(firm_halted());
    EXPECT_EQ(world->core->alerts().open().size(), Alerts::most);
}

TEST_F(AlertsOfTheCore, AreNoneWhereThereIsNobodyToLook) {
    world = std::make_unique<World>();
    world->start();
    trip(0);
    EXPECT_TRUE(world->core->alerts().open().empty());
    pass(120'000);
    EXPECT_FALSE(firm_halted());
}

}  // namespace
}  // namespace portcullis::engine::core_test
