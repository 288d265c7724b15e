// Fees by tier, to the edge of volume and time; the fee asset's discount; sub-accounts.
#include "tests/tools/venue/exchange_fixture.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {
namespace {

TEST(FeeTiers, begin_at_their_volume_to_the_atom) {
    const std::vector<FeeTier> tiers = {{amount("1000"), 90'000, 100'000},
                                        {amount("50000"), 0, 70'000}};
    const FeeRates base{100'000, 150'000};
    const struct {
        const char* volume;
        std::int64_t maker_e8, taker_e8;
    } rows[] = {
        {"0", 100'000, 150'000},
        {"999.99999999", 100'000, 150'000},
        {"1000", 90'000, 100'000},
        {"1000.00000001", 90'000, 100'000},
        {"49999.99999999", 90'000, 100'000},
        {"50000", 0, 70'000},
        {"90000000000", 0, 70'000},
    };
    for (const auto& row : rows) {
        const FeeRates rates = fee_rates_at(tiers, base, amount(row.volume));
        EXPECT_EQ(rates.maker_e8, row.maker_e8) << row.volume;
        EXPECT_EQ(rates.taker_e8, row.taker_e8) << row.volume;
    }
    EXPECT_EQ(fee_rates_at({}, base, amount("90000000000")).taker_e8, 150'000);
}

TEST(FeeDiscount, is_off_the_rate_and_rounded_down) {
    EXPECT_EQ(discounted_e8(100'000, 0), 100'000);
    EXPECT_EQ(discounted_e8(100'000, 25'000'000), 75'000);
    EXPECT_EQ(discounted_e8(100'001, 25'000'000), 75'000);
    EXPECT_EQ(discounted_e8(100'000, 100'000'000), 0);
}

TEST(TrailingVolume, forgets_what_is_thirty_days_old_to_the_millisecond) {
    TrailingVolume volume;
    EXPECT_EQ(volume.at(0), amount("0"));
    volume.add(amount("10"), 1000);
    volume.add(amount("5"), 1000);
    volume.add(amount("1"), 2000);
    const std::int64_t window = 30 * day_ms;
    EXPECT_EQ(volume.at(2000), amount("16"));
    EXPECT_EQ(volume.at(1000 + window - 1), amount("16"));
    EXPECT_EQ(volume.at(1000 + window), amount("1"));
    EXPECT_EQ(volume.at(2000 + window - 1), amount("1"));
    EXPECT_EQ(volume.at(2000 + window), amount("0"));
    volume.add(amount("3"), 1000 + window);
    EXPECT_EQ(volume.at(1000 + window), amount("4"));
    volume.add(amount("2"), 500);
    EXPECT_EQ(volume.at(1000 + window), amount("6")) << "a clock that was set back";
}

class TieredFees : public ExchangeTest {
protected:
    TieredFees() {
        AccountSetup master = tiered("master");
        master.fee_tiers = {{amount("202"), 0, 50'000}};
        rich = exchange.add_account(master);
        AccountSetup below = tiered("sub");
        below.master = "master";
        sub = exchange.add_account(below);
    }
    static AccountSetup tiered(const std::string& name) {
        AccountSetup account = setup(name);
        account.maker_fee_e8 = 100'000;
        account.taker_fee_e8 = 200'000;
        return account;
    }
    /// Pays 0.15 % of what it takes in BNB, at 500 USDT, as long as it has some.
    AccountId with_fees_in_bnb(const char* free) {
        AccountSetup account = tiered("bnb");
        account.fee_asset = "BNB";
        account.fee_asset_prices = {{"USDT", price("500")}, {"BTC", price("0.005")}};
        account.fee_discount_e8 = 25'000'000;
        account.balances["BNB"].free = amount(free);
        return exchange.add_account(account);
    }
    AmountAtoms fee_of_sale(AccountId id, const char* q) {
        const Order order = placed(id, market(Side::sell, q));
        EXPECT_EQ(order.fills.size(), 1U);
        return order.fills.empty() ? AmountAtoms{} : order.fills.front().commission;
    }
    void deep_book() {
        exchange.market_snapshot("BTCUSDT", {level("100", "1000")}, {level("101", "1000")}, 20);
    }
    AccountId rich{}, sub{};
};

TEST_F(TieredFees, are_those_of_the_volume_before_the_fill) {
    deep_book();
    EXPECT_EQ(fee_of_sale(rich, "2.01999"), amount("0.403998")) << "0.2 % of 201.999";
    EXPECT_EQ(exchange.trailing_volume(rich, now_ms), amount("201.999"));
    EXPECT_EQ(exchange.fee_rates(rich, now_ms).taker_e8, 200'000);
    EXPECT_EQ(fee_of_sale(rich, "0.1"), amount("0.02")) << "the fill that reaches the tier";
    EXPECT_EQ(exchange.fee_rates(rich, now_ms).taker_e8, 50'000);
    EXPECT_EQ(fee_of_sale(rich, "0.1"), amount("0.005"));
    now_ms += 30 * day_ms;
    EXPECT_EQ(exchange.fee_rates(rich, now_ms).taker_e8, 200'000) << "a month later";
    EXPECT_EQ(fee_of_sale(rich, "0.1"), amount("0.02"));
}

TEST_F(TieredFees, of_a_sub_account_are_its_masters_by_their_common_volume) {
    deep_book();
    EXPECT_EQ(fee_of_sale(rich, "1.01"), amount("0.202"));
    EXPECT_EQ(fee_of_sale(sub, "1.01"), amount("0.202")) << "together they reach 202";
    EXPECT_EQ(exchange.trailing_volume(sub, now_ms), amount("202"));
    EXPECT_EQ(exchange.fee_rates(sub, now_ms).maker_e8, 0);
    EXPECT_EQ(fee_of_sale(sub, "0.1"), amount("0.005"));
    EXPECT_EQ(fee_of_sale(rich, "0.1"), amount("0.005"));
    EXPECT_EQ(exchange.fee_rates(alice, now_ms).maker_e8, 0) << "strangers are not in it";
    EXPECT_EQ(exchange.trailing_volume(alice, now_ms), amount("0"));
}

TEST_F(TieredFees, of_maker_and_taker_differ_and_both_count_as_volume) {
    AccountSetup other = tiered("other");
    const AccountId quoting = exchange.add_account(other);
    const Order resting = placed(quoting, maker(Side::buy, "100.5", "0.5"));
    EXPECT_EQ(fee_of_sale(rich, "0.5"), amount("0.1005")) << "taker: 0.2 % of 50.25";
    const Order filled = state(quoting, resting.order_id);
    ASSERT_EQ(filled.fills.size(), 1U);
    EXPECT_EQ(filled.fills.front().commission, amount("0.0005")) << "maker: 0.1 % of 0.5 BTC";
    EXPECT_EQ(exchange.trailing_volume(quoting, now_ms), amount("50.25"));
    EXPECT_EQ(exchange.trailing_volume(rich, now_ms), amount("50.25"));
}

TEST_F(TieredFees, are_discounted_in_the_fee_asset_while_it_lasts) {
    deep_book();
    const AccountId id = with_fees_in_bnb("0.0003");
    const Order first = placed(id, market(Side::sell, "1"));
    EXPECT_EQ(first.fills.front().commission_asset, "BNB");
    EXPECT_EQ(first.fills.front().commission, amount("0.0003")) << "0.15 % of 100 at 500";
    const Order second = placed(id, market(Side::sell, "1"));
    EXPECT_EQ(second.fills.front().commission_asset, "USDT") << "none left: full rate, received";
    EXPECT_EQ(second.fills.front().commission, amount("0.2"));
}

TEST_F(TieredFees, in_the_fee_asset_are_at_the_price_in_what_the_market_is_quoted_in) {
    const AccountId id = with_fees_in_bnb("1");
    const struct {
        const char* quote;
        const char* asset;
        const char* commission;
        const char* why;
    } rows[] = {
        {"USDT", "BNB", "0.00000033", "0.15 % of 0.11 at 500"},
        {"BTC", "BNB", "0.033", "at 0.005"},
        {"EUR", "ETH", "0.002", "no price in it: the whole rate of what is received"},
    };
    for (const auto& row : rows) {
        Symbol other = btcusdt();
        other.base = "ETH";
        other.quote = row.quote;
        other.name = other.base + other.quote;
        exchange.add_symbol(other);
        exchange.market_snapshot(other.name, {level("0.10", "9")}, {level("0.11", "9")}, 20);
        exchange.adjust_balance(id, row.quote, amount("100"), now_ms);
        NewOrder order = market(Side::buy, "1");
        order.symbol = other.name;
        const Fill fill = placed(id, order).fills.at(0);
        EXPECT_EQ(fill.commission_asset, row.asset) << row.why;
        EXPECT_EQ(fill.commission, amount(row.commission)) << row.why;
    }
}

TEST_F(TieredFees, in_the_fee_asset_are_at_its_given_price_whatever_its_own_market_says) {
    deep_book();
    const AccountId id = with_fees_in_bnb("1");
    const auto fee = [&] {
        const Order order = placed(id, market(Side::sell, "1"));
        const Fill& fill = order.fills.at(0);
        return fill.commission_asset + " " +
               std::to_string(static_cast<std::int64_t>(fill.commission.value));
    };
    EXPECT_EQ(fee(), "BNB 30000") << "no market of it at all";
    Symbol bnb = btcusdt();
    bnb.name = "BNBUSDT";
    bnb.base = "BNB";
    exchange.add_symbol(bnb);
    EXPECT_EQ(fee(), "BNB 30000") << "a market without a book or a trade";
    exchange.market_snapshot("BNBUSDT", {level("900", "1")}, {level("901", "1")}, 20);
    exchange.market_trade("BNBUSDT", price("900"), qty("1"), true, now_ms);
    EXPECT_EQ(fee(), "BNB 30000") << "a market of another mind";
    exchange.market_snapshot("BNBUSDT", {}, {}, 30);
    EXPECT_EQ(fee(), "BNB 30000") << "a book that was emptied";
}

TEST_F(TieredFees, count_only_what_is_quoted_in_the_volume_asset) {
    deep_book();
    AccountSetup account = tiered("euro");
    account.fee_volume_asset = "EUR";
    account.fee_tiers = {{amount("1"), 0, 0}};
    const AccountId id = exchange.add_account(account);
    placed(id, market(Side::sell, "1"));
    EXPECT_EQ(exchange.trailing_volume(id, now_ms), amount("0"));
    EXPECT_EQ(exchange.fee_rates(id, now_ms).taker_e8, 200'000);
}

}  // namespace
}  // namespace portcullis::tools::venue
