// wire_to_wire: the venue writes a tick to its socket -> the venue has read the order that it
// caused. Two TLS websockets on the loopback and the whole engine between them, beside the same
// connections with a fixed answer and beside bare TCP, in one run.
#include <algorithm>
#include <map>
#include <utility>

#include "bench/turns.hpp"
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
         return wire_engine(count,
                            WireEngine{.transport = "websocketpp", .limits = {}, .at_end = {}});
     }},
    {"wire_to_wire.echo", wire_echo},
    {"wire_to_wire.tcp", wire_tcp},
};

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
    for (const auto& [name, of] : {std::pair{"wire_to_wire.per_echo", "wire_to_wire.echo"},
                                   std::pair{"wire_to_wire.per_tcp", "wire_to_wire.tcp"}}) {
        if (runs.contains("wire_to_wire") && runs.contains(of)) {
            add_ratio_of_turns(bench, name, runs.at("wire_to_wire"), runs.at(of));
        }
    }
    for (const auto& [name, all] : runs) {
        bench.add(name, all);
    }
}

}  // namespace portcullis::bench
