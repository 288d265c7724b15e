// Windows and their logs against a plain deque that is summed anew for each question.
//
// Times aim at the edges of spans (+-1 ns), stand still and step back; what is asked for aims at
// what is left of a limit (+-1). Worlds are tiny (spans of nanoseconds), usual (100 ms to 24 h), or
// at the ends of 64 and 128 bits. PORTCULLIS_WINDOW_QUERIES asks for more than 5 million questions.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <limits>
#include <random>

#include "risk/windows.hpp"

namespace portcullis::risk {
namespace {

using engine::int128;
using engine::MonoNs;

constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t hour_ns = 3'600'000'000'000;

struct PlainEntry {
    std::int64_t at;
    std::int64_t orders;
    int128 weight;
};
struct PlainSums {
    std::int64_t count{}, orders{};
    int128 weight{};
};
struct PlainBreach {
    bool broken{};
    std::size_t window{};
    std::int64_t limit{};
    std::int64_t value{};
};

/// What was pushed, the newest last. Far more than any count are kept: what is left of them still
/// fills the window.
struct PlainLog {
    std::deque<PlainEntry> entries;

    void push(std::int64_t now, std::int64_t orders, int128 weight) {
        const std::int64_t at = entries.empty() ? now : std::max(now, entries.back().at);
        entries.push_back({at, orders, weight});
        if (entries.size() > 80) {
            entries.pop_front();
        }
    }
    [[nodiscard]] PlainSums in(std::int64_t span, std::int64_t now) const {
        const std::int64_t at = entries.empty() ? now : std::max(now, entries.back().at);
        PlainSums sums;
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
            if (int128{at} - entry->at >= span) {
                break;
            }
            sums.count += 1;
            sums.orders += entry->orders;
            sums.weight += entry->weight;
        }
        return sums;
    }
};

int128 micro_up(int128 weight) {
    const int128 micro = weight / 100'000'000 + (weight % 100'000'000 != 0 ? 1 : 0);
    return std::min<int128>(micro, end_of_time);
}

enum class Kind : std::uint8_t { tiny, usual, extreme };

class WindowTwin {
public:
    WindowTwin(std::mt19937_64& random, Kind kind) : random_(random), kind_(kind) {
        constexpr std::array<std::int64_t, windows_max> usual{
            100'000'000, 1'000'000'000, 60'000'000'000, hour_ns, 24 * hour_ns};
        used_ = 1 + pick(windows_max);
        std::int64_t span = 0;
        for (std::size_t i = 0; i < used_; ++i) {
            WindowLimits& mine = limits_[i];
            span += 1 + static_cast<std::int64_t>(pick(60));
            mine.span_ns = kind == Kind::usual ? usual[i] : span;
            mine.messages_max = some(24);
            mine.orders_max = some(20);
            mine.fills_max = some(24);
            const std::int64_t unit = kind == Kind::extreme ? amount_ceiling / 20 : 9;
            mine.submitted_micro_max = some(20) * unit;
            mine.filled_micro_max = some(20) * unit;
            sent_most_ = std::max(sent_most_, mine.messages_max);
            fills_most_ = std::max(fills_most_, mine.fills_max);
        }
        if (kind == Kind::extreme) {
            limits_[0].span_ns = 1;
            limits_[used_ - 1].span_ns = used_ == 1 ? 1 : 24 * hour_ns;
            scale_ = pick(2) == 0 ? 1 : hour_ns;
            now_ = pick(2) == 0 ? end_of_time - 25 * hour_ns : -end_of_time;
        }
        windows_ = ScopeWindows{limits_, amount_ceiling};
    }

    /// One command; what differs, or nothing.
    std::string step(std::array<std::uint64_t, measure_count + 1>& seen) {
        move_clock();
        if (pick(3) == 0) {
            windows_.advance(MonoNs{now_});
        }
        const Added added = some_request();
        const bool room = have_room(added.lanes(MonoNs{now_}), windows_.room());
        windows_.catch_up(MonoNs{now_});
        bool broken = false;
        for (std::size_t m = 0; m < measure_count; ++m) {
            const auto measure = static_cast<Measure>(m);
            const WindowBreach got = windows_.breach(measure, added);
            const PlainBreach want = plain(measure, added);
            if (got.broken != want.broken || got.window != want.window || got.limit != want.limit ||
                got.value != want.value) {
                return "measure " + std::to_string(m) + " in window " +
                       std::to_string(want.window) + ": " + std::to_string(got.value) + ", not " +
                       std::to_string(want.value);
            }
            broken = broken || want.broken;
            seen[m] += want.broken ? 1 : 0;
        }
        if (room && broken) {
            return "there was room";
        }
        seen[measure_count] += broken ? 0 : 1;
        follow(added, broken);
        return "";
    }

private:
    std::uint64_t pick(std::uint64_t count) { return random_() % count; }
    std::int64_t some(std::uint64_t most) {
        return pick(600) == 0 ? 0 : 1 + static_cast<std::int64_t>(pick(most));
    }
    [[nodiscard]] const PlainLog& log_of(Measure measure) const {
        return measure == Measure::fills || measure == Measure::filled ? filled_ : sent_;
    }
    void move_clock() {
        const PlainLog& log = pick(2) == 0 ? sent_ : filled_;
        const auto kind = pick(8);
        if (kind >= 6 && !log.entries.empty()) {  // onto the edge of a window
            const auto back = 1 + pick(std::min<std::size_t>(log.entries.size(), 20));
            const std::int64_t from = log.entries[log.entries.size() - back].at;
            const std::int64_t edge =
                limits_[pick(used_)].span_ns + static_cast<std::int64_t>(pick(3)) - 1;
            const int128 to = int128{from} + edge;
            if (to > now_) {
                now_ = static_cast<std::int64_t>(std::min<int128>(to, end_of_time));
            }
        } else if (kind == 5) {
            now_ -= static_cast<std::int64_t>(pick(9)) * (now_ > 0 ? 1 : 0);
        } else if (kind > 0) {
            const int128 to = int128{now_} + static_cast<std::int64_t>(pick(30)) * scale();
            now_ = static_cast<std::int64_t>(std::min<int128>(to, end_of_time));
        }
    }
    std::int64_t scale() {
        return kind_ == Kind::usual ? limits_[pick(used_)].span_ns / 7 : scale_;
    }
    /// Mostly what some window has left of some measure, or one more, or one less.
    Added some_request() {
        if (pick(8) == 0) {
            return {};  // an amend
        }
        const WindowLimits& of = limits_[pick(used_)];
        const bool sent = pick(2) == 0;
        const int128 limit =
            int128{sent ? of.submitted_micro_max : of.filled_micro_max} * weight_per_micro;
        const int128 left = limit - (sent ? sent_ : filled_).in(of.span_ns, now_).weight;
        const int128 aimed =
            left / static_cast<std::int64_t>(1 + pick(30)) + static_cast<std::int64_t>(pick(3)) - 1;
        const int128 most = int128{1} << 90;
        return {1, std::clamp<int128>(aimed, 0, most), 0};
    }
    [[nodiscard]] PlainBreach plain(Measure measure, const Added& added) const {
        for (std::size_t i = 0; i < used_; ++i) {
            const WindowLimits& of = limits_[i];
            const bool fills = measure == Measure::fills || measure == Measure::filled;
            const PlainSums held = log_of(measure).in(of.span_ns, now_);
            const std::array<std::int64_t, measure_count> limit{of.messages_max, of.orders_max,
                                                                of.submitted_micro_max,
                                                                of.fills_max, of.filled_micro_max};
            const std::array<int128, measure_count> value{
                held.count + 1, held.orders + added.orders, micro_up(held.weight + added.weight),
                held.count + added.orders, micro_up(held.weight + added.weight)};
            const auto m = static_cast<std::size_t>(measure);
            const bool full = held.count > (fills ? fills_most_ : sent_most_);
            const int128 shown = full ? int128{end_of_time} : value[m];
            const bool asked = measure == Measure::messages || added.orders != 0;
            if (limit[m] <= 0 || (asked && shown > limit[m])) {
                return {true, i + 1, limit[m], static_cast<std::int64_t>(shown)};
            }
        }
        return {};
    }
    /// An approval is pushed; what is refused only sometimes (it is another's, of a run before). A
    /// fill comes or does not.
    void follow(const Added& added, bool broken) {
        if (!broken || pick(40) == 0) {
            windows_.spend(added.lanes(MonoNs{now_}));
            windows_.push_sent(MonoNs{now_}, added.orders, added.weight);
            sent_.push(now_, added.orders, added.weight);
        }
        if ((!broken && pick(2) == 0) || pick(60) == 0) {
            windows_.push_fill(MonoNs{now_}, added.weight);
            filled_.push(now_, 1, added.weight);
        }
    }

    std::mt19937_64& random_;
    Kind kind_;
    std::int64_t scale_{1};
    std::size_t used_{};
    WindowSet limits_{};
    std::int64_t sent_most_{}, fills_most_{};
    std::int64_t now_{1'000};
    PlainLog sent_, filled_;
    ScopeWindows windows_;
};

TEST(RiskWindows, EveryAnswerIsThatOfAPlainDeque) {
    const char* const asked = std::getenv("PORTCULLIS_WINDOW_QUERIES");
    const std::uint64_t total = asked == nullptr ? 5'000'000 : std::strtoull(asked, nullptr, 10);
    ASSERT_GT(total, 0U);
    constexpr std::uint64_t steps = 1'000;
    std::mt19937_64 random{7};
    std::array<std::uint64_t, measure_count + 1> seen{};
    std::uint64_t done = 0;
    for (std::uint64_t world = 0; done < total; ++world) {
        WindowTwin twin(random, static_cast<Kind>(world % 3));
        for (std::uint64_t i = 0; i < steps; ++i) {
            ASSERT_EQ(twin.step(seen), "") << "world " << world << ", step " << i;
        }
        done += steps * measure_count;
    }
    std::cout << done << " questions; of " << done / measure_count << " requests " << seen.back()
              << " found room; broken: messages " << seen[0] << ", orders " << seen[1]
              << ", submitted " << seen[2] << ", fills " << seen[3] << ", filled " << seen[4]
              << '\n';
    EXPECT_GT(seen.back() * 4, done / measure_count) << "mostly denied: nothing is learnt";
    for (std::size_t m = 0; m < measure_count; ++m) {
        EXPECT_GT(seen[m] * 200, done / measure_count) << m;
    }
}

TEST(RiskWindows, OneEntryWithinAnySpanOfOneNanosecond) {
    SlidingLog log{std::array<std::int64_t, 1>{1}, 3};
    log.push(MonoNs{5}, 1, 7);
    log.catch_up(MonoNs{5});
    EXPECT_EQ(log.held(0), (LogSums{1, 1, 7}));
    log.catch_up(MonoNs{6});
    EXPECT_EQ(log.held(0), LogSums{});
    log.catch_up(MonoNs{-9});  // the clock has stepped back: as of the last entry
    EXPECT_EQ(log.held(0), (LogSums{1, 1, 7}));
}

TEST(RiskWindows, WhatIsLostIsToldAndNotSummed) {
    SlidingLog log{std::array<std::int64_t, 1>{1'000}, 3};
    for (int i = 0; i < 3; ++i) {
        log.push(MonoNs{i}, 1, 1);
    }
    log.catch_up(MonoNs{10});
    EXPECT_FALSE(log.is_full(log.held(0)));
    for (int i = 0; i < 90; ++i) {
        log.push(MonoNs{10 + i}, 1, 1);
        log.catch_up(MonoNs{10 + i});
        EXPECT_TRUE(log.is_full(log.held(0)));
    }
    log.catch_up(MonoNs{96 + 1'000});
    EXPECT_EQ(log.held(0).count, 3U);
    EXPECT_FALSE(log.is_full(log.held(0)));
}

TEST(RiskWindows, SumsOf128BitsAreExactThoughTheirTotalWraps) {
    SlidingLog log{std::array<std::int64_t, 1>{10}, 4};
    const LogWeight most = SlidingLog::weight_ceiling;
    for (std::int64_t i = 0; i < 3'000'000; ++i) {
        log.push(MonoNs{i * 5}, 1, i % 2 == 0 ? most : most + 1);  // cut
    }
    log.catch_up(MonoNs{3'000'000 * 5 - 5});
    EXPECT_EQ(log.held(0), (LogSums{2, 2, 2 * most}));
    EXPECT_EQ(log.in_window(0, MonoNs{0}), (LogSums{2, 2, 2 * most}));
}

TEST(RiskWindows, AdvanceNeverCountsTooLittleAndArrivesInSteps) {
    SlidingLog log{std::array<std::int64_t, 2>{10, 1'000}, 64};
    for (std::int64_t i = 0; i < 40; ++i) {
        log.push(MonoNs{i}, 1, 1);
    }
    log.advance(MonoNs{500}, 8);
    EXPECT_EQ(log.held(0).count, 32U);
    EXPECT_EQ(log.held(1).count, 40U);
    EXPECT_FALSE(log.is_idle());
    for (int i = 0; i < 4; ++i) {
        log.advance(MonoNs{500}, 8);
    }
    EXPECT_EQ(log.held(0).count, 0U);
    log.advance(MonoNs{400}, 8);  // a step back: nothing moves
    EXPECT_EQ(log.reached(), 500);
    log.catch_up(MonoNs{5'000});
    EXPECT_TRUE(log.is_idle());
}

TEST(RiskWindows, TheHashIsOfAllThatWasPushed) {
    const auto hash = [](const SlidingLog& log) {
        engine::StateHasher hasher;
        log.hash(hasher);
        return hasher.value();
    };
    const std::array<std::int64_t, 1> spans{10};
    SlidingLog one{spans, 4};
    SlidingLog other{spans, 4};
    EXPECT_EQ(hash(one), hash(other));
    one.push(MonoNs{1}, 1, 5);
    other.push(MonoNs{1}, 1, 6);
    EXPECT_NE(hash(one), hash(other));
    one.push(MonoNs{2}, 1, 6);
    other.push(MonoNs{2}, 1, 5);
    EXPECT_NE(hash(one), hash(other));
    SlidingLog same{spans, 4};
    same.push(MonoNs{1}, 1, 5);
    same.push(MonoNs{2}, 1, 6);
    same.catch_up(MonoNs{500});
    EXPECT_EQ(hash(one), hash(same));
}

TEST(RiskWindows, MemoryIsThatOfTheLargestCounts) {
    EXPECT_EQ(SlidingLog::bytes_of(7), 8U * 32);
    EXPECT_EQ(SlidingLog::bytes_of(8), 16U * 32);
    EXPECT_EQ(SlidingLog::bytes_of(~std::uint64_t{0}), (std::size_t{1} << 20) * 32);
    WindowSet limits{};
    limits[0] = {1'000, 3, 3, 5, 7, 5};
    limits[1] = {2'000, 7, 7, 5, 15, 5};
    EXPECT_EQ(ScopeWindows::bytes_of(limits), (8U + 16U) * 32);
}

}  // namespace
}  // namespace portcullis::risk
