// What a client must make of a server's bytes, by RFC 6455 and nothing else: a naive reader that
// has all of them at once. The other side, too: whether what a client sent is well-formed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateways/net/transport.hpp"

namespace portcullis::gateways::test {

struct TwinFrame {
    FrameKind kind;
    std::string payload;
    bool operator==(const TwinFrame&) const = default;
};

enum class TwinEnd : std::uint8_t {
    unfinished = 1,  ///< every byte is good so far
    closed = 2,      ///< a close frame
    broken = 3,      ///< no server may send this
    too_big = 4,
};

struct TwinReading {
    std::vector<TwinFrame> frames;
    TwinEnd end{TwinEnd::unfinished};
    std::uint16_t close_code{};
    std::string close_reason;
};

enum class Utf8 : std::uint8_t { whole = 1, inside_code_point = 2, invalid = 3 };

/// RFC 3629, by its table of first and second bytes.
inline Utf8 utf8_of(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at++]);
        if (first < 0x80) {
            continue;
        }
        if (first < 0xc2 || first > 0xf4) {
            return Utf8::invalid;
        }
        unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        for (int left = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3; left > 0; --left) {
            if (at == text.size()) {
                return Utf8::inside_code_point;
            }
            const auto next = static_cast<unsigned char>(text[at++]);
            if (next < low || next > high) {
                return Utf8::invalid;
            }
            low = 0x80;
            high = 0xbf;
        }
    }
    return Utf8::whole;
}

/// A frame's head; `size` is npos where the bytes end inside it.
struct TwinHead {
    bool fin{};
    int rsv{};
    int opcode{};
    bool masked{};
    bool minimal{true};
    std::uint64_t payload_size{};
    std::size_t size{std::string_view::npos};
};

inline TwinHead twin_head(std::string_view bytes) {
    TwinHead head;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < 2) {
        return head;
    }
    head.fin = (byte(0) & 0x80U) != 0;
    head.rsv = (byte(0) >> 4U) & 7;
    head.opcode = byte(0) & 15;
    head.masked = (byte(1) & 0x80U) != 0;
    head.payload_size = byte(1) & 0x7fU;
    const std::size_t wide = head.payload_size == 126 ? 2 : head.payload_size == 127 ? 8 : 0;
    if (bytes.size() < 2 + wide) {
        return head;
    }
    if (wide != 0) {
        head.payload_size = 0;
        for (std::size_t i = 0; i < wide; ++i) {
            head.payload_size = head.payload_size << 8U | byte(2 + i);
        }
        head.minimal = head.payload_size >= (wide == 2 ? 126U : 65536U);
    }
    head.size = 2 + wide;
    return head;
}

/// What is wrong with the first two bytes already.
inline bool twin_refuses(std::string_view bytes, bool inside_message) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    const int opcode = first & 15;
    const bool control = (opcode & 8) != 0;
    return (first & 0x70U) != 0 || (second & 0x80U) != 0 || (opcode > 2 && opcode < 8) ||
           opcode > 10 || (control && ((first & 0x80U) == 0 || (second & 0x7fU) > 125)) ||
           (!control && inside_message != (opcode == 0));
}

inline void twin_close(TwinReading& reading, std::string_view payload) {
    reading.end = TwinEnd::closed;
    reading.close_code = 1005;
    if (payload.empty()) {
        return;
    }
    const auto code = payload.size() < 2 ? 0
                                         : static_cast<unsigned char>(payload[0]) << 8 |
                                               static_cast<unsigned char>(payload[1]);
    const bool known =
        (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
        (code >= 3000 && code <= 4999);
    const bool good = known && utf8_of(payload.substr(2)) == Utf8::whole;
    reading.end = good ? TwinEnd::closed : TwinEnd::broken;
    reading.close_code = static_cast<std::uint16_t>(code);
    reading.close_reason = good ? payload.substr(2) : "";
}

/// Everything that the bytes of a server say, up to its close frame or its first mistake.
inline TwinReading twin_read(std::string_view bytes, std::size_t message_bytes_max) {
    TwinReading reading;
    std::string message;
    FrameKind kind = FrameKind::text;
    bool inside = false;
    while (bytes.size() >= 2) {
        const TwinHead head = twin_head(bytes);
        if (twin_refuses(bytes, inside) || !head.minimal || (head.payload_size >> 63U) != 0) {
            reading.end = TwinEnd::broken;
            return reading;
        }
        if (head.size == std::string_view::npos) {
            return reading;
        }
        const bool control = (head.opcode & 8) != 0;
        if (!control && head.payload_size > message_bytes_max - message.size()) {
            reading.end = TwinEnd::too_big;
            return reading;
        }
        bytes.remove_prefix(head.size);
        const bool whole = head.payload_size <= bytes.size();
        const std::string_view payload = bytes.substr(0, head.payload_size);
        bytes.remove_prefix(payload.size());
        if (control && whole) {
            if (head.opcode == 8) {
                twin_close(reading, payload);
                return reading;
            }
            reading.frames.push_back(
                {head.opcode == 9 ? FrameKind::ping : FrameKind::pong, std::string(payload)});
        }
        if (control) {
            continue;
        }
        kind = head.opcode == 0 ? kind : head.opcode == 1 ? FrameKind::text : FrameKind::binary;
        inside = true;
        message += payload;
        const Utf8 text = kind == FrameKind::text ? utf8_of(message) : Utf8::whole;
        if (text == Utf8::invalid || (whole && head.fin && text != Utf8::whole)) {
            reading.end = TwinEnd::broken;
            return reading;
        }
        if (whole && head.fin) {
            reading.frames.push_back({kind, message});
            message.clear();
            inside = false;
        }
    }
    return reading;
}

/// The frames that a client sent; false where one is not as a client's must be, or is no close
/// frame behind one. The last may be unfinished.
inline bool twin_read_client(std::string_view bytes, std::vector<TwinFrame>& pongs) {
    bool closed = false;
    while (!bytes.empty()) {
        const TwinHead head = twin_head(bytes);
        const bool known = head.opcode == 1 || (head.opcode >= 8 && head.opcode <= 10);
        if (bytes.size() < 2 || head.size == std::string_view::npos ||
            bytes.size() < head.size + 4 + head.payload_size) {
            return true;
        }
        if (!head.fin || head.rsv != 0 || !head.masked || !head.minimal || !known ||
            (head.opcode >= 8 && head.payload_size > 125) || (closed && head.opcode != 8)) {
            return false;
        }
        closed = head.opcode == 8;
        const std::string_view mask = bytes.substr(head.size, 4);
        std::string payload(bytes.substr(head.size + 4, head.payload_size));
        for (std::size_t i = 0; i < payload.size(); ++i) {
            payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
        }
        if (head.opcode == 10) {
            pongs.push_back({FrameKind::pong, payload});
        }
        bytes.remove_prefix(head.size + 4 + payload.size());
    }
    return true;
}

}  // namespace portcullis::gateways::test
