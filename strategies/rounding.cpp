// See rounding.hpp.
#include "strategies/rounding.hpp"

namespace portcullis::strategies {

using engine::Side;

engine::PriceTicks passive_ticks(const engine::Instrument& instrument, Side side,
                                 double price) noexcept {
    const double ticks = price * static_cast<double>(engine::atoms_per_unit) /
                         static_cast<double>(instrument.tick.value);
    constexpr double ticks_max = 9e15;  // every integer below is exact in a double
    if (!(ticks > 0.0) || ticks > ticks_max) {
        return engine::PriceTicks{};  // also what is not a number
    }
    const auto whole = static_cast<std::int64_t>(ticks);
    const bool exact = static_cast<double>(whole) == ticks;
    return engine::PriceTicks{side == Side::buy || exact ? whole : whole + 1};
}

double inventory_share(engine::AmountAtoms position, std::int64_t full) noexcept {
    engine::verify(full > 0);
    const double share = static_cast<double>(position.value) / static_cast<double>(full);
    return share > 1.0 ? 1.0 : share < -1.0 ? -1.0 : share;
}

}  // namespace portcullis::strategies
