// What the account stream and the WebSocket API say of orders, as the exchange lays it out: frames
// of a session with our venue, each of a round with numbers, ids and times of its own. No recording
// of anybody's account exists that one could ship.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/types/capacity.hpp"
#include "gateways/binance/symbols.hpp"

namespace portcullis::bench {

struct AccountFrame {
    explicit AccountFrame(std::string text) : bytes(std::move(text)), size(bytes.size()) {
        bytes.append(engine::capacity::frame_padding, '\0');
    }
    std::string bytes;  ///< with padding behind `size`
    std::size_t size;
    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

/// Of each round an order that came, one that was cancelled and one that was filled.
[[nodiscard]] std::vector<AccountFrame> report_frames(std::size_t rounds);
/// The balances that come with each report.
[[nodiscard]] std::vector<AccountFrame> balance_frames(std::size_t rounds);
/// Answers to cancelReplace, with their limits.
[[nodiscard]] std::vector<AccountFrame> replace_frames(std::size_t rounds);
[[nodiscard]] gateways::binance::SymbolTable account_symbols();

}  // namespace portcullis::bench
