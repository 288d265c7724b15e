// Random lists, orders and a random market, seeded, against a naive twin that knows only what a
// client hears: execution reports and list statuses. From them alone it says what each account has
// and what must be locked; the venue's balances and open orders must be that after every call.
//
// The twin's rules: a buy locks its price times what is open, a sell what is open; of a pair the
// dearer order counts; an OPO's pending orders lock what its working order has bought.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

using Int128 = __int128;
constexpr Int128 unit = 100'000'000;

bool is_open(const Order& order) {
    return order.status == Status::new_ || order.status == Status::partially_filled ||
           order.status == Status::pending_new;
}

/// One account, as its stream tells of it. Without fees, or without OPOs.
class ListTwin {
public:
    explicit ListTwin(const std::map<std::string, Balance>& balances) {
        for (const auto& [asset, balance] : balances) {
            total_[asset] = balance.free.value;
        }
    }

    void hear(const AccountEvent& event) {
        if (event.kind == AccountEvent::Kind::list_status) {
            hear_list(*event.list);
        }
        if (event.kind != AccountEvent::Kind::execution) {
            return;
        }
        const Order& order = event.order;
        const auto before = orders_.find(order.order_id);
        ASSERT_TRUE(before == orders_.end() || is_open(before->second)) << "told after its end";
        if (event.fill) {
            trade(order, *event.fill);
        }
        orders_[order.order_id] = order;
    }

    void compare(const Exchange& exchange, AccountId id) const {
        std::set<std::int64_t> open;
        for (const Order& order : exchange.open_orders(id, "")) {
            open.insert(order.order_id);
        }
        std::set<std::int64_t> told;
        for (const auto& [order_id, order] : orders_) {
            if (is_open(order)) {
                told.insert(order_id);
                ASSERT_TRUE(order.list_id < 0 || done_.count(order.list_id) == 0)
                    << order_id << " is open in a list that is done";
            }
        }
        ASSERT_EQ(open, told);
        const auto locks = needed();
        for (const auto& [asset, balance] : exchange.balances(id)) {
            ASSERT_TRUE(balance.locked.value == locks.at(asset)) << asset << " is locked otherwise";
            ASSERT_TRUE(balance.free.value + balance.locked.value == total_.at(asset)) << asset;
        }
        for (const auto& [list_id, members] : lists_) {
            const bool any = std::any_of(members.begin(), members.end(),
                                         [&](std::int64_t one) { return told.count(one) > 0; });
            ASSERT_EQ(any, done_.count(list_id) == 0) << "list " << list_id;
        }
    }

    std::map<std::string, int> ends;  ///< of lists, by the last order's `eR` and status

private:
    void hear_list(const OrderList& list) {
        if (list.status == ListStatus::exec_started) {
            ASSERT_EQ(lists_.count(list.list_id), 0U);
            if (list.contingency == Contingency::oco) {
                ocos_.insert(list.list_id);
            }
            for (const OrderList::Member& member : list.members) {
                lists_[list.list_id].push_back(member.order_id);
            }
        } else if (list.status == ListStatus::all_done) {
            ASSERT_TRUE(done_.insert(list.list_id).second) << "done twice";
            const Order& last = orders_.at(list.members.back().order_id);
            ++ends[last.expiry_reason + std::to_string(static_cast<int>(last.status))];
        }
    }

    void trade(const Order& order, const Fill& fill) {
        const Int128 quote = Int128{fill.price.value} * fill.qty.value / unit;
        const Int128 sign = order.side == Side::buy ? 1 : -1;
        total_["BTC"] += sign * fill.qty.value;
        total_["USDT"] -= sign * quote;
        total_[fill.commission_asset] -= fill.commission.value;
        if (order.list_id < 0) {
            return;
        }
        const std::vector<std::int64_t>& members = lists_.at(order.list_id);
        if (ocos_.count(order.list_id) == 0 && order.order_id != members.front()) {
            ASSERT_EQ(orders_.at(members.front()).status, Status::filled) << "traded too early";
        }
        const std::int64_t other = partner(order);
        ASSERT_TRUE(other == 0 || orders_.at(other).executed_qty == QtyAtoms{0})
            << "both orders of a pair traded";
    }

    /// The other order of the pair that this one is in; 0: it is in none.
    [[nodiscard]] std::int64_t partner(const Order& order) const {
        const auto list = lists_.find(order.list_id);
        if (list == lists_.end()) {
            return 0;
        }
        const std::vector<std::int64_t>& members = list->second;
        const std::size_t first = members.size() - 2;
        const bool pair = members.size() == 3 || ocos_.count(order.list_id) > 0;
        return !pair                              ? 0
               : order.order_id == members.back() ? members[first]
               : order.order_id == members[first] ? members.back()
                                                  : 0;
    }

    static Int128 lock_of(const Order& order) {
        const Int128 left =
            order.orig_qty.value - order.executed_qty.value - order.prevented_qty.value;
        const std::int64_t price =
            is_at_market(order.type) ? order.stop_price.value : order.price.value;
        return order.side == Side::sell ? left : (left * price + unit - 1) / unit;
    }

    [[nodiscard]] std::map<std::string, Int128> needed() const {
        std::map<std::string, Int128> locks{{"BTC", 0}, {"USDT", 0}};
        for (const auto& [id, order] : orders_) {
            if (!is_open(order)) {
                continue;
            }
            Int128 lock = lock_of(order);
            const std::int64_t other = partner(order);
            if (other != 0 && is_open(orders_.at(other))) {
                const Int128 others = lock_of(orders_.at(other));
                lock = others > lock || (others == lock && other < id) ? 0 : lock;
            }
            const bool paid_for = order.status == Status::pending_new &&
                                  order.orig_qty == QtyAtoms{0} &&
                                  id == lists_.at(order.list_id).back();
            if (paid_for) {
                lock = orders_.at(lists_.at(order.list_id).front()).executed_qty.value;
            }
            locks[order.side == Side::sell ? "BTC" : "USDT"] += lock;
        }
        return locks;
    }

    std::map<std::string, Int128> total_;
    std::map<std::int64_t, Order> orders_;
    std::map<std::int64_t, std::vector<std::int64_t>> lists_;
    std::set<std::int64_t> done_, ocos_;
};

class ListStorm {
public:
    explicit ListStorm(std::uint32_t seed) : random_(seed) {
        Symbol symbol = btcusdt();
        symbol.orders_max = symbol.algo_orders_max = 40;
        exchange_.add_symbol(symbol);
        for (const std::int64_t fee_e8 : {0, 100'003}) {
            AccountSetup setup;
            setup.balances["BTC"].free = amount("50");
            setup.balances["USDT"].free = amount("5000");
            setup.maker_fee_e8 = setup.taker_fee_e8 = fee_e8;
            exchange_.add_account(setup);
            twins_.emplace_back(setup.balances);
        }
        exchange_.on_account_event(
            [this](AccountId id, const AccountEvent& event) { twins_[id].hear(event); });
        exchange_.market_snapshot("BTCUSDT", {level("99.9", "1")}, {level("100.1", "1")}, 1);
        exchange_.market_trade("BTCUSDT", price("100"), qty("0.01"), true, ++now_ms_);
    }

    void step() {
        ++now_ms_;
        const AccountId id = pick(2);
        switch (pick(10)) {
            case 0:
            case 1:
            case 2:
                last_ += static_cast<std::int64_t>(pick(9)) - 4;
                exchange_.market_trade("BTCUSDT", ticks(last_), some_qty(), pick(2) == 0, now_ms_);
                break;
            case 3:
                exchange_.market_depth("BTCUSDT", {{ticks(last_ - pick(9)), some_qty()}},
                                       {{ticks(last_ + 1 + pick(9)), some_qty()}}, ++update_id_,
                                       now_ms_);
                break;
            case 4:
                (void)exchange_.amend(id, "BTCUSDT", some_open(id), "", "",
                                      QtyAtoms{some_qty().value / 400'000 * 100'000}, now_ms_);
                break;
            case 5:
                end_something(id);
                break;
            case 6:
                (void)exchange_.place(id, order(OrderType::limit, 5), now_ms_);
                break;
            default:
                lists_ += exchange_.place_list(id, list(id == 0), now_ms_).ok() ? 1 : 0;
        }
        exchange_.verify_books();
        for (AccountId each = 0; each < 2; ++each) {
            twins_[each].compare(exchange_, each);
        }
    }

    int lists_{};
    std::vector<ListTwin> twins_;

private:
    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_()) % below;
    }
    static PriceAtoms ticks(std::int64_t count) { return PriceAtoms{count * 1'000'000}; }
    QtyAtoms some_qty() { return QtyAtoms{(1 + std::int64_t{pick(120)}) * 1'000'000}; }
    std::int64_t some_open(AccountId id) {
        const auto open = exchange_.open_orders(id, "");
        return open.empty() ? 1 : open[pick(static_cast<std::uint32_t>(open.size()))].order_id;
    }
    void end_something(AccountId id) {
        CancelOrder cancel;
        cancel.symbol = "BTCUSDT";
        cancel.order_id = some_open(id);
        switch (pick(8)) {
            case 0:
                (void)exchange_.cancel_all(id, "BTCUSDT", now_ms_);
                break;
            case 1:
                (void)exchange_.cancel_replace(id, cancel, order(OrderType::limit, 5), pick(2) == 0,
                                               now_ms_);
                break;
            case 2:
                (void)exchange_.cancel_list(id, {"BTCUSDT", 1 + pick(300), "", ""}, now_ms_);
                break;
            default:
                (void)exchange_.cancel(id, cancel, now_ms_);
        }
    }
    /// Up to `within` ticks from the last trade, on the side where its type belongs.
    NewOrder order(OrderType type, std::uint32_t within, std::optional<Side> side = {}) {
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side.value_or(pick(2) == 0 ? Side::buy : Side::sell);
        order.type = type;
        order.qty = some_qty();
        order.stp = pick(2) == 0 ? Stp::decrement : static_cast<Stp>(pick(6));
        const bool stops = type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
        const std::int64_t away = std::int64_t{pick(within)} + (type == OrderType::limit ? -2 : 1);
        order.price = ticks(last_ + ((order.side == Side::sell) != stops ? away : -away));
        order.stop_price = is_contingent(type) ? order.price : PriceAtoms{0};
        order.time_in_force = type == OrderType::limit && pick(6) == 0
                                  ? (pick(2) == 0 ? TimeInForce::ioc : TimeInForce::fok)
                                  : TimeInForce::gtc;
        return order;
    }
    NewOrderList list(bool may_pay) {
        static constexpr OrderType profits[] = {OrderType::limit_maker, OrderType::take_profit,
                                                OrderType::take_profit_limit};
        NewOrderList list;
        if (pick(3) != 0) {
            list.working = order(pick(2) == 0 ? OrderType::limit : OrderType::limit_maker, 6);
            list.pays = may_pay && pick(2) == 0;
        }
        if (list.pays) {
            list.working->side = Side::buy;
        }
        const Side side = list.pays || pick(2) == 0 ? Side::sell : Side::buy;
        if (list.working && pick(2) == 0) {
            const bool at_market = side == Side::sell && pick(4) == 0;
            list.pending = {order(at_market ? OrderType::market : profits[pick(3)], 9, side)};
        } else {
            const OrderType stop = pick(2) == 0 ? OrderType::stop_loss : OrderType::stop_loss_limit;
            list.pending = {order(stop, 9, side), order(profits[pick(3)], 9, side)};
            list.pending[0].qty = list.pending[1].qty;
        }
        for (NewOrder& each : list.pending) {
            each.qty = list.pays ? QtyAtoms{0} : each.qty;
        }
        return list;
    }

    std::mt19937 random_;
    Exchange exchange_;
    std::int64_t now_ms_{};
    std::int64_t last_{10'000};
    std::uint64_t update_id_{1};
};

TEST(OrderListsTwin, knows_balances_locks_and_open_orders_from_what_is_told) {
    std::map<std::string, int> ends;
    int lists = 0;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        ListStorm storm{seed};
        for (int i = 0; i < 1500 && !testing::Test::HasFailure(); ++i) {
            SCOPED_TRACE(i);
            storm.step();
        }
        lists += storm.lists_;
        for (const ListTwin& twin : storm.twins_) {
            for (const auto& [how, count] : twin.ends) {
                ends[how] += count;
            }
        }
    }
    EXPECT_GT(lists, 2000);
    // Of the last order of each list that is done: filled, cancelled, taken out, expired.
    for (const char* how : {"2", "3", "6", "OCO_TRIGGER5", "OTO_PHASE_ONE_EXPIRED5", "REJECTED5"}) {
        EXPECT_GT(ends[how], 50) << how;
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
