#include "tools/venue/server/listener.hpp"

#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>
#include <set>
#include <vector>

#include "tools/venue/server/accept_loop.hpp"
#include "tools/venue/server/farewell.hpp"
#include "tools/venue/server/websocket_connection.hpp"

namespace portcullis::tools::venue {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using Error = beast::error_code;
using Request = http::request<http::string_body>;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds handshake_timeout = WebSocketConnection::handshake_timeout;
constexpr seconds idle_timeout{120};
constexpr std::size_t body_bytes_max = std::size_t{1} << 20;

std::string text_of(beast::string_view view) {
    return {view.data(), view.size()};
}

/// What to answer to bytes that are no request of ours; 0: nothing, the client has gone.
unsigned status_of(Error error) {
    if (error.category() != make_error_code(http::error::bad_method).category() ||
        error == http::error::end_of_stream || error == http::error::partial_message) {
        return 0;
    }
    return error == http::error::header_limit ? 431 : error == http::error::body_limit ? 413 : 400;
}

class HttpConnection;
/// Those that have not become WebSockets: each enters and leaves by itself.
using HttpConnections = std::set<HttpConnection*>;

/// One TLS connection that speaks HTTP until it becomes a WebSocket.
class HttpConnection final : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(PlainStream stream, Service& service, std::shared_ptr<HttpConnections> all,
                   std::string ip, std::size_t backlog_bytes_max)
        : stream_(std::move(stream)),
          service_(service),
          all_(std::move(all)),
          ip_(std::move(ip)),
          backlog_bytes_max_(backlog_bytes_max),
          delay_timer_(stream_.get_executor()) {
        all_->insert(this);
    }
    ~HttpConnection() { all_->erase(this); }
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    void cut() { beast::get_lowest_layer(stream_).close(); }

    void handshake() {
        beast::get_lowest_layer(stream_).expires_after(handshake_timeout);
        stream_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                             [self = shared_from_this()](Error error) {
                                                 if (!error) {
                                                     self->read();
                                                 }
                                             });
    }

private:
    void read() {
        parser_.emplace();
        parser_->body_limit(body_bytes_max);
        beast::get_lowest_layer(stream_).expires_after(idle_timeout);
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](Error error, std::size_t) {
                             if (error) {
                                 self->refuse(status_of(error));
                             } else {
                                 self->handle(self->parser_->release());
                             }
                         });
    }

    /// As the proxies before an exchange do: a page, and the end.
    void refuse(unsigned status) {
        if (status == 0) {
            shut_down();
            return;
        }
        const std::string title = std::to_string(status) + " " +
                                  text_of(http::obsolete_reason(static_cast<http::status>(status)));
        HttpReply reply;
        reply.status = static_cast<int>(status);
        reply.html = true;
        reply.body = "<html><head><title>" + title + "</title></head><body><h1>" + title +
                     "</h1></body></html>\n";
        respond(reply, false, 11);
    }

    void handle(Request request) {
        if (websocket::is_upgrade(request)) {
            upgrade(request);
            return;
        }
        HttpRequest in;
        in.verb = text_of(request.method_string());
        in.target = text_of(request.target());
        in.body = std::move(request.body());
        in.ip = ip_;
        in.api_key = text_of(request["X-MBX-APIKEY"]);
        in.time_unit = text_of(request["X-MBX-TIME-UNIT"]);
        in.content_type = text_of(request[http::field::content_type]);
        const auto [first, last] = request.equal_range(http::field::accept);
        for (auto field = first; field != last; ++field) {
            in.accept += (in.accept.empty() ? "" : ",") + text_of(field->value());
        }
        const HttpReply reply = service_.http(in);
        shape_bytes(stream_, {WireAct::Kind::one_byte, 0});
        if (!obey(reply)) {
            return;
        }
        if (reply.silent) {
            // A fault took the answer: keep the line open and say nothing; the client times out.
            beast::get_lowest_layer(stream_).expires_after(idle_timeout);
            auto sink = std::make_shared<char>();
            stream_.async_read_some(asio::buffer(sink.get(), 1),
                                    [self = shared_from_this(), sink](Error, std::size_t) {});
            return;
        }
        if (reply.delay_us == 0) {
            respond(reply, request.keep_alive(), request.version());
            return;
        }
        delay_timer_.expires_after(std::chrono::microseconds(reply.delay_us));
        delay_timer_.async_wait([self = shared_from_this(), reply, keep = request.keep_alive(),
                                 version = request.version()](Error error) {
            if (!error) {
                self->respond(reply, keep, version);
            }
        });
    }

    /// What a reply does to its connection; false when there is none any more.
    bool obey(const HttpReply& reply) {
        for (const WireAct& act : reply.acts) {
            if (act.kind == WireAct::Kind::cut || act.kind == WireAct::Kind::tear) {
                beast::get_lowest_layer(stream_).close();
                return false;
            }
            shape_bytes(stream_, act);
        }
        return true;
    }

    void upgrade(const Request& request) {
        beast::get_lowest_layer(stream_).expires_never();
        all_->erase(this);
        auto connection = std::make_shared<WebSocketConnection>(
            std::move(stream_), service_.timing(), backlog_bytes_max_);
        HttpReply refusal;
        if (connection->attach(service_, text_of(request.target()), ip_, refusal)) {
            connection->accept(request);
            return;
        }
        stream_ = connection->release();
        all_->insert(this);
        if (!obey(refusal)) {
            return;
        }
        respond(refusal, false, request.version());
    }

    void respond(const HttpReply& reply, bool keep_alive, unsigned version) {
        response_.emplace(static_cast<http::status>(reply.status), version);
        response_->set(http::field::content_type,
                       reply.html ? "text/html" : "application/json;charset=UTF-8");
        for (const auto& [name, value] : reply.headers) {
            response_->set(name, value);
        }
        response_->keep_alive(keep_alive);
        response_->body() = reply.body;
        response_->prepare_payload();
        http::async_write(stream_, *response_,
                          [self = shared_from_this(), keep_alive](Error error, std::size_t) {
                              if (!error && keep_alive) {
                                  self->read();
                              } else {
                                  self->shut_down();
                              }
                          });
    }

    void shut_down() {
        beast::get_lowest_layer(stream_).expires_after(handshake_timeout);
        stream_.next_layer().async_shutdown([self = shared_from_this()](Error) {
            std::make_shared<Farewell>(beast::get_lowest_layer(self->stream_))->begin();
        });
    }

    PlainStream stream_;
    Service& service_;
    std::shared_ptr<HttpConnections> all_;
    std::string ip_;
    std::size_t backlog_bytes_max_;
    asio::steady_timer delay_timer_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::optional<http::response<http::string_body>> response_;
};

}  // namespace

struct Listener::State {
    State(asio::io_context& io, Service& service_in)
        : service(service_in),
          loop(std::make_shared<AcceptLoop<tcp::acceptor>>(
              io, [this](tcp::socket socket) { take(std::move(socket)); })) {}

    void take(tcp::socket socket) {
        Error error;
        if (!service.admit()) {
            return;
        }
        socket.set_option(tcp::no_delay(true), error);
        const auto remote = socket.remote_endpoint(error);
        if (error) {
            return;
        }
        std::make_shared<HttpConnection>(
            PlainStream(boost::beast::ssl_stream<WireStream>(WireStream(std::move(socket)), *tls)),
            service, http, remote.address().to_string(), backlog_bytes_max)
            ->handshake();
    }

    Service& service;
    std::shared_ptr<HttpConnections> http{std::make_shared<HttpConnections>()};
    std::shared_ptr<AcceptLoop<tcp::acceptor>> loop;
    /// Shared: a connection keeps the context that it began with.
    std::shared_ptr<asio::ssl::context> tls;
    std::size_t backlog_bytes_max{ListenConfig{}.backlog_bytes_max};
};

Listener::Listener(asio::io_context& io, Service& service)
    : state_(std::make_unique<State>(io, service)) {}

Listener::~Listener() {
    stop();
}

engine::Result<std::uint16_t> Listener::start(const ListenConfig& config) {
    Error error;
    const auto address = asio::ip::make_address(config.address, error);
    if (error || !address.is_loopback()) {
        return engine::Error{"listen address '" + config.address +
                             "': expected a loopback address; this venue is not for a network"};
    }
    if (auto loaded = use_certificate(config.certificate_file, config.key_file); !loaded) {
        return engine::Error{loaded.error()};
    }
    state_->backlog_bytes_max = config.backlog_bytes_max;
    const tcp::endpoint endpoint(address, config.port);
    tcp::acceptor& acceptor = state_->loop->acceptor();
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return engine::Error{config.address + ":" + std::to_string(config.port) + ": " +
                             error.message()};
    }
    state_->loop->run();
    return acceptor.local_endpoint().port();
}

engine::Outcome Listener::use_certificate(const std::string& certificate_file,
                                          const std::string& key_file) {
    Error error;
    auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 |
                         asio::ssl::context::default_workarounds,
                     error);
    tls->use_certificate_chain_file(certificate_file, error);
    if (error) {
        return engine::Error{certificate_file + ": " + error.message()};
    }
    tls->use_private_key_file(key_file, asio::ssl::context::pem, error);
    if (error) {
        return engine::Error{key_file + ": " + error.message()};
    }
    state_->tls = std::move(tls);
    return engine::Done{};
}

std::size_t Listener::cut_http() {
    const std::vector<HttpConnection*> open(state_->http->begin(), state_->http->end());
    for (HttpConnection* connection : open) {  // none ends in here: their handlers are posted
        connection->cut();
    }
    return open.size();
}

void Listener::stop() {
    state_->loop->stop();
}

}  // namespace portcullis::tools::venue
