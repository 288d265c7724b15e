// What wire_to_wire is held against: the same two connections with a fixed answer, and bare TCP.
#include <sys/socket.h>

#include "bench/scratch.hpp"
#include "bench/tcp_pair.hpp"
#include "bench/wire_line.hpp"
#include "engine/journal/journal.hpp"

namespace portcullis::bench {
namespace {

/// As long as the order that the engine sends on such a tick.
constexpr const char* fixed_answer =
    R"({"id":1099511627776,"method":"order.cancelReplace","params":{"cancelNewClientOrderId":"AAAAAAAAAAAAAAAAAAAAAA","cancelOrderId":125690,"cancelReplaceMode":"STOP_ON_FAILURE","newClientOrderId":"AAAAAAAAAAAAAAAAAAAAAB","newOrderRespType":"ACK","orderRateLimitExceededMode":"CANCEL_ONLY","price":"60029.97","quantity":"0.004","recvWindow":1000,"side":"BUY","symbol":"BTCUSDT","timestamp":1700000000000,"type":"LIMIT_MAKER"}})";

/// Two connections of a client that answers each tick with the same text.
class Echo final : public gateways::FrameSink {
public:
    explicit Echo(const WireServer& server) {
        market_->connect(server.endpoint("/stream"), {}, steady_ns());
        orders_->connect(server.endpoint("/ws-api"), {}, steady_ns());
    }
    void on_frame(const gateways::FrameView& frame) override {
        if (frame.kind == gateways::FrameKind::text) {
            const auto sent = orders_->send_text(fixed_answer);
            require(sent == gateways::SendResult::sent, "an answer did not go out whole");
        }
    }
    void round() {
        (void)market_->poll(*this, 16, steady_ns());
        (void)orders_->poll(*this, 16, steady_ns());
    }

private:
    std::unique_ptr<gateways::Transport> market_ = gateways::make_websocket_transport();
    std::unique_ptr<gateways::Transport> orders_ = gateways::make_websocket_transport();
};

/// Reads exactly `bytes`, without a pause and without a wait.
bool read_all(int fd, std::size_t bytes, const std::atomic<bool>& stop) {
    char buffer[4096];
    while (bytes != 0) {
        const ssize_t got = ::recv(fd, buffer, std::min(bytes, sizeof buffer), 0);
        bytes -= got > 0 ? static_cast<std::size_t>(got) : 0;
        // relaxed: joined before anything else is read.
        if (stop.load(std::memory_order_relaxed)) {
            return false;
        }
    }
    return true;
}

}  // namespace

WireSamples wire_echo(std::size_t count) {
    const Scratch scratch;
    const KeepAffinity keep_affinity;
    const Processors cpus = processors();
    const auto files = tools::venue::make_certificates(scratch.path);
    require(files.ok(), "no certificates");
    WireServer server(files.value());
    engine::journal::JournalOptions options;
    options.directory = scratch.path;
    options.mode = engine::journal::OpenMode::create;
    options.reserve_records = 4 * engine::capacity::orders;
    options.sync_period = engine::milliseconds(100);
    options.retry_period = engine::milliseconds(1000);
    auto journal = engine::journal::Journal::open(options);
    require(journal.ok(), journal ? "" : journal.error().c_str());
    TickLine line(server);
    line.fixed = true;
    WireSamples samples(count);
    {
        const Worker writer(-1, [&agent = journal.value()->agent()] {
            if (agent.do_work(engine::MonoNs{steady_ns()}) == 0) {
                std::this_thread::sleep_for(
                    std::chrono::microseconds(200));  // as the engine's does
            }
        });
        auto echo = std::make_unique<Echo>(server);
        const Worker client(cpus.engine, [&echo] { echo->round(); });
        pin(cpus.venue);
        line.serve_until([&] { return server.find("/stream") && server.find("/ws-api"); },
                         "the client does not connect");
        WireLink& market = *server.find("/stream");
        WireLink& orders = *server.find("/ws-api");
        for (std::uint64_t& taken : samples) {
            line.serve_for(settle_ns);
            taken = line.tick(market, orders);
        }
        server.end();
    }
    return samples;
}

WireSamples wire_tcp(std::size_t count) {
    const KeepAffinity keep_affinity;
    const Processors cpus = processors();
    const TcpPair market;
    const TcpPair orders;
    const std::string answer = fixed_answer;
    const std::string tick(
        R"({"stream":"btcusdt@bookTicker","data":{"u":1001,"s":"BTCUSDT","b":"60000.00000000",)"
        R"("B":"31.21000000","a":"60000.01000000","A":"40.66000000"}})");
    std::atomic<bool> stop{false};
    WireSamples samples(count);
    {
        const Worker client(cpus.engine, [&] {
            if (read_all(market.far_end, tick.size(), stop)) {
                (void)::send(orders.far_end, answer.data(), answer.size(), MSG_NOSIGNAL);
            }
        });
        pin(cpus.venue);
        for (std::uint64_t& taken : samples) {
            for (const std::int64_t end = steady_ns() + settle_ns; steady_ns() < end;) {
            }
            const std::uint64_t begin = ticks_before();
            (void)::send(market.near_end, tick.data(), tick.size(), MSG_NOSIGNAL);
            (void)read_all(orders.near_end, answer.size(), stop);
            taken = ticks_after() - begin;
        }
        stop.store(true, std::memory_order_relaxed);  // relaxed: as in read_all
    }
    return samples;
}

}  // namespace portcullis::bench
