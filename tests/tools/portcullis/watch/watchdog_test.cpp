// When is an engine silent?
#include "tools/portcullis/watch/watchdog.hpp"

#include <gtest/gtest.h>

namespace portcullis::tools {
namespace {

using engine::milliseconds;
using engine::MonoNs;
using enum WatchVerdict;

struct Watched : testing::Test {
    WatchVerdict at(std::int64_t ms, const std::optional<Beat>& beat) {
        return dog.look(MonoNs{ms * 1'000'000 + 1}, beat);
    }
    Watchdog dog{milliseconds(1'000)};
};

TEST_F(Watched, OneThatProvesItselfEverySecondIsAlive) {
    for (std::uint64_t i = 0; i < 50; ++i) {
        EXPECT_EQ(at(static_cast<std::int64_t>(i) * 999, Beat{3, i, false}), alive);
    }
}

TEST_F(Watched, OneThatDoesNotIsSilentOnceAndTrippedUntilItProvesItselfAgain) {
    EXPECT_EQ(at(0, Beat{3, 7, false}), alive);
    EXPECT_EQ(at(999, Beat{3, 7, false}), alive);
    EXPECT_EQ(at(1'000, Beat{3, 7, false}), silent);
    EXPECT_EQ(at(1'001, Beat{3, 7, false}), tripped);
    EXPECT_EQ(at(9'000, Beat{3, 7, false}), tripped);
    EXPECT_EQ(at(9'001, Beat{3, 8, false}), alive) << "it was stopped and goes on";
    EXPECT_EQ(at(10'001, Beat{3, 8, false}), silent);
    EXPECT_EQ(at(10'002, Beat{4, 0, false}), alive) << "the next run";
}

TEST_F(Watched, OneThatHadDiedBeforeTheWatchBeganIsFound) {
    EXPECT_EQ(at(500, Beat{3, 7, false}), alive);
    EXPECT_EQ(at(1'500, Beat{3, 7, false}), silent);
}

TEST_F(Watched, OneThatHasEndedInOrderIsNotWaitedFor) {
    EXPECT_EQ(at(0, std::nullopt), no_engine);
    EXPECT_EQ(at(5'000, std::nullopt), no_engine);
    EXPECT_EQ(at(6'000, Beat{3, 7, false}), alive);
    EXPECT_EQ(at(6'500, Beat{3, 7, true}), no_engine);
    EXPECT_EQ(at(60'000, Beat{3, 7, true}), no_engine);
}

TEST_F(Watched, AHeartbeatThatCannotBeReadAnyMoreIsSilence) {
    EXPECT_EQ(at(0, Beat{3, 7, false}), alive);
    EXPECT_EQ(at(999, std::nullopt), alive);
    EXPECT_EQ(at(1'000, std::nullopt), silent);
}

}  // namespace
}  // namespace portcullis::tools
