// Golden bytes, and damage: every bit of a small journal, every length, every order of files.
#include "engine/journal/format.hpp"

#include <cstdio>

#include "tests/engine/journal/fixture.hpp"

namespace portcullis::engine::journal_test {
namespace {

using journal::SegmentMark;
using journal::SegmentReader;
using journal::SegmentStart;

const journal::Uuid golden_uuid{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

std::string hex(const void* data, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        char two[3];
        std::snprintf(two, sizeof(two), "%02x", static_cast<const unsigned char*>(data)[i]);
        text += two;
    }
    return text;
}

Event golden_event() {
    TopOfBook top;
    top.update = UpdateId{0x1122334455667788};
    top.bid = {PriceAtoms{6183763000000}, QtyAtoms{12000}};
    top.ask = {PriceAtoms{6183764000000}, QtyAtoms{34000}};
    top.instrument = InstrumentId{2};
    Event event = Event::of(top, MonoNs{1000}, WallNs{1'700'000'000'000'000'000});
    event.header.kill_epoch = 3;
    event.header.limits_version = 4;
    event.header.source = 5;
    event.header.flags = 6;
    return event;
}

SegmentStart golden_start() {
    SegmentStart start;
    start.segment_bytes = small_segment;
    start.uuid = golden_uuid;
    start.epoch = 9;
    start.number = 1;
    start.first_seq = 1;
    start.config_hash = 0xabcdef;
    start.build_id = {'v', '1'};
    start.boot_id = golden_uuid;
    start.crc = journal::page_crc(&start);
    return start;
}

/// A segment with `count` records, and a mark when asked for.
std::string golden_segment(std::uint64_t count, bool sealed) {
    std::string bytes(small_segment, '\0');
    const SegmentStart start = golden_start();
    std::memcpy(bytes.data(), &start, sizeof(start));
    std::uint32_t crc = 0;
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
        Event event = golden_event();
        event.header.size = journal::record_bytes;
        event.header.seq = seq;
        event.header.crc = crc = journal::record_crc(journal::crc_salt(golden_uuid), crc, event);
        std::memcpy(bytes.data() + journal::records_offset + (seq - 1) * journal::record_bytes,
                    &event, sizeof(event));
    }
    if (sealed) {
        SegmentMark mark;
        mark.durable_seq = count;
        mark.durable_bytes = journal::records_offset + count * journal::record_bytes;
        mark.last_crc = crc;
        mark.sealed = 1;
        mark.number = 1;
        mark.crc = journal::page_crc(&mark);
        std::memcpy(bytes.data() + journal::mark_offset, &mark, sizeof(mark));
    }
    return bytes;
}

struct Scan {
    Verdict verdict{};
    std::uint64_t records{};
};
Scan scan(const std::string& bytes, std::uint32_t number = 1) {
    SegmentReader reader({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()},
                         nullptr, number);
    Scan found;
    Event event;
    while (reader.next(event)) {
        ++found.records;
    }
    found.verdict = reader.verdict();
    return found;
}

TEST(Crc32c, is_the_castagnoli_checksum) {
    EXPECT_EQ(journal::crc32c("123456789", 9), 0xe3069283U);
    const unsigned char zeros[32]{};
    EXPECT_EQ(journal::crc32c(zeros, 32), 0x8a9136aaU);  // RFC 3720, B.4
    unsigned char ones[32];
    std::memset(ones, 0xff, sizeof(ones));
    EXPECT_EQ(journal::crc32c(ones, 32), 0x62a8ab43U);
}

TEST(Format, the_bytes_of_a_record_are_these_for_ever) {
    const std::string bytes = golden_segment(2, true);
    EXPECT_EQ(hex(bytes.data() + journal::records_offset, 128),
              "800000008e2498f90100000000000000e80300000000000000002a36fe9c9717"
              "040006000300000004000000050000008877665544332211c03affc49f050000"
              "e02e000000000000007d0ec59f050000d0840000000000000200000000000000"
              "0000000000000000000000000000000000000000000000000000000000000000");
    EXPECT_EQ(hex(bytes.data() + journal::records_offset + 128 + 4, 4), "55edab5e");
}

TEST(Format, the_bytes_of_start_and_mark_are_these_for_ever) {
    const std::string bytes = golden_segment(2, true);
    EXPECT_EQ(hex(bytes.data(), 112),
              "50434a4f55524e4c0100000000400000000102030405060708090a0b0c0d0e0f"
              "090000000100000001000000000000000000000000000000efcdab0000000000"
              "7631000000000000000000000000000000000000000000000000000000000000"
              "000102030405060708090a0b0c0d0e0f");
    EXPECT_EQ(hex(bytes.data() + 4088, 8), "48860c1300000000");
    EXPECT_EQ(hex(bytes.data() + 4096, 48),
              "50434a4d41524b310200000000000000002100000000000055edab5e01000000"
              "00000000000000000100000000000000");
    EXPECT_EQ(hex(bytes.data() + 4096 + 4088, 8), "a15f938e00000000");
    EXPECT_EQ(scan(bytes).verdict, Verdict::complete);
}

TEST(Format, knows_the_payload_of_every_event_type) {
    EXPECT_EQ(journal::payload_size(EventType::book_delta), 72);
    EXPECT_EQ(journal::payload_size(EventType::session_end), 0);
    EXPECT_EQ(journal::payload_size(EventType::none), -1);
    int known = 0;
    for (int type = 0; type <= 0xffff; ++type) {
        const int size = journal::payload_size(static_cast<EventType>(type));
        known += size >= 0 ? 1 : 0;
        EXPECT_LE(size, 80);
    }
    EXPECT_EQ(known, 58) << "a new event type goes into payload_size()";
}

/// Every bit; one in 13 under ThreadSanitizer, which sees but one thread here and takes minutes.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t bit_step = 13;
#else
constexpr std::size_t bit_step = 1;
#endif

TEST(Damage, every_single_bit_of_a_sealed_segment_is_found) {
    const std::string whole = golden_segment(3, true);
    std::string bytes = whole;
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += bit_step) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        const Scan found = scan(bytes);
        ASSERT_TRUE(journal::is_damage(found.verdict)) << "bit " << bit;
        bytes[bit / 8] = whole[bit / 8];
    }
}

TEST(Damage, every_single_bit_of_an_open_segment_is_found_and_only_the_last_record_may_be_cut) {
    const std::string whole = golden_segment(3, false);
    std::string bytes = whole;
    const std::size_t last = journal::records_offset + 2 * journal::record_bytes;
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += bit_step) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        const Scan found = scan(bytes);
        const std::size_t byte = bit / 8;
        if (byte >= last && byte < last + 2 * journal::record_bytes) {
            // In the last record, or where the next would be: as an unfinished one looks.
            ASSERT_EQ(found.verdict, Verdict::torn_tail) << "bit " << bit;
        } else {
            ASSERT_TRUE(journal::is_damage(found.verdict)) << "bit " << bit;
        }
        bytes[byte] = whole[byte];
    }
}

TEST(Damage, every_truncation_is_found) {
    const std::string whole = golden_segment(3, true);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Scan found = scan(whole.substr(0, size));
        ASSERT_EQ(found.verdict, Verdict::bad_file_size) << size;
        ASSERT_EQ(found.records, 0U);
    }
    EXPECT_EQ(scan(whole + std::string(128, '\0')).verdict, Verdict::bad_file_size);
}

TEST(Damage, a_tail_cut_off_at_any_byte_of_an_open_segment_leaves_the_records_before_it) {
    const std::string whole = golden_segment(3, false);
    const std::size_t end = journal::records_offset + 3 * journal::record_bytes;
    for (std::size_t from = journal::records_offset; from <= end; ++from) {
        std::string bytes = whole;
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), '\0');
        const Scan found = scan(bytes);
        const std::uint64_t kept = (from - journal::records_offset) / journal::record_bytes;
        // A record's last bytes are zero anyhow: without them it is whole.
        ASSERT_TRUE(found.records == kept || found.records == kept + 1) << from;
        ASSERT_FALSE(journal::is_damage(found.verdict)) << from;
    }
}

TEST(Damage, swapped_repeated_and_stale_records_are_found) {
    const std::string whole = golden_segment(4, true);
    const auto at = [](std::size_t i) {
        return journal::records_offset + i * journal::record_bytes;
    };
    std::string swapped = whole;
    swapped.replace(at(1), 128, whole.substr(at(2), 128));
    swapped.replace(at(2), 128, whole.substr(at(1), 128));
    EXPECT_EQ(scan(swapped).verdict, Verdict::bad_record);
    std::string repeated = whole;
    repeated.replace(at(2), 128, whole.substr(at(1), 128));
    EXPECT_EQ(scan(repeated).verdict, Verdict::bad_record);
    std::string stale = golden_segment(2, false);
    stale.replace(at(2), 128, whole.substr(at(3), 128));
    EXPECT_EQ(scan(stale).records, 2U);
}

TEST(Damage, unknown_types_and_set_padding_are_named_even_under_a_right_crc) {
    for (const bool padding : {false, true}) {
        std::string bytes = golden_segment(1, false);
        Event event = golden_event();
        event.header.size = journal::record_bytes;
        event.header.seq = 1;
        if (padding) {
            event.payload[79] = 1;
        } else {
            event.header.type = static_cast<EventType>(999);
        }
        event.header.crc = journal::record_crc(journal::crc_salt(golden_uuid), 0, event);
        std::memcpy(bytes.data() + journal::records_offset, &event, sizeof(event));
        EXPECT_EQ(scan(bytes).verdict, padding ? Verdict::bad_padding : Verdict::unknown_type);
    }
    SegmentStart later = golden_start();
    later.version = 2;
    later.crc = journal::page_crc(&later);
    std::string bytes = golden_segment(1, false);
    std::memcpy(bytes.data(), &later, sizeof(later));
    EXPECT_EQ(scan(bytes).verdict, Verdict::bad_version);
}

// --- files --------------------------------------------------------------------------------------

class Files : public ::testing::Test {
protected:
    Files() { make(directory, 150, true); }  // three segments
    Verdict verdict() { return read_all(directory.path()).verdict; }
    Directory directory;
};

TEST_F(Files, in_order_are_complete) {
    EXPECT_EQ(verdict(), Verdict::complete);
}

TEST_F(Files, a_missing_one_is_named) {
    std::filesystem::remove(directory.segment(2));
    EXPECT_EQ(verdict(), Verdict::missing_segment);
    std::filesystem::remove(directory.segment(1));
    EXPECT_EQ(verdict(), Verdict::missing_segment);
}

TEST_F(Files, swapped_or_doubled_ones_are_misplaced) {
    const std::string second = slurp(directory.segment(2));
    spill(directory.segment(2), slurp(directory.segment(3)));
    EXPECT_EQ(verdict(), Verdict::misplaced_segment);
    spill(directory.segment(2), second);
    spill(directory.segment(4), second);
    EXPECT_EQ(verdict(), Verdict::misplaced_segment);
}

TEST_F(Files, one_of_another_journal_is_foreign) {
    const Directory other;
    make(other, 150, true);
    spill(directory.segment(2), slurp(other.segment(2)));
    EXPECT_EQ(verdict(), Verdict::foreign_segment);
}

TEST_F(Files, one_that_does_not_continue_the_one_before_breaks_the_chain) {
    std::string bytes = slurp(directory.segment(2));
    SegmentStart start;
    std::memcpy(&start, bytes.data(), sizeof(start));
    start.previous_crc ^= 1;
    start.crc = journal::page_crc(&start);
    std::memcpy(bytes.data(), &start, sizeof(start));
    spill(directory.segment(2), bytes);
    EXPECT_EQ(verdict(), Verdict::broken_chain);
}

TEST_F(Files, a_name_that_is_no_number_is_not_passed_over) {
    spill(directory.path() + "/segment-00000002b.pcj", "");
    EXPECT_TRUE(journal::is_damage(verdict()));
}

TEST_F(Files, damage_is_located) {
    std::string bytes = slurp(directory.segment(2));
    bytes[journal::records_offset + 5 * 128 + 20] ^= 1;
    spill(directory.segment(2), bytes);
    const Read read = read_all(directory.path());
    EXPECT_EQ(read.verdict, Verdict::bad_record);
    EXPECT_EQ(read.events.size(), records_of_small + 5);
    EXPECT_NE(read.where.find("segment-00000002.pcj at byte 8832"), std::string::npos)
        << read.where;
}

}  // namespace
}  // namespace portcullis::engine::journal_test
