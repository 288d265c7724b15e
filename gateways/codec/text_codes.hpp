// Hex and base64, into buffers of the caller. No allocation; safe for secrets' derivatives
// (signatures), not constant-time: never use them on a secret itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::gateways {

/// Lower-case hex; writes 2 * size characters.
void write_hex(const std::uint8_t* from, std::size_t size, char* out) noexcept;

[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) noexcept {
    return (bytes + 2) / 3 * 4;
}
/// RFC 4648 with padding; writes base64_size(size) characters.
void write_base64(const std::uint8_t* from, std::size_t size, char* out) noexcept;
/// Strict: padding required, no foreign character, no stray bits. Returns the number of bytes.
[[nodiscard]] std::optional<std::size_t> read_base64(std::string_view text, std::uint8_t* out,
                                                     std::size_t room) noexcept;

}  // namespace portcullis::gateways
