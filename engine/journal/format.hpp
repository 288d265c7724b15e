// The journal's bytes. One directory holds one journal: segments of one size, numbered from 1.
//
//   segment file     0        4096     8192                                            size
//                    | start  | mark   | record | record | ...    | zeros to the end     |
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/events/event.hpp"
#include "engine/journal/crc32c.hpp"
#include "engine/types/capacity.hpp"

namespace portcullis::engine::journal {

//   start (written once, at the first record; its crc is stored last)
//     0 magic "PCJOURNL"  8 version  12 segment_bytes  16 uuid[16]  32 epoch  36 number
//     40 first_seq  48 previous_crc  52 0  56 config_hash  64 build_id[32]  96 boot_id[16]
//     112 zeros to 4088  4088 crc  4092 0
//   mark (rewritten by the agent: after each sync, and at the seal)
//     0 magic "PCJMARK1"  8 durable_seq  16 durable_bytes  24 last_crc  28 sealed  32 cut_bytes
//     40 number  44 0 ... 4088 crc  4092 0
//   record (engine/events/event.hpp)
//     0 size=128  4 crc  8 seq  16 mono  24 wall  32 type  34 flags  36 kill_epoch
//     40 limits_version  44 source  46 0  48 payload[80], zero beyond the type's own size
//
// crc of a record is CRC-32C over salt (uuid | seq | crc of the record before) and then the record
// without its crc field. So a record is valid only in this journal, at this number, behind that
// neighbour: a stale page of a recycled file, a swapped pair and a copied segment all fail. Writing
// crc last makes "being written" (0) different from "damaged" on a machine that stores in order.
// All numbers little-endian, as they lie in memory: the only machine that this runs on.

static_assert(std::endian::native == std::endian::little);

inline constexpr std::size_t header_bytes = 4096;
inline constexpr std::size_t mark_offset = header_bytes;
inline constexpr std::size_t records_offset = 2 * header_bytes;
inline constexpr std::size_t record_bytes = sizeof(Event);
inline constexpr std::size_t segment_bytes_min = records_offset + 32 * record_bytes;
inline constexpr std::uint32_t format_version = 1;
static_assert(record_bytes % capacity::cache_line == 0 && records_offset % record_bytes == 0);
static_assert(capacity::journal_segment_bytes % record_bytes == 0);

using Uuid = std::array<unsigned char, 16>;
using BuildId = std::array<char, 32>;
/// Up to its first zero.
[[nodiscard]] std::string_view text_of(const BuildId& id) noexcept;
inline constexpr std::array<char, 8> start_magic{'P', 'C', 'J', 'O', 'U', 'R', 'N', 'L'};
inline constexpr std::array<char, 8> mark_magic{'P', 'C', 'J', 'M', 'A', 'R', 'K', '1'};

struct SegmentStart {
    std::array<char, 8> magic{start_magic};
    std::uint32_t version{format_version};
    std::uint32_t segment_bytes{};
    Uuid uuid{};
    std::uint32_t epoch{};
    std::uint32_t number{};
    std::uint64_t first_seq{};
    std::uint32_t previous_crc{};  ///< of the last record before this segment; 0 for the first
    std::uint32_t reserved{};
    std::uint64_t config_hash{};
    BuildId build_id{};
    Uuid boot_id{};  ///< same as now: only the process died; other: the machine did
    std::array<unsigned char, 4088 - 112> zeros{};
    std::uint32_t crc{};
    std::uint32_t reserved_end{};
};
static_assert(sizeof(SegmentStart) == header_bytes && offsetof(SegmentStart, crc) == 4088);
static_assert(std::has_unique_object_representations_v<SegmentStart>);

struct SegmentMark {
    std::array<char, 8> magic{mark_magic};
    std::uint64_t durable_seq{};    ///< last record known to be on the disk
    std::uint64_t durable_bytes{};  ///< end of it in the file
    std::uint32_t last_crc{};       ///< of it, or of the record before this segment
    std::uint32_t sealed{};         ///< 1: no record follows in this segment
    std::uint64_t cut_bytes{};      ///< of an unfinished record that recovery removed at the seal
    std::uint32_t number{};
    std::uint32_t reserved{};
    std::array<unsigned char, 4088 - 48> zeros{};
    std::uint32_t crc{};
    std::uint32_t reserved_end{};
};
static_assert(sizeof(SegmentMark) == header_bytes && offsetof(SegmentMark, crc) == 4088);
static_assert(std::has_unique_object_representations_v<SegmentMark>);

/// What a record's crc is salted with, apart from its number and its predecessor: the crc state
/// after the uuid.
[[nodiscard]] inline std::uint32_t crc_salt(const Uuid& uuid) noexcept {
    return crc32c_bytes(~std::uint32_t{0}, uuid.data(), uuid.size());
}
/// crc of `event` behind a record whose crc is `previous`. Size and seq must be set; the event's
/// own crc field is not read.
[[nodiscard]] inline std::uint32_t record_crc(std::uint32_t salt, std::uint32_t previous,
                                              const Event& event) noexcept {
    std::uint64_t words[record_bytes / 8];
    std::memcpy(words, &event, record_bytes);
    std::uint32_t state = crc32c_step(salt, words[1]);
    state = crc32c_step(state, previous);
    state = crc32c_step(state, event.header.size);
    for (std::size_t i = 1; i < record_bytes / 8; ++i) {
        state = crc32c_step(state, words[i]);
    }
    return ~state;
}
/// crc of a header page (all but its crc field). Never 0, which means "being written".
[[nodiscard]] std::uint32_t page_crc(const void* page) noexcept;

/// Bytes of the payload that a type uses; -1 for a type that this version does not know.
[[nodiscard]] int payload_size(EventType type) noexcept;

}  // namespace portcullis::engine::journal
