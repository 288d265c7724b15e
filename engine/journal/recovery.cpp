#include "engine/journal/recovery.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/journal/file_io.hpp"

namespace portcullis::engine::journal {
namespace {

/// Zeroes what lies behind the end and seals it there. Zeroes first and syncs: a kill in between
/// leaves an open end, which the next start seals.
Outcome seal(const std::string& path, const SegmentEnd& end, std::uint64_t cut_bytes) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return system_error("open", path, errno);
    }
    struct stat about {};
    bool ok = ::fstat(file, &about) == 0;
    const std::vector<unsigned char> zeros(std::size_t{1} << 20U);
    const auto size = ok ? static_cast<std::uint64_t>(about.st_size) : 0;
    for (std::uint64_t at = end.offset; ok && cut_bytes > 0 && at < size; at += zeros.size()) {
        const auto part = std::min<std::uint64_t>(zeros.size(), size - at);
        ok = write_at(file, std::span(zeros).first(part), at);
    }
    ok = ok && ::fdatasync(file) == 0;
    SegmentMark mark;
    mark.durable_seq = end.seq;
    mark.durable_bytes = end.offset;
    mark.last_crc = end.crc;
    mark.sealed = 1;
    mark.cut_bytes = cut_bytes;
    mark.number = end.number;
    mark.crc = page_crc(&mark);
    const std::span<const unsigned char> bytes(reinterpret_cast<const unsigned char*>(&mark),
                                               sizeof(mark));
    // In the order that a reader can tell from damage: magic and no crc, fields, crc.
    ok = ok && write_at(file, bytes.first(8), mark_offset);
    constexpr unsigned char no_crc[4]{};
    ok = ok && write_at(file, no_crc, mark_offset + offsetof(SegmentMark, crc));
    ok = ok && write_at(file, bytes.first(offsetof(SegmentMark, crc)), mark_offset);
    ok = ok && write_at(file, bytes.subspan(offsetof(SegmentMark, crc), 4),
                        mark_offset + offsetof(SegmentMark, crc));
    ok = ok && ::fdatasync(file) == 0;
    const int number = errno;
    ::close(file);
    if (!ok) {
        return system_error("seal", path, number);
    }
    return Done{};
}

/// Bytes of the unfinished part: from the end of the records to the last byte that is set.
Result<std::uint64_t> unfinished_bytes(const std::string& path, std::uint64_t from) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return system_error("open", path, errno);
    }
    std::string block(std::size_t{1} << 20U, '\0');
    std::uint64_t last = from;
    for (std::uint64_t at = from;;) {
        const ssize_t got = ::pread(file, block.data(), block.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            const int number = errno;
            ::close(file);
            return system_error("read", path, number);
        }
        if (got == 0) {
            break;
        }
        const auto size = static_cast<std::size_t>(got);
        const std::size_t set = std::string_view(block.data(), size).find_last_not_of('\0');
        last = set == std::string_view::npos ? last : at + set + 1;
        at += size;
    }
    ::close(file);
    return last - from;
}

}  // namespace

Result<Found> examine(const std::string& directory, const Uuid& boot_id) {
    auto opened = JournalReader::open(directory);
    if (!opened) {
        return Error{opened.error()};
    }
    JournalReader& reader = opened.value();
    Event event;
    EventType last_type = EventType::none;
    while (reader.next(event)) {
        last_type = event.header.type;
    }
    Found found;
    found.chain = reader.chain();
    found.ends = reader.ends();
    found.segment_files = reader.segments();
    Recovery& recovery = found.recovery;
    recovery.verdict = reader.verdict();
    recovery.last_seq = reader.chain().seq;
    recovery.records = reader.records();
    const bool begun = reader.last_begun() != 0;
    const bool rebooted = begun && reader.header().boot_id != boot_id;
    recovery.clean_shutdown =
        !begun || (reader.verdict() == Verdict::complete && last_type == EventType::session_end);
    recovery.power_lost = rebooted && !recovery.clean_shutdown;
    const bool usable =
        !is_damage(reader.verdict()) || (reader.verdict() == Verdict::lost_tail && rebooted);
    if (!usable) {
        return Error{reader.where() + ": " + describe(reader.verdict()) +
                     "; the journal is left as it is"};
    }
    return found;
}

Outcome recover(const std::string& directory, Found& found) {
    for (std::size_t i = 0; i < found.ends.size(); ++i) {
        const SegmentEnd& end = found.ends[i];
        if (end.sealed) {
            continue;
        }
        const std::string path = directory + "/" + segment_name(end.number);
        std::uint64_t cut = 0;
        if (i + 1 == found.ends.size()) {
            auto unfinished = unfinished_bytes(path, end.offset);
            if (!unfinished) {
                return Error{unfinished.error()};
            }
            cut = unfinished.value();
            found.recovery.cut_bytes = cut;
        }
        const Outcome sealed = seal(path, end, cut);
        if (!sealed) {
            return Error{sealed.error()};
        }
    }
    for (std::size_t i = found.ends.size(); i < found.segment_files; ++i) {
        const std::string path = directory + "/" + segment_name(static_cast<std::uint32_t>(i + 1));
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
            return system_error("remove", path, errno);
        }
    }
    auto leftovers = list_files(directory, "", ".tmp");
    if (!leftovers) {
        return Error{leftovers.error()};
    }
    for (const std::string& name : leftovers.value()) {
        ::unlink((directory + "/" + name).c_str());
    }
    return sync_directory(directory);
}

}  // namespace portcullis::engine::journal
