// The market's rules: which top is shown, when ticker and book part, and the top without our own
// orders.
#include "engine/book/market.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "engine/book/own_traces.hpp"
#include "tests/engine/book/book_messages.hpp"

namespace portcullis::engine {
namespace {

constexpr Side buy = Side::buy;
constexpr Side sell = Side::sell;

BookLevel level(std::int64_t price, std::int64_t qty) {
    return {PriceAtoms{price}, QtyAtoms{qty}};
}

MonoNs at_ms(std::int64_t ms) {
    return MonoNs{ms * 1'000'000};
}

TopOfBook ticker(std::uint64_t update, BookLevel bid, BookLevel ask) {
    TopOfBook top;
    top.update = UpdateId{update};
    top.bid = bid;
    top.ask = ask;
    top.instrument = InstrumentId{0};
    return top;
}

class Market : public testing::Test {
protected:
    InstrumentMarket market{64, milliseconds(100)};

    ApplyResult depth(const TestMessage& message, std::int64_t ms) {
        ApplyResult result;
        for (const BookDelta& part : parts_of(message)) {
            result = market.on(part, at_ms(ms));
            if (result.outcome == BookOutcome::reset) {
                break;
            }
        }
        return result;
    }
    /// Bids 100 x 5, 99 x 6, 98 x 7; asks 101 x 8, 102 x 9, 103 x 10; id 1000, at 0 ms.
    void start() {
        const TestMessage message{1000,
                                  1000,
                                  {{buy, 100, 5},
                                   {buy, 99, 6},
                                   {buy, 98, 7},
                                   {sell, 101, 8},
                                   {sell, 102, 9},
                                   {sell, 103, 10}},
                                  true};
        ASSERT_EQ(depth(message, 0).outcome, BookOutcome::complete);
    }
    void expect_top(BookLevel bid, BookLevel ask, std::uint64_t update) {
        const Bbo top = market.top();
        EXPECT_EQ(top.bid, bid);
        EXPECT_EQ(top.ask, ask);
        EXPECT_EQ(top.update.value, update);
    }
    void expect_reset(ApplyResult result, ResetReason reason) {
        EXPECT_EQ(result.outcome, BookOutcome::reset);
        EXPECT_EQ(result.reason, reason);
        EXPECT_FALSE(market.valid());
        EXPECT_EQ(market.book().reset_reason(), reason);
        expect_top({}, {}, 0);
    }
};

TEST_F(Market, ShowsNothingBeforeASnapshotEvenWithATicker) {
    EXPECT_EQ(market.on(ticker(999, level(100, 5), level(101, 8)), at_ms(1)).outcome,
              BookOutcome::complete);
    EXPECT_FALSE(market.valid());
    EXPECT_FALSE(market.top().two_sided());
    start();
    expect_top(level(100, 5), level(101, 8), 1000);
}

TEST_F(Market, ShowsTheNewerOfTickerAndBook) {
    start();
    EXPECT_EQ(market.on(ticker(1002, level(100, 4), level(101, 8)), at_ms(5)).outcome,
              BookOutcome::complete);
    expect_top(level(100, 4), level(101, 8), 1002);
    EXPECT_EQ(market.top_time(), at_ms(5));
    ASSERT_EQ(depth({1001, 1003, {{buy, 100, 3}}}, 9).outcome, BookOutcome::complete);
    expect_top(level(100, 3), level(101, 8), 1003);
    EXPECT_EQ(market.top_time(), at_ms(9));
}

TEST_F(Market, ADepthMessageBehindTheTickerDoesNotConfirmTheTop) {
    start();
    ASSERT_EQ(market.on(ticker(1009, level(99, 1), level(101, 8)), at_ms(5)).outcome,
              BookOutcome::complete);
    ASSERT_EQ(depth({1001, 1003, {{sell, 103, 1}}}, 9).outcome, BookOutcome::complete);
    expect_top(level(99, 1), level(101, 8), 1009);
    EXPECT_EQ(market.top_time(), at_ms(5));
    EXPECT_EQ(market.alive_time(), at_ms(9));
}

TEST_F(Market, AnOldOrRepeatedTickerChangesNothing) {
    start();
    ASSERT_EQ(market.on(ticker(1005, level(99, 1), level(101, 8)), at_ms(1)).outcome,
              BookOutcome::complete);
    for (const std::uint64_t update : {1005U, 1004U}) {
        EXPECT_EQ(market.on(ticker(update, level(98, 7), level(101, 8)), at_ms(2)).outcome,
                  BookOutcome::ignored);
    }
    expect_top(level(99, 1), level(101, 8), 1005);
    EXPECT_EQ(market.top_time(), at_ms(1));
}

TEST_F(Market, TimesAreOlderThanAnyLimitUntilSomethingCame) {
    EXPECT_EQ(market.top_time(), never);
    EXPECT_EQ(market.alive_time(), never);
    EXPECT_GT((at_ms(0) - market.alive_time()).value, milliseconds(1'000'000'000'000).value);
    market.on_alive(at_ms(7));
    EXPECT_EQ(market.alive_time(), at_ms(7));
    EXPECT_EQ(market.top_time(), never);
}

TEST_F(Market, RemembersTheLastTrade) {
    EXPECT_EQ(market.last_trade().trade, no_trade);
    TradePrint trade;
    trade.trade = TradeId{77};
    trade.price = PriceAtoms{101};
    market.on(trade, at_ms(3));
    EXPECT_EQ(market.last_trade().trade, TradeId{77});
    EXPECT_EQ(market.trade_time(), at_ms(3));
    EXPECT_EQ(market.alive_time(), at_ms(3));
}

// --- the venue's own oracle

TEST_F(Market, OneDisagreementIsNoProof) {
    start();
    ASSERT_EQ(market.on(ticker(1001, level(100, 4), level(101, 8)), at_ms(10)).outcome,
              BookOutcome::complete);
    // The ticker stream lacks update 1002.
    ASSERT_EQ(depth({1001, 1002, {{buy, 100, 3}}}, 100).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), at_ms(100));
    EXPECT_TRUE(market.valid());
    ASSERT_EQ(market.on(ticker(1003, level(100, 2), level(101, 8)), at_ms(150)).outcome,
              BookOutcome::complete);
    ASSERT_EQ(depth({1003, 1003, {{buy, 100, 2}}}, 201).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), never);
}

TEST_F(Market, ADisagreementThatOutlivesADepthIntervalMakesTheBookInvalid) {
    start();
    ASSERT_EQ(market.on(ticker(1001, level(100, 4), level(101, 8)), at_ms(10)).outcome,
              BookOutcome::complete);
    ASSERT_EQ(depth({1001, 1001, {{buy, 100, 3}}}, 100).outcome, BookOutcome::complete);
    // Exactly one interval is not beyond it.
    ASSERT_EQ(depth({1002, 1002, {{sell, 103, 3}}}, 200).outcome, BookOutcome::complete);
    expect_reset(depth({1003, 1003, {{sell, 103, 4}}}, 201), ResetReason::top_disagrees);
    EXPECT_EQ(market.top_time(), never);
}

TEST_F(Market, OnlyTickersThatTheBookHasReachedAreCompared) {
    start();
    // Three tickers ahead; the book reaches the second one, and agrees with that.
    for (const std::uint64_t update : {1001U, 1003U, 1006U}) {
        const auto qty = static_cast<std::int64_t>(update - 1000);
        ASSERT_EQ(market.on(ticker(update, level(100, qty), level(101, 8)), at_ms(10)).outcome,
                  BookOutcome::complete);
    }
    ASSERT_EQ(depth({1001, 1004, {{buy, 100, 3}}}, 100).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), never);
    expect_top(level(100, 6), level(101, 8), 1006);
    ASSERT_EQ(depth({1005, 1006, {{buy, 100, 5}}}, 200).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), at_ms(200));
}

TEST_F(Market, ALateTickerThatAgreesEndsTheDoubt) {
    start();
    ASSERT_EQ(market.on(ticker(1001, level(100, 4), level(101, 8)), at_ms(10)).outcome,
              BookOutcome::complete);
    ASSERT_EQ(depth({1001, 1002, {{buy, 100, 3}}}, 100).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), at_ms(100));
    ASSERT_EQ(market.on(ticker(1002, level(100, 3), level(101, 8)), at_ms(102)).outcome,
              BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), never);
    expect_top(level(100, 3), level(101, 8), 1002);
    EXPECT_EQ(market.top_time(), at_ms(102));
}

TEST_F(Market, WithoutTickersThereIsNothingToDisagreeWith) {
    start();
    for (std::uint64_t id = 1001; id < 1020; ++id) {
        const auto ms = static_cast<std::int64_t>(id - 1000) * 100;
        ASSERT_EQ(depth({id, id, {{buy, 100, ms}}}, ms).outcome, BookOutcome::complete);
    }
    EXPECT_EQ(market.disagrees_since(), never);
}

TEST_F(Market, MoreTickersAheadThanItCanHoldLoseAComparisonAndNothingElse) {
    start();
    for (std::uint64_t i = 1; i <= capacity::tickers_ahead + 10; ++i) {
        ASSERT_EQ(market.on(ticker(1000 + 10 * i, level(100, 4), level(101, 8)), at_ms(1)).outcome,
                  BookOutcome::complete);
    }
    // Reaches a ticker that was lost; the book's top is another, and that is not held against it.
    ASSERT_EQ(depth({1001, 1055, {{buy, 100, 77}}}, 100).outcome, BookOutcome::complete);
    ASSERT_EQ(depth({1056, 1056, {{buy, 90, 1}}}, 300).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), never);
    // The first one still held: compared again.
    ASSERT_EQ(depth({1057, 1110, {{buy, 90, 2}}}, 400).outcome, BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), at_ms(400));
}

TEST_F(Market, AnOlderSnapshotIsNotComparedWithANewerTicker) {
    start();
    ASSERT_EQ(market.on(ticker(1001, level(100, 4), level(101, 8)), at_ms(10)).outcome,
              BookOutcome::complete);
    ASSERT_EQ(depth({1001, 1001, {{buy, 100, 4}}}, 100).outcome, BookOutcome::complete);
    ASSERT_EQ(depth({950, 950, {{buy, 90, 1}, {sell, 91, 1}}, true}, 110).outcome,
              BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), never);
}

TEST_F(Market, AMissingSideEqualsAMissingSide) {
    start();
    ASSERT_EQ(market.on(ticker(1001, level(100, 5), level(0, 0)), at_ms(10)).outcome,
              BookOutcome::complete);
    EXPECT_FALSE(market.top().two_sided());
    ASSERT_EQ(depth({1001, 1001, {{sell, 101, 0}, {sell, 102, 0}, {sell, 103, 0}}}, 100).outcome,
              BookOutcome::complete);
    EXPECT_EQ(market.disagrees_since(), never);
    EXPECT_FALSE(market.top().two_sided());
}

// --- a depth stream that is dead

struct DeadDepth : Market {
    /// The first ticker that the book does not reach comes at 100 ms.
    static constexpr std::int64_t edge = 100 + 100 * intervals_behind_max;

    ApplyResult tick(std::uint64_t update, std::int64_t ms) {
        return market.on(ticker(update, level(100, 4), level(101, 8)), at_ms(ms));
    }
    MonoNs beyond() const { return MonoNs{at_ms(edge).value + 1}; }
};

TEST_F(DeadDepth, IsNoticedByTimeAloneAtTheEdgeAndNotBefore) {
    start();
    ASSERT_EQ(tick(1001, 100).outcome, BookOutcome::complete);
    EXPECT_EQ(market.behind_since(), at_ms(100));
    EXPECT_EQ(market.on_time(at_ms(edge)).outcome, BookOutcome::ignored);
    EXPECT_FALSE(market.depth_dead(at_ms(edge)));
    EXPECT_TRUE(market.depth_dead(beyond()));
    expect_reset(market.on_time(beyond()), ResetReason::top_disagrees);
    EXPECT_EQ(market.behind_since(), never);
}

TEST_F(DeadDepth, IsNoticedByATickerHoweverManyHaveRefreshedTheTop) {
    start();
    std::uint64_t update = 1000;
    // Far more of them than are held: the time of the first is not forgotten with it.
    for (std::int64_t ms = 100; ms <= edge; ++ms) {
        ASSERT_EQ(tick(++update, ms).outcome, BookOutcome::complete);
    }
    ASSERT_GT(update - 1000, capacity::tickers_ahead);
    EXPECT_EQ(market.behind_since(), at_ms(100));
    EXPECT_EQ(market.top_time(), at_ms(edge));
    expect_reset(market.on(ticker(++update, level(100, 4), level(101, 8)), beyond()),
                 ResetReason::top_disagrees);
}

TEST_F(DeadDepth, IsNotOneThatFollowsAndNotOneThatIsSilentWhereNothingChanges) {
    start();
    EXPECT_EQ(market.on_time(at_ms(1'000'000)).outcome, BookOutcome::ignored);
    for (std::uint64_t i = 0; i < 100; ++i) {
        // A ticker in between is always ahead; each is reached an interval later.
        const auto ms = static_cast<std::int64_t>(i) * 100 + 100;
        ASSERT_EQ(tick(1001 + i, ms + 90).outcome, BookOutcome::complete);
        ASSERT_EQ(depth({1001 + i, 1001 + i, {{buy, 100, 4}}}, ms + 100).outcome,
                  BookOutcome::complete);
        EXPECT_EQ(market.behind_since(), never);
    }
    EXPECT_EQ(market.on_time(at_ms(2'000'000)).outcome, BookOutcome::ignored);
}

TEST_F(DeadDepth, IsOneThatLivesAndNeverCatchesUp) {
    start();
    ASSERT_EQ(tick(2000, 100).outcome, BookOutcome::complete);
    std::uint64_t update = 1000;
    for (std::int64_t ms = 150; ms <= edge; ms += 100) {
        ++update;
        ASSERT_EQ(depth({update, update, {{buy, 90, ms}}}, ms).outcome, BookOutcome::complete);
    }
    EXPECT_EQ(market.behind_since(), at_ms(100));
    expect_reset(market.on_time(beyond()), ResetReason::top_disagrees);
}

TEST_F(DeadDepth, IsReckonedFromTheSnapshotForTickersThatCameBeforeIt) {
    ASSERT_EQ(tick(1001, -5'000).outcome, BookOutcome::complete);
    EXPECT_EQ(market.behind_since(), never) << "no book, nothing behind";
    start();
    EXPECT_EQ(market.behind_since(), at_ms(0));
    EXPECT_EQ(market.on_time(at_ms(edge - 100)).outcome, BookOutcome::ignored);
    expect_reset(market.on_time(MonoNs{at_ms(edge - 100).value + 1}), ResetReason::top_disagrees);
}

// --- resets

TEST_F(Market, AGapMakesItInvalidAndForgetsTheTickers) {
    start();
    ASSERT_EQ(market.on(ticker(1005, level(100, 4), level(101, 8)), at_ms(10)).outcome,
              BookOutcome::complete);
    expect_reset(depth({1003, 1004, {{buy, 100, 3}}}, 100), ResetReason::gap);
    start();
    expect_top(level(100, 5), level(101, 8), 1000);
}

TEST_F(Market, AResetFromOutsideShowsNothingUntilASnapshot) {
    start();
    market.on_reset(ResetReason::disconnected);
    EXPECT_FALSE(market.valid());
    EXPECT_EQ(market.book().reset_reason(), ResetReason::disconnected);
    EXPECT_EQ(market.top_time(), never);
    start();
    EXPECT_TRUE(market.valid());
}

TEST_F(Market, ACrossedOrMalformedTickerMakesItInvalid) {
    struct Row {
        BookLevel bid, ask;
        ResetReason reason;
    };
    const Row rows[]{{level(101, 1), level(101, 1), ResetReason::crossed},
                     {level(102, 1), level(101, 1), ResetReason::crossed},
                     {level(0, 1), level(101, 1), ResetReason::bad_message},
                     {level(-5, 1), level(101, 1), ResetReason::bad_message},
                     {level(100, 1), level(101, -1), ResetReason::bad_message}};
    for (const Row& row : rows) {
        start();
        expect_reset(market.on(ticker(1001, row.bid, row.ask), at_ms(1)), row.reason);
        // While invalid there is nothing left to break.
        EXPECT_EQ(market.on(ticker(1001, row.bid, row.ask), at_ms(1)).outcome,
                  BookOutcome::ignored);
    }
}

// --- net of our own

TEST_F(Market, TheNetTopTakesOurOwnQuantityOut) {
    start();
    const std::array own{
        OwnLevel{PriceAtoms{100}, QtyAtoms{2}, buy}, OwnLevel{PriceAtoms{101}, QtyAtoms{3}, sell},
        OwnLevel{PriceAtoms{101}, QtyAtoms{1}, sell}, OwnLevel{PriceAtoms{101}, QtyAtoms{1}, buy}};
    const NetTop net = net_top(market, own);
    EXPECT_EQ(net.bid, level(100, 3));
    EXPECT_EQ(net.ask, level(101, 4));
    EXPECT_EQ(net_top(market.book(), own).bid, level(100, 3));
    EXPECT_EQ(net_top(market, {}).bid, level(100, 5));
}

TEST_F(Market, TheNetTopPassesOverLevelsThatAreOnlyOurs) {
    start();
    const std::array own{OwnLevel{PriceAtoms{100}, QtyAtoms{5}, buy},
                         OwnLevel{PriceAtoms{99}, QtyAtoms{60}, buy},
                         OwnLevel{PriceAtoms{101}, QtyAtoms{7}, sell}};
    const NetTop net = net_top(market, own);
    EXPECT_EQ(net.bid, level(98, 7));
    EXPECT_EQ(net.ask, level(101, 1));
    const std::array all{OwnLevel{PriceAtoms{100}, QtyAtoms{5}, buy},
                         OwnLevel{PriceAtoms{99}, QtyAtoms{6}, buy},
                         OwnLevel{PriceAtoms{98}, QtyAtoms{7}, buy}};
    EXPECT_FALSE(net_top(market, all).two_sided());
}

TEST_F(Market, TheNetTopUsesTheNewerTickerAndBehindItOnlyWorseLevels) {
    start();
    // The bid at 100 is gone and 99 shrank; the book does not know yet.
    ASSERT_EQ(market.on(ticker(1002, level(99, 2), level(101, 8)), at_ms(5)).outcome,
              BookOutcome::complete);
    const std::array own{OwnLevel{PriceAtoms{99}, QtyAtoms{2}, buy}};
    EXPECT_EQ(net_top(market, own).bid, level(98, 7));
    EXPECT_EQ(net_top(market.book(), own).bid, level(100, 5));
    // A better ask than the book has, only ours: what stands behind it is the book's best.
    ASSERT_EQ(market.on(ticker(1003, level(99, 2), level(100, 1)), at_ms(6)).outcome,
              BookOutcome::complete);
    const std::array ask{OwnLevel{PriceAtoms{100}, QtyAtoms{1}, sell}};
    EXPECT_EQ(net_top(market, ask).ask, level(101, 8));
}

TEST_F(Market, AnOrderInDoubtIsTakenOutOnlyWhereTheLevelHoldsAtLeastAsMuch) {
    start();  // bid 5 at 100
    const auto doubt = [](std::int64_t qty) {
        return OwnLevel{PriceAtoms{100}, QtyAtoms{qty}, buy, OwnPresence::in_doubt};
    };
    const OwnLevel certain{PriceAtoms{100}, QtyAtoms{2}, buy};
    struct Row {
        std::vector<OwnLevel> own;
        BookLevel bid;
    };
    const Row rows[]{{{doubt(4)}, level(100, 1)},  // may be part of it
                     {{doubt(5)}, level(99, 6)},   // may be all of it
                     {{doubt(6)}, level(100, 5)},  // cannot be in there yet
                     {{doubt(3), certain}, level(99, 6)},  {{doubt(4), certain}, level(100, 3)},
                     {{doubt(3), doubt(3)}, level(100, 2)}};
    for (const Row& row : rows) {
        EXPECT_EQ(net_top(market, row.own).bid, row.bid);
    }
}

TEST(OwnTraces, RememberWhatLeftUntilTheBookMustHaveShownIt) {
    OwnTraces traces;
    std::vector<OwnLevel> own;
    traces.add(InstrumentId{1}, Side::sell, PriceAtoms{101}, QtyAtoms{7}, MonoNs{200});
    traces.add(InstrumentId{1}, Side::sell, PriceAtoms{101}, QtyAtoms{0}, MonoNs{900});
    EXPECT_EQ(traces.added(), 1U);
    const auto note = [&own](const OwnLevel& level) { own.push_back(level); };
    EXPECT_EQ(traces.for_each(InstrumentId{2}, MonoNs{100}, note), MonoNs{200});
    EXPECT_TRUE(own.empty());
    EXPECT_EQ(traces.for_each(InstrumentId{1}, MonoNs{200}, note), OwnTraces::forever);
    EXPECT_TRUE(own.empty());
    EXPECT_EQ(traces.for_each(InstrumentId{1}, MonoNs{199}, note), MonoNs{200});
    ASSERT_EQ(own.size(), 1U);
    EXPECT_EQ(own[0].price, PriceAtoms{101});
    EXPECT_EQ(own[0].leaves, QtyAtoms{7});
    EXPECT_EQ(own[0].presence, OwnPresence::in_doubt);
}

TEST(OwnTraces, ForgetTheOldestFirstAndHashWhatTheyRemember) {
    OwnTraces traces;
    std::vector<OwnLevel> own;
    const auto hash = [&traces] {
        StateHasher hasher;
        traces.hash(hasher);
        return hasher.value();
    };
    for (std::int64_t i = 1; i <= static_cast<std::int64_t>(OwnTraces::capacity) + 1; ++i) {
        const std::uint64_t before = hash();
        traces.add(InstrumentId{}, buy, PriceAtoms{i}, QtyAtoms{1}, MonoNs{1000 + i});
        EXPECT_NE(hash(), before);
    }
    // The first to go is the second of them: of the first nothing is known any more.
    const auto note = [&own](const OwnLevel& level) { own.push_back(level); };
    EXPECT_EQ(traces.for_each(InstrumentId{}, MonoNs{1}, note), MonoNs{1002});
    EXPECT_EQ(own.size(), OwnTraces::capacity);
    for (const OwnLevel& level : own) {
        EXPECT_NE(level.price, PriceAtoms{1});
    }
}

TEST_F(Market, TheNetTopOfAnInvalidMarketIsEmpty) {
    const NetTop net = net_top(market, {});
    EXPECT_EQ(net.bid, BookLevel{});
    EXPECT_FALSE(net.two_sided());
}

TEST_F(Market, ItsHashKnowsTickersTradesAndTimes) {
    const auto hash = [this] {
        StateHasher hasher;
        market.hash(hasher);
        return hasher.value();
    };
    start();
    const std::uint64_t before = hash();
    market.on_alive(at_ms(1));
    const std::uint64_t alive = hash();
    EXPECT_NE(before, alive);
    ASSERT_EQ(market.on(ticker(1002, level(99, 2), level(101, 8)), at_ms(1)).outcome,
              BookOutcome::complete);
    const std::uint64_t with_ticker = hash();
    EXPECT_NE(alive, with_ticker);
    TradePrint trade;
    trade.qty = QtyAtoms{1};
    market.on(trade, at_ms(1));
    EXPECT_NE(with_ticker, hash());
}

}  // namespace
}  // namespace portcullis::engine
