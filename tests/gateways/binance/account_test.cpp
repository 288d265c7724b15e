// The decoder: golden messages of the venue's page, third-party samples, and what must be refused.
#include "gateways/binance/account.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

class Reader {
public:
    SymbolTable symbols;
    Reader() {
        const char* assets[] = {"BTC", "USDT", "ETH", "BNB", "LTC"};
        for (std::uint16_t i = 0; i < 5; ++i) {
            EXPECT_TRUE(symbols.add_asset(engine::AssetId{i}, assets[i]));
        }
        using engine::AssetId;
        using engine::InstrumentId;
        EXPECT_TRUE(symbols.add_instrument(InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}));
        EXPECT_TRUE(symbols.add_instrument(InstrumentId{1}, "ETHBTC", AssetId{2}, AssetId{0}));
        EXPECT_TRUE(symbols.add_instrument(InstrumentId{2}, "ETHUSDT", AssetId{2}, AssetId{1}));
        EXPECT_TRUE(symbols.add_instrument(InstrumentId{3}, "BNBBTC", AssetId{3}, AssetId{0}));
        EXPECT_TRUE(symbols.add_instrument(InstrumentId{4}, "LTCBTC", AssetId{4}, AssetId{0}));
        decoder_ = std::make_unique<AccountDecoder>(symbols, 1 << 16);
    }
    const Decoded& operator()(const std::string& text) {
        padded_ = text;
        padded_.append(64, '\0');
        return decoder_->decode({padded_.data(), text.size()});
    }
    /// As the answer to a request of that kind.
    const Decoded& answer(Call call, const std::string& result, int status = 200) {
        const auto id = RequestId::of(5, call, 3).value;
        return (*this)(
            R"({"id":)" + std::to_string(id) + R"(,"status":)" + std::to_string(status) +
            (status == 200 ? R"(,"result":)" : R"(,"error":)") + result +
            R"(,"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":50,"count":12},{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":70}]})");
    }
    const Decoded& event(const std::string& body) {
        return (*this)(R"({"subscriptionId":0,"event":)" + body + "}");
    }

private:
    std::string padded_;
    std::unique_ptr<AccountDecoder> decoder_;
};

const std::string new_event =
    R"({"e":"executionReport","E":1499405658658,"s":"ETHBTC","c":"mUvoqJxFIILMdfAW5iGSOW","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000","p":"0.10264410","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":4293153,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1499405658657,"t":-1,"I":8641984,"w":true,"m":false,"M":false,"O":1499405658657,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1499405658657,"V":"NONE"})";
const std::string fill_event =
    R"({"e":"executionReport","E":1709654401000,"s":"ETHUSDT","c":"x-TD67BGP9-T0000000000000","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000","p":"2500.00000000","P":"0.00000000","x":"TRADE","X":"FILLED","r":"NONE","i":12345678,"l":"1.00000000","z":"1.00000000","L":"2500.00000000","n":"0.00100000","N":"ETH","T":1709654401000,"t":98765432,"w":false,"m":true,"O":1709654400000,"Z":"2500.00000000","C":""})";

TEST(AccountDecoder, ReadsANewOrderEvent) {
    Reader read;
    const Decoded& message = read.event(new_event);
    ASSERT_EQ(message.kind, Decoded::Kind::event) << message.key.data();
    ASSERT_EQ(message.event.kind, UserEvent::execution);
    const OrderRow& row = message.event.order;
    EXPECT_EQ(row.instrument.value, 1);
    EXPECT_EQ(row.client_id, "mUvoqJxFIILMdfAW5iGSOW");
    EXPECT_EQ(row.orig_client_id, "");
    EXPECT_EQ(row.order_id.value, 4293153U);
    EXPECT_EQ(row.exec_id.value, 8641984U);
    EXPECT_EQ(row.price.value, 10264410);
    EXPECT_EQ(row.qty.value, risk::coin);
    EXPECT_EQ(row.trade, engine::no_trade);
    EXPECT_EQ(row.exec_type, engine::ExecType::new_);
}

TEST(AccountDecoder, ReadsAFill) {
    Reader read;
    const Decoded& message = read.event(fill_event);
    ASSERT_EQ(message.kind, Decoded::Kind::event) << message.key.data();
    const OrderRow& row = message.event.order;
    EXPECT_EQ(row.exec_type, engine::ExecType::trade);
    EXPECT_EQ(row.status, engine::OrdStatus::filled);
    EXPECT_EQ(row.trade.value, 98765432);
    EXPECT_EQ(row.last_price.value, 2500 * risk::coin);
    EXPECT_EQ(row.fee_atoms, 100'000);
    EXPECT_EQ(row.fee_asset.value, 2);
    EXPECT_TRUE(row.maker);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(AccountDecoder, ReadsEveryExecutionType) {
    Reader read;
    const std::tuple<const char*, const char*, engine::ExecType, engine::OrdStatus> rows[] = {
        {"CANCELED", "CANCELED", engine::ExecType::canceled, engine::OrdStatus::canceled},
        {"REPLACED", "NEW", engine::ExecType::replaced, engine::OrdStatus::new_},
        {"REJECTED", "REJECTED", engine::ExecType::rejected, engine::OrdStatus::rejected},
        {"EXPIRED", "EXPIRED", engine::ExecType::expired, engine::OrdStatus::expired},
        {"TRADE_PREVENTION", "EXPIRED_IN_MATCH", engine::ExecType::trade_prevented,
         engine::OrdStatus::expired},
    };
    for (const auto& [x, X, type, status] : rows) {
        std::string text = with(new_event, R"("x":"NEW")", R"("x":")" + std::string(x) + "\"");
        text = with(text, R"("X":"NEW")", R"("X":")" + std::string(X) + "\"");
        text = with(text, R"("C":"")", R"("C":"original","A":"0.40000000")");
        const Decoded& message = read.event(text);
        ASSERT_EQ(message.kind, Decoded::Kind::event) << x << message.key.data();
        EXPECT_EQ(message.event.order.exec_type, type);
        EXPECT_EQ(message.event.order.status, status);
        EXPECT_EQ(message.event.order.orig_client_id, "original");
        EXPECT_EQ(message.event.order.prevented_qty.value, 40'000'000);
    }
}

TEST(AccountDecoder, ReadsARefusedOrderThatHasNoNumberAndIsNoExecution) {
    Reader read;
    std::string text =
        with(new_event, R"("x":"NEW","X":"NEW","r":"NONE","i":4293153)",
             R"("x":"REJECTED","X":"REJECTED","r":"WOULD_MATCH_IMMEDIATELY","i":-1)");
    text = with(text, R"("I":8641984)", R"("I":-1)");
    const Decoded& message = read.event(text);
    ASSERT_EQ(message.kind, Decoded::Kind::event) << message.key.data();
    const OrderRow& row = message.event.order;
    EXPECT_EQ(row.order_id, engine::OrderId{});
    EXPECT_EQ(row.exec_id, engine::ExecId{});
    EXPECT_EQ(row.exec_type, engine::ExecType::rejected);
    EXPECT_EQ(row.reject, engine::RejectReason::would_match);
    for (const auto& bad : {with(text, R"("i":-1)", R"("i":-2)"),
                            with(text, R"("x":"REJECTED")", R"("x":"CANCELED")")}) {
        EXPECT_EQ(read.event(bad).error, DecodeError::wrong_type) << bad;
    }
}

struct BadRow {
    const char* from;
    const char* to;
    DecodeError error;
};

TEST(AccountDecoder, RefusesEventsThatAreNotExact) {
    Reader read;
    const BadRow rows[] = {
        {R"("q":"1.00000000")", R"("q":1.0)", DecodeError::wrong_type},
        {R"("q":"1.00000000")", R"("q":"1e0")", DecodeError::bad_decimal},
        {R"("q":"1.00000000")", R"("q":"1.000000001")", DecodeError::inexact},
        {R"("q":"1.00000000")", R"("q":"-1")", DecodeError::bad_decimal},
        {R"("q":"1.00000000")", R"("q":"99999999999999999999")", DecodeError::too_large},
        {R"("q":"1.00000000",)", "", DecodeError::missing_key},
        {R"("i":12345678)", R"("i":"12345678")", DecodeError::wrong_type},
        {R"("i":12345678)", R"("i":-5)", DecodeError::wrong_type},
        {R"("i":12345678)", R"("i":1.5)", DecodeError::wrong_type},
        {R"("i":12345678)", R"("i":99999999999999999999)", DecodeError::too_large},
        {R"("i":12345678)", R"("i":12345678,"i":1)", DecodeError::duplicate_key},
        {R"("x":"TRADE")", R"("x":"SOMETHING")", DecodeError::wrong_type},
        {R"("S":"BUY")", R"("S":"HOLD")", DecodeError::wrong_type},
        {R"("m":true)", R"("m":1)", DecodeError::wrong_type},
        {R"("m":true,)", "", DecodeError::missing_key},
        {R"("N":"ETH",)", "", DecodeError::missing_key},
        {R"("t":98765432)", R"("t":-1)", DecodeError::bad_range},
        {R"("l":"1.00000000")", R"("l":"0")", DecodeError::bad_range},
        {R"("l":"1.00000000")", R"("l":"2")", DecodeError::bad_range},
        {R"("L":"2500.00000000")", R"("L":"0")", DecodeError::zero_price},
        {R"("z":"1.00000000")", R"("z":"3")", DecodeError::bad_range},
        {R"("c":"x-TD)", R"("c":"\u0041x-TD)", DecodeError::escaped_text},
        {R"("e":"executionReport",)", "", DecodeError::missing_key},
    };
    for (const BadRow& row : rows) {
        const Decoded& message = read.event(with(fill_event, row.from, row.to));
        EXPECT_EQ(message.kind, Decoded::Kind::refused) << row.to;
        EXPECT_EQ(message.error, row.error) << row.from << " -> " << row.to << ": "
                                            << describe(message.error) << " " << message.key.data();
        EXPECT_TRUE(message.was_event);
    }
}

TEST(AccountDecoder, IgnoresUnknownKeysOfEveryShape) {
    Reader read;
    const Decoded& message = read.event(
        with(fill_event, R"("s":)", R"("zz":[1,{"a":null}],"yy":{"b":[true]},"xx":"t","s":)"));
    EXPECT_EQ(message.kind, Decoded::Kind::event) << message.key.data();
}

TEST(AccountDecoder, RefusesWhatIsNoMessage) {
    Reader read;
    for (const char* text : {"", "{", "[]", "7", "null", "{}", R"({"event":7})", R"({"event":{}})",
                             R"({"id":1,"status":200})", R"({"id":"x","status":200,"result":{}})",
                             R"({"id":1,"result":{}})", R"({"id":1,"status":"200","result":{}})",
                             R"({"id":1,"status":400,"error":{"code":-1}} x)"}) {
        EXPECT_EQ(read(text).kind, Decoded::Kind::refused) << text;
    }
}

TEST(AccountDecoder, FindsTheShapeAlsoWhenTheIdComesLast) {
    Reader read;
    const auto id = RequestId::of(5, Call::place, 3).value;
    const Decoded& message = read(
        R"({"status":200,"result":{"symbol":"BTCUSDT","orderId":12,"clientOrderId":"x1"},"id":)" +
        std::to_string(id) + "}");
    ASSERT_EQ(message.kind, Decoded::Kind::answer) << message.key.data();
    EXPECT_EQ(message.answer.order.order_id.value, 12U);
}

TEST(AccountDecoder, ReadsAnswersOfThePage) {
    Reader read;
    const Decoded* message = &read.answer(
        Call::place,
        R"({"symbol":"BTCUSDT","orderId":12569099453,"orderListId":-1,"clientOrderId":"x1","transactTime":1660801715639})");
    ASSERT_EQ(message->kind, Decoded::Kind::answer) << message->key.data();
    EXPECT_EQ(message->answer.order.order_id.value, 12569099453U);
    ASSERT_EQ(message->answer.usage.count, 2U);
    EXPECT_EQ(message->answer.usage.rows[0].used, 12U);
    EXPECT_EQ(message->answer.usage.rows[1].interval, engine::milliseconds(60'000));
    message = &read.answer(
        Call::cancel,
        R"({"symbol":"BTCUSDT","origClientOrderId":"4d96324ff9d44481926157","orderId":12569099453,"orderListId":-1,"clientOrderId":"91fe37ce9e69c90d6358c0","transactTime":1684804350068,"price":"23416.10000000","origQty":"0.00847000","executedQty":"0.00001000","origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"0.23416100","status":"CANCELED","timeInForce":"GTC","type":"LIMIT","side":"SELL","selfTradePreventionMode":"NONE"})");
    ASSERT_EQ(message->kind, Decoded::Kind::answer) << message->key.data();
    EXPECT_EQ(message->answer.order.cum_qty.value, 1000);
    EXPECT_EQ(message->answer.order.side, engine::Side::sell);
    message = &read.answer(
        Call::place,
        R"({"code":-1003,"msg":"Way too \"much\"","data":{"serverTime":1659142907531,"retryAfter":1659146400000}})",
        418);
    ASSERT_EQ(message->kind, Decoded::Kind::answer) << message->key.data();
    EXPECT_EQ(message->answer.code, -1003);
    EXPECT_EQ(message->answer.retry_after_ms, 1659146400000);
    message = &read.answer(
        Call::amend,
        R"({"transactTime":1741923284382,"executionId":16,"amendedOrder":{"symbol":"BTCUSDT","orderId":12,"orderListId":-1,"origClientOrderId":"my_test_order1","clientOrderId":"4zR9HFcEq8gM1tWUqPEUHc","price":"5.00000000","qty":"5.00000000","executedQty":"0.00000000","preventedQty":"0.00000000","quoteOrderQty":"0.00000000","cumulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1741923284364,"selfTradePreventionMode":"NONE"}})");
    ASSERT_EQ(message->kind, Decoded::Kind::answer) << message->key.data();
    EXPECT_EQ(message->answer.order.exec_id.value, 16U);
    EXPECT_EQ(message->answer.order.qty.value, 5 * risk::coin);
    message = &read.answer(Call::time, R"({"serverTime":1656400526260})");
    EXPECT_EQ(message->answer.server_time_ms, 1656400526260);
    message = &read.answer(
        Call::account,
        R"({"makerCommission":15,"commissionRates":{"maker":"0.00150000"},"canTrade":true,"balances":[{"asset":"BTC","free":"1.3447112","locked":"0.08600000"},{"asset":"SHIB","free":"999999999999999.99","locked":"0"}],"permissions":["SPOT"],"uid":354937868})");
    ASSERT_EQ(message->kind, Decoded::Kind::answer) << message->key.data();
    ASSERT_EQ(message->answer.balances.size(), 1U);
    EXPECT_TRUE(message->answer.balances[0].free.value == 134'471'120);
    EXPECT_EQ(message->answer.unknown_assets, 1U);
}

TEST(AccountDecoder, RefusesLegsThatAreNotWhole) {
    Reader read;
    for (
        const char* data :
        {R"({"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","cancelResponse":null,"newOrderResponse":null})",
         R"({"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED","cancelResponse":null,"newOrderResponse":null})",
         R"({"cancelResult":"PERHAPS","newOrderResult":"SUCCESS"})",
         R"({"cancelResult":"SUCCESS"})", R"({"newOrderResponse":null})", "{}", "[]"}) {
        EXPECT_EQ(read.answer(Call::replace, data).kind, Decoded::Kind::refused) << data;
    }
}

TEST(AccountDecoder, RefusesFiltersThatContradictTheConfigOrAreMissing) {
    Reader read;
    const auto symbol = [](const std::string& filters, const std::string& base = "BTC") {
        return R"({"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":")" + base +
               R"(","quoteAsset":"USDT","filters":[)" + filters + "]}]}";
    };
    const std::string price =
        R"({"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"})";
    const std::string lot =
        R"({"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"92233720368547758.08","stepSize":"0.00001"})";
    const Decoded& good = read.answer(Call::exchange_info, symbol(price + "," + lot));
    ASSERT_EQ(good.kind, Decoded::Kind::answer) << good.key.data();
    ASSERT_EQ(good.answer.definitions.size(), 1U);
    EXPECT_EQ(good.answer.definitions[0].qty_max.value, std::numeric_limits<std::int64_t>::max())
        << "a bound beyond every order binds none";
    EXPECT_EQ(read.answer(Call::exchange_info, symbol(price)).kind, Decoded::Kind::refused);
    EXPECT_EQ(read.answer(Call::exchange_info, symbol(lot)).kind, Decoded::Kind::refused);
    EXPECT_EQ(read.answer(Call::exchange_info, symbol(price + "," + lot, "ETH")).kind,
              Decoded::Kind::refused);
    EXPECT_EQ(read.answer(Call::exchange_info,
                          symbol(with(price, "\"0.01\"}", "\"0.001e1\"}") + "," + lot))
                  .kind,
              Decoded::Kind::refused);
}

// --- samples of others, read where they lie

std::optional<std::string> sample(const std::string& name) {
    const std::filesystem::path path = std::filesystem::path(PORTCULLIS_SHARED_DIR) /
                                       "vectors/venue_messages/nautilus/binance/spot" / name;
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(AccountDecoder, ReadsThirdPartyUserData) {
    Reader read;
    const std::pair<const char*, UserEvent> rows[] = {
        {"account_position", UserEvent::position},
        {"account_position_wrapped", UserEvent::position},
        {"balance_update_wrapped", UserEvent::balance_update},
        {"execution_report_expired", UserEvent::execution},
        {"execution_report_new", UserEvent::execution},
        {"execution_report_wrapped", UserEvent::execution},
        {"list_status_wrapped", UserEvent::list_status},
    };
    for (const auto& [name, kind] : rows) {
        const std::string file = "user_data_json/" + std::string(name) + ".json";
        const auto text = sample(file);
        if (!text) {
            GTEST_SKIP() << file << " is not here";
        }
        const bool wrapped = text->find("subscriptionId") != std::string::npos;
        const Decoded& message = wrapped ? read(*text) : read.event(*text);
        EXPECT_EQ(message.kind, Decoded::Kind::event) << name << " " << message.key.data();
        EXPECT_EQ(message.event.kind, kind) << name;
    }
}

TEST(AccountDecoder, ReadsThirdPartyAnswers) {
    Reader read;
    const std::tuple<const char*, Call, std::size_t> rows[] = {
        {"account_trades_response", Call::trades, 1},
        {"new_order_full_response", Call::place, 0},
        {"open_orders_response", Call::open_orders, 1},
        {"cancel_open_orders_response", Call::cancel_all, 4},
        {"cancel_order_response", Call::cancel, 0},
        {"server_time_response", Call::time, 0},
    };
    for (const auto& [name, call, count] : rows) {
        const std::string file = "http_json/" + std::string(name) + ".json";
        const auto text = sample(file);
        if (!text) {
            GTEST_SKIP() << file << " is not here";
        }
        const Decoded& message = read.answer(call, *text);
        EXPECT_EQ(message.kind, Decoded::Kind::answer)
            << name << " " << describe(message.error) << " " << message.key.data();
        EXPECT_EQ(message.answer.orders.size() + message.answer.trades.size(), count) << name;
    }
}

TEST(AccountDecoder, RefusesWhatTheJsonTestSuiteCallsInvalid) {
    const auto folder =
        std::filesystem::path(PORTCULLIS_SHARED_DIR) / "vectors/json/JSONTestSuite/test_parsing";
    if (!std::filesystem::exists(folder)) {
        GTEST_SKIP() << "absent: " << folder;
    }
    Reader read;
    std::size_t refused = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string content(std::istreambuf_iterator<char>(in), {});
        // None of them is an answer of a venue, whether it is JSON or not.
        EXPECT_EQ(read(content).kind, Decoded::Kind::refused) << name;
        refused += name[0] == 'n' ? 1U : 0U;
    }
    EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
