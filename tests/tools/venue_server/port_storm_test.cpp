// A storm on the venue's real ports: bytes, requests and frames, spoilt at random, over sockets and
// TLS.
//
// venue_ports_fuzz searches behind the parsers; this is what lies before it: TLS, HTTP and
// WebSocket as they come off a socket, their ends and their memory. Its material is that fuzzer's
// corpus, spoilt by seeded dice at one of three depths: the text inside a right frame or request,
// the frame or request itself, or the bytes under the TLS. What must hold: whoever stops sending is
// let go, who was right is answered first, a good client beside them misses no message, memory
// stays flat. PORTCULLIS_STORM=N spoils N times (40,000 else); the seed is printed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/resident.hpp"
#include "tests/support/tls_client.hpp"
#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/control_socket.hpp"
#include "tools/venue/server/listener.hpp"

namespace portcullis::tools::venue {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::Caller;
using test::client_frame;
using test::resident_bytes;
using test::Trust;

constexpr std::uint64_t seed = 20261126;
constexpr int storms = 2;  ///< threads that spoil
constexpr int spoilt_per_connection = 64;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps_what_was_freed = true;
#else
constexpr bool keeps_what_was_freed = false;
#endif

std::uint64_t executions_wanted() {
    const char* text = std::getenv("PORTCULLIS_STORM");  // NOLINT: before any thread
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 40'000;
}

/// The corpus of venue_ports_fuzz by the kind of its acts, their first character.
std::map<char, std::vector<std::string>> read_corpus() {
    std::map<char, std::vector<std::string>> acts;
    for (const auto& file : std::filesystem::directory_iterator(
             PORTCULLIS_SOURCE_DIR "/tests/tools/venue_server/corpus/venue_ports_fuzz")) {
        std::ifstream in(file.path(), std::ios::binary);
        for (std::string line; std::getline(in, line);) {
            if (!line.empty()) {
                acts[line.front()].push_back(line.substr(1));
            }
        }
    }
    return acts;
}

/// One of the threads that spoil: its dice, what it has done, and who did not let it go.
class Storm {
public:
    Storm(std::uint64_t dice, const std::map<char, std::vector<std::string>>& corpus,
          std::uint16_t port, std::string control, const Trust& trust)
        : random_(dice),
          corpus_(corpus),
          port_(port),
          control_(std::move(control)),
          trust_(trust) {}

    void rage(std::uint64_t executions) {
        while (done_ < executions) {
            switch (random_() % 8) {
                case 0:
                    below_tls();
                    break;
                case 1:
                    control();
                    break;
                case 2:
                    upgrades();
                    break;
                case 3:
                case 4:
                    requests();
                    break;
                case 5:
                    frames("/ws", 's');
                    break;
                default:
                    frames("/ws-api/v3", 'w');
            }
        }
    }

    [[nodiscard]] std::uint64_t done() const { return done_; }
    [[nodiscard]] std::uint64_t hung() const { return hung_; }
    [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }
    [[nodiscard]] std::uint64_t answered() const { return answered_; }

private:
    bool one_in(std::uint64_t count) { return random_() % count == 0; }

    const std::string& pick(char kind) {
        const auto& all = corpus_.at(kind);
        return all[random_() % all.size()];
    }

    /// Some bytes changed, put in, taken out or repeated.
    std::string spoil(std::string text) {
        ++done_;
        for (std::uint64_t left = random_() % 4; left > 0 || text.empty(); left -= left > 0) {
            const std::size_t at = text.empty() ? 0 : random_() % text.size();
            switch (random_() % 4) {
                case 0:
                    text.insert(at, 1, static_cast<char>(random_()));
                    break;
                case 1:
                    text.erase(at, random_() % 8);
                    break;
                case 2:
                    text.insert(at, text.substr(at, random_() % 32));
                    break;
                default:
                    text.insert(at, 1, "\"\\{}[],:0\r\n%&="[random_() % 14]);
            }
        }
        return text;
    }

    std::string noise(std::size_t most) {
        std::string out(1 + random_() % most, '\0');
        for (char& byte : out) {
            byte = static_cast<char>(random_());
        }
        return out;
    }

    std::string end(Caller& caller) {
        caller.say_goodbye();
        std::string all = caller.drain();
        hung_ += caller.hung() ? 1U : 0U;
        return all;
    }

    void below_tls() {
        ++done_;
        Caller caller = Caller::to_port(port_);
        if (one_in(2)) {
            // In the place of a handshake.
            caller.write_below_tls(noise(600));
        } else if (caller.shake_hands(trust_)) {
            // In the place of a record, or a record that cannot be opened.
            caller.write_below_tls(one_in(2) ? noise(600)
                                             : std::string("\x17\x03\x03\x00\x20", 5) +
                                                   std::string(32, 'x'));
        }
        end(caller);
    }

    void control() {
        Caller caller = Caller::to_path(control_);
        std::string lines;
        const std::uint64_t count = 1 + random_() % spoilt_per_connection;
        for (std::uint64_t i = 0; i < count; ++i) {
            lines += spoil(one_in(8) ? noise(200) : pick('c')) + "\n";
        }
        caller.write(lines);
        const auto told = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
        const std::string answers = end(caller);
        const auto heard =
            static_cast<std::uint64_t>(std::count(answers.begin(), answers.end(), '\n'));
        if (heard < told) {
            unanswered_ += told - heard;
            ADD_FAILURE() << heard << " of " << told << " lines answered\n" << lines;
        }
        answered_ += heard;
    }

    void upgrades() {
        Caller caller = Caller::to_port(port_);
        if (!caller.shake_hands(trust_)) {
            ++hung_;
            return;
        }
        caller.write(spoil(test::upgrade_request(pick('o'))));
        end(caller);
    }

    /// Requests behind one another; all right in form but, perhaps, the last.
    void requests() {
        Caller caller = Caller::to_port(port_);
        if (!caller.shake_hands(trust_)) {
            ++hung_;
            return;
        }
        std::string all;
        const std::uint64_t count = 1 + random_() % spoilt_per_connection;
        for (std::uint64_t i = 1; i < count; ++i) {
            all += request();
        }
        const bool right = one_in(2);
        all += right ? request() : spoil(request());
        caller.write(all);
        const std::string answers = end(caller);
        std::uint64_t heard = 0;
        for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string::npos; ++at) {
            ++heard;
        }
        answered_ += heard;
        const std::uint64_t owed = right ? count : count - 1;
        if (heard < owed) {
            unanswered_ += owed - heard;
            ADD_FAILURE() << heard << " of " << owed << " answered (" << caller.end_reason()
                          << "), the last by\n"
                          << answers.substr(answers.rfind("HTTP/1.1 ")) << "\nto\n"
                          << all;
        }
    }

    /// A request whose target and body are spoilt and whose form is not.
    std::string request() {
        std::string line = spoil(pick("rRT"[random_() % 3]));
        std::replace_if(
            line.begin(), line.end(), [](char c) { return c <= ' ' || c > '~'; }, '_');
        const std::size_t slash = line.find('/');
        const std::string target =
            slash == std::string::npos ? "/" : line.substr(slash, line.find('|') - slash);
        const std::string body =
            line.find('|') == std::string::npos ? "" : line.substr(line.find('|') + 1);
        static constexpr std::array<const char*, 4> verbs{"GET ", "POST ", "PUT ", "DELETE "};
        return verbs[random_() % verbs.size()] + target +
               " HTTP/1.1\r\nHost: localhost\r\nX-MBX-APIKEY: " + bob_key +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    void frames(const std::string& get, char kind) {
        Caller caller = Caller::to_port(port_);
        if (!caller.shake_hands(trust_)) {
            ++hung_;
            return;
        }
        if (!caller.upgrade(get).starts_with("HTTP/1.1 101")) {
            ++unanswered_;
            return;
        }
        std::string all;
        const std::uint64_t count = 1 + random_() % spoilt_per_connection;
        for (std::uint64_t i = 1; i < count; ++i) {
            // Text must be UTF-8, or the connection ends here.
            std::string text = spoil(pick(kind));
            std::replace_if(
                text.begin(), text.end(), [](char c) { return c < 0; }, '?');
            all +=
                client_frame(one_in(16) ? 0x89 : 0x81, text.substr(0, one_in(16) ? 125 : 60'000));
        }
        all += one_in(2) ? spoil(client_frame(0x81, pick(kind)))
                         : client_frame(random_() & 0xFFU, noise(100));
        all += client_frame(0x88, std::string("\x03\xE8", 2));
        caller.write(all);
        const std::string answers = end(caller);
        answered_ += answers.empty() ? 0 : 1;
    }

    std::mt19937_64 random_;
    const std::map<char, std::vector<std::string>>& corpus_;
    std::uint16_t port_;
    std::string control_;
    const Trust& trust_;
    std::uint64_t done_{0}, hung_{0}, unanswered_{0}, answered_{0};
};

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The venue on its ports, a message each 2 ms, and a client that wants every one of them.
class PortStorm : public testing::Test {
protected:
    PortStorm() {
        std::filesystem::create_directories(dir);
        venue.exchange().add_symbol(btcusdt());
        venue.exchange().market_snapshot("BTCUSDT", {level("100", "1")}, {level("101", "1")}, 10);
        AccountSetup account;
        account.name = "bob";
        account.balances["USDT"].free = amount("1000");
        ApiKey key;
        key.api_key = bob_key;
        key.account = venue.add_account(account);
        EXPECT_TRUE(venue.keys().add(key, bob_secret));
        const auto made = make_certificates(dir);
        EXPECT_TRUE(made) << made.error();
        ListenConfig config;
        config.certificate_file = made.value().certificate;
        config.key_file = made.value().key;
        const auto started = listener.start(config);
        EXPECT_TRUE(started) << started.error();
        port = started.value();
        EXPECT_TRUE(control.start(dir + "/ctl.sock"));
        trust = std::make_unique<Trust>(made.value().ca);
        tick();
        server = std::thread([this] { io.run(); });
        good = std::thread([this] { be_good(); });
    }
    ~PortStorm() override {
        io.stop();
        server.join();
        std::filesystem::remove_all(dir);
    }

    void tick() {
        venue.publish("btcusdt@bookTicker", "{\"u\":" + std::to_string(++number) + "}");
        timer.expires_after(milliseconds(2));
        timer.async_wait([this](boost::system::error_code error) {
            if (!error) {
                tick();
            }
        });
    }

    void be_good() {
        Caller caller = Caller::to_port(port);
        ASSERT_TRUE(caller.shake_hands(*trust));
        ASSERT_TRUE(caller.upgrade("/ws/btcusdt@bookTicker").starts_with("HTTP/1.1 101"));
        std::int64_t last = 0;
        while (!enough) {
            const std::string text = caller.read_text();
            ASSERT_TRUE(text.starts_with("{\"u\":")) << text;
            const std::int64_t now = std::stoll(text.substr(5));
            missed += last == 0 ? 0 : now - last - 1;
            last = now;
            ++heard;
        }
    }

    static LimitsConfig no_limits() {
        LimitsConfig limits;
        limits.request_weight_per_minute = limits.raw_requests_per_5_minutes =
            limits.connections_per_5_minutes = limits.orders_per_10_seconds =
                limits.stream_messages_per_second = 1'000'000'000;
        return limits;
    }

    const std::string dir{testing::TempDir() + "port_storm_" + std::to_string(::getpid())};
    std::unique_ptr<Trust> trust;
    Venue venue{no_limits(), now_us};
    boost::asio::io_context io;
    boost::asio::steady_timer timer{io};
    Listener listener{io, venue};
    ControlSocket control{io, [](std::string_view) { return std::string("ok"); }};
    std::uint16_t port{0};
    std::thread server, good;
    std::atomic<bool> enough{false};
    std::atomic<std::int64_t> heard{0};
    std::int64_t number{0}, missed{0};
};

TEST_F(PortStorm, of_bytes_requests_and_frames_ends_nobody_but_those_who_raise_it) {
    const auto corpus = read_corpus();
    const std::uint64_t wanted = executions_wanted();
    std::vector<std::unique_ptr<Storm>> raging;
    for (int i = 0; i < storms; ++i) {
        raging.push_back(std::make_unique<Storm>(seed + static_cast<std::uint64_t>(i), corpus, port,
                                                 dir + "/ctl.sock", *trust));
    }
    const auto all_at_once = [&raging](std::uint64_t executions) {
        std::vector<std::thread> threads;
        for (const auto& storm : raging) {
            threads.emplace_back([&storm, executions] { storm->rage(executions); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    };
    const auto began = steady_clock::now();
    all_at_once(wanted / storms / 4);
    const std::size_t warm = resident_bytes();
    all_at_once(wanted / storms);
    const std::size_t end = resident_bytes();
    const std::int64_t heard_before = heard;
    while (heard < heard_before + 50 && steady_clock::now() - began < std::chrono::hours(2)) {
        std::this_thread::sleep_for(milliseconds(10));
    }
    enough = true;
    good.join();
    std::uint64_t done = 0;
    std::uint64_t hung = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t answered = 0;
    for (const auto& storm : raging) {
        done += storm->done();
        hung += storm->hung();
        unanswered += storm->unanswered();
        answered += storm->answered();
    }
    const double seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
    std::printf("%llu spoilt, seed %llu, %llu answers, %.0f a second; the good client heard %lld\n",
                static_cast<unsigned long long>(done), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(answered), static_cast<double>(done) / seconds,
                static_cast<long long>(heard.load()));
    EXPECT_GE(done, wanted);
    EXPECT_GT(answered, done / 20) << "a storm that is only refused at the door shows nothing";
    EXPECT_EQ(hung, 0U) << "who stops sending is let go";
    EXPECT_EQ(unanswered, 0U) << "who was right is answered";
    EXPECT_EQ(missed, 0) << "of the good client's messages";
    venue.exchange().verify_books();
    if (!keeps_what_was_freed) {
        EXPECT_LT(end, warm + (std::size_t{16} << 20));
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
