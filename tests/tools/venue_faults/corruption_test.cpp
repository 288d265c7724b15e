// What spoils a text, by itself: over many seeds, on one message of each sort.
#include "tools/venue/faults/corruption.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>

#include "engine/types/decimal.hpp"
#include "tests/support/json_member.hpp"

namespace portcullis::tools::venue {
namespace {

using simdjson::dom::element_type;

const struct {
    const char* name;
    std::size_t values;  ///< neither objects nor arrays
    std::string text;
} messages[] = {
    {"trade", 9,
     R"({"e":"trade","E":1700000000000,"s":"BTCUSDT","t":1,"p":"100.00000000","q":"1.00000000",)"
     R"("T":1700000000000,"m":false,"M":true})"},
    {"bookTicker", 6,
     R"({"u":12,"s":"BTCUSDT","b":"100.00000000","B":"1.0","a":"101.00000000","A":"2.0"})"},
    {"depthUpdate", 9,
     R"({"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":11,"u":12,)"
     R"("b":[["100.00000000","1.00000000"]],"a":[["101.00000000","2.00000000"]]})"},
    {"executionReport", 27,
     R"({"subscriptionId":0,"event":{"e":"executionReport","E":1700000000000,"s":"BTCUSDT",)"
     R"("c":"own","S":"BUY","o":"LIMIT","f":"GTC","q":"0.10000000","p":"90.00000000","F":"",)"
     R"("g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":1,"l":"0.00000000","n":"0","N":null,)"
     R"("T":1700000000000,"t":-1,"I":2,"w":true,"m":false,"M":false,"O":1700000000000}})"},
    {"answer", 2, R"({"result":null,"id":1})"}};

/// The type of each value of a JSON text, by its place in it; numbers are of one type.
void note_types(const simdjson::dom::element& value, const std::string& path,
                std::map<std::string, element_type>& out) {
    const bool number = value.is_uint64() || value.is_double();
    out[path] = number ? element_type::INT64 : value.type();
    if (value.is_object()) {
        for (const auto& field : value.get_object()) {
            note_types(field.value, path + "/" + std::string(field.key), out);
        }
    } else if (value.is_array()) {
        std::size_t index = 0;
        for (const auto& element : value.get_array()) {
            note_types(element, path + "/" + std::to_string(index++), out);
        }
    }
}

std::map<std::string, element_type> types_of(const std::string& text) {
    simdjson::dom::parser parser;
    std::map<std::string, element_type> out;
    simdjson::dom::element root;
    EXPECT_FALSE(parser.parse(text).get(root)) << "no JSON: " << text;
    if (!text.empty()) {
        note_types(root, "", out);
    }
    return out;
}

TEST(Corruption, of_types_leaves_one_value_of_another_type_whatever_the_seed) {
    for (const auto& [name, values, text] : messages) {
        const auto before = types_of(text);
        std::map<std::string, int> places;
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            Random random(seed);
            const auto spoiled = corrupted(FaultKind::wrong_types, text, 0, random);
            ASSERT_TRUE(spoiled) << name << " seed " << seed;
            const auto after = types_of(*spoiled);
            int changed = 0;
            for (const auto& [place, type] : before) {
                ASSERT_TRUE(after.contains(place)) << *spoiled;
                if (after.at(place) != type) {
                    ++changed;
                    ++places[place];
                }
            }
            EXPECT_EQ(changed, 1) << name << " seed " << seed << ": " << *spoiled;
        }
        EXPECT_EQ(places.size(), values) << name << ": each value has its turn";
    }
}

TEST(Corruption, leaves_alone_what_has_nothing_to_spoil) {
    Random random(1);
    for (const char* text : {"{}", "[]", "[[],{}]", R"({"b":[],"a":{}})"}) {
        EXPECT_FALSE(corrupted(FaultKind::wrong_types, text, 0, random)) << text;
        EXPECT_FALSE(corrupted(FaultKind::nan_numbers, text, 0, random)) << text;
    }
    const std::string page = html_page(502);
    for (const FaultKind kind :
         {FaultKind::wrong_types, FaultKind::nan_numbers, FaultKind::long_numbers}) {
        EXPECT_FALSE(corrupted(kind, page, 0, random)) << "a page has no JSON values";
    }
}

struct CrossedRow {
    const char* text;
    const char* best_ask;  ///< of the book; "0": it has none
    const char* pointer;   ///< where the bid is
    const char* bid;       ///< "": cannot be crossed
};
const CrossedRow crossed_rows[] = {
    // its own asks, or the best of the book where that is higher
    {R"({"U":1,"u":1,"b":[],"a":[["101.0","2.0"]]})", "101", "/b/0/0", R"("102.01000000")"},
    {R"({"U":1,"u":1,"b":[["9","1"]],"a":[["200.0","0"]]})", "101", "/b/0/0", R"("202.00000000")"},
    {R"({"U":1,"u":1,"b":[],"a":[["101.0","0"]]})", "150", "/b/0/0", R"("151.50000000")"},
    {R"({"U":1,"u":1,"b":[],"a":[["101.0","2.0"]]})", "0", "/b/0/0", R"("102.01000000")"},
    // bids alone, far below the market
    {R"({"U":1,"u":1,"b":[["33000.0","2.0"]],"a":[]})", "61650", "/b/0/0", R"("62266.50000000")"},
    {R"({"U":1,"u":1,"b":[["33000.0","2.0"]],"a":[]})", "0", "/b/0/0", ""},
    {R"({"U":1,"u":1,"b":[],"a":[]})", "10", "/b/0/0", R"("10.10000000")"},
    {R"({"U":1,"u":1,"b":[],"a":[]})", "0.00000007", "/b/0/0", R"("0.00000008")"},
    // partial books, tickers
    {R"({"lastUpdateId":1,"bids":[["9","1"]],"asks":[["10","1"]]})", "10", "/bids/0/0",
     R"("10.10000000")"},
    {R"({"lastUpdateId":1,"bids":[["9","1"]],"asks":[]})", "0", "/bids/0/0", ""},
    {R"({"u":12,"s":"X","b":"100.0","B":"1.0","a":"101.0","A":"2.0"})", "500", "/b",
     R"("102.01000000")"},
    {R"({"e":"trade","p":"1.0"})", "10", "/b", ""}};

TEST(Corruption, of_a_book_shows_a_bid_above_every_ask_or_does_nothing) {
    for (const CrossedRow& row : crossed_rows) {
        Random random(1);
        const std::string before = row.text;
        const auto spoiled =
            corrupted(FaultKind::crossed_book, before,
                      static_cast<std::int64_t>(engine::parse_decimal(row.best_ask).atoms), random);
        EXPECT_EQ(test::json_member(spoiled.value_or(""), row.pointer), row.bid) << before;
        EXPECT_EQ(spoiled.has_value(), std::string(row.bid) != "") << before;
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
