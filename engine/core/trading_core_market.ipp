// TradingCore, part one: books, freshness, and when a strategy is asked.
// See trading_core.hpp for what the class is and who may call it.

namespace portcullis::engine {

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_definition(const InstrumentDefinition& definition) noexcept {
    if (definition.instrument.value >= config_.instrument_count) {
        return;  // not one of ours
    }
    Instrument& instrument = instruments_[definition.instrument.value];
    const bool first = instrument.version == 0;
    const bool changed = !first && definition.version != instrument.version;
    instrument.id = definition.instrument;
    instrument.venue = definition.venue;
    instrument.base = definition.base;
    instrument.quote = definition.quote;
    instrument.version = definition.version;
    instrument.status = definition.status;
    instrument.amend_allowed = definition.amend_allowed != 0;
    instrument.orders_max = definition.orders_max;
    instrument.tick = definition.tick;
    instrument.lot = definition.lot;
    instrument.price_min = definition.price_min;
    instrument.price_max = definition.price_max;
    instrument.qty_min = definition.qty_min;
    instrument.qty_max = definition.qty_max;
    instrument.notional_min = AmountAtoms{definition.notional_min_atoms};
    instrument.notional_max = AmountAtoms{definition.notional_max_atoms};
    gate_.on_instrument(instrument);
    for (Working& each : working_) {
        each.revision = 0;  // its leaves are in lots
    }
    if (!changed) {
        markets_[definition.instrument.value].set_tick(definition.tick);
        return;
    }
    // The same ticks would mean another price: pause, cancel, reconcile, and take the book anew.
    pull_quotes(definition.instrument);
    markets_[definition.instrument.value].on_reset(ResetReason::instrument_changed);
    markets_[definition.instrument.value].set_tick(definition.tick);  // of an empty book
    output(ResyncRequested{
        definition.instrument, static_cast<std::uint8_t>(ResetReason::instrument_changed), {}});
    outbound_.resync(definition.instrument, ResetReason::instrument_changed);
    const OrderAgentId agent = config_.instruments[definition.instrument.value].agent;
    agents_[agent.value].reconciled = false;
    agents_[agent.value].again = agents_[agent.value].reconciling;
    agents_[agent.value].retry_at = now_;
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_delta(const BookDelta& delta) noexcept {
    if (delta.instrument.value >= config_.instrument_count) {
        return;
    }
    InstrumentMarket& market = markets_[delta.instrument.value];
    const auto result = market.on(delta, now_);
    if (result.outcome == BookOutcome::reset) {
        on_market_checked(delta.instrument, result.reason);
        return;
    }
    if (result.outcome == BookOutcome::complete) {
        ++counters_.market_events;
        quote_instrument(delta.instrument);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_top(const TopOfBook& top) noexcept {
    if (top.instrument.value >= config_.instrument_count) {
        return;
    }
    ++counters_.market_events;
    const auto result = markets_[top.instrument.value].on(top, now_);
    if (result.outcome == BookOutcome::reset) {
        on_market_checked(top.instrument, result.reason);
        return;
    }
    quote_instrument(top.instrument);
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_trade(const TradePrint& trade) noexcept {
    if (trade.instrument.value >= config_.instrument_count) {
        return;
    }
    ++counters_.market_events;
    markets_[trade.instrument.value].on(trade, now_);
    for (StrategyId id = strategies_at_[trade.instrument.value]; id != no_strategy;
         id = next_of_strategy_[id.value]) {
        strategies_.on_trade(id, trade, now_);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_alive(const FeedAlive& alive) noexcept {
    for (std::uint64_t left = alive.instruments; left != 0; left &= left - 1) {
        const std::size_t i = alive.first.value + static_cast<std::size_t>(std::countr_zero(left));
        if (i < config_.instrument_count) {
            markets_[i].on_alive(now_);
        }
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_reset(const BookReset& reset) noexcept {
    if (reset.instrument.value >= config_.instrument_count) {
        return;
    }
    markets_[reset.instrument.value].on_reset(reset.reason);
    pull_quotes(reset.instrument);  // gap, loss, stall: quotes are pulled in the same event
}

// The core's own check of a book failed, though the feed saw nothing: invalid, pulled, asked for
// anew.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::on_market_checked(InstrumentId id, ResetReason reason) noexcept {
    ++counters_.resyncs;
    pull_quotes(id);
    output(ResyncRequested{id, static_cast<std::uint8_t>(reason), {}});
    outbound_.resync(id, reason);
}

PORTCULLIS_CORE_TEMPLATE
bool PORTCULLIS_CORE::fresh(InstrumentId id) const noexcept {
    const InstrumentMarket& market = markets_[id.value];
    const CoreInstrumentConfig& limits = config_.instruments[id.value];
    return market.valid() && now_ - market.top_time() <= limits.quote_age_max &&
           now_ - market.alive_time() <= limits.feed_silence_max;
}

PORTCULLIS_CORE_TEMPLATE
const NetTop& PORTCULLIS_CORE::net_top_of(InstrumentId id) noexcept {
    if (net_top_instrument_ == id) {
        return net_top_;
    }
    follow_own();
    if (gone_.instrument != id || gone_.added != traces_.added() || now_ >= gone_.until) {
        follow_gone(id);
    }
    const InstrumentMarket& market = markets_[id.value];
    const Bbo top = market.top();
    // A side whose best is beyond all that is ours is what it shows.
    const bool bid_beyond = top.bid.price > own_.best(id, Side::buy, gone_.bid) &&
                            top.bid.price > gone_.bid && top.bid.qty.value > 0;
    const bool ask_beyond = top.ask.price < own_.best(id, Side::sell, gone_.ask) &&
                            top.ask.price < gone_.ask && top.ask.qty.value > 0;
    net_top_.bid =
        bid_beyond ? top.bid : net_best(top.bid, market.book(), Side::buy, id, own_, gone_.levels);
    net_top_.ask =
        ask_beyond ? top.ask : net_best(top.ask, market.book(), Side::sell, id, own_, gone_.levels);
    net_top_instrument_ = id;
    return net_top_;
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::follow_gone(InstrumentId id) noexcept {
    gone_.levels.clear();
    gone_.bid = PriceAtoms{};
    gone_.ask = PriceAtoms{std::numeric_limits<std::int64_t>::max()};
    gone_.until = traces_.for_each(id, now_, [this](const OwnLevel& level) {
        gone_.levels.push_back(level);
        if (level.side == Side::buy) {
            gone_.bid = std::max(gone_.bid, level.price);
        } else {
            gone_.ask = std::min(gone_.ask, level.price);
        }
    });
    gone_.instrument = id;
    gone_.added = traces_.added();
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::follow_own() noexcept {
    for (const OrderSlot slot : orders_.changed()) {
        if (!orders_.in_use(slot) || orders_.at(slot).status == OrdStatus::rejected) {
            own_.remove(slot);
            continue;
        }
        const Order& order = orders_.at(slot);
        OwnBook::Part part{order.price_atoms, {}, {}, order.instrument, order.side};
        if (order.amending()) {  // what it gives up may be in the book still, or not any more
            part.certain = order.leaves_asked();
            part.in_doubt = order.leaves() - part.certain;
        } else {
            (is_accepted(order.status) ? part.certain : part.in_doubt) = order.leaves();
        }
        own_.put(slot, part, orders_.born(slot));
    }
    orders_.changes_seen();
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::prepare() noexcept {
    if (!orders_.changed().empty()) {
        follow_own();
        for (std::uint8_t i = 0; i < strategies_.count(); ++i) {
            follow_working(StrategyId{i});
        }
        if (gone_.instrument.value < config_.instrument_count) {
            follow_gone(gone_.instrument);
        }
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::quote_instrument(InstrumentId instrument) noexcept {
    for (StrategyId id = strategies_at_[instrument.value]; id != no_strategy;
         id = next_of_strategy_[id.value]) {
        quote(id);
    }
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::quote(StrategyId id) noexcept {
    const InstrumentId instrument = strategies_.instrument(id);
    const Instrument& grid = instruments_[instrument.value];
    const AgentState& agent = agents_[config_.instruments[instrument.value].agent.value];
    const TradingState state = state_of(instrument, id);
    const bool quotable = grid.defined() && grid.status == InstrumentStatus::trading &&
                          fresh(instrument) && agent.orders_ready && agent.reconciled &&
                          state != TradingState::halted && !shutting_down_ &&
                          (flags_ & EventFlags::journal_room) != 0 &&
                          !drains_.active(scopes_of(instrument, id));
    if (!quotable) {
        orders_.for_each(id, [this](OrderSlot slot, const Order&) { request_cancel(slot); });
        return;
    }
    if (const auto slot = orders_.free_slot()) {  // an order may come of this
        gate_.prefetch(instrument, id, *slot);
        orders_.prefetch_open(*slot, ClOrdId::of(config_.epoch, sequence_ + 1));
    }
    follow_working(id);
    const Working& working = working_[id.value];
    actions_.clear();
    PORTCULLIS_UNINITIALIZED const StrategyView view{now_,
                                                     grid,
                                                     markets_[instrument.value],
                                                     net_top_of(instrument),
                                                     working.orders,
                                                     working.revision,
                                                     positions_.position(grid.base),
                                                     quotable};
    quoting_ = id;
    strategies_.quote(id, view, actions_);
    for (const Refusal& refusal : refusals_) {
        strategies_.on_refused(id, refusal, now_);
    }
    refusals_.clear();
}

PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::follow_working(StrategyId id) noexcept {
    Working& working = working_[id.value];
    if (working.revision == orders_.revision(id)) {
        return;
    }
    working.orders.clear();
    orders_.for_each(id, [this, &working](OrderSlot, const Order& order) {
        if (is_terminal(order.status)) {
            return;  // only fills that already happened are still missing
        }
        const bool amending = order.amending();
        const QtyAtoms leaves = amending ? order.leaves_asked() : order.leaves();
        const Instrument& grid = instruments_[order.instrument.value];
        // Whole and of this grid, which most are: known without a division.
        const bool whole = leaves == order.qty_sent && order.instrument_version == grid.version;
        working.orders.push_back(WorkingOrder{order.cl_ord_id, order.price,
                                              whole ? order.lots_sent : grid.lots_within(leaves),
                                              order.side, order.status, order.cancel_pending,
                                              order.replace_pending && !amending, amending});
    });
    working.revision = orders_.revision(id);
    if constexpr (requires { strategies_.on_working(id, working.orders, working.revision); }) {
        strategies_.on_working(id, working.orders, working.revision);
    }
}

// Marks every asset whose price a valid book gives: the mid of its instrument against the risk
// currency. Profit and loss is a sum over all assets, so it is reckoned once, when all are marked.
PORTCULLIS_CORE_TEMPLATE
void PORTCULLIS_CORE::take_marks() noexcept {
    AssetSet marked;
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        const Instrument& grid = instruments_[i];
        if (!grid.defined() || grid.quote != config_.risk_currency || !fresh(InstrumentId{i})) {
            continue;
        }
        const NetTop& top = net_top_of(InstrumentId{i});
        if (!top.two_sided()) {
            continue;
        }
        const int128 mid = (int128{top.bid.price.value} + top.ask.price.value) / 2;
        const auto micro = to_int64(mid / atoms_per_micro);
        if (!micro) {
            continue;
        }
        positions_.set_mark(grid.base, *micro);
        gate_.on_mark(grid.base, *micro);
        marked.add(grid.base);
    }
    gate_.on_marked(wall_);
    const auto pnl = positions_.pnl();
    marked.for_each([&](AssetId asset) {
        output(MarkTaken{*positions_.mark(asset),
                         pnl ? *pnl : NotionalMicro{},
                         asset,
                         pnl ? std::uint8_t{1} : std::uint8_t{0},
                         {}});
    });
}

}  // namespace portcullis::engine
