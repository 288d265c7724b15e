// The three ways to look at a journal. See commands.hpp.
#include "tools/portcullis/journal/commands.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/journal/reader.hpp"
#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/journal/event_text.hpp"

namespace portcullis::tools {
namespace {

using engine::journal::JournalReader;

// Calls visit(record, build) for each, with the build that wrote it; returns the exit code, having
// said what is wrong.
template <class Visit>
int read_all(const std::string& path, Visit&& visit) {
    std::error_code error;
    auto reader = std::filesystem::is_directory(path, error) ? JournalReader::open(path)
                                                             : JournalReader::open_segment(path);
    if (!reader) {
        fmt::print(stderr, "{}\n", reader.error());
        return 2;
    }
    if (reader.value().segments() == 0) {
        fmt::print(stderr, "{}: no journal segment here\n", path);
        return 2;
    }
    engine::Event record;
    while (reader.value().next(record)) {
        visit(record, engine::journal::text_of(reader.value().header().build_id));
    }
    const auto verdict = reader.value().verdict();
    fmt::print(stderr, "{} records, {}: {}\n", reader.value().records(), reader.value().where(),
               engine::journal::describe(verdict));
    return engine::journal::is_damage(verdict) ? 1 : 0;
}

}  // namespace

int journal_cat(const std::string& path) {
    return read_all(path, [](const engine::Event& record, std::string_view build) {
        const bool start = record.header.type == engine::EventType::session_start;
        fmt::print("{} {} {}{}\n", record.header.seq, record.header.mono.value, event_text(record),
                   start ? fmt::format(" build={}", json_text(build)) : std::string());
    });
}

int journal_verify(const std::string& path) {
    return read_all(path, [](const engine::Event&, std::string_view) {});
}

int journal_stats(const std::string& path, bool json) {
    std::map<engine::EventType, std::uint64_t> counts;
    std::set<std::string, std::less<>> builds;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const int code = read_all(path, [&](const engine::Event& record, std::string_view build) {
        ++counts[record.header.type];
        if (builds.find(build) == builds.end()) {
            builds.emplace(build);
        }
        const auto at = static_cast<std::uint64_t>(record.header.wall.value);
        first = first == 0 ? at : first;
        last = at;
    });
    if (code == 2) {
        return code;  // nothing was read: no counts to tell
    }
    if (json) {
        fmt::print("{{");
        const char* separator = "";
        for (const auto& [type, count] : counts) {
            fmt::print("{}\"{}\":{}", separator, event_name(type), count);
            separator = ",";
        }
        fmt::print("{}\"builds\":[", separator);
        separator = "";
        for (const std::string& build : builds) {
            fmt::print("{}{}", separator, json_text(build));
            separator = ",";
        }
        fmt::print("]}}\n");
        return code;
    }
    for (const auto& [type, count] : counts) {
        fmt::print("{:<24}{:>12}\n", event_name(type), count);
    }
    for (const std::string& build : builds) {
        fmt::print("{:<24}{:>12}\n", "build", json_text(build));
    }
    fmt::print("{:<24}{:>12.3f} s\n", "span", static_cast<double>(last - first) / 1e9);
    return code;
}

}  // namespace portcullis::tools
