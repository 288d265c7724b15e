// A venue's end of the wire: see test_peer.hpp.
#include "tests/gateways/net/test_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string_view>

namespace portcullis::gateways::test {
namespace {

int listen_on_loopback(std::uint16_t& port, int receive_buffer) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
        ::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 16) != 0) {
        throw std::runtime_error("no listener on loopback");
    }
    socklen_t length = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
    return listener;
}

int accept_one(int listener) {
    pollfd waiting{listener, POLLIN, 0};
    if (::poll(&waiting, 1, 10'000) <= 0) {
        return -1;
    }
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
        return -1;
    }
    const timeval limit{5, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

}  // namespace

std::string frame(int opcode, std::string_view payload, bool fin, int rsv) {
    std::string bytes;
    bytes += static_cast<char>((fin ? 0x80 : 0) | (rsv << 4) | opcode);
    const std::size_t size = payload.size();
    if (size < 126) {
        bytes += static_cast<char>(size);
    } else if (size < 65536) {
        bytes += static_cast<char>(126);
        bytes += static_cast<char>(size >> 8);
        bytes += static_cast<char>(size & 0xff);
    } else {
        bytes += static_cast<char>(127);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes += static_cast<char>((size >> shift) & 0xff);
        }
    }
    bytes += payload;
    return bytes;
}

std::string close_frame(int code, std::string_view reason) {
    std::string payload;
    payload += static_cast<char>(code >> 8);
    payload += static_cast<char>(code & 0xff);
    payload += reason;
    return frame(8, payload);
}

bool PeerConnection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t written = 0;
        if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written) != 1) {
            return false;
        }
        bytes.remove_prefix(written);
    }
    return true;
}

std::string PeerConnection::read_some() {
    char buffer[16384];
    std::size_t got = 0;
    if (SSL_read_ex(ssl_, buffer, sizeof buffer, &got) != 1) {
        return {};
    }
    return std::string(buffer, got);
}

std::string PeerConnection::read_head() {
    for (;;) {
        const std::size_t end = buffered_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::string head = buffered_.substr(0, end + 4);
            buffered_.erase(0, end + 4);
            return head;
        }
        const std::string more = read_some();
        if (more.empty()) {
            return {};
        }
        buffered_ += more;
    }
}

std::optional<PeerFrame> PeerConnection::read_frame() {
    const auto need = [this](std::size_t count) {
        while (buffered_.size() < count) {
            const std::string more = read_some();
            if (more.empty()) {
                return false;
            }
            buffered_ += more;
        }
        return true;
    };
    const auto byte = [this](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(buffered_[at]));
    };
    if (!need(2)) {
        return std::nullopt;
    }
    PeerFrame got;
    got.fin = (byte(0) & 0x80) != 0;
    got.opcode = static_cast<int>(byte(0) & 0x0f);
    got.masked = (byte(1) & 0x80) != 0;
    std::size_t size = byte(1) & 0x7f;
    std::size_t at = 2;
    const std::size_t wide = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (!need(at + wide)) {
        return std::nullopt;
    }
    if (wide > 0) {
        size = 0;
        for (std::size_t i = 0; i < wide; ++i) {
            size = size << 8 | byte(at + i);
        }
        at += wide;
    }
    const std::size_t mask_at = at;
    at += got.masked ? 4 : 0;
    if (!need(at + size)) {
        return std::nullopt;
    }
    got.payload = buffered_.substr(at, size);
    for (std::size_t i = 0; got.masked && i < size; ++i) {
        got.payload[i] =
            static_cast<char>(static_cast<unsigned char>(got.payload[i]) ^ byte(mask_at + i % 4));
    }
    buffered_.erase(0, at + size);
    return got;
}

std::string upgrade_answer(const std::string& request, const std::string& more_headers) {
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name);
    const std::size_t end = request.find("\r\n", at);
    if (at == std::string::npos) {
        return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    }
    const std::string key = request.substr(at + name.size(), end - at - name.size()) +
                            "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
    unsigned char text[64];
    EVP_EncodeBlock(text, digest, sizeof digest);
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           std::string(reinterpret_cast<char*>(text)) + "\r\n" + more_headers + "\r\n";
}

TestPeer::TestPeer(const Identity& identity, Script script, Options options)
    : script_(std::move(script)), options_(options) {
    std::signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_, identity.key.get());
    if (identity.issuer != nullptr) {
        SSL_CTX_add1_chain_cert(context_, identity.issuer.get());
    }
    if (options_.tls_max != 0) {
        SSL_CTX_set_max_proto_version(context_, options_.tls_max);
        SSL_CTX_set_min_proto_version(context_, options_.tls_max);
        SSL_CTX_set_security_level(context_, 0);
    }
    listener_ = listen_on_loopback(port_, options_.receive_buffer);
    thread_ = std::thread([this] { run(); });
}

TestPeer::~TestPeer() {
    join();
    SSL_CTX_free(context_);
}

void TestPeer::join() {
    if (thread_.joinable()) {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
}

void TestPeer::run() {
    for (int served = 0; served < options_.connections; ++served) {
        const int socket = accept_one(listener_);
        if (socket < 0) {
            return;
        }
        serve(socket);
        ::close(socket);
    }
}

void TestPeer::serve(int socket) {
    SSL* const ssl = SSL_new(context_);
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) == 1) {
        tls_up_ = true;
        PeerConnection connection(socket, ssl);
        bool ready = true;
        if (options_.upgrade) {
            request_ = connection.read_head();
            ready = !request_.empty() && connection.write(upgrade_answer(request_));
        }
        if (ready) {
            script_(connection);
        }
    }
    ERR_clear_error();
    SSL_free(ssl);
}

CuttingRelay::CuttingRelay(std::uint16_t port, std::size_t bytes, bool reset)
    : target_(port), budget_(bytes), reset_(reset) {
    listener_ = listen_on_loopback(port_, 0);
    thread_ = std::thread([this] { run(); });
}

CuttingRelay::~CuttingRelay() {
    join();
}

void CuttingRelay::join() {
    if (thread_.joinable()) {
        thread_.join();
        ::close(listener_);
    }
}

void CuttingRelay::run() {
    const int client = accept_one(listener_);
    const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(target_);
    ::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address);
    char buffer[65536];
    while (relayed_ < budget_) {
        pollfd both[2] = {{client, POLLIN, 0}, {peer, POLLIN, 0}};
        if (::poll(both, 2, 3000) <= 0) {
            break;
        }
        if (both[0].revents != 0) {
            const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
            if (got <= 0 || ::send(peer, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0) {
                break;
            }
        }
        if (both[1].revents != 0) {
            const std::size_t room = std::min(sizeof buffer, budget_ - relayed_);
            const ssize_t got = ::recv(peer, buffer, room, 0);
            if (got <= 0 ||
                ::send(client, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0) {
                break;
            }
            relayed_ += static_cast<std::size_t>(got);
        }
    }
    const linger hard{1, 0};
    if (reset_) {
        ::setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(client);
    ::close(peer);
}

void Collector::on_frame(const FrameView& frame) {
    frames.push_back({frame.kind, std::string(frame.data, frame.size)});
    for (std::size_t i = 0; i < FrameView::padding; ++i) {
        padding_sum += static_cast<unsigned char>(frame.data[frame.size + i]);
    }
    if (and_then) {
        and_then(frame);
    }
}

std::size_t Collector::count(FrameKind kind) const {
    std::size_t found = 0;
    for (const Got& got : frames) {
        found += got.kind == kind ? 1 : 0;
    }
    return found;
}

bool tests_websocketpp() {
    const char* wanted = std::getenv("PORTCULLIS_TRANSPORT");  // NOLINT: nobody sets it
    return wanted != nullptr && std::string_view(wanted) == "websocketpp";
}

std::unique_ptr<Transport> make_transport() {
    return tests_websocketpp() ? make_websocketpp_transport() : make_websocket_transport();
}

std::int64_t mono_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t thread_cpu_ns() {
    timespec spent{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return std::int64_t{spent.tv_sec} * 1'000'000'000 + spent.tv_nsec;
}

bool run_until(Transport& transport, Collector& into, const std::function<bool()>& done,
               int timeout_ms) {
    const std::int64_t end = mono_ns() + std::int64_t{timeout_ms} * 1'000'000;
    for (;;) {
        transport.poll(into, 64, mono_ns());
        if (done()) {
            return true;
        }
        if (mono_ns() >= end) {
            return false;
        }
        pollfd waiting{transport.wait_fd(), POLLIN, 0};
        if (transport.pending_bytes() > 0) {
            waiting.events |= POLLOUT;
        }
        ::poll(&waiting, 1, 1);
    }
}

}  // namespace portcullis::gateways::test
