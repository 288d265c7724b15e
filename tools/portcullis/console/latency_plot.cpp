// Drawing and writing of the plot. See latency_plot.hpp.
#include "tools/portcullis/console/latency_plot.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/console/views.hpp"
#include "tools/svg/svg.hpp"

namespace portcullis::tools {
namespace {

constexpr double latency_width = 990;
constexpr double latency_height = 560;
constexpr double chart_left = 70;
constexpr double chart_top = 56;
constexpr double chart_width = 560;
constexpr double chart_height = latency_height - chart_top - 60;
constexpr double legend_left = chart_left + chart_width + 24;

constexpr std::array<const char*, 8> stage_colours{"#1f77b4", "#d62728", "#2ca02c", "#9467bd",
                                                   "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22"};

struct StageCurve {
    std::string name;
    std::string legend;
    bool sampled{};
    std::vector<std::pair<double, double>> points;  ///< share that is above, ns
};

/// Powers of ten that hold everything: of the tail to the right, of time upwards.
struct LatencyScale {
    int tail{1};
    int low{};
    int high{1};
    [[nodiscard]] double x(double share) const {
        return chart_left + chart_width * -std::log10(share) / tail;
    }
    [[nodiscard]] double y(double ns) const {
        return chart_top + chart_height * (1 - (std::log10(ns) - low) / (high - low));
    }
};

std::string legend_of(const Answer& stage) {
    Answer of;
    if (stage["since_start"].get(of) != simdjson::SUCCESS) {
        return "";
    }
    const auto time = [&of](const char* key) {
        return time_text(static_cast<double>(count(of, key)));
    };
    return "n " + field(of, "n") + ", p50 " + time("p50_ns") + ", p99 " + time("p99_ns") +
           ", max " + time("max_ns");
}

// Only what our own engine names: texts of an answer go into XML.
std::string plain(std::string text) {
    std::erase_if(text, [](char c) { return c == '<' || c == '>' || c == '&'; });
    return printable(text);
}

std::vector<StageCurve> stage_curves(const Answer& latency) {
    std::vector<StageCurve> curves;
    for (const Answer& stage : rows_of(latency, "stages")) {
        StageCurve curve{
            plain(field(stage, "name")), plain(legend_of(stage)), truth(stage, "sampled"), {}};
        for (const Answer& point : rows_of(stage, "curve")) {
            double share = 0;
            double ns = 0;
            if (point.at(0).get_double().get(share) == simdjson::SUCCESS &&
                point.at(1).get_double().get(ns) == simdjson::SUCCESS && share > 0 && share <= 1) {
                curve.points.emplace_back(share, std::max(ns, 1.0));
            }
        }
        if (!curve.points.empty()) {
            curves.push_back(std::move(curve));
        }
    }
    return curves;
}

LatencyScale latency_scale(const std::vector<StageCurve>& curves) {
    double least_share = 1;
    double least = 1e300;
    double most = 1;
    for (const StageCurve& curve : curves) {
        for (const auto& [share, ns] : curve.points) {
            least_share = std::min(least_share, share);
            least = std::min(least, ns);
            most = std::max(most, ns);
        }
    }
    const auto whole = [](double power) { return static_cast<int>(power); };
    LatencyScale scale;
    scale.tail = std::max(1, whole(std::ceil(-std::log10(least_share) - 1e-9)));
    scale.low = whole(std::floor(std::log10(least)));
    scale.high = std::max(scale.low + 1, whole(std::ceil(std::log10(most))));
    return scale;
}

/// 0 %, 90 %, 99 %, 99.9 %, ...
std::string percentile_label(int nines) {
    return nines == 0 ? "0 %"
                      : fmt::format("{:.{}f} %", 100 - 100 * std::pow(10.0, -nines),
                                    std::max(0, nines - 2));
}

std::string latency_grid(const LatencyScale& scale) {
    const std::string grey = "stroke=\"#ddd\"";
    std::string out;
    for (int nines = 0; nines <= scale.tail; ++nines) {
        const double x = scale.x(std::pow(10.0, -nines));
        out += svg_line(x, chart_top, x, chart_top + chart_height, grey) +
               svg_text(x, chart_top + chart_height + 16, "middle", percentile_label(nines));
    }
    const double half = scale.x(0.5);
    out += svg_line(half, chart_top, half, chart_top + chart_height,
                    "stroke=\"#ddd\" stroke-dasharray=\"3 3\"") +
           svg_text(half, chart_top - 6, "middle", "50 %");
    for (int power = scale.low; power <= scale.high; ++power) {
        const double y = scale.y(std::pow(10.0, power));
        out += svg_line(chart_left, y, chart_left + chart_width, y, grey) +
               svg_text(chart_left - 6, y + 4, "end", svg_time_label(std::pow(10.0, power)));
    }
    return out + svg_text(chart_left + chart_width / 2, latency_height - 20, "middle",
                          "percentile: this share of the samples took no longer");
}

std::string latency_curve(const StageCurve& curve, const LatencyScale& scale, std::size_t index) {
    const std::string stroke = std::string("stroke=\"") +
                               stage_colours[index % stage_colours.size()] +
                               (curve.sampled ? "\" stroke-width=\"1.2\" stroke-dasharray=\"5 3\""
                                              : "\" stroke-width=\"2\"");
    std::string points;
    for (const auto& [share, ns] : curve.points) {
        points += svg_number(scale.x(share)) + "," + svg_number(scale.y(ns)) + " ";
    }
    if (curve.points.size() == 1) {  // one sample: all percentiles are it
        points += svg_number(chart_left + chart_width) + "," +
                  svg_number(scale.y(curve.points[0].second)) + " ";
    }
    const double y = chart_top + 10 + 44 * static_cast<double>(index);
    return "<polyline fill=\"none\" " + stroke + " points=\"" + points + "\"/>\n" +
           svg_line(legend_left, y, legend_left + 22, y, stroke) +
           svg_text(legend_left + 28, y + 4, "start", curve.name) +
           svg_text(legend_left + 28, y + 18, "start", curve.legend);
}

}  // namespace

engine::Result<std::string> latency_svg(const simdjson::dom::element& latency) {
    const std::vector<StageCurve> curves = stage_curves(latency);
    if (curves.empty()) {
        return engine::Error{"nothing to draw: no order, cancel or answer has been timed yet"};
    }
    const LatencyScale scale = latency_scale(curves);
    std::string out = svg_begin(latency_width, latency_height) +
                      svg_text(chart_left, 20, "start",
                               "portcullis: latency by stage since the start. Solid: each order; "
                               "dashed: inner stages, one message in " +
                                   plain(field(latency, "sample_every"))) +
                      latency_grid(scale);
    for (std::size_t i = 0; i < curves.size(); ++i) {
        out += latency_curve(curves[i], scale, i);
    }
    return out + "</svg>\n";
}

engine::Outcome write_whole(const std::string& path, const std::string& text) {
    std::string beside = path + ".XXXXXX";
    const auto failed = [&path](int reason) {
        return engine::Error{path + ": not written: " + std::strerror(reason)};
    };
    if (path.empty()) {
        return engine::Error{"an empty path: not written"};
    }
    // What is there is replaced by rename(): a device, a link or a FIFO would be one no more.
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
        return engine::Error{path + ": not written: what is there is not a regular file"};
    }
    const int file = ::mkstemp(beside.data());
    if (file < 0) {
        return failed(errno);
    }
    int reason = 0;
    std::string_view left = text;
    while (reason == 0 && !left.empty()) {
        const ssize_t written = ::write(file, left.data(), left.size());
        if (written < 0) {
            reason = errno == EINTR ? 0 : errno;
        } else {
            left.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (reason == 0 && (::fchmod(file, 0666 & ~mask) != 0 || ::fsync(file) != 0)) {
        reason = errno;
    }
    if (::close(file) != 0 && reason == 0) {
        reason = errno;
    }
    if (reason == 0 && ::rename(beside.c_str(), path.c_str()) != 0) {
        reason = errno;
    }
    if (reason != 0) {
        ::unlink(beside.c_str());
        return failed(reason);
    }
    return engine::Done{};
}

}  // namespace portcullis::tools
