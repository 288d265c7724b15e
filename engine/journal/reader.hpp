// JournalReader: every record of a journal, in order, with nothing believed.
//
// Verification and reading are one act: a record is handed out only behind an unbroken chain. What
// ends the reading is one verdict of a closed list. An unfinished record at the very end of the
// last segment, with nothing but zeros after it, is what kill -9 or a power cut leaves, and is told
// apart from damage anywhere else, which nobody may step over. Reads a running journal too (its end
// is then wherever the writer was). Cold code; no thread of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/journal/format.hpp"
#include "engine/types/result.hpp"

namespace portcullis::engine::journal {

/// Why reading ended. Values are printed and tested: append only.
enum class Verdict : std::uint8_t {
    more = 0,       ///< not at the end yet
    complete = 1,   ///< every byte accounted for; the last segment is sealed
    open_end = 2,   ///< every byte accounted for; the last segment is not sealed (running, or died)
    torn_tail = 3,  ///< the same, and behind the last record lies an unfinished one
    // --- from here on: damage. Nothing after it can be trusted.
    bad_file_size = 10,      ///< not the size that its start says
    bad_start = 11,          ///< start page: crc, magic or padding
    bad_version = 12,        ///< written by a format that this reader does not know
    bad_mark = 13,           ///< mark page: crc, magic, padding, or it contradicts the records
    missing_segment = 14,    ///< numbers do not run 1, 2, 3...
    misplaced_segment = 15,  ///< the start's number is not the file's
    foreign_segment = 16,    ///< other uuid
    broken_chain = 17,       ///< first_seq or previous crc does not continue the segment before
    epoch_backwards = 18,
    bad_record = 19,         ///< crc, size or number, with something after it or below the mark
    bad_padding = 20,        ///< record with a right crc but bytes set that its type does not use
    unknown_type = 21,       ///< a type that this version does not know
    bytes_after_end = 22,    ///< not zero behind the last record
    segment_after_end = 23,  ///< a started segment follows one that is not sealed
    unreadable = 24,         ///< the operating system refused
    /// Bad record in the last segment, above the durable mark, with something after it. Pages reach
    /// the disk in any order, so a power cut leaves this; without one it is damage.
    lost_tail = 25,
};
[[nodiscard]] const char* describe(Verdict verdict) noexcept;
[[nodiscard]] constexpr bool is_damage(Verdict verdict) noexcept {
    return verdict >= Verdict::bad_file_size;
}

/// Where a chain stands between two records.
struct ChainState {
    Uuid uuid{};
    std::uint32_t salt{};
    std::uint32_t crc{};  ///< of the last record
    std::uint64_t seq{};  ///< of the last record; 0: none yet
    std::uint32_t epoch{};
    std::uint32_t number{};  ///< of the segment
};

/// One segment's bytes, verified record by record. Pure: what fuzzers and recovery use.
class SegmentReader {
public:
    enum class Start : std::uint8_t { begun = 1, prepared = 2, unfinished = 3, damaged = 4 };

    /// `before`: the chain up to this segment; nullptr reads a single segment on its own word.
    SegmentReader(std::span<const unsigned char> bytes, const ChainState* before,
                  std::uint32_t number) noexcept;

    [[nodiscard]] Start start() const noexcept { return start_; }
    [[nodiscard]] const SegmentStart& header() const noexcept { return header_; }
    [[nodiscard]] const SegmentMark& mark() const noexcept { return mark_; }
    [[nodiscard]] bool sealed() const noexcept { return has_mark_ && mark_.sealed == 1; }
    /// The next record, or false: then verdict() says why.
    [[nodiscard]] bool next(Event& out) noexcept;
    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
    [[nodiscard]] const ChainState& chain() const noexcept { return chain_; }
    /// No room for another record.
    [[nodiscard]] bool full() const noexcept { return offset_ + record_bytes > bytes_.size(); }
    /// Offset in the file behind the last valid record.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

private:
    [[nodiscard]] Verdict check_start(const ChainState* before, std::uint32_t number) noexcept;
    [[nodiscard]] Verdict check_mark() noexcept;
    [[nodiscard]] Verdict check_record(const Event& event) const noexcept;
    [[nodiscard]] Verdict at_end() const noexcept;
    [[nodiscard]] bool zeros(std::size_t from, std::size_t to) const noexcept;

    std::span<const unsigned char> bytes_;
    SegmentStart header_{};
    SegmentMark mark_{};
    bool has_mark_{};
    Start start_{Start::damaged};
    Verdict verdict_{Verdict::more};
    ChainState chain_{};
    std::size_t offset_{};
};

/// Where the records of one segment end.
struct SegmentEnd {
    std::uint32_t number{};
    bool sealed{};
    std::uint64_t first_seq{};
    std::uint64_t seq{};   ///< of the last record
    std::uint32_t crc{};   ///< of the last record
    std::size_t offset{};  ///< behind it
};

/// All segments of a directory.
class JournalReader {
public:
    /// Lists the segments. An error only where the directory cannot be read at all.
    [[nodiscard]] static Result<JournalReader> open(const std::string& directory);
    /// A single segment file, on its own word.
    [[nodiscard]] static Result<JournalReader> open_segment(const std::string& file);
    JournalReader(JournalReader&&) noexcept;
    JournalReader& operator=(JournalReader&&) noexcept;
    ~JournalReader();

    /// The next record, or false: then verdict() says why.
    [[nodiscard]] bool next(Event& out);
    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
    /// Where: segment file and offset, for people.
    [[nodiscard]] std::string where() const;
    [[nodiscard]] const ChainState& chain() const noexcept { return chain_; }
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    /// Start page of the segment that is being read, or was read last.
    [[nodiscard]] const SegmentStart& header() const noexcept { return header_; }
    [[nodiscard]] std::size_t segments() const noexcept { return files_.size(); }
    /// Last segment that holds a start page; 0: none. Those after it are prepared and empty.
    [[nodiscard]] std::uint32_t last_begun() const noexcept { return last_begun_; }
    /// Of every segment read to its end.
    [[nodiscard]] const std::vector<SegmentEnd>& ends() const noexcept { return ends_; }

private:
    struct File {
        std::string path;
        std::uint32_t number{};
    };
    struct Mapping;
    JournalReader();
    [[nodiscard]] bool enter(std::size_t index);
    [[nodiscard]] bool leave(Verdict end);
    [[nodiscard]] Verdict after(Verdict end, std::size_t from);

    std::vector<File> files_;
    std::unique_ptr<Mapping> mapping_;  ///< of the segment that is being read
    std::unique_ptr<SegmentReader> segment_;
    std::size_t index_{};
    bool single_{};
    Verdict verdict_{Verdict::more};
    ChainState chain_{};
    SegmentStart header_{};
    std::size_t offset_{};
    std::uint64_t records_{};
    std::uint32_t last_begun_{};
    std::vector<SegmentEnd> ends_;
};

}  // namespace portcullis::engine::journal
