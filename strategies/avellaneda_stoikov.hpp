// AvellanedaStoikov: a reservation price that leans against the inventory, and the optimal spread
// around it.
//
//   c = ln(1 + x) / x / k                                       x = gamma D / k
//   e = sqrt( sigma^2 gamma / (2 k A D) (1 + x)^(1 + 1/x) )
//   reservation price r = s - q e     half spread h = c + e D / 2     bid = r - h, ask = r + h
#pragma once

#include "engine/core/strategy_api.hpp"
#include "strategies/estimators.hpp"
#include "strategies/quotes.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

/// What the formulae take, in base units, quote units and seconds.
struct AvellanedaStoikovInputs {
    double risk_aversion_per_quote{};
    double qty_base{};
    double variance_per_s{};
    double a_per_s{};
    double k_per_quote{};
};

/// c and e above.
struct AvellanedaStoikovTerms {
    double spread_quote{};              ///< c: half spread of a market maker who fears nothing
    double inventory_quote_per_base{};  ///< e: shift of the reservation price by a unit of base
    bool valid{};
};

[[nodiscard]] AvellanedaStoikovTerms avellaneda_stoikov_terms(
    const AvellanedaStoikovInputs& in) noexcept;

// s fair value, q position and D order size in base units, gamma risk aversion in 1/quote, sigma^2
// the mid's variance a second, A and k of the fill intensity A exp(-k d). The problem is Avellaneda
// and Stoikov's; the solution is its infinite-horizon asymptotic form by Gueant, Lehalle and
// Fernandez-Tapia, with order size: their own quotes shrink the inventory term to nothing at a
// horizon T, and a crypto venue has none. (It is also the form in which A matters: where fills are
// rare, inventory is hard to shed and worth more to avoid.)
//
// It quotes nothing before both estimators have seen `warm_up`, and nothing while an estimate is
// missing or a result is no positive, finite number; h is held within its configured bounds. At
// full inventory one side is quoted. Sources: M. Avellaneda, S. Stoikov, "High-frequency trading in
// a limit order book", Quantitative Finance 8 (2008) 217-224. O. Gueant, C.-A. Lehalle, J.
// Fernandez-Tapia, "Dealing with the inventory risk", Mathematics and Financial Economics 7 (2013)
// 477-507. O. Gueant, "Optimal market making", Applied Mathematical Finance 24 (2017) 112-154
// (order size). Owner: core thread, through StrategySet.
class AvellanedaStoikov {
public:
    explicit AvellanedaStoikov(const AvellanedaStoikovConfig& config) noexcept;

    void on_trade(const engine::TradePrint& trade) noexcept;
    /// Fills `quotes` around `fair` (quote units per base unit). Requires: view.top is two-sided.
    void wish(const engine::StrategyView& view, double fair, Quotes& quotes) noexcept;
    [[nodiscard]] const AvellanedaStoikovTerms& terms() const noexcept { return terms_; }
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    void estimate(double mid) noexcept;

    AvellanedaStoikovConfig config_;
    VolatilityEstimator volatility_;
    IntensityEstimator intensity_;
    AvellanedaStoikovTerms terms_{};  // computed anew when an estimate changes
};

}  // namespace portcullis::strategies
