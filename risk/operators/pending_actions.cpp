// The quorum's state machine. See pending_actions.hpp.
#include "risk/operators/pending_actions.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::risk {

OperatorAge age_of(const OperatorTime& then, const OperatorTime& now) noexcept {
    const std::int64_t wall = std::max<std::int64_t>(0, now.wall.value - then.wall.value);
    if (then.boot != now.boot) {
        return {wall, wall};
    }
    const std::int64_t mono = std::max<std::int64_t>(0, now.mono.value - then.mono.value);
    return {std::min(wall, mono), std::max(wall, mono)};
}

std::string_view stage_name(PendingStage stage) noexcept {
    switch (stage) {
        case PendingStage::signatures:
            return "signatures";
        case PendingStage::delay:
            return "delay";
        case PendingStage::due:
            return "due";
    }
    return "unknown";
}

std::string_view refusal_text(PendingRefusal refusal) noexcept {
    switch (refusal) {
        case PendingRefusal::none:
            return "taken";
        case PendingRefusal::full:
            return "32 actions are pending already: withdraw one";
        case PendingRefusal::already_there:
            return "the same action is pending already: approve that one";
        case PendingRefusal::unknown_id:
            return "no such action is pending (it may have been withdrawn, have expired or have "
                   "taken effect)";
        case PendingRefusal::other_words:
            return "the approval is of other words than the pending action's";
        case PendingRefusal::already_signed:
            return "this key has signed it already: a second person must";
        case PendingRefusal::not_due:
            return "a signature or the delay is missing";
    }
    return "refused";
}

PendingRefusal PendingActions::may_propose(const OperatorAction& action) const noexcept {
    // The reason does not make it another action.
    const auto same = [&action](const PendingAction& each) {
        return each.action.kind == action.kind && each.action.scope == action.scope &&
               each.action.name == action.name && each.action.limit == action.limit;
    };
    if (std::any_of(pending_.begin(), pending_.end(), same)) {
        return PendingRefusal::already_there;
    }
    return pending_.size() < most ? PendingRefusal::none : PendingRefusal::full;
}

std::uint64_t PendingActions::propose(const OperatorAction& action, const Ed25519Key& key,
                                      bool counts, const OperatorTime& now) {
    engine::verify(may_propose(action) == PendingRefusal::none);
    PendingAction pending;
    pending.id = next_id_++;
    pending.action = action;
    pending.proposer = key;
    pending.proposed = now;
    if (counts) {
        pending.signers.push_back(key);
    }
    pending_.push_back(std::move(pending));
    return pending_.back().id;
}

PendingRefusal PendingActions::may_approve(std::uint64_t id, const OperatorAction& action,
                                           const Ed25519Key& key) const noexcept {
    const PendingAction* const pending = find(id);
    if (pending == nullptr) {
        return PendingRefusal::unknown_id;
    }
    if (!(pending->action == action)) {
        return PendingRefusal::other_words;
    }
    const bool signed_before =
        std::find(pending->signers.begin(), pending->signers.end(), key) != pending->signers.end();
    return signed_before ? PendingRefusal::already_signed : PendingRefusal::none;
}

void PendingActions::approve(std::uint64_t id, const Ed25519Key& key, const OperatorTime& now) {
    const auto found = std::find_if(pending_.begin(), pending_.end(),
                                    [id](const PendingAction& each) { return each.id == id; });
    engine::verify(found != pending_.end());
    engine::verify(may_approve(id, found->action, key) == PendingRefusal::none);
    found->signers.push_back(key);
    if (found->signers.size() == quorum) {
        found->agreed = now;  // a third signature does not begin the delay again
    }
}

bool PendingActions::remove(std::uint64_t id) noexcept {
    return std::erase_if(pending_, [id](const PendingAction& each) { return each.id == id; }) != 0;
}

PendingStage PendingActions::stage(const PendingAction& action,
                                   const OperatorTime& now) const noexcept {
    if (action.signers.size() < quorum) {
        return PendingStage::signatures;
    }
    return age_of(action.agreed, now).least_ns >= rules_.delay.value ? PendingStage::due
                                                                     : PendingStage::delay;
}

std::int64_t PendingActions::delay_left_ns(const PendingAction& action,
                                           const OperatorTime& now) const noexcept {
    return stage(action, now) == PendingStage::delay
               ? rules_.delay.value - age_of(action.agreed, now).least_ns
               : 0;
}

bool PendingActions::expired(const PendingAction& action, const OperatorTime& now) const noexcept {
    return age_of(action.proposed, now).most_ns > rules_.life.value;
}

const PendingAction* PendingActions::find(std::uint64_t id) const noexcept {
    const auto found = std::find_if(pending_.begin(), pending_.end(),
                                    [id](const PendingAction& each) { return each.id == id; });
    return found == pending_.end() ? nullptr : &*found;
}

}  // namespace portcullis::risk
