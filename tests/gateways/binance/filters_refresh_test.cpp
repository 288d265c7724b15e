// The venue's filters and trading status change while everything is well connected: noticed by
// asking again, told once, paid for from the budget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::InstrumentDefinition;
using engine::InstrumentStatus;

class FiltersRefresh : public testing::Test {
protected:
    FiltersRefresh() {
        world.settings.session.silence_max = engine::milliseconds(1'000'000);
        world.start_ready();
        answer_with("TRADING", "TRADING");
        reconcile();
    }
    void answer_with(const std::string& what, const std::string& by) {
        std::string& info = world.results["exchangeInfo"];
        info = AgentWorld::filters;
        info.replace(info.find(what), what.size(), by);
    }
    void reconcile() {
        world.reconcile();
        world.turn(20);
        world.events.clear();
    }
    [[nodiscard]] std::size_t asked() {
        return AgentWorld::count(world.primary.wire(), "exchangeInfo");
    }
    /// Lets seconds pass, in turns of ten milliseconds.
    void pass_seconds(int seconds) { world.turn(seconds * 100, 10 * ms); }

    AgentWorld world;
};

TEST_F(FiltersRefresh, a_healthy_connection_asks_every_minute_and_not_before) {
    const std::size_t before = asked();
    pass_seconds(59);
    EXPECT_EQ(asked(), before);
    pass_seconds(2);
    EXPECT_EQ(asked(), before + 1);
    pass_seconds(60);
    EXPECT_EQ(asked(), before + 2);
    EXPECT_TRUE(world.all<InstrumentDefinition>().empty()) << "the same filters are no news";
    EXPECT_TRUE(world.all<engine::ReconcileStep>().empty());
}

TEST_F(FiltersRefresh, before_the_first_reconciliation_nobody_asks) {
    AgentWorld fresh;
    fresh.start_ready();
    fresh.turn(700, 100 * ms);
    EXPECT_EQ(AgentWorld::count(fresh.primary.wire(), "exchangeInfo"), 0U);
}

TEST_F(FiltersRefresh, a_market_that_goes_to_break_and_back_is_told_each_time_once) {
    answer_with("TRADING", "BREAK");
    pass_seconds(130);
    auto told = world.all<InstrumentDefinition>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].instrument, risk::btcusdt);
    EXPECT_EQ(told[0].status, InstrumentStatus::halted);
    const std::uint32_t version = told[0].version;
    answer_with("TRADING", "TRADING");
    pass_seconds(61);
    told = world.all<InstrumentDefinition>();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].status, InstrumentStatus::trading);
    EXPECT_EQ(told[1].version, version + 1);
}

TEST_F(FiltersRefresh, a_new_tick_is_a_new_version_and_orders_of_the_old_one_keep_their_grid) {
    const std::uint32_t version = world.instruments.last(risk::btcusdt).version;
    answer_with(R"("tickSize":"0.01000000")", R"("tickSize":"0.10000000")");
    pass_seconds(61);
    const auto told = world.all<InstrumentDefinition>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].tick.value, 10 * risk::tick);
    EXPECT_EQ(told[0].version, version + 1);
    ASSERT_NE(world.instruments.grid(risk::btcusdt, version), nullptr);
    EXPECT_EQ(world.instruments.grid(risk::btcusdt, version)->tick.value, risk::tick);
}

TEST_F(FiltersRefresh, a_refusal_that_speaks_of_filters_or_a_closed_market_asks_soon) {
    const char* const refusals[] = {
        R"("error":{"code":-1013,"msg":"Filter failure: PRICE_FILTER"})",
        R"("error":{"code":-2010,"msg":"Market is closed."})",
    };
    for (const char* refusal : refusals) {
        SCOPED_TRACE(refusal);
        const std::size_t before = asked();
        (void)world.submit();
        world.turn();
        world.answer(world.primary.wire(), 400, refusal);
        pass_seconds(6);
        EXPECT_EQ(asked(), before + 1) << "and not again for the same doubt";
        pass_seconds(6);
        EXPECT_EQ(asked(), before + 1);
    }
}

TEST_F(FiltersRefresh, filters_that_nobody_can_read_end_the_trust_in_the_session) {
    answer_with(R"("tickSize":"0.01000000")", R"("tickSize":"none")");
    pass_seconds(61);
    const auto states = world.all<engine::SessionState>();
    ASSERT_GE(states.size(), 1U);
    EXPECT_EQ(states[0].session, engine::Session::account_primary);
    EXPECT_EQ(states[0].status, engine::SessionStatus::mute) << "the core stops and reconciles";
    EXPECT_TRUE(world.all<InstrumentDefinition>().empty());
}

TEST_F(FiltersRefresh, its_weight_is_taken_from_the_budget_and_without_room_it_waits) {
    world.turn(1, 60'000 * ms);  // a new minute of the venue; the question leaves in it
    ASSERT_EQ(
        world.budget.usage(RateKind::request_weight, world.agent->venue_time().at(world.now)).used,
        21U)
        << "20 for exchangeInfo, 1 for the clock";
    const std::size_t before = asked();
    pass_seconds(59);
    // The queries' four fifths of 6000 are all but gone.
    while (world.budget.take(gateways::RequestKind::query, {10, 0},
                             world.agent->venue_time().at(world.now))) {
    }
    world.turn(100);
    EXPECT_EQ(asked(), before);
    pass_seconds(60);
    EXPECT_GE(asked(), before + 1) << "the venue's next minute";
}

}  // namespace
}  // namespace portcullis::gateways::binance
