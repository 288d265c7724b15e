// The simulated venue: how fast it plays, publishes and answers (README.md, "venue").
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "bench/harness.hpp"
#include "bench/venue_rig.hpp"
#include "gateways/net/signer.hpp"
#include "tools/venue/replay.hpp"

namespace portcullis::bench {
namespace {

using tools::venue::Exchange;
using tools::venue::Replay;
using tools::venue::StreamKind;

const std::string shipped =
    PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";
const std::string nexo_day = PORTCULLIS_SOURCE_DIR
    "/../shared/data/binance/binance_spot_nexousdt_2024-07-23T1539_24h20m.tsjsonl.gz";
constexpr std::int64_t ns_per_second = 1'000'000'000;

/// A recording with the sidecar that the shared ones lack. Its filters bind nobody here.
struct NexoDay {
    NexoDay() {
        std::filesystem::create_symlink(std::filesystem::absolute(nexo_day), path());
        std::ofstream{scratch.path + "/nexo.filters.json"}
            << R"({"symbol":"NEXOUSDT","baseAsset":"NEXO","quoteAsset":"USDT","filters":[)"
            << R"({"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"0.001"},)"
            << R"({"filterType":"LOT_SIZE","minQty":"0","maxQty":"0","stepSize":"0.01"}]})";
    }
    [[nodiscard]] std::string path() const { return scratch.path + "/nexo.tsjsonl.gz"; }
    Scratch scratch;
};

struct Played {
    std::uint64_t messages{}, bytes{};  ///< of the wrapped messages
    std::int64_t ns{};
};

/// Opens and plays it whole, without a socket.
Played play_in_process(const std::string& recording) {
    Played out;
    const std::int64_t begin = steady_ns();
    Exchange exchange;
    auto replay = Replay::open(exchange, {recording}, {});
    require(replay.ok(), replay ? "" : replay.error().c_str());
    replay.value()->on_message(
        [&](const std::string&, std::string_view stream, std::string_view data, StreamKind) {
            ++out.messages;
            out.bytes += stream.size() + data.size() + sizeof R"({"stream":"","data":})" - 1;
        });
    replay.value()->start(0);
    const auto played = replay.value()->poll(std::numeric_limits<std::int64_t>::max());
    require(played.ok(), played ? "" : played.error().c_str());
    out.ns = steady_ns() - begin;
    return out;
}

/// From "resume" until each of `clients` has read every message.
std::int64_t stream_to(const std::string& recording, const std::string& symbol, const Played& whole,
                       std::size_t clients) {
    const VenueRig rig(recording);
    const std::string path =
        "/stream?streams=" + symbol + "@depth@100ms/" + symbol + "@bookTicker/" + symbol + "@trade";
    std::vector<std::unique_ptr<StreamCounter>> readers;
    for (std::size_t i = 0; i < clients; ++i) {
        readers.push_back(std::make_unique<StreamCounter>(rig.endpoint(), path));
    }
    const std::int64_t begin = steady_ns();
    rig.control("replay resume");
    const auto done = [&](const auto& reader) { return reader->frames >= whole.messages; };
    std::vector<pollfd> waiting;
    for (const auto& reader : readers) {
        waiting.push_back({reader->fd(), POLLIN, 0});
    }
    // Waits instead of spinning: the venue may need this core.
    while (!std::all_of(readers.begin(), readers.end(), done)) {
        (void)::poll(waiting.data(), waiting.size(), 100);
        for (const auto& reader : readers) {
            reader->poll();
        }
    }
    const std::int64_t ns = steady_ns() - begin;
    for (const auto& reader : readers) {
        require(reader->frames == whole.messages && reader->bytes == whole.bytes,
                "a client got something else than the recording");
    }
    return ns;
}

/// As messages a second for each client.
void streaming_row(Bench& bench, const std::string& name, std::size_t clients) {
    if (!bench.wanted(name)) {
        return;
    }
    const Played whole = play_in_process(shipped);
    const auto messages = static_cast<double>(whole.messages);
    std::vector<double> rates;
    for (std::size_t run = 0; run < bench.slow_runs(); ++run) {
        const std::int64_t ns = stream_to(shipped, "btcusdt", whole, clients);
        rates.push_back(messages * static_cast<double>(ns_per_second) / static_cast<double>(ns));
    }
    bench.figure(name, std::move(rates), "messages/s each");
}

void day_rows(Bench& bench) {
    if (!bench.any("venue.replay_day")) {
        return;
    }
    if (const bool there = std::filesystem::exists(nexo_day); !there || bench.quick()) {
        const std::string why = there ? "--quick does without" : nexo_day + " is absent";
        std::fprintf(stderr, "venue.replay_day: SKIPPED: %s\n", why.c_str());
        bench.not_measured("venue.replay_day", why);
        bench.not_measured("venue.replay_day.wire", why);
        return;
    }
    const NexoDay day;
    const auto in_seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
    std::vector<double> seconds, wire_seconds;
    Played whole;
    for (std::size_t run = 0; run < bench.runs(); ++run) {
        whole = play_in_process(day.path());
        require(whole.messages == 114'077, "the day has lost messages");
        seconds.push_back(in_seconds(whole.ns));
    }
    bench.figure("venue.replay_day", std::move(seconds), "s, in process");
    for (std::size_t run = 0; run < bench.runs(); ++run) {
        wire_seconds.push_back(in_seconds(stream_to(day.path(), "nexousdt", whole, 1)));
    }
    bench.figure("venue.replay_day.wire", std::move(wire_seconds), "s, to one client");
}

std::string order_text(std::uint64_t id, const char* method, const std::string& fields) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    return R"({"id":)" + std::to_string(id) + R"(,"method":")" + method +
           R"(","params":{"symbol":"BTCUSDT",)" + fields + R"(,"timestamp":)" + std::to_string(ms) +
           "}}";
}

std::string place_text(std::uint64_t id) {
    return order_text(
        id, "order.place",
        R"("side":"BUY","type":"LIMIT_MAKER","price":"50000.00","quantity":"0.00100",)"
        R"("newClientOrderId":"b)" +
            std::to_string(id) + R"(","newOrderRespType":"ACK")");
}

void log_on(VenueClient& client, const VenueRig& rig) {
    auto signer = gateways::make_file_signer(rig.dir() + "/ed25519.pem", rig.api_key());
    require(signer.ok(), signer ? "" : signer.error().c_str());
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string stamp =
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    char signature[gateways::Signer::signature_text_max];
    const std::size_t length =
        signer.value()->sign("apiKey=" + rig.api_key() + "&timestamp=" + stamp, signature);
    client.send(R"({"id":1,"method":"session.logon","params":{"apiKey":")" + rig.api_key() +
                R"(","signature":")" + std::string(signature, length) + R"(","timestamp":)" +
                stamp + "}}");
    client.await_frame();
    require(client.last.find(R"("status":200)") != std::string::npos, "no log-on");
}

void order_rows(Bench& bench) {
    const VenueRig rig(shipped);
    VenueClient client(rig.endpoint(), "/ws-api/v3?returnRateLimits=false");
    client.keep_last = true;
    log_on(client, rig);
    const auto ask = [&](const std::string& text) {
        client.send(text);
        client.await_frame();
    };
    std::uint64_t placed = 0;
    const auto ok = [&] { return client.last.find(R"("status":200)") != std::string::npos; };
    bench.each(
        "venue.order_round_trip", 10'000,
        [&](std::size_t) {
            if (placed > 0) {
                require(ok(), client.last.c_str());
                ask(order_text(1, "order.cancel",
                               R"("origClientOrderId":"b)" + std::to_string(placed) + '"'));
                require(ok(), client.last.c_str());
            }
            ++placed;
        },
        [&](std::size_t) { ask(place_text(placed)); });
}

/// What any order pays for TLS, WebSocket and the loopback: the venue's listener, and no venue.
void echo_rows(Bench& bench) {
    const ListenerRig rig(
        [](tools::venue::Peer& peer, std::string_view text) { peer.send_text(std::string(text)); });
    VenueClient client(rig.endpoint(), "/");
    client.keep_last = true;
    std::string text;
    bench.each(
        "venue.order_round_trip.echo", 10'000,
        [&](std::size_t i) {
            require(client.last == text, "the echo is another text");
            text = place_text(i);
        },
        [&](std::size_t) {
            client.send(text);
            client.await_frame();
        });
}

}  // namespace

void bench_venue(Bench& bench) {
    day_rows(bench);
    streaming_row(bench, "venue.market_messages_per_s", 1);
    streaming_row(bench, "venue.market_messages_per_s.8", 8);
    if (bench.any("venue.order_round_trip")) {
        order_rows(bench);
        echo_rows(bench);
    }
}

}  // namespace portcullis::bench
