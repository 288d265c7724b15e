// Recording: reads recorded market data, one line at a time, without copying what is read.
//
// A line is "<local receive time> <space> <JSON as received>", gzipped or plain; the JSON is the
// venue's combined-stream wrapper {"stream":..,"data":..} or, once, the REST depth snapshot
// {"lastUpdateId":..}. The receive time is in nanoseconds or microseconds, told apart by size. The
// whole file inflated would be some 100 MB, so lines are views into one reused buffer; and cutting
// the wrapper needs no JSON parser, because the wrapper is the recorder's own fixed text (what is
// inside `data` is the venue's, and is left to the decoder that is under test).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"

namespace portcullis::tools {

// Used by the venue's replay, verify-recording and the benches. One owner; not for the hot path.
// Invariants: 1. views live until the next call of next(); 2. line_padding readable bytes follow
// `json` (and so `data`), as simdjson wants; 3. an error names file and line.

/// Readable bytes after each RecordedLine::json. simdjson's SIMDJSON_PADDING is at most this.
inline constexpr std::size_t line_padding = 64;
/// Longest line that is read. The longest snapshot found (1000 levels a side) has 64 kB.
inline constexpr std::size_t line_length_max = std::size_t{16} << 20;

struct RecordedLine {
    std::int64_t receive_ns{};  ///< Unix nanoseconds
    std::string_view json;      ///< as received
    bool snapshot{};            ///< the REST depth snapshot; `stream` is empty, `data` is `json`
    std::string_view stream;    ///< "btcusdt@depth@100ms"
    std::string_view data;      ///< the inner message, {...}
    std::uint64_t number{};     ///< line number in the file, from 1
};

/// Cuts one line (without its newline) into its parts. The error says what was found and expected.
[[nodiscard]] engine::Result<RecordedLine> parse_recorded_line(std::string_view text);

class RecordingReader {
public:
    [[nodiscard]] static engine::Result<RecordingReader> open(const std::string& path);
    RecordingReader(RecordingReader&&) noexcept;
    RecordingReader& operator=(RecordingReader&&) noexcept;
    ~RecordingReader();

    /// Reads the next line: true and `line` set, or false at the end of the file.
    [[nodiscard]] engine::Result<bool> next(RecordedLine& line);
    /// Back to the first line.
    [[nodiscard]] engine::Outcome rewind();
    [[nodiscard]] const std::string& path() const noexcept;

private:
    struct State;
    explicit RecordingReader(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools
