// Filters: what a symbol lets through, with Binance's own names for what it does not.
//
// Pure functions over one order, so that the spec table of the tests can go through every edge. The
// order of the checks is the venue's as far as it can be seen from outside: price, percent price,
// trailing delta, lot, notional, iceberg parts, number of orders; then what bounds the account. A
// bound of zero is disabled (filters.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tools/venue/exchange.hpp"
#include "tools/venue/price_reference.hpp"

namespace portcullis::tools::venue {

/// What an account has open on a symbol.
struct OpenCounts {
    std::uint64_t orders{};
    std::uint64_t algo_orders{};
    std::uint64_t icebergs{};
};

/// `averages`: what percent and market-notional filters measure with; where it has none they pass.
[[nodiscard]] std::optional<VenueError> check_filters(const Symbol& symbol, const NewOrder& order,
                                                      const PriceReference& averages,
                                                      const OpenCounts& open);

/// An account, as the filters see it that bound more than one symbol.
struct AccountView {
    OpenCounts open;  ///< on all symbols
    const ExchangeFilters& exchange;
    AmountAtoms position{};  ///< of the symbol's base asset, open buys with it
    const std::map<std::string, AmountAtoms>& asset_max;
};

/// MAX_POSITION and MAX_ASSET alone: of an order whose quantity is known only once it is counted.
[[nodiscard]] std::optional<VenueError> check_amounts(
    const Symbol& symbol, const NewOrder& order, const PriceReference& averages,
    AmountAtoms position, const std::map<std::string, AmountAtoms>& asset_max);

/// EXCHANGE_MAX_NUM_*, MAX_POSITION and MAX_ASSET, of an order that has passed check_filters().
[[nodiscard]] std::optional<VenueError> check_account_filters(const Symbol& symbol,
                                                              const NewOrder& order,
                                                              const PriceReference& averages,
                                                              const AccountView& account);

/// MAX_NUM_ORDERS, MAX_NUM_ALGO_ORDERS and MAX_NUM_ICEBERG_ORDERS alone; check_filters() has them.
[[nodiscard]] std::optional<VenueError> check_counts(const Symbol& symbol, const NewOrder& order,
                                                     const OpenCounts& open);

/// Those that know no quantity: of an order that gets one later.
[[nodiscard]] std::optional<VenueError> check_prices(const Symbol& symbol, const NewOrder& order,
                                                     const PriceReference& averages);

/// The filters of quantity and notional alone, as the order's type asks for them: what a smaller
/// quantity of an open order can break.
[[nodiscard]] std::optional<VenueError> check_quantity(const Symbol& symbol, const NewOrder& order,
                                                       const PriceReference& averages);

}  // namespace portcullis::tools::venue
