// Console frames: 4 bytes of length (big endian), then that much JSON. Both ends use this.
//
// A length first, because a line protocol would need every client to escape newlines and a peer
// that never sends one could fill any buffer: here the limit is known after four bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::tools {

/// A request of a client is small; an answer of the engine may list every order.
inline constexpr std::size_t console_request_max = 4096;
inline constexpr std::size_t console_answer_max = std::size_t{1} << 20;
inline constexpr std::size_t frame_header = 4;

[[nodiscard]] inline std::string make_frame(std::string_view body) {
    const auto size = static_cast<std::uint32_t>(body.size());
    std::string frame;
    frame.reserve(frame_header + body.size());
    for (int shift = 24; shift >= 0; shift -= 8) {
        frame.push_back(static_cast<char>(size >> shift & 0xffU));
    }
    frame.append(body);
    return frame;
}

enum class FrameState : std::uint8_t { incomplete, complete, too_long };

struct FrameCut {
    FrameState state{FrameState::incomplete};
    std::string_view body;   ///< complete: the JSON
    std::size_t consumed{};  ///< complete: bytes of the whole frame
};

/// Looks for one whole frame at the beginning of `bytes`.
[[nodiscard]] inline FrameCut cut_frame(std::string_view bytes, std::size_t body_max) noexcept {
    if (bytes.size() < frame_header) {
        return {};
    }
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < frame_header; ++i) {
        size = size << 8 | static_cast<unsigned char>(bytes[i]);
    }
    if (size > body_max) {
        return {FrameState::too_long, {}, 0};
    }
    if (bytes.size() < frame_header + size) {
        return {};
    }
    return {FrameState::complete, bytes.substr(frame_header, size), frame_header + size};
}

}  // namespace portcullis::tools
