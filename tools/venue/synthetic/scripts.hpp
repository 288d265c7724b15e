// Scripts: what happens to a market beside its ordinary life, as phases with times.
//
// A phase bends the flow's parameters while it lasts and leaves no trace in them; at its edges who
// is on the way waits anew, for on a thin coin the next taker of before may be minutes away. Times
// count from the start of the market, so that a seed with a script is one day too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::tools::venue {

struct ScriptPhase {
    std::int64_t from_ms{};
    std::int64_t to_ms{};
    std::int64_t drift_e6_per_s{};     ///< of the reference price, millionths a second
    std::int64_t takers_percent{100};  ///< how many come
    std::int64_t taker_size_percent{100};
    std::int64_t taker_sell_e4{-1};      ///< probability that one sells; -1: as ever
    std::int64_t makers_percent{100};    ///< new orders away from the touch
    std::int64_t patience_percent{100};  ///< how long those orders live
    std::int64_t touch_percent{100};     ///< what is shown at the touch
    std::int64_t spread_percent{100};
    std::int64_t jumps_percent{100};  ///< how often the reference moves
    std::int64_t takers_per_s{};      ///< at least so many come, however few the coin knows
};

/// No phases for an empty name and for one that script_known() does not know.
[[nodiscard]] std::span<const ScriptPhase> script_phases(std::string_view name);
[[nodiscard]] bool script_known(std::string_view name);
/// "flash-crash, news"
[[nodiscard]] std::string script_names();
/// What the script says at a time; a phase without bends where there is none.
[[nodiscard]] const ScriptPhase& phase_at(std::span<const ScriptPhase> phases, std::int64_t ms);

}  // namespace portcullis::tools::venue
