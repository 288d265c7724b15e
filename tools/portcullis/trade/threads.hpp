// Threads: where agents run and what a thread does when none of its agents had work.
//
// An agent is anything with do_work(); which thread it is on is the config's business and nobody
// else's, so pipeline and fused are two calls of the same function with other lists. Idling is
// either none at all (busy_poll: a core burnt for the lowest latency) or a nap that grows while
// nothing comes (blocking: for machines with fewer cores than threads). A nap and not a wait on a
// descriptor, because waking the sleeper would be a system call on the hot thread.
// Nothing else in the engine makes a thread, but for a name look-up, which has one for that call
// (gateways/net/tls_stream.hpp).
#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tools/portcullis/config.hpp"
#include "tools/portcullis/cpus.hpp"

namespace portcullis::tools {

/// One agent's share of a round. Returns how much it did.
using Work = std::function<std::size_t()>;

/// Feed, core and orders, on one thread or three; journal, connections, fetches, and the main one.
[[nodiscard]] constexpr std::size_t threads_of(Placement placement) noexcept {
    return placement == Placement::fused ? 5 : 7;
}

struct ThreadPlan {
    std::string name;  ///< at most 15 characters are shown by the system
    int cpu{-1};
    Idle idle{Idle::blocking};
    std::vector<Work> work;
};

/// What `by_machine` comes to: blocking where the threads of that placement do not all have a
/// processor: a thread that never sleeps would hold one that another needs. `unpinned` is where
/// threads run that no pin sends elsewhere; empty, unknown: blocking.
[[nodiscard]] inline Idle idle_here(const EngineSettings& engine, const CpuSet& unpinned) {
    if (engine.idle != Idle::by_machine) {
        return engine.idle;
    }
    const bool fused = engine.placement == Placement::fused;
    std::set<int> processors(unpinned.begin(), unpinned.end());
    for (const int cpu : {engine.cpus.core, engine.cpus.journal, engine.cpus.control,
                          fused ? -1 : engine.cpus.feed, fused ? -1 : engine.cpus.orders}) {
        if (cpu >= 0) {
            processors.insert(cpu);
        }
    }
    return processors.size() < threads_of(engine.placement) ? Idle::blocking : Idle::busy_poll;
}

/// Grows from a spin to a nap of `nap_us_max` microseconds.
class Napper {
public:
    explicit Napper(Idle idle) noexcept : idle_(idle) {}
    void worked() noexcept { rounds_ = 0; }
    void idle() noexcept {
        if (idle_ == Idle::busy_poll) {
            __builtin_ia32_pause();
            return;
        }
        if (++rounds_ < spin_rounds) {
            __builtin_ia32_pause();
            return;
        }
        const auto steps = static_cast<long>(rounds_ - spin_rounds);
        const long nap_us = steps * 5 < nap_us_max ? 5 + steps * 5 : nap_us_max;
        const timespec nap{0, nap_us * 1000};
        nanosleep(&nap, nullptr);
    }

private:
    static constexpr std::size_t spin_rounds = 50;
    static constexpr long nap_us_max = 200;
    Idle idle_;
    std::size_t rounds_{};
};

/// Touches what a thread of ours may come to use of its stack: none of it costs a fault later.
inline constexpr std::size_t stack_prefault_bytes = 128 * 1024;
[[gnu::noinline]] inline void prefault_stack() noexcept {
    char stack[stack_prefault_bytes];
    for (std::size_t at = 0; at < stack_prefault_bytes; at += 4096) {
        static_cast<volatile char&>(stack[at]) = 0;
    }
}

/// The running threads. Stops and joins them when destroyed.
class Threads {
public:
    Threads() = default;
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads() { stop(); }

    /// Of those that are started from here on.
    void prefault_stacks() { prefault_stacks_ = true; }
    void start(ThreadPlan plan) {
        threads_.emplace_back([this, plan = std::move(plan)] { run(plan); });
    }
    /// Ends every thread after its round; returns when all have ended.
    void stop() {
        stopping_.store(true, std::memory_order_relaxed);  // relaxed: nothing else hangs on it
        for (std::thread& thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
        threads_.clear();
    }

private:
    void run(const ThreadPlan& plan) {
        pthread_setname_np(pthread_self(), plan.name.substr(0, 15).c_str());
        if (plan.cpu >= 0) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(static_cast<unsigned>(plan.cpu), &set);
            // Checked at the start (config.hpp). One that went since leaves the thread where the
            // system puts it: to trade on is better than to stop over that.
            const int error = pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
            if (error != 0) {
                std::fprintf(stderr, "thread %s: not pinned to processor %d: %s\n",
                             plan.name.c_str(), plan.cpu, std::strerror(error));
            }
        }
        if (prefault_stacks_) {
            prefault_stack();
        }
        Napper napper(plan.idle);
        // relaxed: the threads are joined before anything that they wrote is read.
        while (!stopping_.load(std::memory_order_relaxed)) {
            std::size_t done = 0;
            for (const Work& work : plan.work) {
                done += work();
            }
            if (done == 0) {
                napper.idle();
            } else {
                napper.worked();
            }
        }
    }

    std::atomic<bool> stopping_{false};
    bool prefault_stacks_{};  // set before the threads that read it are made
    std::vector<std::thread> threads_;
};

}  // namespace portcullis::tools
