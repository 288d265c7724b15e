// TestPeer: a venue's end of the wire for one connection, in a thread. Small, blocking, and able to
// send any bytes at all, which a well-behaved server library is not.
//
// The script runs in the peer's thread after TLS (and, where wanted, the websocket upgrade). Writer
// of the results: the peer's thread; readers: the test after join().
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateways/net/transport.hpp"
#include "tests/gateways/net/test_pki.hpp"

namespace portcullis::gateways::test {

struct PeerFrame {
    int opcode{};
    bool fin{};
    bool masked{};
    std::string payload;
};

/// Unmasked frame of a server. `rsv` in the lowest three bits.
[[nodiscard]] std::string frame(int opcode, std::string_view payload, bool fin = true, int rsv = 0);
[[nodiscard]] std::string close_frame(int code, std::string_view reason = {});

class PeerConnection {
public:
    explicit PeerConnection(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}

    bool write(std::string_view bytes);
    /// At least one byte, or empty at the end of the stream.
    std::string read_some();
    /// The next whole frame of the client; nothing at the end of the stream.
    std::optional<PeerFrame> read_frame();
    /// Bytes up to and with the empty line of an HTTP message.
    std::string read_head();
    [[nodiscard]] int socket() const { return socket_; }
    [[nodiscard]] SSL* ssl() const { return ssl_; }
    std::string& buffered() { return buffered_; }

private:
    int socket_;
    SSL* ssl_;
    std::string buffered_;
};

/// The answer that makes a websocket of the request.
[[nodiscard]] std::string upgrade_answer(const std::string& request,
                                         const std::string& more_headers = {});

class TestPeer {
public:
    using Script = std::function<void(PeerConnection&)>;

    struct Options {
        bool upgrade{true};  ///< answer the upgrade request before the script runs
        int tls_max{};       ///< 0: no limit
        int receive_buffer{};
        int connections{1};
    };

    TestPeer(const Identity& identity, Script script, Options options);
    TestPeer(const Identity& identity, Script script)
        : TestPeer(identity, std::move(script), Options{}) {}
    ~TestPeer();
    TestPeer(const TestPeer&) = delete;
    TestPeer& operator=(const TestPeer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    void join();
    /// After join(): did TLS come up, and how many bytes of application data came before the
    /// script.
    [[nodiscard]] bool tls_up() const { return tls_up_; }
    [[nodiscard]] const std::string& request() const { return request_; }

private:
    void serve(int socket);
    void run();

    SSL_CTX* context_{nullptr};
    int listener_{-1};
    std::uint16_t port_{};
    Script script_;
    Options options_;
    bool tls_up_{false};
    std::string request_;
    std::thread thread_;
};

/// Relays between a client and `port`, and after `bytes` bytes towards the client ends both, with a
/// reset or an orderly end. Serves one connection.
class CuttingRelay {
public:
    CuttingRelay(std::uint16_t port, std::size_t bytes, bool reset);
    ~CuttingRelay();
    CuttingRelay(const CuttingRelay&) = delete;
    CuttingRelay& operator=(const CuttingRelay&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Bytes that went to the client.
    [[nodiscard]] std::size_t relayed() const { return relayed_; }
    void join();

private:
    void run();
    int listener_{-1};
    std::uint16_t port_{};
    std::uint16_t target_;
    std::size_t budget_;
    bool reset_;
    std::size_t relayed_{0};
    std::thread thread_;
};

/// Collects what a transport hands out, and reads the padding of every frame (a sanitizer sees a
/// short one).
struct Collector final : FrameSink {
    struct Got {
        FrameKind kind;
        std::string payload;
    };
    std::vector<Got> frames;
    unsigned padding_sum{};
    std::function<void(const FrameView&)> and_then;

    void on_frame(const FrameView& frame) override;
    [[nodiscard]] std::size_t count(FrameKind kind) const;
};

[[nodiscard]] std::int64_t mono_ns();
/// What this thread has worked: what a loaded machine gives to others does not count.
[[nodiscard]] std::int64_t thread_cpu_ns();

/// The transport that this run is about: ours, or, with PORTCULLIS_TRANSPORT=websocketpp, the
/// other.
[[nodiscard]] std::unique_ptr<Transport> make_transport();
[[nodiscard]] bool tests_websocketpp();

/// Polls until `done` or `timeout_ms`. Returns whether done.
bool run_until(Transport& transport, Collector& into, const std::function<bool()>& done,
               int timeout_ms = 5000);

}  // namespace portcullis::gateways::test
