// Hex, base64, percent-encoding: see text_codes.hpp.
#include "gateways/codec/text_codes.hpp"

#include <array>

namespace portcullis::gateways {
namespace {

constexpr char hex_lower[] = "0123456789abcdef";
constexpr char hex_upper[] = "0123456789ABCDEF";
constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

constexpr std::array<std::int8_t, 256> make_base64_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 64; ++i) {
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}
constexpr std::array<std::int8_t, 256> base64_values = make_base64_values();

bool unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

void write_hex(const std::uint8_t* from, std::size_t size, char* out) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
        out[2 * i] = hex_lower[from[i] >> 4];
        out[2 * i + 1] = hex_lower[from[i] & 0x0f];
    }
}

std::optional<std::size_t> read_hex(std::string_view text, std::uint8_t* out,
                                    std::size_t room) noexcept {
    if (text.size() % 2 != 0 || text.size() / 2 > room) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < text.size() / 2; ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return text.size() / 2;
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

void append_percent_encoded(TextWriter& to, std::string_view text) noexcept {
    for (const char c : text) {
        if (unreserved(c)) {
            to.append(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        const char escaped[3] = {'%', hex_upper[byte >> 4], hex_upper[byte & 0x0f]};
        to.append(std::string_view(escaped, 3));
    }
}

}  // namespace portcullis::gateways
