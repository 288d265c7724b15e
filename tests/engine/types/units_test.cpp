// Units, ids and the instrument's grid: sums refuse to overflow, divisions round as named, and what
// is off the grid is not an order.
#include "engine/types/units.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <type_traits>

#include "engine/types/ids.hpp"
#include "engine/types/instrument.hpp"

namespace portcullis::engine {
namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
    a < b;
};

TEST(Units, OnlyLikeAddsToLike) {
    static_assert(Addable<PriceAtoms, PriceAtoms>);
    static_assert(!Addable<PriceAtoms, QtyAtoms>);
    static_assert(!Addable<PriceAtoms, PriceTicks>);
    static_assert(!Addable<PriceAtoms, int>);
    static_assert(!Addable<MonoNs, MonoNs>);
    static_assert(!Addable<OrderId, OrderId>);
    static_assert(!Comparable<MonoNs, WallNs>);
    static_assert(!Comparable<OrderId, ExecId>);
    static_assert(!std::is_convertible_v<int, PriceAtoms>);
    static_assert(!std::is_convertible_v<PriceAtoms, std::int64_t>);
    static_assert(std::is_trivially_copyable_v<PriceAtoms>);
    EXPECT_EQ((PriceAtoms{2} + PriceAtoms{3}).value, 5);
    EXPECT_EQ((PriceAtoms{2} - PriceAtoms{3}).value, -1);
}

TEST(Units, CheckedSumsSayWhenTheyDoNotFit) {
    EXPECT_EQ(checked_add(QtyAtoms{int64_max - 1}, QtyAtoms{1}), QtyAtoms{int64_max});
    EXPECT_EQ(checked_add(QtyAtoms{int64_max}, QtyAtoms{1}), std::nullopt);
    EXPECT_EQ(checked_add(QtyAtoms{int64_min}, QtyAtoms{-1}), std::nullopt);
    EXPECT_EQ(checked_sub(QtyAtoms{int64_min + 1}, QtyAtoms{1}), QtyAtoms{int64_min});
    EXPECT_EQ(checked_sub(QtyAtoms{int64_min}, QtyAtoms{1}), std::nullopt);
    EXPECT_EQ(checked_sub(QtyAtoms{0}, QtyAtoms{int64_min}), std::nullopt);
}

TEST(UnitsDeathTest, PlainSumsAbortWhereTheyDoNotFit) {
    EXPECT_DEATH((void)(QtyAtoms{int64_max} + QtyAtoms{1}), "verify failed");
    EXPECT_DEATH((void)(QtyAtoms{int64_min} - QtyAtoms{1}), "verify failed");
    EXPECT_DEATH((void)(MonoNs{int64_max} + DurationNs{1}), "verify failed");
    EXPECT_DEATH((void)(MonoNs{int64_min} - MonoNs{1}), "verify failed");
    EXPECT_DEATH((void)milliseconds(int64_max), "verify failed");
}

TEST(Units, TimeIsPointsAndSpans) {
    EXPECT_EQ((MonoNs{7} - MonoNs{10}).value, -3);
    EXPECT_EQ((MonoNs{7} + milliseconds(2)).value, 2'000'007);
}

TEST(Units, DivisionRoundsTheWayThatIsNamed) {
    struct Row {
        int a, b, down, up;
    };
    const Row rows[]{{7, 2, 3, 4}, {-7, 2, -4, -3}, {6, 2, 3, 3},   {-6, 2, -3, -3},
                     {0, 5, 0, 0}, {1, 5, 0, 1},    {-1, 5, -1, 0}, {5, 1, 5, 5}};
    for (const Row& row : rows) {
        EXPECT_TRUE(divide(row.a, row.b, Rounding::down) == row.down) << row.a << "/" << row.b;
        EXPECT_TRUE(divide(row.a, row.b, Rounding::up) == row.up) << row.a << "/" << row.b;
    }
    EXPECT_DEATH((void)divide(1, 0, Rounding::up), "verify failed");
    EXPECT_DEATH((void)divide(1, -1, Rounding::up), "verify failed");
}

TEST(Units, QuoteAmountIsExactAndCannotOverflow) {
    // 0.1 x 61837.63 = 6183.763
    EXPECT_TRUE(quote_amount(PriceAtoms{6'183'763'000'000}, QtyAtoms{10'000'000}, Rounding::down) ==
                AmountAtoms{618'376'300'000});
    EXPECT_TRUE(quote_amount(PriceAtoms{1}, QtyAtoms{1}, Rounding::down) == AmountAtoms{0});
    EXPECT_TRUE(quote_amount(PriceAtoms{1}, QtyAtoms{1}, Rounding::up) == AmountAtoms{1});
    const auto most = quote_amount(PriceAtoms{int64_max}, QtyAtoms{int64_max}, Rounding::up);
    EXPECT_TRUE(most.value > int128{int64_max});
    EXPECT_EQ(to_int64(most.value), std::nullopt);
    EXPECT_EQ(to_int64(int128{int64_max}), int64_max);
    EXPECT_EQ(to_int64(int128{int64_min} - 1), std::nullopt);
}

TEST(Ids, OrderIdsCarryEpochAndSequence) {
    const auto id = ClOrdId::of(Epoch{3}, 41);
    EXPECT_EQ(id.epoch(), Epoch{3});
    EXPECT_EQ(id.sequence(), 41U);
    const auto last = ClOrdId::of(Epoch{0xffffff}, (std::uint64_t{1} << 40) - 1);
    EXPECT_EQ(last.value, ~std::uint64_t{0});
    EXPECT_LT(ClOrdId::of(Epoch{1}, (std::uint64_t{1} << 40) - 1), ClOrdId::of(Epoch{2}, 0));
    EXPECT_NE(ClOrdId::of(Epoch{1}, 0), no_order);
}

Instrument btcusdt() {
    Instrument instrument;
    instrument.id = InstrumentId{0};
    instrument.version = 1;
    instrument.tick = PriceAtoms{1'000'000};  // 0.01
    instrument.lot = QtyAtoms{1'000};         // 0.00001
    return instrument;
}

TEST(Instrument, OnTheGridIsAWholeNumberOfTicksAndLots) {
    const Instrument instrument = btcusdt();
    EXPECT_EQ(instrument.price(PriceTicks{6'183'763}), PriceAtoms{6'183'763'000'000});
    EXPECT_EQ(instrument.qty(QtyLots{2}), QtyAtoms{2'000});
    EXPECT_EQ(instrument.ticks(PriceAtoms{1'999'999}, Rounding::down), PriceTicks{1});
    EXPECT_EQ(instrument.ticks(PriceAtoms{1'999'999}, Rounding::up), PriceTicks{2});
    EXPECT_EQ(instrument.lots_within(QtyAtoms{1'999}), QtyLots{1});
}

TEST(Instrument, ConversionsRefuseToOverflow) {
    const Instrument instrument = btcusdt();
    EXPECT_EQ(instrument.price(PriceTicks{int64_max}), std::nullopt);
    EXPECT_EQ(instrument.qty(QtyLots{int64_min}), std::nullopt);
}

TEST(Instrument, WithoutFiltersItHasNoGrid) {
    const Instrument unknown;
    EXPECT_FALSE(unknown.defined());
    EXPECT_DEATH((void)unknown.price(PriceTicks{1}), "verify failed");
    EXPECT_DEATH((void)unknown.lots_within(QtyAtoms{1}), "verify failed");
}

TEST(Instrument, TicksThereAndBackIsTheSamePrice) {
    const Instrument instrument = btcusdt();
    std::mt19937_64 random(3);
    for (int i = 0; i < 10'000; ++i) {
        const PriceTicks ticks{static_cast<std::int64_t>(random() % 10'000'000'000)};
        const auto price = instrument.price(ticks);
        ASSERT_TRUE(price.has_value());
        EXPECT_EQ(instrument.ticks(*price, Rounding::down), ticks);
        EXPECT_EQ(instrument.ticks(*price, Rounding::up), ticks);
    }
}

}  // namespace
}  // namespace portcullis::engine
