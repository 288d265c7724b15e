// Largest matching by exchanges along chains. See quote_matching.hpp.
#include "strategies/quote_matching.hpp"

#include <bit>

namespace portcullis::strategies {
namespace {

std::int64_t distance(const engine::WorkingOrder& order, const Quote& wish) noexcept {
    return std::abs(order.price.value - wish.price.value);
}

/// One search: the graph, who has whom, and which orders were tried.
struct Search {
    std::array<std::uint64_t, engine::capacity::quotes_per_side> fits{};  // by wish: set of orders
    std::array<std::uint8_t, orders_matched_max> wish_of_order{};
    Matching result;

    void pair(std::size_t wish, std::size_t order) noexcept {
        result.order_of_wish[wish] = static_cast<std::uint8_t>(order);
        wish_of_order[order] = static_cast<std::uint8_t>(wish);
        result.orders |= std::uint64_t{1} << order;
    }
    /// Finds an order for `wish`, moving others to what else fits them. At most as deep as there
    /// are wishes: each step tries an order that was not tried before.
    bool augment(std::size_t wish, std::uint64_t& tried) noexcept {
        for (std::uint64_t left = fits[wish] & ~tried; left != 0; left = fits[wish] & ~tried) {
            const auto order = static_cast<std::size_t>(std::countr_zero(left));
            tried |= std::uint64_t{1} << order;
            const bool taken = result.serves(order);
            if (!taken || augment(wish_of_order[order], tried)) {
                pair(wish, order);
                return true;
            }
        }
        return false;
    }
};

Matching search_match(const QuoteManagerConfig& config, std::span<const Quote> wishes,
                      std::span<const engine::WorkingOrder* const> orders) noexcept {
    Search search;
    search.result.order_of_wish.fill(Matching::none);
    for (std::size_t wish = 0; wish < wishes.size(); ++wish) {
        std::size_t nearest = orders.size();
        for (std::size_t order = 0; order < orders.size(); ++order) {
            if (!is_near(config, *orders[order], wishes[wish])) {
                continue;  // nearly all pairs, when the market has moved
            }
            if (!keeps(config, *orders[order], wishes[wish])) {
                search.result.too_large |= amends_to(config, *orders[order], wishes[wish]);
                continue;
            }
            search.fits[wish] |= std::uint64_t{1} << order;
            const bool nearer =
                nearest == orders.size() ||
                distance(*orders[order], wishes[wish]) < distance(*orders[nearest], wishes[wish]);
            if (!search.result.serves(order) && nearer) {
                nearest = order;
            }
        }
        if (nearest < orders.size()) {
            search.pair(wish, nearest);
        }
    }
    for (std::size_t wish = 0; wish < wishes.size(); ++wish) {
        if (search.result.order_of_wish[wish] == Matching::none && search.fits[wish] != 0) {
            std::uint64_t tried = 0;
            (void)search.augment(wish, tried);
        }
    }
    search.result.count = static_cast<std::size_t>(std::popcount(search.result.orders));
    return search.result;
}

/// When the market has moved, hardly ever: then there is nothing to search.
bool any_is_near(const QuoteManagerConfig& config, std::span<const Quote> wishes,
                 std::span<const engine::WorkingOrder* const> orders) noexcept {
    for (const engine::WorkingOrder* order : orders) {
        for (const Quote& wish : wishes) {
            if (is_near(config, *order, wish)) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

Matching match(const QuoteManagerConfig& config, std::span<const Quote> wishes,
               std::span<const engine::WorkingOrder* const> orders) noexcept {
    engine::verify(orders.size() <= orders_matched_max);
    engine::verify(wishes.size() <= engine::capacity::quotes_per_side);
    if (!any_is_near(config, wishes, orders)) {
        Matching nothing;
        nothing.order_of_wish.fill(Matching::none);
        return nothing;
    }
    return search_match(config, wishes, orders);
}

}  // namespace portcullis::strategies
