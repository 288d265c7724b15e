// Copies of the board. See report.hpp.
#include "tools/portcullis/latency/report.hpp"

#include <fmt/core.h>

#include <utility>

#include "tools/portcullis/amounts.hpp"

namespace portcullis::tools {

LatencyMarks::LatencyMarks(const LatencyBoard& board, std::uint32_t sample_every)
    : board_(board),
      older_(std::make_unique<Mark>()),
      newer_(std::make_unique<Mark>()),
      report_(std::make_unique<LatencyReport>()) {
    report_->sample_every = sample_every;
}

void LatencyMarks::read(std::array<LatencyCounts, latency_stages>& into) const noexcept {
    for (std::size_t i = 0; i < latency_stages; ++i) {
        board_.stages[i].read(into[i]);
    }
}

void LatencyMarks::begin(engine::MonoNs now) noexcept {
    older_->at = now;
    newer_->at = now;
}

void LatencyMarks::look(engine::MonoNs now) noexcept {
    if (now - newer_->at < period) {
        return;
    }
    std::swap(older_, newer_);
    newer_->at = now;
    read(newer_->counts);
}

LatencySummary LatencyMarks::summary(LatencyStage stage) const noexcept {
    LatencyCounts& scratch = report_->whole[index_of(stage)];
    board_.at(stage).read(scratch);
    return scratch.summary();
}

const LatencyReport& LatencyMarks::report(engine::MonoNs now) noexcept {
    look(now);
    read(report_->whole);
    for (std::size_t i = 0; i < latency_stages; ++i) {
        report_->recent[i] = report_->whole[i].since(older_->counts[i]);
    }
    report_->recent_for = now - older_->at;
    return *report_;
}

std::string latency_line(const LatencyMarks& marks) {
    std::string text;
    for (std::size_t i = 0; i < latency_stages; ++i) {
        if (latency_stage_infos[i].sampled) {
            continue;
        }
        const LatencySummary of = marks.summary(LatencyStage{static_cast<std::uint8_t>(i)});
        text += fmt::format("{}{} n {}", text.empty() ? "latency: " : "; ",
                            latency_stage_infos[i].name, of.n);
        if (of.n != 0) {
            text += fmt::format(", p50 {}, p99 {}, max {}", time_text(of.p50_ns),
                                time_text(of.p99_ns), time_text(of.max_ns));
        }
    }
    return text;
}

}  // namespace portcullis::tools
