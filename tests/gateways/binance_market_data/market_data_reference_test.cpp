// MarketDataDecoder against a second decoder that shares no line with it: on recorded messages, on
// mutations of them, in any order of keys, and on other people's collections of bad JSON and bad
// strings.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>

#include "tests/gateways/binance_market_data/decoding.hpp"
#include "tests/gateways/binance_market_data/reference_decoder.hpp"

namespace portcullis::gateways::binance {
namespace {

TEST(MarketDataReference, agrees_with_the_reference_on_the_corpus_and_on_mutations_of_it) {
    Decoding decode;
    std::mt19937_64 random{20240808};
    std::size_t checked = 0;
    // Bytes that change meaning more often than chance would.
    const std::string telling = "\"\\{}[]:,.-+eE0123456789 tfnbaBAuUpqsmTX\x00\x80\xff";
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
        const std::string text = read(entry.path());
        EXPECT_EQ(reference::disagreement(decode.decoder(), table, text), "") << text;
        for (int i = 0; i < 300 && !text.empty(); ++i) {
            std::string mutated = text;
            for (auto change = random() % 3 + 1; change > 0; --change) {
                const std::size_t at = random() % mutated.size();
                switch (random() % 4) {
                    case 0:
                        mutated.erase(at, random() % 3 + 1);
                        break;
                    case 1:
                        mutated.insert(at, 1, telling[random() % telling.size()]);
                        break;
                    case 2:
                        mutated.insert(at, mutated.substr(random() % mutated.size(), 12));
                        break;
                    default:
                        mutated[at] = telling[random() % telling.size()];
                }
                if (mutated.empty()) {
                    mutated = "x";
                }
            }
            ++checked;
            ASSERT_EQ(reference::disagreement(decode.decoder(), table, mutated), "") << mutated;
        }
    }
    EXPECT_GT(checked, 8'000U);
}

/// How many of the texts that differ from `usual` by one byte (changed to any other, put in, left
/// out) or are a beginning of it are accepted; each agrees with the reference.
std::size_t accepted_around(Decoding& decode, const std::string& usual, MessageKind kind) {
    std::size_t accepted = 0;
    const auto look = [&](const std::string& text, const std::string& behind = {}) {
        ASSERT_EQ(reference::disagreement(decode.decoder(), table, text, behind), "") << text;
        accepted += decode(text).kind == kind ? 1U : 0U;
    };
    for (std::size_t at = 0; at < usual.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            for (const std::size_t replaced : {1U, 0U}) {
                std::string text = usual;
                text.replace(at, replaced, 1, static_cast<char>(byte));
                look(text);
            }
        }
        std::string shorter = usual;
        look(shorter.erase(at, 1));
        look(usual.substr(0, at));
        look(usual.substr(0, at), usual.substr(at));  // the rest of it lies behind
    }
    return accepted;
}

// The layouts that are read without a walk: no byte changed, left out or put in makes one differ
// from the reference, and as it stands it is read.
TEST(MarketDataReference, the_usual_ticker_agrees_with_the_reference_whatever_byte_changes) {
    Decoding decode;
    const std::string usual =
        R"({"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT",)"
        R"("b":"61843.24000000","B":"0.5","a":"92233720368.54775807","A":"0.00000000"}})";
    const DecodedMessage& message = decode(usual);
    ASSERT_EQ(message.kind, MessageKind::top_of_book);
    EXPECT_EQ(message.instrument, InstrumentId{1});
    EXPECT_EQ(message.top.update.value, 400'900'217U);
    EXPECT_EQ(message.top.bid.qty.value, 50'000'000);
    EXPECT_EQ(message.top.ask.price.value, std::numeric_limits<std::int64_t>::max());
    EXPECT_GT(accepted_around(decode, usual, MessageKind::top_of_book), 500U)
        << "digits that became others";
}

TEST(MarketDataReference, the_usual_trade_agrees_with_the_reference_whatever_byte_changes) {
    Decoding decode;
    for (const char* sold : {"true", "false"}) {
        const std::string usual =
            R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
            R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":)" +
            std::string(sold) + R"(,"M":true}})";
        const DecodedMessage& message = decode(usual);
        ASSERT_EQ(message.kind, MessageKind::trade);
        EXPECT_EQ(message.instrument, InstrumentId{1});
        EXPECT_EQ(message.event_time.value, 1'723'161'255'343'000'000);
        EXPECT_EQ(message.trade.exchange_time.value, 1'723'161'255'342'000'000);
        EXPECT_EQ(message.trade.trade.value, 3'735'683'259);
        EXPECT_EQ(message.trade.price.value, 6'183'763'000'000);
        EXPECT_EQ(message.trade.qty.value, 2'000'000);
        EXPECT_EQ(message.trade.aggressor, sold[0] == 't' ? engine::Side::sell : engine::Side::buy);
        EXPECT_GT(accepted_around(decode, usual, MessageKind::trade), 500U);
    }
}

TEST(MarketDataReference, the_usual_depth_agrees_with_the_reference_whatever_byte_changes) {
    Decoding decode;
    for (const char* stream : {"depth", "depth@100ms"}) {
        const std::string usual =
            R"({"stream":"btcusdt@)" + std::string(stream) +
            R"(","data":{"e":"depthUpdate","E":1723161255343,"s":"BTCUSDT",)"
            R"("U":50093241253,"u":50093241261,"b":[["61824.00","0.43153000"],)"
            R"(["61820","0"],["1.5","2"],["1.4","2"]],"a":[]}})";
        const DecodedMessage& message = decode(usual);
        ASSERT_EQ(message.kind, MessageKind::depth);
        EXPECT_EQ(message.instrument, InstrumentId{1});
        EXPECT_EQ(message.event_time.value, 1'723'161'255'343'000'000);
        EXPECT_EQ(message.depth.first.value, 50'093'241'253U);
        EXPECT_EQ(message.depth.last.value, 50'093'241'261U);
        ASSERT_EQ(message.depth.deltas.size(), 2U);
        EXPECT_EQ(message.depth.deltas[0].levels[0].price.value, 6'182'400'000'000);
        EXPECT_EQ(message.depth.deltas[1].level_count, 1);
        EXPECT_GT(accepted_around(decode, usual, MessageKind::depth), 300U);
    }
}

// Numbers that one byte makes zero, too great or none: what the layout itself must refuse.
TEST(MarketDataReference, numbers_at_their_edges_agree_with_the_reference_whatever_byte_changes) {
    Decoding decode;
    struct Row {
        const char* text;
        MessageKind kind;
    };
    const Row rows[] = {
        {R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":9223372036854775807,"p":"1","q":"1","T":1,"m":true,"M":true}})",
         MessageKind::trade},
        {R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":0,"p":"0.00000001","q":"0.1","T":0,"m":false,"M":false}})",
         MessageKind::trade},
        {R"({"stream":"btcusdt@bookTicker","data":{"u":18446744073709551615,"s":"BTCUSDT","b":"1","B":"0","a":"1","A":"1"}})",
         MessageKind::top_of_book},
        {R"({"stream":"btcusdt@bookTicker","data":{"u":0,"s":"BTCUSDT","b":"0","B":"0.1","a":"92233720368.54775807","A":"9"}})",
         MessageKind::top_of_book},
        {R"({"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":1,"b":[["1","1"],["0.1","0"]],"a":[["9","0"]]}})",
         MessageKind::depth},
        {R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":9223372036854,"s":"BTCUSDT","U":0,"u":18446744073709551615,"b":[],"a":[["0.00000001","92233720368.54775807"]]}})",
         MessageKind::depth}};
    for (const Row& row : rows) {
        ASSERT_EQ(decode(row.text).kind, row.kind) << row.text;
        EXPECT_GT(accepted_around(decode, row.text, row.kind), 50U) << row.text;
    }
    // A ticker has no event time: not that of the message before it.
    ASSERT_NE(decode(rows[0].text).event_time.value, 0);
    EXPECT_EQ(decode(rows[2].text).event_time.value, 0);
}

// Each of these is refused or left to the walk by the layout, and by nothing else in the decoder.
TEST(MarketDataReference, a_frame_above_the_limit_is_refused_in_the_usual_layout_too) {
    const std::string usual =
        R"({"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"1","A":"1"}})";
    MarketDataDecoder small(table, usual.size() - 1);
    MarketDataDecoder enough(table, usual.size());
    const std::string padded = usual + std::string(engine::capacity::frame_padding, '\0');
    EXPECT_EQ(small.decode({padded.data(), usual.size()}).error, DecodeError::frame_too_big);
    EXPECT_EQ(enough.decode({padded.data(), usual.size()}).error, DecodeError::none);
}

TEST(MarketDataReference, a_symbol_that_no_json_holds_as_it_stands_is_left_to_the_walk) {
    for (const std::string symbol : {"BTC\x01USDT", "BTC\xff", "btcusdt", "BTC-USDT"}) {
        const std::vector<SymbolEntry> odd{{symbol, InstrumentId{0}}};
        MarketDataDecoder decoder(odd);
        std::string stream = symbol;
        std::transform(stream.begin(), stream.end(), stream.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        const std::string text = R"({"stream":")" + stream + R"(@bookTicker","data":{"u":1,"s":")" +
                                 symbol + R"(","b":"1","B":"1","a":"1","A":"1"}})";
        EXPECT_EQ(reference::disagreement(decoder, odd, text), "") << symbol;
    }
}

TEST(MarketDataReference, the_order_of_the_keys_does_not_matter) {
    Decoding decode;
    std::array<std::string, 9> fields{R"("e":"depthUpdate")",
                                      R"("E":1)",
                                      R"("s":"BTCUSDT")",
                                      R"("U":5)",
                                      R"("u":6)",
                                      R"("pu":4)",
                                      R"("b":[["1","2"]])",
                                      R"("a":[["3","4"]])",
                                      R"("new":{"x":[]})"};
    std::mt19937_64 random{1};
    for (int i = 0; i < 500; ++i) {
        std::shuffle(fields.begin(), fields.end(), random);
        std::string text = "{";
        for (const auto& field : fields) {
            text += (text.size() == 1 ? "" : ",") + field;
        }
        text += "}";
        ASSERT_EQ(decode(text).kind, MessageKind::depth) << text;
        ASSERT_EQ(reference::disagreement(decode.decoder(), table, text), "") << text;
    }
}

TEST(MarketDataReference, json_test_suite_is_refused_or_accepted_as_it_must) {
    const auto folder =
        std::filesystem::path{PORTCULLIS_SHARED_DIR} / "vectors/json/JSONTestSuite/test_parsing";
    if (!std::filesystem::exists(folder)) {
        GTEST_SKIP() << "skipped, absent: " << folder;
    }
    Decoding decode;
    std::size_t refused = 0;
    std::size_t accepted = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        const std::string content = read(entry.path());
        const auto& bare = decode(content);
        EXPECT_TRUE(bare.kind == MessageKind::none || name[0] != 'n') << name;
        // As a value that nobody reads, inside of a good message.
        const std::string text =
            R"({"u":1,"s":"BTCUSDT","b":"1","B":"1","x":)" + content + R"(,"a":"2","A":"1"})";
        const auto& inside = decode(text);
        const bool right = reference::Json::accept(text);
        if (name[0] == 'n' && !right) {
            EXPECT_EQ(inside.kind, MessageKind::none) << name;
            ++refused;
        } else if (name[0] == 'y') {
            EXPECT_EQ(inside.kind, MessageKind::top_of_book)
                << name << ": " << describe(inside.error);
            ++accepted;
        }
    }
    EXPECT_GT(refused, 90U);
    EXPECT_GT(accepted, 50U);
}

TEST(MarketDataReference, naughty_strings_are_symbols_nobody_has_and_prices_nobody_means) {
    const auto path = std::filesystem::path{PORTCULLIS_SHARED_DIR} / "vectors/blns/blns.json";
    if (!std::filesystem::exists(path)) {
        GTEST_SKIP() << "skipped, absent: " << path;
    }
    Decoding decode;
    std::size_t strings = 0;
    for (const auto& each : reference::Json::parse(read(path))) {
        const std::string quoted = each.dump();
        const std::string as_symbol =
            R"({"u":1,"s":)" + quoted + R"(,"b":"1","B":"1","a":"2","A":"1"})";
        EXPECT_EQ(decode(as_symbol).kind, MessageKind::none) << as_symbol;
        for (const auto& text :
             {as_symbol, R"({"u":1,"s":"BTCUSDT","b":)" + quoted + R"(,"B":"1","a":"2","A":"1"})",
              R"({"u":)" + quoted + R"(,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"})",
              R"({"e":)" + quoted + R"(,"s":"BTCUSDT"})",
              R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":2,"u":3,"b":[["1",)" + quoted +
                  R"(]],"a":[]})",
              R"({"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1",)" + quoted + ":" + quoted +
                  "}"}) {
            EXPECT_EQ(reference::disagreement(decode.decoder(), table, text), "") << text;
        }
        ++strings;
    }
    EXPECT_GT(strings, 300U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
