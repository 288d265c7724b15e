// What the rows of wire_to_wire have in common: the venue's loop that sends a tick and waits for
// the order, threads, and where they run. One file measures the engine (wire_engine.cpp), one what
// it is held against (wire_alternatives.cpp).
#pragma once

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "bench/harness.hpp"
#include "bench/venue_rig.hpp"
#include "bench/wire_venue.hpp"

namespace portcullis::bench {

inline constexpr std::int64_t settle_ns =
    3'000'000;  // answers, events, and the strategy's own pace
inline constexpr std::int64_t patience_ns = 20'000'000'000;  // bounds failures only
/// The first two processors that this process may use: the venue's and the engine's. One machine
/// with one: nothing is pinned.
struct Processors {
    int venue{-1};
    int engine{-1};
};

inline Processors processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    require(::sched_getaffinity(0, sizeof set, &set) == 0, "no affinity");
    Processors found;
    for (int cpu = 0; cpu < CPU_SETSIZE && found.engine < 0; ++cpu) {
        if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) {
            (found.venue < 0 ? found.venue : found.engine) = cpu;
        }
    }
    return found.engine < 0 ? Processors{} : found;
}

inline void pin(int cpu) {
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<unsigned>(cpu), &set);
        require(::sched_setaffinity(0, sizeof set, &set) == 0, "a thread cannot be pinned");
    }
}

/// The thread's processors are afterwards what they were.
class KeepAffinity {
public:
    KeepAffinity() { (void)::sched_getaffinity(0, sizeof before_, &before_); }
    ~KeepAffinity() { (void)::sched_setaffinity(0, sizeof before_, &before_); }
    KeepAffinity(const KeepAffinity&) = delete;
    KeepAffinity& operator=(const KeepAffinity&) = delete;

private:
    cpu_set_t before_{};
};

/// Runs `round` until it is destroyed, on a thread of its own.
class Worker {
public:
    template <class Round>
    Worker(int cpu, Round round)
        : thread_([this, cpu, round]() mutable {
              pin(cpu);
              while (
                  !stop_.load(std::memory_order_relaxed)) {  // relaxed: joined before more is read
                  round();
              }
          }) {}
    ~Worker() {
        stop_.store(true, std::memory_order_relaxed);  // relaxed: as above
        thread_.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// Sends ticks and waits for what they cause; the thread of the venue.
class TickLine {
public:
    explicit TickLine(WireServer& server) : server_(server), exchange_(server) {}

    [[nodiscard]] WireExchange& exchange() noexcept { return exchange_; }
    /// Serves the connections until `done` or the patience ends.
    template <class Done>
    void serve_until(Done done, const char* or_else) {
        const std::int64_t end = steady_ns() + patience_ns;
        while (!done()) {
            server_.poll([this](WireLink& from, std::string_view text) { on_text(from, text); });
            require(steady_ns() < end, or_else);
        }
    }
    void serve_for(std::int64_t ns) {
        const std::int64_t end = steady_ns() + ns;
        serve_until([end] { return steady_ns() >= end; }, "");
    }
    /// One tick: from before its bytes are handed to TLS to the whole of the first order.
    /// `answers`: an engine is there, and its orders are answered.
    std::uint64_t tick(WireLink& market, WireLink& orders) {
        const std::string text = exchange_.next_ticker();
        first_ = 0;
        const std::uint64_t begin = ticks_before();
        server_.send(market, text);
        const std::int64_t end = steady_ns() + patience_ns;
        for (std::uint64_t looks = 0; first_ == 0; ++looks) {
            server_.poll(orders,
                         [this](WireLink& from, std::string_view what) { on_text(from, what); });
            require(looks % 65'536 != 0 || steady_ns() < end, "a tick caused no order");
        }
        return first_ - begin;
    }
    bool fixed{};  ///< any text is an order, and none is answered

private:
    void on_text(WireLink& from, std::string_view text) {
        const bool order = fixed || text.find(R"("method":"order.)") != std::string_view::npos;
        if (order && first_ == 0) {
            first_ = ticks_after();
        }
        if (!fixed) {
            exchange_.on_text(from, text);
        }
    }

    WireServer& server_;
    WireExchange exchange_;
    std::uint64_t first_{};
};

using WireSamples = std::vector<std::uint64_t>;

/// One run each, of `count` ticks (wire_engine.hpp: the whole engine).
/// The same two TLS connections, the same thread and the running agent of a journal; no engine.
[[nodiscard]] WireSamples wire_echo(std::size_t count);
/// The same texts over bare TCP: no TLS, no frames.
[[nodiscard]] WireSamples wire_tcp(std::size_t count);

}  // namespace portcullis::bench
