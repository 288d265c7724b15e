// OrderSide: what stands behind the rings in place of the order agent, with SimVenue in it.
//
// Takes requests from the real ring, keeps every one that left in order, and answers through the
// real report ring. Like the real agent it has the last look (kill stamp, deadline) and sees the
// kill page of another thread; unlike it, it makes no bytes. Where the answers are given (a
// recorded order is fed), it only takes and keeps. Owner: order thread; request_reconcile() is the
// core's, seen() anybody's.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <vector>

#include "gateways/outbound.hpp"
#include "risk/kill_switch.hpp"
#include "tests/sim/core_rig.hpp"
#include "tools/portcullis/trade/core_agent.hpp"

namespace portcullis::tests {

/// 60,000 lines of the shipped recording, loaded once: enough for fills on both sides however the
/// threads fall.
inline const std::vector<Event>& market_day() {
    static const std::vector<Event> events = RecordedEvents::load(shipped_recording, 60'000);
    return events;
}

/// One request as it left: all its bytes, and what the gate stamped on it.
struct Sent {
    std::size_t kind{};  ///< which of gateways::Outbound
    std::array<unsigned char, sizeof(OrderCancelReplaceRequest)> request{};
    std::uint64_t number{};
    std::uint32_t kill_stamp{};
    std::int64_t deadline_ns{};
    bool operator==(const Sent&) const = default;
};

class OrderSide {
public:
    OrderSide(tools::RequestRing& requests, tools::ReportRing& reports, const risk::KillPage& page)
        : requests_(requests), reports_(reports), page_(page), venue_(CoreRig<>::grid()) {}
    OrderSide(const OrderSide&) = delete;
    OrderSide& operator=(const OrderSide&) = delete;

    void request_reconcile(const ReconcileRequest& request) noexcept {
        reconcile_wanted_.ask(request);
    }
    /// Recorded market events that the venue has lived through.
    [[nodiscard]] std::size_t seen() const noexcept {
        // relaxed: only the pace of the feed hangs on it.
        return seen_.load(std::memory_order_relaxed);
    }

    /// One turn with the venue behind it.
    std::size_t do_work(MonoNs now) {
        now_ = now;
        if (!opened_) {
            opened_ = true;
            tell(btcusdt_definition());
            tell(SessionState{Session::orders, SessionStatus::ready, 0, {}});
            tell(SessionState{Session::account_primary, SessionStatus::ready, 0, {}});
        }
        std::size_t did = live_through();
        if (reconcile_wanted_.any()) {
            venue_.reconcile(OrderAgentId{}, reconcile_wanted_.take());
            ++did;
        }
        did += take([this](gateways::Outbound& request) { dispatch(request); });
        Event answer;
        while (venue_.pop(answer, now)) {
            replies_.push_back(answer);
        }
        while (!replies_.empty() && reports_.try_push(replies_.front())) {
            replies_.pop_front();
            ++did;
        }
        return did;
    }
    /// One turn without: requests are kept, nobody answers.
    std::size_t take_only() {
        return take([](gateways::Outbound&) {});
    }
    [[nodiscard]] const std::vector<Sent>& sent() const noexcept { return sent_; }

private:
    static constexpr std::size_t requests_per_turn = 32;

    std::size_t live_through() {
        std::size_t at = seen();
        const std::size_t before = at;
        for (; at < market_day().size() && market_day()[at].header.mono <= now_; ++at) {
            if (market_day()[at].header.type == EventType::top_of_book) {
                venue_.on_top(market_day()[at].as<TopOfBook>());
            }
        }
        // relaxed: see seen().
        seen_.store(at, std::memory_order_relaxed);
        return at - before;
    }
    template <class F>
    std::size_t take(const F& then) {
        std::size_t taken = 0;
        while (taken < requests_per_turn && requests_.try_consume([&](gateways::Outbound&& out) {
            std::visit([&](const auto& request) { keep(out.index(), request); }, out);
            then(out);
        })) {
            ++taken;
        }
        return taken;
    }

    template <class T>
    void keep(std::size_t kind, const risk::Approved<T>& approved) {
        keep(kind, approved.request());
        ++numbers_;
        verify(approved.stamp().number.value == numbers_);  // dense, and none overtakes
        sent_.back().number = approved.stamp().number.value;
        sent_.back().kill_stamp = approved.stamp().kill_stamp;
        sent_.back().deadline_ns = approved.stamp().deadline.value;
    }
    template <class T>
    void keep(std::size_t kind, const T& request) {
        static_assert(std::has_unique_object_representations_v<T>);
        Sent& entry = sent_.emplace_back();
        entry.kind = kind;
        std::memcpy(entry.request.data(), &request, sizeof(T));
    }

    void dispatch(gateways::Outbound& out) {
        using risk::Approved;
        if (auto* order = std::get_if<Approved<NewOrderSingle>>(&out)) {
            submit(std::move(*order), order->request(), RequestKind::new_order);
        } else if (auto* replace = std::get_if<Approved<OrderCancelReplaceRequest>>(&out)) {
            const bool amend = replace->request().mode == ReplaceMode::amend_in_place;
            submit(std::move(*replace), replace->request().order,
                   amend ? RequestKind::amend : RequestKind::replace);
        } else if (const auto* cancel = std::get_if<OrderCancelRequest>(&out)) {
            venue_.cancel(OrderAgentId{}, *cancel);
        } else if (const auto* all = std::get_if<OrderMassCancelRequest>(&out)) {
            venue_.mass_cancel(OrderAgentId{}, *all);
        } else if (const auto* status = std::get_if<OrderStatusRequest>(&out)) {
            venue_.status(OrderAgentId{}, *status);
        } else {
            venue_.open_orders(OrderAgentId{}, std::get<OpenOrdersRequest>(out));
        }
    }
    template <class T>
    void submit(risk::Approved<T>&& approved, const NewOrderSingle& order, RequestKind kind) {
        RequestOutcome refused;
        refused.cl_ord_id = order.cl_ord_id;
        refused.instrument = order.instrument;
        refused.kind = kind;
        if (page_.stamp({.strategy = order.strategy, .instrument = order.instrument}) !=
            approved.stamp().kill_stamp) {
            refused.fate = RequestFate::not_sent_killed;
            tell(refused);
        } else if (now_ >= approved.stamp().deadline) {
            refused.fate = RequestFate::not_sent_deadline;
            tell(refused);
        } else {
            venue_.submit(OrderAgentId{}, std::move(approved));
        }
    }
    template <EventPayload T>
    void tell(const T& body) {
        replies_.push_back(Event::of(body, now_, WallNs{now_.value}));
    }

    tools::RequestRing& requests_;
    tools::ReportRing& reports_;
    const risk::KillPage& page_;
    SimVenue venue_;
    std::deque<Event> replies_;
    std::vector<Sent> sent_;
    std::uint64_t numbers_{};
    MonoNs now_{};
    bool opened_{};
    std::atomic<std::size_t> seen_{0};
    gateways::binance::ReconcileWanted reconcile_wanted_;
};

}  // namespace portcullis::tests
