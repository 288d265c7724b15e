// Rows of the order by itself: fields, arithmetic, the venue's filters, size limits.
#include <limits>

#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::OrdType;
using engine::Side;
using engine::StpMode;
using engine::TimeInForce;
using enum Expect;
using enum DenyReason;
using W = GateWorld;

namespace {

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

void kind(W& w, OrdType type, TimeInForce time_in_force) {
    w.order.type = type;
    w.order.time_in_force = time_in_force;
}
void price_bounds(W& w, std::int64_t low, std::int64_t high) {
    w.filters().price_min = engine::PriceAtoms{low};
    w.filters().price_max = engine::PriceAtoms{high};
}
void qty_bounds(W& w, std::int64_t low, std::int64_t high) {
    w.filters().qty_min = engine::QtyAtoms{low};
    w.filters().qty_max = engine::QtyAtoms{high};
}
void notional_bounds(W& w, engine::int128 low, engine::int128 high) {
    w.filters().notional_min = engine::AmountAtoms{low};
    w.filters().notional_max = engine::AmountAtoms{high};
}

constexpr std::int64_t price = 60'000 * coin;
constexpr std::int64_t notional = 6'000 * coin;

}  // namespace

std::vector<Row> rows_of_orders() {
    return {
        {"malformed", "sell", malformed, pass, [](W& w) { w.order.side = Side::sell; }},
        {"malformed", "side_zero", malformed, deny,
         [](W& w) { w.order.side = static_cast<Side>(0); }},
        {"malformed", "side_three", malformed, deny,
         [](W& w) { w.order.side = static_cast<Side>(3); }},
        {"malformed", "type_zero", malformed, deny,
         [](W& w) { w.order.type = static_cast<OrdType>(0); }},
        {"malformed", "type_four", malformed, deny,
         [](W& w) { w.order.type = static_cast<OrdType>(4); }},
        {"malformed", "tif_zero", malformed, deny,
         [](W& w) { w.order.time_in_force = static_cast<TimeInForce>(0); }},
        {"malformed", "tif_four", malformed, deny,
         [](W& w) { w.order.time_in_force = static_cast<TimeInForce>(4); }},
        {"malformed", "limit_fok", malformed, pass,
         [](W& w) { kind(w, OrdType::limit, TimeInForce::fok); }},
        {"malformed", "maker_gtc", malformed, pass,
         [](W& w) { kind(w, OrdType::limit_maker, TimeInForce::gtc); }},
        {"malformed", "maker_ioc", malformed, deny,
         [](W& w) { kind(w, OrdType::limit_maker, TimeInForce::ioc); }},
        {"malformed", "bounded_market_ioc", malformed, pass,
         [](W& w) { kind(w, OrdType::bounded_market, TimeInForce::ioc); }},
        {"malformed", "bounded_market_gtc", malformed, deny,
         [](W& w) { kind(w, OrdType::bounded_market, TimeInForce::gtc); }},
        {"malformed", "no_id", malformed, deny, [](W& w) { w.order.cl_ord_id = engine::no_order; }},
        {"stp_disarmed", "decrement", stp_disarmed, pass,
         [](W& w) { w.order.stp = StpMode::decrement; }},
        {"stp_disarmed", "none", stp_disarmed, deny, [](W& w) { w.order.stp = StpMode::none; }},
        {"stp_disarmed", "no_such_mode", stp_disarmed, deny,
         [](W& w) { w.order.stp = static_cast<StpMode>(5); }},
        {"price_not_positive", "one_tick", price_not_positive, pass,
         [](W& w) {
             w.order.price.value = 1;
             w.set_reference(tick - 1, tick + 1);
         }},
        {"price_not_positive", "zero", price_not_positive, deny,
         [](W& w) { w.order.price.value = 0; }},
        {"price_not_positive", "negative", price_not_positive, deny,
         [](W& w) { w.order.price.value = -1; }},
        {"price_not_positive", "smallest", price_not_positive, deny,
         [](W& w) { w.order.price.value = smallest; }},
        {"qty_not_positive", "one_lot", qty_not_positive, pass,
         [](W& w) { w.order.qty.value = 1; }},
        {"qty_not_positive", "zero", qty_not_positive, deny, [](W& w) { w.order.qty.value = 0; }},
        {"qty_not_positive", "negative", qty_not_positive, deny,
         [](W& w) { w.order.qty.value = -1; }},
        {"qty_not_positive", "smallest", qty_not_positive, deny,
         [](W& w) { w.order.qty.value = smallest; }},
        {"arithmetic_overflow", "largest_price", arithmetic_overflow, silent,
         [](W& w) {
             w.order.price.value = largest / tick;
             w.order.qty.value = 1;
         }},
        {"arithmetic_overflow", "price_one_more", arithmetic_overflow, deny,
         [](W& w) {
             w.order.price.value = largest / tick + 1;
             w.order.qty.value = 1;
         }},
        {"arithmetic_overflow", "price_all", arithmetic_overflow, deny,
         [](W& w) { w.order.price.value = largest; }},
        {"arithmetic_overflow", "largest_qty", arithmetic_overflow, silent,
         [](W& w) {
             w.order.price.value = 1;
             w.order.qty.value = largest / lot;
         }},
        {"arithmetic_overflow", "qty_one_more", arithmetic_overflow, deny,
         [](W& w) {
             w.order.price.value = 1;
             w.order.qty.value = largest / lot + 1;
         }},
        {"arithmetic_overflow", "qty_all", arithmetic_overflow, deny,
         [](W& w) { w.order.qty.value = largest; }},
        // One whole coin at the highest price fits 63 bits, one lot more does not.
        {"arithmetic_overflow", "product_fits", arithmetic_overflow, silent,
         [](W& w) {
             w.order.price.value = largest / tick;
             w.order.qty.value = coin / lot;
         }},
        {"arithmetic_overflow", "product_one_more", arithmetic_overflow, deny,
         [](W& w) {
             w.order.price.value = largest / tick;
             w.order.qty.value = coin / lot + 1;
         }},
        {"arithmetic_overflow", "past_2_to_53", arithmetic_overflow, silent,
         [](W& w) { w.order.price.value = ((std::int64_t{1} << 53) + 1) / tick; }},
        {"price_below_min", "edge", price_below_min, pass, [](W& w) { price_bounds(w, price, 0); }},
        {"price_below_min", "one_below", price_below_min, deny,
         [](W& w) { price_bounds(w, price + 1, 0); }},
        {"price_above_max", "edge", price_above_max, pass, [](W& w) { price_bounds(w, 0, price); }},
        {"price_above_max", "one_above", price_above_max, deny,
         [](W& w) { price_bounds(w, 0, price - 1); }},
        {"price_above_max", "zero_is_disabled", price_above_max, pass,
         [](W& w) { price_bounds(w, 0, 0); }},
        {"qty_below_min", "edge", qty_below_min, pass, [](W& w) { qty_bounds(w, tenth, 0); }},
        {"qty_below_min", "one_below", qty_below_min, deny,
         [](W& w) { qty_bounds(w, tenth + 1, 0); }},
        {"qty_above_max", "edge", qty_above_max, pass, [](W& w) { qty_bounds(w, 0, tenth); }},
        {"qty_above_max", "one_above", qty_above_max, deny,
         [](W& w) { qty_bounds(w, 0, tenth - 1); }},
        {"notional_below_min", "edge", notional_below_min, pass,
         [](W& w) { notional_bounds(w, notional, 0); }},
        {"notional_below_min", "one_below", notional_below_min, deny,
         [](W& w) { notional_bounds(w, notional + 1, 0); }},
        {"notional_above_max", "edge", notional_above_max, pass,
         [](W& w) { notional_bounds(w, 0, notional); }},
        {"notional_above_max", "one_above", notional_above_max, deny,
         [](W& w) { notional_bounds(w, 0, notional - 1); }},
        {"notional_above_max", "absurd_bound", notional_above_max, pass,
         [](W& w) { notional_bounds(w, 0, engine::int128{1} << 120); }},
        {"notional_below_min", "absurd_bound", notional_below_min, deny,
         [](W& w) { notional_bounds(w, engine::int128{1} << 120, 0); }},
        {"order_qty", "edge", order_qty, pass,
         [](W& w) { w.limits().order_qty_atoms_max = tenth; }},
        {"order_qty", "one_above", order_qty, deny,
         [](W& w) { w.limits().order_qty_atoms_max = tenth - 1; }},
        {"order_qty", "absent", order_qty, deny, [](W& w) { w.limits().order_qty_atoms_max = 0; }},
        {"order_qty", "overflow", order_qty, among, [](W& w) { w.order.qty.value = largest; }},
        {"mark_missing", "all_marked", mark_missing, pass, [](W&) {}},
        {"mark_missing", "quote", mark_missing, deny, [](W& w) { w.gate().on_mark(usdt, 0); }},
        {"mark_missing", "base", mark_missing, deny, [](W& w) { w.gate().on_mark(btc, 0); }},
        {"mark_missing", "negative", mark_missing, deny, [](W& w) { w.gate().on_mark(btc, -1); }},
        {"mark_missing", "other_asset_with_position", mark_missing, deny,
         [](W& w) { w.set_position(bnb, -1); }},
        {"mark_missing", "other_asset_without", mark_missing, pass,
         [](W& w) { w.set_position(bnb, 0); }},
        {"mark_missing", "risk_currency_is_one", mark_missing, pass,
         [](W& w) {
             w.config.risk_currency = usdt;
             w.gate().on_mark(usdt, 0);
         }},
        {"order_notional", "edge", order_notional, pass,
         [](W& w) { w.limits().order_notional_micro_max = 6'000 * micro; }},
        {"order_notional", "one_above", order_notional, deny,
         [](W& w) { w.limits().order_notional_micro_max = 6'000 * micro - 1; }},
        {"order_notional", "absent", order_notional, deny,
         [](W& w) { w.limits().order_notional_micro_max = 0; }},
        {"order_notional", "dollar_is_not_tether", order_notional, deny,
         [](W& w) {
             w.limits().order_notional_micro_max = 6'000 * micro;
             w.gate().on_mark(usdt, micro + 1);
         }},
        {"order_notional", "rounded_against_us", order_notional, deny,
         [](W& w) {  // 600.00000000(3) of quote is 600.00000001; at 1.000001 that is one micro more
             w.set_qty(coin / 100);
             w.filters().tick = engine::PriceAtoms{1};
             w.order.price.value = 60'000 * coin + 30;
             w.limits().order_notional_micro_max = 600'000'600;
             w.gate().on_mark(usdt, micro + 1);
         }},
        {"order_notional", "overflow", order_notional, among,
         [](W& w) {
             w.order.price.value = largest;
             w.order.qty.value = largest;
         }},
    };
}

}  // namespace portcullis::risk
