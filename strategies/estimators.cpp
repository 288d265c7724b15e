// See estimators.hpp for the formulae.
#include "strategies/estimators.hpp"

#include <algorithm>
#include <cmath>

#include "engine/math/exp_log.hpp"

namespace portcullis::strategies {

using engine::DurationNs;
using engine::MonoNs;

namespace {

constexpr std::int64_t samples_in_hole = 10;
constexpr std::int64_t windows_in_hole = 2;

double seconds(DurationNs span) noexcept {
    return static_cast<double>(span.value) * 1e-9;
}

/// Weight of an observation that spans `span`, the past being forgotten with `time_constant`.
double gain_of(DurationNs span, DurationNs time_constant) noexcept {
    return 1.0 - engine::math::exp(-seconds(span) / seconds(time_constant));
}

}  // namespace

VolatilityEstimator::VolatilityEstimator(DurationNs sample, DurationNs time_constant) noexcept
    : sample_(sample), time_constant_(time_constant) {
    engine::verify(sample.value > 0);
    engine::verify(time_constant.value / samples_in_hole >= sample.value);
}

bool VolatilityEstimator::update(MonoNs now, double mid) noexcept {
    const DurationNs span = now - last_at_;
    if (span < sample_) {
        return false;
    }
    const bool hole = span.value / samples_in_hole >= sample_.value;
    const bool outdated = span > time_constant_;
    const double move = mid - last_mid_;
    last_at_ = now;
    last_mid_ = mid;
    if (hole || outdated) {
        if (outdated) {
            sum_ = weight_ = 0.0;
            observed_ = DurationNs{};
        }
        return outdated;
    }
    const double gain = gain_of(span, time_constant_);
    sum_ += gain * (move * move / seconds(span) - sum_);
    weight_ += gain * (1.0 - weight_);
    observed_ += span;
    return true;
}

double VolatilityEstimator::variance_per_s() const noexcept {
    return weight_ > 0.0 ? sum_ / weight_ : 0.0;
}

void VolatilityEstimator::hash(engine::StateHasher& hasher) const noexcept {
    hasher.add(last_at_);
    hasher.add(last_mid_);
    hasher.add(sum_);
    hasher.add(weight_);
    hasher.add(observed_);
}

IntensityEstimator::IntensityEstimator(DurationNs window, double step_bps,
                                       DurationNs time_constant) noexcept
    : window_(window),
      step_(step_bps * 1e-4),
      time_constant_(time_constant),
      gain_(gain_of(window, time_constant)) {
    engine::verify(window.value > 0 && step_bps > 0.0);
    engine::verify(time_constant.value / windows_in_hole >= window.value);
}

void IntensityEstimator::on_trade(engine::Side aggressor, double price) noexcept {
    if (!(mid_ > 0.0)) {
        return;  // no window is open
    }
    const double distance = (price - mid_) / mid_;
    if (aggressor == engine::Side::buy) {
        reached_up_ = std::max(reached_up_, distance);
    } else {
        reached_down_ = std::max(reached_down_, -distance);
    }
}

bool IntensityEstimator::update(MonoNs now, double mid) noexcept {
    const DurationNs span = now - begun_;
    if (span < window_) {
        return false;
    }
    const bool hole = span.value / windows_in_hole >= window_.value;
    const bool outdated = span > time_constant_;
    if (outdated) {
        hits_.fill(0.0);
        length_s_ = weight_ = 0.0;
        observed_ = DurationNs{};
        fit_ = {};
    } else if (!hole) {
        close(span);
    }
    begun_ = now;
    mid_ = mid;
    reached_up_ = 0.0;
    reached_down_ = 0.0;
    return outdated || !hole;
}

void IntensityEstimator::close(DurationNs length) noexcept {
    for (std::size_t i = 0; i < distances; ++i) {
        const double distance = step_ * static_cast<double>(i + 1);
        const double hit =
            (reached_up_ >= distance ? 0.5 : 0.0) + (reached_down_ >= distance ? 0.5 : 0.0);
        hits_[i] += gain_ * (hit - hits_[i]);
    }
    length_s_ += gain_ * (seconds(length) - length_s_);
    weight_ += gain_ * (1.0 - weight_);
    observed_ += length;
    fit_ = fitted();
}

FillIntensity IntensityEstimator::fitted() const noexcept {
    double weights = 0.0;
    double mean_x = 0.0;
    double mean_y = 0.0;
    double sum_xx = 0.0;
    double sum_xy = 0.0;
    std::size_t used = 0;
    for (std::size_t i = 0; i < distances; ++i) {
        const double p = hits_[i] / weight_;
        const bool evidence = hits_[i] >= gain_ * 0.5 && p < 1.0;
        if (!evidence) {
            continue;
        }
        ++used;
        const double fills = -engine::math::log(1.0 - p);
        const double weight = (1.0 - p) * fills * fills / p;
        const double x = step_ * static_cast<double>(i + 1);
        const double y = engine::math::log(fills);
        // Weighted means and sums of products, one observation at a time (West 1979).
        weights += weight;
        const double dx = x - mean_x;
        mean_x += weight / weights * dx;
        mean_y += weight / weights * (y - mean_y);
        sum_xx += weight * dx * (x - mean_x);
        sum_xy += weight * dx * (y - mean_y);
    }
    if (used < 2 || !(sum_xx > 0.0)) {
        return {};
    }
    FillIntensity fit;
    fit.k_per_fraction = -sum_xy / sum_xx;
    const double windows = length_s_ / weight_;
    fit.a_per_s = engine::math::exp(mean_y + fit.k_per_fraction * mean_x) / windows;
    fit.valid = fit.k_per_fraction > 0.0 && fit.a_per_s > 0.0 &&
                std::isfinite(fit.k_per_fraction) && std::isfinite(fit.a_per_s);
    return fit;
}

void IntensityEstimator::hash(engine::StateHasher& hasher) const noexcept {
    hasher.add(begun_);
    hasher.add(mid_);
    hasher.add(reached_up_);
    hasher.add(reached_down_);
    for (const double hits : hits_) {
        hasher.add(hits);
    }
    hasher.add(length_s_);
    hasher.add(weight_);
    hasher.add(observed_);
}

}  // namespace portcullis::strategies
