// Copies of the board. See report.hpp.
#include "tools/portcullis/latency/report.hpp"

#include <utility>

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

}  // namespace portcullis::tools
