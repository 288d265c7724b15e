// A server by others, Debian's python3-websockets, at the other end of a transport: what TestPeer
// says of RFC 6455 is our own reading of it, this is somebody else's.
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "tests/gateways/net/transport_world.hpp"
#include "tests/support/python_peer.hpp"

namespace portcullis::gateways::test {
namespace {

using portcullis::test::PythonPeer;

std::string private_pem(const Identity& identity) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    EXPECT_EQ(PEM_write_bio_PrivateKey(memory.get(), identity.key.get(), nullptr, nullptr, 0,
                                       nullptr, nullptr),
              1);
    char* text = nullptr;
    const long length = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

class TransportForeign : public testing::Test {
protected:
    void SetUp() override {
        if (!PythonPeer::available()) {
            GTEST_SKIP() << PythonPeer::missing;
        }
        certificate_ = std::make_unique<TempFile>(pem_of(pki().leaf));
        key_ = std::make_unique<TempFile>(private_pem(pki().leaf));
        server_ = std::make_unique<PythonPeer>(
            PORTCULLIS_SOURCE_DIR "/tests/peers/websockets/server.py",
            std::vector<std::string>{certificate_->path(), key_->path()});
        const std::string port = server_->read_line();
        ASSERT_FALSE(port.empty()) << "the server did not start";
        port_ = static_cast<std::uint16_t>(std::stoul(port));
    }
    /// Open, or closed with a reason.
    std::unique_ptr<Transport> ask(const std::string& path, TransportLimits limits = {}) {
        collector_.frames.clear();
        auto transport = make_transport();
        Endpoint to = endpoint_at(port_);
        to.path = path;
        transport->connect(to, limits, mono_ns());
        run_until(*transport, collector_,
                  [&] { return transport->state() != TransportState::connecting; });
        return transport;
    }
    void await_frames(Transport& transport, std::size_t count) {
        run_until(transport, collector_, [&] {
            (void)transport.flush();
            return collector_.frames.size() >= count;
        });
        EXPECT_EQ(collector_.frames.size(), count) << transport.close_reason();
    }
    void await_end(Transport& transport) {
        run_until(transport, collector_,
                  [&] { return transport.state() == TransportState::closed; });
        EXPECT_EQ(transport.state(), TransportState::closed);
    }
    /// What the server has to say of the connection that has ended.
    void expect_report(int code, const std::string& reason = {}) {
        EXPECT_EQ(server_->read_line(), R"({"code": )" + std::to_string(code) + R"(, "reason": ")" +
                                            reason + R"(", "failed": "", "offered": ""})");
    }

    std::unique_ptr<TempFile> certificate_, key_;
    std::unique_ptr<PythonPeer> server_;
    std::uint16_t port_{};
    Collector collector_;
};

std::string text_of(std::size_t size) {
    std::string made;
    for (std::size_t i = 0; i < size; ++i) {
        made += static_cast<char>('!' + i * 31 % 90);
    }
    return made;
}

TEST_F(TransportForeign, texts_of_all_lengths_come_back_as_they_went) {
    const auto transport = ask("/echo");
    ASSERT_EQ(transport->state(), TransportState::open) << transport->close_reason();
    std::vector<std::string> sent;
    for (const std::size_t size :
         {0U, 1U, 2U, 100U, 124U, 125U, 126U, 127U, 128U, 250U, 1'440U, 16'383U, 16'384U, 65'534U,
          65'535U, 65'536U, 65'537U, 300'000U, 1'048'576U}) {
        sent.push_back(text_of(size));
    }
    sent.emplace_back("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8f\xb0 \xed\x9f\xbf \xf4\x8f\xbf\xbf");
    for (const std::string& text : sent) {
        const std::size_t before = collector_.frames.size();
        const SendResult result = transport->send_text(text);
        ASSERT_TRUE(result == SendResult::sent || result == SendResult::buffered) << text.size();
        await_frames(*transport, before + 1);
        ASSERT_EQ(collector_.frames.back().kind, FrameKind::text);
        ASSERT_TRUE(collector_.frames.back().payload == text) << text.size();
    }
    ASSERT_EQ(transport->send_ping("are you there"), SendResult::sent);
    await_frames(*transport, sent.size() + 1);
    EXPECT_EQ(collector_.frames.back().kind, FrameKind::pong);
    EXPECT_EQ(collector_.frames.back().payload, "are you there");
    transport->close(1000, "");
    await_end(*transport);
    expect_report(1000);
}

// The server sends no fragment before the ping in front of it is answered.
TEST_F(TransportForeign, messages_in_fragments_are_joined_and_the_pings_between_them_answered) {
    const auto transport = ask("/fragments?size=700");
    const std::string text = text_of(65'536);
    ASSERT_NE(transport->send_text(text), SendResult::closed);
    constexpr std::size_t pings = 94;
    await_frames(*transport, pings + 1);
    ASSERT_EQ(collector_.count(FrameKind::ping), pings);
    EXPECT_EQ(collector_.frames.front().payload, "after 0");
    EXPECT_TRUE(collector_.frames.back().payload == text);
    transport->close(1000, "");
    await_end(*transport);
    expect_report(1000);
}

TEST_F(TransportForeign, a_text_may_be_parted_within_a_code_point) {
    const auto transport = ask("/split");
    const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8f\xb0z";
    ASSERT_EQ(transport->send_text(text), SendResult::sent);
    await_frames(*transport, text.size() + 1);
    for (const Collector::Got& got : collector_.frames) {
        EXPECT_EQ(got.kind, FrameKind::text);
        EXPECT_EQ(got.payload, text);
    }
    transport->close(1000, "");
    await_end(*transport);
    expect_report(1000);
}

TEST_F(TransportForeign, close_codes_and_reasons_are_told_in_both_directions) {
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                           3000, 3999, 4000, 4999}) {
        SCOPED_TRACE(code);
        const std::string reason = "because " + std::to_string(code);
        auto transport =
            ask("/close?code=" + std::to_string(code) + "&reason=because+" + std::to_string(code));
        await_end(*transport);
        EXPECT_EQ(transport->close_cause(), CloseCause::peer);
        EXPECT_EQ(transport->close_code(), code);
        EXPECT_EQ(transport->close_reason(), reason);
        expect_report(code, reason);  // our answer to it
        transport = ask("/echo");
        transport->close(static_cast<std::uint16_t>(code), reason);
        await_end(*transport);
        EXPECT_EQ(transport->close_cause(), CloseCause::local);
        expect_report(code, reason);
    }
    auto transport = ask("/raw?hex=8800");  // a close frame that says nothing
    await_end(*transport);
    EXPECT_EQ(transport->close_cause(), CloseCause::peer);
    EXPECT_EQ(transport->close_code(), 1005);
    expect_report(1000);  // answered as a normal end
}

struct Refused {
    const char* what;
    const char* hex;
    CloseCause cause;
    int code;
};
constexpr Refused refused[]{
    {"a text that is no UTF-8", "8102c328", CloseCause::protocol_error, 1007},
    {"a text that ends within a code point", "8102e282", CloseCause::protocol_error, 1007},
    {"a fragment that cannot become UTF-8", "0103f48fc0", CloseCause::protocol_error, 1007},
    {"a masked frame", "8182000000006869", CloseCause::protocol_error, 1002},
    {"a compressed frame", "c1024a04", CloseCause::protocol_error, 1002},
    {"an opcode that is none", "8300", CloseCause::protocol_error, 1002},
    {"the end of a message that did not begin", "8000", CloseCause::protocol_error, 1002},
    {"a message within another", "01016181016a", CloseCause::protocol_error, 1002},
    {"a ping in fragments", "0900", CloseCause::protocol_error, 1002},
    {"a ping of 126 bytes", "897e007e", CloseCause::protocol_error, 1002},
    {"a close code that is none", "880203e7", CloseCause::protocol_error, 1002},
    {"a message above the limit", "817f0000000000010001", CloseCause::too_big, 1009},
};

TEST_F(TransportForeign, what_breaks_the_protocol_is_refused_by_its_code) {
    TransportLimits limits;
    limits.message_bytes_max = 65'536;
    for (const Refused& row : refused) {
        SCOPED_TRACE(row.what);
        const auto transport = ask(std::string("/raw?hex=") + row.hex, limits);
        await_end(*transport);
        EXPECT_EQ(transport->close_cause(), row.cause);
        EXPECT_TRUE(collector_.frames.empty());
        const std::string report = server_->read_line();
        EXPECT_EQ(report.rfind(R"({"code": )" + std::to_string(row.code) + ",", 0), 0U) << report;
    }
}

TEST_F(TransportForeign, compression_is_not_asked_for_and_refused_where_it_is_forced_upon_us) {
    auto transport = ask("/deflate");  // this server compresses for whoever offers it
    ASSERT_EQ(transport->send_text("plain"), SendResult::sent);
    await_frames(*transport, 1);
    EXPECT_EQ(collector_.frames.back().payload, "plain");
    transport->close(1000, "");
    await_end(*transport);
    expect_report(1000);  // "offered" is empty
    transport = ask("/unasked");
    await_end(*transport);
    EXPECT_EQ(transport->close_cause(), CloseCause::handshake_failed);
    EXPECT_TRUE(collector_.frames.empty());
    EXPECT_NE(server_->read_line().find("1006"), std::string::npos) << "no word of a websocket";
}

}  // namespace
}  // namespace portcullis::gateways::test
