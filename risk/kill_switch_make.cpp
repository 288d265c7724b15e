// Making the kill page and carrying an earlier one over: cold, and while nothing runs.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "risk/kill_records.hpp"
#include "risk/kill_switch.hpp"
#include "risk/kill_switch_format.hpp"

namespace portcullis::risk {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;
using engine::Scope;
using kill_page::Descriptor;
using kill_page::Earlier;
using kill_page::earlier_of;
using kill_page::expected_header;
using kill_page::failed;
using kill_page::Header;
using kill_page::page_bytes;
using kill_page::read_page;
using kill_page::refused;
using kill_page::words_offset;

namespace {

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

Descriptor opened_to_read(const std::string& path) noexcept {
    return Descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
}

}  // namespace

Outcome KillPage::create(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
        errno = EEXIST;
        return failed(path, "cannot be created");
    }
    // The records first: a page without them is not readable.
    if (const auto records = KillRecords::make(path, {}); !records.ok()) {
        return Error{records.error()};
    }
    unsigned char page[page_bytes]{};
    const Header header = expected_header();
    std::memcpy(page, &header, sizeof header);
    return write_page(path, page, ::link);  // link(2) refuses a name that exists
}

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
    std::vector<KillCleared> cleared;  // before there were records
    const auto carry = [&](Scope scope, std::size_t to, std::size_t count) {
        for (std::uint32_t i = 0; i < count; ++i, from += sizeof(std::uint32_t)) {
            std::uint32_t word{};
            std::memcpy(&word, old.data() + from, sizeof word);
            std::memcpy(page + words_offset + to + i * sizeof word, &word, sizeof word);
            killed += is_killed(word) ? 1U : 0U;
            if (!is_killed(word) && word != 0) {
                cleared.push_back({scope, i, 0, word - 1, word, {}, "an earlier version"});
            }
        }
    };
    carry(Scope::firm, offsetof(KillWords, changes), 1);
    killed = 0;  // that one is a count
    cleared.clear();
    carry(Scope::firm, offsetof(KillWords, firm), 1);
    carry(Scope::venue, offsetof(KillWords, venue), engine::capacity::venues);
    carry(Scope::strategy, offsetof(KillWords, strategy), earlier->strategies);
    carry(Scope::instrument, offsetof(KillWords, instrument), earlier->instruments);
    // Records that are there already were written by a renewal that died here, or they are of
    // another page: what they do not speak of is killed when it is opened.
    if (const auto records = KillRecords::make(path, std::move(cleared)); !records.ok()) {
        return Error{records.error()};
    }
    if (const Outcome written = write_page(path, page, ::rename); !written.ok()) {
        return Error{written.error()};
    }
    return killed;
}

}  // namespace portcullis::risk
