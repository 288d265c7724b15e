// The ring: order, refusal when full, move-only items, wrap-around of a narrow index, and two
// threads under ThreadSanitizer.
#include "engine/rings/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <thread>
#include <variant>
#include <vector>

#include "engine/events/event.hpp"

namespace portcullis::engine {
namespace {

// Like risk::Approved: move-only, not trivially copyable, and it knows whether it is spent.
class Token {
public:
    explicit Token(std::uint64_t number) noexcept : number_(number) { ++alive; }
    Token(Token&& other) noexcept : number_(std::exchange(other.number_, 0)) { ++alive; }
    Token& operator=(Token&&) = delete;
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    ~Token() { --alive; }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    static inline std::int64_t alive = 0;

private:
    std::uint64_t number_;
};
using Message = std::variant<Token, std::uint64_t>;

TEST(SpscRing, GivesItemsInTheOrderTheyCame) {
    SpscRing<int, 8> ring;
    EXPECT_TRUE(ring.empty());
    for (int i = 0; i < 8; ++i) {
        EXPECT_TRUE(ring.try_push(i));
    }
    std::vector<int> seen;
    while (ring.try_consume([&](int&& item) { seen.push_back(item); })) {
    }
    EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_TRUE(ring.empty());
}

TEST(SpscRing, WhenFullRefusesAndLeavesTheItemWithTheCaller) {
    SpscRing<std::unique_ptr<int>, 2> ring;
    EXPECT_TRUE(ring.try_push(std::make_unique<int>(1)));
    EXPECT_TRUE(ring.try_push(std::make_unique<int>(2)));
    auto third = std::make_unique<int>(3);
    EXPECT_FALSE(ring.try_push(std::move(third)));
    ASSERT_NE(third, nullptr);
    int first = 0;
    EXPECT_TRUE(ring.try_consume([&](std::unique_ptr<int>&& item) { first = *item; }));
    EXPECT_EQ(first, 1);
    EXPECT_TRUE(ring.try_push(std::move(third)));
    EXPECT_EQ(third, nullptr);
}

TEST(SpscRing, MoveOnlyItemsAreDestroyedExactlyOnce) {
    Token::alive = 0;
    {
        SpscRing<Message, 4> ring;
        EXPECT_TRUE(ring.try_push(Message{Token{7}}));
        EXPECT_TRUE(ring.try_push(Message{std::uint64_t{8}}));
        EXPECT_TRUE(ring.try_push(Message{Token{9}}));
        EXPECT_EQ(Token::alive, 2);
        EXPECT_TRUE(ring.try_consume([](Message&& message) {
            const Token taken = std::get<Token>(std::move(message));
            EXPECT_EQ(taken.number(), 7U);
        }));
        EXPECT_EQ(Token::alive, 1);
    }
    EXPECT_EQ(Token::alive, 0);
}

TEST(SpscRing, SaysBeforehandWhetherAWholeMessageFits) {
    SpscRing<int, 8> ring;
    EXPECT_EQ(ring.room(), 8U);
    EXPECT_TRUE(ring.has_room(0));
    EXPECT_TRUE(ring.has_room(8));
    EXPECT_FALSE(ring.has_room(9));
    for (int used = 1; used <= 8; ++used) {
        EXPECT_TRUE(ring.try_push(used));
        const auto left = static_cast<std::size_t>(8 - used);
        EXPECT_EQ(ring.room(), left);
        EXPECT_TRUE(ring.has_room(left));
        EXPECT_FALSE(ring.has_room(left + 1));
    }
    EXPECT_TRUE(ring.try_consume([](int&&) {}));
    EXPECT_EQ(ring.room(), 1U);
}

// Random pushes and pops against a deque; every capacity that a byte-wide index allows.
template <std::size_t Capacity>
void wraps_around() {
    SpscRing<std::uint32_t, Capacity, std::uint8_t> ring;
    std::deque<std::uint32_t> twin;
    std::mt19937 random(Capacity);
    std::uint32_t next = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 2 == 0) {
            const bool pushed = ring.try_push(next);
            ASSERT_EQ(pushed, twin.size() < Capacity);
            if (pushed) {
                twin.push_back(next++);
            }
        } else {
            const bool had = !twin.empty();
            ASSERT_EQ(ring.empty(), !had);
            ASSERT_EQ(
                ring.try_consume([&](std::uint32_t&& item) { EXPECT_EQ(item, twin.front()); }),
                had);
            if (had) {
                twin.pop_front();
            }
        }
        ASSERT_EQ(ring.room(), Capacity - twin.size());
    }
    EXPECT_GT(next, 2'000U);  // many times around 256
}

TEST(SpscRing, SurvivesTheWrapAroundOfItsIndex) {
    wraps_around<2>();
    wraps_around<4>();
    wraps_around<64>();
    wraps_around<128>();
}

template <class Ring>
void two_threads(Ring& ring, std::uint64_t count) {
    using Item = typename Ring::value_type;
    std::thread producer([&] {
        std::mt19937_64 random(1);
        for (std::uint64_t next = 1; next <= count;) {
            // Messages of several items: all or nothing.
            const std::uint64_t size = std::min(1 + random() % 4, count - next + 1);
            if (!ring.has_room(size)) {
                std::this_thread::yield();
                continue;
            }
            for (std::uint64_t i = 0; i < size; ++i) {
                ASSERT_TRUE(ring.try_push(Item{std::make_unique<std::uint64_t>(next++)}));
            }
        }
    });
    std::uint64_t expected = 1;
    std::uint64_t wrong = 0;
    while (expected <= count) {
        const bool had = ring.try_consume([&](Item&& item) {
            const auto taken = std::get<0>(std::move(item));
            wrong += *taken == expected ? 0 : 1;
            ++expected;
        });
        if (!had) {
            std::this_thread::yield();
        }
    }
    producer.join();
    EXPECT_EQ(wrong, 0U);
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(ring.room(), ring.capacity());
}

TEST(SpscRing, TwoThreadsHandOverMoveOnlyItemsInOrder) {
    // The pointees are read by the other thread: ThreadSanitizer sees a missing release or acquire.
    using Item = std::variant<std::unique_ptr<std::uint64_t>, int>;
    SpscRing<Item, 16> wide;
    two_threads(wide, 200'000);
    SpscRing<Item, 64, std::uint8_t> narrow;
    two_threads(narrow, 200'000);
}

TEST(SpscRing, TwoThreadsHandOverEventsWhole) {
    SpscRing<Event, 64> ring;
    constexpr std::uint64_t count = 400'000;
    std::thread producer([&] {
        for (std::uint64_t next = 0; next < count;) {
            Event event;
            event.header.seq = next;
            event.payload[0] = event.payload[event_payload_bytes - 1] =
                static_cast<unsigned char>(next);
            if (ring.try_push(event)) {
                ++next;
            } else {
                std::this_thread::yield();
            }
        }
    });
    std::uint64_t wrong = 0;
    for (std::uint64_t expected = 0; expected < count;) {
        const bool had = ring.try_consume([&](Event&& event) {
            const auto mark = static_cast<unsigned char>(expected);
            wrong += event.header.seq == expected && event.payload[0] == mark &&
                             event.payload[event_payload_bytes - 1] == mark
                         ? 0
                         : 1;
            ++expected;
        });
        if (!had) {
            std::this_thread::yield();
        }
    }
    producer.join();
    EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace portcullis::engine
