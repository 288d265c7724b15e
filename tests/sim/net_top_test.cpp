// What the core shows a strategy as the market: never its own quote, not while the request is on
// its way, not while it rests, and not when it is filled or cancelled and the book has yet to tell.
#include <gtest/gtest.h>

#include "tests/sim/core_rig.hpp"

namespace portcullis::tests {
namespace {

/// Does as it is told once, and notes what it is shown.
struct Probe {
    std::vector<Action> next;
    NetTop seen;
    std::size_t working{};

    [[nodiscard]] std::size_t count() const noexcept { return 1; }
    [[nodiscard]] InstrumentId instrument(StrategyId) const noexcept { return InstrumentId{0}; }
    void quote(StrategyId, const StrategyView& view, ActionList& actions) noexcept {
        seen = view.top;
        working = view.working.size();
        for (const Action& action : next) {
            (void)actions.push(action);
        }
        next.clear();
        if (working != 0) {
            last = view.working.front().cl_ord_id;
        }
    }
    void on_trade(StrategyId, const TradePrint&, MonoNs) noexcept {}
    void on_fill(StrategyId, const OwnFill&, MonoNs) noexcept {}
    void on_refused(StrategyId, const Refusal&, MonoNs) noexcept { ++refused; }
    void hash(StateHasher&) const noexcept {}
    ClOrdId last{};
    std::size_t refused{};
};

class CoreNetTop : public testing::Test {
protected:
    using Core = TradingCore<Probe, risk::RiskGate, SimVenue, MemoryJournal>;

    void SetUp() override {
        feed(btcusdt_definition());
        feed(SessionState{Session::orders, SessionStatus::ready, 0, {}});
        feed(SessionState{Session::account_primary, SessionStatus::ready, 0, {}});
        answers();
        BookDelta book;
        book.instrument = InstrumentId{0};
        book.first_update = book.last_update = UpdateId{10};
        book.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
        book.level_count = 3;
        book.ask_mask = 2;
        book.levels[0] = bid(100, 5);
        book.levels[1] = bid(110, 5);
        book.levels[2] = bid(98, 6);
        feed(book);
        ASSERT_TRUE(core.reconciled(OrderAgentId{}));
        look();  // takes the first marks
    }
    static BookLevel bid(std::int64_t price, std::int64_t qty) {
        return {PriceAtoms{price * atoms_per_unit}, QtyAtoms{qty * lot}};
    }
    template <EventPayload T>
    void feed(const T& body) {
        Event event = Event::of(body, now, WallNs{now.value});
        step(event);
    }
    void step(Event& event) {
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core.step(event);
    }
    void answers() {
        Event reply;
        while (venue.pop(reply, now)) {
            step(reply);
        }
    }
    void top(BookLevel best_bid, BookLevel best_ask) {
        TopOfBook body;
        body.update = UpdateId{++update};
        body.bid = best_bid;
        body.ask = best_ask;
        body.instrument = InstrumentId{0};
        feed(body);
    }
    void look() { feed(Timer{1}); }
    void buy(std::int64_t price, std::int64_t qty) {
        Action action;
        action.side = Side::buy;
        action.price = PriceTicks{price * 100};
        action.qty = QtyLots{qty * lot / 1000};
        probe.next = {action};
        look();
        ASSERT_EQ(probe.refused, 0U);
    }

    static constexpr std::int64_t lot = 10'000'000;  // 0.1 BTC
    static risk::GateConfig wide_gate() {
        risk::GateConfig config = gate_config(Epoch{1});
        config.limits.instrument[0].order_qty_atoms_max = 100 * lot;
        config.limits.instrument[0].collar_bps_max = 5'000;
        config.limits.instrument[0].position_atoms_max = 1'000 * lot;
        return config;
    }
    Probe probe;
    MemoryJournal journal;
    risk::RiskGate gate{wide_gate()};
    SimVenue venue{CoreRig<>::grid()};
    Core core{core_config(Epoch{1}), probe, gate, venue, journal};
    MonoNs now{1'000'000'000};
    std::uint64_t update{10};
};

TEST_F(CoreNetTop, AnOrderOnItsWayIsNotTakenForTheMarket) {
    buy(101, 2);                    // sent, no answer yet
    top(bid(101, 2), bid(110, 5));  // the ticker is faster than the acknowledgement
    EXPECT_EQ(probe.seen.bid, bid(100, 5));
    top(bid(101, 1), bid(110, 5));  // less than ours: somebody else's, ours is not there yet
    EXPECT_EQ(probe.seen.bid, bid(101, 1));
}

TEST_F(CoreNetTop, ARestingOrderIsNotTakenForTheMarket) {
    buy(101, 2);
    answers();
    top(bid(101, 3), bid(110, 5));
    EXPECT_EQ(probe.seen.bid, bid(101, 1));
    top(bid(101, 2), bid(110, 5));
    EXPECT_EQ(probe.seen.bid, bid(100, 5));
}

TEST_F(CoreNetTop, AFilledOrderIsNotTakenForTheMarketUntilTheBookCanTell) {
    buy(101, 2);
    answers();
    top(bid(101, 2), bid(110, 5));
    TopOfBook reaches;
    reaches.instrument = InstrumentId{0};
    reaches.ask = bid(101, 1);
    venue.on_top(reaches);  // filled there; the report overtakes the ticker
    answers();
    ASSERT_EQ(core.counters().fills_buy, 1U);
    look();
    EXPECT_EQ(probe.working, 0U);
    EXPECT_EQ(probe.seen.bid, bid(100, 5));
    now = now + milliseconds(200);  // two depth intervals: whoever is there now is not us
    top(bid(101, 2), bid(110, 5));
    EXPECT_EQ(probe.seen.bid, bid(101, 2));
}

TEST_F(CoreNetTop, ACancelledOrderIsNotTakenForTheMarketUntilTheBookCanTell) {
    buy(101, 2);
    answers();
    top(bid(101, 2), bid(110, 5));
    Action cancel;
    cancel.kind = ActionKind::cancel;
    cancel.target = probe.last;
    probe.next = {cancel};
    look();
    answers();
    look();
    EXPECT_EQ(probe.working, 0U);
    EXPECT_EQ(probe.seen.bid, bid(100, 5));
    now = now + milliseconds(200);
    top(bid(101, 2), bid(110, 5));
    EXPECT_EQ(probe.seen.bid, bid(101, 2));
}

}  // namespace
}  // namespace portcullis::tests
