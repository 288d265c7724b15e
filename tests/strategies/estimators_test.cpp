// Volatility and fill intensity: against values computed elsewhere, against processes whose
// parameters are known, and where they must say no.
#include "strategies/estimators.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

constexpr DurationNs seconds(std::int64_t count) {
    return milliseconds(1000 * count);
}

TEST(Volatility, IsTheWeightedMeanOfSquaredMovesPerSecond) {
    VolatilityEstimator volatility(milliseconds(1000), seconds(60));
    struct Row {
        std::int64_t after_s;
        double mid;
    };
    MonoNs now{5'000'000'000};
    (void)volatility.update(now, 100.0);
    EXPECT_EQ(volatility.variance_per_s(), 0.0);
    for (const Row& row :
         {Row{1, 100.5}, Row{2, 99.75}, Row{1, 99.75}, Row{3, 101.25}, Row{1, 101.0}}) {
        now = now + seconds(row.after_s);
        EXPECT_TRUE(volatility.update(now, row.mid));
    }
    // Python, decimal with 60 digits, from the formula in estimators.hpp.
    EXPECT_NEAR(volatility.variance_per_s(), 3.93880073250921614036e-01, 1e-15);
    EXPECT_EQ(volatility.observed(), seconds(8));
}

TEST(Volatility, TheFirstObservationIsTakenWhole) {
    VolatilityEstimator volatility(milliseconds(1000), seconds(3600));
    (void)volatility.update(MonoNs{0}, 100.0);
    (void)volatility.update(MonoNs{1'000'000'000}, 103.0);
    EXPECT_NEAR(volatility.variance_per_s(), 9.0, 1e-12);
}

TEST(Volatility, MovesWithinASampleAreNotSeen) {
    VolatilityEstimator volatility(milliseconds(1000), seconds(60));
    (void)volatility.update(MonoNs{0}, 100.0);
    EXPECT_FALSE(volatility.update(MonoNs{999'999'999}, 500.0));
    EXPECT_TRUE(volatility.update(MonoNs{1'000'000'000}, 101.0));
    EXPECT_NEAR(volatility.variance_per_s(), 1.0, 1e-12);
}

TEST(Volatility, AHoleIsNotAMoveAndALongOneForgetsAll) {
    VolatilityEstimator volatility(milliseconds(1000), seconds(60));
    (void)volatility.update(MonoNs{0}, 100.0);
    (void)volatility.update(MonoNs{0} + seconds(1), 101.0);
    EXPECT_FALSE(volatility.update(MonoNs{0} + seconds(11), 500.0));
    EXPECT_NEAR(volatility.variance_per_s(), 1.0, 1e-12);
    EXPECT_EQ(volatility.observed(), seconds(1));
    EXPECT_TRUE(volatility.update(MonoNs{0} + seconds(12), 501.0));
    EXPECT_EQ(volatility.observed(), seconds(2));
    EXPECT_TRUE(volatility.update(MonoNs{1} + seconds(72), 900.0));  // longer than 60 s: anew
    EXPECT_EQ(volatility.observed(), DurationNs{});
    EXPECT_EQ(volatility.variance_per_s(), 0.0);
}

TEST(Volatility, FindsThatOfARandomWalk) {
    std::mt19937_64 chance(3);
    VolatilityEstimator volatility(milliseconds(500), seconds(600));
    double mid = 1e6;
    MonoNs now{0};
    for (int i = 0; i < 100'000; ++i) {  // 100 steps of 0.3 a second: variance 9 a second
        mid += chance() % 2 == 0 ? 0.3 : -0.3;
        now = now + milliseconds(10);
        (void)volatility.update(now, mid);
    }
    EXPECT_NEAR(volatility.variance_per_s(), 9.0, 0.9);
}

class Intensity : public testing::Test {
protected:
    void window(double up, double down) {
        if (up > 0.0) {
            intensity.on_trade(Side::buy, mid + up);
        }
        if (down > 0.0) {
            intensity.on_trade(Side::sell, mid - down);
        }
        now = now + milliseconds(250);
        (void)intensity.update(now, mid);
    }
    static constexpr double mid = 20'000.0;  // a step is one quote unit
    MonoNs now{1'000'000'000};
    IntensityEstimator intensity{milliseconds(250), 0.5, seconds(30)};
};

TEST_F(Intensity, IsTheWeightedFitOfLogarithmsOfHitRates) {
    (void)intensity.update(now, mid);
    const std::pair<double, double> reached[]{{3, 0}, {0, 0}, {1, 2}, {0, 0}, {0, 5}, {0, 0},
                                              {2, 1}, {0, 0}, {8, 0}, {0, 0}, {0, 3}, {1, 0}};
    for (const auto& [up, down] : reached) {
        // A hair more, so that the quotient is not just below the step.
        window(up > 0 ? up + 1e-6 : 0, down > 0 ? down + 1e-6 : 0);
    }
    ASSERT_TRUE(intensity.fit().valid);
    // Python, decimal with 60 digits, from the formulae in estimators.hpp; five of the eight
    // distances have evidence.
    EXPECT_NEAR(intensity.fit().k_per_fraction / 9.32150276485328322451e+03, 1.0, 1e-12);
    EXPECT_NEAR(intensity.fit().a_per_s / 2.93815098026488952243e+00, 1.0, 1e-12);
    EXPECT_EQ(intensity.observed(), milliseconds(3000));
}

// Market orders of both sides, 2 a second each, whose depth is exponential with mean 2 units: at
// distance d quotes are filled 2 exp(-d / 2) times a second.
TEST_F(Intensity, FindsThatOfAPoissonProcess) {
    std::mt19937_64 chance(5);
    const auto uniform = [&chance] {
        return (static_cast<double>(chance() >> 11) + 0.5) * 0x1p-53;
    };
    IntensityEstimator long_run(milliseconds(250), 0.5, seconds(3000));
    double next[2]{-std::log(uniform()) / 2.0, -std::log(uniform()) / 2.0};
    (void)long_run.update(now, mid);
    for (int i = 1; i <= 80'000; ++i) {
        const double end = 0.25 * i;
        for (int side = 0; side < 2; ++side) {
            while (next[side] < end) {
                const double depth = -std::log(uniform()) * 2.0;
                long_run.on_trade(side == 0 ? Side::buy : Side::sell,
                                  side == 0 ? mid + depth : mid - depth);
                next[side] -= std::log(uniform()) / 2.0;
            }
        }
        now = now + milliseconds(250);
        (void)long_run.update(now, mid);
    }
    ASSERT_TRUE(long_run.fit().valid);
    EXPECT_NEAR(long_run.fit().a_per_s, 2.0, 0.1);
    EXPECT_NEAR(long_run.fit().k_per_fraction / mid, 0.5, 0.02);
}

TEST_F(Intensity, SaysNothingWithoutTradesOrWithTradesAtOneDistanceOnly) {
    (void)intensity.update(now, mid);
    for (int i = 0; i < 100; ++i) {
        window(0, 0);
    }
    EXPECT_FALSE(intensity.fit().valid);
    for (int i = 0; i < 100; ++i) {
        window(i % 2 == 0 ? 1.5 : 0, 0);
    }
    EXPECT_FALSE(intensity.fit().valid);
}

TEST_F(Intensity, SaysNothingWhenEveryWindowIsReachedOrTheRateDoesNotFall) {
    (void)intensity.update(now, mid);
    for (int i = 0; i < 100; ++i) {
        window(100, 100);
    }
    EXPECT_FALSE(intensity.fit().valid);  // p = 1: the window is too long for this market
    IntensityEstimator flat(milliseconds(250), 0.5, seconds(30));
    (void)flat.update(now, mid);
    for (int i = 0; i < 100; ++i) {
        flat.on_trade(Side::buy, i % 2 == 0 ? mid + 100 : mid);
        now = now + milliseconds(250);
        (void)flat.update(now, mid);
    }
    EXPECT_FALSE(flat.fit().valid);  // as many at eight steps as at one
}

TEST_F(Intensity, TradesBeforeTheFirstWindowAndThroughAHoleDoNotCount) {
    intensity.on_trade(Side::buy, 1e9);
    (void)intensity.update(now, mid);
    intensity.on_trade(Side::buy, 1e9);
    now = now + milliseconds(500);
    EXPECT_FALSE(intensity.update(now, mid));
    EXPECT_EQ(intensity.observed(), DurationNs{});
}

TEST_F(Intensity, AHoleLongerThanItsMemoryForgetsAll) {
    (void)intensity.update(now, mid);
    for (int i = 0; i < 40; ++i) {
        window(i % 3 == 0 ? 1.5 : 0, i % 7 == 0 ? 2.5 : 0);
    }
    ASSERT_TRUE(intensity.fit().valid);
    now = now + seconds(31);
    EXPECT_TRUE(intensity.update(now, mid));
    EXPECT_FALSE(intensity.fit().valid);
    EXPECT_EQ(intensity.observed(), DurationNs{});
}

TEST_F(Intensity, ATradeOnTheOtherSideOfTheMidReachesNothing) {
    (void)intensity.update(now, mid);
    for (int i = 0; i < 50; ++i) {
        intensity.on_trade(Side::buy, mid - 50.0);  // a print that the mid has already overtaken
        intensity.on_trade(Side::sell, mid + 50.0);
        window(0, 0);
    }
    EXPECT_FALSE(intensity.fit().valid);
}

TEST(Estimators, HashWhatTheyRemember) {
    VolatilityEstimator volatility(milliseconds(1000), seconds(60));
    IntensityEstimator intensity(milliseconds(250), 0.5, seconds(30));
    const auto hash = [](const auto& estimator) {
        StateHasher hasher;
        estimator.hash(hasher);
        return hasher.value();
    };
    const std::uint64_t empty_volatility = hash(volatility);
    const std::uint64_t empty_intensity = hash(intensity);
    (void)volatility.update(MonoNs{1}, 100.0);
    (void)intensity.update(MonoNs{1}, 100.0);
    EXPECT_NE(hash(volatility), empty_volatility);
    const std::uint64_t open = hash(intensity);
    EXPECT_NE(open, empty_intensity);
    intensity.on_trade(Side::sell, 99.0);
    EXPECT_NE(hash(intensity), open);
}

}  // namespace
}  // namespace portcullis::strategies::tests
