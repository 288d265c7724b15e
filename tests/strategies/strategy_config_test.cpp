// A [[strategy]] section: read whole, and every wrong, missing or unknown key told with its line.
#include "strategies/strategy_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

using engine::ConfigReader;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string maker_text = R"([[strategy]]
name = "maker"
kind = "avellaneda_stoikov"
fair_value = "micro_price"
[strategy.micro_price]
moves_memory = 2000
[strategy.quoting]
reprice_ticks_min = 20
resize_percent_min = 50
requests_per_s_max = 20
back_off_min_ms = 100
back_off_max_ms = 2000
[strategy.avellaneda_stoikov]
risk_aversion_per_quote = 0.25
qty_base = "0.004"
inventory_base = "0.04"
half_spread_bps_min = 0.1
half_spread_bps_max = 20
volatility_sample_ms = 500
volatility_time_constant_s = 60
intensity_window_ms = 250
intensity_step_bps = 0.2
intensity_time_constant_s = 120
warm_up_s = 15
)";

const std::string ladder_text = R"([[strategy]]
name = "ladder"
kind = "ladder"
fair_value = "mid"
[strategy.quoting]
reprice_ticks_min = 1
resize_percent_min = 1
requests_per_s_max = 1
back_off_min_ms = 1
back_off_max_ms = 1
[strategy.ladder]
levels = 16
half_spread_bps = 0.5
step_bps = 0.25
qty_base = "0.00000001"
skew_bps = 0
inventory_base = "1"
)";

struct Read {
    StrategyConfig config;
    std::vector<std::string> problems;
};

Read read(const std::string& text) {
    auto reader = ConfigReader::parse(text, "t.toml");
    EXPECT_TRUE(reader.ok());
    auto sections = reader.value().root().tables("strategy", 1);
    Read result;
    result.config = read_strategy(reader.value(), sections.at(0));
    reader.value().finish();
    result.problems = reader.value().problems();
    return result;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(StrategyConfigSection, IsReadWhole) {
    const Read maker = read(maker_text);
    EXPECT_THAT(maker.problems, ElementsAre());
    EXPECT_EQ(maker.config.kind, StrategyKind::avellaneda_stoikov);
    EXPECT_EQ(maker.config.fair_value, FairValueKind::micro_price);
    EXPECT_EQ(maker.config.micro_price.moves_memory, 2000);
    EXPECT_EQ(maker.config.quoting.requests_per_s_max, 20);
    const AvellanedaStoikovConfig& as = maker.config.avellaneda_stoikov;
    EXPECT_EQ(as.risk_aversion_per_quote, 0.25);
    EXPECT_EQ(as.qty_base_atoms, 400'000);
    EXPECT_EQ(as.inventory_base_atoms, 4'000'000);
    EXPECT_EQ(as.half_spread_bps_min, 0.1);
    EXPECT_EQ(as.half_spread_bps_max, 20.0);
    EXPECT_EQ(as.volatility_sample, milliseconds(500));
    EXPECT_EQ(as.volatility_time_constant, milliseconds(60'000));
    EXPECT_EQ(as.intensity_window, milliseconds(250));
    EXPECT_EQ(as.intensity_step_bps, 0.2);
    EXPECT_EQ(as.intensity_time_constant, milliseconds(120'000));
    EXPECT_EQ(as.warm_up, milliseconds(15'000));

    const Read ladder = read(ladder_text);
    EXPECT_THAT(ladder.problems, ElementsAre());
    EXPECT_EQ(ladder.config.kind, StrategyKind::ladder);
    EXPECT_EQ(ladder.config.fair_value, FairValueKind::mid);
    EXPECT_EQ(ladder.config.ladder.levels, 16);
    EXPECT_EQ(ladder.config.ladder.qty_base_atoms, 1);
}

TEST(StrategyConfigSection, EachKeyIsRequired) {
    for (const std::string& text : {maker_text, ladder_text}) {
        std::size_t begin = 0;
        int line = 0;
        int keys = 0;
        while (begin < text.size()) {
            const std::size_t end = text.find('\n', begin) + 1;
            const std::string one = text.substr(begin, end - begin);
            begin = end;
            ++line;
            const auto equals = one.find(" = ");
            if (equals == std::string::npos) {
                continue;
            }
            ++keys;
            const Read missing = read(with(text, one, ""));
            ASSERT_FALSE(missing.problems.empty()) << one;
            const std::string key = one.substr(0, equals) + ": missing, expected";
            EXPECT_THAT(missing.problems, testing::Contains(HasSubstr(key)));
        }
        EXPECT_GT(keys, 10);
    }
}

TEST(StrategyConfigSection, AWrongValueIsToldWithLineFoundAndExpected) {
    struct Row {
        std::string from, to, said;
    };
    const Row rows[]{
        {"kind = \"avellaneda_stoikov\"", "kind = \"as\"",
         "t.toml:3: strategy[0].kind: found the text \"as\", expected one of \"ladder\" "
         "\"avellaneda_stoikov\""},
        {"\"micro_price\"", "\"microprice\"", "t.toml:4: strategy[0].fair_value"},
        {"moves_memory = 2000", "moves_memory = 9", "t.toml:6: strategy[0].micro_price.moves_mem"},
        {"risk_aversion_per_quote = 0.25", "risk_aversion_per_quote = 0",
         "t.toml:14: strategy[0].avellaneda_stoikov.risk_aversion_per_quote"},
        {"risk_aversion_per_quote = 0.25", "risk_aversion_per_quote = nan", "t.toml:14: "},
        {"risk_aversion_per_quote = 0.25", "risk_aversion_per_quote = inf", "t.toml:14: "},
        {"qty_base = \"0.004\"", "qty_base = \"0\"", "t.toml:15: "},
        {"qty_base = \"0.004\"", "qty_base = 0.004", "t.toml:15: "},
        {"inventory_base = \"0.04\"", "inventory_base = \"-1\"", "t.toml:16: "},
        {"half_spread_bps_max = 20", "half_spread_bps_max = 0.05",
         "t.toml:18: strategy[0].avellaneda_stoikov.half_spread_bps_max: found the float 0.05, "
         "expected at least half_spread_bps_min"},
        {"volatility_sample_ms = 500", "volatility_sample_ms = 9", "t.toml:19: "},
        {"volatility_time_constant_s = 60", "volatility_time_constant_s = 4",
         "expected at least ten times volatility_sample_ms"},
        {"intensity_window_ms = 250", "intensity_window_ms = 12001",
         "expected at least ten times intensity_window_ms"},
        {"intensity_step_bps = 0.2", "intensity_step_bps = 0", "t.toml:22: "},
        {"warm_up_s = 15", "warm_up_s = 0", "t.toml:24: "},
        {"warm_up_s = 15", "warm_up_s = 15\nwarm_up_ms = 1", "t.toml:25: strategy[0].avell"},
        {"requests_per_s_max = 20", "requests_per_s_max = 1001", "t.toml:10: "},
        {"back_off_max_ms = 2000", "back_off_max_ms = 99", "t.toml:12: "},
    };
    for (const Row& row : rows) {
        const auto problems = read(with(maker_text, row.from, row.to)).problems;
        EXPECT_THAT(problems, testing::Contains(HasSubstr(row.said))) << row.to;
        EXPECT_THAT(
            problems,
            testing::Each(testing::ContainsRegex(": (found .+|missing|unknown key), expected .+$")))
            << row.to;
    }
}

TEST(StrategyConfigSection, AnotherKindsTableIsAnUnknownKey) {
    EXPECT_THAT(read(with(ladder_text, "fair_value = \"mid\"",
                          "fair_value = \"mid\"\n[strategy.micro_price]\nmoves_memory = 50"))
                    .problems,
                ElementsAre(HasSubstr("micro_price: unknown key")));
}

}  // namespace
}  // namespace portcullis::strategies::tests
