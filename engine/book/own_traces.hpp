// OwnTraces: quantity of our own that has just left the book, and that the book may still show.
//
// A fill or a cancel is known by its report before the market data tell of it, up to a depth
// interval earlier. In between our own quantity, no longer an order of ours, would count as
// somebody else's: a quote that was alone at its price would be taken for the market by the fair
// value and by the gate's collar. So what has left is remembered for two depth intervals and taken
// out like an order in doubt (market.hpp, OwnLevel). Writer and reader: core thread. No allocation,
// part of the state hash; when the ring is full the oldest is forgotten.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/book/market.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

class OwnTraces {
public:
    static constexpr std::size_t capacity = 32;
    static constexpr MonoNs forever{std::numeric_limits<std::int64_t>::max()};

    /// `qty` of ours left the book at `price`; it may be seen there until `until`.
    void add(InstrumentId instrument, Side side, PriceAtoms price, QtyAtoms qty,
             MonoNs until) noexcept {
        if (qty.value <= 0) {
            return;
        }
        traces_[next_ % traces_.size()] =
            Trace{OwnLevel{price, qty, side, OwnPresence::in_doubt}, instrument, until};
        ++next_;
        last_until_ = until;
    }
    /// Appends what of `instrument` may still be seen at `now`, and says until when that holds if
    /// nothing is added.
    MonoNs append_to(std::vector<OwnLevel>& own, InstrumentId instrument,
                     MonoNs now) const noexcept {
        MonoNs until = forever;
        if (now >= last_until_) {
            return until;  // the usual case: nothing has left lately
        }
        for (const Trace& trace : traces_) {
            if (trace.instrument == instrument && now < trace.until &&
                own.size() < own.capacity()) {
                own.push_back(trace.level);
                until = trace.until < until ? trace.until : until;
            }
        }
        return until;
    }
    /// How many were ever added.
    [[nodiscard]] std::uint64_t added() const noexcept { return next_; }
    void hash(StateHasher& hasher) const noexcept {
        hasher.add(next_);
        for (const Trace& trace : traces_) {
            hasher.add(trace.level.price);
            hasher.add(trace.level.leaves);
            hasher.add(trace.level.side);
            hasher.add(trace.instrument);
            hasher.add(trace.until);
        }
    }

private:
    struct Trace {
        OwnLevel level{};
        InstrumentId instrument{no_instrument};
        MonoNs until{never};
    };
    std::array<Trace, capacity> traces_{};
    std::uint64_t next_{};
    MonoNs last_until_{never};  ///< time never runs back, so the last added is the last to go
};

}  // namespace portcullis::engine
