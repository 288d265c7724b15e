// The specification of the gate, row by row, and the proof that it is complete.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "risk/checks.hpp"
#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

std::vector<Row> all_rows() {
    std::vector<Row> rows;
    for (auto part : {rows_of_switches(), rows_of_orders(), rows_of_market(), rows_of_sums(),
                      rows_of_replaces(), rows_of_limits(), rows_of_history(), rows_of_windows()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

namespace {

std::string names(const engine::ReasonSet& reasons) {
    std::string text;
    for (const ReasonInfo& row : deny_reasons) {
        if (reasons.has(id(row.reason))) {
            text += std::string{row.name} + " ";
        }
    }
    return text;
}

struct Answer {
    bool ok{};
    engine::Denial denial{};
};

template <class V>
Answer answer(const V& verdict) {
    return verdict.ok() ? Answer{true, {}} : Answer{false, verdict.denial()};
}

class EachCheck : public testing::TestWithParam<Row> {};

TEST_P(EachCheck, SpeaksBeyondItsEdgeAndNotAtIt) {
    const Row& row = GetParam();
    GateWorld world;
    row.arrange(world);
    const auto before = world.gate().exposure().open().firm;
    const Answer got = row.mode == engine::ReplaceMode{} ? answer(world.review())
                                                         : answer(world.replace(0, row.mode));
    const auto reason = static_cast<DenyReason>(got.denial.reason);
    const std::string found = "found: " + names(got.denial.all_reasons);
    switch (row.expect) {
        case Expect::pass:
            EXPECT_TRUE(got.ok) << found;
            break;
        case Expect::deny:
            ASSERT_FALSE(got.ok);
            EXPECT_EQ(name(reason), name(row.reason)) << found;
            EXPECT_TRUE(got.denial.all_reasons.has(id(row.reason)));
            break;
        case Expect::silent:
            ASSERT_FALSE(got.ok);
            EXPECT_FALSE(got.denial.all_reasons.has(id(row.reason))) << found;
            break;
        case Expect::among:
            ASSERT_FALSE(got.ok);
            EXPECT_TRUE(got.denial.all_reasons.has(id(row.reason))) << found;
            break;
    }
    const bool reserved = got.ok && row.mode != engine::ReplaceMode::amend_in_place;
    EXPECT_EQ(world.gate().exposure().open().firm, before + (reserved ? 1 : 0));
    EXPECT_TRUE(world.gate().exposure().consistent());
}

INSTANTIATE_TEST_SUITE_P(Spec, EachCheck, testing::ValuesIn(all_rows()),
                         [](const auto& row) { return row.param.of + "__" + row.param.name; });

/// Names of all that must have rows: the rungs of the ladder, and each limit by scope and key.
std::set<std::string> wanted() {
    std::set<std::string> names;
    for (const Check& rung : ladder) {
        names.insert(std::string{name(rung.reason)});
    }
    const auto limits = [&names](std::string scope, const auto& keys) {
        for (const auto& key : keys) {
            names.insert(scope + "_" + std::string{key.key});
        }
    };
    limits("firm", firm_keys);
    limits("venue", venue_keys);
    limits("account", account_keys);
    limits("strategy", strategy_keys);
    limits("instrument", instrument_keys);
    for (const char* scope : {"firm", "venue", "account", "strategy", "instrument"}) {
        limits(std::string{scope} + "_window", window_keys);
    }
    names.insert("strategy_instruments");
    return names;
}

TEST(GateSpec, EveryCheckAndEveryLimitHasRowsOnBothSidesOfItsEdge) {
    std::set<std::string> passing;
    std::set<std::string> denying;
    for (const Row& row : all_rows()) {
        if (row.expect == Expect::pass || row.expect == Expect::silent) {
            passing.insert(row.of);
        } else {
            denying.insert(row.of);
        }
    }
    EXPECT_EQ(passing, wanted());
    EXPECT_EQ(denying, wanted());
}

/// Read by mutants.py: one line for each mutant that must be killed.
TEST(GateSpec, ListsItsMutants) {
    for (const std::string& name : wanted()) {
        std::printf("mutant %s\n", name.c_str());
    }
    EXPECT_FALSE(wanted().empty());
}

TEST(GateSpec, AnAbsentConfigurationLetsNothingPass) {
    GateWorld world;
    world.config.limits = Limits{};
    const auto verdict = world.review();
    ASSERT_FALSE(verdict.ok());
    engine::ReasonSet expected;
    for (const DenyReason reason : {DenyReason::approval_lifetime,
                                    DenyReason::instrument_not_allowed,
                                    DenyReason::order_qty,
                                    DenyReason::order_notional,
                                    DenyReason::reference_stale,
                                    DenyReason::feed_silent,
                                    DenyReason::price_collar,
                                    DenyReason::position_long,
                                    DenyReason::gross_exposure,
                                    DenyReason::orders_open_instrument,
                                    DenyReason::orders_open_strategy,
                                    DenyReason::orders_open_venue,
                                    DenyReason::orders_open_firm,
                                    DenyReason::order_notional_firm,
                                    DenyReason::order_notional_venue,
                                    DenyReason::order_notional_account,
                                    DenyReason::order_notional_strategy,
                                    DenyReason::duplicate_order,
                                    DenyReason::price_drift,
                                    DenyReason::repeated_execution,
                                    DenyReason::order_notional_kill,
                                    DenyReason::denials,
                                    DenyReason::loss_strategy,
                                    DenyReason::loss_firm,
                                    DenyReason::drawdown_strategy,
                                    DenyReason::drawdown_firm}) {
        expected.add(id(reason));
    }
    for (const ReasonInfo& row : deny_reasons) {  // every window of every scope
        if (row.key.find(".windows.") != std::string_view::npos) {
            expected.add(id(row.reason));
        }
    }
    EXPECT_EQ(names(verdict.denial().all_reasons), names(expected));
}

TEST(GateSpec, ADenialShowsTheTwoNumbersThatWereCompared) {
    GateWorld world;
    world.limits().order_qty_atoms_max = tenth - 1;
    const auto verdict = world.review();
    ASSERT_FALSE(verdict.ok());
    EXPECT_EQ(verdict.denial().limit, tenth - 1);
    EXPECT_EQ(verdict.denial().value, tenth);
}

TEST(GateSpec, TheFirstReasonIsTheFirstOfTheLadder) {
    GateWorld world;
    world.context.session_ready = false;
    world.limits().order_qty_atoms_max = 0;
    world.gate().on_kill_word(engine::Scope::venue, 0, 1);
    const auto verdict = world.review();
    ASSERT_FALSE(verdict.ok());
    EXPECT_EQ(verdict.denial().reason, static_cast<std::uint16_t>(DenyReason::killed_venue));
    EXPECT_EQ(verdict.denial().all_reasons, bit(DenyReason::killed_venue) |
                                                bit(DenyReason::session_not_ready) |
                                                bit(DenyReason::order_qty));
}

}  // namespace

/// Keeps test names short where gtest prints the parameter.
void PrintTo(const Row& row, std::ostream* out) {
    *out << row.of << ": " << row.name;
}

}  // namespace portcullis::risk
