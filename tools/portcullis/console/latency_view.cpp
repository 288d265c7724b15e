// The stages of an order's way as a table. See views.hpp.
#include <fmt/core.h>

#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/console/views.hpp"

namespace portcullis::tools {
namespace {

std::string latency_cell(const Answer& summary, const char* key) {
    double ns = 0;
    return summary[key].get_double().get(ns) == simdjson::SUCCESS && field(summary, "n") != "0"
               ? time_text(ns)
               : "-";
}

void stages_table(const Answer& latency, const char* span, Screen& screen) {
    Table table({"<stage", ">n", ">p50", ">p90", ">p99", ">p99.9", ">max", "<from .. to"});
    for (const Answer& stage : rows_of(latency, "stages")) {
        Answer summary;
        if (stage[span].get(summary) != simdjson::SUCCESS) {
            continue;
        }
        table.row({{(truth(stage, "sampled") ? "  " : "") + field(stage, "name")},
                   {field(summary, "n")},
                   {latency_cell(summary, "p50_ns")},
                   {latency_cell(summary, "p90_ns")},
                   {latency_cell(summary, "p99_ns")},
                   {latency_cell(summary, "p999_ns")},
                   {latency_cell(summary, "max_ns"),
                    count(summary, "beyond") == 0 ? Style::plain : Style::warning},
                   {field(stage, "what"), Style::dim}});
    }
    table.write(screen);
}

}  // namespace

void view_latency(const Answer& latency, bool recent_only, Screen& screen) {
    if (!recent_only) {
        screen.line().add("  since the start", Style::bold);
        stages_table(latency, "since_start", screen);
        screen.line();
    }
    screen.line().add(
        fmt::format("  last {:.1f} s", static_cast<double>(count(latency, "interval_ms")) / 1000.0),
        Style::bold);
    stages_table(latency, "interval", screen);
    if (!recent_only) {
        const std::string every = field(latency, "sample_every");
        screen.line().add(every == "0" ? "  inner stages: not sampled (latency_sample_every)"
                          : every == "1"
                              ? "  inner stages: of each message that an order comes of"
                              : "  inner stages: of one message in " + every +
                                    ", where an order comes of it (latency_sample_every)",
                          Style::dim);
    }
}

}  // namespace portcullis::tools
