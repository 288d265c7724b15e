// Seqlock: the latest value of something, written by one thread, read by any number of them.
//
// Readers never slow the writer down: they copy, then look whether the writer was there meanwhile,
// and if so try again. A mutex would let a console's reader stop the core thread. The value is
// copied as atomic words, because a plain memcpy that races is undefined behaviour even when its
// result is thrown away. Release and acquire stand on the words instead of fences around them: the
// machine code is the same on x86-64, and ThreadSanitizer understands it.
//
// Writer: one thread. Readers: any. Invariant: sequence_ is odd while a store is under way, and a
// value whose sequence was even and the same before and after the copy is one that was stored.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "engine/types/capacity.hpp"

namespace portcullis::engine {

template <class T>
class alignas(capacity::cache_line) Seqlock {
    static_assert(std::is_trivially_copyable_v<T>, "copied as words");
    static_assert(std::is_nothrow_default_constructible_v<T>);
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

public:
    Seqlock() noexcept : Seqlock(T{}) {}
    explicit Seqlock(const T& value) noexcept { store(value); }
    Seqlock(const Seqlock&) = delete;
    Seqlock& operator=(const Seqlock&) = delete;

    /// The writer's side.
    void store(const T& value) noexcept {
        Words copy{};
        std::memcpy(copy.data(), &value, sizeof(T));
        // relaxed: only this thread writes it.
        const std::uint64_t before = sequence_.load(std::memory_order_relaxed);
        // relaxed: each word below is a release store behind it, so who sees a new word sees this.
        sequence_.store(before + 1, std::memory_order_relaxed);
        for (std::size_t i = 0; i < word_count; ++i) {
            // release: carries the odd sequence to whoever reads this word.
            words_[i].store(copy[i], std::memory_order_release);
        }
        // release: all words are written before the sequence is even again.
        sequence_.store(before + 2, std::memory_order_release);
    }

    /// The value, or nothing when a store was under way.
    [[nodiscard]] std::optional<T> try_load() const noexcept {
        Words copy;
        // acquire: the words of this sequence, or newer ones, are what we read below.
        const std::uint64_t before = sequence_.load(std::memory_order_acquire);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < word_count; ++i) {
            // acquire: a word of a newer store brings that store's odd sequence with it.
            copy[i] = words_[i].load(std::memory_order_acquire);
        }
        // relaxed: the acquires above keep it behind the words.
        const std::uint64_t after = sequence_.load(std::memory_order_relaxed);
        if (before != after || before % 2 != 0) {
            return std::nullopt;
        }
        T value;
        std::memcpy(static_cast<void*>(&value), copy.data(), sizeof(T));
        return value;
    }

    /// Tries until it has a value. For cold readers: the writer's stores are short and rare.
    [[nodiscard]] T load() const noexcept {
        for (;;) {
            if (const std::optional<T> value = try_load()) {
                return *value;
            }
        }
    }

    /// Rises with every store; a reader that only wants news compares it.
    [[nodiscard]] std::uint64_t version() const noexcept {
        // acquire: a load() after this is at least as new.
        return sequence_.load(std::memory_order_acquire) / 2;
    }

private:
    static constexpr std::size_t word_count = (sizeof(T) + 7) / 8;
    using Words = std::array<std::uint64_t, word_count>;

    std::atomic<std::uint64_t> sequence_{};
    std::array<std::atomic<std::uint64_t>, word_count> words_{};
};

}  // namespace portcullis::engine
