// The table itself: slots, chains, what is remembered of the done, whom to ask about. What reports
// do to an order is in order_reports.cpp, what became of our own requests in order_outcomes.cpp.
#include "engine/orders/order_store.hpp"

namespace portcullis::engine {
namespace {

std::uint64_t order_key(InstrumentId instrument, OrderId id) noexcept {
    return id.value + (std::uint64_t{instrument.value} + 1) * 0xd1b54a32d192ed03ULL;
}

}  // namespace

OrderStore::OrderStore(const UnknownPolicy& policy)
    : policy_(policy),
      slots_(capacity::orders),
      by_id_(capacity::orders),
      by_order_id_(capacity::orders),
      done_(done_remembered),
      done_by_id_(done_remembered) {
    static_assert(capacity::orders < no_slot);
    verify(policy.margin.value >= 0 && policy.answer_max.value > 0);
    verify(policy.query_pause.value > 0);
    changed_.reserve(capacity::orders);
    free_.reserve(capacity::orders);
    for (std::size_t i = capacity::orders; i > 0; --i) {
        free_.push_back(static_cast<OrderSlot>(i - 1));
    }
}

void OrderStore::start(Epoch epoch) noexcept {
    verify(live_ == 0 && epoch.value > epoch_.value);
    epoch_ = epoch;
    sequence_last_ = 0;
}

std::optional<OrderSlot> OrderStore::free_slot() const noexcept {
    return free_.empty() ? std::nullopt : std::optional{free_.back()};
}

void OrderStore::open(OrderSlot slot, const NewOrderSingle& order, PriceAtoms price, QtyAtoms qty,
                      ClOrdId replaces, MonoNs now) noexcept {
    verify(!free_.empty() && slot == free_.back());
    verify(order.cl_ord_id.epoch() == epoch_ && order.cl_ord_id.sequence() > sequence_last_);
    verify(price.value > 0 && qty.value > 0);
    sequence_last_ = order.cl_ord_id.sequence();
    free_.pop_back();

    Order& made = slots_[slot].order;
    made = Order{};
    made.cl_ord_id = order.cl_ord_id;
    made.replaces = replaces;
    made.price = order.price;
    made.price_atoms = price;
    made.qty = made.qty_sent = made.qty_asked = qty;
    made.lots_sent = order.qty;
    made.created = now;
    made.instrument_version = order.instrument_version;
    made.instrument = order.instrument;
    made.strategy = order.strategy;
    made.side = order.side;
    made.type = order.type;
    made.time_in_force = order.time_in_force;
    slots_[slot].used = true;
    by_id_.insert(made.cl_ord_id.value, slot);
    link(slot);
    ++live_;

    if (replaces != no_order) {
        const auto old_slot = find(replaces);
        verify(old_slot.has_value() && at(*old_slot).instrument == order.instrument);
        Order& old_leg = this->order(*old_slot);
        old_leg.replace_pending = true;
        old_leg.replaced_by = made.cl_ord_id;
    }
}

void OrderStore::prefetch_open(OrderSlot slot, ClOrdId next) const noexcept {
    prefetch(slots_[slot]);
    by_id_.prefetch(next.value);
}

void OrderStore::restore(OrderSlot slot, const RestoredOrder& told, MonoNs now) noexcept {
    verify(!free_.empty() && slot == free_.back());
    verify(told.cl_ord_id.epoch() < epoch_ && !find(told.cl_ord_id));
    verify(told.price.value > 0 && told.qty > told.cum);
    free_.pop_back();

    Order made;
    made.cl_ord_id = told.cl_ord_id;
    made.order_id = told.order_id;
    made.price_atoms = told.price;
    made.qty = made.qty_sent = told.qty;
    made.qty_asked = QtyAtoms{1};  // an amend of that run may have lowered it
    made.cum = made.cum_reported = told.cum;
    made.created = made.sent = now;
    made.venue_expiry = told.venue_expiry;
    made.instrument = told.instrument;
    made.strategy = told.strategy;
    made.side = told.side;
    made.status = OrdStatus::unknown;
    made.suspect = true;  // a fill alone would make it look accepted: ask all the same
    slots_[slot].order = made;
    slots_[slot].used = true;
    by_id_.insert(made.cl_ord_id.value, slot);
    const std::uint64_t key = order_key(made.instrument, made.order_id);
    if (made.order_id != OrderId{} && !by_order_id_.find(key)) {
        by_order_id_.insert(key, slot);
    }
    link(slot);
    ++live_;
}

void OrderStore::restore_done(const OrderClosed& closed) noexcept {
    verify(closed.cl_ord_id.epoch() < epoch_);
    if (find_done(closed.cl_ord_id) == nullptr) {
        remember(Done{closed.cl_ord_id, closed.order_id, closed.price, closed.instrument,
                      closed.strategy, closed.side, static_cast<OrderEnd>(closed.end)});
    }
}

void OrderStore::restore_fill(const FillBooked& fill) noexcept {
    (void)trades_.see(TradeMemory::Trade{fill.cl_ord_id, fill.trade, fill.price, fill.qty,
                                         fill.instrument, fill.side});
}

void OrderStore::mark_amend(OrderSlot slot, QtyAtoms qty) noexcept {
    Order& amended = order(slot);
    verify(qty.value > 0 && qty < amended.qty);
    verify(!amended.replace_pending);
    amended.replace_pending = true;
    amended.qty_asked = qty < amended.qty_asked ? qty : amended.qty_asked;
}

void OrderStore::mark_cancel(OrderSlot slot) noexcept {
    Order& wanted = order(slot);
    wanted.cancel_pending = !is_terminal(wanted.status);
    wanted.cancels_sent = wanted.cancels_sent == 0xff
                              ? wanted.cancels_sent
                              : static_cast<std::uint8_t>(wanted.cancels_sent + 1);
}

void OrderStore::mark_query(OrderSlot slot, MonoNs now, std::optional<WallNs> venue_now) noexcept {
    Order& asked = order(slot);
    asked.queried = now;
    asked.query_pending = true;
    asked.suspect = false;
    const auto proof_from = to_int64(int128{asked.venue_expiry.value} + policy_.margin.value);
    asked.query_proves = asked.venue_expiry != WallNs{} && venue_now.has_value() && proof_from &&
                         venue_now->value > *proof_from;
}

void OrderStore::retire(OrderSlot slot) noexcept {
    const Order& gone = order(slot);
    verify(slot == retiring_ && gone.done());
    remember(Done{gone.cl_ord_id, gone.order_id, gone.price_atoms, gone.instrument, gone.strategy,
                  gone.side, retiring_end_});
    retiring_ = no_slot;
    retiring_end_ = OrderEnd::none;
    remove(slot);
}

void OrderStore::remove(OrderSlot slot) noexcept {
    const Order& gone = slots_[slot].order;
    by_id_.erase(gone.cl_ord_id.value);
    const std::uint64_t key = order_key(gone.instrument, gone.order_id);
    if (gone.order_id != OrderId{} && by_order_id_.find(key) == slot) {
        by_order_id_.erase(key);
    }
    unlink(slot);
    slots_[slot].used = false;
    free_.push_back(slot);
    --live_;
}

// --- chains -----------------------------------------------------------------------------------

void OrderStore::changes_seen() noexcept {
    for (const OrderSlot slot : changed_) {
        slots_[slot].changed = false;
    }
    changed_.clear();
}

void OrderStore::link(OrderSlot slot) noexcept {
    note_change(slots_[slot], slot);
    slots_[slot].born = ++births_;
    const Order& made = slots_[slot].order;
    const std::array<std::size_t, 3> chains{all_chain, chain_of(made.strategy),
                                            chain_of(made.instrument)};
    for (std::size_t i = 0; i < chains.size(); ++i) {
        Chain& chain = chains_[chains[i]];
        slots_[slot].links[i] = Link{chain.last, no_slot};
        (chain.last == no_slot ? chain.first : slots_[chain.last].links[i].next) = slot;
        chain.last = slot;
        ++chain.count;
    }
}

void OrderStore::unlink(OrderSlot slot) noexcept {
    note_change(slots_[slot], slot);
    const Order& gone = slots_[slot].order;
    const std::array<std::size_t, 3> chains{all_chain, chain_of(gone.strategy),
                                            chain_of(gone.instrument)};
    for (std::size_t i = 0; i < chains.size(); ++i) {
        Chain& chain = chains_[chains[i]];
        const Link at = slots_[slot].links[i];
        (at.previous == no_slot ? chain.first : slots_[at.previous].links[i].next) = at.next;
        (at.next == no_slot ? chain.last : slots_[at.next].links[i].previous) = at.previous;
        slots_[slot].links[i] = Link{};
        verify(chain.count > 0);
        --chain.count;
    }
}

std::size_t OrderStore::live(StrategyId strategy) const noexcept {
    return chains_[chain_of(strategy)].count;
}

std::size_t OrderStore::live(InstrumentId instrument) const noexcept {
    return chains_[chain_of(instrument)].count;
}

// --- look-up ----------------------------------------------------------------------------------

std::optional<OrderSlot> OrderStore::find(ClOrdId id) const noexcept {
    const auto slot = by_id_.find(id.value);
    return slot ? std::optional{static_cast<OrderSlot>(*slot)} : std::nullopt;
}

std::optional<OrderSlot> OrderStore::find(InstrumentId instrument, OrderId id) const noexcept {
    if (id == OrderId{}) {
        return std::nullopt;
    }
    const auto found = by_order_id_.find(order_key(instrument, id));
    if (!found) {
        return std::nullopt;
    }
    const auto slot = static_cast<OrderSlot>(*found);
    const bool same = at(slot).instrument == instrument && at(slot).order_id == id;
    return same ? std::optional{slot} : std::nullopt;
}

bool OrderStore::adopt(OrderSlot slot, OrderId id, Applied& applied) noexcept {
    Order& ours = order(slot);
    if (id == OrderId{} || ours.order_id == id) {
        return true;
    }
    if (ours.order_id != OrderId{}) {
        applied.anomalies.add(Anomaly::reused_id);
        return false;
    }
    const std::uint64_t key = order_key(ours.instrument, id);
    if (find(ours.instrument, id)) {
        applied.anomalies.add(Anomaly::contradiction);  // one venue order under two ids of ours
        return false;
    }
    ours.order_id = id;
    if (!by_order_id_.find(key)) {  // taken only by a chance of 2^-64: found by client id then
        by_order_id_.insert(key, slot);
    }
    return true;
}

// --- the done ---------------------------------------------------------------------------------

namespace {

template <class Done>
std::uint64_t digest_of(const Done& done) noexcept {
    StateHasher hasher;
    hasher.add(done.cl_ord_id);
    hasher.add(done.order_id);
    hasher.add(done.price);
    hasher.add(done.instrument);
    hasher.add(done.strategy);
    hasher.add(done.side);
    hasher.add(done.end);
    return hasher.value();
}

}  // namespace

void OrderStore::remember(const Done& done) noexcept {
    if (done_by_id_.count() == done_remembered) {
        const Done& oldest = done_[done_next_];
        done_by_id_.erase(oldest.cl_ord_id.value);
        done_digest_ -= digest_of(oldest);
    }
    done_[done_next_] = done;
    done_digest_ += digest_of(done_[done_next_]);
    done_by_id_.insert(done.cl_ord_id.value, static_cast<std::uint32_t>(done_next_));
    done_next_ = (done_next_ + 1) % done_remembered;
}

OrderStore::Done* OrderStore::find_done(ClOrdId id) noexcept {
    const auto at = done_by_id_.find(id.value);
    return at ? &done_[*at] : nullptr;
}

// A walk, for the one case where nothing else explains a fill of the history.
OrderStore::Done* OrderStore::find_done(InstrumentId instrument, OrderId id) noexcept {
    for (Done& done : done_) {
        if (done.cl_ord_id != no_order && done.order_id == id && done.instrument == instrument) {
            return &done;
        }
    }
    return nullptr;
}

void OrderStore::learn(Done& done, OrderId id) noexcept {
    done_digest_ -= digest_of(done);
    done.order_id = id;
    done_digest_ += digest_of(done);
}

// --- whom to ask about --------------------------------------------------------------------------

bool OrderStore::needs_query(OrderSlot slot, MonoNs now) const noexcept {
    const Order& doubted = at(slot);
    if (is_terminal(doubted.status)) {
        return false;  // what may be missing is fills, and a status query brings none
    }
    if (doubted.queried != MonoNs{}) {
        const DurationNs since = now - doubted.queried;
        if (since < (doubted.query_pending ? policy_.answer_max : policy_.query_pause)) {
            return false;
        }
    }
    const MonoNs left = doubted.sent != MonoNs{} ? doubted.sent : doubted.created;
    const bool silent =
        doubted.status == OrdStatus::pending_new && now - left >= policy_.answer_max;
    return doubted.status == OrdStatus::unknown || silent || doubted.suspect ||
           doubted.query_pending;
}

std::size_t OrderStore::unanswered(const InstrumentSet& instruments) const noexcept {
    std::size_t count = 0;
    for_each([&](OrderSlot, const Order& order) {
        const bool open_question = rank(order.status) <= rank(OrdStatus::unknown);
        count += open_question && instruments.has(order.instrument) ? 1U : 0U;
    });
    return count;
}

void OrderStore::begin_open_orders(const InstrumentSet& instruments) noexcept {
    for_each([&](OrderSlot slot, const Order& known) {
        if (instruments.has(known.instrument)) {
            order(slot).listed = false;
        }
    });
}

std::size_t OrderStore::end_open_orders(const InstrumentSet& instruments, MonoNs issued) noexcept {
    std::size_t count = 0;
    for_each([&](OrderSlot slot, const Order& known) {
        const bool asked = instruments.has(known.instrument);
        const bool should =
            is_accepted(known.status) && !is_terminal(known.status) && known.accepted < issued;
        if (asked && should && !known.listed) {
            order(slot).suspect = true;
            ++count;
        }
    });
    return count;
}

// --- hash -------------------------------------------------------------------------------------

void OrderStore::hash(StateHasher& hasher) const noexcept {
    hasher.add(epoch_);
    hasher.add(sequence_last_);
    hasher.add(live_);
    for_each([&](OrderSlot slot, const Order& order) {
        hasher.add(slot);
        hasher.add(order.cl_ord_id);
        hasher.add(order.order_id);
        hasher.add(order.replaces);
        hasher.add(order.replaced_by);
        hasher.add(order.price);
        hasher.add(order.price_atoms);
        hasher.add(order.qty);
        hasher.add(order.qty_sent);
        hasher.add(order.qty_asked);
        hasher.add(order.cum);
        hasher.add(order.cum_reported);
        hasher.add(order.created);
        hasher.add(order.sent);
        hasher.add(order.accepted);
        hasher.add(order.ended);
        hasher.add(order.queried);
        hasher.add(order.venue_expiry);
        hasher.add(order.instrument_version);
        hasher.add(order.instrument);
        hasher.add(order.strategy);
        hasher.add(order.side);
        hasher.add(order.type);
        hasher.add(order.time_in_force);
        hasher.add(order.status);
        hasher.add((order.cancel_pending ? 1U : 0U) | (order.replace_pending ? 2U : 0U) |
                   (order.suspect ? 4U : 0U) | (order.query_pending ? 8U : 0U) |
                   (order.query_proves ? 16U : 0U) | (order.listed ? 32U : 0U) |
                   (order.overfilled ? 64U : 0U));
        hasher.add(order.not_found);
        hasher.add(order.cancels_sent);
    });
    hasher.add(done_by_id_.count());
    hasher.add(done_digest_);
    trades_.hash(hasher);
}

}  // namespace portcullis::engine
