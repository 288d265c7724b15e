// Status: one picture of the core for everybody who is not the core thread.
//
// The console, the terminal view and the demo read it through a seqlock; the core thread makes it
// when asked (at most once a timer), so that nobody who looks can slow a decision down. Fixed size,
// trivially copyable: texts are put to it by the reader, from the config.
// Writer: core thread. Readers: any.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "engine/core/trading_core.hpp"
#include "engine/rings/seqlock.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::tools {

struct OrderStatus {
    std::uint64_t cl_ord_id{};
    std::uint64_t order_id{};
    std::int64_t price_atoms{};
    std::int64_t qty_atoms{};
    std::int64_t cum_atoms{};
    std::int64_t age_ns{};
    std::uint16_t instrument{};
    std::uint8_t strategy{};
    std::uint8_t side{};
    std::uint8_t status{};
    std::uint8_t cancel_pending{};
};

/// What a scope's windows hold now, in the limits' units: by row of the config and measure.
using WindowUse = std::array<std::array<std::int64_t, risk::measure_count>, risk::windows_max>;

struct InstrumentStatusRow {
    WindowUse windows{};
    std::int64_t bid_atoms{};
    std::int64_t ask_atoms{};
    std::int64_t bid_qty_atoms{};
    std::int64_t ask_qty_atoms{};
    std::int64_t top_age_ns{};
    std::int64_t alive_age_ns{};
    std::uint64_t last_update{};
    std::uint32_t bid_levels{};
    std::uint32_t ask_levels{};
    std::int64_t long_worst_atoms{};   ///< position if every open buy filled
    std::int64_t short_worst_atoms{};  ///< position if every open sell filled
    std::int32_t orders_open{};
    std::uint8_t valid{};
    std::uint8_t trading_status{};  ///< the venue's word
    std::uint8_t trading_state{};   ///< an operator's or a control's
    std::uint32_t state_cause{};    ///< of it, as in TradingStateChanged
};

struct AssetStatusRow {
    std::int64_t balance_atoms{};
    std::int64_t position_atoms{};
    std::int64_t reserved_atoms{};
    std::int64_t fees_atoms{};
    std::int64_t mark_micro{};
    std::uint8_t marked{};
};

struct StrategyStatusRow {
    WindowUse windows{};
    std::int32_t orders_open{};
    std::uint32_t state_cause{};
    std::uint8_t trading_state{};
};

struct ScopeStatusRow {
    std::uint32_t state_cause{};
    std::uint8_t trading_state{};
    std::uint8_t standing{};  ///< of a credential: engine::CredentialState
    std::uint8_t signal{};    ///< ... and the risk::Signal that made it so
};

struct AlertRow {
    std::uint64_t number{};
    std::int64_t left_ns{};  ///< until it halts the firm
    std::uint16_t reason{};
    std::uint16_t index{};
    std::uint8_t scope{};
};

struct CoreStatus {
    static constexpr std::size_t orders_shown = 128;

    std::int64_t mono_ns{};
    std::int64_t wall_ns{};
    engine::CoreCounters counters{};
    std::int64_t pnl_micro{};
    std::int64_t gross_micro{};
    std::uint32_t orders_open{};
    std::uint32_t orders_listed{};
    std::uint32_t unanswered{};
    std::int32_t venue_orders_open{};
    WindowUse firm_windows{};
    WindowUse venue_windows{};
    WindowUse account_windows{};
    std::uint64_t limits_hash{};  ///< over those in force
    std::uint32_t firm_cause{};
    std::uint32_t venue_cause{};
    std::uint8_t firm_state{};
    std::uint8_t venue_state{};
    std::uint8_t pnl_known{};
    std::uint8_t session_ready{};
    std::uint8_t reconciled{};
    std::uint8_t drained{};
    std::uint8_t line_stopped{};        ///< an approval came out of order: none is sent any more
    std::uint32_t symbols_uncovered{};  ///< symbols that no cancel of everything covers
    std::uint8_t
        shutting_down{};  ///< the command was heard: what is drained now was drained for it
    std::array<InstrumentStatusRow, engine::capacity::session_instruments> instruments{};
    std::array<AssetStatusRow, engine::capacity::session_assets> assets{};
    std::array<StrategyStatusRow, engine::capacity::strategies> strategies{};
    std::array<ScopeStatusRow, engine::capacity::accounts> accounts{};
    std::array<ScopeStatusRow, engine::capacity::credentials> credentials{};
    std::array<OrderStatus, orders_shown> orders{};
    std::array<AlertRow, engine::Alerts::most> alerts{};
    std::uint32_t alerts_open{};
};

using StatusBoard = engine::Seqlock<CoreStatus>;

/// Why the scope is halted or reduce-only; 0: by an operator, or it is active.
[[nodiscard]] inline std::uint32_t state_cause(const CoreStatus& status, engine::Scope scope,
                                               std::uint16_t index) noexcept {
    switch (scope) {
        case engine::Scope::venue:
            return status.venue_cause;
        case engine::Scope::strategy:
            return index < status.strategies.size() ? status.strategies[index].state_cause : 0;
        case engine::Scope::instrument:
            return index < status.instruments.size() ? status.instruments[index].state_cause : 0;
        case engine::Scope::account:
            return index < status.accounts.size() ? status.accounts[index].state_cause : 0;
        case engine::Scope::credential:
            return index < status.credentials.size() ? status.credentials[index].state_cause : 0;
        case engine::Scope::withdrawals:
            return 0;
        case engine::Scope::firm:
            break;
    }
    return status.firm_cause;
}

/// Cuts a 128-bit amount to what 64 bits can show.
[[nodiscard]] inline std::int64_t shown(engine::int128 amount) noexcept {
    const auto narrow = engine::to_int64(amount);
    return narrow       ? *narrow
           : amount > 0 ? std::numeric_limits<std::int64_t>::max()
                        : std::numeric_limits<std::int64_t>::min();
}

[[nodiscard]] inline WindowUse windows_now(const risk::ScopeWindows& windows,
                                           engine::MonoNs now) noexcept {
    WindowUse use{};
    for (std::size_t i = 0; i < windows.spans(); ++i) {
        for (std::size_t m = 0; m < risk::measure_count; ++m) {
            use[i][m] = windows.used(static_cast<risk::Measure>(m), i, now);
        }
    }
    return use;
}

template <class Core>
void fill_orders(const Core& core, CoreStatus& out) noexcept {
    core.orders().for_each([&](engine::OrderSlot, const engine::Order& order) {
        if (engine::is_terminal(order.status)) {
            return;
        }
        ++out.orders_open;
        if (out.orders_listed == CoreStatus::orders_shown) {
            return;
        }
        OrderStatus& row = out.orders[out.orders_listed++];
        row.cl_ord_id = order.cl_ord_id.value;
        row.order_id = order.order_id.value;
        row.price_atoms = order.price_atoms.value;
        row.qty_atoms = order.qty.value;
        row.cum_atoms = order.cum.value;
        row.age_ns = (core.now() - order.created).value;
        row.instrument = order.instrument.value;
        row.strategy = order.strategy.value;
        row.side = static_cast<std::uint8_t>(order.side);
        row.status = static_cast<std::uint8_t>(order.status);
        row.cancel_pending = order.cancel_pending ? 1 : 0;
    });
}

template <class Core>
void fill_instruments(const Core& core, const risk::RiskGate& gate, std::uint16_t count,
                      CoreStatus& out) noexcept {
    for (std::uint16_t i = 0; i < count; ++i) {
        const engine::InstrumentId id{i};
        const engine::InstrumentMarket& market = core.market(id);
        const engine::Instrument& grid = core.instrument(id);
        InstrumentStatusRow& row = out.instruments[i];
        const engine::Bbo top = market.top();
        row.bid_atoms = top.bid.price.value;
        row.ask_atoms = top.ask.price.value;
        row.bid_qty_atoms = top.bid.qty.value;
        row.ask_qty_atoms = top.ask.qty.value;
        row.top_age_ns = (core.now() - market.top_time()).value;
        row.alive_age_ns = (core.now() - market.alive_time()).value;
        row.last_update = market.book().last_update().value;
        row.bid_levels = static_cast<std::uint32_t>(market.book().level_count(engine::Side::buy));
        row.ask_levels = static_cast<std::uint32_t>(market.book().level_count(engine::Side::sell));
        row.valid = market.valid() ? 1 : 0;
        row.trading_status = static_cast<std::uint8_t>(grid.status);
        row.trading_state = static_cast<std::uint8_t>(gate.instrument(id).state.trading);
        row.state_cause = gate.instrument(id).state.cause;
        row.orders_open = gate.exposure().open().instrument[i];
        row.windows = windows_now(gate.instrument(id).windows, core.now());
        if (grid.defined()) {
            const risk::AssetLine& base = gate.exposure().asset(grid.base);
            row.long_worst_atoms = shown(base.position + base.incoming);
            row.short_worst_atoms = shown(base.position - base.reserved);
        }
    }
}

/// The whole picture, of the core and what the order agent tells of itself. Core thread only; takes
/// no memory.
template <class Core, class OrderAgent>
void fill_status(const Core& core, const risk::RiskGate& gate, const OrderAgent& orders,
                 const engine::CoreConfig& config, std::size_t strategy_count, engine::WallNs wall,
                 CoreStatus& out) noexcept {
    out = CoreStatus{};
    out.mono_ns = core.now().value;
    out.wall_ns = wall.value;
    out.counters = core.counters();
    const auto pnl = core.positions().pnl();
    out.pnl_known = pnl ? 1 : 0;
    out.pnl_micro = pnl ? pnl->value : 0;
    out.gross_micro = shown(gate.gross_micro());
    out.unanswered = static_cast<std::uint32_t>(core.orders().unanswered());
    out.session_ready = core.session_ready(engine::OrderAgentId{}) ? 1 : 0;
    out.reconciled = core.reconciled(engine::OrderAgentId{}) ? 1 : 0;
    out.drained = core.drained() ? 1 : 0;
    out.shutting_down = core.shutting_down() ? 1 : 0;
    out.firm_state = static_cast<std::uint8_t>(gate.firm().state.trading);
    out.venue_state = static_cast<std::uint8_t>(gate.venue(engine::VenueId{}).state.trading);
    for (const engine::Alert& each : core.alerts().open()) {
        out.alerts[out.alerts_open++] = {
            each.number, (each.raised + config.alert_patience - core.now()).value, each.reason,
            each.index, static_cast<std::uint8_t>(each.scope)};
    }
    out.limits_hash = gate.limits_hash();
    out.firm_cause = gate.firm().state.cause;
    out.venue_cause = gate.venue(engine::VenueId{}).state.cause;
    out.venue_orders_open = gate.exposure().open().venue[0];
    out.firm_windows = windows_now(gate.firm().windows, core.now());
    out.venue_windows = windows_now(gate.venue(engine::VenueId{}).windows, core.now());
    out.account_windows = windows_now(gate.account(engine::AccountId{}).windows, core.now());
    out.line_stopped = orders.line_stopped() ? 1 : 0;
    out.symbols_uncovered = orders.symbols_uncovered();
    fill_orders(core, out);
    fill_instruments(core, gate, config.instrument_count, out);
    for (std::uint16_t i = 0; i < config.asset_count; ++i) {
        const engine::AssetId id{i};
        AssetStatusRow& row = out.assets[i];
        row.balance_atoms = shown(core.positions().balance(id).value);
        row.position_atoms = shown(core.positions().position(id).value);
        row.reserved_atoms = shown(gate.exposure().asset(id).reserved);
        row.fees_atoms = shown(core.positions().fees(id).value);
        const auto mark = core.positions().mark(id);
        row.marked = mark ? 1 : 0;
        row.mark_micro = mark ? *mark : 0;
    }
    const auto put = [](ScopeStatusRow& row, const risk::ScopeState& state) {
        row.state_cause = state.cause;
        row.trading_state = static_cast<std::uint8_t>(state.trading);
    };
    for (std::uint8_t i = 0; i < engine::capacity::accounts; ++i) {
        put(out.accounts[i], gate.account(engine::AccountId{i}).state);
    }
    for (std::uint8_t i = 0; i < engine::capacity::credentials; ++i) {
        put(out.credentials[i], gate.credential(engine::CredentialId{i}).state);
        const risk::CredentialWatch& watch = gate.credential_watch(engine::CredentialId{i});
        out.credentials[i].standing = static_cast<std::uint8_t>(watch.state());
        out.credentials[i].signal = static_cast<std::uint8_t>(watch.cause());
    }
    for (std::size_t i = 0; i < strategy_count; ++i) {
        const engine::StrategyId id{static_cast<std::uint8_t>(i)};
        StrategyStatusRow& row = out.strategies[i];
        row.orders_open = gate.exposure().open().strategy[i];
        row.trading_state = static_cast<std::uint8_t>(gate.strategy(id).state.trading);
        row.state_cause = gate.strategy(id).state.cause;
        row.windows = windows_now(gate.strategy(id).windows, core.now());
    }
}

}  // namespace portcullis::tools
