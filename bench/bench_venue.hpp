// BenchVenue: the core's way out in one process: makes the frame of every request, then answers.
//
// Frames are made within the core's step, as the fused placement does, so the time to the last byte
// is the time of the step. Answers (accepted, cancelled, reconciled) are kept and stepped
// afterwards, outside of what is timed. It never fills: fills would be made up, and the paths of a
// fill are not on the way from a tick to an order. Fixed memory, so that a heap call counted is the
// system's.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/harness.hpp"
#include "bench/setup.hpp"
#include "bench/venue_answers.hpp"
#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "gateways/binance/order_entry.hpp"

namespace portcullis::bench {

class BenchVenue {
public:
    explicit BenchVenue(gateways::binance::OrderEncoder& encoder) : encoder_(encoder) {
        answers_.reserve(4096);
    }

    void submit(engine::OrderAgentId, risk::Approved<engine::NewOrderSingle>&& approved) {
        const auto request = std::move(approved);
        sent(encoder_.place(++requests, request.request(), now));
        order_frame_made();
        take(request.request());
    }
    void submit(engine::OrderAgentId,
                risk::Approved<engine::OrderCancelReplaceRequest>&& approved) {
        const auto request = std::move(approved);
        sent(encoder_.replace(++requests, request.request(), now));
        order_frame_made();
        if (request.request().mode == engine::ReplaceMode::amend_in_place) {
            return amend(request.request().order);
        }
        remove(request.request().orig_cl_ord_id);
        take(request.request().order);
    }
    void cancel(engine::OrderAgentId, const engine::OrderCancelRequest& request) {
        sent(encoder_.cancel(++requests, request, now));
        remove(request.cl_ord_id);
    }
    void mass_cancel(engine::OrderAgentId, const engine::OrderMassCancelRequest&) {
        for (const engine::NewOrderSingle& order : std::array(resting_)) {
            remove(order.cl_ord_id);
        }
    }
    void status(engine::OrderAgentId, const engine::OrderStatusRequest&) { ++status_asked; }
    void open_orders(engine::OrderAgentId, const engine::OpenOrdersRequest& request) {
        engine::ReconcileStep step;
        step.phase = engine::ReconcilePhase::complete;
        step.open_orders_only = 1;
        step.issued = request.cause;
        for (const engine::NewOrderSingle& order : resting_) {
            step.open_orders += order.cl_ord_id == engine::ClOrdId{} ? 0U : 1U;
        }
        answer(step);
    }
    void resync(engine::InstrumentId, engine::ResetReason) { ++resyncs; }
    void reconcile(engine::OrderAgentId, const engine::ReconcileRequest& request) {
        answer_reconcile(request, 2, [this](const auto& body) { answer(body); });
    }
    void kill(engine::Scope, std::uint16_t) { ++kills; }

    /// Steps what was answered, and what is answered to that.
    template <class Step>
    void deliver(Step step) {
        for (std::size_t i = 0; i < answers_.size(); ++i) {
            engine::Event event = answers_[i];
            step(event);
        }
        answers_.clear();
    }

    engine::WallNs now{};
    /// Counter when the first frame of an order since it was zeroed was made.
    std::uint64_t first_order_frame{};
    /// Called then, if it is set: who counts instructions stops there.
    void (*on_first_order)(){};
    std::uint64_t requests{}, frame_bytes{}, new_orders{}, refused{}, status_asked{}, kills{},
        resyncs{};

private:
    void sent(const gateways::binance::Encoded& encoded) {
        refused += encoded.ok() ? 0U : 1U;
        frame_bytes += encoded.frame.size();
        keep(encoded);
    }
    void order_frame_made() {
        if (first_order_frame == 0) {
            first_order_frame = ticks_after();
            if (on_first_order != nullptr) {
                on_first_order();
            }
        }
    }
    template <engine::EventPayload T>
    void answer(const T& body) {
        require(answers_.size() < answers_.capacity(), "more answers than there is room for");
        answers_.push_back(engine::Event::of(body, {}, {}));
    }
    void take(const engine::NewOrderSingle& order) {
        ++new_orders;
        for (engine::NewOrderSingle& place : resting_) {
            if (place.cl_ord_id == engine::ClOrdId{}) {
                place = order;
                report(order, engine::ExecType::new_, engine::OrdStatus::new_);
                return;
            }
        }
        require(false, "more orders rest than there is room for");
    }
    void amend(const engine::NewOrderSingle& order) {
        for (engine::NewOrderSingle& place : resting_) {
            if (place.cl_ord_id == order.cl_ord_id) {
                place.qty = order.qty;
                report(place, engine::ExecType::replaced, engine::OrdStatus::new_);
            }
        }
    }
    void remove(engine::ClOrdId id) {
        for (engine::NewOrderSingle& place : resting_) {
            if (place.cl_ord_id == id && id != engine::ClOrdId{}) {
                report(place, engine::ExecType::canceled, engine::OrdStatus::canceled);
                place = {};
            }
        }
    }
    void report(const engine::NewOrderSingle& order, engine::ExecType type,
                engine::OrdStatus status) {
        answer(report_of(order, type, status, ++executions_));
    }

    gateways::binance::OrderEncoder& encoder_;
    std::array<engine::NewOrderSingle, 64> resting_{};
    std::vector<engine::Event> answers_;
    std::uint64_t executions_{};
};

}  // namespace portcullis::bench
