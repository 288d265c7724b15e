// TradingCore, part six: what is seen on the account and is no act of ours. See trading_core.hpp
// for what the class is, risk/credentials/ for what a sighting means.

namespace portcullis::engine {

/// The gate judges it and closes the credential in the same call; here goes what is out already.
PORTCULLIS_CORE_TEMPLATE
CredentialResponse PORTCULLIS_CORE::sight(const Sighting& seen) noexcept {
    const CredentialId credential = config_.agents[agent_index_].credential;
    const CredentialVerdict verdict = gate_.on_sighting(credential, seen, now_);
    if (verdict.signals == 0) {
        return CredentialResponse::none;
    }
    ++counters_.credential_signals;
    const bool breach = verdict.response == CredentialResponse::suspended;
    if (breach) {
        ++counters_.breaches;
        // The kill words first: they stop what is already in the ring, and a process that dies
        // between the two must not have reported a breach that the next one starts from unkilled.
        outbound_.kill(Scope::firm, 0);
        outbound_.kill(Scope::credential, credential.value);
        outbound_.kill(Scope::withdrawals, 0);
    }
    output(CredentialSignal{.amount = seen.amount,
                            .order_id = seen.order_id,
                            .trade = seen.trade,
                            .cl_ord_id = seen.cl_ord_id,
                            .signals = verdict.signals,
                            .instrument = seen.instrument,
                            .asset = seen.asset,
                            .signal = verdict.signal,
                            .response = verdict.response,
                            .state = verdict.state,
                            .credential = credential,
                            .reserved = {}});
    if (verdict.raised) {
        output(CredentialStateChanged{verdict.state, verdict.signal, credential, {}});
        set_state(Scope::credential, credential.value, TradingState::halted, verdict.cause);
    }
    if (breach) {
        const ForeignKind kind = kind_of(seen);
        output(Breach{seen.order_id, static_cast<std::uint8_t>(kind), {}});
        // A thief who goes on finds the cancels going on, and not begun again with each of his.
        if (verdict.raised || !drains_.firm().active()) {
            set_state(Scope::firm, 0, TradingState::halted, static_cast<std::uint32_t>(kind));
            begin_drain(Scope::firm, 0, true);
        }
    } else if (verdict.raised) {
        begin_drain(Scope::credential, credential.value, false);
    }
    return verdict.response;
}

PORTCULLIS_CORE_TEMPLATE
ForeignKind PORTCULLIS_CORE::kind_of(const Sighting& seen) noexcept {
    if (seen.has(Sighting::reused)) {
        return ForeignKind::reused_id;
    }
    if (seen.has(Sighting::differs)) {
        return ForeignKind::amount_mismatch;
    }
    switch (seen.what) {
        case Sight::fill:
            return ForeignKind::fill;
        case Sight::transfer:
        case Sight::balance:
        case Sight::lock:
            return ForeignKind::balance;
        case Sight::cancel:
            return seen.whose == Whose::ours ? ForeignKind::cancel : ForeignKind::order;
        default:
            return ForeignKind::order;
    }
}

/// As the journals of before sightings have it.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_foreign(const ForeignActivity& foreign) noexcept {
    Sighting seen;
    seen.order_id = foreign.order_id;
    seen.trade = foreign.trade;
    seen.instrument = foreign.instrument;
    seen.asset = foreign.asset;
    switch (foreign.kind) {
        case ForeignKind::order:
        case ForeignKind::cancel:
            seen.whose = Whose::nobodys;
            break;
        case ForeignKind::fill:
            seen.what = Sight::fill;
            seen.whose = Whose::nobodys;
            break;
        case ForeignKind::reused_id:
        case ForeignKind::amount_mismatch:
            seen.whose = Whose::ours;
            seen.facts =
                foreign.kind == ForeignKind::reused_id ? Sighting::reused : Sighting::differs;
            break;
        case ForeignKind::balance:
            seen.what = Sight::lock;
            break;
    }
    (void)sight(seen);
}

/// What the order store has found in a report that no order of ours can have caused.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::sight_anomaly(const Applied& applied, const Subject& about) noexcept {
    Sighting seen;
    seen.order_id = about.order_id;
    seen.cl_ord_id = about.cl_ord_id;
    seen.instrument = about.instrument;
    const Anomalies found = applied.anomalies;
    if (applied.has_fill()) {
        seen.what = Sight::fill;
        seen.trade = applied.fill.trade;
    }
    if (found.has(Anomaly::foreign)) {
        seen.whose = Whose::nobodys;
    } else if (found.has(Anomaly::unknown_id)) {
        seen.whose = Whose::unjournaled;
    } else {
        seen.whose = Whose::ours;
        seen.facts = found.has(Anomaly::reused_id) ? Sighting::reused : Sighting::differs;
    }
    (void)sight(seen);
}

/// An order of ours is reported cancelled, under a name that is not one that we alone can make.
/// That of the order itself is explained by a cancel or replace of it that is journaled, any other
/// by a mass cancel: the venue then makes one up.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::watch_cancel(const ExecutionReport& report) noexcept {
    const CancelName name = report.cancel_name();
    if (name == CancelName::untold || name == CancelName::own) {
        return;
    }
    const auto slot = orders_.find(report.cl_ord_id);
    if (!slot || is_terminal(orders_.at(*slot).status)) {
        return;  // over: this is a copy
    }
    const Order& order = orders_.at(*slot);
    Sighting seen;
    seen.what = Sight::cancel;
    seen.whose = Whose::ours;
    seen.order_id = report.order_id;
    seen.cl_ord_id = report.cl_ord_id;
    seen.instrument = order.instrument;
    const OrderAgentId agent = config_.instruments[order.instrument.value].agent;
    const auto reaches = [&](MonoNs swept) {
        return swept != MonoNs{} && order.created <= swept + expiry();
    };
    const auto add = [&seen](bool holds, std::uint16_t fact) {
        seen.facts = static_cast<std::uint16_t>(seen.facts | (holds ? fact : 0));
    };
    add(name == CancelName::kept, Sighting::kept_name);
    add(order.cancels_sent != 0 || order.replace_pending, Sighting::asked);
    add(reaches(swept_whole_[agent.value]) || reaches(swept_on_[order.instrument.value]),
        Sighting::swept);
    add(order.cl_ord_id.epoch() < config_.epoch, Sighting::earlier);
    (void)sight(seen);
}

/// At a complete point: everything has agreed but these balances. What is found to be so is a fact
/// all the same: where it is less, nothing trades until people have cleared the kill, and then it
/// begins from there; what is more is ours to count from now on.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::judge_drifts() noexcept {
    AgentState& agent = agent_state();
    if (agent.drift_rounds == 0) {
        agent.drifting_since = now_;
    }
    constexpr std::uint8_t most = 255;
    agent.drift_rounds =
        agent.drift_rounds < most ? static_cast<std::uint8_t>(agent.drift_rounds + 1) : most;
    AssetSet found;
    agent.drifts.for_each([&](AssetId asset) {
        Sighting seen;
        seen.what = Sight::balance;
        seen.amount = positions_.drift(asset).value_or(AmountAtoms{});
        seen.asset = asset;
        seen.count = agent.drift_rounds;
        seen.lasted = now_ - agent.drifting_since;
        if (sight(seen) != CredentialResponse::none) {
            found.add(asset);
        }
    });
    if (!found.empty()) {
        take_drifted(found);
        agent.drifts = {};
        agent.drift_rounds = 0;
    }
}

/// Told again as a change, so that each run's records say in which state it was.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_restored(const RestoredCredential& restored) noexcept {
    gate_.restore_credential(restored.credential, restored.state, restored.signal);
    output(CredentialStateChanged{restored.state, restored.signal, restored.credential, {}});
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::re_enable_credential(std::uint16_t index) noexcept {
    const CredentialId credential{static_cast<std::uint8_t>(index)};
    gate_.re_enable(credential);
    output(CredentialStateChanged{CredentialState::active, 0, credential, {}});
}

}  // namespace portcullis::engine
