// KeptFrame: the last request of one kind, kept as text; the next is written into it.
//
// From one order to the next only id, client ids, price, quantity and time change, and hardly ever
// the number of their characters. So the frame that FrameWriter made stays, and each value is
// written where the one before it stood; where one has another length, or the words between are
// others, the frame is made anew. Where frames are signed, the text that is signed is kept beside
// it and written over alike, and the new signature takes the place of the old one. There is one
// grammar, FrameWriter's: a kept frame is its text. Invariants: 1. what finish() returns is what
// FrameWriter makes of the same values; 2. a frame that was written half is not kept. Owner: one
// encoder.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "gateways/binance/frame_writer.hpp"
#include "gateways/session/cl_ord_id.hpp"

namespace portcullis::gateways::binance {

/// A text whose values are written over by others that have as many characters.
template <std::size_t BytesMax>
class KeptText {
public:
    /// False: it is too long.
    [[nodiscard]] bool keep(std::string_view text, const ValuePlaces& places) noexcept {
        if (text.size() > BytesMax) {
            return false;
        }
        std::memcpy(text_.data(), text.data(), text.size());
        size_ = static_cast<std::uint16_t>(text.size());
        places_ = places;
        return true;
    }
    // Each is false where the value that stood there has another length.
    [[nodiscard]] bool client_id(Param name, const ClOrdIdText& value) noexcept {
        const ValuePlace place = place_of(name);
        if (place.size != ClOrdIdText::size) {
            return false;
        }
        std::memcpy(at(place), value.bytes.data(), ClOrdIdText::size);
        return true;
    }
    [[nodiscard]] bool number(Param name, std::uint64_t value) noexcept {
        const ValuePlace place = place_of(name);
        return engine::format_unsigned_as(value, at(place), place.size);
    }
    [[nodiscard]] bool decimal(Param name, std::int64_t atoms, int decimals) noexcept {
        const ValuePlace place = place_of(name);
        return engine::format_decimal_as(atoms, decimals, at(place), place.size);
    }
    /// The last three digits of a number. Requires: it has them.
    void last_digits(Param name, std::uint64_t below_1000) noexcept {
        const ValuePlace place = place_of(name);
        engine::verify(place.size >= 3);
        const std::array<char, 3> digits{static_cast<char>('0' + below_1000 / 100),
                                         static_cast<char>('0' + below_1000 / 10 % 10),
                                         static_cast<char>('0' + below_1000 % 10)};
        std::memcpy(at(place) + place.size - 3, digits.data(), digits.size());
    }
    [[nodiscard]] char* at(ValuePlace place) noexcept { return text_.data() + place.begin; }
    [[nodiscard]] ValuePlace place_of(Param name) const noexcept {
        return places_[static_cast<std::size_t>(name)];
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::uint16_t size_{};
    ValuePlaces places_{};
    std::array<char, BytesMax> text_{};
};

class KeptFrame {
public:
    /// A replacement with an API key of 64 characters and a signature of as many; without them it
    /// is shorter by 155. With an RSA signature it is longer, and it takes longer to sign than to
    /// write.
    static constexpr std::size_t bytes_max = 768;

    /// Begins a request. `kind` says which words stand between the values; 0 is none. False: it
    /// must be made anew.
    [[nodiscard]] bool begin(std::uint32_t kind, std::uint64_t id) noexcept {
        engine::verify(kind != 0);
        good_ = kind == kind_ && engine::format_unsigned_as(id, json_.at(id_), id_.size);
        return good_;
    }
    void client_id(Param name, const ClOrdIdText& value) noexcept {
        write([&](auto& text) { return text.client_id(name, value); });
    }
    void number(Param name, std::uint64_t value) noexcept {
        write([&](auto& text) { return text.number(name, value); });
    }
    /// Price or quantity.
    void decimal(Param name, std::int64_t atoms, int decimals) noexcept {
        engine::verify(name == Param::price || name == Param::quantity);
        Written& before = written_[name == Param::price ? 0 : 1];
        if (before.atoms == atoms && before.decimals == decimals) {
            return;  // a quantity is the one before more often than not
        }
        write([&](auto& text) { return text.decimal(name, atoms, decimals); });
        before = {atoms, decimals};
    }
    void timestamp(std::uint64_t milliseconds) noexcept {
        const std::uint64_t second = milliseconds / 1000;
        write([&](auto& text) {
            if (second != second_) {
                return text.number(Param::timestamp, milliseconds);
            }
            text.last_digits(Param::timestamp, milliseconds - second * 1000);
            return true;
        });
        second_ = second;
    }
    /// Empty: it must be made anew, or it was to be signed and the signer is away. Valid until the
    /// next begin() or keep(). Requires: a signer is given where the frame that was kept is signed.
    [[nodiscard]] std::string_view finish(Signer* signer) noexcept {
        engine::verify(!good_ || is_signed_ == (signer != nullptr));
        if (good_ && is_signed_) {
            std::array<char, Signer::signature_text_max> signature;
            const std::size_t size = signer->sign(signed_.view(), signature.data());
            good_ = size == signature_.size;
            if (good_) {
                std::memcpy(json_.at(signature_), signature.data(), size);
            }
        }
        if (!good_) {
            kind_ = 0;
            return {};
        }
        return json_.view();
    }
    /// Takes what `writer` has made, `frame`, and where its values stand. One that is too long, or
    /// without a time of our days, is not kept.
    void keep(std::uint32_t kind, std::string_view frame, const FrameWriter& writer,
              bool is_signed) noexcept {
        kind_ = 0;
        if (writer.places()[static_cast<std::size_t>(Param::timestamp)].size < 4 ||
            !json_.keep(frame, writer.places()) ||
            (is_signed && !signed_.keep(writer.signed_text(), writer.signed_places()))) {
            return;
        }
        is_signed_ = is_signed;
        signature_ = is_signed ? writer.signature_place() : ValuePlace{};
        id_ = {id_begin, static_cast<std::uint16_t>(frame.find(',') - id_begin)};
        second_ = second_unknown;
        written_ = {};
        kind_ = kind;
    }

private:
    static constexpr auto id_begin = static_cast<std::uint16_t>(sizeof(R"({"id":)") - 1);
    static constexpr std::uint64_t second_unknown = ~std::uint64_t{0};
    struct Written {
        std::int64_t atoms{-1};
        int decimals{};
    };

    /// Into the frame and, where there is one, the text that is signed.
    template <class Value>
    void write(Value&& value) noexcept {
        good_ = good_ && value(json_) && (!is_signed_ || value(signed_));
    }

    std::uint32_t kind_{};
    bool good_{};
    bool is_signed_{};
    ValuePlace id_{};
    ValuePlace signature_{};
    std::uint64_t second_{second_unknown};  ///< of the timestamp that is written
    std::array<Written, 2> written_{};
    KeptText<bytes_max> json_;
    KeptText<bytes_max> signed_;
};

}  // namespace portcullis::gateways::binance
