// The ladder's prices. See ladder.hpp for the formulae.
#include "strategies/ladder.hpp"

namespace portcullis::strategies {

using engine::Side;

void Ladder::wish(const engine::StrategyView& view, double fair, Quotes& quotes) const noexcept {
    quotes.clear();
    constexpr double bps = 1e-4;
    const double share = inventory_share(view.position, config_.inventory_base_atoms);
    const double centre = fair * (1.0 - config_.skew_bps * bps * share);
    const engine::QtyLots qty =
        view.instrument.lots_within(engine::QtyAtoms{config_.qty_base_atoms});
    for (std::int64_t i = 0; i < config_.levels; ++i) {
        const double offset =
            (config_.half_spread_bps + config_.step_bps * static_cast<double>(i)) * bps;
        if (share < 1.0) {
            const double price = centre * (1.0 - offset);
            quotes.bids.add(Side::buy, {passive_ticks(view.instrument, Side::buy, price), qty});
        }
        if (share > -1.0) {
            const double price = centre * (1.0 + offset);
            quotes.asks.add(Side::sell, {passive_ticks(view.instrument, Side::sell, price), qty});
        }
    }
}

}  // namespace portcullis::strategies
