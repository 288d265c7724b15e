// Rows of the limits, one by one: each alone, at its edge and one beyond, whatever reason it has.
#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::Side;
using enum Expect;
using enum DenyReason;
using W = GateWorld;

namespace {

/// The limit is one; `n` orders are open already.
template <class Set>
void open_orders(W& w, int n, Set set) {
    set(w) = 1;
    for (int i = 0; i < n; ++i) {
        w.place(Side::buy, middle - tick, lot);
    }
}
std::int64_t& of_firm(W& w) {
    return w.config.limits.firm.orders_open_max;
}
std::int64_t& of_venue(W& w) {
    return w.config.limits.venue[0].orders_open_max;
}
std::int64_t& of_strategy(W& w) {
    return w.config.limits.strategy[0].orders_open_max;
}
std::int64_t& of_instrument(W& w) {
    return w.limits().orders_open_max;
}

}  // namespace

std::vector<Row> rows_of_limits() {
    return {
        {"firm_gross_exposure_micro_max", "edge", gross_exposure, pass,
         [](W& w) { w.config.limits.firm.gross_exposure_micro_max = 6'000 * micro; }},
        {"firm_gross_exposure_micro_max", "beyond", gross_exposure, deny,
         [](W& w) { w.config.limits.firm.gross_exposure_micro_max = 6'000 * micro - 1; }},
        {"firm_orders_open_max", "edge", orders_open_firm, pass,
         [](W& w) { open_orders(w, 0, of_firm); }},
        {"firm_orders_open_max", "beyond", orders_open_firm, deny,
         [](W& w) { open_orders(w, 1, of_firm); }},
        {"firm_order_notional_micro_max", "edge", order_notional_firm, pass,
         [](W& w) { w.config.limits.firm.order_notional_micro_max = 6'000 * micro; }},
        {"firm_order_notional_micro_max", "beyond", order_notional_firm, deny,
         [](W& w) { w.config.limits.firm.order_notional_micro_max = 6'000 * micro - 1; }},
        {"venue_order_notional_micro_max", "edge", order_notional_venue, pass,
         [](W& w) { w.config.limits.venue[0].order_notional_micro_max = 6'000 * micro; }},
        {"venue_order_notional_micro_max", "beyond", order_notional_venue, deny,
         [](W& w) { w.config.limits.venue[0].order_notional_micro_max = 6'000 * micro - 1; }},
        {"account_order_notional_micro_max", "edge", order_notional_account, pass,
         [](W& w) { w.config.limits.account[0].order_notional_micro_max = 6'000 * micro; }},
        {"account_order_notional_micro_max", "beyond", order_notional_account, deny,
         [](W& w) { w.config.limits.account[0].order_notional_micro_max = 6'000 * micro - 1; }},
        {"strategy_order_notional_micro_max", "edge", order_notional_strategy, pass,
         [](W& w) { w.config.limits.strategy[0].order_notional_micro_max = 6'000 * micro; }},
        {"strategy_order_notional_micro_max", "beyond", order_notional_strategy, deny,
         [](W& w) { w.config.limits.strategy[0].order_notional_micro_max = 6'000 * micro - 1; }},
        {"firm_approval_lifetime_ns_max", "edge", approval_lifetime, pass,
         [](W& w) { w.config.limits.firm.approval_lifetime_ns_max = 1; }},
        {"firm_approval_lifetime_ns_max", "beyond", approval_lifetime, deny,
         [](W& w) { w.config.limits.firm.approval_lifetime_ns_max = 0; }},
        {"venue_orders_open_max", "edge", orders_open_venue, pass,
         [](W& w) { open_orders(w, 0, of_venue); }},
        {"venue_orders_open_max", "beyond", orders_open_venue, deny,
         [](W& w) { open_orders(w, 1, of_venue); }},
        {"strategy_instruments", "edge", instrument_not_allowed, pass,
         [](W& w) { w.config.limits.strategy[0].instruments = engine::InstrumentSet::of_bits(1); }},
        {"strategy_instruments", "beyond", instrument_not_allowed, deny,
         [](W& w) { w.config.limits.strategy[0].instruments = engine::InstrumentSet::of_bits(2); }},
        {"strategy_orders_open_max", "edge", orders_open_strategy, pass,
         [](W& w) { open_orders(w, 0, of_strategy); }},
        {"strategy_orders_open_max", "beyond", orders_open_strategy, deny,
         [](W& w) { open_orders(w, 1, of_strategy); }},
        {"instrument_order_qty_atoms_max", "edge", order_qty, pass,
         [](W& w) { w.limits().order_qty_atoms_max = tenth; }},
        {"instrument_order_qty_atoms_max", "beyond", order_qty, deny,
         [](W& w) { w.limits().order_qty_atoms_max = tenth - 1; }},
        {"instrument_order_notional_micro_max", "edge", order_notional, pass,
         [](W& w) { w.limits().order_notional_micro_max = 6'000 * micro; }},
        {"instrument_order_notional_micro_max", "beyond", order_notional, deny,
         [](W& w) { w.limits().order_notional_micro_max = 6'000 * micro - 1; }},
        {"instrument_collar_bps_max", "edge", price_collar, pass,
         [](W& w) {
             w.limits().collar_bps_max = 1;
             w.set_price(60'006 * coin);
         }},
        {"instrument_collar_bps_max", "beyond", price_collar, deny,
         [](W& w) {
             w.limits().collar_bps_max = 1;
             w.set_price(60'006 * coin + tick);
         }},
        {"instrument_position_atoms_max", "edge", position_long, pass,
         [](W& w) { w.limits().position_atoms_max = tenth; }},
        {"instrument_position_atoms_max", "beyond", position_long, deny,
         [](W& w) { w.limits().position_atoms_max = tenth - 1; }},
        {"instrument_position_atoms_max", "beyond_short", position_short, deny,
         [](W& w) {
             w.limits().position_atoms_max = tenth - 1;
             w.sell();
         }},
        {"instrument_quote_age_ns_max", "edge", reference_stale, pass,
         [](W& w) { top_age(w, 1'000 * ms); }},
        {"instrument_quote_age_ns_max", "beyond", reference_stale, deny,
         [](W& w) { top_age(w, 1'000 * ms + 1); }},
        {"instrument_feed_silence_ns_max", "edge", feed_silent, pass,
         [](W& w) { feed_age(w, 3'000 * ms); }},
        {"instrument_feed_silence_ns_max", "beyond", feed_silent, deny,
         [](W& w) { feed_age(w, 3'000 * ms + 1); }},
        {"instrument_orders_open_max", "edge", orders_open_instrument, pass,
         [](W& w) { open_orders(w, 0, of_instrument); }},
        {"instrument_orders_open_max", "beyond", orders_open_instrument, deny,
         [](W& w) { open_orders(w, 1, of_instrument); }},
    };
}

}  // namespace portcullis::risk
