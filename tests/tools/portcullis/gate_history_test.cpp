// What a gate is told of the runs before it, beside a gate that lived through them.
#include "tools/portcullis/journal/gate_history.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "tests/tools/portcullis/example.hpp"

namespace portcullis::tools {
namespace {

using engine::AssetId;
using engine::GateFill;
using engine::InstrumentId;
using engine::MonoNs;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::Side;
using engine::StrategyId;
using engine::WallNs;
using risk::LossBook;

constexpr std::int64_t coin = engine::atoms_per_unit;
constexpr std::int64_t second = 1'000'000'000;
constexpr WallNs noon{20'000 * risk::day_ns + risk::day_ns / 2};

/// One life, told to a gate and to a history at once. Strategies 0 and 1 of the example in BTCUSDT.
class Life {
public:
    Life() : gate(std::make_unique<risk::RiskGate>(config.gate(engine::Epoch{1}))) {
        engine::Instrument grid;
        grid.id = InstrumentId{0};
        grid.base = *config.asset("BTC");
        grid.quote = *config.asset("USDT");
        grid.version = 1;
        grid.status = engine::InstrumentStatus::trading;
        grid.tick = PriceAtoms{coin / 100};
        grid.lot = QtyAtoms{coin / 100'000};
        gate->on_instrument(grid);
        history.begin_run("USDT");
    }
    void pass(std::int64_t ns) {
        now.value += ns;
        wall.value += ns;
    }
    void mark(std::int64_t btc, std::int64_t bnb = 600) {
        gate->on_mark(*config.asset("BTC"), btc * engine::micros_per_unit);
        gate->on_mark(*config.asset("BNB"), bnb * engine::micros_per_unit);
        gate->on_marked(wall);
        history.on_mark("BTC", btc * engine::micros_per_unit, wall);
        history.on_mark("BNB", bnb * engine::micros_per_unit, wall);
        history.on_other();
    }
    void fill(std::uint8_t strategy, Side side, std::int64_t price) {
        GateFill fill{.price = PriceAtoms{price * coin},
                      .qty = QtyAtoms{coin / 100},
                      .fee_atoms = 77,
                      .instrument = InstrumentId{0},
                      .fee_asset = *config.asset("BNB"),
                      .side = side,
                      .strategy = StrategyId{strategy}};
        gate->on_stray_fill(fill, now);
        gate->restore_fill(fill.strategy, fill.instrument, side, now);
        history.on_fill({name(strategy), "BTCUSDT", side}, {"BTC", "USDT", "BNB", fill}, header());
    }
    void order(std::uint8_t strategy, Side side, std::int64_t price) {
        gate->restore_price(StrategyId{strategy}, InstrumentId{0}, side, PriceAtoms{price * coin},
                            now);
        history.on_order({name(strategy), "BTCUSDT", side}, PriceAtoms{price * coin}, header());
    }
    [[nodiscard]] engine::EventHeader header() const {
        engine::EventHeader at;
        at.mono = now;
        at.wall = wall;
        return at;
    }
    [[nodiscard]] std::string name(std::uint8_t strategy) const {
        return strategy < config.strategies.size() ? config.strategies[strategy].name : "";
    }
    [[nodiscard]] std::unique_ptr<risk::RiskGate> told(const AppConfig& next) const {
        auto other = std::make_unique<risk::RiskGate>(next.gate(engine::Epoch{2}));
        history.restore(*other, next, now, wall);
        return other;
    }

    AppConfig config{test::example_config()};
    std::unique_ptr<risk::RiskGate> gate;
    GateHistory history;
    MonoNs now{1'000'000 * second};
    WallNs wall{noon};
};

void expect_same_losses(const risk::RiskGate& lived, const risk::RiskGate& told) {
    for (const LossBook::Row row : {LossBook::firm, LossBook::Row{0}, LossBook::Row{1}}) {
        EXPECT_EQ(lived.losses().day(row), told.losses().day(row)) << row;
        for (std::uint16_t asset = 0; asset < 3; ++asset) {
            EXPECT_TRUE(lived.losses().amount(row, AssetId{asset}) ==
                        told.losses().amount(row, AssetId{asset}))
                << row << " " << asset;
        }
    }
}

TEST(GateHistory, ProfitAndLossOfTheDayAreThoseOfAGateThatLivedThroughIt) {
    Life life;
    life.mark(60'000);
    life.fill(0, Side::buy, 60'000);
    life.fill(1, Side::sell, 60'010);
    life.fill(255, Side::buy, 60'020);  // of no order of ours
    life.mark(61'000);
    life.mark(59'000, 500);
    expect_same_losses(*life.gate, *life.told(life.config));
    life.pass(risk::day_ns / 2);
    life.fill(0, Side::sell, 59'500);  // before the round in which the day begins
    life.mark(58'000);
    life.mark(58'500);
    expect_same_losses(*life.gate, *life.told(life.config));
    EXPECT_TRUE(life.gate->losses().day(LossBook::firm).start != 0) << "a second day";
    life.wall.value -= risk::day_ns;
    life.mark(57'000);
    expect_same_losses(*life.gate, *life.told(life.config));
}

TEST(GateHistory, FiguresComeWithTheFirstMarksAndTripWhatHadBeenStopped) {
    Life life;
    life.mark(60'000);
    for (int i = 0; i < 20; ++i) {
        life.pass(second);
        life.fill(0, Side::buy, 60'000);
    }
    life.mark(57'000);  // 0.2 BTC: a loss of 600, the limit is 500
    const auto told = life.told(life.config);
    EXPECT_FALSE(told->take_trip().has_value());
    told->on_mark(*life.config.asset("BTC"), 57'000 * engine::micros_per_unit);
    told->on_marked(life.wall);
    EXPECT_FALSE(told->take_trip().has_value()) << "fees are in BNB, which has no mark";
    told->on_mark(*life.config.asset("BNB"), 600 * engine::micros_per_unit);
    told->on_marked(life.wall);
    const auto trip = told->take_trip();
    ASSERT_TRUE(trip.has_value());
    EXPECT_EQ(trip->reason, static_cast<std::uint16_t>(risk::DenyReason::loss_strategy));
    EXPECT_EQ(trip->index, 0U);
}

TEST(GateHistory, PricesOfTheLastMinuteAndFillsOfTenSecondsCountOnAtTheirAge) {
    Life life;
    life.order(0, Side::buy, 59'000);
    life.pass(62 * second);
    life.order(0, Side::buy, 60'000);
    life.pass(30 * second);
    life.order(0, Side::buy, 60'100);
    life.order(1, Side::sell, 60'200);
    const std::int64_t most = life.config.limits.instrument[0].fills_side_10s_max;
    life.fill(0, Side::buy, 60'000);
    life.pass(11 * second);
    for (std::int64_t i = 0; i <= most; ++i) {
        life.fill(1, Side::sell, 60'000);
    }
    const auto told = life.told(life.config);
    const risk::PairTable& pairs = told->pairs();
    const auto buys = pairs.find(StrategyId{0}, InstrumentId{0}, Side::buy);
    EXPECT_EQ(pairs.range_at(buys, life.now).low, 60'000 * coin);
    EXPECT_EQ(pairs.range_at(buys, life.now).high, 60'100 * coin);
    EXPECT_EQ(pairs.fills_in_window(buys, life.now), 0);
    const auto sells = pairs.find(StrategyId{1}, InstrumentId{0}, Side::sell);
    EXPECT_EQ(pairs.range_at(sells, life.now).low, 60'200 * coin);
    EXPECT_TRUE(pairs.is_over(sells, life.now));
    EXPECT_FALSE(pairs.is_over(sells, MonoNs{life.now.value + 10 * second}));
}

TEST(GateHistory, AWallClockThatIsSetForwardFreesNothingWhileTheMachineIsUp) {
    Life life;
    life.order(0, Side::buy, 60'000);
    life.wall.value += 3'600 * second;
    const auto told = life.told(life.config);
    const auto buys = told->pairs().find(StrategyId{0}, InstrumentId{0}, Side::buy);
    EXPECT_EQ(told->pairs().range_at(buys, life.now).low, 60'000 * coin);
}

TEST(GateHistory, WhatTheConfigNoLongerNamesIsTheFirmsAlone) {
    Life life;
    life.mark(60'000);
    life.fill(0, Side::buy, 60'000);
    life.order(0, Side::buy, 60'000);
    AppConfig renamed = life.config;
    renamed.strategies[0].name = "another";
    const auto told = life.told(renamed);
    EXPECT_TRUE(told->losses().amount(0, *renamed.asset("BTC")) == 0);
    EXPECT_TRUE(told->losses().amount(LossBook::firm, *renamed.asset("BTC")) == coin / 100);
    EXPECT_EQ(told->pairs().used(), 0U);
}

}  // namespace
}  // namespace portcullis::tools
