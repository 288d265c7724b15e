// Clients' orders in a matched market: they stand in line with the flow's, by price and time, and
// their accounts are right after whatever it did.
#include <random>

#include "tests/tools/venue/exchange_fixture.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"

namespace portcullis::tools::venue {
namespace {

class MatchedExchange : public testing::Test {
protected:
    MatchedExchange() : engine(exchange.add_matched_symbol(btcusdt())) {
        for (const char* name : {"alice", "bob"}) {
            AccountSetup setup;
            setup.name = name;
            setup.balances["BTC"].free = amount("10");
            setup.balances["USDT"].free = amount("10000");
            accounts.push_back(exchange.add_account(setup));
        }
        exchange.on_account_event([this](AccountId, const AccountEvent& event) {
            if (event.kind == AccountEvent::Kind::execution) {
                told.push_back(event.exec_type);
                triggered += event.exec_type == "NEW" && is_contingent(event.order.type) &&
                                     event.order.working_time_ms > 0
                                 ? 1
                                 : 0;
            }
        });
        exchange.on_matched_change("BTCUSDT", [this](std::int64_t) {
            const auto changes = engine.take_changes();
            trades.insert(trades.end(), changes.trades.begin(), changes.trades.end());
        });
    }
    ~MatchedExchange() override { exchange.verify_books(); }

    void flow(Side side, std::string_view p, std::string_view q, TimeInForce force = {}) {
        Incoming order;
        order.id = -++flow_ids;
        order.taker.account = flow_account;
        order.taker.side = side;
        order.taker.limit = price(p);
        order.taker.qty = qty(q);
        order.time_in_force = force;
        exchange.flow_submit("BTCUSDT", order, 1);
    }
    NewOrder limit(Side side, std::string_view p, std::string_view q) {
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.price = price(p);
        order.qty = qty(q);
        return order;
    }
    Order place(std::size_t account, const NewOrder& order) {
        auto reply = exchange.place(accounts[account], order, 1);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        return *reply.value;
    }
    Order now(const Order& order, std::size_t account = 0) {
        return *exchange.query(accounts[account], "BTCUSDT", order.order_id, "").value;
    }

    Exchange exchange;
    MatchingEngine& engine;
    std::vector<AccountId> accounts;
    std::vector<std::string> told;
    std::vector<MatchingEngine::Trade> trades;
    std::int64_t flow_ids{};
    int triggered{};
};

TEST_F(MatchedExchange,
       a_clients_order_waits_behind_the_flow_that_came_first_and_before_the_later) {
    flow(Side::buy, "100", "1");
    const Order ours = place(0, limit(Side::buy, "100", "1"));
    flow(Side::buy, "100", "1");
    flow(Side::sell, "100", "1.25", TimeInForce::ioc);
    EXPECT_EQ(now(ours).executed_qty, qty("0.25"));
    flow(Side::sell, "99", "1", TimeInForce::ioc);
    EXPECT_EQ(now(ours).status, Status::filled);
    EXPECT_EQ(engine.visible(Side::buy, price("100")), qty("0.75"));
    ASSERT_EQ(trades.size(), 4U);
    EXPECT_EQ(now(ours).fills[0].trade_id, trades[1].id);
    EXPECT_EQ(now(ours).fills[1].trade_id, trades[2].id);
    EXPECT_TRUE(trades[1].buyer_is_maker);
}

TEST_F(MatchedExchange, a_better_price_goes_first_and_a_taker_gets_the_makers_prices) {
    flow(Side::sell, "101", "1");
    place(1, limit(Side::sell, "100.50", "1"));
    const Order ours = place(0, limit(Side::buy, "102", "1.5"));
    EXPECT_EQ(ours.status, Status::filled);
    EXPECT_EQ(ours.cumulative_quote, amount("151"));
    EXPECT_EQ(exchange.balances(accounts[1]).at("USDT").free, amount("10100.5"));
}

TEST_F(MatchedExchange, an_amend_keeps_the_place_and_a_cancel_gives_it_up) {
    const Order first = place(0, limit(Side::sell, "101", "2"));
    const Order second = place(1, limit(Side::sell, "101", "1"));
    ASSERT_TRUE(exchange.amend(accounts[0], "BTCUSDT", first.order_id, "", "", qty("0.5"), 2).ok());
    EXPECT_EQ(engine.visible(Side::sell, price("101")), qty("1.5"));
    flow(Side::buy, "101", "0.6", TimeInForce::ioc);
    EXPECT_EQ(now(first).status, Status::filled);
    EXPECT_EQ(now(second, 1).executed_qty, qty("0.1"));
    CancelOrder cancel;
    cancel.symbol = "BTCUSDT";
    cancel.order_id = second.order_id;
    ASSERT_TRUE(exchange.cancel(accounts[1], cancel, 3).ok());
    EXPECT_EQ(engine.order_count(), 0U);
}

TEST_F(MatchedExchange, post_only_ioc_and_fok_do_as_their_names_say) {
    flow(Side::sell, "101", "1");
    NewOrder maker = limit(Side::buy, "101", "1");
    maker.type = OrderType::limit_maker;
    EXPECT_EQ(exchange.place(accounts[0], maker, 1).error.message,
              "Order would immediately match and take.");
    NewOrder fok = limit(Side::buy, "101", "1.5");
    fok.time_in_force = TimeInForce::fok;
    EXPECT_EQ(place(0, fok).status, Status::expired);
    EXPECT_EQ(engine.visible(Side::sell, price("101")), qty("1"));
    NewOrder ioc = fok;
    ioc.time_in_force = TimeInForce::ioc;
    EXPECT_EQ(place(0, ioc).executed_qty, qty("1"));
    EXPECT_EQ(engine.order_count(), 0U);
}

TEST_F(MatchedExchange, self_trade_prevention_is_by_account_and_leaves_the_others_order) {
    place(0, limit(Side::sell, "101", "1"));
    const Order theirs = place(1, limit(Side::sell, "101", "1"));
    NewOrder taker = limit(Side::buy, "101", "1.5");
    taker.stp = Stp::expire_maker;
    const Order ours = place(0, taker);
    EXPECT_EQ(ours.executed_qty, qty("1"));
    EXPECT_EQ(now(theirs, 1).status, Status::filled);
    EXPECT_EQ(engine.visible(Side::buy, price("101")), qty("0.5"));
    EXPECT_EQ(engine.best(Side::sell), std::nullopt);
}

TEST_F(MatchedExchange, an_iceberg_shows_a_slice_and_its_next_one_stands_last) {
    NewOrder iceberg = limit(Side::sell, "101", "3");
    iceberg.iceberg_qty = qty("1");
    const Order ours = place(0, iceberg);
    flow(Side::sell, "101", "1");
    EXPECT_EQ(engine.visible(Side::sell, price("101")), qty("2"));
    flow(Side::buy, "101", "1.5", TimeInForce::ioc);
    EXPECT_EQ(now(ours).executed_qty, qty("1"));
    flow(Side::buy, "101", "1", TimeInForce::ioc);
    EXPECT_EQ(now(ours).executed_qty, qty("1.5"));
    EXPECT_EQ(engine.visible(Side::sell, price("101")), qty("0.5"));
    ASSERT_TRUE(exchange.amend(accounts[0], "BTCUSDT", ours.order_id, "", "", qty("1.8"), 2).ok());
    EXPECT_EQ(engine.visible(Side::sell, price("101")), qty("0.3"));
}

TEST_F(MatchedExchange, a_stop_waits_outside_the_book_until_the_flow_trades_at_its_price) {
    flow(Side::buy, "100", "1");
    flow(Side::sell, "100", "0.1", TimeInForce::ioc);
    NewOrder stop = limit(Side::sell, "98.50", "0.5");
    stop.type = OrderType::stop_loss_limit;
    stop.stop_price = price("99");
    const Order ours = place(0, stop);
    EXPECT_EQ(engine.best(Side::sell), std::nullopt);
    flow(Side::sell, "100", "0.9", TimeInForce::ioc);
    flow(Side::buy, "99", "1");
    EXPECT_EQ(now(ours).working_time_ms, 0);
    flow(Side::sell, "99", "0.1", TimeInForce::ioc);
    EXPECT_EQ(now(ours).status, Status::filled);
    EXPECT_EQ(now(ours).cumulative_quote, amount("49.5"));
    EXPECT_EQ(engine.visible(Side::buy, price("99")), qty("0.4"));
}

TEST_F(MatchedExchange, a_market_order_by_budget_locks_what_it_pays) {
    flow(Side::sell, "100", "0.5");
    flow(Side::sell, "200", "5");
    NewOrder market;
    market.symbol = "BTCUSDT";
    market.type = OrderType::market;
    market.quote_order_qty = amount("150");
    const Order ours = place(0, market);
    EXPECT_EQ(ours.executed_qty, qty("1"));
    EXPECT_EQ(exchange.balances(accounts[0]).at("USDT").free, amount("9850"));
}

/// Every command, in any order, from clients and flow: books and engine agree after each.
TEST_F(MatchedExchange, a_storm_of_clients_and_flow_keeps_every_promise) {
    std::mt19937 random{20261125};
    const auto pick = [&](std::uint32_t below) {
        return static_cast<std::uint32_t>(random()) % below;
    };
    const auto some_price = [&] {
        return PriceAtoms{price("99.90").value + 1'000'000LL * pick(20)};
    };
    int placed = 0;
    for (int i = 1; i <= 6'000; ++i) {
        const std::size_t who = pick(2);
        const std::uint32_t what = pick(10);
        NewOrder order = limit(pick(2) == 0 ? Side::buy : Side::sell, "100", "0.1");
        order.price = some_price();
        order.qty = QtyAtoms{qty("0.1").value * (1 + pick(5))};
        order.type = static_cast<OrderType>(pick(8) == 0   ? 2
                                            : pick(4) == 0 ? 3 + pick(4)
                                                           : pick(2));
        order.time_in_force = static_cast<TimeInForce>(pick(5) == 0 ? 1 + pick(2) : 0);
        if (is_contingent(order.type)) {
            order.stop_price = pick(4) == 0 ? PriceAtoms{0} : some_price();
            order.trailing_delta = pick(3) == 0 ? 10 + pick(20) : 0;
        }
        if (!is_at_market(order.type) && order.time_in_force == TimeInForce::gtc && pick(3) == 0) {
            order.iceberg_qty = qty(pick(2) == 0 ? "0.07" : "0.1");
        }
        order.stp = static_cast<Stp>(pick(6));
        const auto open = exchange.open_orders(accounts[who], "BTCUSDT");
        CancelOrder cancel;
        cancel.symbol = "BTCUSDT";
        cancel.order_id =
            open.empty() ? 1 : open[pick(static_cast<std::uint32_t>(open.size()))].order_id;
        if (what < 4) {
            Incoming theirs;
            theirs.id = -++flow_ids;
            theirs.taker.account = flow_account;
            theirs.taker.side = order.side;
            theirs.taker.limit = order.price;
            theirs.taker.qty = order.qty;
            theirs.time_in_force = order.time_in_force;
            exchange.flow_submit("BTCUSDT", theirs, i);
        } else if (what < 5) {
            exchange.flow_cancel(
                "BTCUSDT",
                -1 - static_cast<std::int64_t>(pick(static_cast<std::uint32_t>(flow_ids + 1))), i);
        } else if (what < 8) {
            placed += exchange.place(accounts[who], order, i).ok() ? 1 : 0;
        } else if (what < 9) {
            (void)exchange.cancel_replace(accounts[who], cancel, order, pick(2) == 0, i);
        } else {
            (void)exchange.amend(accounts[who], "BTCUSDT", cancel.order_id, "", "",
                                 QtyAtoms{qty("0.1").value * (1 + pick(3))}, i);
        }
        if (i % 16 == 0) {
            exchange.verify_books();
        }
    }
    EXPECT_GT(placed, 500);
    EXPECT_GT(trades.size(), 1'000U);
    EXPECT_GT(triggered, 50);
}

}  // namespace
}  // namespace portcullis::tools::venue
