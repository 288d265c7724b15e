#include "tools/venue/server/order_params.hpp"

#include <array>

namespace portcullis::tools::venue {
namespace {

ApiError unsupported(std::string_view what) {
    ApiError error;
    error.code = -2010;
    error.message = std::string(what) + " orders are not supported for this symbol.";
    return error;
}

OrderType read_type(ParamReader& in) {
    const std::string text = in.required("type");
    if (text == "LIMIT" || text.empty()) {
        return OrderType::limit;
    }
    if (text == "LIMIT_MAKER") {
        return OrderType::limit_maker;
    }
    if (text == "MARKET") {
        return OrderType::market;
    }
    if (text == "STOP_LOSS") {
        in.fail(unsupported("Stop loss"));
    } else if (text == "STOP_LOSS_LIMIT") {
        in.fail(unsupported("Stop loss limit"));
    } else if (text == "TAKE_PROFIT") {
        in.fail(unsupported("Take profit"));
    } else if (text == "TAKE_PROFIT_LIMIT") {
        in.fail(unsupported("Take profit limit"));
    } else {
        in.fail(refusals::bad_type());
    }
    return OrderType::limit;
}

TimeInForce read_time_in_force(ParamReader& in) {
    const std::string text = in.required("timeInForce");
    if (text == "IOC") {
        return TimeInForce::ioc;
    }
    if (text == "FOK") {
        return TimeInForce::fok;
    }
    if (text != "GTC" && !text.empty()) {
        in.fail(refusals::bad_time_in_force());
    }
    return TimeInForce::gtc;
}

Stp read_stp(ParamReader& in) {
    const std::string text = in.optional("selfTradePreventionMode").value_or("NONE");
    for (const Stp stp :
         {Stp::none, Stp::expire_taker, Stp::expire_maker, Stp::expire_both, Stp::decrement}) {
        if (text == render::name(stp)) {
            return stp;
        }
    }
    if (text == "TRANSFER") {
        ApiError error;
        error.code = -1013;
        error.message = "This symbol does not allow the specified self-trade prevention mode.";
        in.fail(error);
    } else {
        in.fail(refusals::invalid_data("selfTradePreventionMode"));
    }
    return Stp::none;
}

void read_amounts(ParamReader& in, NewOrder& order) {
    if (order.type == OrderType::market) {
        in.refuse("price");
        in.refuse("timeInForce");
        if (!in.has("quantity") && !in.has("quoteOrderQty")) {
            in.fail(refusals::either("quantity", "quoteOrderQty"));
        }
        if (in.has("quantity")) {
            in.refuse("quoteOrderQty");
            order.qty = QtyAtoms{in.decimal("quantity").value_or(0)};
        } else {
            order.quote_order_qty = AmountAtoms{in.decimal("quoteOrderQty").value_or(0)};
        }
        return;
    }
    if (order.type == OrderType::limit) {
        order.time_in_force = read_time_in_force(in);
    } else {
        in.refuse("timeInForce");
    }
    order.qty = QtyAtoms{in.required_decimal("quantity")};
    order.price = PriceAtoms{in.required_decimal("price")};
    in.refuse("quoteOrderQty");
}

void refuse_unsupported(ParamReader& in) {
    if (in.optional("icebergQty")) {
        in.fail(unsupported("Iceberg"));
    }
    if (in.optional("trailingDelta")) {
        in.fail(unsupported("Trailing stop"));
    }
    for (const std::string_view name :
         std::array<std::string_view, 6>{"stopPrice", "strategyId", "strategyType", "pegPriceType",
                                         "pegOffsetValue", "pegOffsetType"}) {
        in.refuse(name);
    }
}

}  // namespace

OrderRequest read_new_order(ParamReader& in) {
    OrderRequest request;
    NewOrder& order = request.order;
    order.symbol = in.symbol();
    const std::string side = in.required("side");
    order.side = side == "SELL" ? Side::sell : Side::buy;
    if (!side.empty() && side != "BUY" && side != "SELL") {
        in.fail(refusals::bad_side());
    }
    order.type = read_type(in);
    refuse_unsupported(in);
    read_amounts(in, order);
    order.client_order_id = in.client_id("newClientOrderId").value_or("");
    order.stp = read_stp(in);
    const bool full_by_default = order.type != OrderType::limit_maker;
    const std::string response =
        in.optional("newOrderRespType").value_or(full_by_default ? "FULL" : "ACK");
    request.response = response == "FULL"     ? ResponseType::full
                       : response == "RESULT" ? ResponseType::result
                                              : ResponseType::ack;
    if (response != "ACK" && response != "RESULT" && response != "FULL") {
        in.fail(refusals::invalid_data("newOrderRespType"));
    }
    return request;
}

CancelOrder read_cancel(ParamReader& in, const std::string& symbol, std::string_view id_name,
                        std::string_view client_name, std::string_view new_client_name) {
    CancelOrder cancel;
    cancel.symbol = symbol;
    cancel.order_id = in.integer(id_name).value_or(-1);
    cancel.orig_client_order_id = in.optional(client_name).value_or("");
    if (cancel.order_id < 0 && cancel.orig_client_order_id.empty()) {
        in.fail(refusals::either(client_name, id_name));
    }
    cancel.new_client_order_id = in.client_id(new_client_name).value_or("");
    const std::string restrictions = in.optional("cancelRestrictions").value_or("");
    cancel.only_new = restrictions == "ONLY_NEW";
    cancel.only_partially_filled = restrictions == "ONLY_PARTIALLY_FILLED";
    if (!restrictions.empty() && !cancel.only_new && !cancel.only_partially_filled) {
        ApiError error;
        error.code = -1145;
        error.message = "Invalid cancelRestrictions";
        in.fail(error);
    }
    return cancel;
}

}  // namespace portcullis::tools::venue
