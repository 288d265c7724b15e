// Estimators: volatility of the mid and intensity of fills, from the stream, forgetting the past
// exponentially. Two numbers of a model that are never known, only estimated; so each says whether
// it has enough to go by, and whoever asks must take no for an answer.
//
// Time comes in with every call. A hole in the data (not quotable, feed lost) is not an
// observation: what spans ten samples, or two windows, or more is dropped; what spans more than the
// time constant makes the estimator forget all and warm up again. Estimates are weighted means
// whose weights sum to one from the first observation on (no bias towards the zero they start
// from). No libm but sqrt, so that a replay gives the same bits. Owner: its strategy, core thread;
// no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "engine/book/market.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"

namespace portcullis::strategies {

/// Exponentially weighted realised variance of the mid, in quote units squared per second:
///
///   v <- v + a ((m_t - m_s)^2 / (t - s) - v),   a = 1 - exp(-(t - s) / time_constant)
///
/// over samples at least `sample` apart (and ten of them within the time constant), because moves
/// from tick to tick are mostly bounce. Absolute and not relative, as Avellaneda and Stoikov's
/// price is an arithmetic Brownian motion. Source: J.P. Morgan/Reuters, "RiskMetrics - Technical
/// Document", 1996, section 5.2.
class VolatilityEstimator {
public:
    VolatilityEstimator(engine::DurationNs sample, engine::DurationNs time_constant) noexcept;

    /// Says whether the estimate has changed.
    bool update(engine::MonoNs now, double mid) noexcept;
    /// Quote units squared per second; zero while there is none.
    [[nodiscard]] double variance_per_s() const noexcept;
    /// How much time it has seen, holes not counted.
    [[nodiscard]] engine::DurationNs observed() const noexcept { return observed_; }
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    engine::DurationNs sample_;
    engine::DurationNs time_constant_;
    engine::MonoNs last_at_{engine::never};
    double last_mid_{};
    double sum_{};     // of weighted squares
    double weight_{};  // sum of the weights
    engine::DurationNs observed_{};
};

/// lambda(d) = A exp(-k d): fills a second of a quote at distance d from the mid.
struct FillIntensity {
    double a_per_s{};
    double k_per_fraction{};  ///< d as a fraction of the mid: k in quote units is this / mid
    bool valid{};
};

/// Would a quote at distance d have been filled? In each window, for each of eight distances d_j =
/// j x step and for both sides: did a trade reach mid +- d_j, mid being that of the window's begin.
/// The share of windows p_j that did (exponentially weighted) gives lambda_j = -ln(1 - p_j) /
/// window, and ln lambda_j = ln A - k d_j is fitted by least squares, each weighted by the inverse
/// variance of its logarithm, (1 - p) ln(1 - p)^2 / p. Distances without recent evidence (less than
/// one hit's worth) or with nothing but hits say nothing and are left out; fewer than two, or a
/// slope that does not fall: no estimate.
///
/// Asking by windows and not by trades makes it indifferent to how the venue splits one market
/// order into prints, and to whether a print overtakes the ticker. Our own fills are prints too and
/// count: that market order came, and without us it would have gone deeper. Model: M. Avellaneda
/// and S. Stoikov (2008), "Trading intensity". Fit: weighted least squares on the logarithm, the
/// variance by the delta method.
class IntensityEstimator {
public:
    static constexpr std::size_t distances = 8;

    IntensityEstimator(engine::DurationNs window, double step_bps,
                       engine::DurationNs time_constant) noexcept;

    void on_trade(engine::Side aggressor, double price) noexcept;
    /// Says whether the estimate has changed.
    bool update(engine::MonoNs now, double mid) noexcept;
    [[nodiscard]] const FillIntensity& fit() const noexcept { return fit_; }
    [[nodiscard]] engine::DurationNs observed() const noexcept { return observed_; }
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    void close(engine::DurationNs length) noexcept;
    [[nodiscard]] FillIntensity fitted() const noexcept;

    engine::DurationNs window_;
    double step_;  // as a fraction of the mid
    engine::DurationNs time_constant_;
    double gain_;
    engine::MonoNs begun_{engine::never};
    double mid_{};
    double reached_up_{};  // furthest trade of the window, as a fraction of its mid
    double reached_down_{};
    std::array<double, distances> hits_{};  // weighted sums of hits, both sides: 0, 1/2 or 1 each
    double length_s_{};                     // weighted sum of lengths
    double weight_{};                       // sum of the weights
    engine::DurationNs observed_{};
    FillIntensity fit_{};
};

}  // namespace portcullis::strategies
