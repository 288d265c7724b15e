// Api, the trading half: place, cancel, replace, amend.
#include <limits>
#include <set>

#include "tools/venue/errors.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/order_params.hpp"

namespace portcullis::tools::venue {
namespace {

/// -2021 or -2022 with the legs as data.
ApiError replace_failed(const CancelReplaceReply& reply, ResponseType type, Unit unit) {
    const bool partial = reply.canceled.has_value() || reply.placed.has_value();
    ApiError error;
    error.status = partial ? half_done_status : 400;
    error.code = partial ? -2021 : -2022;
    error.message =
        partial ? "Order cancel-replace partially failed." : "Order cancel-replace failed.";
    error.data = render::cancel_replace(reply, type, unit);
    return error;
}

/// With computeCommissionRates. Of a SOR order the documents have no special commission.
std::string rates_of_test(FeeRates rates, const AccountSetup& setup, bool sor) {
    JsonWriter out;
    out.begin_object().begin_object("standardCommissionForOrder");
    out.decimal("maker", rates.maker_e8).decimal("taker", rates.taker_e8).end_object();
    const auto none = [&out](std::string_view name) {
        out.begin_object(name).decimal("maker", 0).decimal("taker", 0).end_object();
    };
    if (!sor) {
        none("specialCommissionForOrder");
    }
    none("taxCommissionForOrder");
    render::discount(out, setup);
    return out.end_object().take();
}

}  // namespace

Api::Answer Api::order_place(Call& call) {
    const OrderRequest request = read_new_order(call.in);
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(request.order.symbol)) {
        return refusals::bad_symbol();
    }
    if (auto error = limits_.add_order(call.account(), call.now_ms)) {
        return *error;
    }
    const Reply<Order> reply = exchange_.place(call.account(), request.order, call.now_ms);
    if (!reply.ok()) {
        limits_.give_order_back(call.account(), call.now_ms);
        return refusals::from_exchange(reply.error);
    }
    return render::new_order(*reply.value, request.response, call.unit,
                             prevented_by(call, *reply.value));
}

Api::Answer Api::order_test(Call& call) {
    const OrderRequest request = read_new_order(call.in);
    const bool with_rates = call.in.boolean("computeCommissionRates").value_or(false);
    if (auto error = call.in.finish()) {
        return *error;
    }
    const Reply<Order> reply = exchange_.test(call.account(), request.order, call.now_ms);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    return with_rates ? rates_of_test(exchange_.fee_rates(call.account(), call.now_ms),
                                      exchange_.account(call.account()), false)
                      : std::string("{}");
}

/// Smart order routing needs several symbols of one base asset whose quote assets stand for each
/// other; there are none here, so an order that is well formed is refused for its symbol.
Api::Answer Api::sor_order_place(Call& call) {
    const NewOrder order = read_sor_order(call.in).order;
    if (auto error = call.in.finish()) {
        return *error;
    }
    return symbol_known(order.symbol) ? refusals::from_exchange(errors::not_supported("SOR"))
                                      : refusals::bad_symbol();
}

/// Whether an order is routed is the matching engine's matter, which a test order does not meet.
Api::Answer Api::sor_order_test(Call& call) {
    const NewOrder order = read_sor_order(call.in).order;
    const bool with_rates = call.in.boolean("computeCommissionRates").value_or(false);
    if (auto error = call.in.finish()) {
        return *error;
    }
    const Reply<Order> reply = exchange_.test(call.account(), order, call.now_ms);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    return with_rates ? rates_of_test(exchange_.fee_rates(call.account(), call.now_ms),
                                      exchange_.account(call.account()), true)
                      : std::string("{}");
}

Api::Answer Api::order_cancel(Call& call) {
    const std::string symbol = call.in.symbol();
    const CancelOrder cancel =
        read_cancel(call.in, symbol, "orderId", "origClientOrderId", "newClientOrderId");
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const Reply<Order> reply = exchange_.cancel(call.account(), cancel, call.now_ms);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    return canceled(*reply.value, call.account(), call.unit);
}

Api::Answer Api::order_cancel_replace(Call& call) {
    const OrderRequest request = read_new_order(call.in);
    const std::string& symbol = request.order.symbol;
    const CancelOrder cancel = read_cancel(call.in, symbol, "cancelOrderId",
                                           "cancelOrigClientOrderId", "cancelNewClientOrderId");
    const std::string mode = call.in.required("cancelReplaceMode");
    if (mode != "STOP_ON_FAILURE" && mode != "ALLOW_FAILURE") {
        call.in.fail(refusals::invalid_data("cancelReplaceMode"));
    }
    const std::string exceeded =
        call.in.optional("orderRateLimitExceededMode").value_or("DO_NOTHING");
    if (exceeded != "DO_NOTHING" && exceeded != "CANCEL_ONLY") {
        call.in.fail(refusals::invalid_data("orderRateLimitExceededMode"));
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    if (!exchange_.symbols().at(symbol).cancel_replace_allowed) {
        return refusals::from_exchange(errors::cancel_replace_not_supported());
    }
    CancelReplaceReply reply;
    if (auto over = limits_.add_order(call.account(), call.now_ms)) {
        return exceeded == "DO_NOTHING"
                   ? *over
                   : cancel_only(call, cancel, *over, mode == "STOP_ON_FAILURE", request.response);
    }
    reply = exchange_.cancel_replace(call.account(), cancel, request.order,
                                     mode == "STOP_ON_FAILURE", call.now_ms);
    if (reply.refused) {
        limits_.give_order_back(call.account(), call.now_ms);
        return refusals::from_exchange(*reply.refused);
    }
    // A new order that was not attempted stays counted; one that was refused does not.
    if (!reply.placed && reply.new_attempted) {
        limits_.give_order_back(call.account(), call.now_ms);
    }
    if (!reply.canceled || !reply.placed) {
        return replace_failed(reply, request.response, call.unit);
    }
    return render::cancel_replace(reply, request.response, call.unit,
                                  prevented_by(call, *reply.placed));
}

/// The cancel of a replacement that is over the limit of orders. With STOP_ON_FAILURE that limit is
/// what the request fails for; else its legs are told as ever.
ApiError Api::cancel_only(Call& call, const CancelOrder& cancel, const ApiError& over, bool stop,
                          ResponseType response) {
    Reply<Order> leg = exchange_.cancel(call.account(), cancel, call.now_ms);
    CancelReplaceReply reply;
    reply.canceled = std::move(leg.value);
    reply.cancel_error = leg.error;
    reply.new_attempted = reply.canceled.has_value() || !stop;
    reply.new_error = {over.code, over.message};
    ApiError error = replace_failed(reply, response, call.unit);
    if (stop) {
        error.status = over.status;
        error.retry_after_ms = over.retry_after_ms;
        error.server_time_ms = over.server_time_ms;
    }
    return error;
}

/// The matches that self-trade prevention stopped when the order came.
std::vector<PreventedMatch> Api::prevented_by(const Call& call, const Order& taker) const {
    return exchange_.prevented_matches(call.account(), taker.symbol, taker.order_id, 0,
                                       std::numeric_limits<std::size_t>::max());
}

Api::Answer Api::order_amend(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t order_id = call.in.integer("orderId").value_or(-1);
    const std::string client_id = call.in.optional("origClientOrderId").value_or("");
    if (order_id < 0 && client_id.empty()) {
        call.in.fail(refusals::either("origClientOrderId", "orderId"));
    }
    const std::string new_client_id = call.in.client_id("newClientOrderId").value_or("");
    const QtyAtoms qty{call.in.required_decimal("newQty")};
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const Reply<Order> reply = exchange_.amend(call.account(), symbol, order_id, client_id,
                                               new_client_id, qty, call.now_ms);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    const std::int64_t list = reply.value->list_id;
    return render::amended_order(
        *reply.value, last_execution_id_,
        list < 0 ? std::nullopt : exchange_.query_list(call.account(), list, "").value, call.unit);
}

Api::Answer Api::cancel_all(Call& call) {
    const std::string symbol = call.in.symbol();
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const auto reply = exchange_.cancel_all(call.account(), symbol, call.now_ms);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    JsonWriter out;
    out.begin_array();
    std::set<std::int64_t> lists;
    for (const Order& order : *reply.value) {
        if (order.list_id < 0 || lists.insert(order.list_id).second) {
            out.raw(canceled(order, call.account(), call.unit));
        }
    }
    return out.end_array().take();
}

}  // namespace portcullis::tools::venue
