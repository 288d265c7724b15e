// GateWorld: a small world around one gate in which an order passes, for tests to spoil.
//
// One venue; BTCUSDT (instrument 0), ETHUSDT (1) and ETHBTC (2) of the assets BTC 0, USDT 1, ETH 2,
// BNB 3; the risk currency is USD (9), which is none of them. Everything before start() is public
// to change; a test that spoils one thing sees one reason. The default order is a buy of 0.1 BTC at
// 60,000, in the middle of the book.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/types/instrument.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::risk {

inline constexpr engine::InstrumentId btcusdt{0};
inline constexpr engine::InstrumentId ethusdt{1};
inline constexpr engine::InstrumentId ethbtc{2};
inline constexpr engine::AssetId btc{0};
inline constexpr engine::AssetId usdt{1};
inline constexpr engine::AssetId eth{2};
inline constexpr engine::AssetId bnb{3};
inline constexpr engine::AssetId usd{9};
inline constexpr std::int64_t coin = engine::atoms_per_unit;
inline constexpr std::int64_t middle = 60'000 * coin;  ///< of the book, in atoms
inline constexpr std::int64_t micro = engine::micros_per_unit;
inline constexpr std::int64_t tick = coin / 100;     // 0.01
inline constexpr std::int64_t lot = coin / 100'000;  // 0.00001
inline constexpr std::int64_t tenth = coin / 10;     // the default quantity
inline constexpr std::int64_t ms = 1'000'000;

inline constexpr std::int64_t wide_count = 500;
inline constexpr std::int64_t wide_micro = 1'000'000'000 * micro;
/// A window that only messages fill.
inline WindowLimits window_of(std::int64_t span_ms, std::int64_t messages) {
    return {span_ms * ms, messages, wide_count, wide_micro, wide_count, wide_micro};
}
inline WindowSet windows_of(std::int64_t in_100ms, std::int64_t in_1s, std::int64_t in_60s) {
    return {window_of(100, in_100ms), window_of(1'000, in_1s), window_of(60'000, in_60s)};
}

/// Windows in which nothing is in the way of many orders, or of very many in all.
inline void widen(Limits& limits) {
    const auto set = [](WindowSet& windows, std::int64_t count) {
        windows = {WindowLimits{60'000 * ms, count, count, wide_micro, count, wide_micro}};
    };
    for (WindowSet* each : {&limits.firm.windows, &limits.venue[0].windows,
                            &limits.account[0].windows, &limits.instrument[0].windows,
                            &limits.instrument[1].windows, &limits.instrument[2].windows}) {
        set(*each, 30'000);
    }
    for (StrategyLimits& each : limits.strategy) {
        set(each.windows, 2'000);
    }
}

class GateWorld {
public:
    GateConfig config;
    engine::Instrument instruments[3];
    engine::ReviewContext context;
    engine::NewOrderSingle order;

    GateWorld() {
        config.epoch = engine::Epoch{7};
        config.risk_currency = usd;
        config.limits.version = 3;
        config.limits.firm = {.gross_exposure_micro_max = 1'000'000 * micro,
                              .orders_open_max = 30,
                              .order_notional_micro_max = wide_micro,
                              .approval_lifetime_ns_max = 50 * ms,
                              .loss_day_micro_max = 100'000 * micro,
                              .drawdown_day_micro_max = 100'000 * micro,
                              .windows = windows_of(10, 40, 200)};
        config.limits.venue[0] = {.orders_open_max = 50,
                                  .order_notional_micro_max = wide_micro,
                                  .windows = {window_of(60'000, wide_count)}};
        for (auto& limits : config.limits.account) {
            limits = {.order_notional_micro_max = wide_micro,
                      .windows = {window_of(60'000, wide_count)}};
        }
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2},
                                    engine::capacity::instruments - 1}) {  // memory for a few
            config.limits.instrument[i].windows = {window_of(60'000, wide_count)};
        }
        for (auto& limits : config.limits.strategy) {
            limits.windows = windows_of(5, 20, 100);
        }
        for (auto& limits : config.limits.instrument) {
            limits = {.order_qty_atoms_max = coin,
                      .order_notional_micro_max = 100'000 * micro,
                      .collar_bps_max = 100,
                      .position_atoms_max = 5 * coin,
                      .quote_age_ns_max = 1'000 * ms,
                      .feed_silence_ns_max = 3'000 * ms,
                      .orders_open_max = 10,
                      .order_notional_kill_micro_max = 1'000'000 * micro,
                      .drift_bps_60s_max = 10'000,
                      .fills_side_10s_max = fills_ceiling,
                      .windows = limits.windows};
        }
        for (auto& limits : config.limits.strategy) {
            limits = {.instruments = engine::InstrumentSet::all(),
                      .orders_open_max = 20,
                      .duplicates_250ms_max = duplicates_ceiling,
                      .denials_1s_max = denials_ceiling,
                      .loss_day_micro_max = 100'000 * micro,
                      .drawdown_day_micro_max = 100'000 * micro,
                      .order_notional_micro_max = wide_micro,
                      .windows = limits.windows};
        }
        set_baseline(btc, 10 * coin);
        set_baseline(usdt, 100'000 * coin);
        instruments[0] = make(btcusdt, btc, usdt);
        instruments[1] = make(ethusdt, eth, usdt);
        instruments[2] = make(ethbtc, eth, btc);
        context = {.now = engine::MonoNs{10'000 * ms},
                   .slot = 0,
                   .agent = engine::OrderAgentId{0},
                   .session_ready = true,
                   .reconciled = true,
                   .journal_writable = true,
                   .request_room = true};
        set_reference(60'000 * coin - tick, 60'000 * coin + tick);
        order = {.cl_ord_id = engine::ClOrdId{1},
                 .price = engine::PriceTicks{60'000 * coin / tick},
                 .qty = engine::QtyLots{tenth / lot},
                 .instrument_version = 1,
                 .instrument = btcusdt,
                 .strategy = engine::StrategyId{0},
                 .side = engine::Side::buy};
    }

    [[nodiscard]] InstrumentLimits& limits() { return config.limits.instrument[0]; }
    [[nodiscard]] engine::Instrument& filters() { return instruments[0]; }
    void set_baseline(engine::AssetId asset, std::int64_t atoms) {
        config.baselines[asset.value] = engine::AmountAtoms{atoms};
    }
    void set_reference(std::int64_t bid, std::int64_t ask) {
        context.reference = {.bid = engine::PriceAtoms{bid},
                             .ask = engine::PriceAtoms{ask},
                             .top_time = context.now,
                             .alive_time = context.now,
                             .valid = true};
    }
    void pass_time(std::int64_t ns) {
        context.now.value += ns;
        context.reference.top_time = context.now;
        context.reference.alive_time = context.now;
    }
    void set_price(std::int64_t atoms) { order.price.value = atoms / tick; }
    void set_qty(std::int64_t atoms) { order.qty.value = atoms / lot; }
    void sell() { order.side = engine::Side::sell; }

    /// Makes the gate: balances are the baselines (position zero), all marks are set.
    RiskGate& start() {
        if (!gate_) {
            gate_ = std::make_unique<RiskGate>(config);
            for (const engine::Instrument& instrument : instruments) {
                gate_->on_instrument(instrument);
            }
            for (std::uint16_t i = 0; i < engine::capacity::assets; ++i) {
                gate_->on_balance(engine::AssetId{i}, config.baselines[i]);
            }
            gate_->on_mark(btc, 60'000 * micro);
            gate_->on_mark(usdt, micro);
            gate_->on_mark(eth, 3'000 * micro);
        }
        return *gate_;
    }
    RiskGate& gate() { return start(); }
    /// Balance so that the position is `atoms`.
    void set_position(engine::AssetId asset, std::int64_t atoms) {
        start().on_balance(asset, engine::AmountAtoms{config.baselines[asset.value].value + atoms});
    }

    [[nodiscard]] Verdict<engine::NewOrderSingle> review() {
        return start().review(order, context);
    }
    /// Reviews `order` into the next free slot; the slot is kept if it passes.
    bool place() {
        const bool ok = review().ok();
        if (ok) {
            ++context.slot;
            ++order.cl_ord_id.value;
        }
        return ok;
    }
    /// As place(), and puts the order back as it was. For orders that are there before the one
    /// under test.
    bool place(engine::Side side, std::int64_t price, std::int64_t qty) {
        const engine::NewOrderSingle kept = order;
        order.side = side;
        set_price(price);
        set_qty(qty);
        const bool ok = place();
        const auto id = order.cl_ord_id;
        order = kept;
        order.cl_ord_id = id;
        return ok;
    }
    /// Replaces the order in `slot` (with id slot + 1) by `order`.
    [[nodiscard]] Verdict<engine::OrderCancelReplaceRequest> replace(engine::OrderSlot slot,
                                                                     engine::ReplaceMode mode) {
        context.orig_slot = slot;
        engine::OrderCancelReplaceRequest request{
            .order = order,
            .orig_cl_ord_id = engine::ClOrdId{std::uint64_t{slot} + 1},
            .mode = mode};
        return start().review(request, context);
    }

private:
    static engine::Instrument make(engine::InstrumentId id, engine::AssetId base,
                                   engine::AssetId quote) {
        return {.id = id,
                .base = base,
                .quote = quote,
                .version = 1,
                .status = engine::InstrumentStatus::trading,
                .amend_allowed = true,
                .tick = engine::PriceAtoms{tick},
                .lot = engine::QtyAtoms{lot}};
    }

    std::unique_ptr<RiskGate> gate_;
};

}  // namespace portcullis::risk
