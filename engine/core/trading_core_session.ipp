// TradingCore, part three: construction, dispatch, sessions, reconciliation, time and
// kills. See trading_core.hpp for what the class is and who may call it.

namespace portcullis::engine {

PORTCULLIS_CORE_TEMPLATE
PORTCULLIS_CORE::TradingCore(const CoreConfig& config, Strategies& strategies, GateType& gate,
                             Outbound& outbound, Journal& journal)
    : config_(config),
      strategies_(strategies),
      gate_(gate),
      outbound_(outbound),
      journal_(journal),
      orders_(UnknownPolicy{config.expiry_margin, config.answer_max, config.query_interval}),
      cancel_pacing_(config.cancel_retry) {
    verify(config.instrument_count <= capacity::instruments &&
           config.asset_count <= capacity::assets);
    verify(strategies.count() <= capacity::strategies);
    markets_.reserve(config.instrument_count);
    for (std::uint16_t i = 0; i < config.instrument_count; ++i) {
        markets_.emplace_back(capacity::book_levels, config.depth_interval,
                              capacity::ladder_ticks(config.instrument_count));
        instruments_[i].id = InstrumentId{i};
    }
    strategies_at_.fill(no_strategy);
    next_of_strategy_.fill(no_strategy);
    for (std::size_t i = strategies.count(); i > 0; --i) {
        const StrategyId id{static_cast<std::uint8_t>(i - 1)};
        const InstrumentId instrument = strategies.instrument(id);
        verify(instrument.value < config.instrument_count);
        next_of_strategy_[id.value] = std::exchange(strategies_at_[instrument.value], id);
    }
    orders_.start(config.epoch);
    positions_.set_risk_currency(config.risk_currency);
    for (std::uint16_t i = 0; i < config.asset_count; ++i) {
        positions_.set_baseline(AssetId{i}, AmountAtoms{config.baselines[i]});
    }
    working_.resize(strategies.count());
    for (Working& each : working_) {
        each.orders.reserve(capacity::orders);
    }
    parked_.reserve(parked_max);
    refusals_.reserve(capacity::actions);
    gone_.levels.reserve(OwnTraces::capacity);
}

PORTCULLIS_CORE_TEMPLATE
template <EventPayload T>
void PORTCULLIS_CORE::output(const T& body) noexcept {
    Event event = Event::of(body, cause_, wall_);
    event.header.kill_epoch = kill_epoch_;
    event.header.limits_version = limits_version_;
    // The caller of step() promised room (EventFlags::journal_room); without it nothing but cancels
    // is decided, and a cancel must leave even when it cannot be written down.
    const bool written = journal_.append(event);
    verify(written || (flags_ & EventFlags::journal_room) == 0);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::step(Event& input) noexcept {
    verify(input.is_input());
    const bool written = journal_.append(input);
    verify(written || (input.header.flags & EventFlags::journal_room) == 0);

    cause_ = input.header.mono;
    now_ = input.header.mono > now_ ? input.header.mono
                                    : now_;  // agents stamp apart; time never runs back
    wall_ = input.header.wall;
    flags_ = input.header.flags;
    agent_index_ = static_cast<std::uint8_t>(input.header.source % capacity::order_agents);
    kill_epoch_ = input.header.kill_epoch;
    limits_version_ = input.header.limits_version;
    requests_this_step_ = 0;
    net_top_instrument_ = no_instrument;
    ++counters_.inputs;

    input_digest_ = digest_of(input_digest_, input);
    dispatch(input);
    follow_trips();
    gate_.tidy(now_);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::dispatch(const Event& input) noexcept {
    switch (input.header.type) {
        case EventType::book_delta:
            return on_delta(input.as<BookDelta>());
        case EventType::top_of_book:
            return on_top(input.as<TopOfBook>());
        case EventType::trade_print:
            return on_trade(input.as<TradePrint>());
        case EventType::feed_alive:
            return on_alive(input.as<FeedAlive>());
        case EventType::book_reset:
            return on_reset(input.as<BookReset>());
        case EventType::instrument_definition:
            return on_definition(input.as<InstrumentDefinition>());
        case EventType::execution_report:
            return on_report(input.as<ExecutionReport>());
        case EventType::order_cancel_reject:
            return on_cancel_reject(input.as<OrderCancelReject>());
        case EventType::request_outcome:
            return on_outcome(input.as<RequestOutcome>());
        case EventType::account_balance:
            return on_balance(input.as<AccountBalance>());
        case EventType::balance_delta:
            return on_balance_delta(input.as<BalanceDelta>());
        case EventType::open_order:
            return on_open_order(input.as<OpenOrder>());
        case EventType::account_fill:
            return on_account_fill(input.as<AccountFill>());
        case EventType::order_not_found:
            return on_not_found(input.as<OrderNotFound>());
        case EventType::foreign_activity:
            return on_foreign(input.as<ForeignActivity>());
        case EventType::sighting:
            return static_cast<void>(sight(input.as<Sighting>()));
        case EventType::session_state:
            return on_session(input.as<SessionState>());
        case EventType::reconcile_step:
            return on_reconcile(input.as<ReconcileStep>());
        case EventType::timer:
            return on_timer();
        case EventType::kill_changed:
            return on_kill(input.as<KillChanged>());
        case EventType::operator_command:
        case EventType::limit_change:
        case EventType::limits_take:
            return on_operator(input);
        case EventType::venue_clock:
            return on_clock(input.as<VenueClock>());
        case EventType::mark_set:
            return on_mark(input.as<MarkSet>());
        case EventType::restored_balance:
            return on_restored(input.as<RestoredBalance>());
        case EventType::restored_order:
            return on_restored(input.as<RestoredOrder>());
        case EventType::restored_state:
            return on_restored(input.as<RestoredState>());
        case EventType::restored_credential:
            return on_restored(input.as<RestoredCredential>());
        case EventType::trade_baseline:
            return on_baseline(input.as<TradeBaseline>());
        case EventType::session_start:
        case EventType::raw_message:    // for people
        case EventType::rate_usage:     // for the record: the budget is kept by the order agent
        case EventType::operator_note:  // for the record: what follows is a command
            return;
        default:
            verify(false);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_session(const SessionState& state) noexcept {
    if (state.session == Session::feed) {
        return;  // what it means for a book comes as BookReset
    }
    verify(state.index < agents_.size());
    AgentState& agent = agents_[state.index];
    const bool ready = state.status == SessionStatus::ready;
    if (state.status == SessionStatus::mute && state.session != Session::orders) {
        Sighting seen;
        seen.what = Sight::silence;
        (void)sight(seen);
    }
    switch (state.session) {
        case Session::orders:
            if (ready && !agent.orders_ready) {
                forgive_cancels(instruments_of(OrderAgentId{state.index}));
            }
            agent.orders_ready = ready;
            break;
        case Session::account_primary:
            agent.primary_ready = ready;
            break;
        case Session::account_secondary:
            agent.secondary_ready = ready;
            break;
        case Session::feed:
            break;
    }
    if (!ready) {
        // A lost or mute account stream may have lost a fill: no new order before everything agrees
        // again.
        agent.reconciled = false;
        agent.reconciling = false;
        agent.listing = false;
        pull_quotes(instruments_of(OrderAgentId{state.index}));
    } else if (agent.orders_ready && agent.primary_ready && !agent.reconciled &&
               !agent.reconciling) {
        start_reconcile(OrderAgentId{state.index});
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::start_reconcile(OrderAgentId id) noexcept {
    AgentState& agent = agents_[id.value];
    agent.reconciling = true;
    agent.reconciled = false;
    agent.retry_at = MonoNs{};
    constexpr std::uint8_t most = 255;
    agent.attempts = agent.attempts < most ? static_cast<std::uint8_t>(agent.attempts + 1) : most;
    ++agent.round;
    output(ReconcileRequested{id, agent.attempts, {}, agent.round});
    outbound_.reconcile(id, ReconcileRequest{agent.round, agent.attempts == 1});
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_reconcile(const ReconcileStep& step) noexcept {
    AgentState& agent = agent_state();
    if (step.phase != ReconcilePhase::begin && std::exchange(agent.beyond, false)) {
        mass_cancel(OrderAgentId{agent_index_}, no_instrument);
    }
    if (step.open_orders_only != 0) {
        return on_drain_answer(step);
    }
    if (step.round != agent.round) {
        return;  // of one that was given up: its rows were facts, its end says nothing of ours
    }
    const InstrumentSet instruments = instruments_of(OrderAgentId{agent_index_});
    switch (step.phase) {
        case ReconcilePhase::begin:
            agent.leftovers = 0;
            unpark(instruments);  // the history comes again from the last agreement
            orders_.begin_open_orders(instruments);
            agent.drifts = {};
            agent.overflowed = false;
            return;
        case ReconcilePhase::failed:
            agent.reconciling = false;
            agent.retry_at = now_ + config_.query_interval;
            return;
        case ReconcilePhase::complete:
            break;
    }
    agent.reconciling = false;
    (void)orders_.end_open_orders(instruments, step.issued);  // what is missing becomes suspect
    if (orders_.unanswered(instruments) == 0) {
        retry_parked();
    }
    // Requests of an earlier run may still land.
    const bool early = step.venue_time <= config_.earlier_requests_until;
    const bool settled =
        !early && clock_agrees() && orders_settled(agent, instruments) && !agent.overflowed;
    agent.drifts = still_drifting(agent.drifts);
    if (std::exchange(agent.again, false)) {
        agent.retry_at = now_;
        return;
    }
    if (settled && agent.drifts.empty()) {
        output(Reconciled{OrderAgentId{agent_index_}, agent.attempts, {}});
        agent.reconciled = true;
        agent.attempts = 0;
        agent.drift_rounds = 0;
        agent.fills = 0;
        return;
    }
    agent.retry_at = now_ + config_.query_interval;
    if (settled) {
        judge_drifts();
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_open_order(const OpenOrder& row) noexcept {
    AgentState& agent = agent_state();
    if (agent.listing) {
        list(row);
    }
    if (row.cl_ord_id == no_order) {
        Sighting seen;
        seen.whose = Whose::nobodys;
        seen.order_id = row.order_id;
        seen.instrument = row.instrument;
        seen.facts = row.instrument == no_instrument ? Sighting::outside : 0;
        (void)sight(seen);
        return;
    }
    if (row.instrument.value >= config_.instrument_count) {
        // Ours, of a run that was configured to trade that symbol: the account is cancelled whole,
        // once for all of the rows.
        ++agent.leftovers;
        agent.beyond = true;
        return;
    }
    const auto slot = orders_.find(row.cl_ord_id);
    if (slot) {
        settle(orders_.apply(row, now_), subject_of(row));
        return;
    }
    // Ours by its tag, but of an earlier run (or done here and yet open there): cancelled, and
    // asked for again.
    ++agent.leftovers;
    const OrderCancelRequest request{row.cl_ord_id,  row.order_id, cause_,
                                     row.instrument, no_strategy,  {}};
    ++counters_.cancels;
    ++requests_this_step_;
    output(CancelRequested{request});
    outbound_.cancel(config_.instruments[row.instrument.value].agent, request);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_clock(const VenueClock& clock) noexcept {
    clock_offset_ = clock.offset;
    clock_uncertainty_ = clock.uncertainty;
    clock_known_ = true;
    if (clock_agrees()) {
        return;
    }
    // Clock in doubt: by when a request is dead cannot be told, so no new risk until it agrees.
    AgentState& agent = agent_state();
    if (std::exchange(agent.reconciled, false)) {
        agent.retry_at = now_;
    }
    pull_quotes(instruments_of(OrderAgentId{agent_index_}));
}

PORTCULLIS_CORE_TEMPLATE
bool PORTCULLIS_CORE::clock_agrees() const noexcept {
    return clock_known_ && clock_offset_ <= config_.clock_skew_max &&
           clock_offset_.value >= -config_.clock_skew_max.value;
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_mark(const MarkSet& mark) noexcept {
    positions_.set_mark(mark.asset, mark.price_micro);
    gate_.on_mark(mark.asset, mark.price_micro);
    gate_.on_marked(wall_);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_timer() noexcept {
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        const auto result = markets_[i].on_time(now_);
        if (result.outcome == BookOutcome::reset) {
            on_market_checked(InstrumentId{i}, result.reason);
        }
        quote_instrument(InstrumentId{i});
    }
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        markets_[i].recentre();  // when all that was waited for is on its way
    }
    if (now_ >= next_chase_) {
        next_chase_ = now_ + milliseconds(50);
        chase_orders();
        cancel_raising();  // fills may have turned what was reducing
        watch_balances();
        watch_fills();
    }
    pump_drains();
    watch_alerts();
    for (std::uint8_t i = 0; i < agents_.size(); ++i) {
        AgentState& agent = agents_[i];
        const bool due = agent.retry_at != MonoNs{} && now_ >= agent.retry_at;
        if (due && agent.orders_ready && agent.primary_ready && !agent.reconciling &&
            !agent.reconciled) {
            start_reconcile(OrderAgentId{i});
        }
    }
    if (now_ >= next_mark_) {
        next_mark_ = now_ + config_.mark_interval;
        take_marks();
    }
    if (now_ >= next_hash_) {
        next_hash_ = now_ + config_.hash_interval;
        const std::size_t count =
            shutting_down_ ? config_.instrument_count
                           : std::min<std::size_t>(books_hashed, config_.instrument_count);
        output(StateHashTaken{state_hash(next_hashed_, count), counters_.inputs});
        next_hashed_ = (next_hashed_ + count) % std::max<std::size_t>(config_.instrument_count, 1);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_kill(const KillChanged& change) noexcept {
    gate_.on_kill_word(change.scope, change.index, change.word);
    if ((change.word & 1U) == 0) {
        return;
    }
    begin_drain(change.scope, change.index, true);
}

}  // namespace portcullis::engine
