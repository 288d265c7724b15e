// Order lists of one account in a recorded market: how tests make them, and what it hears of them.
#pragma once

#include <string>

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {

class OrderLists : public ExchangeTest {
protected:
    OrderLists() {
        trade("100.50", "0.00001", true);  // the last trade
        events.clear();
    }
    static NewOrder stop(OrderType type, Side side, std::string_view trigger, std::string_view q,
                         std::string_view p = "0") {
        NewOrder order = limit(side, p, q);
        order.type = type;
        order.stop_price = price(trigger);
        return order;
    }
    static NewOrderList oco(const NewOrder& below, const NewOrder& above) {
        NewOrderList list;
        list.pending = {below, above};
        return list;
    }
    /// Sells 1 at 105, or at market once 95 has traded.
    static NewOrderList sell_oco() {
        return oco(stop(OrderType::stop_loss, Side::sell, "95", "1"),
                   maker(Side::sell, "105", "1"));
    }
    /// Buys 1 at 97, or at 106 once 105 has traded.
    static NewOrderList buy_oco() {
        return oco(maker(Side::buy, "97", "1"),
                   stop(OrderType::stop_loss_limit, Side::buy, "105", "1", "106"));
    }
    static NewOrderList oto(const NewOrder& working, const NewOrder& pending) {
        NewOrderList list;
        list.working = working;
        list.pending = {pending};
        return list;
    }
    static NewOrderList otoco(const NewOrder& working, const NewOrderList& pair) {
        NewOrderList list = pair;
        list.working = working;
        return list;
    }
    static NewOrderList paying(NewOrderList list) {
        list.pays = true;
        for (NewOrder& order : list.pending) {
            order.qty = QtyAtoms{0};
        }
        return list;
    }
    OrderList placed_list(const NewOrderList& list) {
        const auto reply = exchange.place_list(alice, list, ++now_ms);
        EXPECT_TRUE(reply.ok()) << reply.error.message;
        exchange.verify_books();
        return reply.value.value_or(OrderList{});
    }
    VenueError refused_list(const NewOrderList& list) {
        const auto reply = exchange.place_list(alice, list, ++now_ms);
        EXPECT_FALSE(reply.ok());
        exchange.verify_books();
        return reply.error;
    }
    Order leg(const OrderList& list, std::size_t index) {
        return state(alice, list.members[index].order_id);
    }
    bool done(const OrderList& list) {
        return exchange.query_list(alice, list.list_id, "").value->status == ListStatus::all_done;
    }
    std::string locked(const std::string& asset) {
        const auto value = static_cast<std::int64_t>(balance(alice, asset).locked.value);
        return std::to_string(value / 100'000'000) + "." +
               std::to_string(100'000'000 + value % 100'000'000).substr(1, 4);
    }
    /// "id:x/X" of each report, with `eR`, and "list:l" of each list status.
    std::string heard() {
        static constexpr const char* statuses[] = {
            "NEW",      "PARTIALLY_FILLED", "FILLED",           "CANCELED",
            "REJECTED", "EXPIRED",          "EXPIRED_IN_MATCH", "PENDING_NEW"};
        static constexpr const char* types[] = {"EXEC_STARTED", "UPDATED", "ALL_DONE"};
        std::string text;
        for (const auto& [to, event] : events) {
            if (to == alice && event.kind == AccountEvent::Kind::execution) {
                text +=
                    std::to_string(event.order.order_id) + ":" + event.exec_type + "/" +
                    statuses[static_cast<std::size_t>(event.order.status)] +
                    (event.order.expiry_reason.empty() ? ""
                                                       : "(" + event.order.expiry_reason + ")") +
                    " ";
            } else if (to == alice && event.kind == AccountEvent::Kind::list_status) {
                text += "list:" + std::string(types[static_cast<std::size_t>(event.list->status)]) +
                        " ";
            }
        }
        events.clear();
        return text;
    }
};

}  // namespace portcullis::tools::venue
