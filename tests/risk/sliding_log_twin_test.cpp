// The sliding log against a plain deque that is summed anew for each question, aimed at the edges
// of spans (+-1 ns) and at small limits. PORTCULLIS_WINDOW_QUERIES asks for more than 5 million.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <limits>
#include <random>

#include "risk/sliding_log.hpp"

namespace portcullis::risk {
namespace {

using engine::MonoNs;

struct PlainEntry {
    std::int64_t at;
    LogSums sums;
};
using PlainLog = std::deque<PlainEntry>;
using TwinSpans = std::array<LogSpan, 3>;

LogBlock plain_block(const PlainLog& log, const TwinSpans& spans, std::int64_t at, LogSums more) {
    for (std::size_t i = 0; i < spans.size(); ++i) {
        LogSums sum = more;
        for (const PlainEntry& entry : log) {
            if (at - entry.at < spans[i].span_ns) {
                sum.count += entry.sums.count;
                sum.orders += entry.sums.orders;
                sum.weight += entry.sums.weight;
            }
        }
        const LogSums& max = spans[i].max;
        if (sum.count > max.count) {
            return {LogMeasure::count, i};
        }
        if (sum.orders > max.orders) {
            return {LogMeasure::orders, i};
        }
        if (sum.weight > max.weight) {
            return {LogMeasure::weight, i};
        }
    }
    return {};
}

std::int64_t next_time(std::mt19937_64& random, std::int64_t now, const PlainLog& log,
                       const TwinSpans& spans) {
    const auto kind = random() % 8;
    if (kind < 5 || log.empty()) {
        return now + static_cast<std::int64_t>(random() % 6);
    }
    if (kind == 5) {
        return now - static_cast<std::int64_t>(random() % 9);
    }
    const auto back = 1 + random() % std::min<std::size_t>(log.size(), 20);
    const auto edge = static_cast<std::int64_t>(random() % 3) - 1;
    return std::max(now, log[log.size() - back].at + spans[random() % 3].span_ns + edge);
}

void run_twin(std::mt19937_64& random, std::array<std::uint64_t, 4>& seen) {
    TwinSpans spans;
    for (std::size_t i = 0; i < spans.size(); ++i) {
        spans[i].span_ns = static_cast<std::int64_t>((5 + random() % 60) * (i + 1));
        spans[i].max = {random() % 24, random() % 30, random() % 200};
    }
    SlidingLog log{spans};
    PlainLog plain;
    std::int64_t now = 1'000;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    for (int k = 0; k < 2'000; ++k) {
        now = next_time(random, now, plain, spans);
        const std::int64_t at = std::max(now, last);
        const LogSums more{1, random() % 3, random() % 40};
        if (random() % 5 == 0) {
            log.prepare(MonoNs{now});
        }
        const LogBlock got = log.blocked_by(MonoNs{now}, more);
        const LogBlock want = plain_block(plain, spans, at, more);
        ASSERT_EQ(got.measure, want.measure) << k;
        ASSERT_EQ(got.span, want.span) << k;
        ++seen.at(static_cast<std::size_t>(got.measure));
        if (got.measure == LogMeasure::none || random() % 6 == 0) {
            log.push(MonoNs{now}, more.orders, more.weight);
            last = at;
            plain.push_back({at, more});
        }
        if (plain.size() > 200) {
            plain.pop_front();  // far more than any count: what is left still fills the window
        }
    }
}

TEST(RiskWindows, EveryAnswerIsThatOfAPlainDeque) {
    const char* const asked = std::getenv("PORTCULLIS_WINDOW_QUERIES");
    const std::uint64_t total = asked == nullptr ? 5'000'000 : std::strtoull(asked, nullptr, 10);
    ASSERT_GT(total, 0U);
    std::mt19937_64 random{7};
    std::array<std::uint64_t, 4> seen{};
    for (std::uint64_t done = 0; done < total && !testing::Test::HasFatalFailure(); done += 2'000) {
        run_twin(random, seen);
    }
    std::cout << "passed " << seen[0] << ", count " << seen[1] << ", orders " << seen[2]
              << ", weight " << seen[3] << '\n';
    for (const std::uint64_t times : seen) {
        EXPECT_GT(times, 0U);
    }
}

}  // namespace
}  // namespace portcullis::risk
