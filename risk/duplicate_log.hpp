// DuplicateLog: how often a strategy has sent the same new order lately.
//
// The same is: instrument, side, price and quantity. The last orders lie in a ring, each linked to
// the one before it whose key falls into the same bucket, so that a question walks the few that may
// be equal, and of those only the ones that are young enough. The buckets are two cache lines.
// Replaces are neither asked nor kept: a quote that is refreshed at its price goes through the
// order that it replaces.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/prefetch.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "risk/limits.hpp"

namespace portcullis::risk {

/// What makes two orders of one strategy the same.
struct OrderKey {
    engine::PriceAtoms price{};
    engine::QtyAtoms qty{};
    engine::InstrumentId instrument{engine::no_instrument};
    bool buy{};

    friend bool operator==(const OrderKey&, const OrderKey&) noexcept = default;
};

// Invariants: 1. time never goes back: an order "before" the last is taken as of the last; 2. an
// order is forgotten only when it is older than the window; while that cannot be, the log is full.
// Writer and reader: the gate (core thread).
class DuplicateLog {
public:
    static constexpr std::int64_t span_ns = 250'000'000;
    /// New orders of one strategy that are remembered: 2,048 a second.
    static constexpr std::size_t kept = 512;
    static_assert(duplicates_ceiling < kept);

    /// Equal orders in the window that ends at `now`.
    [[gnu::always_inline]] std::int64_t count(const OrderKey& key,
                                              engine::MonoNs now) const noexcept {
        const std::int64_t at = std::max(now.value, last_);
        const std::size_t mine = bucket(key);
        const std::size_t head = heads_.data()[mine];
        if (head == nowhere || !is_young(entries_.data()[head - 1].at, at)) [[likely]] {
            return 0;
        }
        return walk(key, mine, at);
    }
    /// No order may follow: the oldest one that is kept still counts.
    [[nodiscard]] bool is_full(engine::MonoNs now) const noexcept {
        return total_ >= kept &&
               is_young(entries_.data()[total_ % kept].at, std::max(now.value, last_));
    }
    void push(const OrderKey& key, engine::MonoNs now) noexcept {
        last_ = std::max(now.value, last_);
        const std::size_t mine = bucket(key);
        const std::size_t place = total_ % kept;
        Place& head = heads_.data()[mine];
        entries_.data()[place] = {key, last_, total_, head, static_cast<std::uint16_t>(mine)};
        head = static_cast<Place>(place + 1);
        ++total_;
    }
    /// What the next review of the strategy reads and writes.
    void prefetch() const noexcept {
        engine::prefetch(heads_);
        __builtin_prefetch(&entries_.data()[total_ % kept]);
    }
    /// Everything that a later answer can depend on.
    void hash(engine::StateHasher& hasher) const noexcept {
        hasher.add(total_);
        hasher.add(last_);
        for (std::uint64_t i = total_ - std::min<std::uint64_t>(total_, kept); i < total_; ++i) {
            const Entry& entry = entries_[i % kept];
            if (is_young(entry.at, last_)) {
                hasher.add(entry.at);
                hasher.add(entry.key.price);
                hasher.add(entry.key.qty);
            }
        }
    }

private:
    static constexpr std::size_t buckets = 64;
    static constexpr unsigned bucket_shift = 58;
    static_assert(std::has_single_bit(kept) && buckets == std::size_t{1} << (64 - bucket_shift));

    /// Of an entry, plus one.
    using Place = std::uint16_t;
    static constexpr Place nowhere = 0;
    struct Entry {
        OrderKey key{};
        std::int64_t at{};
        std::uint64_t number{};
        Place before{};  ///< in its bucket
        std::uint16_t bucket{};
    };

    [[gnu::noinline]] std::int64_t walk(const OrderKey& key, std::size_t mine,
                                        std::int64_t at) const noexcept {
        std::int64_t found = 0;
        std::uint64_t after = std::numeric_limits<std::uint64_t>::max();
        std::size_t place = heads_.data()[mine];
        while (place != nowhere) {
            const Entry& entry = entries_.data()[place - 1];
            // What was written over since is younger than what led to it, or of another bucket; it
            // had been too old then, and so had all that lay behind it.
            if (entry.number >= after || entry.bucket != mine || !is_young(entry.at, at)) {
                break;
            }
            found += entry.key == key ? 1 : 0;
            after = entry.number;
            place = entry.before;
        }
        return found;
    }
    [[nodiscard]] static bool is_young(std::int64_t at, std::int64_t now) noexcept {
        std::int64_t end{};
        return __builtin_add_overflow(at, span_ns, &end) || now < end;
    }
    [[nodiscard]] static std::size_t bucket(const OrderKey& key) noexcept {
        auto mixed = static_cast<std::uint64_t>(key.price.value) * 0x9e3779b97f4a7c15ULL;
        mixed ^= static_cast<std::uint64_t>(key.qty.value) +
                 (std::uint64_t{key.instrument.value} << 1U) + (key.buy ? 1 : 0);
        mixed *= 0xbf58476d1ce4e5b9ULL;
        return static_cast<std::size_t>(mixed >> bucket_shift);
    }

    std::uint64_t total_{};
    std::int64_t last_{std::numeric_limits<std::int64_t>::min()};
    alignas(64) std::array<Place, buckets> heads_{};
    std::array<Entry, kept> entries_{};
};

}  // namespace portcullis::risk
