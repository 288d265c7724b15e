// VenueRig: the simulated venue on a thread of its own, and clients that know only its wire.
//
// What is measured is what a user sees: TLS, WebSocket, the loopback, our transport as the client.
// The replay begins paused, so that nothing is published before all clients have subscribed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/scratch.hpp"
#include "gateways/net/tls_stream.hpp"
#include "gateways/net/transport.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::bench {

/// A websocket that counts what comes. One owner.
class VenueClient final : public gateways::FrameSink {
public:
    using MakeTransport = std::unique_ptr<gateways::Transport> (*)();
    VenueClient(const gateways::Endpoint& endpoint, std::string_view path,
                MakeTransport make = gateways::make_websocket_transport);
    void on_frame(const gateways::FrameView& frame) override;
    /// Reads what has come. Ends the program where the connection has ended.
    void poll();
    /// Spins until the next text frame.
    void await_frame();
    void send(std::string_view text);
    [[nodiscard]] int fd() const { return transport_->wait_fd(); }

    std::uint64_t frames{}, bytes{};
    std::string last;  ///< the last frame, where asked for
    bool keep_last{};

private:
    std::unique_ptr<gateways::Transport> transport_;
};

/// Counts text frames and reads nothing else of them: the venue is measured, and not the transport
/// of a client that checks every frame.
class StreamCounter {
public:
    StreamCounter(const gateways::Endpoint& endpoint, std::string_view path);
    /// Reads what has come. Ends the program where the connection has ended.
    void poll();
    [[nodiscard]] int fd() const { return stream_.fd(); }

    std::uint64_t frames{}, bytes{};

private:
    void count();

    gateways::TlsStream stream_;
    std::vector<char> buffer_;
    std::size_t filled_{};
};

/// The venue's listener on a thread of its own, without a venue behind it.
class ListenerRig {
public:
    /// Told each text that comes; called on the rig's thread.
    using OnText = std::function<void(tools::venue::Peer& from, std::string_view text)>;
    explicit ListenerRig(OnText on_text);
    ~ListenerRig();
    ListenerRig(const ListenerRig&) = delete;
    ListenerRig& operator=(const ListenerRig&) = delete;
    [[nodiscard]] const gateways::Endpoint& endpoint() const;

private:
    struct Running;
    std::unique_ptr<Running> running_;
};

class VenueRig {
public:
    /// Plays `recording` once at speed max, when told to.
    explicit VenueRig(const std::string& recording);
    ~VenueRig();
    VenueRig(const VenueRig&) = delete;
    VenueRig& operator=(const VenueRig&) = delete;

    [[nodiscard]] gateways::Endpoint endpoint() const;
    /// One line of the control socket. Ends the program where the answer is not ok.
    void control(const std::string& line) const;
    [[nodiscard]] const std::string& dir() const { return scratch_.path; }
    [[nodiscard]] const std::string& api_key() const { return api_key_; }

private:
    Scratch scratch_;
    std::string api_key_;
    std::unique_ptr<tools::venue::Server> server_;
    std::thread thread_;
};

[[nodiscard]] std::int64_t steady_ns();

}  // namespace portcullis::bench
