#include "tools/venue/order_table.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

NewOrder asked_for(const OrderRecord& record) {
    const Order& order = record.order;
    NewOrder form;
    form.symbol = order.symbol;
    form.side = order.side;
    form.type = order.type;
    form.time_in_force = order.time_in_force;
    form.price = order.price;
    form.qty = record.open_qty();
    form.stop_price = order.stop_price;
    form.trailing_delta = order.trailing_delta;
    form.iceberg_qty = order.iceberg_qty;
    form.stp = order.stp;
    form.peg = order.peg;
    return form;
}

OrderRecord& OrderTable::add(AccountId account, const Order& order) {
    OrderRecord& record = records_.emplace_back();
    record.order = order;
    record.order.order_id = static_cast<std::int64_t>(records_.size());
    record.account = account;
    record.open = true;
    Owned& owned = owned_[account];
    const bool unique = owned.open_client_ids.emplace(order.client_order_id, &record).second;
    verify(unique);
    owned.open.emplace(record.order.order_id, &record);
    count(record, 1);
    owned.client_ids[order.client_order_id].push_back(&record);
    return record;
}

void OrderTable::rest(OrderRecord& record) {
    verify(record.open);
    auto& [bids, asks] = ladders_[record.order.symbol];
    Ladder& ladder = record.order.side == Side::buy ? bids : asks;
    ladder[key_of(record.order.side, record.order.price)].push_back(&record);
}

void OrderTable::close(OrderRecord& record) {
    verify(record.open);
    record.open = false;
    Owned& owned = owned_[record.account];
    owned.open.erase(record.order.order_id);
    count(record, -1);
    owned.open_client_ids.erase(record.order.client_order_id);
    leave_ladder(record);
}

void OrderTable::requeue(OrderRecord& record) {
    verify(record.open);
    leave_ladder(record);
    rest(record);
}

void OrderTable::count(const OrderRecord& record, std::int64_t change) {
    OpenCounts& counts = owned_[record.account].open_per_symbol[record.order.symbol];
    const auto by = static_cast<std::uint64_t>(change);  // modulo 2^64, as counts are
    counts.orders += by;
    counts.algo_orders += is_contingent(record.order.type) ? by : 0;
    counts.icebergs += record.order.iceberg_qty > QtyAtoms{0} ? by : 0;
}

void OrderTable::leave_ladder(OrderRecord& record) {
    auto& [bids, asks] = ladders_[record.order.symbol];
    Ladder& ladder = record.order.side == Side::buy ? bids : asks;
    const auto level = ladder.find(key_of(record.order.side, record.order.price));
    if (level != ladder.end()) {
        std::erase(level->second, &record);
        if (level->second.empty()) {
            ladder.erase(level);
        }
    }
}

void OrderTable::rename(OrderRecord& record, const std::string& client_order_id) {
    Owned& owned = owned_[record.account];
    record.order.orig_client_order_id = record.order.client_order_id;
    if (client_order_id == record.order.client_order_id) {
        return;
    }
    if (record.open) {
        owned.open_client_ids.erase(record.order.client_order_id);
        const bool unique = owned.open_client_ids.emplace(client_order_id, &record).second;
        verify(unique);
    }
    record.order.client_order_id = client_order_id;
    owned.client_ids[client_order_id].push_back(&record);
}

OrderRecord* OrderTable::by_id(AccountId account, const std::string& symbol,
                               std::int64_t order_id) {
    if (order_id < 1 || order_id > static_cast<std::int64_t>(records_.size())) {
        return nullptr;
    }
    OrderRecord& found = record(order_id);
    return found.account == account && found.order.symbol == symbol ? &found : nullptr;
}

OrderRecord* OrderTable::open_by_client_id(AccountId account, const std::string& client_order_id) {
    const auto& ids = owned_[account].open_client_ids;
    const auto found = ids.find(client_order_id);
    return found == ids.end() ? nullptr : found->second;
}

OrderRecord* OrderTable::any_by_client_id(AccountId account, const std::string& symbol,
                                          const std::string& client_order_id) {
    OrderRecord* open = open_by_client_id(account, client_order_id);
    if (open != nullptr && open->order.symbol == symbol) {
        return open;
    }
    const auto& ids = owned_[account].client_ids;
    const auto found = ids.find(client_order_id);
    OrderRecord* latest = nullptr;
    if (found != ids.end()) {
        for (OrderRecord* candidate : found->second) {
            if (candidate->order.symbol == symbol) {
                latest = candidate;
            }
        }
    }
    return latest;
}

const OrderTable::Ladder& OrderTable::resting(const std::string& symbol, Side side) const {
    static const Ladder none;
    const auto found = ladders_.find(symbol);
    if (found == ladders_.end()) {
        return none;
    }
    return side == Side::buy ? found->second.first : found->second.second;
}

std::vector<OrderRecord*> OrderTable::resting_in_priority(const std::string& symbol,
                                                          Side side) const {
    std::vector<OrderRecord*> orders;
    for (const auto& [key, level] : resting(symbol, side)) {
        orders.insert(orders.end(), level.begin(), level.end());
    }
    return orders;
}

std::vector<OrderRecord*> OrderTable::open_of(AccountId account, const std::string& symbol) const {
    std::vector<OrderRecord*> orders;
    const auto owned = owned_.find(account);
    if (owned != owned_.end()) {
        for (const auto& [id, record] : owned->second.open) {
            if (symbol.empty() || record->order.symbol == symbol) {
                orders.push_back(record);
            }
        }
    }
    return orders;
}

OpenCounts OrderTable::open_counts(AccountId account, const std::string& symbol) const {
    const auto owned = owned_.find(account);
    if (owned == owned_.end()) {
        return {};
    }
    const auto& counts = owned->second.open_per_symbol;
    const auto found = counts.find(symbol);
    return found == counts.end() ? OpenCounts{} : found->second;
}

OpenCounts OrderTable::open_counts(AccountId account) const {
    OpenCounts sum;
    const auto owned = owned_.find(account);
    if (owned != owned_.end()) {
        for (const auto& [symbol, counts] : owned->second.open_per_symbol) {
            sum.orders += counts.orders;
            sum.algo_orders += counts.algo_orders;
            sum.icebergs += counts.icebergs;
        }
    }
    return sum;
}

OrderRecord& OrderTable::record(std::int64_t order_id) {
    verify(order_id >= 1);
    verify(order_id <= static_cast<std::int64_t>(records_.size()));
    return records_[static_cast<std::size_t>(order_id - 1)];
}

}  // namespace portcullis::tools::venue
