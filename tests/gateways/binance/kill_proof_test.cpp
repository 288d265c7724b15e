// What ends a kill is an answer: the question for it must leave, however many symbols the account
// has used and however small this process's share of the address is.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/core/core_api.hpp"
#include "engine/core/drain.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

constexpr std::int64_t first_question_ms = 2'000;  // recvWindow and margin
constexpr engine::DurationNs drain_interval = engine::CoreConfig{}.drain_interval;

/// A killed core: cancels of everything in the rounds of engine/core/drain.hpp, and the question
/// from the moment on at which its answer can prove something.
struct Killed {
    Killed(std::uint32_t permille, std::size_t symbols) {
        world.budget = test_budget(6'000, 1'000, permille);
        answer_cancels(R"("status":400,"error":{"code":-2011,"msg":"Unknown order sent."})");
        world.settings.session.silence_max = engine::milliseconds(1'000'000);
        world.start_ready();
        for (std::size_t i = 0; i < symbols; ++i) {
            EXPECT_TRUE(world.agent->restore_symbol("OLD" + std::to_string(i) + "USDT"));
        }
        clear();
        askable = world.now + engine::milliseconds(first_question_ms);
        drain.begin(world.now, true);
    }
    void answer_cancels(const std::string& tail) { world.results["openOrders.cancelAll"] = tail; }
    void clear() {
        world.primary.wire().sent.clear();
        world.secondary.wire().sent.clear();
    }
    void turn() {
        if (drain.due(world.now)) {
            drain.on_round(world.now, drain_interval, askable);
            world.push(engine::OrderMassCancelRequest{world.now, engine::no_instrument, {}});
            if (world.now >= askable) {
                world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
            }
        }
        world.turn(1, 5 * ms);
        passed_ms += 5;
        for (Wire* wire : {&world.primary.wire(), &world.secondary.wire()}) {
            for (const std::string& frame : wire->sent) {
                const std::string method = field(frame, "method");
                if (method == "openOrders.cancelAll") {
                    ++cancels;
                    canceled.insert(field(frame, "symbol"));
                }
                const bool whole = method == "openOrders.status" && field(frame, "symbol").empty();
                if (whole && asked_ms < 0) {
                    asked_ms = passed_ms;
                }
            }
            wire->sent.clear();
        }
    }
    AgentWorld world;
    std::int64_t passed_ms{};
    engine::Drain drain;
    engine::MonoNs askable{};
    std::int64_t asked_ms{-1};
    std::size_t cancels{};
    std::set<std::string> canceled{};  ///< their symbols
};

struct Share {
    std::uint32_t permille;
    std::size_t symbols;
    std::int64_t minutes;  // that the weight of one cancel for each, and of the question, takes
};

TEST(KillProof, IsAskedForAsSoonAsTheWeightOfOneCancelOfEachSymbolAllows) {
    for (const Share& row :
         {Share{40, 16, 0}, Share{40, 60, 0}, Share{40, 150, 1}, Share{40, 200, 1},
          Share{40, 400, 2}, Share{80, 200, 0}, Share{160, 500, 0}, Share{160, 1'000, 1},
          Share{720, 1'000, 0}, Share{1'000, 2'000, 0}, Share{1'000, 4'000, 0}}) {
        Killed killed(row.permille, row.symbols);
        const std::int64_t most_ms = first_question_ms + 1'000 + row.minutes * 60'000;
        while (killed.asked_ms < 0 && killed.passed_ms <= most_ms) {
            killed.turn();
        }
        EXPECT_GE(killed.asked_ms, first_question_ms) << row.permille << " " << row.symbols;
        EXPECT_LE(killed.asked_ms, most_ms) << row.permille << " " << row.symbols;
        EXPECT_GE(killed.cancels, row.symbols + 1) << "each of them, and our own";
    }
}

TEST(KillProof, ASymbolThatIsNotOursIsCancelledOnceUntilSomethingIsSeenOnItAgain) {
    Killed killed(1'000, 10);
    while (killed.asked_ms < 0) {
        killed.turn();
    }
    const std::uint32_t rounds = killed.drain.rounds();
    ASSERT_GE(rounds, 8U);
    EXPECT_EQ(killed.cancels, 10 + rounds) << "ours in each round, the others in the first";
    ASSERT_TRUE(killed.world.agent->restore_symbol("OLD3USDT"));
    const std::size_t before = killed.cancels;
    const std::uint32_t next = killed.drain.rounds() + 1;
    while (killed.drain.rounds() < next) {
        killed.turn();
    }
    killed.turn();
    EXPECT_EQ(killed.cancels, before + 2);
}

TEST(KillProof, ACancelWithoutAnAnswerThatSaysWhatIsOpenIsRepeated) {
    for (const char* tail : {R"("status":500,"error":{"code":-1000,"msg":"x"})",
                             R"("status":401,"error":{"code":-2015,"msg":"x"})"}) {
        Killed killed(1'000, 10);
        killed.answer_cancels(tail);
        while (killed.drain.rounds() < 5) {
            killed.turn();
        }
        killed.turn();
        EXPECT_EQ(killed.cancels, 55U) << tail;
    }
}

TEST(KillProof, IsNotKeptFromItsWeightBySymbolsThatTheVenueDoesNotKnowAnyMore) {
    for (const Share& row : {Share{40, 100, 0}, Share{40, 400, 2}}) {
        Killed killed(row.permille, row.symbols);
        killed.answer_cancels(R"("status":400,"error":{"code":-1121,"msg":"Invalid symbol."})");
        const std::int64_t most_ms = first_question_ms + 1'000 + row.minutes * 60'000;
        while (killed.asked_ms < 0 && killed.passed_ms <= most_ms) {
            killed.turn();
        }
        EXPECT_GE(killed.asked_ms, first_question_ms) << row.symbols;
        EXPECT_LE(killed.asked_ms, most_ms) << row.symbols;
        EXPECT_GE(killed.cancels, row.symbols + 1) << "each of them, and our own";
    }
}

TEST(KillProof, EachSymbolIsCancelledOnceBeforeAnyIsTwiceWhateverTheAnswersSay) {
    Killed killed(40, 400);  // 240 a minute
    killed.answer_cancels(R"("status":500,"error":{"code":-1000,"msg":"x"})");
    while (killed.passed_ms < 200'000) {
        killed.turn();
    }
    EXPECT_EQ(killed.canceled.size(), 401U);
}

TEST(KillProof, ARepeatedCancelLeavesTheWholeWeightOfTheQuestion) {
    Killed killed(1'000, 0);
    while (killed.cancels == 0 || killed.passed_ms < 100) {
        killed.turn();
    }
    RateBudget& budget = killed.world.budget;
    constexpr std::uint32_t question = 80;
    while (budget.has_room(RequestKind::cancel, {question + 1, 0}, killed.world.wall())) {
        (void)budget.take(RequestKind::cancel, {1, 0}, killed.world.wall());
    }
    const std::size_t before = killed.cancels;
    while (killed.asked_ms < 0 && killed.passed_ms < 3'000) {
        killed.turn();
    }
    EXPECT_GE(killed.asked_ms, first_question_ms);
    EXPECT_EQ(killed.cancels, before);
}

// An engine that cannot agree reconciles without end, out of a share whose fifth for cancels is
// less than the question weighs.
TEST(KillProof, IsNotKeptFromItsWeightByReconciliationsAndQuestionsAboutOrders) {
    for (const std::uint32_t permille : {30U, 40U, 60U}) {
        SCOPED_TRACE(permille);
        Killed killed(permille, 4);
        killed.world.results["myTrades"] = R"("status":500,"error":{"code":-1000,"msg":"x"})";
        const auto id = engine::ClOrdId::of(engine::Epoch{7}, 77);
        std::size_t seen = 0;
        std::size_t failed = 0;
        std::int64_t proven_ms = -1;
        killed.world.reconcile();
        while (proven_ms < 0 && killed.passed_ms < 130'000) {
            killed.turn();
            if (killed.passed_ms % 500 == 0) {
                killed.world.push(engine::OrderStatusRequest{id, {}, {}, risk::btcusdt, {}});
            }
            const auto& events = killed.world.events;
            for (; seen < events.size(); ++seen) {
                if (events[seen].header.type != engine::EventType::reconcile_step) {
                    continue;
                }
                const auto step = events[seen].as<engine::ReconcileStep>();
                const bool done = step.phase == engine::ReconcilePhase::complete;
                if (step.open_orders_only != 0) {
                    proven_ms = done ? killed.passed_ms : proven_ms;
                } else if (step.phase == engine::ReconcilePhase::failed) {
                    ++failed;
                    killed.world.reconcile(false);
                }
            }
        }
        EXPECT_GE(failed, 1U);
        EXPECT_GE(proven_ms, first_question_ms);
        EXPECT_LE(proven_ms, 60'000 + 3'000) << "the next minute at the latest";
    }
}

TEST(KillProof, FindsAPlaceAmongCancelsThatNobodyAnswers) {
    Killed killed(1'000, 2'000);
    killed.answer_cancels("");
    while (killed.asked_ms < 0 && killed.passed_ms < 5'000) {
        killed.turn();
    }
    EXPECT_GE(killed.world.agent->in_flight(), InFlightTable::size - InFlightTable::questions)
        << "as many as cancels may take";
    EXPECT_GE(killed.asked_ms, first_question_ms);
}

TEST(KillProof, WhatWaitsForItGoesOnWhenNobodyAsksForItAnyMore) {
    Killed killed(40, 0);
    AgentWorld& world = killed.world;
    while (world.budget.take(RequestKind::cancel, {1, 0}, world.wall()) &&
           world.budget.has_room(RequestKind::cancel, {41, 0}, world.wall())) {
    }
    world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
    world.turn(2);
    killed.clear();
    const auto ask = [&] {
        world.push(engine::OrderStatusRequest{
            engine::ClOrdId::of(engine::Epoch{7}, 77), {}, {}, risk::btcusdt, {}});
        world.turn(2);
        return AgentWorld::count(world.primary.wire(), "order.status");
    };
    world.turn(4'700);
    EXPECT_EQ(ask(), 0U);
    world.turn(60'000 - 4'700);  // a new minute, and the question was not asked again
    EXPECT_EQ(ask(), 1U);
}

TEST(KillProof, MayTakeTheWeightThatIsKeptForCancels) {
    Killed killed(100, 0);  // 600 a minute, 120 of them for cancels
    while (killed.world.budget.take(RequestKind::query, {1, 0}, killed.world.wall())) {
    }
    while (killed.asked_ms < 0 && killed.passed_ms < 3'000) {
        killed.turn();
    }
    EXPECT_GE(killed.asked_ms, first_question_ms);
}

}  // namespace
}  // namespace portcullis::gateways::binance
