// TradingCore: what operators order and controls stop: commands, sets of limits, trading states,
// trips, alerts. See trading_core.hpp for what the class is and who may call it.

namespace portcullis::engine {

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_operator(const Event& input) noexcept {
    switch (input.header.type) {
        case EventType::limit_change:
            return gate_.stage_limit(input.as<LimitChange>());
        case EventType::limits_take:
            return on_limits(input.as<LimitsTake>());
        default:
            return on_command(input.as<OperatorCommand>());
    }
}

/// One person raises nothing that a control has stopped, and cannot take that stop's cause away.
PORTCULLIS_CORE_TEMPLATE
bool PORTCULLIS_CORE::may_change(const OperatorCommand& command) const noexcept {
    if (command.command == Command::re_enable) {
        return command.agreed != 0 || !config_.two_keys;
    }
    return !sets_state_alone(command.command) ||
           !is_latched(gate_.state_cause(command.scope, command.index));
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_command(const OperatorCommand& command) noexcept {
    if (!may_change(command)) {
        ++counters_.commands_refused;
        return;
    }
    switch (command.command) {
        case Command::halt:
            set_state(command.scope, command.index, TradingState::halted, 0);
            break;
        case Command::reduce_only:
            set_state(command.scope, command.index, TradingState::reduce_only, 0);
            break;
        case Command::re_enable:
            if (command.scope == Scope::credential) {
                re_enable_credential(command.index);
            }
            [[fallthrough]];
        case Command::resume:
            set_state(command.scope, command.index, TradingState::active, 0);
            break;
        case Command::cancel_all:
            begin_drain(command.scope, command.index, false);
            break;
        case Command::shutdown:
            shutting_down_ = true;
            begin_drain(Scope::firm, 0, false);
            break;
        case Command::acknowledge:
            acknowledge(command);
            break;
        case Command::kill:
            break;  // on_kill has done it; this says who
    }
}

/// No order is reviewed between two rows of a set: they are staged, and this one step takes them.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_limits(const LimitsTake& take) noexcept {
    const LimitsOutcome outcome = gate_.take_limits(take);
    const auto taken = static_cast<std::uint8_t>(outcome.taken);
    output(LimitsTaken{outcome.hash, take.version, take.rows, taken, {}});
    if (outcome.reduce_firm) {
        set_state(Scope::firm, 0, TradingState::reduce_only, limits_cause);
    }
    outcome.reduce.for_each([this](InstrumentId id) {
        set_state(Scope::instrument, id.value, TradingState::reduce_only, limits_cause);
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::set_state(Scope scope, std::uint16_t index, TradingState state,
                                std::uint32_t cause) noexcept {
    gate_.set_trading_state(scope, index, state, cause);
    output(TradingStateChanged{scope, state, index, cause});
    if (state == TradingState::reduce_only) {
        cancel_raising();
    }
    if (state != TradingState::halted) {
        return;
    }
    orders_.for_each([this](OrderSlot slot, const Order& order) {
        if (state_of(order.instrument, order.strategy) == TradingState::halted) {
            request_cancel(slot);
        }
    });
}

/// Where there are operators, who own it: without any nobody could look at it.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::raise_alert(Scope scope, std::uint16_t index, std::uint16_t reason) noexcept {
    if (!config_.two_keys) {
        return;
    }
    const Alerts::Raised raised = alerts_.raise(scope, index, reason, now_);
    output(AlertNoted{raised.alert.number, 0, reason, index, scope, AlertStep::raised, {}});
    if (!raised.room) {
        escalate(raised.alert);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::acknowledge(const OperatorCommand& command) noexcept {
    const std::optional<Alert> alert = alerts_.take(command.alert);
    if (!alert) {
        ++counters_.commands_refused;
        return;
    }
    output(AlertNoted{alert->number,
                      command.uid,
                      alert->reason,
                      alert->index,
                      alert->scope,
                      AlertStep::acknowledged,
                      {}});
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::escalate(const Alert& alert) noexcept {
    output(AlertNoted{
        alert.number, 0, alert.reason, alert.index, alert.scope, AlertStep::escalated, {}});
    set_state(Scope::firm, 0, TradingState::halted, control_cause | alert.reason);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::watch_alerts() noexcept {
    while (const std::optional<Alert> alert = alerts_.take_overdue(now_, config_.alert_patience)) {
        escalate(*alert);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::follow_trips() noexcept {
    while (const std::optional<GateTrip> trip = gate_.take_trip()) {
        follow_trip(*trip);
    }
}

/// The gate lets nothing of the scope pass any more; here goes what is out already.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::follow_trip(const GateTrip& trip) noexcept {
    ++counters_.trips;
    const bool kills = trip.action == BreachAction::kill;
    if (kills) {
        outbound_.kill(trip.scope, trip.index);  // first, as in sight()
    }
    output(RiskTrip{trip.limit,
                    trip.value,
                    trip.reason,
                    trip.index,
                    trip.scope,
                    static_cast<std::uint8_t>(trip.action),
                    {}});
    set_state(trip.scope, trip.index, TradingState::halted, control_cause | trip.reason);
    raise_alert(trip.scope, trip.index, trip.reason);
    if (trip.action >= BreachAction::cancel) {
        begin_drain(trip.scope, trip.index, kills);
    }
}

/// Where only reducing is allowed nothing rests that could raise or turn the position: the gate's
/// rule for new orders, held against those that were there before. What may stay is counted by
/// asset: together they may take the position to zero.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::cancel_raising() noexcept {
    std::array<int128, capacity::assets> staying{};
    orders_.for_each([this, &staying](OrderSlot slot, const Order& order) {
        if (is_terminal(order.status) || order.cancel_pending ||
            state_of(order.instrument, order.strategy) != TradingState::reduce_only) {
            return;
        }
        const AssetId base = instruments_[order.instrument.value].base;
        const int128 position = positions_.position(base).value;
        const int128 reducible = order.side == Side::sell ? position : -position;
        const int128 with_this = staying[base.value] + order.leaves().value;
        if (with_this > reducible) {
            request_cancel(slot);
        } else {
            staying[base.value] = with_this;
        }
    });
}

}  // namespace portcullis::engine
