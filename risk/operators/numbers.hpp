// number_of: a whole text as a whole number, or nothing. Of frames and of the file of pending
// actions, which must not read one number in two ways. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace portcullis::risk {

template <class Number>
[[nodiscard]] std::optional<Number> number_of(std::string_view text) noexcept {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    const bool whole = error == std::errc{} && at == end && !text.empty();
    return whole ? std::optional(number) : std::nullopt;
}

}  // namespace portcullis::risk
