// Random commands and a random market, seeded: after every command all that the exchange promises.
#include <random>

#include "tests/tools/venue/exchange_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

/// A market that wanders, and two or three accounts that do anything at all.
class Storm {
public:
    explicit Storm(std::uint32_t seed) : random_(seed) {
        exchange_.add_symbol(btcusdt());
        for (int i = 0; i < 3; ++i) {
            AccountSetup setup;
            setup.balances["BTC"].free = amount("5");
            setup.balances["USDT"].free = amount("500");
            setup.maker_fee_e8 = 10'007 * i;
            setup.taker_fee_e8 = 100'003 * i;
            if (i == 2) {
                setup.fee_asset = "USDT";  // also one of the pair: fees eat what orders want
            }
            exchange_.add_account(setup);
        }
        exchange_.on_account_event([this](AccountId id, const AccountEvent& event) {
            if (event.kind == AccountEvent::Kind::execution) {
                if (event.exec_type == "REJECTED") {
                    EXPECT_EQ(event.execution_id, -1);
                } else {
                    EXPECT_GT(event.execution_id, last_execution_);
                    last_execution_ = event.execution_id;
                }
                EXPECT_LE(event.order.executed_qty, event.order.orig_qty);
                triggered_ += event.exec_type == "NEW" && is_contingent(event.order.type) &&
                                      event.order.working_time_ms > 0
                                  ? 1
                                  : 0;
                decided_ += event.order.expiry_reason == "OCO_TRIGGER" ? 1 : 0;
                slices_ += event.fill && event.order.iceberg_qty > QtyAtoms{0} ? 1 : 0;
            }
            if (event.kind == AccountEvent::Kind::list_status) {
                lists_ = event.list->list_id;
                lists_done_ += event.list->status == ListStatus::all_done ? 1 : 0;
            }
            if (event.kind == AccountEvent::Kind::balances) {
                for (const auto& [asset, balance] : event.balances) {
                    EXPECT_EQ(balance.free, exchange_.balances(id).at(asset).free);
                }
            }
        });
        exchange_.market_snapshot("BTCUSDT", {level("100", "1")}, {level("100.05", "1")}, 1);
    }

    void step() {
        ++now_ms_;
        switch (pick(14)) {
            case 0:
            case 1:
                depth();
                break;
            case 2:
                ticker();
                break;
            case 3:
            case 4:
                exchange_.market_trade("BTCUSDT", near(), some_qty(), pick(2) == 0, now_ms_);
                break;
            case 5:
                (void)exchange_.cancel(account(), named(), now_ms_);
                break;
            case 6:
                (void)exchange_.cancel_replace(account(), named(), order(), pick(2) == 0, now_ms_);
                break;
            case 7:
                (void)exchange_.amend(account(), "BTCUSDT", named().order_id, "", "", some_qty(),
                                      now_ms_);
                break;
            case 8:
                if (pick(20) == 0) {
                    (void)exchange_.cancel_all(account(), "BTCUSDT", now_ms_);
                }
                break;
            case 9:
            case 10:
                (void)exchange_.place_list(account(), list(), now_ms_);
                break;
            case 11:
                if (pick(3) == 0) {
                    (void)exchange_.cancel_list(account(), {"BTCUSDT", lists_ - pick(5), "", ""},
                                                now_ms_);
                }
                break;
            default: {
                const AccountId id = account();
                const auto placed = exchange_.place(id, order(), now_ms_);
                if (placed.ok()) {
                    orders_ = placed.value->order_id;
                }
                accepted_ += placed.ok() ? 1 : 0;
                pegged_ += placed.ok() && placed.value->peg.is_set() ? 1 : 0;
                break;
            }
        }
        exchange_.verify_books();
    }
    void finish() {
        exchange_.verify_books();
        EXPECT_GT(accepted_, 100);
        EXPECT_GT(last_execution_, 500);
        EXPECT_GT(triggered_, 10);
        EXPECT_GT(slices_, 10);
        EXPECT_GT(pegged_, 10);
        EXPECT_GT(lists_, 30);
        EXPECT_GT(lists_done_, 20);
        EXPECT_GT(decided_, 5);
    }

private:
    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_()) % below;
    }
    AccountId account() { return pick(3); }
    PriceAtoms near() {
        middle_ += static_cast<std::int64_t>(pick(5)) - 2;
        return PriceAtoms{(middle_ + static_cast<std::int64_t>(pick(21)) - 10) * 1'000'000};
    }
    /// Mostly whole lots, and a book may hold others.
    QtyAtoms some_qty() { return QtyAtoms{(1 + std::int64_t{pick(200)}) * 1'000'000}; }
    Level some_level() {
        return {near(), pick(4) == 0 ? QtyAtoms{0} : some_qty() + QtyAtoms{pick(3)}};
    }
    void depth() {
        update_id_ += 1 + pick(3);
        exchange_.market_depth("BTCUSDT", {some_level(), some_level()},
                               {some_level(), some_level()}, update_id_, now_ms_);
    }
    void ticker() {
        exchange_.market_ticker("BTCUSDT", some_level(), some_level(), update_id_ + pick(3),
                                now_ms_);
    }
    CancelOrder named() {
        CancelOrder request;
        request.symbol = "BTCUSDT";
        request.order_id = std::max<std::int64_t>(1, orders_ - pick(30));
        return request;
    }
    /// Any list that has a form at all: whether it has sense is the exchange's matter.
    NewOrderList list() {
        const Side side = pick(2) == 0 ? Side::buy : Side::sell;
        NewOrderList list;
        if (pick(2) == 0) {
            list.working = limit(pick(2) == 0 ? OrderType::limit : OrderType::limit_maker,
                                 pick(2) == 0 ? Side::buy : Side::sell);
            list.working->time_in_force = static_cast<TimeInForce>(pick(8) < 6 ? 0 : pick(3));
            list.pays = pick(4) == 0;
        }
        if (list.working && pick(2) == 0) {
            list.pending = {order()};
            list.pending[0].quote_order_qty = AmountAtoms{0};
        } else {
            const std::uint32_t profit = pick(3);
            NewOrder gain = limit(profit == 0   ? OrderType::limit_maker
                                  : profit == 1 ? OrderType::take_profit
                                                : OrderType::take_profit_limit,
                                  side);
            NewOrder stop =
                limit(pick(2) == 0 ? OrderType::stop_loss : OrderType::stop_loss_limit, side);
            stop.qty = gain.qty;
            list.pending = {stop, gain};
        }
        for (NewOrder& order : list.pending) {
            order.qty = list.pays ? QtyAtoms{0} : order.qty > QtyAtoms{0} ? order.qty : some_qty();
            order.iceberg_qty = list.pays ? QtyAtoms{0} : order.iceberg_qty;
        }
        if (list.pays) {
            list.working->side = Side::buy;
            list.pending.front().side = list.pending.back().side = Side::sell;
        }
        return list;
    }
    /// Ten ticks and more beyond the middle, whichever way the type looks.
    NewOrder limit(OrderType type, Side side) {
        const bool stops = type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
        const bool up = (side == Side::sell) != stops;
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.type = type;
        order.qty = some_qty();
        order.stp = static_cast<Stp>(pick(6));
        order.price =
            PriceAtoms{(middle_ + (up ? 1 : -1) * (1 + std::int64_t{pick(20)})) * 1'000'000};
        order.stop_price = is_contingent(type) ? order.price : PriceAtoms{0};
        order.trailing_delta = is_contingent(type) && pick(4) == 0 ? 10 + pick(20) : 0;
        if (!is_at_market(type) && order.time_in_force == TimeInForce::gtc && pick(5) == 0) {
            order.peg.price = PegPrice::primary;
            order.price = pick(2) == 0 ? PriceAtoms{0} : order.price;
        }
        return order;
    }
    NewOrder order() {
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = pick(2) == 0 ? Side::buy : Side::sell;
        order.price = near();
        order.qty = some_qty();
        order.stp = static_cast<Stp>(pick(6));
        order.time_in_force = static_cast<TimeInForce>(pick(6) < 4 ? 0 : pick(3));
        const std::uint32_t type = pick(12);
        order.type = type < 5   ? OrderType::limit
                     : type < 7 ? OrderType::limit_maker
                     : type < 8 ? OrderType::market
                                : static_cast<OrderType>(type - 5);
        if (is_contingent(order.type)) {
            order.stop_price = pick(4) == 0 ? PriceAtoms{0} : near();
            order.trailing_delta = pick(3) == 0 ? 10 + pick(20) : 0;
        }
        if (!is_at_market(order.type) && order.time_in_force == TimeInForce::gtc && pick(3) == 0) {
            order.iceberg_qty = QtyAtoms{order.qty.value / (1 + pick(9))};
            order.iceberg_qty -= QtyAtoms{order.iceberg_qty.value % 1'000};
        }
        if (order.type == OrderType::market && pick(2) == 0) {
            order.qty = QtyAtoms{0};
            order.quote_order_qty = AmountAtoms{std::int64_t{pick(100)} * 123'456'789};
        }
        if (!is_at_market(order.type) && pick(4) == 0) {
            order.peg.price = order.type == OrderType::limit_maker
                                  ? PegPrice::primary
                                  : static_cast<PegPrice>(1 + pick(2));
            order.peg.offset = std::int64_t{pick(3)};
            order.price = pick(2) == 0 ? PriceAtoms{0} : order.price;
        }
        if (pick(4) == 0) {
            order.client_order_id = "id" + std::to_string(pick(5));
        }
        return order;
    }

    std::mt19937 random_;
    Exchange exchange_;
    std::int64_t now_ms_{};
    std::int64_t middle_{10'000};  // in ticks
    std::uint64_t update_id_{1};
    std::int64_t orders_{};
    std::int64_t last_execution_{};
    int accepted_{};
    int triggered_{};
    int slices_{};
    int pegged_{};
    std::int64_t lists_{};
    int lists_done_{};
    int decided_{};
};

TEST(ExchangeRandom, every_promise_holds_after_any_commands) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Storm storm{seed};
        for (int i = 0; i < 2000; ++i) {
            storm.step();
        }
        storm.finish();
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
