// The seqlock: what is read was stored, whole, also while the writer is at it.
#include "engine/rings/seqlock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace portcullis::engine {
namespace {

struct Snapshot {
    std::uint64_t words[9]{};
    std::uint32_t tail{};

    static Snapshot of(std::uint64_t number) {
        Snapshot snapshot;
        for (std::size_t i = 0; i < 9; ++i) {
            snapshot.words[i] = number * (i + 1);
        }
        snapshot.tail = static_cast<std::uint32_t>(number);
        return snapshot;
    }
    [[nodiscard]] bool whole() const {
        const Snapshot same = of(words[0]);
        for (std::size_t i = 0; i < 9; ++i) {
            if (words[i] != same.words[i]) {
                return false;
            }
        }
        return tail == same.tail;
    }
};

TEST(Seqlock, GivesTheValueStoredLast) {
    Seqlock<Snapshot> lock;
    EXPECT_EQ(lock.load().words[8], 0U);
    const std::uint64_t version = lock.version();
    lock.store(Snapshot::of(5));
    EXPECT_EQ(lock.version(), version + 1);
    const auto value = lock.try_load();
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(value->words[0], 5U);
    EXPECT_TRUE(value->whole());
}

TEST(Seqlock, WorksForValuesThatAreNotWholeWords) {
    struct Odd {
        unsigned char bytes[11];
    };
    Seqlock<Odd> lock(Odd{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}});
    EXPECT_EQ(lock.load().bytes[10], 11);
    static_assert(sizeof(Seqlock<Odd>) == 64);
}

TEST(Seqlock, ReadersNeverSeeHalfOfAStore) {
    Seqlock<Snapshot> lock;
    constexpr std::uint64_t stores = 300'000;
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> torn{0};
    std::atomic<std::uint64_t> backwards{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            std::uint64_t last = 0;
            while (!done.load()) {
                const Snapshot value = lock.load();
                torn += value.whole() ? 0 : 1;
                backwards += value.words[0] >= last ? 0 : 1;
                last = value.words[0];
            }
        });
    }
    for (std::uint64_t number = 1; number <= stores; ++number) {
        lock.store(Snapshot::of(number));
    }
    done.store(true);
    for (std::thread& reader : readers) {
        reader.join();
    }
    EXPECT_EQ(torn, 0U);
    EXPECT_EQ(backwards, 0U);
    EXPECT_EQ(lock.load().words[0], stores);
}

}  // namespace
}  // namespace portcullis::engine
