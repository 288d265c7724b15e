// LayoutReader: reads forwards through a frame that is laid out as expected, without a JSON parser.
//
// A layout is a chain of these calls: text that must come next, and values between. The first that
// finds something else says so, and the frame is left to the walk. Whatever they take JSON takes
// too, with the same value. It never steps past the frame's end, though it may load bytes of the
// padding. Private to *_layout.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>

#include "engine/types/capacity.hpp"
#include "engine/types/decimal.hpp"
#include "gateways/binance/market_data_json.hpp"

namespace portcullis::gateways::binance {

class LayoutReader {
public:
    /// Requires: frame_padding readable bytes follow the frame.
    explicit LayoutReader(std::string_view frame) noexcept
        : at_(frame.data()), left_(frame.size()) {}

    /// Steps over `text`, if it is what comes next.
    template <std::size_t Size>
    [[nodiscard, gnu::always_inline]] bool literal(const char (&text)[Size]) noexcept {
        constexpr std::size_t size = Size - 1;
        if (left_ < size || !equal<size>(at_, text)) {
            return false;
        }
        step(size);
        return true;
    }
    /// What stands before the next `stop`, which is stepped over too; empty when that is not within
    /// 31 bytes.
    [[nodiscard, gnu::always_inline]] std::string_view until(char stop) noexcept {
        static_assert(engine::capacity::frame_padding >= sizeof(__m256i));
        const std::uint32_t found = equal_to(load(at_), stop);
        const auto size = static_cast<std::size_t>(std::countr_zero(found));
        if (found == 0 || size >= left_) {
            return {};
        }
        const std::string_view text(at_, size);
        step(size + 1);
        return text;
    }
    [[nodiscard]] bool next_is(char c) const noexcept { return left_ != 0 && *at_ == c; }
    [[nodiscard]] bool at_end() const noexcept { return left_ == 0; }

    // --- values; what each is told by is stepped over too

    /// A text up to its quote, within 63 bytes, that stands as it is: printable ASCII, no escape.
    [[nodiscard]] bool text(std::string_view& out) noexcept {
        static_assert(engine::capacity::frame_padding >= 2 * sizeof(__m256i));
        const __m256i head = load(at_);
        std::uint64_t quotes = equal_to(head, '"');
        std::uint64_t odd = not_plain(head);
        if (quotes == 0) {
            const __m256i tail = load(at_ + sizeof head);
            quotes = std::uint64_t{equal_to(tail, '"')} << 32;
            odd |= std::uint64_t{not_plain(tail)} << 32;
        }
        const auto size = static_cast<std::size_t>(std::countr_zero(quotes));
        if (quotes == 0 || size >= left_ || (odd & (quotes - 1) & ~quotes) != 0) {
            return false;
        }
        out = {at_, size};
        step(size + 1);
        return true;
    }
    [[nodiscard]] bool text() noexcept {
        std::string_view unread;
        return text(unread);
    }
    /// A decimal up to its quote. In line, because a level of a book is two of them.
    [[nodiscard, gnu::always_inline]] bool decimal(std::int64_t& out) noexcept {
        const engine::DecimalResult parsed = engine::parse_decimal(until('"'));
        out = parsed.atoms;
        return parsed.error == engine::DecimalError::none;
    }
    /// An integer that is not negative, up to `stop`.
    [[nodiscard]] bool number(std::uint64_t& out, char stop = ',') noexcept {
        const std::string_view text = until(stop);
        const auto parsed = engine::parse_unsigned(text);
        out = parsed.value_or(0);
        return parsed && (text.size() == 1 || text.front() != '0');
    }
    [[nodiscard]] bool number() noexcept {
        std::uint64_t unread = 0;
        return number(unread);
    }
    [[nodiscard]] bool time(engine::WallNs& out, char stop = ',') noexcept {
        return json::time_of(until(stop), out) == DecodeError::none;
    }
    static constexpr std::uint64_t signed_max = std::numeric_limits<std::int64_t>::max();

private:
    /// Whether so many bytes are equal: word by word, the last overlapping, the literal's as
    /// constants. g++ 12 makes of std::memcmp a call where the size is no power of two.
    template <std::size_t Size>
    [[nodiscard, gnu::always_inline]] static bool equal(const char* a, const char* b) noexcept {
        if constexpr (Size >= 16) {
            __m128i differ = _mm_setzero_si128();
            for (std::size_t at = 0; at < Size; at += sizeof differ) {
                const std::size_t from = std::min(at, Size - sizeof differ);
                const __m128i left = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + from));
                const __m128i right = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + from));
                differ = _mm_or_si128(differ, _mm_xor_si128(left, right));
            }
            return _mm_testz_si128(differ, differ) != 0;
        } else if constexpr (Size >= 8) {
            return equal_words<std::uint64_t, Size>(a, b);
        } else if constexpr (Size >= 4) {
            return equal_words<std::uint32_t, Size>(a, b);
        } else if constexpr (Size >= 2) {
            return equal_words<std::uint16_t, Size>(a, b);
        } else {
            return *a == *b;
        }
    }
    template <class Word, std::size_t Size>
    [[nodiscard, gnu::always_inline]] static bool equal_words(const char* a,
                                                              const char* b) noexcept {
        Word differ = 0;
        for (std::size_t at = 0; at < Size; at += sizeof(Word)) {
            const std::size_t from = std::min(at, Size - sizeof(Word));
            Word left;
            Word right;
            std::memcpy(&left, a + from, sizeof left);
            std::memcpy(&right, b + from, sizeof right);
            differ = static_cast<Word>(differ | (left ^ right));
        }
        return differ == 0;
    }
    [[nodiscard]] static __m256i load(const char* at) noexcept {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    }
    [[nodiscard]] static std::uint32_t equal_to(__m256i bytes, char c) noexcept {
        return static_cast<std::uint32_t>(
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c))));
    }
    /// Control characters, all beyond ASCII (signed, they are negative) and the backslash.
    [[nodiscard]] static std::uint32_t not_plain(__m256i bytes) noexcept {
        const __m256i printable = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(0x1f));
        return ~static_cast<std::uint32_t>(_mm256_movemask_epi8(printable)) | equal_to(bytes, '\\');
    }
    void step(std::size_t size) noexcept {
        at_ += size;
        left_ -= size;
    }
    const char* at_;
    std::size_t left_;
};

}  // namespace portcullis::gateways::binance
