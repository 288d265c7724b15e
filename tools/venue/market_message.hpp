// Market messages: what the venue itself needs to know of a recorded message.
//
// Not the gateway's decoder, on purpose: a venue that shared it would agree with its mistakes, and
// it wants other things (whole level lists at once, no speed). Messages are published byte for byte
// whatever is read here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

/// What a stream's name says that it carries; `other` is published and not looked into.
enum class StreamKind : std::uint8_t { depth, ticker, trade, other };

[[nodiscard]] StreamKind stream_kind(std::string_view stream);

struct DepthMessage {
    std::string symbol;  ///< empty in a REST snapshot
    std::uint64_t first_id{};
    std::uint64_t last_id{};
    std::vector<Level> bids, asks;
};
struct TickerMessage {
    std::string symbol;
    std::uint64_t update_id{};
    Level bid, ask;
};
struct TradeMessage {
    std::string symbol;
    PriceAtoms price{};
    QtyAtoms qty{};
    bool buyer_is_maker{};
};

/// Reads messages. Requires of every `json`: line_padding readable bytes behind it (recording.hpp).
class MessageReader {
public:
    MessageReader();
    ~MessageReader();
    [[nodiscard]] engine::Result<DepthMessage> snapshot(std::string_view json);
    [[nodiscard]] engine::Result<DepthMessage> depth(std::string_view json);
    [[nodiscard]] engine::Result<TickerMessage> ticker(std::string_view json);
    [[nodiscard]] engine::Result<TradeMessage> trade(std::string_view json);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
