// OrderListTable: every order list of the session, and the ways to find one.
//
// A list is kept for the whole session, as its orders are. While two of its orders are a pair, of
// which only one can ever be filled, the list has locked for both what the dearer one needs, and
// they themselves have locked nothing; `locked` goes to the one that is filled or triggered first.
// Written by the exchange only (exchange_lists.cpp says when). Records never move. List ids rise
// from 1 without gaps.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/venue/order_table.hpp"

namespace portcullis::tools::venue {

struct ListRecord {
    OrderList list;  ///< without orders
    AccountId account{};
    std::vector<OrderRecord*> orders;  ///< as list.members
    bool pending{};    ///< the first order works, the others pend until it is filled
    bool pair{};       ///< the last two are a pair
    bool undecided{};  ///< of which neither has been filled or triggered: they share `locked`
    const OrderRecord* chosen{};  ///< the one that was, or that ended before
    bool pays{};  ///< OPO; while pending, `locked` is what the working order has bought
    AmountAtoms locked{};

    [[nodiscard]] bool done() const { return list.status == ListStatus::all_done; }
    /// The other one of the pair; none: null.
    [[nodiscard]] OrderRecord* partner_of(const OrderRecord& record) const {
        OrderRecord* const last = orders.back();
        OrderRecord* const other = orders[orders.size() - 2];
        return !pair ? nullptr : &record == last ? other : (&record == other ? last : nullptr);
    }
    [[nodiscard]] bool shares_lock(const OrderRecord& record) const {
        return undecided && partner_of(record) != nullptr;
    }
};

class OrderListTable {
public:
    /// Takes the list in as open, under the next id, which its orders get as well.
    ListRecord& add(ListRecord list);
    /// The list is done: its client id is free again.
    void close(ListRecord& list);

    /// The list that the order is in; none, or done with: null.
    [[nodiscard]] ListRecord* active_of(const OrderRecord& record);
    [[nodiscard]] const ListRecord* active_of(const OrderRecord& record) const;
    [[nodiscard]] ListRecord* by_id(AccountId account, std::int64_t list_id);
    [[nodiscard]] ListRecord* open_by_client_id(AccountId account,
                                                const std::string& client_list_id);
    /// An open list, else the latest that had this client id.
    [[nodiscard]] ListRecord* any_by_client_id(AccountId account,
                                               const std::string& client_list_id);
    [[nodiscard]] std::size_t open_count(AccountId account,
                                         const std::string& symbol) const;  ///< "" all
    [[nodiscard]] const std::deque<ListRecord>& all() const { return records_; }
    [[nodiscard]] std::vector<ListRecord*> open() const;

private:
    using ClientId = std::pair<AccountId, std::string>;
    std::deque<ListRecord> records_;
    std::map<std::int64_t, ListRecord*> open_;
    std::map<ClientId, ListRecord*> latest_by_client_id_;
};

}  // namespace portcullis::tools::venue
