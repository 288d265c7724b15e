// Where a TOML text has a letter that no TOML may have: beyond ASCII, outside of strings and
// comments.
//
// toml++ 3.3 means to refuse it and runs into undefined behaviour while it decides how
// (`a = é`; found by config_fuzz, its bytes are in the corpus). So such a text is refused before it
// gets there. This scanner knows of TOML only where strings and comments begin and end; what is
// wrong in any other way is left to the parser. Cold code: config_reader.cpp and the venue's
// config.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace portcullis::engine {

/// The line, from 1, of the first such byte; nothing when there is none. A byte order mark in front
/// is none.
[[nodiscard]] std::optional<std::size_t> line_of_letter_outside_quotes(
    std::string_view text) noexcept;
/// What to say of it.
inline constexpr const char* letter_refused =
    "a letter beyond ASCII outside of quotes and comments";

}  // namespace portcullis::engine
