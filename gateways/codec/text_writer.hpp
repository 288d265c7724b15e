// TextWriter: appends text to a fixed buffer of the caller. No allocation, no exception, no
// partial trust: one overflow sticks, and whole() must be asked before the text is used.
//
// std::string would be the obvious way; it allocates, and a frame that did not fit would grow
// quietly. Thread: one owner. Invariant: size() <= capacity, whatever is appended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/types/decimal.hpp"

namespace portcullis::gateways {

class TextWriter {
public:
    TextWriter(char* out, std::size_t capacity) noexcept : out_(out), capacity_(capacity) {}

    void append(std::string_view text) noexcept {
        if (text.size() > capacity_ - size_) {
            whole_ = false;
            return;
        }
        if (!text.empty()) {
            std::memcpy(out_ + size_, text.data(), text.size());
            size_ += text.size();
        }
    }
    void append(char one) noexcept { append(std::string_view(&one, 1)); }
    void append_unsigned(std::uint64_t value) noexcept {
        char digits[20];
        append(std::string_view(digits, engine::format_unsigned(value, digits)));
    }
    /// Atoms (1e-8) as decimal text with `decimals` places; see format_decimal.
    void append_decimal(std::int64_t atoms, int decimals) noexcept {
        char digits[engine::decimal_text_max];
        append(std::string_view(digits, engine::format_decimal(atoms, decimals, digits)));
    }

    /// Room for `size` characters, for a writer that fills in place; null where there is none.
    [[nodiscard]] char* reserve(std::size_t size) noexcept {
        if (size > capacity_ - size_) {
            whole_ = false;
            return nullptr;
        }
        return out_ + size_;
    }
    /// Takes `size` characters that were written at reserve(). Requires: they were reserved.
    void commit(std::size_t size) noexcept { size_ += size; }

    /// False once anything did not fit: the text is then incomplete and must not be used.
    [[nodiscard]] bool whole() const noexcept { return whole_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string_view text() const noexcept { return {out_, size_}; }
    void clear() noexcept {
        size_ = 0;
        whole_ = true;
    }

private:
    char* out_;
    std::size_t capacity_;
    std::size_t size_{};
    bool whole_{true};
};

}  // namespace portcullis::gateways
