// Limits: what a person is told about them.
#include "risk/limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/risk/gate_world.hpp"

namespace portcullis::risk {
namespace {

constexpr LimitScopes first_of_each{.venues = 1,
                                    .accounts = 1,
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
    constexpr std::size_t scopes_without_windows = 5;
    EXPECT_EQ(found.size(), firm_keys.size() + venue_keys.size() + account_keys.size() +
                                instrument_keys.size() + strategy_keys.size() + 1 +
                                scopes_without_windows);
    EXPECT_TRUE(names(found, "firm.gross_exposure_micro_max"));
    EXPECT_TRUE(names(found, "instrument[0].collar_bps_max"));
    EXPECT_TRUE(names(found, "strategy[0].instruments"));
    EXPECT_TRUE(names(found, "venue[0].orders_open_max"));
    for (const char* scope : {"firm", "venue[0]", "account[0]", "instrument[0]", "strategy[0]"}) {
        EXPECT_TRUE(names(found, std::string{scope} + ".windows")) << scope;
    }
}

TEST(Limits, EachLimitOfAWindowIsNeededAndHeldToItsCeiling) {
    for (const auto& key : window_keys) {
        Limits limits = good();
        limits.account[0].windows[0].*key.field = 0;
        limits.venue[0].windows[0].*key.field = -1;
        limits.firm.windows[2].*key.field = key.ceiling + 1;
        const auto found = problems(limits, first_of_each);
        const std::string name{key.key};
        EXPECT_EQ(found.size(), 3U) << name;
        EXPECT_TRUE(names(found, "account[0].windows[0]." + name));
        EXPECT_TRUE(names(found, "venue[0].windows[0]." + name));
        EXPECT_TRUE(names(found, "firm.windows[2]." + name));
    }
}

TEST(Limits, SpansOfWindowsRiseAndAreADayAtMost) {
    Limits limits = good();
    limits.firm.windows[1].span_ns = limits.firm.windows[0].span_ns;
    limits.strategy[0].windows[2].span_ns = limits.strategy[0].windows[1].span_ns - 1;
    limits.venue[0].windows[0].span_ns = day_ns + 1;
    limits.account[0].windows[0].span_ns = -5;
    const auto found = problems(limits, first_of_each);
    EXPECT_EQ(found.size(), 4U);
    EXPECT_TRUE(names(found, "firm.windows[1].span_ns"));
    EXPECT_TRUE(names(found, "strategy[0].windows[2].span_ns"));
    EXPECT_TRUE(names(found, "venue[0].windows[0].span_ns"));
    EXPECT_TRUE(names(found, "account[0].windows[0].span_ns"));
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
    limits.strategy[last].windows[1].messages_max =
        limits.strategy[last].windows[2].messages_max + 1;
    EXPECT_TRUE(names(problems(limits, scopes), "strategy[191].windows[2].messages_max"));
}

TEST(Limits, EachIsHeldToItsCeiling) {
    for (const auto& key : instrument_keys) {
        Limits limits = good();
        limits.instrument[0].*key.field = key.ceiling + 1;
        const auto found = problems(limits, first_of_each);
        EXPECT_TRUE(names(found, "instrument[0]." + std::string{key.key})) << key.key;
    }
    for (const auto& key : account_keys) {
        Limits limits = good();
        limits.account[0].*key.field = key.ceiling + 1;
        EXPECT_TRUE(names(problems(limits, first_of_each), "account[0]." + std::string{key.key}));
    }
    for (const auto& key : firm_keys) {
        Limits limits = good();
        limits.firm.*key.field = key.ceiling + 1;
        EXPECT_TRUE(names(problems(limits, first_of_each), "firm." + std::string{key.key}));
    }
}

TEST(Limits, ContradictionsAreNamed) {
    Limits limits = good();
    limits.firm.windows[0].messages_max = limits.firm.windows[1].messages_max + 1;
    limits.strategy[0].windows[1].filled_micro_max += 1;
    limits.strategy[0].instruments = engine::InstrumentSet::of_bits(2);
    limits.instrument[0].order_qty_atoms_max = limits.instrument[0].position_atoms_max + 1;
    const auto found = problems(limits, first_of_each);
    EXPECT_EQ(found.size(), 4U);
    EXPECT_TRUE(names(found, "firm.windows[1].messages_max"));
    EXPECT_TRUE(names(found, "strategy[0].windows[2].filled_micro_max"));
    EXPECT_TRUE(names(found, "strategy[0].instruments"));
    EXPECT_TRUE(names(found, "instrument[0].order_qty_atoms_max"));
}

}  // namespace
}  // namespace portcullis::risk
