// Outbox: the core's way out. Satisfies engine::CoreOutbound for the live engine.
//
// The core may not be refused and may not wait. Room for the first requests of a step is promised
// before it (room_for_step, sampled into the event), and the core approves nothing behind them.
// What is no approval (cancels, queries) and finds the ring full goes into an overflow of this
// class and leaves as soon as there is room, in order. Approvals never overtake and are never kept
// back here: one that waited would be stale. Of the order agent it knows one verb, so that a test
// can put another one behind the ring. Owner: core thread.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/core/core_api.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/market.hpp"
#include "engine/rings/spsc_ring.hpp"
#include "gateways/binance/order_agent.hpp"
#include "gateways/outbound.hpp"
#include "risk/kill_switch.hpp"
#include "tools/portcullis/latency/stages.hpp"

namespace portcullis::tools {

using RequestRing = gateways::binance::RequestRing;
using ResyncRing = engine::SpscRing<engine::ResyncRequested, 64>;

/// What the core asks of an order agent beside the ring. Called on the core's thread.
template <class A>
concept Reconciles = requires(A& agent, const engine::ReconcileRequest& request) {
    { agent.request_reconcile(request) }
    noexcept;
};

template <Reconciles Orders>
class BasicOutbox {
public:
    /// `stamps`: told of each approval; null: nobody is.
    BasicOutbox(RequestRing& requests, ResyncRing& resyncs, risk::KillPage& kill_page,
                Orders& orders, CoreStamps* stamps = nullptr)
        : requests_(requests),
          resyncs_(resyncs),
          kill_page_(kill_page),
          orders_(orders),
          stamps_(stamps) {
        late_.reserve(late_max);
    }
    BasicOutbox(const BasicOutbox&) = delete;
    BasicOutbox& operator=(const BasicOutbox&) = delete;

    [[nodiscard]] bool room_for_step() const noexcept {
        return late_.empty() && requests_.has_room(engine::requests_per_step_max);
    }
    /// Sends what had found no room. Called once a round.
    void flush() noexcept {
        std::size_t sent = 0;
        while (sent < late_.size() && requests_.try_push(std::move(late_[sent]))) {
            ++sent;
        }
        late_.erase(late_.begin(), late_.begin() + static_cast<std::ptrdiff_t>(sent));
    }

    template <class T>
    void submit(engine::OrderAgentId, risk::Approved<T>&& approved) noexcept {
        if (stamps_ != nullptr) {
            stamps_->on_approved(id_of(approved.request()));
        }
        // Room was promised for this step; a full ring here is a bug of the promise.
        engine::verify(requests_.try_push(gateways::Outbound{std::move(approved)}));
    }
    void cancel(engine::OrderAgentId, const engine::OrderCancelRequest& request) noexcept {
        push(gateways::Outbound{request});
    }
    void mass_cancel(engine::OrderAgentId, const engine::OrderMassCancelRequest& request) noexcept {
        push(gateways::Outbound{request});
    }
    void status(engine::OrderAgentId, const engine::OrderStatusRequest& request) noexcept {
        push(gateways::Outbound{request});
    }
    void open_orders(engine::OrderAgentId, const engine::OpenOrdersRequest& request) noexcept {
        push(gateways::Outbound{request});
    }
    void resync(engine::InstrumentId instrument, engine::ResetReason reason) noexcept {
        // A full ring holds 64 requests already, and one resync serves any number of askers.
        (void)resyncs_.try_push(
            engine::ResyncRequested{instrument, static_cast<std::uint8_t>(reason), {}});
    }
    void reconcile(engine::OrderAgentId, const engine::ReconcileRequest& request) noexcept {
        orders_.request_reconcile(request);
    }
    void kill(engine::Scope scope, std::uint16_t index) noexcept {
        engine::verify(kill_page_.kill_now(scope, index));
    }

private:
    static constexpr std::size_t late_max = 4 * engine::capacity::orders;

    [[nodiscard]] static engine::ClOrdId id_of(const engine::NewOrderSingle& order) noexcept {
        return order.cl_ord_id;
    }
    [[nodiscard]] static engine::ClOrdId id_of(
        const engine::OrderCancelReplaceRequest& request) noexcept {
        return request.order.cl_ord_id;
    }
    void push(gateways::Outbound&& request) noexcept {
        if (late_.empty() && requests_.try_push(std::move(request))) {
            return;
        }
        engine::verify(late_.size() < late_max);  // more than every order, four times over
        late_.push_back(std::move(request));
    }

    RequestRing& requests_;
    ResyncRing& resyncs_;
    risk::KillPage& kill_page_;
    Orders& orders_;
    CoreStamps* stamps_;
    std::vector<gateways::Outbound> late_;
};

using Outbox = BasicOutbox<gateways::binance::OrderAgent>;

}  // namespace portcullis::tools
