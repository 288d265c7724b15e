// Listener: TLS, HTTP/1.1 and WebSocket on one port of the loopback, by Boost.Beast.
//
// Beast's templates cost seconds of compile time each, so they live in listener.cpp alone; whoever
// uses this sees a port and a Service. Only loopback addresses are taken: a simulated exchange that
// answers to the world is a trap for somebody. One thread runs the io_context and everything here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/types/result.hpp"
#include "tools/venue/server/wire.hpp"

namespace boost::asio {
class io_context;
}

namespace portcullis::tools::venue {

struct ListenConfig {
    std::string address{"127.0.0.1"};
    std::uint16_t port{0};
    std::string certificate_file;
    std::string key_file;
    /// A WebSocket's client that reads nothing may hold this much before it is cut.
    std::size_t backlog_bytes_max{std::size_t{64} << 20};
};

class Listener {
public:
    Listener(boost::asio::io_context& io, Service& service);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Binds and starts to accept; the port in use.
    [[nodiscard]] engine::Result<std::uint16_t> start(const ListenConfig& config);
    /// For connections that come from now on.
    [[nodiscard]] engine::Outcome use_certificate(const std::string& certificate_file,
                                                  const std::string& key_file);
    /// Cuts the lines that have not become WebSockets; how many.
    std::size_t cut_http();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
