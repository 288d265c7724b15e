#include "tools/venue/filters.hpp"

#include "tools/venue/errors.hpp"

namespace portcullis::tools::venue {

using engine::int128;
using engine::quote_amount;
using engine::Rounding;

namespace {

constexpr std::int64_t multiplier_scale = 10'000;

/// Within [min, max] and on the grid; each of the three is disabled by zero.
template <class Unit>
bool fits(Unit value, Unit min, Unit max, Unit step) {
    const Unit zero{0};
    return (min == zero || value >= min) && (max == zero || value <= max) &&
           (step == zero || value.value % step.value == 0);
}

bool within(PriceAtoms price, std::optional<PriceAtoms> reference, int128 down_e4, int128 up_e4) {
    const int128 scaled = int128{price.value} * multiplier_scale;
    return !reference || ((up_e4 == 0 || scaled <= up_e4 * reference->value) &&
                          (down_e4 == 0 || scaled >= down_e4 * reference->value));
}

std::optional<VenueError> check_percent_price(const Symbol& symbol, const NewOrder& order,
                                              const PriceReference& averages) {
    const AverageMinutes& minutes = symbol.average_minutes;
    const bool buy = order.side == Side::buy;
    if (!within(order.price, averages.price(minutes.percent_price), symbol.multiplier_down_e4,
                symbol.multiplier_up_e4)) {
        return errors::filter("PERCENT_PRICE");
    }
    if (!within(order.price, averages.price(minutes.percent_price_by_side),
                buy ? symbol.bid_multiplier_down_e4 : symbol.ask_multiplier_down_e4,
                buy ? symbol.bid_multiplier_up_e4 : symbol.ask_multiplier_up_e4)) {
        return errors::filter("PERCENT_PRICE_BY_SIDE");
    }
    return std::nullopt;
}

/// A bound that market orders are exempt from (applyToMarket and its like) does not bind them.
std::optional<VenueError> check_notional(const Symbol& symbol, AmountAtoms notional, bool market) {
    const AmountAtoms none{0};
    const bool low = symbol.notional_min != none && notional < symbol.notional_min &&
                     (!market || symbol.notional_min_to_market);
    const bool high = symbol.notional_max != none && notional > symbol.notional_max &&
                      (!market || symbol.notional_max_to_market);
    return low || high ? std::optional{errors::filter("NOTIONAL")} : std::nullopt;
}

std::optional<VenueError> check_min_notional(const Symbol& symbol, AmountAtoms notional,
                                             bool market) {
    const bool low = symbol.min_notional != AmountAtoms{0} && notional < symbol.min_notional &&
                     (!market || symbol.min_notional_to_market);
    return low ? std::optional{errors::filter("MIN_NOTIONAL")} : std::nullopt;
}

std::optional<VenueError> check_notionals(const Symbol& symbol, AmountAtoms notional, bool market) {
    auto refused = check_notional(symbol, notional, market);
    return refused ? refused : check_min_notional(symbol, notional, market);
}

/// The same of a quantity without a price, which each filter measures by an average of its own.
std::optional<VenueError> check_notionals_at_market(const Symbol& symbol, QtyAtoms qty,
                                                    const PriceReference& averages) {
    const auto at = [&](std::int64_t minutes, auto check) -> std::optional<VenueError> {
        const auto average = averages.price(minutes);
        return average ? check(symbol, quote_amount(*average, qty, Rounding::down), true)
                       : std::nullopt;
    };
    auto refused = at(symbol.average_minutes.notional, check_notional);
    return refused ? refused : at(symbol.average_minutes.min_notional, check_min_notional);
}

/// What is said of orders that wait: a stop price on the grid, a delta within its range.
std::optional<VenueError> check_trigger(const Symbol& symbol, const NewOrder& order) {
    if (order.trailing_delta == 0 && order.stop_price <= PriceAtoms{0}) {
        return errors::invalid_price();
    }
    if (order.stop_price > PriceAtoms{0} &&
        !fits(order.stop_price, symbol.price_min, symbol.price_max, symbol.tick)) {
        return errors::filter("PRICE_FILTER");
    }
    const bool above = triggers_above(order.type, order.side);
    const std::int64_t min = above ? symbol.trailing_above_min : symbol.trailing_below_min;
    const std::int64_t max = above ? symbol.trailing_above_max : symbol.trailing_below_max;
    if (order.trailing_delta != 0 && (order.trailing_delta < min || order.trailing_delta > max)) {
        return errors::filter("TRAILING_DELTA");
    }
    return std::nullopt;
}

std::optional<VenueError> check_iceberg(const Symbol& symbol, const NewOrder& order) {
    if (!fits(order.iceberg_qty, symbol.qty_min, symbol.qty_max, symbol.lot)) {
        return errors::filter("LOT_SIZE");
    }
    const std::int64_t shown = order.iceberg_qty.value;
    const std::int64_t parts = order.qty.value / shown + (order.qty.value % shown != 0 ? 1 : 0);
    if (symbol.iceberg_parts_max != 0 && parts > symbol.iceberg_parts_max) {
        return errors::filter("ICEBERG_PARTS");
    }
    return std::nullopt;
}

std::optional<VenueError> check_market(const Symbol& symbol, const NewOrder& order,
                                       const PriceReference& averages) {
    const bool by_quote = order.quote_order_qty > AmountAtoms{0};
    if (!by_quote && order.qty <= QtyAtoms{0}) {
        return errors::invalid_quantity();
    }
    if (!by_quote && !fits(order.qty, symbol.qty_min, symbol.qty_max, symbol.lot)) {
        return errors::filter("LOT_SIZE");
    }
    if (!by_quote &&
        !fits(order.qty, symbol.market_qty_min, symbol.market_qty_max, symbol.market_lot)) {
        return errors::filter("MARKET_LOT_SIZE");
    }
    if (by_quote) {
        return check_notionals(symbol, order.quote_order_qty, true);
    }
    return check_notionals_at_market(symbol, order.qty, averages);
}

std::optional<VenueError> check_limit_price(const Symbol& symbol, const NewOrder& order,
                                            const PriceReference& averages) {
    if (!fits(order.price, symbol.price_min, symbol.price_max, symbol.tick)) {
        return errors::filter("PRICE_FILTER");
    }
    return check_percent_price(symbol, order, averages);
}

/// Of an order that waits for its peg there is no notional yet.
std::optional<VenueError> check_limit_qty(const Symbol& symbol, const NewOrder& order) {
    if (!fits(order.qty, symbol.qty_min, symbol.qty_max, symbol.lot)) {
        return errors::filter("LOT_SIZE");
    }
    return order.price > PriceAtoms{0}
               ? check_notionals(symbol, quote_amount(order.price, order.qty, Rounding::down),
                                 false)
               : std::nullopt;
}

/// Its price is the book's, once its trigger has come.
bool awaits_peg(const NewOrder& order) {
    return order.peg.is_set() && is_contingent(order.type);
}

std::optional<VenueError> check_limit(const Symbol& symbol, const NewOrder& order,
                                      const PriceReference& averages) {
    const bool priced = order.price > PriceAtoms{0} || !awaits_peg(order);
    if (priced && order.price <= PriceAtoms{0}) {
        return errors::invalid_price();
    }
    if (order.qty <= QtyAtoms{0}) {
        return errors::invalid_quantity();
    }
    if (auto refused = priced ? check_limit_price(symbol, order, averages) : std::nullopt) {
        return refused;
    }
    return check_limit_qty(symbol, order);
}

}  // namespace

std::optional<VenueError> check_counts(const Symbol& symbol, const NewOrder& order,
                                       const OpenCounts& open) {
    if (symbol.orders_max != 0 && open.orders >= symbol.orders_max) {
        return errors::filter("MAX_NUM_ORDERS");
    }
    if (is_contingent(order.type) && symbol.algo_orders_max != 0 &&
        open.algo_orders >= symbol.algo_orders_max) {
        return errors::filter("MAX_NUM_ALGO_ORDERS");
    }
    if (order.iceberg_qty > QtyAtoms{0} && symbol.iceberg_orders_max != 0 &&
        open.icebergs >= symbol.iceberg_orders_max) {
        return errors::filter("MAX_NUM_ICEBERG_ORDERS");
    }
    return std::nullopt;
}

std::optional<VenueError> check_filters(const Symbol& symbol, const NewOrder& order,
                                        const PriceReference& averages, const OpenCounts& open) {
    if (is_contingent(order.type)) {
        if (auto refused = check_trigger(symbol, order)) {
            return refused;
        }
    }
    if (auto refused = is_at_market(order.type) ? check_market(symbol, order, averages)
                                                : check_limit(symbol, order, averages)) {
        return refused;
    }
    if (order.iceberg_qty != QtyAtoms{0}) {
        if (auto refused = check_iceberg(symbol, order)) {
            return refused;
        }
    }
    return check_counts(symbol, order, open);
}

std::optional<VenueError> check_amounts(const Symbol& symbol, const NewOrder& order,
                                        const PriceReference& averages, AmountAtoms position,
                                        const std::map<std::string, AmountAtoms>& asset_max) {
    if (order.side == Side::buy && symbol.position_max != AmountAtoms{0} &&
        position + AmountAtoms{order.qty.value} > symbol.position_max) {
        return errors::filter("MAX_POSITION");
    }
    const auto over = [&](const std::string& asset, AmountAtoms amount) {
        const auto most_of = asset_max.find(asset);
        return most_of != asset_max.end() && amount > most_of->second;
    };
    const PriceAtoms price = order.price > PriceAtoms{0} && !is_at_market(order.type)
                                 ? order.price
                                 : averages.price().value_or(PriceAtoms{0});
    const AmountAtoms notional = order.quote_order_qty > AmountAtoms{0}
                                     ? order.quote_order_qty
                                     : quote_amount(price, order.qty, Rounding::down);
    if (over(symbol.base, AmountAtoms{order.qty.value}) || over(symbol.quote, notional)) {
        return errors::filter("MAX_ASSET");
    }
    return std::nullopt;
}

std::optional<VenueError> check_account_filters(const Symbol& symbol, const NewOrder& order,
                                                const PriceReference& averages,
                                                const AccountView& account) {
    const ExchangeFilters& most = account.exchange;
    if (most.orders_max != 0 && account.open.orders >= most.orders_max) {
        return errors::filter("EXCHANGE_MAX_NUM_ORDERS");
    }
    if (is_contingent(order.type) && most.algo_orders_max != 0 &&
        account.open.algo_orders >= most.algo_orders_max) {
        return errors::filter("EXCHANGE_MAX_NUM_ALGO_ORDERS");
    }
    if (order.iceberg_qty > QtyAtoms{0} && most.iceberg_orders_max != 0 &&
        account.open.icebergs >= most.iceberg_orders_max) {
        return errors::filter("EXCHANGE_MAX_NUM_ICEBERG_ORDERS");
    }
    return check_amounts(symbol, order, averages, account.position, account.asset_max);
}

std::optional<VenueError> check_prices(const Symbol& symbol, const NewOrder& order,
                                       const PriceReference& averages) {
    if (is_contingent(order.type)) {
        if (auto refused = check_trigger(symbol, order)) {
            return refused;
        }
    }
    if (is_at_market(order.type) || (awaits_peg(order) && order.price == PriceAtoms{0})) {
        return std::nullopt;
    }
    return order.price <= PriceAtoms{0} ? std::optional{errors::invalid_price()}
                                        : check_limit_price(symbol, order, averages);
}

std::optional<VenueError> check_quantity(const Symbol& symbol, const NewOrder& order,
                                         const PriceReference& averages) {
    if (is_at_market(order.type)) {
        return check_market(symbol, order, averages);
    }
    return order.qty <= QtyAtoms{0} ? std::optional{errors::invalid_quantity()}
                                    : check_limit_qty(symbol, order);
}

}  // namespace portcullis::tools::venue
