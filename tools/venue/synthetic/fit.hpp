// fit: a recording in, the parameters of a synthetic market like it out, and how like it is.
//
// Measures the recording, writes the parameters, lives a synthetic day of the same length by them,
// measures that with the same ruler, and says the distances. What is not measured is not fitted:
// see README.md for what the flow leaves out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/synthetic/measure.hpp"
#include "tools/venue/synthetic/parameters.hpp"

namespace portcullis::tools::venue {

struct FitOptions {
    std::string recording;
    std::string filters;  ///< the symbol's sidecar; empty: beside the recording
    std::string parameters_file;
    std::string plot_file;
    std::uint64_t seed{1};
};

/// One line of the report: a distribution, both medians, and the distance.
struct FitRow {
    std::string what;
    std::int64_t real_median{}, synthetic_median{};
    std::int64_t distance_e4{};  ///< Kolmogorov and Smirnov's
};

struct FitReport {
    std::vector<FitRow> rows;
    [[nodiscard]] std::string text() const;
};

/// Lives a day by the parameters and measures it.
[[nodiscard]] engine::Outcome measure_synthetic(const FlowParameters& parameters,
                                                std::uint64_t seed, std::int64_t span_us,
                                                Measure& measure);
/// Writes both files.
[[nodiscard]] engine::Result<FitReport> fit(const FitOptions& options);

}  // namespace portcullis::tools::venue
