// What can go wrong between connect and close: refused upgrades, mute peers, connections that end
// after any number of bytes. Every way ends in `closed` with a cause, and none hangs.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <set>

#include "gateways/net/tls_stream.hpp"
#include "tests/gateways/net/transport_world.hpp"
#include "tests/gateways/net/wrapped_calls.hpp"

namespace portcullis::gateways::test {
namespace {

// --- the upgrade

struct Answer {
    const char* name;
    std::function<std::string(const std::string&)> make;
    std::uint16_t code;
};

TEST(TransportHandshake, every_answer_but_the_right_one_is_refused_with_its_http_status) {
    const auto plain = [](std::string text) { return [text](const std::string&) { return text; }; };
    const auto with = [](std::string from, std::string to) {
        return [from, to](const std::string& request) {
            std::string answer = upgrade_answer(request);
            answer.replace(answer.find(from), from.size(), to);
            return answer;
        };
    };
    const Answer answers[] = {
        {"403", plain("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), 403},
        {"418", plain("HTTP/1.1 418 Banned\r\nRetry-After: 120\r\n\r\n"), 418},
        {"429", plain("HTTP/1.1 429 Too Many Requests\r\n\r\n"), 429},
        {"429 until a date", plain("HTTP/1.1 429 X\r\nRetry-After: Wed, 25 Nov\r\n\r\n"), 429},
        {"429 with nonsense", plain("HTTP/1.1 429 X\r\nRetry-After: -5\r\n\r\n"), 429},
        {"200", plain("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 200},
        {"redirect", plain("HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\n\r\n"), 302},
        {"no accept", with("Sec-WebSocket-Accept", "X-Accept"), 101},
        {"wrong accept", with("Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: A"), 101},
        {"no upgrade", with("Upgrade: websocket", "X: y"), 101},
        {"other upgrade", with("Upgrade: websocket", "Upgrade: h2c"), 101},
        {"no connection", with("Connection: Upgrade", "Connection: close"), 101},
        {"extension not offered",
         [](const std::string& request) {
             return upgrade_answer(request, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
         },
         0},
        {"subprotocol not asked for",
         [](const std::string& request) {
             return upgrade_answer(request, "Sec-WebSocket-Protocol: chat\r\n");
         },
         0},
        {"no http", plain("SSH-2.0-OpenSSH_9.2\r\n\r\n"), 0},
        {"header without end", plain("HTTP/1.1 101 X\r\nX: " + std::string(70'000, 'x')), 0},
        {"empty lines", plain("\r\n\r\n\r\n\r\n"), 0},
    };
    for (const Answer& answer : answers) {
        SCOPED_TRACE(answer.name);
        TestPeer peer(pki().leaf,
                      [&](PeerConnection& connection) {
                          const std::string request = connection.read_head();
                          connection.write(answer.make(request));
                          connection.read_some();
                      },
                      {.upgrade = false});
        const auto transport = make_transport();
        transport->connect(endpoint_at(peer.port()), {}, mono_ns());
        Collector collector;
        EXPECT_TRUE(run_until(*transport, collector,
                              [&] { return transport->state() == TransportState::closed; }));
        EXPECT_EQ(transport->close_cause(), CloseCause::handshake_failed)
            << transport->close_reason();
        if (answer.code != 0) {
            EXPECT_EQ(transport->close_code(), answer.code);
        }
        EXPECT_EQ(transport->refused_for_rate(), answer.code == 418 || answer.code == 429);
        EXPECT_EQ(transport->retry_after_s(), answer.code == 418 ? 120 : 0);
        EXPECT_EQ(collector.frames.size(), 0U);
    }
}

TEST(TransportHandshake, an_answer_that_ends_or_stops_behind_its_status_is_refused_with_it) {
    if (tests_websocketpp()) {
        GTEST_SKIP() << "WebSocket++ tells of no answer before all of its head has come";
    }
    for (const bool hangs : {false, true}) {
        for (const int status : {429, 418, 403}) {
            SCOPED_TRACE(std::to_string(status) + (hangs ? " and then nothing" : " and the end"));
            std::atomic<bool> told{false};
            TestPeer peer(pki().leaf,
                          [&](PeerConnection& connection) {
                              connection.read_head();
                              connection.write("HTTP/1.1 " + std::to_string(status) +
                                               " No\r\nRetry-After: 77\r\nContent-");
                              told = true;
                              if (hangs) {
                                  connection.read_some();
                              }
                          },
                          {.upgrade = false});
            TransportLimits limits;
            limits.connect_timeout_ns = 5'000 * ms;
            const auto transport = make_transport();
            transport->connect(endpoint_at(peer.port()), limits, mono_ns());
            Collector collector;
            EXPECT_TRUE(run_until(*transport, collector, [&] {
                return hangs ? told.load() : transport->state() == TransportState::closed;
            }));
            if (hangs) {
                run_until(
                    *transport, collector, [] { return false; }, 20);  // reads what has come
                EXPECT_EQ(transport->state(), TransportState::connecting);
                transport->poll(collector, 64, mono_ns() + 6'000 * ms);
            }
            EXPECT_EQ(transport->state(), TransportState::closed);
            EXPECT_EQ(transport->close_cause(), CloseCause::handshake_failed);
            EXPECT_EQ(transport->close_code(), status);
            EXPECT_EQ(transport->refused_for_rate(), status != 403);
            EXPECT_EQ(transport->retry_after_s(), 77);
        }
    }
}

TEST(TransportHandshake, what_is_said_before_the_answer_is_passed_over) {
    if (tests_websocketpp()) {
        GTEST_SKIP() << "WebSocket++ takes the first answer for the last";
    }
    TestPeer peer(pki().leaf,
                  [&](PeerConnection& connection) {
                      const std::string request = connection.read_head();
                      connection.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
                      connection.write(upgrade_answer(request) + frame(1, "first"));
                      connection.read_frame();
                  },
                  {.upgrade = false});
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    run_until(*transport, collector, [&] { return collector.frames.size() == 1; });
    ASSERT_EQ(collector.frames.size(), 1U);
    EXPECT_EQ(collector.frames[0].payload, "first");
}

TEST(TransportHandshake, frames_that_come_with_the_answer_are_not_lost) {
    TestPeer peer(pki().leaf,
                  [&](PeerConnection& connection) {
                      const std::string request = connection.read_head();
                      connection.write(upgrade_answer(request) + frame(1, "first") + frame(9, "p") +
                                       frame(1, "second"));
                      while (connection.read_frame().has_value()) {
                      }
                  },
                  {.upgrade = false});
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    run_until(*transport, collector, [&] { return collector.frames.size() == 3; });
    ASSERT_EQ(collector.frames.size(), 3U);
    EXPECT_EQ(collector.frames[0].payload, "first");
    EXPECT_EQ(collector.frames[1].kind, FrameKind::ping);
    EXPECT_EQ(collector.frames[2].payload, "second");
}

TEST(TransportHandshake, a_mute_peer_times_out_in_each_phase) {
    TransportLimits limits;
    limits.connect_timeout_ns = 100 * ms;
    // TLS is up and the upgrade is never answered.
    TestPeer no_answer(pki().leaf, [](PeerConnection& c) { c.read_head(), c.read_some(); },
                       {.upgrade = false});
    // The kernel accepts the connection and nobody speaks TLS.
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    socklen_t length = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    for (const std::uint16_t port : {no_answer.port(), ntohs(address.sin_port)}) {
        const auto transport = make_transport();
        transport->connect(endpoint_at(port), limits, mono_ns());
        Collector collector;
        EXPECT_TRUE(run_until(*transport, collector,
                              [&] { return transport->state() == TransportState::closed; }));
        EXPECT_EQ(transport->close_cause(), CloseCause::timeout);
    }
    ::close(listener);
}

TEST(TransportHandshake, names_that_do_not_exist_and_ports_where_nobody_listens_are_told_apart) {
    Endpoint nowhere = endpoint_at(1);
    const auto refused = make_transport();
    refused->connect(nowhere, {}, mono_ns());
    Collector collector;
    run_until(*refused, collector, [&] { return refused->state() == TransportState::closed; });
    EXPECT_EQ(refused->close_cause(), CloseCause::connect_failed);
    nowhere.address = "";
    nowhere.host = "no-such-host.invalid";
    const auto unknown = make_transport();
    unknown->connect(nowhere, {}, mono_ns());
    EXPECT_EQ(unknown->wait_fd(), -1);
    run_until(
        *unknown, collector, [&] { return unknown->state() == TransportState::closed; }, 10'000);
    EXPECT_EQ(unknown->state(), TransportState::closed);
    EXPECT_TRUE(unknown->close_cause() == CloseCause::resolve_failed ||
                unknown->close_cause() == CloseCause::timeout);
    nowhere.address = "not an address";
    const auto garbage = make_transport();
    garbage->connect(nowhere, {}, mono_ns());
    EXPECT_EQ(garbage->close_cause(), CloseCause::resolve_failed);
}

TEST(TransportHandshake, where_all_name_look_ups_hang_the_next_fails_and_starts_no_thread) {
    Endpoint endpoint = endpoint_at(1);
    endpoint.host = "localhost";
    endpoint.address = "";
    {
        std::vector<TlsStream::ResolverPlace> hanging;
        for (int i = 0; i < TlsStream::resolvers_max; ++i) {
            hanging.push_back(TlsStream::ResolverPlace::take());
        }
        EXPECT_FALSE(TlsStream::ResolverPlace::take().held());
        const auto transport = make_transport();
        transport->connect(endpoint, {}, mono_ns());
        Collector collector;
        run_until(*transport, collector,
                  [&] { return transport->state() == TransportState::closed; });
        EXPECT_EQ(transport->close_cause(), CloseCause::resolve_failed);
        EXPECT_NE(transport->close_reason().find("16 look-ups"), std::string_view::npos)
            << transport->close_reason();
    }
    EXPECT_TRUE(TlsStream::ResolverPlace::take().held()) << "given back";
}

TEST(TransportHandshake, where_no_thread_can_be_made_the_attempt_fails_and_nothing_else) {
    Endpoint endpoint = endpoint_at(1);
    endpoint.host = "localhost";
    endpoint.address = "";
    pthread_attr_t usual;
    ASSERT_EQ(pthread_getattr_default_np(&usual), 0);
    pthread_attr_t huge;
    ASSERT_EQ(pthread_attr_init(&huge), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);  // no such stack
    ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
    TlsStream stream;
    stream.connect(endpoint, mono_ns() + 1'000 * ms);
    ASSERT_EQ(pthread_setattr_default_np(&usual), 0);
    (void)pthread_attr_destroy(&huge);
    (void)pthread_attr_destroy(&usual);
    EXPECT_EQ(stream.phase(), TlsStream::Phase::ended);
    EXPECT_EQ(stream.cause(), CloseCause::resolve_failed);
    EXPECT_NE(stream.error().find("no thread"), std::string::npos) << stream.error();
    EXPECT_TRUE(TlsStream::ResolverPlace::take().held());
}

TEST(TransportHandshake, a_resolved_name_connects) {
    const Identity leaf = make_identity({.dns = "localhost"}, &pki().authority);
    TestPeer peer(leaf, [](PeerConnection& connection) { connection.read_frame(); });
    Endpoint endpoint = endpoint_at(peer.port());
    endpoint.host = "localhost";
    endpoint.address = "";
    const auto transport = make_transport();
    transport->connect(endpoint, {}, mono_ns());
    Collector collector;
    run_until(*transport, collector,
              [&] { return transport->state() != TransportState::connecting; });
    EXPECT_EQ(transport->state(), TransportState::open) << transport->close_reason();
}

TEST(TransportHandshake, where_the_first_address_cannot_be_had_the_second_is_tried) {
    const Identity leaf = make_identity({.dns = two_addresses}, &pki().authority);
    const WrappedCalls rows[] = {
        {},  // nobody listens at the first
        {.failing = Call::connect, .fails_at = 1, .fault = {.error = ENETUNREACH, .once = true}},
        {.failing = Call::socket, .fails_at = 1, .fault = {.error = EAFNOSUPPORT, .once = true}}};
    for (const WrappedCalls& row : rows) {
        TestPeer peer(leaf, [](PeerConnection& connection) { connection.read_frame(); });
        Endpoint endpoint = endpoint_at(peer.port());
        endpoint.host = two_addresses;
        endpoint.address = "";
        const auto transport = make_transport();
        wrapped_calls() = row;
        transport->connect(endpoint, {}, mono_ns());
        Collector collector;
        run_until(*transport, collector,
                  [&] { return transport->state() != TransportState::connecting; });
        EXPECT_EQ(transport->state(), TransportState::open) << transport->close_reason();
        EXPECT_EQ(wrapped_calls().count(Call::socket), 2);
        wrapped_calls() = {};
    }
}

TEST(TransportHandshake, giving_up_while_connecting_leaves_nothing_behind) {
    for (int step = 0; step < 6; ++step) {
        TestPeer peer(pki().leaf, [](PeerConnection& c) { c.read_head(), c.read_some(); },
                      {.upgrade = false});
        auto transport = make_transport();
        transport->connect(endpoint_at(peer.port()), {}, mono_ns());
        Collector collector;
        for (int i = 0; i < step; ++i) {
            transport->poll(collector, 1, mono_ns());
        }
        if (step % 3 == 0) {
            transport->close(1000, "changed my mind");
        } else if (step % 3 == 1) {
            transport->cut();
        }
        if (step % 3 != 2) {
            EXPECT_EQ(transport->state(), TransportState::closed);
            EXPECT_EQ(transport->close_cause(), CloseCause::local);
        }
        transport.reset();
    }
}

// --- connections that end

CloseCause end_after(std::size_t bytes, bool reset, std::size_t* relayed, bool* opened) {
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        connection.write(frame(1, "hello") + frame(1, std::string(300, 'x')));
        connection.read_frame();
    });
    CuttingRelay relay(peer.port(), bytes, reset);
    const auto transport = make_transport();
    transport->connect(endpoint_at(relay.port()), {}, mono_ns());
    Collector collector;
    const bool closed = run_until(*transport, collector, [&] {
        *opened = *opened || transport->state() == TransportState::open;
        if (collector.frames.size() == 2 && transport->state() == TransportState::open) {
            transport->close(1000, "");
        }
        return transport->state() == TransportState::closed;
    });
    EXPECT_TRUE(closed) << "hangs after " << bytes << " bytes";
    transport->cut();  // where it hangs, let the peer go
    relay.join();
    *relayed = relay.relayed();
    return transport->close_cause();
}

TEST(TransportFaults, an_end_after_any_number_of_bytes_closes_with_a_cause) {
    std::size_t whole = 0;
    bool opened = false;
    const CloseCause clean = end_after(1'000'000, false, &whole, &opened);
    ASSERT_EQ(clean, CloseCause::local);
    ASSERT_TRUE(opened);
    ASSERT_GT(whole, 1000U);
    std::set<CloseCause> seen;
    for (std::size_t bytes = 0; bytes < whole; bytes += bytes < 16 || bytes + 64 > whole ? 1 : 23) {
        for (const bool reset : {false, true}) {
            SCOPED_TRACE(testing::Message() << bytes << " bytes, reset " << reset);
            std::size_t relayed = 0;
            bool up = false;
            const CloseCause cause = end_after(bytes, reset, &relayed, &up);
            EXPECT_TRUE(cause == CloseCause::lost || cause == CloseCause::local ||
                        cause == CloseCause::connect_failed)
                << static_cast<int>(cause);
            EXPECT_TRUE(up || cause != CloseCause::local);
            seen.insert(cause);
        }
    }
    EXPECT_TRUE(seen.count(CloseCause::lost) == 1);
}

TEST(TransportFaults, a_peer_that_never_answers_our_close_is_left_after_a_while) {
    TestPeer peer(pki().leaf, [](PeerConnection& connection) {
        connection.read_frame();
        connection.read_some();
    });
    Collector collector;
    const auto transport = open_transport(peer.port(), collector);
    transport->close(1000, "bye");
    EXPECT_EQ(transport->state(), TransportState::closing);
    EXPECT_EQ(transport->send_text("late"), SendResult::closed);
    const std::int64_t now = mono_ns();
    transport->poll(collector, 8, now + 1000 * ms);
    EXPECT_EQ(transport->state(), TransportState::closing);
    transport->poll(collector, 8, now + 3000 * ms);
    EXPECT_EQ(transport->state(), TransportState::closed);
    EXPECT_EQ(transport->close_cause(), CloseCause::local);
    EXPECT_EQ(transport->close_code(), 1000);
    EXPECT_EQ(transport->close_reason(), "bye");
}

}  // namespace
}  // namespace portcullis::gateways::test
