// SortedLevels: one side of a book as a flat array, worst price first, best at the back.
//
// Nearly all changes happen within ten levels of the best, so at the back they are found by a short
// walk and cost a short move. A tree pays a cache miss for each step; an array with the best in
// front moves the whole side for each change. A tick ladder is faster still near the best, but
// needs this one beside it for the far levels that real messages carry.
//
// Owner: L2Book. Invariants: 1. strictly rising in quality from front to back; 2. every quantity is
// positive; 3. no allocation after the constructor. Between begin_snapshot and end_snapshot the
// levels lie as they came, and only append may be called.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/events/market.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

template <Side side>
class SortedLevels {
public:
    explicit SortedLevels(std::size_t levels_max) : levels_(levels_max) {}

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] std::size_t levels_max() const noexcept { return levels_.size(); }

    /// Level `i` from the best. Requires: i < size().
    [[nodiscard]] const BookLevel& level(std::size_t i) const noexcept {
        verify(i < count_);
        return levels_[count_ - 1 - i];
    }

    /// The quantity at `price`, zero where there is none.
    [[nodiscard]] QtyAtoms qty_at(PriceAtoms price) const noexcept {
        const std::size_t at = position(price);
        return at < count_ && levels_[at].price == price ? levels_[at].qty : QtyAtoms{};
    }

    void clear() noexcept {
        count_ = 0;
        edge_ = {};
    }

    /// Sets the absolute quantity at a price; zero removes, and removing what is not there is
    /// normal. False when there is no room for one more level. Requires: level.qty >= 0.
    [[nodiscard]] bool set(const BookLevel& level) noexcept {
        verify(level.qty.value >= 0);
        const std::size_t at = position(level.price);
        BookLevel* const first = levels_.data();
        const bool known = at < count_ && first[at].price == level.price;
        if (level.qty.value == 0) {
            if (known) {
                std::copy(first + at + 1, first + count_, first + at);
                --count_;
            }
            return true;
        }
        if (known) {
            first[at].qty = level.qty;
            return true;
        }
        if (count_ == levels_.size()) {
            return false;
        }
        std::copy_backward(first + at, first + count_, first + count_ + 1);
        first[at] = level;
        ++count_;
        return true;
    }

    /// Takes one level of a snapshot, in any order; an empty one is nothing. False when there is no
    /// room. Inserting each in its place would move the whole side for each of 5,000.
    [[nodiscard]] bool append(const BookLevel& level) noexcept {
        if (level.qty.value == 0) {
            return true;
        }
        if (count_ == levels_.size()) {
            return false;
        }
        levels_[count_++] = level;
        return true;
    }

    /// Ends a snapshot: sorts what was appended. False when a price came twice. `cut`: behind the
    /// worst of them there are more.
    [[nodiscard]] bool end_snapshot(bool cut) noexcept {
        BookLevel* const first = levels_.data();
        std::reverse(first, first + count_);  // venues send the best first
        if (!sorted()) {
            std::sort(first, first + count_, [](const BookLevel& a, const BookLevel& b) {
                return is_worse(a.price, b.price);
            });
        }
        edge_ = cut && count_ > 0 ? first->price : PriceAtoms{};
        return sorted();
    }

    /// The worst price of a cut snapshot; zero where all was told.
    [[nodiscard]] PriceAtoms edge() const noexcept { return edge_; }

    /// Shows those not worse than `limit` to `takes`, worst first, and removes each of which it
    /// returns true.
    template <class Takes>
    void take_if(PriceAtoms limit, Takes&& takes) noexcept {
        BookLevel* const first = levels_.data();
        std::size_t kept = position(limit);
        for (std::size_t i = kept; i < count_; ++i) {
            if (!takes(first[i])) {
                first[kept++] = first[i];
            }
        }
        count_ = kept;
    }

    /// Whether invariants 1 and 2 hold.
    [[nodiscard]] bool self_check() const noexcept {
        return count_ <= levels_.size() && sorted() &&
               std::all_of(levels_.begin(), end(), [](const BookLevel& level) {
                   return level.qty.value > 0 && level.price.value > 0;
               });
    }

private:
    // Levels looked at one by one from the best, before halving the rest.
    static constexpr std::size_t walk_max = 16;

    [[nodiscard]] static bool is_worse(PriceAtoms a, PriceAtoms b) noexcept {
        return side == Side::buy ? a < b : a > b;
    }

    [[nodiscard]] auto end() const noexcept {
        return levels_.begin() + static_cast<std::ptrdiff_t>(count_);
    }

    [[nodiscard]] bool sorted() const noexcept {
        return std::adjacent_find(levels_.begin(), end(),
                                  [](const BookLevel& a, const BookLevel& b) {
                                      return !is_worse(a.price, b.price);
                                  }) == end();
    }

    /// How many levels are worse than `price`: where it is, or belongs.
    [[nodiscard]] std::size_t position(PriceAtoms price) const noexcept {
        const BookLevel* const first = levels_.data();
        const std::size_t near = count_ > walk_max ? count_ - walk_max : 0;
        for (std::size_t i = count_; i > near; --i) {
            if (is_worse(first[i - 1].price, price)) {
                return i;
            }
        }
        // Halving without branches: `base` levels are known to be worse.
        std::size_t base = 0;
        for (std::size_t length = near; length > 0;) {
            const std::size_t half = (length + 1) / 2;
            base += is_worse(first[base + half - 1].price, price) ? half : 0;
            length -= half;
        }
        return base;
    }

    std::vector<BookLevel> levels_;
    std::size_t count_{};
    PriceAtoms edge_{};
};

}  // namespace portcullis::engine
