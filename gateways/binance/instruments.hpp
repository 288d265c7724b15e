// Instruments: the filters of exchangeInfo, as grids for the encoder and as events for the core.
//
// An order says ticks and lots *of a version* of the filters. The venue may change them while
// orders of the version before are on their way through the ring; encoding those on the new grid
// would send another price than the gate has checked. So the last few versions stay here, an order
// is written on the grid of its own version, and one of a version that is not here is not sent.
//
// Invariants: 1. version rises by one when, and only when, something changed; 2. a symbol that the
// venue no longer lists gets the status halted. Writer and reader: order agent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/events/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/instrument.hpp"

namespace portcullis::gateways::binance {

/// Decimal places that multiples of `step` need: 8 less its trailing zeros. Requires: step > 0.
[[nodiscard]] int decimals_of(std::int64_t step) noexcept;

/// One version of an instrument's grid.
struct Grid {
    std::uint32_t version{};  ///< 0: none
    engine::PriceAtoms tick{};
    engine::QtyAtoms lot{};
    int price_decimals{};
    int qty_decimals{};
};

class InstrumentBook {
public:
    /// Versions of one instrument that orders may still be encoded in.
    static constexpr std::size_t versions_kept = 4;

    /// Takes what the venue says now (version of `filters` is ignored). Returns the definition to
    /// tell the core when it is news: the first, or changed; else nothing. Requires: tick and lot
    /// are positive.
    [[nodiscard]] std::optional<engine::InstrumentDefinition> update(
        const engine::InstrumentDefinition& filters) noexcept;

    /// The venue does not list the instrument (any more).
    [[nodiscard]] std::optional<engine::InstrumentDefinition> delist(
        engine::InstrumentId id) noexcept;

    /// Where a run goes on from the versions of the run before it.
    void restore(const engine::InstrumentDefinition& definition) noexcept;

    /// The grid of one version, or null. Valid until the next update.
    [[nodiscard]] const Grid* grid(engine::InstrumentId id, std::uint32_t version) const noexcept;
    /// The last definition; version 0 when there was none.
    [[nodiscard]] const engine::InstrumentDefinition& last(engine::InstrumentId id) const noexcept;

private:
    struct Entry {
        engine::InstrumentDefinition last{};
        std::array<Grid, versions_kept> grids{};
    };
    void keep(Entry& entry) noexcept;
    [[nodiscard]] Entry& entry(engine::InstrumentId id) noexcept;

    std::array<Entry, engine::capacity::instruments> entries_{};
};

}  // namespace portcullis::gateways::binance
