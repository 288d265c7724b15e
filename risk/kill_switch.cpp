// The file behind the kill words (kill_switch.hpp).
//
// One page: a header that never changes after creation, guarded by a checksum, then the words.
// The words carry no checksum: one would need a second store, and a kill is one.
#include "risk/kill_switch.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/types/fnv1a.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::risk {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;
using engine::Scope;
using engine::verify;

namespace {

constexpr std::size_t page_bytes = 8192;
constexpr std::size_t words_offset = 64;

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
Header sealed(Header header) noexcept {
    char bytes[sizeof(Header)];
    std::memcpy(bytes, &header, sizeof header);
    header.checksum = engine::fnv1a({bytes, offsetof(Header, checksum)});
    return header;
}
Header expected_header() noexcept {
    return sealed(Header{});
}

/// A page as earlier versions had it: `changes` and `firm`, then venues, strategies, instruments.
struct Earlier {
    std::uint32_t version{};
    std::size_t bytes{};
    std::uint32_t strategies{};
    std::uint32_t instruments{};
};
constexpr std::array earlier_versions{Earlier{1, 4096, 32, 64}, Earlier{2, page_bytes, 192, 1024}};
static_assert(engine::capacity::venues == 8, "as it was then");
static_assert(engine::capacity::strategies >= 192 && engine::capacity::instruments >= 1024);

Header header_of(const Earlier& earlier) noexcept {
    Header header{};
    header.version = earlier.version;
    header.page = static_cast<std::uint32_t>(earlier.bytes);
    header.strategies = earlier.strategies;
    header.instruments = earlier.instruments;
    header.accounts = 0;  // it had none
    header.credentials = 0;
    return sealed(header);
}

Error failed(const std::string& path, const char* act) {
    return Error{"kill page " + path + ": " + act + ": " + std::strerror(errno)};
}
Error refused(const std::string& path, const char* why) {
    return Error{"kill page " + path + ": " + why};
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

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// A new name is durable only when its folder is.
bool sync_folder(const std::string& path) {
    const Descriptor folder{::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return folder.get() >= 0 && ::fsync(folder.get()) == 0;
}

bool write_whole(int fd, const unsigned char* bytes, std::size_t count) noexcept {
    std::size_t done = 0;
    while (done < count) {
        const ssize_t written = ::write(fd, bytes + done, count - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(written);
    }
    return true;
}

KillWord* find(KillWords& words, Scope scope, std::size_t index) noexcept {
    if (index >= kill_scope_size(scope)) {
        return nullptr;
    }
    switch (scope) {
        case Scope::firm:
            return &words.firm;
        case Scope::venue:
            return &words.venue[index];
        case Scope::strategy:
            return &words.strategy[index];
        case Scope::instrument:
            return &words.instrument[index];
        case Scope::account:
            return &words.account[index];
        case Scope::credential:
            return &words.credential[index];
        case Scope::withdrawals:
            return &words.withdrawals;
    }
    return nullptr;
}

}  // namespace

namespace {

/// Written whole under another name, then given its own by `name`: nobody ever sees half a page.
template <class Name>
Outcome write_page(const std::string& path, const unsigned char* page, Name name) {
    const std::string draft = path + ".new";
    ::unlink(draft.c_str());  // of a run that died here: a draft is nobody's state
    const Descriptor file{
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660)};
    if (file.get() < 0) {
        return failed(draft, "cannot be created");
    }
    const bool written = write_whole(file.get(), page, page_bytes) && ::fsync(file.get()) == 0;
    const bool named = written && name(draft.c_str(), path.c_str()) == 0;
    const int problem = errno;
    ::unlink(draft.c_str());
    errno = problem;
    if (!named) {
        return failed(path, written ? "cannot be created" : "cannot be written");
    }
    if (!sync_folder(path)) {
        return failed(path, "its folder cannot be synced");
    }
    return Done{};
}

}  // namespace

Outcome KillPage::create(const std::string& path) {
    unsigned char page[page_bytes]{};
    const Header header = expected_header();
    std::memcpy(page, &header, sizeof header);
    return write_page(path, page, ::link);  // link(2) refuses a name that exists
}

namespace {

/// The file as it is, or nothing where it is no regular file or longer than any page.
std::vector<unsigned char> read_page(int fd) {
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
const Earlier* earlier_of(const std::vector<unsigned char>& page) noexcept {
    for (const Earlier& earlier : earlier_versions) {
        const Header header = header_of(earlier);
        if (page.size() == earlier.bytes && std::memcmp(page.data(), &header, sizeof header) == 0) {
            return &earlier;
        }
    }
    return nullptr;
}

Descriptor opened_to_read(const std::string& path) noexcept {
    return Descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
}

}  // namespace

bool KillPage::is_of_earlier_version(const std::string& path) {
    const Descriptor file = opened_to_read(path);
    return file.get() >= 0 && earlier_of(read_page(file.get())) != nullptr;
}

Result<std::size_t> KillPage::renew(const std::string& path) {
    const Descriptor file = opened_to_read(path);
    if (file.get() < 0) {
        return failed(path, "cannot be opened");
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        return refused(path, "is in use: it is renewed while nothing runs");
    }
    const std::vector<unsigned char> old = read_page(file.get());
    const Earlier* const earlier = earlier_of(old);
    if (earlier == nullptr) {
        return refused(path, "has a damaged header, or is of no earlier version");
    }
    unsigned char page[page_bytes]{};
    const Header renewed = expected_header();
    std::memcpy(page, &renewed, sizeof renewed);
    std::size_t killed = 0;
    std::size_t from = words_offset;
    const auto carry = [&](std::size_t to, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i, from += sizeof(std::uint32_t)) {
            std::uint32_t word{};
            std::memcpy(&word, old.data() + from, sizeof word);
            std::memcpy(page + words_offset + to + i * sizeof word, &word, sizeof word);
            killed += is_killed(word) ? 1U : 0U;
        }
    };
    carry(offsetof(KillWords, changes), 1);
    killed = 0;  // that one is a count
    carry(offsetof(KillWords, firm), 1);
    carry(offsetof(KillWords, venue), engine::capacity::venues);
    carry(offsetof(KillWords, strategy), earlier->strategies);
    carry(offsetof(KillWords, instrument), earlier->instruments);
    if (const Outcome written = write_page(path, page, ::rename); !written.ok()) {
        return Error{written.error()};
    }
    return killed;
}

Result<KillPage> KillPage::open(const std::string& path, Access access) {
    const bool writes = access == Access::read_write;
    Descriptor file{
        ::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
    if (file.get() < 0) {
        return failed(path, "cannot be opened");
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) {
        return failed(path, "cannot be examined");
    }
    if (earlier_of(read_page(file.get())) != nullptr) {
        return refused(path, "is of an earlier version: `portcullis init` carries its kills over");
    }
    if (!S_ISREG(info.st_mode) || info.st_size != static_cast<off_t>(page_bytes)) {
        return refused(
            path, "is not a file of 8192 bytes: damaged, of another version, or not a kill page");
    }
    if (writes && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0) {
        return failed(path, "is being cleared by another program");
    }
    void* map = ::mmap(nullptr, page_bytes, writes ? PROT_READ | PROT_WRITE : PROT_READ,
                       MAP_SHARED | MAP_POPULATE, file.get(), 0);
    if (map == MAP_FAILED) {
        return failed(path, "cannot be mapped");
    }
    const Header header = expected_header();
    if (std::memcmp(map, &header, sizeof header) != 0) {
        ::munmap(map, page_bytes);
        return refused(path, "has a damaged header, or is of another version");
    }
    // The bytes are the page cache's; an atomic<uint32_t> is a uint32_t (asserted in the header).
    auto* words =
        std::launder(reinterpret_cast<KillWords*>(static_cast<unsigned char*>(map) + words_offset));
    return KillPage{file.release(), map, words, access};
}

Result<std::uint32_t> KillPage::clear(const std::string& path, Scope scope, std::size_t index) {
    auto opened = open(path);
    if (!opened.ok()) {
        return Error{opened.error()};
    }
    KillPage& page = opened.value();
    KillWord* word = find(*page.words_, scope, index);
    if (word == nullptr) {
        return refused(path, "has no such scope and index");
    }
    // Turns our shared lock into the only one: fails while any other process can write.
    if (::flock(page.fd_, LOCK_EX | LOCK_NB) != 0) {
        return refused(path, "is in use: a kill is cleared while nothing runs");
    }
    // relaxed: the lock has made us the only writer.
    const std::uint32_t killed = word->load(std::memory_order_relaxed);
    if (!is_killed(killed)) {
        return refused(path, "is not killed there");
    }
    // seq_cst, as every store to the page: word and count are seen in one order by all readers.
    word->store(killed + 1, std::memory_order_seq_cst);
    page.words_->changes.fetch_add(1, std::memory_order_seq_cst);
    const Outcome durable = page.sync();
    if (!durable.ok()) {
        return Error{durable.error()};
    }
    return killed + 1;
}

KillPage::KillPage(KillPage&& other) noexcept
    : map_(std::exchange(other.map_, nullptr)),
      words_(std::exchange(other.words_, nullptr)),
      fd_(std::exchange(other.fd_, -1)),
      access_(other.access_) {}

KillPage& KillPage::operator=(KillPage&& other) noexcept {
    if (this != &other) {
        close();
        map_ = std::exchange(other.map_, nullptr);
        words_ = std::exchange(other.words_, nullptr);
        fd_ = std::exchange(other.fd_, -1);
        access_ = other.access_;
    }
    return *this;
}

KillPage::~KillPage() {
    close();
}

void KillPage::close() noexcept {
    if (map_ != nullptr) {
        ::munmap(map_, page_bytes);
        ::close(fd_);
        map_ = nullptr;
        words_ = nullptr;
        fd_ = -1;
    }
}

bool KillPage::kill_now(Scope scope, std::size_t index) noexcept {
    verify(words_ != nullptr);
    verify(access_ == Access::read_write);
    KillWord* word = find(*words_, scope, index);
    if (word == nullptr) {
        return false;
    }
    // Setting the lowest bit makes an even word odd and leaves an odd one: idempotent from any
    // number of processes. seq_cst: nothing that this thread does later comes before the kill.
    const std::uint32_t before = word->fetch_or(1U, std::memory_order_seq_cst);
    if (!is_killed(before)) {
        words_->changes.fetch_add(1, std::memory_order_seq_cst);
    }
    return true;
}

Outcome KillPage::kill(Scope scope, std::size_t index) {
    if (!kill_now(scope, index)) {
        return Error{"kill page: no such scope and index"};
    }
    return sync();
}

Outcome KillPage::sync() const {
    verify(map_ != nullptr);
    if (::msync(map_, page_bytes, MS_SYNC) != 0) {
        return Error{std::string{"kill page: cannot be made durable: "} + std::strerror(errno)};
    }
    return Done{};
}

std::uint32_t KillPage::word(Scope scope, std::size_t index) const noexcept {
    verify(words_ != nullptr);
    const KillWord* word = find(*words_, scope, index);
    verify(word != nullptr);
    // acquire: what the killer did before is seen by whoever sees the kill.
    return word->load(std::memory_order_acquire);
}

std::uint32_t KillPage::stamp(const engine::OrderScopes& order) const noexcept {
    std::uint32_t sum = 0;
    for (const std::uint32_t each : words_of(order)) {
        sum += each;
    }
    return sum;
}

bool KillPage::killed(const engine::OrderScopes& order) const noexcept {
    std::uint32_t any = 0;
    for (const std::uint32_t each : words_of(order)) {
        any |= each;
    }
    return is_killed(any);
}

std::array<std::uint32_t, 6> KillPage::words_of(const engine::OrderScopes& order) const noexcept {
    verify(words_ != nullptr);
    verify(order.venue.value < engine::capacity::venues);
    verify(order.account.value < engine::capacity::accounts);
    verify(order.credential.value < engine::capacity::credentials);
    verify(order.strategy.value < engine::capacity::strategies);
    verify(order.instrument.value < engine::capacity::instruments);
    // acquire: as in word().
    const auto read = [](const KillWord& word) { return word.load(std::memory_order_acquire); };
    return {read(words_->firm),
            read(words_->venue[order.venue.value]),
            read(words_->account[order.account.value]),
            read(words_->credential[order.credential.value]),
            read(words_->strategy[order.strategy.value]),
            read(words_->instrument[order.instrument.value])};
}

}  // namespace portcullis::risk
