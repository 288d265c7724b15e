// A kill is cleared by two, offline: every step, and everything that stands in its way.
#include "tools/portcullis/operator/commands.hpp"

#include <unistd.h>

#include <iostream>
#include <sstream>
#include <thread>

#include "risk/kill_switch.hpp"
#include "tests/tools/portcullis/operator/people.hpp"

namespace portcullis::tools {
namespace {

using test::Installation;
using test::Output;
using test::printed_by;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class KillClear : public testing::Test {
protected:
    KillClear() { here_.init(); }
    void kill(engine::Scope scope, std::size_t index) {
        auto page = risk::KillPage::open(kill_page_path(here_.config()));
        ASSERT_TRUE(page.ok());
        ASSERT_TRUE(page.value().kill(scope, index).ok());
    }
    [[nodiscard]] std::uint32_t word(const std::string& scope = "firm",
                                     const std::string& name = "") const {
        const auto word = read_kill_word(here_.config(), scope, name);
        EXPECT_TRUE(word.ok());
        return word.value();
    }
    [[nodiscard]] Output clear(const KillClearArguments& arguments) const {
        const AppConfig config = here_.config();
        return printed_by([&] { return kill_clear(config, arguments); });
    }
    [[nodiscard]] Output propose(const std::string& who, const std::string& scope = "firm",
                                 const std::string& name = "") const {
        return clear({scope, name, "cause found", {here_.key(who), ""}, 0, 0, 0, false});
    }
    [[nodiscard]] Output approve(const std::string& who, std::uint64_t id) const {
        return clear({"firm", "", "", {here_.key(who), ""}, id, 0, 0, false});
    }
    [[nodiscard]] Output apply(std::uint64_t id) const {
        return clear({"firm", "", "", {}, 0, id, 0, false});
    }
    [[nodiscard]] Output withdraw(std::uint64_t id) const {
        return clear({"firm", "", "", {}, 0, 0, id, false});
    }
    [[nodiscard]] Output pending() const { return clear({"firm", "", "", {}, 0, 0, 0, true}); }

    Installation here_;
};

TEST_F(KillClear, TwoOfficersOpenAWordAndEachSawWhatWasSigned) {
    kill(engine::Scope::strategy, 0);
    const Output proposed = propose("alice", "strategy", "touch");
    ASSERT_EQ(proposed.code, 0) << proposed.error;
    EXPECT_THAT(proposed.out, AllOf(HasSubstr("signed:\nportcullis-command-v1\n"),
                                    HasSubstr("name: touch\n"), HasSubstr("was: 1\n"),
                                    HasSubstr("reason: cause found\n"), HasSubstr("action 1\n")));
    EXPECT_THAT(pending().out, AllOf(HasSubstr("clear-kill strategy touch"),
                                     HasSubstr("signed by alice  signatures")));
    const Output early = apply(1);
    EXPECT_EQ(early.code, 1);
    EXPECT_THAT(early.error, HasSubstr("a signature or the delay is missing"));
    EXPECT_EQ(word("strategy", "touch"), 1U);
    const Output approved = approve("bob", 1);
    ASSERT_EQ(approved.code, 0) << approved.error;
    EXPECT_THAT(pending().out, HasSubstr("signed by alice, bob  due"));
    EXPECT_EQ(word("strategy", "touch"), 1U) << "due is not done";
    const Output applied = apply(1);
    EXPECT_EQ(applied.code, 0) << applied.error;
    EXPECT_EQ(applied.out, "strategy touch is open again (word 2)\n");
    EXPECT_EQ(word("strategy", "touch"), 2U);
    EXPECT_EQ(pending().out, "nothing is pending\n");
    EXPECT_THAT(here_.operator_log(),
                AllOf(HasSubstr("alice proposes action 1: "), HasSubstr("bob approves action 1: "),
                      HasSubstr("lets action 1 happen: ")));
    EXPECT_THAT(apply(1).error, HasSubstr("no such action is pending"));
}

TEST_F(KillClear, OnePersonIsNotTwoAndAnOperatorIsNoOfficer) {
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(propose("alice").code, 0);
    const Output again = approve("alice", 1);
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.error, HasSubstr("this key has signed it already"));
    for (const char* who : {"oskar", "vera"}) {
        const Output no = approve(who, 1);
        EXPECT_EQ(no.code, 1);
        EXPECT_THAT(no.error, HasSubstr("the operator's role does not allow it"));
        EXPECT_THAT(here_.operator_log(), HasSubstr(std::string(who) + ": a signed command is "
                                                                       "refused: "));
    }
    EXPECT_EQ(apply(1).code, 1);
    EXPECT_EQ(word(), 1U);
    EXPECT_THAT(propose("bob").error, HasSubstr("the same action is pending already"));
}

TEST_F(KillClear, AnOperatorMayPrepareWhatTwoOfficersThenDecide) {
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(propose("oskar").code, 0);
    EXPECT_THAT(pending().out, HasSubstr("signed by nobody"));
    ASSERT_EQ(approve("alice", 1).code, 0);
    EXPECT_EQ(apply(1).code, 1);
    ASSERT_EQ(approve("carol", 1).code, 0);
    EXPECT_EQ(apply(1).code, 0);
    EXPECT_EQ(word(), 2U);
}

TEST_F(KillClear, TheDelayRunsFromTheSecondSignature) {
    here_.delay(2);
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(propose("alice").code, 0);
    ASSERT_EQ(approve("bob", 1).code, 0);
    EXPECT_THAT(pending().out, AllOf(HasSubstr("delay ("), HasSubstr(" s left)")));
    EXPECT_EQ(apply(1).code, 1);
    EXPECT_EQ(word(), 1U);
    std::this_thread::sleep_for(std::chrono::milliseconds(2'100));
    EXPECT_EQ(apply(1).code, 0);
    EXPECT_EQ(word(), 2U);
}

TEST_F(KillClear, AKillAfterTheProposalIsAnotherOneAndStays) {
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(propose("alice").code, 0);
    ASSERT_EQ(approve("bob", 1).code, 0);
    ASSERT_EQ(clear_kill_word(here_.config(), "firm", "", 1, "alice").value(), 2U);
    kill(engine::Scope::firm, 0);
    const Output no = apply(1);
    EXPECT_EQ(no.code, 1);
    EXPECT_THAT(no.error, HasSubstr("the word is 3 and not 1, which was signed"));
    EXPECT_EQ(word(), 3U);
}

TEST_F(KillClear, OneWithdrawsAndWhatIsNotKilledIsNotProposed) {
    EXPECT_THAT(propose("alice").error, HasSubstr("firm is not killed"));
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(propose("alice").code, 0);
    EXPECT_EQ(withdraw(1).code, 0);
    EXPECT_EQ(withdraw(1).code, 1);
    EXPECT_EQ(approve("bob", 1).code, 1);
    EXPECT_EQ(word(), 1U);
}

TEST_F(KillClear, WhatIsPendingWithoutBeingUsedExpires) {
    here_.write(test::with(here_.text(), "expire_s = 3600", "expire_s = 1"));
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(propose("alice").code, 0);
    ASSERT_EQ(approve("bob", 1).code, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
    EXPECT_THAT(apply(1).error, HasSubstr("no such action is pending"));
    EXPECT_EQ(word(), 1U);
}

TEST_F(KillClear, WhatIsAskedWronglyIsNotDone) {
    kill(engine::Scope::firm, 0);
    EXPECT_EQ(clear({}).code, 2);
    EXPECT_EQ(clear({"firm", "", "x", {}, 0, 0, 0, false}).code, 2) << "nobody signs it";
    EXPECT_EQ(clear({"firm", "", "x", {here_.key("alice"), ""}, 1, 0, 0, false}).code, 2);
    EXPECT_THAT(propose("alice", "frim").error, HasSubstr("unknown scope \"frim\""));
    EXPECT_THAT(clear({"firm", "", "a\nb", {here_.key("alice"), ""}, 0, 0, 0, false}).error,
                HasSubstr("printable ASCII"));
    EXPECT_EQ(word(), 1U);
}

TEST_F(KillClear, AFileThatOthersMayWriteSaysNothingOfWhoMayRaiseRisk) {
    kill(engine::Scope::firm, 0);
    ASSERT_EQ(::chmod(here_.operators_path().c_str(), 0666), 0);
    EXPECT_THAT(propose("alice").error, HasSubstr("nobody else may write"));
    EXPECT_THAT(why_no_operators(here_.config()), HasSubstr("nobody else may write"));
    ASSERT_EQ(::chmod(here_.operators_path().c_str(), 0644), 0);
    EXPECT_EQ(why_no_operators(here_.config()), "");
    const std::string whole = test::file_text(here_.operators_path());
    std::ofstream(here_.operators_path()) << whole.substr(0, whole.find("[[operator]]", 20));
    EXPECT_THAT(propose("alice").error, HasSubstr("expected two operators of role risk_officer"));
}

TEST_F(KillClear, ARehearsalWithoutOperatorsKeepsTheOnePersonFormAndSaysSo) {
    here_.write(Installation::without_operators(here_.text()));
    kill(engine::Scope::firm, 0);
    EXPECT_EQ(clear({"firm", "", "", {}, 0, 0, 0, true}).code, 2);
    const Output done = clear({"firm", "", "alone here", {}, 0, 0, 0, false});
    EXPECT_EQ(done.code, 0) << done.error;
    EXPECT_THAT(done.out, AllOf(HasSubstr("firm is open again (word 2)"),
                                HasSubstr("a rehearsal on this machine without [operators]")));
    EXPECT_THAT(here_.operator_log(), HasSubstr("clears kill of firm, alone: \"alone here\""));
    EXPECT_EQ(word(), 2U);
}

TEST_F(KillClear, WithTheVenueElsewhereNothingStartsWithoutOperators) {
    std::string text =
        test::with(here_.text(), "address = \"127.0.0.1\"", "address = \"127.0.0.1\" ");
    text = Installation::without_operators(text);
    here_.write(test::with(text, "address = \"127.0.0.1\" ", "address = \"203.0.113.7\" "));
    const AppConfig config = here_.config();
    EXPECT_FALSE(config.rehearsal);
    EXPECT_THAT(operators_missing(config), HasSubstr("expected [operators]"));
    EXPECT_EQ(one_person_note(config), "");
    kill(engine::Scope::firm, 0);
    const Output no = clear({"firm", "", "alone here", {}, 0, 0, 0, false});
    EXPECT_EQ(no.code, 3);
    EXPECT_THAT(no.error, HasSubstr("expected [operators]"));
    EXPECT_EQ(word(), 1U);
    auto made = TradingEngine::make(here_.config());
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error(), HasSubstr("expected [operators]"));
}

class OperatorSign : public KillClear {
protected:
    [[nodiscard]] static Output sign(const std::string& key, const std::string& text) {
        std::istringstream in(text);
        std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
        const Output said = printed_by([&] { return operator_sign(key); });
        std::cin.rdbuf(before);
        std::cin.clear();
        return said;
    }
    [[nodiscard]] std::string text_of(const std::string& who) const {
        risk::CommandFrame frame;
        frame.key = SigningKey{here_.key(who), ""}.open().value();
        frame.counter = 1;
        frame.action.scope = "firm";
        frame.action.was = "1";
        frame.action.reason = "why";
        return risk::command_text(frame);
    }
};

TEST_F(OperatorSign, TheSignatureOfAKeyThatLiesElsewhereHolds) {
    const std::string text = text_of("alice");
    const Output said = sign(here_.key("alice"), text);
    ASSERT_EQ(said.code, 0) << said.error;
    EXPECT_EQ(said.error, "signed:\n" + text);
    const risk::ParsedFrame parsed = risk::parse_frame(text + said.out);
    ASSERT_EQ(parsed.fault, risk::FrameFault::none) << said.out;
    EXPECT_TRUE(risk::verify_strictly(parsed.frame.key, risk::signed_bytes(text),
                                      parsed.frame.signature, &gateways::ed25519_equation));
}

TEST_F(OperatorSign, WhatIsNoCommandOrNamesAnotherKeyIsNotSigned) {
    EXPECT_THAT(sign(here_.key("alice"), "please sign\n").error, HasSubstr("found no command"));
    EXPECT_THAT(sign(here_.key("alice"), text_of("alice") + "more: 1\n").error,
                HasSubstr("found no command"));
    const Output other = sign(here_.key("alice"), text_of("bob"));
    EXPECT_EQ(other.code, 1);
    EXPECT_THAT(other.error, HasSubstr("names another key"));
    EXPECT_EQ(other.out, "");
}

TEST_F(OperatorSign, AKillIsClearedWithAKeyThatLiesElsewhere) {
    kill(engine::Scope::firm, 0);
    const std::string public_hex = risk::hex_of(SigningKey{here_.key("alice"), ""}.open().value());
    std::istringstream in("signature: 00\n");
    std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
    const Output said = clear({"firm", "", "cause", {"", public_hex}, 0, 0, 0, false});
    std::cin.rdbuf(before);
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.out, Not(HasSubstr("signed:"))) << "the text alone, for the other machine";
    EXPECT_THAT(said.error, HasSubstr("128 digits"));
    EXPECT_EQ(pending().out, "nothing is pending\n");
}

TEST(OperatorKeygen, AFileThatIsThereIsNotWrittenOver) {
    Installation here;
    const std::string path = here.folder() + "/new.pem";
    const Output made = printed_by([&] { return operator_keygen(path); });
    ASSERT_EQ(made.code, 0) << made.error;
    EXPECT_EQ(made.out,
              "public_key = \"" + risk::hex_of(SigningKey{path, ""}.open().value()) + "\"\n");
    EXPECT_EQ(printed_by([&] { return operator_keygen(path); }).code, 1);
    EXPECT_FALSE((SigningKey{path, "00"}.open().ok())) << "one of the two";
    EXPECT_FALSE((SigningKey{"", "zz"}.open().ok()));
}

}  // namespace
}  // namespace portcullis::tools
