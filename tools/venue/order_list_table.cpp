#include "tools/venue/order_list_table.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

ListRecord& OrderListTable::add(ListRecord list) {
    verify(open_by_client_id(list.account, list.list.client_list_id) == nullptr);
    verify(list.orders.size() >= 2);
    ListRecord& record = records_.emplace_back(std::move(list));
    record.list.list_id = static_cast<std::int64_t>(records_.size());
    for (OrderRecord* order : record.orders) {
        order->order.list_id = record.list.list_id;
        record.list.members.push_back({order->order.order_id, order->order.client_order_id});
    }
    open_.emplace(record.list.list_id, &record);
    latest_by_client_id_[{record.account, record.list.client_list_id}] = &record;
    return record;
}

void OrderListTable::close(ListRecord& list) {
    verify(!list.done());
    verify(list.locked == AmountAtoms{0});
    list.list.status = ListStatus::all_done;
    open_.erase(list.list.list_id);
}

const ListRecord* OrderListTable::active_of(const OrderRecord& record) const {
    const auto found = open_.find(record.order.list_id);
    return found == open_.end() ? nullptr : found->second;
}

ListRecord* OrderListTable::active_of(const OrderRecord& record) {
    const auto found = open_.find(record.order.list_id);
    return found == open_.end() ? nullptr : found->second;
}

ListRecord* OrderListTable::by_id(AccountId account, std::int64_t list_id) {
    if (list_id < 1 || list_id > static_cast<std::int64_t>(records_.size())) {
        return nullptr;
    }
    ListRecord& found = records_[static_cast<std::size_t>(list_id - 1)];
    return found.account == account ? &found : nullptr;
}

ListRecord* OrderListTable::any_by_client_id(AccountId account, const std::string& client_list_id) {
    const auto found = latest_by_client_id_.find({account, client_list_id});
    return found == latest_by_client_id_.end() ? nullptr : found->second;
}

ListRecord* OrderListTable::open_by_client_id(AccountId account,
                                              const std::string& client_list_id) {
    // A client id is given again only once its list is done, so the latest is the open one.
    ListRecord* latest = any_by_client_id(account, client_list_id);
    return latest == nullptr || latest->done() ? nullptr : latest;
}

std::size_t OrderListTable::open_count(AccountId account, const std::string& symbol) const {
    return static_cast<std::size_t>(
        std::count_if(open_.begin(), open_.end(), [&](const auto& entry) {
            return entry.second->account == account &&
                   (symbol.empty() || entry.second->list.symbol == symbol);
        }));
}

std::vector<ListRecord*> OrderListTable::open() const {
    std::vector<ListRecord*> lists;
    for (const auto& [id, list] : open_) {
        lists.push_back(list);
    }
    return lists;
}

}  // namespace portcullis::tools::venue
