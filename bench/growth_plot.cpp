// The plot of bench/growth.hpp: both axes logarithmic, so that a cost that grows with its data is a
// straight line of the same slope, whatever its size.
#include <algorithm>
#include <cmath>

#include "bench/growth.hpp"
#include "tools/svg/svg.hpp"

namespace portcullis::bench {
namespace {

using tools::svg_begin;
using tools::svg_label;
using tools::svg_line;
using tools::svg_number;
using tools::svg_text;
using tools::svg_time_label;

constexpr double panel_width = 460;
constexpr double panel_height = 300;
constexpr double plot_left = 52;
constexpr double plot_top = 54;
constexpr double plot_width = panel_width - plot_left - 20;
constexpr double plot_height = panel_height - plot_top - 44;
constexpr const char* colours[] = {"#1f77b4", "#d62728", "#2ca02c",
                                   "#9467bd", "#ff7f0e", "#8c564b"};

/// Whole powers of ten that hold all of the values.
struct Decades {
    int low{}, high{};
    [[nodiscard]] double share(double value) const {
        return (std::log10(value) - low) / (high - low);
    }
};

Decades decades_of(const GrowthPanel& panel, bool vertical) {
    double least = 1e300;
    double most = 0;
    for (const GrowthCurve& curve : panel.curves) {
        for (const auto& [x, y] : curve.points) {
            least = std::min(least, vertical ? y : x);
            most = std::max(most, vertical ? y : x);
        }
    }
    require(least > 0 && most >= least, "there is nothing to draw");
    const int low = static_cast<int>(std::floor(std::log10(least)));
    return {low, std::max(low + 1, static_cast<int>(std::ceil(std::log10(most))))};
}

double plot_x(const Decades& decades, double value) {
    return plot_left + plot_width * decades.share(value);
}
double plot_y(const Decades& decades, double value) {
    return plot_top + plot_height * (1 - decades.share(value));
}

std::string grid(const Decades& across, const Decades& up) {
    std::string out;
    const std::string grey = "stroke=\"#ddd\"";
    for (int power = across.low; power <= across.high; ++power) {
        const double value = std::pow(10.0, power);
        const double x = plot_x(across, value);
        out += svg_line(x, plot_top, x, plot_top + plot_height, grey) +
               svg_text(x, plot_top + plot_height + 14, "middle", svg_label(value));
    }
    for (int power = up.low; power <= up.high; ++power) {
        const double value = std::pow(10.0, power);
        const double y = plot_y(up, value);
        out += svg_line(plot_left, y, plot_left + plot_width, y, grey) +
               svg_text(plot_left - 6, y + 4, "end", svg_time_label(value));
    }
    return out;
}

std::string draw_panel(const GrowthPanel& panel, double x, double y) {
    const Decades across = decades_of(panel, false);
    const Decades up = decades_of(panel, true);
    std::string out = "<g transform=\"translate(" + svg_number(x) + "," + svg_number(y) + ")\">\n" +
                      svg_text(plot_left, 16, "start", panel.title) + grid(across, up) +
                      svg_text(plot_left + plot_width / 2, panel_height - 12, "middle", panel.unit);
    if (panel.knee) {
        const double at = plot_x(across, *panel.knee);
        out += svg_line(at, plot_top, at, plot_top + plot_height,
                        "stroke=\"#555\" stroke-dasharray=\"3 3\"") +
               svg_text(at - 4, plot_top + 12, "end", "knee");
    }
    double legend = plot_left;
    double legend_y = 30;
    for (std::size_t i = 0; i < panel.curves.size(); ++i) {
        const GrowthCurve& curve = panel.curves[i];
        const std::string colour = colours[i % std::size(colours)];
        std::string points;
        for (const auto& [px, py] : curve.points) {
            const std::string at_x = svg_number(plot_x(across, px));
            const std::string at_y = svg_number(plot_y(up, py));
            points += at_x + "," + at_y + " ";
            out += "<circle cx=\"" + at_x + "\" cy=\"" + at_y + "\" r=\"2\" fill=\"" + colour +
                   "\"/>\n";
        }
        out += "<polyline fill=\"none\" stroke-width=\"1.6\" stroke=\"" + colour + "\" points=\"" +
               points + "\"/>\n";
        const double width = 34 + 6 * static_cast<double>(curve.name.size());
        if (legend + width > panel_width) {
            legend = plot_left;
            legend_y += 14;
        }
        out += svg_line(legend, legend_y, legend + 14, legend_y,
                        "stroke-width=\"2\" stroke=\"" + colour + "\"") +
               svg_text(legend + 18, legend_y + 4, "start", curve.name);
        legend += width;
    }
    return out + "</g>\n";
}

}  // namespace

std::string growth_svg(const std::string& title, const std::vector<GrowthPanel>& panels) {
    const auto rows = static_cast<double>((panels.size() + 1) / 2);
    std::string out =
        svg_begin(2 * panel_width, rows * panel_height + 30) + svg_text(12, 20, "start", title);
    for (std::size_t i = 0; i < panels.size(); ++i) {
        out += draw_panel(panels[i], i % 2 == 0 ? 0 : panel_width,
                          30 + static_cast<double>(i / 2) * panel_height);
    }
    return out + "</svg>\n";
}

}  // namespace portcullis::bench
