// Order lists in a recorded market: what they lock, what ends them, what each of their orders
// hears. The same on a matched symbol, and in any mixture: exchange_random_test.cpp.
#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class OrderLists : public ExchangeTest {
protected:
    OrderLists() {
        trade("100.50", "0.00001", true);  // the last trade
        events.clear();
    }
    static NewOrder stop(OrderType type, Side side, std::string_view trigger, std::string_view q,
                         std::string_view p = "0") {
        NewOrder order = limit(side, p, q);
        order.type = type;
        order.stop_price = price(trigger);
        return order;
    }
    static NewOrderList oco(const NewOrder& below, const NewOrder& above) {
        NewOrderList list;
        list.pending = {below, above};
        return list;
    }
    /// Sells 1 at 105, or at market once 95 has traded.
    static NewOrderList sell_oco() {
        return oco(stop(OrderType::stop_loss, Side::sell, "95", "1"),
                   maker(Side::sell, "105", "1"));
    }
    /// Buys 1 at 97, or at 106 once 105 has traded.
    static NewOrderList buy_oco() {
        return oco(maker(Side::buy, "97", "1"),
                   stop(OrderType::stop_loss_limit, Side::buy, "105", "1", "106"));
    }
    static NewOrderList oto(const NewOrder& working, const NewOrder& pending) {
        NewOrderList list;
        list.working = working;
        list.pending = {pending};
        return list;
    }
    static NewOrderList otoco(const NewOrder& working, const NewOrderList& pair) {
        NewOrderList list = pair;
        list.working = working;
        return list;
    }
    static NewOrderList paying(NewOrderList list) {
        list.pays = true;
        for (NewOrder& order : list.pending) {
            order.qty = QtyAtoms{0};
        }
        return list;
    }
    OrderList placed_list(const NewOrderList& list) {
        const auto reply = exchange.place_list(alice, list, ++now_ms);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        exchange.verify_books();
        return reply.value.value_or(OrderList{});
    }
    VenueError refused_list(const NewOrderList& list) {
        const auto reply = exchange.place_list(alice, list, ++now_ms);
        EXPECT_FALSE(reply.ok());
        exchange.verify_books();
        return reply.error;
    }
    Order leg(const OrderList& list, std::size_t index) {
        return state(alice, list.members[index].order_id);
    }
    bool done(const OrderList& list) {
        return exchange.query_list(alice, list.list_id, "").value->status == ListStatus::all_done;
    }
    std::string locked(const std::string& asset) {
        const auto value = static_cast<std::int64_t>(balance(alice, asset).locked.value);
        return std::to_string(value / 100'000'000) + "." +
               std::to_string(100'000'000 + value % 100'000'000).substr(1, 4);
    }
    /// "id:x/X" of each report, with `eR`, and "list:l" of each list status.
    std::string heard() {
        static constexpr const char* statuses[] = {
            "NEW",      "PARTIALLY_FILLED", "FILLED",           "CANCELED",
            "REJECTED", "EXPIRED",          "EXPIRED_IN_MATCH", "PENDING_NEW"};
        static constexpr const char* types[] = {"EXEC_STARTED", "UPDATED", "ALL_DONE"};
        std::string text;
        for (const auto& [to, event] : events) {
            if (to == alice && event.kind == AccountEvent::Kind::execution) {
                text +=
                    std::to_string(event.order.order_id) + ":" + event.exec_type + "/" +
                    statuses[static_cast<std::size_t>(event.order.status)] +
                    (event.order.expiry_reason.empty() ? ""
                                                       : "(" + event.order.expiry_reason + ")") +
                    " ";
            } else if (to == alice && event.kind == AccountEvent::Kind::list_status) {
                text += "list:" + std::string(types[static_cast<std::size_t>(event.list->status)]) +
                        " ";
            }
        }
        events.clear();
        return text;
    }
};

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

TEST_F(OrderLists, a_pending_order_is_locked_for_and_placed_once_the_working_one_is_filled) {
    const OrderList list =
        placed_list(oto(limit(Side::buy, "99.5", "1"), maker(Side::sell, "105", "2")));
    EXPECT_EQ(heard(), "1:NEW/NEW 2:NEW/PENDING_NEW list:EXEC_STARTED ");
    EXPECT_EQ(locked("USDT"), "99.5000");
    EXPECT_EQ(locked("BTC"), "2.0000");
    EXPECT_EQ(leg(list, 1).working_time_ms, 0);
    trade("105", "9", false);
    EXPECT_EQ(heard(), "") << "it is in no book";
    trade("99.5", "0.5", true);
    EXPECT_EQ(heard(), "1:TRADE/PARTIALLY_FILLED ");
    trade("99.5", "0.5", true);
    EXPECT_EQ(heard(), "1:TRADE/FILLED 2:NEW/NEW ");
    EXPECT_EQ(leg(list, 1).working_time_ms, now_ms);
    trade("105", "2", false);
    EXPECT_EQ(heard(), "2:TRADE/FILLED list:ALL_DONE ");
}

TEST_F(OrderLists, the_reply_shows_a_pending_order_as_it_was_when_the_working_one_filled_at_once) {
    const OrderList list = placed_list(oto(limit(Side::buy, "101", "1"), market(Side::sell, "1")));
    EXPECT_EQ(list.orders[0].status, Status::filled);
    EXPECT_EQ(list.orders[1].status, Status::pending_new);
    EXPECT_EQ(leg(list, 1).status, Status::filled);
    EXPECT_EQ(heard(),
              "1:NEW/NEW 2:NEW/PENDING_NEW list:EXEC_STARTED 1:TRADE/FILLED 2:NEW/NEW "
              "2:TRADE/FILLED list:ALL_DONE ");
}

TEST_F(OrderLists, a_working_order_that_ends_unfilled_expires_the_rest) {
    const NewOrder ioc = with(limit(Side::buy, "101", "2"), TimeInForce::ioc);
    const OrderList list = placed_list(oto(ioc, market(Side::sell, "1")));
    EXPECT_EQ(list.status, ListStatus::all_done);
    EXPECT_EQ(heard(),
              "1:NEW/NEW 2:NEW/PENDING_NEW list:EXEC_STARTED 1:TRADE/PARTIALLY_FILLED "
              "1:EXPIRED/EXPIRED(UNFILLED_IOC_QUANTITY_EXPIRED) "
              "2:EXPIRED/EXPIRED(OTO_PHASE_ONE_EXPIRED) list:ALL_DONE ");
    EXPECT_EQ(locked("BTC"), "0.0000");
    const OrderList three =
        placed_list(otoco(with(limit(Side::buy, "50", "0.2"), TimeInForce::fok), sell_oco()));
    EXPECT_EQ(three.orders[1].expiry_reason, "OTO_PHASE_ONE_EXPIRED");
    EXPECT_EQ(three.orders[2].expiry_reason, "OTO_PHASE_ONE_EXPIRED");
    EXPECT_EQ(locked("BTC"), "0.0000");
}

TEST_F(OrderLists, a_cancel_of_the_working_or_the_pending_order_ends_the_list) {
    for (const std::size_t which : {0U, 1U}) {
        const OrderList list =
            placed_list(oto(limit(Side::buy, "99", "1"), maker(Side::sell, "105", "2")));
        ASSERT_TRUE(exchange.cancel(alice, by_id(list.members[which].order_id), ++now_ms).ok());
        EXPECT_EQ(leg(list, 0).status, Status::canceled);
        EXPECT_EQ(leg(list, 1).status, Status::canceled);
        EXPECT_TRUE(done(list));
        EXPECT_EQ(locked("BTC"), "0.0000");
        EXPECT_EQ(locked("USDT"), "0.0000");
    }
}

TEST_F(OrderLists, a_pending_pair_becomes_an_oco) {
    const OrderList list = placed_list(otoco(limit(Side::buy, "99.5", "1"), sell_oco()));
    EXPECT_EQ(list.contingency, Contingency::oto);
    EXPECT_EQ(heard(), "1:NEW/NEW 2:NEW/PENDING_NEW 3:NEW/PENDING_NEW list:EXEC_STARTED ");
    EXPECT_EQ(locked("BTC"), "1.0000");
    EXPECT_EQ(exchange.unfilled_order_count(alice), 3U);
    trade("99.5", "1", true);
    EXPECT_EQ(heard(), "1:TRADE/FILLED 2:NEW/NEW 3:NEW/NEW ");
    EXPECT_EQ(locked("BTC"), "1.0000");
    trade("105", "1", false);
    EXPECT_EQ(heard(), "3:TRADE/FILLED 2:EXPIRED/EXPIRED(OCO_TRIGGER) list:ALL_DONE ");
}

TEST_F(OrderLists, pending_orders_that_cannot_be_placed_any_more_expire_as_rejected) {
    // The stop has been passed when its turn comes: the pair ends with it.
    const OrderList pair = placed_list(otoco(limit(Side::buy, "94", "1"), sell_oco()));
    events.clear();
    trade("94", "1", true);
    EXPECT_EQ(heard(),
              "1:TRADE/FILLED 2:EXPIRED/EXPIRED(REJECTED) 3:EXPIRED/EXPIRED(OCO_TRIGGER) "
              "list:ALL_DONE ");
    EXPECT_TRUE(done(pair));
    // A maker that would take.
    placed_list(oto(limit(Side::buy, "93", "1"), maker(Side::sell, "99", "1")));
    events.clear();
    trade("93", "1", true);
    EXPECT_EQ(heard(), "4:TRADE/FILLED 5:EXPIRED/EXPIRED(REJECTED) list:ALL_DONE ");
    // No funds for a market order whose price nobody knew: it had locked the last trade's.
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0"), level("900", "9")});
    placed_list(oto(limit(Side::buy, "92", "1"), market(Side::buy, "1")));
    EXPECT_EQ(locked("USDT"), "185.0000") << "92 and the last trade, 93";
    events.clear();
    trade("92", "1", true);
    EXPECT_EQ(heard(), "6:TRADE/FILLED 7:EXPIRED/EXPIRED(REJECTED) list:ALL_DONE ");
    EXPECT_EQ(locked("USDT"), "0.0000");
}

TEST_F(OrderLists, pending_and_working_orders_are_amended_each_for_itself) {
    const OrderList list =
        placed_list(oto(limit(Side::buy, "99", "1"), maker(Side::sell, "105", "2")));
    events.clear();
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", 2, "", "p", qty("1.5"), ++now_ms).ok());
    EXPECT_EQ(heard(), "2:REPLACED/PENDING_NEW list:UPDATED ");
    EXPECT_EQ(leg(list, 0).orig_qty, qty("1"));
    EXPECT_EQ(locked("BTC"), "1.5000");
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", 1, "", "w", qty("0.5"), ++now_ms).ok());
    EXPECT_EQ(leg(list, 1).orig_qty, qty("1.5"));
    EXPECT_EQ(locked("USDT"), "49.5000");
    exchange.verify_books();
}

TEST_F(OrderLists, an_opo_sells_in_whole_lots_what_its_working_order_has_bought) {
    const OrderList list =
        placed_list(paying(oto(limit(Side::buy, "99.5", "1"), maker(Side::sell, "105", "0.1"))));
    EXPECT_EQ(list.orders[1].orig_qty, QtyAtoms{0});
    EXPECT_EQ(locked("BTC"), "0.0000") << "only the working order needs funds";
    EXPECT_EQ(exchange.amend(alice, "BTCUSDT", 2, "", "", qty("0.05"), ++now_ms).error.message,
              "Order amend (pending OPO order) is not supported.");
    trade("99.5", "0.4", true);
    EXPECT_EQ(locked("BTC"), "0.4000") << "kept for the pending order";
    trade("99.5", "0.6", true);
    EXPECT_EQ(locked("BTC"), "1.0000");
    EXPECT_EQ(leg(list, 1).orig_qty, qty("1"));
    EXPECT_EQ(leg(list, 1).status, Status::new_);
    trade("105", "1", false);
    EXPECT_TRUE(done(list));
}

TEST_F(OrderLists, what_an_opo_has_bought_is_cut_to_the_lots_of_all_its_pending_orders) {
    Symbol symbol = btcusdt();
    symbol.market_lot = qty("0.3");
    symbol.market_qty_max = qty("0.6");
    exchange.replace_symbol(symbol);
    const OrderList list = placed_list(paying(otoco(limit(Side::buy, "99.5", "1"), sell_oco())));
    trade("99.5", "1", true);
    EXPECT_EQ(leg(list, 1).status, Status::new_) << "the stop will be a market order";
    EXPECT_EQ(leg(list, 1).orig_qty, qty("0.6"));
    EXPECT_EQ(leg(list, 2).orig_qty, qty("0.6"));
    EXPECT_EQ(locked("BTC"), "0.6000") << "what is not used is free";
    exchange.verify_books();
}

TEST_F(OrderLists, an_opo_may_pend_a_pegged_stop_and_an_iceberg_of_less_than_was_bought) {
    NewOrder pegged = stop(OrderType::stop_loss_limit, Side::sell, "95", "1");
    pegged.peg.price = PegPrice::primary;
    const OrderList first = placed_list(paying(oto(limit(Side::buy, "99.5", "1"), pegged)));
    trade("99.5", "1", true);
    EXPECT_EQ(leg(first, 1).status, Status::new_);
    for (const auto& [shown, status] : {std::pair{"0.5", Status::new_}, {"1", Status::expired}}) {
        NewOrder iceberg = maker(Side::sell, "105", "1");
        iceberg.iceberg_qty = qty(shown);
        const OrderList list = placed_list(paying(oto(limit(Side::buy, "99.5", "1"), iceberg)));
        trade("99.5", "1", true);
        EXPECT_EQ(leg(list, 1).status, status) << shown;
        exchange.verify_books();
    }
}

TEST_F(OrderLists, the_fee_of_an_opo_comes_from_what_was_free_or_off_what_was_bought) {
    exchange.set_fees(alice, {100'000, 100'000}, {});  // 0.1 %
    const NewOrderList request =
        paying(oto(limit(Side::buy, "99.5", "1"), maker(Side::sell, "105", "0.1")));
    const OrderList with_free = placed_list(request);
    trade("99.5", "1", true);
    EXPECT_EQ(leg(with_free, 1).orig_qty, qty("1"));
    (void)exchange.cancel_all(alice, "BTCUSDT", ++now_ms);
    exchange.adjust_balance(alice, "BTC", amount("0") - amount("100"), now_ms);
    const OrderList without = placed_list(request);
    trade("99.5", "1", true);
    EXPECT_EQ(leg(without, 1).orig_qty, qty("0.999"));
    EXPECT_EQ(locked("BTC"), "0.9990");
    exchange.verify_books();
}

TEST_F(OrderLists, an_opo_that_is_cancelled_gives_back_what_it_has_bought) {
    const OrderList list = placed_list(paying(otoco(limit(Side::buy, "99.5", "1"), sell_oco())));
    trade("99.5", "0.4", true);
    EXPECT_EQ(locked("BTC"), "0.4000");
    ASSERT_TRUE(exchange.cancel_list(alice, {"BTCUSDT", list.list_id, "", ""}, ++now_ms).ok());
    EXPECT_EQ(locked("BTC"), "0.0000");
    exchange.verify_books();
    const OrderList filled = placed_list(paying(otoco(limit(Side::buy, "99.5", "1"), sell_oco())));
    trade("99.5", "1", true);
    EXPECT_EQ(locked("BTC"), "1.0000") << "one lock for both";
    EXPECT_EQ(leg(filled, 1).orig_qty, qty("1"));
    EXPECT_EQ(leg(filled, 2).orig_qty, qty("1"));
    trade("95", "0.1", true);
    EXPECT_EQ(leg(filled, 1).status, Status::filled);
    EXPECT_EQ(leg(filled, 2).expiry_reason, "OCO_TRIGGER");
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

TEST_F(OrderLists, are_refused_for_what_any_of_their_orders_is) {
    const std::string bad_prices = "The relationship of the prices for the orders is not correct.";
    const auto sell = [](std::string_view trigger, std::string_view p, std::string_view q = "1") {
        return oco(stop(OrderType::stop_loss, Side::sell, trigger, q), maker(Side::sell, p, q));
    };
    const auto buy = [](std::string_view p, std::string_view trigger, std::string_view q = "1") {
        return oco(maker(Side::buy, p, q),
                   stop(OrderType::stop_loss_limit, Side::buy, trigger, q, trigger));
    };
    NewOrderList twins = sell_oco();
    twins.pending[0].client_order_id = twins.pending[1].client_order_id = "same";
    NewOrderList iceberg = sell_oco();
    iceberg.pending[1].iceberg_qty = qty("1");
    NewOrderList upside_down = otoco(
        limit(Side::buy, "99", "1"),
        oco(stop(OrderType::stop_loss, Side::sell, "105", "1"), maker(Side::sell, "104", "1")));
    const struct {
        NewOrderList list;
        int code;
        std::string message;
    } rows[] = {
        {sell("100.49", "101"), 0, ""},
        {sell("100.50", "105"), -2010, bad_prices},
        {sell("95", "100.50"), -2010, bad_prices},
        {buy("100", "100.51"), 0, ""},
        {buy("100", "100.50"), -2010, bad_prices},
        {buy("100.50", "105"), -2010, bad_prices},
        {buy("95", "105", "9.6"), -2010, "Account has insufficient balance for requested action."},
        {sell("95", "105", "10.1"), -2010,
         "Account has insufficient balance for requested action."},
        {sell("95.001", "105"), -1013, "Filter failure: PRICE_FILTER"},
        {sell("95", "105", "0.000015"), -1013, "Filter failure: LOT_SIZE"},
        {sell("95", "105", "0.01"), -1013, "Filter failure: NOTIONAL"},
        {twins, -2010, "Duplicate order sent."},
        {iceberg, -2010, "IcebergQty exceeds QTY."},
        {upside_down, -2010, bad_prices},
        {oto(maker(Side::buy, "101", "1"), market(Side::sell, "1")), -2010,
         "Order would immediately match and take."},
        {oto(limit(Side::buy, "99", "6"), limit(Side::buy, "98", "6")), -2010,
         "Account has insufficient balance for requested action."},
        {oto(limit(Side::sell, "110", "6"), market(Side::sell, "5")), -2010,
         "Account has insufficient balance for requested action."},
        {paying(oto(limit(Side::buy, "99", "1"), maker(Side::sell, "105.001", "1"))), -1013,
         "Filter failure: PRICE_FILTER"},
    };
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        SCOPED_TRACE(i);
        const auto reply = exchange.place_list(alice, rows[i].list, ++now_ms);
        EXPECT_EQ(reply.error.code, rows[i].code);
        if (!rows[i].message.empty()) {
            EXPECT_EQ(reply.error.message, rows[i].message);
        }
        if (reply.ok()) {
            (void)exchange.cancel_all(alice, "BTCUSDT", ++now_ms);
        }
        exchange.verify_books();
        EXPECT_TRUE(exchange.open_orders(alice, "").empty());
    }
    NewOrderList nowhere = sell_oco();
    nowhere.pending[0].symbol = nowhere.pending[1].symbol = "NONE";
    EXPECT_EQ(refused_list(nowhere).code, -1121);
}

TEST_F(OrderLists, are_held_to_the_symbol_and_to_the_bounds_on_open_orders) {
    Symbol symbol = btcusdt();
    const auto with_rules = [&](auto&& change) {
        symbol = btcusdt();
        change();
        exchange.replace_symbol(symbol);
    };
    const NewOrderList three = otoco(limit(Side::buy, "99", "1"), sell_oco());
    with_rules([&] { symbol.oco_allowed = false; });
    EXPECT_EQ(refused_list(sell_oco()).message, "OCO orders are not supported for this symbol");
    EXPECT_EQ(refused_list(three).message, "OCO orders are not supported for this symbol");
    with_rules([&] { symbol.oto_allowed = false; });
    EXPECT_EQ(refused_list(three).message, "OTO orders are not supported for this symbol.");
    with_rules([&] { symbol.opo_allowed = false; });
    EXPECT_EQ(refused_list(paying(three)).message, "OPO orders are not supported for this symbol.");
    with_rules([&] { symbol.status = "HALT"; });
    EXPECT_EQ(refused_list(three).message, "Market is closed.");
    with_rules(
        [&] { symbol.order_types.taken[static_cast<std::size_t>(OrderType::stop_loss)] = false; });
    EXPECT_EQ(refused_list(sell_oco()).message,
              "Stop loss orders are not supported for this symbol.");
    with_rules([&] { symbol.orders_max = 2; });
    EXPECT_EQ(refused_list(three).message, "Filter failure: MAX_NUM_ORDERS");
    EXPECT_EQ(refused_list(paying(three)).message, "Filter failure: MAX_NUM_ORDERS");
    placed_list(sell_oco());
    EXPECT_EQ(refused(alice, limit(Side::buy, "99", "1")).message,
              "Filter failure: MAX_NUM_ORDERS");
    with_rules([&] { symbol.algo_orders_max = 1; });
    EXPECT_EQ(refused_list(sell_oco()).message, "Filter failure: MAX_NUM_ALGO_ORDERS");
    EXPECT_EQ(refused_list(paying(three)).message, "Filter failure: MAX_NUM_ALGO_ORDERS");
    with_rules([&] { symbol.order_lists_max = 1; });
    EXPECT_EQ(refused_list(buy_oco()).message, "Filter failure: MAX_NUM_ORDER_LISTS");
    exchange.set_filters({0, 0, 0, 1});
    EXPECT_EQ(refused_list(buy_oco()).message, "Filter failure: MAX_NUM_ORDER_LISTS");
    with_rules([&] { symbol.order_lists_max = 2; });
    EXPECT_EQ(refused_list(buy_oco()).message, "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS");
    exchange.set_filters({5, 0, 0, 0});
    placed_list(three);
    (void)exchange.cancel_list(alice, {"BTCUSDT", 2, "", ""}, ++now_ms);
    exchange.set_filters({4, 0, 0, 0});
    EXPECT_EQ(refused_list(three).message, "Filter failure: EXCHANGE_MAX_NUM_ORDERS");
    exchange.set_filters({});
    placed_list(buy_oco());
    EXPECT_EQ(refused_list(three).message, "Filter failure: MAX_NUM_ORDER_LISTS");
}

TEST_F(OrderLists, before_the_first_trade_only_the_two_prices_bound_each_other) {
    Symbol other = btcusdt();
    other.name = "NEWUSDT";
    exchange.add_symbol(other);
    const auto list = [](std::string_view trigger, std::string_view p) {
        NewOrderList request =
            oco(stop(OrderType::stop_loss, Side::sell, trigger, "1"), maker(Side::sell, p, "1"));
        request.pending[0].symbol = request.pending[1].symbol = "NEWUSDT";
        return request;
    };
    EXPECT_EQ(refused_list(list("95", "95")).code, -2010);
    EXPECT_EQ(placed_list(list("95", "95.01")).orders.size(), 2U);
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
    exchange.fill_before_next_cancel(alice);
    ASSERT_TRUE(exchange.cancel(alice, by_id(2), ++now_ms).ok());
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
