// What can be said of an Ed25519 key and signature by looking at their bytes: canonical or not,
// of small order or not.
//
// A library's verification accepts more than we do: OpenSSL takes keys that are not canonical and
// keys of small order, under which one signature can hold for many texts. So the bytes are judged
// here first, and what is left is the equation, which the caller's function decides: risk/ links no
// OpenSSL, and gateways/codec/ed25519, which does, stands above it. Pure functions; no secret is
// ever here, so none takes care to be constant-time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::risk {

using Ed25519Key = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

/// Whether the signature holds for the text under the key: R = [S]B - [k]A, without the cofactor.
using Ed25519Equation = bool (*)(const Ed25519Key& key, std::string_view text,
                                 const Ed25519Signature& signature) noexcept;

enum class PointFault : std::uint8_t { none, not_canonical, small_order };

/// Of an encoded point: y below 2^255 - 19, x not a negative zero; and none of the eight points
/// whose multiple by 8 is zero. Whether it lies on the curve is for the equation to find out.
[[nodiscard]] PointFault point_fault(const Ed25519Key& point) noexcept;
/// S below the order of the group: else a second signature could be made of one without the key.
[[nodiscard]] bool scalar_is_canonical(const Ed25519Signature& signature) noexcept;

/// Key and R canonical and not of small order, S canonical, and the equation.
[[nodiscard]] bool verify_strictly(const Ed25519Key& key, std::string_view text,
                                   const Ed25519Signature& signature,
                                   Ed25519Equation equation) noexcept;

/// Lower-case hex of any bytes.
[[nodiscard]] std::string hex_of(const std::uint8_t* bytes, std::size_t size);
template <std::size_t N>
[[nodiscard]] std::string hex_of(const std::array<std::uint8_t, N>& bytes) {
    return hex_of(bytes.data(), N);
}
/// Strict: 2 * `size` characters, lower case. False leaves `out` as it may be.
[[nodiscard]] bool read_hex(std::string_view text, std::uint8_t* out, std::size_t size) noexcept;
template <std::size_t N>
[[nodiscard]] std::optional<std::array<std::uint8_t, N>> bytes_of_hex(
    std::string_view text) noexcept {
    std::array<std::uint8_t, N> bytes{};
    return read_hex(text, bytes.data(), N) ? std::optional(bytes) : std::nullopt;
}

}  // namespace portcullis::risk
