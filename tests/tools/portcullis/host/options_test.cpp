// What the config asks of the host is in force afterwards, by the kernel's word, or is refused with
// what was found and what is expected. Each in a process of its own: none can be taken back.
#include "tools/portcullis/host/options.hpp"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "tests/support/without_capability.hpp"
#include "tests/tools/portcullis/host/machines.hpp"
#include "tools/portcullis/trade/threads.hpp"

namespace portcullis::tools {
namespace {

using portcullis::test::WithoutCapability;
using test::files;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// What `speak` says, in a process that ends with it.
template <class Speak>
std::string in_child(Speak speak) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string said = speak();
        (void)!::write(ends[1], said.data(), said.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    char some[512];
    for (ssize_t got = 0; (got = ::read(ends[0], some, sizeof some)) > 0;) {
        said.append(some, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return said;
}

std::string text_of(const Taken& taken) {
    return taken ? taken.value() : "refused: " + taken.error();
}

std::int64_t locked_kb() {
    return field_of(read_system_file("/proc/self/status").value_or(""), "VmLck").value_or(-1);
}

bool may_lock() {
    return has_capability(read_system_file("/proc/self/status").value_or(""), CAP_IPC_LOCK);
}

TEST(HostOptions, LockedMemoryCoversWhatIsMappedNowAndWhatIsMappedLater) {
    if (sanitized || !may_lock()) {
        GTEST_SKIP() << "mlockall is not to be had here";
    }
    const std::string said = in_child([] {
        const Taken taken = lock_memory();
        const std::int64_t before_kb = locked_kb();
        constexpr std::size_t size = 32 << 20;
        void* later =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        unsigned char resident[size / 4096]{};
        const int asked = ::mincore(later, size, resident);
        std::size_t pages = 0;
        for (const unsigned char page : resident) {
            pages += page & 1;
        }
        const bool all = asked == 0 && pages == size / 4096;
        return text_of(taken) + (all ? ", all there" : ", missing") +
               (locked_kb() - before_kb >= 32 << 10 ? ", counted" : ", not counted");
    });
    EXPECT_THAT(said, MatchesRegex("memory locked, [0-9]+ MiB, all there, counted"));
}

TEST(HostOptions, MemoryThatALimitWouldStopLaterIsNotLockedAtAll) {
    const std::string said = in_child([] {
        const rlimit limit{std::uint64_t{8} << 30, std::uint64_t{8} << 30};  // fits, today
        (void)::setrlimit(RLIMIT_MEMLOCK, &limit);
        const WithoutCapability lock(CAP_IPC_LOCK);
        const WithoutCapability raise(CAP_SYS_RESOURCE);
        return text_of(lock_memory()) + "; locked " + std::to_string(locked_kb());
    });
    EXPECT_THAT(said, MatchesRegex("refused: engine.lock_memory: found RLIMIT_MEMLOCK [0-9]+ KiB "
                                   "without CAP_IPC_LOCK, expected CAP_IPC_LOCK or RLIMIT_MEMLOCK "
                                   "unlimited .*; locked 0"));
}

TEST(HostOptions, WhatWasTouchedAndWhatWasNotComesToLieOnHugePages) {
    const auto setting = read_system_file("/sys/kernel/mm/transparent_hugepage/enabled");
    if (sanitized || !setting || chosen_of(*setting) == "never") {
        GTEST_SKIP() << "no huge pages here";
    }
    const std::string said = in_child([] {
        constexpr std::size_t size = 16 << 20;
        auto* table = static_cast<unsigned char*>(
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        for (std::size_t at = 0; at < size / 2; at += 4096) {
            table[at] = static_cast<unsigned char>(at / 4096);
        }
        const Taken taken = take_huge_pages();
        bool kept = true;
        for (std::size_t at = 0; at < size / 2; at += 4096) {
            kept = kept && table[at] == static_cast<unsigned char>(at / 4096);
        }
        const auto rollup = read_system_file("/proc/self/smaps_rollup").value_or("");
        // 16 MiB hold at least seven whole pages wherever they begin.
        const bool huge = field_of(rollup, "AnonHugePages").value_or(0) >= 14 << 10;
        return text_of(taken) + (kept ? ", kept" : ", lost") + (huge ? ", huge" : ", small");
    });
    if (said.find("refused") != std::string::npos) {
        EXPECT_THAT(said, HasSubstr("found 0 KiB on huge pages"));
        GTEST_SKIP() << said;  // memory in pieces, or an older kernel: the refusal says which
    }
    EXPECT_THAT(said, MatchesRegex("huge pages, [0-9]+ MiB of [0-9]+ MiB asked for, kept, huge"));
}

// Linux asked for CAP_NET_ADMIN until it did not, so what no kernel takes stands for a refusal.
TEST(HostOptions, BusyPollingIsInForceOnASocketOrRefusedWithThePowerThatItTakes) {
    EXPECT_EQ(text_of(probe_busy_poll(-1)),
              "refused: engine.busy_poll_us: SO_BUSY_POLL -1: Invalid argument; expected "
              "CAP_NET_ADMIN, or sysctl net.core.busy_read=-1 or more");
    if (has_capability(read_system_file("/proc/self/status").value_or(""), CAP_NET_ADMIN)) {
        EXPECT_EQ(text_of(probe_busy_poll(50)), "SO_BUSY_POLL 50 us on market data and orders");
    }
}

TEST(HostOptions, TimerSlackIsOfThisThreadAndOfThoseThatItStarts) {
    const std::string said = in_child([] {
        const Taken taken = set_timer_slack(1);
        int inherited = 0;
        std::thread([&] { inherited = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0); }).join();
        return text_of(taken) + ", " + std::to_string(inherited);
    });
    EXPECT_EQ(said, "timer slack 1 ns, 1");
}

EngineSettings pinned(Placement placement) {
    EngineSettings engine;
    engine.placement = placement;
    engine.cpus = {4, 5, 6, 0, 1};
    engine.isolated_cpus = true;
    return engine;
}

TEST(HostOptions, IsolatedAreThoseOfTheCommandLineAndOfAPartitionTogether) {
    const ReadFile read = files({{"/sys/devices/system/cpu/isolated", "4-5"},
                                 {"/sys/fs/cgroup/cpuset.cpus.isolated", "5-6"}});
    EXPECT_EQ(isolated_cpus(read), (CpuSet{4, 5, 6}));
    EXPECT_EQ(text_of(require_isolated(pinned(Placement::pipeline), read)),
              "processors 4-6 isolated");
    EXPECT_TRUE(isolated_cpus(files({})).empty());
}

TEST(HostOptions, AHotProcessorThatOthersMayUseIsRefusedAndTheColdOnesAreNot) {
    const ReadFile read = files({{"/sys/devices/system/cpu/isolated", "5"}});
    EXPECT_EQ(text_of(require_isolated(pinned(Placement::pipeline), read)),
              "refused: engine.isolated_cpus: found processors 4, 6 not isolated (isolated: 5), "
              "expected isolcpus=4-6 on the kernel's command line");
    EXPECT_EQ(text_of(require_isolated(pinned(Placement::fused), read)), "processors 5 isolated");
    EXPECT_THAT(text_of(require_isolated(pinned(Placement::fused), files({}))),
                HasSubstr("(isolated: none)"));
}

TEST(HostOptions, NothingAskedForTakesNothingAndTheFirstThatFailsIsTheError) {
    const std::string said = in_child([] {
        const auto nothing = take_host_options(EngineSettings{});
        EngineSettings engine = pinned(Placement::fused);
        engine.cpus.core = 1023;
        const auto refused = take_host_options(engine);
        return std::to_string(nothing ? nothing.value().size() : 99) + ' ' +
               (refused ? "taken" : refused.error());
    });
    EXPECT_THAT(said, StartsWith("0 engine.isolated_cpus: found processors 1023 not isolated"));
}

// What a thread touches of its stack after this costs it no fault, by the kernel's own count.
TEST(HostOptions, AStackThatWasTouchedAheadIsThere) {
    if (sanitized) {
        GTEST_SKIP() << "stacks are another memory under a sanitizer";
    }
    std::atomic<bool> counted{false};
    long faults[2]{};
    const auto faults_now = [] {
        rusage usage{};
        ::getrusage(RUSAGE_THREAD, &usage);
        return usage.ru_minflt;
    };
    for (const bool ahead : {false, true}) {
        Threads threads;
        if (ahead) {
            threads.prefault_stacks();
        }
        counted.store(false);
        threads.start({"stack", -1, Idle::blocking, {[&]() -> std::size_t {
                           if (!counted.load()) {
                               const long before = faults_now();
                               prefault_stack();
                               faults[ahead ? 1 : 0] = faults_now() - before;
                               counted.store(true);
                           }
                           return 0;
                       }}});
        while (!counted.load()) {
            std::this_thread::yield();
        }
    }
    EXPECT_LT(faults[1], faults[0] / 4);  // none, but for what the kernel moves about
}

}  // namespace
}  // namespace portcullis::tools
