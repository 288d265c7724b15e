// What the core asks of a gate. The core knows no risk rule; it runs whatever satisfies Gate
// (risk/risk_gate.hpp).
//
// review() checks and reserves in one step. From then on the core tells the gate every fact about
// the order exactly once; the gate keeps its own sums, apart from the order store's, so that the
// two can be held against each other. Thread: core.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include "engine/events/control.hpp"
#include "engine/events/credential.hpp"
#include "engine/orders/requests.hpp"
#include "engine/types/id_set.hpp"
#include "engine/types/instrument.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

/// Index of an order in the order store and in the gate's reservations: the same number for both.
using OrderSlot = std::uint16_t;

/// What prices are held against: best bid and ask without our own orders and prints.
struct MarketReference {
    PriceAtoms bid{};     ///< 0: no bid
    PriceAtoms ask{};     ///< 0: no ask
    MonoNs top_time{};    ///< when the top of book was last received, local monotonic
    MonoNs alive_time{};  ///< when the connection was last proven alive
    bool valid{};         ///< book consistent: no gap, not crossed, not resyncing
};

/// The state of the world around one review. Time is the step's, never the clock's.
struct ReviewContext {
    MonoNs now{};
    MarketReference reference{};
    OrderSlot slot{};       ///< of the order under review (the new one of a replace)
    OrderSlot orig_slot{};  ///< replace: of the old one
    OrderAgentId agent{};
    AccountId account{};        ///< that the agent trades for
    CredentialId credential{};  ///< that it is logged on with
    bool session_ready{};       ///< order connection logged on
    bool reconciled{};
    bool journal_writable{};
    bool request_room{};  ///< the ring to the order agent has room
};

/// One fill, as the gate must know it. Fees are in their own asset.
struct GateFill {
    PriceAtoms price{};
    QtyAtoms qty{};
    std::int64_t fee_atoms{};
    InstrumentId instrument{no_instrument};
    AssetId fee_asset{no_asset};
    Side side{Side::buy};
    StrategyId strategy{no_strategy};  ///< of the order, where it is ours
    AccountId account{};
};

/// The gate's no, with the two numbers compared (in the limit's unit).
struct Denial {
    std::uint16_t reason{};   ///< risk::DenyReason, the first failing check
    ReasonSet all_reasons{};  ///< of every check that fails
    std::int64_t limit{};
    std::int64_t value{};
    std::uint8_t window{};  ///< of a limit in a window: which row of the scope's, from 1
};

/// What follows when a limit is broken, besides the no; in rising severity, each with all of the
/// ones before.
enum class BreachAction : std::uint8_t {
    deny = 1,    ///< nothing follows
    halt = 2,    ///< the strategy is halted and its orders are cancelled
    cancel = 3,  ///< ... all of the limit's own scope, until the venue shows none of it
    kill = 4,    ///< the kill word of the limit's own scope is put down
};

/// A limit was broken and more than a no follows. The gate has halted the scope already: nothing
/// more of it passes in the same step.
struct GateTrip {
    std::int64_t limit{};
    std::int64_t value{};
    std::uint16_t reason{};  ///< risk::DenyReason
    std::uint16_t index{};   ///< of what is stopped, in `scope`
    Scope scope{Scope::firm};
    BreachAction action{BreachAction::halt};

    friend bool operator==(const GateTrip&, const GateTrip&) noexcept = default;
};

/// Of a set of limits: taken whole, or nothing of it. What is now above a limit that was tightened
/// and was active: only reducing may follow there.
struct LimitsOutcome {
    bool taken{};
    bool reduce_firm{};
    std::uint64_t hash{};  ///< over all limits in force
    InstrumentSet reduce;
};
/// Cause of a reduce-only that a tightened limit ordered. `Command::resume` may end it: the limit
/// itself still holds.
inline constexpr std::uint32_t limits_cause = std::uint32_t{1} << 30;

/// Causes of a halt (TradingStateChanged::cause) with this bit are a control's, the rest of it is
/// the risk::DenyReason. Such a halt is latched: `Command::re_enable` alone ends it.
inline constexpr std::uint32_t control_cause = std::uint32_t{1} << 31;
[[nodiscard]] constexpr bool is_latched(std::uint32_t cause) noexcept {
    return (cause & control_cause) != 0;
}

/// What the gate makes of a sighting. The state is in force in the gate already.
struct CredentialVerdict {
    std::uint32_t signals{};  ///< all that hold; none: it is explained
    std::uint32_t cause{};    ///< of the credential's halt, as in TradingStateChanged
    std::uint8_t signal{};    ///< risk::Signal, the gravest
    CredentialResponse response{CredentialResponse::none};
    CredentialState state{CredentialState::active};
    bool raised{};  ///< the state is another than before

    friend bool operator==(const CredentialVerdict&, const CredentialVerdict&) noexcept = default;
};

template <class G>
concept Gate = requires(G& gate, const G& constant, const NewOrderSingle& order,
                        const OrderCancelReplaceRequest& replace, const ReviewContext& context,
                        const Instrument& instrument, const LimitChange& change,
                        const LimitsTake& take, OrderSlot slot, const GateFill& fill,
                        QtyAtoms leaves, PriceAtoms price, Scope scope, std::uint16_t index,
                        std::uint32_t word, TradingState state, std::uint32_t cause, AssetId asset,
                        AmountAtoms amount, std::int64_t price_micro, MonoNs now, WallNs wall,
                        InstrumentId id, StrategyId strategy, AccountId account,
                        CredentialId credential, const Sighting& seen, CredentialState standing,
                        std::uint8_t signal, StateHasher& hasher) {
    /// A Verdict: ok(), take() -> Approved<T>, denial() -> const Denial&.
    { gate.review(order, context).ok() } -> std::same_as<bool>;
    { gate.review(replace, context).ok() } -> std::same_as<bool>;
    /// A new version of the filters. Working reservations keep their atoms.
    gate.on_instrument(instrument);
    gate.on_kill_word(scope, index, word);
    /// `cause` as in TradingStateChanged.
    gate.set_trading_state(scope, index, state, cause);
    /// Of the scope's trading state now.
    { constant.state_cause(scope, index) } -> std::same_as<std::uint32_t>;
    /// One row of the set that take_limits() puts in force, all at once or not at all.
    gate.stage_limit(change);
    { gate.take_limits(take) } -> std::same_as<LimitsOutcome>;
    /// What was broken since the last call, in its order, one a call. Asked after whatever may
    /// break a limit: a review, a fill, a mark.
    { gate.take_trip() } -> std::same_as<std::optional<GateTrip>>;
    {
        constant.trading_state(id, strategy, account, credential)
        } -> std::same_as<TradingState>;  // most restrictive of all scopes, kill included
    /// An order of an earlier run that is not proven over: reserved, without a review.
    gate.restore_order(slot, order, price, leaves);
    /// Absolute balance (free + locked) at a reconciliation. Between two of them fills move it.
    gate.on_balance(asset, amount);
    /// A fill of the order in `slot`: reservation becomes position. Or of none (late, foreign):
    /// on_stray_fill.
    gate.on_fill(slot, fill, now);
    gate.on_stray_fill(fill, now);
    /// The order can fill at most `leaves` more (amend down, STP). Never raises a reservation.
    gate.on_leaves(slot, leaves);
    /// Nothing more can come of the order: what is still reserved is released, exactly once.
    gate.on_closed(slot);
    /// A cancel leaves: metered, never refused. Its order stays among the own levels until closed.
    gate.on_cancel(id, strategy, now);
    gate.on_mark(asset, price_micro);
    /// All marks that there are have been told: profit and loss is reckoned. A new UTC day of
    /// `wall` begins here.
    gate.on_marked(wall);
    /// Judges what was seen on an account that the credential trades.
    { gate.on_sighting(credential, seen, now) } -> std::same_as<CredentialVerdict>;
    /// Its state is active again: people have said so.
    gate.re_enable(credential);
    /// As a run before has left it.
    gate.restore_credential(credential, standing, signal);
    /// The denial for an order that finds no free slot: too many orders alive in the whole engine.
    { constant.no_order_slot() } -> std::same_as<Denial>;
    /// An order of `strategy` may be reviewed soon, with this slot: what that reads is on its way
    /// into the cache. Changes nothing.
    { constant.prefetch(id, strategy, slot) } -> std::same_as<void>;
    /// After a step, when its requests are on their way: what can be done ahead of the next one.
    /// Changes no answer.
    { gate.tidy(now) } -> std::same_as<void>;
    { constant.hash(hasher) } -> std::same_as<void>;
};

}  // namespace portcullis::engine
