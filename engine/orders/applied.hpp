// Applied: what one report changed, each effect exactly once.
//
// The core passes on to gate, positions and strategy what stands here and nothing else: order()
// is state, this is the difference. A duplicate gives an empty Applied. Anomalies are a set and not
// one value, because a fill may be both late and too large and neither may hide the other.
// Writer: OrderStore. Reader: core.
#pragma once

#include <cstdint>

#include "engine/orders/order.hpp"

namespace portcullis::engine {

enum class Anomaly : std::uint8_t {
    overfill = 0,         ///< more filled than the order had: position follows, halt the instrument
    price_worse = 1,      ///< filled beyond our limit
    fill_after_done = 2,  ///< normal (reports overtake each other); counted, as a stray fill
    reused_id = 3,        ///< our id on another order of the venue
    side_mismatch = 4,
    qty_mismatch = 5,  ///< the venue's order has a quantity that we never asked for
    price_mismatch = 6,
    instrument_mismatch = 7,
    unknown_id = 8,       ///< carries our tag, but no order of this epoch has or had that id
    earlier_epoch = 9,    ///< of a run before this one: normal after a restart, cancel it
    foreign = 10,         ///< no id of ours at all
    contradiction = 11,   ///< a fact that denies another: same trade with other numbers, "rejected"
                          ///< or "not sent" of a living order
    unattributed = 12,    ///< fill of an order number that may be one of ours still unanswered: NOT
                          ///< counted, reconcile again
    trade_too_old = 13,   ///< older than the memory of trades: NOT counted, reconcile balances
    no_trade_id = 14,     ///< a fill without a number cannot be told from its copy: NOT counted
    vanished = 15,        ///< the venue does not find an order that it had accepted; stays reserved
    back_from_dead = 16,  ///< lives, though it was proven dead, rejected or never sent
};

/// A set of anomalies.
class Anomalies {
public:
    constexpr void add(Anomaly anomaly) noexcept { bits_ |= bit(anomaly); }
    constexpr void add(Anomalies others) noexcept { bits_ |= others.bits_; }
    [[nodiscard]] constexpr bool has(Anomaly anomaly) const noexcept {
        return (bits_ & bit(anomaly)) != 0;
    }
    [[nodiscard]] constexpr bool none() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    /// Somebody else acts on the account, or with our ids.
    [[nodiscard]] constexpr bool breach() const noexcept {
        return has(Anomaly::reused_id) || has(Anomaly::unknown_id) || has(Anomaly::foreign) ||
               has(Anomaly::side_mismatch) || has(Anomaly::qty_mismatch) ||
               has(Anomaly::price_mismatch) || has(Anomaly::instrument_mismatch);
    }
    /// What the venue says cannot be true by our books: stop that instrument.
    [[nodiscard]] constexpr bool halts() const noexcept {
        return has(Anomaly::overfill) || has(Anomaly::price_worse) || has(Anomaly::contradiction) ||
               has(Anomaly::no_trade_id) || has(Anomaly::vanished) || has(Anomaly::back_from_dead);
    }
    /// Our books may lack something: take balances and fills from the venue again.
    [[nodiscard]] constexpr bool reconcile() const noexcept {
        return has(Anomaly::unattributed) || has(Anomaly::trade_too_old) ||
               has(Anomaly::no_trade_id) || has(Anomaly::vanished);
    }
    friend constexpr bool operator==(Anomalies a, Anomalies b) noexcept {
        return a.bits_ == b.bits_;
    }

private:
    [[nodiscard]] static constexpr std::uint32_t bit(Anomaly anomaly) noexcept {
        return std::uint32_t{1} << static_cast<unsigned>(anomaly);
    }
    std::uint32_t bits_{};
};

/// How an order came to its end.
enum class OrderEnd : std::uint8_t {
    none = 0,
    filled = 1,
    canceled = 2,
    expired = 3,
    rejected = 4,
    not_sent = 5,  ///< no byte left
    dead = 6,      ///< proven never to have arrived
};

/// One fill, counted for the first time.
struct Fill {
    ClOrdId cl_ord_id{};  ///< 0: not an order of ours
    TradeId trade{no_trade};
    PriceAtoms price{};
    QtyAtoms qty{};  ///< 0: there is no fill
    std::int64_t fee_atoms{};
    InstrumentId instrument{no_instrument};
    AssetId fee_asset{no_asset};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    bool maker{};

    [[nodiscard]] GateFill for_gate(AccountId account) const noexcept {
        return GateFill{price, qty, fee_atoms, instrument, fee_asset, side, strategy, account};
    }
};

struct Applied {
    OrderSlot slot{no_slot};  ///< no_slot: of no order alive. A fill is then a stray fill
    Fill fill{};
    QtyAtoms leaves{};      ///< of the order in `slot`, now
    QtyAtoms lowered{};     ///< by so much its quantity fell: an amend, or the venue's own doing
    bool leaves_reduced{};  ///< leaves fell by more than the fill: tell the gate
    bool accepted_now{};    ///< first proof that the venue took it
    bool done_now{};        ///< ended and no fill is missing: tell the gate, then retire(slot)
    bool amend_refused{};   ///< an amend in place came to nothing that we know of
    bool cancel_ended{};    ///< the pending cancel has its answer (or none will come)
    /// The old leg (or amended order) whose replace has its answer. Where two end at once, one of
    /// them: the marks themselves are in the orders.
    ClOrdId replace_ended{};
    OrderEnd end{OrderEnd::none};  ///< with done_now
    RejectReason reason{RejectReason::none};
    Anomalies anomalies{};

    [[nodiscard]] bool has_fill() const noexcept { return fill.qty.value != 0; }
};

}  // namespace portcullis::engine
