// Journal: a directory that one engine owns, from its lock to its seal.
//
//   lock                    held by the one engine that writes; says who that is
//   epoch-00000001.key      one per start: uuid, epoch, key of its client order ids (mode 0600)
//   config-00000001.toml    what that start ran with
//   segment-00000001.pcj    records (format.hpp)
//   *.tmp                   being made; removed at the next start
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal/reader.hpp"
#include "engine/journal/writer.hpp"
#include "engine/types/result.hpp"

namespace portcullis::engine::journal {

using ClientIdKey = std::array<unsigned char, 32>;

struct EpochKey {
    Epoch epoch{};
    ClientIdKey key{};
};

enum class OpenMode : std::uint8_t {
    existing = 1,  ///< a directory without a journal is an error: nothing trades without `init`
    create = 2,    ///< a directory with one is an error
};

struct JournalOptions {
    std::string directory;
    OpenMode mode{OpenMode::existing};
    std::uint64_t config_hash{};
    std::string build_id;  ///< at most 32 characters are kept
    std::size_t segment_bytes{capacity::journal_segment_bytes};
    std::uint64_t reserve_records{};  ///< kept for cancels, kills and reports when room runs out
    DurationNs sync_period{};
    DurationNs retry_period{};
};

/// What was found at the start.
struct Recovery {
    Verdict verdict{Verdict::complete};
    std::uint64_t last_seq{};  ///< 0: empty
    std::uint64_t records{};
    std::uint64_t cut_bytes{};  ///< of an unfinished record, removed
    bool clean_shutdown{};      ///< sealed, ending in session_end
    /// Another boot id and no seal: the machine died. Start killed; a person clears it.
    bool power_lost{};
};

// open() locks before it looks, decides before it writes, and never appends to an old segment: the
// last one is cut at its end if a record is unfinished, sealed, and a new one begins the new epoch.
// The epoch is durable before open() returns, so before any socket. Recovery may be killed at any
// place and done again. Cold code, main thread, before the others start.
class Journal {
public:
    /// Lock, verify, recover, begin a new epoch. The error names the holder, or file, offset and
    /// verdict.
    [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const JournalOptions& options);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    [[nodiscard]] JournalWriter& writer() noexcept { return *writer_; }
    [[nodiscard]] JournalAgent& agent() noexcept { return *agent_; }
    [[nodiscard]] Epoch epoch() const noexcept { return keys_.back().epoch; }
    [[nodiscard]] const Uuid& uuid() const noexcept { return uuid_; }
    [[nodiscard]] const ClientIdKey& key() const noexcept { return keys_.back().key; }
    /// Keys of all epochs, this one last: whose tags are ours.
    [[nodiscard]] const std::vector<EpochKey>& keys() const noexcept { return keys_; }
    [[nodiscard]] const Recovery& recovery() const noexcept { return recovery_; }
    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

    /// Clean end: appends session_end at this time, seals, syncs. Requires: writer and agent are no
    /// longer used by other threads.
    [[nodiscard]] Outcome close(MonoNs mono, WallNs wall);

private:
    Journal() = default;
    [[nodiscard]] Outcome begin(const JournalOptions& options, const ChainState& chain,
                                const Uuid& boot_id);

    std::string directory_;
    int lock_{-1};
    Uuid uuid_{};
    std::vector<EpochKey> keys_;
    Recovery recovery_;
    std::unique_ptr<JournalShared> shared_;
    std::unique_ptr<JournalAgent> agent_;
    std::unique_ptr<JournalWriter> writer_;
    bool closed_{};
};

/// Keeps a copy of the config that `epoch` runs with, durable when it returns.
[[nodiscard]] Outcome store_config(const std::string& directory, Epoch epoch,
                                   std::string_view text);

/// Name of a segment's file within its directory.
[[nodiscard]] std::string segment_name(std::uint32_t number);

}  // namespace portcullis::engine::journal
