// KillPage: the kill words of one installation, in one small file mapped by every process.
//
// A word per scope (firm, each venue, account, credential, strategy, instrument, and withdrawals
// apart), a counter that only grows: odd is killed, even is open. So a kill is one atomic
// instruction that needs no queue, no lock and no answer from anybody; it is seen by every process
// at its next load and lies in the page cache, which survives SIGKILL. A flag would be the obvious
// choice, but a flag that is cleared makes yesterday's approvals valid again; a counter never does:
// an approval carries the sum of its six words, and equal sums mean that none of them has moved.
// Each class of scopes begins a cache line of its own: a kill of one strategy takes nobody's line
// but the strategies'.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/events/control.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/result.hpp"
#include "engine/types/units.hpp"

namespace portcullis::risk {

class KillRecords;

using KillWord = std::atomic<std::uint32_t>;
static_assert(KillWord::is_always_lock_free && sizeof(KillWord) == 4, "it is shared by processes");

/// The mutable part of the file. DO NOT REORDER: it is on disk.
struct KillWords {
    /// The epoch: raised after each change, so one load tells a poller that nothing moved.
    alignas(64) KillWord changes;
    alignas(64) KillWord firm;
    alignas(64) KillWord venue[engine::capacity::venues];
    alignas(64) KillWord account[engine::capacity::accounts];
    alignas(64) KillWord credential[engine::capacity::credentials];
    alignas(64) KillWord withdrawals;
    alignas(64) KillWord strategy[engine::capacity::strategies];
    alignas(64) KillWord instrument[engine::capacity::instruments];
};
static_assert(engine::capacity::credentials * sizeof(KillWord) <= 64, "a line each");
static_assert(sizeof(KillWords) ==
                  6 * 64 + (engine::capacity::strategies + engine::capacity::instruments) * 4,
              "nothing between the lines");

[[nodiscard]] constexpr bool is_killed(std::uint32_t word) noexcept {
    return (word & 1U) != 0;
}

/// The number of words in `scope`, 0 for a scope that does not exist.
[[nodiscard]] constexpr std::size_t kill_scope_size(engine::Scope scope) noexcept {
    switch (scope) {
        case engine::Scope::firm:
        case engine::Scope::withdrawals:
            return 1;
        case engine::Scope::venue:
            return engine::capacity::venues;
        case engine::Scope::strategy:
            return engine::capacity::strategies;
        case engine::Scope::instrument:
            return engine::capacity::instruments;
        case engine::Scope::account:
            return engine::capacity::accounts;
        case engine::Scope::credential:
            return engine::capacity::credentials;
    }
    return 0;
}

/// Which kill is to be cleared, and on whose word.
struct KillClearing {
    engine::Scope scope{engine::Scope::firm};
    std::size_t index{};
    /// The odd word that was shown to those who ask. Another one is another kill, and stays.
    std::uint32_t word{};
    engine::WallNs at{};
    std::string who;  ///< names, up to KillCleared::who_max bytes
};

// Invariants: 1. kill(): effect first (one RMW), then durable (msync), then it returns; 2. a writer
// can only close: clear() needs the whole file to itself, so nothing may be running, and writes
// down first that it will (kill_records.hpp); a word that is open without such a record is put down
// by whoever opens the page; 3. a file that is missing, short, long or has one wrong byte in its
// header is an error, and so is one beside it that does: the caller must treat an error as killed.
// Writers: any process. Readers: core (once a step), order agent (before each send).
class KillPage {
public:
    enum class Access : std::uint8_t { read_only = 1, read_write = 2 };

    /// Makes the file, all words open, and the one of the records. Never overwrites: where records
    /// are left of an earlier page, what they speak of is killed. For `portcullis init` alone.
    [[nodiscard]] static engine::Outcome create(const std::string& path);
    /// Offline, for `portcullis init`: a page of an earlier version (1: 32 strategies, 64
    /// instruments; 2: four scopes) becomes one of this version with the same words, while no
    /// process has it open. Returns how many of them are killed. An error where it is of neither.
    [[nodiscard]] static engine::Result<std::size_t> renew(const std::string& path);
    /// Whether renew() is for it, by what its header says.
    [[nodiscard]] static bool is_of_earlier_version(const std::string& path);
    /// Maps an existing file, and puts down what is open without a record: `closed_at_open`. Read
    /// only that is an error. An error means: killed.
    [[nodiscard]] static engine::Result<KillPage> open(const std::string& path,
                                                       Access access = Access::read_write);
    /// Opens one word again, while no process has the page open for writing: a durable record, then
    /// the word, by comparing and exchanging it, then that durably. Its new value is even. An open
    /// word, or one that is not the one that was shown, is an error. THE one way to open a scope:
    /// who may ask for it is decided before (risk/operators).
    [[nodiscard]] static engine::Result<std::uint32_t> clear(const std::string& path,
                                                             const KillClearing& clearing);

    KillPage(KillPage&& other) noexcept;
    KillPage& operator=(KillPage&& other) noexcept;
    KillPage(const KillPage&) = delete;
    KillPage& operator=(const KillPage&) = delete;
    ~KillPage();

    /// The one store. Wait-free, no system call: for a signal handler, the verify handler, the hot
    /// thread. Returns false when there is no such scope and index. Not yet durable against power
    /// loss: follow with sync(). Requires: opened read_write.
    bool kill_now(engine::Scope scope, std::size_t index) noexcept;
    /// The word has been `known` once. Where it is lower now the page is not the one that it was:
    /// killed, above all that was known. Returns whether it was. Requires: opened read_write.
    bool kill_unless_since(engine::Scope scope, std::size_t index, std::uint32_t known) noexcept;
    /// kill_now, then durable. Ok only when it is on the disk; the kill is in force either way.
    [[nodiscard]] engine::Outcome kill(engine::Scope scope, std::size_t index);
    /// Writes the page to the disk and waits.
    [[nodiscard]] engine::Outcome sync() const;

    /// Requires: the index is within its scope.
    [[nodiscard]] std::uint32_t word(engine::Scope scope, std::size_t index) const noexcept;
    /// How many scopes were found open without a record, and have been killed for it.
    [[nodiscard]] std::size_t closed_at_open() const noexcept { return closed_at_open_; }
    [[nodiscard]] std::uint32_t changes() const noexcept {
        // acquire: whoever sees the count sees the word that it counts.
        return words_->changes.load(std::memory_order_acquire);
    }
    /// Sum of the six words that an order is under. Equal sums: none has changed.
    [[nodiscard]] std::uint32_t stamp(const engine::OrderScopes& order) const noexcept;
    /// Any of the six is down.
    [[nodiscard]] bool killed(const engine::OrderScopes& order) const noexcept;

private:
    KillPage(int fd, void* map, KillWords* words, Access access) noexcept
        : map_(map), words_(words), fd_(fd), access_(access) {}
    void close() noexcept;
    void raise(KillWord& word, std::uint32_t least) noexcept;
    [[nodiscard]] engine::Outcome hold_against(const KillRecords& records);
    [[nodiscard]] std::array<std::uint32_t, 6> words_of(
        const engine::OrderScopes& order) const noexcept;

    void* map_{};
    KillWords* words_{};
    int fd_{-1};
    std::size_t closed_at_open_{};
    Access access_{Access::read_only};
};

}  // namespace portcullis::risk
