// How often a wake-up asks the socket: once, and again only where the answer filled the buffer.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "tests/gateways/net/transport_world.hpp"
#include "tests/gateways/net/wrapped_calls.hpp"

namespace portcullis::gateways::test {
namespace {

int& recvs() {
    return wrapped_calls().made[static_cast<int>(Call::recv)];
}

/// A peer that answers each text with `answers`, and then a poll when all of them are in the
/// socket.
struct Wake {
    explicit Wake(std::vector<std::string> answers)
        : expected(answers.size()),
          peer(pki().leaf, [texts = std::move(answers)](PeerConnection& connection) {
              while (connection.read_frame().has_value()) {
                  for (const std::string& text : texts) {
                      connection.write(frame(1, text));
                  }
              }
          }) {
        transport = open_transport(peer.port(), collector);
        for (int i = 0; i < 3; ++i) {  // what TLS had to say behind its handshake is read
            transport->poll(collector, 8, mono_ns());
        }
    }
    /// Recvs of one poll that finds everything in the socket.
    int poll_once(std::size_t bytes_at_least) {
        EXPECT_EQ(transport->send_text("go"), SendResult::sent);
        const std::int64_t until = mono_ns() + 5'000 * ms;
        for (int there = 0; there < static_cast<int>(bytes_at_least) && mono_ns() < until;) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            EXPECT_EQ(::ioctl(transport->wait_fd(), FIONREAD, &there), 0);
        }
        recvs() = 0;
        handed_out = transport->poll(collector, 1'000, mono_ns());
        return recvs();
    }

    Collector collector;
    std::size_t expected;
    std::size_t handed_out{};
    TestPeer peer;
    std::unique_ptr<Transport> transport;
};

TEST(TransportWake, asks_the_socket_once_for_what_has_come) {
    for (const std::size_t texts : {1U, 40U}) {
        Wake wake(std::vector<std::string>(texts, std::string(100, 'x')));
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(wake.poll_once(texts * 120), 1) << texts << " texts, " << i;
            EXPECT_EQ(wake.handed_out, wake.expected);
        }
    }
}

TEST(TransportWake, asks_once_where_nothing_has_come) {
    Wake wake({"x"});
    for (int i = 0; i < 5; ++i) {
        recvs() = 0;
        EXPECT_EQ(wake.transport->poll(wake.collector, 8, mono_ns()), 0U);
        EXPECT_EQ(recvs(), 1) << i;
    }
}

TEST(TransportWake, leaves_nothing_in_the_socket_that_a_full_buffer_hid) {
    Wake wake(std::vector<std::string>(6, std::string(15'000, 'x')));
    for (int i = 0; i < 5; ++i) {
        EXPECT_LE(wake.poll_once(90'000), 5)
            << "of 32 KiB and two that the transport's own buffer cuts";
        while (wake.handed_out < wake.expected) {
            const std::size_t more = wake.transport->poll(wake.collector, 1'000, mono_ns());
            ASSERT_GT(more, 0U) << "a poll between, and nothing";
            wake.handed_out += more;
        }
    }
}

}  // namespace
}  // namespace portcullis::gateways::test
