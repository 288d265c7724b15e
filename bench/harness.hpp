// Harness: times an operation and keeps every sample, because the tail is what we ask about.
//
// Google Benchmark reports means over batches, in which one slow call in a thousand disappears.
// Here each call is timed by the processor's counter between fences, less the median empty pair;
// calls below about 20 ns are timed in batches and divided, so their rows tell of batch means. Each
// row is run five times, and of the runs, by median (where medians are equal, by p99 and max), the
// best and the middle one are told: what the machine can do, and what it does. `only` limits what
// is run by prefix of the row's name.
#pragma once

#include <x86intrin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/bars.hpp"

namespace portcullis::bench {

struct Options {
    bool quick{};
    std::string json;
    std::string only;
    double margin{};  ///< 0: no figure is held to its bar; 1: each is; 10: to a tenth of it
};

using Ticks = std::vector<std::uint64_t>;  ///< the samples of one run
using Runs = std::vector<Ticks>;           ///< of one row

/// One run of a row, in ns.
struct Percentiles {
    double p50{}, p99{}, p999{}, max{};
    /// Up to the max: (share of the samples that took no longer, ns).
    std::vector<std::pair<double, double>> curve;
};

struct Row {
    std::string name;
    Percentiles best, median;
    std::size_t n{};  ///< samples of the median run
};

struct Figure {
    std::string name;
    double best{}, median{};
    std::string unit;
};

inline std::uint64_t ticks_before() noexcept {
    _mm_lfence();
    const std::uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
}
inline std::uint64_t ticks_after() noexcept {
    unsigned core = 0;
    const std::uint64_t ticks = __rdtscp(&core);
    _mm_lfence();
    return ticks;
}

/// Keeps `value` from being optimized away.
template <class T>
inline void keep(const T& value) noexcept {
    asm volatile("" : : "r"(&value) : "memory");
}

/// Ends the program with a message: a figure of something wrong is worse than none.
void require(bool holds, const char* what);

class Bench {
public:
    explicit Bench(Options options);

    [[nodiscard]] bool wanted(std::string_view name) const;
    /// Whether any row beginning with `prefix` can be wanted.
    [[nodiscard]] bool any(std::string_view prefix) const;
    [[nodiscard]] std::size_t count(std::size_t full) const;
    /// How often a row is run.
    [[nodiscard]] std::size_t runs() const { return options_.quick ? 3 : 5; }
    /// How often one that takes seconds each time is.
    [[nodiscard]] std::size_t slow_runs() const { return options_.quick ? 1 : 5; }
    /// Adds a row. Each sample is of `batch` operations.
    void add(const std::string& name, const Runs& runs, std::size_t batch = 1);
    /// The same where sample i of each run is of operations[i] operations, at least one.
    void add(const std::string& name, const Runs& runs,
             const std::vector<std::uint32_t>& operations);
    /// The same of samples in ns.
    void add_in_ns(const std::string& name, std::vector<std::vector<double>> runs);
    /// A figure that is no time of a call, of as many runs; which of them is the best, its bar says
    /// (bars.cpp). Of an even number the middle is the worse of the two.
    void figure(const std::string& name, std::vector<double> values, const std::string& unit);
    /// Why a figure is not to be had here, so that check() does not miss it.
    void not_measured(const std::string& name, const std::string& why);
    /// The figures that are one row divided by another, once the rows are there.
    void add_ratios();
    /// Holds each row and figure that a bar is for and that is wanted to its bar, eased by
    /// `margin`, and says how it did. False: one misses it or was not measured, or there was none
    /// to hold.
    [[nodiscard]] bool check() const;
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }
    [[nodiscard]] bool quick() const { return options_.quick; }
    [[nodiscard]] double ns_per_tick() const { return ns_per_tick_; }
    /// What two readings of the counter say of nothing, in ticks.
    [[nodiscard]] std::uint64_t empty_pair() const { return empty_pair_; }
    [[nodiscard]] const std::string& machine() const { return machine_; }
    void print() const;
    [[nodiscard]] bool write_json() const;

    /// Times prepare(i) not, op(i) yes.
    template <class Prepare, class Op>
    void each(const std::string& name, std::size_t full, Prepare prepare, Op op,
              std::size_t batch = 1) {
        if (!wanted(name)) {
            return;
        }
        Runs all(runs());
        for (Ticks& ticks : all) {
            ticks.resize(count(full));
            for (std::size_t i = 0; i < ticks.size(); ++i) {
                prepare(i);
                const std::uint64_t begin = ticks_before();
                for (std::size_t j = 0; j < batch; ++j) {
                    op(i * batch + j);
                }
                ticks[i] = ticks_after() - begin;
            }
        }
        add(name, all, batch);
    }

private:
    [[nodiscard]] double net_ns(std::uint64_t ticks) const;
    [[nodiscard]] std::optional<double> found(const Asked& asked) const;
    void print_rows() const;

    Options options_;
    std::string machine_;
    double ns_per_tick_{};
    std::uint64_t empty_pair_{};
    std::vector<Row> rows_;
    std::vector<Figure> figures_;
    std::vector<std::pair<std::string, std::string>> not_measured_;  ///< name, why
};

void bench_small(Bench& bench);
void bench_latency(Bench& bench);
void bench_ring(Bench& bench);
void bench_seqlock(Bench& bench);
void bench_decode(Bench& bench);
void bench_decode_report(Bench& bench);
void bench_book(Bench& bench);
void bench_gate(Bench& bench);
void bench_orders(Bench& bench);
void bench_journal(Bench& bench);
void bench_tick(Bench& bench);
void bench_throughput(Bench& bench);
void bench_framing(Bench& bench);
void bench_transport(Bench& bench);
void bench_wire(Bench& bench);
void bench_loopback(Bench& bench);
void bench_venue(Bench& bench);

}  // namespace portcullis::bench
