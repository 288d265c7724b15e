// What WebSocket++ 0.8.2 leaves out or forgets, as functions of plain values: whether a text ends
// inside a code point (it looks at the end of unfragmented texts only), and how a connection ended
// (it reads on in the bytes behind the peer's close frame, and overwrites what it knew).
//
// Free of the library, which does not compile as C++20. C++17 and C++20. Used by transport.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "gateways/net/transport.hpp"

namespace portcullis::gateways {

/// True where `text`, whose every complete code point is valid, ends inside one.
inline bool ends_inside_code_point(const std::string& text) {
    const std::size_t size = text.size();
    for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
        const auto byte = static_cast<unsigned char>(text[size - back]);
        if (byte >= 0xc0) {
            const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
            return back < length;
        }
        if (byte < 0x80) {
            return false;
        }
    }
    return false;
}

/// What the library said of the end at the moment when it wrote its close frame.
struct Closing {
    static constexpr std::uint16_t normal = 1000;
    static constexpr std::uint16_t no_status = 1005;
    static constexpr std::uint16_t message_too_big = 1009;

    bool noted{};
    std::uint16_t local{};
    std::uint16_t remote{};
    std::string local_reason;
    std::string remote_reason;

    /// Ours is a protocol error, or an echo of the peer's close; an echo repeats code and reason.
    [[nodiscard]] CloseCause cause() const {
        const bool echo = local == remote && local_reason == remote_reason;
        const bool plain = remote == no_status && local == normal;
        return echo || plain              ? CloseCause::peer
               : local == message_too_big ? CloseCause::too_big
                                          : CloseCause::protocol_error;
    }
};

}  // namespace portcullis::gateways
