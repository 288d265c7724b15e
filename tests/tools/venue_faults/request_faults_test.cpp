// Answers that are lost, and 5xx before and after, for every request that changes orders and over
// both doors: what the exchange did, and what the client heard of it.
#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// One request that changes orders. "OPEN" and "LIST" stand for the ids of what is open.
struct ChangingRequest {
    std::string method, verb, path;
    Fields fields;
};

const Fields limit_order = {{"price", "80"},
                            {"quantity", "0.1"},
                            {"side", "BUY"},
                            {"type", "LIMIT"},
                            {"timeInForce", "GTC"}};

Fields with(Fields fields, const Fields& more) {
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
}

const std::vector<ChangingRequest> changing = {
    {"order.place", "POST", "/api/v3/order", limit_order},
    {"order.cancelReplace", "POST", "/api/v3/order/cancelReplace",
     with(limit_order, {{"cancelOrderId", "OPEN"}, {"cancelReplaceMode", "STOP_ON_FAILURE"}})},
    {"order.amend.keepPriority",
     "PUT",
     "/api/v3/order/amend/keepPriority",
     {{"orderId", "OPEN"}, {"newQty", "0.08"}}},
    {"order.cancel", "DELETE", "/api/v3/order", {{"orderId", "OPEN"}}},
    {"openOrders.cancelAll", "DELETE", "/api/v3/openOrders", {}},
    {"orderList.place",
     "POST",
     "/api/v3/order/oco",
     {{"side", "BUY"}, {"quantity", "0.1"}, {"price", "80"}, {"stopPrice", "120"}}},
    {"orderList.place.oco",
     "POST",
     "/api/v3/orderList/oco",
     {{"side", "BUY"},
      {"quantity", "0.1"},
      {"aboveType", "STOP_LOSS"},
      {"aboveStopPrice", "120"},
      {"belowType", "LIMIT_MAKER"},
      {"belowPrice", "80"}}},
    {"orderList.place.oto",
     "POST",
     "/api/v3/orderList/oto",
     {{"workingType", "LIMIT_MAKER"},
      {"workingSide", "BUY"},
      {"workingPrice", "80"},
      {"workingQuantity", "0.1"},
      {"pendingType", "MARKET"},
      {"pendingSide", "SELL"},
      {"pendingQuantity", "0.1"}}},
    {"orderList.cancel", "DELETE", "/api/v3/orderList", {{"orderListId", "LIST"}}},
};

class RequestFaults : public FaultsTest {
protected:
    /// One limit order and one list are open; nothing is heard of it.
    void begin() {
        now_us += 10'000'000;  // of the limits of orders
        venue.faults().remove(std::nullopt, "");
        (void)rest("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
        open_order = VenueTest::place("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90");
        const HttpReply list = rest("POST", "/api/v3/order/oco",
                                    "symbol=BTCUSDT&side=BUY&quantity=0.1&price=80&stopPrice=120");
        ASSERT_EQ(list.status, 200) << list.body;
        open_list = member(list.body, "/orderListId");
        account.sent.clear();
    }
    [[nodiscard]] std::string filled_in(const std::string& value) const {
        return value == "OPEN" ? open_order : value == "LIST" ? open_list : value;
    }
    /// The status of the answer; 0 where none came. Asserts that no other answer came.
    int send(const ChangingRequest& request, bool over_rest) {
        const Fields fields = with(request.fields, {{"symbol", "BTCUSDT"}});
        if (over_rest) {
            std::string query;
            for (const auto& [name, value] : fields) {
                query += (query.empty() ? "" : "&") + name + "=" + filled_in(value);
            }
            const HttpReply reply = rest(request.verb, request.path, query);
            code = member(reply.body, "/code");
            return reply.silent ? 0 : reply.status;
        }
        Fields filled;
        for (const auto& [name, value] : fields) {
            filled.emplace_back(name, filled_in(value));
        }
        account.sent.clear();
        ask(*orders, signed_request(request.method, filled));
        int status = 0;
        for (const std::string& text : account.sent) {
            if (const std::string told = member(text, "/status"); !told.empty()) {
                EXPECT_EQ(status, 0) << "answered twice";
                status = std::stoi(told);
                code = member(text, "/error/code");
            }
        }
        return status;
    }
    /// What is open, to the unit.
    [[nodiscard]] std::string state() {
        std::string out;
        for (const Order& order : venue.exchange().open_orders(alice, "")) {
            out +=
                std::to_string(order.order_id) + ":" + std::to_string(order.orig_qty.value) + " ";
        }
        return out;
    }
    [[nodiscard]] std::string struck(const std::string& name) {
        return member(venue.control("fault list").substr(3), "/injected/" + name);
    }
    /// Each request over each door under `fault once NAME`: its status, and whether it was done.
    void each(const std::string& name, int status, const std::string& expected_code, bool done) {
        int count = 0;
        for (const bool over_rest : {false, true}) {
            for (const ChangingRequest& request : changing) {
                begin();
                const std::string place = name + " " + request.method + (over_rest ? " rest" : "");
                command("fault once " + name + (over_rest ? " rest" : " orders"));
                const std::string before = state();
                EXPECT_EQ(send(request, over_rest), status) << place;
                EXPECT_EQ(state() != before, done) << place;
                if (status != 0) {
                    EXPECT_EQ(code, expected_code) << place;
                }
                EXPECT_EQ(struck(name), std::to_string(++count)) << place;
                begin();
                EXPECT_EQ(send(request, over_rest), 200) << place << ", not struck a second time";
            }
        }
        venue.exchange().verify_books();
    }

    std::string open_order, open_list, code;
};

TEST_F(RequestFaults, a_lost_answer_is_that_of_every_request_that_changes_orders) {
    each("lost-ack", 0, "", true);
}

TEST_F(RequestFaults, an_error_after_accepting_is_that_of_every_request_that_changes_orders) {
    each("error-after-accept", 504, "-1007", true);
}

TEST_F(RequestFaults, an_error_before_accepting_is_that_of_every_request_that_changes_orders) {
    each("error-before-accept", 503, "-1001", false);
}

TEST_F(RequestFaults, half_of_a_cancel_replace_changes_orders_and_a_refusal_does_not) {
    const ChangingRequest refused = {
        "order.cancel", "DELETE", "/api/v3/order", {{"orderId", "4711"}}};
    const ChangingRequest half = {
        "order.cancelReplace", "POST", "/api/v3/order/cancelReplace",
        with(limit_order, {{"cancelOrderId", "4711"}, {"cancelReplaceMode", "ALLOW_FAILURE"}})};
    for (const bool over_rest : {false, true}) {
        begin();
        command(std::string("fault once lost-ack ") + (over_rest ? "rest" : "orders"));
        EXPECT_EQ(send(refused, over_rest), 400) << "nothing was accepted, so nothing is lost";
        const std::string before = state();
        EXPECT_EQ(send(half, over_rest), 0);
        EXPECT_NE(state(), before);
        EXPECT_EQ(send(half, over_rest), 409);
    }
}

TEST_F(RequestFaults, what_changes_no_order_is_answered) {
    for (const char* name : {"lost-ack", "error-before-accept", "error-after-accept"}) {
        command(std::string("fault on ") + name + " wsapi+rest");
    }
    for (const char* path : {"/api/v3/openOrders", "/api/v3/account"}) {
        EXPECT_EQ(rest("GET", path, "").status, 200) << path;
    }
    EXPECT_EQ(rest("POST", "/api/v3/order/test",
                   "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=90")
                  .status,
              200);
    EXPECT_EQ(struck("lost-ack") + struck("error-before-accept") + struck("error-after-accept"),
              "");
}

}  // namespace
}  // namespace portcullis::tools::venue
