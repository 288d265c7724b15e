// What goes out: the last look, and cancels that are never denied.
#include "engine/types/verify.hpp"
#include "gateways/binance/order_agent.hpp"
#include "gateways/binance/request_cost.hpp"

namespace portcullis::gateways::binance {

using engine::NewOrderSingle;
using engine::OrderCancelReplaceRequest;
using engine::RequestFate;
using engine::verify;

namespace {

const NewOrderSingle& order_of(const NewOrderSingle& request) noexcept {
    return request;
}
const NewOrderSingle& order_of(const OrderCancelReplaceRequest& request) noexcept {
    return request.order;
}
engine::ClOrdId orig_of(const NewOrderSingle&) noexcept {
    return engine::no_order;
}
engine::ClOrdId orig_of(const OrderCancelReplaceRequest& request) noexcept {
    return request.orig_cl_ord_id;
}
Call call_of(const NewOrderSingle&) noexcept {
    return Call::place;
}
Call call_of(const OrderCancelReplaceRequest& request) noexcept {
    return request.mode == engine::ReplaceMode::amend_in_place ? Call::amend : Call::replace;
}
Encoded encode(OrderEncoder& encoder, std::uint64_t id, const NewOrderSingle& request,
               engine::WallNs at) noexcept {
    return encoder.place(id, request, at);
}
Encoded encode(OrderEncoder& encoder, std::uint64_t id, const OrderCancelReplaceRequest& request,
               engine::WallNs at) noexcept {
    return encoder.replace(id, request, at);
}

}  // namespace

std::size_t OrderAgent::take_requests() {
    std::size_t taken = 0;
    for (; taken < requests_per_turn && !line_.empty(); ++taken) {
        if (!dispatch(line_.front(), line_.front_withdrawn())) {
            break;  // it waits, and what is behind it too
        }
        line_.pop();
    }
    for (; taken < requests_per_turn && !line_.full(); ++taken) {
        std::optional<Outbound> request;
        if (!parts_.requests.try_consume(
                [&](Outbound&& next) { request.emplace(std::move(next)); })) {
            break;
        }
        if (!take_cancel(*request) && (!line_.empty() || !dispatch(*request, false))) {
            line_.push(std::move(*request));
        }
    }
    return taken;
}

// Cancels pass whatever waits. True: it was one.
bool OrderAgent::take_cancel(const Outbound& request) {
    if (const auto* cancel = std::get_if<engine::OrderCancelRequest>(&request)) {
        line_.withdraw(cancel->cl_ord_id);
        cancels_.push(*cancel);
        send_cancels();  // now where it can, so that it does not fall behind what comes after it
        return true;
    }
    if (const auto* mass = std::get_if<engine::OrderMassCancelRequest>(&request)) {
        line_.withdraw_all(mass->instrument);
        if (mass->instrument == engine::no_instrument) {
            cancels_.push_all(parts_.symbols.instruments());
            foreign_symbols_.await_all(now_, settings_.ack_max);
        } else {
            cancels_.push_whole(mass->instrument);
        }
        send_cancels();
        return true;
    }
    return false;
}

bool OrderAgent::dispatch(const Outbound& request, bool withdrawn) {
    if (const auto* order = std::get_if<risk::Approved<NewOrderSingle>>(&request)) {
        return submit(*order, withdrawn);
    }
    if (const auto* replace = std::get_if<risk::Approved<OrderCancelReplaceRequest>>(&request)) {
        return submit(*replace, withdrawn);
    }
    if (const auto* status = std::get_if<engine::OrderStatusRequest>(&request)) {
        return send_status(*status);
    }
    return send_open_orders(std::get<engine::OpenOrdersRequest>(request));
}

// --- approvals

template <class T>
bool OrderAgent::submit(const risk::Approved<T>& approved, bool withdrawn) {
    const T& request = approved.request();
    const NewOrderSingle& order = order_of(request);
    parts_.egress.on_begun(order.cl_ord_id);
    const risk::ApprovalStamp& stamp = approved.stamp();
    const bool next = stamp.number.value == last_number_.value + 1 &&
                      stamp.agent == settings_.agent && stamp.gate_epoch == settings_.gate_epoch;
    if (!next) {
        line_stopped_.store(true,
                            std::memory_order_relaxed);  // relaxed: only this thread acts on it
    }
    const auto end = [&](RequestFate fate) {
        if (next) {
            last_number_ = stamp.number;
        }
        not_sent(order, orig_of(request), call_of(request), fate);
        return true;
    };
    if (line_stopped()) {
        return end(RequestFate::not_sent_sequence);
    }
    if (withdrawn) {
        return end(RequestFate::not_sent_deadline);  // a cancel came after the decision
    }
    if (const auto fate = refusal(order, stamp)) {
        return end(*fate);
    }
    if (!primary_.can_send() || in_flight_.room() <= InFlightTable::reserve) {
        return false;  // waits, and its deadline runs
    }
    const Call call = call_of(request);
    if (!parts_.budget.take(BudgetKind::order, cost_of(call, true), venue_now())) {
        return end(RequestFate::not_sent_rate);
    }
    InFlight& entry = in_flight_.take(call);
    fill_in(entry, request);
    const Encoded frame = encode(parts_.encoder, entry.id.value, request, venue_now());
    if (!frame.ok()) {
        // A number that does not fit, or a frame that is too long, has passed the gate: our bug.
        verify(frame.error == EncodeError::no_instrument ||
               frame.error == EncodeError::no_signature);
        in_flight_.release(entry);
        return end(frame.error == EncodeError::no_instrument ? RequestFate::not_sent_instrument
                                                             : RequestFate::not_sent_unsigned);
    }
    if (killed(order.strategy, order.instrument, stamp.kill_stamp)) {
        ++counters_.killed;
        in_flight_.release(entry);
        return end(RequestFate::not_sent_killed);
    }
    // The step's time is old where the process has been stopped since.
    if (parts_.egress.now() >= stamp.deadline) {
        in_flight_.release(entry);
        return end(RequestFate::not_sent_deadline);
    }
    const RequestId id = entry.id;
    if (!send_frame(primary_, entry, frame.frame)) {
        return end(RequestFate::not_sent_disconnected);
    }
    order_left_[order.instrument.value] = entry.sent;
    last_number_ = stamp.number;
    ++counters_.orders_sent;
    mute_.on_sent(call == Call::amend ? orig_of(request) : order.cl_ord_id, MuteWatch::What::order,
                  live_bits());
    if (primary_.pending_bytes() != 0) {
        pending_ = Pending{id, stamp.kill_stamp, order.strategy, order.instrument};
    }
    return true;
}

std::optional<RequestFate> OrderAgent::refusal(const NewOrderSingle& order,
                                               const risk::ApprovalStamp& stamp) {
    if (killed(order.strategy, order.instrument, stamp.kill_stamp)) {
        ++counters_.killed;
        return RequestFate::not_sent_killed;
    }
    if (now_ >= stamp.deadline) {
        return RequestFate::not_sent_deadline;
    }
    if (!primary_.ready() || !time_.known()) {
        return RequestFate::not_sent_disconnected;
    }
    return std::nullopt;
}

void OrderAgent::fill_in(InFlight& entry, const NewOrderSingle& order) noexcept {
    entry.cl_ord_id = order.cl_ord_id;
    entry.instrument = order.instrument;
    entry.side = order.side;
    entry.cause = order.cause;
    const Grid* grid = parts_.instruments.grid(order.instrument, order.instrument_version);
    const auto qty = grid == nullptr
                         ? std::nullopt
                         : engine::to_int64(engine::int128{order.qty.value} * grid->lot.value);
    entry.qty = engine::QtyAtoms{qty.value_or(0)};  // where it is 0 the encoder refuses
}

void OrderAgent::fill_in(InFlight& entry, const OrderCancelReplaceRequest& request) noexcept {
    fill_in(entry, request.order);
    entry.orig = request.orig_cl_ord_id;
    entry.order_id = request.orig_order_id;
}

void OrderAgent::not_sent(const NewOrderSingle& order, engine::ClOrdId orig, Call call,
                          RequestFate fate) {
    parts_.egress.on_not_sent(order.cl_ord_id);
    InFlight request;
    request.call = call;
    request.cl_ord_id = order.cl_ord_id;
    request.orig = orig;
    request.instrument = order.instrument;
    reports_.outcome(request, fate);
}

bool OrderAgent::send_frame(Session& session, InFlight& entry, std::string_view frame) {
    verify(session.can_send());
    entry.link = session.link();
    entry.venue_at_send = venue_earliest();
    entry.venue_expiry = engine::WallNs{
        venue_now().value + engine::milliseconds(parts_.encoder.recv_window_ms()).value};
    const SendResult result = session.send(frame, now_);
    if (result != SendResult::sent && result != SendResult::buffered) {
        // Nothing of the frame exists anywhere. (A link that was found lost has reported its other
        // requests already; this one has no sent time and is skipped there.)
        in_flight_.release(entry);
        return false;
    }
    entry.sent = stamp_sent(entry, result == SendResult::sent);
    entry.answer_by = entry.sent + settings_.ack_max;
    if (entry.purpose == Purpose::core && result == SendResult::sent) {
        reports_.outcome(entry, RequestFate::sent);
    }
    return true;
}

// What the socket has not taken whole has no egress yet: of an order it comes (watch_pending), of a
// cancel it is not waited for.
engine::MonoNs OrderAgent::stamp_sent(const InFlight& entry, bool whole) noexcept {
    if (whole && is_order(entry.call)) {
        return parts_.egress.on_order_sent(entry.cl_ord_id, entry.cause);
    }
    return whole && entry.call == Call::cancel ? parts_.egress.on_cancel_sent(entry.cause)
                                               : parts_.egress.now();
}

// Bytes of an order that are encrypted and unsent: pushed on, or destroyed when the kill has come.
void OrderAgent::watch_pending() {
    if (pending_.id.value != 0 && primary_.pending_bytes() != 0 &&
        killed(pending_.strategy, pending_.instrument, pending_.kill_stamp)) {
        ++counters_.cut;
        primary_.cut(now_);  // part of it may have left: its request is unknown now
    }
    secondary_.flush();
    if (primary_.flush() == 0 && pending_.id.value != 0) {
        InFlight* const entry = in_flight_.find(pending_.id);
        if (entry != nullptr && !entry->overdue && !primary_.broken()) {
            entry->sent = stamp_sent(*entry, true);
            order_left_[entry->instrument.value] = entry->sent;
            reports_.outcome(*entry, RequestFate::sent);
        }
        pending_ = {};
    }
}

// --- cancels

Session* OrderAgent::cancel_sender(bool prefer_secondary) {
    Session& first = prefer_secondary ? secondary_ : primary_;
    Session& second = prefer_secondary ? primary_ : secondary_;
    return first.can_send() ? &first : second.can_send() ? &second : nullptr;
}

std::size_t OrderAgent::send_cancels() {
    std::size_t sent = send_whole_cancels();
    while (cancels_.singles() != 0) {
        const auto count = static_cast<std::uint32_t>(cancels_.singles());
        const CancelAdvice advice =
            parts_.budget.cancel_action(count, cost_of(Call::cancel, true).weight, venue_now());
        if (advice.action == CancelAction::coalesce_into_cancel_all) {
            counters_.cancels_coalesced += cancels_.coalesce();
            return sent + send_whole_cancels();
        }
        if (advice.action == CancelAction::delay || !send_cancel(cancels_.front())) {
            return sent;
        }
        cancels_.pop();
        ++sent;
    }
    return sent;
}

// The first cancel of a symbol may take all that the budget has; a repeated one leaves the weight
// of the question whose empty answer ends a kill.
std::size_t OrderAgent::send_whole_cancels() {
    std::size_t sent = 0;
    const auto may_send = [this](bool again) {
        RequestCost cost = cost_of(Call::cancel_all, true);
        if (again) {
            cost.weight += cost_of(Call::open_orders, false).weight;  // a firm's is for all symbols
        }
        return parts_.budget.has_room(BudgetKind::cancel, cost, venue_now());
    };
    bool stuck = false;
    const engine::InstrumentSet waiting = cancels_.whole();
    waiting.for_each([&](engine::InstrumentId id) {
        if (stuck || !may_send(canceled_whole_[id.value] > order_left_[id.value])) {
            return;
        }
        stuck = parts_.symbols.has(id) &&
                !send_cancel_all(id, ForeignSymbols::none, parts_.symbols.name(id));
        if (!stuck) {
            cancels_.whole_sent(id);
            ++sent;
        }
    });
    if (stuck) {
        return sent;
    }
    return sent + foreign_symbols_.send(now_, [&](std::string_view symbol,
                                                  ForeignSymbols::Index index, bool again) {
        return may_send(again) && send_cancel_all(engine::no_instrument, index, symbol);
    });
}

// `clear`: the venue has said that nothing is open there any more. It may not be the last word: an
// order on its way could be overtaken. So the core repeats it, out of what the question of proof
// leaves.
void OrderAgent::on_canceled_whole(const InFlight& request, bool clear) noexcept {
    if (request.foreign != ForeignSymbols::none) {
        foreign_symbols_.on_answer(request.foreign, clear);
    } else if (clear && request.instrument != engine::no_instrument) {
        canceled_whole_[request.instrument.value] = request.sent;
    }
}

bool OrderAgent::send_cancel(const engine::OrderCancelRequest& request) {
    Session* session = cancel_sender(false);
    if (session == nullptr || in_flight_.room() == 0) {
        return false;
    }
    InFlight& entry = in_flight_.take(Call::cancel);
    entry.cl_ord_id = request.cl_ord_id;
    entry.order_id = request.order_id;
    entry.instrument = request.instrument;
    entry.cause = request.cause;
    const Encoded frame = parts_.encoder.cancel(entry.id.value, request, venue_now());
    if (!frame.ok()) {
        verify(frame.error == EncodeError::no_signature);  // the instrument was checked by the core
        in_flight_.release(entry);
        return false;
    }
    (void)parts_.budget.take(BudgetKind::cancel, cost_of(Call::cancel, true), venue_now());
    if (!send_frame(*session, entry, frame.frame)) {
        return false;
    }
    ++counters_.cancels_sent;
    mute_.on_sent(request.cl_ord_id, MuteWatch::What::cancel, live_bits());
    return true;
}

bool OrderAgent::send_cancel_all(engine::InstrumentId instrument, ForeignSymbols::Index foreign,
                                 std::string_view symbol) {
    Session* session = cancel_sender(true);
    if (session == nullptr || in_flight_.room() <= InFlightTable::questions) {
        return false;
    }
    InFlight& entry = in_flight_.take(Call::cancel_all);
    entry.instrument = instrument;
    entry.foreign = foreign;
    const Encoded frame = parts_.encoder.cancel_all(entry.id.value, symbol, venue_now());
    if (!frame.ok()) {
        verify(frame.error == EncodeError::no_signature);
        in_flight_.release(entry);
        return false;
    }
    (void)parts_.budget.take(BudgetKind::cancel, cost_of(Call::cancel_all, true), venue_now());
    if (!send_frame(*session, entry, frame.frame)) {
        return false;
    }
    ++counters_.mass_cancels_sent;
    return true;
}

}  // namespace portcullis::gateways::binance
