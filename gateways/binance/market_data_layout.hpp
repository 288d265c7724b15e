// bookTicker, trade and depthUpdate as Binance lays them out, read without a JSON parser.
//
//   {"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1.0","B":"2.0",...}}
//   {"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":2,"p":"3.0",...}}
//   {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate",...,"b":[["1.0","2.0"],...],"a":[]}}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/events/market.hpp"
#include "gateways/binance/layout_reader.hpp"
#include "gateways/binance/market_data_fields.hpp"

namespace portcullis::gateways::binance {

// Nearly all messages are one of these and an order may wait for each, so the layout is compared as
// text and the numbers are parsed where they lie: a quarter of the time of a walk. It decides
// nothing: whatever differs by a byte (order, blanks, another field, an escape, a number that is
// not exact, a price of zero) is left to the walk (market_data.cpp), which alone says what is
// accepted and why not. Invariant: what this accepts the walk accepts with the same values; the
// fuzzer and the reference decoder hold both to it (tests/gateways/binance_market_data). Private to
// market_data*.cpp.

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
        return in.literal(R"(bookTicker","data":{"u":)") && in.number(top.update.value) &&
               in.literal(R"("s":")") && symbols_.find(in.until('"')) == out.instrument &&
               in.literal(R"(,"b":")") && in.decimal(top.bid.price.value) &&
               in.literal(R"(,"B":")") && in.decimal(top.bid.qty.value) &&
               in.literal(R"(,"a":")") && in.decimal(top.ask.price.value) &&
               in.literal(R"(,"A":")") && in.decimal(top.ask.qty.value);
    }
    [[nodiscard]] bool read_trade(LayoutReader& in, DecodedMessage& out) const noexcept {
        out.kind = MessageKind::trade;
        engine::TradePrint& trade = out.trade;
        trade = engine::TradePrint{};
        trade.instrument = out.instrument;
        std::uint64_t id = 0;
        const bool head =
            in.literal(R"(trade","data":{"e":"trade","E":)") && in.time(out.event_time) &&
            in.literal(R"("s":")") && symbols_.find(in.until('"')) == out.instrument &&
            in.literal(R"(,"t":)") && in.number(id) && id <= LayoutReader::signed_max &&
            in.literal(R"("p":")") && in.decimal(trade.price.value) && in.literal(R"(,"q":")") &&
            in.decimal(trade.qty.value) && in.literal(R"(,"T":)") && in.time(trade.exchange_time);
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
               in.time(out.event_time) && in.literal(R"("s":")") &&
               symbols_.find(in.until('"')) == out.instrument && in.literal(R"(,"U":)") &&
               in.number(depth.first.value) && in.literal(R"("u":)") &&
               in.number(depth.last.value) && depth.first <= depth.last && in.literal(R"("b":)") &&
               read_side(in, key_b, take) && in.literal(R"(,"a":)") && read_side(in, key_a, take);
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
            if (!in.literal(R"([")") || !in.decimal(price.value) || !in.literal(R"(,")") ||
                !in.decimal(qty.value) || !in.literal("]") || price.value == 0 ||
                !take(side, price, qty)) {
                return false;
            }
        } while (in.literal(","));
        return in.literal("]");
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
