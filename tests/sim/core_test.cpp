// The core on the shipped recording, with a venue that never fails: it trades on both sides and
// accounts for every order.
#include <gtest/gtest.h>

#include "tests/sim/core_rig.hpp"

namespace portcullis::tests {
namespace {

TEST(Core, TradesOnTheRecordingAndAccountsForEveryOrder) {
    ASSERT_GT(recorded().size(), 10'000U);
    std::vector<Event> records;
    MemoryJournal journal{&records};
    CoreRig<> rig(journal);
    rig.start(recorded().front().header.mono);
    ASSERT_TRUE(rig.core().reconciled(OrderAgentId{}));
    for (const Event& event : recorded()) {
        rig.feed(event);
    }
    const CoreCounters& counters = rig.core().counters();
    EXPECT_GT(counters.orders_approved, 100U);
    EXPECT_GT(counters.fills_buy, 0U);
    EXPECT_GT(counters.fills_sell, 0U);
    EXPECT_GT(counters.amends_approved, 2U);  // what fills makes the quotes behind it smaller
    EXPECT_EQ(counters.amends_approved, rig.venue().amends + counters.amends_refused);
    EXPECT_EQ(counters.fills_buy + counters.fills_sell, rig.venue().fills);
    EXPECT_EQ(counters.orders_approved, rig.venue().orders);
    EXPECT_EQ(rig.core().orders().live(), rig.venue().resting());
    EXPECT_EQ(rig.core().positions().balance(AssetId{0}), rig.venue().balances[0]);
    EXPECT_EQ(rig.core().positions().balance(AssetId{1}), rig.venue().balances[1]);
    EXPECT_EQ(counters.breaches, 0U);
    EXPECT_TRUE(rig.gate().exposure().consistent());
}

}  // namespace
}  // namespace portcullis::tests
