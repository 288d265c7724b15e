// Rows of the order against the market: reference, its age, the collar, our own orders.
#include <limits>

#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::Side;
using enum Expect;
using enum DenyReason;
using W = GateWorld;

namespace {

engine::MarketReference& reference(W& w) {
    return w.context.reference;
}

}  // namespace

std::vector<Row> rows_of_market() {
    return {
        {"reference_invalid", "valid", reference_invalid, pass, [](W&) {}},
        {"reference_invalid", "gap", reference_invalid, deny,
         [](W& w) { reference(w).valid = false; }},
        {"reference_one_sided", "one_atom_bid", reference_one_sided, silent,
         [](W& w) { reference(w).bid.value = 1; }},
        {"reference_one_sided", "no_bid", reference_one_sided, deny,
         [](W& w) { reference(w).bid = {}; }},
        {"reference_one_sided", "no_ask", reference_one_sided, deny,
         [](W& w) { reference(w).ask = {}; }},
        {"reference_one_sided", "empty", reference_one_sided, deny,
         [](W& w) { w.set_reference(0, 0); }},
        {"reference_one_sided", "negative", reference_one_sided, deny,
         [](W& w) { reference(w).bid.value = -1; }},
        {"reference_crossed", "one_atom_apart", reference_crossed, pass,
         [](W& w) { w.set_reference(middle, middle + 1); }},
        {"reference_crossed", "locked", reference_crossed, deny,
         [](W& w) { w.set_reference(middle, middle); }},
        {"reference_crossed", "crossed", reference_crossed, deny,
         [](W& w) { w.set_reference(middle + 1, middle); }},
        {"reference_stale", "edge", reference_stale, pass, [](W& w) { top_age(w, 1'000 * ms); }},
        {"reference_stale", "one_ns_older", reference_stale, deny,
         [](W& w) { top_age(w, 1'000 * ms + 1); }},
        {"reference_stale", "never_received", reference_stale, deny,
         [](W& w) { reference(w).top_time = {}; }},
        {"reference_stale", "absent_limit_at_age_zero", reference_stale, deny,
         [](W& w) { w.limits().quote_age_ns_max = 0; }},
        {"reference_stale", "stamped_after_now", reference_stale, pass,
         [](W& w) { top_age(w, -5); }},
        {"reference_stale", "overflow", reference_stale, deny,
         [](W& w) { reference(w).top_time.value = -largest; }},
        {"reference_stale", "quiet_market_of_149_s", reference_stale, pass,
         [](W& w) {
             w.limits().quote_age_ns_max = 150'000 * ms;
             w.pass_time(150'000 * ms);
             top_age(w, 149'000 * ms);
         }},
        {"feed_silent", "edge", feed_silent, pass, [](W& w) { feed_age(w, 3'000 * ms); }},
        {"feed_silent", "one_ns_longer", feed_silent, deny,
         [](W& w) { feed_age(w, 3'000 * ms + 1); }},
        {"feed_silent", "absent_limit_at_age_zero", feed_silent, deny,
         [](W& w) { w.limits().feed_silence_ns_max = 0; }},
        {"feed_silent", "overflow", feed_silent, deny,
         [](W& w) { reference(w).alive_time.value = -largest; }},
        {"price_collar", "edge_above", price_collar, pass,
         [](W& w) { w.set_price(60'600 * coin); }},
        {"price_collar", "one_tick_above", price_collar, deny,
         [](W& w) { w.set_price(60'600 * coin + tick); }},
        {"price_collar", "edge_below", price_collar, pass,
         [](W& w) { w.set_price(59'400 * coin); }},
        {"price_collar", "one_tick_below", price_collar, deny,
         [](W& w) { w.set_price(59'400 * coin - tick); }},
        {"price_collar", "sell_edge_below", price_collar, pass,
         [](W& w) {
             w.sell();
             w.set_price(59'400 * coin);
         }},
        {"price_collar", "sell_one_tick_below", price_collar, deny,
         [](W& w) {
             w.sell();
             w.set_price(59'400 * coin - tick);
         }},
        {"price_collar", "absent_limit_at_the_middle", price_collar, deny,
         [](W& w) { w.limits().collar_bps_max = 0; }},
        {"price_collar", "bounded_market_beyond", price_collar, deny,
         [](W& w) {
             w.order.type = engine::OrdType::bounded_market;
             w.order.time_in_force = engine::TimeInForce::ioc;
             w.set_price(60'600 * coin + tick);
         }},
        {"price_collar", "half_an_atom_off", price_collar, deny,
         [](W& w) {  // the middle is 59,999.999999995: 1 % above it is not quite 60,600
             w.set_reference(middle - 1, middle);
             w.set_price(60'600 * coin);
         }},
        {"price_collar", "overflow", price_collar, among,
         [](W& w) { w.order.price.value = largest; }},
        {"self_match", "one_tick_below_own_ask", self_match, pass,
         [](W& w) {
             w.place(Side::sell, middle + 2 * tick, tenth);
             w.set_price(middle + tick);
         }},
        {"self_match", "at_own_ask", self_match, deny,
         [](W& w) {
             w.place(Side::sell, middle + 2 * tick, tenth);
             w.set_price(middle + 2 * tick);
         }},
        {"self_match", "at_own_bid", self_match, deny,
         [](W& w) {
             w.place(Side::buy, middle - tick, tenth);
             w.sell();
             w.set_price(middle - tick);
         }},
        {"self_match", "sell_one_tick_above_own_bid", self_match, pass,
         [](W& w) {
             w.place(Side::buy, middle - tick, tenth);
             w.sell();
         }},
        {"self_match", "of_another_strategy", self_match, deny,
         [](W& w) {
             w.place(Side::sell, middle, tenth);
             w.order.strategy = engine::StrategyId{4};
         }},
        {"self_match", "another_instrument", self_match, pass,
         [](W& w) {
             w.order.instrument = ethusdt;
             w.gate().on_balance(eth, engine::AmountAtoms{coin});
             w.place(Side::sell, middle, tenth);
             w.order.instrument = btcusdt;
         }},
        {"self_match", "until_it_is_closed", self_match, pass,
         [](W& w) {
             w.place(Side::sell, middle, tenth);
             w.gate().on_closed(0);
         }},
        {"self_match", "also_with_no_leaves_before_closed", self_match, deny,
         [](W& w) {
             w.place(Side::sell, middle, tenth);
             w.gate().on_leaves(0, engine::QtyAtoms{});
         }},
        {"self_match", "second_best_after_the_best_went", self_match, deny,
         [](W& w) {
             w.place(Side::sell, middle - tick, tenth);
             w.place(Side::sell, middle, tenth);
             w.gate().on_closed(0);
         }},
    };
}

}  // namespace portcullis::risk
