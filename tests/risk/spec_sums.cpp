// Rows of what needs sums: positions, funds, gross exposure, open orders, messages.
#include <limits>

#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::AmountAtoms;
using engine::QtyAtoms;
using engine::Scope;
using engine::Side;
using engine::TradingState;
using enum Expect;
using enum DenyReason;
using W = GateWorld;

namespace {

void reduce_only_with(W& w, std::int64_t position) {
    w.set_position(btc, position);
    w.gate().set_trading_state(Scope::instrument, 0, TradingState::reduce_only);
}
/// n orders of strategy `from`, apart in price and small.
void fill_up(W& w, int n, std::uint8_t from = 0) {
    const auto kept = w.order.strategy;
    w.order.strategy = engine::StrategyId{from};
    for (int i = 0; i < n; ++i) {
        w.pass_time(200 * ms);
        w.place(Side::buy, middle - (i + 1) * tick, lot);
    }
    w.order.strategy = kept;
}
void fill_of(W& w, engine::OrderSlot slot, Side side, std::int64_t qty) {
    w.gate().on_fill(slot,
                     {.price = engine::PriceAtoms{middle},
                      .qty = QtyAtoms{qty},
                      .instrument = btcusdt,
                      .side = side},
                     w.context.now);
}
/// Wide but for the last.
void slow_windows(W& w, std::int64_t in_1s = 100) {
    w.config.limits.firm.windows = windows_of(100, 100, 200);
    for (std::size_t i = 0; i < 3; ++i) {
        w.config.limits.strategy[i].windows = windows_of(100, in_1s, 100);
    }
}
void messages(W& w, int n, std::int64_t apart_ns, std::uint8_t from = 0) {
    for (int i = 0; i < n; ++i) {
        restore_sent(w, engine::StrategyId{from});
        w.pass_time(apart_ns);
    }
}

std::vector<Row> positions() {
    return {
        {"reduce_only", "whole_position", reduce_only, pass,
         [](W& w) {
             reduce_only_with(w, tenth);
             w.sell();
         }},
        {"reduce_only", "one_lot_more", reduce_only, deny,
         [](W& w) {
             reduce_only_with(w, tenth - 1);
             w.sell();
         }},
        {"reduce_only", "raising", reduce_only, deny, [](W& w) { reduce_only_with(w, tenth); }},
        {"reduce_only", "flat", reduce_only, deny, [](W& w) { reduce_only_with(w, 0); }},
        {"reduce_only", "short_bought_back", reduce_only, pass,
         [](W& w) { reduce_only_with(w, -tenth); }},
        {"reduce_only", "short_bought_back_and_turned", reduce_only, deny,
         [](W& w) { reduce_only_with(w, -tenth + 1); }},
        {"reduce_only", "two_that_together_turn", reduce_only, deny,
         [](W& w) {
             reduce_only_with(w, 2 * tenth - 1);
             w.place(Side::sell, middle, tenth);
             w.sell();
         }},
        {"reduce_only", "two_that_together_close", reduce_only, pass,
         [](W& w) {
             reduce_only_with(w, 2 * tenth);
             w.place(Side::sell, middle, tenth);
             w.sell();
         }},
        {"reduce_only", "active_elsewhere", reduce_only, pass,
         [](W& w) { w.gate().set_trading_state(Scope::instrument, 1, TradingState::reduce_only); }},
        {"position_long", "edge", position_long, pass,
         [](W& w) { w.set_position(btc, 5 * coin - tenth); }},
        {"position_long", "one_atom_above", position_long, deny,
         [](W& w) { w.set_position(btc, 5 * coin - tenth + 1); }},
        {"position_long", "open_buys_count", position_long, deny,
         [](W& w) {
             w.set_position(btc, 5 * coin - 2 * tenth + 1);
             w.place();
         }},
        {"position_long", "open_sells_do_not_help", position_long, deny,
         [](W& w) {
             w.set_position(btc, 5 * coin - tenth + 1);
             w.place(Side::sell, middle + tick, coin);
         }},
        {"position_long", "filled_counts_as_before", position_long, deny,
         [](W& w) {
             w.set_position(btc, 5 * coin - 2 * tenth + 1);
             w.place();
             fill_of(w, 0, Side::buy, tenth / 2);
         }},
        {"position_long", "closed_gives_room", position_long, pass,
         [](W& w) {
             w.set_position(btc, 5 * coin - tenth - tenth / 2);
             w.place();
             fill_of(w, 0, Side::buy, tenth / 2);
             w.gate().on_closed(0);
         }},
        {"position_long", "across_instruments", position_long, deny,
         [](W& w) {  // selling ETH for BTC brings BTC in
             w.set_position(btc, 5 * coin - tenth);
             w.gate().on_balance(eth, AmountAtoms{coin});
             w.order.instrument = ethbtc;
             w.set_reference(5 * tick - 1, 5 * tick + 1);
             w.place(Side::sell, 5 * tick, tenth);
             w.order.instrument = btcusdt;
             w.set_reference(middle - tick, middle + tick);
         }},
        {"position_long", "absent", position_long, deny,
         [](W& w) {
             w.limits().position_atoms_max = 0;
             w.set_position(btc, -2 * tenth);
         }},
        {"position_long", "overflow", position_long, deny,
         [](W& w) { w.gate().on_balance(btc, AmountAtoms{engine::int128{1} << 120}); }},
        {"position_short", "edge", position_short, pass,
         [](W& w) {
             w.set_position(btc, -5 * coin + tenth);
             w.sell();
         }},
        {"position_short", "one_atom_below", position_short, deny,
         [](W& w) {
             w.set_position(btc, -5 * coin + tenth - 1);
             w.sell();
         }},
        {"position_short", "open_sells_count", position_short, deny,
         [](W& w) {
             w.set_position(btc, -5 * coin + 2 * tenth - 1);
             w.sell();
             w.place();
         }},
        {"position_short", "above_a_tightened_limit_a_sell_reduces", position_short, pass,
         [](W& w) {
             w.limits().position_atoms_max = lot;
             w.set_position(btc, tenth);
             w.sell();
         }},
        {"position_short", "absent", position_short, deny,
         [](W& w) {
             w.limits().position_atoms_max = 0;
             w.set_position(btc, 2 * tenth);
             w.sell();
         }},
    };
}

std::vector<Row> money() {
    return {
        {"gross_exposure", "edge", gross_exposure, pass,
         [](W& w) { w.config.limits.firm.gross_exposure_micro_max = 6'000 * micro; }},
        {"gross_exposure", "one_micro_above", gross_exposure, deny,
         [](W& w) { w.config.limits.firm.gross_exposure_micro_max = 6'000 * micro - 1; }},
        {"gross_exposure", "absent", gross_exposure, deny,
         [](W& w) { w.config.limits.firm.gross_exposure_micro_max = 0; }},
        {"gross_exposure", "positions_count", gross_exposure, deny,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 12'000 * micro;
             w.set_position(btc, tenth + 1);
         }},
        {"gross_exposure", "short_ones_too", gross_exposure, deny,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 12'000 * micro;
             w.set_position(eth, -2 * coin - 1);
         }},
        {"gross_exposure", "at_their_marks", gross_exposure, pass,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 12'000 * micro;
             w.set_position(eth, -2 * coin);
         }},
        {"gross_exposure", "a_new_mark_counts_at_once", gross_exposure, deny,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 12'000 * micro;
             w.set_position(eth, -2 * coin);
             w.gate().on_mark(eth, 3'000 * micro + 1);
         }},
        {"gross_exposure", "open_orders_count", gross_exposure, deny,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 12'000 * micro - 1;
             w.place();
         }},
        {"gross_exposure", "closed_ones_do_not", gross_exposure, pass,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 6'000 * micro;
             w.place();
             w.gate().on_closed(0);
         }},
        {"gross_exposure", "risk_currency_itself_is_no_exposure", gross_exposure, pass,
         [](W& w) {
             w.config.risk_currency = usdt;
             w.config.limits.firm.gross_exposure_micro_max = 6'000 * micro;
             w.set_position(usdt, 500'000 * coin);
         }},
        {"gross_exposure", "above_a_tightened_limit_reducing_passes", gross_exposure, pass,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 1;
             w.set_position(btc, tenth);
             w.sell();
         }},
        {"gross_exposure", "above_a_tightened_limit_turning_does_not", gross_exposure, deny,
         [](W& w) {
             w.config.limits.firm.gross_exposure_micro_max = 1;
             w.set_position(btc, tenth - 1);
             w.sell();
         }},
        {"gross_exposure", "overflow", gross_exposure, deny,
         [](W& w) { w.gate().on_balance(eth, AmountAtoms{engine::int128{1} << 120}); }},
        {"funds_quote", "edge", funds_quote, pass,
         [](W& w) { w.set_baseline(usdt, 6'000 * coin); }},
        {"funds_quote", "one_atom_short", funds_quote, deny,
         [](W& w) { w.set_baseline(usdt, 6'000 * coin - 1); }},
        {"funds_quote", "reserved_is_not_free", funds_quote, deny,
         [](W& w) {
             w.set_baseline(usdt, 12'000 * coin - 1);
             w.place();
         }},
        {"funds_quote", "of_other_instruments_too", funds_quote, deny,
         [](W& w) {
             w.set_baseline(usdt, 12'000 * coin - 1);
             w.order.instrument = ethusdt;
             w.place();
             w.order.instrument = btcusdt;
         }},
        {"funds_quote", "released_is_free", funds_quote, pass,
         [](W& w) {
             w.set_baseline(usdt, 6'000 * coin);
             w.place();
             w.gate().on_closed(0);
         }},
        {"funds_quote", "a_sell_needs_none", funds_quote, pass,
         [](W& w) {
             w.set_baseline(usdt, 0);
             w.sell();
         }},
        {"funds_quote", "never_told", funds_quote, deny, [](W& w) { w.set_baseline(usdt, 0); }},
        {"funds_quote", "rounded_up", funds_quote, deny,
         [](W& w) {  // 0.00001 x 60,000.01 is 0.6000001: exact; one atom of tick more is not
             w.filters().tick = engine::PriceAtoms{1};
             w.order.price.value = middle + 1;
             w.set_qty(lot);
             w.set_baseline(usdt, 60'000'000);
         }},
        {"funds_base", "edge", funds_base, pass,
         [](W& w) {
             w.set_baseline(btc, tenth);
             w.sell();
         }},
        {"funds_base", "one_atom_short", funds_base, deny,
         [](W& w) {
             w.set_baseline(btc, tenth - 1);
             w.sell();
         }},
        {"funds_base", "reserved_is_not_free", funds_base, deny,
         [](W& w) {
             w.set_baseline(btc, 2 * tenth - 1);
             w.sell();
             w.place();
         }},
        {"funds_base", "a_fill_takes_both", funds_base, deny,
         [](W& w) {
             w.set_baseline(btc, 2 * tenth - 1);
             w.sell();
             w.place();
             fill_of(w, 0, Side::sell, tenth);
             w.gate().on_closed(0);
         }},
        {"funds_base", "a_fee_takes_too", funds_base, deny,
         [](W& w) {
             w.set_baseline(btc, tenth);
             w.sell();
             w.gate().on_stray_fill(
                 {.fee_atoms = 1, .instrument = ethusdt, .fee_asset = btc, .side = Side::buy},
                 w.context.now);
         }},
    };
}

std::vector<Row> counts() {
    return {
        {"orders_open_instrument", "edge", orders_open_instrument, pass,
         [](W& w) { fill_up(w, 9); }},
        {"orders_open_instrument", "one_more", orders_open_instrument, deny,
         [](W& w) { fill_up(w, 10); }},
        {"orders_open_instrument", "absent", orders_open_instrument, deny,
         [](W& w) { w.limits().orders_open_max = 0; }},
        {"orders_open_instrument", "closed_one_gives_room", orders_open_instrument, pass,
         [](W& w) {
             fill_up(w, 10);
             w.gate().on_closed(3);
         }},
        {"orders_open_strategy", "edge", orders_open_strategy, pass,
         [](W& w) {
             w.config.limits.strategy[0].orders_open_max = 4;
             fill_up(w, 3);
             fill_up(w, 3, 1);
         }},
        {"orders_open_strategy", "one_more", orders_open_strategy, deny,
         [](W& w) {
             w.config.limits.strategy[0].orders_open_max = 4;
             fill_up(w, 4);
         }},
        {"orders_open_strategy", "absent", orders_open_strategy, deny,
         [](W& w) { w.config.limits.strategy[0].orders_open_max = 0; }},
        {"orders_open_venue", "edge", orders_open_venue, pass,
         [](W& w) {
             w.config.limits.venue[0].orders_open_max = 5;
             fill_up(w, 2);
             fill_up(w, 2, 1);
         }},
        {"orders_open_venue", "one_more", orders_open_venue, deny,
         [](W& w) {
             w.config.limits.venue[0].orders_open_max = 5;
             fill_up(w, 3);
             fill_up(w, 2, 1);
         }},
        {"orders_open_venue", "absent", orders_open_venue, deny,
         [](W& w) { w.config.limits.venue[0].orders_open_max = 0; }},
        {"orders_open_firm", "edge", orders_open_firm, pass,
         [](W& w) {
             w.config.limits.firm.orders_open_max = 5;
             fill_up(w, 2);
             fill_up(w, 2, 1);
         }},
        {"orders_open_firm", "one_more", orders_open_firm, deny,
         [](W& w) {
             w.config.limits.firm.orders_open_max = 5;
             fill_up(w, 3);
             fill_up(w, 2, 1);
         }},
        {"orders_open_firm", "absent", orders_open_firm, deny,
         [](W& w) { w.config.limits.firm.orders_open_max = 0; }},
        {"orders_open_filter", "edge", orders_open_filter, pass,
         [](W& w) {
             w.filters().orders_max = 3;
             fill_up(w, 2);
         }},
        {"orders_open_filter", "one_more", orders_open_filter, deny,
         [](W& w) {
             w.filters().orders_max = 3;
             fill_up(w, 3);
         }},
        {"orders_open_filter", "none_stated", orders_open_filter, pass,
         [](W& w) {
             w.filters().orders_max = 0;
             fill_up(w, 5);
         }},
        {"messages_strategy", "100ms_edge", messages_strategy, pass,
         [](W& w) { messages(w, 4, 0); }},
        {"messages_strategy", "100ms_one_more", messages_strategy, deny,
         [](W& w) { messages(w, 5, 0); }},
        {"messages_strategy", "100ms_of_another", messages_strategy, pass,
         [](W& w) { messages(w, 5, 0, 1); }},
        {"messages_strategy", "100ms_absent", messages_strategy, deny,
         [](W& w) { w.config.limits.strategy[0].windows[2].messages_max = 0; }},
        {"messages_strategy", "one_ns_before_the_window_ends", messages_strategy, deny,
         [](W& w) {
             messages(w, 5, 0);
             w.pass_time(100 * ms - 1);
         }},
        {"messages_strategy", "100ms_when_the_window_ends", messages_strategy, pass,
         [](W& w) {
             messages(w, 5, 0);
             w.pass_time(100 * ms);
         }},
        {"messages_strategy", "100ms_the_gate_counts_its_own", messages_strategy, deny,
         [](W& w) {
             for (int i = 0; i < 5; ++i) {
                 w.place(Side::buy, middle - tick, lot);
             }
         }},
        {"messages_strategy", "1s_edge", messages_strategy, pass,
         [](W& w) { messages(w, 19, 50 * ms); }},
        {"messages_strategy", "1s_one_more", messages_strategy, deny,
         [](W& w) {
             slow_windows(w, 20);
             messages(w, 20, 49 * ms);
         }},
        {"messages_strategy", "60s_one_more", messages_strategy, deny,
         [](W& w) { messages(w, 100, 599 * ms); }},
        {"messages_strategy", "60s_edge", messages_strategy, pass,
         [](W& w) { messages(w, 100, 600 * ms); }},
        {"messages_strategy", "a_step_back_refills_nothing", messages_strategy, deny,
         [](W& w) {
             messages(w, 5, 0);
             w.pass_time(-5'000 * ms);
         }},
        {"messages_firm", "100ms_edge", messages_firm, pass,
         [](W& w) {
             messages(w, 5, 0, 1);
             messages(w, 4, 0, 2);
         }},
        {"messages_firm", "100ms_one_more", messages_firm, deny,
         [](W& w) {
             messages(w, 5, 0, 1);
             messages(w, 5, 0, 2);
         }},
        {"messages_firm", "100ms_absent", messages_firm, deny,
         [](W& w) { w.config.limits.firm.windows[2].messages_max = 0; }},
        {"messages_firm", "100ms_when_the_window_ends", messages_firm, pass,
         [](W& w) {
             messages(w, 10, 0, 1);
             w.pass_time(100 * ms);
         }},
    };
}

}  // namespace

std::vector<Row> rows_of_sums() {
    std::vector<Row> rows = positions();
    for (auto part : {money(), counts()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

}  // namespace portcullis::risk
