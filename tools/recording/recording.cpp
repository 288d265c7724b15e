#include "tools/recording/recording.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::tools {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;
using engine::verify;

namespace {

constexpr std::string_view stream_opens = R"({"stream":")";
constexpr std::string_view data_opens = R"(,"data":)";
constexpr std::string_view snapshot_opens = R"({"lastUpdateId")";
constexpr std::size_t buffer_bytes_first = std::size_t{1} << 18;
constexpr std::size_t stream_name_length_max = 128;

bool starts_with(std::string_view text, std::string_view with) {
    return text.substr(0, with.size()) == with;
}

/// Unix nanoseconds from nanoseconds or microseconds: years 2001 to 2262 have 19 digits in the one
/// and 16 in the other, so that the two cannot be confused.
std::optional<std::int64_t> receive_time_ns(std::string_view text) {
    constexpr std::size_t digits_ns = 19;
    constexpr std::size_t digits_us = 16;
    const auto value = engine::parse_unsigned(text);
    if (!value || text.front() == '0') {
        return std::nullopt;
    }
    if (text.size() == digits_ns && *value <= std::uint64_t{INT64_MAX}) {
        return static_cast<std::int64_t>(*value);
    }
    if (text.size() == digits_us && *value <= std::uint64_t{INT64_MAX} / 1000) {
        return static_cast<std::int64_t>(*value * 1000);
    }
    return std::nullopt;
}

/// For a message: the first bytes of it.
std::string excerpt(std::string_view text) {
    constexpr std::size_t length_max = 60;
    std::string copy{text.substr(0, length_max)};
    std::replace_if(
        copy.begin(), copy.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return copy;
}

/// Sets stream and data from the wrapper around them; false when it is not that wrapper.
bool cut_wrapper(RecordedLine& line) {
    const std::string_view json = line.json;
    const std::size_t name_begin = stream_opens.size();
    const std::size_t name_end = json.find('"', name_begin);
    if (name_end == std::string_view::npos || name_end == name_begin ||
        name_end - name_begin > stream_name_length_max) {
        return false;
    }
    line.stream = json.substr(name_begin, name_end - name_begin);
    const bool plain = std::all_of(line.stream.begin(), line.stream.end(),
                                   [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
    const std::string_view rest = json.substr(name_end + 1);
    if (!plain || !starts_with(rest, data_opens) || rest.size() < data_opens.size() + 3) {
        return false;
    }
    line.data = rest.substr(data_opens.size(), rest.size() - data_opens.size() - 1);
    return rest.back() == '}' && line.data.front() == '{' && line.data.back() == '}';
}

}  // namespace

Result<RecordedLine> parse_recorded_line(std::string_view text) {
    if (!text.empty() && text.back() == '\r') {
        text.remove_suffix(1);
    }
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        return Error{"found '" + excerpt(text) + "', expected <receive time> <space> <JSON>"};
    }
    const auto receive_ns = receive_time_ns(text.substr(0, space));
    if (!receive_ns) {
        return Error{"receive time '" + excerpt(text.substr(0, space)) +
                     "', expected Unix nanoseconds (19 digits) or microseconds (16 digits)"};
    }
    RecordedLine line;
    line.receive_ns = *receive_ns;
    line.json = text.substr(space + 1);
    if (starts_with(line.json, snapshot_opens)) {
        if (line.json.back() != '}') {
            return Error{"the depth snapshot does not end with '}'"};
        }
        line.snapshot = true;
        line.data = line.json;
        return line;
    }
    if (!starts_with(line.json, stream_opens) || !cut_wrapper(line)) {
        return Error{"found '" + excerpt(line.json) +
                     R"(', expected {"stream":"<name>","data":{...}} or {"lastUpdateId":...})"};
    }
    return line;
}

struct RecordingReader::State {
    std::string path;
    gzFile file{};
    std::vector<char> buffer;  ///< the last line_padding bytes are never text
    std::size_t begin{};       ///< first byte not yet handed out
    std::size_t end{};         ///< behind the last byte read
    std::size_t scanned{};     ///< no newline in [begin, scanned)
    bool at_end{};             ///< the file has no more bytes
    std::uint64_t number{};

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (file != nullptr) {
            gzclose_r(file);
        }
    }

    [[nodiscard]] std::size_t room() const { return buffer.size() - line_padding; }
    Outcome fill();
    [[nodiscard]] Error error(const std::string& what) const {
        return Error{path + ":" + std::to_string(number) + ": " + what};
    }
};

/// Reads more bytes behind `end`, making room first. Sets at_end when there are none.
Outcome RecordingReader::State::fill() {
    if (begin > 0) {
        std::memmove(buffer.data(), buffer.data() + begin, end - begin);
        end -= begin;
        scanned -= begin;
        begin = 0;
    }
    if (end == room()) {
        if (room() >= line_length_max) {
            return error("line longer than " + std::to_string(line_length_max) + " bytes");
        }
        buffer.resize(buffer.size() * 2);
    }
    verify(end < room());
    const int got = gzread(file, buffer.data() + end, static_cast<unsigned>(room() - end));
    int code = Z_OK;
    const char* message = gzerror(file, &code);
    const bool cut_later = code == Z_BUF_ERROR && got > 0;  // what is there is whole
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END && !cut_later)) {
        return error(std::string{"cannot be read: "} +
                     (code == Z_BUF_ERROR ? "the gzip stream is cut short" : message));
    }
    at_end = got == 0;
    end += static_cast<std::size_t>(got);
    return Done{};
}

Result<RecordingReader> RecordingReader::open(const std::string& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    state->file = gzopen(path.c_str(), "rb");
    if (state->file == nullptr) {
        return Error{path + ": cannot be opened: " + std::strerror(errno)};
    }
    gzbuffer(state->file, 1U << 17);
    state->buffer.resize(buffer_bytes_first + line_padding);
    return RecordingReader{std::move(state)};
}

Result<bool> RecordingReader::next(RecordedLine& line) {
    State& state = *state_;
    ++state.number;
    const char* newline = nullptr;
    while (newline == nullptr) {
        newline = static_cast<const char*>(
            std::memchr(state.buffer.data() + state.scanned, '\n', state.end - state.scanned));
        if (newline != nullptr || state.at_end) {
            break;
        }
        state.scanned = state.end;
        if (auto filled = state.fill(); !filled) {
            return Error{filled.error()};
        }
    }
    const char* text = state.buffer.data() + state.begin;
    const std::size_t length = newline != nullptr
                                   ? static_cast<std::size_t>(newline - text)
                                   : state.end - state.begin;  // a last line without its newline
    if (newline == nullptr && length == 0) {
        return false;
    }
    state.begin += length + (newline != nullptr ? 1 : 0);
    state.scanned = state.begin;
    verify(state.begin <= state.end);
    auto parsed = parse_recorded_line({text, length});
    if (!parsed) {
        return state.error(parsed.error());
    }
    line = parsed.value();
    line.number = state.number;
    return true;
}

Outcome RecordingReader::rewind() {
    State& state = *state_;
    if (gzrewind(state.file) != 0) {
        return state.error("cannot be read again from its start");
    }
    state.begin = state.end = state.scanned = 0;
    state.at_end = false;
    state.number = 0;
    return Done{};
}

const std::string& RecordingReader::path() const noexcept {
    return state_->path;
}

RecordingReader::RecordingReader(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
RecordingReader::RecordingReader(RecordingReader&&) noexcept = default;
RecordingReader& RecordingReader::operator=(RecordingReader&&) noexcept = default;
RecordingReader::~RecordingReader() = default;

}  // namespace portcullis::tools
