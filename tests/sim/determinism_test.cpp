// The core is a function: the same inputs give the same requests and the same state, twice in one
// process, from memory, and from a journal on the disk through the production replayer. The golden
// hash is one literal for every preset and compiler: what it covers may not depend on padding,
// addresses, iteration order of a hash table or how the compiler contracts floating point.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "engine/journal/journal.hpp"
#include "tests/sim/core_rig.hpp"
#include "tools/portcullis/journal/replay.hpp"

namespace portcullis::tests {
namespace {

/// State after the first 20,000 lines of the shipped recording. Changes only when the core, a
/// strategy or the gate decides or remembers something else; then the new one is written here.
constexpr std::uint64_t golden_hash = 0x57c8d0de600eea57;

struct RecordedRun {
    std::vector<Event> records;
    std::uint64_t hash{};
    std::uint64_t approved{};
};

RecordedRun run_recording() {
    RecordedRun run;
    MemoryJournal journal{&run.records};
    CoreRig<> rig(journal);
    rig.start(recorded().front().header.mono);
    for (const Event& event : recorded()) {
        rig.feed(event);
    }
    run.hash = rig.core().state_hash();
    run.approved = rig.core().counters().orders_approved;
    return run;
}

bool same(const Event& a, const Event& b) {
    return std::memcmp(&a, &b, sizeof(Event)) == 0;
}

/// A directory of its own, removed with everything in it.
struct Scratch {
    std::string path = std::filesystem::temp_directory_path() / "portcullis-sim-XXXXXX";
    Scratch() { verify(mkdtemp(path.data()) != nullptr); }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

/// Runs the recording with the real journal under the core; returns the last state hash.
std::uint64_t journal_recording(const std::string& directory) {
    journal::JournalOptions options;
    options.directory = directory;
    options.mode = journal::OpenMode::create;
    options.config_hash = sim_config().hash;
    options.build_id = "sim_test";
    options.segment_bytes = std::size_t{4} * 1024 * 1024;
    options.sync_period = milliseconds(1'000'000);
    options.retry_period = milliseconds(1000);
    auto opened = journal::Journal::open(options);
    verify(opened.ok());
    journal::Journal& journal = *opened.value();
    verify(journal::store_config(directory, journal.epoch(), sim_config().effective).ok());
    CoreRig<journal::JournalWriter> rig(journal.writer(), journal.epoch());
    const MonoNs begun = recorded().front().header.mono;
    SessionStart start;
    std::memcpy(start.uuid, journal.uuid().data(), sizeof(start.uuid));
    start.config_hash = sim_config().hash;
    start.epoch = journal.epoch().value;
    Event first = Event::of(start, begun, WallNs{begun.value});
    rig.step(first);
    rig.start(begun);
    for (const Event& event : recorded()) {
        rig.feed(event);
        (void)journal.agent().do_work(event.header.mono);
    }
    EXPECT_GT(rig.core().counters().orders_approved, 100U);
    const std::uint64_t hash = rig.core().state_hash();
    EXPECT_TRUE(journal.close(rig.core().now(), WallNs{rig.core().now().value}).ok());
    return hash;
}

TEST(Determinism, TheSameInputsGiveTheSameRequestsAndTheSameState) {
    const RecordedRun first = run_recording();
    const RecordedRun again = run_recording();
    ASSERT_GT(first.approved, 100U);
    ASSERT_EQ(first.records.size(), again.records.size());
    for (std::size_t i = 0; i < first.records.size(); ++i) {
        ASSERT_TRUE(same(first.records[i], again.records[i])) << "record " << i;
    }
    EXPECT_EQ(first.hash, again.hash);
}

TEST(Determinism, TheStateHashIsThisOneInEveryPresetAndCompiler) {
    const std::uint64_t hash = run_recording().hash;
    EXPECT_EQ(hash, golden_hash) << "if the change was meant: golden_hash = 0x" << std::hex << hash;
}

TEST(Determinism, AJournalReadBackFromTheDiskReplaysToTheSameRequestsAndTheSameState) {
    const Scratch scratch;
    const std::string directory = scratch.path + "/journal";
    std::filesystem::create_directory(directory);
    const std::uint64_t live = journal_recording(directory);
    auto replayed = tools::replay_journal(directory);
    ASSERT_TRUE(replayed.ok()) << replayed.error();
    EXPECT_TRUE(replayed.value().equal) << replayed.value().difference;
    EXPECT_EQ(replayed.value().final_hash, live);
    EXPECT_GT(replayed.value().outputs, 100U);
}

}  // namespace
}  // namespace portcullis::tests
