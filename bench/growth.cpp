// The axes but for the load (growth_load.cpp), the table and the run of it all.
#include "bench/growth.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <map>

#include "bench/gate_rig.hpp"
#include "bench/growth_rig.hpp"
#include "bench/heap.hpp"
#include "bench/scratch.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t growth_warm_up = 5'000;  ///< messages of each instrument
constexpr int growth_turns = 3;

struct CrowdSamples {
    Ticks first, acting, quiet, timers;
    std::uint64_t heap{};
    std::size_t resting{};
};

std::size_t messages_measured(const Bench& bench, std::size_t full) {
    return bench.quick() ? 2'000 : full;
}

/// One turn: every instrument hears a run of messages, one after the other; the first few
/// instruments are measured. A run of no time is one message, and each finds its lines as all the
/// others have left them; in a longer one they are warm.
CrowdSamples crowd_turn(gateways::Signer& signer, const Crowd& crowd, std::uint16_t measured,
                        engine::DurationNs run, const std::vector<RecordedMessage>& messages) {
    CrowdSamples out;
    const std::size_t room = messages.size() * measured;
    for (auto* samples : {&out.first, &out.acting, &out.quiet}) {
        samples->reserve(room);
    }
    auto line = std::make_unique<GrowthLine>(signer, crowd);
    line->start(messages.front().receive_ns);
    const auto hear = [&](std::size_t m, std::uint16_t i) {
        const bool asked =
            m >= growth_warm_up && i < measured && messages[m].stream == Stream::book_ticker;
        line->take(messages[m], i, [&](auto&& cause) {
            const std::uint64_t requests = line->venue().requests;
            const std::uint64_t heap = heap_calls();
            const std::uint64_t begin = ticks_before();
            cause();
            const std::uint64_t spent = ticks_after() - begin;
            if (!asked) {
                return;
            }
            out.heap += heap_calls() - heap;
            (line->venue().requests != requests ? out.acting : out.quiet).push_back(spent);
            if (line->venue().first_order_frame != 0) {
                out.first.push_back(line->venue().first_order_frame - begin);
            }
        });
        line->answers();
        line->idle();
    };
    for (std::size_t from = 0, end = 0; from < messages.size(); from = end) {
        const std::int64_t until = messages[from].receive_ns + run.value;
        for (end = from + 1; end < messages.size() && messages[end].receive_ns < until;) {
            ++end;
        }
        for (std::uint16_t i = 0; i < crowd.instruments; ++i) {
            for (std::size_t m = from; m < end; ++m) {
                if (i == 0) {
                    const std::uint64_t begin = ticks_before();
                    const bool timed = line->keep_time(messages[m]);
                    const std::uint64_t spent = ticks_after() - begin;
                    if (timed && m >= growth_warm_up) {
                        out.timers.push_back(spent);
                    }
                }
                hear(m, i);
            }
        }
    }
    line->check();
    require(!heap_counted || out.heap == 0, "the hot path calls the heap");
    out.resting = line->venue().resting();
    require(out.resting >= crowd.strategies, "not every strategy has an order");
    return out;
}

/// Keeps in `best` the one of the lower median.
void keep_better(Ticks& best, Ticks ticks) {
    const auto median = [](Ticks of) {
        const auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
        std::nth_element(of.begin(), middle, of.end());
        return *middle;
    };
    if (!ticks.empty() && (best.empty() || median(ticks) < median(best))) {
        best = std::move(ticks);
    }
}

/// Each of the crowds, in turns.
std::vector<CrowdSamples> crowds_in_turns(const Bench& bench, gateways::Signer& signer,
                                          const std::vector<Crowd>& crowds, bool first_only,
                                          engine::DurationNs run,
                                          const std::vector<RecordedMessage>& messages) {
    std::vector<CrowdSamples> best(crowds.size());
    for (int turn = 0; turn < (bench.quick() ? 1 : growth_turns); ++turn) {
        for (std::size_t i = 0; i < crowds.size(); ++i) {
            const std::uint16_t measured =
                first_only ? std::uint16_t{1}
                           : std::min<std::uint16_t>(crowds[i].instruments, crowds[i].strategies);
            CrowdSamples samples = crowd_turn(signer, crowds[i], measured, run, messages);
            best[i].resting = samples.resting;
            keep_better(best[i].first, std::move(samples.first));
            keep_better(best[i].acting, std::move(samples.acting));
            keep_better(best[i].quiet, std::move(samples.quiet));
            keep_better(best[i].timers, std::move(samples.timers));
        }
    }
    return best;
}

void add_point(GrowthCurve& curve, double x, double ns) {
    curve.points.emplace_back(x, std::max(ns, 1.0));
}

}  // namespace

double percentile(const Bench& bench, std::vector<std::uint64_t> ticks, double share) {
    require(!ticks.empty(), "a point has no samples");
    const auto rank = std::min(ticks.size() - 1,
                               static_cast<std::size_t>(share * static_cast<double>(ticks.size())));
    const auto middle = ticks.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(ticks.begin(), middle, ticks.end());
    const std::uint64_t empty = bench.empty_pair();
    return static_cast<double>(*middle > empty ? *middle - empty : 0) * bench.ns_per_tick();
}

GrowthPanel grow_instruments(Bench& bench, gateways::Signer& signer) {
    const auto messages = load_recording(growth_warm_up + messages_measured(bench, 40'000));
    const std::vector<Crowd> crowds{{1, 1}, {10, 10}, {100, 100}, {1'000, 192}};
    // Each message to all of them: what a tick needs was last in the cache a thousand books ago.
    const auto cold = crowds_in_turns(bench, signer, crowds, false, {}, messages);
    // All of a hundredth of a second to one: it needs what the message before has left. (Longer,
    // and the others would be too late for the watch that holds tickers against their books.)
    const auto warm =
        crowds_in_turns(bench, signer, crowds, true, engine::milliseconds(10), messages);
    GrowthPanel panel{"Instruments, a strategy each (192 at most)", "instruments", {}, {}};
    panel.curves = {{"warm p50", {}},    {"warm p99", {}},      {"in turn p50", {}},
                    {"in turn p99", {}}, {"no action p50", {}}, {"timer p50", {}}};
    for (std::size_t i = 0; i < crowds.size(); ++i) {
        const double x = crowds[i].instruments;
        add_point(panel.curves[0], x, percentile(bench, warm[i].first, 0.5));
        add_point(panel.curves[1], x, percentile(bench, warm[i].first, 0.99));
        add_point(panel.curves[2], x, percentile(bench, cold[i].first, 0.5));
        add_point(panel.curves[3], x, percentile(bench, cold[i].first, 0.99));
        add_point(panel.curves[4], x, percentile(bench, cold[i].quiet, 0.5));
        add_point(panel.curves[5], x, percentile(bench, warm[i].timers, 0.5));
    }
    return panel;
}

GrowthPanel grow_strategies(Bench& bench, gateways::Signer& signer) {
    const auto messages = load_recording(growth_warm_up + messages_measured(bench, 90'000));
    const std::vector<Crowd> crowds{{1, 1}, {1, 4}, {1, 16}};
    const auto samples = crowds_in_turns(bench, signer, crowds, false, {}, messages);
    GrowthPanel panel{"Strategies on one instrument, six orders each", "strategies", {}, {}};
    panel.curves = {{"first order p50", {}}, {"all frames p50", {}}, {"no action p50", {}}};
    for (std::size_t i = 0; i < crowds.size(); ++i) {
        const double x = crowds[i].strategies;
        add_point(panel.curves[0], x, percentile(bench, samples[i].first, 0.5));
        add_point(panel.curves[1], x, percentile(bench, samples[i].acting, 0.5));
        add_point(panel.curves[2], x, percentile(bench, samples[i].quiet, 0.5));
    }
    return panel;
}

GrowthPanel grow_levels(Bench& bench, gateways::Signer& signer) {
    constexpr std::size_t levels_most = 40;
    const auto messages = load_recording(growth_warm_up + messages_measured(bench, 500'000));
    std::array<std::vector<std::uint64_t>, levels_most + 1> samples;
    for (int turn = 0; turn < (bench.quick() ? 1 : growth_turns); ++turn) {
        auto line = std::make_unique<GrowthLine>(signer, Crowd{});
        line->start(messages.front().receive_ns);
        for (std::size_t m = 0; m < messages.size(); ++m) {
            line->keep_time(messages[m]);
            std::uint64_t spent = 0;
            line->take(messages[m], 0, [&](auto&& run) {
                const std::uint64_t begin = ticks_before();
                run();
                spent = ticks_after() - begin;
            });
            line->answers();
            line->idle();
            if (m < growth_warm_up || messages[m].stream != Stream::depth) {
                continue;
            }
            std::size_t levels = 0;
            const std::string_view text = messages[m].text();
            for (std::size_t at = text.find("[\""); at != std::string_view::npos;
                 at = text.find("[\"", at + 1)) {
                ++levels;
            }
            if (levels >= 1 && levels <= levels_most) {
                samples[levels].push_back(spent);
            }
        }
        line->check();
    }
    GrowthPanel panel{"Levels of a depth message, through the whole line", "levels", {}, {}};
    panel.curves = {{"p50", {}}};
    for (std::size_t levels = 1; levels <= levels_most; ++levels) {
        if (!samples[levels].empty()) {
            add_point(panel.curves[0], static_cast<double>(levels),
                      percentile(bench, samples[levels], 0.5));
        }
    }
    require(panel.curves[0].points.size() >= levels_most / 2, "too few depth messages");
    return panel;
}

GrowthPanel grow_orders(Bench& bench, gateways::Signer& signer) {
    GrowthPanel panel{"Orders open in the engine", "open orders", {}, {}};
    panel.curves = {
        {"tick_to_order p50", {}}, {"no action p50", {}}, {"gate p50", {}}, {"p99", {}}};
    const auto messages = load_recording(growth_warm_up + messages_measured(bench, 30'000));
    const std::vector<Crowd> crowds{
        {192, 1, 5, 16}, {192, 4, 5, 16}, {192, 32, 5, 16}, {192, 192, 5, 16}};
    const auto lines = crowds_in_turns(bench, signer, crowds, true, {}, messages);
    for (const CrowdSamples& line : lines) {
        const auto x = static_cast<double>(line.resting);
        add_point(panel.curves[0], x, percentile(bench, line.first, 0.5));
        add_point(panel.curves[1], x, percentile(bench, line.quiet, 0.5));
    }
    for (const std::uint16_t resting :
         std::initializer_list<std::uint16_t>{10, 100, 1'000, 10'000, 16'383}) {
        static_assert(risk::orders_ceiling == 16'384, "the last one is the most there can be");
        WorkingGate world(resting, [] {
            risk::GateConfig config = gate_config();
            constexpr std::int64_t orders = risk::orders_ceiling;
            constexpr std::int64_t order_micro = 5'000'000'000;
            const risk::WindowSet windows = windows_of(50'000, 50'000, 500'000);
            risk::FirmLimits& firm = config.limits.firm;
            firm.gross_exposure_micro_max = 200'000'000'000'000;
            firm.orders_open_max = orders;
            firm.windows = windows;
            config.limits.venue[0] = {orders, order_micro, windows};
            config.limits.account[0].windows = windows;
            config.limits.instrument[0].windows = windows;
            config.limits.instrument[0].orders_open_max = orders;
            config.limits.instrument[0].collar_bps_max = 100;
            config.limits.instrument[0].position_atoms_max = 1'000'000'000'000;
            risk::StrategyLimits& strategy = config.limits.strategy[0];
            strategy.orders_open_max = orders;
            strategy.windows = windows;
            return config;
        }());
        std::vector<std::uint64_t> samples(bench.count(100'000));
        for (std::uint64_t& spent : samples) {
            world.now = world.now + engine::milliseconds(10);
            engine::ReviewContext context = context_at(world.now);
            context.slot = resting;
            const std::uint64_t sequence = ++world.sequence;
            const auto order =
                order_of(sequence, 5, sequence % 2 == 0 ? engine::Side::buy : engine::Side::sell);
            const std::uint64_t begin = ticks_before();
            const auto verdict = world.gate->review(order, context);
            spent = ticks_after() - begin;
            require(verdict.ok(), "the gate denies what it must approve");
            world.gate->on_closed(context.slot);
            world.gate->tidy(world.now);
        }
        require(world.gate->exposure().consistent(), "the gate's sums disagree");
        add_point(panel.curves[2], resting, percentile(bench, samples, 0.5));
        add_point(panel.curves[3], resting, percentile(bench, samples, 0.99));
    }
    return panel;
}

void print_panel(const GrowthPanel& panel) {
    std::map<double, std::vector<double>> rows;
    std::printf("\n%s\n%14s", panel.title.c_str(), panel.unit.c_str());
    for (std::size_t i = 0; i < panel.curves.size(); ++i) {
        std::printf(" %18s", panel.curves[i].name.c_str());
        for (const auto& [x, ns] : panel.curves[i].points) {
            std::vector<double>& row = rows[x];
            row.resize(panel.curves.size());
            row[i] = ns;
        }
    }
    std::printf("  (ns)\n");
    for (const auto& [x, row] : rows) {
        std::printf("%14.0f", x);
        for (const double ns : row) {
            ns > 0 ? std::printf(" %18.0f", ns) : std::printf(" %18s", "-");
        }
        std::printf("\n");
    }
    if (panel.knee) {
        std::printf("knee: p99 is more than ten times its least at %.0f\n", *panel.knee);
    }
}

bool bench_growth(Bench& bench, const std::string& plot_path) {
    const Scratch scratch;
    make_key(scratch.path + "/key.pem");
    auto signer = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    require(signer.ok(), "the key file is refused");
    std::printf("%s\n", bench.machine().c_str());
    std::vector<GrowthPanel> panels;
    for (const auto grow :
         {grow_instruments, grow_strategies, grow_levels, grow_orders, grow_load}) {
        panels.push_back(grow(bench, *signer.value()));
        print_panel(panels.back());
        std::fflush(stdout);
    }
    const auto& first = panels.front().curves.front().points;
    std::printf("\ntick_to_order with %.0f instruments, lines warm: %.2f times that with one\n",
                first.back().first, first.back().second / first.front().second);
    std::ofstream file(plot_path);
    file << growth_svg("Cost as the work grows. " + bench.machine(), panels);
    file.close();
    return bool(file);
}

}  // namespace portcullis::bench
