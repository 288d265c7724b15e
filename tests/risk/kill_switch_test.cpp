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
#include "risk/kill_records.hpp"

namespace portcullis::risk {
namespace {

using engine::AccountId;
using engine::CredentialId;
using engine::InstrumentId;
using engine::OrderScopes;
using engine::Scope;
using engine::StrategyId;
using engine::VenueId;
using Access = KillPage::Access;

OrderScopes of(std::uint8_t venue, std::uint8_t strategy, std::uint16_t instrument) {
    return {.venue = VenueId{venue},
            .strategy = StrategyId{strategy},
            .instrument = InstrumentId{instrument}};
}

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
        ::unlink(KillRecords::path_of(path_).c_str());
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
    std::string records() const {
        std::ifstream file(KillRecords::path_of(path_), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write_records(const std::string& content) const {
        std::ofstream(KillRecords::path_of(path_), std::ios::binary | std::ios::trunc) << content;
    }
    /// As somebody would who does not know how it is done.
    void scribble(std::size_t at, std::uint32_t word) const {
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(at));
        file.write(reinterpret_cast<const char*>(&word), sizeof word);
    }
    engine::Result<std::uint32_t> clear(Scope scope, std::size_t index, std::uint32_t word) const {
        return KillPage::clear(path_, {scope, index, word, engine::WallNs{7}, "alice, bob"});
    }

    std::string folder_;
    std::string path_;
};

TEST_F(KillPageTest, IsOpenEverywhereWhenItIsCreatedAndIsNeverOverwritten) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    EXPECT_FALSE(page.killed(of(0, 0, 0)));
    EXPECT_EQ(page.stamp(of(7, 191, 1023)), 0U);
    ASSERT_TRUE(page.kill(Scope::firm, 0).ok());
    EXPECT_FALSE(KillPage::create(path_).ok());
    EXPECT_TRUE(opened().killed(of(0, 0, 0)));
}

TEST_F(KillPageTest, AMissingFileIsAnError) {
    EXPECT_FALSE(KillPage::open(path_).ok());
    EXPECT_FALSE(KillPage::open(folder_).ok());
}

TEST_F(KillPageTest, AKillReachesItsScopeAndNoOther) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    ASSERT_TRUE(page.kill(Scope::strategy, 5).ok());
    EXPECT_TRUE(page.killed(of(0, 5, 0)));
    EXPECT_FALSE(page.killed(of(0, 4, 5)));
    ASSERT_TRUE(page.kill(Scope::instrument, 1023).ok());
    EXPECT_TRUE(page.killed(of(0, 0, 1023)));
    ASSERT_TRUE(page.kill(Scope::venue, 7).ok());
    EXPECT_TRUE(page.killed(of(7, 0, 0)));
    const OrderScopes elsewhere{.account = AccountId{7}, .credential = CredentialId{15}};
    ASSERT_TRUE(page.kill(Scope::account, 7).ok());
    EXPECT_TRUE(page.killed(elsewhere));
    EXPECT_FALSE(page.killed({.account = AccountId{6}, .credential = CredentialId{15}}));
    ASSERT_TRUE(page.kill(Scope::credential, 15).ok());
    EXPECT_TRUE(page.killed({.account = AccountId{6}, .credential = CredentialId{15}}));
    EXPECT_FALSE(page.killed(of(0, 0, 0)));
    ASSERT_TRUE(page.kill(Scope::withdrawals, 0).ok());
    EXPECT_FALSE(page.killed(of(0, 0, 0))) << "no order is one";
    EXPECT_EQ(page.word(Scope::withdrawals, 0), 1U);
    EXPECT_EQ(page.stamp(elsewhere), 2U);
    EXPECT_EQ(page.changes(), 6U);
    EXPECT_FALSE(page.kill(Scope::venue, 8).ok());
    EXPECT_FALSE(page.kill(Scope::account, 8).ok());
    EXPECT_FALSE(page.kill(Scope::credential, 16).ok());
    EXPECT_FALSE(page.kill(Scope::withdrawals, 1).ok());
    EXPECT_FALSE(page.kill(Scope::strategy, 192).ok());
    EXPECT_FALSE(page.kill(Scope::instrument, 1024).ok());
    EXPECT_FALSE(page.kill(Scope::firm, 1).ok());
    EXPECT_FALSE(page.kill(static_cast<Scope>(0), 0).ok());
    EXPECT_FALSE(page.kill(static_cast<Scope>(9), 0).ok());
}

// Each scope has a place of its own: no word is another one's.
TEST_F(KillPageTest, EveryWordIsItsOwnAndEachClassBeginsALine) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    std::size_t killed = 0;
    for (int s = 1; s <= 7; ++s) {
        const auto scope = static_cast<Scope>(s);
        ASSERT_GT(kill_scope_size(scope), 0U);
        for (std::size_t i = 0; i < kill_scope_size(scope); ++i) {
            ASSERT_EQ(page.word(scope, i), 0U) << s << ' ' << i;
            ASSERT_TRUE(page.kill_now(scope, i));
            ASSERT_EQ(page.word(scope, i), 1U) << s << ' ' << i;
            ASSERT_EQ(page.changes(), ++killed);
        }
    }
    const std::string raw = bytes();
    for (const std::size_t line : {64U, 128U, 192U, 256U, 320U, 384U, 448U, 1216U}) {
        EXPECT_NE(raw[line], 0) << line;
    }
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
    const auto before = reader.stamp(of(0, 1, 2));
    ASSERT_TRUE(writer.kill_now(Scope::instrument, 2));
    EXPECT_TRUE(reader.killed(of(0, 1, 2)));
    EXPECT_NE(reader.stamp(of(0, 1, 2)), before);
    EXPECT_EQ(reader.changes(), 1U);
}

TEST_F(KillPageTest, ClearingNeverBringsAnOldStampBack) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    std::vector<std::uint32_t> seen;
    for (int i = 0; i < 20; ++i) {
        const auto scope = i % 2 == 0 ? Scope::firm : Scope::venue;
        {
            auto page = opened();
            seen.push_back(page.stamp(of(0, 0, 0)));
            ASSERT_TRUE(page.kill(scope, 0).ok());
            seen.push_back(page.stamp(of(0, 0, 0)));
        }
        const auto cleared = clear(scope, 0, static_cast<std::uint32_t>(i / 2 * 2 + 1));
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
        EXPECT_FALSE(clear(Scope::firm, 0, 1).ok());
        EXPECT_TRUE(page.killed(of(0, 0, 0)));
    }
    EXPECT_TRUE(clear(Scope::firm, 0, 1).ok());
    EXPECT_FALSE(clear(Scope::firm, 0, 1).ok()) << "an open word stays as it is";
    EXPECT_FALSE(clear(Scope::firm, 0, 2).ok());
    EXPECT_FALSE(clear(Scope::strategy, 192, 1).ok());
}

TEST_F(KillPageTest, AClearIsOfTheKillThatWasShownAndOfNoOther) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    ASSERT_TRUE(opened().kill(Scope::firm, 0).ok());
    ASSERT_TRUE(opened().kill(Scope::account, 2).ok());
    EXPECT_FALSE(clear(Scope::firm, 0, 3).ok());
    ASSERT_TRUE(clear(Scope::firm, 0, 1).ok());
    EXPECT_EQ(opened().word(Scope::account, 2), 1U) << "clearing one opens no other";
    ASSERT_TRUE(opened().kill(Scope::firm, 0).ok());
    EXPECT_FALSE(clear(Scope::firm, 0, 1).ok()) << "signed for the kill before";
    EXPECT_EQ(opened().word(Scope::firm, 0), 3U);
    ASSERT_TRUE(clear(Scope::firm, 0, 3).ok());
    const auto records = KillRecords::read(path_);
    ASSERT_TRUE(records.ok());
    ASSERT_EQ(records.value().all().size(), 2U);
    const KillCleared& last = records.value().all().back();
    EXPECT_EQ(last.scope, Scope::firm);
    EXPECT_EQ(last.before, 3U);
    EXPECT_EQ(last.after, 4U);
    EXPECT_EQ(last.epoch, 4U);
    EXPECT_EQ(last.at.value, 7);
    EXPECT_EQ(last.who, "alice, bob");
}

TEST_F(KillPageTest, WhatIsOpenWithoutARecordIsKilledByWhoeverOpensThePage) {
    constexpr std::size_t firm_at = 128;
    ASSERT_TRUE(KillPage::create(path_).ok());
    ASSERT_TRUE(opened().kill(Scope::firm, 0).ok());
    scribble(firm_at, 2);  // a clear that nobody has written down
    EXPECT_FALSE(KillPage::open(path_, Access::read_only).ok());
    EXPECT_EQ(opened().word(Scope::firm, 0), 3U);
    EXPECT_EQ(opened().closed_at_open(), 0U) << "done, and on the disk";
    scribble(firm_at, 0);  // as if it had never been killed
    EXPECT_EQ(opened().word(Scope::firm, 0), 0U) << "as the records have it: `known` is asked for";
    ASSERT_TRUE(opened().kill_unless_since(Scope::firm, 0, 3));
    EXPECT_EQ(opened().word(Scope::firm, 0), 3U);
    EXPECT_FALSE(opened().kill_unless_since(Scope::firm, 0, 3));
    ASSERT_TRUE(clear(Scope::firm, 0, 3).ok());
    for (const std::uint32_t older : {0U, 1U, 2U, 3U}) {
        scribble(firm_at, older);
        auto page = opened();
        EXPECT_EQ(page.word(Scope::firm, 0), 5U) << older << ": above all that was";
        EXPECT_EQ(page.closed_at_open(), 1U);
        EXPECT_FALSE(page.killed({}) && page.word(Scope::venue, 0) != 0);
    }
    scribble(firm_at, 6);
    EXPECT_EQ(opened().word(Scope::firm, 0), 7U);
    ASSERT_TRUE(clear(Scope::firm, 0, 7).ok());
    EXPECT_EQ(opened().closed_at_open(), 0U);
    EXPECT_EQ(opened().word(Scope::firm, 0), 8U);
}

TEST_F(KillPageTest, AProcessThatDiesBetweenTheRecordAndTheWordHasClearedNothing) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    ASSERT_TRUE(opened().kill(Scope::firm, 0).ok());
    ASSERT_TRUE(KillRecords::read(path_).value().add({Scope::firm, 0, 1, 1, 2, {}, "x"}).ok());
    EXPECT_EQ(opened().word(Scope::firm, 0), 3U) << "killed still";
    EXPECT_TRUE(clear(Scope::firm, 0, 3).ok());
    EXPECT_EQ(opened().word(Scope::firm, 0), 4U);
}

TEST_F(KillPageTest, RecordsThatAreMissingOrDamagedCountAsKilled) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    ASSERT_TRUE(opened().kill(Scope::firm, 0).ok());
    ASSERT_TRUE(clear(Scope::firm, 0, 1).ok());
    const std::string good = records();
    ASSERT_EQ(good.size(), 24U + 120U);
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        write_records(bad);
        ASSERT_FALSE(KillPage::open(path_).ok()) << "byte " << i;
        write_records(good.substr(0, i));
        ASSERT_FALSE(KillPage::open(path_).ok()) << "cut at " << i;
    }
    write_records(good + good.substr(24));
    EXPECT_FALSE(KillPage::open(path_).ok());
    ::unlink(KillRecords::path_of(path_).c_str());
    EXPECT_FALSE(KillPage::open(path_).ok());
    write_records(good);
    EXPECT_TRUE(KillPage::open(path_).ok());
}

TEST_F(KillPageTest, APageThatIsMadeAnewUnderOldRecordsIsKilledWhereTheySpeakOfAClear) {
    ASSERT_TRUE(KillPage::create(path_).ok());
    ASSERT_TRUE(opened().kill(Scope::venue, 3).ok());
    ASSERT_TRUE(clear(Scope::venue, 3, 1).ok());
    ::unlink(path_.c_str());
    ASSERT_TRUE(KillPage::create(path_).ok());
    auto page = opened();
    EXPECT_EQ(page.closed_at_open(), 1U);
    EXPECT_EQ(page.word(Scope::venue, 3), 3U);
    EXPECT_FALSE(page.killed(of(0, 0, 0)));
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
    EXPECT_TRUE(opened().killed(of(0, 0, 0)));
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

/// A page as versions 1 and 2 wrote it: 64 bytes of header, then changes, firm, 8 venues, the
/// strategies and the instruments, each with its place as its number, so some are killed.
std::string earlier_page(std::uint32_t version, std::uint32_t bytes, std::uint32_t strategies,
                         std::uint32_t instruments) {
    std::string page = "PRTCKILL";
    const auto put = [&page](std::uint64_t number, std::size_t size) {
        page.append(reinterpret_cast<const char*>(&number), size);
    };
    for (const std::uint32_t field : {version, bytes, 64U, 8U, strategies, instruments}) {
        put(field, 4);
    }
    page.append(24, '\0');
    put(engine::fnv1a(page), 8);
    for (std::uint32_t word = 0; word < 10 + strategies + instruments; ++word) {
        put(word, 4);
    }
    page.resize(bytes);
    return page;
}
std::string page_of_version_1() {
    return earlier_page(1, 4096, 32, 64);
}
std::string page_of_version_2() {
    return earlier_page(2, 8192, 192, 1024);
}

TEST_F(KillPageTest, OneOfVersion1IsRefusedAndRenewedWithAllItsKills) {
    write(page_of_version_1());
    ASSERT_TRUE(KillPage::is_of_earlier_version(path_));
    ASSERT_FALSE(KillPage::open(path_).ok());
    EXPECT_NE(KillPage::open(path_).error().find("init"), std::string::npos);
    const auto killed = KillPage::renew(path_);
    ASSERT_TRUE(killed.ok()) << killed.error();
    EXPECT_EQ(killed.value(), 53U) << "every odd word but `changes`, which is 0";
    const auto page = opened();
    EXPECT_EQ(page.changes(), 0U);
    EXPECT_EQ(page.word(Scope::firm, 0), 1U);
    EXPECT_EQ(page.closed_at_open(), 0U) << "what was open stays so";
    for (std::uint32_t i = 0; i < 8; ++i) {
        EXPECT_EQ(page.word(Scope::venue, i), 2 + i);
    }
    for (std::uint32_t i = 0; i < engine::capacity::strategies; ++i) {
        EXPECT_EQ(page.word(Scope::strategy, i), i < 32 ? 10 + i : 0);
    }
    for (std::uint32_t i = 0; i < engine::capacity::instruments; ++i) {
        EXPECT_EQ(page.word(Scope::instrument, i), i < 64 ? 42 + i : 0);
    }
    const auto cleared = KillRecords::read(path_);
    ASSERT_TRUE(cleared.ok());
    EXPECT_EQ(cleared.value().all().size(), 52U) << "every even word that is not zero";
    EXPECT_EQ(cleared.value().opened(Scope::instrument, 63), 0U) << "105 is killed";
    EXPECT_EQ(cleared.value().opened(Scope::instrument, 62), 104U);
    EXPECT_FALSE(KillPage::is_of_earlier_version(path_));
    EXPECT_FALSE(KillPage::renew(path_).ok()) << "once";
    EXPECT_EQ(bytes().size(), 8192U);
}

TEST_F(KillPageTest, OneOfVersion2IsRefusedAndRenewedWithAllItsKills) {
    write(page_of_version_2());
    ASSERT_TRUE(KillPage::is_of_earlier_version(path_));
    ASSERT_FALSE(KillPage::open(path_).ok());
    EXPECT_NE(KillPage::open(path_).error().find("init"), std::string::npos);
    const auto killed = KillPage::renew(path_);
    ASSERT_TRUE(killed.ok()) << killed.error();
    EXPECT_EQ(killed.value(), 613U) << "every odd word of 1,226 but `changes`";
    const auto page = opened();
    EXPECT_EQ(page.word(Scope::firm, 0), 1U);
    EXPECT_EQ(page.word(Scope::venue, 7), 9U);
    EXPECT_EQ(page.word(Scope::strategy, 0), 10U);
    EXPECT_EQ(page.word(Scope::strategy, 191), 201U);
    EXPECT_EQ(page.word(Scope::instrument, 0), 202U);
    EXPECT_EQ(page.word(Scope::instrument, 1023), 1225U);
    for (const Scope scope : {Scope::account, Scope::credential, Scope::withdrawals}) {
        for (std::size_t i = 0; i < kill_scope_size(scope); ++i) {
            EXPECT_EQ(page.word(scope, i), 0U);
        }
    }
    EXPECT_FALSE(KillPage::renew(path_).ok()) << "once";
}

TEST_F(KillPageTest, AnotherHeaderIsNotRenewedAndNothingIsTouched) {
    for (const std::string& sound : {page_of_version_1(), page_of_version_2()}) {
        for (std::size_t i = 0; i < 64; ++i) {
            std::string damaged = sound;
            damaged[i] = static_cast<char>(damaged[i] ^ 1);
            write(damaged);
            ASSERT_FALSE(KillPage::is_of_earlier_version(path_)) << i;
            ASSERT_FALSE(KillPage::renew(path_).ok()) << i;
            ASSERT_EQ(bytes(), damaged);
        }
        for (const std::size_t size : {std::size_t{0}, std::size_t{63}, sound.size() - 1}) {
            write(sound.substr(0, size));
            ASSERT_FALSE(KillPage::renew(path_).ok()) << size;
        }
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
