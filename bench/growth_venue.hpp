// GrowthVenue: the core's way out as BenchVenue is, for thousands of orders on many instruments.
//
// Within the core's step it makes the frame of a request and keeps the request, and nothing else:
// what a venue does with its orders must not grow inside of what is measured. It looks at what
// came, and answers, when the step is over. It never fills and is never asked to cancel by the
// dozen.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/harness.hpp"
#include "bench/setup.hpp"
#include "bench/venue_answers.hpp"
#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "gateways/binance/order_entry.hpp"

namespace portcullis::bench {

class GrowthVenue {
public:
    GrowthVenue(gateways::binance::OrderEncoder& encoder, std::uint16_t assets)
        : encoder_(encoder), assets_(assets) {
        asked_.reserve(4096);
        answers_.reserve(4096);
    }

    void submit(engine::OrderAgentId, risk::Approved<engine::NewOrderSingle>&& approved) {
        const auto request = std::move(approved);
        sent(encoder_.place(++requests, request.request(), now));
        order_frame_made();
        keep_request({request.request(), {}, Kind::place});
    }
    void submit(engine::OrderAgentId,
                risk::Approved<engine::OrderCancelReplaceRequest>&& approved) {
        const auto request = std::move(approved);
        sent(encoder_.replace(++requests, request.request(), now));
        order_frame_made();
        const bool amend = request.request().mode == engine::ReplaceMode::amend_in_place;
        keep_request({request.request().order, request.request().orig_cl_ord_id,
                      amend ? Kind::amend : Kind::replace});
    }
    void cancel(engine::OrderAgentId, const engine::OrderCancelRequest& request) {
        sent(encoder_.cancel(++requests, request, now));
        keep_request({{}, request.cl_ord_id, Kind::cancel});
    }
    void mass_cancel(engine::OrderAgentId, const engine::OrderMassCancelRequest&) { ++unexpected; }
    void status(engine::OrderAgentId, const engine::OrderStatusRequest&) { ++unexpected; }
    void open_orders(engine::OrderAgentId, const engine::OpenOrdersRequest&) { ++unexpected; }
    void resync(engine::InstrumentId, engine::ResetReason) { ++unexpected; }
    void kill(engine::Scope, std::uint16_t) { ++unexpected; }
    void reconcile(engine::OrderAgentId, const engine::ReconcileRequest& request) {
        answer_reconcile(request, assets_, [this](const auto& body) { answer(body); });
    }

    /// Acts on what was asked, steps the answers, and so on until nothing is asked.
    template <class Step>
    void deliver(Step step) {
        while (!asked_.empty() || !answers_.empty()) {
            for (const Asked& each : asked_) {
                act(each);
            }
            asked_.clear();
            answered_.swap(answers_);
            for (engine::Event& event : answered_) {
                step(event);
            }
            answered_.clear();
        }
    }
    [[nodiscard]] std::size_t resting() const { return resting_.size(); }

    engine::WallNs now{};
    /// Counter when the first frame of an order since it was zeroed was made.
    std::uint64_t first_order_frame{};
    std::uint64_t requests{}, new_orders{}, refused{}, unexpected{};

private:
    enum class Kind : std::uint8_t { place, replace, amend, cancel };
    struct Asked {
        engine::NewOrderSingle order;
        engine::ClOrdId orig;
        Kind kind;
    };

    void sent(const gateways::binance::Encoded& encoded) {
        refused += encoded.ok() ? 0U : 1U;
        keep(encoded);
    }
    void order_frame_made() {
        if (first_order_frame == 0) {
            first_order_frame = ticks_after();
        }
    }
    void keep_request(const Asked& asked) {
        require(asked_.size() < asked_.capacity(), "more requests than there is room for");
        asked_.push_back(asked);
    }
    template <engine::EventPayload T>
    void answer(const T& body) {
        answers_.push_back(engine::Event::of(body, {}, {}));
    }
    void act(const Asked& asked) {
        if (asked.kind == Kind::amend) {
            const auto found = resting_.find(asked.order.cl_ord_id.value);
            require(found != resting_.end(), "an order is amended that does not rest");
            found->second.qty = asked.order.qty;
            return report(found->second, engine::ExecType::replaced, engine::OrdStatus::new_);
        }
        if (asked.kind != Kind::place) {
            const auto found = resting_.find(asked.orig.value);
            require(found != resting_.end(), "an order is cancelled that does not rest");
            report(found->second, engine::ExecType::canceled, engine::OrdStatus::canceled);
            resting_.erase(found);
        }
        if (asked.kind != Kind::cancel) {
            ++new_orders;
            resting_.emplace(asked.order.cl_ord_id.value, asked.order);
            report(asked.order, engine::ExecType::new_, engine::OrdStatus::new_);
        }
    }
    void report(const engine::NewOrderSingle& order, engine::ExecType type,
                engine::OrdStatus status) {
        answer(report_of(order, type, status, ++executions_));
    }

    gateways::binance::OrderEncoder& encoder_;
    std::uint16_t assets_;
    std::vector<Asked> asked_;
    std::vector<engine::Event> answers_, answered_;
    std::unordered_map<std::uint64_t, engine::NewOrderSingle> resting_;
    std::uint64_t executions_{};
};

}  // namespace portcullis::bench
