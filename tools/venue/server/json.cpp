#include "tools/venue/server/json.hpp"

#include <simdjson.h>

#include <algorithm>

namespace portcullis::tools::venue {

std::string decimal_text(engine::int128 atoms) {
    const bool negative = atoms < 0;
    auto rest =
        negative ? -static_cast<unsigned __int128>(atoms) : static_cast<unsigned __int128>(atoms);
    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    } while (rest != 0);
    while (digits.size() < 9) {
        digits += '0';
    }
    digits.insert(8, 1, '.');
    if (negative) {
        digits += '-';
    }
    std::reverse(digits.begin(), digits.end());
    return digits;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    const auto beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    const bool whole = std::none_of(text.begin(), text.end(), beyond_ascii) ||
                       simdjson::validate_utf8(text.data(), text.size());
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20) {
            out += "\\u00";
            out += hex[byte >> 4U];
            out += hex[byte & 15U];
        } else if (!whole && beyond_ascii(c)) {
            out += "\\ufffd";
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace portcullis::tools::venue
