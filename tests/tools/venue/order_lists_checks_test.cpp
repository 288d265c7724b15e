// What refuses an order list: what refuses any of its orders, and what is of lists alone.
#include "tests/tools/venue/order_lists_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class OrderListChecks : public OrderLists {};

TEST_F(OrderListChecks, are_refused_for_what_any_of_their_orders_is) {
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

TEST_F(OrderListChecks, are_held_to_the_symbol_and_to_the_bounds_on_open_orders) {
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
    EXPECT_EQ(refused_list(paying(three)).message, "OTO orders are not supported for this symbol.");
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

TEST_F(OrderListChecks, before_the_first_trade_only_the_two_prices_bound_each_other) {
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

}  // namespace
}  // namespace portcullis::tools::venue
