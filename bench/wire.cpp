// wire_to_wire: the venue writes a tick to its socket -> the venue has read the order that it
// caused. Two TLS websockets on the loopback and the whole engine between them, beside the same
// connections with a fixed answer and beside bare TCP, in one run.
#include <algorithm>
#include <map>
#include <tuple>

#include "bench/wire_line.hpp"

namespace portcullis::bench {
namespace {

struct WireRow {
    const char* name;
    WireSamples (*run)(std::size_t count);
};
constexpr WireRow wire_rows[] = {
    {"wire_to_wire", [](std::size_t count) { return wire_engine(count, "native"); }},
    {"wire_to_wire.websocketpp",
     [](std::size_t count) { return wire_engine(count, "websocketpp"); }},
    {"wire_to_wire.echo", wire_echo},
    {"wire_to_wire.tcp", wire_tcp},
};

}  // namespace

void bench_wire(Bench& bench) {
    if (!bench.any("wire_to_wire")) {
        return;
    }
    const std::size_t count = std::max<std::size_t>(bench.count(2'000), 50);
    std::map<std::string, WireSamples> best;
    const int runs = bench.quick() ? 1 : Bench::runs;
    for (int run = 0; run < runs; ++run) {  // one after the other, so that all see the same
        for (const WireRow& row : wire_rows) {
            if (bench.wanted(row.name)) {
                Bench::keep_better(best[row.name], row.run(count));
            }
        }
    }
    const auto median = [&best](const char* name) {
        WireSamples sorted = best.at(name);
        std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
        return static_cast<double>(sorted[sorted.size() / 2]);
    };
    const std::tuple<const char*, const char*, double> ratios[] = {
        {"wire_to_wire.per_echo", "wire_to_wire.echo", 1.15},
        {"wire_to_wire.per_tcp", "wire_to_wire.tcp", 1.5}};
    for (const auto& [name, of, bar] : ratios) {
        if (best.contains("wire_to_wire") && best.contains(of)) {
            bench.figure(name, median("wire_to_wire") / median(of), "times",
                         {Bar::Kind::at_most, bar});
        }
    }
    for (auto& [name, samples] : best) {
        bench.add(name, std::move(samples));
    }
}

}  // namespace portcullis::bench
