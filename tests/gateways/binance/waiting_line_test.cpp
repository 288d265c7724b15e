// An order waits for its blocked socket: what passes it, what does not, and in which order.
//
// The first session has encrypted bytes that the kernel does not take; the second is free. Cancels
// must not be late by the lifetime of an approval, and no order may leave after its own cancel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::RequestFate;
using testing::ElementsAre;

/// The first session has unsent bytes of an order; three more orders wait.
struct BlockedLine {
    AgentWorld world;
    engine::ClOrdId first, second, third, fourth;
    BlockedLine() {
        world.start_ready();
        world.primary.wire().block_next = true;
        first = world.submit();
        second = world.submit();
        third = world.submit();
        fourth = world.submit();
        world.turn();
    }
    void free_socket() {
        world.primary.wire().pending = 0;
        world.turn(3);
    }
};

TEST(WaitingLine, ACancelPassesOrdersThatWaitAndTheirOrderIsKept) {
    BlockedLine line;
    AgentWorld& world = line.world;
    const auto elsewhere = engine::ClOrdId::of(engine::Epoch{7}, 900);
    world.cancel(elsewhere, 5);
    world.turn();
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "method"), "order.cancel");
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "orderId"), "5");
    line.free_socket();
    for (const auto id : {line.first, line.second, line.third, line.fourth}) {
        EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent));
    }
    EXPECT_FALSE(world.agent->line_stopped());
    EXPECT_EQ(field(world.primary.wire().sent.back(), "newClientOrderId"),
              world.id_text(line.fourth));
}

TEST(WaitingLine, ACancelThatPassesItsOwnOrderWithdrawsIt) {
    BlockedLine line;
    AgentWorld& world = line.world;
    world.cancel(line.third);
    world.turn();
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "origClientOrderId"),
              world.id_text(line.third));
    line.free_socket();
    EXPECT_THAT(world.fates(line.third),
                ElementsAre(RequestFate::sent, RequestFate::not_sent_deadline))
        << "of the cancel, and of the order: sent now it would live on";
    EXPECT_EQ(world.all<engine::RequestOutcome>()[0].kind, engine::RequestKind::cancel);
    for (const auto id : {line.first, line.second, line.fourth}) {
        EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::sent));
    }
    EXPECT_FALSE(world.agent->line_stopped());
}

TEST(WaitingLine, ACancelOfTheOldOrderWithdrawsTheReplaceThatWaits) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.submit();
    world.turn();
    world.primary.wire().block_next = true;
    const auto other = world.submit();
    const auto replacement = world.submit(old);
    world.turn();
    world.cancel(old, 5);
    world.turn();
    world.primary.wire().pending = 0;
    world.turn(3);
    EXPECT_THAT(world.fates(replacement), ElementsAre(RequestFate::not_sent_deadline));
    EXPECT_THAT(world.fates(other), ElementsAre(RequestFate::sent));
    EXPECT_EQ(world.count(world.primary.wire(), "order.cancelReplace"), 0U);
}

TEST(WaitingLine, AMassCancelPassesOrdersThatWaitAndWithdrawsThem) {
    for (const auto scope : {engine::no_instrument, risk::btcusdt}) {
        BlockedLine line;
        AgentWorld& world = line.world;
        world.push(engine::OrderMassCancelRequest{world.now, scope, {}});
        world.turn();
        EXPECT_EQ(world.count(world.secondary.wire(), "openOrders.cancelAll"), 1U);
        const auto later = world.submit();  // decided after the cancel: not its business
        line.free_socket();
        EXPECT_THAT(world.fates(line.first), ElementsAre(RequestFate::sent));
        for (const auto id : {line.second, line.third, line.fourth}) {
            EXPECT_THAT(world.fates(id), ElementsAre(RequestFate::not_sent_deadline));
        }
        EXPECT_THAT(world.fates(later), ElementsAre(RequestFate::sent));
        EXPECT_FALSE(world.agent->line_stopped());
    }
}

TEST(WaitingLine, QueriesWaitForTheFirstSessionAndNeverUseTheSecond) {
    BlockedLine line;
    AgentWorld& world = line.world;
    engine::OrderStatusRequest status;
    status.cl_ord_id = line.first;
    status.instrument = risk::btcusdt;
    world.push(status);
    world.push(engine::OpenOrdersRequest{world.now, risk::btcusdt, {}});
    world.reconcile();
    const std::size_t sent = world.secondary.wire().sent.size();
    world.turn(20);
    EXPECT_EQ(world.secondary.wire().sent.size(), sent);
    line.free_socket();
    world.turn(20);
    EXPECT_EQ(world.count(world.primary.wire(), "order.status"), 1U);
    EXPECT_GE(world.count(world.primary.wire(), "openOrders.status"), 1U);
    EXPECT_EQ(world.secondary.wire().sent.size(), sent);
}

TEST(WaitingLine, CancelsOfWholeInstrumentsGoBeforeSingleOnes) {
    AgentWorld world;
    world.start_ready();
    world.primary.wire().block_next = true;
    (void)world.submit();
    world.turn();
    world.secondary.wire().pending = 1;
    world.cancel(engine::ClOrdId::of(engine::Epoch{7}, 900), 5);
    world.turn();
    world.push(engine::OrderMassCancelRequest{world.now, risk::btcusdt, {}});
    world.turn();
    const std::size_t sent = world.secondary.wire().sent.size();
    world.secondary.wire().pending = 0;
    world.turn(2);
    const auto& frames = world.secondary.wire().sent;
    ASSERT_EQ(frames.size(), sent + 2);
    EXPECT_EQ(field(frames[sent], "method"), "openOrders.cancelAll");
    EXPECT_EQ(field(frames[sent + 1], "method"), "order.cancel");
}

}  // namespace
}  // namespace portcullis::gateways::binance
