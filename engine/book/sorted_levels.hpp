// SortedLevels: one side of a book as sorted blocks of at most 32 levels, worst price first, best
// at the back; beside them the first price of each block, to find one by halving.
//
// In one flat array a new or removed level moves all that are better: thousands, where the far end
// changes. In blocks it moves less than one of them; a tree of nodes pays a cache miss for each
// step, and takes memory as it grows. A tick ladder is faster still near the best, but needs this
// one beside it for the far levels that real messages carry. Owner: LadderLevels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/events/market.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

// Invariants: 1. strictly rising in quality from front to back; 2. every quantity is positive; 3.
// no block is empty, and two neighbours hold more than merged_max together, so that there is always
// a block to be had; 4. no allocation after the constructor. From the first append to end_snapshot
// the levels lie as they came, and only append, size and a Walker may be used.
template <Side side>
class SortedLevels {
public:
    static constexpr std::size_t block_size = 32;

    explicit SortedLevels(std::size_t levels_max)
        : levels_(blocks_for(levels_max) * block_size),
          starts_(blocks_for(levels_max)),
          blocks_(blocks_for(levels_max)),
          levels_max_(levels_max) {
        verify(blocks_.size() <= std::numeric_limits<std::uint16_t>::max());
        clear();
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The price of the best level; where there is none, one that is worse than any.
    [[nodiscard]] PriceAtoms best_price() const noexcept { return best_price_; }

    /// Goes through the levels from the best on.
    class Walker {
    public:
        explicit Walker(const SortedLevels& levels) noexcept
            : levels_(&levels), blocks_left_(levels.used_) {
            next_block();
        }
        /// Null behind the worst.
        [[nodiscard]] const BookLevel* level() const noexcept { return level_; }
        /// Of level(); behind the worst one that is worse than any.
        [[nodiscard]] PriceAtoms price() const noexcept {
            return level_ != nullptr ? level_->price : none;
        }
        void advance() noexcept {
            verify(in_block_ > 0);
            --level_;
            if (--in_block_ == 0) {
                next_block();
            }
        }

    private:
        void next_block() noexcept {
            if (blocks_left_ == 0) {
                level_ = nullptr;
                return;
            }
            --blocks_left_;
            in_block_ = levels_->blocks_[blocks_left_].count;
            level_ = levels_->block(blocks_left_) + in_block_ - 1;
        }

        const SortedLevels* levels_;
        const BookLevel* level_{};
        std::size_t blocks_left_;
        std::size_t in_block_{};
    };

    /// The quantity at `price`, zero where there is none.
    [[nodiscard]] QtyAtoms qty_at(PriceAtoms price) const noexcept {
        if (used_ == 0) {
            return {};
        }
        const std::size_t b = block_of(price);
        const std::size_t at = position(b, price);
        const BookLevel* const found = block(b) + at;
        return at < blocks_[b].count && found->price == price ? found->qty : QtyAtoms{};
    }

    void clear() noexcept {
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            blocks_[b] = {static_cast<std::uint16_t>(b), 0};
        }
        used_ = 0;
        size_ = 0;
        best_price_ = none;
        edge_ = {};
    }

    /// Sets the absolute quantity at a price; zero removes, and removing what is not there is
    /// normal. False when there is no room for one more level. Requires: level.qty >= 0.
    [[nodiscard]] bool set(const BookLevel& level) noexcept {
        verify(level.qty.value >= 0);
        const std::size_t b = used_ > 0 ? block_of(level.price) : 0;
        const std::size_t at = used_ > 0 ? position(b, level.price) : 0;
        if (at < blocks_[b].count && block(b)[at].price == level.price) {
            if (level.qty.value == 0) {
                remove(b, at);
            } else {
                block(b)[at].qty = level.qty;
            }
            return true;
        }
        if (level.qty.value == 0) {
            return true;
        }
        if (size_ == levels_max_) {
            return false;
        }
        insert(b, at, level);
        return true;
    }

    /// Takes one level of a snapshot, in any order; an empty one is nothing. False when there is no
    /// room. Requires: clear() or append() came before.
    [[nodiscard]] bool append(const BookLevel& level) noexcept {
        if (level.qty.value == 0) {
            return true;
        }
        if (size_ == levels_max_) {
            return false;
        }
        levels_[size_] = level;
        const std::size_t b = size_++ / block_size;
        ++blocks_[b].count;
        used_ = b + 1;
        return true;
    }

    /// Ends a snapshot: sorts what was appended. False when a price came twice. `cut`: behind the
    /// worst of them there are more.
    [[nodiscard]] bool end_snapshot(bool cut) noexcept {
        BookLevel* const first = levels_.data();
        BookLevel* const last = first + size_;
        std::reverse(first, last);  // venues send the best first
        const auto worse = [](const BookLevel& a, const BookLevel& b) {
            return is_worse(a.price, b.price);
        };
        if (!std::is_sorted(first, last, worse)) {
            std::sort(first, last, worse);
        }
        const bool twice = std::adjacent_find(first, last, [](const auto& a, const auto& b) {
                               return a.price == b.price;
                           }) != last;
        edge_ = cut && size_ > 0 ? first->price : PriceAtoms{};
        spread();
        return !twice;
    }

    /// The worst price of a cut snapshot; zero where all was told.
    [[nodiscard]] PriceAtoms edge() const noexcept { return edge_; }

    /// Shows those from `worst` to `best` (both included) to `takes`, worst first, and removes each
    /// of which it returns true. How many it has shown.
    template <class Takes>
    std::size_t take_if(PriceAtoms worst, PriceAtoms best, Takes&& takes) noexcept {
        if (used_ == 0 || is_worse(best_price_, worst)) {
            return 0;
        }
        const std::size_t first_block = block_of(worst);
        std::size_t shown = 0;
        std::size_t b = first_block;
        while (b < used_ && !is_worse(best, block(b)->price)) {
            const auto [looked_at, kept] = take_from(b, worst, best, takes);
            shown += looked_at;
            b += kept ? 1 : 0;
        }
        if (shown > 0) {
            const std::size_t begin = first_block > 0 ? first_block - 1 : 0;
            for (std::size_t i = begin; i < b && i + 1 < used_;) {
                const bool merged = merge(i);
                b -= merged ? 1 : 0;
                i += merged ? 0 : 1;
            }
            note_best();
        }
        return shown;
    }

    /// Whether the invariants hold. Looks at every level.
    [[nodiscard]] bool self_check() const noexcept {
        bool good = used_ <= blocks_.size() && size_ <= levels_max_;
        std::size_t count = 0;
        for (std::size_t b = 0; good && b < used_; ++b) {
            const std::size_t here = blocks_[b].count;
            const BookLevel* const first = block(b);
            good = here > 0 && here <= block_size && starts_[b] == quality(first->price) &&
                   (b == 0 || here + blocks_[b - 1].count > merged_max) &&
                   (b == 0 ||
                    is_worse((block(b - 1) + blocks_[b - 1].count - 1)->price, first->price));
            for (std::size_t i = 0; good && i < here; ++i) {
                good = first[i].qty.value > 0 && first[i].price.value > 0 &&
                       (i == 0 || is_worse(first[i - 1].price, first[i].price));
            }
            count += here;
        }
        return good && count == size_ && best_price_ == Walker(*this).price();
    }

private:
    // Neighbours that hold no more together become one. Below the size of a block, so that a level
    // that comes and goes does not split and merge one each time.
    static constexpr std::size_t merged_max = 28;
    static constexpr std::size_t split_size = block_size / 2;
    // Levels in a block after a snapshot.
    static constexpr std::size_t spread_size = 24;
    static_assert(merged_max < block_size && 2 * spread_size > merged_max);

    static constexpr PriceAtoms none{side == Side::buy ? std::numeric_limits<std::int64_t>::min()
                                                       : std::numeric_limits<std::int64_t>::max()};

    struct Block {
        std::uint16_t id{};  // where its levels lie
        std::uint16_t count{};
    };

    /// By invariant 3 no more are ever in use; one more while a block is split.
    [[nodiscard]] static constexpr std::size_t blocks_for(std::size_t levels_max) noexcept {
        return 2 * levels_max / (merged_max + 1) + 3;
    }
    static_assert(blocks_for(1 << 20) * spread_size > 1 << 20);

    [[nodiscard]] static constexpr bool is_worse(PriceAtoms a, PriceAtoms b) noexcept {
        return side == Side::buy ? a < b : a > b;
    }
    /// Higher is better on either side.
    [[nodiscard]] static constexpr std::int64_t quality(PriceAtoms price) noexcept {
        return side == Side::buy ? price.value : -price.value;
    }

    [[nodiscard]] BookLevel* block(std::size_t b) noexcept {
        return levels_.data() + std::size_t{blocks_[b].id} * block_size;
    }
    [[nodiscard]] const BookLevel* block(std::size_t b) const noexcept {
        return levels_.data() + std::size_t{blocks_[b].id} * block_size;
    }

    /// The block where a price is, or belongs. Requires: there is one.
    [[nodiscard]] std::size_t block_of(PriceAtoms price) const noexcept {
        const std::int64_t* const first = starts_.data();
        const std::int64_t wanted = quality(price);
        if (first[used_ - 1] <= wanted) {
            return used_ - 1;  // where there is no ladder nearly all changes are here
        }
        // Halving without branches: the block lies in `length` of them from `base` on.
        std::size_t base = 0;
        for (std::size_t length = used_ - 1; length > 1;) {
            const std::size_t half = length / 2;
            base += first[base + half] <= wanted ? half : 0;
            length -= half;
        }
        return base;
    }

    /// How many levels of a block are worse than `price`.
    [[nodiscard]] std::size_t position(std::size_t b, PriceAtoms price) const noexcept {
        const BookLevel* const first = block(b);
        std::size_t base = 0;
        for (std::size_t length = blocks_[b].count; length > 0;) {
            const std::size_t half = (length + 1) / 2;
            base += is_worse(first[base + half - 1].price, price) ? half : 0;
            length -= half;
        }
        return base;
    }

    void note_start(std::size_t b) noexcept { starts_[b] = quality(block(b)->price); }
    void note_best() noexcept { best_price_ = Walker(*this).price(); }

    void remove(std::size_t b, std::size_t at) noexcept {
        BookLevel* const first = block(b);
        std::copy(first + at + 1, first + blocks_[b].count, first + at);
        --size_;
        if (--blocks_[b].count == 0) {
            drop(b);
        } else {
            note_start(b);
            if (!(b > 0 && merge(b - 1)) && b + 1 < used_) {
                (void)merge(b);
            }
        }
        note_best();
    }

    void insert(std::size_t b, std::size_t at, const BookLevel& level) noexcept {
        if (used_ == 0) {
            add(0);
        }
        if (blocks_[b].count < block_size) {
            put(b, at, level);
        } else if (at == block_size && b + 1 == used_) {
            add(used_);  // the best: others will follow it
            put(b + 1, 0, level);
        } else {
            split(b);
            const bool in_better = at > split_size;
            put(in_better ? b + 1 : b, in_better ? at - split_size : at, level);
            if (b + 2 < used_) {
                (void)merge(b + 1);
            }
            if (b > 0) {
                (void)merge(b - 1);
            }
        }
        ++size_;
        note_best();
    }
    /// Requires: block `b` has room.
    void put(std::size_t b, std::size_t at, const BookLevel& level) noexcept {
        BookLevel* const first = block(b);
        std::copy_backward(first + at, first + blocks_[b].count, first + blocks_[b].count + 1);
        first[at] = level;
        ++blocks_[b].count;
        note_start(b);
    }

    /// An empty block before block `b`; those not in use lie behind the others.
    void add(std::size_t b) noexcept {
        verify(used_ < blocks_.size());
        const Block fresh = blocks_[used_];
        std::copy_backward(blocks_.data() + b, blocks_.data() + used_, blocks_.data() + used_ + 1);
        std::copy_backward(starts_.data() + b, starts_.data() + used_, starts_.data() + used_ + 1);
        blocks_[b] = {fresh.id, 0};
        ++used_;
    }
    void drop(std::size_t b) noexcept {
        const Block gone = blocks_[b];
        std::copy(blocks_.data() + b + 1, blocks_.data() + used_, blocks_.data() + b);
        std::copy(starts_.data() + b + 1, starts_.data() + used_, starts_.data() + b);
        --used_;
        blocks_[used_] = {gone.id, 0};
    }
    /// The better half of block `b` becomes one of its own.
    void split(std::size_t b) noexcept {
        add(b + 1);
        std::copy(block(b) + split_size, block(b) + block_size, block(b + 1));
        blocks_[b].count = split_size;
        blocks_[b + 1].count = block_size - split_size;
        note_start(b + 1);
    }
    /// Block `b` and the next become one, where they are small. Whether they were.
    bool merge(std::size_t b) noexcept {
        const std::size_t count = blocks_[b].count;
        const std::size_t more = blocks_[b + 1].count;
        if (count + more > merged_max) {
            return false;
        }
        std::copy(block(b + 1), block(b + 1) + more, block(b) + count);
        blocks_[b].count = static_cast<std::uint16_t>(count + more);
        drop(b + 1);
        return true;
    }

    struct Taken {
        std::size_t shown{};
        bool kept{};  // something is left of the block
    };
    template <class Takes>
    [[nodiscard]] Taken take_from(std::size_t b, PriceAtoms worst, PriceAtoms best,
                                  Takes&& takes) noexcept {
        BookLevel* const first = block(b);
        const std::size_t count = blocks_[b].count;
        const std::size_t begin = position(b, worst);
        std::size_t i = begin;
        std::size_t kept = begin;
        for (; i < count && !is_worse(best, first[i].price); ++i) {
            if (!takes(first[i])) {
                first[kept++] = first[i];
            }
        }
        const std::size_t shown = i - begin;
        const std::size_t gone = i - kept;
        if (gone != 0) {
            std::copy(first + i, first + count, first + kept);
        }
        size_ -= gone;
        blocks_[b].count = static_cast<std::uint16_t>(count - gone);
        if (count == gone) {
            drop(b);
            return {shown, false};
        }
        note_start(b);
        return {shown, true};
    }

    /// From one run at the front of the memory to blocks with room.
    void spread() noexcept {
        BookLevel* const first = levels_.data();
        used_ = (size_ + spread_size - 1) / spread_size;
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            blocks_[b].count = 0;
        }
        for (std::size_t b = used_; b-- > 0;) {  // from the back, so that nothing is overwritten
            const std::size_t from = b * spread_size;
            const std::size_t count = std::min(spread_size, size_ - from);
            if (b > 0) {
                std::copy_backward(first + from, first + from + count,
                                   first + b * block_size + count);
            }
            blocks_[b].count = static_cast<std::uint16_t>(count);
            note_start(b);
        }
        if (used_ > 1) {
            (void)merge(used_ - 2);  // the last may be small
        }
        note_best();
    }

    std::vector<BookLevel> levels_;
    std::vector<std::int64_t> starts_;  // the quality of each block's first level
    std::vector<Block> blocks_;         // in order; behind the used_ first those that are free
    std::size_t used_{};
    std::size_t size_{};
    std::size_t levels_max_;
    PriceAtoms best_price_{none};
    PriceAtoms edge_{};
};

}  // namespace portcullis::engine
