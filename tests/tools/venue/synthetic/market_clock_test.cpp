// Several markets on one clock: each lives its own day, whatever is played beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/tools/venue/synthetic/market_times.hpp"
#include "tools/venue/replay.hpp"
#include "tools/venue/synthetic/synthetic_market.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t start_ns = 1'700'000'000'000'000'000;
constexpr std::int64_t second_ns = 1'000'000'000;
const std::string recording =
    PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";

struct Beside {
    const char* preset;
    const char* base;
    std::uint64_t seed;
    const char* script;
};

SyntheticOptions options(const Beside& of) {
    SyntheticOptions out{load_parameters(of.preset).value(), of.script, of.seed};
    out.parameters.symbol.base = of.base;
    out.parameters.symbol.name = of.base + out.parameters.symbol.quote;
    return out;
}

/// The messages of each symbol, and the seconds that were told between them.
using Days = std::map<std::string, std::string>;

struct Playing {
    explicit Playing(const std::vector<std::string>& recordings, const std::vector<Beside>& markets,
                     ReplayOptions with = {}) {
        auto opened = Replay::open(exchange, recordings, with);
        EXPECT_TRUE(opened) << opened.error();
        replay = std::move(opened).value();
        for (const Beside& market : markets) {
            replay->add(std::make_unique<SyntheticMarket>(exchange, options(market)));
        }
        replay->on_message([this](const std::string& symbol, std::string_view stream,
                                  std::string_view data, StreamKind) {
            days[symbol].append(stream).append(" ").append(data).append("\n");
        });
        replay->on_tick([this](bool full_second, std::int64_t) {
            for (auto& [symbol, day] : days) {
                day += full_second ? "second\n" : "";
            }
        });
        replay->start(start_ns);
    }
    /// Polled every `every_ns`, `batch` messages at a time, as the server does it.
    void live_until(std::int64_t seconds, std::int64_t every_ns, std::size_t batch) {
        const std::int64_t end_ns = start_ns + seconds * second_ns;
        while (now_ns < end_ns) {
            now_ns = std::min(now_ns + every_ns, end_ns);
            while (replay->poll(now_ns, batch).value() == batch) {
            }
        }
    }
    Exchange exchange;
    std::unique_ptr<Replay> replay;
    Days days;
    std::int64_t now_ns{start_ns};
};

Days play(const std::vector<std::string>& recordings, const std::vector<Beside>& markets,
          std::int64_t seconds = 20, std::int64_t every_ns = 7'000'000, std::size_t batch = 64) {
    Playing playing(recordings, markets);
    playing.live_until(seconds, every_ns, batch);
    return playing.days;
}

/// Where two days part, in words; empty where they do not. (gtest's own diff of a megabyte takes
/// longer than the day.)
std::string parting(const std::string& a, const std::string& b) {
    const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (at.first == a.end() && at.second == b.end()) {
        return "";
    }
    const auto where = static_cast<std::size_t>(at.first - a.begin());
    const std::size_t from = where < 200 ? 0 : where - 200;
    return "at " + std::to_string(where) + " of " + std::to_string(a.size()) + " and " +
           std::to_string(b.size()) + ":\n" + a.substr(from, 400) + "\n---\n" +
           b.substr(std::min(from, b.size()), 400);
}

/// Without the digits of `E` and `T`.
std::string without_times(const std::string& day) {
    std::string out;
    for (std::size_t at = 0; at < day.size();) {
        const bool time = day.compare(at, 4, "\"E\":") == 0 || day.compare(at, 4, "\"T\":") == 0;
        const std::size_t end = time ? day.find(',', at) : at + 1;
        out.append(day, at, time ? 4 : 1);
        at = end;
    }
    return out;
}

constexpr Beside thin{"thin", "NEXO", 3, ""};
constexpr Beside wide{"wide", "WIDE", 4, "news"};
constexpr Beside other_thin{"thin", "ABC", 5, "flash-crash"};
constexpr Beside btc{"btc-like", "XBT", 6, "flash-crash"};

TEST(MarketClock, a_market_lives_the_same_day_whatever_is_played_beside_it) {
    for (const Beside& market : {thin, btc}) {
        const std::string symbol = std::string(market.base) + "USDT";
        const std::string alone = play({}, {market}).at(symbol);
        ASSERT_GT(alone.size(), 1'000U);
        EXPECT_EQ(parting(alone, play({}, {market}, 20, 2'000'000, 3).at(symbol)), "");
        EXPECT_EQ(parting(alone, play({recording}, {market}).at(symbol)), "");
        EXPECT_EQ(parting(alone, play({recording}, {wide, market, other_thin}).at(symbol)), "");
    }
}

TEST(MarketClock, a_recording_is_played_the_same_beside_synthetic_markets) {
    const std::string alone = play({recording}, {}, 5).at("BTCUSDT");
    ASSERT_GT(alone.size(), 100'000U);
    EXPECT_EQ(parting(alone, play({recording}, {btc, thin}, 5).at("BTCUSDT")), "");
}

TEST(MarketClock, markets_of_one_preset_and_two_seeds_live_two_days) {
    auto days = play({}, {thin, {"thin", "ABC", 4, ""}});
    std::string other = days.at("ABCUSDT");
    for (std::size_t at = 0; (at = other.find("ABCUSDT", at)) != std::string::npos;) {
        other.replace(at, 7, "NEXOUSDT");
    }
    EXPECT_NE(days.at("NEXOUSDT"), other);
}

TEST(MarketClock, a_pause_shifts_a_day_and_changes_nothing_else_in_it) {
    Playing still({recording}, {btc});
    still.live_until(9, 1'000'000, 64);
    Playing paused({recording}, {btc});
    paused.live_until(4, 1'000'000, 64);
    paused.replay->pause(paused.now_ns);
    const std::string before = paused.days.at("XBTUSDT");
    const std::int64_t resumed_ns = paused.now_ns + 30 * second_ns;
    EXPECT_EQ(paused.replay->poll(resumed_ns).value(), 0U);
    EXPECT_EQ(paused.days.at("XBTUSDT"), before);
    paused.replay->resume(resumed_ns);
    paused.now_ns = resumed_ns;
    paused.live_until(40, 1'000'000, 64);
    for (const char* symbol : {"BTCUSDT", "XBTUSDT"}) {
        const std::string day = without_times(still.days.at(symbol));
        ASSERT_GT(day.size(), 100'000U);
        EXPECT_EQ(parting(day, without_times(paused.days.at(symbol)).substr(0, day.size())), "");
    }
    EXPECT_NE(paused.days.at("XBTUSDT").find("\"E\":1700000034100,"), std::string::npos);
}

TEST(MarketClock, a_market_lives_on_when_the_recordings_have_ended_or_begin_again) {
    for (const bool loop : {false, true}) {
        Playing playing({recording}, {thin}, {live_speed_max_e3, loop, false});
        playing.live_until(2, 50'000'000, 1'000);  // 2000 s of markets; the recording has 660
        EXPECT_FALSE(playing.replay->finished());
        EXPECT_GT(playing.replay->position_ns(playing.now_ns), 1'900 * second_ns);
        EXPECT_EQ(playing.exchange.book("NEXOUSDT", 5)->bids.size(), 5U);
        std::size_t seconds = 0;
        const std::string& day = playing.days.at("NEXOUSDT");
        for (std::size_t at = 0; (at = day.find("second\n", at)) != std::string::npos; ++at) {
            ++seconds;
        }
        EXPECT_GT(seconds, 1'900U);
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
