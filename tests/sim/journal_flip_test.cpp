// A journal can be changed so that the reader does not notice: flip a bit, make every checksum
// behind it anew. The replay notices: every bit of an input is in the state hash, and the journal
// holds the hashes of the run that was. (That the reader notices what was not repaired is shown
// here as well, and bit by bit in tests/engine/journal.)
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>

#include "engine/journal/reader.hpp"
#include "tests/sim/journaled_run.hpp"
#include "tools/portcullis/journal/replay.hpp"

namespace portcullis::tests {
namespace {

using Bytes = std::vector<char>;

constexpr std::size_t one_segment = std::size_t{16} * 1024 * 1024;

std::string segment_path(const std::string& directory) {
    return directory + "/" + journal::segment_name(1);
}
Bytes read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
void write_file(const std::string& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    verify(file.good());
}

/// What somebody would do who knows the format: the checksums of all records, which are a chain,
/// and of the mark page.
void repair(Bytes& bytes) {
    journal::SegmentStart start;
    journal::SegmentMark mark;
    std::memcpy(&start, bytes.data(), sizeof(start));
    std::memcpy(&mark, bytes.data() + journal::mark_offset, sizeof(mark));
    const std::uint32_t salt = journal::crc_salt(start.uuid);
    std::uint32_t crc = start.previous_crc;
    Event record;
    for (std::size_t at = journal::records_offset; at < mark.durable_bytes; at += sizeof(record)) {
        std::memcpy(&record, bytes.data() + at, sizeof(record));
        crc = record.header.crc = journal::record_crc(salt, crc, record);
        std::memcpy(bytes.data() + at, &record, sizeof(record));
    }
    mark.last_crc = crc;
    mark.crc = journal::page_crc(&mark);
    std::memcpy(bytes.data() + journal::mark_offset, &mark, sizeof(mark));
}

struct ReadRun {
    journal::Verdict verdict{};
    std::uint64_t hash{};
};

/// The core's state after the inputs that the journal's reader hands out.
ReadRun read_and_run(const std::string& directory) {
    auto reader = journal::JournalReader::open(directory);
    verify(reader.ok());
    MemoryJournal memory;
    CoreRig<> rig(memory);
    Event record;
    while (reader.value().next(record)) {
        if (record.is_input()) {
            rig.core().step(record);
        }
    }
    return {reader.value().verdict(), rig.core().state_hash()};
}

/// A byte with a meaning in the first such input of the second half of the run.
struct Victim {
    const char* what;
    EventType type;
    std::size_t byte;
};
const Victim victims[] = {
    {"the number of a timer", EventType::timer, 0},
    {"the id of a trade of others", EventType::trade_print, offsetof(TradePrint, trade)},
    {"the quantity of the best bid", EventType::top_of_book,
     offsetof(TopOfBook, bid) + offsetof(BookLevel, qty)},
    {"the quantity of a level", EventType::book_delta,
     offsetof(BookDelta, levels) + offsetof(BookLevel, qty)},
    {"the number of an execution", EventType::execution_report, offsetof(ExecutionReport, exec_id)},
};

std::size_t find(const Bytes& bytes, EventType type) {
    std::size_t at = journal::records_offset + 20'000 * sizeof(Event);
    Event record;
    do {
        at += sizeof(Event);
        verify(at + sizeof(Event) <= bytes.size());
        std::memcpy(&record, bytes.data() + at, sizeof(record));
    } while (record.header.type != type);
    return at;
}

class JournalFlip : public testing::Test {
protected:
    JournalFlip()
        : directory_(scratch_.folder("journal")),
          live_(journal_recording(directory_, one_segment)),
          honest_(read_file(segment_path(directory_))) {}

    const Scratch scratch_;
    const std::string directory_;
    const std::uint64_t live_;
    const Bytes honest_;
};

TEST_F(JournalFlip, ARepairOfWhatIsWholeChangesNothing) {
    Bytes repaired = honest_;
    repair(repaired);
    EXPECT_TRUE(repaired == honest_);
    const ReadRun run = read_and_run(directory_);
    EXPECT_EQ(run.verdict, journal::Verdict::complete);
    EXPECT_EQ(run.hash, live_);
}

TEST_F(JournalFlip, OneByteOfAnInputIsSeenByTheReaderAndWithChecksumsRepairedByTheReplay) {
    for (const Victim& victim : victims) {
        SCOPED_TRACE(victim.what);
        Bytes flipped = honest_;
        char& byte = flipped[find(flipped, victim.type) + sizeof(EventHeader) + victim.byte];
        byte = static_cast<char>(byte ^ 4);
        write_file(segment_path(directory_), flipped);
        EXPECT_TRUE(journal::is_damage(read_and_run(directory_).verdict));

        repair(flipped);
        write_file(segment_path(directory_), flipped);
        const ReadRun run = read_and_run(directory_);
        EXPECT_EQ(run.verdict, journal::Verdict::complete) << "nothing for the reader to see";
        EXPECT_NE(run.hash, live_);
        auto replayed = tools::replay_journal(directory_);
        ASSERT_TRUE(replayed.ok()) << replayed.error();
        EXPECT_FALSE(replayed.value().equal);
        EXPECT_NE(replayed.value().difference, "");
    }
}

}  // namespace
}  // namespace portcullis::tests
