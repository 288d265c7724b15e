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
#include "tools/portcullis/console/requests.hpp"

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

engine::Result<std::unique_ptr<ConsoleServer>> ConsoleServer::listen(
    const std::string& path, ConsoleHandler handler, std::optional<ConsoleOwner> owner) {
    auto address = address_of(path);
    if (!address) {
        return engine::Error{address.error()};
    }
    // style: no-bytes-near-approval because the socket calls take their addresses so
    const auto* name = reinterpret_cast<const sockaddr*>(&address.value());
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool alive = probe >= 0 && ::connect(probe, name, sizeof(sockaddr_un)) == 0;
    if (probe >= 0) {
        ::close(probe);
    }
    if (alive) {
        return engine::Error{path + ": another engine answers on this console socket"};
    }
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
        return engine::Error{path + ": is no socket, expected nothing there or a dead one"};
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
    if (!owner) {
        // A directory with the setgid bit gives the socket another group than the process has.
        const bool known = ::stat(path.c_str(), &there) == 0;
        owner = ConsoleOwner{::geteuid(), known ? there.st_gid : ::getegid()};
    }
    return std::unique_ptr<ConsoleServer>(new ConsoleServer(path, fd, std::move(handler), *owner));
}

ConsoleServer::ConsoleServer(std::string path, int fd, ConsoleHandler handler, ConsoleOwner owner)
    : path_(std::move(path)), fd_(fd), handler_(std::move(handler)), owner_(owner) {
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
    while (work < connections_max && accept_one(now)) {
        ++work;
        // Heard once before the next one can push it out.
        if (!connections_.empty() && connections_.back().fresh) {
            connections_.back().fresh = false;
            if (!serve(connections_.back(), now, work)) {
                close_at(connections_.size() - 1);
            }
        }
    }
    for (std::size_t i = 0; i < connections_.size();) {
        if (serve(connections_[i], now, work)) {
            ++i;
        } else {
            close_at(i);
        }
    }
    return work;
}

void ConsoleServer::close_at(std::size_t index) {
    ::close(connections_[index].fd);
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(index));
}

bool ConsoleServer::accept_one(engine::MonoNs now) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    ConsoleVisitor peer;
    if (!read_peer(fd, peer)) {
        refuse(fd, "the kernel does not say who you are");
        return true;
    }
    if (!may_use_console(peer, owner_)) {
        refuse(fd, "uid " + std::to_string(peer.uid) +
                       " may not use this console: expected root, the engine's user or a member "
                       "of the socket's group");
        return true;
    }
    make_room(peer.uid);
    connections_.push_back(Connection{fd, std::move(peer), {}, {}, now, now, true});
    return true;
}

void ConsoleServer::refuse(int fd, std::string_view why) {
    ++dropped_;
    const std::string frame = make_frame("{\"error\":" + json_text(why) + "}");
    (void)::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL);  // a courtesy, not a promise
    ::close(fd);
}

// Ends the connection that has been silent longest: of this user's when they have their share, of
// all when the house is full.
void ConsoleServer::make_room(uid_t uid) {
    std::size_t own = 0;
    std::size_t oldest_own = 0;
    std::size_t oldest = 0;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        const Connection& each = connections_[i];
        oldest = each.active < connections_[oldest].active ? i : oldest;
        if (each.peer.uid == uid) {
            oldest_own = own == 0 || each.active < connections_[oldest_own].active ? i : oldest_own;
            ++own;
        }
    }
    if (own >= connections_per_user || connections_.size() >= connections_max) {
        ++dropped_;
        close_at(own >= connections_per_user ? oldest_own : oldest);
    }
}

// False: the connection has ended, or has to.
bool ConsoleServer::serve(Connection& connection, engine::MonoNs now, std::size_t& work) {
    char buffer[2048];
    for (int reads = 0; reads < reads_a_round; ++reads) {
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
        if (got == 0) {
            (void)flush(connection);  // it asked, and closed its half
            return false;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
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
        connection.active = now;
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
