// order.amend.keepPriority through the agent: the frame, each answer of the page, the account
// stream, and what becomes of an amend without an answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/orders/order_store.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::ExecType;
using engine::ExecutionReport;
using engine::OrdStatus;
using engine::QtyAtoms;
using engine::RejectReason;
using engine::RequestFate;
using engine::RequestOutcome;
using testing::ElementsAre;

/// An order of 0.001 is open at the venue as number 7, and its amend to 0.0005 has left.
struct AmendWorld : AgentWorld {
    engine::ClOrdId order;
    std::string frame;

    AmendWorld() {
        gate.filters().amend_allowed = true;
        start_ready();
        order = submit();
        turn();
        answer(primary.wire(), 200, ack(order, 7));
        on_both(event(order, 7, "NEW", "NEW"));
        turn(2);
        gate.set_qty(risk::coin / 2000);
        (void)submit(order, engine::ReplaceMode::amend_in_place);
        turn();
        frame = primary.wire().sent.back();
        events.clear();
    }
    void answer_amend(int status, const std::string& tail) {
        answer_to_frame(primary.wire(), frame, status, tail);
        turn();
    }
    [[nodiscard]] std::string amended(const std::string& client_id, const std::string& orig_id,
                                      const std::string& status = "NEW",
                                      const std::string& cum = "0.00000000") const {
        return R"("result":{"transactTime":1741923284382,"executionId":16,"amendedOrder":{)"
               R"("symbol":"BTCUSDT","orderId":7,"orderListId":-1,"origClientOrderId":")" +
               orig_id + R"(","clientOrderId":")" + client_id +
               R"(","price":"60000.00000000","qty":"0.00050000","executedQty":")" + cum +
               R"(","preventedQty":"0.00000000","quoteOrderQty":"0.00000000",)"
               R"("cumulativeQuoteQty":"0.00000000","status":")" +
               status +
               R"(","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1741923284364,)"
               R"("selfTradePreventionMode":"NONE"}})";
    }
    [[nodiscard]] std::string replaced_event(const std::string& c, const std::string& C) const {
        return R"({"subscriptionId":0,"event":{"e":"executionReport","E":1,"s":"BTCUSDT","c":")" +
               c +
               R"(","S":"BUY","o":"LIMIT","f":"GTC","q":"0.00050000","p":"60000.00000000","C":")" +
               C +
               R"(","x":"REPLACED","X":"NEW","r":"NONE","i":7,"l":"0.00000000","z":"0.00000000",)"
               R"("L":"0.00000000","n":"0","N":null,"T":1700000000100,"t":-1,"I":78,"m":false}})";
    }
    [[nodiscard]] RequestOutcome last_outcome() const { return all<RequestOutcome>().back(); }
};

constexpr QtyAtoms whole{risk::coin / 1000};
constexpr QtyAtoms half{risk::coin / 2000};

TEST(Amend, KeepsTheNumberTheIdAndThePlaceOfTheOrder) {
    AmendWorld world;
    EXPECT_EQ(world.frame,
              R"({"id":)" + field(world.frame, "id") +
                  R"(,"method":"order.amend.keepPriority","params":{"newClientOrderId":")" +
                  world.id_text(world.order) + R"(","newQty":"0.00050","origClientOrderId":")" +
                  world.id_text(world.order) +
                  R"(","recvWindow":1000,"symbol":"BTCUSDT","timestamp":)" +
                  field(world.frame, "timestamp") + "}}");
}

TEST(Amend, IsAcceptedWithTheOrderAsItStandsNow) {
    AmendWorld world;
    const std::string id = world.id_text(world.order);
    world.answer_amend(200, world.amended(id, id, "PARTIALLY_FILLED", "0.00020000"));
    EXPECT_EQ(world.last_outcome().fate, RequestFate::accepted);
    EXPECT_EQ(world.last_outcome().cl_ord_id, world.order) << "not the id of the request";
    EXPECT_EQ(world.last_outcome().kind, engine::RequestKind::amend);
    const auto reports = world.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].cl_ord_id, world.order);
    EXPECT_EQ(reports[0].order_id, engine::OrderId{7});
    EXPECT_EQ(reports[0].exec_id, engine::ExecId{16});
    EXPECT_EQ(reports[0].exec_type, ExecType::replaced);
    EXPECT_EQ(reports[0].status, OrdStatus::partially_filled);
    EXPECT_EQ(reports[0].order_qty, half);
    EXPECT_EQ(reports[0].cum_qty, QtyAtoms{risk::coin / 5000});
    EXPECT_EQ(reports[0].source(), engine::ReportSource::answer);
}

// As on the page, where the venue made up a new id: the order is known by the one that it had.
TEST(Amend, IsKnownByTheIdThatTheOrderHadWhenTheVenueMadeUpANewOne) {
    AmendWorld world;
    world.on_both(world.replaced_event("4zR9HFcEq8gM1tWUqPEUHc", world.id_text(world.order)));
    world.turn(2);
    world.answer_amend(200, world.amended("4zR9HFcEq8gM1tWUqPEUHc", world.id_text(world.order)));
    const auto reports = world.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 3U);
    for (const ExecutionReport& report : reports) {
        EXPECT_EQ(report.cl_ord_id, world.order);
        EXPECT_EQ(report.exec_type, ExecType::replaced);
        EXPECT_EQ(report.status, OrdStatus::new_);
        EXPECT_EQ(report.order_qty, half);
    }
    EXPECT_TRUE(world.all<engine::Sighting>().empty());
}

TEST(Amend, OfAnotherOrderIsNoAcceptanceOfOurs) {
    AmendWorld world;
    world.answer_amend(200, world.amended("x", "stranger"));
    EXPECT_EQ(world.last_outcome().fate, RequestFate::unknown);
    EXPECT_EQ(world.all<engine::Sighting>().size(), 1U);
    EXPECT_TRUE(world.all<ExecutionReport>().empty());
}

TEST(Amend, EveryRefusalOfThePageHasItsReasonAndLeavesTheOrderAsItIs) {
    const struct {
        int status;
        const char* error;
        RequestFate fate;
        RejectReason reason;
    } rows[] = {
        {400, R"("code":-2038,"msg":"Unknown order sent.")", RequestFate::rejected,
         RejectReason::unknown_order},
        {400, R"("code":-2038,"msg":"Market is closed.")", RequestFate::rejected,
         RejectReason::market_closed},
        {400, R"("code":-2038,"msg":"The requested action would change no state; rejecting.")",
         RequestFate::rejected, RejectReason::bad_request},
        {400, R"("code":-2038,"msg":"Order amend is not supported for this symbol.")",
         RequestFate::rejected, RejectReason::bad_request},
        {400, R"("code":-2038,"msg":"Order amend (quantity increase) is not supported.")",
         RequestFate::rejected, RejectReason::bad_request},
        {400, R"("code":-2038,"msg":"Duplicate order sent.")", RequestFate::rejected,
         RejectReason::duplicate_order},
        {400, R"("code":-2038,"msg":"Something new.")", RequestFate::rejected, RejectReason::other},
        {400, R"("code":-2038,"msg":"Filter failure: MAX_NUM_ORDER_AMENDS")", RequestFate::rejected,
         RejectReason::filter},
        {400, R"("code":-1013,"msg":"Filter failure: LOT_SIZE")", RequestFate::rejected,
         RejectReason::filter},
        {400, R"("code":-2039,"msg":"Client order ID is not correct for this order ID")",
         RequestFate::rejected, RejectReason::order_mismatch},
        {400, R"("code":-1021,"msg":"Timestamp for this request is outside of the recvWindow.")",
         RequestFate::rejected, RejectReason::outside_time},
        {429, R"("code":-1003,"msg":"Too much request weight used.")", RequestFate::rejected,
         RejectReason::rate_limited},
        {400, R"("code":-1007,"msg":"Timeout waiting for response from backend server.")",
         RequestFate::unknown, RejectReason::none},
        {500, R"("code":-1000,"msg":"x")", RequestFate::unknown, RejectReason::none},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.error);
        AmendWorld world;
        world.answer_amend(row.status, R"("error":{)" + std::string(row.error) + "}");
        EXPECT_EQ(world.last_outcome().fate, row.fate);
        EXPECT_EQ(world.last_outcome().reason, row.reason);
        EXPECT_EQ(world.last_outcome().cl_ord_id, world.order);
        EXPECT_EQ(world.last_outcome().kind, engine::RequestKind::amend);
        EXPECT_TRUE(world.all<ExecutionReport>().empty());
    }
}

TEST(Amend, AnAnswerThatCannotBeReadExactlyIsUnknown) {
    const std::string results[] = {
        R"("result":{"transactTime":1,"executionId":16})",
        R"("result":{"transactTime":1,"executionId":"16","amendedOrder":{}})",
        R"("result":{"executionId":16,"amendedOrder":{"symbol":"BTCUSDT","orderId":7}})",
        R"("result":[])",
    };
    for (const std::string& result : results) {
        SCOPED_TRACE(result);
        AmendWorld world;
        world.answer_amend(200, result);
        EXPECT_EQ(world.last_outcome().fate, RequestFate::unknown);
        EXPECT_EQ(world.last_outcome().cl_ord_id, world.order);
    }
}

/// The core's table beside the agent: what it believes after each event.
struct AmendedStore {
    engine::OrderStore store{
        {engine::milliseconds(1'000), engine::milliseconds(2'000), engine::milliseconds(500)}};
    engine::OrderSlot slot{};
    const AmendWorld& world;
    explicit AmendedStore(const AmendWorld& of) : world(of) {
        store.start(engine::Epoch{7});
        slot = *store.free_slot();
        engine::NewOrderSingle order;
        order.cl_ord_id = world.order;
        order.instrument = risk::btcusdt;
        order.strategy = engine::StrategyId{0};
        store.open(slot, order, engine::PriceAtoms{60'000 * risk::coin}, whole, engine::no_order,
                   world.now);
        ExecutionReport open;
        open.cl_ord_id = world.order;
        open.order_id = engine::OrderId{7};
        open.order_qty = whole;
        open.instrument = risk::btcusdt;
        open.exec_type = ExecType::new_;
        open.status = OrdStatus::new_;
        (void)store.apply(open, world.now);
        store.mark_amend(slot, half);
    }
    engine::Applied hear(const std::vector<engine::Event>& events) {
        engine::Applied last;
        for (const engine::Event& event : events) {
            if (event.header.type == engine::EventType::execution_report) {
                last = store.apply(event.as<ExecutionReport>(), world.now);
            } else if (event.header.type == engine::EventType::request_outcome) {
                last = store.apply(event.as<RequestOutcome>(), world.now);
            }
            EXPECT_TRUE(last.anomalies.none());
        }
        return last;
    }
    [[nodiscard]] const engine::Order& order() const { return store.at(slot); }
};

TEST(Amend, ARefusalKeepsTheWholeQuantityReserved) {
    AmendWorld world;
    AmendedStore core(world);
    world.answer_amend(400, R"("error":{"code":-2038,"msg":"Market is closed."})");
    const auto applied = core.hear(world.events);
    EXPECT_EQ(core.order().leaves(), whole);
    EXPECT_FALSE(core.order().replace_pending);
    EXPECT_EQ(applied.replace_ended, world.order);
    EXPECT_FALSE(core.store.needs_query(core.slot, world.now));
}

TEST(Amend, WithoutAnAnswerIsUnknownKeepsTheLargerAndIsResolvedByAQuestionUnderTheOrdersId) {
    AmendWorld world;
    AmendedStore core(world);
    world.turn(1'100);
    EXPECT_THAT(world.fates(world.order), ElementsAre(RequestFate::unknown));
    core.hear(std::exchange(world.events, {}));
    EXPECT_EQ(core.order().leaves(), whole);
    EXPECT_FALSE(core.order().replace_pending);
    ASSERT_TRUE(core.store.needs_query(core.slot, world.now));
    world.push(engine::OrderStatusRequest{world.order, {}, world.now, risk::btcusdt, {}});
    world.turn();
    const std::string question = world.primary.wire().sent.back();
    EXPECT_EQ(field(question, "method"), "order.status");
    EXPECT_EQ(field(question, "origClientOrderId"), world.id_text(world.order));
    // It had taken effect, and a part was filled since.
    std::string row = world.order_body(world.order, 7, "PARTIALLY_FILLED", "0.00020000");
    row.replace(row.find("0.00100000"), 10, "0.00050000");
    world.answer(world.primary.wire(), 200, R"("result":)" + row);
    world.turn();
    const auto applied = core.hear(std::exchange(world.events, {}));
    EXPECT_TRUE(applied.leaves_reduced);
    EXPECT_EQ(core.order().qty, half);
    EXPECT_EQ(core.order().leaves(), half) << "the fill itself comes by the stream";
    EXPECT_EQ(core.order().status, OrdStatus::partially_filled);
    // The late answer says nothing new.
    const std::string id = world.id_text(world.order);
    world.answer_amend(200, world.amended(id, id, "NEW"));
    core.hear(world.events);
    EXPECT_EQ(core.order().leaves(), half);
    EXPECT_EQ(core.order().status, OrdStatus::partially_filled);
}

TEST(Amend, WithoutItsEventOnAStreamThatStreamIsMute) {
    AmendWorld world;
    const std::string id = world.id_text(world.order);
    world.answer_amend(200, world.amended(id, id));
    world.primary.wire().deliver(world.replaced_event(id, id));
    world.turn(2'100);
    std::vector<std::pair<engine::Session, engine::SessionStatus>> mutes;
    for (const auto& state : world.all<engine::SessionState>()) {
        if (state.status == engine::SessionStatus::mute) {
            mutes.emplace_back(state.session, state.status);
        }
    }
    EXPECT_THAT(mutes, ElementsAre(std::pair{engine::Session::account_secondary,
                                             engine::SessionStatus::mute}));
}

}  // namespace
}  // namespace portcullis::gateways::binance
