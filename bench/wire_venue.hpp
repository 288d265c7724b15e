// WireVenue: the far end of wire_to_wire: as little of an exchange as an engine needs to trade, on
// sockets that are looked at without a pause.
//
// It is what the engine's time is measured from, so it must cost next to nothing itself: no event
// loop, no reader of JSON, canned answers. What an exchange is, the simulated venue is
// (tools/venue); that it is exact is that one's business. One thread owns all of it.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateways/net/transport.hpp"
#include "tools/venue/server/certificates.hpp"

namespace portcullis::bench {

/// One websocket of a client, this end of it.
struct WireLink {
    int fd{-1};
    SSL* tls{};
    std::string path;     ///< asked for; empty until the upgrade
    std::string pending;  ///< bytes that are no whole frame yet
    std::uint64_t texts{};
};

/// Listens on the loopback with TLS and takes what connects. Ends the program where a client leaves
/// or says what none of ours does.
class WireServer {
public:
    using OnText = std::function<void(WireLink& from, std::string_view text)>;
    explicit WireServer(const tools::venue::CertificateFiles& files);
    ~WireServer();
    WireServer(const WireServer&) = delete;
    WireServer& operator=(const WireServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] gateways::Endpoint endpoint(const std::string& path) const;
    /// Accepts, and reads what has come on every link.
    void poll(const OnText& on_text);
    /// Reads what has come on one. Pings are answered.
    void poll(WireLink& link, const OnText& on_text);
    void send(WireLink& link, std::string_view text);
    /// The `n`-th link that asked for a path which begins so; null: not yet.
    [[nodiscard]] WireLink* find(std::string_view path, std::size_t n = 0);
    /// Clients may leave from now on.
    void end() noexcept { ending_ = true; }

private:
    void accept();
    bool upgrade(WireLink& link);
    void send_frame(WireLink& link, unsigned char opcode, std::string_view payload);

    tools::venue::CertificateFiles files_;
    SSL_CTX* context_{};
    int listener_{-1};
    std::uint16_t port_{};
    bool ending_{};
    std::vector<std::unique_ptr<WireLink>> links_;
    std::vector<char> buffer_;
    std::string frame_;
};

/// Answers what an engine asks over the WebSocket API, and takes every order: accepted at once,
/// never filled.
class WireExchange {
public:
    explicit WireExchange(WireServer& server) : server_(server) {}
    void on_text(WireLink& from, std::string_view text);
    /// The market moves: the ticker that says so, and the depth message that agrees with it.
    [[nodiscard]] std::string next_ticker();
    [[nodiscard]] std::string depth_of_it();

    std::uint64_t orders{};  ///< placed or replaced

private:
    struct Resting {
        std::string id;
        std::uint64_t number{};
        std::string side, price, qty;
    };
    [[nodiscard]] std::string result_of(std::string_view method, std::string_view text);
    [[nodiscard]] static std::string placed(const Resting& order);
    [[nodiscard]] static std::string canceled(const Resting& order);
    void tell(const Resting& order, const char* type, const char* status);
    [[nodiscard]] std::optional<Resting> take(std::string_view text, bool replace);
    [[nodiscard]] std::string snapshot() const;

    WireServer& server_;
    std::uint64_t update_{1'000};
    bool high_{};  ///< which of its two tops the market has
    std::uint64_t numbers_{};
    std::vector<Resting> resting_;
};

}  // namespace portcullis::bench
