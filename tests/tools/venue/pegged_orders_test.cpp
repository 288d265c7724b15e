// Pegged orders: the price that each peg takes from the book, when it is taken, and what is
// refused.

#include "tests/tools/venue/exchange_fixture.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"

namespace portcullis::tools::venue {
namespace {

class PeggedOrders : public ExchangeTest {
protected:
    static NewOrder pegged(NewOrder order, PegPrice peg,
                           std::optional<std::int64_t> offset = std::nullopt) {
        order.price = PriceAtoms{0};
        order.peg.price = peg;
        order.peg.offset = offset;
        return order;
    }
    static NewOrder stop_limit(Side side, std::string_view stop, std::string_view q) {
        NewOrder order = limit(side, "0", q);
        order.type = OrderType::stop_loss_limit;
        order.stop_price = price(stop);
        return order;
    }
};

TEST_F(PeggedOrders, take_their_price_from_the_level_that_they_name) {
    const struct {
        Side side;
        PegPrice peg;
        std::optional<std::int64_t> offset;
        const char* price;
    } rows[] = {
        {Side::buy, PegPrice::primary, std::nullopt, "100"},
        {Side::buy, PegPrice::primary, 0, "100"},
        {Side::buy, PegPrice::primary, 1, "99"},
        {Side::buy, PegPrice::primary, 2, "98"},
        {Side::sell, PegPrice::primary, std::nullopt, "101"},
        {Side::sell, PegPrice::primary, 2, "103"},
        {Side::buy, PegPrice::market, std::nullopt, "101"},
        {Side::buy, PegPrice::market, 1, "102"},
        {Side::sell, PegPrice::market, std::nullopt, "100"},
        {Side::sell, PegPrice::market, 2, "98"},
    };
    for (const auto& row : rows) {
        const NewOrder order =
            pegged(with(limit(row.side, "0", "0.1"), TimeInForce::gtc), row.peg, row.offset);
        const auto reply = exchange.test(alice, order, now_ms);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        const Order out = placed(alice, order);
        EXPECT_EQ(out.price, price(row.price));
        EXPECT_EQ(out.peg.sent_price, PriceAtoms{0});
        (void)exchange.cancel(alice, by_id(out.order_id), ++now_ms);
        // What was taken, and what came to stand there, is put right again.
        exchange.market_snapshot("BTCUSDT", {level("100", "1"), level("99", "2"), level("98", "3")},
                                 {level("101", "1"), level("102", "2"), level("103", "3")},
                                 ++update_id);
    }
}

TEST_F(PeggedOrders, a_level_that_is_not_there_is_too_little_liquidity) {
    for (const PegPrice peg : {PegPrice::primary, PegPrice::market}) {
        const VenueError error = refused(alice, pegged(limit(Side::buy, "0", "0.1"), peg, 3));
        EXPECT_EQ(error.code, -2010);
        EXPECT_EQ(error.message, "Order book liquidity is too low for this pegged order.");
    }
}

TEST_F(PeggedOrders, resting_orders_of_anybody_are_levels_too) {
    (void)placed(bob, limit(Side::buy, "100.5", "0.2"));
    (void)placed(bob, limit(Side::buy, "99", "0.2"));
    EXPECT_EQ(placed(alice, pegged(maker(Side::buy, "0", "0.1"), PegPrice::primary)).price,
              price("100.5"));
    EXPECT_EQ(placed(alice, pegged(limit(Side::buy, "0", "0.1"), PegPrice::primary, 2)).price,
              price("99"))
        << "a price that both show is one level";
}

TEST_F(PeggedOrders, a_peg_to_the_other_side_takes_that_level_and_no_further) {
    const Order out =
        placed(alice, with(pegged(limit(Side::buy, "0", "2"), PegPrice::market), TimeInForce::ioc));
    EXPECT_EQ(out.executed_qty, qty("1"));
    EXPECT_EQ(out.status, Status::expired);
    const Order rest = placed(alice, pegged(limit(Side::buy, "0", "2.5"), PegPrice::market));
    EXPECT_EQ(rest.price, price("102")) << "101 is taken";
    EXPECT_EQ(rest.executed_qty, qty("2"));
    EXPECT_EQ(rest.status, Status::partially_filled);
    EXPECT_EQ(balance(alice, "USDT").locked, amount("51"));
}

TEST_F(PeggedOrders, stands_still_when_the_book_moves_on) {
    const Order out = placed(alice, pegged(limit(Side::sell, "0", "0.1"), PegPrice::primary));
    depth({level("100.5", "1")}, {level("101", "0"), level("100.75", "1")});
    EXPECT_EQ(state(alice, out.order_id).price, price("101"));
}

TEST_F(PeggedOrders, types_and_times_in_force_that_do_not_go_with_a_peg) {
    const struct {
        NewOrder order;
        const char* message;
    } rows[] = {
        {market(Side::buy, "1"), "This order type may not use pegged price."},
        {maker(Side::buy, "0", "1"), "This price peg cannot be used with this order type."},
        {with(limit(Side::buy, "0", "1"), TimeInForce::ioc),
         "This price peg cannot be used with this order type."},
        {with(limit(Side::buy, "0", "1"), TimeInForce::fok),
         "This price peg cannot be used with this order type."},
    };
    for (const auto& row : rows) {
        const bool immediate = row.order.time_in_force != TimeInForce::gtc;
        const VenueError error =
            refused(alice, pegged(row.order, immediate ? PegPrice::primary : PegPrice::market));
        EXPECT_EQ(error.code, -2010);
        EXPECT_EQ(error.message, row.message);
    }
    Symbol symbol = btcusdt();
    symbol.peg_allowed = false;
    exchange.replace_symbol(symbol);
    EXPECT_EQ(refused(alice, pegged(limit(Side::buy, "0", "1"), PegPrice::primary)).message,
              "Pegged orders are not supported for this symbol.");
}

TEST_F(PeggedOrders, both_the_price_that_is_sent_and_the_price_of_the_peg_meet_the_filters) {
    NewOrder order = pegged(limit(Side::buy, "0", "0.1"), PegPrice::primary);
    order.price = price("90.001");
    EXPECT_EQ(refused(alice, order).message, "Filter failure: PRICE_FILTER");
    order.price = price("90");
    const Order out = placed(alice, order);
    EXPECT_EQ(out.price, price("100"));
    EXPECT_EQ(out.peg.sent_price, price("90"));
    EXPECT_EQ(refused(alice, pegged(limit(Side::buy, "0", "0.04"), PegPrice::primary)).message,
              "Filter failure: NOTIONAL");
    const auto replaced = exchange.cancel_replace(
        alice, by_id(out.order_id), pegged(order, PegPrice::primary, 9), false, now_ms);
    EXPECT_FALSE(replaced.refused);
    EXPECT_TRUE(replaced.canceled);
    EXPECT_EQ(replaced.new_error.message, "Order book liquidity is too low for this pegged order.");
}

TEST_F(PeggedOrders, a_stop_is_pegged_when_it_is_triggered) {
    trade("100", "0.1", true);
    const Order waits =
        placed(alice, pegged(stop_limit(Side::buy, "105", "2"), PegPrice::market, 1));
    EXPECT_EQ(waits.price, PriceAtoms{0});
    EXPECT_EQ(balance(alice, "USDT").locked, amount("210")) << "at the stop price";
    depth({}, {level("101", "0"), level("102", "0"), level("106", "1"), level("107", "1")});
    told(alice);
    trade("105", "0.1", false);
    const Order works = state(alice, waits.order_id);
    EXPECT_EQ(works.price, price("106")) << "103 is the best";
    EXPECT_EQ(works.executed_qty, qty("2"));
    EXPECT_EQ(works.status, Status::filled);
    EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
    EXPECT_EQ(told(alice), "NEW TRADE = ");
}

TEST_F(PeggedOrders, a_stop_whose_peg_finds_no_level_or_no_funds_is_rejected_then) {
    trade("100", "0.1", true);
    const Order deep =
        placed(alice, pegged(stop_limit(Side::sell, "99", "1"), PegPrice::market, 9));
    const Order dear = placed(alice, pegged(stop_limit(Side::sell, "98", "1"), PegPrice::primary));
    NewOrder buy = pegged(stop_limit(Side::buy, "100.5", "9"), PegPrice::primary);
    buy.price = price("100");
    const Order poor = placed(alice, buy);
    depth({level("112", "1")},
          {level("101", "0"), level("102", "0"), level("113", "1"), level("103", "0")});
    trade("113", "0.1", false);
    EXPECT_EQ(state(alice, poor.order_id).status, Status::expired) << "nine at 112 are too dear";
    EXPECT_EQ(state(alice, poor.order_id).expiry_reason, "REJECTED");
    trade("99", "0.1", true);
    EXPECT_EQ(state(alice, deep.order_id).status, Status::expired);
    EXPECT_EQ(state(alice, deep.order_id).expiry_reason, "REJECTED");
    trade("98", "0.1", true);
    EXPECT_EQ(state(alice, dear.order_id).price, price("113"));
    EXPECT_EQ(state(alice, dear.order_id).status, Status::new_);
}

TEST_F(PeggedOrders, a_synthetic_book_gives_the_same_levels) {
    Symbol symbol = btcusdt();
    symbol.name = "ETHUSDT";
    symbol.base = "BTC";
    exchange.add_matched_symbol(symbol);
    const auto at = [&](NewOrder order) {
        order.symbol = "ETHUSDT";
        return placed(alice, order);
    };
    for (const char* bid : {"90", "89", "88"}) {
        at(limit(Side::buy, bid, "0.1"));
    }
    EXPECT_EQ(at(pegged(limit(Side::buy, "0", "0.1"), PegPrice::primary, 2)).price, price("88"));
    NewOrder order = pegged(limit(Side::sell, "0", "0.1"), PegPrice::market, 1);
    EXPECT_EQ(at(order).price, price("89"));
    order.peg.price = PegPrice::primary;
    order.symbol = "ETHUSDT";
    EXPECT_EQ(refused(alice, order).message,
              "Order book liquidity is too low for this pegged order.");
}

}  // namespace
}  // namespace portcullis::tools::venue
