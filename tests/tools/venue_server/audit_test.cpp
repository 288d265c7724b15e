// The tables of tools/venue/server/README.md against the code: nothing served that is not told,
// nothing told that is not served; signatures, permissions and weights as the rows say.
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/certificates.hpp"

namespace portcullis::tools::venue {
namespace {

using Cells = std::vector<std::string>;

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(' ');
    return from == std::string::npos ? ""
                                     : text.substr(from, text.find_last_not_of(' ') + 1 - from);
}

std::string read_source(const std::string& path) {
    const auto text = read_file(std::string(PORTCULLIS_SOURCE_DIR) + "/" + path);
    EXPECT_TRUE(text) << path;
    return text ? text.value() : "";
}

/// The rows of the table whose header line is `header`.
std::vector<Cells> table(const std::string& header) {
    std::istringstream in(read_source("tools/venue/server/README.md"));
    std::vector<Cells> rows;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line == header) {
            inside = true;
            std::getline(in, line);  // the dashes
        } else if (inside && !line.starts_with('|')) {
            break;
        } else if (inside) {
            std::istringstream cells(line.substr(1));
            rows.emplace_back();
            for (std::string cell; std::getline(cells, cell, '|');) {
                rows.back().push_back(trimmed(cell));
            }
        }
    }
    EXPECT_FALSE(rows.empty()) << header;
    return rows;
}

/// All files below a folder whose names end so, one behind the other.
std::string read_sources(const std::string& folder, const std::vector<std::string>& endings) {
    std::string all;
    const std::filesystem::path root = PORTCULLIS_SOURCE_DIR;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
        const std::string ending = entry.path().extension().string();
        if (entry.is_regular_file() && std::count(endings.begin(), endings.end(), ending) > 0) {
            all += read_source(entry.path().lexically_relative(root).string());
        }
    }
    return all;
}

/// What a test does; empty: there is none of that name.
std::string body_of_test(const std::string& name) {
    static const std::string sources = read_sources("tests/tools/venue_server", {".cpp"}) +
                                       read_sources("tests/tools/venue_faults", {".cpp"});
    const std::size_t dot = std::min(name.find('.'), name.size() - 1);
    const std::string head = "TEST_F(" + name.substr(0, dot) + ", " + name.substr(dot + 1) + ") {";
    const std::size_t begin = sources.find(head);
    return begin == std::string::npos ? ""
                                      : sources.substr(begin, sources.find("\n}\n", begin) - begin);
}

/// "-1100" and the like in a text: what looks like a code of an error.
std::set<int> codes_in(const std::string& text) {
    std::set<int> codes;
    for (std::size_t at = text.find('-'); at < text.size(); at = text.find('-', at + 1)) {
        const std::string digits = text.substr(at + 1, 4);
        const bool alone = text.find_first_of("0123456789", at + 5) != at + 5;
        if (digits.find_first_not_of("0123456789") == std::string::npos && digits.size() == 4 &&
            alone && (digits < "1300" ? digits >= "1000" : digits >= "2000" && digits < "2100")) {
            codes.insert(-std::stoi(digits));
        }
    }
    return codes;
}

/// The same with "-1196 to -1199".
std::set<int> codes_of_row(const std::string& cell) {
    std::set<int> codes = codes_in(cell);
    for (std::size_t at = cell.find(" to "); at < cell.size(); at = cell.find(" to ", at + 1)) {
        const int last = std::stoi(cell.substr(at + 4));
        for (int code = std::stoi(cell.substr(at - 5)); code > last; --code) {
            codes.insert(code);
        }
    }
    return codes;
}

void expect_test_exists(const std::string& name) {
    EXPECT_NE(body_of_test(name), "") << name;
}

constexpr const char* method_header = "| method | WebSocket API | REST | signed | weight | test |";
constexpr const char* session_header = "| method | test |";

class Audit : public VenueTest {
protected:
    std::int64_t used() { return venue.api().limits().weight_used("127.0.0.1", now_ms()); }
    /// By whichever budget the method has.
    std::int64_t used(const std::string& method) {
        Limits& limits = venue.api().limits();
        return used() + limits.wallet_weight_used("127.0.0.1", method, now_ms()) +
               limits.wallet_weight_used(alice, now_ms());
    }
    HttpReply ask(const std::string& route, const std::string& query, const std::string& key) {
        const std::size_t space = route.find(' ');
        return rest(route.substr(0, space), route.substr(space + 1), query, key);
    }
    std::string ask_ws(const std::string& method) {
        FakePeer peer;
        const auto session = open("/ws-api/v3", peer);
        session->on_text(R"({"id":1,"method":")" + method + "\"}");
        return peer.last();
    }
};

TEST_F(Audit, names_every_method_with_its_routes_and_an_existing_test) {
    std::set<std::string> told;
    for (const Cells& row : table(method_header)) {
        ASSERT_EQ(row.size(), 6U) << row[0];
        EXPECT_TRUE(told.insert(row[0]).second) << row[0] << " twice";
        std::string routes;
        for (const std::string& route : RestDoor::routes_of(row[0])) {
            routes += (routes.empty() ? "" : ", ") + route;
        }
        EXPECT_EQ(row[2], routes) << row[0];
        expect_test_exists(row[5]);
    }
    std::set<std::string> served;
    for (const std::string_view name : Api::method_names()) {
        served.insert(std::string(name));
    }
    EXPECT_EQ(told, served);
}

TEST_F(Audit, tells_which_methods_the_websocket_api_knows) {
    const std::string unknown = "\"Data sent for parameter 'method' is not valid.\"";
    for (const Cells& row : table(method_header)) {
        EXPECT_EQ(member(ask_ws(row[0]), "/error/msg") == unknown, row[1] == "no") << row[0];
    }
    for (const Cells& row : table(session_header)) {
        const std::int64_t before = used() + 2;  // opening the connection costs two
        EXPECT_NE(member(ask_ws(row[0]), "/error/msg"), unknown) << row[0];
        EXPECT_EQ(used() - before, 2) << row[0];
        expect_test_exists(row[1]);
    }
    EXPECT_EQ(member(ask_ws("order.fly"), "/error/msg"), unknown);
}

TEST_F(Audit, tells_signature_permission_and_weight_as_they_are) {
    for (const Cells& row : table(method_header)) {
        const std::string route = row[2].substr(0, row[2].find(','));
        const std::string nobody = member(ask(route, "", "").body, "/code");
        const std::string reader = member(ask(route, "", reader_key).body, "/code");
        EXPECT_EQ(nobody == "-2014", row[3] != "no") << row[0] << nobody;
        EXPECT_EQ(reader == "-2015", row[3] == "trade") << row[0] << reader;
        const std::int64_t before = used(row[0]);
        ask(route, "", hmac_key);
        EXPECT_EQ(std::to_string(used(row[0]) - before), row[4].substr(0, row[4].find(' ')))
            << row[0];
    }
}

TEST_F(Audit, tells_how_parameters_change_the_weight) {
    const struct {
        const char* route;
        const char* query;
        std::int64_t weight;
    } rows[] = {
        {"GET /api/v3/depth", "symbol=BTCUSDT&limit=100", 5},
        {"GET /api/v3/depth", "symbol=BTCUSDT&limit=101", 25},
        {"GET /api/v3/depth", "symbol=BTCUSDT&limit=500", 25},
        {"GET /api/v3/depth", "symbol=BTCUSDT&limit=501", 50},
        {"GET /api/v3/depth", "symbol=BTCUSDT&limit=1000", 50},
        {"GET /api/v3/depth", "symbol=BTCUSDT&limit=1001", 250},
        {"GET /api/v3/ticker/bookTicker", "symbol=BTCUSDT", 2},
        {"GET /api/v3/ticker/price", "symbol=BTCUSDT", 2},
        {"GET /api/v3/ticker/24hr", "symbol=BTCUSDT", 2},
        {"GET /api/v3/ticker/24hr", "symbols=[\"BTCUSDT\"]", 2},
        {"GET /api/v3/ticker/24hr", "type=MINI", 80},
        {"GET /api/v3/executionRules", "symbol=BTCUSDT", 2},
        {"GET /api/v3/executionRules", "symbols=[\"BTCUSDT\",\"ETHUSDT\"]", 4},
        {"GET /api/v3/executionRules", "symbolStatus=TRADING", 40},
        {"GET /api/v3/ticker", "symbol=BTCUSDT", 4},
        {"GET /api/v3/myPreventedMatches", "symbol=BTCUSDT&preventedMatchId=1", 2},
        {"GET /api/v3/myPreventedMatches", "symbol=BTCUSDT&orderId=1", 20},
        {"GET /api/v3/myPreventedMatches", "symbol=NOPEUSDT&orderId=1", 2},
        {"POST /api/v3/sor/order/test",
         "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1&computeCommissionRates=true", 20},
        {"GET /api/v3/ticker", "symbols=[\"BTCUSDT\",\"ETHUSDT\"]", 8},
        {"GET /api/v3/ticker/tradingDay", "symbols=[\"BTCUSDT\",\"ETHUSDT\",\"XRPUSDT\"]", 12},
        {"GET /api/v3/openOrders", "symbol=BTCUSDT", 6},
        {"GET /api/v3/myTrades", "symbol=BTCUSDT&orderId=1", 5},
        {"POST /api/v3/order/test",
         "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1&computeCommissionRates=true", 20},
        {"POST /api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1", 0},
        {"DELETE /api/v3/order", "symbol=BTCUSDT&orderId=99", 1},
    };
    for (const auto& row : rows) {
        const std::int64_t before = used();
        const bool open = std::string_view(row.route).find("depth") != std::string_view::npos ||
                          std::string_view(row.route).find("Ticker") != std::string_view::npos ||
                          std::string_view(row.route).find("ticker") != std::string_view::npos;
        if (open) {
            get(std::string(row.route).substr(4) + "?" + row.query);
        } else {
            ask(row.route, row.query, hmac_key);
        }
        EXPECT_EQ(used() - before, row.weight) << row.route << " " << row.query;
    }
}

TEST_F(Audit, names_every_code_that_is_answered_with_a_test_that_provokes_it) {
    std::set<int> told;
    for (const Cells& row : table("| code | of | test |")) {
        ASSERT_EQ(row.size(), 3U) << row[0];
        expect_test_exists(row[2]);
        const std::set<int> provoked = codes_in(body_of_test(row[2]));
        for (const int code : codes_of_row(row[0])) {
            EXPECT_TRUE(told.insert(code).second) << code << " twice";
            EXPECT_TRUE(provoked.contains(code)) << code << " in " << row[2];
        }
    }
    EXPECT_EQ(told, codes_in(read_sources("tools/venue", {".cpp", ".hpp"})));
}

TEST_F(Audit, names_every_code_of_the_documents) {
    std::set<int> named;
    for (const Cells& row : table("| code | of | test |")) {
        named.merge(codes_of_row(row[0]));
    }
    for (const Cells& row : table("| code | never, for |")) {
        for (const int code : codes_of_row(row[0])) {
            EXPECT_TRUE(named.insert(code).second) << code << " is answered";
        }
    }
    const std::set<int> documented = codes_of_row(
        "-1000 to -1003, -1006 to -1008, -1010, -1013 to -1016, -1020 to -1022, -1033 to -1035, "
        "-1100 to -1106, -1108, -1111, -1112, -1114 to -1122, -1125, -1127, -1128, -1130, -1134, "
        "-1135, -1139, -1145, -1151 to -1153, -1155, -1158, -1160, -1161, -1165, -1166, "
        "-1168 to -1191, -1194, -1196 to -1199, -1210, -1211, -1220 to -1225, -2010, -2011, "
        "-2013 to -2016, -2021, -2022, -2026, -2035, -2036, -2038, -2039, -2042, -2043");
    EXPECT_EQ(named, documented);
}

TEST_F(Audit, names_texts_of_the_documents_that_never_come) {
    const std::string sources = read_sources("tools/venue", {".cpp", ".hpp"});
    std::size_t named = 0;
    for (const Cells& row : table("| text | for |")) {
        std::istringstream in(row[0]);
        std::string between;
        for (std::string text; std::getline(in, between, '"') && std::getline(in, text, '"');) {
            EXPECT_EQ(sources.find(text), std::string::npos) << text;
            ++named;
        }
    }
    EXPECT_EQ(named, 6U);
}

TEST_F(Audit, of_small_choices_holds) {
    EXPECT_EQ(member(rest("GET", "/api/v3/account", "", reader_key).body, "/canTrade"), "true");
    FakePeer peer;
    HttpReply refusal;
    EXPECT_EQ(venue.open("/ws-api/v3?timeUnit=FORTNIGHT", "127.0.0.1", peer, refusal), nullptr);
    EXPECT_EQ(member(refusal.body, "/code"), "-1194");
}

}  // namespace
}  // namespace portcullis::tools::venue
