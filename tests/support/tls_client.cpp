// See tls_client.hpp.
#include "tests/support/tls_client.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace portcullis::test {
namespace {

SSL* ssl(void* tls) {
    return static_cast<SSL*>(tls);
}

}  // namespace

struct Trust::State {
    SSL_CTX* context{SSL_CTX_new(TLS_client_method())};
    ~State() { SSL_CTX_free(context); }
};

Trust::Trust(const std::string& ca_file) : state_(std::make_unique<State>()) {
    SSL_CTX_set_verify(state_->context, SSL_VERIFY_PEER, nullptr);
    if (!ca_file.empty()) {
        EXPECT_EQ(SSL_CTX_load_verify_locations(state_->context, ca_file.c_str(), nullptr), 1)
            << ca_file;
    }
}

Trust::~Trust() = default;

std::string Trust::client_hello() const {
    SSL* const one = SSL_new(state_->context);
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(one, BIO_new(BIO_s_mem()), out);
    (void)SSL_connect(one);
    char* data = nullptr;
    const std::int64_t size = BIO_get_mem_data(out, &data);
    std::string hello(data, static_cast<std::size_t>(size));
    SSL_free(one);
    return hello;
}

std::string client_frame(std::uint8_t first_byte, std::string_view payload) {
    std::string out(1, static_cast<char>(first_byte));
    const auto size = static_cast<std::uint64_t>(payload.size());
    if (size < 126) {
        out += static_cast<char>(0x80U | size);
    } else {
        const int bytes = size < 65'536 ? 2 : 8;
        out += static_cast<char>(0x80U | (bytes == 2 ? 126U : 127U));
        for (int i = bytes - 1; i >= 0; --i) {
            out += static_cast<char>(size >> (8U * static_cast<unsigned>(i)));
        }
    }
    out.append(4, '\0');
    return out.append(payload);
}

Caller::Caller(int socket) : socket_(socket) {
    // OpenSSL writes without MSG_NOSIGNAL. In this thread only: a server that dies of it must be
    // seen.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    set_patience(std::chrono::seconds(patience_s));
}

Caller::Caller(Caller&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      tls_(std::exchange(other.tls_, nullptr)),
      buffer_(std::move(other.buffer_)),
      pong_(std::move(other.pong_)),
      close_code_(other.close_code_),
      hung_(other.hung_) {}

Caller::~Caller() {
    SSL_free(ssl(tls_));
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

Caller Caller::unconnected(int family) {
    return Caller(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

Caller Caller::to_port(std::uint16_t port) {
    Caller made = unconnected(AF_INET);
    made.connect(port);
    return made;
}

Caller Caller::to_path(const std::string& path) {
    Caller made = unconnected(AF_UNIX);
    made.connect(path);
    return made;
}

void Caller::set_patience(std::chrono::milliseconds patience) {
    const timeval most{patience.count() / 1000, patience.count() % 1000 * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
}

bool Caller::try_connect(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

void Caller::connect(std::uint16_t port) {
    EXPECT_TRUE(try_connect(port)) << "errno " << errno;
}

void Caller::connect(const std::string& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0)
        << "errno " << errno;
}

bool Caller::shake_hands(const Trust& trust) {
    SSL* const made = SSL_new(trust.state_->context);
    tls_ = made;
    SSL_set_fd(made, socket_);
    SSL_set1_host(made, "localhost");
    return SSL_connect(made) == 1;
}

std::string upgrade_request(std::string_view target) {
    return "GET " + std::string(target) +
           " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

std::string Caller::upgrade(std::string_view target) {
    write(upgrade_request(target));
    std::string head = read_until("\r\n\r\n");
    if (head.starts_with("HTTP/1.1 101")) {
        EXPECT_NE(head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos)
            << "RFC 6455, 1.3: the accept key of that example\n"
            << head;
    }
    return head;
}

bool Caller::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::int64_t count =
            tls_ != nullptr ? SSL_write(ssl(tls_), bytes.data(), static_cast<int>(bytes.size()))
                            : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool Caller::write_below_tls(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<std::int64_t>(bytes.size());
}

void Caller::say_goodbye() {
    if (tls_ != nullptr) {
        SSL_shutdown(ssl(tls_));
    }
    ::shutdown(socket_, SHUT_WR);
}

void Caller::reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(std::exchange(socket_, -1));
}

/// At least a byte, or the end.
std::int64_t Caller::read_some(char* into, std::size_t size) {
    if (!buffer_.empty()) {
        const std::size_t count = buffer_.copy(into, size);
        buffer_.erase(0, count);
        return static_cast<std::int64_t>(count);
    }
    errno = 0;
    const std::int64_t count = tls_ != nullptr ? SSL_read(ssl(tls_), into, static_cast<int>(size))
                                               : ::recv(socket_, into, size, 0);
    if (count <= 0) {
        const int why = tls_ != nullptr ? SSL_get_error(ssl(tls_), static_cast<int>(count)) : 0;
        end_reason_ = "TLS " + std::to_string(why) + ", errno " + std::to_string(errno);
    }
    hung_ = hung_ || (count <= 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
    return count;
}

std::string Caller::read(std::size_t size) {
    std::string all(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const std::int64_t count = read_some(all.data() + have, size - have);
        if (count <= 0) {
            break;
        }
        have += static_cast<std::size_t>(count);
    }
    all.resize(have);
    return all;
}

std::string Caller::read_until(std::string_view mark) {
    std::string all;
    char bytes[4096];
    for (;;) {
        const std::size_t end = all.find(mark);
        if (end != std::string::npos) {
            buffer_.insert(0, all.substr(end + mark.size()));
            all.resize(end + mark.size());
            return all;
        }
        const std::int64_t count = read_some(bytes, sizeof bytes);
        if (count <= 0) {
            return all;
        }
        all.append(bytes, static_cast<std::size_t>(count));
    }
}

std::string Caller::drain(std::size_t bytes_max) {
    std::string all;
    char bytes[16'384];
    while (all.size() < bytes_max) {
        const std::int64_t count = read_some(bytes, sizeof bytes);
        if (count <= 0) {
            break;
        }
        all.append(bytes, static_cast<std::size_t>(count));
    }
    return all;
}

std::string Caller::read_text() {
    for (;;) {
        const std::string head = read(2);
        if (head.size() < 2) {
            return {};
        }
        auto size = static_cast<std::uint64_t>(static_cast<std::uint8_t>(head[1]) & 0x7FU);
        if (size >= 126) {
            std::uint64_t longer = 0;
            for (const char byte : read(size == 126 ? 2 : 8)) {
                longer = longer << 8U | static_cast<std::uint8_t>(byte);
            }
            size = longer;
        }
        std::string payload = read(static_cast<std::size_t>(size));
        switch (static_cast<std::uint8_t>(head[0])) {
            case 0x81:
                return payload;
            case 0x88:
                close_code_ =
                    payload.size() < 2
                        ? std::uint16_t{1005}
                        : static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8U |
                                                     static_cast<std::uint8_t>(payload[1]));
                return {};
            case 0x89:
                write(client_frame(0x8A, payload));
                break;
            case 0x8A:
                pong_ = payload;
                break;
            default:
                ADD_FAILURE() << "a frame that no server of ours sends: "
                              << static_cast<int>(static_cast<std::uint8_t>(head[0]));
                return {};
        }
    }
}

std::string Caller::ask(std::string_view text) {
    send_text(text);
    return read_text();
}

}  // namespace portcullis::test
