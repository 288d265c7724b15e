// Recorded: the head of the shipped recording in memory, as the websocket delivered it.
//
// Read before anything is timed; each message is padded as the transport pads its frames. Nothing
// is made up: what a figure says of "real messages" is said of these.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/capacity.hpp"

namespace portcullis::bench {

enum class Stream : std::uint8_t { snapshot, depth, book_ticker, trade, other };

struct RecordedMessage {
    std::int64_t receive_ns{};
    Stream stream{Stream::other};
    std::string bytes;  ///< with padding behind `size`
    std::size_t size{};
    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

/// The first `lines` messages. Ends the program when the recording cannot be read.
[[nodiscard]] std::vector<RecordedMessage> load_recording(std::size_t lines);

}  // namespace portcullis::bench
