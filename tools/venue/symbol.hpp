// Symbol: what the venue says of a pair of assets and lets through on it, and the words of it that
// an order needs as well: its type, where its peg stands. Values only: filters.hpp has the rules,
// sidecar.hpp reads it from a recording's file.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types/fix.hpp"
#include "engine/types/units.hpp"

namespace portcullis::tools::venue {

using engine::AmountAtoms;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::Side;

enum class OrderType : std::uint8_t {
    limit,
    limit_maker,
    market,
    stop_loss,
    stop_loss_limit,
    take_profit,
    take_profit_limit
};
inline constexpr std::size_t order_type_count = 7;
inline constexpr std::array<const char*, order_type_count> order_type_names{
    "LIMIT",           "LIMIT_MAKER", "MARKET",           "STOP_LOSS",
    "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"};

/// Waits for a trade at its stop price before it works: Binance's "algo" orders.
constexpr bool is_contingent(OrderType type) {
    return type >= OrderType::stop_loss;
}
/// Has no price of its own once it works.
constexpr bool is_at_market(OrderType type) {
    return type == OrderType::market || type == OrderType::stop_loss ||
           type == OrderType::take_profit;
}
/// Waits for the price to rise to its stop price, and not to fall to it.
constexpr bool triggers_above(OrderType type, Side side) {
    const bool loss = type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
    return loss == (side == Side::buy);
}

/// What is done about an order that would trade with one of its own account.
enum class Stp : std::uint8_t {
    none,
    expire_taker,
    expire_maker,
    expire_both,
    decrement,
    transfer
};
inline constexpr std::size_t stp_count = 6;
inline constexpr std::array<const char*, stp_count> stp_names{
    "NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"};
[[nodiscard]] inline std::optional<Stp> stp_named(std::string_view text) {
    const auto found = std::find(stp_names.begin(), stp_names.end(), text);
    return found == stp_names.end() ? std::nullopt
                                    : std::optional(static_cast<Stp>(found - stp_names.begin()));
}

/// Takes one quantity out of both orders. Within one account, and no match is prevented between two
/// here, TRANSFER is that as well.
constexpr bool decrements(Stp stp) {
    return stp == Stp::decrement || stp == Stp::transfer;
}

/// Where a pegged order's limit comes from: a level of the book when the order begins to work, on
/// its own side (primary) or on the other (market).
enum class PegPrice : std::uint8_t { none, primary, market };
struct Peg {
    PegPrice price{PegPrice::none};
    std::optional<std::int64_t> offset;  ///< levels behind the best; none: was not sent
    /// Of an order: what it was sent with, zero if with none. Its price is what the book said.
    PriceAtoms sent_price{};
    [[nodiscard]] bool is_set() const { return price != PegPrice::none; }
};
inline constexpr std::int64_t peg_offset_max = 100;

/// Labels that a client gives an order; only told back.
struct Strategy {
    std::optional<std::int64_t> id, type;
};

/// Which types a symbol takes; all, unless told otherwise.
struct OrderTypes {
    std::array<bool, order_type_count> taken{true, true, true, true, true, true, true};
    [[nodiscard]] bool has(OrderType type) const { return taken[static_cast<std::size_t>(type)]; }
};

/// Which modes of prevention an order may have on a symbol, all unless told otherwise, and the one
/// of an order that names none.
struct StpModes {
    std::array<bool, stp_count> allowed{true, true, true, true, true, true};
    Stp by_default{Stp::none};
    [[nodiscard]] bool has(Stp stp) const { return allowed[static_cast<std::size_t>(stp)]; }
    [[nodiscard]] Stp of(std::optional<Stp> sent) const { return sent.value_or(by_default); }
};

/// avgPriceMins of the filters that have one: the price that each measures with is the average of
/// so many minutes, the last price where it is zero.
struct AverageMinutes {
    std::int64_t notional{5}, min_notional{5}, percent_price{5}, percent_price_by_side{5};
    bool operator==(const AverageMinutes&) const = default;
};

/// Symbol with its filters, as the sidecar file of a recording gives them.
struct Symbol {
    std::string name;
    std::string base;
    std::string quote;
    std::string status{"TRADING"};
    PriceAtoms tick{}, price_min{}, price_max{};
    QtyAtoms lot{}, qty_min{}, qty_max{};
    AmountAtoms notional_min{}, notional_max{};
    bool notional_min_to_market{true}, notional_max_to_market{false};
    AmountAtoms min_notional{};  ///< MIN_NOTIONAL, the older filter; zero disables
    bool min_notional_to_market{true};
    QtyAtoms market_qty_min{}, market_qty_max{}, market_lot{};  ///< MARKET_LOT_SIZE, each alike
    AmountAtoms position_max{};                                 ///< MAX_POSITION, alike
    std::int64_t multiplier_up_e4{}, multiplier_down_e4{};      ///< PERCENT_PRICE, alike
    std::int64_t bid_multiplier_up_e4{},
        bid_multiplier_down_e4{};  ///< PERCENT_PRICE_BY_SIDE, 1e-4; 0 disables
    std::int64_t ask_multiplier_up_e4{}, ask_multiplier_down_e4{};
    AverageMinutes average_minutes;
    /// Zero disables a bound. Where a sidecar is silent: what Binance gives BTCUSDT.
    std::uint32_t orders_max{200};
    std::uint32_t algo_orders_max{5};
    std::uint32_t iceberg_orders_max{0};
    std::uint32_t iceberg_parts_max{100};
    std::uint32_t amends_max{10};
    std::uint32_t order_lists_max{20};
    /// TRAILING_DELTA, in hundredths of a percent: for triggers above the market, and below it.
    std::int64_t trailing_above_min{10}, trailing_above_max{2000};
    std::int64_t trailing_below_min{10}, trailing_below_max{2000};
    bool amend_allowed{true};
    bool cancel_replace_allowed{true};
    bool quote_qty_market_allowed{true};
    bool spot_trading_allowed{true};
    bool iceberg_allowed{true};
    bool trailing_stop_allowed{true};
    bool peg_allowed{true};
    bool oco_allowed{true};
    bool oto_allowed{true};
    bool opo_allowed{true};
    OrderTypes order_types{};
    StpModes stp_modes{};
};

/// What bounds an account on all symbols together; zero disables.
struct ExchangeFilters {
    std::uint32_t orders_max{}, algo_orders_max{}, iceberg_orders_max{}, order_lists_max{};
};

}  // namespace portcullis::tools::venue
