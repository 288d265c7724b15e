// The ladder beside a naive twin in std::map, over millions of random commands: markets that
// wander, run and jump past the window, far levels, prices off the grid, ticks that change, sides
// that are full.
#include "engine/book/ladder_levels.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

namespace portcullis::engine {
namespace {

constexpr std::size_t ticks = LadderLevels<Side::buy>::ticks_min;

/// One side, and what should be in it.
template <Side side>
class Twins {
public:
    using Order = std::conditional_t<side == Side::buy, std::greater<>, std::less<>>;

    Twins(std::uint64_t seed, std::size_t levels_max, std::int64_t tick)
        : levels(levels_max, ticks), random_(seed), tick_(tick) {
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
            ASSERT_EQ(levels.best().price.value, truth.begin()->first);
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
        const std::int64_t bound = kind < 60 ? 30 : kind < 90 ? 800 : 20'000;
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
        middle_ += drift_ + step(2) + (kind >= 998 ? step(3000) : 0);
        middle_ = std::clamp<std::int64_t>(middle_, 50, 60'000);  // to the price of one tick
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
    std::int64_t middle_{20'000};
    std::int64_t drift_{};
    std::int64_t edge_{};
    bool cut_{};
};

/// How often there was no room.
template <Side side>
std::uint64_t run(std::uint64_t seed, std::size_t levels_max, std::int64_t tick,
                  std::uint64_t steps) {
    Twins<side> twins(seed, levels_max, tick);
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
    for (const std::int64_t tick : {1, 5, 7, 1024, 10'000, 1'000'000, 100'000'000}) {
        const auto seed = static_cast<std::uint64_t>(tick);
        EXPECT_EQ(run<Side::buy>(seed, 16384, tick, 25'000), 0U);
        EXPECT_EQ(run<Side::sell>(seed + 1, 16384, tick, 25'000), 0U);
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
