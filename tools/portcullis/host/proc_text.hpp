// What /proc and /sys say, as values: pure functions of the text of a file, and the one that reads.
//
// The kernel's files are written for eyes and change with its version, so each function here takes
// the text and says "nothing" where it is not what it expects; nobody above reads such a text with
// code of his own. Tests hold them against texts of real machines (tests/tools/portcullis/host).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/portcullis/cpus.hpp"

namespace portcullis::tools {

/// The text of a file, without the line end behind it; nothing where it cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
[[nodiscard]] std::optional<std::string> read_system_file(const std::string& path);

/// "0-3,8": rising. An empty text is an empty list; nothing where it is no list.
[[nodiscard]] std::optional<CpuSet> parse_cpu_list(std::string_view text);

/// The same backwards, as a kernel's command line takes it: no blank in it.
[[nodiscard]] std::string cpu_list_text(const CpuSet& cpus);

/// "always [madvise] never": the one in brackets.
[[nodiscard]] std::optional<std::string> chosen_of(std::string_view text);

/// The number behind "NAME:" of /proc/self/status, /proc/meminfo or smaps_rollup, in their unit.
[[nodiscard]] std::optional<std::int64_t> field_of(std::string_view text, std::string_view name);

/// Whether a bit of "CapEff:" of /proc/self/status is set (linux/capability.h).
[[nodiscard]] bool has_capability(std::string_view status, unsigned capability);

/// A mapping of /proc/self/maps.
struct MemoryRange {
    std::uint64_t begin{};
    std::uint64_t end{};
};
/// Private, writable and without a file: the heap and what malloc mapped, at least `bytes_min` and
/// at most `bytes_max` of it.
[[nodiscard]] std::vector<MemoryRange> anonymous_ranges(std::string_view maps,
                                                        std::uint64_t bytes_min,
                                                        std::uint64_t bytes_max);

/// The lines of a text.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
/// The words of a line, between blanks.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view line);
/// A whole number, all of the text.
[[nodiscard]] std::optional<std::int64_t> number_of(std::string_view text);

}  // namespace portcullis::tools
