// See avellaneda_stoikov.hpp for the formulae.
#include "strategies/avellaneda_stoikov.hpp"

#include <algorithm>
#include <cmath>

#include "engine/math/exp_log.hpp"
#include "strategies/fair_value.hpp"
#include "strategies/rounding.hpp"

namespace portcullis::strategies {

using engine::Side;

namespace {

/// ln(1 + x) / x for x > 0, also where 1 + x loses most of x: the error of u = 1 + x is the same
/// above and below the line (Kahan).
double log1p_ratio(double x) noexcept {
    const double u = 1.0 + x;
    return u == 1.0 ? 1.0 : engine::math::log(u) / (u - 1.0);
}

bool positive(double number) noexcept {
    return number > 0.0 && std::isfinite(number);
}

}  // namespace

AvellanedaStoikovTerms avellaneda_stoikov_terms(const AvellanedaStoikovInputs& in) noexcept {
    const bool usable = positive(in.risk_aversion_per_quote) && positive(in.qty_base) &&
                        positive(in.variance_per_s) && positive(in.a_per_s) &&
                        positive(in.k_per_quote);
    if (!usable) {
        return {};
    }
    const double x = in.risk_aversion_per_quote * in.qty_base / in.k_per_quote;
    const double ratio = log1p_ratio(x);
    // (1 + x)^(1 + 1/x) = exp((1 + x) ln(1 + x) / x)
    const double power = engine::math::exp((1.0 + x) * ratio);
    const double inventory = std::sqrt(in.variance_per_s * in.risk_aversion_per_quote /
                                       (2.0 * in.k_per_quote * in.a_per_s * in.qty_base) * power);
    const double spread = ratio / in.k_per_quote;
    return {spread, inventory, positive(spread) && positive(inventory)};
}

AvellanedaStoikov::AvellanedaStoikov(const AvellanedaStoikovConfig& config) noexcept
    : config_(config),
      volatility_(config.volatility_sample, config.volatility_time_constant),
      intensity_(config.intensity_window, config.intensity_step_bps,
                 config.intensity_time_constant) {
    engine::verify(config.qty_base_atoms > 0 && config.inventory_base_atoms > 0);
    engine::verify(config.half_spread_bps_min <= config.half_spread_bps_max);
}

void AvellanedaStoikov::on_trade(const engine::TradePrint& trade) noexcept {
    intensity_.on_trade(trade.aggressor, units(trade.price.value));
}

void AvellanedaStoikov::wish(const engine::StrategyView& view, double fair,
                             Quotes& quotes) noexcept {
    quotes.clear();
    const double middle = mid(view.top);
    const bool moved = volatility_.update(view.now, middle);
    const bool counted = intensity_.update(view.now, middle);
    if (moved || counted) {
        estimate(middle);
    }
    if (!terms_.valid || !positive(fair)) {
        return;
    }
    constexpr double bps = 1e-4;
    const double share = inventory_share(view.position, config_.inventory_base_atoms);
    const double position = share * units(config_.inventory_base_atoms);
    const double reservation = fair - position * terms_.inventory_quote_per_base;
    const double optimal =
        terms_.spread_quote + terms_.inventory_quote_per_base * units(config_.qty_base_atoms) / 2.0;
    const double half = std::min(std::max(optimal, config_.half_spread_bps_min * bps * fair),
                                 config_.half_spread_bps_max * bps * fair);
    const engine::QtyLots qty =
        view.instrument.lots_within(engine::QtyAtoms{config_.qty_base_atoms});
    const auto add = [&](Side side, QuoteSide& to, double price) {
        const auto ticks = passive_ticks(view.instrument, side, price);
        engine::QtyLots room =
            room_lots(view.instrument, side, view.position, config_.inventory_base_atoms);
        to.add(side, {ticks, take_room(view.instrument, ticks, qty, room)});
    };
    add(Side::buy, quotes.bids, reservation - half);
    add(Side::sell, quotes.asks, reservation + half);
}

void AvellanedaStoikov::estimate(double mid) noexcept {
    const bool warm =
        volatility_.observed() >= config_.warm_up && intensity_.observed() >= config_.warm_up;
    const FillIntensity& fit = intensity_.fit();
    if (!warm || !fit.valid || !positive(mid)) {
        terms_ = {};
        return;
    }
    terms_ = avellaneda_stoikov_terms({config_.risk_aversion_per_quote,
                                       units(config_.qty_base_atoms), volatility_.variance_per_s(),
                                       fit.a_per_s, fit.k_per_fraction / mid});
}

void AvellanedaStoikov::hash(engine::StateHasher& hasher) const noexcept {
    volatility_.hash(hasher);
    intensity_.hash(hasher);
    hasher.add(terms_.spread_quote);
    hasher.add(terms_.inventory_quote_per_base);
    hasher.add(static_cast<std::uint64_t>(terms_.valid));
}

}  // namespace portcullis::strategies
