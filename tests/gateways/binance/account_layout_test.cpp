// What is read by its layout says what it says walked: on messages of a session with our venue and
// of the exchange's documents (corpus, usual_*), with any byte of them changed, put in or left out,
// and with values at their edges. What differs from the layout is walked, and counted.
#include "gateways/binance/account_layout.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "bench/heap.hpp"
#include "tests/gateways/binance/account_twice.hpp"

namespace portcullis::gateways::binance {
namespace {

const std::filesystem::path frames_folder{PORTCULLIS_SOURCE_DIR
                                          "/tests/gateways/binance/corpus/account_fuzz"};

const SymbolTable& traded() {
    static const SymbolTable symbols = [] {
        SymbolTable made;
        using engine::AssetId;
        engine::verify(
            made.add_asset(AssetId{0}, "BTC") && made.add_asset(AssetId{1}, "USDT") &&
            made.add_asset(AssetId{2}, "BNB") &&
            made.add_instrument(engine::InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}));
        return made;
    }();
    return symbols;
}

std::map<std::string, std::string> corpus_frames(std::string_view prefix) {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(frames_folder)) {
        if (const auto name = entry.path().stem().string(); name.starts_with(prefix)) {
            std::ifstream in(entry.path(), std::ios::binary);
            found.emplace(name, std::string(std::istreambuf_iterator<char>(in), {}));
        }
    }
    return found;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(AccountLayout, every_frame_of_the_corpus_says_by_layout_what_it_says_walked) {
    ReadTwice read(traded());
    std::size_t usual = 0;
    for (const auto& [name, text] : corpus_frames("")) {
        EXPECT_EQ(read(text), "") << name;
        if (name.starts_with("usual_")) {
            EXPECT_NE(read.out().kind, Decoded::Kind::refused) << name << read.out().key.data();
            EXPECT_TRUE(read.by_layout()) << name;
            ++usual;
        }
    }
    EXPECT_GE(usual, 14U);
}

TEST(AccountLayout, the_values_are_those_of_the_frame) {
    ReadTwice read(traded());
    const auto texts = corpus_frames("usual_");
    ASSERT_EQ(read(texts.at("usual_trade")), "");
    const OrderRow& fill = read.out().event.order;
    EXPECT_EQ(read.out().event.kind, UserEvent::execution);
    EXPECT_EQ(fill.client_id, "p0000200000010q7y7rdmjxu2kyguu65fw");
    EXPECT_EQ(fill.exec_type, engine::ExecType::trade);
    EXPECT_EQ(fill.price.value, 6'182'407'000'000);
    EXPECT_EQ(fill.last_qty.value, 400'000);
    EXPECT_EQ(fill.fee_atoms, 4'945);
    EXPECT_EQ(fill.fee_asset, engine::AssetId{2});
    EXPECT_EQ(fill.side, engine::Side::sell);
    EXPECT_TRUE(fill.maker);
    ASSERT_EQ(read(texts.at("usual_rejected")), "");
    EXPECT_EQ(read.out().event.order.order_id, engine::OrderId{});
    EXPECT_EQ(read.out().event.order.reject, engine::RejectReason::would_match);
    ASSERT_EQ(read(texts.at("usual_position_3")), "");
    ASSERT_EQ(read.out().event.balances.size(), 3U);
    EXPECT_TRUE(read.out().event.balances[2].locked.value == 259'417'372'000);
    ASSERT_EQ(read(texts.at("usual_replace")), "");
    EXPECT_EQ(read.out().answer.new_leg.order.order_id.value, 13U);
    EXPECT_EQ(read.out().answer.cancel_leg.order.status, engine::OrdStatus::canceled);
    EXPECT_EQ(read.out().answer.usage.count, 3U);
}

/// How many of the texts that differ from `usual` by one byte (changed to any other, put in, left
/// out) or are a beginning of it the layout takes; each of them says the same walked.
std::size_t taken_around(const std::string& usual) {
    std::array<BalanceRow, engine::capacity::assets> balances{};
    const AccountLayout layout(traded(), balances);
    AccountDecoder walker(traded());
    std::size_t taken = 0;
    const auto look = [&](const std::string& text, std::string_view behind = {}) {
        const PaddedFrame frame(text, behind);
        Decoded read;
        if (layout.read(frame.view(), read)) {
            const PaddedFrame blank(" " + text);
            ASSERT_EQ(difference(read, walker.decode(blank.view())), "") << text;
            ++taken;
        }
    };
    for (std::size_t at = 0; at < usual.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            for (const std::size_t instead_of : {1U, 0U}) {
                std::string text = usual;
                look(text.replace(at, instead_of, 1, static_cast<char>(byte)));
            }
        }
        std::string shorter = usual;
        look(shorter.erase(at, 1));
        look(usual.substr(0, at));
        look(usual.substr(0, at), usual.substr(at));  // the rest of it lies behind
    }
    return taken;
}

TEST(AccountLayout, no_byte_changed_put_in_or_left_out_makes_a_usual_frame_say_something_else) {
    for (const auto& [name, text] : corpus_frames("usual_")) {
        EXPECT_GT(taken_around(text), 500U) << name << ": digits and names that became others";
    }
}

// A frame that its layout gave up half way leaves nothing behind in what the walk says.
TEST(AccountLayout, nothing_of_a_layout_that_was_given_up_is_left_in_what_the_walk_says) {
    ReadTwice read(traded());
    std::size_t missed = 0;
    for (const auto& [name, text] : corpus_frames("usual_")) {
        for (std::size_t at = 0; at < text.size(); at += 5) {
            for (const char* put_in : {"", " ", "-", "0", "\"", "\\", "}", "\x01", "\xc3\xa4"}) {
                std::string other = text;
                other.insert(at, put_in);
                ASSERT_EQ(read(other), "") << other;
                missed += read.out().layout_missed ? 1U : 0U;
            }
        }
    }
    EXPECT_GT(missed, 1'000U) << "blanks, and texts that are not plain";
}

struct Edge {
    const char* key;  ///< what stands before the value
    std::vector<const char*> values;
};

const std::vector<const char*> decimals{R"("0")",
                                        R"("0.00000001")",
                                        R"("1")",
                                        R"("1.00000000")",
                                        R"("2")",
                                        R"("92233720368.54775807")",
                                        R"("92233720368.54775808")",
                                        R"("-1")",
                                        R"("")",
                                        R"("1e3")",
                                        R"("0.000000001")",
                                        R"("00000000000000000000000000000001")",
                                        R"("000000000000000000000000000001")",
                                        "1",
                                        "null"};
const std::vector<const char*> integers{"0",
                                        "1",
                                        "-1",
                                        "-2",
                                        "00",
                                        "01",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "1.0",
                                        "1e3",
                                        "\"1\"",
                                        "null",
                                        "99999999999999",
                                        "100000000000000",
                                        "9223372036854",
                                        "9223372036855",
                                        "9223372036854775",
                                        "9223372036854776"};
const std::vector<const char*> words{
    R"("NEW")",
    R"("TRADE")",
    R"("CANCELED")",
    R"("REPLACED")",
    R"("REJECTED")",
    R"("EXPIRED")",
    R"("TRADE_PREVENTION")",
    R"("PENDING_NEW")",
    R"("PARTIALLY_FILLED")",
    R"("FILLED")",
    R"("PENDING_CANCEL")",
    R"("EXPIRED_IN_MATCH")",
    R"("BUY")",
    R"("SELL")",
    R"("NONE")",
    R"("INSUFFICIENT_BALANCES")",
    R"("BTCUSDT")",
    R"("BTC")",
    R"("SHIB")",
    R"("")",
    R"("\u0041")",
    "\"\xc3\xa4\"",
    "null",
    "7",
    R"("a text of more than thirty-one, but fewer than sixty-three letters")",
    R"("a text of exactly sixty-two letters and blanks, which is a lot!")",
    R"("a text of more than sixty-three letters, which is more than is read at once")"};
const std::vector<const char*> flags{"true", "false", "null", "1", "\"true\""};

const std::vector<Edge> execution_edges{
    {R"("E":)", integers}, {R"("s":)", words},    {R"("c":)", words},    {R"("S":)", words},
    {R"("o":)", words},    {R"("f":)", words},    {R"("q":)", decimals}, {R"("p":)", decimals},
    {R"("P":)", decimals}, {R"("F":)", decimals}, {R"("g":)", integers}, {R"("C":)", words},
    {R"("x":)", words},    {R"("X":)", words},    {R"("r":)", words},    {R"("i":)", integers},
    {R"("l":)", decimals}, {R"("z":)", decimals}, {R"("L":)", decimals}, {R"("n":)", decimals},
    {R"("N":)", words},    {R"("T":)", integers}, {R"("t":)", integers}, {R"("I":)", integers},
    {R"("w":)", flags},    {R"("m":)", flags},    {R"("M":)", flags},    {R"("O":)", integers},
    {R"("Z":)", decimals}, {R"("Y":)", decimals}, {R"("Q":)", decimals}, {R"("V":)", words}};
const std::vector<Edge> balance_edges{{R"("E":)", integers},
                                      {R"("u":)", integers},
                                      {R"("a":)", words},
                                      {R"("f":)", decimals},
                                      {R"("l":)", decimals}};
const std::vector<Edge> answer_edges{{R"("symbol":)", words},
                                     {R"("orderId":)", integers},
                                     {R"("orderListId":)", integers},
                                     {R"("clientOrderId":)", words},
                                     {R"("transactTime":)", integers},
                                     {R"("origClientOrderId":)", words},
                                     {R"("price":)", decimals},
                                     {R"("origQty":)", decimals},
                                     {R"("executedQty":)", decimals},
                                     {R"("status":)", words},
                                     {R"("side":)", words},
                                     {R"("cummulativeQuoteQty":)", decimals},
                                     {R"("rateLimitType":)", words},
                                     {R"("interval":)", words},
                                     {R"("intervalNum":)", integers},
                                     {R"("limit":)", integers},
                                     {R"("count":)", integers},
                                     {R"("cancelResult":)", words},
                                     {R"("newOrderResult":)", words},
                                     {R"("id":)", integers}};

/// `text` with the value behind the nth `key` set to `value`; unchanged where there is none.
std::string with_value(std::string text, std::string_view key, std::size_t nth,
                       std::string_view value) {
    std::size_t at = text.find(key);
    for (; nth != 0 && at != std::string::npos && text.find(key, at + 1) != std::string::npos;
         --nth) {
        at = text.find(key, at + 1);
    }
    if (at == std::string::npos) {
        return text;
    }
    at += key.size();
    const std::size_t end =
        text[at] == '"' ? text.find('"', at + 1) + 1 : text.find_first_of(",}]", at);
    return text.replace(at, end - at, value);
}

// Each value at each of its edges, alone, then several at random: the rules that hold of more than
// one (a fill above its order, a trade without its number) are the same ones both ways.
TEST(AccountLayout, values_at_their_edges_are_taken_or_refused_as_the_walk_does) {
    ReadTwice read(traded());
    std::mt19937_64 random{20261127};
    std::size_t taken = 0;
    std::size_t refused = 0;
    const auto look = [&](const std::string& text) {
        ASSERT_EQ(read(text), "") << text;
        refused += read.out().kind == Decoded::Kind::refused ? 1U : 0U;
        taken += read.out().kind != Decoded::Kind::refused && read.by_layout() ? 1U : 0U;
    };
    for (const auto& [name, text] : corpus_frames("usual_")) {
        const std::vector<Edge>& edges =
            text.find("executionReport") != std::string::npos           ? execution_edges
            : text.find("outboundAccountPosition") != std::string::npos ? balance_edges
                                                                        : answer_edges;
        for (const Edge& edge : edges) {
            for (const char* value : edge.values) {
                look(with_value(text, edge.key, random() % 3, value));
            }
        }
        for (int i = 0; i < 2'000; ++i) {
            std::string other = text;
            for (auto left = random() % 3 + 2; left != 0; --left) {
                const Edge& edge = edges[random() % edges.size()];
                other = with_value(other, edge.key, random() % 3,
                                   edge.values[random() % edge.values.size()]);
            }
            look(other);
        }
    }
    EXPECT_GT(taken, 2'000U);
    EXPECT_GT(refused, 10'000U);
}

TEST(AccountLayout, what_is_there_on_conditions_is_read_in_its_place_or_walked) {
    ReadTwice read(traded());
    const auto texts = corpus_frames("usual_");
    const struct {
        const char* frame;
        const char* from;
        const char* to;
        bool by_layout;
    } rows[] = {
        {"usual_new", R"(,"W":1795765736332)", "", true},
        {"usual_new", R"("EXPIRE_TAKER"}})", R"("NONE","eR":"OCO_TRIGGER"}})", true},
        {"usual_new", R"("subscriptionId":0)", R"("subscriptionId":999)", true},
        {"usual_place",
         R"(,"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND",)"
         R"("intervalNum":10,"limit":100,"count":1},{"rateLimitType":"ORDERS",)"
         R"("interval":"DAY","intervalNum":1,"limit":200000,"count":1},)"
         R"({"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE",)"
         R"("intervalNum":1,"limit":6000,"count":183}])",
         "", true},
        {"usual_place", R"("rateLimits":[)",
         R"("rateLimits":[{"rateLimitType":"NEW","interval":"EON","intervalNum":1,"limit":1,)"
         R"("count":1},)",
         true},
        {"usual_new", R"("F":)", R"("d":4,"F":)", false},
        {"usual_new", R"("I":)", R"("v":3,"A":"0.00400000","I":)", false},
        {"usual_new", R"("EXPIRE_TAKER"}})", R"("NONE","j":1,"J":1000000}})", false},
        {"usual_new", R"("EXPIRE_TAKER"}})", R"("NONE","gP":"PRIMARY_PEG"}})", false},
        {"usual_new", R"("EXPIRE_TAKER"}})", R"("NONE","k":"SOR","uS":true}})", false},
        {"usual_new", R"("S":"SELL","o":"LIMIT_MAKER")", R"("o":"LIMIT_MAKER","S":"SELL")", false},
        {"usual_new", R"("S":"SELL")", R"("S": "SELL")", false},
        {"usual_new", R"("o":"LIMIT_MAKER")", R"("o":"L\u0049MIT")", false},
        {"usual_new", R"({"subscriptionId":0,)", "{", false},
        {"usual_place", R"("transactTime":)", R"("type":"LIMIT","transactTime":)", false},
        {"usual_cancel", R"("selfTrade)", R"("icebergQty":"0.1","selfTrade)", false},
        {"usual_replace", R"("newOrderResponse":{)", R"("newOrderResponse":{"price":"1",)", false},
        {"usual_position", R"("u":)", R"("u" :)", false},
        {"usual_position", R"("B":[{"a":"BTC","f":"9.99000000","l":"0.01000000"}])", R"("B":[])",
         false},
    };
    for (const auto& row : rows) {
        ASSERT_EQ(read(replaced(texts.at(row.frame), row.from, row.to)), "") << row.to;
        EXPECT_NE(read.out().kind, Decoded::Kind::refused) << row.to << read.out().key.data();
        EXPECT_EQ(read.by_layout(), row.by_layout) << row.to;
        EXPECT_EQ(read.out().layout_missed, !row.by_layout) << row.to;
    }
}

TEST(AccountLayout, what_has_no_layout_is_not_counted_as_missed) {
    ReadTwice read(traded());
    for (const char* name : {"logon", "time", "status", "event_balance", "event_end", "replace_400",
                             "place_refused", "cancel_all"}) {
        ASSERT_EQ(read(corpus_frames(name).at(name)), "") << name;
        EXPECT_NE(read.out().kind, Decoded::Kind::refused) << name;
        EXPECT_FALSE(read.out().layout_missed) << name;
    }
    ASSERT_EQ(read(corpus_frames("usual_new").at("usual_new") + "x"), "");
    EXPECT_EQ(read.out().kind, Decoded::Kind::refused);
    EXPECT_FALSE(read.out().layout_missed);
}

TEST(AccountLayout, takes_nothing_from_the_heap) {
    AccountDecoder decoder(traded());
    std::vector<PaddedFrame> usual;
    for (const auto& [name, text] : corpus_frames("usual_")) {
        usual.emplace_back(text);
    }
    std::size_t missed = 0;
    const std::size_t before = bench::heap_calls();
    for (const PaddedFrame& frame : usual) {
        const Decoded& out = decoder.decode(frame.view());
        missed += out.layout_missed || out.kind == Decoded::Kind::refused ? 1U : 0U;
    }
    EXPECT_EQ(bench::heap_calls(), before);
    EXPECT_EQ(missed, 0U);
}

TEST(AccountLayout, a_frame_above_the_limit_is_refused_in_the_usual_layout_too) {
    const std::string usual = corpus_frames("usual_new").at("usual_new");
    AccountDecoder small(traded(), usual.size() - 1);
    AccountDecoder enough(traded(), usual.size());
    const PaddedFrame frame(usual);
    EXPECT_EQ(small.decode(frame.view()).error, DecodeError::frame_too_big);
    EXPECT_EQ(enough.decode(frame.view()).error, DecodeError::none);
}

}  // namespace
}  // namespace portcullis::gateways::binance
