// The exchange, its ledger and the two connections. See fault_venue.hpp.
#include "tests/sim/fault_venue.hpp"

namespace portcullis::tests {
namespace {

constexpr InstrumentId btcusdt{0};
constexpr DurationNs recv_window = milliseconds(1000);
constexpr DurationNs answer_max = milliseconds(1000);

}  // namespace

// --- connections

/// Runs `act` when this message has crossed the connection; never, if that breaks before.
void FaultVenue::pass(std::size_t index, std::function<void()> act) {
    Link& link = links_[index];
    MonoNs when = time_.now() + latency();
    if (!plan_.reordered) {
        when = std::max(when, link.last);
        link.last = when;
    }
    time_.at(when, [this, index, act = std::move(act), generation = link.generation] {
        if (links_[index].generation == generation && time_.now() >= silent_until_) {
            act();
        }
    });
}

void FaultVenue::fall_silent(DurationNs length) {
    ++faults;
    silent_until_ = time_.now() + length;
    if (reconciling_) {
        time_.after(answer_max, [this, run = reconcile_run_] { fail_reconciliation(run); });
    }
}

/// An answer did not come in time.
void FaultVenue::fail_reconciliation(std::uint32_t run) {
    if (run != reconcile_run_ || !reconciling_) {
        return;
    }
    reconciling_ = false;
    ReconcileStep failed;
    failed.round = reconcile_round_;
    failed.phase = ReconcilePhase::failed;
    deliver_(event(failed));
}

void FaultVenue::tell(const Events& events) {
    for (const Event& each : events) {
        deliver_(each);
    }
}

void FaultVenue::session(std::size_t index, SessionStatus status) {
    if (index == 0) {
        deliver_(event(SessionState{Session::orders, status, 0, {}}));
        deliver_(event(SessionState{Session::account_primary, status, 0, {}}));
    } else {
        deliver_(event(SessionState{Session::account_secondary, status, 0, {}}));
    }
}

void FaultVenue::connect(std::size_t index) {
    time_.after(DurationNs{dice_.between(1'000'000, 2'000'000'000)}, [this, index] {
        links_[index].up = true;
        session(index, SessionStatus::ready);
    });
}

void FaultVenue::disconnect(std::size_t index) {
    Link& link = links_[index];
    if (!link.up) {
        return;
    }
    ++faults;
    link.up = false;
    ++link.generation;
    link.last = {};
    if (index == 0) {
        const auto lost = std::exchange(in_flight_, {});
        for (const auto& [number, request] : lost) {
            if (request.kind != RequestKind::open_orders) {
                deliver_(outcome(request, RequestFate::unknown));
            }
        }
        fail_reconciliation(reconcile_run_);
    }
    session(index, SessionStatus::down);
    connect(index);
}

/// One event of the account, on both streams.
void FaultVenue::stream(const ExecutionReport& given) {
    for (std::size_t index = 0; index < links_.size(); ++index) {
        if (!links_[index].up) {
            continue;
        }
        if (strikes(plan_.stream_lost)) {
            // The order agent misses it, and takes the stream for mute.
            time_.after(milliseconds(2000), [this, index] { disconnect(index); });
            continue;
        }
        ExecutionReport copy = given;
        copy.bits = ExecutionReport::pack(
            index == 0 ? ReportSource::stream_primary : ReportSource::stream_secondary,
            given.is_maker(), given.side());
        const int copies = strikes(plan_.duplicated) ? 2 : 1;
        for (int i = 0; i < copies; ++i) {
            pass(index, [this, copy] { deliver_(event(copy)); });
        }
    }
}

/// What is owned now, on both streams, behind the report of what changed it.
void FaultVenue::stream_balances() {
    for (std::size_t index = 0; index < links_.size(); ++index) {
        for (std::uint16_t asset = 0; links_[index].up && asset < 2; ++asset) {
            AccountBalance balance;
            balance.free = balances_[asset];
            balance.venue_time = clock();
            balance.asset = AssetId{asset};
            pass(index, [this, balance] { deliver_(event(balance)); });
        }
    }
}

// --- requests

Event FaultVenue::outcome(const Request& request, RequestFate fate, RejectReason reason) const {
    RequestOutcome out;
    out.cl_ord_id = request.id;
    out.sent = request.sent;
    out.venue_expiry = request.expiry;
    out.instrument = btcusdt;
    out.kind = request.kind;
    out.fate = fate;
    out.reason = reason;
    return event(out);
}

void FaultVenue::submit_later(const OrderCancelReplaceRequest& request, RequestKind kind,
                              const risk::ApprovalStamp& stamp) {
    // One line to the agent: approvals do not overtake each other.
    agent_free_ = std::max(agent_free_, time_.now() + DurationNs{dice_.between(1'000, 2'000'000)});
    if (plan_.slow && dice_.permille(50)) {
        agent_free_ = agent_free_ + DurationNs{dice_.between(0, 100'000'000)};
    }
    time_.at(agent_free_, [this, request, kind, stamp] { last_look(request, kind, stamp); });
}

/// What the order agent promises (gateways/binance/order_agent.hpp).
void FaultVenue::last_look(const OrderCancelReplaceRequest& request, RequestKind kind,
                           const risk::ApprovalStamp& stamp) {
    const Request refused{kind, request.order.cl_ord_id, {}, {}};
    if (stamp.number.value != last_number_.value + 1) {
        return fail_("approval numbers are not dense");
    }
    last_number_ = stamp.number;
    RequestFate fate = RequestFate::sent;
    if (stamp.kill_stamp != kill_word_) {
        fate = RequestFate::not_sent_killed;
    } else if (time_.now() >= stamp.deadline) {
        fate = RequestFate::not_sent_deadline;
    } else if (!links_[0].up) {
        fate = RequestFate::not_sent_disconnected;
    } else if (strikes(plan_.not_sent)) {
        fate = RequestFate::not_sent_rate;
    }
    if (fate != RequestFate::sent) {
        return deliver_(outcome(refused, fate));
    }
    sent_after_kill_ += (kill_word_ & 1U) != 0 ? 1U : 0U;
    send({kind, request.order.cl_ord_id, {}, {}}, [this, request, kind](const Request& about) {
        return kind == RequestKind::amend     ? amend(request, about)
               : kind == RequestKind::replace ? replace(request, about)
                                              : place(request.order, about);
    });
}

void FaultVenue::send(Request request, std::function<Events(const Request&)> act) {
    request.sent = time_.now();
    request.expiry = WallNs{clock().value + recv_window.value};
    const std::uint64_t number = ++requests_;
    in_flight_.emplace(number, request);
    if (request.kind == RequestKind::new_order || request.kind == RequestKind::replace ||
        request.kind == RequestKind::amend) {
        deliver_(outcome(request, RequestFate::sent));
    }
    time_.after(answer_max, [this, number] {
        const auto waiting = in_flight_.find(number);
        if (waiting != in_flight_.end() && waiting->second.kind != RequestKind::open_orders) {
            deliver_(outcome(waiting->second, RequestFate::unknown));
        }
    });
    if (strikes(plan_.request_lost)) {
        return;
    }
    // What has left may arrive although the connection breaks behind it.
    time_.after(latency(),
                [this, number, act = std::move(act), request, generation = links_[0].generation] {
                    if (links_[0].generation == generation) {
                        arrive(number, act);
                    } else if (dice_.permille(500) && clock() <= request.expiry) {
                        (void)act(request);
                    }
                });
}

void FaultVenue::arrive(std::uint64_t number, const std::function<Events(const Request&)>& act) {
    const auto found = in_flight_.find(number);
    if (found == in_flight_.end()) {
        return;
    }
    const Request request = found->second;
    if (clock() > request.expiry) {
        return answer(number,
                      {outcome(request, RequestFate::rejected, RejectReason::outside_time)});
    }
    if (strikes(plan_.answer_unknown)) {
        if (dice_.permille(500)) {
            (void)act(request);
        }
        return answer(number, {outcome(request, RequestFate::unknown)});
    }
    answer(number, act(request));
}

void FaultVenue::answer(std::uint64_t number, Events events) {
    if (strikes(plan_.answer_lost)) {
        return;
    }
    pass(0, [this, number, events = std::move(events)] {
        in_flight_.erase(number);
        tell(events);
    });
}

void FaultVenue::cancel(OrderAgentId, const OrderCancelRequest& wanted) {
    time_.after(DurationNs{dice_.between(1'000, 2'000'000)}, [this, wanted] {
        const Request request{RequestKind::cancel, wanted.cl_ord_id, {}, {}};
        if (!links_[0].up) {
            return deliver_(outcome(request, RequestFate::not_sent_disconnected));
        }
        send(request, [this](const Request& about) { return remove(about); });
    });
}

void FaultVenue::mass_cancel(OrderAgentId, const OrderMassCancelRequest&) {
    // Over the second connection, as the order agent does.
    if (!links_[1].up || strikes(plan_.request_lost)) {
        return;
    }
    time_.after(latency(), [this] {
        for (auto& [id, order] : orders_) {
            if (order.live()) {
                end(order, OrdStatus::canceled, ExecType::canceled);
            }
        }
    });
}

void FaultVenue::status(OrderAgentId, const OrderStatusRequest& wanted) {
    time_.after(DurationNs{dice_.between(1'000, 2'000'000)}, [this, wanted] {
        const Request request{RequestKind::status, wanted.cl_ord_id, {}, {}};
        if (!links_[0].up) {
            return deliver_(outcome(request, RequestFate::not_sent_disconnected));
        }
        send(request, [this](const Request& about) { return describe(about); });
    });
}

void FaultVenue::open_orders(OrderAgentId, const OpenOrdersRequest&) {
    time_.after(DurationNs{dice_.between(1'000, 2'000'000)}, [this] {
        if (links_[0].up) {
            send({RequestKind::open_orders, no_order, {}, {}},
                 [this](const Request& about) { return list(true, about.sent); });
        }
    });
}

// --- reconciliation: clock and balances, open orders, history, one question after the other

void FaultVenue::reconcile(OrderAgentId, const ReconcileRequest& request) {
    time_.after(DurationNs{1'000}, [this, request] {
        ReconcileStep step;
        step.round = reconcile_round_;
        if (reconciling_) {
            step.phase = ReconcilePhase::failed;
            deliver_(event(step));
        }
        ++reconcile_run_;
        step.round = reconcile_round_ = request.round;
        (request.agreed ? agreed_ : fetched_) = request.agreed ? fetched_ : agreed_;
        reconciling_ = links_[0].up;
        step.phase = ReconcilePhase::begin;
        deliver_(event(step));
        if (!reconciling_) {
            step.phase = ReconcilePhase::failed;
            return deliver_(event(step));
        }
        reconcile_step(reconcile_run_, 0);
    });
}

void FaultVenue::reconcile_step(std::uint32_t run, int number) {
    const MonoNs asked = time_.now();
    time_.after(latency(), [this, run, number, asked] {
        if (run != reconcile_run_ || !reconciling_) {
            return;
        }
        Events events;
        if (number == 0) {
            const std::int64_t error = dice_.between(-5'000'000, 5'000'000);
            events.push_back(event(
                VenueClock{DurationNs{clock_offset_.value + error}, milliseconds(10), clock()}));
            for (std::uint16_t i = 0; i < 2; ++i) {
                AccountBalance balance;
                balance.free = balances_[i];
                balance.venue_time = clock();
                balance.asset = AssetId{i};
                balance.from_snapshot = 1;
                events.push_back(event(balance));
            }
        } else if (number == 1) {
            events = list(false, asked);
            listed_at_ = asked;
            listed_clock_ = clock();
        } else {
            for (std::size_t i = agreed_; i < trades_.size(); ++i) {
                events.push_back(event(trades_[i]));
            }
            fetched_ = trades_.size();
            ReconcileStep done;
            done.round = reconcile_round_;
            done.phase = ReconcilePhase::complete;
            done.venue_time = listed_clock_;
            done.issued = listed_at_;
            events.push_back(event(done));
        }
        if (strikes(plan_.answer_lost) || time_.now() < silent_until_) {
            return time_.after(answer_max, [this, run] { fail_reconciliation(run); });
        }
        pass(0, [this, run, number, events] {
            if (run != reconcile_run_ || !reconciling_) {
                return;
            }
            if (number == 2) {
                reconciling_ = false;
                return tell(events);
            }
            tell(events);
            reconcile_step(run, number + 1);
        });
    });
}

FaultVenue::Events FaultVenue::list(bool drain, MonoNs issued) {
    Events events;
    ReconcileStep step;
    step.open_orders_only = drain ? 1 : 0;
    step.issued = issued;
    step.venue_time = clock();
    if (drain) {
        events.push_back(event(step));
    }
    for (const auto& [id, order] : orders_) {
        if (order.live()) {
            OpenOrder row;
            row.cl_ord_id = id;
            row.order_id = order.id;
            row.price = order.price;
            row.order_qty = order.qty;
            row.cum_qty = order.cum;
            row.instrument = btcusdt;
            row.side = order.request.side;
            events.push_back(event(row));
            ++step.open_orders;
        }
    }
    if (drain) {
        step.phase = ReconcilePhase::complete;
        events.push_back(event(step));
    }
    return events;
}

// --- the exchange itself

FaultVenue::Events FaultVenue::place(const NewOrderSingle& wanted, const Request& request) {
    if (orders_.contains(wanted.cl_ord_id)) {
        fail_("an order was sent twice");
    }
    const bool buy = wanted.side == Side::buy;
    TrueOrder order;
    order.request = wanted;
    order.price = *grid_.price(wanted.price);
    order.qty = *grid_.qty(wanted.qty);
    if (strikes(plan_.rejected)) {
        return {outcome(request, RequestFate::rejected, RejectReason::other)};
    }
    const bool crosses = buy ? order.price >= ask_ : order.price <= bid_;
    if (crosses && wanted.type == OrdType::limit_maker) {
        return {outcome(request, RequestFate::rejected, RejectReason::would_match)};
    }
    for (const auto& [id, other] : orders_) {
        const bool meets = other.live() && other.request.side != wanted.side &&
                           (buy ? other.price <= order.price : other.price >= order.price);
        if (meets) {
            fail_("the order would trade with one of our own");
        }
    }
    order.id = OrderId{++order_ids_};
    TrueOrder& placed = orders_.emplace(wanted.cl_ord_id, order).first->second;
    ExecutionReport accepted = report(placed, ExecType::new_);
    stream(accepted);
    accepted.bits = ExecutionReport::pack(ReportSource::answer, false, wanted.side);
    if (crosses) {
        const QtyAtoms part{grid_.lot.value * dice_.between(1, wanted.qty.value)};
        trade(placed, part, buy ? ask_ : bid_, false);
    }
    if (placed.live() && wanted.time_in_force == TimeInForce::ioc) {
        end(placed, OrdStatus::expired, ExecType::expired);
    }
    return {outcome(request, RequestFate::accepted), event(accepted)};
}

/// STOP_ON_FAILURE with CANCEL_ONLY: nothing is placed unless the old order was cancelled by this.
FaultVenue::Events FaultVenue::replace(const OrderCancelReplaceRequest& wanted,
                                       const Request& request) {
    const auto old = orders_.find(wanted.orig_cl_ord_id);
    if (old == orders_.end() || !old->second.live()) {
        OrderCancelReject reject;
        reject.cl_ord_id = wanted.orig_cl_ord_id;
        reject.instrument = btcusdt;
        reject.reason = RejectReason::unknown_order;
        return {event(reject),
                outcome(request, RequestFate::rejected, RejectReason::unknown_order)};
    }
    end(old->second, OrdStatus::canceled, ExecType::canceled);
    ExecutionReport canceled = report(old->second, ExecType::canceled);
    canceled.bits = ExecutionReport::pack(ReportSource::answer, false, old->second.request.side);
    Events events = place(wanted.order, request);
    events.insert(events.begin(), event(canceled));
    return events;
}

/// Down only, never below what is filled: a fill that was faster turns it into a refusal.
FaultVenue::Events FaultVenue::amend(const OrderCancelReplaceRequest& wanted,
                                     const Request& request) {
    const auto found = orders_.find(wanted.orig_cl_ord_id);
    if (found == orders_.end() || !found->second.live()) {
        return {outcome(request, RequestFate::rejected, RejectReason::unknown_order)};
    }
    TrueOrder& order = found->second;
    amends_of_filled += order.cum.value > 0 ? 1U : 0U;
    if (wanted.order.side != order.request.side || wanted.order.price != order.request.price) {
        fail_("an amend in place of price or side");
    }
    const QtyAtoms qty = *grid_.qty(wanted.order.qty);
    if (qty <= order.cum || qty >= order.qty || strikes(plan_.rejected)) {
        return {outcome(request, RequestFate::rejected, RejectReason::other)};
    }
    ++amends;
    order.qty = qty;
    ExecutionReport amended = report(order, ExecType::replaced);
    stream(amended);
    amended.bits = ExecutionReport::pack(ReportSource::answer, false, order.request.side);
    return {event(amended), outcome(request, RequestFate::accepted)};
}

FaultVenue::Events FaultVenue::remove(const Request& request) {
    const auto found = orders_.find(request.id);
    if (found == orders_.end() || !found->second.live()) {
        OrderCancelReject reject;
        reject.cl_ord_id = request.id;
        reject.instrument = btcusdt;
        reject.reason = RejectReason::unknown_order;
        return {event(reject)};
    }
    end(found->second, OrdStatus::canceled, ExecType::canceled);
    ExecutionReport canceled = report(found->second, ExecType::canceled);
    canceled.bits = ExecutionReport::pack(ReportSource::answer, false, found->second.request.side);
    return {outcome(request, RequestFate::accepted), event(canceled)};
}

FaultVenue::Events FaultVenue::describe(const Request& request) {
    const auto found = orders_.find(request.id);
    if (found == orders_.end()) {
        OrderNotFound missing;
        missing.cl_ord_id = request.id;
        missing.venue_time = clock();
        missing.instrument = btcusdt;
        return {outcome(request, RequestFate::rejected, RejectReason::unknown_order),
                event(missing)};
    }
    ExecutionReport now = report(found->second, ExecType::order_status);
    now.bits = ExecutionReport::pack(ReportSource::query, false, found->second.request.side);
    return {event(now)};
}

void FaultVenue::end(TrueOrder& order, OrdStatus status, ExecType type) {
    order.status = status;
    stream(report(order, type));
}

ExecutionReport FaultVenue::report(const TrueOrder& order, ExecType type) const {
    ExecutionReport out;
    out.cl_ord_id = order.request.cl_ord_id;
    out.order_id = order.id;
    out.exec_type = type;
    out.status = order.status;
    out.instrument = btcusdt;
    out.order_qty = order.qty;
    out.cum_qty = order.cum;
    out.bits = ExecutionReport::pack(ReportSource::stream_primary, true, order.request.side);
    return out;
}

void FaultVenue::trade(TrueOrder& order, QtyAtoms qty, PriceAtoms price, bool maker) {
    const bool buy = order.request.side == Side::buy;
    const AmountAtoms quote = quote_amount(price, qty, Rounding::down);
    const AmountAtoms fee{quote.value / 10'000};
    const int128 sign = buy ? 1 : -1;
    order.cum += qty;
    order.status = order.cum == order.qty ? OrdStatus::filled : OrdStatus::partially_filled;
    balances_[0] = AmountAtoms{balances_[0].value + sign * qty.value};
    balances_[1] = AmountAtoms{balances_[1].value - sign * quote.value - fee.value};
    AccountFill fill;
    fill.cl_ord_id = order.request.cl_ord_id;
    fill.order_id = order.id;
    fill.trade = TradeId{static_cast<std::int64_t>(trades_.size())};
    fill.price = price;
    fill.qty = qty;
    fill.fee_atoms = *to_int64(fee.value);
    fill.instrument = btcusdt;
    fill.fee_asset = AssetId{1};
    fill.side = order.request.side;
    fill.maker = maker ? 1 : 0;
    trades_.push_back(fill);
    ExecutionReport out = report(order, ExecType::trade);
    out.exec_id = ExecId{++executions_};
    out.trade = fill.trade;
    out.last_qty = qty;
    out.last_price = price;
    out.fee_atoms = fill.fee_atoms;
    out.fee_asset = fill.fee_asset;
    out.bits = ExecutionReport::pack(ReportSource::stream_primary, maker, order.request.side);
    stream(out);
    stream_balances();
}

void FaultVenue::on_market(PriceAtoms bid, PriceAtoms ask) {
    bid_ = bid;
    ask_ = ask;
    for (auto& [id, order] : orders_) {
        const bool buy = order.request.side == Side::buy;
        const bool reached = buy ? order.price >= ask : order.price <= bid;
        if (order.live() && (reached || dice_.permille(20))) {
            const std::int64_t lots = (order.qty - order.cum).value / grid_.lot.value;
            const bool whole = reached && dice_.permille(700);
            trade(order, QtyAtoms{grid_.lot.value * (whole ? lots : dice_.between(1, lots))},
                  order.price, true);
        }
    }
}

void FaultVenue::kill_now() {
    if ((kill_word_ & 1U) != 0) {
        return;
    }
    ++kill_word_;
    // The core agent sees the page at its next turn.
    time_.after(DurationNs{dice_.between(0, 3'000'000)}, [this] {
        deliver_(event(KillChanged{kill_word_, 0, Scope::firm, 0}));
    });
}

void FaultVenue::deposit(AssetId asset, std::int64_t amount, bool told) {
    ++faults;
    balances_[asset.value] = AmountAtoms{balances_[asset.value].value + amount};
    if (told) {
        BalanceDelta delta;
        delta.delta = AmountAtoms{amount};
        delta.venue_time = clock();
        delta.asset = asset;
        time_.after(latency(), [this, delta] { deliver_(event(delta)); });
    }
}

std::size_t FaultVenue::live() const {
    std::size_t count = 0;
    for (const auto& [id, order] : orders_) {
        count += order.live() ? 1U : 0U;
    }
    return count;
}

}  // namespace portcullis::tests
