// Strangers: who else may act on an account, told by the venue's own words.
//
// A liquidation, a deleveraging and a settlement come as orders that nobody placed; funding and
// insurance as changes of balance. Binance names them in the client id ("autoclose-..."), but that
// text is the choice of whoever places an order, so a thief writes it too: what counts is the order
// or execution type, which only the venue sets (LIQUIDATION, CALCULATED), and the id only says
// which of them it is. Spot accounts know none of these: there every such id is a thief's. A rebate
// and a deposit need no mark: what comes is never a loss. Reader: gateways, a watch.
#pragma once

#include <string_view>

#include "engine/events/credential.hpp"

namespace portcullis::risk {

struct StrangerMark {
    engine::Stranger stranger{engine::Stranger::none};
    bool venue_typed{};
    friend bool operator==(const StrangerMark&, const StrangerMark&) noexcept = default;
};

/// By client id, order type (`o`) and execution type (`x`) of an order's event.
[[nodiscard]] StrangerMark stranger_of_order(std::string_view client_id,
                                             std::string_view order_type,
                                             std::string_view execution_type) noexcept;
/// By the reason (`m`) of a change of balances.
[[nodiscard]] StrangerMark stranger_of_change(std::string_view reason) noexcept;

}  // namespace portcullis::risk
