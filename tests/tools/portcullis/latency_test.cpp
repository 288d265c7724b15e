// The tick-to-order histogram against the sorted samples themselves: a percentile is never below
// the sample that it stands for, at most 3 % above it, and never above the maximum beside it.
#include "tools/portcullis/trade/latency.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace portcullis::tools {
namespace {

LatencySummary summary_of(const std::vector<std::int64_t>& samples) {
    const auto histogram = std::make_unique<LatencyHistogram>();
    for (const std::int64_t sample : samples) {
        histogram->add(sample);
    }
    return histogram->summary();
}

TEST(Latency, NothingMeasuredIsAllZero) {
    const LatencySummary none = summary_of({});
    EXPECT_EQ(none.n, 0U);
    EXPECT_EQ(none.p50_ns, 0);
    EXPECT_EQ(none.p999_ns, 0);
    EXPECT_EQ(none.max_ns, 0);
}

TEST(Latency, OneSampleIsEveryPercentileOfItself) {
    for (const std::int64_t sample :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{31}, std::int64_t{32}, std::int64_t{33},
          std::int64_t{1000}, std::int64_t{2'059'500}, INT64_MAX}) {
        const LatencySummary one = summary_of({sample});
        EXPECT_EQ(one.n, 1U);
        EXPECT_EQ(one.p50_ns, sample);
        EXPECT_EQ(one.p99_ns, sample);
        EXPECT_EQ(one.p999_ns, sample);
        EXPECT_EQ(one.max_ns, sample);
    }
}

TEST(Latency, ANegativeSampleCountsAsZero) {
    const LatencySummary negative = summary_of({-1, INT64_MIN});
    EXPECT_EQ(negative.n, 2U);
    EXPECT_EQ(negative.max_ns, 0);
    EXPECT_EQ(negative.p999_ns, 0);
}

TEST(Latency, PercentilesLieBetweenTheirSampleAndThreePercentAboveItAndTheMaximum) {
    constexpr unsigned seed = 20261125;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    for (const std::size_t count : {1U, 2U, 10U, 999U, 1000U, 1001U, 20'000U}) {
        std::vector<std::int64_t> samples(count);
        for (std::int64_t& sample : samples) {
            sample = static_cast<std::int64_t>(random() >> (2 + random() % 61));
        }
        const LatencySummary told = summary_of(samples);
        std::sort(samples.begin(), samples.end());
        EXPECT_EQ(told.n, count);
        EXPECT_EQ(told.max_ns, samples.back());
        const auto check = [&](std::int64_t value, std::size_t permille) {
            const std::int64_t sample = samples[(count * permille + 999) / 1000 - 1];
            EXPECT_GE(value, sample) << count << " samples, " << permille;
            EXPECT_LE(value, std::min(sample + sample / 32, told.max_ns))
                << count << ' ' << permille;
        };
        check(told.p50_ns, 500);
        check(told.p99_ns, 990);
        check(told.p999_ns, 999);
    }
}

}  // namespace
}  // namespace portcullis::tools
