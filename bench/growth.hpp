// growth: what work costs as there is more of it, as a table and as a plot.
//
// Apart from the rows of the harness: what is asked here is how a cost changes, so that each point
// is measured beside its neighbours, in turns in one process, and the ratio is what counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness.hpp"
#include "bench/recorded.hpp"
#include "gateways/net/signer.hpp"

namespace portcullis::bench {

struct GrowthCurve {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< what there is of it, ns
};

struct GrowthPanel {
    std::string title;
    std::string unit;  ///< of x
    std::vector<GrowthCurve> curves;
    std::optional<double> knee;  ///< x of it
};

/// Percentile of samples, less the empty pair, in ns. Requires: there are some.
[[nodiscard]] double percentile(const Bench& bench, std::vector<std::uint64_t> ticks, double share);
/// A panel's part of the table.
void print_panel(const GrowthPanel& panel);

[[nodiscard]] GrowthPanel grow_instruments(Bench& bench, gateways::Signer& signer);
[[nodiscard]] GrowthPanel grow_strategies(Bench& bench, gateways::Signer& signer);
[[nodiscard]] GrowthPanel grow_levels(Bench& bench, gateways::Signer& signer);
[[nodiscard]] GrowthPanel grow_orders(Bench& bench, gateways::Signer& signer);
[[nodiscard]] GrowthPanel grow_load(Bench& bench, gateways::Signer& signer);

/// Panels of both axes logarithmic.
[[nodiscard]] std::string growth_svg(const std::string& title,
                                     const std::vector<GrowthPanel>& panels);
/// All of it: prints the table, writes the plot. False: it cannot be written.
[[nodiscard]] bool bench_growth(Bench& bench, const std::string& plot_path);

}  // namespace portcullis::bench
