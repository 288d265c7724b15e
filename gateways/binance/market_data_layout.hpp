// bookTicker, trade and depthUpdate as Binance lays them out, read without a JSON parser.
//
//   {"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1.0","B":"2.0",...}}
//   {"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":2,"p":"3.0",...}}
//   {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate",...,"b":[["1.0","2.0"],...],"a":[]}}
#pragma once

#include <immintrin.h>

#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/decimal.hpp"
#include "gateways/binance/market_data_fields.hpp"
#include "gateways/binance/market_data_json.hpp"

namespace portcullis::gateways::binance {

// Nearly all messages are one of these and an order may wait for each, so the layout is compared as
// text and the numbers are parsed where they lie: a quarter of the time of a walk. It decides
// nothing: whatever differs by a byte (order, blanks, another field, an escape, a number that is
// not exact, a price of zero) is left to the walk (market_data.cpp), which alone says what is
// accepted and why not. Invariant: what this accepts the walk accepts with the same values; the
// fuzzer and the reference decoder hold both to it (tests/gateways/binance_market_data). Private to
// market_data*.cpp.

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
    [[nodiscard]] bool next_is(char c) const noexcept { return left_ != 0 && *at_ == c; }
    [[nodiscard]] bool at_end() const noexcept { return left_ == 0; }

private:
    void step(std::size_t size) noexcept {
        at_ += size;
        left_ -= size;
    }
    const char* at_;
    std::size_t left_;
};

class MarketDataLayout {
public:
    /// `table` is the decoder's, of the same symbols, and outlives this.
    MarketDataLayout(const std::vector<SymbolEntry>& symbols, const SymbolIndex& table)
        : symbols_(table), streams_(stream_names(symbols)) {}

    /// The kind of the frame, whose member of `out` is set with instrument and event time, but for
    /// depth.deltas: `take(key, price, qty)` is told each level, and says whether it could be
    /// taken. `none`: read it by the walk; what was written or taken means nothing. Requires:
    /// frame_padding readable bytes follow the frame.
    template <class Take>
    [[nodiscard]] MessageKind read(std::string_view frame, DecodedMessage& out,
                                   Take&& take) const noexcept {
        LayoutReader in(frame);
        if (!in.literal(R"({"stream":")")) {
            return MessageKind::none;
        }
        const engine::InstrumentId instrument = streams_.find(in.until('@'));
        if (instrument == engine::no_instrument) {
            return MessageKind::none;
        }
        out.instrument = instrument;
        const bool whole = in.next_is('b')   ? read_top(in, out)
                           : in.next_is('t') ? read_trade(in, out)
                                             : read_depth(in, out, take);
        return whole && in.literal("}}") && in.at_end() ? out.kind : MessageKind::none;
    }

private:
    [[nodiscard]] bool read_top(LayoutReader& in, DecodedMessage& out) const noexcept {
        out.kind = MessageKind::top_of_book;
        engine::TopOfBook& top = out.top;
        top = engine::TopOfBook{};
        top.instrument = out.instrument;
        return in.literal(R"(bookTicker","data":{"u":)") &&
               number(in.until(','), top.update.value) && in.literal(R"("s":")") &&
               symbols_.find(in.until('"')) == out.instrument && in.literal(R"(,"b":")") &&
               decimal(in.until('"'), top.bid.price.value) && in.literal(R"(,"B":")") &&
               decimal(in.until('"'), top.bid.qty.value) && in.literal(R"(,"a":")") &&
               decimal(in.until('"'), top.ask.price.value) && in.literal(R"(,"A":")") &&
               decimal(in.until('"'), top.ask.qty.value);
    }
    [[nodiscard]] bool read_trade(LayoutReader& in, DecodedMessage& out) const noexcept {
        out.kind = MessageKind::trade;
        engine::TradePrint& trade = out.trade;
        trade = engine::TradePrint{};
        trade.instrument = out.instrument;
        std::uint64_t id = 0;
        const bool head = in.literal(R"(trade","data":{"e":"trade","E":)") &&
                          time(in.until(','), out.event_time) && in.literal(R"("s":")") &&
                          symbols_.find(in.until('"')) == out.instrument &&
                          in.literal(R"(,"t":)") && number(in.until(','), id) && id <= id_max &&
                          in.literal(R"("p":")") && decimal(in.until('"'), trade.price.value) &&
                          in.literal(R"(,"q":")") && decimal(in.until('"'), trade.qty.value) &&
                          in.literal(R"(,"T":)") && time(in.until(','), trade.exchange_time);
        trade.trade = engine::TradeId{static_cast<std::int64_t>(id)};
        const bool sold = in.literal(R"("m":true)");
        trade.aggressor = sold ? engine::Side::sell : engine::Side::buy;
        return head && (sold || in.literal(R"("m":false)")) && trade.price.value != 0 &&
               trade.qty.value != 0 && (in.literal(R"(,"M":true)") || in.literal(R"(,"M":false)"));
    }
    template <class Take>
    [[nodiscard]] bool read_depth(LayoutReader& in, DecodedMessage& out,
                                  const Take& take) const noexcept {
        out.kind = MessageKind::depth;
        DepthUpdate& depth = out.depth;
        depth.previous = engine::UpdateId{};
        depth.futures = false;
        return (in.literal(R"(depth@100ms","data":{"e":"depthUpdate","E":)") ||
                in.literal(R"(depth","data":{"e":"depthUpdate","E":)")) &&
               time(in.until(','), out.event_time) && in.literal(R"("s":")") &&
               symbols_.find(in.until('"')) == out.instrument && in.literal(R"(,"U":)") &&
               number(in.until(','), depth.first.value) && in.literal(R"("u":)") &&
               number(in.until(','), depth.last.value) && depth.first <= depth.last &&
               in.literal(R"("b":)") && read_side(in, key_b, take) && in.literal(R"(,"a":)") &&
               read_side(in, key_a, take);
    }
    template <class Take>
    [[nodiscard]] static bool read_side(LayoutReader& in, Key side, const Take& take) noexcept {
        if (!in.literal("[")) {
            return false;
        }
        if (in.literal("]")) {
            return true;
        }
        do {
            engine::PriceAtoms price{};
            engine::QtyAtoms qty{};
            if (!in.literal(R"([")") || !decimal(in.until('"'), price.value) ||
                !in.literal(R"(,")") || !decimal(in.until('"'), qty.value) || !in.literal("]") ||
                price.value == 0 || !take(side, price, qty)) {
                return false;
            }
        } while (in.literal(","));
        return in.literal("]");
    }

    static constexpr std::uint64_t id_max = std::numeric_limits<std::int64_t>::max();

    [[nodiscard]] static bool number(std::string_view text, std::uint64_t& out) noexcept {
        const auto parsed = engine::parse_unsigned(text);
        out = parsed.value_or(0);
        return parsed && (text.size() == 1 || text.front() != '0');
    }
    [[nodiscard]] static bool time(std::string_view text, engine::WallNs& out) noexcept {
        return json::time_of(text, out) == DecodeError::none;
    }
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
