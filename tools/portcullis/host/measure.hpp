// What this machine costs, measured now, in some five seconds: the worth of each option.
//
// Advice about hosts is full of figures from other people's machines. These are this one's, at this
// moment, with whatever else runs on it, so they are for comparing with each other and for seeing
// whether a change of the host did anything; what the engine reaches is bench/README.md's business.
// Nothing here touches what the engine uses. Called by `portcullis doctor` alone, main thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/types/result.hpp"

namespace portcullis::tools {

/// Nanoseconds; all zero where nothing could be measured.
struct Spread {
    std::int64_t best{};
    std::int64_t p50{};
    std::int64_t p99{};
    std::int64_t max{};
    std::size_t count{};
};
[[nodiscard]] Spread spread_of(std::vector<std::int64_t> samples);

/// What a call costs: batches of it, the median one.
struct CallCosts {
    double rdtsc_ns{};
    double clock_ns{};             ///< clock_gettime(CLOCK_MONOTONIC), by the vDSO where it works
    double system_call_ns{};       ///< getppid()
    std::int64_t clock_step_ns{};  ///< smallest step seen of that clock
};
[[nodiscard]] CallCosts measure_calls();

/// How long a thread that never sleeps was not running.
struct Gaps {
    static constexpr std::array<std::int64_t, 6> edges_ns{10'000,  20'000,    50'000,
                                                          100'000, 1'000'000, 10'000'000};
    int cpu{-1};  ///< -1: wherever it ran
    std::int64_t spun_ns{};
    std::int64_t largest_ns{};
    std::int64_t lost_ns{};                             ///< in all gaps of the histogram
    std::array<std::size_t, edges_ns.size()> counts{};  ///< from each edge up to the next

    /// Notes that `ns` passed between two looks at the clock.
    void add(std::int64_t ns) noexcept;
    [[nodiscard]] std::size_t total() const noexcept;
};
[[nodiscard]] Gaps measure_gaps(int cpu, std::int64_t duration_ns);

struct MemoryCosts {
    double first_touch_ns{};  ///< of a page of 4 KiB
    double touched_ns{};      ///< of one that is there, as locked memory is
    double walk_small_ns{};   ///< one load at random in 64 MiB, pages of 4 KiB
    double walk_huge_ns{};    ///< the same on pages of 2 MiB
    std::int64_t huge_kb{};   ///< how much of that did lie on huge pages
};
[[nodiscard]] engine::Result<MemoryCosts> measure_memory();

/// Two different processors, for what passes between two threads: on one of them a hand-over looks
/// faster than it is.
struct CpuPair {
    int near{-1};
    int far{-1};
};
/// The first of `cpus` and another of them or of `others`; nothing where there is no other.
[[nodiscard]] std::optional<CpuPair> pair_of(const std::vector<int>& cpus,
                                             const std::vector<int>& others);

/// From the store (or the write) of one thread to the other's running on.
struct WakeUps {
    Spread spinning;
    Spread blocked;
};
[[nodiscard]] engine::Result<WakeUps> measure_wake_ups(const CpuPair& cpus);

/// How long a nap of 5 us takes.
struct Naps {
    Spread slack_default;
    Spread slack_least;
};
[[nodiscard]] Naps measure_naps();

/// 150 bytes to an echoing thread and back, TCP on loopback.
struct RoundTrips {
    Spread spinning;
    Spread blocked;
    std::optional<Spread> busy_poll;  ///< blocked with SO_BUSY_POLL 50; nothing: not permitted
};
[[nodiscard]] engine::Result<RoundTrips> measure_round_trips(const CpuPair& cpus);

struct Measured {
    CallCosts calls;
    std::vector<Gaps> gaps;
    engine::Result<MemoryCosts> memory;
    engine::Result<WakeUps> wake_ups;
    Naps naps;
    engine::Result<RoundTrips> round_trips;
};
/// `cpus`: where to look for gaps, `gap_duration_ns` each, and between which things pass.
[[nodiscard]] Measured measure_host(const std::vector<int>& cpus, std::int64_t gap_duration_ns);

}  // namespace portcullis::tools
