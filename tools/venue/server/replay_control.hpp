// replay_control: the replay's commands on the control socket, as text in and text out.
//
//   pause, resume, seek SECONDS, speed S|max, loop on|off, status
//
// Pure but for the replay that it is given; the server calls it with the words behind `replay` and
// its own clock, and plays on from what it has become.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/replay.hpp"

namespace portcullis::tools::venue {

/// "max" plays a day in less than a millisecond: as fast as the machine and the clients go.
inline constexpr std::int64_t replay_speed_max_e3 = 1'000'000'000'000;

struct ReplayCommandResult {
    std::string answer;   ///< "ok", "ok ..." or "error: why"
    bool changed{false};  ///< the clock: what is due is due at another time now
    bool jumped{false};   ///< books were set anew; what clients hold is of another time
};

/// What a command would be answered, as far as its words and the markets decide it; nothing is
/// done.
[[nodiscard]] std::string check_replay_command(const Replay& replay,
                                               const std::vector<std::string>& words);
/// Requires: replay started.
[[nodiscard]] ReplayCommandResult replay_command(Replay& replay,
                                                 const std::vector<std::string>& words,
                                                 std::int64_t now_ns);
/// A decimal of at most 1e9, as 10 or 0.5, or "max"; none otherwise.
[[nodiscard]] std::optional<std::int64_t> parse_speed_e3(std::string_view text);
inline constexpr const char* speed_words =
    "a number from 0.001 to 1000000000 with at most three decimals, or max";

}  // namespace portcullis::tools::venue
