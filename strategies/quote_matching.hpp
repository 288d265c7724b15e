// quote_matching: which working order already is which wish.
//
// Every request saved keeps a queue position and a piece of the venue's budget, so as many orders
// as possible are left where they are. First come, first served does not do: the order that could
// serve two wishes takes the one that another order could only have. What is looked for is a
// largest matching of a small bipartite graph; the nearest pairs are taken first, then chains of
// exchanges find what that missed (Kuhn, "The Hungarian method for the assignment problem", 1955).
// With everything in its place, the usual case, no chain is followed. Pure functions on the
// caller's stack.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "engine/core/strategy_api.hpp"
#include "strategies/quotes.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

/// Orders of one side that are looked at in one call; what is beyond waits for the next.
inline constexpr std::size_t orders_matched_max = 2 * engine::capacity::quotes_per_side;
static_assert(orders_matched_max <= 64, "a set of orders is a word of 64 bits");

[[nodiscard]] inline bool is_near(const QuoteManagerConfig& config,
                                  const engine::WorkingOrder& order, const Quote& wish) noexcept {
    return std::abs(order.price.value - wish.price.value) < config.reprice_ticks_min;
}

/// Whether `order` may stay for `wish`: closer than reprice_ticks_min, with at least
/// resize_percent_min of the quantity and not more than it.
[[nodiscard]] inline bool keeps(const QuoteManagerConfig& config, const engine::WorkingOrder& order,
                                const Quote& wish) noexcept {
    return is_near(config, order, wish) && order.leaves <= wish.qty &&
           engine::int128{order.leaves.value} * 100 >=
               engine::int128{wish.qty.value} * config.resize_percent_min;
}

/// Whether `order` would serve `wish` if it were smaller: an amend in place, which may only lower
/// the quantity, makes it so and keeps its price and its place in the queue.
[[nodiscard]] inline bool amends_to(const QuoteManagerConfig& config,
                                    const engine::WorkingOrder& order, const Quote& wish) noexcept {
    return is_near(config, order, wish) && order.leaves > wish.qty;
}

struct Matching {
    static constexpr std::uint8_t none = 0xff;
    /// By wish: index of the order that is left for it, or none.
    std::array<std::uint8_t, engine::capacity::quotes_per_side> order_of_wish{};
    std::uint64_t orders{};  ///< bit i: order i is left for a wish
    std::size_t count{};
    bool too_large{};  ///< some order amends_to() some wish

    [[nodiscard]] bool serves(std::size_t order) const noexcept {
        return (orders >> order & 1U) != 0;
    }
};

/// A largest set of pairs (order, wish) with keeps(), each in at most one pair; among those that
/// are equally near at first sight, the older order. Requires: at most orders_matched_max orders.
[[nodiscard]] Matching match(const QuoteManagerConfig& config, std::span<const Quote> wishes,
                             std::span<const engine::WorkingOrder* const> orders) noexcept;

}  // namespace portcullis::strategies
