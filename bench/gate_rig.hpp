// A gate in the middle of its work, and orders that it approves: what is timed (book_gate.cpp) and
// what is counted (instructions/) are the same.
#pragma once

#include <x86intrin.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "bench/harness.hpp"
#include "bench/setup.hpp"

namespace portcullis::bench {

inline engine::ReviewContext context_at(engine::MonoNs now) {
    engine::ReviewContext context;
    context.now = now;
    context.reference = {engine::PriceAtoms{6'000'000'000'000},
                         engine::PriceAtoms{6'000'001'000'000}, now, now, true};
    context.slot = 20;
    context.session_ready = context.reconciled = true;
    context.journal_writable = context.request_room = true;
    return context;
}

inline engine::NewOrderSingle order_of(std::uint64_t sequence, std::int64_t ticks_away,
                                       engine::Side side) {
    engine::NewOrderSingle order;
    order.cl_ord_id = engine::ClOrdId::of(engine::Epoch{1}, sequence);
    order.price = engine::PriceTicks{side == engine::Side::buy ? 6'000'000 - ticks_away
                                                               : 6'000'001 + ticks_away};
    order.qty = engine::QtyLots{static_cast<std::int64_t>(100 + sequence % 64)};  // no duplicates
    order.instrument_version = 1;
    order.instrument = engine::InstrumentId{0};
    order.strategy = engine::StrategyId{0};
    order.side = side;
    order.type = engine::OrdType::limit_maker;
    return order;
}

/// A gate in the middle of its work: orders rest, half of them a side. Six, if nothing is said.
struct WorkingGate {
    std::unique_ptr<risk::RiskGate> gate;
    engine::MonoNs now{1'000'000'000'000};
    std::uint64_t sequence{};

    explicit WorkingGate(std::uint16_t resting = 6, const risk::GateConfig& config = gate_config())
        : gate(std::make_unique<risk::RiskGate>(config)) {
        const engine::InstrumentDefinition from = btcusdt_definition();
        engine::Instrument grid;
        grid.id = from.instrument;
        grid.base = from.base;
        grid.quote = from.quote;
        grid.version = from.version;
        grid.status = from.status;
        grid.amend_allowed = true;
        grid.orders_max = std::max(from.orders_max, static_cast<std::uint16_t>(resting + 50U));
        grid.tick = from.tick;
        grid.lot = from.lot;
        grid.price_min = from.price_min;
        grid.price_max = from.price_max;
        grid.qty_min = from.qty_min;
        grid.qty_max = from.qty_max;
        grid.notional_min = engine::AmountAtoms{from.notional_min_atoms};
        grid.notional_max = engine::AmountAtoms{from.notional_max_atoms};
        gate->on_instrument(grid);
        gate->on_balance(engine::AssetId{0}, engine::AmountAtoms{base_atoms});
        gate->on_balance(engine::AssetId{1}, engine::AmountAtoms{quote_atoms});
        gate->on_mark(engine::AssetId{0}, 60'000'000'000);
        gate->on_mark(engine::AssetId{1}, 1'000'000);
        for (std::uint16_t i = 0; i < resting; ++i) {
            now = now + engine::milliseconds(1);
            engine::ReviewContext context = context_at(now);
            context.slot = i;
            (void)approve(
                order_of(++sequence, 10 + i, i % 2 == 0 ? engine::Side::buy : engine::Side::sell),
                context);
        }
    }
    std::uint64_t approve(const engine::NewOrderSingle& order,
                          const engine::ReviewContext& context) {
        auto verdict = gate->review(order, context);
        if (!verdict.ok()) {
            std::fprintf(stderr, "denied: reason %u limit %ld value %ld\n",
                         unsigned{verdict.denial().reason}, verdict.denial().limit,
                         verdict.denial().value);
        }
        require(verdict.ok(), "the gate denies what it must approve");
        return verdict.take().stamp().number.value;
    }
    void flush() const {
        // style: no-bytes-near-approval because the cache is flushed by address, nothing is read
        const auto* bytes = reinterpret_cast<const char*>(gate.get());
        for (std::size_t i = 0; i < sizeof(risk::RiskGate); i += 64) {
            _mm_clflush(bytes + i);
        }
        _mm_mfence();
    }
};

}  // namespace portcullis::bench
