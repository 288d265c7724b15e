// The quorum's state machine: edges by name, and every sequence of six acts against a twin that
// keeps nothing but what was said and when.
#include "risk/operators/pending_actions.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "tests/risk/operators/commands.hpp"

namespace portcullis::risk {
namespace {

using test::clear_touch;
using test::second;

constexpr QuorumRules rules{engine::DurationNs{60 * second}, engine::DurationNs{600 * second}};

OperatorTime at(std::int64_t seconds, std::uint64_t boot = 1) {
    return {engine::WallNs{test::noon.value + seconds * second},
            engine::MonoNs{1'000 * second + seconds * second}, boot};
}

Ed25519Key key(std::uint8_t number) {
    Ed25519Key made;
    made.fill(number);
    return made;
}

TEST(PendingActions, TwoKeysThenTheDelayThenDue) {
    PendingActions pending(rules);
    const std::uint64_t id = pending.propose(clear_touch(), key(1), true, at(0));
    EXPECT_EQ(id, 1U);
    const auto stage = [&](const OperatorTime& now) {
        return pending.stage(*pending.find(id), now);
    };
    EXPECT_EQ(stage(at(500)), PendingStage::signatures) << "one key never is enough";
    EXPECT_EQ(pending.may_approve(id, clear_touch(), key(1)), PendingRefusal::already_signed);
    EXPECT_EQ(pending.may_approve(id, clear_touch(), key(2)), PendingRefusal::none);
    pending.approve(id, key(2), at(100));
    EXPECT_EQ(stage(at(100)), PendingStage::delay);
    EXPECT_EQ(pending.delay_left_ns(*pending.find(id), at(101)), 59 * second);
    OperatorTime edge = at(160);
    edge.mono.value -= 1;
    EXPECT_EQ(stage(edge), PendingStage::delay) << "a nanosecond before";
    EXPECT_EQ(stage(at(160)), PendingStage::due);
    pending.approve(id, key(3), at(159));
    EXPECT_EQ(stage(at(160)), PendingStage::due) << "a third key does not begin it again";
    EXPECT_FALSE(pending.expired(*pending.find(id), at(600)));
    edge = at(600);
    edge.wall.value += 1;
    EXPECT_TRUE(pending.expired(*pending.find(id), edge));
    EXPECT_TRUE(pending.remove(id));
    EXPECT_FALSE(pending.remove(id)) << "gone is gone";
    EXPECT_EQ(pending.may_approve(id, clear_touch(), key(4)), PendingRefusal::unknown_id);
}

TEST(PendingActions, AnOperatorsProposalIsNoSignature) {
    PendingActions pending(rules);
    const std::uint64_t id = pending.propose(clear_touch(), key(9), false, at(0));
    pending.approve(id, key(1), at(1));
    EXPECT_EQ(pending.stage(*pending.find(id), at(500)), PendingStage::signatures);
    pending.approve(id, key(2), at(2));
    EXPECT_EQ(pending.stage(*pending.find(id), at(62)), PendingStage::due);
}

TEST(PendingActions, OtherWordsAreAnotherAction) {
    PendingActions pending(rules);
    const std::uint64_t id = pending.propose(clear_touch(), key(1), true, at(0));
    std::string OperatorAction::*const fields[] = {&OperatorAction::scope, &OperatorAction::name,
                                                   &OperatorAction::was,   &OperatorAction::reason,
                                                   &OperatorAction::limit, &OperatorAction::value};
    for (const auto field : fields) {
        OperatorAction other = clear_touch();
        (other.*field) += "x";
        EXPECT_EQ(pending.may_approve(id, other, key(2)), PendingRefusal::other_words);
    }
    OperatorAction other = clear_touch();
    other.kind = ActionKind::re_enable;
    EXPECT_EQ(pending.may_approve(id, other, key(2)), PendingRefusal::other_words);
    EXPECT_EQ(pending.may_propose(other), PendingRefusal::none);
    other = clear_touch();
    other.reason = "another reason";
    EXPECT_EQ(pending.may_propose(other), PendingRefusal::already_there);
}

TEST(PendingActions, HoldsThirtyTwoAndNotOneMore) {
    PendingActions pending(rules);
    for (std::size_t i = 0; i < PendingActions::most; ++i) {
        OperatorAction action = clear_touch();
        action.name = std::to_string(i);
        ASSERT_EQ(pending.may_propose(action), PendingRefusal::none);
        EXPECT_EQ(pending.propose(action, key(1), true, at(0)), i + 1);
    }
    EXPECT_EQ(pending.may_propose(clear_touch()), PendingRefusal::full);
    EXPECT_TRUE(pending.remove(7));
    EXPECT_EQ(pending.may_propose(clear_touch()), PendingRefusal::none);
    EXPECT_EQ(pending.propose(clear_touch(), key(1), true, at(0)), 33U) << "no id comes twice";
}

// No step of a clock shortens the delay, and none keeps alive what has expired by the other.
TEST(PendingActions, ADelayHasPassedByEveryClockAndALifeByAny) {
    const OperatorTime then = at(0);
    OperatorTime wall_ahead = at(10);
    wall_ahead.wall.value += 3'600 * second;
    EXPECT_EQ(age_of(then, wall_ahead).least_ns, 10 * second);
    EXPECT_EQ(age_of(then, wall_ahead).most_ns, 3'610 * second);
    OperatorTime wall_back = at(10);
    wall_back.wall.value -= 3'600 * second;
    EXPECT_EQ(age_of(then, wall_back).least_ns, 0);
    EXPECT_EQ(age_of(then, wall_back).most_ns, 10 * second);
    OperatorTime rebooted = at(70, 2);
    rebooted.mono = engine::MonoNs{5 * second};
    EXPECT_EQ(age_of(then, rebooted).least_ns, 70 * second) << "the other clock alone is left";
    EXPECT_EQ(age_of(then, at(-5)).least_ns, 0);
    EXPECT_EQ(age_of(then, at(-5)).most_ns, 0);
}

/// What was said, and when. Everything is found out anew from that, for each question.
struct Said {
    char what;  ///< p: proposed, a: approved, w: withdrawn, t: taken
    std::uint8_t key;
    std::int64_t when;
};

class NaiveQuorum {
public:
    void say(char what, std::uint8_t key, std::int64_t when) { said_.push_back({what, key, when}); }
    /// Index of the proposal that is open at `now`; nothing where there is none.
    [[nodiscard]] std::optional<std::size_t> open() const {
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < said_.size(); ++i) {
            if (said_[i].what == 'p') {
                found = i;
            } else if (said_[i].what != 'a') {
                found.reset();
            }
        }
        return found;
    }
    [[nodiscard]] std::set<std::uint8_t> keys() const {
        std::set<std::uint8_t> keys;
        for (std::size_t i = open().value_or(said_.size()); i < said_.size(); ++i) {
            if (said_[i].key <= 3) {  // 9 is an operator: no signature
                keys.insert(said_[i].key);
            }
        }
        return keys;
    }
    [[nodiscard]] bool due(std::int64_t now) const {
        std::set<std::uint8_t> keys;
        for (std::size_t i = open().value_or(said_.size()); i < said_.size(); ++i) {
            if (said_[i].key <= 3) {
                keys.insert(said_[i].key);
            }
            if (keys.size() == 2) {
                return now - said_[i].when >= 60;
            }
        }
        return false;
    }
    [[nodiscard]] bool expired(std::int64_t now) const { return now - said_[*open()].when > 600; }

private:
    std::vector<Said> said_;
};

enum class Act {
    propose_1,
    propose_9,
    approve_1,
    approve_2,
    approve_3,
    withdraw,
    take,
    wait_30,
    wait_300
};
constexpr std::size_t act_count = 9;

// All 9^6 sequences: which are allowed, what is due and when, what has expired.
TEST(PendingActions, EverySequenceOfSixActsIsAsTheTwinHasIt) {
    std::size_t taken = 0;
    std::size_t expired = 0;
    std::size_t refused = 0;
    constexpr std::size_t sequences = 531'441;
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
        PendingActions pending(rules);
        NaiveQuorum naive;
        std::int64_t now = 0;
        std::size_t left = sequence;
        for (int step = 0; step < 6; ++step) {
            const Act act = static_cast<Act>(left % act_count);
            left /= act_count;
            const bool there = !pending.all().empty();
            ASSERT_EQ(there, naive.open().has_value()) << sequence;
            const std::uint64_t id = there ? pending.all()[0].id : 1;
            const auto number = static_cast<std::uint8_t>(static_cast<int>(act) - 1);
            switch (act) {
                case Act::propose_1:
                case Act::propose_9: {
                    const std::uint8_t who = act == Act::propose_1 ? 1 : 9;
                    ASSERT_EQ(pending.may_propose(clear_touch()) == PendingRefusal::none, !there);
                    if (!there) {
                        pending.propose(clear_touch(), key(who), who == 1, at(now));
                        naive.say('p', who, now);
                    }
                    break;
                }
                case Act::approve_1:
                case Act::approve_2:
                case Act::approve_3: {
                    const bool may =
                        pending.may_approve(id, clear_touch(), key(number)) == PendingRefusal::none;
                    ASSERT_EQ(may, there && naive.keys().count(number) == 0) << sequence;
                    refused += may ? 0 : 1;
                    if (may) {
                        pending.approve(id, key(number), at(now));
                        naive.say('a', number, now);
                    }
                    break;
                }
                case Act::withdraw:
                    ASSERT_EQ(pending.remove(id), there);
                    naive.say('w', 0, now);
                    break;
                case Act::take:
                    if (there && pending.stage(pending.all()[0], at(now)) == PendingStage::due) {
                        ASSERT_TRUE(pending.remove(id));
                        naive.say('t', 0, now);
                        ++taken;
                    }
                    break;
                case Act::wait_30:
                    now += 30;
                    break;
                case Act::wait_300:
                    now += 301;
                    break;
            }
            if (!pending.all().empty()) {
                const PendingAction& each = pending.all()[0];
                ASSERT_EQ(each.signers.size(), naive.keys().size()) << sequence;
                ASSERT_EQ(pending.stage(each, at(now)) == PendingStage::due, naive.due(now))
                    << sequence << " step " << step;
                ASSERT_EQ(pending.expired(each, at(now)), naive.expired(now)) << sequence;
                expired += naive.expired(now) ? 1 : 0;
            }
        }
    }
    EXPECT_GT(taken, 500U);
    EXPECT_GT(expired, 1'000U);
    EXPECT_GT(refused, 100'000U);
}

}  // namespace
}  // namespace portcullis::risk
