// The ladder's prices. See ladder.hpp for the formulae.
#include "strategies/ladder.hpp"

#include <span>

namespace portcullis::strategies {

using engine::Side;

namespace {

constexpr double one_bps = 1e-4;

}  // namespace

Ladder::Ladder(const LadderConfig& config) noexcept : config_(config) {
    engine::verify(config.levels <= static_cast<std::int64_t>(shares_.size()));
    for (std::int64_t i = 0; i < config.levels; ++i) {
        const double offset =
            (config.half_spread_bps + config.step_bps * static_cast<double>(i)) * one_bps;
        shares_[static_cast<std::size_t>(i)] = {1.0 - offset, 1.0 + offset};
    }
}

void Ladder::wish(const engine::StrategyView& view, double fair, Quotes& quotes) const noexcept {
    quotes.clear();
    const double share = inventory_share(view.position, config_.inventory_base_atoms);
    const double centre = fair * (1.0 - config_.skew_bps * one_bps * share);
    const engine::QtyLots qty =
        view.instrument.lots_within(engine::QtyAtoms{config_.qty_base_atoms});
    const std::int64_t full = config_.inventory_base_atoms;
    engine::QtyLots bid_room = room_lots(view.instrument, Side::buy, view.position, full);
    engine::QtyLots ask_room = room_lots(view.instrument, Side::sell, view.position, full);
    const std::span<const Shares> levels(shares_.data(), static_cast<std::size_t>(config_.levels));
    for (const Shares& level : levels) {
        if (bid_room > engine::QtyLots{}) {
            const auto ticks = passive_ticks(view.instrument, Side::buy, centre * level.bid);
            quotes.bids.add(Side::buy, {ticks, take_room(view.instrument, ticks, qty, bid_room)});
        }
        if (ask_room > engine::QtyLots{}) {
            const auto ticks = passive_ticks(view.instrument, Side::sell, centre * level.ask);
            quotes.asks.add(Side::sell, {ticks, take_room(view.instrument, ticks, qty, ask_room)});
        }
    }
}

}  // namespace portcullis::strategies
