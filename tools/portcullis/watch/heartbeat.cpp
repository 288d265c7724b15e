// The mapped file of the heartbeat. See heartbeat.hpp.
#include "tools/portcullis/watch/heartbeat.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace portcullis::tools {
namespace {

constexpr char heartbeat_magic[8]{'P', 'R', 'T', 'C', 'B', 'E', 'A', 'T'};
constexpr std::uint32_t heartbeat_version = 1;

engine::Error no_heartbeat(const std::string& path, const char* act) {
    return engine::Error{path + ": " + act + ": " + std::strerror(errno)};
}

engine::Result<HeartbeatWords*> map_heartbeat(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (file < 0) {
        return no_heartbeat(path, "cannot be opened");
    }
    const bool writes = (flags & O_RDWR) != 0;
    struct stat info {};
    if ((writes && ::ftruncate(file, sizeof(HeartbeatWords)) != 0) || ::fstat(file, &info) != 0 ||
        info.st_size != static_cast<off_t>(sizeof(HeartbeatWords))) {
        ::close(file);
        return engine::Error{path + ": is no heartbeat"};
    }
    void* map = ::mmap(nullptr, sizeof(HeartbeatWords), writes ? PROT_READ | PROT_WRITE : PROT_READ,
                       MAP_SHARED | MAP_POPULATE, file, 0);
    ::close(file);
    if (map == MAP_FAILED) {
        return no_heartbeat(path, "cannot be mapped");
    }
    return std::launder(static_cast<HeartbeatWords*>(map));
}

}  // namespace

engine::Result<Heartbeat> Heartbeat::begin(const std::string& path, std::uint32_t epoch) {
    auto words = map_heartbeat(path, O_RDWR | O_CREAT);
    if (!words) {
        return engine::Error{words.error()};
    }
    HeartbeatWords& at = *words.value();
    std::memcpy(at.magic, heartbeat_magic, sizeof at.magic);
    at.version = heartbeat_version;
    // seq_cst: the run is told after all that is of it.
    at.proofs.store(0, std::memory_order_seq_cst);
    at.ended.store(1, std::memory_order_seq_cst);
    at.epoch.store(epoch, std::memory_order_seq_cst);
    return Heartbeat(&at);
}

engine::Result<Heartbeat> Heartbeat::open(const std::string& path) {
    auto words = map_heartbeat(path, O_RDONLY);
    if (!words) {
        return engine::Error{words.error()};
    }
    Heartbeat opened(words.value());
    if (std::memcmp(opened.words_->magic, heartbeat_magic, sizeof heartbeat_magic) != 0 ||
        opened.words_->version != heartbeat_version) {
        return engine::Error{path + ": is no heartbeat, or of another version"};
    }
    return opened;
}

Heartbeat::Heartbeat(Heartbeat&& other) noexcept : words_(std::exchange(other.words_, nullptr)) {}

Heartbeat::~Heartbeat() {
    if (words_ != nullptr) {
        ::munmap(words_, sizeof(HeartbeatWords));
    }
}

void Heartbeat::count() noexcept {
    // release: the gate has answered before it is counted, and the count is there before the run.
    words_->proofs.fetch_add(1, std::memory_order_release);
    words_->ended.store(0, std::memory_order_release);
}

void Heartbeat::end() noexcept {
    // release: what it has sent and cancelled lies before.
    words_->ended.store(1, std::memory_order_release);
}

Beat Heartbeat::beat() const noexcept {
    // acquire: see the writers.
    return {words_->epoch.load(std::memory_order_acquire),
            words_->proofs.load(std::memory_order_acquire),
            words_->ended.load(std::memory_order_acquire) != 0};
}

}  // namespace portcullis::tools
