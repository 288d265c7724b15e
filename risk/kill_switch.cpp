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

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/types/fnv1a.hpp"
#include "engine/types/verify.hpp"
#include "risk/kill_records.hpp"
#include "risk/kill_switch_format.hpp"

namespace portcullis::risk {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;
using engine::Scope;
using engine::verify;
using kill_page::Descriptor;
using kill_page::earlier_of;
using kill_page::expected_header;
using kill_page::failed;
using kill_page::Header;
using kill_page::page_bytes;
using kill_page::read_page;
using kill_page::refused;
using kill_page::words_offset;

namespace {

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
    // Behind the lock: nobody is clearing now.
    const auto records = KillRecords::read(path);
    if (!records.ok()) {
        return Error{records.error()};
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
    KillPage page{file.release(), map, words, access};
    if (const Outcome held = page.hold_against(records.value()); !held.ok()) {
        return refused(path, held.error().c_str());
    }
    return page;
}

/// Sets it to an odd value that is at least `least`: closes, whatever it was.
void KillPage::raise(KillWord& word, std::uint32_t least) noexcept {
    // relaxed: the exchange below says whether it is still so.
    std::uint32_t found = word.load(std::memory_order_relaxed);
    // seq_cst: as every store to the page.
    while (!word.compare_exchange_weak(found, std::max(found, least) | 1U,
                                       std::memory_order_seq_cst)) {
    }
    // seq_cst: as every store to the page.
    words_->changes.fetch_add(1, std::memory_order_seq_cst);
}

bool KillPage::kill_unless_since(Scope scope, std::size_t index, std::uint32_t known) noexcept {
    verify(words_ != nullptr);
    verify(access_ == Access::read_write);
    KillWord* word = find(*words_, scope, index);
    // acquire: as in word().
    if (word == nullptr || word->load(std::memory_order_acquire) >= known) {
        return false;
    }
    raise(*word, known);
    return true;
}

/// What is open, or lower than it was left, without a record: not what anybody has cleared.
Outcome KillPage::hold_against(const KillRecords& records) {
    for (std::uint8_t s = 1; s <= static_cast<std::uint8_t>(Scope::withdrawals); ++s) {
        const auto scope = static_cast<Scope>(s);
        for (std::size_t i = 0; i < kill_scope_size(scope); ++i) {
            const std::uint32_t opened = records.opened(scope, i);
            const std::uint32_t now = word(scope, i);
            if (now == opened || (is_killed(now) && now > opened)) {
                continue;
            }
            if (access_ != Access::read_write) {
                return Error{"a scope is open, or older, without a record of who cleared it"};
            }
            raise(*find(*words_, scope, i), opened + 1);
            ++closed_at_open_;
        }
    }
    return closed_at_open_ == 0 ? Outcome{Done{}} : sync();
}

Result<std::uint32_t> KillPage::clear(const std::string& path, const KillClearing& clearing) {
    auto opened = open(path);
    if (!opened.ok()) {
        return Error{opened.error()};
    }
    KillPage& page = opened.value();
    KillWord* word = find(*page.words_, clearing.scope, clearing.index);
    if (word == nullptr) {
        return refused(path, "has no such scope and index");
    }
    // Turns our shared lock into the only one: fails while any other process can write.
    if (::flock(page.fd_, LOCK_EX | LOCK_NB) != 0) {
        return refused(path, "is in use: a kill is cleared while nothing runs");
    }
    std::uint32_t killed = page.word(clearing.scope, clearing.index);
    if (!is_killed(killed)) {
        return refused(path, "is not killed there");
    }
    if (killed != clearing.word) {
        return refused(path, "has another kill there than the one that was to be cleared");
    }
    auto records = KillRecords::read(path);
    if (!records.ok()) {
        return Error{records.error()};
    }
    const KillCleared record{clearing.scope, static_cast<std::uint32_t>(clearing.index),
                             page.changes(), killed,
                             killed + 1,     clearing.at,
                             clearing.who};
    if (const Outcome written = records.value().add(record); !written.ok()) {
        return Error{written.error()};
    }
    // seq_cst, as every change of the page: word and count are seen in one order by all readers.
    if (!word->compare_exchange_strong(killed, record.after, std::memory_order_seq_cst)) {
        return refused(path, "was changed by somebody who does not hold its lock: it stays killed");
    }
    // seq_cst: as above.
    page.words_->changes.fetch_add(1, std::memory_order_seq_cst);
    const Outcome durable = page.sync();
    if (!durable.ok()) {
        return Error{durable.error()};
    }
    return record.after;
}

KillPage::KillPage(KillPage&& other) noexcept
    : map_(std::exchange(other.map_, nullptr)),
      words_(std::exchange(other.words_, nullptr)),
      fd_(std::exchange(other.fd_, -1)),
      closed_at_open_(other.closed_at_open_),
      access_(other.access_) {}

KillPage& KillPage::operator=(KillPage&& other) noexcept {
    if (this != &other) {
        close();
        map_ = std::exchange(other.map_, nullptr);
        words_ = std::exchange(other.words_, nullptr);
        fd_ = std::exchange(other.fd_, -1);
        closed_at_open_ = other.closed_at_open_;
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
