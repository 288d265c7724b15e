// BookSynchronizer: a row for each rule of the venue, and a true book that no loss, repetition or
// disorder may ever make it contradict.
#include "gateways/binance/book_sync.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "engine/book/l2_book.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::BookDelta;
using engine::BookReset;
using engine::ResetReason;
using engine::UpdateId;

constexpr engine::InstrumentId id{4};
using Side = std::map<std::int64_t, std::int64_t>;

/// What came out, in short: "S10" a snapshot, "D12" an update, "Rgap" a reset.
class Tape final : public BookSink {
public:
    void on_reset(const BookReset& reset) override {
        EXPECT_EQ(reset.instrument, id);
        text += reset.reason == ResetReason::gap              ? " Rgap"
                : reset.reason == ResetReason::stale_snapshot ? " Rstale"
                                                              : " R";
        book.reset(reset.reason);
    }
    void on_book(std::span<const BookDelta> message) override {
        const bool snapshot = (message.front().flags & BookDelta::snapshot) != 0;
        text += (snapshot ? " S" : " D") + std::to_string(message.front().last_update.value);
        for (const auto& part : message) {
            const bool is_last = (part.flags & BookDelta::last) != 0;
            EXPECT_EQ(is_last, &part == &message.back());
            const auto result = book.apply(part);
            EXPECT_NE(result.outcome, engine::BookOutcome::reset) << text;
            EXPECT_NE(result.outcome, engine::BookOutcome::ignored) << text;
        }
        messages_since_reset += 1;
    }

    std::string text;
    int messages_since_reset{};
    engine::L2Book book{4096};
};

/// An update and the parts that it points to.
struct Update {
    DepthUpdate head;
    std::vector<BookDelta> parts;

    Update(std::uint64_t first, std::uint64_t last, const Side& bids = {}, const Side& asks = {}) {
        head.first = UpdateId{first};
        head.last = UpdateId{last};
        cut(bids, asks);
    }
    Update(std::uint64_t previous, std::uint64_t first, std::uint64_t last, const Side& bids,
           const Side& asks) {
        head.first = UpdateId{first};
        head.last = UpdateId{last};
        head.previous = UpdateId{previous};
        head.futures = true;
        cut(bids, asks);
    }
    Update(const Update&) = delete;
    Update(Update&&) = default;
    Update& operator=(Update&&) = default;

    void cut(const Side& bids, const Side& asks) {
        std::vector<std::pair<engine::BookLevel, bool>> levels;
        for (const bool ask : {false, true}) {
            for (const auto& [price, qty] : ask ? asks : bids) {
                levels.push_back({{engine::PriceAtoms{price}, engine::QtyAtoms{qty}}, ask});
            }
        }
        for (std::size_t i = 0; i == 0 || i < levels.size(); i += BookDelta::levels_max) {
            BookDelta part{};
            part.instrument = id;
            part.first_update = head.futures ? head.previous : head.first;
            part.last_update = head.last;
            part.flags = head.futures ? BookDelta::previous_id : std::uint8_t{0};
            for (std::size_t j = i; j < std::min(levels.size(), i + BookDelta::levels_max); ++j) {
                part.levels[j - i] = levels[j].first;
                part.level_count = static_cast<std::uint8_t>(j - i + 1);
                part.ask_mask = static_cast<std::uint8_t>(part.ask_mask |
                                                          (levels[j].second ? 1U << (j - i) : 0U));
            }
            parts.push_back(part);
        }
        parts.back().flags = static_cast<std::uint8_t>(parts.back().flags | BookDelta::last);
        head.deltas = parts;
    }
};

[[nodiscard]] DepthSnapshot snapshot(std::uint64_t at, const Side& bids = {{99, 1}},
                                     const Side& asks = {{101, 1}}) {
    DepthSnapshot out;
    out.instrument = id;
    out.last_update = UpdateId{at};
    for (const auto& [price, qty] : bids) {
        out.bids.push_back({engine::PriceAtoms{price}, engine::QtyAtoms{qty}});
    }
    for (const auto& [price, qty] : asks) {
        out.asks.push_back({engine::PriceAtoms{price}, engine::QtyAtoms{qty}});
    }
    return out;
}

/// "d U u" spot update, "f pu U u" futures update, "s id" snapshot; separated by ';'.
[[nodiscard]] std::string play(
    const std::string& script, SyncCounters* counters = nullptr,
    std::size_t buffered_max = BookSynchronizer::buffered_deltas_default) {
    BookSynchronizer sync{id, buffered_max};
    Tape tape;
    std::size_t at = 0;
    while (at < script.size()) {
        const std::size_t end = std::min(script.find(';', at), script.size());
        const std::string step = script.substr(at, end - at);
        at = end + 1;
        unsigned long a = 0;
        unsigned long b = 0;
        unsigned long c = 0;
        if (std::sscanf(step.c_str(), " d %lu %lu", &a, &b) == 2) {
            sync.on_depth(Update{a, b}.head, tape);
        } else if (std::sscanf(step.c_str(), " f %lu %lu %lu", &a, &b, &c) == 3) {
            sync.on_depth(Update{a, b, c, {}, {}}.head, tape);
        } else if (std::sscanf(step.c_str(), " s %lu", &a) == 1) {
            (void)sync.on_snapshot(snapshot(a), tape);
        } else {
            ADD_FAILURE() << "step " << step;
        }
    }
    if (counters != nullptr) {
        *counters = sync.counters();
    }
    return tape.text;
}

struct Row {
    const char* rule;
    const char* script;
    const char* out;
};

TEST(BookSynchronizer, follows_each_rule_of_the_venue) {
    const Row rows[] = {
        {"nothing before a snapshot", "d 1 2; d 3 4", ""},
        {"spot: an update that contains the snapshot is the first", "d 8 12; s 10", " S10 D12"},
        {"spot: one that starts right after it is", "d 11 12; s 10", " S10 D12"},
        {"spot: one that starts later is not: the snapshot is older than the buffer",
         "d 12 13; s 10", " Rstale"},
        {"spot: updates up to the snapshot are dropped", "d 1 5; d 6 10; d 11 12; s 10",
         " S10 D12"},
        {"spot: u equal to the snapshot is dropped", "d 9 10; s 10; d 11 11", " S10 D11"},
        {"spot: heard before the snapshot, it is published at once", "d 5 6; s 10", " S10"},
        {"spot: and later ones are ignored until they are newer", "d 5 6; s 10; d 7 9; d 10 11",
         " S10 D11"},
        {"spot: not heard before it, it is held", "s 10", ""},
        {"spot: held, until an update that it contains", "s 10; d 9 11", " S10 D11"},
        {"spot: held, until one that starts right after", "s 10; d 11 11", " S10 D11"},
        {"spot: held, an older update proves that the stream was there", "s 10; d 9 10; d 11 12",
         " S10 D12"},
        {"spot: held, an update that starts later refuses it", "s 10; d 12 12; s 12",
         " Rstale S12"},
        {"spot: next U is u + 1", "d 9 10; s 9; d 11 12; d 13 13", " S9 D10 D12 D13"},
        {"spot: an overlapping update is applied", "d 9 10; s 9; d 10 12", " S9 D10 D12"},
        {"spot: an old update is ignored", "d 9 10; s 9; d 9 10; d 8 9; d 11 11", " S9 D10 D11"},
        {"spot: U above u + 1 is a gap in the same call", "d 9 10; s 9; d 12 12", " S9 D10 Rgap"},
        {"spot: the update behind the gap is the first of the next book",
         "d 9 10; s 9; d 12 13; s 12", " S9 D10 Rgap S12 D13"},
        {"spot: a gap in the buffer begins it anew", "d 1 2; d 5 6; s 3", " Rstale"},
        {"spot: a repeated update in the buffer is dropped", "d 1 2; d 3 4; d 1 2; s 2", " S2 D4"},
        {"a snapshot of a live book is not wanted", "d 9 10; s 9; s 10; d 11 11", " S9 D10 D11"},
        {"futures: u below the snapshot is dropped", "f 3 4 9; f 9 10 12; s 10", " S10 D12"},
        {"futures: U <= snapshot <= u is the first", "f 3 8 12; s 10; f 12 15 16", " S10 D12 D16"},
        {"futures: u equal to the snapshot is the first", "f 3 8 10; s 10; f 10 12 13",
         " S10 D10 D13"},
        {"futures: U equal to the snapshot is the first", "f 3 10 12; s 10", " S10 D12"},
        {"futures: U after the snapshot refuses it", "f 3 11 12; s 10", " Rstale"},
        {"futures: an older buffer holds the snapshot", "f 3 4 9; s 10", ""},
        {"futures: held, u below is dropped, then the first straddles",
         "s 10; f 3 4 9; f 9 10 11; f 11 20 22", " S10 D11 D22"},
        {"futures: held, U after it refuses it", "s 10; f 10 11 12; s 12", " Rstale S12 D12"},
        {"futures: pu equal to the last u continues, ids may jump",
         "f 3 8 10; s 10; f 10 50 60; f 60 90 99", " S10 D10 D60 D99"},
        {"futures: pu that differs is a gap", "f 3 8 10; s 10; f 11 12 13", " S10 D10 Rgap"},
        {"futures: pu below the last u is a gap as well", "f 3 8 10; s 10; f 9 12 13",
         " S10 D10 Rgap"},
        {"futures: a repeated update is ignored", "f 3 8 10; s 10; f 3 8 10; f 10 11 12",
         " S10 D10 D12"},
        {"futures: a gap in the buffer begins it anew", "f 1 2 3; f 5 6 7; s 6", " S6 D7"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(play(row.script), row.out) << row.rule << ": " << row.script;
    }
}

TEST(BookSynchronizer, counts_what_it_drops_and_refuses) {
    SyncCounters counters;
    (void)play("d 12 13; s 10; s 11; d 12 13; d 14 14; d 17 17; d 20 20; s 19", &counters);
    EXPECT_EQ(counters.stale_snapshots, 1U);
    EXPECT_EQ(counters.snapshots, 2U);
    EXPECT_EQ(counters.published, 3U);
    EXPECT_EQ(counters.dropped_old, 1U);
    EXPECT_EQ(counters.gaps, 1U);
    EXPECT_EQ(counters.buffer_breaks, 1U);
}

TEST(BookSynchronizer, an_overflowing_buffer_starts_anew_with_the_newest_update) {
    SyncCounters counters;
    EXPECT_EQ(play("d 1 1; d 2 2; d 3 3; d 4 4; s 2", &counters, 3), " Rstale");
    EXPECT_EQ(counters.overflows, 1U);
    EXPECT_EQ(play("d 1 1; d 2 2; d 3 3; d 4 4; s 3", &counters, 3), " S3 D4");
}

TEST(BookSynchronizer, an_update_larger_than_the_buffer_is_not_kept_by_half) {
    BookSynchronizer sync{id, 1};
    Tape tape;
    sync.on_depth(Update(1, 1, {{1, 1}, {2, 1}, {3, 1}, {4, 1}}).head, tape);
    EXPECT_FALSE(sync.has_buffered());
    (void)sync.on_snapshot(snapshot(1), tape);
    sync.on_depth(Update(2, 2).head, tape);
    EXPECT_EQ(tape.text, " S1 D2");
}

TEST(BookSynchronizer, a_restart_is_told_and_forgets_everything) {
    BookSynchronizer sync{id};
    Tape tape;
    sync.on_depth(Update(9, 10).head, tape);
    (void)sync.on_snapshot(snapshot(9), tape);
    sync.restart(ResetReason::stalled, tape);
    EXPECT_EQ(tape.text, " S9 D10 R");
    EXPECT_TRUE(sync.wants_snapshot());
    EXPECT_FALSE(sync.has_buffered());
    EXPECT_EQ(sync.on_snapshot(snapshot(11), tape), SnapshotOutcome::held);
    sync.on_depth(Update(12, 12).head, tape);
    EXPECT_EQ(tape.text, " S9 D10 R S11 D12");
}

TEST(BookSynchronizer, says_beforehand_what_would_break_a_live_book) {
    BookSynchronizer sync{id};
    Tape tape;
    EXPECT_FALSE(sync.would_break(Update(50, 51).head));
    sync.on_depth(Update(9, 10).head, tape);
    (void)sync.on_snapshot(snapshot(9), tape);
    EXPECT_FALSE(sync.would_break(Update(11, 12).head));
    EXPECT_FALSE(sync.would_break(Update(1, 2).head));
    EXPECT_TRUE(sync.would_break(Update(12, 12).head));
}

TEST(BookSynchronizer, a_snapshot_of_any_size_is_cut_into_flagged_parts) {
    for (const std::size_t levels : {0UL, 1UL, 2UL, 3UL, 4UL, 7UL, 5000UL}) {
        Side bids;
        Side asks;
        for (std::size_t i = 0; i < levels; ++i) {
            bids[static_cast<std::int64_t>(i + 1)] = 1;
            asks[static_cast<std::int64_t>(i + 10'000)] = 1;
        }
        struct Parts final : BookSink {
            void on_reset(const BookReset&) override { FAIL(); }
            void on_book(std::span<const BookDelta> message) override {
                if ((message.front().flags & BookDelta::snapshot) != 0) {
                    parts.assign(message.begin(), message.end());
                }
            }
            std::vector<BookDelta> parts;
        } sink;
        BookSynchronizer sync{id};
        sync.on_depth(Update(5, 5).head, sink);
        (void)sync.on_snapshot(snapshot(7, bids, asks), sink);
        ASSERT_EQ(sink.parts.size(), std::max<std::size_t>(1, (2 * levels + 2) / 3));
        std::size_t found = 0;
        for (const auto& part : sink.parts) {
            found += part.level_count;
            EXPECT_EQ((part.flags & BookDelta::snapshot_begin) != 0, &part == &sink.parts.front());
            EXPECT_EQ((part.flags & BookDelta::last) != 0, &part == &sink.parts.back());
            EXPECT_EQ(part.last_update.value, 7U);
        }
        EXPECT_EQ(found, 2 * levels);
    }
}

TEST(BookSynchronizer, every_part_of_a_snapshot_says_which_of_its_sides_are_cut) {
    for (const auto& [bids_cut, asks_cut] :
         {std::pair{false, false}, std::pair{true, false}, std::pair{false, true}}) {
        struct Parts final : BookSink {
            void on_reset(const BookReset&) override { FAIL(); }
            void on_book(std::span<const BookDelta> message) override {
                parts.insert(parts.end(), message.begin(), message.end());
            }
            std::vector<BookDelta> parts;
        } sink;
        BookSynchronizer sync{id};
        sync.on_depth(Update(5, 5).head, sink);
        DepthSnapshot told = snapshot(7, {{1, 1}, {2, 1}, {3, 1}, {4, 1}});
        told.bids_cut = bids_cut;
        told.asks_cut = asks_cut;
        (void)sync.on_snapshot(told, sink);
        ASSERT_EQ(sink.parts.size(), 2U);
        for (const auto& part : sink.parts) {
            EXPECT_EQ((part.flags & BookDelta::bids_cut) != 0, bids_cut);
            EXPECT_EQ((part.flags & BookDelta::asks_cut) != 0, asks_cut);
        }
    }
}

/// The venue: a book whose every change has an id; updates bundle some.
struct TrueBook {
    Side bids;
    Side asks;
    std::uint64_t last{100};
    std::map<std::uint64_t, std::pair<Side, Side>> history;  ///< the book at each id

    explicit TrueBook(std::mt19937_64& random) : random_(random) {
        bids = {{900, 5}};
        asks = {{1100, 5}};
        history[last] = {bids, asks};
    }

    /// One update of 1..4 changes; futures skip some ids, which belong to other symbols.
    [[nodiscard]] Update change(bool futures) {
        const std::uint64_t previous = last;
        std::uint64_t first = 0;
        Side changed_bids;
        Side changed_asks;
        const std::uint64_t changes = random_() % 4 + 1;
        for (std::uint64_t i = 0; i < changes; ++i) {
            const std::uint64_t skip = futures ? random_() % 3 : 0;
            for (std::uint64_t k = 0; k <= skip; ++k) {
                history[++last] = {bids, asks};
            }
            first = first == 0 ? last : first;
            const bool ask = random_() % 2 == 0;
            const auto offset = static_cast<std::int64_t>(random_() % 40);
            const std::int64_t price = ask ? 1001 + offset : 999 - offset;
            const auto qty = static_cast<std::int64_t>(random_() % 3);
            Side& side = ask ? asks : bids;
            (ask ? changed_asks : changed_bids)[price] = qty;
            if (qty == 0) {
                side.erase(price);
            } else {
                side[price] = qty;
            }
            history[last] = {bids, asks};
        }
        return futures ? Update{previous, first, last, changed_bids, changed_asks}
                       : Update{first, last, changed_bids, changed_asks};
    }

private:
    std::mt19937_64& random_;
};

[[nodiscard]] Side side_of(const engine::L2Book& book, engine::Side which) {
    Side out;
    for (std::size_t i = 0; i < book.level_count(which); ++i) {
        const auto level = book.level(which, i);
        out[level.price.value] = level.qty.value;
    }
    return out;
}

TEST(BookSynchronizer, a_book_that_claims_to_be_valid_is_the_true_book) {
    std::uint64_t compared = 0;
    std::uint64_t resets = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        std::mt19937_64 random{seed};
        const bool futures = seed % 2 == 0;
        TrueBook venue{random};
        BookSynchronizer sync{id, seed % 5 == 0 ? 6U : BookSynchronizer::buffered_deltas_default};
        Tape tape;
        std::vector<Update> in_flight;
        for (int step = 0; step < 400; ++step) {
            in_flight.push_back(venue.change(futures));
            const bool calm = step % 100 > 60;  // no trouble: it must recover
            while (!in_flight.empty() && (calm || random() % 3 != 0)) {
                const std::uint64_t fate = calm ? 10 : random() % 40;
                const std::size_t pick =
                    fate == 0 ? random() % in_flight.size() : 0;  // out of order
                if (fate != 1) {                                  // lost
                    sync.on_depth(in_flight[pick].head, tape);
                }
                if (fate != 2) {  // else: comes again
                    in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(pick));
                }
            }
            if (sync.wants_snapshot() && random() % 4 == 0) {
                // Taken at any id of the recent past, or now.
                const auto back = std::min<std::uint64_t>(random() % 12, venue.last - 100);
                const auto& [bids, asks] = venue.history.at(venue.last - back);
                (void)sync.on_snapshot(snapshot(venue.last - back, bids, asks), tape);
            }
            if (tape.book.valid()) {
                ++compared;
                const auto& [bids, asks] = venue.history.at(tape.book.last_update().value);
                ASSERT_EQ(side_of(tape.book, engine::Side::buy), bids)
                    << "seed " << seed << " step " << step;
                ASSERT_EQ(side_of(tape.book, engine::Side::sell), asks)
                    << "seed " << seed << " step " << step;
                ASSERT_EQ(sync.state(), SyncState::live);
                ASSERT_EQ(sync.book_id(), tape.book.last_update());
            }
            if (calm && step % 100 == 99) {
                EXPECT_TRUE(tape.book.valid()) << "seed " << seed << " step " << step;
            }
        }
        resets += sync.counters().gaps + sync.counters().stale_snapshots;
    }
    EXPECT_GT(compared, 40'000U);
    EXPECT_GT(resets, 1'000U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
