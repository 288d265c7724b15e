#include "bench/report_frames.hpp"

#include <fmt/core.h>

#include "engine/types/verify.hpp"
#include "gateways/binance/request_id.hpp"

namespace portcullis::bench {
namespace {

/// What differs from round to round.
struct Round {
    explicit Round(std::size_t i)
        : number(4'293'153 + 3 * i),
          at(1'723'161'255'343 + 17 * i),
          id(fmt::format("p000020000000{:04}jm40sbgvsbvzpz4bd8", i % 10'000)),
          side(i % 2 == 0 ? "BUY" : "SELL"),
          price(fmt::format("{}.{:02}000000", 61'700 + i % 300, i % 100)) {}

    std::size_t number;
    std::size_t at;
    std::string id;
    const char* side;
    std::string price;
};

/// The event from `x` to `I`, between what is of the order and what nobody reads.
std::string report(const Round& of, std::string_view orig, std::string_view execution,
                   std::string_view rest) {
    return fmt::format(
        R"({{"subscriptionId":0,"event":{{"e":"executionReport","E":{0},"s":"BTCUSDT","c":"{1}",)"
        R"("S":"{2}","o":"LIMIT_MAKER","f":"GTC","q":"0.00400000","p":"{3}","P":"0.00000000",)"
        R"("F":"0.00000000","g":-1,"C":"{4}",{5},"I":{6},{7},"O":{0},"Z":"0.00000000",)"
        R"("Y":"0.00000000","Q":"0.00000000","W":{0},"V":"EXPIRE_TAKER"}}}})",
        of.at, of.id, of.side, of.price, orig, execution, 2 * of.number, rest);
}

std::string unfilled(const Round& of, std::string_view what) {
    return fmt::format(
        R"("x":"{0}","X":"{0}","r":"NONE","i":{1},"l":"0.00000000","z":"0.00000000",)"
        R"("L":"0.00000000","n":"0","N":null,"T":{2},"t":-1)",
        what, of.number, of.at);
}

}  // namespace

std::vector<AccountFrame> report_frames(std::size_t rounds) {
    std::vector<AccountFrame> frames;
    for (std::size_t i = 0; i < rounds; ++i) {
        const Round of(i);
        frames.emplace_back(report(of, "", unfilled(of, "NEW"), R"("w":true,"m":false,"M":false)"));
        frames.emplace_back(
            report(of, of.id, unfilled(of, "CANCELED"), R"("w":false,"m":false,"M":false)"));
        const std::string filled = fmt::format(
            R"("x":"TRADE","X":"FILLED","r":"NONE","i":{0},"l":"0.00400000","z":"0.00400000",)"
            R"("L":"{1}","n":"0.00004945","N":"BNB","T":{2},"t":{3})",
            of.number, of.price, of.at, 3'735'683'259 + i);
        frames.emplace_back(report(of, "", filled, R"("w":false,"m":true,"M":true)"));
    }
    return frames;
}

std::vector<AccountFrame> balance_frames(std::size_t rounds) {
    std::vector<AccountFrame> frames;
    for (std::size_t i = 0; i < rounds; ++i) {
        const Round of(i);
        frames.emplace_back(fmt::format(
            R"({{"subscriptionId":0,"event":{{"e":"outboundAccountPosition","E":{0},"u":{0},)"
            R"("B":[{{"a":"BTC","f":"9.95{1:03}000","l":"0.03400000"}},)"
            R"({{"a":"USDT","f":"997900.42624000","l":"{2}"}}]}}}})",
            of.at, i % 1'000, of.price));
    }
    return frames;
}

std::vector<AccountFrame> replace_frames(std::size_t rounds) {
    std::vector<AccountFrame> frames;
    for (std::size_t i = 0; i < rounds; ++i) {
        const Round of(i);
        frames.emplace_back(fmt::format(
            R"({{"id":{0},"status":200,"result":{{"cancelResult":"SUCCESS",)"
            R"("newOrderResult":"SUCCESS","cancelResponse":{{"symbol":"BTCUSDT",)"
            R"("origClientOrderId":"{1}","orderId":{2},"orderListId":-1,"clientOrderId":"{1}",)"
            R"("transactTime":{3},"price":"{4}","origQty":"0.00400000",)"
            R"("executedQty":"0.00000000","origQuoteOrderQty":"0.00000000",)"
            R"("cummulativeQuoteQty":"0.00000000","status":"CANCELED","timeInForce":"GTC",)"
            R"("type":"LIMIT_MAKER","side":"{5}","selfTradePreventionMode":"EXPIRE_TAKER"}},)"
            R"("newOrderResponse":{{"symbol":"BTCUSDT","orderId":{6},"orderListId":-1,)"
            R"("clientOrderId":"{1}","transactTime":{3}}}}},"rateLimits":[)"
            R"({{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100,)"
            R"("count":3}},{{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,)"
            R"("limit":200000,"count":{7}}},{{"rateLimitType":"REQUEST_WEIGHT",)"
            R"("interval":"MINUTE","intervalNum":1,"limit":6000,"count":183}}]}})",
            gateways::binance::RequestId::of(i + 1, gateways::binance::Call::replace, i % 64).value,
            of.id, of.number, of.at, of.price, of.side, of.number + 1, i));
    }
    return frames;
}

gateways::binance::SymbolTable account_symbols() {
    gateways::binance::SymbolTable symbols;
    using engine::AssetId;
    engine::verify(
        symbols.add_asset(AssetId{0}, "BTC") && symbols.add_asset(AssetId{1}, "USDT") &&
        symbols.add_asset(AssetId{2}, "BNB") &&
        symbols.add_instrument(engine::InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}));
    return symbols;
}

}  // namespace portcullis::bench
