// The venue on a real socket: TLS with its own CA, REST, both WebSockets, shutdown.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "gateways/net/signer.hpp"
#include "tests/support/json_member.hpp"
#include "tests/support/tls_client.hpp"
#include "tools/venue/server/run_folder.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools::venue {
namespace {

using test::Caller;
using test::Trust;
constexpr auto member = test::json_member;

std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

class ServerTest : public testing::Test {
protected:
    ServerTest() {
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
        trust = std::make_unique<Trust>(dir + "/ca.pem");
        thread = std::thread([this] { server->run(); });
    }
    ~ServerTest() override {
        server->stop();
        thread.join();
    }

    [[nodiscard]] Caller connect() const {
        Caller caller = Caller::to_port(server->port());
        EXPECT_TRUE(caller.shake_hands(*trust));
        return caller;
    }
    [[nodiscard]] Caller open(const std::string& target) const {
        Caller caller = connect();
        EXPECT_TRUE(caller.upgrade(target).starts_with("HTTP/1.1 101"));
        return caller;
    }

    std::unique_ptr<Trust> trust;
    std::string dir, api_key;
    std::unique_ptr<Server> server;
    std::thread thread;
};

TEST_F(ServerTest, logs_on_places_and_streams_over_tls) {
    Caller orders = open("/ws-api/v3?returnRateLimits=false");
    auto signer = gateways::make_file_signer(dir + "/ed25519.pem", api_key);
    ASSERT_TRUE(signer) << signer.error();
    const std::string stamp = std::to_string(wall_ms());
    char signature[gateways::Signer::signature_text_max];
    const std::size_t length =
        signer.value()->sign("apiKey=" + api_key + "&timestamp=" + stamp, signature);
    const std::string logon = orders.ask(
        R"({"id":1,"method":"session.logon","params":{"apiKey":")" + api_key +
        R"(","signature":")" + std::string(signature, length) + R"(","timestamp":)" + stamp + "}}");
    ASSERT_EQ(member(logon, "/status"), "200") << logon;
    EXPECT_EQ(member(orders.ask(R"({"id":2,"method":"userDataStream.subscribe"})"), "/status"),
              "200");
    const std::string first = orders.ask(
        R"({"id":3,"method":"order.place","params":{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT_MAKER","price":"50000.00","quantity":"0.001","newClientOrderId":"one","timestamp":)" +
        std::to_string(wall_ms()) + "}}");
    EXPECT_EQ(member(first, "/event/x"), R"("NEW")") << first;
    EXPECT_EQ(member(orders.read_text(), "/event/e"), R"("outboundAccountPosition")");
    EXPECT_EQ(member(orders.read_text(), "/result/clientOrderId"), R"("one")");

    Caller streams = open("/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker");
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(member(streams.read_text(), "/data/s"), R"("BTCUSDT")");
    }
    EXPECT_EQ(member(orders.ask(R"({"id":4,"method":"ping"})"), "/id"), "4");
}

TEST_F(ServerTest, keeps_an_http_connection_and_answers_pings) {
    Caller http = connect();
    for (const std::string target : {"/api/v3/time", "/api/v3/exchangeInfo"}) {
        http.write("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const std::string head = http.read_until("\r\n\r\n");
        EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
        EXPECT_NE(head.find("X-MBX-USED-WEIGHT-1M: "), std::string::npos) << head;
        const std::size_t length = head.find("Content-Length: ");
        ASSERT_NE(length, std::string::npos) << head;
        EXPECT_NE(member(http.read(std::stoul(head.substr(length + 16))), "/serverTime"), "");
    }
    http.write(
        "GET /api/v3/time HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
        "Accept: application/sbe\r\nX-MBX-SBE: 3:5\r\n\r\n");
    EXPECT_TRUE(http.read_until("\r\n\r\n").starts_with("HTTP/1.1 406 Not Acceptable\r\n"));
    Caller socket = connect();
    const std::string upgraded = socket.upgrade("/ws");
    EXPECT_TRUE(upgraded.starts_with("HTTP/1.1 101")) << upgraded;
    EXPECT_EQ(upgraded.find("Beast"), std::string::npos) << upgraded;
    socket.write(test::client_frame(0x89, "hello"));
    EXPECT_EQ(socket.ask(R"({"method":"LIST_SUBSCRIPTIONS","id":1})"), R"({"result":[],"id":1})");
    EXPECT_EQ(socket.pong(), "hello");
}

TEST_F(ServerTest, a_control_line_has_less_than_4096_bytes) {
    const auto command = [this](std::size_t length) {
        Caller control = Caller::to_path(dir + "/ctl.sock");
        control.write(std::string(length, 'x') + "\n");
        return control.read_until("\n");
    };
    EXPECT_EQ(command(4095).substr(0, 22), "error: unknown command");
    EXPECT_EQ(command(4096), "error: expected a line of less than 4096 bytes\n");
    EXPECT_EQ(command(40'000), "error: expected a line of less than 4096 bytes\n");
}

TEST_F(ServerTest, obeys_the_control_socket_and_says_goodbye) {
    Caller control = Caller::to_path(dir + "/ctl.sock");
    const auto command = [&control](const std::string& text) {
        control.write(text + "\n");
        return control.read_until("\n");
    };
    EXPECT_EQ(command("dance").substr(0, 6), "error:");
    Caller cut = open("/ws-api/v3");
    EXPECT_EQ(member(cut.ask(R"({"id":1,"method":"ping"})"), "/status"), "200");
    EXPECT_EQ(command("disconnect wsapi").substr(0, 3), "ok ");
    EXPECT_EQ(cut.drain(), "");
    EXPECT_FALSE(cut.hung());
    Caller torn = open("/ws-api/v3");
    EXPECT_EQ(member(torn.ask(R"({"id":1,"method":"ping"})"), "/status"), "200");
    EXPECT_EQ(command("tear wsapi").substr(0, 3), "ok ");
    EXPECT_EQ(torn.drain(), std::string("\x81\x7E\x01\x00{\"torn\":", 12))
        << "the rest never comes";
    EXPECT_FALSE(torn.hung());
    Caller socket = open("/stream");
    EXPECT_EQ(socket.ask(R"({"method":"LIST_SUBSCRIPTIONS","id":1})"), R"({"result":[],"id":1})");
    EXPECT_EQ(command("quit"), "ok\n");
    EXPECT_EQ(member(socket.read_text(), "/stream"), R"("!serverShutdown")");
    EXPECT_EQ(socket.read_text(), "");
    EXPECT_EQ(socket.close_code(), 1001);
}

// A client by Binance's rules ignores updates that are older than its book, so it must begin anew.
TEST_F(ServerTest, a_lap_cuts_market_streams_as_a_seek_does) {
    Caller control = Caller::to_path(dir + "/ctl.sock");
    const auto command = [&control](const std::string& text) {
        control.write(text + "\n");
        return control.read_until("\n");
    };
    Caller sought = open("/ws/btcusdt@depth@100ms");
    EXPECT_NE(sought.read_text(), "");
    EXPECT_EQ(command("replay loop on"), "ok\n");
    EXPECT_EQ(command("replay pause"), "ok\n");
    EXPECT_EQ(command("replay seek 640"), "ok\n");
    (void)sought.drain();
    EXPECT_FALSE(sought.hung());
    Caller orders = open("/ws-api/v3");
    Caller lapped = open("/ws/btcusdt@depth@100ms");
    EXPECT_EQ(lapped.ask(R"({"method":"LIST_SUBSCRIPTIONS","id":1})"),
              R"({"result":["btcusdt@depth@100ms"],"id":1})");
    EXPECT_EQ(command("replay resume"), "ok\n");
    std::uint64_t first = 0, last = 0, count = 0;
    for (std::string text = lapped.read_text(); !text.empty(); text = lapped.read_text()) {
        const std::uint64_t id = std::stoull(member(text, "/u"));
        ASSERT_GT(id, last) << "ids go back, and the client is still there";
        last = id;
        first = count++ == 0 ? last : first;
    }
    EXPECT_FALSE(lapped.hung()) << "it ends with the recording";
    EXPECT_GT(count, 10U);
    Caller again = open("/ws/btcusdt@depth@100ms");
    EXPECT_LT(std::stoull(member(again.read_text(), "/u")), first) << "ids went back";
    EXPECT_EQ(member(orders.ask(R"({"id":1,"method":"ping"})"), "/status"), "200") << "as it was";
}

TEST_F(ServerTest, refuses_a_client_that_trusts_another_ca_and_an_outside_address) {
    const Trust nobody("");
    EXPECT_FALSE(Caller::to_port(server->port()).shake_hands(nobody));

    VenueConfig open_to_all;
    open_to_all.address = "0.0.0.0";
    open_to_all.self_signed_dir = dir;
    const auto refused = Server::make(open_to_all);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("loopback"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::tools::venue
