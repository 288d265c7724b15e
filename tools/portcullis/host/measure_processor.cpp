// Calls, gaps, naps and wake-ups. See measure.hpp.
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <ctime>
#include <thread>

#include "tools/portcullis/cpus.hpp"
#include "tools/portcullis/host/measure.hpp"
#include "tools/portcullis/host/system.hpp"

namespace portcullis::tools {
namespace {

constexpr std::uint32_t wake_ups_count = 400;
constexpr std::uint32_t no_more_turns = ~std::uint32_t{0};
constexpr std::int64_t wake_ups_last_ns = 1'000'000'000;  // a loaded machine has fewer

std::int64_t clock_now_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Median over batches of what one call takes.
template <class Call>
double call_ns(Call call) {
    constexpr int batches = 101;
    constexpr int calls = 200;
    std::vector<std::int64_t> samples;
    for (int batch = 0; batch < batches; ++batch) {
        const std::int64_t begun = clock_now_ns();
        for (int i = 0; i < calls; ++i) {
            call();
        }
        samples.push_back(clock_now_ns() - begun);
    }
    return static_cast<double>(spread_of(std::move(samples)).p50) / calls;
}

Spread nap_spread(int slack_ns) {
    (void)::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_ns), 0, 0, 0);
    std::vector<std::int64_t> samples;
    for (int i = 0; i < 300; ++i) {
        const timespec nap{0, 5'000};
        const std::int64_t begun = clock_now_ns();
        ::nanosleep(&nap, nullptr);
        samples.push_back(clock_now_ns() - begun);
    }
    return spread_of(std::move(samples));
}

void futex(std::atomic<std::uint32_t>& word, int what, std::uint32_t value) noexcept {
    (void)::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), what | FUTEX_PRIVATE_FLAG,
                    value, nullptr, nullptr, 0);
}

// The waker leaves the time at which it stored `turn`; the sleeper subtracts it. A third of a
// millisecond lies between two turns, so that the sleeper does sleep.
Spread wake_up_spread(const CpuPair& cpus, bool blocked) {
    std::atomic<std::uint32_t> turn{0};
    std::atomic<std::uint32_t> seen{0};
    std::atomic<std::int64_t> stored_ns{0};
    std::vector<std::int64_t> samples;
    samples.reserve(wake_ups_count);
    const PinnedHere near(cpus.near);
    std::thread sleeper([&] {
        const PinnedHere far(cpus.far);
        for (std::uint32_t expected = 1; expected <= wake_ups_count; ++expected) {
            // acquire: pairs with the store of the turn; stored_ns is of this turn.
            for (std::uint32_t now = 0; (now = turn.load(std::memory_order_acquire)) != expected;) {
                if (now == no_more_turns) {
                    return;
                }
                if (blocked) {
                    futex(turn, FUTEX_WAIT, expected - 1);
                } else {
                    _mm_pause();
                }
            }
            // relaxed: ordered by the turn's acquire
            samples.push_back(clock_now_ns() - stored_ns.load(std::memory_order_relaxed));
            seen.store(expected, std::memory_order_release);  // release: ends this turn
        }
    });
    const auto pass = [&](std::uint32_t next) {
        turn.store(next, std::memory_order_release);  // release: stored_ns
        if (blocked) {
            futex(turn, FUTEX_WAKE, 1);
        }
    };
    const std::int64_t begun = clock_now_ns();
    for (std::uint32_t next = 1; next <= wake_ups_count; ++next) {
        const std::int64_t from = clock_now_ns();
        if (from - begun > wake_ups_last_ns) {
            pass(no_more_turns);
            break;
        }
        while (clock_now_ns() - from < 300'000) {
            _mm_pause();
        }
        stored_ns.store(clock_now_ns(), std::memory_order_relaxed);  // relaxed: the turn publishes
        pass(next);
        // acquire: the turn is over before the next begins
        while (seen.load(std::memory_order_acquire) != next) {
            std::this_thread::yield();
        }
    }
    sleeper.join();
    return spread_of(std::move(samples));
}

}  // namespace

Spread spread_of(std::vector<std::int64_t> samples) {
    if (samples.empty()) {
        return {};
    }
    std::sort(samples.begin(), samples.end());
    const auto at = [&](std::size_t percent) {
        return samples[std::min(samples.size() - 1, samples.size() * percent / 100)];
    };
    return {samples.front(), at(50), at(99), samples.back(), samples.size()};
}

CallCosts measure_calls() {
    CallCosts costs;
    std::uint64_t sink = 0;
    costs.rdtsc_ns = call_ns([&] { sink += __rdtsc(); });
    costs.clock_ns = call_ns([&] { sink += static_cast<std::uint64_t>(clock_now_ns()); });
    costs.system_call_ns =
        call_ns([&] { sink += static_cast<std::uint64_t>(::syscall(SYS_getppid)); });
    std::int64_t step = LLONG_MAX;
    for (int i = 0; i < 20'000; ++i) {
        const std::int64_t first = clock_now_ns();
        std::int64_t second = first;
        while (second == first) {
            second = clock_now_ns();
        }
        step = std::min(step, second - first);
    }
    costs.clock_step_ns = step;
    return sink == 0 ? CallCosts{} : costs;
}

void Gaps::add(std::int64_t ns) noexcept {
    largest_ns = std::max(largest_ns, ns);
    for (std::size_t i = edges_ns.size(); i-- > 0;) {
        if (ns >= edges_ns[i]) {
            ++counts[i];
            lost_ns += ns;
            return;
        }
    }
}

std::size_t Gaps::total() const noexcept {
    std::size_t all = 0;
    for (const std::size_t count : counts) {
        all += count;
    }
    return all;
}

Gaps measure_gaps(int cpu, std::int64_t duration_ns) {
    Gaps gaps;
    std::thread([&] {
        const PinnedHere pinned(cpu);
        gaps.cpu = pinned.ok() ? cpu : -1;
        const std::int64_t begun = clock_now_ns();
        std::int64_t last = begun;
        while (last - begun < duration_ns) {
            const std::int64_t now = clock_now_ns();
            gaps.add(now - last);
            last = now;
        }
        gaps.spun_ns = last - begun;
    }).join();
    return gaps;
}

Naps measure_naps() {
    Naps naps;
    std::thread([&] {  // whose slack ends with it
        naps.slack_default = nap_spread(timer_slack_default_ns);
        naps.slack_least = nap_spread(1);
    })
        .join();
    return naps;
}

engine::Result<WakeUps> measure_wake_ups(const CpuPair& cpus) {
    WakeUps wake_ups;
    wake_ups.spinning = wake_up_spread(cpus, false);
    wake_ups.blocked = wake_up_spread(cpus, true);
    if (wake_ups.spinning.count == 0 || wake_ups.blocked.count == 0) {
        return engine::Error{"no turn in a second: others hold the processors"};
    }
    return wake_ups;
}

std::optional<CpuPair> pair_of(const std::vector<int>& cpus, const std::vector<int>& others) {
    CpuPair pair;
    for (const auto* list : {&cpus, &others}) {
        for (const int cpu : *list) {
            if (pair.near < 0) {
                pair.near = cpu;
            } else if (pair.far < 0 && cpu != pair.near) {
                pair.far = cpu;
            }
        }
    }
    return pair.far < 0 ? std::nullopt : std::optional<CpuPair>(pair);
}

Measured measure_host(const std::vector<int>& cpus, std::int64_t gap_duration_ns) {
    std::vector<Gaps> gaps;
    for (const int cpu : cpus) {
        gaps.push_back(measure_gaps(cpu, gap_duration_ns));
    }
    const auto pair = pair_of(cpus, cpus_inherited());
    // Two threads on one processor would wait for each other's time slice.
    const engine::Error one{"one processor: nothing to hand over to"};
    return {measure_calls(),  std::move(gaps),
            measure_memory(), pair ? measure_wake_ups(*pair) : engine::Result<WakeUps>(one),
            measure_naps(),   pair ? measure_round_trips(*pair) : engine::Result<RoundTrips>(one)};
}

}  // namespace portcullis::tools
