// Arbitrary bytes as a segment: never a crash, never a record that does not chain, and every byte
// behind the last record accounted for. The first byte chooses: as it is, with the crc of the start
// page made right, with that and the crcs of the records too, and whether the mark is made to fit
// where it points, so that the checks behind are reached.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engine/journal/reader.hpp"

namespace {

using namespace portcullis::engine;  // NOLINT: one file, one purpose
using namespace portcullis::engine::journal;

void repair(std::vector<unsigned char>& bytes, bool records) {
    if (bytes.size() < records_offset) {
        return;
    }
    SegmentStart start;
    std::memcpy(&start, bytes.data(), sizeof(start));
    start.magic = start_magic;
    start.version = format_version;
    start.segment_bytes = static_cast<std::uint32_t>(bytes.size());
    start.number = 1;
    start.first_seq = 1;
    start.previous_crc = 0;
    start.crc = page_crc(&start);
    std::memcpy(bytes.data(), &start, sizeof(start));
    std::uint32_t crc = 0;
    std::uint64_t seq = 0;
    for (std::size_t at = records_offset; records && at + record_bytes <= bytes.size();
         at += record_bytes) {
        Event event;
        std::memcpy(&event, bytes.data() + at, record_bytes);
        if (event.header.type == EventType::none) {
            break;
        }
        event.header.size = record_bytes;
        event.header.seq = ++seq;
        event.header.crc = crc = record_crc(crc_salt(start.uuid), crc, event);
        std::memcpy(bytes.data() + at, &event, record_bytes);
    }
}

/// Number, crcs and sequence of the place that the mark names.
void repair_mark(std::vector<unsigned char>& bytes) {
    SegmentMark mark;
    std::memcpy(&mark, bytes.data() + mark_offset, sizeof(mark));
    const std::uint64_t records =
        mark.durable_bytes / record_bytes % ((bytes.size() - records_offset) / record_bytes + 1);
    mark.magic = mark_magic;
    mark.number = 1;
    mark.sealed %= 2;
    mark.durable_seq = records;
    mark.durable_bytes = records_offset + records * record_bytes;
    mark.last_crc = 0;
    if (records != 0) {
        std::memcpy(&mark.last_crc,
                    bytes.data() + mark.durable_bytes - record_bytes + offsetof(EventHeader, crc),
                    sizeof(mark.last_crc));
    }
    mark.crc = page_crc(&mark);
    std::memcpy(bytes.data() + mark_offset, &mark, sizeof(mark));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    // The size is made right, so that small inputs get past the first check.
    std::vector<unsigned char> bytes(data + 1, data + size);
    if (data[0] % 4 != 0) {
        bytes.resize((bytes.size() + segment_bytes_min + header_bytes - 1) / header_bytes *
                     header_bytes);
        repair(bytes, data[0] % 4 == 3);
        if ((data[0] & 4U) != 0) {
            repair_mark(bytes);
        }
    }
    SegmentReader reader({bytes.data(), bytes.size()}, nullptr, 1);
    Event event;
    std::uint64_t records = 0;
    while (reader.next(event)) {
        if (event.header.seq != reader.chain().seq || payload_size(event.header.type) < 0) {
            std::abort();
        }
        ++records;
    }
    if (reader.verdict() == Verdict::more || reader.next(event)) {
        std::abort();
    }
    if (records != 0 && reader.offset() != records_offset + records * record_bytes) {
        std::abort();
    }
    return 0;
}
