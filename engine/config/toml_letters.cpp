// One walk over the text, a string or a comment at a time. See toml_letters.hpp.
#include "engine/config/toml_letters.hpp"

#include <algorithm>

namespace portcullis::engine {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// The first place behind the string that begins at `at`: its closing quotes, or, for a string of
/// one line that is not closed, the end of the line.
std::size_t behind_string(std::string_view text, std::size_t at) noexcept {
    const char quote = text[at];
    const char three[] = {quote, quote, quote};
    const bool many_lines = text.substr(at, 3) == std::string_view(three, 3);
    const std::string_view closing(three, many_lines ? 3 : 1);
    for (std::size_t i = at + closing.size(); i < text.size(); ++i) {
        if (quote == '"' && text[i] == '\\') {
            ++i;  // what is escaped closes nothing
        } else if (text.substr(i, closing.size()) == closing) {
            i += closing.size();
            // One or two quotes may stand before the closing three.
            while (many_lines && i < text.size() && text[i] == quote) {
                ++i;
            }
            return i;
        } else if (text[i] == '\n' && !many_lines) {
            return i;
        }
    }
    return text.size();
}

}  // namespace

std::optional<std::size_t> line_of_letter_outside_quotes(std::string_view text) noexcept {
    std::size_t i = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    while (i < text.size()) {
        const char c = text[i];
        if (c == '"' || c == '\'') {
            i = behind_string(text, i);
        } else if (c == '#') {
            i = text.find('\n', i);
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            const std::string_view before = text.substr(0, i);
            return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
        } else {
            ++i;
        }
    }
    return std::nullopt;
}

}  // namespace portcullis::engine
