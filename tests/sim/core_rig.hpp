// CoreRig: the production core, gate and strategies on recorded market data, with a small venue in
// memory instead of gateways. For tests of what the core promises: determinism, replay, no
// allocation, every order accounted for.
//
// SimVenue answers through events only, one round later, as a real venue would; it fills a resting
// order when the recorded top of book reaches its price. It is not the simulated exchange of
// tools/venue (which is reached through bytes); it is the least that closes the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/trading_core.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "risk/risk_gate.hpp"
#include "strategies/strategy_set.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tests {

// style: using-namespace because every line of the rig speaks of the engine
using namespace portcullis::engine;

inline const std::string shipped_recording =
    std::string(PORTCULLIS_SOURCE_DIR) +
    "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";

/// A recording as the events that the feed agent would make of it.
class RecordedEvents : public gateways::binance::BookSink {
public:
    /// The first `lines_max` lines. Empty where the file cannot be read.
    static std::vector<Event> load(const std::string& path, std::size_t lines_max) {
        RecordedEvents self;
        gateways::binance::MarketDataDecoder decoder({{"BTCUSDT", InstrumentId{0}}});
        gateways::binance::SnapshotDecoder snapshots;
        gateways::binance::DepthSnapshot snapshot;
        snapshot.instrument = InstrumentId{0};
        gateways::binance::BookSynchronizer sync(InstrumentId{0});
        auto reader = tools::RecordingReader::open(path);
        if (!reader) {
            return {};
        }
        tools::RecordedLine line;
        for (std::size_t i = 0; i < lines_max; ++i) {
            auto more = reader.value().next(line);
            if (!more.ok() || !more.value()) {
                break;
            }
            self.at_ = MonoNs{line.receive_ns};
            if (line.snapshot) {
                if (snapshots.decode(line.json, snapshot) == gateways::binance::DecodeError::none) {
                    (void)sync.on_snapshot(snapshot, self);
                }
                continue;
            }
            const auto& message = decoder.decode(line.json);
            using Kind = gateways::binance::MessageKind;
            if (message.kind == Kind::depth) {
                sync.on_depth(message.depth, self);
            } else if (message.kind == Kind::top_of_book) {
                self.add(message.top);
            } else if (message.kind == Kind::trade) {
                self.add(message.trade);
            }
        }
        return std::move(self.events_);
    }
    void on_reset(const BookReset& reset) override { add(reset); }
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            add(part);
        }
    }

private:
    template <EventPayload T>
    void add(const T& body) {
        events_.push_back(Event::of(body, at_, WallNs{at_.value}));
    }
    MonoNs at_{};
    std::vector<Event> events_;
};

/// Outbound and venue in one: takes requests, gives report events to be stepped later.
class SimVenue {
public:
    struct Resting {
        NewOrderSingle order;
        OrderId id{};
        PriceAtoms price{};
        QtyAtoms leaves{};
    };

    explicit SimVenue(const Instrument& grid) : grid_(grid) {}

    void submit(OrderAgentId, risk::Approved<NewOrderSingle>&& approved) {
        take(approved.request());
    }
    void submit(OrderAgentId, risk::Approved<OrderCancelReplaceRequest>&& approved) {
        const auto& request = approved.request();
        remove(request.orig_cl_ord_id);
        take(request.order);
    }
    void cancel(OrderAgentId, const OrderCancelRequest& request) { remove(request.cl_ord_id); }
    void mass_cancel(OrderAgentId, const OrderMassCancelRequest&) {
        while (!book_.empty()) {
            remove(book_.begin()->first);
        }
    }
    void status(OrderAgentId, const OrderStatusRequest&) { ++queries; }
    void open_orders(OrderAgentId, const OpenOrdersRequest& request) {
        ReconcileStep step;
        step.phase = ReconcilePhase::complete;
        step.open_orders_only = 1;
        step.open_orders = static_cast<std::uint32_t>(book_.size());
        step.issued = request.cause;
        answer(step);
    }
    void resync(InstrumentId, ResetReason) { ++resyncs; }
    void reconcile(OrderAgentId) {
        ReconcileStep step;
        step.phase = ReconcilePhase::begin;
        answer(step);
        answer(VenueClock{});
        for (std::uint16_t asset = 0; asset < 2; ++asset) {
            AccountBalance balance;
            balance.asset = AssetId{asset};
            balance.free = balances[asset];
            balance.from_snapshot = 1;
            answer(balance);
        }
        step.phase = ReconcilePhase::complete;
        step.venue_time = WallNs{1};
        answer(step);
    }
    void kill() { ++kills; }

    /// The recorded top moved: what it reaches is filled.
    void on_top(const TopOfBook& top) {
        for (auto each = book_.begin(); each != book_.end();) {
            const Resting resting = each->second;
            const bool buy = resting.order.side == Side::buy;
            const bool reached =
                buy ? top.ask.price <= resting.price : top.bid.price >= resting.price;
            if (!reached) {
                ++each;
                continue;
            }
            each = book_.erase(each);
            const AmountAtoms quote = quote_amount(resting.price, resting.leaves, Rounding::down);
            const int128 sign = buy ? 1 : -1;
            balances[0] = AmountAtoms{balances[0].value + sign * resting.leaves.value};
            balances[1] = AmountAtoms{balances[1].value - sign * quote.value};
            ++fills;
            report(resting, ExecType::trade, OrdStatus::filled, resting.leaves);
        }
    }
    [[nodiscard]] bool pop(Event& out, MonoNs now) {
        if (answers_.empty()) {
            return false;
        }
        out = answers_.front();
        answers_.pop_front();
        out.header.mono = now;
        out.header.wall = WallNs{now.value};
        return true;
    }
    [[nodiscard]] std::size_t resting() const { return book_.size(); }

    std::uint64_t orders{}, fills{}, queries{}, resyncs{}, kills{};
    std::map<std::uint16_t, AmountAtoms> balances{
        {0, AmountAtoms{int128{100} * atoms_per_unit}},
        {1, AmountAtoms{int128{10'000'000} * atoms_per_unit}}};

private:
    template <EventPayload T>
    void answer(const T& body) {
        answers_.push_back(Event::of(body, MonoNs{}, WallNs{}));
    }
    void take(const NewOrderSingle& order) {
        ++orders;
        Resting resting{order, OrderId{orders}, *grid_.price(order.price), *grid_.qty(order.qty)};
        book_.emplace(order.cl_ord_id, resting);
        report(resting, ExecType::new_, OrdStatus::new_, QtyAtoms{});
    }
    void remove(ClOrdId id) {
        const auto found = book_.find(id);
        if (found == book_.end()) {
            return;
        }
        const Resting resting = found->second;
        book_.erase(found);
        report(resting, ExecType::canceled, OrdStatus::canceled, QtyAtoms{});
    }
    void report(const Resting& resting, ExecType type, OrdStatus status, QtyAtoms filled) {
        ExecutionReport report;
        report.cl_ord_id = resting.order.cl_ord_id;
        report.order_id = resting.id;
        report.exec_id = ExecId{++executions_};
        report.exec_type = type;
        report.status = status;
        report.instrument = resting.order.instrument;
        report.order_qty = *grid_.qty(resting.order.qty);
        report.bits = ExecutionReport::pack(ReportSource::stream_primary, true, resting.order.side);
        if (type == ExecType::trade) {
            report.trade = TradeId{static_cast<std::int64_t>(executions_)};
            report.last_qty = filled;
            report.last_price = resting.price;
            report.cum_qty = filled;
            report.fee_asset = AssetId{1};
        }
        answer(report);
    }

    Instrument grid_;
    std::map<ClOrdId, Resting> book_;
    std::deque<Event> answers_;
    std::uint64_t executions_{};
};

/// The instrument of the shipped recording.
inline InstrumentDefinition btcusdt_definition() {
    InstrumentDefinition definition;
    definition.tick = PriceAtoms{1'000'000};
    definition.lot = QtyAtoms{1'000};
    definition.price_min = PriceAtoms{1'000'000};
    definition.price_max = PriceAtoms{100'000'000'000'000};
    definition.qty_min = QtyAtoms{1'000};
    definition.qty_max = QtyAtoms{900'000'000'000};
    definition.notional_min_atoms = 5 * atoms_per_unit;
    definition.notional_max_atoms = 9'000'000 * atoms_per_unit;
    definition.version = 1;
    definition.instrument = InstrumentId{0};
    definition.base = AssetId{0};
    definition.quote = AssetId{1};
    definition.orders_max = 200;
    definition.status = InstrumentStatus::trading;
    definition.amend_allowed = 1;
    return definition;
}

inline strategies::StrategyConfig ladder_config() {
    strategies::StrategyConfig config;
    config.name = "ladder";
    config.instrument = InstrumentId{0};
    config.quoting = {2, 50, 50, milliseconds(50), milliseconds(2000)};
    config.ladder = {3, 0.2, 0.3, 500'000, 2.0, 20'000'000};
    return config;
}

inline risk::GateConfig gate_config(Epoch epoch) {
    risk::GateConfig config;
    config.epoch = epoch;
    config.risk_currency = AssetId{1};
    config.baselines[0] = AmountAtoms{int128{100} * atoms_per_unit};
    config.baselines[1] = AmountAtoms{int128{10'000'000} * atoms_per_unit};
    risk::Limits& limits = config.limits;
    limits.version = 1;
    limits.firm = {200'000'000'000, 100, 100, 500, 10'000, 50'000'000};
    limits.venue[0] = {100};
    limits.instrument[0] = {5'000'000,     5'000'000'000, 100, 10'000'000,
                            5'000'000'000, 5'000'000'000, 50};
    limits.strategy[0] = {1, 50, 100, 500, 10'000};
    return config;
}

inline CoreConfig core_config(Epoch epoch) {
    CoreConfig config;
    config.epoch = epoch;
    config.instrument_count = 1;
    config.asset_count = 2;
    config.risk_currency = AssetId{1};
    config.instruments[0].quote_age_max = milliseconds(5000);
    config.instruments[0].feed_silence_max = milliseconds(5000);
    config.baselines[0] = int128{100} * atoms_per_unit;
    config.baselines[1] = int128{10'000'000} * atoms_per_unit;
    return config;
}

/// Keeps every record, as the journal would.
struct MemoryJournal {
    std::vector<Event>* records{};
    std::uint64_t seq{};
    bool append(Event& event) noexcept {
        event.header.seq = ++seq;
        event.header.size = sizeof(Event);
        if (records != nullptr) {
            records->push_back(event);
        }
        return true;
    }
};

template <class Journal = MemoryJournal>
class CoreRig {
public:
    using Core = TradingCore<strategies::StrategySet, risk::RiskGate, SimVenue, Journal>;

    explicit CoreRig(Journal& journal)
        : strategy_configs_{ladder_config()},
          strategies_(strategy_configs_),
          gate_(std::make_unique<risk::RiskGate>(gate_config(Epoch{1}))),
          venue_(grid()),
          core_(std::make_unique<Core>(core_config(Epoch{1}), strategies_, *gate_, venue_,
                                       journal)) {}

    static Instrument grid() {
        const InstrumentDefinition d = btcusdt_definition();
        Instrument instrument;
        instrument.version = d.version;
        instrument.tick = d.tick;
        instrument.lot = d.lot;
        return instrument;
    }

    /// Steps one input and then everything that the venue answers to it.
    void feed(Event event) {
        if (event.header.mono >= next_timer_) {
            next_timer_ = event.header.mono + milliseconds(10);
            Event timer =
                Event::of(Timer{++timers_}, event.header.mono, WallNs{event.header.mono.value});
            step(timer);
        }
        if (event.header.type == EventType::top_of_book) {
            venue_.on_top(event.template as<TopOfBook>());  // the venue trades before we hear of it
        }
        step(event);
        Event reply;
        while (venue_.pop(reply, event.header.mono)) {
            step(reply);
        }
    }
    template <EventPayload T>
    void feed(const T& body, MonoNs now) {
        feed(Event::of(body, now, WallNs{now.value}));
    }
    /// Definition, sessions up, reconciled.
    void start(MonoNs now) {
        feed(btcusdt_definition(), now);
        feed(SessionState{Session::orders, SessionStatus::ready, 0, {}}, now);
        feed(SessionState{Session::account_primary, SessionStatus::ready, 0, {}}, now);
    }
    void step(Event& event) {
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core_->step(event);
    }

    Core& core() { return *core_; }
    risk::RiskGate& gate() { return *gate_; }
    SimVenue& venue() { return venue_; }

private:
    std::vector<strategies::StrategyConfig> strategy_configs_;
    strategies::StrategySet strategies_;
    std::unique_ptr<risk::RiskGate> gate_;
    SimVenue venue_;
    std::unique_ptr<Core> core_;
    MonoNs next_timer_{};
    std::uint64_t timers_{};
};

}  // namespace portcullis::tests
