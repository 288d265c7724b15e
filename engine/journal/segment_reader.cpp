// One segment, verified byte by byte. The verdicts here are the closed table of what a segment can
// be; reader.cpp puts segments together.
#include <algorithm>

#include "engine/journal/reader.hpp"

namespace portcullis::engine::journal {
namespace {

template <class Page>
Page page_at(std::span<const unsigned char> bytes, std::size_t offset) noexcept {
    Page page;
    std::memcpy(&page, bytes.data() + offset, sizeof(Page));
    return page;
}

template <std::size_t n>
bool all_zero(const std::array<unsigned char, n>& bytes) noexcept {
    return std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte == 0; });
}

bool padding_is_zero(const Event& event, int used) noexcept {
    return event.header.reserved == 0 &&
           std::all_of(event.payload + used, event.payload + event_payload_bytes,
                       [](unsigned char byte) { return byte == 0; });
}

}  // namespace

const char* describe(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::more:
            return "not read to the end";
        case Verdict::complete:
            return "complete and sealed";
        case Verdict::open_end:
            return "complete, not sealed";
        case Verdict::torn_tail:
            return "complete but for an unfinished record at its end";
        case Verdict::bad_file_size:
            return "file is not of the size that its start says";
        case Verdict::bad_start:
            return "start page is damaged";
        case Verdict::bad_version:
            return "format version is not known here";
        case Verdict::bad_mark:
            return "mark page is damaged or contradicts the records";
        case Verdict::missing_segment:
            return "a segment is missing before this one";
        case Verdict::misplaced_segment:
            return "segment carries another number than its file";
        case Verdict::foreign_segment:
            return "segment of another journal";
        case Verdict::broken_chain:
            return "segment does not continue the one before";
        case Verdict::epoch_backwards:
            return "segment of an earlier epoch than the one before";
        case Verdict::bad_record:
            return "damaged record";
        case Verdict::bad_padding:
            return "record with bytes set that its type does not use";
        case Verdict::unknown_type:
            return "record of a type that is not known here";
        case Verdict::bytes_after_end:
            return "bytes behind the sealed end";
        case Verdict::segment_after_end:
            return "a begun segment behind one that is neither sealed nor full";
        case Verdict::unreadable:
            return "file cannot be read";
        case Verdict::lost_tail:
            return "damaged record above the durable mark with others behind it";
    }
    return "?";
}

SegmentReader::SegmentReader(std::span<const unsigned char> bytes, const ChainState* before,
                             std::uint32_t number) noexcept
    : bytes_(bytes), offset_(records_offset) {
    if (before != nullptr) {
        chain_ = *before;
    }
    verdict_ = check_start(before, number);
    if (verdict_ == Verdict::more && start_ == Start::begun) {
        verdict_ = check_mark();
    }
}

Verdict SegmentReader::check_start(const ChainState* before, std::uint32_t number) noexcept {
    if (bytes_.size() < segment_bytes_min || bytes_.size() % record_bytes != 0) {
        return Verdict::bad_file_size;
    }
    header_ = page_at<SegmentStart>(bytes_, 0);
    if (header_.crc == 0) {
        // Not begun, or being begun: the crc comes last, and nothing else before it.
        if (!zeros(header_bytes, bytes_.size())) {
            return Verdict::bad_start;
        }
        const bool untouched = zeros(0, header_bytes);
        if (!untouched && header_.magic != start_magic) {
            return Verdict::bad_start;
        }
        start_ = untouched ? Start::prepared : Start::unfinished;
        return untouched ? Verdict::complete : Verdict::torn_tail;
    }
    if (page_crc(&header_) != header_.crc || header_.magic != start_magic) {
        return Verdict::bad_start;
    }
    if (header_.version != format_version) {
        return Verdict::bad_version;
    }
    if (!all_zero(header_.zeros) || header_.reserved != 0 || header_.reserved_end != 0 ||
        header_.epoch == 0) {
        return Verdict::bad_start;
    }
    if (header_.segment_bytes != bytes_.size()) {
        return Verdict::bad_file_size;
    }
    if (header_.number != number) {
        return Verdict::misplaced_segment;
    }
    const bool first = header_.number == 1;
    if (before != nullptr && before->number != 0) {
        if (header_.uuid != before->uuid) {
            return Verdict::foreign_segment;
        }
        if (header_.first_seq != before->seq + 1 || header_.previous_crc != before->crc) {
            return Verdict::broken_chain;
        }
        if (header_.epoch < before->epoch) {
            return Verdict::epoch_backwards;
        }
    } else if (header_.first_seq == 0 ||
               (first && (header_.first_seq != 1 || header_.previous_crc != 0))) {
        return Verdict::broken_chain;
    }
    start_ = Start::begun;
    chain_ = ChainState{header_.uuid,          crc_salt(header_.uuid), header_.previous_crc,
                        header_.first_seq - 1, header_.epoch,          header_.number};
    return Verdict::more;
}

Verdict SegmentReader::check_mark() noexcept {
    mark_ = page_at<SegmentMark>(bytes_, mark_offset);
    if (mark_.crc == 0) {
        // None yet, or being rewritten: magic stays through that, so a lone bit is still found.
        const bool none = zeros(mark_offset, records_offset);
        const bool half = mark_.magic == mark_magic && all_zero(mark_.zeros) &&
                          mark_.reserved == 0 && mark_.reserved_end == 0;
        mark_ = SegmentMark{};
        return none || half ? Verdict::more : Verdict::bad_mark;
    }
    const bool whole = page_crc(&mark_) == mark_.crc && mark_.magic == mark_magic &&
                       all_zero(mark_.zeros) && mark_.reserved == 0 && mark_.reserved_end == 0;
    const bool placed =
        mark_.number == header_.number && mark_.sealed <= 1 &&
        mark_.durable_bytes >= records_offset && mark_.durable_bytes <= bytes_.size() &&
        mark_.durable_bytes % record_bytes == 0 &&
        mark_.durable_seq ==
            header_.first_seq - 1 + (mark_.durable_bytes - records_offset) / record_bytes &&
        (mark_.sealed == 1 || mark_.cut_bytes == 0);
    has_mark_ = whole && placed;
    return has_mark_ ? Verdict::more : Verdict::bad_mark;
}

bool SegmentReader::next(Event& out) noexcept {
    if (verdict_ != Verdict::more) {
        return false;
    }
    if (has_mark_ && offset_ == mark_.durable_bytes && chain_.crc != mark_.last_crc) {
        verdict_ = Verdict::bad_mark;
        return false;
    }
    if (sealed() && offset_ == mark_.durable_bytes) {
        verdict_ = zeros(offset_, bytes_.size()) ? Verdict::complete : Verdict::bytes_after_end;
        return false;
    }
    if (full()) {
        // The mark never points beyond the records: durable_bytes is at most the file's size.
        verdict_ = offset_ == bytes_.size() ? Verdict::open_end : Verdict::bad_file_size;
        return false;
    }
    Event event;
    std::memcpy(&event, bytes_.data() + offset_, record_bytes);
    const Verdict of_record = check_record(event);
    if (of_record != Verdict::more) {
        verdict_ = of_record == Verdict::bad_record ? at_end() : of_record;
        return false;
    }
    chain_.crc = event.header.crc;
    ++chain_.seq;
    offset_ += record_bytes;
    out = event;
    return true;
}

Verdict SegmentReader::check_record(const Event& event) const noexcept {
    if (event.header.size != record_bytes || event.header.seq != chain_.seq + 1 ||
        event.header.crc != record_crc(chain_.salt, chain_.crc, event)) {
        return Verdict::bad_record;
    }
    const int used = payload_size(event.header.type);
    if (used < 0) {
        return Verdict::unknown_type;
    }
    return padding_is_zero(event, used) ? Verdict::more : Verdict::bad_padding;
}

/// No valid record at `offset_`. Is it the end, an unfinished record, or damage?
Verdict SegmentReader::at_end() const noexcept {
    if (has_mark_ && offset_ < mark_.durable_bytes) {
        return Verdict::bad_record;
    }
    if (!zeros(offset_ + record_bytes, bytes_.size())) {
        return Verdict::lost_tail;
    }
    return zeros(offset_, offset_ + record_bytes) ? Verdict::open_end : Verdict::torn_tail;
}

bool SegmentReader::zeros(std::size_t from, std::size_t to) const noexcept {
    // Compares a block with itself shifted by one byte: as fast as memcmp.
    const unsigned char* begin = bytes_.data() + from;
    const std::size_t size = to - from;
    return size == 0 || (*begin == 0 && std::memcmp(begin, begin + 1, size - 1) == 0);
}

}  // namespace portcullis::engine::journal
