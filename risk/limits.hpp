// Limits: how much there may be of everything, per scope, with the unit in each name.
//
// There is no default. A limit that nobody wrote is zero, and zero lets nothing pass, whatever the
// value: not even the order that would bring a position to zero. The tables below name each field
// once more as its TOML key with unit and hard ceiling, so that the config loader, `problems`, the
// console and the mutants of tests/risk walk one list; a field without a row does not compile.
//
// Writer: config loader, once, before start. Reader: the gate, which copies them at construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/gate_api.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/id_set.hpp"

namespace portcullis::risk {

/// One exact sliding window of a scope. Each of its limits is needed: the two counts also size what
/// is remembered (windows.hpp).
struct WindowLimits {
    std::int64_t span_ns{};              ///< zero: no such window
    std::int64_t messages_max{};         ///< new orders and replaces
    std::int64_t orders_max{};           ///< new orders and the new legs of cancelReplace
    std::int64_t submitted_micro_max{};  ///< their notional, gross
    std::int64_t fills_max{};            ///< an order may bring one more
    std::int64_t filled_micro_max{};     ///< notional of fills and of the order under review, gross

    friend bool operator==(const WindowLimits&, const WindowLimits&) noexcept = default;
};
/// Rising spans; those that are used come first.
inline constexpr std::size_t windows_max = 5;
using WindowSet = std::array<WindowLimits, windows_max>;
inline constexpr std::int64_t window_count_max = (std::int64_t{1} << 20) - 1;

struct InstrumentLimits {
    std::int64_t order_qty_atoms_max{};       ///< base atoms in one order
    std::int64_t order_notional_micro_max{};  ///< risk currency in one order
    std::int64_t collar_bps_max{};            ///< distance from the middle of the book
    std::int64_t position_atoms_max{};        ///< of the base asset, worst case, long and short
    std::int64_t quote_age_ns_max{};          ///< since the top of book was last received
    std::int64_t feed_silence_ns_max{};       ///< since the feed was last proven alive
    std::int64_t orders_open_max{};
    std::int64_t order_notional_kill_micro_max{};  ///< beyond it the order is no mistake of a price
    std::int64_t drift_bps_60s_max{};   ///< from the lowest and highest own price of the side
    std::int64_t fills_side_10s_max{};  ///< of one strategy on one side
    WindowSet windows{};
};

struct StrategyLimits {
    engine::InstrumentSet instruments;  ///< universe
    std::int64_t orders_open_max{};
    std::int64_t duplicates_250ms_max{};    ///< new orders that are equal
    std::int64_t denials_1s_max{};          ///< by a limit
    std::int64_t loss_day_micro_max{};      ///< since the UTC day began, marked, with fees
    std::int64_t drawdown_day_micro_max{};  ///< from the highest of the day
    std::int64_t order_notional_micro_max{};
    WindowSet windows{};
};

struct VenueLimits {
    std::int64_t orders_open_max{};
    std::int64_t order_notional_micro_max{};
    WindowSet windows{};
};

struct AccountLimits {
    std::int64_t order_notional_micro_max{};
    WindowSet windows{};
};

struct FirmLimits {
    std::int64_t gross_exposure_micro_max{};
    std::int64_t orders_open_max{};
    std::int64_t order_notional_micro_max{};
    std::int64_t approval_lifetime_ns_max{};  ///< an approval is not sent at or after this age
    std::int64_t loss_day_micro_max{};        ///< since the UTC day began, marked, with fees
    std::int64_t drawdown_day_micro_max{};    ///< from the highest of the day
    WindowSet windows{};
};

/// By DenyReason: what follows when it is the first to deny. Zero: the catalogue's
/// (deny_reason.hpp).
using BreachActions = std::array<engine::BreachAction, engine::capacity::deny_reasons>;

struct Limits {
    std::uint32_t version{};
    BreachActions on_breach{};
    FirmLimits firm{};
    std::array<VenueLimits, engine::capacity::venues> venue{};
    std::array<AccountLimits, engine::capacity::accounts> account{};
    std::array<InstrumentLimits, engine::capacity::instruments> instrument{};
    std::array<StrategyLimits, engine::capacity::strategies> strategy{};
};

/// One integer limit: its key, unit, field, and the highest value that makes sense at all.
template <class Scope>
struct LimitKey {
    std::string_view key;
    std::string_view unit;
    std::int64_t Scope::*field;
    std::int64_t ceiling;
};

/// Half of the range: no sum of two limits or of a limit and an order overflows.
inline constexpr std::int64_t amount_ceiling = std::numeric_limits<std::int64_t>::max() / 2;
inline constexpr std::int64_t orders_ceiling = std::int64_t{engine::capacity::orders};
/// Of what is remembered one by one (pairs.hpp, duplicate_log.hpp, lines.hpp).
inline constexpr std::int64_t fills_ceiling = 127;
inline constexpr std::int64_t duplicates_ceiling = 511;
inline constexpr std::int64_t denials_ceiling = 255;
inline constexpr std::int64_t day_ns = std::int64_t{86'400} * 1'000'000'000;

inline constexpr auto instrument_keys = std::to_array<LimitKey<InstrumentLimits>>({
    {"order_qty_atoms_max", "base atoms", &InstrumentLimits::order_qty_atoms_max, amount_ceiling},
    {"order_notional_micro_max", "micro", &InstrumentLimits::order_notional_micro_max,
     amount_ceiling},
    {"collar_bps_max", "bps", &InstrumentLimits::collar_bps_max, 10'000},
    {"position_atoms_max", "base atoms", &InstrumentLimits::position_atoms_max, amount_ceiling},
    {"quote_age_ns_max", "ns", &InstrumentLimits::quote_age_ns_max, day_ns},
    {"feed_silence_ns_max", "ns", &InstrumentLimits::feed_silence_ns_max, day_ns},
    {"orders_open_max", "orders", &InstrumentLimits::orders_open_max, orders_ceiling},
    {"order_notional_kill_micro_max", "micro", &InstrumentLimits::order_notional_kill_micro_max,
     amount_ceiling},
    {"drift_bps_60s_max", "bps", &InstrumentLimits::drift_bps_60s_max, 10'000},
    {"fills_side_10s_max", "fills", &InstrumentLimits::fills_side_10s_max, fills_ceiling},
});
static_assert(instrument_keys.size() * sizeof(std::int64_t) + sizeof(WindowSet) ==
              sizeof(InstrumentLimits));

inline constexpr auto strategy_keys = std::to_array<LimitKey<StrategyLimits>>({
    {"orders_open_max", "orders", &StrategyLimits::orders_open_max, orders_ceiling},
    {"duplicates_250ms_max", "orders", &StrategyLimits::duplicates_250ms_max, duplicates_ceiling},
    {"denials_1s_max", "denials", &StrategyLimits::denials_1s_max, denials_ceiling},
    {"loss_day_micro_max", "micro", &StrategyLimits::loss_day_micro_max, amount_ceiling},
    {"drawdown_day_micro_max", "micro", &StrategyLimits::drawdown_day_micro_max, amount_ceiling},
    {"order_notional_micro_max", "micro", &StrategyLimits::order_notional_micro_max,
     amount_ceiling},
});
static_assert(strategy_keys.size() * sizeof(std::int64_t) + sizeof(engine::InstrumentSet) +
                      sizeof(WindowSet) ==
                  sizeof(StrategyLimits),
              "all but the universe, which is a list of names in the config");

inline constexpr auto venue_keys = std::to_array<LimitKey<VenueLimits>>({
    {"orders_open_max", "orders", &VenueLimits::orders_open_max, orders_ceiling},
    {"order_notional_micro_max", "micro", &VenueLimits::order_notional_micro_max, amount_ceiling},
});
static_assert(venue_keys.size() * sizeof(std::int64_t) + sizeof(WindowSet) == sizeof(VenueLimits));

inline constexpr auto account_keys = std::to_array<LimitKey<AccountLimits>>({
    {"order_notional_micro_max", "micro", &AccountLimits::order_notional_micro_max, amount_ceiling},
});
static_assert(account_keys.size() * sizeof(std::int64_t) + sizeof(WindowSet) ==
              sizeof(AccountLimits));

inline constexpr auto firm_keys = std::to_array<LimitKey<FirmLimits>>({
    {"gross_exposure_micro_max", "micro", &FirmLimits::gross_exposure_micro_max, amount_ceiling},
    {"orders_open_max", "orders", &FirmLimits::orders_open_max, orders_ceiling},
    {"order_notional_micro_max", "micro", &FirmLimits::order_notional_micro_max, amount_ceiling},
    {"approval_lifetime_ns_max", "ns", &FirmLimits::approval_lifetime_ns_max, 1'000'000'000},
    {"loss_day_micro_max", "micro", &FirmLimits::loss_day_micro_max, amount_ceiling},
    {"drawdown_day_micro_max", "micro", &FirmLimits::drawdown_day_micro_max, amount_ceiling},
});
static_assert(firm_keys.size() * sizeof(std::int64_t) + sizeof(WindowSet) == sizeof(FirmLimits));

/// Of one row of a scope's windows, its span aside.
inline constexpr auto window_keys = std::to_array<LimitKey<WindowLimits>>({
    {"messages_max", "messages", &WindowLimits::messages_max, window_count_max},
    {"orders_max", "orders", &WindowLimits::orders_max, window_count_max},
    {"submitted_micro_max", "micro", &WindowLimits::submitted_micro_max, amount_ceiling},
    {"fills_max", "fills", &WindowLimits::fills_max, window_count_max},
    {"filled_micro_max", "micro", &WindowLimits::filled_micro_max, amount_ceiling},
});
static_assert((window_keys.size() + 1) * sizeof(std::int64_t) == sizeof(WindowLimits));

/// One thing wrong with the limits. `key` is the dotted path, indices in brackets:
/// "instrument[3].collar_bps_max", "firm.windows[1].fills_max".
struct LimitProblem {
    std::string key;
    std::int64_t found{};
    std::string expected;
};

/// Which scopes the config speaks of; limits of the others are not looked at.
struct LimitScopes {
    std::uint64_t venues{};
    std::uint64_t accounts{};
    engine::InstrumentSet instruments;
    engine::StrategyIds strategies;
};

/// Everything wrong with `limits` at once: absent or negative ones (nothing would pass), ones above
/// their ceiling, windows that contradict each other, a universe that names an unknown instrument.
/// The gate is safe with any of these; a person wants to know. Cold.
[[nodiscard]] std::vector<LimitProblem> problems(const Limits& limits, const LimitScopes& scopes);

}  // namespace portcullis::risk
