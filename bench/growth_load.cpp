// Latency against offered load, open loop: message i is due at i / rate, whether or not the one
// before it is done, and its latency counts from there. So a line that is late says so, where one
// that is only asked when it is free would not.
//
// The clock stands still while the thread is not run: a gap of over 10 us between two looks at the
// counter with nothing in between, or a message of over 100 us, is another program's, and its 4 ms
// would be every p99. How much that was is printed; of an idle machine it is nothing.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "bench/growth.hpp"
#include "bench/growth_rig.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t load_warm_up = 5'000;
constexpr std::size_t load_messages = 30'000;  ///< ids for their orders are made before
constexpr double timer_ns = 10e6;
constexpr double gap_ns = 10e3;       ///< of a thread that only waits
constexpr double stopped_ns = 100e3;  ///< of one that handles a message

struct LoadTurn {
    std::vector<std::uint64_t> latency;
    double ns{};       ///< from the first message's time to the last one's end
    double stopped{};  ///< the share of the time that was another program's
};

/// The counter, less the time in which the thread was not run.
class OwnClock {
public:
    explicit OwnClock(const Bench& bench)
        : gap_(static_cast<std::uint64_t>(gap_ns / bench.ns_per_tick())),
          stopped_(static_cast<std::uint64_t>(stopped_ns / bench.ns_per_tick())) {}
    [[nodiscard]] std::uint64_t now() const { return ticks_after() - lost_; }
    void wait_until(std::uint64_t due) {
        std::uint64_t before = __rdtsc();
        while (before - lost_ < due) {
            _mm_pause();
            const std::uint64_t after = __rdtsc();
            lost_ += after - before > gap_ ? after - before : 0;
            before = after;
        }
    }
    /// False: the thread was not run for a part of what began then; it took no time.
    bool handled_since(std::uint64_t began) {
        const std::uint64_t spent = now() - began;
        lost_ += spent > stopped_ ? spent : 0;
        return spent <= stopped_;
    }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
    std::uint64_t gap_, stopped_, lost_{};
};

LoadTurn load_turn(const Bench& bench, gateways::Signer& signer, double rate, std::size_t count,
                   const std::vector<RecordedMessage>& messages) {
    const double recorded_s =
        1e-9 * static_cast<double>(messages.back().receive_ns - messages[load_warm_up].receive_ns);
    Crowd crowd;
    crowd.hurry =
        std::max(1.0, rate * recorded_s / static_cast<double>(messages.size() - load_warm_up));
    const auto line = std::make_unique<GrowthLine>(signer, crowd);
    line->start(messages.front().receive_ns);
    for (std::size_t i = 0; i < load_warm_up; ++i) {
        line->keep_time(messages[i]);
        line->take(messages[i], 0, [](auto&& run) { run(); });
        line->answers();
    }
    const double step = 1e9 / rate / bench.ns_per_tick();
    const auto period = static_cast<std::uint64_t>(timer_ns / bench.ns_per_tick());
    LoadTurn turn;
    turn.latency.reserve(count);
    OwnClock clock(bench);
    const std::uint64_t begin = clock.now() + period / 100;
    std::uint64_t timer = begin + period;
    std::uint64_t done = begin;
    for (std::size_t i = 0; i < count; ++i) {
        const RecordedMessage& message = messages[load_warm_up + i];
        const std::uint64_t due = begin + static_cast<std::uint64_t>(step * static_cast<double>(i));
        if (clock.now() < due) {
            line->idle();
        }
        clock.wait_until(due);
        const std::uint64_t began = clock.now();
        if (began >= timer) {
            timer += period;
            line->timer(message);
        }
        line->take(message, 0, [](auto&& run) { run(); });
        done = clock.now();
        const std::uint64_t latency = done - due;
        line->answers();
        if (clock.handled_since(began)) {
            turn.latency.push_back(latency);
        }
    }
    line->check();
    turn.ns = static_cast<double>(done - begin) * bench.ns_per_tick();
    turn.stopped =
        static_cast<double>(clock.lost()) / static_cast<double>(clock.lost() + (done - begin));
    require(!turn.latency.empty(), "other programs left no message");
    return turn;
}

}  // namespace

GrowthPanel grow_load(Bench& bench, gateways::Signer& signer) {
    GrowthPanel panel{"Latency from when a message is due, open loop", "messages/s", {}, {}};
    panel.curves = {{"p50", {}}, {"p99", {}}, {"p99.9", {}}};
    const auto messages = load_recording(load_warm_up + load_messages);
    const double seconds = bench.quick() ? 0.05 : 1;
    double least = 0;
    for (const double rate :
         {1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1.5e6, 2e6, 3e6, 5e6, 1e7}) {
        const std::size_t count =
            std::min(messages.size() - load_warm_up, static_cast<std::size_t>(rate * seconds));
        LoadTurn best;
        double p99 = 0;
        for (int i = 0; i < (bench.quick() ? 1 : 3); ++i) {
            LoadTurn turn = load_turn(bench, signer, rate, count, messages);
            const double found = percentile(bench, turn.latency, 0.99);
            if (best.latency.empty() || found < p99) {
                p99 = found;
                best = std::move(turn);
            }
        }
        std::fprintf(stderr, "load %.0f/s: %.0f %% of the time was other programs'\n", rate,
                     100 * best.stopped);
        least = least == 0 ? p99 : std::min(least, p99);
        panel.curves[0].points.emplace_back(rate, percentile(bench, best.latency, 0.5));
        panel.curves[1].points.emplace_back(rate, p99);
        panel.curves[2].points.emplace_back(rate, percentile(bench, best.latency, 0.999));
        if (!panel.knee && p99 > 10 * least) {
            panel.knee = rate;
        }
        const double carried = 1e9 * static_cast<double>(count) / best.ns;
        if (carried < 0.9 * rate && count == load_messages) {
            std::fprintf(stderr, "saturated at %.0f messages/s: %.0f are carried\n", rate, carried);
            break;
        }
    }
    return panel;
}

}  // namespace portcullis::bench
