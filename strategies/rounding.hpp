// Rounding: from a strategy's doubles to ticks and lots, always to the passive side.
//
// A bid may end lower and an ask higher than the formula says, never the other way: what rounding
// costs is a little chance of a fill, not a price that nobody computed. What is no such number
// (NaN, infinite, not positive, too large to be exact) becomes no price at all.
// Pure functions.
#pragma once

#include <cstdint>

#include "engine/types/fix.hpp"
#include "engine/types/instrument.hpp"

namespace portcullis::strategies {

/// Nearest tick at or below (bids) or at or above (asks) a price in quote units; zero or less when
/// the price is no such number.
[[nodiscard]] engine::PriceTicks passive_ticks(const engine::Instrument& instrument,
                                               engine::Side side, double price) noexcept;

/// Position as a share of `full` (atoms), within [-1, 1].
[[nodiscard]] double inventory_share(engine::AmountAtoms position, std::int64_t full) noexcept;

/// Atoms as whole units.
[[nodiscard]] inline double units(std::int64_t atoms) noexcept {
    return static_cast<double>(atoms) / static_cast<double>(engine::atoms_per_unit);
}

}  // namespace portcullis::strategies
