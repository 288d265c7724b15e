// MarketDataDecoder: Binance market data text -> integers. Spot, USD-M and COIN-M; raw and combined
// frames.
//
// simdjson On-Demand with one parser that is kept: it indexes the frame (and proves its UTF-8), we
// walk the fields once, in whatever order they come, and switch on the raw key. A DOM would build
// what nobody asks for; On-Demand's own look-up by name would depend on the order of the keys.
// On-Demand does not validate what it skips, so everything skipped is validated here: a frame is
// accepted whole or refused whole. Numbers go from the raw token through engine/types/decimal,
// never through floating point. What is decoded lies in the decoder's own scratch until the next
// call, so nothing of a refused message is ever seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/market.hpp"

namespace portcullis::gateways::binance {

enum class DecodeError : std::uint8_t {
    none = 0,
    frame_too_big,  ///< longer than the decoder was built for
    bad_json,       ///< syntax, UTF-8, control characters, something after the end
    too_deep,
    not_an_object,
    escaped_text,  ///< a backslash in a key or in a text that is compared
    missing_key,
    duplicate_key,
    wrong_type,
    bad_decimal,  ///< sign, exponent, space, empty, NaN...
    inexact,      ///< more than eight decimals that are not zero
    too_large,    ///< does not fit the integer
    zero_price,
    bad_range,  ///< U above u, or pu above u
    unknown_symbol,
    too_many_levels,
    bad_level,         ///< not a pair [price, quantity]
    ambiguous,         ///< message keys beside "data"
    refused_by_venue,  ///< ws-api answer with a status other than 200
};
[[nodiscard]] const char* describe(DecodeError error) noexcept;

enum class MessageKind : std::uint8_t {
    none = 0,  ///< refused: see error
    depth,
    top_of_book,
    trade,
    ignored,  ///< well formed, of a type that we do not use (aggTrade, markPriceUpdate, ...)
    control_reply,
    venue_error,  ///< {"code":..,"msg":..}: a request of ours was refused
    server_shutdown,
};

/// Whether it is usually read by its layout (market_data_layout.hpp).
[[nodiscard]] constexpr bool has_layout(MessageKind kind) noexcept {
    return kind == MessageKind::depth || kind == MessageKind::top_of_book ||
           kind == MessageKind::trade;
}

/// One depthUpdate, cut into parts of three levels that share its ids, the final one flagged
/// `last`; an update without levels is one empty part.
struct DepthUpdate {
    engine::UpdateId first{};     ///< U
    engine::UpdateId last{};      ///< u
    engine::UpdateId previous{};  ///< pu, futures only
    bool futures{};               ///< continuity is by pu
    std::span<const engine::BookDelta> deltas;
};

/// What a frame said. The member named by `kind` is set; all of it lives until the next decode().
struct DecodedMessage {
    MessageKind kind{MessageKind::none};
    DecodeError error{DecodeError::none};
    char key[8]{};         ///< the key that the error is about, where there is one
    bool layout_missed{};  ///< has_layout(kind), and not in it: walked
    engine::InstrumentId instrument{engine::no_instrument};  ///< also set in errors, when known
    engine::WallNs event_time{};                             ///< E; zero where the venue gives none
    DepthUpdate depth{};
    engine::TopOfBook top{};
    engine::TradePrint trade{};
};

struct SymbolEntry {
    std::string symbol;  ///< as in messages: "BTCUSDT"
    engine::InstrumentId instrument{engine::no_instrument};
};

/// Levels of both sides in one message. 1,076 is the most seen; a whole book is 10,000.
inline constexpr std::size_t message_levels_max = 12'000;
inline constexpr std::size_t message_deltas_max =
    (message_levels_max + engine::BookDelta::levels_max - 1) / engine::BookDelta::levels_max;

// Invariants: 1. no allocation after construction; 2. every refusal has a name and the key it is
// about; 3. an escaped key or text is refused, because comparing raw bytes would misread it; 4. a
// key that we know and that comes twice is refused. Owner: one agent.
class MarketDataDecoder {
public:
    /// Requires: symbols are distinct, 1..31 bytes without quotes and backslashes, at most
    /// capacity::instruments of them.
    explicit MarketDataDecoder(const std::vector<SymbolEntry>& symbols,
                               std::size_t frame_bytes_max = std::size_t{1} << 20);
    ~MarketDataDecoder();
    MarketDataDecoder(const MarketDataDecoder&) = delete;
    MarketDataDecoder& operator=(const MarketDataDecoder&) = delete;

    /// Decodes one text frame. Requires: capacity::frame_padding readable bytes follow it.
    [[nodiscard]] const DecodedMessage& decode(std::string_view frame) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A depth snapshot, REST or ws-api. The caller knows which instrument it asked for.
struct DepthSnapshot {
    engine::InstrumentId instrument{engine::no_instrument};
    engine::UpdateId last_update{};
    std::vector<engine::BookLevel> bids;
    std::vector<engine::BookLevel> asks;
    /// As many as were asked for: the venue has more. Set by who asked.
    bool bids_cut{};
    bool asks_cut{};

    /// Room for the largest snapshot, so that decoding into it allocates nothing.
    static constexpr std::size_t levels_per_side_max = 5000;
    DepthSnapshot();
};

/// Decodes {"lastUpdateId":..,"bids":..,"asks":..}, bare (REST) or as `result` of a ws-api answer.
class SnapshotDecoder {
public:
    explicit SnapshotDecoder(std::size_t frame_bytes_max = std::size_t{1} << 20);
    ~SnapshotDecoder();
    SnapshotDecoder(const SnapshotDecoder&) = delete;
    SnapshotDecoder& operator=(const SnapshotDecoder&) = delete;

    /// Sets last_update, bids and asks of `out`; both sides are empty after a refusal. Requires:
    /// capacity::frame_padding readable bytes follow the text.
    [[nodiscard]] DecodeError decode(std::string_view text, DepthSnapshot& out) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::gateways::binance
