// One order of 10 at 100, and short words for everything that can be heard of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/orders/order_store.hpp"

namespace portcullis::engine::orders_test {

inline constexpr UnknownPolicy policy{milliseconds(500), milliseconds(1000), milliseconds(200)};
inline constexpr Epoch epoch{7};
inline constexpr InstrumentId btcusdt{3};
inline constexpr StrategyId ladder{2};
inline constexpr AssetId bnb{5};
inline constexpr MonoNs noon{1'000'000'000'000};
inline constexpr WallNs expiry{1'700'000'001'000'000'000};

inline ClOrdId id_of(std::uint64_t sequence) {
    return ClOrdId::of(epoch, sequence);
}
inline MonoNs at_ms(std::int64_t ms) {
    return noon + milliseconds(ms);
}
inline WallNs venue_ms(std::int64_t ms) {
    return WallNs{expiry.value + ms * 1'000'000};
}

inline NewOrderSingle order_of(ClOrdId id, Side side = Side::buy, StrategyId strategy = ladder,
                               InstrumentId instrument = btcusdt) {
    NewOrderSingle order;
    order.cl_ord_id = id;
    order.price = PriceTicks{100};
    order.qty = QtyLots{10};
    order.instrument_version = 1;
    order.instrument = instrument;
    order.strategy = strategy;
    order.side = side;
    return order;
}

/// Opens order `sequence`: 10 at 100.
inline OrderSlot open(OrderStore& store, std::uint64_t sequence, ClOrdId replaces = no_order,
                      Side side = Side::buy) {
    const OrderSlot slot = store.free_slot().value();
    store.open(slot, order_of(id_of(sequence), side), PriceAtoms{100}, QtyAtoms{10}, replaces,
               noon);
    return slot;
}

struct Told {
    std::uint64_t sequence{1};
    Side side{Side::buy};

    [[nodiscard]] ExecutionReport report(ExecType type, OrdStatus status, std::int64_t cum,
                                         ReportSource from = ReportSource::stream_primary) const {
        ExecutionReport told;
        told.cl_ord_id = id_of(sequence);
        told.order_id = OrderId{5000 + sequence};
        told.cum_qty = QtyAtoms{cum};
        told.order_qty = QtyAtoms{10};
        told.instrument = btcusdt;
        told.exec_type = type;
        told.status = status;
        told.bits = ExecutionReport::pack(from, false, side);
        return told;
    }
    [[nodiscard]] ExecutionReport ack(ReportSource from = ReportSource::stream_primary) const {
        return report(ExecType::new_, OrdStatus::new_, 0, from);
    }
    /// Fill number `n` of this order: quantity, running total behind it.
    [[nodiscard]] ExecutionReport trade(int n, std::int64_t qty, std::int64_t cum,
                                        ReportSource from = ReportSource::stream_primary) const {
        auto told = report(ExecType::trade,
                           cum == 10 ? OrdStatus::filled : OrdStatus::partially_filled, cum, from);
        told.trade = trade_id(n);
        told.last_qty = QtyAtoms{qty};
        told.last_price = PriceAtoms{side == Side::buy ? 100 - n : 100 + n};
        told.fee_atoms = n;
        told.fee_asset = bnb;
        return told;
    }
    [[nodiscard]] AccountFill history(int n, std::int64_t qty) const {
        const auto same = trade(n, qty, 0);
        AccountFill told;
        told.cl_ord_id = same.cl_ord_id;
        told.order_id = same.order_id;
        told.trade = same.trade;
        told.price = same.last_price;
        told.qty = same.last_qty;
        told.fee_atoms = same.fee_atoms;
        told.instrument = btcusdt;
        told.fee_asset = same.fee_asset;
        told.side = side;
        return told;
    }
    [[nodiscard]] ExecutionReport canceled(std::int64_t cum,
                                           ReportSource from = ReportSource::stream_primary) const {
        return report(ExecType::canceled, OrdStatus::canceled, cum, from);
    }
    [[nodiscard]] RequestOutcome outcome(RequestFate fate,
                                         RequestKind kind = RequestKind::new_order) const {
        RequestOutcome told;
        told.cl_ord_id = id_of(sequence);
        told.instrument = btcusdt;
        told.kind = kind;
        told.fate = fate;
        if (kind == RequestKind::new_order || kind == RequestKind::replace) {
            const bool left = fate == RequestFate::sent || fate == RequestFate::unknown;
            told.sent = left ? noon : MonoNs{};
            told.venue_expiry = left ? expiry : WallNs{};
        }
        return told;
    }
    [[nodiscard]] OrderCancelReject cancel_reject(RejectReason reason) const {
        OrderCancelReject told;
        told.cl_ord_id = id_of(sequence);
        told.instrument = btcusdt;
        told.reason = reason;
        return told;
    }
    [[nodiscard]] OpenOrder row(std::int64_t cum) const {
        OpenOrder told;
        told.cl_ord_id = id_of(sequence);
        told.order_id = OrderId{5000 + sequence};
        told.price = PriceAtoms{100};
        told.order_qty = QtyAtoms{10};
        told.cum_qty = QtyAtoms{cum};
        told.instrument = btcusdt;
        told.side = side;
        return told;
    }
    [[nodiscard]] OrderNotFound not_found(WallNs venue_time) const {
        OrderNotFound told;
        told.cl_ord_id = id_of(sequence);
        told.venue_time = venue_time;
        told.instrument = btcusdt;
        return told;
    }
    [[nodiscard]] TradeId trade_id(int n) const {
        return TradeId{static_cast<std::int64_t>(sequence) * 10 + n};
    }
};

/// Applies, and retires what is done, as the core does.
template <class Report>
Applied hear(OrderStore& store, const Report& report, MonoNs now = noon) {
    const Applied applied = store.apply(report, now);
    if (applied.done_now) {
        store.retire(applied.slot);
    }
    return applied;
}

}  // namespace portcullis::engine::orders_test
