// Cancels that come to nothing: repeated until the order has ended, and never at the pace of the
// market or of the round trip.
#include "engine/core/cancel_pacing.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

TEST(CancelPacing, each_cancel_waits_twice_as_long_as_the_one_before_up_to_the_retry_time) {
    CancelPacing pacing(milliseconds(1'000));
    MonoNs now{7'000'000'000};
    pacing.on_open(3);
    EXPECT_TRUE(pacing.may_send(3, now)) << "the first waits for nothing";
    for (const std::int64_t wait_ms : {50, 100, 200, 400, 800, 1'000, 1'000, 1'000}) {
        pacing.on_sent(3, now);
        const MonoNs due = now + milliseconds(wait_ms);
        EXPECT_FALSE(pacing.may_send(3, MonoNs{due.value - 1})) << wait_ms;
        EXPECT_TRUE(pacing.may_send(3, due)) << wait_ms;
        now = due;
    }
    for (int i = 0; i < 1'000; ++i) {
        pacing.on_sent(3, now);  // the count of them does not run over
    }
    EXPECT_FALSE(pacing.may_send(3, now + milliseconds(999)));
    EXPECT_TRUE(pacing.may_send(3, now + milliseconds(1'000)));
    pacing.forgive(3);
    EXPECT_TRUE(pacing.may_send(3, now));
    pacing.on_sent(3, now);
    EXPECT_FALSE(pacing.may_send(3, now));
    pacing.on_open(3);
    EXPECT_TRUE(pacing.may_send(3, now)) << "another order has its place";
}

TEST(CancelPacing, a_bad_spell_that_is_long_over_is_forgotten) {
    CancelPacing pacing(milliseconds(1'000));
    MonoNs now{7'000'000'000};
    pacing.on_open(3);
    for (int i = 0; i < 9; ++i) {
        pacing.on_sent(3, now);
        now = now + milliseconds(1'999);
    }
    pacing.on_sent(3, now);
    EXPECT_FALSE(pacing.may_send(3, now + milliseconds(999))) << "it is not over yet";
    now = now + milliseconds(2'000);
    pacing.on_sent(3, now);
    EXPECT_FALSE(pacing.may_send(3, now + milliseconds(49)));
    EXPECT_TRUE(pacing.may_send(3, now + milliseconds(50)));
}

TEST(CancelPacing, a_retry_time_shorter_than_the_first_wait_is_the_wait) {
    CancelPacing pacing(milliseconds(20));
    const MonoNs now{1};
    pacing.on_sent(0, now);
    EXPECT_FALSE(pacing.may_send(0, now + milliseconds(19)));
    EXPECT_TRUE(pacing.may_send(0, now + milliseconds(20)));
}

/// A book that moves every millisecond, orders that have to go, and cancels that do nothing.
struct RefusedCancels {
    RefusedCancels() {
        world.start();
        id = world.live(0);
        world.hear(OperatorCommand{Command::halt, Scope::firm, 0, 0, 0});
    }
    /// For so long every cancel that leaves comes to nothing, a millisecond later.
    void refuse_for(int milliseconds, const std::function<void()>& refuse) {
        for (int i = 0; i < milliseconds; ++i) {
            const auto left = world.out.count(EventType::cancel_requested);
            if (left != answered) {
                answered = left;
                refuse();
            }
            world.now = world.now + engine::milliseconds(1);
            world.market(btc);
            if (i % 10 == 9) {
                world.hear(Timer{});
            }
        }
    }
    void fails(RequestFate fate) {
        RequestOutcome told;
        told.cl_ord_id = id;
        told.kind = RequestKind::cancel;
        told.fate = fate;
        world.hear(told);
    }
    void rejected(RejectReason reason) {
        OrderCancelReject told;
        told.cl_ord_id = id;
        told.instrument = btc;
        told.reason = reason;
        world.hear(told);
    }
    [[nodiscard]] std::size_t cancels() const {
        return world.out.count(EventType::cancel_requested);
    }
    World world;
    ClOrdId id{};
    std::size_t answered{};
};

TEST(RefusedCancels, are_sent_again_five_times_in_the_first_two_seconds_and_then_once_a_second) {
    RefusedCancels refused;
    EXPECT_EQ(refused.cancels(), 1U);
    const auto refuse = [&] { refused.rejected(RejectReason::not_authorized); };
    refused.refuse_for(2'000, refuse);
    EXPECT_EQ(refused.cancels(), 6U);
    refused.refuse_for(10'000, refuse);
    EXPECT_EQ(refused.cancels(), 16U);
    EXPECT_TRUE(refused.world.knows(refused.id)) << "still reserved";
}

TEST(RefusedCancels, of_an_order_that_is_gone_leave_room_to_ask_what_became_of_it) {
    RefusedCancels refused;
    refused.refuse_for(2'000, [&] { refused.rejected(RejectReason::unknown_order); });
    EXPECT_EQ(refused.cancels(), 6U);
    EXPECT_GE(refused.world.out.count(EventType::status_requested), 1U);
}

TEST(RefusedCancels, whose_answer_says_nothing_or_that_never_left_are_paced_alike) {
    for (const RequestFate fate :
         {RequestFate::rejected, RequestFate::unknown, RequestFate::not_sent_disconnected,
          RequestFate::not_sent_rate, RequestFate::not_sent_unsigned}) {
        RefusedCancels refused;
        refused.refuse_for(2'000, [&] { refused.fails(fate); });
        EXPECT_EQ(refused.cancels(), 6U) << static_cast<int>(fate);
    }
}

TEST(RefusedCancels, leave_at_once_when_the_connection_of_orders_is_back) {
    RefusedCancels refused;
    refused.refuse_for(3'000, [&] { refused.fails(RequestFate::not_sent_disconnected); });
    const auto before = refused.cancels();
    refused.world.session(Session::orders, SessionStatus::down);
    refused.world.session(Session::orders, SessionStatus::ready);
    refused.world.market(btc);
    EXPECT_EQ(refused.cancels(), before + 1);
}

TEST(RefusedCancels, end_with_the_order) {
    RefusedCancels refused;
    const auto refuse = [&] { refused.fails(RequestFate::unknown); };
    refused.refuse_for(500, refuse);
    refused.world.canceled(refused.id);
    const auto before = refused.cancels();
    refused.refuse_for(2'000, refuse);
    EXPECT_EQ(refused.cancels(), before);
}

}  // namespace
}  // namespace portcullis::engine::core_test
