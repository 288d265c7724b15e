// LatencyHistogram: how long something took, all of it, in a table that one thread fills and any
// thread may read.
//
// Log-linear, as HdrHistogram has it: whole nanoseconds to 255, then 128 buckets to each power of
// two up to a minute, and one for all that is beyond. So a percentile is told with less than 1 % of
// error wherever it lies, a sample costs one index and two stores, and the table never grows. A
// mean hides what matters, and keeping every sample is for benches.
//
// Writer: one thread, named where the histogram is a member. Readers: any; no lock, nothing torn:
// each count is one word, and who has read a count sees a maximum that is not below its samples.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/types/verify.hpp"

namespace portcullis::tools {

/// The buckets: pure arithmetic. A value is told by the highest that its bucket holds.
struct LatencyBuckets {
    static constexpr unsigned sub_bits = 7;
    static constexpr std::uint64_t sub_count = std::uint64_t{1} << sub_bits;
    static constexpr unsigned range_bits = 36;
    /// 68.7 s. What is above is counted in the last bucket.
    static constexpr std::uint64_t highest = (std::uint64_t{1} << range_bits) - 1;
    static constexpr std::size_t beyond = (range_bits - sub_bits + 1) * sub_count;
    static constexpr std::size_t count = beyond + 1;

    [[nodiscard]] static constexpr std::size_t of(std::uint64_t ns) noexcept {
        if (ns > highest) {
            return beyond;
        }
        // As far as 255 the shift is 0: those buckets hold one value each.
        const auto shift = static_cast<unsigned>(std::bit_width(ns | (2 * sub_count - 1))) - 8;
        static_assert(sub_bits + 1 == 8);
        return static_cast<std::size_t>((shift << sub_bits) + (ns >> shift));
    }
    /// Requires: a bucket that is not `beyond`.
    [[nodiscard]] static constexpr std::uint64_t upper(std::size_t bucket) noexcept {
        engine::verify(bucket < beyond);
        const std::size_t shift = bucket < 2 * sub_count ? 0 : bucket / sub_count - 1;
        return ((bucket - shift * sub_count + 1) << shift) - 1;
    }
};
static_assert(LatencyBuckets::of(LatencyBuckets::highest) + 1 == LatencyBuckets::beyond);
static_assert(LatencyBuckets::upper(LatencyBuckets::beyond - 1) == LatencyBuckets::highest);

/// What people ask of a histogram.
struct LatencySummary {
    std::uint64_t n{};
    std::int64_t p50_ns{};
    std::int64_t p90_ns{};
    std::int64_t p99_ns{};
    std::int64_t p999_ns{};
    std::int64_t max_ns{};
    std::uint64_t beyond{};  ///< of n: above LatencyBuckets::highest
};

/// A copy that holds still. 30 KB: not for a stack of a hot thread.
struct LatencyCounts {
    std::array<std::uint64_t, LatencyBuckets::count> buckets{};
    std::uint64_t n{};
    std::int64_t max_ns{};

    /// The value that `rank` samples do not exceed, within the error; never above the maximum.
    /// Requires: rank from 1 to n.
    [[nodiscard]] std::int64_t at_rank(std::uint64_t rank) const noexcept {
        engine::verify(rank >= 1);
        engine::verify(rank <= n);
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < LatencyBuckets::beyond; ++i) {
            seen += buckets[i];
            if (seen >= rank) {
                return std::min(static_cast<std::int64_t>(LatencyBuckets::upper(i)), max_ns);
            }
        }
        return max_ns;
    }
    [[nodiscard]] LatencySummary summary() const noexcept {
        if (n == 0) {
            return {};
        }
        const auto share = [this](std::uint64_t permille) {
            return at_rank((n * permille + 999) / 1000);
        };
        return {n,
                share(500),
                share(900),
                share(990),
                share(999),
                max_ns,
                buckets[LatencyBuckets::beyond]};
    }
    /// What came after `earlier`. The maximum is then that of its highest bucket.
    /// Requires: `earlier` was read from the same histogram before.
    [[nodiscard]] LatencyCounts since(const LatencyCounts& earlier) const noexcept {
        LatencyCounts later;
        std::size_t top = 0;
        for (std::size_t i = 0; i < LatencyBuckets::count; ++i) {
            engine::verify(buckets[i] >= earlier.buckets[i]);
            later.buckets[i] = buckets[i] - earlier.buckets[i];
            later.n += later.buckets[i];
            top = later.buckets[i] != 0 ? i : top;
        }
        if (later.n != 0) {
            later.max_ns =
                top == LatencyBuckets::beyond
                    ? max_ns
                    : std::min(static_cast<std::int64_t>(LatencyBuckets::upper(top)), max_ns);
        }
        return later;
    }
};

// Invariants: 1. a value that is told is not below its sample, and above it by less than a 128th of
// it; 2. every sample is counted, those beyond the range too; 3. counts only grow.
class LatencyHistogram {
public:
    /// Below 0 counts as 0: clocks of two threads meet within some nanoseconds.
    void record(std::int64_t ns) noexcept {
        const std::uint64_t value = ns > 0 ? static_cast<std::uint64_t>(ns) : 0;
        // relaxed: only this thread writes. A locked increment would guard it from nobody.
        if (value > max_.load(std::memory_order_relaxed)) {
            max_.store(value, std::memory_order_relaxed);
        }
        std::atomic<std::uint64_t>& count = buckets_[LatencyBuckets::of(value)];
        // relaxed: only this thread writes. release: who counts this sample sees a maximum that is
        // not below it.
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    void read(LatencyCounts& into) const noexcept {
        into.n = 0;
        for (std::size_t i = 0; i < LatencyBuckets::count; ++i) {
            // acquire: see record().
            into.buckets[i] = buckets_[i].load(std::memory_order_acquire);
            into.n += into.buckets[i];
        }
        // relaxed: ordered behind the counts by their acquire.
        into.max_ns = static_cast<std::int64_t>(max_.load(std::memory_order_relaxed));
    }

private:
    std::array<std::atomic<std::uint64_t>, LatencyBuckets::count> buckets_{};
    std::atomic<std::uint64_t> max_{0};
};

}  // namespace portcullis::tools
