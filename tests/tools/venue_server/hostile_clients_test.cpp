// Hostile and slow clients beside a good one, over real sockets and TLS, at the listener itself.
//
// A small service sends every good peer a numbered and timed message each 2 ms, floods who asks for
// a flood, and answers what it is told. While strangers misbehave, the good client must miss no
// number, one message in a hundred may be later than 250 ms, and none than `late_max`: a thread
// that waited for one of them, or for a handshake's 10 seconds, would be. What a client that reads
// nothing may hold is bounded.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "tests/support/lateness.hpp"
#include "tests/support/resident.hpp"
#include "tests/support/tls_client.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/control_socket.hpp"
#include "tools/venue/server/listener.hpp"

namespace portcullis::tools::venue {
namespace {

using std::chrono::milliseconds;
using test::Caller;
using test::resident_bytes;
using test::Trust;

constexpr std::int64_t late_max_ms = 3000;
constexpr std::size_t backlog_bytes_max = std::size_t{1} << 20;

std::int64_t now_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Everything here runs on the server's thread, but for the counters.
class Town final : public Service {
public:
    std::unique_ptr<WebSocketHandler> open(std::string_view target, const std::string&, Peer& peer,
                                           HttpReply&) override {
        auto& peers = target == "/flood" ? flooded_ : good_;
        return std::make_unique<Handler>(peers, peer);
    }
    HttpReply http(const HttpRequest& request) override {
        HttpReply reply;
        reply.body = request.target;
        return reply;
    }
    [[nodiscard]] Timing timing() const override { return {20'000, 60'000, 86'400'000}; }

    void tick() {
        const std::string text = std::to_string(++number_) + " " + std::to_string(now_ms());
        for (Peer* peer : good_) {
            peer->send_text(text);
        }
        static const auto flood = std::make_shared<const std::string>(16 * 1024, 'x');
        for (Peer* peer : flooded_) {
            peer->send(flood);
        }
        flooded = flooded_.size();
    }
    std::atomic<std::size_t> flooded{0};

private:
    struct Handler final : WebSocketHandler {
        Handler(std::set<Peer*>& peers_in, Peer& peer_in) : peers(peers_in), peer(peer_in) {
            peers.insert(&peer);
        }
        ~Handler() override { peers.erase(&peer); }
        void on_text(std::string_view text) override {
            peer.send_text("echo " + std::string(text.substr(0, 40)));
        }
        void on_control() override {}
        std::set<Peer*>& peers;
        Peer& peer;
    };
    std::set<Peer*> good_, flooded_;
    std::int64_t number_{0};
};

class HostileClients : public testing::Test {
protected:
    HostileClients() {
        std::filesystem::create_directories(dir);
        const auto made = make_certificates(dir);
        EXPECT_TRUE(made) << made.error();
        ListenConfig config;
        config.certificate_file = made.value().certificate;
        config.key_file = made.value().key;
        config.backlog_bytes_max = backlog_bytes_max;
        const auto started = listener.start(config);
        EXPECT_TRUE(started) << started.error();
        port = started.value();
        trust = std::make_unique<Trust>(made.value().ca);
        EXPECT_TRUE(control.start(dir + "/ctl.sock"));
        tick();
        server = std::thread([this] { io.run(); });
        good = std::thread([this] { be_good(); });
        while (heard == 0) {
            std::this_thread::sleep_for(milliseconds(1));
        }
    }
    ~HostileClients() override {
        const std::int64_t before = heard;
        const std::int64_t until = now_ms() + late_max_ms;
        while (heard < before + 50 && now_ms() < until) {
            std::this_thread::sleep_for(milliseconds(1));
        }
        EXPECT_GE(heard, before + 50) << "the good client is still served";
        enough = true;
        good.join();
        EXPECT_EQ(missed, 0) << "of " << heard << " messages";
        EXPECT_LE(lateness.at_permille(990), test::Lateness::p99_max_ms) << lateness.text();
        EXPECT_LT(lateness.at_permille(1000), late_max_ms) << lateness.text();
        std::printf("the good client's messages were late by %s\n", lateness.text().c_str());
        io.stop();
        server.join();
        std::filesystem::remove_all(dir);
    }

    void tick() {
        town.tick();
        timer.expires_after(milliseconds(2));
        timer.async_wait([this](boost::system::error_code error) {
            if (!error) {
                tick();
            }
        });
    }
    void be_good() {
        Caller socket = open("/good");
        std::int64_t last = 0;
        while (!enough) {
            const std::string text = socket.read_text();
            const std::int64_t number = std::stoll(text);
            missed += last == 0 ? 0 : number - last - 1;
            last = number;
            lateness.add(now_ms() - std::stoll(text.substr(text.find(' '))));
            ++heard;
        }
    }
    [[nodiscard]] Caller connect() const { return Caller::to_port(port); }
    [[nodiscard]] Caller connect_tls() const {
        Caller caller = connect();
        EXPECT_TRUE(caller.shake_hands(*trust));
        return caller;
    }
    [[nodiscard]] Caller open(const std::string& target) const {
        Caller caller = connect_tls();
        EXPECT_TRUE(caller.upgrade(target).starts_with("HTTP/1.1 101"));
        return caller;
    }
    /// What comes until the end; the end must come.
    static std::string drain(Caller& caller) {
        std::string out = caller.drain(std::size_t{64} << 20);
        EXPECT_FALSE(caller.hung());
        return out;
    }

    const std::string dir{testing::TempDir() + "hostile_clients_" + std::to_string(::getpid())};
    std::unique_ptr<Trust> trust;
    Town town;  ///< before the context, whose end ends the connections that are left
    boost::asio::io_context io;
    boost::asio::steady_timer timer{io};
    Listener listener{io, town};
    ControlSocket control{io, [](std::string_view line) { return "ok " + std::string(line); }};
    std::uint16_t port{0};
    std::thread server, good;
    std::atomic<bool> enough{false};
    std::atomic<std::int64_t> heard{0};
    std::int64_t missed{0};   ///< the good client's; read when it has ended
    test::Lateness lateness;  ///< the same
};

TEST_F(HostileClients, that_send_garbage_or_half_a_handshake_disturb_nobody) {
    std::mt19937_64 random(7);  // NOLINT: the same every time
    const std::string hello = trust->client_hello();
    ASSERT_GT(hello.size(), 100U);
    std::vector<Caller> waiting;
    for (int i = 0; i < 60; ++i) {
        std::string garbage(4096, '\0');
        for (char& byte : garbage) {
            byte = static_cast<char>(random());
        }
        Caller caller = connect();
        caller.write(garbage);
        EXPECT_LT(drain(caller).size(), 100U) << "an alert at most";
        waiting.push_back(connect());
        waiting.back().write(hello.substr(0, 1 + random() % (hello.size() - 1)));
        waiting.push_back(connect());
        waiting.back().write(hello);
    }
}

TEST_F(HostileClients, that_stop_in_the_middle_of_a_request_disturb_nobody) {
    std::vector<Caller> waiting;
    for (const std::string text :
         {"G", "GET /a", "GET /a HTTP/1.1\r\nHost: x",
          "POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n1",
          "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "}) {
        waiting.push_back(connect_tls());
        EXPECT_TRUE(waiting.back().write(text));
    }
    EXPECT_FALSE(open("/late").read_text().empty()) << "who comes meanwhile is served";
}

TEST_F(HostileClients, that_write_byte_by_byte_are_answered_like_others) {
    Caller http = connect_tls();
    for (const char byte :
         std::string("GET /slowly HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
        ASSERT_TRUE(http.write({&byte, 1}));
    }
    EXPECT_NE(drain(http).find("\r\n\r\n/slowly"), std::string::npos);
    Caller socket = open("/slow");
    for (const char byte : test::client_frame(0x81, "hello")) {
        ASSERT_TRUE(socket.write({&byte, 1}));
        std::this_thread::sleep_for(milliseconds(2));
    }
    std::string text;
    do {
        text = socket.read_text();
    } while (!text.empty() && text.rfind("echo", 0) != 0);
    EXPECT_EQ(text, "echo hello");
}

TEST_F(HostileClients, that_break_the_websocket_protocol_are_told_the_code_of_rfc_6455_and_ended) {
    constexpr std::uint16_t protocol_error = 1002;
    constexpr std::uint16_t bad_payload = 1007;
    constexpr std::uint16_t too_big = 1009;
    const std::string whole(3 << 20, 'a');
    const struct {
        std::string frame;
        std::uint16_t code;
    } rows[] = {
        {std::string("\x81\xFF\x00\x00\x01\x00\x00\x00\x00\x00\0\0\0\0", 14), too_big},  // 2^40
        {std::string("\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0", 14), too_big},
        {test::client_frame(0x81, whole), too_big},  // more than the limit, and all of it sent
        {std::string("\x81\x05hello", 7), protocol_error},                  // not masked
        {std::string("\xFF\x80\0\0\0\0", 6), protocol_error},               // reserved bits
        {test::client_frame(0x89, std::string(256, 'a')), protocol_error},  // a ping so long
        {test::client_frame(0x80, ""), protocol_error},                     // goes on with nothing
        {test::client_frame(0x81, "\xFF\xFE"), bad_payload}};               // no UTF-8
    for (const auto& row : rows) {
        SCOPED_TRACE(row.frame.substr(0, 20));
        Caller socket = open("/giant");
        socket.write(row.frame);
        while (!socket.read_text().empty()) {
        }
        EXPECT_EQ(socket.close_code(), row.code);
        drain(socket);
    }
}

TEST_F(HostileClients, that_send_no_request_are_told_so_after_the_answers_to_those_before) {
    const std::string right = "GET /right HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string giant(1 << 20, 'a');
    const struct {
        std::string text;
        const char* answer;  ///< nullptr: none is due
    } rows[] = {
        {"GET /" + giant, "HTTP/1.1 431 "},
        {"GET / HTTP/1.1\r\nA: " + giant, "HTTP/1.1 431 "},
        {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n" + giant, "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nContent-Length: one\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/3.7\r\n\r\n", "HTTP/1.1 400 "},
        {std::string("\0\1\2\3\r\n\r\n", 8), "HTTP/1.1 400 "},
        {"GET / HTT", nullptr},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.text.substr(0, 40));
        Caller http = connect_tls();
        http.write(right + right + row.text);
        http.say_goodbye();
        const std::string all = drain(http);
        std::size_t at = 0;
        for (int i = 0; i < 2; ++i) {
            at = all.find("HTTP/1.1 200 OK", at) + 1;
            ASSERT_NE(at, 0U) << all;
        }
        const std::size_t last = all.find("HTTP/1.1 ", at);
        ASSERT_EQ(last == std::string::npos, row.answer == nullptr) << all;
        if (row.answer != nullptr) {
            EXPECT_TRUE(all.substr(last).starts_with(row.answer)) << all;
        }
    }
}

TEST_F(HostileClients, that_read_nothing_hold_little_and_are_cut) {
    const std::size_t before = resident_bytes();
    std::vector<Caller> asleep;
    for (int i = 0; i < 8; ++i) {
        asleep.push_back(open("/flood"));
    }
    const std::int64_t until = now_ms() + 60'000;
    std::size_t most = 0;
    do {
        std::this_thread::sleep_for(milliseconds(5));
        most = std::max(most, resident_bytes());
    } while (town.flooded > 0 && now_ms() < until);
    EXPECT_EQ(town.flooded, 0U) << "the venue gave them up";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they keep what was freed
    // Twice the bound for a string that grows, and what the kernel holds is not ours.
    EXPECT_LT(most, before + 8 * 4 * backlog_bytes_max + (std::size_t{16} << 20));
#endif
    EXPECT_GT(most, before);
    for (Caller& socket : asleep) {
        EXPECT_LT(drain(socket).size(), std::size_t{32} << 20);
    }
}

TEST_F(HostileClients, that_ask_without_end_and_read_no_answer_wait_alone) {
    Caller http = connect_tls();
    const std::string request = "GET /" + std::string(1000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
    std::string all;
    while (all.size() < std::size_t{128} << 20) {
        all += request;
    }
    const std::size_t before = resident_bytes();
    const timeval patience{1, 0};
    ASSERT_EQ(::setsockopt(http.socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    EXPECT_FALSE(http.write(all)) << "nobody takes requests whose answers are not read";
    EXPECT_LT(resident_bytes(), before + (std::size_t{16} << 20));
}

TEST_F(HostileClients, that_come_in_thousands_and_say_nothing_disturb_nobody) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const std::size_t count = std::min<std::size_t>(2000, limit.rlim_cur / 4);
    std::vector<Caller> idle;
    for (std::size_t i = 0; i < count; ++i) {
        idle.push_back(connect());
    }
    for (std::size_t i = 0; i < count; i += 2) {
        idle[i].reset();
    }
    EXPECT_FALSE(open("/late").read_text().empty());
}

TEST_F(HostileClients, that_leave_no_descriptor_free_keep_nobody_out_for_long) {
    Caller waiting = Caller::unconnected(AF_INET);
    Caller operator_line = Caller::unconnected(AF_UNIX);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlimit none = limit;
    none.rlim_cur = 3;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    waiting.connect(port);
    operator_line.connect(dir + "/ctl.sock");
    std::this_thread::sleep_for(milliseconds(200));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_TRUE(waiting.shake_hands(*trust));
    operator_line.write("hello\n");
    EXPECT_EQ(operator_line.read_until("\n"), "ok hello\n");
}

}  // namespace
}  // namespace portcullis::tools::venue
