// Rounding: from a strategy's doubles to ticks and lots, always to the passive side.
//
// A bid may end lower and an ask higher than the formula says, never the other way: what rounding
// costs is a little chance of a fill, not a price that nobody computed. What is no such number
// (NaN, infinite, not positive, too large to be exact) becomes no price at all.
// Pure functions, in line: a ladder asks for two prices a level on every tick.
#pragma once

#include <cstdint>
#include <limits>

#include "engine/types/fix.hpp"
#include "engine/types/instrument.hpp"

namespace portcullis::strategies {

/// Nearest tick at or below (bids) or at or above (asks) a price in quote units; zero or less when
/// the price is no such number.
[[nodiscard]] inline engine::PriceTicks passive_ticks(const engine::Instrument& instrument,
                                                      engine::Side side, double price) noexcept {
    const double ticks = price * static_cast<double>(engine::atoms_per_unit) /
                         static_cast<double>(instrument.tick.value);
    constexpr double ticks_max = 9e15;  // every integer below is exact in a double
    if (!(ticks > 0.0) || ticks > ticks_max) {
        return engine::PriceTicks{};  // also what is not a number
    }
    const auto whole = static_cast<std::int64_t>(ticks);
    const bool exact = static_cast<double>(whole) == ticks;
    return engine::PriceTicks{side == engine::Side::buy || exact ? whole : whole + 1};
}

/// Position as a share of `full` (atoms), within [-1, 1].
[[nodiscard]] inline double inventory_share(engine::AmountAtoms position,
                                            std::int64_t full) noexcept {
    engine::verify(full > 0);
    const double share = static_cast<double>(position.value) / static_cast<double>(full);
    return share > 1.0 ? 1.0 : share < -1.0 ? -1.0 : share;
}

/// What a side may still add until the position is `full` (atoms) on it; not less than nothing.
[[nodiscard]] inline engine::QtyLots room_lots(const engine::Instrument& instrument,
                                               engine::Side side, engine::AmountAtoms position,
                                               std::int64_t full) noexcept {
    engine::verify(full > 0);
    const engine::int128 held = side == engine::Side::buy ? position.value : -position.value;
    if (held >= full) {
        return engine::QtyLots{};
    }
    const auto room = engine::to_int64(full - held);
    return instrument.lots_within(
        engine::QtyAtoms{room.value_or(std::numeric_limits<std::int64_t>::max())});
}

/// `qty`, or what `room` has of it, which is taken from it; nothing where the venue would find that
/// too small. So a fill makes the quotes behind it smaller. What already rests may be more for as
/// long as its amend or cancel takes: the bound that holds is the gate's position_atoms_max.
[[nodiscard]] inline engine::QtyLots take_room(const engine::Instrument& instrument,
                                               engine::PriceTicks price, engine::QtyLots qty,
                                               engine::QtyLots& room) noexcept {
    if (qty <= room) {
        room -= qty;
        return qty;
    }
    const engine::QtyLots rest = room;
    room = engine::QtyLots{};
    const auto price_atoms = instrument.price(price);
    const auto qty_atoms = instrument.qty(rest);
    const bool enough = price_atoms && qty_atoms && *qty_atoms >= instrument.qty_min &&
                        engine::quote_amount(*price_atoms, *qty_atoms, engine::Rounding::down) >=
                            instrument.notional_min;
    return enough ? rest : engine::QtyLots{};
}

/// Atoms as whole units.
[[nodiscard]] inline double units(std::int64_t atoms) noexcept {
    return static_cast<double>(atoms) / static_cast<double>(engine::atoms_per_unit);
}

}  // namespace portcullis::strategies
