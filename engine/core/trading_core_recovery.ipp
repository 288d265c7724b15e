// TradingCore, part five: what a run takes over from the runs before it, and when everything agrees
// with the venue. See trading_core.hpp for what the class is, recovery.hpp for the events.

namespace portcullis::engine {

/// No order of an earlier run or of earlier filters lives, no answer and no fill is missing.
PORTCULLIS_CORE_TEMPLATE
bool PORTCULLIS_CORE::orders_settled(const AgentState& agent,
                                     const InstrumentSet& instruments) const noexcept {
    bool left = agent.leftovers != 0 || !parked_.empty() || orders_.unanswered(instruments) != 0;
    const MonoNs overdue_since{now_.value - config_.answer_max.value};
    orders_.for_each([&](OrderSlot, const Order& order) {
        const bool earlier = order.cl_ord_id.epoch() < config_.epoch;
        const bool overdue = order.fills_overdue(overdue_since);
        const bool old_grid =
            !is_terminal(order.status) &&
            order.instrument_version != instruments_[order.instrument.value].version;
        left = left || (instruments.has(order.instrument) && (earlier || overdue || old_grid));
    });
    return !left;
}

/// Of the assets that differed when the snapshot came, those that still differ from the venue's
/// latest word: fills of the history come behind it.
PORTCULLIS_CORE_TEMPLATE
AssetSet PORTCULLIS_CORE::still_drifting(const AssetSet& assets) const noexcept {
    AssetSet drifting;
    assets.for_each([&](AssetId asset) {
        if (!positions_.rounding_explains(asset, positions_.drift(asset).value_or(AmountAtoms{}))) {
            drifting.add(asset);
        }
    });
    return drifting;
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::take_drifted(const AssetSet& assets) noexcept {
    assets.for_each([&](AssetId asset) {
        const auto drift = positions_.drift(asset);
        verify(drift.has_value());
        const AmountAtoms theirs = positions_.balance(asset) + *drift;
        positions_.set_balance(asset, theirs);
        gate_.on_balance(asset, theirs);
        output(BalanceTaken{theirs, asset, BalanceTaken::drift, {}});
    });
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_balance(const AccountBalance& balance) noexcept {
    const AmountAtoms total = balance.free + balance.locked;
    if (balance.asset.value >= config_.asset_count) {
        return;
    }
    (void)positions_.observe(balance);  // older news than the last changes nothing
    if (balance.from_snapshot == 0) {
        return;  // the stream's: see watch_balances()
    }
    if (!balances_known_.has(balance.asset)) {
        // No run of ours has ever reckoned with it: what the venue has is where we begin.
        balances_known_.add(balance.asset);
        positions_.set_balance(balance.asset, total);
        gate_.on_balance(balance.asset, total);
        output(BalanceTaken{total, balance.asset, BalanceTaken::first, {}});
    } else if (!positions_.rounding_explains(balance.asset,
                                             total - positions_.balance(balance.asset))) {
        agent_state().drifts.add(balance.asset);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_balance_delta(const BalanceDelta& delta) noexcept {
    const auto moved = positions_.apply(delta);
    if (moved == Positions::Moved::told_before) {
        return;
    }
    if (moved == Positions::Moved::yes) {
        gate_.on_balance(delta.asset, positions_.balance(delta.asset));
    }
    Sighting seen;
    seen.what = Sight::transfer;
    seen.amount = delta.delta;
    seen.asset = delta.asset;
    seen.facts = moved == Positions::Moved::yes ? 0 : Sighting::outside;
    (void)sight(seen);  // nobody here withdraws: whatever the amount
}

/// The streams' balances and ours part for the moment between a fill's report and its balance.
/// Where they stay apart a fill is missing, or somebody else moves this account, or the venue has
/// undone a trade: nothing is quoted until a reconciliation has found out which.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::watch_balances() noexcept {
    if (still_drifting(balances_known_).empty()) {
        drifting_since_ = MonoNs{};
        return;
    }
    if (drifting_since_ == MonoNs{}) {
        drifting_since_ = now_;
    }
    if (now_ - drifting_since_ < drift_max) {
        return;
    }
    drifting_since_ = now_;
    for (std::uint8_t i = 0; i < agents_.size(); ++i) {
        doubt(OrderAgentId{i});
    }
}

/// The history is fetched from the last agreement: agreed again before more lies behind it, of all
/// agents together, than TradeMemory can tell from news.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::watch_fills() noexcept {
    std::uint32_t behind = 0;
    std::uint8_t most = 0;
    for (std::uint8_t i = 0; i < agents_.size(); ++i) {
        behind += agents_[i].fills;
        most = agents_[i].fills > agents_[most].fills ? i : most;
    }
    if (behind >= fills_between_agreements) {
        doubt(OrderAgentId{most});
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::doubt(OrderAgentId id) noexcept {
    AgentState& agent = agents_[id.value];
    if (agent.reconciled && !agent.reconciling) {
        agent.reconciled = false;
        agent.retry_at = now_;
        pull_quotes(instruments_of(id));
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_restored(const RestoredBalance& restored) noexcept {
    if (restored.asset.value < config_.asset_count) {
        balances_known_.add(restored.asset);
        positions_.set_balance(restored.asset, restored.balance);
        gate_.on_balance(restored.asset, restored.balance);
    }
}

/// Reserved as it was, and unknown: what became of it meanwhile the venue must say.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_restored(const RestoredOrder& restored) noexcept {
    const auto slot = orders_.free_slot();
    const bool ours = restored.instrument.value < config_.instrument_count &&
                      instruments_[restored.instrument.value].defined() &&
                      restored.strategy.value < strategies_.count();
    if (!slot || !ours) {
        return;  // found among the open orders, if it lives, and cancelled there
    }
    orders_.restore(*slot, restored, now_);
    cancel_pacing_.on_open(*slot);
    const Order& order = orders_.at(*slot);
    NewOrderSingle request;
    request.cl_ord_id = order.cl_ord_id;
    request.instrument = order.instrument;
    request.strategy = order.strategy;
    request.side = order.side;
    gate_.restore_order(*slot, request, order.price_atoms, order.leaves());
}

/// Told again as a change, so that each run's records say in which state it was.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_restored(const RestoredState& restored) noexcept {
    set_state(restored.scope, restored.index, restored.state, restored.cause);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_baseline(const TradeBaseline& baseline) noexcept {
    if (baseline.instrument.value < config_.instrument_count) {
        orders_.set_start(baseline.instrument, baseline.last);
    }
}

}  // namespace portcullis::engine
