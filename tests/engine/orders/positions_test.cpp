// Positions: balances, fees and marks by hand-written numbers; a missing mark fails closed.
#include "engine/orders/positions.hpp"

#include <gtest/gtest.h>

#include <random>

namespace portcullis::engine {
namespace {

constexpr AssetId usd{0};
constexpr AssetId usdt{1};
constexpr AssetId btc{2};
constexpr AssetId bnb{3};
constexpr std::int64_t unit = atoms_per_unit;

Instrument instrument_of(std::uint16_t id, AssetId base, AssetId quote) {
    Instrument instrument;
    instrument.id = InstrumentId{id};
    instrument.base = base;
    instrument.quote = quote;
    return instrument;
}
const Instrument btc_usdt = instrument_of(0, btc, usdt);
const Instrument bnb_btc = instrument_of(1, bnb, btc);

Fill fill_of(const Instrument& of, Side side, std::int64_t price, std::int64_t qty,
             AssetId fee_asset = no_asset, std::int64_t fee = 0) {
    Fill fill;
    fill.trade = TradeId{1};
    fill.price = PriceAtoms{price};
    fill.qty = QtyAtoms{qty};
    fill.fee_atoms = fee;
    fill.fee_asset = fee_asset;
    fill.instrument = of.id;
    fill.side = side;
    return fill;
}

std::int64_t small(AmountAtoms amount) {
    return to_int64(amount.value).value();
}

TEST(Positions, a_buy_moves_base_up_quote_down_and_the_fee_where_it_is_charged) {
    Positions books;
    books.set_balance(usdt, AmountAtoms{100'000 * int128{unit}});
    books.set_balance(bnb, AmountAtoms{unit});
    books.apply(btc_usdt, fill_of(btc_usdt, Side::buy, 60'000 * unit, unit / 2, bnb, 1234));
    EXPECT_EQ(small(books.balance(btc)), unit / 2);
    EXPECT_EQ(small(books.balance(usdt)), 70'000 * unit);
    EXPECT_EQ(small(books.balance(bnb)), unit - 1234);
    EXPECT_EQ(small(books.fees(bnb)), 1234);
    EXPECT_EQ(small(books.bought(btc)), unit / 2);
    EXPECT_EQ(small(books.sold(usdt)), 30'000 * unit);
    EXPECT_EQ(books.rounded_fills(), 0U);
}

TEST(Positions, what_is_no_whole_atom_is_rounded_against_us_and_counted) {
    Positions books;
    books.apply(btc_usdt, fill_of(btc_usdt, Side::buy, 3, unit / 2));  // 1.5 atoms
    EXPECT_EQ(small(books.balance(usdt)), -2);
    books.apply(btc_usdt, fill_of(btc_usdt, Side::sell, 3, unit / 2));  // 1.5 atoms
    EXPECT_EQ(small(books.balance(usdt)), -1);
    EXPECT_EQ(books.rounded_fills(), 2U);
    EXPECT_EQ(books.fills(), 2U);
}

TEST(Positions, are_per_asset_across_instruments_and_less_a_baseline) {
    Positions books;
    books.set_baseline(btc, AmountAtoms{2 * unit});
    books.set_balance(btc, AmountAtoms{2 * unit});
    books.apply(btc_usdt, fill_of(btc_usdt, Side::buy, 100 * unit, unit));
    books.apply(bnb_btc, fill_of(bnb_btc, Side::buy, unit / 100, 10 * unit));
    EXPECT_EQ(small(books.position(btc)), unit - unit / 10);
    EXPECT_EQ(small(books.position(bnb)), 10 * unit);
}

TEST(Positions, a_missing_mark_of_an_asset_with_a_position_makes_the_profit_unknown) {
    Positions books;
    EXPECT_EQ(books.pnl(), std::nullopt) << "no risk currency";
    books.set_risk_currency(usd);
    EXPECT_EQ(books.pnl(), NotionalMicro{0});
    books.set_balance(usdt, AmountAtoms{10 * unit});
    EXPECT_EQ(books.pnl(), std::nullopt) << "USDT is not USD";
    books.set_mark(usdt, 999'000);
    EXPECT_EQ(books.pnl(), NotionalMicro{9'990'000});
    books.set_balance(btc, AmountAtoms{-1});
    EXPECT_EQ(books.pnl(), std::nullopt);
    books.set_mark(btc, 60'000'000'000);
    EXPECT_EQ(books.pnl(), NotionalMicro{9'990'000 - 600});
    books.set_mark(btc, 60'000'000'001);
    EXPECT_EQ(books.pnl(), NotionalMicro{9'990'000 - 601}) << "rounded down";
}

TEST(Positions, a_sum_that_does_not_fit_is_unknown_and_not_wrong) {
    Positions books;
    books.set_risk_currency(usd);
    books.set_balance(btc, AmountAtoms{int128{1} << 100});
    books.set_mark(btc, INT64_MAX);
    EXPECT_EQ(books.pnl(), std::nullopt);
    books.set_balance(btc, AmountAtoms{int128{1} << 80});
    EXPECT_EQ(books.pnl(), std::nullopt);
}

TEST(Positions, profit_of_a_thousand_random_round_trips_is_what_the_naive_sum_says) {
    std::mt19937_64 random(1);
    Positions books;
    books.set_risk_currency(usd);
    books.set_mark(usdt, 1'000'000);
    books.set_mark(btc, 50'000'000'000);
    int128 base = 0;
    int128 cash = 0;  // in 1e-16 of the quote asset
    for (int i = 0; i < 1000; ++i) {
        const auto price = static_cast<std::int64_t>(random() % 100'000) * unit + unit;
        const auto qty = static_cast<std::int64_t>(random() % 1'000'000) + 1;
        const Side side = random() % 2 == 0 ? Side::buy : Side::sell;
        books.apply(btc_usdt, fill_of(btc_usdt, side, price, qty, usdt, 7));
        base += side == Side::buy ? qty : -qty;
        cash += (side == Side::buy ? -1 : 1) * int128{price} * qty - int128{7} * unit;
    }
    // Prices are whole units, so nothing is rounded before the end.
    EXPECT_EQ(books.rounded_fills(), 0U);
    const int128 worth = base * 50'000'000'000 + cash / unit * 1'000'000;
    EXPECT_EQ(books.pnl()->value, static_cast<std::int64_t>(divide(worth, unit, Rounding::down)));
    EXPECT_EQ(small(books.fees(usdt)), 7000);
}

TEST(Positions, drift_is_the_venues_word_less_ours_and_old_news_is_dropped) {
    Positions books;
    EXPECT_EQ(books.drift(btc), std::nullopt);
    AccountBalance told;
    told.asset = btc;
    told.free = AmountAtoms{70};
    told.locked = AmountAtoms{30};
    told.venue_time = WallNs{5};
    EXPECT_TRUE(books.observe(told));
    EXPECT_EQ(small(*books.drift(btc)), 100);
    EXPECT_EQ(small(*books.venue_free(btc)), 70);
    books.set_balance(btc, AmountAtoms{100});
    EXPECT_EQ(small(*books.drift(btc)), 0);
    told.venue_time = WallNs{4};
    told.free = AmountAtoms{0};
    EXPECT_FALSE(books.observe(told));
    EXPECT_EQ(small(*books.drift(btc)), 0);
    BalanceDelta withdrawn;
    withdrawn.asset = btc;
    withdrawn.delta = AmountAtoms{-40};
    EXPECT_EQ(books.apply(withdrawn), Positions::Moved::yes);
    EXPECT_EQ(small(books.foreign(btc)), -40);
    EXPECT_EQ(small(books.balance(btc)), 60);
}

TEST(Positions, a_drift_of_an_atom_for_each_rounded_buy_is_explained_until_the_balance_is_taken) {
    Positions books;
    EXPECT_TRUE(books.rounding_explains(usdt, AmountAtoms{0}));
    EXPECT_FALSE(books.rounding_explains(usdt, AmountAtoms{1}));
    const auto fill = [&books](Side side, std::int64_t price, std::int64_t qty) {
        books.apply(btc_usdt, fill_of(btc_usdt, side, price, qty));
    };
    fill(Side::buy, unit, unit);    // exact
    fill(Side::sell, 3, unit / 2);  // rounded down, as the venue does
    EXPECT_FALSE(books.rounding_explains(usdt, AmountAtoms{1}));
    fill(Side::buy, 3, unit / 2);
    fill(Side::buy, 3, unit / 2);
    EXPECT_TRUE(books.rounding_explains(usdt, AmountAtoms{2}));
    EXPECT_FALSE(books.rounding_explains(usdt, AmountAtoms{3}));
    EXPECT_FALSE(books.rounding_explains(usdt, AmountAtoms{-1})) << "the venue never takes more";
    EXPECT_FALSE(books.rounding_explains(btc, AmountAtoms{1}));
    books.set_balance(usdt, AmountAtoms{0});
    EXPECT_FALSE(books.rounding_explains(usdt, AmountAtoms{1}));
}

TEST(Positions, a_movement_that_both_streams_tell_of_counts_once_and_one_like_it_again) {
    using Moved = Positions::Moved;
    Positions books;
    const auto told = [&books](ReportSource source, std::int64_t time, std::int64_t delta) {
        BalanceDelta row;
        row.asset = btc;
        row.delta = AmountAtoms{delta};
        row.venue_time = WallNs{time};
        row.source = source;
        return books.apply(row);
    };
    const auto first = ReportSource::stream_primary;
    const auto second = ReportSource::stream_secondary;
    EXPECT_EQ(told(first, 7, -40), Moved::yes);
    EXPECT_EQ(told(second, 7, -40), Moved::told_before);
    EXPECT_EQ(small(books.foreign(btc)), -40);
    // Two alike in one millisecond: each stream tells of both, in whatever order they come.
    EXPECT_EQ(told(second, 8, -40), Moved::yes);
    EXPECT_EQ(told(second, 8, -40), Moved::yes);
    EXPECT_EQ(told(first, 8, -40), Moved::told_before);
    EXPECT_EQ(told(first, 8, -40), Moved::told_before);
    EXPECT_EQ(told(first, 8, -40), Moved::yes) << "a third";
    EXPECT_EQ(told(first, 9, -40), Moved::yes) << "at another time";
    EXPECT_EQ(told(first, 7, -41), Moved::yes) << "another amount";
    EXPECT_EQ(small(books.balance(btc)), -40 * 5 - 41);
}

TEST(Positions, an_asset_that_the_config_does_not_know_is_refused_and_counted) {
    Positions books;
    AccountBalance told;
    EXPECT_FALSE(books.observe(told));
    EXPECT_EQ(books.apply(BalanceDelta{}), Positions::Moved::unknown_asset);
    books.apply(btc_usdt, fill_of(btc_usdt, Side::buy, unit, unit, no_asset, 5));
    EXPECT_EQ(books.unplaced_fees(), 1U);
}

TEST(Positions, the_hash_covers_balances_marks_and_counts) {
    const auto hash = [](const Positions& books) {
        StateHasher hasher;
        books.hash(hasher);
        return hasher.value();
    };
    Positions a;
    Positions b;
    EXPECT_EQ(hash(a), hash(b));
    b.set_mark(btc, 0);
    EXPECT_NE(hash(a), hash(b));
    Positions c;
    c.set_balance(bnb, AmountAtoms{int128{1} << 70});
    EXPECT_NE(hash(a), hash(c));
}

}  // namespace
}  // namespace portcullis::engine
