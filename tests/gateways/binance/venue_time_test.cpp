// The venue's clock: what a sample proves, and how a wrong notion of it is set right. The agent's
// cases are from a soak in which one held-up answer shut the engine out for good: every request was
// outside of its window, the log-on too, and only who is logged on asked for the time again.
#include "gateways/binance/venue_time.hpp"

#include <gtest/gtest.h>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::MonoNs;

constexpr std::int64_t second_ns = 1'000 * ms;

/// The venue is exactly `ahead` of our monotonic clock; it read it `at` within the round trip.
bool sample(VenueTime& time, std::int64_t sent, std::int64_t at, std::int64_t received,
            std::int64_t ahead) {
    return time.sample(MonoNs{sent}, MonoNs{received}, (at + ahead) / ms);
}

TEST(VenueTime, takes_a_sample_when_it_says_more_than_what_is_known) {
    constexpr std::int64_t ahead = start_ms * ms;
    const struct {
        const char* name;
        std::int64_t sent, at, received, step;
        bool taken;
    } rows[] = {
        {"as tight", 10 * ms, 11 * ms, 12 * ms, 0, true},
        {"tighter", 10 * ms, 10 * ms, 11 * ms, 0, true},
        {"looser and agreeing", 10 * ms, 11 * ms, 15 * ms, 0, false},
        {"held up for seconds on the way back", 10 * ms, 10 * ms, 2'300 * ms, 0, false},
        {"held up for seconds on the way there", 10 * ms, 2'300 * ms, 2'300 * ms, 0, false},
        {"looser, and proves a step of the venue's clock", 10 * ms, 11 * ms, 15 * ms, 50 * ms,
         true},
        {"loose after an age in which clocks drift", 30'000 * ms, 30'001 * ms, 30'005 * ms, 0,
         true},
        {"contradicts itself", 12 * ms, 11 * ms, 10 * ms, 0, false},
    };
    for (const auto& row : rows) {
        VenueTime time;
        ASSERT_TRUE(sample(time, 0, ms, 2 * ms, ahead));
        const engine::WallNs before = time.at(MonoNs{});
        EXPECT_EQ(sample(time, row.sent, row.at, row.received, ahead + row.step), row.taken)
            << row.name;
        EXPECT_EQ(row.taken || time.at(MonoNs{}) == before, true) << row.name;
        // The truth lies within what is claimed, whatever was taken.
        const std::int64_t off =
            time.at(MonoNs{row.received}).value - row.received - ahead - (row.taken ? row.step : 0);
        EXPECT_LE(std::abs(off), time.uncertainty(MonoNs{row.received}).value) << row.name;
    }
}

TEST(VenueTime, is_less_sure_the_older_it_is) {
    VenueTime time;
    ASSERT_TRUE(sample(time, 0, ms, 2 * ms, start_ms * ms));
    const std::int64_t fresh = time.uncertainty(MonoNs{2 * ms}).value;
    EXPECT_EQ(fresh, ms + ms / 2);
    EXPECT_EQ(time.uncertainty(MonoNs{2 * ms + 30 * second_ns}).value, fresh + 3 * ms);
    const MonoNs later{30 * second_ns};
    EXPECT_EQ(time.at(later).value - time.earliest(later).value, time.uncertainty(later).value);
}

/// Milliseconds by which the agent's notion of the venue's clock is wrong.
std::int64_t error_ms(const AgentWorld& world) {
    return world.agent->venue_time().at(world.now).value / ms - world.venue_ms();
}

TEST(VenueClock, an_answer_that_was_held_up_for_seconds_moves_nothing) {
    AgentWorld world;
    world.settings.clock_refresh = engine::milliseconds(500);
    world.start_ready();
    Wire& wire = world.primary.wire();
    wire.deaf = true;
    const std::size_t asked = AgentWorld::count(wire, "time");
    while (AgentWorld::count(wire, "time") == asked) {
        world.turn();
    }
    const std::string frame = wire.sent.back();
    const std::string then = std::to_string(world.venue_ms());
    world.turn(700);
    world.answer_to_frame(wire, frame, 200, R"("result":{"serverTime":)" + then + "}");
    world.turn();
    EXPECT_LE(std::abs(error_ms(world)), 3);
}

TEST(VenueClock, a_timestamp_outside_of_the_window_asks_for_the_time_at_once) {
    AgentWorld world;
    world.start_ready();
    world.turn(400);
    Wire& wire = world.primary.wire();
    world.clock_offset_ms = 5'000;
    const std::size_t asked = AgentWorld::count(wire, "time");
    (void)world.submit();
    world.turn();
    world.answer(wire, 400,
                 R"("error":{"code":-1021,"msg":"Timestamp for this request is outside."})");
    world.turn(20);
    EXPECT_EQ(AgentWorld::count(wire, "time"), asked + 1) << "and not again for the same doubt";
    EXPECT_LE(std::abs(error_ms(world)), 3);
}

TEST(VenueClock, a_connection_measures_before_it_logs_on_also_where_a_clock_is_known) {
    AgentWorld world;
    world.start_ready();
    world.clock_offset_ms = -5'000;
    world.primary.wire().state = TransportState::closed;
    world.turn(20);
    ASSERT_TRUE(world.agent->primary().ready());
    for (const std::string& frame : world.primary.wire().sent) {
        if (field(frame, "method") == "session.logon") {
            EXPECT_NEAR(std::stod(field(frame, "timestamp")), static_cast<double>(world.venue_ms()),
                        25.0);
        }
    }
    EXPECT_LE(std::abs(error_ms(world)), 3);
}

}  // namespace
}  // namespace portcullis::gateways::binance
