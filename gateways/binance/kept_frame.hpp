// KeptFrame: the last request of one kind, kept as text; the next is written into it.
//
// From one order to the next only id, client ids, price, quantity and time change, and hardly ever
// the number of their characters. So the frame that FrameWriter made stays, and each value is
// written where the one before it stood; where one has another length, or the words between are
// others, the frame is made anew. There is one grammar, FrameWriter's: a kept frame is its text.
// Invariants: 1. what finish() returns is what FrameWriter makes of the same values; 2. a frame
// that was written half is not kept. Not for frames that are signed. Owner: one encoder.
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

class KeptFrame {
public:
    static constexpr std::size_t bytes_max = 640;

    /// Begins a request. `kind` says which words stand between the values; 0 is none. False: it
    /// must be made anew.
    [[nodiscard]] bool begin(std::uint32_t kind, std::uint64_t id) noexcept {
        engine::verify(kind != 0);
        good_ = kind == kind_;
        if (good_ && !fits(engine::format_unsigned(id, text_.data() + id_begin), id_size_)) {
            kind_ = 0;  // what follows the id may be written over
        }
        return good_;
    }
    void client_id(Param name, const ClOrdIdText& value) noexcept {
        const ValuePlace place = place_of(name);
        if (fits(ClOrdIdText::size, place.size)) {
            std::memcpy(text_.data() + place.begin, value.bytes.data(), ClOrdIdText::size);
        }
    }
    void number(Param name, std::uint64_t value) noexcept {
        const ValuePlace place = place_of(name);
        if (good_) {
            fits(engine::format_unsigned(value, text_.data() + place.begin), place.size);
        }
    }
    /// Price or quantity.
    void decimal(Param name, std::int64_t atoms, int decimals) noexcept {
        engine::verify(name == Param::price || name == Param::quantity);
        Written& before = written_[name == Param::price ? 0 : 1];
        if (!good_ || (before.atoms == atoms && before.decimals == decimals)) {
            return;  // a quantity is the one before more often than not
        }
        const ValuePlace place = place_of(name);
        fits(engine::format_decimal(atoms, decimals, text_.data() + place.begin), place.size);
        before = {atoms, decimals};
    }
    void timestamp(std::uint64_t milliseconds) noexcept {
        const std::uint64_t second = milliseconds / 1000;
        if (!good_) {
            return;
        }
        const ValuePlace place = place_of(Param::timestamp);
        if (second == second_) {
            const std::uint64_t rest = milliseconds % 1000;
            char* const at = text_.data() + place.begin + place.size - 3;
            at[0] = static_cast<char>('0' + rest / 100);
            at[1] = static_cast<char>('0' + rest / 10 % 10);
            at[2] = static_cast<char>('0' + rest % 10);
            return;
        }
        fits(engine::format_unsigned(milliseconds, text_.data() + place.begin), place.size);
        second_ = second;
    }
    /// Empty: it must be made anew. Valid until the next begin() or keep().
    [[nodiscard]] std::string_view finish() noexcept {
        if (!good_) {
            kind_ = 0;
            return {};
        }
        return {text_.data(), size_};
    }
    /// Takes what FrameWriter has made, and where its values stand. One that is too long, or
    /// without a time of our days, is not kept.
    void keep(std::uint32_t kind, std::string_view frame, const ValuePlaces& places) noexcept {
        kind_ = 0;
        places_ = places;
        if (frame.size() > bytes_max || place_of(Param::timestamp).size < 4) {
            return;
        }
        std::memcpy(text_.data(), frame.data(), frame.size());
        size_ = static_cast<std::uint16_t>(frame.size());
        id_size_ = static_cast<std::uint16_t>(frame.find(',') - id_begin);
        second_ = 0;
        written_ = {};
        kind_ = kind;
    }

private:
    /// Longest value that is written before its length is known to fit.
    static constexpr std::size_t slack = 24;
    static_assert(slack >= engine::decimal_text_max);
    static constexpr std::size_t id_begin = std::string_view(R"({"id":)").size();
    struct Written {
        std::int64_t atoms{-1};
        int decimals{};
    };

    bool fits(std::size_t size, std::size_t there) noexcept {
        good_ = good_ && size == there;
        return good_;
    }
    [[nodiscard]] ValuePlace place_of(Param name) const noexcept {
        return places_[static_cast<std::size_t>(name)];
    }

    std::uint32_t kind_{};
    bool good_{};
    std::uint16_t size_{};
    std::uint16_t id_size_{};
    std::uint64_t second_{};  ///< of the timestamp that is written; 0: not known
    std::array<Written, 2> written_{};
    ValuePlaces places_{};
    std::array<char, bytes_max + slack> text_{};
};

}  // namespace portcullis::gateways::binance
