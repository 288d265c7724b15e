// What a request on the WebSocket API costs: weight, and orders in the venue's count of them. In
// one place, because what waits for another's weight must know it too (take_beside_proof).
#pragma once

#include "engine/types/verify.hpp"
#include "gateways/binance/request_id.hpp"
#include "gateways/session/rate_budget.hpp"

namespace portcullis::gateways::binance {

/// `one_symbol`: of openOrders.status alone, about one symbol instead of the whole account.
// A success costs no weight since 2026-04, a failure does: reckoned as if each failed.
[[nodiscard]] inline RequestCost cost_of(Call call, bool one_symbol) noexcept {
    switch (call) {
        case Call::place:
        case Call::replace:
            return {1, 1};
        case Call::cancel:
        case Call::cancel_all:
        case Call::time:
            return {1, 0};
        case Call::amend:
        case Call::status:
            return {4, 0};
        case Call::open_orders:
            return {one_symbol ? 6U : 80U, 0};
        case Call::account:
        case Call::trades:
        case Call::exchange_info:
            return {20, 0};
        case Call::depth:  // by its limit: depth_request.hpp
        case Call::none:
        case Call::logon:
        case Call::subscribe:
            break;
    }
    return {2, 0};
}

}  // namespace portcullis::gateways::binance
