// Why a connection did not open is said once in half a minute, however often it is tried and
// however its reasons alternate; that an open one has no backup among its pins, once for all.
#include "tools/portcullis/trade/connection_log.hpp"

#include <gtest/gtest.h>

namespace portcullis::tools {
namespace {

std::string text_of(std::FILE* file) {
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
        text.push_back(static_cast<char>(c));
    }
    return text;
}

// One that has opened, or has not.
struct Settled final : gateways::Transport {
    bool open{};
    bool no_backup{};
    std::string reason;

    void connect(const gateways::Endpoint&, const gateways::TransportLimits&,
                 std::int64_t) override {}
    std::size_t poll(gateways::FrameSink&, std::size_t, std::int64_t) override { return 0; }
    gateways::SendResult send_text(std::string_view) override {
        return gateways::SendResult::closed;
    }
    gateways::SendResult send_ping(std::string_view) override {
        return gateways::SendResult::closed;
    }
    std::size_t flush() override { return 0; }
    [[nodiscard]] std::size_t pending_bytes() const override { return 0; }
    void close(std::uint16_t, std::string_view) override {}
    void cut() override {}
    [[nodiscard]] gateways::TransportState state() const override {
        return open ? gateways::TransportState::open : gateways::TransportState::closed;
    }
    [[nodiscard]] gateways::CloseCause close_cause() const override { return {}; }
    [[nodiscard]] std::uint16_t close_code() const override { return 0; }
    [[nodiscard]] std::string_view close_reason() const override { return reason; }
    [[nodiscard]] bool lacks_backup_pin() const override { return no_backup; }
    [[nodiscard]] int wait_fd() const override { return -1; }
};

TEST(ConnectionLog, says_once_of_each_endpoint_that_no_backup_is_among_its_pins) {
    std::FILE* const out = std::tmpfile();
    ASSERT_NE(out, nullptr);
    ConnectionLog log(out);
    gateways::Endpoint endpoint;
    endpoint.host = "venue";
    endpoint.path = "/stream";
    endpoint.pins = {"a", "b"};
    Settled settled;
    settled.open = true;
    log.settled(endpoint, settled, 1);
    EXPECT_EQ(text_of(out), "");
    settled.no_backup = true;
    log.settled(endpoint, settled, 2);
    log.settled(endpoint, settled, 3000);
    EXPECT_EQ(text_of(out),
              "portcullis trade: venue.pins: all 2 are in the chain of venue:443/stream; expected "
              "a backup (RFC 7469) for the day on which its keys change\n");
    std::fclose(out);
}

TEST(ConnectionLog, says_each_reason_of_each_endpoint_once_in_half_a_minute) {
    struct Row {
        const char* path;
        const char* reason;
        std::int64_t now_s;
        const char* told;
    };
    const Row rows[]{
        {"/stream", "no pin", 100, "portcullis trade: no connection to venue:443/stream: no pin\n"},
        {"/stream", "no pin", 129, ""},
        {"/ws-api", "no pin", 129, "portcullis trade: no connection to venue:443/ws-api: no pin\n"},
        {"/stream", "no pin", 130, "portcullis trade: no connection to venue:443/stream: no pin\n"},
        {"/stream", "lost", 131, "portcullis trade: no connection to venue:443/stream: lost\n"},
        {"/stream", "no pin", 132, ""},
        {"/stream", "lost", 133, ""},
        {"/stream", "", 134,
         "portcullis trade: no connection to venue:443/stream: no reason given\n"}};
    std::FILE* const out = std::tmpfile();
    ASSERT_NE(out, nullptr);
    ConnectionLog log(out);
    std::string all;
    for (const Row& row : rows) {
        gateways::Endpoint endpoint;
        endpoint.host = "venue";
        endpoint.path = row.path;
        Settled failed;
        failed.reason = row.reason;
        log.settled(endpoint, failed, row.now_s);
        all += row.told;
        EXPECT_EQ(text_of(out), all) << row.path << " " << row.now_s;
    }
    std::fclose(out);
}

}  // namespace
}  // namespace portcullis::tools
