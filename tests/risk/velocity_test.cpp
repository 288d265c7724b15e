// Sliding windows: exact at each edge, against a count of every past message, whatever time does.
#include "risk/velocity.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace portcullis::risk {
namespace {

using engine::MonoNs;

constexpr std::int64_t second = 1'000'000'000;

bool allows(const Velocity& log, MonoNs now) {
    return log.blocked_by(now) == window_count;
}

TEST(Velocity, AZeroCountLetsNothingPass) {
    EXPECT_FALSE(allows(Velocity{}, MonoNs{0}));
    EXPECT_FALSE(allows(Velocity{{0, 9, 9}}, MonoNs{std::numeric_limits<std::int64_t>::max()}));
    EXPECT_FALSE(allows(Velocity{{9, 9, 0}}, MonoNs{5 * second}));
    EXPECT_FALSE(allows(Velocity{{-1, 9, 9}}, MonoNs{5 * second}));
}

TEST(Velocity, AFullBurstBlocksUntilTheWholeWindowHasPassed) {
    for (std::size_t window = 0; window < window_count; ++window) {
        for (const std::int64_t count : {1, 2, 3, 7, 100}) {
            Velocity::Counts counts{1'000, 1'000, 1'000};
            counts[window] = count;
            Velocity log{counts};
            const MonoNs start{123'456};
            for (std::int64_t i = 0; i < count; ++i) {
                EXPECT_TRUE(allows(log, start));
                log.push(start);
            }
            const std::int64_t span = window_span_ns[window];
            EXPECT_FALSE(allows(log, start));
            EXPECT_FALSE(allows(log, MonoNs{start.value + span - 1}));
            EXPECT_EQ(log.blocked_by(start), window);
            EXPECT_EQ(log.in_window(window, start), count);
            EXPECT_TRUE(allows(log, MonoNs{start.value + span}));
            EXPECT_EQ(log.in_window(window, MonoNs{start.value + span}), 0);
        }
    }
}

// N just before W and N just after: a fixed window or a bucket lets the second batch through.
TEST(Velocity, TwoBatchesAcrossABoundaryAreOne) {
    Velocity log{{50, 10, 50}};
    const std::int64_t boundary = 10 * second;
    for (int i = 0; i < 10; ++i) {
        log.push(MonoNs{boundary - 1});
    }
    EXPECT_FALSE(allows(log, MonoNs{boundary}));
    EXPECT_FALSE(allows(log, MonoNs{boundary + 1}));
    EXPECT_FALSE(allows(log, MonoNs{boundary + second - 2}));
    EXPECT_TRUE(allows(log, MonoNs{boundary + second - 1}));
}

TEST(Velocity, AStepOfTheClockRefillsNothing) {
    Velocity log{{3, 3, 3}};
    const std::int64_t hour = 3'600 * second;
    const MonoNs now{2 * hour};
    for (int i = 0; i < 3; ++i) {
        log.push(now);
    }
    for (const std::int64_t step : {-hour, -second, std::int64_t{-1}, std::int64_t{0}}) {
        EXPECT_FALSE(allows(log, MonoNs{now.value + step}));
    }
    // A message stamped an hour back counts as of the last one, not as one that has expired.
    Velocity other{{3, 3, 3}};
    other.push(now);
    other.push(MonoNs{now.value - hour});
    other.push(MonoNs{now.value - hour});
    EXPECT_FALSE(allows(other, MonoNs{now.value + 1}));
    EXPECT_FALSE(allows(other, MonoNs{now.value + 60 * second - 1}));
    EXPECT_TRUE(allows(other, MonoNs{now.value + 60 * second}));
}

TEST(Velocity, AnswersAsACountOfAllPastMessagesDoes) {
    std::mt19937_64 random{20'221'1};
    for (int round = 0; round < 40; ++round) {
        const Velocity::Counts counts{static_cast<std::int64_t>(random() % 8),
                                      static_cast<std::int64_t>(random() % 30),
                                      static_cast<std::int64_t>(random() % 200)};
        Velocity log{counts};
        std::vector<std::int64_t> past;
        std::int64_t now = 0;
        for (int i = 0; i < 3'000; ++i) {
            now += static_cast<std::int64_t>(random() % (1ULL << (10 + random() % 22)));
            bool expected = true;
            for (std::size_t w = 0; w < window_count; ++w) {
                std::int64_t inside = 0;
                for (std::size_t k = past.size(); k-- > 0 && now - past[k] < window_span_ns[w];) {
                    ++inside;
                }
                expected = expected && inside < counts[w];
                ASSERT_EQ(log.in_window(w, MonoNs{now}), std::min(inside, counts[w]));
            }
            ASSERT_EQ(allows(log, MonoNs{now}), expected) << "message " << i;
            if (expected || random() % 16 == 0) {  // forced ones are only metered
                log.push(MonoNs{now});
                past.push_back(now);
            }
        }
    }
}

TEST(Velocity, ItsHashIsThatOfWhatItRemembers) {
    const auto hash = [](const Velocity& log) {
        engine::StateHasher hasher;
        log.hash(hasher);
        return hasher.value();
    };
    Velocity a{{4, 4, 4}};
    Velocity b{{4, 4, 4}};
    EXPECT_EQ(hash(a), hash(b));
    a.push(MonoNs{7});
    EXPECT_NE(hash(a), hash(b));
    b.push(MonoNs{8});
    EXPECT_NE(hash(a), hash(b));
}

}  // namespace
}  // namespace portcullis::risk
