// Own levels: the best price is right after every addition and removal.
#include "risk/own_levels.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace portcullis::risk {
namespace {

using engine::InstrumentId;
using engine::PriceAtoms;
using engine::Side;

TEST(OwnLevels, TheNextBestIsThereAsSoonAsTheBestIsGone) {
    auto own = std::make_unique<OwnLevels>();
    const InstrumentId id{3};
    EXPECT_EQ(own->best(id, Side::buy).value, 0);
    own->add(1, id, Side::buy, PriceAtoms{100});
    own->add(2, id, Side::buy, PriceAtoms{102});
    own->add(3, id, Side::buy, PriceAtoms{101});
    own->add(4, id, Side::buy, PriceAtoms{102});
    EXPECT_EQ(own->best(id, Side::buy).value, 102);
    EXPECT_EQ(own->best(id, Side::sell).value, 0);
    EXPECT_EQ(own->best(InstrumentId{2}, Side::buy).value, 0);
    own->remove(2, id, Side::buy);
    EXPECT_EQ(own->best(id, Side::buy).value, 102);
    own->remove(4, id, Side::buy);
    EXPECT_EQ(own->best(id, Side::buy).value, 101);
    own->remove(1, id, Side::buy);
    EXPECT_EQ(own->best(id, Side::buy).value, 101);
    own->remove(3, id, Side::buy);
    EXPECT_EQ(own->best(id, Side::buy).value, 0);
}

TEST(OwnLevels, EqualASortedMapThroughManyRandomChanges) {
    struct Live {
        InstrumentId id;
        Side side{};
        std::int64_t price{};
    };
    auto own = std::make_unique<OwnLevels>();
    std::map<engine::OrderSlot, Live> live;
    std::mt19937_64 random{7};
    for (int i = 0; i < 60'000; ++i) {
        const auto slot = static_cast<engine::OrderSlot>(random() % 200);
        if (const auto found = live.find(slot); found != live.end()) {
            own->remove(slot, found->second.id, found->second.side);
            live.erase(found);
        } else {
            const Live mine{InstrumentId{static_cast<std::uint16_t>(random() % 3)},
                            random() % 2 == 0 ? Side::buy : Side::sell,
                            static_cast<std::int64_t>(1 + random() % 40)};
            own->add(slot, mine.id, mine.side, PriceAtoms{mine.price});
            live.emplace(slot, mine);
        }
        for (std::uint16_t id = 0; id < 3; ++id) {
            std::int64_t bid = 0;
            std::int64_t ask = 0;
            for (const auto& entry : live) {
                const Live& mine = entry.second;
                if (mine.id.value == id && mine.side == Side::buy) {
                    bid = std::max(bid, mine.price);
                } else if (mine.id.value == id) {
                    ask = ask == 0 ? mine.price : std::min(ask, mine.price);
                }
            }
            ASSERT_EQ(own->best(InstrumentId{id}, Side::buy).value, bid);
            ASSERT_EQ(own->best(InstrumentId{id}, Side::sell).value, ask);
        }
    }
}

TEST(OwnLevelsDeathTest, ASlotIsAddedAndRemovedOnce) {
    auto own = std::make_unique<OwnLevels>();
    own->add(1, InstrumentId{0}, Side::buy, PriceAtoms{5});
    EXPECT_DEATH(own->add(1, InstrumentId{0}, Side::buy, PriceAtoms{5}), "");
    own->remove(1, InstrumentId{0}, Side::buy);
    EXPECT_DEATH(own->remove(1, InstrumentId{0}, Side::buy), "");
}

}  // namespace
}  // namespace portcullis::risk
