// What exchangeInfo says that a symbol allows, from the file of its filters to the refusal: every
// flag that is printed, one row each; set, it lets the request pass, else it is refused in the
// documents' words.
#include <simdjson.h>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/sidecar.hpp"

namespace portcullis::tools::venue {
namespace {

struct FlagRow {
    const char* flag;
    const char* route;  ///< verb and path
    const char* query;
    const char* refusal;  ///< code and text; empty: the venue has none of it, whatever is asked
};

const FlagRow flag_rows[] = {
    {"icebergAllowed", "POST /api/v3/order",
     "side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=1&icebergQty=0.5",
     "-2010 Iceberg orders are not supported for this symbol."},
    {"ocoAllowed", "POST /api/v3/orderList/oco",
     "side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=110&belowType=STOP_LOSS"
     "&belowStopPrice=95",
     "-2010 OCO orders are not supported for this symbol"},
    {"otoAllowed", "POST /api/v3/orderList/oto",
     "workingType=LIMIT&workingSide=BUY&workingPrice=90&workingQuantity=1&workingTimeInForce=GTC"
     "&pendingType=LIMIT&pendingSide=SELL&pendingPrice=110&pendingQuantity=1"
     "&pendingTimeInForce=GTC",
     "-2010 OTO orders are not supported for this symbol."},
    {"opoAllowed", "POST /api/v3/orderList/opo",
     "workingType=LIMIT&workingSide=BUY&workingPrice=90&workingQuantity=1&workingTimeInForce=GTC"
     "&pendingType=LIMIT&pendingSide=SELL&pendingPrice=110&pendingTimeInForce=GTC",
     "-2010 OPO orders are not supported for this symbol."},
    {"quoteOrderQtyMarketAllowed", "POST /api/v3/order", "side=BUY&type=MARKET&quoteOrderQty=50",
     "-2010 Quote order qty market orders are not support for this symbol."},
    {"allowTrailingStop", "POST /api/v3/order",
     "side=SELL&type=STOP_LOSS&quantity=1&trailingDelta=100",
     "-2010 Trailing stop orders are not supported for this symbol."},
    {"cancelReplaceAllowed", "POST /api/v3/order/cancelReplace",
     "side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=1&cancelReplaceMode=STOP_ON_FAILURE"
     "&cancelOrderId=1",
     "-2010 Order cancel-replace is not supported for this symbol."},
    {"amendAllowed", "PUT /api/v3/order/amend/keepPriority", "orderId=1&newQty=0.5",
     "-2038 Order amend is not supported for this symbol."},
    {"pegInstructionsAllowed", "POST /api/v3/order",
     "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&pegPriceType=PRIMARY_PEG",
     "-2010 Pegged orders are not supported for this symbol."},
    {"isSpotTradingAllowed", "POST /api/v3/order",
     "side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=1",
     "-2010 This symbol is not permitted for this account."},
    {"isMarginTradingAllowed", "", "", ""},
};

class SymbolFlags : public VenueTest {
protected:
    /// The rules of a file of filters in which one flag is false; no flag: all are as they are
    /// where the file is silent.
    void read_rules(const std::string& flag) {
        const std::string more = flag.empty() ? "" : ",\"" + flag + "\":false";
        const auto read = parse_sidecar(
            "f",
            R"({"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT")" + more +
                R"(,"filters":[)"
                R"({"filterType":"PRICE_FILTER","minPrice":"0","maxPrice":"0","tickSize":"0.01"},)"
                R"({"filterType":"LOT_SIZE","minQty":"0","maxQty":"0","stepSize":"0.00001"}]})");
        ASSERT_TRUE(read) << read.error();
        venue.exchange().replace_symbol(read.value());
    }
    std::string answer(const FlagRow& row) {
        const std::string route = row.route;
        const std::size_t blank = route.find(' ');
        const HttpReply reply = rest(route.substr(0, blank), route.substr(blank + 1),
                                     std::string("symbol=BTCUSDT&") + row.query);
        std::string text = member(reply.body, "/msg");
        std::erase(text, '"');
        return reply.status == 200 ? "" : member(reply.body, "/code") + " " + text;
    }
    std::string printed(const std::string& flag) {
        return member(get("/api/v3/exchangeInfo?symbol=BTCUSDT").body, "/symbols/0/" + flag);
    }
};

TEST_F(SymbolFlags, that_are_printed_are_obeyed) {
    for (const FlagRow& row : flag_rows) {
        const bool served = *row.route != 0;
        read_rules("");
        venue.exchange().market_trade("BTCUSDT", level("100.50", "0").price, level("0", "1").qty,
                                      true, now_ms());
        const std::string first = place("side=BUY&type=LIMIT&timeInForce=GTC&price=89&quantity=1");
        const auto asked = [&] {
            FlagRow named = row;
            std::string query = row.query;
            if (const std::size_t at = query.find("rderId=1"); at != std::string::npos) {
                query.replace(at, 8, "rderId=" + first);
            }
            named.query = query.c_str();
            return served ? answer(named) : "";
        };
        EXPECT_EQ(printed(row.flag), served ? "true" : "false") << row.flag;
        read_rules(row.flag);
        EXPECT_EQ(printed(row.flag), "false") << row.flag;
        EXPECT_EQ(asked(), row.refusal) << row.flag;
        read_rules("");
        EXPECT_EQ(asked(), "") << row.flag;
        rest("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
    }
}

TEST_F(SymbolFlags, of_an_opo_are_two_and_of_an_oto_one) {
    read_rules("otoAllowed");
    EXPECT_EQ(answer(flag_rows[3]), flag_rows[2].refusal) << "an OPO";
    read_rules("opoAllowed");
    EXPECT_EQ(answer(flag_rows[2]), "") << "an OTO";
}

TEST_F(SymbolFlags, each_that_is_printed_has_a_row) {
    simdjson::dom::parser parser;
    const std::string info = get("/api/v3/exchangeInfo?symbol=BTCUSDT").body;
    const simdjson::dom::object symbol = parser.parse(info)["symbols"].at(0);
    std::size_t flags = 0;
    for (const auto& [key, value] : symbol) {
        if (!value.is_bool()) {
            continue;
        }
        ++flags;
        EXPECT_TRUE(std::any_of(std::begin(flag_rows), std::end(flag_rows),
                                [key = key](const FlagRow& row) { return key == row.flag; }))
            << key;
    }
    EXPECT_EQ(flags, std::size(flag_rows));
}

}  // namespace
}  // namespace portcullis::tools::venue
