// Why a connection did not open is said once in half a minute, however often it is tried and
// however its reasons alternate.
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
        log.failed(endpoint, row.reason, row.now_s);
        all += row.told;
        EXPECT_EQ(text_of(out), all) << row.path << " " << row.now_s;
    }
    std::fclose(out);
}

}  // namespace
}  // namespace portcullis::tools
