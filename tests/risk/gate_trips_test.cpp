// Breaches that escalate: which limit, when it denies first, stops more than the order.
#include <gtest/gtest.h>

#include "risk/deny_reason.hpp"
#include "tests/risk/gate_world.hpp"

namespace portcullis::risk {
namespace {

using engine::BreachAction;
using engine::GateTrip;
using engine::Scope;
using engine::StrategyId;
using engine::TradingState;

void configure(GateWorld& world, DenyReason reason, BreachAction action) {
    world.config.limits.on_breach[static_cast<std::size_t>(reason)] = action;
}
/// Denied for its quantity: an instrument's limit.
void deny_qty(GateWorld& world) {
    world.set_qty(2 * coin);
    ASSERT_FALSE(world.place());
    world.set_qty(tenth);
}

// GateReview: the runner of the mutants asks for tests of this name.
TEST(GateReview, ABreachThatIsConfiguredToDenyStopsNothingElse) {
    GateWorld world;
    deny_qty(world);
    EXPECT_FALSE(world.gate().take_trip().has_value());
    EXPECT_TRUE(world.place());
}

TEST(GateReview, ABreachThatHaltsStopsTheStrategyInTheSameStepAndSaysWhy) {
    GateWorld world;
    configure(world, DenyReason::order_qty, BreachAction::halt);
    world.order.strategy = StrategyId{3};
    deny_qty(world);
    const auto after = world.review();
    ASSERT_FALSE(after.ok()) << "before the core has heard of it";
    EXPECT_EQ(after.denial().reason, static_cast<std::uint16_t>(DenyReason::halted));
    world.order.strategy = StrategyId{4};
    EXPECT_TRUE(world.place()) << "another strategy";
    const GateTrip expected{.limit = coin,
                            .value = 2 * coin,
                            .reason = static_cast<std::uint16_t>(DenyReason::order_qty),
                            .index = 3,
                            .scope = Scope::strategy,
                            .action = BreachAction::halt};
    const auto trip = world.gate().take_trip();
    ASSERT_TRUE(trip.has_value());
    EXPECT_EQ(*trip, expected);
    EXPECT_FALSE(world.gate().take_trip().has_value()) << "once: what is halted breaks nothing";
    EXPECT_EQ(world.gate().state_cause(Scope::strategy, 3),
              engine::control_cause | static_cast<std::uint32_t>(DenyReason::order_qty));
}

TEST(GateReview, ABreachThatCancelsOrKillsStopsTheScopeOfTheLimit) {
    for (const BreachAction action : {BreachAction::cancel, BreachAction::kill}) {
        GateWorld world;
        configure(world, DenyReason::order_qty, action);
        deny_qty(world);
        world.order.strategy = StrategyId{4};
        EXPECT_FALSE(world.place()) << "the instrument, for every strategy";
        const auto trip = world.gate().take_trip();
        ASSERT_TRUE(trip.has_value());
        EXPECT_EQ(trip->scope, Scope::instrument);
        EXPECT_EQ(trip->index, btcusdt.value);
        EXPECT_EQ(trip->action, action);
    }
}

TEST(GateReview, OnlyTheFirstReasonEscalates) {
    GateWorld world;
    configure(world, DenyReason::order_qty, BreachAction::kill);
    world.context.session_ready = false;
    deny_qty(world);
    EXPECT_FALSE(world.gate().take_trip().has_value());
}

TEST(GateReview, AnOrderOutsideTheUniverseHaltsItsStrategyByTheCatalogue) {
    GateWorld world;
    world.config.limits.strategy[0].instruments = engine::InstrumentSet::of(ethusdt);
    EXPECT_FALSE(world.place());
    const auto trip = world.gate().take_trip();
    ASSERT_TRUE(trip.has_value());
    EXPECT_EQ(trip->reason, static_cast<std::uint16_t>(DenyReason::instrument_not_allowed));
    EXPECT_EQ(trip->action, BreachAction::halt);
}

TEST(GateReview, WhatIsOfNoLimitNeverEscalatesWhateverIsConfigured) {
    GateWorld world;
    configure(world, DenyReason::session_not_ready, BreachAction::kill);
    configure(world, DenyReason::order_qty, static_cast<BreachAction>(9));
    world.context.session_ready = false;
    EXPECT_FALSE(world.place());
    world.context.session_ready = true;
    deny_qty(world);
    EXPECT_FALSE(world.gate().take_trip().has_value());
}

TEST(GateReview, MoreTripsThanThereIsRoomForKillTheFirm) {
    GateWorld world;
    configure(world, DenyReason::order_qty, BreachAction::halt);
    for (std::uint8_t i = 0; i < 40; ++i) {
        world.order.strategy = StrategyId{i};
        world.set_qty(2 * coin);
        EXPECT_FALSE(world.place());
    }
    std::size_t count = 0;
    std::optional<GateTrip> last;
    while (const auto trip = world.gate().take_trip()) {
        last = trip;
        ++count;
    }
    EXPECT_GE(count, 8U);
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->scope, Scope::firm);
    EXPECT_EQ(last->action, BreachAction::kill);
    EXPECT_NE(world.gate().state_cause(Scope::firm, 0), 0U);
}

TEST(GateReview, ALatchedHaltKeepsItsCauseUntilItEnds) {
    GateWorld world;
    configure(world, DenyReason::order_qty, BreachAction::halt);
    deny_qty(world);
    const std::uint32_t cause = world.gate().state_cause(Scope::strategy, 0);
    EXPECT_TRUE(engine::is_latched(cause));
    world.gate().set_trading_state(Scope::strategy, 0, TradingState::halted, 7);
    EXPECT_EQ(world.gate().state_cause(Scope::strategy, 0), cause);
    world.gate().set_trading_state(Scope::strategy, 0, TradingState::active, 0);
    EXPECT_EQ(world.gate().state_cause(Scope::strategy, 0), 0U);
    EXPECT_TRUE(world.place());
}

}  // namespace
}  // namespace portcullis::risk
