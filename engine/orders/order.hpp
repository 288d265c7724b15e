// Order: what we know of one order of ours, and the one rule of what may follow what.
//
// The status is a *join*: reports may come twice, late, in any order and from three sources, and
// every order of arrival must end in the same state (tests permute up to six). So a status has a
// rank and a report can only raise it; a fill counts whenever it comes, also after a cancel;
// pending cancel and pending replace are marks beside the status, because they are about our
// requests and not about the order. The obvious alternative, a table of allowed transitions that
// refuses the others, drops a fill that overtakes its acknowledgement. Writer: OrderStore.
// Readers: core thread.
#pragma once

#include <cstdint>

#include "engine/core/gate_api.hpp"
#include "engine/orders/requests.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

/// No slot: what was heard belongs to no order alive.
inline constexpr OrderSlot no_slot{0xffff};

/// How much a status knows. `rejected` is below `new_`: evidence of life beats a refusal, because
/// an order that is believed dead and lives is the worse mistake. `filled` beats all.
[[nodiscard]] constexpr int rank(OrdStatus status) noexcept {
    switch (status) {
        case OrdStatus::pending_new:
            return 0;
        case OrdStatus::unknown:
            return 1;
        case OrdStatus::rejected:
            return 2;
        case OrdStatus::new_:
            return 3;
        case OrdStatus::partially_filled:
            return 4;
        case OrdStatus::canceled:
            return 5;
        case OrdStatus::expired:
            return 6;
        case OrdStatus::filled:
            return 7;
    }
    return 0;
}

/// The one transition: whichever knows more. Commutative, associative, idempotent.
[[nodiscard]] constexpr OrdStatus join(OrdStatus a, OrdStatus b) noexcept {
    return rank(a) >= rank(b) ? a : b;
}

/// What an execution type proves by itself; the report's own status is joined to it.
[[nodiscard]] constexpr OrdStatus implied(ExecType type) noexcept {
    switch (type) {
        case ExecType::new_:
        case ExecType::replaced:
        case ExecType::trade_prevented:
            return OrdStatus::new_;
        case ExecType::trade:
            return OrdStatus::partially_filled;
        case ExecType::canceled:
            return OrdStatus::canceled;
        case ExecType::rejected:
            return OrdStatus::rejected;
        case ExecType::expired:
            return OrdStatus::expired;
        case ExecType::order_status:
            return OrdStatus::pending_new;
    }
    return OrdStatus::pending_new;
}

/// The venue has accepted it, whatever became of it later.
[[nodiscard]] constexpr bool is_accepted(OrdStatus status) noexcept {
    return rank(status) >= rank(OrdStatus::new_);
}
/// Nothing new can happen to it at the venue; fills that already happened may still be missing.
[[nodiscard]] constexpr bool is_terminal(OrdStatus status) noexcept {
    return status == OrdStatus::rejected || rank(status) >= rank(OrdStatus::canceled);
}

struct Order {
    ClOrdId cl_ord_id{};
    OrderId order_id{};     ///< 0 until the venue has told
    ClOrdId replaces{};     ///< new leg of a cancel_replace: the old leg (kept as a fact)
    ClOrdId replaced_by{};  ///< the new leg, while that has no answer
    PriceTicks price{};
    PriceAtoms price_atoms{};
    QtyAtoms qty{};        ///< as it now stands: the least that any report has told
    QtyAtoms qty_sent{};   ///< as we asked for it
    QtyLots lots_sent{};   ///< the same in lots of instrument_version; 0: of an earlier run
    QtyAtoms qty_asked{};  ///< the least that an amend of ours asked for; qty_sent while none did
    QtyAtoms cum{};        ///< sum of unique fills
    QtyAtoms cum_reported{};  ///< highest running total that the venue has told; cum catches up
    MonoNs created{};
    MonoNs sent{};
    MonoNs accepted{};      ///< when the first proof of life came
    MonoNs ended{};         ///< when it became terminal
    MonoNs queried{};       ///< when the last status query left
    WallNs venue_expiry{};  ///< venue's clock after which an unanswered request is dead; 0: none
    std::uint32_t instrument_version{};
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    OrdType type{OrdType::limit};
    TimeInForce time_in_force{TimeInForce::gtc};
    OrdStatus status{OrdStatus::pending_new};
    bool cancel_pending{};
    bool replace_pending{};       ///< old leg of a replace, or amended, without an answer
    bool suspect{};               ///< something says it is not at the venue: ask
    bool query_pending{};         ///< one status query at a time
    bool query_proves{};          ///< it left after the request's expiry: "not found" is evidence
    bool listed{};                ///< seen in the open-orders answer now being read
    bool overfilled{};            ///< said once
    std::uint8_t not_found{};     ///< answers "no such order" that count as proof
    std::uint8_t cancels_sent{};  ///< repeated while it does not end

    /// The running total at which nothing is missing any more.
    [[nodiscard]] QtyAtoms expected() const noexcept {
        return status == OrdStatus::filled && cum_reported == QtyAtoms{} ? qty : cum_reported;
    }
    /// The most that can still be added to the position: all that is open, or, once terminal, the
    /// fills that the venue has told of and that have not come. Never more than the order has.
    [[nodiscard]] QtyAtoms leaves() const noexcept {
        const QtyAtoms told = expected() < qty ? expected() : qty;
        const QtyAtoms bound = is_terminal(status) ? told : qty;
        return bound > cum ? bound - cum : QtyAtoms{};
    }
    /// An amend in place has no answer yet.
    [[nodiscard]] bool amending() const noexcept {
        return replace_pending && replaced_by == ClOrdId{} && !is_terminal(status);
    }
    /// What is left to fill once the least that was ever asked for holds.
    [[nodiscard]] QtyAtoms leaves_asked() const noexcept {
        const QtyAtoms least = qty_asked < qty ? qty_asked : qty;
        return least > cum ? least - cum : QtyAtoms{};
    }
    [[nodiscard]] bool done() const noexcept { return is_terminal(status) && cum >= expected(); }
    /// It ended at or before `before` and a fill that the venue has told of has not come: the
    /// streams had their time, the history must be fetched.
    [[nodiscard]] bool fills_overdue(MonoNs before) const noexcept {
        return is_terminal(status) && cum < expected() && ended <= before;
    }
};

}  // namespace portcullis::engine
