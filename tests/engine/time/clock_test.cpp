// Clocks: the counter follows the kernel, never runs backwards, and is left alone where it cannot
// be trusted.
#include "engine/time/clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "engine/time/tsc_clock.hpp"

namespace portcullis::engine {
namespace {

TEST(SystemClock, GoesForward) {
    const SystemClock clock;
    const MonoNs a = clock.mono();
    const MonoNs b = clock.mono();
    EXPECT_LE(a, b);
    EXPECT_GT(clock.wall().value, 1'600'000'000'000'000'000);
}

TEST(ManualClock, StandsStillUntilItIsAdvanced) {
    ManualClock clock(MonoNs{5}, WallNs{100});
    EXPECT_EQ(clock.mono(), MonoNs{5});
    clock.advance(DurationNs{7});
    EXPECT_EQ(clock.mono(), MonoNs{12});
    EXPECT_EQ(clock.wall(), WallNs{107});
    clock.set_wall(WallNs{1});
    EXPECT_EQ(clock.wall(), WallNs{1});
    EXPECT_EQ(clock.mono(), MonoNs{12});
    EXPECT_DEATH(clock.advance(DurationNs{-1}), "verify failed");
}

TEST(TscLine, TurnsTicksIntoNanosecondsExactly) {
    TscLine line;
    line.ticks_at = 1'000;
    line.mono_at = 500;
    line.ns_per_tick = std::uint64_t{1} << 31;  // 2 GHz
    EXPECT_EQ(line.mono(1'000), 500);
    EXPECT_EQ(line.mono(3'000), 1'500);
    EXPECT_EQ(line.mono(998), 499);  // an older reading of another core
    // A year on, no overflow: 2e9 * 3.15e7 ticks.
    EXPECT_EQ(line.mono(1'000 + 63'072'000'000'000'000), 500 + 31'536'000'000'000'000);
}

TEST(TscLine, ANewLineBeginsOnTheOldOneAndLosesTheErrorFound) {
    const ClockSample first{0, 0, 0, 0};
    const TscLine line = next_line({}, first, {2'000'000, 1'000'000, 5'000'000, 0}, 1'000'000'000);
    EXPECT_EQ(line.ns_per_tick, std::uint64_t{1} << 31);
    EXPECT_EQ(line.wall_less_mono, 4'000'000);
    // The kernel's clock has run 10 us ahead of ours after a second.
    const ClockSample sample{2'002'000'000, 1'001'010'000, 1'001'010'000, 0};
    const TscLine next = next_line(line, first, sample, 1'000'000'000);
    EXPECT_EQ(next.mono(sample.ticks), line.mono(sample.ticks));
    EXPECT_GT(next.ns_per_tick, line.ns_per_tick);
    // A second (2e9 ticks) later the kernel is at 2'001'010'000 plus its 10 ppm; so are we.
    const std::int64_t then = next.mono(sample.ticks + 2'000'000'000);
    EXPECT_NEAR(static_cast<double>(then), 2'001'020'000.0, 100.0);
}

TEST(TscLine, AnErrorThatNoDriftExplainsIsSetRightAtOnce) {
    const ClockSample first{0, 0, 0, 0};
    const TscLine line = next_line({}, first, {2'000'000, 1'000'000, 0, 0}, 1'000'000'000);
    const ClockSample recent{2'000'000, 1'000'000, 0, 0};
    // Exactly at the bound it is bent, beyond it set.
    const ClockSample bound{2'002'000'000, 1'001'000'000 + step_ns, 0, 0};
    EXPECT_EQ(next_line(line, recent, bound, 1'000'000'000).mono(bound.ticks), 1'001'000'000);
    const ClockSample jump{2'002'000'000, 51'001'000'000, 0, 0};
    EXPECT_EQ(next_line(line, recent, jump, 1'000'000'000).mono(jump.ticks), jump.mono);
}

/// Both clocks read close together; how far apart they are at most, over `rounds`.
std::int64_t worst_distance(TscClock& clock, int rounds) {
    const SystemClock kernel;
    std::int64_t worst = 0;
    for (int i = 0; i < rounds; ++i) {
        const MonoNs before = kernel.mono();
        const MonoNs ours = clock.mono();
        const MonoNs after = kernel.mono();
        const std::int64_t early = std::max<std::int64_t>(0, (before - ours).value);
        const std::int64_t late = std::max<std::int64_t>(0, (ours - after).value);
        worst = std::max({worst, early, late});
    }
    return worst;
}

TEST(TscClock, FollowsTheKernelsClockAndNeverRunsBackwards) {
    TscCalibrator calibrator;
    std::printf("counter in use: %s\n", calibrator.uses_tsc() ? "yes" : "no");
    EXPECT_EQ(calibrator.uses_tsc(), tsc_is_invariant());
    TscClock clock(calibrator);
    std::atomic<bool> done{false};
    std::thread cold([&] {
        while (!done.load()) {
            calibrator.recalibrate();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    MonoNs last = clock.mono();
    std::int64_t backwards = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        const MonoNs now = clock.mono();
        backwards += now < last ? 1 : 0;
        last = now;
    }
    const std::int64_t worst = worst_distance(clock, 100'000);
    done.store(true);
    cold.join();
    EXPECT_EQ(backwards, 0);
    EXPECT_LT(worst, 1'000'000);  // 1 ms: a sanity bound that a loaded machine keeps
    const std::int64_t wall_apart = clock.wall().value - SystemClock{}.wall().value;
    EXPECT_LT(std::abs(wall_apart), 50'000'000);
}

TEST(TscClock, WithoutATrustedCounterItIsTheKernelsClock) {
    TscCalibrator calibrator(false);
    EXPECT_FALSE(calibrator.uses_tsc());
    calibrator.recalibrate();
    EXPECT_FALSE(calibrator.uses_tsc());
    TscClock clock(calibrator);
    const SystemClock kernel;
    const MonoNs before = kernel.mono();
    const MonoNs ours = clock.mono();
    const MonoNs after = kernel.mono();
    EXPECT_LE(before, ours);
    EXPECT_LE(ours, after);
    EXPECT_GT(clock.wall().value, 1'600'000'000'000'000'000);
}

}  // namespace
}  // namespace portcullis::engine
