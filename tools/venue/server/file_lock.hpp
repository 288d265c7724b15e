// FileLock: a file that one process at a time may hold, by flock(2).
//
// Whoever holds it may do what the file stands for (listen at a socket, write a run's folder). The
// kernel lets go of it when the process ends, however it ends, so a crash leaves nothing locked;
// the file itself stays, because to unlink it would let two hold "it". It names its holder for the
// one who is refused.
#pragma once

#include <chrono>
#include <string>

#include "engine/types/result.hpp"

namespace portcullis::tools::venue {

class FileLock {
public:
    /// Holds nothing.
    FileLock() = default;
    /// Waits for `patience` at most; the error names the holder's process.
    [[nodiscard]] static engine::Result<FileLock> take(const std::string& path,
                                                       std::chrono::milliseconds patience);
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    [[nodiscard]] bool held() const { return file_ >= 0; }

private:
    explicit FileLock(int file) : file_(file) {}
    int file_{-1};
};

}  // namespace portcullis::tools::venue
