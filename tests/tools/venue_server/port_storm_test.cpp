// A storm on the venue's real ports: bytes, requests, frames and commands, spoilt at random
// (storm.hpp). venue_ports_fuzz searches behind the parsers; this is what lies before them.
//
// Two venues, since who obeys any command can promise nothing else. The calm one: whoever stops
// sending is let go, who was right is answered first, a client beside them misses no message and
// another trades, neither late (tests/support/lateness.hpp); memory stays flat. The troubled one, a
// server in a process of its own (troubled_venue.hpp): each line of its control socket is answered,
// and `quit` ends it well, whatever it was told before. PORTCULLIS_STORM=N spoils N times (40,000
// else); the seed is printed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/lateness.hpp"
#include "tests/support/resident.hpp"
#include "tests/support/tls_client.hpp"
#include "tests/tools/venue_server/storm.hpp"
#include "tests/tools/venue_server/troubled_venue.hpp"
#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/listener.hpp"

namespace portcullis::tools::venue {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::Caller;
using test::Lateness;
using test::resident_bytes;
using test::Trust;

constexpr std::uint64_t seed = 20261126;
constexpr int storms = 2;  ///< threads that spoil
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps_what_was_freed = true;
#else
constexpr bool keeps_what_was_freed = false;
#endif

std::uint64_t executions_wanted() {
    const char* text = std::getenv("PORTCULLIS_STORM");  // NOLINT: before any thread
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 40'000;
}

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
        account.name = "alice";
        key.api_key = hmac_key;
        key.account = venue.add_account(account);
        EXPECT_TRUE(venue.keys().add(key, hmac_secret));
        const auto made = make_certificates(dir);
        EXPECT_TRUE(made) << made.error();
        ListenConfig config;
        config.certificate_file = made.value().certificate;
        config.key_file = made.value().key;
        const auto started = listener.start(config);
        EXPECT_TRUE(started) << started.error();
        port = started.value();
        trust = std::make_unique<Trust>(made.value().ca);
        tick();
        server = std::thread([this] { io.run(); });
        good = std::thread([this] { be_good(); });
        trader = std::thread([this] { trade(); });
    }
    ~PortStorm() override {
        io.stop();
        server.join();
        std::filesystem::remove_all(dir);
    }

    void tick() {
        venue.publish("btcusdt@bookTicker", "{\"u\":" + std::to_string(++number) +
                                                ",\"E\":" + std::to_string(now_us()) + "}");
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
            told_late.add((now_us() - std::stoll(text.substr(text.find("\"E\":") + 4))) / 1000);
            ++heard;
        }
    }

    /// Every 2 ms a signed order that the venue checks whole; every 64th is placed and cancelled.
    void trade() {
        Caller caller = Caller::to_port(port);
        ASSERT_TRUE(caller.shake_hands(*trust));
        ASSERT_TRUE(caller.upgrade("/ws-api/v3").starts_with("HTTP/1.1 101"));
        for (std::uint64_t i = 1; !enough; ++i) {
            ask(caller, i % 64 == 0 ? "order.place" : "order.test",
                {{"price", "50.00"},
                 {"quantity", "1.0"},
                 {"side", "BUY"},
                 {"symbol", "BTCUSDT"},
                 {"type", "LIMIT_MAKER"}});
            if (i % 64 == 0) {
                ask(caller, "openOrders.cancelAll", {{"symbol", "BTCUSDT"}});
            }
            std::this_thread::sleep_for(milliseconds(2));
        }
    }
    /// `params` without key, signature and time.
    void ask(Caller& caller, const std::string& method, std::map<std::string, std::string> params) {
        const std::int64_t asked = now_us();
        params["apiKey"] = hmac_key;
        params["timestamp"] = std::to_string(asked / 1000);
        params["recvWindow"] = "60000";
        std::string text;
        std::string json;
        for (const auto& [name, value] : params) {
            text += (text.empty() ? "" : "&") + name + "=" + value;
            json += "\"" + name + "\":\"" + value + "\",";
        }
        const std::string answer =
            caller.ask(R"({"id":1,"method":")" + method + R"(","params":{)" + json +
                       R"("signature":")" + hmac_hex(hmac_secret, text) + "\"}}");
        ASSERT_TRUE(answer.starts_with(R"({"id":1,"status":200,)")) << answer;
        answered_late.add((now_us() - asked) / 1000);
    }

    static LimitsConfig no_limits() {
        LimitsConfig limits;
        limits.request_weight_per_minute = limits.raw_requests_per_5_minutes =
            limits.connections_per_5_minutes = limits.orders_per_10_seconds =
                limits.stream_messages_per_second = 1'000'000'000;
        return limits;
    }

    const std::string dir{testing::TempDir() + "port_storm_" + std::to_string(::getpid())};
    TroubledVenue troubled{dir + "/troubled"};  // before any thread
    std::unique_ptr<Trust> trust;
    Venue venue{no_limits(), now_us};
    boost::asio::io_context io;
    boost::asio::steady_timer timer{io};
    Listener listener{io, venue};
    std::uint16_t port{0};
    std::thread server, good, trader;
    std::atomic<bool> enough{false};
    std::atomic<std::int64_t> heard{0};
    std::int64_t number{0}, missed{0};
    test::Lateness told_late,
        answered_late;  ///< of the two good clients; read when they have ended
};

/// Whatever it was told: with its faults off it serves, and `quit` ends it.
std::pair<int, std::size_t> expect_it_serves_and_end(TroubledVenue& troubled, const Trust& trust) {
    EXPECT_EQ(troubled.ask("fault off all"), "ok\n");
    // A restart takes a second, and what was delayed keeps its connection.
    const auto patience_ends = steady_clock::now() + std::chrono::seconds(20);
    std::string answer;
    while (!answer.starts_with("HTTP/1.1 200") && steady_clock::now() < patience_ends) {
        Caller caller = Caller::to_port(troubled.port());
        caller.set_patience(std::chrono::seconds(1));
        if (caller.shake_hands(trust)) {
            caller.write(
                "GET /api/v3/depth?symbol=BTCUSDT&limit=1 HTTP/1.1\r\n"
                "Host: localhost\r\n\r\n");
            answer = caller.read_until("]]}");
        }
    }
    EXPECT_NE(answer.find("\"lastUpdateId\":"), std::string::npos) << answer;
    return troubled.end();
}

StormCount sum_of(const std::vector<std::unique_ptr<Storm>>& storms_over) {
    StormCount all;
    for (const auto& storm : storms_over) {
        const StormCount& one = storm->count();
        all.spoilt += one.spoilt;
        all.hung += one.hung;
        all.unanswered += one.unanswered;
        all.answered += one.answered;
        all.commands += one.commands;
        all.obeyed += one.obeyed;
    }
    return all;
}

TEST_F(PortStorm, of_bytes_requests_frames_and_commands_ends_nobody_but_those_who_raise_it) {
    const auto corpus = read_corpus();
    const std::uint64_t wanted = executions_wanted();
    const Trust troubled_trust(troubled.ca());
    std::vector<std::unique_ptr<Storm>> raging;
    for (int i = 0; i < storms; ++i) {
        raging.push_back(std::make_unique<Storm>(seed + static_cast<std::uint64_t>(i), corpus,
                                                 Doors{port, *trust, true}, troubled_trust,
                                                 troubled));
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
    troubled.quit_and_rise();
    const std::size_t warm = resident_bytes();
    all_at_once(wanted / storms);
    const std::size_t end = resident_bytes();
    const std::int64_t heard_before = heard;
    while (heard < heard_before + 50 && steady_clock::now() - began < std::chrono::hours(2)) {
        std::this_thread::sleep_for(milliseconds(10));
    }
    enough = true;
    good.join();
    trader.join();
    const StormCount all = sum_of(raging);
    const double seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
    std::printf("%llu spoilt, seed %llu, %llu answers, %.0f a second; the good client heard %lld\n",
                static_cast<unsigned long long>(all.spoilt), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(all.answered),
                static_cast<double>(all.spoilt) / seconds, static_cast<long long>(heard.load()));
    EXPECT_GE(all.spoilt, wanted);
    EXPECT_GT(all.answered, all.spoilt / 20)
        << "a storm that is only refused at the door shows nothing";
    EXPECT_EQ(all.hung, 0U) << "who stops sending is let go";
    EXPECT_EQ(all.unanswered, 0U) << "who was right is answered";
    EXPECT_EQ(missed, 0) << "of the good client's messages";
    for (Lateness* late : {&told_late, &answered_late}) {
        std::printf("%s late: %s\n", late == &told_late ? "messages" : "answers to orders",
                    late->text().c_str());
        EXPECT_LE(late->at_permille(990), Lateness::p99_max_ms) << late->text();
    }
    venue.exchange().verify_books();
    if (!keeps_what_was_freed) {
        EXPECT_LT(end, warm + (std::size_t{16} << 20));
    }
    const int lives = troubled.lives();
    const auto [status, largest] = expect_it_serves_and_end(troubled, troubled_trust);
    std::printf("%llu commands, %llu obeyed, in %d lives of at most %zu MiB\n",
                static_cast<unsigned long long>(all.commands),
                static_cast<unsigned long long>(all.obeyed), lives, largest >> 20U);
    EXPECT_GT(all.obeyed, all.commands / 10) << "commands that are only refused show nothing";
    EXPECT_LT(all.obeyed, all.commands) << "and so do those that are only right";
    EXPECT_EQ(status, 0) << "the venue that was told anything";
}

}  // namespace
}  // namespace portcullis::tools::venue
