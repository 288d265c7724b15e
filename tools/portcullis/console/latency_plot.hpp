// The latency report as a plot, as HdrHistogram draws it: a curve a stage, time against percentile,
// both logarithmic, so that the tail has as much room as the middle. Cold code, client's side.
#pragma once

#include <simdjson.h>

#include <string>

#include "engine/types/result.hpp"

namespace portcullis::tools {

/// SVG of an answer to `latency`. The error says that no stage has a sample.
[[nodiscard]] engine::Result<std::string> latency_svg(const simdjson::dom::element& latency);

/// Writes beside `path` first and renames: a reader finds the old file or the new one, whole.
/// `path` without a write right, a folder that is none, a full disk: the error names path and
/// reason, and what was there stays.
[[nodiscard]] engine::Outcome write_whole(const std::string& path, const std::string& text);

}  // namespace portcullis::tools
