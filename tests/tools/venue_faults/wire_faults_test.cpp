// Faults of bytes on a real socket: what a TLS client reads, record by record, and what it does
// not.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "tools/venue/ctl/ctl.hpp"
#include "tools/venue/server/run_folder.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools::venue {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;
using std::chrono::milliseconds;

class WireFaults : public testing::Test {
protected:
    WireFaults() : tls(asio::ssl::context::tls_client) {
        RunFolder folder;
        folder.dir = testing::TempDir() + "wire_faults_test";
        folder.recordings = {PORTCULLIS_SOURCE_DIR
                             "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"};
        folder.balances = {{"BTC", "1"}, {"USDT", "100000"}};
        folder.speed = "10";
        dir = folder.dir;
        const auto made_file = make_run_folder(folder);
        EXPECT_TRUE(made_file) << made_file.error();
        const auto config = load_config(made_file.value());
        EXPECT_TRUE(config) << config.error();
        auto made = Server::make(config.value());
        EXPECT_TRUE(made) << made.error();
        server = std::move(made).value();
        tls.load_verify_file(dir + "/ca.pem");
        tls.set_verify_mode(asio::ssl::verify_peer);
        thread = std::thread([this] { server->run(); });
    }
    ~WireFaults() override {
        server->stop();
        thread.join();
    }

    using Stream = asio::ssl::stream<tcp::socket>;
    Error connect(Stream& stream) {
        Error error;
        stream.next_layer().connect(
            tcp::endpoint(asio::ip::make_address("127.0.0.1"), server->port()), error);
        stream.handshake(asio::ssl::stream_base::client, error);
        return error;
    }
    /// A market stream, up to its first bytes.
    void subscribe(Stream& stream) {
        ASSERT_FALSE(connect(stream));
        const std::string hello =
            "GET /ws/btcusdt@depth@100ms/btcusdt@trade HTTP/1.1\r\nHost: localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        asio::write(stream, asio::buffer(hello));
        ASSERT_GT(read(stream, milliseconds(2000)), 0);
    }
    /// Bytes of the next record; 0 when none comes in time, -1 when the line is cut.
    long read(Stream& stream, milliseconds patience) {
        long got = 0;
        char bytes[16'384];
        stream.async_read_some(asio::buffer(bytes), [&got](Error error, std::size_t size) {
            got =
                error ? error == asio::error::operation_aborted ? 0 : -1 : static_cast<long>(size);
        });
        io.restart();
        io.run_for(patience);
        if (!io.stopped()) {
            stream.next_layer().cancel();
            io.run();
        }
        return got;
    }
    /// GET /api/v3/time: what comes in one record, head and body.
    std::string ask(Stream& stream) {
        Error error;
        asio::write(
            stream,
            asio::buffer(std::string("GET /api/v3/time HTTP/1.1\r\nHost: localhost\r\n\r\n")),
            error);
        std::string text(16'384, ' ');
        text.resize(stream.read_some(asio::buffer(text), error));
        return text;
    }
    /// Runs a script of this text by ctl: what it complains of; what it prints is in `told`.
    std::string script(const std::string& text) {
        std::ofstream(file) << text;
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int code = run_ctl({dir, false, {"script", file}});
        told = testing::internal::GetCapturedStdout();
        const std::string complaint = testing::internal::GetCapturedStderr();
        EXPECT_EQ(code, complaint.empty() ? 0 : 1);
        return complaint;
    }
    std::string list() {
        const auto answer = ask_control_socket(dir + "/ctl.sock", "fault list");
        return answer ? answer.value() : answer.error();
    }
    void command(const std::string& line) {
        const auto answer = ask_control_socket(dir + "/ctl.sock", line);
        ASSERT_TRUE(answer) << answer.error();
        EXPECT_EQ(answer.value(), "ok") << line;
    }

    asio::io_context io;
    asio::ssl::context tls;
    std::string dir, told;
    const std::string file{testing::TempDir() + "wire_faults_script.txt"};
    std::unique_ptr<Server> server;
    std::thread thread;
};

TEST_F(WireFaults, one_byte_writes_make_records_of_one_byte_until_they_are_switched_off) {
    Stream stream(io, tls);
    subscribe(stream);
    command("fault on one-byte-writes streams");
    long last = 0;
    for (int i = 0; i < 200 && last != 1; ++i) {
        last = read(stream, milliseconds(2000));  // what left before
    }
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(read(stream, milliseconds(2000)), 1) << i;
    }
    command("fault off one-byte-writes");
    long largest = 0;
    for (int i = 0; i < 200'000 && largest <= 1; ++i) {
        largest = read(stream, milliseconds(2000));
        ASSERT_GT(largest, 0);
    }
    EXPECT_GT(largest, 1);
}

TEST_F(WireFaults, a_half_open_connection_stays_and_says_nothing_and_its_successor_is_whole) {
    Stream stream(io, tls);
    subscribe(stream);
    command("fault once half-open btcusdt@*");
    long last = 1;
    for (int i = 0; i < 1000 && last > 0; ++i) {
        last = read(stream, milliseconds(700));
    }
    EXPECT_EQ(last, 0) << "neither bytes nor an end";
    Stream successor(io, tls);
    subscribe(successor);
    EXPECT_GT(read(successor, milliseconds(2000)), 0);
}

TEST_F(WireFaults, disconnect_at_cuts_between_two_bytes_of_the_wire) {
    for (const std::string seed : {"1", "2", "3", "4"}) {
        Stream stream(io, tls);
        subscribe(stream);
        command("fault once disconnect-at btcusdt@* bytes=300 seed=" + seed);
        long last = 1;
        for (int i = 0; i < 1000 && last > 0; ++i) {
            last = read(stream, milliseconds(2000));
        }
        EXPECT_EQ(last, -1) << "seed " << seed;
    }
}

TEST_F(WireFaults, a_changed_certificate_is_of_another_ca_for_new_connections_only) {
    Stream before(io, tls);
    subscribe(before);
    command("fault on certificate-change venue");
    Stream during(io, tls);
    EXPECT_TRUE(connect(during)) << "the old CA did not sign it";
    EXPECT_GT(read(before, milliseconds(2000)), 0);
    command("fault off certificate-change");
    Stream after(io, tls);
    EXPECT_FALSE(connect(after));
}

TEST_F(WireFaults, a_page_comes_over_rest_as_text_html) {
    Stream stream(io, tls);
    ASSERT_FALSE(connect(stream));
    command("fault once html rest status=503");
    const std::string head = ask(stream);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
    EXPECT_NE(head.find("Content-Type: text/html\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\n\r\n<html>"), std::string::npos) << head;
    EXPECT_NE(ask(stream).find("Content-Type: application/json"), std::string::npos);
}

TEST_F(WireFaults, a_restart_cuts_every_line_and_takes_none_for_a_second) {
    Stream market(io, tls), idle(io, tls), silent(io, tls);
    subscribe(market);
    ASSERT_FALSE(connect(idle));
    EXPECT_TRUE(ask(idle).starts_with("HTTP/1.1 200 "));
    ASSERT_FALSE(connect(silent)) << "a line that has asked for nothing yet";
    command("fault once restart venue");
    EXPECT_EQ(read(idle, milliseconds(900)), -1);
    EXPECT_EQ(read(silent, milliseconds(900)), -1);
    long last = 1;
    for (int i = 0; i < 1000 && last > 0; ++i) {
        last = read(market, milliseconds(900));
    }
    EXPECT_EQ(last, -1);
    Stream early(io, tls);
    EXPECT_TRUE(connect(early));
    std::this_thread::sleep_for(milliseconds(1100));
    Stream late(io, tls);
    ASSERT_FALSE(connect(late));
    EXPECT_TRUE(ask(late).starts_with("HTTP/1.1 200 "));
}

TEST_F(WireFaults, a_cut_below_the_tls_is_counted_when_it_has_come) {
    const auto struck = [this] {
        const auto list = ask_control_socket(dir + "/ctl.sock", "fault list");
        return list && list.value().find(R"("injected":{"disconnect-at":1})") != std::string::npos;
    };
    Stream stream(io, tls);
    ASSERT_FALSE(connect(stream));
    command("fault once disconnect-at rest bytes=1048576 seed=5");
    (void)ask(stream);
    EXPECT_FALSE(struck()) << "an answer is shorter than that";
    stream.next_layer().close();
    command("fault off all");
    Stream other(io, tls);
    ASSERT_FALSE(connect(other));
    command("fault once disconnect-at rest bytes=0");
    EXPECT_EQ(ask(other), "");
    EXPECT_TRUE(struck());
}

TEST_F(WireFaults, a_script_is_done_line_by_line_when_its_times_have_come) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(script("# trouble\n"
                     "0    account add late\n"
                     "0    fault once drop account:late\n"
                     "0    fault on drop btcusdt@trade every=3\n"
                     "0.2  fault off drop btcusdt@trade\n"
                     "0.5  fault on drop btcusdt@trade every=4\n"),
              "");
    EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(500));
    const std::size_t first = told.find("0.000  account add late");
    const std::size_t off = told.find("0.200  fault off drop");
    const std::size_t last = told.find("0.500  fault on drop");
    EXPECT_LT(first, off) << told;
    EXPECT_LT(off, last) << told;
    EXPECT_LT(last, std::string::npos) << told;
    EXPECT_NE(list().find("drop btcusdt@trade every=4"), std::string::npos) << list();
    EXPECT_EQ(list().find("every=3"), std::string::npos) << list();
}

TEST_F(WireFaults, a_script_with_a_bad_line_does_nothing_and_names_it) {
    const std::string before = list();
    const std::pair<std::string, std::string> rows[] = {
        {"2 fault once gap btcusd@depth*\n",
         ":2: error: gap: no stream of this venue that it could strike is named 'btcusd@depth*'"},
        {"2 fault on drop account:nobody\n", ":2: error: unknown account nobody"},
        {"2 fault on drop nowhere\n", ":2: drop does not strike 'nowhere'"},
        {"2 balance maker BTC\n", ":2: expected balance ACCOUNT ASSET DELTA"},
        {"2 dance\n", ":2: unknown command 'dance'"},
        {"soon status\n", ":2: 'soon': expected seconds"}};
    for (const auto& [line, error] : rows) {
        EXPECT_NE(script("0 fault on drop btcusdt@trade every=3\n" + line).find(file + error),
                  std::string::npos)
            << line;
        EXPECT_EQ(told, "") << "nothing was sent";
        EXPECT_EQ(list(), before) << line;
    }
    EXPECT_NE(script("0 status\n0 fault once overfill account:maker\n0 fault on drop streams\n")
                  .find(file + ":2: error: account maker has no open order"),
              std::string::npos)
        << "what only its moment shows stops the script there";
    EXPECT_EQ(list(), before);
}

TEST_F(WireFaults, a_delay_is_released_by_the_venues_own_timer) {
    Stream stream(io, tls);
    subscribe(stream);
    command("fault on delay streams ms=300 for=1s");
    long last = 1;
    for (int i = 0; i < 100 && last > 0; ++i) {
        last = read(stream, milliseconds(150));
    }
    EXPECT_EQ(last, 0);
    EXPECT_GT(read(stream, milliseconds(2000)), 0);
}

}  // namespace
}  // namespace portcullis::tools::venue
