// MarketDataDecoder and SnapshotDecoder: golden messages, each refusal by name, limits, no
// allocation. (market_data_reference_test.cpp: against a second decoder.)
#include "gateways/binance/market_data.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "bench/heap.hpp"
#include "tests/gateways/binance_market_data/decoding.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::BookDelta;
using engine::Side;

TEST(MarketData, spot_trade_says_who_took) {
    Decoding decode;
    const auto& sold = decode(
        R"({"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782137,"m":true,"M":true})");
    ASSERT_EQ(sold.kind, MessageKind::trade) << describe(sold.error) << sold.key;
    EXPECT_EQ(sold.trade.instrument, InstrumentId{0});
    EXPECT_EQ(sold.trade.trade.value, 12345);
    EXPECT_EQ(sold.trade.price.value, 100'000);
    EXPECT_EQ(sold.trade.qty.value, 10'000'000'000);
    EXPECT_EQ(sold.trade.exchange_time.value, 1672515782137'000'000);
    EXPECT_EQ(sold.trade.aggressor, Side::sell) << "the buyer was the maker";
    EXPECT_EQ(sold.event_time.value, 1672515782136'000'000);
    const auto& bought =
        decode(R"({"e":"trade","E":1,"s":"BNBBTC","t":1,"p":"1","q":"1","T":1,"m":false})");
    EXPECT_EQ(bought.trade.aggressor, Side::buy);
}

TEST(MarketData, a_trade_of_2023_has_order_numbers_under_the_keys_of_a_ticker) {
    Decoding decode;
    const auto& trade = decode(read(corpus / "spot23_trade.json"));
    ASSERT_EQ(trade.kind, MessageKind::trade) << describe(trade.error) << trade.key;
    EXPECT_EQ(trade.trade.price.value, 2816547000000);
}

TEST(MarketData, tickers_of_spot_and_futures) {
    Decoding decode;
    for (
        const char* text :
        {R"({"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"})",
         R"({"e":"bookTicker","u":400900217,"E":1568014460893,"T":1568014460891,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000","st":1,"ps":"BNBUSDT"})",
         R"({"stream":"bnbusdt@bookTicker","data":{"A":"40.66","a":"25.3652","B":"31.21","b":"25.3519","s":"BNBUSDT","u":400900217}})"}) {
        const auto& message = decode(text);
        ASSERT_EQ(message.kind, MessageKind::top_of_book) << text;
        EXPECT_EQ(message.instrument, InstrumentId{3});
        EXPECT_EQ(message.top.update.value, 400900217U);
        EXPECT_EQ(message.top.bid.price.value, 2535190000);
        EXPECT_EQ(message.top.bid.qty.value, 3121000000);
        EXPECT_EQ(message.top.ask.price.value, 2536520000);
        EXPECT_EQ(message.top.ask.qty.value, 4066000000);
    }
}

TEST(MarketData, a_ticker_without_one_side_has_zeroes_there) {
    Decoding decode;
    const auto& message =
        decode(R"({"u":1,"s":"BNBUSDT","b":"0.00000000","B":"0.00000000","a":"25.3","A":"4"})");
    ASSERT_EQ(message.kind, MessageKind::top_of_book);
    EXPECT_EQ(message.top.bid.qty.value, 0);
}

TEST(MarketData, depth_is_cut_into_parts_of_three_levels_with_its_ids) {
    Decoding decode;
    const auto& message = decode(
        R"({"e":"depthUpdate","E":5,"s":"BTCUSDT","U":157,"u":160,"b":[["3","1"],["2","0"]],"a":[["4","1"],["5","2"],["6","0.00000001"]]})");
    ASSERT_EQ(message.kind, MessageKind::depth);
    EXPECT_FALSE(message.depth.futures);
    EXPECT_EQ(message.depth.first.value, 157U);
    ASSERT_EQ(message.depth.deltas.size(), 2U);
    const BookDelta& first = message.depth.deltas[0];
    EXPECT_EQ(first.level_count, 3);
    EXPECT_EQ(first.ask_mask, 0b100);
    EXPECT_EQ(first.flags, 0);
    EXPECT_EQ(first.first_update.value, 157U);
    EXPECT_EQ(first.last_update.value, 160U);
    EXPECT_EQ(first.levels[1].qty.value, 0);
    const BookDelta& second = message.depth.deltas[1];
    EXPECT_EQ(second.level_count, 2);
    EXPECT_EQ(second.ask_mask, 0b11);
    EXPECT_EQ(second.flags, BookDelta::last);
    EXPECT_EQ(second.levels[1].qty.value, 1);
    EXPECT_EQ(second.instrument, InstrumentId{1});
}

TEST(MarketData, futures_depth_carries_its_predecessor) {
    Decoding decode;
    for (
        const char* text :
        {R"({"e":"depthUpdate","E":123456789,"T":123456788,"s":"BTCUSDT","ps":"BTCUSDT","st":1,"U":157,"u":160,"pu":149,"b":[["0.0024","10"]],"a":[["0.0026","100"]]})",
         R"({"e":"depthUpdate","E":1,"T":1,"s":"BTCUSD_PERP","ps":"BTCUSD","U":157,"u":160,"pu":149,"b":[["0.0024","10"]],"a":[["0.0026","100"]]})"}) {
        const auto& message = decode(text);
        ASSERT_EQ(message.kind, MessageKind::depth) << text;
        EXPECT_TRUE(message.depth.futures);
        EXPECT_EQ(message.depth.previous.value, 149U);
        ASSERT_EQ(message.depth.deltas.size(), 1U);
        EXPECT_EQ(message.depth.deltas[0].first_update.value, 149U);
        EXPECT_EQ(message.depth.deltas[0].flags, BookDelta::last | BookDelta::previous_id);
    }
}

TEST(MarketData, an_update_without_levels_is_one_empty_part) {
    Decoding decode;
    const auto& message =
        decode(R"({"e":"depthUpdate","E":5,"s":"BTCUSDT","U":1,"u":1,"b":[],"a":[]})");
    ASSERT_EQ(message.kind, MessageKind::depth);
    ASSERT_EQ(message.depth.deltas.size(), 1U);
    EXPECT_EQ(message.depth.deltas[0].level_count, 0);
    EXPECT_EQ(message.depth.deltas[0].flags, BookDelta::last);
}

TEST(MarketData, other_messages_are_told_apart) {
    Decoding decode;
    const std::pair<const char*, MessageKind> rows[] = {
        {R"({"e":"serverShutdown","E":1770123456789})", MessageKind::server_shutdown},
        {R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}})",
         MessageKind::server_shutdown},
        {R"({"e":"aggTrade","E":1,"s":"BNBBTC","a":12345,"p":"0.001","q":"1","f":1,"l":1,"T":1,"m":true})",
         MessageKind::ignored},
        {R"({"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1","i":"1","P":"1","r":"-0.1","T":1})",
         MessageKind::ignored},
        {R"({"e":"kline","s":"BTCUSDT","k":{"t":1,"x":[true,null,{"y":-1.5e3}]}})",
         MessageKind::ignored},
        {R"({"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":1,"p":"0","q":"0","X":"NA","m":true})",
         MessageKind::ignored},
        {R"({"result":null,"id":1})", MessageKind::control_reply},
        {R"({"result":["btcusdt@aggTrade"],"id":3})", MessageKind::control_reply},
        {R"({"code":2,"msg":"Invalid request: \"x\"","id":3})", MessageKind::venue_error},
        {R"({"error":{"code":3,"msg":"Invalid JSON"}})", MessageKind::venue_error},
    };
    for (const auto& [text, kind] : rows) {
        EXPECT_EQ(decode(text).kind, kind) << text;
    }
}

struct Refusal {
    DecodeError error;
    const char* key;
    std::string text;
};

TEST(MarketData, every_malformed_message_is_refused_by_name) {
    Decoding decode;
    const std::string ticker = R"({"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"})";
    const std::string trade =
        R"({"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true})";
    const std::string depth =
        R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":2,"u":3,"b":[["1","1"]],"a":[]})";
    ASSERT_EQ(decode(ticker).kind, MessageKind::top_of_book);
    ASSERT_EQ(decode(trade).kind, MessageKind::trade);
    ASSERT_EQ(decode(depth).kind, MessageKind::depth);
    const auto with = [](std::string text, const std::string& from, const std::string& to) {
        const auto at = text.find(from);
        engine::verify(at != std::string::npos);
        return text.replace(at, from.size(), to);
    };
    using E = DecodeError;
    const Refusal rows[] = {
        {E::bad_json, "", ""},
        {E::bad_json, "", "   "},
        {E::bad_json, "", ticker + "x"},
        {E::bad_json, "", ticker + ticker},
        {E::bad_json, "", ticker.substr(0, ticker.size() - 1)},
        {E::bad_json, "", with(ticker, "BTCUSDT", "BTC\xffUSDT")},
        {E::bad_json, "", with(ticker, "BTCUSDT", "BTC\nUSDT")},
        {E::bad_json, "x", with(ticker, "}", R"(,"x":tru})")},
        {E::bad_json, "x", with(ticker, "}", R"(,"x":01})")},
        {E::bad_json, "x", with(ticker, "}", R"(,"x":"\q"})")},
        {E::bad_json, "x", with(ticker, "}", R"(,"x":"\ud800"})")},
        {E::bad_json, "x", with(ticker, "}", R"(,"x":[1,]})")},
        {E::not_an_object, "", "[]"},
        {E::not_an_object, "", "1"},
        {E::too_deep, "x", with(ticker, "}", R"(,"x":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]})")},
        {E::escaped_text, "", with(ticker, "\"u\"", R"("\u0075")")},
        {E::escaped_text, "e", with(trade, "trade", R"(trad\u0065)")},
        {E::missing_key, "s", "{}"},
        {E::missing_key, "u", with(ticker, R"("u":1,)", "")},
        {E::missing_key, "A", with(ticker, R"(,"A":"1")", "")},
        {E::missing_key, "m", with(trade, R"(,"m":true)", "")},
        {E::missing_key, "a", with(depth, R"(,"a":[])", "")},
        {E::missing_key, "U", with(depth, R"("U":2,)", "")},
        {E::duplicate_key, "u", with(ticker, "}", R"(,"u":2})")},
        {E::duplicate_key, "b", with(depth, "}", R"(,"b":[]})")},
        {E::wrong_type, "u", with(ticker, "\"u\":1", "\"u\":\"1\"")},
        {E::wrong_type, "u", with(ticker, "\"u\":1", "\"u\":-1")},
        {E::wrong_type, "u", with(ticker, "\"u\":1", "\"u\":1.0")},
        {E::wrong_type, "u", with(ticker, "\"u\":1", "\"u\":1e3")},
        {E::wrong_type, "u", with(ticker, "\"u\":1", "\"u\":01")},
        {E::wrong_type, "u", with(ticker, "\"u\":1", "\"u\":null")},
        {E::wrong_type, "s", with(ticker, "\"BTCUSDT\"", "1")},
        {E::wrong_type, "b", with(ticker, "\"b\":\"1\"", "\"b\":1")},
        {E::wrong_type, "b", with(ticker, "\"b\":\"1\"", "\"b\":[]")},
        {E::wrong_type, "b", with(ticker, "\"b\":\"1\"", "\"b\":{}")},
        {E::wrong_type, "m", with(trade, "true", "\"true\"")},
        {E::wrong_type, "m", with(trade, "true", "1")},
        {E::wrong_type, "e", with(trade, "\"trade\"", "7")},
        {E::wrong_type, "a", with(depth, "\"a\":[]", "\"a\":{}")},
        {E::wrong_type, "a", with(depth, "\"a\":[]", "\"a\":\"1\"")},
        {E::wrong_type, "b", with(depth, R"([["1","1"]])", R"([[1,"1"]])")},
        {E::wrong_type, "data", R"({"stream":"x","data":[]})"},
        {E::wrong_type, "stream", R"({"stream":1,"data":{}})"},
        {E::bad_decimal, "p", with(trade, "\"p\":\"1\"", "\"p\":\"\"")},
        {E::bad_decimal, "p", with(trade, "\"p\":\"1\"", "\"p\":\"-1\"")},
        {E::bad_decimal, "p", with(trade, "\"p\":\"1\"", "\"p\":\"1e5\"")},
        {E::bad_decimal, "p", with(trade, "\"p\":\"1\"", "\"p\":\"NaN\"")},
        {E::bad_decimal, "p", with(trade, "\"p\":\"1\"", "\"p\":\" 1\"")},
        {E::bad_decimal, "p", with(trade, "\"p\":\"1\"", R"("p":"\u0031")")},
        {E::inexact, "p", with(trade, "\"p\":\"1\"", "\"p\":\"0.123456789\"")},
        {E::too_large, "q", with(trade, "\"q\":\"1\"", "\"q\":\"92233720368.54775808\"")},
        {E::too_large, "t", with(trade, "\"t\":1", "\"t\":9223372036854775808")},
        {E::too_large, "t", with(trade, "\"t\":1", "\"t\":99999999999999999999")},
        {E::too_large, "T", with(trade, "\"T\":1", "\"T\":18446744073709551615")},
        {E::zero_price, "p", with(trade, "\"p\":\"1\"", "\"p\":\"0.0\"")},
        {E::zero_price, "b", with(depth, R"([["1","1"]])", R"([["0","1"]])")},
        {E::bad_range, "U", with(depth, "\"U\":2", "\"U\":4")},
        {E::bad_range, "pu", with(depth, "}", R"(,"pu":9})")},
        {E::unknown_symbol, "s", with(ticker, "BTCUSDT", "BTCUSDC")},
        {E::unknown_symbol, "s", with(ticker, "BTCUSDT", "btcusdt")},
        {E::unknown_symbol, "s", with(ticker, "BTCUSDT", "")},
        {E::unknown_symbol, "s", with(ticker, "BTCUSDT", "BTCUSDT\xd0\xa2")},
        {E::bad_level, "b", with(depth, R"([["1","1"]])", R"([["1"]])")},
        {E::bad_level, "b", with(depth, R"([["1","1"]])", R"([["1","1","1"]])")},
        {E::bad_level, "b", with(depth, R"([["1","1"]])", R"(["1"])")},
        {E::ambiguous, "u", R"({"data":)" + ticker + R"(,"u":5})"},
        {E::ambiguous, "data", R"({"u":5,"data":)" + ticker + "}"},
        {E::duplicate_key, "data", R"({"data":)" + ticker + R"(,"data":)" + ticker + "}"},
        {E::frame_too_big, "", std::string(std::size_t{1} << 20, ' ') + ticker},
    };
    for (const Refusal& row : rows) {
        const auto& message = decode(row.text);
        EXPECT_EQ(message.error, row.error)
            << row.text.substr(0, 200) << ": " << describe(message.error) << " " << message.key;
        EXPECT_STREQ(message.key, row.key) << row.text.substr(0, 200);
        EXPECT_EQ(message.kind, MessageKind::none);
        EXPECT_TRUE(message.depth.deltas.empty());
    }
}

[[nodiscard]] std::string depth_of(std::size_t levels) {
    std::string text = R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":2,"u":3,"b":[)";
    for (std::size_t i = 0; i < levels; ++i) {
        text += (i == 0 ? "" : ",") + std::string{R"(["1","1"])"};
    }
    return text + R"(],"a":[]})";
}

TEST(MarketData, the_level_limit_holds_at_its_edge) {
    Decoding decode;
    EXPECT_EQ(decode(depth_of(message_levels_max)).depth.deltas.size(), message_deltas_max);
    EXPECT_EQ(decode(depth_of(message_levels_max + 1)).error, DecodeError::too_many_levels);
    EXPECT_EQ(decode(depth_of(1)).depth.deltas.size(), 1U) << "and leaves nothing behind";
}

TEST(MarketData, times_are_in_ms_or_us_as_their_size_says) {
    Decoding decode;
    const auto time_of = [&](const std::string& digits) {
        return decode(R"({"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1","q":"1","T":)" + digits +
                      R"(,"m":true})")
            .trade.exchange_time.value;
    };
    EXPECT_EQ(time_of("1672515782136"), 1672515782136'000'000);
    EXPECT_EQ(time_of("1672515782136123"), 1672515782136123'000);
    EXPECT_EQ(time_of("0"), 0);
}

TEST(MarketData, decoding_allocates_nothing) {
    MarketDataDecoder decoder{table};
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
        texts.push_back(read(entry.path()));
    }
    texts.push_back(depth_of(5000));
    for (auto& text : texts) {
        text += std::string(engine::capacity::frame_padding, ' ');
    }
    const std::size_t before = bench::heap_calls();
    for (int round = 0; round < 3; ++round) {
        for (const auto& text : texts) {
            (void)decoder.decode({text.data(), text.size() - engine::capacity::frame_padding});
        }
    }
    EXPECT_EQ(bench::heap_calls(), before);
}

TEST(MarketData, as_many_symbols_as_there_are_instruments_are_told_apart) {
    std::vector<SymbolEntry> many;
    for (std::uint16_t i = 0; i < engine::capacity::instruments; ++i) {
        many.push_back(
            {"SAME" + std::string(i % 20, 'X') + std::to_string(i) + "USDT", InstrumentId{i}});
    }
    MarketDataDecoder decoder{many};
    for (const auto& entry : many) {
        const std::string text =
            R"({"u":1,"s":")" + entry.symbol + R"(","b":"1","B":"1","a":"2","A":"1"})";
        const std::string padded = text + std::string(engine::capacity::frame_padding, ' ');
        EXPECT_EQ(decoder.decode({padded.data(), text.size()}).instrument, entry.instrument);
    }
}

[[nodiscard]] DecodeError decode_snapshot(const std::string& text, DepthSnapshot& out) {
    static SnapshotDecoder decoder;
    const std::string padded = text + std::string(engine::capacity::frame_padding, '"');
    return decoder.decode({padded.data(), text.size()}, out);
}

TEST(Snapshot, rest_and_ws_api_answers_are_the_same) {
    DepthSnapshot out;
    for (
        const char* text :
        {R"({"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]})",
         R"({"lastUpdateId": 1027024, "E": 1, "T": 1, "symbol":"X", "bids": [["4", "431"]], "asks": [["4.000002", "12"]]})",
         R"({"id":"51e2","status":200,"result":{"lastUpdateId":1027024,"bids":[["4","431"]],"asks":[["4.000002","12"]]},"rateLimits":[{"limit":6000}]})"}) {
        ASSERT_EQ(decode_snapshot(text, out), DecodeError::none) << text;
        EXPECT_EQ(out.last_update.value, 1027024U);
        ASSERT_EQ(out.bids.size(), 1U);
        EXPECT_EQ(out.bids[0].price.value, 400'000'000);
        ASSERT_EQ(out.asks.size(), 1U);
        EXPECT_EQ(out.asks[0].qty.value, 1'200'000'000);
    }
}

TEST(Snapshot, what_is_not_one_is_refused_by_name_and_leaves_no_levels) {
    const std::pair<const char*, DecodeError> rows[] = {
        {"", DecodeError::bad_json},
        {"[]", DecodeError::not_an_object},
        {"{}", DecodeError::missing_key},
        {R"({"lastUpdateId":1,"bids":[]})", DecodeError::missing_key},
        {R"({"lastUpdateId":1,"bids":[],"asks":[["1","1"]],"asks":[]})",
         DecodeError::duplicate_key},
        {R"({"lastUpdateId":"1","bids":[],"asks":[]})", DecodeError::wrong_type},
        {R"({"lastUpdateId":1,"bids":{},"asks":[]})", DecodeError::wrong_type},
        {R"({"lastUpdateId":1,"bids":[["1","1"]],"asks":[["1e1","1"]]})", DecodeError::bad_decimal},
        {R"({"lastUpdateId":1,"bids":[["1","1"]],"asks":[["0","1"]]})", DecodeError::zero_price},
        {R"({"lastUpdateId":1,"bids":[["1","1"]],"asks":[["1"]]})", DecodeError::bad_level},
        {R"({"lastUpdateId":1,"bids":[["1","1"]],"asks":[]}x)", DecodeError::bad_json},
        {R"({"lastUpdateId":1,"bids":[["1","1"]],"asks":[],"x":nul})", DecodeError::bad_json},
        {R"({"id":"1","status":400,"error":{"code":-1121,"msg":"Invalid symbol."}})",
         DecodeError::refused_by_venue},
        {R"({"code":-1003,"msg":"Too much request weight used."})", DecodeError::missing_key},
    };
    DepthSnapshot out;
    for (const auto& [text, error] : rows) {
        EXPECT_EQ(decode_snapshot(text, out), error) << text;
        EXPECT_TRUE(out.bids.empty() && out.asks.empty()) << text;
    }
}

TEST(Snapshot, the_level_limit_holds_at_its_edge_and_nothing_is_allocated) {
    DepthSnapshot out;
    const auto text_of = [](std::size_t bids) {
        std::string text = R"({"lastUpdateId":1,"asks":[],"bids":[)";
        for (std::size_t i = 0; i < bids; ++i) {
            text += (i == 0 ? "" : ",") + std::string{R"(["1.5","2"])"};
        }
        return text + "]}" + std::string(engine::capacity::frame_padding, ' ');
    };
    SnapshotDecoder decoder;
    const std::string most = text_of(DepthSnapshot::levels_per_side_max);
    const std::string more = text_of(DepthSnapshot::levels_per_side_max + 1);
    const std::size_t before = bench::heap_calls();
    EXPECT_EQ(decoder.decode({most.data(), most.size() - engine::capacity::frame_padding}, out),
              DecodeError::none);
    EXPECT_EQ(out.bids.size(), DepthSnapshot::levels_per_side_max);
    EXPECT_EQ(decoder.decode({more.data(), more.size() - engine::capacity::frame_padding}, out),
              DecodeError::too_many_levels);
    EXPECT_EQ(bench::heap_calls(), before);
}

TEST(MarketData, every_error_has_a_text) {
    for (int error = 0; error <= static_cast<int>(DecodeError::refused_by_venue); ++error) {
        EXPECT_GT(std::string{describe(static_cast<DecodeError>(error))}.size(), 3U);
    }
}

}  // namespace
}  // namespace portcullis::gateways::binance
