// Stop and take-profit orders, trailing ones too: when they wait, when a trade triggers them, what
// they then do, and each reason to refuse one. Trailing stops go through Binance's own scenarios.
#include <random>

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class ContingentOrders : public ExchangeTest {
protected:
    /// The book is 100 / 101; the last trade is at 100.50.
    ContingentOrders() { trade("100.50", "0.1", true); }

    static NewOrder stop(OrderType type, Side side, std::string_view at, std::string_view q = "1",
                         std::string_view p = "0") {
        NewOrder order = limit(side, p, q);
        order.type = type;
        order.stop_price = price(at);
        return order;
    }
    Order last_report(AccountId id) {
        for (auto at = events.rbegin(); at != events.rend(); ++at) {
            if (at->first == id && at->second.kind == AccountEvent::Kind::execution) {
                return at->second.order;
            }
        }
        return {};
    }
};

TEST_F(ContingentOrders, trigger_when_the_last_trade_reaches_the_stop_price_and_not_before) {
    struct Row {
        OrderType type;
        Side side;
        const char* stop;
        const char* near;  ///< does not trigger
        const char* at;    ///< triggers, as does anything beyond
    };
    const Row rows[] = {
        {OrderType::stop_loss_limit, Side::buy, "102", "101.99", "102"},
        {OrderType::stop_loss_limit, Side::buy, "102", "101.99", "110"},
        {OrderType::stop_loss_limit, Side::sell, "99", "99.01", "99"},
        {OrderType::stop_loss_limit, Side::sell, "99", "99.01", "90"},
        {OrderType::take_profit_limit, Side::buy, "99", "99.01", "99"},
        {OrderType::take_profit_limit, Side::sell, "102", "101.99", "102"},
    };
    for (const Row& row : rows) {
        const bool buy = row.side == Side::buy;
        const Order order =
            placed(alice, stop(row.type, row.side, row.stop, "1", buy ? "95" : "105"));
        trade(row.near, "0.01", true);
        EXPECT_EQ(state(alice, order.order_id).working_time_ms, 0) << row.near;
        trade(row.at, "0.01", false);
        EXPECT_EQ(state(alice, order.order_id).working_time_ms, now_ms) << row.at;
        EXPECT_TRUE(exchange.cancel(alice, by_id(order.order_id), ++now_ms).ok());
        trade("100.50", "0.01", true);
    }
}

TEST_F(ContingentOrders, that_would_trigger_at_once_are_refused) {
    const struct {
        OrderType type;
        Side side;
        const char* stop;
        bool refused;
    } rows[] = {
        {OrderType::stop_loss, Side::buy, "100.50", true},
        {OrderType::stop_loss, Side::buy, "100.51", false},
        {OrderType::stop_loss, Side::sell, "100.50", true},
        {OrderType::stop_loss, Side::sell, "100.49", false},
        {OrderType::take_profit, Side::buy, "100.50", true},
        {OrderType::take_profit, Side::buy, "100.49", false},
        {OrderType::take_profit, Side::sell, "100.50", true},
        {OrderType::take_profit, Side::sell, "100.51", false},
    };
    for (const auto& row : rows) {
        const auto reply = exchange.place(alice, stop(row.type, row.side, row.stop), ++now_ms);
        EXPECT_EQ(reply.ok(), !row.refused) << row.stop;
        if (row.refused) {
            EXPECT_EQ(reply.error.code, -2010);
            EXPECT_EQ(reply.error.message, "Order would trigger immediately.");
        }
    }
}

TEST_F(ContingentOrders, lock_while_they_wait_and_give_back_when_cancelled) {
    const Order bought =
        placed(alice, stop(OrderType::stop_loss_limit, Side::buy, "102", "2", "103"));
    EXPECT_EQ(balance(alice, "USDT").locked, amount("206"));
    const Order sold = placed(alice, stop(OrderType::stop_loss, Side::sell, "90", "3"));
    EXPECT_EQ(balance(alice, "BTC").locked, amount("3"));
    placed(alice, stop(OrderType::take_profit, Side::buy, "95", "1"));
    EXPECT_EQ(balance(alice, "USDT").locked, amount("301"));
    EXPECT_EQ(exchange.open_orders(alice, "BTCUSDT").size(), 3U);
    EXPECT_EQ(exchange.unfilled_order_count(alice), 3U);
    EXPECT_TRUE(exchange.cancel(alice, by_id(bought.order_id), ++now_ms).ok());
    EXPECT_TRUE(exchange.cancel(alice, by_id(sold.order_id), ++now_ms).ok());
    EXPECT_EQ(exchange.cancel_all(alice, "BTCUSDT", ++now_ms).value->size(), 1U);
    EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
    EXPECT_EQ(balance(alice, "BTC").locked, amount("0"));
    trade("80", "1", true);
    EXPECT_EQ(state(alice, sold.order_id).status, Status::canceled);
}

TEST_F(ContingentOrders, stand_in_no_book_while_they_wait) {
    placed(alice, stop(OrderType::stop_loss_limit, Side::sell, "90", "1", "100.20"));
    const Order taker = placed(bob, with(limit(Side::buy, "100.80", "1"), TimeInForce::ioc));
    EXPECT_EQ(taker.executed_qty, qty("0"));
}

TEST_F(ContingentOrders, at_market_take_what_the_book_shows_and_the_rest_expires) {
    const Order sell = placed(alice, stop(OrderType::stop_loss, Side::sell, "99.50", "7"));
    told(alice);
    trade("99.50", "0.01", true);
    const Order done = state(alice, sell.order_id);
    EXPECT_EQ(done.type, OrderType::stop_loss);
    EXPECT_EQ(done.executed_qty, qty("6"));
    EXPECT_EQ(done.status, Status::expired);
    EXPECT_EQ(done.expiry_reason, "INSUFFICIENT_LIQUIDITY");
    EXPECT_EQ(told(alice), "NEW TRADE TRADE TRADE EXPIRED = ");
    EXPECT_EQ(balance(alice, "BTC").free, amount("4"));
}

TEST_F(ContingentOrders, limited_ones_rest_at_their_price_or_obey_their_time_in_force) {
    const Order rests =
        placed(alice, stop(OrderType::stop_loss_limit, Side::buy, "101.50", "2", "101"));
    const Order ioc =
        placed(alice, with(stop(OrderType::stop_loss_limit, Side::buy, "101.50", "2", "101.20"),
                           TimeInForce::ioc));
    const Order fok =
        placed(alice, with(stop(OrderType::stop_loss_limit, Side::buy, "101.50", "2", "101.30"),
                           TimeInForce::fok));
    trade("101.50", "0.01", false);
    EXPECT_EQ(state(alice, rests.order_id).executed_qty, qty("1"));  // all that 101 shows
    EXPECT_EQ(state(alice, rests.order_id).status, Status::partially_filled);
    EXPECT_EQ(state(alice, ioc.order_id).expiry_reason, "UNFILLED_IOC_QUANTITY_EXPIRED");
    EXPECT_EQ(state(alice, fok.order_id).expiry_reason, "UNFILLED_FOK_ORDER_EXPIRED");
    trade("101", "9", true);
    EXPECT_EQ(state(alice, rests.order_id).status, Status::filled);
}

TEST_F(ContingentOrders, that_cannot_be_paid_when_triggered_expire_as_rejected) {
    // 102 x 2 is locked at the stop price; the book asks more by then, and the rest is spent.
    const Order buy = placed(alice, stop(OrderType::stop_loss, Side::buy, "102", "2"));
    placed(alice, limit(Side::buy, "50", "15.9"));  // 795 of the 796 that are free
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0"), level("104", "5")});
    told(alice);
    trade("104", "0.01", false);
    const Order done = state(alice, buy.order_id);
    EXPECT_EQ(done.status, Status::expired);
    EXPECT_EQ(done.expiry_reason, "REJECTED");
    EXPECT_EQ(done.working_time_ms, 0);
    EXPECT_EQ(told(alice), "EXPIRED = ");
    EXPECT_EQ(balance(alice, "USDT").locked, amount("795"));
}

TEST_F(ContingentOrders, that_fail_a_filter_when_triggered_expire_as_rejected) {
    const Order sell =
        placed(alice, stop(OrderType::stop_loss_limit, Side::sell, "99", "1", "98.01"));
    Symbol coarser = btcusdt();
    coarser.tick = price("1");
    exchange.replace_symbol(coarser);
    trade("99", "0.01", true);
    EXPECT_EQ(state(alice, sell.order_id).expiry_reason, "REJECTED");
}

TEST_F(ContingentOrders, amended_or_replaced_keep_waiting) {
    const Order sell = placed(alice, stop(OrderType::stop_loss_limit, Side::sell, "99", "3", "98"));
    ASSERT_TRUE(exchange.amend(alice, "BTCUSDT", sell.order_id, "", "", qty("1"), ++now_ms).ok());
    EXPECT_EQ(balance(alice, "BTC").locked, amount("1"));
    const auto replaced = exchange.cancel_replace(
        alice, by_id(sell.order_id),
        stop(OrderType::take_profit_limit, Side::sell, "103", "2", "103"), true, ++now_ms);
    ASSERT_TRUE(replaced.placed.has_value());
    EXPECT_EQ(balance(alice, "BTC").locked, amount("2"));
    trade("98", "0.01", true);
    EXPECT_EQ(state(alice, replaced.placed->order_id).working_time_ms, 0);
    trade("103", "0.01", true);
    EXPECT_GT(state(alice, replaced.placed->order_id).working_time_ms, 0);
}

TEST_F(ContingentOrders, at_market_are_amended_as_they_are_placed_by_the_average_price) {
    const Order sell = placed(alice, stop(OrderType::stop_loss, Side::sell, "50", "1"));
    const auto amend = [&](const char* q) {
        return exchange.amend(alice, "BTCUSDT", sell.order_id, "", "", qty(q), ++now_ms)
            .error.message;
    };
    EXPECT_EQ(amend("0.04976"), "");  // at 100.50, not at 50
    EXPECT_EQ(amend("0.04975"), "Filter failure: NOTIONAL");
    Symbol symbol = btcusdt();
    symbol.notional_min_to_market = false;
    symbol.market_lot = qty("0.0001");
    exchange.replace_symbol(symbol);
    EXPECT_EQ(amend("0.04975"), "Filter failure: MARKET_LOT_SIZE");
    EXPECT_EQ(amend("0.0497"), "");
    EXPECT_EQ(balance(alice, "BTC").locked, amount("0.0497"));
}

TEST_F(ContingentOrders, count_against_their_own_maximum_also_once_triggered) {
    for (int i = 0; i < 5; ++i) {
        placed(alice, stop(OrderType::take_profit_limit, Side::sell, "102", "0.1", "110"));
    }
    EXPECT_EQ(refused(alice, stop(OrderType::stop_loss, Side::sell, "90", "0.1")).message,
              "Filter failure: MAX_NUM_ALGO_ORDERS");
    trade("102", "0.01", false);
    EXPECT_EQ(refused(alice, stop(OrderType::stop_loss, Side::sell, "90", "0.1")).message,
              "Filter failure: MAX_NUM_ALGO_ORDERS");
    placed(alice, limit(Side::sell, "110", "0.1"));
    EXPECT_EQ(exchange.cancel_all(alice, "BTCUSDT", ++now_ms).value->size(), 6U);
    placed(alice, stop(OrderType::stop_loss, Side::sell, "90", "0.1"));
}

TEST_F(ContingentOrders, are_refused_where_the_symbol_does_not_have_them) {
    Symbol plain = btcusdt();
    plain.order_types.taken = {true, true, true, false, false, false, false};
    exchange.replace_symbol(plain);
    const struct {
        OrderType type;
        const char* text;
    } rows[] = {
        {OrderType::stop_loss, "Stop loss orders are not supported for this symbol."},
        {OrderType::stop_loss_limit, "Stop loss limit orders are not supported for this symbol."},
        {OrderType::take_profit, "Take profit orders are not supported for this symbol."},
        {OrderType::take_profit_limit,
         "Take profit limit orders are not supported for this symbol."},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(refused(alice, stop(row.type, Side::buy, "103", "1", "103")).message, row.text);
    }
    Symbol no_trailing = btcusdt();
    no_trailing.trailing_stop_allowed = false;
    exchange.replace_symbol(no_trailing);
    NewOrder trailing = stop(OrderType::stop_loss, Side::sell, "0");
    trailing.trailing_delta = 100;
    EXPECT_EQ(refused(alice, trailing).message,
              "Trailing stop orders are not supported for this symbol.");
}

TEST_F(ContingentOrders, meet_the_filters_with_stop_price_and_delta) {
    const struct {
        const char* stop;
        std::int64_t delta;
        const char* refused;
    } rows[] = {
        {"102.01", 0, ""},
        {"102.011", 0, "Filter failure: PRICE_FILTER"},
        {"1000000", 0, ""},
        {"1000000.01", 0, "Filter failure: PRICE_FILTER"},
        {"0", 0, "Invalid price."},
        {"0", 9, "Filter failure: TRAILING_DELTA"},
        {"0", 10, ""},
        {"102", 2000, ""},
        {"102", 2001, "Filter failure: TRAILING_DELTA"},
    };
    for (const auto& row : rows) {
        NewOrder order = stop(OrderType::take_profit, Side::sell, row.stop, "0.1");
        order.trailing_delta = row.delta;
        const auto reply = exchange.test(alice, order, ++now_ms);
        EXPECT_EQ(reply.ok() ? "" : reply.error.message, row.refused) << row.stop << row.delta;
    }
    Symbol symbol = btcusdt();
    symbol.trailing_below_min = 50;  // of a sell's stop loss; a take profit's is `above`
    exchange.replace_symbol(symbol);
    NewOrder loss = stop(OrderType::stop_loss, Side::sell, "0", "0.1");
    loss.trailing_delta = 49;
    EXPECT_EQ(refused(alice, loss).message, "Filter failure: TRAILING_DELTA");
    NewOrder profit = stop(OrderType::take_profit, Side::sell, "0", "0.1");
    profit.trailing_delta = 49;
    placed(alice, profit);
}

TEST_F(ContingentOrders, one_that_is_triggered_may_trigger_another_by_its_own_trade) {
    // In a matched market the trade of the first is a trade like any other.
    Symbol symbol = btcusdt();
    symbol.name = "MADEUSDT";
    exchange.add_matched_symbol(symbol);
    const auto order = [](Side side, OrderType type, std::string_view p, std::string_view at) {
        NewOrder made = limit(side, p, "1");
        made.symbol = "MADEUSDT";
        made.type = type;
        made.stop_price = price(at);
        return made;
    };
    const auto place = [&](AccountId id, const NewOrder& request) {
        const auto reply = exchange.place(id, request, ++now_ms);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        exchange.verify_books();
        return reply.value.value_or(Order{}).order_id;
    };
    const auto now = [&](AccountId id, std::int64_t order_id) {
        return *exchange.query(id, "MADEUSDT", order_id, "").value;
    };
    place(alice, order(Side::buy, OrderType::limit, "100", "0"));
    place(bob, order(Side::sell, OrderType::limit, "100", "0"));  // last trade: 100
    place(alice, order(Side::buy, OrderType::limit, "99", "0"));
    place(alice, order(Side::buy, OrderType::limit, "98", "0"));
    place(alice, order(Side::buy, OrderType::limit, "97", "0"));
    const auto second = place(bob, order(Side::sell, OrderType::stop_loss, "0", "98"));
    const auto first = place(bob, order(Side::sell, OrderType::stop_loss, "0", "99"));
    place(bob, order(Side::sell, OrderType::limit, "99", "0"));  // trades at 99
    EXPECT_EQ(now(bob, first).cumulative_quote, amount("98"));
    EXPECT_EQ(now(bob, second).cumulative_quote, amount("97"));
}

struct Scenario {
    const char* name;
    OrderType type;
    Side side;
    const char* stop;
    std::int64_t delta;
    const char* limit;
    std::vector<const char*> quiet;
    const char* trigger;
};

/// The turning points of Binance's trailing stop FAQ, scenarios A to E, and one tick short of each
/// trigger.
TEST_F(ContingentOrders, trailing_stops_follow_the_documented_scenarios) {
    using enum OrderType;
    const Scenario scenarios[] = {
        {"A",
         stop_loss_limit,
         Side::buy,
         "44000",
         500,
         "45000",
         {"37000", "44000", "45000", "46000", "42000", "44099.99"},
         "44100"},
        {"B",
         stop_loss_limit,
         Side::sell,
         "39000",
         1000,
         "38000",
         {"41500", "39000", "37000", "41000", "36900.01"},
         "36900"},
        {"C",
         take_profit_limit,
         Side::buy,
         "38000",
         850,
         "38500",
         {"42000", "38000", "37000", "39000", "38000", "40144.99"},
         "40145"},
        {"D",
         take_profit_limit,
         Side::sell,
         "42000",
         750,
         "41000",
         {"41500", "39000", "42000", "45000", "44000", "46500", "43012.51"},
         "43012.50"},
        {"E",
         stop_loss_limit,
         Side::sell,
         "0",
         700,
         "39000",
         {"42000", "39500", "45500", "42315.01"},
         "42315"},
    };
    Symbol wide = btcusdt();
    wide.bid_multiplier_down_e4 = wide.ask_multiplier_down_e4 = 0;
    wide.bid_multiplier_up_e4 = wide.ask_multiplier_up_e4 = 0;
    exchange.replace_symbol(wide);
    for (const Scenario& scenario : scenarios) {
        trade("40000", "0.001", true);
        NewOrder order = stop(scenario.type, scenario.side, scenario.stop, "0.001", scenario.limit);
        order.trailing_delta = scenario.delta;
        const Order waiting = placed(alice, order);
        const bool tracks = order.stop_price == PriceAtoms{0};
        EXPECT_EQ(waiting.trailing_time_ms, tracks ? waiting.time_ms : -1) << scenario.name;
        for (const char* quiet : scenario.quiet) {
            trade(quiet, "0.001", true);
            ASSERT_EQ(state(alice, waiting.order_id).working_time_ms, 0)
                << scenario.name << " at " << quiet;
        }
        trade(scenario.trigger, "0.001", true);
        EXPECT_GT(state(alice, waiting.order_id).working_time_ms, 0) << scenario.name;
        EXPECT_GT(state(alice, waiting.order_id).trailing_time_ms, 0) << scenario.name;
        (void)exchange.cancel(alice, by_id(waiting.order_id), ++now_ms);
    }
}

/// What one waiting order should do, from all trades since it was placed, in doubles and from the
/// beginning each time.
struct Twin {
    NewOrder order;
    std::int64_t id{};
    double placed_at{};
    std::vector<double> seen;

    [[nodiscard]] bool triggered() const {
        const bool up = triggers_above(order.type, order.side);
        const double stop = static_cast<double>(order.stop_price.value) / 1e8;
        std::vector<double> tracked;
        if (order.trailing_delta != 0 && order.stop_price == PriceAtoms{0}) {
            tracked.push_back(placed_at);
        }
        for (const double trade : seen) {
            const bool reached = up ? trade >= stop : trade <= stop;
            if (order.trailing_delta == 0) {
                if (reached) {
                    return true;
                }
                continue;
            }
            if (tracked.empty() && !reached) {
                continue;
            }
            tracked.push_back(trade);
            double extreme = tracked.front();
            for (const double each : tracked) {
                extreme =
                    order.side == Side::sell ? std::max(extreme, each) : std::min(extreme, each);
            }
            const double off = static_cast<double>(order.trailing_delta) / 10'000;
            if (order.side == Side::sell ? trade <= extreme * (1 - off) + 1e-9
                                         : trade >= extreme * (1 + off) - 1e-9) {
                return tracked.size() > 1;
            }
        }
        return false;
    }
};

TEST_F(ContingentOrders, and_a_naive_twin_agree_on_every_trigger) {
    std::mt19937 random{20261126};
    const auto pick = [&random](std::uint32_t below) {
        return static_cast<std::int64_t>(random() % below);
    };
    std::vector<Twin> twins;
    exchange.adjust_balance(alice, "USDT", amount("100000"), now_ms);
    exchange.adjust_balance(alice, "BTC", amount("1000"), now_ms);
    std::int64_t last = 10'000;  // cents
    trade("100", "0.01", true);
    int triggers = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (pick(4) == 0 && twins.size() < 5) {
            Twin twin;
            const auto type = static_cast<OrderType>(3 + pick(4));
            twin.order = stop(type, pick(2) == 0 ? Side::buy : Side::sell, "0", "0.1", "100");
            twin.order.trailing_delta = pick(2) == 0 ? 10 + pick(300) : 0;
            if (twin.order.trailing_delta == 0 || pick(2) == 0) {
                const bool up = triggers_above(type, twin.order.side);
                twin.order.stop_price =
                    PriceAtoms{(last + (up ? 1 : -1) * (1 + pick(200))) * 1'000'000};
            }
            twin.placed_at = static_cast<double>(last) / 100;
            const auto reply = exchange.place(alice, twin.order, ++now_ms);
            if (reply.ok()) {
                twin.id = reply.value->order_id;
                twins.push_back(twin);
            }
        }
        last = std::clamp<std::int64_t>(last + pick(101) - 50, 8'000, 12'000);
        exchange.market_trade("BTCUSDT", PriceAtoms{last * 1'000'000}, qty("0.00001"), true,
                              ++now_ms);
        for (std::size_t i = 0; i < twins.size();) {
            twins[i].seen.push_back(static_cast<double>(last) / 100);
            const Order order = state(alice, twins[i].id);
            const bool triggered = order.working_time_ms > 0 || order.status != Status::new_;
            ASSERT_EQ(triggered, twins[i].triggered()) << "step " << step;
            if (triggered) {
                ++triggers;
                (void)exchange.cancel(alice, by_id(twins[i].id), ++now_ms);
                twins.erase(twins.begin() + static_cast<std::ptrdiff_t>(i));
            } else {
                ++i;
            }
        }
    }
    EXPECT_GT(triggers, 200);
}

}  // namespace
}  // namespace portcullis::tools::venue
