// A core with fakes around it (fakes.hpp), and the sentences that a venue says to it.
//
// Three instruments, 0 and 1 at order agent 0, 2 at order agent 1; strategies 0 and 1 share
// instrument 0, strategy 2 has instrument 1 and strategy 3 has instrument 2. Prices are around 100
// ticks of 1 unit, quantities in lots of 1 unit.
#pragma once

#include "tests/engine/core/fakes.hpp"

namespace portcullis::engine::core_test {

inline constexpr InstrumentId btc{0};
inline constexpr InstrumentId eth{1};
inline constexpr InstrumentId sol{2};
inline constexpr OrderAgentId first_agent{0};
inline constexpr OrderAgentId second_agent{1};
inline constexpr AssetId usdt{3};
inline constexpr std::int64_t unit = atoms_per_unit;
inline constexpr WallNs wall_offset{1'700'000'000'000'000'000};

inline CoreConfig world_config() {
    CoreConfig config;
    config.epoch = Epoch{7};
    config.instrument_count = 3;
    config.asset_count = 4;
    config.risk_currency = usdt;
    for (std::size_t i = 0; i < 3; ++i) {
        config.instruments[i].agent = i == 2 ? second_agent : first_agent;
        config.instruments[i].quote_age_max = milliseconds(60'000);
        config.instruments[i].feed_silence_max = milliseconds(60'000);
    }
    return config;
}

inline InstrumentDefinition definition_of(InstrumentId id, std::uint32_t version = 1) {
    InstrumentDefinition definition;
    definition.tick = PriceAtoms{unit};
    definition.lot = QtyAtoms{unit};
    definition.version = version;
    definition.instrument = id;
    definition.base = AssetId{id.value};
    definition.quote = usdt;
    definition.status = InstrumentStatus::trading;
    return definition;
}

class World {
public:
    using Core = TradingCore<FakeStrategies, FakeGate, FakeOutbound, FakeJournal>;

    explicit World(const CoreConfig& config = world_config())
        : core(std::make_unique<Core>(config, strategies, gate, out, journal)) {}

    template <EventPayload T>
    void hear(const T& body, OrderAgentId from = first_agent) {
        Event event = Event::of(body, now, WallNs{wall_offset.value + now.value});
        event.header.source = from.value;
        event.header.flags = flags;
        core->step(event);
    }
    /// Time passes in steps of 10 ms, with a timer at each.
    void pass(std::int64_t ms) {
        for (std::int64_t i = 0; i < ms; i += 10) {
            now = now + milliseconds(10);
            hear(Timer{++timers_});
        }
    }

    // --- the market
    void define(InstrumentId id, std::uint32_t version = 1) { hear(definition_of(id, version)); }
    void market(InstrumentId id, std::int64_t bid = 99, std::int64_t ask = 101) {
        BookDelta snapshot;
        snapshot.instrument = id;
        snapshot.first_update = snapshot.last_update = UpdateId{++updates_};
        snapshot.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
        snapshot.level_count = 2;
        snapshot.levels[0] = {PriceAtoms{bid * unit}, QtyAtoms{5 * unit}};
        snapshot.levels[1] = {PriceAtoms{ask * unit}, QtyAtoms{5 * unit}};
        snapshot.ask_mask = 2;
        hear(snapshot);
        BookDelta delta = snapshot;
        delta.flags = BookDelta::last;
        delta.level_count = 0;
        delta.ask_mask = 0;
        delta.first_update = delta.last_update = UpdateId{++updates_};
        hear(delta);
    }

    // --- sessions and reconciliation
    void session(Session which, SessionStatus status, OrderAgentId agent = first_agent) {
        hear(SessionState{which, status, agent.value, {}}, agent);
    }
    void sessions_up(OrderAgentId agent = first_agent) {
        session(Session::orders, SessionStatus::ready, agent);
        session(Session::account_primary, SessionStatus::ready, agent);
        session(Session::account_secondary, SessionStatus::ready, agent);
    }
    void step_of(ReconcilePhase phase, OrderAgentId agent) {
        ReconcileStep step;
        step.phase = phase;
        step.round = out.rounds[agent.value];
        step.venue_time = venue_time();
        step.issued = now;
        hear(step, agent);
    }
    void balance(AssetId asset, std::int64_t whole, OrderAgentId agent = first_agent) {
        AccountBalance told;
        told.free = AmountAtoms{int128{whole} * unit};
        told.venue_time = venue_time();
        told.asset = asset;
        told.from_snapshot = 1;
        hear(told, agent);
    }
    /// A whole reconciliation that agrees with `balances` (units by asset).
    void reconcile(OrderAgentId agent = first_agent) {
        step_of(ReconcilePhase::begin, agent);
        hear(VenueClock{DurationNs{}, DurationNs{}, venue_time()}, agent);
        for (std::uint16_t i = 0; i < 4; ++i) {
            balance(AssetId{i}, units[i], agent);
        }
        step_of(ReconcilePhase::complete, agent);
    }
    /// Everything that must be before the first order, for both agents.
    void start() {
        for (const InstrumentId id : {btc, eth, sol}) {
            define(id);
        }
        for (const OrderAgentId agent : {first_agent, second_agent}) {
            sessions_up(agent);
            reconcile(agent);
        }
        for (const InstrumentId id : {btc, eth, sol}) {
            market(id);
        }
        (void)out.take();
    }

    // --- orders
    /// Lets `strategy` place one order of 2 at `ticks` and returns its id.
    ClOrdId place(std::uint8_t strategy, std::int64_t ticks = 90, Side side = Side::buy) {
        Action action;
        action.side = side;
        action.price = PriceTicks{ticks};
        action.qty = QtyLots{2};
        strategies.script[strategy].push_back(action);
        const std::size_t before = out.approvals.size();
        pass(10);
        strategies.script[strategy].clear();
        return out.approvals.size() == before ? no_order : out.approvals.back().request().cl_ord_id;
    }
    void outcome(ClOrdId id, RequestFate fate, RequestKind kind = RequestKind::new_order) {
        RequestOutcome told;
        told.cl_ord_id = id;
        told.kind = kind;
        told.fate = fate;
        const bool left = fate == RequestFate::sent || fate == RequestFate::unknown;
        told.sent = left ? now : MonoNs{};
        told.venue_expiry = left ? WallNs{venue_time().value + 1'000'000'000} : WallNs{};
        hear(told, agent_of(id));
    }
    [[nodiscard]] ExecutionReport report(ClOrdId id, ExecType type, OrdStatus status) const {
        const Order& order = core->orders().at(core->orders().find(id).value());
        ExecutionReport told;
        told.cl_ord_id = id;
        told.order_id = OrderId{1000 + id.sequence()};
        told.exec_type = type;
        told.status = status;
        told.instrument = order.instrument;
        told.order_qty = order.qty;
        told.cum_qty = order.cum;
        told.bits = ExecutionReport::pack(ReportSource::stream_primary, true, order.side);
        return told;
    }
    void accept(ClOrdId id) {
        const auto told = report(id, ExecType::new_, OrdStatus::new_);
        outcome(id, RequestFate::sent);
        hear(told, agent_of(id));
    }
    void canceled(ClOrdId id) {
        hear(report(id, ExecType::canceled, OrdStatus::canceled), agent_of(id));
    }
    ClOrdId live(std::uint8_t strategy, std::int64_t ticks = 90, Side side = Side::buy) {
        const ClOrdId id = place(strategy, ticks, side);
        EXPECT_NE(id, no_order);
        accept(id);
        (void)out.take();
        return id;
    }
    [[nodiscard]] OpenOrder row(ClOrdId id) const {
        const Order& order = core->orders().at(core->orders().find(id).value());
        OpenOrder told;
        told.cl_ord_id = id;
        told.order_id = OrderId{1000 + id.sequence()};
        told.price = order.price_atoms;
        told.order_qty = order.qty;
        told.cum_qty = order.cum;
        told.instrument = order.instrument;
        told.side = order.side;
        return told;
    }
    /// An answer to a drain's query, asked at `issued`, about everything or one instrument.
    void open_orders(OrderAgentId agent, const std::vector<OpenOrder>& rows, MonoNs issued,
                     InstrumentId about = no_instrument) {
        ReconcileStep step;
        step.open_orders_only = 1;
        step.instrument = about;
        step.issued = issued;
        step.venue_time = WallNs{wall_offset.value + issued.value};
        hear(step, agent);
        for (const OpenOrder& each : rows) {
            hear(each, agent);
        }
        step.phase = ReconcilePhase::complete;
        step.open_orders = static_cast<std::uint32_t>(rows.size());
        hear(step, agent);
    }
    void kill(Scope scope, std::uint16_t index = 0) { hear(KillChanged{1, index, scope, {}}); }

    [[nodiscard]] std::vector<DrainCompleted> drains() const {
        return journal.all<DrainCompleted>();
    }
    [[nodiscard]] WallNs venue_time() const { return WallNs{wall_offset.value + now.value}; }
    [[nodiscard]] OrderAgentId agent_of(ClOrdId id) const {
        const auto slot = core->orders().find(id);
        return slot && core->orders().at(*slot).instrument == sol ? second_agent : first_agent;
    }
    [[nodiscard]] bool knows(ClOrdId id) const { return core->orders().find(id).has_value(); }

    MonoNs now{1'000'000'000'000};
    std::uint16_t flags{EventFlags::request_room | EventFlags::journal_room};
    std::array<std::int64_t, 4> units{10, 10, 10, 10'000};
    FakeJournal journal;
    FakeOutbound out{journal};
    FakeStrategies strategies{{btc, btc, eth, sol}};
    FakeGate gate;
    std::unique_ptr<Core> core;

private:
    std::uint64_t timers_{};
    std::uint64_t updates_{};
};

}  // namespace portcullis::engine::core_test
