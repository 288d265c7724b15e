// A synthetic market as a client sees it: the same seed is the same day, its messages lead a client
// to the engine's own book, and the engine that trades on it agrees with every ticker.
#include "tools/venue/synthetic/synthetic_market.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "tests/tools/venue/exchange_fixture.hpp"
#include "tests/tools/venue/synthetic/market_times.hpp"
#include "tools/portcullis/verify_recording.hpp"
#include "tools/recording/recording.hpp"
#include "tools/venue/market_message.hpp"
#include "tools/venue/server/render.hpp"

namespace portcullis::tools::venue {
namespace {

SyntheticOptions options(const std::string& preset, std::uint64_t seed,
                         const std::string& script = "") {
    auto parameters = load_parameters(preset);
    EXPECT_TRUE(parameters.ok()) << (parameters.ok() ? "" : parameters.error());
    return {parameters.value(), script, seed};
}

/// A market and its clock.
struct World {
    explicit World(const SyntheticOptions& with)
        : symbol(with.parameters.symbol), market(exchange, with) {}
    void live_until(std::int64_t seconds) { live_until_ms(seconds * 1000); }
    void live_until_ms(std::int64_t position_ms) {
        while (market.next_position_ns() <= position_ms * 1'000'000) {
            now_ns = start_ns + market.next_position_ns();
            market.step(now_ns);
        }
    }
    [[nodiscard]] std::int64_t middle() const {
        return (market.engine().best(Side::buy)->price.value +
                market.engine().best(Side::sell)->price.value) /
               2;
    }
    Exchange exchange;
    Symbol symbol;
    SyntheticMarket market;
    std::int64_t now_ns{start_ns};
};

std::string day(const SyntheticOptions& with, std::int64_t seconds) {
    World world(with);
    std::string all;
    world.market.on_message([&](std::string_view stream, std::string_view data) {
        all.append(stream).append(" ").append(data).append("\n");
    });
    world.live_until(seconds);
    return all;
}

TEST(SyntheticMarket, the_same_seed_lives_the_same_day_byte_for_byte_and_another_seed_another) {
    for (const char* preset : {"btc-like", "thin", "wide"}) {
        const std::string once = day(options(preset, 7), 30);
        EXPECT_GT(once.size(), 2'000U) << preset;
        EXPECT_EQ(once, day(options(preset, 7), 30)) << preset;
        EXPECT_NE(once, day(options(preset, 8), 30)) << preset;
    }
}

/// By Binance's rules: buffer, snapshot, drop what is stale, then every id follows.
class Client {
public:
    void on(std::string_view stream, std::string_view data) {
        if (stream_kind(stream) != StreamKind::depth) {
            return;
        }
        std::string padded(data);
        padded.append(line_padding, ' ');
        auto told = reader_.depth(std::string_view(padded).substr(0, data.size()));
        ASSERT_TRUE(told.ok()) << told.error();
        if (!have_snapshot_) {
            buffer_.push_back(told.value());
        } else {
            apply(told.value());
        }
    }
    void snapshot(const Exchange::BookCopy& book) {
        have_snapshot_ = true;
        id_ = book.last_update_id;
        for (const Level level : book.bids) {
            bids_[-level.price.value] = level.qty.value;
        }
        for (const Level level : book.asks) {
            asks_[level.price.value] = level.qty.value;
        }
        for (const DepthMessage& message : buffer_) {
            apply(message);
        }
    }
    void expect_book(const MatchingEngine& engine) const {
        EXPECT_EQ(id_, engine.update_id());
        std::map<std::int64_t, std::int64_t> bids;
        std::map<std::int64_t, std::int64_t> asks;
        const auto book = engine.depth(1'000'000);
        for (const Level level : book.bids) {
            bids[-level.price.value] = level.qty.value;
        }
        for (const Level level : book.asks) {
            asks[level.price.value] = level.qty.value;
        }
        EXPECT_EQ(bids_, bids);
        EXPECT_EQ(asks_, asks);
    }
    int applied{};

private:
    void apply(const DepthMessage& message) {
        if (message.last_id <= id_) {
            return;
        }
        ASSERT_LE(message.first_id, id_ + 1);
        if (applied > 0) {
            ASSERT_EQ(message.first_id, id_ + 1);
        }
        ++applied;
        id_ = message.last_id;
        const auto take = [](std::map<std::int64_t, std::int64_t>& side, std::int64_t key,
                             Level level) {
            side[key] = level.qty.value;
            if (level.qty == QtyAtoms{0}) {
                side.erase(key);
            }
        };
        for (const Level level : message.bids) {
            take(bids_, -level.price.value, level);
        }
        for (const Level level : message.asks) {
            take(asks_, level.price.value, level);
        }
    }
    MessageReader reader_;
    std::vector<DepthMessage> buffer_;
    std::map<std::int64_t, std::int64_t> bids_, asks_;
    std::uint64_t id_{};
    bool have_snapshot_{};
};

TEST(SyntheticMarket, a_client_that_synchronises_by_the_rules_holds_the_engines_own_book) {
    World world(options("btc-like", 11));
    Client client;
    int compared = 0;
    world.market.on_message([&](std::string_view stream, std::string_view data) {
        client.on(stream, data);
        if (client.applied > 0 && stream_kind(stream) == StreamKind::depth && ++compared % 7 == 0) {
            client.expect_book(world.market.engine());
        }
    });
    world.live_until(3);
    client.snapshot(*world.exchange.book("BTCUSDT", 1'000'000));  // between two depth messages
    world.live_until(40);
    EXPECT_GT(client.applied, 300);
    EXPECT_GT(compared, 300);
}

/// What the production decoder and book synchronisation make of a minute, as of a recording.
RecordingReport production_report(const std::string& preset, const std::string& script) {
    World world(options(preset, 5, script));
    const std::string path =
        (std::filesystem::temp_directory_path() / (std::to_string(getpid()) + "_synthetic.tsjsonl"))
            .string();
    std::ofstream file(path, std::ios::binary);
    file << start_ns << ' ' << render::book(*world.exchange.book(world.symbol.name, 1'000'000))
         << '\n';
    std::int64_t trades = 0;
    std::int64_t depths = 0;
    world.market.on_message([&](std::string_view stream, std::string_view data) {
        trades += stream.ends_with("@trade") ? 1 : 0;
        depths += stream.ends_with("@depth@100ms") ? 1 : 0;
        file << world.now_ns << " {\"stream\":\"" << stream << "\",\"data\":" << data << "}\n";
    });
    world.live_until(60);
    file.close();
    const auto run = run_recording(path);
    std::filesystem::remove(path);
    EXPECT_TRUE(run.ok()) << (run.ok() ? "" : run.error());
    const RecordingReport report = run.ok() ? run.value() : RecordingReport{};
    EXPECT_EQ(report.applied, static_cast<std::uint64_t>(depths));
    EXPECT_EQ(report.trades, static_cast<std::uint64_t>(trades));
    return report;
}

constexpr std::array<std::pair<const char*, const char*>, 5> minutes{{{"btc-like", ""},
                                                                      {"thin", ""},
                                                                      {"wide", ""},
                                                                      {"btc-like", "flash-crash"},
                                                                      {"btc-like", "news"}}};

TEST(SyntheticMarket, the_engines_decoder_and_book_agree_with_every_ticker_of_a_minute) {
    for (const auto& [preset, script] : minutes) {
        SCOPED_TRACE(std::string(preset) + " " + script);
        const RecordingReport report = production_report(preset, script);
        EXPECT_EQ(report.refused, 0U);
        EXPECT_EQ(report.gaps, 0U);
        EXPECT_EQ(report.crossed, 0U);
        EXPECT_EQ(report.other_resets, 0U);
        EXPECT_TRUE(report.disagree_at.empty()) << report.disagree_at.size();
        EXPECT_GT(report.agree, 20U);
        EXPECT_TRUE(report.valid);
    }
}

TEST(SyntheticMarket, a_flash_crash_falls_and_comes_back_most_of_the_way) {
    World world(options("btc-like", 3, "flash-crash"));
    world.live_until(29);
    const std::int64_t before = world.middle();
    world.live_until(41);
    const std::int64_t bottom = world.middle();
    EXPECT_LT(bottom, before * 96 / 100);
    world.live_until(76);
    EXPECT_GT(world.middle(), bottom + (before - bottom) / 2);
    EXPECT_LT(world.middle(), before);
}

TEST(SyntheticMarket, news_lifts_the_price_and_it_stays) {
    World world(options("btc-like", 3, "news"));
    world.live_until(29);
    const std::int64_t before = world.middle();
    world.live_until(70);
    EXPECT_GT(world.middle(), before * 1005 / 1000);
}

/// Sales and purchases of takers in one phase of a script, and the middle at its ends.
struct LivedPhase {
    int sales{}, purchases{};
    std::int64_t before{}, after{};
};

std::vector<LivedPhase> lived_phases(const SyntheticOptions& with) {
    World world(with);
    std::vector<LivedPhase> phases;
    LivedPhase now;
    world.market.on_message([&](std::string_view stream, std::string_view data) {
        if (stream_kind(stream) == StreamKind::trade) {
            ++(data.find("\"m\":true") == std::string_view::npos ? now.purchases : now.sales);
        }
    });
    for (const ScriptPhase& phase : script_phases(with.script)) {
        world.live_until(phase.from_ms / 1000);
        now = {0, 0, world.middle(), 0};
        world.live_until(phase.to_ms / 1000);
        now.after = world.middle();
        phases.push_back(now);
    }
    return phases;
}

TEST(SyntheticMarket, a_script_moves_the_price_of_every_preset_by_trades_not_beside_them) {
    for (const char* preset : {"btc-like", "thin", "wide"}) {
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            SCOPED_TRACE(std::string(preset) + " seed " + std::to_string(seed));
            const auto crash = lived_phases(options(preset, seed, "flash-crash"));
            const auto news = lived_phases(options(preset, seed, "news"));
            ASSERT_EQ(crash.size(), 5U);
            ASSERT_EQ(news.size(), 4U);
            for (const auto* phases : {&crash, &news}) {
                for (std::size_t i = 0; i < phases->size(); ++i) {
                    EXPECT_GE((*phases)[i].sales + (*phases)[i].purchases, 5) << i;
                }
            }
            EXPECT_LT(crash[1].after, crash[0].before * 97 / 100);
            EXPECT_GE(crash[1].sales, 50);  // seven seconds, sellers by the dozen
            EXPECT_GT(crash[0].sales, crash[0].purchases);
            EXPECT_GT(crash[1].sales, 2 * crash[1].purchases);
            EXPECT_GE(news[1].purchases, 20);
            EXPECT_GT(news[1].purchases, 2 * news[1].sales);
        }
    }
}

/// "8.1 %": the lowest middle of the crash below that before it.
std::string depth_of_crash(const std::string& preset) {
    World world(options(preset, 7, "flash-crash"));
    world.live_until(30);
    const std::int64_t before = world.middle();
    std::int64_t lowest = before;
    for (std::int64_t ms = 30'000; ms <= 75'000; ms += 100) {
        world.live_until_ms(ms);
        lowest = std::min(lowest, world.middle());
    }
    const std::int64_t fell_e3 = (before - lowest) * 1000 / before;
    return std::to_string(fell_e3 / 10) + "." + std::to_string(fell_e3 % 10) + " %";
}

/// "1, 5, 1": the median spread in ticks before the news, while quotes are pulled, and after.
std::string spreads_of_news(const std::string& preset) {
    World world(options(preset, 7, "news"));
    std::string out;
    for (const auto& [from_ms, to_ms] :
         {std::pair(0, 30'000), {30'000, 35'000}, {35'000, 60'000}}) {
        std::vector<std::int64_t> spreads;
        for (std::int64_t ms = from_ms + 100; ms <= to_ms; ms += 100) {
            world.live_until_ms(ms);
            spreads.push_back((world.market.engine().best(Side::sell)->price.value -
                               world.market.engine().best(Side::buy)->price.value) /
                              world.symbol.tick.value);
        }
        std::sort(spreads.begin(), spreads.end());
        out += (out.empty() ? "" : ", ") + std::to_string(spreads[spreads.size() / 2]);
    }
    return out;
}

TEST(SyntheticMarket, scripts_do_to_each_preset_what_the_readme_says) {
    std::ifstream file(PORTCULLIS_SOURCE_DIR "/tools/venue/synthetic/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    for (const std::string preset : {"btc-like", "thin", "wide"}) {
        const std::string row = "| `" + preset + "` | " + depth_of_crash(preset) + " | " +
                                spreads_of_news(preset) + " |\n";
        EXPECT_NE(readme.find(row), std::string::npos) << row;
    }
}

TEST(SyntheticMarket, until_a_script_begins_the_day_is_the_one_without_it) {
    for (const char* preset : {"btc-like", "thin", "wide"}) {
        for (const char* script : {"flash-crash", "news"}) {
            const std::string calm = day(options(preset, 7), 29);
            EXPECT_EQ(calm, day(options(preset, 7, script), 29)) << preset << " " << script;
            EXPECT_NE(day(options(preset, 7), 40), day(options(preset, 7, script), 40));
        }
    }
}

TEST(SyntheticMarket, a_client_among_the_flow_is_filled_and_its_accounts_are_right) {
    World world(options("btc-like", 21));
    AccountSetup setup;
    setup.balances["BTC"].free = amount("100");
    setup.balances["USDT"].free = amount("10000000");
    setup.maker_fee_e8 = 10'000;
    const AccountId account = world.exchange.add_account(setup);
    std::int64_t told = 0;
    world.exchange.on_account_event(
        [&](AccountId, const AccountEvent& event) { told += event.exec_type == "TRADE" ? 1 : 0; });
    int as_maker = 0;
    for (int i = 1; i <= 120; ++i) {
        world.live_until(i);
        const Side side = i % 2 == 0 ? Side::buy : Side::sell;
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.type = OrderType::limit_maker;
        order.price = world.market.engine().best(side)->price;
        order.qty = qty("0.01");
        const auto reply = world.exchange.place(account, order, world.now_ns / 1'000'000);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        world.exchange.verify_books();
    }
    for (const auto& row : world.exchange.my_trades(account, "BTCUSDT", -1, 10'000)) {
        as_maker += row.fill.maker ? 1 : 0;
    }
    EXPECT_GT(as_maker, 20);
    EXPECT_EQ(told, as_maker);
}

TEST(SyntheticMarket, a_bid_that_the_market_has_left_behind_is_taken_by_the_flow) {
    World world(options("btc-like", 21));
    AccountSetup setup;
    setup.balances["USDT"].free = amount("10000000");
    const AccountId account = world.exchange.add_account(setup);
    NewOrder order;
    order.symbol = "BTCUSDT";
    order.price = PriceAtoms{world.market.engine().best(Side::sell)->price.value * 102 / 100 /
                             1'000'000 * 1'000'000};
    order.qty = qty("5");
    const auto reply = world.exchange.place(account, order, 1);
    ASSERT_TRUE(reply.ok()) << reply.error.message;
    world.live_until(5);
    EXPECT_EQ(world.exchange.query(account, "BTCUSDT", 1, "").value->status, Status::filled);
}

TEST(SyntheticParameters, what_is_wrong_in_a_file_is_named) {
    const auto good = load_parameters("thin");
    ASSERT_TRUE(good.ok());
    const std::string text = parameters_text(good.value(), "# by hand\n");
    ASSERT_TRUE(parse_parameters("x", text).ok());
    EXPECT_EQ(parameters_text(parse_parameters("x", text).value(), "# by hand\n"), text);
    const auto refused = [&](const std::string& from, const std::string& to) {
        std::string changed = text;
        const std::size_t at = changed.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        changed.replace(at, from.size(), to);
        const auto parsed = parse_parameters("x", changed);
        return parsed.ok() ? std::string("accepted") : parsed.error();
    };
    EXPECT_EQ(refused("jumps_per_hour = ", "jumps_per_hour = -"),
              "x: jumps_per_hour: expected an integer from 1 to 1000000000");
    EXPECT_EQ(refused("momentum_e4", "momentun_e4"),
              "x: momentum_e4: expected an integer from 0 to 10000");
    EXPECT_EQ(refused("spread_ticks = [1,", "spread_ticks = [3,"),
              "x: spread_ticks: expected 17 rising integers from 1 up");
    EXPECT_EQ(refused("orders_e3", "colour = 1\norders_e3"), "x: [[band]]: colour: unknown key");
    EXPECT_EQ(load_parameters("fat").error(),
              "preset 'fat': expected btc-like, thin, wide, or a file");
}

}  // namespace
}  // namespace portcullis::tools::venue
