// What AccountDecoder keeps: the parser, the layout before it, and the rows that views point into.
// Private to account.cpp (answers) and account_events.cpp (events).
#pragma once

#include <array>
#include <vector>

#include "gateways/binance/account_fields.hpp"
#include "gateways/binance/account_layout.hpp"

namespace portcullis::gateways::binance {

struct AccountDecoder::State {
    State(const SymbolTable& symbol_table, std::size_t bytes_max)
        : symbols(symbol_table),
          layout(symbol_table, balances),
          frame_bytes_max(bytes_max),
          orders(orders_max),
          trades(trades_max) {}

    DecodeError decode(std::string_view frame) noexcept;
    DecodeError read_id(json::ondemand::object& root, bool& is_answer) noexcept;
    DecodeError read_answer(json::ondemand::object& root) noexcept;
    DecodeError read_result(json::ondemand::value value) noexcept;
    DecodeError read_replace(json::ondemand::value value) noexcept;
    DecodeError read_error(json::ondemand::value value) noexcept;
    DecodeError read_error_data(json::ondemand::value value) noexcept;
    DecodeError read_info(json::ondemand::value value) noexcept;
    DecodeError read_event_frame(json::ondemand::object& root) noexcept;
    DecodeError read_event(json::ondemand::value value) noexcept;
    DecodeError read_balance_update(json::ondemand::object object) noexcept;
    DecodeError read_position(json::ondemand::object object) noexcept;
    DecodeError check_rest(json::ondemand::object object) noexcept;

    const SymbolTable& symbols;
    std::array<BalanceRow, engine::capacity::assets> balances{};
    const AccountLayout layout;
    const std::size_t frame_bytes_max;
    json::ondemand::parser parser;
    account_json::Context context{symbols};
    Decoded out;
    bool legs_told{};
    std::vector<OrderRow> orders;
    std::vector<TradeRow> trades;
    std::array<engine::InstrumentDefinition, engine::capacity::instruments> definitions{};
};

}  // namespace portcullis::gateways::binance
