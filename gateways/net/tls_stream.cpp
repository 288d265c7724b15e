// One TCP connection under TLS: see tls_stream.hpp.
#include "gateways/net/tls_stream.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/types/verify.hpp"

namespace portcullis::gateways {
namespace {

using engine::verify;

constexpr std::size_t raw_bytes = 32 * 1024;  // two full TLS records a system call
// A key update costs some 30 us: so many of them a read, and no more of our answers unsent.
constexpr int silent_records_max = 16;
constexpr std::size_t answer_bytes_max = 4 * 1024;

std::atomic<int> resolvers{0};  // running now; those that hang are counted too

std::string errno_text(int code) {
    return std::strerror(code);  // one owner; the text is copied at once
}

}  // namespace

TlsStream::~TlsStream() {
    release(phase_ != Phase::ended);
}

void TlsStream::connect(const Endpoint& endpoint, std::int64_t deadline_ns) {
    verify(phase_ == Phase::idle);
    deadline_ns_ = deadline_ns;
    host_ = endpoint.host;
    busy_poll_us_ = endpoint.busy_poll_us;
    raw_.resize(raw_bytes);
    std::string error;
    context_ = TlsContext::make(endpoint.ca_file, endpoint.pins, error);
    if (context_ == nullptr) {
        end(CloseCause::tls_failed, error);
        return;
    }
    phase_ = Phase::resolving;
    resolution_ = std::make_shared<Resolution>();
    if (!endpoint.address.empty()) {
        resolve(endpoint.address, endpoint.port, AI_NUMERICHOST, *resolution_);
        take_resolution();
        return;
    }
    start_resolver(endpoint);
}

TlsStream::ResolverPlace TlsStream::ResolverPlace::take() noexcept {
    // relaxed: a count, nothing else hangs on it
    if (resolvers.fetch_add(1, std::memory_order_relaxed) < resolvers_max) {
        return ResolverPlace(true);
    }
    // relaxed: as above
    resolvers.fetch_sub(1, std::memory_order_relaxed);
    return ResolverPlace(false);
}

TlsStream::ResolverPlace::~ResolverPlace() {
    if (held_) {
        resolvers.fetch_sub(1, std::memory_order_relaxed);  // relaxed: a count
    }
}

void TlsStream::start_resolver(const Endpoint& endpoint) {
    ResolverPlace place = ResolverPlace::take();
    if (!place.held()) {
        end(CloseCause::resolve_failed, "resolve '" + host_ +
                                            "': " + std::to_string(resolvers_max) +
                                            " look-ups have not come back");
        return;
    }
    try {
        std::thread([to = resolution_, host = endpoint.host, port = endpoint.port,
                     mine = std::move(place)] {
            resolve(host, port, AI_ADDRCONFIG, *to);
        }).detach();
    } catch (const std::system_error& error) {
        end(CloseCause::resolve_failed, "resolve '" + host_ + "': no thread: " + error.what());
    }
}

void TlsStream::resolve(const std::string& host, std::uint16_t port, int flags, Resolution& to) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0) {
        to.error = "resolve '" + host + "': " + gai_strerror(code);
    } else {
        for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
            Address address{};
            std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
            address.length = at->ai_addrlen;
            to.addresses.push_back(address);
        }
        freeaddrinfo(found);
    }
    to.done.store(true, std::memory_order_release);  // release: addresses, error
}

TlsStream::Phase TlsStream::advance(std::int64_t now_ns) {
    if (phase_ == Phase::idle || phase_ == Phase::open || phase_ == Phase::ended) {
        return phase_;
    }
    if (phase_ == Phase::resolving) {
        take_resolution();
    }
    if (phase_ == Phase::connecting) {
        await_connected();
    }
    if (phase_ == Phase::handshaking) {
        advance_handshake();
    }
    if (phase_ != Phase::open && phase_ != Phase::ended && now_ns >= deadline_ns_) {
        end(CloseCause::timeout, "connect to '" + host_ + "' timed out");
    }
    return phase_;
}

void TlsStream::take_resolution() {
    // Acquire: pairs with the resolver's release; addresses and error are whole after it.
    if (!resolution_->done.load(std::memory_order_acquire)) {
        return;
    }
    if (resolution_->addresses.empty()) {
        end(CloseCause::resolve_failed, resolution_->error);
        return;
    }
    phase_ = Phase::connecting;
    connect_next();
}

void TlsStream::connect_next() {
    while (address_at_ < resolution_->addresses.size()) {
        const Address& to = resolution_->addresses[address_at_++];
        fd_ = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd_ < 0) {
            error_ = "socket: " + errno_text(errno);
            continue;
        }
        const int on = 1;
        // Nagle would hold an order back for the sake of fuller packets.
        (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (busy_poll_us_ != 0 && ::setsockopt(fd_, SOL_SOCKET, SO_BUSY_POLL, &busy_poll_us_,
                                               sizeof busy_poll_us_) != 0) {
            error_ = "SO_BUSY_POLL " + std::to_string(busy_poll_us_) + ": " + errno_text(errno);
            ::close(std::exchange(fd_, -1));
            continue;
        }
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0 ||
            errno == EINPROGRESS) {
            return;
        }
        error_ = "connect to '" + host_ + "': " + errno_text(errno);
        ::close(std::exchange(fd_, -1));
    }
    end(CloseCause::connect_failed, error_);
}

void TlsStream::await_connected() {
    pollfd waiting{fd_, POLLOUT, 0};
    if (::poll(&waiting, 1, 0) <= 0) {
        return;
    }
    int code = 0;
    socklen_t length = sizeof code;
    (void)::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &length);
    if (code != 0) {
        error_ = "connect to '" + host_ + "': " + errno_text(code);
        ::close(std::exchange(fd_, -1));
        connect_next();
        return;
    }
    begin_handshake();
}

void TlsStream::begin_handshake() {
    ssl_ = context_->new_client(host_);
    in_ = BIO_new(BIO_s_mem());
    encrypted_ = BIO_new(BIO_s_mem());
    if (ssl_ == nullptr || in_ == nullptr || encrypted_ == nullptr) {
        if (ssl_ == nullptr) {
            BIO_free(std::exchange(in_, nullptr));
            BIO_free(std::exchange(encrypted_, nullptr));
        }
        end(CloseCause::tls_failed, "TLS client for '" + host_ + "': " + take_openssl_error());
        return;
    }
    // "Nothing there" is "try again", not the end of the stream.
    BIO_set_mem_eof_return(in_, -1);
    BIO_set_mem_eof_return(encrypted_, -1);
    // Room for all that one recv() brings, and for a record of ours, before the first is there.
    for (BIO* buffer : {in_, encrypted_}) {
        const int taken = BIO_write(buffer, raw_.data(), static_cast<int>(raw_.size()));
        verify(taken == static_cast<int>(raw_.size()) && BIO_reset(buffer) == 1);
    }
    out_.reserve(raw_.size());
    SSL_set_bio(ssl_, in_, encrypted_);
    phase_ = Phase::handshaking;
}

void TlsStream::advance_handshake() {
    while (phase_ == Phase::handshaking) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_);
        const int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, result);
        collect();
        (void)flush();
        if (phase_ != Phase::handshaking) {
            return;
        }
        if (result == 1 && pending() > 0) {
            return;  // the last of ours first: whoever finds the stream open may write
        }
        if (result == 1) {
            const bool held = context_->holds(ssl_);
            verify(held);  // on_verify has said so already
            lacks_backup_pin_ = context_->lacks_backup_pin(ssl_);
            phase_ = Phase::open;
            drained_ = false;  // what TLS took in is no wake-up of the reader's
            return;
        }
        if (why != SSL_ERROR_WANT_READ) {
            const long verdict = SSL_get_verify_result(ssl_);
            if (verdict == X509_V_ERR_APPLICATION_VERIFICATION) {
                end(CloseCause::pin_mismatch,
                    "none of the pins is in the chain of '" + host_ + "'");
            } else if (verdict != X509_V_OK) {
                end(CloseCause::tls_failed,
                    "certificate of '" + host_ + "': " + X509_verify_cert_error_string(verdict));
            } else {
                end(CloseCause::tls_failed, "TLS with '" + host_ + "': " + take_openssl_error());
            }
            return;
        }
        if (!receive()) {
            if (phase_ == Phase::handshaking && (eof_ || broken_)) {
                end(CloseCause::lost, eof_ ? "the peer closed during the TLS handshake" : error_);
            }
            return;
        }
    }
}

// Reads once from the socket. True when there is something new for OpenSSL.
bool TlsStream::receive() {
    const ssize_t got = ::recv(fd_, raw_.data(), raw_.size(), 0);
    if (got > 0) {
        drained_ = static_cast<std::size_t>(got) < raw_.size();
        const int taken = BIO_write(in_, raw_.data(), static_cast<int>(got));
        verify(taken == got);
        return true;
    }
    if (got == 0) {
        eof_ = true;
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        const int code = errno;
        if (phase_ == Phase::handshaking || phase_ == Phase::open) {
            end(CloseCause::lost, "receive: " + errno_text(code));
        }
    }
    return false;
}

long TlsStream::read(char* to, std::size_t room) {
    for (int silent = 0; phase_ == Phase::open && silent < silent_records_max; ++silent) {
        if (answers_ > answer_bytes_max && flush() != 0) {
            return 0;
        }
        // To ask OpenSSL where it has nothing costs more than to look whether it has.
        if (BIO_ctrl_pending(in_) != 0 || SSL_has_pending(ssl_) != 0) {
            const long got = decrypt(to, room);
            if (got != 0) {
                return got;
            }
            if (BIO_ctrl_pending(in_) != 0) {
                continue;  // that record was TLS's own
            }
        }
        if (std::exchange(drained_, false)) {
            return 0;
        }
        if (!receive()) {
            if (phase_ == Phase::open && (eof_ || broken_)) {
                end(CloseCause::lost, eof_ ? "the peer closed the connection" : error_);
            }
            return phase_ == Phase::open ? 0 : -1;
        }
    }
    return phase_ == Phase::open ? 0 : -1;
}

// As read(), without the socket: 0 = it takes more than has come.
long TlsStream::decrypt(char* to, std::size_t room) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, to, room, &got);
    const int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, result);
    const std::size_t before = pending();
    collect();  // answers of TLS itself, e.g. a key update
    answers_ += pending() - before;
    if (result == 1) {
        return static_cast<long>(got);
    }
    if (why == SSL_ERROR_WANT_READ) {
        return 0;
    }
    if (why == SSL_ERROR_ZERO_RETURN) {
        peer_ended_tls_ = true;
        end(CloseCause::lost, "the peer ended TLS");
    } else {
        end(CloseCause::lost, "TLS: " + take_openssl_error());
    }
    return -1;
}

bool TlsStream::write(const char* from, std::size_t size) {
    verify(pending() == 0);
    if (phase_ != Phase::open || broken_) {
        return false;
    }
    if (size == 0) {
        return true;
    }
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(ssl_, from, size, &written) != 1) {
        end(CloseCause::lost, "TLS: " + take_openssl_error());
        return false;
    }
    verify(written == size);
    collect();
    (void)flush();
    return phase_ == Phase::open && !broken_;
}

// Moves what OpenSSL has produced into the buffer of unsent bytes.
void TlsStream::collect() {
    const std::size_t more = BIO_ctrl_pending(encrypted_);
    if (more == 0) {
        return;
    }
    if (broken_) {
        (void)BIO_reset(encrypted_);
        return;
    }
    if (pending() == 0) {
        out_.clear();
        out_sent_ = 0;
        answers_ = 0;
    }
    const std::size_t at = out_.size();
    out_.resize(at + more);
    const int moved = BIO_read(encrypted_, out_.data() + at, static_cast<int>(more));
    verify(moved > 0 && static_cast<std::size_t>(moved) == more);
}

std::size_t TlsStream::flush() {
    while (fd_ >= 0 && pending() > 0) {
        const ssize_t sent = ::send(fd_, out_.data() + out_sent_, pending(), MSG_NOSIGNAL);
        if (sent > 0) {
            out_sent_ += static_cast<std::size_t>(sent);
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            // The peer may have said why before it went (an alert, a close frame), and fills: read
            // to the end first.
            error_ = "send: " + errno_text(errno);
            broken_ = true;
            out_.clear();
            out_sent_ = 0;
        }
        break;
    }
    if (pending() == 0) {
        answers_ = 0;
    }
    return pending();
}

void TlsStream::shutdown() {
    if (phase_ == Phase::open && pending() == 0) {
        ERR_clear_error();
        (void)SSL_shutdown(ssl_);
        collect();
        (void)flush();
    }
    if (phase_ != Phase::ended) {
        end(CloseCause::local, "closed by us");
    }
}

void TlsStream::cut() {
    if (phase_ == Phase::ended) {
        return;
    }
    release(true);
    phase_ = Phase::ended;
    cause_ = CloseCause::local;
    error_ = "cut by us";
}

void TlsStream::end(CloseCause cause, std::string error) {
    verify(cause != CloseCause::none);
    verify(phase_ != Phase::ended);
    std::string text = std::move(error);  // may be error_ itself
    release(cause != CloseCause::local && cause != CloseCause::tls_failed &&
            cause != CloseCause::pin_mismatch);
    phase_ = Phase::ended;
    cause_ = cause;
    error_ = std::move(text);
}

void TlsStream::release(bool reset) {
    if (fd_ >= 0) {
        if (reset || pending() > 0) {
            // Zero linger: the kernel discards what it has not sent, the peer sees a reset.
            const linger hard{1, 0};
            (void)::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        ::close(std::exchange(fd_, -1));
    }
    SSL_free(std::exchange(ssl_, nullptr));  // frees both BIOs
    in_ = nullptr;
    encrypted_ = nullptr;
    out_.clear();
    out_sent_ = 0;
    ERR_clear_error();
}

std::string TlsStream::version() const {
    return ssl_ != nullptr && SSL_is_init_finished(ssl_) == 1 ? SSL_get_version(ssl_) : "";
}

}  // namespace portcullis::gateways
