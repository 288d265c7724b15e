// Windows: what one scope may send and trade in any of its sliding windows, and what it still may.
//
// Two exact logs (sliding_log.hpp), of what was approved and of what was filled, answer for every
// span and measure. A review asks neither: it compares one vector, what the request adds, with
// another, the room of the scope, which is the least of what all its spans leave in each measure.
// The room may be too small (tails lag, weights are rounded against us), never too large, so a yes
// is exact; a no is asked again of the logs, whose tails are then moved to where they belong. The
// vectors of all scopes of a request are compared in some ten instructions, however many spans
// there are. Writer and reader: the gate (core thread).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"
#include "risk/exposure.hpp"
#include "risk/limits.hpp"
#include "risk/sliding_log.hpp"

namespace portcullis::risk {

enum class Measure : std::uint8_t { messages, orders, submitted, fills, filled };
inline constexpr std::size_t measure_count = 5;

/// A count, or a weight in units of 2^28 (2.7 micro of the risk currency): 64 bits for each.
inline constexpr unsigned lane_shift = 28;
inline constexpr std::int64_t lane_max = std::numeric_limits<std::int64_t>::max() / 4;
static_assert(((Weight{amount_ceiling} * weight_per_micro) >> lane_shift) <= lane_max);

/// Requires: weight >= 0.
[[nodiscard]] constexpr std::int64_t lane_up(Weight weight) noexcept {
    const Weight units = (weight + ((Weight{1} << lane_shift) - 1)) >> lane_shift;
    return units > lane_max ? lane_max : static_cast<std::int64_t>(units);
}
[[nodiscard]] constexpr std::int64_t lane_down(Weight weight) noexcept {
    const Weight units = weight >> lane_shift;
    return units < -lane_max  ? -lane_max
           : units > lane_max ? lane_max - 1
                              : static_cast<std::int64_t>(units);
}

/// The later, the less: what is asked for before a room was reckoned is above it.
[[nodiscard]] constexpr std::int64_t lane_of(std::int64_t time_ns) noexcept {
    return -std::max(time_ns, -std::numeric_limits<std::int64_t>::max());
}

/// One number for each measure, and what else is compared.
struct Lanes {
    using Four = std::int64_t __attribute__((vector_size(32)));
    Four low{};   ///< messages, orders, submitted, fills
    Four high{};  ///< filled, the notional of one order, less the time

    [[nodiscard]] std::int64_t of(Measure measure) const noexcept {
        const auto i = static_cast<std::size_t>(measure);
        return i < 4 ? low[i] : high[i - 4];
    }
};

/// What one request adds to the windows of each of its scopes.
struct Added {
    std::int64_t orders{};  ///< an amend in place is a message, and no order
    Weight weight{};        ///< its notional; of an amend none
    Weight notional{};      ///< of an amend too

    [[nodiscard]] Lanes lanes(engine::MonoNs now) const noexcept {
        const std::int64_t units = lane_up(weight);
        return {Lanes::Four{1, orders, units, orders},
                Lanes::Four{units, lane_up(notional), lane_of(now.value), 0}};
    }
};

/// The first span that is broken: its limit, and what its window would hold, in the limit's unit.
struct WindowBreach {
    bool broken{};
    std::uint8_t window{};  ///< from 1: its row in the config; 0: there is none
    std::int64_t limit{};
    std::int64_t value{};
};

// Invariants: 1. with no span nothing passes; 2. what was approved and is not yet in the log has
// been taken off the room (spend) and is pushed before the room is reckoned again.
class ScopeWindows {
public:
    ScopeWindows() noexcept { reckon(); }
    /// `order_micro_max`: of one order in this scope.
    ScopeWindows(const WindowSet& limits, std::int64_t order_micro_max)
        : limits_(limits), order_max_(Weight{order_micro_max} * weight_per_micro) {
        std::array<std::int64_t, SlidingLog::spans_max> spans_ns{};
        std::uint64_t sent = 0;
        std::uint64_t fills = 0;
        while (spans_ < limits_.size() && limits_[spans_].span_ns > 0) {
            WindowLimits& mine = limits_[spans_];
            mine.messages_max = std::clamp<std::int64_t>(mine.messages_max, 0, window_count_max);
            mine.fills_max = std::clamp<std::int64_t>(mine.fills_max, 0, window_count_max);
            sent = std::max(sent, static_cast<std::uint64_t>(mine.messages_max));
            fills = std::max(fills, static_cast<std::uint64_t>(mine.fills_max));
            spans_ns[spans_] = mine.span_ns;
            ++spans_;
        }
        sent_ = SlidingLog{std::span{spans_ns}.first(spans_), sent};
        filled_ = SlidingLog{std::span{spans_ns}.first(spans_), fills};
        reckon();
    }

    /// Never more than there is.
    [[nodiscard]] const Lanes& room() const noexcept { return room_; }
    /// An approval: off the room at once, push_sent follows.
    void spend(const Lanes& added) noexcept { room_.low -= added.low & spent_low; }
    void push_sent(engine::MonoNs now, std::int64_t orders, Weight weight) noexcept {
        if (spans_ != 0) {
            sent_.push(now, static_cast<std::uint64_t>(orders), static_cast<LogWeight>(weight));
        }
    }
    void push_fill(engine::MonoNs now, Weight weight) noexcept {
        if (spans_ != 0) {
            filled_.push(now, 1, static_cast<LogWeight>(weight));
            reckon();
        }
    }
    /// A few steps of each tail. True while there is something left to move.
    bool advance(engine::MonoNs now) noexcept {
        sent_.advance(now, steps);
        filled_.advance(now, steps);
        reckon();
        return !sent_.is_idle() || !filled_.is_idle();
    }
    /// From here on breach() is exact, until something is pushed or time has passed.
    void catch_up(engine::MonoNs now) noexcept {
        sent_.catch_up(now);
        filled_.catch_up(now);
        reckon();
    }

    /// Requires: catch_up() at the time of the question.
    [[nodiscard]] WindowBreach breach(Measure measure, const Added& added) const noexcept {
        if (spans_ == 0) {
            return {true, 0, 0, value_of(measure, {}, added)};
        }
        for (std::size_t i = 0; i < spans_; ++i) {
            const LogSums held = log_of(measure).held(i);
            const std::int64_t limit = limit_of(measure, i);
            const std::int64_t value = log_of(measure).is_full(held)
                                           ? std::numeric_limits<std::int64_t>::max()
                                           : value_of(measure, held, added);
            if (limit <= 0 || (adds(measure, added) && value > limit)) {
                return {true, static_cast<std::uint8_t>(i + 1), limit, value};
            }
        }
        return {};
    }
    /// What window `i` holds of `measure` at `now`, in the limit's unit. Cold.
    [[nodiscard]] std::int64_t used(Measure measure, std::size_t i,
                                    engine::MonoNs now) const noexcept {
        return i < spans_ ? amount(measure, log_of(measure).in_window(i, now)) : 0;
    }
    [[nodiscard]] const WindowSet& limits() const noexcept { return limits_; }
    [[nodiscard]] Weight order_max() const noexcept { return order_max_; }
    /// Whether the gate has it among those whose tails it moves. Sets it.
    bool list(bool listed) noexcept { return std::exchange(listed_, listed); }
    [[nodiscard]] std::size_t spans() const noexcept { return spans_; }
    [[nodiscard]] bool untouched() const noexcept {
        return sent_.total() == 0 && filled_.total() == 0;
    }
    void hash(engine::StateHasher& hasher) const noexcept {
        sent_.hash(hasher);
        filled_.hash(hasher);
    }
    /// What the logs of such limits take.
    [[nodiscard]] static std::size_t bytes_of(const WindowSet& limits) noexcept {
        std::int64_t sent = 0;
        std::int64_t fills = 0;
        for (const WindowLimits& each : limits) {
            sent = std::max(sent, each.messages_max);
            fills = std::max(fills, each.fills_max);
        }
        return SlidingLog::bytes_of(static_cast<std::uint64_t>(sent)) +
               SlidingLog::bytes_of(static_cast<std::uint64_t>(fills));
    }

private:
    /// Entries that a tail moves at one call of advance().
    static constexpr std::uint64_t steps = 32;
    /// Of the measures, those that an approval takes of at once: messages, orders, submitted.
    static constexpr Lanes::Four spent_low{-1, -1, -1, 0};

    [[nodiscard]] const SlidingLog& log_of(Measure measure) const noexcept {
        return measure == Measure::fills || measure == Measure::filled ? filled_ : sent_;
    }
    [[nodiscard]] std::int64_t limit_of(Measure measure, std::size_t i) const noexcept {
        const WindowLimits& mine = limits_[i];
        switch (measure) {
            case Measure::messages:
                return mine.messages_max;
            case Measure::orders:
                return mine.orders_max;
            case Measure::submitted:
                return mine.submitted_micro_max;
            case Measure::fills:
                return mine.fills_max;
            case Measure::filled:
                return mine.filled_micro_max;
        }
        return 0;
    }
    [[nodiscard]] static bool adds(Measure measure, const Added& added) noexcept {
        return measure == Measure::messages || added.orders != 0;
    }
    [[nodiscard]] static std::int64_t amount(Measure measure, const LogSums& sums) noexcept {
        constexpr LogWeight per_micro = static_cast<std::uint64_t>(weight_per_micro);
        constexpr LogWeight most = std::numeric_limits<std::int64_t>::max();
        switch (measure) {
            case Measure::messages:
            case Measure::fills:
                return static_cast<std::int64_t>(sums.count);
            case Measure::orders:
                return static_cast<std::int64_t>(sums.orders);
            case Measure::submitted:
            case Measure::filled:
                break;
        }
        return static_cast<std::int64_t>(std::min(most, (sums.weight + per_micro - 1) / per_micro));
    }
    [[nodiscard]] static std::int64_t value_of(Measure measure, LogSums held,
                                               const Added& added) noexcept {
        held.count += measure == Measure::messages ? 1 : static_cast<std::uint64_t>(added.orders);
        held.orders += static_cast<std::uint64_t>(added.orders);
        held.weight += std::min(static_cast<LogWeight>(added.weight), SlidingLog::weight_ceiling);
        return amount(measure, held);
    }
    [[nodiscard]] static std::int64_t left(std::int64_t limit, std::uint64_t held) noexcept {
        return limit - static_cast<std::int64_t>(held);
    }
    [[nodiscard]] static std::int64_t left(std::int64_t limit, LogWeight held) noexcept {
        const Weight most = Weight{limit} * weight_per_micro;
        return lane_down(most - static_cast<Weight>(held));
    }
    /// The least that any span leaves, of each measure; of a full log nothing.
    void reckon() noexcept {
        constexpr std::int64_t none = -1;
        std::array<std::int64_t, measure_count> room;
        room.fill(spans_ == 0 ? none : lane_max);
        for (std::size_t i = 0; i < spans_; ++i) {
            const WindowLimits& limit = limits_[i];
            const LogSums sent = sent_.held(i);
            const LogSums fills = filled_.held(i);
            const bool sent_full = sent_.is_full(sent);
            const bool fills_full = filled_.is_full(fills);
            const std::array<std::int64_t, measure_count> here{
                left(limit.messages_max, sent.count),
                sent_full ? none : left(limit.orders_max, sent.orders),
                sent_full ? none : left(limit.submitted_micro_max, sent.weight),
                left(limit.fills_max, fills.count),
                fills_full ? none : left(limit.filled_micro_max, fills.weight)};
            for (std::size_t m = 0; m < measure_count; ++m) {
                room[m] = std::min(room[m], here[m]);
            }
            // What is absent lets nothing pass that adds nothing either.
            if (std::min({limit.messages_max, limit.orders_max, limit.submitted_micro_max,
                          limit.fills_max, limit.filled_micro_max}) <= 0) {
                room[0] = none;
            }
        }
        room[0] = order_max_ > 0 ? room[0] : none;
        room_ = {Lanes::Four{room[0], room[1], room[2], room[3]},
                 Lanes::Four{room[4], lane_down(order_max_),
                             lane_of(std::max(sent_.reached(), filled_.reached())), 0}};
    }

    alignas(64) Lanes room_{};
    SlidingLog sent_;
    SlidingLog filled_;
    WindowSet limits_{};
    Weight order_max_{};
    std::size_t spans_{};
    bool listed_{};
};

/// Whether `added` finds room everywhere.
template <class... Rooms>
[[nodiscard, gnu::always_inline]] inline bool have_room(const Lanes& added,
                                                        const Rooms&... rooms) noexcept {
    const Lanes::Four over = ((added.low > rooms.low) | ...) | ((added.high > rooms.high) | ...);
    return (over[0] | over[1] | over[2] | over[3]) == 0;
}

}  // namespace portcullis::risk
