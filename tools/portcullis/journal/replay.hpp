// Replay: runs a journal's inputs through the same core and compares everything that it decides.
//
// The core is a function of its inputs, so a replay that differs is a bug (or another build, or a
// journal that was tampered with): it says at which record, and what was recorded and made there.
// Reads only; needs no venue, no key and no network.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "engine/types/result.hpp"

namespace portcullis::tools {

struct ReplayReport {
    std::uint64_t records{};
    std::uint64_t inputs{};
    std::uint64_t outputs{};
    std::uint64_t epochs{};
    std::uint64_t hashes{};         ///< of the state, compared
    std::uint64_t recorded_hash{};  ///< the last that the journal holds
    std::uint64_t replayed_hash{};  ///< the same, as made again
    std::uint64_t final_hash{};     ///< state after the last input
    bool equal{};
    std::string difference;              ///< where they part, empty when equal
    std::set<std::string> other_builds;  ///< that wrote some of it: a difference may be theirs
    double seconds{};
};

/// Replays every epoch of a journal directory, each with the config that is kept beside it; of a
/// segment file, its directory up to the end of that segment. An error where the journal or a
/// config cannot be read, and where nothing has run yet. `books_path`, where given, gets what the
/// core held of its books (book_claims.hpp).
[[nodiscard]] engine::Result<ReplayReport> replay_journal(const std::string& path,
                                                          const std::string& books_path = {});

/// `portcullis replay PATH [--json] [--books FILE]`. Exit code 0 only when equal, 2 where it cannot
/// be read.
int replay_command(const std::string& path, bool json, const std::string& books_path);

}  // namespace portcullis::tools
