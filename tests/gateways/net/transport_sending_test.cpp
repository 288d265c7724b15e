// What a transport sends and what it refuses to: whole frames or nothing, blocked sockets, kills,
// and messages handed out in order.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <set>

#include "tests/gateways/net/transport_world.hpp"

namespace portcullis::gateways::test {
namespace {

TEST(TransportSending, refuses_what_is_too_big_or_comes_too_late) {
    TestPeer peer(pki().leaf, [](PeerConnection& connection) { connection.read_frame(); });
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = 1000;
    const auto transport = open_transport(peer.port(), collector, limits);
    EXPECT_EQ(transport->send_text(std::string(1001, 'x')), SendResult::too_big);
    EXPECT_EQ(transport->send_ping(std::string(126, 'x')), SendResult::too_big);
    EXPECT_EQ(transport->send_text(std::string(1000, 'x')), SendResult::sent);
    transport->cut();
    EXPECT_EQ(transport->send_text("x"), SendResult::closed);
    EXPECT_EQ(transport->send_ping("x"), SendResult::closed);
    EXPECT_EQ(transport->wait_fd(), -1);
}

TEST(TransportSending, messages_at_the_limit_come_and_one_byte_more_closes) {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1001}}) {
        for (const bool fragmented : {false, true}) {
            TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
                connection.write(fragmented ? frame(1, std::string(500, 'x'), false) +
                                                  frame(0, std::string(size - 500, 'x'))
                                            : frame(1, std::string(size, 'x')));
                connection.read_frame();
            });
            Collector collector;
            TransportLimits limits;
            limits.message_bytes_max = 1000;
            const auto transport = make_transport();
            transport->connect(endpoint_at(peer.port()), limits, mono_ns());
            run_until(*transport, collector, [&] {
                return collector.frames.size() == 1 || transport->state() == TransportState::closed;
            });
            EXPECT_EQ(collector.frames.size(), size == 1000 ? 1U : 0U);
            EXPECT_EQ(transport->close_cause(),
                      size == 1000 ? CloseCause::none : CloseCause::too_big);
        }
    }
}

TEST(TransportSending, hands_out_no_more_than_asked_and_keeps_the_rest_in_order) {
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        std::string many;
        for (int i = 0; i < 1000; ++i) {
            many += frame(1, std::to_string(i));
        }
        connection.write(many);
        connection.read_frame();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    std::size_t most = 0;
    const std::int64_t end = mono_ns() + 5000 * ms;
    while (collector.frames.size() < 1000 && mono_ns() < end) {
        most = std::max(most, transport->poll(collector, 7, mono_ns()));
    }
    EXPECT_EQ(most, 7U);
    ASSERT_EQ(collector.frames.size(), 1000U);
    for (std::size_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(collector.frames[i].payload, std::to_string(i));
    }
}

// A peer with a small receive buffer that reads only when told to.
struct SlowPeer {
    std::atomic<bool> read_now{false};
    std::string received;
    bool reset_seen{false};
    std::vector<PeerFrame> frames;
    TestPeer peer;

    SlowPeer()
        : peer(pki().leaf,
               [this](PeerConnection& connection) {
                   while (!read_now.load()) {
                       ::poll(nullptr, 0, 1);
                   }
                   for (;;) {
                       const std::optional<PeerFrame> got = connection.read_frame();
                       if (!got.has_value()) {
                           return;
                       }
                       frames.push_back(*got);
                       if (got->opcode == 8) {
                           return;
                       }
                   }
               },
               {.receive_buffer = 4096}) {}
};

constexpr std::size_t large = 16 * 1024 * 1024;

TEST(TransportSending, while_bytes_are_pending_a_frame_is_blocked_and_leaves_no_trace) {
    SlowPeer slow;
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = large;
    const auto transport = open_transport(slow.peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(large, 'a')), SendResult::buffered);
    EXPECT_GT(transport->pending_bytes(), 0U);
    const std::size_t pending = transport->pending_bytes();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(transport->send_text("order"), SendResult::blocked);
        EXPECT_EQ(transport->send_ping("ping"), SendResult::blocked);
    }
    EXPECT_LE(transport->pending_bytes(), pending) << "nothing may be added while blocked";
    slow.read_now.store(true);
    EXPECT_TRUE(run_until(*transport, collector, [&] { return transport->flush() == 0; }));
    EXPECT_EQ(transport->send_text("last"), SendResult::sent);
    transport->close(1000, "");
    run_until(*transport, collector, [&] { return transport->state() == TransportState::closed; });
    slow.peer.join();
    ASSERT_EQ(slow.frames.size(), 3U);
    EXPECT_EQ(slow.frames[0].payload.size(), large);
    EXPECT_EQ(slow.frames[1].payload, "last");
    EXPECT_EQ(slow.frames[2].opcode, 8);
}

TEST(TransportSending, cut_destroys_pending_bytes_and_the_peer_sees_no_whole_frame) {
    SlowPeer slow;
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = large;
    const auto transport = open_transport(slow.peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(large, 'a')), SendResult::buffered);
    transport->cut();
    EXPECT_EQ(transport->state(), TransportState::closed);
    EXPECT_EQ(transport->close_cause(), CloseCause::local);
    EXPECT_EQ(transport->pending_bytes(), 0U);
    EXPECT_EQ(transport->flush(), 0U);
    slow.read_now.store(true);
    slow.peer.join();
    EXPECT_EQ(slow.frames.size(), 0U);
}

TEST(TransportSending, cut_is_seen_as_a_reset) {
    int error = 0;
    TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
        pollfd waiting{connection.socket(), POLLIN, 0};
        ::poll(&waiting, 1, 5000);
        socklen_t length = sizeof error;
        ::getsockopt(connection.socket(), SOL_SOCKET, SO_ERROR, &error, &length);
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    transport->cut();
    peer.join();
    EXPECT_EQ(error, ECONNRESET);
}

TEST(TransportSending, destroying_an_open_transport_is_a_cut) {
    SlowPeer slow;
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = large;
    auto transport = open_transport(slow.peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(large, 'a')), SendResult::buffered);
    transport.reset();
    slow.read_now.store(true);
    slow.peer.join();
    EXPECT_EQ(slow.frames.size(), 0U);
}

TEST(TransportSending, answers_to_pings_wait_behind_a_blocked_frame_and_then_go) {
    std::atomic<bool> ping_now{false};
    std::atomic<bool> read_now{false};
    std::vector<std::string> pongs;
    std::size_t text_bytes = 0;
    TestPeer peer(pki().leaf,
                  [&](PeerConnection& connection) {
                      while (!ping_now.load()) {
                          ::poll(nullptr, 0, 1);
                      }
                      for (int i = 0; i < 5; ++i) {
                          connection.write(frame(9, std::to_string(i)));
                      }
                      while (!read_now.load()) {
                          ::poll(nullptr, 0, 1);
                      }
                      while (pongs.size() < 5 || text_bytes == 0) {
                          const std::optional<PeerFrame> got = connection.read_frame();
                          if (!got.has_value()) {
                              return;
                          }
                          if (got->opcode == 10) {
                              pongs.push_back(got->payload);
                          } else {
                              text_bytes = got->payload.size();
                          }
                      }
                  },
                  {.receive_buffer = 4096});
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = large;
    const auto transport = open_transport(peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(large, 'a')), SendResult::buffered);
    ping_now.store(true);
    run_until(*transport, collector, [&] { return collector.count(FrameKind::ping) == 5; });
    ASSERT_EQ(collector.count(FrameKind::ping), 5U);
    EXPECT_EQ(transport->send_text("order"), SendResult::blocked);
    read_now.store(true);
    run_until(*transport, collector, [&] {
        return transport->flush() == 0 || transport->state() != TransportState::open;
    });
    peer.join();
    EXPECT_EQ(pongs, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(text_bytes, large);
}

TEST(TransportSending, an_order_is_not_refused_for_answers_that_the_socket_would_take) {
    SlowPeer slow;
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = large;
    const auto transport = open_transport(slow.peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(large, 'a')), SendResult::buffered);
    ASSERT_EQ(transport->send_text("order"), SendResult::blocked);
    slow.read_now.store(true);
    SendResult result = SendResult::blocked;
    const std::int64_t until = mono_ns() + 5'000 * ms;
    while (result == SendResult::blocked && mono_ns() < until) {
        result = transport->send_text("order");  // neither poll() nor flush() between
        ::poll(nullptr, 0, 1);
    }
    EXPECT_EQ(result, SendResult::sent);
    transport->cut();
}

TEST(TransportSending, orders_do_not_wait_for_the_kernel_to_fill_a_packet) {
    TestPeer peer(pki().leaf, [](PeerConnection& connection) { connection.read_frame(); });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    int on = 0;
    socklen_t size = sizeof on;
    ASSERT_EQ(::getsockopt(transport->wait_fd(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    EXPECT_NE(on, 0);
}

TEST(TransportSending, our_own_ping_goes_out_and_its_answer_is_shown) {
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        const std::optional<PeerFrame> got = connection.read_frame();
        if (got.has_value() && got->opcode == 9 && got->masked) {
            connection.write(frame(10, got->payload));
        }
        connection.read_frame();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    EXPECT_EQ(transport->send_ping("alive?"), SendResult::sent);
    run_until(*transport, collector, [&] { return collector.count(FrameKind::pong) == 1; });
    ASSERT_EQ(collector.frames.size(), 1U);
    EXPECT_EQ(collector.frames[0].payload, "alive?");
}

}  // namespace
}  // namespace portcullis::gateways::test
