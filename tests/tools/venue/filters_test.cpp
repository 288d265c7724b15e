// Filters: one row a bound: below, at the edge, past it; and zero that disables it.
#include "tools/venue/filters.hpp"

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

struct Row {
    const char* what;
    Side side;
    const char* price;
    const char* qty;
    const char* refused;  ///< "" passes
};

std::string outcome(const Symbol& symbol, const NewOrder& order,
                    std::optional<PriceAtoms> reference = price("100"),
                    std::uint64_t orders_open = 0) {
    PriceReference averages(symbol.average_minutes);
    if (reference) {
        averages.on_trade(*reference, qty("1"), 0);
    }
    const auto refused = check_filters(symbol, order, averages, OpenCounts{orders_open, 0, 0});
    if (!refused) {
        return "";
    }
    EXPECT_EQ(refused->code, -1013);
    const std::string prefix = "Filter failure: ";
    return refused->message.rfind(prefix, 0) == 0 ? refused->message.substr(prefix.size())
                                                  : refused->message;
}

NewOrder order_of(OrderType type, Side side, std::string_view p, std::string_view q) {
    NewOrder order;
    order.symbol = "BTCUSDT";
    order.type = type;
    order.side = side;
    order.price = price(p);
    order.qty = qty(q);
    return order;
}

TEST(Filters, limit_orders_meet_every_bound_at_its_edge) {
    const Row rows[] = {
        {"plain", Side::buy, "100", "1", ""},
        {"price zero", Side::buy, "0", "1", "Invalid price."},
        {"quantity zero", Side::buy, "100", "0", "Invalid quantity."},
        {"price at tick", Side::buy, "100.01", "1", ""},
        {"price off tick", Side::buy, "100.011", "1", "PRICE_FILTER"},
        {"price one atom off", Side::buy, "100.00000001", "1", "PRICE_FILTER"},
        {"price above maximum", Side::sell, "1000000.01", "1", "PRICE_FILTER"},
        {"quantity at lot", Side::buy, "100", "1.00001", ""},
        {"quantity off lot", Side::buy, "100", "1.000001", "LOT_SIZE"},
        {"quantity below minimum", Side::buy, "100", "0.000001", "LOT_SIZE"},
        {"quantity at maximum", Side::buy, "100", "9000", ""},
        {"quantity above maximum", Side::buy, "100", "9000.00001", "LOT_SIZE"},
        {"notional at minimum", Side::buy, "100", "0.05", ""},
        {"notional below minimum", Side::buy, "100", "0.04999", "NOTIONAL"},
        {"bid at upper percent", Side::buy, "500", "1", ""},
        {"bid above upper percent", Side::buy, "500.01", "1", "PERCENT_PRICE_BY_SIDE"},
        {"bid at lower percent", Side::buy, "20", "1", ""},
        {"bid below lower percent", Side::buy, "19.99", "1", "PERCENT_PRICE_BY_SIDE"},
        {"ask at upper percent", Side::sell, "500", "1", ""},
        {"ask above upper percent", Side::sell, "500.01", "1", "PERCENT_PRICE_BY_SIDE"},
        {"ask below lower percent", Side::sell, "19.99", "1", "PERCENT_PRICE_BY_SIDE"},
    };
    for (const OrderType type : {OrderType::limit, OrderType::limit_maker}) {
        for (const Row& row : rows) {
            EXPECT_EQ(outcome(btcusdt(), order_of(type, row.side, row.price, row.qty)), row.refused)
                << row.what;
        }
    }
}

TEST(Filters, the_largest_notional_binds_limit_orders_only) {
    Symbol symbol = btcusdt();
    symbol.notional_max = amount("1000");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "100", "10")), "");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "100", "10.00001")),
              "NOTIONAL");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::market, Side::buy, "0", "11")), "");
}

TEST(Filters, percent_price_is_measured_on_each_side_against_its_own_multipliers) {
    Symbol symbol = btcusdt();
    symbol.bid_multiplier_up_e4 = 11'000;
    symbol.ask_multiplier_down_e4 = 9'000;
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "110", "1")), "");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "110.01", "1")),
              "PERCENT_PRICE_BY_SIDE");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::sell, "110.01", "1")), "");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::sell, "90", "1")), "");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::sell, "89.99", "1")),
              "PERCENT_PRICE_BY_SIDE");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "110.01", "1"), std::nullopt),
              "");
}

TEST(Filters, market_orders_are_measured_by_quantity_or_by_quote) {
    EXPECT_EQ(outcome(btcusdt(), order_of(OrderType::market, Side::buy, "0", "0.05")), "");
    EXPECT_EQ(outcome(btcusdt(), order_of(OrderType::market, Side::buy, "0", "0.04999")),
              "NOTIONAL");
    EXPECT_EQ(
        outcome(btcusdt(), order_of(OrderType::market, Side::buy, "0", "0.04999"), std::nullopt),
        "");
    EXPECT_EQ(outcome(btcusdt(), order_of(OrderType::market, Side::buy, "0", "0.000001")),
              "LOT_SIZE");
    EXPECT_EQ(outcome(btcusdt(), order_of(OrderType::market, Side::buy, "0", "0")),
              "Invalid quantity.");
    NewOrder by_quote = order_of(OrderType::market, Side::sell, "0", "0");
    by_quote.quote_order_qty = amount("5");
    EXPECT_EQ(outcome(btcusdt(), by_quote), "");
    by_quote.quote_order_qty = amount("4.99999999");
    EXPECT_EQ(outcome(btcusdt(), by_quote), "NOTIONAL");
}

TEST(Filters, percent_price_measures_both_sides_alike) {
    Symbol symbol = btcusdt();
    symbol.multiplier_up_e4 = 13'000;
    symbol.multiplier_down_e4 = 7'000;
    for (const Side side : {Side::buy, Side::sell}) {
        EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, side, "130", "1")), "");
        EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, side, "130.01", "1")),
                  "PERCENT_PRICE");
        EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, side, "70", "1")), "");
        EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, side, "69.99", "1")), "PERCENT_PRICE");
    }
    EXPECT_EQ(outcome(symbol, order_of(OrderType::market, Side::buy, "0", "1")), "");
}

TEST(Filters, market_lot_size_binds_market_orders_only) {
    Symbol symbol = btcusdt();
    symbol.market_qty_min = qty("0.1");
    symbol.market_qty_max = qty("2");
    symbol.market_lot = qty("0.01");
    const auto market = [&](std::string_view q) {
        return outcome(symbol, order_of(OrderType::market, Side::buy, "0", q));
    };
    EXPECT_EQ(market("0.1"), "");
    EXPECT_EQ(market("0.09"), "MARKET_LOT_SIZE");
    EXPECT_EQ(market("2"), "");
    EXPECT_EQ(market("2.01"), "MARKET_LOT_SIZE");
    EXPECT_EQ(market("1.005"), "MARKET_LOT_SIZE");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "100", "2.005")), "");
}

TEST(Filters, notional_bounds_bind_market_orders_as_each_flag_says) {
    Symbol symbol = btcusdt();
    symbol.notional_max = amount("1000");
    symbol.min_notional = amount("20");
    const NewOrder small = order_of(OrderType::market, Side::buy, "0", "0.01");
    const NewOrder middle = order_of(OrderType::market, Side::buy, "0", "0.1");
    const NewOrder large = order_of(OrderType::market, Side::buy, "0", "10.00001");
    EXPECT_EQ(outcome(symbol, small), "NOTIONAL");
    EXPECT_EQ(outcome(symbol, middle), "MIN_NOTIONAL");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "100", "0.2")), "");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "100", "0.19999")),
              "MIN_NOTIONAL");
    EXPECT_EQ(outcome(symbol, large), "");
    symbol.notional_min_to_market = symbol.min_notional_to_market = false;
    symbol.notional_max_to_market = true;
    EXPECT_EQ(outcome(symbol, small), "");
    EXPECT_EQ(outcome(symbol, middle), "");
    EXPECT_EQ(outcome(symbol, large), "NOTIONAL");
    EXPECT_EQ(outcome(symbol, order_of(OrderType::limit, Side::buy, "100", "0.1")), "MIN_NOTIONAL");
}

TEST(Filters, open_orders_are_counted_up_to_their_limit) {
    const NewOrder order = order_of(OrderType::limit, Side::buy, "100", "1");
    EXPECT_EQ(outcome(btcusdt(), order, price("100"), 199), "");
    EXPECT_EQ(outcome(btcusdt(), order, price("100"), 200), "MAX_NUM_ORDERS");
}

TEST(Filters, zero_disables_each_bound) {
    Symbol none;
    none.name = "BTCUSDT";
    none.orders_max = 0;
    for (const char* p : {"0.00000001", "90000000000"}) {
        for (const char* q : {"0.00000001", "90000000000"}) {
            EXPECT_EQ(
                outcome(none, order_of(OrderType::limit, Side::buy, p, q), price("1"), 1'000'000),
                "");
        }
    }
}

/// Traded: 100 eight minutes ago, 200 three minutes ago, 300 now, each the same quantity.
TEST(Filters, each_measures_with_the_average_of_its_own_minutes) {
    struct {
        std::int64_t minutes;
        const char* average;
    } const rows[] = {{0, "300"}, {1, "300"}, {5, "250"}, {10, "200"}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.minutes);
        const PriceAtoms average = price(row.average);
        const PriceAtoms above{average.value + price("0.01").value};
        const auto refused = [&](const AverageMinutes& minutes, const auto& with_filter,
                                 OrderType type, PriceAtoms at, const char* q) -> std::string {
            Symbol symbol = btcusdt();
            symbol.notional_min = AmountAtoms{0};
            symbol.average_minutes = minutes;
            with_filter(symbol);
            PriceReference averages(minutes);
            averages.on_trade(price("100"), qty("1"), 0);
            averages.on_trade(price("200"), qty("1"), 300'000);
            averages.on_trade(price("300"), qty("1"), 480'000);
            NewOrder order = order_of(type, Side::buy, "0", q);
            order.price = at;
            const auto error = check_filters(symbol, order, averages, OpenCounts{});
            return error ? error->message : "";
        };
        AverageMinutes minutes;
        minutes.percent_price = row.minutes;
        const auto percent = [](Symbol& symbol) { symbol.multiplier_up_e4 = 10'000; };
        EXPECT_EQ(refused(minutes, percent, OrderType::limit, average, "1"), "");
        EXPECT_EQ(refused(minutes, percent, OrderType::limit, above, "1"),
                  "Filter failure: PERCENT_PRICE");
        minutes = {};
        minutes.percent_price_by_side = row.minutes;
        const auto by_side = [](Symbol& symbol) { symbol.bid_multiplier_up_e4 = 10'000; };
        EXPECT_EQ(refused(minutes, by_side, OrderType::limit, average, "1"), "");
        EXPECT_EQ(refused(minutes, by_side, OrderType::limit, above, "1"),
                  "Filter failure: PERCENT_PRICE_BY_SIDE");
        minutes = {};
        minutes.notional = row.minutes;
        const auto notional = [&](Symbol& symbol) { symbol.notional_min = amount(row.average); };
        EXPECT_EQ(refused(minutes, notional, OrderType::market, {}, "1"), "");
        EXPECT_EQ(refused(minutes, notional, OrderType::market, {}, "0.99999"),
                  "Filter failure: NOTIONAL");
        minutes = {};
        minutes.min_notional = row.minutes;
        const auto least = [&](Symbol& symbol) { symbol.min_notional = amount(row.average); };
        EXPECT_EQ(refused(minutes, least, OrderType::market, {}, "1"), "");
        EXPECT_EQ(refused(minutes, least, OrderType::market, {}, "0.99999"),
                  "Filter failure: MIN_NOTIONAL");
    }
}

TEST(Filters, pass_where_nothing_has_traded_whatever_their_minutes) {
    Symbol symbol = btcusdt();
    symbol.average_minutes = {7, 7, 7, 7};
    symbol.multiplier_up_e4 = 1;
    symbol.min_notional = amount("1000");
    const PriceReference none;
    EXPECT_FALSE(check_prices(symbol, order_of(OrderType::limit, Side::buy, "100", "1"), none));
    EXPECT_FALSE(check_quantity(symbol, order_of(OrderType::market, Side::buy, "0", "1"), none));
}

TEST(Filters, a_quantity_alone_is_measured_as_the_type_of_its_order_asks) {
    Symbol symbol = btcusdt();
    symbol.market_qty_min = qty("0.1");
    symbol.market_lot = qty("0.01");
    symbol.notional_min_to_market = false;
    symbol.min_notional = amount("20");
    PriceReference at_100;
    at_100.on_trade(price("100"), qty("1"), 0);
    const auto name = [&](OrderType type, std::string_view p, std::string_view q) {
        NewOrder order = order_of(type, Side::sell, p, q);
        order.stop_price = price("1");  // measures nothing
        const auto refused = check_quantity(symbol, order, at_100);
        return refused ? refused->message : "";
    };
    const struct {
        OrderType type;
        const char* price;
        const char* qty;
        const char* refused;
    } rows[] = {
        {OrderType::limit, "100", "0.2", ""},
        {OrderType::limit, "100", "0.19999", "Filter failure: MIN_NOTIONAL"},
        {OrderType::limit, "100", "0.04999", "Filter failure: NOTIONAL"},
        {OrderType::limit, "100", "0.200001", "Filter failure: LOT_SIZE"},
        {OrderType::limit, "100", "0", "Invalid quantity."},
        {OrderType::stop_loss_limit, "400", "0.05", ""},
        {OrderType::stop_loss_limit, "0", "0.00001", ""},  // pegged: no price yet
        {OrderType::stop_loss, "0", "0.2", ""},            // by the average, not the stop price
        {OrderType::stop_loss, "0", "0.19", "Filter failure: MIN_NOTIONAL"},
        {OrderType::take_profit, "0", "0.205", "Filter failure: MARKET_LOT_SIZE"},
        {OrderType::take_profit, "0", "0.09", "Filter failure: MARKET_LOT_SIZE"},
        {OrderType::take_profit, "0", "0.000001", "Filter failure: LOT_SIZE"},
        {OrderType::stop_loss, "0", "0", "Invalid quantity."},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(name(row.type, row.price, row.qty), row.refused)
            << order_type_names[static_cast<std::size_t>(row.type)] << " " << row.qty;
    }
    symbol.min_notional_to_market = false;
    EXPECT_EQ(name(OrderType::stop_loss, "0", "0.1"), "");
}

}  // namespace
}  // namespace portcullis::tools::venue
