// ctl: the control socket by hand: one command, or a script of them with times.
//
//   portcullis-venue ctl --dir RUNDIR [--json] status|accounts|balances|keys|clock|fault ...|script
//   FILE
//
// Answers are tables for people, or the venue's own JSON with --json. Exit code 1 when the venue
// refuses or cannot be reached.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"

namespace portcullis::tools::venue {

struct CtlOptions {
    std::string dir;
    bool json{false};
    std::vector<std::string> words;
};

[[nodiscard]] int run_ctl(const CtlOptions& options);

/// One line to the socket at `path`, one line back, without its end.
[[nodiscard]] engine::Result<std::string> ask_control_socket(const std::string& path,
                                                             const std::string& line);
/// JSON as people read it: members by line, arrays of objects as tables.
[[nodiscard]] std::string readable(std::string_view json);

}  // namespace portcullis::tools::venue
