#include "engine/journal/epoch_keys.hpp"

#include <sys/random.h>

#include <cerrno>

#include "engine/journal/file_io.hpp"

namespace portcullis::engine::journal {
namespace {

constexpr std::array<char, 8> epoch_magic{'P', 'C', 'E', 'P', 'O', 'C', 'H', '1'};

struct EpochFile {
    std::array<char, 8> magic{epoch_magic};
    std::uint32_t epoch{};
    std::uint32_t reserved{};
    Uuid uuid{};
    ClientIdKey key{};
    std::uint32_t reserved_end{};
    std::uint32_t crc{};  ///< CRC-32C of all before it
};
static_assert(sizeof(EpochFile) == 72 && std::has_unique_object_representations_v<EpochFile>);

constexpr const char* prefix = "epoch-";
constexpr const char* suffix = ".key";
/// What a client order id has room for.
constexpr std::uint32_t epoch_max = (1U << (64 - ClOrdId::sequence_bits)) - 1;

template <std::size_t n>
bool fill_random(std::array<unsigned char, n>& bytes) {
    static_assert(n <= 256, "up to here getrandom is never interrupted");
    return ::getrandom(bytes.data(), n, 0) == static_cast<ssize_t>(n);
}

}  // namespace

Result<EpochFiles> read_epochs(const std::string& directory) {
    auto names = list_files(directory, prefix, suffix);
    if (!names) {
        return Error{names.error()};
    }
    EpochFiles files;
    for (const std::string& name : names.value()) {
        const std::string path = directory + "/" + name;
        const std::uint32_t number = number_in(name, prefix, suffix);
        if (number != files.keys.size() + 1) {
            return Error{path + ": expected the key of epoch " +
                         std::to_string(files.keys.size() + 1) + ": a key is missing before it"};
        }
        auto text = read_file(path, sizeof(EpochFile) + 1);
        if (!text) {
            return Error{text.error()};
        }
        EpochFile file;
        if (text.value().size() != sizeof(file)) {
            return Error{path + ": " + std::to_string(text.value().size()) +
                         " bytes found, expected " + std::to_string(sizeof(file))};
        }
        std::memcpy(&file, text.value().data(), sizeof(file));
        if (file.magic != epoch_magic || file.reserved != 0 || file.reserved_end != 0 ||
            file.crc != crc32c(&file, offsetof(EpochFile, crc))) {
            return Error{path + ": damaged (magic, padding or crc)"};
        }
        if (file.epoch != number || (!files.keys.empty() && file.uuid != files.uuid)) {
            return Error{path + ": of another epoch or another journal than its name says"};
        }
        files.uuid = file.uuid;
        files.keys.push_back(EpochKey{Epoch{file.epoch}, file.key});
    }
    return files;
}

Outcome add_epoch(const std::string& directory, EpochFiles& files) {
    EpochFile file;
    if (files.keys.size() >= epoch_max) {
        return Error{directory + ": no epoch left; begin a new journal"};
    }
    if (files.keys.empty() && !fill_random(files.uuid)) {
        return system_error("draw random bytes for", directory, errno);
    }
    if (!fill_random(file.key)) {
        return system_error("draw random bytes for", directory, errno);
    }
    file.epoch = static_cast<std::uint32_t>(files.keys.size()) + 1;
    file.uuid = files.uuid;
    file.crc = crc32c(&file, offsetof(EpochFile, crc));
    const Outcome written =
        write_durably(directory, numbered(prefix, file.epoch, suffix),
                      std::string_view(reinterpret_cast<const char*>(&file), sizeof(file)), 0600);
    if (!written) {
        return Error{written.error()};
    }
    files.keys.push_back(EpochKey{Epoch{file.epoch}, file.key});
    return Done{};
}

Result<Uuid> read_boot_id() {
    const std::string path = "/proc/sys/kernel/random/boot_id";
    auto text = read_file(path, 64);
    if (!text) {
        return Error{text.error()};
    }
    Uuid id{};
    std::size_t digits = 0;
    for (const char c : text.value()) {
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value >= 0 && digits < 32) {
            id[digits / 2] = static_cast<unsigned char>((id[digits / 2] << 4) | value);
            ++digits;
        }
    }
    if (digits != 32) {
        return Error{path + ": not a boot id"};
    }
    return id;
}

}  // namespace portcullis::engine::journal
