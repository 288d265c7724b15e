// OrderTable: every order of the session, and the ways to find one.
//
// Orders are kept for the whole session (a venue in a box lives for minutes or hours; a query for a
// done order must find it). Resting orders are also indexed by symbol, side and price in the order
// of arrival, which is their time priority; open client ids by account, because Binance wants them
// unique among open orders only.
//
// Written by the exchange only. Records never move. Order ids rise from 1 without gaps.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/filters.hpp"

namespace portcullis::tools::venue {

struct OrderRecord {
    Order order;
    AccountId account{};
    bool open{};                 ///< accepted and not done
    QtyAtoms ahead{};            ///< queue_model.hpp; of meaning while resting
    QtyAtoms shown{};            ///< of an iceberg that rests in a recorded book
    PriceAtoms lock_price{};     ///< what a buy locks quote at; the limit, where there is one
    PriceAtoms extreme_price{};  ///< highest or lowest trade that a trailing stop has seen
    bool lawless{};              ///< a fault has filled or busted it beyond its own rules
    QtyAtoms busted_qty{};       ///< of trades undone: it is not to be filled again
    AmountAtoms locked{};        ///< of the quote asset for a buy, of the base asset for a sell
    std::vector<Amendment> amendments;
    std::vector<std::int64_t> prevented_matches;  ///< ids
    /// What can still be filled.
    [[nodiscard]] QtyAtoms open_qty() const {
        return order.orig_qty - order.executed_qty - order.prevented_qty - busted_qty;
    }
    /// In an order list whose working order is not filled yet.
    [[nodiscard]] bool pends() const { return open && order.status == Status::pending_new; }
    /// Accepted, and its trigger has not come yet.
    [[nodiscard]] bool waits() const {
        return open && !pends() && is_contingent(order.type) && order.working_time_ms == 0;
    }
    /// In the book.
    [[nodiscard]] bool rests() const { return open && !pends() && !waits(); }
    /// What others can see and meet of it at its place in the line.
    [[nodiscard]] QtyAtoms shown_qty() const {
        return order.iceberg_qty > QtyAtoms{0} ? shown : open_qty();
    }
};

/// What is left to do of an order, as a new one would ask for it.
[[nodiscard]] NewOrder asked_for(const OrderRecord& record);

class OrderTable {
public:
    /// Orders at one price in time order, prices best first.
    using Key = std::int64_t;
    using Ladder = std::map<Key, std::vector<OrderRecord*>>;
    static Key key_of(Side side, PriceAtoms price) {
        return side == Side::buy ? -price.value : price.value;
    }

    /// Takes the order in as open, under the next order id.
    OrderRecord& add(AccountId account, const Order& order);
    /// Puts an open order at the end of the queue at its price.
    void rest(OrderRecord& record);
    /// To the end of the queue at its price: an iceberg shows its next slice.
    void requeue(OrderRecord& record);
    /// The order is done: out of the ladder, its client id is free again.
    void close(OrderRecord& record);
    /// Gives an order another client id; the old one still finds it in queries.
    void rename(OrderRecord& record, const std::string& client_order_id);

    [[nodiscard]] OrderRecord* by_id(AccountId account, const std::string& symbol,
                                     std::int64_t order_id);
    /// The open order that has this client id now.
    [[nodiscard]] OrderRecord* open_by_client_id(AccountId account,
                                                 const std::string& client_order_id);
    /// An open order, else the latest that ever had this client id.
    [[nodiscard]] OrderRecord* any_by_client_id(AccountId account, const std::string& symbol,
                                                const std::string& client_order_id);
    [[nodiscard]] const Ladder& resting(const std::string& symbol, Side side) const;
    [[nodiscard]] std::vector<OrderRecord*> resting_in_priority(const std::string& symbol,
                                                                Side side) const;
    [[nodiscard]] std::vector<OrderRecord*> open_of(AccountId account,
                                                    const std::string& symbol) const;  ///< "" all
    [[nodiscard]] OpenCounts open_counts(AccountId account, const std::string& symbol) const;
    /// On all symbols.
    [[nodiscard]] OpenCounts open_counts(AccountId account) const;
    [[nodiscard]] const std::deque<OrderRecord>& all() const { return records_; }
    [[nodiscard]] OrderRecord& record(std::int64_t order_id);

private:
    void count(const OrderRecord& record, std::int64_t change);
    void leave_ladder(OrderRecord& record);
    struct Owned {
        std::map<std::int64_t, OrderRecord*> open;
        std::map<std::string, OpenCounts> open_per_symbol;
        std::unordered_map<std::string, OrderRecord*> open_client_ids;
        std::unordered_map<std::string, std::vector<OrderRecord*>> client_ids;
    };
    std::deque<OrderRecord> records_;
    std::map<AccountId, Owned> owned_;
    std::map<std::string, std::pair<Ladder, Ladder>> ladders_;  ///< bids, asks
};

}  // namespace portcullis::tools::venue
