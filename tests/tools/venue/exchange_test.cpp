// Exchange: orders of every kind, what they lock and pay, and each refusal by code and text.
#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

const std::string broke = "Account has insufficient balance for requested action.";

TEST_F(ExchangeTest, a_resting_order_locks_what_it_needs_and_a_cancel_frees_it) {
    const Order bid = placed(alice, limit(Side::buy, "99.5", "2", "mine"));
    EXPECT_EQ(bid.status, Status::new_);
    EXPECT_EQ(bid.client_order_id, "mine");
    EXPECT_EQ(balance(alice, "USDT").free, amount("801"));
    EXPECT_EQ(balance(alice, "USDT").locked, amount("199"));
    EXPECT_EQ(told(alice), "NEW = ");
    const Order ask = placed(alice, maker(Side::sell, "101.5", "3"));
    EXPECT_EQ(balance(alice, "BTC").locked, amount("3"));
    EXPECT_EQ(ask.client_order_id.size(), 22U);
    EXPECT_EQ(exchange.open_orders(alice, "").size(), 2U);
    EXPECT_EQ(exchange.open_orders(bob, "").size(), 0U);
    EXPECT_EQ(told(alice), "NEW = ");

    const auto canceled = exchange.cancel(alice, by_id(bid.order_id), ++now_ms);
    ASSERT_TRUE(canceled.ok());
    EXPECT_EQ(canceled.value->status, Status::canceled);
    EXPECT_EQ(canceled.value->orig_client_order_id, "mine");
    EXPECT_NE(canceled.value->client_order_id, "mine");
    EXPECT_EQ(balance(alice, "USDT").free, amount("1000"));
    EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
    EXPECT_EQ(events.back().second.balances.count("BTC"), 0U);
    EXPECT_EQ(told(alice), "CANCELED = ");
    EXPECT_EQ(exchange.query(alice, "BTCUSDT", -1, "mine").value->order_id, bid.order_id);
    EXPECT_EQ(placed(alice, limit(Side::buy, "99", "1", "mine")).status, Status::new_);
    EXPECT_NE(exchange.query(alice, "BTCUSDT", -1, "mine").value->order_id, bid.order_id);
}

TEST_F(ExchangeTest, a_taking_order_walks_the_book_at_the_makers_prices_and_rests_the_remainder) {
    const Order order = placed(alice, limit(Side::buy, "102", "4"));
    EXPECT_EQ(order.status, Status::partially_filled);
    EXPECT_EQ(order.executed_qty, qty("3"));
    EXPECT_EQ(order.cumulative_quote, amount("305"));  // 1 x 101 + 2 x 102
    ASSERT_EQ(order.fills.size(), 2U);
    EXPECT_EQ(order.fills[0].price, price("101"));
    EXPECT_FALSE(order.fills[0].maker);
    EXPECT_LT(order.fills[0].trade_id, order.fills[1].trade_id);
    EXPECT_EQ(balance(alice, "BTC").free, amount("13"));
    EXPECT_EQ(balance(alice, "USDT").locked, amount("102"));
    EXPECT_EQ(balance(alice, "USDT").free, amount("593"));
    EXPECT_EQ(told(alice), "NEW TRADE TRADE = ");
    // another account meets the remainder before the recorded book below it
    const Order sale = placed(bob, limit(Side::sell, "100", "1.5"));
    EXPECT_EQ(sale.fills[0].price, price("102"));
    EXPECT_EQ(sale.fills[0].qty, qty("1"));
    EXPECT_EQ(sale.fills[1].price, price("100"));
    EXPECT_EQ(state(alice, order.order_id).status, Status::filled);
    EXPECT_TRUE(state(alice, order.order_id).fills[2].maker);
    EXPECT_EQ(state(alice, order.order_id).fills[2].trade_id, sale.fills[0].trade_id);
}

TEST_F(ExchangeTest, time_in_force_decides_what_becomes_of_the_remainder) {
    const Order ioc = placed(alice, with(limit(Side::buy, "101", "2"), TimeInForce::ioc));
    EXPECT_EQ(ioc.status, Status::expired);
    EXPECT_EQ(ioc.executed_qty, qty("1"));
    EXPECT_EQ(ioc.expiry_reason, "UNFILLED_IOC_QUANTITY_EXPIRED");
    EXPECT_EQ(told(alice), "NEW TRADE EXPIRED = ");
    const Order fok = placed(alice, with(limit(Side::buy, "102", "2.5"), TimeInForce::fok));
    EXPECT_EQ(fok.status, Status::expired);
    EXPECT_EQ(fok.executed_qty, qty("0"));
    EXPECT_EQ(fok.expiry_reason, "UNFILLED_FOK_ORDER_EXPIRED");
    EXPECT_EQ(told(alice), "NEW EXPIRED = ");
    const Order whole = placed(alice, with(limit(Side::buy, "102", "2"), TimeInForce::fok));
    EXPECT_EQ(whole.status, Status::filled);
    EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
}

TEST_F(ExchangeTest, a_post_only_order_never_takes) {
    EXPECT_EQ(refused(alice, maker(Side::buy, "101", "1")).message,
              "Order would immediately match and take.");
    EXPECT_EQ(refused(alice, maker(Side::sell, "100", "1")).code, -2010);
    EXPECT_EQ(placed(alice, maker(Side::buy, "100.99", "1")).status, Status::new_);
    // nor from another account
    EXPECT_EQ(refused(bob, maker(Side::sell, "100.99", "1")).code, -2010);
    EXPECT_EQ(told(bob), "");
}

TEST_F(ExchangeTest, market_orders_are_bounded_by_the_visible_book) {
    const Order buy = placed(alice, market(Side::buy, "2"));
    EXPECT_EQ(buy.status, Status::filled);
    EXPECT_EQ(buy.cumulative_quote, amount("203"));
    EXPECT_EQ(buy.price, price("0"));
    const Order sell = placed(alice, market(Side::sell, "7"));
    EXPECT_EQ(sell.status, Status::expired);
    EXPECT_EQ(sell.executed_qty, qty("6"));
    EXPECT_EQ(sell.expiry_reason, "INSUFFICIENT_LIQUIDITY");
    EXPECT_EQ(told(alice), "NEW TRADE TRADE = NEW TRADE TRADE TRADE EXPIRED = ");
}

TEST_F(ExchangeTest, market_orders_by_quote_spend_no_more_than_that_in_whole_lots) {
    NewOrder order = market(Side::buy, "0");
    order.quote_order_qty = amount("200");
    const Order buy = placed(alice, order);  // 1 x 101, then 99 / 102 in lots of 0.00001
    EXPECT_EQ(buy.status, Status::filled);
    EXPECT_EQ(buy.executed_qty, qty("1.97058"));
    EXPECT_EQ(buy.orig_qty, buy.executed_qty);
    EXPECT_EQ(buy.cumulative_quote, amount("199.99916"));
    order.side = Side::sell;
    order.quote_order_qty = amount("1000");
    const Order sell = placed(alice, order);  // the bids hold 592 in all
    EXPECT_EQ(sell.status, Status::expired);
    EXPECT_EQ(sell.cumulative_quote, amount("592"));
    EXPECT_EQ(refused(alice, order).message,
              "Order book liquidity is less than symbol minimum quantity.");
}

TEST_F(ExchangeTest,
       a_market_order_by_quote_that_meets_nothing_is_told_what_there_is_too_little_for) {
    Symbol symbol = btcusdt();
    symbol.name = "THINUSDT";
    symbol.qty_min = qty("0.01");
    symbol.market_qty_min = qty("0.1");
    symbol.notional_min = AmountAtoms{0};
    exchange.add_symbol(symbol);
    NewOrder order = market(Side::buy, "0");
    order.symbol = symbol.name;
    order.quote_order_qty = amount("0.0001");  // no lot of 0.00001 at 101
    const std::pair<const char*, std::string> rows[] = {{"0.001", "`LOT_SIZE` filter"},
                                                        {"0.05", "`MARKET_LOT_SIZE` filter"},
                                                        {"5", "`LOT_SIZE` filter"}};
    EXPECT_EQ(refused(alice, order).message,
              "Order book liquidity is less than symbol minimum quantity.");
    for (const auto& [there, what] : rows) {
        exchange.market_snapshot(symbol.name, {}, {level("101", there)}, 10);
        EXPECT_EQ(refused(alice, order).message,
                  "Order book liquidity is less than " + what + " minimum quantity.")
            << there;
    }
}

TEST_F(ExchangeTest, refusals_have_the_venues_codes_and_texts) {
    const Order open = placed(alice, limit(Side::buy, "90", "1", "taken"));
    const struct {
        NewOrder order;
        int code;
        std::string text;
    } rows[] = {
        {limit(Side::buy, "90", "1", "taken"), -2010, "Duplicate order sent."},
        {limit(Side::buy, "100", "9.11", ""), -2010, broke},  // 910 free
        {limit(Side::sell, "105", "10.00001"), -2010, broke},
        {market(Side::sell, "10.00001"), -2010, broke},
        {limit(Side::buy, "90.001", "1"), -1013, "Filter failure: PRICE_FILTER"},
        {limit(Side::buy, "90", "0.000001"), -1013, "Filter failure: LOT_SIZE"},
        {limit(Side::buy, "90", "0.01"), -1013, "Filter failure: NOTIONAL"},
    };
    for (const auto& row : rows) {
        const VenueError error = refused(alice, row.order);
        EXPECT_EQ(error.code, row.code) << row.text;
        EXPECT_EQ(error.message, row.text);
        const auto tested = exchange.test(alice, row.order, now_ms);
        EXPECT_EQ(tested.error.message, row.code == -2010 ? "" : row.text);
    }
    EXPECT_EQ(placed(alice, limit(Side::buy, "91", "10")).status, Status::new_);  // all of it
    NewOrder elsewhere = limit(Side::buy, "90", "1");
    elsewhere.symbol = "NONE";
    EXPECT_EQ(refused(alice, elsewhere).code, -1121);
    Symbol halted = btcusdt();
    halted.status = "HALT";
    exchange.replace_symbol(halted);
    EXPECT_EQ(refused(bob, limit(Side::buy, "90", "1")).message, "Market is closed.");
    EXPECT_EQ(exchange.test(bob, limit(Side::buy, "90", "1"), now_ms).error.message,
              "Market is closed.");
    EXPECT_TRUE(exchange.cancel(alice, by_id(open.order_id), now_ms).ok());
    events.clear();
    refused(alice, limit(Side::buy, "90", "1"));
    EXPECT_TRUE(events.empty());
}

TEST_F(ExchangeTest, the_number_of_open_orders_is_limited_by_account_and_symbol) {
    Symbol few = btcusdt();
    few.orders_max = 2;
    exchange.replace_symbol(few);
    placed(alice, limit(Side::buy, "90", "1"));
    const Order second = placed(alice, limit(Side::buy, "90", "1"));
    EXPECT_EQ(refused(alice, limit(Side::buy, "90", "1")).message,
              "Filter failure: MAX_NUM_ORDERS");
    EXPECT_TRUE(exchange.place(bob, limit(Side::buy, "90", "1"), now_ms).ok());
    ASSERT_TRUE(exchange.cancel(alice, by_id(second.order_id), now_ms).ok());
    placed(alice, limit(Side::buy, "90", "1"));
}

TEST_F(ExchangeTest, a_test_order_changes_nothing) {
    EXPECT_TRUE(exchange.test(alice, limit(Side::buy, "102", "3"), now_ms).ok());
    EXPECT_EQ(balance(alice, "USDT").free, amount("1000"));
    EXPECT_TRUE(events.empty());
    EXPECT_TRUE(exchange.all_orders(alice, "BTCUSDT").empty());
}

TEST_F(ExchangeTest, a_test_order_is_not_held_to_what_the_matching_engine_says) {
    trade("100.5", "0.1", true);
    NewOrder stop = limit(Side::sell, "95", "1");
    stop.type = OrderType::stop_loss_limit;
    stop.stop_price = price("105");
    NewOrder iceberg = limit(Side::sell, "105", "1");
    iceberg.iceberg_qty = qty("1");
    NewOrder peg = limit(Side::buy, "0", "1");
    peg.peg.price = PegPrice::primary;
    peg.peg.offset = 9;
    for (const NewOrder& order : {maker(Side::buy, "101", "1"), stop, iceberg, peg}) {
        EXPECT_EQ(refused(alice, order).code, -2010);
        EXPECT_TRUE(exchange.test(alice, order, now_ms).ok());
    }
    Symbol shut = btcusdt();
    shut.spot_trading_allowed = false;
    exchange.replace_symbol(shut);
    EXPECT_EQ(refused(alice, limit(Side::buy, "90", "1")).code, -2010);
    EXPECT_TRUE(exchange.test(alice, limit(Side::buy, "90", "1"), now_ms).ok());
}

/// Bids of ETHUSDT may be as high as the average of one minute.
Symbol bounded_by_a_minute() {
    Symbol symbol = btcusdt();
    symbol.name = "ETHUSDT";
    symbol.base = "ETH";
    symbol.average_minutes.percent_price_by_side = 1;
    symbol.bid_multiplier_up_e4 = 10'000;
    return symbol;
}

TEST_F(ExchangeTest, a_symbol_keeps_the_averages_that_its_filters_measure_with) {
    exchange.add_symbol(bounded_by_a_minute());
    exchange.market_snapshot("ETHUSDT", {level("100", "1")}, {level("300", "1")}, 10);
    NewOrder order = limit(Side::buy, "200.01", "1");
    order.symbol = "ETHUSDT";
    EXPECT_TRUE(exchange.test(alice, order, now_ms).ok()) << "nothing has traded";
    exchange.market_trade("ETHUSDT", price("100"), qty("1"), true, now_ms);
    exchange.market_trade("ETHUSDT", price("200"), qty("1"), true, now_ms += 120'000);
    EXPECT_EQ(refused(alice, order).message, "Filter failure: PERCENT_PRICE_BY_SIDE");
    order.price = price("200");  // the five minutes' average is 150
    EXPECT_TRUE(exchange.test(alice, order, now_ms).ok());
}

// At twenty times the speed, six seconds of ours are two minutes of the market.
TEST_F(ExchangeTest, averages_are_of_the_minutes_of_whoever_traded) {
    exchange.add_symbol(bounded_by_a_minute());
    exchange.market_snapshot("ETHUSDT", {level("89", "1")}, {level("300", "1")}, 10);
    const auto traded = [this](const char* at, std::int64_t recorded_ms) {
        exchange.market_trade("ETHUSDT", price(at), qty("1"), true, ++now_ms, recorded_ms);
    };
    const auto taken = [this](const char* at) {
        NewOrder order = limit(Side::buy, at, "1");
        order.symbol = "ETHUSDT";
        return exchange.test(alice, order, now_ms).ok();
    };
    traded("100", 1'000'000'000'000);
    traded("90", 1'000'000'059'999);
    EXPECT_TRUE(taken("95"));
    EXPECT_FALSE(taken("95.01"));
    traded("90", 1'000'000'060'001);
    EXPECT_TRUE(taken("90"));
    EXPECT_FALSE(taken("90.01")) << "the first is older than a minute";
}

TEST_F(ExchangeTest, after_a_jump_nothing_has_traded) {
    Symbol symbol = btcusdt();
    symbol.bid_multiplier_up_e4 = 10'000;
    exchange.replace_symbol(symbol);
    trade("90", "1", true);
    NewOrder stop = limit(Side::sell, "0", "0.1");
    stop.type = OrderType::stop_loss;
    stop.stop_price = price("95");
    EXPECT_EQ(refused(alice, stop).code, -2010) << "it would trigger at once";
    EXPECT_EQ(refused(alice, limit(Side::buy, "90.01", "1")).code, -1013);
    exchange.market_jumped("BTCUSDT");
    exchange.market_snapshot("BTCUSDT", {level("120", "1")}, {level("121", "1")}, 5);
    EXPECT_EQ(placed(alice, limit(Side::buy, "90.01", "1")).status, Status::new_);
    const Order waits = placed(alice, stop);
    EXPECT_EQ(state(alice, waits.order_id).status, Status::new_);
    trade("95", "1", true);
    EXPECT_EQ(state(alice, waits.order_id).status, Status::filled);
}

// The newer of the two streams, whatever takers of ours took; a depth snapshot stays the older's.
TEST_F(ExchangeTest, the_top_is_what_the_ticker_says_while_it_is_newer) {
    exchange.market_ticker("BTCUSDT", level("100.5", "0.3"), level("100.9", "0.4"), 12, ++now_ms);
    const auto same = [](const Level& a, const Level& b) {
        return a.price == b.price && a.qty == b.qty;
    };
    auto top = exchange.top("BTCUSDT").value();
    EXPECT_TRUE(same(top.bids.at(0), level("100.5", "0.3")));
    EXPECT_TRUE(same(top.asks.at(0), level("100.9", "0.4")));
    EXPECT_TRUE(same(exchange.book("BTCUSDT", 1).value().bids.at(0), level("100", "1")));
    EXPECT_EQ(placed(alice, market(Side::sell, "0.3")).status, Status::filled);
    top = exchange.top("BTCUSDT").value();
    EXPECT_TRUE(same(top.bids.at(0), level("100.5", "0.3"))) << "as published";
    update_id = 19;
    depth({}, {});
    top = exchange.top("BTCUSDT").value();
    EXPECT_TRUE(same(top.bids.at(0), level("100", "1")));
    EXPECT_TRUE(same(top.asks.at(0), level("101", "1")));
    EXPECT_FALSE(exchange.top("NOSUCH").has_value());
}

TEST_F(ExchangeTest, cancels_name_their_order_and_may_be_restricted) {
    const Order order = placed(alice, limit(Side::buy, "100", "2", "a"));
    const auto error = [&](CancelOrder request, AccountId id) {
        return exchange.cancel(id, request, ++now_ms).error;
    };
    CancelOrder request = by_id(order.order_id);
    EXPECT_EQ(error(request, bob).message, "Unknown order sent.");
    EXPECT_EQ(error(by_id(999), alice).code, -2011);
    EXPECT_EQ(error(by_id(-1), alice).message,
              "Cancel order is invalid. Check origClOrdId and orderId.");
    request.orig_client_order_id = "b";
    EXPECT_EQ(error(request, alice).code, -2039);
    request.orig_client_order_id = "a";
    request.only_partially_filled = true;
    EXPECT_EQ(error(request, alice).message, "Order was not canceled due to cancel restrictions.");
    trade("100", "1.5", true);  // 1 ahead: filled by 0.5
    request.only_partially_filled = false;
    request.only_new = true;
    EXPECT_EQ(error(request, alice).code, -2011);
    request.only_new = false;
    request.order_id = -1;
    request.new_client_order_id = "gone";
    const auto done = exchange.cancel(alice, request, ++now_ms);
    ASSERT_TRUE(done.ok());
    EXPECT_EQ(done.value->client_order_id, "gone");
    EXPECT_EQ(done.value->executed_qty, qty("0.5"));
    EXPECT_EQ(balance(alice, "USDT").free, amount("950"));
    EXPECT_EQ(error(by_id(order.order_id), alice).message, "Unknown order sent.");
    EXPECT_EQ(exchange.query(alice, "BTCUSDT", 999, "").error.message, "Order does not exist.");
    EXPECT_EQ(exchange.query(bob, "BTCUSDT", -1, "gone").error.code, -2013);
}

TEST_F(ExchangeTest, cancel_all_ends_every_order_of_the_account_on_the_symbol) {
    EXPECT_EQ(exchange.cancel_all(alice, "BTCUSDT", now_ms).error.code, -2011);
    EXPECT_EQ(exchange.cancel_all(alice, "NONE", now_ms).error.code, -1121);
    placed(alice, limit(Side::buy, "99", "1", "a"));
    placed(alice, limit(Side::sell, "102", "1", "b"));
    placed(bob, limit(Side::sell, "102", "1"));
    events.clear();
    const auto all = exchange.cancel_all(alice, "BTCUSDT", now_ms);
    ASSERT_TRUE(all.ok());
    ASSERT_EQ(all.value->size(), 2U);
    EXPECT_EQ((*all.value)[1].orig_client_order_id, "b");
    EXPECT_EQ(told(alice), "CANCELED CANCELED = ");
    EXPECT_EQ(exchange.open_orders(bob, "BTCUSDT").size(), 1U);
}

TEST_F(ExchangeTest, cancel_replace_tells_each_leg_on_its_own) {
    const Order first = placed(alice, limit(Side::buy, "99", "1"));
    const auto both = exchange.cancel_replace(alice, by_id(first.order_id),
                                              maker(Side::buy, "98", "1"), true, ++now_ms);
    EXPECT_TRUE(both.canceled && both.placed && both.new_attempted);
    const std::int64_t second = both.placed->order_id;

    const auto taker =
        exchange.cancel_replace(alice, by_id(second), maker(Side::buy, "101", "1"), true, ++now_ms);
    EXPECT_TRUE(taker.canceled && taker.new_attempted && !taker.placed);
    EXPECT_EQ(taker.new_error.message, "Order would immediately match and take.");

    const auto stopped =
        exchange.cancel_replace(alice, by_id(second), maker(Side::buy, "98", "1"), true, ++now_ms);
    EXPECT_TRUE(!stopped.canceled && !stopped.new_attempted && !stopped.placed);
    EXPECT_EQ(stopped.cancel_error.message, "Unknown order sent.");
    EXPECT_FALSE(stopped.refused);

    const auto allowed =
        exchange.cancel_replace(alice, by_id(second), maker(Side::buy, "98", "1"), false, ++now_ms);
    EXPECT_TRUE(!allowed.canceled && allowed.new_attempted && allowed.placed);

    const auto neither = exchange.cancel_replace(alice, by_id(second), maker(Side::buy, "101", "1"),
                                                 false, ++now_ms);
    EXPECT_TRUE(!neither.canceled && neither.new_attempted && !neither.placed);

    const auto filtered = exchange.cancel_replace(alice, by_id(allowed.placed->order_id),
                                                  maker(Side::buy, "98.001", "1"), true, ++now_ms);
    ASSERT_TRUE(filtered.refused);
    EXPECT_EQ(filtered.refused->message, "Filter failure: PRICE_FILTER");
    EXPECT_TRUE(!filtered.canceled && !filtered.new_attempted);
    EXPECT_EQ(exchange.open_orders(alice, "BTCUSDT").size(), 1U);
    exchange.verify_books();
}

TEST_F(ExchangeTest, a_new_order_refused_after_its_cancel_is_told_as_rejected_with_its_reason) {
    trade("100.5", "0.1", true);
    NewOrder stop = limit(Side::sell, "95", "1", "new");
    stop.type = OrderType::stop_loss_limit;
    stop.stop_price = price("105");
    NewOrder iceberg = limit(Side::sell, "105", "1", "new");
    iceberg.iceberg_qty = qty("1");
    const std::pair<NewOrder, const char*> rows[] = {
        {limit(Side::buy, "99", "1000", "new"), "INSUFFICIENT_BALANCES"},
        {maker(Side::buy, "101", "1"), "WOULD_MATCH_IMMEDIATELY"},
        {stop, "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY"},
        {iceberg, "NONE"},
    };
    for (const auto& [order, reason] : rows) {
        for (const bool stop_on_failure : {true, false}) {
            const Order old = placed(alice, limit(Side::buy, "90", "1"));
            events.clear();
            const auto reply =
                exchange.cancel_replace(alice, by_id(old.order_id), order, stop_on_failure, now_ms);
            EXPECT_TRUE(reply.canceled && !reply.placed);
            ASSERT_EQ(events.size(), 3U) << reason;
            const AccountEvent& event = events.back().second;
            EXPECT_EQ(event.reject_reason, reason);
            EXPECT_EQ(event.client_id.empty(), false);
            EXPECT_EQ(event.client_id == "new", order.client_order_id == "new");
            EXPECT_EQ(event.order.status, Status::rejected);
            EXPECT_EQ(event.order.orig_qty, order.qty);
            EXPECT_EQ(told(alice), "CANCELED = REJECTED ");
        }
    }
    EXPECT_TRUE(exchange.open_orders(alice, "BTCUSDT").empty());
    (void)exchange.cancel_replace(alice, by_id(1), iceberg, false, now_ms);  // neither leg
    refused(alice, iceberg);
    EXPECT_EQ(told(alice), "") << "a plain refusal is an answer and no event";
}

TEST_F(ExchangeTest, an_amend_lowers_the_quantity_and_nothing_else) {
    const Order order = placed(alice, limit(Side::buy, "100", "4", "a"));
    trade("100", "1.5", true);  // filled by 0.5
    placed(alice, limit(Side::buy, "90", "1", "b"));
    const auto error = [&](std::string_view q, const std::string& id = "") {
        return exchange.amend(alice, "BTCUSDT", order.order_id, "", id, qty(q), ++now_ms).error;
    };
    EXPECT_EQ(error("4").message, "The requested action would change no state; rejecting");
    EXPECT_EQ(error("4.5").message, "Order amend (quantity increase) is not supported.");
    EXPECT_EQ(error("0.5").code, -2038);
    EXPECT_EQ(error("3.000001").message, "Filter failure: LOT_SIZE");
    EXPECT_EQ(error("3", "b").message, "Duplicate order sent.");
    EXPECT_EQ(exchange.amend(bob, "BTCUSDT", order.order_id, "", "", qty("1"), 1).error.code,
              -2038);
    events.clear();
    const auto kept = exchange.amend(alice, "BTCUSDT", -1, "a", "a", qty("3"), ++now_ms);
    ASSERT_TRUE(kept.ok());
    EXPECT_EQ(kept.value->client_order_id, "a");
    EXPECT_EQ(kept.value->status, Status::partially_filled);
    EXPECT_EQ(balance(alice, "USDT").locked, amount("340"));  // 2.5 x 100 + 90
    EXPECT_EQ(told(alice), "REPLACED = ");
    const auto renamed = exchange.amend(alice, "BTCUSDT", order.order_id, "a", "c", qty("2"), 1);
    ASSERT_TRUE(renamed.ok());
    EXPECT_EQ(renamed.value->orig_client_order_id, "a");
    EXPECT_EQ(renamed.value->client_order_id, "c");
    EXPECT_EQ(exchange.cancel(alice, by_id(order.order_id), 1).value->orig_client_order_id, "c");
}

TEST_F(ExchangeTest, amends_are_counted_and_may_be_forbidden) {
    Symbol rules = btcusdt();
    rules.amends_max = 1;
    exchange.replace_symbol(rules);
    const Order order = placed(alice, limit(Side::buy, "99", "4"));
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", order.order_id, "", "", qty("3"), 1).ok());
    EXPECT_EQ(exchange.amend(alice, "BTCUSDT", order.order_id, "", "", qty("2"), 1).error.message,
              "Filter failure: MAX_NUM_ORDER_AMENDS");
    rules.amend_allowed = false;
    exchange.replace_symbol(rules);
    EXPECT_EQ(exchange.amend(alice, "BTCUSDT", order.order_id, "", "", qty("2"), 1).error.message,
              "Order amend is not supported for this symbol.");
}

TEST_F(ExchangeTest, fees_are_taken_from_what_is_received_or_from_the_fee_asset_while_it_lasts) {
    AccountSetup payer = setup("payer");
    payer.maker_fee_e8 = 100'000;  // 0.1 %
    payer.taker_fee_e8 = 200'000;
    const AccountId plain = exchange.add_account(payer);
    const Order bought = placed(plain, limit(Side::buy, "101", "1"));
    EXPECT_EQ(bought.fills[0].commission, amount("0.002"));
    EXPECT_EQ(bought.fills[0].commission_asset, "BTC");
    EXPECT_EQ(balance(plain, "BTC").free, amount("10.998"));
    const Order sold = placed(plain, limit(Side::sell, "100", "1"));
    EXPECT_EQ(sold.fills[0].commission, amount("0.2"));
    EXPECT_EQ(sold.fills[0].commission_asset, "USDT");
    const Order resting = placed(plain, maker(Side::buy, "99.5", "1"));
    trade("99", "1", true);
    EXPECT_EQ(state(plain, resting.order_id).fills[0].commission, amount("0.001"));

    payer.fee_asset = "BNB";
    payer.fee_asset_prices["USDT"] = price("500");
    payer.balances["BNB"].free = amount("0.0005");
    const AccountId with_bnb = exchange.add_account(payer);
    const Order first = placed(with_bnb, limit(Side::buy, "102", "1"));
    EXPECT_EQ(first.fills[0].commission_asset, "BNB");  // 0.2 % of 102 USDT at 500
    EXPECT_EQ(first.fills[0].commission, amount("0.000408"));
    EXPECT_EQ(balance(with_bnb, "BTC").free, amount("11"));
    EXPECT_EQ(events.back().second.balances.count("BNB"), 1U);
    const Order second = placed(with_bnb, limit(Side::buy, "102", "1"));
    EXPECT_EQ(second.fills[0].commission_asset, "BTC");
    EXPECT_EQ(balance(with_bnb, "BNB").free, amount("0.000092"));
}

TEST_F(ExchangeTest, my_trades_are_rows_in_order_from_an_id_on) {
    placed(alice, limit(Side::buy, "103", "6"));
    placed(bob, market(Side::sell, "1"));
    const auto all = exchange.my_trades(alice, "BTCUSDT", -1, 500);
    ASSERT_EQ(all.size(), 3U);
    const std::int64_t second = all[1].fill.trade_id;
    EXPECT_EQ(exchange.my_trades(alice, "BTCUSDT", second, 500).size(), 2U);
    EXPECT_EQ(exchange.my_trades(alice, "BTCUSDT", second, 1)[0].fill.trade_id, second);
    EXPECT_EQ(exchange.my_trades(alice, "BTCUSDT", -1, 1)[0].fill.trade_id, all[2].fill.trade_id);
    EXPECT_EQ(exchange.my_trades(bob, "BTCUSDT", -1, 500).size(), 1U);
    EXPECT_EQ(all[0].side, Side::buy);
}

TEST_F(ExchangeTest, unfilled_orders_are_counted_and_a_first_fill_gives_its_count_back) {
    placed(alice, limit(Side::buy, "99", "1"));
    placed(alice, limit(Side::buy, "98", "1"));
    EXPECT_EQ(exchange.unfilled_order_count(alice), 2U);
    placed(alice, limit(Side::buy, "101", "1"));
    EXPECT_EQ(exchange.unfilled_order_count(alice), 2U);
    (void)exchange.cancel_all(alice, "BTCUSDT", now_ms);
    EXPECT_EQ(exchange.unfilled_order_count(alice), 2U);
    refused(alice, limit(Side::buy, "99.001", "1"));
    EXPECT_EQ(exchange.unfilled_order_count(alice), 2U);
    (void)exchange.cancel_replace(alice, by_id(1), limit(Side::buy, "98", "1"), true, now_ms);
    EXPECT_EQ(exchange.unfilled_order_count(alice), 3U);  // not attempted, counted
}

TEST_F(ExchangeTest, deposits_and_withdrawals_are_told_with_their_delta) {
    exchange.adjust_balance(alice, "ETH", amount("3"), now_ms);
    EXPECT_EQ(events[0].second.delta, amount("3"));
    EXPECT_EQ(told(alice), "update = ");
    exchange.adjust_balance(alice, "USDT", AmountAtoms{0} - amount("5000"), now_ms);
    EXPECT_EQ(balance(alice, "USDT").free, amount("0"));
    EXPECT_EQ(events[0].second.delta, AmountAtoms{0} - amount("1000"));
    exchange.verify_books();
}

TEST_F(ExchangeTest, execution_ids_rise_over_all_accounts) {
    placed(alice, limit(Side::buy, "101", "2"));
    placed(bob, limit(Side::sell, "101", "1"));
    std::int64_t last = 0;
    for (const auto& [id, event] : events) {
        if (event.kind == AccountEvent::Kind::execution) {
            EXPECT_EQ(event.execution_id, last + 1);
            last = event.execution_id;
        }
    }
    EXPECT_EQ(last, 5);  // new, trade; new, trade, trade
}

}  // namespace
}  // namespace portcullis::tools::venue
