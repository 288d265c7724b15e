// Config text: how paths, values and lines of a config file are written in messages and in the
// effective configuration. Leaves, pure; here so that config_reader.cpp is about reading alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/config/toml.hpp"
#include "engine/types/result.hpp"

namespace portcullis::engine {

/// "venue.rest" and "host" -> "venue.rest.host"; a key that TOML would quote is quoted.
[[nodiscard]] std::string joined(const std::string& path, std::string_view key);
/// "strategy[2].limits" -> "strategy.limits": what a key is called in every row.
[[nodiscard]] std::string without_rows(std::string_view path);
/// Quoted; a long value is told by its beginning: the line number finds the rest.
[[nodiscard]] std::string shortened(const std::string& text);
/// The shortest text that reads back to the same number; always a float to TOML.
[[nodiscard]] std::string float_text(double value);
/// "the integer 5", "the text "x"": a value with its type, as a message names what it found.
[[nodiscard]] std::string what_is(const toml::node& node);
/// Nanoseconds of the unit that a key ends in (_ns, _us, _ms, _s), 0 when it ends in none.
[[nodiscard]] std::int64_t unit_ns(std::string_view key);
/// The first line of more than 4096 bytes, 0 when there is none. A key of a hundred thousand dots
/// is a tree as deep, and walking that needs as much stack.
[[nodiscard]] std::uint32_t too_long_line(std::string_view text);
/// All of a file of at most 1 MiB.
[[nodiscard]] Result<std::string> config_file_text(const std::string& path);

}  // namespace portcullis::engine
