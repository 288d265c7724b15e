// order_params: the parameters of an order, read and checked for form, before the exchange checks
// them for substance.
//
// Form errors are the -11xx and -12xx codes; filters, funds, and which peg goes with which type are
// the exchange's.
#pragma once

#include <optional>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/params.hpp"
#include "tools/venue/server/render.hpp"

namespace portcullis::tools::venue {

struct OrderRequest {
    NewOrder order;
    ResponseType response{ResponseType::ack};
};

/// What several orders of a list have in common or each for itself; errors are left in `in`.
[[nodiscard]] Side read_side(ParamReader& in);
[[nodiscard]] OrderType read_type(ParamReader& in);
[[nodiscard]] TimeInForce read_time_in_force(ParamReader& in);
void read_trigger(ParamReader& in, NewOrder& order);
void read_strategy(ParamReader& in, NewOrder& order);
[[nodiscard]] std::optional<Stp> read_stp(ParamReader& in);
[[nodiscard]] ResponseType read_response_type(ParamReader& in, std::string_view by_default);
/// All that follows from the order's type: amounts, trigger, iceberg, peg; its labels.
void read_order_form(ParamReader& in, NewOrder& order);
/// Reads all parameters of a new order; errors are left in `in`.
[[nodiscard]] OrderRequest read_new_order(ParamReader& in);
/// Those of an order for smart order routing: LIMIT or MARKET, by quantity.
[[nodiscard]] OrderRequest read_sor_order(ParamReader& in);
/// orderId and origClientOrderId under the given names, one of them mandatory; the new client id
/// and cancelRestrictions.
[[nodiscard]] CancelOrder read_cancel(ParamReader& in, const std::string& symbol,
                                      std::string_view id_name, std::string_view client_name,
                                      std::string_view new_client_name);

}  // namespace portcullis::tools::venue
