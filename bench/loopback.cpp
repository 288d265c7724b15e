// loopback.*: 150 bytes over TCP to a spinning echo and back, by each way in which a thread may ask
// the kernel for what has come. The echo is the same in all rows, so the rows differ by the asking.
#include <sys/epoll.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "bench/io_uring.hpp"
#include "bench/tcp_pair.hpp"
#include "bench/wire_line.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t echo_bytes = 150;
constexpr std::int64_t row_ns_max = 2'000'000'000;  // of a run; then it has fewer samples

struct Message {
    char bytes[echo_bytes];
};

/// Sends `there`, fills `back`. False: it did not come whole.
using RoundTrip = std::function<bool(int fd, const Message& there, Message& back)>;

/// What a call says once no signal has interrupted it.
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

bool send_whole(int fd, const Message& message) {
    return uninterrupted([&] { return ::send(fd, message.bytes, echo_bytes, MSG_NOSIGNAL); }) ==
           ssize_t{echo_bytes};
}

/// Reads until the message is whole; `wait` is called before each look.
template <class Wait>
bool receive_whole(int fd, Message& message, Wait wait) {
    for (std::size_t got = 0; got < echo_bytes;) {
        wait();
        const ssize_t more = ::recv(fd, message.bytes + got, echo_bytes - got, MSG_DONTWAIT);
        if (more == 0 || (more < 0 && errno != EAGAIN && errno != EINTR)) {
            return false;
        }
        got += more > 0 ? static_cast<std::size_t>(more) : 0;
    }
    return true;
}

RoundTrip by_recv() {
    return [](int fd, const Message& there, Message& back) {
        return send_whole(fd, there) && receive_whole(fd, back, [] { _mm_pause(); });
    };
}

/// `timeout_ms` 0 asks without a pause, -1 sleeps.
RoundTrip by_epoll(int timeout_ms) {
    const auto closer = [](int* epoll) {
        ::close(*epoll);
        delete epoll;
    };
    const std::shared_ptr<int> epoll(new int(::epoll_create1(EPOLL_CLOEXEC)), closer);
    return
        [epoll, timeout_ms, joined = false](int fd, const Message& there, Message& back) mutable {
            if (!joined) {
                epoll_event event{EPOLLIN, {}};
                joined = ::epoll_ctl(*epoll, EPOLL_CTL_ADD, fd, &event) == 0;
            }
            epoll_event ready{};
            return joined && send_whole(fd, there) && receive_whole(fd, back, [&] {
                       while (uninterrupted([&] {
                                  return ::epoll_wait(*epoll, &ready, 1, timeout_ms);
                              }) == 0) {
                       }
                   });
        };
}

/// Send and receive are handed over by one call. `sleeps`: that call waits for both; else the
/// completions are looked for without a pause.
RoundTrip by_io_uring(const std::shared_ptr<IoUring>& ring, bool sleeps) {
    return [ring, sleeps](int fd, const Message& there, Message& back) {
        ring->queue(IORING_OP_SEND, fd, const_cast<char*>(there.bytes), echo_bytes, MSG_NOSIGNAL);
        ring->queue(IORING_OP_RECV, fd, back.bytes, echo_bytes, MSG_WAITALL);
        if (ring->submit(sleeps ? 2 : 0) < 0) {
            return false;
        }
        for (int done = 0; done < 2;) {
            std::uint8_t operation = 0;
            int result = 0;
            if (ring->take(operation, result)) {
                if (result != int{echo_bytes}) {
                    return false;
                }
                ++done;
            } else if (ring->submit(sleeps ? 1 : 0) < 0) {
                return false;
            }
        }
        return true;
    };
}

void loopback_row(Bench& bench, const std::string& name, RoundTrip round_trip) {
    const KeepAffinity keep_affinity;
    const Processors cpus = processors();
    const TcpPair pair;
    const Worker echo(cpus.venue, [fd = pair.far_end] {
        char bytes[echo_bytes];
        const ssize_t got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0) {
            (void)uninterrupted(
                [&] { return ::send(fd, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL); });
        }
    });
    pin(cpus.engine);
    Runs runs(bench.runs());
    for (Ticks& ticks : runs) {
        const std::int64_t begun = steady_ns();
        const std::size_t count = bench.count(20'000);
        for (std::size_t i = 0; i < count && steady_ns() - begun < row_ns_max; ++i) {
            Message there{};
            Message back{};
            std::memset(there.bytes, static_cast<int>('a' + i % 26), echo_bytes);
            const std::uint64_t begin = ticks_before();
            const bool whole = round_trip(pair.near_end, there, back);
            ticks.push_back(ticks_after() - begin);
            require(whole && std::memcmp(there.bytes, back.bytes, echo_bytes) == 0,
                    "the echo is not what was sent");
        }
    }
    bench.add(name, runs);
}

}  // namespace

void bench_loopback(Bench& bench) {
    const auto row = [&bench](const char* name, auto make) {
        if (bench.wanted(name)) {
            loopback_row(bench, name, make());
        }
    };
    row("loopback.recv", by_recv);
    row("loopback.epoll", [] { return by_epoll(0); });
    row("loopback.epoll.sleeping", [] { return by_epoll(-1); });
    const auto ring_row = [&bench](const char* name, unsigned flags, bool sleeps) {
        if (!bench.wanted(name)) {
            return;
        }
        const auto ring = std::make_shared<IoUring>(flags);
        if (ring->error() != 0) {
            std::printf("%s: not measured, io_uring_setup: %s\n", name,
                        std::strerror(ring->error()));
            return;
        }
        loopback_row(bench, name, by_io_uring(ring, sleeps));
    };
    constexpr unsigned ours = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;  // Linux 6.1
    ring_row("loopback.io_uring", ours, false);
    ring_row("loopback.io_uring.sleeping", ours, true);
    ring_row("loopback.io_uring.sqpoll", IORING_SETUP_SQPOLL, false);
}

}  // namespace portcullis::bench
