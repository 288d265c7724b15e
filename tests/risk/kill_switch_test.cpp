// The kill page: in force at once, for everybody, through SIGKILL, and never back by itself.
#include "risk/kill_switch.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

#include "engine/types/fnv1a.hpp"

namespace portcullis::risk {
namespace {

using engine::InstrumentId;
using engine::Scope;
using engine::StrategyId;
using engine::VenueId;
using Access = KillPage::Access;

/// A folder of its own for each test, removed afterwards.
class KillPageTest : public testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/portcullis_kill_XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        folder_ = name;
        path_ = folder_ + "/kill";
    }
    void TearDown() override {
        ::unlink(path_.c_str());
        ::rmdir(folder_.c_str());
    }
    KillPage opened(Access access = Access::read_write) {
        auto page = KillPage::open(path_, access);
        EXPECT_TRUE(page.ok());
        return std::move(page).value();
    }
    std::string bytes() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& content) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    }

    std::string folder_;
    std::string path_;
};

TEST_F(KillPageTest, IsOpenEverywhereWhenItIsCreatedAndIsNeverOverwritten) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    EXPECT_FALSE(page.killed(VenueId{0}, StrategyId{0}, InstrumentId{0}));
    EXPECT_EQ(page.stamp(VenueId{7}, StrategyId{191}, InstrumentId{1023}), 0U);
    ASSERT_TRUE(page.kill(Scope::firm, 0).ok());
    EXPECT_FALSE(KillPage::create(path_).ok());
    EXPECT_TRUE(opened().killed(VenueId{0}, StrategyId{0}, InstrumentId{0}));
}

TEST_F(KillPageTest, AMissingFileIsAnError) {
    EXPECT_FALSE(KillPage::open(path_).ok());
    EXPECT_FALSE(KillPage::open(folder_).ok());
}

TEST_F(KillPageTest, AKillReachesItsScopeAndNoOther) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    ASSERT_TRUE(page.kill(Scope::strategy, 5).ok());
    EXPECT_TRUE(page.killed(VenueId{0}, StrategyId{5}, InstrumentId{0}));
    EXPECT_FALSE(page.killed(VenueId{0}, StrategyId{4}, InstrumentId{5}));
    ASSERT_TRUE(page.kill(Scope::instrument, 1023).ok());
    EXPECT_TRUE(page.killed(VenueId{0}, StrategyId{0}, InstrumentId{1023}));
    ASSERT_TRUE(page.kill(Scope::venue, 7).ok());
    EXPECT_TRUE(page.killed(VenueId{7}, StrategyId{0}, InstrumentId{0}));
    EXPECT_EQ(page.changes(), 3U);
    EXPECT_FALSE(page.kill(Scope::venue, 8).ok());
    EXPECT_FALSE(page.kill(Scope::strategy, 192).ok());
    EXPECT_FALSE(page.kill(Scope::instrument, 1024).ok());
    EXPECT_FALSE(page.kill(Scope::firm, 1).ok());
    EXPECT_FALSE(page.kill(static_cast<Scope>(0), 0).ok());
    EXPECT_FALSE(page.kill(static_cast<Scope>(9), 0).ok());
}

TEST_F(KillPageTest, KillingTwiceIsKillingOnce) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    ASSERT_TRUE(page.kill(Scope::firm, 0).ok());
    ASSERT_TRUE(page.kill(Scope::firm, 0).ok());
    EXPECT_EQ(page.word(Scope::firm, 0), 1U);
    EXPECT_EQ(page.changes(), 1U);
}

TEST_F(KillPageTest, EveryReaderSeesItAtItsNextLoad) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto writer = opened();
    auto reader = opened(Access::read_only);
    const auto before = reader.stamp(VenueId{0}, StrategyId{1}, InstrumentId{2});
    ASSERT_TRUE(writer.kill_now(Scope::instrument, 2));
    EXPECT_TRUE(reader.killed(VenueId{0}, StrategyId{1}, InstrumentId{2}));
    EXPECT_NE(reader.stamp(VenueId{0}, StrategyId{1}, InstrumentId{2}), before);
    EXPECT_EQ(reader.changes(), 1U);
}

TEST_F(KillPageTest, ClearingNeverBringsAnOldStampBack) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    std::vector<std::uint32_t> seen;
    for (int i = 0; i < 20; ++i) {
        const auto scope = i % 2 == 0 ? Scope::firm : Scope::venue;
        {
            auto page = opened();
            seen.push_back(page.stamp(VenueId{0}, StrategyId{0}, InstrumentId{0}));
            ASSERT_TRUE(page.kill(scope, 0).ok());
            seen.push_back(page.stamp(VenueId{0}, StrategyId{0}, InstrumentId{0}));
        }
        const auto cleared = KillPage::clear(path_, scope, 0);
        ASSERT_TRUE(cleared.ok());
        EXPECT_EQ(cleared.value() % 2, 0U);
    }
    for (std::size_t i = 1; i < seen.size(); ++i) {
        EXPECT_GT(seen[i], seen[i - 1]);
    }
}

TEST_F(KillPageTest, IsNotClearedWhileAnybodyCanWrite) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    {
        auto page = opened();
        ASSERT_TRUE(page.kill(Scope::firm, 0).ok());
        EXPECT_FALSE(KillPage::clear(path_, Scope::firm, 0).ok());
        EXPECT_TRUE(page.killed(VenueId{0}, StrategyId{0}, InstrumentId{0}));
    }
    EXPECT_TRUE(KillPage::clear(path_, Scope::firm, 0).ok());
    EXPECT_FALSE(KillPage::clear(path_, Scope::firm, 0).ok()) << "an open word stays as it is";
    EXPECT_FALSE(KillPage::clear(path_, Scope::strategy, 32).ok());
}

TEST_F(KillPageTest, AKillOutlivesTheSigkillOfItsWriter) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        auto page = KillPage::open(path_);
        const bool done = page.ok() && page.value().kill_now(Scope::firm, 0);
        const char byte = done ? 'k' : 'x';
        [[maybe_unused]] const auto written = ::write(ready[1], &byte, 1);
        for (;;) {
            ::pause();
        }
    }
    char byte{};
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'k');
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status{};
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(opened().killed(VenueId{0}, StrategyId{0}, InstrumentId{0}));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(KillPageTest, ManyWritersOfManyProcessesLoseNothing) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    std::vector<pid_t> children;
    for (unsigned p = 0; p < 4; ++p) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            auto page = KillPage::open(path_);
            for (unsigned i = 0; page.ok() && i < 64; ++i) {
                page.value().kill_now(Scope::instrument, (i * 7 + p) % 64);
            }
            ::_exit(page.ok() ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status{};
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    auto page = opened();
    for (std::size_t i = 0; i < 64; ++i) {
        EXPECT_EQ(page.word(Scope::instrument, i), 1U);
    }
    EXPECT_EQ(page.changes(), 64U);
}

TEST_F(KillPageTest, AnyWrongByteOfTheHeaderIsRefused) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    const std::string good = bytes();
    ASSERT_EQ(good.size(), 8192U);
    for (std::size_t i = 0; i < 64; ++i) {
        for (const char flip : {'\x01', '\x80', '\xff'}) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ flip);
            write(bad);
            ASSERT_FALSE(KillPage::open(path_).ok()) << "byte " << i;
        }
    }
    write(good);
    EXPECT_TRUE(KillPage::open(path_).ok());
}

TEST_F(KillPageTest, AFileOfAnotherSizeIsRefused) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    const std::string good = bytes();
    for (const std::size_t size : {0UL, 1UL, 63UL, 64UL, 484UL, 4096UL, 8191UL}) {
        write(good.substr(0, size));
        EXPECT_FALSE(KillPage::open(path_).ok()) << size;
    }
    write(good + "x");
    EXPECT_FALSE(KillPage::open(path_).ok());
}

/// A page as version 1 wrote it: 64 bytes of header, then changes, firm, 8 venues, 32 strategies
/// and 64 instruments, each with its place as its number, so some are killed.
std::string page_of_version_1() {
    std::string page = "PRTCKILL";
    const auto put = [&page](std::uint64_t number, std::size_t size) {
        page.append(reinterpret_cast<const char*>(&number), size);
    };
    for (const std::uint32_t field : {1U, 4096U, 64U, 8U, 32U, 64U}) {
        put(field, 4);
    }
    page.append(24, '\0');
    put(engine::fnv1a(page), 8);
    for (std::uint32_t word = 0; word < 106; ++word) {
        put(word, 4);
    }
    page.resize(4096);
    return page;
}

TEST_F(KillPageTest, OneOfVersion1IsRefusedAndRenewedWithAllItsKills) {
    write(page_of_version_1());
    ASSERT_TRUE(KillPage::is_of_version_1(path_));
    ASSERT_FALSE(KillPage::open(path_).ok());
    EXPECT_NE(KillPage::open(path_).error().find("init"), std::string::npos);
    const auto killed = KillPage::renew(path_);
    ASSERT_TRUE(killed.ok()) << killed.error();
    EXPECT_EQ(killed.value(), 53U) << "every odd word but `changes`, which is 0";
    const auto page = opened();
    EXPECT_EQ(page.changes(), 0U);
    EXPECT_EQ(page.word(Scope::firm, 0), 1U);
    for (std::uint32_t i = 0; i < 8; ++i) {
        EXPECT_EQ(page.word(Scope::venue, i), 2 + i);
    }
    for (std::uint32_t i = 0; i < engine::capacity::strategies; ++i) {
        EXPECT_EQ(page.word(Scope::strategy, i), i < 32 ? 10 + i : 0);
    }
    for (std::uint32_t i = 0; i < engine::capacity::instruments; ++i) {
        EXPECT_EQ(page.word(Scope::instrument, i), i < 64 ? 42 + i : 0);
    }
    EXPECT_FALSE(KillPage::is_of_version_1(path_));
    EXPECT_FALSE(KillPage::renew(path_).ok()) << "once";
    EXPECT_EQ(bytes().size(), 8192U);
}

TEST_F(KillPageTest, AnotherHeaderIsNotRenewedAndNothingIsTouched) {
    for (std::size_t i = 0; i < 64; ++i) {
        std::string damaged = page_of_version_1();
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        write(damaged);
        ASSERT_FALSE(KillPage::renew(path_).ok()) << i;
        ASSERT_EQ(bytes(), damaged);
    }
}

TEST_F(KillPageTest, ALinkIsNotFollowed) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    const std::string link = folder_ + "/link";
    ASSERT_EQ(::symlink(path_.c_str(), link.c_str()), 0);
    EXPECT_FALSE(KillPage::open(link).ok());
    ::unlink(link.c_str());
}

TEST_F(KillPageTest, AReaderCannotKill) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto reader = opened(Access::read_only);
    EXPECT_DEATH(reader.kill_now(Scope::firm, 0), "");
}

}  // namespace
}  // namespace portcullis::risk
