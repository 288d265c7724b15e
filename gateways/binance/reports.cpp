#include "gateways/binance/reports.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

using engine::ClOrdId;
using engine::ExecType;
using engine::ExecutionReport;
using engine::no_order;
using engine::OrdStatus;
using engine::RejectReason;
using engine::ReportSource;
using engine::RequestFate;
using engine::Sight;
using engine::Sighting;
using engine::verify;

engine::RequestKind kind_of(Call call) noexcept {
    switch (call) {
        case Call::place:
            return engine::RequestKind::new_order;
        case Call::replace:
            return engine::RequestKind::replace;
        case Call::amend:
            return engine::RequestKind::amend;
        case Call::cancel:
            return engine::RequestKind::cancel;
        case Call::cancel_all:
            return engine::RequestKind::mass_cancel;
        case Call::status:
            return engine::RequestKind::status;
        case Call::open_orders:
            return engine::RequestKind::open_orders;
        case Call::none:
        case Call::account:
        case Call::trades:
        case Call::time:
        case Call::exchange_info:
        case Call::logon:
        case Call::subscribe:
        case Call::depth:
            break;
    }
    verify(false);
    return {};
}

// --- whose

ClOrdId Reports::attribute(std::string_view text) noexcept {
    const Attribution found = ids_.attribute(text);
    switch (found.verdict) {
        case Attributed::ours:
            return found.id;
        case Attributed::forged:
        case Attributed::unknown_epoch:
        case Attributed::unissued:
            ++counters.forged;
            return no_order;
        case Attributed::foreign:
            break;
    }
    return no_order;
}

ClOrdId Reports::owner(const OrderRow& row) noexcept {
    // `c` is the id of the cancel (or of the amended order), `C` of the order that it concerns.
    return attribute(row.orig_client_id.empty() ? row.client_id : row.orig_client_id);
}

engine::Whose Reports::whose(const OrderRow& row) const noexcept {
    const Attribution found =
        ids_.attribute(row.orig_client_id.empty() ? row.client_id : row.orig_client_id);
    switch (found.verdict) {
        case Attributed::ours:
            return engine::Whose::ours;
        case Attributed::forged:
        case Attributed::unknown_epoch:
            return engine::Whose::forged;
        case Attributed::unissued:
            return engine::Whose::unjournaled;
        case Attributed::foreign:
            break;
    }
    return engine::Whose::nobodys;
}

void Reports::sight(const Sighting& seen) noexcept {
    ++counters.sightings;
    queue_.push(seen);
}

void Reports::foreign(const OrderRow& row, Sight what) noexcept {
    ++counters.foreign;
    Sighting seen;
    seen.what = what;
    seen.whose = whose(row);
    seen.order_id = row.order_id;
    seen.trade = row.trade;
    seen.instrument = row.instrument;
    seen.facts = row.instrument == engine::no_instrument ? Sighting::outside : 0;
    sight(seen);
}

/// An answer to a request of ours speaks of something else than was asked for.
void Reports::mismatched(const OrderRow& row, ClOrdId asked) noexcept {
    ++counters.foreign;
    Sighting seen;
    seen.whose = engine::Whose::ours;
    seen.facts = Sighting::differs;
    seen.cl_ord_id = asked;
    seen.order_id = row.order_id;
    seen.instrument = row.instrument;
    sight(seen);
}

void Reports::refusal(KeyRefusal refusal, std::int32_t code, engine::DurationNs lasted) noexcept {
    Sighting seen;
    seen.what = refusal == KeyRefusal::elsewhere ? Sight::session : Sight::refusal;
    seen.facts = refusal == KeyRefusal::permission ? Sighting::refused_permission : 0;
    seen.venue_code = code;
    seen.lasted = lasted;
    sight(seen);
}

void Reports::raw(std::string_view text, engine::MonoNs now) noexcept {
    if (now - raw_second_ >= engine::milliseconds(1'000)) {
        raw_second_ = now;
        raw_in_second_ = 0;
    }
    if (++raw_in_second_ > raw_per_second) {
        ++counters.raw_left_out;
        return;
    }
    using engine::RawMessage;
    const std::size_t parts = std::min(
        (text.size() + RawMessage::text_max - 1) / RawMessage::text_max, RawMessage::parts_max);
    ++raw_number_;
    for (std::size_t i = 0; i < parts; ++i) {
        RawMessage part;
        part.size = static_cast<std::uint32_t>(text.size());
        part.number = raw_number_;
        part.part = static_cast<std::uint8_t>(i);
        part.parts = static_cast<std::uint8_t>(parts);
        const std::string_view some = text.substr(i * RawMessage::text_max, RawMessage::text_max);
        std::copy(some.begin(), some.end(), part.text);
        queue_.push(part);
    }
}

/// Of an order of ours that a stream tells cancelled.
engine::CancelName Reports::cancel_name(ClOrdId id, const OrderRow& row) const noexcept {
    if (row.orig_client_id.empty() || row.client_id == row.orig_client_id) {
        return engine::CancelName::kept;
    }
    return ids_.is_cancel_of(id, row.client_id) ? engine::CancelName::own
                                                : engine::CancelName::other;
}

// --- the account stream

void Reports::report(ClOrdId id, const OrderRow& row, ExecType type, ReportSource source) noexcept {
    ExecutionReport out;
    out.cl_ord_id = id;
    out.order_id = row.order_id;
    out.exec_id = row.exec_id;
    out.cum_qty = row.cum_qty;
    // What self-trade prevention took is no longer part of the order.
    out.order_qty = row.prevented_qty <= row.qty ? row.qty - row.prevented_qty : row.qty;
    out.instrument = row.instrument;
    out.exec_type = type;
    out.status = row.status;
    if (type == ExecType::rejected) {
        out.reason = row.reject == RejectReason::none ? RejectReason::other : row.reject;
    }
    if (type == ExecType::trade) {
        out.trade = row.trade;
        out.last_qty = row.last_qty;
        out.last_price = row.last_price;
        out.fee_atoms = row.fee_atoms;
        out.fee_asset = row.fee_asset;
    }
    out.bits = ExecutionReport::pack(source, type == ExecType::trade && row.maker, row.side);
    const bool told_by_stream =
        source == ReportSource::stream_primary || source == ReportSource::stream_secondary;
    if (type == ExecType::canceled && told_by_stream) {
        out.set_cancel_name(cancel_name(id, row));
    }
    queue_.push(out);
}

ClOrdId Reports::execution(const OrderRow& row, ReportSource source) noexcept {
    const bool fill = row.exec_type == ExecType::trade;
    const ClOrdId id = owner(row);
    if (id != no_order && row.instrument != engine::no_instrument) {
        report(id, row, row.exec_type, source);
        return id;
    }
    if (id != no_order && !fill) {
        ++counters.beyond;  // the end of an order that a run under another config had left
        return no_order;
    }
    foreign(row, fill                                  ? Sight::fill
                 : row.exec_type == ExecType::canceled ? Sight::cancel
                                                       : Sight::order);
    if (fill && row.instrument != engine::no_instrument) {
        engine::AccountFill stray;
        stray.order_id = row.order_id;
        stray.trade = row.trade;
        stray.price = row.last_price;
        stray.qty = row.last_qty;
        stray.fee_atoms = row.fee_atoms;
        stray.instrument = row.instrument;
        stray.fee_asset = row.fee_asset;
        stray.side = row.side;
        stray.maker = row.maker ? 1 : 0;
        queue_.push(stray);
    }
    return no_order;
}

void Reports::balances(const StreamEvent& event) noexcept {
    counters.unknown_assets += event.unknown_assets;
    for (const BalanceRow& row : event.balances) {
        engine::AccountBalance balance;
        balance.free = row.free;
        balance.locked = row.locked;
        balance.venue_time = event.time;
        balance.asset = row.asset;
        queue_.push(balance);
    }
}

void Reports::balance_update(const StreamEvent& event, ReportSource source) noexcept {
    if (event.asset == engine::no_asset) {
        // Money moved in an asset that we do not know: no position of ours, and still a signal.
        ++counters.unknown_assets;
        Sighting seen;
        seen.what = Sight::transfer;
        seen.amount = event.delta;
        seen.facts = Sighting::outside;
        return sight(seen);
    }
    ++counters.transfers;
    engine::BalanceDelta delta;
    delta.delta = event.delta;
    delta.venue_time = event.time;
    delta.asset = event.asset;
    delta.source = source;
    queue_.push(delta);
}

void Reports::external_lock(const StreamEvent& event) noexcept {
    Sighting seen;
    seen.what = Sight::lock;
    seen.amount = event.delta;
    seen.asset = event.asset;
    sight(seen);
}

// --- answers

void Reports::outcome(const InFlight& request, RequestFate fate, RejectReason reason,
                      std::int32_t code) noexcept {
    engine::RequestOutcome out;
    // An amended order keeps its id; that of the request is not known to the venue.
    out.cl_ord_id = request.call == Call::amend ? request.orig : request.cl_ord_id;
    out.sent = request.sent;
    out.venue_expiry = request.venue_expiry;
    out.venue_code = code;
    out.instrument = request.instrument;
    out.kind = kind_of(request.call);
    out.fate = fate;
    out.reason = reason;
    queue_.push(out);
}

void Reports::cancel_reject(ClOrdId id, engine::InstrumentId instrument, RejectReason reason,
                            std::int32_t code) noexcept {
    engine::OrderCancelReject out;
    out.cl_ord_id = id;
    out.instrument = instrument;
    out.reason = reason;
    out.source = ReportSource::answer;
    out.venue_code = code;
    queue_.push(out);
}

void Reports::accepted_order(const InFlight& request, const OrderRow& row) noexcept {
    // The answer names what it accepted; anything else than what was asked is no acceptance of
    // ours.
    if (attribute(row.client_id) != request.cl_ord_id || row.instrument != request.instrument) {
        mismatched(row, request.cl_ord_id);
        outcome(request, RequestFate::unknown);
        return;
    }
    OrderRow accepted = row;  // ACK gives neither quantity nor status
    accepted.qty = request.qty;
    accepted.cum_qty = {};
    accepted.prevented_qty = {};
    accepted.side = request.side;
    accepted.status = OrdStatus::new_;
    outcome(request, RequestFate::accepted);
    report(request.cl_ord_id, accepted, ExecType::new_, ReportSource::answer);
}

void Reports::placed(const InFlight& request, const Answer& answer,
                     const Classified& meaning) noexcept {
    switch (meaning.verdict) {
        case Verdict::accepted:
            return accepted_order(request, answer.order);
        case Verdict::rejected:
            return outcome(request, RequestFate::rejected, meaning.reason, answer.code);
        case Verdict::unknown:
            return outcome(request, RequestFate::unknown, RejectReason::none, answer.code);
    }
}

void Reports::replaced(const InFlight& request, const Answer& answer,
                       const Classified& meaning) noexcept {
    if (answer.cancel_leg.result != LegResult::none) {
        return replaced_legs(request, answer);
    }
    if (meaning.verdict == Verdict::rejected) {
        // Refused as a whole: neither leg was tried.
        cancel_reject(request.orig, request.instrument, meaning.reason, answer.code);
        return outcome(request, RequestFate::rejected, meaning.reason, answer.code);
    }
    outcome(request, RequestFate::unknown, RejectReason::none, answer.code);
}

void Reports::replaced_legs(const InFlight& request, const Answer& answer) noexcept {
    const Leg& cancel = answer.cancel_leg;
    const Classified cancel_meaning = classify_leg(cancel.code, cancel.message);
    if (cancel.result == LegResult::success && owner(cancel.order) == request.orig) {
        report(request.orig, cancel.order, ExecType::canceled, ReportSource::answer);
    } else if (cancel.result == LegResult::failure && cancel_meaning.verdict == Verdict::rejected) {
        cancel_reject(request.orig, request.instrument, cancel_meaning.reason, cancel.code);
    } else if (cancel.result == LegResult::not_attempted) {
        cancel_reject(request.orig, request.instrument, RejectReason::other, answer.code);
    }  // else unknown: the old order is asked about, because its replace has no good end
    const Leg& placed_leg = answer.new_leg;
    if (placed_leg.result == LegResult::success) {
        return accepted_order(request, placed_leg.order);
    }
    if (placed_leg.result == LegResult::not_attempted) {
        const RejectReason why =
            cancel.result == LegResult::failure && cancel_meaning.verdict == Verdict::rejected
                ? cancel_meaning.reason
                : RejectReason::other;
        return outcome(request, RequestFate::rejected, why, answer.code);
    }
    const Classified meaning = classify_leg(placed_leg.code, placed_leg.message);
    if (placed_leg.result == LegResult::failure && meaning.verdict == Verdict::rejected) {
        return outcome(request, RequestFate::rejected, meaning.reason, placed_leg.code);
    }
    outcome(request, RequestFate::unknown, RejectReason::none, placed_leg.code);
}

void Reports::amended(const InFlight& request, const Answer& answer,
                      const Classified& meaning) noexcept {
    switch (meaning.verdict) {
        case Verdict::accepted:
            if (owner(answer.order) != request.orig) {
                mismatched(answer.order, request.cl_ord_id);
                return outcome(request, RequestFate::unknown);
            }
            report(request.orig, answer.order, ExecType::replaced, ReportSource::answer);
            return outcome(request, RequestFate::accepted);
        case Verdict::rejected:
            return outcome(request, RequestFate::rejected, meaning.reason, answer.code);
        case Verdict::unknown:
            return outcome(request, RequestFate::unknown, RejectReason::none, answer.code);
    }
}

void Reports::canceled(const InFlight& request, const Answer& answer,
                       const Classified& meaning) noexcept {
    switch (meaning.verdict) {
        case Verdict::accepted:
            if (owner(answer.order) != request.cl_ord_id) {
                mismatched(answer.order, request.cl_ord_id);
                return outcome(request, RequestFate::unknown);
            }
            outcome(request, RequestFate::accepted);
            return report(request.cl_ord_id, answer.order, ExecType::canceled,
                          ReportSource::answer);
        case Verdict::rejected:
            return cancel_reject(request.cl_ord_id, request.instrument, meaning.reason,
                                 answer.code);
        case Verdict::unknown:
            return outcome(request, RequestFate::unknown, RejectReason::none, answer.code);
    }
}

void Reports::all_canceled(const InFlight& request, const Answer& answer,
                           const Classified& meaning) noexcept {
    // -2011 here: nothing was open.
    const bool nothing = meaning.verdict == Verdict::rejected && answer.code == -2011;
    if (meaning.verdict == Verdict::rejected && !nothing) {
        return outcome(request, RequestFate::rejected, meaning.reason, answer.code);
    }
    if (meaning.verdict == Verdict::unknown) {
        return outcome(request, RequestFate::unknown, RejectReason::none, answer.code);
    }
    outcome(request, RequestFate::accepted);
    for (const OrderRow& row : answer.orders) {
        const ClOrdId id = owner(row);
        if (id != no_order && row.instrument != engine::no_instrument) {
            report(id, row, ExecType::canceled, ReportSource::answer);
        } else if (id != no_order) {
            ++counters.beyond;
        } else {
            foreign(row, Sight::order);
        }
    }
}

void Reports::status(const InFlight& request, const Answer& answer,
                     const Classified& meaning) noexcept {
    switch (meaning.verdict) {
        case Verdict::accepted:
            // An order that was cancelled by cancelAll carries an id of the venue's making; it was
            // asked for by its number then, and the number is the proof.
            if (attribute(answer.order.client_id) != request.cl_ord_id &&
                (request.order_id.value == 0 || answer.order.order_id != request.order_id)) {
                mismatched(answer.order, request.cl_ord_id);
                return outcome(request, RequestFate::unknown);
            }
            return report(request.cl_ord_id, answer.order, ExecType::order_status,
                          ReportSource::query);
        case Verdict::rejected:
            if (meaning.reason == RejectReason::unknown_order) {
                engine::OrderNotFound missing;
                missing.cl_ord_id = request.cl_ord_id;
                missing.venue_time = request.venue_at_send;
                missing.instrument = request.instrument;
                return queue_.push(missing);
            }
            return outcome(request, RequestFate::rejected, meaning.reason, answer.code);
        case Verdict::unknown:
            return outcome(request, RequestFate::unknown, RejectReason::none, answer.code);
    }
}

std::uint32_t Reports::open_orders(const Answer& answer) noexcept {
    for (const OrderRow& row : answer.orders) {
        engine::OpenOrder open;
        open.cl_ord_id = attribute(row.client_id);  // also on a symbol that is not ours now
        open.order_id = row.order_id;
        open.price = row.price;
        open.order_qty = row.qty;
        open.cum_qty = row.cum_qty;
        open.instrument = row.instrument;
        open.side = row.side;
        queue_.push(open);
    }
    return static_cast<std::uint32_t>(answer.orders.size());
}

void Reports::fills(const Answer& answer) noexcept {
    for (const TradeRow& row : answer.trades) {
        // myTrades names no client id: the core knows its own orders by their numbers.
        engine::AccountFill fill;
        fill.order_id = row.order_id;
        fill.trade = row.trade;
        fill.price = row.price;
        fill.qty = row.qty;
        fill.fee_atoms = row.fee_atoms;
        fill.instrument = row.instrument;
        fill.fee_asset = row.fee_asset;
        fill.side = row.is_buyer ? engine::Side::buy : engine::Side::sell;
        fill.maker = row.is_maker ? 1 : 0;
        queue_.push(fill);
    }
}

}  // namespace portcullis::gateways::binance
