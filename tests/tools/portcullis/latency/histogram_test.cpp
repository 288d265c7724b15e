// The latency histogram against a table of its edges, against the sorted samples themselves, and
// while another thread reads it.
#include "tools/portcullis/latency/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace portcullis::tools {
namespace {

constexpr std::int64_t highest = LatencyBuckets::highest;

LatencyCounts counts_of(const std::vector<std::int64_t>& samples) {
    const auto histogram = std::make_unique<LatencyHistogram>();
    for (const std::int64_t sample : samples) {
        histogram->record(sample);
    }
    LatencyCounts counts;
    histogram->read(counts);
    return counts;
}

// The naive twin: every sample is kept.
std::int64_t twin_at(std::vector<std::int64_t> samples, std::uint64_t rank) {
    std::sort(samples.begin(), samples.end());
    return samples[rank - 1];
}

std::vector<std::int64_t> random_samples(std::mt19937_64& random, std::size_t count) {
    std::vector<std::int64_t> samples(count);
    for (std::int64_t& sample : samples) {
        sample = static_cast<std::int64_t>(random() >> (28 + random() % 36));
    }
    return samples;
}

struct EdgeRow {
    std::int64_t sample;
    std::int64_t told;  ///< with a larger sample beside it, so that the maximum hides nothing
};
constexpr EdgeRow edge_rows[]{
    {INT64_MIN, 0},          // clocks of two threads
    {-1, 0},                 // ... that met the other way round
    {0, 0},                  //
    {1, 1},                  //
    {127, 127},              //
    {128, 128},              //
    {255, 255},              // the last that has a bucket of its own
    {256, 257},              // two values each
    {257, 257},              //
    {258, 259},              //
    {511, 511},              //
    {512, 515},              // four
    {515, 515},              //
    {516, 519},              //
    {1'000, 1'003},          //
    {65'535, 65'535},        //
    {65'536, 66'047},        //
    {1'000'000, 1'003'519},  //
    {highest - 1, highest},  //
    {highest, highest},      // the end of the range
};

TEST(LatencyHistogram, TellsASampleByTheHighestValueOfItsBucket) {
    for (const EdgeRow& row : edge_rows) {
        const LatencyCounts counts = counts_of({row.sample, INT64_MAX});
        EXPECT_EQ(counts.n, 2U) << row.sample;
        EXPECT_EQ(counts.at_rank(1), row.told) << row.sample;
        EXPECT_EQ(counts.buckets[LatencyBuckets::beyond], 1U) << row.sample;
    }
}

TEST(LatencyHistogram, CountsWhatIsBeyondItsRangeAndKeepsTheMaximumExact) {
    for (const std::int64_t sample : {highest + 1, highest + 2, 2 * highest, INT64_MAX}) {
        const LatencySummary one = counts_of({5, sample}).summary();
        EXPECT_EQ(one.n, 2U);
        EXPECT_EQ(one.beyond, 1U);
        EXPECT_EQ(one.p50_ns, 5);
        EXPECT_EQ(one.p99_ns, sample);
        EXPECT_EQ(one.max_ns, sample);
    }
    EXPECT_EQ(counts_of({highest}).summary().beyond, 0U);
}

TEST(LatencyHistogram, NoBucketIsWiderThanA128thOfWhatIsInIt) {
    for (std::size_t bucket = 0; bucket < LatencyBuckets::beyond; ++bucket) {
        const std::uint64_t upper = LatencyBuckets::upper(bucket);
        const std::uint64_t lower = bucket == 0 ? 0 : LatencyBuckets::upper(bucket - 1) + 1;
        ASSERT_EQ(LatencyBuckets::of(upper), bucket);
        ASSERT_EQ(LatencyBuckets::of(lower), bucket);
        ASSERT_EQ(LatencyBuckets::of(upper + 1), bucket + 1);
        ASSERT_TRUE(upper == lower || (upper - lower) * 128 < lower) << bucket;
    }
}

TEST(LatencyHistogram, NothingMeasuredIsAllZero) {
    const LatencySummary none = counts_of({}).summary();
    EXPECT_EQ(none.n, 0U);
    EXPECT_EQ(none.p50_ns, 0);
    EXPECT_EQ(none.p999_ns, 0);
    EXPECT_EQ(none.max_ns, 0);
}

TEST(LatencyHistogram, OneSampleIsEveryPercentileOfItself) {
    for (const std::int64_t sample : {std::int64_t{0}, std::int64_t{31}, std::int64_t{1'000},
                                      std::int64_t{2'059'500}, highest, INT64_MAX}) {
        const LatencySummary one = counts_of({sample}).summary();
        EXPECT_EQ(one.n, 1U);
        for (const std::int64_t told :
             {one.p50_ns, one.p90_ns, one.p99_ns, one.p999_ns, one.max_ns}) {
            EXPECT_EQ(told, sample);
        }
    }
}

TEST(LatencyHistogram, PercentilesLieBetweenTheirSampleAndA128thAboveItAndTheMaximum) {
    constexpr unsigned seed = 20261127;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    for (const std::size_t count : {1U, 2U, 9U, 10U, 11U, 999U, 1000U, 1001U, 20'000U}) {
        const auto samples = random_samples(random, count);
        const LatencyCounts counts = counts_of(samples);
        const LatencySummary told = counts.summary();
        EXPECT_EQ(told.n, count);
        EXPECT_EQ(told.max_ns, twin_at(samples, count));
        const auto check = [&](std::int64_t value, std::uint64_t permille) {
            const std::int64_t sample = twin_at(samples, (count * permille + 999) / 1000);
            EXPECT_GE(value, sample) << count << " samples, " << permille;
            EXPECT_LE(value, std::min(sample + sample / 128, told.max_ns)) << count << permille;
        };
        check(told.p50_ns, 500);
        check(told.p90_ns, 900);
        check(told.p99_ns, 990);
        check(told.p999_ns, 999);
        for (const std::uint64_t rank : {std::uint64_t{1}, (count + 1) / 2, std::uint64_t{count}}) {
            const std::int64_t sample = twin_at(samples, rank);
            EXPECT_GE(counts.at_rank(rank), sample);
            EXPECT_LE(counts.at_rank(rank), sample + sample / 128);
        }
    }
}

TEST(LatencyHistogram, WhatCameSinceAnEarlierCopyIsTheSamplesSince) {
    std::mt19937_64 random(7);
    const auto histogram = std::make_unique<LatencyHistogram>();
    const auto before = random_samples(random, 5'000);
    const auto after = random_samples(random, 3'000);
    LatencyCounts earlier;
    LatencyCounts later;
    for (const std::int64_t sample : before) {
        histogram->record(sample);
    }
    histogram->read(earlier);
    for (const std::int64_t sample : after) {
        histogram->record(sample);
    }
    histogram->read(later);
    const LatencyCounts since = later.since(earlier);
    EXPECT_EQ(since.buckets, counts_of(after).buckets);
    EXPECT_EQ(since.n, after.size());
    const std::int64_t most = twin_at(after, after.size());
    EXPECT_GE(since.max_ns, most);
    EXPECT_LE(since.max_ns, most + most / 128);
    EXPECT_EQ(later.since(later).summary().max_ns, 0);
}

// What a reader holds is a state that could have been: it only grows, each sum is that of its own
// counts, and no sample is above the maximum beside it.
TEST(LatencyHistogram, AReaderOfAnotherThreadSeesCountsThatGrowAndAMaximumThatFits) {
    const auto histogram = std::make_unique<LatencyHistogram>();
    constexpr std::int64_t samples = 200'000;
    std::thread writer([&histogram] {
        for (std::int64_t i = 1; i <= samples; ++i) {
            histogram->record(i * 1'000);
        }
    });
    auto now = std::make_unique<LatencyCounts>();
    auto before = std::make_unique<LatencyCounts>();
    while (before->n < samples) {
        histogram->read(*now);
        ASSERT_GE(now->n, before->n);
        ASSERT_EQ(now->since(*before).n, now->n - before->n);
        if (now->n != 0) {
            // The n-th sample is n thousand: the highest bucket that is counted says which came.
            std::size_t top = LatencyBuckets::beyond;
            while (now->buckets[top] == 0) {
                --top;
            }
            ASSERT_LE(LatencyBuckets::of(static_cast<std::uint64_t>(now->max_ns)),
                      LatencyBuckets::beyond);
            ASSERT_GE(LatencyBuckets::of(static_cast<std::uint64_t>(now->max_ns)), top);
        }
        std::swap(now, before);
    }
    writer.join();
    EXPECT_EQ(before->max_ns, samples * 1'000);
}

}  // namespace
}  // namespace portcullis::tools
