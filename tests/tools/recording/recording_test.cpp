// RecordingReader: what is a line, what is not, and that every byte of a real recording is seen.
#include "tools/recording/recording.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace portcullis::tools {
namespace {

/// A file that is gone when the test is.
struct TemporaryFile {
    std::string path;
    explicit TemporaryFile(const std::string& name)
        : path((std::filesystem::temp_directory_path() / (std::to_string(getpid()) + "_" + name))
                   .string()) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::remove(path.c_str()); }
    void write_plain(const std::string& text) const {
        std::ofstream{path, std::ios::binary} << text;
    }
    void write_gzip(const std::string& text) const {
        gzFile file = gzopen(path.c_str(), "wb");
        ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
                  static_cast<int>(text.size()));
        gzclose(file);
    }
};

const std::string trade_line =
    R"(1723161254087896568 {"stream":"btcusdt@trade","data":{"e":"trade","p":"1"}})";
const std::string snapshot_line = R"(1723161254206652067 {"lastUpdateId":7,"bids":[],"asks":[]})";

TEST(Recording, cuts_the_stream_and_the_inner_message_out_of_the_wrapper) {
    const auto line = parse_recorded_line(trade_line);
    ASSERT_TRUE(line.ok());
    EXPECT_EQ(line.value().receive_ns, 1723161254087896568);
    EXPECT_EQ(line.value().stream, "btcusdt@trade");
    EXPECT_EQ(line.value().data, R"({"e":"trade","p":"1"})");
    EXPECT_EQ(line.value().json, trade_line.substr(20));
    EXPECT_FALSE(line.value().snapshot);
}

TEST(Recording, knows_the_depth_snapshot) {
    for (const auto* text : {R"(1723161254206652067 {"lastUpdateId":7,"bids":[],"asks":[]})",
                             R"(1723161254206652 {"lastUpdateId": 7, "bids": [], "asks": []})"}) {
        const auto line = parse_recorded_line(text);
        ASSERT_TRUE(line.ok()) << line.error();
        EXPECT_TRUE(line.value().snapshot);
        EXPECT_EQ(line.value().stream, "");
        EXPECT_EQ(line.value().data, line.value().json);
    }
}

TEST(Recording, tells_nanoseconds_from_microseconds_by_size) {
    const auto micro = parse_recorded_line("1680652800123456 {\"lastUpdateId\":1}");
    ASSERT_TRUE(micro.ok());
    EXPECT_EQ(micro.value().receive_ns, 1680652800123456000);
    const auto nano = parse_recorded_line("1680652800123456789 {\"lastUpdateId\":1}\r");
    ASSERT_TRUE(nano.ok());
    EXPECT_EQ(nano.value().receive_ns, 1680652800123456789);
    EXPECT_EQ(nano.value().json, "{\"lastUpdateId\":1}");
}

TEST(Recording, refuses_what_is_not_a_recorded_line) {
    const std::string cases[] = {
        "",
        " ",
        "1723161254087896568",
        "1723161254087896568 ",
        "1723161254087 {\"lastUpdateId\":1}",
        "9999999999999999999 {\"lastUpdateId\":1}",
        "0723161254087896568 {\"lastUpdateId\":1}",
        "17231612540878x6568 {\"lastUpdateId\":1}",
        "-723161254087896568 {\"lastUpdateId\":1}",
        "1723161254087896568 {\"lastUpdateId\":1",
        "1723161254087896568 {\"result\":null,\"id\":1}",
        "1723161254087896568 {\"stream\":\"btcusdt@trade",
        "1723161254087896568 {\"stream\":\"\",\"data\":{\"e\":1}}",
        "1723161254087896568 {\"stream\":\"a b\",\"data\":{\"e\":1}}",
        "1723161254087896568 {\"stream\":\"a\\\\\",\"data\":{\"e\":1}}",
        "1723161254087896568 {\"stream\":\"a\",\"data\":[1]}",
        "1723161254087896568 {\"stream\":\"a\",\"data\":{\"e\":1}",
        "1723161254087896568 {\"stream\":\"a\",\"data\":",
        "1723161254087896568 {\"stream\":\"a\",\"data\":}",
        "1723161254087896568 {\"stream\":\"a\"}",
        "1723161254087896568 {\"stream\":\"" + std::string(129, 'a') + "\",\"data\":{\"e\":1}}",
    };
    for (const auto& text : cases) {
        const auto line = parse_recorded_line(text);
        EXPECT_FALSE(line.ok()) << text;
        EXPECT_FALSE(line.ok() ? true : line.error().empty());
    }
}

TEST(Recording, reads_gzipped_and_plain_files_alike_with_or_without_a_last_newline) {
    for (const bool gzip : {false, true}) {
        for (const auto* end : {"", "\n"}) {
            TemporaryFile file{"recording_alike"};
            const std::string text = trade_line + "\n" + snapshot_line + end;
            gzip ? file.write_gzip(text) : file.write_plain(text);
            auto reader = RecordingReader::open(file.path);
            ASSERT_TRUE(reader.ok());
            RecordedLine line;
            for (int round = 0; round < 2; ++round) {
                ASSERT_TRUE(reader.value().next(line).value());
                EXPECT_EQ(line.number, 1U);
                EXPECT_EQ(line.stream, "btcusdt@trade");
                ASSERT_TRUE(reader.value().next(line).value());
                EXPECT_EQ(line.number, 2U);
                EXPECT_TRUE(line.snapshot);
                EXPECT_FALSE(reader.value().next(line).value());
                EXPECT_FALSE(reader.value().next(line).value());
                ASSERT_TRUE(reader.value().rewind().ok());
            }
        }
    }
}

TEST(Recording, lines_longer_than_its_buffer_are_whole_and_padded) {
    TemporaryFile file{"recording_long"};
    std::string text;
    for (std::size_t length = 1000; length < 2'000'000; length *= 3) {
        text += R"(1723161254087896568 {"stream":"s","data":{")" + std::string(length, 'x') +
                "\":1}}\n" + trade_line + "\n";
    }
    file.write_gzip(text);
    auto reader = RecordingReader::open(file.path);
    ASSERT_TRUE(reader.ok());
    RecordedLine line;
    unsigned sum = 0;
    for (std::size_t length = 1000; length < 2'000'000; length *= 3) {
        ASSERT_TRUE(reader.value().next(line).value());
        EXPECT_EQ(line.data.size(), length + 6);
        for (std::size_t i = 0; i < line_padding; ++i) {
            sum += static_cast<unsigned char>(line.json.data()[line.json.size() + i]);
        }
        ASSERT_TRUE(reader.value().next(line).value());
        EXPECT_EQ(line.stream, "btcusdt@trade");
    }
    EXPECT_FALSE(reader.value().next(line).value());
    EXPECT_GT(sum, 0U);
}

TEST(Recording, an_error_names_the_file_and_the_line) {
    TemporaryFile file{"recording_bad"};
    file.write_plain(trade_line + "\nnonsense here\n");
    auto reader = RecordingReader::open(file.path);
    ASSERT_TRUE(reader.ok());
    RecordedLine line;
    ASSERT_TRUE(reader.value().next(line).ok());
    const auto second = reader.value().next(line);
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().find(file.path + ":2: "), std::string::npos) << second.error();
}

TEST(Recording, a_missing_file_and_a_gzip_cut_short_are_said) {
    const auto missing = RecordingReader::open("/nonexistent/recording.gz");
    ASSERT_FALSE(missing.ok());
    EXPECT_NE(missing.error().find("/nonexistent/recording.gz"), std::string::npos);

    TemporaryFile file{"recording_short"};
    file.write_gzip(trade_line + "\n" + snapshot_line + "\n");
    const auto whole = std::filesystem::file_size(file.path);
    for (const std::uintmax_t missing_bytes : {1U, 8U, 12U}) {  // of the trailer, and before it
        std::filesystem::resize_file(file.path, whole - missing_bytes);
        auto reader = RecordingReader::open(file.path);
        ASSERT_TRUE(reader.ok());
        RecordedLine line;
        std::uint64_t read = 0;
        auto more = reader.value().next(line);
        for (; more.ok() && more.value(); more = reader.value().next(line)) {
            read = line.number;
        }
        ASSERT_FALSE(more.ok()) << missing_bytes;
        EXPECT_GE(read, 1U) << "what stands before the cut is read";
        EXPECT_EQ(more.error(), file.path + ":" + std::to_string(read + 1) +
                                    ": cannot be read: the gzip stream is cut short");
    }
}

TEST(Recording, every_line_of_the_shipped_recording_is_read) {
    auto reader = RecordingReader::open(std::string{PORTCULLIS_SOURCE_DIR} +
                                        "/tools/venue/data/"
                                        "binance_spot_btcusdt_2024-08-08.tsjsonl.gz");
    ASSERT_TRUE(reader.ok());
    RecordedLine line;
    std::map<std::string, int> counts;
    std::int64_t last_ns = 0;
    for (;;) {
        auto more = reader.value().next(line);
        ASSERT_TRUE(more.ok()) << more.error();
        if (!more.value()) {
            break;
        }
        ++counts[std::string{line.stream}];
        EXPECT_GE(line.receive_ns, last_ns);
        last_ns = line.receive_ns;
    }
    EXPECT_EQ(counts[""], 1);  // counts: MANIFEST.tsv of the source
    EXPECT_EQ(counts["btcusdt@depth@100ms"], 6495);
    EXPECT_EQ(counts["btcusdt@bookTicker"], 73174);
    EXPECT_EQ(counts["btcusdt@trade"], 19904);
    EXPECT_EQ(counts.size(), 4U);
}

}  // namespace
}  // namespace portcullis::tools
