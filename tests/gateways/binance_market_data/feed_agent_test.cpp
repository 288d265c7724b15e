// FeedAgent: each promise of its header, with transports and snapshots in the test's hand.
#include "gateways/binance/feed_agent.hpp"

#include <gmock/gmock.h>

#include "tests/gateways/binance_market_data/feed_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using namespace testing;  // NOLINT: the world of this test
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Reasons = std::vector<ResetReason>;
using Statuses = std::vector<SessionStatus>;
using Ids = std::vector<std::uint64_t>;

TEST(FeedAgent, asks_for_three_streams_of_each_instrument_on_one_connection) {
    World world;
    world.step();
    ASSERT_EQ(world.wires.size(), 1U);
    EXPECT_EQ(world.wire().endpoint.path,
              "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/"
              "ethusdt@depth@100ms/ethusdt@bookTicker/ethusdt@trade");
}

TEST(FeedAgent, tells_connecting_then_ready_when_the_connection_has_spoken) {
    World world;
    world.step();
    world.wire().state = TransportState::open;
    world.step();
    EXPECT_EQ(world.statuses(), (Statuses{SessionStatus::connecting}));
    world.wire().pong();
    world.step();
    EXPECT_EQ(world.statuses(), (Statuses{SessionStatus::connecting, SessionStatus::ready}));
    EXPECT_EQ(world.all<SessionState>()[0].index, 3);
}

TEST(FeedAgent, asks_for_a_snapshot_after_the_first_update_and_publishes_both) {
    World world;
    world.open();
    EXPECT_THAT(world.snapshots.requests, IsEmpty());
    world.wire().say(depth_text("BTCUSDT", 9, 12, R"(["98","2"])"));
    world.step();
    EXPECT_THAT(world.snapshots.requests, ElementsAre(btc));
    EXPECT_THAT(world.updates(btc), IsEmpty());
    world.snapshots.answer(btc, 10, {{99, 1}}, {{101, 1}});
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{10, 12}));
    world.wire().say(depth_text("BTCUSDT", 13, 13));
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{10, 12, 13}));
    EXPECT_THAT(world.resets(btc), IsEmpty());
    EXPECT_THAT(world.updates(eth), IsEmpty());
}

TEST(FeedAgent, tickers_and_trades_pass_at_once) {
    World world;
    world.open().say(ticker_text("ETHUSDT", 50));
    world.wire().say(trade_text("ETHUSDT", 9));
    world.step();
    ASSERT_EQ(world.all<engine::TopOfBook>().size(), 1U);
    EXPECT_EQ(world.all<engine::TopOfBook>()[0].instrument, eth);
    ASSERT_EQ(world.all<engine::TradePrint>().size(), 1U);
    EXPECT_EQ(world.all<engine::TradePrint>()[0].aggressor, engine::Side::sell);
}

TEST(FeedAgent, counts_what_is_in_another_layout_than_the_usual_and_was_taken_all_the_same) {
    World world;
    world.open().say(
        R"({"stream":"ethusdt@bookTicker","data":{"u":50,"s":"ETHUSDT","b":"99","B":"1","a":"101","A":"1"}})");
    world.wire().say(
        R"({"stream":"ethusdt@trade","data":{"e":"trade","E":1,"s":"ETHUSDT","t":9,"p":"100","q":"1","T":1,"m":true,"M":true}})");
    world.step();
    EXPECT_EQ(world.agent.counters().layout_missed, 0U);
    world.wire().say(
        R"({"stream":"ethusdt@bookTicker","data":{"u":51,"s":"ETHUSDT","b":"99","B":"1","a":"101","A":"1","new":1}})");
    world.wire().say(R"({"result":null,"id":1})");
    world.wire().say("no message");
    world.step();
    EXPECT_EQ(world.all<engine::TopOfBook>().size(), 2U);
    EXPECT_EQ(world.agent.counters().layout_missed, 1U);
}

TEST(FeedAgent, a_gap_resets_in_the_same_round_and_resyncs_that_instrument_only) {
    World world;
    world.live().say(depth_text("BTCUSDT", 12, 12));
    world.step(300);
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::gap}));
    EXPECT_THAT(world.resets(eth), IsEmpty());
    EXPECT_THAT(world.snapshots.requests, ElementsAre(btc));
    world.snapshots.answer(btc, 13, {{99, 1}}, {{101, 1}});
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{13}));
}

TEST(FeedAgent, ids_that_go_back_on_one_connection_are_a_gap_and_the_new_count_is_followed) {
    World world;
    world.live().say(depth_text("BTCUSDT", 11, 20));
    world.step();
    world.wire().say(depth_text("BTCUSDT", 3, 4));
    world.step(300);
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::gap}));
    EXPECT_THAT(world.resets(eth), IsEmpty());
    world.snapshots.answer(btc, 4, {{99, 1}}, {{101, 1}});
    world.wire().say(depth_text("BTCUSDT", 5, 6));
    world.step();
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{20, 4, 6}));
    world.wire().say(depth_text("BTCUSDT", 6, 6));  // the same again is no new count
    world.step();
    EXPECT_EQ(world.resets(btc).size(), 1U);
}

TEST(FeedAgent, a_stale_snapshot_is_refused_and_asked_for_again) {
    World world;
    world.open().say(depth_text("BTCUSDT", 20, 21));
    world.step();
    world.snapshots.answer(btc, 18, {{99, 1}}, {{101, 1}});
    world.step();
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::stale_snapshot}));
    EXPECT_EQ(world.snapshots.requests.size(), 1U) << "not before the pause is over";
    world.step(250);
    EXPECT_EQ(world.snapshots.requests.size(), 2U);
    world.snapshots.answer(btc, 21, {{99, 1}}, {{101, 1}});
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{21}));
}

TEST(FeedAgent, a_snapshot_that_fails_or_never_comes_is_asked_for_again) {
    World world;
    world.open().say(depth_text("BTCUSDT", 20, 21));
    world.step();
    world.snapshots.answer(btc, 0, {}, {});
    world.step(300);
    world.step();
    EXPECT_EQ(world.snapshots.requests.size(), 2U);
    for (int i = 0; i < 20; ++i) {
        world.wire().pong();
        world.step(1000);
    }
    EXPECT_EQ(world.snapshots.requests.size(), 3U);
}

TEST(FeedAgent, a_source_that_refuses_is_asked_until_it_takes_the_request) {
    World world;
    world.snapshots.refuse = true;
    world.open().say(depth_text("BTCUSDT", 20, 21));
    world.step();
    world.step();
    EXPECT_THAT(world.snapshots.requests, IsEmpty());
    world.snapshots.refuse = false;
    world.step();
    EXPECT_THAT(world.snapshots.requests, ElementsAre(btc));
}

TEST(FeedAgent, a_lost_connection_resets_every_book_and_comes_back_after_a_pause) {
    World world;
    world.live().state = TransportState::closed;
    world.step();
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::disconnected}));
    EXPECT_EQ(world.resets(eth), (Reasons{ResetReason::disconnected}));
    EXPECT_EQ(world.statuses(), (Statuses{SessionStatus::down}));
    EXPECT_EQ(world.wires.size(), 1U) << "no attempt without a pause";
    world.step(250);
    ASSERT_EQ(world.wires.size(), 2U);
    world.wire().state = TransportState::open;
    world.wire().say(depth_text("BTCUSDT", 31, 32));
    world.step();
    EXPECT_EQ(world.statuses(),
              (Statuses{SessionStatus::down, SessionStatus::connecting, SessionStatus::ready}));
    world.snapshots.answer(btc, 32, {{99, 1}}, {{101, 1}});
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{32}));
}

TEST(FeedAgent, pings_at_its_interval_and_a_pong_proves_it_alive) {
    World world;
    world.live();
    const int before = world.wire().pings;
    for (int i = 0; i < 10; ++i) {
        world.wire().pong();
        world.step(1000);
    }
    EXPECT_EQ(world.wire().pings - before, 10);
    EXPECT_EQ(world.all<engine::FeedAlive>().size(), 10U);
    EXPECT_EQ(world.all<engine::FeedAlive>()[0].instruments, 0b100001U);
    EXPECT_EQ(world.agent.counters().stalls, 0U);
}

TEST(FeedAgent, liveness_is_told_at_most_once_an_interval) {
    World world;
    world.live();
    for (int i = 0; i < 200; ++i) {
        world.wire().pong();
        world.step(1);
    }
    EXPECT_LE(world.all<engine::FeedAlive>().size(), 5U);
    EXPECT_GE(world.all<engine::FeedAlive>().size(), 3U);
}

TEST(FeedAgent, a_mute_connection_is_stalled_cut_and_replaced) {
    World world;
    world.live().pong();
    world.step();
    world.events.clear();
    world.step(5000);
    EXPECT_THAT(world.resets(btc), IsEmpty()) << "the limit itself is no stall";
    world.step(1);
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::stalled}));
    EXPECT_EQ(world.resets(eth), (Reasons{ResetReason::stalled}));
    EXPECT_TRUE(world.wire(0).cut);
    EXPECT_THAT(world.all<engine::FeedAlive>(), IsEmpty());
    world.step(250);
    EXPECT_EQ(world.wires.size(), 2U);
}

TEST(FeedAgent, a_message_that_finds_no_room_leaves_nothing_behind_but_a_reset) {
    World world;
    world.live();
    world.draining = false;
    std::uint64_t id = 10;
    while (world.ring.room() > 1) {
        ++id;
        world.wire().say(ticker_text("ETHUSDT", id));
        world.step(0);
    }
    // Two parts, one place.
    world.wire().say(
        depth_text("BTCUSDT", 11, 11, R"(["98","1"],["97","1"],["96","1"],["95","1"])"));
    world.step(0);
    EXPECT_EQ(world.agent.counters().ring_full, 1U);
    world.wire().say(depth_text("BTCUSDT", 12, 12));
    world.wire().say(ticker_text("BTCUSDT", 12));
    world.step(0);
    world.drain();
    EXPECT_THAT(world.updates(btc), IsEmpty());
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::ring_full}));
    world.draining = true;
    world.step(1);
    world.step(300);
    EXPECT_THAT(world.snapshots.requests, ElementsAre(btc));
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::ring_full})) << "told once";
    world.snapshots.answer(btc, 12, {{99, 1}}, {{101, 1}});
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{12}));
}

TEST(FeedAgent, a_reset_that_finds_no_room_is_owed_and_nothing_overtakes_it) {
    World world;
    world.live();
    world.draining = false;
    std::uint64_t id = 10;
    while (world.ring.room() > 0) {
        ++id;
        world.wire().say(ticker_text("ETHUSDT", id));
        world.step(0);
    }
    world.wire().say(depth_text("BTCUSDT", 13, 13));  // a gap
    world.wire().say(ticker_text("BTCUSDT", 13));
    world.step(0);
    world.drain();
    world.events.clear();
    world.step(0);
    world.drain();
    ASSERT_FALSE(world.events.empty());
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::gap}));
    EXPECT_THAT(world.updates(btc), IsEmpty());
}

TEST(FeedAgent, a_snapshot_waits_until_the_ring_has_room_for_all_of_it) {
    World world;
    world.open().say(depth_text("BTCUSDT", 9, 10));
    world.step();
    world.draining = false;
    std::uint64_t id = 10;
    while (world.ring.room() > 7000) {
        world.wire().say(ticker_text("ETHUSDT", ++id));
        world.step(0);
    }
    world.snapshots.answer(btc, 10, {{99, 1}}, {{101, 1}});
    world.step(0);
    EXPECT_EQ(world.snapshots.answers.size(), 1U);
    world.drain();
    world.draining = true;
    world.step(0);
    EXPECT_EQ(world.updates(btc), (Ids{10}));
}

TEST(FeedAgent, a_command_of_the_core_restarts_one_book_for_the_reason_that_the_core_has) {
    constexpr auto why = static_cast<std::uint8_t>(ResetReason::too_shallow);
    World world;
    world.live();
    ASSERT_TRUE(world.resyncs.try_push({InstrumentId{btc}, why, {}}));
    ASSERT_TRUE(world.resyncs.try_push({InstrumentId{40}, why, {}})) << "not ours: no harm";
    world.wire().say(depth_text("BTCUSDT", 11, 11));
    world.step(300);
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::too_shallow}));
    EXPECT_THAT(world.resets(eth), IsEmpty());
    EXPECT_THAT(world.snapshots.requests, ElementsAre(btc));
}

TEST(FeedAgent, a_malformed_message_resets_its_instrument_and_an_unreadable_one_all) {
    World world;
    world.live().say(R"({"u":11,"s":"BTCUSDT","b":"9e1","B":"1","a":"101","A":"1"})");
    world.step();
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::bad_message}));
    EXPECT_THAT(world.resets(eth), IsEmpty());
    world.wire().say(R"({"stream":"x","data":{"e":"depthUpd)");
    world.step();
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::bad_message, ResetReason::bad_message}));
    EXPECT_EQ(world.resets(eth), (Reasons{ResetReason::bad_message}));
}

TEST(FeedAgent, an_id_that_no_venue_reaches_is_a_malformed_message_and_makes_no_later_one_old) {
    constexpr std::uint64_t most = std::uint64_t{1} << 53;
    for (const std::uint64_t spoilt : {most + 1, std::uint64_t{INT64_MAX}}) {
        for (const std::string& text :
             {ticker_text("BTCUSDT", spoilt), trade_text("BTCUSDT", spoilt),
              depth_text("BTCUSDT", 11, spoilt)}) {
            World world;
            world.live().say(text);
            world.step();
            EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::bad_message})) << text;
            EXPECT_THAT(world.resets(eth), IsEmpty());
        }
    }
    for (const std::string& text : {ticker_text("BTCUSDT", most), trade_text("BTCUSDT", most)}) {
        World world;
        world.live().say(text);
        world.step();
        EXPECT_THAT(world.resets(btc), IsEmpty()) << text;
    }
}

TEST(FeedAgent, messages_that_it_does_not_use_do_no_harm) {
    World world;
    Wire& wire = world.live();
    wire.say(ticker_text("DOGEUSDT", 1));
    wire.say(R"({"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1","T":1})");
    wire.say(R"({"result":null,"id":1})");
    wire.say(R"({"code":2,"msg":"Invalid request","id":1})");
    world.step();
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
    EXPECT_EQ(world.agent.counters().unknown_symbols, 1U);
    EXPECT_EQ(world.agent.counters().ignored, 2U);
    EXPECT_EQ(world.agent.counters().venue_errors, 1U);
}

/// Opens the successor's connection and lets it speak.
Wire& successor(World& world) {
    world.step();
    EXPECT_EQ(world.wires.size(), 2U);
    world.wire(1).state = TransportState::open;
    world.wire(1).pong();
    world.step();
    return world.wire(1);
}

void keep_alive(World& world, std::int64_t ms) {
    for (; ms > 0; ms -= 100) {
        for (auto& wire : world.wires) {
            wire->pong();
        }
        world.step(100);
    }
}

TEST(FeedAgent, before_the_daily_cut_it_changes_connections_without_a_reset_or_a_double) {
    FeedSettings settings = World::default_settings();
    settings.life = engine::milliseconds(60'000);
    World world{settings};
    Wire& old = world.live();
    keep_alive(world, 60'100);
    Wire& fresh = successor(world);
    for (std::uint64_t id = 11; id < 15; ++id) {
        for (Wire* wire : {&old, &fresh}) {
            wire->say(depth_text("BTCUSDT", id, id));
            wire->say(ticker_text("BTCUSDT", id));
            wire->say(trade_text("BTCUSDT", id));
        }
        world.step(10);
    }
    keep_alive(world, 500);
    EXPECT_TRUE(old.closed_by_us);
    EXPECT_TRUE(old.destroyed);
    fresh.say(depth_text("BTCUSDT", 15, 15));
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{11, 12, 13, 14, 15}));
    EXPECT_EQ(world.all<engine::TopOfBook>().size(), 4U);
    EXPECT_EQ(world.all<engine::TradePrint>().size(), 4U);
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
    EXPECT_THAT(world.statuses(), IsEmpty()) << "it was ready all the time";
    EXPECT_EQ(world.agent.counters().replacements, 1U);
    EXPECT_EQ(world.agent.counters().duplicates, 8U);
}

TEST(FeedAgent, an_announced_shutdown_changes_connections_likewise) {
    World world;
    Wire& old = world.live();
    old.say(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}})");
    world.step();
    Wire& fresh = successor(world);
    keep_alive(world, 600);
    EXPECT_TRUE(old.closed_by_us);
    fresh.say(depth_text("BTCUSDT", 11, 11));
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{11}));
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
}

TEST(FeedAgent, a_successor_that_is_ahead_waits_for_the_old_connection) {
    World world;
    Wire& old = world.live();
    old.say(R"({"e":"serverShutdown","E":1})");
    world.step();
    Wire& fresh = successor(world);
    fresh.say(depth_text("BTCUSDT", 13, 13));  // 11 and 12 are still under way on the old one
    world.step();
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
    keep_alive(world, 1000);
    EXPECT_FALSE(old.closed_by_us) << "it still owes updates";
    old.say(depth_text("BTCUSDT", 11, 12));
    old.say(depth_text("BTCUSDT", 13, 13));
    world.step();
    world.step();
    EXPECT_TRUE(old.closed_by_us);
    fresh.say(depth_text("BTCUSDT", 14, 14));
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{12, 13, 14}));
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
}

TEST(FeedAgent, an_overlap_that_never_catches_up_ends_and_shows_as_a_gap) {
    World world;
    Wire& old = world.live();
    old.say(R"({"e":"serverShutdown","E":1})");
    world.step();
    Wire& fresh = successor(world);
    fresh.say(depth_text("BTCUSDT", 13, 13));
    keep_alive(world, 10'100);
    EXPECT_TRUE(old.closed_by_us);
    fresh.say(depth_text("BTCUSDT", 14, 14));
    world.step();
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::gap}));
}

TEST(FeedAgent, when_the_old_connection_dies_its_successor_goes_on_without_a_reset) {
    World world;
    Wire& old = world.live();
    old.say(R"({"e":"serverShutdown","E":1})");
    world.step();
    Wire& fresh = successor(world);
    old.state = TransportState::closed;
    fresh.say(depth_text("BTCUSDT", 11, 11));
    world.step();
    world.step();
    EXPECT_EQ(world.updates(btc), (Ids{11}));
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
    EXPECT_EQ(world.wires.size(), 2U);
}

TEST(FeedAgent, a_successor_that_has_not_spoken_cannot_save_the_books) {
    World world;
    Wire& old = world.live();
    old.say(R"({"e":"serverShutdown","E":1})");
    world.step();
    world.step();
    ASSERT_EQ(world.wires.size(), 2U);
    old.state = TransportState::closed;
    world.step();
    EXPECT_EQ(world.resets(btc), (Reasons{ResetReason::disconnected}));
    world.wire(1).state = TransportState::open;
    world.wire(1).pong();
    world.step();
    EXPECT_EQ(world.statuses(), (Statuses{SessionStatus::down, SessionStatus::ready}));
    EXPECT_EQ(world.wires.size(), 2U) << "the attempt under way is used";
}

TEST(FeedAgent, a_successor_that_fails_is_tried_again_and_the_old_one_serves_on) {
    World world;
    Wire& old = world.live();
    old.say(R"({"e":"serverShutdown","E":1})");
    world.step();
    world.step();
    world.wire(1).state = TransportState::closed;
    world.step();
    old.say(depth_text("BTCUSDT", 11, 11));
    world.step(600);
    ASSERT_EQ(world.wires.size(), 3U);
    EXPECT_EQ(world.updates(btc), (Ids{11}));
    EXPECT_THAT(world.all<BookReset>(), IsEmpty());
}

TEST(FeedAgent, never_connects_more_often_than_the_venue_allows) {
    FeedSettings settings = World::default_settings();
    settings.back_off = {engine::DurationNs{0}, engine::milliseconds(1), engine::milliseconds(1)};
    World world{settings};
    const std::int64_t start = world.now_ms;
    while (world.now_ms < start + 299'000) {
        world.step(100);
        world.wire().state = TransportState::closed;
        world.events.clear();
    }
    const std::size_t first = world.wires.size();
    EXPECT_LE(first, 300U);
    EXPECT_GE(first, 240U) << "the last of them are far apart";
    while (world.now_ms < start + 598'000) {
        world.step(100);
        world.wire().state = TransportState::closed;
    }
    EXPECT_GT(world.wires.size(), first);
    EXPECT_LE(world.wires.size(), 600U);
}

TEST(FeedAgent, several_processes_of_one_address_keep_to_their_shares_of_connections) {
    FeedSettings settings = World::default_settings();
    settings.back_off = {engine::DurationNs{0}, engine::milliseconds(1), engine::milliseconds(1)};
    settings.connections_max = 30;
    World world{settings};
    for (int i = 0; i < 200; ++i) {
        world.step(1'000);
        world.wire().state = TransportState::closed;
        world.events.clear();
    }
    EXPECT_LE(world.wires.size(), 30U);
    EXPECT_GE(world.wires.size(), 22U);
}

TEST(FeedAgent, after_429_or_418_at_the_door_it_waits_as_long_as_the_venue_says) {
    struct Row {
        std::uint16_t status;
        std::int64_t retry_after_s;
        std::int64_t wait_s;
    };
    for (const Row& row : {Row{429, 7, 7}, Row{429, 0, 60}, Row{418, 0, 120}, Row{418, 600, 600},
                           Row{403, 600, 0}}) {
        SCOPED_TRACE(row.status);
        World world;
        world.step();
        world.wire().cause = CloseCause::handshake_failed;
        world.wire().close_code = row.status;
        world.wire().retry_after_s = row.retry_after_s;
        world.wire().state = TransportState::closed;
        world.step();
        world.step(row.wait_s * 1000 - 2);
        EXPECT_EQ(world.wires.size(), row.wait_s > 0 ? 1U : world.wires.size());
        world.step(500);
        EXPECT_EQ(world.wires.size(), 2U);
        EXPECT_EQ(world.doors.all() != engine::MonoNs{}, row.status == 418)
            << "a ban is told to every door of the address";
        EXPECT_EQ(world.doors.requests(), world.doors.all()) << "429 is told to streams alone";
    }
}

TEST(FeedAgent, a_ban_that_another_door_was_told_keeps_it_from_connecting_and_used_up_weight_not) {
    for (const std::uint16_t status : {std::uint16_t{418}, std::uint16_t{429}}) {
        SCOPED_TRACE(status);
        World world;
        world.doors.close(status, engine::MonoNs{(world.now_ms + 60'000) * 1'000'000});
        world.step(59'000);
        EXPECT_EQ(world.wires.size(), status == 418 ? 0U : 1U);
        world.step(2'000);
        EXPECT_EQ(world.wires.size(), 1U);
    }
}

}  // namespace
}  // namespace portcullis::gateways::binance
