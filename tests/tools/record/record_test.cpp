// record: addresses, the snapshot that fits, the gap that ends a recording, files that are whole.
#include "tools/portcullis/record/record.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tools/portcullis/record/symbol_recorder.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools {
namespace {

std::string depth(std::uint64_t first, std::uint64_t last) {
    return R"({"stream":"ab@depth","data":{"e":"depthUpdate","s":"AB","U":)" +
           std::to_string(first) + R"(,"u":)" + std::to_string(last) + R"(,"b":[],"a":[]}})";
}
std::string snapshot(std::uint64_t id) {
    return R"({"lastUpdateId":)" + std::to_string(id) + R"(,"bids":[],"asks":[]})";
}

class Recording : public testing::Test {
protected:
    Recording()
        : path(testing::TempDir() + "record_test_" + std::to_string(getpid()) + ".tsjsonl.gz"),
          recorder("ab", std::move(RecordingWriter::create(path)).value()) {}
    ~Recording() override { std::filesystem::remove(path); }

    engine::Outcome take_depth(std::uint64_t first, std::uint64_t last) {
        const std::string text = depth(first, last);
        return recorder.message(++now, text, text.find(R"({"e")"), true);
    }
    engine::Outcome take_other() {
        const std::string text = R"({"stream":"ab@trade","data":{}})";
        return recorder.message(++now, text, text.find("{}"), false);
    }
    std::vector<std::string> lines() {
        std::vector<std::string> out;
        auto reader = std::move(RecordingReader::open(path)).value();
        RecordedLine line;
        while (reader.next(line).value()) {
            out.push_back(std::to_string(line.receive_ns % 1000) + " " + std::string(line.json));
        }
        return out;
    }
    std::string path;
    SymbolRecorder recorder;
    std::int64_t now{1'700'000'000'000'000'000};
};

TEST_F(Recording, keeps_the_order_of_arrival_around_the_snapshot) {
    ASSERT_TRUE(take_depth(5, 7));
    ASSERT_TRUE(take_other());
    EXPECT_FALSE(recorder.begun());
    ASSERT_TRUE(recorder.snapshot(++now, snapshot(6)));
    EXPECT_TRUE(recorder.begun());
    ASSERT_TRUE(take_depth(8, 8));
    ASSERT_TRUE(recorder.finish());
    EXPECT_EQ(lines(),
              (std::vector<std::string>{"1 " + depth(5, 7), R"(2 {"stream":"ab@trade","data":{}})",
                                        "3 " + snapshot(6), "4 " + depth(8, 8)}));
}

TEST_F(Recording, takes_the_first_snapshot_that_is_not_older_than_the_depth_events) {
    ASSERT_TRUE(recorder.snapshot(++now, snapshot(3)));
    EXPECT_FALSE(recorder.wants_snapshot());
    ASSERT_TRUE(take_depth(5, 7));
    EXPECT_TRUE(recorder.wants_snapshot()) << "4 is missing";
    ASSERT_TRUE(recorder.snapshot(++now, snapshot(3)));
    EXPECT_TRUE(recorder.wants_snapshot());
    ASSERT_TRUE(recorder.snapshot(++now, snapshot(4)));
    EXPECT_FALSE(recorder.wants_snapshot());
    ASSERT_TRUE(recorder.finish());
    EXPECT_EQ(lines(), (std::vector<std::string>{"2 " + depth(5, 7), "4 " + snapshot(4)}));
}

TEST_F(Recording, ends_at_a_gap_and_at_what_is_no_market_data) {
    ASSERT_TRUE(take_depth(5, 7));
    EXPECT_NE(take_depth(9, 9).error().find("gap: depth event begins at 9, expected 8"),
              std::string::npos);
    const std::string odd = R"({"stream":"ab@depth","data":{"U":2,"u":1}})";
    EXPECT_FALSE(recorder.message(++now, odd, odd.find(R"({"U)"), true));
    EXPECT_FALSE(recorder.snapshot(++now, R"({"code":-1003})"));
}

TEST_F(Recording, leaves_no_half_file_under_its_name) {
    ASSERT_TRUE(take_depth(5, 7));
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::exists(path + ".part"));
    recorder = SymbolRecorder("ab", std::move(RecordingWriter::create(path + "2")).value());
    EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST(RecordUrl, is_a_scheme_a_host_and_a_port) {
    const auto whole = parse_url("wss://stream.binance.com:9443", "wss");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole.value().host, "stream.binance.com");
    EXPECT_EQ(whole.value().port, 9443);
    EXPECT_EQ(parse_url("https://localhost/", "https").value().port, 443);
    for (const char* text : {"", "wss://", "ws://a", "wss://a:0", "wss://a:65536", "wss://a:x",
                             "wss://a/b", "wss://a b", "https://a"}) {
        const auto refused = parse_url(text, "wss");
        ASSERT_FALSE(refused) << text;
        EXPECT_NE(refused.error().find("expected wss://HOST[:PORT]"), std::string::npos);
    }
}

TEST(Record, refuses_what_it_cannot_begin) {
    const std::atomic<bool> stop{false};
    RecordOptions options;
    options.url = "wss://localhost:1";
    options.symbols = {"AB", "CD"};
    options.out = testing::TempDir() + "one_for_two.tsjsonl.gz";
    EXPECT_NE(record(options, stop).error().find("{symbol}"), std::string::npos);
    options.symbols = {"AB"};
    options.rest_url = "http://localhost";
    EXPECT_NE(record(options, stop).error().find("--rest"), std::string::npos);
    options.rest_url.clear();
    options.out = "/nowhere/x.tsjsonl.gz";
    EXPECT_NE(record(options, stop).error().find("/nowhere/x"), std::string::npos);
    options.out = testing::TempDir() + "nobody.tsjsonl.gz";
    const auto nobody = record(options, stop);
    ASSERT_FALSE(nobody);
    EXPECT_NE(nobody.error().find("nothing recorded"), std::string::npos) << nobody.error();
    EXPECT_FALSE(std::filesystem::exists(options.out));
}

}  // namespace
}  // namespace portcullis::tools
