// The last look, and everything that can become of an order between the ring and its answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateways/binance/rest_snapshots.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::ExecutionReport;
using engine::RequestFate;
using engine::RequestOutcome;
using testing::ElementsAre;

TEST(OrderAgent, SendsAnApprovedOrderAndReportsSentThenAccepted) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    const std::string& frame = world.primary.wire().sent.back();
    EXPECT_EQ(field(frame, "method"), "order.place");
    EXPECT_EQ(field(frame, "newClientOrderId"), world.id_text(id));
    EXPECT_EQ(field(frame, "price"), "60000.00");
    EXPECT_EQ(field(frame, "quantity"), "0.00100");
    EXPECT_EQ(field(frame, "recvWindow"), "1000");
    world.answer(world.primary.wire(), 200, world.ack(id, 12));
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent, RequestFate::accepted));
    const auto sent = world.all<RequestOutcome>().front();
    EXPECT_GT(sent.sent.value, 0);
    EXPECT_EQ(sent.venue_expiry.value / ms, std::stoll(field(frame, "timestamp")) + 1000);
    const auto reports = world.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].order_id.value, 12U);
    EXPECT_EQ(reports[0].order_qty.value, risk::coin / 1000);
    EXPECT_EQ(world.agent->in_flight(), 0U);
    EXPECT_EQ(world.egress.causes.back(), world.gate.order.cause);
}

TEST(OrderAgent, RefusesAnOrderWhoseKillStampHasMovedBeforeEncoding) {
    AgentWorld world;
    world.start_ready();
    world.kill.value = 1;
    const auto id = world.submit();
    const auto before = world.primary.wire().sent.size();
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::not_sent_killed));
    EXPECT_EQ(world.primary.wire().sent.size(), before);
}

TEST(OrderAgent, RefusesAnOrderWhenTheKillComesBetweenEncodingAndSending) {
    AgentWorld world;
    world.start_ready();
    world.kill.changes_at_call = world.kill.calls + 1;  // the first look passes, the second not
    const auto id = world.submit();
    const auto before = world.primary.wire().sent.size();
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::not_sent_killed));
    EXPECT_EQ(world.primary.wire().sent.size(), before);
    EXPECT_EQ(world.agent->in_flight(), 0U);
}

TEST(OrderAgent, EveryLookIsAtAllScopesOfTheOrder) {
    AgentWorld world;
    world.settings.venue = engine::VenueId{2};
    world.settings.account = engine::AccountId{3};
    world.settings.credential = engine::CredentialId{5};
    world.start_ready();
    const auto expect_asked = [&world] {
        const engine::OrderScopes asked =
            std::exchange(world.kill.asked, {.strategy = engine::no_strategy});
        EXPECT_EQ(asked.venue, world.settings.venue);
        EXPECT_EQ(asked.account, world.settings.account);
        EXPECT_EQ(asked.credential, world.settings.credential);
        EXPECT_EQ(asked.strategy, world.gate.order.strategy);
        EXPECT_EQ(asked.instrument, world.gate.order.instrument);
    };
    world.kill.value = 1;
    world.submit();
    world.turn();
    expect_asked();
    world.kill.value = 0;
    world.primary.wire().block_next = true;
    world.submit();
    world.turn();
    expect_asked();
    world.turn();  // the bytes that wait
    expect_asked();
}

TEST(OrderAgent, StopsTheLineAtAnApprovalOutOfOrderAndStillCancels) {
    AgentWorld world;
    world.start_ready();
    const auto first = world.submit();
    world.skip_one();
    const auto third = world.submit();
    const auto fourth = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(first), ElementsAre(RequestFate::sent));
    EXPECT_THAT(world.fates(third), ElementsAre(RequestFate::not_sent_sequence));
    EXPECT_THAT(world.fates(fourth), ElementsAre(RequestFate::not_sent_sequence));
    EXPECT_TRUE(world.agent->line_stopped());
    world.cancel(first);
    world.turn();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "method"), "order.cancel");
}

TEST(OrderAgent, TakesNoApprovalOfAnotherGateEpoch) {
    AgentWorld world;
    world.settings.gate_epoch = engine::Epoch{8};
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::not_sent_sequence));
}

TEST(OrderAgent, RefusesAnOrderAtItsDeadline) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn(1, 50 * ms);
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::not_sent_deadline));
}

// A stop of the process in the middle of a step: the step's own time does not know of it.
TEST(OrderAgent, LooksAtTheClockAgainRightBeforeTheBytesLeave) {
    for (const std::int64_t after : {-1, 0}) {
        AgentWorld world;
        world.start_ready();
        const auto id = world.submit();
        world.egress.time = engine::MonoNs{world.now.value + 50 * ms + after};
        const std::size_t frames = world.primary.wire().sent.size();
        world.agent->do_work(world.now, world.wall());
        world.drain();
        EXPECT_THAT(world.fates(id),
                    ElementsAre(after < 0 ? RequestFate::sent : RequestFate::not_sent_deadline));
        EXPECT_EQ(world.primary.wire().sent.size(), frames + (after < 0 ? 1 : 0));
        EXPECT_EQ(world.agent->in_flight(), after < 0 ? 1U : 0U);
    }
}

TEST(OrderAgent, RefusesOrdersWithoutASession) {
    AgentWorld world;
    world.primary.refuse = true;
    world.start();
    world.turn(5);
    const auto id = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::not_sent_disconnected));
}

TEST(OrderAgent, EncodesNothingWhileASocketBlocksAndDeadlinesEndWhatWaits) {
    AgentWorld world;
    world.start_ready();
    Wire& wire = world.primary.wire();
    wire.block_next = true;
    const auto first = world.submit();
    const auto second = world.submit();
    world.turn();
    const auto sent = wire.sent.size();
    EXPECT_TRUE(world.fates(first).empty()) << "not sent while bytes are pending";
    world.turn(10);
    EXPECT_EQ(wire.sent.size(), sent);
    EXPECT_TRUE(world.fates(second).empty());
    world.turn(1, 50 * ms);
    EXPECT_THAT(world.fates(second), ElementsAre(RequestFate::not_sent_deadline));
    wire.pending = 0;
    world.turn();
    EXPECT_THAT(world.fates(first), ElementsAre(RequestFate::sent));
}

TEST(OrderAgent, SendsAWaitingOrderWhenTheSocketIsFreeAgain) {
    AgentWorld world;
    world.start_ready();
    Wire& wire = world.primary.wire();
    wire.block_next = true;
    const auto first = world.submit();
    const auto second = world.submit();
    world.turn();
    wire.pending = 0;
    world.turn();
    EXPECT_THAT(world.fates(first), ElementsAre(RequestFate::sent));
    EXPECT_THAT(world.fates(second), ElementsAre(RequestFate::sent));
}

TEST(OrderAgent, CutsAConnectionWithUnsentOrderBytesWhenTheKillComes) {
    AgentWorld world;
    world.start_ready();
    Wire& wire = world.primary.wire();
    wire.block_next = true;
    const auto id = world.submit();
    world.turn();
    ASSERT_NE(wire.pending, 0U);
    world.kill.value = 1;
    world.push(engine::OrderMassCancelRequest{world.now, engine::no_instrument, {}});
    world.turn();
    EXPECT_TRUE(wire.was_cut);
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::unknown));
    EXPECT_EQ(world.agent->counters().cut, 1U);
    EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1U)
        << "the mass cancel has a connection of its own";
}

TEST(OrderAgent, SendsCancelsOverTheSecondConnectionWhileTheFirstIsBlocked) {
    AgentWorld world;
    world.start_ready();
    world.primary.wire().block_next = true;
    const auto id = world.submit();
    world.turn();
    world.cancel(id, 5);
    world.turn();
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "method"), "order.cancel");
}

TEST(OrderAgent, LostAckBecomesUnknownAndALateAnswerStillResolvesIt) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    const std::string frame = world.primary.wire().sent.back();
    world.turn(110, 10 * ms);
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent, RequestFate::unknown));
    world.answer_to_frame(world.primary.wire(), frame, 200, world.ack(id, 3));
    world.turn();
    EXPECT_THAT(world.fates(id),
                ElementsAre(RequestFate::sent, RequestFate::unknown, RequestFate::accepted));
}

struct AnswerRow {
    int status;
    const char* tail;
    RequestFate fate;
    engine::RejectReason reason;
};

TEST(OrderAgent, MapsAnswersOfPlaceToOutcomes) {
    using engine::RejectReason;
    const AnswerRow rows[] = {
        {500, R"("error":{"code":-1000,"msg":"x"})", RequestFate::unknown, RejectReason::none},
        {400, R"("error":{"code":-1007,"msg":"Timeout waiting for response"})",
         RequestFate::unknown, RejectReason::none},
        {400, R"("error":{"code":-1006,"msg":"x"})", RequestFate::unknown, RejectReason::none},
        {400,
         R"("error":{"code":-2010,"msg":"Account has insufficient balance for requested action."})",
         RequestFate::rejected, RejectReason::insufficient_funds},
        {400, R"("error":{"code":-2010,"msg":"Order would immediately match and take."})",
         RequestFate::rejected, RejectReason::would_match},
        {400, R"("error":{"code":-1021,"msg":"Timestamp for this request is outside"})",
         RequestFate::rejected, RejectReason::outside_time},
        {429, R"("error":{"code":-1015,"msg":"Too many new orders"})", RequestFate::rejected,
         RejectReason::rate_limited},
        {400, R"("error":{"code":-9999,"msg":"new"})", RequestFate::rejected, RejectReason::other},
        {400, R"("error":{"msg":"no code"})", RequestFate::unknown, RejectReason::none},
    };
    for (const AnswerRow& row : rows) {
        AgentWorld world;
        world.start_ready();
        const auto id = world.submit();
        world.turn();
        world.answer(world.primary.wire(), row.status, row.tail);
        world.turn();
        const auto outcomes = world.all<RequestOutcome>();
        ASSERT_EQ(outcomes.size(), 2U) << row.tail;
        EXPECT_EQ(outcomes[1].cl_ord_id, id);
        EXPECT_EQ(outcomes[1].fate, row.fate) << row.tail;
        EXPECT_EQ(outcomes[1].reason, row.reason) << row.tail;
        EXPECT_EQ(world.agent->in_flight(), 0U);
    }
}

TEST(OrderAgent, AnAcknowledgementOfAnotherOrderIsNoAcceptance) {
    AgentWorld world;
    world.start_ready();
    const auto first = world.submit();
    world.turn();
    world.answer(world.primary.wire(), 200,
                 world.ack(engine::ClOrdId::of(engine::Epoch{7}, first.sequence() + 5), 9));
    world.turn();
    EXPECT_THAT(world.fates(first), ElementsAre(RequestFate::sent, RequestFate::unknown));
    EXPECT_EQ(world.all<engine::Sighting>().size(), 1U);
}

TEST(OrderAgent, ADisconnectMakesEveryRequestInFlightUnknown) {
    AgentWorld world;
    world.start_ready();
    std::vector<engine::ClOrdId> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(world.submit());
    }
    world.turn();
    world.primary.wire().state = TransportState::closed;
    world.turn();
    for (const auto id : ids) {
        EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent, RequestFate::unknown));
    }
    EXPECT_EQ(world.agent->in_flight(), 0U);
    const auto states = world.all<engine::SessionState>();
    ASSERT_GE(states.size(), 2U);
    EXPECT_EQ(states[0].session, engine::Session::orders);
    EXPECT_EQ(states[0].status, engine::SessionStatus::down);
    world.turn(20);
    EXPECT_TRUE(world.agent->primary().ready()) << "it comes back";
}

TEST(OrderAgent, ASendOnAClosedConnectionIsNotSent) {
    AgentWorld world;
    world.start_ready();
    const auto first = world.submit();
    const auto second = world.submit();
    world.primary.wire().fail_at = 1;
    world.turn();
    EXPECT_THAT(world.fates(first), ElementsAre(RequestFate::sent, RequestFate::unknown));
    EXPECT_THAT(world.fates(second), ElementsAre(RequestFate::not_sent_disconnected));
}

TEST(OrderAgent, OrdersOverBudgetAreNotSentAndCancelsGo) {
    AgentWorld world;
    world.budget = test_budget(6000, 2);
    world.start_ready();
    std::vector<engine::ClOrdId> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(world.submit());
    }
    world.turn();
    EXPECT_THAT(world.fates(ids.back()), ElementsAre(RequestFate::not_sent_rate));
    world.cancel(ids[0]);
    world.turn();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "method"), "order.cancel");
}

TEST(OrderAgent, CancelsOverBudgetAreCoalescedNeverLost) {
    AgentWorld world;
    world.budget = test_budget(40);  // some of it goes for connecting
    world.settings.session.silence_max = engine::milliseconds(1'000'000);
    world.start_ready();
    for (std::uint64_t i = 1; i <= 100; ++i) {
        world.cancel(engine::ClOrdId::of(engine::Epoch{7}, i), i);
    }
    world.turn(10);
    const auto singles = world.count(world.primary.wire(), "order.cancel");
    EXPECT_GT(singles, 0U);
    EXPECT_LT(singles, 40U) << "the rest is delayed";
    world.turn(61, 1'000 * ms);  // the venue's minute ends
    EXPECT_EQ(world.count(world.primary.wire(), "order.cancel"), singles);
    EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1U);
    EXPECT_EQ(world.agent->counters().cancels_coalesced, 100 - singles);
}

TEST(OrderAgent, A429ClosesTheBudgetUntilRetryAfter) {
    AgentWorld world;
    world.start_ready();
    const auto first = world.submit();
    world.turn();
    world.answer(world.primary.wire(), 429,
                 R"("error":{"code":-1003,"msg":"Too much","data":{"serverTime":1,"retryAfter":)" +
                     std::to_string(world.venue_ms() + 1'000) + "}}");
    world.turn();
    EXPECT_THAT(world.fates(first), ElementsAre(RequestFate::sent, RequestFate::rejected));
    const auto second = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(second), ElementsAre(RequestFate::not_sent_rate));
    world.turn(11, 100 * ms);
    const auto third = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(third), ElementsAre(RequestFate::sent));
}

// The venue counts and bans addresses: two budgets, one ban.
TEST(OrderAgent, WhatItIsToldOfTheAddressHoldsForTheDoorOfTheSnapshotsToo) {
    for (const int status : {429, 418}) {
        SCOPED_TRACE(status);
        AgentWorld world;
        world.clock_offset_ms = 400;
        Endpoint nobody;
        nobody.address = "127.0.0.1";
        nobody.port = 1;
        engine::MonoNs at{};
        RestSnapshots snapshots(nobody, {"BTCUSDT"}, test_budget(), world.doors, [&] {
            return RestSnapshots::Times{at, world.wall()};
        });
        world.start_ready();
        const auto told = world.submit();
        world.turn();
        ASSERT_TRUE(snapshots.request(risk::btcusdt));
        const engine::MonoNs told_at = world.now;
        world.answer(world.primary.wire(), status,
                     R"("error":{"code":-1003,"msg":"Way too much","data":{"retryAfter":)" +
                         std::to_string(world.venue_ms() + 10'000) + "}}");
        world.turn();
        EXPECT_THAT(world.fates(told), ElementsAre(RequestFate::sent, RequestFate::rejected));
        at = told_at + engine::milliseconds(9'900);
        EXPECT_EQ(snapshots.fetch_one(), 0U);
        at = told_at + engine::milliseconds(10'100);
        EXPECT_EQ(snapshots.fetch_one(), 1U);
        EXPECT_EQ(world.doors.all() != engine::MonoNs{}, status == 418) << "streams may connect";
    }
}

TEST(OrderAgent, WhatAnotherDoorOfTheAddressWasToldClosesItsBudgetAndDelaysCancels) {
    AgentWorld world;
    world.start_ready();
    const auto resting = world.submit();
    world.turn();
    world.answer(world.primary.wire(), 200, world.ack(resting, 5));
    world.on_both(world.event(resting, 5, "NEW", "NEW"));
    world.turn();
    world.doors.close(418, world.now + engine::milliseconds(3'000));
    world.doors.close(418, world.now + engine::milliseconds(1'000));  // only lengthened
    world.turn(29, 100 * ms);
    const auto second = world.submit();
    world.cancel(resting, 5);
    world.turn();
    EXPECT_THAT(world.fates(second), ElementsAre(RequestFate::not_sent_rate));
    EXPECT_EQ(world.count(world.primary.wire(), "order.cancel"), 0U);
    world.turn(2, 100 * ms);
    EXPECT_EQ(world.count(world.primary.wire(), "order.cancel"), 1U) << "delayed, never denied";
}

TEST(OrderAgent, AReplaceOverTheOrderCountDoesNotCloseTheBudget) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.submit();
    world.turn();
    const auto id = world.submit(old);
    world.turn();
    world.answer(
        world.primary.wire(), 429,
        R"("error":{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{"cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":)" +
            world.order_body(old, 5, "CANCELED", "0.00000000", true) +
            R"(,"newOrderResponse":{"code":-1015,"msg":"Too many new orders; current limit is 50 orders per 10 SECOND."}}})");
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent, RequestFate::rejected));
    EXPECT_EQ(world.all<engine::RequestOutcome>().back().reason,
              engine::RejectReason::rate_limited);
    world.cancel(old, 5);
    world.turn();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "method"), "order.cancel");
}

TEST(OrderAgent, TheVenuesLimitsAreThoseOfItsExchangeInfo) {
    AgentWorld world;
    world.results["exchangeInfo"] = AgentWorld::filters;
    const std::string none = R"("rateLimits":[])";
    world.results["exchangeInfo"].replace(
        world.results["exchangeInfo"].find(none), none.size(),
        R"("rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":2},)"
        R"({"rateLimitType":"CONNECTIONS","interval":"MINUTE","intervalNum":5,"limit":300}])");
    world.start_ready();
    world.reconcile();
    world.turn(20);
    std::vector<RequestFate> fates;
    for (int i = 0; i < 3; ++i) {
        const auto id = world.submit();
        world.turn();
        fates.push_back(world.fates(id).back());
    }
    EXPECT_THAT(fates,
                ElementsAre(RequestFate::sent, RequestFate::sent, RequestFate::not_sent_rate));
}

// --- replaces, both ways

TEST(OrderAgent, ReplaceAcceptedEndsTheOldOrderAndAcceptsTheNew) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.submit();
    world.turn();
    const auto id = world.submit(old);
    world.turn();
    const std::string& frame = world.primary.wire().sent.back();
    EXPECT_EQ(field(frame, "method"), "order.cancelReplace");
    EXPECT_EQ(field(frame, "cancelReplaceMode"), "STOP_ON_FAILURE");
    EXPECT_EQ(field(frame, "orderRateLimitExceededMode"), "CANCEL_ONLY");
    EXPECT_EQ(field(frame, "cancelOrigClientOrderId"), world.id_text(old));
    const std::string accepted = world.ack(id, 8);
    world.answer(
        world.primary.wire(), 200,
        R"("result":{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","cancelResponse":)" +
            world.order_body(old, 7, "CANCELED", "0.00040000", true) + R"(,"newOrderResponse":)" +
            accepted.substr(accepted.find('{')) + "}");
    world.turn();
    const auto reports = world.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[0].cl_ord_id, old);
    EXPECT_EQ(reports[0].exec_type, engine::ExecType::canceled);
    EXPECT_EQ(reports[0].cum_qty.value, 40'000);
    EXPECT_EQ(reports[1].cl_ord_id, id);
    EXPECT_EQ(reports[1].exec_type, engine::ExecType::new_);
}

TEST(OrderAgent, Replace409WithTheOldCancelledAndTheNewRefused) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.submit();
    const auto id = world.submit(old);
    world.turn();
    world.answer(
        world.primary.wire(), 409,
        R"("error":{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{"cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":)" +
            world.order_body(old, 7, "CANCELED", "0.00000000", true) +
            R"(,"newOrderResponse":{"code":-2010,"msg":"Order would immediately match and take."}}})");
    world.turn();
    ASSERT_EQ(world.all<ExecutionReport>().size(), 1U);
    EXPECT_EQ(world.all<ExecutionReport>()[0].cl_ord_id, old);
    const auto outcome = world.all<RequestOutcome>().back();
    EXPECT_EQ(outcome.cl_ord_id, id);
    EXPECT_EQ(outcome.fate, RequestFate::rejected);
    EXPECT_EQ(outcome.reason, engine::RejectReason::would_match);
}

TEST(OrderAgent, TheEventOfARefusedReplacementIsAReportOfItWithItsReason) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit(world.submit());
    world.turn();
    std::string text = world.event(id, 0, "REJECTED", "REJECTED");
    for (const auto& [from, to] :
         {std::pair{R"("i":0)", R"("i":-1)"}, std::pair{R"("I":77)", R"("I":-1)"},
          std::pair{R"("r":"NONE")", R"("r":"INSUFFICIENT_BALANCES")"}}) {
        ASSERT_NE(text.find(from), std::string::npos);
        text.replace(text.find(from), std::string_view(from).size(), to);
    }
    world.on_both(text);
    world.turn();
    const auto reports = world.all<ExecutionReport>();
    ASSERT_FALSE(reports.empty());
    EXPECT_EQ(reports.back().cl_ord_id, id);
    EXPECT_EQ(reports.back().order_id, engine::OrderId{});
    EXPECT_EQ(reports.back().exec_type, engine::ExecType::rejected);
    EXPECT_EQ(reports.back().status, engine::OrdStatus::rejected);
    EXPECT_EQ(reports.back().reason, engine::RejectReason::insufficient_funds);
    EXPECT_TRUE(world.all<engine::Sighting>().empty());
}

TEST(OrderAgent, Replace409WithTheOldKeptAndTheNewPlaced) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.submit();
    const auto id = world.submit(old);
    world.turn();
    const std::string accepted = world.ack(id, 8);
    world.answer(
        world.primary.wire(), 409,
        R"("error":{"code":-2021,"msg":"x","data":{"cancelResult":"FAILURE","newOrderResult":"SUCCESS","cancelResponse":{"code":-2011,"msg":"Unknown order sent."},"newOrderResponse":)" +
            accepted.substr(accepted.find('{')) + "}}");
    world.turn();
    const auto rejects = world.all<engine::OrderCancelReject>();
    ASSERT_EQ(rejects.size(), 1U);
    EXPECT_EQ(rejects[0].cl_ord_id, old);
    EXPECT_EQ(rejects[0].reason, engine::RejectReason::unknown_order);
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent, RequestFate::accepted));
}

TEST(OrderAgent, Replace400LeavesBothLegsRefused) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.submit();
    const auto id = world.submit(old);
    world.turn();
    world.answer(
        world.primary.wire(), 400,
        R"("error":{"code":-2022,"msg":"Order cancel-replace failed.","data":{"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED","cancelResponse":{"code":-2011,"msg":"Unknown order sent."},"newOrderResponse":null}})");
    world.turn();
    ASSERT_EQ(world.all<engine::OrderCancelReject>().size(), 1U);
    const auto outcome = world.all<RequestOutcome>().back();
    EXPECT_EQ(outcome.cl_ord_id, id);
    EXPECT_EQ(outcome.fate, RequestFate::rejected);
    EXPECT_EQ(outcome.reason, engine::RejectReason::unknown_order);
}

TEST(OrderAgent, AmendKeepsTheIdOfTheOrder) {
    AgentWorld world;
    world.instruments = {};
    engine::InstrumentDefinition definition;
    definition.instrument = risk::btcusdt;
    definition.tick = engine::PriceAtoms{risk::tick};
    definition.lot = engine::QtyAtoms{risk::lot};
    (void)world.instruments.update(definition);
    world.gate.filters().amend_allowed = true;
    world.start_ready();
    const auto old = world.submit();
    world.turn();
    world.gate.set_qty(risk::coin / 2000);
    (void)world.submit(old, engine::ReplaceMode::amend_in_place);
    world.turn();
    const std::string& frame = world.primary.wire().sent.back();
    ASSERT_EQ(field(frame, "method"), "order.amend.keepPriority");
    EXPECT_EQ(field(frame, "newQty"), "0.00050");
    EXPECT_EQ(field(frame, "newClientOrderId"), world.id_text(old));
    std::string body = world.order_body(old, 7, "NEW", "0.00000000", true);
    body.replace(body.find("origQty"), 7, "qty");
    world.answer(world.primary.wire(), 200,
                 R"("result":{"transactTime":1,"executionId":16,"amendedOrder":)" + body + "}");
    world.turn();
    const auto reports = world.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].exec_type, engine::ExecType::replaced);
    EXPECT_EQ(reports[0].cl_ord_id, old);
}

// --- cancels and queries

TEST(OrderAgent, CancelAnswersBecomeReportsAndRejects) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    world.cancel(id, 7);
    world.turn();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "orderId"), "7");
    world.answer(world.primary.wire(), 200,
                 R"("result":)" + world.order_body(id, 7, "CANCELED", "0.00010000", true));
    world.turn();
    ASSERT_EQ(world.all<ExecutionReport>().size(), 1U);
    EXPECT_EQ(world.all<ExecutionReport>()[0].exec_type, engine::ExecType::canceled);
    world.cancel(id, 7);
    world.turn();
    world.answer(world.primary.wire(), 400,
                 R"("error":{"code":-2011,"msg":"Unknown order sent."})");
    world.turn();
    ASSERT_EQ(world.all<engine::OrderCancelReject>().size(), 1U);
    EXPECT_EQ(world.all<engine::OrderCancelReject>()[0].venue_code, -2011);
}

TEST(OrderAgent, StatusNotFoundCarriesTheVenueClockOfTheQuestion) {
    AgentWorld world;
    world.clock_offset_ms = 100;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    world.push(engine::OrderStatusRequest{id, {}, world.now, risk::btcusdt, {}});
    world.turn();
    const auto asked = world.venue_ms();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "origClientOrderId"), world.id_text(id));
    world.turn(50);
    world.answer(world.primary.wire(), 400,
                 R"("error":{"code":-2013,"msg":"Order does not exist."})");
    world.turn();
    const auto missing = world.all<engine::OrderNotFound>();
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_LE(missing[0].venue_time.value / ms, asked) << "never later than the question";
    EXPECT_GE(missing[0].venue_time.value / ms, asked - 5);
}

TEST(OrderAgent, MassCancelWithNothingOpenIsAccepted) {
    AgentWorld world;
    world.start_ready();
    world.push(engine::OrderMassCancelRequest{world.now, risk::btcusdt, {}});
    world.turn();
    world.answer(world.secondary.wire(), 400,
                 R"("error":{"code":-2011,"msg":"Unknown order sent."})");
    world.turn();
    const auto outcome = world.all<RequestOutcome>().back();
    EXPECT_EQ(outcome.kind, engine::RequestKind::mass_cancel);
    EXPECT_EQ(outcome.fate, RequestFate::accepted);
}

TEST(OrderAgent, OpenOrdersForAKillAreFramedAndDated) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    world.results["openOrders.status"] =
        "[" + world.order_body(id, 3, "NEW") +
        R"(,{"symbol":"THINUSDT","orderId":1,"clientOrderId":"thief","price":"1","origQty":"2","executedQty":"0","status":"NEW","side":"SELL"}])";
    world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
    world.turn();
    const auto issued = world.now;
    world.turn();
    const auto steps = world.all<engine::ReconcileStep>();
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[1].phase, engine::ReconcilePhase::complete);
    EXPECT_EQ(steps[1].open_orders_only, 1);
    EXPECT_EQ(steps[1].open_orders, 2U);
    EXPECT_EQ(steps[1].issued, issued);
    const auto rows = world.all<engine::OpenOrder>();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].cl_ord_id, id);
    EXPECT_EQ(rows[1].cl_ord_id, engine::no_order);
    // The thief's symbol is not one of ours, and a mass cancel covers it from now on.
    world.push(engine::OrderMassCancelRequest{world.now, engine::no_instrument, {}});
    world.turn();
    EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 2U);
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "symbol"), "THINUSDT");
}

TEST(OrderAgent, ACancelOfEverythingCoversEverySymbolThatTheAccountEverUsed) {
    AgentWorld world;
    world.start();
    constexpr std::size_t used = 60;
    for (std::size_t i = 0; i < used; ++i) {
        EXPECT_TRUE(world.agent->restore_symbol("OLD" + std::to_string(i) + "USDT"));
        EXPECT_TRUE(world.agent->restore_symbol("OLD" + std::to_string(i) + "USDT")) << "once";
    }
    world.turn(20);
    ASSERT_TRUE(world.agent->secondary().ready());
    world.push(engine::OrderMassCancelRequest{world.now, engine::no_instrument, {}});
    world.turn();
    EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1 + used);
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "symbol"), "OLD59USDT");
    world.turn(5);
    EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1 + used);
}

// More than the venue lists: from the journal the start is refused, from a row it is said.
TEST(OrderAgent, ASymbolThatNoCancelCanCoverIsNeverPassedOverInSilence) {
    AgentWorld world;
    world.start_ready();
    for (const char* name : {"", "A B", "A\"B", "A&B=C", "A\\B"}) {
        EXPECT_FALSE(world.agent->restore_symbol(name)) << name;
    }
    EXPECT_FALSE(world.agent->restore_symbol(std::string(Name::size_max + 1, 'A')));
    EXPECT_TRUE(world.agent->restore_symbol(std::string(Name::size_max, 'A')));
    for (std::size_t i = 1; i < ForeignSymbols::capacity; ++i) {
        ASSERT_TRUE(world.agent->restore_symbol("S" + std::to_string(i)));
    }
    EXPECT_FALSE(world.agent->restore_symbol("ONEMORE"));
    EXPECT_TRUE(world.agent->restore_symbol("S1")) << "known already";
    EXPECT_EQ(world.agent->symbols_uncovered(), 0U);
    world.results["openOrders.status"] =
        R"([{"symbol":"THINUSDT","orderId":1,"clientOrderId":"thief","price":"1","origQty":"2","executedQty":"0","status":"NEW","side":"SELL"}])";
    for (int i = 0; i < 3; ++i) {  // of one symbol, however often it is seen
        world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
        world.turn(2);
        EXPECT_EQ(world.agent->symbols_uncovered(), 1U);
    }
    UncoveredSymbols many;
    for (std::uint32_t i = 1; i <= 2 * UncoveredSymbols::capacity; ++i) {
        EXPECT_EQ(many.note("A B" + std::to_string(i)), std::min(i, UncoveredSymbols::capacity));
        EXPECT_EQ(many.note("A B1"), std::min(i, UncoveredSymbols::capacity)) << "it never ends";
    }
}

TEST(OrderAgent, TheCoresQuestionsGoOverTheSecondConnectionWhileTheFirstIsGone) {
    AgentWorld world;
    world.settings.session.silence_max = engine::milliseconds(100'000);
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    Wire& second = world.secondary.wire();
    const std::size_t before = second.sent.size();
    world.primary.refuse = true;
    world.primary.wire().state = TransportState::closed;
    world.turn();
    world.results["order.status"] =
        R"("status":400,"error":{"code":-2013,"msg":"Order does not exist."})";
    world.push(engine::OrderStatusRequest{id, {}, world.now, risk::btcusdt, {}});
    world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
    world.turn(2);
    EXPECT_EQ(second.sent.size(), before + 2);
    EXPECT_EQ(world.all<engine::OrderNotFound>().size(), 1U);
    const auto steps = world.all<engine::ReconcileStep>();
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[1].phase, engine::ReconcilePhase::complete);
    world.turn(40, 1'000 * ms);
    EXPECT_GE(world.count(second, "time"), 2U) << "and so is the venue's clock kept";
    EXPECT_EQ(world.count(second, "exchangeInfo"), 0U) << "what may wait waits";
}

TEST(OrderAgent, WithoutAnyConnectionAQuestionFailsAtOnce) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    world.primary.refuse = world.secondary.refuse = true;
    world.primary.wire().state = world.secondary.wire().state = TransportState::closed;
    world.turn();
    world.push(engine::OrderStatusRequest{id, {}, world.now, risk::btcusdt, {}});
    world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent, RequestFate::unknown,
                                             RequestFate::not_sent_disconnected));
    const auto steps = world.all<engine::ReconcileStep>();
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].phase, engine::ReconcilePhase::failed);
}

TEST(OrderAgent, AQuestionPassesABlockedOrderConnectionOverTheSecond) {
    AgentWorld world;
    world.start_ready();
    world.primary.wire().block_next = true;
    (void)world.submit();
    world.turn();
    world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
    world.turn();
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "method"), "openOrders.status");
}

TEST(OrderAgent, AnEventBeforeItsAckAndAfterItAreBothReported) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    const std::string trade =
        R"(,"l":"0.00100000","z":"0.00100000","L":"59999.99000000","n":"0.00000100","N":"BNB","t":55,"m":true)";
    world.primary.wire().deliver(world.event(id, 7, "TRADE", "FILLED", trade));
    world.answer(world.primary.wire(), 200, world.ack(id, 7));
    world.secondary.wire().deliver(world.event(id, 7, "TRADE", "FILLED", trade));
    world.turn();
    const auto reports = world.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 3U);
    EXPECT_EQ(reports[0].source(), engine::ReportSource::stream_primary);
    EXPECT_EQ(reports[1].source(), engine::ReportSource::answer);
    EXPECT_EQ(reports[2].source(), engine::ReportSource::stream_secondary);
    EXPECT_EQ(reports[2].trade.value, 55);
    EXPECT_EQ(reports[2].fee_atoms, 100);
    EXPECT_EQ(reports[2].fee_asset, risk::bnb);
    EXPECT_TRUE(reports[2].is_maker());
}

TEST(OrderAgent, WaitsWithAFullReportRingAndDropsNothing) {
    AgentWorld world;
    world.start_ready();
    const engine::Event filler{};
    std::size_t fillers = 0;
    while (world.reports.try_push(filler)) {
        ++fillers;
    }
    for (int i = 0; i < 50; ++i) {
        world.primary.wire().deliver(
            R"({"subscriptionId":0,"event":{"e":"balanceUpdate","E":1,"a":"BTC","d":"1.0","T":1573200697068}})");
    }
    for (int i = 0; i < 10; ++i) {
        world.agent->do_work(world.now, world.wall());
    }
    EXPECT_EQ(world.primary.wire().inbox.size(), 49U) << "one staged, no further frame is read";
    world.drain();
    world.turn(10);
    EXPECT_EQ(world.events.size(), fillers + 50 * 3) << "each with its message in two parts";
}

}  // namespace
}  // namespace portcullis::gateways::binance
