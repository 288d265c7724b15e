// The line between sockets and handlers: what a connection offers, and what it is given.
//
// Beast's templates stay behind it, in two translation units; handlers know text and a Peer, so
// they are tested without a socket. Everything runs on the server's one thread. Invariant: a Peer
// outlives the handler that was given it, and send() and close() never call back into the handler.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::tools::venue {

/// What a fault does to the bytes of one connection.
struct WireAct {
    enum class Kind : std::uint8_t {
        cut,        ///< as a broken line does
        tear,       ///< in the middle of a frame
        cut_after,  ///< once `count` more bytes have left, TLS records included
        half_open,  ///< nothing leaves, nothing is read, the connection stays
        one_byte    ///< each byte in a TLS record of its own (`count` 0: no more)
    };
    Kind kind{Kind::cut};
    std::int64_t count{0};
    std::function<void()> when_cut{};  ///< cut_after: told when it has come to that
};

/// The transport's side of one WebSocket connection.
class Peer {
public:
    virtual ~Peer() = default;
    /// Queues one text frame. Shared, because one market message goes to many.
    virtual void send(std::shared_ptr<const std::string> text) = 0;
    /// Close frame after what is queued. Codes of RFC 6455.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    /// Cuts the connection without a word, as a broken line does.
    virtual void cut() = 0;
    /// The same in the middle of a frame: some of its bytes have left, the rest never will.
    virtual void tear() = 0;
    /// cut_after, half_open and one_byte: how its bytes leave from now on.
    virtual void shape(const WireAct& act) = 0;
    void act(const WireAct& what) {
        what.kind == WireAct::Kind::cut    ? cut()
        : what.kind == WireAct::Kind::tear ? tear()
                                           : shape(what);
    }

    /// What is sent may still arrive: it is not cut, torn or half open.
    [[nodiscard]] virtual bool reachable() const { return true; }
    /// More than a little waits to be sent, and some of it has been taken lately.
    [[nodiscard]] virtual bool behind() const { return false; }

    void send_text(std::string text) { send(std::make_shared<const std::string>(std::move(text))); }
};

/// The venue's side of one WebSocket connection.
class WebSocketHandler {
public:
    virtual ~WebSocketHandler() = default;
    virtual void on_text(std::string_view text) = 0;
    /// A ping or pong from the client: they count against the message limit of streams.
    virtual void on_control() = 0;
};

struct HttpRequest {
    std::string verb;    ///< GET, POST, PUT, DELETE
    std::string target;  ///< path and query as sent
    std::string body;
    std::string ip;
    std::string api_key;    ///< X-MBX-APIKEY, empty if absent
    std::string time_unit;  ///< X-MBX-TIME-UNIT
    std::string accept;     ///< Accept, of several headers all
    std::string content_type;
};

struct HttpReply {
    int status{200};
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool silent{false};  ///< answer nothing, ever
    bool html{false};    ///< the body is a page
    std::int64_t delay_us{0};
    std::vector<WireAct> acts{};  ///< before the reply
};

/// What the listener asks of the venue.
class Service {
public:
    virtual ~Service() = default;
    /// A client has come, before a byte of it is read; false: it is cut at once.
    virtual bool admit() { return true; }
    /// The handler for a WebSocket at `target`, or nothing with `refusal` set.
    virtual std::unique_ptr<WebSocketHandler> open(std::string_view target, const std::string& ip,
                                                   Peer& peer, HttpReply& refusal) = 0;
    virtual HttpReply http(const HttpRequest& request) = 0;
    /// Milliseconds for the transport: server pings, pong deadline, longest life.
    struct Timing {
        std::int64_t ping_interval_ms, pong_timeout_ms, life_ms;
    };
    [[nodiscard]] virtual Timing timing() const = 0;
};

}  // namespace portcullis::tools::venue
