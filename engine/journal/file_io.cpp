#include "engine/journal/file_io.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace portcullis::engine::journal {

Error system_error(std::string_view act, const std::string& path, int number) {
    std::string text = "cannot ";
    text.append(act).append(" ").append(path).append(": ").append(std::strerror(number));
    return Error{text};
}

std::uint32_t number_in(std::string_view name, std::string_view prefix, std::string_view suffix) {
    constexpr std::size_t digits = 8;
    if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
        !name.ends_with(suffix)) {
        return 0;
    }
    std::uint32_t number = 0;
    for (const char digit : name.substr(prefix.size(), digits)) {
        if (digit < '0' || digit > '9') {
            return 0;
        }
        number = number * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    return number;
}

std::string numbered(std::string_view prefix, std::uint32_t number, std::string_view suffix) {
    std::string digits = std::to_string(number);
    digits.insert(0, digits.size() < 8 ? 8 - digits.size() : 0, '0');
    return std::string(prefix) + digits + std::string(suffix);
}

Result<std::vector<std::string>> list_files(const std::string& directory, std::string_view prefix,
                                            std::string_view suffix) {
    std::error_code failed;
    std::vector<std::string> names;
    std::filesystem::directory_iterator at(directory, failed);
    for (; !failed && at != std::filesystem::directory_iterator{}; at.increment(failed)) {
        std::string name = at->path().filename().string();
        if (name.starts_with(prefix) && name.ends_with(suffix)) {
            names.push_back(std::move(name));
        }
    }
    if (failed) {
        return system_error("list", directory, failed.value());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return system_error("open", path, errno);
    }
    std::string text(bytes_max, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(file, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            const int number = errno;
            ::close(file);
            return system_error("read", path, number);
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    ::close(file);
    text.resize(size);
    return text;
}

Outcome sync_directory(const std::string& directory) {
    const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return system_error("open", directory, errno);
    }
    const bool ok = ::fsync(file) == 0;
    const int number = errno;
    ::close(file);
    if (!ok) {
        return system_error("sync", directory, number);
    }
    return Done{};
}

bool write_at(int file, std::span<const unsigned char> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return true;
}

Outcome write_durably(const std::string& directory, const std::string& name, std::string_view bytes,
                      unsigned mode) {
    const std::string path = directory + "/" + name;
    const std::string making = path + ".tmp";
    ::unlink(making.c_str());
    const int file = ::open(making.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) {
        return system_error("create", making, errno);
    }
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const bool ok = write_at(file, {data, bytes.size()}, 0) && ::fsync(file) == 0;
    const int number = errno;
    ::close(file);
    if (!ok) {
        ::unlink(making.c_str());
        return system_error("write", making, number);
    }
    if (::rename(making.c_str(), path.c_str()) != 0) {
        return system_error("rename", making, errno);
    }
    return sync_directory(directory);
}

}  // namespace portcullis::engine::journal
