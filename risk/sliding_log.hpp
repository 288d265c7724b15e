// Sliding log: how many entries, orders and how much weight lie in any window of several lengths,
// exactly.
//
// A token bucket and fixed windows are smaller, and let up to twice the limit through at an edge.
// An entry holds its time and the sums of all entries before it, so what a window holds is the sums
// now less those before its first entry. Each span has a tail: where that entry was last seen, with
// the sums before it, so that a question reads no entry at all. A tail that lags counts too much,
// never too little: tails move up a few entries at a time off the path (`advance`), and all the way
// (`catch_up`) only where what they say is a no.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::risk {

using LogWeight = engine::uint128;

struct LogSums {
    std::uint64_t count{};
    std::uint64_t orders{};
    LogWeight weight{};

    friend bool operator==(const LogSums&, const LogSums&) noexcept = default;
};

// Invariants: 1. time never goes back: an entry "before" the last one is as of the last one, and a
// question before it too, so no step of the clock empties a window; 2. the newest `capacity`
// entries and one more are kept: a window that holds more than `capacity` is known to, whatever is
// lost; 3. memory is taken at construction. Writer and reader: the gate (core thread).
class SlidingLog {
public:
    static constexpr std::size_t spans_max = 5;
    static constexpr std::uint64_t capacity_max = (1U << 20U) - 1;
    /// One entry's weight is cut to this, which is above every limit: 2^32 of them fit 128 bits.
    static constexpr LogWeight weight_ceiling = LogWeight{1} << 96U;

    /// Of no spans.
    SlidingLog() noexcept = default;
    /// `capacity`: the largest count that any span's limit admits; cut to `capacity_max`.
    SlidingLog(std::span<const std::int64_t> spans_ns, std::uint64_t capacity)
        : capacity_(std::min(capacity, capacity_max)), spans_used_(spans_ns.size()) {
        engine::verify(spans_used_ <= spans_max);
        for (std::size_t i = 0; i < spans_used_; ++i) {
            engine::verify(spans_ns[i] > 0);
            spans_ns_[i] = spans_ns[i];
        }
        ring_.resize(ring_size(capacity_));
        mask_ = ring_.size() - 1;
    }

    /// One entry more, allowed or not.
    void push(engine::MonoNs now, std::uint64_t orders, LogWeight weight) noexcept {
        engine::verify(!ring_.empty());
        last_ = std::max(now.value, last_);
        ring_.data()[head_.count & mask_] = {last_, head_.orders, head_.weight};
        ++head_.count;
        head_.orders += orders;
        head_.weight += std::min(weight, weight_ceiling);
        constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15;
        const std::uint64_t entry = static_cast<std::uint64_t>(last_) + orders * 3 +
                                    static_cast<std::uint64_t>(head_.weight) * 5 +
                                    static_cast<std::uint64_t>(head_.weight >> 64U) * 7;
        digest_ = (std::rotl(digest_, 23) ^ entry) * odd;
    }

    /// What span `i` holds by its tail: exact after catch_up(), and never too little.
    [[nodiscard]] LogSums held(std::size_t i) const noexcept {
        engine::verify(i < spans_used_);
        return since(tails_.data()[i]);
    }
    /// More than is remembered: what the window holds of orders and weight is not known.
    [[nodiscard]] bool is_full(const LogSums& held) const noexcept {
        return held.count > capacity_;
    }

    /// Moves each tail up by `steps` entries at most. Does nothing where the clock has stepped
    /// back.
    void advance(engine::MonoNs now, std::uint64_t steps) noexcept {
        const std::int64_t at = std::max(now.value, last_);
        if (at < reached_) {
            return;
        }
        reached_ = at;
        for (std::size_t i = 0; i < spans_used_; ++i) {
            const std::uint64_t first = std::max(tails_[i].index, oldest());
            const std::uint64_t end = std::min(first + steps, head_.count);
            std::uint64_t index = first;
            while (index < end && !is_young(index, i, at)) {
                ++index;
            }
            set_tail(i, index);
        }
    }
    /// Moves each tail to where it belongs at `now`: back too, where the clock has stepped back.
    void catch_up(engine::MonoNs now) noexcept {
        const std::int64_t at = std::max(now.value, last_);
        for (std::size_t i = 0; i < spans_used_; ++i) {
            const std::uint64_t low = at < reached_ ? oldest() : tails_[i].index;
            set_tail(i, first_young(std::max(low, oldest()), i, at));
        }
        reached_ = at;
    }
    /// What span `i` holds at `now`; of a full window, what is remembered of it. Cold.
    [[nodiscard]] LogSums in_window(std::size_t i, engine::MonoNs now) const noexcept {
        engine::verify(i < spans_used_);
        const std::uint64_t first = first_young(oldest(), i, std::max(now.value, last_));
        return since(tail_at(first));
    }

    /// Nothing is in any window, as far as the tails know: there is nothing to advance.
    [[nodiscard]] bool is_idle() const noexcept {
        const auto used = std::span{tails_}.first(spans_used_);
        return std::all_of(used.begin(), used.end(),
                           [this](const Tail& tail) { return tail.index == head_.count; });
    }
    [[nodiscard]] std::size_t spans() const noexcept { return spans_used_; }
    [[nodiscard]] std::int64_t span_ns(std::size_t i) const noexcept { return spans_ns_[i]; }
    /// The latest time to which tails have been moved; what they say holds from then on.
    [[nodiscard]] std::int64_t reached() const noexcept { return reached_; }
    [[nodiscard]] std::uint64_t total() const noexcept { return head_.count; }
    [[nodiscard]] std::size_t bytes() const noexcept { return ring_.size() * sizeof(Entry); }
    /// Of a log with that capacity.
    [[nodiscard]] static constexpr std::size_t bytes_of(std::uint64_t capacity) noexcept {
        return ring_size(std::min(capacity, capacity_max)) * sizeof(Entry);
    }
    /// What the next push() writes.
    void prefetch() const noexcept { __builtin_prefetch(ring_.data() + (head_.count & mask_), 1); }
    /// Everything that a later answer can depend on: of all that was ever pushed, in its order.
    void hash(engine::StateHasher& hasher) const noexcept {
        hasher.add(head_.count);
        hasher.add(digest_);
    }

private:
    struct Entry {
        std::int64_t at{};
        std::uint64_t orders{};  ///< before it
        LogWeight weight{};      ///< before it
    };
    struct Tail {
        std::uint64_t index{};
        std::uint64_t orders{};
        LogWeight weight{};
    };

    [[nodiscard]] static constexpr std::size_t ring_size(std::uint64_t capacity) noexcept {
        return std::bit_ceil(capacity + 1);
    }
    /// The oldest entry that is kept.
    [[nodiscard]] std::uint64_t oldest() const noexcept {
        return head_.count - std::min<std::uint64_t>(head_.count, ring_.size());
    }
    [[nodiscard]] bool is_young(std::uint64_t index, std::size_t i,
                                std::int64_t at) const noexcept {
        std::int64_t leaves{};
        const std::int64_t came = ring_.data()[index & mask_].at;
        return __builtin_add_overflow(came, spans_ns_[i], &leaves) || at < leaves;
    }
    [[nodiscard]] std::uint64_t first_young(std::uint64_t low, std::size_t i,
                                            std::int64_t at) const noexcept {
        std::uint64_t high = head_.count;
        while (low < high) {
            const std::uint64_t middle = low + (high - low) / 2;
            if (is_young(middle, i, at)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
    [[nodiscard]] Tail tail_at(std::uint64_t index) const noexcept {
        if (index == head_.count) {
            return {index, head_.orders, head_.weight};
        }
        const Entry& first = ring_.data()[index & mask_];
        return {index, first.orders, first.weight};
    }
    void set_tail(std::size_t i, std::uint64_t index) noexcept {
        if (index != tails_[i].index) {
            tails_[i] = tail_at(index);
        }
    }
    [[nodiscard]] LogSums since(const Tail& tail) const noexcept {
        return {head_.count - tail.index, head_.orders - tail.orders, head_.weight - tail.weight};
    }

    LogSums head_;
    std::uint64_t capacity_{};
    std::uint64_t mask_{};
    std::size_t spans_used_{};
    std::int64_t last_{std::numeric_limits<std::int64_t>::min()};
    std::int64_t reached_{std::numeric_limits<std::int64_t>::min()};
    std::uint64_t digest_{};
    std::array<std::int64_t, spans_max> spans_ns_{};
    std::array<Tail, spans_max> tails_{};
    std::vector<Entry> ring_;
};

}  // namespace portcullis::risk
