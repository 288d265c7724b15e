// OrderStore: every order of ours that may still move the position, and what became of the others.
//
// A fixed table of slots; the slot number is also the gate's reservation number. Reports are facts
// that are joined to an order, so that any order of arrival, with any repetition, ends in the same
// state and in the same sum of effects (order.hpp, "join"). An order leaves the table when it is
// terminal AND no fill that the venue has told of is missing; then the core, after it has told the
// gate, calls retire(). The last 65,536 ids that were retired are remembered: a late copy is
// recognised, a new order under an old id is a breach. (Beyond that a late report is `unknown_id`,
// which halts: forgetting errs to the safe side.)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/events/account.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/recovery.hpp"
#include "engine/orders/applied.hpp"
#include "engine/orders/flat_index.hpp"
#include "engine/orders/order.hpp"
#include "engine/orders/trade_memory.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/id_set.hpp"
#include "engine/types/prefetch.hpp"

namespace portcullis::engine {

/// When to ask about an order, and when silence is proof.
struct UnknownPolicy {
    DurationNs margin{};       ///< beyond venue_expiry, for the venue's own unsteadiness
    DurationNs answer_max{};   ///< a sent request without answer for so long is asked about
    DurationNs query_pause{};  ///< between two queries about one order
};

/// Answers "not found" that prove a request dead.
inline constexpr std::uint8_t not_found_proof = 2;

// Unknown is a state. A request without an answer keeps its reservation until the venue's clock has
// passed its expiry plus a margin and two status queries *sent after that* say "not found".
// Nothing is ever resent; this class only says whom to ask about.
//
// Requires of gateways: every copy of one fill carries the same numbers, its fee included.
// Writer and reader: core thread. No allocation after construction.
class OrderStore {
public:
    explicit OrderStore(const UnknownPolicy& policy);

    /// A run begins: ids carry this epoch. Requires: no order alive.
    void start(Epoch epoch) noexcept;
    [[nodiscard]] Epoch epoch() const noexcept { return epoch_; }

    // --- our own acts -----------------------------------------------------------------------
    /// The slot that the next open() takes; nothing when the table is full.
    [[nodiscard]] std::optional<OrderSlot> free_slot() const noexcept;
    /// That open() may soon be called with these: what it writes is on its way into the cache.
    void prefetch_open(OrderSlot slot, ClOrdId next) const noexcept;
    /// A reviewed order, about to be sent. `replaces`: the old leg, marked as being replaced; or
    /// no_order. Requires: slot is free_slot(), the id is of this epoch and higher than all before.
    void open(OrderSlot slot, const NewOrderSingle& order, PriceAtoms price, QtyAtoms qty,
              ClOrdId replaces, MonoNs now) noexcept;
    /// An amend in place of this order to `qty` is about to be sent.
    void mark_amend(OrderSlot slot, QtyAtoms qty) noexcept;
    /// A cancel of this order is about to be sent.
    void mark_cancel(OrderSlot slot) noexcept;
    /// A status query of this order is about to be sent. `venue_now`: the venue's clock at the
    /// earliest that it can be (offset less uncertainty); nothing when it is not known.
    void mark_query(OrderSlot slot, MonoNs now, std::optional<WallNs> venue_now) noexcept;
    /// Frees the slot of an order that an Applied has declared done. Requires: done().
    void retire(OrderSlot slot) noexcept;

    // --- at the start of a run, from the journal: what the runs before left
    /// An order of an earlier epoch whose end is not known: unknown here too, and asked about.
    /// Requires: slot is free_slot(), something of it is left to fill.
    void restore(OrderSlot slot, const RestoredOrder& order, MonoNs now) noexcept;
    /// An id of an earlier epoch whose order is done.
    void restore_done(const OrderClosed& closed) noexcept;
    /// A fill that the runs before have booked: told again, it is a copy.
    void restore_fill(const FillBooked& fill) noexcept;

    // --- facts ------------------------------------------------------------------------------
    // Requires of each: the order that the Applied before declared done was retired (verified).
    [[nodiscard]] Applied apply(const ExecutionReport& report, MonoNs now) noexcept;
    [[nodiscard]] Applied apply(const AccountFill& fill, MonoNs now) noexcept;
    [[nodiscard]] Applied apply(const OrderCancelReject& reject, MonoNs now) noexcept;
    [[nodiscard]] Applied apply(const RequestOutcome& outcome, MonoNs now) noexcept;
    [[nodiscard]] Applied apply(const OrderNotFound& answer, MonoNs now) noexcept;
    /// A row of an open-orders answer.
    [[nodiscard]] Applied apply(const OpenOrder& row, MonoNs now) noexcept;
    /// Before the rows of an open-orders answer, and after them: orders of the instruments that
    /// were asked about, accepted before `issued` and not listed, become
    /// suspect. Returns how many.
    void begin_open_orders(const InstrumentSet& instruments) noexcept;
    std::size_t end_open_orders(const InstrumentSet& instruments, MonoNs issued) noexcept;
    /// Trades up to `last` are inside the balances that this run starts from.
    void set_start(InstrumentId instrument, TradeId last) noexcept {
        trades_.set_start(instrument, last);
    }
    [[nodiscard]] TradeId last_trade(InstrumentId instrument) const noexcept {
        return trades_.last(instrument);
    }

    // --- whom to ask about --------------------------------------------------------------------
    /// Its fate is in doubt, no query is on its way and the pause is over.
    [[nodiscard]] bool needs_query(OrderSlot slot, MonoNs now) const noexcept;
    /// Orders whose status is unknown, or that were sent and have no answer. Of all, or of some
    /// instruments.
    [[nodiscard]] std::size_t unanswered() const noexcept {
        return unanswered(InstrumentSet::all());
    }
    [[nodiscard]] std::size_t unanswered(const InstrumentSet& instruments) const noexcept;

    // --- look-up ------------------------------------------------------------------------------
    [[nodiscard]] std::optional<OrderSlot> find(ClOrdId id) const noexcept;
    [[nodiscard]] std::optional<OrderSlot> find(InstrumentId instrument, OrderId id) const noexcept;
    /// Requires: the slot is in use.
    [[nodiscard]] const Order& at(OrderSlot slot) const noexcept {
        verify(slot < slots_.size() && slots_[slot].used);
        return slots_[slot].order;
    }
    [[nodiscard]] bool in_use(OrderSlot slot) const noexcept {
        return slot < slots_.size() && slots_[slot].used;
    }
    /// Another number whenever anything of any order may have changed, or of any of one strategy's:
    /// what is reckoned from these orders alone holds while it is the same. Never 0; not part of
    /// the hash.
    [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }
    [[nodiscard]] std::uint64_t revision(StrategyId strategy) const noexcept {
        return chains_[chain_of(strategy)].revision;
    }
    /// Slots whose order may have changed, come or gone since changes_seen(), each once.
    [[nodiscard]] std::span<const OrderSlot> changed() const noexcept {
        return {changed_.data(), changed_.size()};
    }
    void changes_seen() noexcept;
    /// A number that is higher for each order that comes. Requires: the slot is in use.
    [[nodiscard]] std::uint64_t born(OrderSlot slot) const noexcept {
        verify(in_use(slot));
        return slots_[slot].born;
    }
    [[nodiscard]] std::size_t live() const noexcept { return live_; }
    [[nodiscard]] std::size_t live(StrategyId strategy) const noexcept;
    [[nodiscard]] std::size_t live(InstrumentId instrument) const noexcept;

    /// Calls visit(slot, order) for every order in the table, in order of creation. The one being
    /// visited may be retired in the call, no other.
    template <class Visit>
    void for_each(Visit&& visit) const {
        walk(chains_[all_chain], 0, visit);
    }
    template <class Visit>
    void for_each(StrategyId strategy, Visit&& visit) const {
        walk(chains_[chain_of(strategy)], 1, visit);
    }
    template <class Visit>
    void for_each(InstrumentId instrument, Visit&& visit) const {
        walk(chains_[chain_of(instrument)], 2, visit);
    }

    void hash(StateHasher& hasher) const noexcept;

private:
    static constexpr std::size_t done_remembered = 65536;
    static constexpr std::size_t all_chain = 0;
    static constexpr std::size_t chain_count = 1 + capacity::strategies + capacity::instruments;

    struct Link {
        OrderSlot previous{no_slot};
        OrderSlot next{no_slot};
    };
    struct Chain {
        OrderSlot first{no_slot};
        OrderSlot last{no_slot};
        std::uint16_t count{};
        std::uint64_t revision{1};
    };
    struct Slot {
        Order order{};
        std::array<Link, 3> links{};  ///< all, of its strategy, of its instrument
        std::uint64_t born{};
        bool used{};
        bool changed{};  ///< is in changed_
    };
    /// What is remembered of an order that has left the table.
    struct Done {
        ClOrdId cl_ord_id{};
        OrderId order_id{};
        PriceAtoms price{};
        InstrumentId instrument{no_instrument};
        StrategyId strategy{no_strategy};
        Side side{Side::buy};
        OrderEnd end{OrderEnd::none};
    };
    /// A fill on its way in, from whichever source.
    struct Incoming {
        TradeMemory::Trade trade{};
        OrderId order_id{};
        std::int64_t fee_atoms{};
        AssetId fee_asset{no_asset};
        bool maker{};
    };
    struct Before {
        OrderSlot slot{no_slot};
        OrdStatus status{OrdStatus::pending_new};
        QtyAtoms leaves{};
        bool cancel_pending{};
    };

    [[nodiscard]] static std::size_t chain_of(StrategyId strategy) noexcept {
        verify(strategy.value < capacity::strategies);
        return 1 + std::size_t{strategy.value};
    }
    [[nodiscard]] static std::size_t chain_of(InstrumentId instrument) noexcept {
        verify(instrument.value < capacity::instruments);
        return 1 + capacity::strategies + std::size_t{instrument.value};
    }
    template <class Visit>
    void walk(const Chain& chain, std::size_t which, Visit& visit) const {
        for (OrderSlot slot = chain.first; slot != no_slot;) {
            const OrderSlot next = slots_[slot].links[which].next;
            visit(slot, slots_[slot].order);
            slot = next;
        }
    }
    // The one way to an order that can be changed, so no change goes unnoticed.
    [[nodiscard]] Order& order(OrderSlot slot) noexcept {
        verify(slot < slots_.size() && slots_[slot].used);
        note_change(slots_[slot], slot);
        return slots_[slot].order;
    }
    void note_change(Slot& changed, OrderSlot slot) noexcept {
        ++revision_;
        ++chains_[chain_of(changed.order.strategy)].revision;
        if (!changed.changed) {
            changed.changed = true;
            changed_.push_back(slot);  // each slot once: there is room
        }
    }
    [[nodiscard]] Done* find_done(ClOrdId id) noexcept;
    [[nodiscard]] Done* find_done(InstrumentId instrument, OrderId id) noexcept;
    void learn(Done& done, OrderId id) noexcept;
    void link(OrderSlot slot) noexcept;
    void unlink(OrderSlot slot) noexcept;
    void remember(const Done& done) noexcept;
    void remove(OrderSlot slot) noexcept;

    // order_reports.cpp
    [[nodiscard]] Before begin(OrderSlot slot) const noexcept;
    void settle(const Before& before, OrderEnd end, MonoNs now, Applied& applied) noexcept;
    void end_replace(ClOrdId old_leg, ClOrdId new_leg, Applied& applied) noexcept;
    [[nodiscard]] bool adopt(OrderSlot slot, OrderId id, Applied& applied) noexcept;
    void join_qty(Order& order, QtyAtoms told, bool lowering, Applied& applied) const noexcept;
    void take_fill(OrderSlot slot, const Done* done, const Incoming& incoming,
                   Applied& applied) noexcept;
    void apply_to_stranger(ClOrdId id, OrderId order_id, OrdStatus proof, const Incoming* incoming,
                           Applied& applied) noexcept;
    [[nodiscard]] Anomaly stranger(ClOrdId id) const noexcept;
    [[nodiscard]] bool may_be_unanswered(InstrumentId instrument) const noexcept;
    // order_outcomes.cpp
    [[nodiscard]] OrderEnd join_placing(Order& order, const RequestOutcome& outcome,
                                        Applied& applied) const noexcept;
    void join_amend(Order& order, const RequestOutcome& outcome, Applied& applied) const noexcept;
    void join_cancel(Order& order, const RequestOutcome& outcome) const noexcept;

    UnknownPolicy policy_;
    Epoch epoch_{};
    std::uint64_t sequence_last_{};
    std::vector<Slot> slots_;
    std::vector<OrderSlot> free_;
    std::array<Chain, chain_count> chains_{};
    FlatIndex by_id_;
    FlatIndex by_order_id_;
    std::vector<Done> done_;
    FlatIndex done_by_id_;
    std::size_t done_next_{};
    std::uint64_t done_digest_{};
    TradeMemory trades_;
    std::size_t live_{};
    std::uint64_t revision_{1};
    std::vector<OrderSlot> changed_;
    std::uint64_t births_{};
    OrderSlot retiring_{no_slot};
    OrderEnd retiring_end_{OrderEnd::none};
};

}  // namespace portcullis::engine
