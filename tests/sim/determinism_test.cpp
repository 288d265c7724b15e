// The core is a function: the same inputs give the same requests and the same state, twice in one
// process, from memory, and from a journal on the disk through the production replayer. The golden
// hash is one literal for every preset and compiler: what it covers may not depend on padding,
// addresses, iteration order of a hash table or how the compiler contracts floating point.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/sim/core_rig.hpp"
#include "tests/sim/journaled_run.hpp"
#include "tools/portcullis/journal/replay.hpp"

namespace portcullis::tests {
namespace {

/// State after the first 20,000 lines of the shipped recording. Changes only when the core, a
/// strategy or the gate decides or remembers something else; then the new one is written here.
constexpr std::uint64_t golden_hash = 0x3303aaec9ebc589b;

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
    const std::string directory = scratch.folder("journal");
    const std::uint64_t live = journal_recording(directory, std::size_t{4} * 1024 * 1024);
    auto replayed = tools::replay_journal(directory);
    ASSERT_TRUE(replayed.ok()) << replayed.error();
    EXPECT_TRUE(replayed.value().equal) << replayed.value().difference;
    EXPECT_EQ(replayed.value().final_hash, live);
    EXPECT_GT(replayed.value().outputs, 100U);
}

}  // namespace
}  // namespace portcullis::tests
