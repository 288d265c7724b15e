// The replay's commands: each form that is taken, and each way of being refused.
#include "tools/venue/server/replay_control.hpp"

#include <gtest/gtest.h>

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t second = 1'000'000'000;

class ReplayControl : public testing::Test {
protected:
    ReplayControl() {
        auto opened = Replay::open(
            exchange,
            {PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"},
            {});
        EXPECT_TRUE(opened) << opened.error();
        replay = std::move(opened).value();
        replay->start(0);
    }
    ReplayCommandResult run(const std::vector<std::string>& words, std::int64_t now_ns = 0) {
        return replay_command(*replay, words, now_ns);
    }
    Exchange exchange;
    std::unique_ptr<Replay> replay;
};

TEST_F(ReplayControl, stops_moves_and_changes_the_clock) {
    EXPECT_EQ(run({"status"}).answer, "ok playing position 0.000000000 speed 1.000 messages 0");
    EXPECT_TRUE(run({"pause"}).changed);
    EXPECT_TRUE(replay->paused());
    const auto sought = run({"seek", "60.5"}, second);
    EXPECT_EQ(sought.answer, "ok");
    EXPECT_TRUE(sought.changed && sought.jumped);
    EXPECT_EQ(run({"status"}, 9 * second).answer,
              "ok paused position 60.500000000 speed 1.000 messages 0");
    EXPECT_EQ(run({"speed", "2.5"}, 9 * second).answer, "ok");
    EXPECT_TRUE(run({"resume"}, 9 * second).changed);
    EXPECT_GT(replay->poll(10 * second).value(), 0U);
    EXPECT_EQ(run({"status"}, 10 * second).answer.substr(0, 24), "ok playing position 63.0");
    EXPECT_EQ(run({"loop", "on"}, 10 * second).answer, "ok");
    EXPECT_EQ(run({"speed", "max"}, 10 * second).answer, "ok");
    EXPECT_EQ(replay->speed_e3(), replay_speed_max_e3);
    EXPECT_NE(run({"status"}, 10 * second).answer.find("speed max"), std::string::npos);
}

TEST_F(ReplayControl, says_what_it_expected) {
    const std::vector<std::string> rows[] = {{},
                                             {"dance"},
                                             {"pause", "now"},
                                             {"seek"},
                                             {"seek", "-1"},
                                             {"seek", "x"},
                                             {"seek", "1000000001"},
                                             {"speed", "0"},
                                             {"speed", "0.0001"},
                                             {"speed", "-1"},
                                             {"speed", "1000000001"},
                                             {"speed", "fast"},
                                             {"loop", "maybe"},
                                             {"loop"}};
    for (const auto& words : rows) {
        const auto result = run(words);
        EXPECT_EQ(result.answer.substr(0, 23), "error: expected replay ") << result.answer;
        EXPECT_FALSE(result.changed || result.jumped);
    }
    EXPECT_FALSE(replay->paused());
    EXPECT_EQ(replay->speed_e3(), 1000);
}

TEST(ReplaySpeed, is_thousandths_or_max) {
    EXPECT_EQ(parse_speed_e3("0.001"), 1);
    EXPECT_EQ(parse_speed_e3("10"), 10'000);
    EXPECT_EQ(parse_speed_e3("1000000000"), replay_speed_max_e3);
    EXPECT_EQ(parse_speed_e3("max"), replay_speed_max_e3);
    EXPECT_EQ(parse_speed_e3(""), std::nullopt);
}

}  // namespace
}  // namespace portcullis::tools::venue
