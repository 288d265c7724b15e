// kill -9 at any time: in appends, rotations, seals, and in recovery itself. What was appended is
// there, in order, and the next start works.
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/engine/journal/fixture.hpp"

namespace portcullis::engine::journal_test {
namespace {

struct Shared {
    std::atomic<std::uint64_t> appended{0};  ///< last number whose append returned true
    std::atomic<std::uint64_t> opened{0};    ///< starts that got through
    std::atomic<bool> begun{false};
};

/// The engine: opens, appends until it is killed, or 3,000 records. Never returns.
[[noreturn]] void engine(const Directory& directory, Shared& shared) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the test
    shared.begun.store(true);
    auto opened = Journal::open(options_of(directory, OpenMode::existing, 65536));
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().c_str());
        ::_exit(3);
    }
    ++shared.opened;
    for (std::int64_t now = 1; now < 3000; ++now) {
        Event event = event_of(opened.value()->writer().seq().value + 1);
        if (opened.value()->writer().append(event)) {
            shared.appended.store(event.header.seq);
        }
        if (now % 16 == 0) {
            opened.value()->agent().do_work(MonoNs{now * 1'000'000});
        }
    }
    for (;;) {
        ::pause();  // enough: the kill comes
    }
}

TEST(Kill, at_any_time_loses_nothing_that_was_appended_and_never_refuses_the_next_start) {
    const std::string memory = "/dev/shm";
    const Directory directory(std::filesystem::is_directory(memory)
                                  ? memory
                                  : std::filesystem::temp_directory_path().string());
    ASSERT_TRUE(Journal::open(options_of(directory, OpenMode::create, 65536)).ok());
    void* page =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    auto* shared = new (page) Shared();
    std::mt19937_64 random(17);
    std::uint64_t torn = 0;
    constexpr int kills = 80;
    for (int i = 0; i < kills; ++i) {
        shared->begun.store(false);
        const std::uint64_t before = shared->opened.load();
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            engine(directory, *shared);
        }
        while (!shared->begun.load()) {
            std::this_thread::yield();
        }
        // One in four dies while it recovers, the others at work.
        for (int waits = 0; i % 4 != 0 && shared->opened.load() == before && waits < 20'000;
             ++waits) {
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 800));
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the engine refused to start";

        auto reader = JournalReader::open(directory.path());
        ASSERT_TRUE(reader.ok());
        Event event;
        std::uint64_t seq = 0;
        while (reader.value().next(event)) {
            ++seq;
            ASSERT_EQ(event.header.seq, seq);
            ASSERT_EQ(event.as<BookDelta>().first_update, UpdateId{seq});
        }
        ASSERT_FALSE(journal::is_damage(reader.value().verdict()))
            << reader.value().where() << ": " << describe(reader.value().verdict());
        ASSERT_GE(seq, shared->appended.load());
        ASSERT_LE(seq, shared->appended.load() + 1) << "at most the one in flight";
        torn += reader.value().verdict() == Verdict::torn_tail ? 1U : 0U;
        // Once on file, for good: also the record whose writer died before it could count it.
        shared->appended.store(seq);
    }
    RecordProperty("starts", static_cast<int>(shared->opened.load()));
    EXPECT_GE(shared->opened.load(), 40U) << "most kills find an engine at work";
    EXPECT_GT(shared->appended.load(), 1000U);
    std::printf("%d kills, %d starts got through, %d records, %d torn tails\n", kills,
                static_cast<int>(shared->opened.load()), static_cast<int>(shared->appended.load()),
                static_cast<int>(torn));
    ::munmap(page, sizeof(Shared));
}

}  // namespace
}  // namespace portcullis::engine::journal_test
