// What the benches of book, gate, orders and tick-to-order have in common: the instrument of the
// shipped recording, and a gate with every limit of the production set present and none at zero.
// Both follow tests/sim, so that a figure is about the same system that the tests are about.
#pragma once

#include "engine/core/core_api.hpp"
#include "engine/events/market.hpp"
#include "gateways/session/cl_ord_id.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::bench {

inline engine::InstrumentDefinition btcusdt_definition() {
    engine::InstrumentDefinition definition;
    definition.tick = engine::PriceAtoms{1'000'000};
    definition.lot = engine::QtyAtoms{1'000};
    definition.price_min = engine::PriceAtoms{1'000'000};
    definition.price_max = engine::PriceAtoms{100'000'000'000'000};
    definition.qty_min = engine::QtyAtoms{1'000};
    definition.qty_max = engine::QtyAtoms{900'000'000'000};
    definition.notional_min_atoms = 5 * engine::atoms_per_unit;
    definition.notional_max_atoms = 9'000'000 * engine::atoms_per_unit;
    definition.version = 1;
    definition.instrument = engine::InstrumentId{0};
    definition.base = engine::AssetId{0};
    definition.quote = engine::AssetId{1};
    definition.orders_max = 200;
    definition.status = engine::InstrumentStatus::trading;
    definition.amend_allowed = 1;
    return definition;
}

inline constexpr engine::int128 base_atoms = engine::int128{100} * engine::atoms_per_unit;
inline constexpr engine::int128 quote_atoms = engine::int128{10'000'000} * engine::atoms_per_unit;

/// Limits of what a strategy itself has done lately: each is there and none is in the way, for what
/// is refused costs less.
inline void allow_history(risk::InstrumentLimits& limits) {
    limits.order_notional_kill_micro_max = 10 * limits.order_notional_micro_max;
    limits.drift_bps_60s_max = 5'000;
    limits.fills_side_10s_max = risk::fills_ceiling;
}
inline void allow_history(risk::StrategyLimits& limits) {
    limits.duplicates_250ms_max = risk::duplicates_ceiling;
    limits.denials_1s_max = risk::denials_ceiling;
    limits.loss_day_micro_max = limits.drawdown_day_micro_max = risk::amount_ceiling;
}
inline void allow_history(risk::FirmLimits& limits) {
    limits.loss_day_micro_max = limits.drawdown_day_micro_max = risk::amount_ceiling;
}
/// One window that no measured run fills but by its messages.
inline risk::WindowLimits window_of(std::int64_t span_ms, std::int64_t messages) {
    constexpr std::int64_t micro = 1'000'000'000'000'000;
    return {span_ms * 1'000'000, messages, messages, micro, messages, micro};
}
inline risk::WindowSet windows_of(std::int64_t in_100ms, std::int64_t in_1s, std::int64_t in_60s) {
    return {window_of(100, in_100ms), window_of(1'000, in_1s), window_of(60'000, in_60s)};
}

inline risk::GateConfig gate_config() {
    risk::GateConfig config;
    config.epoch = engine::Epoch{1};
    config.risk_currency = engine::AssetId{1};
    config.baselines[0] = engine::AmountAtoms{base_atoms};
    config.baselines[1] = engine::AmountAtoms{quote_atoms};
    risk::Limits& limits = config.limits;
    limits.version = 1;
    constexpr std::int64_t order_micro = 5'000'000'000;
    const risk::WindowSet three = windows_of(100, 500, 10'000);
    limits.firm = {.gross_exposure_micro_max = 200'000'000'000,
                   .orders_open_max = 100,
                   .order_notional_micro_max = order_micro,
                   .approval_lifetime_ns_max = 50'000'000};
    limits.firm.windows = three;
    allow_history(limits.firm);
    limits.venue[0] = {100, order_micro, {window_of(60'000, 10'000)}};
    limits.account[0] = {order_micro, three};
    limits.instrument[0] = {.order_qty_atoms_max = 5'000'000,
                            .order_notional_micro_max = 5'000'000'000,
                            .collar_bps_max = 100,
                            .position_atoms_max = 10'000'000,
                            .quote_age_ns_max = 5'000'000'000,
                            .feed_silence_ns_max = 5'000'000'000,
                            .orders_open_max = 50,
                            .windows = {window_of(60'000, 10'000)}};
    allow_history(limits.instrument[0]);
    limits.strategy[0] = {.instruments = engine::InstrumentSet::of_bits(1),
                          .orders_open_max = 50,
                          .order_notional_micro_max = order_micro,
                          .windows = three};
    allow_history(limits.strategy[0]);
    return config;
}

inline gateways::ClOrdIdKeys bench_keys() {
    gateways::ClOrdIdKey key{};
    key.fill(0x5a);
    return std::move(gateways::ClOrdIdKeys::make({{engine::Epoch{1}, key}})).value();
}

}  // namespace portcullis::bench
