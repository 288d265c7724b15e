#include "risk/credentials/credential_watch.hpp"

#include <algorithm>

namespace portcullis::risk {

using engine::CredentialResponse;
using engine::CredentialState;
using engine::MonoNs;
using engine::Sight;
using engine::Sighting;

namespace {

constexpr CredentialState state_after(CredentialResponse response) noexcept {
    return response == CredentialResponse::suspended ? CredentialState::suspended
           : response == CredentialResponse::suspect ? CredentialState::suspect
                                                     : CredentialState::active;
}

}  // namespace

CredentialWatch::Finding CredentialWatch::on(Sighting seen, MonoNs now) noexcept {
    if (seen.what == Sight::announcement) {
        announce(seen, now);
        return {};
    }
    if (seen.what == Sight::transfer && take_announced(seen, now)) {
        return {};
    }
    if (seen.what == Sight::refusal) {
        seen.count = count_refusal(now);
    }
    Finding finding{judge(seen), false};
    const CredentialState wanted = state_after(finding.judgement.response);
    if (wanted > state_) {
        state_ = wanted;
        cause_ = finding.judgement.gravest;
        finding.raised = true;
    }
    return finding;
}

void CredentialWatch::restore(CredentialState state, Signal cause) noexcept {
    const bool known = state >= CredentialState::active && state <= CredentialState::suspended;
    state_ = std::max(state_, known ? state : CredentialState::suspended);
    cause_ = state_ == CredentialState::active ? Signal::none : cause;
}

/// One that finds no place is as if never said: the transfer then stops everything, which is the
/// safe side.
void CredentialWatch::announce(const Sighting& said, MonoNs now) noexcept {
    for (Announced& place : announced_) {
        if (place.amount.value == 0 || place.until < now) {
            place = Announced{said.amount, now + said.lasted, said.asset};
            return;
        }
    }
}

/// Same asset, same direction, no more than was said, in time, once.
bool CredentialWatch::take_announced(const Sighting& seen, MonoNs now) noexcept {
    for (Announced& place : announced_) {
        const bool within = place.amount.value < 0
                                ? seen.amount.value < 0 && seen.amount >= place.amount
                                : seen.amount.value > 0 && seen.amount <= place.amount;
        if (within && place.asset == seen.asset && now <= place.until) {
            place = {};
            return true;
        }
    }
    return false;
}

/// How many there were in the window, this one included, as far as the signal asks.
std::uint16_t CredentialWatch::count_refusal(MonoNs now) noexcept {
    refusals_[refusal_next_ % refusals_.size()] = now;
    ++refusal_next_;
    const std::size_t kept = std::min<std::size_t>(refusal_next_, refusals_.size());
    const auto in_window =
        std::count_if(refusals_.begin(), refusals_.begin() + static_cast<std::ptrdiff_t>(kept),
                      [now](MonoNs at) { return now - at <= refusals_window; });
    return static_cast<std::uint16_t>(in_window);
}

void CredentialWatch::hash(engine::StateHasher& hasher) const noexcept {
    hasher.add(state_);
    hasher.add(cause_);
    hasher.add(refusal_next_);
    for (const MonoNs at : refusals_) {
        hasher.add(at);
    }
    for (const Announced& place : announced_) {
        hasher.add(place.amount);
        hasher.add(place.until);
        hasher.add(place.asset);
    }
}

}  // namespace portcullis::risk
