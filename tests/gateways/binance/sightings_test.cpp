// What the order agent says of an account that may be no act of ours: cancels by the name that they
// carry, refusals of the key, and the messages themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "gateways/binance/errors.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::CancelName;
using engine::ExecutionReport;
using engine::RawMessage;
using engine::Sight;
using engine::Sighting;

class SightingWorld : public AgentWorld {
public:
    SightingWorld() {
        start_ready();
        order = submit();
        turn();
    }
    /// The order's end, as a stream tells it: `c` is the cancel's id, `C` the order's.
    void canceled(const std::string& c, const std::string& capital_c) {
        std::string text = event(order, 7, "CANCELED", "CANCELED");
        const std::string mine = R"("c":")" + id_text(order) + R"(")";
        text.replace(text.find(mine), mine.size(), R"("c":")" + c + R"(")");
        const std::string none = R"("C":"")";
        text.replace(text.find(none), none.size(), R"("C":")" + capital_c + R"(")");
        primary.wire().deliver(text);
        turn();
    }
    CancelName name_of(const std::string& c) {
        canceled(c, id_text(order));
        EXPECT_FALSE(all<ExecutionReport>().empty());
        return all<ExecutionReport>().back().cancel_name();
    }
    void refuse(int status, const std::string& error) {
        (void)submit();
        turn();
        answer(primary.wire(), status, error);
        turn();
    }
    engine::ClOrdId order{};
};

std::string error_of(int code, const std::string& message = "x") {
    return R"("error":{"code":)" + std::to_string(code) + R"(,"msg":")" + message + R"("})";
}

TEST(Sightings, ACancelIsNamedByWhatItIsCalled) {
    {
        SightingWorld world;
        EXPECT_EQ(world.name_of(std::string(world.ids.cancel_text_for(world.order).view())),
                  CancelName::own);
    }
    {
        SightingWorld world;
        EXPECT_EQ(world.name_of(world.id_text(world.order)), CancelName::kept);
    }
    {
        SightingWorld world;
        EXPECT_EQ(world.name_of("nXdPQMIxAfbUGZrPbHyDZC"), CancelName::other);
    }
    {
        SightingWorld world;  // our form, with the tag of the order: what a thief can make
        EXPECT_EQ(world.name_of("q" + world.id_text(world.order).substr(1)), CancelName::other);
    }
}

TEST(Sightings, TheEndOfAStrangersOrderIsAStrangersCancel) {
    SightingWorld world;
    world.canceled("web_2", "web_1");
    const auto seen = world.all<Sighting>();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].what, Sight::cancel);
    EXPECT_EQ(seen[0].whose, engine::Whose::nobodys);
}

TEST(Sightings, AKeyThatWasGoodAndIsRefusedIsTold) {
    SightingWorld world;
    world.refuse(400, error_of(-2015));
    auto seen = world.all<Sighting>();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].what, Sight::refusal);
    EXPECT_EQ(seen[0].venue_code, -2015);
    EXPECT_TRUE(seen[0].has(Sighting::refused_permission));
    EXPECT_FALSE(world.all<RawMessage>().empty());
    world.refuse(400, error_of(-1022));
    seen = world.all<Sighting>();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_FALSE(seen[1].has(Sighting::refused_permission));
    world.refuse(400, error_of(-2010, "Account has insufficient balance for requested action."));
    EXPECT_EQ(world.all<Sighting>().size(), 2U) << "of the request, not of the key";
}

TEST(Sightings, ASessionThatIsTakenBackIsADoubtAndNoMore) {
    SightingWorld world;
    world.primary.wire().deliver(
        R"({"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}})");
    world.turn();
    const auto seen = world.all<Sighting>();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_FALSE(seen[0].has(Sighting::refused_permission));
}

TEST(Sightings, EachCodeSaysOneThingOfTheKey) {
    EXPECT_EQ(key_refusal(-2015, ""), KeyRefusal::permission);
    EXPECT_EQ(key_refusal(-1002, ""), KeyRefusal::permission);
    EXPECT_EQ(key_refusal(-2014, ""), KeyRefusal::doubted);
    EXPECT_EQ(key_refusal(-1022, ""), KeyRefusal::doubted);
    EXPECT_EQ(key_refusal(-1033, ""), KeyRefusal::elsewhere);
    EXPECT_EQ(key_refusal(-1034, ""), KeyRefusal::elsewhere);
    EXPECT_EQ(key_refusal(-2010, "This action is disabled on this account."),
              KeyRefusal::permission);
    EXPECT_EQ(key_refusal(-2010, "This symbol is not permitted for this account."),
              KeyRefusal::none);
    EXPECT_EQ(key_refusal(-1021, "This action is disabled on this account."), KeyRefusal::none)
        << "a clock";
    EXPECT_EQ(key_refusal(0, ""), KeyRefusal::none);
}

TEST(Sightings, AnotherHolderOfTheSessionIsToldWithHowLongHeHasBeenThere) {
    SightingWorld world;
    world.refuse(400, error_of(-1033));
    world.turn(100, 10'000'000);
    world.refuse(400, error_of(-1033));
    const auto seen = world.all<Sighting>();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].what, Sight::session);
    EXPECT_EQ(seen[0].lasted, engine::DurationNs{});
    EXPECT_GE(seen[1].lasted, engine::milliseconds(1'000));
}

TEST(Sightings, OfAFloodAllAreToldAndTheFirstMessagesAreKept) {
    SightingWorld world;
    const std::string foreign =
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":1,"s":"DMGUSDT","c":"x","S":"SELL","o":"LIMIT","f":"GTC","q":"1","p":"2","C":"","x":"NEW","X":"NEW","r":"NONE","i":99,"l":"0","z":"0","L":"0","n":"0","N":null,"T":1700000000100,"t":-1,"m":false,"I":1}})";
    constexpr std::size_t count = 200;
    for (std::size_t i = 0; i < count; ++i) {
        world.primary.wire().deliver(foreign);
        world.turn();
    }
    const auto seen = world.all<Sighting>();
    ASSERT_EQ(seen.size(), count);
    EXPECT_TRUE(seen[0].has(Sighting::outside));
    std::set<std::uint16_t> kept;
    for (const RawMessage& part : world.all<RawMessage>()) {
        kept.insert(part.number);
    }
    EXPECT_GE(kept.size(), 64U);
    EXPECT_LT(kept.size(), count);
    EXPECT_EQ(kept.size() + world.agent->report_counters().raw_left_out, count);
}

TEST(Sightings, OfALongMessageTheBeginningIsKept) {
    SightingWorld world;
    const std::string foreign =
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":1,"s":"DMGUSDT","c":"x","zz":")" +
        std::string(5'000, 'a') +
        R"(","S":"SELL","o":"LIMIT","f":"GTC","q":"1","p":"2","C":"","x":"NEW","X":"NEW","r":"NONE","i":99,"l":"0","z":"0","L":"0","n":"0","N":null,"T":1700000000100,"t":-1,"m":false,"I":1}})";
    world.primary.wire().deliver(foreign);
    world.turn();
    const auto parts = world.all<RawMessage>();
    ASSERT_EQ(parts.size(), RawMessage::parts_max);
    EXPECT_EQ(parts[0].size, foreign.size());
}

}  // namespace
}  // namespace portcullis::gateways::binance
