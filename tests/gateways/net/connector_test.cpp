// The connector: what its owners see, and what they do not spend.
#include "gateways/net/connector.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <atomic>
#include <thread>

#include "tests/gateways/net/test_peer.hpp"

namespace portcullis::gateways::test {
namespace {

constexpr std::int64_t ms = 1'000'000;

/// A transport that needs processor time to connect, and notes what becomes of it.
struct Fate {
    std::atomic<int> made{0};
    std::atomic<int> destroyed{0};
    std::atomic<bool> open{false};
    std::atomic<bool> refused{false};
    std::atomic<std::thread::id> connected_by{};
};
class SlowTransport final : public Transport {
public:
    explicit SlowTransport(Fate& fate) : fate_(fate) { ++fate_.made; }
    ~SlowTransport() override { ++fate_.destroyed; }
    void connect(const Endpoint&, const TransportLimits&, std::int64_t) override {
        fate_.connected_by = std::this_thread::get_id();
        burn();
    }
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t) override {
        if (state() == TransportState::connecting) {
            burn();
        } else if (messages_max > 0) {
            const std::string text = "frame" + std::string(FrameView::padding, '\0');
            sink.on_frame({FrameKind::text, text.data(), 5});
            return 1;
        }
        return 0;
    }
    SendResult send_text(std::string_view) override { return SendResult::sent; }
    SendResult send_ping(std::string_view) override { return SendResult::sent; }
    std::size_t flush() override { return 0; }
    std::size_t pending_bytes() const override { return 7; }
    void close(std::uint16_t, std::string_view) override { closed_ = true; }
    void cut() override { closed_ = true; }
    TransportState state() const override {
        return closed_ || fate_.refused ? TransportState::closed
               : fate_.open             ? TransportState::open
                                        : TransportState::connecting;
    }
    CloseCause close_cause() const override { return CloseCause::peer; }
    std::uint16_t close_code() const override { return 1001; }
    std::string_view close_reason() const override { return "away"; }
    std::int64_t retry_after_s() const override { return 9; }
    int wait_fd() const override { return 3; }

private:
    static void burn() {
        const std::int64_t until = mono_ns() + 5 * ms;
        while (mono_ns() < until) {
        }
    }
    Fate& fate_;
    bool closed_{false};
};

/// A connector on a thread of its own.
class Running {
public:
    explicit Running(Connector& connector)
        : thread_([this, &connector] {
              while (!stop_) {
                  if (connector.do_work(mono_ns()) == 0) {
                      std::this_thread::yield();
                  }
              }
          }) {}
    ~Running() {
        stop_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

TEST(Connector, the_owner_spends_nothing_on_connecting_and_gets_the_transport_when_it_is_open) {
    Fate fate;
    Connector connector([&] { return std::make_unique<SlowTransport>(fate); });
    Connector::Lane& lane = connector.add_lane();
    const Running running(connector);
    const auto transport = lane.make();
    EXPECT_EQ(transport->state(), TransportState::closed) << "as any transport before connect()";
    Collector collector;
    const std::int64_t before = thread_cpu_ns();
    transport->connect({}, {}, mono_ns());
    EXPECT_EQ(transport->state(), TransportState::connecting);
    EXPECT_EQ(transport->send_text("too early"), SendResult::closed);
    EXPECT_EQ(transport->pending_bytes(), 0U);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(transport->poll(collector, 8, mono_ns()), 0U);
    EXPECT_LT(thread_cpu_ns() - before, 2 * ms) << "while the connector burns 5 ms a call";
    EXPECT_NE(fate.connected_by.load(), std::this_thread::get_id());
    fate.open = true;
    EXPECT_TRUE(run_until(*transport, collector, [&] { return !collector.frames.empty(); }));
    EXPECT_EQ(transport->state(), TransportState::open);
    EXPECT_EQ(transport->pending_bytes(), 7U);
    EXPECT_EQ(transport->send_text("now"), SendResult::sent);
    EXPECT_EQ(transport->retry_after_s(), 9);
    EXPECT_EQ(transport->wait_fd(), 3);
    transport->close(1000, "");
    EXPECT_EQ(transport->state(), TransportState::closed);
    EXPECT_EQ(transport->close_code(), 1001);
}

TEST(Connector, what_is_given_up_while_connecting_is_destroyed_by_the_connector) {
    Fate fate;
    Connector connector([&] { return std::make_unique<SlowTransport>(fate); });
    Connector::Lane& lane = connector.add_lane();
    auto cut = lane.make();
    auto closed = lane.make();
    auto dropped = lane.make();
    for (const auto& each : {&cut, &closed, &dropped}) {
        (*each)->connect({}, {}, mono_ns());
    }
    EXPECT_EQ(connector.do_work(mono_ns()), 3U);
    cut->cut();
    closed->close(1000, "changed my mind");
    dropped.reset();
    for (const auto& each : {&cut, &closed}) {
        EXPECT_EQ((*each)->state(), TransportState::closed);
        EXPECT_EQ((*each)->close_cause(), CloseCause::local);
    }
    EXPECT_EQ(fate.destroyed, 0);
    fate.open = true;  // too late for any of them
    EXPECT_EQ(connector.do_work(mono_ns()), 3U);
    EXPECT_EQ(fate.destroyed, 3);
    EXPECT_EQ(cut->state(), TransportState::closed);
}

TEST(Connector, what_opens_and_what_does_not_is_told_and_what_was_given_up_is_not) {
    Fate fate;
    std::vector<std::string> told;
    Connector connector([&] { return std::make_unique<SlowTransport>(fate); },
                        [&](const Endpoint& endpoint, const Transport& settled) {
                            const bool open = settled.state() == TransportState::open;
                            told.push_back(endpoint.host + ": " +
                                           (open ? "open" : std::string(settled.close_reason())));
                        });
    Connector::Lane& lane = connector.add_lane();
    Endpoint endpoint;
    endpoint.host = "venue";
    const auto opens = lane.make();
    opens->connect(endpoint, {}, mono_ns());
    fate.open = true;
    (void)connector.do_work(mono_ns());
    fate.open = false;
    const auto cut = lane.make();
    cut->connect(endpoint, {}, mono_ns());
    (void)connector.do_work(mono_ns());
    cut->cut();
    const auto refused = lane.make();
    refused->connect(endpoint, {}, mono_ns());
    fate.refused = true;
    (void)connector.do_work(mono_ns());
    EXPECT_EQ(told, (std::vector<std::string>{"venue: open", "venue: away"}));
    EXPECT_EQ(refused->state(), TransportState::closed);
}

TEST(Connector, a_connector_that_does_not_run_is_a_timeout_and_a_full_lane_too) {
    Fate fate;
    Connector connector([&] { return std::make_unique<SlowTransport>(fate); });
    Connector::Lane& lane = connector.add_lane();
    std::vector<std::unique_ptr<Transport>> asked;
    Collector collector;
    TransportLimits limits;
    limits.connect_timeout_ns = 100 * ms;
    for (int i = 0; i < 17; ++i) {
        asked.push_back(lane.make());
        asked.back()->connect({}, limits, 0);
    }
    EXPECT_EQ(asked.back()->close_cause(), CloseCause::timeout);
    asked[0]->poll(collector, 1, 1'099 * ms);
    EXPECT_EQ(asked[0]->state(), TransportState::connecting);
    asked[0]->poll(collector, 1, 1'100 * ms);
    EXPECT_EQ(asked[0]->state(), TransportState::closed);
    EXPECT_EQ(asked[0]->close_cause(), CloseCause::timeout);
}

TEST(Connector, giving_up_in_the_moment_of_arrival_leaks_and_doubles_nothing) {
    Fate fate;
    fate.open = true;
    constexpr int rounds = 2'000;
    {
        Connector connector([&] {
            struct Open final : Transport {
                Fate& fate;
                explicit Open(Fate& f) : fate(f) { ++fate.made; }
                ~Open() override { ++fate.destroyed; }
                void connect(const Endpoint&, const TransportLimits&, std::int64_t) override {}
                std::size_t poll(FrameSink&, std::size_t, std::int64_t) override { return 0; }
                SendResult send_text(std::string_view) override { return SendResult::sent; }
                SendResult send_ping(std::string_view) override { return SendResult::sent; }
                std::size_t flush() override { return 0; }
                std::size_t pending_bytes() const override { return 0; }
                void close(std::uint16_t, std::string_view) override {}
                void cut() override {}
                TransportState state() const override { return TransportState::open; }
                CloseCause close_cause() const override { return CloseCause::none; }
                std::uint16_t close_code() const override { return 0; }
                std::string_view close_reason() const override { return {}; }
                int wait_fd() const override { return -1; }
            };
            return std::make_unique<Open>(fate);
        });
        Connector::Lane& lane = connector.add_lane();
        const Running running(connector);
        Collector collector;
        // As many rounds as it takes until the other thread has had its turns, on any machine.
        constexpr int made_enough = 100;
        for (int i = 0; i < rounds || fate.made < made_enough; ++i) {
            if (i >= rounds) {
                std::this_thread::yield();
            }
            const auto transport = lane.make();
            transport->connect({}, {}, mono_ns());
            for (int spin = i % 64; spin > 0; --spin) {
                transport->poll(collector, 1, mono_ns());
            }
            if (i % 2 == 0) {
                transport->cut();
            }
        }
    }
    EXPECT_EQ(fate.made, fate.destroyed);
    EXPECT_GE(fate.made, 100);
}

TEST(Connector, frames_that_came_with_the_upgrades_answer_wait_for_the_owner) {
    const Identity authority = make_identity({.common_name = "ca", .authority = true}, nullptr);
    const Identity leaf = make_identity({.dns = "venue.test"}, &authority);
    const TempFile ca{pem_of(authority)};
    TestPeer peer(
        leaf,
        [&](PeerConnection& connection) {
            const std::string request = connection.read_head();
            connection.write(upgrade_answer(request) + frame(1, "first") + frame(1, "second"));
            while (connection.read_frame().has_value()) {
            }
        },
        {.upgrade = false});
    Endpoint endpoint;
    endpoint.host = "venue.test";
    endpoint.address = "127.0.0.1";
    endpoint.port = peer.port();
    endpoint.ca_file = ca.path();
    Connector connector([] { return make_transport(); });
    Connector::Lane& lane = connector.add_lane();
    const Running running(connector);
    const auto transport = lane.make();
    transport->connect(endpoint, {}, mono_ns());
    Collector collector;
    EXPECT_TRUE(run_until(*transport, collector, [&] { return collector.frames.size() == 2; }));
    ASSERT_EQ(collector.frames.size(), 2U);
    EXPECT_EQ(collector.frames[0].payload, "first");
    EXPECT_EQ(collector.frames[1].payload, "second");
    transport->close(1000, "");
    run_until(*transport, collector, [&] { return transport->state() == TransportState::closed; });
}

}  // namespace
}  // namespace portcullis::gateways::test
