// The upgrade from HTTP to a websocket, the client's side (RFC 6455, 4.1). Pure, once in the life
// of a connection: it may allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateways/net/transport.hpp"

namespace portcullis::gateways {

/// Status line and headers of an answer, all of them.
inline constexpr std::size_t upgrade_answer_bytes_max = std::size_t{16} * 1024;

/// The request; nothing where host or path cannot stand in one. `key`: base64 of 16 random bytes.
[[nodiscard]] std::optional<std::string> upgrade_request(const Endpoint& endpoint,
                                                         std::string_view key);

/// What a server answers to `key` (Sec-WebSocket-Accept).
[[nodiscard]] std::string upgrade_accept(std::string_view key);

struct UpgradeAnswer {
    enum class State : std::uint8_t { unfinished, agreed, refused };
    State state{State::unfinished};
    std::size_t size{};            ///< agreed: frames begin behind it
    std::uint16_t status{};        ///< 0: the answer has none of three digits
    std::int64_t retry_after_s{};  ///< 0: none
    std::string reason{};          ///< refused: why
};

/// What `bytes`, all that has come so far, say to a request with `key`. What is said before the
/// answer (1xx) is passed over.
[[nodiscard]] UpgradeAnswer read_upgrade_answer(std::string_view bytes, std::string_view key);
/// The same where no more will come: an answer that was cut off behind its status refuses as much
/// as a whole one, so that who is told 429 does not ask again at once.
[[nodiscard]] UpgradeAnswer read_cut_upgrade_answer(std::string_view bytes, std::string_view key);

}  // namespace portcullis::gateways
