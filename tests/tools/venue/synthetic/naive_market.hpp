// The matching engine again, as a child would write it: one list of orders in the order in which
// they queued, searched from the beginning for every single match. Shares nothing with the engine
// but the words of its answers; amounts are plain integers. Slow, and short enough to be right.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::tools::venue::naive {

struct Order {
    std::int64_t id{};
    std::uint32_t account{};
    bool buy{};
    bool market{};
    char force{'G'};  ///< G gtc, I ioc, F fok
    bool post_only{};
    char stp{'N'};  ///< N none, T taker, M maker, B both, D decrement
    std::int64_t price{}, qty{}, display{};
    std::int64_t budget{}, lot{1};  ///< budget: quote atoms; a market order without a quantity
    std::int64_t shown{};           ///< while it rests; qty is all that is open
};

struct Match {
    bool prevented{};
    std::int64_t maker{}, price{}, qty{};
    bool operator==(const Match&) const = default;
};

struct Answer {
    std::string outcome;  ///< rests, filled, expired, prevented, would_take
    std::vector<Match> matches;
};

class Market {
public:
    Answer submit(Order order);
    bool cancel(std::int64_t id);
    bool reduce(std::int64_t id, std::int64_t open);
    [[nodiscard]] const std::vector<Order>& queue() const { return queue_; }
    /// Visible quantity by price.
    [[nodiscard]] std::map<std::int64_t, std::int64_t> levels(bool buy) const;

private:
    Answer match(Order& taker);
    [[nodiscard]] std::size_t first_for(const Order& taker) const;
    void trade(std::size_t at, std::int64_t qty);
    bool prevent(Order& taker, std::size_t at, std::int64_t qty);
    void erase(std::size_t at) { queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at)); }

    std::vector<Order> queue_;  ///< who queued first stands first, whatever the price
};

}  // namespace portcullis::tools::venue::naive
