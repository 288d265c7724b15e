// How a connection ends while something is still on its way: what the peer had said is heard, what
// was pending is not said to have gone out, and a peer that talks to TLS alone holds nobody up.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "tests/gateways/net/transport_world.hpp"

namespace portcullis::gateways::test {
namespace {

void wait_ms(int milliseconds) {
    ::poll(nullptr, 0, milliseconds);
}

// Two fills and the reason lie in the socket when our next order finds the connection gone.
TEST(TransportEnd, a_send_that_fails_leaves_what_the_peer_had_said_to_be_read) {
    std::atomic<bool> go{false};
    TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
        while (!go) {
            wait_ms(1);
        }
        connection.write(frame(1, "fill 1") + frame(1, "fill 2"));
        connection.write(close_frame(1008, "too many"));
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    transport->poll(collector, 64, mono_ns());
    go = true;
    peer.join();
    wait_ms(20);
    SendResult result = SendResult::sent;
    for (int i = 0; i < 50 && result == SendResult::sent; ++i) {
        result = transport->send_text("order");  // the first ones are answered with a reset
        wait_ms(5);
    }
    ASSERT_EQ(result, SendResult::closed);
    EXPECT_FALSE(transport->can_send());
    EXPECT_EQ(transport->send_text("order"), SendResult::closed);
    EXPECT_EQ(transport->state(), TransportState::open) << "until it is read";
    run_until(*transport, collector, [&] { return transport->state() == TransportState::closed; });
    ASSERT_EQ(collector.frames.size(), 2U);
    EXPECT_EQ(collector.frames[0].payload, "fill 1");
    EXPECT_EQ(collector.frames[1].payload, "fill 2");
    EXPECT_EQ(transport->close_cause(), CloseCause::peer);
    EXPECT_EQ(transport->close_code(), 1008);
}

TEST(TransportEnd, a_close_frame_whose_reason_ends_within_a_code_point_is_refused) {
    for (const char* reason : {"\xe2\x82", "enough \xf0\x9f\x8f", "\xc3"}) {
        TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
            connection.read_frame();
            connection.write(close_frame(1000, reason));
            const auto answer = connection.read_frame();
            ASSERT_TRUE(answer.has_value());
            EXPECT_EQ(answer->opcode, 8);
            EXPECT_TRUE(answer->payload.starts_with("\x03\xea") ||
                        answer->payload.starts_with("\x03\xef"))
                << "1002 or 1007";
        });
        Collector collector;
        const auto transport = open_transport(peer.port(), collector);
        ASSERT_EQ(transport->send_text("go on"), SendResult::sent);
        run_until(*transport, collector,
                  [&] { return transport->state() == TransportState::closed; });
        EXPECT_EQ(transport->close_cause(), CloseCause::protocol_error);
        EXPECT_NE(transport->close_code(), 1000);
        EXPECT_NE(transport->close_reason(), reason);
    }
}

TEST(TransportEnd, bytes_that_were_pending_when_it_broke_are_not_said_to_have_gone_out) {
    std::atomic<bool> go{false};
    TestPeer peer(pki().leaf,
                  [&](PeerConnection& connection) {
                      while (!go) {
                          wait_ms(1);
                      }
                      const linger hard{1, 0};
                      ::setsockopt(connection.socket(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
                  },
                  {.receive_buffer = 4096});
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = std::size_t{32} << 20;
    const auto transport = open_transport(peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(std::size_t{16} << 20, 'a')), SendResult::buffered);
    EXPECT_TRUE(transport->can_send());
    go = true;
    peer.join();
    wait_ms(20);
    for (int i = 0; i < 50 && transport->can_send(); ++i) {
        (void)transport->flush();
        wait_ms(5);
    }
    EXPECT_FALSE(transport->can_send());
    EXPECT_EQ(transport->pending_bytes(), 0U) << "destroyed";
    run_until(*transport, collector, [&] { return transport->state() == TransportState::closed; });
    EXPECT_EQ(transport->close_cause(), CloseCause::lost);
}

// RFC 6455, 5.5.1: nothing is sent behind our close frame, and what comes then is nobody's any
// more.
TEST(TransportEnd, behind_our_close_no_pong_leaves_and_no_frame_is_handed_out) {
    struct Row {
        const char* name;
        std::string late;
    };
    const Row rows[] = {
        {"an orderly end", frame(9, "alive?") + frame(1, "late") + close_frame(1001)},
        {"a frame that is none", frame(9, "alive?") + frame(3, "x")},
        {"text that is no UTF-8", frame(1, "\xff")},
        {"a close frame that is none", frame(9, "alive?") + frame(8, "x")}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        std::vector<int> opcodes;
        TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
            opcodes.push_back(connection.read_frame().value_or(PeerFrame{}).opcode);
            connection.write(row.late);
            while (const auto more = connection.read_frame()) {
                opcodes.push_back(more->opcode);
            }
        });
        Collector collector;
        const auto transport = open_transport(peer.port(), collector);
        transport->close(1000, "done");
        run_until(*transport, collector,
                  [&] { return transport->state() == TransportState::closed; });
        peer.join();
        // WebSocket++ says a second time that it closes where the peer's close frame is none.
        const std::size_t most = tests_websocketpp() ? 2 : 1;
        EXPECT_LE(opcodes.size(), most);
        EXPECT_EQ(std::count(opcodes.begin(), opcodes.end(), 8), std::ssize(opcodes));
        EXPECT_TRUE(collector.frames.empty());
        EXPECT_EQ(transport->close_cause(), CloseCause::local);
        EXPECT_EQ(transport->close_code(), 1000);
        EXPECT_EQ(transport->close_reason(), "done");
    }
}

TEST(TransportEnd, behind_our_close_a_ping_is_not_answered_while_the_peer_goes_on) {
    std::vector<int> opcodes;
    TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
        opcodes.push_back(connection.read_frame().value_or(PeerFrame{}).opcode);
        connection.write(frame(9, "alive?"));
        pollfd answer{connection.socket(), POLLIN, 0};
        ::poll(&answer, 1, 50);
        connection.write(close_frame(1000));
        while (const auto more = connection.read_frame()) {
            opcodes.push_back(more->opcode);
        }
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    transport->close(1000, "done");
    run_until(*transport, collector, [&] { return transport->state() == TransportState::closed; });
    peer.join();
    EXPECT_EQ(opcodes, std::vector<int>{8});
}

TEST(TransportEnd, our_orderly_end_is_told_in_tls_too) {
    bool told = false;
    TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
        connection.read_frame();
        connection.write(close_frame(1000));
        while (!connection.read_some().empty()) {
        }
        told = (SSL_get_shutdown(connection.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0;
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    transport->close(1000, "done");
    run_until(*transport, collector, [&] { return transport->state() == TransportState::closed; });
    peer.join();
    EXPECT_TRUE(told) << "or the peer could not tell it from a cut wire";
}

// A half of a frame is no orderly end.
TEST(TransportEnd, an_end_with_bytes_pending_is_a_reset) {
    std::atomic<bool> closed{false};
    int error = 0;
    TestPeer peer(pki().leaf,
                  [&](PeerConnection& connection) {
                      while (!closed) {
                          wait_ms(1);
                      }
                      char bytes[16 * 1024];
                      while (::recv(connection.socket(), bytes, sizeof bytes, 0) > 0) {
                      }
                      error = errno;
                  },
                  {.receive_buffer = 4096});
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = std::size_t{16} << 20;
    const auto transport = open_transport(peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(limits.message_bytes_max, 'a')),
              SendResult::buffered);
    transport->close(1000, "done");
    transport->poll(collector, 8, mono_ns() + 3'000 * ms);
    EXPECT_EQ(transport->state(), TransportState::closed);
    EXPECT_EQ(transport->close_cause(), CloseCause::local);
    closed = true;
    peer.join();
    EXPECT_EQ(error, ECONNRESET);
}

TEST(TransportEnd, a_key_update_between_two_frames_is_answered_and_both_are_read) {
    std::atomic<int> answered{0};
    TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
        for (int i = 0; i < 3; ++i) {
            connection.write(frame(1, "before"));
            ASSERT_EQ(SSL_key_update(connection.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
            connection.write(frame(1, "behind"));
            // Encrypted with the keys that our answer has announced, or it could not be read.
            answered += connection.read_frame().value_or(PeerFrame{}).payload == "order" ? 1 : 0;
        }
        connection.read_frame();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    for (std::size_t i = 1; i <= 3; ++i) {
        run_until(*transport, collector, [&] { return collector.frames.size() == 2 * i; });
        ASSERT_EQ(collector.frames.size(), 2 * i);
        EXPECT_EQ(collector.frames.back().payload, "behind");
        EXPECT_EQ(transport->send_text("order"), SendResult::sent);
    }
    run_until(*transport, collector, [&] { return answered == 3; });
    EXPECT_EQ(answered, 3);
}

// A kill and the other connections of the thread wait for each poll.
TEST(TransportEnd, a_peer_that_talks_to_tls_alone_keeps_no_poll_and_no_memory) {
    constexpr int updates = 20'000;
    std::atomic<bool> done{false};
    TestPeer peer(pki().leaf, [&](PeerConnection& connection) {
        for (int i = 0; i < updates; ++i) {
            if (SSL_key_update(connection.ssl(), SSL_KEY_UPDATE_REQUESTED) != 1 ||
                SSL_do_handshake(connection.ssl()) != 1) {
                break;
            }
        }
        connection.write(frame(1, "at last"));
        done = true;
        connection.read_frame();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    std::vector<std::int64_t> spent;
    std::size_t pending = 0;
    const std::int64_t until = mono_ns() + 20'000 * ms;
    while (collector.frames.empty() && mono_ns() < until) {
        if (!done && spent.size() < 500) {
            wait_ms(1);  // so that much of it is there before it is looked at
        }
        const std::int64_t begin = thread_cpu_ns();
        transport->poll(collector, 64, mono_ns());
        spent.push_back(thread_cpu_ns() - begin);
        pending = std::max(pending, transport->pending_bytes());
    }
    ASSERT_EQ(collector.frames.size(), 1U) << "what comes behind it is read";
    EXPECT_LE(pending, 16U * 1024);
    ASSERT_GE(spent.size(), std::size_t{updates} / 64) << "in portions";
    std::sort(spent.begin(), spent.end());
    EXPECT_LE(spent[spent.size() * 99 / 100], 20 * ms) << "of the thread's own";
}

}  // namespace
}  // namespace portcullis::gateways::test
