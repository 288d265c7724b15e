// TlsStream: one TCP connection under TLS, non-blocking, driven by its owner. What both
// transports and the HTTP client stand on.
//
// OpenSSL works on memory buffers and the socket is read and written here, because only so is it
// known which bytes are encrypted and not yet the kernel's. That is what a kill needs: at most one
// write() is ever encrypted and unsent, nothing is encrypted while bytes are pending, and cut()
// destroys them together with the connection (an asio::ssl::stream hides these bytes).
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateways/net/tls.hpp"
#include "gateways/net/transport.hpp"

namespace portcullis::gateways {

// Names are resolved by a thread of their own that lives for that one call: getaddrinfo has no
// deadline and advance() must not block. There are never more than resolvers_max of them: where
// that many hang, or none can be made, the attempt fails. With Endpoint::address there is none.
// Invariants: 1. write() only while pending() == 0; 2. after cut() or failure nothing is readable;
// 3. every end has a cause. Shared with the C++17 target. Thread: one owner at a time.
class TlsStream {
public:
    enum class Phase : std::uint8_t { idle, resolving, connecting, handshaking, open, ended };

    /// Name look-ups at one time, of the whole process.
    static constexpr int resolvers_max = 16;

    /// One of the places of resolvers_max. Move-only; given back when destroyed.
    class ResolverPlace {
    public:
        /// Empty where all are taken.
        static ResolverPlace take() noexcept;
        ResolverPlace(ResolverPlace&& from) noexcept : held_(std::exchange(from.held_, false)) {}
        ResolverPlace(const ResolverPlace&) = delete;
        ResolverPlace& operator=(const ResolverPlace&) = delete;
        ~ResolverPlace();
        [[nodiscard]] bool held() const noexcept { return held_; }

    private:
        explicit ResolverPlace(bool held) noexcept : held_(held) {}
        bool held_;
    };

    TlsStream() = default;
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    /// Begins. Requires: idle. Never blocks.
    void connect(const Endpoint& endpoint, std::int64_t deadline_ns);
    /// Makes progress with resolving, connecting and the TLS handshake. Never blocks.
    Phase advance(std::int64_t now_ns);

    /// Reads what has come, at most `room` bytes: 0 = nothing now, -1 = the stream has ended. The
    /// socket is asked once before a 0 where it had less than fits: what comes meanwhile waits for
    /// the next read, so whoever sleeps in between asks whether fd() is readable, not when it
    /// became so. What TLS has to say for itself is taken in small portions: a peer that talks to
    /// TLS alone keeps no read for long, and where it does not take our answers it is not heard.
    long read(char* to, std::size_t room);
    /// Encrypts all of it and hands the kernel what it takes. Requires: open and pending() == 0.
    /// False = nothing of it is with the peer in a form that can be read, and nothing ever will be:
    /// the stream has ended, or is broken().
    bool write(const char* from, std::size_t size);
    /// Hands the kernel more of what is pending; returns what is left.
    std::size_t flush();
    [[nodiscard]] std::size_t pending() const noexcept { return out_.size() - out_sent_; }

    /// TLS close_notify (best effort) and an orderly end, cause local.
    void shutdown();
    /// Ends with a reset; pending bytes are destroyed here and in the kernel.
    void cut();

    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    /// The kernel takes nothing more: what was pending is destroyed. What the peer has said until
    /// then is still read, and the stream ends behind it.
    [[nodiscard]] bool broken() const noexcept { return broken_; }
    /// Why it ended; none before.
    [[nodiscard]] CloseCause cause() const noexcept { return cause_; }
    [[nodiscard]] const std::string& error() const noexcept { return error_; }
    [[nodiscard]] int fd() const noexcept { return fd_; }
    /// True where the peer said in TLS that nothing more comes; false where the connection just
    /// ended, which anybody on the way can bring about.
    [[nodiscard]] bool peer_ended_tls() const noexcept { return peer_ended_tls_; }
    /// See TlsContext; false before the handshake is done.
    [[nodiscard]] bool lacks_backup_pin() const noexcept { return lacks_backup_pin_; }
    /// "TLSv1.3" and so on; for the log. Empty before the handshake is done.
    [[nodiscard]] std::string version() const;

private:
    struct Address {
        sockaddr_storage storage;
        socklen_t length;
    };
    // Outlives the stream where the resolver is slower than our deadline.
    struct Resolution {
        std::atomic<bool> done{false};  // release by the thread, acquire by the owner
        std::vector<Address> addresses;
        std::string error;
    };

    static void resolve(const std::string& host, std::uint16_t port, int flags, Resolution& to);
    void start_resolver(const Endpoint& endpoint);
    void take_resolution();
    void connect_next();
    void await_connected();
    void begin_handshake();
    void advance_handshake();
    bool receive();
    long decrypt(char* to, std::size_t room);
    void collect();
    void end(CloseCause cause, std::string error);
    void release(bool reset);

    Phase phase_{Phase::idle};
    CloseCause cause_{CloseCause::none};
    int fd_{-1};
    int busy_poll_us_{};
    std::int64_t deadline_ns_{};
    std::string host_;
    std::string error_;
    std::unique_ptr<TlsContext> context_;
    SSL* ssl_{nullptr};
    BIO* in_{nullptr};         // owned by ssl_
    BIO* encrypted_{nullptr};  // owned by ssl_
    std::shared_ptr<Resolution> resolution_;
    std::size_t address_at_{};
    std::vector<char> out_;
    std::size_t out_sent_{};
    std::size_t answers_{};  ///< bytes of TLS's own in `out_`, since it was last empty
    bool broken_{};
    bool eof_{};
    bool drained_{};  ///< the last recv() had less than fits, and nobody was told 0 since
    bool peer_ended_tls_{};
    bool lacks_backup_pin_{};
    std::vector<char> raw_;
};

}  // namespace portcullis::gateways
