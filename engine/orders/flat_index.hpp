// FlatIndex: a hash map from a 64-bit key to a 32-bit number, of fixed size, without allocation
// after construction.
//
// Open addressing with linear probing, and deletion by shifting back, so that there are no
// tombstones and a table that has run for a year looks as one that has run for a second.
// std::unordered_map allocates a node per key. At most half full by contract: the owner bounds the
// number of keys. Iteration is not offered: its order would depend on the hash. Thread: owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/types/verify.hpp"

namespace portcullis::engine {

class FlatIndex {
public:
    /// Room for `keys_max` keys. Requires: a power of two.
    explicit FlatIndex(std::size_t keys_max)
        : cells_(keys_max * 2), mask_(keys_max * 2 - 1), keys_max_(keys_max) {
        verify(keys_max > 0 && (keys_max & (keys_max - 1)) == 0);
    }

    [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t key) const noexcept {
        for (std::size_t i = home(key);; i = (i + 1) & mask_) {
            if (!cells_[i].used) {
                return std::nullopt;
            }
            if (cells_[i].key == key) {
                return cells_[i].value;
            }
        }
    }
    /// Requires: the key is absent and there is room (both verified).
    void insert(std::uint64_t key, std::uint32_t value) noexcept {
        verify(count_ < keys_max_);
        std::size_t i = home(key);
        while (cells_[i].used) {
            verify(cells_[i].key != key);
            i = (i + 1) & mask_;
        }
        cells_[i] = Cell{key, value, 1};
        ++count_;
    }
    /// Requires: the key is present (verified).
    void erase(std::uint64_t key) noexcept {
        std::size_t hole = home(key);
        while (!(cells_[hole].used && cells_[hole].key == key)) {
            verify(cells_[hole].used);
            hole = (hole + 1) & mask_;
        }
        // Whatever was pushed past the hole by a collision moves into it.
        for (std::size_t i = (hole + 1) & mask_; cells_[i].used; i = (i + 1) & mask_) {
            const std::size_t wanted = home(cells_[i].key);
            if (((i - wanted) & mask_) >= ((i - hole) & mask_)) {
                cells_[hole] = cells_[i];
                hole = i;
            }
        }
        cells_[hole] = Cell{};
        --count_;
    }
    /// The cell of a key that will be asked for or inserted soon.
    void prefetch(std::uint64_t key) const noexcept {
        __builtin_prefetch(&cells_.data()[home(key)]);
    }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    struct Cell {
        std::uint64_t key{};
        std::uint32_t value{};
        std::uint32_t used{};
    };
    [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept {
        key *= 0x9e3779b97f4a7c15ULL;
        return static_cast<std::size_t>(key ^ (key >> 32)) & mask_;
    }

    std::vector<Cell> cells_;
    std::size_t mask_;
    std::size_t keys_max_;
    std::size_t count_{};
};

}  // namespace portcullis::engine
