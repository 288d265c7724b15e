// See proc_text.hpp.
#include "tools/portcullis/host/proc_text.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace portcullis::tools {
namespace {

constexpr int cpu_highest = 8191;  // what Linux can be built for

template <class Number>
std::optional<Number> whole_number(std::string_view text, int base) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

std::optional<std::string> read_system_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (file.bad()) {
        return std::nullopt;
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

std::optional<std::int64_t> number_of(std::string_view text) {
    return whole_number<std::int64_t>(text, 10);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> words;
    for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
        const std::size_t end = line.find_first_of(blanks, at);
        words.push_back(line.substr(at, end == std::string_view::npos ? end : end - at));
        at = line.find_first_not_of(blanks, end);
    }
    return words;
}

std::optional<CpuSet> parse_cpu_list(std::string_view text) {
    CpuSet cpus;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        const std::size_t dash = part.find('-');
        const auto first = number_of(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : number_of(part.substr(dash + 1));
        if (!first || !last || *first < 0 || *last < *first || *last > cpu_highest) {
            return std::nullopt;
        }
        for (std::int64_t cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(static_cast<int>(cpu));
        }
    }
    std::sort(cpus.begin(), cpus.end());
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    return cpus;
}

std::string cpu_list_text(const CpuSet& cpus) {
    std::string text = cpus_text(cpus);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

std::optional<std::string> chosen_of(std::string_view text) {
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(text.substr(open + 1, close - open - 1));
}

std::optional<std::int64_t> field_of(std::string_view text, std::string_view name) {
    for (const std::string_view line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() >= 2 && words[0].size() == name.size() + 1 && words[0].back() == ':' &&
            words[0].substr(0, name.size()) == name) {
            return number_of(words[1]);
        }
    }
    return std::nullopt;
}

bool has_capability(std::string_view status, unsigned capability) {
    for (const std::string_view line : lines_of(status)) {
        const auto words = words_of(line);
        if (words.size() == 2 && words[0] == "CapEff:") {
            const auto bits = whole_number<std::uint64_t>(words[1], 16);
            return bits && capability < 64 && (*bits >> capability & 1) != 0;
        }
    }
    return false;
}

std::vector<MemoryRange> anonymous_ranges(std::string_view maps, std::uint64_t bytes_min,
                                          std::uint64_t bytes_max) {
    std::vector<MemoryRange> ranges;
    for (const std::string_view line : lines_of(maps)) {
        // begin-end rw-p offset device inode [name]
        const auto words = words_of(line);
        const bool heap = words.size() == 6 && words[5] == "[heap]";
        if ((words.size() != 5 && !heap) || words[1] != "rw-p" || words[4] != "0") {
            continue;
        }
        const std::size_t dash = words[0].find('-');
        const auto begin = whole_number<std::uint64_t>(words[0].substr(0, dash), 16);
        const auto end = dash == std::string_view::npos
                             ? std::nullopt
                             : whole_number<std::uint64_t>(words[0].substr(dash + 1), 16);
        if (begin && end && *end > *begin && *end - *begin >= bytes_min &&
            *end - *begin <= bytes_max) {
            ranges.push_back({*begin, *end});
        }
    }
    return ranges;
}

}  // namespace portcullis::tools
