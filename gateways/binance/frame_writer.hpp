// FrameWriter and Params: JSON request frames and the text that is signed, written side by side.
//
// A request of Binance is `{"id":..,"method":"..","params":{..}}`; where it is signed, the text is
// the params sorted by name and joined as name=value. So params are *written* in that order
// (checked at every one) and both texts grow together; sorting afterwards would need a list of
// them. Nothing is escaped: every value is a number, a name that SymbolTable accepted or a client
// id of ours. Fixed buffers, no allocation. Overflow is remembered and told at the end, never
// written past. Owner: one encoder.
#pragma once

#include <array>
#include <cstring>
#include <string_view>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "gateways/net/signer.hpp"

namespace portcullis::gateways::binance {

template <std::size_t Capacity>
class TextBuffer {
public:
    void clear() noexcept {
        size_ = 0;
        overflow_ = false;
    }
    void append(std::string_view text) noexcept {
        if (text.size() > Capacity - size_) {
            overflow_ = true;
            return;
        }
        std::memcpy(bytes_.data() + size_, text.data(), text.size());
        size_ += text.size();
    }
    void append(char c) noexcept { append(std::string_view(&c, 1)); }
    void append_unsigned(std::uint64_t value) noexcept {
        std::array<char, 20> digits;
        append({digits.data(), engine::format_unsigned(value, digits.data())});
    }
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    [[nodiscard]] bool overflow() const noexcept { return overflow_; }

private:
    std::size_t size_{};
    bool overflow_{};
    std::array<char, Capacity> bytes_;
};

class FrameWriter {
public:
    /// exchangeInfo for 64 names of 32 bytes, or an order with an RSA-4096 signature.
    static constexpr std::size_t frame_bytes_max = 4096;

    /// Begins a request. `sign`: also write the text to be signed.
    void begin(std::uint64_t id, std::string_view method, bool sign) noexcept {
        json_.clear();
        signed_text_.clear();
        sign_ = sign;
        first_ = true;
        last_name_ = {};
        json_.append(R"({"id":)");
        json_.append_unsigned(id);
        json_.append(R"(,"method":")");
        json_.append(method);
        json_.append(R"(","params":{)");
    }
    void text(std::string_view name, std::string_view value) noexcept {
        key(name);
        json_.append('"');
        json_.append(value);
        json_.append('"');
        sign(name, value);
    }
    /// A number or a literal: stands without quotes.
    void bare(std::string_view name, std::string_view value) noexcept {
        key(name);
        json_.append(value);
        sign(name, value);
    }
    void number(std::string_view name, std::uint64_t value) noexcept {
        std::array<char, 20> digits;
        bare(name, {digits.data(), engine::format_unsigned(value, digits.data())});
    }
    void decimal(std::string_view name, std::int64_t atoms, int decimals) noexcept {
        std::array<char, engine::decimal_text_max> digits;
        text(name, {digits.data(), engine::format_decimal(atoms, decimals, digits.data())});
    }
    /// Appends the signature of everything written so far. False: the signer is away.
    [[nodiscard]] bool signature(Signer& signer) noexcept {
        engine::verify(sign_);
        std::array<char, Signer::signature_text_max> out;
        const std::size_t size = signer.sign(signed_text_.view(), out.data());
        engine::verify(size <= out.size());
        json_.append(R"(,"signature":")");
        json_.append({out.data(), size});
        json_.append('"');
        return size != 0;
    }
    /// The frame; empty when it did not fit. Valid until the next begin().
    [[nodiscard]] std::string_view finish() noexcept {
        json_.append("}}");
        return json_.overflow() || signed_text_.overflow() ? std::string_view{} : json_.view();
    }
    /// For values that are built piece by piece; the caller keeps the JSON whole. Not signed.
    [[nodiscard]] TextBuffer<frame_bytes_max>& json() noexcept { return json_; }
    [[nodiscard]] std::string_view signed_text() const noexcept { return signed_text_.view(); }

private:
    void key(std::string_view name) noexcept {
        engine::verify(last_name_ < name);
        last_name_ = name;
        if (!first_) {
            json_.append(',');
        }
        json_.append('"');
        json_.append(name);
        json_.append(R"(":)");
    }
    void sign(std::string_view name, std::string_view value) noexcept {
        if (sign_) {
            if (!first_) {
                signed_text_.append('&');
            }
            signed_text_.append(name);
            signed_text_.append('=');
            signed_text_.append(value);
        }
        first_ = false;
    }

    TextBuffer<frame_bytes_max> json_;
    TextBuffer<frame_bytes_max> signed_text_;
    std::string_view last_name_;  // of a literal: names are constants
    bool sign_{};
    bool first_{};
};

}  // namespace portcullis::gateways::binance
