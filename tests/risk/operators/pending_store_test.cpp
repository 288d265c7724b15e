// The file of pending actions: what is taken survives; the file cut at every byte, every byte of it
// another, forged, of somebody else, on a disk that is full.
#include "risk/operators/pending_store.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/risk/operators/commands.hpp"

namespace portcullis::risk {
namespace {

using test::good_frame;
using test::People;
using test::second;
using test::TestKey;
using testing::HasSubstr;

OperatorTime at(std::int64_t seconds) {
    return {engine::WallNs{test::noon.value + seconds * second},
            engine::MonoNs{1'000 * second + seconds * second}, 1};
}

class PendingStoreFile : public testing::Test {
protected:
    PendingStoreFile() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-pending-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        path_ = folder_ + "/pending";
        engine_.fill(0xa1);
    }
    ~PendingStoreFile() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] engine::Result<PendingStore> open(const OperatorTime& now = at(0)) const {
        return open_with(people_.operators, now);
    }
    [[nodiscard]] engine::Result<PendingStore> open_with(const Operators& operators,
                                                         const OperatorTime& now = at(0)) const {
        return PendingStore::open(
            {path_,
             engine_,
             operators,
             &test::equation,
             {engine::DurationNs{60 * second}, engine::DurationNs{600 * second}}},
            now);
    }
    [[nodiscard]] static CommandFrame frame_of(const TestKey& key, std::uint64_t counter,
                                               CommandVerb verb = CommandVerb::propose,
                                               std::uint64_t id = 0, const char* name = "touch") {
        CommandFrame frame = good_frame(key);
        frame.counter = counter;
        frame.verb = verb;
        frame.id = id;
        frame.action.name = name;
        frame.signature = key.sign(signed_bytes(command_text(frame)));
        return frame;
    }
    [[nodiscard]] std::string bytes() const {
        std::ifstream in(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(std::string_view text) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    }
    /// Every kind of line. Gives what stands in the file after each.
    std::vector<std::string> lived() const {
        std::vector<std::string> after;
        auto opened = open();
        EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error());
        PendingStore& store = opened.value();
        const auto note = [&](bool ok) {
            EXPECT_TRUE(ok);
            after.push_back(bytes());
        };
        note(true);
        const auto approve = CommandVerb::approve;
        note(store.take(frame_of(people_.alice, 3), at(1)).ok());
        note(store.take(frame_of(people_.bob, 8, approve, 1), at(2)).ok());
        note(!store.take(frame_of(people_.bob, 9, approve, 1), at(2)).ok());  // spent
        note(store.take(frame_of(people_.oskar, 1, CommandVerb::propose, 0, "deep"), at(3)).ok());
        note(store.begin(1, at(62)).ok());
        note(store.end(1, true, at(63)).ok());
        note(store.take(frame_of(people_.alice, 4, CommandVerb::propose, 0, "x\\n"), at(64)).ok());
        note(store.withdraw(2, 1000, at(65)).ok());
        note(store.take(frame_of(people_.alice, 5, CommandVerb::propose, 0, "y"), at(66)).ok());
        note(store.expire(at(665)).ok());
        return after;
    }

    People people_;
    EngineUuid engine_{};
    std::string folder_;
    std::string path_;
};

TEST_F(PendingStoreFile, AnActionIsProposedApprovedWaitedForAndTakenOnce) {
    {
        auto opened = open();
        ASSERT_TRUE(opened.ok()) << opened.error();
        PendingStore& store = opened.value();
        EXPECT_TRUE(store.told().empty());
        const auto id = store.take(frame_of(people_.alice, 3), at(1));
        ASSERT_TRUE(id.ok()) << id.error();
        EXPECT_EQ(id.value(), 1U);
        const auto again = store.take(frame_of(people_.alice, 4, CommandVerb::approve, 1), at(2));
        ASSERT_FALSE(again.ok());
        EXPECT_THAT(again.error(), HasSubstr("a second person must"));
        EXPECT_EQ(store.counters().at(people_.alice.open()), 4U) << "it is spent all the same";
        EXPECT_FALSE(store.begin(1, at(100)).ok());
    }
    auto opened = open(at(100));
    ASSERT_TRUE(opened.ok()) << opened.error();
    PendingStore& store = opened.value();
    EXPECT_EQ(store.counters().at(people_.alice.open()), 4U);
    ASSERT_TRUE(store.take(frame_of(people_.bob, 1, CommandVerb::approve, 1), at(100)).ok());
    const auto early = store.begin(1, at(159));
    ASSERT_FALSE(early.ok());
    EXPECT_THAT(early.error(), HasSubstr("delay is missing"));
    const auto due = store.begin(1, at(160));
    ASSERT_TRUE(due.ok()) << due.error();
    EXPECT_EQ(due.value(), test::clear_touch());
    EXPECT_FALSE(store.begin(1, at(161)).ok()) << "once";
    EXPECT_TRUE(store.end(1, true, at(161)).ok());
}

TEST_F(PendingStoreFile, UnusedItExpiresAlsoWhenItIsAgreed) {
    auto opened = open();
    PendingStore& store = opened.value();
    ASSERT_TRUE(store.take(frame_of(people_.alice, 1), at(0)).ok());
    ASSERT_TRUE(store.take(frame_of(people_.bob, 1, CommandVerb::approve, 1), at(590)).ok());
    EXPECT_TRUE(store.expire(at(600)).value().empty());
    EXPECT_FALSE(store.begin(1, at(660)).ok());
    EXPECT_TRUE(store.pending().all().empty());
}

TEST_F(PendingStoreFile, ABeginWithoutItsEndIsToldAndNotDoneAgain) {
    {
        auto opened = open();
        PendingStore& store = opened.value();
        ASSERT_TRUE(store.take(frame_of(people_.alice, 1), at(0)).ok());
        ASSERT_TRUE(store.take(frame_of(people_.bob, 1, CommandVerb::approve, 1), at(1)).ok());
        ASSERT_TRUE(store.begin(1, at(61)).ok());
    }
    auto opened = open(at(62));
    ASSERT_TRUE(opened.ok()) << opened.error();
    ASSERT_EQ(opened.value().told().size(), 1U);
    EXPECT_THAT(opened.value().told()[0], HasSubstr("action 1 (clear-kill) had begun"));
    EXPECT_TRUE(opened.value().pending().all().empty());
}

// A process that died while it wrote: what was whole is there, the torn line is cut off and told,
// and nothing is pending any more; where the cut is between two lines, nothing is lost.
TEST_F(PendingStoreFile, CutAtEveryByteItOpensWithWhatWasWhole) {
    const std::vector<std::string> after = lived();
    const std::string whole = after.back();
    std::size_t lines = 0;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write(whole.substr(0, size));
        const bool between = size == 0 || whole[size - 1] == '\n';
        lines += between ? 1 : 0;
        auto opened = open(at(70));
        ASSERT_TRUE(opened.ok()) << size << ": " << opened.error();
        std::size_t torn = 0;
        for (const std::string& told : opened.value().told()) {
            torn += told.find("end was torn") != std::string::npos ? 1 : 0;
        }
        ASSERT_EQ(torn, between ? 0U : 1U) << size;
        if (!between) {
            ASSERT_TRUE(opened.value().pending().all().empty()) << size;
        }
        const std::size_t last = size == 0 ? std::string::npos : whole.rfind('\n', size - 1);
        const std::string kept = last == std::string::npos ? "" : whole.substr(0, last + 1);
        ASSERT_TRUE(bytes().starts_with(kept)) << size << ": what was whole stays";
    }
    EXPECT_EQ(lines, after.size() + 1) << "nothing, and each line";
}

TEST_F(PendingStoreFile, CutBetweenLinesItIsAsItWasThen) {
    const std::vector<std::string> after = lived();
    const std::size_t pending[] = {0, 1, 1, 1, 2, 1, 1, 2, 1, 2, 1};
    ASSERT_EQ(after.size(), std::size(pending));
    for (std::size_t i = 0; i < after.size(); ++i) {
        write(after[i]);
        auto opened = open(at(70));
        ASSERT_TRUE(opened.ok()) << i << ": " << opened.error();
        EXPECT_EQ(opened.value().pending().all().size(), pending[i]) << i;
        EXPECT_EQ(bytes(), after[i]) << i;
    }
}

// A durable line with a byte that is another: the start is refused with its number, whichever line
// it is. But for the newline at the very end, which is a line without its end.
TEST_F(PendingStoreFile, EveryByteThatIsAnotherIsFound) {
    const std::string whole = lived().back();
    for (std::size_t byte = 0; byte < whole.size(); ++byte) {
        std::string other = whole;
        other[byte] = static_cast<char>(other[byte] ^ (byte % 7 == 0 ? 0x80 : 1));
        write(other);
        auto opened = open(at(70));
        if (byte + 1 == whole.size()) {
            ASSERT_TRUE(opened.ok()) << opened.error();
            EXPECT_EQ(opened.value().told().size(), 1U);
        } else {
            ASSERT_FALSE(opened.ok()) << byte;
            EXPECT_THAT(opened.error(), HasSubstr(path_ + ":")) << byte;
            EXPECT_EQ(bytes(), other) << "and is left as it was found";
        }
    }
}

TEST_F(PendingStoreFile, WhoCanWriteTheFileCannotAgreeForTwo) {
    // A chain that is right around signatures that are not: alice's proposal, "approved" by bob.
    const auto bad = [](const Ed25519Key&, std::string_view, const Ed25519Signature&) noexcept {
        return true;
    };
    {
        auto opened = PendingStore::open(
            {path_,
             engine_,
             people_.operators,
             bad,
             {engine::DurationNs{60 * second}, engine::DurationNs{600 * second}}},
            at(0));
        ASSERT_TRUE(opened.value().take(frame_of(people_.alice, 1), at(0)).ok());
        CommandFrame forged = frame_of(people_.bob, 1, CommandVerb::approve, 1);
        forged.signature = people_.alice.sign(signed_bytes(command_text(forged)));
        ASSERT_TRUE(opened.value().take(forged, at(1)).ok());
    }
    auto opened = open(at(2));
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error(), HasSubstr("a signature does not hold"));
}

TEST_F(PendingStoreFile, WhoHasLeftHasNotSigned) {
    {
        auto opened = open();
        ASSERT_TRUE(opened.value().take(frame_of(people_.alice, 1), at(0)).ok());
        ASSERT_TRUE(
            opened.value().take(frame_of(people_.bob, 1, CommandVerb::approve, 1), at(1)).ok());
    }
    auto fewer = Operators::parse(
        "[[operator]]\nname = \"alice\"\nrole = \"risk_officer\"\n"
        "public_key = \"" +
            people_.alice.hex() +
            "\"\n"
            "[[operator]]\nname = \"bob\"\nrole = \"operator\"\n"
            "public_key = \"" +
            people_.bob.hex() + "\"\n",
        "o.toml");
    ASSERT_TRUE(fewer.ok()) << fewer.error();
    auto opened = open_with(fewer.value(), at(2));
    ASSERT_TRUE(opened.ok()) << opened.error();
    EXPECT_TRUE(opened.value().pending().all().empty());
    ASSERT_EQ(opened.value().told().size(), 1U);
    EXPECT_THAT(opened.value().told()[0], HasSubstr("no risk officer any more"));
}

TEST_F(PendingStoreFile, IsOfOneInstallationAndOneProcess) {
    {
        auto opened = open();
        ASSERT_TRUE(opened.ok());
        auto second_one = open();
        ASSERT_FALSE(second_one.ok());
        EXPECT_THAT(second_one.error(), HasSubstr("in use by another process"));
    }
    engine_[0] ^= 1U;
    auto other = open();
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(other.error(), HasSubstr(path_ + ":1: is another installation's"));
}

TEST_F(PendingStoreFile, AKillWithdrawsAllOfThemAndTwiceIsNothing) {
    auto opened = open();
    PendingStore& store = opened.value();
    ASSERT_TRUE(store.take(frame_of(people_.alice, 1), at(0)).ok());
    ASSERT_TRUE(store.take(frame_of(people_.bob, 1, CommandVerb::propose, 0, "deep"), at(0)).ok());
    ASSERT_TRUE(store.withdraw_all(1000, at(1)).ok());
    EXPECT_TRUE(store.pending().all().empty());
    const std::string before = bytes();
    ASSERT_TRUE(store.withdraw_all(1000, at(2)).ok());
    EXPECT_EQ(bytes(), before);
    const auto gone = store.withdraw(1, 1000, at(3));
    ASSERT_FALSE(gone.ok());
    EXPECT_THAT(gone.error(), HasSubstr("no such action is pending"));
}

// What cannot be made durable is not in force, and afterwards nothing is taken.
TEST_F(PendingStoreFile, OnADiskThatRefusesNothingIsTaken) {
    auto opened = open();
    PendingStore& store = opened.value();
    const std::string before = bytes();
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{before.size() + 100, before.size() + 100};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const bool refused = !store.take(frame_of(people_.alice, 1), at(0)).ok() &&
                             store.pending().all().empty() &&
                             !store.take(frame_of(people_.alice, 2), at(0)).ok();
        ::_exit(refused ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(bytes(), before) << "the half of a line is taken back";
}

}  // namespace
}  // namespace portcullis::risk
