// A client by others, Debian's python3-websockets, at the listener: its tests are in
// tests/peers/websockets/client.py, and what stands behind the listener is here.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <filesystem>
#include <thread>

#include "tests/support/python_peer.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/listener.hpp"

namespace portcullis::tools::venue {
namespace {

/// Sends each text back; says goodbye where a text asks for it.
class EchoService final : public Service {
public:
    explicit EchoService(int pong_timeout_ms) : pong_timeout_ms_(pong_timeout_ms) {}
    std::unique_ptr<WebSocketHandler> open(std::string_view, const std::string&, Peer& peer,
                                           HttpReply&) override {
        return std::make_unique<Handler>(peer);
    }
    HttpReply http(const HttpRequest&) override { return {}; }
    [[nodiscard]] Timing timing() const override {
        return {.ping_interval_ms = 100, .pong_timeout_ms = pong_timeout_ms_, .life_ms = 3'600'000};
    }

private:
    class Handler final : public WebSocketHandler {
    public:
        explicit Handler(Peer& peer) : peer_(peer) {}
        void on_text(std::string_view text) override {
            static constexpr std::string_view asked = "close 1000 ";
            if (!text.starts_with(asked.substr(0, 6))) {
                peer_.send_text(std::string(text));
                return;
            }
            std::uint16_t code = 0;
            std::from_chars(text.data() + 6, text.data() + 10, code);
            peer_.close(code, text.substr(asked.size()));
        }
        void on_control() override {}

    private:
        Peer& peer_;
    };
    int pong_timeout_ms_;
};

TEST(ForeignClient, of_python_websockets_is_served_and_refused_as_the_protocol_has_it) {
    if (!test::PythonPeer::available()) {
        GTEST_SKIP() << test::PythonPeer::missing;
    }
    const std::string dir = testing::TempDir() + "foreign_client_test";
    const auto files = make_certificates(dir);
    ASSERT_TRUE(files) << files.error();
    boost::asio::io_context io{1};
    EchoService patient(20'000);
    EchoService strict(400);
    Listener listener(io, patient);
    Listener strict_listener(io, strict);
    const ListenConfig options{"127.0.0.1", 0, files.value().certificate, files.value().key};
    const auto port = listener.start(options);
    ASSERT_TRUE(port) << port.error();
    const auto strict_port = strict_listener.start(options);
    ASSERT_TRUE(strict_port) << strict_port.error();
    std::thread server([&io] { io.run(); });
    test::PythonPeer client(
        PORTCULLIS_SOURCE_DIR "/tests/peers/websockets/client.py",
        {std::to_string(port.value()), std::to_string(strict_port.value()), files.value().ca});
    EXPECT_EQ(client.wait(), 0) << "what failed stands above";
    io.stop();
    server.join();
    std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace portcullis::tools::venue
