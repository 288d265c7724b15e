// See system.hpp.
#include "tools/portcullis/host/system.hpp"

#include <fmt/core.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/portcullis/host/proc_text.hpp"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace portcullis::tools {
namespace {

using engine::Error;

constexpr std::uint64_t huge_bytes = 2 << 20;
// More than that is somebody's reservation (a sanitizer's shadow) and no table of ours.
constexpr std::uint64_t range_bytes_max = std::uint64_t{1} << 30;

std::string errno_said(int number) {
    return std::strerror(number);  // one thread; copied at once
}

std::string status_text() {
    return read_system_file("/proc/self/status").value_or("");
}

std::int64_t huge_kb() {
    const std::string rollup = read_system_file("/proc/self/smaps_rollup").value_or("");
    return field_of(rollup, "AnonHugePages").value_or(0);
}

std::string limit_text(rlim_t bytes) {
    return bytes == RLIM_INFINITY ? "unlimited" : fmt::format("{} KiB", bytes / 1024);
}

}  // namespace

Taken lock_memory() {
    rlimit limit{};
    (void)::getrlimit(RLIMIT_MEMLOCK, &limit);
    const bool unlimited =
        limit.rlim_cur == RLIM_INFINITY || has_capability(status_text(), CAP_IPC_LOCK);
    const std::string expected =
        "expected CAP_IPC_LOCK or RLIMIT_MEMLOCK unlimited (systemd: LimitMEMLOCK=infinity)";
    if (!unlimited) {
        // It might fit today. Then the journal's next segment, or a thread, would be refused.
        return Error{
            fmt::format("engine.lock_memory: found RLIMIT_MEMLOCK {} without CAP_IPC_LOCK, "
                        "{}",
                        limit_text(limit.rlim_cur), expected)};
    }
    if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        return Error{fmt::format("engine.lock_memory: mlockall: {}; {}, and enough memory",
                                 errno_said(errno), expected)};
    }
    const std::int64_t locked_kb = field_of(status_text(), "VmLck").value_or(0);
    if (locked_kb == 0) {
        return Error{
            "engine.lock_memory: mlockall succeeded and /proc/self/status says VmLck 0, "
            "expected what is mapped (is this a sanitizer's build?)"};
    }
    return fmt::format("memory locked, {} MiB", locked_kb / 1024);
}

Taken take_huge_pages() {
    const auto maps = read_system_file("/proc/self/maps");
    const auto setting = read_system_file("/sys/kernel/mm/transparent_hugepage/enabled");
    const std::string found = setting ? chosen_of(*setting).value_or(*setting) : "nothing";
    if (!maps || found == "never" || !setting) {
        return Error{
            fmt::format("engine.huge_pages: found {} in "
                        "/sys/kernel/mm/transparent_hugepage/enabled, expected madvise or "
                        "always",
                        found)};
    }
    std::uint64_t asked = 0;
    int number = 0;
    for (const MemoryRange& range : anonymous_ranges(*maps, huge_bytes, range_bytes_max)) {
        const std::uint64_t begin = (range.begin + huge_bytes - 1) / huge_bytes * huge_bytes;
        const std::uint64_t end = range.end / huge_bytes * huge_bytes;
        if (end <= begin) {
            continue;
        }
        asked += end - begin;
        // What was not touched comes as a huge page by its first touch, what was is collapsed into
        // one; each part on its own, so that one that cannot be had spoils no other.
        for (std::uint64_t at = begin; at < end; at += huge_bytes) {
            void* const memory = reinterpret_cast<void*>(at);
            if (::madvise(memory, huge_bytes, MADV_HUGEPAGE) != 0 ||
                ::madvise(memory, huge_bytes, MADV_POPULATE_WRITE) != 0 ||
                ::madvise(memory, huge_bytes, MADV_COLLAPSE) != 0) {
                number = errno;
            }
        }
    }
    const std::int64_t got_kb = huge_kb();
    // Some may be huge by themselves, and a few cannot be had: half is what makes it worth asking.
    if (static_cast<std::uint64_t>(got_kb) * 1024 < asked / 2) {
        return Error{fmt::format(
            "engine.huge_pages: found {} MiB on huge pages of {} MiB that were asked for ({}), "
            "expected at least half, Linux 6.1 or newer and free memory in whole pieces of 2 MiB",
            got_kb / 1024, asked >> 20, number == 0 ? "no error" : errno_said(number))};
    }
    return fmt::format("huge pages, {} MiB of {} MiB asked for", got_kb / 1024, asked >> 20);
}

Taken probe_busy_poll(int busy_poll_us) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return Error{"engine.busy_poll_us: socket: " + errno_said(errno)};
    }
    int number = 0;
    int in_force = 0;
    socklen_t size = sizeof in_force;
    if (::setsockopt(socket, SOL_SOCKET, SO_BUSY_POLL, &busy_poll_us, sizeof busy_poll_us) != 0 ||
        ::getsockopt(socket, SOL_SOCKET, SO_BUSY_POLL, &in_force, &size) != 0) {
        number = errno;
    }
    ::close(socket);
    if (number != 0 || in_force != busy_poll_us) {
        return Error{fmt::format(
            "engine.busy_poll_us: SO_BUSY_POLL {}: {}; expected CAP_NET_ADMIN, "
            "or sysctl net.core.busy_read={} or more",
            busy_poll_us,
            number == 0 ? fmt::format("found {} in force", in_force) : errno_said(number),
            busy_poll_us)};
    }
    return fmt::format("SO_BUSY_POLL {} us on market data and orders", busy_poll_us);
}

Taken set_timer_slack(int timer_slack_ns) {
    if (::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(timer_slack_ns), 0, 0, 0) != 0) {
        return Error{"engine.timer_slack_ns: prctl: " + errno_said(errno)};
    }
    const int in_force = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    if (in_force != timer_slack_ns) {  // real-time threads have none
        return Error{
            fmt::format("engine.timer_slack_ns: found {} in force, expected {} and a "
                        "thread of the default scheduling policy",
                        in_force, timer_slack_ns)};
    }
    return fmt::format("timer slack {} ns", in_force);
}

}  // namespace portcullis::tools
