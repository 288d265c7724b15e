// OwnTraces: quantity of our own that has just left the book, and that the book may still show.
//
// A fill or a cancel is known by its report before the market data tell of it, up to a depth
// interval earlier. In between our own quantity, no longer an order of ours, would count as
// somebody else's: a quote that was alone at its price would be taken for the market by the fair
// value and by the gate's collar. So what has left is remembered for two depth intervals and taken
// out like an order in doubt (market.hpp, OwnLevel). Writer and reader: core thread. No allocation,
// part of the state hash; when the ring is full the oldest is forgotten.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "engine/book/market.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

class OwnTraces {
public:
    /// Of all instruments: what leaves within two depth intervals. One that is overwritten before
    /// its time may be taken for the market until the next depth message.
    static constexpr std::size_t capacity = 256;
    static constexpr MonoNs forever{std::numeric_limits<std::int64_t>::max()};

    /// `qty` of ours left the book at `price`; it may be seen there until `until`. Requires: not
    /// before that of the last one.
    void add(InstrumentId instrument, Side side, PriceAtoms price, QtyAtoms qty,
             MonoNs until) noexcept {
        if (qty.value <= 0) {
            return;
        }
        traces_[next_ % traces_.size()] =
            Trace{OwnLevel{price, qty, side, OwnPresence::in_doubt}, instrument, until};
        ++next_;
    }
    /// Calls visit(level) for what of `instrument` may still be seen at `now`. What was added last
    /// goes last, as time never runs back: only what is still there is looked at. Returns until
    /// when that holds if nothing is added.
    template <class Visit>
    MonoNs for_each(InstrumentId instrument, MonoNs now, Visit&& visit) const noexcept {
        std::uint64_t first = next_;
        const std::uint64_t oldest = next_ > capacity ? next_ - capacity : 0;
        while (first > oldest && now < traces_[(first - 1) % capacity].until) {
            --first;
        }
        // In the order of their places, as they are hashed.
        const std::uint64_t lap = next_ - next_ % capacity;
        const auto show = [&](std::uint64_t from, std::uint64_t to) {
            for (std::uint64_t i = from; i < to; ++i) {
                const Trace& trace = traces_[i % capacity];
                if (trace.instrument == instrument) {
                    visit(trace.level);
                }
            }
        };
        show(std::max(first, lap), next_);
        show(first, std::max(first, lap));
        return first == next_ ? forever : traces_[first % capacity].until;
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
};

}  // namespace portcullis::engine
