// CredentialWatch: the state of one credential, and the little memory that its signals need.
//
//     sighting --count, announced?--> judge (signals.hpp) --> active -> suspect -> suspended
//
// A state only rises. What lowers it is re_enable() alone, the command that also ends a latched
// halt, so that no later good news and no restart gives a credential back. The memory is small and
// fixed: the times of the last refusals, and transfers that people have announced.
// Owner: the gate (core thread), or a watch in a process of its own.
#pragma once

#include <array>
#include <cstdint>

#include "engine/types/state_hash.hpp"
#include "risk/credentials/signals.hpp"

namespace portcullis::risk {

class CredentialWatch {
public:
    static constexpr std::size_t announced_max = 8;

    struct Finding {
        Judgement judgement{};
        bool raised{};  ///< the state has risen
    };

    /// `now` never runs back.
    Finding on(engine::Sighting seen, engine::MonoNs now) noexcept;
    /// Two people have said so.
    void re_enable() noexcept {
        state_ = engine::CredentialState::active;
        cause_ = Signal::none;
        refusals_ = {};
        refusal_next_ = 0;
    }
    /// As a run before has left it. What is no state counts as the strictest.
    void restore(engine::CredentialState state, Signal cause) noexcept;

    [[nodiscard]] engine::CredentialState state() const noexcept { return state_; }
    /// The signal that first raised it to where it is.
    [[nodiscard]] Signal cause() const noexcept { return cause_; }
    void hash(engine::StateHasher& hasher) const noexcept;
    [[nodiscard]] bool untouched() const noexcept {
        return state_ == engine::CredentialState::active && refusal_next_ == 0 &&
               announced_ == std::array<Announced, announced_max>{};
    }

private:
    struct Announced {
        engine::AmountAtoms amount{};  ///< at most, with its sign; 0: a free place
        engine::MonoNs until{};
        engine::AssetId asset{engine::no_asset};
        friend bool operator==(const Announced&, const Announced&) noexcept = default;
    };
    void announce(const engine::Sighting& said, engine::MonoNs now) noexcept;
    [[nodiscard]] bool take_announced(const engine::Sighting& seen, engine::MonoNs now) noexcept;
    [[nodiscard]] std::uint16_t count_refusal(engine::MonoNs now) noexcept;

    engine::CredentialState state_{engine::CredentialState::active};
    Signal cause_{Signal::none};
    std::array<engine::MonoNs, refusals_suspect> refusals_{};  ///< a ring of the last ones
    std::uint32_t refusal_next_{};                             ///< how many there were
    std::array<Announced, announced_max> announced_{};
};

}  // namespace portcullis::risk
