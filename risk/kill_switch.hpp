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

namespace portcullis::risk {

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

// Invariants: 1. kill(): effect first (one RMW), then durable (msync), then it returns; 2. a writer
// can only close: clear() needs the whole file to itself, so nothing may be running; 3. a file that
// is missing, short, long or has one wrong byte in its header is an error, and the caller must
// treat an error as killed. Writers: any process. Readers: core (once a step), order agent (before
// each send).
class KillPage {
public:
    enum class Access : std::uint8_t { read_only = 1, read_write = 2 };

    /// Makes the file, all words open. Never overwrites. For `portcullis init` alone.
    [[nodiscard]] static engine::Outcome create(const std::string& path);
    /// Offline, for `portcullis init`: a page of an earlier version (1: 32 strategies, 64
    /// instruments; 2: four scopes) becomes one of this version with the same words, while no
    /// process has it open. Returns how many of them are killed. An error where it is of neither.
    [[nodiscard]] static engine::Result<std::size_t> renew(const std::string& path);
    /// Whether renew() is for it, by what its header says.
    [[nodiscard]] static bool is_of_earlier_version(const std::string& path);
    /// Maps an existing file. An error means: killed.
    [[nodiscard]] static engine::Result<KillPage> open(const std::string& path,
                                                       Access access = Access::read_write);
    /// Offline tool: opens one word again, durably, and only while no process has the page open
    /// for writing. Its new value is even. Clearing an open word is an error.
    [[nodiscard]] static engine::Result<std::uint32_t> clear(const std::string& path,
                                                             engine::Scope scope,
                                                             std::size_t index);

    KillPage(KillPage&& other) noexcept;
    KillPage& operator=(KillPage&& other) noexcept;
    KillPage(const KillPage&) = delete;
    KillPage& operator=(const KillPage&) = delete;
    ~KillPage();

    /// The one store. Wait-free, no system call: for a signal handler, the verify handler, the hot
    /// thread. Returns false when there is no such scope and index. Not yet durable against power
    /// loss: follow with sync(). Requires: opened read_write.
    bool kill_now(engine::Scope scope, std::size_t index) noexcept;
    /// kill_now, then durable. Ok only when it is on the disk; the kill is in force either way.
    [[nodiscard]] engine::Outcome kill(engine::Scope scope, std::size_t index);
    /// Writes the page to the disk and waits.
    [[nodiscard]] engine::Outcome sync() const;

    /// Requires: the index is within its scope.
    [[nodiscard]] std::uint32_t word(engine::Scope scope, std::size_t index) const noexcept;
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
    [[nodiscard]] std::array<std::uint32_t, 6> words_of(
        const engine::OrderScopes& order) const noexcept;

    void* map_{};
    KillWords* words_{};
    int fd_{-1};
    Access access_{Access::read_only};
};

}  // namespace portcullis::risk
