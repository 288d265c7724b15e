// The bytes of the kill page and of its earlier versions; for the page's own files alone.
//
// Reader: kill_switch.cpp, kill_switch_make.cpp.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/types/capacity.hpp"
#include "engine/types/fnv1a.hpp"
#include "engine/types/result.hpp"
#include "risk/kill_switch.hpp"

namespace portcullis::risk::kill_page {

inline constexpr std::size_t page_bytes = 8192;
inline constexpr std::size_t words_offset = 64;

/// DO NOT REORDER: it is on disk.
struct Header {
    char magic[8]{'P', 'R', 'T', 'C', 'K', 'I', 'L', 'L'};
    /// 1: room for 64 instruments, 4,096 bytes. 2: firm, venue, strategy, instrument, no gaps.
    std::uint32_t version{3};
    std::uint32_t page{page_bytes};
    std::uint32_t offset{words_offset};
    std::uint32_t venues{engine::capacity::venues};
    std::uint32_t strategies{engine::capacity::strategies};
    std::uint32_t instruments{engine::capacity::instruments};
    std::uint32_t accounts{engine::capacity::accounts};
    std::uint32_t credentials{engine::capacity::credentials};
    std::uint8_t reserved[16]{};
    std::uint64_t checksum{};  ///< FNV-1a of all before it
};
static_assert(sizeof(Header) == words_offset && std::is_trivially_copyable_v<Header> &&
              std::has_unique_object_representations_v<Header>);
static_assert(words_offset + sizeof(KillWords) <= page_bytes);
static_assert(words_offset % alignof(KillWords) == 0);

/// Its checksum is against damage; an adversary who can write this file can also kill us.
[[nodiscard]] inline Header sealed(Header header) noexcept {
    char bytes[sizeof(Header)];
    std::memcpy(bytes, &header, sizeof header);
    header.checksum = engine::fnv1a({bytes, offsetof(Header, checksum)});
    return header;
}
[[nodiscard]] inline Header expected_header() noexcept {
    return sealed(Header{});
}

/// A page as earlier versions had it: `changes` and `firm`, then venues, strategies, instruments.
struct Earlier {
    std::uint32_t version{};
    std::size_t bytes{};
    std::uint32_t strategies{};
    std::uint32_t instruments{};
};
inline constexpr std::array earlier_versions{Earlier{1, 4096, 32, 64},
                                             Earlier{2, page_bytes, 192, 1024}};
static_assert(engine::capacity::venues == 8, "as it was then");
static_assert(engine::capacity::strategies >= 192 && engine::capacity::instruments >= 1024);

[[nodiscard]] inline Header header_of(const Earlier& earlier) noexcept {
    Header header{};
    header.version = earlier.version;
    header.page = static_cast<std::uint32_t>(earlier.bytes);
    header.strategies = earlier.strategies;
    header.instruments = earlier.instruments;
    header.accounts = 0;  // it had none
    header.credentials = 0;
    return sealed(header);
}

[[nodiscard]] inline engine::Error failed(const std::string& path, const char* act) {
    return engine::Error{"kill page " + path + ": " + act + ": " + std::strerror(errno)};
}
[[nodiscard]] inline engine::Error refused(const std::string& path, const char* why) {
    return engine::Error{"kill page " + path + ": " + why};
}

/// Closes on the way out, unless released.
class Descriptor {
public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

/// The file as it is, or nothing where it is no regular file or longer than any page.
[[nodiscard]] inline std::vector<unsigned char> read_page(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0 ||
        info.st_size > static_cast<off_t>(page_bytes)) {
        return {};
    }
    std::vector<unsigned char> bytes(static_cast<std::size_t>(info.st_size));
    const ssize_t count = ::pread(fd, bytes.data(), bytes.size(), 0);
    return count == info.st_size ? bytes : std::vector<unsigned char>{};
}

/// Which earlier version it is, to the last byte of its header; null: none.
[[nodiscard]] inline const Earlier* earlier_of(const std::vector<unsigned char>& page) noexcept {
    for (const Earlier& earlier : earlier_versions) {
        const Header header = header_of(earlier);
        if (page.size() == earlier.bytes && std::memcmp(page.data(), &header, sizeof header) == 0) {
            return &earlier;
        }
    }
    return nullptr;
}

}  // namespace portcullis::risk::kill_page
