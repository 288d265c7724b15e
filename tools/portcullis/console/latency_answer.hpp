// The latency report as JSON: per stage what people ask, since the start and of late, and the whole
// distribution as points of its tail. See answers.hpp.
#pragma once

#include <string>

#include "tools/portcullis/latency/report.hpp"

namespace portcullis::tools {

/// `curve` of a stage: [share, ns], "this share of all samples took longer than that, or as long";
/// ten points to each power of ten, from 1 to the share that is one sample.
[[nodiscard]] std::string latency_json(const LatencyReport& report);

}  // namespace portcullis::tools
