// OwnBook against its naive twin: a vector of orders in the order in which they came, looked at one
// by one (net_best of market.hpp).
#include "engine/book/own_book.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "engine/book/own_traces.hpp"

namespace portcullis::engine {
namespace {

constexpr std::size_t slots = 48;
constexpr std::uint16_t own_instruments = 2;

/// Five levels a side; bids 100 down to 96, asks 101 up.
BookDelta book_of(std::mt19937_64& dice) {
    BookDelta delta;
    delta.first_update = delta.last_update = UpdateId{1};
    delta.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
    delta.level_count = 3;
    delta.ask_mask = 4;
    const auto qty = [&dice] { return QtyAtoms{static_cast<std::int64_t>(dice() % 9) + 1}; };
    delta.levels[0] = {PriceAtoms{100}, qty()};
    delta.levels[1] = {PriceAtoms{99}, qty()};
    delta.levels[2] = {PriceAtoms{101}, qty()};
    return delta;
}

struct Twins {
    struct Naive {
        std::size_t slot{};
        OwnBook::Part part;
    };
    OwnBook own;
    std::vector<Naive> orders;  // in order of creation
    std::vector<OwnLevel> gone;
    std::uint64_t births{};
    std::array<std::uint64_t, slots> born{};

    void open(std::size_t slot, const OwnBook::Part& part) {
        born[slot] = ++births;
        orders.push_back({slot, part});
        own.put(slot, part, born[slot]);
    }
    [[nodiscard]] Naive* find(std::size_t slot) {
        for (Naive& each : orders) {
            if (each.slot == slot) {
                return &each;
            }
        }
        return nullptr;
    }
    void close(std::size_t slot) {
        std::erase_if(orders, [slot](const Naive& each) { return each.slot == slot; });
        own.remove(slot);
    }
    void change(Naive& order, QtyAtoms certain, QtyAtoms in_doubt) {
        order.part.certain = certain;
        order.part.in_doubt = in_doubt;
        own.put(order.slot, order.part, born[order.slot]);
    }
    [[nodiscard]] std::vector<OwnLevel> levels(InstrumentId instrument) const {
        std::vector<OwnLevel> all;
        for (const Naive& each : orders) {
            if (each.part.instrument == instrument) {
                all.push_back({each.part.price, each.part.certain, each.part.side});
                all.push_back(
                    {each.part.price, each.part.in_doubt, each.part.side, OwnPresence::in_doubt});
            }
        }
        all.insert(all.end(), gone.begin(), gone.end());
        return all;
    }
};

OwnBook::Part random_part(std::mt19937_64& dice) {
    const Side side = dice() % 2 == 0 ? Side::buy : Side::sell;
    const std::int64_t from = static_cast<std::int64_t>(dice() % 5);
    const PriceAtoms price{side == Side::buy ? 102 - from : 99 + from};
    return {price, QtyAtoms{static_cast<std::int64_t>(dice() % 3)},
            QtyAtoms{static_cast<std::int64_t>(dice() % 4)},
            InstrumentId{static_cast<std::uint16_t>(dice() % own_instruments)}, side};
}

void act(Twins& twins, std::mt19937_64& dice) {
    const std::size_t slot = dice() % slots;
    Twins::Naive* const order = twins.find(slot);
    if (order == nullptr) {
        twins.open(slot, random_part(dice));
    } else if (dice() % 3 == 0) {
        twins.close(slot);
        if (dice() % 2 == 0) {
            twins.open(slot, random_part(dice));  // the slot is used again at once
        }
    } else {
        const OwnBook::Part part = random_part(dice);
        twins.change(*order, part.certain, part.in_doubt);
    }
}

TEST(OwnBook, LeavesOfTheMarketWhatItsNaiveTwinLeaves) {
    std::mt19937_64 dice{20261127};
    std::size_t ours_at_top = 0;
    for (int round = 0; round < 200; ++round) {
        Twins twins;
        L2Book book(16);
        ASSERT_EQ(book.apply(book_of(dice)).outcome, BookOutcome::complete);
        for (int i = 0; i < 300; ++i) {
            act(twins, dice);
            twins.gone.clear();
            for (std::uint64_t left = dice() % 4; left > 0; --left) {
                const OwnBook::Part part = random_part(dice);
                twins.gone.push_back({part.price, part.in_doubt, part.side, OwnPresence::in_doubt});
            }
            const InstrumentId id{static_cast<std::uint16_t>(dice() % own_instruments)};
            const auto all = twins.levels(id);
            for (const Side side : {Side::buy, Side::sell}) {
                const BookLevel top = book.best(side).value();
                const BookLevel naive = net_best(top, book, side, all);
                EXPECT_EQ(net_best(top, book, side, id, twins.own, twins.gone), naive);
                ours_at_top += naive != top ? 1U : 0U;
            }
        }
    }
    EXPECT_GT(ours_at_top, 10'000U);
}

TEST(OwnBook, HasTheBestPriceOfEachSideAndInstrument) {
    OwnBook own;
    const InstrumentId id{1};
    EXPECT_EQ(own.best(id, Side::buy, PriceAtoms{7}), PriceAtoms{7});
    own.put(3, {PriceAtoms{98}, QtyAtoms{1}, {}, id, Side::buy}, 1);
    own.put(4, {PriceAtoms{99}, QtyAtoms{1}, {}, id, Side::buy}, 2);
    own.put(5, {PriceAtoms{97}, QtyAtoms{1}, {}, id, Side::sell}, 3);
    EXPECT_EQ(own.best(id, Side::buy, {}), PriceAtoms{99});
    EXPECT_EQ(own.best(id, Side::sell, {}), PriceAtoms{97});
    EXPECT_EQ(own.best(InstrumentId{}, Side::buy, {}), PriceAtoms{});
    own.remove(4);
    own.remove(4);  // nor need it have had anything there
    EXPECT_EQ(own.best(id, Side::buy, {}), PriceAtoms{98});
}

TEST(OwnBook, AmongEqualsTheOlderOrderIsAskedFirstWhateverWasToldFirst) {
    OwnBook own;
    const InstrumentId id{};
    own.put(1, {PriceAtoms{100}, {}, QtyAtoms{3}, id, Side::buy}, 2);
    own.put(2, {PriceAtoms{100}, {}, QtyAtoms{5}, id, Side::buy}, 1);
    std::vector<std::int64_t> asked;
    own.at_price(id, Side::buy, PriceAtoms{100},
                 [&](const OwnBook::Part& part) { asked.push_back(part.in_doubt.value); });
    EXPECT_EQ(asked, (std::vector<std::int64_t>{5, 3}));
}

TEST(OwnBook, TracesShowTheLastThatAreNotOverInTheOrderOfTheirPlaces) {
    struct Naive {
        InstrumentId instrument;
        PriceAtoms price;
        MonoNs until;
    };
    std::mt19937_64 dice{7};
    OwnTraces traces;
    std::array<Naive, OwnTraces::capacity> places{};
    for (Naive& place : places) {
        place.until = MonoNs{-1};
    }
    MonoNs now{};
    for (std::size_t i = 0; i < 5'000; ++i) {
        now = MonoNs{now.value + static_cast<std::int64_t>(dice() % 9)};
        const Naive added{InstrumentId{static_cast<std::uint16_t>(dice() % own_instruments)},
                          PriceAtoms{static_cast<std::int64_t>(i) + 1}, MonoNs{now.value + 60}};
        traces.add(added.instrument, Side::buy, added.price, QtyAtoms{1}, added.until);
        places[i % places.size()] = added;
        now = MonoNs{now.value + static_cast<std::int64_t>(dice() % 200 == 0 ? 100 : 0)};
        const InstrumentId id{static_cast<std::uint16_t>(dice() % own_instruments)};
        std::vector<PriceAtoms> expected, shown;
        MonoNs until = OwnTraces::forever;
        for (const Naive& place : places) {
            if (now < place.until) {
                until = std::min(until, place.until);
                if (place.instrument == id) {
                    expected.push_back(place.price);
                }
            }
        }
        EXPECT_EQ(
            traces.for_each(id, now, [&](const OwnLevel& level) { shown.push_back(level.price); }),
            until);
        EXPECT_EQ(shown, expected);
    }
}

}  // namespace
}  // namespace portcullis::engine
