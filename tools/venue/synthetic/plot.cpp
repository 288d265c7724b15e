#include "tools/venue/synthetic/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace portcullis::tools::venue {
namespace {

constexpr double width = 420;
constexpr double height = 260;
constexpr double left = 44;
constexpr double top = 34;
constexpr double inner_width = width - left - 16;
constexpr double label_room = 34;  ///< between the middles of two of them
constexpr double inner_height = height - top - 44;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

/// Short enough to stand under its line: 10k, 1M.
std::string label(double value) {
    const bool millions = value >= 1e6;
    const bool thousands = !millions && value >= 1e3;
    char text[32];
    std::snprintf(text, sizeof text, "%g%s",
                  value / (millions    ? 1e6
                           : thousands ? 1e3
                                       : 1),
                  millions    ? "M"
                  : thousands ? "k"
                              : "");
    return text;
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& what) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
           what + "</text>\n";
}

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
        points += number(scale.x(x)) + "," + number(Scale::y(y)) + " ";
    }
    return "<polyline fill=\"none\" stroke-width=\"1.6\" " + std::string(style) + " points=\"" +
           points + "\"/>\n";
}

std::string draw(const Panel& panel, double x, double y) {
    const Scale scale = scale_of(panel);
    std::string out = "<g transform=\"translate(" + number(x) + "," + number(y) + ")\">\n";
    out += text_at(left, top - 12, "start", panel.title);
    const int low = static_cast<int>(scale.low);
    const int step = inner_width / (scale.high - scale.low) < label_room ? 2 : 1;
    for (int power = low; power <= static_cast<int>(scale.high); ++power) {
        const double at = scale.x(std::pow(10.0, power));
        out += "<line x1=\"" + number(at) + "\" x2=\"" + number(at) + "\" y1=\"" + number(top) +
               "\" y2=\"" + number(top + inner_height) + "\" stroke=\"#ddd\"/>\n";
        if ((power - low) % step == 0) {
            out += text_at(at, top + inner_height + 14, "middle", label(std::pow(10.0, power)));
        }
    }
    for (const double share : {0.0, 0.5, 1.0}) {
        out += "<line x1=\"" + number(left) + "\" x2=\"" + number(left + inner_width) + "\" y1=\"" +
               number(Scale::y(share)) + "\" y2=\"" + number(Scale::y(share)) +
               "\" stroke=\"#ddd\"/>\n" +
               text_at(left - 6, Scale::y(share) + 4, "end", label(share));
    }
    out += text_at(left + inner_width / 2, height - 12, "middle", panel.unit);
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
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(2 * width) +
                      "\" height=\"" + number(rows * height + 30) +
                      "\" font-family=\"sans-serif\" font-size=\"11\">\n"
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    out += text_at(12, 20, "start", title + ": recorded solid blue, synthetic dashed red");
    for (std::size_t i = 0; i < panels.size(); ++i) {
        out += draw(panels[i], i % 2 == 0 ? 0 : width, 30 + static_cast<double>(i / 2) * height);
    }
    return out + "</svg>\n";
}

}  // namespace portcullis::tools::venue
