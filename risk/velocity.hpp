// Velocity: how many messages in any window of a given length, exactly.
//
// A sliding log: the times of the last N messages in a ring, and "n in any W" holds for one more
// message if the n-th last is at least W old. A token bucket is smaller, but lets up to twice n
// through in some W; fixed windows do the same across their border, and the venue's own windows are
// fixed, so ours must be the stricter kind. One log serves all spans of a scope: each keeps only
// its own tail, and of that only the time at which it frees a place, so that asking reads one line.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"
#include "risk/limits.hpp"

namespace portcullis::risk {

// Invariants: 1. time never goes back: a message "before" the last one is taken as of the last
// one, and an answer never gets milder by a step of the clock; 2. a count of zero lets nothing
// pass; 3. memory is taken at construction. Writer and reader: the gate (core thread).
class Velocity {
public:
    using Counts = std::array<std::int64_t, window_count>;

    Velocity() : Velocity(Counts{}) {}
    /// Counts above `messages_ceiling` are cut to it: tighter than asked, never milder.
    explicit Velocity(const Counts& counts) {
        std::size_t largest = 1;
        for (std::size_t i = 0; i < window_count; ++i) {
            counts_[i] = std::clamp<std::int64_t>(counts[i], 0, messages_ceiling);
            largest = std::max(largest, static_cast<std::size_t>(counts_[i]));
            free_at_ = counts_[i] == 0 ? never : free_at_;  // and nothing lowers it
        }
        ring_.assign(std::bit_ceil(largest), always);
        mask_ = ring_.size() - 1;
    }

    /// The first window that one more message at `now` would break, or window_count.
    [[nodiscard]] std::size_t blocked_by(engine::MonoNs now) const noexcept {
        const std::int64_t at = std::max(now.value, last_);
        if (at >= free_at_ && free_at_ != never) [[likely]] {
            return window_count;
        }
        std::size_t i = 0;
        while (counts_[i] != 0 && frees_at(i) != never && at >= frees_at(i)) {
            ++i;  // one of them has no place
        }
        return i;
    }
    /// Counts a message, allowed or not (cancels and recovered ones are only metered).
    void push(engine::MonoNs now) noexcept {
        last_ = std::max(now.value, last_);
        ring_.data()[total_ & mask_] = last_;  // masked, so within: no bound to check
        ++total_;
        std::int64_t free_at = free_at_;
        for (std::size_t i = 0; i < window_count; ++i) {
            free_at = std::max(free_at, frees_at(i));  // none of them goes back
        }
        free_at_ = free_at;
    }
    /// What the next push() reads and writes.
    void prefetch() const noexcept {
        const std::int64_t* const ring = ring_.data();
        __builtin_prefetch(&ring[total_ & mask_]);
        for (const std::int64_t count : counts_) {
            __builtin_prefetch(&ring[(total_ + 1 - static_cast<std::uint64_t>(count)) & mask_]);
        }
    }
    /// Messages within the window that ends at `now`, at most the window's count. Cold.
    [[nodiscard]] std::int64_t in_window(std::size_t window, engine::MonoNs now) const noexcept {
        engine::verify(window < window_count);
        const std::int64_t at = std::max(now.value, last_);
        std::int64_t found = 0;
        while (found < counts_[window] && static_cast<std::uint64_t>(found) < total_) {
            const auto back = static_cast<std::uint64_t>(found) + 1;
            if (at >= later(ring_[(total_ - back) & mask_], window_span_ns[window])) {
                break;
            }
            ++found;
        }
        return found;
    }
    [[nodiscard]] std::int64_t count_max(std::size_t window) const noexcept {
        engine::verify(window < window_count);
        return counts_[window];
    }
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

    /// Everything that a later answer can depend on.
    void hash(engine::StateHasher& hasher) const noexcept {
        hasher.add(total_);
        hasher.add(last_);
        const std::uint64_t kept = std::min<std::uint64_t>(total_, ring_.size());
        for (std::uint64_t i = total_ - kept; i < total_; ++i) {
            hasher.add(ring_[i & mask_]);
        }
    }

private:
    static constexpr std::int64_t always = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    /// When the window has a place again: a span after its count-th last message; always, give or
    /// take a span, when there were fewer. Of a window that lets nothing pass it says nothing.
    [[nodiscard]] std::int64_t frees_at(std::size_t window) const noexcept {
        const std::uint64_t back = total_ - static_cast<std::uint64_t>(counts_[window]);
        return later(ring_.data()[back & mask_], window_span_ns[window]);
    }
    [[nodiscard]] static std::int64_t later(std::int64_t at, std::int64_t span) noexcept {
        std::int64_t sum{};
        return __builtin_add_overflow(at, span, &sum) ? never : sum;
    }

    std::int64_t free_at_{always};  ///< when all windows have a place
    std::int64_t last_{always};
    std::uint64_t total_{};
    std::uint64_t mask_{};
    Counts counts_{};
    std::vector<std::int64_t> ring_;
};

}  // namespace portcullis::risk
