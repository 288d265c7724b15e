// The example configuration as a text to make mistakes in.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/portcullis/config.hpp"

namespace portcullis::tools::test {

inline const std::string example_path =
    std::string(PORTCULLIS_SOURCE_DIR) + "/tools/portcullis/example.toml";

inline std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::string example_text() {
    return file_text(example_path);
}

/// `text` with the first `from` replaced.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// `text` without the line of `key` in the first table whose header line begins with `header`;
/// the line is left empty, so that line numbers stay. `line` gets the number of the header.
inline std::string without_key(const std::string& text, std::string_view header,
                               std::string_view key, int& line) {
    std::istringstream in(text);
    std::string out;
    bool inside = false;
    bool done = false;
    int number = 0;
    for (std::string each; std::getline(in, each);) {
        ++number;
        if (!each.empty() && each.front() == '[') {
            inside = each.compare(0, header.size(), header) == 0;
            line = inside && !done ? number : line;
        }
        const bool hit = inside && !done && each.compare(0, key.size(), key) == 0 &&
                         each.compare(key.size(), 3, " = ") == 0;
        done = done || hit;
        out += (hit ? std::string() : each) + "\n";
    }
    EXPECT_TRUE(done) << header << ' ' << key;
    return out;
}

inline AppConfig example_config() {
    ConfigResult result = load_config(example_path);
    for (const std::string& problem : result.problems) {
        ADD_FAILURE() << problem;
    }
    return result.config ? std::move(*result.config) : AppConfig{};
}

}  // namespace portcullis::tools::test
