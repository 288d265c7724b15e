// Order: what we know of one order of ours, and the one table of what may follow what.
//
// The status is a *join*: reports may come twice, late, in any order and from three sources, and
// every order of arrival must end in the same state (tests permute up to six). So a status has a
// rank and a report can only raise it; a fill counts whenever it comes, also after a cancel;
// pending cancel and pending replace are marks beside the status, because they are about our
// requests and not about the order. See order_store.hpp for who applies it. Thread: core.
#pragma once

#include <cstdint>

#include "engine/core/gate_api.hpp"
#include "engine/orders/requests.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

struct Order {
    ClOrdId cl_ord_id{};
    OrderId order_id{};     ///< 0 until the venue has told
    ClOrdId replaces{};     ///< the old leg, while this is the new leg of a cancel_replace
    ClOrdId replaced_by{};  ///< the new leg, while that has no answer
    PriceTicks price{};
    PriceAtoms price_atoms{};
    QtyAtoms qty{};  ///< order quantity as it now stands (amend in place lowers it)
    QtyAtoms cum{};  ///< sum of unique fills
    QtyAtoms
        cum_reported{};  ///< highest running total that the venue has told; cum catches up with it
    MonoNs created{};
    MonoNs sent{};
    WallNs venue_expiry{};  ///< venue's clock after which an unanswered request is dead
    std::uint32_t instrument_version{};
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    OrdType type{OrdType::limit};
    TimeInForce time_in_force{TimeInForce::gtc};
    OrdStatus status{OrdStatus::pending_new};
    bool cancel_pending{};
    bool replace_pending{};
    std::uint8_t not_found{};     ///< answers "no such order" that count as proof
    std::uint8_t cancels_sent{};  ///< repeated while it does not end

    [[nodiscard]] QtyAtoms leaves() const noexcept { return qty > cum ? qty - cum : QtyAtoms{}; }
};

}  // namespace portcullis::engine
