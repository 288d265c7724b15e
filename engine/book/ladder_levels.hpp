// LadderLevels: one side of a book as a price ladder, a slot for each tick at and behind the best,
// and beside it the sorted array for what has no slot.
//
// In a sorted array each new or removed level moves all that are better; in a ladder it is a store
// and a bit. But real messages carry levels at half the mid price, so the ladder is a window of
// ticks. It is a ring: moving it by 64 ticks hands the levels of one word over to the array, or
// takes some back, and nothing else moves. recentre() does that, on a timer, off the path of a
// message. Until then, and where the market jumps past the window, levels go to the array: slower,
// never wrong. So do prices that are no multiple of the tick (where a venue has raised it).
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
// numbered by keys: ticks, counted so that higher is better on either side.
//
// Memory a side: 16 bytes for each of levels_max, 8 and a bit for each tick: with 16,384 levels
// 386 KiB at 16,384 ticks and 289 KiB at 4,096. Owner: L2Book. Invariants: 1. a level is in its
// slot or, where it has none, in the array; 2. every quantity is positive; 3. best_ is the highest
// key whose slot is taken; 4. no allocation after the constructor. From the first append to
// end_snapshot the levels lie in the array as they came, and only append and set_tick may be
// called.
template <Side side>
class LadderLevels {
public:
    static constexpr std::size_t ticks_min = 512;
    static constexpr std::size_t ticks_max = 16384;

    /// `ticks`: slots of the ladder, a power of two from ticks_min to ticks_max. Until a tick is
    /// told there is no ladder, and everything is in the array.
    LadderLevels(std::size_t levels_max, std::size_t ticks)
        : far_(levels_max),
          quantities_(ticks),
          words_(ticks / word_bits),
          slot_mask_(ticks - 1),
          levels_max_(levels_max) {
        verify(std::has_single_bit(ticks) && ticks >= ticks_min && ticks <= ticks_max);
    }

    /// The distance of neighbouring slots; zero or less: no ladder. What is in the book stays.
    void set_tick(PriceAtoms tick) noexcept {
        if (tick.value == tick_) {
            return;
        }
        span_ = 0;
        raise(ticks() / word_bits);
        tick_ = tick.value > 0 && tick.value <= tick_max ? tick.value : 0;
        if (tick_ == 0) {
            return;
        }
        span_ = quantities_.size();
        shift_ = std::countr_zero(static_cast<std::uint64_t>(tick_));
        const std::uint64_t odd = static_cast<std::uint64_t>(tick_) >> shift_;
        inverse_ = odd;  // right in three bits; each step doubles them
        for (int i = 0; i < 5; ++i) {
            inverse_ *= 2 - odd * inverse_;
        }
        count_max_ = static_cast<std::uint64_t>(
            std::min(std::numeric_limits<std::int64_t>::max() / tick_, key_max));
        if (!appending_) {
            place();
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return near_ + far_.size(); }
    [[nodiscard]] std::size_t levels_max() const noexcept { return levels_max_; }
    /// Levels that are in the ladder.
    [[nodiscard]] std::size_t near() const noexcept { return near_; }

    [[nodiscard]] BookLevel best() const noexcept {
        verify(size() > 0);
        if (near_ == 0) {
            return far_.level(0);
        }
        const BookLevel inside = at(best_);
        return far_.size() > 0 && is_worse(inside.price, far_.level(0).price) ? far_.level(0)
                                                                              : inside;
    }

    /// Shows the levels from the best on until `visit` returns false.
    template <class Visit>
    void walk(Visit&& visit) const noexcept {
        std::size_t i = 0;
        std::int64_t key = best_;
        while (key != no_key) {  // word by word
            const std::int64_t first = key & ~bit_mask;
            std::uint64_t rest = words_[word_of(key)];
            while (rest != 0) {
                const std::int64_t bit = highest_bit(rest);
                const BookLevel inside = at(first + bit);
                for (; i < far_.size() && is_worse(inside.price, far_.level(i).price); ++i) {
                    if (!visit(far_.level(i))) {
                        return;
                    }
                }
                if (!visit(inside)) {
                    return;
                }
                rest ^= std::uint64_t{1} << bit;
            }
            key = worse_than(first);
        }
        while (i < far_.size() && visit(far_.level(i))) {
            ++i;
        }
    }

    /// Level `i` from the best, in as many steps: who wants several walks. Requires: i < size().
    [[nodiscard]] BookLevel level(std::size_t i) const noexcept {
        verify(i < size());
        if (near_ == 0) {
            return far_.level(i);
        }
        BookLevel found;
        walk([&](const BookLevel& level) {
            found = level;
            return i-- > 0;
        });
        return found;
    }

    /// The quantity at `price`, zero where there is none.
    [[nodiscard]] QtyAtoms qty_at(PriceAtoms price) const noexcept {
        const auto [key, exists] = find(price);
        if (!exists) {
            return far_.qty_at(price);
        }
        const bool taken = (words_[word_of(key)] >> (key & bit_mask) & 1U) != 0;
        return taken ? quantities_[slot_of(key)] : QtyAtoms{};
    }

    void clear() noexcept {
        far_.clear();
        std::fill(words_.begin(), words_.end(), 0);
        summary_.fill(0);
        best_ = no_key;
        near_ = 0;
        sure_ = 0;
        appending_ = false;
    }

    /// Sets the absolute quantity at a price; zero removes, and removing what is not there is
    /// normal. False when there is no room for one more level. Requires: level.qty >= 0.
    [[nodiscard]] bool set(const BookLevel& level) noexcept {
        verify(level.qty.value >= 0);
        const auto [key, exists] = find(level.price);
        if (!exists) {
            return set_far(level);
        }
        // Whether a level is new, changed or removed cannot be predicted: no branch asks.
        const std::size_t i = word_of(key);
        const std::uint64_t word = words_[i];
        const std::uint64_t was = word >> (key & bit_mask) & 1U;
        const std::uint64_t is = level.qty.value != 0 ? 1U : 0U;
        if (size() == levels_max() && is > was) [[unlikely]] {
            return false;
        }
        quantities_[slot_of(key)] = level.qty;
        put_word(i, word ^ (was ^ is) << (key & bit_mask));
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
        place();
        return true;
    }

    /// Whether the best `count` levels are known to be all that there are: behind the end of a cut
    /// snapshot only those levels are known that have changed since.
    [[nodiscard]] bool sure_of(std::size_t count) const noexcept {
        return edge() == PriceAtoms{} || sure_ >= count;
    }
    /// The worst price of a cut snapshot; zero where all was told.
    [[nodiscard]] PriceAtoms edge() const noexcept { return far_.edge(); }

    /// Moves the ladder after the best where that is near its end or has left it behind: a part of
    /// the way at most, so that no call takes long. Nothing that the book shows changes.
    void recentre() noexcept {
        if (span_ == 0 || size() == 0 || appending_) {
            return;
        }
        const std::int64_t room = lowest_ + ticks() - 1 - key_beside(best().price);
        if (room >= room_least() && room <= room_most()) {
            return;
        }
        if (near_ == 0) {
            place();
        } else if (room < room_least()) {
            raise(words_of(room_least() - room));
        } else {
            lowest_ -= words_of(room - room_most()) * word_bits;  // nothing is better than the best
            take_back();
        }
    }

    /// Whether the invariants hold. Looks at every level.
    [[nodiscard]] bool self_check() const noexcept {
        bool good = far_.self_check() && size() <= levels_max();
        std::size_t bits = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            bits += static_cast<std::size_t>(std::popcount(words_[i]));
            good =
                good && (words_[i] != 0) == ((summary_[i / word_bits] >> i % word_bits & 1U) != 0);
        }
        good = good && bits == near_ && (near_ > 0) == (best_ != no_key) && !far_has_slot();
        good = good && (near_ == 0 || words_[word_of(best_)] >> (best_ & bit_mask) == 1);
        std::size_t shown = 0;
        std::size_t sure = 0;
        PriceAtoms last{};
        walk([&](const BookLevel& level) {
            good = good && level.qty.value > 0 && (shown == 0 || is_worse(level.price, last));
            last = level.price;
            sure += is_worse(level.price, edge()) ? 0 : 1;
            return ++shown <= size();
        });
        return good && shown == size() && (edge() == PriceAtoms{} || sure == sure_);
    }

private:
    static constexpr std::int64_t word_bits = 64;
    static constexpr std::int64_t bit_mask = word_bits - 1;
    static constexpr std::int64_t words_moved_max = 16;  // by one recentre()
    static constexpr std::int64_t no_key = std::numeric_limits<std::int64_t>::min();
    // Far from where a sum of keys and ticks runs over.
    static constexpr std::int64_t key_max = std::int64_t{1} << 60;
    static constexpr std::int64_t tick_max = std::int64_t{1} << 40;
    static_assert(tick_max < key_max / static_cast<std::int64_t>(ticks_max));

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
    [[nodiscard]] std::size_t word_of(std::int64_t key) const noexcept {
        return slot_of(key) / word_bits;
    }
    [[nodiscard]] PriceAtoms price_of(std::int64_t key) const noexcept {
        return PriceAtoms{(side == Side::buy ? key : -key) * tick_};
    }
    [[nodiscard]] BookLevel at(std::int64_t key) const noexcept {
        return {price_of(key), quantities_[slot_of(key)]};
    }

    // Where a price would be, and whether it is there: it need not be a multiple of the tick.
    struct Slot {
        std::int64_t key{};
        bool exists{};
    };
    [[nodiscard]] Slot find(PriceAtoms price) const noexcept {
        // The exact quotient by the inverse modulo 2^64; what is no multiple gives more than any
        // quotient can be.
        const std::uint64_t count =
            std::rotr(static_cast<std::uint64_t>(price.value) * inverse_, shift_);
        const auto key = static_cast<std::int64_t>(side == Side::buy ? count : -count);
        const auto above = static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(lowest_);
        return {key, count <= count_max_ && above < span_};
    }
    // The slot at or beside any price.
    [[nodiscard]] std::int64_t key_beside(PriceAtoms price) const noexcept {
        const std::int64_t count = std::min(price.value / tick_, key_max);
        return side == Side::buy ? count : -count;
    }

    void put_word(std::size_t i, std::uint64_t word) noexcept {
        words_[i] = word;
        std::uint64_t& summary = summary_[i / word_bits];
        const std::uint64_t bit = i % word_bits;
        summary = (summary & ~(std::uint64_t{1} << bit)) | std::uint64_t{word != 0} << bit;
    }

    // The next key below `key` whose bit is set.
    [[nodiscard]] std::int64_t worse_than(std::int64_t key) const noexcept {
        const std::size_t i = word_of(key);
        const std::int64_t first = key & ~bit_mask;
        if (const std::uint64_t rest = words_[i] & low_bits(key & bit_mask); rest != 0) {
            return first + highest_bit(rest);
        }
        const std::size_t found = word_before(i);
        const auto steps = static_cast<std::int64_t>((i - found) & (words_.size() - 1));
        const std::int64_t lower = first - steps * word_bits;
        // Around the ring lie the better ones.
        return steps == 0 || lower < lowest_ ? no_key : lower + highest_bit(words_[found]);
    }
    // The nearest word before `i` around the ring that is not empty; `i` where there is none.
    [[nodiscard]] std::size_t word_before(std::size_t i) const noexcept {
        const std::size_t at = i / word_bits;
        std::uint64_t word = summary_[at] & low_bits(static_cast<std::int64_t>(i % word_bits));
        std::size_t j = at;
        for (std::size_t n = 0; word == 0 && n < summary_.size(); ++n) {
            j = (j - 1) & (summary_.size() - 1);
            word = summary_[j];
        }
        return word == 0 ? i : j * word_bits + static_cast<std::size_t>(highest_bit(word));
    }
    [[nodiscard]] static std::uint64_t low_bits(std::int64_t count) noexcept {
        return (std::uint64_t{1} << count) - 1;
    }
    [[nodiscard]] static std::int64_t highest_bit(std::uint64_t word) noexcept {
        return bit_mask - std::countl_zero(word);
    }

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

    [[nodiscard]] static std::int64_t words_of(std::int64_t count) noexcept {
        return std::min((count + word_bits - 1) / word_bits, words_moved_max);
    }
    // The ladder around the best, where there are both. Requires: no level is in it.
    void place() noexcept {
        if (span_ > 0 && far_.size() > 0) {
            const std::int64_t key = key_beside(far_.level(0).price) - ticks() + ticks() / 16;
            lowest_ = (key + bit_mask) & ~bit_mask;
            take_back();
        }
    }
    // Moves the ladder up: the worst words go to the array.
    void raise(std::int64_t words) noexcept {
        for (; words > 0; --words) {
            const std::size_t i = word_of(lowest_);
            for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
                const bool fits = far_.set(at(lowest_ + std::countr_zero(rest)));
                verify(fits);
                --near_;
            }
            put_word(i, 0);
            lowest_ += word_bits;
        }
        best_ = near_ > 0 ? best_ : no_key;
        if (span_ != 0) {
            take_back();
        }
    }
    // What has a slot now comes out of the array.
    void take_back() noexcept {
        const std::int64_t limit = std::clamp(lowest_, -key_of_highest(), key_of_highest());
        far_.take_if(price_of(limit), [this](const BookLevel& level) {
            const Slot slot = find(level.price);
            if (slot.exists) {
                const std::size_t i = word_of(slot.key);
                put_word(i, words_[i] | std::uint64_t{1} << (slot.key & bit_mask));
                quantities_[slot_of(slot.key)] = level.qty;
                best_ = std::max(best_, slot.key);
                ++near_;
            }
            return slot.exists;
        });
    }
    [[nodiscard]] std::int64_t key_of_highest() const noexcept {
        return static_cast<std::int64_t>(count_max_);
    }
    [[nodiscard]] bool far_has_slot() const noexcept {
        for (std::size_t i = 0; i < far_.size(); ++i) {
            if (find(far_.level(i).price).exists) {
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
    std::size_t sure_{};    // levels not worse than the edge
    std::uint64_t span_{};  // slots; none while there is no tick
    std::int64_t tick_{};
    std::uint64_t inverse_{};    // of the tick's odd part
    std::uint64_t count_max_{};  // most ticks that a price with a slot can have
    int shift_{};                // of the tick's factors of two
    bool appending_{};
};

}  // namespace portcullis::engine
