// TextBuffer: text that grows at its end, in fixed memory.
//
// Overflow is remembered and told at the end, never written past. Behind the capacity lies slack,
// so that short texts are copied as whole blocks and numbers are written where they will stand: a
// copy of a size known only at run time is a call, and a frame has some thirty.
// Invariants: 1. size <= capacity; 2. nothing behind capacity + slack is written. Owner: a writer.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/types/decimal.hpp"

namespace portcullis::gateways {

/// A constant of the protocol in a block, so that the one of several that an order needs is
/// appended without a call.
template <std::size_t Block>
struct TextBlock {
    std::array<char, Block> bytes{};
    std::size_t size{};

    template <std::size_t Size>
    constexpr TextBlock(const char (&text)[Size]) noexcept : size(Size - 1) {
        static_assert(Size - 1 <= Block);
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = text[i];
        }
    }
};

template <std::size_t Capacity>
class TextBuffer {
public:
    /// Largest block that may be copied whole, and longest number that is written in place.
    static constexpr std::size_t slack = 64;
    static_assert(slack >= engine::decimal_text_max);

    void clear() noexcept {
        size_ = 0;
        overflow_ = false;
    }
    void append(std::string_view text) noexcept {
        if (text.empty() || !room(text.size())) {
            return;  // an empty view may have no data at all, which memcpy does not take
        }
        std::memcpy(end(), text.data(), text.size());
        size_ += text.size();
    }
    /// A literal: its size is known, its copy is a few moves.
    template <std::size_t Size>
    void append(const char (&text)[Size]) noexcept {
        if (!room(Size - 1)) {
            return;
        }
        std::memcpy(end(), text, Size - 1);
        size_ += Size - 1;
    }
    void append(char c) noexcept {
        if (!room(1)) {
            return;
        }
        *end() = c;
        ++size_;
    }
    /// The first `size` bytes of a block, of which all are copied.
    template <std::size_t Block>
    void append_block(const std::array<char, Block>& block, std::size_t size) noexcept {
        static_assert(Block <= slack);
        if (!room(size)) {
            return;
        }
        std::memcpy(end(), block.data(), Block);
        size_ += size;
    }
    void append_unsigned(std::uint64_t value) noexcept {
        grow(engine::format_unsigned(value, end()));
    }
    /// `atoms` with exactly `decimals` places.
    void append_decimal(std::int64_t atoms, int decimals) noexcept {
        grow(engine::format_decimal(atoms, decimals, end()));
    }
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    [[nodiscard]] std::string_view since(std::size_t begin) const noexcept {
        return view().substr(begin);
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool overflow() const noexcept { return overflow_; }

private:
    [[nodiscard]] char* end() noexcept { return bytes_.data() + size_; }
    [[nodiscard]] bool room(std::size_t size) noexcept {
        overflow_ = overflow_ || size > Capacity - size_;
        return !overflow_;
    }
    /// Keeps what was written at the end, if it lies within the capacity.
    void grow(std::size_t size) noexcept {
        if (room(size)) {
            size_ += size;
        }
    }

    std::size_t size_{};
    bool overflow_{};
    std::array<char, Capacity + slack> bytes_;
};

}  // namespace portcullis::gateways
