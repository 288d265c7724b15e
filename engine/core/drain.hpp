// Drain: the proof that nothing of ours is left at the venue, after a kill, an operator's
// cancel-all or a shutdown; for any scope that an order can be in.
//
// "All cancelled" is easy to believe and hard to know: an order may be in flight, its recvWindow
// not yet over, while an empty open-orders answer is already on its way back. So a drain is
// complete only when *every* order agent of its scope has answered, empty, an open-orders query
// that was issued after the last send of the scope could have expired, and no order of the scope is
// live or unknown. An agent's answer is remembered, and forgotten again when a later one shows an
// order or when something is sent after all. Until then the cancels are repeated, at a growing
// distance. Pure bookkeeping; the core asks and tells (trading_core_drain.ipp). Thread: core.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/events/control.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

/// A set of order agents, bit i: OrderAgentId i.
using AgentSet = std::uint8_t;
static_assert(capacity::order_agents <= 8, "one bit each");

[[nodiscard]] constexpr AgentSet agent_bit(OrderAgentId agent) noexcept {
    return static_cast<AgentSet>(1U << agent.value);
}

class Drain {
public:
    /// Starts, or adds to a running one.
    void begin(MonoNs now, bool killed) noexcept {
        if (!active_) {
            begun_ = now;
            rounds_ = 0;
            proven_ = 0;
            killed_ = false;
        }
        active_ = true;
        done_ = false;
        killed_ = killed_ || killed;
        next_ = now;
    }
    /// Cancels and questions are due.
    [[nodiscard]] bool due(MonoNs now) const noexcept { return active_ && now >= next_; }
    /// A round of cancels and questions was made. `askable`: when a question that was too early in
    /// this one is not any more; not later than now: there is none.
    void on_round(MonoNs now, DurationNs interval, MonoNs askable) noexcept {
        ++rounds_;
        const std::int64_t times = std::min<std::int64_t>(1 + rounds_ / 8, 8);
        next_ = now + DurationNs{interval.value * times};
        if (askable > now) {
            next_ = std::min(next_, askable);
        }
    }
    /// An open-orders answer of `agent` that covers the scope. `clear`: no row of the scope in it;
    /// `in_time`: it was asked after the last send of the scope could have expired.
    void on_answer(OrderAgentId agent, MonoNs issued, bool clear, bool in_time) noexcept {
        if (!clear) {
            proven_ = static_cast<AgentSet>(proven_ & ~agent_bit(agent));
        } else if (in_time && issued >= begun_) {
            proven_ = static_cast<AgentSet>(proven_ | agent_bit(agent));
        }
    }
    /// A new order or replace of the scope was handed out: an answer from before proves nothing.
    void on_send(OrderAgentId agent) noexcept {
        proven_ = static_cast<AgentSet>(proven_ & ~agent_bit(agent));
    }
    [[nodiscard]] bool proven(AgentSet agents) const noexcept {
        return (proven_ & agents) == agents;
    }
    /// Requires: active, and all is proven.
    void finish() noexcept {
        verify(active_);
        active_ = false;
        done_ = true;
    }

    [[nodiscard]] bool active() const noexcept { return active_; }
    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] bool killed() const noexcept { return killed_; }
    [[nodiscard]] MonoNs begun() const noexcept { return begun_; }
    [[nodiscard]] std::uint32_t rounds() const noexcept { return rounds_; }

    void hash(StateHasher& hasher) const noexcept {
        hasher.add(begun_);
        hasher.add(next_);
        hasher.add(rounds_);
        hasher.add(static_cast<unsigned>(active_) | static_cast<unsigned>(done_) << 1 |
                   static_cast<unsigned>(killed_) << 2 | static_cast<unsigned>(proven_) << 8);
    }

private:
    MonoNs begun_{};
    MonoNs next_{};
    std::uint32_t rounds_{};
    AgentSet proven_{};  ///< agents whose answer proves their part
    bool active_{};
    bool done_{};
    bool killed_{};
};

/// One drain for each scope that can be killed.
class DrainTable {
public:
    /// The drain of a scope, or null where there is no such scope.
    [[nodiscard]] Drain* find(Scope scope, std::uint16_t index) noexcept {
        const std::size_t at = place(scope, index);
        return at < drains_.size() ? &drains_[at] : nullptr;
    }
    [[nodiscard]] const Drain& firm() const noexcept { return drains_[0]; }
    /// Something is being drained: what quotes under it waits.
    [[nodiscard]] bool active(const OrderScopes& order) const noexcept {
        return running_ != 0 && (firm().active() || is_active(Scope::venue, order.venue.value) ||
                                 is_active(Scope::account, order.account.value) ||
                                 is_active(Scope::credential, order.credential.value) ||
                                 is_active(Scope::strategy, order.strategy.value) ||
                                 is_active(Scope::instrument, order.instrument.value));
    }
    [[nodiscard]] bool any() const noexcept { return running_ != 0; }

    void begin(Drain& drain, MonoNs now, bool killed) noexcept {
        running_ += drain.active() ? 0U : 1U;
        drain.begin(now, killed);
    }
    void finish(Drain& drain) noexcept {
        drain.finish();
        --running_;
    }
    /// Calls visit(scope, index, drain) for every running drain.
    template <class Visit>
    void for_each_active(Visit&& visit) {
        for (std::size_t at = 0; running_ != 0 && at < drains_.size(); ++at) {
            if (drains_[at].active()) {
                const auto [scope, first] = scope_of(at);
                visit(scope, static_cast<std::uint16_t>(at - first), drains_[at]);
            }
        }
    }
    void hash(StateHasher& hasher) const noexcept {
        hasher.add(running_);
        for (const Drain& drain : drains_) {
            drain.hash(hasher);
        }
    }

private:
    static constexpr std::size_t venues_at = 1;
    static constexpr std::size_t strategies_at = venues_at + capacity::venues;
    static constexpr std::size_t instruments_at = strategies_at + capacity::strategies;
    static constexpr std::size_t accounts_at = instruments_at + capacity::instruments;
    static constexpr std::size_t credentials_at = accounts_at + capacity::accounts;
    static constexpr std::size_t none = credentials_at + capacity::credentials;

    [[nodiscard]] static constexpr std::size_t place(Scope scope, std::uint16_t index) noexcept {
        switch (scope) {
            case Scope::firm:
                return index == 0 ? 0 : none;
            case Scope::venue:
                return index < capacity::venues ? venues_at + index : none;
            case Scope::strategy:
                return index < capacity::strategies ? strategies_at + index : none;
            case Scope::instrument:
                return index < capacity::instruments ? instruments_at + index : none;
            case Scope::account:
                return index < capacity::accounts ? accounts_at + index : none;
            case Scope::credential:
                return index < capacity::credentials ? credentials_at + index : none;
            case Scope::withdrawals:
                return none;  // no order is in it
        }
        return none;
    }
    struct Place {
        Scope scope{};
        std::size_t first{};
    };
    [[nodiscard]] static constexpr Place scope_of(std::size_t at) noexcept {
        return at < venues_at        ? Place{Scope::firm, 0}
               : at < strategies_at  ? Place{Scope::venue, venues_at}
               : at < instruments_at ? Place{Scope::strategy, strategies_at}
               : at < accounts_at    ? Place{Scope::instrument, instruments_at}
               : at < credentials_at ? Place{Scope::account, accounts_at}
                                     : Place{Scope::credential, credentials_at};
    }
    [[nodiscard]] bool is_active(Scope scope, std::uint16_t index) const noexcept {
        const std::size_t at = place(scope, index);
        return at < drains_.size() && drains_[at].active();
    }

    std::array<Drain, none> drains_{};
    std::uint32_t running_{};
};

}  // namespace portcullis::engine
