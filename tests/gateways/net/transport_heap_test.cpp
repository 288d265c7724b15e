// What the thread that owns a connection asks of the heap for a message and for an order once it is
// warm: nothing, OpenSSL included. The first call ends the program.
#include <gtest/gtest.h>

#include "bench/heap.hpp"
#include "gateways/net/openssl_pool.hpp"
#include "tests/gateways/net/transport_world.hpp"

namespace portcullis::gateways::test {
namespace {

/// Before anything here uses OpenSSL, as main() of the engine does it.
const bool pooled = pool_openssl_memory();

struct Counting final : FrameSink {
    std::size_t frames{};
    std::size_t bytes{};
    void on_frame(const FrameView& frame) override {
        ++frames;
        bytes += frame.size;
    }
};

TEST(HeapOfTransport, is_not_asked_for_a_message_or_an_order_once_it_is_warm) {
    if (tests_websocketpp() || !bench::heap_counted) {
        GTEST_SKIP() << "WebSocket++ allocates, sanitizers have a heap of their own";
    }
    ASSERT_TRUE(pooled) << "something has used OpenSSL before";
    constexpr std::size_t rounds = 200;
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        for (std::size_t i = 0; i < rounds && connection.read_frame().has_value(); ++i) {
            connection.write(frame(1, std::string(100 + i * 20, 'x')) + frame(9, "alive?") +
                             frame(1, "small"));
            connection.read_frame();  // the pong
        }
        connection.read_frame();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    Counting counting;
    const std::string order(250, 'o');
    for (std::size_t i = 0; i < rounds; ++i) {
        bench::forbid_heap(i >= rounds / 4);
        const SendResult sent = transport->send_text(order);
        const std::int64_t until = mono_ns() + 5'000 * ms;
        while (counting.frames < 3 * (i + 1) && mono_ns() < until) {
            transport->poll(counting, 8, mono_ns());
        }
        bench::forbid_heap(false);
        ASSERT_EQ(sent, SendResult::sent);
        ASSERT_EQ(counting.frames, 3 * (i + 1)) << i;
    }
    EXPECT_EQ(counting.bytes, rounds * (100 + 11) + 20 * rounds * (rounds - 1) / 2);
}

// Each reconnect would ask anew, on the thread that trades.
TEST(HeapOfTransport, is_not_asked_for_the_first_orders_of_a_connection_either) {
    if (tests_websocketpp() || !bench::heap_counted) {
        GTEST_SKIP() << "WebSocket++ allocates, sanitizers have a heap of their own";
    }
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        while (connection.read_frame().has_value()) {
        }
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    for (const std::size_t size : {std::size_t{250}, std::size_t{260}, std::size_t{900}}) {
        const std::string order(size, 'o');
        bench::forbid_heap(true);
        const SendResult sent = transport->send_text(order);
        bench::forbid_heap(false);
        EXPECT_EQ(sent, SendResult::sent);
    }
}

}  // namespace
}  // namespace portcullis::gateways::test
