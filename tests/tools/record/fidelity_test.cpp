// Fidelity: what a client records of the venue's replay is what the recording holds.
//
// `portcullis record` listens over TLS to a venue that plays at speed max. Its file and the
// recording are then read side by side: the book where publishing begins, and from there every
// message byte for byte. What differs is the receive time, and nothing else: what the recording's
// own snapshot makes stale no client may use, and the venue does not send it.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tools/portcullis/record/record.hpp"
#include "tools/recording/recording.hpp"
#include "tools/venue/market_message.hpp"
#include "tools/venue/recorded_book.hpp"
#include "tools/venue/server/run_folder.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools {
namespace {

const std::string shipped =
    PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";

/// A recording as its client may use it: a synchronised book, then messages.
class Usable {
public:
    explicit Usable(const std::string& path)
        : reader_(std::move(RecordingReader::open(path)).value()) {
        std::vector<venue::DepthMessage> early;
        do {
            next();
            if (has_line && !line.snapshot &&
                venue::stream_kind(line.stream) == venue::StreamKind::depth) {
                early.push_back(messages_.depth(line.data).value());
            }
        } while (has_line && !line.snapshot);
        EXPECT_TRUE(has_line) << path << " has no snapshot";
        const auto snapshot = messages_.snapshot(line.data).value();
        book.reset(snapshot.bids, snapshot.asks, snapshot.last_id);
        for (const auto& event : early) {
            if (event.last_id > book.depth_id()) {
                book.apply_depth(event.bids, event.asks, event.last_id);
            }
        }
        last_id_ = book.depth_id();
        advance();
    }
    /// To the next line that is not stale.
    void advance() {
        for (next(); has_line && stale(); next()) {
        }
    }

    venue::RecordedBook book;
    RecordedLine line;
    bool has_line{};

private:
    void next() {
        const auto more = reader_.next(line);
        EXPECT_TRUE(more.ok()) << more.error();
        has_line = more.ok() && more.value();
    }
    bool stale() {
        if (line.snapshot) {
            return true;
        }
        if (venue::stream_kind(line.stream) != venue::StreamKind::depth) {
            return false;
        }
        const std::uint64_t id = messages_.depth(line.data).value().last_id;
        const bool old = id <= last_id_;
        last_id_ = std::max(id, last_id_);
        return old;
    }
    RecordingReader reader_;
    venue::MessageReader messages_;
    std::uint64_t last_id_{};
};

void expect_equal(const std::string& recording, const std::string& recorded,
                  std::uint64_t messages) {
    Usable expected(recording);
    Usable found(recorded);
    const auto a = expected.book.depth(100'000);
    const auto b = found.book.depth(100'000);
    ASSERT_EQ(a.last_update_id, b.last_update_id);
    for (const auto& [left, right] : {std::pair{&a.bids, &b.bids}, std::pair{&a.asks, &b.asks}}) {
        ASSERT_EQ(left->size(), right->size());
        for (std::size_t i = 0; i < left->size(); ++i) {
            ASSERT_EQ((*left)[i].price, (*right)[i].price);
            ASSERT_EQ((*left)[i].qty, (*right)[i].qty);
        }
    }
    std::uint64_t compared = 0;
    while (expected.has_line && found.has_line) {
        ASSERT_EQ(expected.line.json, found.line.json)
            << "lines " << expected.line.number << " and " << found.line.number;
        ++compared;
        expected.advance();
        found.advance();
    }
    EXPECT_EQ(compared, messages);
    EXPECT_FALSE(expected.has_line) << "a message is missing: " << expected.line.json;
    EXPECT_FALSE(found.has_line) << "a message too many: " << found.line.json;
}

void control(const std::string& path, const std::string& text) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::send(socket, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    char answer[8] = {};
    ASSERT_GE(::recv(socket, answer, sizeof answer, 0), 2);
    EXPECT_EQ(std::string(answer, 2), "ok");
    ::close(socket);
}

struct Whole {
    std::string symbol, recording;
    std::uint64_t messages;
};

/// A venue that plays recordings together, in a folder of its own.
class PlayingVenue {
public:
    PlayingVenue(const std::string& name, const std::vector<std::string>& recordings,
                 const std::string& speed, bool paused)
        : dir(testing::TempDir() + name + "_" + std::to_string(getpid())) {
        std::filesystem::create_directories(dir);
        venue::RunFolder folder;
        folder.dir = dir;
        folder.speed = speed;
        folder.paused = paused;
        folder.recordings = recordings;
        const auto config = venue::load_config(venue::make_run_folder(folder).value());
        server_ = std::move(venue::Server::make(config.value())).value();
        thread_ = std::thread([this] { server_->run(); });
    }
    ~PlayingVenue() {
        server_->stop();
        thread_.join();
        std::filesystem::remove_all(dir);
    }
    PlayingVenue(const PlayingVenue&) = delete;
    PlayingVenue& operator=(const PlayingVenue&) = delete;

    [[nodiscard]] RecordOptions record_of(const std::vector<std::string>& symbols) const {
        RecordOptions options;
        options.symbols = symbols;
        options.url = "wss://localhost:" + std::to_string(server_->port());
        options.ca_file = dir + "/ca.pem";
        options.out = dir + "/{symbol}.tsjsonl.gz";
        options.seconds_max = 120;
        return options;
    }
    const std::string dir;

private:
    std::unique_ptr<venue::Server> server_;
    std::thread thread_;
};

/// Plays them together at speed max, records, compares each.
void expect_recorded_whole(const std::vector<Whole>& wholes) {
    ASSERT_FALSE(wholes.empty());
    std::vector<std::string> recordings;
    std::vector<std::string> symbols;
    std::uint64_t messages = 0;
    for (const Whole& whole : wholes) {
        recordings.push_back(whole.recording);
        symbols.push_back(whole.symbol);
        messages += whole.messages;
    }
    const PlayingVenue playing("fidelity", recordings, "max", true);
    RecordOptions options = playing.record_of(symbols);
    options.messages_max = messages;
    options.on_ready = [&] { control(playing.dir + "/ctl.sock", "replay resume\n"); };
    const std::atomic<bool> stop{false};
    const auto summary = record(options, stop);
    ASSERT_TRUE(summary) << summary.error();
    EXPECT_EQ(summary.value().ended, "");
    EXPECT_EQ(summary.value().messages, messages);
    for (std::size_t i = 0; i < wholes.size(); ++i) {
        expect_equal(wholes[i].recording, summary.value().files.at(i), wholes[i].messages);
    }
}

/// Filters that bind nobody.
void write_sidecar(const std::string& dir, const std::string& symbol, const std::string& base) {
    std::ofstream{dir + "/" + symbol + ".filters.json"}
        << R"({"symbol":")" << symbol << R"(","baseAsset":")" << base
        << R"(","quoteAsset":"USDT","filters":[)"
        << R"({"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"0.001"},)"
        << R"({"filterType":"LOT_SIZE","minQty":"0","maxQty":"0","stepSize":"0.01"}]})";
}

/// The shared recordings have no sidecar.
std::string with_sidecar(const std::string& dir, const std::string& recording,
                         const std::string& symbol, const std::string& base) {
    std::filesystem::create_directories(dir);
    const std::string path = dir + "/" + symbol + ".tsjsonl.gz";
    std::filesystem::remove(path);
    std::filesystem::create_symlink(std::filesystem::absolute(recording), path);
    write_sidecar(dir, symbol, base);
    return path;
}

TEST(Fidelity, what_is_recorded_of_the_replay_is_the_recording) {
    expect_recorded_whole({{"BTCUSDT", shipped, 99'566}});
}

TEST(Fidelity, a_shared_day_and_the_shipped_recording_played_together_are_both_recorded_whole) {
    const std::string day = PORTCULLIS_SHARED_DIR
        "/data/binance/binance_spot_nexousdt_2024-07-23T1539_24h20m.tsjsonl.gz";
    if (!std::filesystem::exists(day)) {
        GTEST_SKIP() << "SKIPPED: " << day << " is absent";
    }
    const std::string dir = testing::TempDir() + "fidelity_day_" + std::to_string(getpid());
    expect_recorded_whole({{"NEXOUSDT", with_sidecar(dir, day, "NEXOUSDT", "NEXO"), 114'077},
                           {"BTCUSDT", shipped, 99'566}});
    std::filesystem::remove_all(dir);
}

TEST(Fidelity, a_symbol_that_never_begins_is_an_error_and_costs_the_others_nothing) {
    const std::string dir = testing::TempDir() + "fidelity_quiet_" + std::to_string(getpid());
    std::filesystem::create_directories(dir);
    const std::string quiet = dir + "/QUIETUSDT.tsjsonl";
    write_sidecar(dir, "QUIETUSDT", "QUIET");
    std::ofstream{quiet} << R"(1700000000000000000 {"lastUpdateId":5,"bids":[],"asks":[]})"
                            "\n";
    const PlayingVenue playing("fidelity_begun", {shipped, quiet}, "10", false);
    RecordOptions options = playing.record_of({"QUIETUSDT", "BTCUSDT"});
    options.messages_max = 500;
    const std::atomic<bool> stop{false};
    const auto summary = record(options, stop);
    ASSERT_TRUE(summary) << summary.error();
    EXPECT_EQ(summary.value().ended, "");
    EXPECT_EQ(summary.value().messages, 500U);
    EXPECT_EQ(summary.value().files, std::vector{playing.dir + "/btcusdt.tsjsonl.gz"});
    EXPECT_EQ(
        summary.value().unwritten,
        std::vector{playing.dir + "/quietusdt.tsjsonl.gz: nothing recorded: no depth event came"});
    EXPECT_FALSE(std::filesystem::exists(playing.dir + "/quietusdt.tsjsonl.gz"));
    std::uint64_t found = 0;
    for (Usable recorded(summary.value().files.at(0)); recorded.has_line; recorded.advance()) {
        ++found;
    }
    // Not how many: those of before the snapshot are of no use, and a slow machine has more of
    // them.
    EXPECT_GT(found, 0U) << "the file can be used to its end";
    EXPECT_EQ(record_command(options), 1);
    options.symbols = {"QUIETUSDT"};
    options.messages_max = 0;
    options.seconds_max = 1;
    EXPECT_EQ(record_command(options), 2) << "nothing at all was recorded";
    std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace portcullis::tools
