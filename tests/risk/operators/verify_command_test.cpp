// Signed commands: each refusal at its edge, and no byte that could be another.
#include "risk/operators/verify_command.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

#include "tests/risk/operators/commands.hpp"

namespace portcullis::risk {
namespace {

using test::after_noon;
using test::good_frame;
using test::noon;
using test::People;
using test::second;
using test::signed_frame;
using test::TestKey;

class VerifyCommand : public testing::Test {
protected:
    VerifyCommand() {
        context_.equation = &test::equation;
        context_.engine.fill(0xa1);
        context_.epoch = 7;
        context_.nonce.emplace();
        context_.nonce->fill(0x5c);
        context_.nonce_age = engine::DurationNs{5 * second};
        context_.peer_user = "trader";
        context_.now = noon;
        counters_[people_.alice.open()] = 11;
    }
    [[nodiscard]] CommandRefusal judged(const std::string& bytes) const {
        return verify_command(bytes, context_).refusal;
    }
    [[nodiscard]] CommandRefusal judged(const CommandFrame& frame) const {
        return judged(signed_frame(frame, people_.alice));
    }

    People people_;
    CommandCounters counters_;
    CommandContext context_{people_.operators, counters_, nullptr, {}, 0, {}, {}, {}, {}};
};

TEST_F(VerifyCommand, TakesAGoodOneAndGivesWhoAndWhat) {
    const CommandFrame frame = good_frame(people_.alice);
    const CommandVerdict verdict = verify_command(signed_frame(frame, people_.alice), context_);
    EXPECT_EQ(verdict.refusal, CommandRefusal::none);
    ASSERT_NE(verdict.who, nullptr);
    EXPECT_EQ(verdict.who->name, "alice");
    EXPECT_EQ(verdict.frame.action, test::clear_touch());
    EXPECT_EQ(verdict.frame.counter, 12U);
    EXPECT_EQ(command_text(frame),
              "portcullis-command-v1\nengine: a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\nepoch: 7\n"
              "nonce: 5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c\nkey: " +
                  people_.alice.hex() +
                  "\ncounter: 12\nnot-after: 2026-11-27T12:00:30Z\ncommand: propose\n"
                  "action: clear-kill\nscope: strategy\nname: touch\nwas: 3\n"
                  "reason: cause found, fix deployed\n");
}

struct Row {
    const char* name;
    CommandRefusal refusal;
    std::function<void(CommandFrame&, CommandContext&)> change;
};

// Pass, edge, edge + 1 of each.
TEST_F(VerifyCommand, EachCauseHasItsRefusalAndItsEdge) {
    constexpr CommandRefusal ok = CommandRefusal::none;
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const Row rows[] = {
        {"as it is", ok, [](CommandFrame&, CommandContext&) {}},
        {"engine", CommandRefusal::other_engine,
         [](CommandFrame& f, CommandContext&) { f.engine[15] ^= 1U; }},
        {"epoch before", CommandRefusal::other_epoch,
         [](CommandFrame& f, CommandContext&) { f.epoch = 6; }},
        {"epoch after", CommandRefusal::other_epoch,
         [](CommandFrame& f, CommandContext&) { f.epoch = 8; }},
        {"nonce", CommandRefusal::nonce,
         [](CommandFrame& f, CommandContext&) { f.nonce[0] ^= 1U; }},
        {"no nonce asked for", CommandRefusal::nonce,
         [](CommandFrame&, CommandContext& c) { c.nonce.reset(); }},
        {"nonce at two minutes", ok,
         [](CommandFrame&, CommandContext& c) { c.nonce_age = nonce_age_max; }},
        {"nonce a nanosecond older", CommandRefusal::nonce_aged,
         [](CommandFrame&, CommandContext& c) {
             c.nonce_age = engine::DurationNs{nonce_age_max.value + 1};
         }},
        {"nonce of the future", CommandRefusal::nonce_aged,
         [](CommandFrame&, CommandContext& c) { c.nonce_age = engine::DurationNs{-1}; }},
        {"counter one above", ok, [](CommandFrame& f, CommandContext&) { f.counter = 12; }},
        {"counter equal", CommandRefusal::counter,
         [](CommandFrame& f, CommandContext&) { f.counter = 11; }},
        {"counter below", CommandRefusal::counter,
         [](CommandFrame& f, CommandContext&) { f.counter = 10; }},
        {"counter zero", CommandRefusal::counter,
         [](CommandFrame& f, CommandContext&) { f.counter = 0; }},
        {"counter far above", ok, [](CommandFrame& f, CommandContext&) { f.counter = most; }},
        {"30 s ahead", ok,
         [](CommandFrame& f, CommandContext&) { f.not_after = after_noon(30 * second); }},
        {"31 s ahead", CommandRefusal::too_far_ahead,
         [](CommandFrame& f, CommandContext&) { f.not_after = after_noon(31 * second); }},
        {"30 s and a nanosecond ahead", CommandRefusal::too_far_ahead,
         [](CommandFrame&, CommandContext& c) { c.now = after_noon(-1); }},
        {"the year 2261", CommandRefusal::too_far_ahead,
         [](CommandFrame& f, CommandContext&) { f.not_after = *utc_of("2261-12-31T23:59:59Z"); }},
        {"on the second", ok, [](CommandFrame& f, CommandContext&) { f.not_after = noon; }},
        {"a nanosecond after it", CommandRefusal::expired,
         [](CommandFrame& f, CommandContext& c) {
             f.not_after = noon;
             c.now = after_noon(1);
         }},
        {"1970", CommandRefusal::expired,
         [](CommandFrame& f, CommandContext&) { f.not_after = engine::WallNs{}; }},
        {"no equation", CommandRefusal::signature,
         [](CommandFrame&, CommandContext& c) { c.equation = nullptr; }},
    };
    for (const Row& row : rows) {
        CommandFrame frame = good_frame(people_.alice);
        CommandContext context = context_;
        row.change(frame, context);
        const auto verdict = verify_command(signed_frame(frame, people_.alice), context);
        EXPECT_EQ(verdict.refusal, row.refusal)
            << row.name << ": " << refusal_text(verdict.refusal);
    }
}

TEST_F(VerifyCommand, AKeyThatHasNeverSpokenBeginsAboveZero) {
    CommandFrame frame = good_frame(people_.bob);
    frame.counter = 1;
    EXPECT_EQ(judged(signed_frame(frame, people_.bob)), CommandRefusal::none);
    frame.counter = 0;
    EXPECT_EQ(judged(signed_frame(frame, people_.bob)), CommandRefusal::counter);
}

TEST_F(VerifyCommand, RolesAndUsers) {
    struct Case {
        const TestKey& key;
        CommandVerb verb;
        const char* user;
        CommandRefusal refusal;
    };
    const Case cases[] = {
        {people_.alice, CommandVerb::propose, "trader", CommandRefusal::none},
        {people_.alice, CommandVerb::approve, "trader", CommandRefusal::none},
        {people_.oskar, CommandVerb::propose, "trader", CommandRefusal::none},
        {people_.oskar, CommandVerb::approve, "trader", CommandRefusal::role},
        {people_.vera, CommandVerb::propose, "trader", CommandRefusal::role},
        {people_.vera, CommandVerb::approve, "trader", CommandRefusal::role},
        {people_.carol, CommandVerb::approve, "carol", CommandRefusal::none},
        {people_.carol, CommandVerb::approve, "trader", CommandRefusal::user},
        {people_.carol, CommandVerb::approve, "root", CommandRefusal::user},
        {people_.carol, CommandVerb::approve, "", CommandRefusal::user},
    };
    for (const Case& each : cases) {
        CommandFrame frame = good_frame(each.key);
        frame.verb = each.verb;
        frame.id = each.verb == CommandVerb::approve ? 9 : 0;
        context_.peer_user = each.user;
        EXPECT_EQ(judged(signed_frame(frame, each.key)), each.refusal) << each.user;
    }
    const TestKey stranger(77);
    EXPECT_EQ(judged(signed_frame(good_frame(stranger), stranger)), CommandRefusal::unknown_key);
    EXPECT_EQ(judged(signed_frame(good_frame(people_.alice), people_.bob)),
              CommandRefusal::signature)
        << "alice's key, bob's signature";
}

// The longest command fits; a byte beyond the limit is refused before anything is read.
TEST_F(VerifyCommand, LengthAndVersion) {
    CommandFrame frame = good_frame(people_.alice);
    frame.action.kind = ActionKind::raise_limit;
    for (std::string* field : {&frame.action.scope, &frame.action.name, &frame.action.limit,
                               &frame.action.was, &frame.action.value, &frame.action.reason}) {
        *field = std::string(OperatorAction::text_max, 'x');
    }
    EXPECT_EQ(judged(frame), CommandRefusal::none);
    EXPECT_LT(signed_frame(frame, people_.alice).size(), command_frame_max);
    EXPECT_EQ(judged(std::string(command_frame_max, 'x')), CommandRefusal::malformed);
    EXPECT_EQ(judged(std::string(command_frame_max + 1, 'x')), CommandRefusal::too_long);
    EXPECT_EQ(judged(std::string()), CommandRefusal::malformed);
    std::string bytes = signed_frame(good_frame(people_.alice), people_.alice);
    bytes[20] = '2';
    EXPECT_EQ(judged(bytes), CommandRefusal::version);
    EXPECT_EQ(judged("portcullis-command-v10\n" + bytes.substr(22)), CommandRefusal::version);
    EXPECT_EQ(judged("portcullis-command-\n" + bytes.substr(22)), CommandRefusal::malformed);
}

TEST_F(VerifyCommand, NoByteOfAFrameMayBeAnotherNorMissingNorOneMore) {
    const std::string bytes = signed_frame(good_frame(people_.alice), people_.alice);
    ASSERT_EQ(judged(bytes), CommandRefusal::none);
    std::set<CommandRefusal> seen;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string other = bytes;
            other[at] = static_cast<char>(other[at] ^ 1 << bit);
            const CommandRefusal refusal = judged(other);
            EXPECT_NE(refusal, CommandRefusal::none) << "byte " << at << " bit " << bit;
            seen.insert(refusal);
        }
        EXPECT_NE(judged(bytes.substr(0, at)), CommandRefusal::none) << at;
        EXPECT_EQ(judged(bytes.substr(at)) == CommandRefusal::none, at == 0) << at;
        for (const char more : {'\0', '\n', ' ', 'a'}) {
            EXPECT_NE(judged(bytes.substr(0, at) + more + bytes.substr(at)), CommandRefusal::none)
                << at;
        }
    }
    EXPECT_NE(judged(bytes + "\n"), CommandRefusal::none);
    EXPECT_NE(judged(bytes + bytes), CommandRefusal::none);
    for (const CommandRefusal expected : {CommandRefusal::version, CommandRefusal::malformed,
                                          CommandRefusal::unknown_key, CommandRefusal::signature}) {
        EXPECT_TRUE(seen.contains(expected)) << refusal_text(expected);
    }
}

TEST_F(VerifyCommand, ATextThatIsNotReadableIsNoCommand) {
    for (const char* bad : {"", " x", "x ", "a\nb", "a\tb", "caf\xc3\xa9", "\x1b[2J", "a\x7f"}) {
        OperatorAction action = test::clear_touch();
        action.reason = bad;
        EXPECT_FALSE(is_whole(action)) << bad;
        action = test::clear_touch();
        action.name = bad;
        EXPECT_FALSE(is_whole(action)) << bad;
    }
    OperatorAction action = test::clear_touch();
    action.reason = std::string(OperatorAction::text_max, 'x');
    EXPECT_TRUE(is_whole(action));
    action.reason += 'x';
    EXPECT_FALSE(is_whole(action));
    action = test::clear_touch();
    action.limit = "messages_1s_max";
    EXPECT_FALSE(is_whole(action)) << "a field that the kind does not have";
    action = test::clear_touch();
    action.was.clear();
    EXPECT_FALSE(is_whole(action));
    action = test::clear_touch();
    action.scope = "firm";
    EXPECT_FALSE(is_whole(action)) << "the firm has no name";
    action.name.clear();
    EXPECT_TRUE(is_whole(action));
}

TEST(UtcText, IsOneSpellingOfEachSecond) {
    for (const std::int64_t at :
         {std::int64_t{0}, std::int64_t{86'399}, std::int64_t{86'400}, std::int64_t{951'782'399},
          std::int64_t{951'782'400}, std::int64_t{4'102'444'799}, noon.value / second}) {
        const engine::WallNs time{at * second};
        EXPECT_EQ(utc_of(utc_text(time)), time) << at;
    }
    EXPECT_EQ(utc_text(noon), "2026-11-27T12:00:00Z");
    for (const char* bad :
         {"", "2026-11-27T12:00:00", "2026-11-27 12:00:00Z", "2026-13-01T00:00:00Z",
          "2026-02-29T00:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T12:60:00Z",
          "2026-11-27T12:00:60Z", "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z",
          "2026-11-27T12:00:-1Z", "+026-11-27T12:00:00Z", "2026-00-10T12:00:00Z"}) {
        EXPECT_FALSE(utc_of(bad).has_value()) << bad;
    }
}

}  // namespace
}  // namespace portcullis::risk
