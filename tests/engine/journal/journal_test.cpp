// The directory: lock, epochs, recovery, rotation, and room running out.
#include "engine/journal/journal.hpp"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/engine/journal/fixture.hpp"

namespace portcullis::engine::journal_test {
namespace {

using ::testing::HasSubstr;

TEST(Journals, give_back_what_was_appended_over_many_segments_and_epochs) {
    const Directory directory;
    make(directory, 200, true);
    make(directory, 10, true, OpenMode::existing);
    const Read read = read_all(directory.path());
    EXPECT_EQ(read.verdict, Verdict::complete) << read.where;
    ASSERT_EQ(read.events.size(), 212U);
    for (std::size_t i = 0; i < read.events.size(); ++i) {
        EXPECT_EQ(read.events[i].header.seq, i + 1);
    }
    EXPECT_EQ(read.events[100].as<BookDelta>().last_update, UpdateId{303});
    EXPECT_EQ(read.events[200].header.type, EventType::session_end);
    EXPECT_EQ(read.events[201].as<BookDelta>().first_update, UpdateId{1});
}

TEST(Journals, can_be_read_while_they_are_written) {
    const Directory directory;
    auto opened = Journal::open(options_of(directory, OpenMode::create));
    ASSERT_TRUE(opened.ok()) << opened.error();
    for (std::uint64_t i = 1; i <= 100; ++i) {
        Event event = event_of(i);
        ASSERT_TRUE(opened.value()->writer().append(event));
        if (i % 20 == 0) {
            opened.value()->agent().do_work(MonoNs{static_cast<std::int64_t>(i)});
            const Read read = read_all(directory.path());
            EXPECT_EQ(read.verdict, Verdict::open_end) << read.where;
            EXPECT_EQ(read.events.size(), i);
        }
    }
}

TEST(Journals, nothing_trades_without_one_and_none_is_made_twice) {
    const Directory directory;
    auto none = Journal::open(options_of(directory, OpenMode::existing));
    ASSERT_FALSE(none.ok());
    EXPECT_THAT(none.error(), HasSubstr("no journal"));
    make(directory, 1, true);
    auto twice = Journal::open(options_of(directory, OpenMode::create));
    ASSERT_FALSE(twice.ok());
    EXPECT_THAT(twice.error(), HasSubstr("already"));
    auto odd = options_of(directory, OpenMode::existing, 5000);
    EXPECT_FALSE(Journal::open(odd).ok());
}

TEST(Journals, a_second_engine_is_told_who_holds_the_first_and_changes_nothing) {
    const Directory directory;
    auto first = Journal::open(options_of(directory, OpenMode::create));
    ASSERT_TRUE(first.ok());
    auto second = Journal::open(options_of(directory, OpenMode::existing));
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error(), HasSubstr("in use by process " + std::to_string(::getpid())));
    // By another way to the same directory as well.
    const Directory elsewhere;
    std::filesystem::create_directory_symlink(directory.path(), elsewhere.path() + "/link");
    auto options = options_of(directory, OpenMode::existing);
    options.directory = elsewhere.path() + "/link";
    EXPECT_FALSE(Journal::open(options).ok());
    EXPECT_EQ(first.value()->epoch(), Epoch{1});
    first.value().reset();
    auto third = Journal::open(options_of(directory, OpenMode::existing));
    ASSERT_TRUE(third.ok()) << third.error();
    EXPECT_EQ(third.value()->epoch(), Epoch{2}) << "the refused ones took no epoch";
}

TEST(Journals, every_start_has_a_higher_epoch_a_new_key_and_all_keys_before) {
    const Directory directory;
    std::vector<journal::ClientIdKey> keys;
    journal::Uuid uuid{};
    for (std::uint32_t n = 1; n <= 4; ++n) {
        auto opened =
            Journal::open(options_of(directory, n == 1 ? OpenMode::create : OpenMode::existing));
        ASSERT_TRUE(opened.ok()) << opened.error();
        EXPECT_EQ(opened.value()->epoch(), Epoch{n});
        keys.push_back(opened.value()->key());
        uuid = n == 1 ? opened.value()->uuid() : uuid;
        EXPECT_EQ(opened.value()->uuid(), uuid);
        ASSERT_EQ(opened.value()->keys().size(), n);
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_EQ(opened.value()->keys()[i].key, keys[i]);
            EXPECT_EQ(opened.value()->keys()[i].epoch.value, i + 1);
        }
        const std::string file = directory.path() + "/epoch-0000000" + std::to_string(n) + ".key";
        struct stat about {};
        ASSERT_EQ(::stat(file.c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777U, 0600U);
    }
    EXPECT_NE(keys[0], keys[1]);
    EXPECT_NE(keys[1], keys[2]);
}

TEST(Journals, a_missing_or_damaged_epoch_key_refuses_the_start) {
    for (const std::size_t byte : {std::size_t{0}, std::size_t{9}, std::size_t{40}}) {
        const Directory directory;
        make(directory, 1, true);
        make(directory, 1, true, OpenMode::existing);
        const std::string path = directory.path() + "/epoch-00000001.key";
        std::string bytes = slurp(path);
        bytes[byte] = static_cast<char>(bytes[byte] ^ 4);
        spill(path, bytes);
        EXPECT_FALSE(Journal::open(options_of(directory, OpenMode::existing)).ok());
        std::filesystem::remove(path);
        EXPECT_FALSE(Journal::open(options_of(directory, OpenMode::existing)).ok());
    }
    const Directory rolled_back;
    make(rolled_back, 1, true);
    make(rolled_back, 1, true, OpenMode::existing);
    std::filesystem::remove(rolled_back.path() + "/epoch-00000002.key");
    auto opened = Journal::open(options_of(rolled_back, OpenMode::existing));
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error(), HasSubstr("older than the segments"));
}

TEST(Journals, the_config_is_kept_per_epoch) {
    const Directory directory;
    ASSERT_TRUE(journal::store_config(directory.path(), Epoch{12}, "a = 1\n").ok());
    EXPECT_EQ(slurp(directory.path() + "/config-00000012.toml"), "a = 1\n");
    EXPECT_FALSE(journal::store_config("/nowhere/at/all", Epoch{12}, "").ok());
}

// --- recovery -----------------------------------------------------------------------------------

TEST(Recovery, tells_a_clean_end_from_a_death_of_the_process) {
    const Directory directory;
    make(directory, 5, true);
    {
        auto clean = Journal::open(options_of(directory, OpenMode::existing));
        ASSERT_TRUE(clean.ok());
        EXPECT_TRUE(clean.value()->recovery().clean_shutdown);
        EXPECT_EQ(clean.value()->recovery().last_seq, 6U);
        Event event = event_of(1);
        ASSERT_TRUE(clean.value()->writer().append(event));
        EXPECT_EQ(event.header.seq, 7U);
    }  // gone without close
    auto died = Journal::open(options_of(directory, OpenMode::existing));
    ASSERT_TRUE(died.ok()) << died.error();
    EXPECT_FALSE(died.value()->recovery().clean_shutdown);
    EXPECT_FALSE(died.value()->recovery().power_lost);
    EXPECT_EQ(died.value()->recovery().verdict, Verdict::open_end);
    EXPECT_EQ(died.value()->recovery().last_seq, 7U);
}

TEST(Recovery, cuts_an_unfinished_record_says_so_and_goes_on_in_a_new_segment) {
    const Directory directory;
    make(directory, 5, false);
    std::string bytes = slurp(directory.segment(1));
    const std::size_t end = journal::records_offset + 5 * journal::record_bytes;
    bytes.replace(end, 60, std::string(60, 'x'));
    spill(directory.segment(1), bytes);
    EXPECT_EQ(read_all(directory.path()).verdict, Verdict::torn_tail);
    {
        auto opened = Journal::open(options_of(directory, OpenMode::existing));
        ASSERT_TRUE(opened.ok()) << opened.error();
        EXPECT_EQ(opened.value()->recovery().verdict, Verdict::torn_tail);
        EXPECT_EQ(opened.value()->recovery().cut_bytes, 60U);
        Event event = event_of(6);
        ASSERT_TRUE(opened.value()->writer().append(event));
        ASSERT_TRUE(opened.value()->close(MonoNs{1}, WallNs{1}).ok());
    }
    const Read read = read_all(directory.path());
    EXPECT_EQ(read.verdict, Verdict::complete) << read.where;
    ASSERT_EQ(read.events.size(), 7U);
    EXPECT_EQ(read.events[5].as<BookDelta>().first_update, UpdateId{6});
}

/// Gives segment `number` another boot id, with a right crc: as if the machine had booted since.
void reboot(const Directory& directory, std::uint32_t number) {
    std::string bytes = slurp(directory.segment(number));
    journal::SegmentStart start;
    std::memcpy(&start, bytes.data(), sizeof(start));
    start.boot_id[3] ^= 1;
    start.crc = journal::page_crc(&start);
    std::memcpy(bytes.data(), &start, sizeof(start));
    spill(directory.segment(number), bytes);
}

TEST(Recovery, after_a_power_cut_cuts_lost_pages_above_the_mark_and_refuses_below_it) {
    for (const bool below : {false, true}) {
        for (const bool rebooted : {false, true}) {
            const Directory directory;
            {
                auto opened = Journal::open(options_of(directory, OpenMode::create));
                ASSERT_TRUE(opened.ok());
                for (std::uint64_t i = 1; i <= 20; ++i) {
                    Event event = event_of(i);
                    ASSERT_TRUE(opened.value()->writer().append(event));
                    if (i == 10) {
                        ASSERT_TRUE(opened.value()->agent().sync_now());
                    }
                }
            }
            if (rebooted) {
                reboot(directory, 1);
            }
            std::string bytes = slurp(directory.segment(1));
            const std::size_t lost =
                journal::records_offset + (below ? 7 : 14) * journal::record_bytes;
            bytes.replace(lost, journal::record_bytes, std::string(journal::record_bytes, '\0'));
            spill(directory.segment(1), bytes);
            EXPECT_EQ(read_all(directory.path()).verdict,
                      below ? Verdict::bad_record : Verdict::lost_tail);
            const std::string before = slurp(directory.segment(1));
            auto opened = Journal::open(options_of(directory, OpenMode::existing));
            if (rebooted && !below) {
                ASSERT_TRUE(opened.ok()) << opened.error();
                EXPECT_TRUE(opened.value()->recovery().power_lost);
                EXPECT_EQ(opened.value()->recovery().last_seq, 14U);
                EXPECT_GT(opened.value()->recovery().cut_bytes, 5 * journal::record_bytes);
                ASSERT_TRUE(opened.value()->close(MonoNs{1}, WallNs{1}).ok());
                EXPECT_EQ(read_all(directory.path()).verdict, Verdict::complete);
            } else {
                ASSERT_FALSE(opened.ok());
                EXPECT_THAT(opened.error(), HasSubstr("segment-00000001.pcj at byte"));
                EXPECT_EQ(slurp(directory.segment(1)), before) << "refused: nothing is touched";
            }
        }
    }
}

TEST(Recovery, removes_prepared_segments_and_half_made_files) {
    const Directory directory;
    make(directory, 3, false);
    EXPECT_TRUE(std::filesystem::exists(directory.segment(2)));
    spill(directory.path() + "/segment-00000003.pcj.tmp", "half");
    auto opened = Journal::open(options_of(directory, OpenMode::existing));
    ASSERT_TRUE(opened.ok()) << opened.error();
    EXPECT_FALSE(std::filesystem::exists(directory.path() + "/segment-00000003.pcj.tmp"));
    ASSERT_TRUE(opened.value()->close(MonoNs{1}, WallNs{1}).ok());
    EXPECT_EQ(read_all(directory.path()).verdict, Verdict::complete);
}

TEST(Recovery, survives_a_start_page_that_was_being_written) {
    for (const std::size_t written : {8U, 40U, 100U, 4000U}) {
        const Directory directory;
        make(directory, records_of_small, false);  // full; the next one is prepared
        const std::string whole = slurp(directory.segment(1));
        std::string next(whole.size(), '\0');
        next.replace(0, written, whole.substr(0, written));
        spill(directory.segment(2), next);
        EXPECT_EQ(read_all(directory.path()).verdict, Verdict::torn_tail);
        auto opened = Journal::open(options_of(directory, OpenMode::existing));
        ASSERT_TRUE(opened.ok()) << opened.error();
        EXPECT_EQ(opened.value()->recovery().last_seq, records_of_small);
        ASSERT_TRUE(opened.value()->close(MonoNs{1}, WallNs{1}).ok());
        EXPECT_EQ(read_all(directory.path()).verdict, Verdict::complete);
    }
}

// --- room ---------------------------------------------------------------------------------------

TEST(Room, without_an_agent_new_orders_stop_at_the_reserve_and_appends_at_the_end) {
    const Directory directory;
    auto opened = Journal::open(options_of(directory, OpenMode::create));
    ASSERT_TRUE(opened.ok());
    journal::JournalWriter& writer = opened.value()->writer();
    EXPECT_EQ(writer.records_left(), 2 * records_of_small);
    std::uint64_t count = 0;
    Event event = event_of(1);
    while (writer.append(event)) {
        ++count;
        EXPECT_EQ(writer.writable(), 2 * records_of_small - count > 16) << count;
        event = event_of(count + 1);
    }
    EXPECT_EQ(count, 2 * records_of_small);
    EXPECT_FALSE(writer.writable());
    EXPECT_EQ(writer.records_left(), 0U);
    EXPECT_EQ(writer.seq(), JournalSeq{count}) << "a refused append takes no number";
    // The agent comes back: seals two, prepares one.
    opened.value()->agent().do_work(MonoNs{1});
    EXPECT_TRUE(writer.writable());
    ASSERT_TRUE(writer.append(event));
    ASSERT_TRUE(opened.value()->close(MonoNs{1}, WallNs{1}).ok());
    EXPECT_EQ(read_all(directory.path()).events.size(), count + 2);
}

/// Waits for room, which an agent on another thread makes.
void append_all(journal::JournalWriter& writer, std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count;) {
        Event event = event_of(i);
        if (writer.append(event)) {
            ++i;
        } else {
            std::this_thread::yield();
        }
    }
}

TEST(Room, segments_change_under_load_with_an_agent_on_its_own_thread) {
    const Directory directory;
    auto options = options_of(directory, OpenMode::create, 1024 * 1024);
    auto opened = Journal::open(options);
    ASSERT_TRUE(opened.ok()) << opened.error();
    Journal& made = *opened.value();
    std::atomic<bool> stop{false};
    std::thread agent([&] {
        std::int64_t now = 0;
        while (!stop.load()) {
            made.agent().do_work(MonoNs{++now * 1'000'000});
            std::this_thread::yield();
        }
    });
    constexpr std::uint64_t count = 60'000;  // seven segments
    append_all(made.writer(), count);
    stop.store(true);
    agent.join();
    EXPECT_EQ(made.agent().error(), journal::AgentError::none);
    ASSERT_TRUE(made.agent().sync_now());
    EXPECT_EQ(made.agent().durable(), JournalSeq{count});
    ASSERT_TRUE(made.close(MonoNs{1}, WallNs{1}).ok());
    const Read read = read_all(directory.path());
    EXPECT_EQ(read.verdict, Verdict::complete) << read.where;
    ASSERT_EQ(read.events.size(), count + 1);
    for (std::uint64_t i = 0; i < count; ++i) {
        ASSERT_EQ(read.events[i].as<BookDelta>().first_update, UpdateId{i + 1});
    }
}

// Once in some hundred hand-overs a segment fills up while the agent looks at the others. What is
// durable went back then: the next segment's mark had spoken for records not yet on the disk.
TEST(Room, what_is_durable_never_goes_back_while_segments_change) {
    const Directory directory;
    auto opened =
        Journal::open(options_of(directory, OpenMode::create, journal::segment_bytes_min));
    ASSERT_TRUE(opened.ok()) << opened.error();
    Journal& made = *opened.value();
    std::atomic<bool> stop{false};
    std::uint64_t back = 0;
    std::thread agent([&] {
        JournalSeq before{};
        for (std::int64_t now = 1; !stop.load(); ++now) {
            made.agent().do_work(MonoNs{now * 1'000'000'000});  // every round is one with a sync
            back += made.agent().durable() < before ? 1U : 0U;
            before = made.agent().durable();
        }
    });
    append_all(made.writer(), 29'990);
    stop.store(true);
    agent.join();
    EXPECT_EQ(back, 0U);
    ASSERT_TRUE(made.agent().sync_now());
    EXPECT_EQ(made.agent().durable(), JournalSeq{29'990});
    EXPECT_TRUE(made.close(MonoNs{1}, WallNs{1}).ok());
}

TEST(Room, a_full_disk_stops_new_orders_at_once_and_ends_when_there_is_room) {
    const Directory mountpoint;
    if (::mount("none", mountpoint.path().c_str(), "tmpfs", 0, "size=128k") != 0) {
        GTEST_SKIP() << "mounting a small tmpfs is not permitted here: "
                        "Room.a_full_disk_stops_new_orders_at_once_and_ends_when_there_is_room";
    }
    {
        auto opened = Journal::open(options_of(mountpoint, OpenMode::create, 32768));
        ASSERT_TRUE(opened.ok()) << opened.error();
        Journal& made = *opened.value();
        spill(mountpoint.path() + "/ballast", std::string(20'000, 'x'));
        std::uint64_t appended = 0;
        std::int64_t now = 0;
        while (made.writer().writable() && appended < 2000) {
            Event event = event_of(++appended);
            ASSERT_TRUE(made.writer().append(event));
            made.agent().do_work(MonoNs{++now * 10'000'000});
        }
        EXPECT_EQ(made.agent().error(), journal::AgentError::no_space);
        EXPECT_FALSE(made.writer().writable());
        EXPECT_GT(made.writer().records_left(), 16U) << "cancels still have room";
        Event event = event_of(++appended);
        EXPECT_TRUE(made.writer().append(event));
        std::filesystem::remove(mountpoint.path() + "/ballast");
        std::filesystem::remove(mountpoint.segment(1));
        made.agent().do_work(MonoNs{++now * 10'000'000});
        EXPECT_TRUE(made.writer().writable());
        EXPECT_EQ(made.agent().error(), journal::AgentError::none);
    }
    (void)::umount(mountpoint.path().c_str());
}

}  // namespace
}  // namespace portcullis::engine::journal_test
