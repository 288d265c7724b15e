// PendingStore: pending actions and the counters of keys, durable before they have an effect. A
// file of lines that is only appended to, each with a checksum that chains it to the one before.
//
//   propose 1 WALL MONO BOOT 1 portcullis-command-v1\nengine: ...     the signed frame itself
//   approve 1 WALL MONO BOOT portcullis-command-v1\nengine: ...
//   withdraw 1 WALL MONO BOOT 1000      by this user id; 0 for the id: everything
//   expire 1 ... | begin 1 ... | end 1 ... ok | spend KEY COUNTER
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "risk/operators/operators_file.hpp"
#include "risk/operators/pending_actions.hpp"
#include "risk/operators/verify_command.hpp"

namespace portcullis::risk {

// Invariants: 1. a line is on the disk before what it says is in force or answered; 2. what is
// pending after a start carries signatures that hold, of keys that are risk officers' now: whoever
// can write the file still cannot agree for two people; 3. an act begins once: a `begin` without
// its `end` is told and not done again. A line without its end (a process that died, a power loss)
// is cut off and told, and then nothing is pending any more: what the lost line said might have
// been a withdrawal. Damage anywhere else refuses the start. What this cannot see is whole lines
// taken off the end; against an old frame sent again stand the epoch and the nonce.
class PendingStore {
public:
    static constexpr std::size_t bytes_max = std::size_t{16} << 20;
    static constexpr std::uint32_t nobody = 0xffffffff;

    struct Setup {
        std::string path;
        EngineUuid engine{};
        const Operators& operators;
        Ed25519Equation equation{};
        QuorumRules rules{};
    };
    /// Opens or makes the file and locks it. The error names file and line.
    [[nodiscard]] static engine::Result<PendingStore> open(const Setup& setup,
                                                           const OperatorTime& now);
    PendingStore(PendingStore&& other) noexcept;
    PendingStore& operator=(PendingStore&&) = delete;
    ~PendingStore();

    /// Of a verified command: its counter is spent either way, its effect is durable when this
    /// returns. Gives the id that it is about. Requires: verify_command took it.
    [[nodiscard]] engine::Result<std::uint64_t> take(const CommandFrame& frame,
                                                     const OperatorTime& now);
    [[nodiscard]] engine::Outcome withdraw(std::uint64_t id, std::uint32_t uid,
                                           const OperatorTime& now);
    [[nodiscard]] engine::Outcome withdraw_all(std::uint32_t uid, const OperatorTime& now);
    /// Ends what has expired; the ids.
    [[nodiscard]] engine::Result<std::vector<std::uint64_t>> expire(const OperatorTime& now);
    /// An action that is due, taken out and marked as begun on the disk: the caller does it, then
    /// calls end(). Expired ones never are.
    [[nodiscard]] engine::Result<OperatorAction> begin(std::uint64_t id, const OperatorTime& now);
    [[nodiscard]] engine::Outcome end(std::uint64_t id, bool done, const OperatorTime& now);

    [[nodiscard]] const PendingActions& pending() const noexcept { return pending_; }
    [[nodiscard]] const CommandCounters& counters() const noexcept { return counters_; }
    /// What a person should know of how the file was found.
    [[nodiscard]] const std::vector<std::string>& told() const noexcept { return told_; }

private:
    explicit PendingStore(const Setup& setup) noexcept : setup_(setup), pending_(setup.rules) {}
    [[nodiscard]] engine::Outcome read(std::string_view bytes, std::size_t& good);
    [[nodiscard]] engine::Outcome settle(std::string_view bytes, std::size_t good,
                                         const OperatorTime& now);
    [[nodiscard]] engine::Outcome judge_signers(const OperatorTime& now);
    [[nodiscard]] bool holds(const CommandFrame& frame) const;
    [[nodiscard]] bool apply(std::string_view body);
    [[nodiscard]] bool apply_frame(std::string_view kind, std::uint64_t id, std::string_view rest,
                                   const OperatorTime& at);
    [[nodiscard]] engine::Outcome append(const std::string& body);
    [[nodiscard]] engine::Error fail(const std::string& what);

    Setup setup_;
    PendingActions pending_;
    CommandCounters counters_;
    std::map<std::uint64_t, std::vector<CommandFrame>> frames_;  ///< of what is pending
    std::map<std::uint64_t, OperatorAction> begun_;              ///< and not ended
    std::vector<std::string> told_;
    std::uint64_t size_{};
    std::uint32_t chain_{};
    int file_{-1};
    bool broken_{};  ///< the disk refused: nothing is taken any more
};

}  // namespace portcullis::risk
