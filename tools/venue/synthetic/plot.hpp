// plot: two samples beside each other as an SVG, because one number says less than two curves do.
// Text in, text out. Doubles are fine here: nothing is decided by what is drawn.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::tools::venue {

/// A curve of points that rise in x; x is drawn on a logarithmic scale, y from 0 to 1.
struct Curve {
    std::vector<std::pair<double, double>> points;
};

struct Panel {
    std::string title;
    std::string unit;  ///< of x
    Curve real, synthetic;
};

/// The share of samples at or below each value, as at most 200 points. Requires: sorted.
[[nodiscard]] Curve distribution(const std::vector<std::int64_t>& sorted, double unit);
[[nodiscard]] std::string plot_svg(const std::string& title, const std::vector<Panel>& panels);

}  // namespace portcullis::tools::venue
