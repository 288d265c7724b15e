// DuplicateLog: how often a strategy has sent the same new order lately.
//
// The same is: instrument, side, price and quantity. The last orders lie in a ring, each linked to
// the one before it whose key falls into the same bucket, so that a question walks the few that may
// be equal, and of those only the ones that are young enough. Replaces are neither asked nor kept:
// a quote that is refreshed at its price goes through the order that it replaces.
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
    [[nodiscard]] std::int64_t count(const OrderKey& key, engine::MonoNs now) const noexcept {
        const std::int64_t at = std::max(now.value, last_);
        std::int64_t found = 0;
        std::uint64_t number = heads_[bucket(key)];
        while (number != 0 && number + kept > total_) {
            const Entry& entry = entries_[number % kept];
            if (!is_young(entry.at, at)) {
                break;  // and so are all before it
            }
            found += entry.key == key ? 1 : 0;
            number = entry.before;
        }
        return found;
    }
    /// No order may follow: the oldest one that is kept still counts.
    [[nodiscard]] bool is_full(engine::MonoNs now) const noexcept {
        return total_ >= kept &&
               is_young(entries_[(total_ + 1) % kept].at, std::max(now.value, last_));
    }
    void push(const OrderKey& key, engine::MonoNs now) noexcept {
        last_ = std::max(now.value, last_);
        ++total_;
        std::uint64_t& head = heads_[bucket(key)];
        entries_[total_ % kept] = {key, last_, head};
        head = total_;
    }
    void prefetch() const noexcept { __builtin_prefetch(&entries_[(total_ + 1) % kept]); }
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    /// Everything that a later answer can depend on.
    void hash(engine::StateHasher& hasher) const noexcept {
        hasher.add(total_);
        hasher.add(last_);
        for (std::uint64_t i = total_ - std::min<std::uint64_t>(total_, kept); i < total_; ++i) {
            const Entry& entry = entries_[(i + 1) % kept];
            if (is_young(entry.at, last_)) {
                hasher.add(entry.at);
                hasher.add(entry.key.price);
                hasher.add(entry.key.qty);
            }
        }
    }

private:
    static constexpr std::size_t buckets = 1024;
    static_assert(std::has_single_bit(kept) && std::has_single_bit(buckets));

    struct Entry {
        OrderKey key{};
        std::int64_t at{};
        std::uint64_t before{};  ///< number of the one before it in its bucket; zero: none
    };

    [[nodiscard]] static bool is_young(std::int64_t at, std::int64_t now) noexcept {
        std::int64_t end{};
        return __builtin_add_overflow(at, span_ns, &end) || now < end;
    }
    [[nodiscard]] static std::size_t bucket(const OrderKey& key) noexcept {
        auto mixed = static_cast<std::uint64_t>(key.price.value) * 0x9e3779b97f4a7c15ULL;
        mixed ^= static_cast<std::uint64_t>(key.qty.value) +
                 (std::uint64_t{key.instrument.value} << 1U) + (key.buy ? 1 : 0);
        mixed *= 0xbf58476d1ce4e5b9ULL;
        return static_cast<std::size_t>(mixed >> 54U);
    }

    std::uint64_t total_{};  ///< number of the last order; the first is one
    std::int64_t last_{std::numeric_limits<std::int64_t>::min()};
    std::array<std::uint64_t, buckets> heads_{};
    std::array<Entry, kept> entries_{};
};

}  // namespace portcullis::risk
