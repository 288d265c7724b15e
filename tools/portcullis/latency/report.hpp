// LatencyReport: what the board held when somebody asked, since the start and of late.
//
// Of late means since a mark that is at least one period and less than two old: two copies of the
// board, renewed in turn, instead of histograms that are emptied, which their one writer would have
// to do. Cold code.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "tools/portcullis/latency/stages.hpp"

namespace portcullis::tools {

struct LatencyReport {
    std::array<LatencyCounts, latency_stages> whole;
    std::array<LatencyCounts, latency_stages> recent;
    engine::DurationNs recent_for{};
    std::uint32_t sample_every{};  ///< 0: inner stages are not sampled
};

// Owner: control thread.
class LatencyMarks {
public:
    static constexpr engine::DurationNs period = engine::milliseconds(10'000);

    /// `board` is empty yet, and outlives this.
    LatencyMarks(const LatencyBoard& board, std::uint32_t sample_every);
    LatencyMarks(const LatencyMarks&) = delete;
    LatencyMarks& operator=(const LatencyMarks&) = delete;

    /// The first mark, of an empty board.
    void begin(engine::MonoNs now) noexcept;
    /// To be called at least once a period; a mark is made when one is due.
    void look(engine::MonoNs now) noexcept;
    /// Of one stage since the start.
    [[nodiscard]] LatencySummary summary(LatencyStage stage) const noexcept;
    /// Stays as it is until the next call.
    [[nodiscard]] const LatencyReport& report(engine::MonoNs now) noexcept;

private:
    struct Mark {
        engine::MonoNs at{};
        std::array<LatencyCounts, latency_stages> counts;
    };
    void read(std::array<LatencyCounts, latency_stages>& into) const noexcept;

    const LatencyBoard& board_;
    std::unique_ptr<Mark> older_;
    std::unique_ptr<Mark> newer_;
    std::unique_ptr<LatencyReport> report_;
};

/// The stages that are always stamped, since the start, in one line: what is left of a day.
[[nodiscard]] std::string latency_line(const LatencyMarks& marks);

}  // namespace portcullis::tools
