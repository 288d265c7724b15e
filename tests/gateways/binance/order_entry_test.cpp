// Golden frames, and signatures checked against the venue's published vectors.
#include "gateways/binance/order_entry.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::ClOrdId;
using engine::Epoch;
using engine::NewOrderSingle;
using engine::OrdType;
using engine::Side;
using engine::WallNs;

constexpr WallNs at{1'645'423'376'532LL * ms + 999'999};

struct Desk {
    SymbolTable symbols;
    InstrumentBook instruments;
    ClOrdIdMint ids{test_keys()};
    FakeSigner signer;

    Desk() {
        EXPECT_TRUE(symbols.add_asset(risk::btc, "BTC"));
        EXPECT_TRUE(symbols.add_asset(risk::usdt, "USDT"));
        EXPECT_TRUE(symbols.add_instrument(risk::btcusdt, "BTCUSDT", risk::btc, risk::usdt));
        define(risk::tick, risk::lot);
    }
    void define(std::int64_t tick, std::int64_t lot) {
        engine::InstrumentDefinition definition;
        definition.instrument = risk::btcusdt;
        definition.tick = engine::PriceAtoms{tick};
        definition.lot = engine::QtyAtoms{lot};
        (void)instruments.update(definition);
    }
    OrderEncoder make(std::uint32_t window = 100) {
        return std::move(OrderEncoder::make(symbols, instruments, ids, signer, window)).value();
    }
    static NewOrderSingle order() {
        NewOrderSingle order;
        order.cl_ord_id = ClOrdId::of(Epoch{7}, 1);
        order.price = engine::PriceTicks{5'200'000};
        order.qty = engine::QtyLots{1'000};
        order.instrument_version = 1;
        order.instrument = risk::btcusdt;
        order.side = Side::sell;
        return order;
    }
    std::string text(std::uint64_t sequence) {
        return std::string(ids.keys().text_of(ClOrdId::of(Epoch{7}, sequence)).view());
    }
};

TEST(OrderEntry, GoldenOrderFrames) {
    Desk desk;
    auto encoder = desk.make();
    NewOrderSingle order = Desk::order();
    const std::string head =
        R"({"id":77,"method":"order.place","params":{"newClientOrderId":")" + desk.text(1) +
        R"(","newOrderRespType":"ACK","price":"52000.00","quantity":"0.01000",)"
        R"("recvWindow":100,"selfTradePreventionMode":"EXPIRE_TAKER",)";
    EXPECT_EQ(encoder.place(77, order, at).frame,
              head + R"("side":"SELL","symbol":"BTCUSDT","timeInForce":"GTC",)"
                     R"("timestamp":1645423376532,"type":"LIMIT"}})");
    order.type = OrdType::limit_maker;
    EXPECT_EQ(encoder.place(77, order, at).frame,
              head + R"("side":"SELL","symbol":"BTCUSDT","timestamp":1645423376532,)"
                     R"("type":"LIMIT_MAKER"}})");
    const struct {
        OrdType type;
        engine::TimeInForce force;
        const char* text;
    } rows[] = {{OrdType::limit, engine::TimeInForce::ioc, "IOC"},
                {OrdType::limit, engine::TimeInForce::fok, "FOK"},
                {OrdType::bounded_market, engine::TimeInForce::gtc, "IOC"}};
    for (const auto& row : rows) {
        order.type = row.type;
        order.time_in_force = row.force;
        const std::string frame(encoder.place(77, order, at).frame);
        EXPECT_EQ(field(frame, "timeInForce"), row.text);
        EXPECT_EQ(field(frame, "type"), "LIMIT") << "never MARKET";
    }
}

TEST(OrderEntry, EverySelfTradePreventionMode) {
    Desk desk;
    auto encoder = desk.make();
    NewOrderSingle order = Desk::order();
    const std::pair<engine::StpMode, const char*> rows[] = {
        {engine::StpMode::none, "NONE"},
        {engine::StpMode::expire_taker, "EXPIRE_TAKER"},
        {engine::StpMode::expire_maker, "EXPIRE_MAKER"},
        {engine::StpMode::expire_both, "EXPIRE_BOTH"},
        {engine::StpMode::decrement, "DECREMENT"}};
    for (const auto& [mode, text] : rows) {
        order.stp = mode;
        EXPECT_EQ(field(std::string(encoder.place(1, order, at).frame), "selfTradePreventionMode"),
                  text);
    }
}

TEST(OrderEntry, GoldenReplaceCancelAndAmendFrames) {
    Desk desk;
    auto encoder = desk.make(1000);
    engine::OrderCancelReplaceRequest request;
    request.order = Desk::order();
    request.order.cl_ord_id = ClOrdId::of(Epoch{7}, 2);
    request.orig_cl_ord_id = ClOrdId::of(Epoch{7}, 1);
    request.orig_order_id = engine::OrderId{125690};
    EXPECT_EQ(
        encoder.replace(3, request, at).frame,
        R"({"id":3,"method":"order.cancelReplace","params":{"cancelNewClientOrderId":")" +
            desk.text(1) +
            R"(","cancelOrderId":125690,"cancelReplaceMode":"STOP_ON_FAILURE","newClientOrderId":")" +
            desk.text(2) +
            R"(","newOrderRespType":"ACK","orderRateLimitExceededMode":"CANCEL_ONLY",)"
            R"("price":"52000.00","quantity":"0.01000","recvWindow":1000,)"
            R"("selfTradePreventionMode":"EXPIRE_TAKER","side":"SELL","symbol":"BTCUSDT",)"
            R"("timeInForce":"GTC","timestamp":1645423376532,"type":"LIMIT"}})");
    request.mode = engine::ReplaceMode::amend_in_place;
    EXPECT_EQ(encoder.replace(3, request, at).frame,
              R"({"id":3,"method":"order.amend.keepPriority","params":{"newClientOrderId":")" +
                  desk.text(1) +
                  R"(","newQty":"0.01000","orderId":125690,"recvWindow":1000,)"
                  R"("symbol":"BTCUSDT","timestamp":1645423376532}})");
    engine::OrderCancelRequest cancel;
    cancel.cl_ord_id = ClOrdId::of(Epoch{7}, 1);
    cancel.instrument = risk::btcusdt;
    EXPECT_EQ(encoder.cancel(4, cancel, at).frame,
              R"({"id":4,"method":"order.cancel","params":{"newClientOrderId":")" + desk.text(1) +
                  R"(","origClientOrderId":")" + desk.text(1) +
                  R"(","recvWindow":1000,"symbol":"BTCUSDT","timestamp":1645423376532}})")
        << "found again by its name, having no number";
    cancel.order_id = engine::OrderId{125690};
    EXPECT_EQ(encoder.cancel(5, cancel, at).frame,
              R"({"id":5,"method":"order.cancel","params":{"newClientOrderId":")" +
                  std::string(desk.ids.cancel_text_for(cancel.cl_ord_id).view()) +
                  R"(","orderId":125690,"recvWindow":1000,"symbol":"BTCUSDT",)"
                  R"("timestamp":1645423376532}})");
}

TEST(OrderEntry, GoldenQueryAndSessionFrames) {
    Desk desk;
    auto encoder = desk.make(1000);
    const std::string tail = R"("recvWindow":1000,"symbol":"BTCUSDT","timestamp":1645423376532}})";
    EXPECT_EQ(encoder.cancel_all(1, "BTCUSDT", at).frame,
              R"({"id":1,"method":"openOrders.cancelAll","params":{)" + tail);
    engine::OrderStatusRequest status;
    status.cl_ord_id = ClOrdId::of(Epoch{7}, 1);
    status.instrument = risk::btcusdt;
    EXPECT_EQ(encoder.status(1, status, at).frame,
              R"({"id":1,"method":"order.status","params":{"origClientOrderId":")" + desk.text(1) +
                  R"(",)" + tail);
    EXPECT_EQ(encoder.open_orders(1, risk::btcusdt, at).frame,
              R"({"id":1,"method":"openOrders.status","params":{)" + tail);
    EXPECT_EQ(encoder.open_orders(1, engine::no_instrument, at).frame,
              R"({"id":1,"method":"openOrders.status","params":{"recvWindow":1000,)"
              R"("timestamp":1645423376532}})");
    EXPECT_EQ(encoder.account(1, at).frame,
              R"({"id":1,"method":"account.status","params":{"omitZeroBalances":true,)"
              R"("recvWindow":1000,"timestamp":1645423376532}})");
    EXPECT_EQ(encoder.trades(1, risk::btcusdt, engine::TradeId{9}, 1000, at).frame,
              R"({"id":1,"method":"myTrades","params":{"fromId":9,"limit":1000,)" + tail);
    EXPECT_EQ(encoder.time(1).frame, R"({"id":1,"method":"time","params":{}})");
    EXPECT_EQ(encoder.exchange_info(1).frame,
              R"({"id":1,"method":"exchangeInfo","params":{"symbols":["BTCUSDT"]}})");
    EXPECT_EQ(encoder.logon(1, at).frame,
              R"({"id":1,"method":"session.logon","params":{"apiKey":"KEY",)"
              R"("timestamp":1645423376532,"signature":"SIGNATURE"}})");
    EXPECT_EQ(encoder.subscribe(1, at).frame,
              R"({"id":1,"method":"userDataStream.subscribe","params":{}})");
}

TEST(OrderEntry, RefusesARecvWindowOfNothingOrOfMoreThanASecond) {
    Desk desk;
    for (const std::uint32_t window : {0U, 1001U, 5000U, 60000U}) {
        EXPECT_FALSE(
            OrderEncoder::make(desk.symbols, desk.instruments, desk.ids, desk.signer, window).ok());
    }
    EXPECT_TRUE(
        OrderEncoder::make(desk.symbols, desk.instruments, desk.ids, desk.signer, 1000).ok());
}

TEST(OrderEntry, WritesAnOrderOnTheGridOfItsOwnVersion) {
    Desk desk;
    desk.define(risk::tick * 10, risk::lot * 10);
    auto encoder = desk.make();
    NewOrderSingle order = Desk::order();
    EXPECT_EQ(field(std::string(encoder.place(1, order, at).frame), "price"), "52000.00");
    order.instrument_version = 2;
    EXPECT_EQ(field(std::string(encoder.place(1, order, at).frame), "price"), "520000.0");
    for (const std::uint32_t version : {0U, 3U, 0xffffffffU}) {
        order.instrument_version = version;
        EXPECT_EQ(encoder.place(1, order, at).error, EncodeError::no_instrument);
    }
    order.instrument_version = 1;
    order.price.value = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(encoder.place(1, order, at).error, EncodeError::no_number);
    order.price.value = 0;
    EXPECT_EQ(encoder.place(1, order, at).error, EncodeError::no_number);
}

TEST(OrderEntry, WhatIsSignedIsTheSortedParams) {
    Desk desk;
    desk.signer.key = KeyKind::hmac_sha256;
    auto encoder = desk.make();
    const std::string frame(encoder.place(1, Desk::order(), at).frame);
    EXPECT_EQ(desk.signer.last_text,
              "apiKey=KEY&newClientOrderId=" + desk.text(1) +
                  "&newOrderRespType=ACK&price=52000.00&quantity=0.01000&recvWindow=100"
                  "&selfTradePreventionMode=EXPIRE_TAKER&side=SELL&symbol=BTCUSDT&timeInForce=GTC"
                  "&timestamp=1645423376532&type=LIMIT");
    EXPECT_TRUE(frame.ends_with(R"(,"type":"LIMIT","signature":"SIGNATURE"}})"));
    desk.signer.away = true;
    EXPECT_EQ(encoder.place(1, Desk::order(), at).error, EncodeError::no_signature);
}

/// A key file that only its owner may read, gone at the end.
struct KeyFile {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("portcullis_order_entry_test_" + std::to_string(getpid()));
    explicit KeyFile(const std::string& text) {
        std::ofstream(path) << text;
        std::filesystem::permissions(
            path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    ~KeyFile() { std::filesystem::remove(path); }
};

TEST(OrderEntry, TheVenuesOwnHmacVectorOverOurWriter) {
    const KeyFile file("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j\n");
    auto signer = make_file_signer(
        file.path, "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A");
    ASSERT_TRUE(signer.ok()) << signer.error();
    FrameWriter writer;
    writer.begin(1, "order.place", true);
    writer.text(Param::api_key, signer.value()->api_key());
    writer.text(Param::price, "52000.00");
    writer.text(Param::quantity, "0.01000000");
    writer.number(Param::recv_window, 100);
    writer.text(Param::side, "SELL");
    writer.text(Param::symbol, "BTCUSDT");
    writer.text(Param::time_in_force, "GTC");
    writer.number(Param::timestamp, 1645423376532);
    writer.text(Param::type, "LIMIT");
    ASSERT_TRUE(writer.signature(*signer.value()));
    EXPECT_EQ(field(std::string(writer.finish()), "signature"),
              "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24");
}

TEST(OrderEntry, TheVenuesOwnEd25519KeySignsTheLogon) {
    const KeyFile file(
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n"
        "-----END PRIVATE KEY-----\n");
    auto signer = make_file_signer(
        file.path, "4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO");
    ASSERT_TRUE(signer.ok()) << signer.error();
    Desk desk;
    auto encoder = std::move(OrderEncoder::make(desk.symbols, desk.instruments, desk.ids,
                                                *signer.value(), 1000))
                       .value();
    EXPECT_FALSE(encoder.signs_each_message());
    EXPECT_EQ(
        field(std::string(encoder.logon(1, WallNs{1'649'729'878'532LL * ms}).frame), "signature"),
        "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/"
        "Ag==");
}

TEST(RequestIds, EncodeKindAndPlaceAndStayExactInEveryJsonReader) {
    const RequestId id = RequestId::of((1ULL << 39) - 1, Call::subscribe, 1023);
    EXPECT_LT(id.value, 1ULL << 53);
    EXPECT_EQ(id.call(), Call::subscribe);
    EXPECT_EQ(id.slot(), 1023U);
    EXPECT_EQ(RequestId{~0ULL}.call(), Call::none);
    EXPECT_EQ(RequestId{15U << 10}.call(), Call::none);
}

TEST(Symbols, NamesThatCouldBreakOutOfAFrameAreRefused) {
    SymbolTable table;
    EXPECT_FALSE(table.add_asset(engine::AssetId{0}, ""));
    EXPECT_FALSE(table.add_asset(engine::AssetId{0}, "A\"B"));
    EXPECT_FALSE(table.add_asset(engine::AssetId{0}, "A\\B"));
    EXPECT_FALSE(table.add_asset(engine::AssetId{0}, "A&B"));
    EXPECT_FALSE(table.add_asset(engine::AssetId{0}, std::string(33, 'A')));
    EXPECT_FALSE(table.add_asset(engine::AssetId{engine::capacity::assets}, "BTC"));
    EXPECT_TRUE(table.add_asset(engine::AssetId{0}, "BTC"));
    EXPECT_FALSE(table.add_asset(engine::AssetId{1}, "BTC"));
    EXPECT_FALSE(table.add_asset(engine::AssetId{0}, "ETH"));
    EXPECT_TRUE(table.add_instrument(risk::btcusdt, "１２３４５６", engine::AssetId{0},
                                     engine::AssetId{0}));
    EXPECT_EQ(table.instrument("１２３４５６"), risk::btcusdt);
    EXPECT_EQ(table.instrument("BTCUSDT"), engine::no_instrument);
}

}  // namespace
}  // namespace portcullis::gateways::binance
