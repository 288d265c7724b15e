// The replay's commands: each form that is taken, and each way of being refused.
#include "tools/venue/server/replay_control.hpp"

#include <gtest/gtest.h>

#include "tools/venue/synthetic/synthetic_market.hpp"

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
    EXPECT_EQ(
        run({"status"}).answer,
        R"(ok {"state":"playing","position":"0.000000000","speed":"1.000","messages":0,"laps":0})");
    EXPECT_TRUE(run({"pause"}).changed);
    EXPECT_TRUE(replay->paused());
    const auto sought = run({"seek", "60.5"}, second);
    EXPECT_EQ(sought.answer, "ok");
    EXPECT_TRUE(sought.changed && sought.jumped);
    EXPECT_EQ(
        run({"status"}, 9 * second).answer,
        R"(ok {"state":"paused","position":"60.500000000","speed":"1.000","messages":0,"laps":0})");
    EXPECT_EQ(run({"speed", "2.5"}, 9 * second).answer, "ok");
    EXPECT_TRUE(run({"resume"}, 9 * second).changed);
    EXPECT_GT(replay->poll(10 * second).value(), 0U);
    EXPECT_NE(run({"status"}, 10 * second).answer.find(R"("position":"63.0)"), std::string::npos);
    EXPECT_EQ(run({"loop", "on"}, 10 * second).answer, "ok");
    EXPECT_EQ(run({"speed", "max"}, 10 * second).answer, "ok");
    EXPECT_EQ(replay->speed_e3(), replay_speed_max_e3);
    EXPECT_NE(run({"status"}, 10 * second).answer.find(R"("speed":"max")"), std::string::npos);
}

TEST_F(ReplayControl, says_what_it_expected) {
    const std::string words =
        ": expected pause, resume, seek SECONDS, speed S, loop on|off or status";
    const std::string seconds = ": expected seconds from the beginning, 0 to 1000000000";
    const std::string speeds =
        ": expected a number from 0.001 to 1000000000 with at most three decimals, or max";
    const std::pair<std::vector<std::string>, std::string> rows[] = {
        {{}, "replay" + words},
        {{"dance"}, "replay 'dance'" + words},
        {{"pause", "now"}, "replay 'pause'" + words},
        {{"seek"}, "replay 'seek'" + words},
        {{"loop"}, "replay 'loop'" + words},
        {{"seek", "-1"}, "replay seek '-1'" + seconds},
        {{"seek", "x"}, "replay seek 'x'" + seconds},
        {{"seek", "1000000001"}, "replay seek '1000000001'" + seconds},
        {{"speed", "0"}, "replay speed '0'" + speeds},
        {{"speed", "0.0001"}, "replay speed '0.0001'" + speeds},
        {{"speed", "0.0015"}, "replay speed '0.0015'" + speeds},
        {{"speed", "-1"}, "replay speed '-1'" + speeds},
        {{"speed", "1000000001"}, "replay speed '1000000001'" + speeds},
        {{"speed", "fast"}, "replay speed 'fast'" + speeds},
        {{"loop", "maybe"}, "replay loop 'maybe': expected on or off"}};
    for (const auto& [command, why] : rows) {
        const auto result = run(command);
        EXPECT_EQ(result.answer, "error: " + why);
        EXPECT_FALSE(result.changed || result.jumped);
    }
    EXPECT_FALSE(replay->paused());
    EXPECT_EQ(replay->speed_e3(), 1000);
}

TEST(ReplayControlOfSynthetic, is_paused_and_hurried_but_not_sought_looped_or_played_at_max) {
    Exchange exchange;
    const auto replay = std::move(Replay::open(exchange, {}, {})).value();
    replay->add(std::make_unique<SyntheticMarket>(
        exchange, SyntheticOptions{load_parameters("btc-like").value(), "", 1}));
    replay->start(0);
    const auto run = [&](const std::vector<std::string>& words, std::int64_t now_ns) {
        return replay_command(*replay, words, now_ns);
    };
    ASSERT_TRUE(replay->poll(second));
    const std::uint64_t lived = replay->counts().messages();
    EXPECT_GT(lived, 20U);
    EXPECT_EQ(run({"pause"}, second).answer, "ok");
    ASSERT_TRUE(replay->poll(9 * second));
    EXPECT_EQ(replay->counts().messages(), lived);
    EXPECT_EQ(run({"resume"}, 9 * second).answer, "ok");
    EXPECT_EQ(run({"speed", "1000"}, 9 * second).answer, "ok");
    ASSERT_TRUE(replay->poll(9 * second + second / 100));
    EXPECT_NE(run({"status"}, 9 * second + second / 100).answer.find(R"("position":"11.)"),
              std::string::npos);
    EXPECT_GT(replay->counts().messages(), lived * 3);
    const auto refused = [&](const std::vector<std::string>& words, const std::string& answer) {
        const auto result = run(words, 10 * second);
        EXPECT_EQ(result.answer, answer);
        EXPECT_FALSE(result.changed || result.jumped);
    };
    refused({"seek", "5"},
            "error: seek: BTCUSDT is synthetic: nobody recorded what it will have done");
    for (const char* speed : {"max", "1000.001"}) {
        refused({"speed", speed}, "error: replay speed '" + std::string(speed) +
                                      "': expected at most 1000, for a synthetic market is played");
    }
    refused({"loop", "on"}, "error: loop: no recording is played");
    EXPECT_EQ(replay->speed_e3(), 1'000'000);
}

TEST(ReplaySpeed, is_thousandths_or_max) {
    EXPECT_EQ(parse_speed_e3("0.001"), 1);
    EXPECT_EQ(parse_speed_e3("10"), 10'000);
    EXPECT_EQ(parse_speed_e3("1000000000"), replay_speed_max_e3);
    EXPECT_EQ(parse_speed_e3("max"), replay_speed_max_e3);
    EXPECT_EQ(parse_speed_e3(""), std::nullopt);
    EXPECT_EQ(parse_speed_e3("0.0015"), std::nullopt) << "not 0.001";
}

}  // namespace
}  // namespace portcullis::tools::venue
