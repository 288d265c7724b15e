// AccountLayout: what every order brings, as Binance lays it out, read without a JSON parser.
//
//   {"subscriptionId":0,"event":{"e":"executionReport",...}}
//   {"subscriptionId":0,"event":{"e":"outboundAccountPosition",...}}
//   {"id":..,"status":200,"result":{..},"rateLimits":[..]}      to place, cancel and cancelReplace
//
// In a minute of the demo these were 3,264 of the 3,310 frames of the WebSocket API: 44 in 100
// reports, 42 balances (either comes twice, on both connections), 13 answers.
#pragma once

#include <span>
#include <string_view>

#include "gateways/binance/account.hpp"

namespace portcullis::gateways::binance {

class LayoutReader;

// The layout is compared as text and the values are read where they lie. It decides nothing:
// whatever differs by a byte (order, blanks, an escape, a number that is not exact, a key that is
// there on conditions, W and eR excepted) is left to the walk (account.cpp), which alone says what
// is accepted and why not. Invariant: what this accepts the walk accepts with the same values
// (tests/gateways/binance/account_layout_test.cpp and the fuzzer). Private to account*.
class AccountLayout {
public:
    /// `balances`: room for every asset, that views of what was read point into.
    AccountLayout(const SymbolTable& symbols, std::span<BalanceRow> balances) noexcept
        : symbols_(symbols), balances_(balances) {}

    /// True: `out` is what the frame says. False: read it by the walk, into a new one. Requires:
    /// `out` is new; frame_padding readable bytes follow the frame.
    [[nodiscard]] bool read(std::string_view frame, Decoded& out) const noexcept;

private:
    [[nodiscard]] bool read_event(LayoutReader& in, Decoded& out) const noexcept;
    [[nodiscard]] bool read_execution(LayoutReader& in, OrderRow& row) const noexcept;
    [[nodiscard]] bool read_position(LayoutReader& in, StreamEvent& event) const noexcept;
    [[nodiscard]] bool read_answer(LayoutReader& in, Answer& answer) const noexcept;
    [[nodiscard]] bool read_placed(LayoutReader& in, OrderRow& row) const noexcept;
    [[nodiscard]] bool read_canceled(LayoutReader& in, OrderRow& row) const noexcept;
    [[nodiscard]] bool read_symbol(LayoutReader& in, OrderRow& row) const noexcept;

    const SymbolTable& symbols_;
    std::span<BalanceRow> balances_;
};

}  // namespace portcullis::gateways::binance
