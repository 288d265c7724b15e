// The bytes of the records. See kill_records.hpp.
#include "risk/kill_records.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "engine/journal/file_io.hpp"
#include "engine/types/fnv1a.hpp"
#include "risk/kill_switch.hpp"

namespace portcullis::risk {

using engine::Error;
using engine::Outcome;
using engine::Result;

namespace {

constexpr std::size_t records_bytes_max = std::size_t{4} << 20;

/// DO NOT REORDER: it is on disk.
struct RecordsHeader {
    char magic[8]{'P', 'R', 'T', 'C', 'C', 'L', 'R', 'D'};
    std::uint32_t version{1};
    std::uint32_t count{};
    std::uint64_t checksum{};  ///< FNV-1a of all but itself
};
static_assert(sizeof(RecordsHeader) == 24 &&
              std::has_unique_object_representations_v<RecordsHeader>);

/// DO NOT REORDER: it is on disk.
struct RecordBytes {
    std::int64_t at{};
    std::uint32_t scope{};
    std::uint32_t index{};
    std::uint32_t epoch{};
    std::uint32_t before{};
    std::uint32_t after{};
    std::uint32_t reserved{};
    char who[KillCleared::who_max + 1]{};
};
static_assert(sizeof(RecordBytes) == 120 && std::has_unique_object_representations_v<RecordBytes>);

template <class T>
std::string bytes_of(const T& value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::uint64_t checksum_of(RecordsHeader header, std::string_view records) {
    header.checksum = 0;
    return engine::fnv1a(bytes_of(header).append(records));
}

RecordBytes packed(const KillCleared& record) noexcept {
    RecordBytes bytes;
    bytes.at = record.at.value;
    bytes.scope = static_cast<std::uint32_t>(record.scope);
    bytes.index = record.index;
    bytes.epoch = record.epoch;
    bytes.before = record.before;
    bytes.after = record.after;
    std::memcpy(bytes.who, record.who.data(), std::min(record.who.size(), KillCleared::who_max));
    return bytes;
}

KillCleared unpacked(const RecordBytes& bytes) {
    return {static_cast<engine::Scope>(bytes.scope),
            bytes.index,
            bytes.epoch,
            bytes.before,
            bytes.after,
            engine::WallNs{bytes.at},
            std::string(bytes.who, ::strnlen(bytes.who, KillCleared::who_max))};
}

/// What no clear can have written.
bool is_sound(const KillCleared& record) noexcept {
    return record.index < kill_scope_size(record.scope) && is_killed(record.before) &&
           record.after == record.before + 1;
}

Error damaged(const std::string& path, const char* what) {
    return Error{path + ": " + what +
                 ": who has cleared a kill is not known, which counts as killed"};
}

}  // namespace

Result<KillRecords> KillRecords::read(const std::string& page_path) {
    KillRecords records(path_of(page_path));
    const auto text = engine::journal::read_file(records.path_, records_bytes_max);
    if (!text) {
        return damaged(records.path_, text.error().c_str());
    }
    const std::string& bytes = text.value();
    RecordsHeader header;
    if (bytes.size() < sizeof header) {
        return damaged(records.path_, "is cut");
    }
    std::memcpy(&header, bytes.data(), sizeof header);
    const std::string_view rows = std::string_view(bytes).substr(sizeof header);
    const RecordsHeader expected;
    if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0 ||
        header.version != expected.version) {
        return damaged(records.path_, "is of another version, or no file of records");
    }
    if (rows.size() != std::size_t{header.count} * sizeof(RecordBytes) ||
        header.checksum != checksum_of(header, rows)) {
        return damaged(records.path_, "is damaged");
    }
    for (std::size_t i = 0; i < header.count; ++i) {
        RecordBytes row;
        std::memcpy(&row, rows.data() + i * sizeof row, sizeof row);
        records.all_.push_back(unpacked(row));
        if (!is_sound(records.all_.back())) {
            return damaged(records.path_, "has a record that no clear has written");
        }
    }
    return records;
}

Result<KillRecords> KillRecords::make(const std::string& page_path,
                                      std::vector<KillCleared> first) {
    KillRecords records(path_of(page_path));
    struct stat info {};
    if (::lstat(records.path_.c_str(), &info) == 0) {
        return read(page_path);
    }
    if (const Outcome written = records.write(first); !written) {
        return Error{written.error()};
    }
    records.all_ = std::move(first);
    return records;
}

Outcome KillRecords::add(const KillCleared& cleared) {
    if (!is_sound(cleared)) {
        return Error{path_ + ": no kill that could be cleared"};
    }
    std::vector<KillCleared> next = all_;
    next.push_back(cleared);
    Outcome written = write(next);
    if (written) {
        all_ = std::move(next);
    }
    return written;
}

std::uint32_t KillRecords::opened(engine::Scope scope, std::size_t index) const noexcept {
    for (auto record = all_.rbegin(); record != all_.rend(); ++record) {
        if (record->scope == scope && record->index == index) {
            return record->after;
        }
    }
    return 0;
}

Outcome KillRecords::write(const std::vector<KillCleared>& records) const {
    std::string rows;
    for (const KillCleared& record : records) {
        rows += bytes_of(packed(record));
    }
    RecordsHeader header;
    header.count = static_cast<std::uint32_t>(records.size());
    header.checksum = checksum_of(header, rows);
    const auto slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash);
    const std::string name = slash == std::string::npos ? path_ : path_.substr(slash + 1);
    return engine::journal::write_durably(folder.empty() ? "/" : folder, name,
                                          bytes_of(header) + rows, 0660);
}

}  // namespace portcullis::risk
