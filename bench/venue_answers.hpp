// What a bench's venue answers, whichever keeps its orders: a reconciliation and an execution
// report.
#pragma once

#include <cstdint>

#include "bench/setup.hpp"
#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "engine/orders/requests.hpp"

namespace portcullis::bench {

/// The account's history is empty, nothing rests; the last of `assets` is the quote asset.
template <class Answer>
void answer_reconcile(const engine::ReconcileRequest& request, std::uint16_t assets,
                      Answer&& answer) {
    engine::ReconcileStep step;
    step.round = request.round;
    step.phase = engine::ReconcilePhase::begin;
    answer(step);
    answer(engine::VenueClock{});
    for (std::uint16_t asset = 0; asset < assets; ++asset) {
        engine::AccountBalance balance;
        balance.asset = engine::AssetId{asset};
        balance.free = engine::AmountAtoms{asset + 1 == assets ? quote_atoms : base_atoms};
        balance.from_snapshot = 1;
        answer(balance);
    }
    step.phase = engine::ReconcilePhase::complete;
    step.venue_time = engine::WallNs{1};
    answer(step);
}

[[nodiscard]] inline engine::ExecutionReport report_of(const engine::NewOrderSingle& order,
                                                       engine::ExecType type,
                                                       engine::OrdStatus status,
                                                       std::uint64_t execution) {
    engine::ExecutionReport report;
    report.cl_ord_id = order.cl_ord_id;
    // One number for the order's whole life: another one would be a breach.
    report.order_id = engine::OrderId{order.cl_ord_id.sequence()};
    report.exec_id = engine::ExecId{execution};
    report.exec_type = type;
    report.status = status;
    report.instrument = order.instrument;
    report.order_qty = engine::QtyAtoms{order.qty.value * 1'000};
    report.bits =
        engine::ExecutionReport::pack(engine::ReportSource::stream_primary, true, order.side);
    return report;
}

}  // namespace portcullis::bench
