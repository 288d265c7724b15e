// StrategyConfig: what a [[strategy]] section says, with every key checked.
//
// Parameters are what a quant sets; they are numbers of a formula (double) or ticks and lots. Money
// limits are not here: they are the gate's (risk/limits.hpp), and no strategy can see them.
// Cold code: read once at start.
#pragma once

#include <cstdint>
#include <string>

#include "engine/config/config_reader.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::strategies {

enum class StrategyKind : std::uint8_t { ladder = 0, avellaneda_stoikov = 1 };
enum class FairValueKind : std::uint8_t { weighted_mid = 0, micro_price = 1, mid = 2 };

/// How desired quotes become requests (quote_manager.hpp).
struct QuoteManagerConfig {
    std::int64_t reprice_ticks_min{};   ///< a quote closer to its wish than this stays (hysteresis)
    std::int64_t resize_percent_min{};  ///< a quote with at least this share of its wish stays
    std::int64_t requests_per_s_max{};  ///< new, replace, in any second; cancels are not counted
    engine::DurationNs back_off_min{};  ///< after a refusal, doubled each time...
    engine::DurationNs back_off_max{};  ///< ...up to this
};

/// Levels around a fair value, moved against the inventory (ladder.hpp).
struct LadderConfig {
    std::int64_t levels{};
    double half_spread_bps{};             ///< of the first level from the fair value
    double step_bps{};                    ///< between two levels
    std::int64_t qty_base_atoms{};        ///< of each level
    double skew_bps{};                    ///< shift of the fair value at full inventory
    std::int64_t inventory_base_atoms{};  ///< what "full" means
};

/// Reservation price and optimal spread (avellaneda_stoikov.hpp), from estimates of the stream
/// (estimators.hpp).
struct AvellanedaStoikovConfig {
    double risk_aversion_per_quote{};     ///< gamma, in 1 / quote unit
    std::int64_t qty_base_atoms{};        ///< of each quote
    std::int64_t inventory_base_atoms{};  ///< at it one side only is quoted
    double half_spread_bps_min{};         ///< bounds of the optimal half spread
    double half_spread_bps_max{};
    engine::DurationNs volatility_sample{};
    engine::DurationNs volatility_time_constant{};
    engine::DurationNs intensity_window{};
    double intensity_step_bps{};  ///< eight distances, this far apart
    engine::DurationNs intensity_time_constant{};
    engine::DurationNs warm_up{};  ///< nothing is quoted before both have seen so much
};

/// What the micro-price learns from (micro_price.hpp).
struct MicroPriceConfig {
    std::int64_t moves_memory{};  ///< moves of the mid that a state remembers
};

struct StrategyConfig {
    std::string name;
    engine::InstrumentId instrument{engine::no_instrument};
    StrategyKind kind{StrategyKind::ladder};
    FairValueKind fair_value{FairValueKind::weighted_mid};
    QuoteManagerConfig quoting{};
    LadderConfig ladder{};
    AvellanedaStoikovConfig avellaneda_stoikov{};
    MicroPriceConfig micro_price{};
};

/// Reads one section, but for `instrument` (a name, which only the whole config can resolve) and
/// `limits`.
[[nodiscard]] StrategyConfig read_strategy(engine::ConfigReader& reader,
                                           engine::ConfigSection& section);

}  // namespace portcullis::strategies
