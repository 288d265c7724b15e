// What the order agent tells of the ways of its requests: each order once when the socket has taken
// all of it, whatever it had to wait for; cancels apart; no question; acceptances.
#include <gmock/gmock.h>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// An order that the venue has accepted under this number.
engine::ClOrdId accepted_order(AgentWorld& world, std::uint64_t number) {
    const auto id = world.submit();
    world.turn();
    world.answer(world.primary.wire(), 200, world.ack(id, number));
    world.turn();
    return id;
}

TEST(LatencyStamps, AnOrderHasABeginAnEgressAndAnAcceptance) {
    AgentWorld world;
    world.start_ready();
    EXPECT_THAT(world.egress.sent, IsEmpty()) << "questions of the start are no orders";
    EXPECT_THAT(world.egress.cancel_causes, IsEmpty());
    const auto id = world.submit();
    const engine::MonoNs cause = world.gate.order.cause;
    world.turn();
    EXPECT_THAT(world.egress.begun, ElementsAre(id));
    EXPECT_THAT(world.egress.sent, ElementsAre(id));
    EXPECT_THAT(world.egress.causes, ElementsAre(cause));
    const engine::MonoNs sent = world.now;
    world.turn(3);
    EXPECT_THAT(world.egress.accepted, IsEmpty());
    world.answer(world.primary.wire(), 200, world.ack(id, 12));
    world.turn();
    EXPECT_THAT(world.egress.accepted, ElementsAre(sent));
}

TEST(LatencyStamps, AReplaceAndAnAmendAreOrdersUnderTheirNewIds) {
    AgentWorld world;
    world.start_ready();
    const auto first = accepted_order(world, 1);
    const auto second = world.submit(first);
    world.turn();
    EXPECT_THAT(world.egress.begun, ElementsAre(first, second));
    EXPECT_THAT(world.egress.sent, ElementsAre(first, second));
    AgentWorld other;
    other.start_ready();
    const auto whole = accepted_order(other, 1);
    other.gate.set_qty(risk::coin / 2000);
    const auto less = other.submit(whole, engine::ReplaceMode::amend_in_place);
    other.turn();
    EXPECT_THAT(other.egress.sent, ElementsAre(whole, less));
    EXPECT_EQ(world.egress.sent.size(), world.agent->counters().orders_sent);
}

TEST(LatencyStamps, ARefusedOrderHasNoAcceptanceAndOneThatWasNotSentNoEgress) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    world.answer(world.primary.wire(), 400,
                 R"("error":{"code":-2010,"msg":"Account has insufficient balance for requested )"
                 R"(action."})");
    world.turn();
    EXPECT_THAT(world.egress.accepted, IsEmpty());
    world.kill.value = 1;
    const auto killed = world.submit();
    world.turn();
    EXPECT_THAT(world.egress.begun, ElementsAre(id, killed));
    EXPECT_THAT(world.egress.sent, ElementsAre(id));
    EXPECT_THAT(world.egress.not_sent, ElementsAre(killed));
}

TEST(LatencyStamps, AnOrderThatTheSocketTookInPiecesIsCountedOnceAtItsLastByte) {
    AgentWorld world;
    world.start_ready();
    Wire& wire = world.primary.wire();
    wire.block_next = true;
    const auto id = world.submit();
    world.turn();
    EXPECT_THAT(world.egress.sent, IsEmpty()) << "bytes of it are unsent";
    const auto behind = world.submit();
    world.turn(2);
    EXPECT_THAT(world.egress.begun.back(), behind) << "it has begun to wait";
    wire.pending = 0;
    world.turn();
    EXPECT_THAT(world.egress.sent, ElementsAre(id, behind));
    EXPECT_EQ(world.egress.sent.size(), world.agent->counters().orders_sent);
}

TEST(LatencyStamps, CancelsHaveTheirOwnAndQuestionsNone) {
    AgentWorld world;
    world.start_ready();
    const auto id = accepted_order(world, 12);
    const engine::MonoNs cause = world.now;
    world.cancel(id, 12);
    world.push(engine::OrderStatusRequest{id, engine::OrderId{12}, world.now, risk::btcusdt, {}});
    world.push(engine::OrderMassCancelRequest{world.now, risk::btcusdt, {}});
    world.turn();
    EXPECT_EQ(world.count(world.primary.wire(), "order.status"), 1U);
    EXPECT_THAT(world.egress.cancel_causes, ElementsAre(cause));
    EXPECT_THAT(world.egress.sent, ElementsAre(id));
}

}  // namespace
}  // namespace portcullis::gateways::binance
