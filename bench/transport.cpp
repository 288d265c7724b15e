// What a websocket costs the thread that owns it, TLS and system calls included: our transport
// beside WebSocket++, both against the same listener on the loopback.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/harness.hpp"
#include "bench/heap.hpp"
#include "bench/venue_rig.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t order_bytes = 250;
const struct {
    const char* suffix;
    VenueClient::MakeTransport make;
} transports[] = {{"", gateways::make_websocket_transport},
                  {".websocketpp", gateways::make_websocketpp_transport}};

/// Of what may be received: so many texts of one size in one go, as a busy second of a market
/// comes.
struct Burst {
    const char* name;
    std::size_t bytes;
    std::size_t texts;
};
constexpr Burst bursts[] = {{"transport.receive.100", 100, 256},
                            {"transport.receive.1440", 1440, 32},
                            {"transport.wake.100", 100, 1}};

/// Sends a burst for each text that names one, and takes any other without a word.
void answer(tools::venue::Peer& peer, std::string_view text) {
    for (const Burst& burst : bursts) {
        const std::string body(burst.bytes, 'x');
        for (std::size_t i = 0; text == burst.name && i < burst.texts; ++i) {
            peer.send_text(body);
        }
    }
}

void tell_heap(const std::string& name, std::uint64_t calls, std::size_t of) {
    if (heap_counted) {
        std::fprintf(stderr, "%s: %.2f heap calls a text, OpenSSL's included\n", name.c_str(),
                     static_cast<double>(calls) / static_cast<double>(of));
    }
}

void receive_row(Bench& bench, const ListenerRig& rig, const Burst& burst, const std::string& name,
                 VenueClient::MakeTransport make) {
    VenueClient client(rig.endpoint(), "/", make);
    std::uint64_t heap = 0;
    std::vector<std::uint64_t> best;
    const std::size_t count = bench.count(2'000);
    for (int run = 0; run < Bench::runs; ++run) {
        std::vector<std::uint64_t> ticks(count);
        for (std::uint64_t& taken : ticks) {
            const std::uint64_t before = client.bytes;
            const std::uint64_t until = client.frames + burst.texts;
            client.send(burst.name);
            // All of it is in the socket when the clock starts, and this thread does not sleep: a
            // trading thread spins too, and what a core forgets in its sleep would be measured.
            for (const std::int64_t ready = steady_ns() + 300'000; steady_ns() < ready;) {
            }
            const std::uint64_t calls = heap_calls();
            const std::uint64_t begin = ticks_before();
            while (client.frames < until) {
                client.poll();
            }
            taken = ticks_after() - begin;
            heap += heap_calls() - calls;
            require(client.bytes - before == burst.texts * burst.bytes,
                    "a burst came otherwise than it was sent");
        }
        Bench::keep_better(best, std::move(ticks));
    }
    bench.add(name, std::move(best), burst.texts);
    tell_heap(name, heap, Bench::runs * count * burst.texts);
}

void send_row(Bench& bench, const ListenerRig& rig, const std::string& name,
              VenueClient::MakeTransport make) {
    VenueClient client(rig.endpoint(), "/", make);
    const std::string order(order_bytes, 'x');
    bench.each(
        name, 20'000,
        [&](std::size_t i) {
            client.poll();
            if (i % 64 == 0) {  // the peer has to read them
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        },
        [&](std::size_t) { client.send(order); });
}

}  // namespace

void bench_transport(Bench& bench) {
    if (!bench.any("transport.")) {
        return;
    }
    const ListenerRig rig(answer);
    for (const auto& transport : transports) {
        for (const Burst& burst : bursts) {
            if (const std::string name = std::string(burst.name) + transport.suffix;
                bench.wanted(name)) {
                receive_row(bench, rig, burst, name, transport.make);
            }
        }
        if (const std::string name = std::string("transport.send.250") + transport.suffix;
            bench.wanted(name)) {
            send_row(bench, rig, name, transport.make);
        }
    }
}

}  // namespace portcullis::bench
