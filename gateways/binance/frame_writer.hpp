// FrameWriter: JSON request frames and the text that is signed, written side by side.
//
// A request of Binance is `{"id":..,"method":"..","params":{..}}`; where it is signed, the text is
// the params sorted by name and joined as name=value. So params are *written* in that order
// (params.hpp; checked at every one) and both texts grow together; sorting afterwards would need a
// list of them. Nothing is escaped: every value is a number, a name that SymbolTable accepted or a
// client id of ours. Fixed buffers, no allocation. Overflow is remembered and told at the end,
// never written past. Owner: one encoder.
#pragma once

#include <array>
#include <string_view>

#include "engine/types/verify.hpp"
#include "gateways/binance/params.hpp"
#include "gateways/codec/text_buffer.hpp"
#include "gateways/net/signer.hpp"

namespace portcullis::gateways::binance {

using MethodName = TextBlock<48>;

/// Where a value stands in a frame, its quotes not counted. Size 0: it is not there.
struct ValuePlace {
    std::uint16_t begin{};
    std::uint16_t size{};
};
using ValuePlaces = std::array<ValuePlace, param_names.size()>;

class FrameWriter {
public:
    /// exchangeInfo for 64 names of 32 bytes, or an order with an RSA-4096 signature.
    static constexpr std::size_t frame_bytes_max = 4096;
    static_assert(frame_bytes_max <= UINT16_MAX, "places are of 16 bits");

    /// Begins a request. `sign`: also write the text to be signed.
    void begin(std::uint64_t id, const MethodName& method, bool sign) noexcept {
        json_.clear();
        signed_text_.clear();
        sign_ = sign;
        next_ = 0;
        places_ = {};
        signed_places_ = {};
        json_.append(R"({"id":)");
        json_.append_unsigned(id);
        json_.append(R"(,"method":")");
        json_.append_block(method.bytes, method.size);
        json_.append(R"(","params":{)");
    }
    void text(Param name, std::string_view value) noexcept {
        key(name);
        json_.append('"');
        const std::size_t begin = json_.size();
        json_.append(value);
        note(name, begin);
        json_.append('"');
        sign(name, value);
    }
    /// A client order id, or another text of at most the block's size.
    template <std::size_t Block>
    void text(Param name, const std::array<char, Block>& value, std::size_t size) noexcept {
        key(name);
        json_.append('"');
        const std::size_t begin = json_.size();
        json_.append_block(value, size);
        note(name, begin);
        json_.append('"');
        sign(name, {value.data(), size});
    }
    template <std::size_t Block>
    void text(Param name, const TextBlock<Block>& value) noexcept {
        text(name, value.bytes, value.size);
    }
    /// A literal.
    template <std::size_t Size>
    void text(Param name, const char (&value)[Size]) noexcept {
        key(name);
        json_.append('"');
        json_.append(value);
        json_.append('"');
        sign(name, {value, Size - 1});
    }
    /// A literal that stands without quotes.
    void bare(Param name, std::string_view value) noexcept {
        key(name);
        json_.append(value);
        sign(name, value);
    }
    template <std::size_t Block>
    void bare(Param name, const std::array<char, Block>& value, std::size_t size) noexcept {
        key(name);
        json_.append_block(value, size);
        sign(name, {value.data(), size});
    }
    void number(Param name, std::uint64_t value) noexcept {
        key(name);
        const std::size_t begin = json_.size();
        json_.append_unsigned(value);
        note(name, begin);
        sign(name, json_.since(begin));
    }
    void decimal(Param name, std::int64_t atoms, int decimals) noexcept {
        key(name);
        json_.append('"');
        const std::size_t begin = json_.size();
        json_.append_decimal(atoms, decimals);
        note(name, begin);
        sign(name, json_.since(begin));
        json_.append('"');
    }
    /// Appends the signature of everything written so far. False: the signer is away.
    [[nodiscard]] bool signature(Signer& signer) noexcept {
        engine::verify(sign_);
        std::array<char, Signer::signature_text_max> out;
        const std::size_t size = signer.sign(signed_text_.view(), out.data());
        engine::verify(size <= out.size());
        json_.append(R"(,"signature":")");
        signature_ = {static_cast<std::uint16_t>(json_.size()), static_cast<std::uint16_t>(size)};
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
    /// Where numbers and texts that are no literals stand in the frame.
    [[nodiscard]] const ValuePlaces& places() const noexcept { return places_; }
    /// Where all of them stand in the text that is signed, and its signature in the frame.
    /// Requires: signature() has written one.
    [[nodiscard]] const ValuePlaces& signed_places() const noexcept { return signed_places_; }
    [[nodiscard]] ValuePlace signature_place() const noexcept { return signature_; }

private:
    void key(Param name) noexcept {
        const auto index = static_cast<std::size_t>(name);
        engine::verify(next_ <= index);  // rising, so none comes twice
        const ParamKey& key = param_keys[index];
        if (next_ == 0) {
            json_.append(std::string_view(key.text.data() + 1, key.size - 1));  // no comma
        } else {
            json_.append_block(key.text, key.size);
        }
    }
    void note(Param name, std::size_t begin) noexcept {
        places_[static_cast<std::size_t>(name)] = {
            static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(json_.size() - begin)};
    }
    void sign(Param name, std::string_view value) noexcept {
        if (sign_) {
            if (next_ != 0) {
                signed_text_.append('&');
            }
            signed_text_.append(name_of(name));
            signed_text_.append('=');
            signed_places_[static_cast<std::size_t>(name)] = {
                static_cast<std::uint16_t>(signed_text_.size()),
                static_cast<std::uint16_t>(value.size())};
            signed_text_.append(value);
        }
        next_ = static_cast<std::size_t>(name) + 1;
    }

    TextBuffer<frame_bytes_max> json_;
    TextBuffer<frame_bytes_max> signed_text_;
    std::size_t next_{};  // params below are written or passed over; 0: none is written
    bool sign_{};
    ValuePlaces places_{};
    ValuePlaces signed_places_{};
    ValuePlace signature_{};
};

}  // namespace portcullis::gateways::binance
