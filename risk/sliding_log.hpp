// Sliding log: messages, orders and notional in any window of several lengths, exactly.
//
// An entry holds its time and the sums of all entries before it, so what a window holds is the sums
// now less those of its first entry. A tail per span is where that entry was last seen: a tail that
// lags counts too much, never too little, so only a refusal looks for the exact one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::risk {

using LogWeight = engine::uint128;

struct LogSums {
    std::uint64_t count{};
    std::uint64_t orders{};
    LogWeight weight{};
};

struct LogSpan {
    std::int64_t span_ns{};
    LogSums max;  ///< zero lets nothing pass that adds to it
};

enum class LogMeasure : std::uint8_t { none, count, orders, weight };

struct LogBlock {
    LogMeasure measure{LogMeasure::none};
    std::size_t span{};
};

// Invariants: 1. time never goes back; 2. the ring holds as many entries as the largest count that
// is allowed, so a window whose first entry is lost is full; 3. memory is taken at construction.
class SlidingLog {
public:
    static constexpr std::size_t spans_max = 8;
    static constexpr std::uint64_t count_ceiling = 1U << 24U;
    /// One entry's weight is cut to this, which is above every limit: 2^24 of them fit 128 bits.
    static constexpr LogWeight weight_ceiling = LogWeight{1} << 96U;

    explicit SlidingLog(std::span<const LogSpan> spans) : spans_used_(spans.size()) {
        engine::verify(!spans.empty() && spans.size() <= spans_max);
        std::uint64_t largest = 1;
        for (std::size_t i = 0; i < spans_used_; ++i) {
            engine::verify(spans[i].span_ns > 0);
            spans_[i] = spans[i];
            spans_[i].max.count = std::min(spans[i].max.count, count_ceiling);
            spans_[i].max.weight = std::min(spans[i].max.weight, weight_ceiling - 1);
            largest = std::max(largest, spans_[i].max.count);
        }
        ring_.resize(std::bit_ceil(largest));
        mask_ = ring_.size() - 1;
    }

    /// The first span and measure that adding `more` at `now` would break.
    [[nodiscard]] LogBlock blocked_by(engine::MonoNs now, const LogSums& more) noexcept {
        const std::int64_t at = take_time(now);
        for (std::size_t i = 0; i < spans_used_; ++i) {
            if (over(i, more) == LogMeasure::none) [[likely]] {
                continue;
            }
            seek(i, at);
            const LogMeasure measure = over(i, more);
            if (measure != LogMeasure::none) {
                return {measure, i};
            }
        }
        return {};
    }
    /// Counts an entry, allowed or not.
    void push(engine::MonoNs now, std::uint64_t orders, LogWeight weight) noexcept {
        last_ = std::max(now.value, last_);
        ring_[head_.count & mask_] = {last_, head_.orders, head_.weight};
        ++head_.count;
        head_.orders += orders;
        head_.weight += std::min(weight, weight_ceiling);
    }
    /// Moves every tail up to where it belongs; for idle rounds.
    void prepare(engine::MonoNs now) noexcept {
        const std::int64_t at = take_time(now);
        for (std::size_t i = 0; i < spans_used_; ++i) {
            seek(i, at);
        }
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return ring_.size() * sizeof(Entry); }

private:
    struct Entry {
        std::int64_t at{};
        std::uint64_t orders{};  ///< before it
        LogWeight weight{};      ///< before it
    };

    /// The time to answer for. If the clock stepped back since the last question, what the tails
    /// left behind counts again: they start over from the oldest entry that is kept.
    [[nodiscard]] std::int64_t take_time(engine::MonoNs now) noexcept {
        const std::int64_t at = std::max(now.value, last_);
        if (at < asked_) [[unlikely]] {
            tails_.fill(0);
        }
        asked_ = at;
        return at;
    }
    [[nodiscard]] static bool above(LogWeight held, LogWeight more, LogWeight max) noexcept {
        return more > max || held > max - more;
    }
    [[nodiscard]] LogMeasure over(std::size_t i, const LogSums& more) const noexcept {
        const LogSums& max = spans_[i].max;
        const std::uint64_t held = head_.count - tails_[i];
        if (above(held, more.count, max.count)) {
            return LogMeasure::count;
        }
        if (held > ring_.size()) {
            return LogMeasure::count;  // its first entry is lost: full
        }
        const bool empty = held == 0;
        const Entry& first = ring_[tails_[i] & mask_];
        if (above(empty ? 0 : head_.orders - first.orders, more.orders, max.orders)) {
            return LogMeasure::orders;
        }
        const LogWeight weight = empty ? LogWeight{} : head_.weight - first.weight;
        return above(weight, more.weight, max.weight) ? LogMeasure::weight : LogMeasure::none;
    }
    /// The exact tail: the first entry that is younger than the span. An entry that is lost counts
    /// as young only if the oldest that is kept is.
    void seek(std::size_t i, std::int64_t at) noexcept {
        const std::uint64_t kept = std::min<std::uint64_t>(head_.count, ring_.size());
        std::uint64_t low = std::max(tails_[i], head_.count - kept);
        std::uint64_t high = head_.count;
        while (low < high) {
            const std::uint64_t middle = low + (high - low) / 2;
            const bool young = at < later(ring_[middle & mask_].at, spans_[i].span_ns);
            (young ? high : low) = young ? middle : middle + 1;
        }
        tails_[i] = low;
    }
    [[nodiscard]] static std::int64_t later(std::int64_t at, std::int64_t span) noexcept {
        std::int64_t sum{};
        const bool wraps = __builtin_add_overflow(at, span, &sum);
        return wraps ? std::numeric_limits<std::int64_t>::max() : sum;
    }

    LogSums head_;
    std::int64_t last_{std::numeric_limits<std::int64_t>::min()};
    std::int64_t asked_{std::numeric_limits<std::int64_t>::min()};
    std::size_t spans_used_{};
    std::uint64_t mask_{};
    std::array<std::uint64_t, spans_max> tails_{};
    std::array<LogSpan, spans_max> spans_{};
    std::vector<Entry> ring_;
};

}  // namespace portcullis::risk
