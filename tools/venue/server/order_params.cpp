#include "tools/venue/server/order_params.hpp"

#include <limits>

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t trailing_delta_max = 1'000'000;  // a filter knows the real bound
constexpr std::int64_t strategy_type_min = 1'000'000;
constexpr std::int64_t strategy_type_max = std::numeric_limits<std::int32_t>::max();

/// In a list no order is by quote, and without a name the quantity comes later (OPO).
void read_quantity(ParamReader& in, NewOrder& order) {
    const std::string name = in.name_of("quantity");
    if (name.empty()) {
        return;
    }
    if (order.type != OrderType::market || name != "quantity") {
        order.qty = QtyAtoms{in.required_decimal("quantity")};
        in.refuse("quoteOrderQty");
        return;
    }
    if (!in.has("quantity") && !in.has("quoteOrderQty")) {
        in.fail(refusals::either("quantity", "quoteOrderQty"));
    }
    if (in.has("quantity")) {
        in.refuse("quoteOrderQty");
        order.qty = QtyAtoms{in.decimal("quantity").value_or(0)};
    } else {
        order.quote_order_qty = AmountAtoms{in.decimal("quoteOrderQty").value_or(0)};
    }
}

void read_amounts(ParamReader& in, NewOrder& order) {
    read_quantity(in, order);
    if (is_at_market(order.type)) {
        in.refuse("price");
        in.refuse("timeInForce");
        return;
    }
    if (order.type == OrderType::limit_maker) {
        in.refuse("timeInForce");
    } else {
        order.time_in_force = read_time_in_force(in);
    }
    order.price = PriceAtoms{order.peg.is_set() ? in.decimal("price").value_or(0)
                                                : in.required_decimal("price")};
}

void read_iceberg(ParamReader& in, NewOrder& order) {
    if (is_at_market(order.type)) {
        in.refuse("icebergQty");
        return;
    }
    order.iceberg_qty = QtyAtoms{in.decimal("icebergQty").value_or(0)};
    if (order.iceberg_qty > QtyAtoms{0} && order.time_in_force != TimeInForce::gtc) {
        in.fail(refusals::of(-1014, "Unsupported order combination."));
    }
}

/// pegPriceType, and pegOffsetType with pegOffsetValue.
void read_peg(ParamReader& in, NewOrder& order) {
    const auto price = in.optional("pegPriceType");
    if (!price) {
        in.refuse("pegOffsetType");
        in.refuse("pegOffsetValue");
        return;
    }
    order.peg.price = *price == render::name(PegPrice::primary)  ? PegPrice::primary
                      : *price == render::name(PegPrice::market) ? PegPrice::market
                                                                 : PegPrice::none;
    if (!order.peg.is_set()) {
        in.fail(refusals::of(-1210, "Invalid pegPriceType."));
    }
    const auto type = in.optional("pegOffsetType");
    order.peg.offset = in.integer("pegOffsetValue");
    if (type && *type != "PRICE_LEVEL") {
        in.fail(refusals::of(-1211, "Invalid pegOffsetType."));
    }
    if (type.has_value() != order.peg.offset.has_value()) {
        in.fail(refusals::of(-1128, "Combination of optional fields invalid. Recommendation: '" +
                                        in.name_of("pegOffsetType") + "' and '" +
                                        in.name_of("pegOffsetValue") + "' must both be sent."));
    }
    if (order.peg.offset.value_or(0) > peg_offset_max) {
        in.fail(refusals::invalid_data(in.name_of("pegOffsetValue")));
    }
}

}  // namespace

OrderType read_type(ParamReader& in) {
    const std::string text = in.required("type");
    for (std::size_t i = 0; i < order_type_count; ++i) {
        if (text == render::name(static_cast<OrderType>(i))) {
            return static_cast<OrderType>(i);
        }
    }
    if (!text.empty()) {
        in.fail(refusals::bad_type());
    }
    return OrderType::limit;
}

std::optional<Stp> read_stp(ParamReader& in) {
    const auto text = in.optional("selfTradePreventionMode");
    if (!text) {
        return std::nullopt;
    }
    const auto stp = stp_named(*text);
    if (!stp) {
        in.fail(refusals::invalid_data("selfTradePreventionMode"));
    }
    return stp;
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

void read_trigger(ParamReader& in, NewOrder& order) {
    if (!is_contingent(order.type)) {
        in.refuse("stopPrice");
        in.refuse("trailingDelta");
        return;
    }
    if (!in.has("stopPrice") && !in.has("trailingDelta")) {
        in.fail(refusals::either(in.name_of("stopPrice"), in.name_of("trailingDelta")));
    }
    order.stop_price = PriceAtoms{in.decimal("stopPrice").value_or(0)};
    if (const auto delta = in.integer("trailingDelta")) {
        order.trailing_delta = *delta;
        if (*delta < 1 || *delta > trailing_delta_max) {
            in.fail(refusals::invalid_data(in.name_of("trailingDelta")));
        }
    }
}

void read_strategy(ParamReader& in, NewOrder& order) {
    order.strategy.id = in.integer("strategyId");
    order.strategy.type = in.integer("strategyType");
    if (order.strategy.type && *order.strategy.type < strategy_type_min) {
        in.fail(refusals::of(-1134, in.name_of("strategyType") + " was less than 1000000."));
    }
    if (order.strategy.type.value_or(0) > strategy_type_max) {
        in.fail(refusals::overflowed(in.name_of("strategyType")));
    }
}

Side read_side(ParamReader& in) {
    const std::string side = in.required("side");
    if (!side.empty() && side != "BUY" && side != "SELL") {
        in.fail(refusals::bad_side());
    }
    return side == "SELL" ? Side::sell : Side::buy;
}

ResponseType read_response_type(ParamReader& in, std::string_view by_default) {
    const std::string response = in.optional("newOrderRespType").value_or(std::string(by_default));
    if (response != "ACK" && response != "RESULT" && response != "FULL") {
        in.fail(refusals::invalid_data("newOrderRespType"));
    }
    return response == "FULL"     ? ResponseType::full
           : response == "RESULT" ? ResponseType::result
                                  : ResponseType::ack;
}

void read_order_form(ParamReader& in, NewOrder& order) {
    read_peg(in, order);
    read_strategy(in, order);
    read_amounts(in, order);
    read_trigger(in, order);
    read_iceberg(in, order);
    order.client_order_id = in.client_id("newClientOrderId").value_or("");
}

OrderRequest read_new_order(ParamReader& in) {
    OrderRequest request;
    NewOrder& order = request.order;
    order.symbol = in.symbol();
    order.side = read_side(in);
    order.type = read_type(in);
    read_order_form(in, order);
    order.stp = read_stp(in);
    const bool full_by_default = order.type == OrderType::limit || order.type == OrderType::market;
    request.response = read_response_type(in, full_by_default ? "FULL" : "ACK");
    return request;
}

OrderRequest read_sor_order(ParamReader& in) {
    for (const std::string_view name :
         {"quoteOrderQty", "pegPriceType", "stopPrice", "trailingDelta"}) {
        in.refuse(name);
    }
    OrderRequest request = read_new_order(in);
    if (request.order.type != OrderType::limit && request.order.type != OrderType::market) {
        in.fail(refusals::bad_type());
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
        in.fail(refusals::of(-1145, "Invalid cancelRestrictions"));
    }
    return cancel;
}

}  // namespace portcullis::tools::venue
