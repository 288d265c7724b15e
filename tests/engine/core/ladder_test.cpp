// The core tells a book its tick and moves its ladder after the market.
#include "tests/engine/core/core_world.hpp"

namespace portcullis::engine::core_test {
namespace {

void expect_on_ladder(const World& world, std::size_t levels) {
    const L2Book& book = world.core->market(btc).book();
    for (const Side side : {Side::buy, Side::sell}) {
        ASSERT_EQ(book.level_count(side), levels);
        ASSERT_EQ(book.near_count(side), levels);
    }
}

TEST(Ladder, a_book_has_one_as_soon_as_its_tick_is_told) {
    World world;
    world.market(btc);
    EXPECT_EQ(world.core->market(btc).book().near_count(Side::buy), 0U);
    world.define(btc);
    expect_on_ladder(world, 1);
    InstrumentDefinition changed = definition_of(btc, 2);
    changed.tick = PriceAtoms{unit / 100};
    world.hear(changed);
    world.market(btc);
    expect_on_ladder(world, 1);
}

TEST(Ladder, it_follows_the_market_however_far) {
    World world;
    world.define(btc);
    world.market(btc, 100'000, 100'001);
    BookDelta delta;
    delta.instrument = btc;
    delta.level_count = 2;
    delta.ask_mask = 2;
    std::uint64_t update = world.core->market(btc).book().last_update().value;
    const std::int64_t ladder = capacity::ladder_ticks(3);
    std::int64_t bid = 100'000;
    for (const std::int64_t step : {std::int64_t{100}, std::int64_t{-100}}) {
        for (std::int64_t gone = 0; gone < 2 * ladder; gone += 100, bid += step) {
            // Up or down by a hundred ticks: the old levels go, the new ones come.
            const std::int64_t next = bid + step;
            delta.first_update = delta.last_update = UpdateId{++update};
            delta.levels[0] = {PriceAtoms{bid * unit}, {}};
            delta.levels[1] = {PriceAtoms{(bid + 1) * unit}, {}};
            delta.flags = 0;
            world.hear(delta);
            delta.levels[0] = {PriceAtoms{next * unit}, QtyAtoms{unit}};
            delta.levels[1] = {PriceAtoms{(next + 1) * unit}, QtyAtoms{unit}};
            delta.flags = BookDelta::last;
            world.hear(delta);
            world.pass(10);
            expect_on_ladder(world, 1);
        }
    }
}

}  // namespace
}  // namespace portcullis::engine::core_test
