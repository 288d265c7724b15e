// exp and log: error against long double, special values, and the same bits everywhere.
#include "engine/math/exp_log.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "engine/math/tables.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {
namespace {

using Limits = std::numeric_limits<double>;
static_assert(std::numeric_limits<long double>::digits == 64, "the reference has 11 bits more");

std::size_t samples() {
    return std::getenv("PORTCULLIS_LONG") != nullptr ? 5'000'000 : 200'000;
}

/// Distance from the reference in units of the last place of a double there.
double ulps(double got, long double want) {
    const double rounded = static_cast<double>(want);
    if (rounded == 0.0 || std::isinf(rounded)) {
        return got == rounded ? 0.0 : Limits::infinity();
    }
    int exponent = 0;
    (void)std::frexp(rounded, &exponent);
    const long double unit = std::ldexp(1.0L, std::max(exponent, -1021) - 53);
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
}

double uniform(std::mt19937_64& random, double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
}

TEST(Exp, IsWithinOneUnitInTheLastPlace) {
    std::mt19937_64 random(1);
    double worst = 0;
    double worst_subnormal = 0;
    for (std::size_t i = 0; i < samples(); ++i) {
        const double wide = uniform(random, -708.39, 709.78);
        const double near = uniform(random, -1.0, 1.0) * std::ldexp(1.0, -static_cast<int>(i % 60));
        const double low = uniform(random, -745.2, -708.3);
        worst = std::max(worst, ulps(math::exp(wide), std::exp(static_cast<long double>(wide))));
        worst = std::max(worst, ulps(math::exp(near), std::exp(static_cast<long double>(near))));
        worst_subnormal = std::max(worst_subnormal,
                                   ulps(math::exp(low), std::exp(static_cast<long double>(low))));
    }
    std::printf("worst error of exp: %.4f ulp, of subnormal results %.4f\n", worst,
                worst_subnormal);
    EXPECT_LT(worst, 0.6);
    EXPECT_LT(worst_subnormal, 1.0);
}

TEST(Log, IsWithinOneUnitInTheLastPlace) {
    std::mt19937_64 random(2);
    double worst = 0;
    const auto check = [&worst](double x) {
        worst = std::max(worst, ulps(math::log(x), std::log(static_cast<long double>(x))));
    };
    for (std::size_t i = 0; i < samples(); ++i) {
        // Any positive finite number, subnormal ones too; numbers of every size near 1; prices.
        check(std::bit_cast<double>(1 +
                                    random() % (std::bit_cast<std::uint64_t>(Limits::max()) - 1)));
        check(1.0 + uniform(random, -1.0, 1.0) * std::ldexp(1.0, -static_cast<int>(i % 53) - 1));
        check(uniform(random, 0.6, 1.5));
        check(uniform(random, 1e-8, 1e5));
        check(std::bit_cast<double>(1 + random() % (std::uint64_t{1} << 52)));
    }
    std::printf("worst error of log: %.4f ulp\n", worst);
    EXPECT_LT(worst, 0.6);
}

TEST(Log, IsWithinOneUnitAtEveryEdgeOfItsTable) {
    double worst = 0;
    for (std::uint64_t i = 0; i <= 128; ++i) {
        const std::uint64_t edge = 0x3fe6000000000000 + (i << 45);
        for (std::uint64_t step = 0; step < 2'000; ++step) {
            const double x = std::bit_cast<double>(edge - 1'000 + step);
            worst = std::max(worst, ulps(math::log(x), std::log(static_cast<long double>(x))));
        }
    }
    EXPECT_LT(worst, 0.6);
}

TEST(Exp, SpecialValues) {
    EXPECT_TRUE(std::isnan(math::exp(Limits::quiet_NaN())));
    EXPECT_EQ(math::exp(0.0), 1.0);
    EXPECT_EQ(math::exp(-0.0), 1.0);
    EXPECT_EQ(math::exp(Limits::infinity()), Limits::infinity());
    EXPECT_EQ(math::exp(-Limits::infinity()), 0.0);
    EXPECT_EQ(math::exp(Limits::denorm_min()), 1.0);
    EXPECT_EQ(math::exp(Limits::max()), Limits::infinity());
    EXPECT_EQ(math::exp(Limits::lowest()), 0.0);
    // The last finite result, and the first that is not.
    EXPECT_LT(math::exp(0x1.62e42fefa39efp+9), Limits::infinity());
    EXPECT_GT(math::exp(0x1.62e42fefa39efp+9), 0.999999 * Limits::max());
    EXPECT_EQ(math::exp(0x1.62e42fefa39f0p+9), Limits::infinity());
    // The smallest subnormal, and zero.
    EXPECT_EQ(math::exp(-745.1), Limits::denorm_min());
    EXPECT_EQ(math::exp(-745.14), 0.0);
    EXPECT_EQ(math::exp(1.0), 0x1.5bf0a8b145769p+1);
}

TEST(Log, SpecialValues) {
    EXPECT_TRUE(std::isnan(math::log(Limits::quiet_NaN())));
    EXPECT_TRUE(std::isnan(math::log(-1.0)));
    EXPECT_TRUE(std::isnan(math::log(-Limits::denorm_min())));
    EXPECT_TRUE(std::isnan(math::log(-Limits::infinity())));
    EXPECT_EQ(math::log(0.0), -Limits::infinity());
    EXPECT_EQ(math::log(-0.0), -Limits::infinity());
    EXPECT_EQ(math::log(Limits::infinity()), Limits::infinity());
    EXPECT_EQ(std::bit_cast<std::uint64_t>(math::log(1.0)), 0U);  // plus zero
    EXPECT_EQ(math::log(2.0), 0x1.62e42fefa39efp-1);
    EXPECT_EQ(math::log(Limits::max()), 0x1.62e42fefa39efp+9);
    EXPECT_LT(ulps(math::log(Limits::denorm_min()), -744.4400719213812062L), 0.6);
}

TEST(ExpLog, UndoEachOther) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 10'000; ++i) {
        const double x = uniform(random, 0.01, 100'000.0);
        EXPECT_NEAR(math::exp(math::log(x)) / x, 1.0, 1e-14);
    }
}

TEST(ExpLog, TheTablesHoldWhatTheySay) {
    for (std::size_t j = 0; j < math::powers_of_two.size(); ++j) {
        const long double want = std::exp2(static_cast<long double>(j) / 64);
        const long double got = static_cast<long double>(math::powers_of_two[j].high) +
                                static_cast<long double>(math::powers_of_two[j].low);
        EXPECT_LE(std::fabs(got - want), want * 0x1p-62L) << j;
        EXPECT_LE(std::fabs(math::powers_of_two[j].low), math::powers_of_two[j].high * 0x1p-53);
    }
    for (std::size_t i = 0; i < math::reciprocals.size(); ++i) {
        const math::Reciprocal& row = math::reciprocals[i];
        EXPECT_EQ(row.c * 512, std::floor(row.c * 512)) << i;
        EXPECT_EQ(row.high * 0x1p42, std::floor(row.high * 0x1p42)) << i;
        const long double want = -std::log(static_cast<long double>(row.c));
        const long double got = static_cast<long double>(row.high) + row.low;
        EXPECT_LE(std::fabs(got - want), 0x1p-63L) << i;
    }
}

// The inputs are made without any floating-point function, so that the hash speaks of exp and log
// alone. It is equal in every preset and with every compiler; change it only with the functions.
TEST(ExpLog, GivesTheSameBitsInEveryPresetAndCompiler) {
    StateHasher hasher;
    std::uint64_t state = 1;
    for (int i = 0; i < 500'000; ++i) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        // Exponents of both signs up to +-2^10 for exp; every positive double for log.
        const std::uint64_t sign = (state >> 63) << 63;
        const std::uint64_t exponent = 990 + (state >> 32) % 43;
        const std::uint64_t mantissa = (state * 0x9e3779b97f4a7c15ULL) >> 12;
        hasher.add(math::exp(std::bit_cast<double>(sign | exponent << 52 | mantissa)));
        hasher.add(math::log(std::bit_cast<double>((state ^ mantissa) % 0x7ff0000000000000ULL)));
    }
    EXPECT_EQ(hasher.value(), 0xc8628e6057dcd52fULL);
}

}  // namespace
}  // namespace portcullis::engine
