// Latency: a histogram of tick-to-order that one thread fills and any thread may read.
//
// Log-linear buckets, 32 to each power of two: within 3 % of the value over the whole range, in a
// fixed table, one relaxed increment a sample. Keeping every sample is for benches; a mean hides
// what matters.
// Writer: order agent. Readers: any.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace portcullis::tools {

struct LatencySummary {
    std::uint64_t n{};
    std::int64_t p50_ns{};
    std::int64_t p99_ns{};
    std::int64_t p999_ns{};
    std::int64_t max_ns{};
};

class LatencyHistogram {
public:
    void add(std::int64_t ns) noexcept {
        const std::uint64_t value = ns > 0 ? static_cast<std::uint64_t>(ns) : 0;
        // relaxed: counters, nothing hangs on their order.
        buckets_[bucket(value)].fetch_add(1, std::memory_order_relaxed);
        if (value > max_.load(std::memory_order_relaxed)) {
            max_.store(value, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] LatencySummary summary() const noexcept {
        std::array<std::uint64_t, bucket_count> counts;
        LatencySummary result;
        // relaxed: counts, for display; a sample more or less is none the worse.
        for (std::size_t i = 0; i < bucket_count; ++i) {
            counts[i] = buckets_[i].load(std::memory_order_relaxed);
            result.n += counts[i];
        }
        // relaxed: as above.
        result.max_ns = static_cast<std::int64_t>(max_.load(std::memory_order_relaxed));
        // A bucket is told by its upper edge, which may lie beyond what was ever seen.
        result.p50_ns = std::min(quantile(counts, result.n, 500), result.max_ns);
        result.p99_ns = std::min(quantile(counts, result.n, 990), result.max_ns);
        result.p999_ns = std::min(quantile(counts, result.n, 999), result.max_ns);
        return result;
    }

private:
    static constexpr unsigned sub_bits = 5;
    static constexpr std::size_t sub_count = std::size_t{1} << sub_bits;
    static constexpr std::size_t bucket_count = (64 - sub_bits + 1) * sub_count;

    [[nodiscard]] static std::size_t bucket(std::uint64_t value) noexcept {
        if (value < sub_count) {
            return static_cast<std::size_t>(value);
        }
        const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1 - sub_bits;
        return (std::size_t{exponent} + 1) * sub_count +
               static_cast<std::size_t>((value >> exponent) - sub_count);
    }
    /// Upper edge of a bucket.
    [[nodiscard]] static std::int64_t edge(std::size_t index) noexcept {
        if (index < sub_count) {
            return static_cast<std::int64_t>(index);
        }
        const std::size_t exponent = index / sub_count - 1;
        const std::uint64_t low = (index % sub_count + sub_count) << exponent;
        return static_cast<std::int64_t>(low + ((std::uint64_t{1} << exponent) - 1));
    }
    [[nodiscard]] static std::int64_t quantile(
        const std::array<std::uint64_t, bucket_count>& counts, std::uint64_t n,
        std::uint64_t permille) noexcept {
        const std::uint64_t rank = (n * permille + 999) / 1000;
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < bucket_count; ++i) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return edge(i);
            }
        }
        return 0;
    }

    std::array<std::atomic<std::uint64_t>, bucket_count> buckets_{};
    std::atomic<std::uint64_t> max_{0};
};

}  // namespace portcullis::tools
