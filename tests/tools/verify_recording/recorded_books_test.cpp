// Every recording that is there, through a book that has no ladder, one with a small ladder and one
// as traded with: equal after every message.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/book/l2_book.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools {
namespace {

namespace binance = gateways::binance;
using namespace engine;

struct Ladder {
    std::size_t ticks{};
    std::int64_t tick{};
};

class Books final : public binance::BookSink {
public:
    explicit Books(std::int64_t tick) {
        for (const Ladder& ladder : {Ladder{512, 0}, Ladder{512, tick}, Ladder{16384, tick}}) {
            books_.push_back(std::make_unique<L2Book>(capacity::book_levels, ladder.ticks));
            books_.back()->set_tick(PriceAtoms{ladder.tick});
        }
    }
    void on_reset(const BookReset& reset) override {
        for (const auto& book : books_) {
            book->reset(reset.reason);
        }
    }
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            const ApplyResult want = books_[0]->apply(part);
            for (std::size_t i = 1; i < books_.size(); ++i) {
                const ApplyResult got = books_[i]->apply(part);
                ASSERT_EQ(got.outcome, want.outcome);
                ASSERT_EQ(got.reason, want.reason);
            }
        }
        const bool whole = messages++ % 64 == 0;
        const auto want = shown(*books_[0], whole);
        for (std::size_t i = 1; i < books_.size(); ++i) {
            ASSERT_EQ(shown(*books_[i], whole), want) << "message " << messages;
            books_[i]->recentre();
            ASSERT_TRUE(!whole || books_[i]->self_check());
            near[i] += books_[i]->near_count(Side::buy) + books_[i]->near_count(Side::sell);
        }
        levels += books_[0]->level_count(Side::buy) + books_[0]->level_count(Side::sell);
    }

    std::uint64_t messages{}, levels{};
    std::array<std::uint64_t, 3> near{};

private:
    /// Id, the best of both sides, and counts and twenty levels a side or the hash of all.
    static std::vector<std::uint64_t> shown(const L2Book& book, bool whole) {
        std::vector<std::uint64_t> words{book.last_update().value, book.valid() ? 1U : 0U};
        for (const Side side : {Side::buy, Side::sell}) {
            const BookLevel best = book.best(side).value_or(BookLevel{});
            words.push_back(static_cast<std::uint64_t>(best.price.value));
            words.push_back(static_cast<std::uint64_t>(best.qty.value));
        }
        if (whole) {
            StateHasher hasher;
            book.hash(hasher);
            words.push_back(hasher.value());
            return words;
        }
        for (const Side side : {Side::buy, Side::sell}) {
            words.push_back(book.level_count(side));
            std::size_t count = 0;
            book.walk(side, [&](const BookLevel& level) {
                words.push_back(static_cast<std::uint64_t>(level.price.value));
                words.push_back(static_cast<std::uint64_t>(level.qty.value));
                return ++count < 20;
            });
        }
        return words;
    }

    std::vector<std::unique_ptr<L2Book>> books_;
};

/// "btcusd_perp@depth@0ms" -> "BTCUSD_PERP".
std::string symbol_of(std::string_view stream) {
    std::string symbol{stream.substr(0, stream.find('@'))};
    for (char& c : symbol) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return symbol;
}

void compare(const std::string& path, std::int64_t tick) {
    SCOPED_TRACE(path);
    auto reader = RecordingReader::open(path);
    ASSERT_TRUE(reader.ok());
    RecordedLine line;
    do {
        ASSERT_TRUE(reader.value().next(line).value());
    } while (line.snapshot);
    binance::MarketDataDecoder decoder({{symbol_of(line.stream), InstrumentId{0}}});
    ASSERT_TRUE(reader.value().rewind().ok());
    binance::SnapshotDecoder snapshots;
    binance::DepthSnapshot snapshot;
    snapshot.instrument = InstrumentId{0};
    binance::BookSynchronizer sync(InstrumentId{0});
    Books books(tick);
    while (reader.value().next(line).value() && !testing::Test::HasFatalFailure()) {
        if (line.snapshot) {
            ASSERT_EQ(snapshots.decode(line.json, snapshot), binance::DecodeError::none);
            (void)sync.on_snapshot(snapshot, books);
            continue;
        }
        const auto& message = decoder.decode(line.json);
        if (message.kind == binance::MessageKind::depth) {
            sync.on_depth(message.depth, books);
        }
    }
    EXPECT_GT(books.messages, 6'000U);
    EXPECT_GT(books.near[1], 0U);
    EXPECT_GT(books.near[2], books.levels / 3) << "the ladder holds too little to prove anything";
    EXPECT_LT(books.near[2], books.levels);
}

TEST(RecordedBooks, the_shipped_recording_makes_the_same_book_with_and_without_a_ladder) {
    compare(PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz",
            1'000'000);
}

TEST(RecordedBooks, so_do_the_shared_ones) {
    const std::string shared = PORTCULLIS_SHARED_DIR "/data/binance/binance_";
    if (!std::filesystem::exists(PORTCULLIS_SHARED_DIR "/data/binance")) {
        GTEST_SKIP() << "no " << shared;
    }
    compare(shared + "coinm_btcusdperp_2024-08-08T2354_11min.tsjsonl.gz", 10'000'000);
    compare(shared + "coinm_ethusdperp_2024-08-08T2354_11min.tsjsonl.gz", 1'000'000);
    compare(shared + "spot_nexousdt_2024-07-23T1539_24h20m.tsjsonl.gz", 10'000);
    compare(shared + "usdm_btcusdt_2023-04-04T2358_9min.tsjsonl.gz", 10'000'000);
    compare(shared + "usdm_btcusdt_2024-07-18T2357_8min.tsjsonl.gz", 10'000'000);
    compare(shared + "usdm_btcusdt_2024-08-08T2354_6min.tsjsonl.gz", 10'000'000);
}

}  // namespace
}  // namespace portcullis::tools
