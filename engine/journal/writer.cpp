#include "engine/journal/writer.hpp"

namespace portcullis::engine::journal {

JournalWriter::JournalWriter(JournalShared& shared, std::uint64_t seq, std::uint32_t crc) noexcept
    : shared_(shared), seq_(seq), crc_(crc), salt_(crc_salt(shared.start.uuid)) {
    verify(next_segment());
}

bool JournalWriter::append(Event& event) noexcept {
    if (at_ == end_ && !next_segment()) [[unlikely]] {
        return false;
    }
    verify(event.header.type != EventType::none);
    event.header.size = record_bytes;
    event.header.seq = ++seq_;
    crc_ = record_crc(salt_, crc_, event);
    event.header.crc = crc_;
    std::memcpy(at_, &event, record_bytes);
    at_ += record_bytes;
    // Release: whoever reads the count finds the record behind it.
    segment_->used.store(static_cast<std::uint64_t>(at_ - segment_->base),
                         std::memory_order_release);
    return true;
}

bool JournalWriter::writable() const noexcept {
    // Relaxed: the flags stand alone, and a step later is soon enough.
    if (shared_.failed.load(std::memory_order_relaxed) ||
        shared_.no_space.load(std::memory_order_relaxed)) {
        return false;
    }
    const auto here = static_cast<std::uint64_t>(end_ - at_) / record_bytes;
    return here > shared_.reserve_records || records_left() > shared_.reserve_records;
}

std::uint64_t JournalWriter::records_left() const noexcept {
    std::uint64_t left = static_cast<std::uint64_t>(end_ - at_) / record_bytes;
    for (const Segment& segment : shared_.segments) {
        // relaxed: a count; the segment is entered by an acquire of its own.
        if (segment.state.load(std::memory_order_relaxed) == Segment::State::prepared) {
            left += (shared_.segment_bytes - records_offset) / record_bytes;
        }
    }
    return left;
}

Segment* JournalWriter::prepared() const noexcept {
    Segment* lowest = nullptr;
    for (Segment& segment : shared_.segments) {
        // Acquire: the mapping that the agent made is seen with the state that gives it away.
        if (segment.state.load(std::memory_order_acquire) == Segment::State::prepared &&
            (lowest == nullptr || segment.number < lowest->number)) {
            lowest = &segment;
        }
    }
    return lowest;
}

bool JournalWriter::next_segment() noexcept {
    Segment* next = prepared();
    if (next == nullptr) {
        return false;
    }
    if (segment_ != nullptr) {
        verify(next->number == segment_->number + 1);
        // Release: every record lies in the mapping before the agent may seal it.
        segment_->state.store(Segment::State::full, std::memory_order_release);
    }
    SegmentStart start = shared_.start;
    start.segment_bytes = static_cast<std::uint32_t>(shared_.segment_bytes);
    start.number = next->number;
    start.first_seq = seq_ + 1;
    start.previous_crc = crc_;
    start.crc = 0;
    const std::uint32_t crc = page_crc(&start);
    // Magic first and crc last: whatever kill -9 leaves is told from damage (format.hpp).
    std::memcpy(next->base, &start.magic, sizeof(start.magic));
    std::atomic_signal_fence(std::memory_order_release);  // release: the compiler merges nothing
    std::memcpy(next->base, &start, sizeof(start));
    std::atomic_signal_fence(std::memory_order_release);  // release: the compiler merges nothing
    std::memcpy(next->base + offsetof(SegmentStart, crc), &crc, sizeof(crc));

    segment_ = next;
    at_ = next->base + records_offset;
    end_ = next->base + records_offset +
           (shared_.segment_bytes - records_offset) / record_bytes * record_bytes;
    // Release: pairs with the agent's acquire before it reads what the header page holds.
    segment_->state.store(Segment::State::active, std::memory_order_release);
    return true;
}

}  // namespace portcullis::engine::journal
