// A healthy journal, hurt by a script of edits, and then everything that a start does with it.
//
//   1. What the reader (which is all that `journal verify` is) hands out is what the naive twin
//      calls good, record by record, and all of it unless the verdict is damage.
//   2. A start is refused exactly where verify calls it damage (a tail lost to a power cut apart),
//      at the same byte, and then not one byte of any segment has changed.
//   3. Otherwise recovery ends where verify ended, keeps every record before it bit for bit, and
//      the new run's records follow them in a journal that is complete. Done twice, it is the same.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/journal/epoch_keys.hpp"
#include "engine/journal/journal.hpp"
#include "engine/journal/recovery.hpp"
#include "tests/engine/journal/damage.hpp"

namespace {

// First byte: which journal, and whether recovery is killed at its end and done again. The rest:
// six bytes an edit (damage.hpp).

using namespace portcullis::engine;  // NOLINT: one file, one purpose
using namespace portcullis::engine::journal_test;
namespace pcj = portcullis::engine::journal;

void check(bool condition) {
    if (!condition) {
        std::abort();
    }
}

Bytes slurp(const std::filesystem::path& path) {
    Bytes bytes(std::filesystem::file_size(path));
    std::ifstream in(path, std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    check(in.good());
    return bytes;
}

void spill(const std::filesystem::path& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.close();
    check(out.good());
}

/// A directory in memory, unless told otherwise: recovery syncs its files a dozen times.
class Scratch {
public:
    Scratch() {
        const std::filesystem::path memory = "/dev/shm";
        const bool usable = std::getenv("TMPDIR") == nullptr && ::access(memory.c_str(), W_OK) == 0;
        const auto parent = usable ? memory : std::filesystem::temp_directory_path();
        std::string name = (parent / "recovery-fuzz-XXXXXX").string();
        check(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }
    void fill(const Segments& segments, const std::vector<Bytes>& keys) const {
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            std::filesystem::remove(entry.path());
        }
        for (std::size_t i = 0; i < keys.size(); ++i) {
            spill(path_ / ("epoch-0000000" + std::to_string(i + 1) + ".key"), keys[i]);
        }
        for (const auto& [number, bytes] : segments) {
            spill(path_ / pcj::segment_name(number), bytes);
        }
    }
    [[nodiscard]] Segments segments() const {
        Segments found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with("segment-")) {
                found[static_cast<std::uint32_t>(std::stoul(name.substr(8, 8)))] =
                    slurp(entry.path());
            }
        }
        return found;
    }

private:
    std::filesystem::path path_;
};

/// The keys of two epochs of the journal that JournalMaker makes, in the layout of epoch_keys.cpp.
std::vector<Bytes> two_epochs() {
    std::vector<Bytes> files;
    for (unsigned char epoch = 1; epoch <= 2; ++epoch) {
        Bytes file(72, 7);  // uuid and key
        std::memcpy(file.data(), "PCEPOCH1", 8);
        std::memset(file.data() + 8, 0, 8);
        file[8] = epoch;
        std::memset(file.data() + 64, 0, 4);
        const std::uint32_t crc = pcj::crc32c(file.data(), 68);
        std::memcpy(file.data() + 68, &crc, sizeof crc);
        files.push_back(file);
    }
    return files;
}

struct Seen {
    std::vector<Event> records;
    pcj::Verdict verdict{};
    pcj::ChainState chain;
    std::string where;
    bool rebooted{};
};

Seen verify_journal(const std::string& directory, const pcj::Uuid& boot_id) {
    auto reader = pcj::JournalReader::open(directory);
    check(reader.ok());
    Seen seen;
    Event event;
    while (reader.value().next(event)) {
        seen.records.push_back(event);
    }
    check(!reader.value().next(event) && reader.value().verdict() != pcj::Verdict::more);
    check(reader.value().records() == seen.records.size());
    seen.verdict = reader.value().verdict();
    seen.chain = reader.value().chain();
    seen.where = reader.value().where();
    seen.rebooted = reader.value().last_begun() != 0 && reader.value().header().boot_id != boot_id;
    return seen;
}

bool begins_with(const std::vector<Event>& all, const std::vector<Event>& part) {
    return all.size() >= part.size() &&
           (part.empty() || std::memcmp(all.data(), part.data(), part.size() * sizeof(Event)) == 0);
}

/// Each segment on its own word, from a buffer of exactly its size: a sanitizer sees one byte more.
void read_each_alone(const Segments& segments) {
    for (const auto& [number, bytes] : segments) {
        const Bytes exact = bytes;
        pcj::SegmentReader reader({exact.data(), exact.size()}, nullptr, number);
        std::uint32_t previous = reader.header().previous_crc;
        Event event;
        while (reader.next(event)) {
            check(naive_record_holds(reader.header().uuid, reader.chain().seq, previous, event));
            previous = event.header.crc;
        }
        check(reader.verdict() != pcj::Verdict::more);
        const bool begun = reader.start() == pcj::SegmentReader::Start::begun;
        check(!begun || reader.offset() <= exact.size());
    }
}

void recover_and_go_on(const Scratch& scratch, const Segments& segments, const Seen& before,
                       bool twice) {
    if (twice) {
        auto boot_id = pcj::read_boot_id();
        auto found = pcj::examine(scratch.path(), boot_id.value());
        check(found.ok() && pcj::recover(scratch.path(), found.value()).ok());
        const Seen after = verify_journal(scratch.path(), boot_id.value());
        check(after.verdict == pcj::Verdict::complete);
        check(after.records.size() == before.records.size() &&
              begins_with(after.records, before.records));
    }
    pcj::JournalOptions options;
    options.directory = scratch.path();
    options.segment_bytes = damage_segment_bytes;
    options.sync_period = milliseconds(10);
    options.retry_period = milliseconds(1);
    const Segments untouched = twice ? scratch.segments() : segments;
    auto opened = pcj::Journal::open(options);
    const bool damage = pcj::is_damage(before.verdict) &&
                        !(before.verdict == pcj::Verdict::lost_tail && before.rebooted);
    // The two epoch keys that lie there are of the uuid that is all sevens.
    pcj::Uuid uuid{};
    uuid.fill(7);
    const bool ours =
        before.chain.number == 0 || (before.chain.uuid == uuid && before.chain.epoch <= 2);
    check(opened.ok() == (!damage && ours));
    if (!opened) {
        check(scratch.segments() == untouched);
        check(!damage || opened.error().starts_with(before.where));
        return;
    }
    pcj::Journal& journal = *opened.value();
    check(journal.recovery().last_seq == before.chain.seq);
    check(journal.recovery().records == before.records.size());
    check(twice || journal.recovery().verdict == before.verdict);
    Event next = Event::of(BookDelta{}, MonoNs{1}, WallNs{1});
    check(journal.writer().append(next) && next.header.seq == before.chain.seq + 1);
    check(journal.close(MonoNs{2}, WallNs{2}).ok());
    const Seen after = verify_journal(scratch.path(), pcj::read_boot_id().value());
    check(after.verdict == pcj::Verdict::complete && !after.rebooted);
    check(after.records.size() == before.records.size() + 2);
    check(begins_with(after.records, before.records));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Scratch scratch;
    static const std::vector<Bytes> keys = two_epochs();
    static const pcj::Uuid boot_id = pcj::read_boot_id().value();
    if (size == 0 || size > 1 + 64 * sizeof(Damage)) {
        return 0;
    }
    Segments segments = healthy_journal(data[0], boot_id);
    for (std::size_t at = 1; at + sizeof(Damage) <= size; at += sizeof(Damage)) {
        Damage damage;
        std::memcpy(&damage, data + at, sizeof damage);
        hurt(segments, damage);
    }
    read_each_alone(segments);
    scratch.fill(segments, keys);
    const Seen before = verify_journal(scratch.path(), boot_id);
    const std::vector<Event> good = naive_prefix(segments);
    check(begins_with(good, before.records));
    const bool whole = !pcj::is_damage(before.verdict) || before.verdict == pcj::Verdict::lost_tail;
    check(!whole || before.records.size() == good.size());
    const bool recoverable = !pcj::is_damage(before.verdict) ||
                             (before.verdict == pcj::Verdict::lost_tail && before.rebooted);
    recover_and_go_on(scratch, segments, before, recoverable && (data[0] & 4U) != 0);
    return 0;
}
