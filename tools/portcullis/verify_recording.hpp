// verify-recording: runs recordings through the production decoder, synchronizer and book, and
// compares with what the exchange itself says.
//
// The oracle is not ours: after every depth event with id u, the best bid and ask with their sizes
// must equal the last bookTicker with an id not above u. The ticker may come before or after the
// depth event, so each comparison waits until a ticker above u (or the end) has been seen. Beyond
// that the counts, the final book and the listed disagreements must equal EXPECTED.json, which was
// made by an independent program. Cold code; one instrument a recording.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/events/market.hpp"
#include "engine/types/result.hpp"

namespace portcullis::tools {

struct VerifyRecordingArguments {
    std::vector<std::string> files;
    std::string expect;  ///< EXPECTED.json; empty: none
    std::string json;    ///< where to write the report; empty: nowhere
};

/// What a recording was found to hold.
struct RecordingReport {
    std::string file;
    std::string symbol;
    bool futures{};
    std::uint64_t lines{};
    std::uint64_t bytes{};  ///< of JSON, without receive times
    std::uint64_t depth_messages{};
    std::uint64_t tickers{};
    std::uint64_t trades{};
    std::uint64_t ignored{};
    std::uint64_t refused{};                        ///< messages that the decoder refused
    std::map<std::string, std::uint64_t> refusals;  ///< by reason and key
    engine::int128 trade_qty_atoms{};

    std::uint64_t snapshot_id{};
    std::uint64_t stale{};    ///< depth events dropped as older than the snapshot
    std::uint64_t applied{};  ///< depth events after which the book was valid
    std::uint64_t gaps{};
    std::uint64_t crossed{};
    std::uint64_t other_resets{};  ///< of the book, for any other reason
    std::uint64_t agree{};
    std::uint64_t no_ticker{};
    /// (id of the depth event, id of the ticker) of each disagreement.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> disagree_at;

    bool valid{};  ///< the book at the end
    std::uint64_t final_id{};
    std::size_t bid_levels{};
    std::size_t ask_levels{};
    std::vector<engine::BookLevel> bids;  ///< the best 20
    std::vector<engine::BookLevel> asks;

    std::int64_t work_ns{};   ///< decoding and book
    std::int64_t total_ns{};  ///< with reading and inflating
};

/// Runs one recording.
[[nodiscard]] engine::Result<RecordingReport> run_recording(const std::string& path);

/// Reads EXPECTED.json and says in sentences how `report` differs from its entry; empty: equal.
[[nodiscard]] engine::Result<std::vector<std::string>> compare_with_expected(
    const RecordingReport& report, const std::string& expect_path);

[[nodiscard]] std::string describe(const RecordingReport& report);
/// The report as JSON, with the keys of EXPECTED.json and more.
[[nodiscard]] std::string to_json(const RecordingReport& report);

/// The command. Returns the exit code: 0 when every file could be read, had no refused message, no
/// gap and no crossed book and, where an expectation is given, equals it.
[[nodiscard]] int verify_recording(const VerifyRecordingArguments& arguments);

}  // namespace portcullis::tools
