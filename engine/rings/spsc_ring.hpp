// SpscRing: the only way for an item to go from one agent's thread to another's.
//
// One producer, one consumer, fixed capacity. Each slot carries its own sequence number beside the
// item, so that an item and the news that it is there travel in one cache line. The usual ring, two
// shared indices beside an array, moves a second line for each hand-off and was slower both in
// latency and in throughput, with and without cached indices (bench: ring.*).
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "engine/types/capacity.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

// For position p, slot p % Capacity holds
//
//     sequence == p             free, to be written by the producer as position p
//     sequence == p + 1         full, to be read by the consumer as position p
//     sequence == p + Capacity  free again, a lap later
//
// Items may be move-only (an Approved order is): they are constructed in the slot, handed to the
// consumer as T&& and destroyed in place. Positions wrap around at the width of Index.
//
// Writer of head_: the producer. Writer of tail_: the consumer. Invariants: 1. a full ring refuses
// and leaves the item with the caller, nothing is overwritten or dropped; 2. items come out in the
// order in which they went in, each once; 3. no allocation after the constructor.
template <class T, std::size_t Capacity, std::unsigned_integral Index = std::uint64_t>
class SpscRing {
    static_assert(std::has_single_bit(Capacity), "slots are found by mask");
    static_assert(Capacity >= 2, "full and free of one slot must differ");
    static_assert(Capacity - 1 <= std::numeric_limits<Index>::max() / 2,
                  "p + 1 and p + Capacity must stay apart when positions wrap");
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>);
    static_assert(std::atomic<Index>::is_always_lock_free);

public:
    using value_type = T;

    SpscRing() : slots_(std::make_unique<Slot[]>(Capacity)) {
        for (std::size_t i = 0; i < Capacity; ++i) {
            // relaxed: no other thread has the ring yet. Touches every page before the first push.
            slots_[i].sequence.store(static_cast<Index>(i), std::memory_order_relaxed);
        }
    }
    /// Requires: neither side is at work any more.
    ~SpscRing() {
        while (try_consume([](T&&) {})) {
        }
    }
    SpscRing(const SpscRing&) = delete;
    SpscRing& operator=(const SpscRing&) = delete;

    [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }

    // --- the producer's side

    /// False when the ring is full; `item` is then untouched.
    [[nodiscard]] bool try_push(T&& item) noexcept { return emplace(std::move(item)); }
    [[nodiscard]] bool try_push(
        const T& item) noexcept requires std::is_nothrow_copy_constructible_v<T> {
        return emplace(item);
    }

    /// Whether `count` pushes from here on will succeed: for messages of several items, of which
    /// either all cross or none. One look at one slot.
    [[nodiscard]] bool has_room(std::size_t count) const noexcept {
        if (count == 0) {
            return true;
        }
        // Slots are freed in order: when the last one needed is free, so are those before it.
        return count <= Capacity && is_free(static_cast<Index>(head_ + count - 1));
    }

    /// How many pushes will succeed at least; exact while the consumer rests. For counters and
    /// tests: a binary search (a producer asks has_room).
    [[nodiscard]] std::size_t room() const noexcept {
        std::size_t low = 0;
        std::size_t high = Capacity;
        while (low < high) {
            const std::size_t middle = low + (high - low + 1) / 2;
            if (has_room(middle)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    // --- the consumer's side

    /// Hands the oldest item to `consume` as T&& and frees its slot; false when there is none. The
    /// slot is freed when `consume` returns. Requires: `consume` does not consume from this ring.
    template <std::invocable<T&&> F>
    [[nodiscard]] bool try_consume(F&& consume) {
        Slot& slot = slot_at(tail_);
        // acquire: the producer's writes to the item happen before our reads of it.
        if (slot.sequence.load(std::memory_order_acquire) != static_cast<Index>(tail_ + 1)) {
            return false;
        }
        T* item = std::launder(reinterpret_cast<T*>(slot.bytes));
        std::forward<F>(consume)(std::move(*item));
        item->~T();
        // release: our reads and the destructor happen before the producer's next write here.
        slot.sequence.store(static_cast<Index>(tail_ + Capacity), std::memory_order_release);
        ++tail_;
        return true;
    }

    /// Whether try_consume would find nothing. For the consumer only: the producer has has_room.
    [[nodiscard]] bool empty() const noexcept {
        // relaxed: nothing of the item is read on the strength of this.
        return slot_at(tail_).sequence.load(std::memory_order_relaxed) !=
               static_cast<Index>(tail_ + 1);
    }

private:
    // A line (or lines) of its own, so that producer and consumer on neighbouring slots do not
    // contend.
    struct alignas(capacity::cache_line) alignas(T) Slot {
        unsigned char bytes[sizeof(T)];
        std::atomic<Index> sequence;
    };

    [[nodiscard]] Slot& slot_at(Index position) const noexcept {
        return slots_[position & (Capacity - 1)];
    }

    [[nodiscard]] bool is_free(Index position) const noexcept {
        // acquire: the consumer's reads and destructor happen before our write of the item.
        return slot_at(position).sequence.load(std::memory_order_acquire) == position;
    }

    template <class U>
    [[nodiscard]] bool emplace(U&& item) noexcept {
        if (!is_free(head_)) {
            return false;
        }
        Slot& slot = slot_at(head_);
        ::new (static_cast<void*>(slot.bytes)) T(std::forward<U>(item));
        ++head_;
        // release: the item is written before the consumer can see that it is there.
        slot.sequence.store(head_, std::memory_order_release);
        return true;
    }

    const std::unique_ptr<Slot[]> slots_;
    alignas(capacity::cache_line) Index head_{};  ///< producer: position of the next push
    alignas(capacity::cache_line) Index tail_{};  ///< consumer: position of the next item
};

}  // namespace portcullis::engine
