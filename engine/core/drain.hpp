// Drain: the proof that nothing of ours is left at the venue, after a kill or an operator's
// cancel-all.
//
// "All cancelled" is easy to believe and hard to know: an order may be in flight, its recvWindow
// not yet over, while an empty open-orders answer is already on its way back. So a drain is
// complete only when an open-orders answer was empty whose query was *issued after the last send
// could have expired*, and no order is unknown. Until then the mass cancel is repeated. Pure
// bookkeeping; the core asks and tells. Thread: core.
#pragma once

#include <cstdint>

#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

class Drain {
public:
    /// Starts, or adds to a running one.
    void begin(MonoNs now, bool killed) noexcept {
        if (!active_) {
            begun_ = now;
            mass_cancels_ = 0;
            killed_ = false;
        }
        active_ = true;
        done_ = false;
        killed_ = killed_ || killed;
        next_ = now;
    }
    /// A new order or replace was handed out: no empty answer counts before it could have expired.
    void on_send(MonoNs now) noexcept { last_send_ = now; }

    [[nodiscard]] bool active() const noexcept { return active_; }
    /// A mass cancel and a query are due.
    [[nodiscard]] bool due(MonoNs now) const noexcept { return active_ && now >= next_; }
    void on_mass_cancel(MonoNs now, DurationNs interval) noexcept {
        ++mass_cancels_;
        next_ = now + interval;
    }
    /// An open-orders answer over everything: true when it completes the drain.
    [[nodiscard]] bool on_answer(MonoNs issued, std::uint32_t open, DurationNs expiry,
                                 bool any_unknown) noexcept {
        if (!active_ || open != 0 || any_unknown || issued < last_send_ + expiry ||
            issued < begun_) {
            return false;
        }
        active_ = false;
        done_ = true;
        return true;
    }
    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] bool killed() const noexcept { return killed_; }
    [[nodiscard]] MonoNs begun() const noexcept { return begun_; }
    [[nodiscard]] std::uint32_t mass_cancels() const noexcept { return mass_cancels_; }

    void hash(StateHasher& hasher) const noexcept {
        hasher.add(begun_);
        hasher.add(last_send_);
        hasher.add(next_);
        hasher.add(mass_cancels_);
        hasher.add(static_cast<unsigned>(active_) | static_cast<unsigned>(done_) << 1 |
                   static_cast<unsigned>(killed_) << 2);
    }

private:
    MonoNs begun_{};
    MonoNs last_send_{};
    MonoNs next_{};
    std::uint32_t mass_cancels_{};
    bool active_{};
    bool done_{};
    bool killed_{};
};

}  // namespace portcullis::engine
