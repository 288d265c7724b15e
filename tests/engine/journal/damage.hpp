// Small journals made by hand from format.hpp alone, edits that hurt them, and a naive twin of the
// reader.
//
// Everything here is a function of its arguments, so that an input of the fuzzer means the same for
// ever: no random uuid, no writer. The twin shares nothing with the reader but the layout: its
// CRC-32C is a table and not the instruction, and it knows neither marks' details nor verdicts. It
// answers one question: which records, from the first on, are beyond doubt.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "engine/events/market.hpp"
#include "engine/journal/format.hpp"

namespace portcullis::engine::journal_test {

using Bytes = std::vector<unsigned char>;
/// By the number in the file's name.
using Segments = std::map<std::uint32_t, Bytes>;

inline constexpr std::size_t damage_segment_bytes = 16384;  // 64 records
inline constexpr std::size_t damage_records =
    (damage_segment_bytes - journal::records_offset) / journal::record_bytes;

template <class Page>
Page page_of(const Bytes& bytes, std::size_t at) {
    Page page{};
    std::memcpy(&page, bytes.data() + at, std::min(sizeof page, bytes.size() - at));
    return page;
}
template <class Page>
void put_page(Bytes& bytes, std::size_t at, const Page& page) {
    std::memcpy(bytes.data() + at, &page, std::min(sizeof page, bytes.size() - at));
}
inline Event record_at(const Bytes& bytes, std::size_t index) {
    return page_of<Event>(bytes, journal::records_offset + index * journal::record_bytes);
}
inline std::size_t record_count(const Bytes& bytes) {
    return bytes.size() < journal::records_offset
               ? 0
               : (bytes.size() - journal::records_offset) / journal::record_bytes;
}

// --- healthy ------------------------------------------------------------------------------------

/// Writes segments one behind the other.
class JournalMaker {
public:
    explicit JournalMaker(const journal::Uuid& boot_id) { start_.boot_id = boot_id; }

    /// One segment of `records`, the mark after `marked` of them (0: none).
    void segment(std::uint32_t epoch, std::size_t records, std::size_t marked, bool sealed) {
        start_.segment_bytes = damage_segment_bytes;
        start_.uuid.fill(7);
        start_.epoch = epoch;
        start_.number = static_cast<std::uint32_t>(made_.size()) + 1;
        start_.first_seq = seq_ + 1;
        start_.previous_crc = crc_;
        start_.crc = journal::page_crc(&start_);
        Bytes bytes(damage_segment_bytes);
        put_page(bytes, 0, start_);
        for (std::size_t i = 0; i < records; ++i) {
            const bool last = sealed && i + 1 == records;
            Event event = last ? Event{} : delta(seq_ + 1);
            event.header.type = last ? EventType::session_end : event.header.type;
            event.header.size = journal::record_bytes;
            event.header.seq = ++seq_;
            event.header.crc = crc_ =
                journal::record_crc(journal::crc_salt(start_.uuid), crc_, event);
            put_page(bytes, journal::records_offset + i * journal::record_bytes, event);
            if (i + 1 == marked) {
                journal::SegmentMark mark;
                mark.durable_seq = seq_;
                mark.durable_bytes = journal::records_offset + marked * journal::record_bytes;
                mark.last_crc = crc_;
                mark.sealed = sealed ? 1 : 0;
                mark.number = start_.number;
                mark.crc = journal::page_crc(&mark);
                put_page(bytes, journal::mark_offset, mark);
            }
        }
        made_[start_.number] = bytes;
    }
    void prepared() {
        made_[static_cast<std::uint32_t>(made_.size()) + 1] = Bytes(damage_segment_bytes);
    }
    [[nodiscard]] const Segments& made() const { return made_; }

private:
    static Event delta(std::uint64_t n) {
        BookDelta delta;
        delta.first_update = UpdateId{n};
        delta.last_update = UpdateId{n * 3};
        delta.level_count = 1;
        return Event::of(delta, MonoNs{static_cast<std::int64_t>(n)}, WallNs{5});
    }

    journal::SegmentStart start_;
    Segments made_;
    std::uint64_t seq_{};
    std::uint32_t crc_{};
};

/// The journals that damage begins with.
inline Segments healthy_journal(unsigned which, const journal::Uuid& boot_id) {
    JournalMaker make(boot_id);
    switch (which % 4) {
        case 0:  // died at work, synced half way
            make.segment(1, 20, 10, false);
            make.prepared();
            break;
        case 1:  // ended well in its second segment
            make.segment(1, damage_records, damage_records, true);
            make.segment(1, 5, 5, true);
            break;
        case 2:  // a second run, which died before its full segment was sealed
            make.segment(1, 20, 20, true);
            make.segment(2, damage_records, 0, false);
            make.segment(2, 10, 0, false);
            make.prepared();
            break;
        default:  // full to the last byte, the next one not begun
            make.segment(1, damage_records, 3, false);
            make.prepared();
    }
    return make.made();
}

// --- damage -------------------------------------------------------------------------------------

/// One edit: six bytes of an input.
struct Damage {
    std::uint8_t act;
    std::uint8_t segment;
    std::uint16_t at;
    std::uint8_t count;
    std::uint8_t value;
};
static_assert(sizeof(Damage) == 6);

/// Makes the chain of records right again from `index` to the first without a type: so that what
/// the crc would have caught reaches the checks behind it.
inline void mend_records(Bytes& bytes, std::size_t index) {
    const auto start = page_of<journal::SegmentStart>(bytes, 0);
    const std::size_t count = record_count(bytes);
    std::uint32_t crc =
        index == 0 || index > count ? start.previous_crc : record_at(bytes, index - 1).header.crc;
    for (std::size_t i = index; i < count; ++i) {
        Event event = record_at(bytes, i);
        if (event.header.type == EventType::none) {
            return;
        }
        event.header.size = journal::record_bytes;
        event.header.seq = start.first_seq + i;
        event.header.crc = crc = journal::record_crc(journal::crc_salt(start.uuid), crc, event);
        put_page(bytes, journal::records_offset + i * journal::record_bytes, event);
    }
}

inline void mark_at(Bytes& bytes, std::size_t records, bool sealed) {
    const auto start = page_of<journal::SegmentStart>(bytes, 0);
    journal::SegmentMark mark;
    mark.durable_seq = start.first_seq - 1 + records;
    mark.durable_bytes = journal::records_offset + records * journal::record_bytes;
    mark.last_crc = records == 0 || records > record_count(bytes)
                        ? start.previous_crc
                        : record_at(bytes, records - 1).header.crc;
    mark.sealed = sealed ? 1 : 0;
    mark.number = start.number;
    mark.crc = journal::page_crc(&mark);
    put_page(bytes, journal::mark_offset, mark);
}

template <class Page>
void mend_page(Bytes& bytes, std::size_t at, bool reboot = false) {
    auto page = page_of<Page>(bytes, at);
    if constexpr (requires { page.boot_id; }) {
        page.boot_id[3] ^= reboot ? 1 : 0;
    }
    page.crc = journal::page_crc(&page);
    put_page(bytes, at, page);
}

/// Edits of a file that has both its pages.
inline void hurt_pages(Bytes& bytes, const Damage& d) {
    const std::size_t records = record_count(bytes);
    const std::size_t index = records == 0 ? 0 : d.at % records;
    const auto place = [](std::size_t i) {
        return journal::records_offset + i * journal::record_bytes;
    };
    switch (d.act % 14) {
        case 6:
            return mend_page<journal::SegmentStart>(bytes, 0, (d.value & 1) != 0);
        case 7:
            return mend_page<journal::SegmentMark>(bytes, journal::mark_offset);
        case 8:
            return mend_records(bytes, index);
        case 9:
            return mark_at(bytes, d.at % (records + 2), (d.value & 1) != 0);
        case 10:  // from here on nothing ever reached the disk
            std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(place(index)), bytes.end(), 0);
            return;
        case 11:  // a stale copy, or two that changed places
            if (records != 0) {
                const Event here = record_at(bytes, index);
                const std::size_t other = d.count % records;
                put_page(bytes, place(index), record_at(bytes, other));
                if ((d.value & 1) != 0) {
                    put_page(bytes, place(other), here);
                }
            }
            return;
        default:  // the record behind the last one, as far as it got
            for (std::size_t i = 0; i < records; ++i) {
                if (record_at(bytes, i).header.size == 0) {
                    const std::size_t end = place(i) + std::min<std::size_t>(d.count % 128, 127);
                    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(place(i)),
                              bytes.begin() + static_cast<std::ptrdiff_t>(end), d.value);
                    return;
                }
            }
    }
}

inline void hurt(Segments& segments, const Damage& d) {
    if (segments.empty()) {
        return;
    }
    const auto file = std::next(segments.begin(), d.segment % segments.size());
    Bytes& bytes = file->second;
    const std::size_t at = bytes.empty() ? 0 : d.at % bytes.size();
    switch (d.act % 14) {
        case 0:
            if (!bytes.empty()) {
                bytes[at] ^= d.value == 0 ? 1 : d.value;
            }
            return;
        case 1: {
            const std::size_t size = std::min<std::size_t>(bytes.size() - at, d.count * 8U + 1U);
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.empty() ? 0 : size,
                        d.value);
            return;
        }
        case 2:
            bytes.resize(at);
            return;
        case 3:
            bytes.resize(std::min(bytes.size() + d.count * 128U, 4 * damage_segment_bytes),
                         d.value);
            return;
        case 4:
            segments.erase(file);
            return;
        case 5: {
            const Bytes copy = bytes;
            segments[1 + d.value % 5U] = copy;
            return;
        }
        default:
            if (bytes.size() >= journal::records_offset) {
                hurt_pages(bytes, d);
            }
    }
}

// --- the naive twin -----------------------------------------------------------------------------

inline std::uint32_t naive_crc(std::uint32_t state, const void* data, std::size_t size) {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t byte = 0; byte < 256; ++byte) {
            std::uint32_t value = byte;
            for (int bit = 0; bit < 8; ++bit) {
                value = (value & 1U) != 0 ? (value >> 1U) ^ 0x82f63b78U : value >> 1U;
            }
            made[byte] = value;
        }
        return made;
    }();
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) {
        state = table[(state ^ bytes[i]) & 0xffU] ^ (state >> 8U);
    }
    return state;
}

/// Of a record behind one whose crc is `previous`.
inline bool naive_record_holds(const journal::Uuid& uuid, std::uint64_t seq, std::uint32_t previous,
                               const Event& event) {
    const std::uint32_t size = event.header.size;
    std::uint32_t crc = naive_crc(~0U, uuid.data(), uuid.size());
    crc = naive_crc(crc, &seq, sizeof seq);
    crc = naive_crc(crc, &previous, sizeof previous);
    crc = naive_crc(crc, &size, sizeof size);
    crc = ~naive_crc(crc, reinterpret_cast<const unsigned char*>(&event) + 8,
                     journal::record_bytes - 8);
    const int used = journal::payload_size(event.header.type);
    return size == journal::record_bytes && event.header.seq == seq && event.header.crc == crc &&
           used >= 0 && event.header.reserved == 0 &&
           std::all_of(event.payload + used, event.payload + event_payload_bytes,
                       [](unsigned char byte) { return byte == 0; });
}

/// The records from the first on that are whole, in order and in place. A segment is gone on from
/// where it is full, or where its mark says that it was sealed there.
inline std::vector<Event> naive_prefix(const Segments& segments) {
    std::vector<Event> good;
    journal::Uuid uuid{};
    std::uint32_t previous = 0;
    std::uint32_t epoch = 0;
    for (std::uint32_t number = 1; segments.contains(number); ++number) {
        const Bytes& bytes = segments.at(number);
        if (bytes.size() < journal::records_offset) {
            return good;
        }
        const auto start = page_of<journal::SegmentStart>(bytes, 0);
        const auto mark = page_of<journal::SegmentMark>(bytes, journal::mark_offset);
        std::uint32_t crc = naive_crc(~0U, &start, 4088);
        crc = ~naive_crc(crc, &start.reserved_end, sizeof start.reserved_end);
        uuid = number == 1 ? start.uuid : uuid;
        if (start.crc != crc || start.uuid != uuid || start.number != number ||
            start.segment_bytes != bytes.size() || start.first_seq != good.size() + 1 ||
            start.previous_crc != previous || start.epoch < epoch) {
            return good;
        }
        epoch = start.epoch;
        std::size_t index = 0;
        for (; index < record_count(bytes); ++index) {
            const Event event = record_at(bytes, index);
            if (!naive_record_holds(uuid, good.size() + 1, previous, event)) {
                break;
            }
            previous = event.header.crc;
            good.push_back(event);
        }
        const bool sealed_here =
            mark.sealed == 1 &&
            mark.durable_bytes == journal::records_offset + index * journal::record_bytes;
        if (index < record_count(bytes) && !sealed_here) {
            return good;
        }
    }
    return good;
}

}  // namespace portcullis::engine::journal_test
