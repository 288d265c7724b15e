// Rows of the checks that look at what a strategy itself has done lately (spec_rows.hpp).
#include <initializer_list>
#include <type_traits>

#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {
namespace {

using engine::QtyAtoms;
using engine::ReplaceMode;
using engine::Side;
using engine::StrategyId;
using enum DenyReason;
using enum Expect;
using W = GateWorld;

/// `n` orders, and the strategy's own windows do not mind.
void place(W& w, int n, Side side, std::int64_t price, std::int64_t qty = lot) {
    w.config.limits.strategy[0].windows = windows_of(100, 100, 100);
    for (int i = 0; i < n; ++i) {
        w.place(side, price, qty);
    }
}
/// The order under review is of 0.1 at the middle; `n` such orders before it, and `d` are allowed.
void same(W& w, std::int64_t d, int n) {
    w.config.limits.strategy[0].duplicates_250ms_max = d;
    place(w, n, Side::buy, middle, tenth);
}
/// So many orders in no time, each of another quantity and gone at once.
void different(W& w, std::size_t n) {
    widen(w.config.limits);
    for (std::size_t i = 1; i <= n; ++i) {
        w.place(Side::buy, middle, static_cast<std::int64_t>(i) * lot);
        w.gate().on_closed(w.context.slot = 0);
    }
}
/// One order `from` the middle `seconds` ago, and a drift of 10 bps is allowed.
void drift_from(W& w, std::int64_t price, std::int64_t ns = 0) {
    w.limits().drift_bps_60s_max = 10;
    place(w, 1, Side::buy, price);
    w.pass_time(ns);
}
/// The order in slot 0 is filled lot by lot; `k` are allowed.
void fills(W& w, std::int64_t k, int n, std::int64_t apart_ns = 0) {
    w.limits().fills_side_10s_max = k;
    w.config.limits.on_breach[static_cast<std::size_t>(repeated_execution)] =
        engine::BreachAction::deny;
    place(w, 1, Side::buy, middle - tick, coin / 2);
    for (int i = 0; i < n; ++i) {
        w.gate().on_fill(0,
                         {.price = engine::PriceAtoms{middle},
                          .qty = QtyAtoms{lot},
                          .instrument = btcusdt,
                          .side = Side::buy},
                         w.context.now);
        w.pass_time(apart_ns);
    }
}
/// `n` orders of strategy 0 are denied by a limit.
void denied(W& w, std::int64_t limit, int n, std::int64_t apart_ns = 0) {
    w.config.limits.strategy[0].denials_1s_max = limit;
    w.config.limits.on_breach[static_cast<std::size_t>(denials)] = engine::BreachAction::deny;
    for (int i = 0; i < n; ++i) {
        w.set_qty(2 * coin);
        w.place();
        w.set_qty(tenth);
        w.pass_time(apart_ns);
    }
}
void kill_above(W& w, std::int64_t limit) {
    w.limits().order_notional_kill_micro_max = limit;
}
/// Every line is taken: by strategies 1 and on, each in all instruments that there are.
void take_all_pairs(W& w) {
    widen(w.config.limits);
    for (auto& limits : w.config.limits.instrument) {
        limits.windows = {window_of(60'000, 10)};
        limits.windows[0].fills_max = limits.windows[0].orders_max = 10;
    }
    for (std::uint16_t i = 0; i < engine::capacity::instruments; ++i) {
        engine::Instrument made = w.instruments[0];
        made.id = engine::InstrumentId{i};
        w.gate().on_instrument(made);
    }
    const engine::NewOrderSingle kept = w.order;
    w.set_qty(lot);
    for (std::size_t i = 0; i < PairTable::pairs_max; ++i) {
        w.order.strategy =
            StrategyId{static_cast<std::uint8_t>(1 + i / engine::capacity::instruments)};
        w.order.instrument =
            engine::InstrumentId{static_cast<std::uint16_t>(i % engine::capacity::instruments)};
        w.place();
        w.gate().on_closed(w.context.slot = 0);
        w.pass_time(100 * ms);
    }
    const auto id = w.order.cl_ord_id;
    w.order = kept;
    w.order.cl_ord_id = id;
}

std::vector<Row> of_duplicates() {
    return {
        {"duplicate_order", "third_of_three", duplicate_order, pass, [](W& w) { same(w, 3, 2); }},
        {"duplicate_order", "fourth_of_three", duplicate_order, deny, [](W& w) { same(w, 3, 3); }},
        {"duplicate_order", "another_price", duplicate_order, pass,
         [](W& w) {
             same(w, 1, 1);
             w.set_price(middle - tick);
         }},
        {"duplicate_order", "another_quantity", duplicate_order, pass,
         [](W& w) {
             same(w, 1, 1);
             w.set_qty(tenth - lot);
         }},
        {"duplicate_order", "another_side", duplicate_order, pass,
         [](W& w) {
             same(w, 1, 1);
             w.sell();
             w.set_price(middle + tick);
             place(w, 1, Side::buy, middle + tick, tenth);
             w.gate().on_closed(1);
             w.gate().on_closed(0);
         }},
        {"duplicate_order", "another_strategy", duplicate_order, pass,
         [](W& w) {
             same(w, 1, 1);
             w.order.strategy = StrategyId{1};
         }},
        {"duplicate_order", "a_closed_one_counts", duplicate_order, deny,
         [](W& w) {
             same(w, 1, 1);
             w.gate().on_closed(0);
         }},
        {"duplicate_order", "a_denied_one_does_not", duplicate_order, pass,
         [](W& w) {
             w.config.limits.strategy[0].duplicates_250ms_max = 1;
             w.context.reconciled = false;
             place(w, 3, Side::buy, middle, tenth);
             w.context.reconciled = true;
         }},
        {"duplicate_order", "at_the_end_of_the_window", duplicate_order, pass,
         [](W& w) {
             same(w, 1, 1);
             w.pass_time(250 * ms);
         }},
        {"duplicate_order", "one_ns_before_its_end", duplicate_order, deny,
         [](W& w) {
             same(w, 1, 1);
             w.pass_time(250 * ms - 1);
         }},
        {"duplicate_order", "a_clock_that_steps_back_frees_nothing", duplicate_order, deny,
         [](W& w) {
             same(w, 1, 1);
             w.pass_time(-3'600'000 * ms);
         }},
        {"duplicate_order", "a_replace_is_a_refresh", duplicate_order, pass,
         [](W& w) { same(w, 1, 1); }, ReplaceMode::cancel_replace},
        {"duplicate_order", "no_limit_no_replace_either", duplicate_order, among,
         [](W& w) { w.config.limits.strategy[0].duplicates_250ms_max = 0; },
         ReplaceMode::cancel_replace},
        {"duplicate_order", "a_log_with_room_for_one_more", duplicate_order, pass,
         [](W& w) { different(w, DuplicateLog::kept - 1); }},
        {"duplicate_order", "a_full_log", duplicate_order, deny,
         [](W& w) { different(w, DuplicateLog::kept); }},
        {"duplicate_order", "a_full_log_when_the_oldest_is_old", duplicate_order, pass,
         [](W& w) {
             different(w, DuplicateLog::kept);
             w.pass_time(250 * ms);
         }},
        {"strategy_duplicates_250ms_max", "edge", duplicate_order, pass,
         [](W& w) { same(w, 1, 0); }},
        {"strategy_duplicates_250ms_max", "beyond", duplicate_order, deny,
         [](W& w) { same(w, 1, 1); }},
    };
}

std::vector<Row> of_drift() {
    return {
        {"price_drift", "nothing_sent_before", price_drift, pass,
         [](W& w) { w.limits().drift_bps_60s_max = 1; }},
        {"price_drift", "edge_up", price_drift, pass,
         [](W& w) {  // 10 bps of 59,940 is 59.94
             drift_from(w, middle - 60 * coin);
             w.set_price(middle - 60 * coin / 1'000);
         }},
        {"price_drift", "one_tick_further_up", price_drift, deny,
         [](W& w) {
             drift_from(w, middle - 60 * coin);
             w.set_price(middle - 60 * coin / 1'000 + tick);
         }},
        {"price_drift", "edge_down", price_drift, pass,
         [](W& w) {
             drift_from(w, middle);
             w.set_price(middle - 60 * coin);
         }},
        {"price_drift", "one_tick_further_down", price_drift, deny,
         [](W& w) {
             drift_from(w, middle);
             w.set_price(middle - 60 * coin - tick);
         }},
        {"price_drift", "a_staircase_of_small_steps", price_drift, deny,
         [](W& w) {
             drift_from(w, middle - 61 * coin);
             for (const int step : {45, 30, 15}) {
                 place(w, 1, Side::buy, middle - step * coin);
             }
         }},
        {"price_drift", "the_other_side_is_another_path", price_drift, pass,
         [](W& w) {
             drift_from(w, middle - 100 * coin);
             w.sell();
         }},
        {"price_drift", "another_strategy", price_drift, pass,
         [](W& w) {
             drift_from(w, middle - 100 * coin);
             w.order.strategy = StrategyId{1};
         }},
        {"price_drift", "sixty_seconds_later", price_drift, deny,
         [](W& w) { drift_from(w, middle - 100 * coin, 60'000 * ms); }},
        {"price_drift", "sixty_one_seconds_later", price_drift, pass,
         [](W& w) { drift_from(w, middle - 100 * coin, 61'000 * ms); }},
        {"price_drift", "hours_later", price_drift, pass,
         [](W& w) { drift_from(w, middle - 100 * coin, 3'600'000 * ms); }},
        {"price_drift", "a_clock_that_steps_back_frees_nothing", price_drift, deny,
         [](W& w) { drift_from(w, middle - 100 * coin, -3'600'000 * ms); }},
        {"price_drift", "a_replace_drifts_too", price_drift, deny,
         [](W& w) { drift_from(w, middle - 100 * coin); }, ReplaceMode::cancel_replace},
        {"price_drift", "overflow", price_drift, among,
         [](W& w) {
             drift_from(w, middle);
             w.order.price.value = largest;
         }},
        {"price_drift", "overflow_below", price_drift, among,
         [](W& w) {
             drift_from(w, middle);
             w.order.price.value = -largest - 1;
         }},
        {"instrument_drift_bps_60s_max", "edge", price_drift, pass,
         [](W& w) { w.limits().drift_bps_60s_max = 1; }},
        {"instrument_drift_bps_60s_max", "beyond", price_drift, deny,
         [](W& w) {
             drift_from(w, middle - 100 * coin);
             w.limits().drift_bps_60s_max = 16;
         }},
    };
}

std::vector<Row> of_fills() {
    return {
        {"repeated_execution", "three_of_three", repeated_execution, pass,
         [](W& w) { fills(w, 3, 3); }},
        {"repeated_execution", "four_of_three", repeated_execution, deny,
         [](W& w) { fills(w, 3, 4); }},
        {"repeated_execution", "the_other_side", repeated_execution, pass,
         [](W& w) {
             fills(w, 3, 4);
             w.sell();
         }},
        {"repeated_execution", "another_strategy", repeated_execution, pass,
         [](W& w) {
             fills(w, 3, 4);
             w.order.strategy = StrategyId{1};
         }},
        {"repeated_execution", "one_ns_before_the_window_ends", repeated_execution, deny,
         [](W& w) {
             fills(w, 3, 4);
             w.pass_time(10'000 * ms - 1);
         }},
        {"repeated_execution", "at_its_end", repeated_execution, pass,
         [](W& w) {
             fills(w, 3, 4);
             w.pass_time(10'000 * ms);
         }},
        {"repeated_execution", "four_that_no_window_holds", repeated_execution, pass,
         [](W& w) { fills(w, 3, 9, 10'000 * ms / 3 + 1); }},
        {"repeated_execution", "an_amend_too", repeated_execution, deny,
         [](W& w) {
             fills(w, 3, 4);
             w.set_price(middle - tick);
             w.set_qty(coin / 4);
         },
         ReplaceMode::amend_in_place},
        {"instrument_fills_side_10s_max", "edge", repeated_execution, pass,
         [](W& w) { fills(w, 1, 1); }},
        {"instrument_fills_side_10s_max", "beyond", repeated_execution, deny,
         [](W& w) { fills(w, 1, 2); }},
    };
}

std::vector<Row> of_denials() {
    return {
        {"denials", "three_of_three", denials, pass, [](W& w) { denied(w, 3, 3); }},
        {"denials", "four_of_three", denials, deny, [](W& w) { denied(w, 3, 4); }},
        {"denials", "another_strategy", denials, pass,
         [](W& w) {
             denied(w, 3, 4);
             w.order.strategy = StrategyId{1};
         }},
        {"denials", "one_ns_before_the_window_ends", denials, deny,
         [](W& w) {
             denied(w, 3, 4);
             w.pass_time(1'000 * ms - 1);
         }},
        {"denials", "at_its_end", denials, pass,
         [](W& w) {
             denied(w, 3, 4);
             w.pass_time(1'000 * ms);
         }},
        {"denials", "four_that_no_window_holds", denials, pass,
         [](W& w) { denied(w, 3, 9, 1'000 * ms / 3 + 1); }},
        {"denials", "a_session_that_is_away_is_nobody_s_breach", denials, pass,
         [](W& w) {
             w.context.session_ready = false;
             denied(w, 3, 9);
             w.context.session_ready = true;
         }},
        {"denials", "those_for_too_many_denials_do_not_keep_it_shut", denials, pass,
         [](W& w) {
             denied(w, 3, 4);
             w.pass_time(900 * ms);
             w.place();
             w.place();
             w.place();
             w.place();
             w.pass_time(100 * ms);
         }},
        {"strategy_denials_1s_max", "edge", denials, pass, [](W& w) { denied(w, 1, 1); }},
        {"strategy_denials_1s_max", "beyond", denials, deny, [](W& w) { denied(w, 1, 2); }},
        {"pair_slots", "known_when_all_are_taken", pair_slots, pass,
         [](W& w) {
             take_all_pairs(w);
             w.order.strategy = StrategyId{1};
         }},
        {"pair_slots", "unknown_when_all_are_taken", pair_slots, deny, &take_all_pairs},
    };
}

/// What follows a breach is not looked at here (gate_trips_test.cpp).
void only_deny(W& w, std::initializer_list<DenyReason> reasons) {
    for (const DenyReason reason : reasons) {
        w.config.limits.on_breach[static_cast<std::size_t>(reason)] = engine::BreachAction::deny;
    }
}
/// Strategy 0 has bought 0.01 BTC at the middle, then the mark of BTC moved: each 100 is a loss
/// of 1.
void mark_of(W& w, std::int64_t price) {
    if (w.gate().losses().active().empty()) {
        w.place(Side::buy, middle, coin / 100);
        w.gate().on_fill(0,
                         {.price = engine::PriceAtoms{middle},
                          .qty = QtyAtoms{coin / 100},
                          .instrument = btcusdt,
                          .side = Side::buy},
                         w.context.now);
        w.gate().on_closed(0);
    }
    w.gate().on_mark(btc, price * micro);
    w.gate().on_marked(engine::WallNs{20'000 * day_ns});
}
constexpr std::initializer_list<DenyReason> losses{loss_strategy, loss_firm, drawdown_strategy,
                                                   drawdown_firm};
/// The limit is 5 in the risk currency.
template <auto Limit>
void loses(W& w, std::int64_t price) {
    only_deny(w, losses);
    if constexpr (std::is_same_v<decltype(Limit), std::int64_t FirmLimits::*>) {
        w.config.limits.firm.*Limit = 5 * micro;
    } else {
        w.config.limits.strategy[0].*Limit = 5 * micro;
    }
    mark_of(w, price);
}
constexpr auto strategy_loss = &loses<&StrategyLimits::loss_day_micro_max>;
constexpr auto strategy_drawdown = &loses<&StrategyLimits::drawdown_day_micro_max>;
constexpr auto firm_loss = &loses<&FirmLimits::loss_day_micro_max>;
constexpr auto firm_drawdown = &loses<&FirmLimits::drawdown_day_micro_max>;
/// The mark goes on to `then`.
void on_to(W& w, std::int64_t then, std::int64_t day = 20'000) {
    w.gate().on_mark(btc, then * micro);
    w.gate().on_marked(engine::WallNs{day * day_ns + 5});
}

std::vector<Row> of_losses() {
    return {
        {"loss_strategy", "edge", loss_strategy, pass, [](W& w) { strategy_loss(w, 59'500); }},
        {"loss_strategy", "beyond", loss_strategy, deny, [](W& w) { strategy_loss(w, 59'499); }},
        {"loss_strategy", "another_strategy", loss_strategy, pass,
         [](W& w) {
             strategy_loss(w, 50'000);
             w.order.strategy = StrategyId{1};
         }},
        {"loss_strategy", "the_fee_is_part_of_it", loss_strategy, deny,
         [](W& w) {
             strategy_loss(w, 59'500);
             w.gate().on_stray_fill({.price = engine::PriceAtoms{59'500 * coin},
                                     .qty = QtyAtoms{coin / 100},
                                     .fee_atoms = 1,
                                     .instrument = btcusdt,
                                     .fee_asset = usdt,
                                     .side = Side::sell,
                                     .strategy = StrategyId{0}},
                                    w.context.now);
         }},
        {"loss_strategy", "the_next_day", loss_strategy, pass,
         [](W& w) {
             strategy_loss(w, 50'000);
             on_to(w, 50'000, 20'001);
         }},
        {"loss_strategy", "a_clock_that_is_set_back_begins_no_day", loss_strategy, deny,
         [](W& w) {
             strategy_loss(w, 50'000);
             on_to(w, 50'000, 19'999);
         }},
        {"loss_strategy", "overflow", loss_strategy, deny,
         [](W& w) {
             only_deny(w, losses);
             for (const Side side : {Side::buy, Side::sell}) {
                 w.gate().on_stray_fill(
                     {.price = engine::PriceAtoms{side == Side::buy ? largest : 1},
                      .qty = QtyAtoms{largest},
                      .instrument = btcusdt,
                      .side = side,
                      .strategy = StrategyId{0}},
                     w.context.now);
             }
             w.set_position(btc, 0);
             w.set_position(usdt, 0);
         }},
        {"loss_firm", "edge", loss_firm, pass, [](W& w) { firm_loss(w, 59'500); }},
        {"loss_firm", "beyond_whosesoever_order", loss_firm, deny,
         [](W& w) {
             firm_loss(w, 59'499);
             w.order.strategy = StrategyId{1};
         }},
        {"loss_firm", "a_fill_of_no_order_counts", loss_firm, deny,
         [](W& w) {
             only_deny(w, losses);
             w.config.limits.firm.loss_day_micro_max = micro - 1;
             w.gate().on_stray_fill({.price = engine::PriceAtoms{59'900 * coin},
                                     .qty = QtyAtoms{coin / 100},
                                     .instrument = btcusdt,
                                     .side = Side::sell},
                                    w.context.now);
         }},
        {"drawdown_strategy", "edge", drawdown_strategy, pass,
         [](W& w) {
             strategy_drawdown(w, 61'000);
             on_to(w, 60'500);
         }},
        {"drawdown_strategy", "beyond_and_still_a_gain", drawdown_strategy, deny,
         [](W& w) {
             strategy_drawdown(w, 61'000);
             on_to(w, 60'499);
         }},
        {"drawdown_strategy", "the_next_day", drawdown_strategy, pass,
         [](W& w) {
             strategy_drawdown(w, 61'000);
             on_to(w, 60'499, 20'001);
         }},
        {"drawdown_firm", "edge", drawdown_firm, pass,
         [](W& w) {
             firm_drawdown(w, 61'000);
             on_to(w, 60'500);
         }},
        {"drawdown_firm", "beyond", drawdown_firm, deny,
         [](W& w) {
             firm_drawdown(w, 61'000);
             on_to(w, 60'499);
             w.order.strategy = StrategyId{1};
         }},
        {"strategy_loss_day_micro_max", "edge", loss_strategy, pass,
         [](W& w) { strategy_loss(w, 59'500); }},
        {"strategy_loss_day_micro_max", "beyond", loss_strategy, deny,
         [](W& w) { strategy_loss(w, 59'499); }},
        {"strategy_drawdown_day_micro_max", "edge", drawdown_strategy, pass,
         [](W& w) { strategy_drawdown(w, 59'500); }},
        {"strategy_drawdown_day_micro_max", "beyond", drawdown_strategy, deny,
         [](W& w) { strategy_drawdown(w, 59'499); }},
        {"firm_loss_day_micro_max", "edge", loss_firm, pass, [](W& w) { firm_loss(w, 59'500); }},
        {"firm_loss_day_micro_max", "beyond", loss_firm, deny, [](W& w) { firm_loss(w, 59'499); }},
        {"firm_drawdown_day_micro_max", "edge", drawdown_firm, pass,
         [](W& w) { firm_drawdown(w, 59'500); }},
        {"firm_drawdown_day_micro_max", "beyond", drawdown_firm, deny,
         [](W& w) { firm_drawdown(w, 59'499); }},
    };
}

std::vector<Row> of_kills() {
    return {
        {"order_notional_kill", "edge", order_notional_kill, pass,
         [](W& w) { kill_above(w, 6'000 * micro); }},
        {"order_notional_kill", "beyond", order_notional_kill, deny,
         [](W& w) { kill_above(w, 6'000 * micro - 1); }},
        {"order_notional_kill", "overflow", order_notional_kill, among,
         [](W& w) { w.order.qty.value = largest; }},
        {"instrument_order_notional_kill_micro_max", "edge", order_notional_kill, pass,
         [](W& w) { kill_above(w, 6'000 * micro); }},
        {"instrument_order_notional_kill_micro_max", "beyond", order_notional_kill, deny,
         [](W& w) { kill_above(w, 6'000 * micro - 1); }},
    };
}

}  // namespace

std::vector<Row> rows_of_history() {
    std::vector<Row> rows;
    for (const auto& part :
         {of_duplicates(), of_drift(), of_fills(), of_denials(), of_losses(), of_kills()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

}  // namespace portcullis::risk
