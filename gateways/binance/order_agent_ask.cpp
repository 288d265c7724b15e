// What is asked: what became of an order, what is open yet (the proof of a kill), and the questions
// of a reconciliation; each out of the budget, and none of them at the cost of the proof.
#include "engine/types/verify.hpp"
#include "gateways/binance/order_agent.hpp"
#include "gateways/binance/request_cost.hpp"

namespace portcullis::gateways::binance {

using engine::RequestFate;

// Who carries a question: the core's must be answered while the order connection is away, or a kill
// would wait for it, and the clock is part of every answer. What one proves rests on that clock and
// not on the connection. A reconciliation needs both streams anyway.
Session* OrderAgent::asker(Purpose purpose) {
    if (primary_.can_send()) {
        return &primary_;
    }
    const bool either =
        purpose == Purpose::core || purpose == Purpose::drain || purpose == Purpose::clock;
    return either && secondary_.can_send() ? &secondary_ : nullptr;
}

bool OrderAgent::send_status(const engine::OrderStatusRequest& request) {
    InFlight refused;
    refused.call = Call::status;
    refused.cl_ord_id = request.cl_ord_id;
    refused.instrument = request.instrument;
    if (!primary_.ready() && !secondary_.ready()) {
        reports_.outcome(refused, RequestFate::not_sent_disconnected);
        return true;
    }
    Session* session = asker(Purpose::core);
    if (session == nullptr || in_flight_.room() == 0) {
        return false;
    }
    if (!take_beside_proof(BudgetKind::query, cost_of(Call::status, true))) {
        reports_.outcome(refused, RequestFate::not_sent_rate);
        return true;
    }
    InFlight& entry = in_flight_.take(Call::status);
    const RequestId id = entry.id;
    entry.cl_ord_id = request.cl_ord_id;
    entry.order_id = request.order_id;
    entry.instrument = request.instrument;
    entry.cause = request.cause;
    const Encoded frame = parts_.encoder.status(id.value, request, venue_now());
    if (!frame.ok()) {
        in_flight_.release(entry);
        reports_.outcome(refused, frame.error == EncodeError::no_instrument
                                      ? RequestFate::not_sent_instrument
                                      : RequestFate::not_sent_unsigned);
        return true;
    }
    if (!send_frame(*session, entry, frame.frame)) {
        reports_.outcome(refused, RequestFate::not_sent_disconnected);
    }
    return true;
}

bool OrderAgent::send_open_orders(const engine::OpenOrdersRequest& request) {
    const Query query{Call::open_orders, request.instrument, engine::no_trade, 0};
    const bool may_wait = primary_.ready() || secondary_.ready();
    if (may_wait && asker(Purpose::drain) == nullptr) {
        return false;
    }
    if (ask(query, Purpose::drain, now_).id.value == 0) {
        InFlight refused;
        refused.call = Call::open_orders;
        refused.purpose = Purpose::drain;
        refused.instrument = request.instrument;
        give_up(refused);
    }
    return true;
}

// Of what is no cancel: while a question of proof waits for its weight, that is left for it.
bool OrderAgent::take_beside_proof(BudgetKind kind, const RequestCost& cost) {
    const RequestCost both{cost.weight + proof_waits(), cost.orders};
    return parts_.budget.has_room(BudgetKind::cancel, both, venue_now()) &&
           parts_.budget.take(kind, cost, venue_now());
}

// The proof of a cancel is part of it: it may take what is kept for cancels.
bool OrderAgent::take_proof(const RequestCost& cost) {
    const std::uint32_t waits = proof_waits();
    if (!parts_.budget.has_room(BudgetKind::cancel, cost, venue_now())) {
        proof_weight_ = std::max(waits, cost.weight);
        proof_refused_ = now_;
        return false;
    }
    if (cost.weight >= waits) {
        proof_weight_ = 0;
    }
    return parts_.budget.take(BudgetKind::cancel, cost, venue_now());
}

Asked OrderAgent::ask(const Query& query, Purpose purpose, engine::MonoNs) {
    Session* session = asker(purpose);
    if (session == nullptr || in_flight_.room() == 0) {
        return {};
    }
    const RequestCost cost = cost_of(query.call, query.instrument != engine::no_instrument);
    const bool left =
        purpose == Purpose::drain ? take_proof(cost) : take_beside_proof(BudgetKind::query, cost);
    if (!left) {
        return {{}, true};
    }
    InFlight& entry = in_flight_.take(query.call);
    entry.purpose = purpose;
    entry.instrument = query.instrument;
    entry.cause = now_;
    OrderEncoder& encoder = parts_.encoder;
    const std::uint64_t id = entry.id.value;
    const Encoded frame =
        query.call == Call::time            ? encoder.time(id)
        : query.call == Call::exchange_info ? encoder.exchange_info(id)
        : query.call == Call::account       ? encoder.account(id, venue_now())
        : query.call == Call::trades
            ? encoder.trades(id, query.instrument, query.from, query.limit, venue_now())
            : encoder.open_orders(id, query.instrument, venue_now());
    if (!frame.ok()) {
        in_flight_.release(entry);
        return {};
    }
    if (!send_frame(*session, entry, frame.frame)) {
        return {};
    }
    if (query.call == Call::exchange_info) {
        filters_asked_ = now_;
        filters_doubted_ = false;
    }
    return {RequestId{id}, false};
}

}  // namespace portcullis::gateways::binance
