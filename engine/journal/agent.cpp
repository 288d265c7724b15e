// JournalAgent: everything slow about segments, on its own thread. See writer.hpp.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/journal/file_io.hpp"
#include "engine/journal/journal.hpp"
#include "engine/journal/writer.hpp"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace portcullis::engine::journal {
namespace {

constexpr std::uint64_t page_bytes = 4096;
/// Kept writable without a fault ahead of the writer: 32,768 records.
constexpr std::uint64_t ahead_bytes = 4 * 1024 * 1024;

std::uint64_t page_up(std::uint64_t bytes) noexcept {
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

/// Makes pages writable without a fault. On kernels before 5.14 by an atomic write that changes
/// nothing, so that it cannot disturb the writer.
void populate(unsigned char* base, std::uint64_t from, std::uint64_t to) noexcept {
    if (::madvise(base + from, to - from, MADV_POPULATE_WRITE) == 0) {
        return;
    }
    for (std::uint64_t at = from; at < to; at += page_bytes) {
        __atomic_fetch_or(base + at, static_cast<unsigned char>(0), __ATOMIC_RELAXED);
    }
}

void write_mark(unsigned char* base, SegmentMark mark) noexcept {
    mark.crc = 0;
    const std::uint32_t crc = page_crc(&mark);
    // crc 0, then the fields, then the crc; the magic stands all the time.
    const std::uint32_t none = 0;
    std::memcpy(base + mark_offset, &mark.magic, sizeof(mark.magic));
    std::memcpy(base + mark_offset + offsetof(SegmentMark, crc), &none, sizeof(none));
    // release, for the compiler alone: a crash of the process keeps what was stored, in order.
    std::atomic_signal_fence(std::memory_order_release);
    std::memcpy(base + mark_offset, &mark, sizeof(mark));
    std::atomic_signal_fence(std::memory_order_release);  // as above
    std::memcpy(base + mark_offset + offsetof(SegmentMark, crc), &crc, sizeof(crc));
}

std::uint32_t crc_before(const Segment& segment, std::uint64_t used) noexcept {
    std::uint32_t crc{};
    const std::size_t at = used > records_offset ? used - record_bytes + offsetof(EventHeader, crc)
                                                 : offsetof(SegmentStart, previous_crc);
    std::memcpy(&crc, segment.base + at, sizeof(crc));
    return crc;
}

}  // namespace

const char* describe(AgentError error) noexcept {
    switch (error) {
        case AgentError::none:
            return "none";
        case AgentError::no_space:
            return "no space for the next journal segment";
        case AgentError::cannot_create:
            return "next journal segment cannot be made";
        case AgentError::sync_failed:
            return "journal could not be synced; restart to verify what is on the disk";
    }
    return "?";
}

JournalAgent::JournalAgent(JournalShared& shared, const AgentOptions& options,
                           std::uint32_t first_number)
    : shared_(shared), options_(options), next_number_(first_number) {
    verify(options.sync_period.value > 0 && options.retry_period.value > 0);
    verify(shared.segment_bytes >= segment_bytes_min && shared.segment_bytes % page_bytes == 0);
}

JournalAgent::~JournalAgent() {
    for (Segment& segment : shared_.segments) {
        if (segment.base != nullptr) {
            release(segment);
        }
    }
}

int JournalAgent::do_work(MonoNs now) {
    int work = seal_full() ? 1 : 0;
    work += prepare(now) ? 1 : 0;
    if (last_sync_ == MonoNs{} || now - last_sync_ >= options_.sync_period) {
        last_sync_ = now;
        work += sync_now() ? 1 : 0;
    }
    return work + populate_ahead();
}

/// Keeps one segment ready behind the active one.
bool JournalAgent::prepare(MonoNs now) {
    Segment* room = nullptr;
    for (Segment& segment : shared_.segments) {
        // Acquire: pairs with the writer's hand-over.
        const Segment::State state = segment.state.load(std::memory_order_acquire);
        if (state == Segment::State::prepared) {
            return false;
        }
        if (state == Segment::State::empty && room == nullptr) {
            room = &segment;
        }
    }
    const bool waits = tried_ && error_ != AgentError::none && error_ != AgentError::sync_failed &&
                       now - last_try_ < options_.retry_period;
    if (room == nullptr || waits) {
        return false;
    }
    tried_ = true;
    last_try_ = now;
    const std::string path = options_.directory + "/" + segment_name(next_number_);
    const std::string making = path + ".tmp";
    ::unlink(making.c_str());
    const int file = ::open(making.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int number = file < 0 ? errno : 0;
    void* base = MAP_FAILED;
    if (file >= 0) {
        number = ::posix_fallocate(file, 0, static_cast<off_t>(shared_.segment_bytes));
        if (number == 0) {
            base =
                ::mmap(nullptr, shared_.segment_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            number = base == MAP_FAILED || ::fsync(file) != 0 ||
                             ::rename(making.c_str(), path.c_str()) != 0 ||
                             !sync_directory(options_.directory)
                         ? (errno != 0 ? errno : EIO)
                         : 0;
        }
    }
    if (number != 0) {
        if (base != MAP_FAILED) {
            ::munmap(base, shared_.segment_bytes);
        }
        if (file >= 0) {
            ::close(file);
            ::unlink(making.c_str());
            ::unlink(path.c_str());
        }
        fail(number == ENOSPC || number == EDQUOT || number == EFBIG ? AgentError::no_space
                                                                     : AgentError::cannot_create,
             number);
        return false;
    }
    room->base = static_cast<unsigned char*>(base);
    room->file = file;
    room->number = next_number_++;
    room->synced = records_offset;
    room->populated = std::min<std::uint64_t>(shared_.segment_bytes, ahead_bytes);
    populate(room->base, 0, room->populated);
    room->used.store(records_offset, std::memory_order_relaxed);  // relaxed: the state publishes it
    if (error_ != AgentError::sync_failed) {
        error_ = AgentError::none;
        error_number_ = 0;
    }
    shared_.no_space.store(false, std::memory_order_relaxed);  // relaxed: stands alone
    // Release: all of the above is the writer's from here on.
    room->state.store(Segment::State::prepared, std::memory_order_release);
    return true;
}

bool JournalAgent::seal_full() {
    // The one being written counts as well: if it is full by the time that the one after it was
    // looked at, it is still the lowest. Nothing may be durable before what lies below it is.
    Segment* lowest = nullptr;
    for (Segment& segment : shared_.segments) {
        // acquire: as below, for whichever of them turns out to be the lowest.
        const Segment::State state = segment.state.load(std::memory_order_acquire);
        if ((state == Segment::State::full || state == Segment::State::active) &&
            (lowest == nullptr || segment.number < lowest->number)) {
            lowest = &segment;
        }
    }
    // acquire: every record of it is in the mapping.
    if (lowest == nullptr ||
        lowest->state.load(std::memory_order_acquire) != Segment::State::full ||
        !sync(*lowest, true)) {
        return false;
    }
    release(*lowest);
    return true;
}

int JournalAgent::populate_ahead() {
    int work = 0;
    for (Segment& segment : shared_.segments) {
        // acquire: the writer set base and synced before it made the segment active.
        if (segment.state.load(std::memory_order_acquire) != Segment::State::active) {
            continue;
        }
        // relaxed: how far to fault in ahead; no byte that it counts is read.
        const std::uint64_t used = segment.used.load(std::memory_order_relaxed);
        const std::uint64_t wanted =
            std::min<std::uint64_t>(shared_.segment_bytes, page_up(used + ahead_bytes));
        const std::uint64_t low = std::min<std::uint64_t>(wanted, used + ahead_bytes / 2);
        if (segment.populated < low) {
            const std::uint64_t from = std::max(segment.populated, used / page_bytes * page_bytes);
            populate(segment.base, from, wanted);
            segment.populated = wanted;
            ++work;
        }
    }
    return work;
}

/// Everything that the writer has counted goes to the disk, then the mark says so. After a failure
/// the kernel holds the lost pages for clean: a second attempt would succeed and prove nothing.
bool JournalAgent::sync(Segment& segment, bool seal) {
    if (error_ == AgentError::sync_failed) {
        return false;
    }
    // acquire: the records that it counts are whole before they are synced.
    const std::uint64_t used = segment.used.load(std::memory_order_acquire);
    if (used == segment.synced && !seal) {
        return true;
    }
    if (::msync(segment.base, page_up(used), MS_SYNC) != 0) {
        fail(AgentError::sync_failed, errno);
        return false;
    }
    SegmentStart start;
    std::memcpy(&start, segment.base, sizeof(start));
    SegmentMark mark;
    mark.durable_seq = start.first_seq - 1 + (used - records_offset) / record_bytes;
    mark.durable_bytes = used;
    mark.last_crc = crc_before(segment, used);
    mark.sealed = seal ? 1 : 0;
    mark.number = segment.number;
    write_mark(segment.base, mark);
    if (seal &&
        (::msync(segment.base, records_offset, MS_SYNC) != 0 || ::fdatasync(segment.file) != 0)) {
        fail(AgentError::sync_failed, errno);
        return false;
    }
    segment.synced = used;
    // Written pages are write-protected again: fault them in anew before the writer needs them.
    segment.populated = used / page_bytes * page_bytes;
    durable_seq_ = mark.durable_seq;
    return true;
}

bool JournalAgent::sync_now() {
    // The active one is found first: whatever is below it was handed over before, so the loop seals
    // it. The other way round, one that filled up in between would be passed over, and the mark of
    // the next would speak for records that are not on the disk.
    Segment* active = nullptr;
    for (Segment& segment : shared_.segments) {
        // acquire: what the writer left in the segment comes before its state.
        if (segment.state.load(std::memory_order_acquire) == Segment::State::active) {
            active = &segment;
        }
    }
    while (seal_full()) {
    }
    // It may have filled up since, and is empty once sealed. relaxed: only the agent makes it so.
    if (active != nullptr &&
        active->state.load(std::memory_order_relaxed) != Segment::State::empty) {
        return sync(*active, false);
    }
    return error_ != AgentError::sync_failed;
}

bool JournalAgent::close() {
    bool ok = sync_now();
    for (Segment& segment : shared_.segments) {
        // acquire: as in sync_now().
        const Segment::State state = segment.state.load(std::memory_order_acquire);
        if (state == Segment::State::active) {
            ok = sync(segment, true) && ok;
            release(segment);
        } else if (state == Segment::State::prepared) {
            ::unlink((options_.directory + "/" + segment_name(segment.number)).c_str());
            release(segment);
        }
    }
    return ok && static_cast<bool>(sync_directory(options_.directory));
}

void JournalAgent::release(Segment& segment) {
    ::munmap(segment.base, shared_.segment_bytes);
    ::close(segment.file);
    segment.base = nullptr;
    segment.file = -1;
    // Release: the slot is the agent's again; the next prepare() of it starts afresh.
    segment.state.store(Segment::State::empty, std::memory_order_release);
}

void JournalAgent::fail(AgentError error, int number) noexcept {
    if (error_ != AgentError::sync_failed) {
        error_ = error;
        error_number_ = number;
    }
    if (error == AgentError::sync_failed) {
        shared_.failed.store(true, std::memory_order_relaxed);  // relaxed: stands alone
    } else {
        shared_.no_space.store(true, std::memory_order_relaxed);  // relaxed: stands alone
    }
}

}  // namespace portcullis::engine::journal
