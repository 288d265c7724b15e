// What a poll holds on to and for how long: views stay until the next poll, joined messages and
// answers to pings do not pile up, a closing peer keeps no poll, and an order draws no mask.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "bench/heap.hpp"
#include "tests/gateways/net/transport_world.hpp"
#include "tests/gateways/net/wrapped_calls.hpp"

namespace portcullis::gateways::test {
namespace {

void sleep_ms(int milliseconds) {
    ::poll(nullptr, 0, milliseconds);
}

int bytes_in_socket(const Transport& transport) {
    int there = 0;
    EXPECT_EQ(::ioctl(transport.wait_fd(), FIONREAD, &there), 0);
    return there;
}

/// Keeps the views of a poll and looks at them again behind it.
struct KeepsViews final : FrameSink {
    struct Kept {
        FrameView view;
        std::string payload;
    };
    std::vector<Kept> of_this_poll;
    std::vector<std::string> payloads;
    std::size_t changed{};

    void on_frame(const FrameView& frame) override {
        of_this_poll.push_back({frame, std::string(frame.data, frame.size)});
    }
    void look_again() {
        for (Kept& kept : of_this_poll) {
            changed += std::string_view(kept.view.data, kept.view.size) == kept.payload ? 0 : 1;
            payloads.push_back(std::move(kept.payload));
        }
        of_this_poll.clear();
    }
};

/// Messages of every size up to 200,000 bytes, some in fragments, with small ones between.
std::vector<std::string> some_messages(std::uint64_t seed, std::string& bytes) {
    std::mt19937_64 random(seed);  // NOLINT: the same every time
    std::vector<std::string> messages;
    for (int i = 0; i < 400; ++i) {
        static constexpr std::size_t limits[] = {10, 10, 300, 300, 3'000, 40'000, 70'000, 200'000};
        std::string message(random() % limits[random() % 8], '\0');
        for (char& byte : message) {
            byte = static_cast<char>('a' + random() % 26);
        }
        if (random() % 5 == 0) {
            const std::size_t cut = random() % (message.size() + 1);
            bytes += frame(1, message.substr(0, cut), false) + frame(0, message.substr(cut));
        } else {
            bytes += frame(1, message);
        }
        messages.push_back(std::move(message));
    }
    return messages;
}

TEST(TransportBounds, every_view_of_a_poll_is_whole_until_the_next) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        std::string bytes;
        const std::vector<std::string> messages = some_messages(seed, bytes);
        TestPeer peer(pki().leaf, [&bytes](PeerConnection& connection) {
            connection.read_frame();
            connection.write(bytes);
            connection.read_frame();
        });
        Collector none;
        const auto transport = open_transport(peer.port(), none);
        KeepsViews sink;
        ASSERT_EQ(transport->send_text("go"), SendResult::sent);
        const std::int64_t until = mono_ns() + 20'000 * ms;
        while (sink.payloads.size() < messages.size() && mono_ns() < until) {
            // A poll of one message, and polls that find more than the buffer holds.
            transport->poll(sink, sink.payloads.size() % 3 == 0 ? 1 : 64, mono_ns());
            sink.look_again();
        }
        EXPECT_EQ(sink.changed, 0U) << seed;
        EXPECT_TRUE(sink.payloads == messages) << seed << ": " << sink.payloads.size();
    }
}

TEST(TransportBounds, messages_that_were_joined_are_given_back) {
    if (!bench::heap_counted) {
        GTEST_SKIP() << "sanitizers have a heap of their own";
    }
    constexpr std::size_t count = 300;
    const std::string half(50'000, 'x');
    TestPeer peer(pki().leaf, [&half](PeerConnection& connection) {
        const std::string message = frame(2, half, false) + frame(0, half);
        for (std::size_t i = 0; i < count; ++i) {
            connection.write(message);
        }
        connection.read_frame();
    });
    Collector none;
    const auto transport = open_transport(peer.port(), none);
    struct Counts final : FrameSink {
        std::size_t frames{};
        void on_frame(const FrameView&) override { ++frames; }
    } counts;
    const std::size_t before = mallinfo2().uordblks;
    const std::int64_t until = mono_ns() + 20'000 * ms;
    while (none.frames.size() + counts.frames < count && mono_ns() < until) {
        transport->poll(counts, 4, mono_ns());
    }
    EXPECT_EQ(none.frames.size() + counts.frames, count);
    EXPECT_LE(mallinfo2().uordblks, before + 4'000'000) << "of 30 million bytes";
}

// TCP holds such a peer back, and not our memory.
TEST(TransportBounds, answers_to_pings_do_not_pile_up_where_the_peer_does_not_read) {
    constexpr std::size_t pings = 20'000;
    std::atomic<bool> ping_now{false};
    std::atomic<bool> stop{false};
    TestPeer peer(pki().leaf,
                  [&](PeerConnection& connection) {
                      while (!ping_now) {
                          sleep_ms(1);
                      }
                      const std::string ping = frame(9, std::string(120, 'p'));
                      const int flags = ::fcntl(connection.socket(), F_GETFL);
                      ::fcntl(connection.socket(), F_SETFL, flags | O_NONBLOCK);
                      for (std::size_t i = 0; i < pings && !stop;) {
                          std::size_t written = 0;
                          const bool taken = SSL_write_ex(connection.ssl(), ping.data(),
                                                          ping.size(), &written) == 1;
                          i += taken ? 1 : 0;
                          sleep_ms(taken ? 0 : 1);
                      }
                      while (!stop) {
                          sleep_ms(1);
                      }
                  },
                  {.receive_buffer = 4096});
    Collector collector;
    TransportLimits limits;
    limits.message_bytes_max = std::size_t{16} << 20;
    const auto transport = open_transport(peer.port(), collector, limits);
    ASSERT_EQ(transport->send_text(std::string(limits.message_bytes_max, 'a')),
              SendResult::buffered);
    const std::size_t before = transport->pending_bytes();
    ping_now = true;
    std::size_t idle = 0;
    const std::int64_t until = mono_ns() + 10'000 * ms;
    while (idle < 100 && mono_ns() < until) {
        const bool any = transport->poll(collector, 64, mono_ns()) != 0;
        idle = any ? 0 : idle + 1;
        sleep_ms(any ? 0 : 1);
    }
    const std::size_t answers =
        transport->pending_bytes() - std::min(before, transport->pending_bytes());
    EXPECT_GT(collector.count(FrameKind::ping), 100U);
    EXPECT_LT(collector.count(FrameKind::ping), 2'000U) << "of 20,000";
    EXPECT_LE(answers, std::size_t{128} * 1024);
    stop = true;
    transport->cut();
}

TEST(TransportBounds, a_poll_of_a_closing_connection_reads_a_part_of_what_has_come) {
    if (tests_websocketpp()) {
        GTEST_SKIP() << "WebSocket++ is given all of it";
    }
    constexpr std::size_t texts = 200;
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        connection.read_frame();
        for (std::size_t i = 0; i < texts; ++i) {
            connection.write(frame(1, std::string(300, 'x')));
        }
        connection.read_frame();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    transport->close(1000, "done");
    const std::int64_t until = mono_ns() + 5'000 * ms;
    while (bytes_in_socket(*transport) < static_cast<int>(texts) * 300 && mono_ns() < until) {
        sleep_ms(1);
    }
    const int there = bytes_in_socket(*transport);
    ASSERT_GE(there, static_cast<int>(texts) * 300);
    EXPECT_EQ(transport->poll(collector, 64, mono_ns()), 0U);
    EXPECT_GT(bytes_in_socket(*transport), there / 4);
    EXPECT_LT(bytes_in_socket(*transport), there);
    for (int i = 0; i < 100 && bytes_in_socket(*transport) > 0; ++i) {
        transport->poll(collector, 64, mono_ns());
    }
    EXPECT_EQ(bytes_in_socket(*transport), 0) << "the next polls do";
    EXPECT_TRUE(collector.frames.empty());
    transport->cut();
}

// To draw them may ask the kernel, and an order waits for nobody.
TEST(TransportBounds, masks_are_drawn_by_polls_and_not_by_orders) {
    if (tests_websocketpp()) {
        GTEST_SKIP() << "WebSocket++ draws one for each frame";
    }
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        while (connection.read_frame().has_value()) {
        }
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    int by_orders = 0;
    int by_polls = 0;
    for (int i = 0; i < 3'000; ++i) {
        wrapped_calls() = {};
        SendResult result = transport->send_text("order");
        by_orders += wrapped_calls().draws;
        while (result != SendResult::sent && transport->flush() != 0) {
            sleep_ms(1);
        }
        wrapped_calls() = {};
        transport->poll(collector, 8, mono_ns());
        by_polls += wrapped_calls().draws;
    }
    EXPECT_EQ(by_orders, 0);
    EXPECT_GE(by_polls, 3) << "of 1,024, once half are used";
}

}  // namespace
}  // namespace portcullis::gateways::test
