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
    ConnectionBudget budget(300, milliseconds(300'000));
    MonoNs now{1'000};
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(budget.take(now));
        now = now + milliseconds(10);
    }
    EXPECT_FALSE(budget.take(now));
    EXPECT_EQ(budget.wait(now), milliseconds(300'000 - 3'000));
    const MonoNs edge = MonoNs{1'000} + milliseconds(300'000);
    EXPECT_FALSE(budget.take(MonoNs{edge.value - 1}));
    EXPECT_TRUE(budget.take(edge));
    EXPECT_FALSE(budget.take(edge)) << "only the first attempt has left the window";
    EXPECT_TRUE(budget.take(edge + milliseconds(10)));
}

}  // namespace
}  // namespace portcullis::gateways::test
