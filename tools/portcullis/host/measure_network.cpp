// Round trips over loopback. See measure.hpp.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "tools/portcullis/cpus.hpp"
#include "tools/portcullis/host/measure.hpp"

namespace portcullis::tools {
namespace {

constexpr std::size_t message_bytes = 150;
constexpr int round_trips_count = 2000;
constexpr std::int64_t round_trips_last_ns = 1'000'000'000;  // a loaded machine has fewer
constexpr int busy_poll_tried_us = 50;

/// Two connected TCP sockets. Closed when destroyed.
class LoopbackPair {
public:
    LoopbackPair() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        auto* address = reinterpret_cast<sockaddr*>(&here);
        near_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener >= 0 && near_ >= 0 && ::bind(listener, address, size) == 0 &&
            ::listen(listener, 1) == 0 && ::getsockname(listener, address, &size) == 0 &&
            ::connect(near_, address, size) == 0) {
            far_ = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        }
        number_ = errno;
        if (listener >= 0) {
            ::close(listener);
        }
        const int on = 1;
        for (const int socket : {near_, far_}) {
            (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
    }
    ~LoopbackPair() {
        for (const int socket : {near_, far_}) {
            if (socket >= 0) {
                ::close(socket);
            }
        }
    }
    LoopbackPair(const LoopbackPair&) = delete;
    LoopbackPair& operator=(const LoopbackPair&) = delete;
    [[nodiscard]] bool ok() const { return far_ >= 0; }
    [[nodiscard]] int error() const { return number_; }
    [[nodiscard]] int near() const { return near_; }
    [[nodiscard]] int far() const { return far_; }

private:
    int near_{-1};
    int far_{-1};
    int number_{};
};

/// Exactly one message; false at the end of the stream. Waits in the kernel or in a loop.
bool receive_message(int socket, bool spins) {
    char bytes[message_bytes];
    for (std::size_t got = 0; got < message_bytes;) {
        const ssize_t more =
            ::recv(socket, bytes + got, message_bytes - got, spins ? MSG_DONTWAIT : 0);
        if (more > 0) {
            got += static_cast<std::size_t>(more);
        } else if (more == 0 || (errno != EAGAIN && errno != EINTR)) {
            return false;
        } else if (spins) {
            __builtin_ia32_pause();
        }
    }
    return true;
}

bool send_message(int socket) {
    constexpr char bytes[message_bytes]{};
    return ::send(socket, bytes, message_bytes, MSG_NOSIGNAL) ==
           static_cast<ssize_t>(message_bytes);
}

enum class Waiting : std::uint8_t { blocked, busy_poll, spinning };

/// Nothing where the sockets may not busy-poll.
engine::Result<std::optional<Spread>> round_trip_spread(const CpuPair& cpus, Waiting how) {
    const LoopbackPair pair;
    if (!pair.ok()) {
        return engine::Error{std::string("loopback: ") + std::strerror(pair.error())};
    }
    if (how == Waiting::busy_poll) {
        for (const int socket : {pair.near(), pair.far()}) {
            if (::setsockopt(socket, SOL_SOCKET, SO_BUSY_POLL, &busy_poll_tried_us,
                             sizeof busy_poll_tried_us) != 0) {
                return std::optional<Spread>();
            }
        }
    }
    const bool spins = how == Waiting::spinning;
    const PinnedHere near(cpus.near);
    std::thread echo([&] {
        const PinnedHere far(cpus.far);
        while (receive_message(pair.far(), spins) && send_message(pair.far())) {
        }
    });
    std::vector<std::int64_t> samples;
    bool whole = true;
    std::int64_t all_ns = 0;
    for (int i = 0; i < round_trips_count && whole && all_ns < round_trips_last_ns; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        whole = send_message(pair.near()) && receive_message(pair.near(), spins);
        samples.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(
                              std::chrono::steady_clock::now() - begun)
                              .count());
        all_ns += samples.back();
    }
    (void)::shutdown(pair.near(), SHUT_RDWR);
    echo.join();
    if (!whole) {
        return engine::Error{"loopback: the echo ended"};
    }
    return std::optional<Spread>(spread_of(std::move(samples)));
}

}  // namespace

engine::Result<RoundTrips> measure_round_trips(const CpuPair& cpus) {
    RoundTrips trips;
    for (const Waiting how : {Waiting::spinning, Waiting::blocked, Waiting::busy_poll}) {
        const auto spread = round_trip_spread(cpus, how);
        if (!spread) {
            return engine::Error{spread.error()};
        }
        if (how == Waiting::busy_poll) {
            trips.busy_poll = spread.value();
        } else {
            (how == Waiting::spinning ? trips.spinning : trips.blocked) =
                spread.value().value_or(Spread{});
        }
    }
    return trips;
}

}  // namespace portcullis::tools
