// One session's reconnecting and the other's orders: the real connector, real sockets that lead
// nowhere, and an order in every turn.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "gateways/net/connector.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

std::int64_t clock_ns(clockid_t which) {
    timespec now{};
    ::clock_gettime(which, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Takes connections into the kernel's queue and never says a word: the TLS handshake hangs.
class MuteListener {
public:
    MuteListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        engine::verify(::bind(socket_, reinterpret_cast<sockaddr*>(&at), size) == 0);
        engine::verify(::listen(socket_, 64) == 0);
        engine::verify(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
        port_ = ntohs(at.sin_port);
    }
    ~MuteListener() { ::close(socket_); }
    MuteListener(const MuteListener&) = delete;
    MuteListener& operator=(const MuteListener&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    int socket_;
    std::uint16_t port_{};
};

TEST(OrderAgentConnect, ASessionThatReconnectsIntoNowhereDelaysNoOrderOfTheOther) {
    const MuteListener mute;
    const std::pair<const char*, const char*> nowheres[] = {
        {"venue.test", "127.0.0.1"},   // connects, and then nothing
        {"venue.test", "192.0.2.1"},   // TEST-NET-1: nobody answers, or nobody is reached
        {"no-such-host.invalid", ""},  // a name that resolves late or never
    };
    for (const auto& [host, address] : nowheres) {
        SCOPED_TRACE(host + std::string(" ") + address);
        AgentWorld world;
        world.start_ready();
        Connector connector([] { return make_websocketpp_transport(); });
        Connector::Lane& lane = connector.add_lane();
        std::atomic<bool> stop{false};
        std::thread thread([&] {
            while (!stop) {
                if (connector.do_work(clock_ns(CLOCK_MONOTONIC)) == 0) {
                    std::this_thread::sleep_for(std::chrono::microseconds(100));
                }
            }
        });
        std::size_t attempts = 0;
        world.secondary.other = [&, host = host, address = address] {
            Endpoint endpoint;
            endpoint.host = host;
            endpoint.address = address;
            endpoint.port = mute.port();
            auto transport = lane.make();
            transport->connect(endpoint, {}, world.now.value);
            ++attempts;
            return transport;
        };
        world.secondary.wire().state = TransportState::closed;
        std::vector<std::int64_t> spent;
        for (int i = 0; i < 300; ++i) {
            const auto id = world.submit();
            const std::int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
            world.turn();
            spent.push_back(clock_ns(CLOCK_THREAD_CPUTIME_ID) - before);
            ASSERT_EQ(field(world.primary.wire().sent.back(), "newClientOrderId"),
                      world.id_text(id))
                << "sent in the same turn";
            world.answer(world.primary.wire(), 200,
                         world.ack(id, static_cast<std::uint64_t>(i) + 1));
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
        EXPECT_GE(attempts, 1U);
        EXPECT_FALSE(world.agent->secondary().ready());
        // Connecting would cost one of these each time that it is tried; a loaded machine one or
        // two.
        const auto over = std::count_if(spent.begin(), spent.end(),
                                        [](std::int64_t each) { return each > 1 * ms; });
        EXPECT_LE(over, 2);
        world.agent = nullptr;
        stop = true;
        thread.join();
    }
}

}  // namespace
}  // namespace portcullis::gateways::binance
