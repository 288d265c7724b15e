// SimVenue: the least venue that closes the loop around the core. Takes requests, answers through
// events only, one round later, as a real venue would; fills a resting order when the recorded top
// of book reaches its price. It never fails: fault_venue.hpp is the one that does. It is not the
// simulated exchange of tools/venue either, which is reached through bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "engine/core/core_api.hpp"
#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "risk/approved.hpp"

namespace portcullis::tests {

// style: using-namespace because every line of these tests speaks of the engine
using namespace portcullis::engine;

/// The instrument of the shipped recording.
inline InstrumentDefinition btcusdt_definition() {
    InstrumentDefinition definition;
    definition.tick = PriceAtoms{1'000'000};
    definition.lot = QtyAtoms{1'000};
    definition.price_min = PriceAtoms{1'000'000};
    definition.price_max = PriceAtoms{100'000'000'000'000};
    definition.qty_min = QtyAtoms{1'000};
    definition.qty_max = QtyAtoms{900'000'000'000};
    definition.notional_min_atoms = 5 * atoms_per_unit;
    definition.notional_max_atoms = 9'000'000 * atoms_per_unit;
    definition.version = 1;
    definition.instrument = InstrumentId{0};
    definition.base = AssetId{0};
    definition.quote = AssetId{1};
    definition.orders_max = 200;
    definition.status = InstrumentStatus::trading;
    definition.amend_allowed = 1;
    return definition;
}

/// Outbound and venue in one: takes requests, gives report events to be stepped later.
class SimVenue {
public:
    struct Resting {
        NewOrderSingle order;
        OrderId id{};
        PriceAtoms price{};
        QtyAtoms leaves{};
    };

    explicit SimVenue(const Instrument& grid) : grid_(grid) {}

    void submit(OrderAgentId, risk::Approved<NewOrderSingle>&& approved) {
        take(approved.request());
    }
    void submit(OrderAgentId, risk::Approved<OrderCancelReplaceRequest>&& approved) {
        const auto& request = approved.request();
        if (request.mode == ReplaceMode::amend_in_place) {
            return amend(request.order);
        }
        remove(request.orig_cl_ord_id);
        take(request.order);
    }
    void cancel(OrderAgentId, const OrderCancelRequest& request) { remove(request.cl_ord_id); }
    void mass_cancel(OrderAgentId, const OrderMassCancelRequest&) {
        while (!book_.empty()) {
            remove(book_.begin()->first);
        }
    }
    void status(OrderAgentId, const OrderStatusRequest&) { ++queries; }
    void open_orders(OrderAgentId, const OpenOrdersRequest& request) {
        ReconcileStep step;
        step.phase = ReconcilePhase::complete;
        step.open_orders_only = 1;
        step.open_orders = static_cast<std::uint32_t>(book_.size());
        step.issued = request.cause;
        answer(step);
    }
    void resync(InstrumentId, ResetReason) { ++resyncs; }
    void reconcile(OrderAgentId, const ReconcileRequest& request) {
        ReconcileStep step;
        step.round = request.round;
        step.phase = ReconcilePhase::begin;
        answer(step);
        answer(VenueClock{});
        for (const auto& [asset, amount] : balances) {
            AccountBalance balance;
            balance.asset = AssetId{asset};
            balance.free = amount;
            balance.from_snapshot = 1;
            answer(balance);
        }
        step.phase = ReconcilePhase::complete;
        step.venue_time = WallNs{1};
        answer(step);
    }
    void kill(Scope, std::uint16_t) { ++kills; }

    /// The recorded top moved: what it reaches is filled.
    void on_top(const TopOfBook& top) {
        for (auto each = book_.begin(); each != book_.end();) {
            const Resting resting = each->second;
            const bool buy = resting.order.side == Side::buy;
            const bool reached =
                buy ? top.ask.price <= resting.price : top.bid.price >= resting.price;
            if (!reached || resting.order.instrument != top.instrument) {
                ++each;
                continue;
            }
            each = book_.erase(each);
            const AmountAtoms quote = quote_amount(resting.price, resting.leaves, Rounding::down);
            const int128 sign = buy ? 1 : -1;
            AmountAtoms& base = balances[base_of(resting.order.instrument)];
            base = AmountAtoms{base.value + sign * resting.leaves.value};
            balances[1] = AmountAtoms{balances[1].value - sign * quote.value};
            ++fills;
            report(resting, ExecType::trade, OrdStatus::filled, resting.leaves);
            tell_balance(base_of(resting.order.instrument));
            tell_balance(1);
        }
    }
    [[nodiscard]] bool pop(Event& out, MonoNs now) {
        if (answers_.empty()) {
            return false;
        }
        out = answers_.front();
        answers_.pop_front();
        out.header.mono = now;
        out.header.wall = WallNs{now.value};
        return true;
    }
    [[nodiscard]] std::size_t resting() const { return book_.size(); }

    std::uint64_t orders{}, amends{}, fills{}, queries{}, resyncs{}, kills{};
    /// Asset 0 is the base of instrument 0, asset 1 the quote of all; then one base an instrument.
    static std::uint16_t base_of(InstrumentId id) {
        return id.value == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(id.value + 1);
    }
    std::map<std::uint16_t, AmountAtoms> balances{
        {0, AmountAtoms{int128{100} * atoms_per_unit}},
        {1, AmountAtoms{int128{10'000'000} * atoms_per_unit}}};

private:
    template <EventPayload T>
    void answer(const T& body) {
        answers_.push_back(Event::of(body, MonoNs{}, WallNs{}));
    }
    void take(const NewOrderSingle& order) {
        ++orders;
        Resting resting{order, OrderId{orders}, *grid_.price(order.price), *grid_.qty(order.qty)};
        book_.emplace(order.cl_ord_id, resting);
        report(resting, ExecType::new_, OrdStatus::new_, QtyAtoms{});
    }
    /// Down, at the same price; nothing is filled in part here.
    void amend(const NewOrderSingle& order) {
        const auto found = book_.find(order.cl_ord_id);
        if (found == book_.end() || order.qty >= found->second.order.qty) {
            RequestOutcome refused;
            refused.cl_ord_id = order.cl_ord_id;
            refused.instrument = order.instrument;
            refused.kind = RequestKind::amend;
            refused.fate = RequestFate::rejected;
            refused.reason = RejectReason::unknown_order;
            return answer(refused);
        }
        ++amends;
        Resting& resting = found->second;
        verify(order.price == resting.order.price);
        resting.order.qty = order.qty;
        resting.leaves = *grid_.qty(order.qty);
        report(resting, ExecType::replaced, OrdStatus::new_, QtyAtoms{});
    }
    void remove(ClOrdId id) {
        const auto found = book_.find(id);
        if (found == book_.end()) {
            return;
        }
        const Resting resting = found->second;
        book_.erase(found);
        report(resting, ExecType::canceled, OrdStatus::canceled, QtyAtoms{});
    }
    void tell_balance(std::uint16_t asset) {
        AccountBalance balance;
        balance.asset = AssetId{asset};
        balance.free = balances[asset];
        answer(balance);
    }
    void report(const Resting& resting, ExecType type, OrdStatus status, QtyAtoms filled) {
        ExecutionReport report;
        report.cl_ord_id = resting.order.cl_ord_id;
        report.order_id = resting.id;
        report.exec_id = ExecId{++executions_};
        report.exec_type = type;
        report.status = status;
        report.instrument = resting.order.instrument;
        report.order_qty = *grid_.qty(resting.order.qty);
        report.bits = ExecutionReport::pack(ReportSource::stream_primary, true, resting.order.side);
        if (type == ExecType::trade) {
            report.trade = TradeId{static_cast<std::int64_t>(executions_)};
            report.last_qty = filled;
            report.last_price = resting.price;
            report.cum_qty = filled;
            report.fee_asset = AssetId{1};
        }
        answer(report);
    }

    Instrument grid_;
    std::map<ClOrdId, Resting> book_;
    std::deque<Event> answers_;
    std::uint64_t executions_{};
};

}  // namespace portcullis::tests
