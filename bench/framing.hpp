// Framing alone: what a websocket library makes of bytes that are decrypted already. Ours beside
// WebSocket++ and Boost.Beast, each a client past its upgrade, with memory where TLS would be.
// Shared with a file that is compiled as C++17, as WebSocket++ must be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bench {

/// Who gets the messages.
struct Received {
    std::uint64_t messages{}, bytes{};
    std::vector<std::string>* kept{};  ///< null: they are only counted

    void take(const char* data, std::size_t size) {
        ++messages;
        bytes += size;
        if (kept != nullptr) {
            kept->emplace_back(data, size);
        }
    }
};

/// Bytes of a server, cut as TLS brings them, in which so many messages end.
struct Wire {
    static constexpr std::size_t record_bytes_max = 16 * 1024;
    std::vector<std::string> records;
    std::size_t messages{};
};

class FramingClient {
public:
    virtual ~FramingClient() = default;
    /// Each record is copied to where the library has TLS put it, and whole messages are told to
    /// `to`. False: refused.
    virtual bool take(const Wire& wire, Received& to) = 0;
};

[[nodiscard]] std::unique_ptr<FramingClient> make_framing_websocketpp();
[[nodiscard]] std::unique_ptr<FramingClient> make_framing_beast();

/// What a server answers to this request for an upgrade.
[[nodiscard]] std::string upgrade_answer_to(std::string_view request);

}  // namespace portcullis::bench
