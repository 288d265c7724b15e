// The client's end of the console socket.
#include "tools/portcullis/console/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/portcullis/console/frames.hpp"

namespace portcullis::tools {

engine::Result<ConsoleClient> ConsoleClient::connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return engine::Error{path + ": expected a socket path of 1 to 107 bytes"};
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const std::string why = std::strerror(errno);
        if (fd >= 0) {
            ::close(fd);
        }
        return engine::Error{path + ": no engine answers on its console socket (" + why +
                             "): is `portcullis trade` running?"};
    }
    return ConsoleClient(fd);
}

ConsoleClient::ConsoleClient(ConsoleClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

ConsoleClient& ConsoleClient::operator=(ConsoleClient&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

ConsoleClient::~ConsoleClient() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

engine::Result<std::string> ConsoleClient::ask(std::string_view request, int timeout_ms) {
    const std::string frame = make_frame(request);
    if (::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(frame.size())) {
        return engine::Error{"the engine has closed the console connection"};
    }
    std::string bytes;
    for (;;) {
        const FrameCut cut = cut_frame(bytes, console_answer_max);
        if (cut.state == FrameState::complete) {
            return std::string(cut.body);
        }
        if (cut.state == FrameState::too_long) {
            return engine::Error{"the engine's answer is longer than a console frame may be"};
        }
        pollfd wait{fd_, POLLIN, 0};
        if (::poll(&wait, 1, timeout_ms) <= 0) {
            return engine::Error{"no answer from the engine within " + std::to_string(timeout_ms) +
                                 " ms"};
        }
        char buffer[16384];
        const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
        if (got <= 0) {
            return engine::Error{"the engine has closed the console connection"};
        }
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace portcullis::tools
