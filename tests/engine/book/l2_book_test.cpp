// The book's rules, each by name: messages, continuity, what makes it invalid, what it shows.
#include "engine/book/l2_book.hpp"

#include <gtest/gtest.h>

#include "tests/engine/book/book_messages.hpp"

namespace portcullis::engine {
namespace {

constexpr Side buy = Side::buy;
constexpr Side sell = Side::sell;

/// Applies a whole message; the result of its last part, or of the part that broke it.
ApplyResult apply(L2Book& book, const TestMessage& message) {
    ApplyResult result;
    for (const BookDelta& part : parts_of(message)) {
        result = book.apply(part);
        if (result.outcome == BookOutcome::reset) {
            break;
        }
    }
    return result;
}

TestMessage snapshot(std::uint64_t id) {
    return {
        id, id, {{buy, 100, 5}, {buy, 99, 6}, {buy, 98, 7}, {sell, 101, 8}, {sell, 102, 9}}, true};
}

/// A valid spot book with id 1000.
L2Book valid_book() {
    L2Book book(64);
    EXPECT_EQ(apply(book, snapshot(1000)).outcome, BookOutcome::complete);
    return book;
}

void expect_reset(L2Book& book, const TestMessage& message, ResetReason reason) {
    const ApplyResult result = apply(book, message);
    EXPECT_EQ(result.outcome, BookOutcome::reset);
    EXPECT_EQ(result.reason, reason);
    EXPECT_EQ(book.state(), BookState::invalid);
    EXPECT_EQ(book.reset_reason(), reason);
    EXPECT_EQ(book.best(buy), std::nullopt);
}

TEST(L2Book, IsInvalidUntilASnapshotHasComeWhole) {
    L2Book book(64);
    EXPECT_EQ(book.state(), BookState::invalid);
    EXPECT_EQ(book.reset_reason(), ResetReason::start);
    const auto parts = parts_of(snapshot(1000));
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(book.apply(parts[0]).outcome, BookOutcome::partial);
    EXPECT_EQ(book.state(), BookState::syncing);
    EXPECT_EQ(book.apply(parts[1]).outcome, BookOutcome::complete);
    EXPECT_TRUE(book.valid());
    EXPECT_TRUE(book.self_check());
    EXPECT_EQ(book.last_update(), UpdateId{1000});
    EXPECT_EQ(book.best(buy), (BookLevel{PriceAtoms{100}, QtyAtoms{5}}));
    EXPECT_EQ(book.best(sell), (BookLevel{PriceAtoms{101}, QtyAtoms{8}}));
    EXPECT_EQ(book.level_count(buy), 3U);
    EXPECT_EQ(book.level(buy, 2), (BookLevel{PriceAtoms{98}, QtyAtoms{7}}));
    EXPECT_EQ(book.level(sell, 1), (BookLevel{PriceAtoms{102}, QtyAtoms{9}}));
}

TEST(L2Book, LeavesItsLadderWhereItIsUntilTheMessageIsWhole) {
    L2Book book(64, 512);
    book.set_tick(PriceAtoms{1});
    for (const BookDelta& part : parts_of({1, 1, {{buy, 9000, 5}, {sell, 9001, 5}}, true})) {
        (void)book.apply(part);
    }
    ASSERT_EQ(book.near_count(sell), 1U);
    const auto parts =
        parts_of({2, 3, {{sell, 9001, 0}, {sell, 20'000, 1}, {sell, 20'001, 1}, {sell, 9002, 1}}});
    EXPECT_EQ(book.apply(parts[0]).outcome, BookOutcome::partial);
    book.recentre();
    EXPECT_EQ(book.near_count(sell), 0U) << "20,000 is the best for now only";
    EXPECT_EQ(book.apply(parts[1]).outcome, BookOutcome::complete);
    EXPECT_EQ(book.near_count(sell), 1U);
    book.reset(ResetReason::gap);
    book.recentre();
    EXPECT_EQ(book.near_count(sell), 0U);
}

TEST(L2Book, ShowsNothingInTheMiddleOfAMessage) {
    L2Book book = valid_book();
    const auto parts =
        parts_of({1001, 1002, {{buy, 100, 0}, {buy, 99, 0}, {buy, 98, 0}, {buy, 97, 1}}});
    EXPECT_EQ(book.apply(parts[0]).outcome, BookOutcome::partial);
    EXPECT_EQ(book.state(), BookState::syncing);
    EXPECT_EQ(book.best(buy), std::nullopt);
    EXPECT_EQ(book.level_count(sell), 0U);
    EXPECT_EQ(book.qty_at(sell, PriceAtoms{101}), QtyAtoms{0});
    EXPECT_EQ(book.apply(parts[1]).outcome, BookOutcome::complete);
    EXPECT_EQ(book.best(buy), (BookLevel{PriceAtoms{97}, QtyAtoms{1}}));
}

TEST(L2Book, AQuantityIsAbsoluteAndZeroRemoves) {
    L2Book book = valid_book();
    EXPECT_EQ(apply(book, {1001, 1001, {{buy, 100, 0}, {buy, 99, 60}, {sell, 103, 4}}}).outcome,
              BookOutcome::complete);
    EXPECT_EQ(book.best(buy), (BookLevel{PriceAtoms{99}, QtyAtoms{60}}));
    EXPECT_EQ(book.qty_at(sell, PriceAtoms{103}), QtyAtoms{4});
    EXPECT_EQ(book.qty_at(buy, PriceAtoms{100}), QtyAtoms{0});
    EXPECT_EQ(book.level_count(sell), 3U);
}

TEST(L2Book, RemovingAnUnknownLevelIsNormal) {
    L2Book book = valid_book();
    EXPECT_EQ(apply(book, {1001, 1001, {{buy, 55, 0}, {sell, 555, 0}}}).outcome,
              BookOutcome::complete);
    EXPECT_EQ(book.level_count(buy), 3U);
    EXPECT_EQ(book.level_count(sell), 2U);
}

TEST(L2Book, AMessageWithoutLevelsMovesTheId) {
    L2Book book = valid_book();
    EXPECT_EQ(apply(book, {1001, 1007, {}}).outcome, BookOutcome::complete);
    EXPECT_EQ(book.last_update(), UpdateId{1007});
}

TEST(L2Book, ASideMayBeEmpty) {
    L2Book book = valid_book();
    EXPECT_EQ(apply(book, {1001, 1001, {{sell, 101, 0}, {sell, 102, 0}}}).outcome,
              BookOutcome::complete);
    EXPECT_TRUE(book.valid());
    EXPECT_EQ(book.best(sell), std::nullopt);
}

TEST(L2Book, ANewSnapshotReplacesEverything) {
    L2Book book = valid_book();
    EXPECT_EQ(apply(book, {2000, 2000, {{sell, 7, 1}, {buy, 6, 2}}, true}).outcome,
              BookOutcome::complete);
    EXPECT_EQ(book.level_count(buy), 1U);
    EXPECT_EQ(book.best(sell), (BookLevel{PriceAtoms{7}, QtyAtoms{1}}));
}

TEST(L2Book, ASnapshotMayComeInAnyOrderButNameAPriceOnce) {
    L2Book book(64);
    EXPECT_EQ(apply(book, {5,
                           5,
                           {{buy, 3, 1},
                            {sell, 9, 1},
                            {buy, 5, 2},
                            {sell, 8, 2},
                            {buy, 4, 3},
                            {sell, 10, 3},
                            {buy, 1, 0}},
                           true})
                  .outcome,
              BookOutcome::complete);
    EXPECT_TRUE(book.self_check());
    EXPECT_EQ(book.level_count(buy), 3U);
    EXPECT_EQ(book.best(buy), (BookLevel{PriceAtoms{5}, QtyAtoms{2}}));
    EXPECT_EQ(book.best(sell), (BookLevel{PriceAtoms{8}, QtyAtoms{2}}));
    expect_reset(book, {6, 6, {{buy, 3, 1}, {buy, 4, 1}, {buy, 3, 2}}, true},
                 ResetReason::bad_message);
}

// --- continuity

struct ContinuityRow {
    const char* name;
    bool futures;
    bool after_delta;  ///< a delta has brought the book to 1000, not a snapshot
    std::uint64_t first, last;
    BookOutcome outcome;
};

TEST(L2Book, TakesOnlyTheMessageThatFollows) {
    using enum BookOutcome;
    const ContinuityRow rows[]{
        {"spot, starts right after the snapshot", false, false, 1001, 1005, complete},
        {"spot, contains the snapshot's id", false, false, 990, 1005, complete},
        {"spot, ends right after it", false, false, 990, 1001, complete},
        {"spot, ends at it", false, false, 990, 1000, ignored},
        {"spot, ends before it", false, false, 980, 990, ignored},
        {"spot, one id is missing", false, false, 1002, 1005, reset},
        {"spot, next", false, true, 1001, 1001, complete},
        {"spot, overlaps", false, true, 1000, 1001, complete},
        {"spot, the same again", false, true, 1000, 1000, ignored},
        {"spot, one id is missing later", false, true, 1002, 1002, reset},
        {"spot, far ahead", false, true, ~std::uint64_t{0}, ~std::uint64_t{0}, reset},
        {"futures, contains the snapshot's id", true, false, 990, 1005, complete},
        {"futures, ends at the snapshot's id", true, false, 990, 1000, complete},
        {"futures, ends before it", true, false, 990, 999, ignored},
        {"futures, starts right after it", true, false, 1000, 1005, complete},
        {"futures, a message before it is missing", true, false, 1001, 1005, reset},
        {"futures, pu is the last u", true, true, 1000, 1005, complete},
        {"futures, pu is above the last u", true, true, 1001, 1005, reset},
        {"futures, pu is below the last u", true, true, 999, 1005, reset},
        {"futures, the same again", true, true, 990, 1000, ignored},
        {"futures, older", true, true, 980, 990, ignored},
    };
    for (const ContinuityRow& row : rows) {
        L2Book book(64);
        ASSERT_EQ(apply(book, snapshot(row.after_delta ? 900 : 1000)).outcome, complete);
        if (row.after_delta) {
            ASSERT_EQ(apply(book, {900, 1000, {{buy, 50, 1}}, false, row.futures}).outcome,
                      complete);
        }
        const ApplyResult got =
            apply(book, {row.first, row.last, {{buy, 77, 7}}, false, row.futures});
        EXPECT_EQ(got.outcome, row.outcome) << row.name;
        EXPECT_EQ(book.valid(), row.outcome != reset) << row.name;
        if (row.outcome == reset) {
            EXPECT_EQ(got.reason, ResetReason::gap) << row.name;
        } else {
            EXPECT_EQ(book.qty_at(buy, PriceAtoms{77}).value, row.outcome == complete ? 7 : 0)
                << row.name;
            EXPECT_EQ(book.last_update().value, row.outcome == complete ? row.last : 1000)
                << row.name;
        }
    }
}

TEST(L2Book, AnIgnoredMessageOfSeveralPartsLeavesTheBookValidThroughout) {
    L2Book book = valid_book();
    for (const BookDelta& part :
         parts_of({990, 995, {{buy, 1, 1}, {buy, 2, 1}, {buy, 3, 1}, {buy, 4, 1}}})) {
        EXPECT_EQ(book.apply(part).outcome, BookOutcome::ignored);
        EXPECT_TRUE(book.valid());
    }
    EXPECT_EQ(apply(book, {1001, 1001, {{buy, 97, 1}}}).outcome, BookOutcome::complete);
}

TEST(L2Book, AfterAGapIgnoresAllUntilTheNextSnapshot) {
    L2Book book = valid_book();
    const auto parts = parts_of({1002, 1003, {{buy, 1, 1}, {buy, 2, 1}, {buy, 3, 1}, {buy, 4, 1}}});
    EXPECT_EQ(book.apply(parts[0]).outcome, BookOutcome::reset);
    EXPECT_EQ(book.apply(parts[1]).outcome, BookOutcome::ignored);
    EXPECT_EQ(apply(book, {1004, 1004, {{buy, 1, 1}}}).outcome, BookOutcome::ignored);
    EXPECT_EQ(apply(book, snapshot(1010)).outcome, BookOutcome::complete);
    EXPECT_EQ(apply(book, {1011, 1011, {{buy, 1, 1}}}).outcome, BookOutcome::complete);
}

// --- what makes it invalid

TEST(L2Book, ACrossedBookIsInvalidInTheSameCall) {
    L2Book book = valid_book();
    expect_reset(book, {1001, 1001, {{buy, 101, 1}}}, ResetReason::crossed);
    book = valid_book();
    expect_reset(book, {1001, 1001, {{sell, 99, 1}}}, ResetReason::crossed);
    expect_reset(book, {5, 5, {{buy, 9, 1}, {sell, 8, 1}}, true}, ResetReason::crossed);
}

TEST(L2Book, MayCrossWithinAMessage) {
    L2Book book = valid_book();
    EXPECT_EQ(apply(book, {1001, 1001, {{buy, 101, 1}, {buy, 96, 1}, {buy, 95, 1}, {sell, 101, 0}}})
                  .outcome,
              BookOutcome::complete);
    EXPECT_EQ(book.best(buy), (BookLevel{PriceAtoms{101}, QtyAtoms{1}}));
}

TEST(L2Book, HoldsExactlyAsManyLevelsAsItHasRoomFor) {
    L2Book book(3);
    ASSERT_EQ(
        apply(book, {1, 1, {{buy, 1, 1}, {buy, 2, 1}, {buy, 3, 1}, {sell, 9, 1}}, true}).outcome,
        BookOutcome::complete);
    EXPECT_EQ(apply(book, {2, 2, {{buy, 3, 0}, {buy, 4, 1}}}).outcome, BookOutcome::complete);
    EXPECT_EQ(apply(book, {3, 3, {{buy, 4, 5}}}).outcome, BookOutcome::complete);
    expect_reset(book, {4, 4, {{buy, 5, 1}}}, ResetReason::too_many_levels);
    expect_reset(book, {5, 5, {{buy, 1, 1}, {buy, 2, 1}, {buy, 3, 1}, {buy, 4, 1}}, true},
                 ResetReason::too_many_levels);
}

/// `count` levels a side: bids from 1000 down, asks from 2000 up.
TestMessage deep_snapshot(std::int64_t count, bool bids_cut, bool asks_cut) {
    TestMessage message{1, 1, {}, true, false, bids_cut, asks_cut};
    for (std::int64_t i = 0; i < count; ++i) {
        message.levels.push_back({buy, 1000 - i, 1});
        message.levels.push_back({sell, 2000 + i, 1});
    }
    return message;
}

TEST(L2Book, OfACutSnapshotIsGivenUpWhenItsBestLevelsAreNoLongerAllKnown) {
    constexpr std::int64_t sure = L2Book::levels_sure_min;
    for (const Side side : {buy, sell}) {
        SCOPED_TRACE(side == buy ? "bids" : "asks");
        const auto price = [side](std::int64_t i) { return side == buy ? 1000 - i : 2000 + i; };
        L2Book book(256);
        ASSERT_EQ(apply(book, deep_snapshot(sure + 2, side == buy, side == sell)).outcome,
                  BookOutcome::complete);
        EXPECT_EQ(apply(book, {2, 2, {{side, price(0), 0}, {side, price(1), 0}}}).outcome,
                  BookOutcome::complete)
            << "edge: as many are left as there must be";
        EXPECT_EQ(
            apply(book, {3, 3, {{side, price(sure + 2), 1}, {side, price(sure + 9), 1}}}).outcome,
            BookOutcome::complete);
        EXPECT_EQ(apply(book, {4, 4, {{side, price(1), 1}, {side, price(2), 0}}}).outcome,
                  BookOutcome::complete)
            << "one went, one came in front";
        expect_reset(book, {5, 5, {{side, price(1), 0}}}, ResetReason::too_shallow);
        ASSERT_EQ(apply(book, deep_snapshot(sure, false, false)).outcome, BookOutcome::complete);
        EXPECT_EQ(apply(book, {2, 2, {{side, price(0), 0}, {side, price(7), 0}}}).outcome,
                  BookOutcome::complete)
            << "all was told: what is left is all there is";
        expect_reset(book, deep_snapshot(sure - 1, side == buy, side == sell),
                     ResetReason::too_shallow);
    }
}

TEST(L2Book, RefusesWhatIsNoLevel) {
    for (const TestLevel& level : {TestLevel{buy, 0, 1}, TestLevel{buy, -1, 1},
                                   TestLevel{sell, 0, 0}, TestLevel{buy, 1, -1}}) {
        L2Book book = valid_book();
        expect_reset(book, {1001, 1001, {level}}, ResetReason::bad_message);
    }
    L2Book book = valid_book();
    BookDelta part = parts_of({1001, 1001, {{buy, 1, 1}}})[0];
    part.level_count = BookDelta::levels_max + 1;
    EXPECT_EQ(book.apply(part).reason, ResetReason::bad_message);
}

TEST(L2Book, RefusesIdsThatRunBackwardsOrChangeWithinAMessage) {
    L2Book book = valid_book();
    expect_reset(book, {1002, 1001, {{buy, 1, 1}}}, ResetReason::bad_message);
    book = valid_book();
    const auto parts = parts_of({1001, 1001, {{buy, 1, 1}, {buy, 2, 1}, {buy, 3, 1}, {buy, 4, 1}}});
    EXPECT_EQ(book.apply(parts[0]).outcome, BookOutcome::partial);
    expect_reset(book, {1002, 1002, {{buy, 1, 1}}}, ResetReason::bad_message);
}

TEST(L2Book, RefusesASnapshotWithoutItsBeginning) {
    L2Book book = valid_book();
    BookDelta part = parts_of(snapshot(1005))[1];
    EXPECT_EQ(book.apply(part).reason, ResetReason::bad_message);
    EXPECT_EQ(book.apply(part).outcome, BookOutcome::ignored);  // there is no book to lose now
}

TEST(L2Book, ResetNamesItsReasonAndShowsNothing) {
    L2Book book = valid_book();
    book.reset(ResetReason::disconnected);
    EXPECT_EQ(book.state(), BookState::invalid);
    EXPECT_EQ(book.reset_reason(), ResetReason::disconnected);
    EXPECT_EQ(book.level_count(buy), 0U);
    EXPECT_EQ(book.last_update(), UpdateId{0});
    EXPECT_TRUE(book.self_check());
}

TEST(L2BookDeathTest, ALevelThatIsNotThereIsABugOfOurs) {
    const L2Book book = valid_book();
    EXPECT_DEATH((void)book.level(buy, 3), "verify failed");
    EXPECT_DEATH((void)L2Book(8).level(buy, 0), "verify failed");
}

TEST(L2Book, ItsHashKnowsEveryLevelAndId) {
    const auto hash_of = [](const L2Book& book) {
        StateHasher hasher;
        book.hash(hasher);
        return hasher.value();
    };
    const L2Book book = valid_book();
    EXPECT_EQ(hash_of(book), hash_of(valid_book()));
    L2Book other = valid_book();
    ASSERT_EQ(apply(other, {1001, 1001, {}}).outcome, BookOutcome::complete);
    EXPECT_NE(hash_of(book), hash_of(other));
    L2Book third = valid_book();
    ASSERT_EQ(apply(third, {1001, 1001, {{buy, 98, 8}}}).outcome, BookOutcome::complete);
    EXPECT_NE(hash_of(third), hash_of(other));
}

}  // namespace
}  // namespace portcullis::engine
