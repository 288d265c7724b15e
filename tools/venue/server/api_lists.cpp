// Api: order lists: place, cancel, query.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/history_range.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/list_params.hpp"

namespace portcullis::tools::venue {

Api::Answer Api::place_list(Call& call, const ListRequest& request) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(request.symbol())) {
        return refusals::bad_symbol();
    }
    const std::int64_t count = request.order_count();
    if (auto error = limits_.add_orders(call.account(), count, call.now_ms)) {
        return *error;
    }
    const auto reply = exchange_.place_list(call.account(), request.list, call.now_ms);
    if (!reply.ok()) {
        for (std::int64_t i = 0; i < count; ++i) {
            limits_.give_order_back(call.account(), call.now_ms);
        }
        return refusals::from_exchange(reply.error);
    }
    return render::new_list(*reply.value, request.response, call.unit,
                            prevented_by(call, reply.value->orders.front()));
}

Api::Answer Api::list_place_old(Call& call) {
    return place_list(call, read_old_oco(call.in));
}

Api::Answer Api::list_place_oco(Call& call) {
    return place_list(call, read_new_list(call.in, ListKind::oco));
}

Api::Answer Api::list_place_oto(Call& call) {
    return place_list(call, read_new_list(call.in, ListKind::oto));
}

Api::Answer Api::list_place_otoco(Call& call) {
    return place_list(call, read_new_list(call.in, ListKind::otoco));
}

Api::Answer Api::list_place_opo(Call& call) {
    return place_list(call, read_new_list(call.in, ListKind::opo));
}

Api::Answer Api::list_place_opoco(Call& call) {
    return place_list(call, read_new_list(call.in, ListKind::opoco));
}

Api::Answer Api::list_cancel(Call& call) {
    CancelOrderList cancel;
    cancel.symbol = call.in.symbol();
    cancel.list_id = call.in.integer("orderListId").value_or(-1);
    cancel.client_list_id = call.in.optional("listClientOrderId").value_or("");
    if (cancel.list_id < 0 && cancel.client_list_id.empty()) {
        call.in.fail(refusals::either("orderListId", "listClientOrderId"));
    }
    cancel.new_client_order_id = call.in.client_id("newClientOrderId").value_or("");
    if (auto error = call.in.finish()) {
        return *error;
    }
    const auto reply = exchange_.cancel_list(call.account(), cancel, call.now_ms);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    return render::canceled_list(*reply.value, call.unit);
}

/// What a cancel answers of an order: the whole list that went with it, where there is one.
std::string Api::canceled(const Order& order, AccountId account, Unit unit) const {
    if (order.list_id < 0) {
        return render::canceled_order(order, unit);
    }
    return render::canceled_list(*exchange_.query_list(account, order.list_id, "").value, unit);
}

/// With both ids, the client id alone counts.
Api::Answer Api::list_status(Call& call) {
    const std::int64_t list_id = call.in.integer("orderListId").value_or(-1);
    const auto client_id = call.in.optional("origClientOrderId");
    if (list_id < 0 && !client_id) {
        call.in.fail(refusals::either("orderListId", "origClientOrderId"));
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    const auto reply =
        exchange_.query_list(call.account(), client_id ? -1 : list_id, client_id.value_or(""));
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    return render::order_list(*reply.value, call.unit);
}

Api::Answer Api::open_lists(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    JsonWriter out;
    out.begin_array();
    for (const OrderList& list : exchange_.order_lists(call.account())) {
        if (list.status != ListStatus::all_done) {
            out.raw(render::order_list(list, call.unit));
        }
    }
    return out.end_array().take();
}

/// Newest first, as in the documents' example; from where the client begins, in the order of ids. A
/// time beside fromId is refused over REST, and over the WebSocket API it counts alone.
Api::Answer Api::all_lists(Call& call) {
    auto from = call.in.integer("fromId");
    const Range range = read_range(call.in, call.now_ms);
    if (range.start_ms || range.end_ms) {
        if (from && call.door == Door::rest) {
            call.in.fail(refusals::bad_combination());
        }
        from.reset();
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    std::vector<OrderList> lists = exchange_.order_lists(call.account());
    std::erase_if(lists, [&](const OrderList& list) {
        return !range.holds(list.time_ms) || list.list_id < from.value_or(0);
    });
    const bool from_start = from || range.start_ms;
    keep(lists, range.limit, from_start);
    if (!from_start) {
        std::reverse(lists.begin(), lists.end());
    }
    JsonWriter out;
    out.begin_array();
    for (const OrderList& list : lists) {
        out.raw(render::order_list(list, call.unit));
    }
    return out.end_array().take();
}

}  // namespace portcullis::tools::venue
