// What became of our own requests: sent, not sent, unknown, refused, not found. Here lies the one
// rule that frees a reservation without a report of the venue: proof that no byte left, or proof
// that the request can never take effect any more.
#include "engine/orders/order_store.hpp"

namespace portcullis::engine {
namespace {

bool was_not_sent(RequestFate fate) noexcept {
    switch (fate) {
        case RequestFate::not_sent_killed:
        case RequestFate::not_sent_deadline:
        case RequestFate::not_sent_disconnected:
        case RequestFate::not_sent_rate:
        case RequestFate::not_sent_sequence:
        case RequestFate::not_sent_unsigned:
        case RequestFate::not_sent_instrument:
            return true;
        case RequestFate::sent:
        case RequestFate::unknown:
        case RequestFate::rejected:
        case RequestFate::accepted:
            return false;
    }
    return false;
}

/// The venue says that it has no such live order: ended, or not arrived yet. Ask.
bool doubts_order(RejectReason reason) noexcept {
    return reason == RejectReason::unknown_order || reason == RejectReason::too_late;
}

}  // namespace

Applied OrderStore::apply(const RequestOutcome& outcome, MonoNs now) noexcept {
    verify(retiring_ == no_slot);
    Applied applied;
    applied.reason = outcome.reason;
    if (outcome.kind == RequestKind::mass_cancel || outcome.kind == RequestKind::open_orders) {
        return applied;
    }
    const auto slot = find(outcome.cl_ord_id);
    if (!slot) {
        const bool placing =
            outcome.kind == RequestKind::new_order || outcome.kind == RequestKind::replace;
        if (placing && outcome.fate == RequestFate::accepted) {
            apply_to_stranger(outcome.cl_ord_id, OrderId{}, OrdStatus::new_, nullptr, applied);
        }
        return applied;
    }
    Order& ours = order(*slot);
    const Before before = begin(*slot);
    OrderEnd end = OrderEnd::none;
    switch (outcome.kind) {
        case RequestKind::new_order:
        case RequestKind::replace:
            end = join_placing(ours, outcome, applied);
            break;
        case RequestKind::amend:
            join_amend(ours, outcome, applied);
            break;
        case RequestKind::cancel:
            join_cancel(ours, outcome);
            break;
        case RequestKind::status:
            // "No such order" comes as OrderNotFound as well, and that one counts.
            if (was_not_sent(outcome.fate) || outcome.fate == RequestFate::unknown ||
                (outcome.fate == RequestFate::rejected &&
                 outcome.reason != RejectReason::unknown_order)) {
                ours.suspect = ours.suspect || ours.query_pending;
                ours.query_pending = false;
            }
            break;
        case RequestKind::mass_cancel:
        case RequestKind::open_orders:
            break;
    }
    settle(before, end, now, applied);
    return applied;
}

OrderEnd OrderStore::join_placing(Order& ours, const RequestOutcome& outcome,
                                  Applied& applied) const noexcept {
    if (outcome.venue_expiry > ours.venue_expiry) {
        ours.venue_expiry = outcome.venue_expiry;
    }
    if (outcome.sent > ours.sent) {
        ours.sent = outcome.sent;
    }
    if (was_not_sent(outcome.fate)) {
        if (ours.status != OrdStatus::pending_new || ours.sent != MonoNs{}) {
            applied.anomalies.add(Anomaly::contradiction);  // something left: keep the reservation
            return OrderEnd::none;
        }
        ours.status = join(ours.status, OrdStatus::rejected);
        return OrderEnd::not_sent;
    }
    switch (outcome.fate) {
        case RequestFate::accepted:
            ours.status = join(ours.status, OrdStatus::new_);
            return OrderEnd::none;
        case RequestFate::unknown:
            ours.status = join(ours.status, OrdStatus::unknown);
            return OrderEnd::none;
        case RequestFate::rejected:
            if (is_accepted(ours.status)) {
                applied.anomalies.add(Anomaly::contradiction);
                return OrderEnd::none;
            }
            if (outcome.reason == RejectReason::duplicate_order) {
                // An open order has our id already, and we never send one twice: that is no proof
                // that ours is not there, and it is somebody's doing.
                applied.anomalies.add(Anomaly::reused_id);
                ours.status = join(ours.status, OrdStatus::unknown);
                return OrderEnd::none;
            }
            ours.status = join(ours.status, OrdStatus::rejected);
            return OrderEnd::rejected;
        default:
            return OrderEnd::none;
    }
}

void OrderStore::join_amend(Order& ours, const RequestOutcome& outcome,
                            Applied& applied) const noexcept {
    if (outcome.fate == RequestFate::sent) {
        return;
    }
    if (ours.replace_pending && ours.replaced_by == no_order) {
        ours.replace_pending = false;
        applied.replace_ended = ours.cl_ord_id;
        applied.amend_refused = outcome.fate != RequestFate::accepted && !is_terminal(ours.status);
    }
    // Unknown: the quantity is the old or the new; the larger stays reserved until a query tells.
    if (outcome.fate == RequestFate::unknown ||
        (outcome.fate == RequestFate::rejected && doubts_order(outcome.reason))) {
        ours.suspect = !is_terminal(ours.status);
    }
}

void OrderStore::join_cancel(Order& ours, const RequestOutcome& outcome) const noexcept {
    const bool waits = outcome.fate == RequestFate::sent || outcome.fate == RequestFate::accepted;
    if (waits) {
        return;
    }
    ours.cancel_pending = false;  // it may be sent again; cancels may be repeated
    if (outcome.fate == RequestFate::rejected && doubts_order(outcome.reason)) {
        ours.suspect = !is_terminal(ours.status);
    }
}

Applied OrderStore::apply(const OrderCancelReject& reject, MonoNs now) noexcept {
    verify(retiring_ == no_slot);
    Applied applied;
    applied.reason = reject.reason;
    const auto slot = find(reject.cl_ord_id);
    if (!slot) {
        return applied;  // the order ended before its cancel came: the usual race
    }
    Order& ours = order(*slot);
    const Before before = begin(*slot);
    ours.cancel_pending = false;
    if (ours.replace_pending && ours.replaced_by != no_order) {
        end_replace(ours.cl_ord_id, ours.replaced_by, applied);
    }
    if (doubts_order(reject.reason)) {
        ours.suspect = !is_terminal(ours.status);
    }
    settle(before, OrderEnd::none, now, applied);
    return applied;
}

Applied OrderStore::apply(const OrderNotFound& answer, MonoNs now) noexcept {
    verify(retiring_ == no_slot);
    Applied applied;
    const auto slot = find(answer.cl_ord_id);
    if (!slot) {
        return applied;
    }
    Order& ours = order(*slot);
    const Before before = begin(*slot);
    OrderEnd end = OrderEnd::none;
    if (is_terminal(ours.status)) {
        return applied;
    }
    // Asked before the venue is known to have taken it, answered (or told on the slower connection)
    // after: the order overtook its own query, and the answer is out of date.
    const bool outdated = ours.queried != MonoNs{} && ours.queried <= ours.accepted;
    if (is_accepted(ours.status)) {
        if (!outdated) {
            applied.anomalies.add(Anomaly::vanished);
        }
        ours.suspect = true;
    } else if (ours.query_pending && ours.query_proves) {
        // Both clocks must agree: the query left after the expiry, and the answer was made after
        // it. A query that overtook the request proves nothing.
        const auto proof_from = to_int64(int128{ours.venue_expiry.value} + policy_.margin.value);
        if (proof_from && answer.venue_time.value > *proof_from) {
            ++ours.not_found;
        }
    }
    ours.query_pending = false;
    ours.query_proves = false;
    if (!is_accepted(ours.status) && ours.not_found >= not_found_proof) {
        ours.status = join(ours.status, OrdStatus::rejected);
        end = OrderEnd::dead;
    }
    settle(before, end, now, applied);
    return applied;
}

}  // namespace portcullis::engine
