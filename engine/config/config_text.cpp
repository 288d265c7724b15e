#include "engine/config/config_text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "engine/config/config_reader.hpp"

namespace portcullis::engine {
namespace {

bool is_bare(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '-';
    });
}

}  // namespace

std::string joined(const std::string& path, std::string_view key) {
    const std::string name = is_bare(key) ? std::string(key) : toml_text(key);
    return path.empty() ? name : path + "." + name;
}

std::string without_rows(std::string_view path) {
    std::string out;
    bool inside = false;
    for (const char c : path) {
        inside = inside || c == '[';
        if (!inside) {
            out.push_back(c);
        }
        inside = inside && c != ']';
    }
    return out;
}

std::string shortened(const std::string& text) {
    constexpr std::size_t shown_max = 60;
    if (text.size() <= shown_max) {
        return toml_text(text);
    }
    std::size_t end = shown_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;  // never within a character
    }
    return toml_text(text.substr(0, end)) + "...";
}

std::string float_text(double value) {
    char text[40];
    const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
    std::string shown(text, end);
    return shown.find_first_of(".en") == std::string::npos ? shown + ".0" : shown;
}

std::string what_is(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            return "the text " + shortened(node.as_string()->get());
        case toml::node_type::integer:
            return "the integer " + std::to_string(node.as_integer()->get());
        case toml::node_type::floating_point:
            return "the float " + float_text(node.as_floating_point()->get());
        case toml::node_type::boolean:
            return node.as_boolean()->get() ? "true" : "false";
        case toml::node_type::array: {
            std::string texts;
            for (const auto& element : *node.as_array()) {
                if (const auto* value = element.as_string()) {
                    texts += (texts.empty() ? "" : ", ") + shortened(value->get());
                }
            }
            return texts.empty() ? "an array" : "the array of " + texts;
        }
        case toml::node_type::table:
            return "a table";
        default:
            return "a date or time";
    }
}

std::int64_t unit_ns(std::string_view key) {
    const auto ends = [key](std::string_view tail) {
        return key.size() > tail.size() && key.substr(key.size() - tail.size()) == tail;
    };
    if (ends("_ns")) {
        return 1;
    }
    if (ends("_us")) {
        return 1'000;
    }
    if (ends("_ms")) {
        return 1'000'000;
    }
    return ends("_s") ? 1'000'000'000 : 0;
}

std::uint32_t too_long_line(std::string_view text) {
    constexpr std::size_t line_max = 4096;
    std::uint32_t line = 1;
    std::size_t length = 0;
    for (const char c : text) {
        length = c == '\n' ? 0 : length + 1;
        if (length > line_max) {
            return line;
        }
        line += c == '\n' ? 1 : 0;
    }
    return 0;
}

std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(byte));
            out += code;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

Result<std::string> config_file_text(const std::string& path) {
    constexpr std::size_t bytes_max = std::size_t{1} << 20;
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        return Error{path + ": cannot be opened (" + std::strerror(errno) +
                     "), expected a TOML config file"};
    }
    std::string text(bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    const int failure = std::ferror(file) != 0 ? errno : 0;
    std::fclose(file);
    if (failure != 0) {
        return Error{path + ": cannot be read (" + std::strerror(failure) +
                     "), expected a TOML config file"};
    }
    if (text.size() > bytes_max) {
        return Error{path + ": longer than 1 MiB, expected a TOML config file"};
    }
    return text;
}

}  // namespace portcullis::engine
