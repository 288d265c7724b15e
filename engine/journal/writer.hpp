// JournalWriter and JournalAgent: the two ends of one row of segments.
//
// The writer stores into a mapping that is already there: the store *is* the page cache, which
// survives kill -9, and costs no system call. Everything slow (create, allocate, fault in, sync,
// seal) is the agent's, on whatever thread runs it. They meet in four segment slots, each with one
// atomic state that is its hand-over:
//
//   empty --agent--> prepared --writer--> active --writer--> full --agent--> empty
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "engine/journal/format.hpp"

namespace portcullis::engine::journal {

// So the writer changes segments by one store. Without a prepared segment it uses up the one it
// has, and says so early: writable() turns false while `reserve` records are still left, so that no
// new order is journaled but cancels, kills and reports are. A failed sync is latched: pages that
// could not be written are marked clean by the kernel, so a second sync that succeeds proves
// nothing. Writer: one thread. Agent: one thread, or the same.

enum class AgentError : std::uint8_t {
    none = 0,
    no_space = 1,       ///< no room for the next segment; tried again
    cannot_create = 2,  ///< any other refusal to make it; tried again
    sync_failed = 3,    ///< for good: restart, which verifies what is really there
};
[[nodiscard]] const char* describe(AgentError error) noexcept;

/// One mapped segment. Fields are the owner's, by `state`.
struct Segment {
    enum class State : std::uint8_t { empty, prepared, active, full };
    std::atomic<State> state{State::empty};
    /// Bytes written, header pages included. Stored by the writer after each record (release: the
    /// record is complete before it is counted), read by the agent.
    std::atomic<std::uint64_t> used{0};
    unsigned char* base{};
    int file{-1};
    std::uint32_t number{};
    // Agent's own.
    std::uint64_t synced{};     ///< bytes on the disk
    std::uint64_t populated{};  ///< pages are writable without a fault up to here
};

/// What both ends share. Lives as long as both.
struct JournalShared {
    static constexpr std::size_t slots = 4;
    std::array<Segment, slots> segments{};
    /// Agent writes, writer reads: no new orders.
    std::atomic<bool> failed{false};
    std::atomic<bool> no_space{false};
    std::size_t segment_bytes{};
    std::uint64_t reserve_records{};
    SegmentStart start{};  ///< what every segment of this epoch begins with
};

class JournalWriter {
public:
    /// Continues the chain behind record `seq` with crc `crc`. Requires: a prepared segment.
    JournalWriter(JournalShared& shared, std::uint64_t seq, std::uint32_t crc) noexcept;
    JournalWriter(const JournalWriter&) = delete;
    JournalWriter& operator=(const JournalWriter&) = delete;

    /// Fills size, seq and crc into `event` and makes it the journal's next record. True: it
    /// survives kill -9. False: no room, nothing happened. Requires: a known type, and zeros in the
    /// bytes that its payload does not use (the reader refuses them).
    [[nodiscard]] bool append(Event& event) noexcept;
    /// New risk may be journaled: no error, and more room than the reserve.
    [[nodiscard]] bool writable() const noexcept;
    /// Records that fit into what is there now.
    [[nodiscard]] std::uint64_t records_left() const noexcept;
    [[nodiscard]] JournalSeq seq() const noexcept { return JournalSeq{seq_}; }
    [[nodiscard]] std::uint32_t crc() const noexcept { return crc_; }

private:
    [[nodiscard]] Segment* prepared() const noexcept;
    [[nodiscard]] bool next_segment() noexcept;

    JournalShared& shared_;
    Segment* segment_{};
    unsigned char* at_{};
    unsigned char* end_{};
    std::uint64_t seq_{};
    std::uint32_t crc_{};
    std::uint32_t salt_{};
};

struct AgentOptions {
    std::string directory;
    DurationNs sync_period{};   ///< how much a power cut may cost
    DurationNs retry_period{};  ///< between two attempts to make a segment
};

class JournalAgent {
public:
    JournalAgent(JournalShared& shared, const AgentOptions& options, std::uint32_t first_number);
    JournalAgent(const JournalAgent&) = delete;
    JournalAgent& operator=(const JournalAgent&) = delete;
    ~JournalAgent();

    /// One round: prepares, seals, faults in ahead of the writer, syncs when due. Returns what it
    /// did (0: nothing).
    int do_work(MonoNs now);
    /// Everything appended so far is on the disk when this returns true.
    [[nodiscard]] bool sync_now();
    /// After the writer's last append: seals the active segment and removes the prepared ones.
    [[nodiscard]] bool close();
    [[nodiscard]] AgentError error() const noexcept { return error_; }
    [[nodiscard]] int error_number() const noexcept { return error_number_; }
    /// Last record known to be on the disk.
    [[nodiscard]] JournalSeq durable() const noexcept { return JournalSeq{durable_seq_}; }

private:
    bool prepare(MonoNs now);
    bool seal_full();
    int populate_ahead();
    [[nodiscard]] bool sync(Segment& segment, bool seal);
    void release(Segment& segment);
    void fail(AgentError error, int number) noexcept;

    JournalShared& shared_;
    AgentOptions options_;
    std::uint32_t next_number_;
    MonoNs last_sync_{};
    MonoNs last_try_{};
    bool tried_{};
    AgentError error_{AgentError::none};
    int error_number_{};
    std::uint64_t durable_seq_{};
};

}  // namespace portcullis::engine::journal
