// Script: lines "T_SECONDS command" for the control socket, read whole before any of it is sent.
//
// A script that breaks off in the middle leaves a venue in trouble that nobody planned; so times,
// order and every fault's words are checked first, and a mistake is named by file and line. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"

namespace portcullis::tools::venue {

struct ScriptStep {
    std::int64_t at_ms{};
    std::string command;
    std::size_t line{};
};

/// `name` is for errors. Empty lines and those that begin with '#' are none.
[[nodiscard]] engine::Result<std::vector<ScriptStep>> read_script(std::string_view text,
                                                                  const std::string& name);

}  // namespace portcullis::tools::venue
