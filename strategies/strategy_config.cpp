// Reading of [[strategy]] sections.
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {
namespace {

using engine::ConfigReader;
using engine::ConfigSection;

constexpr double bps_max = 5000.0;

std::int64_t positive_decimal(ConfigReader& reader, ConfigSection& section, const char* key) {
    const std::int64_t atoms = section.decimal(key);
    if (section.has(key) && atoms == 0) {
        reader.expect(section, key, "more than zero");
    }
    return atoms;
}

QuoteManagerConfig read_quoting(ConfigReader& reader, ConfigSection section) {
    QuoteManagerConfig config;
    config.reprice_ticks_min = section.integer("reprice_ticks_min", 1, 1'000'000);
    config.resize_percent_min = section.integer("resize_percent_min", 1, 100);
    config.requests_per_s_max = section.integer("requests_per_s_max", 1, 1'000);
    config.back_off_min = section.duration("back_off_min_ms", 1, 60'000);
    config.back_off_max = section.duration("back_off_max_ms", 1, 600'000);
    if (config.back_off_max < config.back_off_min) {
        reader.expect(section, "back_off_max_ms", "at least back_off_min_ms");
    }
    return config;
}

LadderConfig read_ladder(ConfigReader& reader, ConfigSection section) {
    LadderConfig config;
    config.levels =
        section.integer("levels", 1, static_cast<std::int64_t>(engine::capacity::quotes_per_side));
    config.half_spread_bps = section.number("half_spread_bps", 0.0, bps_max);
    config.step_bps = section.number("step_bps", 0.0, bps_max);
    config.qty_base_atoms = positive_decimal(reader, section, "qty_base");
    config.skew_bps = section.number("skew_bps", 0.0, bps_max);
    config.inventory_base_atoms = positive_decimal(reader, section, "inventory_base");
    return config;
}

/// `whole` must hold at least `times` of `part`.
void expect_at_least(ConfigReader& reader, ConfigSection& section, const char* key,
                     engine::DurationNs whole, engine::DurationNs part, std::int64_t times,
                     const std::string& what) {
    if (section.has(key) && whole.value / times < part.value) {
        reader.expect(section, key, "at least " + what);
    }
}

AvellanedaStoikovConfig read_avellaneda_stoikov(ConfigReader& reader, ConfigSection section) {
    AvellanedaStoikovConfig config;
    config.risk_aversion_per_quote = section.number("risk_aversion_per_quote", 1e-9, 1e6);
    config.qty_base_atoms = positive_decimal(reader, section, "qty_base");
    config.inventory_base_atoms = positive_decimal(reader, section, "inventory_base");
    config.half_spread_bps_min = section.number("half_spread_bps_min", 0.0, bps_max);
    config.half_spread_bps_max = section.number("half_spread_bps_max", 0.0, bps_max);
    if (config.half_spread_bps_max < config.half_spread_bps_min) {
        reader.expect(section, "half_spread_bps_max", "at least half_spread_bps_min");
    }
    config.volatility_sample = section.duration("volatility_sample_ms", 10, 600'000);
    config.volatility_time_constant = section.duration("volatility_time_constant_s", 1, 86'400);
    expect_at_least(reader, section, "volatility_time_constant_s", config.volatility_time_constant,
                    config.volatility_sample, 10, "ten times volatility_sample_ms");
    config.intensity_window = section.duration("intensity_window_ms", 10, 600'000);
    config.intensity_step_bps = section.number("intensity_step_bps", 0.001, 1000.0);
    config.intensity_time_constant = section.duration("intensity_time_constant_s", 1, 86'400);
    expect_at_least(reader, section, "intensity_time_constant_s", config.intensity_time_constant,
                    config.intensity_window, 10, "ten times intensity_window_ms");
    config.warm_up = section.duration("warm_up_s", 1, 86'400);
    return config;
}

MicroPriceConfig read_micro_price(ConfigSection section) {
    return {section.integer("moves_memory", 10, 1'000'000)};
}

}  // namespace

StrategyConfig read_strategy(ConfigReader& reader, ConfigSection& section) {
    StrategyConfig config;
    config.name = section.text("name");
    config.kind =
        static_cast<StrategyKind>(section.choice("kind", {"ladder", "avellaneda_stoikov"}));
    config.fair_value = static_cast<FairValueKind>(
        section.choice("fair_value", {"weighted_mid", "micro_price", "mid"}));
    if (config.fair_value == FairValueKind::micro_price) {
        config.micro_price = read_micro_price(section.table("micro_price"));
    }
    config.quoting = read_quoting(reader, section.table("quoting"));
    switch (config.kind) {
        case StrategyKind::ladder:
            config.ladder = read_ladder(reader, section.table("ladder"));
            break;
        case StrategyKind::avellaneda_stoikov:
            config.avellaneda_stoikov =
                read_avellaneda_stoikov(reader, section.table("avellaneda_stoikov"));
            break;
    }
    return config;
}

}  // namespace portcullis::strategies
