// Replay: the clock, the first moment, and the shipped recording from end to end.
#include "tools/venue/replay.hpp"

#include <simdjson.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t begin_ns = 1'800'000'000 * second;

std::unique_ptr<Replay> open(Exchange& exchange, const std::vector<std::string>& paths,
                             const ReplayOptions& options = {}) {
    auto replay = Replay::open(exchange, paths, options);
    if (!replay.ok()) {
        ADD_FAILURE() << replay.error();
        return nullptr;
    }
    return std::move(replay).value();
}

std::size_t poll(Replay& replay, std::int64_t now_ns) {
    auto played = replay.poll(now_ns);
    EXPECT_TRUE(played.ok()) << played.error();
    return played.ok() ? played.value() : 0;
}

/// A hand-written recording with its sidecar, gone when the test is.
struct SmallRecording {
    std::string stem;
    explicit SmallRecording(const std::string& lines, const std::string& symbol = "AB",
                            const std::string& more_filters = "")
        : stem((std::filesystem::temp_directory_path() /
                ("replay_" + symbol + std::to_string(getpid())))
                   .string()) {
        std::ofstream{path()} << lines;
        std::ofstream{stem + ".filters.json"}
            << R"({"symbol":")" << symbol << R"(","baseAsset":"A","quoteAsset":"B","filters":[)"
            << R"({"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"1"},)"
            << R"({"filterType":"LOT_SIZE","minQty":"0","maxQty":"0","stepSize":"1"})"
            << more_filters << "]}";
    }
    SmallRecording(const SmallRecording&) = delete;
    SmallRecording& operator=(const SmallRecording&) = delete;
    ~SmallRecording() {
        std::remove(path().c_str());
        std::remove((stem + ".filters.json").c_str());
    }
    [[nodiscard]] std::string path() const { return stem + ".tsjsonl"; }
};

std::string at(int ms, const std::string& json) {
    return std::to_string(1'700'000'000'000'000'000 + std::int64_t{ms} * 1'000'000) + " " + json +
           "\n";
}
std::string snapshot(int ms, int id) {
    return at(ms, "{\"lastUpdateId\":" + std::to_string(id) +
                      R"(,"bids":[["10","5"]],"asks":[["11","5"]]})");
}
std::string depth(int ms, int first, int last, const std::string& bids = "[]") {
    return at(ms, R"({"stream":"ab@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"AB","U":)" +
                      std::to_string(first) + ",\"u\":" + std::to_string(last) + ",\"b\":" + bids +
                      ",\"a\":[]}}");
}
std::string trade(int ms, const std::string& symbol = "AB", const std::string& price = "10") {
    return at(ms, R"({"stream":"ab@trade","data":{"e":"trade","s":")" + symbol + R"(","p":")" +
                      price + R"(","q":"1","m":true}})");
}

TEST(Replay, serves_a_synchronised_book_before_anything_is_published) {
    // 3..4 is stale, 5..7 straddles the snapshot, 8..9 comes before it and is newer
    const SmallRecording file{depth(0, 3, 4, R"([["9","9"]])") + depth(10, 5, 7, R"([["8","2"]])") +
                              depth(20, 8, 9, R"([["10","6"]])") + trade(25) + snapshot(30, 6) +
                              depth(40, 10, 12, R"([["8","0"]])") + trade(50)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()});
    ASSERT_NE(replay, nullptr);
    std::vector<std::string> seen;
    replay->on_message(
        [&](const std::string& symbol, std::string_view stream, std::string_view data, StreamKind) {
            seen.push_back(symbol + " " + std::string{stream} + " " + std::string{data});
        });
    auto book = *exchange.book("AB", 10);
    EXPECT_EQ(book.last_update_id, 9U);
    ASSERT_EQ(book.bids.size(), 2U);  // the stale event's 9 is not in it
    EXPECT_EQ(book.bids[0].qty, qty("6"));
    EXPECT_EQ(book.bids[1].price, price("8"));
    replay->start(begin_ns);
    EXPECT_EQ(poll(*replay, begin_ns), 0U);
    EXPECT_EQ(poll(*replay, begin_ns + second), 2U);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0],
              "AB ab@depth@100ms "
              R"({"e":"depthUpdate","E":1,"s":"AB","U":10,"u":12,"b":[["8","0"]],"a":[]})");
    EXPECT_EQ(exchange.book("AB", 10)->last_update_id, 12U);
    EXPECT_TRUE(replay->finished());
}

TEST(Replay, does_not_publish_what_the_snapshot_makes_stale) {
    const SmallRecording file{snapshot(0, 6) + depth(10, 3, 5) + depth(20, 6, 6) + depth(30, 5, 8)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    poll(*replay, begin_ns + second);
    EXPECT_EQ(replay->counts().depth, 1U);
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 8U);
}

TEST(Replay, runs_the_recorded_time_at_its_speed) {
    const SmallRecording file{snapshot(1000, 6) + trade(1100) + trade(1200) + trade(3000)};
    for (const std::int64_t speed_e3 : {500, 1000, 10000}) {
        Exchange exchange;
        const auto replay = open(exchange, {file.path()}, {speed_e3, false, false});
        ASSERT_NE(replay, nullptr);
        replay->start(begin_ns);
        const std::int64_t step = second / 10 * 1000 / speed_e3;
        EXPECT_EQ(replay->next_due_ns(), begin_ns + step);
        EXPECT_EQ(poll(*replay, begin_ns + step - 1), 0U);
        EXPECT_EQ(poll(*replay, begin_ns + step), 1U);
        EXPECT_EQ(replay->poll(begin_ns + 30 * step, 1).value(), 1U);
        EXPECT_EQ(poll(*replay, begin_ns + 20 * step - 1), 0U);
        EXPECT_EQ(poll(*replay, begin_ns + 20 * step), 1U);
        EXPECT_EQ(replay->next_due_ns(), std::nullopt);
    }
}

TEST(Replay, loops_from_its_snapshot_when_told_to) {
    const SmallRecording file{snapshot(0, 6) + depth(100, 7, 9) + trade(200)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()}, {1000, true, false});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    EXPECT_EQ(poll(*replay, begin_ns + second / 10), 1U);
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 9U);
    EXPECT_EQ(poll(*replay, begin_ns + second / 5), 1U);
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 6U);
    EXPECT_EQ(poll(*replay, begin_ns + second / 5 + second / 10), 1U);
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 9U);
    EXPECT_FALSE(replay->finished());
}

TEST(Replay, begins_again_where_a_seek_or_the_wish_for_laps_finds_it_at_its_end) {
    const SmallRecording file{snapshot(0, 6) + depth(100, 7, 9) + trade(200)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()}, {1000, true, false});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    ASSERT_TRUE(replay->seek(7 * second, begin_ns));
    EXPECT_FALSE(replay->finished()) << "beyond the end a lap begins at once";
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 6U);
    EXPECT_EQ(poll(*replay, begin_ns + second / 10), 1U);
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 9U);
    ASSERT_TRUE(replay->set_loop(false, begin_ns + second / 10));
    EXPECT_EQ(poll(*replay, begin_ns + second), 1U);
    EXPECT_TRUE(replay->finished());
    ASSERT_TRUE(replay->set_loop(true, begin_ns + 5 * second));
    EXPECT_FALSE(replay->finished());
    EXPECT_EQ(poll(*replay, begin_ns + 5 * second), 0U) << "now, and not in a flood";
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 6U);
    EXPECT_EQ(poll(*replay, begin_ns + 5 * second + second / 10), 1U);
    EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 9U);
}

// Whoever comes anew for each lap needs the time to.
TEST(Replay, a_lap_waits_for_its_time_and_shows_its_first_book_meanwhile) {
    const SmallRecording file{snapshot(0, 6) + depth(100, 7, 9) + trade(200)};
    for (const std::int64_t speed_e3 : {1000LL, 2'000'000LL, 1'000'000'000'000LL}) {
        Exchange exchange;
        const auto replay = open(exchange, {file.path()}, {speed_e3, true, false, 2 * second});
        ASSERT_NE(replay, nullptr);
        replay->start(begin_ns);
        EXPECT_EQ(poll(*replay, begin_ns + second / 5), 2U) << "the first is due at once";
        EXPECT_EQ(exchange.book("AB", 1)->last_update_id, 6U);
        EXPECT_EQ(replay->counts().laps, 1U);
        const std::int64_t position_ns = replay->position_ns(begin_ns + second / 5);
        EXPECT_EQ(poll(*replay, begin_ns + 2 * second - 1), 0U);
        EXPECT_EQ(replay->position_ns(begin_ns + 2 * second - 1), position_ns) << "it stands";
        EXPECT_GE(replay->next_due_ns(), begin_ns + 2 * second);
        replay->pause(begin_ns + second);
        replay->resume(begin_ns + second + second / 10);
        EXPECT_GE(replay->next_due_ns(), begin_ns + 2 * second) << "no pause makes it shorter";
        EXPECT_EQ(poll(*replay, begin_ns + 2 * second + second / 5), 2U);
        EXPECT_EQ(replay->counts().laps, 2U);
        EXPECT_EQ(poll(*replay, begin_ns + 4 * second - 1), 0U);
        ASSERT_TRUE(replay->seek(second / 10, begin_ns + 4 * second - 1));
        EXPECT_GE(poll(*replay, begin_ns + 4 * second), 1U) << "a seek waits for none";
    }
}

// At a thousand times the speed both are of the same moment of ours, and a minute apart in the
// market.
TEST(Replay, averages_are_of_the_recording_s_minutes) {
    const SmallRecording file{
        snapshot(0, 6) + trade(100, "AB", "20") + trade(60'101, "AB", "10"), "AB",
        R"(,{"filterType":"PERCENT_PRICE","multiplierUp":"1","multiplierDown":"0","avgPriceMins":1})"};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()}, {1'000'000, false, false});
    ASSERT_NE(replay, nullptr);
    AccountSetup setup;
    setup.name = "anna";
    setup.balances["B"].free = amount("1000");
    const AccountId anna = exchange.add_account(setup);
    NewOrder order;
    order.symbol = "AB";
    order.price = price("11");
    order.qty = qty("1");
    replay->start(begin_ns);
    EXPECT_EQ(poll(*replay, begin_ns + second), 2U);
    EXPECT_EQ(exchange.test(anna, order, 0).error.message, "Filter failure: PERCENT_PRICE");
    order.price = price("10");
    EXPECT_TRUE(exchange.test(anna, order, 0).ok());
}

TEST(Replay, recordings_of_one_session_keep_their_distance) {
    const SmallRecording first{snapshot(0, 6) + trade(2000)};
    const SmallRecording later{snapshot(500, 6) + trade(1000, "CD"), "CD"};
    Exchange exchange;
    const auto replay = open(exchange, {later.path(), first.path()});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    EXPECT_EQ(replay->next_due_ns(), begin_ns + second);
    EXPECT_EQ(poll(*replay, begin_ns + second), 1U);
    EXPECT_EQ(replay->next_due_ns(), begin_ns + 2 * second);
}

TEST(Replay, a_session_loops_as_one_and_another_session_by_itself) {
    const SmallRecording first{snapshot(0, 6) + trade(2000)};
    const SmallRecording later{snapshot(500, 6) + trade(1000, "CD"), "CD"};
    const SmallRecording alone{snapshot(9'000'000, 6) + trade(9'000'300, "EF"), "EF"};
    Exchange exchange;
    const auto replay =
        open(exchange, {first.path(), later.path(), alone.path()}, {1000, true, false});
    ASSERT_NE(replay, nullptr);
    std::string played, jumps;
    replay->on_message([&](const std::string& symbol, std::string_view, std::string_view,
                           StreamKind) { played += symbol + " "; });
    replay->on_jump([&](const std::string& symbol) { jumps += symbol + " "; });
    replay->start(begin_ns);
    for (std::int64_t now_ns = begin_ns; now_ns <= begin_ns + 3 * second; now_ns += second / 10) {
        poll(*replay, now_ns);
    }
    EXPECT_EQ(played, "EF EF EF CD EF EF EF AB EF EF EF CD EF ");
    EXPECT_EQ(jumps, "EF EF EF EF EF EF AB CD EF EF EF EF ");
}

TEST(Replay, stands_while_paused_and_goes_on_where_it_stood) {
    const SmallRecording file{snapshot(0, 6) + trade(100) + trade(200) + trade(1000)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()}, {1000, false, true});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    EXPECT_TRUE(replay->paused());
    EXPECT_EQ(replay->next_due_ns(), std::nullopt);
    EXPECT_EQ(poll(*replay, begin_ns + 9 * second), 0U);
    EXPECT_FALSE(replay->finished());
    replay->resume(begin_ns + 9 * second);
    EXPECT_EQ(replay->next_due_ns(), begin_ns + 9 * second + second / 10);
    EXPECT_EQ(poll(*replay, begin_ns + 9 * second + second / 10), 1U);
    replay->pause(begin_ns + 9 * second + second * 15 / 100);
    replay->pause(begin_ns + 10 * second);
    EXPECT_EQ(replay->position_ns(begin_ns + 20 * second), second * 15 / 100);
    EXPECT_EQ(poll(*replay, begin_ns + 20 * second), 0U);
    replay->resume(begin_ns + 20 * second);
    EXPECT_EQ(replay->next_due_ns(), begin_ns + 20 * second + second / 20);
}

TEST(Replay, changes_its_speed_while_it_runs_and_floods_nobody_with_what_was_late) {
    const SmallRecording file{snapshot(0, 6) + trade(1000) + trade(2000) + trade(12000)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    EXPECT_EQ(poll(*replay, begin_ns + second), 1U);
    replay->set_speed(10'000, begin_ns + second * 3 / 2);
    EXPECT_EQ(replay->speed_e3(), 10'000);
    EXPECT_EQ(replay->next_due_ns(), begin_ns + second * 3 / 2 + second / 20);
    EXPECT_EQ(poll(*replay, begin_ns + second * 3 / 2 + second / 20), 1U);
    // Nobody polled for a minute, and then the speed changes: the last is due as from where it was.
    replay->set_speed(1000, begin_ns + 60 * second);
    EXPECT_EQ(replay->position_ns(begin_ns + 60 * second), 12 * second);
    EXPECT_EQ(poll(*replay, begin_ns + 60 * second), 1U);
    EXPECT_TRUE(replay->finished());
    EXPECT_EQ(replay->position_ns(begin_ns + 99 * second), 12 * second) << "the end is the end";
}

TEST(Replay, seeks_to_the_book_of_that_moment_and_fills_nobody_on_the_way) {
    const SmallRecording file{snapshot(0, 6) + depth(100, 7, 9, R"([["9","3"]])") + trade(200) +
                              depth(300, 10, 12, R"([["9","4"]])") + trade(400)};
    Exchange exchange;
    const auto replay = open(exchange, {file.path()});
    ASSERT_NE(replay, nullptr);
    AccountSetup setup;
    setup.balances["B"].free = amount("1000");
    const AccountId id = exchange.add_account(setup);
    std::size_t seen = 0;
    std::size_t jumps = 0;
    replay->on_message(
        [&](const std::string&, std::string_view, std::string_view, StreamKind) { ++seen; });
    replay->on_jump([&](const std::string&) { ++jumps; });
    replay->start(begin_ns);
    NewOrder order;
    order.symbol = "AB";
    order.type = OrderType::limit_maker;
    order.price = price("10");
    order.qty = qty("1");
    const auto placed = exchange.place(id, order, begin_ns / 1'000'000);
    ASSERT_TRUE(placed.ok()) << placed.error.message;

    ASSERT_TRUE(replay->seek(350 * second / 1000, begin_ns).ok());
    EXPECT_EQ(seen, 0U);
    EXPECT_EQ(jumps, 1U);
    EXPECT_EQ(exchange.book("AB", 9)->last_update_id, 12U);
    EXPECT_EQ(exchange.book("AB", 9)->bids.at(1).qty, qty("4"));
    EXPECT_EQ(exchange.query(id, "AB", placed.value->order_id, "").value->status, Status::new_);
    EXPECT_EQ(replay->next_due_ns(), begin_ns + second / 20);
    EXPECT_EQ(poll(*replay, begin_ns + second / 20), 1U);
    EXPECT_TRUE(replay->finished());

    ASSERT_TRUE(replay->seek(0, begin_ns + second).ok());
    EXPECT_EQ(exchange.book("AB", 9)->last_update_id, 6U);
    EXPECT_EQ(poll(*replay, begin_ns + second + second / 10), 1U);
    ASSERT_TRUE(replay->seek(99 * second, begin_ns + 2 * second).ok());
    EXPECT_TRUE(replay->finished());
    EXPECT_EQ(exchange.book("AB", 9)->last_update_id, 12U) << "behind its end: the last book";
    exchange.verify_books();
}

TEST(Replay, a_seek_that_one_of_several_recordings_cannot_follow_moves_none) {
    const SmallRecording whole{snapshot(0, 6) + depth(100, 7, 9, R"([["9","3"]])") + trade(200) +
                               depth(900, 10, 12)};
    const SmallRecording cut{
        snapshot(0, 6) + trade(50, "CD") + trade(600, "CD") + trade(800, "CD").substr(0, 60), "CD"};
    Exchange exchange;
    const auto replay = open(exchange, {whole.path(), cut.path()});
    ASSERT_NE(replay, nullptr);
    std::size_t jumps = 0;
    replay->on_jump([&](const std::string&) { ++jumps; });
    replay->start(begin_ns);
    EXPECT_EQ(poll(*replay, begin_ns + 150 * second / 1000), 2U);
    const auto due = replay->next_due_ns();
    const auto failed = replay->seek(second, begin_ns + 150 * second / 1000);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().rfind(cut.path() + ":4: ", 0), 0U) << failed.error();
    EXPECT_EQ(jumps, 0U);
    EXPECT_EQ(replay->failure(), "") << "it goes on from where it was";
    EXPECT_EQ(exchange.book("AB", 9)->last_update_id, 9U);
    EXPECT_EQ(replay->position_ns(begin_ns + 150 * second / 1000), 150 * second / 1000);
    EXPECT_EQ(replay->next_due_ns(), due);
    EXPECT_EQ(poll(*replay, begin_ns + 300 * second / 1000), 1U);
    ASSERT_TRUE(replay->seek(100 * second / 1000, begin_ns + second).ok());
    EXPECT_EQ(jumps, 2U);
    EXPECT_EQ(exchange.book("AB", 9)->last_update_id, 6U);
    EXPECT_EQ(poll(*replay, begin_ns + second + 100 * second / 1000), 2U);
}

TEST(Replay, seeking_gives_the_book_that_playing_gives) {
    Exchange played;
    Exchange sought;
    const auto one = open(played, {shipped});
    const auto other = open(sought, {shipped});
    ASSERT_TRUE(one != nullptr && other != nullptr);
    one->start(begin_ns);
    other->start(begin_ns);
    for (const std::int64_t seconds : {7, 130, 64, 640}) {
        if (seconds == 64) {
            ASSERT_TRUE(one->seek(0, begin_ns).ok());
        }
        // A line of that very moment is not yet played after a seek; so up to the moment before.
        poll(*one, begin_ns + seconds * second - 1);
        ASSERT_TRUE(other->seek(seconds * second, begin_ns).ok());
        const auto by_playing = *played.book("BTCUSDT", 5000);
        const auto by_seeking = *sought.book("BTCUSDT", 5000);
        EXPECT_EQ(by_playing.last_update_id, by_seeking.last_update_id) << seconds;
        ASSERT_EQ(by_playing.bids.size(), by_seeking.bids.size());
        for (std::size_t i = 0; i < by_playing.bids.size(); ++i) {
            EXPECT_EQ(by_playing.bids[i].price, by_seeking.bids[i].price);
            EXPECT_EQ(by_playing.bids[i].qty, by_seeking.bids[i].qty);
        }
    }
}

TEST(Replay, refuses_what_it_cannot_play_and_names_the_line) {
    const std::pair<std::string, std::string> at_open[] = {
        {trade(0), "without a depth snapshot"},
        {depth(0, 9, 12) + snapshot(10, 6), "older than the recorded depth stream"},
        {depth(0, 5, 7) + depth(5, 9, 12) + snapshot(10, 6), "gap"},
        {at(0, R"({"lastUpdateId":"x"})"), ":1: not a Binance spot depth snapshot"},
        // As USD-M and COIN-M recordings begin.
        {at(0, R"({"lastUpdateId":6,"E":5,"T":4,"bids":[["10","5"]],"asks":[["11","5"]]})"),
         R"(:1: a futures depth snapshot (it has "E"); expected a recording of Binance spot)"},
        {at(0, R"({"stream":"ab@depth","data":{"e":"depthUpdate","E":5,"T":4,"s":"AB","U":5,)"
               R"("u":7,"pu":4,"b":[],"a":[]}})"),
         R"(:1: a futures depth event (it has "pu"); expected a recording of Binance spot)"},
    };
    for (const auto& [lines, expected] : at_open) {
        const SmallRecording file{lines};
        Exchange exchange;
        const auto replay = Replay::open(exchange, {file.path()}, {});
        ASSERT_FALSE(replay.ok());
        EXPECT_NE(replay.error().find(expected), std::string::npos) << replay.error();
    }
    const std::pair<std::string, std::string> at_play[] = {
        {depth(0, 8, 9), ":2: gap: depth event begins at 8, expected 7"},
        {trade(0, "XY"), ":2: symbol 'XY', expected 'AB'"},
        {at(0, R"({"stream":"ab@trade","data":{"s":"AB"}})"), ":2: not a Binance spot trade"},
        {"nonsense\n", ":2: "},
    };
    for (const auto& [lines, expected] : at_play) {
        const SmallRecording file{snapshot(0, 6) + lines};
        Exchange exchange;
        const auto replay = Replay::open(exchange, {file.path()}, {});
        if (!replay.ok()) {
            EXPECT_NE(replay.error().find(expected), std::string::npos) << replay.error();
            continue;
        }
        replay.value()->start(begin_ns);
        const auto played = replay.value()->poll(begin_ns + second);
        ASSERT_FALSE(played.ok());
        EXPECT_NE(played.error().find(expected), std::string::npos) << played.error();
        EXPECT_TRUE(replay.value()->finished());
    }
    Exchange exchange;
    EXPECT_FALSE(Replay::open(exchange, {shipped}, {0, false, false}).ok());
    EXPECT_FALSE(Replay::open(exchange, {"/nonexistent.tsjsonl.gz"}, {}).ok());
    EXPECT_FALSE(Replay::open(exchange, {shipped, shipped}, {}).ok());
}

TEST(Replay, a_recording_that_is_cut_short_fails_by_file_and_line_and_a_seek_plays_it_again) {
    const SmallRecording cut{snapshot(0, 6) + depth(10, 7, 7) + trade(20) +
                             depth(30, 8, 8).substr(0, 60)};
    const SmallRecording whole{snapshot(0, 6) + trade(5, "CD") + trade(50, "CD"), "CD"};
    const std::string why = cut.path() + ":4: found '{";
    for (const bool loop : {false, true}) {
        Exchange exchange;
        const auto replay = open(exchange, {cut.path(), whole.path()}, {.loop = loop});
        ASSERT_NE(replay, nullptr);
        replay->start(begin_ns);
        EXPECT_EQ(replay->failure(), "");
        const auto failed = replay->poll(begin_ns + second);
        ASSERT_FALSE(failed.ok());
        EXPECT_EQ(failed.error().rfind(why, 0), 0U) << failed.error();
        EXPECT_EQ(replay->failure(), failed.error());
        EXPECT_EQ(replay->counts().messages(), 3U) << "all that stands before the cut";
        EXPECT_FALSE(replay->next_due_ns()) << "nobody goes on as if nothing were";
        EXPECT_FALSE(replay->set_loop(true, begin_ns + second).ok());
        ASSERT_TRUE(replay->seek(0, begin_ns + second).ok());
        EXPECT_EQ(replay->failure(), "");
        EXPECT_FALSE(replay->poll(begin_ns + 2 * second).ok());
        EXPECT_EQ(replay->counts().messages(), 6U);
        EXPECT_EQ(replay->failure(), failed.error());
        EXPECT_FALSE(replay->seek(second, begin_ns + 2 * second).ok()) << "beyond the cut";
        EXPECT_EQ(replay->failure(), failed.error());
    }
}

TEST(Replay, the_shipped_recording_ends_with_the_book_that_is_known) {
    const std::string expected_path =
        std::string{PORTCULLIS_SHARED_DIR} + "/data/binance/EXPECTED.json";
    if (!std::filesystem::exists(expected_path)) {
        GTEST_SKIP() << "SKIPPED: " << expected_path << " is absent";
    }
    Exchange exchange;
    const auto replay = open(exchange, {shipped});
    ASSERT_NE(replay, nullptr);
    replay->start(begin_ns);
    const std::size_t played = poll(*replay, begin_ns + 3600 * second);
    EXPECT_EQ(played, replay->counts().messages());
    EXPECT_EQ(played, 99'566U);  // all but the snapshot and what is older than it
    EXPECT_TRUE(replay->finished());

    simdjson::dom::parser parser;
    const simdjson::dom::element expected =
        parser.load(expected_path)["binance_spot_btcusdt_2024-08-08T2354_11min.tsjsonl.gz"];
    const auto book = *exchange.book("BTCUSDT", 100'000);
    EXPECT_EQ(book.last_update_id, std::uint64_t{expected["final_update_id"]});
    EXPECT_EQ(book.bids.size(), std::uint64_t{expected["final_bid_levels"]});
    EXPECT_EQ(book.asks.size(), std::uint64_t{expected["final_ask_levels"]});
    for (const bool bids : {true, false}) {
        std::size_t at = 0;
        for (const auto row : expected[bids ? "final_top20_bids" : "final_top20_asks"]) {
            const Level& found = bids ? book.bids[at] : book.asks[at];
            EXPECT_EQ(found.price, price(std::string_view{row.at(0)}));
            EXPECT_EQ(found.qty, qty(std::string_view{row.at(1)}));
            ++at;
        }
        EXPECT_EQ(at, 20U);
    }
}

TEST(Replay, a_quote_at_each_side_of_the_touch_is_filled_by_the_shipped_recording) {
    Exchange exchange;
    const auto replay = open(exchange, {shipped});
    ASSERT_NE(replay, nullptr);
    AccountSetup setup;
    setup.balances["BTC"].free = amount("1");
    setup.balances["USDT"].free = amount("100000");
    const AccountId id = exchange.add_account(setup);
    replay->start(begin_ns);
    std::int64_t ids[2] = {};
    for (const Side side : {Side::buy, Side::sell}) {
        const auto book = *exchange.book("BTCUSDT", 1);
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.type = OrderType::limit_maker;
        order.price = side == Side::buy ? book.bids[0].price : book.asks[0].price;
        order.qty = qty("0.01");
        const auto placed = exchange.place(id, order, begin_ns / 1'000'000);
        ASSERT_TRUE(placed.ok()) << placed.error.message;
        ids[side == Side::buy ? 0 : 1] = placed.value->order_id;
    }
    while (!replay->finished()) {
        poll(*replay, *replay->next_due_ns());
    }
    exchange.verify_books();
    for (const std::int64_t order_id : ids) {
        const auto order = exchange.query(id, "BTCUSDT", order_id, "");
        ASSERT_TRUE(order.ok());
        EXPECT_EQ(order.value->status, Status::filled);
        for (const Fill& fill : order.value->fills) {
            EXPECT_EQ(fill.price, order.value->price);
            EXPECT_TRUE(fill.maker);
        }
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
