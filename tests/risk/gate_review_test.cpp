// What a review does beside answering: numbers, stamps, deadlines, reservations, releases. And the
// acceptance vectors of the gate as stories.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "tests/risk/gate_world.hpp"

namespace portcullis::risk {
namespace {

using engine::AmountAtoms;
using engine::InstrumentId;
using engine::MonoNs;
using engine::OrderAgentId;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::ReplaceMode;
using engine::Scope;
using engine::Side;
using engine::StrategyId;
using engine::TradingState;

engine::GateFill bought(std::int64_t qty, std::int64_t price = middle, std::int64_t fee = 0,
                        engine::AssetId fee_asset = engine::no_asset) {
    return {.price = PriceAtoms{price},
            .qty = QtyAtoms{qty},
            .fee_atoms = fee,
            .instrument = btcusdt,
            .fee_asset = fee_asset,
            .side = Side::buy};
}

bool empty(const RiskGate& gate) {
    for (std::uint16_t i = 0; i < engine::capacity::assets; ++i) {
        const AssetLine& line = gate.exposure().asset(engine::AssetId{i});
        if (line.reserved != 0 || line.incoming != 0 || line.open != 0) {
            return false;
        }
    }
    return gate.exposure().open().firm == 0 && gate.exposure().consistent();
}

std::uint64_t hash_of(const RiskGate& gate) {
    engine::StateHasher hasher;
    gate.hash(hasher);
    return hasher.value();
}

TEST(GateReview, AnApprovalCarriesTheOrderEpochAgentAndDeadline) {
    GateWorld world;
    world.context.agent = OrderAgentId{3};
    auto verdict = world.review();
    ASSERT_TRUE(verdict.ok());
    const auto approved = verdict.take();
    EXPECT_EQ(approved.request().cl_ord_id, world.order.cl_ord_id);
    EXPECT_EQ(approved.request().price, world.order.price);
    EXPECT_EQ(approved.stamp().gate_epoch, engine::Epoch{7});
    EXPECT_EQ(approved.stamp().agent, OrderAgentId{3});
    EXPECT_EQ(approved.stamp().deadline.value, world.context.now.value + 50 * ms);
}

TEST(GateReview, NumbersAreDensePerAgentAndDenialsTakeNone) {
    GateWorld world;
    world.order.qty.value = 1;
    std::array<std::uint64_t, engine::capacity::order_agents> last{};
    for (unsigned i = 0; i < 9; ++i) {
        world.pass_time(1'000 * ms);
        world.context.agent = OrderAgentId{static_cast<std::uint8_t>(i % 3)};
        world.context.session_ready = false;
        EXPECT_FALSE(world.review().ok());
        world.context.session_ready = true;
        auto verdict = world.review();
        ASSERT_TRUE(verdict.ok());
        EXPECT_EQ(verdict.take().stamp().number.value, ++last[i % 3]);
        ++world.context.slot;
    }
}

TEST(GateReview, TheKillStampIsTheSumOfTheSixWords) {
    GateWorld world;
    world.gate().on_kill_word(Scope::firm, 0, 2);
    world.gate().on_kill_word(Scope::venue, 0, 4);
    world.gate().on_kill_word(Scope::strategy, 0, 8);
    world.gate().on_kill_word(Scope::instrument, 0, 16);
    world.gate().on_kill_word(Scope::instrument, 1, 32);
    world.context.account = engine::AccountId{2};
    world.gate().on_kill_word(Scope::account, 2, 64);
    world.gate().on_kill_word(Scope::account, 0, 128);
    world.context.credential = engine::CredentialId{3};
    world.gate().on_kill_word(Scope::credential, 3, 256);
    world.gate().on_kill_word(Scope::credential, 0, 512);
    auto verdict = world.review();
    ASSERT_TRUE(verdict.ok());
    EXPECT_EQ(verdict.take().stamp().kill_stamp, 30U + 64U + 256U);
}

TEST(GateReview, ReservesTheWorstCaseAndCountsTheMessage) {
    GateWorld world;
    ASSERT_TRUE(world.review().ok());
    const Exposure& exposure = world.gate().exposure();
    EXPECT_TRUE(exposure.asset(usdt).reserved == 6'000 * coin);
    EXPECT_TRUE(exposure.asset(btc).incoming == tenth);
    EXPECT_TRUE(world.gate().gross_micro() == 6'000 * micro);
    EXPECT_EQ(exposure.open().firm, 1);
    EXPECT_EQ(exposure.own().best(btcusdt, Side::buy).value, middle);
    world.gate().tidy(world.context.now);
    const auto messages = [&](const ScopeWindows& windows, std::size_t window) {
        return windows.used(Measure::messages, window, world.context.now);
    };
    EXPECT_EQ(messages(world.gate().firm().windows, 0), 1);
    EXPECT_EQ(messages(world.gate().strategy(StrategyId{0}).windows, 2), 1);
    EXPECT_EQ(messages(world.gate().instrument(btcusdt).windows, 0), 1);
    EXPECT_EQ(messages(world.gate().account(engine::AccountId{}).windows, 0), 1);
    EXPECT_EQ(messages(world.gate().venue(engine::VenueId{}).windows, 0), 1);
}

TEST(GateReview, ADenialChangesNothingButItsCountWhereALimitDenied) {
    GateWorld world;
    world.limits().order_qty_atoms_max = 1;
    world.context.reconciled = false;
    const auto before = hash_of(world.gate());
    EXPECT_FALSE(world.review().ok());
    EXPECT_EQ(hash_of(world.gate()), before);
    world.context.reconciled = true;
    EXPECT_FALSE(world.review().ok());
    EXPECT_EQ(world.gate().strategy(StrategyId{0}).denials.count(), 1U);
    EXPECT_EQ(world.gate().exposure().open().firm, 0);
    EXPECT_TRUE(world.gate().strategy(StrategyId{0}).windows.untouched());
    EXPECT_EQ(world.gate().pairs().used(), 0U);
}

TEST(GateReview, AFillTurnsReservationIntoPositionAndPaysTheFeeInItsOwnAsset) {
    GateWorld world;
    world.set_baseline(bnb, coin);
    world.start().on_mark(bnb, 600 * micro);
    ASSERT_TRUE(world.review().ok());
    world.gate().on_fill(0, bought(tenth / 4, middle - tick, 12'345, bnb), world.context.now);
    const Exposure& exposure = world.gate().exposure();
    EXPECT_TRUE(exposure.asset(btc).position == tenth / 4);
    EXPECT_TRUE(exposure.asset(btc).incoming == tenth - tenth / 4);
    EXPECT_TRUE(exposure.asset(usdt).reserved == 4'500 * coin);
    EXPECT_TRUE(exposure.asset(usdt).position == -(1'500 * coin - tick / 40));
    EXPECT_TRUE(exposure.asset(bnb).position == -12'345);
    world.gate().on_closed(0);
    EXPECT_TRUE(empty(world.gate()));
    EXPECT_TRUE(exposure.asset(btc).position == tenth / 4);
}

TEST(GateReview, PositionsAreAcrossInstrumentsAndLessTheBaseline) {
    GateWorld world;
    world.start().on_balance(btc, AmountAtoms{12 * coin});
    EXPECT_TRUE(world.gate().exposure().asset(btc).position == 2 * coin);
    auto fill = bought(coin, 5 * tick);
    fill.instrument = ethbtc;  // buys 1 ETH with 0.05 BTC
    world.gate().on_stray_fill(fill, world.context.now);
    EXPECT_TRUE(world.gate().exposure().asset(btc).position == 2 * coin - 5 * tick);
    EXPECT_TRUE(world.gate().exposure().asset(eth).position == coin);
}

TEST(GateReview, AmendKeepsTheLargerReservationUntilTheVenueHasConfirmed) {
    GateWorld world;
    ASSERT_TRUE(world.place());
    world.set_qty(tenth / 2);
    auto verdict = world.replace(0, ReplaceMode::amend_in_place);
    ASSERT_TRUE(verdict.ok());
    EXPECT_TRUE(world.gate().exposure().asset(usdt).reserved == 6'000 * coin);
    world.gate().on_leaves(0, QtyAtoms{tenth / 2});
    EXPECT_TRUE(world.gate().exposure().asset(usdt).reserved == 3'000 * coin);
    world.gate().on_leaves(0, QtyAtoms{tenth});
    EXPECT_TRUE(world.gate().exposure().asset(usdt).reserved == 3'000 * coin) << "never raises";
    world.gate().on_closed(0);
    EXPECT_TRUE(empty(world.gate()));
}

// Vector 4: up, down, cross-side, and the two halves of a replace that went half through.
TEST(GateReview, CancelReplaceHoldsOldAndNewUntilEachIsProven) {
    GateWorld world;
    ASSERT_TRUE(world.place());
    world.set_qty(2 * tenth);
    ASSERT_TRUE(world.replace(0, ReplaceMode::cancel_replace).ok());
    const AssetLine& quote = world.gate().exposure().asset(usdt);
    EXPECT_TRUE(quote.reserved == 18'000 * coin);
    world.gate().on_closed(0);  // the cancel leg is proven
    EXPECT_TRUE(quote.reserved == 12'000 * coin);
    world.gate().on_closed(1);  // -2021: the new leg was refused
    EXPECT_TRUE(empty(world.gate()));
}

TEST(GateReviewDeathTest, AReservationIsReleasedOnceAndASlotIsUsedOnce) {
    GateWorld world;
    ASSERT_TRUE(world.place());
    world.context.slot = 0;
    EXPECT_DEATH((void)world.review(), "");
    world.gate().on_closed(0);
    EXPECT_DEATH(world.gate().on_closed(0), "");
    EXPECT_DEATH(world.gate().on_fill(0, bought(1), world.context.now), "");
}

// Vector 1: two thousand orders against room for exactly one.
TEST(GateReview, OfTwoThousandOrdersAgainstRoomForOneExactlyOnePasses) {
    for (int turn = 0; turn < 5; ++turn) {
        GateWorld world;
        const WindowSet wide = windows_of(10'000, 10'000, 10'000);
        world.config.limits.firm.windows = wide;
        for (std::size_t i = 0; i < 32; ++i) {
            world.config.limits.strategy[i].windows = wide;
        }
        world.limits().position_atoms_max = tenth;
        int passed = 0;
        for (int i = 0; i < 2'000; ++i) {
            world.order.strategy = StrategyId{static_cast<std::uint8_t>(i % 32)};
            world.order.qty.value = i == turn * 300 ? tenth / lot : tenth / lot - i % 3;
            passed += world.place() ? 1 : 0;
        }
        EXPECT_EQ(passed, 1);
        EXPECT_TRUE(world.gate().exposure().consistent());
        world.gate().on_closed(0);
        EXPECT_TRUE(empty(world.gate()));
    }
}

// Vector 2: every order of the events that the core may deliver, to the same end.
TEST(GateReview, FillsInAnyOrderAroundALoweringEndAlike) {
    std::array<int, 4> order{0, 1, 2, 3};
    do {
        GateWorld world;
        ASSERT_TRUE(world.place());
        for (const int event : order) {
            switch (event) {
                case 0:
                    world.gate().on_fill(0, bought(tenth / 4), world.context.now);
                    break;
                case 1:
                    world.gate().on_fill(0, bought(tenth / 4), world.context.now);
                    break;
                case 2:
                    world.gate().on_leaves(0, QtyAtoms{tenth / 2});
                    break;
                default:
                    world.gate().on_cancel(btcusdt, StrategyId{0}, world.context.now);
            }
            const Exposure& exposure = world.gate().exposure();
            ASSERT_TRUE(exposure.consistent());
            ASSERT_TRUE(exposure.asset(btc).incoming >= 0 && exposure.asset(usdt).reserved >= 0);
            ASSERT_TRUE(exposure.asset(btc).incoming <= tenth);
        }
        world.gate().on_closed(0);
        EXPECT_TRUE(empty(world.gate()));
        EXPECT_TRUE(world.gate().exposure().asset(btc).position == tenth / 2);
    } while (std::next_permutation(order.begin(), order.end()));
}

// Vector 2, last line: more fills than the order had left move the position and are counted.
TEST(GateReview, AnOverfillMovesThePositionAndNeverMakesAReservationNegative) {
    GateWorld world;
    ASSERT_TRUE(world.place());
    world.gate().on_fill(0, bought(tenth + lot), world.context.now);
    EXPECT_EQ(world.gate().exposure().overfills(), 1U);
    EXPECT_TRUE(world.gate().exposure().asset(btc).position == tenth + lot);
    EXPECT_TRUE(world.gate().exposure().asset(btc).incoming == 0);
    world.gate().on_closed(0);
    EXPECT_TRUE(empty(world.gate()));
}

// Vector 3: an order without an answer holds its worst case, however long it takes.
TEST(GateReview, AnUnansweredOrderKeepsItsReservationForAsLongAsItTakes) {
    GateWorld world;
    world.limits().position_atoms_max = tenth;
    ASSERT_TRUE(world.place());
    for (int hour = 0; hour < 48; ++hour) {
        world.pass_time(3'600'000 * ms);
        EXPECT_FALSE(world.place());
    }
    world.gate().on_closed(0);
    EXPECT_TRUE(world.place());
}

// Vector 5: whatever the market looks like, a cancel is taken and only counted.
TEST(GateReview, ACancelIsMeteredWhenNothingElseMayPass) {
    GateWorld world;
    ASSERT_TRUE(world.place());
    world.context.reference = {};
    world.gate().on_kill_word(Scope::firm, 0, 1);
    world.gate().set_trading_state(Scope::firm, 0, TradingState::halted);
    EXPECT_FALSE(world.place());
    for (int i = 0; i < 1'000; ++i) {
        world.gate().on_cancel(btcusdt, StrategyId{0}, world.context.now);
    }
    EXPECT_EQ(world.gate().firm().cancels, 1'000U);
    EXPECT_EQ(world.gate().strategy(StrategyId{0}).cancels, 1'000U);
    EXPECT_EQ(world.gate().exposure().own().best(btcusdt, Side::buy).value, middle)
        << "a cancelled order may still fill until it is closed";
}

// Vector 6: the first order after the store is refused, and clearing revives no approval.
TEST(GateReview, AKillIsInForceFromTheNextReviewAndItsClearingChangesTheStamp) {
    GateWorld world;
    auto before = world.review();
    ASSERT_TRUE(before.ok());
    ++world.context.slot;
    world.gate().on_kill_word(Scope::firm, 0, 1);
    EXPECT_FALSE(world.review().ok());
    world.gate().on_kill_word(Scope::firm, 0, 2);
    auto after = world.review();
    ASSERT_TRUE(after.ok());
    EXPECT_NE(after.take().stamp().kill_stamp, before.take().stamp().kill_stamp);
}

// Vector 9: tightened below what is held, only reducing flow passes, and not twice.
TEST(GateReview, UnderATightenedLimitOnlyReducingFlowPassesAndTwoThatTurnDoNot) {
    GateWorld world;
    world.config.limits.firm.gross_exposure_micro_max = micro;
    world.limits().position_atoms_max = lot;
    world.set_position(btc, tenth);
    EXPECT_FALSE(world.place(Side::buy, middle, lot));
    EXPECT_TRUE(world.place(Side::sell, middle + tick, 6 * tenth / 10));
    EXPECT_FALSE(world.place(Side::sell, middle + tick, 6 * tenth / 10));
    EXPECT_TRUE(world.place(Side::sell, middle + tick, 4 * tenth / 10));
    EXPECT_FALSE(world.place(Side::sell, middle + tick, lot));
}

TEST(GateReview, TheMostRestrictiveScopeWins) {
    GateWorld world;
    RiskGate& gate = world.start();
    const StrategyId strategy{0};
    const engine::AccountId account{1};
    const engine::CredentialId credential{2};
    EXPECT_EQ(gate.trading_state(btcusdt, strategy, account, credential), TradingState::active);
    gate.set_trading_state(Scope::venue, 0, TradingState::reduce_only);
    EXPECT_EQ(gate.trading_state(btcusdt, strategy, account, credential),
              TradingState::reduce_only);
    gate.set_trading_state(Scope::instrument, 0, TradingState::active);
    EXPECT_EQ(gate.trading_state(btcusdt, strategy, account, credential),
              TradingState::reduce_only);
    gate.set_trading_state(Scope::strategy, 0, TradingState::halted);
    EXPECT_EQ(gate.trading_state(btcusdt, strategy, account, credential), TradingState::halted);
    EXPECT_EQ(gate.trading_state(btcusdt, StrategyId{1}, account, credential),
              TradingState::reduce_only);
    for (const Scope scope : {Scope::account, Scope::credential}) {
        const std::uint16_t own = scope == Scope::account ? 1 : 2;
        gate.set_trading_state(scope, 0, TradingState::halted);
        EXPECT_EQ(gate.trading_state(btcusdt, StrategyId{1}, account, credential),
                  TradingState::reduce_only);
        gate.set_trading_state(scope, own, TradingState::halted);
        EXPECT_EQ(gate.trading_state(btcusdt, StrategyId{1}, account, credential),
                  TradingState::halted);
        gate.set_trading_state(scope, own, TradingState::active);
        gate.on_kill_word(scope, own, 1);
        EXPECT_EQ(gate.trading_state(btcusdt, StrategyId{1}, account, credential),
                  TradingState::halted);
        gate.on_kill_word(scope, own, 2);
    }
    gate.on_kill_word(Scope::instrument, 1, 1);
    EXPECT_EQ(gate.trading_state(ethusdt, StrategyId{1}, account, credential),
              TradingState::halted);
    EXPECT_EQ(gate.trading_state(InstrumentId{60}, strategy, account, credential),
              TradingState::halted);
    EXPECT_EQ(gate.trading_state(btcusdt, StrategyId{200}, account, credential),
              TradingState::halted);
}

TEST(GateReview, ANewVersionOfTheFiltersLeavesWorkingReservationsAsTheyAre) {
    GateWorld world;
    ASSERT_TRUE(world.place());
    engine::Instrument changed = world.instruments[0];
    changed.version = 2;
    changed.tick = PriceAtoms{10 * tick};
    changed.base = eth;  // absurd, but the reservation is of BTC and is released as such
    world.gate().on_instrument(changed);
    EXPECT_FALSE(world.place());
    EXPECT_TRUE(world.gate().exposure().asset(btc).incoming == tenth);
    world.gate().on_closed(0);
    EXPECT_TRUE(empty(world.gate()));
}

TEST(GateReview, RestoredOrdersAndMessagesCountAsTheirOwn) {
    GateWorld world;
    world.limits().position_atoms_max = tenth;
    world.start().restore_order(5, world.order, PriceAtoms{middle}, QtyAtoms{tenth});
    EXPECT_FALSE(world.place());
    EXPECT_EQ(world.gate().exposure().own().best(btcusdt, Side::buy).value, middle);
    world.gate().on_closed(5);
    EXPECT_TRUE(empty(world.gate()));
    for (int i = 0; i < 5; ++i) {
        world.gate().restore_sent({.at = world.context.now, .strategy = StrategyId{0}});
    }
    EXPECT_FALSE(world.place());
}

TEST(GateReview, ItsHashSeesEveryFactThatItIsTold) {
    const auto changed = [](auto tell) {
        GateWorld world;
        world.place();
        const auto before = hash_of(world.gate());
        tell(world.gate());
        return hash_of(world.gate()) != before;
    };
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_kill_word(Scope::venue, 3, 2); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_kill_word(Scope::account, 3, 2); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_kill_word(Scope::credential, 3, 2); }));
    EXPECT_TRUE(changed([](RiskGate& gate) {
        gate.set_trading_state(Scope::strategy, 9, TradingState::reduce_only);
    }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_balance(bnb, AmountAtoms{1}); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_mark(btc, 1); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_fill(0, bought(1), MonoNs{1}); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_leaves(0, QtyAtoms{1}); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_closed(0); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.on_cancel(btcusdt, StrategyId{0}, MonoNs{1}); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.restore_sent({.at = MonoNs{1}}); }));
    EXPECT_TRUE(changed([](RiskGate& gate) { gate.restore_filled({.at = MonoNs{1}}); }));
}

TEST(GateReview, TooManyOrdersInTheWholeEngineHasAReasonOfItsOwn) {
    GateWorld world;
    const auto denial = world.start().no_order_slot();
    EXPECT_EQ(denial.reason, static_cast<std::uint16_t>(DenyReason::order_slots));
    EXPECT_EQ(denial.all_reasons, bit(DenyReason::order_slots));
}

}  // namespace
}  // namespace portcullis::risk
