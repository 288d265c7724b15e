// TradingCore, part two: from actions to requests, and from reports to positions.
// See trading_core.hpp for what the class is and who may call it.

namespace portcullis::engine {

PORTCULLIS_CORE_TEMPLATE
ReviewContext PORTCULLIS_CORE::context_of(InstrumentId id, OrderSlot slot,
                                          OrderSlot orig) noexcept {
    const InstrumentMarket& market = markets_[id.value];
    const OrderAgentId agent = config_.instruments[id.value].agent;
    const NetTop& top = net_top_of(id);
    ReviewContext context;
    context.now = now_;
    context.reference = MarketReference{top.bid.qty.value > 0 ? top.bid.price : PriceAtoms{},
                                        top.ask.qty.value > 0 ? top.ask.price : PriceAtoms{},
                                        market.top_time(), market.alive_time(), market.valid()};
    context.slot = slot;
    context.orig_slot = orig;
    context.agent = agent;
    context.account = config_.agents[agent.value].account;
    context.credential = config_.agents[agent.value].credential;
    context.session_ready = agents_[agent.value].orders_ready;
    context.reconciled = agents_[agent.value].reconciled;
    context.journal_writable = (flags_ & EventFlags::journal_room) != 0;
    context.request_room =
        (flags_ & EventFlags::request_room) != 0 && requests_this_step_ < requests_per_step_max;
    return context;
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::perform_decided(void* core, const Action& action) noexcept {
    auto& self = *static_cast<TradingCore*>(core);
    self.perform(self.quoting_, action);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::perform(StrategyId id, const Action& action) noexcept {
    if (action.kind == ActionKind::new_order) {
        place(id, action, no_slot);
        return;
    }
    const auto slot = orders_.find(action.target);
    if (!slot) {
        return;  // ended by an earlier action's answer in this very step: nothing is left to do
    }
    const Order& order = orders_.at(*slot);
    verify(order.strategy == id);  // a strategy names its own orders only
    if (action.kind == ActionKind::cancel) {
        request_cancel(*slot);
    } else if (!order.cancel_pending && !order.replace_pending && !is_terminal(order.status)) {
        action.kind == ActionKind::amend ? amend(id, action, *slot) : place(id, action, *slot);
    }
}

// Less of the same order, under the same id: the venue wants its whole quantity, filled included.
// Its reservation stays as it is until the venue has said that less is left.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::amend(StrategyId id, const Action& action, OrderSlot slot) noexcept {
    const Order& amended = orders_.at(slot);
    const Instrument& grid = instruments_[amended.instrument.value];
    const auto left = grid.qty(action.qty);
    const auto whole = left ? checked_add(amended.cum, *left) : std::nullopt;
    OrderCancelReplaceRequest request;
    request.mode = ReplaceMode::amend_in_place;
    request.orig_cl_ord_id = amended.cl_ord_id;
    request.orig_order_id = amended.order_id;
    NewOrderSingle& order = request.order;
    order.cl_ord_id = amended.cl_ord_id;
    order.price = amended.price;
    order.qty = whole ? grid.lots_within(*whole) : action.qty;
    order.cause = cause_;
    order.instrument_version = grid.version;
    order.instrument = amended.instrument;
    order.strategy = id;
    order.side = amended.side;
    order.type = amended.type;
    order.time_in_force = amended.time_in_force;
    PORTCULLIS_UNINITIALIZED auto verdict =
        gate_.review(request, context_of(order.instrument, no_slot, slot));
    if (!verdict.ok()) {
        deny(id, action, order, order.cl_ord_id, verdict.denial());
        return;
    }
    PORTCULLIS_UNINITIALIZED auto approved = verdict.take();
    orders_.mark_amend(slot, *grid.qty(order.qty));
    const OrderAgentId agent = config_.instruments[order.instrument.value].agent;
    const auto& stamp = approved.stamp();
    output(ReplaceApproved{order,
                           order.cl_ord_id,
                           stamp.number,
                           stamp.deadline,
                           stamp.kill_stamp,
                           request.mode,
                           agent,
                           {}});
    outbound_.submit(agent, std::move(approved));
    ++counters_.amends_approved;
    ++requests_this_step_;
    note_send(order.instrument, id, now_);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::refuse_amend(const Order& order, RejectReason reason) noexcept {
    ++counters_.amends_refused;
    Refusal refusal;
    refusal.action.kind = ActionKind::amend;
    refusal.action.side = order.side;
    refusal.action.type = order.type;
    refusal.action.price = order.price;
    refusal.action.target = order.cl_ord_id;
    refusal.reject_reason = reason == RejectReason::none ? RejectReason::other : reason;
    refusal.book = markets_[order.instrument.value].top().update;
    strategies_.on_refused(order.strategy, refusal, now_);
}

// A new order, or (orig given) the new leg of a replace.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::place(StrategyId id, const Action& action, OrderSlot orig) noexcept {
    const InstrumentId instrument = strategies_.instrument(id);
    const Instrument& grid = instruments_[instrument.value];
    PORTCULLIS_UNINITIALIZED OrderCancelReplaceRequest request;  // a new order is the half of one
    NewOrderSingle& order = request.order;
    order.price = action.price;
    order.qty = action.qty;
    order.cause = cause_;
    order.instrument_version = grid.version;
    order.instrument = instrument;
    order.strategy = id;
    order.side = action.side;
    order.type = action.type;
    order.time_in_force = action.time_in_force;
    const ClOrdId orig_id = orig == no_slot ? no_order : orders_.at(orig).cl_ord_id;

    const auto slot = orders_.free_slot();
    if (!slot) {
        deny(id, action, order, orig_id, gate_.no_order_slot());
        return;
    }
    order.cl_ord_id = ClOrdId::of(config_.epoch, ++sequence_);
    const ReviewContext context = context_of(instrument, *slot, orig);
    const OrderAgentId agent = context.agent;
    if (orig == no_slot) {
        PORTCULLIS_UNINITIALIZED auto verdict = gate_.review(order, context);
        if (!verdict.ok()) {
            deny(id, action, order, orig_id, verdict.denial());
            return;
        }
        PORTCULLIS_UNINITIALIZED auto approved = verdict.take();
        const auto& stamp = approved.stamp();
        output(OrderApproved{order, stamp.number, stamp.deadline, stamp.kill_stamp, agent, {}});
        outbound_.submit(agent, std::move(approved));
    } else {
        request.orig_cl_ord_id = orig_id;
        request.orig_order_id = orders_.at(orig).order_id;
        PORTCULLIS_UNINITIALIZED auto verdict = gate_.review(request, context);
        if (!verdict.ok()) {
            deny(id, action, order, orig_id, verdict.denial());
            return;
        }
        PORTCULLIS_UNINITIALIZED auto approved = verdict.take();
        const auto& stamp = approved.stamp();
        output(ReplaceApproved{order,
                               orig_id,
                               stamp.number,
                               stamp.deadline,
                               stamp.kill_stamp,
                               request.mode,
                               agent,
                               {}});
        outbound_.submit(agent, std::move(approved));
    }
    // Behind the request, whose bytes may be on their way: no answer can come within this step.
    orders_.open(*slot, order, *grid.price(order.price), *grid.qty(order.qty), orig_id, now_);
    cancel_pacing_.on_open(*slot);
    ++counters_.orders_approved;
    ++requests_this_step_;
    note_send(instrument, id, now_);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::deny(StrategyId id, const Action& action, const NewOrderSingle& order,
                           ClOrdId orig, const Denial& denial) noexcept {
    ++counters_.orders_denied;
    ++counters_.denials[denial.reason % counters_.denials.size()];
    OrderDenied denied{.price = order.price,
                       .qty = order.qty,
                       .orig_cl_ord_id = orig,
                       .limit = denial.limit,
                       .value = denial.value,
                       .reason = denial.reason,
                       .instrument = order.instrument,
                       .strategy = id,
                       .side = order.side,
                       .window = denial.window};
    denied.set_all_reasons(denial.all_reasons);
    output(denied);
    Refusal refusal;
    refusal.action = action;
    refusal.deny_reason = denial.reason;
    refusal.book = markets_[order.instrument.value].top().update;
    verify(refusals_.size() < capacity::actions);
    refusals_.push_back(refusal);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::request_cancel(OrderSlot slot) noexcept {
    const Order& order = orders_.at(slot);
    if (!order.cancel_pending && !is_terminal(order.status) &&
        cancel_pacing_.may_send(slot, now_)) {
        send_cancel(slot);
    }
}

// Metered, never refused; also the repetition of one that had no effect.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::send_cancel(OrderSlot slot) noexcept {
    const Order& order = orders_.at(slot);
    const OrderCancelRequest request{order.cl_ord_id,  order.order_id, cause_,
                                     order.instrument, order.strategy, {}};
    orders_.mark_cancel(slot);
    cancel_pacing_.on_sent(slot, now_);
    gate_.on_cancel(order.instrument, order.strategy, now_);
    ++counters_.cancels;
    ++requests_this_step_;
    output(CancelRequested{request});
    outbound_.cancel(config_.instruments[order.instrument.value].agent, request);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::forgive_cancels(const InstrumentSet& instruments) noexcept {
    orders_.for_each([this, &instruments](OrderSlot slot, const Order& order) {
        if (instruments.has(order.instrument)) {
            cancel_pacing_.forgive(slot);
        }
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::pull_quotes(const InstrumentSet& instruments) noexcept {
    orders_.for_each([this, &instruments](OrderSlot slot, const Order& order) {
        if (instruments.has(order.instrument)) {
            request_cancel(slot);
        }
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::pull_quotes(InstrumentId id) noexcept {
    orders_.for_each(id, [this](OrderSlot slot, const Order&) { request_cancel(slot); });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_report(const ExecutionReport& report) noexcept {
    watch_cancel(report);
    settle(orders_.apply(report, now_), subject_of(report));
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_cancel_reject(const OrderCancelReject& reject) noexcept {
    settle(orders_.apply(reject, now_));
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_account_fill(const AccountFill& fill) noexcept {
    const Applied applied = orders_.apply(fill, now_);
    if (applied.anomalies.has(Anomaly::unattributed)) {
        park(fill);
    }
    settle(applied, subject_of(fill));
}

// One reconciliation tells a fill once. One that may belong to an order whose number is not known
// yet waits here until every order has its answer; what finds no room comes again with the next.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::park(const AccountFill& fill) noexcept {
    if (parked_.size() < parked_max) {
        parked_.push_back(fill);
    } else {
        agent_state().overflowed = true;
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::unpark(const InstrumentSet& instruments) noexcept {
    std::erase_if(parked_, [&instruments](const AccountFill& fill) {
        return instruments.has(fill.instrument);
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::retry_parked() noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parked_.size(); ++i) {
        const AccountFill fill = parked_[i];
        const Applied applied = orders_.apply(fill, now_);
        if (applied.anomalies.has(Anomaly::unattributed)) {
            parked_[kept++] = fill;
            continue;
        }
        settle(applied, subject_of(fill));
    }
    parked_.resize(kept);
}

/// Moves our balances. Before the venue has told what an instrument is made of there is nothing to
/// move: its first balances come behind its first definition, and contain the fill.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::book(const Fill& fill) noexcept {
    const Instrument& instrument = instruments_[fill.instrument.value];
    if (fill.instrument.value < config_.instrument_count) {
        ++agents_[config_.instruments[fill.instrument.value].agent.value].fills;
    }
    if (instrument.defined()) {
        positions_.apply(instrument, fill);
    }
    output(FillBooked{fill.cl_ord_id,
                      fill.trade,
                      fill.price,
                      fill.qty,
                      fill.fee_atoms,
                      fill.instrument,
                      fill.fee_asset,
                      fill.strategy,
                      fill.side,
                      fill.maker ? std::uint8_t{1} : std::uint8_t{0},
                      {}});
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_not_found(const OrderNotFound& answer) noexcept {
    settle(orders_.apply(answer, now_));
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_outcome(const RequestOutcome& outcome) noexcept {
    if (outcome.fate == RequestFate::unknown) {
        ++counters_.unknowns;
    }
    if (outcome.kind == RequestKind::new_order || outcome.kind == RequestKind::replace ||
        outcome.kind == RequestKind::amend) {
        const auto slot = orders_.find(outcome.cl_ord_id);
        if (outcome.sent != MonoNs{} && slot) {
            note_send(orders_.at(*slot).instrument, orders_.at(*slot).strategy, outcome.sent);
        }
    }
    settle(orders_.apply(outcome, now_));
}

// The market data tell of it up to a depth interval later, and their way here may be longer than
// the report's: two are enough, and a top of book older than that is no news of ours.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::trace(InstrumentId instrument, Side side, PriceAtoms price,
                            QtyAtoms qty) noexcept {
    traces_.add(instrument, side, price, qty,
                now_ + config_.depth_interval + config_.depth_interval);
}

// Passes on what a report changed: to the gate, the positions and the strategy, each effect once.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::settle(const Applied& applied, const Subject& about) noexcept {
    net_top_instrument_ = no_instrument;
    if (applied.has_fill()) {
        const Fill& fill = applied.fill;
        ++(fill.side == Side::buy ? counters_.fills_buy : counters_.fills_sell);
        book(fill);
        if (fill.maker) {
            trace(fill.instrument, fill.side, fill.price, fill.qty);
        }
        const GateFill told = fill.for_gate(account_of(fill.instrument));
        if (applied.slot != no_slot) {
            gate_.on_fill(applied.slot, told, now_);
        } else {
            gate_.on_stray_fill(told, now_);
        }
        if (fill.strategy != no_strategy) {
            strategies_.on_fill(fill.strategy, OwnFill{fill.side, fill.price, fill.qty, fill.maker},
                                now_);
        }
    }
    InstrumentId where = applied.has_fill() ? applied.fill.instrument : no_instrument;
    if (applied.slot != no_slot) {
        where = orders_.at(applied.slot).instrument;
        const Order& order = orders_.at(applied.slot);
        if (applied.leaves_reduced) {
            gate_.on_leaves(applied.slot, applied.leaves);
        }
        if (applied.lowered > QtyAtoms{} && !is_terminal(order.status)) {
            trace(order.instrument, order.side, order.price_atoms, applied.lowered);
        }
        if (applied.amend_refused) {
            refuse_amend(order, applied.reason);
        }
        if (applied.done_now) {
            close(applied);
        }
    }
    if (applied.anomalies.none()) {
        return;
    }
    if (applied.anomalies.breach()) {
        sight_anomaly(applied, about);
    } else if (applied.anomalies.halts()) {
        const bool known = where != no_instrument;
        set_state(known ? Scope::instrument : Scope::firm, known ? where.value : std::uint16_t{0},
                  TradingState::halted, applied.anomalies.bits());
    }
    if (applied.anomalies.reconcile() && !agent_state().reconciling) {
        agent_state().reconciled = false;
        agent_state().retry_at = now_;
    }
}

/// An order has ended and nothing of it is missing: released, remembered, told.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::close(const Applied& applied) noexcept {
    const Order order = orders_.at(applied.slot);
    gate_.on_closed(applied.slot);
    orders_.retire(applied.slot);
    output(OrderClosed{order.cl_ord_id,
                       order.order_id,
                       order.price_atoms,
                       order.cum,
                       order.instrument,
                       order.strategy,
                       order.side,
                       static_cast<std::uint8_t>(applied.end),
                       {}});
    if (is_accepted(order.status) && order.qty > order.cum) {
        trace(order.instrument, order.side, order.price_atoms, order.qty - order.cum);
    }
    if (applied.end == OrderEnd::rejected) {
        ++counters_.rejects;
    }
    if (applied.end == OrderEnd::rejected || applied.end == OrderEnd::not_sent) {
        Refusal refusal;
        refusal.action =
            Action{order.replaces == no_order ? ActionKind::new_order : ActionKind::replace,
                   order.side,
                   order.type,
                   order.time_in_force,
                   order.price,
                   QtyLots{},
                   order.replaces};
        refusal.reject_reason =
            applied.reason == RejectReason::none ? RejectReason::other : applied.reason;
        refusal.book = markets_[order.instrument.value].top().update;
        strategies_.on_refused(order.strategy, refusal, now_);
    }
}

// Repeats cancels that had no effect, asks after unknown orders, and after fills that an order's
// end has told of and that no stream has brought.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::chase_orders() noexcept {
    const MonoNs overdue_since{now_.value - config_.answer_max.value};
    orders_.for_each([this, overdue_since](OrderSlot slot, const Order& order) {
        if (orders_.needs_query(slot, now_)) {
            const OrderStatusRequest request{
                order.cl_ord_id, order.order_id, cause_, order.instrument, {}};
            orders_.mark_query(slot, now_, venue_now());
            ++requests_this_step_;
            output(StatusRequested{request});
            outbound_.status(config_.instruments[order.instrument.value].agent, request);
        }
        if (order.cancel_pending && !is_terminal(order.status) &&
            cancel_pacing_.overdue(slot, now_)) {
            send_cancel(slot);
        }
        AgentState& agent = agents_[config_.instruments[order.instrument.value].agent.value];
        if (order.fills_overdue(overdue_since) && agent.reconciled) {
            agent.reconciled = false;  // no order before the history has been fetched
            agent.retry_at = now_;
        }
    });
}

}  // namespace portcullis::engine
