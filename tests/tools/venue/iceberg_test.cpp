// Icebergs in a recorded book: others meet what is shown, the next slice stands behind everything,
// and all of it counts where a whole order counts. In matched books: synthetic/engine_twin_test.
#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class Iceberg : public ExchangeTest {
protected:
    static NewOrder iceberg(Side side, std::string_view p, std::string_view q,
                            std::string_view shown) {
        NewOrder order = limit(side, p, q);
        order.iceberg_qty = qty(shown);
        return order;
    }
};

TEST_F(Iceberg, locks_for_all_of_it) {
    placed(alice, iceberg(Side::sell, "105", "3", "1"));
    EXPECT_EQ(balance(alice, "BTC").locked, amount("3"));
}

TEST_F(Iceberg, is_filled_slice_by_slice_and_queues_again_behind_the_recorded_quantity) {
    const Order ours = placed(alice, iceberg(Side::sell, "101", "3", "1"));  // 1 stands before it
    trade("101", "1", false);
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("0"));
    trade("101", "5", false);  // the slice, and no more: the rest of the trade met others
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("1"));
    trade("101", "1", false);  // the next slice waits behind the level's 1 again
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("1"));
    trade("101", "0.4", false);
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("1.4"));
    trade("101", "0.6", false);
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("2"));
}

TEST_F(Iceberg, gives_its_place_to_the_order_behind_it_when_a_slice_is_done) {
    const Order first = placed(alice, iceberg(Side::sell, "100.50", "2", "0.5"));
    const Order second = placed(bob, limit(Side::sell, "100.50", "1"));
    trade("100.50", "0.7", false);
    EXPECT_EQ(state(alice, first.order_id).executed_qty, qty("0.5"));
    EXPECT_EQ(state(bob, second.order_id).executed_qty, qty("0.2"));
    trade("100.50", "0.9", false);
    EXPECT_EQ(state(bob, second.order_id).executed_qty, qty("1"));
    EXPECT_EQ(state(alice, first.order_id).executed_qty, qty("0.6"));
}

TEST_F(Iceberg, a_trade_through_its_price_takes_the_hidden_part_too) {
    const Order ours = placed(alice, iceberg(Side::sell, "101", "3", "1"));
    trade("102", "2.5", false);
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("2.5"));
    trade("102", "2.5", false);
    EXPECT_EQ(state(alice, ours.order_id).status, Status::filled);
}

TEST_F(Iceberg, another_account_takes_the_shown_part_then_the_others_then_the_rest) {
    const Order ice = placed(alice, iceberg(Side::sell, "100.50", "2", "0.5"));
    const Order plain = placed(alice, limit(Side::sell, "100.50", "1"));
    const Order one = placed(bob, limit(Side::buy, "100.50", "1.2"));
    EXPECT_EQ(one.executed_qty, qty("1.2"));
    EXPECT_EQ(state(alice, ice.order_id).executed_qty, qty("0.5"));
    EXPECT_EQ(state(alice, plain.order_id).executed_qty, qty("0.7"));
    placed(bob, limit(Side::buy, "100.50", "1.6"));
    EXPECT_EQ(state(alice, plain.order_id).status, Status::filled);
    EXPECT_EQ(state(alice, ice.order_id).executed_qty, qty("1.8"));
    EXPECT_EQ(state(alice, ice.order_id).fills.size(), 4U);  // 0.5, 0.5, 0.5, 0.3
}

TEST_F(Iceberg, post_only_may_be_one_and_an_amend_shows_no_more_than_is_left) {
    NewOrder order = iceberg(Side::sell, "101", "3", "1");
    order.type = OrderType::limit_maker;
    const Order ours = placed(alice, order);
    EXPECT_TRUE(exchange.amend(alice, "BTCUSDT", ours.order_id, "", "", qty("0.4"), ++now_ms).ok());
    exchange.verify_books();
    trade("101", "9", false);
    EXPECT_EQ(state(alice, ours.order_id).status, Status::filled);
}

TEST_F(Iceberg, self_trade_prevention_takes_out_all_of_it) {
    const Order ice = placed(alice, iceberg(Side::sell, "100.50", "2", "0.5"));
    placed(alice, with(limit(Side::buy, "100.50", "1"), Stp::expire_maker));
    EXPECT_EQ(state(alice, ice.order_id).status, Status::expired_in_match);
    EXPECT_EQ(state(alice, ice.order_id).prevented_qty, qty("2"));
}

TEST_F(Iceberg, is_refused_by_the_filters_and_by_the_symbol) {
    const struct {
        const char* qty;
        const char* shown;
        int code;
        const char* text;
    } rows[] = {
        {"10", "0.1", 0, ""},
        {"10.00001", "0.1", -1013, "Filter failure: ICEBERG_PARTS"},  // a 101st part
        {"1", "0.000011", -1013, "Filter failure: LOT_SIZE"},
        {"1", "1", -2010, "IcebergQty exceeds QTY."},
        {"1", "1.5", -2010, "IcebergQty exceeds QTY."},
        {"1", "0.99999", 0, ""},
    };
    exchange.adjust_balance(alice, "BTC", amount("90"), ++now_ms);
    for (const auto& row : rows) {
        const auto reply =
            exchange.place(alice, iceberg(Side::sell, "105", row.qty, row.shown), ++now_ms);
        (void)exchange.cancel_all(alice, "BTCUSDT", now_ms);
        EXPECT_EQ(reply.error.code, row.code) << row.qty << " " << row.shown;
        EXPECT_EQ(reply.error.message, row.text) << row.qty << " " << row.shown;
    }
    Symbol symbol = btcusdt();
    symbol.iceberg_orders_max = 1;
    exchange.replace_symbol(symbol);
    placed(alice, iceberg(Side::sell, "105", "1", "0.1"));
    EXPECT_EQ(refused(alice, iceberg(Side::sell, "105", "1", "0.1")).message,
              "Filter failure: MAX_NUM_ICEBERG_ORDERS");
    placed(alice, limit(Side::sell, "105", "1"));
    symbol.iceberg_allowed = false;
    symbol.iceberg_orders_max = 0;
    exchange.replace_symbol(symbol);
    EXPECT_EQ(refused(alice, iceberg(Side::sell, "105", "1", "0.1")).message,
              "Iceberg orders are not supported for this symbol.");
}

TEST_F(Iceberg, may_wait_for_a_trigger_first) {
    trade("100.50", "0.1", true);
    NewOrder order = iceberg(Side::sell, "101", "2", "0.5");
    order.type = OrderType::take_profit_limit;
    order.stop_price = price("101");
    const Order ours = placed(alice, order);
    trade("101", "0.1", false);
    trade("101", "2", false);
    EXPECT_EQ(state(alice, ours.order_id).executed_qty, qty("0.5"));
}

}  // namespace
}  // namespace portcullis::tools::venue
