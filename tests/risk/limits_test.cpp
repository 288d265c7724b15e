// Limits: what a person is told about them.
#include "risk/limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/risk/gate_world.hpp"

namespace portcullis::risk {
namespace {

constexpr LimitScopes first_of_each{.venues = 1,
                                    .instruments = engine::InstrumentSet::of_bits(1),
                                    .strategies = engine::StrategyIds::of_bits(1)};

Limits good() {
    Limits limits = GateWorld{}.config.limits;
    limits.strategy[0].instruments = engine::InstrumentSet::of_bits(1);
    return limits;
}

bool names(const std::vector<LimitProblem>& found, std::string_view key) {
    return std::any_of(found.begin(), found.end(),
                       [key](const LimitProblem& problem) { return problem.key == key; });
}

TEST(Limits, AGoodSetHasNoProblems) {
    EXPECT_TRUE(problems(good(), first_of_each).empty());
}

TEST(Limits, EveryAbsentOneIsNamedAtOnce) {
    const auto found = problems(Limits{}, first_of_each);
    EXPECT_EQ(found.size(), firm_keys.size() + venue_keys.size() + instrument_keys.size() +
                                strategy_keys.size() + 1);
    EXPECT_TRUE(names(found, "firm.gross_exposure_micro_max"));
    EXPECT_TRUE(names(found, "instrument[0].collar_bps_max"));
    EXPECT_TRUE(names(found, "strategy[0].instruments"));
    EXPECT_TRUE(names(found, "venue[0].orders_open_max"));
}

TEST(Limits, ScopesThatTheConfigDoesNotSpeakOfAreNotLookedAt) {
    Limits limits = good();
    limits.instrument[1] = {};
    EXPECT_TRUE(problems(limits, first_of_each).empty());
}

TEST(Limits, TheLastStrategyIsLookedAtAsTheFirst) {
    constexpr std::size_t last = engine::capacity::strategies - 1;
    LimitScopes scopes = first_of_each;
    scopes.strategies.add(engine::StrategyId{last});
    Limits limits = good();
    limits.strategy[last] = limits.strategy[0];
    EXPECT_TRUE(problems(limits, scopes).empty());
    limits.strategy[last].messages_1s_max = limits.strategy[last].messages_60s_max + 1;
    EXPECT_TRUE(names(problems(limits, scopes), "strategy[191].messages_1s_max"));
}

TEST(Limits, EachIsHeldToItsCeiling) {
    for (const auto& key : instrument_keys) {
        Limits limits = good();
        limits.instrument[0].*key.field = key.ceiling + 1;
        const auto found = problems(limits, first_of_each);
        EXPECT_TRUE(names(found, "instrument[0]." + std::string{key.key})) << key.key;
    }
    for (const auto& key : firm_keys) {
        Limits limits = good();
        limits.firm.*key.field = key.ceiling + 1;
        EXPECT_TRUE(names(problems(limits, first_of_each), "firm." + std::string{key.key}));
    }
}

TEST(Limits, ContradictionsAreNamed) {
    Limits limits = good();
    limits.firm.messages_100ms_max = limits.firm.messages_1s_max + 1;
    limits.strategy[0].messages_1s_max = limits.strategy[0].messages_60s_max + 1;
    limits.strategy[0].instruments = engine::InstrumentSet::of_bits(2);
    limits.instrument[0].order_qty_atoms_max = limits.instrument[0].position_atoms_max + 1;
    const auto found = problems(limits, first_of_each);
    EXPECT_EQ(found.size(), 4U);
    EXPECT_TRUE(names(found, "firm.messages_100ms_max"));
    EXPECT_TRUE(names(found, "strategy[0].messages_1s_max"));
    EXPECT_TRUE(names(found, "strategy[0].instruments"));
    EXPECT_TRUE(names(found, "instrument[0].order_qty_atoms_max"));
}

}  // namespace
}  // namespace portcullis::risk
