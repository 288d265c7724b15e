// Outbound: everything that the core may ask of an order agent. A closed list, and the type of its
// first two members is the promise of the gate: a gateway that is handed a bare NewOrderSingle does
// not compile.
//
// Crosses the request ring by move. Cancels and queries need no approval: they only take risk away,
// or none. Writer: core. Reader: one order agent.
#pragma once

#include <variant>

#include "engine/orders/requests.hpp"
#include "risk/approved.hpp"

namespace portcullis::gateways {

using Outbound = std::variant<risk::Approved<engine::NewOrderSingle>,
                              risk::Approved<engine::OrderCancelReplaceRequest>,
                              engine::OrderCancelRequest, engine::OrderMassCancelRequest,
                              engine::OrderStatusRequest, engine::OpenOrdersRequest>;

}  // namespace portcullis::gateways
