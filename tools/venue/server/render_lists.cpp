// The third part of render.hpp: order lists.
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/render.hpp"

namespace portcullis::tools::venue::render {
namespace {

const char* name(Contingency contingency) {
    return contingency == Contingency::oco ? "OCO" : "OTO";
}

const char* type_name(ListStatus status) {
    switch (status) {
        case ListStatus::exec_started:
            return "EXEC_STARTED";
        case ListStatus::updated:
            return "UPDATED";
        case ListStatus::all_done:
            return "ALL_DONE";
    }
    return "";
}

const char* order_status_name(ListStatus status) {
    return status == ListStatus::all_done ? "ALL_DONE" : "EXECUTING";
}

void members(JsonWriter& out, const OrderList& list) {
    out.begin_array("orders");
    for (const OrderList::Member& member : list.members) {
        out.begin_object().text("symbol", list.symbol).integer("orderId", member.order_id);
        out.text("clientOrderId", member.client_order_id).end_object();
    }
    out.end_array();
}

void begin(JsonWriter& out, const OrderList& list, Unit unit) {
    out.begin_object().integer("orderListId", list.list_id);
    out.text("contingencyType", name(list.contingency));
    out.text("listStatusType", type_name(list.status));
    out.text("listOrderStatus", order_status_name(list.status));
    out.text("listClientOrderId", list.client_list_id);
    out.integer("transactionTime", in(unit, list.time_ms)).text("symbol", list.symbol);
    members(out, list);
}

}  // namespace

std::string order_list(const OrderList& list, Unit unit) {
    JsonWriter out;
    begin(out, list, unit);
    return out.end_object().take();
}

std::string new_list(const OrderList& list, ResponseType type, Unit unit,
                     const std::vector<PreventedMatch>& prevented) {
    JsonWriter out;
    begin(out, list, unit);
    out.begin_array("orderReports");
    for (const Order& order : list.orders) {
        const bool first = &order == &list.orders.front();
        out.raw(first ? new_order(order, type, unit, prevented) : new_order(order, type, unit));
    }
    return out.end_array().end_object().take();
}

std::string canceled_list(const OrderList& list, Unit unit) {
    JsonWriter out;
    begin(out, list, unit);
    out.begin_array("orderReports");
    for (const Order& order : list.orders) {
        if (order.status == Status::canceled) {
            out.raw(canceled_order(order, unit));
        }
    }
    return out.end_array().end_object().take();
}

std::string amended_list(const OrderList& list) {
    JsonWriter out;
    out.begin_object().integer("orderListId", list.list_id);
    out.text("contingencyType", name(list.contingency));
    out.text("listOrderStatus", order_status_name(list.status));
    out.text("listClientOrderId", list.client_list_id).text("symbol", list.symbol);
    members(out, list);
    return out.end_object().take();
}

std::string list_status(const OrderList& list, std::int64_t time_ms, Unit unit) {
    JsonWriter out;
    out.begin_object().text("e", "listStatus").integer("E", in(unit, time_ms));
    out.text("s", list.symbol).integer("g", list.list_id).text("c", name(list.contingency));
    out.text("l", type_name(list.status)).text("L", order_status_name(list.status));
    // A refused list is told to nobody but who asked for it.
    out.text("r", "NONE").text("C", list.client_list_id);
    out.integer("T", in(unit, list.time_ms)).begin_array("O");
    for (const OrderList::Member& member : list.members) {
        out.begin_object().text("s", list.symbol).integer("i", member.order_id);
        out.text("c", member.client_order_id).end_object();
    }
    return out.end_array().end_object().take();
}

}  // namespace portcullis::tools::venue::render
