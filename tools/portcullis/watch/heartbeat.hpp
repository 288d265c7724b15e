// Heartbeat: the engine's proof that its gate is alive, where a watchdog outside can see it.
//
// The core thread runs the gate on an order that nothing may let pass, and counts that it was
// denied: a timer thread that counts would go on while the core is stuck, and a counter of events
// would go on while the gate says yes to everything. The count lies in a small mapped file, so that
// who reads it needs nothing of the writer. It outlives the process; `ended` is set by an engine
// that has gone in order, with nothing left at the venue, and until its first proof. Writer: core
// thread, and the control agent once no thread runs. Reader: `portcullis watch`.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/types/result.hpp"

namespace portcullis::tools {

/// DO NOT REORDER: it is shared by processes.
struct alignas(64) HeartbeatWords {
    char magic[8];
    std::uint32_t version;
    std::atomic<std::uint32_t> epoch;   ///< of the run
    std::atomic<std::uint64_t> proofs;  ///< how often the gate has denied what it must
    std::atomic<std::uint32_t> ended;   ///< 1: in order, or not begun
};
static_assert(sizeof(HeartbeatWords) == 64 && std::atomic<std::uint64_t>::is_always_lock_free);

struct Beat {
    std::uint32_t epoch{};
    std::uint64_t proofs{};
    bool ended{};

    friend bool operator==(const Beat&, const Beat&) noexcept = default;
};

class Heartbeat {
public:
    /// Makes the file, or takes the one that is there: the same file for all runs, so that whoever
    /// has it open sees the next one. Of run `epoch`, which has not begun before its first proof:
    /// nothing of it is at the venue.
    [[nodiscard]] static engine::Result<Heartbeat> begin(const std::string& path,
                                                         std::uint32_t epoch);
    /// To read. An error where there is none, or what is there is none.
    [[nodiscard]] static engine::Result<Heartbeat> open(const std::string& path);

    Heartbeat(Heartbeat&& other) noexcept;
    Heartbeat& operator=(Heartbeat&&) = delete;
    Heartbeat(const Heartbeat&) = delete;
    ~Heartbeat();

    /// Counts a proof (prove_gate.hpp). Requires: made by begin().
    void count() noexcept;
    void end() noexcept;
    [[nodiscard]] Beat beat() const noexcept;

private:
    explicit Heartbeat(HeartbeatWords* words) noexcept : words_(words) {}
    HeartbeatWords* words_{};
};

}  // namespace portcullis::tools
