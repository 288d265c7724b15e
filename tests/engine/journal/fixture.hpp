// A journal in a directory of its own, that is gone after the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/events/account.hpp"
#include "engine/events/market.hpp"
#include "engine/journal/file_io.hpp"
#include "engine/journal/journal.hpp"

namespace portcullis::engine::journal_test {

namespace journal = ::portcullis::engine::journal;
using journal::Journal;
using journal::JournalOptions;
using journal::JournalReader;
using journal::OpenMode;
using journal::Verdict;

inline constexpr std::size_t small_segment = 16384;  // 64 records
inline constexpr std::uint64_t records_of_small =
    (small_segment - journal::records_offset) / journal::record_bytes;

class Directory {
public:
    explicit Directory(const std::string& parent = std::filesystem::temp_directory_path()) {
        std::string name = parent + "/portcullis-journal-XXXXXX";
        path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string();
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string segment(std::uint32_t number) const {
        return path_ + "/" + journal::segment_name(number);
    }

private:
    std::string path_;
};

inline JournalOptions options_of(const Directory& directory, OpenMode mode,
                                 std::size_t segment_bytes = small_segment) {
    JournalOptions options;
    options.directory = directory.path();
    options.mode = mode;
    options.config_hash = 77;
    options.build_id = "test";
    options.segment_bytes = segment_bytes;
    options.reserve_records = 16;
    options.sync_period = milliseconds(10);
    options.retry_period = milliseconds(1);
    return options;
}

/// Event number `n`: a book delta whose ids tell which one it is.
inline Event event_of(std::uint64_t n) {
    BookDelta delta;
    delta.first_update = UpdateId{n};
    delta.last_update = UpdateId{n * 3};
    delta.instrument = InstrumentId{1};
    delta.level_count = 1;
    return Event::of(delta, MonoNs{static_cast<std::int64_t>(n)}, WallNs{5});
}

inline std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}
inline void spill(const std::string& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

struct Read {
    Verdict verdict{};
    std::vector<Event> events;
    std::string where;
};
inline Read read_all(const std::string& directory) {
    Read read;
    auto reader = JournalReader::open(directory);
    if (!reader) {
        ADD_FAILURE() << reader.error();
        return read;
    }
    Event event;
    while (reader.value().next(event)) {
        read.events.push_back(event);
    }
    read.verdict = reader.value().verdict();
    read.where = reader.value().where();
    return read;
}

/// A journal with `count` records in small segments, closed well or left open.
inline void make(const Directory& directory, std::uint64_t count, bool close_well,
                 OpenMode mode = OpenMode::create) {
    auto opened = Journal::open(options_of(directory, mode));
    ASSERT_TRUE(opened.ok()) << opened.error();
    Journal& made = *opened.value();
    for (std::uint64_t i = 1; i <= count; ++i) {
        Event event = event_of(i);
        ASSERT_TRUE(made.writer().append(event));
        made.agent().do_work(MonoNs{static_cast<std::int64_t>(i) * 1'000'000});
    }
    if (close_well) {
        const Outcome closed = made.close(MonoNs{1}, WallNs{1});
        ASSERT_TRUE(closed.ok()) << closed.error();
    }
}

}  // namespace portcullis::engine::journal_test
