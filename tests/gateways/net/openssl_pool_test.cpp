// What OpenSSL is given by the pool: its own blocks again without the heap, whole when they grow,
// not more of them kept than said, and all of them given back when the thread ends.
#include "gateways/net/openssl_pool.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "bench/heap.hpp"

namespace portcullis::gateways::test {
namespace {

/// Before anything here uses OpenSSL, as main() of the engine does it.
const bool in_force = pool_openssl_memory();
constexpr std::size_t kept = 64;  // of a size, by a thread

/// In a thread that has freed nothing yet: its lists are empty.
template <class Work>
void on_a_new_thread(Work&& work) {
    std::thread(std::forward<Work>(work)).join();
}

std::vector<void*> take_blocks(std::size_t count, std::size_t size) {
    std::vector<void*> blocks(count);
    for (void*& block : blocks) {
        block = OPENSSL_malloc(size);
        std::memset(block, 0xa5, size);
    }
    return blocks;
}

void give_blocks(const std::vector<void*>& blocks) {
    for (void* const block : blocks) {
        OPENSSL_free(block);
    }
}

class OpensslPool : public testing::Test {
protected:
    void SetUp() override {
        if (!bench::heap_counted) {
            GTEST_SKIP() << "a sanitizer is to see OpenSSL's blocks";
        }
        ASSERT_TRUE(in_force) << "something has used OpenSSL before";
    }
};

TEST_F(OpensslPool, what_was_freed_is_taken_again_without_the_heap_up_to_1024_bytes) {
    on_a_new_thread([] {
        for (std::size_t size = 1; size <= 1024; ++size) {
            void* const first = OPENSSL_malloc(size);
            OPENSSL_free(first);
            bench::forbid_heap(true);
            void* const again = OPENSSL_malloc(size);
            std::memset(again, 0x5a, size);
            OPENSSL_free(again);
            bench::forbid_heap(false);
            EXPECT_EQ(first, again) << size;
        }
    });
}

TEST_F(OpensslPool, blocks_in_use_do_not_overlap) {
    on_a_new_thread([] {
        for (int round = 0; round < 3; ++round) {
            std::vector<std::pair<std::uintptr_t, std::size_t>> places;
            std::vector<void*> blocks;
            for (std::size_t size = 1; size <= 1300; ++size) {
                blocks.push_back(OPENSSL_malloc(size));
                places.emplace_back(reinterpret_cast<std::uintptr_t>(blocks.back()), size);
                EXPECT_EQ(places.back().first % alignof(std::max_align_t), 0U);
            }
            std::sort(places.begin(), places.end());
            for (std::size_t i = 1; i < places.size(); ++i) {
                ASSERT_LE(places[i - 1].first + places[i - 1].second, places[i].first) << i;
            }
            give_blocks(blocks);
        }
    });
}

TEST_F(OpensslPool, what_grows_or_shrinks_keeps_its_bytes) {
    on_a_new_thread([] {
        for (std::size_t from = 1; from <= 1100; from += 21) {
            for (std::size_t to = 1; to <= 3000; to += 97) {
                auto* block = static_cast<unsigned char*>(OPENSSL_malloc(from));
                for (std::size_t i = 0; i < from; ++i) {
                    block[i] = static_cast<unsigned char>(i * 7);
                }
                block = static_cast<unsigned char*>(OPENSSL_realloc(block, to));
                for (std::size_t i = 0; i < std::min(from, to); ++i) {
                    ASSERT_EQ(block[i], static_cast<unsigned char>(i * 7)) << from << " " << to;
                }
                std::memset(block, 0, to);
                OPENSSL_free(block);
            }
        }
        EXPECT_EQ(OPENSSL_realloc(OPENSSL_malloc(10), 0), nullptr);
    });
}

TEST_F(OpensslPool, not_more_than_64_of_a_size_are_kept) {
    on_a_new_thread([] {
        const std::vector<void*> blocks = take_blocks(3 * kept, 100);
        const std::uint64_t before = bench::heap_calls();
        give_blocks(blocks);
        EXPECT_GE(bench::heap_calls() - before, 2 * kept) << "the rest goes back to the heap";
        std::vector<void*> again(kept);
        bench::forbid_heap(true);
        for (void*& block : again) {
            block = OPENSSL_malloc(100);
        }
        bench::forbid_heap(false);
        give_blocks(again);
    });
}

TEST_F(OpensslPool, what_a_thread_kept_goes_back_to_the_heap_at_its_end) {
    std::uint64_t before = 0;
    on_a_new_thread([&before] {
        for (std::size_t size = 64; size <= 1024; size += 64) {
            give_blocks(take_blocks(kept, size));
        }
        before = bench::heap_calls();
    });
    EXPECT_GE(bench::heap_calls() - before, 16 * kept);
}

/// Outlives the pool's own object of the thread where it was made before the first block was freed,
/// as OpenSSL's objects of the thread do.
struct FreesLate {
    void* block{};
    std::uint64_t* calls{};
    ~FreesLate() {
        if (calls == nullptr) {
            return;
        }
        const std::uint64_t before = bench::heap_calls();
        OPENSSL_free(block);
        *calls = bench::heap_calls() - before;
    }
};
thread_local FreesLate frees_late;

TEST_F(OpensslPool, what_is_freed_when_the_thread_has_ended_goes_to_the_heap) {
    std::uint64_t calls = 0;
    on_a_new_thread([&calls] {
        frees_late.calls = &calls;
        frees_late.block = OPENSSL_malloc(100);
        OPENSSL_free(OPENSSL_malloc(100));
    });
    EXPECT_GE(calls, 1U);
}

TEST_F(OpensslPool, what_no_heap_has_is_told_and_not_a_smaller_block) {
    on_a_new_thread([] {
        give_blocks(take_blocks(kept, 1));
        for (const std::size_t less : {0U, 1U, 8U, 15U, 16U, 17U, 63U, 64U, 65U}) {
            EXPECT_EQ(OPENSSL_malloc(SIZE_MAX - less), nullptr) << less;
            void* const large = OPENSSL_malloc(5000);
            EXPECT_EQ(OPENSSL_realloc(large, SIZE_MAX - less), nullptr) << less;
            OPENSSL_free(large);
        }
    });
}

}  // namespace
}  // namespace portcullis::gateways::test
