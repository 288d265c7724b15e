// FlowParameters: what makes one synthetic coin differ from another, as the fit writes them.
//
// Distributions are tables of quantiles measured on a recording and not formulas: nothing has to be
// believed about their shape. Units: ticks, lots, microseconds; rates per hour, because a thin coin
// has fewer than one event a minute. A preset is such a file that is built into the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"
#include "tools/venue/synthetic/random.hpp"

namespace portcullis::tools::venue {

/// Makers away from the touch: prices 2^k to 2^(k+1) ticks behind it, for the k-th band.
struct FlowBand {
    std::int64_t orders_e3{};      ///< standing orders, of one side, thousandths
    std::int64_t adds_per_hour{};  ///< of one side
    Quantiles qty_lots;
};

struct FlowParameters {
    std::string filters_json;  ///< the symbol, as a recording's sidecar has it
    Symbol symbol;             ///< read from it
    std::int64_t price_start_ticks{};
    // the reference that makers quote around
    std::int64_t jumps_per_hour{};
    std::int64_t jump_reversal_e4{};  ///< a jump goes against the one before
    Quantiles jump_half_ticks;
    Quantiles spread_ticks;
    // the touch
    std::int64_t touch_updates_per_hour{};  ///< of one side
    Quantiles touch_lots;                   ///< all that is shown there
    Quantiles maker_lots;                   ///< of one of its orders
    std::vector<FlowBand> bands;
    // takers
    Quantiles taker_wait_us;
    Quantiles taker_lots;
    std::int64_t taker_same_side_e4{};  ///< a taker goes the way of the one before
    std::int64_t momentum_e4{};         ///< else, that it goes the way of the last jump
};

/// `name` stands before every error.
[[nodiscard]] engine::Result<FlowParameters> parse_parameters(const std::string& name,
                                                              std::string_view text);
/// A preset's name, or the path of a file.
[[nodiscard]] engine::Result<FlowParameters> load_parameters(const std::string& preset);
/// The file that parse_parameters() reads; `comment` is its first lines.
[[nodiscard]] std::string parameters_text(const FlowParameters& parameters,
                                          const std::string& comment);
/// "btc-like, thin, wide"
[[nodiscard]] std::string preset_names();

}  // namespace portcullis::tools::venue
