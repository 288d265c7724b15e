// The book beside a naive twin in std::map, over more than a million random level changes with
// snapshots, gaps, repeats, overlaps and crossings; compared after every message.
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
            const bool near = below(10) < 8;
            const auto away = static_cast<std::int64_t>(1 + (near ? below(10) : below(900)));
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

void run(std::uint64_t seed, bool futures, std::uint64_t changes, Seen& seen) {
    L2Book book;
    NaiveBook twin;
    Stream stream(seed, futures);
    for (std::uint64_t messages = 0; seen.changes < changes; ++messages) {
        const TestMessage message = stream.next(twin.last, twin.valid);
        const BookOutcome want = twin.apply(message);
        BookOutcome got = BookOutcome::ignored;
        for (const BookDelta& part : parts_of(message)) {
            const BookOutcome outcome = book.apply(part).outcome;
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

}  // namespace
}  // namespace portcullis::engine
