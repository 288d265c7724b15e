// Sockets of the console. See server.hpp for what is promised to whom.
#include "tools/portcullis/console/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/portcullis/console/frames.hpp"

namespace portcullis::tools {
namespace {

engine::Error failure(const std::string& path, const char* what) {
    return engine::Error{path + ": " + what + ": " + std::strerror(errno)};
}

engine::Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return engine::Error{path + ": expected a socket path of 1 to 107 bytes"};
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

}  // namespace

engine::Result<std::unique_ptr<ConsoleServer>> ConsoleServer::listen(const std::string& path,
                                                                     ConsoleHandler handler) {
    auto address = address_of(path);
    if (!address) {
        return engine::Error{address.error()};
    }
    const auto* name = reinterpret_cast<const sockaddr*>(&address.value());
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool alive = probe >= 0 && ::connect(probe, name, sizeof(sockaddr_un)) == 0;
    if (probe >= 0) {
        ::close(probe);
    }
    if (alive) {
        return engine::Error{path + ": another engine answers on this console socket"};
    }
    ::unlink(path.c_str());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return failure(path, "no socket");
    }
    const mode_t before = ::umask(0117);  // 0660 from the first moment, not after a chmod
    const bool bound = ::bind(fd, name, sizeof(sockaddr_un)) == 0 && ::listen(fd, 16) == 0;
    ::umask(before);
    if (!bound) {
        const auto error = failure(path, "cannot listen");
        ::close(fd);
        return error;
    }
    return std::unique_ptr<ConsoleServer>(new ConsoleServer(path, fd, std::move(handler)));
}

ConsoleServer::ConsoleServer(std::string path, int fd, ConsoleHandler handler)
    : path_(std::move(path)), fd_(fd), handler_(std::move(handler)) {
    connections_.reserve(connections_max);
}

ConsoleServer::~ConsoleServer() {
    for (const Connection& connection : connections_) {
        ::close(connection.fd);
    }
    ::close(fd_);
    ::unlink(path_.c_str());
}

std::size_t ConsoleServer::poll(engine::MonoNs now) {
    std::size_t work = 0;
    while (accept_one(now)) {
        ++work;
    }
    for (std::size_t i = 0; i < connections_.size();) {
        if (serve(connections_[i], now, work)) {
            ++i;
            continue;
        }
        ::close(connections_[i].fd);
        connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return work;
}

bool ConsoleServer::accept_one(engine::MonoNs now) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    const bool known = ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
    const auto same_user = std::count_if(
        connections_.begin(), connections_.end(),
        [&credentials](const Connection& each) { return each.peer.uid == credentials.uid; });
    if (!known || connections_.size() == connections_max ||
        static_cast<std::size_t>(same_user) >= connections_per_user) {
        ++dropped_;
        ::close(fd);
        return true;
    }
    connections_.push_back(
        Connection{fd, Peer{credentials.uid, credentials.gid, credentials.pid}, {}, {}, now});
    return true;
}

// False: the connection has ended, or has to.
bool ConsoleServer::serve(Connection& connection, engine::MonoNs now, std::size_t& work) {
    char buffer[2048];
    for (;;) {
        const ssize_t got = ::recv(connection.fd, buffer, sizeof(buffer), 0);
        if (got > 0) {
            if (connection.in.empty()) {
                connection.frame_since = now;
            }
            connection.in.append(buffer, static_cast<std::size_t>(got));
            ++work;
            if (!answer_frames(connection, now)) {
                ++dropped_;
                return false;
            }
            continue;
        }
        if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
            return false;
        }
        break;
    }
    if (!connection.in.empty() && (now - connection.frame_since).value > frame_deadline_ns) {
        ++dropped_;  // a frame that dribbles in
        return false;
    }
    return flush(connection);
}

bool ConsoleServer::answer_frames(Connection& connection, engine::MonoNs now) {
    for (;;) {
        const FrameCut cut = cut_frame(connection.in, console_request_max);
        if (cut.state == FrameState::too_long) {
            return false;
        }
        if (cut.state == FrameState::incomplete) {
            return true;
        }
        connection.out += make_frame(handler_(connection.peer, cut.body));
        connection.in.erase(0, cut.consumed);
        connection.frame_since = now;
        if (connection.out.size() > 2 * console_answer_max) {
            return false;  // asks and does not read
        }
    }
}

bool ConsoleServer::flush(Connection& connection) {
    while (!connection.out.empty()) {
        const ssize_t sent =
            ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        connection.out.erase(0, static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace portcullis::tools
