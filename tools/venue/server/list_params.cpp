#include "tools/venue/server/list_params.hpp"

#include "tools/venue/server/order_params.hpp"

namespace portcullis::tools::venue {
namespace {

bool is_limit(OrderType type) {
    return type == OrderType::limit_maker;
}
bool is_stop_loss(OrderType type) {
    return type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
}

/// Binance's errors for a leg on the wrong side of the price.
void check_place(ParamReader& in, Side side, OrderType type, bool above) {
    const bool sell = side == Side::sell;
    const bool profits = !is_stop_loss(type);
    if (above == (sell == profits)) {
        return;
    }
    const std::string what = is_limit(type) ? "limit" : profits ? "take profit" : "stop loss";
    const int code = is_limit(type) ? (sell ? -1166 : -1165)
                     : profits      ? (sell ? -1199 : -1198)
                                    : (sell ? -1197 : -1196);
    in.fail(refusals::of(code, "A " + what + " order in a " + (sell ? "sell" : "buy") +
                                   " OCO must be " + (above ? "below." : "above.")));
}

/// The type of one leg of a pair.
OrderType read_leg_type(ParamReader& in) {
    const OrderType type = read_type(in);
    if (in.ok() && !is_limit(type) && !is_contingent(type)) {
        in.fail(refusals::of(-1158, "Order type not supported in OCO."));
    }
    return type;
}

void check_leg_iceberg(ParamReader& in, OrderType type) {
    const bool good_till_cancelled =
        is_limit(type) || is_at_market(type) || in.optional("timeInForce").value_or("GTC") == "GTC";
    if (in.has("icebergQty") && !good_till_cancelled) {
        in.fail(refusals::of(-1160, "Parameter '" + in.name_of("icebergQty") +
                                        "' is not supported if '" + in.name_of("timeInForce") +
                                        "' is not GTC."));
    }
}

/// The two legs of a pair, the lower one first. `prefix`: "" or "pending".
void read_pair(ParamReader& in, NewOrderList& list, const NewOrder& common,
               const std::string& prefix, const std::string& quantity) {
    const bool bare = prefix.empty();
    const std::string above_name = bare ? "above" : prefix + "Above";
    const std::string below_name = bare ? "below" : prefix + "Below";
    NewOrder above = common;
    NewOrder below = common;
    {
        const ParamReader::OfOrder names(in, above_name, quantity);
        above.type = read_leg_type(in);
    }
    {
        const ParamReader::OfOrder names(in, below_name, quantity);
        below.type = read_leg_type(in);
    }
    if (is_limit(above.type) && is_limit(below.type)) {
        in.fail(refusals::of(-1168, "At least one OCO order must be contingent."));
    }
    const bool limit_below = is_limit(below.type);  // it is spoken of first, where both are wrong
    check_place(in, common.side, limit_below ? below.type : above.type, !limit_below);
    check_place(in, common.side, limit_below ? above.type : below.type, limit_below);
    for (auto& [leg, name] : {std::pair{&above, above_name}, std::pair{&below, below_name}}) {
        const ParamReader::OfOrder names(in, name, quantity);
        check_leg_iceberg(in, leg->type);
        read_order_form(in, *leg);
    }
    list.pending = {below, above};
}

NewOrder read_working(ParamReader& in, const NewOrder& common) {
    const ParamReader::OfOrder names(in, "working", "workingQuantity");
    NewOrder working = common;
    working.side = read_side(in);
    working.type = read_type(in);
    if (in.ok() && working.type != OrderType::limit && !is_limit(working.type)) {
        in.fail(refusals::bad_type());
    }
    read_order_form(in, working);
    return working;
}

/// An OPO's pending orders get their quantity from what the working order buys.
void check_payment(ParamReader& in, const NewOrderList& list, Side pending_side) {
    if (list.working->side != Side::buy) {
        in.fail(refusals::of(-1222, "Working order in an OPO list must be a bid."));
    }
    if (pending_side != Side::sell) {
        in.fail(refusals::of(-1223, "Pending orders in an OPO list must be asks."));
    }
    if (in.has("pendingQuantity")) {
        in.fail(
            refusals::of(-1225, "Pending orders should not include the 'pendingQuantity' tag."));
    }
}

}  // namespace

ListRequest read_new_list(ParamReader& in, ListKind kind) {
    ListRequest request;
    NewOrder common;
    common.symbol = in.symbol();
    request.list.client_list_id = in.client_id("listClientOrderId").value_or("");
    common.stp = read_stp(in);
    request.response = read_response_type(in, "RESULT");
    if (kind == ListKind::oco) {
        common.side = read_side(in);
        read_pair(in, request.list, common, "", "quantity");
        return request;
    }
    request.list.pays = kind == ListKind::opo || kind == ListKind::opoco;
    request.list.working = read_working(in, common);
    {
        const ParamReader::OfOrder names(in, "pending", "pendingQuantity");
        common.side = read_side(in);
    }
    const std::string quantity = request.list.pays ? "" : "pendingQuantity";
    if (request.list.pays) {
        check_payment(in, request.list, common.side);
    }
    if (kind == ListKind::otoco || kind == ListKind::opoco) {
        read_pair(in, request.list, common, "pending", quantity);
        return request;
    }
    const ParamReader::OfOrder names(in, "pending", quantity);
    NewOrder pending = common;
    pending.type = read_type(in);
    read_order_form(in, pending);
    request.list.pending = {pending};
    return request;
}

ListRequest read_old_oco(ParamReader& in) {
    ListRequest request;
    NewOrder common;
    common.symbol = in.symbol();
    request.list.client_list_id = in.client_id("listClientOrderId").value_or("");
    common.side = read_side(in);
    common.qty = QtyAtoms{in.required_decimal("quantity")};
    common.stp = read_stp(in);
    request.response = read_response_type(in, "RESULT");
    NewOrder limit = common;
    limit.type = OrderType::limit_maker;
    limit.price = PriceAtoms{in.required_decimal("price")};
    limit.iceberg_qty = QtyAtoms{in.decimal("limitIcebergQty").value_or(0)};
    limit.client_order_id = in.client_id("limitClientOrderId").value_or("");
    NewOrder stop = common;
    const auto stop_limit = in.decimal("stopLimitPrice");
    stop.type = stop_limit ? OrderType::stop_loss_limit : OrderType::stop_loss;
    stop.price = PriceAtoms{stop_limit.value_or(0)};
    read_trigger(in, stop);
    if (stop_limit && !in.has("stopLimitTimeInForce")) {
        ApiError error = refusals::bad_combination();
        error.message += " Recommendation: 'stopLimitTimeInForce' should also be sent.";
        in.fail(error);
    } else if (stop_limit) {
        const ParamReader::OfOrder names(in, "stopLimit", "quantity");
        stop.time_in_force = read_time_in_force(in);
    } else {
        in.refuse("stopLimitTimeInForce");
        in.refuse("stopIcebergQty");
    }
    stop.iceberg_qty = QtyAtoms{in.decimal("stopIcebergQty").value_or(0)};
    if (stop.iceberg_qty > QtyAtoms{0} && stop.time_in_force != TimeInForce::gtc) {
        in.fail(
            refusals::of(-1160,
                         "Parameter 'stopIcebergQty' is not supported if 'stopLimitTimeInForce' is "
                         "not GTC."));
    }
    stop.client_order_id = in.client_id("stopClientOrderId").value_or("");
    {
        const ParamReader::OfOrder names(in, "limit", "quantity");
        read_strategy(in, limit);
    }
    {
        const ParamReader::OfOrder names(in, "stop", "quantity");
        read_strategy(in, stop);
    }
    request.list.pending = {stop, limit};
    return request;
}

}  // namespace portcullis::tools::venue
