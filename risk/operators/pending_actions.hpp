// PendingActions: what raises risk and has not happened yet. Two keys of risk officers agree, then
// a delay runs in which anybody may withdraw it, then it may take effect once; unused it expires.
//
// A pure state machine: time comes in, nothing is kept anywhere but here (pending_store makes it
// durable, and drives it the same way when it reads its file again). Invariants: 1. nothing is due
// without two distinct keys that count, agreed on the same words; 2. nothing is due before the
// delay has passed by every clock that can tell; 3. what is taken, withdrawn or expired is gone.
// Owner: control agent.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "risk/operators/command_frame.hpp"

namespace portcullis::risk {

/// A moment by both clocks. Of one boot the monotonic clock speaks too; over a reboot only the
/// other.
struct OperatorTime {
    engine::WallNs wall{};
    engine::MonoNs mono{};
    std::uint64_t boot{};  ///< which boot `mono` is of
    friend bool operator==(const OperatorTime&, const OperatorTime&) = default;
};
/// The least and the most that can have passed. Never below zero.
struct OperatorAge {
    std::int64_t least_ns{};
    std::int64_t most_ns{};
};
[[nodiscard]] OperatorAge age_of(const OperatorTime& then, const OperatorTime& now) noexcept;

struct QuorumRules {
    engine::DurationNs delay{};  ///< from the second signature to the effect
    engine::DurationNs life{};   ///< from the proposal to its end, used or not
};

enum class PendingStage : std::uint8_t { signatures = 1, delay = 2, due = 3 };
[[nodiscard]] std::string_view stage_name(PendingStage stage) noexcept;

enum class PendingRefusal : std::uint8_t {
    none = 0,
    full = 1,            ///< no room for another
    already_there = 2,   ///< the same action is pending
    unknown_id = 3,      ///< never was, or taken, withdrawn, expired
    other_words = 4,     ///< the approval is of another text
    already_signed = 5,  ///< by this key
    not_due = 6          ///< a signature or the delay is missing
};
[[nodiscard]] std::string_view refusal_text(PendingRefusal refusal) noexcept;

struct PendingAction {
    std::uint64_t id{};
    OperatorAction action;
    Ed25519Key proposer{};
    std::vector<Ed25519Key> signers;  ///< that count; distinct
    OperatorTime proposed{};
    OperatorTime agreed{};  ///< of the second signature; of no meaning before
};

class PendingActions {
public:
    static constexpr std::size_t most = 32;
    static constexpr std::size_t quorum = 2;

    explicit PendingActions(QuorumRules rules) noexcept : rules_(rules) {}

    [[nodiscard]] PendingRefusal may_propose(const OperatorAction& action) const noexcept;
    /// `counts`: the proposer is a risk officer, so the proposal is the first signature. Gives the
    /// id. Requires: may_propose (verified).
    std::uint64_t propose(const OperatorAction& action, const Ed25519Key& key, bool counts,
                          const OperatorTime& now);
    [[nodiscard]] PendingRefusal may_approve(std::uint64_t id, const OperatorAction& action,
                                             const Ed25519Key& key) const noexcept;
    /// Requires: may_approve (verified), the key is a risk officer's.
    void approve(std::uint64_t id, const Ed25519Key& key, const OperatorTime& now);
    /// False where there is no such.
    bool remove(std::uint64_t id) noexcept;
    void remove_all() noexcept { pending_.clear(); }

    [[nodiscard]] PendingStage stage(const PendingAction& action,
                                     const OperatorTime& now) const noexcept;
    /// Until then the delay runs, as far as is known now. 0: none is running.
    [[nodiscard]] std::int64_t delay_left_ns(const PendingAction& action,
                                             const OperatorTime& now) const noexcept;
    [[nodiscard]] bool expired(const PendingAction& action, const OperatorTime& now) const noexcept;
    [[nodiscard]] const PendingAction* find(std::uint64_t id) const noexcept;
    [[nodiscard]] const std::vector<PendingAction>& all() const noexcept { return pending_; }
    [[nodiscard]] std::uint64_t next_id() const noexcept { return next_id_; }

private:
    QuorumRules rules_;
    std::vector<PendingAction> pending_;
    std::uint64_t next_id_{1};
};

}  // namespace portcullis::risk
