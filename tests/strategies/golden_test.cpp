// One number over all that strategies wish, ask for and remember through a small, fixed world. It
// is equal in every preset, at every level of optimisation and under g++ and clang++: if a
// strategy's last bit depended on the compiler, a replay on another machine would part from the
// journal.
//
// Whoever changes a formula on purpose changes the number, and says so in the commit.
#include <gtest/gtest.h>

#include "strategies/strategy_set.hpp"
#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

constexpr std::uint64_t golden = 3726075296763688215ULL;

/// Plain and the same everywhere (Knuth's MMIX constants); the low bits are thrown away.
class Lcg {
public:
    std::int64_t below(std::int64_t n) {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::int64_t>(state_ >> 33) % n;
    }

private:
    std::uint64_t state_{2008};
};

std::vector<StrategyConfig> all_kinds() {
    StrategyConfig ladder;
    ladder.name = "ladder";
    ladder.instrument = InstrumentId{0};
    ladder.quoting = small_quoting();
    ladder.ladder = {3, 2.0, 3.0, 500'000, 5.0, 10'000'000};
    StrategyConfig maker = ladder;
    maker.kind = StrategyKind::avellaneda_stoikov;
    maker.fair_value = FairValueKind::micro_price;
    maker.micro_price = {500};
    maker.avellaneda_stoikov = {50.0,
                                500'000,
                                10'000'000,
                                0.1,
                                500.0,
                                milliseconds(1000),
                                milliseconds(60'000),
                                milliseconds(250),
                                1.0,
                                milliseconds(30'000),
                                milliseconds(10'000)};
    StrategyConfig middle = ladder;
    middle.fair_value = FairValueKind::mid;
    return {ladder, maker, middle};
}

TEST(Golden, StrategiesAreTheSameBitForBitInEveryPreset) {
    const std::vector<StrategyConfig> configs = all_kinds();
    StrategySet set(configs);
    std::vector<SmallWorld> worlds(configs.size());
    StateHasher digest;
    std::vector<std::size_t> asked(configs.size());
    Lcg chance;
    std::int64_t middle = 10'000;
    for (int step = 0; step < 4'000; ++step) {
        middle += chance.below(5) - 2;
        const std::int64_t bid = middle - 1 - chance.below(3);
        const std::int64_t ask = middle + 1 + chance.below(3);
        const std::int64_t bid_qty = 1 + chance.below(1'000);
        const std::int64_t ask_qty = 1 + chance.below(1'000);
        TradePrint trade;
        trade.aggressor = chance.below(2) == 0 ? Side::buy : Side::sell;
        const std::int64_t depth = chance.below(3) * chance.below(5);
        trade.price = PriceAtoms{(trade.aggressor == Side::buy ? ask + depth : bid - depth) *
                                 std::int64_t{1'000'000}};
        const AmountAtoms position{(chance.below(21) - 10) * 1'000'000};
        const bool answered = chance.below(2) == 0;
        for (std::uint8_t i = 0; i < worlds.size(); ++i) {
            SmallWorld& world = worlds[i];
            world.now = world.now + milliseconds(40);
            world.position = position;
            world.top(bid, ask, bid_qty, ask_qty);
            set.on_trade(StrategyId{i}, trade, world.now);
            ActionList actions;
            set.quote(StrategyId{i}, world.view(), actions);
            for (const Action& action : actions.view()) {
                digest.add(action.kind);
                digest.add(action.side);
                digest.add(action.price);
                digest.add(action.qty);
                digest.add(action.target);
            }
            asked[i] += actions.view().size();
            world.send(actions.view());
            if (answered) {
                world.answer();
            }
        }
        if (step % 100 == 0) {
            set.hash(digest);
        }
    }
    set.hash(digest);
    for (const std::size_t count : asked) {
        EXPECT_GT(count, 1'000U);  // each had something to say
    }
    EXPECT_EQ(digest.value(), golden);
}

}  // namespace
}  // namespace portcullis::strategies::tests
