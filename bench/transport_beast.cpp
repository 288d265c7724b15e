// Boost.Beast's websocket as a client over TLS on a real socket, read synchronously: no event loop
// stands between it and the kernel.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "bench/harness.hpp"
#include "bench/transport_client.hpp"

namespace portcullis::bench {
namespace {

namespace beast_net = boost::asio;
using boost::beast::flat_buffer;

beast_net::ssl::context tls_context(const gateways::Endpoint& endpoint) {
    beast_net::ssl::context context(beast_net::ssl::context::tlsv13_client);
    context.load_verify_file(endpoint.ca_file);
    context.set_verify_mode(beast_net::ssl::verify_peer);
    require(SSL_CTX_set_ciphersuites(context.native_handle(), "TLS_AES_128_GCM_SHA256") == 1,
            "no AES-128-GCM");
    return context;
}

class BeastClient final : public TransportClient {
public:
    explicit BeastClient(const gateways::Endpoint& endpoint)
        : context_(tls_context(endpoint)), websocket_(io_, context_) {
        auto& socket = websocket_.next_layer().next_layer();
        socket.connect({beast_net::ip::make_address(endpoint.address), endpoint.port});
        socket.set_option(beast_net::ip::tcp::no_delay(true));
        websocket_.next_layer().handshake(beast_net::ssl::stream_base::client);
        websocket_.read_message_max(1 << 20);
        websocket_.text(true);
        websocket_.handshake(endpoint.host, endpoint.path);
    }
    void send(std::string_view text) override {
        const std::size_t sent = websocket_.write(beast_net::buffer(text.data(), text.size()));
        require(sent == text.size(), "a request did not go out whole");
    }
    void take(std::uint64_t texts) override {
        for (std::uint64_t i = 0; i < texts; ++i) {
            (void)websocket_.read(buffer_);
            ++texts_;
            bytes_ += buffer_.size();
            buffer_.clear();
        }
    }
    void idle() override {}  // it would wait
    [[nodiscard]] int fd() const override {
        return const_cast<BeastClient*>(this)->websocket_.next_layer().next_layer().native_handle();
    }
    [[nodiscard]] std::uint64_t texts() const override { return texts_; }
    [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }

private:
    beast_net::io_context io_{1};
    beast_net::ssl::context context_;
    boost::beast::websocket::stream<beast_net::ssl::stream<beast_net::ip::tcp::socket>> websocket_;
    flat_buffer buffer_;
    std::uint64_t texts_{}, bytes_{};
};

}  // namespace

std::unique_ptr<TransportClient> make_beast_client(const gateways::Endpoint& endpoint) {
    return std::make_unique<BeastClient>(endpoint);
}

}  // namespace portcullis::bench
