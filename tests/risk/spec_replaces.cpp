// Rows of replaces: checked as the new absolute order; old and new are held together.
#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::QtyAtoms;
using engine::ReplaceMode;
using engine::Side;
using enum Expect;
using enum DenyReason;
using W = GateWorld;

namespace {

constexpr auto move = ReplaceMode::cancel_replace;
constexpr auto amend = ReplaceMode::amend_in_place;

void first(W& w) {
    w.place();
}
void amend_to(W& w, std::int64_t qty) {
    w.place();
    w.set_qty(qty);
}

}  // namespace

std::vector<Row> rows_of_replaces() {
    return {
        {"replace_target", "live", replace_target, pass, &first, move},
        {"replace_target", "not_live", replace_target, deny, [](W&) {}, move},
        {"replace_target", "closed", replace_target, deny,
         [](W& w) {
             w.place();
             w.gate().on_closed(0);
         },
         move},
        {"replace_target", "another_order_in_its_slot", replace_target, deny,
         [](W& w) {
             w.order.cl_ord_id.value = 500;
             w.place();
         },
         move},
        {"replace_target", "other_side", replace_target, deny,
         [](W& w) {
             w.place(Side::sell, middle + tick, tenth);
             w.set_price(middle);
         },
         move},
        {"replace_target", "other_instrument", replace_target, deny,
         [](W& w) {
             w.order.instrument = ethusdt;
             w.place();
             w.order.instrument = btcusdt;
         },
         move},
        {"replace_target", "other_strategy", replace_target, deny,
         [](W& w) {
             w.place();
             w.order.strategy = engine::StrategyId{1};
         },
         move},
        {"replace_target", "amend_not_live", replace_target, deny, [](W&) {}, amend},
        {"malformed", "replace_mode_three", malformed, deny, &first, static_cast<ReplaceMode>(3)},
        {"malformed", "replace_mode_none", malformed, deny, &first, static_cast<ReplaceMode>(0xff)},
        {"amend_not_allowed", "allowed", amend_not_allowed, pass,
         [](W& w) { amend_to(w, tenth / 2); }, amend},
        {"amend_not_allowed", "not", amend_not_allowed, deny,
         [](W& w) {
             w.filters().amend_allowed = false;
             amend_to(w, tenth / 2);
         },
         amend},
        {"amend_not_allowed", "not_asked_for_cancel_replace", amend_not_allowed, pass,
         [](W& w) {
             w.filters().amend_allowed = false;
             w.place();
         },
         move},
        {"amend_not_down", "one_lot_less", amend_not_down, pass,
         [](W& w) { amend_to(w, tenth - lot); }, amend},
        {"amend_not_down", "the_same", amend_not_down, deny, [](W& w) { amend_to(w, tenth); },
         amend},
        {"amend_not_down", "one_lot_more", amend_not_down, deny,
         [](W& w) { amend_to(w, tenth + lot); }, amend},
        {"amend_not_down", "other_price", amend_not_down, deny,
         [](W& w) {
             amend_to(w, tenth / 2);
             w.set_price(middle - tick);
         },
         amend},
        {"amend_not_down", "one_lot_above_filled", amend_not_down, pass,
         [](W& w) {
             amend_to(w, tenth / 2 + lot);
             w.gate().on_fill(0,
                              {.price = engine::PriceAtoms{middle},
                               .qty = QtyAtoms{tenth / 2},
                               .instrument = btcusdt,
                               .side = Side::buy},
                              w.context.now);
         },
         amend},
        {"amend_not_down", "all_filled_already", amend_not_down, deny,
         [](W& w) {
             amend_to(w, tenth / 2);
             w.gate().on_fill(0,
                              {.price = engine::PriceAtoms{middle},
                               .qty = QtyAtoms{tenth / 2},
                               .instrument = btcusdt,
                               .side = Side::buy},
                              w.context.now);
         },
         amend},
        // The new order is held to every limit as an order of its own, and beside the old one.
        {"order_qty", "replace_up", order_qty, deny,
         [](W& w) {
             w.limits().order_qty_atoms_max = tenth;
             w.place();
             w.set_qty(tenth + lot);
         },
         move},
        {"price_collar", "replace_away", price_collar, deny,
         [](W& w) {
             w.place();
             w.set_price(60'600 * coin + tick);
         },
         move},
        {"funds_quote", "replace_needs_old_and_new", funds_quote, deny,
         [](W& w) {
             w.set_baseline(usdt, 12'000 * coin - 1);
             w.place();
         },
         move},
        {"funds_quote", "replace_has_old_and_new", funds_quote, pass,
         [](W& w) {
             w.set_baseline(usdt, 12'000 * coin);
             w.place();
         },
         move},
        {"funds_quote", "amend_needs_nothing_more", funds_quote, pass,
         [](W& w) {
             w.set_baseline(usdt, 6'000 * coin);
             amend_to(w, tenth / 2);
         },
         amend},
        {"funds_base", "amend_needs_nothing_more", funds_base, pass,
         [](W& w) {
             w.set_baseline(btc, tenth);
             w.sell();
             amend_to(w, tenth / 2);
         },
         amend},
        {"position_long", "replace_counts_both_legs", position_long, deny,
         [](W& w) {
             w.set_position(btc, 5 * coin - 2 * tenth + 1);
             w.place();
         },
         move},
        {"position_long", "amend_adds_nothing", position_long, pass,
         [](W& w) {
             w.set_position(btc, 5 * coin - tenth);
             amend_to(w, tenth / 2);
         },
         amend},
        {"orders_open_instrument", "replace_counts_both_legs", orders_open_instrument, deny,
         [](W& w) {
             w.limits().orders_open_max = 1;
             w.place();
         },
         move},
        {"orders_open_instrument", "amend_is_no_order_more", orders_open_instrument, pass,
         [](W& w) {
             w.limits().orders_open_max = 1;
             amend_to(w, tenth / 2);
         },
         amend},
        {"messages_strategy", "replace_is_one_message", messages_strategy, pass,
         [](W& w) {
             w.config.limits.strategy[0].windows[0].messages_max = 2;
             w.place();
         },
         move},
        {"messages_strategy", "replace_is_a_message", messages_strategy, deny,
         [](W& w) {
             w.config.limits.strategy[0].windows[0].messages_max = 1;
             w.place();
         },
         move},
        {"self_match", "replace_into_own_ask", self_match, deny,
         [](W& w) {
             w.place();
             w.place(Side::sell, middle + tick, tenth);
             w.set_price(middle + tick);
         },
         move},
    };
}

}  // namespace portcullis::risk
