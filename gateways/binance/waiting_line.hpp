// WaitingLine: approvals and questions that wait for the order session, in the order of the ring.
//
// A socket that blocks must not hold up a cancel behind an order that waits: the agent goes on
// taking requests, keeps here what has to keep its order (approvals are numbered densely) and lets
// cancels pass. A cancel that passes withdraws what it cancels: an order that left after its own
// cancel would live on. A withdrawn approval stays in its place and ends there, unsent, so that the
// numbers stay dense. As long as the request ring; no allocation after the constructor.
// Owner: order agent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "engine/types/capacity.hpp"
#include "engine/types/verify.hpp"
#include "gateways/outbound.hpp"

namespace portcullis::gateways::binance {

class WaitingLine {
public:
    static constexpr std::size_t size = engine::capacity::request_ring;

    WaitingLine() : places_(std::make_unique<Place[]>(size)) {}

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] bool full() const noexcept { return count_ == size; }

    /// Requires: not full.
    void push(Outbound&& request) noexcept {
        engine::verify(!full());
        Place& place = places_[(first_ + count_++) % size];
        place.request.emplace(std::move(request));
        place.withdrawn = false;
    }
    /// Requires: not empty.
    [[nodiscard]] const Outbound& front() const noexcept {
        engine::verify(!empty());
        return *places_[first_].request;
    }
    [[nodiscard]] bool front_withdrawn() const noexcept { return places_[first_].withdrawn; }
    void pop() noexcept {
        engine::verify(!empty());
        places_[first_].request.reset();
        first_ = (first_ + 1) % size;
        --count_;
    }

    /// The order is being cancelled: neither it nor what would replace it leaves any more.
    void withdraw(engine::ClOrdId id) noexcept {
        withdraw_where([id](const engine::NewOrderSingle& order, engine::ClOrdId orig) {
            return order.cl_ord_id == id || orig == id;
        });
    }
    /// All of an instrument is being cancelled; no_instrument: of the account.
    void withdraw_all(engine::InstrumentId instrument) noexcept {
        withdraw_where([instrument](const engine::NewOrderSingle& order, engine::ClOrdId) {
            return instrument == engine::no_instrument || order.instrument == instrument;
        });
    }

private:
    struct Place {
        std::optional<Outbound> request;
        bool withdrawn{};
    };

    template <class Meant>
    void withdraw_where(const Meant& meant) noexcept {
        using Replace = engine::OrderCancelReplaceRequest;
        for (std::size_t i = 0; i < count_; ++i) {
            Place& place = places_[(first_ + i) % size];
            if (const auto* order =
                    std::get_if<risk::Approved<engine::NewOrderSingle>>(&*place.request)) {
                place.withdrawn = place.withdrawn || meant(order->request(), engine::no_order);
            } else if (const auto* replace =
                           std::get_if<risk::Approved<Replace>>(&*place.request)) {
                place.withdrawn = place.withdrawn || meant(replace->request().order,
                                                           replace->request().orig_cl_ord_id);
            }
        }
    }

    std::unique_ptr<Place[]> places_;
    std::size_t first_{};
    std::size_t count_{};
};

}  // namespace portcullis::gateways::binance
