// The program's configuration: the example is whole and true, and each mistake in it is told.
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/budgets.hpp"

#include <gmock/gmock.h>

#include <sched.h>

#include <set>
#include <thread>

#include "risk/limit_names.hpp"
#include "tests/tools/portcullis/example.hpp"

namespace portcullis::tools {
namespace {

using test::example_text;
using test::with;
using test::without_key;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& text) {
    const ConfigResult result = read_config(text, "c.toml");
    EXPECT_EQ(result.config.has_value(), result.problems.empty());
    return result.problems;
}

TEST(Config, TheExampleIsAccepted) {
    EXPECT_THAT(load_config(test::example_path).problems, IsEmpty());
}

/// Keys that stand in the file: "strategy.quoting.levels", rows without index.
std::set<std::string> keys_written(const std::string& text) {
    std::set<std::string> keys;
    std::istringstream in(text);
    std::string table;
    std::string array;
    for (std::string line; std::getline(in, line);) {
        const std::size_t equals = line.find(" = ");
        if (!line.empty() && line.front() == '[') {
            const std::size_t begin = line.find_first_not_of('[');
            table = line.substr(begin, line.find(']') - begin);
            keys.insert(table);
        } else if (equals != std::string::npos && line.front() != '#' && line.front() != ' ') {
            array = table + "." + line.substr(0, equals);
            keys.insert(array);
        } else if (line.rfind("    { ", 0) == 0) {  // a row of an array
            std::istringstream row(line.substr(6));
            for (std::string key, is, value; row >> key >> is >> value;) {
                keys.insert(array + "." + key);
            }
        }
    }
    return keys;
}

TEST(Config, EveryKeyThatTheProgramReadsStandsInTheExample) {
    const std::set<std::string> written = keys_written(example_text());
    const AppConfig config = test::example_config();
    EXPECT_GT(config.known_keys.size(), 80U);
    for (const engine::KnownKey& key : config.known_keys) {
        EXPECT_EQ(written.count(key.path), 1U) << key.path << " is not in example.toml";
    }
}

// A kind of strategy that the example does not use would hide its keys from the test above.
TEST(Config, EveryChoiceStandsInTheExampleAndThoseOfStrategiesAreUsed) {
    const std::string text = example_text();
    for (const engine::KnownKey& key : test::example_config().known_keys) {
        for (const std::string& choice : key.choices) {
            EXPECT_THAT(text, HasSubstr("\"" + choice + "\"")) << key.path;
            if (key.path.rfind("strategy.", 0) == 0) {
                const std::string name = key.path.substr(key.path.rfind('.') + 1);
                EXPECT_THAT(text, HasSubstr("\n" + name + " = \"" + choice + "\""));
            }
        }
    }
}

TEST(Config, TheEffectiveOneReadsBackToTheSameHash) {
    const AppConfig config = test::example_config();
    for (const std::string& text : {config.effective, config.annotated}) {
        const ConfigResult again = read_config(text, "effective");
        ASSERT_THAT(again.problems, IsEmpty());
        EXPECT_EQ(again.config->hash, config.hash);
        EXPECT_EQ(again.config->effective, config.effective);
    }
    EXPECT_EQ(config_hash(config.effective), config.hash);
}

TEST(Config, CommentsOrderAndSpelledOutDefaultsDoNotChangeTheHashButValuesDo) {
    const AppConfig config = test::example_config();
    const std::string text = example_text();
    const auto hash = [](const std::string& of) { return read_config(of, "x").config->hash; };
    EXPECT_EQ(hash("# another comment\n" + text), config.hash);
    EXPECT_EQ(hash(with(text, "timer_ms = 10 ", "# ")), config.hash) << "10 is its default";
    EXPECT_NE(hash(with(text, "timer_ms = 10 ", "timer_ms = 11 ")), config.hash);
    EXPECT_NE(hash(with(text, "collar_bps_max = 25", "collar_bps_max = 26")), config.hash);
}

TEST(Config, AProcessorThatTheProcessMayNotUseIsToldWithLineFoundAndExpected) {
    const CpuSet allowed{0, 1, 2, 5};
    int line = 14;
    for (const char* key : {"cpu_feed", "cpu_core", "cpu_orders", "cpu_journal", "cpu_control"}) {
        ++line;
        const std::string off = std::string(key) + " = -1";
        for (const int good : {-1, 0, 2, 5}) {
            const std::string text =
                with(example_text(), off, std::string(key) + " = " + std::to_string(good));
            EXPECT_THAT(read_config(text, "c.toml", allowed).problems, IsEmpty());
        }
        for (const int bad : {3, 4, 6, 1023}) {
            const std::string text =
                with(example_text(), off, std::string(key) + " = " + std::to_string(bad));
            EXPECT_THAT(read_config(text, "c.toml", allowed).problems,
                        ElementsAre("c.toml:" + std::to_string(line) + ": engine." + key +
                                    ": found " + std::to_string(bad) +
                                    ", expected -1 or a processor that this process may run on: "
                                    "0-2, 5"));
            EXPECT_THAT(problems_of(text), IsEmpty()) << "a replay pins nothing";
        }
    }
}

TEST(Config, WhatAHostMustGiveArrivesAndWhatIsLeftOutIsNotAskedFor) {
    std::string text = example_text();
    const char* keys[] = {"lock_memory", "huge_pages", "busy_poll_us", "isolated_cpus",
                          "timer_slack_ns"};
    for (const char* key : keys) {
        int line = 0;
        text = without_key(text, "[engine]", key, line);
    }
    const ConfigResult none = read_config(text, "c.toml");
    ASSERT_TRUE(none.config.has_value());
    const EngineSettings& silent = none.config->engine;
    EXPECT_FALSE(silent.lock_memory || silent.huge_pages || silent.isolated_cpus);
    EXPECT_EQ(silent.busy_poll_us, 0);
    EXPECT_EQ(silent.timer_slack_ns, timer_slack_default_ns);
    EXPECT_EQ(none.config->hash, test::example_config().hash);

    text = with(example_text(), "placement = \"pipeline\"", "placement = \"fused\"");
    text = with(text, "cpu_core = -1", "cpu_core = 0");
    text = with(text, "isolated_cpus = false", "isolated_cpus = true");
    text = with(text, "lock_memory = false", "lock_memory = true");
    text = with(text, "huge_pages = false", "huge_pages = true");
    text = with(text, "busy_poll_us = 0", "busy_poll_us = 50");
    text = with(text, "timer_slack_ns = 50000", "timer_slack_ns = 1");
    const ConfigResult all = read_config(text, "c.toml");
    ASSERT_TRUE(all.config.has_value()) << testing::PrintToString(all.problems);
    const EngineSettings& asked = all.config->engine;
    EXPECT_TRUE(asked.lock_memory && asked.huge_pages && asked.isolated_cpus);
    EXPECT_EQ(asked.timer_slack_ns, 1);
    EXPECT_EQ(asked.busy_poll_us, 50);
    EXPECT_EQ(all.config->venue.market_data.busy_poll_us, 50);
    EXPECT_EQ(all.config->venue.order_entry.busy_poll_us, 50);
    EXPECT_EQ(all.config->venue.rest.busy_poll_us, 0);  // not on an order's way
}

TEST(Config, SnapshotsComeByRestWhereNothingIsSaid) {  // configs of earlier runs are replayed
    const std::string text = with(example_text(), "snapshots = \"rest\"", "");
    EXPECT_THAT(problems_of(text), IsEmpty());
    EXPECT_EQ(read_config(text, "c.toml").config->venue.snapshots, Snapshots::rest);
}

TEST(Config, TheProcessorsAllowedAreThoseThatCanBeHadWhateverMaskWasInherited) {
    const CpuSet before = cpus_allowed();
    ASSERT_FALSE(before.empty());
    cpu_set_t mask;
    CPU_ZERO(&mask);
    CPU_SET(static_cast<unsigned>(before.back()), &mask);
    std::thread([&] {  // a mask of its own: the others' stays
        ASSERT_EQ(::sched_setaffinity(0, sizeof mask, &mask), 0);
        EXPECT_EQ(cpus_allowed(), before) << "isolcpus= narrows the inherited mask just so";
    })
        .join();
    EXPECT_EQ(cpus_allowed(), before);
    EXPECT_EQ(cpus_text({3}), "3");
    EXPECT_EQ(cpus_text({0, 1, 2, 5, 7, 8}), "0-2, 5, 7-8");
}

template <class Scope, std::size_t N>
void each_is_required(const char* header, const char* path,
                      const std::array<risk::LimitKey<Scope>, N>& keys) {
    for (const auto& limit : keys) {
        const risk::TomlLimit toml = risk::toml_limit(limit.key, limit.unit);
        int line = 0;
        const auto problems = problems_of(without_key(example_text(), header, toml.key, line));
        ASSERT_EQ(problems.size(), 1U) << toml.key << ": " << testing::PrintToString(problems);
        EXPECT_THAT(problems[0], HasSubstr("c.toml:" + std::to_string(line) + ": " + path +
                                           toml.key + ": missing, expected "));
    }
}

TEST(Config, NoLimitHasADefaultAndTheMissingOneIsNamed) {
    each_is_required("[risk.firm]", "risk.firm.", risk::firm_keys);
    each_is_required("[risk.venue]", "risk.venue.", risk::venue_keys);
    each_is_required("[risk.account]", "risk.account.", risk::account_keys);
    each_is_required("[instrument.limits]", "instrument[0].limits.", risk::instrument_keys);
    each_is_required("[strategy.limits]", "strategy[0].limits.", risk::strategy_keys);
    int line = 0;
    EXPECT_THAT(problems_of(without_key(example_text(), "[strategy.limits]", "instruments", line)),
                ElementsAre(HasSubstr("strategy[0].limits.instruments: missing, expected an array "
                                      "of at least 1 texts")));
}

TEST(Config, EachScopeHasOneToFiveWindows) {
    const std::string text = example_text();
    const std::size_t at = text.find("windows = [", text.find("[risk.venue]"));
    const std::size_t end = text.find("\n]\n", at);
    const auto with_rows = [&](const std::string& rows) {
        return text.substr(0, at) + "windows = [" + rows + "]\n" + text.substr(end + 3);
    };
    EXPECT_THAT(problems_of(with_rows("")),
                ElementsAre(HasSubstr("risk.venue.windows: found an array, expected at least 1 "
                                      "[[risk.venue.windows]]")));
    std::string rows;
    for (int i = 1; i <= 6; ++i) {
        rows += "{ span_ms = " + std::to_string(i) +
                ", messages_max = 1, orders_max = 1, submitted_risk_currency_max = \"1\", "
                "fills_max = 1, filled_risk_currency_max = \"1\" },";
        const auto problems = problems_of(with_rows(rows));
        if (i <= 5) {
            EXPECT_THAT(problems, IsEmpty()) << i;
        } else {
            EXPECT_THAT(
                problems,
                ElementsAre(HasSubstr("risk.venue.windows: found 6 rows, expected at most 5")));
        }
    }
}

TEST(Config, TheMemoryOfTheWindowsIsThatOfTheirLargestCounts) {
    const AppConfig config = test::example_config();
    const std::string text = memory_text(config);
    // 2,500 messages and 10,000 fills: 4,096 and 16,384 entries of 32 bytes.
    EXPECT_THAT(text, HasSubstr("#   venue: 640 KiB\n"));
    EXPECT_THAT(text, HasSubstr("#   strategy \"touch\": 320 KiB\n"));
    EXPECT_THAT(text, HasSubstr("# memory of the windows: "));
}

struct Mistake {
    const char* from;
    const char* to;
    const char* problem;  ///< behind "c.toml:<line>: "
};

const Mistake mistakes[] = {
    // Limits in the file's own words and units.
    {"order_qty_base_max = \"0.05\"", "order_qty_base_max = \"0\"",
     "instrument[0].limits.order_qty_base_max: found the text \"0\", expected more: zero lets "
     "nothing pass"},
    {"order_qty_base_max = \"0.05\"", "order_qty_base_max = \"0.09\"",
     "instrument[0].limits.order_qty_base_max: found \"0.09\", expected at most position_base_max "
     "(\"0.08\")"},
    {"order_qty_base_max = \"0.05\"", "order_qty_base_max = 0.05",
     "instrument[0].limits.order_qty_base_max: found the float 0.05, expected an exact decimal in "
     "quotes, zero or more, such as \"0.05\""},
    {"order_notional_risk_currency_max = \"5000\"",
     "order_notional_risk_currency_max = \"5000.0000001\"",
     "instrument[0].limits.order_notional_risk_currency_max: found the text \"5000.0000001\", "
     "expected no more than six decimals"},
    {"order_notional_risk_currency_max = \"5000\"",
     "order_notional_risk_currency_max = \"50000.5\"",
     "instrument[0].limits.order_notional_risk_currency_max: found \"50000.5\", expected at most "
     "order_notional_kill_risk_currency_max (\"50000\")"},
    {"gross_exposure_risk_currency_max = \"50000\"",
     "gross_exposure_risk_currency_max = \"92233720368.54775807\"",
     "risk.firm.gross_exposure_risk_currency_max: found the text "
     "\"92233720368.54775807\", expected no more than six decimals"},
    {"position_base_max = \"0.08\"", "position_base_max = \"46116860184.27387904\"",
     "instrument[0].limits.position_base_max: found \"46116860184.27387904\", expected at most "
     "\"46116860184.27387903\""},
    {"collar_bps_max = 25", "collar_bps_max = 10001",
     "instrument[0].limits.collar_bps_max: found the integer 10001, expected an integer from 1 to "
     "10000"},
    {"quote_age_ms_max = 3000", "quote_age_ms_max = 86400001",
     "instrument[0].limits.quote_age_ms_max: found the integer 86400001, expected an integer from "
     "1 to 86400000"},
    {"messages_max = 12,  ", "messages_max = 51,  ",
     "risk.firm.windows[1].messages_max: found 50, expected at least as much as in 100ms"},
    {"fills_max = 32,  ", "fills_max = 161,  ",
     "strategy[0].limits.windows[1].fills_max: found 160, expected at least as much as in 100ms"},
    {"_max = \"40000\",    fills", "_max = \"200000.000001\",    fills",
     "strategy[0].limits.windows[1].submitted_risk_currency_max: found \"200000\", expected at "
     "least as much as in 100ms"},
    {"span_ms = 1000,", "span_ms = 100,",
     "strategy[0].limits.windows[1].span_ms: found 100, expected more than the row before it has, "
     "100ms"},
    {"span_ms = 1000,", "span_ms = 99,",
     "strategy[0].limits.windows[1].span_ms: found 99, expected more than the row before it has, "
     "100ms"},
    {"span_ms = 60000,", "span_ms = 86400001,",
     "instrument[0].limits.windows[0].span_ms: found the integer 86400001, expected an integer "
     "from 1 to 86400000"},
    {" fills_max = 10000,", "",
     "instrument[0].limits.windows[0].fills_max: missing, expected an integer from 1 to 1048575"},
    {"orders_max = 2500,", "orders_max = 1048576,",
     "instrument[0].limits.windows[0].orders_max: found the integer 1048576, expected an integer "
     "from 1 to 1048575"},
    {"approval_lifetime_ms_max = 50", "approval_lifetime_ms_max = 501",
     "risk.firm.approval_lifetime_ms_max: found 501, expected at most venue.recv_window_ms (500)"},
    {"messages_max = 8,", "messages_max = -8,",
     "strategy[0].limits.windows[0].messages_max: found the integer -8, expected an integer from 1 "
     "to 1048575"},
    // Names.
    {"base = \"BTC\"", "base = \"BTX\"",
     "instrument[0].base: found \"BTX\", expected the name of an [[asset]]"},
    {"quote = \"USDT\"", "quote = \"BTC\"",
     "instrument[0].quote: found the text \"BTC\", expected another asset than base"},
    {"instrument = \"BTCUSDT\"", "instrument = \"ETHUSDT\"",
     "strategy[0].instrument: found \"ETHUSDT\", expected the symbol of an [[instrument]]"},
    {"instruments = [\"BTCUSDT\"]", "instruments = [\"BTCUSDT\", \"ETHUSDT\"]",
     "strategy[0].limits.instruments: found \"ETHUSDT\", expected symbols of [[instrument]]"},
    {"currency = \"USDT\"", "currency = \"USD\"",
     "risk.currency: found \"USD\", expected the name of an [[asset]]"},
    {"name = \"BNB\"", "name = \"BTC\"",
     "asset[2].name: found the text \"BTC\", expected a name that no asset before it has"},
    {"name = \"BNB\"", "name = \"B NB\"",
     "asset[2].name: found the text \"B NB\", expected a name as the venue writes it: at most 32 "
     "bytes, no spaces, quotes, "
     "backslashes, & or ="},
    {"mark_risk_currency = \"500\"", "mark_risk_currency = \"500.0000001\"",
     "asset[2].mark_risk_currency: found the text \"500.0000001\", expected no more than six "
     "decimals"},
    // Engine and venue.
    {"placement = \"pipeline\"", "placement = \"fast\"",
     "engine.placement: found the text \"fast\", expected one of \"pipeline\" \"fused\""},
    {"timer_ms = 10", "timer_ms = 0",
     "engine.timer_ms: found the integer 0, expected an integer from 1 to 1000"},
    {"cpu_core = -1", "cpu_core = -2",
     "engine.cpu_core: found the integer -2, expected an integer from -1 to 1023"},
    {"lock_memory = false", "lock_memory = 1",
     "engine.lock_memory: found the integer 1, expected true or false"},
    {"huge_pages = false", "huge_pages = \"yes\"",
     "engine.huge_pages: found the text \"yes\", expected true or false"},
    {"latency_sample_every = 16", "latency_sample_every = -1",
     "engine.latency_sample_every: found the integer -1, expected an integer from 0 to 1000000"},
    {"latency_sample_every = 16", "latency_sample_every = 1000001",
     "engine.latency_sample_every: found the integer 1000001, expected an integer from 0 to "
     "1000000"},
    {"latency_sample_every = 16", "latency_sample_every = \"16\"",
     "engine.latency_sample_every: found the text \"16\", expected an integer from 0 to 1000000"},
    {"busy_poll_us = 0", "busy_poll_us = 1001",
     "engine.busy_poll_us: found the integer 1001, expected an integer from 0 to 1000"},
    {"timer_slack_ns = 50000", "timer_slack_ns = 0",
     "engine.timer_slack_ns: found the integer 0, expected an integer from 1 to 50000"},
    {"timer_slack_ns = 50000", "timer_slack_ns = 50001",
     "engine.timer_slack_ns: found the integer 50001, expected an integer from 1 to 50000"},
    {"isolated_cpus = false", "isolated_cpus = true",
     "engine.isolated_cpus: found true, expected false, or cpu_feed, cpu_core and cpu_orders of 0 "
     "or more: there is nothing to hold isolated"},
    {"name = \"binance\"", "name = \"binanse\"",
     "venue.name: found the text \"binanse\", expected \"binance\", the one venue that is built "
     "in"},
    {"path = \"/stream\"", "path = \"stream\"",
     "venue.market_data.path: found the text \"stream\", expected a path that begins with /"},
    {"port = 9443", "port = 65536",
     "venue.market_data.port: found the integer 65536, expected an integer from 1 to 65535"},
    {"recv_window_ms = 1000", "recv_window_ms = 1001",
     "venue.recv_window_ms: found the integer 1001, expected an integer from 1 to 1000"},
    {"E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=", "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=",
     "venue.pins: found the array of \"d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=\", "
     "\"d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=\", expected two different pins, one of them a "
     "backup"},
    {"E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=", "E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1h=",
     "venue.pins: found \"E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1h=\", expected base64 of the "
     "32 bytes of a SHA-256"},
    {"transport = \"native\"", "transport = \"beast\"",
     "engine.transport: found the text \"beast\", expected one of \"native\" \"websocketpp\""},
    {"snapshots = \"rest\"", "snapshots = \"ftp\"",
     "venue.snapshots: found the text \"ftp\", expected one of \"rest\" \"websocket_api\""},
    {"snapshots = \"rest\"", "snapshots = \"websocket_api\"",
     "venue.rest: unknown key, expected none of this name here"},
    {"feed_ping_ms = 1000", "feed_ping_s = 1",
     "venue.feed_ping_ms: missing, expected an integer from 250 to 60000"},
    {"feed_ping_ms = 1000", "feed_ping_ms = 249",
     "venue.feed_ping_ms: found the integer 249, expected an integer from 250 to 60000"},
    {"feed_silence_ms = 3000", "feed_silence_ms = 1000",
     "venue.feed_silence_ms: found the integer 1000, expected more than feed_ping_ms (1000), the "
     "pings that prove a quiet feed alive"},
    {"feed_silence_ms_max = 3000", "feed_silence_ms_max = 1000",
     "instrument[0].limits.feed_silence_ms_max: found the integer 1000, expected more than "
     "venue.feed_ping_ms (1000), the pings that prove a quiet feed alive"},
    {"rate_share_percent = 90", "rate_share_percent = 0",
     "venue.rate_share_percent: found the integer 0, expected an integer from 1 to 100"},
    {"rate_share_percent = 90", "rate_share_percent = 4",
     "venue.rate_share_percent: found the integer 4, expected at least 5: less has no room for one "
     "order and one depth snapshot (the part of the snapshots: rate budget: share_permille 8 "
     "leaves "
     "nothing of a limit of 100)"},
    // Who may raise risk.
    {"delay_s = 300 ", "delay_s = 59 ",
     "operators.delay_s: found the integer 59, expected an integer from 60 to 86400"},
    {"expire_s = 3600 ", "expire_s = 300 ",
     "operators.expire_s: found the integer 300, expected more than delay_s: it would expire "
     "before it is due"},
    // What belongs to nobody.
    {"[risk]\n", "[risk]\nlimit_off = true\n",
     "risk.limit_off: unknown key, expected none of this name here"},
};

TEST(Config, EachMistakeIsToldWithItsLine) {
    for (const Mistake& mistake : mistakes) {
        std::string text = with(example_text(), mistake.from, mistake.to);
        if (std::string_view(mistake.to) == "approval_lifetime_ms_max = 501") {
            text = with(text, "recv_window_ms = 1000", "recv_window_ms = 500");
        }
        const auto problems = problems_of(text);
        EXPECT_THAT(problems, Contains(testing::MatchesRegex("c\\.toml:[0-9]+: .*"))) << mistake.to;
        EXPECT_THAT(problems, Contains(EndsWith(std::string(": ") + mistake.problem)))
            << mistake.to;
        const bool renamed = std::string_view(mistake.to) == "feed_ping_s = 1";
        const bool tells_its_users = std::string_view(mistake.from) == "name = \"BNB\"";
        EXPECT_LE(problems.size(), renamed || tells_its_users ? 2U : 1U)
            << testing::PrintToString(problems);
    }
}

TEST(Config, EveryShareThatIsTakenHasRoomForAnOrderAndASnapshot) {
    for (const Snapshots how : {Snapshots::rest, Snapshots::websocket_api}) {
        VenueSettings venue;
        venue.snapshots = how;
        const std::uint32_t lowest = how == Snapshots::rest ? 5 : 3;
        for (venue.rate_share_percent = 1; venue.rate_share_percent <= 100;
             ++venue.rate_share_percent) {
            auto budgets = make_budgets(venue);
            ASSERT_EQ(budgets.ok(), venue.rate_share_percent >= lowest) << venue.rate_share_percent;
            if (budgets) {
                EXPECT_EQ(budgets.value().snapshots.has_value(), how == Snapshots::rest);
                EXPECT_TRUE(budgets.value().orders.has_room(gateways::RequestKind::order, {1, 1},
                                                            engine::WallNs{1}));
            }
        }
    }
}

// Several processes on one address have fixed shares: what the parts of one may do together is its
// share of each limit, and no more.
TEST(Config, ThePartsOfAShareNeverSumToMoreThanIt) {
    const gateways::RateLimit documented[] = {
        {gateways::RateKind::request_weight, engine::milliseconds(60'000), 6000},
        {gateways::RateKind::raw_requests, engine::milliseconds(300'000), 300'000},
        {gateways::RateKind::orders, engine::milliseconds(10'000), 100},
        {gateways::RateKind::orders, engine::milliseconds(86'400'000), 200'000},
        {gateways::RateKind::connections, engine::milliseconds(300'000), 300},
    };
    for (const Snapshots how : {Snapshots::rest, Snapshots::websocket_api}) {
        VenueSettings venue;
        venue.snapshots = how;
        for (venue.rate_share_percent = 5; venue.rate_share_percent <= 100;
             ++venue.rate_share_percent) {
            SCOPED_TRACE(venue.rate_share_percent);
            const auto budgets = make_budgets(venue);
            ASSERT_TRUE(budgets.ok());
            for (const gateways::RateLimit& limit : documented) {
                SCOPED_TRACE(limit.limit);
                const bool connections = limit.kind == gateways::RateKind::connections;
                const std::uint64_t orders =
                    budgets.value().orders.part(limit.kind, limit.interval);
                const std::uint64_t snapshots =
                    budgets.value().snapshots
                        ? budgets.value().snapshots->part(limit.kind, limit.interval)
                        : 0;
                const std::uint64_t feed = connections ? budgets.value().feed_connections : 0;
                const std::uint64_t share =
                    std::uint64_t{limit.limit} * venue.rate_share_percent / 100;
                EXPECT_LE(orders + snapshots + feed, share);
                EXPECT_GE(orders + snapshots + feed + 1, share) << "and nothing is given away";
                EXPECT_GE(orders, connections ? 4U : 1U) << "two sessions and their successors";
                EXPECT_GE(feed, connections ? 2U : 0U);
            }
        }
    }
}

TEST(Config, EachCauseForWhichAShareIsTooSmallIsToldApart) {
    VenueSettings venue;
    const auto cause = [&venue](Snapshots how, std::uint32_t percent) {
        venue.snapshots = how;
        venue.rate_share_percent = percent;
        const auto budgets = make_budgets(venue);
        return budgets ? std::string("none") : budgets.error();
    };
    EXPECT_THAT(cause(Snapshots::rest, 1), testing::StartsWith("the part of the orders: "));
    EXPECT_THAT(cause(Snapshots::rest, 4), testing::StartsWith("the part of the snapshots: "));
    EXPECT_THAT(cause(Snapshots::websocket_api, 2),
                testing::StartsWith("no room for one depth snapshot (weight "));
    EXPECT_EQ(cause(Snapshots::rest, 5), "none");
}

TEST(Config, WhereSnapshotsComeOverTheWebSocketApiNobodyNeedsRest) {
    std::string text =
        with(example_text(), "snapshots = \"rest\"", "snapshots = \"websocket_api\"");
    const std::size_t at = text.find("\n[venue.rest]");
    text.erase(at, text.find("[[asset]]") - at);
    EXPECT_THAT(problems_of(text), IsEmpty());
    EXPECT_EQ(read_config(text, "c.toml").config->venue.snapshots, Snapshots::websocket_api);
    EXPECT_THAT(problems_of(with(text, "snapshots = \"websocket_api\"", "snapshots = \"rest\"")),
                Contains(HasSubstr("venue.rest: missing")));
}

TEST(Config, OnlyWhereAllOfTheVenueIsOnThisMachineMayADelayBeNoneAndOperatorsBeMissing) {
    std::string text = with(example_text(), "delay_s = 300 ", "delay_s = 0 ");
    for (const char* address : {"203.0.113.7", "203.0.113.8"}) {
        text = with(text, address, "127.0.0.1");
        EXPECT_THAT(problems_of(text), Contains(HasSubstr("operators.delay_s"))) << address;
    }
    text = with(text, "203.0.113.9", "127.255.0.1");
    EXPECT_THAT(problems_of(text), IsEmpty());
    // A name is not an address because it begins like one.
    EXPECT_THAT(problems_of(with(text, "address = \"127.255.0.1\"", "address = \"128.0.0.1\"")),
                Contains(HasSubstr("operators.delay_s")));
    const std::size_t at = text.find("[operators]");
    text.erase(at, text.find("[[asset]]") - at);
    const auto here = read_config(text, "c.toml").config;
    ASSERT_TRUE(here.has_value());
    EXPECT_EQ(operators_missing(*here), "");
    EXPECT_THAT(one_person_note(*here), HasSubstr("one person clears a kill"));
    const auto elsewhere = read_config(with(text, "127.0.0.1", "192.0.2.1"), "c.toml").config;
    ASSERT_TRUE(elsewhere.has_value()) << "an earlier run's is replayed";
    EXPECT_THAT(operators_missing(*elsewhere), HasSubstr("c.toml: operators: missing, expected"));
    EXPECT_EQ(one_person_note(*elsewhere), "");
}

TEST(Config, AStrategyWhoseOwnInstrumentIsOutsideItsUniverseIsAMistake) {
    std::string text = example_text();
    text = with(text, "[[strategy]]",
                "[[instrument]]\nsymbol = \"BNBUSDT\"\nbase = \"BNB\"\nquote = \"USDT\"\n"
                "[instrument.limits]\norder_qty_base_max = \"1\"\n"
                "order_notional_risk_currency_max = \"1\"\ncollar_bps_max = 1\n"
                "position_base_max = \"1\"\nquote_age_ms_max = 1\nfeed_silence_ms_max = 1001\n"
                "orders_open_max = 1\norder_notional_kill_risk_currency_max = \"1\"\n"
                "drift_bps_60s_max = 1\nfills_side_10s_max = 1\n"
                "windows = [{ span_ms = 1, messages_max = 1, orders_max = 1, "
                "submitted_risk_currency_max = \"1\", fills_max = 1, filled_risk_currency_max = "
                "\"1\" }]\n[[strategy]]");
    EXPECT_THAT(problems_of(text), IsEmpty());
    EXPECT_THAT(
        problems_of(with(text, "instruments = [\"BTCUSDT\"]", "instruments = [\"BNBUSDT\"]")),
        ElementsAre(EndsWith("strategy[0].limits.instruments: found the array of \"BNBUSDT\", "
                             "expected the strategy's own instrument \"BTCUSDT\" among them")));
}

TEST(Config, AnEmptyFileNamesEveryKeyThatIsRequired) {
    const auto problems = problems_of("");
    EXPECT_GT(problems.size(), 30U);
    for (const char* key : {"engine.state_dir", "venue.rest.port", "asset", "instrument",
                            "strategy", "risk.currency", "risk.firm.orders_open_max"}) {
        EXPECT_THAT(problems, Contains(HasSubstr(std::string("c.toml:1: ") + key + ": missing")));
    }
}

TEST(Config, MoreRowsThanTheEngineHasRoomForAreAMistakeAndNoAccident) {
    std::string text = example_text();
    const std::size_t at = text.find("[[instrument]]");
    const std::size_t end = text.find("[[strategy]]");
    const std::string instrument = text.substr(at, end - at);
    std::string more;
    for (std::size_t i = 0; i < engine::capacity::session_instruments; ++i) {
        more += with(instrument, "\"BTCUSDT\"", "\"X" + std::to_string(i) + "\"");
    }
    EXPECT_THAT(
        problems_of(text.insert(end, more)),
        ElementsAre(EndsWith(" instrument: found 65, expected at most 64, which is what the "
                             "engine has room for")));

    text = example_text();
    const std::size_t from = text.find("[[strategy]]");
    const std::string strategy = text.substr(from, text.find("[risk]") - from);
    more.clear();
    const std::size_t rows = [&strategy] {
        std::size_t count = 0;
        for (std::size_t p = strategy.find("[[strategy]]"); p != std::string::npos;
             p = strategy.find("[[strategy]]", p + 1)) {
            ++count;
        }
        return count;
    }();
    std::size_t all = rows;
    for (std::size_t i = 0; all <= engine::capacity::strategies; ++i) {
        more += with(strategy.substr(0, strategy.find("[[strategy]]", 1)), "name = \"",
                     "name = \"more " + std::to_string(i) + " ");
        ++all;
    }
    EXPECT_THAT(
        problems_of(text.insert(from, more)),
        ElementsAre(EndsWith(" strategy: found 193, expected at most 192, which is what the "
                             "engine has room for")));
}

TEST(Config, MoreOpenOrdersThanOneAnswerOfTheVenueListsAreAMistake) {
    const std::string text = example_text();
    const std::size_t firm = text.find("[risk.firm]");
    const std::size_t at = text.find("orders_open_max = ", firm);
    const std::size_t end = text.find_first_of(" \n", at + 18);
    const auto of = [&](const char* orders) {
        return text.substr(0, at) + "orders_open_max = " + orders + text.substr(end);
    };
    EXPECT_THAT(problems_of(of("1600")), testing::IsEmpty());
    EXPECT_THAT(
        problems_of(of("1601")),
        ElementsAre(EndsWith("risk.firm.orders_open_max: found 1601, expected at most 1600, "
                             "which is what one answer of the venue can list")));
}

TEST(Config, TheStateDirectoryLeavesRoomForTheConsoleSocketsName) {
    const std::string fits = "/" + std::string(93, 'd');
    EXPECT_THAT(problems_of(with(example_text(), "/var/lib/portcullis", fits)), IsEmpty());
    EXPECT_THAT(
        problems_of(with(example_text(), "/var/lib/portcullis", fits + "d")),
        ElementsAre(EndsWith("d\"..., expected at most 94 bytes: the path of a Unix socket has "
                             "no more room")));
}

TEST(Config, LimitsArriveInTheEnginesUnits) {
    const AppConfig config = test::example_config();
    const risk::InstrumentLimits& limits = config.limits.instrument[0];
    EXPECT_EQ(limits.order_qty_atoms_max, 5'000'000);
    EXPECT_EQ(limits.order_notional_micro_max, 5'000'000'000);
    EXPECT_EQ(limits.collar_bps_max, 25);
    EXPECT_EQ(limits.quote_age_ns_max, 3'000'000'000);
    EXPECT_EQ(config.limits.firm.approval_lifetime_ns_max, 50'000'000);
    EXPECT_EQ(config.limits.firm.gross_exposure_micro_max, 50'000'000'000);
    EXPECT_EQ(config.limits.strategy[0].instruments, engine::InstrumentSet::of_bits(1));
    EXPECT_EQ(config.assets[2].mark_micro, 500'000'000);
    EXPECT_EQ(config.assets[0].baseline.value, 1'000'000'000);
    EXPECT_EQ(config.venue.recv_window.value, 1'000'000'000);
}

}  // namespace
}  // namespace portcullis::tools
