// record: writes what a venue's market streams send, in the recordings' format.
//
//   portcullis record --url wss://HOST:PORT --symbols BTCUSDT --out btcusdt.tsjsonl.gz
//
// One combined stream over our own transport; per symbol one file: each message as received, with
// its receive time, and one REST depth snapshot that fits the depth events around it. What the
// venue's replay refuses is not recorded: a gap or a lost connection ends the recording, and the
// file holds what came before it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/types/result.hpp"

namespace portcullis::tools {

struct RecordOptions {
    std::string url;       ///< wss://HOST[:PORT]
    std::string rest_url;  ///< https://HOST[:PORT]; empty: host and port of `url`
    std::string ca_file;   ///< PEM; empty: the system's authorities
    std::vector<std::string> pins;
    std::vector<std::string> symbols;
    std::vector<std::string> streams{"depth@100ms", "bookTicker", "trade"};
    std::string out;                   ///< with more than one symbol it holds {symbol}
    std::uint64_t messages_max{};      ///< of all symbols together; 0: no end
    std::int64_t seconds_max{};        ///< 0: no end
    std::function<void()> on_ready{};  ///< connected, and a snapshot of every symbol is held
};

struct RecordSummary {
    std::vector<std::string> files;
    std::uint64_t messages{};            ///< in these files
    std::string ended;                   ///< why, where nobody asked it to end; empty otherwise
    std::vector<std::string> unwritten;  ///< files that are missing, each with its reason
};

/// Blocks until there are messages_max, seconds_max have passed, `stop` is set, or it cannot go on.
/// What one symbol lacks costs the others nothing. An error: nothing was recorded of any.
[[nodiscard]] engine::Result<RecordSummary> record(const RecordOptions& options,
                                                   const std::atomic<bool>& stop);
/// With the process's signals and words. The exit code: 0 as asked, 1 ended before or without a
/// symbol that was asked for, 2 nothing recorded.
[[nodiscard]] int record_command(const RecordOptions& options);

struct UrlParts {
    std::string host;
    std::uint16_t port{443};
};
/// "wss://host:port", without a path.
[[nodiscard]] engine::Result<UrlParts> parse_url(const std::string& text,
                                                 const std::string& scheme);

}  // namespace portcullis::tools
