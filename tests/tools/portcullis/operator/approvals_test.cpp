// Signed commands at a running engine's desk, with fake hands: who may, what is refused and why,
// what is told, and how much of a flood.
#include "tools/portcullis/operator/approvals.hpp"

#include <unistd.h>

#include <thread>

#include "risk/operators/numbers.hpp"
#include "tests/tools/portcullis/operator/people.hpp"
#include "tools/portcullis/console/answer_fields.hpp"

namespace portcullis::tools {
namespace {

using engine::OperatorAct;
using test::Installation;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SignedCommands : public testing::Test {
protected:
    SignedCommands() { here_.init(); }
    void open() {
        config_ = here_.config();
        ApprovalHands hands;
        hands.note = [this](const engine::OperatorNote& note) { notes_.push_back(note); };
        hands.stands = [this](const risk::OperatorAction&) {
            return stands_.empty() ? engine::Result<std::string>(engine::Error{"nothing to do"})
                                   : engine::Result<std::string>(stands_);
        };
        hands.not_now = [this](const risk::OperatorAction&) { return not_now_; };
        hands.perform = [this](const risk::OperatorAction& action, std::uint64_t id, uid_t) {
            performed_.push_back(std::to_string(id) + " " + action.name);
            return fails_ ? engine::Result<std::string>(engine::Error{"broken hands"})
                          : engine::Result<std::string>(std::string("done"));
        };
        auto opened = Approvals::open(config_, std::move(hands));
        ASSERT_TRUE(opened.ok()) << opened.error();
        approvals_ = std::move(opened).value();
        visitor_.uid = ::getuid();
        visitor_.pid = ::getpid();
    }
    void SetUp() override { open(); }
    static std::string get(const std::string& json, const char* key) {
        simdjson::dom::parser parser;
        Answer root;
        EXPECT_EQ(parser.parse(json).get(root), simdjson::SUCCESS) << json;
        return field(root, key);
    }
    [[nodiscard]] ConsoleRequest request(const std::string& who, const std::string& id) const {
        ConsoleRequest asked;
        asked.command = ConsoleCommand::challenge;
        asked.key = risk::hex_of(SigningKey{here_.key(who), ""}.open().value());
        asked.id = risk::number_of<std::uint64_t>(id).value_or(0);
        asked.action = id.empty() ? "clear-kill" : "";
        asked.scope_text = "strategy";
        asked.name = "touch";
        return asked;
    }
    /// What `who` would sign next, all but the signature.
    [[nodiscard]] risk::CommandFrame drafted(const std::string& who, const std::string& id = "") {
        const std::string json = approvals_->challenge(visitor_, request(who, id), now_);
        risk::CommandFrame frame;
        frame.engine = risk::bytes_of_hex<16>(get(json, "engine")).value();
        frame.nonce = risk::bytes_of_hex<16>(get(json, "nonce")).value();
        frame.epoch = risk::number_of<std::uint32_t>(get(json, "epoch")).value();
        frame.counter = risk::number_of<std::uint64_t>(get(json, "counter")).value();
        frame.not_after = risk::utc_of(get(json, "not_after")).value();
        frame.key = SigningKey{here_.key(who), ""}.open().value();
        frame.verb = id.empty() ? risk::CommandVerb::propose : risk::CommandVerb::approve;
        frame.id = risk::number_of<std::uint64_t>(id).value_or(0);
        frame.action.kind = risk::ActionKind::clear_kill;
        frame.action.scope = "strategy";
        frame.action.name = "touch";
        frame.action.was = get(json, "was");
        frame.action.reason = id.empty() ? "cause found" : get(json, "reason");
        return frame;
    }
    [[nodiscard]] std::string signed_by(const std::string& who, risk::CommandFrame frame) const {
        const auto pair = gateways::Ed25519Pair::load(here_.key(who));
        frame.signature = pair.value().sign(risk::signed_bytes(risk::command_text(frame))).value();
        return risk::frame_bytes(frame);
    }
    [[nodiscard]] std::string say(const std::string& frame) {
        return approvals_->on_frame(visitor_, frame, now_);
    }
    [[nodiscard]] std::string propose(const std::string& who) {
        return say(signed_by(who, drafted(who)));
    }
    [[nodiscard]] std::string approve(const std::string& who, const std::string& id) {
        return say(signed_by(who, drafted(who, id)));
    }
    [[nodiscard]] std::vector<OperatorAct> acts() const {
        std::vector<OperatorAct> found;
        for (const engine::OperatorNote& note : notes_) {
            found.push_back(note.act);
        }
        return found;
    }

    Installation here_;
    AppConfig config_;
    std::unique_ptr<Approvals> approvals_;
    ConsoleVisitor visitor_;
    engine::MonoNs now_{1'000'000'000};
    std::string stands_{"3"};
    std::string not_now_;
    bool fails_{};
    std::vector<engine::OperatorNote> notes_;
    std::vector<std::string> performed_;
};

TEST_F(SignedCommands, TwoSignAndOneLetsItHappenOnce) {
    EXPECT_EQ(propose("alice"), "{\"ok\":\"action 1\",\"id\":1}");
    EXPECT_THAT(approvals_->pending_json(),
                AllOf(HasSubstr("\"stage\":\"signatures\""), HasSubstr("\"signers\":\"alice\""),
                      HasSubstr("\"was\":\"3\""), HasSubstr("\"reason\":\"cause found\"")));
    EXPECT_THAT(approvals_->apply(visitor_, 1), HasSubstr("a signature or the delay is missing"));
    EXPECT_EQ(approve("bob", "1"), "{\"ok\":\"action 1\",\"id\":1}");
    EXPECT_THAT(approvals_->pending_json(), HasSubstr("\"stage\":\"due\""));
    EXPECT_TRUE(performed_.empty()) << "due is not done";
    not_now_ = "later";
    EXPECT_EQ(approvals_->apply(visitor_, 1), "{\"error\":\"later\"}");
    not_now_.clear();
    EXPECT_EQ(approvals_->apply(visitor_, 1), "{\"ok\":\"done\"}");
    EXPECT_THAT(performed_, ElementsAre("1 touch"));
    EXPECT_THAT(approvals_->apply(visitor_, 1), HasSubstr("no such action is pending"));
    EXPECT_EQ(approvals_->pending(), 0U);
    EXPECT_THAT(acts(), ElementsAre(OperatorAct::proposed, OperatorAct::approved,
                                    OperatorAct::begun, OperatorAct::done));
    const auto alice = SigningKey{here_.key("alice"), ""}.open().value();
    EXPECT_EQ(std::memcmp(notes_[0].key, alice.data(), alice.size()), 0);
    EXPECT_EQ(notes_[0].words, notes_[1].words) << "both signed the same words";
    EXPECT_THAT(here_.operator_log(),
                AllOf(HasSubstr("alice proposes action 1: \"action: "),
                      HasSubstr("bob approves action 1"), HasSubstr("lets action 1 happen")));
}

TEST_F(SignedCommands, OneKeyTwiceAndRolesThatMayNotAreRefused) {
    ASSERT_THAT(propose("alice"), HasSubstr("\"ok\""));
    EXPECT_THAT(approve("alice", "1"), HasSubstr("this key has signed it already"));
    EXPECT_THAT(approve("oskar", "1"), HasSubstr("the operator's role does not allow it"));
    EXPECT_THAT(propose("vera"), HasSubstr("the operator's role does not allow it"));
    EXPECT_EQ(notes_.back().act, OperatorAct::refused);
    EXPECT_EQ(notes_.back().refusal, static_cast<std::uint8_t>(risk::CommandRefusal::role));
    EXPECT_THAT(here_.operator_log(), HasSubstr("vera: a signed command is refused"));
    ConsoleRequest stranger = request("alice", "");
    stranger.key = std::string(64, '0');
    EXPECT_THAT(approvals_->challenge(visitor_, stranger, now_), HasSubstr("no operator has"));
}

TEST_F(SignedCommands, AFrameIsGoodOnceOnItsConnectionAndWithItsNonce) {
    const std::string frame = signed_by("alice", drafted("alice"));
    ConsoleVisitor other = visitor_;
    other.nonce.reset();
    EXPECT_THAT(approvals_->on_frame(other, frame, now_),
                HasSubstr("the nonce is not the one of this connection"));
    ASSERT_THAT(say(frame), HasSubstr("\"ok\""));
    EXPECT_THAT(say(frame), HasSubstr("the nonce is not the one of this connection"));
    ASSERT_THAT(approvals_->withdraw(visitor_, 1), HasSubstr("withdrawn"));
    (void)drafted("alice");
    EXPECT_THAT(say(frame), HasSubstr("the nonce is not the one of this connection"))
        << "a new one does not help an old frame";
    EXPECT_EQ(approvals_->pending(), 0U);
}

TEST_F(SignedCommands, ANonceThatIsOldACommandThatHasExpiredOrWaitsTooLongAreRefused) {
    const std::string aged = signed_by("alice", drafted("alice"));
    now_ = now_ + risk::nonce_age_max + engine::DurationNs{1};
    EXPECT_THAT(say(aged), HasSubstr("the nonce is older than two minutes"));
    risk::CommandFrame frame = drafted("alice");
    frame.not_after.value -= 40'000'000'000;
    EXPECT_THAT(say(signed_by("alice", frame)), HasSubstr("the command has expired"));
    frame = drafted("alice");
    frame.not_after.value += 3'600'000'000'000;
    EXPECT_THAT(say(signed_by("alice", frame)), HasSubstr("more than 30 s ahead"));
    frame = drafted("alice");
    frame.counter = 0;
    EXPECT_THAT(say(signed_by("alice", frame)), HasSubstr("the counter is not above"));
    frame = drafted("alice");
    frame.epoch += 1;
    EXPECT_THAT(say(signed_by("alice", frame)), HasSubstr("another run of this engine"));
    EXPECT_EQ(approvals_->pending(), 0U);
}

TEST_F(SignedCommands, AForgedFrameIsRefusedWhateverByteIsAnother) {
    const std::string frame = signed_by("bob", drafted("alice"));
    EXPECT_THAT(say(frame), HasSubstr("the signature does not hold"));
    const std::string good = signed_by("alice", drafted("alice"));
    for (std::size_t at = 0; at < good.size(); at += 7) {
        std::string forged = good;
        forged[at] = static_cast<char>(forged[at] ^ 1);
        const auto nonce = visitor_.nonce;
        EXPECT_THAT(say(forged), HasSubstr("\"error\"")) << at;
        visitor_.nonce = nonce;
    }
    EXPECT_THAT(say(good), HasSubstr("\"ok\"")) << "with nothing changed it is taken";
}

TEST_F(SignedCommands, WhatCannotBeDoneIsNotProposedAndWhatStandsMustBeWhatWasSigned) {
    const std::string frame = signed_by("alice", drafted("alice"));
    stands_ = "5";
    EXPECT_THAT(say(frame), HasSubstr("what stands there is \\\"5\\\" and not \\\"3\\\""));
    stands_.clear();
    EXPECT_THAT(approvals_->challenge(visitor_, request("alice", ""), now_),
                HasSubstr("nothing to do"));
    stands_ = "3";
    ASSERT_THAT(propose("alice"), HasSubstr("\"ok\""));
    EXPECT_THAT(approvals_->challenge(visitor_, request("bob", "2"), now_),
                HasSubstr("no such action"));
    ASSERT_THAT(approve("bob", "1"), HasSubstr("\"ok\""));
    stands_ = "5";
    EXPECT_THAT(approvals_->apply(visitor_, 1), HasSubstr("what stands there is"));
    EXPECT_TRUE(performed_.empty());
}

TEST_F(SignedCommands, AnActThatFailsIsOverAndSaysSo) {
    ASSERT_THAT(propose("alice"), HasSubstr("\"ok\""));
    ASSERT_THAT(approve("bob", "1"), HasSubstr("\"ok\""));
    fails_ = true;
    EXPECT_THAT(approvals_->apply(visitor_, 1), HasSubstr("broken hands"));
    EXPECT_EQ(notes_.back().act, OperatorAct::failed);
    EXPECT_EQ(approvals_->pending(), 0U);
    EXPECT_THAT(here_.operator_log(), HasSubstr("action 1: broken hands"));
}

TEST_F(SignedCommands, AKillWithdrawsEverythingThatWasAgreedOnBefore) {
    ASSERT_THAT(propose("alice"), HasSubstr("\"ok\""));
    ASSERT_THAT(approve("bob", "1"), HasSubstr("\"ok\""));
    approvals_->on_kill(7);
    EXPECT_EQ(approvals_->pending(), 0U);
    EXPECT_EQ(notes_.back().act, OperatorAct::withdrawn);
    EXPECT_EQ(notes_.back().uid, 7U);
    EXPECT_THAT(approvals_->apply(visitor_, 1), HasSubstr("no such action"));
}

TEST_F(SignedCommands, WhatIsPendingOutlivesTheProcessAndItsUnusedEndDoesNot) {
    ASSERT_THAT(propose("alice"), HasSubstr("\"ok\""));
    approvals_.reset();
    here_.write(test::with(here_.text(), "expire_s = 3600", "expire_s = 1"));
    open();
    EXPECT_EQ(approvals_->pending(), 1U);
    std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
    approvals_->poll();
    EXPECT_EQ(approvals_->pending(), 0U);
    EXPECT_EQ(notes_.back().act, OperatorAct::expired);
    EXPECT_EQ(notes_.back().id, 1U);
}

TEST_F(SignedCommands, AFloodOfForgeriesIsCountedAndToldInAFewLines) {
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_THAT(say("no frame \n\x1b[31m" + std::to_string(i)), HasSubstr("\"error\""));
    }
    EXPECT_EQ(approvals_->refused(), 1'000U);
    EXPECT_EQ(notes_.size(), Approvals::refusals_told);
    now_ = now_ + engine::DurationNs{1'000'000'000};
    EXPECT_THAT(say("once more"), HasSubstr("no command frame"));
    const std::string log = here_.operator_log();
    EXPECT_THAT(log, AllOf(HasSubstr("and 990 more before it"), Not(HasSubstr("\x1b"))));
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), Approvals::refusals_told + 1);
}

}  // namespace
}  // namespace portcullis::tools
