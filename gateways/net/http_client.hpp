// HttpClient: one HTTPS request at a time, blocking with a deadline. For the control agent only:
// snapshots and instruments over REST, and the second way to cancel.
//
// The same TLS stream and pins as the transports; Boost.Beast parses and serialises. One connection
// a request ("Connection: close"): a kept-alive connection that the server has just closed makes
// the fate of a POST unknown, and the control agent is in no hurry. Nothing is retried here. Any
// failure after the first byte of the request went out says so (`sent`): a POST is then *unknown*,
// not failed. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/types/result.hpp"
#include "engine/types/units.hpp"
#include "gateways/net/transport.hpp"

namespace portcullis::gateways {

enum class HttpMethod : std::uint8_t { get = 1, post = 2, del = 3 };

struct HttpRequest {
    HttpMethod method{HttpMethod::get};
    std::string target{};  ///< path and query, already percent-encoded
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string
        body{};  ///< sent as application/x-www-form-urlencoded unless a header says otherwise
};

struct HttpResponse {
    unsigned status{};
    std::optional<std::uint64_t> used_weight;    ///< X-MBX-USED-WEIGHT-1M
    std::optional<std::uint64_t> retry_after_s;  ///< Retry-After in seconds
    std::size_t body_size{};
    std::string padded_body;  ///< body_size bytes and FrameView::padding zeros: parse in place

    [[nodiscard]] std::string_view body() const noexcept { return {padded_body.data(), body_size}; }
};

struct HttpLimits {
    std::size_t body_bytes_max{16 * 1024 * 1024};
    std::size_t header_bytes_max{16 * 1024};
    engine::DurationNs deadline{engine::milliseconds(10'000)};
};

/// Reads one whole answer out of bytes that came in two pieces, the second from `cut` on, and then
/// ended (`tls_said_so`: with TLS's own goodbye). What perform() does, without a socket.
[[nodiscard]] engine::Result<HttpResponse> read_http_answer(std::string_view bytes, std::size_t cut,
                                                            bool tls_said_so,
                                                            const HttpLimits& limits);

class HttpClient {
public:
    /// `endpoint.path` is not used: each request has its target.
    HttpClient(Endpoint endpoint, HttpLimits limits)
        : endpoint_(std::move(endpoint)), limits_(limits) {}

    /// Blocks until the answer is whole, or the deadline. An HTTP status of any kind is an answer.
    [[nodiscard]] engine::Result<HttpResponse> perform(const HttpRequest& request);

    /// After a failure: whether bytes of the request may have reached the peer.
    [[nodiscard]] bool sent() const noexcept { return sent_; }
    /// After a failure: what the connection died of; none where the answer was malformed.
    [[nodiscard]] CloseCause cause() const noexcept { return cause_; }

private:
    Endpoint endpoint_;
    HttpLimits limits_;
    bool sent_{false};
    CloseCause cause_{CloseCause::none};
};

}  // namespace portcullis::gateways
