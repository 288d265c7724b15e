// One HTTPS request: what goes out, what is read, and every way in which an answer can be broken.
#include "gateways/net/http_client.hpp"

#include <gtest/gtest.h>

#include "tests/gateways/net/test_peer.hpp"

namespace portcullis::gateways::test {
namespace {

struct Venue {
    Identity authority = make_identity({.common_name = "ca", .authority = true}, nullptr);
    Identity leaf = make_identity({.dns = "api.test"}, &authority);
    TempFile ca{pem_of(authority)};
    TestPeer peer;

    explicit Venue(TestPeer::Script script)
        : peer(leaf, std::move(script), {.upgrade = false, .connections = 1}) {}
    [[nodiscard]] Endpoint endpoint() const {
        Endpoint made;
        made.host = "api.test";
        made.address = "127.0.0.1";
        made.port = peer.port();
        made.ca_file = ca.path();
        return made;
    }
};

engine::Result<HttpResponse> ask(const std::string& answer, HttpLimits limits = {},
                                 bool clean_end = true) {
    Venue venue([&](PeerConnection& peer) {
        peer.read_head();
        peer.write(answer);
        if (clean_end) {
            SSL_shutdown(peer.ssl());
        }
    });
    HttpClient client(venue.endpoint(), limits);
    return client.perform({.target = "/api/v3/time"});
}

TEST(HttpClient, reads_status_usage_and_body_into_a_padded_buffer) {
    const auto got = ask(
        "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nx-mbx-used-weight-1m: 5999\r\nDate: now\r\n\r\n"
        "{\"serverTime\":1}");
    ASSERT_TRUE(got.ok()) << got.error();
    const HttpResponse& response = got.value();
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.body(), "{\"serverTime\":1}");
    EXPECT_EQ(response.used_weight, 5999U);
    EXPECT_EQ(response.retry_after_s, std::nullopt);
    EXPECT_EQ(response.padded_body.size(), response.body_size + FrameView::padding);
}

TEST(HttpClient, an_error_status_is_an_answer_with_its_retry_after) {
    const auto got =
        ask("HTTP/1.1 418 I'm a teapot\r\nRetry-After: 120\r\nContent-Length: 2\r\n\r\n{}");
    ASSERT_TRUE(got.ok()) << got.error();
    EXPECT_EQ(got.value().status, 418U);
    EXPECT_EQ(got.value().retry_after_s, 120U);
}

TEST(HttpClient, reads_chunked_bodies_and_bodies_that_end_with_tls) {
    const auto chunked =
        ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
            "chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n");
    ASSERT_TRUE(chunked.ok()) << chunked.error();
    EXPECT_EQ(chunked.value().body(), "{\"a\":1}");
    const auto until_end = ask("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}");
    ASSERT_TRUE(until_end.ok()) << until_end.error();
    EXPECT_EQ(until_end.value().body(), "{\"a\":1}");
    const auto empty = ask("HTTP/1.1 204 No Content\r\n\r\n");
    ASSERT_TRUE(empty.ok()) << empty.error();
    EXPECT_EQ(empty.value().body(), "");
}

TEST(HttpClient, refuses_answers_that_are_cut_short_too_large_or_no_http) {
    EXPECT_FALSE(ask("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}").ok());
    EXPECT_FALSE(ask("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}", {}, false).ok())
        << "without a length only TLS can say that it was whole";
    EXPECT_FALSE(ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{}").ok());
    EXPECT_FALSE(ask("HTTP/1.1 200").ok());
    EXPECT_FALSE(ask("").ok());
    EXPECT_FALSE(ask("nonsense\r\n\r\n").ok());
    HttpLimits small;
    small.body_bytes_max = 8;
    EXPECT_TRUE(ask("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n12345678", small).ok());
    EXPECT_FALSE(ask("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", small).ok());
    EXPECT_FALSE(ask("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n").ok());
    EXPECT_FALSE(
        ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
            small)
            .ok());
    EXPECT_FALSE(ask("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").ok());
}

TEST(HttpClient, sends_exactly_the_request_that_was_signed) {
    std::string head;
    std::string body;
    Venue venue([&](PeerConnection& peer) {
        head = peer.read_head();
        while (peer.buffered().size() < 11) {
            peer.buffered() += peer.read_some();
        }
        body = peer.buffered();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    HttpClient client(venue.endpoint(), {});
    const auto got = client.perform({.method = HttpMethod::post,
                                     .target = "/api/v3/order?symbol=A%2FB",
                                     .headers = {{"X-MBX-APIKEY", "key"}},
                                     .body = "quantity=10"});
    ASSERT_TRUE(got.ok()) << got.error();
    venue.peer.join();
    EXPECT_EQ(head.find("POST /api/v3/order?symbol=A%2FB HTTP/1.1\r\n"), 0U);
    for (const char* line :
         {"\r\nX-MBX-APIKEY: key\r\n", "\r\nContent-Length: 11\r\n", "\r\nConnection: close\r\n",
          "\r\nContent-Type: application/x-www-form-urlencoded\r\n", "\r\nHost: api.test:"}) {
        EXPECT_NE(head.find(line), std::string::npos) << line << head;
    }
    EXPECT_EQ(body, "quantity=10");
}

TEST(HttpClient, refuses_to_send_a_header_or_target_that_could_become_another_request) {
    Endpoint nowhere;
    nowhere.host = "api.test";
    HttpClient client(nowhere, {});
    const HttpRequest bad[] = {
        {.target = ""},
        {.target = "api"},
        {.target = "/a b"},
        {.target = "/a\r\nX: y"},
        {.target = "/", .headers = {{"X", "a\r\nY: b"}}},
        {.target = "/", .headers = {{"X\r\n", "a"}}},
        {.target = "/", .headers = {{"X Y", "a"}}},
        {.target = "/", .headers = {{"", "a"}}},
    };
    for (const HttpRequest& request : bad) {
        EXPECT_FALSE(client.perform(request).ok());
        EXPECT_FALSE(client.sent());
    }
}

TEST(HttpClient, gives_up_at_the_deadline_and_says_that_the_request_was_sent) {
    Venue venue([](PeerConnection& peer) {
        peer.read_head();
        peer.read_some();  // until the client gives up
    });
    HttpLimits limits;
    limits.deadline = engine::milliseconds(150);
    HttpClient client(venue.endpoint(), limits);
    EXPECT_FALSE(client.perform({.target = "/"}).ok());
    EXPECT_TRUE(client.sent());
    EXPECT_EQ(client.cause(), CloseCause::timeout);
}

TEST(HttpClient, sends_nothing_to_a_peer_that_it_does_not_believe) {
    Venue venue([](PeerConnection& peer) { peer.read_head(); });
    Endpoint endpoint = venue.endpoint();
    endpoint.pins = {make_identity({}, nullptr).pin()};
    HttpClient client(endpoint, {});
    EXPECT_FALSE(client.perform({.target = "/"}).ok());
    EXPECT_FALSE(client.sent());
    EXPECT_EQ(client.cause(), CloseCause::pin_mismatch);
}

TEST(HttpClient, a_port_where_nobody_listens_is_told_as_such) {
    Endpoint endpoint;
    endpoint.host = "api.test";
    endpoint.address = "127.0.0.1";
    endpoint.port = 1;
    HttpClient client(endpoint, {});
    EXPECT_FALSE(client.perform({.target = "/"}).ok());
    EXPECT_EQ(client.cause(), CloseCause::connect_failed);
}

}  // namespace
}  // namespace portcullis::gateways::test
