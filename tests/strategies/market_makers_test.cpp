// The market makers' prices: formulae against values computed elsewhere, passive rounding, skew,
// full inventory, and nonsense, which is answered by no quote.
#include <gtest/gtest.h>

#include <limits>

#include "strategies/strategy_set.hpp"
#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

AmountAtoms base(double units_of_base) {
    return AmountAtoms{static_cast<std::int64_t>(units_of_base * 1e8)};
}

// --- rounding

TEST(PassiveTicks, RoundBidsDownAndAsksUp) {
    const Instrument grid = small_grid();  // a tick is 0.01
    struct Row {
        double price;
        std::int64_t bid, ask;
    };
    const Row rows[]{{10.0, 1000, 1000},   {10.001, 1000, 1001},
                     {10.009, 1000, 1001}, {0.01, 1, 1},
                     {0.009, 0, 1},        {9e13, 9'000'000'000'000'000, 9'000'000'000'000'000}};
    for (const Row& row : rows) {
        EXPECT_EQ(passive_ticks(grid, Side::buy, row.price), PriceTicks{row.bid}) << row.price;
        EXPECT_EQ(passive_ticks(grid, Side::sell, row.price), PriceTicks{row.ask}) << row.price;
    }
}

TEST(PassiveTicks, WhatIsNoPriceIsNoTick) {
    for (const double price : {0.0, -0.0, -1.0, -infinity, infinity, nan_value, 9.1e13, 1e300}) {
        EXPECT_EQ(passive_ticks(small_grid(), Side::buy, price), PriceTicks{0}) << price;
        EXPECT_EQ(passive_ticks(small_grid(), Side::sell, price), PriceTicks{0}) << price;
    }
}

TEST(InventoryShare, IsHeldWithinOneBothWays) {
    EXPECT_EQ(inventory_share(AmountAtoms{5}, 10), 0.5);
    EXPECT_EQ(inventory_share(AmountAtoms{-10}, 10), -1.0);
    EXPECT_EQ(inventory_share(AmountAtoms{11}, 10), 1.0);
    EXPECT_EQ(inventory_share(AmountAtoms{int128{1} << 100}, 1), 1.0);
    EXPECT_EQ(inventory_share(AmountAtoms{-(int128{1} << 100)}, 1), -1.0);
}

// --- ladder: 3 levels, half spread 10 bps, 5 bps apart, 0.005 each, skew 20 bps at 0.1

std::string text_of(const Quotes& quotes) {
    std::string text;
    for (const Quote& quote : quotes.bids.view()) {
        text +=
            "b" + std::to_string(quote.price.value) + "x" + std::to_string(quote.qty.value) + " ";
    }
    for (const Quote& quote : quotes.asks.view()) {
        text +=
            "a" + std::to_string(quote.price.value) + "x" + std::to_string(quote.qty.value) + " ";
    }
    return text;
}

class LadderPrices : public testing::Test {
protected:
    std::string wish(double fair, AmountAtoms position) {
        world.position = position;
        Ladder ladder({3, 10.0, 5.0, 500'000, 20.0, 10'000'000});
        Quotes quotes;
        ladder.wish(world.view(), fair, quotes);
        return text_of(quotes);
    }
    /// Sides and lots alone.
    std::string sizes(AmountAtoms position) {
        std::string said;
        const std::string text = wish(100.0, position);
        for (std::size_t at = 0; at < text.size(); at = text.find(' ', at) + 1) {
            const std::size_t x = text.find('x', at);
            said += text.substr(at, 1) + text.substr(x + 1, text.find(' ', x) - x);
        }
        return said;
    }
    SmallWorld world;
};

// By hand: 100 x (1 -+ 0.001), (1 -+ 0.0015), (1 -+ 0.002), a tick being 0.01.
TEST_F(LadderPrices, LieAroundTheFairValue) {
    EXPECT_EQ(wish(100.0, base(0)), "b9990x5 b9985x5 b9980x5 a10010x5 a10015x5 a10020x5 ");
}

// By hand: half of the inventory moves the centre by 10 bps to 99.9; bids 99.8001, 99.75015,
// 99.7002, asks 99.9999, 100.04985, 100.0998.
TEST_F(LadderPrices, LeanAgainstTheInventory) {
    EXPECT_EQ(wish(100.0, base(0.05)), "b9980x5 b9975x5 b9970x5 a10000x5 a10005x5 a10010x5 ");
    // Short by half: centre 100.1; bids 99.9999, 99.94985, 99.8998, asks 100.2001, ...
    EXPECT_EQ(wish(100.0, base(-0.05)), "b9999x5 b9994x5 b9989x5 a10021x5 a10026x5 a10031x5 ");
}

TEST_F(LadderPrices, HaveOneSideAtFullInventory) {
    EXPECT_EQ(wish(100.0, base(0.0999999)).substr(0, 1), "a");  // less than a lot is no quote
    EXPECT_EQ(wish(100.0, base(0.1)), "a9990x5 a9995x5 a10000x5 ");
    EXPECT_EQ(wish(100.0, base(7.0)), "a9990x5 a9995x5 a10000x5 ");
    EXPECT_EQ(wish(100.0, base(-0.1)), "b10009x5 b10004x5 b9999x5 ");
}

// Full at 0.1, levels of 5 lots of 0.001: what a fill would make too much is not quoted.
TEST_F(LadderPrices, AskForNoMoreThanIsLeftToFullInventory) {
    EXPECT_EQ(sizes(base(0.085)), "b5 b5 b5 a5 a5 a5 ");
    EXPECT_EQ(sizes(base(0.086)), "b5 b5 b4 a5 a5 a5 ");
    EXPECT_EQ(sizes(base(0.0949)), "b5 a5 a5 a5 ");
    EXPECT_EQ(sizes(base(0.099)), "b1 a5 a5 a5 ");
    EXPECT_EQ(sizes(base(0.0991)), "a5 a5 a5 ");
    EXPECT_EQ(sizes(base(-0.092)), "b5 b5 b5 a5 a3 ");
    world.grid.qty_min = QtyAtoms{300'000};  // 0.003
    EXPECT_EQ(sizes(base(-0.092)), "b5 b5 b5 a5 a3 ");
    EXPECT_EQ(sizes(base(-0.093)), "b5 b5 b5 a5 ");
    world.grid.qty_min = {};
    world.grid.notional_min = AmountAtoms{30'000'000};  // 0.3 of the quote asset: 3 lots at 100
    EXPECT_EQ(sizes(base(-0.092)), "b5 b5 b5 a5 a3 ");
    EXPECT_EQ(sizes(base(-0.093)), "b5 b5 b5 a5 ");
}

TEST_F(LadderPrices, OfNonsenseAreNone) {
    for (const double fair : {0.0, -5.0, nan_value, infinity, -infinity, 1e300}) {
        EXPECT_EQ(wish(fair, base(0)), "") << fair;
    }
}

// --- avellaneda_stoikov: the formulae

struct TermsRow {
    AvellanedaStoikovInputs in;
    double spread, inventory;
};

// Python, decimal with 60 digits: spread = ln(1 + g q / k) / (g q),
// inventory = sqrt(v g / (2 k A q) (1 + g q / k)^(1 + k / (g q))).
const TermsRow terms_rows[]{
    {{0.1, 0.004, 53, 0.57, 0.246}, 4.06173931750476846503e+00, 1.13373524435466222826e+02},
    {{0.01, 1, 2, 1.4, 1.5}, 6.64454271866857903994e-01, 1.13961934972118719700e-01},
    {{0.1, 1, 4, 140, 1.5}, 6.45385211375711698167e-01, 5.17172161219660031506e-02},
    {{2, 0.5, 0.25, 0.02, 12}, 8.00427076735364256832e-02, 2.42847184076938882313e+00},
    {{1000, 10, 1, 1, 0.5}, 9.90353755128616994319e-04, 1.41459911230203169907e+03},
    {{1e-9, 0.001, 100, 1, 1}, 9.99999999999499955550e-01, 1.16582199079885359683e-02},
    {{0.5, 1, 1e-10, 5, 0.3}, 1.96165850602345237519e+00, 8.94745165796339554209e-06},
};

TEST(AvellanedaStoikovTerms, AreWhatTheFormulaeSay) {
    for (const TermsRow& row : terms_rows) {
        const AvellanedaStoikovTerms terms = avellaneda_stoikov_terms(row.in);
        ASSERT_TRUE(terms.valid);
        EXPECT_NEAR(terms.spread_quote / row.spread, 1.0, 4e-15);
        EXPECT_NEAR(terms.inventory_quote_per_base / row.inventory, 1.0, 4e-15);
    }
}

TEST(AvellanedaStoikovTerms, OfNonsenseAreNotValid) {
    const double nonsense[]{0.0, -1.0, nan_value, infinity, -infinity};
    for (const double bad : nonsense) {
        for (double AvellanedaStoikovInputs::*field :
             {&AvellanedaStoikovInputs::risk_aversion_per_quote, &AvellanedaStoikovInputs::qty_base,
              &AvellanedaStoikovInputs::variance_per_s, &AvellanedaStoikovInputs::a_per_s,
              &AvellanedaStoikovInputs::k_per_quote}) {
            AvellanedaStoikovInputs in = terms_rows[0].in;
            in.*field = bad;
            EXPECT_FALSE(avellaneda_stoikov_terms(in).valid);
        }
    }
    // Numbers that are fine alone and overflow together.
    EXPECT_FALSE(avellaneda_stoikov_terms({1e300, 1e300, 1e300, 1e-300, 1e-300}).valid);
}

// --- avellaneda_stoikov: the strategy

AvellanedaStoikovConfig as_config() {
    AvellanedaStoikovConfig config;
    config.risk_aversion_per_quote = 50.0;
    config.qty_base_atoms = 500'000;           // 0.005
    config.inventory_base_atoms = 10'000'000;  // 0.1
    config.half_spread_bps_min = 0.0;
    config.half_spread_bps_max = 1000.0;
    config.volatility_sample = milliseconds(1000);
    config.volatility_time_constant = milliseconds(60'000);
    config.intensity_window = milliseconds(250);
    config.intensity_step_bps = 1.0;
    config.intensity_time_constant = milliseconds(30'000);
    config.warm_up = milliseconds(10'000);
    return config;
}

class AvellanedaStoikovQuotes : public testing::Test {
protected:
    /// Lets `steps` quarters of a second pass: the mid wanders, trades reach one to four ticks.
    void live(int steps, bool trades = true) {
        for (int i = 0; i < steps; ++i, ++step_) {
            const std::int64_t middle = 10'000 + (step_ * 7 % 5) - 2;
            world.top(middle - 1, middle + 1);
            if (trades && step_ % 2 == 0) {
                TradePrint trade;
                trade.aggressor = step_ % 4 == 0 ? Side::buy : Side::sell;
                const std::int64_t depth = 1 + step_ / 2 * 5 % 4 * (step_ / 2 % 3) / 2;
                trade.price = PriceAtoms{
                    (middle + (trade.aggressor == Side::buy ? depth : -depth)) * 1'000'000};
                model.on_trade(trade);
            }
            world.now = world.now + milliseconds(250);
            (void)wish();
        }
    }
    std::string wish(double fair = 100.0) {
        quotes.clear();
        model.wish(world.view(), fair, quotes);
        return text_of(quotes);
    }
    /// Where the formulae put bid and ask, rounded here.
    std::string expected(double fair, double position) const {
        const double half =
            model.terms().spread_quote + model.terms().inventory_quote_per_base * 0.005 / 2.0;
        const double r = fair - position * model.terms().inventory_quote_per_base;
        const auto down = [](double x) { return static_cast<std::int64_t>(x * 100.0); };
        return "b" + std::to_string(down(r - half)) + "x5 a" + std::to_string(down(r + half) + 1) +
               "x5 ";
    }

    SmallWorld world;
    AvellanedaStoikov model{as_config()};
    Quotes quotes;
    int step_{};
};

TEST_F(AvellanedaStoikovQuotes, AreNoneBeforeTheWarmUpAndThenBothSides) {
    int steps = 0;
    while (wish().empty() && steps < 1'000) {
        live(1);
        ++steps;
    }
    // Ten seconds, and the first of each is where observation begins.
    EXPECT_GE(steps, 40);
    EXPECT_LE(steps, 48);
    live(200);
    EXPECT_EQ(wish(), expected(100.0, 0.0));
}

TEST_F(AvellanedaStoikovQuotes, AreNoneWithoutTradesHoweverLongItWaits) {
    live(1'000, false);
    EXPECT_EQ(wish(), "");
}

TEST_F(AvellanedaStoikovQuotes, AreNoneInAMarketThatDoesNotMove) {
    for (int i = 0; i < 400; ++i) {
        TradePrint trade;
        trade.aggressor = Side::buy;
        trade.price = PriceAtoms{(i % 8 == 0 ? 10'008 : 10'002) * std::int64_t{1'000'000}};
        model.on_trade(trade);
        world.top(9'999, 10'001);
        world.now = world.now + milliseconds(250);
        EXPECT_EQ(wish(), "");
    }
}

TEST_F(AvellanedaStoikovQuotes, LeanAgainstTheInventoryByTheReservationPrice) {
    live(400);
    const std::string flat = wish();
    world.position = base(0.05);
    EXPECT_EQ(wish(), expected(100.0, 0.05));
    EXPECT_NE(wish(), flat);
    world.position = base(-0.05);
    EXPECT_EQ(wish(), expected(100.0, -0.05));
}

TEST_F(AvellanedaStoikovQuotes, HaveOneSideAtFullInventory) {
    live(400);
    world.position = base(0.1);
    EXPECT_EQ(wish().substr(0, 1), "a");
    EXPECT_TRUE(quotes.bids.view().empty());
    const std::string full = wish();
    world.position = base(40.0);  // more than full leans no further
    EXPECT_EQ(wish(), full);
    world.position = base(-0.1);
    EXPECT_EQ(wish().substr(0, 1), "b");
    EXPECT_TRUE(quotes.asks.view().empty());
}

TEST_F(AvellanedaStoikovQuotes, KeepTheirHalfSpreadWithinItsBounds) {
    AvellanedaStoikovConfig config = as_config();
    config.half_spread_bps_min = config.half_spread_bps_max = 50.0;
    model = AvellanedaStoikov(config);
    live(400);
    EXPECT_EQ(wish(), "b9950x5 a10050x5 ");
}

TEST_F(AvellanedaStoikovQuotes, OfNonsenseAreNone) {
    live(400);
    ASSERT_NE(wish(), "");
    for (const double fair : {0.0, -1.0, nan_value, infinity, -infinity}) {
        EXPECT_EQ(wish(fair), "") << fair;
    }
}

TEST_F(AvellanedaStoikovQuotes, WarmUpAgainAfterAHoleLongerThanTheMemory) {
    live(400);
    ASSERT_NE(wish(), "");
    world.now = world.now + milliseconds(61'000);
    EXPECT_EQ(wish(), "");
    live(30);
    EXPECT_EQ(wish(), "");
    live(30);
    EXPECT_NE(wish(), "");
}

// --- the set

TEST(StrategySet, AOneSidedOrEmptyBookIsAnsweredByPullingAllQuotes) {
    SmallWorld world;
    StrategyConfig config;
    config.name = "ladder";
    config.instrument = InstrumentId{0};
    config.quoting = small_quoting();
    config.ladder = {1, 20.0, 0.0, 500'000, 0.0, 10'000'000};
    const StrategyConfig configs[]{config};
    StrategySet set(configs);
    ActionList actions;
    set.quote(StrategyId{0}, world.view(), actions);
    EXPECT_EQ(actions.view().size(), 2U);
    world.send(actions.view());
    world.answer();
    for (const auto& [bid_qty, ask_qty] : {std::pair{0, 10}, std::pair{10, 0}, std::pair{0, 0}}) {
        world.now = world.now + milliseconds(50);
        world.top(1000, 1002, bid_qty, ask_qty);
        actions.clear();
        set.quote(StrategyId{0}, world.view(), actions);
        ASSERT_EQ(actions.view().size(), 2U);
        EXPECT_EQ(actions.view()[0].kind, ActionKind::cancel);
        EXPECT_EQ(actions.view()[1].kind, ActionKind::cancel);
    }
}

}  // namespace
}  // namespace portcullis::strategies::tests
