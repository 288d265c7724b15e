// Transport: one websocket connection over TLS, polled by its owner. The interface behind which
// stand a transport of our own and WebSocket++, the reference; both pass the same tests
// (tests/gateways/net).
//
// Frames are handed out as views into the transport's own padded, reused buffers: nothing is copied
// or allocated for the reader, who may parse in place (simdjson reads up to `padding` bytes past
// the end). The owner polls; there is no callback from another thread, no lock and no hidden
// thread. Slow work (resolve, connect, handshake) is done by the connector (connector.hpp), and a
// connected transport is then handed over to the agent that trades with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::gateways {

/// Where to connect and how to know that it is really there.
struct Endpoint {
    std::string host;     ///< also the name that the certificate must carry
    std::string address;  ///< IP to connect to; empty: resolve host
    std::uint16_t port{443};
    std::string path;     ///< "/stream?streams=..." or "/ws-api/v3"
    std::string ca_file;  ///< PEM bundle of the only authorities trusted; empty: the system's
    /// RFC 7469 pins: base64 of SHA-256 over a SubjectPublicKeyInfo. The validated chain must hold
    /// one of them. Empty: any certificate of a trusted authority, as for `portcullis record`; the
    /// config of an engine demands two.
    std::vector<std::string> pins;
    int busy_poll_us{};  ///< SO_BUSY_POLL; where it cannot be had, neither can the connection
};

enum class TransportState : std::uint8_t { connecting, open, closing, closed };

enum class CloseCause : std::uint8_t {
    none,
    local,  ///< we closed
    peer,   ///< close frame from the peer; code and text say why
    resolve_failed,
    connect_failed,
    tls_failed,        ///< verification of the certificate or name failed
    pin_mismatch,      ///< chain valid, none of our pins in it: alarm
    handshake_failed,  ///< HTTP upgrade refused
    protocol_error,    ///< the peer broke RFC 6455 (1002, 1007)
    too_big,           ///< frame or message over the limit (1009)
    lost,              ///< reset, EOF without close, I/O error
    timeout,
};

enum class FrameKind : std::uint8_t { text, binary, ping, pong };

/// One whole message (fragments joined) or control frame. Valid until the next poll().
struct FrameView {
    FrameKind kind;
    const char* data;  ///< `padding` readable bytes follow data + size
    std::size_t size;
    static constexpr std::size_t padding = 64;
};

/// Where frames go. Pings are answered by the transport before they are shown. A sink may send and
/// close; it must not poll.
class FrameSink {
public:
    virtual void on_frame(const FrameView& frame) = 0;

protected:
    ~FrameSink() = default;
};

enum class SendResult : std::uint8_t {
    sent,      ///< handed to the kernel whole
    buffered,  ///< encrypted, not yet (all) handed to the kernel: pending_bytes() > 0
    blocked,   ///< refused because earlier bytes are pending: nothing of this frame exists anywhere
    closed,
    too_big,
};

struct TransportLimits {
    std::size_t message_bytes_max{1 << 20};
    std::int64_t connect_timeout_ns{5'000'000'000};
};

// This header is shared with a target compiled as C++17 (WebSocket++ does not compile as C++20
// under g++ 12), so it uses nothing newer, and no standard-library type whose layout depends on the
// language version. Thread: one owner at a time; a hand-over happens through a ring or before the
// thread starts.
class Transport {
public:
    virtual ~Transport() = default;

    /// Begins to connect. Requires: called once. `now_ns` is monotonic.
    virtual void connect(const Endpoint& endpoint, const TransportLimits& limits,
                         std::int64_t now_ns) = 0;
    /// Makes progress with connecting and reads what has come; calls the sink once a message, at
    /// most `messages_max`. Never blocks. Returns the number of messages handed out. With 0 it only
    /// connects: what came with the upgrade's answer waits for the next poll.
    virtual std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t now_ns) = 0;
    /// Sends one text frame, masked. At most one frame is ever encrypted and unsent: while bytes
    /// are pending, further frames are refused with `blocked` and leave no trace.
    virtual SendResult send_text(std::string_view payload) = 0;
    virtual SendResult send_ping(std::string_view payload) = 0;
    /// Pushes pending bytes. Returns what is still pending.
    virtual std::size_t flush() = 0;
    [[nodiscard]] virtual std::size_t pending_bytes() const = 0;
    /// Orderly close.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    /// Drops the connection at once: pending bytes are destroyed, the peer sees a reset. For a
    /// kill.
    virtual void cut() = 0;

    [[nodiscard]] virtual TransportState state() const = 0;
    /// Open, and the kernel has not refused to take more. Where it has, what was pending is
    /// destroyed and pending_bytes() is 0; what the peer has said until then comes with the next
    /// polls, and then the state is closed.
    [[nodiscard]] virtual bool can_send() const { return state() == TransportState::open; }
    [[nodiscard]] virtual CloseCause close_cause() const = 0;
    [[nodiscard]] virtual std::uint16_t close_code() const = 0;
    [[nodiscard]] virtual std::string_view close_reason() const = 0;
    /// Retry-After of a refused upgrade, in seconds; 0: none was given.
    [[nodiscard]] virtual std::int64_t retry_after_s() const { return 0; }
    /// True where every pin of the endpoint is in the chain that was verified: it works, and no pin
    /// is left for the day on which those keys are. False before it is open, and without pins.
    [[nodiscard]] virtual bool lacks_backup_pin() const { return false; }
    /// The upgrade was answered with 429 or 418: the address has asked for too much.
    [[nodiscard]] bool refused_for_rate() const {
        return close_cause() == CloseCause::handshake_failed &&
               (close_code() == 429 || close_code() == 418);
    }
    /// File descriptor for a blocking idle strategy to wait on; -1 when there is none.
    [[nodiscard]] virtual int wait_fd() const = 0;
};

/// The transport of our own (net/websocket): frames are read in place and nothing is copied.
[[nodiscard]] std::unique_ptr<Transport> make_websocket_transport();
/// The WebSocket++ transport (own target, C++17, without Asio).
[[nodiscard]] std::unique_ptr<Transport> make_websocketpp_transport();

}  // namespace portcullis::gateways
