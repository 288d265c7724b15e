#include "tools/venue/server/render.hpp"

#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue::render {
namespace {

/// -1 for an order that never rested.
std::int64_t working_time(const Order& order, Unit unit) {
    return order.working_time_ms > 0 ? in(unit, order.working_time_ms) : -1;
}

void expiry(JsonWriter& out, const Order& order) {
    if (!order.expiry_reason.empty()) {
        out.text("expiryReason", order.expiry_reason);
    }
}

/// The mode of self-trade prevention, and what it took out of the order: in what the STP FAQ shows
/// of an order that is asked for, with the match, and of a new one without.
void prevention(JsonWriter& out, const Order& order, bool with_match) {
    out.text("selfTradePreventionMode", name(order.stp));
    if (order.prevented_match_id < 0) {
        return;
    }
    if (with_match) {
        out.integer("preventedMatchId", order.prevented_match_id);
    }
    out.decimal("preventedQuantity", order.prevented_qty.value);
}

/// What each mode takes out; a mode that spares an order tells nothing of it.
void prevented_quantities(JsonWriter& out, const PreventedMatch& match) {
    if (match.taker_qty) {
        out.decimal("takerPreventedQuantity", match.taker_qty->value);
    }
    if (match.maker_qty) {
        out.decimal("makerPreventedQuantity", match.maker_qty->value);
    }
}

void prevented_matches(JsonWriter& out, const std::string& symbol,
                       const std::vector<PreventedMatch>& prevented) {
    if (prevented.empty()) {
        return;
    }
    out.begin_array("preventedMatches");
    for (const PreventedMatch& match : prevented) {
        out.begin_object().integer("preventedMatchId", match.match_id);
        out.text("makerSymbol", symbol)
            .integer("makerOrderId", match.maker_order_id)
            .decimal("price", match.price.value);
        prevented_quantities(out, match);
        out.end_object();
    }
    out.end_array();
}

/// What the venue adds for an order that has it: trailingDelta and trailingTime.
void trailing(JsonWriter& out, const Order& order, Unit unit) {
    if (order.trailing_delta != 0) {
        out.integer("trailingDelta", order.trailing_delta);
        out.integer("trailingTime", in(unit, order.trailing_time_ms));
    }
}

void strategy(JsonWriter& out, const Order& order) {
    if (order.strategy.id) {
        out.integer("strategyId", *order.strategy.id);
    }
    if (order.strategy.type) {
        out.integer("strategyType", *order.strategy.type);
    }
}

/// stopPrice, trailing stop: only of an order that was sent with them.
void stop(JsonWriter& out, const Order& order, Unit unit) {
    if (is_contingent(order.type)) {
        out.decimal("stopPrice", order.stop_price.value);
    }
    trailing(out, order, unit);
}

/// The same of icebergQty and the two labels.
void iceberg_and_strategy(JsonWriter& out, const Order& order) {
    if (order.iceberg_qty > QtyAtoms{0}) {
        out.decimal("icebergQty", order.iceberg_qty.value);
    }
    strategy(out, order);
}

/// What the price was sent as, and of a pegged order what it is pegged to, once that is known.
void price(JsonWriter& out, const Order& order) {
    out.decimal("price", told_price(order).value);
    if (!order.peg.is_set()) {
        return;
    }
    out.text("pegPriceType", name(order.peg.price));
    if (order.peg.offset) {
        out.text("pegOffsetType", "PRICE_LEVEL").integer("pegOffsetValue", *order.peg.offset);
    }
    if (order.working_time_ms > 0) {
        out.decimal("peggedPrice", order.price.value);
    }
}

void fills(JsonWriter& out, const Order& order) {
    out.begin_array("fills");
    for (const Fill& fill : order.fills) {
        out.begin_object().decimal("price", fill.price.value).decimal("qty", fill.qty.value);
        out.decimal("commission", fill.commission.value);
        out.text("commissionAsset", fill.commission_asset).integer("tradeId", fill.trade_id);
        out.end_object();
    }
    out.end_array();
}

void levels(JsonWriter& out, std::string_view side, const std::vector<Level>& levels) {
    out.begin_array(side);
    for (const Level& level : levels) {
        out.begin_array().decimal(level.price.value).decimal(level.qty.value).end_array();
    }
    out.end_array();
}

}  // namespace

const char* name(Side side) {
    return side == Side::buy ? "BUY" : "SELL";
}

const char* name(OrderType type) {
    return order_type_names[static_cast<std::size_t>(type)];
}

const char* name(TimeInForce time_in_force) {
    switch (time_in_force) {
        case TimeInForce::gtc:
            return "GTC";
        case TimeInForce::ioc:
            return "IOC";
        case TimeInForce::fok:
            return "FOK";
    }
    return "";
}

const char* name(Status status) {
    switch (status) {
        case Status::new_:
            return "NEW";
        case Status::partially_filled:
            return "PARTIALLY_FILLED";
        case Status::filled:
            return "FILLED";
        case Status::canceled:
            return "CANCELED";
        case Status::rejected:
            return "REJECTED";
        case Status::expired:
            return "EXPIRED";
        case Status::expired_in_match:
            return "EXPIRED_IN_MATCH";
        case Status::pending_new:
            return "PENDING_NEW";
    }
    return "";
}

const char* name(PegPrice peg) {
    return peg == PegPrice::primary ? "PRIMARY_PEG" : peg == PegPrice::market ? "MARKET_PEG" : "";
}

PriceAtoms told_price(const Order& order) {
    return order.peg.is_set() ? order.peg.sent_price : order.price;
}

const char* name(Stp stp) {
    return stp_names[static_cast<std::size_t>(stp)];
}

std::string new_order(const Order& order, ResponseType type, Unit unit,
                      const std::vector<PreventedMatch>& prevented) {
    JsonWriter out;
    out.begin_object().text("symbol", order.symbol).integer("orderId", order.order_id);
    out.integer("orderListId", order.list_id).text("clientOrderId", order.client_order_id);
    out.integer("transactTime", in(unit, order.update_time_ms));
    if (type != ResponseType::ack) {
        price(out, order);
        if (order.orig_qty > QtyAtoms{0}) {  // a pending order of an OPO has none yet
            out.decimal("origQty", order.orig_qty.value);
        }
        out.decimal("executedQty", order.executed_qty.value);
        out.decimal("origQuoteOrderQty", order.quote_order_qty.value);
        out.decimal("cummulativeQuoteQty", order.cumulative_quote.value);
        out.text("status", name(order.status)).text("timeInForce", name(order.time_in_force));
        out.text("type", name(order.type)).text("side", name(order.side));
        stop(out, order, unit);
        out.integer("workingTime", working_time(order, unit));
        iceberg_and_strategy(out, order);
        expiry(out, order);
        if (type == ResponseType::full) {
            fills(out, order);
            prevented_matches(out, order.symbol, prevented);
        }
        prevention(out, order, false);
    }
    return out.end_object().take();
}

std::string canceled_order(const Order& order, Unit unit) {
    JsonWriter out;
    out.begin_object().text("symbol", order.symbol);
    out.text("origClientOrderId", order.orig_client_order_id).integer("orderId", order.order_id);
    out.integer("orderListId", order.list_id).text("clientOrderId", order.client_order_id);
    out.integer("transactTime", in(unit, order.update_time_ms));
    price(out, order);
    out.decimal("origQty", order.orig_qty.value);
    out.decimal("executedQty", order.executed_qty.value);
    out.decimal("origQuoteOrderQty", order.quote_order_qty.value);
    out.decimal("cummulativeQuoteQty", order.cumulative_quote.value);
    out.text("status", name(order.status)).text("timeInForce", name(order.time_in_force));
    out.text("type", name(order.type)).text("side", name(order.side));
    stop(out, order, unit);
    iceberg_and_strategy(out, order);
    prevention(out, order, true);
    return out.end_object().take();
}

std::string amended_order(const Order& order, std::int64_t execution_id,
                          const std::optional<OrderList>& list, Unit unit) {
    JsonWriter out;
    out.begin_object().integer("transactTime", in(unit, order.update_time_ms));
    out.integer("executionId", execution_id).begin_object("amendedOrder");
    out.text("symbol", order.symbol).integer("orderId", order.order_id);
    out.integer("orderListId", order.list_id).text("origClientOrderId", order.orig_client_order_id);
    out.text("clientOrderId", order.client_order_id);
    price(out, order);
    out.decimal("qty", order.orig_qty.value).decimal("executedQty", order.executed_qty.value);
    out.decimal("preventedQty", order.prevented_qty.value)
        .decimal("quoteOrderQty", order.quote_order_qty.value);
    out.decimal("cumulativeQuoteQty", order.cumulative_quote.value);
    out.text("status", name(order.status)).text("timeInForce", name(order.time_in_force));
    out.text("type", name(order.type)).text("side", name(order.side));
    stop(out, order, unit);
    if (order.status != Status::pending_new) {
        out.integer("workingTime", working_time(order, unit));
    }
    iceberg_and_strategy(out, order);
    out.text("selfTradePreventionMode", name(order.stp)).end_object();
    if (list) {
        out.raw("listStatus", amended_list(*list));
    }
    return out.end_object().take();
}

std::string order_row(const Order& order, Unit unit) {
    JsonWriter out;
    out.begin_object().text("symbol", order.symbol).integer("orderId", order.order_id);
    out.integer("orderListId", order.list_id).text("clientOrderId", order.client_order_id);
    price(out, order);
    out.decimal("origQty", order.orig_qty.value);
    out.decimal("executedQty", order.executed_qty.value);
    out.decimal("cummulativeQuoteQty", order.cumulative_quote.value);
    out.text("status", name(order.status)).text("timeInForce", name(order.time_in_force));
    out.text("type", name(order.type)).text("side", name(order.side));
    out.decimal("stopPrice", order.stop_price.value);
    trailing(out, order, unit);
    out.decimal("icebergQty", order.iceberg_qty.value);
    out.integer("time", in(unit, order.time_ms));
    out.integer("updateTime", in(unit, order.update_time_ms));
    out.boolean("isWorking", order.working_time_ms > 0);
    out.integer("workingTime", working_time(order, unit));
    out.decimal("origQuoteOrderQty", order.quote_order_qty.value);
    strategy(out, order);
    expiry(out, order);
    prevention(out, order, true);
    return out.end_object().take();
}

std::string trade_row(const std::string& symbol, const Exchange::TradeRow& row, Unit unit) {
    const Fill& fill = row.fill;
    JsonWriter out;
    out.begin_object().text("symbol", symbol).integer("id", fill.trade_id);
    out.integer("orderId", row.order_id).integer("orderListId", row.list_id);
    out.decimal("price", fill.price.value).decimal("qty", fill.qty.value);
    out.decimal("quoteQty",
                engine::quote_amount(fill.price, fill.qty, engine::Rounding::down).value);
    out.decimal("commission", fill.commission.value);
    out.text("commissionAsset", fill.commission_asset);
    out.integer("time", in(unit, fill.time_ms)).boolean("isBuyer", row.side == Side::buy);
    return out.boolean("isMaker", fill.maker).boolean("isBestMatch", true).end_object().take();
}

std::string amendment(const std::string& symbol, std::int64_t order_id, const Amendment& amendment,
                      Unit unit) {
    JsonWriter out;
    out.begin_object().text("symbol", symbol).integer("orderId", order_id);
    out.integer("executionId", amendment.execution_id);
    out.text("origClientOrderId", amendment.orig_client_order_id);
    out.text("newClientOrderId", amendment.new_client_order_id);
    out.decimal("origQty", amendment.orig_qty.value).decimal("newQty", amendment.new_qty.value);
    return out.integer("time", in(unit, amendment.time_ms)).end_object().take();
}

std::string prevented_match(const std::string& symbol, const PreventedMatch& match, Unit unit) {
    JsonWriter out;
    out.begin_object().text("symbol", symbol).integer("preventedMatchId", match.match_id);
    out.integer("takerOrderId", match.taker_order_id).text("makerSymbol", symbol);
    out.integer("makerOrderId", match.maker_order_id).integer("tradeGroupId", trade_group);
    out.text("selfTradePreventionMode", name(match.mode)).decimal("price", match.price.value);
    prevented_quantities(out, match);
    return out.integer("transactTime", in(unit, match.time_ms)).end_object().take();
}

std::string cancel_replace(const CancelReplaceReply& reply, ResponseType type, Unit unit,
                           const std::vector<PreventedMatch>& prevented) {
    const auto error = [](const VenueError& e) { return refusals::from_exchange(e).json(); };
    JsonWriter out;
    out.begin_object().text("cancelResult", reply.canceled ? "SUCCESS" : "FAILURE");
    out.text("newOrderResult", reply.placed          ? "SUCCESS"
                               : reply.new_attempted ? "FAILURE"
                                                     : "NOT_ATTEMPTED");
    out.raw("cancelResponse",
            reply.canceled ? canceled_order(*reply.canceled, unit) : error(reply.cancel_error));
    out.raw("newOrderResponse", reply.placed ? new_order(*reply.placed, type, unit, prevented)
                                : reply.new_attempted ? error(reply.new_error)
                                                      : "null");
    return out.end_object().take();
}

std::string book(const Exchange::BookCopy& book) {
    JsonWriter out;
    out.begin_object().integer("lastUpdateId", static_cast<std::int64_t>(book.last_update_id));
    levels(out, "bids", book.bids);
    levels(out, "asks", book.asks);
    return out.end_object().take();
}

std::string book_ticker(const std::string& symbol, const Exchange::BookCopy& book) {
    const Level bid = book.bids.empty() ? Level{} : book.bids.front();
    const Level ask = book.asks.empty() ? Level{} : book.asks.front();
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    out.decimal("bidPrice", bid.price.value).decimal("bidQty", bid.qty.value);
    out.decimal("askPrice", ask.price.value).decimal("askQty", ask.qty.value);
    return out.end_object().take();
}

}  // namespace portcullis::tools::venue::render
