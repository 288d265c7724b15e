// MatchingEngine: the book of a synthetic symbol, order by order, matched by price and time.
//
// A recorded book knows levels, not orders, so there a fill is a model (queue_model.hpp). Here
// every order is known, the flow's as well as the clients', and a fill is a fact. Pure: no clock,
// chance or account; the exchange books what a submit() did, the publisher tells it.
// Invariants: 1. the book is never crossed; 2. an arrival does exactly what plan() said before it;
// 3. update ids rise by one for each change of a visible level, trade ids by one for each trade.
// Thread: one owner, the exchange's. The naive twin is in tests/tools/venue/synthetic.
#pragma once

#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/matching.hpp"

namespace portcullis::tools::venue {

/// The trade group of the synthetic flow; an account's own is its id. The flow's order ids are
/// below zero, the clients' above.
inline constexpr AccountId flow_account = std::numeric_limits<AccountId>::max();

struct Incoming {
    std::int64_t id{};  ///< never used before
    Taker taker;        ///< limit, quantity or budget, and self-trade prevention
    TimeInForce time_in_force{TimeInForce::gtc};
    bool post_only{};
    QtyAtoms display{};  ///< iceberg: what is shown of it at a time; zero: all
};

/// What became of an arrival, beside the steps of its match.
enum class Arrived : std::uint8_t {
    rests,       ///< what is left of it stands in the book
    filled,      ///< nothing is left of it
    expired,     ///< the rest of a market, IOC or FOK order
    prevented,   ///< ended by self-trade prevention
    would_take,  ///< post-only that would have met somebody: nothing happened
};

class MatchingEngine {
public:
    struct Arrival {
        MatchPlan plan;
        Arrived outcome{};
        QtyAtoms left{};  ///< what rests, or expired
    };
    /// One trade, as the public streams tell it.
    struct Trade {
        std::int64_t id{};
        PriceAtoms price{};
        QtyAtoms qty{};
        bool buyer_is_maker{};
        std::int64_t taker_id{};  ///< of the order that arrived
    };
    /// What happened since the last take_changes(): levels that changed, by their price, and
    /// trades.
    struct Changes {
        std::vector<PriceAtoms> bids, asks;
        std::vector<Trade> trades;
        [[nodiscard]] bool empty() const { return bids.empty() && asks.empty() && trades.empty(); }
    };

    /// What `order` would meet now; nothing is changed. No steps for a FOK that cannot be filled
    /// whole, or that prevention would stop.
    [[nodiscard]] MatchPlan plan(const Incoming& order) const;
    /// Requires: an id that is not in the book, a positive quantity or budget, a positive price.
    Arrival submit(const Incoming& order);
    /// False: no such order stands in the book (it is done).
    bool cancel(std::int64_t id);
    /// Lowers what is open of an order in place, its hidden part first. Requires: it rests, and
    /// 0 < open_qty < what is open of it.
    void reduce(std::int64_t id, QtyAtoms open_qty);
    /// A trade that was forced by a fault takes the next id.
    void skip_trade_id() { ++last_trade_id_; }

    /// What is open of a resting order, hidden part included; zero: it does not rest.
    [[nodiscard]] QtyAtoms open_qty(std::int64_t id) const;
    [[nodiscard]] std::optional<Level> best(Side side) const;
    /// The order that stands first at the best price. Requires: that side is not empty.
    [[nodiscard]] std::int64_t first_in_line(Side side) const;
    /// What the book shows at a price.
    [[nodiscard]] QtyAtoms visible(Side side, PriceAtoms price) const;
    /// The visible book, best first, at most `limit` levels a side.
    [[nodiscard]] Exchange::BookCopy depth(std::size_t limit) const;
    [[nodiscard]] std::uint64_t update_id() const { return update_id_; }
    [[nodiscard]] std::int64_t last_trade_id() const { return last_trade_id_; }
    [[nodiscard]] std::size_t order_count() const { return where_.size(); }
    [[nodiscard]] bool changed() const { return !changes_.empty(); }
    [[nodiscard]] Changes take_changes();

private:
    struct Resting {
        std::int64_t id{};
        AccountId account{};
        QtyAtoms shown{};
        QtyAtoms hidden{};
        QtyAtoms display{};
        [[nodiscard]] QtyAtoms open() const { return shown + hidden; }
    };
    struct Queue {
        std::list<Resting> orders;  ///< first in time first; never empty
        QtyAtoms visible{};
    };
    using Half = std::map<OrderTable::Key, Queue>;  ///< best first
    struct Where {
        Side side{};
        PriceAtoms price{};
        std::list<Resting>::iterator at;
    };

    [[nodiscard]] const Half& half(Side side) const { return side == Side::buy ? bids_ : asks_; }
    [[nodiscard]] Half& half(Side side) { return side == Side::buy ? bids_ : asks_; }
    static void walk_level(const Queue& queue, PriceAtoms price, const Taker& taker,
                           TakerProgress& progress);
    void apply(const Incoming& order, const MatchStep& step);
    void rest(const Incoming& order, QtyAtoms left);
    /// Takes a quantity out of a resting order; its next slice goes to the end of the line.
    void trade_with(const Where& where, QtyAtoms qty);
    void remove(const Where& where);
    void change(Side side, PriceAtoms price);

    Half bids_, asks_;
    std::unordered_map<std::int64_t, Where> where_;
    std::uint64_t update_id_{1};
    std::int64_t last_trade_id_{};
    Changes changes_;
};

}  // namespace portcullis::tools::venue
