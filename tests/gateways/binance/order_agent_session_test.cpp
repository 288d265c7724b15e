// Sessions, streams and reconciliation through the whole agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::ReconcilePhase;
using engine::ReconcileStep;
using engine::SessionState;
using engine::SessionStatus;
using testing::ElementsAre;

std::vector<std::string> methods(const Wire& wire) {
    std::vector<std::string> found;
    for (const std::string& frame : wire.sent) {
        found.push_back(field(frame, "method"));
    }
    return found;
}

TEST(Session, AsksTheTimeLogsOnAndSubscribesOnBothConnections) {
    AgentWorld world;
    world.start();
    world.turn(20);
    EXPECT_THAT(methods(world.primary.wire()),
                testing::IsSupersetOf({"time", "session.logon", "userDataStream.subscribe"}));
    EXPECT_THAT(methods(world.secondary.wire()),
                testing::IsSupersetOf({"time", "session.logon", "userDataStream.subscribe"}));
    std::vector<std::pair<engine::Session, SessionStatus>> states;
    for (const auto& state : world.all<SessionState>()) {
        states.emplace_back(state.session, state.status);
    }
    using S = engine::Session;
    EXPECT_THAT(states,
                testing::IsSupersetOf({std::pair{S::orders, SessionStatus::ready},
                                       std::pair{S::account_primary, SessionStatus::ready},
                                       std::pair{S::account_secondary, SessionStatus::ready}}));
}

TEST(Session, AnHmacKeySignsEachMessageAndNeverLogsOn) {
    AgentWorld world;
    world.signer.key = KeyKind::hmac_sha256;
    world.start_ready();
    EXPECT_EQ(world.count(world.primary.wire(), "session.logon"), 0U);
    EXPECT_EQ(world.count(world.primary.wire(), "userDataStream.subscribe.signature"), 1U);
    (void)world.submit();
    world.turn();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "signature"), "SIGNATURE");
    world.signer.away = true;
    const auto id = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(id), ElementsAre(engine::RequestFate::not_sent_unsigned));
}

TEST(Session, TimestampsFollowTheVenuesClock) {
    AgentWorld world;
    world.clock_offset_ms = 400;
    world.start_ready();
    (void)world.submit();
    world.turn();
    const auto stamp = std::stoll(field(world.primary.wire().sent.back(), "timestamp"));
    EXPECT_NEAR(static_cast<double>(stamp), static_cast<double>(world.venue_ms()), 3.0);
}

TEST(Session, ARefusedLogonIsTriedAgainWithBackOff) {
    AgentWorld world;
    world.results["session.logon"] =
        R"("status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."})";
    world.start();
    world.turn(40);
    EXPECT_FALSE(world.agent->primary().ready());
    EXPECT_GT(world.primary.wires.size(), 2U);
    world.results.clear();
    world.turn(20);
    EXPECT_TRUE(world.agent->primary().ready());
}

TEST(Session, AfterA429AtTheDoorNobodyKnocksBeforeTheTimeThatItNamed) {
    AgentWorld world;
    world.start();
    world.turn();
    world.primary.wire().cause = CloseCause::handshake_failed;
    world.primary.wire().close_code = 429;
    world.primary.wire().retry_after_s = 30;
    world.primary.wire().state = TransportState::closed;
    world.turn(29, 1'000 * ms);
    EXPECT_EQ(world.primary.wires.size(), 1U);
    EXPECT_FALSE(world.agent->primary().ready());
    world.turn(2, 1'000 * ms);
    world.turn(20);
    EXPECT_EQ(world.primary.wires.size(), 2U);
    EXPECT_TRUE(world.agent->primary().ready());
}

TEST(Session, ASilentStepIsGivenUp) {
    AgentWorld world;
    world.start();
    world.turn();
    world.primary.wire().deaf = true;
    world.turn(6, 1'000 * ms);
    EXPECT_TRUE(world.primary.wires.front()->was_cut);
}

TEST(Session, PingsASilentConnectionAndDropsADeadOne) {
    AgentWorld world;
    world.settings.clock_refresh = engine::milliseconds(1'000'000);
    world.start_ready();
    world.turn(6, 1'000 * ms);
    EXPECT_EQ(world.primary.wire().pings, 1U);
    const auto wire = world.primary.wires.back();
    world.turn(8, 1'000 * ms);
    EXPECT_TRUE(wire->was_cut);
}

TEST(Session, ServerShutdownIsAnsweredWithASuccessorBeforeTheBreak) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.primary.wires.back();
    old->deliver(R"({"event":{"e":"serverShutdown","E":1770123456789}})");
    world.turn(20);
    ASSERT_EQ(world.primary.wires.size(), 2U);
    EXPECT_TRUE(world.agent->primary().ready());
    for (const auto& state : world.all<SessionState>()) {
        EXPECT_EQ(state.status, SessionStatus::ready) << "never down in between";
    }
    const auto id = world.submit();
    world.turn();
    EXPECT_EQ(field(world.primary.wire().sent.back(), "newClientOrderId"), world.id_text(id));
    EXPECT_EQ(old->state, TransportState::open) << "heard out";
    world.turn(6, 1'000 * ms);
    EXPECT_EQ(old->state, TransportState::closed);
}

TEST(Session, ALinkIsReplacedBeforeTheVenueCutsItAt24Hours) {
    AgentWorld world;
    world.settings.session.life = engine::milliseconds(10'000);
    world.settings.session.silence_max = engine::milliseconds(100'000);
    world.start_ready();
    world.turn(11, 1'000 * ms);
    world.turn(10);
    EXPECT_EQ(world.primary.wires.size(), 2U);
    EXPECT_TRUE(world.agent->primary().ready());
}

TEST(Session, AnswersOfTheOldLinkStillCountWhileItIsHeardOut) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    const auto old = world.primary.wires.back();
    const std::string frame = old->sent.back();
    old->deliver(R"({"event":{"e":"serverShutdown","E":1}})");
    world.turn(20);
    ASSERT_EQ(world.primary.wires.size(), 2U);
    world.answer_to_frame(*old, frame, 200, world.ack(id, 5));
    world.turn();
    EXPECT_EQ(world.fates(id).back(), engine::RequestFate::accepted);
}

TEST(Session, TheSuccessorDoesNotTakeOverWhileOrderBytesAreUnsent) {
    AgentWorld world;
    world.start_ready();
    const auto old = world.primary.wires.back();
    old->block_next = true;
    const auto id = world.submit();
    old->deliver(R"({"event":{"e":"serverShutdown","E":1}})");
    world.turn(20);
    ASSERT_EQ(world.primary.wires.size(), 2U);
    world.kill.value = 1;
    world.turn();
    EXPECT_TRUE(old->was_cut) << "still seen by whoever may have to cut them";
    EXPECT_THAT(world.fates(id), ElementsAre(engine::RequestFate::unknown));
}

TEST(Session, AfterAShutDownBothConnectionsAreClosedInOrderAndNoneComesBack) {
    AgentWorld world;
    world.start_ready();
    world.agent->shut_down();
    for (FakeSource* source : {&world.primary, &world.secondary}) {
        EXPECT_EQ(source->wire().state, TransportState::closed);
        EXPECT_FALSE(source->wire().was_cut);
    }
    world.turn(100, 100 * ms);
    EXPECT_EQ(world.primary.wires.size(), 1U);
    EXPECT_EQ(world.secondary.wires.size(), 1U);
    const auto id = world.submit();
    world.turn();
    EXPECT_THAT(world.fates(id), testing::ElementsAre(engine::RequestFate::not_sent_disconnected));
}

TEST(Session, ARevokedKeyEndsTheConnection) {
    AgentWorld world;
    world.start_ready();
    const auto wire = world.primary.wires.back();
    wire->deliver(
        R"({"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}})");
    world.turn();
    EXPECT_TRUE(wire->was_cut);
}

// --- mute streams

TEST(MuteStream, AnAckWithoutItsEventMarksThatStreamAlone) {
    AgentWorld world;
    world.settings.session.step_max = engine::milliseconds(100'000);
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    world.answer(world.primary.wire(), 200, world.ack(id, 7));
    world.primary.wire().deliver(world.event(id, 7, "NEW", "NEW"));
    world.turn();
    world.events.clear();
    world.turn(21, 100 * ms);
    const auto states = world.all<SessionState>();
    ASSERT_GE(states.size(), 1U);
    EXPECT_EQ(states[0].session, engine::Session::account_secondary);
    EXPECT_EQ(states[0].status, SessionStatus::mute);
    EXPECT_EQ(world.agent->counters().mute, 1U);
    EXPECT_TRUE(world.agent->primary().ready());
    EXPECT_EQ(world.primary.wires.size(), 1U);
    world.turn(10);
    EXPECT_EQ(world.secondary.wires.size(), 2U) << "replaced";
    EXPECT_EQ(world.all<SessionState>().back().status, SessionStatus::ready);
}

TEST(MuteStream, EventsOnBothStreamsBeforeOrAfterTheAckAreEnough) {
    AgentWorld world;
    world.start_ready();
    const auto first = world.submit();
    const auto second = world.submit();
    world.turn();
    const auto frames = world.primary.wire().sent;
    world.on_both(world.event(first, 7, "NEW", "NEW"));
    world.turn();
    world.answer_to_frame(world.primary.wire(), frames[frames.size() - 2], 200,
                          world.ack(first, 7));
    world.answer_to_frame(world.primary.wire(), frames.back(), 200, world.ack(second, 8));
    world.turn();
    world.on_both(world.event(second, 8, "NEW", "NEW"));
    world.turn(40, 100 * ms);
    EXPECT_EQ(world.agent->counters().mute, 0U);
}

TEST(MuteStream, ATerminatedStreamIsMuteAtOnce) {
    AgentWorld world;
    world.start_ready();
    world.primary.wire().deliver(
        R"({"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1728973001334}})");
    world.turn();
    ASSERT_GE(world.all<SessionState>().size(), 1U);
    EXPECT_EQ(world.all<SessionState>()[0].status, SessionStatus::mute);
    world.turn(20);
    EXPECT_EQ(world.primary.wires.size(), 2U);
}

TEST(OrderAgent, CountsWhatIsInAnotherLayoutThanTheUsualAndWasTakenAllTheSame) {
    AgentWorld world;
    world.start_ready();
    const auto before = world.agent->counters().layout_missed;
    const std::string usual =
        R"({"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1,"u":1700000000100,"B":[{"a":"BTC","f":"1.5","l":"0"}]}})";
    world.primary.wire().deliver(usual);
    world.primary.wire().deliver(R"({"subscriptionId":0,"event":{"e":"other","E":1}})");
    world.turn();
    EXPECT_EQ(world.agent->counters().layout_missed, before);
    world.primary.wire().deliver(" " + usual);
    world.turn();
    EXPECT_EQ(world.agent->counters().layout_missed, before + 1);
    EXPECT_EQ(world.all<engine::AccountBalance>().size(), 2U);
}

TEST(MuteStream, AnEventThatCannotBeReadExactlyIsAHoleInTheStream) {
    AgentWorld world;
    world.start_ready();
    world.primary.wire().deliver(
        R"({"subscriptionId":0,"event":{"e":"balanceUpdate","E":1,"a":"BTC","d":"1e3","T":1573200697068}})");
    world.turn();
    EXPECT_EQ(world.agent->counters().refused_frames, 1U);
    EXPECT_TRUE(world.all<engine::BalanceDelta>().empty()) << "not a guess";
    ASSERT_GE(world.all<SessionState>().size(), 1U);
    EXPECT_EQ(world.all<SessionState>()[0].status, SessionStatus::mute);
}

// --- account events

TEST(AccountStream, StrangersAreForeignAndTheirFillsMoveThePosition) {
    AgentWorld world;
    world.start_ready();
    const std::string trade =
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":1,"s":"BTCUSDT","c":"x-thief","S":"SELL","o":"LIMIT","f":"GTC","q":"1","p":"2","C":"","x":"TRADE","X":"FILLED","r":"NONE","i":99,"l":"1","z":"1","L":"2","n":"0.1","N":"BNB","T":1700000000100,"t":5,"m":false,"I":1}})";
    world.primary.wire().deliver(trade);
    world.turn();
    ASSERT_EQ(world.all<engine::Sighting>().size(), 1U);
    EXPECT_EQ(world.all<engine::Sighting>()[0].what, engine::Sight::fill);
    EXPECT_EQ(world.all<engine::Sighting>()[0].whose, engine::Whose::nobodys);
    EXPECT_FALSE(world.all<engine::Sighting>()[0].has(engine::Sighting::outside));
    const auto parts = world.all<engine::RawMessage>();
    ASSERT_EQ(parts.size(), (trade.size() + 71) / 72);
    std::string whole;
    for (const engine::RawMessage& part : parts) {
        EXPECT_EQ(part.number, parts[0].number);
        EXPECT_EQ(part.parts, parts.size());
        EXPECT_EQ(part.size, trade.size());
        whole += std::string(part.text, engine::RawMessage::text_max);
    }
    EXPECT_EQ(whole.substr(0, trade.size()), trade);
    EXPECT_EQ(whole.find_first_not_of('\0', trade.size()), std::string::npos);
    ASSERT_EQ(world.all<engine::AccountFill>().size(), 1U);
    EXPECT_EQ(world.all<engine::AccountFill>()[0].side, engine::Side::sell);
    EXPECT_TRUE(world.all<engine::ExecutionReport>().empty());
}

TEST(AccountStream, AnIdOfOurFormWithAWrongTagIsForged) {
    AgentWorld world;
    world.start_ready();
    const auto id = world.submit();
    world.turn();
    std::string forged = world.event(id, 7, "NEW", "NEW");
    const std::string text = world.id_text(id);
    std::string other = text;
    other.back() = other.back() == '2' ? '3' : '2';
    forged.replace(forged.find(text), text.size(), other);
    world.primary.wire().deliver(forged);
    world.turn();
    EXPECT_EQ(world.all<engine::Sighting>().size(), 1U);
    EXPECT_EQ(world.agent->report_counters().forged, 1U);
}

TEST(AccountStream, BalancesDeltasAndLocks) {
    AgentWorld world;
    world.start_ready();
    Wire& wire = world.primary.wire();
    wire.deliver(
        R"({"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1728972148778,"u":1728972148778,"B":[{"a":"BTC","f":"11818.00000000","l":"182.00000000"},{"a":"PEPE","f":"123456789012345.5","l":"0"}]}})");
    wire.deliver(
        R"({"subscriptionId":0,"event":{"e":"balanceUpdate","E":1573200697110,"a":"BTC","d":"-100.00000000","T":1573200697068}})");
    wire.deliver(
        R"({"subscriptionId":0,"event":{"e":"balanceUpdate","E":1573200697110,"a":"NEO","d":"1.0","T":1573200697068}})");
    wire.deliver(
        R"({"subscriptionId":0,"event":{"e":"externalLockUpdate","E":1581557507324,"a":"BTC","d":"10.00000000","T":1581557507268}})");
    wire.deliver(
        R"({"subscriptionId":0,"event":{"e":"listStatus","E":1564035303637,"s":"ETHBTC","g":2,"O":[{"s":"X"}]}})");
    world.turn();
    const auto balances = world.all<engine::AccountBalance>();
    ASSERT_EQ(balances.size(), 1U);
    EXPECT_TRUE(balances[0].free.value == engine::int128{11818} * risk::coin);
    const auto deltas = world.all<engine::BalanceDelta>();
    ASSERT_EQ(deltas.size(), 1U);
    EXPECT_TRUE(deltas[0].delta.value == -engine::int128{100} * risk::coin);
    EXPECT_EQ(deltas[0].source, engine::ReportSource::stream_primary);
    const auto seen = world.all<engine::Sighting>();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].what, engine::Sight::transfer);
    EXPECT_EQ(seen[0].asset, engine::no_asset);
    EXPECT_EQ(seen[0].amount.value, engine::int128{risk::coin});
    EXPECT_EQ(seen[1].what, engine::Sight::lock);
    EXPECT_EQ(seen[1].asset, risk::btc);
    EXPECT_EQ(world.agent->report_counters().list_status, 1U);
}

// --- reconciliation

std::vector<ReconcilePhase> phases(const AgentWorld& world) {
    std::vector<ReconcilePhase> found;
    for (const auto& step : world.all<ReconcileStep>()) {
        found.push_back(step.phase);
    }
    return found;
}

TEST(Reconcile, AsksEverythingAndFramesIt) {
    AgentWorld world;
    world.instruments = {};
    world.agent = nullptr;
    world.start_ready();
    world.reconcile();
    world.turn(20);
    EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::complete));
    ASSERT_EQ(world.all<engine::InstrumentDefinition>().size(), 1U);
    const auto definition = world.all<engine::InstrumentDefinition>()[0];
    EXPECT_EQ(definition.version, 1U);
    EXPECT_EQ(definition.tick.value, risk::tick);
    EXPECT_EQ(definition.notional_min_atoms, 5 * risk::coin);
    EXPECT_EQ(definition.orders_max, 200);
    const auto balances = world.all<engine::AccountBalance>();
    ASSERT_EQ(balances.size(), 4U) << "every asset that we know, the absent ones as zero";
    EXPECT_EQ(balances[0].from_snapshot, 1);
    EXPECT_TRUE(balances[0].locked.value == risk::coin / 10);
    EXPECT_TRUE(balances[1].free.value == 0);
    EXPECT_GE(world.all<engine::VenueClock>().size(), 1U);
    EXPECT_GT(world.all<ReconcileStep>()[1].issued.value, 0);
    // A second time nothing has changed: no new version.
    world.events.clear();
    world.reconcile();
    world.turn(20);
    EXPECT_TRUE(world.all<engine::InstrumentDefinition>().empty());
    world.results["exchangeInfo"] = AgentWorld::filters;
    world.results["exchangeInfo"].replace(world.results["exchangeInfo"].find("TRADING"), 7, "HALT");
    world.reconcile();
    world.turn(20);
    ASSERT_EQ(world.all<engine::InstrumentDefinition>().size(), 1U);
    EXPECT_EQ(world.all<engine::InstrumentDefinition>()[0].version, 2U);
}

/// The trades from which the history of BTCUSDT was asked for, in order.
std::vector<std::string> asked_from(AgentWorld& world) {
    std::vector<std::string> from;
    for (const std::string& frame : world.primary.wire().sent) {
        if (field(frame, "method") == "myTrades") {
            from.push_back(field(frame, "fromId"));
        }
    }
    return from;
}

std::string trade_row(int id) {
    return R"({"symbol":"BTCUSDT","id":)" + std::to_string(id) +
           R"(,"orderId":7,"price":"4.00000100","qty":"12.00000000","quoteQty":"48","commission":"0.1","commissionAsset":"BNB","time":1499865549590,"isBuyer":true,"isMaker":false,"isBestMatch":true})";
}

TEST(Reconcile, FetchesFillsFromTheLastKnownTradeAndPages) {
    AgentWorld world;
    world.start();
    world.agent->restore_last_trade(risk::btcusdt, engine::TradeId{100});
    world.turn(20);
    std::string page = "[";
    for (int i = 0; i < 1000; ++i) {
        page += (i == 0 ? "" : ",") + trade_row(101 + i);
    }
    world.results["myTrades"] = page + "]";
    world.reconcile();
    for (int i = 0; i < 30 && world.count(world.primary.wire(), "myTrades") < 2; ++i) {
        if (world.count(world.primary.wire(), "myTrades") == 1) {
            world.results["myTrades"] = "[" + trade_row(1101) + "]";
        }
        world.turn();
    }
    world.turn(10);
    EXPECT_THAT(asked_from(world), ElementsAre("101", "1101"));
    EXPECT_EQ(world.all<engine::AccountFill>().size(), 1001U);
    EXPECT_EQ(phases(world).back(), ReconcilePhase::complete);
}

TEST(Reconcile, WithoutAKnownTradeTheNewestIsTheBaselineAndNoFill) {
    AgentWorld world;
    world.start_ready();
    world.results["myTrades"] =
        R"([{"symbol":"BTCUSDT","id":500,"orderId":7,"price":"4","qty":"12","commission":"0.1","commissionAsset":"BNB","time":1499865549590,"isBuyer":true,"isMaker":false}])";
    world.reconcile();
    world.turn(20);
    EXPECT_TRUE(world.all<engine::AccountFill>().empty());
    world.results["myTrades"] = "[]";
    world.reconcile();
    world.turn(20);
    EXPECT_EQ(field(world.primary.wire().sent.back(), "fromId"), "501");
}

TEST(Reconcile, AFillThatAStreamTellsDoesNotMoveTheStartOfTheHistory) {
    // Trades 11 to 14 were lost while both streams were silent and open; 15 came.
    AgentWorld world;
    world.start();
    world.agent->restore_last_trade(risk::btcusdt, engine::TradeId{10});
    world.turn(20);
    const auto id = world.submit();
    world.turn();
    world.on_both(world.event(
        id, 7, "TRADE", "PARTIALLY_FILLED",
        R"(,"l":"0.00001000","z":"0.00001000","L":"60000.00000000","n":"0.1","N":"BNB","t":15,"m":true)"));
    world.turn();
    const auto told = world.all<engine::ExecutionReport>();
    ASSERT_EQ(told.size(), 2U);
    ASSERT_EQ(told[0].trade.value, 15);
    world.reconcile();
    world.turn(20);
    EXPECT_THAT(asked_from(world), ElementsAre("11"));
}

TEST(Reconcile, WhatWasFetchedIsFetchedAgainUntilTheCoreSaysThatItAgrees) {
    AgentWorld world;
    world.start();
    world.agent->restore_last_trade(risk::btcusdt, engine::TradeId{10});
    world.turn(20);
    world.results["myTrades"] = "[" + trade_row(11) + "," + trade_row(12) + "]";
    for (const bool agreed : {true, false, false, true, false}) {
        world.reconcile(agreed);
        world.turn(20);
    }
    EXPECT_THAT(asked_from(world), ElementsAre("11", "11", "11", "13", "13"));
}

// The later counts, and that all had agreed before the first stays true: nothing was fetched since.
TEST(Reconcile, ARequestThatIsOvertakenBeforeItBeginsLeavesWhatItSaidOfAnAgreement) {
    AgentWorld world;
    world.start();
    world.agent->restore_last_trade(risk::btcusdt, engine::TradeId{10});
    world.turn(20);
    world.results["myTrades"] = "[" + trade_row(11) + "]";
    world.reconcile(true);
    world.turn(20);
    world.reconcile(true);
    world.reconcile(false);
    world.turn(20);
    EXPECT_THAT(asked_from(world), ElementsAre("11", "12"));
    world.reconcile(false);
    world.turn(20);
    EXPECT_THAT(asked_from(world), ElementsAre("11", "12", "12")) << "it holds once";
}

TEST(Reconcile, EachStepCarriesTheRoundThatWasAskedFor) {
    AgentWorld world;
    world.start_ready();
    world.round = 41;
    world.reconcile();
    world.turn(2);
    world.reconcile();  // overtakes it
    world.turn(20);
    std::vector<std::pair<ReconcilePhase, std::uint32_t>> steps;
    for (const auto& step : world.all<ReconcileStep>()) {
        steps.emplace_back(step.phase, step.round);
    }
    using Step = std::pair<ReconcilePhase, std::uint32_t>;
    EXPECT_THAT(steps,
                ElementsAre(Step{ReconcilePhase::begin, 42}, Step{ReconcilePhase::failed, 42},
                            Step{ReconcilePhase::begin, 43}, Step{ReconcilePhase::complete, 43}));
}

TEST(Reconcile, FailsOnEachQuestionThatIsRefusedOrUnreadable) {
    for (const char* method :
         {"time", "exchangeInfo", "account.status", "openOrders.status", "myTrades"}) {
        for (const char* tail :
             {R"("status":400,"error":{"code":-1102,"msg":"x"})",
              R"("status":500,"error":{"code":-1000,"msg":"x"})",
              R"("status":200,"result":{"x":1})", R"("status":200,"result":7)"}) {
            AgentWorld world;
            world.start_ready();
            world.results[method] = tail;
            world.reconcile();
            world.turn(30);
            EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::failed))
                << method << " " << tail;
        }
    }
}

TEST(Reconcile, FailsWhenAnAnswerDoesNotComeOrTheConnectionGoes) {
    AgentWorld world;
    world.start_ready();
    world.results["account.status"] = " ";  // never an answer that is one
    world.primary.wire().responder = [](const std::string&) { return std::string(); };
    world.reconcile();
    world.turn(30, 100 * ms);
    EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::failed));
    world.events.clear();
    world.reconcile();
    world.turn(2);
    world.primary.wire().state = TransportState::closed;
    world.turn(2);
    EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::failed));
}

TEST(Reconcile, BeginsOnlyWhenBothStreamsAreLive) {
    AgentWorld world;
    world.start_ready();
    world.secondary.refuse = true;
    world.secondary.wire().state = TransportState::closed;
    world.turn();
    world.reconcile();
    world.turn(50);
    EXPECT_TRUE(phases(world).empty());
    world.secondary.refuse = false;
    world.turn(50);
    EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::complete));
}

TEST(Reconcile, FailsWhenAStreamIsLostWhileItRuns) {
    const char* ends[] = {"lost", "terminated", "unreadable event"};
    for (const std::string end : ends) {
        SCOPED_TRACE(end);
        AgentWorld world;
        world.start_ready();
        world.results["myTrades"] = " ";  // no answer yet: the last question is open
        world.primary.wire().responder =
            [&world, answer = world.primary.responder](const std::string& frame) {
                return field(frame, "method") == "myTrades" ? std::string() : answer(frame);
            };
        world.reconcile();
        world.turn(20);
        ASSERT_THAT(phases(world), ElementsAre(ReconcilePhase::begin));
        Wire& mute = end == "lost" ? world.secondary.wire() : world.primary.wire();
        const std::string question = world.primary.wire().sent.back();
        if (end == "lost") {
            mute.state = TransportState::closed;
        } else if (end == "terminated") {
            mute.deliver(R"({"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1}})");
        } else {
            mute.deliver(R"({"subscriptionId":0,"event":{"e":"executionReport","s":"BTCUSDT"}})");
        }
        world.turn();
        world.answer_to_frame(world.primary.wires.front().operator*(), question, 200,
                              R"("result":[])");
        world.turn(3);
        EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::failed));
    }
}

TEST(Reconcile, FailsWhenTheVenuesClockIsTooFarAway) {
    AgentWorld world;
    world.clock_offset_ms = 700;
    world.start_ready();
    world.reconcile();
    world.turn(30);
    EXPECT_THAT(phases(world), ElementsAre(ReconcilePhase::begin, ReconcilePhase::failed));
}

}  // namespace
}  // namespace portcullis::gateways::binance
