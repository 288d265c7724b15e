// What it costs to know how long something took: one sample, one reading of the clock, and all that
// an order pays on its way, sampled and not.
#include <array>

#include "bench/harness.hpp"
#include "bench/latency_rig.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t latency_batch = 64;

// As a stage has them: within a power of ten, in no order.
std::array<std::int64_t, 1024> durations() {
    std::array<std::int64_t, 1024> values{};
    std::uint64_t dice = 1;
    for (std::int64_t& value : values) {
        dice = dice * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        value = 300 + static_cast<std::int64_t>((dice >> 33) % 3'000);
    }
    return values;
}

}  // namespace

void bench_latency(Bench& bench) {
    if (!bench.any("latency")) {
        return;
    }
    const auto nothing = [](std::size_t) {};
    const auto values = durations();
    auto histogram = std::make_unique<tools::LatencyHistogram>();
    std::uint64_t recorded = 0;
    bench.each(
        "latency.record", 20'000, nothing,
        [&](std::size_t i) {
            histogram->record(values[i % values.size()]);
            ++recorded;
        },
        latency_batch);
    std::uint64_t looked = 0;
    bench.each(
        "latency.record.nothing", 20'000, nothing,
        [&](std::size_t i) {
            keep(values[i % values.size()]);
            ++looked;
        },
        latency_batch);
    auto counts = std::make_unique<tools::LatencyCounts>();
    histogram->read(*counts);
    require(counts->n == recorded, "samples were lost");

    const engine::TscCalibrator calibrator;
    tools::TscStampClock clock(calibrator);
    engine::MonoNs before{};
    bool forward = true;
    bench.each(
        "latency.stamp", 20'000, nothing,
        [&](std::size_t) {
            const engine::MonoNs now = clock.now();
            forward = forward && now >= before;
            before = now;
        },
        latency_batch);
    require(forward, "the clock ran backwards");

    LatencyRig rig(clock);
    std::uint64_t orders = 0;
    std::uint64_t sampled = 0;
    bench.each(
        "latency.order", 20'000, nothing,
        [&](std::size_t) {
            rig.order(before, false);
            ++orders;
        },
        latency_batch);
    bench.each(
        "latency.order.sampled", 20'000, nothing,
        [&](std::size_t) {
            rig.order(before, true);
            ++sampled;
        },
        latency_batch);
    require(rig.count(tools::LatencyStage::tick_to_order) == orders + sampled &&
                rig.count(tools::LatencyStage::send) == sampled,
            "orders were lost");
}

}  // namespace portcullis::bench
