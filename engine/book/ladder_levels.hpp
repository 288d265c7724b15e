// LadderLevels: one side of a book as a price ladder, a slot for each tick behind the best, at it
// and just before it, and beside it sorted blocks (sorted_levels.hpp) for what has no slot.
//
// Among sorted levels each change is a search; in a ladder it is a store and a bit. But real
// messages carry levels at half the mid price, so the ladder is a window of ticks. It is a ring:
// moving it by 64 ticks hands the levels of one word over to the blocks, or takes some back, and
// nothing else moves. recentre() does that, on a timer, off the path of a message. Until then, and
// where the market jumps past the window, levels go to the blocks: slower, never wrong. So do
// prices that are no multiple of the tick (where a venue has raised it).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/book/sorted_levels.hpp"
#include "engine/events/market.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

// Beside the quantities lie a bit for each slot that is taken and a bit for each word of those, so
// that the next level is found in a few steps, however many empty ticks are between. Slots are
// numbered by keys: ticks, counted so that higher is better on either side. In a word the best has
// the lowest bit, the one that a processor finds and clears in one step each.
//
// Memory a side: 36 bytes for each of levels_max, 8 and a bit for each tick: with 16,384 levels
// 709 KiB at 16,384 ticks and 612 KiB at 4,096. Owner: L2Book. Invariants: 1. a level is in its
// slot or, where it has none, in the blocks; 2. every quantity is positive; 3. best_ is the highest
// key whose slot is taken; 4. no allocation after the constructor. From the first append to
// end_snapshot the levels lie in the blocks as they came, and only append, set_tick and walk may be
// called.
template <Side side>
class LadderLevels {
public:
    static constexpr std::size_t ticks_min = 512;
    static constexpr std::size_t ticks_max = 16384;

    /// `ticks`: slots of the ladder, a power of two from ticks_min to ticks_max. Until a tick is
    /// told there is no ladder, and everything is in the blocks.
    LadderLevels(std::size_t levels_max, std::size_t ticks)
        : far_(levels_max),
          quantities_(ticks),
          words_(ticks / word_bits),
          slot_mask_(ticks - 1),
          levels_max_(levels_max) {
        verify(std::has_single_bit(ticks) && ticks >= ticks_min && ticks <= ticks_max);
    }

    /// The distance of neighbouring slots; zero or less: no ladder. What is in the book stays, and
    /// is moved at once, all of it.
    void set_tick(PriceAtoms tick) noexcept {
        if (tick.value == tick_) {
            return;
        }
        while (near_ > 0) {
            (void)give_up_word();
        }
        span_ = 0;
        tick_ = tick.value > 0 && tick.value <= tick_max ? tick.value : 0;
        if (tick_ == 0) {
            return;
        }
        shift_ = std::countr_zero(static_cast<std::uint64_t>(tick_));
        const std::uint64_t odd = static_cast<std::uint64_t>(tick_) >> shift_;
        inverse_ = odd;  // right in three bits; each step doubles them
        for (int i = 0; i < 5; ++i) {
            inverse_ *= 2 - odd * inverse_;
        }
        count_max_ = static_cast<std::uint64_t>(
            std::min(std::numeric_limits<std::int64_t>::max() / tick_, key_max));
        if (!appending_) {
            move(all);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return near_ + far_.size(); }
    [[nodiscard]] std::size_t levels_max() const noexcept { return levels_max_; }
    /// Levels that are in the ladder.
    [[nodiscard]] std::size_t near() const noexcept { return near_; }

    [[nodiscard]] BookLevel best() const noexcept {
        verify(size() > 0);
        if (near_ == 0) {
            return best_far();
        }
        const BookLevel inside = at(best_);
        return is_worse(inside.price, far_.best_price()) ? best_far() : inside;
    }

    /// Shows the levels from the best on until `visit` returns false.
    template <class Visit>
    void walk(Visit&& visit) const noexcept {
        Walker far(far_);
        std::size_t w = near_ > 0 ? word_of(best_) : 0;
        std::uint64_t rest = word_at(w);
        std::int64_t first = best_ & ~bit_mask;
        for (std::size_t left = near_; left > 0; --left) {
            const std::size_t next = word_before(w);  // does not wait for `rest`
            const BookLevel inside = at(first + bit_mask - std::countr_zero(rest));
            while (is_worse(inside.price, far.price()))
                [[unlikely]] {
                    if (!visit(*far.level())) {
                        return;
                    }
                    far.advance();
                }
            if (!visit(inside)) {
                return;
            }
            rest &= rest - 1;
            // Whether the word is used up cannot be predicted: no branch asks.
            const std::uint64_t over = -std::uint64_t{rest == 0};  // all ones, or none
            const std::uint64_t steps = (w - next) & (words_.size() - 1);
            first -= static_cast<std::int64_t>(steps * word_bits & over);
            rest |= word_at(next) & over;
            w ^= (w ^ next) & over;
        }
        for (; far.level() != nullptr && visit(*far.level()); far.advance()) {
        }
    }

    /// Level `i` from the best, in as many steps: who wants several walks. Requires: i < size().
    [[nodiscard]] BookLevel level(std::size_t i) const noexcept {
        verify(i < size());
        BookLevel found;
        walk([&](const BookLevel& level) {
            found = level;
            return i-- > 0;
        });
        return found;
    }

    /// The quantity at `price`, zero where there is none.
    [[nodiscard]] QtyAtoms qty_at(PriceAtoms price) const noexcept {
        const std::int64_t key = find(price);
        if (key == no_key) {
            return far_.qty_at(price);
        }
        const bool taken = (word_at(word_of(key)) >> bit_of(key) & 1U) != 0;
        return taken ? quantities_[slot_of(key)] : QtyAtoms{};
    }

    void clear() noexcept {
        far_.clear();
        std::fill(words_.begin(), words_.end(), 0);
        summary_.fill(0);
        span_ = 0;
        best_ = no_key;
        near_ = 0;
        sure_ = 0;
        appending_ = false;
    }

    /// Sets the absolute quantity at a price; zero removes, and removing what is not there is
    /// normal. False when there is no room for one more level. Requires: level.qty >= 0.
    [[nodiscard]] bool set(const BookLevel& level) noexcept {
        verify(level.qty.value >= 0);
        const std::int64_t key = find(level.price);
        if (key == no_key) {
            return set_far(level);
        }
        // Whether a level is new, changed or removed cannot be predicted: no branch asks.
        const std::size_t i = word_of(key);
        const std::uint64_t word = word_at(i);
        const std::uint64_t was = word >> bit_of(key) & 1U;
        const std::uint64_t is = -static_cast<std::uint64_t>(level.qty.value) >> bit_mask;
        if (size() + (is & ~was) > levels_max()) [[unlikely]] {
            return false;
        }
        quantities_.data()[slot_of(key)] = level.qty;
        put_word(i, word ^ (was ^ is) << bit_of(key));
        near_ += is - was;
        note(level.price, is - was);
        if (key >= best_) {
            best_ = is != 0 ? key : key == best_ ? worse_than(key) : best_;
        }
        return true;
    }

    /// Takes one level of a snapshot, in any order; an empty one is nothing. False when there is no
    /// room.
    [[nodiscard]] bool append(const BookLevel& level) noexcept {
        appending_ = true;
        return far_.append(level);
    }

    /// Ends a snapshot: sorts what was appended. False when a price came twice. `cut`: behind the
    /// worst of them there are more.
    [[nodiscard]] bool end_snapshot(bool cut) noexcept {
        appending_ = false;
        if (!far_.end_snapshot(cut)) {
            return false;
        }
        sure_ = far_.size();
        move(all);
        return true;
    }

    /// Whether the best `count` levels are known to be all that there are: behind the end of a cut
    /// snapshot only those levels are known that have changed since.
    [[nodiscard]] bool sure_of(std::size_t count) const noexcept {
        return edge() == PriceAtoms{} || sure_ >= count;
    }
    /// The worst price of a cut snapshot; zero where all was told.
    [[nodiscard]] PriceAtoms edge() const noexcept { return far_.edge(); }

    /// Moves the ladder after the best where that is near its end or has left it behind. One call
    /// hands over some moved_max levels at most, however far the market has gone and however many
    /// lie there; the next goes on. Nothing that the book shows changes.
    void recentre() noexcept {
        if (tick_ != 0 && !appending_) {
            move(moved_max);
        }
    }

    /// Whether the invariants hold. Looks at every level.
    [[nodiscard]] bool self_check() const noexcept {
        bool good = far_.self_check() && size() <= levels_max();
        std::size_t bits = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            bits += static_cast<std::size_t>(std::popcount(words_[i]));
            good = good && (words_[i] != 0) == ((summary_[i / word_bits] >> bit_of(i) & 1U) != 0);
        }
        good = good && bits == near_ && (near_ > 0) == (best_ != no_key) && !far_has_slot();
        // Nothing in the best's word is better than it, and what it holds is in the window.
        good = good && (near_ == 0 || (std::countr_zero(word_at(word_of(best_))) == bit_of(best_) &&
                                       best_ >= lowest_ && best_ < top()));
        std::size_t shown = 0;
        std::size_t sure = 0;
        PriceAtoms last{};
        walk([&](const BookLevel& level) {
            good = good && level.qty.value > 0 &&
                   (shown == 0 ? level == best() : is_worse(level.price, last));
            last = level.price;
            sure += is_worse(level.price, edge()) ? 0 : 1;
            return ++shown <= size();
        });
        return good && shown == size() && (edge() == PriceAtoms{} || sure == sure_);
    }

private:
    static constexpr std::int64_t word_bits = 64;
    static constexpr std::int64_t bit_mask = word_bits - 1;
    // By one recentre(), words that are passed over counted in: what a message that comes in
    // between waits for. The last word may add its 64.
    static constexpr std::int64_t moved_max = 128;
    static constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
    static constexpr std::int64_t no_key = std::numeric_limits<std::int64_t>::min();
    // Far from where a sum of keys and ticks runs over.
    static constexpr std::int64_t key_max = std::int64_t{1} << 60;
    static constexpr std::int64_t tick_max = std::int64_t{1} << 40;
    static_assert(tick_max < key_max / static_cast<std::int64_t>(ticks_max));

    using Walker = typename SortedLevels<side>::Walker;

    [[nodiscard]] static bool is_worse(PriceAtoms a, PriceAtoms b) noexcept {
        return side == Side::buy ? a < b : a > b;
    }

    [[nodiscard]] std::int64_t ticks() const noexcept {
        return static_cast<std::int64_t>(slot_mask_) + 1;
    }
    // Slots kept free for better prices: moved when fewer, or when so many that those behind the
    // best become few. Far enough apart that a market to and fro moves nothing.
    [[nodiscard]] std::int64_t room_least() const noexcept { return ticks() / 32; }
    [[nodiscard]] std::int64_t room_most() const noexcept { return ticks() / 8 + word_bits; }

    [[nodiscard]] std::size_t slot_of(std::int64_t key) const noexcept {
        return static_cast<std::size_t>(key) & slot_mask_;
    }
    template <class Number>
    [[nodiscard]] static int bit_of(Number number) noexcept {
        return static_cast<int>(~static_cast<std::uint64_t>(number) & bit_mask);
    }
    [[nodiscard]] std::size_t word_of(std::int64_t key) const noexcept {
        return slot_of(key) / word_bits;
    }
    [[nodiscard]] PriceAtoms price_of(std::int64_t key) const noexcept {
        return PriceAtoms{(side == Side::buy ? key : -key) * tick_};
    }
    [[nodiscard]] BookLevel at(std::int64_t key) const noexcept {
        return {price_of(key), quantities_.data()[slot_of(key)]};
    }

    // The key of a price's slot; no_key where it has none: it may lie outside the window, and need
    // not be a multiple of the tick.
    [[nodiscard]] std::int64_t find(PriceAtoms price) const noexcept {
        // The exact quotient by the inverse modulo 2^64; what is no multiple gives more than any
        // quotient can be.
        const std::uint64_t count =
            std::rotr(static_cast<std::uint64_t>(price.value) * inverse_, shift_);
        const auto key = static_cast<std::int64_t>(side == Side::buy ? count : -count);
        const auto above = static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(lowest_);
        return count <= count_max_ && above < static_cast<std::uint64_t>(span_) ? key : no_key;
    }
    // The slot at or beside any price.
    [[nodiscard]] std::int64_t key_beside(PriceAtoms price) const noexcept {
        const std::int64_t count = std::min(price.value / tick_, key_max);
        return side == Side::buy ? count : -count;
    }

    // `i` is of word_of() here and below: masked, so that no bounds need to be checked.
    [[nodiscard]] std::uint64_t word_at(std::size_t i) const noexcept { return words_.data()[i]; }
    void put_word(std::size_t i, std::uint64_t word) noexcept {
        words_.data()[i] = word;
        std::uint64_t& summary = summary_.data()[i / word_bits];
        const int bit = bit_of(i);
        summary = (summary & ~(std::uint64_t{1} << bit)) | std::uint64_t{word != 0} << bit;
    }

    // The next key below `key` whose bit is set. Requires: none above is, so that nothing better
    // lies around the ring.
    [[nodiscard]] std::int64_t worse_than(std::int64_t key) const noexcept {
        const std::size_t i = word_of(key);
        const std::int64_t last = key | bit_mask;
        if (const std::uint64_t rest = word_at(i) & behind(key); rest != 0) {
            return last - std::countr_zero(rest);
        }
        const std::size_t found = word_before(i);
        const auto steps = static_cast<std::int64_t>((i - found) & (words_.size() - 1));
        return steps == 0 ? no_key : last - steps * word_bits - std::countr_zero(word_at(found));
    }
    // The nearest word before `i` around the ring that is not empty; `i` where there is none.
    [[nodiscard]] std::size_t word_before(std::size_t i) const noexcept {
        std::size_t j = i / word_bits;
        std::uint64_t word = summary_.data()[j] & behind(i);
        for (std::size_t n = 0; word == 0 && n < summary_.size(); ++n) {
            j = (j - 1) & (summary_.size() - 1);
            word = summary_.data()[j];
        }
        return word == 0
                   ? i
                   : (j + 1) * word_bits - 1 - static_cast<std::size_t>(std::countr_zero(word));
    }
    // The bits of those in its word that are lower.
    template <class Number>
    [[nodiscard]] static std::uint64_t behind(Number number) noexcept {
        return ~std::uint64_t{1} << bit_of(number);
    }

    [[nodiscard]] BookLevel best_far() const noexcept { return *Walker(far_).level(); }

    [[nodiscard]] bool set_far(const BookLevel& level) noexcept {
        const bool full = size() == levels_max();
        if (full && level.qty.value != 0 && far_.qty_at(level.price).value == 0) {
            return false;
        }
        const std::size_t before = far_.size();
        const bool fits = far_.set(level);
        verify(fits);
        note(level.price, far_.size() - before);
        return true;
    }
    // `change` levels (none, or one more or less) at `price`.
    void note(PriceAtoms price, std::size_t change) noexcept {
        sure_ += is_worse(price, edge()) ? 0 : change;
    }

    [[nodiscard]] std::int64_t top() const noexcept { return lowest_ + span_; }

    // Brings the window to the best and to its full length, from the top down, as far as `left`
    // levels handed over, to the blocks or back, allow.
    void move(std::int64_t left) noexcept {
        if (tick_ == 0 || size() == 0) {
            return;
        }
        const std::int64_t best = key_beside(this->best().price);
        while (near_ > 0 && best - top() > ticks() && left > 0) {
            left -= give_up_word();  // the market has jumped: nothing here will be of use
        }
        const bool outside = best + room_least() >= top() || best + room_most() < top() - 1;
        if (near_ == 0 && (span_ == 0 || outside)) {
            lowest_ = (best + ticks() / 16 + bit_mask) & ~bit_mask;
            span_ = 0;
        }
        while (left > 0 && best + room_least() >= top()) {
            left -= span_ == ticks() ? give_up_word() : 0;
            span_ += word_bits;
            left -= take_word(top() - word_bits);
        }
        if (span_ > 0 && best + room_most() < top() - 1) {
            // Nothing is better than the best: words that are given up here are empty.
            span_ -= (top() - 1 - best - room_most() + bit_mask) & ~bit_mask;
        }
        while (left > 0 && span_ < ticks()) {
            lowest_ -= word_bits;
            span_ += word_bits;
            left -= take_word(lowest_);
        }
    }
    // The worst word of the window goes to the blocks. What it cost, in levels.
    std::int64_t give_up_word() noexcept {
        const std::size_t i = word_of(lowest_);
        const std::int64_t last = lowest_ + bit_mask;
        std::int64_t cost = 1;
        for (std::uint64_t rest = word_at(i); rest != 0;) {  // worst first: each behind the other
            const int bit = bit_mask - std::countl_zero(rest);
            rest ^= std::uint64_t{1} << bit;
            const bool fits = far_.set(at(last - bit));
            verify(fits);
            --near_;
            ++cost;
        }
        put_word(i, 0);
        lowest_ += word_bits;
        span_ -= word_bits;
        best_ = near_ > 0 ? best_ : no_key;
        return cost;
    }
    // What has a slot in the word of the window that begins with `key` comes out of the blocks.
    std::int64_t take_word(std::int64_t key) noexcept {
        const auto price_beside = [this](std::int64_t any) {
            return price_of(std::clamp(any, -key_of_highest(), key_of_highest()));
        };
        const std::size_t shown = far_.take_if(
            price_beside(key), price_beside(key + bit_mask), [this](const auto& level) {
                const std::int64_t at = find(level.price);
                if (at == no_key) {
                    return false;
                }
                const std::size_t i = word_of(at);
                put_word(i, word_at(i) | std::uint64_t{1} << bit_of(at));
                quantities_.data()[slot_of(at)] = level.qty;
                best_ = std::max(best_, at);
                ++near_;
                return true;
            });
        return 1 + static_cast<std::int64_t>(shown);
    }
    [[nodiscard]] std::int64_t key_of_highest() const noexcept {
        return static_cast<std::int64_t>(count_max_);
    }
    [[nodiscard]] bool far_has_slot() const noexcept {
        for (Walker far(far_); far.level() != nullptr; far.advance()) {
            if (find(far.level()->price) != no_key) {
                return true;
            }
        }
        return false;
    }

    SortedLevels<side> far_;
    std::vector<QtyAtoms> quantities_;
    std::vector<std::uint64_t> words_;
    std::array<std::uint64_t, ticks_max / word_bits / word_bits> summary_{};
    std::size_t slot_mask_;
    std::size_t levels_max_;
    std::int64_t lowest_{};  // key of the worst slot, a multiple of 64
    std::int64_t best_{no_key};
    std::size_t near_{};
    std::size_t sure_{};   // levels not worse than the edge
    std::int64_t span_{};  // slots from there on, a multiple of 64; no more than `ticks`
    std::int64_t tick_{};
    std::uint64_t inverse_{};    // of the tick's odd part
    std::uint64_t count_max_{};  // most ticks that a price with a slot can have
    int shift_{};                // of the tick's factors of two
    bool appending_{};
};

}  // namespace portcullis::engine
