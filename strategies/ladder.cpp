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
    const std::int64_t full = config_.inventory_base_atoms;
    engine::QtyLots bid_room = room_lots(view.instrument, Side::buy, view.position, full);
    engine::QtyLots ask_room = room_lots(view.instrument, Side::sell, view.position, full);
    for (std::int64_t i = 0; i < config_.levels; ++i) {
        const double offset =
            (config_.half_spread_bps + config_.step_bps * static_cast<double>(i)) * bps;
        if (bid_room > engine::QtyLots{}) {
            const double price = centre * (1.0 - offset);
            const auto ticks = passive_ticks(view.instrument, Side::buy, price);
            quotes.bids.add(Side::buy, {ticks, take_room(view.instrument, ticks, qty, bid_room)});
        }
        if (ask_room > engine::QtyLots{}) {
            const double price = centre * (1.0 + offset);
            const auto ticks = passive_ticks(view.instrument, Side::sell, price);
            quotes.asks.add(Side::sell, {ticks, take_room(view.instrument, ticks, qty, ask_room)});
        }
    }
}

}  // namespace portcullis::strategies
