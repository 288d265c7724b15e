// One HTTPS request at a time: see http_client.hpp. The one translation unit of Boost.Beast's
// client.
#include "gateways/net/http_client.hpp"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/version.hpp>

#include "engine/types/decimal.hpp"
#include "gateways/net/tls_stream.hpp"

namespace portcullis::gateways {
namespace {

namespace http = boost::beast::http;
using engine::Error;
using engine::Result;

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t wait_ms_max = 50;  // also how late a resolver's answer is seen

std::int64_t mono_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Waits until the stream can go on. False at the deadline.
bool wait(const TlsStream& stream, bool to_write, std::int64_t deadline_ns) {
    const std::int64_t left_ms = (deadline_ns - mono_ns()) / ns_per_ms;
    if (left_ms < 0) {
        return false;
    }
    const bool connecting = stream.phase() == TlsStream::Phase::connecting;
    pollfd waiting{stream.fd(), POLLIN, 0};
    if (to_write || connecting || stream.pending() > 0) {
        waiting.events |= POLLOUT;
    }
    const bool resolving = stream.fd() < 0;
    const std::int64_t most = resolving ? 1 : wait_ms_max;
    (void)::poll(&waiting, resolving ? 0 : 1, static_cast<int>(std::min(left_ms + 1, most)));
    return mono_ns() < deadline_ns;
}

// A line break in a header would be a second header, or a second request.
bool is_field_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_target(std::string_view text) {
    return !text.empty() && text[0] == '/' && is_field_text(text) &&
           text.find(' ') == std::string_view::npos;
}

std::optional<std::string> serialise(const HttpRequest& request, const Endpoint& endpoint) {
    http::request<http::string_body> message;
    message.version(11);
    message.method(request.method == HttpMethod::get    ? http::verb::get
                   : request.method == HttpMethod::post ? http::verb::post
                                                        : http::verb::delete_);
    if (!is_target(request.target)) {
        return std::nullopt;
    }
    message.target(request.target);
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + endpoint.host + "]" : endpoint.host;
    message.set(http::field::host,
                endpoint.port == 443 ? host : host + ":" + std::to_string(endpoint.port));
    message.set(http::field::user_agent, "portcullis");
    message.set(http::field::accept, "application/json");
    message.set(http::field::connection, "close");
    if (!request.body.empty()) {
        message.set(http::field::content_type, "application/x-www-form-urlencoded");
    }
    for (const auto& [name, value] : request.headers) {
        if (name.empty() || !is_field_text(name) || !is_field_text(value) ||
            name.find_first_of(" :") != std::string::npos) {
            return std::nullopt;
        }
        message.set(name, value);
    }
    message.body() = request.body;
    message.prepare_payload();
    // By hand and not by Beast's serializer: that one is built for its streams, and costs seconds
    // to compile.
    const auto text = [](boost::beast::string_view from) {
        return std::string(from.data(), from.size());
    };
    std::string head = text(message.method_string()) + " " + request.target + " HTTP/1.1\r\n";
    for (const auto& field : message) {
        head += text(field.name_string()) + ": " + text(field.value()) + "\r\n";
    }
    return head + "\r\n" + request.body;
}

std::optional<std::uint64_t> number_of(const http::fields& fields, std::string_view name) {
    const auto at = fields.find(boost::beast::string_view(name.data(), name.size()));
    if (at == fields.end()) {
        return std::nullopt;
    }
    return engine::parse_unsigned(std::string_view(at->value().data(), at->value().size()));
}

using Parser = http::response_parser<http::string_body>;

// Feeds `size` bytes at `bytes` and what was left over before. The parser gets the head whole: in
// pieces it counts their sizes, so that its limit would depend on where the head was cut.
boost::beast::error_code feed(Parser& parser, std::string& left, const char* bytes,
                              std::size_t size, const HttpLimits& limits) {
    left.append(bytes, size);
    if (!parser.got_some()) {
        constexpr std::string_view end = "\r\n\r\n";
        const std::size_t at = left.find(end);
        const std::size_t least = at == std::string::npos ? left.size() : at + end.size();
        if (least > limits.header_bytes_max) {
            return http::error::header_limit;
        }
        if (at == std::string::npos) {
            return {};
        }
    }
    boost::beast::error_code error;
    while (!left.empty() && !parser.is_done()) {
        const std::size_t used =
            parser.put(boost::asio::const_buffer(left.data(), left.size()), error);
        left.erase(0, used);
        if (error == http::error::need_more) {
            return {};
        }
        if (error || used == 0) {
            return error;
        }
    }
    return error;
}

void prepare(Parser& parser, const HttpLimits& limits) {
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    parser.body_limit(limits.body_bytes_max);
    parser.eager(true);
}

// A body without length ends with the connection; TLS must say so, or it was cut short.
boost::beast::error_code end_of_stream(Parser& parser, bool tls_said_so) {
    boost::beast::error_code error = http::error::partial_message;
    if (parser.got_some() && tls_said_so) {
        parser.put_eof(error);
    }
    return error;
}

HttpResponse take(Parser& parser) {
    HttpResponse response;
    response.status = parser.get().result_int();
    response.used_weight = number_of(parser.get(), "X-MBX-USED-WEIGHT-1M");
    response.retry_after_s = number_of(parser.get(), "Retry-After");
    response.padded_body = std::move(parser.get().body());
    response.body_size = response.padded_body.size();
    response.padded_body.append(FrameView::padding, '\0');
    return response;
}

}  // namespace

Result<HttpResponse> read_http_answer(std::string_view bytes, std::size_t cut, bool tls_said_so,
                                      const HttpLimits& limits) {
    Parser parser;
    prepare(parser, limits);
    std::string left;
    const std::size_t first = std::min(cut, bytes.size());
    for (const std::string_view piece : {bytes.substr(0, first), bytes.substr(first)}) {
        if (parser.is_done() || piece.empty()) {
            continue;
        }
        if (const auto error = feed(parser, left, piece.data(), piece.size(), limits)) {
            return Error{"answer: " + error.message()};
        }
    }
    if (!parser.is_done() && (parser.got_some() || !left.empty())) {
        if (const auto error = end_of_stream(parser, tls_said_so)) {
            return Error{"answer: " + error.message()};
        }
    }
    if (!parser.is_done()) {
        return Error{"answer: nothing came"};
    }
    return take(parser);
}

Result<HttpResponse> HttpClient::perform(const HttpRequest& request) {
    sent_ = false;
    cause_ = CloseCause::none;
    const std::string where = "https '" + endpoint_.host + "': ";
    const std::optional<std::string> bytes = serialise(request, endpoint_);
    if (!bytes.has_value()) {
        return Error{where + "target or header holds a character that may not be sent"};
    }
    const std::int64_t deadline = mono_ns() + limits_.deadline.value;
    TlsStream stream;
    stream.connect(endpoint_, deadline);
    while (stream.advance(mono_ns()) != TlsStream::Phase::open) {
        if (stream.phase() == TlsStream::Phase::ended) {
            cause_ = stream.cause();
            return Error{where + stream.error()};
        }
        (void)wait(stream, false, deadline);
    }
    sent_ = true;
    bool alive = stream.write(bytes->data(), bytes->size());
    Parser parser;
    prepare(parser, limits_);
    std::string left;
    std::vector<char> buffer(64 * 1024);
    while (alive && !parser.is_done()) {
        (void)stream.flush();
        const long got = stream.read(buffer.data(), buffer.size());
        alive = got >= 0;
        if (got > 0) {
            if (const auto error =
                    feed(parser, left, buffer.data(), static_cast<std::size_t>(got), limits_)) {
                return Error{where + "answer: " + error.message()};
            }
        } else if (alive && !wait(stream, false, deadline)) {
            cause_ = CloseCause::timeout;
            return Error{where + "no whole answer before the deadline"};
        }
    }
    if (!parser.is_done() && (parser.got_some() || !left.empty())) {
        if (const auto error = end_of_stream(parser, stream.peer_ended_tls())) {
            cause_ = stream.cause();
            return Error{where + "answer: " + error.message()};
        }
    }
    if (!parser.is_done()) {
        cause_ = stream.cause();
        return Error{where + stream.error()};
    }
    stream.shutdown();
    return take(parser);
}

}  // namespace portcullis::gateways
