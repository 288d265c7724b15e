// Pairs in a recorded market: what they lock, what ends them, what each of their orders hears. The
// same on a matched symbol, and in any mixture: exchange_random_test.cpp.
#include "tests/tools/venue/order_lists_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

TEST_F(OrderLists, an_oco_locks_what_its_dearer_order_needs_and_counts_as_two_orders) {
    const OrderList sells = placed_list(sell_oco());
    EXPECT_EQ(heard(), "1:NEW/NEW 2:NEW/NEW list:EXEC_STARTED ");
    EXPECT_EQ(locked("BTC"), "1.0000");
    const OrderList buys = placed_list(buy_oco());
    EXPECT_EQ(locked("USDT"), "106.0000") << "the stop's limit, not both";
    EXPECT_EQ(sells.list_id, 1);
    EXPECT_EQ(buys.list_id, 2);
    EXPECT_EQ(buys.contingency, Contingency::oco);
    EXPECT_EQ(buys.orders[0].type, OrderType::limit_maker);
    EXPECT_EQ(buys.orders[0].list_id, 2);
    EXPECT_EQ(exchange.unfilled_order_count(alice), 4U);
    EXPECT_EQ(exchange.open_orders(alice, "BTCUSDT").size(), 4U);
}

TEST_F(OrderLists, the_first_fill_of_the_limit_order_expires_the_stop) {
    const OrderList list = placed_list(sell_oco());
    events.clear();
    trade("105", "0.4", false);
    EXPECT_EQ(heard(), "2:TRADE/PARTIALLY_FILLED 1:EXPIRED/EXPIRED(OCO_TRIGGER) ");
    EXPECT_EQ(locked("BTC"), "0.6000");
    EXPECT_FALSE(done(list));
    trade("94", "1", true);
    EXPECT_EQ(heard(), "") << "the stop is no more";
    trade("106", "0.6", false);
    EXPECT_EQ(heard(), "2:TRADE/FILLED list:ALL_DONE ");
    EXPECT_EQ(locked("BTC"), "0.0000");
    EXPECT_TRUE(done(list));
}

TEST_F(OrderLists, the_trigger_of_the_stop_expires_the_limit_order_before_it_works) {
    const OrderList list = placed_list(sell_oco());
    events.clear();
    trade("95", "0.1", true);
    EXPECT_EQ(heard(), "2:EXPIRED/EXPIRED(OCO_TRIGGER) 1:NEW/NEW 1:TRADE/FILLED list:ALL_DONE ");
    EXPECT_TRUE(done(list));
    trade("100.50", "0.00001", true);
    const OrderList buys = placed_list(buy_oco());
    events.clear();
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0")});
    trade("105", "0.1", false);
    EXPECT_EQ(heard(), "3:EXPIRED/EXPIRED(OCO_TRIGGER) 4:NEW/NEW ");
    EXPECT_FALSE(done(buys)) << "the stop's limit rests";
    EXPECT_EQ(locked("USDT"), "106.0000");
    trade("106", "1", true);
    EXPECT_EQ(heard(), "4:TRADE/FILLED list:ALL_DONE ");
}

TEST_F(OrderLists, a_take_profit_and_a_stop_are_a_pair_as_well) {
    const NewOrder profit = stop(OrderType::take_profit, Side::sell, "105", "1");
    placed_list(oco(stop(OrderType::stop_loss, Side::sell, "95", "1"), profit));
    events.clear();
    trade("105", "0.1", false);
    EXPECT_EQ(heard(), "1:EXPIRED/EXPIRED(OCO_TRIGGER) 2:NEW/NEW 2:TRADE/FILLED list:ALL_DONE ");
}

TEST_F(OrderLists, a_triggered_order_that_is_rejected_has_ended_the_other_one) {
    NewOrderList list = buy_oco();
    list.pending[1] = stop(OrderType::stop_loss, Side::buy, "105", "5");
    list.pending[0].qty = qty("5");
    placed_list(list);
    EXPECT_EQ(locked("USDT"), "525.0000") << "quantity at the stop price";
    exchange.adjust_balance(alice, "USDT", amount("0") - amount("475"), now_ms);
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0"), level("110", "9")});
    events.clear();
    trade("105", "0.1", false);
    EXPECT_EQ(heard(), "1:EXPIRED/EXPIRED(OCO_TRIGGER) 2:EXPIRED/EXPIRED(REJECTED) list:ALL_DONE ");
    EXPECT_EQ(locked("USDT"), "0.0000");
}

TEST_F(OrderLists, cancelling_one_order_cancels_all_under_one_client_id) {
    const OrderList list = placed_list(sell_oco());
    events.clear();
    CancelOrder request = by_id(2);
    request.new_client_order_id = "bye";
    const auto reply = exchange.cancel(alice, request, ++now_ms);
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(heard(), "1:CANCELED/CANCELED 2:CANCELED/CANCELED list:ALL_DONE ");
    EXPECT_EQ(leg(list, 0).client_order_id, "bye");
    EXPECT_EQ(leg(list, 1).client_order_id, "bye");
    EXPECT_EQ(leg(list, 0).orig_client_order_id, list.members[0].client_order_id);
    EXPECT_EQ(locked("BTC"), "0.0000");
    EXPECT_EQ(exchange.cancel(alice, by_id(1), ++now_ms).error.message, "Unknown order sent.");
}

TEST_F(OrderLists, are_cancelled_by_either_id_and_only_when_both_agree) {
    NewOrderList named = sell_oco();
    named.client_list_id = "mine";
    const OrderList list = placed_list(named);
    const auto error = [&](std::int64_t id, const std::string& client_id,
                           const std::string& symbol = "BTCUSDT") {
        return exchange.cancel_list(alice, {symbol, id, client_id, ""}, ++now_ms).error.code;
    };
    EXPECT_EQ(error(9, ""), -2011);
    EXPECT_EQ(error(-1, "other"), -2011);
    EXPECT_EQ(error(1, "other"), -2039);
    EXPECT_EQ(error(1, "", "NONE"), -1121);
    EXPECT_EQ(exchange.cancel_list(bob, {"BTCUSDT", 1, "", ""}, now_ms).error.code, -2011);
    EXPECT_EQ(refused_list(named).message, "Duplicate order sent.") << "the list's own id";
    const auto reply = exchange.cancel_list(alice, {"BTCUSDT", 1, "mine", ""}, ++now_ms);
    ASSERT_TRUE(reply.ok()) << reply.error.message;
    EXPECT_EQ(reply.value->status, ListStatus::all_done);
    EXPECT_EQ(reply.value->orders[1].status, Status::canceled);
    EXPECT_EQ(error(1, ""), -2011) << "it is done";
    EXPECT_EQ(placed_list(named).list_id, 2) << "its client id is free again";
    EXPECT_EQ(exchange.query_list(alice, -1, "mine").value->list_id, 2) << "the latest";
    EXPECT_EQ(exchange.query_list(alice, 1, "").value->list_id, list.list_id);
    EXPECT_EQ(exchange.query_list(bob, 1, "").error.code, -2013);
    EXPECT_EQ(exchange.order_lists(alice).size(), 2U);
}

TEST_F(OrderLists, cancel_all_and_cancel_replace_take_the_whole_list) {
    placed(alice, limit(Side::buy, "99", "1"));
    placed_list(sell_oco());
    const auto all = exchange.cancel_all(alice, "BTCUSDT", ++now_ms);
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all.value->size(), 3U);
    for (const Order& order : *all.value) {
        EXPECT_EQ(order.status, Status::canceled) << order.order_id;
    }
    placed_list(sell_oco());
    const auto replaced =
        exchange.cancel_replace(alice, by_id(4), limit(Side::sell, "110", "1"), true, ++now_ms);
    EXPECT_TRUE(replaced.placed);
    EXPECT_EQ(state(alice, 4).status, Status::canceled);
    EXPECT_EQ(state(alice, 5).status, Status::canceled);
    exchange.verify_books();
}

TEST_F(OrderLists, an_amend_reduces_both_orders_of_a_pair) {
    const OrderList list = placed_list(buy_oco());
    events.clear();
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", 1, "", "smaller", qty("0.5"), ++now_ms).ok());
    EXPECT_EQ(heard(), "2:REPLACED/NEW 1:REPLACED/NEW list:UPDATED ");
    EXPECT_EQ(leg(list, 0).orig_qty, qty("0.5"));
    EXPECT_EQ(leg(list, 1).orig_qty, qty("0.5"));
    EXPECT_EQ(leg(list, 1).client_order_id, list.members[1].client_order_id);
    EXPECT_EQ(locked("USDT"), "53.0000");
    EXPECT_EQ(exchange.query_list(alice, 1, "").value->members[0].client_order_id, "smaller");
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", 1, "", "smaller", qty("0.4"), ++now_ms).ok());
    EXPECT_EQ(heard(), "2:REPLACED/NEW 1:REPLACED/NEW ") << "no client id has changed";
    exchange.verify_books();
    trade("97", "5", true);
    EXPECT_EQ(leg(list, 0).status, Status::filled);
    EXPECT_EQ(leg(list, 1).expiry_reason, "OCO_TRIGGER");
}

TEST_F(OrderLists, an_amend_leaves_neither_order_of_a_pair_with_nothing_or_less) {
    placed_list(sell_oco());
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0")});
    placed(alice, with(limit(Side::buy, "105", "0.5"), Stp::decrement));
    for (const char* q : {"0.4", "0.5"}) {  // of order 2, 0.5 is taken out already
        EXPECT_EQ(exchange.amend(alice, "BTCUSDT", 1, "", "", qty(q), ++now_ms).error.message,
                  "Price * QTY is zero or less.");
        exchange.verify_books();
    }
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", 1, "", "", qty("0.6"), ++now_ms).ok());
    EXPECT_EQ(locked("BTC"), "0.6000");
    exchange.verify_books();
}

TEST_F(OrderLists, self_trade_prevention_that_ends_one_order_ends_its_pair) {
    placed_list(sell_oco());
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0")});
    events.clear();
    placed(alice, with(limit(Side::buy, "105", "0.5"), Stp::decrement));
    EXPECT_EQ(heard(), "3:NEW/NEW 3:TRADE_PREVENTION/EXPIRED_IN_MATCH 2:TRADE_PREVENTION/NEW ")
        << "taken from, not filled: the pair stands";
    EXPECT_EQ(locked("BTC"), "1.0000") << "the stop still needs it";
    placed(alice, with(limit(Side::buy, "105", "0.5"), Stp::expire_maker));
    EXPECT_EQ(heard(),
              "4:NEW/NEW 2:TRADE_PREVENTION/EXPIRED_IN_MATCH 1:EXPIRED/EXPIRED(OCO_TRIGGER) "
              "list:ALL_DONE ");
    EXPECT_EQ(locked("BTC"), "0.0000");
}

TEST_F(OrderLists, lost_in_a_restart_are_done_and_nobody_was_told) {
    const OrderList list = placed_list(buy_oco());
    const OrderList three = placed_list(otoco(limit(Side::buy, "99", "1"), sell_oco()));
    events.clear();
    EXPECT_EQ(exchange.lose_open_orders(++now_ms), 5U);
    EXPECT_EQ(heard(), "");
    EXPECT_TRUE(done(list));
    EXPECT_TRUE(done(three));
    EXPECT_EQ(locked("USDT"), "0.0000");
    EXPECT_EQ(locked("BTC"), "0.0000");
    EXPECT_EQ(leg(three, 2).expiry_reason, "EXCHANGE_CANCELED");
    exchange.verify_books();
}

TEST_F(OrderLists, an_unlawful_fill_decides_a_pair_and_releases_pending_orders) {
    const OrderList list = placed_list(sell_oco());
    events.clear();
    ASSERT_TRUE(exchange.force_fill(alice, 2, price("104"), qty("0.3"), ++now_ms).ok());
    EXPECT_EQ(heard(), "2:TRADE/PARTIALLY_FILLED 1:EXPIRED/EXPIRED(OCO_TRIGGER) ");
    exchange.verify_books();
    EXPECT_FALSE(exchange.force_fill(alice, 1, price("104"), qty("0.3"), ++now_ms).ok());
    std::size_t late = 0;
    exchange.on_before_cancel(
        [&late](AccountId, const auto& fill_a_lot) { late += fill_a_lot() ? 1 : 0; });
    ASSERT_TRUE(exchange.cancel(alice, by_id(2), ++now_ms).ok());
    EXPECT_EQ(late, 1U);
    EXPECT_TRUE(done(list));
    exchange.verify_books();
    const OrderList next =
        placed_list(oto(limit(Side::buy, "99", "1"), maker(Side::sell, "105", "1")));
    ASSERT_TRUE(
        exchange.force_fill(alice, next.members[0].order_id, price("99"), qty("1.1"), ++now_ms)
            .ok());
    EXPECT_EQ(leg(next, 1).status, Status::new_);
    exchange.verify_books();
}

}  // namespace
}  // namespace portcullis::tools::venue
