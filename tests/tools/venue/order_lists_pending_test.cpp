// Orders that wait for another one's fill, with a quantity of their own (OTO, OTOCO) or with what
// was bought (OPO, OPOCO): what is locked for them, when they are placed, what ends them.
#include "tests/tools/venue/order_lists_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class PendingOrders : public OrderLists {};

TEST_F(PendingOrders, a_pending_order_is_locked_for_and_placed_once_the_working_one_is_filled) {
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

TEST_F(PendingOrders,
       the_reply_shows_a_pending_order_as_it_was_when_the_working_one_filled_at_once) {
    const OrderList list = placed_list(oto(limit(Side::buy, "101", "1"), market(Side::sell, "1")));
    EXPECT_EQ(list.orders[0].status, Status::filled);
    EXPECT_EQ(list.orders[1].status, Status::pending_new);
    EXPECT_EQ(leg(list, 1).status, Status::filled);
    EXPECT_EQ(heard(),
              "1:NEW/NEW 2:NEW/PENDING_NEW list:EXEC_STARTED 1:TRADE/FILLED 2:NEW/NEW "
              "2:TRADE/FILLED list:ALL_DONE ");
}

TEST_F(PendingOrders, a_working_order_that_ends_unfilled_expires_the_rest) {
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

TEST_F(PendingOrders, a_cancel_of_the_working_or_the_pending_order_ends_the_list) {
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

TEST_F(PendingOrders, a_pending_pair_becomes_an_oco) {
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

TEST_F(PendingOrders, pending_orders_that_cannot_be_placed_any_more_expire_as_rejected) {
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

TEST_F(PendingOrders, pending_and_working_orders_are_amended_each_for_itself) {
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

TEST_F(PendingOrders, an_opo_sells_in_whole_lots_what_its_working_order_has_bought) {
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

TEST_F(PendingOrders, what_an_opo_has_bought_is_cut_to_the_lots_of_all_its_pending_orders) {
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

TEST_F(PendingOrders, an_opo_may_pend_a_pegged_stop_and_an_iceberg_of_less_than_was_bought) {
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

TEST_F(PendingOrders, the_fee_of_an_opo_comes_from_what_was_free_or_off_what_was_bought) {
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

TEST_F(PendingOrders, an_opo_that_is_cancelled_gives_back_what_it_has_bought) {
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

TEST_F(PendingOrders, of_an_opo_meet_the_most_of_an_asset_once_their_quantity_is_known) {
    AccountSetup carol = setup("carol");
    carol.balances["USDT"].free = amount("2000");
    carol.asset_max = {{"BTC", amount("1")}, {"USDT", amount("104")}};
    alice = exchange.add_account(carol);
    // The working order has 1 BTC for less than 104 USDT: what sells it may be worth more.
    const struct {
        const char* bought;
        NewOrder pending;
        Status status;
    } rows[] = {
        {"1", limit(Side::sell, "104", "1"), Status::new_},
        {"1", limit(Side::sell, "104.01", "1"), Status::expired},
        {"0.99", limit(Side::sell, "105", "1"), Status::new_},
        {"0.99", limit(Side::sell, "105.06", "1"), Status::expired},
        {"1", stop(OrderType::stop_loss, Side::sell, "95", "1"), Status::new_},
        {"1", stop(OrderType::take_profit_limit, Side::sell, "110", "1", "110"), Status::expired},
    };
    for (const auto& row : rows) {
        const OrderList list =
            placed_list(paying(oto(limit(Side::buy, "99.5", row.bought), row.pending)));
        trade("99.5", row.bought, true);
        EXPECT_EQ(leg(list, 0).status, Status::filled);
        EXPECT_EQ(leg(list, 1).status, row.status) << row.bought;
        EXPECT_EQ(leg(list, 1).expiry_reason, row.status == Status::expired ? "REJECTED" : "");
        (void)exchange.cancel_all(alice, "BTCUSDT", ++now_ms);
        exchange.verify_books();
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
