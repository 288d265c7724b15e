// Repeats: whether something happened more than n times in any window of one length, as one number.
//
// "More than n in the window that ends now" is whether the (n + 1)-th last is younger than the
// window is long. That changes only when it happens again, so what a review compares is a time:
// until when it is too often. The times themselves lie apart, in a ring that a review does not
// touch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"

namespace portcullis::risk {

// Invariants: 1. times never go back: one "before" the last is taken as of the last; 2. n is less
// than the size of the ring, which is the same at each call. Writer and reader: the gate (core
// thread).
class Repeats {
public:
    /// Counts one. `max` is n, below the size of `ring`. True where this one is the first too many:
    /// those behind it are not, as long as it is.
    bool note(std::span<std::int64_t> ring, std::int64_t max, std::int64_t span_ns,
              engine::MonoNs now) noexcept {
        const bool was_over = is_over(now);
        last_ = std::max(last_, now.value);
        ring[count_ % ring.size()] = last_;
        ++count_;
        const auto n = static_cast<std::uint64_t>(
            std::clamp<std::int64_t>(max, 0, static_cast<std::int64_t>(ring.size()) - 1));
        if (count_ > n) {
            over_until_ =
                std::max(over_until_, later(ring[(count_ - n - 1) % ring.size()], span_ns));
        }
        return !was_over && is_over(now);
    }
    /// Whether there were more than n (of the last note()) in the window that ends at `now`.
    [[nodiscard]] bool is_over(engine::MonoNs now) const noexcept {
        return now.value < over_until_;
    }
    /// In that window, as many as the ring has room for at most. Cold.
    [[nodiscard]] std::int64_t in_window(std::span<const std::int64_t> ring, std::int64_t span_ns,
                                         engine::MonoNs now) const noexcept {
        const std::uint64_t kept = std::min<std::uint64_t>(count_, ring.size());
        std::int64_t found = 0;
        for (std::uint64_t back = 1; back <= kept; ++back) {
            found += now.value < later(ring[(count_ - back) % ring.size()], span_ns) ? 1 : 0;
        }
        return found;
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    void hash(engine::StateHasher& hasher) const noexcept {
        hasher.add(over_until_);
        hasher.add(last_);
        hasher.add(count_);
    }

private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
    [[nodiscard]] static std::int64_t later(std::int64_t at, std::int64_t span_ns) noexcept {
        std::int64_t sum{};
        return __builtin_add_overflow(at, span_ns, &sum) ? std::numeric_limits<std::int64_t>::max()
                                                         : sum;
    }

    std::int64_t over_until_{never};
    std::int64_t last_{never};
    std::uint64_t count_{};
};

}  // namespace portcullis::risk
