// What the venue says of our orders, joined to them. Each apply() is the same four steps: find the
// order, check that the report can be about it, join the facts, and let settle() work out what that
// changed.
#include "engine/orders/order_store.hpp"

namespace portcullis::engine {
namespace {

QtyAtoms at_most(QtyAtoms a, QtyAtoms b) noexcept {
    return a < b ? a : b;
}
QtyAtoms at_least(QtyAtoms a, QtyAtoms b) noexcept {
    return a > b ? a : b;
}

OrderEnd end_of(OrdStatus status) noexcept {
    switch (status) {
        case OrdStatus::filled:
            return OrderEnd::filled;
        case OrdStatus::canceled:
            return OrderEnd::canceled;
        case OrdStatus::expired:
            return OrderEnd::expired;
        case OrdStatus::rejected:
            return OrderEnd::rejected;
        default:
            return OrderEnd::none;
    }
}

/// An answer to our request need not name the side; everything else does.
bool names_side(const ExecutionReport& report) noexcept {
    return report.source() != ReportSource::answer || report.exec_type == ExecType::trade;
}

/// The report's quantity may be less than what we asked for: we did not ask, the venue took it out.
bool lowers_qty(ExecType type) noexcept {
    return type == ExecType::replaced || type == ExecType::trade_prevented;
}

}  // namespace

OrderStore::Before OrderStore::begin(OrderSlot slot) const noexcept {
    verify(retiring_ == no_slot);
    const Order& order = at(slot);
    return Before{slot, order.status, order.leaves(), order.cancel_pending};
}

void OrderStore::settle(const Before& before, OrderEnd end, MonoNs now, Applied& applied) noexcept {
    Order& ours = order(before.slot);
    if (ours.cum > QtyAtoms{}) {
        ours.status = join(ours.status,
                           ours.cum >= ours.qty ? OrdStatus::filled : OrdStatus::partially_filled);
    }
    applied.slot = before.slot;
    applied.leaves = ours.leaves();
    const QtyAtoms left =
        before.leaves > applied.fill.qty ? before.leaves - applied.fill.qty : QtyAtoms{};
    applied.leaves_reduced = applied.leaves < left;
    if (is_terminal(before.status) && applied.leaves > left) {
        applied.anomalies.add(Anomaly::contradiction);  // more to come of an order that had ended
    }
    if (!is_accepted(before.status) && is_accepted(ours.status)) {
        applied.accepted_now = true;
        ours.accepted = now;
    }
    if (!is_terminal(before.status) && is_terminal(ours.status)) {
        ours.ended = now;
        ours.cancel_pending = false;
        ours.query_pending = false;
        ours.suspect = false;
    }
    applied.cancel_ended = before.cancel_pending && !ours.cancel_pending;
    if (is_terminal(ours.status) && ours.replace_pending) {
        end_replace(ours.cl_ord_id, ours.replaced_by, applied);
    }
    const bool answered = is_accepted(ours.status) || is_terminal(ours.status);
    if (answered && ours.replaces != no_order) {
        end_replace(ours.replaces, ours.cl_ord_id, applied);
    }
    if (at_least(ours.cum, ours.cum_reported) > ours.qty && !ours.overfilled) {
        ours.overfilled = true;
        applied.anomalies.add(Anomaly::overfill);
    }
    if (ours.done()) {
        applied.done_now = true;
        applied.end = end != OrderEnd::none ? end : end_of(ours.status);
        retiring_ = before.slot;
        retiring_end_ = applied.end;
    }
}

/// The replace of `old_leg` by `new_leg` has its answer. Said once, by whichever leg tells first.
void OrderStore::end_replace(ClOrdId old_leg, ClOrdId new_leg, Applied& applied) noexcept {
    const auto slot = find(old_leg);
    if (!slot) {
        return;
    }
    Order& old = order(*slot);
    if (old.replace_pending && old.replaced_by == new_leg) {
        old.replace_pending = false;
        old.replaced_by = no_order;
        applied.replace_ended = old_leg;
    }
}

/// Joins a quantity that the venue told. It may lie between what we last asked for and what we
/// sent; below that only where the venue took quantity out itself (`lowering`).
void OrderStore::join_qty(Order& ours, QtyAtoms told, bool lowering,
                          Applied& applied) const noexcept {
    if (told.value == 0) {
        return;  // the source does not give it
    }
    const QtyAtoms least = lowering ? QtyAtoms{1} : ours.qty_asked;
    if (told < least || told > ours.qty_sent) {
        applied.anomalies.add(Anomaly::qty_mismatch);
        return;
    }
    applied.lowered = told < ours.qty ? ours.qty - told : QtyAtoms{};
    ours.qty = at_most(ours.qty, told);
}

Applied OrderStore::apply(const ExecutionReport& report, MonoNs now) noexcept {
    verify(retiring_ == no_slot);
    Applied applied;
    applied.reason = report.reason;
    const bool is_trade = report.exec_type == ExecType::trade;
    const Incoming incoming{TradeMemory::Trade{report.cl_ord_id, report.trade, report.last_price,
                                               report.last_qty, report.instrument, report.side()},
                            report.order_id, report.fee_atoms, report.fee_asset, report.is_maker()};
    const OrdStatus proof = join(implied(report.exec_type), report.status);

    const auto slot = find(report.cl_ord_id);
    if (!slot) {
        apply_to_stranger(report.cl_ord_id, report.order_id, proof, is_trade ? &incoming : nullptr,
                          applied);
        return applied;
    }
    Order& ours = order(*slot);
    if (report.instrument != ours.instrument) {
        applied.anomalies.add(Anomaly::instrument_mismatch);
    }
    if (names_side(report) && report.side() != ours.side) {
        applied.anomalies.add(Anomaly::side_mismatch);
    }
    if (!applied.anomalies.none() || !adopt(*slot, report.order_id, applied)) {
        if (is_trade) {  // the money moved all the same; our order did not
            take_fill(no_slot, nullptr, incoming, applied);
        }
        return applied;
    }

    const Before before = begin(*slot);
    if (is_accepted(before.status) && proof == OrdStatus::rejected) {
        applied.anomalies.add(Anomaly::contradiction);
    }
    ours.status = join(ours.status, proof);
    join_qty(ours, report.order_qty, lowers_qty(report.exec_type), applied);
    QtyAtoms told = report.cum_qty;
    if (proof == OrdStatus::filled && told.value == 0) {
        told = report.order_qty;
    }
    ours.cum_reported = at_least(ours.cum_reported, told);
    if (report.exec_type == ExecType::order_status) {
        ours.query_pending = false;
    }
    // Each stream tells of an amend; a late copy of an earlier one does not end the one under way.
    const bool newest = report.order_qty.value != 0 && report.order_qty <= ours.qty_asked;
    if (report.exec_type == ExecType::replaced && ours.replaced_by == no_order && newest) {
        end_replace(ours.cl_ord_id, no_order, applied);
    }
    if (is_trade) {
        take_fill(*slot, nullptr, incoming, applied);
    }
    settle(before, OrderEnd::none, now, applied);
    return applied;
}

Applied OrderStore::apply(const AccountFill& fill, MonoNs now) noexcept {
    verify(retiring_ == no_slot);
    Applied applied;
    Incoming incoming{TradeMemory::Trade{fill.cl_ord_id, fill.trade, fill.price, fill.qty,
                                         fill.instrument, fill.side},
                      fill.order_id, fill.fee_atoms, fill.fee_asset, fill.maker != 0};
    ClOrdId id = fill.cl_ord_id;
    if (id == no_order && fill.instrument.value < capacity::instruments) {
        // The history names orders by the venue's number. Ours, if we know that number.
        if (trades_.known(fill.instrument, fill.trade)) {
            return applied;
        }
        if (const auto slot = find(fill.instrument, fill.order_id)) {
            id = at(*slot).cl_ord_id;
        } else if (const Done* done = find_done(fill.instrument, fill.order_id)) {
            id = done->cl_ord_id;
        } else if (may_be_unanswered(fill.instrument)) {
            applied.anomalies.add(Anomaly::unattributed);
            return applied;
        }
    }
    incoming.trade.cl_ord_id = id;
    const auto slot = find(id);
    if (!slot) {
        apply_to_stranger(id, fill.order_id, OrdStatus::partially_filled, &incoming, applied);
        return applied;
    }
    const Order& ours = at(*slot);
    if (fill.instrument != ours.instrument) {
        applied.anomalies.add(Anomaly::instrument_mismatch);
    }
    if (fill.side != ours.side) {
        applied.anomalies.add(Anomaly::side_mismatch);
    }
    if (!applied.anomalies.none() || !adopt(*slot, fill.order_id, applied)) {
        take_fill(no_slot, nullptr, incoming, applied);
        return applied;
    }
    const Before before = begin(*slot);
    take_fill(*slot, nullptr, incoming, applied);
    settle(before, OrderEnd::none, now, applied);
    return applied;
}

Applied OrderStore::apply(const OpenOrder& row, MonoNs now) noexcept {
    verify(retiring_ == no_slot);
    Applied applied;
    const auto slot =
        row.cl_ord_id != no_order ? find(row.cl_ord_id) : find(row.instrument, row.order_id);
    if (!slot) {
        apply_to_stranger(row.cl_ord_id, row.order_id, OrdStatus::new_, nullptr, applied);
        return applied;
    }
    Order& ours = order(*slot);
    if (row.instrument != ours.instrument) {
        applied.anomalies.add(Anomaly::instrument_mismatch);
    }
    if (row.side != ours.side) {
        applied.anomalies.add(Anomaly::side_mismatch);
    }
    if (row.price != ours.price_atoms) {
        applied.anomalies.add(Anomaly::price_mismatch);
    }
    if (applied.anomalies.has(Anomaly::instrument_mismatch) ||
        !adopt(*slot, row.order_id, applied)) {
        return applied;
    }
    const Before before = begin(*slot);
    ours.listed = true;
    ours.status = join(ours.status, OrdStatus::new_);
    join_qty(ours, row.order_qty, false, applied);
    ours.cum_reported = at_least(ours.cum_reported, row.cum_qty);
    settle(before, OrderEnd::none, now, applied);
    return applied;
}

/// Counts a fill if it is news. Into the order in `slot`; or, with no_slot, as a stray fill of
/// `done` or of nobody.
void OrderStore::take_fill(OrderSlot slot, const Done* done, const Incoming& incoming,
                           Applied& applied) noexcept {
    const TradeMemory::Trade& trade = incoming.trade;
    const bool sane = trade.qty.value > 0 && trade.price.value > 0 &&
                      trade.instrument.value < capacity::instruments;
    Order* ours = slot == no_slot ? nullptr : &order(slot);
    if (!sane || (ours != nullptr && !checked_add(ours->cum, trade.qty))) {
        applied.anomalies.add(Anomaly::contradiction);
        return;
    }
    const TradeMemory::Seen seen = trades_.see(trade);
    switch (seen) {
        case TradeMemory::Seen::copy:
        case TradeMemory::Seen::before_start:
            return;
        case TradeMemory::Seen::contradiction:
            applied.anomalies.add(Anomaly::contradiction);
            return;
        case TradeMemory::Seen::too_old:
            applied.anomalies.add(Anomaly::trade_too_old);
            return;
        case TradeMemory::Seen::no_id:
            applied.anomalies.add(Anomaly::no_trade_id);
            return;
        case TradeMemory::Seen::copy_late_id:
        case TradeMemory::Seen::fresh:
            break;
    }
    if (ours != nullptr) {
        ours->cum += trade.qty;
    }
    if (seen == TradeMemory::Seen::copy_late_id) {
        return;  // the position has it; now the order has it too
    }
    applied.fill = Fill{trade.cl_ord_id,
                        trade.trade,
                        trade.price,
                        trade.qty,
                        incoming.fee_atoms,
                        trade.instrument,
                        incoming.fee_asset,
                        ours != nullptr   ? ours->strategy
                        : done != nullptr ? done->strategy
                                          : no_strategy,
                        trade.side,
                        incoming.maker};
    if (done != nullptr) {
        applied.anomalies.add(Anomaly::fill_after_done);
    }
    const PriceAtoms limit = ours != nullptr   ? ours->price_atoms
                             : done != nullptr ? done->price
                                               : trade.price;
    if (trade.side == Side::buy ? trade.price > limit : trade.price < limit) {
        applied.anomalies.add(Anomaly::price_worse);
    }
}

/// Something about an id that is not in the table: done, of another run, or nobody's. `proof` is
/// the status that it shows, `incoming` the fill that it brings, if any.
void OrderStore::apply_to_stranger(ClOrdId id, OrderId order_id, OrdStatus proof,
                                   const Incoming* incoming, Applied& applied) noexcept {
    Done* done = find_done(id);
    if (done == nullptr) {
        applied.anomalies.add(stranger(id));
        if (incoming != nullptr) {
            take_fill(no_slot, nullptr, *incoming, applied);
        }
        return;
    }
    const bool other_order =
        done->order_id != OrderId{} && order_id != OrderId{} && done->order_id != order_id;
    if (other_order) {
        applied.anomalies.add(Anomaly::reused_id);
    } else {
        const bool never_lived = done->end == OrderEnd::rejected ||
                                 done->end == OrderEnd::not_sent || done->end == OrderEnd::dead;
        if (never_lived && is_accepted(proof)) {
            applied.anomalies.add(Anomaly::back_from_dead);
        }
        if (done->order_id == OrderId{} && order_id != OrderId{}) {
            learn(*done, order_id);
        }
    }
    if (incoming != nullptr) {
        const bool ours = !other_order && incoming->trade.side == done->side &&
                          incoming->trade.instrument == done->instrument;
        if (!other_order && incoming->trade.side != done->side) {
            applied.anomalies.add(Anomaly::side_mismatch);
        }
        if (!other_order && incoming->trade.instrument != done->instrument) {
            applied.anomalies.add(Anomaly::instrument_mismatch);
        }
        take_fill(no_slot, ours ? done : nullptr, *incoming, applied);
    }
}

Anomaly OrderStore::stranger(ClOrdId id) const noexcept {
    if (id == no_order) {
        return Anomaly::foreign;
    }
    return id.epoch() < epoch_ ? Anomaly::earlier_epoch : Anomaly::unknown_id;
}

/// Some order of ours in `instrument` has no venue number yet: a number that we do not know may be
/// its.
bool OrderStore::may_be_unanswered(InstrumentId instrument) const noexcept {
    bool found = false;
    for_each(instrument,
             [&](OrderSlot, const Order& order) { found = found || order.order_id == OrderId{}; });
    return found;
}

}  // namespace portcullis::engine
