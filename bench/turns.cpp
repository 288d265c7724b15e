#include "bench/turns.hpp"

#include <algorithm>
#include <cstdio>

namespace portcullis::bench {
namespace {

constexpr double not_run_ns = 1e6;
constexpr std::size_t least_turns = 3;

double median_of_turn(Ticks samples) {
    require(!samples.empty(), "a turn has no samples");
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    return static_cast<double>(*middle);
}

}  // namespace

void add_ratio_of_turns(Bench& bench, const std::string& name, const Runs& these,
                        const Runs& reference) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < these.size(); ++i) {
        const double other = median_of_turn(reference.at(i));
        if (other * bench.ns_per_tick() < not_run_ns) {
            ratios.push_back(median_of_turn(these[i]) / other);
        }
    }
    const std::string turns =
        std::to_string(ratios.size()) + " of " + std::to_string(these.size()) + " turns";
    if (ratios.size() < (bench.quick() ? 1 : least_turns)) {
        std::fprintf(stderr, "%s: not measured, the reference was run in %s\n", name.c_str(),
                     turns.c_str());
        return;
    }
    bench.figure(name, std::move(ratios), "times (" + turns + ")");
}

}  // namespace portcullis::bench
