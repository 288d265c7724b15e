// When to try again: jitter inside its ceiling, attempts inside the venue's count.
#include "gateways/session/back_off.hpp"

#include <gtest/gtest.h>

namespace portcullis::gateways::test {
namespace {

using engine::DurationNs;
using engine::milliseconds;
using engine::MonoNs;

TEST(BackOff, stays_between_the_least_and_a_ceiling_that_doubles_to_the_most) {
    const BackOff::Settings settings{milliseconds(10), milliseconds(100), milliseconds(1000)};
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        BackOff back_off(settings, seed);
        for (const std::int64_t ceiling : {100, 200, 400, 800, 1000, 1000, 1000}) {
            const DurationNs wait = back_off.next();
            EXPECT_GE(wait, milliseconds(10));
            EXPECT_LE(wait, milliseconds(ceiling));
        }
    }
}

TEST(BackOff, uses_the_whole_span_and_differs_between_seeds) {
    std::int64_t low = INT64_MAX;
    std::int64_t high = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        BackOff back_off({}, seed);
        const std::int64_t wait = back_off.next().value;
        low = std::min(low, wait);
        high = std::max(high, wait);
    }
    EXPECT_LT(low, milliseconds(20).value);
    EXPECT_GT(high, milliseconds(240).value);
    BackOff one({}, 5);
    BackOff same({}, 5);
    EXPECT_EQ(one.next(), same.next());
}

TEST(BackOff, begins_anew_after_success) {
    BackOff back_off({milliseconds(0), milliseconds(1), milliseconds(1'000'000)}, 1);
    for (int i = 0; i < 100; ++i) {
        (void)back_off.next();
    }
    EXPECT_EQ(back_off.failures(), 100U);
    back_off.reset();
    EXPECT_EQ(back_off.failures(), 0U);
    EXPECT_LE(back_off.next(), milliseconds(1));
}

TEST(ConnectionBudget, allows_the_count_in_any_window_and_not_one_more) {
    for (const std::size_t most : {1U, 2U, 3U, 12U, 300U}) {
        ConnectionBudget budget(most, milliseconds(300'000));
        std::vector<MonoNs> made;
        for (MonoNs now{1'000}; now < MonoNs{1'000} + milliseconds(3'000'000);
             now = now + milliseconds(20)) {
            const engine::DurationNs wait = budget.wait(now);
            EXPECT_LE(wait, milliseconds(300'000));
            if (budget.take(now)) {
                EXPECT_EQ(wait.value, 0);
                made.push_back(now);
            } else {
                EXPECT_GT(wait.value, 0);
            }
        }
        EXPECT_GE(made.size(), 7 * most) << "few are lost by their spread";
        for (std::size_t i = most; i < made.size(); ++i) {
            ASSERT_GE(made[i] - made[i - most], milliseconds(300'000)) << most << " " << i;
        }
    }
}

TEST(ConnectionBudget, spreads_a_small_count_over_the_window_by_doubling_waits) {
    const auto gap_ms = [](std::size_t used, std::size_t most) {
        return connect_gap(used, most, milliseconds(300'000)).value / 1'000'000;
    };
    EXPECT_EQ(gap_ms(0, 3), 0);
    EXPECT_EQ(gap_ms(1, 3), 300'000 / 64);
    EXPECT_EQ(gap_ms(2, 3), 300'000 / 8);
    EXPECT_EQ(gap_ms(3, 3), 300'000) << "all are used: the window itself";
    EXPECT_EQ(gap_ms(1, 12), 300'000 / 4096);
    EXPECT_EQ(gap_ms(2, 12), 300'000 / 1024);
    EXPECT_EQ(gap_ms(11, 12), 300'000 / 2);
    EXPECT_EQ(gap_ms(1, 1), 0) << "the count alone says when";
    EXPECT_LT(gap_ms(57, 100), 1'000);
    EXPECT_LT(gap_ms(80, 100), 30'000);
    EXPECT_GE(gap_ms(300, 300), 300'000) << "as many as the venue counts";
}

// Of the least share: an outage of ten seconds costs half a minute of market data, not five.
TEST(ConnectionBudget, a_short_outage_does_not_spend_a_small_count) {
    struct Row {
        std::int64_t outage_ms;
        std::int64_t back_ms;
    };
    for (const Row& row : {Row{1'000, 4'690}, Row{4'600, 4'690}, Row{5'000, 42'190},
                           Row{42'000, 42'190}, Row{60'000, 300'000}}) {
        ConnectionBudget budget(3, milliseconds(300'000));
        const MonoNs begin{7'000'000};
        MonoNs made{};
        for (MonoNs now = begin; made < begin + milliseconds(row.outage_ms);
             now = now + milliseconds(10)) {
            made = budget.take(now) ? now : made;
        }
        EXPECT_EQ((made - begin).value / 1'000'000, row.back_ms) << row.outage_ms;
    }
}

}  // namespace
}  // namespace portcullis::gateways::test
