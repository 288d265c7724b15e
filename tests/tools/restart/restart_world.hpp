// A venue that outlives the engine, and a run of the engine that can be killed.
//
// EngineRun is the production core, gate, strategies, journal and history, wired as `portcullis
// trade` wires them, without threads and sockets. LastingVenue answers through events, as the order
// agent would make them: trades without client ids, rows of open orders, a baseline where no trade
// is known. Killing a run is dropping it: nothing is closed, sealed or cancelled.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/trading_core.hpp"
#include "engine/journal/journal.hpp"
#include "gateways/binance/instruments.hpp"
#include "risk/risk_gate.hpp"
#include "strategies/strategy_set.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/journal/history.hpp"

namespace portcullis::engine::restart_test {

using tools::AppConfig;
using tools::JournalHistory;

inline constexpr InstrumentId btcusdt{0};
inline constexpr std::int64_t unit = atoms_per_unit;
inline constexpr std::int64_t cent = unit / 100;
inline constexpr WallNs wall_start{1'700'000'000'000'000'000};

inline InstrumentDefinition filters() {
    InstrumentDefinition definition;
    definition.tick = PriceAtoms{cent};
    definition.lot = QtyAtoms{1'000};
    definition.qty_min = QtyAtoms{1'000};
    definition.instrument = btcusdt;
    definition.base = AssetId{0};
    definition.quote = AssetId{1};
    definition.orders_max = 200;
    definition.status = InstrumentStatus::trading;
    return definition;
}

class LastingVenue {
public:
    struct Held {
        NewOrderSingle order{};
        OrderId id{};
        PriceAtoms price{};
        QtyAtoms qty{};
        QtyAtoms cum{};
        OrdStatus status{OrdStatus::new_};
    };
    struct Trade {
        TradeId id{};
        OrderId order{};
        PriceAtoms price{};
        QtyAtoms qty{};
        Side side{};
    };

    // --- requests
    void submit(OrderAgentId, risk::Approved<NewOrderSingle>&& approved) {
        take(approved.request());
    }
    void submit(OrderAgentId, risk::Approved<OrderCancelReplaceRequest>&& approved) {
        end(approved.request().orig_cl_ord_id);
        take(approved.request().order);
    }
    void cancel(OrderAgentId, const OrderCancelRequest& request) { end(request.cl_ord_id); }
    void mass_cancel(OrderAgentId, const OrderMassCancelRequest&) {
        for (const auto& [id, held] : held_) {
            end(id);
        }
    }
    void status(OrderAgentId, const OrderStatusRequest& request) {
        const auto found = held_.find(request.cl_ord_id);
        if (found != held_.end()) {
            report(found->second, ExecType::order_status);
        } else {
            OrderNotFound missing;
            missing.cl_ord_id = request.cl_ord_id;
            missing.venue_time = clock();
            missing.instrument = btcusdt;
            say(missing);
        }
    }
    void open_orders(OrderAgentId, const OpenOrdersRequest&) {
        ReconcileStep step;
        step.open_orders_only = 1;
        step.venue_time = clock();
        step.issued = now;
        say(step);
        step.open_orders = rows();
        step.phase = ReconcilePhase::complete;
        say(step);
    }
    void resync(InstrumentId, ResetReason) {}
    void reconcile(OrderAgentId, const ReconcileRequest& request) {
        ReconcileStep step;
        step.round = request.round;
        step.venue_time = clock();
        step.issued = now;
        say(step);
        say(VenueClock{ahead, DurationNs{1}, clock()});
        if (const auto news = known_filters->update(filters())) {
            say(*news);
        }
        for (std::uint16_t asset = 0; asset < 3; ++asset) {
            AccountBalance balance;
            balance.free = balances[asset];
            balance.venue_time = clock();
            balance.asset = AssetId{asset};
            balance.from_snapshot = 1;
            say(balance);
        }
        (void)rows();
        if (fetched_to == no_trade) {
            fetched_to = trades.empty() ? TradeId{0} : trades.back().id;
            say(TradeBaseline{fetched_to, btcusdt, {}});
        }
        for (const Trade& trade : trades) {
            if (trade.id > fetched_to) {
                AccountFill fill;
                fill.order_id = trade.order;
                fill.trade = trade.id;
                fill.price = trade.price;
                fill.qty = trade.qty;
                fill.instrument = btcusdt;
                fill.side = trade.side;
                say(fill);
            }
        }
        step.phase = ReconcilePhase::complete;
        say(step);
    }
    void kill(engine::Scope, std::uint16_t) {
        ++kills;
        if (on_kill) {
            on_kill();
        }
    }
    std::function<void()> on_kill;  ///< what the outbox does beyond counting

    /// Somebody takes `qty` of the order.
    void fill(ClOrdId id, QtyAtoms qty) {
        Held& held = held_.at(id);
        held.cum += qty;
        held.status = held.cum == held.qty ? OrdStatus::filled : OrdStatus::partially_filled;
        const bool buy = held.order.side == Side::buy;
        const int128 sign = buy ? 1 : -1;
        balances[0] = AmountAtoms{balances[0].value + sign * qty.value};
        balances[1] = AmountAtoms{balances[1].value -
                                  sign * quote_amount(held.price, qty, Rounding::down).value};
        trades.push_back({TradeId{static_cast<std::int64_t>(100 + trades.size())}, held.id,
                          held.price, qty, held.order.side});
        report(held, ExecType::trade, &trades.back());
    }
    /// The order never came here: its bytes are still on the way.
    void forget(ClOrdId id) { held_.erase(id); }
    [[nodiscard]] WallNs clock() const { return WallNs{wall.value + ahead.value}; }
    [[nodiscard]] std::vector<Held> open() const {
        std::vector<Held> found;
        for (const auto& [id, held] : held_) {
            if (!is_terminal(held.status)) {
                found.push_back(held);
            }
        }
        return found;
    }
    [[nodiscard]] bool pop(Event& out) {
        if (answers_.empty()) {
            return false;
        }
        out = answers_.front();
        answers_.pop_front();
        return true;
    }
    /// The engine is gone: nobody hears what happens.
    void hang_up() {
        connected = false;
        answers_.clear();
    }

    bool connected{true};
    MonoNs now{};
    WallNs wall{};       ///< the engine's
    DurationNs ahead{};  ///< our clock runs before the engine's by so much
    gateways::binance::InstrumentBook* known_filters{};
    TradeId fetched_to{no_trade};
    std::vector<Trade> trades;
    std::uint64_t taken{};
    int kills{};
    std::map<std::uint16_t, AmountAtoms> balances{{0, AmountAtoms{int128{10} * unit}},
                                                  {1, AmountAtoms{int128{1'000'000} * unit}},
                                                  {2, AmountAtoms{int128{100} * unit}}};

private:
    template <EventPayload T>
    void say(const T& body) {
        if (connected) {
            answers_.push_back(Event::of(body, now, wall));
        }
    }
    void take(const NewOrderSingle& order) {
        Held held;
        held.order = order;
        held.id = OrderId{++taken};
        held.price = PriceAtoms{order.price.value * filters().tick.value};
        held.qty = QtyAtoms{order.qty.value * filters().lot.value};
        held_[order.cl_ord_id] = held;
        report(held, ExecType::new_);
    }
    void end(ClOrdId id) {
        const auto found = held_.find(id);
        if (found != held_.end() && !is_terminal(found->second.status)) {
            found->second.status = OrdStatus::canceled;
            report(found->second, ExecType::canceled);
        }
    }
    std::uint32_t rows() {
        for (const Held& held : open()) {
            OpenOrder row;
            row.cl_ord_id = held.order.cl_ord_id;
            row.order_id = held.id;
            row.price = held.price;
            row.order_qty = held.qty;
            row.cum_qty = held.cum;
            row.instrument = btcusdt;
            row.side = held.order.side;
            say(row);
        }
        return static_cast<std::uint32_t>(open().size());
    }
    void report(const Held& held, ExecType type, const Trade* trade = nullptr) {
        ExecutionReport told;
        told.cl_ord_id = held.order.cl_ord_id;
        told.order_id = held.id;
        told.exec_type = type;
        told.status = held.status;
        told.instrument = btcusdt;
        told.order_qty = held.qty;
        told.cum_qty = held.cum;
        if (trade != nullptr) {
            told.trade = trade->id;
            told.last_price = trade->price;
            told.last_qty = trade->qty;
        }
        told.bits = ExecutionReport::pack(ReportSource::stream_primary, true, held.order.side);
        say(told);
    }

    std::map<ClOrdId, Held> held_;
    std::deque<Event> answers_;
};

/// One run of the engine.
class EngineRun {
public:
    using Core =
        TradingCore<strategies::StrategySet, risk::RiskGate, LastingVenue, journal::JournalWriter>;

    EngineRun(const std::string& directory, const AppConfig& config, LastingVenue& venue,
              journal::OpenMode mode, MonoNs now, WallNs wall)
        : history(directory), strategies(config.strategies), venue_(venue) {
        if (mode == journal::OpenMode::existing) {
            history = std::move(JournalHistory::read(directory)).value();
        }
        journal::JournalOptions options;
        options.directory = directory;
        options.mode = mode;
        options.config_hash = config.hash;
        options.segment_bytes = std::size_t{16} * 1024 * 1024;
        options.reserve_records = 1000;
        options.sync_period = milliseconds(100);
        options.retry_period = milliseconds(1000);
        log = std::move(journal::Journal::open(options)).value();
        verify(journal::store_config(directory, log->epoch(), config.effective).ok());
        gate = std::make_unique<risk::RiskGate>(config.gate(log->epoch()));
        CoreConfig core_config = config.core(log->epoch());
        core_config.earlier_requests_until = history.requests_until(core_config.expiry_margin);
        venue_.connected = true;
        venue_.known_filters = &filters_;
        at(now, wall);
        history.restore_windows(*gate, config, now, wall);
        core = std::make_unique<Core>(core_config, strategies, *gate, venue_, log->writer());
        history.restore_done(*core, config);
        history.restore_fills(*core, config);
        SessionStart start;
        start.config_hash = config.hash;
        start.epoch = log->epoch().value;
        hear(start);
        for (const Event& event : history.events(config, now, wall)) {
            step(event);
            if (event.header.type == EventType::instrument_definition) {
                filters_.restore(event.as<InstrumentDefinition>());
            } else if (event.header.type == EventType::trade_baseline) {
                venue_.fetched_to = event.as<TradeBaseline>().last;
            }
        }
    }
    ~EngineRun() { venue_.hang_up(); }

    void at(MonoNs mono, WallNs when) {
        venue_.now = mono;
        venue_.wall = when;
    }
    template <EventPayload T>
    void hear(const T& body) {
        step(Event::of(body, venue_.now, venue_.wall));
        Event answer;
        while (venue_.pop(answer)) {
            step(answer);
        }
    }
    /// Time passes, the market stands still and is told anew.
    void pass(std::int64_t ms) {
        for (std::int64_t i = 0; i < ms; i += 10) {
            at(venue_.now + milliseconds(10), WallNs{venue_.wall.value + 10'000'000});
            hear(Timer{++timers_});
            if (core->market(btcusdt).valid()) {
                BookDelta delta;
                delta.instrument = btcusdt;
                delta.flags = BookDelta::last;
                delta.first_update = delta.last_update = UpdateId{++updates_};
                hear(delta);
            }
        }
    }
    void connect() {
        hear(SessionState{Session::orders, SessionStatus::ready, 0, {}});
        hear(SessionState{Session::account_primary, SessionStatus::ready, 0, {}});
        hear(SessionState{Session::account_secondary, SessionStatus::ready, 0, {}});
    }
    void market() {
        BookDelta snapshot;
        snapshot.instrument = btcusdt;
        snapshot.first_update = snapshot.last_update = UpdateId{++updates_};
        snapshot.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
        snapshot.level_count = 2;
        snapshot.levels[0] = {PriceAtoms{60'000 * unit}, QtyAtoms{unit}};
        snapshot.levels[1] = {PriceAtoms{60'000 * unit + cent}, QtyAtoms{unit}};
        snapshot.ask_mask = 2;
        hear(snapshot);
        pass(10);
    }
    [[nodiscard]] bool reconciled() const { return core->reconciled(OrderAgentId{}); }

    JournalHistory history;
    strategies::StrategySet strategies;
    std::unique_ptr<journal::Journal> log;
    std::unique_ptr<risk::RiskGate> gate;
    std::unique_ptr<Core> core;

private:
    void step(const Event& given) {
        Event event = given;
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core->step(event);
    }
    LastingVenue& venue_;
    gateways::binance::InstrumentBook filters_;
    std::uint64_t timers_{};
    std::uint64_t updates_{};
};

}  // namespace portcullis::engine::restart_test
