// Calibration and reading of the processor's counter, see tsc_clock.hpp.
#include "engine/time/tsc_clock.hpp"

#include <cpuid.h>
#include <x86intrin.h>

#include <algorithm>
#include <ctime>

namespace portcullis::engine {
namespace {

// Of this many readings the tightest is kept: an interrupt between two of them costs nothing.
constexpr int readings = 16;
constexpr std::int64_t first_measurement_ns = 10'000'000;
// An error fades over a minute, which makes the line at most step_ns / fade_ns, 167 ppm, wrong in
// rate.
constexpr std::int64_t fade_ns = 60'000'000'000;
// The kernel's clock is slewed: a rate measured over hours would be an average of many.
constexpr std::int64_t baseline_ns = 60'000'000'000;

/// The counter and both kernel clocks, the counter read on both sides of them.
[[nodiscard]] ClockSample take_sample() noexcept {
    const SystemClock kernel;
    ClockSample best;
    best.uncertainty_ticks = ~std::uint64_t{0};
    for (int i = 0; i < readings; ++i) {
        const std::uint64_t before = __rdtsc();
        const std::int64_t mono = kernel.mono().value;
        const std::uint64_t after = __rdtsc();
        const std::int64_t wall = kernel.wall().value;
        if (after - before < best.uncertainty_ticks) {
            best = {before + (after - before) / 2, mono, wall, after - before};
        }
    }
    return best;
}

}  // namespace

bool tsc_is_invariant() noexcept {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    constexpr unsigned invariant_bit = 1U << 8;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & invariant_bit) != 0;
}

TscLine next_line(const TscLine& line, const ClockSample& first, const ClockSample& sample,
                  std::int64_t fade) noexcept {
    verify(sample.ticks > first.ticks);
    verify(sample.mono > first.mono);
    const auto ticks = static_cast<std::int64_t>(sample.ticks - first.ticks);
    const auto rate = static_cast<std::int64_t>((int128{sample.mono - first.mono} << 32) / ticks);
    TscLine next;
    next.ticks_at = sample.ticks;
    next.wall_less_mono = sample.wall - sample.mono;
    next.mono_at = sample.mono;
    next.ns_per_tick = static_cast<std::uint64_t>(rate);
    if (!line.usable()) {
        return next;
    }
    const std::int64_t error = sample.mono - line.mono(sample.ticks);
    if (error > step_ns || error < -step_ns) {
        return next;
    }
    next.mono_at = line.mono(sample.ticks);
    const auto bend = static_cast<std::int64_t>(int128{rate} * error / fade);
    next.ns_per_tick = static_cast<std::uint64_t>(rate + bend);
    return next;
}

TscCalibrator::TscCalibrator(bool allow_tsc) noexcept {
    if (!allow_tsc || !tsc_is_invariant()) {
        return;
    }
    first_ = take_sample();
    const SystemClock kernel;
    while (kernel.mono().value < first_.mono + first_measurement_ns) {
        const timespec nap{0, 1'000'000};
        ::nanosleep(&nap, nullptr);
    }
    const ClockSample sample = take_sample();
    if (sample.ticks > first_.ticks && sample.mono > first_.mono) {
        second_ = sample;
        line_ = next_line(line_, first_, sample, fade_ns);
        published_.store(line_);
    }
}

void TscCalibrator::recalibrate() noexcept {
    if (!line_.usable()) {
        return;
    }
    const ClockSample sample = take_sample();
    if (sample.ticks <= second_.ticks || sample.mono <= second_.mono) {
        // The counter was set back: a promise broken. The kernel's clock from here on.
        line_ = {};
        published_.store(line_);
        return;
    }
    line_ = next_line(line_, first_, sample, fade_ns);
    published_.store(line_);
    if (sample.mono - second_.mono >= baseline_ns) {
        first_ = second_;
        second_ = sample;
    }
}

TscLine TscClock::line() noexcept {
    // While the calibrator is at it, the line before will do: both meet where the new one begins.
    if (const auto fresh = published_->try_load()) {
        line_ = *fresh;
    }
    return line_;
}

MonoNs TscClock::mono() noexcept {
    const TscLine now = line();
    const MonoNs read = now.usable() ? MonoNs{now.mono(__rdtsc())} : SystemClock{}.mono();
    last_ = std::max(last_, read);
    return last_;
}

WallNs TscClock::wall() noexcept {
    const TscLine now = line();
    return now.usable() ? WallNs{now.mono(__rdtsc()) + now.wall_less_mono} : SystemClock{}.wall();
}

}  // namespace portcullis::engine
