// AccountDecoder: ws-api frames (answers and user data events) -> rows in our units. Nothing else.
//
// It says what the venue said: which symbol, which client id text, which numbers. What that means
// (whose order it is, which request it answers) is decided in reports.hpp, so that this part is
// pure and can be fuzzed whole. simdjson On-Demand with a kept parser; fields in any order; unknown
// keys are walked and ignored; a missing field, a wrong type, a number that does not fit exactly or
// a key that comes twice refuses the whole message with its name. An answer's shape follows from
// its request id (request_id.hpp); a book (`depth`) is left to SnapshotDecoder. What every order
// brings is read by its usual layout first (account_layout.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "engine/events/market.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"
#include "gateways/binance/market_data.hpp"
#include "gateways/binance/request_id.hpp"
#include "gateways/binance/symbols.hpp"
#include "gateways/session/rate_budget.hpp"

namespace portcullis::gateways::binance {

/// One order, from an answer, a list or an executionReport. What a source does not give is zero.
struct OrderRow {
    std::string_view symbol;
    std::string_view client_id;       ///< the id that the order has now
    std::string_view orig_client_id;  ///< the id that it had before; empty: none
    engine::OrderId order_id{};
    engine::ExecId exec_id{};
    engine::TradeId trade{engine::no_trade};
    engine::PriceAtoms price{};
    engine::PriceAtoms last_price{};
    engine::QtyAtoms qty{};
    engine::QtyAtoms cum_qty{};
    engine::QtyAtoms last_qty{};
    engine::QtyAtoms prevented_qty{};  ///< taken out by self-trade prevention, in all
    std::int64_t fee_atoms{};
    engine::WallNs time{};
    engine::InstrumentId instrument{engine::no_instrument};
    engine::AssetId fee_asset{engine::no_asset};
    engine::ExecType exec_type{engine::ExecType::order_status};
    engine::OrdStatus status{engine::OrdStatus::new_};
    engine::RejectReason reject{engine::RejectReason::none};
    engine::Side side{engine::Side::buy};
    bool maker{};
    std::uint32_t fields{};  ///< which fields were there (account_fields.hpp)
    friend bool operator==(const OrderRow&, const OrderRow&) = default;
};

/// One row of myTrades.
struct TradeRow {
    engine::TradeId trade{};
    engine::OrderId order_id{};
    engine::PriceAtoms price{};
    engine::QtyAtoms qty{};
    std::int64_t fee_atoms{};
    engine::WallNs time{};
    engine::InstrumentId instrument{engine::no_instrument};
    engine::AssetId fee_asset{engine::no_asset};
    bool is_buyer{};
    bool is_maker{};
};

/// One asset of a snapshot or of outboundAccountPosition. Only assets that we know.
struct BalanceRow {
    engine::AmountAtoms free{};
    engine::AmountAtoms locked{};
    engine::AssetId asset{engine::no_asset};
    friend bool operator==(const BalanceRow&, const BalanceRow&) = default;
};

enum class LegResult : std::uint8_t { none, success, failure, not_attempted };

/// One leg of a cancelReplace.
struct Leg {
    LegResult result{LegResult::none};
    std::int32_t code{};
    std::string_view message;
    OrderRow order;
    friend bool operator==(const Leg&, const Leg&) = default;
};

/// One row of rateLimits.
struct UsageRow {
    RateKind kind{RateKind::request_weight};
    engine::DurationNs interval{};
    std::uint32_t used{};
    std::uint32_t limit{};
    bool counted{};  ///< `used` was told; exchangeInfo tells the limits alone
    friend bool operator==(const UsageRow&, const UsageRow&) = default;
};

/// What the venue allows, and what of it has been used.
struct Usage {
    std::array<UsageRow, RateBudget::rows_max> rows{};
    std::size_t count{};
    friend bool operator==(const Usage&, const Usage&) = default;
};

struct Answer {
    RequestId id{};  ///< 0: the venue gave none (a session that lost its authorisation)
    std::int32_t status{};
    std::int32_t code{};  ///< 0: no error
    std::string_view message;
    std::int64_t retry_after_ms{};  ///< Unix time; 0: not told
    std::int64_t server_time_ms{};  ///< 0: not told
    Usage usage{};
    OrderRow order{};                  ///< place, cancel, amend, status
    Leg cancel_leg{};                  ///< replace
    Leg new_leg{};                     ///< replace
    std::span<const OrderRow> orders;  ///< cancel_all, open_orders
    std::span<const TradeRow> trades;
    std::span<const BalanceRow> balances;
    std::span<const engine::InstrumentDefinition> definitions;  ///< version 0
    std::uint32_t unknown_assets{};  ///< account: assets with a balance that we do not know
};

enum class UserEvent : std::uint8_t {
    none,
    execution,
    position,        ///< outboundAccountPosition
    balance_update,  ///< deposit, withdrawal, transfer
    external_lock,
    stream_terminated,
    server_shutdown,
    list_status,  ///< an order list: we never make one
    other,
};

struct StreamEvent {
    UserEvent kind{UserEvent::none};
    engine::WallNs time{};
    OrderRow order{};
    std::span<const BalanceRow> balances;
    std::uint32_t unknown_assets{};
    engine::AssetId asset{engine::no_asset};
    engine::AmountAtoms delta{};
};

struct Decoded {
    enum class Kind : std::uint8_t { refused, answer, event };
    Kind kind{Kind::refused};
    DecodeError error{DecodeError::none};
    std::array<char, 24> key{};  ///< the key that the error is about, where there is one
    RequestId id{};              ///< of a refused answer, where it could be read
    bool was_event{};            ///< refused, and it was an event
    bool layout_missed{};        ///< of a kind that has a usual layout, and not in it: walked
    Answer answer{};
    StreamEvent event{};
};

// Invariants: 1. no allocation after construction; 2. rows are whole or absent; 3. views live until
// the next decode. Owner: one agent.
class AccountDecoder {
public:
    static constexpr std::size_t orders_max = 8192;
    static_assert(orders_max >= engine::capacity::session_orders);
    static constexpr std::size_t trades_max = 1024;

    explicit AccountDecoder(const SymbolTable& symbols,
                            std::size_t frame_bytes_max = std::size_t{1} << 20);
    ~AccountDecoder();
    AccountDecoder(const AccountDecoder&) = delete;
    AccountDecoder& operator=(const AccountDecoder&) = delete;

    /// Decodes one text frame. Requires: capacity::frame_padding readable bytes follow it.
    [[nodiscard]] const Decoded& decode(std::string_view frame) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::gateways::binance
