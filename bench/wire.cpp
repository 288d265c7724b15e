// wire_to_wire: the venue writes a tick to its socket -> the venue has read the order that it
// caused. Two TLS websockets on the loopback and the whole engine between them, beside the same
// connections with a fixed answer and beside bare TCP, in one run.
#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

#include "bench/wire_engine.hpp"

namespace portcullis::bench {
namespace {

struct WireRow {
    const char* name;
    WireSamples (*run)(std::size_t count);
};
constexpr WireRow wire_rows[] = {
    {"wire_to_wire", [](std::size_t count) { return wire_engine(count, {}); }},
    {"wire_to_wire.websocketpp",
     [](std::size_t count) {
         return wire_engine(count, WireEngine{.transport = "websocketpp", .at_end = {}});
     }},
    {"wire_to_wire.echo", wire_echo},
    {"wire_to_wire.tcp", wire_tcp},
};

double median_of(WireSamples samples) {
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    return static_cast<double>(*middle);
}

/// Turn by turn: what one row and the other found one after the other. A turn in which a median is
/// over a millisecond says what other programs had of the processors, and nothing of either row.
std::vector<double> medians_divided(const Runs& these, const Runs& those, double ns_per_tick) {
    constexpr double stolen_ns = 1e6;
    std::vector<double> ratios;
    for (std::size_t i = 0; i < these.size(); ++i) {
        const double one = median_of(these[i]);
        const double other = median_of(those.at(i));
        if (std::max(one, other) * ns_per_tick < stolen_ns) {
            ratios.push_back(one / other);
        }
    }
    return ratios;
}

}  // namespace

void bench_wire(Bench& bench) {
    if (!bench.any("wire_to_wire")) {
        return;
    }
    const std::size_t count = std::max<std::size_t>(bench.count(2'000), 50);
    std::map<std::string, Runs> runs;
    for (std::size_t run = 0; run < bench.slow_runs(); ++run) {  // in turns: all see the same
        for (const WireRow& row : wire_rows) {
            if (bench.wanted(row.name)) {
                runs[row.name].push_back(row.run(count));
            }
        }
    }
    const std::tuple<const char*, const char*, double> ratios[] = {
        {"wire_to_wire.per_echo", "wire_to_wire.echo", 1.15},
        {"wire_to_wire.per_tcp", "wire_to_wire.tcp", 1.5}};
    for (const auto& [name, of, bar] : ratios) {
        if (!runs.contains("wire_to_wire") || !runs.contains(of)) {
            continue;
        }
        auto found = medians_divided(runs.at("wire_to_wire"), runs.at(of), bench.ns_per_tick());
        if (found.empty()) {
            std::fprintf(stderr, "%s: not measured, the threads were not run\n", name);
        } else {
            bench.figure(name, std::move(found), "times", {Bar::Kind::at_most, bar});
        }
    }
    for (const auto& [name, all] : runs) {
        bench.add(name, all);
    }
}

}  // namespace portcullis::bench
