// tick_to_order: bytes of a bookTicker message in, bytes of the order frame out, on the recording.
#include <cstdio>
#include <memory>

#include "bench/heap.hpp"
#include "bench/scratch.hpp"
#include "bench/tick_rig.hpp"

namespace portcullis::bench {
namespace {

struct Samples {
    std::vector<std::uint64_t> order, first, no_action;
    std::uint64_t heap_tick{}, heap_order{}, requests{};
};

/// One ticker, timed.
template <class Run>
void timed(const BenchVenue& venue, bool warm, Samples& out, Run&& run) {
    const std::uint64_t requests = venue.requests;
    const std::uint64_t heap = heap_calls();
    const std::uint64_t begin = ticks_before();
    run();
    const std::uint64_t spent = ticks_after() - begin;
    const std::uint64_t heap_used = heap_calls() - heap;
    if (!warm) {
        return;
    }
    const bool acted = venue.requests != requests;
    (acted ? out.order : out.no_action).push_back(spent);
    if (venue.first_order_frame != 0) {
        out.first.push_back(venue.first_order_frame - begin);
    }
    out.requests += venue.requests - requests;
    (acted ? out.heap_order : out.heap_tick) += heap_used;
}

void require_no_heap(const Samples& samples) {
    std::fprintf(stderr, "heap calls: %lu in %zu ticks, %lu in %zu ticks with an order\n",
                 samples.heap_tick, samples.no_action.size(), samples.heap_order,
                 samples.order.size());
    require(samples.heap_tick == 0 && samples.heap_order == 0, "the hot path calls the heap");
}

}  // namespace

void bench_tick(Bench& bench) {
    if (!bench.any("tick_to_order")) {
        return;
    }
    if (heap_counted) {  // a counter that counts nothing would always be right
        const std::uint64_t before = heap_calls();
        keep(std::make_unique<int>(1));
        require(heap_calls() != before, "heap calls are not counted");
    }
    const Scratch scratch;
    make_key(scratch.path + "/key.pem");
    auto signer = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    require(signer.ok(), "the key file is refused");
    constexpr std::size_t warm_up = 5'000;
    const auto messages = load_recording(warm_up + bench.count(500'000));
    Runs first, order, no_action;
    for (std::size_t run = 0; run < bench.runs(); ++run) {
        Samples samples;
        samples.order.reserve(messages.size());
        samples.first.reserve(messages.size());
        samples.no_action.reserve(messages.size());
        auto line = std::make_unique<TickLine>(*signer.value());
        line->start(messages.front().receive_ns);
        for (std::size_t i = 0; i < messages.size(); ++i) {
            line->on_message(messages[i], [&](auto&& tick) {
                timed(line->venue(), i >= warm_up, samples, tick);
            });
        }
        line->check();
        if (heap_counted) {
            require_no_heap(samples);
        }
        std::fprintf(
            stderr, "tick_to_order: %.2f requests a tick with an order\n",
            static_cast<double>(samples.requests) / static_cast<double>(samples.order.size()));
        first.push_back(std::move(samples.first));
        order.push_back(std::move(samples.order));
        no_action.push_back(std::move(samples.no_action));
    }
    if (bench.wanted("tick_to_order")) {
        bench.add("tick_to_order", first);
    }
    if (bench.wanted("tick_to_order.all_frames")) {
        bench.add("tick_to_order.all_frames", order);
    }
    if (bench.wanted("tick_to_order.no_action")) {
        bench.add("tick_to_order.no_action", no_action);
    }
}

}  // namespace portcullis::bench
