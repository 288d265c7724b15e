// Recovery events: what a run takes over from the runs before it, as inputs at its beginning.
//
// Money, orders, trade numbers and halts outlive a process; the journal says what they were. They
// come in as events and not through a door of their own, so that a replay of a run needs that run's
// records only, and the state hash covers them. (Message windows, the ids of the done and the fills
// that are booked are the exception: too many to repeat at each start, they are read from the
// records of the runs before.) Writers: wiring (at start, from the journal), order agent
// (trade_baseline). Reader: core.
#pragma once

#include "engine/events/control.hpp"
#include "engine/events/event.hpp"
#include "engine/types/fix.hpp"

namespace portcullis::engine {

/// Balance by our own reckoning at the end of the run before. The venue's is held against it.
struct RestoredBalance {
    static constexpr EventType type = EventType::restored_balance;
    AmountAtoms balance{};
    AssetId asset{no_asset};
    std::uint8_t reserved[14]{};
};
static_assert(EventPayload<RestoredBalance> && sizeof(RestoredBalance) == 32);

/// Trades of `instrument` up to `last` are inside the balances; a later one is news unless it was
/// booked (TradingCore::restore_fill).
struct TradeBaseline {
    static constexpr EventType type = EventType::trade_baseline;
    TradeId last{no_trade};
    InstrumentId instrument{no_instrument};
    std::uint8_t reserved[6]{};
};
static_assert(EventPayload<TradeBaseline> && sizeof(TradeBaseline) == 16);

/// An order of an earlier run whose end is in no journal. It comes back as *unknown*: reserved,
/// asked about, cancelled when it is found.
struct RestoredOrder {
    static constexpr EventType type = EventType::restored_order;
    ClOrdId cl_ord_id{};
    OrderId order_id{};  ///< 0: the venue never told
    PriceAtoms price{};
    QtyAtoms qty{};
    QtyAtoms cum{};         ///< of the fills that were booked
    WallNs venue_expiry{};  ///< its request cannot take effect later
    InstrumentId instrument{no_instrument};
    StrategyId strategy{no_strategy};
    Side side{Side::buy};
    std::uint8_t reserved[4]{};
};
static_assert(EventPayload<RestoredOrder> && sizeof(RestoredOrder) == 56);

/// A halt or reduce-only that nobody had ended when the run before did: a start raises no risk that
/// a person or a check has lowered. `resume` ends it.
struct RestoredState {
    static constexpr EventType type = EventType::restored_state;
    Scope scope{Scope::firm};
    TradingState state{TradingState::halted};
    std::uint16_t index{};
    std::uint32_t cause{};  ///< as in TradingStateChanged
};
static_assert(EventPayload<RestoredState>);

}  // namespace portcullis::engine
