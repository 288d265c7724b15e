// The tape's sums against a twin that walks through every trade: random tapes, random questions,
// equal answers; and what a question costs on a full tape.
#include "tools/venue/server/trade_tape.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tools/venue/durations.hpp"
#include "tools/venue/server/klines.hpp"

namespace portcullis::tools::venue {
namespace {

/// 2023-11-14 22:13:20 UTC.
constexpr std::int64_t base_ms = 1'700'000'000'000;

TradeSpan naive_span(const TradeTape::Trades& trades, std::int64_t from_ms, std::int64_t until_ms) {
    TradeSpan span;
    for (const TapeTrade& trade : trades) {
        if (trade.time_ms >= from_ms && trade.time_ms < until_ms) {
            span.add(trade);
        }
    }
    return span;
}

/// All klines of the tape, oldest first; where nothing traded, flat ones at the last price.
std::vector<Kline> naive_klines(const TradeTape::Trades& trades, const KlineGrid& grid,
                                const KlineRange& range) {
    std::vector<Kline> all;
    for (const TapeTrade& trade : trades) {
        while (all.empty() || trade.time_ms >= all.back().next_open_ms) {
            const auto [open_ms, next_ms] =
                grid.around(all.empty() ? trade.time_ms : all.back().next_open_ms);
            Kline kline{open_ms, next_ms, {}};
            if (!all.empty()) {
                kline.span.open = kline.span.high = kline.span.low = kline.span.close =
                    all.back().span.close;
            }
            all.push_back(kline);
        }
        all.back().span.add(trade);
    }
    std::erase_if(all, [&](const Kline& kline) {
        return kline.open_ms < range.start_ms.value_or(kline.open_ms) ||
               kline.open_ms > range.end_ms.value_or(kline.open_ms);
    });
    if (all.size() > range.limit) {
        const auto surplus = static_cast<std::ptrdiff_t>(all.size() - range.limit);
        range.start_ms ? all.erase(all.end() - surplus, all.end())
                       : all.erase(all.begin(), all.begin() + surplus);
    }
    return all;
}

class Market {
public:
    explicit Market(std::uint32_t seed) : random_(seed) {}
    std::int64_t pick(std::int64_t below) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
    }
    void trade(TradeTape& tape, std::int64_t pause_ms) {
        time_ms_ += pick(4) == 0 ? pick(pause_ms + 1) : 0;
        TapeTrade trade;
        trade.id = ++id_;
        trade.time_ms = time_ms_;
        trade.price = PriceAtoms{(9'000 + pick(2'000)) * 1'000'000};
        trade.qty = QtyAtoms{1 + pick(500'000'000)};
        trade.buyer_is_maker = pick(2) == 0;
        tape.add("X", trade);
    }
    [[nodiscard]] std::int64_t time_ms() const { return time_ms_; }

private:
    std::mt19937_64 random_;
    std::int64_t id_{0};
    std::int64_t time_ms_{base_ms};
};

TEST(TradeTape, any_window_is_what_a_walk_through_all_trades_gives) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        TradeTape tape;
        Market market(seed);
        const std::int64_t pause_ms = 1 + market.pick(2'000);
        for (int i = 0; i < 3'000; ++i) {
            market.trade(tape, pause_ms);
            if (market.pick(10) != 0) {
                continue;
            }
            const std::int64_t width = market.time_ms() - base_ms + 10;
            const std::int64_t from_ms = base_ms - 5 + market.pick(width);
            const std::int64_t until_ms = from_ms + market.pick(width);
            const TradeTape::Window window = tape.window("X", from_ms, until_ms);
            EXPECT_EQ(window.span, naive_span(tape.trades("X"), from_ms, until_ms));
            const TradeSpan before = naive_span(tape.trades("X"), 0, from_ms);
            EXPECT_EQ(window.price_before.has_value(), before.count > 0);
            EXPECT_EQ(window.price_before.value_or(PriceAtoms{0}), before.close);
        }
    }
}

TEST(TradeTape, a_window_is_right_while_the_oldest_trades_leave) {
    TradeTape tape;
    Market market(7);
    std::size_t most = 0;
    for (int i = 0; i < 30'000; ++i) {
        market.trade(tape, 2'400'000);  // seven days hold some two thousand of them
        most = std::max(most, tape.trades("X").size());
        if (i % 50 == 0) {
            const std::int64_t from_ms = tape.trades("X").front().time_ms + market.pick(9 * day_ms);
            const std::int64_t until_ms = from_ms + market.pick(9 * day_ms);
            EXPECT_EQ(tape.window("X", from_ms, until_ms).span,
                      naive_span(tape.trades("X"), from_ms, until_ms));
        }
    }
    EXPECT_LT(most, 5'000U);
    EXPECT_GT(most, 1'000U);
    const auto& trades = tape.trades("X");
    EXPECT_TRUE(tape.window("X", trades.front().time_ms, day_ms + base_ms * 2).price_before);
    tape.clear("X");
    EXPECT_FALSE(tape.latest("X", day_ms).price_before);
    market.trade(tape, 1);
    EXPECT_EQ(tape.latest("X", day_ms).span, naive_span(tape.trades("X"), 0, base_ms * 2));
}

TEST(TradeTape, klines_of_every_interval_and_zone_are_those_of_the_walk) {
    static constexpr const char* intervals[] = {"1s", "1m", "3m", "5m",  "15m", "30m", "1h", "2h",
                                                "4h", "6h", "8h", "12h", "1d",  "3d",  "1w", "1M"};
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(seed);
        TradeTape tape;
        Market market(seed);
        for (int i = 0; i < 2'000; ++i) {
            market.trade(tape, seed % 2 == 0 ? 20 : 1'000'000);
        }
        for (int i = 0; i < 100; ++i) {
            const char* interval = intervals[market.pick(16)];
            const bool seconds = std::string_view(interval) == "1s";
            const auto grid = KlineGrid::of(interval, market.pick(26 * 60 + 1) - 12 * 60);
            ASSERT_TRUE(grid);
            const std::int64_t first_ms = tape.trades("X").front().time_ms - 10'000;
            const std::int64_t width = market.time_ms() - first_ms + 20'000;
            KlineRange range;
            range.limit = 1 + static_cast<std::size_t>(market.pick(1'000));
            if (market.pick(2) == 0 || (seconds && width > 1'000'000)) {
                range.start_ms = first_ms + market.pick(width);
            }
            if (market.pick(2) == 0) {
                range.end_ms = range.start_ms.value_or(first_ms) + market.pick(width) - 1'000;
            }
            EXPECT_EQ(klines_of(tape, "X", *grid, range),
                      naive_klines(tape.trades("X"), *grid, range))
                << interval;
        }
    }
}

template <class Ask>
double shortest_us(int times, const Ask& ask) {
    double best = 1e18;
    for (int i = 0; i < times; ++i) {
        const auto from = std::chrono::steady_clock::now();
        ask();
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - from;
        best = std::min(best, took.count());
    }
    return best;
}

/// Figures of a full tape; the bound is far from them, so that a busy machine does not matter.
TEST(TradeTape, a_question_to_a_full_tape_costs_what_it_returns) {
    TradeTape tape;
    Market market(11);
    for (int i = 0; i < 1'000'000; ++i) {
        market.trade(tape, 600);
    }
    const TradeTape::Trades& trades = tape.trades("X");
    ASSERT_EQ(trades.size(), 1'000'000U);
    const auto minutes = KlineGrid::of("1m", 0);
    std::vector<Kline> told;
    std::vector<Kline> walked;
    const double klines_us =
        shortest_us(5, [&] { told = klines_of(tape, "X", *minutes, KlineRange{}); });
    const double klines_walk_us =
        shortest_us(2, [&] { walked = naive_klines(trades, *minutes, KlineRange{}); });
    ASSERT_EQ(told.size(), 500U);
    EXPECT_EQ(told, walked);
    TradeSpan day;
    TradeSpan day_walked;
    const double day_us = shortest_us(5, [&] { day = tape.latest("X", day_ms).span; });
    const double day_walk_us = shortest_us(2, [&] {
        day_walked = naive_span(trades, market.time_ms() - day_ms + 1, market.time_ms() + 1);
    });
    EXPECT_EQ(day, day_walked);
    std::printf("a million trades: 500 klines %.0f us (walked: %.0f), a day %.1f us (%.0f)\n",
                klines_us, klines_walk_us, day_us, day_walk_us);
    EXPECT_LT(klines_us * 3, klines_walk_us);
    EXPECT_LT(day_us * 10, day_walk_us);
}

}  // namespace
}  // namespace portcullis::tools::venue
