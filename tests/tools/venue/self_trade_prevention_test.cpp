// Self-trade prevention: which modes a symbol allows, what each does to the two orders, and what it
// leaves of a budget. Binance's own words and scenarios: faqs/stp_faq.md.
#include <initializer_list>

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class SelfTradePrevention : public ExchangeTest {
protected:
    void allow(std::initializer_list<Stp> modes, Stp by_default) {
        Symbol symbol = btcusdt();
        symbol.stp_modes.allowed.fill(false);
        for (const Stp mode : modes) {
            symbol.stp_modes.allowed[static_cast<std::size_t>(mode)] = true;
        }
        symbol.stp_modes.by_default = by_default;
        exchange.replace_symbol(symbol);
    }
};

TEST_F(SelfTradePrevention, follows_the_takers_mode) {
    const struct {
        Stp mode;
        Status taker, maker;
        const char* taker_prevented;
        const char* maker_prevented;
        const char* executed;
    } rows[] = {
        // maker: sell 2 at 100.5 inside the spread; taker: buy 3 at 101, where 1 is recorded
        {Stp::none, Status::filled, Status::filled, "0", "0", "3"},
        {Stp::expire_taker, Status::expired_in_match, Status::new_, "3", "0", "0"},
        {Stp::expire_maker, Status::partially_filled, Status::expired_in_match, "0", "2", "1"},
        {Stp::expire_both, Status::expired_in_match, Status::expired_in_match, "3", "2", "0"},
        {Stp::decrement, Status::filled, Status::expired_in_match, "2", "2", "1"},
        {Stp::transfer, Status::filled, Status::expired_in_match, "2", "2", "1"},
    };
    for (const auto& row : rows) {
        const Order ask = placed(alice, limit(Side::sell, "100.5", "2"));
        const Order bid = placed(alice, with(limit(Side::buy, "101", "3"), row.mode));
        EXPECT_EQ(bid.status, row.taker);
        EXPECT_EQ(bid.prevented_qty, qty(row.taker_prevented));
        EXPECT_EQ(bid.executed_qty, qty(row.executed));
        EXPECT_EQ(state(alice, ask.order_id).status, row.maker);
        EXPECT_EQ(state(alice, ask.order_id).prevented_qty, qty(row.maker_prevented));
        (void)exchange.cancel_all(alice, "BTCUSDT", now_ms);
        depth({}, {level("101", "0")});
        depth({}, {level("101", "1")});
    }
    EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
}

TEST_F(SelfTradePrevention, by_decrement_takes_the_smaller_out_of_the_larger) {
    const Order ask = placed(alice, limit(Side::sell, "100.5", "5"));
    events.clear();
    const Order bid = placed(alice, with(limit(Side::buy, "100.5", "2"), Stp::decrement));
    EXPECT_EQ(bid.status, Status::expired_in_match);
    const Order rest = state(alice, ask.order_id);
    EXPECT_EQ(rest.status, Status::new_);
    EXPECT_EQ(rest.prevented_qty, qty("2"));
    EXPECT_EQ(rest.prevented_match_id, bid.prevented_match_id);
    EXPECT_EQ(balance(alice, "BTC").locked, amount("3"));
    ASSERT_TRUE(events[1].second.prevention.has_value());
    EXPECT_EQ(events[1].second.prevention->counter_order_id, ask.order_id);
    EXPECT_EQ(told(alice), "NEW TRADE_PREVENTION TRADE_PREVENTION = ");
    // other accounts are no self
    EXPECT_EQ(placed(bob, with(limit(Side::buy, "100.5", "3"), Stp::expire_both)).status,
              Status::filled);
}

TEST_F(SelfTradePrevention, knows_only_the_modes_that_the_symbol_allows) {
    allow({Stp::none, Stp::expire_taker, Stp::expire_both}, Stp::none);  // the FAQ's example
    const std::string text = "This symbol does not allow the specified self-trade prevention mode.";
    const struct {
        Stp mode;
        const char* refused;
    } rows[] = {
        {Stp::none, ""},        {Stp::expire_taker, ""},        {Stp::expire_maker, text.c_str()},
        {Stp::expire_both, ""}, {Stp::decrement, text.c_str()}, {Stp::transfer, text.c_str()},
    };
    for (const auto& row : rows) {
        const NewOrder order = with(limit(Side::buy, "99", "1"), row.mode);
        const auto reply = exchange.place(alice, order, ++now_ms);
        EXPECT_EQ(reply.error.message, row.refused)
            << stp_names[static_cast<std::size_t>(row.mode)];
        EXPECT_EQ(reply.error.code, reply.ok() ? 0 : -1013);
        EXPECT_EQ(exchange.test(alice, order, now_ms).error.message, row.refused);
        NewOrderList list;
        list.pending = {with(maker(Side::sell, "110", "1"), row.mode),
                        with(limit(Side::sell, "0", "1"), row.mode)};
        list.pending[1].type = OrderType::stop_loss;
        list.pending[1].stop_price = price("90");
        EXPECT_EQ(exchange.place_list(alice, list, ++now_ms).error.message, row.refused);
        (void)exchange.cancel_all(alice, "BTCUSDT", now_ms);
    }
}

TEST_F(SelfTradePrevention, of_an_order_that_names_no_mode_is_the_symbols_default) {
    allow({Stp::expire_taker, Stp::expire_maker}, Stp::expire_maker);
    const Order ask = placed(alice, limit(Side::sell, "100.5", "2"));
    EXPECT_EQ(ask.stp, Stp::expire_maker);
    const Order bid = placed(alice, limit(Side::buy, "100.5", "1"));
    EXPECT_EQ(bid.stp, Stp::expire_maker);
    EXPECT_EQ(bid.status, Status::new_);
    EXPECT_EQ(state(alice, ask.order_id).status, Status::expired_in_match);
    EXPECT_EQ(refused(alice, with(limit(Side::sell, "105", "1"), Stp::none)).code, -1013);
}

TEST_F(SelfTradePrevention, of_a_working_order_stands_when_the_symbol_allows_its_mode_no_more) {
    const Order ask = placed(alice, with(limit(Side::sell, "100.5", "2"), Stp::none));
    allow({Stp::expire_both}, Stp::expire_both);
    EXPECT_EQ(placed(alice, limit(Side::buy, "100.5", "1")).status, Status::expired_in_match);
    EXPECT_EQ(state(alice, ask.order_id).stp, Stp::none);
}

TEST_F(SelfTradePrevention, that_decrements_takes_from_the_budget_of_an_order_by_quote) {
    // own ask: 2 at 100.5 (201 USDT); recorded behind it: 1 at 101, 2 at 102
    const struct {
        Stp mode;
        const char* budget;
        Status taker;
        const char* executed;
        const char* prevented;
        const char* maker_left;
    } rows[] = {
        {Stp::decrement, "302", Status::filled, "1", "2", "0"},
        {Stp::decrement, "353", Status::filled, "1.5", "2", "0"},
        {Stp::decrement, "201", Status::expired_in_match, "0", "2", "0"},
        {Stp::decrement, "201.00100999", Status::expired_in_match, "0", "2", "0"},  // no lot at 101
        {Stp::decrement, "201.00101", Status::filled, "0.00001", "2", "0"},
        {Stp::decrement, "100.5", Status::expired_in_match, "0", "1", "1"},
        {Stp::transfer, "302", Status::filled, "1", "2", "0"},
        {Stp::expire_maker, "302", Status::filled, "2.97058", "0", "0"},
        {Stp::expire_taker, "302", Status::expired_in_match, "0", "2", "2"},
        {Stp::expire_both, "302", Status::expired_in_match, "0", "2", "0"},
    };
    for (const auto& row : rows) {
        const Order ask = placed(alice, limit(Side::sell, "100.5", "2"));
        NewOrder order = with(market(Side::buy, "0"), row.mode);
        order.quote_order_qty = amount(row.budget);
        const Order bid = placed(alice, order);
        const std::string what =
            stp_names[static_cast<std::size_t>(row.mode)] + std::string(" ") + row.budget;
        EXPECT_EQ(bid.status, row.taker) << what;
        EXPECT_EQ(bid.executed_qty, qty(row.executed)) << what;
        EXPECT_EQ(bid.prevented_qty, qty(row.prevented)) << what;
        EXPECT_EQ(bid.orig_qty, bid.executed_qty + bid.prevented_qty) << what;
        const Order rest = state(alice, ask.order_id);
        const bool open = rest.status == Status::new_;
        EXPECT_EQ(open ? rest.orig_qty - rest.prevented_qty : QtyAtoms{0}, qty(row.maker_left))
            << what;
        (void)exchange.cancel_all(alice, "BTCUSDT", now_ms);
        depth({}, {level("101", "0"), level("102", "0")});
        depth({}, {level("101", "1"), level("102", "2")});
        EXPECT_EQ(balance(alice, "USDT").locked, amount("0"));
    }
}

TEST_F(SelfTradePrevention, leaves_of_a_budget_what_no_recorded_quantity_serves_to_expire) {
    const Order ask = placed(alice, limit(Side::sell, "100.5", "2"));
    depth({}, {level("101", "0"), level("102", "0"), level("103", "0")});
    NewOrder order = with(market(Side::buy, "0"), Stp::decrement);
    order.quote_order_qty = amount("500");
    const Order bid = placed(alice, order);
    EXPECT_EQ(bid.status, Status::expired);
    EXPECT_EQ(bid.prevented_qty, qty("2"));
    EXPECT_EQ(state(alice, ask.order_id).status, Status::expired_in_match);
}

}  // namespace
}  // namespace portcullis::tools::venue
