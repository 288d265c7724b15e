// JsonWriter: appends JSON to a TextWriter. Objects and values only, as requests need them; no
// tree, no allocation.
//
// Strings are escaped (quotes, backslash, control characters), so that nothing that came from a
// config or a venue can break out of its field. Requires: key() before each value inside an object.
// Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>

#include "gateways/codec/text_writer.hpp"

namespace portcullis::gateways {

class JsonWriter {
public:
    explicit JsonWriter(TextWriter& to) noexcept : to_(to) {}

    void begin_object() noexcept {
        separate();
        to_.append('{');
        first_ = true;
    }
    void end_object() noexcept {
        to_.append('}');
        first_ = false;
    }
    void begin_array() noexcept {
        separate();
        to_.append('[');
        first_ = true;
    }
    void end_array() noexcept {
        to_.append(']');
        first_ = false;
    }
    /// `name` is a literal of ours and is not escaped.
    void key(std::string_view name) noexcept {
        separate();
        to_.append('"');
        to_.append(name);
        to_.append("\":");
        after_key_ = true;
    }
    void string(std::string_view value) noexcept {
        separate();
        to_.append('"');
        for (const char c : value) {
            escape(c);
        }
        to_.append('"');
    }
    void number(std::uint64_t value) noexcept {
        separate();
        to_.append_unsigned(value);
    }
    /// A quoted decimal, as venues write prices.
    void decimal(std::int64_t atoms, int decimals) noexcept {
        separate();
        to_.append('"');
        to_.append_decimal(atoms, decimals);
        to_.append('"');
    }
    void boolean(bool value) noexcept {
        separate();
        to_.append(value ? "true" : "false");
    }
    void null() noexcept {
        separate();
        to_.append("null");
    }

private:
    void separate() noexcept {
        if (!first_ && !after_key_) {
            to_.append(',');
        }
        first_ = false;
        after_key_ = false;
    }
    void escape(char c) noexcept {
        constexpr char digits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to_.append('\\');
            to_.append(c);
        } else if (byte < 0x20) {
            to_.append("\\u00");
            to_.append(digits[byte >> 4]);
            to_.append(digits[byte & 0x0f]);
        } else {
            to_.append(c);
        }
    }

    TextWriter& to_;
    bool first_{true};
    bool after_key_{false};
};

}  // namespace portcullis::gateways
