// What the core shows a strategy and what it takes back. The core knows no strategy; it runs
// whatever satisfies QuotingStrategies (strategies/strategy_set.hpp is the one that ships).
//
// A strategy instance quotes one instrument. It never makes an order: it answers an event with
// *actions*, the quote manager's smallest set of new, cancel and replace, and the core turns each
// into a request that the gate reviews. So a strategy cannot name an id, skip the gate or act
// between events. Thread: core.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <span>

#include "engine/book/market.hpp"
#include "engine/events/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/instrument.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

/// One live order of the strategy. Leaves are worst case: in flight and unknown count as live. Only
/// of an order that is being amended they are what the amend leaves: it stands for that wish.
struct WorkingOrder {
    ClOrdId cl_ord_id{};
    PriceTicks price{};
    QtyLots leaves{};
    Side side{Side::buy};
    OrdStatus status{OrdStatus::pending_new};
    bool cancel_pending{};
    bool replace_pending{};  ///< the old leg of a replace that has no answer yet
    bool amend_pending{};    ///< an amend in place has no answer yet

    friend bool operator==(const WorkingOrder&, const WorkingOrder&) = default;
};

/// Everything that a strategy may look at. References are valid during the call only.
struct StrategyView {
    MonoNs now{};
    const Instrument& instrument;
    const InstrumentMarket& market;
    NetTop top{};                           ///< best bid and ask without our own orders
    std::span<const WorkingOrder> working;  ///< of this strategy, in order of creation
    /// While it is the same, and not 0, `working` holds the same; 0: nothing is said of that.
    std::uint64_t working_revision{};
    AmountAtoms position{};  ///< of the base asset: balance less baseline
    bool quotable{};  ///< market valid and fresh, session ready, reconciled, trading state active,
                      ///< not killed
};

/// `amend`: the order keeps its place in the queue and its price, and has less left to fill.
enum class ActionKind : std::uint8_t { new_order = 1, cancel = 2, replace = 3, amend = 4 };

struct Action {
    ActionKind kind{ActionKind::new_order};
    Side side{Side::buy};
    OrdType type{OrdType::limit_maker};
    TimeInForce time_in_force{TimeInForce::gtc};
    PriceTicks price{};
    QtyLots qty{};     ///< of an amend: what shall be left to fill
    ClOrdId target{};  ///< cancel, replace, amend: the order concerned
};

/// Actions of one event, bounded. Who listens is told of each as it is decided: the first is on its
/// way while the others are still thought about.
class ActionList {
public:
    using Listener = void (*)(void* who, const Action& action) noexcept;

    ActionList() noexcept = default;
    ActionList(Listener listener, void* who) noexcept : listener_(listener), who_(who) {}

    void clear() noexcept { count_ = 0; }
    /// False when full: the rest is decided again on the next event.
    [[nodiscard]] bool push(const Action& action) noexcept {
        if (count_ == actions_.size()) {
            return false;
        }
        actions_.data()[count_++] = action;
        if (listener_ != nullptr) {
            listener_(who_, action);
        }
        return true;
    }
    [[nodiscard]] std::span<const Action> view() const noexcept {
        return {actions_.data(), count_};
    }
    [[nodiscard]] bool full() const noexcept { return count_ == actions_.size(); }

private:
    std::array<Action, capacity::actions> actions_{};
    std::size_t count_{};
    Listener listener_{};
    void* who_{};
};

/// A request that did not become a live order, or did not amend one: denied by us (deny_reason is a
/// risk::DenyReason), rejected by the venue, or without an answer (an amend alone; the order
/// lives).
struct Refusal {
    Action action{};
    std::uint16_t deny_reason{};
    RejectReason reject_reason{RejectReason::none};
    UpdateId book{};  ///< last update of the top of book when it was refused
};

/// One fill of the strategy's own order.
struct OwnFill {
    Side side{Side::buy};
    PriceAtoms price{};
    QtyAtoms qty{};
    bool maker{};
};

// A set may also have on_working(id, working, revision), which is called in idle rounds and on
// ticks, any number of times and for revisions that quote() never shows: it may make ready what
// quote() reckons from the orders, and nothing that is hashed or decided may come of it.
template <class S>
concept QuotingStrategies = requires(S& strategies, const S& constant, StrategyId id,
                                     const StrategyView& view, ActionList& actions,
                                     const TradePrint& trade, const OwnFill& fill,
                                     const Refusal& refusal, MonoNs now, StateHasher& hasher) {
    { constant.count() } -> std::convertible_to<std::size_t>;
    { constant.instrument(id) } -> std::same_as<InstrumentId>;
    /// After each whole market event of its instrument and on timers; `actions` is empty on entry.
    /// What is pushed is performed at once; of a denial on_refused() tells when quote() is over.
    { strategies.quote(id, view, actions) }
    noexcept->std::same_as<void>;
    { strategies.on_trade(id, trade, now) }
    noexcept->std::same_as<void>;
    { strategies.on_fill(id, fill, now) }
    noexcept->std::same_as<void>;
    { strategies.on_refused(id, refusal, now) }
    noexcept->std::same_as<void>;
    { constant.hash(hasher) }
    noexcept->std::same_as<void>;
};

}  // namespace portcullis::engine
