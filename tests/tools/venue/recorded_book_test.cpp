// RecordedBook: which of the two streams counts, and what our takers have had of it.
#include "tools/venue/recorded_book.hpp"

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

/// Visible levels of a side, best first: "101x1 102x2 ".
std::string shown(const RecordedBook& book, Side side) {
    std::string text;
    for (auto at = book.next_visible(side); at; at = book.next_visible(side, at->price)) {
        text += std::to_string(at->price.value / engine::atoms_per_unit) + "x" +
                std::to_string(at->qty.value / engine::atoms_per_unit) + " ";
    }
    return text;
}

RecordedBook small_book() {
    RecordedBook book;
    book.reset({level("100", "1"), level("99", "2"), level("98", "3")},
               {level("101", "1"), level("102", "2"), level("103", "3")}, 10);
    return book;
}

TEST(RecordedBook, a_newer_ticker_hides_what_is_better_and_lays_its_best_over) {
    RecordedBook book = small_book();
    book.apply_ticker(level("99", "5"), level("102", "7"), 11);
    EXPECT_EQ(shown(book, Side::buy), "99x5 98x3 ");
    EXPECT_EQ(shown(book, Side::sell), "102x7 103x3 ");
    EXPECT_EQ(book.live(Side::buy, price("100")), qty("0"));
    EXPECT_EQ(book.live(Side::sell, price("101")), qty("0"));
    book.apply_ticker(level("100.5", "4"), level("100.75", "4"), 12);
    EXPECT_EQ(shown(book, Side::buy), "100x4 100x1 99x5 98x3 ");
    EXPECT_EQ(shown(book, Side::sell), "100x4 101x1 102x7 103x3 ");
    EXPECT_EQ(book.depth(10).bids.size(), 3U);  // the depth stream has not told of it
    EXPECT_EQ(book.depth(1).asks[0].price, price("101"));
}

TEST(RecordedBook, an_older_ticker_says_nothing) {
    RecordedBook book = small_book();
    book.apply_ticker(level("98", "9"), level("103", "9"), 10);
    EXPECT_EQ(shown(book, Side::buy), "100x1 99x2 98x3 ");
    book.apply_ticker(level("99", "5"), level("102", "7"), 12);
    book.apply_ticker(level("98", "9"), level("103", "9"), 11);
    EXPECT_EQ(shown(book, Side::buy), "99x5 98x3 ");
}

TEST(RecordedBook, a_depth_event_that_reaches_the_tickers_id_takes_over) {
    RecordedBook book = small_book();
    book.apply_ticker(level("100.5", "4"), level("102", "7"), 15);
    book.apply_depth({level("98", "8")}, {}, 14);  // not there yet
    EXPECT_EQ(shown(book, Side::buy), "100x4 100x1 99x2 98x8 ");
    EXPECT_EQ(shown(book, Side::sell), "102x7 103x3 ");
    book.apply_depth({}, {level("101", "0")}, 15);  // 100.5 came and went within it
    EXPECT_EQ(shown(book, Side::buy), "100x1 99x2 98x8 ");
    EXPECT_EQ(shown(book, Side::sell), "102x2 103x3 ");
    EXPECT_EQ(book.live(Side::buy, price("100.5")), qty("0"));
}

TEST(RecordedBook, a_ticker_with_an_empty_side_hides_the_whole_side) {
    RecordedBook book = small_book();
    book.apply_ticker(level("100", "1"), level("0", "0"), 11);
    EXPECT_EQ(shown(book, Side::sell), "");
    EXPECT_EQ(shown(book, Side::buy), "100x1 99x2 98x3 ");
}

TEST(RecordedBook, what_was_consumed_stays_consumed_while_the_level_lives) {
    RecordedBook book = small_book();
    book.consume(Side::sell, price("102"), qty("2"));
    EXPECT_EQ(shown(book, Side::sell), "101x1 103x3 ");
    EXPECT_EQ(book.live(Side::sell, price("102")), qty("2"));
    EXPECT_EQ(book.depth(2).asks[1].qty, qty("2"));
    book.apply_depth({}, {level("102", "5")}, 11);
    EXPECT_EQ(shown(book, Side::sell), "101x1 102x3 103x3 ");
    book.apply_depth({}, {level("102", "1")}, 12);
    EXPECT_EQ(shown(book, Side::sell), "101x1 103x3 ");
    book.apply_depth({}, {level("102", "2")}, 13);  // one of the two was consumed
    EXPECT_EQ(shown(book, Side::sell), "101x1 102x1 103x3 ");
    book.apply_depth({}, {level("102", "0")}, 14);
    book.apply_depth({}, {level("102", "2")}, 15);
    EXPECT_EQ(shown(book, Side::sell), "101x1 102x2 103x3 ");
}

TEST(RecordedBook, a_reset_forgets_everything) {
    RecordedBook book = small_book();
    book.apply_ticker(level("99", "5"), level("102", "7"), 50);
    book.consume(Side::buy, price("98"), qty("3"));
    book.reset({level("98", "3")}, {level("99", "1")}, 5);
    EXPECT_EQ(shown(book, Side::buy), "98x3 ");
    EXPECT_EQ(shown(book, Side::sell), "99x1 ");
    EXPECT_EQ(book.depth_id(), 5U);
    book.apply_ticker(level("97", "1"), level("99", "1"), 6);
    EXPECT_EQ(shown(book, Side::buy), "97x1 ");
}

}  // namespace
}  // namespace portcullis::tools::venue
