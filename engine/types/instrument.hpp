// Instrument: one symbol at one venue, with the grid and bounds that the venue's own filters give.
//
// An order price is a whole number of ticks and a quantity a whole number of lots *of a version* of
// these filters. When the venue changes them the version rises: the core pauses the instrument,
// cancels, reconciles and only then rebuilds, because the same number of ticks would mean another
// price. Writer: core thread (on InstrumentDefinition events). Readers: core thread; others get
// copies in events.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

enum class InstrumentStatus : std::uint8_t {
    unknown = 0,
    trading = 1,
    halted = 2,
    cancel_only = 3
};

/// The venue's filters. Zero disables a bound (Binance: filters.md), except tick and lot, which
/// must be positive.
struct Instrument {
    InstrumentId id{no_instrument};
    VenueId venue{};
    AssetId base{no_asset};
    AssetId quote{no_asset};
    std::uint32_t version{};  ///< 0: never defined; nothing can be ordered
    InstrumentStatus status{InstrumentStatus::unknown};
    bool amend_allowed{};
    std::uint16_t orders_max{};  ///< MAX_NUM_ORDERS; 0: none stated

    PriceAtoms tick{};
    QtyAtoms lot{};
    PriceAtoms price_min{};
    PriceAtoms price_max{};
    QtyAtoms qty_min{};
    QtyAtoms qty_max{};
    AmountAtoms notional_min{};  ///< in atoms of the quote asset
    AmountAtoms notional_max{};

    [[nodiscard]] bool defined() const noexcept {
        return version != 0 && tick.value > 0 && lot.value > 0;
    }

    /// The price of `ticks`, or nothing on overflow. Requires: defined().
    [[nodiscard]] std::optional<PriceAtoms> price(PriceTicks ticks) const noexcept {
        verify(defined());
        const auto atoms = to_int64(int128{ticks.value} * tick.value);
        return atoms ? std::optional{PriceAtoms{*atoms}} : std::nullopt;
    }
    /// The quantity of `lots`, or nothing on overflow. Requires: defined().
    [[nodiscard]] std::optional<QtyAtoms> qty(QtyLots lots) const noexcept {
        verify(defined());
        const auto atoms = to_int64(int128{lots.value} * lot.value);
        return atoms ? std::optional{QtyAtoms{*atoms}} : std::nullopt;
    }
    /// The nearest tick at or below (down) or at or above (up) `price`.
    [[nodiscard]] PriceTicks ticks(PriceAtoms price, Rounding rounding) const noexcept {
        verify(defined());
        return PriceTicks{divide(price.value, tick.value, rounding)};
    }
    /// The most lots that `qty` holds.
    [[nodiscard]] QtyLots lots_within(QtyAtoms qty) const noexcept {
        verify(defined());
        return QtyLots{divide(qty.value, lot.value, Rounding::down)};
    }
};

}  // namespace portcullis::engine
