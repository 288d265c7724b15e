// The ladder beside a naive twin in std::map, over millions of random commands: markets that
// wander, run and jump past the window, far levels, prices off the grid, ticks that change, sides
// that are full.
#include "engine/book/ladder_levels.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>

#include "engine/types/capacity.hpp"

namespace portcullis::engine {
namespace {

constexpr std::size_t ticks = LadderLevels<Side::buy>::ticks_min;
// One word of the summary; more than eight instruments; as traded with: four words, around a ring.
constexpr std::array<std::size_t, 3> ladders{ticks, capacity::ladder_ticks(9),
                                             capacity::ladder_ticks(1)};

/// One side, and what should be in it.
template <Side side>
class Twins {
public:
    using Order = std::conditional_t<side == Side::buy, std::greater<>, std::less<>>;

    Twins(std::uint64_t seed, std::size_t levels_max, std::int64_t tick, std::size_t ladder)
        : levels(levels_max, ladder),
          random_(seed),
          tick_(tick),
          ladder_(static_cast<std::int64_t>(ladder)) {
        levels.set_tick(PriceAtoms{tick});
        snapshot();
    }

    void step() {
        move_market();
        for (std::uint64_t i = below(12); i > 0; --i) {
            change(price(), below(5) < 2 ? 0 : quantity());
        }
        if (below(8) == 0 && !truth.empty()) {
            change(truth.begin()->first, 0);  // the best goes
        }
        if (below(4) != 0) {
            levels.recentre();
        }
        if (below(3000) == 0) {
            snapshot();
        } else if (below(2000) == 0) {
            tick_ = std::int64_t{1} << below(8);
            tick_ *= below(2) == 0 ? 1 : 5;
            levels.set_tick(PriceAtoms{below(6) == 0 ? 0 : tick_});
        }
    }
    void expect_equal(bool all) {
        ASSERT_EQ(levels.size(), truth.size());
        auto want = truth.begin();
        std::size_t shown = 0;
        levels.walk([&](const BookLevel& level) {
            const bool same = want != truth.end() && level.price.value == want->first &&
                              level.qty.value == want->second;
            EXPECT_TRUE(same) << "level " << shown;
            ++want;
            return same && (++shown < 20 || all);
        });
        ASSERT_EQ(shown, all ? truth.size() : std::min<std::size_t>(truth.size(), 20));
        if (!truth.empty()) {
            const auto& [price, qty] = *truth.begin();
            ASSERT_EQ(levels.best(), (BookLevel{PriceAtoms{price}, QtyAtoms{qty}}));
            const std::size_t i = below(std::min<std::size_t>(truth.size(), 40));
            const auto chosen = std::next(truth.begin(), static_cast<std::ptrdiff_t>(i));
            ASSERT_EQ(levels.level(i).price.value, chosen->first);
            ASSERT_EQ(levels.qty_at(PriceAtoms{chosen->first}).value, chosen->second);
        }
        const std::int64_t any = price();
        const auto there = truth.find(any);
        ASSERT_EQ(levels.qty_at(PriceAtoms{any}).value, there == truth.end() ? 0 : there->second);
        for (const std::size_t count : {1U, 50U}) {
            ASSERT_EQ(levels.sure_of(count), sure_of(count));
        }
        ASSERT_TRUE(!all || levels.self_check());
    }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    LadderLevels<side> levels;
    std::map<std::int64_t, std::int64_t, Order> truth;
    std::uint64_t refused{}, inside{}, outside{};

private:
    void change(std::int64_t at, std::int64_t qty) {
        const bool fits = levels.set({PriceAtoms{at}, QtyAtoms{qty}});
        const bool room = qty == 0 || truth.contains(at) || truth.size() < levels.levels_max();
        ASSERT_EQ(fits, room);
        refused += fits ? 0 : 1;
        if (qty == 0) {
            truth.erase(at);
        } else if (room) {
            truth[at] = qty;
        }
        inside += levels.near();
        outside += levels.size() - levels.near();
    }
    void snapshot() {
        levels.clear();
        truth.clear();
        for (std::uint64_t i = below(levels.levels_max() * 3 / 4 + 1); i > 0; --i) {
            const std::int64_t at = price();
            if (truth.contains(at)) {
                continue;
            }
            truth[at] = quantity();
            ASSERT_TRUE(levels.append({PriceAtoms{at}, QtyAtoms{truth[at]}}));
        }
        cut_ = below(2) == 0;
        ASSERT_TRUE(levels.end_snapshot(cut_));
        edge_ = truth.empty() ? 0 : truth.rbegin()->first;
        cut_ = cut_ && !truth.empty();
    }
    // Mostly near; else anywhere, and now and then between two ticks.
    std::int64_t price() {
        const std::uint64_t kind = below(100);
        const std::int64_t bound = kind < 60 ? 30 : kind < 90 ? ladder_ * 3 / 2 : 20'000;
        auto away = static_cast<std::int64_t>(below(static_cast<std::uint64_t>(bound)));
        away = kind == 99 ? -away / 10 : away;
        const std::int64_t at = (middle_ + (side == Side::buy ? -away : away)) * tick_;
        const std::int64_t off = below(20) == 0 ? static_cast<std::int64_t>(below(7)) : 0;
        return std::max<std::int64_t>(at + off, 1 + off);
    }
    void move_market() {
        const std::uint64_t kind = below(1000);
        const auto step = [&](std::uint64_t most) {
            return static_cast<std::int64_t>(below(2 * most + 1)) - static_cast<std::int64_t>(most);
        };
        drift_ = kind < 20 ? step(6) : drift_;
        middle_ +=
            drift_ + step(2) + (kind >= 998 ? step(static_cast<std::uint64_t>(6 * ladder_)) : 0);
        middle_ = std::clamp<std::int64_t>(middle_, 50, 120 * ladder_);  // to the price of one tick
        if (below(2) == 0) {
            return;
        }
        while (!truth.empty() &&
               (side == Side::buy ? truth.begin()->first > (middle_ + 20) * tick_
                                  : truth.begin()->first < (middle_ - 20) * tick_)) {
            change(truth.begin()->first, 0);  // what the market has passed
        }
    }
    std::int64_t quantity() { return static_cast<std::int64_t>(1 + below(1'000'000)); }
    bool sure_of(std::size_t count) const {
        if (!cut_) {
            return true;
        }
        std::size_t sure = 0;
        for (auto each = truth.begin(); each != truth.end() && sure < count; ++each, ++sure) {
            if (side == Side::buy ? each->first < edge_ : each->first > edge_) {
                return false;
            }
        }
        return sure == count;
    }

    std::mt19937_64 random_;
    std::int64_t tick_;
    std::int64_t ladder_;
    std::int64_t middle_{20'000};
    std::int64_t drift_{};
    std::int64_t edge_{};
    bool cut_{};
};

/// How often there was no room.
template <Side side>
std::uint64_t run(std::uint64_t seed, std::size_t levels_max, std::int64_t tick,
                  std::uint64_t steps, std::size_t ladder = ticks) {
    Twins<side> twins(seed, levels_max, tick, ladder);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << " step " << i);
        twins.step();
        twins.expect_equal(i % 32 == 0);
    }
    EXPECT_GT(twins.inside, steps);
    EXPECT_GT(twins.outside, steps);
    return twins.refused;
}

TEST(LadderLevels, EqualANaiveSideAfterEveryCommand) {
    for (const std::size_t ladder : ladders) {
        for (const std::int64_t tick : {1, 5, 7, 1024, 10'000, 1'000'000, 100'000'000}) {
            const auto seed = static_cast<std::uint64_t>(tick) + ladder;
            EXPECT_EQ(run<Side::buy>(seed, 32768, tick, 8'000, ladder), 0U);
            EXPECT_EQ(run<Side::sell>(seed + 1, 32768, tick, 8'000, ladder), 0U);
        }
    }
}

TEST(LadderLevels, HoldExactlyAsManyLevelsAsTheyHaveRoomFor) {
    for (const std::size_t levels_max : {1U, 3U, 40U}) {
        EXPECT_GT(run<Side::buy>(levels_max, levels_max, 100, 30'000), 1'000U);
        EXPECT_GT(run<Side::sell>(levels_max + 1, levels_max, 100, 30'000), 1'000U);
    }
}

BookLevel level_at(std::int64_t price) {
    return {PriceAtoms{price}, QtyAtoms{1}};
}

TEST(LadderLevels, EveryMultipleOfTheTickInTheWindowHasASlotAndNothingElse) {
    for (const std::int64_t tick : {3, 10, 64, 1'000'000, 123'456'789}) {
        LadderLevels<Side::buy> levels(16, ticks);
        levels.set_tick(PriceAtoms{tick});
        ASSERT_TRUE(levels.append(level_at(10'000 * tick)));
        ASSERT_TRUE(levels.end_snapshot(false));
        for (std::int64_t i = -100; i < 100; ++i) {
            for (std::int64_t off : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}}) {
                const BookLevel level = level_at((9'800 + i) * tick + off);
                const std::size_t before = levels.near();
                ASSERT_TRUE(levels.set(level));
                EXPECT_EQ(levels.near() - before, off == 0 ? 1U : 0U) << level.price.value;
                ASSERT_TRUE(levels.set({level.price, {}}));
            }
        }
        ASSERT_TRUE(levels.self_check());
    }
}

TEST(LadderLevels, PricesAndTicksAtTheEndsOfWhatThereIsAreHeld) {
    constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
    const auto check = [&]<Side side>(LadderLevels<side> levels, std::int64_t tick) {
        levels.set_tick(PriceAtoms{tick});
        const std::array<std::int64_t, 7> prices{1,           2,           tick,   2 * (tick / 2),
                                                 highest - 1, highest / 2, highest};
        std::map<std::int64_t, std::int64_t> truth;
        for (int round = 0; round < 3; ++round) {
            for (const std::int64_t price : prices) {
                const std::int64_t at = std::max<std::int64_t>(price, 1);
                ASSERT_TRUE(levels.set({PriceAtoms{at}, QtyAtoms{round + 1}}));
                truth[at] = round + 1;
                levels.recentre();
                ASSERT_TRUE(levels.self_check()) << tick;
            }
        }
        ASSERT_EQ(levels.size(), truth.size());
        for (const auto& [price, qty] : truth) {
            ASSERT_EQ(levels.qty_at(PriceAtoms{price}).value, qty);
        }
        ASSERT_EQ(levels.best().price.value,
                  side == Side::buy ? truth.rbegin()->first : truth.begin()->first);
    };
    for (const std::int64_t tick : {std::int64_t{1}, std::int64_t{2}, std::int64_t{1} << 40,
                                    (std::int64_t{1} << 40) + 1, highest, std::int64_t{-1}}) {
        check(LadderLevels<Side::buy>(64, ticks), tick);
        check(LadderLevels<Side::sell>(64, ticks), tick);
    }
}

TEST(LadderLevels, ATickToldWithinASnapshotHoldsFromItsEnd) {
    LadderLevels<Side::sell> levels(64, ticks);
    for (const std::int64_t price : {30, 10, 20}) {
        ASSERT_TRUE(levels.append(level_at(price)));
        levels.set_tick(PriceAtoms{10});
        levels.recentre();
    }
    EXPECT_EQ(levels.near(), 0U);
    ASSERT_TRUE(levels.end_snapshot(false));
    EXPECT_EQ(levels.near(), 3U);
    EXPECT_EQ(levels.best().price.value, 10);
    levels.set_tick(PriceAtoms{20});
    EXPECT_EQ(levels.near(), 1U) << "10 and 30 are no multiples any more";
    EXPECT_TRUE(levels.self_check());
}

TEST(LadderLevels, TheLadderFollowsTheMarketWithoutEverMovingMuchAtOnce) {
    LadderLevels<Side::buy> levels(16384, ticks);
    levels.set_tick(PriceAtoms{10});
    for (std::int64_t i = 0; i < 4000; ++i) {
        ASSERT_TRUE(levels.append(level_at((100'000 - i) * 10)));
    }
    ASSERT_TRUE(levels.end_snapshot(false));
    const std::size_t behind = levels.near();
    EXPECT_GT(behind, ticks * 3 / 4);
    for (std::int64_t i = 1; i < 3000; ++i) {  // up, a tick at a time
        ASSERT_TRUE(levels.set(level_at((100'000 + i) * 10)));
        const std::size_t before = levels.near();
        levels.recentre();
        ASSERT_LE(before - levels.near(), 64U);
        ASSERT_GE(levels.near(), ticks * 3 / 4);
    }
    for (std::int64_t i = 2999; i > -2000; --i) {  // and down
        ASSERT_TRUE(levels.set({PriceAtoms{(100'000 + i) * 10}, {}}));
        levels.recentre();
        ASSERT_GE(levels.near(), ticks * 3 / 4);
    }
    EXPECT_TRUE(levels.self_check());
}

/// A market that jumps past the window, ahead of which the side has been filling up, while the
/// levels that were there stay.
template <Side side>
void jump(std::size_t ladder, std::int64_t behind, std::int64_t ahead, std::int64_t ticks_far) {
    SCOPED_TRACE(testing::Message() << ladder << " ticks, " << behind << " and " << ahead);
    constexpr std::int64_t middle = 1'000'000;
    const std::int64_t up = side == Side::buy ? 1 : -1;
    LadderLevels<side> levels(32768, ladder);
    levels.set_tick(PriceAtoms{10});
    for (std::int64_t i = 0; i < behind; ++i) {
        ASSERT_TRUE(levels.append(level_at((middle - up * i) * 10)));
    }
    ASSERT_TRUE(levels.end_snapshot(false));
    for (std::int64_t i = 0; i < ahead; ++i) {
        ASSERT_TRUE(levels.set(level_at((middle + up * (ticks_far - i)) * 10)));
    }
    const std::size_t before = levels.near();
    ASSERT_GT(before, 0U);
    const std::size_t in_window = ladder - ladder / 8 - 64;
    const std::size_t wanted = std::min(static_cast<std::size_t>(ahead), in_window);
    const std::size_t calls_max = (before + wanted + 4 * ladder / 64) / 128 + 4;
    std::size_t calls = 0;
    for (std::size_t last = before + 1; last != levels.near() || levels.near() < wanted; ++calls) {
        ASSERT_LT(calls, calls_max);
        last = levels.near();
        levels.recentre();
        const auto moved =
            static_cast<std::int64_t>(levels.near()) - static_cast<std::int64_t>(last);
        ASSERT_LE(std::abs(moved), 128 + 128);
        ASSERT_TRUE(levels.self_check());
        ASSERT_EQ(levels.size(), static_cast<std::size_t>(behind + ahead));
    }
    ASSERT_EQ(levels.best().price.value, (middle + up * ticks_far) * 10);
}

TEST(LadderLevels, ALadderThatAMarketHasJumpedAwayFromArrivesInFewCallsNoneOfThemLong) {
    for (const std::size_t ladder : ladders) {
        const auto size = static_cast<std::int64_t>(ladder);
        for (const std::int64_t far : {size / 2, size, 3 * size, 20 * size}) {
            jump<Side::buy>(ladder, 1, 1, far);
            jump<Side::buy>(ladder, size, size / 4, far);
            jump<Side::sell>(ladder, size, size / 4, far);
            jump<Side::sell>(ladder, 1, size / 2, far);
        }
    }
}

TEST(LadderLevels, ALadderAboveWhichAMarketHasFallenFollowsItInFewCalls) {
    for (const std::size_t ladder : ladders) {
        SCOPED_TRACE(ladder);
        const auto size = static_cast<std::int64_t>(ladder);
        LadderLevels<Side::buy> levels(16384, ladder);
        levels.set_tick(PriceAtoms{10});
        for (std::int64_t i = 0; i < 3 * size; i += 7) {
            ASSERT_TRUE(levels.append(level_at((1'000'000 - i) * 10)));
        }
        ASSERT_TRUE(levels.end_snapshot(false));
        const std::size_t full = levels.near();
        ASSERT_GT(full, ladder * 3 / 4 / 7);
        for (std::int64_t i = 0; i < size / 2; i += 7) {
            ASSERT_TRUE(levels.set({PriceAtoms{(1'000'000 - i) * 10}, {}}));
        }
        ASSERT_LT(levels.near(), full * 3 / 4);
        for (std::size_t calls = 0; calls < 2 + ladder / 2 / 128; ++calls) {
            levels.recentre();
            ASSERT_TRUE(levels.self_check());
        }
        EXPECT_GE(levels.near(), ladder * 3 / 4 / 7);
    }
}

TEST(LadderLevels, AMarketThatHasLeftTheLadderAltogetherGetsItBackAtOnce) {
    LadderLevels<Side::sell> levels(16384, ticks);
    levels.set_tick(PriceAtoms{10});
    for (const std::int64_t market : {50'000'000, 1'000, 2'000'000}) {
        for (std::int64_t i = 0; i < 100; ++i) {
            ASSERT_TRUE(levels.set(level_at((market + i) * 10)));
        }
        ASSERT_EQ(levels.near(), 0U);
        levels.recentre();
        EXPECT_EQ(levels.near(), 100U);
        ASSERT_TRUE(levels.self_check());
        for (std::int64_t i = 0; i < 100; ++i) {
            ASSERT_TRUE(levels.set({PriceAtoms{(market + i) * 10}, {}}));
        }
    }
}

}  // namespace
}  // namespace portcullis::engine
