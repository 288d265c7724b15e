// TcpPair: two ends of one TCP connection on the loopback, which is what rows about the kernel's
// way alone stand on: no TLS, no frames, nobody else's library.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/harness.hpp"

namespace portcullis::bench {

/// A connected pair of TCP sockets on the loopback that do not block.
struct TcpPair {
    TcpPair() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        near_end = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        require(::bind(listener, generic, size) == 0 && ::listen(listener, 1) == 0 &&
                    ::getsockname(listener, generic, &size) == 0 &&
                    ::connect(near_end, generic, size) == 0,
                "no port of the loopback");
        far_end = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        ::close(listener);
        const int on = 1;
        for (const int fd : {near_end, far_end}) {
            require(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                        ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0,
                    "a socket refuses its options");
        }
    }
    ~TcpPair() {
        ::close(near_end);
        ::close(far_end);
    }
    TcpPair(const TcpPair&) = delete;
    TcpPair& operator=(const TcpPair&) = delete;
    int near_end{-1}, far_end{-1};
};

}  // namespace portcullis::bench
