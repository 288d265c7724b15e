// A kill while the order connection is down: the production core, gate and order agent, and a venue
// behind fake transports. The second connection alone must bring the proof that nothing is left.
#include <gtest/gtest.h>

#include "tests/gateways/binance/agent_world.hpp"
#include "tests/sim/core_rig.hpp"

namespace portcullis::tests {
namespace {

using gateways::binance::AgentWorld;
using gateways::binance::field;
using gateways::binance::Wire;

/// Buys as often as it is told.
struct Buyer {
    int left{};
    [[nodiscard]] std::size_t count() const noexcept { return 1; }
    [[nodiscard]] InstrumentId instrument(StrategyId) const noexcept { return InstrumentId{0}; }
    void quote(StrategyId, const StrategyView&, ActionList& actions) noexcept {
        if (left > 0) {
            --left;
            Action action;
            action.side = Side::buy;
            action.price = PriceTicks{6'000'000 - 1 + left};
            action.qty = QtyLots{100};
            (void)actions.push(action);
        }
    }
    void on_trade(StrategyId, const TradePrint&, MonoNs) noexcept {}
    void on_fill(StrategyId, const OwnFill&, MonoNs) noexcept {}
    void on_refused(StrategyId, const Refusal&, MonoNs) noexcept { ++refused; }
    void hash(StateHasher&) const noexcept {}
    int refused{};
};

/// The way of the live engine, less its kill page.
struct Ring {
    AgentWorld& world;
    int kills{};
    template <class T>
    void submit(OrderAgentId, risk::Approved<T>&& approved) noexcept {
        verify(world.requests.try_push(gateways::Outbound{std::move(approved)}));
    }
    void cancel(OrderAgentId, const OrderCancelRequest& request) { world.push(request); }
    void mass_cancel(OrderAgentId, const OrderMassCancelRequest& request) { world.push(request); }
    void status(OrderAgentId, const OrderStatusRequest& request) { world.push(request); }
    void open_orders(OrderAgentId, const OpenOrdersRequest& request) { world.push(request); }
    void resync(InstrumentId, ResetReason) {}
    void reconcile(OrderAgentId, const ReconcileRequest& request) {
        world.agent->request_reconcile(request);
    }
    void kill(Scope, std::uint16_t) { ++kills; }
};

class KillWithOneConnection : public testing::Test {
protected:
    void SetUp() override {
        journal.records = &records;
        world.settings.gate_epoch = Epoch{7};
        world.results["account.status"] =
            R"({"balances":[{"asset":"BTC","free":"100","locked":"0"},)"
            R"({"asset":"USDT","free":"10000000","locked":"0"}]})";
        world.start();
        rounds(40);
        ASSERT_TRUE(core.reconciled(OrderAgentId{}));
    }
    [[nodiscard]] std::string denials() const {
        std::string reasons;
        for (const Event& event : records) {
            if (event.header.type == EventType::order_denied) {
                reasons += std::to_string(event.as<OrderDenied>().reason) + " ";
            }
        }
        return reasons;
    }
    template <EventPayload T>
    void feed(const T& body) {
        Event event = Event::of(body, world.now, world.wall());
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core.step(event);
    }
    /// One turn of the agent and of the core a millisecond; the market is told to be alive.
    void rounds(int count) {
        for (int i = 0; i < count; ++i) {
            world.turn();
            for (Event& event : std::exchange(world.events, {})) {
                event.header.flags = EventFlags::request_room | EventFlags::journal_room;
                core.step(event);
            }
            feed(FeedAlive{1, 0, {}});
            feed(Timer{1});
        }
    }
    void show_book() {
        BookDelta book;
        book.instrument = InstrumentId{0};
        book.first_update = book.last_update = UpdateId{10};
        book.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
        book.level_count = 2;
        book.ask_mask = 2;
        book.levels[0] = {PriceAtoms{59'990 * atoms_per_unit}, QtyAtoms{atoms_per_unit}};
        book.levels[1] = {PriceAtoms{60'010 * atoms_per_unit}, QtyAtoms{atoms_per_unit}};
        feed(book);
    }
    [[nodiscard]] std::size_t drains() const {
        return static_cast<std::size_t>(std::count_if(
            records.begin(), records.end(),
            [](const Event& event) { return event.header.type == EventType::drain_completed; }));
    }
    [[nodiscard]] std::vector<std::string> orders_sent() {
        std::vector<std::string> found;
        for (const std::string& frame : world.primary.wire().sent) {
            if (field(frame, "method") == "order.place") {
                found.push_back(frame);
            }
        }
        return found;
    }

    static risk::GateConfig wide_gate() {
        risk::GateConfig config = gate_config(Epoch{7});
        config.limits.instrument[0].collar_bps_max = 100;
        return config;
    }
    AgentWorld world;
    Buyer strategy;
    std::vector<Event> records;
    MemoryJournal journal;
    risk::RiskGate gate{wide_gate()};
    Ring ring{world};
    TradingCore<Buyer, risk::RiskGate, Ring, MemoryJournal> core{core_config(Epoch{7}), strategy,
                                                                 gate, ring, journal};
};

TEST_F(KillWithOneConnection, IsCompleteWithTheProofOfTheSecondAlone) {
    show_book();
    rounds(1'100);  // the first marks are taken
    strategy.left = 2;
    rounds(20);
    const auto sent = orders_sent();
    ASSERT_EQ(sent.size(), 2U) << "denied: " << denials();
    Wire& first = world.primary.wire();
    Wire& second = world.secondary.wire();
    const ClOrdId known = ClOrdId::of(Epoch{7}, 1);
    world.answer_to_frame(first, sent[0], 200, world.ack(known, 5));
    world.on_both(world.event(known, 5, "NEW", "NEW"));
    rounds(2);
    const MonoNs last_sent = world.now;

    // The order connection goes and does not come back; what became of the second order is unknown.
    world.primary.refuse = true;
    first.state = gateways::TransportState::closed;
    rounds(2);
    ASSERT_EQ(core.orders().unanswered(), 1U);
    ASSERT_TRUE(core.orders().find(ClOrdId::of(Epoch{7}, 2)).has_value());
    world.results["order.status"] =
        R"("status":400,"error":{"code":-2013,"msg":"Order does not exist."})";
    world.results["openOrders.cancelAll"] =
        "[" + world.order_body(known, 5, "CANCELED", "0.00000000", true) + "]";
    world.kill.value = 1;
    feed(KillChanged{1, 0, Scope::firm, 0});
    rounds(5);
    second.deliver(world.event(known, 5, "CANCELED", "CANCELED"));
    EXPECT_GE(world.count(second, "openOrders.cancelAll"), 1U);

    const MonoNs expiry = last_sent + milliseconds(1'995);  // recvWindow and margin, almost
    while (world.now < expiry) {
        rounds(1);
        ASSERT_EQ(drains(), 0U) << "too early to be a proof";
    }
    rounds(3'000);
    EXPECT_EQ(drains(), 1U);
    EXPECT_TRUE(core.drained());
    EXPECT_EQ(core.orders().live(), 0U);
    EXPECT_FALSE(world.agent->primary().ready());
    EXPECT_GE(world.count(second, "order.status"), 2U) << "two times not found, after its expiry";
    EXPECT_GE(world.count(second, "openOrders.status"), 1U);
    EXPECT_EQ(ring.kills, 0);
}

}  // namespace
}  // namespace portcullis::tests
