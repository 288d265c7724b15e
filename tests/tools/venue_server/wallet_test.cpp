// Deposits and withdrawals as the wallet's histories tell them: what happened on the account and
// nothing else, in Binance's fields, within Binance's windows, pages and weight.
#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {
namespace {

class Wallet : public VenueTest {
protected:
    static constexpr std::int64_t start_ms = 1'700'000'000'000;  // 2023-11-14 22:13:20 UTC

    void move(const std::string& asset, const std::string& delta) {
        EXPECT_EQ(venue.control("balance alice " + asset + " " + delta), "ok");
        now_us += 1'000'000;
    }
    std::string deposits(const std::string& query) {
        return rest("GET", "/sapi/v1/capital/deposit/hisrec", query).body;
    }
    std::string withdrawals(const std::string& query) {
        return rest("GET", "/sapi/v1/capital/withdraw/history", query).body;
    }
    /// "BTC:1.00000000 " of each row.
    static std::string in_short(const std::string& body) {
        std::string text;
        for (int i = 0; !member(body, "/" + std::to_string(i)).empty(); ++i) {
            const std::string row = "/" + std::to_string(i);
            text += member(body, row + "/coin") + ":" + member(body, row + "/amount") + " ";
        }
        std::erase(text, '"');
        return text;
    }
    static std::string days(std::int64_t count, std::int64_t more_ms = 0) {
        return std::to_string(start_ms + count * day_ms + more_ms);
    }
};

TEST_F(Wallet, tells_a_deposit_and_a_withdrawal_as_the_documents_do) {
    move("USDT", "25.5");
    move("USDT", "-0.5");
    const std::string deposit = deposits("");
    const std::string id = member(deposit, "/0/txId");
    EXPECT_EQ(
        deposit,
        R"([{"id":"760000000000000001","amount":"25.50000000","coin":"USDT","network":"SIM","status":1,"address":"","addressTag":"","txId":)" +
            id +
            R"(,"insertTime":1700000000000,"transferType":0,"confirmTimes":"1/1","unlockConfirm":0,"walletType":0}])");
    EXPECT_EQ(id.size(), 66U) << "64 digits and quotes";
    EXPECT_EQ(member(deposits("includeSource=true"), "/0/sourceAddress"), R"("")");
    EXPECT_EQ(deposits("includeSource=false"), deposit);
    const std::string withdrawal = withdrawals("");
    const std::string name = member(withdrawal, "/0/id");
    const std::string other = member(withdrawal, "/0/txId");
    EXPECT_EQ(
        withdrawal,
        R"([{"id":)" + name +
            R"(,"amount":"0.50000000","transactionFee":"0","coin":"USDT","status":6,"address":"","txId":)" +
            other +
            R"(,"applyTime":"2023-11-14 22:13:21","network":"SIM","transferType":0,"info":"","confirmNo":1,"walletType":0,"txKey":"","completeTime":"2023-11-14 22:13:21"}])");
    EXPECT_EQ(name.size(), 34U);
    EXPECT_NE(id, other);
}

TEST_F(Wallet, tells_what_faults_took_and_no_trade_lock_or_other_account) {
    EXPECT_EQ(venue.control("fault once foreign-withdrawal account:alice bps=100"), "ok");
    EXPECT_EQ(venue.control("external-lock alice BTC 1"), "ok");
    EXPECT_EQ(venue.control("balance bob BTC 3"), "ok");
    place("side=BUY&type=MARKET&quantity=0.1");
    EXPECT_EQ(deposits(""), "[]");
    EXPECT_EQ(in_short(withdrawals("")), "USDT:100.00000000 ");
    EXPECT_EQ(
        in_short(rest("GET", "/sapi/v1/capital/deposit/hisrec", "", bob_key, bob_secret).body),
        "BTC:3.00000000 ");
}

TEST_F(Wallet, finds_them_by_coin_status_time_and_id_newest_first_page_by_page) {
    for (const char* amount : {"1", "2", "3", "4"}) {
        move("BTC", amount);
        move("USDT", std::string("-") + amount);
    }
    const std::string transaction = member(deposits(""), "/2/txId");
    const std::string name = member(withdrawals(""), "/1/id");
    const auto bare = [](const std::string& text) { return text.substr(1, text.size() - 2); };
    const std::pair<std::string, const char*> of_deposits[] = {
        {"", "BTC:4.00000000 BTC:3.00000000 BTC:2.00000000 BTC:1.00000000 "},
        {"coin=BTC&limit=2", "BTC:4.00000000 BTC:3.00000000 "},
        {"offset=1&limit=2", "BTC:3.00000000 BTC:2.00000000 "},
        {"offset=4", ""},
        {"coin=USDT", ""},
        {"status=1&limit=1", "BTC:4.00000000 "},
        {"status=0", ""},
        {"txId=" + bare(transaction), "BTC:2.00000000 "},
        {"txId=none", ""},
        {"startTime=" + days(0, 2000) + "&endTime=" + days(0, 4000),
         "BTC:3.00000000 BTC:2.00000000 "},
        {"startTime=" + days(0, 2001) + "&endTime=" + days(0, 3999), ""},
        {"startTime=" + days(0, 5000), "BTC:4.00000000 "},
        {"endTime=" + days(0), "BTC:1.00000000 "},
    };
    for (const auto& [query, told] : of_deposits) {
        EXPECT_EQ(in_short(deposits(query)), told) << query;
    }
    const std::pair<std::string, const char*> of_withdrawals[] = {
        {"limit=2", "USDT:4.00000000 USDT:3.00000000 "},
        {"status=6&offset=3", "USDT:1.00000000 "},
        {"status=4", ""},
        {"idList=x," + bare(name), "USDT:3.00000000 "},
        {"withdrawOrderId=mine", ""},
        {"coin=BTC", ""},
    };
    for (const auto& [query, told] : of_withdrawals) {
        EXPECT_EQ(in_short(withdrawals(query)), told) << query;
    }
}

TEST_F(Wallet, looks_back_ninety_days_and_seven_by_a_clients_own_id) {
    move("BTC", "1");
    now_us = (start_ms + 90 * day_ms) * 1000;
    EXPECT_EQ(in_short(deposits("")), "BTC:1.00000000 ");
    now_us += 1000;
    EXPECT_EQ(deposits(""), "[]") << "a millisecond later";
    EXPECT_EQ(in_short(deposits("startTime=" + days(0) + "&endTime=" + days(90))),
              "BTC:1.00000000 ");
    const struct {
        const char* path;
        std::string query;
        int code;
        const char* text;
    } rows[] = {
        {"deposit/hisrec", "startTime=" + days(0) + "&endTime=" + days(90, 1), -1127,
         "More than 2160 hours between startTime and endTime."},
        {"deposit/hisrec", "startTime=" + days(0), -1127,
         "More than 2160 hours between startTime and endTime."},
        {"withdraw/history", "startTime=" + days(0) + "&endTime=" + days(90, 1), -1127,
         "More than 2160 hours between startTime and endTime."},
        {"withdraw/history", "withdrawOrderId=a&startTime=" + days(0) + "&endTime=" + days(7, 1),
         -1127, "More than 168 hours between startTime and endTime."},
        {"withdraw/history", "withdrawOrderId=a&startTime=" + days(0) + "&endTime=" + days(7), 0,
         nullptr},
        {"deposit/hisrec", "limit=0", -1130, "Data sent for parameter 'limit' is not valid."},
        {"deposit/hisrec", "limit=1001", 0, nullptr},
        {"deposit/hisrec", "offset=-1", -1100, nullptr},
        {"deposit/hisrec", "includeSource=maybe", -1130, nullptr},
        {"deposit/hisrec", "coin=", -1105, nullptr},
        {"deposit/hisrec", "withdrawOrderId=a", -1104, nullptr},
        {"withdraw/history", "txId=a", -1104, nullptr},
    };
    for (const auto& row : rows) {
        const std::string body =
            rest("GET", std::string("/sapi/v1/capital/") + row.path, row.query).body;
        EXPECT_EQ(member(body, "/code"), row.code == 0 ? "" : std::to_string(row.code))
            << row.query << body;
        if (row.text != nullptr) {
            EXPECT_EQ(member(body, "/msg"), "\"" + std::string(row.text) + "\"");
        }
    }
    std::string ids = "idList=1";
    for (int i = 2; i <= 50; ++i) {
        ids += "," + std::to_string(i);
    }
    EXPECT_EQ(withdrawals(ids), "[]");
    EXPECT_EQ(member(withdrawals(ids + ",51"), "/code"), "-1130");
}

TEST_F(Wallet, tells_each_asset_with_the_network_that_moves_nothing) {
    place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
    const std::string coins = rest("GET", "/sapi/v1/capital/config/getall", "").body;
    EXPECT_EQ(member(coins, "/0/coin"), R"("BTC")");
    EXPECT_EQ(
        member(coins, "/1"),
        R"({"coin":"USDT","depositAllEnable":false,"withdrawAllEnable":false,"name":"USDT","free":"9991.00000000","locked":"9.00000000","freeze":"0","withdrawing":"0","ipoing":"0","ipoable":"0","storage":"0","isLegalMoney":false,"trading":true,"networkList":[{"network":"SIM","coin":"USDT","withdrawIntegerMultiple":"0.00000001","isDefault":true,"depositEnable":false,"withdrawEnable":false,"depositDesc":"","withdrawDesc":"simulated venue","name":"Simulated","resetAddressStatus":false,"addressRegex":"^$","memoRegex":"","withdrawFee":"0","withdrawMin":"0.00000001","withdrawMax":"10000000000","minConfirm":1,"unLockConfirm":0,"sameAddress":false,"estimatedArrivalTime":1,"busy":false}]})");
    EXPECT_EQ(member(coins, "/2"), "");
}

TEST_F(Wallet, asks_for_withdrawals_ten_times_a_second_and_account_at_most) {
    const auto ask = [&] { return rest("GET", "/sapi/v1/capital/withdraw/history", ""); };
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(ask().status, 200) << i;
    }
    const HttpReply refused = ask();
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(
        member(refused.body, "/msg"),
        R"("Too much request weight used; current limit is 180000 request weight per 1 SECOND. Please use WebSocket Streams for live updates to avoid polling the API.")");
    EXPECT_EQ(rest("GET", "/sapi/v1/capital/withdraw/history", "", bob_key, bob_secret).status, 200)
        << "another account";
    now_us += 1'000'000;
    EXPECT_EQ(ask().status, 200);
}

}  // namespace
}  // namespace portcullis::tools::venue
