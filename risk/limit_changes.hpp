// Limits that change while the engine runs: which may, what loosens, one number over all of them.
//
// A limit is named by its scope, index and the FNV-1a of its key, so that a journal can say it
// however the tables are ordered. The number over all limits is the sum of a hash of each: a change
// moves it by two terms, and the console's and the gate's own must agree before a set is taken.
// Pure. Readers: the gate, the console, the replayer's twin.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/events/control.hpp"
#include "engine/types/fnv1a.hpp"
#include "risk/limits.hpp"

namespace portcullis::risk {

/// What the gate reads anew at each review: it may change from one step to the next. What sizes a
/// memory, or what the core holds too, is read at the start.
inline constexpr auto live_limits = std::to_array<std::string_view>({
    "approval_lifetime_ns_max",
    "collar_bps_max",
    "gross_exposure_micro_max",
    "order_qty_atoms_max",
    "orders_open_max",
    "position_atoms_max",
});
[[nodiscard]] constexpr bool changes_live(std::string_view key) noexcept {
    return std::find(live_limits.begin(), live_limits.end(), key) != live_limits.end();
}

/// Calls f(scope, index, keys, its limits) for each scope there is room for.
template <class AnyLimits, class F>
void for_each_limit_scope(AnyLimits& limits, F&& f) {
    using engine::Scope;
    f(Scope::firm, std::uint16_t{0}, firm_keys, limits.firm);
    for (std::size_t i = 0; i < limits.venue.size(); ++i) {
        f(Scope::venue, static_cast<std::uint16_t>(i), venue_keys, limits.venue[i]);
    }
    for (std::size_t i = 0; i < limits.account.size(); ++i) {
        f(Scope::account, static_cast<std::uint16_t>(i), account_keys, limits.account[i]);
    }
    for (std::size_t i = 0; i < limits.instrument.size(); ++i) {
        f(Scope::instrument, static_cast<std::uint16_t>(i), instrument_keys, limits.instrument[i]);
    }
    for (std::size_t i = 0; i < limits.strategy.size(); ++i) {
        f(Scope::strategy, static_cast<std::uint16_t>(i), strategy_keys, limits.strategy[i]);
    }
}

/// The field that `key` (its FNV-1a) names and its ceiling; null where there is none.
struct LimitField {
    std::int64_t* value{};
    std::int64_t ceiling{};
    std::string_view key;
};
template <class Limits_, std::size_t N>
[[nodiscard]] LimitField field_of(const std::array<LimitKey<Limits_>, N>& keys, Limits_& limits,
                                  std::uint64_t key) noexcept {
    for (const LimitKey<Limits_>& each : keys) {
        if (engine::fnv1a(each.key) == key) {
            return {&(limits.*each.field), each.ceiling, each.key};
        }
    }
    return {};
}
[[nodiscard]] LimitField find_limit(Limits& limits, engine::Scope scope, std::uint16_t index,
                                    std::uint64_t key) noexcept;

/// One limit's share of the number over all. 0 for an absent one.
[[nodiscard]] std::uint64_t limit_hash(engine::Scope scope, std::uint16_t index, std::uint64_t key,
                                       std::int64_t value) noexcept;
/// Over all of them, each cut to what is sensible at all, as the gate does.
[[nodiscard]] std::uint64_t limits_hash(const Limits& limits) noexcept;

/// From one set to another: a row for each limit that differs.
struct LimitDifference {
    engine::LimitChange change;  ///< to the new value
    std::string_view key;
    std::string_view unit;
    std::int64_t was{};
    /// Every limit is a maximum.
    [[nodiscard]] bool loosens() const noexcept { return change.value > was; }
};
[[nodiscard]] std::vector<LimitDifference> differences(const Limits& from, const Limits& to);

}  // namespace portcullis::risk
