// TscClock: time from the processor's own counter, about 20 ns a reading instead of 40.
//
// The counter only counts; what a tick is worth is measured against CLOCK_MONOTONIC, again and
// again, by a cold thread (TscCalibrator::recalibrate) and published through a seqlock. A new line
// joins the old one where it begins and is bent so that the error that was found fades within about
// a minute; only an error that no drift explains (a machine that was stopped) is set right at once.
// The counter is used only where the processor says that it runs at one rate in all power states;
// elsewhere the same class reads the kernel's clock, so that no caller needs a second path.
#pragma once

#include <cstdint>

#include "engine/rings/seqlock.hpp"
#include "engine/time/clock.hpp"

namespace portcullis::engine {

/// mono = mono_at + (ticks - ticks_at) * ns_per_tick, with ns_per_tick in units of 2^-32.
struct TscLine {
    std::uint64_t ticks_at{};
    std::int64_t mono_at{};
    std::int64_t wall_less_mono{};
    std::uint64_t ns_per_tick{};  ///< 0: the counter is not usable

    [[nodiscard]] bool usable() const noexcept { return ns_per_tick != 0; }
    [[nodiscard]] std::int64_t mono(std::uint64_t ticks) const noexcept {
        // Signed: another core's reading may be some ticks older than the line.
        const auto past = static_cast<std::int64_t>(ticks - ticks_at);
        return mono_at + static_cast<std::int64_t>((int128{past} * ns_per_tick) >> 32);
    }
};

/// One reading of all three clocks, taken as close together as could be had.
struct ClockSample {
    std::uint64_t ticks{};
    std::int64_t mono{};
    std::int64_t wall{};
    std::uint64_t uncertainty_ticks{};  ///< between the counter's readings before and after
};

/// The next line, with the rate measured from `first` to `sample`. It begins on `line` and is bent
/// to lose the error within `fade_ns`, or on the sample when the error is beyond step_ns. Pure, for
/// tests. Requires: sample later than first.
inline constexpr std::int64_t step_ns = 10'000'000;
[[nodiscard]] TscLine next_line(const TscLine& line, const ClockSample& first,
                                const ClockSample& sample, std::int64_t fade_ns) noexcept;

/// Whether the processor promises an invariant counter (CPUID 8000_0007H, EDX bit 8).
[[nodiscard]] bool tsc_is_invariant() noexcept;

class TscCalibrator {
public:
    /// Measures for about 10 ms. `allow_tsc` false: as on a machine without an invariant counter.
    explicit TscCalibrator(bool allow_tsc = true) noexcept;

    /// Measures again and publishes; to be called from one cold thread, about once a second.
    void recalibrate() noexcept;

    [[nodiscard]] bool uses_tsc() const noexcept { return line_.usable(); }

private:
    friend class TscClock;

    TscLine line_{};
    ClockSample first_{};   ///< where the rate is measured from: one to two minutes ago
    ClockSample second_{};  ///< the next first_
    Seqlock<TscLine> published_{};
};

// Writer of a calibration: one cold thread. Readers: any number of TscClocks, one per thread.
// Invariants: 1. mono() of one TscClock never runs backwards; 2. what mono() gives follows
// CLOCK_MONOTONIC within the error that the calibrator reports.
class TscClock {
public:
    /// The calibrator outlives the clock.
    explicit TscClock(const TscCalibrator& calibrator) noexcept
        : published_(&calibrator.published_) {}

    [[nodiscard]] MonoNs mono() noexcept;
    [[nodiscard]] WallNs wall() noexcept;

private:
    [[nodiscard]] TscLine line() noexcept;

    const Seqlock<TscLine>* published_;
    TscLine line_{};
    MonoNs last_{};
};
static_assert(Clock<TscClock>);

}  // namespace portcullis::engine
