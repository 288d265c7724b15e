// Rendering of the latency report. See latency_answer.hpp.
#include "tools/portcullis/console/latency_answer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace portcullis::tools {
namespace {

std::string summary_json(const LatencySummary& of) {
    return fmt::format(
        "{{\"n\":{},\"p50_ns\":{},\"p90_ns\":{},\"p99_ns\":{},\"p999_ns\":{},\"max_ns\":{},"
        "\"beyond\":{}}}",
        of.n, of.p50_ns, of.p90_ns, of.p99_ns, of.p999_ns, of.max_ns, of.beyond);
}

std::string curve_json(const LatencyCounts& counts) {
    constexpr int points_each = 10;  // of a power of ten
    std::string json;
    std::uint64_t above = counts.n + 1;  // the sample of the point before, and all beyond it
    for (int point = 0; counts.n != 0 && above != 1; ++point) {
        const double share = std::pow(10.0, -static_cast<double>(point) / points_each);
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(counts.n) + 0.5);
        if (std::max<std::uint64_t>(1, wanted) >= above) {
            continue;  // that sample has its point
        }
        above = std::max<std::uint64_t>(1, wanted);
        json += fmt::format("{}[{:.6g},{}]", json.empty() ? "" : ",",
                            static_cast<double>(above) / static_cast<double>(counts.n),
                            counts.at_rank(counts.n - above + 1));
    }
    return json;
}

}  // namespace

std::string latency_json(const LatencyReport& report) {
    std::string json = fmt::format("{{\"sample_every\":{},\"interval_ms\":{},\"stages\":[",
                                   report.sample_every, report.recent_for.value / 1'000'000);
    for (std::size_t i = 0; i < latency_stages; ++i) {
        const LatencyStageInfo& info = latency_stage_infos[i];
        json += fmt::format(
            "{}{{\"name\":\"{}\",\"what\":\"{}\",\"sampled\":{},\"since_start\":{},"
            "\"interval\":{},\"curve\":[{}]}}",
            i == 0 ? "" : ",", info.name, info.what, info.sampled ? "true" : "false",
            summary_json(report.whole[i].summary()), summary_json(report.recent[i].summary()),
            curve_json(report.whole[i]));
    }
    return json + "]}";
}

}  // namespace portcullis::tools
