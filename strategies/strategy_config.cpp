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
        reader.problem(section, key, "expected more than zero");
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
        reader.problem(section, "back_off_max_ms", "expected at least back_off_min_ms");
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

}  // namespace

StrategyConfig read_strategy(ConfigReader& reader, ConfigSection& section) {
    StrategyConfig config;
    config.name = section.text("name");
    config.kind = static_cast<StrategyKind>(section.choice("kind", {"ladder"}));
    config.fair_value = static_cast<FairValueKind>(section.choice("fair_value", {"weighted_mid"}));
    config.quoting = read_quoting(reader, section.table("quoting"));
    switch (config.kind) {
        case StrategyKind::ladder:
            config.ladder = read_ladder(reader, section.table("ladder"));
            break;
    }
    return config;
}

}  // namespace portcullis::strategies
