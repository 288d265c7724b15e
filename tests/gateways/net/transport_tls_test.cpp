// Whom the transport believes: chain, name, pins; what it sends before it believes: nothing.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateways/net/tls.hpp"
#include "tests/gateways/net/test_peer.hpp"

namespace portcullis::gateways::test {
namespace {

const Identity& authority() {
    static const Identity made =
        make_identity({.common_name = "test authority", .authority = true}, nullptr);
    return made;
}

const Identity& other_authority() {
    static const Identity made =
        make_identity({.common_name = "other authority", .authority = true}, nullptr);
    return made;
}

struct Outcome {
    TransportState state;
    CloseCause cause;
    std::string reason;
    bool peer_tls_up;
    std::string request;
    bool lacks_backup_pin{};
};

// SO_BUSY_POLL of the connection's socket, once it is open; the reason where it does not open.
std::string busy_poll_in_force(int asked_us) {
    const TempFile ca(pem_of(authority()));
    const Identity leaf = make_identity({.common_name = "venue", .dns = "localhost"}, &authority());
    TestPeer peer(leaf, [](PeerConnection& connection) { connection.read_frame(); }, {});
    Endpoint endpoint;
    endpoint.host = "localhost";
    endpoint.address = "127.0.0.1";
    endpoint.port = peer.port();
    endpoint.path = "/ws";
    endpoint.ca_file = ca.path();
    endpoint.busy_poll_us = asked_us;
    std::string said;
    {
        const auto transport = make_transport();
        transport->connect(endpoint, {}, mono_ns());
        Collector collector;
        run_until(*transport, collector,
                  [&] { return transport->state() != TransportState::connecting; });
        int value = -1;
        socklen_t size = sizeof value;
        const bool open = transport->state() == TransportState::open;
        (void)::getsockopt(transport->wait_fd(), SOL_SOCKET, SO_BUSY_POLL, &value, &size);
        said = open ? std::to_string(value) : std::string(transport->close_reason());
    }
    peer.join();
    return said;
}

Outcome try_connect(const Identity& leaf, const std::string& host,
                    const std::vector<std::string>& pins, int tls_max = 0,
                    const std::string& ca_override = {}) {
    const TempFile ca(pem_of(authority()));
    TestPeer peer(leaf, [](PeerConnection& connection) { connection.read_frame(); },
                  {.tls_max = tls_max});
    Endpoint endpoint;
    endpoint.host = host;
    endpoint.address = "127.0.0.1";
    endpoint.port = peer.port();
    endpoint.path = "/ws";
    endpoint.ca_file = ca_override.empty() ? ca.path() : ca_override;
    endpoint.pins = pins;
    const auto transport = make_transport();
    transport->connect(endpoint, {}, mono_ns());
    Collector collector;
    run_until(*transport, collector,
              [&] { return transport->state() != TransportState::connecting; });
    const TransportState state = transport->state();
    const bool lacks_backup_pin = transport->lacks_backup_pin();
    if (state == TransportState::open) {
        transport->close(1000, "");
        run_until(*transport, collector,
                  [&] { return transport->state() == TransportState::closed; });
    }
    const Outcome outcome{state, transport->close_cause(), std::string(transport->close_reason()),
                          false, ""};
    peer.join();
    return {outcome.state, outcome.cause,  outcome.reason,
            peer.tls_up(), peer.request(), lacks_backup_pin};
}

Identity leaf(const Wanted& wanted, const Identity& by = authority()) {
    return make_identity(wanted, &by);
}

std::string backup_pin() {
    return make_identity({}, nullptr).pin();
}

TEST(TransportTls, opens_where_chain_and_name_hold) {
    const Outcome outcome = try_connect(leaf({.dns = "venue.test"}), "venue.test", {});
    EXPECT_EQ(outcome.state, TransportState::open) << outcome.reason;
    EXPECT_EQ(outcome.cause, CloseCause::local);
    EXPECT_NE(outcome.request.find("GET /ws HTTP/1.1"), std::string::npos);
    EXPECT_NE(outcome.request.find("Host: venue.test:"), std::string::npos);
    EXPECT_EQ(outcome.request.find("Sec-WebSocket-Extensions"), std::string::npos);
}

TEST(TransportTls, opens_by_address_where_the_certificate_carries_the_address) {
    EXPECT_EQ(try_connect(leaf({.ip = "127.0.0.1"}), "127.0.0.1", {}).state, TransportState::open);
}

TEST(TransportTls, speaks_tls_1_2_where_the_peer_has_no_newer_one) {
    const Outcome outcome =
        try_connect(leaf({.dns = "venue.test"}), "venue.test", {}, TLS1_2_VERSION);
    EXPECT_EQ(outcome.state, TransportState::open) << outcome.reason;
}

TEST(TransportTls, its_socket_busy_polls_as_long_as_the_endpoint_says) {
    Endpoint refused;
    refused.host = "localhost";
    refused.address = "127.0.0.1";
    refused.port = 1;
    refused.path = "/ws";
    refused.busy_poll_us = -1;  // what no kernel takes: no connection, and said why
    const auto transport = make_transport();
    transport->connect(refused, {}, mono_ns());
    EXPECT_EQ(transport->state(), TransportState::closed);
    EXPECT_EQ(transport->close_cause(), CloseCause::connect_failed);
    EXPECT_EQ(transport->close_reason(), "SO_BUSY_POLL -1: Invalid argument");
}

TEST(TransportTls, busy_polling_is_in_force_on_an_open_connection) {
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const int busy_poll_us = 50;
    const bool may =
        ::setsockopt(socket, SOL_SOCKET, SO_BUSY_POLL, &busy_poll_us, sizeof busy_poll_us) == 0;
    ::close(socket);
    if (!may) {
        GTEST_SKIP() << "SO_BUSY_POLL takes CAP_NET_ADMIN";
    }
    EXPECT_EQ(busy_poll_in_force(busy_poll_us), "50");
}

TEST(TransportTls, a_backup_is_a_pin_that_no_certificate_of_the_verified_chain_has) {
    const Identity good = leaf({.dns = "venue.test"});
    const std::string ca = authority().pin();
    struct Row {
        const char* name;
        std::vector<std::string> pins;
        bool lacks_backup;
    };
    for (const Row& row :
         std::vector<Row>{{"none given", {}, false},
                          {"leaf and another", {good.pin(), backup_pin()}, false},
                          {"leaf, CA and another", {good.pin(), ca, backup_pin()}, false},
                          {"leaf and CA", {good.pin(), ca}, true},
                          {"the leaf twice", {good.pin(), good.pin()}, true}}) {
        const Outcome outcome = try_connect(good, "venue.test", row.pins);
        EXPECT_EQ(outcome.state, TransportState::open) << row.name << ": " << outcome.reason;
        EXPECT_EQ(outcome.lacks_backup_pin, row.lacks_backup) << row.name;
    }
}

struct Refusal {
    const char* name;
    Identity leaf;
    std::string host;
    std::vector<std::string> pins;
    CloseCause cause;
    int tls_max{0};
    std::string ca{};
};

TEST(TransportTls, refuses_each_way_of_being_wrong_and_sends_no_request) {
    const Identity good = leaf({.dns = "venue.test"});
    const std::vector<Refusal> refusals = {
        {"other authority",
         leaf({.dns = "venue.test"}, other_authority()),
         "venue.test",
         {},
         CloseCause::tls_failed},
        {"signed by itself",
         make_identity({.dns = "venue.test"}, nullptr),
         "venue.test",
         {},
         CloseCause::tls_failed},
        {"other name", good, "other.test", {}, CloseCause::tls_failed},
        {"name above", good, "test", {}, CloseCause::tls_failed},
        {"name below", good, "a.venue.test", {}, CloseCause::tls_failed},
        {"partial wildcard", leaf({.dns = "v*.test"}), "venue.test", {}, CloseCause::tls_failed},
        {"address for name", good, "127.0.0.1", {}, CloseCause::tls_failed},
        {"no host", good, "", {}, CloseCause::tls_failed},
        {"no name at all, only CN",
         leaf({.common_name = "venue.test", .ip = "127.0.0.1"}),
         "other.test",
         {},
         CloseCause::tls_failed},
        {"expired",
         leaf({.dns = "venue.test", .valid_from_s = -7200, .valid_to_s = -60}),
         "venue.test",
         {},
         CloseCause::tls_failed},
        {"not yet valid",
         leaf({.dns = "venue.test", .valid_from_s = 600}),
         "venue.test",
         {},
         CloseCause::tls_failed},
        {"pin mismatch",
         good,
         "venue.test",
         {backup_pin(), backup_pin()},
         CloseCause::pin_mismatch},
        {"pin of an authority that did not sign",
         good,
         "venue.test",
         {other_authority().pin()},
         CloseCause::pin_mismatch},
        {"pin right, chain wrong",
         leaf({.dns = "venue.test"}, other_authority()),
         "venue.test",
         {other_authority().pin()},
         CloseCause::tls_failed},
        {"malformed pin", good, "venue.test", {"not a pin"}, CloseCause::tls_failed},
        {"TLS 1.1", good, "venue.test", {}, CloseCause::tls_failed, TLS1_1_VERSION},
        {"no such CA file", good, "venue.test", {}, CloseCause::tls_failed, 0, "/nonexistent.pem"},
        {"the system's authorities do not know ours",
         good,
         "venue.test",
         {},
         CloseCause::tls_failed,
         0,
         "/dev/null"},
    };
    for (const Refusal& refusal : refusals) {
        SCOPED_TRACE(refusal.name);
        const Outcome outcome =
            try_connect(refusal.leaf, refusal.host, refusal.pins, refusal.tls_max, refusal.ca);
        EXPECT_EQ(outcome.state, TransportState::closed);
        EXPECT_EQ(outcome.cause, refusal.cause) << outcome.reason;
        EXPECT_FALSE(outcome.reason.empty());
        EXPECT_EQ(outcome.request, "");
    }
}

TEST(TransportTls, a_pin_on_any_certificate_of_the_validated_chain_holds) {
    const Identity good = leaf({.dns = "venue.test"});
    EXPECT_EQ(try_connect(good, "venue.test", {good.pin(), backup_pin()}).state,
              TransportState::open);
    EXPECT_EQ(try_connect(good, "venue.test", {backup_pin(), authority().pin()}).state,
              TransportState::open);
    // The routine renewal: the new key is the backup.
    const Identity renewed = leaf({.dns = "venue.test"});
    EXPECT_EQ(try_connect(renewed, "venue.test", {good.pin(), renewed.pin()}).state,
              TransportState::open);
}

TEST(TransportTls, a_pinned_certificate_beside_the_validated_chain_does_not_count) {
    // The peer sends a certificate that carries the pin but plays no part in the chain.
    Identity impostor = leaf({.dns = "venue.test"});
    const Identity pinned = leaf({.dns = "venue.test"});
    impostor.issuer = pinned.certificate;
    const Outcome outcome = try_connect(impostor, "venue.test", {pinned.pin()});
    EXPECT_EQ(outcome.cause, CloseCause::pin_mismatch) << outcome.reason;
    EXPECT_EQ(outcome.request, "");
}

TEST(TransportTls, a_pin_is_base64_of_32_bytes) {
    EXPECT_TRUE(is_pin(authority().pin()));
    EXPECT_FALSE(is_pin(""));
    EXPECT_FALSE(is_pin("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_FALSE(is_pin("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_FALSE(is_pin("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="));
    EXPECT_FALSE(is_pin("!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    EXPECT_TRUE(is_pin("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    EXPECT_FALSE(is_pin("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="))
        << "a second text of those bytes: no certificate's pin is ever written so";
}

}  // namespace
}  // namespace portcullis::gateways::test
