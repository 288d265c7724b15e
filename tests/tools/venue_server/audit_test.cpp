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

void expect_test_exists(const std::string& name) {
    static const std::string sources = [] {
        std::string all;
        const std::string folder = "tests/tools/venue_server";
        for (const auto& entry : std::filesystem::directory_iterator(
                 std::string(PORTCULLIS_SOURCE_DIR) + "/" + folder)) {
            if (entry.is_regular_file()) {
                all += read_source(folder + "/" + entry.path().filename().string());
            }
        }
        return all;
    }();
    const std::size_t dot = name.find('.');
    ASSERT_NE(dot, std::string::npos) << name;
    const std::string inside = "(" + name.substr(0, dot) + ", " + name.substr(dot + 1) + ") {";
    EXPECT_NE(sources.find("TEST_F" + inside), std::string::npos) << name;
}

constexpr const char* method_header = "| method | WebSocket API | REST | signed | weight | test |";
constexpr const char* session_header = "| method | test |";

class Audit : public VenueTest {
protected:
    std::int64_t used() { return venue.api().limits().weight_used("127.0.0.1", now_ms()); }
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
        const std::int64_t before = used();
        ask(route, "", hmac_key);
        EXPECT_EQ(std::to_string(used() - before), row[4].substr(0, row[4].find(' '))) << row[0];
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

TEST_F(Audit, of_small_choices_holds) {
    EXPECT_EQ(member(rest("GET", "/api/v3/account", "", reader_key).body, "/canTrade"), "true");
    FakePeer peer;
    HttpReply refusal;
    EXPECT_EQ(venue.open("/ws-api/v3?timeUnit=FORTNIGHT", "127.0.0.1", peer, refusal), nullptr);
    EXPECT_EQ(member(refusal.body, "/code"), "-1194");
}

}  // namespace
}  // namespace portcullis::tools::venue
