// BookClaims: golden lines, from the events that a feed sends.
#include "tools/portcullis/journal/book_claims.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace portcullis::tools {
namespace {

using namespace engine;

constexpr InstrumentId btc{0};

/// Steps a market as the core does, and writes down what it then claims.
class BookClaimsTest : public testing::Test {
protected:
    ~BookClaimsTest() override { std::filesystem::remove(path); }

    template <class T>
    void on(const T& body) {
        Event event = Event::of(body, MonoNs{7}, WallNs{});
        event.header.seq = ++seq;
        if constexpr (std::is_same_v<T, BookReset>) {
            market.on_reset(body.reason);
        } else {
            (void)market.on(body, MonoNs{7});
        }
        if (claimed_instrument(event) != no_instrument) {
            claims.value().write(event, btc, market);
        }
    }
    [[nodiscard]] static BookDelta part(std::uint8_t flags, std::uint64_t update,
                                        std::int64_t price, std::int64_t qty, bool ask) {
        BookDelta delta;
        delta.first_update = delta.last_update = UpdateId{update};
        delta.levels[0] = {PriceAtoms{price}, QtyAtoms{qty}};
        delta.instrument = btc;
        delta.flags = flags;
        delta.level_count = 1;
        delta.ask_mask = ask ? 1 : 0;
        return delta;
    }
    [[nodiscard]] std::string text() {
        EXPECT_TRUE(claims.value().close());
        std::stringstream all;
        all << std::ifstream(path).rdbuf();
        return all.str();
    }

    std::string path =
        (std::filesystem::temp_directory_path() / ("book_claims_" + std::to_string(getpid())))
            .string();
    Result<BookClaims> claims = BookClaims::create(path);
    InstrumentMarket market;
    std::uint64_t seq{};
};

TEST_F(BookClaimsTest, one_line_for_each_whole_message_and_none_for_its_parts) {
    constexpr auto snapshot = static_cast<std::uint8_t>(BookDelta::snapshot);
    on(part(snapshot | BookDelta::snapshot_begin, 10, 99, 5, false));
    on(part(snapshot, 10, 98, 4, false));
    on(part(snapshot | BookDelta::last, 10, 101, 6, true));
    on(part(BookDelta::last, 11, 99, 0, false));
    on(TradePrint{});
    EXPECT_EQ(text(),
              "3 7 0 book 10 99:5,98:4 101:6\n"
              "4 7 0 book 11 98:4 101:6\n");
}

TEST_F(BookClaimsTest, the_newer_of_ticker_and_book_and_nothing_of_an_invalid_one) {
    TopOfBook ticker{
        UpdateId{12}, {PriceAtoms{100}, QtyAtoms{1}}, {PriceAtoms{101}, QtyAtoms{2}}, btc, {}};
    on(ticker);
    on(part(BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last, 10, 99, 5, false));
    ticker.update = UpdateId{13};
    on(ticker);
    on(BookReset{btc, ResetReason::gap, {}});
    on(part(BookDelta::last, 14, 99, 1, false));
    EXPECT_EQ(text(),
              "1 7 0 top invalid\n"
              "2 7 0 book 10 99:5 -\n"
              "3 7 0 top 13 100:1 101:2\n"
              "4 7 0 reset 2\n"
              "5 7 0 book invalid\n");
}

TEST_F(BookClaimsTest, a_file_that_cannot_be_made_is_an_error_that_names_it) {
    const auto refused = BookClaims::create("/nowhere/books.txt");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().substr(0, 18), "/nowhere/books.txt");
}

}  // namespace
}  // namespace portcullis::tools
