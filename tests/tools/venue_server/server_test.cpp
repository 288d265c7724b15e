// The venue on a real socket: TLS with its own CA, REST, both WebSockets, shutdown.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <thread>

#include "gateways/net/signer.hpp"
#include "tools/venue/server/run_folder.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools::venue {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using WebSocket = websocket::stream<beast::ssl_stream<tcp::socket>>;

std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string member(const std::string& json, const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    return parser.parse(json).at_pointer(pointer).get(element) ? "" : simdjson::minify(element);
}

class ServerTest : public testing::Test {
protected:
    ServerTest() : tls(asio::ssl::context::tls_client) {
        RunFolder folder;
        folder.dir = testing::TempDir() + "venue_server_test";
        folder.recordings = {PORTCULLIS_SOURCE_DIR
                             "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"};
        folder.balances = {{"BTC", "1"}, {"USDT", "100000"}};
        folder.speed = "20";
        dir = folder.dir;
        const auto file = make_run_folder(folder);
        EXPECT_TRUE(file) << file.error();
        const auto config = load_config(file.value());
        EXPECT_TRUE(config) << config.error();
        api_key = config.value().keys.at(0).key.api_key;
        auto made = Server::make(config.value());
        EXPECT_TRUE(made) << made.error();
        server = std::move(made).value();
        tls.load_verify_file(dir + "/ca.pem");
        tls.set_verify_mode(asio::ssl::verify_peer);
        thread = std::thread([this] { server->run(); });
    }
    ~ServerTest() override {
        server->stop();
        thread.join();
    }

    beast::ssl_stream<tcp::socket> connect() {
        beast::ssl_stream<tcp::socket> stream(io, tls);
        stream.next_layer().connect(
            tcp::endpoint(asio::ip::make_address("127.0.0.1"), server->port()));
        stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
        stream.handshake(asio::ssl::stream_base::client);
        return stream;
    }
    std::unique_ptr<WebSocket> open(const std::string& target) {
        auto socket = std::make_unique<WebSocket>(connect());
        socket->handshake("localhost", target);
        return socket;
    }
    static std::string read(WebSocket& socket) {
        beast::flat_buffer buffer;
        socket.read(buffer);
        return beast::buffers_to_string(buffer.data());
    }
    static std::string ask(WebSocket& socket, const std::string& text) {
        socket.write(asio::buffer(text));
        return read(socket);
    }

    asio::io_context io;
    asio::ssl::context tls;
    std::string dir, api_key;
    std::unique_ptr<Server> server;
    std::thread thread;
};

TEST_F(ServerTest, logs_on_places_and_streams_over_tls) {
    const auto orders = open("/ws-api/v3?returnRateLimits=false");
    auto signer = gateways::make_file_signer(dir + "/ed25519.pem", api_key);
    ASSERT_TRUE(signer) << signer.error();
    const std::string stamp = std::to_string(wall_ms());
    char signature[gateways::Signer::signature_text_max];
    const std::size_t length =
        signer.value()->sign("apiKey=" + api_key + "&timestamp=" + stamp, signature);
    const std::string logon =
        ask(*orders, R"({"id":1,"method":"session.logon","params":{"apiKey":")" + api_key +
                         R"(","signature":")" + std::string(signature, length) +
                         R"(","timestamp":)" + stamp + "}}");
    ASSERT_EQ(member(logon, "/status"), "200") << logon;
    EXPECT_EQ(member(ask(*orders, R"({"id":2,"method":"userDataStream.subscribe"})"), "/status"),
              "200");
    const std::string first = ask(
        *orders,
        R"({"id":3,"method":"order.place","params":{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT_MAKER","price":"50000.00","quantity":"0.001","newClientOrderId":"one","timestamp":)" +
            std::to_string(wall_ms()) + "}}");
    EXPECT_EQ(member(first, "/event/x"), R"("NEW")") << first;
    EXPECT_EQ(member(read(*orders), "/event/e"), R"("outboundAccountPosition")");
    EXPECT_EQ(member(read(*orders), "/result/clientOrderId"), R"("one")");

    const auto streams = open("/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker");
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(member(read(*streams), "/data/s"), R"("BTCUSDT")");
    }
    EXPECT_EQ(member(ask(*orders, R"({"id":4,"method":"ping"})"), "/id"), "4");
}

TEST_F(ServerTest, keeps_an_http_connection_and_answers_pings) {
    namespace http = beast::http;
    auto stream = connect();
    beast::flat_buffer buffer;
    for (const char* target : {"/api/v3/time", "/api/v3/exchangeInfo"}) {
        http::request<http::empty_body> request(http::verb::get, target, 11);
        request.set(http::field::host, "localhost");
        http::write(stream, request);
        http::response<http::string_body> response;
        http::read(stream, buffer, response);
        EXPECT_EQ(response.result_int(), 200U);
        EXPECT_FALSE(response["X-MBX-USED-WEIGHT-1M"].empty());
        EXPECT_NE(member(response.body(), "/serverTime"), "");
    }
    const auto socket = open("/ws");
    std::string pong;
    socket->control_callback([&](websocket::frame_type kind, beast::string_view payload) {
        if (kind == websocket::frame_type::pong) {
            pong.assign(payload.data(), payload.size());
        }
    });
    socket->ping(websocket::ping_data("hello"));
    EXPECT_EQ(ask(*socket, R"({"method":"LIST_SUBSCRIPTIONS","id":1})"), R"({"result":[],"id":1})");
    EXPECT_EQ(pong, "hello");
}

TEST_F(ServerTest, obeys_the_control_socket_and_says_goodbye) {
    asio::local::stream_protocol::socket control(io);
    control.connect(asio::local::stream_protocol::endpoint(dir + "/ctl.sock"));
    std::string answers;
    const auto command = [&](const std::string& text) {
        asio::write(control, asio::buffer(text + "\n"));
        const std::size_t length = asio::read_until(control, asio::dynamic_buffer(answers), '\n');
        const std::string line = answers.substr(0, length - 1);
        answers.erase(0, length);
        return line;
    };
    EXPECT_EQ(command("dance").substr(0, 6), "error:");
    const auto cut = open("/ws-api/v3");
    EXPECT_EQ(member(ask(*cut, R"({"id":1,"method":"ping"})"), "/status"), "200");
    EXPECT_EQ(command("disconnect wsapi").substr(0, 3), "ok ");
    char raw[64];
    beast::flat_buffer buffer;
    beast::error_code error;
    cut->read(buffer, error);
    EXPECT_TRUE(error);
    const auto torn = open("/ws-api/v3");
    EXPECT_EQ(member(ask(*torn, R"({"id":1,"method":"ping"})"), "/status"), "200");
    EXPECT_EQ(command("tear wsapi").substr(0, 3), "ok ");
    EXPECT_EQ(torn->next_layer().read_some(asio::buffer(raw), error), 12U);
    EXPECT_EQ(std::string(raw, 12), std::string("\x81\x7E\x01\x00{\"torn\":", 12));
    torn->next_layer().read_some(asio::buffer(raw), error);
    EXPECT_TRUE(error) << "the rest never comes";
    const auto socket = open("/stream");
    EXPECT_EQ(ask(*socket, R"({"method":"LIST_SUBSCRIPTIONS","id":1})"), R"({"result":[],"id":1})");
    EXPECT_EQ(command("quit"), "ok");
    EXPECT_EQ(member(read(*socket), "/stream"), R"("!serverShutdown")");
    socket->read(buffer, error);
    EXPECT_EQ(error, websocket::error::closed);
    EXPECT_EQ(socket->reason().code, 1001);
}

TEST_F(ServerTest, refuses_a_client_that_trusts_another_ca_and_an_outside_address) {
    asio::ssl::context other(asio::ssl::context::tls_client);
    other.set_default_verify_paths();
    other.set_verify_mode(asio::ssl::verify_peer);
    beast::ssl_stream<tcp::socket> stream(io, other);
    stream.next_layer().connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), server->port()));
    beast::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    EXPECT_TRUE(error);

    VenueConfig open_to_all;
    open_to_all.address = "0.0.0.0";
    open_to_all.self_signed_dir = dir;
    const auto refused = Server::make(open_to_all);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("loopback"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::tools::venue
