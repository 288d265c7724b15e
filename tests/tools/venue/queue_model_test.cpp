// The fill model, by hand-written numbers: first its arithmetic, then through the exchange.
#include "tools/venue/queue_model.hpp"

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

TEST(QueueModel, a_trade_takes_what_is_ahead_first_and_then_fills_us) {
    QtyAtoms ahead{10};
    TradeSweep first{QtyAtoms{7}};
    EXPECT_EQ(first.at_price(ahead, QtyAtoms{5}), QtyAtoms{0});
    EXPECT_EQ(ahead, QtyAtoms{3});
    TradeSweep second{QtyAtoms{5}};
    EXPECT_EQ(second.at_price(ahead, QtyAtoms{5}), QtyAtoms{2});
    EXPECT_EQ(ahead, QtyAtoms{0});
    TradeSweep third{QtyAtoms{9}};
    EXPECT_EQ(third.at_price(ahead, QtyAtoms{3}), QtyAtoms{3});
}

TEST(QueueModel, two_orders_at_a_price_share_one_trade_in_time_order) {
    QtyAtoms ahead_first{4};
    QtyAtoms ahead_second{6};  // two more recorded came between the two
    TradeSweep sweep{QtyAtoms{9}};
    EXPECT_EQ(sweep.at_price(ahead_first, QtyAtoms{2}), QtyAtoms{2});   // 4 recorded, 2 ours
    EXPECT_EQ(sweep.at_price(ahead_second, QtyAtoms{5}), QtyAtoms{1});  // 2 recorded, 1 ours
    EXPECT_EQ(ahead_second, QtyAtoms{0});
}

TEST(QueueModel, a_trade_through_the_price_fills_no_more_than_it_traded) {
    QtyAtoms ahead{4};
    TradeSweep sweep{QtyAtoms{3}};
    EXPECT_EQ(sweep.through_price(ahead, QtyAtoms{2}), QtyAtoms{2});
    EXPECT_EQ(ahead, QtyAtoms{0});
    QtyAtoms next{0};
    EXPECT_EQ(sweep.through_price(next, QtyAtoms{5}), QtyAtoms{1});
    EXPECT_EQ(sweep.at_price(next, QtyAtoms{5}), QtyAtoms{0});
}

TEST(QueueModel, cancellations_are_behind_us_until_they_cannot_be) {
    QtyAtoms ahead{10};
    shorten_queue(ahead, QtyAtoms{30});
    EXPECT_EQ(ahead, QtyAtoms{10});
    shorten_queue(ahead, QtyAtoms{10});
    EXPECT_EQ(ahead, QtyAtoms{10});
    shorten_queue(ahead, QtyAtoms{9});
    EXPECT_EQ(ahead, QtyAtoms{9});
    shorten_queue(ahead, QtyAtoms{20});
    EXPECT_EQ(ahead, QtyAtoms{9});
    shorten_queue(ahead, QtyAtoms{0});
    EXPECT_EQ(ahead, QtyAtoms{0});
}

using QueueExchange = ExchangeTest;

TEST_F(QueueExchange, our_bid_waits_for_all_that_was_visible_at_its_price) {
    const Order order = placed(alice, maker(Side::buy, "100", "0.5"));
    trade("100", "0.9", true);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0"));
    trade("100", "0.2", false);  // a buyer took an ask: not our side
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0"));
    trade("100", "0.2", true);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.1"));
    EXPECT_EQ(state(alice, order.order_id).status, Status::partially_filled);
    trade("100", "5", true);
    const Order done = state(alice, order.order_id);
    EXPECT_EQ(done.status, Status::filled);
    EXPECT_EQ(done.executed_qty, qty("0.5"));
    ASSERT_EQ(done.fills.size(), 2U);
    EXPECT_TRUE(done.fills[0].maker);
    EXPECT_EQ(balance(alice, "BTC").free, amount("10.5"));
    EXPECT_EQ(balance(alice, "USDT").free, amount("950"));
    EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
}

TEST_F(QueueExchange, our_ask_waits_likewise) {
    const Order order = placed(alice, maker(Side::sell, "101", "2"));
    trade("101", "1.5", false);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.5"));
    trade("101", "1.5", true);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.5"));
}

TEST_F(QueueExchange, a_trade_and_the_depth_that_shows_it_are_not_counted_twice) {
    const Order order = placed(alice, maker(Side::buy, "99", "1"));  // 2 ahead
    trade("99", "0.5", true);                                        // 1.5 ahead
    depth({level("100", "0"), level("99", "1.5")}, {});
    trade("99", "1.4", true);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0"));
    trade("99", "0.2", true);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.1"));
}

TEST_F(QueueExchange, quantity_that_comes_later_is_behind_us) {
    const Order order = placed(alice, maker(Side::buy, "100", "1"));
    depth({level("100", "50")}, {});
    trade("100", "1.25", true);
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.25"));
}

TEST_F(QueueExchange, a_trade_through_our_price_fills_us_at_our_price) {
    const Order inside = placed(alice, maker(Side::buy, "100.5", "0.3"));
    trade("100", "0.2", true);
    EXPECT_EQ(state(alice, inside.order_id).executed_qty, qty("0.2"));
    EXPECT_EQ(state(alice, inside.order_id).fills[0].price, price("100.5"));
    trade("99", "7", true);
    EXPECT_EQ(state(alice, inside.order_id).status, Status::filled);
}

TEST_F(QueueExchange, the_recorded_other_side_crossing_us_fills_us_as_far_as_it_goes) {
    const Order order = placed(alice, maker(Side::buy, "100", "1"));
    depth({level("100", "0")}, {level("100", "0.4")});
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.4"));
    EXPECT_EQ(state(alice, order.order_id).fills[0].price, price("100"));
    depth({}, {level("100", "0.3")});  // it shrank: none of it is new
    EXPECT_EQ(state(alice, order.order_id).executed_qty, qty("0.4"));
    depth({}, {level("99", "10")});
    EXPECT_EQ(state(alice, order.order_id).status, Status::filled);
    EXPECT_EQ(state(alice, order.order_id).fills[1].price, price("100"));
}

TEST_F(QueueExchange, the_ticker_is_newer_than_the_depth_book) {
    const Order ask = placed(alice, maker(Side::sell, "102", "1"));  // 2 ahead
    exchange.market_ticker("BTCUSDT", level("102", "0.6"), level("102.5", "1"), 20, ++now_ms);
    EXPECT_EQ(state(alice, ask.order_id).executed_qty, qty("0.6"));
    const auto book = exchange.book("BTCUSDT", 1);
    EXPECT_EQ(book->asks[0].price, price("101"));  // the snapshot goes with the depth stream
    EXPECT_EQ(book->last_update_id, 10U);
    exchange.market_ticker("BTCUSDT", level("103", "9"), level("104", "1"), 19, ++now_ms);
    EXPECT_EQ(state(alice, ask.order_id).executed_qty, qty("0.6"));  // an older one is ignored
}

TEST_F(QueueExchange, a_taker_consumes_the_recorded_book_for_as_long_as_the_level_lives) {
    EXPECT_EQ(placed(alice, with(limit(Side::buy, "101", "0.7"), TimeInForce::ioc)).executed_qty,
              qty("0.7"));
    EXPECT_EQ(placed(bob, with(limit(Side::buy, "101", "0.7"), TimeInForce::ioc)).executed_qty,
              qty("0.3"));
    depth({}, {level("101", "0.9")});
    EXPECT_EQ(placed(bob, with(limit(Side::buy, "101", "0.7"), TimeInForce::ioc)).executed_qty,
              qty("0"));
    depth({}, {level("101", "1.1")});
    EXPECT_EQ(placed(bob, with(limit(Side::buy, "101", "0.7"), TimeInForce::ioc)).executed_qty,
              qty("0.2"));
    depth({}, {level("101", "0")});
    depth({}, {level("101", "1")});
    EXPECT_EQ(placed(bob, with(limit(Side::buy, "101", "0.7"), TimeInForce::ioc)).executed_qty,
              qty("0.7"));
}

TEST_F(QueueExchange, a_taker_meets_the_recorded_quantity_ahead_of_an_order_before_the_order) {
    const Order ask = placed(alice, maker(Side::sell, "101", "1"));  // 1 ahead
    depth({}, {level("101", "3")});                                  // and 2 behind
    placed(bob, with(limit(Side::buy, "101", "0.9"), TimeInForce::ioc));
    EXPECT_EQ(state(alice, ask.order_id).executed_qty, qty("0"));
    const Order through = placed(bob, with(limit(Side::buy, "101", "2.5"), TimeInForce::ioc));
    ASSERT_EQ(through.fills.size(), 3U);
    EXPECT_EQ(through.fills[0].qty, qty("1"));  // what stays ahead by the model
    EXPECT_EQ(through.fills[1].qty, qty("1"));  // alice
    EXPECT_EQ(through.fills[2].qty, qty("0.5"));
    EXPECT_EQ(state(alice, ask.order_id).status, Status::filled);
}

TEST_F(QueueExchange, an_amend_keeps_the_place_in_the_queue_and_a_replace_loses_it) {
    const Order kept = placed(alice, maker(Side::buy, "100", "1"));
    const Order lost = placed(bob, maker(Side::buy, "100", "1"));
    depth({level("100", "3")}, {});
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", kept.order_id, "", "", qty("0.5"), 1).ok());
    const auto replaced =
        exchange.cancel_replace(bob, by_id(lost.order_id), maker(Side::buy, "100", "1"), true, 1);
    ASSERT_TRUE(replaced.placed.has_value());
    trade("100", "2", true);
    EXPECT_EQ(state(alice, kept.order_id).status, Status::filled);
    EXPECT_EQ(state(bob, replaced.placed->order_id).executed_qty, qty("0"));
}

}  // namespace
}  // namespace portcullis::tools::venue
