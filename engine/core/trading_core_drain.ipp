// TradingCore, part four: drains, the proof that nothing of a scope is left at the venue.
// See drain.hpp for what makes it a proof, trading_core.hpp for what the class is.

namespace portcullis::engine {

PORTCULLIS_CORE_TEMPLATE
bool PORTCULLIS_CORE::in_scope(Scope scope, std::uint16_t index, InstrumentId instrument,
                               StrategyId strategy) const noexcept {
    switch (scope) {
        case Scope::firm:
            return true;
        case Scope::venue:
            return instruments_[instrument.value].venue.value == index;
        case Scope::strategy:
            return strategy.value == index;
        case Scope::instrument:
            return instrument.value == index;
        case Scope::account:
            return agent_config(instrument).account.value == index;
        case Scope::credential:
            return agent_config(instrument).credential.value == index;
        case Scope::withdrawals:
            return false;  // no order is
    }
    return true;
}

/// The instruments on which a scope can have orders.
PORTCULLIS_CORE_TEMPLATE
InstrumentSet PORTCULLIS_CORE::instruments_in(Scope scope, std::uint16_t index) const noexcept {
    switch (scope) {
        case Scope::firm:
            return InstrumentSet::first(config_.instrument_count);
        case Scope::strategy:
            return index < strategies_.count() ? InstrumentSet::of(strategies_.instrument(
                                                     StrategyId{static_cast<std::uint8_t>(index)}))
                                               : InstrumentSet{};
        case Scope::instrument:
            return index < config_.instrument_count ? InstrumentSet::of(InstrumentId{index})
                                                    : InstrumentSet{};
        case Scope::withdrawals:
            return {};
        case Scope::venue:
        case Scope::account:
        case Scope::credential:
            break;
    }
    InstrumentSet found;
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        if (in_scope(scope, index, InstrumentId{i}, no_strategy)) {
            found.add(InstrumentId{i});
        }
    }
    return found;
}

PORTCULLIS_CORE_TEMPLATE
InstrumentSet PORTCULLIS_CORE::instruments_of(OrderAgentId agent) const noexcept {
    InstrumentSet found;
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        if (config_.instruments[i].agent == agent) {
            found.add(InstrumentId{i});
        }
    }
    return found;
}

PORTCULLIS_CORE_TEMPLATE
AgentSet PORTCULLIS_CORE::agents_of(const InstrumentSet& instruments) const noexcept {
    AgentSet agents = 0;
    instruments.for_each([&](InstrumentId id) {
        agents = static_cast<AgentSet>(agents | agent_bit(config_.instruments[id.value].agent));
    });
    return agents;
}

/// When a request of the scope last left by `agent`, at the latest.
PORTCULLIS_CORE_TEMPLATE
MonoNs PORTCULLIS_CORE::last_send(Scope scope, std::uint16_t index,
                                  OrderAgentId agent) const noexcept {
    if (scope == Scope::strategy) {
        return sent_by_strategy_[index];
    }
    MonoNs last{};
    instruments_in(scope, index).for_each([&](InstrumentId id) {
        if (config_.instruments[id.value].agent == agent) {
            last = std::max(last, sent_on_instrument_[id.value]);
        }
    });
    return last;
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::note_send(InstrumentId instrument, StrategyId strategy, MonoNs at) noexcept {
    MonoNs& on_instrument = sent_on_instrument_[instrument.value];
    on_instrument = std::max(on_instrument, at);
    MonoNs& by_strategy = sent_by_strategy_[strategy.value];
    by_strategy = std::max(by_strategy, at);
    if (drains_.any()) {
        drains_.for_each_active([&](Scope scope, std::uint16_t index, Drain& drain) {
            if (in_scope(scope, index, instrument, strategy)) {
                drain.on_send(config_.instruments[instrument.value].agent);
            }
        });
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::begin_drain(Scope scope, std::uint16_t index, bool killed) noexcept {
    if (Drain* drain = drains_.find(scope, index)) {
        counters_.drains += drain->active() ? 0U : 1U;
        drains_.begin(*drain, now_, killed);
        pump_drains();
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::pump_drains() noexcept {
    drains_.for_each_active([this](Scope scope, std::uint16_t index, Drain& drain) {
        try_finish(scope, index, drain);
        if (drain.due(now_)) {
            cancel_scope(scope, index);
            const MonoNs askable = ask_scope(scope, index, drain);
            drain.on_round(now_, config_.drain_interval, askable);
            ++counters_.drain_rounds;
        }
    });
}

/// Whether the part of `scope` that `agent` trades is its whole account, so that one cancel of
/// everything and one answer about everything are about the scope. A credential is, where no other
/// one trades the account as well.
PORTCULLIS_CORE_TEMPLATE
bool PORTCULLIS_CORE::is_whole(Scope scope, OrderAgentId agent) const noexcept {
    if (scope != Scope::credential) {
        return scope == Scope::firm || scope == Scope::venue || scope == Scope::account;
    }
    const CoreAgentConfig& of = config_.agents[agent.value];
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        const CoreAgentConfig& other = agent_config(InstrumentId{i});
        if (other.account == of.account && other.credential != of.credential) {
            return false;
        }
    }
    return true;
}

/// Cancels all of a scope: whole accounts and instruments at once, order by order where an
/// instrument is shared with strategies that go on.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::cancel_scope(Scope scope, std::uint16_t index) noexcept {
    const InstrumentSet instruments = instruments_in(scope, index);
    if (scope != Scope::strategy && scope != Scope::instrument) {
        const AgentSet agents = agents_of(instruments);
        for (std::uint8_t i = 0; i < capacity::order_agents; ++i) {
            const OrderAgentId agent{i};
            if ((agents & agent_bit(agent)) == 0) {
                continue;
            }
            if (is_whole(scope, agent)) {
                mass_cancel(agent, no_instrument);  // every symbol of the account
                continue;
            }
            instruments_of(agent).for_each([&](InstrumentId id) { mass_cancel(agent, id); });
        }
        return;
    }
    if (instruments.empty()) {
        return;
    }
    const InstrumentId instrument = instruments.lowest();
    std::size_t quoting = 0;
    for (std::uint8_t i = 0; i < strategies_.count(); ++i) {
        quoting += strategies_.instrument(StrategyId{i}) == instrument ? 1U : 0U;
    }
    if (scope == Scope::instrument || quoting == 1) {
        mass_cancel(config_.instruments[instrument.value].agent, instrument);
        return;
    }
    orders_.for_each([this, scope, index](OrderSlot slot, const Order& order) {
        if (in_scope(scope, index, order.instrument, order.strategy)) {
            request_cancel(slot);  // chase_orders repeats it
        }
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::mass_cancel(OrderAgentId agent, InstrumentId instrument) noexcept {
    (instrument == no_instrument ? swept_whole_[agent.value] : swept_on_[instrument.value]) = now_;
    const OrderMassCancelRequest request{cause_, instrument, {}};
    ++counters_.mass_cancels;
    ++requests_this_step_;
    output(MassCancelRequested{request});
    outbound_.mass_cancel(agent, request);
}

/// Asks every agent whose answer is still missing and could prove anything. Returns when the first
/// of the others could.
PORTCULLIS_CORE_TEMPLATE
MonoNs PORTCULLIS_CORE::ask_scope(Scope scope, std::uint16_t index, const Drain& drain) noexcept {
    const InstrumentSet instruments = instruments_in(scope, index);
    const AgentSet agents = agents_of(instruments);
    const bool of_one = scope == Scope::strategy || scope == Scope::instrument;
    MonoNs askable{};
    for (std::uint8_t i = 0; i < capacity::order_agents; ++i) {
        const OrderAgentId agent{i};
        const bool wanted = (agents & agent_bit(agent)) != 0 && !drain.proven(agent_bit(agent));
        const MonoNs from = last_send(scope, index, agent) + expiry();
        if (!wanted) {
            continue;
        }
        if (now_ < from) {
            askable = askable == MonoNs{} ? from : std::min(askable, from);
            continue;
        }
        const InstrumentId about = of_one ? instruments.lowest() : no_instrument;
        const OpenOrdersRequest query{cause_, about, {}};
        ++requests_this_step_;
        output(OpenOrdersRequested{query});
        outbound_.open_orders(agent, query);
    }
    return askable;
}

/// The answer to a drain's question; its rows came before, as OpenOrder events.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_drain_answer(const ReconcileStep& step) noexcept {
    AgentState& agent = agent_state();
    const OrderAgentId id{agent_index_};
    const bool whole = step.instrument == no_instrument;
    const InstrumentSet asked =
        whole ? instruments_of(id) : instruments_in(Scope::instrument, step.instrument.value);
    if (step.phase != ReconcilePhase::complete) {
        agent.listing = step.phase == ReconcilePhase::begin;
        agent.listed = {};
        orders_.begin_open_orders(asked);
        return;
    }
    (void)orders_.end_open_orders(asked, step.issued);  // what is missing becomes suspect
    counters_.drain_orders_left = step.open_orders;
    const Listed listed = std::exchange(agent.listed, {});
    agent.listing = false;
    const bool after_earlier = config_.earlier_requests_until == WallNs{} ||
                               step.venue_time > config_.earlier_requests_until;
    drains_.for_each_active([&](Scope scope, std::uint16_t index, Drain& drain) {
        const InstrumentSet instruments = instruments_in(scope, index);
        const bool all_of_account = is_whole(scope, id);
        const bool covers =
            all_of_account ? whole : ((instruments & instruments_of(id)) - asked).empty();
        if (!covers || (agents_of(instruments) & agent_bit(id)) == 0) {
            return;
        }
        const bool clear =
            all_of_account ? step.open_orders == 0 && !listed.any()
            : scope == Scope::strategy
                ? !listed.strategies.has(StrategyId{static_cast<std::uint8_t>(index)})
                : (listed.instruments & instruments).empty();
        const bool in_time = after_earlier && step.issued >= last_send(scope, index, id) + expiry();
        drain.on_answer(id, step.issued, clear, in_time);
        try_finish(scope, index, drain);
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::list(const OpenOrder& row) noexcept {
    Listed& listed = agent_state().listed;
    if (row.instrument.value >= config_.instrument_count) {
        listed.other = true;
        return;
    }
    listed.instruments.add(row.instrument);
    const auto slot = orders_.find(row.cl_ord_id);
    for (std::uint8_t i = 0; i < strategies_.count(); ++i) {
        const bool may_be_its = slot ? orders_.at(*slot).strategy == StrategyId{i}
                                     : strategies_.instrument(StrategyId{i}) == row.instrument;
        if (may_be_its) {
            listed.strategies.add(StrategyId{i});
        }
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::try_finish(Scope scope, std::uint16_t index, Drain& drain) noexcept {
    if (!drain.proven(agents_of(instruments_in(scope, index)))) {
        return;
    }
    bool left = false;  // live here, or unknown
    orders_.for_each([&](OrderSlot, const Order& order) {
        left = left || (!is_terminal(order.status) &&
                        in_scope(scope, index, order.instrument, order.strategy));
    });
    if (left) {
        return;
    }
    drains_.finish(drain);
    ++counters_.drains_proven;
    counters_.drain_ns_max = std::max(counters_.drain_ns_max, (now_ - drain.begun()).value);
    output(DrainCompleted{drain.begun(), drain.rounds(),
                          drain.killed() ? std::uint8_t{1} : std::uint8_t{0}, scope, index});
}

}  // namespace portcullis::engine
