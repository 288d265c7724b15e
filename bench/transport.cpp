// What a websocket costs the thread that owns it, TLS and system calls included: our transport
// beside WebSocket++ and Beast, all against the same listeners on the loopback.
#include <sys/ioctl.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/harness.hpp"
#include "bench/heap.hpp"
#include "bench/scratch.hpp"
#include "bench/transport_client.hpp"
#include "bench/venue_rig.hpp"
#include "bench/wire_line.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t order_bytes = 250;

/// A transport behind our interface.
template <VenueClient::MakeTransport Make>
class InterfaceClient final : public TransportClient {
public:
    explicit InterfaceClient(const gateways::Endpoint& endpoint)
        : client_(endpoint, endpoint.path, Make) {}
    void send(std::string_view text) override { client_.send(text); }
    void take(std::uint64_t texts) override {
        for (const std::uint64_t until = client_.frames + texts; client_.frames < until;) {
            client_.poll();
        }
    }
    void idle() override { client_.poll(); }
    [[nodiscard]] int fd() const override { return client_.fd(); }
    [[nodiscard]] std::uint64_t texts() const override { return client_.frames; }
    [[nodiscard]] std::uint64_t bytes() const override { return client_.bytes; }

private:
    VenueClient client_;
};

using MakeClient = std::unique_ptr<TransportClient> (*)(const gateways::Endpoint&);
template <VenueClient::MakeTransport Make>
std::unique_ptr<TransportClient> make_interface_client(const gateways::Endpoint& endpoint) {
    return std::make_unique<InterfaceClient<Make>>(endpoint);
}

const struct {
    const char* suffix;
    MakeClient make;
} transports[] = {{"", make_interface_client<gateways::make_websocket_transport>},
                  {".websocketpp", make_interface_client<gateways::make_websocketpp_transport>},
                  {".beast", make_beast_client}};

/// Of what may be received: so many texts of one size in one go, as a busy second of a market
/// comes.
struct Burst {
    const char* name;
    std::size_t bytes;
    std::size_t texts;
    bool records;  ///< each in a TLS record of its own, as a venue sends; else as many as go in one
};
constexpr Burst bursts[] = {{"transport.receive.100", 100, 256, false},
                            {"transport.receive.100.record", 100, 256, true},
                            {"transport.receive.1440", 1440, 32, false},
                            {"transport.receive.1440.record", 1440, 32, true},
                            {"transport.wake.100", 100, 1, false}};

/// Sends a burst for each text that names one, and takes any other without a word.
template <class Send>
void answer(std::string_view text, Send send) {
    for (const Burst& burst : bursts) {
        if (text == burst.name) {
            const std::string body(burst.bytes, 'x');
            for (std::size_t i = 0; i < burst.texts; ++i) {
                send(body);
            }
        }
    }
}

/// A listener that writes each text to its socket by itself, on a thread of its own.
class RecordRig {
public:
    RecordRig() : server_(files(scratch_.path)) {}
    /// Before its client goes: this server takes no goodbye.
    void end() { worker_.reset(); }
    [[nodiscard]] gateways::Endpoint endpoint() const { return server_.endpoint("/burst"); }

private:
    static tools::venue::CertificateFiles files(const std::string& dir) {
        const auto made = tools::venue::make_certificates(dir);
        require(made.ok(), "no certificates");
        return made.value();
    }
    Scratch scratch_;
    WireServer server_;
    std::optional<Worker> worker_{
        std::in_place, -1, [this] {
            server_.poll([this](WireLink& from, std::string_view text) {
                answer(text, [&](const std::string& body) { server_.send(from, body); });
            });
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }};
};

void tell_heap(const std::string& name, std::uint64_t calls, std::size_t of) {
    if (heap_counted) {
        std::fprintf(stderr, "%s: %.2f heap calls a text, OpenSSL's included\n", name.c_str(),
                     static_cast<double>(calls) / static_cast<double>(of));
    }
}

/// All of it is in the socket when the clock starts, and this thread does not sleep: a trading
/// thread spins too, and what a core forgets in its sleep would be measured. Of texts that share
/// records the number of records is not known, so that the last few bytes are given time.
void await_in_socket(int fd, const Burst& burst) {
    constexpr std::size_t record_bytes = 22;  // head, tag and kind of a TLS 1.3 record
    const std::size_t head_bytes = burst.bytes < 126 ? 2 : 4;
    const std::size_t least =
        burst.texts * (burst.bytes + head_bytes) + record_bytes * (burst.records ? burst.texts : 1);
    const std::int64_t end = steady_ns() + patience_ns;
    for (int there = 0; static_cast<std::size_t>(there) < least;) {
        require(::ioctl(fd, FIONREAD, &there) == 0 && steady_ns() < end, "a burst does not come");
    }
    for (const std::int64_t ready = steady_ns() + (burst.records ? 10'000 : 100'000);
         steady_ns() < ready;) {
    }
}

void receive_row(Bench& bench, TransportClient& client, const Burst& burst,
                 const std::string& name) {
    std::uint64_t heap = 0;
    Runs runs(bench.runs());
    const std::size_t count = bench.count(1'000);
    for (Ticks& ticks : runs) {
        ticks.resize(count);
        for (std::uint64_t& taken : ticks) {
            const std::uint64_t before = client.bytes();
            const std::uint64_t until = client.texts() + burst.texts;
            client.send(burst.name);
            await_in_socket(client.fd(), burst);
            const std::uint64_t calls = heap_calls();
            const std::uint64_t begin = ticks_before();
            client.take(burst.texts);
            taken = ticks_after() - begin;
            heap += heap_calls() - calls;
            require(client.texts() == until && client.bytes() - before == burst.texts * burst.bytes,
                    "a burst came otherwise than it was sent");
        }
    }
    bench.add(name, runs, burst.texts);
    tell_heap(name, heap, runs.size() * count * burst.texts);
}

void send_row(Bench& bench, TransportClient& client, const std::string& name) {
    const std::string order(order_bytes, 'x');
    bench.each(
        name, 20'000,
        [&](std::size_t i) {
            client.idle();
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
    const ListenerRig rig([](tools::venue::Peer& peer, std::string_view text) {
        answer(text, [&peer](const std::string& body) { peer.send_text(body); });
    });
    gateways::Endpoint there = rig.endpoint();
    there.path = "/burst";
    for (const auto& transport : transports) {
        for (const Burst& burst : bursts) {
            const std::string name = std::string(burst.name) + transport.suffix;
            if (bench.wanted(name) && burst.records) {
                RecordRig records;
                const auto client = transport.make(records.endpoint());
                receive_row(bench, *client, burst, name);
                records.end();
            } else if (bench.wanted(name)) {
                receive_row(bench, *transport.make(there), burst, name);
            }
        }
        if (const std::string name = std::string("transport.send.250") + transport.suffix;
            bench.wanted(name)) {
            send_row(bench, *transport.make(there), name);
        }
    }
}

}  // namespace portcullis::bench
