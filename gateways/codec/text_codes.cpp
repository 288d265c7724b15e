// Hex and base64: see text_codes.hpp.
#include "gateways/codec/text_codes.hpp"

#include <array>

namespace portcullis::gateways {
namespace {

constexpr char hex_lower[] = "0123456789abcdef";
constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_base64_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 64; ++i) {
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}
constexpr std::array<std::int8_t, 256> base64_values = make_base64_values();

}  // namespace

void write_hex(const std::uint8_t* from, std::size_t size, char* out) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
        out[2 * i] = hex_lower[from[i] >> 4];
        out[2 * i + 1] = hex_lower[from[i] & 0x0f];
    }
}

void write_base64(const std::uint8_t* from, std::size_t size, char* out) noexcept {
    std::size_t at = 0;
    for (; at + 3 <= size; at += 3) {
        const std::uint32_t three = static_cast<std::uint32_t>(from[at]) << 16 |
                                    static_cast<std::uint32_t>(from[at + 1]) << 8 | from[at + 2];
        *out++ = base64_digits[three >> 18];
        *out++ = base64_digits[three >> 12 & 63];
        *out++ = base64_digits[three >> 6 & 63];
        *out++ = base64_digits[three & 63];
    }
    const std::size_t left = size - at;
    if (left == 0) {
        return;
    }
    const std::uint32_t last = static_cast<std::uint32_t>(from[at]) << 16 |
                               (left == 2 ? static_cast<std::uint32_t>(from[at + 1]) << 8 : 0);
    *out++ = base64_digits[last >> 18];
    *out++ = base64_digits[last >> 12 & 63];
    *out++ = left == 2 ? base64_digits[last >> 6 & 63] : '=';
    *out++ = '=';
}

std::optional<std::size_t> read_base64(std::string_view text, std::uint8_t* out,
                                       std::size_t room) noexcept {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    const std::size_t bytes = text.size() / 4 * 3 - padding;
    if (bytes > room) {
        return std::nullopt;
    }
    std::uint32_t bits = 0;
    std::size_t written = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool padded = at >= text.size() - padding;
        const int value = padded ? 0 : base64_values[static_cast<unsigned char>(text[at])];
        if (value < 0) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if (at % 4 == 3) {
            for (int shift = 16; shift >= 0; shift -= 8) {
                const auto byte = static_cast<std::uint8_t>(bits >> shift);
                if (written < bytes) {
                    out[written++] = byte;
                } else if (byte != 0) {
                    return std::nullopt;  // stray bits: a second text of the same bytes
                }
            }
            bits = 0;
        }
    }
    return bytes;
}

}  // namespace portcullis::gateways
