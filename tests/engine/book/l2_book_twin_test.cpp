// The book beside a naive twin in std::map, over more than a million random level changes with
// snapshots, gaps, repeats, overlaps and crossings; compared after every message. Without a tick,
// when all is in the sorted blocks, and with one.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "engine/book/l2_book.hpp"
#include "tests/engine/book/book_messages.hpp"

namespace portcullis::engine {
namespace {

/// Works on whole messages, and says in one place what should come of each.
struct NaiveBook {
    std::map<std::int64_t, std::int64_t, std::greater<>> bids;
    std::map<std::int64_t, std::int64_t> asks;
    std::uint64_t last{};
    bool valid{};
    bool fresh{};  ///< no delta since the snapshot

    BookOutcome drop() {
        *this = NaiveBook{};
        return BookOutcome::reset;
    }
    BookOutcome apply(const TestMessage& message) {
        if (message.snapshot) {
            *this = NaiveBook{};
        } else if (!valid) {
            return BookOutcome::ignored;
        } else if (message.futures) {
            if (message.last < last || (message.last == last && !fresh)) {
                return BookOutcome::ignored;
            }
            if (fresh ? message.first > last : message.first != last) {
                return drop();
            }
        } else {
            if (message.last <= last) {
                return BookOutcome::ignored;
            }
            if (message.first > last + 1) {
                return drop();
            }
        }
        for (const TestLevel& level : message.levels) {
            change(level);
        }
        if (!bids.empty() && !asks.empty() && bids.begin()->first >= asks.begin()->first) {
            return drop();
        }
        last = message.last;
        valid = true;
        fresh = message.snapshot;
        return BookOutcome::complete;
    }
    void change(const TestLevel& level) {
        const auto set = [&](auto& side) {
            if (level.qty == 0) {
                side.erase(level.price);
            } else {
                side[level.price] = level.qty;
            }
        };
        if (level.side == Side::buy) {
            set(bids);
        } else {
            set(asks);
        }
    }
};

template <class Levels>
bool same_side(const L2Book& book, Side side, const Levels& levels, std::size_t depth) {
    if (book.level_count(side) != levels.size()) {
        return false;
    }
    const BookLevel best = book.best(side).value_or(BookLevel{});
    if (!levels.empty() &&
        best != BookLevel{PriceAtoms{levels.begin()->first}, QtyAtoms{levels.begin()->second}}) {
        return false;
    }
    std::size_t i = 0;
    for (const auto& [price, qty] : levels) {
        if (i == depth) {
            break;
        }
        if (book.level(side, i) != BookLevel{PriceAtoms{price}, QtyAtoms{qty}}) {
            return false;
        }
        ++i;
    }
    return true;
}

/// A stream of messages around a wandering middle, mostly right, sometimes not.
class Stream {
public:
    Stream(std::uint64_t seed, bool futures) : random_(seed), futures_(futures) {}

    TestMessage next(std::uint64_t book_last, bool book_valid) {
        middle_ += static_cast<std::int64_t>(below(5)) - 2;
        const bool snapshot = book_valid ? below(400) == 0 : below(3) == 0;
        return snapshot ? full(book_last) : delta(book_last);
    }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

private:
    // Both sides, best first as venues send them, sometimes shuffled.
    TestMessage full(std::uint64_t book_last) {
        TestMessage message;
        message.snapshot = true;
        message.first = message.last = book_last + below(100);
        for (const Side side : {Side::buy, Side::sell}) {
            std::int64_t away = 1;
            for (std::uint64_t i = below(400); i > 0; --i) {
                message.levels.push_back({side, price(side, away), quantity()});
                away += 1 + static_cast<std::int64_t>(below(3));
            }
        }
        if (below(4) == 0) {
            std::shuffle(message.levels.begin(), message.levels.end(), random_);
        }
        return message;
    }
    TestMessage delta(std::uint64_t book_last) {
        TestMessage message;
        message.futures = futures_;
        message.first = book_last + (futures_ ? 0 : 1);
        message.last = book_last + 1 + below(20);
        switch (below(100)) {
            case 0:
                message.first += 1 + below(3);  // a gap
                message.last += 3;
                break;
            case 1:
                message.first -= std::min(message.first, below(10));  // overlaps
                break;
            case 2:
                message.last = book_last - std::min(book_last, below(10));  // old
                message.first = message.last - std::min(message.last, below(10));
                break;
            default:
                break;
        }
        for (std::uint64_t i = below(13); i > 0; --i) {
            const Side side = below(2) == 0 ? Side::buy : Side::sell;
            const std::uint64_t kind = below(100);
            const std::uint64_t most = kind < 80 ? 10 : kind < 98 ? 900 : 60'000;
            const auto away = static_cast<std::int64_t>(1 + below(most));
            message.levels.push_back({side, price(side, away), below(10) < 4 ? 0 : quantity()});
        }
        clean(message);
        return message;
    }
    // As a venue does: what the new middle has passed is taken out. Left out once in a while, so
    // that books cross.
    void clean(TestMessage& message) {
        if (below(200) == 0) {
            return;
        }
        for (std::int64_t i = -6; i <= 6; ++i) {
            const Side gone = i < 0 ? Side::sell : Side::buy;
            message.levels.push_back({gone, middle_ + i, 0});
        }
        message.levels.push_back({Side::sell, middle_, 0});
    }
    [[nodiscard]] std::int64_t price(Side side, std::int64_t away) const {
        return side == Side::buy ? middle_ - away : middle_ + away;
    }
    std::int64_t quantity() { return static_cast<std::int64_t>(1 + below(1'000'000)); }

    std::mt19937_64 random_;
    std::int64_t middle_{1'000'000};
    bool futures_;
};

struct Seen {
    std::uint64_t changes{}, completes{}, resets{}, ignored{}, wrong{};
};

/// `ladder`: its ticks; what a tick is is told, changed and wrong at times. 0: it is not known.
void run(std::uint64_t seed, bool futures, std::uint64_t changes, Seen& seen,
         std::size_t ladder = 0) {
    const bool ticks = ladder != 0;
    L2Book book(capacity::book_levels, ticks ? ladder : 512);
    NaiveBook twin;
    Stream stream(seed, futures);
    for (std::uint64_t messages = 0; seen.changes < changes; ++messages) {
        const TestMessage message = stream.next(twin.last, twin.valid);
        if (ticks && messages % 1000 == 0) {
            book.set_tick(PriceAtoms{static_cast<std::int64_t>(stream.below(4))});
        }
        if (ticks && messages % 3 != 0) {
            book.recentre();
        }
        const BookOutcome want = twin.apply(message);
        BookOutcome got = BookOutcome::ignored;
        for (const BookDelta& part : parts_of(message)) {
            const BookOutcome outcome = book.apply(part).outcome;
            if (ticks && messages % 3 == 1) {
                book.recentre();  // as a timer does, between any two parts
            }
            got = got == BookOutcome::reset ? got : outcome;
        }
        seen.changes += message.levels.size();
        seen.completes += got == BookOutcome::complete ? 1 : 0;
        seen.resets += got == BookOutcome::reset ? 1 : 0;
        seen.ignored += got == BookOutcome::ignored ? 1 : 0;
        const std::size_t depth = messages % 64 == 0 ? SIZE_MAX : 20;
        ASSERT_EQ(got, want) << "seed " << seed << " message " << messages;
        ASSERT_EQ(book.valid(), twin.valid);
        ASSERT_TRUE(!twin.valid || book.last_update().value == twin.last);
        ASSERT_TRUE(same_side(book, Side::buy, twin.bids, depth)) << messages;
        ASSERT_TRUE(same_side(book, Side::sell, twin.asks, depth)) << messages;
        ASSERT_TRUE(depth == 20 || book.self_check());
    }
}

TEST(L2BookTwin, EqualsTheNaiveBookAfterEveryMessage) {
    for (const bool futures : {false, true}) {
        Seen seen;
        run(futures ? 1 : 2, futures, 700'000, seen);
        EXPECT_GT(seen.completes, 20'000U);
        EXPECT_GT(seen.resets, 200U);
        EXPECT_GT(seen.ignored, 200U);
    }
}

TEST(L2BookTwin, EqualsTheNaiveBookWhateverTheTickIsSaidToBe) {
    for (const std::size_t ladder :
         {std::size_t{512}, capacity::ladder_ticks(9), capacity::ladder_ticks(1)}) {
        Seen seen;
        run(3 + ladder, false, 300'000, seen, ladder);
        EXPECT_GT(seen.completes, 9'000U);
        EXPECT_GT(seen.resets, 80U);
    }
}

/// A market that drifts, of which the book was told the best 200 levels a side and every change
/// since.
TEST(L2BookTwin, OfACutSnapshotShowsItsBestLevelsAsTheyAreOrNothing) {
    constexpr int rounds = 200;
    constexpr std::size_t told = 200;
    std::mt19937_64 random(7);  // NOLINT: the same every time
    int given_up = 0;
    std::uint64_t compared = 0;
    for (int round = 0; round < rounds; ++round) {
        NaiveBook truth;
        for (std::int64_t i = 0; i < 1000; ++i) {
            truth.bids[100'000 - 1 - 2 * i] = 1;
            truth.asks[100'000 + 1 + 2 * i] = 1;
        }
        TestMessage snapshot{1, 1, {}, true, false, true, true};
        const auto tell = [&snapshot](const auto& side, Side which) {
            std::size_t count = 0;
            for (auto each = side.begin(); count < told; ++each, ++count) {
                snapshot.levels.push_back({which, each->first, each->second});
            }
        };
        tell(truth.bids, Side::buy);
        tell(truth.asks, Side::sell);
        L2Book book(2048, 512);
        book.set_tick(PriceAtoms{round % 3});
        for (const BookDelta& part : parts_of(snapshot)) {
            (void)book.apply(part);
        }
        ASSERT_TRUE(book.valid());
        const bool falls = random() % 2 == 0;
        for (std::uint64_t id = 2; book.valid() && id < 600; ++id) {
            // The best of one side goes, a level of the other comes nearer, one far away changes.
            TestMessage message{id, id, {}};
            const std::int64_t bid = truth.bids.begin()->first;
            const std::int64_t ask = truth.asks.begin()->first;
            const bool here = random() % 4 != 0 ? falls : !falls;
            message.levels =
                here ? std::vector<TestLevel>{{Side::buy, bid, 0}, {Side::sell, ask - 1, 1}}
                     : std::vector<TestLevel>{{Side::sell, ask, 0}, {Side::buy, bid + 1, 1}};
            message.levels.push_back({Side::buy,
                                      bid - 1 - static_cast<std::int64_t>(random() % 2000),
                                      static_cast<std::int64_t>(random() % 3)});
            message.levels.push_back({Side::sell, ask + static_cast<std::int64_t>(random() % 2000),
                                      static_cast<std::int64_t>(random() % 3)});
            if (ask - bid < 3) {  // no room between them
                message.levels.erase(message.levels.begin() + 1);
            }
            for (const TestLevel& level : message.levels) {
                truth.change(level);
            }
            for (const BookDelta& part : parts_of(message)) {
                (void)book.apply(part);
            }
            book.recentre();
            if (!book.valid()) {
                EXPECT_EQ(book.reset_reason(), ResetReason::too_shallow);
                ++given_up;
                break;
            }
            auto true_bid = truth.bids.begin();
            auto true_ask = truth.asks.begin();
            for (std::size_t i = 0; i < L2Book::levels_sure_min; ++i, ++true_bid, ++true_ask) {
                ASSERT_EQ(book.level(Side::buy, i).price.value, true_bid->first) << id;
                ASSERT_EQ(book.level(Side::buy, i).qty.value, true_bid->second) << id;
                ASSERT_EQ(book.level(Side::sell, i).price.value, true_ask->first) << id;
                ASSERT_EQ(book.level(Side::sell, i).qty.value, true_ask->second) << id;
                ++compared;
            }
        }
    }
    EXPECT_GT(given_up, rounds / 2);
    EXPECT_GT(compared, 1'000'000U);
}

}  // namespace
}  // namespace portcullis::engine
