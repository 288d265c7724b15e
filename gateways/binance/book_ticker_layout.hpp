// The bookTicker frame as Binance lays it out, read without a JSON parser.
//
//   {"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT",
//    "b":"1.0","B":"2.0","a":"3.0","A":"4.0"}}                       (in one line)
#pragma once

#include <immintrin.h>

#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/decimal.hpp"
#include "gateways/binance/market_data_fields.hpp"

namespace portcullis::gateways::binance {

// Nine of ten messages of a quiet market are this one and an order waits for each, so its layout is
// compared as text and its four numbers are parsed where they lie: a quarter of the time of a walk.
// It decides nothing: whatever differs by a byte (order, blanks, another field, an escape, a number
// that is not exact) is left to the walk (market_data.cpp), which alone says what is accepted and
// why not. Invariant: what this accepts the walk accepts with the same values; the fuzzer and the
// reference decoder hold both to it (tests/gateways/binance_market_data).
// Private to market_data*.cpp.

/// Reads forwards through a frame and never past its end, though it may load bytes of the padding.
class LayoutReader {
public:
    explicit LayoutReader(std::string_view frame) noexcept
        : at_(frame.data()), left_(frame.size()) {}

    /// Steps over `text`, if it is what comes next.
    template <std::size_t Size>
    [[nodiscard]] bool literal(const char (&text)[Size]) noexcept {
        constexpr std::size_t size = Size - 1;
        if (left_ < size || std::memcmp(at_, text, size) != 0) {
            return false;
        }
        step(size);
        return true;
    }
    /// What stands before the next `stop`, which is stepped over too; empty when that is not within
    /// 31 bytes.
    [[nodiscard]] std::string_view until(char stop) noexcept {
        static_assert(engine::capacity::frame_padding >= sizeof(__m256i));
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at_));
        const auto found = static_cast<std::uint32_t>(
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(stop))));
        const auto size = static_cast<std::size_t>(std::countr_zero(found));
        if (found == 0 || size >= left_) {
            return {};
        }
        const std::string_view text(at_, size);
        step(size + 1);
        return text;
    }
    [[nodiscard]] bool at_end() const noexcept { return left_ == 0; }

private:
    void step(std::size_t size) noexcept {
        at_ += size;
        left_ -= size;
    }
    const char* at_;
    std::size_t left_;
};

class BookTickerLayout {
public:
    /// `table` is the decoder's, of the same symbols, and outlives this.
    BookTickerLayout(const std::vector<SymbolEntry>& symbols, const SymbolIndex& table)
        : symbols_(table), streams_(stream_names(symbols)) {}

    /// True: `out` is what the frame says. False: read it by the walk. Requires: frame_padding
    /// readable bytes follow the frame.
    [[nodiscard]] bool read(std::string_view frame, engine::TopOfBook& out) const noexcept {
        LayoutReader in(frame);
        if (!in.literal(R"({"stream":")")) {
            return false;
        }
        const engine::InstrumentId instrument = streams_.find(in.until('@'));
        if (instrument == engine::no_instrument || !in.literal(R"(bookTicker","data":{"u":)")) {
            return false;
        }
        const std::string_view update = in.until(',');
        const auto number = engine::parse_unsigned(update);
        if (!number || (update.size() > 1 && update.front() == '0') || !in.literal(R"("s":")") ||
            symbols_.find(in.until('"')) != instrument) {
            return false;
        }
        engine::TopOfBook top{};
        top.instrument = instrument;
        top.update.value = *number;
        if (!in.literal(R"(,"b":")") || !decimal(in.until('"'), top.bid.price.value) ||
            !in.literal(R"(,"B":")") || !decimal(in.until('"'), top.bid.qty.value) ||
            !in.literal(R"(,"a":")") || !decimal(in.until('"'), top.ask.price.value) ||
            !in.literal(R"(,"A":")") || !decimal(in.until('"'), top.ask.qty.value) ||
            !in.literal("}}") || !in.at_end()) {
            return false;
        }
        out = top;
        return true;
    }

private:
    [[nodiscard]] static bool decimal(std::string_view text, std::int64_t& out) noexcept {
        const engine::DecimalResult parsed = engine::parse_decimal(text);
        out = parsed.atoms;
        return parsed.error == engine::DecimalError::none;
    }
    /// Lower-case names, as in the names of streams. A symbol of other than letters, digits and
    /// underscores is left to the walk: no text that JSON would refuse may match.
    [[nodiscard]] static std::vector<SymbolEntry> stream_names(
        const std::vector<SymbolEntry>& symbols) {
        std::vector<SymbolEntry> names;
        for (SymbolEntry entry : symbols) {
            bool plain = true;
            for (char& c : entry.symbol) {
                const bool upper = c >= 'A' && c <= 'Z';
                plain = plain && (upper || (c >= '0' && c <= '9') || c == '_');
                c = upper ? static_cast<char>(c - 'A' + 'a') : c;
            }
            if (plain) {
                names.push_back(entry);
            }
        }
        return names;
    }

    const SymbolIndex& symbols_;
    SymbolIndex streams_;
};

}  // namespace portcullis::gateways::binance
