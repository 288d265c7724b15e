// 429 and 418, heard at any time and with any clock: as long as they said, neither longer nor less.
#include <gtest/gtest.h>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

constexpr std::int64_t skews_ms[] = {0, -4'000, 4'000, -60'000, 60'000, -3'600'000, 3'600'000};

/// Turns until the first session is ready; how long that took.
std::int64_t ready_after_ms(AgentWorld& world) {
    const engine::MonoNs from = world.now;
    for (int i = 0; i < 400 && !world.agent->primary().ready(); ++i) {
        world.turn(1, 10 * ms);
    }
    return (world.now - from).value / ms;
}

// A machine whose clock is off by an hour must not trade, and must cancel all the same.
TEST(RefusedForRate, ABanHeardBeforeTheVenuesClockIsKnownLastsAsLongAsItWasTold) {
    for (const std::int64_t skew_ms : skews_ms) {
        SCOPED_TRACE(skew_ms);
        AgentWorld world;
        world.clock_offset_ms = skew_ms;
        world.doors.close(418, world.now + engine::milliseconds(2'000));
        world.start();
        const std::int64_t took_ms = ready_after_ms(world);
        EXPECT_GE(took_ms, 2'000);
        EXPECT_LE(took_ms, 2'200);
        world.turn(20);
        world.push(engine::OrderMassCancelRequest{world.now, engine::no_instrument, {}});
        world.turn(2);
        EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1U);
    }
}

// The answer to the very first question (`time`) bans: its words are of a clock that is not known.
struct FirstAnswer {
    const char* name;
    const char* data;  ///< SERVER and UNTIL are filled in
    std::int64_t closed_ms;
};

std::string filled(std::string text, const std::string& word, std::int64_t number) {
    const std::size_t at = text.find(word);
    return at == std::string::npos ? text : text.replace(at, word.size(), std::to_string(number));
}

TEST(RefusedForRate, ATimeOfAnUnknownClockIsTakenFromTheClockThatIsToldBesideIt) {
    const FirstAnswer rows[] = {
        {"both times", R"("serverTime":SERVER,"retryAfter":UNTIL)", 2'000},
        {"no clock beside it", R"("retryAfter":UNTIL)", 120'000},
        {"no time", R"("serverTime":SERVER)", 120'000},
        {"a clock of nonsense", R"("serverTime":1,"retryAfter":UNTIL)", 120'000},
        {"a time that is over", R"("serverTime":UNTIL,"retryAfter":SERVER)", 120'000},
    };
    for (const FirstAnswer& row : rows) {
        for (const std::int64_t skew_ms : skews_ms) {
            SCOPED_TRACE(row.name + std::string(" ") + std::to_string(skew_ms));
            AgentWorld world;
            world.clock_offset_ms = skew_ms;
            const std::int64_t at_ms = world.venue_ms();
            world.results["time"] =
                R"("status":418,"error":{"code":-1003,"msg":"banned","data":{)" +
                filled(filled(row.data, "SERVER", at_ms), "UNTIL", at_ms + 2'000) + "}}";
            world.start();
            world.turn(1);
            const engine::MonoNs told = world.now;
            world.turn(3);
            EXPECT_GE(world.doors.all(), told + engine::milliseconds(row.closed_ms));
            EXPECT_LE(world.doors.all(), told + engine::milliseconds(row.closed_ms + 5));
            EXPECT_EQ(world.doors.requests(), world.doors.all());
        }
    }
}

TEST(RefusedForRate, AKnownClockTellsHowLongATimeOfItStillIs) {
    AgentWorld world;
    world.clock_offset_ms = -3'600'000;
    world.start_ready();
    (void)world.submit();
    world.turn();
    world.answer(world.primary.wire(), 418,
                 R"("error":{"code":-1003,"msg":"banned","data":{"serverTime":1,"retryAfter":)" +
                     std::to_string(world.venue_ms() + 2'000) + "}}");
    world.turn();
    EXPECT_GE(world.doors.all(), world.now + engine::milliseconds(1'990));
    EXPECT_LE(world.doors.all(), world.now + engine::milliseconds(2'010));
}

// What no venue says closes as if it had said nothing: days without a cancel would be the dearer
// mistake. And one whose time is over is not asked again in the same turn.
TEST(RefusedForRate, ATimeBeyondAllThatIsDocumentedIsNone) {
    struct Row {
        const char* status;
        std::int64_t told_ms;
        std::int64_t closed_ms;
    };
    constexpr std::int64_t day = 86'400'000;
    const Row rows[] = {{"418", 3 * day - 10, 3 * day - 10},
                        {"418", 3 * day + 10, 120'000},
                        {"418", 200 * 365 * day, 120'000},
                        {"418", -5'000, 1'000},
                        {"429", 600'000 - 10, 600'000 - 10},
                        {"429", 600'000 + 10, 60'000},
                        {"429", 3 * day, 60'000},
                        {"429", -5'000, 100}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.status + std::string(" ") + std::to_string(row.told_ms));
        AgentWorld world;
        world.start_ready();
        world.primary.wire().deliver(
            R"({"id":null,"status":)" + std::string(row.status) +
            R"(,"error":{"code":-1003,"msg":"too much","data":{"retryAfter":)" +
            std::to_string(world.venue_ms() + row.told_ms) + "}}}");
        world.turn();
        EXPECT_GE(world.doors.requests(), world.now + engine::milliseconds(row.closed_ms - 2));
        EXPECT_LE(world.doors.requests(), world.now + engine::milliseconds(row.closed_ms + 5));
    }
}

// A question that took two seconds leaves the clock unsure by one: a ban is kept to its end by the
// latest reading of it.
TEST(RefusedForRate, TheDoubtOfTheClockLengthensABanAndNeverShortensIt) {
    AgentWorld world;
    world.secondary.refuse = true;  // nobody else asks for the time
    world.settings.clock_refresh = engine::milliseconds(1'000'000'000);
    std::string held;
    const auto usual = world.primary.responder;
    world.primary.responder = [&](const std::string& frame) {
        const std::string answer = usual(frame);
        if (field(frame, "method") == "time") {
            held = answer;
            return std::string();
        }
        return answer;
    };
    world.start();
    world.turn(2);
    ASSERT_FALSE(held.empty());
    world.turn(20, 100 * ms);
    world.primary.responder = usual;
    world.primary.wire().responder = usual;
    world.primary.wire().deliver(held);  // the venue read its clock at once: ours is a second ahead
    world.turn(20);
    ASSERT_TRUE(world.agent->venue_time().known());
    ASSERT_GE(world.agent->venue_time().uncertainty(world.now), engine::milliseconds(900));
    const std::int64_t until_ms = world.venue_ms() + 5'000;
    world.primary.wire().deliver(
        R"({"id":null,"status":418,"error":{"code":-1003,"msg":"x","data":{"retryAfter":)" +
        std::to_string(until_ms) + "}}}");
    world.turn();
    EXPECT_GE(world.doors.all(), world.now + engine::milliseconds(4'990));
    EXPECT_LE(world.doors.all(), world.now + engine::milliseconds(7'100));
}

// To be told a time is no failure: what was lost meanwhile is back when it has come, and a kill's
// mass cancel with it.
TEST(RefusedForRate, SessionsThatWereLostMeanwhileAreBackWhenItHasPassed) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        SCOPED_TRACE(seed);
        AgentWorld world;
        world.settings.seed = 2 * seed;
        world.settings.session.back_off = {};  // up to half a minute
        world.start();
        ASSERT_LE(ready_after_ms(world), 1'000);
        world.turn(20);
        world.doors.close(429, world.now + engine::milliseconds(60'000));
        world.primary.wire().state = world.secondary.wire().state = TransportState::closed;
        world.turn(599, 100 * ms);
        ASSERT_EQ(world.primary.wires.size(), 1U) << "nobody knocks before";
        world.push(engine::OrderMassCancelRequest{world.now, engine::no_instrument, {}});
        world.turn(30, 10 * ms);
        EXPECT_TRUE(world.agent->primary().ready());
        EXPECT_TRUE(world.agent->secondary().ready());
        EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1U);
    }
}

// A ban tells its own length to everybody, not that of a longer 429 before it: streams, which weigh
// nothing, stay away for the ban alone.
TEST(RefusedForRate, ABanBehindALonger429IsToldAsItIs) {
    AgentWorld world;
    world.start_ready();
    const auto refuse = [&world](const char* status, std::int64_t for_ms) {
        world.primary.wire().deliver(
            R"({"id":null,"status":)" + std::string(status) +
            R"(,"error":{"code":-1003,"msg":"too much","data":{"retryAfter":)" +
            std::to_string(world.venue_ms() + for_ms) + "}}}");
        world.turn();
    };
    refuse("429", 300'000);
    EXPECT_EQ(world.doors.all(), engine::MonoNs{});
    refuse("418", 120'000);
    EXPECT_LE(world.doors.all(), world.now + engine::milliseconds(120'010));
    EXPECT_GE(world.doors.all(), world.now + engine::milliseconds(119'990));
    EXPECT_GE(world.doors.requests(), world.now + engine::milliseconds(299'980));
}

}  // namespace
}  // namespace portcullis::gateways::binance
