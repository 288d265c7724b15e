// Sidecars: the shipped one, and every way in which one can be wrong.
#include "tools/venue/sidecar.hpp"

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

TEST(Sidecar, is_named_after_its_recording) {
    EXPECT_EQ(sidecar_path("a/b.tsjsonl.gz"), "a/b.filters.json");
    EXPECT_EQ(sidecar_path("a/b.tsjsonl"), "a/b.filters.json");
    EXPECT_EQ(sidecar_path("b"), "b.filters.json");
}

TEST(Sidecar, the_shipped_one_has_the_filters_of_2024) {
    const auto symbol = load_sidecar(sidecar_path(shipped));
    ASSERT_TRUE(symbol.ok()) << symbol.error();
    const Symbol& found = symbol.value();
    const Symbol expected = btcusdt();
    EXPECT_EQ(found.name, "BTCUSDT");
    EXPECT_EQ(found.base, "BTC");
    EXPECT_EQ(found.quote, "USDT");
    EXPECT_EQ(found.status, "TRADING");
    EXPECT_EQ(found.tick, expected.tick);
    EXPECT_EQ(found.price_min, expected.price_min);
    EXPECT_EQ(found.price_max, expected.price_max);
    EXPECT_EQ(found.lot, expected.lot);
    EXPECT_EQ(found.qty_min, expected.qty_min);
    EXPECT_EQ(found.qty_max, expected.qty_max);
    EXPECT_EQ(found.notional_min, expected.notional_min);
    EXPECT_EQ(found.notional_max, expected.notional_max);
    EXPECT_EQ(found.bid_multiplier_up_e4, 50'000);
    EXPECT_EQ(found.bid_multiplier_down_e4, 2'000);
    EXPECT_EQ(found.ask_multiplier_up_e4, 50'000);
    EXPECT_EQ(found.ask_multiplier_down_e4, 2'000);
    EXPECT_EQ(found.orders_max, 200U);
    EXPECT_EQ(found.amends_max, 10U);
    EXPECT_TRUE(found.amend_allowed);
}

std::string sidecar(const std::string& filters, const std::string& head = "") {
    return "{\"symbol\":\"AB\",\"baseAsset\":\"A\",\"quoteAsset\":\"B\"" + head + ",\"filters\":[" +
           filters + "]}";
}
const std::string price_filter =
    R"({"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"0.1"})";
const std::string lot_size =
    R"({"filterType":"LOT_SIZE","minQty":"0","maxQty":"0","stepSize":"1"})";

TEST(Sidecar, needs_price_and_lot_and_passes_over_filters_that_it_does_not_enforce) {
    const auto least =
        parse_sidecar("f", sidecar(price_filter + "," + lot_size + "," +
                                   R"({"filterType":"NEW_AND_UNHEARD_OF","maximum":"10"})"));
    ASSERT_TRUE(least.ok()) << least.error();
    EXPECT_EQ(least.value().tick, price("0.1"));
    EXPECT_EQ(least.value().notional_min, amount("0"));
    const auto closed = parse_sidecar(
        "f", sidecar(price_filter + "," + lot_size, R"(,"status":"HALT","amendAllowed":false)"));
    ASSERT_TRUE(closed.ok());
    EXPECT_EQ(closed.value().status, "HALT");
    EXPECT_FALSE(closed.value().amend_allowed);
    EXPECT_TRUE(closed.value().order_types.has(OrderType::take_profit_limit));
}

TEST(Sidecar, tells_which_orders_the_symbol_takes_and_how_many) {
    const std::string counts = R"(,{"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":7})"
                               R"(,{"filterType":"MAX_NUM_ICEBERG_ORDERS","maxNumIcebergOrders":8})"
                               R"(,{"filterType":"ICEBERG_PARTS","limit":9})"
                               R"(,{"filterType":"TRAILING_DELTA","minTrailingAboveDelta":1,)"
                               R"("maxTrailingAboveDelta":2,"minTrailingBelowDelta":3,)"
                               R"("maxTrailingBelowDelta":4})";
    const auto read =
        parse_sidecar("f", sidecar(price_filter + "," + lot_size + counts,
                                   R"(,"orderTypes":["LIMIT","STOP_LOSS"],"icebergAllowed":false,)"
                                   R"("allowTrailingStop":false)"));
    ASSERT_TRUE(read.ok()) << read.error();
    const Symbol& symbol = read.value();
    EXPECT_EQ(symbol.algo_orders_max, 7U);
    EXPECT_EQ(symbol.iceberg_orders_max, 8U);
    EXPECT_EQ(symbol.iceberg_parts_max, 9U);
    EXPECT_EQ(symbol.trailing_above_min, 1);
    EXPECT_EQ(symbol.trailing_above_max, 2);
    EXPECT_EQ(symbol.trailing_below_min, 3);
    EXPECT_EQ(symbol.trailing_below_max, 4);
    EXPECT_FALSE(symbol.iceberg_allowed);
    EXPECT_FALSE(symbol.trailing_stop_allowed);
    EXPECT_TRUE(symbol.order_types.has(OrderType::limit));
    EXPECT_TRUE(symbol.order_types.has(OrderType::stop_loss));
    EXPECT_FALSE(symbol.order_types.has(OrderType::market));
}

TEST(Sidecar, tells_the_filters_that_few_symbols_have) {
    const std::string rare =
        R"(,{"filterType":"MAX_POSITION","maxPosition":"12.5"})"
        R"(,{"filterType":"PERCENT_PRICE","multiplierUp":"1.3","multiplierDown":"0.7","avgPriceMins":1})"
        R"(,{"filterType":"MARKET_LOT_SIZE","minQty":"1","maxQty":"9","stepSize":"2"})"
        R"(,{"filterType":"MIN_NOTIONAL","minNotional":"3","applyToMarket":false,"avgPriceMins":0})"
        R"(,{"filterType":"NOTIONAL","minNotional":"4","applyMinToMarket":false,"maxNotional":"5",)"
        R"("applyMaxToMarket":true,"avgPriceMins":10080})";
    const auto read = parse_sidecar(
        "f", sidecar(price_filter + "," + lot_size + rare, R"(,"pegInstructionsAllowed":false)"));
    ASSERT_TRUE(read.ok()) << read.error();
    const Symbol& symbol = read.value();
    EXPECT_EQ(symbol.average_minutes.percent_price, 1);
    EXPECT_EQ(symbol.average_minutes.min_notional, 0);
    EXPECT_EQ(symbol.average_minutes.notional, 10'080);
    EXPECT_EQ(symbol.average_minutes.percent_price_by_side, 5) << "silent";
    EXPECT_EQ(symbol.position_max, amount("12.5"));
    EXPECT_EQ(symbol.multiplier_up_e4, 13'000);
    EXPECT_EQ(symbol.multiplier_down_e4, 7'000);
    EXPECT_EQ(symbol.market_qty_min, qty("1"));
    EXPECT_EQ(symbol.market_qty_max, qty("9"));
    EXPECT_EQ(symbol.market_lot, qty("2"));
    EXPECT_EQ(symbol.min_notional, amount("3"));
    EXPECT_EQ(symbol.notional_min, amount("4"));
    EXPECT_EQ(symbol.notional_max, amount("5"));
    EXPECT_FALSE(symbol.min_notional_to_market);
    EXPECT_FALSE(symbol.notional_min_to_market);
    EXPECT_TRUE(symbol.notional_max_to_market);
    EXPECT_FALSE(symbol.peg_allowed);
}

TEST(Sidecar, tells_which_modes_of_prevention_the_symbol_allows) {
    const auto modes = [](const std::string& head) {
        const auto read = parse_sidecar("f", sidecar(price_filter + "," + lot_size, head));
        EXPECT_TRUE(read.ok()) << read.error();
        std::string text;
        for (std::size_t i = 0; read.ok() && i < stp_count; ++i) {
            text += read.value().stp_modes.allowed[i] ? std::to_string(i) : "";
        }
        return text + " " +
               (read.ok() ? stp_names[static_cast<std::size_t>(read.value().stp_modes.by_default)]
                          : "");
    };
    EXPECT_EQ(modes(""), "012345 NONE");
    EXPECT_EQ(modes(R"(,"allowedSelfTradePreventionModes":["NONE","EXPIRE_BOTH"])"), "03 NONE");
    EXPECT_EQ(modes(R"(,"defaultSelfTradePreventionMode":"DECREMENT")"), "012345 DECREMENT");
    EXPECT_EQ(modes(R"(,"defaultSelfTradePreventionMode":"EXPIRE_MAKER",)"
                    R"("allowedSelfTradePreventionModes":["EXPIRE_TAKER","EXPIRE_MAKER"])"),
              "12 EXPIRE_MAKER");
}

TEST(Sidecar, says_what_is_wrong_and_where) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "f: "},
        {"[]", "f: "},
        {"{}", "symbol object.symbol"},
        {R"({"symbol":"","baseAsset":"A","quoteAsset":"B","filters":[]})", "symbol object.symbol"},
        {R"({"symbol":"AB","baseAsset":"A","quoteAsset":"B"})", "filters: expected a list"},
        {sidecar("1"), "filters[]: expected an object"},
        {sidecar("{}"), "without filterType"},
        {sidecar(price_filter), "LOT_SIZE.stepSize"},
        {sidecar(lot_size), "PRICE_FILTER.tickSize"},
        {sidecar(lot_size + R"(,{"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0"})"),
         "PRICE_FILTER.tickSize"},
        {sidecar(lot_size +
                 R"(,{"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"0"})"),
         "above zero"},
        {sidecar(lot_size +
                 R"(,{"filterType":"PRICE_FILTER","minPrice":"x","maxPrice":"0","tickSize":"1"})"),
         "PRICE_FILTER.minPrice"},
        {sidecar(lot_size + R"(,{"filterType":"MAX_NUM_ORDERS","maxNumOrders":-1})"),
         "MAX_NUM_ORDERS.maxNumOrders"},
        {sidecar(lot_size +
                 R"(,{"filterType":"MIN_NOTIONAL","minNotional":"3","avgPriceMins":-1})"),
         "MIN_NOTIONAL.avgPriceMins: expected whole minutes from 0 to 10080"},
        {sidecar(lot_size +
                 R"(,{"filterType":"MIN_NOTIONAL","minNotional":"3","applyToMarket":"yes"})"),
         "MIN_NOTIONAL.applyToMarket: expected true or false"},
        {sidecar(lot_size + R"(,{"filterType":"MAX_POSITION"})"), "MAX_POSITION.maxPosition"},
        {sidecar(price_filter + "," + lot_size, R"(,"amendAllowed":"yes")"), "amendAllowed"},
        {sidecar(price_filter + "," + lot_size, R"(,"icebergAllowed":1)"), "icebergAllowed"},
        {sidecar(price_filter + "," + lot_size, R"(,"orderTypes":"LIMIT")"),
         "orderTypes: expected a"},
        {sidecar(price_filter + "," + lot_size, R"(,"orderTypes":["OCO"])"),
         "or TAKE_PROFIT_LIMIT"},
        {sidecar(price_filter + "," + lot_size, R"(,"orderTypes":[1])"), "or TAKE_PROFIT_LIMIT"},
        {sidecar(price_filter + "," + lot_size,
                 R"(,"allowedSelfTradePreventionModes":["EXPIRE_ALL"])"),
         "DECREMENT or TRANSFER"},
        {sidecar(price_filter + "," + lot_size, R"(,"defaultSelfTradePreventionMode":"none")"),
         "defaultSelfTradePreventionMode: expected the name"},
        {sidecar(price_filter + "," + lot_size,
                 R"(,"allowedSelfTradePreventionModes":["EXPIRE_TAKER"])"),
         "expected one of those that are allowed, found NONE"},
    };
    for (const auto& [json, expected] : cases) {
        const auto symbol = parse_sidecar("f", json);
        ASSERT_FALSE(symbol.ok()) << json;
        EXPECT_NE(symbol.error().find(expected), std::string::npos) << symbol.error();
    }
    EXPECT_FALSE(load_sidecar("/nonexistent/x.filters.json").ok());
}

}  // namespace
}  // namespace portcullis::tools::venue
