// `portcullis journal` and `replay` on journals that the tests make, break and tamper with.
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "engine/journal/journal.hpp"
#include "engine/journal/reader.hpp"
#include "tests/sim/core_rig.hpp"
#include "tests/tools/portcullis/example.hpp"
#include "tools/build_id/build_id.hpp"
#include "tools/portcullis/journal/commands.hpp"
#include "tools/portcullis/journal/event_text.hpp"
#include "tools/portcullis/journal/replay.hpp"

namespace portcullis::tools {
namespace {

using namespace engine;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

constexpr std::size_t segment_bytes = std::size_t{256} * 1024;

journal::JournalOptions options_of(const std::string& directory,
                                   const std::string& build = "test") {
    journal::JournalOptions options;
    options.directory = directory;
    options.mode = journal::OpenMode::create;
    options.config_hash = tests::sim_config().hash;
    options.build_id = build;
    options.segment_bytes = segment_bytes;
    options.sync_period = milliseconds(1'000'000);
    options.retry_period = milliseconds(1000);
    return options;
}

/// The beginning of the shipped recording, traded on by the production core into a real journal.
void make_journal(const std::string& directory, const std::string& build = "test") {
    auto opened = journal::Journal::open(options_of(directory, build));
    ASSERT_TRUE(opened.ok()) << opened.error();
    journal::Journal& made = *opened.value();
    ASSERT_TRUE(journal::store_config(directory, made.epoch(), tests::sim_config().effective).ok());
    tests::CoreRig<journal::JournalWriter> rig(made.writer(), made.epoch());
    const std::vector<Event> events = tests::RecordedEvents::load(tests::shipped_recording, 4000);
    ASSERT_GT(events.size(), 1000U);
    const MonoNs begun = events.front().header.mono;
    SessionStart start;
    start.config_hash = tests::sim_config().hash;
    start.epoch = made.epoch().value;
    Event first = Event::of(start, begun, WallNs{begun.value});
    rig.step(first);
    rig.start(begun);
    for (const Event& event : events) {
        rig.feed(event);
        (void)made.agent().do_work(event.header.mono);
    }
    ASSERT_TRUE(made.close(rig.core().now(), WallNs{rig.core().now().value}).ok());
}

class JournalTools : public testing::Test {
protected:
    JournalTools() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-tools-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        directory_ = folder_ + "/journal";
        std::filesystem::create_directory(directory_);
    }
    ~JournalTools() override { std::filesystem::remove_all(folder_); }

    /// Another journal with the same records, but for what `change` does to them; false drops one.
    [[nodiscard]] std::string rewritten(const std::function<bool(Event&)>& change) const {
        const std::string other = folder_ + "/other";
        std::filesystem::create_directory(other);
        auto opened = journal::Journal::open(options_of(other));
        EXPECT_TRUE(opened.ok()) << opened.error();
        journal::Journal& made = *opened.value();
        EXPECT_TRUE(journal::store_config(other, made.epoch(), tests::sim_config().effective).ok());
        auto reader = journal::JournalReader::open(directory_);
        Event event;
        MonoNs mono{};
        while (reader.value().next(event)) {
            mono = event.header.mono;
            if (event.header.type != EventType::session_end && change(event)) {
                EXPECT_TRUE(made.writer().append(event));
                (void)made.agent().do_work(mono);
            }
        }
        EXPECT_TRUE(made.close(mono, WallNs{mono.value}).ok());
        return other;
    }
    [[nodiscard]] std::string segment(std::uint32_t number) const {
        return directory_ + "/" + journal::segment_name(number);
    }
    static void flip(const std::string& path, std::size_t at) {
        std::string bytes = test::file_text(path);
        bytes[at] = static_cast<char>(bytes[at] ^ 1);
        std::ofstream(path, std::ios::binary) << bytes;
    }
    struct Said {
        int code;
        std::string out;
        std::string error;
    };
    template <class Act>
    static Said run(Act&& act) {
        CaptureStdout();
        CaptureStderr();
        const int code = act();
        return {code, GetCapturedStdout(), GetCapturedStderr()};
    }
    static Said verify_it(const std::string& path) {
        return run([&path] { return journal_verify(path); });
    }
    static Said replay_it(const std::string& path, bool json = false) {
        return run([&path, json] { return replay_command(path, json, ""); });
    }

    std::string folder_;
    std::string directory_;
};

TEST_F(JournalTools, AGoodJournalIsVerifiedCountedAndShownLineByLine) {
    make_journal(directory_);
    const Said verified = verify_it(directory_);
    EXPECT_EQ(verified.code, 0) << verified.error;
    EXPECT_THAT(verified.error, HasSubstr(" records, "));
    EXPECT_THAT(verified.error, HasSubstr(": complete and sealed\n"));

    const Said stats = run([this] { return journal_stats(directory_, false); });
    EXPECT_EQ(stats.code, 0);
    EXPECT_THAT(stats.out, testing::ContainsRegex("session_start +1\n"));
    EXPECT_THAT(stats.out, testing::ContainsRegex("order_approved +[0-9]+\n"));
    EXPECT_THAT(stats.out, testing::ContainsRegex("span +[0-9.]+ s\n"));
    const Said json = run([this] { return journal_stats(directory_, true); });
    EXPECT_THAT(json.out, HasSubstr("\"session_start\":1"));
    EXPECT_THAT(json.out, HasSubstr("\"builds\":[\"test\"]}"));
    EXPECT_THAT(stats.out, testing::ContainsRegex("build +\"test\"\n"));

    const Said cat = run([this] { return journal_cat(directory_); });
    EXPECT_EQ(cat.code, 0);
    std::istringstream lines(cat.out);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
        ++count;
        EXPECT_EQ(line.rfind(std::to_string(count) + " ", 0), 0U) << line;
    }
    EXPECT_THAT(verified.error, HasSubstr(std::to_string(count) + " records"));
    EXPECT_THAT(cat.out, testing::ContainsRegex("session_start epoch=.* build=\"test\"\n"));
    EXPECT_THAT(cat.out, HasSubstr("order_approved id="));
}

TEST_F(JournalTools, OneSegmentIsReadOnItsOwnWord) {
    make_journal(directory_);
    ASSERT_TRUE(std::filesystem::exists(segment(3)));
    const Said verified = verify_it(segment(2));
    EXPECT_EQ(verified.code, 0) << verified.error;
}

TEST_F(JournalTools, AFlippedByteAMissingSegmentAndACutFileAreDamageAndSaidWhere) {
    make_journal(directory_);
    const std::string kept = test::file_text(segment(2));
    flip(segment(2), kept.size() / 2);
    const Said flipped = verify_it(directory_);
    EXPECT_EQ(flipped.code, 1);
    EXPECT_THAT(flipped.error, HasSubstr(segment(2) + " at byte "));
    const Said replayed = replay_it(directory_);
    EXPECT_EQ(replayed.code, 2) << "a damaged journal is not compared";
    EXPECT_THAT(replayed.error, HasSubstr(segment(2) + " at byte "));

    std::ofstream(segment(2), std::ios::binary) << kept.substr(0, kept.size() - 1);
    const Said cut = verify_it(directory_);
    EXPECT_EQ(cut.code, 1);
    EXPECT_THAT(cut.error, HasSubstr(segment(2)));

    std::filesystem::remove(segment(2));
    const Said missing = verify_it(directory_);
    EXPECT_EQ(missing.code, 1);
    EXPECT_THAT(missing.error, HasSubstr(journal::describe(journal::Verdict::missing_segment)));
}

TEST_F(JournalTools, WhatIsNoJournalIsSaidToBeNone) {
    const std::string file = folder_ + "/notes.txt";
    std::ofstream(file) << "no journal";
    EXPECT_NE(verify_it(file).code, 0);
    EXPECT_THAT(verify_it(file).error, HasSubstr(file));
    EXPECT_EQ(replay_it(file).code, 2);
    EXPECT_THAT(replay_it(file).error, HasSubstr(file));
    const std::string nothing = folder_ + "/nothing";
    EXPECT_EQ(verify_it(nothing).code, 2);
    EXPECT_THAT(verify_it(nothing).error, HasSubstr(nothing));
    EXPECT_EQ(replay_it(nothing).code, 2);
    // An empty directory has no record to be wrong; it has none to replay either.
    const Said empty = verify_it(directory_);
    EXPECT_EQ(empty.code, 2);
    EXPECT_EQ(empty.error, directory_ + ": no journal segment here\n");
    for (const bool json : {false, true}) {
        const Said stats = run([&] { return journal_stats(directory_, json); });
        EXPECT_EQ(stats.code, 2);
        EXPECT_EQ(stats.out, "") << "no counts of nothing";
    }
    EXPECT_EQ(replay_it(directory_).code, 2);
    EXPECT_EQ(replay_it(directory_).error, directory_ + ": no journal segment here\n");
}

TEST_F(JournalTools, AReplaySaysWhichOtherBuildWroteIt) {
    make_journal(directory_);
    const Said other = replay_it(directory_);
    EXPECT_EQ(other.code, 0) << "a note, no error";
    EXPECT_THAT(other.out, HasSubstr("note: build \"test\" wrote it, this is build \"" +
                                     std::string(build_id()) + "\"\n"));
    EXPECT_THAT(replay_it(directory_, true).out, HasSubstr("\"other_builds\":[\"test\"],"));
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    make_journal(directory_, std::string(build_id()));
    EXPECT_THAT(replay_it(directory_).out, testing::Not(HasSubstr("note:")));
    EXPECT_THAT(replay_it(directory_, true).out, HasSubstr("\"other_builds\":[],"));
}

TEST(BuildId, IsANameThatASegmentHasRoomForAndNotTheProgramsOwn) {
    EXPECT_FALSE(build_id().empty());
    EXPECT_LE(build_id().size(), sizeof(journal::BuildId));
    EXPECT_NE(build_id(), "portcullis");
    journal::BuildId whole{};
    EXPECT_EQ(journal::text_of(whole), "");
    whole.fill('x');
    EXPECT_EQ(journal::text_of(whole), std::string(whole.size(), 'x'));
}

TEST_F(JournalTools, AReplayMakesEveryDecisionAgain) {
    make_journal(directory_);
    const Said all = replay_it(directory_);
    EXPECT_EQ(all.code, 0) << all.out << all.error;
    EXPECT_THAT(all.out, HasSubstr("every decision is the same\n"));
    const Said json = replay_it(directory_, true);
    EXPECT_THAT(json.out, HasSubstr("\"equal\":true,\"difference\":null"));
}

// As `portcullis init` leaves it: made and closed, and nothing has run.
TEST_F(JournalTools, WhereNothingHasRunNothingIsCalledTheSame) {
    {
        auto made = journal::Journal::open(options_of(directory_));
        ASSERT_TRUE(made.ok()) << made.error();
        ASSERT_TRUE(made.value()->close(MonoNs{1}, WallNs{1}).ok());
    }
    const Said said = replay_it(directory_);
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_EQ(said.error,
              directory_ + ": nothing to replay: nothing has run since `portcullis init`\n");
}

TEST_F(JournalTools, ASegmentIsReplayedWithWhatStandsBeforeIt) {
    make_journal(directory_);
    const auto first = replay_journal(segment(1));
    const auto second = replay_journal(segment(2));
    const auto all = replay_journal(directory_);
    ASSERT_TRUE(first.ok() && second.ok() && all.ok());
    EXPECT_TRUE(first.value().equal && second.value().equal);
    EXPECT_LT(first.value().records, second.value().records);
    EXPECT_LT(second.value().records, all.value().records);
}

TEST_F(JournalTools, AnotherDecisionIsFoundAtItsRecord) {
    make_journal(directory_);
    std::uint64_t at = 0;
    std::size_t orders = 0;
    const std::string other = rewritten([&](Event& event) {
        if (event.header.type == EventType::order_approved && ++orders == 5) {
            auto approved = event.as<OrderApproved>();
            approved.order.qty = QtyLots{approved.order.qty.value + 1};
            const Event changed = Event::of(approved, event.header.mono, event.header.wall);
            std::memcpy(event.payload, changed.payload, sizeof(event.payload));
            at = event.header.seq;
        }
        return true;
    });
    ASSERT_NE(at, 0U);
    const Said replayed = replay_it(other);
    EXPECT_EQ(replayed.code, 1);
    EXPECT_THAT(replayed.out, HasSubstr("they part at record " + std::to_string(at) +
                                        ": recorded order_approved id="));
    EXPECT_THAT(replayed.out, HasSubstr(", made order_approved id="));
    const Said json = replay_it(other, true);
    EXPECT_EQ(json.code, 1);
    EXPECT_THAT(json.out,
                HasSubstr("\"equal\":false,\"difference\":\"record " + std::to_string(at) + ": "));
}

TEST_F(JournalTools, ADecisionThatIsMissingOrWasNeverMadeIsFound) {
    make_journal(directory_);
    std::uint64_t at = 0;
    const std::string other = rewritten([&at](Event& event) {
        const bool drop = at == 0 && event.header.type == EventType::order_approved;
        at = drop ? event.header.seq : at;
        return !drop;
    });
    const Said missing = replay_it(other);
    EXPECT_EQ(missing.code, 1);
    EXPECT_THAT(missing.out, HasSubstr("record " + std::to_string(at) + ": "));
    EXPECT_THAT(missing.out, HasSubstr("made order_approved id="));

    std::filesystem::remove_all(other);
    bool done = false;
    const std::string again = rewritten([&](Event& event) {
        if (!done && event.header.type == EventType::top_of_book) {
            done = true;
            event = Event::of(CancelRequested{}, event.header.mono, event.header.wall);
            at = event.header.seq;
        }
        return true;
    });
    const Said invented = replay_it(again);
    EXPECT_EQ(invented.code, 1);
    EXPECT_THAT(invented.out, HasSubstr("recorded cancel_requested"));
    EXPECT_THAT(invented.out, HasSubstr("made nothing"));
}

TEST_F(JournalTools, AnInputThatWasChangedShowsInTheDecisionsOrTheHash) {
    make_journal(directory_);
    bool done = false;
    const std::string other = rewritten([&done](Event& event) {
        if (!done && event.header.type == EventType::trade_print) {
            event.payload[0] = static_cast<unsigned char>(event.payload[0] ^ 1);
            done = true;
        }
        return true;
    });
    ASSERT_TRUE(done);
    const Said replayed = replay_it(other);
    EXPECT_EQ(replayed.code, 1) << replayed.out;
    EXPECT_THAT(replayed.out, HasSubstr("they part at "));
}

TEST_F(JournalTools, AnotherConfigThanTheEpochRanWithIsNotReplayed) {
    make_journal(directory_);
    const std::string path = directory_ + "/config-00000001.toml";
    const std::string text = test::file_text(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::ofstream(path) << text << "# looked at\n";
    const Said replayed = replay_it(directory_);
    EXPECT_EQ(replayed.code, 2);
    EXPECT_THAT(replayed.error, HasSubstr("is not the config that this epoch ran with"));
}

TEST(EventText, EveryTypeHasItsOwnName) {
    std::set<std::string> names;
    std::size_t count = 0;
    for (int type = 1; type < 4096; ++type) {
        const std::string name = event_name(static_cast<EventType>(type));
        if (name != "unknown") {
            EXPECT_TRUE(names.insert(name).second) << name;
            ++count;
        }
    }
    EXPECT_GT(count, 30U);
}

TEST(EventText, ABookThatTheCoreThrewAwayIsNamedWithItsReason) {
    const ResyncRequested asked{
        InstrumentId{3}, static_cast<std::uint8_t>(ResetReason::too_shallow), {}};
    EXPECT_EQ(event_text(Event::of(asked, MonoNs{1}, WallNs{1})),
              "resync_requested instrument=3 reason=12");
}

}  // namespace
}  // namespace portcullis::tools
