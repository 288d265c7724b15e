// IdSet: a set of instruments, assets or strategies, one bit each.
//
// Sets of ids are asked on ticks (the universe of a strategy) and walked on timers (what is to be
// cancelled): both are a word's worth of work each 64 ids, without memory of their own.
// std::bitset has no walk over its members. Trivially copyable. Thread: owner's.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

template <class Id, std::size_t Capacity>
class IdSet {
public:
    static constexpr std::size_t word_bits = 64;
    static constexpr std::size_t word_count = Capacity / word_bits;
    static_assert(Capacity % word_bits == 0, "every bit of a word is an id");

    constexpr IdSet() noexcept = default;
    [[nodiscard]] static constexpr IdSet of(Id id) noexcept {
        IdSet set;
        set.add(id);
        return set;
    }
    /// Of ids below 64: bit i is id i.
    [[nodiscard]] static constexpr IdSet of_bits(std::uint64_t bits) noexcept {
        IdSet set;
        set.words_[0] = bits;
        return set;
    }
    /// The other way of word().
    [[nodiscard]] static constexpr IdSet of_words(
        const std::array<std::uint64_t, word_count>& words) noexcept {
        IdSet set;
        set.words_ = words;
        return set;
    }
    /// Ids 0 to count - 1. Requires: count <= Capacity.
    [[nodiscard]] static constexpr IdSet first(std::size_t count) noexcept {
        verify(count <= Capacity);
        IdSet set;
        for (std::size_t i = 0; i < word_count; ++i) {
            const std::size_t before = i * word_bits;
            set.words_[i] = count >= before + word_bits ? ~std::uint64_t{0}
                            : count > before            ? (std::uint64_t{1} << (count - before)) - 1
                                                        : 0;
        }
        return set;
    }
    [[nodiscard]] static constexpr IdSet all() noexcept { return first(Capacity); }

    /// Requires: the id is within capacity.
    constexpr void add(Id id) noexcept {
        verify(id.value < Capacity);
        words_[id.value / word_bits] |= bit(id);
    }
    constexpr void remove(Id id) noexcept {
        if (id.value < Capacity) {
            words_[id.value / word_bits] &= ~bit(id);
        }
    }
    /// No set has an id beyond capacity.
    [[nodiscard]] constexpr bool has(Id id) const noexcept {
        return id.value < Capacity && (words_[id.value / word_bits] & bit(id)) != 0;
    }
    [[nodiscard]] constexpr bool empty() const noexcept {
        std::uint64_t any = 0;
        for (const std::uint64_t word : words_) {
            any |= word;
        }
        return any == 0;
    }
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        std::size_t count = 0;
        for (const std::uint64_t word : words_) {
            count += static_cast<std::size_t>(std::popcount(word));
        }
        return count;
    }
    /// The lowest. Requires: not empty.
    [[nodiscard]] constexpr Id lowest() const noexcept {
        for (std::size_t i = 0; i < word_count; ++i) {
            if (words_[i] != 0) {
                return id_of(i, words_[i]);
            }
        }
        verify(false);
        return Id{};
    }
    /// Calls visit(id) for each, in rising order, as the set is when the walk comes to its word.
    template <class Visit>
    constexpr void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < word_count; ++i) {
            for (std::uint64_t left = words_[i]; left != 0; left &= left - 1) {
                visit(id_of(i, left));
            }
        }
    }

    constexpr IdSet& operator|=(const IdSet& other) noexcept {
        for (std::size_t i = 0; i < word_count; ++i) {
            words_[i] |= other.words_[i];
        }
        return *this;
    }
    constexpr IdSet& operator&=(const IdSet& other) noexcept {
        for (std::size_t i = 0; i < word_count; ++i) {
            words_[i] &= other.words_[i];
        }
        return *this;
    }
    /// Takes out what `other` has.
    constexpr IdSet& operator-=(const IdSet& other) noexcept {
        for (std::size_t i = 0; i < word_count; ++i) {
            words_[i] &= ~other.words_[i];
        }
        return *this;
    }
    [[nodiscard]] friend constexpr IdSet operator|(IdSet one, const IdSet& other) noexcept {
        return one |= other;
    }
    [[nodiscard]] friend constexpr IdSet operator&(IdSet one, const IdSet& other) noexcept {
        return one &= other;
    }
    [[nodiscard]] friend constexpr IdSet operator-(IdSet one, const IdSet& other) noexcept {
        return one -= other;
    }
    friend constexpr bool operator==(const IdSet&, const IdSet&) noexcept = default;

    /// Sixty-four ids, as an event carries them: bit i of word w is id 64 w + i.
    [[nodiscard]] constexpr std::uint64_t word(std::size_t index) const noexcept {
        return words_[index];
    }
    /// Where the bit of `id` lies, for who prefetches it. Requires: within capacity.
    [[nodiscard]] constexpr const std::uint64_t* word_of(Id id) const noexcept {
        return words_.data() + id.value / word_bits;
    }
    constexpr void hash(StateHasher& hasher) const noexcept {
        for (const std::uint64_t word : words_) {
            hasher.add(word);
        }
    }

private:
    [[nodiscard]] static constexpr std::uint64_t bit(Id id) noexcept {
        return std::uint64_t{1} << (id.value % word_bits);
    }
    [[nodiscard]] static constexpr Id id_of(std::size_t word, std::uint64_t bits) noexcept {
        const auto within = static_cast<std::size_t>(std::countr_zero(bits));
        return Id{static_cast<typename Id::rep>(word * word_bits + within)};
    }

    std::array<std::uint64_t, word_count> words_{};
};

using InstrumentSet = IdSet<InstrumentId, capacity::instruments>;
using StrategyIds = IdSet<StrategyId, capacity::strategies>;
using AssetSet = IdSet<AssetId, capacity::assets>;
using ReasonSet = IdSet<ReasonId, capacity::deny_reasons>;

}  // namespace portcullis::engine
