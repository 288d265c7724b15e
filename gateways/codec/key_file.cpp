// Reading key files. See key_file.hpp.
#include "gateways/codec/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace portcullis::gateways {
namespace {

std::string check_file(int file) {
    struct stat about {};
    if (::fstat(file, &about) != 0) {
        return std::strerror(errno);
    }
    if (!S_ISREG(about.st_mode)) {
        return "is no regular file";
    }
    if (about.st_uid != ::geteuid()) {
        return "belongs to another user";
    }
    const mode_t mode = about.st_mode & 07777;
    if (mode != 0600 && mode != 0400) {
        char text[64];
        std::snprintf(text, sizeof text, "has mode %04o, expected 0600 or 0400",
                      static_cast<unsigned>(mode));
        return text;
    }
    if (about.st_size == 0) {
        return "is empty";
    }
    if (static_cast<std::size_t>(about.st_size) >= SecretBytes::bytes_max) {
        return "is larger than any key";
    }
    return {};
}

}  // namespace

std::string read_secret(const std::string& path, SecretBytes& to) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        return std::strerror(errno);
    }
    std::string problem = check_file(file);
    while (problem.empty() && to.size < to.bytes.size()) {
        const ssize_t got = ::read(file, to.bytes.data() + to.size, to.bytes.size() - to.size);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            problem = std::strerror(errno);
        }
        to.size += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    ::close(file);
    return problem;
}

int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

}  // namespace portcullis::gateways
