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

/// The rows of one key: to the first order, to all frames, and of those that cause none.
struct TickRows {
    Runs first, order, no_action;
};

TickRows tick_rows(const Bench& bench, gateways::Signer& signer, std::size_t full) {
    constexpr std::size_t warm_up = 5'000;
    const auto messages = load_recording(warm_up + bench.count(full));
    TickRows rows;
    for (std::size_t run = 0; run < bench.runs(); ++run) {
        Samples samples;
        samples.order.reserve(messages.size());
        samples.first.reserve(messages.size());
        samples.no_action.reserve(messages.size());
        auto line = std::make_unique<TickLine>(signer);
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
        rows.first.push_back(std::move(samples.first));
        rows.order.push_back(std::move(samples.order));
        rows.no_action.push_back(std::move(samples.no_action));
    }
    return rows;
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
    make_secret(scratch.path + "/secret");
    auto ed25519 = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    auto hmac = gateways::make_file_signer(scratch.path + "/secret", std::string(64, 'a'));
    require(ed25519.ok() && hmac.ok(), "a key file is refused");
    require(hmac.value()->kind() == gateways::KeyKind::hmac_sha256,
            "the secret is taken for a key");
    const TickRows rows = tick_rows(bench, *ed25519.value(), 500'000);
    const auto add = [&bench](const char* name, const Runs& runs) {
        if (bench.wanted(name)) {
            bench.add(name, runs);
        }
    };
    add("tick_to_order", rows.first);
    add("tick_to_order.all_frames", rows.order);
    add("tick_to_order.no_action", rows.no_action);
    if (bench.wanted("tick_to_order.hmac")) {
        bench.add("tick_to_order.hmac", tick_rows(bench, *hmac.value(), 500'000).first);
    }
}

}  // namespace portcullis::bench
