// TransportClient: a websocket over TLS as the rows `transport.*` drive it, whoever's it is. Beast
// lives in a file of its own (transport_beast.cpp), because it costs seconds to compile.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "gateways/net/transport.hpp"

namespace portcullis::bench {

/// Open from the beginning. Ends the program where the connection ends. One owner.
class TransportClient {
public:
    virtual ~TransportClient() = default;
    /// A text, handed to the kernel whole.
    virtual void send(std::string_view text) = 0;
    /// Takes what has come. `texts` more must be on their way: a library that blocks may wait for
    /// them.
    virtual void take(std::uint64_t texts) = 0;
    /// What need not be waited for: pings of the other side, TLS tickets.
    virtual void idle() = 0;
    /// The socket, to ask how much lies in it.
    [[nodiscard]] virtual int fd() const = 0;
    [[nodiscard]] virtual std::uint64_t texts() const = 0;
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
};

/// Boost.Beast, synchronous, over its own TLS stream; the same cipher first as ours.
[[nodiscard]] std::unique_ptr<TransportClient> make_beast_client(
    const gateways::Endpoint& endpoint);

}  // namespace portcullis::bench
