// One authority, a venue's certificate, and a transport that is open to a peer which has it: what
// the tests of the transport begin with.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "tests/gateways/net/autobahn_cases.hpp"
#include "tests/gateways/net/test_peer.hpp"

namespace portcullis::gateways::test {

inline constexpr std::int64_t ms = 1'000'000;

struct Pki {
    Identity authority = make_identity({.common_name = "ca", .authority = true}, nullptr);
    Identity leaf = make_identity({.dns = "venue.test"}, &authority);
    TempFile ca{pem_of(authority)};
};

/// Made once in a program: keys take their time.
inline const Pki& pki() {
    static const Pki made;
    return made;
}

inline Endpoint endpoint_at(std::uint16_t port) {
    Endpoint made;
    made.host = "venue.test";
    made.address = "127.0.0.1";
    made.port = port;
    made.path = "/ws-api/v3";
    made.ca_file = pki().ca.path();
    return made;
}

inline std::unique_ptr<Transport> open_transport(std::uint16_t port, Collector& collector,
                                                 TransportLimits limits = {}) {
    auto transport = make_transport();
    transport->connect(endpoint_at(port), limits, mono_ns());
    run_until(*transport, collector,
              [&] { return transport->state() != TransportState::connecting; });
    EXPECT_EQ(transport->state(), TransportState::open) << transport->close_reason();
    return transport;
}

}  // namespace portcullis::gateways::test
