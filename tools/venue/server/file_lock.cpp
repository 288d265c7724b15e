#include "tools/venue/server/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace portcullis::tools::venue {
namespace {

constexpr std::chrono::milliseconds pause{10};

std::string holder(int file) {
    char text[32]{};
    const ssize_t length = ::pread(file, text, sizeof text - 1, 0);
    const std::string process(text, static_cast<std::size_t>(length > 0 ? length : 0));
    return process.empty() ? "another process" : "process " + process;
}

}  // namespace

engine::Result<FileLock> FileLock::take(const std::string& path,
                                        std::chrono::milliseconds patience) {
    FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock.held()) {
        return engine::Error{path + ": " + std::strerror(errno)};
    }
    const auto end = std::chrono::steady_clock::now() + patience;
    while (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return engine::Error{path + ": " + std::strerror(errno)};
        }
        if (std::chrono::steady_clock::now() >= end) {
            return engine::Error{path + ": held by " + holder(lock.file_)};
        }
        std::this_thread::sleep_for(pause);
    }
    // Only for whoever is refused: a name that could not be written costs him that name.
    const std::string process = std::to_string(::getpid());
    if (::ftruncate(lock.file_, 0) == 0) {
        (void)!::pwrite(lock.file_, process.data(), process.size(), 0);
    }
    return lock;
}

FileLock::~FileLock() {
    if (held()) {
        ::close(file_);
    }
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    FileLock before(std::exchange(file_, std::exchange(other.file_, -1)));
    return *this;
}

}  // namespace portcullis::tools::venue
