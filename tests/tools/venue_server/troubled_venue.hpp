// TroubledVenue: a whole server in a process of its own, whose control socket anybody may say
// anything to.
//
// What a control socket is told makes a venue hang up, keep silent, ban, forget keys and end, so
// the promises of the other venue of the storm cannot be asked of it. These can: it does not crash,
// leak or hang, its control socket answers, `quit` ends it, its books are sound at each end, and
// once its faults are off it serves. A process: its memory is not that of the test, and a crash is
// an exit status. Lives follow one another, since `quit` is a command like any other. `gate` is
// held shared by who talks to it, and alone by who ends a life.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <shared_mutex>
#include <string>
#include <utility>

#include "tests/support/tls_client.hpp"
#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools::venue {

class TroubledVenue {
public:
    /// Requires: no other thread yet (the process is forked).
    explicit TroubledVenue(std::string dir) : dir_(std::move(dir)) {
        std::filesystem::create_directories(dir_);
        int up[2];
        int stay[2];
        EXPECT_EQ(::pipe2(up, O_CLOEXEC), 0);
        EXPECT_EQ(::pipe2(stay, O_CLOEXEC | O_NONBLOCK), 0);
        std::fflush(nullptr);
        process_ = ::fork();
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGTERM);
            ::close(stay[1]);
            live(up[1], stay[0]);
        }
        ::close(up[1]);
        ::close(stay[0]);
        up_ = up[0];
        stay_ = stay[1];
        wait_until_up();
    }
    ~TroubledVenue() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
        }
        ::close(up_);
        ::close(stay_);
        std::filesystem::remove_all(dir_);
    }
    TroubledVenue(const TroubledVenue&) = delete;
    TroubledVenue& operator=(const TroubledVenue&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string control_path() const { return dir_ + "/ctl.sock"; }
    [[nodiscard]] std::string ca() const { return dir_ + "/ca.pem"; }
    [[nodiscard]] int lives() const { return lives_; }

    /// The answer to one line of the control socket, with its end.
    [[nodiscard]] std::string ask(const std::string& line) const {
        test::Caller caller = test::Caller::to_path(control_path());
        caller.write(line + "\n");
        return caller.read_until("\n");
    }
    /// `quit`, and the next life.
    void quit_and_rise() {
        const std::unique_lock alone(gate);
        EXPECT_EQ(ask("quit"), "ok\n");
        wait_until_up();
    }
    /// `quit` for good: how the process ended, 0 if well, and its largest resident size.
    std::pair<int, std::size_t> end() {
        ::close(std::exchange(stay_, -1));
        EXPECT_EQ(ask("quit"), "ok\n");
        int status = -1;
        rusage used{};
        EXPECT_GT(::wait4(std::exchange(process_, -1), &status, 0, &used), 0);
        return {status, static_cast<std::size_t>(used.ru_maxrss) * 1024};
    }

    mutable std::shared_mutex gate;

private:
    [[noreturn]] void live(int up, int stay) const {
        for (char byte = 0; ::read(stay, &byte, 1) != 0;) {
            auto server = Server::make(config());
            if (!server) {
                std::fprintf(stderr, "the troubled venue: %s\n", server.error().c_str());
                std::_Exit(1);
            }
            const std::uint16_t port = server.value()->port();
            if (::write(up, &port, sizeof port) != sizeof port) {
                std::_Exit(1);
            }
            server.value()->run();
            server.value()->venue().exchange().verify_books();
        }
        std::exit(0);  // NOLINT: with a look at what has leaked, under a sanitizer
    }

    [[nodiscard]] VenueConfig config() const {
        VenueConfig config;
        config.self_signed_dir = dir_;
        config.control_socket = control_path();
        config.recordings = {PORTCULLIS_SOURCE_DIR
                             "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"};
        config.loop = config.overlay = true;
        LimitsConfig& limits = config.limits;
        limits.request_weight_per_minute = limits.raw_requests_per_5_minutes =
            limits.connections_per_5_minutes = limits.orders_per_10_seconds =
                limits.stream_messages_per_second = 1'000'000'000;
        // Half-open connections end by their pings alone: soon, so that they do not gather.
        limits.ping_interval_ms = 200;
        limits.pong_timeout_ms = 400;
        for (const std::string name : {"maker", "taker"}) {
            AccountSetup account;
            account.name = name;
            account.maker_fee_e8 = account.taker_fee_e8 = 100'000;
            account.balances["BTC"].free = amount("10");
            account.balances["USDT"].free = amount("1000000");
            config.accounts.push_back(account);
            KeyConfig key;
            key.account = name;
            key.key.api_key = std::string(64, name == "maker" ? 'M' : 'B');
            key.material = bob_secret;
            config.keys.push_back(key);
        }
        return config;
    }

    void wait_until_up() {
        std::uint16_t port = 0;
        EXPECT_EQ(::read(up_, &port, sizeof port), static_cast<ssize_t>(sizeof port))
            << "the venue is gone";
        port_ = port;
        ++lives_;
    }

    const std::string dir_;
    pid_t process_{-1};
    int up_{-1}, stay_{-1};  ///< its ports come; it stays as long as the other is open
    std::atomic<std::uint16_t> port_{0};
    std::atomic<int> lives_{0};
};

}  // namespace portcullis::tools::venue
