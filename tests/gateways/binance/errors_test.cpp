// The specification of answers: each row of the venue's page, written down a second time.
#include "gateways/binance/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace portcullis::gateways::binance {
namespace {

using engine::RejectReason;
using enum Verdict;

struct Row {
    std::int32_t status;
    std::int32_t code;
    const char* message;
    Verdict verdict;
    RejectReason reason;
};

constexpr auto none = RejectReason::none;

const Row spec[] = {
    // statuses
    {200, 0, "", accepted, none},
    {200, -1000, "", unknown, none},
    {0, 0, "", unknown, none},
    {302, 0, "", unknown, none},
    {400, 0, "", rejected, RejectReason::other},
    {401, 0, "", rejected, RejectReason::not_authorized},
    {403, 0, "", rejected, RejectReason::not_authorized},
    {409, 0, "", unknown, none},
    {418, -1003, "", rejected, RejectReason::rate_limited},
    {429, -1003, "", rejected, RejectReason::rate_limited},
    {429, -1015, "", rejected, RejectReason::rate_limited},
    {499, 0, "", rejected, RejectReason::other},
    {500, 0, "", unknown, none},
    {500, -2010, "Duplicate order sent.", unknown, none},
    {503, -1008, "", unknown, none},
    {599, 0, "", unknown, none},
    {600, 0, "", unknown, none},
    // codes
    {400, -1000, "", unknown, none},
    {400, -1001, "", unknown, none},
    {400, -1002, "", rejected, RejectReason::not_authorized},
    {400, -1003, "", rejected, RejectReason::rate_limited},
    {400, -1006, "", unknown, none},
    {400, -1007, "", unknown, none},
    {400, -1008, "", rejected, RejectReason::rate_limited},
    {400, -1010, "Market is closed.", rejected, RejectReason::market_closed},
    {400, -1013, "Filter failure: LOT_SIZE", rejected, RejectReason::filter},
    {400, -1014, "", rejected, RejectReason::bad_request},
    {400, -1015, "", rejected, RejectReason::rate_limited},
    {400, -1016, "", rejected, RejectReason::market_closed},
    {400, -1020, "", rejected, RejectReason::bad_request},
    {400, -1021, "", rejected, RejectReason::outside_time},
    {400, -1022, "", rejected, RejectReason::not_authorized},
    {400, -1100, "", rejected, RejectReason::bad_request},
    {400, -1101, "", rejected, RejectReason::bad_request},
    {400, -1102, "", rejected, RejectReason::bad_request},
    {400, -1103, "", rejected, RejectReason::bad_request},
    {400, -1104, "", rejected, RejectReason::bad_request},
    {400, -1105, "", rejected, RejectReason::bad_request},
    {400, -1106, "", rejected, RejectReason::bad_request},
    {400, -1111, "", rejected, RejectReason::bad_request},
    {400, -1121, "", rejected, RejectReason::bad_request},
    {400, -1145, "", rejected, RejectReason::bad_request},
    {400, -2010, "", rejected, RejectReason::other},
    {400, -2010, "Duplicate order sent.", rejected, RejectReason::duplicate_order},
    {400, -2010, "Account has insufficient balance for requested action.", rejected,
     RejectReason::insufficient_funds},
    {400, -2010, "Order would immediately match and take.", rejected, RejectReason::would_match},
    {400, -2010, "Market is closed.", rejected, RejectReason::market_closed},
    {400, -2010, "Filter failure: PERCENT_PRICE_BY_SIDE", rejected, RejectReason::filter},
    {400, -2010, "This action is disabled on this account.", rejected,
     RejectReason::not_authorized},
    {400, -2011, "Unknown order sent.", rejected, RejectReason::unknown_order},
    {400, -2011, "Something new.", rejected, RejectReason::other},
    {400, -2013, "Order does not exist.", rejected, RejectReason::unknown_order},
    {400, -2014, "", rejected, RejectReason::not_authorized},
    {400, -2015, "", rejected, RejectReason::not_authorized},
    {401, -2015, "", rejected, RejectReason::not_authorized},
    {409, -2021, "", unknown, none},
    {400, -2022, "", rejected, RejectReason::other},
    {400, -2026, "", rejected, RejectReason::too_late},
    {400, -2035, "", rejected, RejectReason::other},
    {400, -2036, "", rejected, RejectReason::other},
    {400, -2038, "The requested action would change no state; rejecting", rejected,
     RejectReason::bad_request},
    {400, -2038, "Unknown order sent.", rejected, RejectReason::unknown_order},
    {400, -2039, "", rejected, RejectReason::order_mismatch},
    // not in the table
    {400, -3999, "", rejected, RejectReason::other},
    {409, -3999, "", unknown, none},
    {500, -3999, "", unknown, none},
};

TEST(BinanceErrors, EveryRowOfTheSpecification) {
    for (const Row& row : spec) {
        const Classified found = classify(row.status, row.code, row.message);
        EXPECT_EQ(found.verdict, row.verdict) << row.status << " " << row.code << row.message;
        EXPECT_EQ(found.reason, row.reason) << row.status << " " << row.code << row.message;
    }
}

TEST(BinanceErrors, TheSpecificationNamesEveryRowOfTheTable) {
    std::set<std::int32_t> named;
    for (const Row& row : spec) {
        named.insert(row.code);
    }
    for (const ErrorRow& row : error_table()) {
        EXPECT_TRUE(named.contains(row.code)) << row.code;
    }
}

// The codes that the venue's page names, with their ranges written out.
std::set<std::int32_t> codes_of(const std::string& text) {
    std::set<std::int32_t> found;
    const std::regex one(R"(-(\d{4})(?:\.\.-(\d{4}))?)");
    for (std::sregex_iterator at(text.begin(), text.end(), one), end; at != end; ++at) {
        const int first = std::stoi((*at)[1]);
        const int last = (*at)[2].matched ? std::stoi((*at)[2]) : first;
        for (int code = first; code <= last; ++code) {
            found.insert(-code);
        }
    }
    return found;
}

TEST(BinanceErrors, EveryCodeAndTextOfTheVenuesPageHasItsMeaning) {
    const auto path = std::filesystem::path{PORTCULLIS_SHARED_DIR} / "venues/binance.md";
    if (!std::filesystem::exists(path)) {
        GTEST_SKIP() << "skipped, absent: " << path;
    }
    std::ifstream in(path);
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    const std::size_t from = page.find("## 9. Error codes");
    ASSERT_NE(from, std::string::npos);
    const std::string section = page.substr(from, page.find("\n## ", from + 1) - from);
    const std::set<std::int32_t> codes = codes_of(section);
    EXPECT_GT(codes.size(), 30U);
    for (const std::int32_t code : codes) {
        const auto rows = error_table();
        EXPECT_TRUE(std::any_of(rows.begin(), rows.end(),
                                [code](const ErrorRow& row) { return row.code == code; }))
            << code << " is on the page and not in the table";
    }
    const std::regex quoted("\"([^\"]+)\"");
    std::size_t texts = 0;
    for (std::sregex_iterator at(section.begin(), section.end(), quoted), end; at != end; ++at) {
        ++texts;
        EXPECT_NE(classify(400, -2010, (*at)[1].str()).reason, RejectReason::other) << (*at)[1];
    }
    EXPECT_GE(texts, 6U);
}

TEST(BinanceErrors, NoStatusOfTheFiveHundredsIsEverARejection) {
    for (std::int32_t status = 500; status < 600; ++status) {
        for (const ErrorRow& row : error_table()) {
            EXPECT_EQ(classify(status, row.code, "Unknown order sent.").verdict, unknown);
        }
    }
}

TEST(BinanceErrors, EachTextHasItsReasonAndOnlyUnderCodesThatAreToldByText) {
    for (const TextRow& row : text_table()) {
        const std::string text = std::string(row.prefix) + ".";
        EXPECT_EQ(classify(400, -2010, text).reason, row.reason) << text;
        EXPECT_EQ(classify(400, -1021, text).reason, RejectReason::outside_time);
    }
}

TEST(BinanceErrors, ALegWithACodeThatIsNotListedIsUnknown) {
    EXPECT_EQ(classify_leg(-2011, "Unknown order sent.").reason, RejectReason::unknown_order);
    EXPECT_EQ(classify_leg(-1007, "").verdict, unknown);
    EXPECT_EQ(classify_leg(-3999, "").verdict, unknown);
}

TEST(BinanceErrors, ReasonsOfEvents) {
    EXPECT_EQ(reject_reason_of_event("NONE"), none);
    EXPECT_EQ(reject_reason_of_event("INSUFFICIENT_BALANCES"), RejectReason::insufficient_funds);
    EXPECT_EQ(reject_reason_of_event("WOULD_MATCH_IMMEDIATELY"), RejectReason::would_match);
    EXPECT_EQ(reject_reason_of_event("OCO_BAD_PRICES"), RejectReason::bad_request);
    EXPECT_EQ(reject_reason_of_event("SOMETHING_NEW"), RejectReason::other);
}

}  // namespace
}  // namespace portcullis::gateways::binance
