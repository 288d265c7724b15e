// Utf8Check: whether bytes that come in pieces are UTF-8 (RFC 3629), told at the first byte that
// cannot be. Pure. What a text frame needs (RFC 6455, 8.1); ASCII passes 64 bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace portcullis::gateways {

class Utf8Check {
public:
    /// More of the same text. False: it is none, whatever follows.
    [[nodiscard]] bool feed(const char* from, std::size_t size) noexcept {
        const char* const end = from + size;
        while (from != end) {
            if (left_ == 0) {
                from = skip_ascii(from, end);
                if (from == end) {
                    return true;
                }
            }
            if (!take(static_cast<unsigned char>(*from++))) {
                return false;
            }
        }
        return true;
    }
    /// Nothing, or the text so far ends with a whole code point.
    [[nodiscard]] bool whole() const noexcept { return left_ == 0; }

private:
    /// The first byte that is not ASCII, or `end`.
    static const char* skip_ascii(const char* from, const char* end) noexcept {
        constexpr std::size_t word = 8;
        const char* const begin = from;
        while (static_cast<std::size_t>(end - from) >= 8 * word && ascii<8>(from)) {
            from += 8 * word;
        }
        while (static_cast<std::size_t>(end - from) >= word && ascii<1>(from)) {
            from += word;
        }
        // What is left of a longer text is looked at as its last eight bytes.
        if (static_cast<std::size_t>(end - from) < word &&
            static_cast<std::size_t>(end - begin) >= word && ascii<1>(end - word)) {
            return end;
        }
        while (from != end && static_cast<unsigned char>(*from) < 0x80) {
            ++from;
        }
        return from;
    }
    template <std::size_t Words>
    static bool ascii(const char* from) noexcept {
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < Words; ++i) {
            std::uint64_t word = 0;
            std::memcpy(&word, from + i * sizeof word, sizeof word);
            all |= word;
        }
        return (all & 0x8080808080808080U) == 0;
    }
    /// The table of first and second bytes of RFC 3629.
    bool take(unsigned char byte) noexcept {
        if (left_ != 0) {
            const bool fits = byte >= low_ && byte <= high_;
            low_ = 0x80;
            high_ = 0xbf;
            --left_;
            return fits;
        }
        if (byte < 0xc2 || byte > 0xf4) {
            return byte < 0x80;
        }
        low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
        high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        left_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        return true;
    }

    unsigned char left_{};  ///< bytes that the code point still needs, the next in low_..high_
    unsigned char low_{};
    unsigned char high_{};
};

}  // namespace portcullis::gateways
