// A venue with one symbol, two accounts and a small hand-written book, and shorthand to speak to
// it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/types/decimal.hpp"
#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

/// The recording that ships with the project.
inline const std::string shipped = std::string{PORTCULLIS_SOURCE_DIR} +
                                   "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";

inline std::int64_t atoms(std::string_view text) {
    const auto parsed = engine::parse_decimal(text);
    EXPECT_EQ(parsed.error, engine::DecimalError::none) << text;
    return parsed.atoms;
}
inline PriceAtoms price(std::string_view text) {
    return PriceAtoms{atoms(text)};
}
inline QtyAtoms qty(std::string_view text) {
    return QtyAtoms{atoms(text)};
}
inline AmountAtoms amount(std::string_view text) {
    return AmountAtoms{atoms(text)};
}
inline Level level(std::string_view p, std::string_view q) {
    return {price(p), qty(q)};
}

inline Symbol btcusdt() {
    Symbol symbol;
    symbol.name = "BTCUSDT";
    symbol.base = "BTC";
    symbol.quote = "USDT";
    symbol.tick = price("0.01");
    symbol.price_min = price("0.01");
    symbol.price_max = price("1000000");
    symbol.lot = qty("0.00001");
    symbol.qty_min = qty("0.00001");
    symbol.qty_max = qty("9000");
    symbol.notional_min = amount("5");
    symbol.notional_max = amount("9000000");
    symbol.bid_multiplier_up_e4 = symbol.ask_multiplier_up_e4 = 50'000;
    symbol.bid_multiplier_down_e4 = symbol.ask_multiplier_down_e4 = 2'000;
    return symbol;
}

class ExchangeTest : public testing::Test {
protected:
    ExchangeTest() {
        exchange.add_symbol(btcusdt());
        alice = exchange.add_account(setup("alice"));
        bob = exchange.add_account(setup("bob"));
        exchange.on_account_event(
            [this](AccountId id, const AccountEvent& event) { events.emplace_back(id, event); });
        // bids 100 x 1, 99 x 2, 98 x 3; asks 101 x 1, 102 x 2, 103 x 3
        exchange.market_snapshot("BTCUSDT", {level("100", "1"), level("99", "2"), level("98", "3")},
                                 {level("101", "1"), level("102", "2"), level("103", "3")}, 10);
    }
    ~ExchangeTest() override { exchange.verify_books(); }

    static AccountSetup setup(const std::string& name) {
        AccountSetup account;
        account.name = name;
        account.balances["BTC"].free = amount("10");
        account.balances["USDT"].free = amount("1000");
        return account;
    }
    static NewOrder limit(Side side, std::string_view p, std::string_view q,
                          const std::string& id = "") {
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.price = price(p);
        order.qty = qty(q);
        order.client_order_id = id;
        return order;
    }
    static NewOrder maker(Side side, std::string_view p, std::string_view q) {
        NewOrder order = limit(side, p, q);
        order.type = OrderType::limit_maker;
        return order;
    }
    static NewOrder with(NewOrder order, TimeInForce time_in_force) {
        order.time_in_force = time_in_force;
        return order;
    }
    static NewOrder with(NewOrder order, Stp stp) {
        order.stp = stp;
        return order;
    }
    static NewOrder market(Side side, std::string_view q) {
        NewOrder order = limit(side, "0", q);
        order.type = OrderType::market;
        return order;
    }
    static CancelOrder by_id(std::int64_t order_id) {
        CancelOrder request;
        request.symbol = "BTCUSDT";
        request.order_id = order_id;
        return request;
    }

    Order placed(AccountId id, const NewOrder& order) {
        const auto reply = exchange.place(id, order, ++now_ms);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        exchange.verify_books();
        return reply.value.value_or(Order{});
    }
    VenueError refused(AccountId id, const NewOrder& order) {
        const auto reply = exchange.place(id, order, ++now_ms);
        EXPECT_FALSE(reply.ok());
        exchange.verify_books();
        return reply.error;
    }
    Order state(AccountId id, std::int64_t order_id) {
        return exchange.query(id, "BTCUSDT", order_id, "").value.value_or(Order{});
    }
    void trade(std::string_view p, std::string_view q, bool buyer_is_maker) {
        exchange.market_trade("BTCUSDT", price(p), qty(q), buyer_is_maker, ++now_ms);
        exchange.verify_books();
    }
    void depth(const std::vector<Level>& bids, const std::vector<Level>& asks) {
        exchange.market_depth("BTCUSDT", bids, asks, ++update_id, ++now_ms);
        exchange.verify_books();
    }
    Balance balance(AccountId id, const std::string& asset) {
        const auto& all = exchange.balances(id);
        return all.count(asset) == 1 ? all.at(asset) : Balance{};
    }
    /// "NEW TRADE ..." of one account, and "=" for each balances event.
    std::string told(AccountId id) {
        std::string text;
        for (const auto& [to, event] : events) {
            if (to == id) {
                text += event.kind == AccountEvent::Kind::execution  ? event.exec_type + " "
                        : event.kind == AccountEvent::Kind::balances ? "= "
                                                                     : "update ";
            }
        }
        events.clear();
        return text;
    }

    Exchange exchange;
    AccountId alice{}, bob{};
    std::vector<std::pair<AccountId, AccountEvent>> events;
    std::int64_t now_ms{1'700'000'000'000};
    std::uint64_t update_id{10};
};

}  // namespace portcullis::tools::venue
