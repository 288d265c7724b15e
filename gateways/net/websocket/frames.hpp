// The frames of RFC 6455, 5.2: the head of one that a server sent, and one that a client sends.
// Pure, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis::gateways {

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

[[nodiscard]] constexpr bool is_control(Opcode opcode) noexcept {
    return (static_cast<unsigned>(opcode) & 8U) != 0;
}

/// Of a control frame; more is a mistake of the sender's.
inline constexpr std::size_t control_bytes_max = 125;

struct FrameHead {
    enum class State : std::uint8_t {
        unfinished,  ///< the bytes end inside it
        whole,
        broken  ///< no server may send it
    };
    State state{State::unfinished};
    bool fin{};
    Opcode opcode{};
    std::size_t size{};  ///< of the head itself
    std::uint64_t payload_size{};
};

/// `inside`: a message has begun and is not at its end. What is wrong is told as soon as it is
/// there; nothing is kept between two calls.
[[nodiscard]] inline FrameHead read_head(std::string_view bytes, bool inside) noexcept {
    FrameHead head;
    if (bytes.size() < 2) {
        return head;
    }
    const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned opcode = byte(0) & 15U;
    const unsigned size = byte(1) & 0x7fU;
    head.fin = (byte(0) & 0x80U) != 0;
    head.opcode = static_cast<Opcode>(opcode);
    const bool control = is_control(head.opcode);
    const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
    const bool reserved_or_masked = (byte(0) & 0x70U) != 0 || (byte(1) & 0x80U) != 0;
    const bool misplaced = control ? !head.fin || size > control_bytes_max
                                   : inside != (head.opcode == Opcode::continuation);
    if (!known || reserved_or_masked || misplaced) {
        head.state = FrameHead::State::broken;
        return head;
    }
    const std::size_t wide = size == 126 ? 2 : size == 127 ? 8 : 0;
    head.size = 2 + wide;
    if (bytes.size() < head.size) {
        return head;
    }
    head.payload_size = wide == 0 ? size : 0;
    for (std::size_t i = 0; i < wide; ++i) {
        head.payload_size = head.payload_size << 8U | byte(2 + i);
    }
    const std::uint64_t least = wide == 0 ? 0 : wide == 2 ? 126 : 65'536;
    const bool legal = head.payload_size >= least && (head.payload_size >> 63U) == 0;
    head.state = legal ? FrameHead::State::whole : FrameHead::State::broken;
    return head;
}

/// Of the close codes of RFC 6455, 7.4, those that may stand in a frame.
[[nodiscard]] constexpr bool close_code_legal(unsigned code) noexcept {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

/// Room that write_frame() needs.
[[nodiscard]] constexpr std::size_t frame_size_max(std::size_t payload) noexcept {
    return payload + 14;
}

/// A whole frame with `mask`; returns its size. Requires: frame_size_max() bytes of room.
inline std::size_t write_frame(Opcode opcode, std::string_view payload, std::uint32_t mask,
                               char* out) noexcept {
    char* at = out;
    *at++ = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
    const std::size_t size = payload.size();
    const unsigned wide = size <= control_bytes_max ? 0 : size < 65'536 ? 2 : 8;
    *at++ = static_cast<char>(0x80U | (wide == 0 ? size : wide == 2 ? 126U : 127U));
    for (unsigned i = wide; i > 0; --i) {
        *at++ = static_cast<char>(size >> (8 * (i - 1)) & 0xffU);
    }
    std::memcpy(at, &mask, sizeof mask);
    at += sizeof mask;
    const std::uint64_t twice = std::uint64_t{mask} << 32U | mask;
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, payload.data() + i, 8);
        word ^= twice;
        std::memcpy(at + i, &word, 8);
    }
    for (; i < size; ++i) {
        at[i] = static_cast<char>(static_cast<unsigned char>(payload[i]) ^
                                  (mask >> (8 * (i % 4)) & 0xffU));
    }
    return static_cast<std::size_t>(at - out) + size;
}

}  // namespace portcullis::gateways
