#include "tools/venue/synthetic/plot.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tools/svg/svg.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr double width = 420;
constexpr double height = 260;
constexpr double left = 44;
constexpr double top = 34;
constexpr double inner_width = width - left - 16;
constexpr double label_room = 34;  ///< between the middles of two of them
constexpr double inner_height = height - top - 44;

struct Scale {
    double low, high;  ///< powers of ten
    [[nodiscard]] double x(double value) const {
        return left + inner_width * (std::log10(value) - low) / (high - low);
    }
    static double y(double share) { return top + inner_height * (1 - share); }
};

Scale scale_of(const Panel& panel) {
    double least = 1e300;
    double most = 0;
    for (const Curve* curve : {&panel.real, &panel.synthetic}) {
        for (const auto& [x, y] : curve->points) {
            least = std::min(least, x);
            most = std::max(most, x);
        }
    }
    const double low = std::floor(std::log10(std::max(least, 1e-9)));
    return {low, std::max(low + 1, std::ceil(std::log10(std::max(most, 1e-9))))};
}

std::string line(const Curve& curve, const Scale& scale, const char* style) {
    std::string points;
    for (const auto& [x, y] : curve.points) {
        points += svg_number(scale.x(x)) + "," + svg_number(Scale::y(y)) + " ";
    }
    return "<polyline fill=\"none\" stroke-width=\"1.6\" " + std::string(style) + " points=\"" +
           points + "\"/>\n";
}

std::string draw(const Panel& panel, double x, double y) {
    const Scale scale = scale_of(panel);
    std::string out = "<g transform=\"translate(" + svg_number(x) + "," + svg_number(y) + ")\">\n";
    out += svg_text(left, top - 12, "start", panel.title);
    const int low = static_cast<int>(scale.low);
    const int step = inner_width / (scale.high - scale.low) < label_room ? 2 : 1;
    for (int power = low; power <= static_cast<int>(scale.high); ++power) {
        const double at = scale.x(std::pow(10.0, power));
        out += "<line x1=\"" + svg_number(at) + "\" x2=\"" + svg_number(at) + "\" y1=\"" +
               svg_number(top) + "\" y2=\"" + svg_number(top + inner_height) +
               "\" stroke=\"#ddd\"/>\n";
        if ((power - low) % step == 0) {
            out +=
                svg_text(at, top + inner_height + 14, "middle", svg_label(std::pow(10.0, power)));
        }
    }
    for (const double share : {0.0, 0.5, 1.0}) {
        out += "<line x1=\"" + svg_number(left) + "\" x2=\"" + svg_number(left + inner_width) +
               "\" y1=\"" + svg_number(Scale::y(share)) + "\" y2=\"" + svg_number(Scale::y(share)) +
               "\" stroke=\"#ddd\"/>\n" +
               svg_text(left - 6, Scale::y(share) + 4, "end", svg_label(share));
    }
    out += svg_text(left + inner_width / 2, height - 12, "middle", panel.unit);
    out += line(panel.real, scale, "stroke=\"#1f77b4\"");
    out += line(panel.synthetic, scale, "stroke=\"#d62728\" stroke-dasharray=\"5 3\"");
    return out + "</g>\n";
}

}  // namespace

Curve distribution(const std::vector<std::int64_t>& sorted, double unit) {
    Curve curve;
    const std::size_t step = std::max<std::size_t>(1, sorted.size() / 200);
    for (std::size_t i = 0; i < sorted.size(); i += step) {
        const auto above = std::upper_bound(sorted.begin(), sorted.end(), sorted[i]);
        const double share =
            static_cast<double>(above - sorted.begin()) / static_cast<double>(sorted.size());
        const double value = static_cast<double>(std::max<std::int64_t>(1, sorted[i])) * unit;
        if (curve.points.empty() || value > curve.points.back().first) {
            curve.points.emplace_back(value, share);
        }
    }
    return curve;
}

std::string plot_svg(const std::string& title, const std::vector<Panel>& panels) {
    const auto rows = static_cast<double>((panels.size() + 1) / 2);
    std::string out = svg_begin(2 * width, rows * height + 30);
    out += svg_text(12, 20, "start", title + ": recorded solid blue, synthetic dashed red");
    for (std::size_t i = 0; i < panels.size(); ++i) {
        out += draw(panels[i], i % 2 == 0 ? 0 : width, 30 + static_cast<double>(i / 2) * height);
    }
    return out + "</svg>\n";
}

}  // namespace portcullis::tools::venue
