// Harness: times an operation and keeps every sample, because the tail is what we ask about.
//
// Google Benchmark reports means over batches, in which one slow call in a thousand disappears.
// Here each call is timed by the processor's counter between fences, less the median empty pair;
// calls below about 20 ns are timed in batches and divided, so their rows tell of batch means. Each
// row is the best of three runs by median. `only` limits what is run by prefix of the row's name.
#pragma once

#include <x86intrin.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bench {

struct Options {
    bool quick{};
    std::string json;
    std::string only;
    double margin{};  ///< 0: no figure is held to its bar; 1: each is; 10: to a tenth of it
};

/// What the project asks of a figure.
struct Bar {
    enum class Kind : std::uint8_t { none, at_least, less_than, at_most };
    Kind kind{Kind::none};
    double value{};
};

struct Row {
    std::string name;
    double p50{}, p99{}, p999{}, max{};
    std::size_t n{};
};

struct Figure {
    std::string name;
    double value{};
    std::string unit;
    Bar bar;
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
    /// Adds a row of samples in ticks, each of `batch` operations.
    void add(const std::string& name, std::vector<std::uint64_t> ticks, std::size_t batch = 1);
    /// The same where sample i is of operations[i] operations, at least one.
    void add(const std::string& name, const std::vector<std::uint64_t>& ticks,
             const std::vector<std::uint32_t>& operations);
    /// A figure that is no time of a call.
    void figure(const std::string& name, double value, const std::string& unit, Bar bar = {});
    /// Holds each figure with a bar, and each row whose median the project asks for, to it, eased
    /// by `margin`, and says how it did. False: one misses it, or there was none to hold.
    [[nodiscard]] bool check() const;
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
        std::vector<std::uint64_t> best;
        for (int run = 0; run < runs; ++run) {
            std::vector<std::uint64_t> ticks(count(full));
            for (std::size_t i = 0; i < ticks.size(); ++i) {
                prepare(i);
                const std::uint64_t begin = ticks_before();
                for (std::size_t j = 0; j < batch; ++j) {
                    op(i * batch + j);
                }
                ticks[i] = ticks_after() - begin;
            }
            keep_better(best, std::move(ticks));
        }
        add(name, std::move(best), batch);
    }
    static constexpr int runs = 3;
    /// Keeps in `best` the one of the lower median.
    static void keep_better(std::vector<std::uint64_t>& best, std::vector<std::uint64_t> ticks);

private:
    [[nodiscard]] double net_ns(std::uint64_t ticks) const;
    void add_sorted(const std::string& name, const std::vector<double>& ns);

    Options options_;
    std::string machine_;
    double ns_per_tick_{};
    std::uint64_t empty_pair_{};
    std::vector<Row> rows_;
    std::vector<Figure> figures_;
};

void bench_small(Bench& bench);
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
