// IdSet: the edges of its words as a table, and everything it answers beside a std::set.
#include "engine/types/id_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace portcullis::engine {
namespace {

using Set = IdSet<InstrumentId, 192>;

InstrumentId id(std::size_t value) {
    return InstrumentId{static_cast<std::uint16_t>(value)};
}

std::vector<std::uint16_t> members(const Set& set) {
    std::vector<std::uint16_t> found;
    set.for_each([&](InstrumentId each) { found.push_back(each.value); });
    return found;
}

TEST(IdSet, TheFirstSoManyAtTheEdgesOfWords) {
    for (const std::size_t count : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 129U, 191U, 192U}) {
        const Set set = Set::first(count);
        EXPECT_EQ(set.size(), count);
        EXPECT_EQ(set.empty(), count == 0);
        for (std::size_t i = 0; i < 200; ++i) {
            EXPECT_EQ(set.has(id(i)), i < count) << i << " of " << count;
        }
    }
    EXPECT_EQ(Set::all(), Set::first(192));
}

TEST(IdSet, NoSetHasWhatIsBeyondCapacity) {
    EXPECT_FALSE(Set::all().has(id(192)));
    EXPECT_FALSE(Set::all().has(no_instrument));
    Set set = Set::all();
    set.remove(no_instrument);
    EXPECT_EQ(set, Set::all());
}

TEST(IdSetDeathTest, AnIdBeyondCapacityCannotBeAdded) {
    EXPECT_DEATH((void)Set::of(id(192)), "");
    EXPECT_DEATH((void)Set::first(193), "");
    EXPECT_DEATH((void)Set{}.lowest(), "");
}

TEST(IdSet, BitsAndWordsAreThoseOfEvents) {
    const Set set = Set::of_bits(0b1011);
    EXPECT_EQ(members(set), (std::vector<std::uint16_t>{0, 1, 3}));
    Set wide = set;
    wide.add(id(64));
    wide.add(id(130));
    EXPECT_EQ(wide.word(0), 0b1011U);
    EXPECT_EQ(wide.word(1), 1U);
    EXPECT_EQ(wide.word(2), 4U);
    EXPECT_EQ(*wide.word_of(id(130)), 4U);
}

TEST(IdSet, HashesDifferWhereSetsDo) {
    const auto hashed = [](const Set& set) {
        StateHasher hasher;
        set.hash(hasher);
        return hasher.value();
    };
    std::set<std::uint64_t> seen{hashed({})};
    for (std::size_t i = 0; i < 192; ++i) {
        EXPECT_TRUE(seen.insert(hashed(Set::of(id(i)))).second) << i;
    }
}

TEST(IdSet, AnswersAsASetOfNumbersDoes) {
    std::mt19937_64 random(7);  // NOLINT: a fixed seed is the point
    Set one, two;
    std::set<std::uint16_t> naive_one, naive_two;
    for (int round = 0; round < 20'000; ++round) {
        const auto value = static_cast<std::uint16_t>(random() % 192);
        const bool first = random() % 2 == 0;
        Set& set = first ? one : two;
        std::set<std::uint16_t>& naive = first ? naive_one : naive_two;
        if (random() % 3 == 0) {
            set.remove(id(value));
            naive.erase(value);
        } else {
            set.add(id(value));
            naive.insert(value);
        }
        if (random() % 64 == 0) {
            set = {};
            naive.clear();
        }
        ASSERT_EQ(members(set), std::vector<std::uint16_t>(naive.begin(), naive.end()));
        ASSERT_EQ(set.size(), naive.size());
        if (!naive.empty()) {
            ASSERT_EQ(set.lowest().value, *naive.begin());
        }
        std::vector<std::uint16_t> both, without;
        for (const std::uint16_t each : naive_one) {
            (naive_two.contains(each) ? both : without).push_back(each);
        }
        ASSERT_EQ(members(one & two), both);
        ASSERT_EQ(members(one - two), without);
        Set joined = one;
        joined |= two;
        std::set<std::uint16_t> naive_joined = naive_one;
        naive_joined.insert(naive_two.begin(), naive_two.end());
        ASSERT_EQ(members(joined),
                  std::vector<std::uint16_t>(naive_joined.begin(), naive_joined.end()));
    }
}

}  // namespace
}  // namespace portcullis::engine
