// The quote manager's rules, one by one. What holds in every world is in
// quote_manager_property_test.
#include "strategies/quote_manager.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/strategies/small_world.hpp"

namespace portcullis::strategies::tests {
namespace {

class QuoteManagerRules : public testing::Test {
protected:
    /// What the manager asks for, as "new buy 999x5, replace 3 sell 1003x5, cancel 2".
    std::string ask(Quotes wishes) {
        ActionList actions;
        manager.update(world.view(), wishes, actions);
        last.assign(actions.view().begin(), actions.view().end());
        std::string said;
        for (const Action& action : last) {
            const std::string target = " " + std::to_string(action.target.value);
            const std::string quote = std::string(action.side == Side::buy ? " buy " : " sell ") +
                                      std::to_string(action.price.value) + "x" +
                                      std::to_string(action.qty.value);
            said += said.empty() ? "" : ", ";
            said += action.kind == ActionKind::cancel    ? "cancel" + target
                    : action.kind == ActionKind::replace ? "replace" + target + quote
                    : action.kind == ActionKind::amend   ? "amend" + target + quote
                                                         : "new" + quote;
            EXPECT_EQ(action.type,
                      action.kind == ActionKind::cancel ? action.type : OrdType::limit_maker);
        }
        return said;
    }
    void pass(std::int64_t ms) { world.now = world.now + milliseconds(ms); }
    Refusal denied(const Action& action) {
        Refusal refusal;
        refusal.action = action;
        refusal.deny_reason = 36;
        return refusal;
    }

    SmallWorld world;  // 1000 / 1002
    QuoteManager manager{small_quoting()};
    std::vector<Action> last;
};

TEST_F(QuoteManagerRules, NothingWorkingIsPlacedAndThenLeftAlone) {
    const Quotes wishes = wishes_of({{999, 5}, {997, 5}}, {{1003, 5}});
    EXPECT_EQ(ask(wishes), "new buy 999x5, new sell 1003x5, new buy 997x5");
    world.send(last);
    EXPECT_EQ(ask(wishes), "");  // in flight
    world.answer();
    EXPECT_EQ(ask(wishes), "");  // resting
}

TEST_F(QuoteManagerRules, AnOrderNearItsWishStaysAndOneFurtherOffIsReplaced) {
    world.rest(Side::buy, 998, 5);
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "");  // one tick, less than two
    EXPECT_EQ(ask(wishes_of({{997, 5}}, {})), "");
    EXPECT_EQ(ask(wishes_of({{1000, 5}}, {})), "replace 1 buy 1000x5");
    EXPECT_EQ(ask(wishes_of({{996, 5}}, {})), "replace 1 buy 996x5");
}

TEST_F(QuoteManagerRules, AnOrderWithHalfOfItsWishStaysAndWithLessOrMoreIsReplaced) {
    world.rest(Side::sell, 1005, 5);
    EXPECT_EQ(ask(wishes_of({}, {{1005, 10}})), "");
    EXPECT_EQ(ask(wishes_of({}, {{1005, 11}})), "replace 1 sell 1005x11");
    EXPECT_EQ(ask(wishes_of({}, {{1005, 4}})), "replace 1 sell 1005x4");
}

TEST_F(QuoteManagerRules, WhatNobodyWishesIsCancelledOnceAndNotAgainWhileThatIsPending) {
    world.rest(Side::buy, 998, 5);
    world.rest(Side::sell, 1004, 5);
    EXPECT_EQ(ask({}), "cancel 1, cancel 2");
    world.send(last);
    EXPECT_EQ(ask({}), "");
}

TEST_F(QuoteManagerRules, ARefusedCancelIsAskedForAgainOnlyAfterTheBackOff) {
    world.rest(Side::buy, 998, 5);
    EXPECT_EQ(ask({}), "cancel 1");
    pass(49);  // refused at once: the order is no longer marked
    EXPECT_EQ(ask({}), "");
    pass(1);
    EXPECT_EQ(ask({}), "cancel 1");
}

TEST_F(QuoteManagerRules, AnOrderThatCouldServeTwoWishesLeavesTheOneThatOnlyAnotherServes) {
    // 998 is near both wishes, 999 near the first only (distance of 996 is three). First come,
    // first served would give 998 the first wish, and replace 999.
    manager = QuoteManager({3, 50, 1000, milliseconds(50), milliseconds(400)});
    world.rest(Side::buy, 998, 5);
    world.rest(Side::buy, 1000, 5);
    EXPECT_EQ(ask(wishes_of({{999, 5}, {996, 5}}, {})), "");
}

TEST_F(QuoteManagerRules, TheOldLegOfAReplaceStandsForNoWish) {
    world.rest(Side::buy, 990, 5);
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "replace 1 buy 999x5");
    world.send(last);
    // A second wish appears while the replace has no answer: its new leg has the first.
    EXPECT_EQ(ask(wishes_of({{999, 5}, {995, 5}}, {})), "new buy 995x5");
}

TEST_F(QuoteManagerRules, AnOrderBeingCancelledStandsForTheLastWishNotForTheBest) {
    world.rest(Side::buy, 990, 5);
    world.find(ClOrdId{1})->cancel_pending = true;
    EXPECT_EQ(ask(wishes_of({{999, 5}, {995, 5}}, {})), "new buy 999x5");
}

TEST_F(QuoteManagerRules, AnOrderWithoutAnAnswerIsNotReplacedAndMayBeCancelled) {
    world.rest(Side::buy, 990, 5, OrdStatus::pending_new);
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "");
    EXPECT_EQ(ask({}), "cancel 1");
    world.find(ClOrdId{1})->status = OrdStatus::unknown;
    pass(50);
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "");
    EXPECT_EQ(ask({}), "cancel 1");
    world.find(ClOrdId{1})->status = OrdStatus::new_;
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "replace 1 buy 999x5");
}

TEST_F(QuoteManagerRules, WishesAreHeldBehindTheOtherSideOfTheBook) {
    EXPECT_EQ(ask(wishes_of({{1002, 5}}, {})), "new buy 1001x5");
    EXPECT_EQ(ask(wishes_of({}, {{1000, 5}})), "new sell 1001x5");
    world.top(1000, 1001);
    EXPECT_EQ(ask(wishes_of({{1005, 5}}, {{995, 5}})), "new buy 1000x5, new sell 1001x5");
}

TEST_F(QuoteManagerRules, WishesThatMeetAtTheBoundAreNotAddedUp) {
    EXPECT_EQ(ask(wishes_of({{1005, 5}, {1003, 6}, {1001, 7}, {998, 8}}, {})),
              "new buy 1001x5, new buy 998x8");
}

TEST_F(QuoteManagerRules, NoOwnBidReachesAnOwnAskEvenOneThatIsBeingCancelled) {
    world.top(990, 1010);
    world.rest(Side::sell, 1000, 5);
    world.find(ClOrdId{1})->cancel_pending = true;
    EXPECT_EQ(ask(wishes_of({{1003, 5}}, {})), "new buy 999x5");
    world.working.clear();
    EXPECT_EQ(ask(wishes_of({{1003, 5}}, {{1003, 5}})), "new sell 1004x5, new buy 1003x5");
}

TEST_F(QuoteManagerRules, RequestsStayWithinTheBudgetOfAnySecond) {
    manager = QuoteManager({2, 50, 3, milliseconds(50), milliseconds(400)});
    const Quotes wishes = wishes_of({{999, 5}, {997, 5}}, {{1003, 5}, {1005, 5}});
    EXPECT_EQ(ask(wishes), "new buy 999x5, new sell 1003x5, new buy 997x5");
    world.send(last);
    world.answer();
    pass(999);
    EXPECT_EQ(ask(wishes), "");
    pass(1);
    EXPECT_EQ(ask(wishes), "new sell 1005x5");
}

TEST_F(QuoteManagerRules, ACancelNeedsNoBudget) {
    manager = QuoteManager({2, 50, 1, milliseconds(50), milliseconds(400)});
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {{1003, 5}})), "new buy 999x5");
    world.send(last);
    world.answer();
    EXPECT_EQ(ask({}), "cancel 1");
}

TEST_F(QuoteManagerRules, WithABudgetTooSmallForBothSidesTheyTakeTurns) {
    manager = QuoteManager({1, 50, 1, milliseconds(50), milliseconds(400)});
    world.top(980, 1020);
    world.rest(Side::buy, 990, 5);
    world.rest(Side::sell, 1010, 5);
    std::string sides;
    for (std::int64_t i = 1; i <= 6; ++i) {  // both are wished further out at every turn
        (void)ask(wishes_of({{990 - 20 * i, 5}}, {{1010 + 20 * i, 5}}));
        for (const Action& action : last) {
            if (action.kind == ActionKind::replace) {
                sides += action.side == Side::buy ? "b" : "s";
            }
        }
        std::erase_if(last, [](const Action& a) { return a.kind != ActionKind::replace; });
        world.send(last);
        world.answer();
        pass(1000);
    }
    EXPECT_EQ(sides, "bsbsbs");
}

TEST_F(QuoteManagerRules, WhatWaitsForBudgetIsCancelledOnlyWhereItIsBetterThanAllThatWeWish) {
    manager = QuoteManager({2, 50, 1, milliseconds(50), milliseconds(400)});
    world.top(980, 1020);
    EXPECT_EQ(ask(wishes_of({{990, 5}}, {})), "new buy 990x5");
    world.send(last);
    world.answer();
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "");          // worse than wished: it may wait
    EXPECT_EQ(ask(wishes_of({{989, 20}}, {})), "");         // a tick better: within the hysteresis
    EXPECT_EQ(ask(wishes_of({{988, 5}}, {})), "cancel 1");  // could be picked off
}

TEST_F(QuoteManagerRules, RefusalsMakeTheirSideWaitTwiceAsLongEachTimeUpToTheMost) {
    const Quotes wishes = wishes_of({{999, 5}}, {{1003, 5}});
    Action bid;
    bid.side = Side::buy;
    for (const std::int64_t wait : {50, 100, 200, 400, 400}) {
        manager.on_refused(denied(bid), world.now);
        pass(wait - 1);
        EXPECT_EQ(ask(wishes), "new sell 1003x5");  // the other side goes on
        pass(1);
        EXPECT_EQ(ask(wishes), "new buy 999x5, new sell 1003x5");
    }
    pass(401);  // quiet for longer than the most: forgotten
    manager.on_refused(denied(bid), world.now);
    pass(50);
    EXPECT_NE(ask(wishes), "new sell 1003x5");
}

TEST_F(QuoteManagerRules, SeveralRefusalsOfOneStepAreOneWait) {
    Action bid;
    bid.side = Side::buy;
    for (int i = 0; i < 5; ++i) {
        manager.on_refused(denied(bid), world.now);
    }
    pass(50);
    EXPECT_EQ(ask(wishes_of({{999, 5}}, {})), "new buy 999x5");
}

TEST_F(QuoteManagerRules, APostOnlyRejectWaitsForTheBackOffAndForANewerBook) {
    const Quotes wishes = wishes_of({{1001, 5}}, {});
    EXPECT_EQ(ask(wishes), "new buy 1001x5");
    world.send(last);
    manager.on_refused(world.reject(world.working.back().cl_ord_id), world.now);
    pass(50);
    EXPECT_EQ(ask(wishes), "");  // the book that misled us is still the newest
    world.top(1000, 1001);
    EXPECT_EQ(ask(wishes), "new buy 1000x5");
}

TEST_F(QuoteManagerRules, APostOnlyRejectDoesNotBlockABookThatIsCountedAnew) {
    const Quotes wishes = wishes_of({{1001, 5}}, {});
    (void)ask(wishes);
    world.send(last);
    manager.on_refused(world.reject(world.working.back().cl_ord_id), world.now);
    pass(50);
    world.count_anew(7);  // far below the book that misled us
    EXPECT_EQ(ask(wishes), "new buy 1001x5");
}

TEST_F(QuoteManagerRules, ANewerBookAloneDoesNotEndTheBackOff) {
    const Quotes wishes = wishes_of({{1001, 5}}, {});
    (void)ask(wishes);
    world.send(last);
    manager.on_refused(world.reject(world.working.back().cl_ord_id), world.now);
    world.top(1000, 1002);
    EXPECT_EQ(ask(wishes), "");
    pass(50);
    EXPECT_EQ(ask(wishes), "new buy 1001x5");
}

TEST_F(QuoteManagerRules, WhereAReplaceWasDeniedItsOrderIsCancelledAndPlacedWhenItIsGone) {
    world.rest(Side::buy, 990, 5);
    world.rest(Side::buy, 985, 5);
    const Quotes wishes = wishes_of({{999, 5}, {985, 5}}, {});
    EXPECT_EQ(ask(wishes), "replace 1 buy 999x5");
    manager.on_refused(denied(last.front()), world.now);
    EXPECT_EQ(ask(wishes), "cancel 1");  // and the other one stays
    world.send(last);
    pass(50);
    EXPECT_EQ(ask(wishes), "");  // old and new do not fit beside each other
    world.answer();
    EXPECT_EQ(ask(wishes), "new buy 999x5");
}

TEST_F(QuoteManagerRules, AFullListTakesNoBudgetAndTheRestIsDecidedOnTheNextEvent) {
    manager = QuoteManager({2, 50, 20, milliseconds(50), milliseconds(400)});
    ActionList full;
    Quotes wishes = wishes_of({{999, 5}}, {{1003, 5}});
    while (full.push(Action{})) {
    }
    for (int i = 0; i < 50; ++i) {
        manager.update(world.view(), wishes, full);
    }
    EXPECT_EQ(ask(wishes), "new buy 999x5, new sell 1003x5");
}

TEST_F(QuoteManagerRules, MoreOrdersThanAreLookedAtOnceAreAllCancelledInTheEnd) {
    world.top(100, 1002);
    for (std::int64_t i = 0; i < 100; ++i) {
        world.rest(Side::buy, 100 + i, 5);
    }
    std::size_t cancels = 0;
    for (int i = 0; i < 8; ++i) {
        (void)ask({});
        cancels += last.size();
        world.send(last);
        world.answer();
    }
    EXPECT_EQ(cancels, 100U);
    EXPECT_TRUE(world.working.empty());
}

TEST_F(QuoteManagerRules, ItsHashKnowsWaitsTurnsBudgetAndCancels) {
    const auto hash = [this] {
        StateHasher hasher;
        manager.hash(hasher);
        return hasher.value();
    };
    std::vector<std::uint64_t> seen{hash()};
    (void)ask(wishes_of({{999, 5}}, {}));
    seen.push_back(hash());
    world.rest(Side::sell, 1010, 5);
    (void)ask({});
    seen.push_back(hash());
    Action bid;
    bid.side = Side::buy;
    manager.on_refused(denied(bid), world.now);
    seen.push_back(hash());
    bid.kind = ActionKind::replace;
    bid.target = ClOrdId{7};
    manager.on_refused(denied(bid), world.now);
    seen.push_back(hash());
    bid.kind = ActionKind::amend;
    bid.target = ClOrdId{8};
    manager.on_refused(denied(bid), world.now);
    seen.push_back(hash());
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

// --- amends in place: quantity down, at the price that the order has; reprice_ticks_min is 2

struct AmendRow {
    const char* name;
    std::int64_t price, qty;  // of the order, a bid
    Quote wish;
    bool allowed;
    OrdStatus status;
    const char* asked;
};

TEST_F(QuoteManagerRules, AnOrderWithTooMuchAtItsWishsPriceIsAmendedWhereTheVenueDoesThat) {
    using enum OrdStatus;
    const auto wish = [](std::int64_t price, std::int64_t qty) {
        return Quote{PriceTicks{price}, QtyLots{qty}};
    };
    const AmendRow rows[]{
        {"as much", 998, 5, wish(998, 5), true, new_, ""},
        {"a lot too much", 998, 5, wish(998, 4), true, new_, "amend 1 buy 998x4"},
        {"down to a lot", 998, 5, wish(998, 1), true, new_, "amend 1 buy 998x1"},
        {"too little", 998, 5, wish(998, 11), true, new_, "replace 1 buy 998x11"},
        {"a tick below", 998, 5, wish(999, 4), true, new_, "amend 1 buy 998x4"},
        {"a tick above", 998, 5, wish(997, 4), true, new_, "amend 1 buy 998x4"},
        {"two ticks below", 998, 5, wish(1000, 4), true, new_, "replace 1 buy 1000x4"},
        {"two ticks above", 998, 5, wish(996, 4), true, new_, "replace 1 buy 996x4"},
        {"not allowed", 998, 5, wish(998, 4), false, new_, "replace 1 buy 998x4"},
        {"with fills", 998, 5, wish(998, 4), true, partially_filled, "amend 1 buy 998x4"},
        {"no answer yet", 998, 5, wish(998, 4), true, pending_new, ""},
        {"unknown", 998, 5, wish(998, 4), true, unknown, ""},
    };
    for (const AmendRow& row : rows) {
        world = SmallWorld{};
        world.grid.amend_allowed = row.allowed;
        world.rest(Side::buy, row.price, row.qty, row.status);
        manager = QuoteManager{small_quoting()};
        EXPECT_EQ(ask(wishes_of({{row.wish.price.value, row.wish.qty.value}}, {})), row.asked)
            << row.name;
    }
}

TEST_F(QuoteManagerRules, AnOrderBeingAmendedStandsForItsWishAndIsTouchedByACancelAlone) {
    world.grid.amend_allowed = true;
    world.rest(Side::buy, 998, 9);
    EXPECT_EQ(ask(wishes_of({{998, 5}}, {})), "amend 1 buy 998x5");
    world.send(last);
    EXPECT_EQ(ask(wishes_of({{998, 5}}, {})), "");  // in flight
    EXPECT_EQ(ask(wishes_of({{998, 4}}, {})), "");  // not twice at a time
    EXPECT_EQ(ask(wishes_of({{998, 5}, {994, 5}}, {})), "new buy 994x5");
    EXPECT_EQ(ask({}), "cancel 1");
    world.answer();
    EXPECT_EQ(ask(wishes_of({{998, 5}}, {})), "");
    EXPECT_EQ(ask(wishes_of({{998, 4}}, {})), "amend 1 buy 998x4");
}

TEST_F(QuoteManagerRules, AnOrderWhoseAmendWasRefusedIsReplacedAndNeverAmendedAgain) {
    world.grid.amend_allowed = true;
    for (const bool by_venue : {false, true}) {
        const ClOrdId id = world.rest(Side::buy, 998, 9);
        const std::string order = std::to_string(id.value);
        const Quotes wishes = wishes_of({{998, 5}}, {});
        EXPECT_EQ(ask(wishes), "amend " + order + " buy 998x5");
        if (by_venue) {
            world.send(last);
            manager.on_refused(world.reject_amend(id), world.now);
        } else {  // denied by us: that may be of this moment, so it is asked for once more
            manager.on_refused(denied(last.front()), world.now);
            EXPECT_EQ(ask(wishes), "");
            pass(50);
            EXPECT_EQ(ask(wishes), "amend " + order + " buy 998x5");
            manager.on_refused(denied(last.front()), world.now);
            pass(50);
        }
        EXPECT_EQ(ask(wishes), "");  // its side waits, as after any refusal
        pass(50);
        EXPECT_EQ(ask(wishes), "replace " + order + " buy 998x5");
        pass(10'000);
        EXPECT_EQ(ask(wishes), "replace " + order + " buy 998x5");
        world.working.clear();
        pass(10'000);
    }
    world.rest(Side::buy, 998, 9);  // another order is another matter
    EXPECT_EQ(ask(wishes_of({{998, 5}}, {})), "amend 3 buy 998x5");
}

TEST_F(QuoteManagerRules, AmendsGoFirstAndTakeBudgetLikeEveryRequest) {
    manager = QuoteManager({2, 50, 2, milliseconds(50), milliseconds(400)});
    world.grid.amend_allowed = true;
    world.rest(Side::buy, 990, 9);
    world.rest(Side::buy, 980, 5);
    const Quotes wishes = wishes_of({{999, 5}, {995, 5}, {990, 5}}, {});
    EXPECT_EQ(ask(wishes), "amend 1 buy 990x5, replace 2 buy 999x5");
    world.send(last);
    world.answer();
    EXPECT_EQ(ask(wishes), "");
    pass(1000);
    EXPECT_EQ(ask(wishes), "new buy 995x5");
}

TEST_F(QuoteManagerRules, OfSeveralThatCouldBeAmendedTheNearestIs) {
    manager = QuoteManager({4, 50, 1000, milliseconds(50), milliseconds(400)});
    world.grid.amend_allowed = true;
    world.rest(Side::buy, 998, 9);
    world.rest(Side::buy, 996, 9);
    EXPECT_EQ(ask(wishes_of({{995, 5}}, {})), "cancel 1, amend 2 buy 996x5");
}

}  // namespace
}  // namespace portcullis::strategies::tests
